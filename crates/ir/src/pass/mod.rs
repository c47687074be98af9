//! The passes, in the order they run.
//!
//! A pass takes a verified module and leaves one that means the same: the same value or error, with the same place,
//! after the same system calls in the same order. Every result is verified again, so a mistake in a pass can make a
//! program wrong, never unsafe. Passes make no program fail that would not: at most the memory limit and the limit of
//! nested calls are met later.

mod borrow;
mod compact;
mod constants;
mod dead;
mod fold;
mod forward;
pub mod graph;
mod hoist;
mod inline;
mod regions;
mod rename;
mod scopes;
mod simplify;
mod sink;

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

const INLINE: Pass = Pass {
    name: "inline",
    doc: "Puts functions where they are called: those called once, and tiny ones.",
    run: |module| without_regions(module, inline::run),
};
const FORWARD: Pass = Pass {
    name: "forward",
    doc: "Uses what is known of a value's definition; folds constants and moves them to the start.",
    run: |module| without_regions(module, forward::run),
};
const SCOPES: Pass = Pass {
    name: "scopes",
    doc: "Removes handlers that nothing reaches and scopes that close nothing.",
    run: |module| without_regions(module, scopes::run),
};
const SIMPLIFY: Pass = Pass {
    name: "simplify",
    doc: "Joins blocks, skips empty ones, makes branches with one outcome jumps.",
    run: |module| without_regions(module, simplify::run),
};
const HOIST: Pass = Pass {
    name: "hoist",
    doc: "Moves pure operations on what does not change in a loop to before the loop.",
    run: |module| without_regions(module, hoist::run),
};
const DEAD: Pass = Pass {
    name: "dead",
    doc: "Removes what nobody needs: instructions, parameters, functions, constants, types.",
    run: |module| without_regions(module, dead::run),
};
const SINK: Pass = Pass {
    name: "sink",
    doc: "Makes objects where they are needed, and not before a test that may drop them.",
    run: |module| without_regions(module, sink::run),
};
const BORROW: Pass = Pass {
    name: "borrow",
    doc: "Looks at names where the kernel wrote them, where no copy is needed.",
    run: |module| without_regions(module, borrow::run),
};

const REGIONS: Pass = Pass {
    name: "regions",
    doc: "Gives memory back: between the rounds of loops, and when functions return.",
    run: regions::run,
};

/// The other passes do not know regions.
fn without_regions(module: &mut Module, pass: fn(&mut Module)) {
    regions::remove(module);
    pass(module);
}

/// All passes, in the order they run. What `scopes` removes lets `forward` see further, and the other way around.
pub const PASSES: &[Pass] = &[
    INLINE, FORWARD, SCOPES, SIMPLIFY, HOIST, FORWARD, SCOPES, SIMPLIFY, DEAD, SINK, BORROW,
    REGIONS,
];

/// Runs all passes, verifying after each; a refusal names the pass and is a bug of ours.
pub fn optimise(module: Verified) -> Result<Verified, (&'static str, Refused)> {
    optimise_with(module, |_, _| {})
}

/// As [`optimise`]; `look` gets the name of each pass and what it made, in order.
pub fn optimise_with(
    module: Verified,
    mut look: impl FnMut(&'static str, &Module),
) -> Result<Verified, (&'static str, Refused)> {
    let mut verified = module;
    for pass in PASSES {
        let mut next = Module::clone(verified.module());
        (pass.run)(&mut next);
        verified = verify(next).map_err(|refused| (pass.name, refused))?;
        look(pass.name, verified.module());
    }
    Ok(verified)
}
