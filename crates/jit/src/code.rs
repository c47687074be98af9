//! Code in memory, and who owns it.
//!
//! Pieces of code are laid one after another into a mapping of exactly their size, which is writable; their calls are
//! resolved; then the mapping is made executable and stays so. It is never both. The owner unmaps it when dropped.
//!
//! This is not `cranelift-jit`'s module: that panics where the system refuses executable memory, which is an ordinary
//! case here, looks unknown names up in the process, and frees nothing by itself.
#![allow(
    unsafe_code,
    reason = "maps memory, writes machine code there and makes it executable; this value alone knows the mapping"
)]

use crate::abi::Callee;
use crate::compile::CompileError;
use cranelift_codegen::binemit::Reloc;
use std::collections::HashMap;
use std::io;
use std::ptr::NonNull;

/// Machine code that is not in its place yet.
pub(crate) struct Piece {
    pub(crate) callee: Callee,
    pub(crate) bytes: Vec<u8>,
    /// What it calls: the callee, where, how, and what is added to the address.
    pub(crate) calls: Vec<(Callee, u32, Reloc, i64)>,
}

/// Where pieces start: enough for instruction fetch, and for any constants among the code.
const ALIGN: usize = 64;
/// The farthest that a relative call reaches, on either architecture.
const REACH: usize = 120 << 20;

/// Code that can be run.
pub(crate) struct Code {
    start: NonNull<u8>,
    size: usize,
    used: usize,
    entry: usize,
}

// SAFETY: the mapping is owned by this value and not written any more; it may be run from any thread.
unsafe impl Send for Code {}
// SAFETY: as above: shared references only run it.
unsafe impl Sync for Code {}

impl Code {
    /// Lays the pieces into memory.
    pub(crate) fn new(pieces: &[Piece]) -> Result<Code, CompileError> {
        let mut places = HashMap::new();
        let mut image = Vec::new();
        for piece in pieces {
            image.resize(image.len().next_multiple_of(ALIGN), padding());
            places.insert(piece.callee.name(), image.len());
            image.extend_from_slice(&piece.bytes);
        }
        let used = image.len();
        if used > REACH {
            return Err(CompileError::TooLarge);
        }
        let entry = places.get(&Callee::Entry.name());
        let mut code = Code::map(used)?;
        code.entry = *entry.ok_or_else(|| bug("no entry"))?;
        for piece in pieces {
            for (callee, offset, kind, addend) in &piece.calls {
                let at = places[&piece.callee.name()] + *offset as usize;
                let target = match callee {
                    Callee::Helper(helper) => helper.address(),
                    near => {
                        let place = places.get(&near.name());
                        code.address() + place.ok_or_else(|| bug("a call of nothing"))?
                    }
                };
                let target = target.wrapping_add_signed(*addend as isize);
                resolve(&mut image, at, code.address() + at, *kind, target)?;
            }
        }
        code.seal(&image)?;
        Ok(code)
    }

    /// A writable mapping.
    fn map(used: usize) -> Result<Code, CompileError> {
        let size = used.max(1).next_multiple_of(page());
        // SAFETY: a fresh anonymous mapping at no particular address replaces nothing.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        let start = if start == libc::MAP_FAILED {
            None
        } else {
            NonNull::new(start.cast())
        };
        let Some(start) = start else {
            return Err(CompileError::MemoryRefused(io::Error::last_os_error()));
        };
        Ok(Code {
            start,
            size,
            used,
            entry: 0,
        })
    }

    /// Writes the code and makes it executable, for good.
    fn seal(&self, image: &[u8]) -> Result<(), CompileError> {
        // SAFETY: the mapping is `size` bytes, of which `used`, the length of the image, are written; it is writable,
        // as nothing has changed that yet, and nobody else knows it.
        let sealed = unsafe {
            let start = self.start.as_ptr();
            std::ptr::copy_nonoverlapping(image.as_ptr(), start, image.len());
            std::ptr::write_bytes(start.add(self.used), padding(), self.size - self.used);
            make_visible(start, self.size);
            libc::mprotect(start.cast(), self.size, libc::PROT_READ | libc::PROT_EXEC)
        };
        match sealed {
            0 => Ok(()),
            _ => Err(CompileError::MemoryRefused(io::Error::last_os_error())),
        }
    }

    fn address(&self) -> usize {
        self.start.as_ptr() as usize
    }

    /// Where the way in is.
    pub(crate) fn entry(&self) -> *const u8 {
        // SAFETY: `entry` is the offset of a piece, which lies within the mapping.
        unsafe { self.start.as_ptr().add(self.entry) }
    }

    /// The size of the code in bytes.
    pub(crate) fn len(&self) -> usize {
        self.used
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping that was made. Nobody runs in it: running borrows its owner, and no pointer
        // into it is given out.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
    }
}

fn bug(what: &str) -> CompileError {
    CompileError::Bug(what.to_string())
}

/// What stands between pieces, never to be run: a breakpoint, or an undefined instruction.
fn padding() -> u8 {
    if cfg!(target_arch = "aarch64") {
        0
    } else {
        0xcc
    }
}

fn page() -> usize {
    // SAFETY: asks for a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(1 << 16).max(4096)
}

/// Writes a reference to `target` at offset `at` of the image, which will lie at `address`.
fn resolve(
    image: &mut [u8],
    at: usize,
    address: usize,
    kind: Reloc,
    target: usize,
) -> Result<(), CompileError> {
    let distance = (target as i64).wrapping_sub(address as i64);
    match kind {
        Reloc::Abs8 => patch(image, at, (target as u64).to_le_bytes()),
        Reloc::X86CallPCRel4 => {
            let distance = i32::try_from(distance).map_err(|_| CompileError::TooLarge)?;
            patch(image, at, distance.to_le_bytes())
        }
        Reloc::Arm64Call => {
            let words = distance >> 2;
            if !(-(1 << 25)..1 << 25).contains(&words) {
                return Err(CompileError::TooLarge);
            }
            let call = 0x9400_0000 | words as u32 & 0x03ff_ffff;
            patch(image, at, call.to_le_bytes())
        }
        other => Err(bug(&format!("a reference of kind {other:?}"))),
    }
}

fn patch<const N: usize>(image: &mut [u8], at: usize, bytes: [u8; N]) -> Result<(), CompileError> {
    let place = image.get_mut(at..at + N);
    place
        .ok_or_else(|| bug("a reference outside the code"))?
        .copy_from_slice(&bytes);
    Ok(())
}

/// Makes instruction fetch see what was written. On x86_64 it does.
///
/// # Safety
/// The bytes have to be mapped.
#[cfg(not(target_arch = "aarch64"))]
unsafe fn make_visible(_start: *const u8, _size: usize) {}

/// Makes instruction fetch see what was written: cleans the data caches and invalidates the instruction caches, line
/// by line, for all cores. The core that runs the code then needs an `isb`, which is at the entry of every run.
///
/// # Safety
/// The bytes have to be mapped.
#[cfg(target_arch = "aarch64")]
unsafe fn make_visible(start: *const u8, size: usize) {
    use std::arch::asm;
    let lines: u64;
    // SAFETY: reads a register that Linux lets user space read.
    unsafe { asm!("mrs {}, ctr_el0", out(reg) lines, options(nomem, nostack)) };
    let (data, instruction) = (4usize << (lines >> 16 & 15), 4usize << (lines & 15));
    let (start, end) = (start as usize, start as usize + size);
    for line in (start & !(data - 1)..end).step_by(data) {
        // SAFETY: cleans a line of mapped memory; changes nothing but caches.
        unsafe { asm!("dc cvau, {}", in(reg) line, options(nostack)) };
    }
    // SAFETY: a barrier.
    unsafe { asm!("dsb ish", options(nostack)) };
    for line in (start & !(instruction - 1)..end).step_by(instruction) {
        // SAFETY: invalidates a line of mapped memory; changes nothing but caches.
        unsafe { asm!("ic ivau, {}", in(reg) line, options(nostack)) };
    }
    // SAFETY: barriers.
    unsafe { asm!("dsb ish", "isb", options(nostack)) };
}
