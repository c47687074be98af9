//! Maps that keep the order their keys came in. A set is a map to units.
//!
//! Two forms. *Flat*, which is what builders make: entries one after another, and beside them, when there are more
//! than a few, a table of where each hash is. *Trie* (see [`super::trie`]): what persistent changes of larger maps
//! make, because they share what did not change. A flat map that is changed so gets its trie once, and keeps it.
//!
//! An entry is a word of hash, then the words of the key, then those of the value: so what follows the hash is laid
//! out as a pair of both. Entries of a map are never written again; [`count`] and [`push`] and [`put`] write those of
//! builders.
//!
//! Promises: finding, and changing by whatever way, takes constant or logarithmic time; a version of a map shows what
//! it showed when it was made. Leaves out: what a hash is, and when keys are equal ([`Keys`]). Keys that somebody
//! chose to have one hash make this slow, which is why that depends on a seed.

use super::Steps;
use super::list;
use super::trie::{self, Leaf};
use super::words::{
    STEPS, bytes_of, copy, copy_polled, load, new_list, read, room, slice_mut, store, write,
};
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::list as list_layout;
use crate::ty::{MAX_WIDTH, Type};

/// How many entries there are.
pub(crate) const LEN: u64 = 0;
/// The trie; 0 if there is none. A flat map may have one beside.
pub(crate) const TRIE: u64 = 8;
/// Where the entries are; 0 if there are none but in the trie.
pub(crate) const ENTRIES: u64 = 16;
/// Of a flat map: for how many entries there is room. Of a trie: the number that the next key gets.
pub(crate) const CAP: u64 = 24;
const NEXT: u64 = CAP;
/// Bytes of the header of a map that is only a trie.
pub(crate) const TRIE_HEADER: u64 = 32;
/// Where the table is; 0 if there is none.
pub(crate) const TABLE: u64 = 32;
/// The number of its slots less one.
pub(crate) const MASK: u64 = 40;
/// Whether the values are lists that [`push`] made and nobody else knows.
const OWN: u64 = 48;
/// Bytes of the header of a flat map.
pub(crate) const FLAT_HEADER: u64 = 56;

/// Up to so many entries there is no table, and changing a map copies it.
const FEW: u64 = 16;
/// More entries than this do not fit the slots of a table: the upper half of the hash, and the entry's number from 1.
const MOST: u64 = u32::MAX as u64 - 1;

/// What is to be known about keys. It may take long, and then be interrupted.
pub(crate) trait Keys: Copy {
    /// The same for equal keys.
    fn hash(&self, host: &mut dyn Host, key: &[u64]) -> Result<u64, Fault>;
    /// Whether these are the same key.
    fn equal(&self, host: &mut dyn Host, a: &[u64], b: &[u64]) -> Result<bool, Fault>;
}

/// The widths of keys and values, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Of a key.
    pub(crate) key: usize,
    /// Of a value.
    pub(crate) value: usize,
}

impl Shape {
    /// Of keys and values of these types.
    pub(crate) fn of(key: &Type, value: &Type) -> Shape {
        Shape {
            key: key.width().min(MAX_WIDTH),
            value: value.width().min(MAX_WIDTH),
        }
    }
    /// Words of both.
    pub(super) fn pair(self) -> u64 {
        (self.key + self.value) as u64
    }
    /// Words of an entry.
    fn entry(self) -> u64 {
        1 + self.pair()
    }
    /// Whether the key at an offset is this one.
    #[inline]
    pub(super) fn is<K: Keys>(
        self,
        keys: K,
        host: &mut dyn Host,
        at: u64,
        key: &[u64],
    ) -> Result<bool, Fault> {
        let mut words = [0; MAX_WIDTH];
        let words = &mut words[..self.key.min(MAX_WIDTH)];
        read(host.memory(), at, words);
        keys.equal(host, words, key)
    }
}

/// A map or builder of some type: what is to be done to it needs all of this.
#[derive(Clone, Copy)]
pub(crate) struct Map<K> {
    /// The offset of the header.
    pub(crate) at: u64,
    /// The widths.
    pub(crate) shape: Shape,
    /// The keys.
    pub(crate) keys: K,
}

/// A new empty builder.
pub(super) fn builder(host: &mut dyn Host) -> Result<u64, Fault> {
    let header = host.alloc(FLAT_HEADER)?;
    slice_mut(host.memory(), header, FLAT_HEADER / 8).fill(0);
    Ok(header)
}

/// The number of entries of a map or builder.
pub(crate) fn len(memory: &[u8], map: u64) -> u64 {
    load(memory, map.wrapping_add(LEN))
}

/// The trie that a map has; 0 if it has none.
pub(super) fn trie_of(memory: &[u8], map: u64) -> u64 {
    load(memory, map.wrapping_add(TRIE))
}

fn is_flat(memory: &[u8], map: u64) -> bool {
    load(memory, map.wrapping_add(ENTRIES)) != 0 || len(memory, map) == 0
}

/// Where to look on in a flat map.
enum Seek {
    /// An entry with this hash; what comes after it.
    Entry(u64, u64),
    /// There is none: the slot of the table, if there is one, where it should be told of.
    Nowhere(u64),
}

/// The next entry with a hash in a flat map, from where the last search ended; the first starts at 0.
#[inline]
fn seek(memory: &[u8], map: u64, size: u64, hash: u64, from: u64) -> Seek {
    let (entries, table) = (load(memory, map + ENTRIES), load(memory, map + TABLE));
    if table == 0 {
        for n in from..len(memory, map).min(FEW) {
            let entry = entries + n * size;
            if load(memory, entry) == hash {
                return Seek::Entry(entry, n + 1);
            }
        }
        return Seek::Nowhere(0);
    }
    let mask = load(memory, map + MASK);
    for n in from..=mask {
        let at = hash.wrapping_add(n) & mask;
        let slot = load(memory, table.wrapping_add(at * 8));
        if slot == 0 {
            return Seek::Nowhere(at);
        }
        if slot >> 32 == hash >> 32 {
            let number = (slot & u64::from(u32::MAX)) - 1;
            let entry = entries.wrapping_add(number.wrapping_mul(size));
            if load(memory, entry) == hash {
                return Seek::Entry(entry, n + 1);
            }
        }
    }
    Seek::Nowhere(0)
}

impl<K: Keys> Map<K> {
    /// Where the value of a key is.
    #[inline]
    pub(crate) fn find(&self, host: &mut dyn Host, key: &[u64]) -> Result<Option<u64>, Fault> {
        if len(host.memory(), self.at) == 0 {
            return Ok(None);
        }
        let hash = self.keys.hash(host, key)?;
        self.find_hashed(host, hash, key)
    }

    /// As [`Map::find`], in a map that is not empty.
    #[inline]
    fn find_hashed(
        &self,
        host: &mut dyn Host,
        hash: u64,
        key: &[u64],
    ) -> Result<Option<u64>, Fault> {
        let memory = host.memory();
        let pair = match load(memory, self.at + ENTRIES) {
            0 => {
                let root = load(memory, self.at + TRIE);
                trie::find(host, root, self.shape, self.keys, hash, key)?
            }
            _ => self.probe(host, hash, key)?.ok().map(|entry| entry + 8),
        };
        Ok(pair.map(|pair| pair + self.shape.key as u64 * 8))
    }

    /// The entry with a key of a flat map, or else the slot of the table where it should be told of.
    #[inline]
    fn probe(
        &self,
        host: &mut dyn Host,
        hash: u64,
        key: &[u64],
    ) -> Result<Result<u64, u64>, Fault> {
        let size = self.shape.entry() * 8;
        let mut from = 0;
        loop {
            match seek(host.memory(), self.at, size, hash, from) {
                Seek::Nowhere(slot) => return Ok(Err(slot)),
                Seek::Entry(entry, next) => {
                    if self.shape.is(self.keys, host, entry + 8, key)? {
                        return Ok(Ok(entry));
                    }
                    from = next;
                }
            }
        }
    }

    /// Where the value of a key is in a builder, and whether the key is new: its value is zero then.
    fn slot(&self, host: &mut dyn Host, key: &[u64]) -> Result<(u64, bool), Fault> {
        let hash = self.keys.hash(host, key)?;
        let skip = 8 + self.shape.key as u64 * 8;
        let mut free = match self.probe(host, hash, key)? {
            Ok(entry) => return Ok((entry + skip, false)),
            Err(free) => free,
        };
        let memory = host.memory();
        let (len, cap) = (len(memory, self.at), load(memory, self.at + CAP));
        let size = self.shape.entry() * 8;
        if len >= cap {
            self.enlarge(host, len)?;
        }
        let memory = host.memory();
        let (table, mask) = (load(memory, self.at + TABLE), load(memory, self.at + MASK));
        let crowded = (len + 1).saturating_mul(4) > mask.saturating_add(1).saturating_mul(3);
        if len >= FEW && (table == 0 || crowded) {
            self.index(host, len)?;
            // Not there, so it gives the place.
            free = self.probe(host, hash, key)?.err().unwrap_or(0);
        }
        let memory = host.memory();
        let entry = load(memory, self.at + ENTRIES) + len * size;
        store(memory, entry, hash);
        write(memory, entry + 8, key);
        slice_mut(memory, entry + skip, self.shape.value as u64).fill(0);
        let table = load(memory, self.at + TABLE);
        if table != 0 {
            store(memory, table + free * 8, hash >> 32 << 32 | (len + 1));
        }
        store(memory, self.at + LEN, len + 1);
        // Only a builder that was frozen, and whose map was changed since, has one.
        store(memory, self.at + TRIE, 0);
        Ok((entry + skip, true))
    }

    /// Makes room for more entries than `len`, which are as many as there is room for.
    fn enlarge(&self, host: &mut dyn Host, len: u64) -> Result<(), Fault> {
        if len >= MOST {
            return Err(Fault::Memory);
        }
        let size = self.shape.entry() * 8;
        let used = len * size;
        let entries = load(host.memory(), self.at + ENTRIES);
        let least = (len + 1).max(4) * size;
        let [entries, bytes] = host.enlarge(entries, used, least)?;
        let memory = host.memory();
        store(memory, self.at + ENTRIES, entries);
        store(memory, self.at + CAP, bytes / size);
        Ok(())
    }

    /// Makes a table for the entries there are, with room for as many again.
    fn index(&self, host: &mut dyn Host, len: u64) -> Result<(), Fault> {
        let slots = (len * 2).next_power_of_two();
        let table = host.alloc(slots * 8)?;
        let mask = slots - 1;
        let size = self.shape.entry() * 8;
        let entries = load(host.memory(), self.at + ENTRIES);
        let mut steps = Steps::default();
        for start in (0..slots).step_by(STEPS as usize) {
            let part = STEPS.min(slots - start);
            slice_mut(host.memory(), table + start * 8, part).fill(0);
            steps.add(part, host)?;
        }
        for start in (0..len).step_by(STEPS as usize) {
            let part = STEPS.min(len - start);
            let memory = host.memory();
            for number in start..start + part {
                let hash = load(memory, entries + number * size);
                let mut at = hash & mask;
                // At most half of the slots are taken.
                while load(memory, table + at * 8) != 0 {
                    at = (at + 1) & mask;
                }
                store(memory, table + at * 8, hash >> 32 << 32 | (number + 1));
            }
            steps.add(part, host)?;
        }
        let memory = host.memory();
        store(memory, self.at + TABLE, table);
        store(memory, self.at + MASK, mask);
        Ok(())
    }

    /// Sets the value of a key of a builder.
    pub(super) fn put(&self, host: &mut dyn Host, key: &[u64], value: &[u64]) -> Result<(), Fault> {
        let (at, _) = self.slot(host, key)?;
        let memory = host.memory();
        write(memory, at, value);
        store(memory, self.at + TRIE, 0);
        store(memory, self.at + OWN, 0);
        Ok(())
    }

    /// Adds one to the value of a key of a builder, which is a number, and 0 if there is none; gives the sum.
    pub(super) fn count(&self, host: &mut dyn Host, key: &[u64]) -> Result<u64, Fault> {
        let (at, _) = self.slot(host, key)?;
        let memory = host.memory();
        let count = load(memory, at) as i64;
        let count = count.checked_add(1).ok_or(Fault::Overflow)? as u64;
        store(memory, at, count);
        store(memory, self.at + TRIE, 0);
        Ok(count)
    }

    /// Appends to the list that is the value of a key of a builder, an empty one if there is none.
    pub(super) fn push(
        &self,
        host: &mut dyn Host,
        key: &[u64],
        element: &[u64],
    ) -> Result<(), Fault> {
        let memory = host.memory();
        if len(memory, self.at) == 0 {
            store(memory, self.at + OWN, 1);
        }
        let own = load(memory, self.at + OWN) != 0;
        let (at, fresh) = self.slot(host, key)?;
        if fresh {
            let empty = new_list(host, 0, 0)?;
            store(host.memory(), at, empty);
        }
        let held = load(host.memory(), at);
        if own || fresh {
            append(host, held, element)
        } else {
            // Somebody else may have that very list.
            let longer = list::conj(host, held, element)?;
            let memory = host.memory();
            store(memory, at, longer);
            store(memory, self.at + TRIE, 0);
            Ok(())
        }
    }

    /// The map with another value of a key, or with that key.
    pub(super) fn assoc(
        &self,
        host: &mut dyn Host,
        key: &[u64],
        value: &[u64],
    ) -> Result<u64, Fault> {
        let hash = self.keys.hash(host, key)?;
        let memory = host.memory();
        let count = len(memory, self.at);
        if count <= FEW && is_flat(memory, self.at) {
            let found = match count {
                0 => None,
                _ => self.probe(host, hash, key)?.ok(),
            };
            if found.is_some() || count < FEW {
                return self.copy_few(host, found, hash, key, value);
            }
        }
        let (root, next) = self.as_trie(host)?;
        let leaf = Leaf { hash, key, value };
        let set = trie::assoc(host, root, self.shape, self.keys, next, leaf)?;
        trie_header(
            host,
            count + u64::from(set.more),
            set.root,
            next + u64::from(set.more),
        )
    }

    /// A copy of a flat map of a few entries, with another value of one, or with one more.
    fn copy_few(
        &self,
        host: &mut dyn Host,
        found: Option<u64>,
        hash: u64,
        key: &[u64],
        value: &[u64],
    ) -> Result<u64, Fault> {
        let size = self.shape.entry();
        let count = len(host.memory(), self.at);
        let all = count + u64::from(found.is_none());
        let fresh = host.alloc(FLAT_HEADER + all * size * 8)?;
        let entries = fresh + FLAT_HEADER;
        let memory = host.memory();
        let old = load(memory, self.at + ENTRIES);
        copy(memory, old, entries, count * size);
        let entry = match found {
            Some(entry) => entries + entry.saturating_sub(old),
            None => {
                store(memory, entries + count * size * 8, hash);
                write(memory, entries + count * size * 8 + 8, key);
                entries + count * size * 8
            }
        };
        write(memory, entry + 8 + self.shape.key as u64 * 8, value);
        write(memory, fresh, &[all, 0, entries, all, 0, 0, 0]);
        Ok(fresh)
    }

    /// The map without a key.
    pub(super) fn dissoc(&self, host: &mut dyn Host, key: &[u64]) -> Result<u64, Fault> {
        let count = len(host.memory(), self.at);
        if count == 0 {
            return Ok(self.at);
        }
        let hash = self.keys.hash(host, key)?;
        let Some(value) = self.find_hashed(host, hash, key)? else {
            return Ok(self.at);
        };
        let size = self.shape.entry();
        if count == 1 {
            return builder(host);
        }
        if count <= FEW && is_flat(host.memory(), self.at) {
            let fresh = host.alloc(FLAT_HEADER + (count - 1) * size * 8)?;
            let entries = fresh + FLAT_HEADER;
            let memory = host.memory();
            let old = load(memory, self.at + ENTRIES);
            let gone = value.saturating_sub(8 + self.shape.key as u64 * 8);
            let before = (gone.saturating_sub(old) / (size * 8)).min(count - 1);
            copy(memory, old, entries, before * size);
            let (from, to) = ((before + 1) * size * 8, before * size * 8);
            copy(
                memory,
                old + from,
                entries + to,
                (count - 1 - before) * size,
            );
            let all = count - 1;
            write(memory, fresh, &[all, 0, entries, all, 0, 0, 0]);
            return Ok(fresh);
        }
        let (root, next) = self.as_trie(host)?;
        let root = trie::dissoc(host, root, self.shape, self.keys, hash, key)?;
        match root {
            Some(root) => trie_header(host, count - 1, root, next),
            None => builder(host),
        }
    }

    /// The trie of a map that is not empty, and the number that its next key gets.
    fn as_trie(&self, host: &mut dyn Host) -> Result<(u64, u64), Fault> {
        let memory = host.memory();
        let (count, root) = (len(memory, self.at), load(memory, self.at + TRIE));
        if load(memory, self.at + ENTRIES) == 0 {
            return Ok((root, load(memory, self.at + NEXT)));
        }
        if root != 0 {
            return Ok((root, count));
        }
        let entries = load(memory, self.at + ENTRIES);
        let root = trie::of_entries(host, entries, count, self.shape)?;
        store(host.memory(), self.at + TRIE, root);
        Ok((root, count))
    }
}

fn trie_header(host: &mut dyn Host, len: u64, root: u64, next: u64) -> Result<u64, Fault> {
    let header = host.alloc(TRIE_HEADER)?;
    write(host.memory(), header, &[len, root, 0, next]);
    Ok(header)
}

/// The map that a builder holds: the same object.
pub(super) fn freeze(host: &mut dyn Host, builder: u64) -> u64 {
    disown(host, builder);
    builder
}

/// Says that somebody else may know the lists of a builder.
pub(super) fn disown(host: &mut dyn Host, builder: u64) {
    store(host.memory(), builder.wrapping_add(OWN), 0);
}

/// Appends to a list that nobody else knows.
fn append(host: &mut dyn Host, header: u64, element: &[u64]) -> Result<(), Fault> {
    let width = element.len() as u64;
    let memory = host.memory();
    let (len, data) = super::words::list_of(memory, header);
    let cap = load(memory, header + list_layout::CAP);
    let data = if len < cap {
        data
    } else if width == 0 {
        store(memory, header + list_layout::CAP, u64::MAX);
        data
    } else {
        // Groups mostly are small and many: not every one shall begin with room for eight.
        let least = bytes_of((len + 1).max(2), width)?;
        let [data, size] = host.enlarge(data, bytes_of(len, width)?, least)?;
        let memory = host.memory();
        store(memory, header + list_layout::CAP, size / (width * 8));
        store(memory, header + list_layout::DATA, data);
        data
    };
    let memory = host.memory();
    write(memory, data.saturating_add(len * width * 8), element);
    store(memory, header + list_layout::LEN, len + 1);
    Ok(())
}

/// Where the pairs of a map are, in its order: the key's words, and the value's after them.
pub(super) struct Pairs {
    kind: Kind,
}

enum Kind {
    /// The next, how far apart they are, how many are left.
    Flat(u64, u64, u64),
    Trie(std::vec::IntoIter<(u64, u64)>),
}

impl Pairs {
    /// Those of a map with so many words of a key and a value, for whoever can wait: it is read when no run goes on.
    fn of(memory: &[u8], map: u64, words: u64) -> Pairs {
        Pairs::flat(memory, map, words).unwrap_or_else(|| {
            let mut walk = trie::Walk::new(load(memory, map + TRIE));
            while !walk.some(memory, u64::MAX) {}
            walk.found.sort_unstable();
            Pairs::trie(walk.found)
        })
    }

    /// As [`Pairs::of`], for a run.
    pub(super) fn of_run(host: &mut dyn Host, map: u64, shape: Shape) -> Result<Pairs, Fault> {
        if let Some(pairs) = Pairs::flat(host.memory(), map, shape.pair()) {
            return Ok(pairs);
        }
        let memory = host.memory();
        let mut walk = trie::Walk::new(load(memory, map + TRIE));
        walk.found = room(len(memory, map).min(memory.len() as u64 / 8))?;
        let mut steps = Steps::default();
        while !walk.some(host.memory(), STEPS) {
            steps.add(STEPS, host)?;
        }
        super::sort::numbers(host, &mut walk.found)?;
        Ok(Pairs::trie(walk.found))
    }

    fn flat(memory: &[u8], map: u64, words: u64) -> Option<Pairs> {
        let entries = load(memory, map.wrapping_add(ENTRIES)).wrapping_add(8);
        let kind = Kind::Flat(entries, 8 + words * 8, len(memory, map));
        is_flat(memory, map).then_some(Pairs { kind })
    }

    fn trie(found: Vec<(u64, u64)>) -> Pairs {
        let kind = Kind::Trie(found.into_iter());
        Pairs { kind }
    }
}

impl Iterator for Pairs {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        match &mut self.kind {
            Kind::Flat(at, size, left) => {
                *left = left.checked_sub(1)?;
                let pair = *at;
                *at = at.saturating_add(*size);
                Some(pair)
            }
            Kind::Trie(found) => Some(found.next()?.1),
        }
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match &self.kind {
            Kind::Flat(.., left) => *left as usize,
            Kind::Trie(found) => found.len(),
        };
        (left, Some(left))
    }
}

impl ExactSizeIterator for Pairs {}

/// Where the pairs of a map are, in its order; `width` is the number of words of a key and a value.
pub(crate) fn entries(
    memory: &[u8],
    map: u64,
    width: usize,
) -> impl ExactSizeIterator<Item = u64> + use<> {
    Pairs::of(memory, map, width as u64)
}

/// The pairs of a map as a list of tuples: these are parts of the map itself.
pub(super) fn entry_list(host: &mut dyn Host, map: u64, shape: Shape) -> Result<u64, Fault> {
    let pairs = Pairs::of_run(host, map, shape)?;
    let count = pairs.len() as u64;
    list::of_words(host, count, pairs)
}

/// The keys of a map as a list, or its values.
pub(super) fn column(
    host: &mut dyn Host,
    map: u64,
    shape: Shape,
    values: bool,
) -> Result<u64, Fault> {
    let mut pairs = Pairs::of_run(host, map, shape)?;
    let count = pairs.len() as u64;
    let (skip, width) = match values {
        true => (shape.key as u64 * 8, shape.value as u64),
        false => (0, shape.key as u64),
    };
    let data = host.alloc(bytes_of(count, width)?)?;
    let mut steps = Steps::default();
    let mut to = data;
    let mut left = if width == 0 { 0 } else { count };
    while left > 0 {
        let part = left.min(STEPS);
        let memory = host.memory();
        for pair in pairs.by_ref().take(part as usize) {
            copy(memory, pair.saturating_add(skip), to, width);
            to += width * 8;
        }
        left -= part;
        steps.add(part, host)?;
    }
    new_list(host, count, data)
}

/// A builder with what a map holds.
pub(super) fn thaw<K: Keys>(host: &mut dyn Host, map: Map<K>) -> Result<u64, Fault> {
    let fresh = Map {
        at: builder(host)?,
        ..map
    };
    let pairs = Pairs::of_run(host, map.at, map.shape)?;
    let count = pairs.len() as u64;
    let size = map.shape.entry();
    let memory = host.memory();
    if count == 0 {
        return Ok(fresh.at);
    }
    let flat = is_flat(memory, map.at).then(|| load(memory, map.at + ENTRIES));
    let entries = host.alloc(bytes_of(count, size)?)?;
    match flat {
        Some(old) => copy_polled(host, old, entries, count * size)?,
        None => {
            let mut steps = Steps::default();
            for (n, pair) in pairs.enumerate() {
                // The hash lies before the pair there, too.
                copy(host.memory(), pair - 8, entries + n as u64 * size * 8, size);
                steps.add(1, host)?;
            }
        }
    }
    let memory = host.memory();
    write(memory, fresh.at, &[count, 0, entries, count]);
    if count > FEW {
        fresh.index(host, count)?;
    }
    Ok(fresh.at)
}
