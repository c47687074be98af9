//! Every operation whose meaning `sawmill_ir::eval` says, on edge values and on any values, against that meaning and
//! against the interpreter; with operands from outside and, where native code looks at that, with constants.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Mute, Session, module};
use proptest::prelude::*;
use sawmill_ir::eval::{eval, time_add, time_sub};
use sawmill_ir::fault::Fault;
use sawmill_ir::ops::{Op, Pat};
use sawmill_ir::pass::optimise;
use sawmill_ir::value::Data;

const EDGES: &[i64] = &[
    0,
    1,
    -1,
    2,
    -3,
    63,
    64,
    i64::MAX,
    i64::MIN,
    i64::MAX - 1,
    i64::MIN + 1,
    i64::MIN / 2,
    -0x8000_0000,
    0xffff_ffff,
    3_037_000_500,
    7,
    -64,
];

/// Floats at the edges.
const FLOATS: [f64; 19] = [
    0.0,
    -0.0,
    1.0,
    0.5,
    0.49999999999999994,
    1.5,
    -2.5,
    1e300,
    f64::MIN_POSITIVE,
    5e-324,
    f64::MAX,
    4_503_599_627_370_495.5,
    9_223_372_036_854_774_784.0,
    9_223_372_036_854_775_808.0,
    -9_223_372_036_854_775_808.0,
    -9_223_372_036_854_777_856.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// Two operands of type int and a result of the type.
fn binary(name: &str, result: &str) -> Engines {
    Engines::hooked(module(&format!(
        "sawir 1\nentry fn @0 main(%0: int \"a\", %1: int \"b\") -> {result} {{\n\
         ^0(%0, %1) s0:\n  %2: {result} = {name} %0 %1\n  return %2\n}}\n"
    )))
}

/// The same with the second operand a constant.
fn binary_with(name: &str, result: &str, constant: i64) -> Engines {
    Engines::hooked(module(&format!(
        "sawir 1\nentry fn @0 main(%0: int \"a\") -> {result} {{\n\
         ^0(%0) s0:\n  %1: int = int {constant}\n  %2: {result} = {name} %0 %1\n  return %2\n}}\n"
    )))
}

/// A comparison that only a branch uses.
fn branch(name: &str) -> Engines {
    Engines::hooked(module(&format!(
        "sawir 1\nentry fn @0 main(%0: int \"a\", %1: int \"b\") -> int {{\n\
         ^0(%0, %1) s0:\n  %2: bool = {name} %0 %1\n  %3: int = int 7\n  br %2 ^1(%3) ^1(%0)\n\
         ^1(%4: int) s0:\n  return %4\n}}\n"
    )))
}

fn check(engines: &Engines, args: &[i64]) -> Result<Data, Fault> {
    let outcome = engines.agree(
        &Session::default(),
        || Mute,
        |_| args.iter().map(|n| Data::Int(*n)).collect(),
    );
    outcome.result.map_err(|f| f.fault)
}

/// What the meaning of the operation says.
fn meant(op: Op, words: &[u64]) -> Result<u64, Fault> {
    eval(op, words).unwrap().map(|words| words[0])
}

fn word(result: Result<Data, Fault>) -> Result<u64, Fault> {
    result.map(|data| match data {
        Data::Int(n) => n as u64,
        Data::Bool(b) => u64::from(b),
        Data::FileType(n) => n,
        Data::Float(n) => n.to_bits(),
        Data::Duration(n) => n as u64,
        other => panic!("{other:?}"),
    })
}

#[test]
fn binary_operations() {
    let ops = [
        (Op::Add, "int"),
        (Op::Sub, "int"),
        (Op::Mul, "int"),
        (Op::Quot, "int"),
        (Op::Rem, "int"),
        (Op::Mod, "int"),
        (Op::BitAnd, "int"),
        (Op::BitOr, "int"),
        (Op::BitXor, "int"),
        (Op::Shl, "int"),
        (Op::Shr, "int"),
        (Op::Ushr, "int"),
        (Op::Eq, "bool"),
        (Op::Lt, "bool"),
        (Op::Le, "bool"),
    ];
    for (op, result) in ops {
        let name = op.row().name;
        let engines = binary(name, result);
        let branch = (result == "bool").then(|| branch(name));
        for &a in EDGES {
            for &b in EDGES {
                let want = meant(op, &[a as u64, b as u64]);
                assert_eq!(word(check(&engines, &[a, b])), want, "{name} {a} {b}");
                if let Some(branch) = &branch {
                    let way = if want == Ok(1) { 7 } else { a as u64 };
                    assert_eq!(word(check(branch, &[a, b])), Ok(way), "{name} {a} {b}");
                }
            }
        }
        if matches!(
            op,
            Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shl | Op::Shr | Op::Ushr
        ) {
            continue;
        }
        for &b in EDGES {
            let engines = binary_with(name, result, b);
            for &a in EDGES {
                let want = meant(op, &[a as u64, b as u64]);
                assert_eq!(word(check(&engines, &[a])), want, "{name} {a} {b}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arithmetic_on_any_values(a: i64, b: i64, shift in 0u32..64, narrow in 0u32..64) {
        thread_local! {
            static ENGINES: [(Op, Engines); 6] = [Op::Add, Op::Sub, Op::Mul, Op::Quot, Op::Rem, Op::Mod]
                .map(|op| (op, binary(op.row().name, "int")));
        }
        let (a, b) = (a >> shift, b >> narrow);
        ENGINES.with(|all| for (op, engines) in all {
            assert_eq!(word(check(engines, &[a, b])), meant(*op, &[a as u64, b as u64]), "{op:?} {a} {b}");
        });
    }
}

/// The operation of one operand and of its type; with the operand a constant too.
fn unary(op: Op, operand: &str, result: &str, edges: &[Data]) {
    let name = op.row().name;
    let engines = Engines::hooked(module(&format!(
        "sawir 1\nentry fn @0 main(%0: {operand} \"a\") -> {result} {{\n\
         ^0(%0) s0:\n  %1: {result} = {name} %0\n  return %1\n}}\n"
    )));
    for edge in edges {
        let (constant, bits) = match edge {
            Data::Float(n) => (format!("float {n:?}"), n.to_bits()),
            Data::Int(n) => (format!("int {n}"), *n as u64),
            other => panic!("{other:?}"),
        };
        let want = meant(op, &[bits]);
        let outcome = engines.agree(&Session::default(), || Mute, |_| vec![edge.clone()]);
        let got = word(outcome.result.map_err(|f| f.fault));
        assert_eq!(got, want, "{name} {edge:?}");
        if operand == "float" && result == "float" {
            // `folded_floats_are_those_of_a_run` has those.
            continue;
        }
        let folded = Engines::hooked(module(&format!(
            "sawir 1\nentry fn @0 main() -> {result} {{\n\
             ^0() s0:\n  %0: {operand} = {constant}\n  %1: {result} = {name} %0\n  return %1\n}}\n"
        )));
        assert_eq!(word(check(&folded, &[])), want, "{name} {edge:?}");
    }
}

#[test]
fn floats_alone() {
    let floats: Vec<Data> = FLOATS.iter().map(|n| Data::Float(*n)).collect();
    let ints: Vec<Data> = EDGES.iter().map(|n| Data::Int(*n)).collect();
    let rounding = [Op::FFloor, Op::FCeil, Op::FRound, Op::FTrunc];
    for op in [Op::FNeg, Op::FSqrt].into_iter().chain(rounding) {
        unary(op, "float", "float", &floats);
    }
    unary(Op::IntOfFloat, "float", "int", &floats);
    unary(Op::FloatOfInt, "int", "float", &ints);
    unary(Op::BitNot, "int", "int", &ints);
}

/// With operands from outside, and by way of a branch.
#[test]
fn floats_in_pairs() {
    let check = |engines: &Engines, args: &[f64]| {
        let outcome = engines.agree(
            &Session::default(),
            || Mute,
            |_| args.iter().map(|n| Data::Float(*n)).collect(),
        );
        word(outcome.result.map_err(|f| f.fault))
    };
    let arithmetic = [Op::FAdd, Op::FSub, Op::FMul, Op::FDiv, Op::FRem, Op::FPow];
    let comparisons = [Op::FEq, Op::FLt, Op::FLe];
    for op in arithmetic.into_iter().chain(comparisons) {
        let name = op.row().name;
        let compares = comparisons.contains(&op);
        let result = if compares { "bool" } else { "float" };
        let engines = Engines::hooked(module(&format!(
            "sawir 1\nentry fn @0 main(%0: float \"a\", %1: float \"b\") -> {result} {{\n\
             ^0(%0, %1) s0:\n  %2: {result} = {name} %0 %1\n  return %2\n}}\n"
        )));
        let branch = Engines::hooked(module(&format!(
            "sawir 1\nentry fn @0 main(%0: float \"a\", %1: float \"b\") -> float {{\n\
             ^0(%0, %1) s0:\n  %2: bool = {} %0 %1\n  br %2 ^1(%0) ^1(%1)\n\
             ^1(%3: float) s0:\n  return %3\n}}\n",
            if compares { name } else { "feq" },
        )));
        for b in FLOATS {
            for a in FLOATS {
                let want = meant(op, &[a.to_bits(), b.to_bits()]);
                assert_eq!(check(&engines, &[a, b]), want, "{name} {a:?} {b:?}");
                if compares {
                    let way = if want == Ok(1) { a } else { b };
                    assert_eq!(
                        check(&branch, &[a, b]),
                        Ok(way.to_bits()),
                        "{name} {a:?} {b:?}"
                    );
                }
            }
        }
    }
}

/// What the passes know beforehand is what happens, NaNs included: every operation on every pair of constants.
#[test]
fn folded_floats_are_those_of_a_run() {
    let one = |op: &Op| op.row().operands.len() == 1;
    let made = |op: &Op| op.row().operands.first() == Some(&Pat::Float) && !op.row().fallible;
    for op in Op::ALL.iter().copied().filter(made) {
        let pairs: Vec<[f64; 2]> = match one(&op) {
            true => FLOATS.map(|a| [a, a]).into(),
            false => FLOATS
                .iter()
                .flat_map(|a| FLOATS.map(|b| [*a, b]))
                .collect(),
        };
        let result = if op.row().result == Pat::Bool {
            "bool"
        } else {
            "float"
        };
        let mut text = format!(
            "sawir 1\nentry fn @0 main() -> list<{result}> {{\n\
             ^0() s0:\n  %0: builder<{result}> = list.builder\n"
        );
        for (n, [a, b]) in pairs.iter().enumerate() {
            let (x, y, made, unit) = (4 * n + 1, 4 * n + 2, 4 * n + 3, 4 * n + 4);
            let name = op.row().name;
            let operands = match one(&op) {
                true => format!("%{x}"),
                false => format!("%{x} %{y}"),
            };
            text += &format!(
                "  %{x}: float = float {a:?}\n  %{y}: float = float {b:?}\n  \
                 %{made}: {result} = {name} {operands}\n  %{unit}: unit = list.push %0 %{made}\n"
            );
        }
        let last = 4 * pairs.len() + 1;
        text += &format!("  %{last}: list<{result}> = list.freeze %0\n  return %{last}\n}}\n");
        let plain = module(&text);
        let folded = optimise(module(&text)).unwrap();
        let left = folded.module().to_string();
        assert!(!left.contains(&format!("= {} ", op.row().name)), "{left}");
        let plain = Engines::hooked(plain).agree(&Session::default(), || Mute, |_| Vec::new());
        let folded = Engines::hooked(folded).agree(&Session::default(), || Mute, |_| Vec::new());
        assert_eq!(
            format!("{:?}", plain.value()),
            format!("{:?}", folded.value()),
            "{op:?}"
        );
        let Data::List(all) = folded.value() else {
            panic!("a list");
        };
        assert_eq!(all.len(), pairs.len());
        for ([a, b], got) in pairs.iter().zip(all) {
            let words = [a.to_bits(), b.to_bits()];
            let want = meant(op, &words[..op.row().operands.len()]);
            assert_eq!(word(Ok(got.clone())), want, "{op:?} {a:?} {b:?}");
        }
    }
}

/// Floats go around a loop, into a function and out, into a list, a record and a result, and to who catches.
#[test]
fn floats_go_everywhere() {
    let engines = Engines::hooked(module(
        r#"sawir 1
record Pair { a: float, b: duration }
fn @0 half(%0: float "n", %1: bool "fails") -> float {
^0(%0, %1) s0:
  %2: float = float 0.5
  %3: float = fmul %0 %2
  br %1 ^1() ^2()
^1() s0:
  %4: int = int.of-float %3
  %5: float = float.of-int %4
  return %5
^2() s0:
  return %3
}
entry fn @1 main(%0: float "n", %1: int "times", %2: bool "fails") -> list<Pair> {
  scope s1 in s0 catch ^5
^0(%0, %1, %2) s0:
  %3: int = int 0
  %4: float = float -0.0
  %5: builder<Pair> = list.builder
  jump ^1(%3, %4, %0)
^1(%6: int, %7: float, %8: float) s0:
  %9: bool = lt %6 %1
  br %9 ^2() ^6()
^2() s0:
  enter s1 ^3()
^3() s1:
  %10: float = call @0 %8 %2
  leave s1 keep() ^4(%10)
^4(%11: float) s0:
  %12: int = int 1
  %13: int = add %6 %12
  %14: float = fadd %7 %11
  %15: duration = retype %6
  %16: result<float> = ok %14
  %17: float = ok.value %16
  %18: Pair = record %17 %15
  %19: unit = list.push %5 %18
  jump ^1(%13, %14, %11)
^5(%20: error) s0:
  %21: float = float inf
  jump ^4(%21)
^6() s0:
  %22: list<Pair> = list.freeze %5
  return %22
}
"#,
    ));
    for n in [3.0, -0.0, 1e300, f64::NAN] {
        for fails in [false, true] {
            let args = || vec![Data::Float(n), Data::Int(5), Data::Bool(fails)];
            let outcome = engines.agree(&Session::default(), || Mute, |_| args());
            let Data::List(rows) = outcome.value() else {
                panic!("a list");
            };
            let (mut sum, mut each) = (-0.0, n);
            for (i, row) in rows.iter().enumerate() {
                each *= 0.5;
                if fails {
                    let fits = (-9.3e18..9.2e18).contains(&each);
                    each = if fits {
                        each as i64 as f64
                    } else {
                        f64::INFINITY
                    };
                }
                sum += each;
                assert_eq!(
                    format!("{:?}", row.field("a")),
                    format!("{:?}", Some(Data::Float(sum)))
                );
                assert_eq!(row.field("b"), Some(&Data::Duration(i as i64)));
            }
            assert_eq!(rows.len(), 5);
        }
    }
}

#[test]
fn unary_operations() {
    let not = Engines::hooked(module(
        "sawir 1\nentry fn @0 main(%0: bool \"a\") -> bool {\n^0(%0) s0:\n  %1: bool = not %0\n  return %1\n}\n",
    ));
    for truth in [false, true] {
        let outcome = not.agree(&Session::default(), || Mute, |_| vec![Data::Bool(truth)]);
        assert_eq!(outcome.value(), &Data::Bool(!truth));
    }
    let mode = Engines::hooked(module(
        "sawir 1\nentry fn @0 main(%0: mode \"a\") -> filetype {\n^0(%0) s0:\n  %1: filetype = mode.type %0\n  return %1\n}\n",
    ));
    for bits in [0, 0o100644, 0o40755, 0o120777, 0o140000, 0xffff, u32::MAX] {
        let outcome = mode.agree(&Session::default(), || Mute, |_| vec![Data::Mode(bits)]);
        let want = meant(Op::ModeType, &[u64::from(bits)]);
        assert_eq!(word(Ok(outcome.value().clone())), want);
    }
    let of = Engines::hooked(module(
        "sawir 1\nentry fn @0 main(%0: int \"a\") -> filetype {\n^0(%0) s0:\n  %1: filetype = filetype.of %0\n  return %1\n}\n",
    ));
    for n in (-70..200).chain(EDGES.iter().copied()) {
        assert_eq!(
            word(check(&of, &[n])),
            meant(Op::FileTypeOf, &[n as u64]),
            "{n}"
        );
    }
}

#[test]
fn times() {
    let points: Vec<(i64, u32)> = [i64::MIN, -1, 0, 1, i64::MAX]
        .iter()
        .flat_map(|sec| [0, 1, 999_999_999].map(|nsec| (*sec, nsec)))
        .collect();
    for op in [Op::TimeEq, Op::TimeLt, Op::TimeLe] {
        let engines = Engines::hooked(module(&format!(
            "sawir 1\nentry fn @0 main(%0: time \"a\", %1: time \"b\") -> bool {{\n\
             ^0(%0, %1) s0:\n  %2: bool = {} %0 %1\n  return %2\n}}\n",
            op.row().name
        )));
        for &(a, a_nsec) in &points {
            for &(b, b_nsec) in &points {
                let outcome = engines.agree(
                    &Session::default(),
                    || Mute,
                    |_| {
                        [(a, a_nsec), (b, b_nsec)]
                            .map(|(sec, nsec)| Data::Time { sec, nsec })
                            .into()
                    },
                );
                let words = [a as u64, a_nsec.into(), b as u64, b_nsec.into()];
                let got = word(Ok(outcome.value().clone()));
                assert_eq!(got, meant(op, &words), "{op:?} {words:?}");
            }
        }
    }
}

#[test]
fn times_and_durations() {
    let engines = |name: &str, by: &str, result: &str| {
        Engines::hooked(module(&format!(
            "sawir 1\nentry fn @0 main(%0: time \"a\", %1: {by} \"b\") -> {result} {{\n\
             ^0(%0, %1) s0:\n  %2: {result} = {name} %0 %1\n  return %2\n}}\n"
        )))
    };
    let (add, sub) = (
        engines("time.add", "duration", "time"),
        engines("time.sub", "time", "duration"),
    );
    let seconds = [
        i64::MIN,
        i64::MIN + 9_223_372_036,
        -9_223_372_037,
        -9_223_372_036,
        -1,
        0,
        1,
    ];
    let seconds = seconds
        .into_iter()
        .chain([9_223_372_036, 9_223_372_037, i64::MAX]);
    let nanoseconds = [
        0,
        1,
        145_224_192,
        145_224_193,
        854_775_807,
        854_775_808,
        999_999_999,
    ];
    let points: Vec<(i64, u32)> = seconds
        .flat_map(|sec| nanoseconds.map(|nsec| (sec, nsec)))
        .collect();
    let time = |(sec, nsec): (i64, u32)| Data::Time { sec, nsec };
    let durations = [
        i64::MIN,
        -1_000_000_000,
        -1,
        0,
        1,
        999_999_999,
        1_000_000_000,
        i64::MAX,
    ];
    for &a in &points {
        let run = |engines: &Engines, b: Data| {
            let args = || vec![time(a), b.clone()];
            let outcome = engines.agree(&Session::default(), || Mute, |_| args());
            outcome.result.map_err(|f| f.fault)
        };
        let words = [a.0 as u64, a.1.into()];
        for by in durations {
            let want = time_add(words, by as u64).map(|t| time((t[0] as i64, t[1] as u32)));
            assert_eq!(run(&add, Data::Duration(by)), want, "{a:?} {by}");
        }
        for &b in &points {
            let want = time_sub(words, [b.0 as u64, b.1.into()]).map(|n| Data::Duration(n as i64));
            assert_eq!(run(&sub, time(b)), want, "{a:?} {b:?}");
        }
    }
}

#[test]
fn results_and_their_tags() {
    let engines = Engines::hooked(module(
        r#"sawir 1
entry fn @0 main(%0: result<time> "r", %1: bool "value") -> result<time> {
^0(%0, %1) s0:
  %2: bool = ok? %0
  br %1 ^1() ^2()
^1() s0:
  %3: time = ok.value %0
  %4: result<time> = ok %3
  return %4
^2() s0:
  %5: error = err.value %0
  %6: result<time> = err %5
  return %6
}
"#,
    ));
    let time = Data::Ok(Box::new(Data::Time { sec: -3, nsec: 5 }));
    for value in [true, false] {
        let outcome = engines.agree(
            &Session::default(),
            || Mute,
            |_| vec![time.clone(), Data::Bool(value)],
        );
        match value {
            true => assert_eq!(outcome.value(), &time),
            false => assert_eq!(outcome.failure().fault, Fault::NotOk),
        }
    }
}

#[test]
fn texts() {
    let equal = Engines::hooked(module(
        "sawir 1\nentry fn @0 main(%0: str \"a\", %1: path \"b\") -> bool {\n\
         ^0(%0, %1) s0:\n  %2: bool = bytes.eq %0 %1\n  return %2\n}\n",
    ));
    let path = Engines::hooked(module(
        "sawir 1\nentry fn @0 main(%0: str \"a\") -> path {\n\
         ^0(%0) s0:\n  %1: path = path.of-str %0\n  return %1\n}\n",
    ));
    let texts = [
        "",
        "a",
        "b",
        "ab",
        "a\0",
        "exactly eight",
        "exactly eighu",
        "é",
    ];
    for a in texts {
        for b in texts.iter().filter(|b| !b.contains('\0')) {
            let outcome = equal.agree(
                &Session::default(),
                || Mute,
                |_| vec![Data::Str(a.into()), Data::Path(b.as_bytes().into())],
            );
            assert_eq!(outcome.value(), &Data::Bool(a == *b), "{a:?} {b:?}");
        }
        let outcome = path.agree(&Session::default(), || Mute, |_| vec![Data::Str(a.into())]);
        match a.contains('\0') {
            true => assert_eq!(outcome.failure().fault, Fault::NulInPath),
            false => assert_eq!(outcome.value(), &Data::Path(a.as_bytes().into())),
        }
    }
}
