//! Looking through bytes: code points, white space, finding one string in another. Pure functions over slices.
//!
//! Promises: time in proportion to the bytes, whatever they are, at the speed of memory where they are ASCII; no
//! panic on bytes that are not UTF-8 (every byte but the continuation bytes `10xxxxxx` begins a code point).

use memchr::memmem;
use std::ops::Range;

/// How many bytes are looked at between two questions whether the run should stop.
pub(super) const WINDOW: usize = 1 << 20;
/// How many findings are kept before something is done with them.
pub(super) const BATCH: usize = 1024;

/// Whether a byte begins a code point.
pub(super) fn is_start(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// The number of code points.
pub(super) fn points(bytes: &[u8]) -> usize {
    // Sums of at most 255 fit in a byte, and so the compiler adds many of them at once.
    let count = |bytes: &[u8]| -> usize {
        let starts = bytes.iter().map(|b| u8::from(is_start(*b)));
        usize::from(starts.fold(0u8, u8::wrapping_add))
    };
    let (blocks, rest) = bytes.as_chunks::<192>();
    blocks.iter().map(|b| count(b)).sum::<usize>() + count(rest)
}

/// Where the code point with that number begins; the end, for the number that the next one would have. `None` beyond.
pub(super) fn offset(bytes: &[u8], point: usize) -> Option<usize> {
    let (blocks, _) = bytes.as_chunks::<192>();
    let mut left = point;
    let mut at = 0;
    for block in blocks {
        let here = points(block);
        if here > left {
            break;
        }
        left -= here;
        at += block.len();
    }
    let rest = &bytes[at..];
    let mut starts = (0..rest.len()).filter(|n| is_start(rest[*n]));
    match starts.nth(left) {
        Some(n) => Some(at + n),
        None => (points(rest) == left).then_some(bytes.len()),
    }
}

/// The last place at or before `at` where a code point begins, or the end.
pub(super) fn boundary(bytes: &[u8], at: usize) -> usize {
    if at >= bytes.len() {
        return bytes.len();
    }
    (0..=at).rev().find(|n| is_start(bytes[*n])).unwrap_or(0)
}

/// What a byte may be the beginning of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// No white space.
    Other,
    /// White space by itself.
    Space,
    /// Maybe, with what follows.
    Maybe,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let spaces = [b' ', b'\t', b'\n', 0x0b, 0x0c, b'\r'];
    let mut n = 0;
    while n < spaces.len() {
        classes[spaces[n] as usize] = Class::Space;
        n += 1;
    }
    let leads = [0xc2, 0xe1, 0xe2, 0xe3];
    let mut n = 0;
    while n < leads.len() {
        classes[leads[n]] = Class::Maybe;
        n += 1;
    }
    classes
};

/// How many bytes the white space that they begin with takes, one code point of it; 0 if they begin with none.
/// What white space is, Unicode says (`White_Space`).
pub(super) fn space(bytes: &[u8]) -> usize {
    let Some(first) = bytes.first() else {
        return 0;
    };
    match CLASSES[usize::from(*first)] {
        Class::Other => 0,
        Class::Space => 1,
        Class::Maybe => match bytes {
            [0xc2, 0x85 | 0xa0, ..] => 2,
            [0xe1, 0x9a, 0x80, ..]
            | [0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf, ..]
            | [0xe2, 0x81, 0x9f, ..]
            | [0xe3, 0x80, 0x80, ..] => 3,
            _ => 0,
        },
    }
}

/// Where what is no white space begins; the end if nothing is.
pub(super) fn trim_start(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match space(&bytes[at..]) {
            0 => return at,
            n => at += n,
        }
    }
}

/// Where what is no white space ends; 0 if nothing is.
pub(super) fn trim_end(bytes: &[u8]) -> usize {
    let mut end = bytes.len();
    'more: loop {
        for n in 1..=end.min(3) {
            if space(&bytes[end - n..end]) == n {
                end -= n;
                continue 'more;
            }
        }
        return end;
    }
}

/// The first place of white space; the end if there is none.
pub(super) fn space_at(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(n) = (bytes[at..].iter()).position(|b| CLASSES[usize::from(*b)] != Class::Other)
    {
        at += n;
        if space(&bytes[at..]) > 0 {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// Looks for `needle`, which is not empty, in `hay` from `at` on, for one window or until [`BATCH`] were found; they
/// do not overlap. Moves `at` to where to go on, and says whether that is the end.
pub(super) fn matches(hay: &[u8], needle: &[u8], at: &mut usize, found: &mut Vec<usize>) -> bool {
    let size = needle.len().max(1);
    let stop = hay
        .len()
        .min(at.saturating_add(WINDOW.max(size.saturating_mul(2))));
    if let [byte] = needle {
        let most = BATCH.saturating_sub(found.len());
        let before = found.len();
        found.extend(
            memchr::memchr_iter(*byte, &hay[*at..stop])
                .take(most)
                .map(|n| *at + n),
        );
        if found.len() - before == most {
            *at = found.last().map_or(stop, |n| n + 1);
            return false;
        }
        *at = stop;
        return stop == hay.len();
    }
    let finder = memmem::Finder::new(needle);
    while found.len() < BATCH {
        let Some(n) = finder.find(&hay[*at..stop]) else {
            if stop == hay.len() {
                *at = stop;
                return true;
            }
            *at = stop - (size - 1);
            return false;
        };
        found.push(*at + n);
        *at += n + size;
    }
    false
}

/// The words, by white space, from `at` on, for one window or until [`BATCH`] were found. `open` is where a word began
/// that was not at its end yet. Says whether that was all.
pub(super) fn words(
    hay: &[u8],
    at: &mut usize,
    open: &mut Option<usize>,
    found: &mut Vec<Range<usize>>,
) -> bool {
    // Windows are cut where a code point begins, so that no white space is cut in two.
    let stop = boundary(hay, at.saturating_add(WINDOW));
    let stop = if stop <= *at { hay.len() } else { stop };
    while found.len() < BATCH {
        let start = match open.take() {
            Some(start) => start,
            None => {
                *at += trim_start(&hay[*at..stop]);
                *at
            }
        };
        if *at == stop {
            if start < stop {
                *open = Some(start);
            }
            break;
        }
        *at += space_at(&hay[*at..stop]);
        if *at == stop && stop < hay.len() {
            *open = Some(start);
            break;
        }
        found.push(start..*at);
    }
    *at == hay.len() && open.is_none()
}

/// Where `needle` is first, from `from` on.
pub(super) fn find(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let tail = hay.get(from..)?;
    let found = match needle {
        [byte] => memchr::memchr(*byte, tail),
        _ => memmem::find(tail, needle),
    };
    found.map(|n| from + n)
}

/// Where `needle` is last, beginning at `from` or before.
pub(super) fn find_last(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let end = from.saturating_add(needle.len()).min(hay.len());
    match needle {
        [byte] => memchr::memrchr(*byte, &hay[..end]),
        _ => memmem::rfind(&hay[..end], needle),
    }
}

/// The first byte from `from` on that is in the set, or the first that is not.
pub(super) fn find_any(hay: &[u8], set: &[u8], from: usize, inside: bool) -> Option<usize> {
    let tail = hay.get(from..)?;
    let found = match (set, inside) {
        ([], true) => None,
        ([a], true) => memchr::memchr(*a, tail),
        ([a, b], true) => memchr::memchr2(*a, *b, tail),
        ([a, b, c], true) => memchr::memchr3(*a, *b, *c, tail),
        _ => {
            let mut member = [false; 256];
            for byte in set {
                member[usize::from(*byte)] = true;
            }
            tail.iter().position(|b| member[usize::from(*b)] == inside)
        }
    };
    found.map(|n| from + n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ODD: &[char] = &[
        'a', 'b', ' ', '\n', '\t', '\u{85}', '\u{a0}', '\u{1680}', '\u{2003}', '\u{200b}',
        '\u{2028}', '\u{202f}', '\u{205f}', '\u{3000}', '\u{3001}', 'é', '語', '😀', 'Â', '\u{1c}',
    ];

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(ODD), 0..400)
            .prop_map(|chars| chars.into_iter().collect())
    }

    fn all_words(text: &str) -> Vec<&str> {
        let (mut at, mut open, mut found) = (0, None, Vec::new());
        let mut all = Vec::new();
        loop {
            let done = words(text.as_bytes(), &mut at, &mut open, &mut found);
            all.extend(found.drain(..).map(|r| &text[r]));
            if done {
                return all;
            }
        }
    }

    fn all_matches(hay: &[u8], needle: &[u8]) -> Vec<usize> {
        let (mut at, mut found, mut all) = (0, Vec::new(), Vec::new());
        loop {
            let done = matches(hay, needle, &mut at, &mut found);
            all.append(&mut found);
            if done {
                return all;
            }
        }
    }

    #[test]
    fn white_space_is_what_unicode_says() {
        for c in '\0'..=char::MAX {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            let want = if c.is_whitespace() { bytes.len() } else { 0 };
            assert_eq!(space(bytes), want, "{c:?}");
        }
    }

    #[test]
    fn windows_and_batches_leave_nothing_out() {
        for size in [WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW + 7] {
            let long = "x".repeat(size);
            let text = format!("a {long} b\u{2003}{long}");
            assert_eq!(
                all_words(&text),
                text.split_whitespace().collect::<Vec<_>>()
            );
            let spaces = format!("{}\u{2003}{}", " ".repeat(size), "é".repeat(size));
            assert_eq!(
                all_words(&spaces),
                spaces.split_whitespace().collect::<Vec<_>>()
            );
            for needle in ["b", "a x", "xb", "\u{2003}", &long, "x b"] {
                let want: Vec<usize> = text.match_indices(needle).map(|m| m.0).collect();
                assert_eq!(all_matches(text.as_bytes(), needle.as_bytes()), want);
            }
        }
        let short = "ab ".repeat(5 * BATCH);
        assert_eq!(all_words(&short).len(), 5 * BATCH);
        assert_eq!(all_matches(short.as_bytes(), b"b").len(), 5 * BATCH);
        assert_eq!(all_matches(short.as_bytes(), b"b ").len(), 5 * BATCH);
        assert_eq!(all_words(""), [""; 0]);
    }

    #[test]
    fn bytes_that_are_no_text_are_looked_at_all_the_same() {
        let bytes = [0x80, 0xbf, 0xe2, 0x80, 0xff, 0xc2];
        assert_eq!(points(&bytes), 3);
        assert_eq!(offset(&bytes, 1), Some(4));
        assert_eq!(
            (trim_start(&bytes), trim_end(&bytes), space_at(&bytes)),
            (0, 6, 6)
        );
        let (mut at, mut open, mut found) = (0, None, Vec::new());
        assert!(words(&[0x80; 100], &mut at, &mut open, &mut found));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn code_points_are_counted_and_found(text in text(), at in 0usize..450) {
            let bytes = text.as_bytes();
            prop_assert_eq!(points(bytes), text.chars().count());
            let ends = text.char_indices().map(|c| c.0).chain([text.len()]);
            prop_assert_eq!(offset(bytes, at), ends.clone().nth(at));
            prop_assert_eq!(boundary(bytes, at), ends.filter(|n| *n <= at).max().unwrap());
        }

        #[test]
        fn trimming_and_words_are_those_of_std(text in text()) {
            let bytes = text.as_bytes();
            prop_assert_eq!(&text[trim_start(bytes)..], text.trim_start());
            prop_assert_eq!(&text[..trim_end(bytes)], text.trim_end());
            prop_assert_eq!(all_words(&text), text.split_whitespace().collect::<Vec<_>>());
        }

        #[test]
        fn finding_is_that_of_std(text in text(), needle in text(), from in 0usize..300, to in 0usize..4) {
            let needle: String = needle.chars().take(to).collect();
            let from = boundary(text.as_bytes(), from);
            let (hay, pin) = (text.as_bytes(), needle.as_bytes());
            prop_assert_eq!(find(hay, pin, from), text[from..].find(&needle).map(|n| n + from));
            let before = text.char_indices().map(|c| c.0).chain([text.len()]);
            let last = before.filter(|n| *n <= from && text[*n..].starts_with(&needle)).max();
            prop_assert_eq!(find_last(hay, pin, from), last);
            if !needle.is_empty() {
                let want: Vec<usize> = text.match_indices(&needle).map(|m| m.0).collect();
                prop_assert_eq!(all_matches(hay, pin), want);
            }
            for inside in [true, false] {
                let want = (from..hay.len()).find(|n| pin.contains(&hay[*n]) == inside);
                prop_assert_eq!(find_any(hay, pin, from, inside), want);
            }
        }
    }
}
