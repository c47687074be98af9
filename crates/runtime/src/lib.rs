//! What a running program stands on: memory, handle table, raw system calls, limits.
//!
//! [`context::Context`] is what both engines run on; [`kernel`], [`fake`] and [`trace`] are the kernels it can be given.
//! Unsafe code is denied here and allowed in the files that need it, each with the reason in its head: `memory` (the
//! run's address range), `raw` and `kernel` (system calls), `context` and `helpers` (what compiled code sees).

#![deny(unsafe_code)]

pub mod context;
pub mod fake;
mod handles;
pub mod helpers;
pub mod kernel;
pub mod load;
mod mapping;
mod memory;
mod raw;
pub mod trace;
mod vet;

pub use context::{Context, Interrupter, Options};
pub use handles::{SLOTS, Slot};
pub use load::LoadError;
