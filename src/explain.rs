//! What a program becomes, stage by stage: for `sawmill explain` and the REPL.

use crate::engine::Program;
use crate::error::Error;
use sawmill_ir::pass;
use std::fmt::Write;

/// A part of the explanation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Section {
    /// Type, rights, system calls.
    Manifest,
    /// The IR as lowered.
    Ir,
    /// The IR after the passes, and what each of them did.
    Opt,
    /// Cranelift's IR.
    Clif,
    /// The machine code.
    Asm,
}

impl Section {
    /// All of them, with the names that the command line has.
    pub const NAMES: &'static [(&'static str, Section)] = &[
        ("manifest", Section::Manifest),
        ("ir", Section::Ir),
        ("opt", Section::Opt),
        ("clif", Section::Clif),
        ("asm", Section::Asm),
    ];
}

/// Explains a program.
pub fn explain(program: &Program, sections: &[Section]) -> Result<String, Error> {
    let mut out = String::new();
    for (name, section) in Section::NAMES
        .iter()
        .filter(|row| sections.contains(&row.1))
    {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, ";; {name}");
        match section {
            Section::Manifest => manifest(program, &mut out),
            Section::Ir => {
                let _ = write!(out, "{}", program.lowered().module());
            }
            Section::Opt => optimised(program, &mut out)?,
            Section::Clif | Section::Asm => native(program, *section, &mut out)?,
        }
    }
    Ok(out)
}

fn manifest(program: &Program, out: &mut String) {
    let manifest = program.manifest();
    let _ = writeln!(out, "{}", program.signature());
    let demands = manifest.to_string();
    let _ = writeln!(
        out,
        "{}",
        if demands.is_empty() {
            "(demands nothing)"
        } else {
            &demands
        }
    );
    let calls = manifest.calls.join(" ");
    let _ = writeln!(
        out,
        "system calls: {}",
        if calls.is_empty() { "(none)" } else { &calls }
    );
}

fn optimised(program: &Program, out: &mut String) -> Result<(), Error> {
    let mut before = size(program.lowered().module());
    let _ = writeln!(out, ";   as lowered: {before} instructions");
    let result = pass::optimise_with(program.lowered().clone(), |name, module| {
        let after = size(module);
        if after != before {
            let _ = writeln!(out, ";   after {name}: {after}");
        }
        before = after;
    });
    let module = result.map_err(|(pass, r)| Error::Bug(format!("pass {pass}: {r:?}")))?;
    let _ = write!(out, "{}", module.module());
    Ok(())
}

fn size(module: &sawmill_ir::module::Module) -> usize {
    module
        .funcs
        .values()
        .flat_map(|f| f.blocks.values())
        .map(|b| b.insts.len() + 1)
        .sum()
}

#[cfg(feature = "jit")]
fn native(program: &Program, section: Section, out: &mut String) -> Result<(), Error> {
    let options = sawmill_jit::Options {
        keep_text: true,
        ..Default::default()
    };
    let code = match sawmill_jit::compile(program.verified(), options) {
        Ok(code) => code,
        Err(sawmill_jit::CompileError::Bug(why)) => return Err(Error::Bug(why)),
        Err(other) => {
            let _ = writeln!(out, "; {other}");
            return Ok(());
        }
    };
    if section == Section::Clif {
        for (name, text) in code.clif() {
            let _ = writeln!(out, "; {name}\n{text}");
        }
        return Ok(());
    }
    #[cfg(feature = "disasm")]
    for (name, text) in code.disasm() {
        let _ = writeln!(out, "; {name}\n{text}");
    }
    #[cfg(not(feature = "disasm"))]
    let _ = writeln!(out, "; this sawmill was built without a disassembler");
    Ok(())
}

#[cfg(not(feature = "jit"))]
fn native(_: &Program, _: Section, out: &mut String) -> Result<(), Error> {
    let _ = writeln!(out, "; this sawmill was built without native code");
    Ok(())
}
