//! What compiled code calls: the slow half of its operations. Each says what it wants of the words it is given.
//!
//! None of them unwinds. The host's own code, which some of them run, may panic: that is put aside, the run is stopped
//! as soon as something fails (what ran the code does), and the engine goes on with the panic then. Nothing else here
//! panics for words that are what the verifier's types say, and if it did, `extern "C"` ends the process. Offsets are
//! into the run's memory, as everywhere.
//!
//! # Safety, for all that take a context
//! `ctx` is the address of a [`Context`] that nothing else uses during the call.
#![allow(
    unsafe_code,
    reason = "the context comes as an address from compiled code, which got it from whoever runs it and holds it alone"
)]

use crate::context::Context;
use sawmill_ir::eval::{bytes_equal, eval, path_of_str, permit};
use sawmill_ir::fault::{Class, Fault, make_error};
use sawmill_ir::host::Host;
use sawmill_ir::ops::Op;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::ty::Type;
use std::sync::Arc;

const EIO: i32 = 5;

/// Makes the error object of `fault` (a word of [`Fault::to_word`]) at `site` from the operands of the instruction
/// there, whose words are in [`Context::args`] (those beyond its length are taken as zero), and stores both in
/// [`Context::fault`] and [`Context::error`]. Gives 0 if a handler may catch it, 1 if the run is over
/// (which it is with a panic put aside).
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_fail(ctx: *mut Context, site: u64, fault: u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let fault = Fault::from_word(fault).unwrap_or(Fault::NotOk);
    let Some(loaded) = ctx.loaded.clone() else {
        ctx.fault = fault.to_word();
        ctx.error = 0;
        return 1;
    };
    let types = loaded.operands(site);
    let mut words = ctx.args.to_vec();
    words.resize(types.iter().map(|t| Type::width(t)).sum(), 0);
    let (fault, error) = match make_error(ctx, fault, site, &types, &words) {
        Ok(object) => (fault, object),
        // No room for an error that could be caught: then it is the lack of room that ends the run.
        Err(full) if fault.class() == Class::Error => (full, 0),
        Err(_) => (fault, 0),
    };
    ctx.fault = fault.to_word();
    ctx.error = error;
    u64::from(fault.class() != Class::Error || ctx.is_panicking())
}

/// Makes room in the full list at `header` for one more element of `width` words. Gives 0 or a fault word.
///
/// # Safety
/// See the head of the module; `header` is that of a list or builder with elements of that width.
pub unsafe extern "C" fn sawmill_grow(ctx: *mut Context, header: u64, width: u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    word(ctx.grow(header, width))
}

/// Hands the rows in the output list to the host's sink and empties it. Gives 0 or a fault word.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_flush(ctx: *mut Context) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    word(ctx.catch(Err(Fault::Output), Context::flush))
}

/// Takes charge of the descriptor `fd`, just opened through the handle `from` with the path at `path`, `len` (a zero
/// length: the same directory). Gives the handle, or 0 with [`Context::fault`] set, the descriptor then being closed.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_adopt(
    ctx: *mut Context,
    fd: u64,
    from: u64,
    path: u64,
    len: u64,
) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let adopted = ctx.catch(Err(Fault::Handles), |ctx| {
        ctx.adopt(fd as i32, from, path, len)
    });
    match adopted {
        Ok(handle) => handle,
        Err(fault) => {
            ctx.fault = fault.to_word();
            0
        }
    }
}

/// Looks at the file `fd`, just opened for more than reaching it. Gives 0 or a fault word, the descriptor then being
/// closed.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_vet(ctx: *mut Context, fd: u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    word(ctx.catch(Err(Fault::Errno(EIO)), |ctx| ctx.vet(fd as i32)))
}

/// The root that the path at `path`, `len` starts at: its three words in [`Context::results`]. Gives 0 or a fault
/// word.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_resolve(ctx: *mut Context, path: u64, len: u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let root = ctx.catch(Err(Fault::Errno(EIO)), |ctx| ctx.resolve(path, len));
    word(root.map(|root| ctx.results[..3].copy_from_slice(&root)))
}

/// Closes a handle; one that is closed already is left alone.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_close(ctx: *mut Context, handle: u64) {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    ctx.catch((), |ctx| ctx.close(handle));
}

/// Closes what was opened since `mark`, but for the first `kept` handles in [`Context::args`].
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_close_to(ctx: *mut Context, mark: u64, kept: u64) {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let args = ctx.args;
    let kept = usize::try_from(kept).map_or(args.len(), |n| n.min(args.len()));
    ctx.catch((), |ctx| ctx.close_to(mark, &args[..kept]));
}

/// Makes the system call that is row number `sys` of the table through the context's kernel. Pointers among the
/// arguments are addresses within the run's memory; others make it fail with `EFAULT`, without a call. Gives the raw
/// result: a value or a negative errno.
///
/// # Safety
/// See the head of the module.
#[allow(
    clippy::too_many_arguments,
    reason = "a system call has as many as it has"
)]
pub unsafe extern "C" fn sawmill_hook(
    ctx: *mut Context,
    sys: u64,
    a0: u64,
    a1: u64,
    a2: u64,
    a3: u64,
    a4: u64,
    a5: u64,
) -> i64 {
    const EFAULT: i64 = 14;
    const ENOSYS: i64 = 38;
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let Some(sys) = usize::try_from(sys).ok().and_then(|n| Sys::ALL.get(n)) else {
        return -ENOSYS;
    };
    let mut args = [a0, a1, a2, a3, a4, a5];
    let (base, size) = (ctx.range.base() as u64, ctx.range.size());
    for (arg, row) in args.iter_mut().zip(sys.row().args) {
        if row.is_pointer() {
            *arg = match arg.checked_sub(base) {
                Some(offset) if offset < size => offset,
                _ => return -EFAULT,
            };
        }
    }
    ctx.catch(-i64::from(EIO), |ctx| ctx.syscall_apart(*sys, &args))
}

/// A copy of the bytes before the first NUL among the `size` at `at`: offset and length in [`Context::results`]. Gives 0
/// or a fault word.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_text(ctx: *mut Context, at: u64, size: u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let text = ctx.text(at, size);
    word(text.map(|text| ctx.results[..2].copy_from_slice(&text)))
}

/// Makes room for `bytes` bytes that a call is going to fill: its offset in [`Context::results`]. Gives 0 or a fault word.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_room(ctx: *mut Context, bytes: u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    word(ctx.room(bytes as i64).map(|at| ctx.results[0] = at))
}

/// What a call has filled of the room for `room` bytes at `at`, if it says that it was so many: offset and length in
/// [`Context::results`].
///
/// # Safety
/// See the head of the module; the room was made by [`sawmill_room`].
pub unsafe extern "C" fn sawmill_filled(ctx: *mut Context, at: u64, room: u64, says: u64) {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let filled = ctx.filled(at, room, says);
    ctx.results[..2].copy_from_slice(&filled);
}

/// Whether two byte strings are equal: 1 or 0.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_bytes_eq(
    ctx: *mut Context,
    a: u64,
    a_len: u64,
    b: u64,
    b_len: u64,
) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    u64::from(bytes_equal(ctx, [a, a_len], [b, b_len]))
}

/// A path with the bytes of the text at `at`, `len`: its words in [`Context::results`]. Gives 0 or a fault word.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_path_of_str(ctx: *mut Context, at: u64, len: u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let path = path_of_str(ctx, at, len);
    word(path.map(|path| ctx.results[..2].copy_from_slice(&path)))
}

/// Tests that a handle is open and has these rights at run time. Gives 0 or a fault word.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_permit(ctx: *mut Context, handle: u64, rights: u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    word(permit(ctx, handle, Rights::from_bits(rights as u32)))
}

/// Does row number `op` of the operations, one on floats that cannot fail, to one or two words (`b` is not looked at if
/// it takes one). Gives the result's word.
pub extern "C" fn sawmill_float(op: u64, a: u64, b: u64) -> u64 {
    let op = usize::try_from(op).ok().and_then(|n| Op::ALL.get(n));
    let words = [a, b];
    let result = op.and_then(|op| eval(*op, words.get(..op.row().operands.len())?));
    match result {
        Some(Ok(words)) => words[0],
        _ => 0,
    }
}

/// Does the library op with that number to operands whose words lie at `args`: its result's words in
/// [`Context::results`]. Gives 0 or a fault word.
///
/// # Safety
/// See the head of the module; `args` is the address of as many words as the op's operands take, which are of their
/// types, outside the context and the run's memory, and are not written during the call.
pub unsafe extern "C" fn sawmill_library(ctx: *mut Context, number: u64, args: *const u64) -> u64 {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    let Some(loaded) = ctx.loaded.as_ref().map(Arc::as_ptr) else {
        return Fault::BadArgument.to_word();
    };
    // SAFETY: what is loaded stays so for as long as code of it runs: an op has the context as a `Host`, which cannot
    // load another. It lies outside the context.
    let loaded = unsafe { &*loaded };
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let Some(op) = loaded.library.get(number) else {
        return Fault::BadArgument.to_word();
    };
    // SAFETY: the caller's promise.
    let words = unsafe { std::slice::from_raw_parts(args, op.words()) };
    // What a run gives is moved but once: copies of fresh words wait for each of them.
    word(ctx.catch(Err(Fault::Output), |ctx| {
        ctx.results = op.run(&loaded.module, words, ctx)?;
        Ok(())
    }))
}

/// Writes what memory there is now to the words at `at`.
///
/// # Safety
/// See the head of the module; `at` is that of a region in the frame.
pub unsafe extern "C" fn sawmill_region(ctx: *mut Context, at: u64) {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    ctx.begin(at);
}

/// Makes the turn with that number, of the region at `region`. The words of what it keeps are at `words`, and
/// those of arguments are changed there.
///
/// # Safety
/// See the head of the module; `words` is the address of `count` words, outside the context and the run's memory, which
/// nothing else reads or writes during the call.
pub unsafe extern "C" fn sawmill_turn(
    ctx: *mut Context,
    number: u64,
    region: u64,
    words: *mut u64,
    count: u64,
) {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    // SAFETY: the caller's promise.
    let words = unsafe { std::slice::from_raw_parts_mut(words, count as usize) };
    let Some(loaded) = ctx.loaded.clone() else {
        return;
    };
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    if let Some(turn) = loaded.turns.get(number) {
        ctx.turn(region, &loaded.turns, turn, words);
    }
}

/// Gives back a function's frame and what was made since.
///
/// # Safety
/// See the head of the module; the function returns then.
pub unsafe extern "C" fn sawmill_release(ctx: *mut Context, region: u64, frame: u64) {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    ctx.release(region, frame);
}

/// Notes that the error in [`Context::error`] has left a function that was called at `site`.
///
/// # Safety
/// See the head of the module.
pub unsafe extern "C" fn sawmill_unwound(ctx: *mut Context, site: u64) {
    // SAFETY: the caller's promise.
    let ctx = unsafe { &mut *ctx };
    ctx.note_call(ctx.error, site);
}

fn word(result: Result<(), Fault>) -> u64 {
    result.map_or_else(Fault::to_word, |()| 0)
}
