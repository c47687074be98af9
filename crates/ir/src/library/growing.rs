//! Bytes of which nobody knows beforehand how many there will be: collected in small, laid into the run's memory as
//! soon as they are many, so that the run's limit holds for them too.

use super::words;
use crate::eval::Words;
use crate::fault::Fault;
use crate::host::Host;

/// How many bytes are collected before they go to the run's memory.
const MANY: usize = 64 << 10;

/// A text, path or bytes on the way.
#[derive(Default)]
pub struct Growing {
    pending: Vec<u8>,
    /// The block in the run's memory, if there is one; so much of it is written.
    at: u64,
    len: u64,
    size: u64,
}

impl Growing {
    /// Appends a few bytes; [`Growing::settle`] has to be called now and then.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// Appends a few characters.
    pub fn push_str(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    /// Appends bytes of the run's memory, however many.
    pub fn copy(&mut self, host: &mut dyn Host, at: u64, len: u64) -> Result<(), Fault> {
        if len < MANY as u64 {
            let bytes = host.bytes(at, len);
            self.pending.extend_from_slice(bytes);
            return self.settle(host);
        }
        self.spill(host)?;
        self.room(host, len)?;
        let (from, to) = (at as usize, (self.at + self.len) as usize);
        let memory = host.memory();
        let from = from..from.saturating_add(len as usize);
        if from.end > memory.len() {
            return Err(Fault::Index);
        }
        memory.copy_within(from, to);
        self.len += len;
        Ok(())
    }

    /// Lays what was collected into memory if it is much.
    pub fn settle(&mut self, host: &mut dyn Host) -> Result<(), Fault> {
        match self.pending.len() < MANY {
            true => Ok(()),
            false => self.spill(host),
        }
    }

    /// What is not in the run's memory yet.
    pub(super) fn collected(&self) -> &[u8] {
        &self.pending
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.len + self.pending.len() as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes in memory, with a NUL after them: offset and length.
    pub fn finish(mut self, host: &mut dyn Host) -> Result<Words, Fault> {
        if self.size == 0 {
            return Ok(words(&host.put_bytes(&self.pending)?));
        }
        self.spill(host)?;
        host.memory()[(self.at + self.len) as usize] = 0;
        Ok(words(&[self.at, self.len]))
    }

    fn spill(&mut self, host: &mut dyn Host) -> Result<(), Fault> {
        let len = self.pending.len();
        self.room(host, len as u64)?;
        let to = (self.at + self.len) as usize;
        host.memory()[to..to + len].copy_from_slice(&self.pending);
        self.len += len as u64;
        self.pending.clear();
        Ok(())
    }

    /// Makes room for so many bytes more, and the NUL.
    fn room(&mut self, host: &mut dyn Host, more: u64) -> Result<(), Fault> {
        let least = (self.len + 1).checked_add(more).ok_or(Fault::Memory)?;
        if least <= self.size {
            return Ok(());
        }
        let least = least.checked_next_multiple_of(8).ok_or(Fault::Memory)?;
        [self.at, self.size] = host.enlarge(self.at, self.size, least)?;
        Ok(())
    }
}
