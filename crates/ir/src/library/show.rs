//! How values are written: `str` shows what a value says, `pr-str` what the reader would take for it where it can.
//!
//! | | shown | written for the reader |
//! |---|---|---|
//! | Str | as it is | `"a\n"`, with the reader's escapes |
//! | Bytes, Path, Entry (its name) | as it is; not UTF-8 is an error | `#bytes "68656c"`; `"caf\xe9"` |
//! | numbers | `-7`, `1.0`, `1e16`, `NaN`, `inf` | the same |
//! | Size, Duration | in the largest unit that divides it: `10KiB`, `1500ms` | the same |
//! | Time | `2026-11-23T14:28:45.500Z` | the same |
//! | Mode, FileType, Dev | `0o644`, `:dir`, `8:1` | the same |
//! | Option, Result | `none`, `(just 3)`, `(ok 3)`, `(err "message")` | the same |
//! | List, tuple | `[1 "a"]` | the same |
//! | record, Map, set | `{:a 1, :b 2}`, `{"a" 1}`, `#{1 2}` | the same |
//! | enum | `:empty`, `(circle 2.0)` | the same |
//! | Dir and other handles | `#dir "/etc"` | the same |
//! | Error | its message | `#error "message"` |
//!
//! A record that may hold itself is shown as a record, though it is an enum of one case with its own name.
//! What is inside another value is always written for the reader. Iterative, as values may be of any depth.

use super::data::{Cases, Outcome, bytes, load, read};
use super::growing::Growing;
use super::{Call, Steps, map};
use crate::calendar;
use crate::eval::{Words, float};
use crate::fault::{Failure, Fault};
use crate::host::Host;
use crate::layout::list;
use crate::module::Module;
use crate::ty::{EnumType, RecordKind, Type, file_type_name};
use crate::units;

/// The texts of all operands, one after another.
pub fn show(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let mut short = [0; SHORT];
    if let Some(len) = show_short(call, host, &mut short) {
        return super::text(host, &short[..len]);
    }
    let mut writer = Writer::new(call.module);
    for (n, ty) in call.operands.iter().enumerate() {
        writer.show(host, ty, call.operand(n))?;
    }
    writer.out.finish(host)
}

/// How long a text is at most that is made at once.
const SHORT: usize = 96;

/// Texts and integers one after another, which is most of what is shown, if they are short together: how long.
fn show_short(call: &Call<'_>, host: &mut dyn Host, out: &mut [u8; SHORT]) -> Option<usize> {
    let mut len = 0usize;
    for (n, ty) in call.operands.iter().enumerate() {
        let mut digits = [0; 20];
        let piece = match (ty, call.operand(n)) {
            (Type::Str, [at, len, ..]) => bytes(host.memory(), *at, *len),
            (Type::Int, [word, ..]) => decimal(*word as i64, &mut digits),
            _ => return None,
        };
        let to = out.get_mut(len..len.checked_add(piece.len())?)?;
        to.copy_from_slice(piece);
        len += piece.len();
    }
    Some(len)
}

/// An integer in decimal: at the end of the buffer.
fn decimal(n: i64, digits: &mut [u8; 20]) -> &[u8] {
    let mut rest = n.unsigned_abs();
    let mut start = digits.len();
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        start = place;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        // Nineteen digits at most, so that there is a place before them.
        start = start.saturating_sub(1);
        digits[start] = b'-';
    }
    &digits[start..]
}

/// A value as the reader would take it.
pub fn pr(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let mut writer = Writer::new(call.module);
    writer.write(host, &call.operands[0], call.operand(0))?;
    writer.out.finish(host)
}

/// How many bytes of a long text are escaped at a time.
const PIECE: u64 = 16 << 10;

/// Writes values.
pub(super) struct Writer<'a> {
    cases: Cases<'a>,
    steps: Steps,
    pub(super) out: Growing,
}

/// What is still to be written.
enum Work<'a> {
    Text(&'static str),
    Value(&'a Type, Words),
    /// Fields at an offset: with their names, or with blanks between them only. The number of those written before.
    Fields(&'a [(String, Type)], u64, Naming, usize),
    /// So many elements from an offset on.
    Elements(&'a Type, u64, u64),
    /// Entries of a map, and which is next.
    Entries(&'a Type, &'a Type, Vec<u64>, usize),
    /// A piece of text between quotes.
    Quoted(u64, u64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// `:a 1, :b 2`
    Keys,
    /// `1 2`
    Places,
    /// ` 1 2`, after the name of a case.
    After,
}

impl<'a> Writer<'a> {
    pub(super) fn new(module: &'a Module) -> Writer<'a> {
        Writer {
            cases: Cases::of(module),
            steps: Steps::default(),
            out: Growing::default(),
        }
    }

    /// Appends what a value says.
    pub(super) fn show(&mut self, host: &mut dyn Host, ty: &'a Type, words: &[u64]) -> Outcome<()> {
        let [at, len] = match (ty, words) {
            (Type::Desc(t), _) => return self.show(host, t, words),
            (Type::Str, [at, len, ..]) => return self.out.copy(host, *at, *len),
            (Type::Bytes | Type::Path | Type::Name, [at, len, ..]) => [*at, *len],
            (Type::Entry(_), [at, ..]) => [8, 16].map(|n| load(host.memory(), at + n)),
            (Type::Error, [at, ..]) => {
                let message = self.message(host, *at);
                self.out.push_str(&message);
                return self.out.settle(host);
            }
            _ => return self.write(host, ty, words),
        };
        match std::str::from_utf8(bytes(host.memory(), at, len)) {
            Ok(_) => self.out.copy(host, at, len),
            Err(_) => Err(Fault::Utf8),
        }
    }

    /// Appends a value as the reader would take it.
    pub(super) fn write(
        &mut self,
        host: &mut dyn Host,
        ty: &'a Type,
        words: &[u64],
    ) -> Outcome<()> {
        let mut todo = vec![Work::Value(ty, super::words(words))];
        while let Some(work) = todo.pop() {
            self.steps.step(host)?;
            self.out.settle(host)?;
            match work {
                Work::Text(text) => self.out.push_str(text),
                Work::Value(ty, words) => self.value(host, ty, &words, &mut todo)?,
                Work::Quoted(at, len) => {
                    self.quoted(host, at, len, &mut todo)?;
                }
                Work::Fields([(name, ty), rest @ ..], at, naming, before) => {
                    match naming {
                        Naming::Keys => {
                            self.out.push_str(if before > 0 { ", :" } else { ":" });
                            self.out.push_str(name);
                            self.out.push_str(" ");
                        }
                        Naming::Places if before == 0 => {}
                        Naming::Places | Naming::After => self.out.push_str(" "),
                    }
                    let after = at + 8 * ty.width() as u64;
                    todo.push(Work::Fields(rest, after, naming, before + 1));
                    todo.push(Work::Value(ty, read(host.memory(), ty, at)));
                }
                Work::Elements(ty, at, left) if left > 0 => {
                    todo.push(Work::Elements(ty, at + 8 * ty.width() as u64, left - 1));
                    if left > 1 {
                        todo.push(Work::Text(" "));
                    }
                    todo.push(Work::Value(ty, read(host.memory(), ty, at)));
                }
                Work::Entries(key, value, entries, next) if next < entries.len() => {
                    let at = entries[next];
                    let after = at + 8 * key.width() as u64;
                    let last = next + 1 == entries.len();
                    todo.push(Work::Entries(key, value, entries, next + 1));
                    let set = *value == Type::Unit;
                    if !last {
                        todo.push(Work::Text(if set { " " } else { ", " }));
                    }
                    if !set {
                        todo.push(Work::Value(value, read(host.memory(), value, after)));
                        todo.push(Work::Text(" "));
                    }
                    todo.push(Work::Value(key, read(host.memory(), key, at)));
                }
                Work::Fields(..) | Work::Elements(..) | Work::Entries(..) => {}
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        host: &mut dyn Host,
        ty: &'a Type,
        words: &Words,
        todo: &mut Vec<Work<'a>>,
    ) -> Outcome<()> {
        let word = words[0];
        let wrapped = |ty, open: &'static str, todo: &mut Vec<Work<'a>>| {
            todo.push(Work::Text(")"));
            todo.push(Work::Value(ty, super::words(&words[1..])));
            todo.push(Work::Text(open));
        };
        let text = match ty {
            Type::Unit | Type::Seq(_) => "()".into(),
            Type::Bool => (word != 0).to_string(),
            Type::Int => {
                self.out.push(decimal(word as i64, &mut [0; 20]));
                return Ok(());
            }
            Type::Float => format!("{:?}", float(word)),
            Type::Size => size(word as i64),
            Type::Duration => duration(word as i64),
            Type::Mode => format!("0o{word:o}"),
            Type::FileType => format!(":{}", file_type_name(word)),
            Type::Ino => word.to_string(),
            Type::Dev => format!("{}:{}", word >> 32, word as u32),
            Type::Time => calendar::shortest(word as i64, words[1]),
            Type::Str | Type::Path | Type::Name => {
                todo.push(Work::Quoted(word, words[1]));
                "\"".into()
            }
            Type::Bytes => return self.hex(host, word, words[1]),
            Type::Entry(_) => {
                let [at, len] = [8, 16].map(|n| load(host.memory(), word + n));
                todo.push(Work::Quoted(at, len));
                "\"".into()
            }
            Type::Dir(_) => handle(host, "dir", word),
            Type::File(_) => handle(host, "file", word),
            Type::Listing => handle(host, "listing", word),
            Type::Root(_) => handle(host, "root", word),
            Type::Buf(_) => "#buf".into(),
            Type::Region => "#region".into(),
            Type::Builder(_) | Type::MapBuilder(..) => "#builder".into(),
            Type::Array(_) => "#array".into(),
            Type::Desc(t) => {
                todo.push(Work::Value(t, *words));
                return Ok(());
            }
            Type::Option(_) if word == 0 => "none".into(),
            Type::Option(t) => {
                wrapped(&**t, "(just ", todo);
                return Ok(());
            }
            Type::Result(t) if word == 0 => {
                wrapped(&**t, "(ok ", todo);
                return Ok(());
            }
            Type::Result(_) => format!("(err {})", literal(&self.message(host, words[1]))),
            Type::Error => format!("#error {}", literal(&self.message(host, word))),
            Type::List(t) => {
                let memory = &*host.memory();
                let (len, at) = (
                    load(memory, word + list::LEN),
                    load(memory, word + list::DATA),
                );
                todo.push(Work::Text("]"));
                todo.push(Work::Elements(t, at, len));
                "[".into()
            }
            Type::Record(r) if r.kind == RecordKind::Tuple => {
                todo.push(Work::Text("]"));
                todo.push(Work::Fields(&r.fields, word, Naming::Places, 0));
                "[".into()
            }
            Type::Record(r) => {
                todo.push(Work::Text("}"));
                todo.push(Work::Fields(&r.fields, word, Naming::Keys, 0));
                "{".into()
            }
            Type::Map(key, value) => {
                let entries = map::entries(host.memory(), word, key.width() + value.width());
                todo.push(Work::Text("}"));
                todo.push(Work::Entries(key, value, entries.collect(), 0));
                if **value == Type::Unit { "#{" } else { "{" }.into()
            }
            Type::Enum(e) => {
                let tag = load(host.memory(), word);
                let found = self.cases.named(&e.name);
                match found.and_then(|e| e.cases.get(tag as usize)) {
                    Some(case) if found.is_some_and(EnumType::is_record) => {
                        todo.push(Work::Text("}"));
                        todo.push(Work::Fields(&case.fields, word + 8, Naming::Keys, 0));
                        "{".into()
                    }
                    Some(case) if !case.fields.is_empty() => {
                        todo.push(Work::Text(")"));
                        todo.push(Work::Fields(&case.fields, word + 8, Naming::After, 0));
                        format!("({}", case.name)
                    }
                    Some(case) => format!(":{}", case.name),
                    None => "?".into(),
                }
            }
        };
        self.out.push_str(&text);
        Ok(())
    }

    /// Appends the next piece of a text with escapes, and after the last the quote.
    fn quoted(
        &mut self,
        host: &mut dyn Host,
        at: u64,
        len: u64,
        todo: &mut Vec<Work<'a>>,
    ) -> Outcome<()> {
        self.steps.add(len.min(PIECE) / 16, host)?;
        let all = bytes(host.memory(), at, len);
        // A character is not cut, unless there is none.
        let is_start = |n: &usize| all.get(*n).is_none_or(|b| b & 0xc0 != 0x80);
        let cut = all.len().min(PIECE as usize);
        let cut = (cut.saturating_sub(3)..=cut)
            .rev()
            .find(is_start)
            .unwrap_or(cut);
        let (piece, rest) = all.split_at(cut);
        push_escaped(&mut self.out, piece);
        if rest.is_empty() {
            self.out.push_str("\"");
        } else {
            todo.push(Work::Quoted(at + cut as u64, rest.len() as u64));
        }
        Ok(())
    }

    fn hex(&mut self, host: &mut dyn Host, at: u64, len: u64) -> Outcome<()> {
        self.out.push_str("#bytes \"");
        let mut done = 0;
        while done < len {
            let piece = (len - done).min(PIECE);
            for byte in bytes(host.memory(), at + done, piece) {
                let digit = |n: u8| b"0123456789abcdef"[usize::from(n & 15)];
                self.out.push(&[digit(byte >> 4), digit(*byte)]);
            }
            done += piece;
            self.steps.add(piece / 16, host)?;
            self.out.settle(host)?;
        }
        self.out.push_str("\"");
        Ok(())
    }

    fn message(&self, host: &mut dyn Host, error: u64) -> String {
        let failure = Failure::read(self.cases.module, host.memory(), error);
        failure.map_or(String::new(), |f| f.message())
    }
}

/// A handle as what it is and the path it was opened with.
fn handle(host: &dyn Host, kind: &str, handle: u64) -> String {
    let label = host.label(handle);
    match label.is_empty() {
        true => format!("#{kind}"),
        false => {
            let mut out = Growing::default();
            push_escaped(&mut out, label);
            format!("#{kind} \"{}\"", String::from_utf8_lossy(out.collected()))
        }
    }
}

fn literal(text: &str) -> String {
    let mut out = Growing::default();
    push_escaped(&mut out, text.as_bytes());
    format!("\"{}\"", String::from_utf8_lossy(out.collected()))
}

/// Appends bytes with the reader's escapes; what is not UTF-8 as `\xNN`, which the reader does not take.
fn push_escaped(out: &mut Growing, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid();
        let mut plain = 0;
        for (at, c) in text.char_indices() {
            let escape = match c {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                '\0' => "\\0",
                '\u{1b}' => "\\e",
                c if c.is_control() => "",
                _ => continue,
            };
            out.push_str(&text[plain..at]);
            plain = at + c.len_utf8();
            match escape {
                "" => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                known => out.push_str(known),
            }
        }
        out.push_str(&text[plain..]);
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
}

/// A number of bytes in the largest of the units of 1024 that divides it.
fn size(bytes: i64) -> String {
    let binary = |unit: &&(&str, i64)| unit.1 & (unit.1 - 1) == 0;
    in_units(bytes, units::SIZES.iter().filter(binary))
}

/// A number of nanoseconds in the largest unit that divides it.
fn duration(nanoseconds: i64) -> String {
    match nanoseconds {
        0 => "0s".into(),
        n => in_units(n, units::DURATIONS.iter()),
    }
}

fn in_units<'u>(n: i64, units: impl DoubleEndedIterator<Item = &'u (&'u str, i64)>) -> String {
    let mut largest_first = units.rev();
    let fits = largest_first.find(|unit| n != 0 && n % unit.1 == 0);
    match fits {
        Some((name, unit)) => format!("{}{name}", n / unit),
        None => format!("{n}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_are_literals() {
        let sizes = [
            (0, "0B"),
            (1500, "1500B"),
            (10 << 10, "10KiB"),
            (-(3 << 20), "-3MiB"),
            (i64::MIN, "-8388608TiB"),
            (i64::MAX, "9223372036854775807B"),
        ];
        for (n, want) in sizes {
            assert_eq!(size(n), want);
        }
        let durations = [
            (0, "0s"),
            (1, "1ns"),
            (1_500_000_000, "1500ms"),
            (-60_000_000_000, "-1min"),
            (7_200_000_000_000, "2h"),
            (86_400_000_000_000, "1d"),
        ];
        for (n, want) in durations {
            assert_eq!(duration(n), want);
        }
    }
}
