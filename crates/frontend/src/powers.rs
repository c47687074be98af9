//! Inference of powers: every function declares those of its system calls, and of the functions that it calls. Nothing
//! rests on this being right: the verifier checks it.

use sawmill_ir::module::{FuncId, Function, Imm, Module};

/// Writes the powers that functions take into the module.
pub fn infer(module: &mut Module) {
    let mut callers: Vec<Vec<FuncId>> = vec![Vec::new(); module.funcs.len()];
    let mut work = Vec::new();
    for id in module.funcs.keys().collect::<Vec<_>>() {
        for imm in imms(&module.funcs[id]) {
            if let Imm::Func(callee) = imm {
                callers[callee.0 as usize].push(id);
            }
        }
        let calls = imms(&module.funcs[id]).filter_map(|imm| match imm {
            Imm::Sys(sys, _) => sys.row().power,
            _ => None,
        });
        let powers = calls.collect();
        module.funcs[id].powers = powers;
        if !powers.is_empty() {
            work.push(id);
        }
    }
    // What a function gets reaches those who call it; a function gets something new as often as there are powers.
    while let Some(id) = work.pop() {
        let powers = module.funcs[id].powers;
        for caller in &callers[id.0 as usize] {
            let func = &mut module.funcs[*caller];
            if !func.powers.contains(powers) {
                func.powers |= powers;
                work.push(*caller);
            }
        }
    }
}

fn imms(func: &Function) -> impl Iterator<Item = &Imm> {
    let insts = func.blocks.values().flat_map(|b| &b.insts);
    insts.map(|inst| &inst.imm)
}
