//! Operations on texts, bytes, paths and numbers, in every engine: the corners of each by a table, and what the
//! standard library has too against that, on any text.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Mute, Session, module};
use proptest::prelude::*;
use sawmill_ir::fault::Fault;
use sawmill_ir::host::Kernel;
use sawmill_ir::ops::{Op, Pat};
use sawmill_ir::syscalls::Sys;
use sawmill_ir::value::Data;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

fn s(text: &str) -> Data {
    Data::Str(text.into())
}
fn b(bytes: &[u8]) -> Data {
    Data::Bytes(bytes.into())
}
fn p(path: &str) -> Data {
    Data::Path(path.into())
}
fn n(number: i64) -> Data {
    Data::Int(number)
}
fn f(number: f64) -> Data {
    Data::Float(number)
}
fn t(truth: bool) -> Data {
    Data::Bool(truth)
}
fn some(value: Data) -> Data {
    Data::Some(Box::new(value))
}
const NONE: Data = Data::None;
fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Data {
    Data::List(texts.into_iter().map(s).collect())
}
fn pieces(pieces: &[&[u8]]) -> Data {
    Data::List(pieces.iter().map(|piece| b(piece)).collect())
}
fn paths(paths: &[&str]) -> Data {
    Data::List(paths.iter().map(|path| p(path)).collect())
}

/// The name of the type of a value that is an operand.
fn type_of(data: &Data, wanted: Option<&Pat>) -> String {
    match (data, wanted) {
        (Data::List(_), Some(wanted)) => type_name(wanted),
        (Data::Str(_), _) => "str".into(),
        (Data::Bytes(_), _) => "bytes".into(),
        (Data::Path(_), _) => "path".into(),
        (Data::Int(_), _) => "int".into(),
        (Data::Size(_), _) => "size".into(),
        (Data::Mode(_), _) => "mode".into(),
        (Data::Ino(_), _) => "ino".into(),
        (Data::Float(_), _) => "float".into(),
        (Data::Bool(_), _) => "bool".into(),
        other => panic!("{other:?}"),
    }
}

fn type_name(pat: &Pat) -> String {
    match pat {
        Pat::Str => "str".into(),
        Pat::Path => "path".into(),
        Pat::ByteString => "bytes".into(),
        Pat::Int => "int".into(),
        Pat::Bool => "bool".into(),
        Pat::Float => "float".into(),
        Pat::List(of) => format!("list<{}>", type_name(of)),
        Pat::Opt(of) => format!("option<{}>", type_name(of)),
        other => panic!("{other:?}"),
    }
}

thread_local! {
    static PROGRAMS: RefCell<HashMap<String, Rc<Engines>>> = RefCell::default();
}

/// A program that does the operation to its arguments.
fn engines(name: &str, args: &[Data]) -> Rc<Engines> {
    let row = Op::named(name).unwrap_or_else(|| panic!("{name}")).row();
    let result = type_name(&row.result);
    let types: Vec<String> = (args.iter().enumerate())
        .map(|(n, arg)| type_of(arg, row.operands.get(n)))
        .collect();
    let params = types.iter().enumerate();
    let params: Vec<String> = params
        .map(|(n, ty)| format!("%{n}: {ty} \"p{n}\""))
        .collect();
    let names: Vec<String> = (0..args.len()).map(|n| format!("%{n}")).collect();
    let text = format!(
        "sawir 1\nentry fn @0 main({}) -> {result} {{\n^0({}) s0:\n  %{}: {result} = {name} {}\n  return %{}\n}}\n",
        params.join(", "),
        names.join(", "),
        args.len(),
        names.join(" "),
        args.len(),
    );
    PROGRAMS.with_borrow_mut(|programs| {
        let new = || Rc::new(Engines::hooked(module(&text)));
        programs.entry(text.clone()).or_insert_with(new).clone()
    })
}

fn try_op(name: &str, args: &[Data]) -> Result<Data, Fault> {
    let outcome = engines(name, args).agree(&Session::default(), || Mute, |_| args.to_vec());
    outcome.result.map_err(|failure| failure.fault)
}

#[track_caller]
fn op(name: &str, args: &[Data]) -> Data {
    try_op(name, args).unwrap_or_else(|fault| panic!("{name} {args:?}: {fault:?}"))
}

#[track_caller]
fn gives(name: &str, args: &[Data], want: Data) {
    assert_eq!(op(name, args), want, "{name} {args:?}");
}

#[track_caller]
fn fails(name: &str, args: &[Data], want: Fault) {
    assert_eq!(try_op(name, args), Err(want), "{name} {args:?}");
}

#[test]
fn parts_of_texts() {
    let text = "aé語😀z";
    gives("str.len", &[s(text)], n(5));
    gives("bytes.len", &[s(text)], n(11));
    gives("bytes.len", &[p("a/b")], n(3));
    gives("str.sub", &[s(text), n(1), n(3)], s("é語"));
    gives("str.sub", &[s(text), n(5), n(5)], s(""));
    gives("str.sub", &[s(text), n(0), n(5)], s(text));
    gives("str.sub-from", &[s(text), n(3)], s("😀z"));
    gives("str.sub-from", &[s(text), n(5)], s(""));
    for (start, end) in [
        (-1, 2),
        (2, 1),
        (0, 6),
        (6, 6),
        (i64::MIN, i64::MAX),
        (i64::MAX, i64::MIN),
    ] {
        fails("str.sub", &[s(text), n(start), n(end)], Fault::Index);
    }
    for start in [-1, 6, i64::MIN, i64::MAX] {
        fails("str.sub-from", &[s(text), n(start)], Fault::Index);
    }
    gives("str.chars", &[s(text)], texts(["a", "é", "語", "😀", "z"]));
    gives("str.chars", &[s("")], texts([]));
    let codes = Data::List([97, 0xe9, 0x8a9e, 0x1f600, 122].map(n).into());
    gives("str.codes", &[s(text)], codes.clone());
    gives("str.of-codes", &[codes], s(text));
    for code in [-1, 0xd800, 0x110000, i64::MAX] {
        fails(
            "str.of-codes",
            &[Data::List(vec![n(97), n(code)])],
            Fault::BadArgument,
        );
    }
    gives("str.reverse", &[s(text)], s("z😀語éa"));
    gives("str.repeat", &[s("ab"), n(7)], s("ababababababab"));
    gives("str.repeat", &[s("ab"), n(1)], s("ab"));
    for times in [0, -1, i64::MIN] {
        gives("str.repeat", &[s("ab"), n(times)], s(""));
    }
    gives("str.repeat", &[s(""), n(i64::MAX)], s(""));
    fails("str.repeat", &[s("ab"), n(i64::MAX)], Fault::Memory);
    fails("str.repeat", &[s("a"), n(i64::MAX)], Fault::Memory);
    fails("str.repeat", &[s("a"), n(1 << 40)], Fault::Memory);
}

/// As `clojure.string/split` and `split-lines`.
#[test]
fn splitting() {
    for (text, separator, want) in [
        ("a,b,,", ",", &["a", "b"][..]),
        ("", ",", &[""]),
        (",,,", ",", &[]),
        ("a", ",", &["a"]),
        (",a", ",", &["", "a"]),
        (",,a,,b", ",", &["", "", "a", "", "b"]),
        ("a, b", ", ", &["a", "b"]),
        ("aaa", "aa", &["", "a"]),
        ("aé語", "", &["a", "é", "語"]),
        ("", "", &[""]),
        ("aébéc", "é", &["a", "b", "c"]),
    ] {
        gives(
            "str.split",
            &[s(text), s(separator)],
            texts(want.iter().copied()),
        );
    }
    for (text, want) in [
        ("a\nb\r\nc\r\r\n\n", &["a", "b", "c\r"][..]),
        ("\r\n", &[]),
        ("", &[""]),
        ("\na", &["", "a"]),
        ("a\rb\n\nc", &["a\rb", "", "c"]),
    ] {
        gives("str.split-lines", &[s(text)], texts(want.iter().copied()));
    }
    gives(
        "str.split-words",
        &[s(" a\u{2003}b\n\tc ")],
        texts(["a", "b", "c"]),
    );
    gives("str.split-words", &[s(" \n")], texts([]));
    gives(
        "bytes.split",
        &[b(b"a\0\xff\0\0"), b(b"\0")],
        pieces(&[b"a", b"\xff"]),
    );
    gives(
        "bytes.split",
        &[p("/a/b"), s("/")],
        pieces(&[b"", b"a", b"b"]),
    );
    fails("bytes.split", &[b(b"a"), b(b"")], Fault::BadArgument);
    for (text, want) in [
        (&b"a\n\nb\r\n\n"[..], &[&b"a"[..], b"", b"b", b""][..]),
        (b"", &[]),
        (b"\n", &[b""]),
        (b"\r\n\xff\r", &[b"", b"\xff\r"]),
        (b"a", &[b"a"]),
    ] {
        gives("bytes.lines", &[b(text)], pieces(want));
    }
}

#[test]
fn joining_and_replacing() {
    gives("str.join", &[s(", "), texts(["a", "", "é"])], s("a, , é"));
    gives("str.join", &[s(", "), texts([])], s(""));
    gives("str.join", &[s(""), texts(["a", "b"])], s("ab"));
    gives(
        "bytes.join",
        &[s("/"), pieces(&[b"\xff", b"a"])],
        b(b"\xff/a"),
    );
    for (text, from, to, all, first) in [
        ("abcabc", "b", "", "acac", "acabc"),
        ("abc", "x", "y", "abc", "abc"),
        ("aaa", "aa", "b", "ba", "ba"),
        ("abc", "", "-", "-a-b-c-", "-abc"),
        ("", "", "-", "-", "-"),
        ("é語", "", "", "é語", "é語"),
        ("é語😀", "", "·", "·é·語·😀·", "·é語😀"),
        ("$1\\", "$1", "\\$0", "\\$0\\", "\\$0\\"),
        ("xx", "x", "xx", "xxxx", "xxx"),
        ("", "a", "b", "", ""),
    ] {
        gives("str.replace", &[s(text), s(from), s(to)], s(all));
        gives("str.replace-first", &[s(text), s(from), s(to)], s(first));
    }
}

/// As `index-of` and `last-index-of` of `clojure.string`.
#[test]
fn finding() {
    for (text, what, from, first) in [
        ("abcabc", "c", 0, Some(2)),
        ("abcabc", "c", 3, Some(5)),
        ("abc", "c", 3, None),
        ("abc", "", 10, Some(3)),
        ("abc", "", -5, Some(0)),
        ("abc", "a", -5, Some(0)),
        ("abc", "a", i64::MAX, None),
        ("é語😀", "😀", 1, Some(2)),
        ("é語😀é", "é", 1, Some(3)),
        ("", "", 0, Some(0)),
    ] {
        let want = first.map_or(NONE, |place| some(n(place)));
        gives("str.index-of", &[s(text), s(what), n(from)], want);
    }
    for (text, what, from, last) in [
        ("abcabc", "bc", i64::MAX, Some(4)),
        ("abcabc", "bc", 4, Some(4)),
        ("abcabc", "bc", 3, Some(1)),
        ("abc", "", 1, Some(1)),
        ("abc", "", 99, Some(3)),
        ("abc", "a", -1, None),
        ("abc", "", -1, None),
        ("é語é", "é", 1, Some(0)),
        ("é語é", "é", 2, Some(2)),
        ("", "x", 0, None),
    ] {
        let want = last.map_or(NONE, |place| some(n(place)));
        gives("str.last-index-of", &[s(text), s(what), n(from)], want);
    }
    for (from, first, last) in [(0, 2, -1), (2, 2, 2), (3, 5, 2), (99, -1, 5), (-9, 2, -1)] {
        gives("bytes.index-of", &[p("ab/ab/"), s("/"), n(from)], n(first));
        gives(
            "bytes.last-index-of",
            &[p("ab/ab/"), s("/"), n(from)],
            n(last),
        );
    }
    for set in ["c \n", "c \nxyz"] {
        gives("bytes.index-of-any", &[s("ab cd"), s(set), n(0)], n(2));
        gives("bytes.index-of-any", &[s("ab cd"), s(set), n(3)], n(3));
        gives("bytes.index-of-any", &[s("ab cd"), s(set), n(4)], n(-1));
        gives("bytes.index-of-other", &[s("ab cd"), s(set), n(2)], n(4));
        gives("bytes.index-of-other", &[s("ab cc"), s(set), n(2)], n(-1));
    }
    gives("bytes.index-of-any", &[s("ab"), s(""), n(0)], n(-1));
    gives("bytes.index-of-other", &[s("ab"), s(""), n(1)], n(1));
    for (from, word, space) in [
        (0, 0, 2),
        (1, 1, 2),
        (2, 6, 2),
        (3, 3, 5),
        (6, 6, 7),
        (7, 8, 7),
        (9, 8, 8),
        (-1, 0, 2),
    ] {
        gives("bytes.skip-space", &[s("ab\u{2003} c "), n(from)], n(word));
        gives("bytes.find-space", &[s("ab\u{2003} c "), n(from)], n(space));
    }
    gives("bytes.starts?", &[p("a/b"), s("a/")], t(true));
    gives("bytes.starts?", &[s("a"), s("ab")], t(false));
    gives("bytes.ends?", &[b(b"a.rs"), s(".rs")], t(true));
    gives("bytes.ends?", &[b(b"a.rs"), p(".r")], t(false));
    gives("bytes.includes?", &[s("größe"), s("öß")], t(true));
    gives("bytes.includes?", &[s(""), s("")], t(true));
    gives("bytes.includes?", &[s("ab"), s("ba")], t(false));
    gives("bytes.count-of", &[s("aaaa\naa"), s("aa")], n(3));
    gives("bytes.count-of", &[s("a\nb\n"), s("\n")], n(2));
    fails("bytes.count-of", &[s("a"), s("")], Fault::BadArgument);
}

#[test]
fn cases_and_white_space() {
    gives("str.upper", &[s("aß")], s("ASS"));
    gives("str.lower", &[s("ÀΟΔΟΣ")], s("àοδος"));
    for (text, want) in [
        ("hELLO", "Hello"),
        ("éA", "Éa"),
        ("ßx", "SSx"),
        ("", ""),
        ("a", "A"),
    ] {
        gives("str.capitalize", &[s(text)], s(want));
    }
    gives("str.trim", &[s("\u{a0}\u{3000} a b\r\n")], s("a b"));
    gives("str.triml", &[s(" a ")], s("a "));
    gives("str.trimr", &[s(" a ")], s(" a"));
    gives("str.trim", &[s(" \n ")], s(""));
    gives("str.blank?", &[s(" \u{2028}")], t(true));
    gives("str.blank?", &[s("")], t(true));
    gives("str.blank?", &[s(" x")], t(false));
}

#[test]
fn bytes_and_texts() {
    gives("bytes.of", &[s("é")], b("é".as_bytes()));
    gives("bytes.of", &[p("a")], b(b"a"));
    gives("bytes.get", &[b(b"\x00\xff"), n(1)], n(255));
    for index in [-1, 2, i64::MIN, i64::MAX] {
        fails("bytes.get", &[b(b"\x00\xff"), n(index)], Fault::Index);
    }
    gives("bytes.sub", &[s("é"), n(1), n(2)], b(b"\xa9"));
    gives("bytes.sub", &[s("é"), n(2), n(2)], b(b""));
    for (start, end) in [(-1, 0), (1, 0), (0, 3), (i64::MIN, i64::MAX)] {
        fails("bytes.sub", &[s("é"), n(start), n(end)], Fault::Index);
    }
    gives("bytes.hex", &[b(b"\x00\xab\xff")], s("00abff"));
    gives("bytes.of-hex", &[s("00aBfF")], some(b(b"\x00\xab\xff")));
    gives("bytes.of-hex", &[s("")], some(b(b"")));
    for text in ["0", "0g", "é", " 00"] {
        gives("bytes.of-hex", &[s(text)], NONE);
    }
    gives("str.of-utf8", &[b("é".as_bytes())], some(s("é")));
    gives("str.of-utf8", &[b(b"\xff")], NONE);
    gives("str.of-utf8", &[b(b"\xc3")], NONE);
    gives("str.utf8", &[p("a")], s("a"));
    fails("str.utf8", &[b(b"a\xc3")], Fault::Utf8);
    gives(
        "str.lossy",
        &[b(b"a\xffb\xe8\xaa")],
        s("a\u{fffd}b\u{fffd}"),
    );
    gives("str.lossy", &[b(b"a")], s("a"));
}

#[test]
fn paths_and_their_parts() {
    for (path, directory, name, stem, extension) in [
        ("/a/b.txt", "/a", "b.txt", "/a/b", Some("txt")),
        ("/a/b/", "/a", "b", "/a/b/", None),
        ("a", ".", "a", "a", None),
        ("", ".", ".", "", None),
        ("/", "/", "/", "/", None),
        (".x", ".", ".x", ".x", None),
        ("a.", ".", "a.", "a", Some("")),
    ] {
        gives("path.dirname", &[p(path)], p(directory));
        gives("path.basename", &[p(path)], p(name));
        gives("path.stem", &[p(path)], p(stem));
        let extension = extension.map_or(NONE, |e| some(p(e)));
        gives("path.extension", &[p(path)], extension);
    }
    for (first, second, want) in [
        ("a", "b", "a/b"),
        ("a/", "b", "a/b"),
        ("a", "/b", "/b"),
        ("", "b", "b"),
        ("a", "", "a/"),
        ("", "", ""),
        ("/", "b", "/b"),
    ] {
        gives("path.join", &[p(first), p(second)], p(want));
    }
    gives("path.components", &[p("/a//./b/")], paths(&["/", "a", "b"]));
    gives("path.components", &[p("")], paths(&[]));
    gives("path.absolute?", &[p("/a")], t(true));
    gives("path.absolute?", &[p("a/")], t(false));
    gives("path.of-bytes", &[b(b"a\xff")], Data::Path(b"a\xff".into()));
    fails("path.of-bytes", &[b(b"a\0")], Fault::NulInPath);
}

/// Answers every call with a descriptor.
struct Opens;

impl Kernel for Opens {
    fn call(&mut self, _: Sys, _: &[u64; 6], _: &mut [u8]) -> i64 {
        3
    }
}

#[test]
fn the_kernel_reads_paths_to_their_end() {
    for (made, path) in [
        ("path = path.basename %0", "bc.d"),
        ("path = path.dirname %0", "a"),
        ("path = path.stem %0", "a/bc"),
        ("path = path.join %0 %0", "a/bc.d/a/bc.d"),
        ("path = path.of-bytes %0", "a/bc.d"),
        ("path = some.value %2", "d"),
        ("path = list.get %3 %4", "a"),
    ] {
        let program = Engines::hooked(module(&format!(
            "sawir 1\nentry fn @0 main(%0: path \"p\", %1: path \"q\") -> path {{\n^0(%0, %1) s0:\n  \
             %2: option<path> = path.extension %0\n  %3: list<path> = path.components %0\n  %4: int = int 0\n  \
             %5: {made}\n  %6: root{{}} = resolve %5\n  %7: dir{{}} = root.dir %6\n  %8: path = root.path %6\n  \
             %9: file{{}} = sys openat2.file [O_PATH|O_CLOEXEC] %7 %8\n  return %5\n}}\n"
        )));
        let outcome = program.agree(&Session::default(), || Opens, |_| vec![p("a/bc.d"), p("")]);
        assert_eq!(outcome.value(), &p(path), "{made}");
        let told = format!("{path:?}");
        assert!(
            outcome.trace.iter().any(|line| line.contains(&told)),
            "{:?}",
            outcome.trace
        );
    }
}

#[test]
fn numbers_of_texts() {
    gives("parse-int", &[s("-42")], some(n(-42)));
    gives("parse-int", &[s("4 2")], NONE);
    gives("parse-int", &[s("9223372036854775808")], NONE);
    gives("parse-int-radix", &[s("fd01"), n(16)], some(n(0xfd01)));
    gives("parse-int-radix", &[s("Zz"), n(36)], some(n(35 * 37)));
    gives("parse-int-radix", &[s("0x1"), n(16)], NONE);
    for radix in [0, 1, 37, -2, i64::MAX, 1 << 32 | 10] {
        fails("parse-int-radix", &[s("1"), n(radix)], Fault::BadArgument);
    }
    gives("parse-float", &[s(" 2.5e3 ")], some(f(2500.0)));
    gives("parse-float", &[s("-0")], some(f(-0.0)));
    gives("parse-float", &[s("x")], NONE);
    gives("parse-bool", &[s("true")], some(t(true)));
    gives("parse-bool", &[s("TRUE")], NONE);
}

#[test]
fn formats() {
    gives("format", &[s("")], s(""));
    gives("format", &[s("100 %%")], s("100 %"));
    let args = [
        s("%5d|%-5s|%05.1f|%x|%%"),
        n(-7),
        s("é"),
        f(2.25),
        Data::Ino(255),
    ];
    gives("format", &args, s("   -7|é    |002.2|ff|%"));
    gives(
        "format",
        &[
            s("%o %b %b %c"),
            Data::Mode(0o644),
            n(5),
            t(true),
            n(0x8a9e),
        ],
        s("644 101 true 語"),
    );
    gives(
        "format",
        &[s("%8.3s|%S"), p("abcdef"), s("straße")],
        s("     abc|STRASSE"),
    );
    gives("format", &[s("%s %s"), n(1), t(false)], s("1 false"));
    gives(
        "format",
        &[s("%-6q|%q|%3s"), s("a\n"), p("b"), Data::Size(10240)],
        s("\"a\\n\" |\"b\"|10KiB"),
    );
    gives(
        "format",
        &[s("%5S|%.2s|%b"), t(true), f(0.25), t(false)],
        s(" TRUE|0.|false"),
    );
    fails("format", &[s("%d")], Fault::Format);
    fails("format", &[s("%d"), s("1")], Fault::Format);
    fails("format", &[s("%f"), n(1)], Fault::Format);
    fails("format", &[s("%s"), n(1), n(2)], Fault::Format);
    fails("format", &[s("%y"), n(1)], Fault::Format);
    fails("format", &[s("%c"), n(0xd800)], Fault::Format);
    fails(
        "format",
        &[s("%s"), Data::Path(b"\xff".into())],
        Fault::Utf8,
    );
}

#[test]
fn many_operands() {
    let directive = "%s,";
    let args: Vec<Data> = (0..60).map(|n| s(&"é".repeat(n % 7))).collect();
    let want: String = (0..60).map(|n| "é".repeat(n % 7) + ",").collect();
    let all = [vec![s(&directive.repeat(60))], args].concat();
    gives("format", &all, s(&want));
    fails("format", &all[..60], Fault::Format);
}

#[test]
fn a_program_of_words() {
    let program = Engines::hooked(common::program("text"));
    let args = [s(" größe  of\t/dev/null  a\0nul "), n(2), p("/")];
    let outcome = program.agree(&Session::default(), || Opens, |_| args.to_vec());
    assert_eq!(outcome.value(), &Data::Unit);
    let row = |text: &str, at: i64, exists: bool| (s(text), some(n(at)), t(exists));
    let rows = outcome.rows.iter().map(|row| {
        let field = |name: &str| row.field(name).unwrap().clone();
        (field("text"), field("at"), field("exists"))
    });
    let want = [
        row("GRÖSSE|  5", 0, true),
        row("/DEV/NULL|  9", 10, true),
        row("A\0NUL|  5", 21, false),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), want);
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(" ".to_string()),
        Just(",".to_string()),
        Just("\n".to_string()),
        Just("\r\n".to_string()),
        Just("Σ".to_string()),
        "[aAbé語😀\u{2003}ǅß]{1,3}",
        "[a-c]{60,80}",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// What Clojure drops.
fn without_empty_tail(mut pieces: Vec<&str>) -> Vec<&str> {
    if pieces.len() > 1 {
        let last = pieces.iter().rposition(|piece| !piece.is_empty());
        pieces.truncate(last.map_or(0, |n| n + 1));
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_are_treated_as_by_std(
        text in text(), separator in prop::sample::select(vec![",", "\n", "a", "aa", "bé", "語", "Σ"]),
        other in text(), from in 0usize..40, count in 0usize..40,
    ) {
        let args = [s(&text), s(separator)];
        let split = without_empty_tail(text.split(separator).collect());
        gives("str.split", &args, texts(split));
        let (lines, last) = text.rsplit_once('\n').map_or((None, &text[..]), |(a, b)| (Some(a), b));
        let lines = lines.into_iter().flat_map(|lines| lines.split('\n'));
        let lines = lines.map(|line| line.strip_suffix('\r').unwrap_or(line)).chain([last]);
        let lines = without_empty_tail(lines.collect());
        gives("str.split-lines", &args[..1], texts(lines));
        let want: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        gives("bytes.lines", &args[..1], pieces(&want));
        gives("str.split-words", &args[..1], texts(text.split_whitespace()));
        gives("str.upper", &args[..1], s(&text.to_uppercase()));
        gives("str.lower", &args[..1], s(&text.to_lowercase()));
        gives("str.trim", &args[..1], s(text.trim()));
        gives("str.len", &args[..1], n(text.chars().count() as i64));
        gives("str.reverse", &args[..1], s(&text.chars().rev().collect::<String>()));
        gives("str.replace", &[s(&text), s(separator), s(&other)], s(&text.replace(separator, &other)));
        gives("str.replace", &[s(&text), s(""), s(separator)], s(&text.replace("", separator)));
        gives("str.join", &[s(separator), texts(text.split('a'))], s(&text.replace('a', separator)));
        let limited: Vec<&str> = text.splitn(from.max(1), separator).collect();
        gives("str.split-limit", &[s(&text), s(separator), n(from.max(1) as i64)], texts(limited));
        gives("str.split-limit", &[s(&text), s(separator), n(-1)], texts(text.split(separator)));
        gives("bytes.count-of", &args, n(text.matches(separator).count() as i64));
        let sub: String = text.chars().skip(from).take(count).collect();
        if from + count <= text.chars().count() {
            gives("str.sub", &[s(&text), n(from as i64), n((from + count) as i64)], s(&sub));
            let place = some(n(text.chars().count() as i64));
            gives("str.last-index-of", &[s(&text), s(""), n(i64::MAX)], place);
        }
        let chars = |bytes: usize| text[..bytes].chars().count() as i64;
        let want = text.find(separator).map_or(NONE, |at| some(n(chars(at))));
        gives("str.index-of", &[s(&text), s(separator), n(0)], want);
        let want = text.rfind(separator).map_or(NONE, |at| some(n(chars(at))));
        gives("str.last-index-of", &[s(&text), s(separator), n(i64::MAX)], want);
    }

    #[test]
    fn bytes_are_treated_as_by_std(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xe8), Just(0xaa), Just(0x9e)], 0..40)) {
        gives("str.lossy", &[b(&bytes)], s(&String::from_utf8_lossy(&bytes)));
        let want = std::str::from_utf8(&bytes).map_or(NONE, |text| some(s(text)));
        gives("str.of-utf8", &[b(&bytes)], want);
        let Data::Str(hex) = op("bytes.hex", &[b(&bytes)]) else { panic!() };
        gives("bytes.of-hex", &[s(&hex)], some(b(&bytes)));
    }
}

/// What is longer than any step in which it is done.
#[test]
fn long_texts() {
    let text = format!(
        "{}ΑΣ {}",
        "aé語 ,b\r\n".repeat(120_000),
        "é".repeat(100_000)
    );
    gives("str.upper", &[s(&text)], s(&text.to_uppercase()));
    gives("str.lower", &[s(&text)], s(&text.to_lowercase()));
    gives(
        "str.reverse",
        &[s(&text)],
        s(&text.chars().rev().collect::<String>()),
    );
    gives("str.len", &[s(&text)], n(text.chars().count() as i64));
    gives(
        "str.split-words",
        &[s(&text)],
        texts(text.split_whitespace()),
    );
    gives("str.split", &[s(&text), s(",")], texts(text.split(',')));
    gives(
        "str.replace",
        &[s(&text), s("é語"), s("x")],
        s(&text.replace("é語", "x")),
    );
    gives(
        "str.replace",
        &[s(&text), s(""), s("-")],
        s(&text.replace("", "-")),
    );
    gives(
        "str.chars",
        &[s(&text)],
        Data::List(
            text.chars()
                .map(|c| s(c.encode_utf8(&mut [0; 4])))
                .collect(),
        ),
    );
    gives(
        "str.codes",
        &[s(&text)],
        Data::List(text.chars().map(|c| n(c as i64)).collect()),
    );
    gives(
        "str.last-index-of",
        &[s(&text), s("a"), n(i64::MAX)],
        some(n(text.chars().position(|c| c == 'Α').unwrap() as i64 - 8)),
    );
    gives(
        "path.components",
        &[p(&"a/./".repeat(1 << 19))],
        paths(&vec!["a"; 1 << 19]),
    );
    gives(
        "format",
        &[s(&"%%".repeat(1 << 19))],
        s(&"%".repeat(1 << 19)),
    );
    let commas = ",".repeat(3_000_000);
    gives("str.split", &[s(&commas), s(",")], texts([]));
    let mut broken = text.clone().into_bytes();
    broken[700_000] = 0xff;
    gives(
        "str.lossy",
        &[b(&broken)],
        s(&String::from_utf8_lossy(&broken)),
    );
    let Data::Str(hex) = op("bytes.hex", &[b(&broken)]) else {
        panic!()
    };
    gives("bytes.of-hex", &[s(&hex)], some(b(&broken)));
}

#[test]
fn long_work_can_be_stopped() {
    let text = "a ".repeat(1 << 20);
    let session = Session {
        interrupted: true,
        ..Session::default()
    };
    for (name, more) in [
        ("str.split-words", vec![]),
        ("str.reverse", vec![]),
        ("str.upper", vec![]),
        ("str.chars", vec![]),
        ("str.replace", vec![s("a"), s("b")]),
        ("bytes.count-of", vec![s("x")]),
        ("bytes.includes?", vec![s("x")]),
        ("bytes.hex", vec![]),
        ("str.split", vec![s(" ")]),
        ("bytes.lines", vec![]),
        ("str.join", vec![texts(vec!["a"; 5000])]),
        ("str.repeat", vec![n(1000)]),
        ("str.codes", vec![]),
    ] {
        let args = [vec![s(&text)], more].concat();
        let outcome = engines(name, &args).agree(&session, || Mute, |_| args.clone());
        assert_eq!(outcome.failure().fault, Fault::Interrupted, "{name}");
    }
}
