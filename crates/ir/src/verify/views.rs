//! V4 origin of what `name.view` gives: the bytes stay in the buffer, so the name is checked only as long as nothing
//! writes there. Such a value is an operand of `sys` and `bytes.eq` and nothing else, and on no way from the view to a
//! use does a system call write into the buffer.

use super::dominators::Dominators;
use super::{At, Checked, Rule, limits};
use crate::module::{BlockId, FuncId, Function, Inst, Module, ScopeId, Value};
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
    let mut steps = 0;
    for (b, block) in func.blocks.iter() {
        let at = At::func(id).block(b);
        for (n, inst) in block.insts.iter().enumerate() {
            let at = at.inst(inst.result);
            for v in &inst.args {
                let Some(view) = views.get(v) else { continue };
                at.test(matches!(inst.op, Op::Sys | Op::BytesEq), Rule::V4, || {
                    format!("{v} is a view; {} may not use it", inst.op.row().name)
                })?;
                let written = is_written(func, tree, *view, (b, n), &mut steps);
                at.within(steps <= limits::VIEW_STEPS, Rule::V1, || {
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

/// Whether something may write the view's buffer between the view and a use. The view dominates the use, so every
/// way back from the use comes to the view.
fn is_written(
    func: &Function,
    tree: &Dominators,
    view: View,
    (block, inst): (BlockId, usize),
    steps: &mut usize,
) -> bool {
    let writes = |insts: &[Inst]| insts.iter().any(|i| writes(func, i, view.buffer));
    let here = &func.blocks[block].insts;
    *steps += 1;
    if block == view.block {
        return writes(here.get(view.inst + 1..inst).unwrap_or(&[]));
    }
    if writes(&here[..inst]) {
        return true;
    }
    let mut seen = HashSet::new();
    let mut todo = before(func, tree, block);
    while let Some(b) = todo.pop() {
        if !seen.insert(b) {
            continue;
        }
        *steps += 1;
        if *steps > limits::VIEW_STEPS {
            return true;
        }
        let insts = &func.blocks[b].insts;
        if b == view.block {
            if writes(&insts[view.inst + 1..]) {
                return true;
            }
            continue;
        }
        if writes(insts) {
            return true;
        }
        todo.extend(before(func, tree, b));
    }
    false
}

/// The blocks that may have run just before: predecessors, and for a handler every block of its scope, which an error
/// may have ended anywhere.
fn before(func: &Function, tree: &Dominators, b: BlockId) -> Vec<BlockId> {
    let mut before = tree.predecessors(b).to_vec();
    let Some((caught, _)) = func.scopes.iter().find(|(_, s)| s.handler == Some(b)) else {
        return before;
    };
    let inside = |mut scope: ScopeId| loop {
        if scope == caught {
            return true;
        }
        match func.scopes[scope].parent {
            Some(parent) => scope = parent,
            None => return false,
        }
    };
    before.extend(
        func.blocks
            .iter()
            .filter(|(_, block)| inside(block.scope))
            .map(|(b, _)| b),
    );
    before
}

/// Whether an instruction may write into the buffer. A call cannot: buffers belong to one activation.
fn writes(func: &Function, inst: &Inst, buffer: Value) -> bool {
    let is_buffer = matches!(func.values[buffer], Type::Buf(_));
    inst.op == Op::Sys && is_buffer && inst.args.contains(&buffer)
}
