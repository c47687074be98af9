//! Several sequences at once: the first elements of all, then the second ones, to the end of the shortest.
//!
//! One of the sequences runs, an element at a time; the others are lists before it starts. That one is the first which is
//! no list already; or the one that has no end, wherever it stands: it is stopped when a list is at its end.

use super::env::{Binding, Env};
use super::functions::Lets;
use super::problem::Problem;
use super::{Checker, Failed, Res, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;

impl Checker {
    /// `(op/in-step HOW f s ...)`: with `:map` emits what f gives for the elements, with `:cat` the elements of what it
    /// gives, with `:each` (and any f) the elements themselves one after another.
    pub(super) fn in_step(&mut self, args: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let [how, f, sources @ ..] = args else {
            return Err(Failed);
        };
        let FormKind::Keyword(how) = &how.kind else {
            return Err(Failed);
        };
        let trees = self.sources(sources, env)?;
        let runs = self.which_runs(&trees, at)?;
        let (mut env, mut lets) = (env.clone(), Lets::new());
        let (x, i) = (self.fresh("x"), self.fresh("i"));
        let (x, i) = (Form::sym(&x, at), Form::sym(&i, at));
        let (mut elements, mut lengths) = (Vec::new(), Vec::new());
        let mut running = None;
        for (n, tree) in trees.into_iter().enumerate() {
            if n == runs {
                running = Some(self.named_operand(tree, &mut env, &mut lets));
                elements.push(x.clone());
                continue;
            }
            let list = self.collected(tree);
            let list = self.named_operand(list, &mut env, &mut lets);
            lengths.push(self.calling("op/list.len", vec![list.clone()], at));
            elements.push(self.calling("op/list.get", vec![list, i.clone()], at));
        }
        let running = running.ok_or(Failed)?;
        let mut step = match &**how {
            "each" => {
                let emits = elements.into_iter();
                emits.map(|e| self.calling("emit", vec![e], at)).collect()
            }
            how => {
                elements.insert(0, f.clone());
                let given = Form::make_list(elements, at);
                match how {
                    "cat" => {
                        let y = Form::sym(&self.fresh("y"), at);
                        let emit = self.calling("emit", vec![y.clone()], at);
                        vec![self.calling("each", vec![vector(vec![y, given], at), emit], at)]
                    }
                    _ => vec![self.calling("emit", vec![given], at)],
                }
            }
        };
        let n = Form::sym(&self.fresh("n"), at);
        let (zero, one) = (int(0, at), int(1, at));
        let next = self.calling("+", vec![i.clone(), one], at);
        step.push(self.calling("set!", vec![i.clone(), next], at));
        let more = self.calling("<", vec![i.clone(), n.clone()], at);
        let stop = self.calling("stop", Vec::new(), at);
        step.push(self.calling("when-not", vec![more, stop], at));
        step.insert(0, vector(vec![x, running], at));
        let each = self.calling("each", step, at);
        let stoppable = self.calling("stoppable", vec![each], at);
        let any = self.calling("<", vec![zero.clone(), n.clone()], at);
        let when = self.calling("when", vec![any, stoppable], at);
        let mutable = self.calling("let-mut", vec![vector(vec![i, zero], at), when], at);
        let least = self.calling("min", lengths, at);
        let whole = self.calling("let", vec![vector(vec![n, least], at), mutable], at);
        let tree = self.infer(&whole, &env, None)?;
        Ok(wrap_lets(lets, tree))
    }

    /// The sequences, from left to right; a name may stand for several, as they were written.
    fn sources(&mut self, sources: &[Form], env: &Env) -> Res<Vec<Tree>> {
        let mut trees = Vec::new();
        for form in sources {
            match form.symbol().and_then(|s| env.get(s)).cloned() {
                Some(Binding::Forms(forms, there)) => {
                    for form in forms.iter() {
                        trees.push(self.infer(form, &there.inner(), None)?);
                    }
                }
                _ => trees.push(self.infer(form, &env.inner(), None)?),
            }
        }
        let mut all = Vec::new();
        for tree in trees {
            let tree = self.as_list(tree);
            if tree.ty.element().is_none() {
                let name = self.expanding.last().ok_or(Failed)?.global.name.clone();
                return self.no_sequence(&name, &tree).map(|_| Vec::new());
            }
            all.push(tree);
        }
        Ok(all)
    }

    fn which_runs(&mut self, trees: &[Tree], at: Span) -> Res<usize> {
        let running = |t: &&Tree| matches!(t.ty, Ty::Seq(_));
        let mut endless = trees
            .iter()
            .enumerate()
            .filter(|t| running(&t.1) && is_endless(t.1));
        match (endless.next(), endless.next()) {
            (Some(_), Some((_, second))) => {
                let why = "two sequences without an end cannot be gone through at once";
                let d = Problem::new(Code::BadForm, second.at, why);
                self.fail(d.help("`(take n s)` ends one of them"))
            }
            (Some((n, _)), None) => Ok(n),
            _ => {
                // Of an empty literal there is nothing to take: that one runs, and nothing else is done.
                let empty = |t: &Tree| t.ty.element() == Some(Ty::Never);
                let runs = trees.iter().position(empty);
                let runs = runs.or(trees.iter().position(|t| running(&t)));
                Ok(runs.unwrap_or(0))
            }
        }
        .inspect(|n| debug_assert!(*n < trees.len(), "no sequence at {at:?}"))
    }

    /// A call of something of the prelude.
    fn calling(&mut self, name: &str, args: Vec<Form>, at: Span) -> Form {
        let mut parts = vec![self.of_prelude(name)];
        parts.extend(args);
        Form::make_list(parts, at)
    }

    /// `(op/before f a b)`: whether the comparator puts a before b, be it one that gives a Bool or a number below zero.
    pub(super) fn before(
        &mut self,
        f: &Form,
        a: &Form,
        b: &Form,
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        if self.value(a, env, None)?.ty == Ty::Never {
            return Ok(self.tree(Kind::Bool(false), Ty::Bool, at));
        }
        let call = Form::make_list(vec![f.clone(), a.clone(), b.clone()], at);
        let tree = self.value(&call, env, None)?;
        match tree.ty {
            Ty::Bool => Ok(tree),
            Ty::Int => {
                let zero = self.tree(Kind::Int(0), Ty::Int, at);
                Ok(self.op(Op::Lt, vec![tree, zero], Ty::Bool, at))
            }
            _ => {
                let why = format!(
                    "a comparator gives a Bool, or an Int as `compare` does; this gives {}",
                    tree.ty
                );
                let d = Problem::new(Code::Mismatch, tree.at, why);
                self.fail(d.help(
                    "(sort > xs), (sort-by :size > xs); `(sort-by f xs)` sorts by what f gives",
                ))
            }
        }
    }
}

/// Whether a sequence surely has no end of its own: its loop only ever goes round.
fn is_endless(tree: &Tree) -> bool {
    let mut work = vec![tree];
    while let Some(tree) = work.pop() {
        match &tree.kind {
            // What is stopped ends.
            Kind::Stoppable(..) => {}
            Kind::Loop(_, _, body) if body.ty == Ty::Never => return true,
            Kind::Each(_, source, _) => work.push(source),
            Kind::Let(_, body) | Kind::Scope(body) => work.push(body),
            Kind::Do(all) => work.extend(all),
            _ => {}
        }
    }
    false
}

fn vector(parts: Vec<Form>, at: Span) -> Form {
    let kind = FormKind::Vector(parts.into());
    Form { kind, at }
}

fn int(n: i64, at: Span) -> Form {
    let kind = FormKind::Int(n);
    Form { kind, at }
}
