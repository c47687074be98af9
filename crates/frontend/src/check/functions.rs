//! Functions as written: `fn`, `defn`, parameters, and what is made of known functions: `comp partial complement juxt
//! constantly desc`.

use super::env::{Binding, Env, FnValue, Global, Param};
use super::literal::{is_guess, is_literal};
use super::problem::Problem;
use super::types::Need;
use super::{Checker, Failed, Res, plain};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree, Var};
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use std::rc::Rc;

/// What makes a function of functions.
pub(super) const NAMES: &[&str] = &[
    "comp",
    "partial",
    "complement",
    "juxt",
    "constantly",
    "fnil",
];

/// A function as written: parameters, result, body.
pub(super) type Parts = (Vec<Param>, Option<Form>, Rc<[Form]>);

/// What is asked of type variables.
pub(super) type Needs = Vec<(Need, Rc<str>)>;

/// Values that have been given names: variables, what they are.
pub(super) type Lets = Vec<(Var, Tree)>;

/// `:-`
pub(super) fn is_dash(form: &Form) -> bool {
    matches!(&form.kind, FormKind::Keyword(k) if &**k == "-")
}

impl Checker {
    /// Whether a name is a function, an operator or a constructor.
    pub(super) fn is_function(&self, name: &str, at: Span) -> bool {
        let name = plain(name);
        self.functions_named(name, at).is_some()
            || super::arith::NAMES.contains(&name)
            || super::forms::FUNCTIONS.contains(&name)
            || super::data::NAMES.contains(&name)
            || self
                .constructor(name)
                .is_some_and(|(made, _)| made.takes_arguments())
            || name
                .strip_prefix("sys/")
                .is_some_and(|n| !super::sys::rows_named(n).is_empty())
            || at.source == 0 && name.starts_with("op/")
    }

    /// Whether a name stands for a function where it is written.
    pub(super) fn names_function(&self, name: &str, at: Span, env: &Env) -> bool {
        match env.get(name) {
            Some(binding) => matches!(binding, Binding::Fn(_)),
            None => self.is_function(name, at),
        }
    }

    /// The function that a form stands for, if it is one: a name, `(fn ...)`, `:field`, `(comp ...)`. Arguments that it
    /// keeps are evaluated here, once.
    pub(super) fn function_value(
        &mut self,
        form: &Form,
        env: &Env,
        lets: &mut Lets,
    ) -> Res<Option<Rc<FnValue>>> {
        let at = self.place(form.at);
        let f = match &form.kind {
            FormKind::Symbol(name) => match env.get(name) {
                Some(Binding::Fn(f)) => return Ok(Some(f.clone())),
                None if self.is_function(name, form.at) => FnValue::Named {
                    name: name.clone(),
                    at,
                    written: form.at,
                },
                _ => return Ok(None),
            },
            FormKind::Keyword(name) => FnValue::Keyword {
                name: name.clone(),
                at,
            },
            FormKind::List(parts) => {
                let Some(head) = form.head().filter(|h| env.get(h).is_none()) else {
                    return Ok(None);
                };
                let own = self.globals.contains_key(head);
                match plain(head) {
                    "fn" => self.lambda(form, env)?,
                    "desc" => match parts.get(1..) {
                        Some([f]) => match self.function_value(f, env, lets)? {
                            Some(f) => FnValue::Desc { f, at },
                            None => return Ok(None),
                        },
                        _ => return Ok(None),
                    },
                    name if NAMES.contains(&name) && !own => {
                        self.combined(name, &parts[1..], env, lets, at)?
                    }
                    _ => return Ok(None),
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(Rc::new(f)))
    }

    fn lambda(&mut self, form: &Form, env: &Env) -> Res<FnValue> {
        let (params, result, body) = self.parse_fn(form)?;
        Ok(FnValue::Lambda {
            params,
            result,
            body,
            env: env.inner(),
            at: self.place(form.at),
        })
    }

    fn combined(
        &mut self,
        name: &str,
        args: &[Form],
        env: &Env,
        lets: &mut Lets,
        at: Span,
    ) -> Res<FnValue> {
        match (name, args) {
            ("comp", [_, ..]) => {
                let all = self.all_functions(name, args, env, lets)?;
                Ok(FnValue::Comp { all, at })
            }
            ("juxt", [_, ..]) => {
                let all = self.all_functions(name, args, env, lets)?;
                Ok(FnValue::Juxt { all, at })
            }
            ("complement", [f]) => {
                let f = self.a_function(name, f, env, lets)?;
                Ok(FnValue::Complement { f, at })
            }
            ("constantly", [x]) => {
                let tree = self.value(x, env, None)?;
                let var = self.var(tree.ty.clone());
                lets.push((var, tree));
                let level = self.level;
                Ok(FnValue::Constantly { var, level, at })
            }
            ("fnil", [f, x]) => {
                let f = self.a_function(name, f, env, lets)?;
                let mut inside = env.inner();
                let mut default = x.clone();
                // What a literal is follows from what the Option may have.
                if !is_guess(x) && !is_literal(x) {
                    let tree = self.value(x, env, None)?;
                    (default, inside) = self.as_argument(tree, env, lets);
                }
                let env = inside;
                Ok(FnValue::Fnil {
                    f,
                    default,
                    env,
                    at,
                })
            }
            ("partial", [f, bound @ ..]) => {
                let f = self.a_function(name, f, env, lets)?;
                let mut kept = Vec::new();
                for form in bound {
                    let name = self.fresh("bound");
                    if let Some(f) = self.function_value(form, env, lets)? {
                        kept.push((name, Binding::Fn(f)));
                        continue;
                    }
                    let tree = self.value(form, env, None)?;
                    let var = self.var(tree.ty.clone());
                    lets.push((var, tree));
                    kept.push((name, Binding::Local(var, self.level)));
                }
                Ok(FnValue::Partial { f, bound: kept, at })
            }
            _ => {
                let (takes, help) = match name {
                    "comp" => ("one function or more", "(map (comp inc :size) xs)"),
                    "juxt" => ("one function or more", "(sort-by (juxt :type :name) xs)"),
                    "complement" => ("one function", "(filter (complement hidden?) xs)"),
                    "fnil" => (
                        "a function and what it gets where there is nothing",
                        "(update m k (fnil inc 0))",
                    ),
                    "partial" => ("a function, then arguments", "(map (partial + 1) xs)"),
                    _ => ("one value", "(map (constantly 1) xs)"),
                };
                let why = format!("`{name}` takes {takes}");
                self.fail(Problem::new(Code::Arity, at, why).help(help))
            }
        }
    }

    fn all_functions(
        &mut self,
        who: &str,
        forms: &[Form],
        env: &Env,
        lets: &mut Lets,
    ) -> Res<Vec<Rc<FnValue>>> {
        let mut all = Vec::new();
        for form in forms {
            all.push(self.a_function(who, form, env, lets)?);
        }
        Ok(all)
    }

    fn a_function(
        &mut self,
        who: &str,
        form: &Form,
        env: &Env,
        lets: &mut Lets,
    ) -> Res<Rc<FnValue>> {
        if let Some(f) = self.function_value(form, env, lets)? {
            return Ok(f);
        }
        let tree = self.value(form, env, None)?;
        let why = format!("`{who}` needs a function here, this is {}", tree.ty);
        self.fail(Problem::new(Code::Mismatch, tree.at, why))
    }

    /// A function of the prelude, whatever a program calls by its name.
    pub(super) fn of_prelude(&mut self, name: &str) -> Form {
        Form::sym(&self.fresh(name), Span::default())
    }

    /// A name for a value that has been checked, to stand as an argument.
    pub(super) fn as_argument(&mut self, tree: Tree, env: &Env, lets: &mut Lets) -> (Form, Env) {
        let name = self.fresh("value");
        let at = tree.at;
        let env = self.bind_tree(&name, tree, env, lets);
        (Form::sym(&name, at), env)
    }

    /// Applies what has been made of functions; those that are one by themselves are applied elsewhere.
    pub(super) fn apply_combined(
        &mut self,
        f: &FnValue,
        args: &[Form],
        env: &Env,
        want: Option<&crate::ty::Ty>,
        at: Span,
    ) -> Res<Tree> {
        match f {
            FnValue::Comp { all, .. } => self.apply_one_after_another(all, args, env, at),
            FnValue::Juxt { all, .. } => self.apply_each(all, args, env, at),
            FnValue::Fnil { .. } => self.apply_fnil(f, args, env, want, at),
            FnValue::Partial { f, bound, .. } => {
                let mut env = env.clone();
                let mut all = Vec::new();
                for (name, binding) in bound {
                    env = env.with(name, binding.clone());
                    all.push(Form::sym(name, at));
                }
                all.extend_from_slice(args);
                self.apply(f, &all, &env, want, at)
            }
            FnValue::Complement { f, at: place } => {
                let tree = self.apply(f, args, env, None, at)?;
                self.opposite(tree, *place, at)
            }
            FnValue::Constantly { var, level, .. } => {
                self.apply_constantly((*var, *level), args, env, at)
            }
            FnValue::Desc { f, .. } => {
                let tree = self.apply(f, args, env, None, at)?;
                let tree = self.collected(tree);
                self.descending(tree, at)
            }
            _ => Err(Failed),
        }
    }

    fn apply_one_after_another(
        &mut self,
        all: &[Rc<FnValue>],
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let mut lets = Lets::new();
        let (last, before) = all.split_last().ok_or(Failed)?;
        let mut tree = self.apply(last, args, env, None, at)?;
        for f in before.iter().rev() {
            let kept = self.collected(tree);
            let (arg, env) = self.as_argument(kept, env, &mut lets);
            tree = self.apply(f, &[arg], &env, None, at)?;
        }
        Ok(super::wrap_lets(lets, tree))
    }

    fn apply_each(&mut self, all: &[Rc<FnValue>], args: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let mut lets = Lets::new();
        let mut env = env.clone();
        let mut names = Vec::new();
        for arg in args {
            let tree = self.value(arg, &env, None)?;
            let (name, inner) = self.as_argument(tree, &env, &mut lets);
            names.push(name);
            env = inner;
        }
        let mut parts = Vec::new();
        for f in all {
            let tree = self.apply(f, &names, &env, None, at)?;
            parts.push(self.collected(tree));
        }
        let types = parts.iter().map(|t| t.ty.clone()).collect();
        let tree = self.tree(Kind::Record(parts), crate::ty::Ty::tuple(types), at);
        Ok(super::wrap_lets(lets, tree))
    }

    fn apply_fnil(
        &mut self,
        f: &FnValue,
        args: &[Form],
        env: &Env,
        want: Option<&crate::ty::Ty>,
        at: Span,
    ) -> Res<Tree> {
        let FnValue::Fnil {
            f,
            default,
            env: there,
            ..
        } = f
        else {
            return Err(Failed);
        };
        let Some((first, rest)) = args.split_first() else {
            let why = "what `fnil` makes takes an Option, and what else its function takes";
            return self.fail(Problem::new(Code::Arity, self.place(at), why));
        };
        let tree = self.value(first, env, None)?;
        if !matches!(tree.ty, crate::ty::Ty::Option(_)) {
            let why = format!(
                "what `fnil` makes takes an Option first, this is {}",
                tree.ty
            );
            return self.fail(Problem::new(Code::Mismatch, tree.at, why));
        }
        let mut lets = Lets::new();
        let value = self.option_or(tree, default, there, at)?;
        let (arg, env) = self.as_argument(value, env, &mut lets);
        let mut all = vec![arg];
        all.extend_from_slice(rest);
        let tree = self.apply(f, &all, &env, want, at)?;
        Ok(super::wrap_lets(lets, tree))
    }

    fn opposite(&mut self, tree: Tree, place: Span, at: Span) -> Res<Tree> {
        if tree.ty != crate::ty::Ty::Bool {
            let why = format!(
                "`complement` needs a function that gives a Bool, this gives {}",
                tree.ty
            );
            return self.fail(Problem::new(Code::NotBool, place, why));
        }
        Ok(self.tree(Kind::Op(Op::Not, vec![tree]), crate::ty::Ty::Bool, at))
    }

    fn apply_constantly(
        &mut self,
        (var, level): (Var, usize),
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        if level != self.level {
            self.captured = true;
            return Err(Failed);
        }
        // The arguments are evaluated, as those of any function.
        let mut lets = Lets::new();
        for arg in args {
            let tree = self.value(arg, env, None)?;
            lets.push((self.var(tree.ty.clone()), tree));
        }
        let ty = self.vars[var].clone();
        let tree = self.tree(Kind::Var(var), ty, at);
        Ok(super::wrap_lets(lets, tree))
    }

    /// `(fn [params] body)` or `(fn :- T [params] body)`: parameters, result, body.
    pub(super) fn parse_fn(&mut self, form: &Form) -> Res<Parts> {
        let parts = form.list().unwrap_or(&[]);
        let mut rest = &parts[1..];
        // `(fn name [x] ...)`: the name is for people.
        if let [f, tail @ ..] = rest
            && f.symbol().is_some()
            && tail.iter().any(|f| matches!(f.kind, FormKind::Vector(_)))
        {
            rest = tail;
        }
        let mut result = None;
        if let [dash, ty, tail @ ..] = rest
            && is_dash(dash)
        {
            result = Some(ty.clone());
            rest = tail;
        }
        let [params, body @ ..] = rest else {
            return self.bad_params(form);
        };
        let FormKind::Vector(names) = &params.kind else {
            return self.bad_params(form);
        };
        if body.is_empty() {
            let d = Problem::new(
                Code::BadForm,
                self.place(form.at),
                "this function has no body",
            )
            .help("(fn [x] (+ x 1))");
            return self.fail(d);
        }
        if let Some(dash) = body.first().filter(|f| is_dash(f)) {
            let d = Problem::new(
                Code::BadForm,
                self.place(dash.at),
                "the type of the result stands before the parameters",
            )
            .help("(fn :- Int [n :- Int] (+ n 1))");
            return self.fail(d);
        }
        Ok((self.parse_params(names)?, result, body.into()))
    }

    fn bad_params<T>(&mut self, form: &Form) -> Res<T> {
        let d = Problem::new(
            Code::BadForm,
            self.place(form.at),
            "a function's parameters stand in brackets",
        )
        .help("(fn [d :- Dir] (list d))");
        self.fail(d)
    }

    pub(super) fn parse_params(&mut self, forms: &[Form]) -> Res<Vec<Param>> {
        let mut params: Vec<Param> = Vec::new();
        let mut rest = forms;
        let mut takes_rest = false;
        while let [form, tail @ ..] = rest {
            rest = tail;
            if form.symbol() == Some("&") && !tail.is_empty() && !takes_rest {
                takes_rest = true;
                continue;
            }
            if let (true, 0, Some(options)) =
                (takes_rest, form.at.source, super::options::parse(form))
            {
                self.options = options;
                continue;
            }
            let (name, pattern) = match &form.kind {
                FormKind::Symbol(symbol) if &**symbol != "&" => (symbol.clone(), None),
                FormKind::Vector(_) | FormKind::Map(_) => (self.fresh("param"), Some(form.clone())),
                _ => return self.bad_param(form),
            };
            if form.at.source != 0 && super::declare::is_known(&name) {
                let why =
                    format!("`{name}` is a type, and stands where a parameter's name should be");
                let d = Problem::new(Code::BadForm, self.place(form.at), why);
                return self.fail(d.help(format!("a type stands after `:-`, `[x :- {name}]`")));
            }
            if params.iter().any(|p| p.name == name && &*name != "_") {
                return self.fail(Problem::new(
                    Code::Redefined,
                    self.place(form.at),
                    format!("two parameters are named `{name}`"),
                ));
            }
            let mut param = Param {
                name,
                pattern,
                ty: None,
                rest: takes_rest,
                at: form.at,
            };
            if let [dash, ty, tail @ ..] = rest
                && is_dash(dash)
            {
                self.function_type(ty)?;
                param.ty = Some(ty.clone());
                rest = tail;
            }
            if let (true, Some(more)) = (takes_rest, rest.first()) {
                let d = Problem::new(
                    Code::BadForm,
                    self.place(more.at),
                    "one parameter stands after `&`, the last",
                );
                return self.fail(d.help("[first & others]"));
            }
            params.push(param);
        }
        Ok(params)
    }

    /// Reports the type of a function that is not written as it must be.
    fn function_type(&mut self, ty: &Form) -> Res<()> {
        match ty.list() {
            Some(
                [
                    _,
                    Form {
                        kind: FormKind::Vector(_),
                        ..
                    },
                    _,
                ],
            ) => Ok(()),
            Some(_) if ty.head() == Some("Fn") => {
                let why = "the type of a function has its parameters' types in brackets, then that of its result";
                let d = Problem::new(Code::BadType, self.place(ty.at), why);
                self.fail(d.help("(Fn [Int Int] Bool)"))
            }
            _ => Ok(()),
        }
    }

    fn bad_param<T>(&mut self, form: &Form) -> Res<T> {
        let d = Problem::new(
            Code::BadForm,
            self.place(form.at),
            "a parameter is a name, with a type after `:-`",
        )
        .help("[d :- Dir]");
        self.fail(d)
    }

    /// `(defn name "doc" :- T [params] body)`; documentation and result type may be left out. `(defn name ([a] ...)
    /// ([a b] ...))` has several lists of parameters.
    pub(super) fn parse_defn(&mut self, form: &Form) -> Res<Vec<Global>> {
        let parts = form.list().unwrap_or(&[]);
        let Some(FormKind::Symbol(name)) = parts.get(1).map(|f| &f.kind) else {
            let d = Problem::new(
                Code::BadForm,
                self.place(form.at),
                "`defn` takes a name, parameters in brackets, and a body",
            )
            .help("(defn sizes [d :- Dir] (map :size (map stat (list d))))");
            return self.fail(d);
        };
        self.new_name(name, parts[1].at)?;
        let mut rest = &parts[2..];
        let mut doc = None;
        if let [first, tail @ ..] = rest
            && let FormKind::Str(text) = &first.kind
            && !tail.is_empty()
        {
            doc = Some(text.clone());
            rest = tail;
        }
        let several = !rest.is_empty()
            && rest.iter().all(|f| {
                let first = f.list().and_then(|l| l.first()).map(|f| &f.kind);
                matches!(first, Some(FormKind::Vector(_)))
                    || matches!(first, Some(FormKind::Keyword(k)) if &**k == "-")
            });
        let arities: Vec<Vec<Form>> = match several {
            true => rest
                .iter()
                .filter_map(|f| Some(f.list()?.to_vec()))
                .collect(),
            false => vec![rest.to_vec()],
        };
        let mut globals: Vec<Global> = Vec::new();
        for mut parts in arities {
            parts.insert(0, Form::sym("defn", form.at));
            let (mut params, result, body) = self.parse_fn(&Form::make_list(parts, form.at))?;
            let dots = |p: &mut Param| form.at.source == 0 && p.rest && &*p.name == "...";
            let folds = params.pop_if(dots).is_some();
            let options = std::mem::take(&mut self.options).into();
            if globals.iter().any(|g| g.params.len() == params.len()) {
                let count = super::arguments(params.len()).replace("argument", "parameter");
                let why = format!("`{name}` has two lists of {count}");
                let d = Problem::new(Code::Redefined, self.place(form.at), why);
                return self
                    .fail(d.help("lists of parameters are told apart by how many they are"));
            }
            let (needs, body) = self.conditions(body)?;
            self.conditions_fit(&needs, &params, form.at)?;
            self.ids += 1;
            globals.push(Global {
                id: self.ids,
                name: name.clone(),
                params,
                result,
                folds,
                options,
                needs,
                body,
                at: form.at,
                doc: doc.clone(),
            });
        }
        Ok(globals)
    }

    /// Refuses to define what is part of the language.
    pub(super) fn new_name(&mut self, name: &str, at: Span) -> Res<()> {
        let part = super::forms::NAMES.contains(&name)
            || super::arith::NAMES.contains(&name)
            || super::forms::FUNCTIONS.contains(&name)
            || NAMES.contains(&name)
            || self.prelude.rule(name).is_some_and(|r| r.is_public());
        if at.source == 0 || !part {
            return Ok(());
        }
        let why = format!("`{name}` is part of the language");
        self.fail(Problem::new(Code::Redefined, at, why).help("take another name"))
    }

    /// `{:where [(Ord T)]}` before the body: what is needed of type variables.
    fn conditions(&mut self, body: Rc<[Form]>) -> Res<(Needs, Rc<[Form]>)> {
        let Some((first, rest)) = body.split_first().filter(|b| !b.1.is_empty()) else {
            return Ok((Vec::new(), body));
        };
        let FormKind::Map(parts) = &first.kind else {
            return Ok((Vec::new(), body));
        };
        let [key, list] = &parts[..] else {
            return Ok((Vec::new(), body));
        };
        if !matches!(&key.kind, FormKind::Keyword(k) if &**k == "where") {
            return Ok((Vec::new(), body));
        }
        let FormKind::Vector(list) = &list.kind else {
            return self.bad_condition(list);
        };
        let mut needs = Vec::new();
        for form in list.iter() {
            let need = form.head().and_then(Need::named);
            match (need, form.list()) {
                (
                    Some(need),
                    Some(
                        [
                            _,
                            Form {
                                kind: FormKind::Symbol(var),
                                ..
                            },
                        ],
                    ),
                ) if super::types::is_type_var(var) => {
                    needs.push((need, var.clone()));
                }
                _ => return self.bad_condition(form),
            }
        }
        Ok((needs, rest.into()))
    }

    /// Reports a condition on what is no type variable of the parameters.
    fn conditions_fit(&mut self, needs: &[(Need, Rc<str>)], params: &[Param], at: Span) -> Res<()> {
        for (_, var) in needs {
            let mut types = params.iter().filter_map(|p| p.ty.as_ref());
            if !types.any(|ty| !ty.all_symbols(&|name| name != &**var)) {
                let why = format!(
                    "`{var}` stands in no parameter's type, so nothing can be needed of it"
                );
                let d = Problem::new(Code::BadForm, self.place(at), why);
                return self.fail(
                    d.help("(defn top :- (Option T) [xs :- (List T)] {:where [(Ord T)]} ...)"),
                );
            }
        }
        Ok(())
    }

    fn bad_condition<T>(&mut self, form: &Form) -> Res<T> {
        let why = "what is needed of a type variable is one of Eq Ord Show Num";
        let d = Problem::new(Code::BadForm, self.place(form.at), why);
        self.fail(d.help("{:where [(Ord T)]}"))
    }
}
