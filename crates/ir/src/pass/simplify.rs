//! Simplifies control flow: fewer blocks and jumps, nothing else.
//!
//! - A branch whose ways are the same becomes a jump.
//! - Who goes to an empty block that only jumps on goes where it jumps.
//! - Who goes to an empty block that only branches goes the way that is known there, or branches itself. (The truth
//!   of `and`, `or` and of small functions is not made into a value to be asked again.)
//! - A block that only one jump leads to is joined to where that jump is.
//!
//! An empty block is one without instructions whose parameters are used by nobody but its own end. A handler stays as
//! it is: nobody but `enter` leads to it. A loop's header keeps its branch, or the loop might get a second way in.

use super::compact;
use super::graph::Graph;
use super::rename::Renaming;
use crate::entity::Table;
use crate::module::{Block, BlockId, End, Function, Imm, Module, Target, Value};
use crate::ops::Op;
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
    let empty = Empty::of(func);
    let mut ends: Vec<(BlockId, End)> = Vec::new();
    for (id, block) in func.blocks.iter() {
        let mut end = block.end.clone();
        let mut changed = false;
        for target in end.targets_mut() {
            for _ in 0..MOST_STEPS {
                let Some(next) = empty.after(func, target) else {
                    break;
                };
                *target = next;
                changed = true;
            }
        }
        if let End::Jump(target) = &end
            && let Some(branch) = empty.branch(func, target)
        {
            end = branch;
            changed = true;
        }
        if changed {
            ends.push((id, end));
        }
    }
    for (id, end) in ends {
        func.blocks[id].end = end;
    }
}

/// The blocks that do nothing but go on.
struct Empty {
    jumps: HashMap<BlockId, Target>,
    branches: HashMap<BlockId, (Value, Target, Target)>,
    /// Truth values that are constants.
    truths: HashMap<Value, bool>,
}

impl Empty {
    fn of(func: &Function) -> Empty {
        let handlers: HashSet<BlockId> = func.scopes.values().filter_map(|s| s.handler).collect();
        let graph = Graph::of(func);
        let users = users(func);
        let mut empty = Empty {
            jumps: HashMap::new(),
            branches: HashMap::new(),
            truths: HashMap::new(),
        };
        for (id, block) in func.blocks.iter() {
            for inst in &block.insts {
                if let (Op::Bool, Imm::Int(n)) = (inst.op, &inst.imm) {
                    empty.truths.insert(inst.result, *n != 0);
                }
            }
            let own = |v: &Value| [User::Nobody, User::One(id)].contains(&users[*v]);
            let is_empty = block.insts.is_empty() && block.params.iter().all(own);
            if !is_empty || id == BlockId(0) || handlers.contains(&id) {
                continue;
            }
            match &block.end {
                End::Jump(next) if next.block != id => {
                    empty.jumps.insert(id, next.clone());
                }
                End::Branch(v, then, other)
                    if !graph.preds[id].iter().any(|p| graph.dominates(id, *p)) =>
                {
                    let ways = (*v, then.clone(), other.clone());
                    empty.branches.insert(id, ways);
                }
                _ => {}
            }
        }
        empty
    }

    /// Where an edge leads in the end, if it leads to an empty block.
    fn after(&self, func: &Function, edge: &Target) -> Option<Target> {
        let params = &func.blocks[edge.block].params;
        if let Some(next) = self.jumps.get(&edge.block) {
            return Some(through(edge, params, next));
        }
        let (condition, then, other) = self.branches.get(&edge.block)?;
        let known = self.truths.get(&given(edge, params, *condition))?;
        Some(through(edge, params, if *known { then } else { other }))
    }

    /// The branch that a jump to an empty block comes to.
    fn branch(&self, func: &Function, jump: &Target) -> Option<End> {
        let params = &func.blocks[jump.block].params;
        let (condition, then, other) = self.branches.get(&jump.block)?;
        Some(End::Branch(
            given(jump, params, *condition),
            through(jump, params, then),
            through(jump, params, other),
        ))
    }
}

/// Who uses a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum User {
    Nobody,
    /// This block alone.
    One(BlockId),
    Several,
}

fn users(func: &Function) -> Table<Value, User> {
    let mut users: Table<Value, User> = func.values.keys().map(|_| User::Nobody).collect();
    for (id, block) in func.blocks.iter() {
        let mut note = |v: Value| {
            users[v] = match users[v] {
                User::Nobody => User::One(id),
                User::One(same) if same == id => return,
                _ => User::Several,
            };
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

/// What `v` is in a block with `params` that is entered by `edge`.
fn given(edge: &Target, params: &[Value], v: Value) -> Value {
    match params.iter().position(|p| *p == v) {
        Some(n) => edge.args[n],
        None => v,
    }
}

/// The edge that goes to an empty block with `params` and from there to `next`, in one.
fn through(edge: &Target, params: &[Value], next: &Target) -> Target {
    Target {
        block: next.block,
        args: next.args.iter().map(|v| given(edge, params, *v)).collect(),
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
