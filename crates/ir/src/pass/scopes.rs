//! Removes scopes that do nothing.
//!
//! - A handler goes if nothing in its scope can fail: no fallible instruction, no `throw`, no call of a function that
//!   one of these can get out of, and no scope within that such a failure gets out of; or if all it does is to throw
//!   what it caught.
//! - A scope without a handler goes if leaving it closes nothing: nothing in it, scopes within and called functions
//!   included, can open a handle; or it is only ever left with `keep all`. Its blocks move to the scope around it, its
//!   `enter` and `leave` become jumps. Failures that would have passed through it reach the same handler as before.

use super::compact;
use super::graph::handler_of;
use crate::entity::{Entity, Table};
use crate::module::{BlockId, End, FuncId, Function, Imm, Inst, Keep, Module, Scope, ScopeId};
use crate::ops::Op;
use crate::syscalls::Ret;

/// The pass.
pub(super) fn run(module: &mut Module) {
    compact::module(module);
    let facts = Facts::of(module);
    for func in module.funcs.values_mut() {
        remove_handlers(func, &facts);
        compact::function(func);
        remove_scopes(func, &facts);
        compact::function(func);
    }
}

/// What calling a function may do.
struct Facts {
    /// A failure may get out of it.
    fails: Table<FuncId, bool>,
    /// It may open a handle.
    opens: Table<FuncId, bool>,
}

impl Facts {
    /// What instructions of a function do themselves; then its callers do that too, if nothing between catches it.
    fn of(module: &Module) -> Facts {
        let nothing = || module.funcs.keys().map(|_| false).collect();
        let mut facts = Facts {
            fails: nothing(),
            opens: nothing(),
        };
        let none = || vec![Vec::new(); module.funcs.len()];
        let (mut callers, mut passing) = (none(), none());
        for (id, func) in module.funcs.iter() {
            facts.fails[id] = facts.failing(func)[0];
            facts.opens[id] = insts(func).any(|i| facts.opens(i));
            for block in func.blocks.values() {
                let caught = handler_of(func, block.scope).is_some();
                for callee in block.insts.iter().filter_map(callee) {
                    callers[callee.index()].push(id);
                    if !caught {
                        passing[callee.index()].push(id);
                    }
                }
            }
        }
        spread(&mut facts.fails, &passing);
        spread(&mut facts.opens, &callers);
        facts
    }

    fn opens(&self, inst: &Inst) -> bool {
        match &inst.imm {
            Imm::Sys(sys, _) => matches!(sys.row().ret, Ret::Dir | Ret::File | Ret::Listing),
            Imm::Func(callee) => self.opens[*callee],
            _ => false,
        }
    }

    fn fails(&self, inst: &Inst) -> bool {
        match &inst.imm {
            Imm::Func(callee) if inst.op == Op::Call => self.fails[*callee],
            _ => inst.op.row().fallible,
        }
    }

    /// Whether a failure may occur in each scope, those that get out of the scopes within included.
    fn failing(&self, func: &Function) -> Vec<bool> {
        let mut failing = vec![false; func.scopes.len()];
        for block in func.blocks.values() {
            let throws = matches!(block.end, End::Throw(_));
            failing[block.scope.index()] |= throws || block.insts.iter().any(|i| self.fails(i));
        }
        // A scope's parent has a smaller number, so failures go outward in one sweep.
        for (id, scope) in func.scopes.iter().rev() {
            if let (Some(parent), None) = (scope.parent, scope.handler) {
                failing[parent.index()] |= failing[id.index()];
            }
        }
        failing
    }
}

fn callee(inst: &Inst) -> Option<FuncId> {
    match (inst.op, &inst.imm) {
        (Op::Call, Imm::Func(callee)) => Some(*callee),
        _ => None,
    }
}

/// What is true of a function becomes true of those in its row, and so on.
fn spread(truth: &mut Table<FuncId, bool>, to: &[Vec<FuncId>]) {
    let known = truth.iter().filter(|(_, is)| **is);
    let mut work: Vec<FuncId> = known.map(|(id, _)| id).collect();
    while let Some(func) = work.pop() {
        for next in &to[func.index()] {
            if !std::mem::replace(&mut truth[*next], true) {
                work.push(*next);
            }
        }
    }
}

fn insts(func: &Function) -> impl Iterator<Item = &Inst> {
    func.blocks.values().flat_map(|b| &b.insts)
}

fn remove_handlers(func: &mut Function, facts: &Facts) {
    let failing = facts.failing(func);
    for (id, failing) in failing.into_iter().enumerate() {
        let scope = &mut func.scopes[ScopeId::new(id)];
        let passes_on = |handler: BlockId| {
            let block = &func.blocks[handler];
            block.insts.is_empty() && matches!(block.end, End::Throw(v) if block.params == [v])
        };
        if !failing || scope.handler.is_some_and(passes_on) {
            scope.handler = None;
        }
    }
}

fn remove_scopes(func: &mut Function, facts: &Facts) {
    let mut closes = closing(func, facts);
    closes[0] = true;
    // Where the blocks of each scope go: itself, or the first around it that stays.
    let mut to: Vec<ScopeId> = Vec::new();
    for (id, scope) in func.scopes.iter() {
        let stays = closes[id.index()] || scope.handler.is_some();
        to.push(match scope.parent {
            Some(parent) if !stays => to[parent.index()],
            _ => id,
        });
    }
    for block in func.blocks.values_mut() {
        block.scope = to[block.scope.index()];
        if let End::Enter(s, target) | End::Leave(s, _, target) = &mut block.end
            && to[s.index()] != *s
        {
            block.end = End::Jump(target.clone());
        }
    }
    for scope in func.scopes.values_mut() {
        scope.parent = scope.parent.map(|p| to[p.index()]);
    }
}

/// Whether leaving each scope may close something.
fn closing(func: &Function, facts: &Facts) -> Vec<bool> {
    let mut opens = vec![false; func.scopes.len()];
    let mut left = vec![false; func.scopes.len()];
    for block in func.blocks.values() {
        opens[block.scope.index()] |= block.insts.iter().any(|i| facts.opens(i));
        if let End::Leave(s, Keep::Only(_), _) = block.end {
            left[s.index()] = true;
        }
    }
    for (id, Scope { parent, .. }) in func.scopes.iter().rev() {
        if let Some(parent) = parent {
            opens[parent.index()] |= opens[id.index()];
        }
    }
    opens.iter().zip(left).map(|(o, l)| *o && l).collect()
}
