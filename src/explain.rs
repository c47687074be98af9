//! What a program becomes, stage by stage, and what diagnostics mean: for `sawmill explain` and the REPL.

use crate::engine::{Engine, Program};
use crate::error::Error;
use sawmill_frontend::diag::Code;
use sawmill_frontend::explain::Explanation;
use sawmill_ir::pass;
use std::fmt::Write;

/// A part of the explanation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Section {
    /// Type, rights, system calls.
    Manifest,
    /// The typed tree.
    Tree,
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
        ("tree", Section::Tree),
        ("ir", Section::Ir),
        ("opt", Section::Opt),
        ("clif", Section::Clif),
        ("asm", Section::Asm),
    ];
}

/// Explains a code of a diagnostic: what it means, a program that gets it with what is said of that, and one that is
/// right.
pub fn explain_code(code: Code) -> String {
    let Explanation { text, wrong, right } = code.explanation();
    let said = match Engine::new().compile(wrong) {
        Ok(_) => String::new(),
        Err(e) => e.render(false),
    };
    let lines = |text: &str| -> String {
        let line = |l: &str| {
            if l.is_empty() {
                "\n".into()
            } else {
                format!("    {l}\n")
            }
        };
        text.lines().map(line).collect()
    };
    let meaning = code.meaning();
    let [wrong, said, right] = [wrong, said.as_str(), right].map(lines);
    format!("{code}: {meaning}\n\n{text}\n\nWrong:\n\n{wrong}\n{said}\nRight:\n\n{right}")
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
            Section::Tree => {
                let _ = write!(out, "{}", program.checked());
            }
            Section::Ir => {
                let _ = write!(out, "{}", program.lowered().module());
            }
            Section::Opt => optimised(program, &mut out)?,
            Section::Clif | Section::Asm => native(program, *section, &mut out)?,
        }
    }
    Ok(out)
}

/// The IR after each run of a pass, by its name. Fails with [`Error::Argument`] if there is no such pass.
pub fn after(program: &Program, pass: &str) -> Result<String, Error> {
    let mut names: Vec<&str> = pass::PASSES.iter().map(|p| p.name).collect();
    names.sort_unstable();
    names.dedup();
    if !names.contains(&pass) {
        let why = format!("there is no pass `{pass}`; there are {}", names.join(" "));
        return Err(Error::Argument(why));
    }
    let mut out = String::new();
    let result = pass::optimise_with(program.lowered().clone(), |name, module| {
        if name == pass {
            let space = if out.is_empty() { "" } else { "\n" };
            let _ = write!(out, "{space};; after {name}\n{module}");
        }
    });
    result.map_err(|(pass, r)| Error::Bug(format!("pass {pass}: {r:?}")))?;
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
