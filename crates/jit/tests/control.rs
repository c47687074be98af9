//! Control flow: handlers and scopes, calls and their depth, loops and their interruption.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Mute, Session, dir, module, options, run_native};
use sawmill_ir::fault::Fault;
use sawmill_ir::value::Data;
use sawmill_jit::{Opt, Stubs, compile};
use sawmill_runtime::Context;
use sawmill_runtime::fake::FakeKernel;
use std::time::{Duration, Instant};

fn ints(engines: &Engines, args: &[i64]) -> Result<Data, Fault> {
    let outcome = engines.agree(
        &Session::default(),
        || Mute,
        |_| args.iter().map(|n| Data::Int(*n)).collect(),
    );
    outcome.result.map_err(|f| f.fault)
}

#[test]
fn errors_go_to_the_innermost_handler_around_them() {
    // Divides twice in nested scopes; which handler is told by the hundred added.
    let engines = Engines::hooked(module(
        r#"sawir 1
fn @0 divide(%0: int "a", %1: int "b") -> int {
^0(%0, %1) s0:
  %2: int = quot %0 %1
  return %2
}
entry fn @1 main(%0: int "a", %1: int "b", %2: int "c") -> int {
  scope s1 in s0 catch ^5
  scope s2 in s1 catch ^6
  scope s3 in s2
^0(%0, %1, %2) s0:
  enter s1 ^1()
^1() s1:
  %3: int = quot %0 %2
  enter s2 ^2()
^2() s2:
  enter s3 ^3()
^3() s3:
  %4: int = call @0 %0 %1
  %5: int = add %4 %3
  leave s3 keep() ^4(%5)
^4(%6: int) s2:
  leave s2 keep() ^7(%6)
^5(%7: error) s0:
  %8: int = int 100
  %9: int = add %8 %0
  jump ^8(%9)
^6(%10: error) s1:
  %11: int = int 200
  %12: int = add %11 %3
  %13: int = mul %12 %0
  jump ^7(%13)
^7(%14: int) s1:
  leave s1 keep() ^8(%14)
^8(%15: int) s0:
  return %15
}
"#,
    ));
    assert_eq!(ints(&engines, &[12, 3, 4]), Ok(Data::Int(7)));
    assert_eq!(ints(&engines, &[12, 0, 4]), Ok(Data::Int(203 * 12)));
    assert_eq!(ints(&engines, &[12, 3, 0]), Ok(Data::Int(112)));
    assert_eq!(ints(&engines, &[12, 0, 0]), Ok(Data::Int(112)));
    // The handler's own overflow goes further out.
    assert_eq!(
        ints(&engines, &[1 << 60, 0, 1]),
        Ok(Data::Int((1 << 60) + 100))
    );
    assert_eq!(
        ints(&engines, &[i64::MIN, -1, 1]),
        Ok(Data::Int(i64::MIN + 100))
    );
}

#[test]
fn errors_come_out_of_calls_as_they_went_in() {
    let engines = Engines::hooked(module(
        r#"sawir 1
fn @0 inner(%0: int "a", %1: int "b") -> int {
^0(%0, %1) s0:
  %2: int = quot %0 %1 !1:7..9
  return %2
}
fn @1 outer(%0: int "a", %1: int "b") -> time {
^0(%0, %1) s0:
  %2: int = call @0 %0 %1
  %3: int = call @0 %2 %1
  %4: result<int> = ok %3
  %5: bool = ok? %4
  %6: error = err.value %4
  throw %6
}
entry fn @2 main(%0: int "a", %1: int "b", %2: bool "catch") -> result<time> {
  scope s1 in s0 catch ^4
^0(%0, %1, %2) s0:
  br %2 ^1() ^3()
^1() s0:
  enter s1 ^2()
^2() s1:
  %3: time = call @1 %0 %1
  %4: result<time> = ok %3
  leave s1 keep() ^5(%4)
^3() s0:
  %5: time = call @1 %0 %1
  %6: result<time> = ok %5
  return %6
^4(%7: error) s0:
  %8: result<time> = err %7
  jump ^5(%8)
^5(%9: result<time>) s0:
  return %9
}
"#,
    ));
    for (b, fault) in [(0, Fault::DivideByZero), (2, Fault::NotOk)] {
        for catch in [false, true] {
            let outcome = engines.agree(
                &Session::default(),
                || Mute,
                |_| vec![Data::Int(9), Data::Int(b), Data::Bool(catch)],
            );
            let failure = match outcome.result {
                Ok(Data::Err(failure)) if catch => *failure,
                Err(failure) if !catch => failure,
                other => panic!("{other:?}"),
            };
            assert_eq!(failure.fault, fault);
            if b == 0 {
                assert_eq!(failure.at.start, 7);
                assert_eq!(failure.args, [Data::Int(9), Data::Int(0)]);
            }
            assert_eq!(outcome.depth, 4096, "what calls took is given back");
        }
    }
}

/// Adds up to `n` by recursion: every frame holds something.
const SUM: &str = r#"sawir 1
fn @0 sum(%0: int "n") -> int {
^0(%0) s0:
  %1: int = int 0
  %2: bool = le %0 %1
  br %2 ^1() ^2()
^1() s0:
  return %1
^2() s0:
  %3: int = int 1
  %4: int = sub %0 %3
  %5: int = call @0 %4
  %6: int = add %5 %0
  return %6
}
entry fn @1 main(%0: int "n") -> int {
^0(%0) s0:
  %1: int = call @0 %0
  return %1
}
"#;

#[test]
fn calls_nest_as_deep_as_the_counter_says_on_any_thread() {
    let engines = Engines::hooked(module(SUM));
    assert_eq!(ints(&engines, &[4095]), Ok(Data::Int(4095 * 4096 / 2)));
    assert_eq!(ints(&engines, &[4096]), Err(Fault::Depth));
    assert_eq!(ints(&engines, &[i64::MAX]), Err(Fault::Depth));
    // A thread with hardly any stack of its own.
    let compiled = compile(&engines.program, options(Stubs::Native, Opt::Speed)).unwrap();
    let run = || {
        let mut context =
            Context::new(sawmill_runtime::Options::default(), Box::new(Mute)).unwrap();
        for _ in 0..20 {
            let words = context.load(&engines.program, &[Data::Int(5000)]).unwrap();
            let stopped = run_native(&compiled, &mut context, &words).unwrap_err();
            assert_eq!(stopped.fault, Fault::Depth);
        }
    };
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(128 << 10);
        small.spawn_scoped(scope, run).unwrap();
    });
}

/// Frames of many pages, on the caller's stack and, where calls can nest, on one of its own.
#[test]
fn frames_larger_than_a_page() {
    for (values, recurses) in [(600, false), (1500, false), (1500, true)] {
        let mut body = String::new();
        for n in 2..values {
            body += &format!("  %{n}: int = add %{} %0\n", n - 1);
        }
        // All of them are alive across the call.
        let (called, stop) = if recurses { (0, "%1") } else { (1, "%0") };
        body += &format!("  %{values}: int = call @{called} {stop}\n");
        for n in 2..values {
            body += &format!(
                "  %{}: int = sub %{} %{n}\n",
                values + n - 1,
                values + n - 2
            );
        }
        let last = 2 * values - 2;
        let engines = Engines::hooked(module(&format!(
            "sawir 1\nfn @0 wide(%0: int \"n\") -> int {{\n^0(%0) s0:\n  %1: int = add %0 %0\n\
             {body}  return %{last}\n}}\n\
             fn @1 leaf(%0: int \"n\") -> int {{\n^0(%0) s0:\n  return %0\n}}\n\
             entry fn @2 main(%0: int \"n\") -> int {{\n^0(%0) s0:\n  %1: int = call @0 %0\n  return %1\n}}\n"
        )));
        let want = match recurses {
            true => Err(Fault::Depth),
            false => Ok(Data::Int(3 - 3 * (2..values).map(|n| n + 1).sum::<i64>())),
        };
        assert_eq!(ints(&engines, &[if recurses { 0 } else { 3 }]), want);
    }
}

#[test]
fn depth_is_no_error_that_is_caught() {
    let text = SUM.replace(
        "entry fn @1 main(%0: int \"n\") -> int {\n^0(%0) s0:\n  %1: int = call @0 %0\n  return %1\n}",
        "entry fn @1 main(%0: int \"n\") -> int {\n  scope s1 in s0 catch ^2\n^0(%0) s0:\n  enter s1 ^1()\n\
         ^1() s1:\n  %1: int = call @0 %0\n  leave s1 keep() ^3(%1)\n^2(%2: error) s0:\n  jump ^3(%0)\n\
         ^3(%3: int) s0:\n  return %3\n}",
    );
    assert!(text.contains("catch"));
    let engines = Engines::hooked(module(&text));
    assert_eq!(ints(&engines, &[3]), Ok(Data::Int(6)));
    assert_eq!(ints(&engines, &[10_000]), Err(Fault::Depth));
}

#[test]
fn wide_results_and_many_parameters() {
    // Results of every width, and more parameters than there are registers.
    let params: Vec<String> = (0..40).map(|n| format!("%{n}: time \"t{n}\"")).collect();
    let names: Vec<String> = (0..40).map(|n| format!("%{n}")).collect();
    let (params, names) = (params.join(", "), names.join(", "));
    let engines = Engines::hooked(module(&format!(
        r#"sawir 1
fn @0 pick({params}) -> result<result<result<time>>> {{
^0({names}) s0:
  %40: result<time> = ok %39
  %41: result<result<time>> = ok %40
  %42: result<result<result<time>>> = ok %41
  return %42
}}
fn @1 same(%0: result<result<result<time>>> "r") -> result<result<time>> {{
^0(%0) s0:
  %1: result<result<time>> = ok.value %0
  return %1
}}
entry fn @2 main({params}) -> result<result<time>> {{
^0({names}) s0:
  %40: result<result<result<time>>> = call @0 {args}
  %41: result<result<time>> = call @1 %40
  return %41
}}
"#,
        args = names.replace(", ", " ")
    )));
    let outcome = engines.agree(
        &Session::default(),
        || Mute,
        |_| {
            let time = |sec| Data::Time { sec, nsec: 7 };
            (0..40).map(time).collect()
        },
    );
    let want = Data::Ok(Box::new(Data::Ok(Box::new(Data::Time {
        sec: 39,
        nsec: 7,
    }))));
    assert_eq!(outcome.value(), &want);
}

#[test]
fn a_scope_may_be_entered_from_several_places() {
    // Entered twice without a handler, in a loop: each time what it opened is closed.
    let engines = Engines::hooked(module(
        r#"sawir 1
data #0 = "sub"
entry fn @0 main(%0: dir{} "d", %1: int "n") -> int {
  scope s1 in s0
^0(%0, %1) s0:
  %2: int = int 0
  %3: int = int 1
  %4: bool = bool 0
  %5: path = path #0
  jump ^1(%2, %4)
^1(%6: int, %7: bool) s0:
  %8: bool = lt %6 %1
  br %8 ^2() ^7()
^2() s0:
  %9: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %5
  br %7 ^3() ^4()
^3() s0:
  %10: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %5
  enter s1 ^5(%10)
^4() s0:
  enter s1 ^5(%9)
^5(%11: dir{}) s1:
  %12: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %11 %5
  leave s1 keep() ^6()
^6() s0:
  %13: unit = close.dir %9
  %14: int = add %6 %3
  %15: bool = not %7
  jump ^1(%14, %15)
^7() s0:
  return %6
}
"#,
    ));
    let outcome = engines.agree(
        &Session::default(),
        || {
            let fake = FakeKernel::new();
            fake.edit(|tree| {
                tree.dir("/d/sub/sub");
            });
            fake
        },
        |context| vec![dir(context, b"/d"), Data::Int(7)],
    );
    assert_eq!(outcome.value(), &Data::Int(7));
}

#[test]
fn lists_of_every_width_grow() {
    for (ty, width) in [("unit", 0), ("int", 1), ("time", 2), ("result<time>", 3)] {
        let (zero, make) = match width {
            0 => ("unit", "unit".to_string()),
            1 => ("int", "sub %5 %4".to_string()),
            2 => ("time", "get t %3".to_string()),
            _ => ("result<time>", "ok %12".to_string()),
        };
        assert_eq!(zero, ty);
        let engines = Engines::hooked(module(
            &format!(
                r#"sawir 1
record R {{ t: time }}
entry fn @0 main(%0: int "n", %1: int "at", %2: time "t") -> {ty} {{
^0(%0, %1, %2) s0:
  %3: R = record %2
  %4: int = int 1
  %6: builder<{ty}> = list.builder
  %7: int = int 0
  jump ^1(%7)
^1(%5: int) s0:
  %8: bool = lt %5 %0
  br %8 ^2() ^3()
^2() s0:
  %12: time = get t %3
  %9: {ty} = {make}
  %10: unit = list.push %6 %9
  %11: int = add %5 %4
  jump ^1(%11)
^3() s0:
  %13: list<{ty}> = list.freeze %6
  %14: {ty} = list.get %13 %1
  return %14
}}
"#
            )
            .pipe(renumber),
        ));
        for n in [0, 1, 7, 8, 9, 100] {
            for at in [-1, 0, 1, n - 1, n, i64::MAX] {
                let outcome = engines.agree(
                    &Session::default(),
                    || Mute,
                    |_| vec![Data::Int(n), Data::Int(at), Data::Time { sec: 3, nsec: 4 }],
                );
                let within = (0..n).contains(&at);
                assert_eq!(outcome.result.is_ok(), within, "{ty} {n} {at}: {outcome:?}");
            }
        }
    }
}

/// Gives values the numbers that the text form wants: in the order of their definitions.
fn renumber(text: String) -> String {
    let mut numbers = std::collections::HashMap::new();
    let pieces: Vec<&str> = text.split('%').collect();
    for piece in &pieces[1..] {
        let digits = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let name = &piece[..piece.len() - digits.len()];
        if digits.starts_with(": ") {
            let next = numbers.len();
            numbers.entry(name.to_string()).or_insert(next);
        }
    }
    let mut out = pieces[0].to_string();
    for piece in &pieces[1..] {
        let digits = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let name = &piece[..piece.len() - digits.len()];
        out += &format!("%{}{digits}", numbers[name]);
    }
    out
}

trait Pipe: Sized {
    fn pipe<R>(self, f: impl FnOnce(Self) -> R) -> R {
        f(self)
    }
}
impl Pipe for String {}

const ENDLESS: &str = r#"sawir 1
entry fn @0 main(%0: int "n") -> int {
^0(%0) s0:
  jump ^1(%0)
^1(%1: int) s0:
  %2: bool = lt %1 %1
  br %2 ^2() ^1(%0)
^2() s0:
  return %1
}
"#;

/// Loops within loops, of which the inner one has no effect at all: each polls for itself.
const NESTED: &str = r#"sawir 1
entry fn @0 main(%0: int "n") -> int {
^0(%0) s0:
  %1: int = int 1
  jump ^1(%0)
^1(%2: int) s0:
  %3: bool = lt %2 %1
  br %3 ^3() ^2(%2)
^2(%4: int) s0:
  %5: bool = lt %4 %4
  br %5 ^1(%4) ^2(%0)
^3() s0:
  return %2
}
"#;

#[test]
fn an_endless_loop_is_stopped_from_another_thread() {
    for text in [ENDLESS, NESTED] {
        let program = module(text);
        for opt in [Opt::Speed, Opt::None] {
            let compiled = compile(&program, options(Stubs::Native, opt)).unwrap();
            let mut context =
                Context::new(sawmill_runtime::Options::default(), Box::new(Mute)).unwrap();
            let words = context.load(&program, &[Data::Int(5)]).unwrap();
            let interrupter = context.interrupter();
            let stopper = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(30));
                interrupter.interrupt();
                Instant::now()
            });
            let stopped = run_native(&compiled, &mut context, &words).unwrap_err();
            let ended = Instant::now();
            assert_eq!((stopped.fault, stopped.error), (Fault::Interrupted, 0));
            let after = ended.saturating_duration_since(stopper.join().unwrap());
            assert!(after < Duration::from_secs(5), "{after:?}");
        }
    }
}

#[test]
fn an_interruption_waits_for_a_back_edge_or_a_call() {
    let session = Session {
        interrupted: true,
        ..Session::default()
    };
    let run = |text: &str| {
        let engines = Engines::hooked(module(text));
        let outcome = engines.agree(&session, || Mute, |_| vec![Data::Int(5)]);
        outcome.result.map_err(|f| f.fault)
    };
    assert_eq!(run(ENDLESS), Err(Fault::Interrupted));
    assert_eq!(run(NESTED), Err(Fault::Interrupted));
    assert_eq!(run(SUM), Err(Fault::Interrupted));
}
