//! Words of objects in the run's memory, and how long work asks whether it shall go on.
//!
//! What lies outside memory reads as zero, and writing it does nothing: offsets come from operations alone, but which
//! of two names of one builder changed it last is not known here.

use super::Steps;
pub(super) use super::data::load;
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::list;

/// Bytes of a word.
pub(super) const WORD: u64 = 8;

fn index(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// So many words at an offset, as bytes.
pub(super) fn slice(memory: &[u8], at: u64, words: u64) -> &[u8] {
    let (from, to) = (index(at), index(at.saturating_add(words.saturating_mul(8))));
    memory.get(from..to).unwrap_or(&[])
}

/// So many words at an offset, for writing.
pub(super) fn slice_mut(memory: &mut [u8], at: u64, words: u64) -> &mut [u8] {
    let (from, to) = (index(at), index(at.saturating_add(words.saturating_mul(8))));
    memory.get_mut(from..to).unwrap_or(&mut [])
}

/// Writes the word at an offset.
#[inline]
pub(super) fn store(memory: &mut [u8], at: u64, word: u64) {
    let bytes = memory
        .get_mut(index(at)..)
        .and_then(|m| m.first_chunk_mut());
    if let Some(bytes) = bytes {
        *bytes = word.to_le_bytes();
    }
}

/// Reads words at an offset.
#[inline]
pub(super) fn read(memory: &[u8], at: u64, to: &mut [u64]) {
    for (n, word) in to.iter_mut().enumerate() {
        *word = load(memory, at.wrapping_add(n as u64 * WORD));
    }
}

/// Writes words at an offset.
#[inline]
pub(super) fn write(memory: &mut [u8], at: u64, from: &[u64]) {
    for (n, word) in from.iter().enumerate() {
        store(memory, at.wrapping_add(n as u64 * WORD), *word);
    }
}

/// Copies words from one offset to another.
pub(super) fn copy(memory: &mut [u8], from: u64, to: u64, words: u64) {
    let bytes = index(words.saturating_mul(WORD));
    let (from, to) = (index(from), index(to));
    let ends = [from, to].map(|at| at.saturating_add(bytes));
    if ends.iter().all(|end| *end <= memory.len()) {
        memory.copy_within(from..ends[0], to);
    }
}

/// Bytes of so many things of so many words.
pub(super) fn bytes_of(count: u64, words: u64) -> Result<u64, Fault> {
    let bytes = count.checked_mul(words).and_then(|n| n.checked_mul(WORD));
    bytes.ok_or(Fault::Memory)
}

/// The length of a list, and where its elements are.
pub(super) fn list_of(memory: &[u8], header: u64) -> (u64, u64) {
    (
        load(memory, header.wrapping_add(list::LEN)),
        load(memory, header.wrapping_add(list::DATA)),
    )
}

/// A fresh header of a list of `len` elements that lie at `data`, without room for more.
pub(super) fn new_list(host: &mut dyn Host, len: u64, data: u64) -> Result<u64, Fault> {
    let header = host.alloc(list::HEADER)?;
    let memory = host.memory();
    store(memory, header + list::LEN, len);
    store(memory, header + list::CAP, len);
    store(memory, header + list::DATA, data);
    Ok(header)
}

/// A vector with room for so many: what the machine does not have is the same to a run as what its limit forbids.
pub(super) fn room<T>(count: u64) -> Result<Vec<T>, Fault> {
    let mut vec = Vec::new();
    let count = usize::try_from(count).map_err(|_| Fault::Memory)?;
    vec.try_reserve_exact(count).map_err(|_| Fault::Memory)?;
    Ok(vec)
}

/// How much is done between two questions whether to go on.
pub(super) const STEPS: u64 = Steps::BETWEEN as u64;

/// Copies words as [`copy`] does, and asks in between.
pub(super) fn copy_polled(
    host: &mut dyn Host,
    mut from: u64,
    mut to: u64,
    mut words: u64,
) -> Result<(), Fault> {
    let mut steps = Steps::default();
    while words > 0 {
        let part = words.min(STEPS);
        copy(host.memory(), from, to, part);
        steps.add(part, host)?;
        words -= part;
        from = from.saturating_add(part * WORD);
        to = to.saturating_add(part * WORD);
    }
    Ok(())
}
