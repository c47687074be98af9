//! The C of `benches/c`, which says what each function does.
#![allow(unsafe_code, reason = "calls C")]
#![allow(missing_docs, reason = "raw.h has it")]

use std::ffi::c_char;
use std::os::fd::{AsRawFd, BorrowedFd};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Time {
    pub sec: i64,
    pub nsec: u32,
}

#[repr(C)]
pub struct Stat {
    name: *const c_char,
    name_len: u32,
    pub mode: u16,
    pub kind: u8,
    pub size: i64,
    pub mtime: Time,
    pub atime: Time,
    pub ctime: Time,
    pub uid: u32,
    pub gid: u32,
    pub nlink: u32,
    pub ino: u64,
    pub dev: u64,
    pub blocks: u64,
}

#[repr(C)]
struct Raw {
    rows: *mut Stat,
    len: usize,
    names: *mut c_char,
    names_len: usize,
}

/// A compute benchmark of `compute.h`: takes a size, fills in what it gives.
type Compute = extern "C" fn(i64, &mut [f64; 3]);

mod raw {
    use super::Raw;
    use std::ffi::c_int;
    unsafe extern "C" {
        pub(super) fn c_sum_sizes(dirfd: c_int) -> i64;
        pub(super) fn c_collect(dirfd: c_int, out: *mut Raw) -> i64;
        pub(super) fn c_free(out: *mut Raw);
        pub(super) safe fn c_getppid_loop(n: u64) -> i64;
        pub(super) safe fn c_nop_syscall_loop(n: u64) -> i64;
        pub(super) safe fn c_fib(n: i64, out: &mut [f64; 3]);
        pub(super) safe fn c_fannkuch(n: i64, out: &mut [f64; 3]);
        pub(super) safe fn c_mandelbrot(n: i64, out: &mut [f64; 3]);
        pub(super) safe fn c_nbody(n: i64, out: &mut [f64; 3]);
        pub(super) safe fn c_sieve(n: i64, out: &mut [f64; 3]);
        pub(super) safe fn c_sort(n: i64, out: &mut [f64; 3]);
        pub(super) safe fn c_spectral(n: i64, out: &mut [f64; 3]);
        pub(super) safe fn c_words(n: i64, out: &mut [f64; 3]);
    }
}

/// Rows and their names.
pub struct Collection(Raw);

impl Default for Collection {
    fn default() -> Collection {
        Collection(Raw {
            rows: std::ptr::null_mut(),
            len: 0,
            names: std::ptr::null_mut(),
            names_len: 0,
        })
    }
}

impl Collection {
    pub fn collect(&mut self, dir: BorrowedFd<'_>) {
        // SAFETY: the collection is all zero or what an earlier call left, as raw.h wants it.
        let count = unsafe { raw::c_collect(dir.as_raw_fd(), &mut self.0) };
        assert!(count >= 0, "c_collect: errno {}", -count);
    }

    pub fn rows(&self) -> &[Stat] {
        if self.0.rows.is_null() {
            return &[];
        }
        // SAFETY: `len` rows were written there, and nobody writes while they are borrowed.
        unsafe { std::slice::from_raw_parts(self.0.rows, self.0.len) }
    }
}

impl Drop for Collection {
    fn drop(&mut self) {
        // SAFETY: as in `collect`.
        unsafe { raw::c_free(&mut self.0) };
    }
}

pub fn sum_sizes(dir: BorrowedFd<'_>) -> i64 {
    // SAFETY: it takes any number for a descriptor.
    let sum = unsafe { raw::c_sum_sizes(dir.as_raw_fd()) };
    assert!(sum >= 0, "c_sum_sizes: errno {}", -sum);
    sum
}

/// What the compute benchmark of that name gives for a size; it fills in from the front.
pub fn compute(name: &str, n: i64) -> [f64; 3] {
    let run: Compute = match name {
        "fib" => raw::c_fib,
        "fannkuch" => raw::c_fannkuch,
        "mandelbrot" => raw::c_mandelbrot,
        "nbody" => raw::c_nbody,
        "sieve" => raw::c_sieve,
        "sort" => raw::c_sort,
        "spectral" => raw::c_spectral,
        "words" => raw::c_words,
        other => panic!("there is no {other} in C"),
    };
    let mut out = [0.0; 3];
    run(n, &mut out);
    out
}

pub fn getppid_loop(n: u64) -> i64 {
    raw::c_getppid_loop(n)
}

pub fn nop_syscall_loop(n: u64) -> i64 {
    raw::c_nop_syscall_loop(n)
}
