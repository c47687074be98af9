//! The manifest: what a program may do, known before anything runs.

use sawmill_ir::module::{Bind, Imm, Module};
use sawmill_ir::ops::Op;
use sawmill_ir::powers::Powers;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::ty::Type;
use std::fmt;

/// What a program demands: the signature of its entry, and the system calls that can occur.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// What each handle parameter and constant path has to be able to do.
    pub demands: Vec<Demand>,
    /// What is asked, at run time, of directories and files that a computed path leads to.
    pub computed: Option<Rights>,
    /// What it reads of what the host gives all programs: `args`, `env "HOME"`, or `env` for the whole environment.
    pub given: Vec<String>,
    /// The powers that it takes.
    pub powers: Powers,
    /// The system calls that its code can make, by the kernel's name, in alphabetical order.
    pub calls: Vec<&'static str>,
}

/// A line of the manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Demand {
    /// The parameter's name, `cwd`, or the constant path.
    pub name: String,
    /// What it is: `dir`, `file`, `root`, ...
    pub kind: &'static str,
    /// The rights that it must have.
    pub rights: Rights,
}

impl Manifest {
    /// Reads it off a module.
    pub(crate) fn of(module: &Module) -> Manifest {
        let entry = &module.funcs[module.entry];
        let typed = entry.params.iter().zip(entry.param_values());
        let demands = typed.filter_map(|(param, value)| {
            let ty = &entry.values[*value];
            let (kind, rights) = demand(ty)?;
            let name = match param.bind {
                Bind::Root(_) => crate::output::quoted(param.name.as_bytes()),
                _ => param.name.clone(),
            };
            Some(Demand { name, kind, rights })
        });
        let insts = || {
            module
                .funcs
                .values()
                .flat_map(|f| f.blocks.values())
                .flat_map(|b| &b.insts)
        };
        let resolves = insts().any(|i| i.op == Op::Resolve);
        let permits = insts().filter_map(|i| match (&i.op, &i.imm) {
            (Op::Permit, Imm::Rights(r)) => Some(*r),
            _ => None,
        });
        let mut calls: Vec<&'static str> = insts()
            .filter_map(|i| match &i.imm {
                Imm::Sys(sys, _) => Some(sys.row().kernel),
                _ => None,
            })
            .collect();
        if insts().any(|i| opens(&i.imm)) {
            calls.push(Sys::Close.row().kernel);
        }
        calls.sort_unstable();
        calls.dedup();
        let demands = demands.collect();
        let given = entry.params.iter().filter_map(|param| match param.bind {
            Bind::Args => Some("args".to_string()),
            Bind::Environment => Some("env".to_string()),
            Bind::Variable(_) => {
                let name = crate::output::quoted(param.name.as_bytes());
                Some(format!("env {name}"))
            }
            _ => None,
        });
        Manifest {
            demands,
            given: given.collect(),
            powers: entry.powers,
            computed: resolves.then(|| permits.fold(Rights::NONE, |a, b| a | b)),
            calls,
        }
    }
}

fn opens(imm: &Imm) -> bool {
    use sawmill_ir::syscalls::Ret;
    matches!(imm, Imm::Sys(sys, _) if matches!(sys.row().ret, Ret::Dir | Ret::File | Ret::Listing))
}

/// The kind and rights of a type that holds handles.
fn demand(ty: &Type) -> Option<(&'static str, Rights)> {
    let mut all = Rights::NONE;
    if !ty.has_rights() {
        return None;
    }
    ty.map_rights(&mut |r| {
        all |= r;
        r
    });
    let kind = match ty {
        Type::Dir(_) => "dir",
        Type::File(_) => "file",
        Type::Entry(_) => "entry",
        Type::Root(_) => "root",
        _ => "holds",
    };
    Some((kind, all))
}

/// A line per demand, `d: dir{list,stat}`; nothing where nothing is demanded.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self
            .demands
            .iter()
            .map(|d| format!("{}: {}{}", d.name, d.kind, d.rights))
            .collect();
        lines.extend(self.given.iter().cloned());
        if let Some(rights) = self.computed {
            lines.push(format!("(computed paths): {rights} at run time"));
        }
        if !self.powers.is_empty() {
            lines.push(format!("powers: {}", self.powers));
        }
        f.write_str(&lines.join("\n"))
    }
}
