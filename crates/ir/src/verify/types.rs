//! Types by themselves: V1 (size), V3 (width, declared records and enums, buffer sizes, keys) and V4 (what may hold
//! what, and what an enum owns).

use super::{At, Checked, Rule, limits};
use crate::module::{FuncId, Module};
use crate::rights::Rights;
use crate::traits::Traits;
use crate::ty::{Buf, EnumRef, MAX_CASES, MAX_WIDTH, RecordKind, RecordType, Type};
use std::collections::{HashMap, HashSet};
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
    enums: HashSet<&'a str>,
    /// Empty until the enums have been measured.
    traits: Traits<'a>,
    declared: HashMap<&'a str, Vec<(&'a Arc<RecordType>, Extent)>>,
    /// By address, so that a type that many values share is looked at once.
    known: HashMap<*const RecordType, Extent>,
}

impl<'a> Types<'a> {
    /// Tests the declared records.
    pub(super) fn new(module: &'a Module) -> Checked<Types<'a>> {
        let mut types = Types {
            module,
            enums: HashSet::new(),
            traits: Traits::default(),
            declared: HashMap::new(),
            known: HashMap::new(),
        };
        types.enum_names()?;
        for record in &module.records {
            types.declare(record)?;
        }
        types.enums()?;
        Ok(types)
    }

    /// What can be done with values of the types.
    pub(super) fn traits(&self) -> &Traits<'a> {
        &self.traits
    }

    /// Enums, their cases and fields have names of their own, and cases are as many as there may be.
    fn enum_names(&mut self) -> Checked {
        let at = At::default();
        for row in &self.module.enums {
            at.test(self.enums.insert(&row.name), Rule::V3, || {
                format!("there are two enums named {}", row.name)
            })?;
            let count = row.cases.len();
            at.test((1..=MAX_CASES).contains(&count), Rule::V3, || {
                format!(
                    "the enum {} has {count} cases, not 1 to {MAX_CASES}",
                    row.name
                )
            })?;
            let mut names = HashSet::new();
            for case in &row.cases {
                at.test(names.insert(&case.name), Rule::V3, || {
                    format!("the enum {} has two cases named {}", row.name, case.name)
                })?;
                let mut names = HashSet::new();
                let twice = case.fields.iter().find(|f| !names.insert(&f.0));
                at.test(twice.is_none(), Rule::V3, || {
                    format!(
                        "the case {} of {} has two fields of one name",
                        case.name, row.name
                    )
                })?;
                let fields = case.fields.len();
                at.within(fields <= limits::OPERANDS, Rule::V1, || {
                    format!("the case {} of {} has {fields} fields", case.name, row.name)
                })?;
            }
        }
        Ok(())
    }

    /// Tests what enums hold, then what they own, and what both have to do with maps.
    fn enums(&mut self) -> Checked {
        let at = At::default();
        for row in &self.module.enums {
            let mut size = 1;
            for (_, ty) in row.cases.iter().flat_map(|c| &c.fields) {
                size += self.extent(ty, true, at)?.size;
                at.within(size <= limits::MAX_TYPE_SIZE, Rule::V1, || {
                    format!("the enum {} is too large", row.name)
                })?;
            }
        }
        self.traits = Traits::of(&self.module.enums);
        // Records are declared before, so that those need to be looked at again.
        for (_, ty) in self.module.records.iter().flat_map(|r| &r.fields) {
            self.holdings(ty, at)?;
        }
        let cases = self.module.enums.iter().flat_map(|e| &e.cases);
        for (_, ty) in cases.flat_map(|c| &c.fields) {
            self.holdings(ty, at)?;
        }
        Ok(())
    }

    /// Enums are said to own what they do, keys of maps can be equal. Declared records have been tested.
    fn holdings(&self, ty: &Type, at: At) -> Checked {
        let mut todo = vec![ty];
        while let Some(ty) = todo.pop() {
            match ty {
                Type::Enum(e) => self.owning(e, at)?,
                Type::Map(k, _) | Type::MapBuilder(k, _) => {
                    at.test(self.traits.has_eq(k), Rule::V3, || {
                        format!("a {k} cannot be the key of a map")
                    })?;
                }
                Type::Record(r) if r.kind == RecordKind::Named => continue,
                _ => {}
            }
            todo.extend(ty.parts());
        }
        Ok(())
    }

    fn owning(&self, e: &Arc<EnumRef>, at: At) -> Checked {
        let owns = self.traits.may_own_handle(&Type::Enum(e.clone()));
        at.test(owns == e.owns_handles, Rule::V4, || {
            let does = if owns { "may own" } else { "never owns" };
            format!("{} {does} handles; its type says otherwise", e.name)
        })
    }

    fn declare(&mut self, record: &'a Arc<RecordType>) -> Checked {
        let at = At::default();
        at.test(record.kind == RecordKind::Named, Rule::V3, || {
            "a record without a name is declared".into()
        })?;
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
                self.holdings(t, at)?;
            }
            Some(t) => {
                at.test(!t.is_local(), Rule::V4, || {
                    format!("a {t} cannot be returned")
                })?;
                self.extent(t, false, at)?;
                self.holdings(t, at)?;
            }
            None => {}
        }
        for (value, ty) in func.values.iter() {
            self.extent(ty, false, at.inst(value))?;
            self.holdings(ty, at.inst(value))?;
        }
        for (b, block) in func.blocks.iter() {
            for param in &block.params {
                let local = func.values.get(*param).filter(|ty| ty.is_local());
                at.block(b)
                    .inst(*param)
                    .test(local.is_none(), Rule::V4, || {
                        "a buffer or region cannot be a parameter".into()
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
                Type::Record(r) if r.kind == RecordKind::Named => {
                    let record = self.record(r, at)?;
                    here.size = record.size;
                    here.depth = depth - 1 + record.depth;
                }
                Type::Record(r) => {
                    unnamed(r, at)?;
                    todo.extend(r.fields.iter().map(|f| (&f.1, depth + 1, true)));
                }
                Type::Enum(e) => {
                    at.test(self.enums.contains(e.name.as_str()), Rule::V3, || {
                        format!("the enum {} is not declared", e.name)
                    })?;
                }
                Type::List(t) | Type::Result(t) | Type::Option(t) | Type::Desc(t) => {
                    todo.push((t, depth + 1, true));
                }
                Type::Map(k, v) => todo.extend([(&**k, depth + 1, true), (&**v, depth + 1, true)]),
                Type::MapBuilder(k, v) if !held => {
                    todo.extend([(&**k, depth + 1, true), (&**v, depth + 1, true)]);
                }
                Type::Array(t) if !held => {
                    at.test(is_flat(t), Rule::V3, || format!("an array holds no {t}"))?;
                }
                Type::Builder(t) if !held => todo.push((t, depth + 1, true)),
                Type::Root(_) | Type::Listing | Type::Region if !held => {}
                Type::Buf(Buf::Bytes(n)) if !held => {
                    at.test((1..=limits::BUFFER).contains(n), Rule::V3, || {
                        format!("a buffer of {n} bytes")
                    })?;
                }
                Type::Buf(Buf::Struct(_)) if !held => {}
                Type::Seq(_) => {
                    return at.refuse(Rule::V4, "a seq is only the result of the entry");
                }
                Type::Builder(_) | Type::MapBuilder(..) => {
                    return at.refuse(Rule::V4, "a builder is held by something");
                }
                Type::Array(_) => return at.refuse(Rule::V4, "an array is held by something"),
                Type::Root(_) | Type::Listing | Type::Buf(_) | Type::Region => {
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

    /// Results and options can be wide. The type's extent is known to be small.
    fn width(&self, ty: &Type, at: At) -> Checked {
        let mut todo = vec![ty];
        while let Some(ty) = todo.pop() {
            at.test(ty.width() <= MAX_WIDTH, Rule::V3, || {
                format!("a value of type {ty} takes more than {MAX_WIDTH} words")
            })?;
            if !matches!(ty, Type::Record(r) if r.kind == RecordKind::Named) {
                todo.extend(ty.parts());
            }
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

/// A record without a name has none, and a tuple's fields are called by their place.
fn unnamed(record: &RecordType, at: At) -> Checked {
    at.test(record.name.is_empty(), Rule::V3, || {
        "a record that is its fields has a name".into()
    })?;
    let fields = record.fields.len();
    at.within(fields <= limits::OPERANDS, Rule::V1, || {
        format!("a record of {fields} fields")
    })?;
    let mut names = record.fields.iter().enumerate();
    let tuple = record.kind == RecordKind::Tuple;
    let placed = !tuple || names.all(|(n, (name, _))| *name == n.to_string());
    at.test(placed, Rule::V3, || {
        "a tuple's fields are not called by their place".into()
    })?;
    let mut names = HashSet::new();
    let twice = record.fields.iter().find(|f| !names.insert(&f.0));
    at.test(twice.is_none(), Rule::V3, || {
        "a record that is its fields has two of one name".into()
    })
}

/// What an array may hold.
fn is_flat(ty: &Type) -> bool {
    ty.is_plain_word() || *ty == Type::Float
}
