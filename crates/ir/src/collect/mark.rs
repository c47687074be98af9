//! Finds what is needed of the memory above a mark: a walk by type, with a stack of its own, that changes nothing.

use super::plan::{Kind, Plan, PlanId, Plans};
use super::{Remembered, Request, Young};
use crate::layout::{array, list};
use crate::library::map_layout as map;
use crate::library::trie_layout as trie;
use std::collections::BTreeMap;

/// Bytes of a word.
const WORD: u64 = 8;
/// A block of at least so many bytes is noted, so that others that cover the same are not walked again and again.
const LARGE: u64 = 1 << 10;
/// Room behind elements is kept if there is so much of a block, or if the header is a root: what grows there would
/// have to be copied as a whole, round by round. In little blocks it is mostly that of lists that are done.
const KEPT_ROOM: u64 = 512;
/// How many elements of a block are looked at before what they refer to.
const BATCH: u64 = 32;
/// So many bytes of work to do are never too much.
const LEAST_ROOM: u64 = 1 << 20;
/// How many old words may be noted before those that were noted more than once are looked for.
const MANY_OLD: usize = 1 << 12;
/// How much work lies between two questions whether the run shall stop.
const BETWEEN: u64 = 1 << 16;

/// The word at an offset; zero outside memory.
#[inline]
pub(super) fn load(memory: &[u8], at: u64) -> u64 {
    let bytes = usize::try_from(at).ok().and_then(|at| memory.get(at..));
    let bytes = bytes.and_then(|bytes| bytes.first_chunk());
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// One bit for each word above the mark: first those of the heap, then, from a whole number of 64 on, those of the
/// half for lists.
pub(super) struct Bits {
    pub(super) words: Vec<u64>,
    /// The first of the half for lists.
    pub(super) lists: u64,
    young: Young,
}

impl Bits {
    fn new(young: Young) -> Option<Bits> {
        let [heap, lists] = [young.heap, young.lists].map(|[from, to]| (to - from) / WORD);
        let first = heap.next_multiple_of(64);
        let count = usize::try_from((first + lists.next_multiple_of(64)) / 64).ok()?;
        let mut words = Vec::new();
        words.try_reserve_exact(count).ok()?;
        words.resize(count, 0);
        Some(Bits {
            words,
            lists: first,
            young,
        })
    }
    /// The number of the word in which a place is, which must be above the mark.
    #[inline]
    pub(super) fn number(&self, at: u64) -> u64 {
        let heap = at.wrapping_sub(self.young.heap[0]);
        if heap < self.young.heap[1] - self.young.heap[0] {
            return heap / WORD;
        }
        self.lists + at.wrapping_sub(self.young.lists[0]) / WORD
    }
    /// Where the word of that number is.
    pub(super) fn place(&self, number: u64) -> u64 {
        match number.checked_sub(self.lists) {
            Some(n) => self.young.lists[0] + n * WORD,
            None => self.young.heap[0] + number * WORD,
        }
    }
    #[inline]
    pub(super) fn has(&self, number: u64) -> bool {
        let word = self.words.get((number / 64) as usize);
        word.is_some_and(|word| word >> (number % 64) & 1 != 0)
    }
    #[inline]
    fn set(&mut self, number: u64) {
        if let Some(word) = self.words.get_mut((number / 64) as usize) {
            *word |= 1 << (number % 64);
        }
    }
    /// Sets those from one number up to another; how many were not.
    fn set_all(&mut self, from: u64, to: u64) -> u64 {
        let mut fresh = 0;
        let mut at = from;
        while at < to {
            let end = to.min((at / 64 + 1) * 64);
            let bits = (u64::MAX >> (64 - (end - at))) << (at % 64);
            let Some(word) = self.words.get_mut((at / 64) as usize) else {
                break;
            };
            fresh += u64::from((bits & !*word).count_ones());
            *word |= bits;
            at = end;
        }
        fresh
    }
}

/// What there is to do yet.
enum Work {
    Object(Kind, u64),
    /// Values of a plan, so many, so many bytes apart.
    Elements {
        plan: PlanId,
        at: u64,
        left: u64,
        stride: u64,
    },
    /// A node of a trie.
    Node(PlanId, u64),
}

/// A header whose room for more is above the mark: where the room's size stands, what that shall be, and where the
/// place of the elements stands if there are none.
pub(super) struct Trim {
    pub(super) room_at: u64,
    pub(super) room: u64,
    pub(super) empty: Option<u64>,
}

/// What is needed.
pub(super) struct Marks {
    /// The words that are.
    pub(super) live: Bits,
    /// Those that refer to something above the mark.
    pub(super) slots: Bits,
    /// Where older words do; some more than once.
    pub(super) old: Vec<u64>,
    pub(super) trims: Vec<Trim>,
    /// How many words are needed.
    pub(super) count: u64,
}

impl Marks {
    /// What the roots reach; `None` if that is too much.
    pub(super) fn of(
        request: &Request<'_>,
        memory: &[u8],
        words: &[u64],
        remembered: &[Remembered],
    ) -> Option<Marks> {
        let young = request.young;
        let marks = Marks {
            live: Bits::new(young)?,
            slots: Bits::new(young)?,
            old: Vec::new(),
            trims: Vec::new(),
            count: 0,
        };
        let mut walk = Walk {
            memory,
            young,
            plans: &request.turns.plans,
            marks,
            todo: Vec::new(),
            large: BTreeMap::new(),
            old_most: MANY_OLD,
        };
        let mut words = words.iter().copied();
        let turn = request.turn;
        for (plan, builder) in &turn.plans {
            let plan = walk.plans.get(*plan);
            let value: Vec<u64> = words.by_ref().take(plan.words as usize).collect();
            if let (true, [slot], [word]) = (builder, &plan.slots[..], &value[..]) {
                walk.root(slot.kind, *word, None);
            }
            walk.value(plan, &value);
        }
        for ((kind, key), word) in turn.roots.iter().zip(words) {
            walk.root(*kind, word, Some(*key));
        }
        if let (Some(header), Some(plan)) = (request.out, request.turns.out) {
            walk.root(Kind::List(plan), header, None);
        }
        for (at, ty) in remembered.iter().filter(|r| !young.has(r.0)) {
            let pair = walk.plans.known_map(ty)?;
            walk.trie(pair, at + map::TRIE);
        }
        walk.run(request)?;
        Some(walk.marks)
    }

    /// Where what is needed ends in each half.
    pub(super) fn ends(&self) -> [u64; 2] {
        let young = self.live.young;
        let last = |from: u64, to: u64| (from..to).rev().find(|n| self.live.has(*n));
        let end = |last: Option<u64>, mark: u64| last.map_or(mark, |n| self.live.place(n) + WORD);
        let all = self.live.words.len() as u64 * 64;
        [
            end(last(0, self.live.lists), young.heap[0]),
            end(last(self.live.lists, all), young.lists[0]),
        ]
    }
}

struct Walk<'a> {
    memory: &'a [u8],
    young: Young,
    plans: &'a Plans,
    marks: Marks,
    todo: Vec<Work>,
    /// Large blocks that were walked, joined: start and end.
    large: BTreeMap<u64, u64>,
    /// With how many old words noted it is looked for those that were noted more than once.
    old_most: usize,
}

impl Walk<'_> {
    fn run(&mut self, request: &Request<'_>) -> Option<()> {
        let mut steps = 0;
        while let Some(work) = self.todo.pop() {
            match work {
                Work::Object(kind, at) => self.object(kind, at),
                Work::Elements {
                    plan,
                    at,
                    left,
                    stride,
                } => {
                    let now = left.min(BATCH);
                    if left > now {
                        let at = at.wrapping_add(now.wrapping_mul(stride));
                        let left = left - now;
                        self.todo.push(Work::Elements {
                            plan,
                            at,
                            left,
                            stride,
                        });
                    }
                    let plan = &self.plans.rows[plan as usize];
                    for n in 0..now {
                        self.fields(plan, at.wrapping_add(n * stride));
                    }
                    steps += now;
                }
                Work::Node(pair, node) => self.node(pair, node),
            }
            steps += 1;
            if steps >= BETWEEN {
                steps = 0;
                if (request.stop)() {
                    return None;
                }
            }
            if self.marks.count * WORD > request.most || self.is_too_much() {
                return None;
            }
        }
        Some(())
    }

    /// Whether what is left to do takes more room than the memory that is walked: objects that are referred to from
    /// everywhere wait once for each reference. The run's limit bounds its memory, and so what is beside it.
    fn is_too_much(&self) -> bool {
        let most = self.young.size().max(LEAST_ROOM);
        (self.todo.len() * size_of::<Work>()) as u64 > most
    }

    /// The references in the words of a value that is in no memory.
    fn value(&mut self, plan: &Plan, words: &[u64]) {
        let word = |n: u32| words.get(n as usize).copied().unwrap_or(0);
        for slot in &plan.slots {
            if slot.when.is_some_and(|(n, tag)| word(n) != tag) {
                continue;
            }
            let at = word(slot.word);
            if !self.young.has(at) {
                continue;
            }
            match slot.kind {
                Kind::Text => self.bytes(at, word(slot.word + 1)),
                kind => self.todo.push(Work::Object(kind, at)),
            }
        }
    }

    /// The references in words at a place.
    #[inline]
    fn fields(&mut self, plan: &Plan, base: u64) {
        for slot in &plan.slots {
            let place = |n: u32| base.wrapping_add(u64::from(n) * WORD);
            if let Some((n, tag)) = slot.when
                && load(self.memory, place(n)) != tag
            {
                continue;
            }
            let place = place(slot.word);
            let at = load(self.memory, place);
            if !self.young.has(at) {
                continue;
            }
            self.slot(place);
            match slot.kind {
                Kind::Text => self.bytes(at, load(self.memory, place.wrapping_add(WORD))),
                _ if self.is_live(at) => {}
                kind => self.todo.push(Work::Object(kind, at)),
            }
        }
    }

    /// Notes that the word at a place refers to something above the mark.
    #[inline]
    fn slot(&mut self, place: u64) {
        if self.young.has(place) {
            let number = self.marks.slots.number(place);
            self.marks.slots.set(number);
        } else {
            self.marks.old.push(place);
            if self.marks.old.len() >= self.old_most {
                self.forget_doubles();
            }
        }
    }

    /// Lists share old elements, and each of them notes these.
    #[cold]
    fn forget_doubles(&mut self) {
        let old = &mut self.marks.old;
        old.sort_unstable();
        old.dedup();
        self.old_most = (old.len() * 2).max(MANY_OLD);
    }

    /// Whether the word at a place above the mark is known to be needed: then so is the object that begins there.
    #[inline]
    fn is_live(&self, at: u64) -> bool {
        self.marks.live.has(self.marks.live.number(at))
    }

    /// Says that these bytes are needed, so far as they lie above the mark.
    #[inline]
    fn need(&mut self, at: u64, bytes: u64) {
        let [from, to] = match at < self.young.heap[1] {
            true => self.young.heap,
            false => self.young.lists,
        };
        let (from, to) = (at.max(from), at.saturating_add(bytes).min(to));
        if from < to {
            let first = self.marks.live.number(from);
            let last = self.marks.live.number(to - 1);
            self.marks.count += self.marks.live.set_all(first, last + 1);
        }
    }

    /// A text above the mark, with the NUL after it or the next byte of that of which it is a piece.
    #[inline]
    fn bytes(&mut self, at: u64, len: u64) {
        let end = at.saturating_add(len).saturating_add(1);
        if len < LARGE {
            return self.need(at, end - at);
        }
        for (from, to) in self.not_walked(at, end) {
            self.need(from, to - from);
        }
    }

    /// The parts of a large block that were in none before.
    fn not_walked(&mut self, from: u64, to: u64) -> Vec<(u64, u64)> {
        let mut parts = Vec::new();
        let (mut start, mut end, mut at) = (from, to, from);
        let touching = self.large.range(..=to).rev();
        let touching: Vec<(u64, u64)> = touching
            .take_while(|(_, end)| **end >= from)
            .map(|(a, b)| (*a, *b))
            .collect();
        for (a, b) in touching.into_iter().rev() {
            if at < a {
                parts.push((at, a));
            }
            at = at.max(b);
            (start, end) = (start.min(a), end.max(b));
            self.large.remove(&a);
        }
        if at < to {
            parts.push((at, to));
        }
        self.large.insert(start, end);
        parts
    }

    /// Values one after another.
    fn elements(&mut self, plan: PlanId, at: u64, count: u64, stride: u64) {
        if self.plans.get(plan).slots.is_empty() || count == 0 {
            return;
        }
        let last = (count - 1).saturating_mul(stride);
        let bytes = last.saturating_add(self.plans.get(plan).words * WORD);
        if bytes < LARGE {
            return self.todo.push(Work::Elements {
                plan,
                at,
                left: count,
                stride,
            });
        }
        for (from, to) in self.not_walked(at, at.saturating_add(bytes)) {
            // Blocks that share memory share elements.
            let first = from.wrapping_sub(at) / stride;
            let last = to.wrapping_sub(at).div_ceil(stride);
            self.todo.push(Work::Elements {
                plan,
                at: at + first * stride,
                left: last - first,
                stride,
            });
        }
    }

    fn object(&mut self, kind: Kind, at: u64) {
        if self.is_live(at) {
            return;
        }
        let plan = match kind {
            Kind::Text => return,
            Kind::List(element) => return self.list(element, at),
            Kind::Map(pair) => return self.map(pair, at),
            Kind::Array { bytes } => {
                let len = load(self.memory, at + array::LEN);
                let size = if bytes { len } else { len.saturating_mul(WORD) };
                return self.need(at, array::DATA.saturating_add(size));
            }
            Kind::Object(plan) => Some(plan),
            Kind::Case(of) => {
                let case = load(self.memory, at) as usize;
                let cases = self.plans.enums.get(of as usize);
                cases.and_then(|cases| cases.get(case)).copied()
            }
            Kind::Error => {
                let site = load(self.memory, at + WORD);
                self.plans.errors.get(&site).copied()
            }
        };
        if let Some(plan) = plan {
            let plan = &self.plans.rows[plan as usize];
            self.need(at, plan.words * WORD);
            self.fields(plan, at);
        }
    }

    /// A list, whose header may be old if it is a root.
    fn list(&mut self, element: PlanId, at: u64) {
        let word = |n: u64| load(self.memory, at + n);
        let (len, room, data) = (word(list::LEN), word(list::CAP), word(list::DATA));
        self.need(at, list::HEADER);
        let stride = self.plans.get(element).words * WORD;
        if stride == 0 {
            return;
        }
        let room = self.room([at + list::CAP, at + list::DATA], [len, room, data], stride);
        self.block(at + list::DATA, data, room.saturating_mul(stride));
        self.elements(element, data, len, stride);
    }

    /// A block of elements that the word at a place refers to.
    fn block(&mut self, place: u64, data: u64, bytes: u64) {
        if bytes > 0 {
            if self.young.has(data) {
                self.slot(place);
            }
            self.need(data, bytes);
        }
    }

    /// How many elements there is still room for in a block; notes a header if that is less than it says.
    fn room(&mut self, [room_at, data_at]: [u64; 2], header: [u64; 3], stride: u64) -> u64 {
        let [len, room, data] = header;
        if room > len && (room.saturating_mul(stride) >= KEPT_ROOM || !self.young.has(room_at)) {
            return room;
        }
        let end = |n: u64| data.saturating_add(n.saturating_mul(stride));
        let mark = self.young.mark(data);
        if room == len && len > 0 || end(room) <= mark {
            return room;
        }
        let below = mark.saturating_sub(data) / stride;
        let young = self.young.has(data);
        let room = match end(len) >= mark {
            true => len,
            false => below.max(len),
        };
        self.marks.trims.push(Trim {
            room_at,
            room,
            empty: (len == 0 && young).then_some(data_at),
        });
        room
    }

    /// A map or builder, whose header may be old if it is a root.
    fn map(&mut self, pair: PlanId, at: u64) {
        let word = |n: u64| load(self.memory, at.wrapping_add(n));
        let (len, entries) = (word(map::LEN), word(map::ENTRIES));
        let flat = entries != 0 || len == 0;
        self.need(
            at,
            if flat {
                map::FLAT_HEADER
            } else {
                map::TRIE_HEADER
            },
        );
        self.trie(pair, at + map::TRIE);
        if !flat {
            return;
        }
        let (room, table, mask) = (word(map::CAP), word(map::TABLE), word(map::MASK));
        let stride = (1 + self.plans.get(pair).words) * WORD;
        let header = [len, room, entries];
        let room = self.room([at + map::CAP, at + map::ENTRIES], header, stride);
        self.block(at + map::ENTRIES, entries, room.saturating_mul(stride));
        let size = if table == 0 {
            0
        } else {
            mask.saturating_add(1)
        };
        self.block(at + map::TABLE, table, size.saturating_mul(WORD));
        self.elements(pair, entries.wrapping_add(WORD), len, stride);
    }

    /// A trie that the word at a place refers to.
    fn trie(&mut self, pair: PlanId, place: u64) {
        let node = load(self.memory, place);
        if self.young.has(node) {
            self.slot(place);
            self.todo.push(Work::Node(pair, node));
        }
    }

    fn node(&mut self, pair: PlanId, node: u64) {
        let at = trie::at(node);
        if self.is_live(at) {
            return;
        }
        let plan = &self.plans.rows[pair as usize];
        if trie::is_leaf(node) {
            self.need(at, trie::PAIR + plan.words * WORD);
            return self.fields(plan, at + trie::PAIR);
        }
        let count = trie::count(self.memory, node);
        self.need(at, (1 + count) * WORD);
        for place in (1..=count).map(|n| at + n * WORD) {
            self.trie(pair, place);
        }
    }

    /// What is being built, and may be old: its contents may be younger all the same. So may be the lists in a map
    /// that is being built, to which `map.push` appends; `key` is the number of words of a key there.
    fn root(&mut self, kind: Kind, at: u64, key: Option<u64>) {
        if self.young.has(at) {
            return self.todo.push(Work::Object(kind, at));
        }
        match kind {
            Kind::List(element) => self.list(element, at),
            Kind::Map(pair) => {
                self.map(pair, at);
                self.values(pair, at, key);
            }
            _ => {}
        }
    }

    /// Old lists that are values in an old builder of a map.
    fn values(&mut self, pair: PlanId, at: u64, key: Option<u64>) {
        let plan = self.plans.get(pair);
        let value = plan.slots.iter().find(|s| Some(u64::from(s.word)) == key);
        let Some(Kind::List(element)) = value.map(|s| s.kind) else {
            return;
        };
        let word = |n: u64| load(self.memory, at.wrapping_add(n));
        let (len, entries) = (word(map::LEN), word(map::ENTRIES));
        let stride = (1 + plan.words) * WORD;
        let skip = WORD + key.unwrap_or(0) * WORD;
        for n in 0..len.min(self.memory.len() as u64 / stride) {
            let header = load(self.memory, entries.wrapping_add(n * stride + skip));
            if header != 0 && !self.young.has(header) {
                self.list(element, header);
            }
        }
    }
}
