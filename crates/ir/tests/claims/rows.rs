//! Operations that their row says everything about: what their operands must be, and what they give.

use super::{Claim, covers, test};
use sawmill_ir::ops::{Op, Pat};
use sawmill_ir::ty::Type;
use std::sync::Arc;

/// What an operation on operands of these types gives; none if what they are does not say it.
pub(super) fn by_row(op: Op, operands: &[Type]) -> Claim<Option<Type>> {
    let row = op.row();
    let number = match row.operands {
        [first @ .., Pat::Many] => first.len() <= operands.len(),
        all => all.len() == operands.len(),
    };
    test(number, "another number of operands")?;
    let mut vars = Vars::default();
    for (pat, ty) in row.operands.iter().zip(operands) {
        let fits = *pat == Pat::Many || vars.take(pat, ty);
        test(fits, &format!("{} of a {ty}", row.name))?;
    }
    Ok(vars.give(&row.result))
}

#[derive(Default)]
struct Vars {
    t: Option<Type>,
    k: Option<Type>,
    v: Option<Type>,
}

impl Vars {
    fn take(&mut self, pat: &Pat, ty: &Type) -> bool {
        let var = match pat {
            Pat::T | Pat::EqT | Pat::OrdT => &mut self.t,
            Pat::K | Pat::OrdK => &mut self.k,
            Pat::V => &mut self.v,
            _ => return self.take_form(pat, ty),
        };
        match var {
            Some(bound) => covers(ty, bound),
            None => {
                *var = Some(ty.clone());
                true
            }
        }
    }

    fn take_form(&mut self, pat: &Pat, ty: &Type) -> bool {
        match (pat, ty) {
            (Pat::ListT, Type::List(t))
            | (Pat::BuilderT, Type::Builder(t))
            | (Pat::ResultT, Type::Result(t))
            | (Pat::ArrayT, Type::Array(t)) => self.take(&Pat::T, t),
            (Pat::List(p), Type::List(t))
            | (Pat::Opt(p), Type::Option(t))
            | (Pat::Desc(p), Type::Desc(t)) => self.take(p, t),
            (Pat::Pair(p, q), Type::Record(r)) => {
                let [(_, a), (_, b)] = &r.fields[..] else {
                    return false;
                };
                r.name.is_empty() && self.take(p, a) && self.take(q, b)
            }
            (Pat::MapKV, Type::Map(k, v)) | (Pat::MapBuilderKV, Type::MapBuilder(k, v)) => {
                self.take(&Pat::K, k) && self.take(&Pat::V, v)
            }
            (Pat::MapBuilder(p, q), Type::MapBuilder(k, v)) => self.take(p, k) && self.take(q, v),
            (Pat::Bytes, _) => {
                matches!(ty, Type::Str | Type::Path | Type::Name | Type::Bytes)
            }
            (Pat::Enum, _) => matches!(ty, Type::Enum(_)),
            (pat, ty) => self.give(pat).as_ref() == Some(ty),
        }
    }

    fn give(&self, pat: &Pat) -> Option<Type> {
        let arc = |pat: &Pat| self.give(pat).map(Arc::new);
        Some(match pat {
            Pat::T | Pat::EqT | Pat::OrdT => self.t.clone()?,
            Pat::K | Pat::OrdK => self.k.clone()?,
            Pat::V => self.v.clone()?,
            Pat::ListT => Type::List(arc(&Pat::T)?),
            Pat::BuilderT => Type::Builder(arc(&Pat::T)?),
            Pat::ResultT => Type::Result(arc(&Pat::T)?),
            Pat::ArrayT => Type::Array(arc(&Pat::T)?),
            Pat::List(p) => Type::List(arc(p)?),
            Pat::Opt(p) => Type::Option(arc(p)?),
            Pat::Desc(p) => Type::Desc(arc(p)?),
            Pat::Pair(p, q) => Type::tuple([self.give(p)?, self.give(q)?]),
            Pat::MapKV => Type::Map(arc(&Pat::K)?, arc(&Pat::V)?),
            Pat::MapBuilderKV => Type::MapBuilder(arc(&Pat::K)?, arc(&Pat::V)?),
            Pat::MapBuilder(p, q) => Type::MapBuilder(arc(p)?, arc(q)?),
            Pat::Unit => Type::Unit,
            Pat::Bool => Type::Bool,
            Pat::Int => Type::Int,
            Pat::Float => Type::Float,
            Pat::Duration => Type::Duration,
            Pat::Time => Type::Time,
            Pat::Str => Type::Str,
            Pat::ByteString => Type::Bytes,
            Pat::Path => Type::Path,
            Pat::Name => Type::Name,
            Pat::Error => Type::Error,
            _ => return None,
        })
    }
}
