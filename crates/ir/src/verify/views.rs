//! V4 origin of what `name.view` gives: the bytes stay in the buffer, so the name is checked only as long as nothing
//! writes there. Such a value is an operand of `sys` and `bytes.eq` and nothing else, and on no way from the view to a
//! use does a system call write into the buffer.

use super::dominators::Dominators;
use super::{At, Checked, Rule, limits};
use crate::module::{BlockId, FuncId, Function, Module, ScopeId, Value};
use crate::ops::Op;
use crate::ty::Type;
use std::collections::{HashMap, HashSet};

/// A view: where it is made, and of which buffer.
#[derive(Clone, Copy)]
struct View {
    block: BlockId,
    inst: usize,
    buffer: Value,
}

pub(super) fn function(module: &Module, id: FuncId, tree: &Dominators) -> Checked {
    let func = &module.funcs[id];
    let views = views(func);
    if views.is_empty() {
        return Ok(());
    }
    let mut walks = Walks::of(func, tree);
    for (b, block) in func.blocks.iter() {
        let at = At::func(id).block(b);
        for (n, inst) in block.insts.iter().enumerate() {
            let at = at.inst(inst.result);
            for v in &inst.args {
                let Some(view) = views.get(v) else { continue };
                at.test(matches!(inst.op, Op::Sys | Op::BytesEq), Rule::V4, || {
                    format!("{v} is a view; {} may not use it", inst.op.row().name)
                })?;
                let written = walks.is_written(*view, (b, n));
                at.within(walks.steps <= limits::VIEW_STEPS, Rule::V1, || {
                    "the views are used too far away".into()
                })?;
                at.test(!written, Rule::V4, || {
                    format!("{v} is a view of a buffer that is written before this use")
                })?;
            }
        }
        let mut used = None;
        block.end.each_use(|v| {
            if views.contains_key(&v) {
                used = Some(v);
            }
        });
        if let Some(v) = used {
            return at.refuse(Rule::V4, format!("{v} is a view; it may not go elsewhere"));
        }
    }
    Ok(())
}

/// At most how many steps the views of a function take, if there are so many uses of them.
pub(crate) fn steps_at_most(func: &Function, uses: usize) -> usize {
    let mut inside = 0;
    for block in func.blocks.values() {
        let mut scope = Some(block.scope);
        while let Some(s) = scope {
            inside += usize::from(func.scopes[s].handler.is_some());
            scope = func.scopes[s].parent;
        }
    }
    let edges: usize = func.blocks.keys().map(|b| func.successors(b).count()).sum();
    uses.saturating_mul(func.blocks.len() + edges + inside)
        .saturating_add(inside)
}

fn views(func: &Function) -> HashMap<Value, View> {
    let mut views = HashMap::new();
    for (block, b) in func.blocks.iter() {
        for (inst, i) in b.insts.iter().enumerate() {
            if let (Op::NameView, Some(buffer)) = (i.op, i.args.first()) {
                let view = View {
                    block,
                    inst,
                    buffer: *buffer,
                };
                views.insert(i.result, view);
            }
        }
    }
    views
}

/// Walks back from uses to views, each way once.
struct Walks<'a> {
    func: &'a Function,
    tree: &'a Dominators,
    /// Blocks and edges looked at.
    steps: usize,
    /// The instructions that write each buffer, by block.
    writes: HashMap<(Value, BlockId), Vec<usize>>,
    /// Whether a view's buffer may have been written when a block begins.
    stale: HashMap<(BlockId, usize, BlockId), bool>,
    /// The blocks that a handler may come after.
    caught: HashMap<BlockId, Vec<BlockId>>,
}

impl<'a> Walks<'a> {
    fn of(func: &'a Function, tree: &'a Dominators) -> Walks<'a> {
        let mut writes: HashMap<(Value, BlockId), Vec<usize>> = HashMap::new();
        for (b, block) in func.blocks.iter() {
            // A call writes no buffer: buffers belong to one activation.
            for (n, inst) in block.insts.iter().enumerate() {
                if inst.op != Op::Sys {
                    continue;
                }
                for v in &inst.args {
                    if matches!(func.values[*v], Type::Buf(_)) {
                        writes.entry((*v, b)).or_default().push(n);
                    }
                }
            }
        }
        Walks {
            func,
            tree,
            steps: 0,
            writes,
            stale: HashMap::new(),
            caught: HashMap::new(),
        }
    }

    /// Whether the buffer may be written by the instructions of `block` from the `from`-th on and before the `to`-th.
    fn writes(&self, buffer: Value, block: BlockId, from: usize, to: usize) -> bool {
        let Some(all) = self.writes.get(&(buffer, block)) else {
            return false;
        };
        let first = all.partition_point(|n| *n < from);
        all.get(first).is_some_and(|n| *n < to)
    }

    /// Whether something may write the view's buffer between the view and a use. The view dominates the use, so every
    /// way back from the use comes to the view.
    fn is_written(&mut self, view: View, (block, inst): (BlockId, usize)) -> bool {
        if block == view.block {
            return self.writes(view.buffer, block, view.inst + 1, inst);
        }
        if self.writes(view.buffer, block, 0, inst) {
            return true;
        }
        let key = (view.block, view.inst, block);
        if let Some(stale) = self.stale.get(&key) {
            return *stale;
        }
        let stale = self.is_stale(view, block);
        self.stale.insert(key, stale);
        stale
    }

    /// Whether the view's buffer may have been written when `block` begins, which is not the view's own.
    fn is_stale(&mut self, view: View, block: BlockId) -> bool {
        let mut seen = HashSet::new();
        let mut todo = vec![block];
        while let Some(b) = todo.pop() {
            for before in self.before(b) {
                if !seen.insert(before) {
                    continue;
                }
                self.steps += 1;
                if self.steps > limits::VIEW_STEPS {
                    return true;
                }
                let own = before == view.block;
                let from = if own { view.inst + 1 } else { 0 };
                if self.writes(view.buffer, before, from, usize::MAX) {
                    return true;
                }
                if !own {
                    todo.push(before);
                }
            }
        }
        false
    }

    /// The blocks that may have run just before: predecessors, and for a handler every block of its scope, which an
    /// error may have ended anywhere.
    fn before(&mut self, b: BlockId) -> Vec<BlockId> {
        let mut before = self.tree.predecessors(b).to_vec();
        let mut scopes = self.func.scopes.iter();
        if let Some((caught, _)) = scopes.find(|(_, s)| s.handler == Some(b)) {
            let inside = self.caught.entry(b).or_insert_with(|| {
                let inside = blocks_inside(self.func, caught);
                self.steps += inside.len();
                inside
            });
            before.extend_from_slice(inside);
        }
        self.steps += before.len();
        before
    }
}

/// The blocks of a scope and of those within.
fn blocks_inside(func: &Function, scope: ScopeId) -> Vec<BlockId> {
    let mut inside: HashMap<ScopeId, bool> = HashMap::from([(scope, true)]);
    let mut is_inside = |mut s: ScopeId| {
        let mut passed = Vec::new();
        let answer = loop {
            if let Some(known) = inside.get(&s) {
                break *known;
            }
            passed.push(s);
            match func.scopes[s].parent {
                Some(parent) => s = parent,
                None => break false,
            }
        };
        inside.extend(passed.into_iter().map(|s| (s, answer)));
        answer
    };
    let blocks = func.blocks.iter();
    blocks
        .filter(|(_, block)| is_inside(block.scope))
        .map(|(b, _)| b)
        .collect()
}
