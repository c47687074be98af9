//! Gives back what a loop has made and dropped: the memory above the mark of its region, but for what the arguments of
//! a turn and its roots reach, which is moved together at the mark.
//!
//! Three steps, each in a file of its own:
//! - [`plan`] says, once for a module, where the references in values of a type are.
//! - [`mark`] walks from the roots, by type. It changes nothing: a bit for each word that is still needed, a bit for
//!   each that is a reference to something younger than the mark. If there is little to gain it stops, and that was it.
//! - [`slide`] finds where each word goes (the mark, and as many words as are needed before it), rewrites references,
//!   moves the words.
//!
//! Words keep their order, and what lay side by side still does. So a text that is a piece of another, a list that is
//! a slice, a tuple that is part of a map's entry need no care: what several of them cover is needed once, and all
//! refer into it as before. Nothing grows, nothing is forwarded by a mark in an object, no second space is needed.
//!
//! What is older than the mark is left where it is and does not refer to what is younger, but for:
//! - builders, and in builders of maps the lists that `map.push` appends to: the roots of the turn, with the output list;
//! - room behind an old list that a younger one took over (see [`crate::library`], lists): found through the younger;
//! - the trie that an old map keeps beside its entries once it was changed: [`crate::host::Host::remember`].
//!
//! A list's block may lie across the mark, having grown in place: what of it is above is needed and comes first there,
//! so it stays. Room for more elements is kept, or else what grows would be copied after each turn; but for that of
//! small blocks, which mostly are lists that are done. The list that was last is so still, and grows where it is.

mod mark;
mod plan;
mod slide;

pub use plan::{Turn, Turns};

use crate::layout::list;
use crate::library::map_layout;
use crate::ty::Type;
use mark::Marks;

/// Where in a map's header the trie stands that an old map may get.
pub const TRIE_AT: u64 = map_layout::TRIE;

/// The memory that a region's mark divides. All numbers are multiples of 8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Young {
    /// What of the heap is younger than the mark: from, to.
    pub heap: [u64; 2],
    /// What of the half for lists is; it lies above the heap.
    pub lists: [u64; 2],
}

impl Young {
    /// How many bytes.
    pub fn size(&self) -> u64 {
        let bytes = |[from, to]: [u64; 2]| to.saturating_sub(from);
        bytes(self.heap) + bytes(self.lists)
    }
    /// Whether a place is younger than the mark.
    #[inline]
    pub fn has(&self, at: u64) -> bool {
        let within = |[from, to]: [u64; 2]| at.wrapping_sub(from) < to.wrapping_sub(from);
        within(self.heap) || within(self.lists)
    }
    /// The mark in the half in which a place is.
    fn mark(&self, at: u64) -> u64 {
        if at < self.heap[1] {
            self.heap[0]
        } else {
            self.lists[0]
        }
    }
}

/// An old map that was given a trie: where it is, and its type.
pub type Remembered = (u64, Type);

/// What is to be kept, and how hard to try.
pub struct Request<'a> {
    /// The turns of the module that runs.
    pub turns: &'a Turns,
    /// Which of them.
    pub turn: &'a Turn,
    /// The memory above the mark.
    pub young: Young,
    /// The header of the output list, if the run has one.
    pub out: Option<u64>,
    /// The most bytes that may survive for it to be worth moving them.
    pub most: u64,
    /// Whether the run shall stop: then there is no hurry to give anything back.
    pub stop: &'a dyn Fn() -> bool,
}

/// Gives back what is not needed. `words` are those of the turn's arguments that hold references, then those of its
/// roots: arguments are changed to where things are then. Gives what is used above the mark from now on, or `None` if
/// nothing was changed, because there is too little to gain or the run shall stop. `weak` is the place of an object that
/// is not kept for its sake; it becomes 0 if nobody else keeps it.
pub fn collect(
    request: &Request<'_>,
    memory: &mut [u8],
    words: &mut [u64],
    remembered: &mut Vec<Remembered>,
    weak: &mut u64,
) -> Option<Young> {
    let young = request.young;
    if young.heap[1] > young.lists[0] || young.lists[1] > memory.len() as u64 {
        return None;
    }
    if at_least(request, memory, words) > request.most {
        return None;
    }
    let marks = Marks::of(request, memory, words, remembered)?;
    let to = slide::slide(request, marks, memory, words, remembered, weak);
    if cfg!(debug_assertions) {
        check(request, to, memory, words, remembered);
    }
    to
}

/// How many bytes the roots need at least, as far as one look says: so that a loop that only builds a list or hands out
/// rows, and drops nothing, is not walked through. What of them is older than the mark is counted too: then somewhat
/// more memory is used, in proportion to what was there before.
fn at_least(request: &Request<'_>, memory: &[u8], words: &[u64]) -> u64 {
    let plans = &request.turns.plans;
    let arguments = request.turn.plans.iter().map(|p| plans.get(p.0).words);
    let roots = words.get(arguments.sum::<u64>() as usize..).unwrap_or(&[]);
    let roots = request.turn.roots.iter().zip(roots);
    let out = request.out.zip(request.turns.out);
    let out = out.map(|(header, plan)| (plan::Kind::List(plan), header));
    let all = roots.map(|((kind, _), header)| (*kind, *header)).chain(out);
    let each = |kind| match kind {
        plan::Kind::List(plan) => (list::LEN, plans.get(plan).least),
        plan::Kind::Map(pair) => (map_layout::LEN, 1 + plans.get(pair).words),
        _ => (0, 0),
    };
    let bytes = all.map(|(kind, header)| {
        let (len_at, words) = each(kind);
        mark::load(memory, header + len_at).saturating_mul(words * 8)
    });
    bytes.fold(0, u64::saturating_add)
}

/// Finds what is reachable once more, and that nothing of it lies in what was given back.
fn check(
    request: &Request<'_>,
    to: Option<Young>,
    memory: &[u8],
    words: &[u64],
    remembered: &[Remembered],
) {
    let again = Request {
        most: u64::MAX,
        stop: &|| false,
        ..*request
    };
    let marks = to.zip(Marks::of(&again, memory, words, remembered));
    if let Some((to, marks)) = marks {
        let [heap, lists] = marks.ends();
        assert!(
            heap <= to.heap[1] && lists <= to.lists[1],
            "something is needed that was given back"
        );
    }
}
