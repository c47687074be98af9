//! What may be absent or fail: Options, Results, `try`, `throw`.

use super::env::Env;
use super::problem::Problem;
use super::types::Need;
use super::{Checker, Res};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use std::sync::Arc;

impl Checker {
    pub(super) fn throw(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
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
    pub(super) fn unwrap(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
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
    pub(super) fn optional(&mut self, x: &Form, env: &Env, at: Span) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        if matches!(tree.ty, Ty::Option(_)) || tree.ty == Ty::Never {
            return Ok(tree);
        }
        let ty = tree.ty.clone().option();
        Ok(self.op(Op::Some, vec![tree], ty, at))
    }

    /// An Option, for the rule that takes it apart.
    pub(super) fn an_option(&mut self, x: &Form, env: &Env) -> Res<Tree> {
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
    pub(super) fn present(&mut self, x: &Form, default: &Form, env: &Env) -> Res<Tree> {
        let tree = self.value(x, env, None)?;
        match tree.ty {
            Ty::Option(_) => self.option_or(tree, default, env, x.at),
            _ => Ok(tree),
        }
    }

    /// One of two forms: which, is known when the program is checked.
    pub(super) fn if_option(
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
    pub(super) fn or_map(&mut self, x: &Form, env: &Env) -> Res<Tree> {
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

    pub(super) fn try_form(&mut self, body: &[Form], env: &Env, at: Span) -> Res<Tree> {
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

    pub(super) fn result(&mut self, form: &Form, env: &Env) -> Res<Tree> {
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
    pub(super) fn or_else(&mut self, r: &Form, default: &Form, env: &Env, at: Span) -> Res<Tree> {
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
}
