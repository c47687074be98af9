//! Literals that say nothing of their elements, `[]`, `none`, `{}`, `[none]`: what they fit where another type is wanted,
//! and as what they are made then.

use super::literal::bottom;
use super::{Checker, Res};
use crate::tree::{Kind, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use sawmill_ir::ty::RecordKind;
use std::sync::Arc;

impl Checker {
    /// Whether a value of one type, that of an empty literal, can stand for one of another.
    pub(super) fn bottom_fits(&self, have: &Ty, want: &Ty) -> bool {
        bottom(have)
            && match (have, want) {
                (Ty::Never, _) => true,
                (Ty::List(a), Ty::List(b))
                | (Ty::Option(a), Ty::Option(b))
                | (Ty::Result(a), Ty::Result(b))
                | (Ty::Seq(a), Ty::Seq(b) | Ty::List(b))
                | (Ty::Set(a), Ty::Set(b)) => self.bottom_fits(a, b),
                (Ty::Map(a), Ty::Map(b)) => {
                    self.is_or_bottom(&a.0, &b.0) && self.is_or_bottom(&a.1, &b.1)
                }
                (Ty::Record(a), Ty::Record(b)) => {
                    let mut pairs = a.fields.iter().zip(&b.fields);
                    a.kind == b.kind
                        && a.kind != RecordKind::Named
                        && a.fields.len() == b.fields.len()
                        && pairs.all(|(a, b)| a.0 == b.0 && self.is_or_bottom(&a.1, &b.1))
                }
                _ => false,
            }
    }

    fn is_or_bottom(&self, have: &Ty, want: &Ty) -> bool {
        have == want || self.bottom_fits(have, want)
    }

    /// A value of a type that [`Checker::bottom_fits`] the wanted one, as one of that: what is empty as it would be
    /// there, what holds such values with each of them made anew.
    pub(super) fn widened(&mut self, tree: Tree, want: &Ty) -> Res<Tree> {
        if tree.ty == *want || tree.ty == Ty::Never {
            return Ok(tree);
        }
        let have = tree.ty.clone();
        // A sequence runs where it is consumed, and its elements are made anew there.
        if let (Ty::Seq(of), Ty::Seq(t)) = (&have, want) {
            let (at, var) = (tree.at, self.var((**of).clone()));
            let part = self.widened(Tree::new(Kind::Var(var), (**of).clone(), at), t)?;
            let emit = Tree::new(Kind::Emit(part), Ty::Unit, at);
            return Ok(Tree::new(Kind::Each(var, tree, emit), want.clone(), at));
        }
        if matches!(have, Ty::Seq(_)) {
            let list = self.collected(tree);
            return self.widened(list, want);
        }
        if have.parts().contains(&&Ty::Never)
            && let Some(empty) = self.empty_of(want, tree.at)
        {
            let at = tree.at;
            return Ok(Tree::new(Kind::Do(vec![tree, empty]), want.clone(), at));
        }
        self.with_named(tree, |me, value| me.remade_as(value, want))
    }

    /// The same, of a value in a variable that is not empty for sure.
    fn remade_as(&mut self, value: Tree, want: &Ty) -> Res<Tree> {
        let at = value.at;
        let new = |kind, ty: &Ty| Tree::new(kind, ty.clone(), at);
        match (value.ty.clone(), want) {
            (Ty::Option(have), Ty::Option(t)) => {
                let test = new(Kind::Op(Op::IsSome, vec![value.clone()]), &Ty::Bool);
                let part = new(Kind::Op(Op::SomeValue, vec![value]), &have);
                let part = self.widened(part, t)?;
                let some = new(Kind::Op(Op::Some, vec![part]), want);
                let none = new(Kind::Op(Op::None, Vec::new()), want);
                Ok(new(Kind::If(test, some, none), want))
            }
            (Ty::Result(have), Ty::Result(t)) => {
                let test = new(Kind::Op(Op::IsOk, vec![value.clone()]), &Ty::Bool);
                let part = new(Kind::Op(Op::OkValue, vec![value.clone()]), &have);
                let part = self.widened(part, t)?;
                let error = new(Kind::Op(Op::ErrValue, vec![value]), &Ty::Error);
                let error = new(Kind::Throw(error), &Ty::Never);
                let either = new(Kind::If(test, part, error), t);
                Ok(new(Kind::Try(either), want))
            }
            (Ty::List(have), Ty::List(t)) => {
                let var = self.var((*have).clone());
                let part = self.widened(new(Kind::Var(var), &have), t)?;
                let emit = new(Kind::Emit(part), &Ty::Unit);
                let each = new(Kind::Each(var, value, emit), &Ty::Seq(t.clone()));
                Ok(new(Kind::Collect(each), want))
            }
            (Ty::Set(have), Ty::Set(t)) => {
                let keys = new(Kind::Op(Op::MapKeys, vec![value]), &Ty::List(have.clone()));
                let var = self.var((*have).clone());
                let key = self.widened(new(Kind::Var(var), &have), t)?;
                let nothing = new(Kind::Unit, &Ty::Unit);
                Ok(self.put_each(var, keys, (key, nothing), want))
            }
            (Ty::Map(have), Ty::Map(kv)) => {
                let pair = Ty::tuple(vec![have.0.clone(), have.1.clone()]);
                let pairs = new(Kind::Op(Op::MapEntries, vec![value]), &pair.clone().list());
                let var = self.var(pair.clone());
                let of = new(Kind::Var(var), &pair);
                let key = self.widened(new(Kind::Get(0, of.clone()), &have.0), &kv.0)?;
                let part = self.widened(new(Kind::Get(1, of), &have.1), &kv.1)?;
                Ok(self.put_each(var, pairs, (key, part), want))
            }
            (Ty::Record(have), Ty::Record(r)) => {
                let mut parts = Vec::new();
                for (n, (of, to)) in have.fields.iter().zip(&r.fields).enumerate() {
                    let part = new(Kind::Get(n as u32, value.clone()), &of.1);
                    parts.push(self.widened(part, &to.1)?);
                }
                Ok(new(Kind::Record(parts), want))
            }
            _ => Err(super::Failed),
        }
    }

    /// A map or set of what a key and a value come to for each element of a list.
    fn put_each(&mut self, var: Var, list: Tree, (key, value): (Tree, Tree), want: &Ty) -> Tree {
        let at = list.at;
        let new = |kind, ty: &Ty| Tree::new(kind, ty.clone(), at);
        let kv = match want {
            Ty::Map(kv) => kv.clone(),
            _ => Arc::new((key.ty.clone(), Ty::Unit)),
        };
        let built = Ty::MapBuilder(kv);
        let builder = self.var(built.clone());
        let named = new(Kind::Var(builder), &built);
        let put = new(
            Kind::Op(Op::MapPut, vec![named.clone(), key, value]),
            &Ty::Unit,
        );
        let each = new(Kind::Each(var, list, put), &Ty::Unit);
        let done = new(Kind::Op(Op::MapFreeze, vec![named]), want);
        let body = new(Kind::Do(vec![each, done]), want);
        let start = new(Kind::Op(Op::MapBuilder, Vec::new()), &built);
        super::wrap_lets(vec![(builder, start)], body)
    }

    /// What of that type has nothing in it.
    pub(super) fn empty_of(&mut self, ty: &Ty, at: Span) -> Option<Tree> {
        let kind = match ty {
            Ty::Option(_) => Kind::Op(Op::None, Vec::new()),
            Ty::List(t) => {
                let nothing = Tree::new(Kind::Do(Vec::new()), Ty::Seq(t.clone()), at);
                Kind::Collect(nothing)
            }
            Ty::Map(kv) => return Some(self.empty_map(kv.0.clone(), kv.1.clone(), at)),
            Ty::Set(t) => {
                let map = self.empty_map((**t).clone(), Ty::Unit, at);
                return Some(map.with_type(ty.clone()));
            }
            _ => return None,
        };
        Some(Tree::new(kind, ty.clone(), at))
    }

    fn empty_map(&self, k: Ty, v: Ty, at: Span) -> Tree {
        let kv = Arc::new((k, v));
        let new = Kind::Op(Op::MapBuilder, Vec::new());
        let new = Tree::new(new, Ty::MapBuilder(kv.clone()), at);
        Tree::new(Kind::Op(Op::MapFreeze, vec![new]), Ty::Map(kv), at)
    }
}
