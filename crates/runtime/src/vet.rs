//! A look at what a program has opened, before it gets it.
//!
//! A file can be memory: `/proc/self/mem` is that of this process, and writing to it changes what no type or bound
//! protects; so is `/dev/mem` for whoever may open it. Programs do not get them, whatever path led there: what was opened
//! is looked at, not what it was called. Other doors of that kind (`/proc/self/fd/N`, what is mounted elsewhere) lead to
//! the same files.
#![allow(
    unsafe_code,
    reason = "fstat and fstatfs write to structures of this function's own"
)]

use std::mem::MaybeUninit;

/// The character devices that are memory: `/dev/mem`, `/dev/kmem`, `/dev/port` (Documentation/admin-guide/devices.txt).
const MEMORY: (u32, &[u32]) = (1, &[1, 2, 4]);

/// Whether what is open at `fd`, for more than reaching it, may be a program's; else an errno.
pub(crate) fn vet(fd: i32) -> Result<(), i32> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: fstat writes a `struct stat` there, or fails.
    let failed = unsafe { libc::fstat(fd, stat.as_mut_ptr()) } != 0;
    if failed {
        return Err(errno());
    }
    // SAFETY: it was written.
    let stat = unsafe { stat.assume_init() };
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFCHR => {
            let device = (libc::major(stat.st_rdev), libc::minor(stat.st_rdev));
            match device.0 == MEMORY.0 && MEMORY.1.contains(&device.1) {
                true => Err(libc::EACCES),
                false => Ok(()),
            }
        }
        // What is memory says that it is empty, and its file system has no device.
        libc::S_IFREG if stat.st_size == 0 && libc::major(stat.st_dev) == 0 => proc_file(fd),
        _ => Ok(()),
    }
}

/// The same of a file that could be one of procfs.
fn proc_file(fd: i32) -> Result<(), i32> {
    let mut system = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: fstatfs writes a `struct statfs` there, or fails.
    let failed = unsafe { libc::fstatfs(fd, system.as_mut_ptr()) } != 0;
    if failed {
        return Err(errno());
    }
    // SAFETY: it was written.
    let system = unsafe { system.assume_init() };
    if system.f_type as u64 != libc::PROC_SUPER_MAGIC as u64 {
        return Ok(());
    }
    // Where its name cannot be told, nothing speaks for it.
    let name = std::fs::read_link(format!("/proc/self/fd/{fd}"));
    match name.as_deref().map(|path| path.ends_with("mem")) {
        Ok(false) => Ok(()),
        _ => Err(libc::EACCES),
    }
}

fn errno() -> i32 {
    std::io::Error::last_os_error()
        .raw_os_error()
        .unwrap_or(libc::EIO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsRawFd;

    #[test]
    fn memory_is_refused_by_what_it_is() {
        let vet = |path: &str| vet(File::open(path).expect("opens").as_raw_fd());
        for path in [
            "/proc/self/mem",
            "/proc/thread-self/mem",
            "/proc/self/task/../mem",
        ] {
            assert_eq!(vet(path), Err(libc::EACCES), "{path}");
        }
        for path in [
            "/proc/self/status",
            "/proc/meminfo",
            "/dev/null",
            "/dev/zero",
            "/",
            "/etc/passwd",
        ] {
            assert_eq!(vet(path), Ok(()), "{path}");
        }
        assert_eq!(super::vet(-1), Err(libc::EBADF));
    }
}
