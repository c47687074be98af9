//! The run-time context.

use sawmill_ir::ty::MAX_WIDTH;
use std::sync::atomic::AtomicU32;

/// A row of the handle table; compiled code reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Counts up whenever the slot is closed; never 0.
    pub generation: u32,
    /// The descriptor.
    pub fd: i32,
    /// The rights as a mask.
    pub rights: u32,
    /// RESOLVE flags of the root it comes from.
    pub resolve: u32,
}

/// The number of slots, a power of two: compiled code masks with `SLOTS - 1`, so that no index is out of bounds.
pub const SLOTS: usize = 1 << 16;

/// What both engines run on. A handle is `generation << 32 | slot`. Compiled code reads and writes the public
/// fields at their offsets (`offset_of!`); the private ones after them belong to the runtime.
#[repr(C)]
pub struct Context {
    /// Start of the run's memory; offsets are from here.
    pub memory: *mut u8,
    /// The next free byte, a multiple of 8; an allocation of n bytes is `top`, then `top += (n + 7) & !7`,
    /// unless that goes beyond `limit` (fault Memory).
    pub top: u64,
    /// One past the last byte that may be allocated.
    pub limit: u64,
    /// The handle table, [`SLOTS`] rows.
    pub slots: *const Slot,
    /// The height of the stack of open handles.
    pub open: u64,
    /// Nonzero when the host wants the run to stop.
    pub interrupt: *const AtomicU32,
    /// The header of the output list.
    pub out: u64,
    /// How many rows the output list may hold before it is flushed.
    pub batch: u64,
    /// The error object of the failure on its way.
    pub error: u64,
    /// The fault of the failure on its way, as a word.
    pub fault: u64,
    /// How many calls may still nest.
    pub depth: u64,
    /// Words of a result.
    pub results: [u64; MAX_WIDTH],
    /// Words handed to the runtime's helpers: operands of a failing instruction, handles to keep.
    pub args: [u64; 32],
}
