//! A line of the text form, read piece by piece. Spaces between pieces mean nothing; a `;` ends the line.

use super::ParseError;

pub(super) fn starts_word(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_'
}
pub(super) fn in_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'?' | b'-')
}

/// A place in the text.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Place {
    pub(super) fn error(self, message: impl Into<String>) -> ParseError {
        ParseError {
            line: self.line,
            column: self.column,
            message: message.into(),
        }
    }
}

/// What is left of a line.
#[derive(Clone)]
pub(super) struct Line<'a> {
    number: u32,
    text: &'a str,
    at: usize,
}

impl<'a> Line<'a> {
    pub(super) fn new(number: u32, text: &'a str) -> Line<'a> {
        Line {
            number,
            text,
            at: 0,
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn skip_space(&mut self) {
        while matches!(self.rest().first(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Where the next piece starts.
    pub(super) fn place(&mut self) -> Place {
        self.skip_space();
        Place {
            line: self.number,
            column: self.at as u32 + 1,
        }
    }

    /// An error here: something else was expected.
    pub(super) fn expected<T>(&mut self, what: &str) -> Result<T, ParseError> {
        let place = self.place();
        let found: String = self.text.get(self.at..).map_or(String::new(), |rest| {
            rest.chars().take_while(|c| *c != ' ').take(24).collect()
        });
        let found = if self.is_end() {
            "the end of the line".to_string()
        } else {
            format!("`{}`", found.escape_debug())
        };
        Err(place.error(format!("expected {what}, found {found}")))
    }

    /// Whether nothing but a comment is left.
    pub(super) fn is_end(&mut self) -> bool {
        self.skip_space();
        matches!(self.rest().first(), None | Some(b';'))
    }

    /// Nothing but a comment may be left.
    pub(super) fn end(&mut self) -> Result<(), ParseError> {
        if self.is_end() {
            Ok(())
        } else {
            self.expected("the end of the line")
        }
    }

    /// Whether this is next.
    pub(super) fn sees(&mut self, piece: &str) -> bool {
        self.skip_space();
        self.rest().starts_with(piece.as_bytes())
    }

    /// Takes this piece of punctuation if it is next.
    pub(super) fn take(&mut self, piece: &str) -> bool {
        let sees = self.sees(piece);
        if sees {
            self.at += piece.len();
        }
        sees
    }

    /// Takes this piece of punctuation.
    pub(super) fn want(&mut self, piece: &str) -> Result<(), ParseError> {
        if self.take(piece) {
            Ok(())
        } else {
            self.expected(&format!("`{piece}`"))
        }
    }

    /// Takes a word if one is next.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        self.skip_space();
        let rest = self.rest();
        if !rest.first().copied().is_some_and(starts_word) {
            return None;
        }
        let len = rest.iter().take_while(|b| in_word(**b)).count();
        self.at += len;
        self.text.get(self.at - len..self.at)
    }

    /// Takes this word if it is next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        let found = ahead.word() == Some(word);
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes this word.
    pub(super) fn want_word(&mut self, word: &str) -> Result<(), ParseError> {
        if self.take_word(word) {
            Ok(())
        } else {
            self.expected(&format!("`{word}`"))
        }
    }

    fn digits(&mut self) -> &'a str {
        let len = self
            .rest()
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        self.at += len;
        &self.text[self.at - len..self.at]
    }

    /// Takes a number without sign.
    pub(super) fn number(&mut self, what: &str) -> Result<u32, ParseError> {
        let before = self.clone();
        self.skip_space();
        match self.digits().parse() {
            Ok(n) => Ok(n),
            Err(_) => {
                *self = before;
                self.expected(what)
            }
        }
    }

    /// Takes a signed 64-bit number.
    pub(super) fn int(&mut self) -> Result<i64, ParseError> {
        let before = self.clone();
        self.skip_space();
        let start = self.at;
        self.at += usize::from(self.rest().first() == Some(&b'-'));
        self.digits();
        match self.text[start..self.at].parse() {
            Ok(n) => Ok(n),
            Err(_) => {
                *self = before;
                self.expected("a signed 64-bit number")
            }
        }
    }

    /// Takes a floating-point number, or a NaN with its bits: the bits.
    pub(super) fn float(&mut self) -> Result<u64, ParseError> {
        self.skip_space();
        let rest = self.rest();
        let digit = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.' | b':');
        let len = rest.iter().take_while(digit).count();
        let text = self.text.get(self.at..self.at + len).unwrap_or("");
        let bits = match text.strip_prefix("NaN:") {
            Some(bits) if bits.len() == 16 => {
                let bits = u64::from_str_radix(bits, 16).ok();
                bits.filter(|bits| f64::from_bits(*bits).is_nan())
            }
            Some(_) => None,
            None => text.parse().ok().map(f64::to_bits),
        };
        match bits {
            Some(bits) => {
                self.at += len;
                Ok(bits)
            }
            None => self.expected("a floating-point number"),
        }
    }

    /// Takes a numbered thing, as in `%3`.
    pub(super) fn entity(&mut self, sigil: &str, what: &str) -> Result<u32, ParseError> {
        let mut ahead = self.clone();
        if ahead.take(sigil) && ahead.rest().first().is_some_and(u8::is_ascii_digit) {
            let n = ahead.number("a number below 2^32")?;
            *self = ahead;
            Ok(n)
        } else {
            self.expected(what)
        }
    }

    /// Takes a quoted string of bytes.
    pub(super) fn string(&mut self) -> Result<Vec<u8>, ParseError> {
        self.want("\"")?;
        let mut bytes = Vec::new();
        loop {
            match *self.rest() {
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(bytes);
                }
                [b'\\', quoted @ (b'"' | b'\\'), ..] => {
                    bytes.push(quoted);
                    self.at += 2;
                }
                [b'\\', b'x', high, low, ..] => match (hex(high), hex(low)) {
                    (Some(high), Some(low)) => {
                        bytes.push(high << 4 | low);
                        self.at += 4;
                    }
                    _ => return self.expected("two lower-case hexadecimal digits after \\x"),
                },
                [b' '..=b'~', ..] if self.rest()[0] != b'\\' => {
                    bytes.push(self.rest()[0]);
                    self.at += 1;
                }
                _ => {
                    return self.expected("`\"`, a printable ASCII character, \\\", \\\\ or \\xNN");
                }
            }
        }
    }

    /// Takes a name, bare or quoted.
    pub(super) fn name(&mut self, what: &str) -> Result<String, ParseError> {
        if let Some(word) = self.word() {
            return Ok(word.to_string());
        }
        if !self.sees("\"") {
            return self.expected(what);
        }
        let place = self.place();
        String::from_utf8(self.string()?)
            .map_err(|_| place.error("expected a name in UTF-8, found other bytes"))
    }
}

fn hex(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    }
}
