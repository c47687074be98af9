//! Native code: the IR, lowered to Cranelift's and compiled for the machine at hand. The only crate that names
//! Cranelift, and the owner of executable memory.
//!
//! A [`Verified`] module becomes a [`Compiled`]: every function of it, a stub per system call that it makes, and one
//! way in. What an operation means is said in `sawmill_ir` and told there by the interpreter; this crate promises the
//! same value, the same error and the same system calls, and is tested against it. What is not hot (an error being
//! made, a list growing, a handle being adopted) is left to the runtime's helpers.
//!
//! The parts, in the order they are used: `lower` writes Cranelift's IR, `stubs` has the bytes that enter the kernel,
//! `compile` drives Cranelift, `code` lays the result into memory that is writable first and executable after, never
//! both, and `stack` sees to it that native recursion cannot run off a stack.

#![deny(unsafe_code)]

mod abi;
mod code;
mod compile;
mod lower;
mod run;
mod stack;
mod stubs;

pub use compile::{CompileError, compile, limits};
pub use run::Compiled;

/// How system calls are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stubs {
    /// By the machine's own instruction, in the compiled code.
    Native,
    /// Through the context's kernel: a fake one, one that traces, one that fails at the n-th call.
    Hooked,
}

/// How much Cranelift optimises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opt {
    /// As Wasmtime does by default; what programs run with.
    Speed,
    /// Not at all; the other half of the differential tests.
    None,
}

/// What to make of a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// How system calls are made.
    pub stubs: Stubs,
    /// How much is optimised.
    pub opt: Opt,
    /// Whether to keep what Cranelift was given and what it made of it, for `explain`.
    pub keep_text: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            stubs: Stubs::Native,
            opt: Opt::Speed,
            keep_text: false,
        }
    }
}
