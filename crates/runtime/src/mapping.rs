//! Pages of our own: zero until they are written, and made by the system when they are touched.
#![allow(
    unsafe_code,
    reason = "pages come from mmap(2); they are ours alone from there to munmap(2), and slices of them are borrowed from self"
)]

use std::io;
use std::ptr::NonNull;

/// Miri, which tests what is unsafe here (`scripts/miri`), does not know `MAP_NORESERVE`.
const NORESERVE: libc::c_int = if cfg!(miri) { 0 } else { libc::MAP_NORESERVE };

/// A private anonymous mapping, readable and writable.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    size: usize,
}

// SAFETY: the pages belong to this value alone, whichever thread it is on; through a shared reference they are only
// read.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `size` bytes, which may not be zero or beyond `isize::MAX`. No memory is set aside for them (mmap(2),
    /// `MAP_NORESERVE`), unless the system is told to do that for everybody.
    pub(crate) fn new(size: usize) -> io::Result<Mapping> {
        if size > isize::MAX as usize {
            return Err(io::Error::from_raw_os_error(libc::ENOMEM));
        }
        // SAFETY: a fresh anonymous mapping; no address is asked for, so nothing is replaced.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Mapping { base, size })
    }

    /// Where it starts; a multiple of the page size.
    pub(crate) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `size` bytes at `base` are mapped readable for as long as self lives, and zero where never written.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.size) }
    }

    /// Returns pages to the system, so that they read as zero; false if it would not have them (locked pages, or Miri).
    ///
    /// # Panics
    /// Unless `from` is a multiple of the page size, and not beyond `to`, which is not beyond the end.
    pub(crate) fn release(&mut self, from: usize, to: usize) -> bool {
        assert!(from.is_multiple_of(4096) && from <= to && to <= self.size);
        if cfg!(miri) {
            return false;
        }
        // SAFETY: from..to lies in the range, and `from` is where a page starts (else the system says so); private
        // anonymous pages read as zero afterwards. Nothing borrows them, since self is borrowed exclusively.
        let done = unsafe {
            let at = self.base.as_ptr().add(from);
            libc::madvise(at.cast(), to - from, libc::MADV_DONTNEED)
        };
        done == 0
    }

    /// All of it, for writing.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, mapped writable too; the borrow of self is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr(), self.size) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly the range that was mapped; no borrow of it outlives self.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.size) };
    }
}
