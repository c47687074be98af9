//! Values as people read them: sizes, times, modes and names in the words of a terminal.
//!
//! Promises: what is given contains no control character and no character that reorders or hides others, whatever
//! the value holds (newlines and tabs of a text printed on its own excepted); and different names look different.
//! Leaves out: local time. The offset of the user's zone is only known to the C library; times are UTC and say so.

use super::Lookup;
use super::failure::failure_text;
use sawmill_ir::calendar::{self, civil};
use sawmill_ir::ty::{RecordKind, Type, file_type_name};
use sawmill_ir::value::View;

/// How many elements of a list within a row are shown.
const ELEMENTS: usize = 16;

/// How many levels of values within values are shown.
const LEVELS: u32 = 48;

/// What is escaped besides control characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// A name on its own: the backslash too, so that no name looks like another's escape.
    Name,
    /// Between double quotes: the backslash and the quote too.
    Quoted,
    /// A text printed for its own sake: as it is; newlines and tabs are part of it.
    Text,
}

/// Appends bytes with their control characters escaped; bytes that are not UTF-8 as `\xNN`.
pub(crate) fn push_escaped(out: &mut String, bytes: &[u8], escape: Escape) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' | '\t' if escape == Escape::Text => out.push(c),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                '\\' if escape != Escape::Text => out.push_str("\\\\"),
                '"' if escape == Escape::Quoted => out.push_str("\\\""),
                c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
                c if deceives(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
}

/// Whether a terminal would act on a character, or show its neighbours in another order, or show nothing: C1
/// controls, line and paragraph separators, bidirectional marks, invisible characters and tags. The joiners U+200C
/// and U+200D are letters of several scripts and stay.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        )
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Bytes between double quotes.
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    push_escaped(&mut out, bytes, Escape::Quoted);
    out.push('"');
    out
}

/// A name or path on its own.
pub(crate) fn name(bytes: &[u8]) -> String {
    let mut out = String::new();
    push_escaped(&mut out, bytes, Escape::Name);
    out
}

/// A number of bytes: exact below 1 KiB, else with one digit after the point.
pub(crate) fn size(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "" };
    let exact = bytes.unsigned_abs();
    if exact < 1024 {
        return format!("{sign}{exact}B");
    }
    let mut unit = 1024u128;
    let mut names = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].into_iter();
    let mut name = names.next().unwrap_or_default();
    loop {
        // Rounded to tenths; what rounds up to 1024 is one of the next unit.
        let tenths = (u128::from(exact) * 10 + unit / 2) / unit;
        match names.next() {
            Some(next) if tenths >= 10 * 1024 => (unit, name) = (unit * 1024, next),
            _ => return format!("{sign}{}.{}{name}", tenths / 10, tenths % 10),
        }
    }
}

/// A length of time: exact below a microsecond, else with one digit after the point.
pub(crate) fn duration(nanoseconds: i64) -> String {
    const UNITS: [(u128, &str); 6] = [
        (1_000, "us"),
        (1_000_000, "ms"),
        (1_000_000_000, "s"),
        (60_000_000_000, "min"),
        (3_600_000_000_000, "h"),
        (86_400_000_000_000, "d"),
    ];
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let exact = u128::from(nanoseconds.unsigned_abs());
    if exact < 1_000 {
        return format!("{sign}{exact}ns");
    }
    let tenths = |unit: u128| (exact * 10 + unit / 2) / unit;
    // Rounded to tenths; what rounds up to a whole next unit is one of it.
    let fits = |pair: &&[(u128, &str)]| tenths(pair[0].0) * pair[0].0 < 10 * pair[1].0;
    let unit = UNITS.windows(2).find(fits).map_or(UNITS[5], |pair| pair[0]);
    let tenths = tenths(unit.0);
    format!("{sign}{}.{}{}", tenths / 10, tenths % 10, unit.1)
}

/// A mode as `ls -l` has it if it says the file's type, else the permission bits in octal.
pub(crate) fn mode(mode: u64) -> String {
    let kind = match mode & 0o170000 {
        0 => return format!("0{mode:03o}"),
        0o140000 => 's',
        0o120000 => 'l',
        0o100000 => '-',
        0o060000 => 'b',
        0o040000 => 'd',
        0o020000 => 'c',
        0o010000 => 'p',
        _ => '?',
    };
    let mut out = String::from(kind);
    for (shift, special, mark) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        out.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => mark,
            (false, true) => mark.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    out
}

/// A time to the minute, without its zone: for a column whose header says UTC.
pub(crate) fn minute(sec: i64) -> String {
    let civil = civil(sec);
    let minutes = civil.second_of_day / 60;
    format!("{} {:02}:{:02}", civil.date(), minutes / 60, minutes % 60)
}

/// A time as RFC 3339 has it, to the nanosecond.
pub(crate) fn rfc3339(sec: i64, nsec: u64) -> String {
    calendar::rfc3339(sec, nsec, 9)
}

/// `major:minor` of a device word.
fn device(word: u64) -> String {
    format!("{}:{}", word >> 32, word & 0xffff_ffff)
}

/// What a handle says: where it leads, or `None`.
fn label(view: &View, lookup: &dyn Lookup) -> Option<String> {
    lookup.label(view.word()).map(name)
}

/// A value as the only thing on its line or lines.
pub(crate) fn plain(view: &View, lookup: &dyn Lookup) -> String {
    match view.ty() {
        Type::Str => {
            let mut out = String::new();
            push_escaped(&mut out, view.bytes(), Escape::Text);
            out
        }
        Type::Time => rfc3339(view.word() as i64, view.second()),
        Type::Mode if view.word() & 0o170000 != 0 => {
            format!("{} (0{:03o})", mode(view.word()), view.word() & 0o7777)
        }
        Type::Dir(_) | Type::File(_) => match label(view, lookup) {
            Some(label) => format!("{} {label}", type_word(view.ty())),
            None => type_word(view.ty()).into(),
        },
        Type::Option(_) => nested(view, lookup, LEVELS),
        _ => cell(view, lookup),
    }
}

/// A value as a cell of a table.
pub(crate) fn cell(view: &View, lookup: &dyn Lookup) -> String {
    cell_within(view, lookup, LEVELS)
}

/// A value that is so many levels of values away from what is left out.
fn cell_within(view: &View, lookup: &dyn Lookup, levels: u32) -> String {
    let Some(levels) = levels.checked_sub(1) else {
        return "...".into();
    };
    let within = |view: &View| nested(view, lookup, levels);
    match view.ty() {
        Type::Unit | Type::Seq(_) => String::new(),
        Type::Bool => (view.word() != 0).to_string(),
        Type::Int => (view.word() as i64).to_string(),
        Type::Size => size(view.word() as i64),
        Type::Float => format!("{:?}", view.float()),
        Type::Duration => duration(view.word() as i64),
        Type::Mode => mode(view.word()),
        Type::FileType => file_type_name(view.word()).into(),
        Type::Ino => view.word().to_string(),
        Type::Dev => device(view.word()),
        Type::Time => minute(view.word() as i64),
        Type::Str | Type::Path | Type::Name | Type::Bytes => name(view.bytes()),
        Type::Dir(_) | Type::File(_) => {
            label(view, lookup).unwrap_or_else(|| type_word(view.ty()).into())
        }
        Type::Listing | Type::Root(_) | Type::Buf(_) | Type::Region => type_word(view.ty()).into(),
        Type::Entry(_) => name(view.entry()[0].1.bytes()),
        Type::List(_) | Type::Builder(_) => list(view, within),
        Type::Record(r) if r.kind == RecordKind::Tuple => {
            let fields = view.fields().map(|f| within(&f.1));
            format!("[{}]", fields.collect::<Vec<_>>().join(" "))
        }
        Type::Record(_) => record(view, within),
        Type::Enum(_) if view.is_record() => record(view, within),
        Type::Enum(_) => case(view, within),
        Type::Option(_) => match view.option() {
            Some(value) => cell_within(&value, lookup, levels),
            None => "none".into(),
        },
        Type::Desc(_) => cell_within(&view.plainly(), lookup, levels),
        Type::Map(_, value) => map(view, **value == Type::Unit, within),
        Type::MapBuilder(..) | Type::Array(_) => type_word(view.ty()).into(),
        Type::Result(_) => match view.result() {
            Ok(value) => cell_within(&value, lookup, levels),
            Err(failure) => format!("error: {}", failure_text(&failure)),
        },
        Type::Error => format!("error: {}", failure_text(&view.failure())),
    }
}

/// The elements of a list within a row, the first few of them.
fn list(view: &View, within: impl Fn(&View) -> String) -> String {
    let shown = view.elements().take(ELEMENTS);
    let mut out: Vec<String> = shown.map(|e| within(&e)).collect();
    if view.len() > ELEMENTS {
        out.push(format!("... {} in all", view.len()));
    }
    format!("[{}]", out.join(" "))
}

/// The fields of a record within a row.
fn record(view: &View, within: impl Fn(&View) -> String) -> String {
    let field =
        |(key, value): (&str, View)| format!(":{} {}", name(key.as_bytes()), within(&value));
    let fields: Vec<String> = view.fields().map(field).collect();
    format!("{{{}}}", fields.join(", "))
}

/// A case: its name, in parentheses with its fields if it has any.
fn case(view: &View, within: impl Fn(&View) -> String) -> String {
    let case = view.case().map_or("?", |c| &c.name);
    let mut out = vec![name(case.as_bytes())];
    out.extend(view.fields().map(|f| within(&f.1)));
    match &out[..] {
        [one] => format!(":{one}"),
        _ => format!("({})", out.join(" ")),
    }
}

/// The entries of a map or set, the first few of them.
fn map(view: &View, set: bool, within: impl Fn(&View) -> String) -> String {
    let mut shown = Vec::new();
    let mut count = 0;
    for (key, value) in view.pairs() {
        count += 1;
        if count > ELEMENTS {
            continue;
        }
        let key = within(&key);
        shown.push(match set {
            true => key,
            false => format!("{key} {}", within(&value)),
        });
    }
    if count > ELEMENTS {
        shown.push(format!("... {count} in all"));
    }
    let (open, separator) = if set { ("#{", " ") } else { ("{", ", ") };
    format!("{open}{}}}", shown.join(separator))
}

/// A value among others in a cell: names are quoted, since they may hold spaces; a time says its zone.
fn nested(view: &View, lookup: &dyn Lookup, levels: u32) -> String {
    match view.ty() {
        Type::Str | Type::Path | Type::Name | Type::Bytes => quoted(view.bytes()),
        Type::Option(_) => match view.option() {
            Some(value) if levels > 0 => format!("(just {})", nested(&value, lookup, levels - 1)),
            Some(_) => "...".into(),
            None => "none".into(),
        },
        Type::Desc(_) => nested(&view.plainly(), lookup, levels),
        Type::Entry(_) => quoted(view.entry()[0].1.bytes()),
        Type::Time => rfc3339(view.word() as i64, view.second()),
        Type::Result(_) => match view.result() {
            Ok(value) if levels > 0 => nested(&value, lookup, levels - 1),
            _ => cell_within(view, lookup, levels),
        },
        _ => cell_within(view, lookup, levels),
    }
}

/// One word for a type: the name of a column that has no other.
pub(crate) fn type_word(ty: &Type) -> &str {
    match ty {
        Type::Unit | Type::Seq(_) => "unit",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Size => "size",
        Type::Float => "float",
        Type::Duration => "duration",
        Type::Mode => "mode",
        Type::FileType => "type",
        Type::Ino => "ino",
        Type::Dev => "dev",
        Type::Time => "time",
        Type::Str => "str",
        Type::Bytes => "bytes",
        Type::Path => "path",
        Type::Name => "name",
        Type::Dir(_) => "dir",
        Type::File(_) => "file",
        Type::Listing => "listing",
        Type::Entry(_) => "entry",
        Type::Root(_) => "root",
        Type::Buf(_) => "buf",
        Type::Region => "region",
        Type::List(_) | Type::Builder(_) => "list",
        Type::Record(r) => match r.kind {
            RecordKind::Named => &r.name,
            RecordKind::Fields => "record",
            RecordKind::Tuple => "tuple",
        },
        Type::Enum(e) => &e.name,
        Type::Map(_, value) if **value == Type::Unit => "set",
        Type::Map(..) | Type::MapBuilder(..) => "map",
        Type::Array(_) => "array",
        Type::Result(t) | Type::Option(t) | Type::Desc(t) => type_word(t),
        Type::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample::{Memory, Place};
    use proptest::prelude::*;
    use sawmill_ir::rights::Rights;

    #[test]
    fn sizes_round_and_change_unit_in_time() {
        let cases = [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1.0KiB"),
            (10_240, "10.0KiB"),
            (1_048_523, "1023.9KiB"),
            (1_048_525, "1.0MiB"),
            (-2048, "-2.0KiB"),
            (i64::MAX, "8.0EiB"),
            (i64::MIN, "-8.0EiB"),
        ];
        for (bytes, want) in cases {
            assert_eq!(size(bytes), want);
        }
    }

    #[test]
    fn durations_round_and_change_unit_in_time() {
        let cases = [
            (0, "0ns"),
            (-999, "-999ns"),
            (1_000, "1.0us"),
            (999_949, "999.9us"),
            (999_950, "1.0ms"),
            (1_500_000_000, "1.5s"),
            (59_949_999_999, "59.9s"),
            (59_950_000_000, "1.0min"),
            (5_400_000_000_000, "1.5h"),
            (-86_400_000_000_000, "-1.0d"),
            (i64::MAX, "106752.0d"),
            (i64::MIN, "-106752.0d"),
        ];
        for (nanoseconds, want) in cases {
            assert_eq!(duration(nanoseconds), want);
        }
    }

    #[test]
    fn modes_are_those_of_ls() {
        let cases = [
            (0o100644, "-rw-r--r--"),
            (0o041777, "drwxrwxrwt"),
            (0o104755, "-rwsr-xr-x"),
            (0o106644, "-rwSr-Sr--"),
            (0o120777, "lrwxrwxrwx"),
            (0o644, "0644"),
            (0, "0000"),
            (0o7, "0007"),
        ];
        for (bits, want) in cases {
            assert_eq!(mode(bits), want);
        }
    }

    #[test]
    fn times_are_exact_on_both_sides_of_the_epoch() {
        assert_eq!(minute(1_795_422_000), "2026-11-23 08:20");
        assert_eq!(rfc3339(0, 0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(-1, 999_999_999), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(rfc3339(951_782_400, 0), "2000-02-29T00:00:00.000000000Z");
        assert_eq!(minute(951_868_800), "2000-03-01 00:00");
        assert_eq!(minute(4_107_542_399), "2100-02-28 23:59");
        assert_eq!(minute(4_107_542_400), "2100-03-01 00:00");
        assert_eq!(minute(253_402_300_800), "+10000-01-01 00:00");
        assert_eq!(minute(-62_167_219_201), "-0001-12-31 23:59");
        assert_eq!(minute(i64::MAX), "+292277026596-12-04 15:30");
        assert_eq!(minute(i64::MIN), "-292277022657-01-27 08:29");
    }

    proptest! {
        #[test]
        fn days_follow_one_another(day in -4_000_000i64..4_000_000) {
            let (a, b) = (civil(day * 86_400), civil((day + 1) * 86_400));
            let leap = a.year % 4 == 0 && a.year % 100 != 0 || a.year % 400 == 0;
            let length = match a.month { 2 => 28 + i64::from(leap), 4 | 6 | 9 | 11 => 30, _ => 31 };
            let next = match (a.month, a.day) {
                (12, 31) => (a.year + 1, 1, 1),
                (month, day) if day == length => (a.year, month + 1, 1),
                (month, day) => (a.year, month, day + 1),
            };
            prop_assert_eq!((b.year, b.month, b.day), next);
        }
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_passes() {
        let cases: [(&[u8], &str); 7] = [
            (b"a b", "a b"),
            (b"a\nb\t\r", "a\\nb\\t\\r"),
            (b"\x1b]0;x\x07\x7f", "\\x1b]0;x\\x07\\x7f"),
            (b"a\\nb", "a\\\\nb"),
            ("\u{9b}31m".as_bytes(), "\\u{9b}31m"),
            (b"\x9b\xff\xe2\x82", "\\x9b\\xff\\xe2\\x82"),
            (
                "\u{202e}gpj.exe\u{200b}".as_bytes(),
                "\\u{202e}gpj.exe\\u{200b}",
            ),
        ];
        for (bytes, want) in cases {
            assert_eq!(name(bytes), want);
        }
        assert_eq!(quoted(b"say \"x\"\n"), r#""say \"x\"\n""#);
    }

    #[test]
    fn alone_a_text_is_as_it_is_and_the_rest_is_plain() {
        let mut m = Memory::new();
        let plain = |m: &Memory, ty: &Type, words: &[u64]| plain(&m.view(ty, words), &Place);
        let text = m.bytes(b"two\n\tlines \\ \"\x1b[m");
        assert_eq!(plain(&m, &Type::Str, &text), "two\n\tlines \\ \"\\x1b[m");
        let name = m.bytes(b"a\nb");
        assert_eq!(plain(&m, &Type::Path, &name), "a\\nb");
        assert_eq!(plain(&m, &Type::Int, &[-3i64 as u64]), "-3");
        assert_eq!(plain(&m, &Type::Float, &[0.1f64.to_bits()]), "0.1");
        assert_eq!(plain(&m, &Type::Float, &[u64::MAX]), "NaN");
        assert_eq!(plain(&m, &Type::Duration, &[1_500]), "1.5us");
        assert_eq!(plain(&m, &Type::Bool, &[1]), "true");
        assert_eq!(plain(&m, &Type::Mode, &[0o100644]), "-rw-r--r-- (0644)");
        let time = plain(&m, &Type::Time, &[1, 2]);
        assert_eq!(time, "1970-01-01T00:00:01.000000002Z");
        let dir = Type::Dir(Rights::NONE);
        assert_eq!(plain(&m, &dir, &[Place::OPEN]), "dir /etc");
        assert_eq!(plain(&m, &dir, &[1]), "dir");
    }

    #[test]
    fn nested_values_are_told_apart_and_long_lists_end() {
        let mut m = Memory::new();
        let a = m.bytes(b"a b");
        let b = m.bytes(b"c\"");
        let at = m.words(&[a[0], a[1], b[0], b[1]]);
        let names = m.words(&[2, 2, at]);
        let ty = Type::list(Type::Path);
        assert_eq!(cell(&m.view(&ty, &[names]), &()), r#"["a b" "c\""]"#);
        let many = m.list(&(0..1000).collect::<Vec<_>>());
        let text = cell(&m.view(&Type::list(Type::Int), &[many]), &());
        assert_eq!(
            text,
            "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 ... 1000 in all]"
        );
    }
}
