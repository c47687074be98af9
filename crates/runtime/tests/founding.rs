//! The program that matters most, on the interpreter: over the fake kernel and over the real one, where what it gives
//! is what the standard library says.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{TempDir, context, program, run};
use sawmill_ir::rights::Rights;
use sawmill_ir::value::Data;
use sawmill_runtime::fake::FakeKernel;
use sawmill_runtime::kernel::RealKernel;
use sawmill_runtime::trace::TraceKernel;
use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::{Arc, Mutex};

/// Names that a careless program gets wrong.
fn odd_names() -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = [
        &b"plain"[..],
        b"new\nline",
        b"quote\"'`",
        b"back\\slash",
        b"esc\x1b[31m",
        b"not utf-8 \xff\xfe\xc3",
        b" leading and trailing ",
        b"-rf",
        b"...",
        b"caf\xc3\xa9",
        b"\x01",
    ]
    .map(<[u8]>::to_vec)
    .into();
    names.push(vec![b'x'; 255]);
    names
}

fn name_of(row: &Data) -> Vec<u8> {
    match row.field("name") {
        Some(Data::Path(name)) => name.clone(),
        other => panic!("no name: {other:?}"),
    }
}

#[test]
fn over_the_fake_kernel() {
    let fake = FakeKernel::new();
    let mut inode = 0;
    fake.edit(|tree| {
        for (n, name) in odd_names().iter().enumerate() {
            let meta = tree.file([b"/d/", &name[..]].concat(), 1000 + n as u64);
            meta.mtime = (-5 + n as i64, n as u32);
        }
        tree.dir("/d/sub");
        tree.symlink("/d/link", "sub/target");
        tree.fifo("/d/pipe");
        tree.socket("/d/sock");
        tree.file("/d/.hidden", 7);
        inode = tree.ino("/d/sub").unwrap();
    });
    let (kernel, trace) = TraceKernel::new(fake.clone());
    let mut context = context(kernel);
    let dir = context
        .open_dir(b"/d", Rights::LIST | Rights::STAT)
        .unwrap();
    let outcome = run(&mut context, &program("founding"), &[Data::Handle(dir)]);
    assert_eq!(outcome.result, Ok(Data::Unit));

    // Listings come in the order of names; hidden ones are skipped, `...` begins with a dot too.
    let mut expected = odd_names();
    expected.retain(|n| !n.starts_with(b"."));
    expected.extend([&b"sub"[..], b"link", b"pipe", b"sock"].map(<[u8]>::to_vec));
    expected.sort();
    assert_eq!(
        outcome.rows.iter().map(name_of).collect::<Vec<_>>(),
        expected
    );
    let row = |name: &[u8]| outcome.rows.iter().find(|r| name_of(r) == name).unwrap();
    assert_eq!(row(b"new\nline").field("size"), Some(&Data::Size(1001)));
    let earlier = Data::Time { sec: -4, nsec: 1 };
    assert_eq!(row(b"new\nline").field("mtime"), Some(&earlier));
    assert_eq!(row(b"sub").field("ino"), Some(&Data::Ino(inode)));
    assert_eq!(row(b"sub").field("nlink"), Some(&Data::Int(2)));
    assert_eq!(row(b"sub").field("dev"), Some(&Data::Dev(8 << 32 | 1)));
    for (name, kind) in [(&b"sub"[..], 4), (b"link", 10), (b"pipe", 1), (b"sock", 12)] {
        assert_eq!(row(name).field("type"), Some(&Data::FileType(kind)));
    }

    // One call for each row, on the directory itself, and nothing left open but the directory.
    let lines = trace.lines();
    let how = "O_DIRECTORY|O_CLOEXEC|O_NONBLOCK";
    assert_eq!(
        lines[1],
        format!("openat2.listing(fd0, \".\", {{{how}, mode 0o0, resolve 0x0}}) = fd1")
    );
    assert_eq!(lines[2], "getdents64(fd1, 32768) = >0");
    let stat = "AT_SYMLINK_NOFOLLOW|AT_NO_AUTOMOUNT, STATX_BASIC_STATS) = ok";
    assert_eq!(lines[3], format!("statx(fd0, \"\\x01\", {stat}"));
    assert_eq!(lines.len(), 3 + expected.len() + 2);
    assert_eq!(
        lines[lines.len() - 2..],
        ["getdents64(fd1, 32768) = 0", "close(fd1) = ok"]
    );
    assert_eq!(fake.open_descriptors(), 1);
    drop(context);
    assert_eq!(fake.open_descriptors(), 0);
}

#[test]
fn over_the_real_kernel() {
    let dir = TempDir::new("founding");
    for (n, name) in odd_names().iter().enumerate() {
        let path = dir.0.join(OsStr::from_bytes(name));
        fs::write(&path, vec![0; n * 1000]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600 + n as u32)).unwrap();
    }
    fs::create_dir(dir.0.join("sub")).unwrap();
    std::os::unix::fs::symlink("nowhere", dir.0.join("dangling")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.0.join("s")).unwrap();

    let mut context = context(RealKernel::new());
    let handle = context
        .open_dir(dir.bytes(), Rights::LIST | Rights::STAT)
        .unwrap();
    let outcome = run(&mut context, &program("founding"), &[Data::Handle(handle)]);
    assert_eq!(outcome.result, Ok(Data::Unit));
    assert_eq!(outcome.rows.len(), odd_names().len() - 1 + 3);
    for row in &outcome.rows {
        let name = name_of(row);
        let meta = dir
            .0
            .join(OsStr::from_bytes(&name))
            .symlink_metadata()
            .unwrap();
        let int = |n: u64| Data::Int(n as i64);
        let time = |sec, nsec: i64| Data::Time {
            sec,
            nsec: nsec as u32,
        };
        let (major, minor) = (libc::major(meta.dev()), libc::minor(meta.dev()));
        let expected = [
            ("size", Data::Size(meta.size() as i64)),
            ("mode", Data::Mode(meta.mode())),
            ("type", Data::FileType(u64::from(meta.mode() >> 12))),
            ("mtime", time(meta.mtime(), meta.mtime_nsec())),
            ("atime", time(meta.atime(), meta.atime_nsec())),
            ("ctime", time(meta.ctime(), meta.ctime_nsec())),
            ("uid", int(meta.uid().into())),
            ("gid", int(meta.gid().into())),
            ("nlink", int(meta.nlink())),
            ("ino", Data::Ino(meta.ino())),
            ("dev", Data::Dev(u64::from(major) << 32 | u64::from(minor))),
            ("blocks", int(meta.blocks())),
        ];
        for (field, value) in expected {
            assert_eq!(row.field(field), Some(&value), "{field} of {name:?}");
        }
    }
}

#[test]
fn rows_leave_in_batches_and_a_sink_may_have_enough() {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        for n in 0..1000 {
            tree.file(format!("/f{n:04}"), n);
        }
    });
    let founding = program("founding");
    for (batch, enough) in [(1, 1000), (64, 1000), (5000, 1000), (0, 10), (64, 100)] {
        let mut context = context(fake.clone());
        let dir = context.open_dir(b"/", Rights::ALL).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = seen.clone();
        context.send_rows(batch, move |row| {
            let mut seen = sink.lock().unwrap();
            if seen.len() == enough {
                return ControlFlow::Break(());
            }
            seen.push(row.data());
            ControlFlow::Continue(())
        });
        let words = context.load(&founding, &[Data::Handle(dir)]).unwrap();
        let ended = sawmill_ir::interp::decode(&founding).run(&mut *context, &words);
        assert_eq!(ended.is_ok(), enough == 1000);
        if let Err(stopped) = ended {
            assert_eq!(context.failure(stopped).fault.code(), "output-closed");
            assert_eq!(context.failure(stopped).operation, "yield");
        } else {
            context.finish().unwrap();
        }
        context.unload();
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), enough);
        assert!(
            seen.iter()
                .zip(0..)
                .all(|(r, n)| r.field("size") == Some(&Data::Size(n)))
        );
        assert_eq!(fake.open_descriptors(), 1);
    }
}

#[test]
fn a_name_that_vanishes_is_told() {
    use sawmill_ir::syscalls::Sys;
    use sawmill_runtime::fake::Nth;
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        for name in ["/a", "/b", "/c"] {
            tree.file(name, 1);
        }
    });
    fake.after(Nth::of(Sys::Getdents64, 1), |tree| {
        tree.remove("/b");
    });
    let mut context = context(fake.clone());
    let dir = context.open_dir(b"/", Rights::ALL).unwrap();
    let outcome = run(&mut context, &program("founding"), &[Data::Handle(dir)]);
    let failure = outcome.failure();
    assert_eq!(
        (failure.fault.code(), failure.operation),
        ("ENOENT", "statx")
    );
    assert_eq!(
        failure.args,
        [Data::Path(b"/".into()), Data::Path(b"b".into())]
    );
    assert_eq!((failure.at.start, failure.at.end), (20, 24));
    assert_eq!(outcome.rows.len(), 1);
    assert_eq!(fake.open_descriptors(), 1);
}
