//! V10 regions: nothing that a turn or a release gives back is used afterwards.
//!
//! Why the rule is enough. A turn keeps what its target's arguments reach. Any other value that is used after it is
//! either defined in the loop, and so defined again before that use; or its definition dominates the header. The
//! header is entered from one block only, so that definition stands before the region, which is the last instruction
//! there: the value is older. What is older refers to what is older still, since data are never written again; but for
//! builders, which are no data: only values are builders, and only those that the loop uses were written to in it. (An
//! old list whose spare room a younger one has taken, and the trie that an old map keeps beside its entries, are the
//! collector's business: [`crate::collect`].)

use super::dominators::Dominators;
use super::{At, Checked, Rule, limits};
use crate::module::{BlockId, End, FuncId, Function, Inst, Module, Value};
use crate::ops::Op;
use crate::ty::Type;
use std::collections::{HashMap, HashSet};

pub(super) fn function(module: &Module, id: FuncId, tree: &Dominators) -> Checked {
    let func = &module.funcs[id];
    let at = At::func(id);
    for (b, block) in func.blocks.iter() {
        for (n, inst) in block.insts.iter().enumerate() {
            if inst.op == Op::Release {
                let last = n + 1 == block.insts.len() && matches!(block.end, End::Return(_));
                release(func, inst, last, at.block(b).inst(inst.result))?;
            }
        }
    }
    let loops = turns(func, tree, at)?;
    if loops.is_empty() || !func.values.values().any(Type::is_builder) {
        return Ok(());
    }
    let builders = Builders::of(func);
    let mut steps = 0;
    for (header, row) in &loops {
        let inside = natural_loop(tree, *header);
        let inside: HashSet<BlockId> = inside.into_iter().collect();
        for b in &inside {
            steps += 1 + builders.uses[b.0 as usize].len();
        }
        at.block(*header)
            .within(steps <= limits::REGION_STEPS, Rule::V1, || {
                "the loops with regions are too large".into()
            })?;
        for turn in &row.turns {
            let End::Turn(_, _, roots) = &func.blocks[*turn].end else {
                continue;
            };
            let within = roots.iter().find(|v| builders.is_within(**v, &inside));
            at.block(*turn).test(within.is_none(), Rule::V10, || {
                let root = within.map_or(String::new(), ToString::to_string);
                format!("the root {root} is made in the loop through {header}, and would move")
            })?;
        }
        for root in builders.roots(func, &inside, *header, row.entered_from) {
            for turn in &row.turns {
                let named = matches!(&func.blocks[*turn].end, End::Turn(_, _, roots) if roots.contains(&root));
                at.block(*turn).test(named, Rule::V10, || {
                    format!("the loop through {header} uses {root}, which is no root here")
                })?;
            }
        }
    }
    Ok(())
}

fn release(func: &Function, inst: &Inst, last: bool, at: At) -> Checked {
    at.test(last, Rule::V10, || {
        "release does not stand right before a return".into()
    })?;
    let first = func.blocks[BlockId(0)].insts.first();
    let first = first.filter(|i| i.op == Op::Region && inst.args == [i.result]);
    at.test(first.is_some(), Rule::V10, || {
        "the region is not the first instruction of the function".into()
    })?;
    let kept = func.result.as_ref().is_none_or(Type::holds_reference);
    at.test(!kept, Rule::V10, || {
        "the function's result may refer to what is given back".into()
    })?;
    let mut params = func.param_values().iter();
    at.test(
        !params.any(|v| func.values[*v].is_builder()),
        Rule::V10,
        || "the function takes a builder".into(),
    )
}

/// A loop that has turns.
struct Turns {
    entered_from: BlockId,
    /// The blocks that end with one.
    turns: Vec<BlockId>,
}

/// The loops that have turns, by header.
fn turns(func: &Function, tree: &Dominators, at: At) -> Checked<Vec<(BlockId, Turns)>> {
    let mut loops: Vec<(BlockId, Turns)> = Vec::new();
    let mut known: HashMap<BlockId, usize> = HashMap::new();
    for (b, block) in func.blocks.iter() {
        let End::Turn(region, target, _) = &block.end else {
            continue;
        };
        let (header, at) = (target.block, at.block(b));
        at.test(tree.dominates(header, b), Rule::V10, || {
            format!("a turn that is no way back to {header}")
        })?;
        let n = match known.get(&header) {
            Some(n) => *n,
            None => {
                let entered_from = entered_from(tree, header, at)?;
                let row = Turns {
                    entered_from,
                    turns: Vec::new(),
                };
                known.insert(header, loops.len());
                loops.push((header, row));
                loops.len() - 1
            }
        };
        let row = &mut loops[n].1;
        row.turns.push(b);
        let last = func.blocks[row.entered_from].insts.last();
        let last = last.filter(|i| i.op == Op::Region && i.result == *region);
        at.test(last.is_some(), Rule::V10, || {
            let from = row.entered_from;
            format!(
                "{region} is not the last instruction of {from}, from which the loop is entered"
            )
        })?;
    }
    Ok(loops)
}

/// The one block from which a loop is entered.
fn entered_from(tree: &Dominators, header: BlockId, at: At) -> Checked<BlockId> {
    let all = tree.predecessors(header).iter();
    let mut outside = all.filter(|b| !tree.dominates(header, **b));
    let first = outside.next().copied();
    match first {
        Some(first) if outside.all(|b| *b == first) => Ok(first),
        _ => at.refuse(
            Rule::V10,
            format!("the loop through {header} is not entered from one block"),
        ),
    }
}

/// The blocks of a loop: those from which a way back to the header goes that does not leave it. The header is first.
fn natural_loop(tree: &Dominators, header: BlockId) -> Vec<BlockId> {
    let mut inside = vec![header];
    let mut seen = HashSet::from([header]);
    let back = tree.predecessors(header).iter();
    let back = back.filter(|b| tree.dominates(header, **b));
    let mut todo: Vec<BlockId> = back.copied().collect();
    while let Some(b) = todo.pop() {
        if seen.insert(b) {
            inside.push(b);
            todo.extend(tree.predecessors(b));
        }
    }
    inside
}

/// The values of a function that are builders.
struct Builders {
    /// Where each value is defined.
    defined: Vec<Option<BlockId>>,
    /// Those that each block uses, once each.
    uses: Vec<Vec<Value>>,
}

impl Builders {
    fn of(func: &Function) -> Builders {
        let mut builders = Builders {
            defined: vec![None; func.values.len()],
            uses: vec![Vec::new(); func.blocks.len()],
        };
        for (b, block) in func.blocks.iter() {
            let results = block.insts.iter().map(|i| &i.result);
            for v in block.params.iter().chain(results) {
                builders.defined[v.0 as usize] = Some(b);
            }
            let uses = &mut builders.uses[b.0 as usize];
            let mut note = |v: Value| {
                if func.values[v].is_builder() {
                    uses.push(v);
                }
            };
            block
                .insts
                .iter()
                .flat_map(|i| &i.args)
                .for_each(|v| note(*v));
            block.end.each_use(note);
            uses.sort_unstable();
            uses.dedup();
        }
        builders
    }

    /// Whether a value is defined in a loop.
    fn is_within(&self, v: Value, inside: &HashSet<BlockId>) -> bool {
        self.defined[v.0 as usize].is_some_and(|b| inside.contains(&b))
    }

    /// Those from outside a loop that it uses, and those that it is entered with.
    fn roots(
        &self,
        func: &Function,
        inside: &HashSet<BlockId>,
        header: BlockId,
        entered_from: BlockId,
    ) -> HashSet<Value> {
        let used = inside.iter().flat_map(|b| &self.uses[b.0 as usize]);
        let outside = |v: &Value| !self.is_within(*v, inside);
        let mut roots: HashSet<Value> = used.copied().filter(outside).collect();
        let entering = func.blocks[entered_from].end.targets();
        let args = entering.filter(|t| t.block == header).flat_map(|t| &t.args);
        roots.extend(args.copied().filter(|v| func.values[*v].is_builder()));
        roots
    }
}
