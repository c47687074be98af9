//! Loops: the language's own, and those that the prelude is written with, which go over a sequence, stop, and give
//! elements.

use super::env::{Binding, EMIT, Env, LoopPlace, RECUR, STOP};
use super::functions::Lets;
use super::literal::is_guess;
use super::overload::MAX_GUESSES;
use super::problem::Problem;
use super::{Checker, Failed, Res, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

impl Checker {
    /// A sequence of what the body emits.
    pub(super) fn seq_form(
        &mut self,
        body: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
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

    pub(super) fn stoppable(&mut self, body: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let label = self.label();
        let inner = env.inner().with(STOP, Binding::Stoppable(label));
        let body = self.body(body, &inner, None)?;
        Ok(self.tree(Kind::Stoppable(label, body), Ty::Unit, at))
    }

    pub(super) fn stop(&mut self, env: &Env, at: Span) -> Res<Tree> {
        match env.get(STOP) {
            Some(Binding::Stoppable(label)) => Ok(self.tree(Kind::Stop(*label), Ty::Never, at)),
            _ => Err(Failed),
        }
    }

    /// A loop. Where the value that starts it is a literal whose type turns out to be another, it is that one.
    pub(super) fn loop_form(
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

    pub(super) fn recur(&mut self, args: &[Form], env: &Env, at: Span) -> Res<Tree> {
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

    pub(super) fn emit(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
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

    pub(super) fn each(
        &mut self,
        bindings: &Form,
        body: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
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

    pub(super) fn let_mut(&mut self, bindings: &Form, body: &[Form], env: &Env) -> Res<Tree> {
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

    pub(super) fn set(&mut self, name: &Form, value: &Form, env: &Env, at: Span) -> Res<Tree> {
        let Some(Binding::Local(var, _)) = name.symbol().and_then(|n| env.get(n)).cloned() else {
            return Err(Failed);
        };
        let ty = self.vars[var].clone();
        let value = self.value(value, env, Some(&ty))?;
        let value = self.coerce(value, &ty, "the accumulator")?;
        Ok(self.tree(Kind::Set(var, value), Ty::Unit, at))
    }
}
