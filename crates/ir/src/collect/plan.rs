//! Where the references in values are, by type: made once for a module.

use crate::fault::site;
use crate::module::{BlockId, End, FuncId, Module};
use crate::ty::{ENTRY_WORDS, Type};
use std::collections::HashMap;
use std::sync::Arc;

/// The number of a plan.
pub(super) type PlanId = u32;

/// Where the references in some words are: those of a value, an object's, or of a map's key and value.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// How many words.
    pub(super) words: u64,
    pub(super) slots: Vec<Slot>,
    /// How many words one of these brings with it at least, as far as one look says.
    pub(super) least: u64,
}

/// A word that is a reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) word: u32,
    pub(super) kind: Kind,
    /// Only if that word has this value: the tag of an option or a result.
    pub(super) when: Option<(u32, u64)>,
}

/// What a reference refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Bytes; their number is in the next word, and one more belongs to them.
    Text,
    /// The header of a list or builder, with elements of that plan.
    List(PlanId),
    /// A map or builder; the plan is that of a key and its value.
    Map(PlanId),
    /// An object of that plan.
    Object(PlanId),
    /// An object of an enum, by its number in [`Plans::enums`].
    Case(u32),
    /// An error.
    Error,
    /// An array, of bytes or of words.
    Array { bytes: bool },
}

/// The plans of a module.
#[derive(Clone, Debug, Default)]
pub(super) struct Plans {
    pub(super) rows: Vec<Plan>,
    /// For each enum the plans of its cases' objects.
    pub(super) enums: Vec<Vec<PlanId>>,
    /// The plans of error objects, by site; empty if no turn has errors to keep.
    pub(super) errors: HashMap<u64, PlanId>,
    values: HashMap<Type, PlanId>,
    objects: HashMap<Type, PlanId>,
    pairs: HashMap<(Type, Type), PlanId>,
}

impl Plans {
    pub(super) fn get(&self, id: PlanId) -> &Plan {
        &self.rows[id as usize]
    }

    fn push(&mut self, words: u64, slots: Vec<Slot>) -> PlanId {
        let brings = |slot: &Slot| match slot.kind {
            Kind::Object(plan) => self.rows[plan as usize].words,
            Kind::List(_) => 3,
            _ => 1,
        };
        let least = words + slots.iter().map(brings).sum::<u64>();
        self.rows.push(Plan {
            words,
            slots,
            least,
        });
        (self.rows.len() - 1) as PlanId
    }

    /// Of a value.
    fn value(&mut self, module: &Module, ty: &Type) -> PlanId {
        if let Some(known) = self.values.get(ty) {
            return *known;
        }
        let mut slots = Vec::new();
        self.slots(module, ty, 0, None, &mut slots);
        let id = self.push(ty.width() as u64, slots);
        self.values.insert(ty.clone(), id);
        id
    }

    /// Of values one after another.
    fn row<'t>(
        &mut self,
        module: &Module,
        before: u64,
        types: impl Iterator<Item = &'t Type>,
    ) -> PlanId {
        let (mut word, mut slots) = (before, Vec::new());
        for ty in types {
            self.slots(module, ty, word as u32, None, &mut slots);
            word += ty.width() as u64;
        }
        self.push(word, slots)
    }

    /// Of a map's key and value, with the kind of the map.
    pub(super) fn map(&mut self, module: &Module, k: &Type, v: &Type) -> PlanId {
        let key = (k.clone(), v.clone());
        if let Some(known) = self.pairs.get(&key) {
            return *known;
        }
        let id = self.row(module, 0, [k, v].into_iter());
        self.pairs.insert(key, id);
        id
    }

    /// The plan of a map's key and value, if the map is of a type that a turn may keep.
    pub(super) fn known_map(&self, ty: &Type) -> Option<PlanId> {
        match ty {
            Type::Map(k, v) | Type::MapBuilder(k, v) => {
                self.pairs.get(&((**k).clone(), (**v).clone())).copied()
            }
            _ => None,
        }
    }

    /// The references in a value whose first word is number `word`. Types are shallow: the verifier measures them.
    fn slots(
        &mut self,
        module: &Module,
        ty: &Type,
        word: u32,
        when: Option<(u32, u64)>,
        to: &mut Vec<Slot>,
    ) {
        let mut slot = |kind| to.push(Slot { word, kind, when });
        match ty {
            Type::Str | Type::Bytes | Type::Path | Type::Name => slot(Kind::Text),
            Type::Root(_) => to.push(Slot {
                word: word + 1,
                kind: Kind::Text,
                when,
            }),
            Type::List(t) | Type::Builder(t) => slot(Kind::List(self.value(module, t))),
            Type::Map(k, v) | Type::MapBuilder(k, v) => slot(Kind::Map(self.map(module, k, v))),
            Type::Array(_) => slot(Kind::Array {
                bytes: crate::layout::array::is_bytes(ty),
            }),
            Type::Entry(_) => slot(Kind::Object(self.entry())),
            Type::Record(r) if r.words() > 0 => {
                let known = self.objects.get(ty).copied();
                let plan = known.unwrap_or_else(|| {
                    let plan = self.row(module, 0, r.fields.iter().map(|f| &f.1));
                    self.objects.insert(ty.clone(), plan);
                    plan
                });
                slot(Kind::Object(plan));
            }
            Type::Enum(e) => {
                let number = module.enums.iter().position(|row| row.name == e.name);
                if let Some(number) = number {
                    slot(Kind::Case(number as u32));
                }
            }
            Type::Error => slot(Kind::Error),
            Type::Desc(t) => self.slots(module, t, word, when, to),
            Type::Option(t) => self.slots(module, t, word + 1, Some((word, 1)), to),
            Type::Result(t) => {
                self.slots(module, t, word + 1, Some((word, 0)), to);
                to.push(Slot {
                    word: word + 1,
                    kind: Kind::Error,
                    when: Some((word, 1)),
                });
            }
            _ => {}
        }
    }

    fn entry(&mut self) -> PlanId {
        let key = Type::Entry(crate::rights::Rights::NONE);
        if let Some(known) = self.objects.get(&key) {
            return *known;
        }
        let name = Slot {
            word: 1,
            kind: Kind::Text,
            when: None,
        };
        let id = self.push(ENTRY_WORDS as u64, vec![name]);
        self.objects.insert(key, id);
        id
    }

    /// All enums: they may hold one another, and are few.
    fn enums(&mut self, module: &Module) {
        for row in &module.enums {
            let cases = row.cases.iter();
            let cases = cases.map(|case| self.row(module, 1, case.fields.iter().map(|f| &f.1)));
            let cases = cases.collect();
            self.enums.push(cases);
        }
    }

    /// All errors that may be made: what [`crate::fault::make_error`] makes of an instruction's operands.
    fn errors(&mut self, module: &Module) {
        let path = Type::Path;
        for (id, func) in module.funcs.iter() {
            let insts = func.blocks.values().flat_map(|b| &b.insts);
            for inst in insts {
                let told = inst.args.iter().map(|v| match &func.values[*v] {
                    Type::Dir(_) | Type::File(_) | Type::Listing => &path,
                    // What is being built is not told, and may be gone.
                    Type::Builder(_) | Type::MapBuilder(..) | Type::Array(_) => &Type::Int,
                    ty => ty,
                });
                let plan = self.row(module, 2, told);
                self.errors.insert(site(id, inst.result), plan);
            }
        }
    }
}

/// A turn: what it keeps.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// Which of the target's arguments hold references.
    args: Vec<usize>,
    /// The plans of these, and whether they are builders.
    pub(super) plans: Vec<(PlanId, bool)>,
    /// The kinds of the roots, and how many words a key has in builders of maps.
    pub(super) roots: Vec<(Kind, u64)>,
}

impl Turn {
    /// Which of the target's arguments hold references, ascending.
    pub fn args(&self) -> &[usize] {
        &self.args
    }
}

/// The turns of a module, numbered in the order of its functions and blocks.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    pub(super) plans: Plans,
    rows: Vec<Turn>,
    numbers: HashMap<(FuncId, BlockId), u32>,
    /// The plan of a row of the output list.
    pub(super) out: Option<PlanId>,
}

impl Turns {
    /// Those of a verified module.
    pub fn of(module: &Module) -> Turns {
        let mut turns = Turns::default();
        let ends = module.funcs.values().flat_map(|f| f.blocks.values());
        let mut ends = ends.map(|b| &b.end);
        if !ends.any(|end| matches!(end, End::Turn(..))) {
            return turns;
        }
        turns.plans.enums(module);
        for (id, func) in module.funcs.iter() {
            for (b, block) in func.blocks.iter() {
                let End::Turn(_, target, roots) = &block.end else {
                    continue;
                };
                let mut turn = Turn::default();
                let types = target.args.iter().map(|v| &func.values[*v]);
                for (n, ty) in types.enumerate().filter(|(_, ty)| ty.holds_reference()) {
                    turn.args.push(n);
                    let plan = turns.plans.value(module, ty);
                    turn.plans.push((plan, ty.is_builder()));
                }
                for ty in roots.iter().map(|v| &func.values[*v]) {
                    turn.roots.extend(turns.root(module, ty));
                }
                turns.numbers.insert((id, b), turns.rows.len() as u32);
                turns.rows.push(turn);
            }
        }
        let entry = module.funcs.get(module.entry);
        if let Some(Type::Seq(t)) = entry.and_then(|f| f.result.as_ref()) {
            turns.out = Some(turns.plans.value(module, t));
        }
        // A map that is no value of a turn may be remembered.
        let types = module.funcs.values().flat_map(|f| f.values.values());
        let maps: Vec<(Arc<Type>, Arc<Type>)> = types
            .filter_map(|ty| match ty {
                Type::Map(k, v) | Type::MapBuilder(k, v) => Some((k.clone(), v.clone())),
                _ => None,
            })
            .collect();
        for (k, v) in maps {
            turns.plans.map(module, &k, &v);
        }
        let slots = turns.plans.rows.iter().flat_map(|p| &p.slots);
        if slots.map(|s| s.kind).any(|kind| kind == Kind::Error) {
            turns.plans.errors(module);
        }
        turns
    }

    fn root(&mut self, module: &Module, ty: &Type) -> Option<(Kind, u64)> {
        match ty {
            Type::Builder(t) => Some((Kind::List(self.plans.value(module, t)), 0)),
            Type::MapBuilder(k, v) => {
                let pair = self.plans.map(module, k, v);
                Some((Kind::Map(pair), k.width() as u64))
            }
            _ => None,
        }
    }

    /// The number of the turn that a block ends with.
    pub fn number(&self, func: FuncId, block: BlockId) -> Option<u32> {
        self.numbers.get(&(func, block)).copied()
    }

    /// The turn of that number.
    pub fn get(&self, number: u32) -> Option<&Turn> {
        self.rows.get(number as usize)
    }
}
