//! The kernel that is really there.
//!
//! Promises: every pointer that the system call table says is one lies in the run's memory with all that the call
//! reads or writes there, or the call is not made (`EFAULT`). What the rest of the arguments may be is the
//! verifier's business, and the handle table's.
#![allow(
    unsafe_code,
    reason = "makes system calls whose pointers it has tested to lie in memory that it borrows exclusively"
)]

use crate::raw::syscall6;
use sawmill_ir::Arch;
use sawmill_ir::host::Kernel;
use sawmill_ir::layout::{BUF_SLACK, HOW_SIZE, TIMESPEC};
use sawmill_ir::syscalls::catalogue::Version;
use sawmill_ir::syscalls::{Arg, Sys};

/// `PATH_MAX`: beyond so many bytes, the final NUL included, the kernel does not read a path.
pub(crate) const PATH_MAX: usize = 4096;

const EFAULT: i64 = 14;

/// Makes the calls it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealKernel;

impl RealKernel {
    /// The kernel of this process.
    pub fn new() -> RealKernel {
        RealKernel
    }
}

impl Kernel for RealKernel {
    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64 {
        let mut registers = *args;
        if !pointers_lie_in(sys, args, memory) {
            return -EFAULT;
        }
        let base = memory.as_mut_ptr() as u64;
        for (register, arg) in registers.iter_mut().zip(sys.row().args) {
            if arg.is_pointer() {
                *register += base;
            }
        }
        // SAFETY: the rows of the table are calls that touch no memory but through their pointers, which lie in
        // `memory` with all they refer to, and no descriptor but those given, which come from the handle table.
        unsafe { syscall6(sys.number(Arch::HOST).into(), &registers) }
    }

    fn vet(&mut self, fd: i32) -> Result<(), i32> {
        crate::vet::vet(fd)
    }

    fn release(&mut self) -> Option<Version> {
        let mut names = [0; UTSNAME];
        if self.call(Sys::Uname, &[0; 6], &mut names) < 0 {
            return None;
        }
        let release = names.get(RELEASE..)?.split(|b| *b == 0).next()?;
        version(std::str::from_utf8(release).ok()?)
    }

    fn is_native(&self) -> bool {
        true
    }
}

/// The size of `struct new_utsname`, and where its release is.
const UTSNAME: usize = 390;
const RELEASE: usize = 130;

/// The version that a release such as `6.1.0-18-arm64` begins with. From 3.0 on only two numbers tell what there is.
fn version(release: &str) -> Option<Version> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.next()?.parse().ok();
    Some(Version {
        major: number()?,
        minor: number()?,
        patch: 0,
    })
}

/// Makes a call with a copy of what its pointers refer to, and takes back what it wrote into the buffers. For compiled
/// code: that believes the offsets in its memory, and a kernel is anybody's safe code.
pub(crate) fn call_apart(
    kernel: &mut dyn Kernel,
    sys: Sys,
    args: &[u64; 6],
    memory: &mut [u8],
) -> i64 {
    if !pointers_lie_in(sys, args, memory) {
        return -EFAULT;
    }
    let (mut apart, mut moved, mut buffers) = (Vec::new(), *args, Vec::new());
    for (i, arg) in sys.row().args.iter().enumerate() {
        if !arg.is_pointer() {
            continue;
        }
        let at = args[i] as usize;
        let rest = &memory[at..];
        let size = match (size_of_pointee(sys, args, i), arg) {
            // What lies after a buffer belongs to it.
            (Some(size), Arg::BufOut) => rest.len().min((size + BUF_SLACK) as usize),
            (Some(size), _) => size as usize,
            (None, _) => path_size(rest),
        };
        let place = apart.len();
        moved[i] = place as u64;
        apart.extend_from_slice(&rest[..size]);
        apart.resize(apart.len().next_multiple_of(8), 0);
        if arg.is_written() {
            buffers.push((at, place, size));
        }
    }
    let result = kernel.call(sys, &moved, &mut apart);
    for (at, place, size) in buffers {
        memory[at..at + size].copy_from_slice(&apart[place..place + size]);
    }
    result
}

/// Whether all that the call's pointers refer to lies in `memory`.
pub(crate) fn pointers_lie_in(sys: Sys, args: &[u64; 6], memory: &[u8]) -> bool {
    let row = sys.row().args;
    row.iter().enumerate().all(|(i, arg)| {
        if !arg.is_pointer() {
            return true;
        }
        let Some(rest) = usize::try_from(args[i])
            .ok()
            .and_then(|at| memory.get(at..))
        else {
            return false;
        };
        match size_of_pointee(sys, args, i) {
            Some(size) => size <= rest.len() as u64,
            None => rest.len() >= PATH_MAX || rest.contains(&0),
        }
    })
}

/// The size of a path, its NUL included; of one that is longer than the kernel reads, as much as it reads.
fn path_size(bytes: &[u8]) -> usize {
    let read = &bytes[..bytes.len().min(PATH_MAX)];
    read.iter()
        .position(|b| *b == 0)
        .map_or(read.len(), |nul| nul + 1)
}

/// How many bytes argument `i`, a pointer, refers to; `None` for what ends with a NUL.
fn size_of_pointee(sys: Sys, args: &[u64; 6], i: usize) -> Option<u64> {
    let arg = sys.row().args[i];
    let next = args.get(i + 1).copied().unwrap_or(u64::MAX);
    Some(match arg {
        Arg::StructOut(id) => id.row().size().into(),
        // The size comes next, which is a test of the table.
        Arg::BufOut | Arg::BytesIn | Arg::BytesOut => next,
        Arg::How { .. } => next.max(HOW_SIZE),
        Arg::TimeIn | Arg::DurationIn | Arg::TimePair => arg.times() * TIMESPEC,
        Arg::OffsetIn => 8,
        Arg::Within(_) => 4,
        // No instruction makes it, and whoever else asks for it points nowhere.
        Arg::Later(_) => u64::MAX,
        _ => {
            debug_assert!(arg.is_text(), "{}: what does it point to?", sys.row().name);
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_beyond_memory_are_refused() {
        let mut memory = vec![1; 8192];
        let mut call = |sys, args| RealKernel.call(sys, &args, &mut memory);
        for at in [8192 - 255, 8192, u64::MAX - 8, 1 << 63] {
            assert_eq!(call(Sys::StatxDir, [0, 0, 0, 0, at, 0]), -EFAULT);
        }
        for (at, size) in [(0, 8193), (8191, 2), (1, u64::MAX)] {
            assert_eq!(
                call(Sys::Getdents64, [u64::MAX, at, size, 0, 0, 0]),
                -EFAULT
            );
        }
        // A path without its NUL before the end of memory.
        assert_eq!(call(Sys::Statx, [0, 8000, 0, 0, 0, 0]), -EFAULT);
        // In bounds: the kernel's own answer, for a descriptor that is none.
        assert_eq!(call(Sys::Getdents64, [u64::MAX, 0, 8192, 0, 0, 0]), -9);
    }

    #[test]
    fn the_release_says_the_version() {
        let known = |text| version(text).map(|v| v.to_string());
        for (release, is) in [
            ("6.1.0-18-arm64", "6.1"),
            ("6.18", "6.18"),
            ("5.15.153.1-x", "5.15"),
            ("6.12-rc1+", "6.12"),
        ] {
            assert_eq!(known(release).as_deref(), Some(is));
        }
        for release in ["", "6", "six.one", "6.", "999.1"] {
            assert_eq!(known(release), None, "{release}");
        }
        let told = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("is there");
        assert_eq!(RealKernel.release(), version(&told));
        assert!(RealKernel.release() >= Some(Version::OLDEST), "{told}");
    }

    #[test]
    fn asks_the_kernel() {
        let parent = RealKernel.call(Sys::Getppid, &[0; 6], &mut []);
        assert_eq!(parent, i64::from(std::os::unix::process::parent_id()));
    }
}
