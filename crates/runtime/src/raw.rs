//! A system call as the processor makes it, without a C library in between.
#![allow(
    unsafe_code,
    reason = "there is no other way to enter the kernel; what the call does is the caller's to vouch for"
)]

/// Makes system call `number`. The result is the register as the kernel leaves it: a value, or a negative errno.
///
/// # Safety
/// Pointers among the arguments have to be valid for what this call does with them, and the call must not undermine
/// the memory or the descriptors of this process that others rely on.
#[cfg(target_arch = "x86_64")]
pub(crate) unsafe fn syscall6(number: u64, args: &[u64; 6]) -> i64 {
    let result;
    // SAFETY: the kernel's convention on x86_64: number in rax, arguments in rdi rsi rdx r10 r8 r9, result in rax;
    // rcx and r11 are lost. The rest is the caller's promise.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Makes system call `number`. The result is the register as the kernel leaves it: a value, or a negative errno.
///
/// # Safety
/// Pointers among the arguments have to be valid for what this call does with them, and the call must not undermine
/// the memory or the descriptors of this process that others rely on.
#[cfg(target_arch = "aarch64")]
pub(crate) unsafe fn syscall6(number: u64, args: &[u64; 6]) -> i64 {
    let result;
    // SAFETY: the kernel's convention on AArch64: number in x8, arguments in x0 to x5, result in x0; nothing else is
    // lost. The rest is the caller's promise.
    unsafe {
        std::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") args[0] => result,
            in("x1") args[1], in("x2") args[2], in("x3") args[3], in("x4") args[4], in("x5") args[5],
            options(nostack),
        );
    }
    result
}
