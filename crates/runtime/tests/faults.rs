//! Every call of every program fails, one after another, with each errno, once and for ever: the error is told or
//! caught, and nothing stays open.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{context, module, program, run};
use sawmill_ir::errno::errno_name;
use sawmill_ir::fault::Fault;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::value::Data;
use sawmill_runtime::fake::{FakeKernel, Nth};

const ERRNOS: &[i32] = &[2, 4, 5, 11, 12, 13, 24, 28, 40, 116];

fn files() -> FakeKernel {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        tree.file("/d/a", 10);
        tree.file("/d/sub/b", 200);
        tree.file("/d/sub/deep/c", 3000);
        tree.symlink("/d/z", "a");
        tree.file("/etc/hosts", 4);
    });
    fake
}

#[test]
fn each_call_in_turn() {
    for name in ["founding", "walk", "scopes", "resolve"] {
        let program = program(name);
        let fake = files();
        let mut context = context(fake.clone());
        context.root().unwrap();
        let dir = Data::Handle(context.open_dir(b"/d", Rights::ALL).unwrap());
        let args = match name {
            "scopes" => vec![dir, Data::Path(b".".into())],
            "resolve" => vec![Data::Path(b"/d/a".into()), dir],
            _ => vec![dir],
        };
        let open = fake.open_descriptors();
        fake.forget();
        let clean = run(&mut context, &program, &args);
        clean.value();
        let calls = fake.calls();
        assert!(calls >= 3, "{name} makes {calls} calls");
        let closes = fake.calls_of(Sys::Close);
        for errno in ERRNOS {
            for ever in [false, true] {
                for n in 1..=calls {
                    fake.forget();
                    fake.fail(Nth::any(n), *errno, ever);
                    let outcome = run(&mut context, &program, &args);
                    let what = format!("{name}: call {n} fails with {}", errno_name(*errno));
                    assert_eq!(fake.open_descriptors(), open, "{what}");
                    match &outcome.result {
                        // `walk` leaves out what it cannot go down to.
                        Ok(_) => assert_eq!(name, "walk", "{what}"),
                        Err(f) => assert_eq!(f.fault, Fault::Errno(*errno), "{what}"),
                    }
                }
                // A close that fails has closed.
                fake.forget();
                fake.fail(Nth::of(Sys::Close, 1), *errno, ever);
                assert_eq!(run(&mut context, &program, &args), clean);
                assert_eq!(fake.calls_of(Sys::Close), closes);
                assert_eq!(fake.open_descriptors(), open);
            }
        }
    }
}

#[test]
fn a_caught_error_is_a_value() {
    let program = program("try");
    let fake = files();
    fake.change_dir("/d");
    let mut context = context(fake.clone());
    let mut get = |path: &[u8]| run(&mut context, &program, &[Data::Path(path.into())]);
    match get(b"a").value() {
        Data::Ok(stat) => assert_eq!(stat.field("size"), Some(&Data::Size(10))),
        other => panic!("{other:?}"),
    }
    let missing = get(b"sub/nothing\n");
    let failure = missing.failure();
    assert_eq!(failure.fault, Fault::Errno(2));
    assert_eq!(failure.operation, "openat2");
    let told = [Data::Path(b".".into()), Data::Path(b"sub/nothing\n".into())];
    assert_eq!(failure.args, told);
    assert_eq!(failure.at.start, 5);
    fake.forget();
    fake.fail(Nth::of(Sys::StatxFile, 1), 5, false);
    // The file that was opened in the scope is told by its path, and closed.
    let failed = get(b"sub/b");
    assert_eq!(failed.failure().args[0], Data::Path(b"sub/b".into()));
    assert_eq!(fake.open_descriptors(), 1, "the working directory");
}

#[test]
fn a_caught_error_costs_no_handle() {
    // Opens `limit` times a directory below, of which every second is missing, in a scope that catches.
    let program = module(
        r#"sawir 1
data #0 = "sub"
data #1 = "missing"
entry fn @0 main(%0: dir{} "d", %1: int "limit") -> int {
  scope s1 in s0 catch ^6
^0(%0, %1) s0:
  %2: int = int 0
  %3: int = int 1
  %4: bool = bool 0
  jump ^1(%2, %2, %4)
^1(%5: int, %6: int, %7: bool) s0:
  %8: bool = lt %5 %1
  br %8 ^2() ^7()
^2() s0:
  %9: bool = not %7
  %10: path = path #0
  %11: path = path #1
  enter s1 ^3()
^3() s1:
  br %7 ^4(%10) ^4(%11)
^4(%12: path) s1:
  %13: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %10
  %14: dir{} = sys openat2.dir [O_DIRECTORY|O_CLOEXEC|O_PATH] %0 %12
  leave s1 keep() ^5(%6)
^5(%15: int) s0:
  %16: int = add %5 %3
  jump ^1(%16, %15, %9)
^6(%17: error) s0:
  %18: int = add %6 %3
  jump ^5(%18)
^7() s0:
  return %6
}
"#,
    );
    let fake = files();
    fake.limit_descriptors(5);
    let mut context = context(fake.clone());
    let dir = context.open_dir(b"/d", Rights::NONE).unwrap();
    let outcome = run(
        &mut context,
        &program,
        &[Data::Handle(dir), Data::Int(1001)],
    );
    assert_eq!(outcome.result, Ok(Data::Int(501)));
    assert_eq!(fake.open_descriptors(), 1);
}

#[test]
fn the_kernels_limit_of_descriptors_is_an_error_like_others() {
    let program = program("walk");
    let fake = files();
    let mut context = context(fake.clone());
    let dir = context.open_dir(b"/d", Rights::ALL).unwrap();
    let args = [Data::Handle(dir)];
    let whole = run(&mut context, &program, &args);
    for limit in 2..8 {
        fake.limit_descriptors(limit);
        let outcome = run(&mut context, &program, &args);
        assert!(outcome.result.is_ok(), "the walk catches it: {outcome:?}");
        assert_eq!(outcome == whole, limit >= 6, "at {limit}");
        assert_eq!(fake.open_descriptors(), 1);
    }
    fake.limit_descriptors(1);
    let outcome = run(&mut context, &program, &args);
    assert_eq!(outcome.failure().fault.code(), "EMFILE");
}
