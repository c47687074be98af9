//! Operations on bytes, and on the bytes of texts, paths and names. Positions are in bytes. A result that is a piece
//! of an operand shares its memory.

use super::Call;
use super::scan::{self, WINDOW};
use super::work::{Answer, Bytes, CHUNK, Fresh, NewList, answer, each, poll, search, search_last};
use crate::fault::Fault;
use crate::host::Host;

fn bytes(call: &Call<'_>, n: usize) -> Bytes {
    Bytes::of(call.operand(n))
}

fn int(call: &Call<'_>, n: usize) -> i64 {
    call.operand(n).first().map_or(0, |word| *word as i64)
}

/// A position from 0 to the length; what is given beyond is one of the two.
fn clamped(word: i64, within: Bytes) -> usize {
    word.clamp(0, within.len as i64) as usize
}

/// A position as a number, or -1.
fn place(found: Option<usize>) -> Answer {
    Ok(answer(&[found.map_or(u64::MAX, |n| n as u64)]))
}

/// `bytes.len`
pub(crate) fn len(call: &Call<'_>, _: &mut dyn Host) -> Answer {
    Ok(answer(&[bytes(call, 0).len]))
}

/// `bytes.of`
pub(crate) fn of(call: &Call<'_>, _: &mut dyn Host) -> Answer {
    Ok(bytes(call, 0).words())
}

/// `bytes.get`
pub(crate) fn get(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let index = usize::try_from(int(call, 1)).ok();
    let all = bytes(call, 0).look(host.memory());
    let byte = index.and_then(|n| all.get(n)).ok_or(Fault::Index)?;
    Ok(answer(&[u64::from(*byte)]))
}

/// `bytes.sub`
pub(crate) fn sub(call: &Call<'_>, _: &mut dyn Host) -> Answer {
    let all = bytes(call, 0);
    let (start, end) = (u64::try_from(int(call, 1)), u64::try_from(int(call, 2)));
    match (start, end) {
        (Ok(start), Ok(end)) if start <= end && end <= all.len => {
            Ok(all.piece(start as usize..end as usize).words())
        }
        _ => Err(Fault::Index),
    }
}

/// `bytes.starts?`
pub(crate) fn starts(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let memory = &*host.memory();
    let (all, start) = (bytes(call, 0).look(memory), bytes(call, 1).look(memory));
    Ok(answer(&[u64::from(all.starts_with(start))]))
}

/// `bytes.ends?`
pub(crate) fn ends(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let memory = &*host.memory();
    let (all, end) = (bytes(call, 0).look(memory), bytes(call, 1).look(memory));
    Ok(answer(&[u64::from(all.ends_with(end))]))
}

/// `bytes.includes?`
pub(crate) fn includes(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let found = search(host, bytes(call, 0), bytes(call, 1), 0)?;
    Ok(answer(&[u64::from(found.is_some())]))
}

/// `bytes.index-of`
pub(crate) fn index_of(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let all = bytes(call, 0);
    place(search(
        host,
        all,
        bytes(call, 1),
        clamped(int(call, 2), all),
    )?)
}

/// `bytes.last-index-of`
pub(crate) fn last_index_of(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let all = bytes(call, 0);
    match int(call, 2) {
        ..0 => place(None),
        from => place(search_last(host, all, bytes(call, 1), clamped(from, all))?),
    }
}

/// `bytes.index-of-any`
pub(crate) fn index_of_any(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    member(call, host, true)
}

/// `bytes.index-of-other`
pub(crate) fn index_of_other(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    member(call, host, false)
}

fn member(call: &Call<'_>, host: &mut dyn Host, inside: bool) -> Answer {
    let (all, set) = (bytes(call, 0), bytes(call, 1));
    // Of a long set only the first of each byte matters.
    let mut at = clamped(int(call, 2), all);
    loop {
        let memory = &*host.memory();
        let stop = (all.len as usize).min(at + WINDOW);
        let window = &all.look(memory)[..stop];
        let found = scan::find_any(window, set.look(memory), at, inside);
        if found.is_some() || stop as u64 == all.len {
            return place(found);
        }
        at = stop;
        poll(host)?;
    }
}

/// `bytes.skip-space`
pub(crate) fn skip_space(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    step(call, host, scan::trim_start)
}

/// `bytes.find-space`
pub(crate) fn find_space(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    step(call, host, scan::space_at)
}

/// The position that `find` gives, window by window; it gives the end where there is none.
fn step(call: &Call<'_>, host: &mut dyn Host, find: fn(&[u8]) -> usize) -> Answer {
    let all = bytes(call, 0);
    let mut at = clamped(int(call, 1), all);
    loop {
        let hay = all.look(host.memory());
        // Cut where something begins, so that no white space is cut in two.
        let stop = match scan::boundary(hay, at + WINDOW) {
            stop if stop > at => stop,
            _ => hay.len(),
        };
        at += find(&hay[at..stop]);
        if at < stop || stop == hay.len() {
            return place(Some(at));
        }
        poll(host)?;
    }
}

/// `bytes.count-of`
pub(crate) fn count_of(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let (all, needle) = (bytes(call, 0), bytes(call, 1));
    if needle.is_empty() {
        return Err(Fault::BadArgument);
    }
    let (mut count, mut at) = (0, 0);
    let one = needle.look(host.memory()).first().copied();
    if let (1, Some(byte)) = (needle.len, one) {
        let mut rest = all;
        while !rest.is_empty() {
            let window = rest.piece(0..rest.len.min(WINDOW as u64) as usize);
            count += memchr::memchr_iter(byte, window.look(host.memory())).count() as u64;
            rest = rest.piece(window.len as usize..rest.len as usize);
            poll(host)?;
        }
        return Ok(answer(&[count]));
    }
    each(
        host,
        |memory, found| scan::matches(all.look(memory), needle.look(memory), &mut at, found),
        |_, found| {
            count += found.len() as u64;
            Ok(())
        },
    )?;
    Ok(answer(&[count]))
}

/// `bytes.lines`
pub(crate) fn lines(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let all = bytes(call, 0);
    let mut list = NewList::new(host, 2)?;
    let (mut at, mut start) = (0, 0);
    let mut places = Vec::new();
    each(
        host,
        |memory, found| {
            let hay = all.look(memory);
            places.clear();
            let end = scan::matches(hay, b"\n", &mut at, &mut places);
            for place in &places {
                let carriage = start < *place && hay[place - 1] == b'\r';
                found.push(start..place - usize::from(carriage));
                start = place + 1;
            }
            if end && start < hay.len() {
                found.push(start..hay.len());
            }
            end
        },
        |host, found| list.pieces(host, all, found),
    )?;
    Ok(list.done())
}

/// `bytes.split`
pub(crate) fn split(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    match bytes(call, 1).is_empty() {
        true => Err(Fault::BadArgument),
        false => super::split::split(call, host),
    }
}

/// `bytes.hex`
pub(crate) fn hex(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let mut rest = bytes(call, 0);
    let mut fresh = Fresh::new(host, rest.len.checked_mul(2))?;
    let mut made = Vec::new();
    while !rest.is_empty() {
        let window = rest.piece(0..rest.len.min(CHUNK as u64) as usize);
        let pairs = window.look(host.memory()).iter();
        made.clear();
        made.extend(pairs.map(|b| [digit(b >> 4), digit(b & 15)]));
        fresh.put(host, made.as_flattened());
        rest = rest.piece(window.len as usize..rest.len as usize);
        poll(host)?;
    }
    Ok(fresh.done().words())
}

fn digit(n: u8) -> u8 {
    match n {
        0..10 => b'0' + n,
        _ => b'a' + (n - 10),
    }
}

/// `bytes.of-hex`
pub(crate) fn of_hex(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let text = bytes(call, 0);
    let digits = text.look(host.memory());
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Ok(answer(&[]));
    }
    let mut fresh = Fresh::new(host, Some(text.len / 2))?;
    let mut rest = text;
    let mut made = Vec::new();
    while !rest.is_empty() {
        let window = rest.piece(0..rest.len.min(CHUNK as u64) as usize);
        let pairs = window.look(host.memory()).as_chunks::<2>().0;
        made.clear();
        made.extend(pairs.iter().map(|[a, b]| value(*a) << 4 | value(*b)));
        fresh.put(host, &made);
        rest = rest.piece(window.len as usize..rest.len as usize);
        poll(host)?;
    }
    Ok(fresh.done().some())
}

fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}
