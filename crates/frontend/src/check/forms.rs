//! Special forms, and the rewrites that are forms (`->`, `when`, ...).

use super::env::{Binding, EMIT, Env, FnValue, Param, RECUR, STOP};
use super::problem::Problem;
use super::{Checker, Failed, Global, Res, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use std::rc::Rc;
use std::sync::Arc;

/// The forms defined here.
pub(super) const NAMES: &[&str] = &[
    "def", "defn", "fn", "let", "if", "do", "->", "->>", "and", "or", "when", "when-not", "if-not",
    "loop", "recur", "try", "ok?", "or-else", "comment",
];

/// Forms of the prelude alone.
const INNER: &[&str] = &[
    "emit",
    "each",
    "let-mut",
    "set!",
    "stoppable",
    "stop",
    "scope",
];

/// A function as written: parameters, result, body.
pub(super) type Parts = (Vec<Param>, Option<Form>, Rc<[Form]>);

impl Checker {
    /// A special form; `None` if `head` is none.
    pub(super) fn special(
        &mut self,
        head: &str,
        form: &Form,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
    ) -> Option<Res<Tree>> {
        let inner = form.at.source == 0 && INNER.contains(&head);
        if !NAMES.contains(&head) && !inner {
            return None;
        }
        let at = form.at;
        Some(match (head, args) {
            ("if", [c, t]) => self.when(c, std::slice::from_ref(t), env, at, false),
            ("if", [c, t, e]) => self.if_form(c, t, e, env, want, at),
            ("if-not", [c, t, e]) => self.if_form(c, e, t, env, want, at),
            ("when", [c, body @ ..]) => self.when(c, body, env, at, false),
            ("when-not", [c, body @ ..]) => self.when(c, body, env, at, true),
            ("do", body) => self.body(body, env, want),
            ("comment", _) => Ok(self.tree(Kind::Unit, Ty::Unit, at)),
            ("let", [bindings, body @ ..]) => self.let_form(bindings, body, env, want),
            ("and" | "or", args) => self.and_or(head == "and", args, env, at),
            ("->" | "->>", [first, steps @ ..]) => {
                self.threaded(first, steps, head == "->>", env, want)
            }
            ("loop", [bindings, body @ ..]) => self.loop_form(bindings, body, env, want, at),
            ("recur", args) => self.recur(args, env, at),
            ("try", [body]) => self.try_form(body, env, at),
            ("ok?", [r]) => self.is_ok(r, env, at),
            ("or-else", [r, default]) => self.or_else(r, default, env, at),
            ("emit", [x]) => self.emit(x, env, at),
            ("each", [bindings, body @ ..]) => self.each(bindings, body, env, at),
            ("let-mut", [bindings, body @ ..]) => self.let_mut(bindings, body, env),
            ("set!", [name, value]) => self.set(name, value, env, at),
            ("stoppable", body) => self.stoppable(body, env, at),
            ("stop", []) => self.stop(env, at),
            ("scope", body) => self.scope(body, env, want, at),
            _ => self.bad_form(head, at),
        })
    }

    fn is_ok(&mut self, r: &Form, env: &Env, at: Span) -> Res<Tree> {
        let r = self.result(r, env)?;
        Ok(self.tree(Kind::Op(sawmill_ir::ops::Op::IsOk, vec![r]), Ty::Bool, at))
    }

    fn stoppable(&mut self, body: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let label = self.label();
        let inner = env.inner().with(STOP, Binding::Stoppable(label));
        let body = self.body(body, &inner, None)?;
        Ok(self.tree(Kind::Stoppable(label, body), Ty::Unit, at))
    }

    fn stop(&mut self, env: &Env, at: Span) -> Res<Tree> {
        match env.get(STOP) {
            Some(Binding::Stoppable(label)) => Ok(self.tree(Kind::Stop(*label), Ty::Never, at)),
            _ => Err(Failed),
        }
    }

    fn scope(&mut self, body: &[Form], env: &Env, want: Option<&Ty>, at: Span) -> Res<Tree> {
        let body = self.body(body, &env.inner(), want)?;
        let ty = body.ty.clone();
        Ok(self.tree(Kind::Scope(body), ty, at))
    }

    fn threaded(
        &mut self,
        first: &Form,
        steps: &[Form],
        last: bool,
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let threaded = self.thread(first, steps, last)?;
        self.threading += steps.len();
        let tree = self.infer(&threaded, env, want);
        self.threading -= steps.len();
        tree
    }

    fn bad_form<T>(&mut self, head: &str, at: Span) -> Res<T> {
        let (why, help) = match head {
            "if" => (
                "`if` takes a condition, what is then, and what is else",
                "(if (> n 0) \"some\" \"none\")",
            ),
            "if-not" => (
                "`if-not` takes a condition and two expressions",
                "(if-not (ok? r) 0 1)",
            ),
            "let" => (
                "`let` takes bindings in brackets, then expressions",
                "(let [n 3] (+ n 1))",
            ),
            "try" => (
                "`try` takes one expression",
                "(map #(try (stat %)) (list d))",
            ),
            "or-else" => (
                "`or-else` takes a Result and a default",
                "(or-else (try (stat e)) other)",
            ),
            "ok?" => ("`ok?` takes a Result", "(ok? (try (stat e)))"),
            "def" | "defn" => (
                "definitions stand at the top level of a program",
                "use `let` inside an expression",
            ),
            "fn" => (
                "a function is not a value: it can be called, or passed to a function such as `map`",
                "((fn [x] (+ x 1)) 2)",
            ),
            "->" | "->>" => (
                "a thread needs something to start from",
                "(->> (list d) (map stat))",
            ),
            _ => (
                "this form is not written as it must be",
                "see the language reference",
            ),
        };
        let code = if head == "fn" {
            Code::SecondClass
        } else {
            Code::BadForm
        };
        let d = Problem::new(code, self.place(at), why).help(help);
        self.fail(d)
    }

    /// An expression that has to be a truth value.
    pub(super) fn condition(&mut self, form: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(form, env, Some(&Ty::Bool))?;
        if tree.ty == Ty::Bool {
            return Ok(tree);
        }
        let d = Problem::new(
            Code::NotBool,
            tree.at,
            format!("a condition is a Bool, this is {}", tree.ty),
        );
        let d = match &tree.ty {
            Ty::Result(_) => d.help("`(ok? r)` asks whether it is a value"),
            Ty::Int | Ty::Size => d.help("compare it: `(not= n 0)`"),
            Ty::List(_) => d.help("`(> (count xs) 0)` asks whether there are elements"),
            _ => d,
        };
        self.fail(d)
    }

    fn when(&mut self, c: &Form, body: &[Form], env: &Env, at: Span, negate: bool) -> Res<Tree> {
        let c = self.condition(c, env)?;
        let tree = self.body(body, env, None)?;
        let mut then = self.collected(tree);
        if !matches!(then.ty, Ty::Unit | Ty::Never) {
            // Without an else there is nothing to tell; the value is dropped, what it does is done.
            let unit = self.tree(Kind::Unit, Ty::Unit, at);
            then = self.tree(Kind::Do(vec![then, unit]), Ty::Unit, at);
        }
        let none = self.tree(Kind::Unit, Ty::Unit, at);
        let (t, e) = if negate { (none, then) } else { (then, none) };
        Ok(self.tree(Kind::If(c, t, e), Ty::Unit, at))
    }

    fn if_form(
        &mut self,
        c: &Form,
        t: &Form,
        e: &Form,
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let c = self.condition(c, env)?;
        // A literal is typed after the other branch.
        let literal = |f: &Form| {
            matches!(
                f.kind,
                FormKind::Int(_) | FormKind::Str(_) | FormKind::Keyword(_)
            )
        };
        let (then, other);
        if literal(t) && !literal(e) {
            other = self.branch(e, env, want)?;
            then = self.branch(t, env, want.or(Some(&other.ty)))?;
        } else {
            then = self.branch(t, env, want)?;
            other = self.branch(e, env, want.or(Some(&then.ty)))?;
        }
        self.joined(c, then, other, at)
    }

    /// An `if` of branches that give one type.
    fn joined(&mut self, c: Tree, then: Tree, other: Tree, at: Span) -> Res<Tree> {
        let (then, other) = match (&then.ty, &other.ty) {
            (a, b) if a == b || *a == Ty::Never || *b == Ty::Never => (then, other),
            (Ty::Str, Ty::Path) => (self.coerce(then, &Ty::Path, "the other branch")?, other),
            (Ty::Path, Ty::Str) => (then, self.coerce(other, &Ty::Path, "the other branch")?),
            (a, b) => {
                let d = Problem::new(
                    Code::Mismatch,
                    self.place(at),
                    format!("the branches give {a} and {b}"),
                )
                .note(then.at, a.to_string())
                .note(other.at, b.to_string())
                .help("both branches of an `if` give the same type");
                return self.fail(d);
            }
        };
        let ty = if then.ty == Ty::Never {
            other.ty.clone()
        } else {
            then.ty.clone()
        };
        Ok(self.tree(Kind::If(c, then, other), ty, at))
    }

    fn branch(&mut self, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
        let tree = self.infer(form, env, want)?;
        Ok(self.collected(tree))
    }

    fn and_or(&mut self, and: bool, args: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let mut tests = Vec::new();
        for arg in args {
            tests.push(self.condition(arg, env)?);
        }
        Ok(match (tests.len(), and) {
            (0, _) => self.tree(Kind::Bool(and), Ty::Bool, at),
            (1, _) => tests.swap_remove(0),
            (_, true) => self.tree(Kind::All(tests), Ty::Bool, at),
            (_, false) => self.tree(Kind::Any(tests), Ty::Bool, at),
        })
    }

    /// `(->> x (f a))` is `(f a x)`, `(-> x (f a))` is `(f x a)`; a bare `f` is `(f)`.
    fn thread(&mut self, first: &Form, steps: &[Form], last: bool) -> Res<Form> {
        // Each step is one more level of a form, and forms are freed level by level.
        if let Some(step) = steps.get(super::MAX_DEPTH.saturating_sub(self.threading)) {
            let most = super::MAX_DEPTH;
            let why = format!("`->` and `->>`, those within counted, take more than {most} steps");
            let d = Problem::new(Code::Limit, self.place(step.at), why)
                .help("name parts of it with `let` or `defn`");
            return self.fail(d);
        }
        let mut value = first.clone();
        for step in steps {
            let parts = match &step.kind {
                FormKind::List(parts) if step.head() == Some("fn") => {
                    let _ = parts;
                    let help = "write `((fn [x] ...))`, or name it with `defn`";
                    let d = Problem::new(
                        Code::BadForm,
                        self.place(step.at),
                        "a function literal is no step of a thread",
                    )
                    .help(help);
                    return self.fail(d);
                }
                FormKind::List(parts) if !parts.is_empty() => parts.to_vec(),
                FormKind::Symbol(_) | FormKind::Keyword(_) => vec![step.clone()],
                _ => {
                    let d = Problem::new(
                        Code::BadForm,
                        self.place(step.at),
                        "a step of a thread is a call or a function's name",
                    )
                    .help("(->> (list d) (map stat) count)");
                    return self.fail(d);
                }
            };
            let mut parts = parts;
            let at = if last { parts.len() } else { 1 };
            parts.insert(at, value);
            value = Form::make_list(parts, step.at);
        }
        Ok(value)
    }

    /// Pairs of a binding vector.
    fn pairs<'a>(&mut self, form: &'a Form, who: &str) -> Res<Vec<(&'a Form, &'a Form)>> {
        match &form.kind {
            FormKind::Vector(parts) if parts.len() % 2 == 0 => {
                Ok(parts.chunks(2).map(|p| (&p[0], &p[1])).collect())
            }
            _ => {
                let d = Problem::new(
                    Code::BadForm,
                    self.place(form.at),
                    format!("`{who}` takes pairs of a name and a value in brackets"),
                )
                .help(format!("({who} [a 1 b 2] (+ a b))"));
                self.fail(d)
            }
        }
    }

    fn binding_name(&mut self, form: &Form) -> Res<Rc<str>> {
        match &form.kind {
            FormKind::Symbol(s) => Ok(s.clone()),
            _ => self.fail(Problem::new(
                Code::BadForm,
                self.place(form.at),
                "a name is wanted here",
            )),
        }
    }

    fn let_form(
        &mut self,
        bindings: &Form,
        body: &[Form],
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let mut inner = env.clone();
        let mut lets = Vec::new();
        for (name, value) in self.pairs(bindings, "let")? {
            let name = self.binding_name(name)?;
            if let Some(f) = self.function_value(value, &inner)? {
                inner = inner.with(&name, Binding::Fn(f));
                continue;
            }
            let value = self.value(value, &inner, None)?;
            let var = self.var(value.ty.clone());
            inner = inner.with(&name, Binding::Local(var, self.level));
            lets.push((var, value));
        }
        let body = self.body(body, &inner, want)?;
        Ok(wrap_lets(lets, body))
    }

    fn loop_form(
        &mut self,
        bindings: &Form,
        body: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let mut inner = env.inner();
        let (mut vars, mut names) = (Vec::new(), Vec::new());
        for (name, value) in self.pairs(bindings, "loop")? {
            let name = self.binding_name(name)?;
            let value = self.value(value, &inner, None)?;
            let var = self.var(value.ty.clone());
            inner = inner.with(&name, Binding::Local(var, self.level));
            vars.push((var, value));
            names.push((var, name));
        }
        let label = self.label();
        let inner = inner.with(RECUR, Binding::Loop(label, names)).at_tail();
        let tree = self.body(body, &inner, want)?;
        let body = self.collected(tree);
        let ty = body.ty.clone();
        Ok(self.tree(Kind::Loop(label, vars, body), ty, at))
    }

    fn recur(&mut self, args: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let place = self.place(at);
        let Some(Binding::Loop(label, vars)) = env.get(RECUR).cloned() else {
            return self.fail(Problem::new(
                Code::BadForm,
                place,
                "`recur` stands in no `loop`",
            ));
        };
        if !env.tail {
            let d = Problem::new(
                Code::BadForm,
                place,
                "`recur` is not the last thing its loop does here",
            );
            return self.fail(d);
        }
        if args.len() != vars.len() {
            let why = format!(
                "this loop has {} names, `recur` gets {} values",
                vars.len(),
                args.len()
            );
            return self.fail(Problem::new(Code::Arity, place, why));
        }
        let mut trees = Vec::new();
        for (arg, (var, name)) in args.iter().zip(&vars) {
            let ty = self.vars[*var].clone();
            let tree = self.value(arg, env, Some(&ty))?;
            trees.push(self.coerce(tree, &ty, &format!("`{name}` of the loop"))?);
        }
        Ok(self.tree(Kind::Recur(label, trees), Ty::Never, at))
    }

    fn try_form(&mut self, body: &Form, env: &Env, at: Span) -> Res<Tree> {
        let body = self.value(body, env, None)?;
        if matches!(body.ty, Ty::Result(_)) {
            let d = Problem::new(
                Code::Mismatch,
                self.place(at),
                "this gives a Result already",
            )
            .label("`try` of a Result");
            return self.fail(d);
        }
        let ty = Ty::Result(Arc::new(body.ty.clone()));
        Ok(self.tree(Kind::Try(body), ty, at))
    }

    fn result(&mut self, form: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(form, env, None)?;
        if matches!(tree.ty, Ty::Result(_)) {
            return Ok(tree);
        }
        let d = Problem::new(
            Code::Mismatch,
            tree.at,
            format!("a Result is needed, this is {}", tree.ty),
        )
        .help("`(try e)` gives the value of e, or its error, as a Result");
        self.fail(d)
    }

    /// The value, or where it is an error the default, which is evaluated only then.
    fn or_else(&mut self, r: &Form, default: &Form, env: &Env, at: Span) -> Res<Tree> {
        use sawmill_ir::ops::Op;
        let result = self.result(r, env)?;
        let Ty::Result(inner) = result.ty.clone() else {
            return Err(Failed);
        };
        let default = self.value(default, env, Some(&inner))?;
        let default = self.coerce(default, &inner, "the default")?;
        let var = self.var(result.ty.clone());
        let named = |me: &Self| me.tree(Kind::Var(var), result.ty.clone(), at);
        let test = self.tree(Kind::Op(Op::IsOk, vec![named(self)]), Ty::Bool, at);
        let value = self.tree(
            Kind::Op(Op::OkValue, vec![named(self)]),
            (*inner).clone(),
            at,
        );
        let choice = self.tree(Kind::If(test, value, default), (*inner).clone(), at);
        Ok(wrap_lets(vec![(var, result)], choice))
    }

    fn emit(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        if let Some(Binding::Emit(element)) = env.get(EMIT) {
            *element.borrow_mut() = Some(tree.ty.clone());
        }
        Ok(self.tree(Kind::Emit(tree), Ty::Unit, at))
    }

    fn each(&mut self, bindings: &Form, body: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let pairs = self.pairs(bindings, "each")?;
        let [(name, seq)] = pairs[..] else {
            return Err(Failed);
        };
        let name = self.binding_name(name)?;
        let seq = self.infer(seq, &env.inner(), None)?;
        let element = seq.ty.element().cloned().ok_or(Failed)?;
        let var = self.var(element);
        let inner = env.inner().with(&name, Binding::Local(var, self.level));
        let body = self.body(body, &inner, None)?;
        Ok(self.tree(Kind::Each(var, seq, body), Ty::Unit, at))
    }

    fn let_mut(&mut self, bindings: &Form, body: &[Form], env: &Env) -> Res<Tree> {
        let mut inner = env.inner();
        let mut lets = Vec::new();
        for (name, value) in self.pairs(bindings, "let-mut")? {
            let name = self.binding_name(name)?;
            let value = self.value(value, &inner, None)?;
            let var = self.var(value.ty.clone());
            inner = inner.with(&name, Binding::Local(var, self.level));
            lets.push((var, value));
        }
        let body = self.body(body, &inner, None)?;
        // A variable starts as a `Let`; lowering treats every variable that is set as one that changes.
        Ok(wrap_lets(lets, body))
    }

    fn set(&mut self, name: &Form, value: &Form, env: &Env, at: Span) -> Res<Tree> {
        let Some(Binding::Local(var, _)) = name.symbol().and_then(|n| env.get(n)).cloned() else {
            return Err(Failed);
        };
        let ty = self.vars[var].clone();
        let value = self.value(value, env, Some(&ty))?;
        let value = self.coerce(value, &ty, "the accumulator")?;
        Ok(self.tree(Kind::Set(var, value), Ty::Unit, at))
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

    fn parse_params(&mut self, forms: &[Form]) -> Res<Vec<Param>> {
        let mut params: Vec<Param> = Vec::new();
        let mut rest = forms;
        while let [name, tail @ ..] = rest {
            let FormKind::Symbol(symbol) = &name.kind else {
                let d = Problem::new(
                    Code::BadForm,
                    self.place(name.at),
                    "a parameter is a name, with a type after `:-`",
                )
                .help("[d :- Dir]");
                return self.fail(d);
            };
            if &**symbol == "&" {
                let why = "a function with any number of arguments is not there yet";
                let d = Problem::new(Code::Unsupported, self.place(name.at), why)
                    .help("pass a list, `[xs :- (List Int)]`");
                return self.fail(d);
            }
            if params.iter().any(|p| p.name == *symbol && &**symbol != "_") {
                return self.fail(Problem::new(
                    Code::Redefined,
                    self.place(name.at),
                    format!("two parameters are named `{symbol}`"),
                ));
            }
            let mut param = Param {
                name: symbol.clone(),
                ty: None,
                at: name.at,
            };
            rest = tail;
            if let [dash, ty, tail @ ..] = rest
                && is_dash(dash)
            {
                param.ty = Some(ty.clone());
                rest = tail;
            }
            params.push(param);
        }
        Ok(params)
    }

    /// `(defn name "doc" :- T [params] body)`; documentation and result type may be left out.
    pub(super) fn parse_defn(&mut self, form: &Form) -> Res<Global> {
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
        if form.at.source != 0
            && (NAMES.contains(&&**name) || super::arith::NAMES.contains(&&**name))
        {
            let d = Problem::new(
                Code::Redefined,
                parts[1].at,
                format!("`{name}` is part of the language"),
            )
            .help("take another name");
            return self.fail(d);
        }
        let mut rest: Vec<Form> = vec![parts[0].clone()];
        let mut doc = None;
        for (i, part) in parts[2..].iter().enumerate() {
            match &part.kind {
                FormKind::Str(text) if i == 0 && parts.len() > 4 => doc = Some(text.clone()),
                _ => rest.push(part.clone()),
            }
        }
        let (params, result, body) = self.parse_fn(&Form::make_list(rest, form.at))?;
        self.ids += 1;
        Ok(Global {
            id: self.ids,
            name: name.clone(),
            params,
            result,
            body,
            at: form.at,
            doc,
        })
    }

    /// The function that a form stands for, if it is one: a name, `(fn ...)`, `:field`.
    pub(super) fn function_value(&mut self, form: &Form, env: &Env) -> Res<Option<Rc<FnValue>>> {
        let at = self.place(form.at);
        let f = match &form.kind {
            FormKind::Symbol(name) => match env.get(name) {
                Some(Binding::Fn(f)) => return Ok(Some(f.clone())),
                None if self.is_function(name) => FnValue::Named {
                    name: name.clone(),
                    at,
                },
                _ => return Ok(None),
            },
            FormKind::Keyword(name) => FnValue::Keyword {
                name: name.clone(),
                at,
            },
            FormKind::List(_) if form.head() == Some("fn") => {
                let (params, result, body) = self.parse_fn(form)?;
                FnValue::Lambda {
                    params,
                    result,
                    body,
                    env: env.inner(),
                    at,
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(Rc::new(f)))
    }
}

fn is_dash(form: &Form) -> bool {
    matches!(&form.kind, FormKind::Keyword(k) if &**k == "-")
}
