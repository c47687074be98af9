//! Application: of forms, of functions known by name, of functions passed down.

use super::env::{Binding, EMIT, Env, FnValue, Global, Param, RECUR, STOP};
use super::types::{TypeVars, is_type_var};
use super::{Checker, Failed, Res, State, wrap_lets};
use crate::diag::{Code, Diagnostic};
use crate::read::{Form, FormKind};
use crate::tree::{Func, Kind, ParamTree, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::{Bind, Span};
use std::cell::RefCell;
use std::rc::Rc;

/// How deep functions may be expanded in one another.
const MAX_EXPANSION: usize = 64;

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
            let d = Diagnostic::new(
                Code::BadForm,
                self.place(form.at),
                "an empty list is no call",
            )
            .help("nothing to tell is `(do)`, an empty list `[]`");
            return self.fail(d);
        };
        match &head.kind {
            FormKind::Symbol(name) => match env.get(name).cloned() {
                Some(Binding::Fn(f)) => self.apply(&f, args, env, want, form.at),
                Some(Binding::Local(..) | Binding::Seq(_) | Binding::Literal(_)) => {
                    let tree = self.value(head, env, None)?;
                    let d = Diagnostic::new(
                        Code::NotFunction,
                        tree.at,
                        format!("`{name}` is {}, not a function", tree.ty),
                    );
                    self.fail(d)
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
                    let why = format!(
                        "`:{name}` takes one record, here are {} arguments",
                        args.len()
                    );
                    return self.fail(Diagnostic::new(Code::Arity, self.place(form.at), why));
                };
                let record = self.value(arg, env, None)?;
                self.field(name, record, head.at)
            }
            FormKind::List(_) if head.head() == Some("fn") => {
                let f = self.function_value(head, env).ok_or(Failed)?;
                self.apply(&f, args, env, want, form.at)
            }
            _ => {
                let d = Diagnostic::new(
                    Code::NotFunction,
                    self.place(head.at),
                    "this is not a function",
                )
                .help("a call is `(function argument ...)`");
                self.fail(d)
            }
        }
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
        let Some(overloads) = self.globals.get(name).cloned() else {
            let at = form
                .list()
                .and_then(|l| l.first())
                .map_or(form.at, |f| f.at);
            let d = self.unknown(name, self.place(at), env);
            return self.fail(d);
        };
        self.apply_global(name, &overloads, args, env, want, form.at)
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
                let why = format!(
                    "the function of `{by}` has to give {result}, this gives {}",
                    tree.ty
                );
                let mut d = Diagnostic::new(Code::Mismatch, inner.at(), why);
                if let Some(help) = super::types::conversion(&tree.ty, result) {
                    d = d.help(help);
                }
                self.fail(d)
            }
            FnValue::Lambda {
                params,
                body,
                env: inside,
                at: defined,
            } => {
                if params.len() != args.len() {
                    let why = format!(
                        "this function takes {} arguments, here it gets {}",
                        params.len(),
                        args.len()
                    );
                    let d = Diagnostic::new(Code::Arity, *defined, why);
                    let d = if self.place(at) != *defined {
                        d.note(self.place(at), "called here")
                    } else {
                        d
                    };
                    return self.fail(d);
                }
                let mut scope = inside.inner();
                let mut lets = Vec::new();
                for (param, arg) in params.iter().zip(args) {
                    scope = self.bind(
                        param,
                        arg,
                        env,
                        &scope,
                        &mut lets,
                        &format!("`{}`", param.name),
                    )?;
                }
                let body = body.clone();
                let tree = self.body(&body, &scope, want)?;
                Ok(wrap_lets(lets, tree))
            }
            FnValue::Keyword { name, at } => {
                let [arg] = args else {
                    let why = format!(
                        "`:{name}` takes one record, here it gets {} arguments",
                        args.len()
                    );
                    return self.fail(Diagnostic::new(Code::Arity, *at, why));
                };
                let record = self.value(arg, env, None)?;
                self.field(name, record, *at)
            }
            FnValue::Named { name, at } => {
                // What it does is told at the place where it is named.
                let site = std::mem::replace(&mut self.site, *at);
                let call = Form::make_list(
                    std::iter::once(Form::sym(name, *at))
                        .chain(args.iter().cloned())
                        .collect(),
                    *at,
                );
                let special = self.special(name, &call, args, env, want);
                let tree = match special {
                    Some(tree) => tree,
                    None => self.apply_named(name, args, env, want, &call),
                };
                self.site = site;
                tree
            }
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
        whose: &str,
    ) -> Res<Env> {
        if param.ty.is_none()
            && let Some(f) = self.function_value(arg, env)
        {
            return Ok(scope.with(&param.name, Binding::Fn(f)));
        }
        let want = match &param.ty {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let tree = self.value(arg, env, want.as_ref())?;
        let tree = match &want {
            Some(want) => self.coerce(tree, want, whose)?,
            None => tree,
        };
        Ok(self.bind_tree(&param.name, tree, scope, lets))
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
            [] => {
                let mut counts: Vec<String> = overloads
                    .iter()
                    .map(|g| g.params.len().to_string())
                    .collect();
                counts.dedup();
                let why = format!(
                    "`{name}` takes {} arguments, here are {}",
                    counts.join(" or "),
                    args.len()
                );
                let d = Diagnostic::new(Code::Arity, self.place(at), why);
                let d = match overloads.first() {
                    Some(g) => d.help(usage(g)),
                    None => d,
                };
                self.fail(d)
            }
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
        let types: Vec<String> = trees.iter().map(|t| t.ty.to_string()).collect();
        let place = trees.first().map_or(self.place(at), |t| t.at);
        let mut uses: Vec<String> = several
            .iter()
            .map(|g| usage(g))
            .filter(|u| !u.contains("Literal"))
            .collect();
        uses.dedup();
        let d = Diagnostic::new(
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
                State::Checking(_, None) => {
                    let d = Diagnostic::new(
                        Code::Recursion,
                        self.place(at),
                        format!(
                            "`{}` calls itself, so its result type has to be stated",
                            global.name
                        ),
                    )
                    .help(format!("(defn {} :- Int [...] ...)", global.name));
                    return self.fail(d);
                }
                State::Wrong => return Err(Failed),
                State::Expanded => {}
            }
        }
        self.literal_candidates(global, args, env, want, at)
    }

    fn call(
        &mut self,
        global: &Rc<Global>,
        fun: crate::tree::Fun,
        result: Option<Ty>,
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let mut trees = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let ty = self.funcs[fun].params[i].ty.clone();
            let tree = self.value(arg, env, Some(&ty))?;
            trees.push(self.coerce(
                tree,
                &ty,
                &format!(
                    "the parameter `{}` of `{}`",
                    global.params[i].name, global.name
                ),
            )?);
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
        let mut params = Vec::new();
        for p in &global.params {
            let ty = self.parse_type(p.ty.as_ref().ok_or(Failed)?)?;
            let var = self.var(ty.clone());
            env = env.with(&p.name, Binding::Local(var, self.level));
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
        let func = Func {
            name: global.name.to_string(),
            params,
            result: result.clone().unwrap_or(Ty::Unit),
            body: None,
        };
        let fun = self.funcs.push(func);
        self.functions
            .insert(global.id, State::Checking(fun, result.clone()));
        let body = self.body(&global.body.clone(), &env, result.as_ref())?;
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
        let reported = self.diagnostics.len();
        if let Ok(tree) = self.expand(global, args, env, want, Some(&Ty::Int), at) {
            return Ok(tree);
        }
        if self.captured {
            return Err(Failed);
        }
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
            let whose = format!("the parameter `{}` of `{}`", param.name, global.name);
            match &param.ty {
                None => scope = self.bind(param, arg, env, &scope, &mut lets, &whose)?,
                Some(ty) if ty.head() == Some("Fn") => functions.push((i, ty)),
                Some(ty) if ty.head() == Some("Seq") => {
                    let tree = self.infer(arg, &env.inner(), None)?;
                    if !self.matches(ty, &tree.ty, &mut vars) {
                        let d = Diagnostic::new(
                            Code::Mismatch,
                            tree.at,
                            format!(
                                "`{}` goes over a List or a sequence, this is {}",
                                global.name, tree.ty
                            ),
                        );
                        let d = match tree.ty {
                            Ty::Dir => d.help("`(list d)` gives the entries of a directory"),
                            _ => d,
                        };
                        return self.fail(d);
                    }
                    scope = scope.with(&param.name, Binding::Seq(Rc::new(tree)));
                }
                Some(ty) => {
                    let variable = ty.symbol().is_some_and(is_type_var);
                    let known = if variable {
                        vars.get(ty.symbol().unwrap_or("")).cloned()
                    } else {
                        Some(self.parse_type_with(ty, &vars)?)
                    };
                    let tree =
                        self.value(arg, env, known.as_ref().or(literal.filter(|_| variable)))?;
                    let tree = match &known {
                        Some(want) => self.coerce(tree, want, &whose)?,
                        None => {
                            self.matches(ty, &tree.ty, &mut vars);
                            tree
                        }
                    };
                    scope = self.bind_tree(&param.name, tree, &scope, &mut lets);
                }
            }
        }
        for (i, ty) in functions {
            scope = self.bind_function(global, i, ty, &args[i], env, scope, &vars)?;
        }
        self.expand_body(global, scope, lets, vars, want, at)
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
        let Some(f) = self.function_value(arg, env) else {
            let tree = self.value(arg, env, None)?;
            let d = Diagnostic::new(
                Code::Mismatch,
                tree.at,
                format!(
                    "`{}` needs a function here, this is {}",
                    global.name, tree.ty
                ),
            )
            .help(usage(global));
            return self.fail(d);
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
        if global.at.source != 0 && self.expanding.contains(&global.id)
            || self.expanding.len() > MAX_EXPANSION
        {
            let d = Diagnostic::new(Code::Recursion, self.place(at), format!("`{}` calls itself, and is expanded where it is called", global.name))
                .help("annotate its parameters and its result with types of values: then it is a function that can call itself");
            return self.fail(d);
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
        let body = global.body.clone();
        let result = self.expanded(global, &body, &scope, &vars, want);
        self.expanding.pop();
        self.site = site;
        let mut tree = result?;
        if let Some(element) = element.take() {
            tree.ty = Ty::seq(element);
        }
        Ok(wrap_lets(lets, tree))
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
