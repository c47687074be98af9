//! Where things lie in a run's memory: decided once per module, the same for both engines.
//!
//! The memory is one reserved range; references are offsets from its start. Its first page holds scratch of the
//! engines and no object, so offset 0 is never one. Then come the module's constants, then the heap.

use crate::entity::Table;
use crate::module::{DataId, FuncId, Imm, Module, Value};
use crate::ops::Op;
use crate::ty::{MAX_CASES, Type};
use std::collections::HashMap;

/// The empty path: a NUL byte.
pub const EMPTY_AT: u64 = 8;
/// The path `.`.
pub const DOT_AT: u64 = 16;
/// Scratch for `struct open_how`: flags, mode, resolve; 64 bits each.
pub const HOW_AT: u64 = 64;
/// The size of `struct open_how`.
pub const HOW_SIZE: u64 = 24;
/// Scratch for `struct timespec`, seconds and nanoseconds, 64 bits each: those of a call, one after another.
pub const TIMES_AT: u64 = 128;
/// The size of `struct timespec`.
pub const TIMESPEC: u64 = 16;
/// The most of them that a call takes.
pub const TIMES: u64 = 4;
/// Nanoseconds that mean that a time stays as it is (utimensat(2)).
pub const UTIME_OMIT: u64 = (1 << 30) - 2;
const _: () = assert!(HOW_AT + HOW_SIZE <= TIMES_AT);
const _: () = assert!(TIMES_AT + TIMES * TIMESPEC <= CASES_AT);
/// Where the objects of cases without data lie, by number: each is a word that is the number.
pub const CASES_AT: u64 = 2048;
const _: () = assert!(CASES_AT + 8 * MAX_CASES as u64 <= DATA_AT);
/// Where constants start.
pub const DATA_AT: u64 = 4096;

/// A list and its builder are a header of three words: length, capacity (both in elements), offset of the elements.
pub mod list {
    /// Offset of the length.
    pub const LEN: u64 = 0;
    /// Offset of the capacity.
    pub const CAP: u64 = 8;
    /// Offset of the elements' offset.
    pub const DATA: u64 = 16;
    /// Bytes of a header.
    pub const HEADER: u64 = 24;
}

/// An array is its length, then its elements: a byte each for truth values, else a word each.
pub mod array {
    /// Offset of the length.
    pub const LEN: u64 = 0;
    /// Offset of the elements.
    pub const DATA: u64 = 8;
    /// Whether the elements of an array type take a byte each.
    pub fn is_bytes(array: &crate::ty::Type) -> bool {
        matches!(array, crate::ty::Type::Array(t) if **t == crate::ty::Type::Bool)
    }
}

/// An object of an enum: a word that is the case's number, then the case's fields.
pub mod case {
    use super::CASES_AT;
    /// Offset of the case's number.
    pub const TAG: u64 = 0;
    /// Where the one object of a case without data lies.
    pub const fn constant(number: u32) -> u64 {
        CASES_AT + 8 * number as u64
    }
}

/// What is remembered of the memory there was when a region began: three words in the activation's frame.
pub mod region {
    /// How much memory there must be left at least for a turn to go on at once.
    pub const FLOOR: u64 = 0;
    /// The first free byte of the heap.
    pub const HEAP: u64 = 8;
    /// The first free byte of the half for lists.
    pub const LISTS: u64 = 16;
    /// Bytes of all of it.
    pub const SIZE: u64 = 24;
}

/// Bytes after a byte buffer that belong to it, so that reads of whole words may run over its end.
pub const BUF_SLACK: u64 = 8;

/// The layout of a module.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Where each constant lies; a NUL byte follows each.
    pub data: Table<DataId, u64>,
    /// Where the heap starts.
    pub heap: u64,
    /// Scratch buffers of each function.
    pub frames: Table<FuncId, Frame>,
}

/// The scratch buffers of a function: one allocation per activation.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Bytes; 0 if the function has none.
    pub size: u64,
    /// Where in the frame the buffer of each `scratch` instruction lies, and what each `region` remembers, by its
    /// result.
    pub scratch: HashMap<Value, u64>,
}

impl Layout {
    /// The layout of `module`.
    pub fn of(module: &Module) -> Layout {
        let mut at = DATA_AT;
        let mut data = Table::new();
        for bytes in module.data.values() {
            data.push(at);
            at += (bytes.len() as u64 + 1).next_multiple_of(8);
        }
        let mut frames = Table::new();
        for func in module.funcs.values() {
            let mut frame = Frame::default();
            for inst in func
                .blocks
                .values()
                .flat_map(|b| &b.insts)
                .filter(|i| matches!(i.op, Op::Scratch | Op::Region))
            {
                let size = match &func.values[inst.result] {
                    Type::Buf(buf) => u64::from(buf.size()) + BUF_SLACK,
                    Type::Region => region::SIZE,
                    _ => continue,
                };
                frame.scratch.insert(inst.result, frame.size);
                frame.size += size.next_multiple_of(64);
            }
            frames.push(frame);
        }
        Layout {
            data,
            heap: at.next_multiple_of(64),
            frames,
        }
    }

    /// Writes the engines' scratch and the module's constants into fresh memory.
    /// Panics if the memory is shorter than [`Layout::heap`]; the loader tests that.
    pub fn fill(&self, module: &Module, memory: &mut [u8]) {
        memory[DOT_AT as usize] = b'.';
        if !module.enums.is_empty() {
            for n in 0..MAX_CASES {
                let at = CASES_AT as usize + 8 * n;
                memory[at..at + 8].copy_from_slice(&(n as u64).to_le_bytes());
            }
        }
        for (id, bytes) in module.data.iter() {
            let at = self.data[id] as usize;
            memory[at..at + bytes.len()].copy_from_slice(bytes);
            memory[at + bytes.len()] = 0;
        }
    }
}

/// The immediate of a constant, as the word it stands for.
pub fn int_word(imm: &Imm) -> u64 {
    match imm {
        Imm::Int(n) => *n as u64,
        Imm::Float(bits) => *bits,
        _ => 0,
    }
}
