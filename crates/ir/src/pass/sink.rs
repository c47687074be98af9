//! Makes objects and pure results where they are needed, and not where they might be.
//!
//! A record that only leaves the program if a test accepts it is made after the test: a filter allocates nothing for
//! what it drops. An instruction moves to the start of the block that dominates all its uses, or to the nearest
//! one above it that is in no loop around the uses alone, so nothing is done more often than before.
//!
//! What moves: pure rows, `record` and `entry`, whose objects never change and are nobody else's. What stays:
//! constants and `scratch`, which belong at the start; `bytes.eq`, which reads bytes; whatever reads a buffer.

use super::compact;
use super::graph::{Graph, Loops};
use crate::entity::Table;
use crate::module::{BlockId, Function, Module, Value};
use crate::ops::{Effect, Op};

/// The pass.
pub(super) fn run(module: &mut Module) {
    compact::module(module);
    module.funcs.values_mut().for_each(sink);
    compact::module(module);
}

fn may_move(op: Op) -> bool {
    match op {
        Op::Unit | Op::Bool | Op::Int | Op::Float | Op::Str | Op::Path => false,
        Op::Scratch | Op::BytesEq => false,
        Op::Record | Op::Entry | Op::Case => true,
        _ => op.row().effect == Effect::Pure,
    }
}

fn sink(func: &mut Function) {
    let graph = Graph::of(func);
    let loops = Loops::of(&graph);
    // The block that dominates all uses seen so far. Uses come after definitions in reverse postorder but for
    // arguments of back edges, so those of ends are noted first.
    let mut wanted: Table<Value, Option<BlockId>> = func.values.keys().map(|_| None).collect();
    for &block in &graph.order {
        func.blocks[block].end.each_use(|v| {
            note(&mut wanted, &graph, v, block);
        });
    }
    for &block in graph.order.iter().rev() {
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts.into_iter().rev() {
            let mut to = block;
            if may_move(inst.op)
                && let Some(wanted) = wanted[inst.result]
            {
                to = loops.lowest_outside(&graph, block, wanted);
            }
            for v in &inst.args {
                note(&mut wanted, &graph, *v, to);
            }
            if to == block {
                kept.push(inst);
            } else {
                func.blocks[to].insts.insert(0, inst);
            }
        }
        kept.reverse();
        kept.append(&mut func.blocks[block].insts);
        func.blocks[block].insts = kept;
    }
}

fn note(wanted: &mut Table<Value, Option<BlockId>>, graph: &Graph, v: Value, block: BlockId) {
    let joined = match wanted[v] {
        Some(other) => graph.common_dominator(other, block),
        None => block,
    };
    wanted[v] = Some(joined);
}
