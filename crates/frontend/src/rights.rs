//! Inference of rights: what a program asks of each handle, written into the types of its IR.
//!
//! Every value has a set of demanded rights. A system call's operand demands what its row says; a value that flows
//! into another (through a parameter, a record, a list, a derived handle) is asked for whatever that one is. Demands
//! only grow, so this ends. A `permit` answers for the demands on its result, and becomes the test for them. What is
//! asked of the entry's parameters is the manifest. Nothing rests on this being right: the verifier checks it.

use sawmill_ir::module::{BlockId, End, Function, Imm, Inst, Module, Value};
use sawmill_ir::ops::Op;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::Ret;
use sawmill_ir::ty::Type;
use std::collections::HashMap;

/// Demands of the values of all functions.
struct Demands {
    of: Vec<Vec<Rights>>,
    results: Vec<Rights>,
    /// Of what the cases of an enum hold: there is one declaration for all its values.
    enums: HashMap<String, Rights>,
    grown: bool,
}

impl Demands {
    fn add(&mut self, func: usize, value: Value, rights: Rights) {
        if let Some(have) = self.of[func].get_mut(value.0 as usize)
            && !have.contains(rights)
        {
            *have |= rights;
            self.grown = true;
        }
    }
    fn get(&self, func: usize, value: Value) -> Rights {
        self.of[func]
            .get(value.0 as usize)
            .copied()
            .unwrap_or(Rights::NONE)
    }
}

/// Writes the inferred rights into the module's types and permits.
pub fn infer(module: &mut Module) {
    let sizes = module
        .funcs
        .values()
        .map(|f| vec![Rights::NONE; f.values.len()]);
    let mut demands = Demands {
        of: sizes.collect(),
        results: vec![Rights::NONE; module.funcs.len()],
        enums: HashMap::new(),
        grown: true,
    };
    while std::mem::take(&mut demands.grown) {
        for (id, func) in module.funcs.iter() {
            for block in func.blocks.values().rev() {
                ends(module, id.0 as usize, func, &block.end, &mut demands);
                for inst in block.insts.iter().rev() {
                    flow(module, id.0 as usize, func, inst, &mut demands);
                }
            }
        }
    }
    for (i, func) in module.funcs.values_mut().enumerate() {
        write(func, &demands.of[i], demands.results[i]);
    }
    for def in &mut module.enums {
        let rights = demands
            .enums
            .get(&def.name)
            .copied()
            .unwrap_or(Rights::NONE);
        for (_, ty) in def.cases.iter_mut().flat_map(|c| &mut c.fields) {
            *ty = ty.map_rights(&mut |_| rights);
        }
    }
}

fn ends(module: &Module, func: usize, f: &Function, end: &End, demands: &mut Demands) {
    if let End::Return(v) = end {
        demands.add(func, *v, demands.results[func]);
    }
    let _ = module;
    for target in end.targets() {
        for (arg, param) in target.args.iter().zip(&f.blocks[target.block].params) {
            demands.add(func, *arg, demands.get(func, *param));
        }
    }
}

fn flow(module: &Module, func: usize, f: &Function, inst: &Inst, demands: &mut Demands) {
    let wanted = demands.get(func, inst.result);
    let enum_of = |value: Value| match &f.values[value] {
        Type::Enum(e) => Some(e.name.clone()),
        _ => None,
    };
    match (&inst.op, &inst.imm) {
        (Op::Case, _) => {
            let held = enum_of(inst.result).and_then(|name| demands.enums.get(&name).copied());
            for arg in &inst.args {
                demands.add(func, *arg, held.unwrap_or(Rights::NONE));
            }
        }
        (Op::CaseGet, _) => {
            if let Some(name) = inst.args.first().and_then(|v| enum_of(*v)) {
                let held = demands.enums.entry(name).or_insert(Rights::NONE);
                if !held.contains(wanted) {
                    *held |= wanted;
                    demands.grown = true;
                }
            }
        }
        (Op::Sys, Imm::Sys(sys, flags)) => {
            let row = sys.row();
            let needs = row.rights(flags);
            for (n, (arg, value)) in row.operands().zip(&inst.args).enumerate() {
                let derived = n == 0 && matches!(row.ret, Ret::Dir | Ret::File);
                let need = needs.get(arg).copied().unwrap_or(Rights::NONE);
                demands.add(func, *value, if derived { need | wanted } else { need });
            }
        }
        (Op::Permit, _) => {}
        (Op::Push, _) => {
            if let [builder, element] = inst.args[..] {
                demands.add(func, element, demands.get(func, builder));
            }
        }
        (Op::Call, Imm::Func(callee)) => {
            let params = module.funcs[*callee].param_values();
            for (arg, param) in inst.args.iter().zip(params) {
                demands.add(func, *arg, demands.get(callee.0 as usize, *param));
            }
            let result = &mut demands.results[callee.0 as usize];
            if !result.contains(wanted) {
                *result |= wanted;
                demands.grown = true;
            }
        }
        _ => {
            for arg in &inst.args {
                demands.add(func, *arg, wanted);
            }
        }
    }
}

fn write(func: &mut Function, demands: &[Rights], result: Rights) {
    for (value, ty) in func
        .values
        .keys()
        .zip(0..)
        .map(|(v, i): (Value, usize)| (v, i))
        .collect::<Vec<_>>()
    {
        let rights = demands[ty];
        let new = func.values[value].map_rights(&mut |_| rights);
        func.values[value] = new;
    }
    func.result = func.result.as_ref().map(|t| t.map_rights(&mut |_| result));
    let permitted: HashMap<Value, Rights> = func
        .blocks
        .values()
        .flat_map(|b| &b.insts)
        .filter(|i| i.op == Op::Permit)
        .map(|i| (i.result, demands[i.result.0 as usize]))
        .collect();
    for block in func.blocks.keys().collect::<Vec<BlockId>>() {
        for inst in func.blocks[block]
            .insts
            .iter_mut()
            .filter(|i| i.op == Op::Permit)
        {
            inst.imm = Imm::Rights(permitted[&inst.result]);
        }
    }
}
