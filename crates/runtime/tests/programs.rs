//! Programs that go to limits: handles, memory, depth, interruptions, and what the loader refuses.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{context, entry, module, program, run, try_run};
use sawmill_ir::fault::Fault;
use sawmill_ir::host::Host;
use sawmill_ir::interp::{MAX_DEPTH, decode};
use sawmill_ir::rights::Rights;
use sawmill_ir::ty::{RecordKind, RecordType, Type};
use sawmill_ir::value::Data;
use sawmill_ir::verify::Verified;
use sawmill_runtime::fake::FakeKernel;
use sawmill_runtime::trace::TraceKernel;
use sawmill_runtime::{Context, LoadError, Options};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn files() -> FakeKernel {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        tree.file("/d/a", 10);
        tree.dir("/d/sub");
        tree.file("/etc/hosts", 4);
    });
    fake
}

#[test]
fn a_closed_handle_is_told_and_never_another() {
    let program = entry(
        "entry fn @0 main(%0: dir{stat} \"d\", %1: path \"p\") -> unit",
        "^0(%0, %1) s0:
  %2: buf<statx> = scratch
  %3: dir{stat} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %1
  %4: unit = close.dir %3
  %5: unit = close.dir %3
  %6: dir{stat} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %1
  %7: unit = sys statx.dir [AT_EMPTY_PATH] [STATX_BASIC_STATS] %6 %2
  %8: unit = sys statx.dir [AT_EMPTY_PATH] [STATX_BASIC_STATS] %3 %2
  return %8",
    );
    let fake = files();
    let mut context = context(fake.clone());
    let dir = context.open_dir(b"/d", Rights::ALL).unwrap();
    let outcome = run(
        &mut context,
        &program,
        &[Data::Handle(dir), Data::Path(b"sub".into())],
    );
    let failure = outcome.failure();
    assert_eq!(
        (failure.fault, failure.operation),
        (Fault::ClosedHandle, "statx")
    );
    // The label went with the handle.
    assert_eq!(failure.args, [Data::Path(vec![])]);
    assert_eq!(fake.open_descriptors(), 1);
}

#[test]
fn closing_by_hand_costs_nothing_however_often() {
    // Opens and closes in one scope, a million times, below one that stays open.
    let program = entry(
        "entry fn @0 main(%0: dir{} \"d\", %1: path \"p\", %2: int \"limit\") -> int",
        "  scope s1 in s0
^0(%0, %1, %2) s0:
  %3: int = int 0
  %4: int = int 1
  enter s1 ^1()
^1() s1:
  %5: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %1
  jump ^2(%3)
^2(%6: int) s1:
  %7: bool = lt %6 %2
  br %7 ^3() ^4()
^3() s1:
  %8: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %1
  %9: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %1
  %10: unit = close.dir %8
  %11: unit = close.dir %9
  %12: int = add %6 %4
  jump ^2(%12)
^4() s1:
  %13: unit = close.dir %5
  %14: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %1
  leave s1 keep() ^5()
^5() s0:
  return %2",
    );
    let fake = files();
    fake.limit_descriptors(5);
    let mut context = context(fake.clone());
    let dir = context.open_dir(b"/d", Rights::ALL).unwrap();
    let args = [
        Data::Handle(dir),
        Data::Path(b"sub".into()),
        Data::Int(20_000),
    ];
    let words = context.load(&program, &args).unwrap();
    decode(&program).run(&mut *context, &words).unwrap();
    // What was opened after a handle below was closed lies above the mark all the same.
    assert_eq!(context.open_handles(), 1);
    assert_eq!(fake.open_descriptors(), 1);
}

#[test]
fn scopes_close_what_they_do_not_keep() {
    let fake = files();
    let (kernel, trace) = TraceKernel::new(fake.clone());
    let mut context = context(kernel);
    let dir = context
        .open_dir(b"/d", Rights::LIST | Rights::STAT)
        .unwrap();
    let args = [Data::Handle(dir), Data::Path(b".".into())];
    run(&mut context, &program("scopes"), &args).value();
    let calls: Vec<String> = trace
        .lines()
        .iter()
        .map(|l| {
            let (name, rest) = l.split_once('(').unwrap();
            format!("{name} {}", rest.split([',', ')']).next().unwrap())
        })
        .collect();
    assert_eq!(
        calls[1..],
        [
            "openat2.dir fd0",
            "openat2.dir fd1",
            "openat2.listing fd1",
            "close fd3",
            "statx.dir fd1",
            "close fd2",
            "close fd1",
        ]
    );
}

#[test]
fn a_handle_in_a_result_can_be_kept() {
    let open = entry(
        "entry fn @0 main(%0: dir{stat} \"d\", %1: path \"p\") -> dir{stat}",
        "^0(%0, %1) s0:
  %2: dir{stat} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %1
  return %2",
    );
    let stat = entry(
        "entry fn @0 main(%0: dir{stat} \"d\" = def) -> ino",
        "^0(%0) s0:
  %1: buf<statx> = scratch
  %2: unit = sys statx.dir [AT_EMPTY_PATH] [STATX_BASIC_STATS] %0 %1
  %3: ino = struct.get stx_ino %1
  return %3",
    );
    let fake = files();
    let mut context = context(fake.clone());
    let dir = context.open_dir(b"/d", Rights::STAT).unwrap();
    let args = [Data::Handle(dir), Data::Path(b"sub".into())];
    for keep in [true, false] {
        let words = context.load(&open, &args).unwrap();
        let words = decode(&open).run(&mut *context, &words).unwrap();
        let Data::Handle(handle) = context.view(&words).unwrap().data() else {
            panic!("no handle");
        };
        assert_eq!(context.label(handle), b"/d/sub");
        if keep {
            assert!(context.keep(handle));
        }
        context.unload();
        let again = try_run(&mut context, &stat, &[Data::Handle(handle)]);
        if keep {
            let ino = fake.edit(|tree| tree.ino("/d/sub")).unwrap();
            assert_eq!(again.unwrap().result, Ok(Data::Ino(ino)));
            context.close(handle);
        } else {
            assert_eq!(again, Err(LoadError::Closed { param: 0 }));
            assert!(!context.keep(handle));
        }
        assert_eq!(fake.open_descriptors(), 1);
    }
}

#[test]
fn a_program_that_is_refused_makes_no_call() {
    let fake = files();
    let few = Options {
        ambient: Rights::STAT,
        ..Options::default()
    };
    let mut context = Context::new(few, Box::new(fake.clone())).unwrap();
    let list = context.open_dir(b"/d", Rights::LIST).unwrap();
    let stat = context.open_dir(b"/d", Rights::STAT).unwrap();
    fake.forget();
    let mut refused = |program: &Verified, args: &[Data]| {
        let refused = try_run(&mut context, program, args).unwrap_err();
        assert_eq!(fake.calls(), 0, "{refused}");
        refused
    };
    let founding = program("founding");
    let missing = Rights::STAT;
    let handle = Data::Handle;
    assert_eq!(
        refused(&founding, &[handle(list)]),
        LoadError::Denied { param: 0, missing }
    );
    assert_eq!(
        refused(&founding, &[handle(7 << 32)]),
        LoadError::Closed { param: 0 }
    );
    assert_eq!(
        refused(&founding, &[]),
        LoadError::Arguments {
            wanted: 1,
            given: 0
        }
    );
    let wanted = Type::Dir(Rights::LIST | Rights::STAT);
    assert_eq!(
        refused(&founding, &[Data::Int(1)]),
        LoadError::Type { param: 0, wanted }
    );
    // A bound path asks for what the session does not give.
    let args = [Data::Path(b"x".into()), handle(stat)];
    let missing = Rights::LIST;
    assert_eq!(
        refused(&program("resolve"), &args),
        LoadError::Denied { param: 1, missing }
    );
    // An entry is judged by its directory.
    let entries = Data::List(vec![Data::Entry {
        dir: list,
        name: b"a".into(),
        ino: 1,
        kind: 8,
    }]);
    let both = [handle(stat), entries];
    let LoadError::Denied { param, .. } = refused(&program("entries"), &both) else {
        panic!("not denied");
    };
    assert_eq!(param, 0);
    // Paths and names hold no NUL, names are one component.
    for name in [&b""[..], b".", b"..", b"a/b", b"a\0"] {
        let entry = Data::Entry {
            dir: stat,
            name: name.into(),
            ino: 1,
            kind: 8,
        };
        let error = refused(
            &program("entries"),
            &[handle(stat), Data::List(vec![entry])],
        );
        assert!(matches!(
            error,
            LoadError::Denied { param: 0, .. } | LoadError::Type { .. }
        ));
    }
    let args = [Data::Path(b"x\0".into()), handle(stat)];
    assert!(matches!(
        refused(&program("resolve"), &args),
        LoadError::Type { param: 0, .. }
    ));
}

#[test]
fn computed_paths_start_at_the_root_or_the_working_directory() {
    let program = entry(
        "entry fn @0 main(%0: path \"p\") -> ino",
        "^0(%0) s0:
  %1: buf<statx> = scratch
  %2: root{} = resolve %0
  %3: dir{} = root.dir %2
  %4: path = root.path %2
  %5: file{} = sys openat2.file [O_PATH|O_CLOEXEC] %3 %4
  %6: file{stat} = permit {stat} %5
  %7: unit = sys statx.file [AT_EMPTY_PATH] [STATX_BASIC_STATS] %6 %1
  %8: ino = struct.get stx_ino %1
  return %8",
    );
    let fake = files();
    fake.change_dir("/d");
    let mut context = context(fake.clone());
    let cases = [
        (&b"/"[..], "/"),
        (b"///", "/"),
        (b"/etc/hosts", "/etc/hosts"),
        (b"//etc//hosts", "/etc/hosts"),
        (b"a", "/d/a"),
        (b".", "/d"),
        (b"../etc/hosts", "/etc/hosts"),
    ];
    for (path, file) in cases {
        let outcome = run(&mut context, &program, &[Data::Path(path.into())]);
        let ino = fake.edit(|tree| tree.ino(file)).unwrap();
        assert_eq!(outcome.result, Ok(Data::Ino(ino)), "{file}");
    }
    let outcome = run(&mut context, &program, &[Data::Path(vec![])]);
    assert_eq!(outcome.failure().fault, Fault::Errno(2));
    assert_eq!(
        fake.open_descriptors(),
        2,
        "the root and the working directory"
    );

    let few = Options {
        ambient: Rights::LIST,
        ..Options::default()
    };
    let mut context = Context::new(few, Box::new(fake.clone())).unwrap();
    let outcome = run(&mut context, &program, &[Data::Path(b"/etc/hosts".into())]);
    assert_eq!(outcome.failure().fault, Fault::Denied(Rights::STAT));
    assert_eq!(outcome.failure().args, [Data::Path(b"/etc/hosts".into())]);
}

/// `down(n)` is 0 if n is 0, else `down(n - 1) + 1`.
fn down() -> Verified {
    module(
        "sawir 1
fn @0 down(%0: int \"n\") -> int {
^0(%0) s0:
  %1: int = int 0
  %2: int = int 1
  %3: bool = eq %0 %1
  br %3 ^1() ^2()
^1() s0:
  return %1
^2() s0:
  %4: int = sub %0 %2
  %5: int = call @0 %4
  %6: int = add %5 %2
  return %6
}
entry fn @1 main(%0: int \"n\") -> result<int> {
  scope s1 in s0 catch ^2
^0(%0) s0:
  enter s1 ^1()
^1() s1:
  %1: int = call @0 %0
  %2: result<int> = ok %1
  leave s1 keep all ^3(%2)
^2(%3: error) s0:
  %4: result<int> = err %3
  jump ^3(%4)
^3(%5: result<int>) s0:
  return %5
}
",
    )
}

#[test]
fn calls_nest_to_the_limit_and_no_deeper() {
    let mut context = context(FakeKernel::new());
    let most = MAX_DEPTH as i64 - 1;
    let outcome = run(&mut context, &down(), &[Data::Int(most)]);
    assert_eq!(outcome.result, Ok(Data::Ok(Box::new(Data::Int(most)))));
    for n in [most + 1, i64::MAX] {
        let outcome = run(&mut context, &down(), &[Data::Int(n)]);
        let failure = outcome.failure();
        assert_eq!((failure.fault, failure.operation), (Fault::Depth, "call"));
        assert_eq!(failure.args, [Data::Int(n - most - 1)]);
    }
}

#[test]
fn a_run_can_be_stopped_and_nothing_catches_it() {
    let forever = entry(
        "entry fn @0 main() -> unit",
        "  scope s1 in s0 catch ^2
^0() s0:
  enter s1 ^1()
^1() s1:
  jump ^1()
^2(%0: error) s0:
  throw %0",
    );
    let mut context = context(FakeKernel::new());
    let stop = context.interrupter();
    let started = Instant::now();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        stop.interrupt();
    });
    let outcome = run(&mut context, &forever, &[]);
    assert_eq!(outcome.failure().fault, Fault::Interrupted);
    assert!(started.elapsed() < Duration::from_secs(5));
    other.join().unwrap();
    context.interrupter().clear();
    let outcome = run(&mut context, &down(), &[Data::Int(3)]);
    outcome.value();
}

#[test]
fn memory_ends_the_run_and_not_the_process() {
    // Appends to a list for ever, in a scope that catches.
    let grow = entry(
        "entry fn @0 main() -> unit",
        "  scope s1 in s0 catch ^3
^0() s0:
  %0: builder<int> = list.builder
  %1: int = int 1
  enter s1 ^1()
^1() s1:
  jump ^2(%1)
^2(%2: int) s1:
  %3: unit = list.push %0 %2
  %4: int = add %2 %1
  jump ^2(%4)
^3(%5: error) s0:
  throw %5",
    );
    // The first is a page, two list headers, eight elements, and two words.
    for limit in [4224, 100 << 10, 20 << 20] {
        let options = Options {
            memory: limit,
            ..Options::default()
        };
        let mut context = Context::new(options, Box::new(FakeKernel::new())).unwrap();
        for _ in 0..3 {
            let outcome = run(&mut context, &grow, &[]);
            let failure = outcome.failure();
            assert_eq!(failure.fault, Fault::Memory);
            // Where little is left, there is no room to say more.
            assert_eq!(failure.operation == "run", limit == 4224);
            // Nothing of the run is left for the next one to see.
            assert!(
                context.memory().iter().all(|b| *b == 0),
                "with {limit} bytes"
            );
        }
    }
    // Arguments that do not fit are refused.
    let options = Options {
        memory: 8192,
        ..Options::default()
    };
    let mut context = Context::new(options, Box::new(FakeKernel::new())).unwrap();
    let program = entry(
        "entry fn @0 main(%0: str \"s\") -> str",
        "^0(%0) s0:\n  return %0",
    );
    let text = |n| Data::Str("x".repeat(n));
    assert_eq!(
        run(&mut context, &program, &[text(4000)]).result,
        Ok(text(4000))
    );
    let refused = try_run(&mut context, &program, &[text(5000)]);
    assert_eq!(refused, Err(LoadError::Memory));
}

#[test]
fn values_of_all_types_go_in_and_come_out() {
    let record = |ty: &str| format!("record R {{ n: int, p: path, t: time, l: list<{ty}> }}\n");
    let text = format!(
        "sawir 1\n{}entry fn @0 main(%0: list<R> \"l\", %1: result<time> \"r\") -> list<R> {{\n\
         ^0(%0, %1) s0:\n  return %0\n}}\n",
        record("result<mode>")
    );
    let program = module(&text);
    let field = |n: &str, ty| (n.to_string(), ty);
    let ty = Arc::new(RecordType {
        kind: RecordKind::Named,
        name: "R".into(),
        fields: vec![
            field("n", Type::Int),
            field("p", Type::Path),
            field("t", Type::Time),
            field("l", Type::list(Type::Result(Arc::new(Type::Mode)))),
        ],
    });
    let row = |n: i64| {
        let modes = (0..n).map(|m| Data::Ok(Box::new(Data::Mode(m as u32))));
        Data::Record(
            ty.clone(),
            vec![
                Data::Int(-n),
                Data::Path(vec![b'p'; n as usize]),
                Data::Time { sec: n, nsec: 9 },
                Data::List(modes.collect()),
            ],
        )
    };
    let list = Data::List((0..20).map(row).collect());
    let time = Data::Ok(Box::new(Data::Time { sec: 1, nsec: 2 }));
    let mut context = context(FakeKernel::new());
    let outcome = run(&mut context, &program, &[list.clone(), time.clone()]);
    assert_eq!(outcome.result, Ok(list));
    let wrong = Data::List(vec![row(1), Data::Int(1)]);
    let refused = try_run(&mut context, &program, &[wrong, time]);
    assert!(matches!(refused, Err(LoadError::Type { param: 0, .. })));
}

#[test]
fn a_session_can_be_moved_to_another_thread() {
    let fake = files();
    let mut context = context(fake.clone());
    let dir = context.open_dir(b"/d", Rights::ALL).unwrap();
    let rows = std::thread::spawn(move || {
        run(&mut context, &program("founding"), &[Data::Handle(dir)]).rows
    });
    assert_eq!(rows.join().unwrap().len(), 2);
    assert_eq!(fake.open_descriptors(), 0);
}

#[test]
fn entries_are_listed_and_looked_at_through_their_directory() {
    // The sample asks for names as the kernel gives them and stops at the first that is none: `.`.
    let fake = files();
    let mut context = context(fake.clone());
    let dir = context.open_dir(b"/d", Rights::ALL).unwrap();
    let given = Data::List(vec![Data::Entry {
        dir,
        name: b"a".into(),
        ino: 1,
        kind: 8,
    }]);
    let outcome = run(
        &mut context,
        &program("entries"),
        &[Data::Handle(dir), given],
    );
    assert_eq!(outcome.failure().fault, Fault::BadName);
    assert_eq!(outcome.failure().operation, "name.copy");
    assert_eq!(fake.open_descriptors(), 1);
}

#[test]
fn block_parameters_change_all_at_once() {
    // Fibonacci numbers and a count, passed round; the results of a block become its successor's parameters.
    let program = entry(
        "entry fn @0 main(%0: int \"n\") -> int",
        "^0(%0) s0:
  %1: int = int 0
  %2: int = int 1
  jump ^1(%1, %1, %2)
^1(%3: int, %4: int, %5: int) s0:
  %6: bool = lt %3 %0
  br %6 ^2() ^3()
^2() s0:
  %7: int = add %4 %5
  %8: int = add %3 %2
  jump ^1(%8, %5, %7)
^3() s0:
  return %4",
    );
    let mut context = context(FakeKernel::new());
    let outcome = run(&mut context, &program, &[Data::Int(80)]);
    assert_eq!(outcome.result, Ok(Data::Int(23_416_728_348_467_685)));
    let outcome = run(&mut context, &program, &[Data::Int(i64::MAX)]);
    let failure = outcome.failure();
    assert_eq!((failure.fault, failure.operation), (Fault::Overflow, "add"));
    let told = [
        Data::Int(4_660_046_610_375_530_309),
        Data::Int(7_540_113_804_746_346_429),
    ];
    assert_eq!(failure.args, told);
}

#[test]
fn a_handler_sees_the_parameter_and_not_what_it_was_to_become() {
    // Counts up until a quotient fails; the count must not be one ahead then.
    let program = entry(
        "entry fn @0 main(%0: int \"from\") -> int",
        "  scope s1 in s0 catch ^3
  scope s2 in s0
^0(%0) s0:
  %1: int = int 1
  jump ^1(%0)
^1(%2: int) s0:
  enter s1 ^2(%2)
^2(%3: int) s1:
  %4: int = add %3 %1
  %5: int = quot %1 %3
  jump ^4(%4)
^3(%6: error) s0:
  return %2
^4(%7: int) s1:
  leave s1 keep() ^1(%7)",
    );
    let mut context = context(FakeKernel::new());
    assert_eq!(
        run(&mut context, &program, &[Data::Int(-5)]).result,
        Ok(Data::Int(0))
    );
    // The same in one block: the parameter of a loop within the scope.
    let program = entry(
        "entry fn @0 main(%0: int \"from\") -> int",
        "  scope s1 in s0 catch ^3
^0(%0) s0:
  %1: int = int 1
  %2: builder<int> = list.builder
  enter s1 ^1()
^1() s1:
  jump ^2(%0)
^2(%3: int) s1:
  %4: unit = list.push %2 %3
  %5: int = add %3 %1
  %6: int = quot %1 %3
  jump ^2(%5)
^3(%7: error) s0:
  %8: list<int> = list.freeze %2
  %9: int = list.len %8
  %10: int = sub %9 %1
  %11: int = list.get %8 %10
  return %11",
    );
    assert_eq!(
        run(&mut context, &program, &[Data::Int(-5)]).result,
        Ok(Data::Int(0))
    );
}

/// The kernel would read the path up to the NUL: another directory than the one that is named.
#[test]
fn a_path_with_a_nul_opens_nothing() {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        tree.dir("/d");
    });
    let mut context = context(fake.clone());
    assert_eq!(context.open_dir(b"/d\0/e", Rights::ALL), Err(22));
    assert_eq!(fake.calls(), 0);
}

/// It could be another one next time.
#[test]
fn a_run_does_not_close_the_sessions_working_directory() {
    let closes = entry(
        "entry fn @0 main(%0: dir{} \"d\" = cwd) -> unit",
        "^0(%0) s0:
  %1: unit = close.dir %0
  return %1",
    );
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        tree.dir("/d");
        tree.dir("/e");
    });
    assert!(fake.change_dir("/d"));
    let mut context = context(fake.clone());
    let cwd = context.cwd().unwrap();
    run(&mut context, &closes, &[]).value();
    assert!(fake.change_dir("/e"));
    assert_eq!(context.cwd(), Ok(cwd));
    assert!(context.rights(cwd).is_some());
}
