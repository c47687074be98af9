//! Arrays: a fixed number of plain elements that can be written. In memory: the length, then the elements, of one
//! byte each if they are truth values, else of a word ([`crate::layout::array`]).

use super::Steps;
use super::words::{STEPS, bytes_of, load, slice_mut, store};
use super::{list, words};
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::array;

/// An array of `len` times the same element.
pub(super) fn new(host: &mut dyn Host, len: u64, bytes: bool, word: u64) -> Result<u64, Fault> {
    if (len as i64) < 0 {
        return Err(Fault::BadArgument);
    }
    let count = if bytes { len.div_ceil(8) } else { len };
    let size = bytes_of(count, 1)?.checked_add(array::DATA);
    let object = host.alloc(size.ok_or(Fault::Memory)?)?;
    store(host.memory(), object + array::LEN, len);
    let word = if bytes {
        u64::from_ne_bytes([word as u8; 8])
    } else {
        word
    };
    let mut steps = Steps::default();
    let mut done = 0;
    while done < count {
        let part = (count - done).min(STEPS);
        let to = slice_mut(host.memory(), object + array::DATA + done * 8, part);
        to.as_chunks_mut().0.fill(word.to_le_bytes());
        done += part;
        steps.add(part, host)?;
    }
    Ok(object)
}

/// Where an element lies.
fn place(memory: &[u8], object: u64, index: u64, bytes: bool) -> Result<u64, Fault> {
    if index >= load(memory, object + array::LEN) {
        return Err(Fault::Index);
    }
    let at = if bytes { index } else { index * 8 };
    Ok(object + array::DATA + at)
}

/// The element at an index.
#[inline]
pub(crate) fn get(memory: &[u8], object: u64, index: u64, bytes: bool) -> Result<u64, Fault> {
    let at = place(memory, object, index, bytes)?;
    Ok(match bytes {
        true => memory.get(at as usize).copied().unwrap_or(0).into(),
        false => load(memory, at),
    })
}

/// Writes the element at an index.
#[inline]
pub(crate) fn set(
    memory: &mut [u8],
    object: u64,
    index: u64,
    bytes: bool,
    word: u64,
) -> Result<(), Fault> {
    let at = place(memory, object, index, bytes)?;
    match memory.get_mut(at as usize) {
        Some(byte) if bytes => *byte = word as u8,
        _ => store(memory, at, word),
    }
    Ok(())
}

/// A list of what the array holds now.
pub(super) fn freeze(host: &mut dyn Host, object: u64, bytes: bool) -> Result<u64, Fault> {
    let len = load(host.memory(), object + array::LEN);
    let from = object + array::DATA;
    if !bytes {
        let data = host.alloc(bytes_of(len, 1)?)?;
        words::copy_polled(host, from, data, len)?;
        return words::new_list(host, len, data);
    }
    let mut all = words::room(len)?;
    let held = host.bytes(from, len);
    all.extend(held.iter().map(|b| u64::from(*b)));
    list::of_words(host, len, all.into_iter())
}
