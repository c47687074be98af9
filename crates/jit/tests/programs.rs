//! Whole programs: over the fake kernel with every call failing in turn, and over the real one, native code makes the
//! calls that the interpreter makes and gives what it gives.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Outcome, Session, TempDir, dir, program};
use sawmill_ir::rights::Rights;
use sawmill_ir::value::Data;
use sawmill_jit::Stubs;
use sawmill_runtime::Context;
use sawmill_runtime::fake::{FakeKernel, Nth};
use sawmill_runtime::kernel::RealKernel;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

const PROGRAMS: &[&str] = &[
    "founding",
    "walk",
    "scopes",
    "resolve",
    "try",
    "filter_sum",
    "entries",
    "permits",
];

/// Whether the program takes every name of a listing for a component, which `.` is not.
fn refuses_dots(name: &str) -> bool {
    matches!(name, "filter_sum" | "entries")
}

fn files() -> FakeKernel {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        for n in 0..40 {
            tree.file(format!("/d/file number {n}"), n * 1000);
        }
        tree.file("/d/a", 10);
        tree.file("/d/x/x", 11);
        tree.file("/d/sub/b", 200);
        tree.file("/d/sub/deep/c", 3000);
        tree.symlink("/d/z", "a");
        tree.fifo("/d/pipe");
        tree.file("/etc/hosts", 4);
    });
    fake.change_dir("/d");
    fake
}

fn args(name: &str, context: &mut Context, at: &[u8]) -> Vec<Data> {
    let file = [at, b"/a"].concat();
    match name {
        "scopes" => vec![dir(context, at), Data::Path(b".".into())],
        "resolve" => vec![Data::Path(file), dir(context, at)],
        "try" => vec![Data::Path(b"a".into())],
        "filter_sum" => vec![dir(context, at), Data::Size(5000)],
        "entries" | "permits" => {
            let handle = dir(context, at);
            let entry = |handle: &Data| match handle {
                Data::Handle(dir) => Data::Entry {
                    dir: *dir,
                    name: b"a".to_vec(),
                    ino: 1,
                    kind: 8,
                },
                other => other.clone(),
            };
            let entries = Data::List(vec![entry(&handle); 3]);
            match name {
                "permits" => vec![entry(&handle), handle, entries],
                _ => vec![handle, entries],
            }
        }
        _ => vec![dir(context, at)],
    }
}

fn run(engines: &Engines, session: &Session, name: &str, fake: impl Fn() -> FakeKernel) -> Outcome {
    engines.agree(session, fake, |context| args(name, context, b"/d"))
}

#[test]
fn over_the_fake_kernel() {
    for name in PROGRAMS {
        let engines = Engines::hooked(program(name));
        let clean = run(&engines, &Session::default(), name, files);
        assert_eq!(
            clean.result.is_ok(),
            !refuses_dots(name),
            "{name}: {clean:?}"
        );
        assert!(clean.trace.len() > 3, "{name}: {:?}", clean.trace);
        let calls = clean
            .trace
            .iter()
            .filter(|l| !l.starts_with("close"))
            .count() as u64;
        for errno in [2, 13, 11] {
            for ever in [false, true] {
                for n in 4..=calls.min(70) {
                    run(&engines, &Session::default(), name, || {
                        let fake = files();
                        fake.fail(Nth::any(n), errno, ever);
                        fake
                    });
                }
            }
        }
        for limit in 3..9 {
            let limited = || {
                let fake = files();
                fake.limit_descriptors(limit);
                fake
            };
            // Opening the arguments must not be what fails.
            run(&engines, &Session::default(), name, limited);
        }
    }
}

#[test]
fn rows_leave_in_batches() {
    let engines = Engines::hooked(program("founding"));
    let whole = run(&engines, &Session::default(), "founding", files);
    for batch in [1, 2, 7, 45, 46, 1000] {
        for most in [1, 7, 1000] {
            let session = Session {
                batch: Some((batch, most)),
                ..Session::default()
            };
            let outcome = run(&engines, &session, "founding", files);
            let got = outcome.rows.len();
            assert!(
                whole
                    .rows
                    .starts_with(&outcome.rows[..got.min(whole.rows.len())])
            );
            let sent_in_the_run = whole.rows.len() as u64 / batch * batch;
            assert_eq!(outcome.result.is_ok(), sent_in_the_run < most as u64);
        }
    }
}

#[test]
fn every_memory_limit_ends_both_engines_at_the_same_place() {
    for name in ["founding", "walk"] {
        let engines = Engines::hooked(program(name));
        let needs = run(&engines, &Session::default(), name, files).top;
        let mut stopped = 0;
        let mut memory = 8 << 10;
        while memory < needs + 4096 {
            let mut session = Session::default();
            session.options.memory = memory;
            let outcome = run(&engines, &session, name, files);
            stopped += usize::from(outcome.result.is_err());
            memory += if memory + 2000 > needs { 40 } else { 1432 };
        }
        assert!(stopped > 10, "{name}");
    }
}

#[test]
fn every_handle_limit_and_lack_of_rights_too() {
    for name in PROGRAMS {
        let engines = Engines::hooked(program(name));
        for handles in 3..8 {
            let mut session = Session::default();
            session.options.handles = handles;
            run(&engines, &session, name, files);
        }
    }
    // What the directory lacks at run time is asked for by `permit`.
    let engines = Engines::hooked(program("permits"));
    for rights in [
        Rights::NONE,
        Rights::LIST,
        Rights::STAT,
        Rights::LIST | Rights::STAT,
    ] {
        let outcome = engines.agree(&Session::default(), files, |context| {
            let handle = context.open_dir(b"/d", rights).unwrap();
            let listed = context.open_dir(b"/d", rights | Rights::LIST).unwrap();
            let entry = |dir| Data::Entry {
                dir,
                name: b"a".to_vec(),
                ino: 1,
                kind: 8,
            };
            vec![
                entry(handle),
                Data::Handle(handle),
                Data::List(vec![entry(listed)]),
            ]
        });
        let all = rights.contains(Rights::LIST | Rights::STAT);
        assert_eq!(outcome.result.is_ok(), all, "{rights}: {outcome:?}");
    }
}

#[test]
fn native_code_over_the_real_kernel() {
    let temp = TempDir::new("native");
    let mut names: Vec<Vec<u8>> = [
        &b"plain"[..],
        b"a",
        b"new\nline",
        b"quote\"'`",
        b"esc\x1b[31m",
        b"not utf-8 \xff\xfe\xc3",
        b" leading and trailing ",
        b"-rf",
        b"...",
        b"..x",
        b"\x01",
        b"1234567",
        b"12345678",
        b"123456789",
    ]
    .map(<[u8]>::to_vec)
    .into();
    names.push(vec![b'x'; 255]);
    for n in 0..900 {
        names.push(format!("one of many, number {n}").into_bytes());
    }
    for (n, name) in names.iter().enumerate() {
        std::fs::write(temp.0.join(OsStr::from_bytes(name)), vec![b'.'; n]).unwrap();
    }
    std::fs::create_dir_all(temp.0.join("sub/deep")).unwrap();
    std::fs::create_dir_all(temp.0.join("x")).unwrap();
    std::os::unix::fs::symlink("nowhere", temp.0.join("dangling")).unwrap();
    for name in PROGRAMS.iter().filter(|name| **name != "try") {
        let engines = Engines::of(program(name), Stubs::Native);
        let run = |engine: &dyn Fn(&mut Context, &[u64]) -> common::Ended| {
            let mut context = Context::new(
                sawmill_runtime::Options::default(),
                Box::new(RealKernel::new()),
            )
            .unwrap();
            let args = args(name, &mut context, temp.bytes());
            let before = descriptors();
            let words = context.load(&engines.program, &args).unwrap();
            let ended = engine(&mut context, &words);
            let result = ended.map(|words| context.view(&words).unwrap().data());
            let result = result.map_err(|stopped| context.failure(stopped));
            let rows = context.rows();
            let rows = rows.iter().flat_map(|r| r.elements()).map(|r| r.data());
            let rows: Vec<Data> = rows.collect();
            context.unload();
            // The session's own root directory may have been opened meanwhile.
            assert!(
                descriptors() <= before + 1,
                "{name} leaves descriptors open"
            );
            (result, rows)
        };
        let want = run(&|context, words| engines.interpreter.run(context, words));
        assert_eq!(want.0.is_ok(), !refuses_dots(name), "{name}: {want:?}");
        if *name == "founding" {
            assert_eq!(
                want.1.len(),
                names.len() + 3 - 2,
                "three more, less two that begin with a dot"
            );
        }
        for (opt, compiled) in &engines.compiled {
            let got = run(&|context, words| common::run_native(compiled, context, words));
            assert_eq!(got, want, "{name}, opt {opt}");
        }
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
