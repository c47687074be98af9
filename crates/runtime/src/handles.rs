//! The handle table: which descriptors a program has, by slot and generation.
//!
//! Promises: a handle that was closed is never taken for another one, since its slot has counted up; a slot that has
//! counted to the end is not used again. What a run opened is on a stack with a stamp each, counting up; a mark is a
//! stamp, and closing down to it closes what has that stamp or a later one. (Not the height of the stack: a handle
//! below a mark may be closed by name, and what is opened after that still lies above the mark.)
//! Leaves out: closing descriptors, which is the caller's, who has the kernel.
#![allow(
    unsafe_code,
    reason = "the table is pages of zero bytes, which are read as slots"
)]

use crate::mapping::Mapping;
use sawmill_ir::fault::Fault;
use sawmill_ir::rights::Rights;
use std::io;
use std::ops::{Deref, DerefMut};

/// A row of the handle table; compiled code reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    /// Counts up whenever the slot is closed; 0 only in a slot that was never used, and in no handle.
    pub generation: u32,
    /// The descriptor.
    pub fd: i32,
    /// The rights as a mask.
    pub rights: u32,
    /// RESOLVE flags of the root it comes from.
    pub resolve: u32,
}

/// The number of slots, a power of two: compiled code masks with `SLOTS - 1`, so that no index is out of bounds.
pub const SLOTS: usize = 1 << 16;

/// Labels that would become longer than this start anew with what was opened last.
const LABEL: usize = 4096;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Owner {
    Nobody,
    Run,
    Session,
}

#[derive(Debug)]
struct Row {
    owner: Owner,
    label: Vec<u8>,
}

/// The table and the stack.
pub(crate) struct Handles {
    slots: Slots,
    rows: Vec<Row>,
    free: Vec<u32>,
    stack: Vec<(u64, u64)>,
    next: u64,
    runs: usize,
    open: usize,
    limit: usize,
}

impl Handles {
    /// An empty table that will hold at most `limit` handles at a time.
    pub(crate) fn new(limit: usize) -> io::Result<Handles> {
        Ok(Handles {
            slots: Slots(Mapping::new(SLOTS * size_of::<Slot>())?),
            rows: Vec::new(),
            free: Vec::new(),
            stack: Vec::new(),
            next: 0,
            runs: 0,
            open: 0,
            limit: limit.min(SLOTS),
        })
    }

    /// The table, for compiled code.
    pub(crate) fn slots(&self) -> *const Slot {
        self.slots.as_ptr()
    }

    /// The mark to close down to whatever is opened from here on.
    pub(crate) fn mark(&self) -> u64 {
        self.next
    }

    /// The number of open handles.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// The row of a handle, if it is open.
    pub(crate) fn get(&self, handle: u64) -> Option<&Slot> {
        let slot = self.slots.get(index(handle))?;
        (slot.generation == generation(handle) && slot.generation != 0).then_some(slot)
    }

    /// What it was opened with; empty if it is closed.
    pub(crate) fn label(&self, handle: u64) -> &[u8] {
        match self.get(handle) {
            Some(_) => self.rows.get(index(handle)).map_or(&[], |r| &r.label),
            None => &[],
        }
    }

    /// Takes a descriptor in, with the rights and RESOLVE flags of `slot`; `session` owns it or the run does.
    pub(crate) fn adopt(&mut self, slot: Slot, session: bool) -> Result<u64, Fault> {
        if self.open >= self.limit {
            return Err(Fault::Handles);
        }
        let at = match self.free.pop() {
            Some(at) => at as usize,
            None if self.rows.len() < SLOTS => {
                self.rows.push(Row {
                    owner: Owner::Nobody,
                    label: Vec::new(),
                });
                self.rows.len() - 1
            }
            None => return Err(Fault::Handles),
        };
        let generation = self.slots[at].generation.max(1);
        self.slots[at] = Slot { generation, ..slot };
        let handle = u64::from(generation) << 32 | at as u64;
        self.open += 1;
        if session {
            self.rows[at].owner = Owner::Session;
        } else {
            self.rows[at].owner = Owner::Run;
            self.stack.push((self.next, handle));
            self.next += 1;
            self.runs += 1;
        }
        Ok(handle)
    }

    /// Says what a handle was opened with: `path`, below `base` (0 for none).
    pub(crate) fn set_label(&mut self, handle: u64, base: u64, path: &[u8]) {
        let mut label = std::mem::take(&mut self.rows[index(handle)].label);
        label.clear();
        let above = self.label(base);
        let same = path.is_empty() || path == b".";
        let joins = !path.starts_with(b"/") && above.len() + path.len() < LABEL;
        if !above.is_empty() && (same || joins && above != b".") {
            label.extend_from_slice(above);
        }
        if !same || label.is_empty() {
            if !label.is_empty() && !label.ends_with(b"/") {
                label.push(b'/');
            }
            label.extend_from_slice(path);
        }
        self.rows[index(handle)].label = label;
    }

    /// Forgets a handle and gives its descriptor, to be closed; `None` if it is closed already.
    pub(crate) fn close(&mut self, handle: u64) -> Option<i32> {
        let fd = self.forget(handle)?;
        while let Some((_, top)) = self.stack.last()
            && self.get(*top).is_none()
        {
            self.stack.pop();
        }
        if self.stack.len() > 2 * self.runs + 64 {
            let mut stack = std::mem::take(&mut self.stack);
            stack.retain(|(_, handle)| self.get(*handle).is_some());
            self.stack = stack;
        }
        Some(fd)
    }

    /// Forgets the latest handle of the run that has the mark or a later stamp and is not in `keep`, and gives its
    /// descriptor; `None` when there is none any more, after which those kept count as opened at the mark.
    pub(crate) fn close_next(&mut self, mark: u64, keep: &[u64]) -> Option<i32> {
        let mut at = self.stack.len();
        while at > 0 && self.stack[at - 1].0 >= mark {
            at -= 1;
            let handle = self.stack[at].1;
            if !keep.contains(&handle) {
                self.stack.remove(at);
                if let Some(fd) = self.forget(handle) {
                    return Some(fd);
                }
            }
        }
        self.next = self.next.min(mark);
        for entry in &mut self.stack[at..] {
            entry.0 = self.next;
            self.next += 1;
        }
        None
    }

    /// Makes the session own a handle of the run. Whether it is open.
    pub(crate) fn keep(&mut self, handle: u64) -> bool {
        if self.get(handle).is_none() {
            return false;
        }
        let row = &mut self.rows[index(handle)];
        if row.owner == Owner::Run {
            row.owner = Owner::Session;
            self.runs -= 1;
            self.stack.retain(|(_, other)| *other != handle);
        }
        true
    }

    /// Forgets any handle that is open, the session's included, and gives its descriptor.
    pub(crate) fn close_any(&mut self) -> Option<i32> {
        let at = self.rows.iter().position(|r| r.owner != Owner::Nobody)?;
        self.close(u64::from(self.slots[at].generation) << 32 | at as u64)
    }

    fn forget(&mut self, handle: u64) -> Option<i32> {
        let fd = self.get(handle)?.fd;
        let at = index(handle);
        let generation = self.slots[at].generation.wrapping_add(1);
        self.slots[at] = Slot {
            generation,
            fd: -1,
            rights: 0,
            resolve: 0,
        };
        if generation != 0 {
            self.free.push(at as u32);
        }
        self.open -= 1;
        if self.rows[at].owner == Owner::Run {
            self.runs -= 1;
        }
        self.rows[at].owner = Owner::Nobody;
        Some(fd)
    }
}

/// All slots, as pages of their own: a fresh table costs what is used of it.
#[derive(Debug)]
struct Slots(Mapping);

impl Deref for Slots {
    type Target = [Slot];
    fn deref(&self) -> &[Slot] {
        // SAFETY: the mapping is that large and aligned to a page; a slot is four integers, for which any bytes are a
        // value.
        unsafe { std::slice::from_raw_parts(self.0.base().cast(), SLOTS) }
    }
}

impl DerefMut for Slots {
    fn deref_mut(&mut self) -> &mut [Slot] {
        // SAFETY: as in `deref`; the borrow of self is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.0.base().cast(), SLOTS) }
    }
}

impl Slot {
    /// A row for a descriptor.
    pub(crate) fn of(fd: i32, rights: Rights, resolve: u32) -> Slot {
        Slot {
            generation: 0,
            fd,
            rights: rights.bits(),
            resolve,
        }
    }
}

fn index(handle: u64) -> usize {
    handle as u32 as usize
}

fn generation(handle: u64) -> u32 {
    (handle >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(handles: &mut Handles, fd: i32) -> u64 {
        handles.adopt(Slot::of(fd, Rights::STAT, 0), false).unwrap()
    }

    fn close_to(handles: &mut Handles, mark: u64, keep: &[u64]) -> Vec<i32> {
        std::iter::from_fn(|| handles.close_next(mark, keep)).collect()
    }

    #[test]
    fn closes_the_latest_first_down_to_the_mark() {
        let mut handles = Handles::new(100).unwrap();
        let below = open(&mut handles, 10);
        let mark = handles.mark();
        let all: Vec<u64> = (11..16).map(|fd| open(&mut handles, fd)).collect();
        assert_eq!(handles.close(all[1]), Some(12));
        assert_eq!(handles.close(all[1]), None);
        assert_eq!(
            close_to(&mut handles, mark, &[all[0], all[3], below]),
            [15, 13]
        );
        // Those kept belong to whoever is around: a later mark is above them.
        let later = handles.mark();
        let next = open(&mut handles, 20);
        assert_eq!(close_to(&mut handles, later, &[]), [20]);
        assert!(handles.get(next).is_none());
        assert_eq!(close_to(&mut handles, mark, &[]), [14, 11]);
        assert_eq!(handles.mark(), mark);
        assert_eq!(close_to(&mut handles, 0, &[]), [10]);
        assert_eq!(handles.open(), 0);
    }

    #[test]
    fn what_is_opened_after_a_lower_one_was_closed_is_above_the_mark() {
        let mut handles = Handles::new(100).unwrap();
        let lower = open(&mut handles, 10);
        let mark = handles.mark();
        handles.close(lower);
        open(&mut handles, 11);
        assert_eq!(close_to(&mut handles, mark, &[]), [11]);
    }

    #[test]
    fn a_slot_that_has_counted_to_the_end_is_not_used_again() {
        let mut handles = Handles::new(100).unwrap();
        let first = open(&mut handles, 10);
        handles.close(first);
        handles.slots[0].generation = u32::MAX;
        let last = open(&mut handles, 11);
        assert_eq!(last, u64::from(u32::MAX) << 32);
        handles.close(last);
        assert!(handles.get(last).is_none() && handles.get(0).is_none());
        let other = open(&mut handles, 12);
        assert_eq!(index(other), 1);
    }

    #[test]
    fn the_stack_stays_as_small_as_what_is_open() {
        let mut handles = Handles::new(100).unwrap();
        for _ in 0..10_000 {
            let a = open(&mut handles, 1);
            let _stays_until_the_next_round = open(&mut handles, 2);
            handles.close(a);
            if handles.open() == 50 {
                close_to(&mut handles, 0, &[]);
            }
            assert!(handles.stack.len() <= 2 * handles.open() + 66);
        }
    }

    #[test]
    fn the_session_keeps_what_it_keeps() {
        let mut handles = Handles::new(3).unwrap();
        let kept = open(&mut handles, 10);
        assert!(handles.keep(kept) && handles.keep(kept));
        open(&mut handles, 11);
        open(&mut handles, 12);
        let full = handles.adopt(Slot::of(13, Rights::NONE, 0), false);
        assert_eq!(full, Err(Fault::Handles));
        assert_eq!(close_to(&mut handles, 0, &[]), [12, 11]);
        assert_eq!(handles.get(kept).map(|s| s.fd), Some(10));
        assert_eq!(handles.close_any(), Some(10));
        assert_eq!(handles.close_any(), None);
    }

    #[test]
    fn labels_tell_the_path() {
        let mut handles = Handles::new(100).unwrap();
        let mut label = |base: u64, path: &[u8]| {
            let handle = open(&mut handles, 1);
            handles.set_label(handle, base, path);
            (handle, handles.label(handle).to_vec())
        };
        let (root, text) = label(0, b"/");
        assert_eq!(text, b"/");
        let (etc, text) = label(root, b"etc");
        assert_eq!(text, b"/etc");
        assert_eq!(label(etc, b"").1, b"/etc");
        assert_eq!(label(etc, b".").1, b"/etc");
        assert_eq!(label(etc, b"/usr").1, b"/usr");
        let (here, text) = label(0, b".");
        assert_eq!(text, b".");
        assert_eq!(label(here, b"a/b").1, b"a/b");
        assert_eq!(label(here, b".").1, b".");
        let (long, _) = label(etc, &[b'x'; LABEL - 10]);
        assert_eq!(label(long, b"deep and deeper").1, b"deep and deeper");
    }
}
