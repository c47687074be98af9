//! Forwarding: what is known of a value's definition is used where the value is used.
//!
//! - What is taken out of a record, entry or result that is made here is what was put in.
//! - Operations on constants become constants; one that would fail stays and fails when it is reached. Operations
//!   whose result is one of their operands (`add x 0`, `not (not x)`) become that operand.
//! - Equal pure operations are done once, where the first dominates the second; so are those that may fail, but give
//!   the same for the same operands: where the first has a value, the second would not fail.
//! - A block parameter that every edge gives the same value becomes that value.
//! - A branch on a constant becomes a jump; one on `not x` a branch on `x`.
//! - Constants and `scratch` move to the start of the function, equal constants are shared.
//!
//! Nothing that the rows call `Read` is shared or moved.
//! Repeats while something changes, since one thing shows another, but not for ever: a module may be written so that
//! each round finds one thing.

use super::constants::Constants;
use super::graph::Graph;
use super::rename::Renaming;
use super::{compact, fold};
use crate::entity::{Entity, Table};
use crate::module::{BlockId, DataId, End, Function, Imm, Inst, Module, Value};
use crate::ops::{Effect, Op};
use crate::ty::Type;
use std::collections::HashMap;

/// The pass.
pub(super) fn run(module: &mut Module) {
    share_data(module);
    for func in module.funcs.values_mut() {
        let mut rounds = 0;
        while round(func, &module.data) && rounds < MOST_ROUNDS {
            rounds += 1;
        }
    }
}

/// Programs need three or four.
const MOST_ROUNDS: usize = 32;
/// How many equal operations that do not dominate each other are remembered.
const MOST_EQUAL: usize = 8;

/// Makes equal bytes the same row.
fn share_data(module: &mut Module) {
    let mut first: HashMap<&[u8], DataId> = HashMap::new();
    let ids: Vec<DataId> = module
        .data
        .iter()
        .map(|(id, bytes)| *first.entry(bytes).or_insert(id))
        .collect();
    let blocks = module
        .funcs
        .values_mut()
        .flat_map(|f| f.blocks.values_mut());
    for inst in blocks.flat_map(|b| &mut b.insts) {
        if let Imm::Data(id) = &mut inst.imm {
            *id = ids[id.index()];
        }
    }
}

/// What an operation's result depends on: operation, operands, case and field, type of the result.
type Key = (Op, Vec<Value>, Option<(u32, u32)>, Type);

/// Whether equal operands always give an equal result, or the same failure, and nothing else happens.
fn repeats(op: Op) -> bool {
    let fails = matches!(
        op,
        Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Quot
            | Op::Rem
            | Op::Mod
            | Op::TimeAdd
            | Op::TimeSub
            | Op::IntOfFloat
            | Op::OkValue
            | Op::ErrValue
            | Op::SomeValue
            | Op::CaseGet
            | Op::At
    );
    fails || op.row().effect == Effect::Pure
}

/// One walk over a function; says whether there may be more to find.
fn round(func: &mut Function, data: &Table<DataId, Vec<u8>>) -> bool {
    compact::function(func);
    let graph = Graph::of(func);
    let mut constants = Constants::take(func);
    let mut same = Renaming::of(func);
    for (v, by) in std::mem::take(&mut constants.same) {
        same.replace(func, v, by);
    }
    let known = Definitions::of(func);
    let mut pure: HashMap<Key, Vec<(BlockId, Value)>> = HashMap::new();
    let mut changed = parameters(func, &graph, &mut same);
    for &block in &graph.order {
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut kept = Vec::with_capacity(insts.len());
        for mut inst in insts {
            for v in &mut inst.args {
                *v = same.find(*v);
            }
            let by = match fold::fold(&inst, func, &known, &constants, &same, data) {
                Some(fold::Folded::Value(by)) => Some(by),
                Some(fold::Folded::Constant(constant)) => {
                    Some(constants.value(func, constant, inst.at))
                }
                None => equal(&inst, block, func, &graph, &mut pure),
            };
            match by {
                Some(by) if same.replace(func, inst.result, by) => changed = true,
                _ => kept.push(inst),
            }
        }
        func.blocks[block].insts = kept;
        changed |= end(&mut func.blocks[block].end, &known, &constants, &same);
    }
    same.apply(func);
    constants.put_back(func);
    compact::function(func);
    changed
}

/// The value of an equal operation that dominates this one; a new one is remembered.
fn equal(
    inst: &Inst,
    block: BlockId,
    func: &Function,
    graph: &Graph,
    pure: &mut HashMap<Key, Vec<(BlockId, Value)>>,
) -> Option<Value> {
    if !repeats(inst.op) {
        return None;
    }
    let field = match inst.imm {
        Imm::Field(n) => Some((n, 0)),
        Imm::CaseField(case, field) => Some((case, field)),
        Imm::None => None,
        _ => return None,
    };
    let ty = func.values[inst.result].clone();
    let found = pure
        .entry((inst.op, inst.args.clone(), field, ty))
        .or_default();
    let first = found.iter().find(|(b, _)| graph.dominates(*b, block));
    let by = first.map(|(_, v)| *v);
    if by.is_none() {
        if found.len() == MOST_EQUAL {
            found.remove(0);
        }
        found.push((block, inst.result));
    }
    by
}

/// Block parameters that every edge gives the same value. The first block's are the function's, a handler's is made
/// where the failure is: neither is given by an edge.
fn parameters(func: &mut Function, graph: &Graph, same: &mut Renaming) -> bool {
    let handlers: Vec<BlockId> = func.scopes.values().filter_map(|s| s.handler).collect();
    let mut changed = false;
    for &block in graph.order.iter().skip(1) {
        if handlers.contains(&block) {
            continue;
        }
        let mut n = 0;
        while n < func.blocks[block].params.len() {
            let param = func.blocks[block].params[n];
            match only_argument(func, &graph.preds[block], block, n, same) {
                Some(by) if same.replace(func, param, by) => {
                    drop_parameter(func, &graph.preds[block], block, n);
                    changed = true;
                }
                _ => n += 1,
            }
        }
    }
    changed
}

/// The one value that all edges into `block` give its `n`-th parameter, if it is one; the parameter itself, given
/// around a loop, does not count.
fn only_argument(
    func: &Function,
    preds: &[BlockId],
    block: BlockId,
    n: usize,
    same: &Renaming,
) -> Option<Value> {
    let param = same.find(func.blocks[block].params[n]);
    let mut only = None;
    for pred in preds {
        for target in func.blocks[*pred].end.targets() {
            if target.block != block {
                continue;
            }
            let arg = same.find(target.args[n]);
            if arg != param && only.replace(arg).is_some_and(|other| other != arg) {
                return None;
            }
        }
    }
    only
}

/// Removes the `n`-th parameter of `block` and its arguments.
pub(super) fn drop_parameter(func: &mut Function, preds: &[BlockId], block: BlockId, n: usize) {
    func.blocks[block].params.remove(n);
    let mut preds = preds.to_vec();
    preds.sort();
    preds.dedup();
    for pred in preds {
        for target in func.blocks[pred].end.targets_mut() {
            if target.block == block {
                target.args.remove(n);
            }
        }
    }
}

/// Settles a branch whose condition is known.
fn end(end: &mut End, known: &Definitions, constants: &Constants, same: &Renaming) -> bool {
    let End::Branch(condition, then, other) = end else {
        return false;
    };
    *condition = same.find(*condition);
    if let Some(word) = constants.word(*condition) {
        let target = if word != 0 { then } else { other };
        *end = End::Jump(target.clone());
        return true;
    }
    match known.of_op(*condition, Op::Not) {
        Some(not) => {
            *condition = same.find(not.args[0]);
            std::mem::swap(then, other);
            true
        }
        None => false,
    }
}

/// The instructions that define values, as they were before the round: their operands have to be renamed.
pub(super) struct Definitions(HashMap<Value, Inst>);

impl Definitions {
    fn of(func: &Function) -> Definitions {
        let useful = |inst: &&Inst| {
            matches!(
                inst.op,
                Op::Record
                    | Op::Entry
                    | Op::Ok
                    | Op::Err
                    | Op::Some
                    | Op::None
                    | Op::Case
                    | Op::Not
                    | Op::Retype
            )
        };
        let insts = func.blocks.values().flat_map(|b| &b.insts).filter(useful);
        Definitions(insts.map(|i| (i.result, i.clone())).collect())
    }

    /// The instruction that defines `v`, if it is such an operation.
    pub(super) fn of_op(&self, v: Value, op: Op) -> Option<&Inst> {
        self.0.get(&v).filter(|inst| inst.op == op)
    }
}
