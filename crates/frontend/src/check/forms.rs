//! Special forms. Those that are rewritten into these are rules of the prelude ([`super::rules`]).

use super::env::{Binding, EMIT, Env, LoopPlace, RECUR, STOP};
use super::functions::Lets;
use super::literal::{is_guess, is_literal};
use super::problem::Problem;
use super::types::Need;
use super::{Checker, Failed, Res, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// The forms defined here.
pub(super) const NAMES: &[&str] = &[
    "def",
    "defn",
    "defn-",
    "defrecord",
    "defenum",
    "fn",
    "let",
    "if",
    "do",
    "->",
    "->>",
    "and",
    "or",
    "loop",
    "recur",
    "try",
    "comment",
    "match",
    "case",
];

/// Those of them that are applied to values, so that they can be passed down as functions are.
pub(super) const FUNCTIONS: &[&str] = &[
    "ok?", "or-else", "unwrap", "just", "tuple", "vector", "str", "pr-str", "print", "println",
    "prn", "throw", "desc", "format",
];

/// Forms of the prelude alone.
pub(super) const INNER: &[&str] = &[
    "emit",
    "each",
    "let-mut",
    "set!",
    "stoppable",
    "stop",
    "scope",
    "seq",
    "if-option",
    "or-map",
    "optional",
    "present",
    "an-option",
];

/// How often the type of a name of a loop is guessed anew.
const MAX_GUESSES: usize = 3;

impl Checker {
    /// A special form; `None` if `head` is none.
    pub(super) fn special(
        &mut self,
        head: &str,
        written: Span,
        form: &Form,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
    ) -> Option<Res<Tree>> {
        let inner = written.source == 0 && INNER.contains(&head);
        if !NAMES.contains(&head) && !FUNCTIONS.contains(&head) && !inner {
            return None;
        }
        let at = form.at;
        Some(match (head, args) {
            ("if", [c, t]) => self.when(c, t, env, at),
            ("if", [c, t, e]) => self.if_form(c, t, e, env, want, at),
            ("do", body) => self.body(body, env, want),
            ("comment", _) => Ok(self.unit(at)),
            ("let", [bindings, body @ ..]) => self.let_form(bindings, body, env, want),
            ("and" | "or", args) => self.and_or(head == "and", args, env, at),
            ("->" | "->>", [first, steps @ ..]) => {
                self.threaded(first, steps, head == "->>", env, want)
            }
            ("loop", [bindings, body @ ..]) => self.loop_form(bindings, body, env, want, at),
            ("recur", args) => self.recur(args, env, at),
            ("match", [of, clauses @ ..]) => self.match_form(of, clauses, env, want, at),
            ("case", [of, clauses @ ..]) => self.case_form(of, clauses, env, want, at),
            ("try", [_, ..]) => self.try_form(args, env, at),
            ("emit", [x]) => self.emit(x, env, at),
            ("each", [bindings, body @ ..]) => self.each(bindings, body, env, at),
            ("let-mut", [bindings, body @ ..]) => self.let_mut(bindings, body, env),
            ("set!", [name, value]) => self.set(name, value, env, at),
            ("stoppable", body) => self.stoppable(body, env, at),
            ("stop", []) => self.stop(env, at),
            ("scope", body) => self.scope(body, env, want, at),
            ("seq", body) => self.seq_form(body, env, want, at),
            ("optional", [x]) => self.optional(x, env, at),
            ("an-option", [x]) => self.an_option(x, env),
            ("present", [x, default]) => self.present(x, default, env),
            ("or-map", [x]) => self.or_map(x, env),
            ("if-option", [x, a, b]) => self.if_option(x, a, b, env, want),
            (head, args) if FUNCTIONS.contains(&head) => self.applied(head, args, env, want, at),
            _ => self.bad_form(head, at),
        })
    }

    /// One of [`FUNCTIONS`].
    fn applied(
        &mut self,
        head: &str,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        match (head, args) {
            ("ok?", [r]) => {
                let r = self.result(r, env)?;
                Ok(self.op(Op::IsOk, vec![r], Ty::Bool, at))
            }
            ("or-else", [r, default]) => self.or_else(r, default, env, at),
            ("unwrap", [x]) => self.unwrap(x, env, at),
            ("just", [x]) => {
                let inner = match want {
                    Some(Ty::Option(t)) => Some((**t).clone()),
                    _ => None,
                };
                let tree = self.value(x, env, inner.as_ref())?;
                let tree = match inner.filter(|t| *t != Ty::Never) {
                    Some(t) => self.coerce(tree, &t, "`just`")?,
                    None => tree,
                };
                self.storable(&tree.ty.clone(), x.at)?;
                let ty = tree.ty.clone().option();
                Ok(self.op(Op::Some, vec![tree], ty, at))
            }
            ("tuple", args) => {
                let wanted = want
                    .and_then(Ty::as_tuple)
                    .filter(|f| f.len() == args.len());
                let wanted: Option<Vec<Ty>> =
                    wanted.map(|f| f.iter().map(|f| f.1.clone()).collect());
                self.tuple(args, env, wanted.as_deref(), at)
            }
            ("vector", args) => self.vector(args, env, want, at),
            ("str", args) => {
                let parts = self.shown_operands("str", args, env)?;
                Ok(self.op(Op::Show, parts, Ty::Str, at))
            }
            ("pr-str", args) => self.written_out(args, env, at),
            ("format", [form, args @ ..]) => self.format(form, args, env, at),
            ("print" | "println", args) => {
                let mut parts = self.shown_operands(head, args, env)?;
                parts = self.spaced(parts, at);
                if head == "println" {
                    parts.push(self.text("\n", at));
                }
                let text = self.op(Op::Show, parts, Ty::Str, at);
                Ok(self.op(Op::Print, vec![text], Ty::Unit, at))
            }
            ("prn", args) => {
                let text = self.written_out(args, env, at)?;
                let parts = vec![text, self.text("\n", at)];
                let line = self.op(Op::Show, parts, Ty::Str, at);
                Ok(self.op(Op::Print, vec![line], Ty::Unit, at))
            }
            ("throw", [x]) => self.throw(x, env, at),
            ("desc", [x]) => {
                let tree = self.value(x, env, None)?;
                self.descending(tree, at)
            }
            _ => self.bad_form(head, at),
        }
    }

    fn text(&self, text: &str, at: Span) -> Tree {
        self.tree(Kind::Bytes(text.as_bytes().to_vec()), Ty::Str, at)
    }

    /// The operands with a space between any two.
    fn spaced(&self, parts: Vec<Tree>, at: Span) -> Vec<Tree> {
        let mut all = Vec::new();
        for (i, part) in parts.into_iter().enumerate() {
            if i > 0 {
                all.push(self.text(" ", at));
            }
            all.push(part);
        }
        all
    }

    fn shown_operands(&mut self, who: &str, args: &[Form], env: &Env) -> Res<Vec<Tree>> {
        let mut parts = Vec::new();
        for arg in args {
            let tree = self.value(arg, env, None)?;
            self.require(&tree.ty.clone(), Need::Show, &format!("`{who}`"), arg.at)?;
            parts.push(tree);
        }
        Ok(parts)
    }

    /// `(pr-str a b)`: as a program would write them.
    fn written_out(&mut self, args: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let mut parts = Vec::new();
        for tree in self.shown_operands("pr-str", args, env)? {
            let place = tree.at;
            parts.push(Tree::new(Kind::Op(Op::Pr, vec![tree]), Ty::Str, place));
        }
        let parts = self.spaced(parts, at);
        Ok(self.op(Op::Show, parts, Ty::Str, at))
    }

    fn format(&mut self, form: &Form, args: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let text = self.value(form, env, Some(&Ty::Str))?;
        let text = self.coerce(text, &Ty::Str, "`format`")?;
        if let Kind::Bytes(bytes) = &text.kind {
            let text = String::from_utf8_lossy(bytes).into_owned();
            return self.formatted(form, &text, args, env, at);
        }
        let mut parts = vec![text];
        parts.extend(self.shown_operands("format", args, env)?);
        Ok(self.op(Op::Format, parts, Ty::Str, at))
    }

    fn throw(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        let error = match &tree.ty {
            Ty::Error => tree,
            Ty::Str => self.op(Op::ErrorNew, vec![tree], Ty::Error, at),
            ty => {
                let (ty, place) = (ty.clone(), tree.at);
                self.require(&ty, Need::Show, "`throw`", place)?;
                let text = self.op(Op::Pr, vec![tree], Ty::Str, at);
                self.op(Op::ErrorNew, vec![text], Ty::Error, at)
            }
        };
        Ok(self.tree(Kind::Throw(error), Ty::Never, at))
    }

    /// The value of an Option or Result; where there is none an error.
    fn unwrap(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        match tree.ty.clone() {
            Ty::Option(t) => Ok(self.op(Op::SomeValue, vec![tree], (*t).clone(), at)),
            Ty::Result(t) => self.with_named(tree, |me, r| {
                let test = me.op(Op::IsOk, vec![r.clone()], Ty::Bool, at);
                let value = me.op(Op::OkValue, vec![r.clone()], (*t).clone(), at);
                let error = me.op(Op::ErrValue, vec![r], Ty::Error, at);
                let error = me.tree(Kind::Throw(error), Ty::Never, at);
                Ok(me.tree(Kind::If(test, value, error), (*t).clone(), at))
            }),
            ty => {
                let why = format!("`unwrap` takes an Option or a Result, this is {ty}");
                self.fail(Problem::new(Code::Mismatch, tree.at, why))
            }
        }
    }

    /// An Option as it is, something else as an Option of it.
    fn optional(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        if matches!(tree.ty, Ty::Option(_)) || tree.ty == Ty::Never {
            return Ok(tree);
        }
        let ty = tree.ty.clone().option();
        Ok(self.op(Op::Some, vec![tree], ty, at))
    }

    /// An Option, for the rule that takes it apart.
    fn an_option(&mut self, x: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        let help = match tree.ty {
            Ty::Option(_) | Ty::Never => return Ok(tree),
            Ty::Result(_) => "`(ok r)` gives the value of a Result as an Option",
            Ty::Bool => "`if` asks whether something is true",
            _ => "`let` names a value that is there in any case",
        };
        let who = self
            .rule_at(self.site)
            .map_or("if-let".into(), |r| r.name.clone());
        let why = format!("`{who}` takes an Option apart, this is {}", tree.ty);
        self.fail(Problem::new(Code::Mismatch, tree.at, why).help(help))
    }

    /// What an Option has, or else the default; something else as it is.
    fn present(&mut self, x: &Form, default: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        match tree.ty {
            Ty::Option(_) => self.option_or(tree, default, env, x.at),
            _ => Ok(tree),
        }
    }

    /// One of two forms: which, is known when the program is checked.
    fn if_option(
        &mut self,
        x: &Form,
        a: &Form,
        b: &Form,
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        let form = if matches!(tree.ty, Ty::Option(_)) {
            a
        } else {
            b
        };
        self.infer(form, env, want)
    }

    /// The map that an Option has, or else an empty one; another value that it has, which then must be there; what is no
    /// Option as it is.
    fn or_map(&mut self, x: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        match &tree.ty {
            Ty::Option(t) if matches!(**t, Ty::Map(_)) => {
                let kind = FormKind::Map(Vec::new().into());
                let empty = Form { kind, at: x.at };
                self.option_or(tree, &empty, env, x.at)
            }
            Ty::Option(t) => {
                let ty = (**t).clone();
                Ok(self.op(Op::SomeValue, vec![tree], ty, x.at))
            }
            _ => Ok(tree),
        }
    }

    /// A sequence of what the body emits.
    fn seq_form(&mut self, body: &[Form], env: &Env, want: Option<&Ty>, at: Span) -> Res<Tree> {
        let wanted = want.and_then(|ty| match ty {
            Ty::Seq(t) | Ty::List(t) if **t != Ty::Never => Some((**t).clone()),
            _ => None,
        });
        let element = Rc::new(RefCell::new(wanted));
        let inner = env.inner().with(EMIT, Binding::Emit(element.clone()));
        let body = self.body(body, &inner, None)?;
        // Over an empty literal there is none that would tell.
        let element = element.take().unwrap_or(Ty::Never);
        Ok(self.tree(Kind::Do(vec![body]), element.seq(), at))
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
            "let" => (
                "`let` takes bindings in brackets, then expressions",
                "(let [n 3] (+ n 1))",
            ),
            "loop" => (
                "`loop` takes bindings in brackets, then expressions",
                "(loop [n 3] (when (> n 0) (recur (- n 1))))",
            ),
            "try" => (
                "`try` takes an expression",
                "(map #(try (stat %)) (list d))",
            ),
            "or-else" => (
                "`or-else` takes a Result or an Option, and a default",
                "(or-else (try (stat e)) other)",
            ),
            "ok?" => ("`ok?` takes a Result", "(ok? (try (stat e)))"),
            "just" => ("`just` takes one value", "(just 1)"),
            "unwrap" => (
                "`unwrap` takes an Option or a Result",
                "(unwrap (first xs))",
            ),
            "throw" => (
                "`throw` takes a message or an error",
                "(throw \"no such user\")",
            ),
            "desc" => ("`desc` takes a key", "(sort-by (desc :size) xs)"),
            "format" => (
                "`format` takes a text, and what stands in it",
                "(format \"%5d %s\" n name)",
            ),
            "match" => (
                "`match` takes a value, then pairs of a pattern and an expression",
                "(match (first xs) (just x) x none 0)",
            ),
            "case" => (
                "`case` takes a value, then pairs of a constant and an expression, and what is else",
                "(case (:type e) :dir 1 0)",
            ),
            "def" | "defn" | "defn-" | "defrecord" | "defenum" => (
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
        if matches!(tree.ty, Ty::Bool | Ty::Never) {
            return Ok(tree);
        }
        let d = Problem::new(
            Code::NotBool,
            tree.at,
            format!("a condition is a Bool, this is {}", tree.ty),
        );
        let d = match super::help::condition(&tree.ty) {
            Some(help) => d.help(help),
            None => d,
        };
        self.fail(d)
    }

    /// `(if c t)`: without an else there is nothing to tell; the value is dropped, what it does is done.
    fn when(&mut self, c: &Form, t: &Form, env: &Env, at: Span) -> Res<Tree> {
        let c = self.condition(c, env);
        let then = self.infer(t, env, None)?;
        let mut then = self.collected(then);
        let c = c?;
        if !matches!(then.ty, Ty::Unit | Ty::Never) {
            then = self.tree(Kind::Do(vec![then, self.unit(at)]), Ty::Unit, at);
        }
        let none = self.unit(at);
        Ok(self.tree(Kind::If(c, then, none), Ty::Unit, at))
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
        let c = self.condition(c, env);
        // A literal is typed after the other branch.
        let (then, other);
        if is_literal(t) && !is_literal(e) {
            other = self.branch(e, env, want);
            let ty = other.as_ref().ok().map(|t| t.ty.clone());
            then = self.branch(t, env, want.or(ty.as_ref()));
        } else {
            then = self.branch(t, env, want);
            let ty = then.as_ref().ok().map(|t| t.ty.clone());
            other = self.branch(e, env, want.or(ty.as_ref()));
        }
        self.joined(c?, then?, other?, at)
    }

    /// An `if` of branches that give one type.
    pub(super) fn joined(&mut self, c: Tree, then: Tree, other: Tree, at: Span) -> Res<Tree> {
        let ty = match (&then.ty, &other.ty) {
            (Ty::Never, b) => b.clone(),
            (a, Ty::Never) => a.clone(),
            (a, b) if a == b => a.clone(),
            (_, b) if self.fits(&then, b) => b.clone(),
            (a, _) if self.fits(&other, a) => a.clone(),
            (a, b) => {
                let d = Problem::new(
                    Code::Mismatch,
                    self.place(at),
                    format!("the branches give {a} and {b}"),
                )
                .note(then.at, a.to_string())
                .note(other.at, b.to_string());
                return self.fail(d.help(super::help::branches(a, b)));
            }
        };
        let then = self.coerce(then, &ty, "this branch")?;
        let other = self.coerce(other, &ty, "this branch")?;
        Ok(self.tree(Kind::If(c, then, other), ty, at))
    }

    pub(super) fn branch(&mut self, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
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
    pub(super) fn pairs<'a>(
        &mut self,
        form: &'a Form,
        who: &str,
    ) -> Res<Vec<(&'a Form, &'a Form)>> {
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

    fn let_form(
        &mut self,
        bindings: &Form,
        body: &[Form],
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let mut inner = env.clone();
        let mut lets = Lets::new();
        let mut wrong = false;
        for (name, value) in self.pairs(bindings, "let")? {
            match self.let_one(name, value, &inner, &mut lets) {
                Ok(next) => inner = next,
                Err(Failed) => {
                    wrong = true;
                    inner = wrongly_bound(name, inner);
                }
            }
        }
        let body = self.body(body, &inner, want)?;
        if wrong {
            return Err(Failed);
        }
        Ok(wrap_lets(lets, body))
    }

    fn let_one(&mut self, name: &Form, value: &Form, env: &Env, lets: &mut Lets) -> Res<Env> {
        if let FormKind::Symbol(symbol) = &name.kind
            && let Some(f) = self.function_value(value, env, lets)?
        {
            return Ok(env.with(symbol, Binding::Fn(f)));
        }
        let value = self.value(value, env, None)?;
        self.destructure(name, value, env.clone(), lets)
    }

    /// A loop. Where the value that starts it is a literal whose type turns out to be another, it is that one.
    fn loop_form(
        &mut self,
        bindings: &Form,
        body: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let pairs = self.pairs(bindings, "loop")?;
        let mut guesses: Vec<Option<Ty>> = vec![None; pairs.len()];
        let reported = self.diagnostics.len();
        let mut first = None;
        for _ in 0..MAX_GUESSES {
            let work = self.work;
            self.gave = None;
            self.guessed = None;
            let (tree, gave) = self.loop_once(&pairs, &guesses, body, env, want, at);
            let Err(Failed) = tree else { return tree };
            let tried = self.work - work;
            let Some((n, ty)) =
                gave.filter(|(n, ty)| is_guess(pairs[*n].1) && guesses[*n].as_ref() != Some(ty))
            else {
                break;
            };
            if self.captured || tried > self.retries {
                break;
            }
            self.retries -= tried;
            let said = self
                .diagnostics
                .split_off(reported.min(self.diagnostics.len()));
            first.get_or_insert(said);
            guesses[n] = Some(ty);
        }
        if let Some(first) = first {
            self.diagnostics.truncate(reported);
            self.diagnostics.extend(first);
        }
        Err(Failed)
    }

    fn loop_once(
        &mut self,
        pairs: &[(&Form, &Form)],
        guesses: &[Option<Ty>],
        body: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> (Res<Tree>, Option<(usize, Ty)>) {
        let mut inner = env.inner();
        let mut vars: Vec<(Var, Tree)> = Vec::new();
        let mut names: Vec<(Var, Rc<str>)> = Vec::new();
        let mut lets = Lets::new();
        for ((pattern, value), guess) in pairs.iter().zip(guesses) {
            let value = match self.value(value, &inner, guess.as_ref()) {
                Ok(value) => value,
                Err(Failed) => return (Err(Failed), None),
            };
            let var = self.var(value.ty.clone());
            let name: Rc<str> = pattern.symbol().unwrap_or("this").into();
            if pattern.symbol().is_some() {
                inner = inner.with(&name, Binding::Local(var, self.level));
            } else {
                let whole = Tree::new(Kind::Var(var), value.ty.clone(), value.at);
                inner = match self.destructure(pattern, whole, inner, &mut lets) {
                    Ok(inner) => inner,
                    Err(Failed) => return (Err(Failed), None),
                };
            }
            vars.push((var, value));
            names.push((var, name));
        }
        let place = Rc::new(LoopPlace {
            label: self.label(),
            names,
            used: Cell::new(false),
            gave: RefCell::new(None),
            is_loop: true,
        });
        let inner = inner.with(RECUR, Binding::Loop(place.clone()));
        let inner = inner.at_tail().returning(env.returns);
        let tree = self.body(body, &inner, want).map(|tree| {
            let body = wrap_lets(lets, self.collected(tree));
            let ty = body.ty.clone();
            self.tree(Kind::Loop(place.label, vars, body), ty, at)
        });
        // What an operator within would have wanted of a name.
        let operand = || {
            let guessed = self.guessed?;
            let n = place.names.iter().position(|(var, _)| *var == guessed)?;
            Some((n, self.gave.clone()?))
        };
        let gave = place.gave.take().or_else(operand);
        (tree, gave)
    }

    fn recur(&mut self, args: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let place = self.place(at);
        let Some(Binding::Loop(to)) = env.get(RECUR).cloned() else {
            let d = Problem::new(Code::BadForm, place, "`recur` stands in no `loop`");
            return self
                .fail(d.help("in a function with annotated parameters it starts that again"));
        };
        let what = if to.is_loop { "loop" } else { "function" };
        if !env.tail {
            let why = format!("`recur` is not the last thing its {what} does here");
            let d = Problem::new(Code::BadForm, place, why);
            return self.fail(d.help(
                "nothing comes after it; what is to be done with a result is carried along, `(recur (- n 1) (+ sum n))`",
            ));
        }
        if args.len() != to.names.len() {
            let takes = super::arguments(to.names.len()).replace("argument", "value");
            let why = format!(
                "`recur` of this {what} takes {takes}, here {}",
                super::are(args.len())
            );
            let names: String = to
                .names
                .iter()
                .map(|n| format!(" {}", super::plain(&n.1)))
                .collect();
            let d = Problem::new(Code::Arity, place, why);
            return self.fail(d.help(format!("(recur{names})")));
        }
        let mut trees = Vec::new();
        for (n, (arg, (var, name))) in args.iter().zip(&to.names).enumerate() {
            let ty = self.vars[*var].clone();
            let tree = self.for_recur(arg, env, &ty)?;
            if !self.fits(&tree, &ty) && tree.ty != Ty::Never {
                *to.gave.borrow_mut() = Some((n, tree.ty.clone()));
            }
            trees.push(self.coerce(
                tree,
                &ty,
                &format!("`{}` of the {what}", super::plain(name)),
            )?);
        }
        to.used.set(true);
        Ok(self.tree(Kind::Recur(to.label, trees), Ty::Never, at))
    }

    /// A value for a name of a loop. What is no value of that type, but one of another, says what the type should have
    /// been.
    fn for_recur(&mut self, arg: &Form, env: &Env, ty: &Ty) -> Res<Tree> {
        let before = self.diagnostics.len();
        let tree = self.value(arg, env, Some(ty));
        if tree.is_ok() || self.captured || !is_guess(arg) && !super::literal::bottom(ty) {
            return tree;
        }
        let said = self.diagnostics.split_off(before);
        let other = self.value(arg, env, None);
        if other.is_err() {
            self.diagnostics.truncate(before);
            self.diagnostics.extend(said);
        }
        other
    }

    fn try_form(&mut self, body: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let body = self.body(body, &env.inner(), None)?;
        let body = self.collected(body);
        if matches!(body.ty, Ty::Result(_)) {
            let d = Problem::new(
                Code::Mismatch,
                self.place(at),
                "this gives a Result already",
            )
            .label("`try` of a Result")
            .help("`match`, `or-else` and `unwrap` take a Result apart");
            return self.fail(d);
        }
        self.storable(&body.ty.clone(), at)?;
        // What never gives a value gives none to tell the type of.
        let inner = if body.ty == Ty::Never {
            Ty::Unit
        } else {
            body.ty.clone()
        };
        Ok(self.tree(Kind::Try(body), inner.result(), at))
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

    /// The value of a Result or Option, or else the default, which is evaluated only then.
    fn or_else(&mut self, r: &Form, default: &Form, env: &Env, at: Span) -> Res<Tree> {
        let tree = self.value(r, env, None)?;
        let inner = match tree.ty.clone() {
            Ty::Option(_) => return self.option_or(tree, default, env, at),
            Ty::Result(inner) => inner,
            ty => {
                let why = format!("a Result or an Option is needed, this is {ty}");
                let d = Problem::new(Code::Mismatch, tree.at, why);
                return self
                    .fail(d.help("`(try e)` gives the value of e, or its error, as a Result"));
            }
        };
        let default = self.value(default, env, Some(&inner))?;
        let (tree, inner) = match &default.ty {
            ty if self.bottom_fits(&inner, ty) => (
                self.coerce(tree, &ty.clone().result(), "this")?,
                Arc::new(ty.clone()),
            ),
            _ => (tree, inner),
        };
        let default = self.coerce(default, &inner, "the default")?;
        self.with_named(tree, |me, r| {
            let test = me.op(Op::IsOk, vec![r.clone()], Ty::Bool, at);
            let value = me.op(Op::OkValue, vec![r], (*inner).clone(), at);
            Ok(me.tree(Kind::If(test, value, default), (*inner).clone(), at))
        })
    }

    fn emit(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
        let Some(Binding::Emit(element)) = env.get(EMIT).cloned() else {
            return Err(Failed);
        };
        let want = element.borrow().clone().filter(|ty| *ty != Ty::Never);
        let tree = self.value(x, env, want.as_ref())?;
        self.storable(&tree.ty.clone(), x.at)?;
        let tree = match want {
            Some(want) => self.coerce(tree, &want, "this element")?,
            None => tree,
        };
        if tree.ty != Ty::Never || element.borrow().is_none() {
            *element.borrow_mut() = Some(tree.ty.clone());
        }
        Ok(self.tree(Kind::Emit(tree), Ty::Unit, at))
    }

    fn each(&mut self, bindings: &Form, body: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let pairs = self.pairs(bindings, "each")?;
        let [(pattern, seq)] = pairs[..] else {
            return Err(Failed);
        };
        let who = self
            .rule_at(self.site)
            .map_or("this".into(), |r| r.name.clone());
        if let FormKind::Keyword(name) = &pattern.kind {
            let why = format!("`:{name}` says nothing in a `{who}`");
            let d = Problem::new(Code::BadForm, self.place(pattern.at), why);
            return self.fail(d.help(
                "after a binding may stand `:when c`, `:while c`, `:let [n v]`, and more bindings",
            ));
        }
        let seq = self.infer(seq, &env.inner(), None)?;
        let seq = self.as_list(seq);
        let Some(element) = seq.ty.element() else {
            return self.no_sequence(&who, &seq);
        };
        let var = self.var(element.clone());
        if element == Ty::Never {
            // Of an empty literal nobody knows what its elements would be, and nobody has to: there are none.
            let nothing = self.unit(at);
            return Ok(self.tree(Kind::Each(var, seq, nothing), Ty::Unit, at));
        }
        let mut lets = Lets::new();
        let value = Tree::new(Kind::Var(var), element, self.place(pattern.at));
        let inner = self.destructure(pattern, value, env.inner(), &mut lets)?;
        let body = self.body(body, &inner, None)?;
        let body = self.collected(body);
        let body = wrap_lets(lets, body);
        Ok(self.tree(Kind::Each(var, seq, body), Ty::Unit, at))
    }

    fn let_mut(&mut self, bindings: &Form, body: &[Form], env: &Env) -> Res<Tree> {
        let mut inner = env.inner();
        let mut lets = Vec::new();
        for (name, value) in self.pairs(bindings, "let-mut")? {
            let name = name.symbol().ok_or(Failed)?;
            let value = self.value(value, &inner, None)?;
            let var = self.var(value.ty.clone());
            inner = inner.with(name, Binding::Local(var, self.level));
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
}

/// A name, or the names of a pattern, whose value is wrong: what uses them is not told that again.
fn wrongly_bound(pattern: &Form, env: Env) -> Env {
    let mut env = env;
    let mut work = vec![pattern];
    while let Some(form) = work.pop() {
        match &form.kind {
            FormKind::Symbol(name) => env = env.with(name, Binding::Wrong),
            FormKind::Vector(parts) | FormKind::Map(parts) => work.extend(parts.iter()),
            _ => {}
        }
    }
    env
}
