//! Moves pure operations whose operands do not change in a loop to before the loop.
//!
//! They go to the end of the one block outside from which the loop is entered, and on outward as far as that holds. It
//! does not matter that they may then be done in vain: a `Pure` row cannot fail, and looks at nothing that changes
//! while its operands are valid. A loop that is entered from several blocks keeps them.

use super::compact;
use super::graph::{Graph, Loops};
use crate::entity::Table;
use crate::module::{BlockId, Function, Module, Value};
use crate::ops::{Effect, Op};

/// The pass.
pub(super) fn run(module: &mut Module) {
    compact::module(module);
    module.funcs.values_mut().for_each(hoist);
    compact::module(module);
}

fn hoist(func: &mut Function) {
    let graph = Graph::of(func);
    let loops = Loops::of(&graph);
    if loops.rows.is_empty() {
        return;
    }
    let mut defined: Table<Value, BlockId> = func.values.keys().map(|_| BlockId(0)).collect();
    for (id, block) in func.blocks.iter() {
        let params = block.params.iter();
        for v in params.chain(block.insts.iter().map(|i| &i.result)) {
            defined[*v] = id;
        }
    }
    // Definitions come before uses in this order, so an operand has moved before what is made of it is looked at.
    for &block in &graph.order {
        if loops.innermost[block].is_none() {
            continue;
        }
        let insts = std::mem::take(&mut func.blocks[block].insts);
        for inst in insts {
            let mut to = block;
            if inst.op.row().effect == Effect::Pure && inst.op != Op::Scratch {
                to = outward(&loops, &defined, &inst.args, block);
            }
            defined[inst.result] = to;
            func.blocks[to].insts.push(inst);
        }
    }
}

/// The outermost block that an operation on `args` may move to from `block`.
fn outward(
    loops: &Loops,
    defined: &Table<Value, BlockId>,
    args: &[Value],
    block: BlockId,
) -> BlockId {
    let mut at = block;
    while let Some(inner) = loops.innermost[at] {
        let varies = args.iter().any(|v| loops.contains(inner, defined[*v]));
        let row = &loops.rows[inner];
        match row.preheader {
            // The block before a loop may be the header of one that has just ended.
            Some(before) if !varies && loops.innermost[before] == row.parent => at = before,
            _ => break,
        }
    }
    at
}
