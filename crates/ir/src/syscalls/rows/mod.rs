//! The rows: the typed ways in which an instruction may make a call, by theme.
//!
//! A row is `KONST "name" (arguments) result "documentation" { what differs from most };`. Without documentation it has
//! that of its call in the catalogue, which also has the number. The name up to a point is the kernel's.

mod files;
mod later;
mod names;
mod processes;
mod system;
mod times;

use super::catalogue::{self, Call};
use super::{Arg, Eintr, Refer, Ret, Syscall};
use crate::flags::{FlagSet, at};
use crate::rights::Rights;

macro_rules! rows {
    ($($konst:ident $name:literal ($($arg:expr),*) $ret:ident $(($object:ident))? $($doc:literal)? { $($field:ident: $value:expr),* };)*) => {
        use crate::syscalls::rows::*;

        $(pub(super) static $konst: Syscall = {
            const ARGS: &[Arg] = &[$($arg),*];
            Syscall { $($field: $value,)* ..row($name, ARGS, Ret::$ret $((crate::syscalls::Object::$object))?, &[$($doc)?]) }
        };)*
    };
}
use rows;

/// What most rows are: the rest of one that has this name, these arguments, this result and, maybe, documentation.
const fn row(
    name: &'static str,
    args: &'static [Arg],
    ret: Ret,
    doc: &'static [&'static str],
) -> Syscall {
    let call = call_of(name);
    Syscall {
        name,
        kernel: call.name,
        call,
        args,
        ret,
        query: false,
        blocks: false,
        eintr: Eintr::Never,
        errnos: &[],
        power: None,
        needs: &[],
        refer: Refer::No,
        fallback: None,
        doc: match doc {
            [] => call.doc,
            [doc, ..] => doc,
        },
    }
}

/// The call that a row of this name makes. A name that is no call's does not compile.
const fn call_of(name: &str) -> &'static Call {
    let bytes = name.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b'.' {
        end += 1;
    }
    match catalogue::named(name.split_at(end).0) {
        Some(call) => call,
        None => panic!("no call of that name"),
    }
}

/// Flags, of which none has to be there.
const fn flags(set: FlagSet, may: u32) -> Arg {
    Arg::Flags { set, must: 0, may }
}

/// What takes a name and follows nothing.
const NOFOLLOW: Arg = Arg::Flags {
    set: FlagSet::At,
    must: at::SYMLINK_NOFOLLOW,
    may: 0,
};

/// What takes an open file by the empty path.
const BY_FILE: Arg = Arg::Flags {
    set: FlagSet::At,
    must: at::EMPTY_PATH,
    may: 0,
};

const NONE: Rights = Rights::NONE;
const STAT: Rights = Rights::STAT;
const META: Rights = Rights::META;

macro_rules! list {
    ($($module:ident { $($variant:ident $konst:ident;)* })*) => {
        /// Which row of the table.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        pub enum Sys {
            $($(#[allow(missing_docs, reason = "the row has the documentation")] $variant,)*)*
        }
        impl Sys {
            /// All rows.
            pub const ALL: &'static [Sys] = &[$($(Sys::$variant),*),*];
            /// The row.
            pub fn row(self) -> &'static Syscall {
                static ROWS: &[&Syscall] = &[$($(&$module::$konst),*),*];
                ROWS[self as usize]
            }
        }
    };
}

list! {
    names {
        Openat2Dir OPENAT2_DIR;
        Openat2File OPENAT2_FILE;
        Openat2Listing OPENAT2_LISTING;
        Openat2Read OPENAT2_READ;
        Openat2Write OPENAT2_WRITE;
        Openat2ReadWrite OPENAT2_READ_WRITE;
        Openat2Create OPENAT2_CREATE;
        Openat2CreateRead OPENAT2_CREATE_READ;
        Openat2Temp OPENAT2_TEMP;
        Statx STATX_NAME;
        StatxFile STATX_FILE;
        StatxDir STATX_DIR;
        Newfstatat NEWFSTATAT;
        Faccessat2 FACCESSAT2;
        Faccessat2File FACCESSAT2_FILE;
        Mkdirat MKDIRAT;
        Mknodat MKNODAT;
        Unlinkat UNLINKAT;
        Renameat2 RENAMEAT2;
        Renameat2Exchange RENAMEAT2_EXCHANGE;
        Linkat LINKAT;
        Symlinkat SYMLINKAT;
        Readlinkat READLINKAT;
        ReadlinkatFile READLINKAT_FILE;
        Fchmodat2 FCHMODAT2;
        Fchmodat2File FCHMODAT2_FILE;
        Fchownat FCHOWNAT;
        FchownatFile FCHOWNAT_FILE;
        Utimensat UTIMENSAT;
        UtimensatFile UTIMENSAT_FILE;
        Listxattrat LISTXATTRAT;
        Removexattrat REMOVEXATTRAT;
        FileGetattr FILE_GETATTR;
        Getcwd GETCWD;
    }
    files {
        Read READ_FILE;
        Write WRITE_FILE;
        Pread64 PREAD64;
        Pwrite64 PWRITE64;
        Lseek LSEEK;
        Ftruncate FTRUNCATE;
        Fallocate FALLOCATE;
        Fsync FSYNC;
        Fdatasync FDATASYNC;
        Syncfs SYNCFS;
        SyncFileRange SYNC_FILE_RANGE;
        Fadvise64 FADVISE64;
        Readahead READAHEAD;
        CopyFileRange COPY_FILE_RANGE;
        CopyFileRangeAt COPY_FILE_RANGE_AT;
        Sendfile SENDFILE;
        SendfileAt SENDFILE_AT;
        Flock FLOCK;
        Fstat FSTAT;
        Fstatfs FSTATFS;
        Fchmod FCHMOD;
        Fchown FCHOWN;
        Fgetxattr FGETXATTR;
        Fsetxattr FSETXATTR;
        Flistxattr FLISTXATTR;
        Fremovexattr FREMOVEXATTR;
        Getdents64 GETDENTS64;
        FcntlGetfl FCNTL_GETFL;
        FcntlGetSeals FCNTL_GET_SEALS;
        FcntlAddSeals FCNTL_ADD_SEALS;
        IoctlFiclone IOCTL_FICLONE;
        Close CLOSE;
    }
    times {
        ClockGettime CLOCK_GETTIME;
        ClockGetres CLOCK_GETRES;
        ClockSettime CLOCK_SETTIME;
        ClockNanosleep CLOCK_NANOSLEEP;
        ClockNanosleepUntil CLOCK_NANOSLEEP_UNTIL;
        Nanosleep NANOSLEEP;
        Gettimeofday GETTIMEOFDAY;
    }
    processes {
        Getpid GETPID;
        Getppid GETPPID;
        Gettid GETTID;
        Getuid GETUID;
        Geteuid GETEUID;
        Getgid GETGID;
        Getegid GETEGID;
        Getresuid GETRESUID;
        Getresgid GETRESGID;
        Getcpu GETCPU;
        Getpgid GETPGID;
        Getsid GETSID;
        Getrusage GETRUSAGE;
        Prlimit64 PRLIMIT64;
        Prlimit64Of PRLIMIT64_OF;
        Getpriority GETPRIORITY;
        Setpriority SETPRIORITY;
        IoprioGet IOPRIO_GET;
        IoprioSet IOPRIO_SET;
        SchedYield SCHED_YIELD;
        SchedGetscheduler SCHED_GETSCHEDULER;
        SchedGetparam SCHED_GETPARAM;
        SchedGetattr SCHED_GETATTR;
        SchedGetPriorityMax SCHED_GET_PRIORITY_MAX;
        SchedGetPriorityMin SCHED_GET_PRIORITY_MIN;
        SchedRrGetInterval SCHED_RR_GET_INTERVAL;
        Kill KILL;
        KillSignal KILL_SIGNAL;
        Tgkill TGKILL;
    }
    system {
        Uname UNAME;
        Sysinfo SYSINFO;
        Getrandom GETRANDOM;
        Sync SYNC;
    }
    later {
        Socket SOCKET;
        Socketpair SOCKETPAIR;
        Bind BIND_SOCKET;
        Listen LISTEN;
        Accept4 ACCEPT4;
        Connect CONNECT;
        Getsockname GETSOCKNAME;
        Getpeername GETPEERNAME;
        Sendto SENDTO;
        Recvfrom RECVFROM;
        Sendmsg SENDMSG;
        Recvmsg RECVMSG;
        Shutdown SHUTDOWN;
        Setsockopt SETSOCKOPT;
        Getsockopt GETSOCKOPT;
        Pipe2 PIPE2;
        Splice SPLICE_IN;
        SpliceOut SPLICE_OUT;
        Tee TEE;
        MemfdCreate MEMFD_CREATE;
        Cachestat CACHESTAT;
        Getxattrat GETXATTRAT;
        Setxattrat SETXATTRAT;
        FileSetattr FILE_SETATTR;
        EpollCreate1 EPOLL_CREATE1;
        EpollCtl EPOLL_CTL;
        EpollPwait2 EPOLL_PWAIT2;
        Ppoll PPOLL;
        Eventfd2 EVENTFD2;
        InotifyInit1 INOTIFY_INIT1;
        InotifyAddWatch INOTIFY_ADD_WATCH;
        InotifyRmWatch INOTIFY_RM_WATCH;
        TimerfdCreate TIMERFD_CREATE;
        TimerfdSettime TIMERFD_SETTIME;
        TimerfdGettime TIMERFD_GETTIME;
        Signalfd4 SIGNALFD4;
        PidfdOpen PIDFD_OPEN;
        PidfdSendSignal PIDFD_SEND_SIGNAL;
        Waitid WAITID;
        Clone3 CLONE3;
        Execveat EXECVEAT;
        Dup3 DUP3;
        CloseRange CLOSE_RANGE;
        Fchdir FCHDIR;
        Setpgid SETPGID;
        Setsid SETSID;
        SchedSetaffinity SCHED_SETAFFINITY;
        SchedSetscheduler SCHED_SETSCHEDULER;
        SchedSetparam SCHED_SETPARAM;
        SchedSetattr SCHED_SETATTR;
    }
}
