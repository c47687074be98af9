//! Lists beyond their builders: versions that share elements.
//!
//! A header whose capacity is larger than its length owns the room behind its elements. Appending makes a new header
//! that takes over what room is left, and the old one keeps none: so the newest version grows in place, and an older
//! one that is appended to copies. Nothing that an older version shows is ever written.

use super::Steps;
use super::words::{
    STEPS, bytes_of, copy, copy_polled, list_of, load, new_list, slice, slice_mut, store, write,
};
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::list;

/// The list with one more element.
pub(super) fn conj(host: &mut dyn Host, old: u64, element: &[u64]) -> Result<u64, Fault> {
    let width = element.len() as u64;
    let fresh = extended(host, old, 1, width)?;
    let memory = host.memory();
    let (len, data) = list_of(memory, fresh);
    write(memory, data.saturating_add(len * width * 8), element);
    store(memory, fresh + list::LEN, len + 1);
    Ok(fresh)
}

/// The elements of two lists.
pub(super) fn concat(
    host: &mut dyn Host,
    first: u64,
    second: u64,
    width: u64,
) -> Result<u64, Fault> {
    let (more, from) = list_of(host.memory(), second);
    if more == 0 {
        return Ok(first);
    }
    let fresh = extended(host, first, more, width)?;
    let (len, data) = list_of(host.memory(), fresh);
    let to = data.saturating_add(bytes_of(len, width)?);
    copy_polled(host, from, to, more.saturating_mul(width))?;
    store(host.memory(), fresh + list::LEN, len + more);
    Ok(fresh)
}

/// A header like that of `old`, with room for `more` elements, which no other header has.
fn extended(host: &mut dyn Host, old: u64, more: u64, width: u64) -> Result<u64, Fault> {
    let fresh = host.alloc(list::HEADER)?;
    let memory = host.memory();
    let (len, data) = list_of(memory, old);
    let cap = load(memory, old + list::CAP).max(len);
    let want = len.checked_add(more).ok_or(Fault::Memory)?;
    // As if each took a word where none does: or else a list could be longer than anybody can count.
    if want > memory.len() as u64 / 8 {
        return Err(Fault::Memory);
    }
    let (data, cap) = if cap >= want {
        store(memory, old + list::CAP, len);
        (data, cap)
    } else if width == 0 {
        (data, want)
    } else {
        let (used, least) = (bytes_of(cap, width)?, bytes_of(want.max(8), width)?);
        let [place, size] = host.enlarge(data, used, least)?;
        if place == data {
            store(host.memory(), old + list::CAP, len);
        }
        (place, size / (width * 8))
    };
    let memory = host.memory();
    store(memory, fresh + list::LEN, len);
    store(memory, fresh + list::CAP, cap);
    store(memory, fresh + list::DATA, data);
    Ok(fresh)
}

/// The elements from one index up to another; they are shared.
pub(super) fn slice_of(
    host: &mut dyn Host,
    whole: u64,
    from: u64,
    to: u64,
    width: u64,
) -> Result<u64, Fault> {
    let (len, data) = list_of(host.memory(), whole);
    // Negative numbers are beyond every length.
    if from > to || to > len {
        return Err(Fault::Index);
    }
    if to - from == len {
        return Ok(whole);
    }
    let data = data.saturating_add(bytes_of(from, width)?);
    new_list(host, to - from, data)
}

/// The elements, last first.
pub(super) fn reverse(host: &mut dyn Host, old: u64, width: u64) -> Result<u64, Fault> {
    let (len, data) = list_of(host.memory(), old);
    let size = bytes_of(len, width)?;
    let fresh = host.alloc(size)?;
    let mut steps = Steps::default();
    let (mut from, mut to) = (data, fresh.saturating_add(size));
    let element = width * 8;
    let mut left = if width == 0 { 0 } else { len };
    while left > 0 {
        let memory = host.memory();
        for _ in 0..left.min(STEPS) {
            to -= element;
            copy(memory, from, to, width);
            from = from.saturating_add(element);
        }
        left -= left.min(STEPS);
        steps.add(STEPS, host)?;
    }
    new_list(host, len, fresh)
}

/// A copy with another element at an index.
pub(super) fn set(
    host: &mut dyn Host,
    old: u64,
    index: u64,
    element: &[u64],
) -> Result<u64, Fault> {
    let width = element.len() as u64;
    let (len, data) = list_of(host.memory(), old);
    if index >= len {
        return Err(Fault::Index);
    }
    let words = len.checked_mul(width).ok_or(Fault::Memory)?;
    let fresh = host.alloc(bytes_of(words, 1)?)?;
    copy_polled(host, data, fresh, words)?;
    write(host.memory(), fresh + index * width * 8, element);
    new_list(host, len, fresh)
}

/// All words of a list's elements.
pub(super) fn words_of(host: &mut dyn Host, of: u64, width: u64) -> Result<Vec<u64>, Fault> {
    let (len, data) = list_of(host.memory(), of);
    let words = len.checked_mul(width).ok_or(Fault::Memory)?;
    let mut all = super::words::room(words)?;
    let mut steps = Steps::default();
    let mut done = 0;
    while done < words {
        let part = (words - done).min(STEPS);
        let bytes = slice(host.memory(), data.saturating_add(done * 8), part);
        all.extend(bytes.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)));
        done += part;
        steps.add(part, host)?;
    }
    all.resize(words as usize, 0);
    Ok(all)
}

/// A list with elements of these words.
pub(super) fn of_words(
    host: &mut dyn Host,
    len: u64,
    words: impl ExactSizeIterator<Item = u64>,
) -> Result<u64, Fault> {
    let count = words.len() as u64;
    let data = host.alloc(bytes_of(count, 1)?)?;
    let mut words = words;
    let mut steps = Steps::default();
    let mut done = 0;
    while done < count {
        let part = (count - done).min(STEPS);
        let to = slice_mut(host.memory(), data + done * 8, part);
        for (to, word) in to.as_chunks_mut().0.iter_mut().zip(&mut words) {
            *to = word.to_le_bytes();
        }
        done += part;
        steps.add(part, host)?;
    }
    new_list(host, len, data)
}
