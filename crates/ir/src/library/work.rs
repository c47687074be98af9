//! What the operations on text and bytes are made of: pieces of what lies in memory, and fresh memory that is filled
//! step by step.
//!
//! Promises: between two steps of at most about a mebibyte it is asked whether the run should stop; what is made
//! lies in the run's memory, within its limit, and only a window of it elsewhere.

use super::scan::{BATCH, WINDOW, find, find_last};
use crate::eval::Words;
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::list;
use crate::ty::MAX_WIDTH;
use std::ops::Range;

/// What an operation gives.
pub(super) type Answer = Result<Words, Fault>;

/// How many bytes are made anew at a time.
pub(super) const CHUNK: usize = 64 << 10;

/// A text, path or any bytes in memory: offset and length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bytes {
    pub(super) at: u64,
    pub(super) len: u64,
}

impl Bytes {
    /// From the words of an operand.
    pub(super) fn of(words: &[u64]) -> Bytes {
        match words {
            [at, len, ..] => Bytes { at: *at, len: *len },
            _ => Bytes { at: 0, len: 0 },
        }
    }
    /// They themselves; none where they do not lie in memory.
    pub(super) fn look(self, memory: &[u8]) -> &[u8] {
        let range = self.at as usize..self.at.saturating_add(self.len) as usize;
        memory.get(range).unwrap_or(&[])
    }
    /// A piece of them.
    pub(super) fn piece(self, range: Range<usize>) -> Bytes {
        Bytes {
            at: self.at + range.start as u64,
            len: (range.end - range.start) as u64,
        }
    }
    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }
    /// As the words of a result.
    pub(super) fn words(self) -> Words {
        answer(&[self.at, self.len])
    }
    /// As the words of an option that is some.
    pub(super) fn some(self) -> Words {
        answer(&[1, self.at, self.len])
    }
}

/// The words of a result.
pub(super) fn answer(words: &[u64]) -> Words {
    let mut result = [0; MAX_WIDTH];
    for (to, from) in result.iter_mut().zip(words) {
        *to = *from;
    }
    result
}

/// The words of an option of one word.
pub(super) fn option(value: Option<u64>) -> Words {
    value.map_or(answer(&[0]), |word| answer(&[1, word]))
}

/// Fails if the run should stop.
pub(super) fn poll(host: &dyn Host) -> Result<(), Fault> {
    match host.interrupted() {
        true => Err(Fault::Interrupted),
        false => Ok(()),
    }
}

/// Fresh memory that is filled from its start to its end.
pub(super) struct Fresh {
    all: Bytes,
    filled: usize,
}

impl Fresh {
    /// Memory for so many bytes (`None` stands for more than there can be), and one that is NUL after them.
    pub(super) fn new(host: &mut dyn Host, len: Option<u64>) -> Result<Fresh, Fault> {
        // A size of which sums and multiples of 8 cannot overflow.
        let len = len.filter(|n| *n < 1 << 62).ok_or(Fault::Memory)?;
        let at = host.alloc(len + 1)?;
        host.memory()[(at + len) as usize] = 0;
        let all = Bytes { at, len };
        Ok(Fresh { all, filled: 0 })
    }
    fn next(&mut self, len: usize) -> usize {
        let to = self.all.at as usize + self.filled;
        self.filled += len;
        to
    }
    /// Appends bytes.
    pub(super) fn put(&mut self, host: &mut dyn Host, bytes: &[u8]) {
        let to = self.next(bytes.len());
        host.memory()[to..to + bytes.len()].copy_from_slice(bytes);
    }
    /// Appends what lies in memory.
    pub(super) fn copy(&mut self, host: &mut dyn Host, mut from: Bytes) -> Result<(), Fault> {
        loop {
            let len = from.len.min(WINDOW as u64);
            let (to, start) = (self.next(len as usize), from.at as usize);
            host.memory().copy_within(start..start + len as usize, to);
            from = from.piece(len as usize..from.len as usize);
            if from.is_empty() {
                return Ok(());
            }
            poll(host)?;
        }
    }
    /// The first so many bytes, which are filled.
    pub(super) fn first(&self, len: u64) -> Bytes {
        self.all.piece(0..(len as usize).min(self.filled))
    }
    /// All of it, which is full.
    pub(super) fn done(self) -> Bytes {
        self.all
    }
}

/// Makes something of all bytes of `from`, window by window: `make` takes what is left, appends what it makes of the
/// beginning of that, and says how much it took, at least a byte.
pub(super) fn transform(
    host: &mut dyn Host,
    from: Bytes,
    make: impl Fn(&[u8], &mut Vec<u8>) -> usize,
) -> Result<Bytes, Fault> {
    let mut made = Vec::new();
    let first = make_window(host, from, &make, &mut made);
    if first == from.len as usize {
        let mut fresh = Fresh::new(host, Some(made.len() as u64))?;
        fresh.put(host, &made);
        return Ok(fresh.done());
    }
    // Once to know the size, once to write it: so that the memory is the run's.
    let mut size = made.len() as u64;
    let mut rest = from.piece(first..from.len as usize);
    while !rest.is_empty() {
        poll(host)?;
        let taken = make_window(host, rest, &make, &mut made);
        size += made.len() as u64;
        rest = rest.piece(taken..rest.len as usize);
    }
    let mut fresh = Fresh::new(host, Some(size))?;
    let mut rest = from;
    while !rest.is_empty() {
        poll(host)?;
        let taken = make_window(host, rest, &make, &mut made);
        fresh.put(host, &made);
        rest = rest.piece(taken..rest.len as usize);
    }
    Ok(fresh.done())
}

fn make_window(
    host: &mut dyn Host,
    rest: Bytes,
    make: impl Fn(&[u8], &mut Vec<u8>) -> usize,
    made: &mut Vec<u8>,
) -> usize {
    made.clear();
    let rest = rest.look(host.memory());
    match rest {
        [] => 0,
        _ => make(rest, made).clamp(1, rest.len()),
    }
}

/// Looks through memory in steps: `look` finds some more and says whether that is the end, `then` has them.
pub(super) fn each<F>(
    host: &mut dyn Host,
    mut look: impl FnMut(&[u8], &mut Vec<F>) -> bool,
    mut then: impl FnMut(&mut dyn Host, &[F]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut found = Vec::new();
    loop {
        found.clear();
        let end = look(host.memory(), &mut found);
        then(host, &found)?;
        if end {
            return Ok(());
        }
        poll(host)?;
    }
}

/// A list that grows.
pub(super) struct NewList {
    header: u64,
    width: usize,
}

impl NewList {
    /// An empty list, of elements of so many words.
    pub(super) fn new(host: &mut dyn Host, width: usize) -> Result<NewList, Fault> {
        let header = host.put_words(&[0, 0, 0])?;
        Ok(NewList { header, width })
    }
    /// Appends the elements that have these words, one after another.
    pub(super) fn extend(&mut self, host: &mut dyn Host, mut words: &[u64]) -> Result<(), Fault> {
        let width = self.width.max(1);
        while !words.is_empty() {
            let len = host.word(self.header + list::LEN);
            let room = host.word(self.header + list::CAP) - len;
            if room == 0 {
                host.grow(self.header, width as u64)?;
                continue;
            }
            let count = (words.len() / width).min(room as usize);
            let (now, later) = words.split_at(count * width);
            let at = host.word(self.header + list::DATA) + len * width as u64 * 8;
            let memory = host.memory().get_mut(at as usize..).unwrap_or_default();
            for (to, word) in memory.as_chunks_mut::<8>().0.iter_mut().zip(now) {
                *to = word.to_le_bytes();
            }
            host.set_word(self.header + list::LEN, len + count as u64);
            words = later;
        }
        Ok(())
    }
    /// Appends bytes.
    pub(super) fn piece(&mut self, host: &mut dyn Host, piece: Bytes) -> Result<(), Fault> {
        self.extend(host, &[piece.at, piece.len])
    }
    /// Appends pieces of bytes.
    pub(super) fn pieces(
        &mut self,
        host: &mut dyn Host,
        of: Bytes,
        pieces: &[Range<usize>],
    ) -> Result<(), Fault> {
        for pieces in pieces.chunks(BATCH) {
            let words = pieces.iter().map(|r| of.piece(r.clone()));
            let words: Vec<u64> = words.flat_map(|p| [p.at, p.len]).collect();
            self.extend(host, &words)?;
        }
        Ok(())
    }
    /// The list.
    pub(super) fn done(self) -> Words {
        answer(&[self.header])
    }
}

/// A list in memory, to read.
#[derive(Clone, Copy)]
pub(super) struct Elements {
    pub(super) len: u64,
    data: u64,
}

impl Elements {
    pub(super) fn of(host: &mut dyn Host, words: &[u64]) -> Elements {
        let header = words.first().copied().unwrap_or(0);
        Elements {
            len: host.word(header + list::LEN),
            data: host.word(header + list::DATA),
        }
    }
    /// The bytes that an element is.
    pub(super) fn bytes(self, host: &mut dyn Host, n: u64) -> Bytes {
        let at = self.data + n * 16;
        Bytes {
            at: host.word(at),
            len: host.word(at + 8),
        }
    }
    /// The word that an element is.
    pub(super) fn word(self, host: &mut dyn Host, n: u64) -> u64 {
        host.word(self.data + n * 8)
    }
}

/// Where `needle` is first in `hay`, from the byte `from` on.
pub(super) fn search(
    host: &mut dyn Host,
    hay: Bytes,
    needle: Bytes,
    from: usize,
) -> Result<Option<usize>, Fault> {
    let (len, size) = (hay.len as usize, needle.len as usize);
    let mut at = from;
    loop {
        let window = WINDOW.max(size.saturating_mul(2));
        let stop = len.min(at.saturating_add(window));
        let memory = &*host.memory();
        let found = find(&hay.look(memory)[..stop], needle.look(memory), at);
        if found.is_some() || stop == len {
            return Ok(found);
        }
        at = stop - size.saturating_sub(1);
        poll(host)?;
    }
}

/// Where `needle` is last in `hay`, beginning at the byte `from` or before.
pub(super) fn search_last(
    host: &mut dyn Host,
    hay: Bytes,
    needle: Bytes,
    from: usize,
) -> Result<Option<usize>, Fault> {
    let size = needle.len as usize;
    let mut end = (hay.len as usize).min(from.saturating_add(size));
    loop {
        let start = end.saturating_sub(WINDOW.max(size.saturating_mul(2)));
        let memory = &*host.memory();
        let window = &hay.look(memory)[start..end];
        let found = find_last(window, needle.look(memory), window.len());
        if found.is_some() || start == 0 {
            return Ok(found.map(|n| start + n));
        }
        end = start + size.saturating_sub(1);
        poll(host)?;
    }
}
