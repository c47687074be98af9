//! Sorting: stable merge sort that goes by the runs it finds, and asks in between whether to go on.
//!
//! Every key has a *rank*, a word that is in the order of the keys as far as a word can be: all of a number, the first
//! eight bytes of a text. Where the rank is all there is to the key, ranks alone are sorted. The standard library's
//! sort does parts of these; it does not see keys that have to be compared, which may fail.
//!
//! Beside the run's memory, which only the sorted list is made in, it takes the words of the keys and up to four words
//! an element for as long as it goes on.

use super::Steps;
use super::list;
use super::words::{STEPS, bytes_of, copy, list_of, new_list, room};
use crate::fault::Fault;
use crate::host::Host;
use std::cmp::Ordering;

/// Runs shorter than this are made so long by insertion.
const SHORT: usize = 16;
/// So many numbers are sorted at a time.
const PART: usize = STEPS as usize;

/// How the rank of a key comes from its words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rank {
    /// A signed number.
    Signed,
    /// An unsigned number, or one that has no sign.
    Unsigned,
    /// A floating point number.
    Float,
    /// A signed number that comes first, and something more.
    First,
    /// Bytes: offset and length.
    Bytes,
    /// Not at all: keys have to be compared.
    None,
}

const SIGN: u64 = 1 << 63;

impl Rank {
    /// The rank of a key.
    pub(super) fn of(self, memory: &[u8], key: &[u64]) -> u64 {
        let first = key.first().copied().unwrap_or(0);
        match self {
            Rank::Signed | Rank::First => first ^ SIGN,
            Rank::Unsigned => first,
            Rank::Float => match first {
                // What is not a number comes last, and both zeros are the same.
                bits if f64::from_bits(bits).is_nan() => u64::MAX,
                SIGN => SIGN,
                bits if bits & SIGN == 0 => bits | SIGN,
                bits => !bits,
            },
            Rank::Bytes => {
                let len = key.get(1).copied().unwrap_or(0).min(8) as usize;
                let bytes = memory.get(first as usize..).unwrap_or(&[]);
                let mut start = [0; 8];
                if len == 8
                    && let Some(chunk) = bytes.first_chunk()
                {
                    start = *chunk;
                } else {
                    start
                        .iter_mut()
                        .zip(bytes.iter().take(len))
                        .for_each(|(to, b)| *to = *b);
                }
                u64::from_be_bytes(start)
            }
            Rank::None => 0,
        }
    }

    /// Whether keys of one rank come in no order.
    pub(super) fn is_all(self) -> bool {
        matches!(self, Rank::Signed | Rank::Unsigned | Rank::Float)
    }

    /// The key's only word, from its rank, if that can be told.
    fn word(self, rank: u64) -> Option<u64> {
        match self {
            Rank::Signed => Some(rank ^ SIGN),
            Rank::Unsigned => Some(rank),
            _ => None,
        }
    }
}

/// Says how two keys compare.
pub(super) trait Compare:
    FnMut(&mut dyn Host, &[u64], &[u64]) -> Result<Ordering, Fault>
{
}

impl<F> Compare for F where F: FnMut(&mut dyn Host, &[u64], &[u64]) -> Result<Ordering, Fault> {}

/// How keys are ordered.
pub(super) struct Order<F> {
    /// Their rank.
    pub(super) rank: Rank,
    /// Whether the largest rank comes first; of `compare` that is not turned round.
    pub(super) reversed: bool,
    /// How two keys compare.
    pub(super) compare: F,
    /// Words of a key.
    pub(super) width: usize,
}

impl<F> Order<F> {
    fn rank_of(&self, memory: &[u8], key: &[u64]) -> u64 {
        let rank = self.rank.of(memory, key);
        if self.reversed { !rank } else { rank }
    }
}

/// The elements of `values` in the order of the keys beside them. (If there are fewer keys, the rest comes last.)
pub(super) fn sort_by(
    host: &mut dyn Host,
    keys: u64,
    values: u64,
    width: usize,
    order: Order<impl Compare>,
) -> Result<u64, Fault> {
    let words = list::words_of(host, keys, order.width as u64)?;
    let (count, data) = list_of(host.memory(), values);
    let (keyed, _) = list_of(host.memory(), keys);
    let sorted = permutation(host, &words, keyed.min(count), order)?;
    let width = width as u64;
    let fresh = host.alloc(bytes_of(count, width)?)?;
    let mut steps = Steps::default();
    let mut to = fresh;
    for part in sorted.chunks(PART) {
        let memory = host.memory();
        for (_, index) in part {
            let from = data.saturating_add(index * width * 8);
            copy(memory, from, to, width);
            to += width * 8;
        }
        steps.add(STEPS, host)?;
    }
    let done = sorted.len() as u64;
    let rest = data.saturating_add(done * width * 8);
    super::words::copy_polled(host, rest, to, (count - done) * width)?;
    new_list(host, count, fresh)
}

/// A list in order.
pub(super) fn sort(
    host: &mut dyn Host,
    old: u64,
    order: Order<impl Compare>,
) -> Result<u64, Fault> {
    if order.width != 1 || order.rank.word(0).is_none() {
        let width = order.width;
        return sort_by(host, old, old, width, order);
    }
    let mut words = list::words_of(host, old, 1)?;
    let flip = if order.reversed { u64::MAX } else { 0 };
    for word in &mut words {
        *word = order.rank.of(&[], &[*word]) ^ flip;
    }
    numbers(host, &mut words)?;
    let (rank, len) = (order.rank, words.len() as u64);
    let words = words.into_iter();
    list::of_words(host, len, words.map(|w| rank.word(w ^ flip).unwrap_or(w)))
}

/// The numbers of the first `count` keys, in their order, beside their ranks.
fn permutation(
    host: &mut dyn Host,
    words: &[u64],
    count: u64,
    mut order: Order<impl Compare>,
) -> Result<Vec<(u64, u64)>, Fault> {
    let width = order.width;
    let key = |n: u64| words.get(n as usize * width..).and_then(|w| w.get(..width));
    let key = |n: u64| key(n).unwrap_or(&[]);
    let mut items = room(count)?;
    let mut steps = Steps::default();
    for start in (0..count).step_by(PART) {
        let part = STEPS.min(count - start);
        let memory = host.memory();
        items.extend((start..start + part).map(|n| (order.rank_of(memory, key(n)), n)));
        steps.add(part, host)?;
    }
    if order.rank.is_all() {
        numbers(host, &mut items)?;
    } else {
        by(host, &mut items, |host, a: &(u64, u64), b| {
            match a.0.cmp(&b.0) {
                Ordering::Equal => (order.compare)(host, key(a.1), key(b.1)),
                unequal => Ok(unequal),
            }
        })?;
    }
    Ok(items)
}

/// Sorts numbers, or pairs of them.
pub(super) fn numbers<T: Copy + Ord>(host: &mut dyn Host, items: &mut Vec<T>) -> Result<(), Fault> {
    let mut steps = Steps::default();
    let mut ends = Vec::new();
    let mut end = 0;
    for part in items.chunks_mut(PART) {
        part.sort_unstable();
        end += part.len();
        ends.push(end);
        steps.add(STEPS, host)?;
    }
    merge_all(host, items, ends, &mut |_: &mut dyn Host, a: &T, b: &T| {
        Ok(a.cmp(b))
    })
}

/// Sorts by comparing; stable.
pub(super) fn by<T, F>(host: &mut dyn Host, items: &mut Vec<T>, mut compare: F) -> Result<(), Fault>
where
    T: Copy,
    F: FnMut(&mut dyn Host, &T, &T) -> Result<Ordering, Fault>,
{
    let mut steps = Steps::default();
    let mut ends = Vec::new();
    let mut start = 0;
    while start < items.len() {
        let rest = &mut items[start..];
        let run = run(host, rest, &mut compare, &mut steps)?;
        start += run;
        ends.push(start);
    }
    merge_all(host, items, ends, &mut compare)
}

/// The length of the run that items begin with, after they were made to begin with one.
fn run<T, F>(
    host: &mut dyn Host,
    items: &mut [T],
    compare: &mut F,
    steps: &mut Steps,
) -> Result<usize, Fault>
where
    T: Copy,
    F: FnMut(&mut dyn Host, &T, &T) -> Result<Ordering, Fault>,
{
    let mut len = 1;
    let mut falls = false;
    while len < items.len() {
        let down = compare(host, &items[len - 1], &items[len])? == Ordering::Greater;
        if len == 1 {
            falls = down;
        } else if down != falls {
            break;
        }
        len += 1;
        steps.add(1, host)?;
    }
    if falls {
        // Each is less than the one before, so none changes places with its equal.
        items[..len].reverse();
    }
    while len < SHORT.min(items.len()) {
        let item = items[len];
        let (mut low, mut high) = (0, len);
        while low < high {
            let middle = low + (high - low) / 2;
            if compare(host, &items[middle], &item)? == Ordering::Greater {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        items.copy_within(low..len, low + 1);
        items[low] = item;
        len += 1;
        steps.add(1, host)?;
    }
    Ok(len)
}

/// Merges runs, which end at `ends`, until there is one.
fn merge_all<T, F>(
    host: &mut dyn Host,
    items: &mut Vec<T>,
    mut ends: Vec<usize>,
    compare: &mut F,
) -> Result<(), Fault>
where
    T: Copy,
    F: FnMut(&mut dyn Host, &T, &T) -> Result<Ordering, Fault>,
{
    let mut steps = Steps::default();
    let mut into: Vec<T> = Vec::new();
    loop {
        let mut joined: Vec<usize> = Vec::with_capacity(ends.len());
        for end in ends {
            // A run that goes on where the one before ends is one with it.
            if let Some(last) = joined.last_mut()
                && compare(host, &items[*last - 1], &items[*last])? != Ordering::Greater
            {
                *last = end;
            } else {
                joined.push(end);
            }
        }
        ends = joined;
        if ends.len() < 2 {
            return Ok(());
        }
        if into.capacity() < items.len() {
            into = room(items.len() as u64)?;
        }
        into.clear();
        let mut start = 0;
        for pair in ends.chunks(2) {
            let end = pair[pair.len() - 1];
            let (a, b) = items[start..end].split_at(pair[0] - start);
            merge(host, a, b, &mut into, compare, &mut steps)?;
            start = end;
        }
        std::mem::swap(items, &mut into);
        let last = ends.len() - 1;
        let mut n = 0;
        ends.retain(|_| {
            n += 1;
            n % 2 == 0 || n == last + 1
        });
    }
}

/// Merges two runs behind what is there.
fn merge<T, F>(
    host: &mut dyn Host,
    mut a: &[T],
    mut b: &[T],
    into: &mut Vec<T>,
    compare: &mut F,
    steps: &mut Steps,
) -> Result<(), Fault>
where
    T: Copy,
    F: FnMut(&mut dyn Host, &T, &T) -> Result<Ordering, Fault>,
{
    while let ([x, left @ ..], [y, right @ ..]) = (a, b) {
        if compare(host, x, y)? == Ordering::Greater {
            into.push(*y);
            b = right;
        } else {
            into.push(*x);
            a = left;
        }
        steps.add(1, host)?;
    }
    into.extend_from_slice(a);
    into.extend_from_slice(b);
    Ok(())
}
