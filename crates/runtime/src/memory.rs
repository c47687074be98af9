//! The run's memory: one reserved range of addresses, of which pages come into being when they are touched.
//!
//! Its first half is the heap, its second half has the elements of lists: so the list that grows at the moment mostly
//! is the last block there, and grows where it is, whatever the heap takes meanwhile.
//!
//! Promises: the range is zero when it is new and after [`Memory::give_back`], so a run reads nothing of the run
//! before it; what a large run used goes back to the system, what a small one used stays mapped.
//! Leaves out: allocation, which is [`crate::Context`]'s.
use crate::mapping::Mapping;
use std::io;

/// Bytes of each half that stay mapped from one run to the next.
const RETAINED: usize = 8 << 20;
/// The least half that is asked for when the system refuses more.
const LEAST: usize = if cfg!(miri) { 1 << 20 } else { 64 << 20 };
/// Halves are multiples of it, as it is of the page size everywhere.
const GRANULE: usize = 64 << 10;

/// A reserved range.
pub(crate) struct Memory {
    pages: Mapping,
    half: usize,
}

impl Memory {
    /// Reserves two halves of at least `bytes` each; or half of that, or half of that, while the system refuses, but
    /// not less than 64 MiB each.
    pub(crate) fn reserve(bytes: u64) -> io::Result<Memory> {
        let most = isize::MAX as usize / 2 / GRANULE * GRANULE;
        let mut half = usize::try_from(bytes)
            .ok()
            .and_then(|n| n.max(1).checked_next_multiple_of(GRANULE))
            .map_or(most, |n| n.min(most));
        loop {
            match Mapping::new(2 * half) {
                Ok(pages) => return Ok(Memory { pages, half }),
                Err(e) if half <= LEAST => return Err(e),
                Err(_) => half = (half / 2).next_multiple_of(GRANULE).max(LEAST),
            }
        }
    }

    /// Where it starts.
    pub(crate) fn base(&self) -> *mut u8 {
        self.pages.base()
    }

    /// Its size in bytes.
    pub(crate) fn size(&self) -> u64 {
        2 * self.half as u64
    }

    /// Where its second half starts; the size of each.
    pub(crate) fn half(&self) -> u64 {
        self.half as u64
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.pages.bytes()
    }

    /// All of it, for writing.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.pages.bytes_mut()
    }

    /// Makes it all zero again, of which the first half may not be below `heap`, and the second below `lists`. What
    /// lies beyond the first 8 MiB of each is returned to the system.
    pub(crate) fn give_back(&mut self, heap: u64, lists: u64) {
        let end = |at: u64| usize::try_from(at).map_or(2 * self.half, |at| at.min(2 * self.half));
        let (heap, lists) = (end(heap), end(lists));
        self.give_back_from(0, heap);
        self.give_back_from(self.half, lists);
    }

    /// Returns whole pages between two places to the system, which makes them zero. Gives where they start: memory that
    /// may not be zero ends there, if it ended at `to`.
    pub(crate) fn discard(&mut self, from: u64, to: u64) -> u64 {
        let place = |at: u64| usize::try_from(at).map_or(2 * self.half, |at| at.min(2 * self.half));
        let (start, end) = (place(from).next_multiple_of(GRANULE), place(to));
        if start >= end {
            return to;
        }
        if self.pages.release(start, end) {
            start as u64
        } else {
            to
        }
    }

    /// `start` is a multiple of the page size, and not beyond the end.
    fn give_back_from(&mut self, start: usize, end: usize) {
        let end = end.max(start);
        let kept = (start + RETAINED).min(end);
        self.bytes_mut()[start..kept].fill(0);
        if kept == end {
            return;
        }
        if !self.pages.release(kept, end) {
            self.bytes_mut()[kept..end].fill(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_given_back_is_zero() {
        let mut memory = Memory::reserve(32 << 20).unwrap();
        let half = memory.half();
        let used = [0, 4097, RETAINED - 1, RETAINED, 20 << 20];
        let used = used.map(|at| [at, half as usize + at]);
        for at in used.as_flattened() {
            memory.bytes_mut()[*at] = 7;
        }
        memory.give_back((20 << 20) + 1, half + (20 << 20) + 1);
        for at in used.as_flattened() {
            assert_eq!(memory.bytes()[*at], 0, "at {at}");
        }
    }

    #[test]
    fn too_much_is_halved_until_it_fits() {
        let memory = Memory::reserve(u64::MAX).unwrap();
        assert!(memory.half() >= LEAST as u64);
    }
}
