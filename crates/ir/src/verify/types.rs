//! Types by themselves: V1 (size), V3 (width, declared records, buffer sizes) and V4 (what may hold what).

use super::{At, Checked, Rule, limits};
use crate::module::{FuncId, Module};
use crate::rights::Rights;
use crate::ty::{Buf, MAX_WIDTH, RecordType, Type};
use std::collections::HashMap;
use std::sync::Arc;

/// How large a type is written out, and how deep.
#[derive(Clone, Copy)]
struct Extent {
    size: usize,
    depth: usize,
}

/// The declared records, and which record types were found to be declared.
pub(super) struct Types<'a> {
    module: &'a Module,
    declared: HashMap<&'a str, Vec<(&'a Arc<RecordType>, Extent)>>,
    /// By address, so that a type that many values share is looked at once.
    known: HashMap<*const RecordType, Extent>,
}

impl<'a> Types<'a> {
    /// Tests the declared records.
    pub(super) fn new(module: &'a Module) -> Checked<Types<'a>> {
        let mut types = Types {
            module,
            declared: HashMap::new(),
            known: HashMap::new(),
        };
        for record in &module.records {
            types.declare(record)?;
        }
        Ok(types)
    }

    fn declare(&mut self, record: &'a Arc<RecordType>) -> Checked {
        let at = At::default();
        let mut whole = Extent { size: 1, depth: 1 };
        for (_, ty) in &record.fields {
            let field = self.extent(ty, true, at)?;
            whole.size += field.size;
            whole.depth = whole.depth.max(1 + field.depth);
            at.within(whole.size <= limits::MAX_TYPE_SIZE, Rule::V1, || {
                format!("record {} is too large", record.name)
            })?;
        }
        at.within(whole.depth <= limits::MAX_TYPE_DEPTH, Rule::V1, || {
            format!("record {} is too deep", record.name)
        })?;
        let same = self.declared.entry(&record.name).or_default();
        if let Some((first, _)) = same.first() {
            let bare =
                |r: &Arc<RecordType>| Type::Record(r.clone()).map_rights(&mut |_| Rights::NONE);
            at.test(bare(first) == bare(record), Rule::V3, || {
                format!("records named {} differ in more than rights", record.name)
            })?;
        }
        same.push((record, whole));
        self.known.insert(Arc::as_ptr(record), whole);
        Ok(())
    }

    /// Tests the types of a function: its result, its values, its blocks' parameters.
    pub(super) fn function(&mut self, id: FuncId) -> Checked {
        let func = &self.module.funcs[id];
        let at = At::func(id);
        match &func.result {
            Some(Type::Seq(t)) if id == self.module.entry => {
                self.extent(t, true, at)?;
            }
            Some(t) => {
                at.test(!matches!(t, Type::Buf(_)), Rule::V4, || {
                    "a buffer cannot be returned".into()
                })?;
                self.extent(t, false, at)?;
            }
            None => {}
        }
        for (value, ty) in func.values.iter() {
            self.extent(ty, false, at.inst(value))?;
        }
        for (b, block) in func.blocks.iter() {
            for param in &block.params {
                let buffer = matches!(func.values.get(*param), Some(Type::Buf(_)));
                at.block(b).inst(*param).test(!buffer, Rule::V4, || {
                    "a buffer cannot be a parameter".into()
                })?;
            }
        }
        Ok(())
    }

    /// Tests a type and measures it; `held` says that it is what something else holds.
    fn extent(&mut self, ty: &'a Type, held: bool, at: At) -> Checked<Extent> {
        let mut whole = Extent { size: 0, depth: 0 };
        let mut todo = vec![(ty, 1, held)];
        while let Some((ty, depth, held)) = todo.pop() {
            let mut here = Extent { size: 1, depth };
            match ty {
                Type::Record(r) => {
                    let record = self.record(r, at)?;
                    here.size = record.size;
                    here.depth = depth - 1 + record.depth;
                }
                Type::List(t) | Type::Result(t) => todo.push((t, depth + 1, true)),
                Type::Builder(t) if !held => todo.push((t, depth + 1, true)),
                Type::Root(_) | Type::Listing if !held => {}
                Type::Buf(Buf::Bytes(n)) if !held => {
                    at.test((1..=limits::BUFFER).contains(n), Rule::V3, || {
                        format!("a buffer of {n} bytes")
                    })?;
                }
                Type::Buf(Buf::Struct(_)) if !held => {}
                Type::Seq(_) => {
                    return at.refuse(Rule::V4, "a seq is only the result of the entry");
                }
                Type::Builder(_) => return at.refuse(Rule::V4, "a builder is held by something"),
                Type::Root(_) | Type::Listing | Type::Buf(_) => {
                    return at.refuse(Rule::V4, format!("a {ty} is held by something"));
                }
                _ => {}
            }
            whole.size += here.size;
            whole.depth = whole.depth.max(here.depth);
            at.within(whole.size <= limits::MAX_TYPE_SIZE, Rule::V1, || {
                "the type is too large".into()
            })?;
            at.within(whole.depth <= limits::MAX_TYPE_DEPTH, Rule::V1, || {
                "the type is too deep".into()
            })?;
        }
        self.width(ty, at)?;
        Ok(whole)
    }

    /// Only results can be wide. The type's extent is known to be small.
    fn width(&self, mut ty: &Type, at: At) -> Checked {
        while let Type::List(t) | Type::Builder(t) | Type::Result(t) = ty {
            at.test(ty.width() <= MAX_WIDTH, Rule::V3, || {
                format!("a value of type {ty} takes more than {MAX_WIDTH} words")
            })?;
            ty = t;
        }
        Ok(())
    }

    fn record(&mut self, record: &'a Arc<RecordType>, at: At) -> Checked<Extent> {
        if let Some(extent) = self.known.get(&Arc::as_ptr(record)) {
            return Ok(*extent);
        }
        // Comparing goes no deeper than the declared record does.
        let declared = self.declared.get(record.name.as_str());
        let same = declared.and_then(|all| all.iter().find(|(declared, _)| *declared == record));
        let Some((_, extent)) = same else {
            let message = format!("record type {} is not declared (before)", record.name);
            return at.refuse(Rule::V3, message);
        };
        self.known.insert(Arc::as_ptr(record), *extent);
        Ok(*extent)
    }
}
