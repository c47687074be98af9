//! Names that are looked at where the kernel wrote them: `name.copy` becomes `name.view` where no copy is needed.
//!
//! **Criterion.** A copy may become a view if
//! 1. its buffer is a `scratch` of this function, so that every instruction that may write it can be seen: a `sys` with
//!    an operand that is, or may be, that buffer. No other function gets it;
//! 2. the name is used as an operand of `sys` or `bytes.eq` and nowhere else: it gets into no object, no other
//!    function, no path, no block parameter, no result;
//! 3. on no way from the copy to such a use, that does not come by the copy again, is the buffer written, nor by the
//!    use itself.
//!
//! A name that does get elsewhere, but only after a test, is looked at before the test and copied after it: uses that
//! break rule 2 are all below one block, which is in no loop around it alone, and the name is copied again at its
//! start, from the same bytes: rule 3 holds for that place too. So the second copy does not fail where the first did
//! not, and a filter copies no name that it drops.
//!
//! Ways are those of the control flow, and from each instruction that can fail to the handler that would get its
//! error, the writing ones included: a call that failed may have written. Error objects hold copies of bytes, made
//! when the failure happens, and so does the label of a handle that is opened by a name. Both fail alike: `name.view`
//! tests the bytes as `name.copy` does; only the copy may meet the memory limit.

use super::compact;
use super::graph::{Graph, Loops, handler_of};
use crate::module::{BlockId, Function, Inst, Module, Value};
use crate::ops::Op;
use crate::ty::Type;
use crate::verify::{limits, view_steps};
use std::collections::{HashMap, HashSet};

/// The pass.
pub(super) fn run(module: &mut Module) {
    compact::module(module);
    module.funcs.values_mut().for_each(borrow);
    compact::module(module);
}

fn borrow(func: &mut Function) {
    let facts = Facts::of(func);
    // The verifier follows each use on its own and gives up beyond this.
    if facts.copies.is_empty() || view_steps(func, facts.uses) > limits::VIEW_STEPS {
        return;
    }
    for &(block, name) in &facts.copies {
        let Some(n) = position(func, block, name) else {
            continue;
        };
        let keep_at = facts.keep_at(block, name);
        if keep_at == Some(block) || !may_borrow(func, &facts, (block, n), keep_at) {
            continue;
        }
        func.blocks[block].insts[n].op = Op::NameView;
        if let Some(keep_at) = keep_at {
            copy_again(func, &facts.graph, (block, n), keep_at);
        }
    }
}

fn position(func: &Function, block: BlockId, result: Value) -> Option<usize> {
    let mut insts = func.blocks[block].insts.iter();
    insts.position(|i| i.result == result)
}

/// Copies the name that is looked at by the instruction `view` at the start of `block`, for all uses from there on.
fn copy_again(func: &mut Function, graph: &Graph, view: (BlockId, usize), block: BlockId) {
    let mut copy = func.blocks[view.0].insts[view.1].clone();
    let name = copy.result;
    copy.op = Op::NameCopy;
    copy.result = func.values.push(Type::Name);
    for id in func.blocks.keys() {
        if graph.dominates(block, id) {
            let row = &mut func.blocks[id];
            let rename = |v: &mut Value| {
                if *v == name {
                    *v = copy.result;
                }
            };
            let args = row.insts.iter_mut().flat_map(|i| &mut i.args);
            args.for_each(rename);
            row.end.each_use_mut(rename);
        }
    }
    func.blocks[block].insts.insert(0, copy);
}

/// What matters about a function's values.
struct Facts {
    graph: Graph,
    loops: Loops,
    /// The copies, and how often copies are made or used.
    copies: Vec<(BlockId, Value)>,
    uses: usize,
    /// Results of `scratch`.
    buffers: HashSet<Value>,
    /// Where copies are used otherwise than rule 2 allows.
    kept: HashMap<Value, Vec<BlockId>>,
}

impl Facts {
    fn of(func: &Function) -> Facts {
        let graph = Graph::of(func);
        let mut facts = Facts {
            loops: Loops::of(&graph),
            graph,
            copies: Vec::new(),
            uses: 0,
            buffers: HashSet::new(),
            kept: HashMap::new(),
        };
        for (id, block) in func.blocks.iter() {
            let mut note = |v: Value| {
                if func.values[v] == Type::Name {
                    facts.kept.entry(v).or_default().push(id);
                }
            };
            for inst in &block.insts {
                if !matches!(inst.op, Op::Sys | Op::BytesEq) {
                    inst.args.iter().for_each(|v| note(*v));
                }
            }
            block.end.each_use(note);
            for inst in &block.insts {
                match inst.op {
                    Op::Scratch => {
                        facts.buffers.insert(inst.result);
                    }
                    Op::NameCopy => facts.copies.push((id, inst.result)),
                    _ => {}
                }
                let names = inst.args.iter().filter(|v| func.values[**v] == Type::Name);
                facts.uses += names.count();
            }
        }
        facts.uses += facts.copies.len();
        facts
    }

    /// Where a copy is needed of a name that is made in `block`: at the start of the block that is given, or where it
    /// is made; nowhere if nobody keeps it.
    fn keep_at(&self, block: BlockId, name: Value) -> Option<BlockId> {
        let kept = self.kept.get(&name)?.iter().copied();
        let all = kept.reduce(|a, b| self.graph.common_dominator(a, b))?;
        Some(self.loops.lowest_outside(&self.graph, block, all))
    }

    /// Whether executing `inst` may write the buffer `buffer`, whose type is `ty`.
    fn writes(&self, func: &Function, inst: &Inst, buffer: Value, ty: &Type) -> bool {
        let may_be =
            |v: &Value| *v == buffer || (func.values[*v] == *ty && !self.buffers.contains(v));
        matches!(inst.op, Op::Sys | Op::Call) && inst.args.iter().any(may_be)
    }
}

/// Whether the name may stay in its buffer, if it is copied at the start of `keep_at` for what is below.
fn may_borrow(
    func: &Function,
    facts: &Facts,
    copy: (BlockId, usize),
    keep_at: Option<BlockId>,
) -> bool {
    let inst = &func.blocks[copy.0].insts[copy.1];
    let (name, buffer) = (inst.result, inst.args[0]);
    let ty = &func.values[buffer];
    if !facts.buffers.contains(&buffer) {
        return false;
    }
    // Blocks to walk from, with whether the buffer has been written on the way there.
    let mut seen: HashSet<(BlockId, bool)> = HashSet::new();
    let mut work = vec![(copy.0, copy.1 + 1, false)];
    while let Some((block, from, mut written)) = work.pop() {
        if written && from == 0 && keep_at == Some(block) {
            return false;
        }
        let row = &func.blocks[block];
        let copied = keep_at.is_some_and(|b| facts.graph.dominates(b, block));
        let handler = handler_of(func, row.scope);
        let mut next: Vec<(BlockId, bool)> = Vec::new();
        let mut again = false;
        for (n, inst) in row.insts.iter().enumerate().skip(from) {
            again = (block, n) == copy;
            if again {
                break;
            }
            written |= facts.writes(func, inst, buffer, ty);
            if written && !copied && inst.args.contains(&name) {
                return false;
            }
            if inst.op.row().fallible {
                next.extend(handler.map(|h| (h, written)));
            }
        }
        if !again {
            next.extend(handler.map(|h| (h, written)));
            next.extend(func.successors(block).map(|b| (b, written)));
        }
        for (block, written) in next {
            if seen.insert((block, written)) {
                work.push((block, 0, written));
            }
        }
    }
    true
}
