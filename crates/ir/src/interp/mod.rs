//! The interpreter: a register machine over a flat, pre-decoded form of the verified IR.
//!
//! [`decode`] turns a module into [`Code`] once: every IR value gets as many consecutive registers of its function's
//! frame as its type has words, block parameters are passed by moves that are resolved then (parallel copies), constants
//! lie ready in the frame, operations that only look at the same words another way cost nothing, and a comparison
//! that only a branch uses is part of it. [`Code::run`] is one loop with one match; it allocates nothing per
//! instruction. What only a failure needs (sites, operands, handlers) lies beside the code and is searched then.
//!
//! Promises: no recursion of its own, whatever the program does; at most [`MAX_DEPTH`] nested calls; every back edge
//! asks whether the run shall stop. Leaves out: what a system call is, which the [`crate::host::Host`] knows.

mod code;
mod decode;
mod insts;
mod moves;
mod objects;
mod run;

use crate::fault::Fault;
pub use code::Code;
pub use decode::decode;

/// How many calls may nest below the entry, in both engines.
pub const MAX_DEPTH: u64 = 4096;

/// How many words of a failing instruction's operands an error tells; those beyond read as zero, in both engines.
pub const ERROR_WORDS: usize = 32;

/// How a run that did not succeed ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stopped {
    /// What went wrong.
    pub fault: Fault,
    /// The error object in the run's memory, or 0 if there was no room for one or no instruction is to blame (an
    /// interruption at a back edge, no memory for a function's scratch buffers).
    pub error: u64,
}
