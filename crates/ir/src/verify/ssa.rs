//! V2 SSA: one definition, which dominates every use.

use super::dominators::Dominators;
use super::{At, Checked, Rule};
use crate::module::{BlockId, FuncId, Function, Module, Value};
use crate::ty::Type;

/// Where a value is defined: its block, and 0 for a parameter or the number of the instruction, from 1.
type Definition = Option<(BlockId, usize)>;

pub(super) fn function(module: &Module, id: FuncId, tree: &Dominators) -> Checked {
    let func = &module.funcs[id];
    let at = At::func(id);
    let defined = definitions(func, at)?;
    for (b, block) in func.blocks.iter() {
        let uses = |v: Value, place: usize, at: At| match defined[v.0 as usize] {
            None => at.refuse(Rule::V2, format!("uses {v}, which nothing defines")),
            Some((d, n)) if d == b => at.test(n < place, Rule::V2, || {
                format!("uses {v} before its definition")
            }),
            Some((d, _)) => at.test(tree.dominates(d, b), Rule::V2, || {
                format!("uses {v}, whose definition in {d} does not dominate it")
            }),
        };
        for (n, inst) in block.insts.iter().enumerate() {
            for v in &inst.args {
                uses(*v, n + 1, at.block(b).inst(inst.result))?;
            }
        }
        let mut result = Ok(());
        block.end.each_use(|v| {
            if result.is_ok() {
                result = uses(v, usize::MAX, at.block(b));
            }
        });
        result?;
    }
    handlers(func, tree, at)
}

fn definitions(func: &Function, at: At) -> Checked<Vec<Definition>> {
    let mut defined: Vec<Definition> = vec![None; func.values.len()];
    for (b, block) in func.blocks.iter() {
        let params = block.params.iter().map(|v| (*v, 0));
        let results = block
            .insts
            .iter()
            .enumerate()
            .map(|(n, i)| (i.result, n + 1));
        for (v, n) in params.chain(results) {
            let before = defined[v.0 as usize].replace((b, n));
            at.block(b).inst(v).test(before.is_none(), Rule::V2, || {
                format!("{v} is defined a second time")
            })?;
        }
    }
    Ok(defined)
}

fn handlers(func: &Function, tree: &Dominators, at: At) -> Checked {
    for (s, scope) in func.scopes.iter() {
        let Some(handler) = scope.handler else {
            continue;
        };
        let at = at.block(handler);
        at.test(tree.predecessors(handler).len() == 1, Rule::V2, || {
            format!("the handler of {s} has another predecessor than one enter of {s}")
        })?;
        let params = &func.blocks[handler].params;
        let one = matches!(params[..], [v] if func.values[v] == Type::Error);
        at.test(one, Rule::V2, || {
            format!("the handler of {s} has other parameters than one of type error")
        })?;
    }
    Ok(())
}
