//! Upper and lower case, as Unicode has them (the final sigma included), whatever the language.

use super::scan::WINDOW;
use super::work::{Bytes, CHUNK, Fresh, poll, transform};
use crate::fault::Fault;
use crate::host::Host;

/// Which case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Case {
    Upper,
    Lower,
}

/// A text in that case.
pub(super) fn convert(host: &mut dyn Host, text: Bytes, case: Case) -> Result<Bytes, Fault> {
    if !text.look(host.memory()).is_ascii() {
        return transform(host, text, |rest, made| window(rest, case, made));
    }
    let mut fresh = Fresh::new(host, Some(text.len))?;
    fresh.copy(host, text)?;
    let copy = fresh.done();
    let range = copy.at as usize..(copy.at + copy.len) as usize;
    poll(host)?;
    match case {
        Case::Upper => host.memory()[range].make_ascii_uppercase(),
        Case::Lower => host.memory()[range].make_ascii_lowercase(),
    }
    Ok(copy)
}

/// Appends the beginning of `rest` in that case, and gives how much of it that is.
pub(super) fn window(rest: &[u8], case: Case, made: &mut Vec<u8>) -> usize {
    let cut = cut(rest);
    match (std::str::from_utf8(&rest[..cut]), case) {
        (Ok(text), Case::Upper) => made.extend(text.to_uppercase().as_bytes()),
        (Ok(text), Case::Lower) => made.extend(text.to_lowercase().as_bytes()),
        (Err(_), _) => made.extend(&rest[..cut]),
    }
    cut
}

/// Where a text can be cut so that no sigma needs to know what is on the other side: between two characters that end
/// what it looks at. (Where a mebibyte has no such place, it is cut there.)
fn cut(rest: &[u8]) -> usize {
    let mut size = CHUNK;
    while size < rest.len() && size <= WINDOW {
        let end = super::scan::boundary(rest, size);
        let Ok(text) = std::str::from_utf8(&rest[..end]) else {
            return size;
        };
        let mut after = None;
        for (at, c) in text.char_indices().rev() {
            let plain = plain(c);
            match after {
                Some(place) if plain => return place,
                _ => after = plain.then_some(at),
            }
        }
        size *= 2;
    }
    super::scan::boundary(rest, size)
}

/// Whether it is white space or a letter that a sigma beside it looks no further than.
fn plain(c: char) -> bool {
    let letter = matches!(
        c,
        '\u{c0}'..='\u{ff}'
            | '\u{391}'..='\u{3c9}'
            | '\u{410}'..='\u{44f}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a1}'..='\u{30fa}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
    );
    c != 'Σ' && (letter || c.is_whitespace() || c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, case: Case) -> String {
        let (mut made, mut rest) = (Vec::new(), text.as_bytes());
        while !rest.is_empty() {
            let taken = window(rest, case, &mut made);
            rest = &rest[taken..];
        }
        String::from_utf8(made).unwrap()
    }

    #[test]
    fn case_is_that_of_std_wherever_the_text_is_cut() {
        let texts = [
            "ΑΣ",
            "ΑΣ ",
            "ΑΣ.Α",
            "ΑΣ'",
            "ß ŉ İ ǅ",
            "x\u{301}Σ",
            "ΣΑΣ Σ",
            "語Σ",
            "a",
            "😀Σ😀",
        ];
        for text in texts {
            for size in CHUNK / 2 - 3..CHUNK / 2 + 2 {
                for filler in ["α", "Σ", "’"] {
                    let long =
                        format!("{}{}{}", filler.repeat(size / filler.len() * 2), text, text);
                    assert_eq!(
                        all(&long, Case::Lower),
                        long.to_lowercase(),
                        "{text} {filler}"
                    );
                    assert_eq!(
                        all(&long, Case::Upper),
                        long.to_uppercase(),
                        "{text} {filler}"
                    );
                }
            }
        }
        let long = "ΟΔΥΣΣΕΥΣ, ΟΔΥΣΣΕΑΣ. ".repeat(20_000);
        assert_eq!(all(&long, Case::Lower), long.to_lowercase());
    }
}
