//! Moves what is needed together at the mark. A word goes where as many needed words lie before it as before.

use super::mark::{Bits, Marks, load};
use super::{Remembered, Request, Young};
use crate::library::map_layout;

/// Where words go.
struct Ways<'a> {
    live: &'a Bits,
    young: Young,
    /// How many needed words there are before each 64.
    before: Vec<u32>,
    /// How many of the heap.
    heap: u64,
}

impl Ways<'_> {
    fn of(live: &Bits, young: Young) -> Option<Ways<'_>> {
        let mut before = Vec::new();
        before.try_reserve_exact(live.words.len() + 1).ok()?;
        let mut count: u32 = 0;
        for word in &live.words {
            before.push(count);
            count = count.checked_add(word.count_ones())?;
        }
        before.push(count);
        let heap = before.get((live.lists / 64) as usize).copied()?.into();
        Some(Ways {
            live,
            young,
            before,
            heap,
        })
    }

    /// How many needed words there are before that of a number.
    fn rank(&self, number: u64) -> u64 {
        let at = (number / 64) as usize;
        let word = self.live.words.get(at).copied().unwrap_or(0);
        let within = word & ((1 << (number % 64)) - 1);
        u64::from(self.before.get(at).copied().unwrap_or(0)) + u64::from(within.count_ones())
    }

    /// Where what is at a place above the mark goes; its lowest bits are kept.
    fn way(&self, at: u64) -> u64 {
        let number = self.live.number(at);
        let rank = self.rank(number);
        let to = match number < self.live.lists {
            true => self.young.heap[0] + 8 * rank,
            false => self.young.lists[0] + 8 * (rank - self.heap),
        };
        to + at % 8
    }

    /// What is used above the mark in the end.
    fn ends(&self) -> Young {
        let all = self.before.last().copied().unwrap_or(0);
        let [heap, lists] = [self.young.heap[0], self.young.lists[0]];
        Young {
            heap: [heap, heap + 8 * self.heap],
            lists: [lists, lists + 8 * (u64::from(all) - self.heap)],
        }
    }
}

fn store(memory: &mut [u8], at: u64, word: u64) {
    let bytes = usize::try_from(at).ok().and_then(|at| memory.get_mut(at..));
    if let Some(bytes) = bytes.and_then(|bytes| bytes.first_chunk_mut()) {
        *bytes = word.to_le_bytes();
    }
}

/// Moves what is marked, and says so wherever it is referred to.
pub(super) fn slide(
    request: &Request<'_>,
    marks: Marks,
    memory: &mut [u8],
    words: &mut [u64],
    remembered: &mut Vec<Remembered>,
    weak: &mut u64,
) -> Option<Young> {
    let young = request.young;
    let ways = Ways::of(&marks.live, young)?;
    for trim in &marks.trims {
        store(memory, trim.room_at, trim.room);
        if let Some(at) = trim.empty {
            store(memory, at, 0);
        }
    }
    arguments(request, &ways, words);
    let mut old = marks.old;
    old.sort_unstable();
    old.dedup();
    for at in old {
        let to = ways.way(load(memory, at));
        store(memory, at, to);
    }
    for (n, word) in marks.slots.words.iter().enumerate() {
        let mut left = *word;
        while left != 0 {
            let number = n as u64 * 64 + u64::from(left.trailing_zeros());
            let at = marks.slots.place(number);
            let to = ways.way(load(memory, at));
            store(memory, at, to);
            left &= left - 1;
        }
    }
    remembered.retain_mut(|(at, _)| {
        if !young.has(*at) {
            return true;
        }
        let live = marks.live.has(marks.live.number(*at));
        *at = ways.way(*at);
        live
    });
    if young.has(*weak) {
        let live = marks.live.has(marks.live.number(*weak));
        *weak = if live { ways.way(*weak) } else { 0 };
    }
    move_words(&ways, memory);
    remembered.retain(|(at, _)| load(memory, at + map_layout::TRIE) != 0);
    Some(ways.ends())
}

/// Changes the words of the turn's arguments.
fn arguments(request: &Request<'_>, ways: &Ways<'_>, words: &mut [u64]) {
    let mut rest = words;
    for (plan, _) in &request.turn.plans {
        let plan = request.turns.plans.get(*plan);
        let Some((value, after)) = rest.split_at_mut_checked(plan.words as usize) else {
            return;
        };
        rest = after;
        let before = value.to_vec();
        let word = |n: u32| before.get(n as usize).copied().unwrap_or(0);
        for slot in &plan.slots {
            let holds = slot.when.is_none_or(|(n, tag)| word(n) == tag);
            if holds && request.young.has(word(slot.word)) {
                value[slot.word as usize] = ways.way(word(slot.word));
            }
        }
    }
}

/// Moves each run of needed words down.
fn move_words(ways: &Ways<'_>, memory: &mut [u8]) {
    let live = ways.live;
    let halves = [
        (0, live.lists, ways.young.heap[0]),
        (
            live.lists,
            live.words.len() as u64 * 64,
            ways.young.lists[0],
        ),
    ];
    for (first, last, start) in halves {
        let (mut number, mut to) = (first, start);
        while let Some(from) = next(live, number, last, true) {
            let end = next(live, from, last, false).unwrap_or(last);
            let (at, bytes) = (live.place(from), (end - from) * 8);
            if at != to && at + bytes <= memory.len() as u64 {
                memory.copy_within(at as usize..(at + bytes) as usize, to as usize);
            }
            to += bytes;
            number = end;
        }
    }
}

/// The next number, from one on and before another, whose bit is set, or is not.
fn next(bits: &Bits, from: u64, to: u64, set: bool) -> Option<u64> {
    let mut at = from;
    while at < to {
        let word = bits.words.get((at / 64) as usize).copied()?;
        let wanted = if set { word } else { !word };
        let word = wanted >> (at % 64);
        if word != 0 {
            let found = at + u64::from(word.trailing_zeros());
            return Some(found).filter(|found| *found < to);
        }
        at = (at / 64 + 1) * 64;
    }
    None
}
