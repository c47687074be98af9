//! The IR of Sawmill: types, operation table, system call table, text form, verifier, passes, and its meaning: the
//! interpreter. No unsafe code and no I/O.
//!
//! A [`module::Module`] is data that anyone may build; only [`verify::verify`] makes a [`verify::Verified`] of it, and
//! only that can be run.

#![forbid(unsafe_code)]

#[macro_use]
pub mod ops;

pub mod calendar;
pub mod collect;
pub mod entity;
pub mod errno;
pub mod eval;
pub mod fault;
pub mod flags;
pub mod host;
pub mod interp;
pub mod layout;
pub mod library;
pub mod module;
pub mod pass;
pub mod powers;
pub mod rights;
pub mod structs;
pub mod syscalls;
pub mod text;
pub mod traits;
pub mod ty;
pub mod units;
pub mod value;
pub mod verify;

/// The architectures that tables have numbers for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    /// x86_64
    X86_64,
    /// AArch64
    Aarch64,
}

impl Arch {
    /// The one this program was compiled for.
    pub const HOST: Arch = if cfg!(target_arch = "aarch64") {
        Arch::Aarch64
    } else {
        Arch::X86_64
    };
}
