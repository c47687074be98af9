//! What a running program stands on: memory, handle table, raw system calls, limits.

pub mod context;
