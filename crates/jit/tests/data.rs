//! Data of all kinds in both engines: options, enums, tuples and structural records, what is equal and what comes
//! first, how values are shown, errors as values, and printing.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Mute, Outcome, Session, dir, module, program, run_native};
use proptest::prelude::*;
use sawmill_ir::fault::{Class, Fault};
use sawmill_ir::interp;
use sawmill_ir::rights::Rights;
use sawmill_ir::value::Data;
use sawmill_runtime::context;
use sawmill_runtime::kernel::RealKernel;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

fn engines(text: &str) -> Engines {
    Engines::hooked(module(&format!("sawir 1\n{text}")))
}

/// Runs a program in every engine.
#[track_caller]
fn run(text: &str, args: &[Data]) -> Outcome {
    engines(text).agree(&Session::default(), || Mute, |_| args.to_vec())
}

fn text(s: &str) -> Data {
    Data::Str(s.into())
}

fn some(data: Data) -> Data {
    Data::Some(Box::new(data))
}

fn fields(outcome: &Outcome) -> &[Data] {
    match outcome.value() {
        Data::Record(_, fields) => fields,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_program_with_all_of_it() {
    let engines = Engines::hooked(program("data"));
    let pairs = || {
        let pair = |n, s: &str| {
            let ty = sawmill_ir::ty::RecordType::tuple([
                sawmill_ir::ty::Type::Int,
                sawmill_ir::ty::Type::Str,
            ]);
            Data::Record(Arc::new(ty), vec![Data::Int(n), text(s)])
        };
        Data::List(vec![pair(1, "one"), pair(2, "t\"wo\n")])
    };
    let run = |n: Data| engines.agree(&Session::default(), || Mute, |_| vec![n.clone(), pairs()]);
    let outcome = run(some(Data::Int(9)));
    let shown = r#"seven of [[[1 "one"] [2 "t\"wo\n"]] {:a 9, :b (tree (circle 9) :empty "seven")} none (just 9)]true"#;
    let quoted = format!("\"{}\"", shown.replace('\\', "\\\\").replace('"', "\\\""));
    let want = [
        text(&quoted),
        Data::Bool(true),
        Data::Int(-1),
        Data::Int(9),
        some(Data::Int(9)),
    ];
    assert_eq!(fields(&outcome), want);
    assert_eq!(outcome.value().field("area"), Some(&Data::Int(9)));
    let outcome = run(Data::None);
    let failure = outcome.failure();
    assert_eq!(
        (failure.fault, failure.message()),
        (Fault::User, "seven".into())
    );
    assert_eq!(failure.operation, "error.new");
    // The error is thrown outside of the scope that would have printed it.
    assert_eq!(outcome.printed, "");
}

#[test]
fn an_option_has_its_value_or_fails() {
    let program = r#"
entry fn @0 f(%0: option<time> "t") -> time {
^0(%0) s0:
  %1: time = some.value %0
  return %1
}
"#;
    let time = Data::Time { sec: 5, nsec: 7 };
    assert_eq!(*run(program, &[some(time.clone())]).value(), time);
    let outcome = run(program, &[Data::None]);
    assert_eq!(outcome.failure().fault, Fault::Absent);
    assert_eq!(outcome.failure().fault.class(), Class::Error);
    assert_eq!(outcome.failure().args, [Data::None]);
}

const SHAPES: &str =
    "enum Shape { empty, circle { r: int }, both { a: enum<Shape>, b: enum<Shape> } }\n";

fn case(name: &str, fields: &[(&str, Data)]) -> Data {
    Data::Case {
        of: "Shape".into(),
        case: name.into(),
        fields: fields
            .iter()
            .map(|(n, d)| (n.to_string(), d.clone()))
            .collect(),
    }
}

#[test]
fn a_field_of_another_case_is_an_error() {
    let program = format!(
        "{SHAPES}{}",
        r#"entry fn @0 f(%0: enum<Shape> "s") -> (int, int) {
^0(%0) s0:
  %1: int = tag %0
  %2: int = case.get circle r %0
  %3: (int, int) = record %1 %2
  return %3
}
"#
    );
    let circle = case("circle", &[("r", Data::Int(7))]);
    let outcome = run(&program, std::slice::from_ref(&circle));
    assert_eq!(fields(&outcome), [Data::Int(1), Data::Int(7)]);
    for other in [
        case("empty", &[]),
        case("both", &[("a", circle.clone()), ("b", circle)]),
    ] {
        assert_eq!(run(&program, &[other]).failure().fault, Fault::NotOk);
    }
}

/// A chain of many cases, twice, in a loop: nothing recurses by its depth.
#[test]
fn depth_is_no_limit() {
    let program = format!(
        "{SHAPES}{}",
        r#"
fn @0 chain(%0: int "n") -> enum<Shape> {
^0(%0) s0:
  %1: enum<Shape> = case empty
  %2: int = int 0
  jump ^1(%1, %2)
^1(%3: enum<Shape>, %4: int) s0:
  %5: bool = lt %4 %0
  br %5 ^2() ^3()
^2() s0:
  %6: int = int 1
  %7: int = add %4 %6
  %8: enum<Shape> = case both %3 %1
  jump ^1(%8, %7)
^3() s0:
  return %3
}
entry fn @1 f(%0: int "n") -> (bool, int, int, str, enum<Shape>) {
^0(%0) s0:
  %1: enum<Shape> = call @0 %0
  %2: enum<Shape> = call @0 %0
  %3: bool = equal %1 %2
  %4: int = int 1
  %5: int = sub %0 %4
  %6: enum<Shape> = call @0 %5
  %7: int = compare %1 %6
  %8: desc<enum<Shape>> = desc %1
  %9: desc<enum<Shape>> = desc %6
  %10: int = compare %8 %9
  %11: str = pr %1
  %12: (bool, int, int, str, enum<Shape>) = record %3 %7 %10 %11 %1
  return %12
}
"#
    );
    let outcome = run(&program, &[Data::Int(300_000)]);
    let [equal, order, other_way, Data::Str(shown), deep] = fields(&outcome) else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        [equal, order, other_way],
        [&Data::Bool(true), &Data::Int(1), &Data::Int(-1)]
    );
    assert_eq!(
        shown.len(),
        300_000 * "(both  :empty)".len() + ":empty".len()
    );
    assert!(shown.starts_with("(both (both (both"));
    assert!(shown.ends_with(" :empty) :empty) :empty)"));
    // A copy has an end, and says so.
    let (mut levels, mut at) = (0, deep);
    while let Data::Case { fields, .. } = at {
        at = &fields[0].1;
        levels += 1;
    }
    assert!(*at == Data::Deep && levels > 100, "{levels}");
}

fn map(pairs: &[(Data, Data)]) -> Data {
    Data::Map(pairs.to_vec())
}

#[test]
fn maps_are_equal_whatever_their_order() {
    let program = r#"
entry fn @0 f(%0: map<str, list<int>> "a", %1: map<str, list<int>> "b") -> (bool, str) {
^0(%0, %1) s0:
  %2: bool = equal %0 %1
  %3: str = pr %0
  %4: (bool, str) = record %2 %3
  return %4
}
"#;
    let list = |n| Data::List(vec![Data::Int(n)]);
    let entry = |k: &str, n| (text(k), list(n));
    let a = map(&[entry("x", 1), entry("y", 2), entry("z", 3)]);
    let cases = [
        (map(&[entry("z", 3), entry("x", 1), entry("y", 2)]), true),
        (map(&[entry("z", 3), entry("x", 1)]), false),
        (map(&[entry("z", 3), entry("x", 1), entry("y", 3)]), false),
        (map(&[entry("z", 3), entry("x", 1), entry("Y", 2)]), false),
    ];
    for (b, want) in cases {
        let outcome = run(program, &[a.clone(), b]);
        let shown = r#"{"x" [1], "y" [2], "z" [3]}"#;
        assert_eq!(fields(&outcome), [Data::Bool(want), text(shown)]);
    }
}

#[test]
fn floats_are_equal_as_ieee_has_it_and_ordered_with_nan_last() {
    let program = r#"
entry fn @0 f(%0: float "a", %1: float "b") -> (bool, int) {
^0(%0, %1) s0:
  %2: bool = equal %0 %1
  %3: int = compare %0 %1
  %4: (bool, int) = record %2 %3
  return %4
}
"#;
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    for (a, b, equal, order) in [
        (1.5, 1.5, true, 0),
        (0.0, -0.0, true, 0),
        (nan, nan, false, 0),
        (-nan, nan, false, 0),
        (nan, inf, false, 1),
        (-nan, -inf, false, 1),
        (-inf, 3.0, false, -1),
    ] {
        let outcome = run(program, &[Data::Float(a), Data::Float(b)]);
        let want = [Data::Bool(equal), Data::Int(order)];
        assert_eq!(fields(&outcome), want, "{a} {b}");
    }
}

#[test]
fn values_are_shown_as_the_reader_takes_them() {
    let program = |ty: &str| {
        format!(
            r#"
entry fn @0 f(%0: {ty} "a") -> (str, str) {{
^0(%0) s0:
  %1: str = show %0
  %2: str = pr %0
  %3: (str, str) = record %1 %2
  return %3
}}
"#
        )
    };
    let time = |nsec| Data::Time {
        sec: 1_795_444_125,
        nsec,
    };
    let both = |s: &'static str| (s, s);
    let cases: Vec<(&str, Data, (&str, &str))> = vec![
        ("int", Data::Int(i64::MIN), both("-9223372036854775808")),
        ("bool", Data::Bool(true), both("true")),
        ("float", Data::Float(1.0), both("1.0")),
        ("float", Data::Float(1e16), both("1e16")),
        ("float", Data::Float(f64::NAN), both("NaN")),
        ("size", Data::Size(10 << 10), both("10KiB")),
        ("size", Data::Size(1500), both("1500B")),
        ("duration", Data::Duration(1_500_000_000), both("1500ms")),
        ("duration", Data::Duration(7_200_000_000_000), both("2h")),
        ("time", time(0), both("2026-11-23T14:28:45Z")),
        ("time", time(500_000_000), both("2026-11-23T14:28:45.500Z")),
        ("time", time(7), both("2026-11-23T14:28:45.000000007Z")),
        ("mode", Data::Mode(0o100644), both("0o100644")),
        ("filetype", Data::FileType(4), both(":dir")),
        ("ino", Data::Ino(u64::MAX), both("18446744073709551615")),
        ("dev", Data::Dev(8 << 32 | 1), both("8:1")),
        (
            "str",
            text("a\"\\\n\t\r\0\u{1b}\u{85}é"),
            (
                "a\"\\\n\t\r\0\u{1b}\u{85}é",
                "\"a\\\"\\\\\\n\\t\\r\\0\\e\\u0085é\"",
            ),
        ),
        (
            "bytes",
            Data::Bytes(b"hello".into()),
            ("hello", "#bytes \"68656c6c6f\""),
        ),
        ("path", Data::Path(b"/etc".into()), ("/etc", "\"/etc\"")),
        ("option<str>", some(text("x")), both("(just \"x\")")),
        ("option<unit>", Data::None, both("none")),
        (
            "result<int>",
            Data::Ok(Box::new(Data::Int(3))),
            both("(ok 3)"),
        ),
        (
            "list<str>",
            Data::List(vec![text("a"), text("b")]),
            both("[\"a\" \"b\"]"),
        ),
        ("list<int>", Data::List(vec![]), both("[]")),
        (
            "map<int, unit>",
            map(&[(Data::Int(1), Data::Unit), (Data::Int(2), Data::Unit)]),
            both("#{1 2}"),
        ),
        (
            "map<int, bool>",
            map(&[(Data::Int(1), Data::Bool(true))]),
            both("{1 true}"),
        ),
        ("map<int, bool>", map(&[]), both("{}")),
    ];
    for (ty, value, (shown, read)) in cases {
        let outcome = run(&program(ty), std::slice::from_ref(&value));
        assert_eq!(
            fields(&outcome),
            [text(shown), text(read)],
            "{ty} {value:?}"
        );
    }
    for (ty, value) in [
        ("path", Data::Path(b"caf\xe9".into())),
        ("bytes", Data::Bytes(vec![0xff])),
    ] {
        let outcome = run(&program(ty), &[value]);
        assert_eq!(outcome.failure().fault, Fault::Utf8);
    }
    let pr = program("list<path>");
    let outcome = run(&pr, &[Data::List(vec![Data::Path(b"caf\xe9".into())])]);
    assert_eq!(fields(&outcome)[1], text("[\"caf\\xe9\"]"));
}

/// A text that is far longer than what is collected before it goes to memory.
#[test]
fn long_texts_are_shown_whole() {
    let program = r#"
entry fn @0 f(%0: str "a") -> (str, str, int) {
^0(%0) s0:
  %1: str = show %0 %0
  %2: str = pr %0
  %3: str = pr %2
  %4: str = show %3
  %5: int = compare %3 %4
  %6: (str, str, int) = record %1 %2 %5
  return %6
}
"#;
    let long = "é\"€\n".repeat(50_000);
    let outcome = run(program, &[text(&long)]);
    let quoted = format!("\"{}\"", long.replace('"', "\\\"").replace('\n', "\\n"));
    assert_eq!(
        fields(&outcome),
        [text(&long.repeat(2)), text(&quoted), Data::Int(0)]
    );
}

#[test]
fn what_is_shown_is_within_the_limit() {
    let program = r#"
entry fn @0 f(%0: str "a") -> int {
^0(%0) s0:
  jump ^1(%0)
^1(%1: str) s0:
  %2: str = show %1 %1
  jump ^1(%2)
}
"#;
    let session = Session {
        options: context::Options {
            memory: 64 << 20,
            ..context::Options::default()
        },
        ..Session::default()
    };
    let outcome = engines(program).agree(&session, || Mute, |_| vec![text("x")]);
    assert_eq!(outcome.failure().fault, Fault::Memory);
}

#[test]
fn long_work_can_be_interrupted() {
    let program = r#"
entry fn @0 f(%0: list<(int, int)> "a", %1: list<(int, int)> "b") -> int {
^0(%0, %1) s0:
  %2: int = compare %0 %1
  return %2
}
"#;
    let ty = sawmill_ir::ty::RecordType::tuple([const { sawmill_ir::ty::Type::Int }; 2]);
    let ty = Arc::new(ty);
    let pair = Data::Record(ty, vec![Data::Int(1), Data::Int(2)]);
    let list = Data::List(vec![pair; 100_000]);
    let session = Session {
        interrupted: true,
        ..Session::default()
    };
    let outcome = engines(program).agree(&session, || Mute, |_| vec![list.clone(), list.clone()]);
    assert_eq!(outcome.failure().fault, Fault::Interrupted);
}

#[test]
fn errors_tell_what_they_know() {
    let program = r#"
data #0 = "no such thing"
entry fn @0 f(%0: dir{stat} "d", %1: path "p") -> (str, str, str, option<int>, option<path>) {
  scope s1 in s0 catch ^2
^0(%0, %1) s0:
  enter s1 ^1()
^1() s1:
  %2: dir{stat} = sys openat2.dir [O_PATH|O_DIRECTORY|O_CLOEXEC] %0 %1
  leave s1 keep() ^3()
^2(%3: error) s0:
  %4: str = error.message %3
  %5: str = error.name %3
  %6: str = error.operation %3
  %7: option<int> = error.errno %3
  %8: option<path> = error.path %3
  %9: (str, str, str, option<int>, option<path>) = record %4 %5 %6 %7 %8
  return %9
^3() s0:
  %10: str = str #0
  %11: error = error.new %10
  throw %11
}
"#;
    let engines = engines(program);
    let run = |path: &'static [u8]| {
        engines.agree(&Session::default(), RealKernel::new, |context| {
            vec![dir(context, b"/"), Data::Path(path.to_vec())]
        })
    };
    let outcome = run(b"no/where");
    let want = [
        text("ENOENT (No such file or directory)"),
        text("ENOENT"),
        text("openat2"),
        some(Data::Int(2)),
        some(Data::Path(b"no/where".into())),
    ];
    assert_eq!(fields(&outcome), want);
    let outcome = run(b"tmp");
    assert_eq!(outcome.failure().message(), "no such thing");
    assert_eq!(outcome.open, 1);
}

#[test]
fn what_is_printed_comes_after_the_rows_before_it() {
    let program = r#"
data #0 = "a"
data #1 = "b"
entry fn @0 f() -> seq<int> {
^0() s0:
  %0: int = int 1
  %1: str = str #0
  %2: str = str #1
  %3: unit = print %1
  %4: unit = yield %0
  %5: unit = yield %0
  %6: unit = print %2
  %7: unit = yield %0
  %8: unit = unit
  return %8
}
"#;
    let engines = engines(program);
    let order = |print_fails: bool, native: Option<usize>| {
        let mut context =
            sawmill_runtime::Context::new(context::Options::default(), Box::new(Mute)).unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let rows = log.clone();
        context.send_rows(100, move |row| {
            rows.lock().unwrap().push_str(&format!("{}", row.word()));
            ControlFlow::Continue(())
        });
        let prints = log.clone();
        context.send_prints(move |bytes| {
            prints
                .lock()
                .unwrap()
                .push_str(std::str::from_utf8(bytes).unwrap());
            match print_fails {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        let words = context.load(&engines.program, &[]).unwrap();
        let ended = match native {
            None => engines.interpreter.run(&mut *context, &words),
            Some(n) => run_native(&engines.compiled[n].1, &mut context, &words),
        };
        context.finish().unwrap();
        let log = log.lock().unwrap().clone();
        (ended.map(|_| ()).map_err(|s: interp::Stopped| s.fault), log)
    };
    for native in [None, Some(0), Some(1)] {
        assert_eq!(order(false, native), (Ok(()), "a11b1".into()));
        assert_eq!(order(true, native), (Err(Fault::Output), "a".into()));
    }
    let outcome = engines.agree(&Session::default(), || Mute, |_| Vec::new());
    assert_eq!(outcome.printed, "ab");
}

#[test]
#[should_panic(expected = "the host's own")]
fn a_panic_of_who_prints_waits_for_native_code() {
    let program = "data #0 = \"a\"\nentry fn @0 f() -> unit {\n^0() s0:\n  %0: str = str #0\n  %1: unit = print %0\n  return %1\n}\n";
    let engines = engines(program);
    let mut context =
        sawmill_runtime::Context::new(context::Options::default(), Box::new(Mute)).unwrap();
    context.send_prints(|_| panic!("the host's own"));
    let words = context.load(&engines.program, &[]).unwrap();
    let _ = run_native(&engines.compiled[0].1, &mut context, &words);
}

#[test]
fn handles_are_kept_in_options_and_cases() {
    let program = r#"
data #0 = "tmp"
enum Place { nowhere, at { dir: dir{stat} } }
entry fn @0 f(%0: dir{stat} "d") -> (option<dir{stat}>, enum<Place owning>, str) {
^0(%0) s0:
  %1: path = path #0
  %2: dir{stat} = sys openat2.dir [O_PATH|O_DIRECTORY|O_CLOEXEC] %0 %1
  %3: option<dir{stat}> = some %2
  %4: enum<Place owning> = case at %2
  %5: str = show %4 %2
  %6: (option<dir{stat}>, enum<Place owning>, str) = record %3 %4 %5
  return %6
}
"#;
    let outcome = engines(program).agree(&Session::default(), RealKernel::new, |context| {
        vec![dir(context, b"/")]
    });
    let [Data::Some(handle), Data::Case { case, fields, .. }, shown] = fields(&outcome) else {
        panic!("{outcome:?}")
    };
    assert_eq!(case, "at");
    assert_eq!(**handle, fields[0].1);
    assert_eq!(*shown, text("(at #dir \"/tmp\")#dir \"/tmp\""));
    let _ = Rights::NONE;
}

/// The same as in Rust, where the order of enums, tuples and options is what is asked for here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Shape {
    Empty,
    Circle(i64),
    Both(Box<Shape>, Box<Shape>),
}

type Row = (i64, Option<String>, Shape, bool);

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![Just(Shape::Empty), (-1..2_i64).prop_map(Shape::Circle)];
    leaf.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), inner).prop_map(|(a, b)| Shape::Both(Box::new(a), Box::new(b)))
    })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        -1..2_i64,
        proptest::option::of("[ab]{0,2}"),
        shape(),
        any::<bool>(),
    );
    proptest::collection::vec(row, 0..4)
}

fn shape_data(shape: &Shape) -> Data {
    match shape {
        Shape::Empty => case("empty", &[]),
        Shape::Circle(r) => case("circle", &[("r", Data::Int(*r))]),
        Shape::Both(a, b) => case("both", &[("a", shape_data(a)), ("b", shape_data(b))]),
    }
}

fn rows_data(rows: &[Row]) -> Data {
    use sawmill_ir::ty::{RecordType, Type};
    let ty = Arc::new(RecordType::tuple([const { Type::Int }; 4]));
    let row = |(n, name, shape, truth): &Row| {
        let name = name.as_ref().map_or(Data::None, |s| some(text(s)));
        let fields = vec![Data::Int(*n), name, shape_data(shape), Data::Bool(*truth)];
        Data::Record(ty.clone(), fields)
    };
    Data::List(rows.iter().map(row).collect())
}

#[test]
fn order_and_equality_are_those_of_rust() {
    let program = format!(
        "{SHAPES}{}",
        r#"
entry fn @0 f(%0: list<(int, option<str>, enum<Shape>, bool)> "a", %1: list<(int, option<str>, enum<Shape>, bool)> "b") -> (bool, int, int) {
^0(%0, %1) s0:
  %2: bool = equal %0 %1
  %3: int = compare %0 %1
  %4: desc<list<(int, option<str>, enum<Shape>, bool)>> = desc %0
  %5: desc<list<(int, option<str>, enum<Shape>, bool)>> = desc %1
  %6: int = compare %4 %5
  %7: (bool, int, int) = record %2 %3 %6
  return %7
}
"#
    );
    let engines = engines(&program);
    let near = (rows(), rows(), any::<bool>());
    let mut runner = proptest::test_runner::TestRunner::default();
    runner
        .run(&near, |(a, other, same)| {
            let b = if same { a.clone() } else { other };
            let args = [rows_data(&a), rows_data(&b)];
            let outcome = engines.agree(&Session::default(), || Mute, |_| args.to_vec());
            let order = a.cmp(&b) as i64;
            let want = [Data::Bool(a == b), Data::Int(order), Data::Int(-order)];
            prop_assert_eq!(fields(&outcome), want);
            Ok(())
        })
        .unwrap();
}
