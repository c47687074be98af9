//! The interpreter does to scalars what `eval` says, for words at random and at the edges.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{context, entry, run};
use proptest::prelude::*;
use sawmill_ir::eval::{eval, float, float_word};
use sawmill_ir::fault::Fault;
use sawmill_ir::ops::Op;
use sawmill_ir::value::Data;
use sawmill_ir::verify::Verified;
use sawmill_runtime::Context;
use sawmill_runtime::fake::FakeKernel;

/// Operations with the types of their operands and result. Those on results and roots have their own tests.
const SCALAR: &[(Op, &[&str], &str)] = &[
    (Op::Add, &["int", "int"], "int"),
    (Op::Sub, &["int", "int"], "int"),
    (Op::Mul, &["int", "int"], "int"),
    (Op::Quot, &["int", "int"], "int"),
    (Op::Add, &["size", "size"], "size"),
    (Op::Eq, &["int", "int"], "bool"),
    (Op::Eq, &["ino", "ino"], "bool"),
    (Op::Lt, &["int", "int"], "bool"),
    (Op::Le, &["size", "size"], "bool"),
    (Op::Not, &["bool"], "bool"),
    (Op::Rem, &["int", "int"], "int"),
    (Op::Mod, &["int", "int"], "int"),
    (Op::Rem, &["size", "size"], "size"),
    (Op::Mod, &["duration", "duration"], "duration"),
    (Op::Add, &["duration", "duration"], "duration"),
    (Op::Sub, &["duration", "duration"], "duration"),
    (Op::Mul, &["duration", "duration"], "duration"),
    (Op::Quot, &["duration", "duration"], "duration"),
    (Op::Lt, &["duration", "duration"], "bool"),
    (Op::Eq, &["duration", "duration"], "bool"),
    (Op::Eq, &["dev", "dev"], "bool"),
    (Op::BitAnd, &["int", "int"], "int"),
    (Op::BitOr, &["int", "int"], "int"),
    (Op::BitXor, &["int", "int"], "int"),
    (Op::Shl, &["int", "int"], "int"),
    (Op::Shr, &["int", "int"], "int"),
    (Op::Ushr, &["int", "int"], "int"),
    (Op::BitNot, &["int"], "int"),
    (Op::FAdd, &["float", "float"], "float"),
    (Op::FSub, &["float", "float"], "float"),
    (Op::FMul, &["float", "float"], "float"),
    (Op::FDiv, &["float", "float"], "float"),
    (Op::FRem, &["float", "float"], "float"),
    (Op::FPow, &["float", "float"], "float"),
    (Op::FNeg, &["float"], "float"),
    (Op::FSqrt, &["float"], "float"),
    (Op::FFloor, &["float"], "float"),
    (Op::FCeil, &["float"], "float"),
    (Op::FRound, &["float"], "float"),
    (Op::FTrunc, &["float"], "float"),
    (Op::FEq, &["float", "float"], "bool"),
    (Op::FLt, &["float", "float"], "bool"),
    (Op::FLe, &["float", "float"], "bool"),
    (Op::FloatOfInt, &["int"], "float"),
    (Op::IntOfFloat, &["float"], "int"),
    (Op::TimeAdd, &["time", "duration"], "time"),
    (Op::TimeSub, &["time", "time"], "duration"),
    (Op::Retype, &["duration"], "int"),
    (Op::Retype, &["int"], "duration"),
    (Op::Retype, &["dev"], "int"),
    (Op::Retype, &["int"], "size"),
    (Op::Retype, &["ino"], "int"),
    (Op::TimeEq, &["time", "time"], "bool"),
    (Op::TimeLt, &["time", "time"], "bool"),
    (Op::TimeLe, &["time", "time"], "bool"),
    (Op::ModeType, &["mode"], "filetype"),
    (Op::FileTypeOf, &["int"], "filetype"),
];

/// Floats at the edges.
const FLOATS: &[f64] = &[
    0.0,
    -0.0,
    0.5,
    0.49999999999999994,
    -2.5,
    f64::MIN_POSITIVE,
    5e-324,
    f64::MAX,
    f64::MIN,
    4_503_599_627_370_497.5,
    9_007_199_254_740_993.0,
    9_223_372_036_854_774_784.0,
    9_223_372_036_854_775_808.0,
    -9_223_372_036_854_775_808.0,
    -9_223_372_036_854_777_856.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// `op` of the parameters, returned; if `branch`, by way of a branch on it.
fn program(op: Op, operands: &[&str], result: &str, branch: bool) -> Verified {
    let params: Vec<String> = (operands.iter().enumerate())
        .map(|(n, ty)| format!("%{n}: {ty} \"p{n}\""))
        .collect();
    let names: Vec<String> = (0..operands.len()).map(|n| format!("%{n}")).collect();
    let head = format!("entry fn @0 main({}) -> {result}", params.join(", "));
    let at = operands.len();
    let operation = format!("  %{at}: {result} = {} {}", op.row().name, names.join(" "));
    let params = names.join(", ");
    let body = if branch {
        let (yes, no) = (at + 1, at + 2);
        format!(
            "^0({params}) s0:\n{operation}\n  br %{at} ^1() ^2()\n\
             ^1() s0:\n  %{yes}: bool = bool 1\n  return %{yes}\n\
             ^2() s0:\n  %{no}: bool = bool 0\n  return %{no}"
        )
    } else {
        format!("^0({params}) s0:\n{operation}\n  return %{at}")
    };
    entry(&head, &body)
}

fn data(ty: &str, words: [u64; 2]) -> Data {
    match ty {
        "int" => Data::Int(words[0] as i64),
        "size" => Data::Size(words[0] as i64),
        "float" => Data::Float(float(words[0])),
        "duration" => Data::Duration(words[0] as i64),
        "dev" => Data::Dev(words[0]),
        "bool" => Data::Bool(words[0] & 1 == 1),
        "ino" => Data::Ino(words[0]),
        "mode" => Data::Mode(words[0] as u32),
        "filetype" => Data::FileType(words[0]),
        "time" => Data::Time {
            sec: words[0] as i64,
            nsec: (words[1] % 1_000_000_000) as u32,
        },
        other => panic!("{other}"),
    }
}

fn words(data: &Data) -> Vec<u64> {
    match data {
        Data::Int(n) | Data::Size(n) | Data::Duration(n) => vec![*n as u64],
        Data::Float(n) => vec![float_word(*n)],
        Data::Bool(b) => vec![u64::from(*b)],
        Data::Mode(n) => vec![u64::from(*n)],
        Data::Ino(n) | Data::Dev(n) | Data::FileType(n) => vec![*n],
        Data::Time { sec, nsec } => vec![*sec as u64, u64::from(*nsec)],
        other => panic!("{other:?}"),
    }
}

fn agrees(context: &mut Context, case: usize, program: &Verified, given: [[u64; 2]; 2]) {
    let (op, operands, result) = SCALAR[case];
    let args: Vec<Data> = (operands.iter().zip(given))
        .map(|(ty, w)| data(ty, w))
        .collect();
    let flat: Vec<u64> = args.iter().flat_map(words).collect();
    let expected = eval(op, &flat).unwrap();
    let outcome = run(context, program, &args);
    match expected {
        // As it is shown: a NaN equals none, and 0.0 equals -0.0.
        Ok(word) => assert_eq!(
            format!("{:?}", outcome.value()),
            format!("{:?}", data(result, [word[0], word[1]])),
            "{op:?} {args:?}"
        ),
        Err(fault) => {
            let failure = outcome.failure();
            assert_eq!((failure.fault, failure.operation), (fault, op.row().name));
            assert_eq!(format!("{:?}", failure.args), format!("{args:?}"));
        }
    }
}

fn word() -> impl Strategy<Value = u64> {
    let edges = [
        0,
        1,
        2,
        255,
        4095,
        0o100_644,
        u64::MAX,
        1 << 31,
        1 << 32,
        1 << 63,
        (1 << 63) - 1,
    ];
    prop_oneof![
        prop::sample::select(edges.to_vec()),
        (-20i64..20).prop_map(|n| n as u64),
        any::<u64>(),
        prop::sample::select(FLOATS.to_vec()).prop_map(f64::to_bits),
        (-64i64..64).prop_map(|n| (n as f64 / 4.0).to_bits()),
        (0u32..64).prop_map(|n| 1 << n),
        (0u32..64).prop_map(|n| (1u64 << n).wrapping_neg()),
    ]
}

#[test]
fn the_interpreter_does_what_eval_says() {
    let mut context = context(FakeKernel::new());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 6000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let mut programs = Vec::new();
    for (n, (op, operands, result)) in SCALAR.iter().enumerate() {
        programs.push((n, program(*op, operands, result, false)));
        if *result == "bool" {
            programs.push((n, program(*op, operands, result, true)));
        }
    }
    let context = std::cell::RefCell::new(&mut context);
    let strategy = (
        0..programs.len(),
        prop::array::uniform2(prop::array::uniform2(word())),
    );
    runner
        .run(&strategy, |(which, given)| {
            let (case, program) = &programs[which];
            agrees(&mut context.borrow_mut(), *case, program, given);
            // The same words on both sides.
            agrees(&mut context.borrow_mut(), *case, program, [given[0]; 2]);
            Ok(())
        })
        .unwrap();
}

#[test]
fn every_scalar_operation_is_tested() {
    let elsewhere = [
        Op::PathOfName,
        Op::Ok,
        Op::Err,
        Op::IsOk,
        Op::OkValue,
        Op::ErrValue,
        Op::Some,
        Op::IsSome,
        Op::SomeValue,
        Op::Desc,
        Op::RootDir,
        Op::RootPath,
    ];
    for op in Op::ALL {
        let has_meaning = (1..=8).any(|n| eval(*op, &vec![0; n]).is_some());
        let tested = SCALAR.iter().any(|row| row.0 == *op) || elsewhere.contains(op);
        assert_eq!(has_meaning, tested, "{op:?}");
    }
}

#[test]
fn results_go_in_and_out() {
    let text = |width: &str, value: &str| {
        entry(
            &format!("entry fn @0 main(%0: {width} \"v\") -> {width}"),
            &format!(
                "^0(%0) s0:\n  %1: result<{width}> = ok %0\n  %2: bool = ok? %1\n  \
                 br %2 ^1() ^2()\n^1() s0:\n  {value}\n^2() s0:\n  return %0"
            ),
        )
    };
    let mut context = context(FakeKernel::new());
    let time = Data::Time { sec: -7, nsec: 8 };
    let program = text("time", "%3: time = ok.value %1\n  return %3");
    assert_eq!(
        run(&mut context, &program, std::slice::from_ref(&time)).result,
        Ok(time.clone())
    );
    let program = text("time", "%3: error = err.value %1\n  throw %3");
    let outcome = run(&mut context, &program, &[time]);
    assert_eq!(outcome.failure().fault, Fault::NotOk);
    assert_eq!(outcome.failure().operation, "err.value");
}
