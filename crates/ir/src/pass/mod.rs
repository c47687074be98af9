//! The passes, in the order they run.

use crate::module::Module;
use crate::verify::{Refused, Verified, verify};

/// A pass: its name, what it does, and the function.
pub struct Pass {
    /// Name, as `explain` shows it.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// The pass.
    pub run: fn(&mut Module),
}

/// All passes, in the order they run.
pub const PASSES: &[Pass] = &[];

/// Runs all passes, verifying after each; a refusal names the pass and is a bug of ours.
pub fn optimise(module: Verified) -> Result<Verified, (&'static str, Refused)> {
    let mut verified = module;
    for pass in PASSES {
        let mut next = Module::clone(verified.module());
        (pass.run)(&mut next);
        verified = verify(next).map_err(|refused| (pass.name, refused))?;
    }
    Ok(verified)
}
