//! How deep native code can go, and a stack that is deep enough.
//!
//! Calls nest at most as deep as the call graph is, or as the depth counter allows; frames have known sizes. So the
//! stack that a program can use is known before it runs. What is little is used of the caller's stack; a program that
//! needs more, which is one that recurses, runs on a stack of its own with a guard page below. So no program
//! overflows a stack that has that little left; on one that has not, it ends at the guard page, since frames that are
//! larger than a page are probed.
#![allow(
    unsafe_code,
    reason = "maps a stack and switches to it, which is a matter of one register and an assembler's"
)]

use crate::abi::Callee;
use crate::compile::callees;
use sawmill_ir::interp::MAX_DEPTH;
use sawmill_ir::module::{FuncId, Module};
use sawmill_runtime::context::Context;
use std::io;
use std::ptr::NonNull;

/// What the caller's stack is trusted to have left for compiled code, beside what helpers need.
const LITTLE: u64 = 64 << 10;
/// What helpers need: the runtime, the kernel behind a hook, and a host's sink for rows, which may expect the stack of a
/// thread. What is not touched costs nothing.
const HELPERS: u64 = 2 << 20;
/// Beside its frame a call takes the return address and the saved frame pointer; the rest is alignment.
const PER_CALL: u64 = 32;
const PAGE: usize = 64 << 10;

/// How many bytes of stack a program can use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Need(u64);

/// The way into compiled code.
pub(crate) type Entry = extern "C" fn(*mut Context, *const u64) -> u64;

impl Need {
    /// Of a module whose functions have these frames.
    pub(crate) fn of(module: &Module, frame: impl Fn(Callee) -> Option<u64>) -> Need {
        let of = |callee| frame(callee).unwrap_or(0) + PER_CALL;
        let frames: Vec<u64> = module.funcs.keys().map(|id| of(Callee::Func(id))).collect();
        let deepest = match depths(module, &frames) {
            Some(depths) => depths.get(module.entry.0 as usize).copied().unwrap_or(0),
            None => (MAX_DEPTH + 1) * frames.iter().copied().max().unwrap_or(0),
        };
        Need(deepest.saturating_add(of(Callee::Entry)))
    }

    /// Runs compiled code on a stack that has so much.
    pub(crate) fn run(self, entry: Entry, ctx: &mut Context, args: &[u64]) -> io::Result<u64> {
        if self.0 <= LITTLE {
            return Ok(entry(ctx, args.as_ptr()));
        }
        let stack = Stack::new(self.0 + HELPERS)?;
        // SAFETY: the stack is mapped, ours alone, and lives until the call is back; its top is aligned to a page. It
        // has room for what compiled code and its helpers use.
        Ok(unsafe { on_stack(ctx, args.as_ptr(), entry, stack.top()) })
    }
}

/// The deepest that each function goes, itself included; `None` if there is recursion. Iterative.
fn depths(module: &Module, frames: &[u64]) -> Option<Vec<u64>> {
    let mut depth: Vec<Option<u64>> = vec![None; frames.len()];
    let mut on_path = vec![false; frames.len()];
    let calls = |f: usize| callees(module, FuncId(f as u32));
    for start in 0..frames.len() {
        if depth[start].is_some() {
            continue;
        }
        let mut path = vec![(start, calls(start), 0, 0)];
        on_path[start] = true;
        while let Some((func, next, at, below)) = path.last_mut() {
            if let Some(&callee) = next.get(*at) {
                *at += 1;
                match depth.get(callee).copied().flatten() {
                    Some(known) => *below = known.max(*below),
                    None if on_path[callee] => return None,
                    None => {
                        *at -= 1;
                        on_path[callee] = true;
                        path.push((callee, calls(callee), 0, 0));
                    }
                }
            } else {
                depth[*func] = Some(frames[*func] + *below);
                on_path[*func] = false;
                path.pop();
            }
        }
    }
    depth.into_iter().collect()
}

/// A mapped stack with a guard below.
struct Stack {
    start: NonNull<u8>,
    size: usize,
}

impl Stack {
    fn new(bytes: u64) -> io::Result<Stack> {
        let size = usize::try_from(bytes)
            .ok()
            .and_then(|n| n.checked_next_multiple_of(PAGE)?.checked_add(PAGE))
            .ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_STACK;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a fresh anonymous mapping at no particular address replaces nothing.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), size, access, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
        let stack = Stack { start, size };
        // SAFETY: the first pages of the mapping, which nobody uses yet.
        let guarded = unsafe { libc::mprotect(start.as_ptr().cast(), PAGE, libc::PROT_NONE) };
        match guarded {
            0 => Ok(stack),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn top(&self) -> *mut u8 {
        // SAFETY: one past the end of the mapping.
        unsafe { self.start.as_ptr().add(self.size) }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping that was made; nothing runs on it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
    }
}

/// Calls `entry(ctx, args)` with the stack pointer at `top`.
///
/// # Safety
/// `top` has to be the end of a mapped stack, aligned to 16, that is deep enough and that nothing else uses.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn on_stack(
    ctx: *mut Context,
    args: *const u64,
    entry: Entry,
    top: *mut u8,
) -> u64 {
    // rbp is the callee's to keep: it holds the old stack meanwhile.
    std::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "mov rsp, rcx",
        "call rdx",
        "mov rsp, rbp",
        "pop rbp",
        "ret",
    )
}

/// Calls `entry(ctx, args)` with the stack pointer at `top`.
///
/// # Safety
/// `top` has to be the end of a mapped stack, aligned to 16, that is deep enough and that nothing else uses.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn on_stack(
    ctx: *mut Context,
    args: *const u64,
    entry: Entry,
    top: *mut u8,
) -> u64 {
    // x29 is the callee's to keep: it holds the old stack meanwhile.
    std::arch::naked_asm!(
        "stp x29, x30, [sp, #-16]!",
        "mov x29, sp",
        "mov sp, x3",
        "blr x2",
        "mov sp, x29",
        "ldp x29, x30, [sp], #16",
        "ret",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_of_its_own_can_be_used_to_the_last_byte_asked_for() {
        let stack = Stack::new(300_000).unwrap();
        // SAFETY: within the mapping, above the guard.
        unsafe {
            stack.top().sub(1).write_volatile(1);
            stack.top().sub(300_000).write_volatile(1);
        }
        assert_eq!(stack.top() as usize % 16, 0);
    }
}
