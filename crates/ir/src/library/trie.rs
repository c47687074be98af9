//! Persistent maps: tries over the bits of the keys' hashes, four at a time from the top, whose versions share what
//! did not change. (Sixteen ways, not thirty-two: a change copies half as much, and nothing is ever freed in a run.)
//!
//! A reference is an offset with its kind in the lowest bits. A branch is a word with a bit for each way that leads
//! somewhere, then references, in order. A leaf is the number of its key (keys are numbered as they come, and a map is
//! read in the order of these numbers), the hash, the key, the value. Keys of the same hash are a bunch: their number,
//! then references to leaves.
//!
//! No branch has a single leaf or bunch as all it leads to. Nodes are never written again once they are in a map.

use super::Steps;
use super::map::{Keys, Shape};
use super::words::{STEPS, bytes_of, copy, load, room, store, write};
use crate::fault::Fault;
use crate::host::Host;

/// Kinds of references.
const BRANCH: u64 = 0;
const LEAF: u64 = 1;
const BUNCH: u64 = 2;
const KIND: u64 = 3;

/// Levels of branches: sixteen of four bits.
const LEVELS: u32 = 16;
/// What lies before the key in a leaf.
pub(crate) const PAIR: u64 = 16;

fn kind(node: u64) -> u64 {
    node & KIND
}

/// Where a node is.
pub(crate) fn at(node: u64) -> u64 {
    node & !KIND
}

/// Whether a node is a leaf: else words that are references follow its first one.
pub(crate) fn is_leaf(node: u64) -> bool {
    kind(node) == LEAF
}

/// How many nodes a branch or bunch refers to.
pub(crate) fn count(memory: &[u8], node: u64) -> u64 {
    match kind(node) {
        BRANCH => (load(memory, at(node)) & 0xffff).count_ones().into(),
        _ => load(memory, at(node)).min(memory.len() as u64 / 8),
    }
}

/// The way to go at a level, as a bit.
fn way(hash: u64, level: u32) -> u64 {
    1 << (hash >> (60 - 4 * level.min(15)) & 15)
}

/// Whether a branch goes that way, and where it says so.
fn reference(memory: &[u8], branch: u64, way: u64) -> (bool, u64) {
    let ways = load(memory, at(branch));
    let before = (ways & (way - 1)).count_ones();
    (ways & way != 0, at(branch) + 8 + 8 * u64::from(before))
}

/// Where the pair of a key is.
pub(super) fn find<K: Keys>(
    host: &mut dyn Host,
    root: u64,
    shape: Shape,
    keys: K,
    hash: u64,
    key: &[u64],
) -> Result<Option<u64>, Fault> {
    let memory = host.memory();
    let mut node = root;
    for level in 0..LEVELS {
        if kind(node) != BRANCH {
            break;
        }
        let (goes, place) = reference(memory, node, way(hash, level));
        if !goes {
            return Ok(None);
        }
        node = load(memory, place);
    }
    let pair = match kind(node) {
        LEAF if load(memory, at(node) + 8) == hash => {
            let pair = at(node) + PAIR;
            shape.is(keys, host, pair, key)?.then_some(pair)
        }
        BUNCH => {
            let leaf = member(host, node, shape, keys, hash, key)?;
            leaf.map(|leaf| at(load(host.memory(), leaf)) + PAIR)
        }
        _ => None,
    };
    Ok(pair)
}

/// Where a bunch refers to the leaf of a key.
fn member<K: Keys>(
    host: &mut dyn Host,
    bunch: u64,
    shape: Shape,
    keys: K,
    hash: u64,
    key: &[u64],
) -> Result<Option<u64>, Fault> {
    let memory = host.memory();
    let count = load(memory, at(bunch)).min(memory.len() as u64 / 8);
    let first = at(load(memory, at(bunch) + 8));
    if load(memory, first + 8) != hash {
        return Ok(None);
    }
    let mut steps = Steps::default();
    for place in (0..count).map(|n| at(bunch) + 8 + 8 * n) {
        let leaf = at(load(host.memory(), place));
        if shape.is(keys, host, leaf + PAIR, key)? {
            return Ok(Some(place));
        }
        steps.add(1, host)?;
    }
    Ok(None)
}

/// A key and its value.
#[derive(Clone, Copy)]
pub(super) struct Leaf<'a> {
    pub(super) hash: u64,
    pub(super) key: &'a [u64],
    pub(super) value: &'a [u64],
}

impl Leaf<'_> {
    /// As a node, with the number of its key.
    fn node(&self, host: &mut dyn Host, number: u64) -> Result<u64, Fault> {
        let (key, value) = (self.key.len() as u64, self.value.len() as u64);
        let leaf = host.alloc(PAIR + 8 * (key + value))?;
        let memory = host.memory();
        write(memory, leaf, &[number, self.hash]);
        write(memory, leaf + PAIR, self.key);
        write(memory, leaf + PAIR + 8 * key, self.value);
        Ok(leaf | LEAF)
    }
}

/// What setting a key made.
pub(super) struct Set {
    pub(super) root: u64,
    /// Whether the key is new.
    pub(super) more: bool,
}

/// The branches from the root down, and how many.
struct Path {
    branches: [u64; LEVELS as usize],
    count: u32,
}

impl Path {
    /// Down to where a hash leads: what is there is a leaf or bunch, or 0 if there is nothing.
    fn down(memory: &[u8], root: u64, hash: u64) -> (Path, u64) {
        let mut path = Path {
            branches: [0; LEVELS as usize],
            count: 0,
        };
        let mut node = root;
        while kind(node) == BRANCH && path.count < LEVELS {
            path.branches[path.count as usize] = node;
            let (goes, place) = reference(memory, node, way(hash, path.count));
            path.count += 1;
            node = if goes { load(memory, place) } else { 0 };
            if node == 0 {
                break;
            }
        }
        (path, node)
    }

    /// Copies the branches upwards, with this node where the hash leads; gives the root.
    fn replace(&self, host: &mut dyn Host, hash: u64, mut node: u64) -> Result<u64, Fault> {
        let memory = host.memory();
        let mut words = 0;
        for (level, branch) in (0..self.count).zip(self.branches) {
            let (goes, _) = reference(memory, branch, way(hash, level));
            words += size(memory, branch) + u64::from(!goes);
        }
        let mut fresh = host.alloc(8 * words)?;
        let memory = host.memory();
        for level in (0..self.count).rev() {
            let old = self.branches[level as usize];
            let words = with(memory, old, way(hash, level), node, fresh);
            node = fresh | BRANCH;
            fresh += 8 * words;
        }
        Ok(node)
    }
}

/// The words of a branch.
fn size(memory: &[u8], branch: u64) -> u64 {
    1 + u64::from((load(memory, at(branch)) & 0xffff).count_ones())
}

/// Writes a copy of a branch that goes some way to a node; how many words it takes.
fn with(memory: &mut [u8], old: u64, way: u64, node: u64, fresh: u64) -> u64 {
    let ways = load(memory, at(old)) & 0xffff;
    let (goes, place) = reference(memory, old, way);
    let count = size(memory, old);
    let before = (place - at(old)) / 8;
    if goes {
        copy(memory, at(old), fresh, count);
    } else {
        copy(memory, at(old), fresh, before);
        copy(memory, place, fresh + 8 * before + 8, count - before);
        store(memory, fresh, ways | way);
    }
    store(memory, fresh + 8 * before, node);
    count + u64::from(!goes)
}

/// The trie in which a key has this value; `next` is the number that it gets if it is new.
pub(super) fn assoc<K: Keys>(
    host: &mut dyn Host,
    root: u64,
    shape: Shape,
    keys: K,
    next: u64,
    leaf: Leaf<'_>,
) -> Result<Set, Fault> {
    let memory = host.memory();
    let (path, there) = Path::down(memory, root, leaf.hash);
    let (node, more) = match kind(there) {
        _ if there == 0 => (leaf.node(host, next)?, true),
        LEAF => {
            let (number, hash) = (load(memory, at(there)), load(memory, at(there) + 8));
            if hash == leaf.hash && shape.is(keys, host, at(there) + PAIR, leaf.key)? {
                (leaf.node(host, number)?, false)
            } else {
                let new = leaf.node(host, next)?;
                (
                    fork(host, path.count, [there, new], [hash, leaf.hash])?,
                    true,
                )
            }
        }
        _ => {
            let first = at(load(memory, at(there) + 8));
            let hash = load(memory, first + 8);
            if hash == leaf.hash {
                let place = member(host, there, shape, keys, hash, leaf.key)?;
                (bunch_with(host, there, place, next, leaf)?, place.is_none())
            } else {
                let new = leaf.node(host, next)?;
                (
                    fork(host, path.count, [there, new], [hash, leaf.hash])?,
                    true,
                )
            }
        }
    };
    let root = path.replace(host, leaf.hash, node)?;
    Ok(Set { root, more })
}

/// Two nodes that are no branches below that level.
fn fork(host: &mut dyn Host, level: u32, nodes: [u64; 2], hashes: [u64; 2]) -> Result<u64, Fault> {
    if hashes[0] == hashes[1] {
        return host
            .put_words(&[2, nodes[0], nodes[1]])
            .map(|at| at | BUNCH);
    }
    let mut split = level;
    while split < LEVELS - 1 && way(hashes[0], split) == way(hashes[1], split) {
        split += 1;
    }
    let [a, b] = hashes.map(|hash| way(hash, split));
    let [first, second] = if a < b { nodes } else { [nodes[1], nodes[0]] };
    let mut node = host.put_words(&[a | b, first, second])?;
    for level in (level..split).rev() {
        node = host.put_words(&[way(hashes[0], level), node])?;
    }
    Ok(node)
}

/// A bunch in which a key has this value; `place` is where the old one refers to its leaf.
fn bunch_with(
    host: &mut dyn Host,
    old: u64,
    place: Option<u64>,
    next: u64,
    leaf: Leaf<'_>,
) -> Result<u64, Fault> {
    let memory = host.memory();
    let count = load(memory, at(old));
    let number = place.map(|p| load(memory, at(load(memory, p))));
    let node = leaf.node(host, number.unwrap_or(next))?;
    let all = count + u64::from(place.is_none());
    let fresh = host.alloc(bytes_of(1 + all, 1)?)?;
    let memory = host.memory();
    copy(memory, at(old), fresh, 1 + count);
    let offset = place.map_or(8 + 8 * count, |p| p - at(old));
    store(memory, fresh, all);
    store(memory, fresh + offset, node);
    Ok(fresh | BUNCH)
}

/// The trie without a key, which is in it; none if that was all.
pub(super) fn dissoc<K: Keys>(
    host: &mut dyn Host,
    root: u64,
    shape: Shape,
    keys: K,
    hash: u64,
    key: &[u64],
) -> Result<Option<u64>, Fault> {
    let memory = host.memory();
    let (path, there) = Path::down(memory, root, hash);
    let mut node = match kind(there) {
        BUNCH => match member(host, there, shape, keys, hash, key)? {
            Some(place) => Some(bunch_without(host, there, place)?),
            None => return Ok(Some(root)),
        },
        _ => None,
    };
    // Upwards: what leads to nothing goes, and what leads only to a leaf becomes that leaf.
    for level in (0..path.count).rev() {
        let old = path.branches[level as usize];
        let way = way(hash, level);
        let alone = load(host.memory(), at(old)) & 0xffff == way;
        node = match node {
            Some(node) if alone && kind(node) != BRANCH => Some(node),
            Some(node) => {
                let fresh = size(host.memory(), old);
                let fresh = host.alloc(8 * fresh)?;
                with(host.memory(), old, way, node, fresh);
                Some(fresh | BRANCH)
            }
            None if alone => None,
            None => Some(without(host, old, way)?),
        };
    }
    Ok(node)
}

/// A copy of a branch without a way, one of several; if only a leaf or a bunch is left, that.
fn without(host: &mut dyn Host, old: u64, way: u64) -> Result<u64, Fault> {
    let memory = host.memory();
    let ways = load(memory, at(old)) & 0xffff;
    let (_, place) = reference(memory, old, way);
    let count = u64::from(ways.count_ones());
    let before = (place - at(old)) / 8;
    if count == 2 {
        let other = if before == 1 { place + 8 } else { at(old) + 8 };
        let other = load(memory, other);
        if kind(other) != BRANCH {
            return Ok(other);
        }
    }
    let fresh = host.alloc(8 * count)?;
    let memory = host.memory();
    copy(memory, at(old), fresh, before);
    copy(memory, place + 8, fresh + 8 * before, count - before);
    store(memory, fresh, ways & !way);
    Ok(fresh | BRANCH)
}

fn bunch_without(host: &mut dyn Host, old: u64, place: u64) -> Result<u64, Fault> {
    let memory = host.memory();
    let count = load(memory, at(old));
    let before = (place - at(old)) / 8;
    if count == 2 {
        let other = if before == 1 { place + 8 } else { at(old) + 8 };
        return Ok(load(memory, other));
    }
    let fresh = host.alloc(bytes_of(count, 1)?)?;
    let memory = host.memory();
    copy(memory, at(old), fresh, before);
    copy(
        memory,
        place + 8,
        fresh + 8 * before,
        count.saturating_sub(before),
    );
    store(memory, fresh, count.saturating_sub(1));
    Ok(fresh | BUNCH)
}

/// The trie of the `count` entries of a flat map, of which there is at least one; keys get numbers in their order.
pub(super) fn of_entries(
    host: &mut dyn Host,
    entries: u64,
    count: u64,
    shape: Shape,
) -> Result<u64, Fault> {
    let size = 8 + 8 * shape.pair();
    let leaf_size = size + 8;
    let leaves = host.alloc(bytes_of(count, leaf_size / 8)?)?;
    let mut all: Vec<(u64, u64)> = room(count)?;
    let mut steps = Steps::default();
    for start in (0..count).step_by(STEPS as usize) {
        let part = STEPS.min(count - start);
        let memory = host.memory();
        for n in start..start + part {
            let (entry, leaf) = (entries + n * size, leaves + n * leaf_size);
            store(memory, leaf, n);
            copy(memory, entry, leaf + 8, size / 8);
            all.push((load(memory, entry), leaf | LEAF));
        }
        steps.add(part, host)?;
    }
    super::sort::numbers(host, &mut all)?;
    build(host, &all, 0, &mut steps)
}

/// The trie of leaves that are sorted by hash, below a level. It nests no deeper than there are levels.
fn build(
    host: &mut dyn Host,
    all: &[(u64, u64)],
    level: u32,
    steps: &mut Steps,
) -> Result<u64, Fault> {
    steps.add(1, host)?;
    if let [(_, leaf)] = all {
        return Ok(*leaf);
    }
    if level >= LEVELS {
        let bunch = host.alloc(bytes_of(1 + all.len() as u64, 1)?)?;
        let memory = host.memory();
        store(memory, bunch, all.len() as u64);
        for (n, (_, leaf)) in all.iter().enumerate() {
            store(memory, bunch + 8 + 8 * n as u64, *leaf);
        }
        return Ok(bunch | BUNCH);
    }
    let (mut nodes, mut count, mut ways) = ([0; 17], 1, 0);
    for part in all.chunk_by(|a, b| way(a.0, level) == way(b.0, level)) {
        nodes[count] = build(host, part, level + 1, steps)?;
        ways |= way(part[0].0, level);
        count += 1;
    }
    // A bunch does not lie below a chain of branches that lead nowhere else.
    if count == 2 && kind(nodes[1]) != BRANCH {
        return Ok(nodes[1]);
    }
    nodes[0] = ways;
    host.put_words(&nodes[..count]).map(|at| at | BRANCH)
}

/// A walk over all leaves.
pub(super) struct Walk {
    todo: Vec<u64>,
    /// Of each leaf seen: the number of its key, and where its pair is.
    pub(super) found: Vec<(u64, u64)>,
}

impl Walk {
    pub(super) fn new(root: u64) -> Walk {
        let todo = if root == 0 { Vec::new() } else { vec![root] };
        Walk {
            todo,
            found: Vec::new(),
        }
    }

    /// Goes on for about so many steps; whether it is over.
    pub(super) fn some(&mut self, memory: &[u8], steps: u64) -> bool {
        for _ in 0..steps {
            let Some(node) = self.todo.pop() else {
                return true;
            };
            let count = match kind(node) {
                LEAF => {
                    self.found.push((load(memory, at(node)), at(node) + PAIR));
                    continue;
                }
                _ => count(memory, node),
            };
            let nodes = (0..count).map(|n| load(memory, at(node) + 8 + 8 * n));
            self.todo.extend(nodes);
        }
        self.todo.is_empty()
    }
}
