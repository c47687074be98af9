//! What compiled code calls, called as it would.
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(
    unsafe_code,
    reason = "the helpers are unsafe to call: each call here has the context to itself"
)]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "as said above, for all of them"
)]

mod common;

use common::{context, program};
use sawmill_ir::fault::{Fault, site};
use sawmill_ir::host::Host;
use sawmill_ir::interp::Stopped;
use sawmill_ir::layout::list;
use sawmill_ir::module::{FuncId, Value};
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::value::Data;
use sawmill_runtime::Context;
use sawmill_runtime::fake::FakeKernel;
use sawmill_runtime::helpers::*;

fn loaded(fake: &FakeKernel) -> (Box<Context>, u64) {
    fake.edit(|tree| {
        tree.dir("/d/sub");
    });
    let mut context = context(fake.clone());
    let dir = context
        .open_dir(b"/d", Rights::LIST | Rights::STAT)
        .unwrap();
    context
        .load(&program("founding"), &[Data::Handle(dir)])
        .unwrap();
    (context, dir)
}

#[test]
fn a_failure_is_made_of_the_words_in_args() {
    let (mut context, dir) = loaded(&FakeKernel::new());
    let [name, len] = context.put_bytes(b"some name").unwrap();
    context.args[..4].copy_from_slice(&[dir, name, len, 0]);
    let at = site(FuncId(0), Value(19));
    let fault = Fault::Errno(13);
    let ctx = &raw mut *context;
    assert_eq!(unsafe { sawmill_fail(ctx, at, fault.to_word()) }, 0);
    let told = context.failure(Stopped {
        fault,
        error: context.error,
    });
    assert_eq!((told.fault, told.operation), (fault, "statx"));
    assert_eq!(
        told.args,
        [Data::Path(b"/d".into()), Data::Path(b"some name".into())]
    );
    assert_eq!(context.fault, fault.to_word());
    let ctx = &raw mut *context;
    for stop in [
        Fault::Memory,
        Fault::Denied(Rights::STAT),
        Fault::Interrupted,
    ] {
        assert_eq!(unsafe { sawmill_fail(ctx, at, stop.to_word()) }, 1);
    }
    // An error that there is no room for is the lack of room.
    context.limit = context.top + 16;
    let ctx = &raw mut *context;
    assert_eq!(unsafe { sawmill_fail(ctx, at, fault.to_word()) }, 1);
    assert_eq!((context.fault, context.error), (Fault::Memory.to_word(), 0));
    // Words that mean nothing are no reason to fall over.
    let ctx = &raw mut *context;
    assert_eq!(unsafe { sawmill_fail(ctx, u64::MAX, u64::MAX) }, 1);
}

#[test]
fn hooked_calls_take_addresses_in_memory_only() {
    let fake = FakeKernel::new();
    let (mut context, dir) = loaded(&fake);
    let fd = context.descriptor(dir).unwrap() as u64;
    let [name, _] = context.put_bytes(b"sub").unwrap();
    let buf = context.alloc(256).unwrap();
    let base = context.memory as u64;
    let end = base + context.memory().len() as u64;
    let ctx = &raw mut *context;
    let hook =
        |name, buf| unsafe { sawmill_hook(ctx, Sys::Statx as u64, fd, name, 0x100, 0x7ff, buf, 0) };
    assert_eq!(hook(base + name, base + buf), 0);
    for (name, buf) in [
        (name, base + buf),
        (base + name, buf),
        (base + name, end),
        (base + name, end - 255),
        (base - 1, base + buf),
        (0, 0),
    ] {
        assert_eq!(hook(name, buf), -14);
    }
    assert_eq!(unsafe { sawmill_hook(ctx, 999, 0, 0, 0, 0, 0, 0) }, -38);
}

#[test]
fn handles_are_adopted_permitted_and_closed() {
    let fake = FakeKernel::new();
    let (mut context, dir) = loaded(&fake);
    let before = context.open;
    let [path, len] = context.put_bytes(b"sub").unwrap();
    let how = context.put_words(&[0o10_000_000, 0, 0]).unwrap();
    let open = |context: &mut Context| {
        let fd = context.descriptor(dir).unwrap() as u64;
        context.syscall(Sys::Openat2Dir, &[fd, path, how, 24, 0, 0]) as u64
    };
    let fds = [open(&mut context), open(&mut context), open(&mut context)];
    let ctx = &raw mut *context;
    let handles = fds.map(|fd| unsafe { sawmill_adopt(ctx, fd, dir, path, len) });
    assert_eq!(context.label(handles[0]), b"/d/sub");
    assert_ne!(context.open, before);
    let ctx = &raw mut *context;
    let permit = |handle, rights: Rights| unsafe {
        Fault::from_word(sawmill_permit(ctx, handle, rights.bits().into()))
    };
    assert_eq!(permit(handles[0], Rights::LIST | Rights::STAT), None);
    let both = Rights::STAT | Rights::READ;
    assert_eq!(permit(handles[0], both), Some(Fault::Denied(Rights::READ)));
    unsafe { sawmill_close(ctx, handles[0]) };
    unsafe { sawmill_close(ctx, handles[0]) };
    assert_eq!(permit(handles[0], Rights::NONE), Some(Fault::ClosedHandle));
    context.args[0] = handles[1];
    let ctx = &raw mut *context;
    unsafe { sawmill_close_to(ctx, before, 1) };
    assert_eq!(fake.open_descriptors(), 2);
    unsafe { sawmill_close_to(ctx, before, 0) };
    assert_eq!(fake.open_descriptors(), 1);
    assert_eq!(context.open, before);
}

#[test]
fn lists_grow_paths_resolve_bytes_compare() {
    let fake = FakeKernel::new();
    let (mut context, _) = loaded(&fake);
    let header = context.out;
    let ctx = &raw mut *context;
    assert_eq!(unsafe { sawmill_grow(ctx, header, 3) }, 0);
    assert_eq!(context.word(header + list::CAP), 8);
    context.limit = context.top;
    context.set_word(header + list::LEN, 8);
    let ctx = &raw mut *context;
    let full = unsafe { sawmill_grow(ctx, header, 3) };
    assert_eq!(Fault::from_word(full), Some(Fault::Memory));
    context.set_word(header + list::LEN, 0);
    context.limit = context.top + 1000;
    let ctx = &raw mut *context;
    assert_eq!(unsafe { sawmill_flush(ctx) }, 0);

    let [a, _] = context.put_bytes(b"/etc/x").unwrap();
    let [b, _] = context.put_bytes(b"/etc\0x").unwrap();
    let ctx = &raw mut *context;
    let equal = |x, n, y, m| unsafe { sawmill_bytes_eq(ctx, x, n, y, m) };
    assert_eq!(
        [equal(a, 4, b, 4), equal(a, 6, b, 6), equal(a, 4, b, 5)],
        [1, 0, 0]
    );
    assert_eq!(unsafe { sawmill_path_of_str(ctx, a, 6) }, 0);
    let [path, len] = [context.results[0], context.results[1]];
    assert_eq!(context.bytes(path, len + 1), b"/etc/x\0");
    let ctx = &raw mut *context;
    let nul = unsafe { sawmill_path_of_str(ctx, b, 6) };
    assert_eq!(Fault::from_word(nul), Some(Fault::NulInPath));
    assert_eq!(unsafe { sawmill_resolve(ctx, a, 6) }, 0);
    let root = context.root().unwrap();
    assert_eq!(context.results[..3], [root, a + 1, 5]);
}

/// Appends a number, as engines do.
fn push(context: &mut Context, header: u64, n: u64) -> Result<(), Fault> {
    let len = context.word(header + list::LEN);
    if len == context.word(header + list::CAP) {
        context.grow(header, 1)?;
    }
    let data = context.word(header + list::DATA);
    context.set_word(data + len * 8, n);
    context.set_word(header + list::LEN, len + 1);
    Ok(())
}

fn numbers(context: &mut Context, header: u64) -> Vec<u64> {
    let len = context.word(header + list::LEN);
    let data = context.word(header + list::DATA);
    (0..len).map(|n| context.word(data + n * 8)).collect()
}

#[test]
fn the_last_list_grows_where_it_is_and_others_move() {
    let (mut context, _) = loaded(&FakeKernel::new());
    let [a, b] = [0; 2].map(|_| context.put_words(&[0; 3]).unwrap());
    // Names on the heap do not keep a list from growing in place.
    push(&mut context, a, 0).unwrap();
    let start = context.word(a + list::DATA);
    for n in 1..50_000 {
        context.put_bytes(b"a name").unwrap();
        push(&mut context, a, n).unwrap();
    }
    assert_eq!(context.word(a + list::DATA), start);
    assert_eq!(numbers(&mut context, a), (0..50_000).collect::<Vec<_>>());
    // Two that grow in turn move past each other, and keep what they hold.
    for n in 0..20_000 {
        push(&mut context, b, n).unwrap();
        push(&mut context, a, 50_000 + n).unwrap();
    }
    assert_ne!(context.word(a + list::DATA), start);
    assert_eq!(numbers(&mut context, a), (0..70_000).collect::<Vec<_>>());
    assert_eq!(numbers(&mut context, b), (0..20_000).collect::<Vec<_>>());
}

#[test]
fn heap_and_lists_share_one_limit() {
    let (mut context, _) = loaded(&FakeKernel::new());
    let header = context.put_words(&[0; 3]).unwrap();
    let room = 1 << 20;
    context.limit = context.top + room;
    let mut held = 0;
    let full = loop {
        match push(&mut context, header, held) {
            Ok(()) => held += 1,
            Err(fault) => break fault,
        }
    };
    assert_eq!(full, Fault::Memory);
    // The last step may not have fitted; the list has the rest of it.
    assert!(held * 8 <= room && held * 8 + (64 << 10) > room, "{held}");
    let left = context.limit - context.top;
    assert_eq!(context.alloc(left + 1), Err(Fault::Memory));
    assert!(context.alloc(left).is_ok());
    // A limit that somebody wrote is none to leave the range by.
    context.limit = u64::MAX;
    context.top = 0;
    context.set_word(header + list::LEN, 1 << 60);
    assert_eq!(context.grow(header, 1), Err(Fault::Memory));
}
