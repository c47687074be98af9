//! V1 shape and V8 scopes.

use super::dominators::Dominators;
use super::{At, Checked, Rule, limits};
use crate::module::{BlockId, End, FuncId, Function, Keep, Module, ScopeId};
use crate::ty::Type;

/// Module-wide limits.
pub(super) fn tables(module: &Module) -> Checked {
    let at = At::default();
    let within = |what: &str, n: usize, most: usize| {
        at.within(n <= most, Rule::V1, || {
            format!("{n} {what}, at most {most}")
        })
    };
    within("functions", module.funcs.len(), limits::ROWS)?;
    within("records", module.records.len(), limits::ROWS)?;
    within("enums", module.enums.len(), limits::ROWS)?;
    within("rows of data", module.data.len(), limits::ROWS)?;
    let bytes = module.data.values().map(Vec::len).sum();
    within("bytes of data", bytes, limits::DATA_BYTES)?;
    let values = module.funcs.values().map(|f| f.values.len()).sum();
    within("values", values, limits::VALUES)?;
    let insts = module.funcs.values().flat_map(|f| f.blocks.values());
    within(
        "instructions",
        insts.map(|b| b.insts.len()).sum(),
        limits::VALUES,
    )
}

/// A function's own limits, and that what it names exists. After this, indices of blocks, scopes and values can be
/// trusted.
pub(super) fn function(module: &Module, id: FuncId) -> Checked {
    let func = &module.funcs[id];
    let at = At::func(id);
    let within = |what: &str, n: usize, most: usize| {
        at.within(n <= most, Rule::V1, || {
            format!("{n} {what}, at most {most}")
        })
    };
    within("blocks", func.blocks.len(), limits::BLOCKS)?;
    within("scopes", func.scopes.len(), limits::SCOPES)?;
    within("parameters", func.params.len(), limits::PARAMS)?;
    at.test(func.result.is_some(), Rule::V1, || {
        "the function has no result type".into()
    })?;
    at.test(!func.scopes.is_empty(), Rule::V1, || {
        "the function has no scope s0".into()
    })?;
    at.test(!func.blocks.is_empty(), Rule::V1, || {
        "the function has no block ^0".into()
    })?;
    at.test(
        func.param_values().len() == func.params.len(),
        Rule::V1,
        || "the parameters of ^0 are not the function's".into(),
    )?;
    for scope in func.scopes.values() {
        if let Some(parent) = scope.parent {
            known_scope(func, parent, at)?;
        }
        if let Some(handler) = scope.handler {
            known_block(func, handler, at)?;
        }
    }
    for (b, block) in func.blocks.iter() {
        let at = at.block(b);
        known_scope(func, block.scope, at)?;
        known_values(func, &block.params, at)?;
        for inst in &block.insts {
            let at = at.inst(inst.result);
            known_values(func, &[inst.result], at)?;
            known_values(func, &inst.args, at)?;
        }
        for target in block.end.targets() {
            known_block(func, target.block, at)?;
            known_values(func, &target.args, at)?;
        }
        match &block.end {
            End::Branch(v, ..) | End::Return(v) | End::Throw(v) => known_values(func, &[*v], at)?,
            End::Enter(s, _) | End::Leave(s, Keep::All, _) => known_scope(func, *s, at)?,
            End::Leave(s, Keep::Only(kept), _) => {
                known_scope(func, *s, at)?;
                known_values(func, kept, at)?;
            }
            End::Turn(region, _, roots) => {
                known_values(func, &[*region], at)?;
                known_values(func, roots, at)?;
            }
            End::Jump(_) => {}
        }
    }
    Ok(())
}

fn known_scope(func: &Function, scope: ScopeId, at: At) -> Checked {
    at.test(func.scopes.get(scope).is_some(), Rule::V1, || {
        format!("there is no scope {scope}")
    })
}

fn known_block(func: &Function, block: BlockId, at: At) -> Checked {
    at.test(func.blocks.get(block).is_some(), Rule::V1, || {
        format!("there is no block {block}")
    })
}

fn known_values(func: &Function, values: &[crate::module::Value], at: At) -> Checked {
    at.within(values.len() <= limits::OPERANDS, Rule::V1, || {
        format!("{} values, at most {}", values.len(), limits::OPERANDS)
    })?;
    match values.iter().find(|v| func.values.get(**v).is_none()) {
        Some(v) => at.refuse(Rule::V1, format!("there is no value {v}")),
        None => Ok(()),
    }
}

/// Reachability, loops and scopes. Gives the dominator tree.
pub(super) fn blocks(module: &Module, id: FuncId) -> Checked<Dominators> {
    let func = &module.funcs[id];
    let at = At::func(id);
    scope_tree(func, at)?;
    for (b, block) in func.blocks.iter() {
        for target in block.end.targets() {
            at.block(b).test(target.block != BlockId(0), Rule::V1, || {
                "a block goes to ^0".into()
            })?;
        }
        scope_of_end(func, b, at.block(b))?;
    }
    at.test(
        func.blocks[BlockId(0)].scope == ScopeId(0),
        Rule::V8,
        || "^0 is not in scope s0".into(),
    )?;
    handlers(func, at)?;
    let tree = Dominators::of(func);
    if let Some(dead) = func.blocks.keys().find(|b| !tree.is_reachable(*b)) {
        return at
            .block(dead)
            .refuse(Rule::V1, "the block cannot be reached");
    }
    for b in func.blocks.keys() {
        for next in func.successors(b) {
            let back = tree.position(next) <= tree.position(b);
            at.block(b)
                .test(!back || tree.dominates(next, b), Rule::V1, || {
                    format!("the loop through {next} has a second way in: it is not reducible")
                })?;
        }
    }
    Ok(tree)
}

/// Every scope but s0 has a parent, and they end at s0.
fn scope_tree(func: &Function, at: At) -> Checked {
    let root = &func.scopes[ScopeId(0)];
    at.test(
        root.parent.is_none() && root.handler.is_none(),
        Rule::V8,
        || "scope s0 has a parent or a handler".into(),
    )?;
    for s in func.scopes.keys() {
        let (mut above, mut depth) = (s, 0);
        while above != ScopeId(0) {
            let Some(parent) = func.scopes[above].parent else {
                return at.refuse(Rule::V8, format!("scope {above} has no parent"));
            };
            above = parent;
            depth += 1;
            at.within(depth <= limits::SCOPE_DEPTH, Rule::V8, || {
                format!("scope {s} is its own parent, or too deep")
            })?;
        }
    }
    Ok(())
}

/// Scopes change only by `enter` and `leave`.
fn scope_of_end(func: &Function, b: BlockId, at: At) -> Checked {
    let block = &func.blocks[b];
    let here = block.scope;
    let goes_to = |target: BlockId, want: ScopeId| {
        let scope = func.blocks[target].scope;
        at.test(scope == want, Rule::V8, || {
            format!("goes to {target} in scope {scope}, not {want}")
        })
    };
    match &block.end {
        End::Jump(t) | End::Turn(_, t, _) => goes_to(t.block, here),
        End::Branch(_, t, e) => {
            goes_to(t.block, here)?;
            goes_to(e.block, here)
        }
        End::Return(_) => at.test(here == ScopeId(0), Rule::V8, || {
            format!("returns from scope {here}")
        }),
        End::Throw(_) => Ok(()),
        End::Enter(s, t) => {
            at.test(func.scopes[*s].parent == Some(here), Rule::V8, || {
                format!("enters {s}, which is not a child of {here}")
            })?;
            goes_to(t.block, *s)
        }
        End::Leave(s, keep, t) => {
            at.test(*s == here, Rule::V8, || format!("leaves {s} from {here}"))?;
            let Some(parent) = func.scopes[*s].parent else {
                return at.refuse(Rule::V8, "leaves s0");
            };
            goes_to(t.block, parent)?;
            let Keep::Only(kept) = keep else {
                return Ok(());
            };
            at.within(kept.len() <= limits::KEEP, Rule::V1, || {
                format!("keeps {}, at most {}", kept.len(), limits::KEEP)
            })?;
            let is_handle = |ty: &Type| matches!(ty, Type::Dir(_) | Type::File(_) | Type::Listing);
            match kept.iter().find(|v| !is_handle(&func.values[**v])) {
                Some(v) => at.refuse(Rule::V8, format!("keeps {v}, which is no handle")),
                None => Ok(()),
            }
        }
    }
}

/// A handler is a block of the parent scope, and somebody enters the scope.
fn handlers(func: &Function, at: At) -> Checked {
    let mut entered = vec![false; func.scopes.len()];
    for block in func.blocks.values() {
        if let End::Enter(s, _) = &block.end {
            entered[s.0 as usize] = true;
        }
    }
    for (s, scope) in func.scopes.iter() {
        let Some(handler) = scope.handler else {
            continue;
        };
        let at = at.block(handler);
        at.test(entered[s.0 as usize], Rule::V8, || {
            format!("{s} has a handler but is never entered")
        })?;
        at.test(handler != BlockId(0), Rule::V1, || {
            format!("^0 is the handler of {s}")
        })?;
        let inside = func.blocks[handler].scope;
        at.test(Some(inside) == scope.parent, Rule::V8, || {
            format!("the handler of {s} is in scope {inside}, not in its parent")
        })?;
    }
    Ok(())
}
