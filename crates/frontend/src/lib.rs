//! The front end of Sawmill: text to forms, forms to a typed tree, tree to IR.
//!
//! ```
//! let program = sawmill_frontend::compile("(+ 1 2)", 1, &Default::default()).unwrap();
//! assert_eq!(program.result.to_string(), "Int");
//! ```

#![forbid(unsafe_code)]

pub mod check;
pub mod diag;
pub mod docs;
pub mod explain;
pub mod lower;
pub mod powers;
pub mod prelude;
mod print;
pub mod read;
pub mod rights;
pub mod tree;
pub mod ty;

use check::Defined;
use diag::Diagnostic;
use read::Form;
use sawmill_ir::module::{Module, Span};
use sawmill_ir::traits::say_owners;
use ty::Ty;

/// What a program may name besides its own text: earlier definitions of a session.
#[derive(Clone, Default)]
pub struct Context {
    /// `defn` forms, in the order they were given.
    pub functions: Vec<Form>,
    /// Values.
    pub values: Vec<Defined>,
}

/// A compiled program, before the verifier has seen it.
#[derive(Debug)]
pub struct Program {
    /// The typed tree that it was made from.
    pub checked: tree::Checked,
    /// The IR.
    pub module: Module,
    /// The type of what it gives.
    pub result: Ty,
    /// The types of the parameters that a caller passes: name and type.
    pub params: Vec<(String, Ty)>,
    /// The name that the value is for, where the last form is a `def`.
    pub defines: Option<String>,
}

/// Compiles a text; `source` is its number in spans (not 0).
pub fn compile(text: &str, source: u32, context: &Context) -> Result<Program, Vec<Diagnostic>> {
    let forms = read::read(text, source);
    if !forms.diagnostics.is_empty() {
        return Err(forms.diagnostics);
    }
    let end = Span {
        source,
        start: text.len() as u32,
        end: text.len() as u32,
    };
    compile_forms(&forms.forms, context, end)
}

/// Compiles forms that have been read; `end` is where their text ends.
pub fn compile_forms(
    forms: &[Form],
    context: &Context,
    end: Span,
) -> Result<Program, Vec<Diagnostic>> {
    let checked = check::check(forms, &context.functions, &context.values, end)?;
    let mut module = lower::lower(&checked);
    say_owners(&mut module);
    rights::infer(&mut module);
    powers::infer(&mut module);
    let params = checked
        .entry
        .params
        .iter()
        .filter(|p| p.bind == sawmill_ir::module::Bind::Arg);
    let params = params.map(|p| (p.name.clone(), p.ty.clone())).collect();
    Ok(Program {
        module,
        result: checked.entry.result.clone(),
        params,
        defines: checked.defines.clone(),
        checked,
    })
}
