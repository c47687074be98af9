//! The run's memory: one reserved range of addresses, of which pages come into being when they are touched.
//!
//! Promises: the range is zero when it is new and after [`Memory::give_back`], so a run reads nothing of the run
//! before it; what a large run used goes back to the system, what a small one used stays mapped.
//! Leaves out: allocation, which is a bump of [`crate::Context::top`].
#![allow(
    unsafe_code,
    reason = "the range comes from mmap(2); it is ours alone from there to munmap(2), and slices of it are borrowed from self"
)]

use std::io;
use std::ptr::NonNull;

/// Bytes that stay mapped from one run to the next.
const RETAINED: usize = 8 << 20;
/// The least that is asked for when the system refuses more.
const LEAST: usize = 64 << 20;

/// A reserved range.
pub(crate) struct Memory {
    base: NonNull<u8>,
    size: usize,
}

// SAFETY: the range belongs to this value alone, whichever thread it is on.
unsafe impl Send for Memory {}

impl Memory {
    /// Reserves `bytes`, or half of it, or half of that, while the system refuses, but not less than 64 MiB.
    pub(crate) fn reserve(bytes: u64) -> io::Result<Memory> {
        let mut size = usize::try_from(bytes)
            .ok()
            .and_then(|n| n.max(1).checked_next_multiple_of(4096))
            .unwrap_or(isize::MAX as usize & !4095);
        loop {
            match Memory::map(size) {
                Ok(memory) => return Ok(memory),
                Err(e) if size <= LEAST => return Err(e),
                Err(_) => size = (size / 2).next_multiple_of(4096).max(LEAST),
            }
        }
    }

    fn map(size: usize) -> io::Result<Memory> {
        if size > isize::MAX as usize {
            return Err(io::Error::from_raw_os_error(libc::ENOMEM));
        }
        // SAFETY: a fresh anonymous mapping; no address is asked for, so nothing is replaced.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Memory { base, size })
    }

    /// Where it starts.
    pub(crate) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Its size in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size as u64
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `size` bytes at `base` are mapped readable for as long as self lives, and zero where never written.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.size) }
    }

    /// All of it, for writing.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, mapped writable too; the borrow of self is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr(), self.size) }
    }

    /// Makes it all zero again, of which the first `used` bytes may not be: what lies beyond the first 8 MiB is
    /// returned to the system.
    pub(crate) fn give_back(&mut self, used: u64) {
        let used = usize::try_from(used).map_or(self.size, |used| used.min(self.size));
        self.bytes_mut()[..used.min(RETAINED)].fill(0);
        if used <= RETAINED {
            return;
        }
        let beyond = used - RETAINED;
        // SAFETY: RETAINED is a multiple of the page size and lies in the range, as does RETAINED + beyond; private
        // anonymous pages read as zero afterwards. Nothing borrows them, since self is borrowed exclusively.
        let done = unsafe {
            let start = self.base.as_ptr().add(RETAINED);
            libc::madvise(start.cast(), beyond, libc::MADV_DONTNEED)
        };
        if done != 0 {
            // Locked pages refuse it.
            self.bytes_mut()[RETAINED..used].fill(0);
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: exactly the range that was mapped; no borrow of it outlives self.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.size) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_given_back_is_zero() {
        let mut memory = Memory::reserve(32 << 20).unwrap();
        for at in [0, 4097, RETAINED - 1, RETAINED, 20 << 20] {
            memory.bytes_mut()[at] = 7;
        }
        memory.give_back((20 << 20) + 1);
        for at in [0, 4097, RETAINED - 1, RETAINED, 20 << 20] {
            assert_eq!(memory.bytes()[at], 0, "at {at}");
        }
    }

    #[test]
    fn too_much_is_halved_until_it_fits() {
        let memory = Memory::reserve(u64::MAX).unwrap();
        assert!(memory.size() >= LEAST as u64);
    }
}
