//! Simplifies control flow: fewer blocks and jumps, nothing else.
//!
//! - A branch whose ways are the same becomes a jump.
//! - Who goes to an empty block that only jumps on goes where it jumps.
//! - A block that only one jump leads to is joined to where that jump is.
//!
//! An empty block is one without instructions whose parameters are used by nobody but its own jump. A handler stays
//! as it is: nobody but `enter` leads to it, and what it jumps to is entered with more than an error.

use super::compact;
use super::graph::Graph;
use super::rename::Renaming;
use crate::module::{Block, BlockId, End, Function, Module, Target, Value};
use std::collections::{HashMap, HashSet};

/// The pass.
pub(super) fn run(module: &mut Module) {
    for func in module.funcs.values_mut() {
        compact::function(func);
        skip_empty(func);
        // A branch that becomes a jump may leave an empty block.
        for _ in 0..MOST_STEPS {
            if !same_ways(func) {
                break;
            }
            compact::function(func);
            skip_empty(func);
        }
        compact::function(func);
        join(func);
        compact::function(func);
    }
}

/// How many empty blocks in a row are led past; they may also form a loop.
const MOST_STEPS: usize = 32;

fn same_ways(func: &mut Function) -> bool {
    let mut changed = false;
    for block in func.blocks.values_mut() {
        if let End::Branch(_, then, other) = &block.end
            && then == other
        {
            block.end = End::Jump(then.clone());
            changed = true;
        }
    }
    changed
}

/// Leads edges past empty blocks.
fn skip_empty(func: &mut Function) {
    let empty = empty_blocks(func);
    let mut ends: Vec<(BlockId, End)> = Vec::new();
    for (id, block) in func.blocks.iter() {
        let mut end = block.end.clone();
        let mut changed = false;
        for target in end.targets_mut() {
            for _ in 0..MOST_STEPS {
                let Some(next) = empty.get(&target.block) else {
                    break;
                };
                if next.block == target.block {
                    break;
                }
                *target = through(target, &func.blocks[target.block].params, next);
                changed = true;
            }
        }
        if changed {
            ends.push((id, end));
        }
    }
    for (id, end) in ends {
        func.blocks[id].end = end;
    }
}

/// The blocks that only jump on, and where.
fn empty_blocks(func: &Function) -> HashMap<BlockId, Target> {
    let handlers: HashSet<BlockId> = func.scopes.values().filter_map(|s| s.handler).collect();
    let users = users(func);
    let mut empty = HashMap::new();
    for (id, block) in func.blocks.iter().skip(1) {
        let End::Jump(next) = &block.end else {
            continue;
        };
        let own = |v: &Value| {
            let by = users.get(v);
            by.is_none_or(|by| by.iter().all(|user| *user == id))
        };
        if block.insts.is_empty()
            && !handlers.contains(&id)
            && block.params.iter().all(own)
            && next.block != id
        {
            empty.insert(id, next.clone());
        }
    }
    empty
}

/// The blocks that use each value.
fn users(func: &Function) -> HashMap<Value, Vec<BlockId>> {
    let mut users: HashMap<Value, Vec<BlockId>> = HashMap::new();
    for (id, block) in func.blocks.iter() {
        let mut note = |v: Value| {
            let by = users.entry(v).or_default();
            if by.last() != Some(&id) {
                by.push(id);
            }
        };
        block
            .insts
            .iter()
            .flat_map(|i| &i.args)
            .for_each(|v| note(*v));
        block.end.each_use(note);
    }
    users
}

/// The edge that goes to an empty block with `params` and from there to `next`, in one.
fn through(edge: &Target, params: &[Value], next: &Target) -> Target {
    let arg = |v: &Value| match params.iter().position(|p| p == v) {
        Some(n) => edge.args[n],
        None => *v,
    };
    Target {
        block: next.block,
        args: next.args.iter().map(arg).collect(),
    }
}

/// Joins blocks to the only jump that leads to them.
fn join(func: &mut Function) {
    let graph = Graph::of(func);
    let mut same = Renaming::of(func);
    // In reverse postorder a chain is joined from its head, which takes over one end after another.
    let mut joined: HashSet<BlockId> = HashSet::new();
    for &head in &graph.order {
        if joined.contains(&head) {
            continue;
        }
        while let End::Jump(target) = &func.blocks[head].end {
            let next = target.block;
            if next == head || next == BlockId(0) || graph.preds[next].len() != 1 {
                break;
            }
            let params = func.blocks[next].params.clone();
            let args = target.args.clone();
            // One that does not fit stays behind, and the block with it; those before it are the same anyway.
            let mut pairs = params.into_iter().zip(args);
            if !pairs.all(|(param, arg)| same.replace(func, param, arg)) {
                break;
            }
            let gone = Block {
                scope: func.blocks[next].scope,
                params: Vec::new(),
                insts: Vec::new(),
                end: End::Jump(Target::to(next)),
                end_at: Default::default(),
            };
            let tail = std::mem::replace(&mut func.blocks[next], gone);
            joined.insert(next);
            let block = &mut func.blocks[head];
            block.insts.extend(tail.insts);
            block.end = tail.end;
            block.end_at = tail.end_at;
        }
    }
    same.apply(func);
}
