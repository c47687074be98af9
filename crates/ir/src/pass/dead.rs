//! Removes what nobody needs.
//!
//! - Instructions whose row is `Pure` or `Read` and block parameters, when only things that are themselves not needed
//!   use them (around a loop included).
//! - Functions that the entry does not reach, constants and record types that nothing mentions.
//!
//! An `Effect` row is never removed, whatever becomes of its result: a call that is written is made, and an addition
//! that overflows is an error.

use super::compact;
use super::forward::drop_parameter;
use super::graph::Graph;
use crate::entity::{Entity, Table};
use crate::module::{Bind, DataId, End, FuncId, Function, Imm, Inst, Keep, Module, Value};
use crate::ops::Effect;
use crate::ty::{EnumType, RecordKind, RecordType, Type};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The pass.
pub(super) fn run(module: &mut Module) {
    for func in module.funcs.values_mut() {
        compact::function(func);
        instructions(func);
        compact::function(func);
    }
    functions(module);
    data(module);
    types(module);
}

/// Removes instructions and block parameters that no effect depends on.
fn instructions(func: &mut Function) {
    let needed = needed(func);
    for block in func.blocks.values_mut() {
        block.insts.retain(|i| needed[i.result.index()]);
    }
    let graph = Graph::of(func);
    for &block in &graph.order {
        for n in (0..func.blocks[block].params.len()).rev() {
            if !needed[func.blocks[block].params[n].index()] {
                drop_parameter(func, &graph.preds[block], block, n);
            }
        }
    }
}

/// Which values are needed: results of effects, what ends of blocks decide by, the parameters of the function and of
/// handlers; and what those are made from.
fn needed(func: &Function) -> Vec<bool> {
    let mut needed = vec![false; func.values.len()];
    let mut work: Vec<Value> = func.param_values().to_vec();
    let handlers = func.scopes.values().filter_map(|s| s.handler);
    work.extend(handlers.flat_map(|b| &func.blocks[b].params));
    let mut made_from: HashMap<Value, Vec<Value>> = HashMap::new();
    for block in func.blocks.values() {
        for inst in &block.insts {
            if inst.op.row().effect == Effect::Effect {
                work.push(inst.result);
            }
            made_from.insert(inst.result, inst.args.clone());
        }
        match &block.end {
            End::Branch(v, ..) | End::Return(v) | End::Throw(v) => work.push(*v),
            End::Leave(_, Keep::Only(kept), _) => work.extend(kept),
            End::Turn(region, _, roots) => {
                work.push(*region);
                work.extend(roots);
            }
            End::Leave(..) | End::Jump(_) | End::Enter(..) => {}
        }
        for target in block.end.targets() {
            let params = &func.blocks[target.block].params;
            for (param, arg) in params.iter().zip(&target.args) {
                made_from.entry(*param).or_default().push(*arg);
            }
        }
    }
    while let Some(v) = work.pop() {
        if !std::mem::replace(&mut needed[v.index()], true) {
            work.extend(made_from.get(&v).into_iter().flatten());
        }
    }
    needed
}

/// Keeps the functions that the entry reaches, in their order.
pub(super) fn functions(module: &mut Module) {
    let mut reached = vec![false; module.funcs.len()];
    let mut work = vec![module.entry];
    while let Some(func) = work.pop() {
        if std::mem::replace(&mut reached[func.index()], true) {
            continue;
        }
        work.extend(insts(&module.funcs[func]).filter_map(|i| match i.imm {
            Imm::Func(callee) => Some(callee),
            _ => None,
        }));
    }
    let mut ids = vec![FuncId(0); module.funcs.len()];
    let mut kept = Table::new();
    for (id, func) in module.funcs.values_mut().enumerate() {
        if reached[id] {
            ids[id] = kept.push(std::mem::take(func));
        }
    }
    module.funcs = kept;
    module.entry = ids[module.entry.index()];
    for inst in insts_mut(module) {
        if let Imm::Func(callee) = &mut inst.imm {
            *callee = ids[callee.index()];
        }
    }
}

/// Keeps the constants that are mentioned, in their order.
fn data(module: &mut Module) {
    let mut used = vec![false; module.data.len()];
    each_data(module, &mut |id| used[id.index()] = true);
    let mut ids = vec![DataId(0); module.data.len()];
    let mut kept = Table::new();
    for (id, bytes) in module.data.values_mut().enumerate() {
        if used[id] {
            ids[id] = kept.push(std::mem::take(bytes));
        }
    }
    each_data(module, &mut |id| *id = ids[id.index()]);
    module.data = kept;
}

fn each_data(module: &mut Module, f: &mut impl FnMut(&mut DataId)) {
    for func in module.funcs.values_mut() {
        for param in &mut func.params {
            if let Bind::Root(id) | Bind::Variable(id) = &mut param.bind {
                f(id);
            }
        }
    }
    for inst in insts_mut(module) {
        if let Imm::Data(id) = &mut inst.imm {
            f(id);
        }
    }
}

/// Keeps the record types and enums that a value or a result may be made of. Several records may have one name: they
/// differ in rights.
fn types(module: &mut Module) {
    let mut used = Used::default();
    let mut seen: HashSet<&Type> = HashSet::new();
    for func in module.funcs.values() {
        for ty in func.values.values().chain(&func.result) {
            if seen.insert(ty) {
                used.by(ty);
            }
        }
    }
    let by_name: HashMap<&str, &EnumType> = match used.new_enums.is_empty() {
        true => HashMap::new(),
        false => module.enums.iter().map(|e| (e.name.as_str(), e)).collect(),
    };
    while let Some(name) = used.new_enums.pop() {
        let cases = by_name.get(name.as_str()).map_or(&[][..], |e| &e.cases);
        for (_, ty) in cases.iter().flat_map(|c| &c.fields) {
            used.by(ty);
        }
    }
    module.records.retain(|r| used.records.contains(r));
    module.enums.retain(|e| used.enums.contains(&e.name));
}

/// Record types and enums that are used.
#[derive(Default)]
struct Used {
    records: HashSet<Arc<RecordType>>,
    enums: HashSet<String>,
    /// Enums whose cases have not been looked at.
    new_enums: Vec<String>,
}

impl Used {
    fn by(&mut self, ty: &Type) {
        match ty {
            // What is in a record that was seen was, too.
            Type::Record(r) if r.kind == RecordKind::Named && !self.records.insert(r.clone()) => {
                return;
            }
            Type::Enum(e) if self.enums.insert(e.name.clone()) => {
                self.new_enums.push(e.name.clone());
            }
            _ => {}
        }
        ty.parts().for_each(|part| self.by(part));
    }
}

fn insts(func: &Function) -> impl Iterator<Item = &Inst> {
    func.blocks.values().flat_map(|b| &b.insts)
}

fn insts_mut(module: &mut Module) -> impl Iterator<Item = &mut Inst> {
    let blocks = module
        .funcs
        .values_mut()
        .flat_map(|f| f.blocks.values_mut());
    blocks.flat_map(|b| &mut b.insts)
}
