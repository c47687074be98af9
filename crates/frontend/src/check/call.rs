//! Application: of forms, of functions known by name, of functions passed down.

use super::env::{Binding, EMIT, Env, FnValue, Global, Param, RECUR, STOP};
use super::problem::Problem;
use super::types::{TypeVars, is_type_var};
use super::{Checker, Failed, Res, State, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Fun, Func, Kind, ParamTree, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::{Bind, Span};
use std::cell::RefCell;
use std::rc::Rc;

/// How deep functions may be expanded in one another.
const MAX_EXPANSION: usize = 64;
/// How deep a function may be expanded within itself: more is taken for recursion.
const MAX_WITHIN_ITSELF: usize = 8;

impl Checker {
    /// Whether a name is a function, an operator or a special form.
    pub(super) fn is_function(&self, name: &str) -> bool {
        self.globals.contains_key(name)
            || super::arith::NAMES.contains(&name)
            || matches!(name, "ok?")
            || name
                .strip_prefix("sys/")
                .is_some_and(|n| sawmill_ir::syscalls::Sys::named(n).is_some())
    }

    /// `(head args...)`
    pub(super) fn call_form(
        &mut self,
        form: &Form,
        forms: &Rc<[Form]>,
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let Some((head, args)) = forms.split_first() else {
            return self.empty_call(form.at);
        };
        match &head.kind {
            FormKind::Symbol(name) => match env.get(name).cloned() {
                Some(Binding::Fn(f)) => self.apply(&f, args, env, want, form.at),
                Some(Binding::Local(..) | Binding::Seq(_) | Binding::Literal(_)) => {
                    self.call_of_value(name, head, env)
                }
                _ => {
                    if let Some(special) = self.special(name, form, args, env, want) {
                        return special;
                    }
                    self.apply_named(name, args, env, want, form)
                }
            },
            FormKind::Keyword(name) => {
                let [arg] = args else {
                    let why = format!("here {}", super::are(args.len()));
                    return self.field_arity(name, &why, self.place(form.at));
                };
                let record = self.value(arg, env, None)?;
                self.field(name, record, head.at)
            }
            FormKind::List(_) if head.head() == Some("fn") => {
                let f = self.function_value(head, env)?.ok_or(Failed)?;
                self.apply(&f, args, env, want, form.at)
            }
            _ => self.no_function(head.at),
        }
    }

    fn empty_call(&mut self, at: Span) -> Res<Tree> {
        let d = Problem::new(Code::BadForm, self.place(at), "an empty list is no call")
            .help("nothing to tell is `(do)`, an empty list `[]`");
        self.fail(d)
    }

    fn call_of_value(&mut self, name: &str, head: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(head, env, None)?;
        let why = format!("`{name}` is {}, not a function", tree.ty);
        self.fail(Problem::new(Code::NotFunction, tree.at, why))
    }

    fn field_arity(&mut self, name: &str, here: &str, at: Span) -> Res<Tree> {
        let why = format!("`:{name}` takes one record, {here}");
        self.fail(Problem::new(Code::Arity, at, why))
    }

    fn no_function(&mut self, at: Span) -> Res<Tree> {
        let d = Problem::new(Code::NotFunction, self.place(at), "this is not a function")
            .help("a call is `(function argument ...)`");
        self.fail(d)
    }

    fn apply_named(
        &mut self,
        name: &Rc<str>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        form: &Form,
    ) -> Res<Tree> {
        if let Some(result) = self.primitive(name, args, env, form) {
            return result;
        }
        if super::arith::NAMES.contains(&&**name) {
            return self.arithmetic(name, args, env, want, form.at);
        }
        let known = match form.at.source {
            0 => &self.prelude,
            _ => &self.globals,
        };
        let Some(overloads) = known.get(name).cloned() else {
            return self.unknown_function(name, env, form);
        };
        self.apply_global(name, &overloads, args, env, want, form.at)
    }

    fn unknown_function(&mut self, name: &str, env: &Env, form: &Form) -> Res<Tree> {
        let head = form.list().and_then(|l| l.first());
        let at = head.map_or(form.at, |f| f.at);
        let d = self.unknown(name, self.place(at), env);
        self.fail(d)
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
                if tree.ty == *result || tree.ty == Ty::Never {
                    return Ok(tree);
                }
                self.wrong_result(inner, result, by, &tree)
            }
            FnValue::Lambda {
                params,
                result,
                body,
                env: inside,
                at: defined,
            } => {
                if params.len() != args.len() {
                    return self.wrong_arity(*defined, params.len(), at, args.len());
                }
                let mut scope = inside.inner();
                let mut lets = Vec::new();
                for (param, arg) in params.iter().zip(args) {
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
            FnValue::Keyword { name, at } => {
                let [arg] = args else {
                    let why = format!("here it gets {}", super::arguments(args.len()));
                    return self.field_arity(name, &why, *at);
                };
                let record = self.value(arg, env, None)?;
                self.field(name, record, *at)
            }
            FnValue::Named { name, at } => {
                // What it does is told at the place where it is named.
                let site = std::mem::replace(&mut self.site, *at);
                let tree = self.apply_here(name, args, env, want, *at);
                self.site = site;
                tree
            }
        }
    }

    fn wrong_result(&mut self, f: &FnValue, want: &Ty, by: &str, tree: &Tree) -> Res<Tree> {
        let why = format!(
            "the function of `{by}` has to give {want}, this gives {}",
            tree.ty
        );
        let mut d = Problem::new(Code::Mismatch, f.at(), why);
        if let Some(help) = super::types::conversion(&tree.ty, want) {
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

    /// Applies what a name stands for, as if the call were written at `at`.
    fn apply_here(
        &mut self,
        name: &Rc<str>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let mut call = vec![Form::sym(name, at)];
        call.extend_from_slice(args);
        let call = Form::make_list(call, at);
        match self.special(name, &call, args, env, want) {
            Some(tree) => tree,
            None => self.apply_named(name, args, env, want, &call),
        }
    }

    /// Binds a parameter to an argument of `env`: a function, or a value that is evaluated once.
    fn bind(
        &mut self,
        param: &Param,
        arg: &Form,
        env: &Env,
        scope: &Env,
        lets: &mut Vec<(Var, Tree)>,
        of: Option<&Global>,
    ) -> Res<Env> {
        if param.ty.is_none()
            && let Some(f) = self.function_value(arg, env)?
        {
            return Ok(scope.with(&param.name, Binding::Fn(f)));
        }
        let want = match &param.ty {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let tree = self.value(arg, env, want.as_ref())?;
        let tree = match &want {
            Some(want) => self.coerce_argument(tree, want, param, of)?,
            None => tree,
        };
        Ok(self.bind_tree(&param.name, tree, scope, lets))
    }

    fn coerce_argument(
        &mut self,
        tree: Tree,
        want: &Ty,
        param: &Param,
        of: Option<&Global>,
    ) -> Res<Tree> {
        let whose = match of {
            Some(global) => format!("the parameter `{}` of `{}`", param.name, global.name),
            None => format!("`{}`", param.name),
        };
        self.coerce(tree, want, &whose)
    }

    /// A variable needs no second name.
    fn bind_tree(
        &mut self,
        name: &str,
        tree: Tree,
        scope: &Env,
        lets: &mut Vec<(Var, Tree)>,
    ) -> Env {
        if let Kind::Var(var) = tree.kind {
            return scope.with(name, Binding::Local(var, self.level));
        }
        let var = self.var(tree.ty.clone());
        lets.push((var, tree));
        scope.with(name, Binding::Local(var, self.level))
    }

    fn apply_global(
        &mut self,
        name: &Rc<str>,
        overloads: &[Rc<Global>],
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let fitting: Vec<Rc<Global>> = overloads
            .iter()
            .filter(|g| g.params.len() == args.len())
            .cloned()
            .collect();
        match &fitting[..] {
            [] => self.no_arity(name, overloads, args.len(), at),
            [one] => {
                let one = one.clone();
                self.apply_one(&one, args, env, want, at)
            }
            several => {
                let several = several.to_vec();
                self.overloaded(name, &several, args, env, at)
            }
        }
    }

    fn no_arity(&mut self, name: &str, all: &[Rc<Global>], got: usize, at: Span) -> Res<Tree> {
        let mut counts: Vec<usize> = all.iter().map(|g| g.params.len()).collect();
        counts.dedup();
        let last = counts.pop().unwrap_or(0);
        let before: String = counts.iter().map(|n| format!("{n} or ")).collect();
        let why = format!(
            "`{name}` takes {before}{}, here {}",
            super::arguments(last),
            super::are(got)
        );
        let d = Problem::new(Code::Arity, self.place(at), why);
        let d = match all.first() {
            Some(g) => d.help(usage(g)),
            None => d,
        };
        self.fail(d)
    }

    /// Chooses among functions of one name by the types of the arguments.
    fn overloaded(
        &mut self,
        name: &Rc<str>,
        several: &[Rc<Global>],
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let mut trees = Vec::new();
        for arg in args {
            trees.push(self.infer(arg, &env.inner(), None)?);
        }
        'next: for global in several {
            let mut vars = TypeVars::new();
            for (param, tree) in global.params.iter().zip(&trees) {
                let Some(ty) = &param.ty else { continue };
                let literal = matches!((&tree.kind, &tree.ty), (Kind::Bytes(_), Ty::Str));
                let fits = match ty.symbol() {
                    Some("Literal") => literal,
                    Some("Path") if literal => true,
                    _ => self.matches(ty, &tree.ty, &mut vars),
                };
                if !fits {
                    continue 'next;
                }
            }
            return self.expand_with(global, trees, vars, at);
        }
        self.no_overload(name, several, &trees, at)
    }

    fn no_overload(
        &mut self,
        name: &str,
        several: &[Rc<Global>],
        trees: &[Tree],
        at: Span,
    ) -> Res<Tree> {
        let types: Vec<String> = trees.iter().map(|t| t.ty.to_string()).collect();
        let place = trees.first().map_or(self.place(at), |t| t.at);
        let mut uses: Vec<String> = several
            .iter()
            .map(|g| usage(g))
            .filter(|u| !u.contains("Literal"))
            .collect();
        uses.dedup();
        let d = Problem::new(
            Code::Mismatch,
            place,
            format!("`{name}` is not defined for {}", types.join(" and ")),
        )
        .help(match &types[..] {
            [one] if one == "Str" => format!(
                "it is defined as {}; `(path s)` makes a path of a text",
                uses.join(", ")
            ),
            _ => format!("it is defined as {}", uses.join(", ")),
        });
        self.fail(d)
    }

    fn expand_with(
        &mut self,
        global: &Rc<Global>,
        trees: Vec<Tree>,
        vars: TypeVars,
        at: Span,
    ) -> Res<Tree> {
        let mut lets = Vec::new();
        let mut scope = Env::default();
        for (param, tree) in global.params.iter().zip(trees) {
            let wants = param.ty.as_ref().and_then(|t| t.symbol()).unwrap_or("");
            let wants_seq = param.ty.as_ref().and_then(|t| t.head()) == Some("Seq");
            scope = match (&tree.kind, wants) {
                (Kind::Bytes(text), "Literal") => {
                    let text = String::from_utf8_lossy(text).into_owned();
                    scope.with(&param.name, Binding::Literal(text.into()))
                }
                (Kind::Bytes(text), "Path") => {
                    let text = String::from_utf8_lossy(text).into_owned();
                    let tree = self.path_literal(&text, tree.at)?;
                    self.bind_tree(&param.name, tree, &scope, &mut lets)
                }
                _ if wants_seq => scope.with(&param.name, Binding::Seq(Rc::new(tree))),
                _ => {
                    let tree = self.collected(tree);
                    self.bind_tree(&param.name, tree, &scope, &mut lets)
                }
            };
        }
        self.expand_body(global, scope, lets, vars, None, at)
    }

    /// Whether every parameter is annotated with a type of values, and the result is not said to be a sequence.
    pub(super) fn is_first_order(&self, global: &Global) -> bool {
        let value = |form: &Form| {
            form.symbol()
                .is_some_and(|s| !is_type_var(s) && s != "Literal")
                || matches!(form.head(), Some("List" | "Result"))
        };
        global.at.source != 0
            && global
                .params
                .iter()
                .all(|p| p.ty.as_ref().is_some_and(value))
            && global
                .result
                .as_ref()
                .is_none_or(|r| r.head() != Some("Seq"))
    }

    fn apply_one(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        if self.is_first_order(global) {
            match self.function(global) {
                State::Ready(fun) => return self.call(global, fun, None, args, env, at),
                State::Checking(fun, Some(result)) => {
                    return self.call(global, fun, Some(result), args, env, at);
                }
                State::Checking(_, None) => return self.no_result_type(global, at),
                State::Wrong => return Err(Failed),
                State::Expanded => {}
            }
        }
        self.literal_candidates(global, args, env, want, at)
    }

    fn no_result_type(&mut self, global: &Global, at: Span) -> Res<Tree> {
        let name = &global.name;
        let why = format!("`{name}` calls itself, so its result type has to be stated");
        let d = Problem::new(Code::Recursion, self.place(at), why)
            .help(format!("(defn {name} :- Int [...] ...)"));
        self.fail(d)
    }

    fn call(
        &mut self,
        global: &Rc<Global>,
        fun: Fun,
        result: Option<Ty>,
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let mut trees = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let ty = self.funcs[fun].params[i].ty.clone();
            let tree = self.value(arg, env, Some(&ty))?;
            trees.push(self.coerce_argument(tree, &ty, &global.params[i], Some(global))?);
        }
        let ty = result.unwrap_or_else(|| self.funcs[fun].result.clone());
        Ok(self.tree(Kind::Call(fun, trees), ty, at))
    }

    /// Checks a first-order function once.
    pub(super) fn function(&mut self, global: &Rc<Global>) -> State {
        if let Some(state) = self.functions.get(&global.id) {
            return state.clone();
        }
        let outer = (self.level, self.captured, self.site);
        self.level += 1;
        self.captured = false;
        let reported = self.diagnostics.len();
        let state = match self.function_body(global) {
            Ok(state) => state,
            Err(Failed) if self.captured => {
                self.diagnostics.truncate(reported);
                State::Expanded
            }
            Err(Failed) => State::Wrong,
        };
        (self.level, self.captured, self.site) = outer;
        self.functions.insert(global.id, state.clone());
        state
    }

    fn function_body(&mut self, global: &Rc<Global>) -> Res<State> {
        let mut env = self.top.inner();
        let (fun, result) = self.declare(global, &mut env)?;
        let body = self.body(&global.body, &env, result.as_ref())?;
        self.complete(global, fun, result, body)
    }

    /// The function and its stated result; its parameters are in `env` then.
    fn declare(&mut self, global: &Global, env: &mut Env) -> Res<(Fun, Option<Ty>)> {
        let mut params = Vec::new();
        for p in &global.params {
            let ty = self.parse_type(p.ty.as_ref().ok_or(Failed)?)?;
            let var = self.var(ty.clone());
            *env = env.with(&p.name, Binding::Local(var, self.level));
            params.push(ParamTree {
                name: p.name.to_string(),
                ty,
                var,
                bind: Bind::Arg,
            });
        }
        let result = match &global.result {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let fun = self.funcs.push(Func {
            name: global.name.to_string(),
            params,
            result: result.clone().unwrap_or(Ty::Unit),
            body: None,
        });
        let state = State::Checking(fun, result.clone());
        self.functions.insert(global.id, state);
        Ok((fun, result))
    }

    fn complete(
        &mut self,
        global: &Global,
        fun: Fun,
        result: Option<Ty>,
        body: Tree,
    ) -> Res<State> {
        let body = match &result {
            Some(want) => self.coerce(body, want, &format!("the result of `{}`", global.name))?,
            None if matches!(body.ty, Ty::Seq(_)) => return Ok(State::Expanded),
            None => body,
        };
        if body.ty == Ty::Never {
            return Ok(State::Expanded);
        }
        self.funcs[fun].result = body.ty.clone();
        self.funcs[fun].body = Some(body);
        Ok(State::Ready(fun))
    }

    /// Expands; an integer literal for a bare type variable (the start of a `reduce`) takes the first type that fits.
    fn literal_candidates(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let open = |(p, a): (&Param, &Form)| {
            matches!(a.kind, FormKind::Int(_))
                && p.ty
                    .as_ref()
                    .and_then(|t| t.symbol())
                    .is_some_and(is_type_var)
        };
        if !global.params.iter().zip(args).any(open) {
            return self.expand(global, args, env, want, None, at);
        }
        let (reported, work) = (self.diagnostics.len(), self.work);
        if let Ok(tree) = self.expand(global, args, env, want, Some(&Ty::Int), at) {
            return Ok(tree);
        }
        // What failed is tried again, in it what failed there: all that may cost so much and no more.
        let tried = self.work - work;
        if self.captured || tried > self.retries {
            return Err(Failed);
        }
        self.retries -= tried;
        let first = self.diagnostics.split_off(reported);
        if let Ok(tree) = self.expand(global, args, env, want, Some(&Ty::Size), at) {
            return Ok(tree);
        }
        self.diagnostics.truncate(reported);
        self.diagnostics.extend(first);
        Err(Failed)
    }

    fn expand(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        literal: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let mut vars = TypeVars::new();
        let mut lets = Vec::new();
        let mut scope = if global.at.source == 0 {
            Env::default()
        } else {
            self.top.inner()
        };
        let mut functions: Vec<(usize, &Form)> = Vec::new();
        for (i, (param, arg)) in global.params.iter().zip(args).enumerate() {
            scope = match &param.ty {
                None => self.bind(param, arg, env, &scope, &mut lets, Some(global))?,
                Some(ty) if ty.head() == Some("Fn") => {
                    functions.push((i, ty));
                    continue;
                }
                Some(ty) if ty.head() == Some("Seq") => {
                    let tree = self.infer(arg, &env.inner(), None)?;
                    if !self.matches(ty, &tree.ty, &mut vars) {
                        return self.no_sequence(global, &tree);
                    }
                    scope.with(&param.name, Binding::Seq(Rc::new(tree)))
                }
                Some(ty) => {
                    let tree = self.argument(global, param, ty, arg, env, literal, &mut vars)?;
                    self.bind_tree(&param.name, tree, &scope, &mut lets)
                }
            };
        }
        for (i, ty) in functions {
            scope = self.bind_function(global, i, ty, &args[i], env, scope, &vars)?;
        }
        self.expand_body(global, scope, lets, vars, want, at)
    }

    /// An argument for a parameter with the type of a value.
    #[allow(
        clippy::too_many_arguments,
        reason = "one call site; a struct would only rename the arguments"
    )]
    fn argument(
        &mut self,
        global: &Global,
        param: &Param,
        ty: &Form,
        arg: &Form,
        env: &Env,
        literal: Option<&Ty>,
        vars: &mut TypeVars,
    ) -> Res<Tree> {
        let known = self.known_type(ty, vars)?;
        let tree = self.value(arg, env, known.as_ref().or(literal))?;
        match &known {
            Some(want) => self.coerce_argument(tree, want, param, Some(global)),
            None => {
                self.matches(ty, &tree.ty, vars);
                Ok(tree)
            }
        }
    }

    fn no_sequence(&mut self, global: &Global, tree: &Tree) -> Res<Tree> {
        let name = &global.name;
        let why = format!(
            "`{name}` goes over a List or a sequence, this is {}",
            tree.ty
        );
        let d = Problem::new(Code::Mismatch, tree.at, why);
        let d = match tree.ty {
            Ty::Dir => d.help("`(list d)` gives the entries of a directory"),
            _ => d,
        };
        self.fail(d)
    }

    /// A type as written, unless it is a type variable that nothing has bound yet.
    fn known_type(&mut self, form: &Form, vars: &TypeVars) -> Res<Option<Ty>> {
        match form.symbol().filter(|s| is_type_var(s)) {
            Some(variable) => Ok(vars.get(variable).cloned()),
            None => self.parse_type_with(form, vars).map(Some),
        }
    }

    /// Binds a parameter of type `(Fn [A ...] R)`.
    #[allow(
        clippy::too_many_arguments,
        reason = "one call site; a struct would only rename the arguments"
    )]
    fn bind_function(
        &mut self,
        global: &Global,
        i: usize,
        ty: &Form,
        arg: &Form,
        env: &Env,
        scope: Env,
        vars: &TypeVars,
    ) -> Res<Env> {
        let param = &global.params[i];
        let Some(f) = self.function_value(arg, env)? else {
            let tree = self.value(arg, env, None)?;
            let name = &global.name;
            let why = format!("`{name}` needs a function here, this is {}", tree.ty);
            return self.fail(Problem::new(Code::Mismatch, tree.at, why).help(usage(global)));
        };
        let parts = ty.list().unwrap_or(&[]);
        let result = match parts.get(2) {
            Some(form)
                if form
                    .symbol()
                    .is_some_and(|s| is_type_var(s) && !vars.contains_key(s)) =>
            {
                None
            }
            Some(form) => Some(self.parse_type_with(form, vars)?),
            None => None,
        };
        let f = match result {
            Some(result) => Rc::new(FnValue::Wanted {
                inner: f,
                result,
                by: global.name.clone(),
            }),
            None => f,
        };
        Ok(scope.with(&param.name, Binding::Fn(f)))
    }

    fn expand_body(
        &mut self,
        global: &Rc<Global>,
        scope: Env,
        lets: Vec<(Var, Tree)>,
        vars: TypeVars,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        // A function that is passed to itself is expanded within itself, and that ends.
        let within = self.expanding.iter().filter(|id| **id == global.id);
        if global.at.source != 0 && within.count() >= MAX_WITHIN_ITSELF {
            return self.endless(global, at);
        }
        if self.expanding.len() > MAX_EXPANSION {
            return self.too_deep("calls that are expanded", MAX_EXPANSION, at);
        }
        self.expanding.push(global.id);
        let place = self.place(at);
        let site = std::mem::replace(&mut self.site, place);
        let element = Rc::new(RefCell::new(None));
        let scope = match global.at.source {
            0 => scope.inner().with(EMIT, Binding::Emit(element.clone())),
            _ => scope.inner(),
        };
        debug_assert!(scope.get(RECUR).is_none() && scope.get(STOP).is_none());
        let result = self.expanded(global, &global.body, &scope, &vars, want);
        self.expanding.pop();
        self.site = site;
        let mut tree = result?;
        if let Some(element) = element.take() {
            tree = tree.with_type(Ty::seq(element));
        }
        Ok(wrap_lets(lets, tree))
    }

    fn endless(&mut self, global: &Global, at: Span) -> Res<Tree> {
        let name = &global.name;
        let why = format!("`{name}` calls itself, and is expanded where it is called");
        let help = if self.is_first_order(global) {
            "a function can call itself if it names no path and no `def`, and gives no sequence: pass it what it needs"
        } else {
            "annotate its parameters and its result with types of values: then it is a function that can call itself"
        };
        self.fail(Problem::new(Code::Recursion, self.place(at), why).help(help))
    }

    fn expanded(
        &mut self,
        global: &Global,
        body: &[Form],
        scope: &Env,
        vars: &TypeVars,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let result = match &global.result {
            Some(form) if global.at.source != 0 => Some(self.parse_type_with(form, vars)?),
            _ => None,
        };
        let tree = self.body(body, scope, result.as_ref().or(want))?;
        match result {
            Some(want) if matches!(want, Ty::Seq(_)) && tree.ty == want => Ok(tree),
            Some(want) => self.coerce(tree, &want, &format!("the result of `{}`", global.name)),
            None => Ok(tree),
        }
    }
}

/// `(filter p s)` with the types that are stated.
fn usage(global: &Global) -> String {
    let params: Vec<String> = global
        .params
        .iter()
        .map(|p| match &p.ty {
            Some(ty) => format!("{} :- {}", p.name, shown(ty)),
            None => p.name.to_string(),
        })
        .collect();
    format!("({} {})", global.name, params.join(" "))
}

fn shown(form: &Form) -> String {
    match &form.kind {
        // What the prelude tells apart is a List to others.
        FormKind::Symbol(s) if &**s == "Stored" => "List".into(),
        FormKind::Symbol(s) => s.to_string(),
        FormKind::List(parts) => format!(
            "({})",
            parts.iter().map(shown).collect::<Vec<_>>().join(" ")
        ),
        FormKind::Vector(parts) => format!(
            "[{}]",
            parts.iter().map(shown).collect::<Vec<_>>().join(" ")
        ),
        _ => "...".into(),
    }
}
