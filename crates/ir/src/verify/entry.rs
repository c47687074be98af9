//! V9 entry: what a host can pass, and where it comes from.

use super::{At, Checked, Rule};
use crate::module::{Bind, Module};
use crate::traits::Traits;
use crate::ty::Type;
use std::sync::Arc;

pub(super) fn entry(module: &Module, traits: &Traits<'_>) -> Checked {
    let Some(func) = module.funcs.get(module.entry) else {
        let message = format!("the entry {} does not exist", module.entry);
        return At::default().refuse(Rule::V9, message);
    };
    for (id, other) in module.funcs.iter().filter(|f| f.0 != module.entry) {
        let bound = other.params.iter().find(|p| p.bind != Bind::Arg);
        At::func(id).test(bound.is_none(), Rule::V9, || {
            "a function that is not the entry has a bound parameter".into()
        })?;
    }
    for (param, value) in func.params.iter().zip(func.param_values()) {
        let ty = &func.values[*value];
        let at = At::func(module.entry).inst(*value);
        let (fits, from) = match param.bind {
            Bind::Arg => (is_argument(ty, traits), "a caller"),
            Bind::Def => (is_data(ty), "a definition"),
            Bind::Cwd => (matches!(ty, Type::Dir(_)), "the working directory"),
            Bind::Args => (*ty == Type::list(Type::Path), "the list of arguments"),
            Bind::Environment => {
                let all = Type::Map(Arc::new(Type::Path), Arc::new(Type::Path));
                (*ty == all, "the environment")
            }
            Bind::Variable(name) => {
                at.test(module.data.get(name).is_some(), Rule::V9, || {
                    format!("there is no data {name}")
                })?;
                let value = Type::Option(Arc::new(Type::Path));
                (*ty == value, "a variable of the environment")
            }
            Bind::Root(data) => {
                let Some(path) = module.data.get(data) else {
                    return at.refuse(Rule::V9, format!("there is no data {data}"));
                };
                at.test(!path.contains(&0), Rule::V9, || {
                    "a path that a root is bound to holds a NUL".into()
                })?;
                (matches!(ty, Type::Root(_)), "a constant path")
            }
        };
        at.test(fits, Rule::V9, || format!("{from} cannot give a {ty}"))?;
    }
    let result = match &func.result {
        Some(Type::Seq(t)) => t,
        Some(t) => t,
        None => return Ok(()),
    };
    At::func(module.entry).test(is_data(result), Rule::V9, || {
        format!("a {result} cannot be given to a host")
    })
}

/// What lists and records may hold, and a session may define. What they do hold is tested with the types (V4).
pub(super) fn is_data(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Seq(_)
            | Type::Builder(_)
            | Type::MapBuilder(..)
            | Type::Array(_)
            | Type::Buf(_)
            | Type::Region
            | Type::Root(_)
            | Type::Listing
    )
}

/// What a caller may pass: a dir, file or entry, whose rights the loader tests, or what holds none.
fn is_argument(ty: &Type, traits: &Traits<'_>) -> bool {
    matches!(ty, Type::Dir(_) | Type::File(_) | Type::Entry(_))
        || *ty != Type::Unit && traits.is_plain(ty)
}
