//! What an engine needs of the world: memory, handles, the kernel. The runtime implements it; this crate has no
//! unsafe code and no I/O of its own.

use crate::collect::{Turn, Turns};
use crate::fault::Fault;
use crate::rights::Rights;
use crate::syscalls::Sys;
use crate::syscalls::catalogue::Version;
use crate::ty::Type;

/// Makes system calls. The runtime's own issues them; tests have one that keeps a file system in memory, one that
/// writes a trace, one that fails at the n-th call.
pub trait Kernel {
    /// Makes the call. Arguments are as the row says, pointers as offsets into `memory`. The result is the raw
    /// register: a negative errno or the value.
    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64;
    /// Whether a program may have the file that was just opened at this descriptor for more than reaching it: else an
    /// errno. A kernel whose files can be the memory of this process says no to those.
    fn vet(&mut self, _fd: i32) -> Result<(), i32> {
        Ok(())
    }
    /// Its version, for errors that come of it; none if it does not tell.
    fn release(&mut self) -> Option<Version> {
        None
    }
    /// Whether code that makes the calls itself, by the machine's own instruction, does the same as this.
    fn is_native(&self) -> bool {
        false
    }
}

/// What a run stands on.
pub trait Host {
    /// The run's memory, all of it.
    fn memory(&mut self) -> &mut [u8];
    /// Allocates bytes, aligned to 8; their contents are unspecified. Fails with [`Fault::Memory`].
    fn alloc(&mut self, bytes: u64) -> Result<u64, Fault>;
    /// Makes a system call; pointers are offsets.
    fn syscall(&mut self, sys: Sys, args: &[u64; 6]) -> i64;
    /// The descriptor of a handle, if it is open.
    fn descriptor(&self, handle: u64) -> Option<i32>;
    /// The RESOLVE flags of the root that a handle comes from.
    fn resolve_flags(&self, handle: u64) -> u64;
    /// The rights of a handle at run time, if it is open.
    fn rights(&self, handle: u64) -> Option<Rights>;
    /// The path a handle was opened with, for messages; empty if nothing is known.
    fn label(&self, handle: u64) -> &[u8];
    /// Looks at a file just opened for more than reaching it. On failure the descriptor is closed.
    fn vet(&mut self, _fd: i32) -> Result<(), Fault> {
        Ok(())
    }
    /// Takes charge of a descriptor just opened through the handle `from` with the path at `path`, `len` (a zero
    /// length means the same directory). Its rights are those of `from`. On failure the descriptor is closed.
    fn adopt(&mut self, fd: i32, from: u64, path: u64, len: u64) -> Result<u64, Fault>;
    /// The root a computed path starts at: directory handle, offset and length of the rest.
    fn resolve(&mut self, path: u64, len: u64) -> Result<[u64; 3], Fault>;
    /// Closes a handle; one that is closed already is left alone.
    fn close(&mut self, handle: u64);
    /// The height of the stack of open handles.
    fn mark(&self) -> u64;
    /// Closes what was opened above the mark, but for `keep`.
    fn close_to(&mut self, mark: u64, keep: &[u64]);
    /// The header of the output list, a list like any other (see [`crate::layout::list`]).
    fn out(&self) -> u64;
    /// How many rows the output list may hold before [`Host::flush`] has to be called.
    fn batch(&self) -> u64;
    /// Hands the rows in the output list to whoever wants them, and empties it.
    fn flush(&mut self) -> Result<(), Fault>;
    /// Puts out bytes that the program prints, after the rows that it has handed out.
    fn print(&mut self, bytes: &[u8]) -> Result<(), Fault>;
    /// Whether somebody asked the run to stop.
    fn interrupted(&self) -> bool;
    /// An error (its object; 0 if there was no room for one) left a function: the site of the call that it was called
    /// by. For the trace of an error that nobody catches.
    fn unwound(&mut self, _error: u64, _site: u64) {}

    /// Writes to the words at `at` ([`crate::layout::region`]) what memory there is now.
    fn begin(&mut self, at: u64) {
        for word in 0..crate::layout::region::SIZE / 8 {
            self.set_word(at + 8 * word, 0);
        }
    }
    /// How many bytes may still be allocated: a turn has to be made when that is less than its region's floor.
    fn free(&self) -> u64 {
        u64::MAX
    }
    /// Gives back what was made since the region at `region` began, but for what the words reach: those of the turn's
    /// arguments that hold references, which are changed, then those of its roots. Says when the next turn is to be made.
    fn turn(&mut self, region: u64, turns: &Turns, turn: &Turn, words: &mut [u64]) {
        let _ = (region, turns, turn, words);
    }
    /// Gives back the frame of a function, which begins at `frame`, and all that was made since the region at
    /// `region` began.
    fn release(&mut self, region: u64, frame: u64) {
        let _ = (region, frame);
    }
    /// Takes note of a map that got a trie after it was made, which may be younger than it.
    fn remember(&mut self, map: u64, ty: &Type) {
        let _ = (map, ty);
    }

    /// The bytes at an offset; empty if they do not lie in memory.
    fn bytes(&mut self, at: u64, len: u64) -> &[u8] {
        let range = usize::try_from(at).ok().zip(usize::try_from(len).ok());
        range
            .and_then(|(at, len)| self.memory().get(at..at.checked_add(len)?))
            .unwrap_or(&[])
    }
    /// Copies bytes into fresh memory with a NUL after them: offset and length.
    fn put_bytes(&mut self, bytes: &[u8]) -> Result<[u64; 2], Fault> {
        let at = self.alloc(bytes.len() as u64 + 1)?;
        let memory = &mut self.memory()[at as usize..];
        memory[..bytes.len()].copy_from_slice(bytes);
        memory[bytes.len()] = 0;
        Ok([at, bytes.len() as u64])
    }
    /// Copies words into fresh memory: their offset.
    fn put_words(&mut self, words: &[u64]) -> Result<u64, Fault> {
        let at = self.alloc(words.len() as u64 * 8)?;
        for (i, w) in words.iter().enumerate() {
            self.set_word(at + i as u64 * 8, *w);
        }
        Ok(at)
    }
    /// A copy of the bytes before the first NUL among so many at an offset: offset and length.
    fn text(&mut self, at: u64, size: u64) -> Result<[u64; 2], Fault> {
        let bytes = self.bytes(at, size);
        let len = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        let copy = self.alloc(len as u64 + 1)?;
        let (from, to) = (at as usize, copy as usize);
        let memory = self.memory();
        memory.copy_within(from..from + len, to);
        memory[to + len] = 0;
        Ok([copy, len as u64])
    }
    /// Room for so many bytes that a system call is going to fill: its offset. A negative number is a bad argument.
    fn room(&mut self, bytes: i64) -> Result<u64, Fault> {
        let bytes = u64::try_from(bytes).map_err(|_| Fault::BadArgument)?;
        self.alloc(bytes.checked_add(1).ok_or(Fault::Memory)?)
    }
    /// What a system call has filled of the room for `room` bytes at `at`, which was the last thing to be allocated, if
    /// it says that it was so many: no more than there is room for, whatever it says. A NUL comes after them.
    fn filled(&mut self, at: u64, room: u64, says: u64) -> [u64; 2] {
        let len = says.min(room);
        self.memory()[(at + len) as usize] = 0;
        [at, len]
    }
    /// The word at an offset. Panics outside memory: engines read only where the verifier knows an object.
    fn word(&mut self, at: u64) -> u64 {
        let at = at as usize;
        u64::from_le_bytes(self.memory()[at..at + 8].try_into().expect("eight bytes"))
    }
    /// Writes the word at an offset. Panics outside memory.
    fn set_word(&mut self, at: u64, word: u64) {
        let at = at as usize;
        self.memory()[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }
    /// Makes room for one more element of `width` words in the list at `header`, which is full.
    fn grow(&mut self, header: u64, width: u64) -> Result<(), Fault> {
        use crate::layout::list;
        let (len, data) = (
            self.word(header + list::LEN),
            self.word(header + list::DATA),
        );
        let element = width * 8;
        let least = (len + 1).max(8).checked_mul(element);
        let [data, size] = self.enlarge(data, len * element, least.ok_or(Fault::Memory)?)?;
        // What takes no room has no end of it.
        let cap = size.checked_div(element).unwrap_or(u64::MAX);
        self.set_word(header + list::CAP, cap);
        self.set_word(header + list::DATA, data);
        Ok(())
    }
    /// A block of at least `least` bytes that begins with what the full block of `used` bytes at `at` holds, which is
    /// not written again, though older versions of a list may read it; the same block made larger where that can be.
    /// Where it starts, and its size. All these numbers are multiples of 8. Growing step by step takes time in
    /// proportion to the size.
    fn enlarge(&mut self, at: u64, used: u64, least: u64) -> Result<[u64; 2], Fault> {
        let size = least.max(used.checked_mul(2).ok_or(Fault::Memory)?);
        let fresh = self.alloc(size)?;
        let (from, to) = (at as usize, fresh as usize);
        self.memory().copy_within(from..from + used as usize, to);
        Ok([fresh, size])
    }
}

/// What NAME a buffer holds at `start`: its length. The rule of `name.copy` and `name.view`, for both engines: the
/// bytes up to the first NUL at or after `start` and before `limit` are one component.
pub fn name_length(buffer: &[u8], start: i64, limit: i64) -> Result<usize, Fault> {
    let range = usize::try_from(start).ok().zip(usize::try_from(limit).ok());
    let field = range
        .and_then(|(start, limit)| buffer.get(start..limit))
        .ok_or(Fault::Index)?;
    let len = field.iter().position(|b| *b == 0).ok_or(Fault::BadName)?;
    match &field[..len] {
        b"" | b"." | b".." => Err(Fault::BadName),
        name if name.contains(&b'/') => Err(Fault::BadName),
        _ => Ok(len),
    }
}
