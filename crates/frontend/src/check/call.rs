//! Calls: which function, form or rule a list in parentheses is an application of.

use super::env::{Binding, Env, FnValue};
use super::functions::Lets;
use super::problem::Problem;
use super::rules::Rule;
use super::{Checker, Failed, Res, Rewritten, plain, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use std::rc::Rc;

/// How often a form may be rewritten before anything else is done with it.
const MAX_REWRITES: usize = 1000;

/// How many levels of expressions a call of what is made of functions counts as.
const MADE: usize = 1;

impl Checker {
    /// `(head args...)`
    pub(super) fn call_form(&mut self, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
        if form
            .head()
            .is_some_and(|h| env.get(h).is_none() && self.is_wrong(h, form.at))
        {
            return self.call_of_wrong(form.list().unwrap_or(&[]), env);
        }
        if let Some(rule) = self.rule_of_form(form, env) {
            return self.call_of_rule(rule, form, env, want);
        }
        let FormKind::List(forms) = &form.kind else {
            return Err(Failed);
        };
        let Some((head, args)) = forms.split_first() else {
            return self.empty_call(form.at);
        };
        match &head.kind {
            FormKind::Symbol(name) => match env.get(name) {
                Some(Binding::Fn(f)) => self.apply(&f.clone(), args, env, want, form.at),
                Some(Binding::Wrong) => Err(Failed),
                Some(Binding::Local(..) | Binding::Seq(_) | Binding::Literal(_)) => {
                    self.call_of_value(name, head, env)
                }
                _ => self.call_named(name, head.at, form, args, env, want),
            },
            FormKind::Keyword(name) => self.call_of_keyword(name, head.at, args, env, form.at),
            FormKind::List(_) => self.call_of_made(head, args, form, env, want),
            _ => self.no_function(head, env),
        }
    }

    fn call_of_keyword(
        &mut self,
        name: &str,
        written: Span,
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let [arg] = args else {
            let why = format!("here {}", super::are(args.len()));
            return self.field_arity(name, &why, self.place(at));
        };
        let record = self.value(arg, env, None)?;
        self.field(name, record, written)
    }

    /// Rewrites a form, and checks what it has become.
    fn call_of_rule(
        &mut self,
        rule: Rc<Rule>,
        form: &Form,
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let (rule, rewritten) = self.rewritten_head(rule, form, env)?;
        self.in_its_place(form, rule, rewritten, env, want)
    }

    /// A call of what is defined wrongly: of its arguments only names that there are not are told.
    pub(super) fn call_of_wrong(&mut self, args: &[Form], env: &Env) -> Res<Tree> {
        let said = self.diagnostics.len();
        for arg in args
            .iter()
            .filter(|arg| arg.head().is_some_and(|h| h != "fn"))
        {
            let _ = self.value(arg, env, None);
        }
        let told = self.diagnostics.split_off(said.min(self.diagnostics.len()));
        let within = |at: Span| {
            let inside = |arg: &Form| {
                arg.at.source == at.source && arg.at.start <= at.start && at.end <= arg.at.end
            };
            args.iter().any(inside)
        };
        let kept = told
            .into_iter()
            .filter(|d| d.code == Code::Unknown || !within(d.at));
        self.diagnostics.extend(kept);
        Err(Failed)
    }

    /// The rule that a form is to be rewritten by.
    fn rule_of_form(&self, form: &Form, env: &Env) -> Option<Rc<Rule>> {
        let first = form.list()?.first()?;
        let head = first.symbol()?;
        match env.get(head) {
            Some(_) => None,
            None => self.rule_of(head, first.at),
        }
    }

    /// What the form becomes, whose head is that of a rule.
    fn rewritten_head(
        &mut self,
        mut rule: Rc<Rule>,
        form: &Form,
        env: &Env,
    ) -> Res<(Rc<Rule>, Form)> {
        // What the program wrote is told of, whatever rules that leads to.
        let written = match form.at.source {
            0 => self.rule_at(self.site).unwrap_or(rule.clone()),
            _ => rule.clone(),
        };
        let mut form = form.clone();
        for _ in 0..MAX_REWRITES {
            form = self.rewrite(&rule, &written, &form)?;
            match self.rule_of_form(&form, env) {
                Some(next) => rule = next,
                None => return Ok((written, form)),
            }
        }
        self.too_deep("rewritten forms", MAX_REWRITES, form.at)
    }

    /// Checks what a form has become, where that form stands.
    fn in_its_place(
        &mut self,
        form: &Form,
        rule: Rc<Rule>,
        rewritten: Form,
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let at = self.place(form.at);
        let site = std::mem::replace(&mut self.site, at);
        let form = rewritten.clone();
        self.rewritten.push(Rewritten { at, rule, form });
        let tree = self.infer_kind(&rewritten, env, want);
        self.rewritten.pop();
        self.site = site;
        tree
    }

    /// `((fn [x] ...) 1)`, `((comp f g) x)`
    fn call_of_made(
        &mut self,
        head: &Form,
        args: &[Form],
        form: &Form,
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let mut lets = Lets::new();
        let Some(f) = self.function_value(head, env, &mut lets)? else {
            return self.no_function(head, env);
        };
        // What is made of functions takes as much stack as expressions within it would.
        if self.depth + MADE >= super::MAX_DEPTH {
            return self.too_deep("expressions", super::MAX_DEPTH, form.at);
        }
        self.depth += MADE;
        let tree = self.apply(&f, args, env, want, form.at);
        self.depth -= MADE;
        Ok(wrap_lets(lets, tree?))
    }

    fn empty_call(&mut self, at: Span) -> Res<Tree> {
        let d = Problem::new(Code::BadForm, self.place(at), "an empty list is no call")
            .help("nothing to tell is `(do)`, an empty list `[]`");
        self.fail(d)
    }

    fn call_of_value(&mut self, name: &str, head: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(head, env, None)?;
        let why = format!("`{}` is {}, not a function", plain(name), tree.ty);
        self.fail(called(
            Problem::new(Code::NotFunction, tree.at, why),
            &tree.ty,
        ))
    }

    fn no_function(&mut self, head: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(head, env, None)?;
        let why = format!("this is {}, not a function", tree.ty);
        self.fail(called(
            Problem::new(Code::NotFunction, tree.at, why),
            &tree.ty,
        ))
    }

    pub(super) fn field_arity(&mut self, name: &str, here: &str, at: Span) -> Res<Tree> {
        let why = format!("`:{name}` takes one record, {here}");
        self.fail(Problem::new(Code::Arity, at, why))
    }

    /// Applies what a name that nothing binds here means where it is written.
    pub(super) fn call_named(
        &mut self,
        name: &Rc<str>,
        written: Span,
        form: &Form,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let base = plain(name);
        let own = written.source != 0 && self.globals.contains_key(base);
        if !own {
            if let Some(special) = self.special(base, written, form, args, env, want) {
                return special;
            }
            if let Some(result) = self.primitive(base, written, args, env, form) {
                return result;
            }
            if super::arith::NAMES.contains(&base) {
                return self.arithmetic(base, args, env, want, form.at);
            }
            if super::data::NAMES.contains(&base)
                && let Some(tree) = self.of_record(base, args, env, form)
            {
                return tree;
            }
            if super::functions::NAMES.contains(&base) {
                return self.function_as_value(base, form);
            }
        }
        let overloads = self.functions_named(base, written).cloned();
        if let Some(overloads) = overloads {
            return self.apply_global(base, &overloads, args, env, want, form.at);
        }
        if let Some((made, from_map)) = self.constructor(base) {
            return self.construct(&made, from_map, args, env, form.at);
        }
        let head = form.list().and_then(|l| l.first());
        let at = head.map_or(form.at, |f| f.at);
        let d = self.unknown(name, self.place(at), env);
        self.fail(d)
    }

    fn function_as_value(&mut self, name: &str, form: &Form) -> Res<Tree> {
        let why = format!("`({name} ...)` makes a function, and a function is not a value");
        let d = Problem::new(Code::SecondClass, self.place(form.at), why);
        let help = format!(
            "pass it to a function such as `map`, name it with `let`, or call it: `(({name} ...) x)`"
        );
        self.fail(d.help(help))
    }

    /// Applies a function that is passed down or bound.
    pub(super) fn apply(
        &mut self,
        f: &FnValue,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        match f {
            FnValue::Wanted { inner, result, by } => {
                let tree = self.apply(inner, args, env, Some(result), at)?;
                let tree = self.collected(tree);
                if self.fits(&tree, result) || tree.ty == Ty::Never {
                    return self.coerce(tree, result, by);
                }
                self.wrong_result(inner, result, by, &tree)
            }
            FnValue::Shaped { inner, shape, by } => {
                let tree = self.apply(inner, args, env, None, at)?;
                self.shaped(tree, shape, by, inner.at())
            }
            FnValue::Lambda { body, .. } => {
                let own = body.first().is_some_and(|f| f.at.source != 0);
                let blame = if own {
                    self.blame.take()
                } else {
                    self.blame.clone()
                };
                let tree = self.apply_lambda(f, args, env, want, at);
                self.blame = blame;
                tree
            }
            FnValue::Keyword { name, at } => {
                let [arg] = args else {
                    let why = format!("here it gets {}", super::arguments(args.len()));
                    return self.field_arity(name, &why, *at);
                };
                let record = self.value(arg, env, None)?;
                self.field(name, record, *at)
            }
            FnValue::Named { name, at, written } => {
                // What it does is told at the place where it is named.
                let site = std::mem::replace(&mut self.site, *at);
                let own = written.source != 0;
                let blame = if own {
                    self.blame.take()
                } else {
                    self.blame.clone()
                };
                let mut call = vec![Form::sym(name, *written)];
                call.extend_from_slice(args);
                let call = Form::make_list(call, *at);
                let tree = self.call_named(name, *written, &call, args, env, want);
                self.site = site;
                self.blame = blame;
                tree
            }
            combined => self.apply_combined(combined, args, env, want, at),
        }
    }

    fn apply_lambda(
        &mut self,
        f: &FnValue,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let FnValue::Lambda {
            params,
            result,
            body,
            env: inside,
            at: defined,
        } = f
        else {
            return Err(Failed);
        };
        let args = self.gathered(params, args, at);
        if params.len() != args.len() {
            return self.wrong_arity(*defined, params.len(), at, args.len());
        }
        let mut scope = inside.inner();
        let mut lets = Lets::new();
        for (param, arg) in params.iter().zip(args.iter()) {
            scope = self.bind(param, arg, env, &scope, &mut lets, None)?;
        }
        let Some(result) = result else {
            let tree = self.body(body, &scope, want)?;
            return Ok(wrap_lets(lets, tree));
        };
        let result = self.parse_type(result)?;
        let tree = self.body(body, &scope, Some(&result))?;
        let tree = self.coerce(tree, &result, "the result of this function")?;
        Ok(wrap_lets(lets, tree))
    }

    /// What a function gives that has to give a type of that shape.
    fn shaped(&mut self, tree: Tree, shape: &Form, by: &str, at: Span) -> Res<Tree> {
        let fits = self.matches(shape, &tree.ty, &mut super::types::TypeVars::new());
        if fits || tree.ty == Ty::Never {
            return Ok(tree);
        }
        let shape = super::expand::shown(shape);
        let why = format!(
            "the function of `{by}` has to give {shape}, this gives {}",
            tree.ty
        );
        self.fail(Problem::new(Code::Mismatch, at, why))
    }

    fn wrong_result(&mut self, f: &FnValue, want: &Ty, by: &str, tree: &Tree) -> Res<Tree> {
        self.gave = Some(tree.ty.clone());
        let why = format!(
            "the function of `{by}` has to give {want}, this gives {}",
            tree.ty
        );
        let mut d = Problem::new(Code::Mismatch, f.at(), why);
        if let Some(help) = super::help::instead(tree, want) {
            d = d.help(help);
        }
        self.fail(d)
    }

    fn wrong_arity(&mut self, defined: Span, takes: usize, at: Span, gets: usize) -> Res<Tree> {
        let takes = super::arguments(takes);
        let why = format!("this function takes {takes}, here it gets {gets}");
        let mut d = Problem::new(Code::Arity, defined, why);
        if self.place(at) != defined {
            d = d.note(self.place(at), "called here");
        }
        self.fail(d)
    }

    /// The arguments, those for a parameter after `&` in a list.
    pub(super) fn gathered<'a>(
        &self,
        params: &[super::env::Param],
        args: &'a [Form],
        at: Span,
    ) -> std::borrow::Cow<'a, [Form]> {
        match params.last() {
            Some(p) if p.rest && args.len() + 1 >= params.len() => {
                let (first, rest) = args.split_at(params.len() - 1);
                let kind = FormKind::Vector(rest.into());
                let mut all = first.to_vec();
                all.push(Form { kind, at });
                all.into()
            }
            _ => args.into(),
        }
    }

    /// A value of `kind` that takes no sequence: helps forms that check one operand.
    pub(super) fn op(&self, op: sawmill_ir::ops::Op, args: Vec<Tree>, ty: Ty, at: Span) -> Tree {
        self.tree(Kind::Op(op, args), ty, at)
    }
}

/// What to write instead of calling a value.
fn called(d: Problem, ty: &Ty) -> Problem {
    match ty {
        Ty::Map(_) => d.help("`(get m k)` gives what a map has under a key"),
        Ty::List(_) => d.help("`(nth xs n)` gives an element of a list"),
        Ty::Set(_) => d.help("`(contains? s x)` asks whether a set has an element"),
        Ty::Record(_) if ty.as_tuple().is_some() => d.help("`(nth t 0)` gives a part of a tuple"),
        Ty::Record(_) => d.help("`(:field r)` gives a field of a record"),
        _ => d.help("a call is `(function argument ...)`; a value stands without parentheses"),
    }
}
