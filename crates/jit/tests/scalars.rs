//! Every operation whose meaning `sawmill_ir::eval` says, on edge values and on any values, against that meaning and
//! against the interpreter; with operands from outside and, where native code looks at that, with constants.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Mute, Session, module};
use proptest::prelude::*;
use sawmill_ir::eval::eval;
use sawmill_ir::fault::Fault;
use sawmill_ir::ops::Op;
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
            static ENGINES: [(Op, Engines); 4] = [Op::Add, Op::Sub, Op::Mul, Op::Quot]
                .map(|op| (op, binary(op.row().name, "int")));
        }
        let (a, b) = (a >> shift, b >> narrow);
        ENGINES.with(|all| for (op, engines) in all {
            assert_eq!(word(check(engines, &[a, b])), meant(*op, &[a as u64, b as u64]), "{op:?} {a} {b}");
        });
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
