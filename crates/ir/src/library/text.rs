//! Operations on texts. Counting, positions and parts are in code points. Where a function of Clojure has the name, it
//! does what that does, with these differences: Clojure counts UTF-16 units, and its white space leaves out the
//! no-break spaces and U+0085, and has U+001C to U+001F besides; here it is Unicode's.
//!
//! A result that is a piece of an operand shares its bytes.

use super::Call;
use super::cases::{Case, convert, window};
use super::scan::{self, BATCH, WINDOW, boundary, is_start, offset, points};
use super::work::{
    Answer, Bytes, CHUNK, Elements, Fresh, NewList, answer, each, option, poll, search,
    search_last, transform,
};
use crate::fault::Fault;
use crate::host::Host;

pub(super) fn text(call: &Call<'_>, n: usize) -> Bytes {
    Bytes::of(call.operand(n))
}

pub(super) fn int(call: &Call<'_>, n: usize) -> i64 {
    call.operand(n).first().map_or(0, |word| *word as i64)
}

/// A position that a program gives: those below zero are zero.
fn position(word: i64) -> usize {
    usize::try_from(word).unwrap_or(0)
}

/// `str.len`
pub(crate) fn len(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let count = points(text(call, 0).look(host.memory()));
    Ok(answer(&[count as u64]))
}

/// `str.sub`
pub(crate) fn sub(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let bytes = whole.look(host.memory());
    let start = usize::try_from(int(call, 1)).ok();
    let count = int(call, 2).checked_sub(int(call, 1));
    let count = count.and_then(|n| usize::try_from(n).ok());
    let range = start.zip(count).and_then(|(start, count)| {
        let start = offset(bytes, start)?;
        Some(start..start + offset(&bytes[start..], count)?)
    });
    Ok(whole.piece(range.ok_or(Fault::Index)?).words())
}

/// `str.sub-from`
pub(crate) fn sub_from(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let start = usize::try_from(int(call, 1)).ok();
    let start = start.and_then(|n| offset(whole.look(host.memory()), n));
    let start = start.ok_or(Fault::Index)?;
    Ok(whole.piece(start..whole.len as usize).words())
}

/// `str.codes`
pub(crate) fn codes(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let mut list = NewList::new(host, 1)?;
    let mut at = 0;
    each(
        host,
        |memory, found| {
            let hay = whole.look(memory);
            let stop = boundary(hay, at + CHUNK).max(hay.len().min(at + 1));
            let codes = String::from_utf8_lossy(&hay[at..stop]);
            found.extend(codes.chars().map(u64::from));
            at = stop;
            at == hay.len()
        },
        |host, found| list.extend(host, found),
    )?;
    Ok(list.done())
}

/// `str.of-codes`
pub(crate) fn of_codes(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let codes = Elements::of(host, call.operand(0));
    let encode = |host: &mut dyn Host, n: u64| {
        let code = u32::try_from(codes.word(host, n)).ok();
        code.and_then(char::from_u32).ok_or(Fault::BadArgument)
    };
    let mut size = 0;
    for n in 0..codes.len {
        size += encode(host, n)?.len_utf8() as u64;
        if n % BATCH as u64 == 0 {
            poll(host)?;
        }
    }
    let mut fresh = Fresh::new(host, Some(size))?;
    for n in 0..codes.len {
        let c = encode(host, n)?;
        fresh.put(host, c.encode_utf8(&mut [0; 4]).as_bytes());
        if n % BATCH as u64 == 0 {
            poll(host)?;
        }
    }
    Ok(fresh.done().words())
}

/// `str.trim`
pub(crate) fn trim(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    trimmed(call, host, true, true)
}

/// `str.triml`
pub(crate) fn trim_left(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    trimmed(call, host, true, false)
}

/// `str.trimr`
pub(crate) fn trim_right(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    trimmed(call, host, false, true)
}

fn trimmed(call: &Call<'_>, host: &mut dyn Host, left: bool, right: bool) -> Answer {
    let whole = text(call, 0);
    let bytes = whole.look(host.memory());
    let start = if left { scan::trim_start(bytes) } else { 0 };
    let end = match right {
        true => start + scan::trim_end(&bytes[start..]),
        false => bytes.len(),
    };
    Ok(whole.piece(start..end).words())
}

/// `str.blank?`
pub(crate) fn is_blank(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let bytes = text(call, 0).look(host.memory());
    Ok(answer(&[u64::from(scan::trim_start(bytes) == bytes.len())]))
}

/// `str.upper`
pub(crate) fn upper(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    Ok(convert(host, text(call, 0), Case::Upper)?.words())
}

/// `str.lower`
pub(crate) fn lower(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    Ok(convert(host, text(call, 0), Case::Lower)?.words())
}

/// `str.capitalize`
pub(crate) fn capitalize(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let bytes = whole.look(host.memory());
    let Some(first) = offset(bytes, 1) else {
        return Ok(whole.words());
    };
    let mut head = Vec::new();
    window(&bytes[..first], Case::Upper, &mut head);
    let tail = convert(host, whole.piece(first..whole.len as usize), Case::Lower)?;
    let mut fresh = Fresh::new(host, tail.len.checked_add(head.len() as u64))?;
    fresh.put(host, &head);
    fresh.copy(host, tail)?;
    Ok(fresh.done().words())
}

/// `str.index-of`
pub(crate) fn index_of(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let (hay, needle, from) = (text(call, 0), text(call, 1), position(int(call, 2)));
    let bytes = hay.look(host.memory());
    // What begins beyond the end begins at the end.
    let (from, before) = match offset(bytes, from) {
        Some(at) => (at, from),
        None => (bytes.len(), points(bytes)),
    };
    let found = search(host, hay, needle, from)?;
    let bytes = hay.look(host.memory());
    Ok(option(
        found.map(|at| (before + points(&bytes[from..at])) as u64),
    ))
}

/// `str.last-index-of`
pub(crate) fn last_index_of(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let (hay, needle, from) = (text(call, 0), text(call, 1), int(call, 2));
    let Ok(from) = usize::try_from(from) else {
        return Ok(option(None));
    };
    let from = offset(hay.look(host.memory()), from).unwrap_or(hay.len as usize);
    let found = search_last(host, hay, needle, from)?;
    let bytes = hay.look(host.memory());
    Ok(option(found.map(|at| points(&bytes[..at]) as u64)))
}

/// `str.replace`
pub(crate) fn replace(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let (whole, from, to) = (text(call, 0), text(call, 1), text(call, 2));
    if from.is_empty() {
        return interleave(host, whole, to);
    }
    let mut count = 0;
    let mut at = 0;
    each(
        host,
        |memory, found| scan::matches(whole.look(memory), from.look(memory), &mut at, found),
        |_, found| {
            count += found.len() as u64;
            Ok(())
        },
    )?;
    if count == 0 {
        return Ok(whole.words());
    }
    let more = count.checked_mul(to.len);
    let size = more.and_then(|n| n.checked_add(whole.len - count * from.len));
    let mut fresh = Fresh::new(host, size)?;
    let (mut at, mut start) = (0, 0);
    each(
        host,
        |memory, found| scan::matches(whole.look(memory), from.look(memory), &mut at, found),
        |host, found| {
            for place in found {
                fresh.copy(host, whole.piece(start..*place))?;
                fresh.copy(host, to)?;
                start = place + from.len as usize;
            }
            Ok(())
        },
    )?;
    fresh.copy(host, whole.piece(start..whole.len as usize))?;
    Ok(fresh.done().words())
}

/// `between` before, between and after all code points.
fn interleave(host: &mut dyn Host, whole: Bytes, between: Bytes) -> Answer {
    let count = points(whole.look(host.memory())) as u64;
    let more = (count + 1).checked_mul(between.len);
    let mut fresh = Fresh::new(host, more.and_then(|n| n.checked_add(whole.len)))?;
    let mut at = 0;
    each(
        host,
        |memory, found| {
            let hay = whole.look(memory);
            let stop = hay.len().min(at + CHUNK);
            found.extend((at..stop).filter(|n| is_start(hay[*n])));
            at = stop;
            at == hay.len()
        },
        |host, starts| {
            for (n, start) in starts.iter().enumerate() {
                let bytes = whole.look(host.memory());
                let next = starts.get(n + 1).copied();
                let size = bytes[start + 1..].iter().position(|b| is_start(*b));
                let end = next.or(size.map(|n| start + 1 + n)).unwrap_or(bytes.len());
                fresh.copy(host, between)?;
                fresh.copy(host, whole.piece(*start..end))?;
            }
            Ok(())
        },
    )?;
    fresh.copy(host, between)?;
    Ok(fresh.done().words())
}

/// `str.replace-first`
pub(crate) fn replace_first(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let (whole, from, to) = (text(call, 0), text(call, 1), text(call, 2));
    let Some(place) = search(host, whole, from, 0)? else {
        return Ok(whole.words());
    };
    let size = (whole.len - from.len).checked_add(to.len);
    let mut fresh = Fresh::new(host, size)?;
    fresh.copy(host, whole.piece(0..place))?;
    fresh.copy(host, to)?;
    let rest = place + from.len as usize..whole.len as usize;
    fresh.copy(host, whole.piece(rest))?;
    Ok(fresh.done().words())
}

/// `str.join` and `bytes.join`
pub(crate) fn join(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let between = text(call, 0);
    let list = Elements::of(host, call.operand(1));
    let gaps = list.len.saturating_sub(1).checked_mul(between.len);
    let mut size = gaps;
    for n in 0..list.len {
        size = size.and_then(|size| size.checked_add(list.bytes(host, n).len));
        if n % BATCH as u64 == 0 {
            poll(host)?;
        }
    }
    let mut fresh = Fresh::new(host, size)?;
    for n in 0..list.len {
        if n > 0 {
            fresh.copy(host, between)?;
        }
        let piece = list.bytes(host, n);
        fresh.copy(host, piece)?;
        if n % BATCH as u64 == 0 {
            poll(host)?;
        }
    }
    Ok(fresh.done().words())
}

/// `str.repeat`
pub(crate) fn repeat(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let times = position(int(call, 1)) as u64;
    let mut fresh = Fresh::new(host, whole.len.checked_mul(times))?;
    if times == 0 || whole.is_empty() {
        return Ok(fresh.done().words());
    }
    fresh.copy(host, whole)?;
    // What is there already is the text some times over, and so is as much of it as is still wanted.
    let mut done = 1;
    while done < times {
        let more = done.min(times - done);
        let from = fresh.first(more * whole.len);
        fresh.copy(host, from)?;
        done += more;
    }
    Ok(fresh.done().words())
}

/// `str.reverse`
pub(crate) fn reverse(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let whole = text(call, 0);
    let mut fresh = Fresh::new(host, Some(whole.len))?;
    let mut made = Vec::new();
    let mut end = whole.len as usize;
    while end > 0 {
        let bytes = whole.look(host.memory());
        let start = match end.checked_sub(CHUNK) {
            Some(start) => boundary(bytes, start),
            None => 0,
        };
        made.clear();
        reversed(&bytes[start..end], &mut made);
        fresh.put(host, &made);
        end = start;
        poll(host)?;
    }
    Ok(fresh.done().words())
}

/// Appends the code points, the last first.
fn reversed(bytes: &[u8], made: &mut Vec<u8>) {
    if bytes.is_ascii() {
        made.extend(bytes.iter().rev());
        return;
    }
    let mut end = bytes.len();
    for start in (0..bytes.len()).rev() {
        if start == 0 || is_start(bytes[start]) {
            made.extend(&bytes[start..end]);
            end = start;
        }
    }
}

/// How much from the start on is UTF-8, or all.
fn valid(host: &mut dyn Host, bytes: Bytes) -> Result<usize, Fault> {
    let mut at = 0;
    while at < bytes.len as usize {
        let all = bytes.look(host.memory());
        let stop = boundary(all, at + WINDOW);
        let stop = if stop <= at { all.len() } else { stop };
        match std::str::from_utf8(&all[at..stop]) {
            Ok(_) => at = stop,
            Err(e) => return Ok(at + e.valid_up_to()),
        }
        poll(host)?;
    }
    Ok(at)
}

/// `str.of-utf8`
pub(crate) fn of_utf8(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let bytes = text(call, 0);
    let is_text = valid(host, bytes)? as u64 == bytes.len;
    Ok(if is_text { bytes.some() } else { answer(&[]) })
}

/// `str.utf8`
pub(crate) fn utf8(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    Ok(text_of(host, text(call, 0))?.words())
}

/// Bytes as a text, which they must be.
pub(super) fn text_of(host: &mut dyn Host, bytes: Bytes) -> Result<Bytes, Fault> {
    match valid(host, bytes)? as u64 == bytes.len {
        true => Ok(bytes),
        false => Err(Fault::Utf8),
    }
}

/// `str.lossy`
pub(crate) fn lossy(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let bytes = text(call, 0);
    if valid(host, bytes)? as u64 == bytes.len {
        return Ok(bytes.words());
    }
    let text = transform(host, bytes, |rest, made| {
        // Cut where a byte begins something, so that what is no UTF-8 is the same as if all were looked at.
        let cut = match boundary(rest, CHUNK) {
            0 => rest.len().min(CHUNK),
            cut => cut,
        };
        made.extend(String::from_utf8_lossy(&rest[..cut]).as_bytes());
        cut
    })?;
    Ok(text.words())
}

/// `parse-int`
pub(crate) fn parse_int(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let number = super::number::parse_int_radix(text(call, 0).look(host.memory()), 10);
    Ok(option(number.map(|n| n as u64)))
}

/// `parse-int-radix`
pub(crate) fn parse_int_radix(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let radix = u32::try_from(int(call, 1)).ok();
    let radix = radix.filter(|n| (2..=36).contains(n));
    let radix = radix.ok_or(Fault::BadArgument)?;
    let number = super::number::parse_int_radix(text(call, 0).look(host.memory()), radix);
    Ok(option(number.map(|n| n as u64)))
}

/// `parse-float`
pub(crate) fn parse_float(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let number = super::number::parse_float(text(call, 0).look(host.memory()));
    Ok(option(number.map(f64::to_bits)))
}

/// `parse-bool`
pub(crate) fn parse_bool(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let truth = super::number::parse_bool(text(call, 0).look(host.memory()));
    Ok(option(truth.map(u64::from)))
}
