//! Values as JSON, appended to a byte buffer; the only place that escapes for it.
//!
//! Promises: every value gives valid JSON; integers are exact to the last digit, floats are read back as they were (NaN
//! and the infinities, which JSON has no words for, are null); bytes that are not UTF-8 survive;
//! no control character is written raw, C1 and DEL included, so that rows are harmless on a terminal. Values in a
//! run's memory are written without an allocation, errors and what is very deep apart.
//! Leaves out: rows, arrays of rows, commas between rows; the writer has them ([`super::RowWriter`]).

mod deep;

use super::Lookup;
use super::number::{push_f64, push_i64, push_nanoseconds, push_u64, st_dev};
use sawmill_ir::fault::{Failure, Fault};
use sawmill_ir::ty::{RecordKind, Type, file_type_name};
use sawmill_ir::value::{Data, View};

/// How deep values are written by recursion.
const LEVELS: u32 = 64;
/// How deep errors that are arguments of errors are told.
const CAUSES: u32 = 8;

/// Appends a value in a run's memory.
pub(crate) fn push_view(out: &mut Vec<u8>, view: &View, lookup: &dyn Lookup) {
    push_levels(out, view, lookup, LEVELS);
}

/// Appends a value; by recursion as many levels deep, which types seldom reach, then without.
fn push_levels(out: &mut Vec<u8>, view: &View, lookup: &dyn Lookup, levels: u32) {
    let Some(levels) = levels.checked_sub(1) else {
        return deep::push(out, view, lookup);
    };
    match view.ty() {
        Type::Unit | Type::Seq(_) => out.extend_from_slice(b"null"),
        Type::Bool => push_bool(out, view.word() != 0),
        Type::Int | Type::Size | Type::Duration => push_i64(out, view.word() as i64),
        Type::Float => push_f64(out, view.float()),
        Type::Mode | Type::Ino => push_u64(out, view.word()),
        Type::Dev => push_u64(out, st_dev(view.word())),
        Type::FileType => push_string(out, file_type_name(view.word())),
        Type::Time => push_nanoseconds(out, view.word() as i64, view.second()),
        Type::Str => push_text(out, view.bytes()),
        Type::Path | Type::Name | Type::Bytes => push_name(out, view.bytes()),
        Type::Dir(_) => push_handle(out, "dir", view.word(), lookup),
        Type::File(_) => push_handle(out, "file", view.word(), lookup),
        Type::Listing => push_string(out, "listing"),
        Type::Root(_) => push_string(out, "root"),
        Type::Buf(_) | Type::Region => push_string(out, "buf"),
        Type::Entry(_) => {
            let fields = view.entry();
            push_object(out, fields.iter().map(|f| (f.0, f.1)), lookup, levels);
        }
        Type::Record(r) if r.kind == RecordKind::Tuple => {
            push_separated(out, b'[', view.fields(), |out, (_, element)| {
                push_levels(out, &element, lookup, levels);
            });
            out.push(b']');
        }
        Type::Record(_) => push_object(out, view.fields(), lookup, levels),
        Type::Enum(_) => push_case(out, view, lookup, levels),
        Type::Option(_) => match view.option() {
            Some(value) => push_levels(out, &value, lookup, levels),
            None => out.extend_from_slice(b"null"),
        },
        Type::Desc(_) => push_levels(out, &view.plainly(), lookup, levels),
        Type::Map(key, value) => push_map(out, view, key, value, lookup, levels),
        Type::MapBuilder(..) => push_string(out, "builder"),
        Type::Array(_) => push_string(out, "array"),
        Type::List(_) | Type::Builder(_) => {
            push_separated(out, b'[', view.elements(), |out, element| {
                push_levels(out, &element, lookup, levels);
            });
            out.push(b']');
        }
        Type::Result(_) => match view.result() {
            Ok(value) => push_levels(out, &value, lookup, levels),
            Err(failure) => push_failure(out, &failure, lookup),
        },
        Type::Error => push_failure(out, &view.failure(), lookup),
    }
}

/// Appends an error as an object: `{"error": {...}}`. Where the kernel refused there are the errno's name and
/// number; other errors have a `code` instead.
pub(crate) fn push_failure(out: &mut Vec<u8>, failure: &Failure, lookup: &dyn Lookup) {
    push_failure_within(out, failure, lookup, CAUSES);
}

fn push_failure_within(out: &mut Vec<u8>, failure: &Failure, lookup: &dyn Lookup, depth: u32) {
    out.extend_from_slice(b"{\"error\":{");
    if let Fault::Errno(number) = failure.fault {
        out.extend_from_slice(b"\"errno\":");
        push_string(out, failure.fault.code());
        out.extend_from_slice(b",\"no\":");
        push_i64(out, number.into());
    } else {
        out.extend_from_slice(b"\"code\":");
        push_string(out, failure.fault.code());
    }
    out.extend_from_slice(b",\"call\":");
    push_string(out, failure.operation);
    out.extend_from_slice(b",\"args\":");
    push_separated(out, b'[', failure.args.iter(), |out, arg| {
        push_data(out, arg, lookup, depth);
    });
    out.extend_from_slice(b"],\"at\":");
    match lookup.place(failure.at) {
        Some(place) => push_string(out, &place),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b"}}");
}

/// Appends a value that a host owns: an argument of an error. Written as in [`push_view`].
fn push_data(out: &mut Vec<u8>, data: &Data, lookup: &dyn Lookup, depth: u32) {
    match data {
        Data::Bool(b) => push_bool(out, *b),
        Data::Int(n) | Data::Size(n) | Data::Duration(n) => push_i64(out, *n),
        Data::Float(n) => push_f64(out, *n),
        Data::Mode(mode) => push_u64(out, u64::from(*mode)),
        Data::FileType(kind) => push_string(out, file_type_name(*kind)),
        Data::Ino(ino) => push_u64(out, *ino),
        Data::Dev(dev) => push_u64(out, st_dev(*dev)),
        Data::Time { sec, nsec } => push_nanoseconds(out, *sec, u64::from(*nsec)),
        Data::Str(text) => push_string(out, text),
        Data::Path(bytes) | Data::Bytes(bytes) => push_name(out, bytes),
        Data::Handle(handle) => push_handle(out, "handle", *handle, lookup),
        Data::Entry {
            name, ino, kind, ..
        } => {
            out.extend_from_slice(b"{\"name\":");
            push_name(out, name);
            out.extend_from_slice(b",\"ino\":");
            push_u64(out, *ino);
            out.extend_from_slice(b",\"type\":");
            push_string(out, file_type_name(*kind));
            out.push(b'}');
        }
        Data::List(elements) => {
            push_separated(out, b'[', elements.iter(), |out, element| {
                push_data(out, element, lookup, depth);
            });
            out.push(b']');
        }
        Data::Record(ty, values) => {
            push_separated(
                out,
                b'{',
                ty.fields.iter().zip(values),
                |out, (f, value)| {
                    push_key(out, &f.0);
                    push_data(out, value, lookup, depth);
                },
            );
            out.push(b'}');
        }
        Data::Ok(value) | Data::Some(value) => push_data(out, value, lookup, depth),
        Data::Err(failure) if depth > 0 => push_failure_within(out, failure, lookup, depth - 1),
        // Unit, an error too far down, and kinds of values this version does not know.
        _ => out.extend_from_slice(b"null"),
    }
}

/// Appends a case: its name, or with data an object that says the case first. A record that may hold itself is an
/// enum of one case with its own name.
fn push_case(out: &mut Vec<u8>, view: &View, lookup: &dyn Lookup, levels: u32) {
    if view.is_record() {
        return push_object(out, view.fields(), lookup, levels);
    }
    let Some(case) = view.case() else {
        return out.extend_from_slice(b"null");
    };
    if case.fields.is_empty() {
        return push_string(out, &case.name);
    }
    out.extend_from_slice(b"{\"case\":");
    push_string(out, &case.name);
    for (name, value) in view.fields() {
        out.push(b',');
        push_key(out, name);
        push_levels(out, &value, lookup, levels);
    }
    out.push(b'}');
}

/// What a map is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MapForm {
    /// A set: an array.
    Set,
    /// Keys are text: an object.
    Object,
    /// An array of pairs.
    Pairs,
}

impl MapForm {
    fn of(key: &Type, value: &Type) -> MapForm {
        match (key, value) {
            (_, Type::Unit) => MapForm::Set,
            (Type::Str, _) => MapForm::Object,
            _ => MapForm::Pairs,
        }
    }
    /// What it begins and ends with.
    fn brackets(self) -> (u8, u8) {
        match self {
            MapForm::Object => (b'{', b'}'),
            MapForm::Set | MapForm::Pairs => (b'[', b']'),
        }
    }
}

fn push_map(
    out: &mut Vec<u8>,
    view: &View,
    key: &Type,
    value: &Type,
    lookup: &dyn Lookup,
    levels: u32,
) {
    let form = MapForm::of(key, value);
    let (open, close) = form.brackets();
    push_separated(out, open, view.pairs(), |out, (key, value)| match form {
        MapForm::Set => push_levels(out, &key, lookup, levels),
        MapForm::Object => {
            push_text(out, key.bytes());
            out.push(b':');
            push_levels(out, &value, lookup, levels);
        }
        MapForm::Pairs => {
            out.push(b'[');
            push_levels(out, &key, lookup, levels);
            out.push(b',');
            push_levels(out, &value, lookup, levels);
            out.push(b']');
        }
    });
    out.push(close);
}

/// Appends a handle as what it is and where it leads, or only what it is.
fn push_handle(out: &mut Vec<u8>, kind: &str, handle: u64, lookup: &dyn Lookup) {
    match lookup.label(handle) {
        Some(label) => {
            out.push(b'{');
            push_key(out, kind);
            push_name(out, label);
            out.push(b'}');
        }
        None => push_string(out, kind),
    }
}

fn push_object<'a>(
    out: &mut Vec<u8>,
    fields: impl Iterator<Item = (&'a str, View<'a>)>,
    lookup: &dyn Lookup,
    levels: u32,
) {
    push_separated(out, b'{', fields, |out, (name, value)| {
        push_key(out, name);
        push_levels(out, &value, lookup, levels);
    });
    out.push(b'}');
}

/// Appends the opening bracket and the items with commas between them.
fn push_separated<T>(
    out: &mut Vec<u8>,
    open: u8,
    items: impl Iterator<Item = T>,
    mut push: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(open);
    let mut first = true;
    for item in items {
        if !std::mem::replace(&mut first, false) {
            out.push(b',');
        }
        push(out, item);
    }
}

fn push_bool(out: &mut Vec<u8>, truth: bool) {
    out.extend_from_slice(if truth { b"true" } else { b"false" });
}

fn push_key(out: &mut Vec<u8>, name: &str) {
    push_string(out, name);
    out.push(b':');
}

/// Appends a name: a string if it is UTF-8, else its exact bytes and something to read.
fn push_name(out: &mut Vec<u8>, name: &[u8]) {
    if let Ok(text) = std::str::from_utf8(name) {
        return push_string(out, text);
    }
    out.extend_from_slice(b"{\"bytes\":\"");
    push_base64(out, name);
    out.extend_from_slice(b"\",\"lossy\":");
    push_string(out, &String::from_utf8_lossy(name));
    out.push(b'}');
}

/// Appends text, which is UTF-8 by its type; should it not be, JSON that is valid is worth more than its bytes.
fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    push_string(out, &String::from_utf8_lossy(text));
}

/// What to do with a byte of a string: 0 nothing, `u` a `\u00XX`, `c` the first byte of a C1 control perhaps, else
/// the letter after the backslash.
static ESCAPES: [u8; 256] = escapes();

const fn escapes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x7f] = b'u';
    table[0xc2] = b'c';
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\t' as usize] = b't';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
}

/// Appends a string with its quotes. Control characters, DEL and C1 among them, are escaped.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let (code, length) = match ESCAPES[*byte as usize] {
            0 => continue,
            b'c' => match bytes.get(at + 1) {
                Some(second @ 0x80..=0x9f) => (*second, 2),
                _ => continue,
            },
            _ => (*byte, 1),
        };
        out.extend_from_slice(&bytes[written..at]);
        written = at + length;
        match ESCAPES[*byte as usize] {
            b'u' | b'c' => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(code >> 4)]);
                out.push(HEX[usize::from(code & 15)]);
            }
            letter => out.extend_from_slice(&[b'\\', letter]),
        }
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

/// Appends bytes as base64 with padding (RFC 4648, section 4).
fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(*group.get(i).unwrap_or(&0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i <= group.len() as u32 {
                out.push(DIGITS[(bits >> (18 - i * 6) & 63) as usize]);
            } else {
                out.push(b'=');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample::{Memory, Place, stat_type};
    use proptest::prelude::*;
    use sawmill_ir::module::Span;
    use sawmill_ir::rights::Rights;
    use sawmill_ir::ty::RecordType;
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn text(memory: &Memory, ty: &Type, words: &[u64]) -> String {
        let mut out = Vec::new();
        push_view(&mut out, &memory.view(ty, words), &Place);
        String::from_utf8(out).unwrap()
    }

    #[track_caller]
    fn same(memory: &Memory, ty: &Type, words: &[u64], want: &str) {
        let text = text(memory, ty, words);
        assert_eq!(text, want);
        serde_json::from_str::<Value>(&text).expect("valid JSON");
    }

    #[test]
    fn scalars_are_exact() {
        let m = Memory::new();
        same(&m, &Type::Int, &[i64::MIN as u64], "-9223372036854775808");
        same(&m, &Type::Size, &[i64::MAX as u64], "9223372036854775807");
        same(&m, &Type::Ino, &[u64::MAX], "18446744073709551615");
        same(&m, &Type::Duration, &[-1i64 as u64], "-1");
        for (n, want) in [
            (0.1, "0.1"),
            (-0.0, "-0.0"),
            (3.0, "3.0"),
            (1e300, "1e300"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (f64::NAN, "null"),
            (-f64::NAN, "null"),
            (f64::NEG_INFINITY, "null"),
        ] {
            same(&m, &Type::Float, &[n.to_bits()], want);
        }
        same(&m, &Type::Bool, &[1], "true");
        same(&m, &Type::Mode, &[0o100644], "33188");
        same(&m, &Type::FileType, &[4], "\"dir\"");
        same(&m, &Type::Dev, &[8 << 32 | 1], "2049");
        same(&m, &Type::Unit, &[], "null");
        same(&m, &Type::Time, &[1, 5], "1000000005");
        same(&m, &Type::Time, &[-1i64 as u64, 999_999_999], "-1");
        let last = [i64::MAX as u64, 999_999_999];
        same(&m, &Type::Time, &last, "9223372036854775807999999999");
        let first = [i64::MIN as u64, 0];
        same(&m, &Type::Time, &first, "-9223372036854775808000000000");
    }

    #[test]
    fn strings_are_escaped_and_names_keep_their_bytes() {
        let mut m = Memory::new();
        let odd = m.bytes(b"a\"\\\n\t\r\x00\x1b[31m\x7f/\xc2\x9b\xc2\xa0\xe2\x82\xac");
        let want = r#""a\"\\\n\t\r\u0000\u001b[31m\u007f/\u009b"#.to_string() + "\u{a0}€\"";
        same(&m, &Type::Str, &odd, &want);
        same(&m, &Type::Path, &odd, &want);
        let latin = m.bytes(b"caf\xe9");
        let want = r#"{"bytes":"Y2Fm6Q==","lossy":"caf"#.to_string() + "\u{fffd}\"}";
        same(&m, &Type::Name, &latin, &want);
        same(&m, &Type::Path, &[0, 0], "\"\"");
    }

    #[test]
    fn records_entries_and_nested_lists() {
        let mut m = Memory::new();
        let inner = Type::list(Type::Int);
        let a = m.list(&[1, -2i64 as u64]);
        let b = m.list(&[]);
        let outer = m.list(&[a, b]);
        same(&m, &Type::list(inner.clone()), &[outer], "[[1,-2],[]]");

        let name = m.bytes(b"x y");
        let record = Type::Record(Arc::new(RecordType {
            kind: RecordKind::Named,
            name: "R".into(),
            fields: vec![
                ("the \"name\"".into(), Type::Path),
                ("none".into(), Type::Unit),
                ("at".into(), Type::Time),
                ("list".into(), inner),
            ],
        }));
        let object = m.words(&[name[0], name[1], 2, 0, a]);
        let want = r#"{"the \"name\"":"x y","none":null,"at":2000000000,"list":[1,-2]}"#;
        same(&m, &record, &[object], want);
        let records = m.list(&[object, object]);
        let want = format!("[{want},{want}]");
        same(&m, &Type::list(record), &[records], &want);

        let entry = m.words(&[7, name[0], name[1], u64::MAX, 10]);
        let want = r#"{"name":"x y","ino":18446744073709551615,"type":"symlink"}"#;
        same(&m, &Type::Entry(Rights::STAT), &[entry], want);
    }

    #[test]
    fn a_stat_row_has_its_fields_in_order() {
        let mut m = Memory::new();
        let stat = m.stat(b"notes", 10_240);
        let want = r#"{"name":"notes","size":10240,"mode":33188,"type":"file","mtime":1795422000000000007,"uid":1000,"ino":42,"dev":2049}"#;
        same(&m, &stat_type(), &[stat], want);
    }

    #[test]
    fn handles_tell_their_label_or_their_type() {
        let m = Memory::new();
        let dir = Type::Dir(Rights::LIST);
        same(&m, &dir, &[Place::OPEN], r#"{"dir":"/etc"}"#);
        same(&m, &dir, &[99], r#""dir""#);
        let file = Type::File(Rights::NONE);
        same(&m, &file, &[Place::OPEN], r#"{"file":"/etc"}"#);
        same(&m, &Type::Listing, &[1], r#""listing""#);
    }

    #[test]
    fn results_print_as_their_value_or_an_error_object() {
        let m = Memory::new();
        let ty = Type::Result(Arc::new(Type::Int));
        same(&m, &ty, &[0, 7], "7");
        // An error object that cannot be read is an error all the same.
        let want = r#"{"error":{"code":"not-ok","call":"run","args":[],"at":null}}"#;
        same(&m, &ty, &[1, u64::MAX], want);

        let failure = Failure {
            fault: Fault::Errno(2),
            operation: "statx",
            args: vec![Data::Path(b"/etc".into()), Data::Path(b"a\nb".into())],
            at: Span {
                source: 1,
                start: 10,
                end: 14,
            },
            trace: Vec::new(),
            calls: 0,
            kernel: None,
        };
        let mut out = Vec::new();
        push_failure(&mut out, &failure, &Place);
        let want = r#"{"error":{"errno":"ENOENT","no":2,"call":"statx","args":["/etc","a\nb"],"at":"file.saw:1:11"}}"#;
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }

    #[test]
    fn arguments_of_errors_are_written_like_rows_and_chains_end() {
        let bare = |args| Failure {
            args,
            ..Failure::bare(Fault::NotOk)
        };
        let ty = Arc::new(RecordType {
            kind: RecordKind::Named,
            name: "R".into(),
            fields: vec![("k".into(), Type::Bool)],
        });
        let args = vec![
            Data::Unit,
            Data::Size(-1),
            Data::Time { sec: 1, nsec: 1 },
            Data::Handle(Place::OPEN),
            Data::List(vec![Data::Dev(8 << 32), Data::Ok(Box::new(Data::Mode(7)))]),
            Data::Record(ty, vec![Data::Bool(false)]),
            Data::Entry {
                dir: 0,
                name: b"\xff".into(),
                ino: 3,
                kind: 1,
            },
        ];
        let mut out = Vec::new();
        push_failure(&mut out, &bare(args), &Place);
        let value: Value = serde_json::from_slice(&out).unwrap();
        let want = json!([null, -1, 1_000_000_001, {"handle": "/etc"}, [2048, 7], {"k": false},
            {"name": {"bytes": "/w==", "lossy": "\u{fffd}"}, "ino": 3, "type": "fifo"}]);
        assert_eq!(value["error"]["args"], want);

        let mut chain = bare(vec![]);
        for _ in 0..100 {
            chain = bare(vec![Data::Err(Box::new(chain))]);
        }
        let mut out = Vec::new();
        push_failure(&mut out, &chain, &Place);
        serde_json::from_slice::<Value>(&out).expect("valid, and not nested too deep");
    }

    /// What a reader makes of a name: the string's bytes, or the decoded ones.
    fn name_of(value: &Value) -> Vec<u8> {
        match value {
            Value::String(text) => text.clone().into_bytes(),
            object => base64_bytes(object["bytes"].as_str().unwrap()),
        }
    }

    /// Decodes base64 by the definition: six bits a digit, most significant first.
    fn base64_bytes(text: &str) -> Vec<u8> {
        let digits = ('A'..='Z').chain('a'..='z').chain('0'..='9');
        let digits: Vec<char> = digits.chain(['+', '/']).collect();
        let mut bits = Vec::new();
        for c in text.trim_end_matches('=').chars() {
            let digit = digits.iter().position(|d| *d == c).unwrap();
            bits.extend((0..6).rev().map(|i| digit >> i & 1));
        }
        assert_eq!(text.len() % 4, 0, "padded");
        let bytes = bits.chunks_exact(8);
        bytes
            .map(|b| b.iter().fold(0, |n, bit| n << 1 | *bit as u8))
            .collect()
    }

    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<u8>().prop_map(|b| vec![b]),
            any::<char>().prop_map(|c| c.to_string().into_bytes()),
            Just(b"\xc2".to_vec()),
            Just(b"\xc2\x9b31m".to_vec()),
            Just(b"\x1b]0;t\x07".to_vec()),
        ];
        prop::collection::vec(piece, 0..20).prop_map(|p| p.concat())
    }

    proptest! {
        #[test]
        fn any_name_comes_back_from_valid_json_without_controls(bytes in hostile()) {
            let mut m = Memory::new();
            let words = m.bytes(&bytes);
            let text = text(&m, &Type::Name, &words);
            prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
            let value: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(name_of(&value), bytes.clone());
            if let Value::Object(object) = &value {
                prop_assert_eq!(object["lossy"].as_str().unwrap(), String::from_utf8_lossy(&bytes));
            }
        }

        #[test]
        fn any_memory_gives_valid_json(memory in prop::collection::vec(any::<u8>(), 0..200), at in 0u64..64) {
            let m = Memory::of(memory);
            serde_json::from_str::<Value>(&text(&m, &stat_type(), &[at])).unwrap();
            serde_json::from_str::<Value>(&text(&m, &Type::Entry(Rights::NONE), &[at])).unwrap();
        }

        #[test]
        fn numbers_come_back_exactly(a: i64, b: u64) {
            let m = Memory::new();
            let int: Value = serde_json::from_str(&text(&m, &Type::Int, &[a as u64])).unwrap();
            prop_assert_eq!(int.as_i64(), Some(a));
            let ino: Value = serde_json::from_str(&text(&m, &Type::Ino, &[b])).unwrap();
            prop_assert_eq!(ino.as_u64(), Some(b));
        }
    }
}
