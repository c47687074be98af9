//! Collections against those of the standard library.

mod lists;
mod maps;
mod speed;

use super::map::Keys;
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::list;
use crate::rights::Rights;
use crate::syscalls::Sys;

/// A host that has memory and nothing else.
struct Bare {
    memory: Vec<u8>,
    top: u64,
    /// How often it says that nobody has interrupted it.
    patience: std::cell::Cell<u64>,
}

impl Bare {
    fn new() -> Bare {
        Bare::of(64 << 20)
    }
    fn of(bytes: usize) -> Bare {
        Bare {
            memory: vec![0; bytes],
            top: 4096,
            patience: u64::MAX.into(),
        }
    }
}

impl Host for Bare {
    fn memory(&mut self) -> &mut [u8] {
        &mut self.memory
    }
    fn alloc(&mut self, bytes: u64) -> Result<u64, Fault> {
        let at = self.top;
        let top = bytes
            .checked_next_multiple_of(8)
            .and_then(|n| at.checked_add(n))
            .filter(|top| *top <= self.memory.len() as u64)
            .ok_or(Fault::Memory)?;
        self.top = top;
        Ok(at)
    }
    fn enlarge(&mut self, at: u64, used: u64, least: u64) -> Result<[u64; 2], Fault> {
        // What is last grows in place, as in a run.
        if used > 0 && at + used == self.top {
            let size = least.max(used + used.min(64));
            self.alloc(size - used)?;
            return Ok([at, size]);
        }
        let size = least.max(used * 2);
        let fresh = self.alloc(size)?;
        let (from, to) = (at as usize, fresh as usize);
        self.memory.copy_within(from..from + used as usize, to);
        Ok([fresh, size])
    }
    fn syscall(&mut self, _: Sys, _: &[u64; 6]) -> i64 {
        -38
    }
    fn descriptor(&self, _: u64) -> Option<i32> {
        None
    }
    fn resolve_flags(&self, _: u64) -> u64 {
        0
    }
    fn rights(&self, _: u64) -> Option<Rights> {
        None
    }
    fn label(&self, _: u64) -> &[u8] {
        &[]
    }
    fn adopt(&mut self, _: i32, _: u64, _: u64, _: u64) -> Result<u64, Fault> {
        Err(Fault::Handles)
    }
    fn resolve(&mut self, _: u64, _: u64) -> Result<[u64; 3], Fault> {
        Err(Fault::Handles)
    }
    fn close(&mut self, _: u64) {}
    fn mark(&self) -> u64 {
        0
    }
    fn close_to(&mut self, _: u64, _: &[u64]) {}
    fn out(&self) -> u64 {
        0
    }
    fn batch(&self) -> u64 {
        u64::MAX
    }
    fn flush(&mut self) -> Result<(), Fault> {
        Ok(())
    }
    fn print(&mut self, _: &[u8]) -> Result<(), Fault> {
        Ok(())
    }
    fn interrupted(&self) -> bool {
        let left = self.patience.get();
        self.patience.set(left.saturating_sub(1));
        left == 0
    }
}

/// Numbers; the hash keeps so many bits of a good one, from the top.
#[derive(Clone, Copy)]
struct Numbers(u32);

impl Keys for Numbers {
    fn hash(&self, _: &mut dyn Host, key: &[u64]) -> Result<u64, Fault> {
        let n = key
            .iter()
            .fold(7u64, |h, w| (h ^ w).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let n = (n ^ n >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let n = n ^ n >> 29;
        let all = 64 - self.0;
        Ok(n.checked_shr(all)
            .unwrap_or(0)
            .checked_shl(all)
            .unwrap_or(0))
    }
    fn equal(&self, _: &mut dyn Host, a: &[u64], b: &[u64]) -> Result<bool, Fault> {
        Ok(a == b)
    }
}

/// Random numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }
}

/// A list of elements of one word.
fn list_of(host: &mut Bare, words: &[u64]) -> u64 {
    super::list::of_words(host, words.len() as u64, words.iter().copied()).unwrap()
}

/// The words of its elements.
fn words_of(host: &mut Bare, list: u64, width: u64) -> Vec<u64> {
    assert!(host.word(list + list::CAP) >= host.word(list + list::LEN));
    super::list::words_of(host, list, width).unwrap()
}
