//! Special forms. Those that are rewritten into these are rules of the prelude ([`super::rules`]).

use super::env::{Binding, Env};
use super::functions::Lets;
use super::literal::is_literal;
use super::problem::Problem;
use super::types::Need;
use super::{Checker, Failed, Res, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;

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
    pub(super) fn applied(
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
                let mut parts = self.shown_operands("str", args, env)?;
                match &parts[..] {
                    [text] if text.ty == Ty::Str => Ok(parts.swap_remove(0)),
                    _ => Ok(self.op(Op::Show, parts, Ty::Str, at)),
                }
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

    pub(super) fn text(&self, text: &str, at: Span) -> Tree {
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

    pub(super) fn format(&mut self, form: &Form, args: &[Form], env: &Env, at: Span) -> Res<Tree> {
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

    pub(super) fn scope(
        &mut self,
        body: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
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
    pub(super) fn when(&mut self, c: &Form, t: &Form, env: &Env, at: Span) -> Res<Tree> {
        match self.known_truth(c, env) {
            Some(true) => return self.infer(t, env, None),
            Some(false) => return Ok(self.unit(at)),
            None => {}
        }
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
        if let Some(known) = self.known_truth(c, env) {
            return self.infer(if known { t } else { e }, env, want);
        }
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
    pub(super) fn thread(&mut self, first: &Form, steps: &[Form], last: bool) -> Res<Form> {
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
