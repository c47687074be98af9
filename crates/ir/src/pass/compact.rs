//! Tidies a module after a pass has taken things away: every pass ends with it.
//!
//! Blocks that cannot be reached go; blocks, scopes and values are numbered anew, dense and in the order in which
//! they are printed. Blocks are in reverse postorder, so a definition stands before its uses.
//! It does not look for unused functions, data or instructions: that is the pass `dead`.

use super::graph;
use crate::entity::{Entity, Table};
use crate::module::{Block, BlockId, End, Function, Module, Scope, ScopeId, Value};

/// Tidies every function.
pub(super) fn module(module: &mut Module) {
    module.funcs.values_mut().for_each(function);
}

/// Tidies one function.
pub(super) fn function(func: &mut Function) {
    let order = graph::order(func);
    if is_tidy(func, &order) {
        return;
    }
    let mut block_ids: Vec<Option<BlockId>> = vec![None; func.blocks.len()];
    for (n, block) in order.iter().enumerate() {
        block_ids[block.index()] = Some(BlockId::new(n));
    }
    let renumbered = |b: BlockId| block_ids[b.index()].unwrap_or(b);
    let scope_ids = scopes(func, &order, renumbered);
    let mut blocks: Table<BlockId, Block> = order.iter().map(|b| take(func, *b)).collect();
    for block in blocks.values_mut() {
        block.scope = scope_ids[block.scope.index()];
        if let End::Enter(s, _) | End::Leave(s, ..) = &mut block.end {
            *s = scope_ids[s.index()];
        }
        for target in block.end.targets_mut() {
            target.block = renumbered(target.block);
        }
    }
    func.blocks = blocks;
    values(func);
}

/// Whether everything has the number already that it would get.
fn is_tidy(func: &Function, order: &[BlockId]) -> bool {
    if order.len() != func.blocks.len() || order.iter().enumerate().any(|(n, b)| b.index() != n) {
        return false;
    }
    let (mut scopes, mut values) = (0, 0);
    for block in func.blocks.values() {
        match block.scope.index() {
            n if n == scopes => scopes += 1,
            n if n > scopes => return false,
            _ => {}
        }
        let defined = block.params.iter();
        for v in defined.chain(block.insts.iter().map(|i| &i.result)) {
            if v.index() != values {
                return false;
            }
            values += 1;
        }
    }
    scopes == func.scopes.len() && values == func.values.len()
}

fn take(func: &mut Function, b: BlockId) -> Block {
    let gone = Block {
        scope: ScopeId(0),
        params: Vec::new(),
        insts: Vec::new(),
        end: End::Return(Value(0)),
        end_at: Default::default(),
    };
    std::mem::replace(&mut func.blocks[b], gone)
}

/// Keeps the scopes that have a block, in the order of their first one (a scope is entered from its parent, so the
/// parent comes first); gives the new number of each old one.
fn scopes(
    func: &mut Function,
    order: &[BlockId],
    renumbered: impl Fn(BlockId) -> BlockId,
) -> Vec<ScopeId> {
    let mut ids: Vec<Option<ScopeId>> = vec![None; func.scopes.len()];
    let mut kept = Vec::new();
    for block in order {
        let scope = func.blocks[*block].scope;
        let id = &mut ids[scope.index()];
        if id.is_none() {
            *id = Some(ScopeId::new(kept.len()));
            kept.push(scope);
        }
    }
    let ids: Vec<ScopeId> = ids.into_iter().map(|id| id.unwrap_or(ScopeId(0))).collect();
    let rows = kept.iter().map(|s| {
        let row = &func.scopes[*s];
        Scope {
            parent: row.parent.map(|p| ids[p.index()]),
            handler: row.handler.map(&renumbered),
        }
    });
    func.scopes = rows.collect();
    ids
}

fn values(func: &mut Function) {
    let mut ids: Vec<Option<Value>> = vec![None; func.values.len()];
    let mut types = Table::new();
    for block in func.blocks.values_mut() {
        let defined = block
            .params
            .iter_mut()
            .chain(block.insts.iter_mut().map(|i| &mut i.result));
        for v in defined {
            let id = types.push(func.values[*v].clone());
            ids[v.index()] = Some(id);
            *v = id;
        }
    }
    let renumber = |v: &mut Value| *v = ids[v.index()].unwrap_or(*v);
    for block in func.blocks.values_mut() {
        let args = block.insts.iter_mut().flat_map(|i| &mut i.args);
        args.for_each(renumber);
        block.end.each_use_mut(renumber);
    }
    func.values = types;
}
