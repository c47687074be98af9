//! The interpreter.

use crate::fault::Fault;
use crate::host::Host;
use crate::ty::MAX_WIDTH;
use crate::verify::Verified;

/// How many calls may nest below the entry, in both engines.
pub const MAX_DEPTH: u64 = 4096;

/// How a run that did not succeed ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stopped {
    /// What went wrong.
    pub fault: Fault,
    /// The error object in the run's memory, or 0 if there was no room for one.
    pub error: u64,
}

/// A module in the form the interpreter runs: flat, pre-decoded.
pub struct Code {}

/// Decodes a module.
pub fn decode(_module: &Verified) -> Code {
    Code {}
}

impl Code {
    /// Runs the entry with the words of its parameters, one after another; gives the words of its result.
    /// The memory was prepared by the loader (constants as [`crate::layout::Layout`] says).
    pub fn run<H: Host>(&self, _host: &mut H, _args: &[u64]) -> Result<[u64; MAX_WIDTH], Stopped> {
        Ok([0; MAX_WIDTH])
    }
}
