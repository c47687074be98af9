//! The flag sets against the kernel's headers in `linux-raw-sys`, or the crate `libc` where those lack a flag: on the
//! architecture that this runs on.

use linux_raw_sys::{general, net};
use sawmill_ir::Arch;
use sawmill_ir::flags::{FlagSet, Flags, at, open};
use std::collections::{HashMap, HashSet};

/// What the witnesses say a flag is, as the 32 bits that C has for it.
fn witnesses() -> HashMap<&'static str, u32> {
    macro_rules! flags {
        ($source:ident: $($name:ident)*) => {
            vec![$((stringify!($name), $source::$name as u32)),*]
        };
    }
    let general = flags! { general:
        CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID
        CLOCK_MONOTONIC_RAW CLOCK_REALTIME_COARSE CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME
        CLOCK_REALTIME_ALARM CLOCK_BOOTTIME_ALARM CLOCK_TAI TIMER_ABSTIME GRND_NONBLOCK
        GRND_RANDOM GRND_INSECURE PRIO_PROCESS PRIO_PGRP PRIO_USER RUSAGE_SELF
        RUSAGE_CHILDREN RUSAGE_THREAD RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK
        RLIMIT_CORE RLIMIT_RSS RLIMIT_NPROC RLIMIT_NOFILE RLIMIT_MEMLOCK RLIMIT_AS
        RLIMIT_LOCKS RLIMIT_SIGPENDING RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO
        RLIMIT_RTTIME SCHED_FIFO SCHED_RR SCHED_BATCH SCHED_IDLE SCHED_DEADLINE SCHED_EXT
        SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV
        SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN
        SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS
        WNOHANG WSTOPPED WEXITED WCONTINUED WNOWAIT P_ALL P_PID P_PGID P_PIDFD EPOLLIN
        EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLEXCLUSIVE EPOLLWAKEUP
        EPOLLONESHOT EPOLLET EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD EPOLL_CLOEXEC
        POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDHUP IN_ACCESS IN_MODIFY
        IN_ATTRIB IN_CLOSE_WRITE IN_CLOSE_NOWRITE IN_OPEN IN_MOVED_FROM IN_MOVED_TO
        IN_CREATE IN_DELETE IN_DELETE_SELF IN_MOVE_SELF IN_UNMOUNT IN_Q_OVERFLOW
        IN_IGNORED IN_ONLYDIR IN_DONT_FOLLOW IN_EXCL_UNLINK IN_MASK_CREATE IN_MASK_ADD
        IN_ISDIR IN_ONESHOT IN_CLOEXEC IN_NONBLOCK EFD_SEMAPHORE EFD_CLOEXEC EFD_NONBLOCK
        TFD_CLOEXEC TFD_NONBLOCK TFD_TIMER_ABSTIME TFD_TIMER_CANCEL_ON_SET O_RDONLY
        O_DIRECTORY O_NOFOLLOW O_CLOEXEC O_PATH O_NOCTTY O_NONBLOCK O_WRONLY O_RDWR
        O_CREAT O_EXCL O_TRUNC O_APPEND O_DSYNC O_SYNC O_DIRECT O_LARGEFILE O_NOATIME
        O_TMPFILE AT_SYMLINK_NOFOLLOW AT_NO_AUTOMOUNT AT_EMPTY_PATH AT_EACCESS
        AT_SYMLINK_FOLLOW AT_STATX_FORCE_SYNC AT_STATX_DONT_SYNC AT_RECURSIVE
        STATX_BASIC_STATS STATX_BTIME STATX_TYPE STATX_MODE STATX_NLINK STATX_UID
        STATX_GID STATX_ATIME STATX_MTIME STATX_CTIME STATX_INO STATX_SIZE STATX_BLOCKS
        STATX_MNT_ID STATX_DIOALIGN STATX_MNT_ID_UNIQUE STATX_SUBVOL STATX_WRITE_ATOMIC
        STATX_DIO_READ_ALIGN STATX_ATTR_COMPRESSED STATX_ATTR_IMMUTABLE STATX_ATTR_APPEND
        STATX_ATTR_NODUMP STATX_ATTR_ENCRYPTED STATX_ATTR_AUTOMOUNT STATX_ATTR_MOUNT_ROOT
        STATX_ATTR_VERITY STATX_ATTR_DAX STATX_ATTR_WRITE_ATOMIC AT_REMOVEDIR
        RESOLVE_NO_XDEV RESOLVE_NO_MAGICLINKS RESOLVE_NO_SYMLINKS RESOLVE_BENEATH
        RESOLVE_IN_ROOT RESOLVE_CACHED RENAME_NOREPLACE RENAME_EXCHANGE RENAME_WHITEOUT
        R_OK W_OK X_OK XATTR_CREATE XATTR_REPLACE FALLOC_FL_KEEP_SIZE FALLOC_FL_PUNCH_HOLE
        FALLOC_FL_COLLAPSE_RANGE FALLOC_FL_ZERO_RANGE FALLOC_FL_INSERT_RANGE
        FALLOC_FL_UNSHARE_RANGE FALLOC_FL_WRITE_ZEROES SYNC_FILE_RANGE_WAIT_BEFORE
        SYNC_FILE_RANGE_WRITE SYNC_FILE_RANGE_WAIT_AFTER POSIX_FADV_NORMAL
        POSIX_FADV_RANDOM POSIX_FADV_SEQUENTIAL POSIX_FADV_WILLNEED POSIX_FADV_DONTNEED
        POSIX_FADV_NOREUSE SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE LOCK_SH LOCK_EX
        LOCK_NB LOCK_UN F_RDLCK F_WRLCK F_UNLCK F_SEAL_SEAL F_SEAL_SHRINK F_SEAL_GROW
        F_SEAL_WRITE F_SEAL_FUTURE_WRITE F_SEAL_EXEC MFD_CLOEXEC MFD_ALLOW_SEALING
        MFD_HUGETLB MFD_NOEXEC_SEAL MFD_EXEC SPLICE_F_MOVE SPLICE_F_NONBLOCK SPLICE_F_MORE
        SPLICE_F_GIFT S_IFIFO S_IFCHR S_IFDIR S_IFBLK S_IFREG S_IFLNK S_IFSOCK DT_UNKNOWN
        DT_FIFO DT_CHR DT_DIR DT_BLK DT_REG DT_LNK DT_SOCK
    };
    let net = flags! { net:
        AF_UNSPEC AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_ALG AF_VSOCK AF_XDP
        SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SO_REUSEADDR SO_TYPE
        SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF SO_KEEPALIVE SO_OOBINLINE
        SO_PRIORITY SO_LINGER SO_REUSEPORT SO_PASSCRED SO_PEERCRED SO_RCVLOWAT SO_SNDLOWAT
        SO_BINDTODEVICE SO_ACCEPTCONN SO_MARK SO_PROTOCOL SO_DOMAIN SO_INCOMING_CPU
        SO_PEERPIDFD MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_TRUNC MSG_DONTWAIT
        MSG_EOR MSG_WAITALL MSG_CONFIRM MSG_ERRQUEUE MSG_NOSIGNAL MSG_MORE
        MSG_CMSG_CLOEXEC SHUT_RD SHUT_WR SHUT_RDWR
    };
    let libc = flags! { libc:
        SCHED_OTHER SFD_CLOEXEC SFD_NONBLOCK O_ASYNC SOCK_NONBLOCK SOCK_CLOEXEC
        MSG_WAITFORONE MSG_ZEROCOPY MSG_FASTOPEN
    };
    general.into_iter().chain(net).chain(libc).collect()
}

/// No crate has them; `include/uapi/linux/ioprio.h` does.
const WITHOUT: [&str; 3] = ["IOPRIO_WHO_PROCESS", "IOPRIO_WHO_PGRP", "IOPRIO_WHO_USER"];

#[test]
fn flags_are_those_of_the_headers() {
    let mut witnesses = witnesses();
    for set in FlagSet::ALL {
        for (i, row) in set.rows().iter().enumerate() {
            let bits = 1 << i;
            let number = Flags { set: *set, bits }.number(Arch::HOST);
            // An `int` that is negative goes to the kernel sign-extended.
            assert!(number == u64::MAX || number <= u32::MAX.into(), "{}", row.0);
            let witness = witnesses.remove(row.0);
            if WITHOUT.contains(&row.0) {
                assert_eq!(witness, None);
            } else {
                assert_eq!(witness, Some(number as u32), "{}", row.0);
            }
        }
    }
    assert!(witnesses.is_empty(), "{witnesses:?} have no row");
}

/// On the other architecture too, as far as it can be said here: only these differ, and they do by as much.
#[test]
fn few_flags_differ_between_the_architectures() {
    let differing = FlagSet::ALL.iter().flat_map(|set| set.rows());
    let differing: Vec<_> = differing.filter(|row| row.1 != row.2).copied().collect();
    let want = [
        ("O_DIRECTORY", libc_of("O_DIRECTORY")),
        ("O_NOFOLLOW", libc_of("O_NOFOLLOW")),
        ("O_DIRECT", libc_of("O_DIRECT")),
        ("O_LARGEFILE", libc_of("O_LARGEFILE")),
        ("O_TMPFILE", libc_of("O_TMPFILE")),
    ];
    assert_eq!(
        differing,
        want.map(|(name, (x86, arm))| (name, x86, arm)).to_vec()
    );
}

/// `arch/x86/include/uapi/asm/fcntl.h` leaves them as in `asm-generic`; `arch/arm64/include/uapi/asm/fcntl.h` does not.
fn libc_of(name: &str) -> (u64, u64) {
    match name {
        "O_DIRECTORY" => (1 << 16, 1 << 14),
        "O_NOFOLLOW" => (1 << 17, 1 << 15),
        "O_DIRECT" => (1 << 14, 1 << 16),
        "O_LARGEFILE" => (1 << 15, 1 << 17),
        "O_TMPFILE" => (1 << 22 | 1 << 16, 1 << 22 | 1 << 14),
        _ => (0, 0),
    }
}

#[test]
fn sets_are_whole() {
    let (mut names, mut sets) = (HashSet::new(), HashSet::new());
    for set in FlagSet::ALL {
        let rows = set.rows();
        assert!(sets.insert(set.name()), "{set:?}");
        assert!(set.doc().ends_with('.'), "{set:?}");
        assert!(
            (1..=32).contains(&rows.len()),
            "{set:?} has {} rows, a bit each",
            rows.len()
        );
        for (i, row) in rows.iter().enumerate() {
            assert!(names.insert(row.0), "{} is there twice", row.0);
            let (set, bits) = (*set, 1 << i);
            assert_eq!(Flags::named(row.0), Some(Flags { set, bits }));
            // The number says the flag.
            for (arch, number) in [(Arch::X86_64, row.1), (Arch::Aarch64, row.2)] {
                if set.is_choice() || number != 0 {
                    assert_eq!(set.of(number, arch), (Flags { set, bits }, 0), "{}", row.0);
                }
            }
        }
    }
    assert_eq!(Flags::named("O_NOTHING"), None);
    assert_eq!((open::RDONLY, open::TMPFILE.trailing_zeros()), (1, 19));
    assert_eq!(at::EVERY.count_ones() as usize, FlagSet::At.rows().len());
}
