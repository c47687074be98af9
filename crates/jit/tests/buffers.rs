//! What the kernel put into a buffer is hostile until checked: reads at any offset, names of any shape, records of
//! length zero and beyond the end. Native code must see what `sawmill_ir::host::name_length` says.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Session, dir, module, program};
use proptest::prelude::*;
use sawmill_ir::fault::Fault;
use sawmill_ir::host::{Kernel, name_length};
use sawmill_ir::layout::BUF_SLACK;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::value::Data;
use sawmill_runtime::fake::FakeKernel;

/// A kernel whose directories hold these bytes, and rubbish after them, where the kernel's own must not be read.
#[derive(Clone)]
struct Hostile {
    bytes: Vec<u8>,
    rubbish: u8,
    told: i64,
    fake: FakeKernel,
    read: bool,
}

impl Hostile {
    fn new(bytes: &[u8]) -> Hostile {
        let fake = FakeKernel::new();
        fake.edit(|tree| {
            tree.file("/d/a", 1);
        });
        Hostile {
            bytes: bytes.to_vec(),
            rubbish: 0,
            told: bytes.len() as i64,
            fake,
            read: false,
        }
    }
}

impl Kernel for Hostile {
    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64 {
        match sys {
            Sys::Getdents64 if self.read => 0,
            Sys::Getdents64 => {
                self.read = true;
                let (at, size) = (args[1] as usize, args[2] as usize);
                memory[at..at + size + BUF_SLACK as usize].fill(self.rubbish);
                let count = self.bytes.len().min(size);
                memory[at..at + count].copy_from_slice(&self.bytes[..count]);
                self.told
            }
            Sys::Statx => 0,
            _ => self.fake.call(sys, args, memory),
        }
    }
}

const SIZE: usize = 40;

/// Reads a directory once and does `op` to the buffer with offsets from outside.
fn over_buffer(op: &str, result: &str) -> Engines {
    Engines::hooked(module(&format!(
        r#"sawir 1
entry fn @0 main(%0: dir{{list,stat}} "d", %1: int "from", %2: int "limit") -> {result} {{
^0(%0, %1, %2) s0:
  %3: buf<{SIZE}> = scratch
  %4: buf<statx> = scratch
  %5: listing = sys openat2.listing [O_RDONLY|O_DIRECTORY|O_CLOEXEC|O_NONBLOCK] %0
  %6: int = sys getdents64 %5 %3
{op}
}}
"#
    )))
}

fn names() -> Engines {
    over_buffer(
        "  %7: name = name.copy %3 %1 %2\n  %8: path = path.of-name %7\n  return %8",
        "path",
    )
}

fn check_name(engines: &Engines, bytes: &[u8], rubbish: u8, start: i64, limit: i64) {
    let mut kernel = Hostile::new(bytes);
    kernel.rubbish = rubbish;
    let outcome = engines.agree(
        &Session::default(),
        || kernel.clone(),
        |context| vec![dir(context, b"/d"), Data::Int(start), Data::Int(limit)],
    );
    let mut buffer = bytes.to_vec();
    buffer.resize(SIZE, rubbish);
    let want = name_length(&buffer, start, limit)
        .map(|len| Data::Path(buffer[start as usize..][..len].to_vec()));
    let got = outcome.result.map_err(|f| f.fault);
    assert_eq!(
        got,
        want,
        "{:?} {start}..{limit}",
        buffer.escape_ascii().to_string()
    );
}

#[test]
fn names_of_every_length_at_every_place() {
    let engines = names();
    for start in [0, 1, 2, 7, 8, 9, SIZE - 9, SIZE - 8, SIZE - 1] {
        for len in 0..=(SIZE - start).min(18) {
            let mut bytes = vec![b'/'; SIZE];
            bytes[start..start + len].fill(b'x');
            if start + len < SIZE {
                bytes[start + len] = 0;
            }
            for limit in [start + len, start + len + 1, SIZE] {
                check_name(&engines, &bytes, 0, start as i64, limit as i64);
            }
        }
    }
}

#[test]
fn names_that_are_none() {
    let engines = names();
    let cases: [&[u8]; 16] = [
        b"\0",
        b".\0",
        b"..\0",
        b"...\0",
        b".a\0",
        b"..a\0",
        b"a/\0",
        b"/\0",
        b"/a\0",
        b"12345678/\0",
        b"1234567/\0",
        b"1234567\0/",
        b"12345678\0/",
        b"\x80\x81\xaf\xae\x2e\x30\0",
        b"\x01\x01\x01\x01\x01\x01\x01\x01\x01\0",
        b"no end",
    ];
    for case in cases {
        for rubbish in [0, b'/', b'x'] {
            for start in [0, 5] {
                let bytes = [&vec![b'.'; start][..], case].concat();
                let end = bytes.len() as i64;
                for limit in [start as i64, end - 1, end, end + 1, SIZE as i64] {
                    check_name(&engines, &bytes, rubbish, start as i64, limit);
                }
            }
        }
    }
}

#[test]
fn places_outside_the_buffer() {
    let engines = names();
    let edges = [
        i64::MIN,
        -1,
        0,
        1,
        SIZE as i64 - 1,
        SIZE as i64,
        SIZE as i64 + 1,
        i64::MAX,
    ];
    for start in edges {
        for limit in edges {
            check_name(&engines, &[b'x'; SIZE], b'x', start, limit);
            check_name(&engines, &[0; SIZE], 0, start, limit);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes near the ones that matter, in any order.
    #[test]
    fn names_of_any_bytes(
        bytes in prop::collection::vec(prop::sample::select(&[0, 1, 0x2e, 0x2f, 0x30, 0x2d, 0x80, 0xae, 0xaf, 0xff, b'a', b'b'][..]), 0..=SIZE),
        plain in 0usize..12,
        rubbish: u8,
        start in -1i64..SIZE as i64 + 2,
        limit in -1i64..SIZE as i64 + 2,
    ) {
        thread_local! {
            static ENGINES: Engines = names();
        }
        let mut bytes = bytes;
        for at in start.max(0) as usize..(start.max(0) as usize + plain).min(bytes.len()) {
            bytes[at] = b'n';
        }
        ENGINES.with(|engines| check_name(engines, &bytes, rubbish, start, limit));
    }
}

#[test]
fn a_view_is_what_the_kernel_is_asked_about() {
    let engines = over_buffer(
        "  %7: name = name.view %3 %1 %2\n  \
         %8: unit = sys statx [AT_SYMLINK_NOFOLLOW|AT_NO_AUTOMOUNT] [STATX_BASIC_STATS] %0 %7 %4\n  \
         %9: bool = bytes.eq %7 %7\n  return %9",
        "bool",
    );
    let kernel = Hostile::new(b"..name\0/");
    for (start, called) in [(0, true), (2, true), (6, false), (7, false), (1, true)] {
        let outcome = engines.agree(
            &Session::default(),
            || kernel.clone(),
            |context| vec![dir(context, b"/d"), Data::Int(start), Data::Int(8)],
        );
        let calls = outcome.trace.iter().filter(|l| l.starts_with("statx"));
        assert_eq!(calls.count(), usize::from(called), "{:?}", outcome.trace);
        assert_eq!(outcome.result.is_ok(), called);
    }
}

#[test]
fn reads_at_any_offset() {
    let bytes: Vec<u8> = (0..SIZE as u8).map(|n| n.wrapping_mul(37) ^ 0x80).collect();
    for (op, width) in [("buf.u8", 1), ("buf.u16", 2), ("buf.u64", 8)] {
        let engines = over_buffer(&format!("  %7: int = {op} %3 %1\n  return %7"), "int");
        for at in (-9..SIZE as i64 + 9).chain([i64::MIN, i64::MAX, 1 << 32, -(1 << 32)]) {
            let outcome = engines.agree(
                &Session::default(),
                || Hostile::new(&bytes),
                |context| vec![dir(context, b"/d"), Data::Int(at), Data::Int(0)],
            );
            let place = usize::try_from(at)
                .ok()
                .and_then(|at| bytes.get(at..at.checked_add(width)?));
            let want = place.map(|place| {
                let word = place.iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b));
                Data::Int(word as i64)
            });
            assert_eq!(
                outcome.result.map_err(|f| f.fault),
                want.ok_or(Fault::Index),
                "{op} at {at}"
            );
        }
    }
}

/// A record of a listing.
fn record(ino: u64, reclen: u16, kind: u8, name: &[u8]) -> Vec<u8> {
    let mut bytes = ino.to_le_bytes().to_vec();
    bytes.extend(77u64.to_le_bytes());
    bytes.extend(reclen.to_le_bytes());
    bytes.push(kind);
    bytes.extend(name);
    bytes
}

#[test]
fn listings_that_lie() {
    let engines = Engines::hooked(program("founding"));
    let whole = |name: &[u8]| {
        let mut bytes = record(5, 32, 8, name);
        bytes.resize(32, 0);
        bytes
    };
    let lies: Vec<Vec<u8>> = vec![
        whole(b"fine\0"),
        whole(b"a/b\0"),
        whole(b"..\0"),
        whole(b"\0"),
        whole(b"not ended ...xyz"),
        [whole(b"fine\0"), record(5, 0, 8, b"zero\0")].concat(),
        record(5, 0xffff, 8, b"long\0"),
        record(5, 19, 8, b"short\0"),
        record(5, 3, 8, b"back\0"),
        record(5, 24, 8, b"xxxxx\0"),
        b"torn".to_vec(),
    ];
    for lie in lies {
        for told in [0, 1, lie.len() as i64, 40_000, i64::MAX] {
            for rubbish in [0, b'x', 0xff] {
                let mut kernel = Hostile::new(&lie);
                (kernel.told, kernel.rubbish) = (told, rubbish);
                // A record of length 0 comes round for ever: the run's memory ends that.
                let mut session = Session::default();
                session.options.memory = 256 << 10;
                engines.agree(
                    &session,
                    || kernel.clone(),
                    |context| vec![dir(context, b"/d")],
                );
            }
        }
    }
}
