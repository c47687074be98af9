//! Texts and bytes in pieces: by separators, lines, white space, code points. The functions of Clojure's names do what
//! those do: empty pieces at the end are left out, but where a limit is given.
//!
//! Pieces share the bytes of the text.

use super::Call;
use super::scan::{self, BATCH, is_start};
use super::text::{int, text};
use super::work::{Answer, Bytes, NewList, each, poll};
use crate::fault::Fault;
use crate::host::Host;
use std::ops::Range;

/// What Clojure's `split` keeps of the pieces: the empty ones at the end are left out.
struct Pieces {
    list: NewList,
    of: Bytes,
    /// Empty pieces that something may come after.
    empty: usize,
}

impl Pieces {
    fn new(host: &mut dyn Host, of: Bytes) -> Result<Pieces, Fault> {
        let list = NewList::new(host, 2)?;
        Ok(Pieces { list, of, empty: 0 })
    }
    /// Pieces that are next.
    fn take(&mut self, host: &mut dyn Host, pieces: &[Range<usize>]) -> Result<(), Fault> {
        let Some(last) = pieces.iter().rposition(|p| !p.is_empty()) else {
            self.empty += pieces.len();
            return Ok(());
        };
        let nothing = vec![0..0; self.empty.min(BATCH)];
        while self.empty > 0 {
            let some = &nothing[..self.empty.min(BATCH)];
            self.list.pieces(host, self.of, some)?;
            self.empty -= some.len();
            poll(host)?;
        }
        self.list.pieces(host, self.of, &pieces[..=last])?;
        self.empty = pieces.len() - last - 1;
        Ok(())
    }
}

/// The pieces of `whole` between places where `separator` is, which is not empty; each is changed by `edit`, which is
/// told the piece.
fn split_at(
    host: &mut dyn Host,
    whole: Bytes,
    separator: Bytes,
    edit: impl Fn(&[u8], Range<usize>) -> Range<usize>,
) -> Answer {
    let mut pieces = Pieces::new(host, whole)?;
    let mut at = 0;
    let size = separator.len as usize;
    let mut start = 0;
    let mut places = Vec::new();
    each(
        host,
        |memory, found| {
            let hay = whole.look(memory);
            places.clear();
            let end = scan::matches(hay, separator.look(memory), &mut at, &mut places);
            for place in &places {
                found.push(edit(hay, start..*place));
                start = place + size;
            }
            end
        },
        |host, found| pieces.take(host, found),
    )?;
    if start == 0 {
        // No place at all: the text itself, even if it is empty.
        pieces.list.piece(host, whole)?;
    } else {
        let last = start..whole.len as usize;
        pieces.take(host, std::slice::from_ref(&last))?;
    }
    Ok(pieces.list.done())
}

/// `str.split`
pub(crate) fn split(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let (whole, separator) = (text(call, 0), text(call, 1));
    match separator.is_empty() {
        false => split_at(host, whole, separator, |_, piece| piece),
        true if whole.is_empty() => {
            let mut list = NewList::new(host, 2)?;
            list.piece(host, whole)?;
            Ok(list.done())
        }
        true => chars(call, host),
    }
}

/// `str.split-limit`
pub(crate) fn split_limit(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let (whole, separator, limit) = (text(call, 0), text(call, 1), int(call, 2));
    if limit == 0 || whole.is_empty() {
        return split(call, host);
    }
    let most = usize::try_from(limit).map_or(usize::MAX, |n| n - 1);
    let mut list = NewList::new(host, 2)?;
    let (mut at, mut start, mut count) = (0, 0, 0);
    let mut places = Vec::new();
    while count < most {
        let memory = &*host.memory();
        let (hay, between) = (whole.look(memory), separator.look(memory));
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let end = if separator.is_empty() {
            let from = at;
            let end = points_from(hay, &mut at, &mut pieces);
            pieces.truncate(most - count);
            start = pieces.last().map_or(from, |piece| piece.end);
            end
        } else {
            places.clear();
            let end = scan::matches(hay, between, &mut at, &mut places);
            for place in places.iter().take(most - count) {
                pieces.push(start..*place);
                start = place + separator.len as usize;
            }
            end
        };
        count += pieces.len();
        list.pieces(host, whole, &pieces)?;
        if end {
            break;
        }
        poll(host)?;
    }
    list.piece(host, whole.piece(start..whole.len as usize))?;
    Ok(list.done())
}

/// `str.split-lines`
pub(crate) fn split_lines(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let [at, len] = host.put_bytes(b"\n")?;
    split_at(host, whole, Bytes { at, len }, |hay, line| {
        let carriage = !line.is_empty() && hay[line.end - 1] == b'\r';
        line.start..line.end - usize::from(carriage)
    })
}

/// `str.split-words`
pub(crate) fn split_words(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let mut list = NewList::new(host, 2)?;
    let (mut at, mut open) = (0, None);
    each(
        host,
        |memory, found| scan::words(whole.look(memory), &mut at, &mut open, found),
        |host, found| list.pieces(host, whole, found),
    )?;
    Ok(list.done())
}

/// `str.chars`
pub(crate) fn chars(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let mut list = NewList::new(host, 2)?;
    let mut at = 0;
    each(
        host,
        |memory, found| points_from(whole.look(memory), &mut at, found),
        |host, found| list.pieces(host, whole, found),
    )?;
    Ok(list.done())
}

/// Some code points from `at` on; whether these were the last.
fn points_from(hay: &[u8], at: &mut usize, found: &mut Vec<Range<usize>>) -> bool {
    while *at < hay.len() && found.len() < BATCH {
        let next = hay[*at + 1..].iter().position(|b| is_start(*b));
        let end = next.map_or(hay.len(), |n| *at + 1 + n);
        found.push(*at..end);
        *at = end;
    }
    *at >= hay.len()
}
