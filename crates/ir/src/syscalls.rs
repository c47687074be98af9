//! The one table of system calls: typed data from which verifier, engines, printer, parser, tracer and
//! documentation derive.
//!
//! A row says how the call's arguments are made from operands, which right the call needs of which operand, what
//! its result is, and whether it can block. A kernel call that is used in several typed ways has a row for each
//! (`statx`, `statx.fd`). **Invariant**: a path operand is taken only by rows of openat2, which can contain its
//! resolution; all others take a directory and one checked component, or a descriptor.

use crate::Arch;
use crate::fault::Fault;
use crate::flags::{
    FlagSet, Flags, at, clock, open, priority, random, rename, rusage, seek, statx_mask, xattr,
};
use crate::powers::Power;
use crate::rights::Rights;
use crate::structs::StructId;
use crate::ty::{Buf, Type};

/// How an argument of the call is made. Each is one register of the call, in the row's order; those that are operands
/// take theirs from the instruction in the same order, and so do those that are immediates.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Arg {
    /// Operand: a directory handle that carries these rights; the call gets its descriptor.
    Dir(Rights),
    /// Operand: a file handle that carries these rights; the call gets its descriptor.
    File(Rights),
    /// Operand: a file or a directory handle that carries these rights; the call gets its descriptor.
    Descriptor(Rights),
    /// Operand: a listing; the call gets its descriptor.
    Listing,
    /// Operand: one checked component; the call gets a pointer to it.
    Name,
    /// Operand: a path; the call gets a pointer to it. Only in rows of openat2.
    Path,
    /// Operand: a path, as text that the call does not resolve: what a symlink says, the name of an attribute.
    Text,
    /// Operand: a number; one that is beyond what the kernel's type holds is [`Fault::BadArgument`], and no call is made.
    Int(Number),
    /// Operand: bytes that the call reads; it gets their address. [`Arg::Len`] comes next.
    BytesIn,
    /// Made: the length of the bytes that went before.
    Len,
    /// Operand: an int, the most bytes that the call shall fill. There is room made for them in the run's memory, and
    /// the call gets its address; a negative number is a bad argument. [`Arg::Room`] comes next.
    BytesOut,
    /// Made: the number of bytes that there is room for.
    Room,
    /// Operand: a time; the call gets a pointer to a `struct timespec` of it.
    TimeIn,
    /// Operand: a duration; the call gets a pointer to a `struct timespec` of it. Of a negative one the seconds are.
    DurationIn,
    /// Two operands: optional times; the call gets a pointer to two of `struct timespec`, where none is `UTIME_OMIT`.
    TimePair,
    /// Immediate: flags that contain `must` and nothing beyond `must | may`.
    Flags {
        /// The set they are of.
        set: FlagSet,
        /// Bits that have to be there.
        must: u32,
        /// Bits that may be there.
        may: u32,
    },
    /// Immediate: exactly one of these.
    One {
        /// The set it is of.
        set: FlagSet,
        /// The bits that it may be.
        of: u32,
    },
    /// Immediate: `struct open_how` with such flags, and the RESOLVE flags of the directory's root. Its mode is 0, or,
    /// with `create`, an operand of type mode.
    How {
        /// Bits that have to be there.
        must: u32,
        /// Bits that may be there.
        may: u32,
        /// Whether it takes a mode.
        create: bool,
    },
    /// Made: the size of `struct open_how`.
    HowSize,
    /// Operand: a byte buffer; the call gets its address.
    BufOut,
    /// Made: the size of the byte buffer that went before.
    BufSize,
    /// Operand: a buffer of this structure; the call gets its address.
    StructOut(StructId),
    /// Made: a pointer to the path ".".
    Dot,
    /// Made: a pointer to the empty path.
    Empty,
    /// Made: this number.
    Const(i64),
}

/// What numbers a register of a call takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Number {
    /// A C `int`, from an int.
    I32,
    /// An `unsigned int`, from an int.
    U32,
    /// A user or group: an `unsigned int`, from an int; -1 is none, which means that it stays as it is.
    Id,
    /// A 64-bit number, from an int.
    I64,
    /// A 64-bit number that is not negative, from an int.
    U64,
    /// A length or an offset that is not negative, from a size.
    Size,
    /// A mode, of 16 bits; those of the file's type are the kernel's to ignore, or not.
    Mode,
}

impl Number {
    /// The type of its operand.
    pub fn ty(self) -> Type {
        match self {
            Number::Size => Type::Size,
            Number::Mode => Type::Mode,
            _ => Type::Int,
        }
    }
    /// The least and the most that it may be.
    pub const fn range(self) -> (i64, i64) {
        match self {
            Number::I32 => (i32::MIN as i64, i32::MAX as i64),
            Number::U32 => (0, u32::MAX as i64),
            Number::Id => (-1, u32::MAX as i64 - 1),
            Number::I64 => (i64::MIN, i64::MAX),
            Number::U64 | Number::Size => (0, i64::MAX),
            Number::Mode => (0, 0o177777),
        }
    }
    /// Whether the register takes this number.
    pub fn holds(self, n: i64) -> bool {
        let (least, most) = self.range();
        least <= n && n <= most
    }
}

/// What comes back.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ret {
    /// Nothing but success.
    Unit,
    /// A number.
    Int,
    /// Bytes: as many of the row's [`Arg::BytesOut`] as the number says, and never more than there was room for.
    Bytes,
    /// A descriptor: an open directory, with at most the rights of the first operand.
    Dir,
    /// A descriptor: an open file, with at most the rights of the first operand. What it was opened for is the kernel's
    /// to know: a read through one that was opened for writing, or for nothing (`O_PATH`), is `EBADF`.
    File,
    /// A descriptor: a listing.
    Listing,
}

/// A right beyond those of the argument's kind, which a flag demands by being there or by not being there.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Need {
    /// Which argument has the flag, by its place in the row.
    pub flags: usize,
    /// The flag: a bit of that argument's set.
    pub bit: u32,
    /// Whether the flag demands it by being there.
    pub set: bool,
    /// Of which argument, by its place in the row: a handle.
    pub of: usize,
    /// What.
    pub rights: Rights,
}

/// Which rights a call could carry from one directory to another, if it were let: so of the two directories of the row
/// (its first two [`Arg::Dir`]) the masks are compared at run time, and a call that gives more is denied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refer {
    /// There is only one directory, or nothing goes from one to the other.
    No,
    /// Something goes from the first to the second: the first's mask has all of the second's.
    There,
    /// And something goes back: the masks are the same.
    Both,
}

impl Refer {
    /// Whether a call may be made with two directories of these rights.
    pub fn test(self, first: Rights, second: Rights) -> Result<(), Fault> {
        let missing = match self {
            Refer::No => Rights::NONE,
            Refer::There => second.minus(first),
            Refer::Both => second.minus(first) | first.minus(second),
        };
        match missing {
            Rights::NONE => Ok(()),
            missing => Err(Fault::Denied(missing)),
        }
    }
}

/// What happens when a signal comes while the call waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Eintr {
    /// It does not wait, or cannot be interrupted.
    Never,
    /// The kernel goes on with it by itself (`SA_RESTART`); without that, `EINTR` is shown.
    Restarted,
    /// `EINTR`, whatever the handler asked for.
    Shown,
}

/// A row of the table.
#[derive(Debug)]
pub struct Syscall {
    /// The name in the IR: the kernel's, with a suffix where a call has several rows.
    pub name: &'static str,
    /// The kernel's name of the call.
    pub kernel: &'static str,
    /// Its number on x86_64.
    pub x86_64: u32,
    /// Its number on AArch64.
    pub aarch64: u32,
    /// Its arguments, in order.
    pub args: &'static [Arg],
    /// Its result.
    pub ret: Ret,
    /// Whether it only looks (so that `pmap` may make it).
    pub query: bool,
    /// Whether it may wait for something other than a disk.
    pub blocks: bool,
    /// What a signal does to it.
    pub eintr: Eintr,
    /// Errors worth naming, and what they mean here.
    pub errnos: &'static [(&'static str, &'static str)],
    /// What it takes besides handles: the power over something that no handle stands for.
    pub power: Option<Power>,
    /// The rights that its flags demand.
    pub needs: &'static [Need],
    /// Whether it could carry rights from a directory to another.
    pub refer: Refer,
    /// The kernel that brought it.
    pub since: &'static str,
    /// What is done on an older kernel that the project still runs on, if anything.
    pub fallback: Option<&'static str>,
    /// One line of documentation.
    pub doc: &'static str,
}

impl Syscall {
    /// What most rows are, to be completed: `Syscall { name: .., ..Syscall::BASE }`.
    pub const BASE: Syscall = Syscall {
        name: "",
        kernel: "",
        x86_64: 0,
        aarch64: 0,
        args: &[],
        ret: Ret::Unit,
        query: false,
        blocks: false,
        eintr: Eintr::Never,
        errnos: &[],
        power: None,
        needs: &[],
        refer: Refer::No,
        since: "1.0",
        fallback: None,
        doc: "",
    };
}

macro_rules! syscalls {
    ($($variant:ident = $row:expr;)*) => {
        /// Which row of the table.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        pub enum Sys {
            $(#[allow(missing_docs, reason = "the row has the documentation")] $variant,)*
        }
        impl Sys {
            /// All rows.
            pub const ALL: &'static [Sys] = &[$(Sys::$variant),*];
            /// The row.
            pub fn row(self) -> &'static Syscall {
                static ROWS: &[Syscall] = &[$($row),*];
                &ROWS[self as usize]
            }
        }
    };
}

const AT_NAME: Arg = Arg::Flags {
    set: FlagSet::At,
    must: at::SYMLINK_NOFOLLOW | at::NO_AUTOMOUNT,
    may: 0,
};
const AT_FD: Arg = Arg::Flags {
    set: FlagSet::At,
    must: at::EMPTY_PATH,
    may: 0,
};
const MASK: Arg = Arg::Flags {
    set: FlagSet::StatxMask,
    must: 0,
    may: statx_mask::BASIC_STATS | statx_mask::BTIME,
};
const STATX: Arg = Arg::StructOut(StructId::Statx);

const WRITTEN: &[(&str, &str)] = &[
    ("ENOSPC", "the file system is full"),
    ("EDQUOT", "the user's quota is used up"),
    ("EBADF", "the file was not opened for writing"),
];
const OPENED: u32 = open::CLOEXEC | open::NOCTTY | open::NONBLOCK;

const fn openat2(must: u32, may: u32) -> Arg {
    Arg::How {
        must: must | OPENED,
        may: may | open::NOFOLLOW,
        create: false,
    }
}
const fn flags(set: FlagSet, may: u32) -> Arg {
    Arg::Flags { set, must: 0, may }
}
const READ_ERRORS: &[(&str, &str)] = &[
    ("EAGAIN", "a FIFO or device has nothing to read now"),
    ("EBADF", "the file was not opened for reading"),
    ("EISDIR", "it is a directory"),
];
const READ_WRITE: Arg = Arg::Dir(Rights::READ.and(Rights::WRITE));
const CREATE_WRITE: Arg = Arg::Dir(Rights::CREATE.and(Rights::WRITE));
const NOFOLLOW: Arg = Arg::Flags {
    set: FlagSet::At,
    must: at::SYMLINK_NOFOLLOW,
    may: 0,
};
const CLOCKS: u32 = (clock::TAI << 1) - 1;

syscalls! {
    Getppid = Syscall {
        name: "getppid", kernel: "getppid", x86_64: 110, aarch64: 173,
        args: &[], ret: Ret::Int, query: true, blocks: false, since: "1.0",
        doc: "The process id of the parent. Never fails.", ..Syscall::BASE
    };
    Openat2Dir = Syscall {
        name: "openat2.dir", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[Arg::Dir(Rights::NONE), Arg::Path,
                Arg::How { must: open::PATH | open::DIRECTORY | open::CLOEXEC, may: open::NOFOLLOW, create: false }, Arg::HowSize],
        ret: Ret::Dir, query: true, blocks: false, since: "5.6",
        doc: "Opens a directory beneath another, without a right to its contents (O_PATH).", ..Syscall::BASE
    };
    Openat2File = Syscall {
        name: "openat2.file", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[Arg::Dir(Rights::NONE), Arg::Path, Arg::How { must: open::PATH | open::CLOEXEC, may: open::NOFOLLOW, create: false }, Arg::HowSize],
        ret: Ret::File, query: true, blocks: false, since: "5.6",
        doc: "Opens whatever a path names, without touching it (O_PATH); a symlink at its end is followed.", ..Syscall::BASE
    };
    Openat2Listing = Syscall {
        name: "openat2.listing", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[Arg::Dir(Rights::LIST), Arg::Dot,
                Arg::How { must: open::RDONLY | open::DIRECTORY | open::CLOEXEC | open::NONBLOCK, may: 0, create: false }, Arg::HowSize],
        ret: Ret::Listing, query: true, blocks: false, since: "5.6",
        doc: "Opens a directory once more to read its entries, with an offset of its own.", ..Syscall::BASE
    };
    Getdents64 = Syscall {
        name: "getdents64", kernel: "getdents64", x86_64: 217, aarch64: 61,
        args: &[Arg::Listing, Arg::BufOut, Arg::BufSize], ret: Ret::Int, query: true, blocks: false, since: "2.4",
        doc: "Reads the next entries of a directory into a buffer; gives the bytes filled, 0 at the end.", ..Syscall::BASE
    };
    Statx = Syscall {
        name: "statx", kernel: "statx", x86_64: 332, aarch64: 291,
        args: &[Arg::Dir(Rights::STAT), Arg::Name, AT_NAME, MASK, STATX],
        ret: Ret::Unit, query: true, blocks: false, since: "4.11",
        doc: "The metadata of a name in a directory; a symlink is not followed.", ..Syscall::BASE
    };
    StatxFile = Syscall {
        name: "statx.file", kernel: "statx", x86_64: 332, aarch64: 291,
        args: &[Arg::File(Rights::STAT), Arg::Empty, AT_FD, MASK, STATX],
        ret: Ret::Unit, query: true, blocks: false, since: "4.11",
        doc: "The metadata of an open file.", ..Syscall::BASE
    };
    StatxDir = Syscall {
        name: "statx.dir", kernel: "statx", x86_64: 332, aarch64: 291,
        args: &[Arg::Dir(Rights::STAT), Arg::Empty, AT_FD, MASK, STATX],
        ret: Ret::Unit, query: true, blocks: false, since: "4.11",
        doc: "The metadata of an open directory.", ..Syscall::BASE
    };
    Getpid = Syscall {
        name: "getpid", kernel: "getpid", x86_64: 39, aarch64: 172,
        args: &[], ret: Ret::Int, query: true,
        doc: "The process id. Never fails.", ..Syscall::BASE
    };
    Gettid = Syscall {
        name: "gettid", kernel: "gettid", x86_64: 186, aarch64: 178,
        args: &[], ret: Ret::Int, since: "2.4.11", query: true,
        doc: "The id of the thread that runs the program. Never fails.", ..Syscall::BASE
    };
    Getuid = Syscall {
        name: "getuid", kernel: "getuid", x86_64: 102, aarch64: 174,
        args: &[], ret: Ret::Int, query: true,
        doc: "The user that the process belongs to. Never fails.", ..Syscall::BASE
    };
    Getpriority = Syscall {
        name: "getpriority", kernel: "getpriority", x86_64: 140, aarch64: 141,
        args: &[Arg::One { set: FlagSet::Priority, of: priority::PROCESS | priority::PGRP | priority::USER }, Arg::Int(Number::I32)], ret: Ret::Int, errnos: &[("ESRCH", "there is no such process")], query: true,
        doc: "The highest priority of processes, of a group or of a user's, as 20 less the nice value; 0 is one's own.", ..Syscall::BASE
    };
    SchedYield = Syscall {
        name: "sched_yield", kernel: "sched_yield", x86_64: 24, aarch64: 124,
        args: &[], ret: Ret::Unit,
        doc: "Lets other threads run first.", ..Syscall::BASE
    };
    Kill = Syscall {
        name: "kill", kernel: "kill", x86_64: 62, aarch64: 129,
        args: &[Arg::Int(Number::I32), Arg::Int(Number::I32)], ret: Ret::Unit, power: Some(Power::Process), errnos: &[("ESRCH", "there is no such process"), ("EPERM", "it is not the user's")],
        doc: "Sends a signal to a process, to a group (negative) or to all (-1); signal 0 only asks whether it could be sent.", ..Syscall::BASE
    };
    Getrandom = Syscall {
        name: "getrandom", kernel: "getrandom", x86_64: 318, aarch64: 278,
        args: &[Arg::BytesOut, Arg::Room, flags(FlagSet::Random, random::NONBLOCK | random::RANDOM | random::INSECURE)], ret: Ret::Bytes, since: "3.17", blocks: true, eintr: Eintr::Shown, errnos: &[("EAGAIN", "with :nonblock, there is no entropy yet")],
        doc: "Random bytes: as many as asked for, or fewer beyond 256.", ..Syscall::BASE
    };
    Uname = Syscall {
        name: "uname", kernel: "uname", x86_64: 63, aarch64: 160,
        args: &[Arg::StructOut(StructId::Utsname)], ret: Ret::Unit, query: true,
        doc: "The names of the system: kernel, host, release, version, machine.", ..Syscall::BASE
    };
    Sysinfo = Syscall {
        name: "sysinfo", kernel: "sysinfo", x86_64: 99, aarch64: 179,
        args: &[Arg::StructOut(StructId::Sysinfo)], ret: Ret::Unit, since: "2.3.23", query: true,
        doc: "How long the system is up, its memory and swap (in units of mem_unit bytes), the number of processes.", ..Syscall::BASE
    };
    Getrusage = Syscall {
        name: "getrusage", kernel: "getrusage", x86_64: 98, aarch64: 165,
        args: &[Arg::One { set: FlagSet::Rusage, of: rusage::SELF | rusage::CHILDREN | rusage::THREAD }, Arg::StructOut(StructId::Rusage)], ret: Ret::Unit, query: true,
        doc: "What the process, its children or the thread have used.", ..Syscall::BASE
    };
    ClockGettime = Syscall {
        name: "clock_gettime", kernel: "clock_gettime", x86_64: 228, aarch64: 113,
        args: &[Arg::One { set: FlagSet::Clock, of: CLOCKS }, Arg::StructOut(StructId::Timespec)], ret: Ret::Unit, since: "2.6", query: true,
        doc: "What a clock says: seconds and nanoseconds.", ..Syscall::BASE
    };
    Nanosleep = Syscall {
        name: "nanosleep", kernel: "nanosleep", x86_64: 35, aarch64: 101,
        args: &[Arg::DurationIn, Arg::Const(0)], ret: Ret::Unit, blocks: true, eintr: Eintr::Shown, errnos: &[("EINTR", "a signal came; what is left is not told"), ("EINVAL", "the duration is negative")],
        doc: "Waits for a duration.", ..Syscall::BASE
    };
    Openat2Read = Syscall {
        name: "openat2.read", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[Arg::Dir(Rights::READ), Arg::Path, openat2(open::RDONLY, 0), Arg::HowSize], ret: Ret::File, since: "5.6", query: true,
        doc: "Opens a file for reading; a FIFO or device is not waited for.", ..Syscall::BASE
    };
    Openat2Write = Syscall {
        name: "openat2.write", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[Arg::Dir(Rights::WRITE), Arg::Path, openat2(open::WRONLY, open::TRUNC | open::APPEND), Arg::HowSize], ret: Ret::File, since: "5.6",
        doc: "Opens a file that is there for writing; a FIFO that nobody reads is ENXIO.", ..Syscall::BASE
    };
    Openat2ReadWrite = Syscall {
        name: "openat2.readwrite", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[READ_WRITE, Arg::Path, openat2(open::RDWR, open::TRUNC | open::APPEND), Arg::HowSize], ret: Ret::File, since: "5.6",
        doc: "Opens a file that is there for reading and writing.", ..Syscall::BASE
    };
    Openat2Create = Syscall {
        name: "openat2.create", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[CREATE_WRITE, Arg::Path, Arg::How { must: open::WRONLY | open::CREAT | OPENED, may: open::EXCL | open::TRUNC | open::APPEND | open::NOFOLLOW, create: true }, Arg::HowSize], ret: Ret::File, since: "5.6", errnos: &[("EEXIST", "with :excl, it is there already")],
        doc: "Opens a file for writing and makes it if it is not there, with a mode from which the umask takes; :excl makes it or fails.", ..Syscall::BASE
    };
    Read = Syscall {
        name: "read", kernel: "read", x86_64: 0, aarch64: 63,
        args: &[Arg::File(Rights::READ), Arg::BytesOut, Arg::Room], ret: Ret::Bytes, blocks: true, eintr: Eintr::Restarted, errnos: READ_ERRORS,
        doc: "The next bytes of a file, at most so many; none at its end.", ..Syscall::BASE
    };
    Pread64 = Syscall {
        name: "pread64", kernel: "pread64", x86_64: 17, aarch64: 67,
        args: &[Arg::File(Rights::READ), Arg::BytesOut, Arg::Room, Arg::Int(Number::Size)], ret: Ret::Bytes, since: "2.1.60", query: true, eintr: Eintr::Restarted, errnos: READ_ERRORS,
        doc: "Bytes of a file from an offset on, at most so many; none at its end.", ..Syscall::BASE
    };
    Write = Syscall {
        name: "write", kernel: "write", x86_64: 1, aarch64: 64,
        args: &[Arg::File(Rights::WRITE), Arg::BytesIn, Arg::Len], ret: Ret::Int, blocks: true, eintr: Eintr::Restarted, errnos: WRITTEN,
        doc: "Writes bytes to a file where it is; gives how many were written.", ..Syscall::BASE
    };
    Pwrite64 = Syscall {
        name: "pwrite64", kernel: "pwrite64", x86_64: 18, aarch64: 68,
        args: &[Arg::File(Rights::WRITE), Arg::BytesIn, Arg::Len, Arg::Int(Number::Size)], ret: Ret::Int, since: "2.1.60", eintr: Eintr::Restarted, errnos: WRITTEN,
        doc: "Writes bytes to a file at an offset (at its end, if it was opened with :append); gives how many were written.", ..Syscall::BASE
    };
    Lseek = Syscall {
        name: "lseek", kernel: "lseek", x86_64: 8, aarch64: 62,
        args: &[Arg::File(Rights::NONE), Arg::Int(Number::I64), Arg::One { set: FlagSet::Seek, of: seek::SET | seek::CUR | seek::END | seek::DATA | seek::HOLE }], ret: Ret::Int, errnos: &[("ESPIPE", "it is a pipe"), ("ENXIO", "there is no data there, or it is beyond the end")],
        doc: "Sets where the next read or write of a file is; gives it.", ..Syscall::BASE
    };
    Ftruncate = Syscall {
        name: "ftruncate", kernel: "ftruncate", x86_64: 77, aarch64: 46,
        args: &[Arg::File(Rights::WRITE), Arg::Int(Number::Size)], ret: Ret::Unit, eintr: Eintr::Restarted,
        doc: "Sets the size of a file: cuts it off, or adds zeros.", ..Syscall::BASE
    };
    Fsync = Syscall {
        name: "fsync", kernel: "fsync", x86_64: 74, aarch64: 82,
        args: &[Arg::File(Rights::NONE)], ret: Ret::Unit, errnos: &[("EIO", "something was lost, maybe of an earlier write")],
        doc: "Waits until what was written to a file is on the disk.", ..Syscall::BASE
    };
    Fchmod = Syscall {
        name: "fchmod", kernel: "fchmod", x86_64: 91, aarch64: 52,
        args: &[Arg::File(Rights::META), Arg::Int(Number::Mode)], ret: Ret::Unit,
        doc: "Sets the permission bits of an open file.", ..Syscall::BASE
    };
    Mkdirat = Syscall {
        name: "mkdirat", kernel: "mkdirat", x86_64: 258, aarch64: 34,
        args: &[Arg::Dir(Rights::CREATE), Arg::Name, Arg::Int(Number::Mode)], ret: Ret::Unit, since: "2.6.16", errnos: &[("EEXIST", "there is something of that name")],
        doc: "Makes a directory, with a mode from which the umask takes.", ..Syscall::BASE
    };
    Unlinkat = Syscall {
        name: "unlinkat", kernel: "unlinkat", x86_64: 263, aarch64: 35,
        args: &[Arg::Dir(Rights::REMOVE), Arg::Name, flags(FlagSet::At, at::REMOVEDIR)], ret: Ret::Unit, since: "2.6.16", errnos: &[("EISDIR", "it is a directory, and :removedir is not there"), ("ENOTEMPTY", "the directory is not empty")],
        doc: "Removes a name; with :removedir an empty directory.", ..Syscall::BASE
    };
    Renameat2 = Syscall {
        name: "renameat2", kernel: "renameat2", x86_64: 316, aarch64: 276,
        args: &[Arg::Dir(Rights::RENAME), Arg::Name, Arg::Dir(Rights::RENAME), Arg::Name, flags(FlagSet::Rename, rename::NOREPLACE)], ret: Ret::Unit, since: "3.15", needs: &[Need { flags: 4, bit: rename::NOREPLACE, set: false, of: 2, rights: Rights::REMOVE }], refer: Refer::There, errnos: &[("EXDEV", "the directories are on different file systems"), ("EEXIST", "with :noreplace, there is something of that name")],
        doc: "Gives a file another name, maybe in another directory; what has that name is replaced, if not :noreplace.", ..Syscall::BASE
    };
    Renameat2Exchange = Syscall {
        name: "renameat2.exchange", kernel: "renameat2", x86_64: 316, aarch64: 276,
        args: &[Arg::Dir(Rights::RENAME), Arg::Name, Arg::Dir(Rights::RENAME), Arg::Name, Arg::Flags { set: FlagSet::Rename, must: rename::EXCHANGE, may: 0 }], ret: Ret::Unit, since: "3.15", refer: Refer::Both, errnos: &[("EXDEV", "the directories are on different file systems")],
        doc: "Exchanges two names at once.", ..Syscall::BASE
    };
    Linkat = Syscall {
        name: "linkat", kernel: "linkat", x86_64: 265, aarch64: 37,
        args: &[Arg::Dir(Rights::LINK), Arg::Name, Arg::Dir(Rights::CREATE), Arg::Name, Arg::Const(0)], ret: Ret::Unit, since: "2.6.16", refer: Refer::There, errnos: &[("EXDEV", "the directories are on different file systems"), ("EPERM", "it is a directory, or not the user's to link")],
        doc: "Gives a file one more name; a symlink is not followed.", ..Syscall::BASE
    };
    Symlinkat = Syscall {
        name: "symlinkat", kernel: "symlinkat", x86_64: 266, aarch64: 36,
        args: &[Arg::Text, Arg::Dir(Rights::CREATE), Arg::Name], ret: Ret::Unit, since: "2.6.16", errnos: &[("EEXIST", "there is something of that name")],
        doc: "Makes a symlink that says a path, which is not looked at.", ..Syscall::BASE
    };
    Readlinkat = Syscall {
        name: "readlinkat", kernel: "readlinkat", x86_64: 267, aarch64: 78,
        args: &[Arg::Dir(Rights::STAT), Arg::Name, Arg::BytesOut, Arg::Room], ret: Ret::Bytes, since: "2.6.16", query: true, errnos: &[("EINVAL", "it is no symlink, or no bytes are wanted")],
        doc: "What a symlink says, at most so many bytes of it.", ..Syscall::BASE
    };
    Utimensat = Syscall {
        name: "utimensat", kernel: "utimensat", x86_64: 280, aarch64: 88,
        args: &[Arg::Dir(Rights::META), Arg::Name, Arg::TimePair, NOFOLLOW], ret: Ret::Unit, since: "2.6.22",
        doc: "Sets the times of last access and last change of a name; none stays as it is. A symlink is not followed.", ..Syscall::BASE
    };
    UtimensatFile = Syscall {
        name: "utimensat.file", kernel: "utimensat", x86_64: 280, aarch64: 88,
        args: &[Arg::File(Rights::META), Arg::Const(0), Arg::TimePair, Arg::Const(0)], ret: Ret::Unit, since: "2.6.22",
        doc: "Sets the times of last access and last change of an open file; none stays as it is.", ..Syscall::BASE
    };
    Fgetxattr = Syscall {
        name: "fgetxattr", kernel: "fgetxattr", x86_64: 193, aarch64: 10,
        args: &[Arg::File(Rights::STAT), Arg::Text, Arg::BytesOut, Arg::Room], ret: Ret::Bytes, since: "2.4", query: true, errnos: &[("ENODATA", "there is no such attribute"), ("ERANGE", "the value is longer"), ("ENOTSUP", "the file system has none")],
        doc: "The value of an extended attribute of an open file.", ..Syscall::BASE
    };
    Fsetxattr = Syscall {
        name: "fsetxattr", kernel: "fsetxattr", x86_64: 190, aarch64: 7,
        args: &[Arg::File(Rights::META), Arg::Text, Arg::BytesIn, Arg::Len, flags(FlagSet::Xattr, xattr::CREATE | xattr::REPLACE)], ret: Ret::Unit, since: "2.4", errnos: &[("EEXIST", "with :create, it is there already"), ("ENODATA", "with :replace, it is not there"), ("ENOTSUP", "the file system has none")],
        doc: "Sets an extended attribute of an open file.", ..Syscall::BASE
    };
    Close = Syscall {
        name: "close", kernel: "close", x86_64: 3, aarch64: 57,
        args: &[], ret: Ret::Unit, query: true, blocks: false, since: "1.0",
        doc: "Made by the handle table alone; a program closes a handle, never a descriptor.", ..Syscall::BASE
    };
}

impl Sys {
    /// The row of that name that a program's IR may name; the calls of the handle table are not among them.
    pub fn named(name: &str) -> Option<Sys> {
        Sys::ALL
            .iter()
            .copied()
            .find(|s| s.row().name == name && s.is_callable())
    }
    /// Whether an IR instruction may make it.
    pub fn is_callable(self) -> bool {
        self != Sys::Close
    }
    /// Whether a program may make it by name: nothing that it takes or gives belongs to the library alone.
    pub fn is_plain(self) -> bool {
        let row = self.row();
        let inner = |arg: &Arg| matches!(arg, Arg::Listing | Arg::BufOut | Arg::Dot);
        self.is_callable() && row.ret != Ret::Listing && !row.args.iter().any(inner)
    }
    /// The number on `arch`.
    pub fn number(self, arch: Arch) -> u32 {
        match arch {
            Arch::X86_64 => self.row().x86_64,
            Arch::Aarch64 => self.row().aarch64,
        }
    }
}

impl Arg {
    /// How many operands of the instruction it is made from.
    pub fn operands(self) -> usize {
        match self {
            Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => 1,
            Arg::Name | Arg::Path | Arg::Text | Arg::Int(_) => 1,
            Arg::BytesIn | Arg::BytesOut | Arg::TimeIn | Arg::DurationIn => 1,
            Arg::BufOut | Arg::StructOut(_) => 1,
            Arg::TimePair => 2,
            Arg::How { create, .. } => create as usize,
            Arg::Flags { .. } | Arg::One { .. } => 0,
            Arg::Len | Arg::Room | Arg::HowSize | Arg::BufSize => 0,
            Arg::Dot | Arg::Empty | Arg::Const(_) => 0,
        }
    }
    /// How many of `struct timespec` are written for it.
    pub fn times(self) -> u64 {
        match self {
            Arg::TimeIn | Arg::DurationIn => 1,
            Arg::TimePair => 2,
            _ => 0,
        }
    }
    /// The set of its flags, if it comes from a flags immediate of the instruction.
    pub fn flags(self) -> Option<FlagSet> {
        match self {
            Arg::Flags { set, .. } | Arg::One { set, .. } => Some(set),
            Arg::How { .. } => Some(FlagSet::Open),
            _ => None,
        }
    }
    /// The rights that a handle needs for it; none if it is no handle.
    pub fn rights(self) -> Rights {
        match self {
            Arg::Dir(rights) | Arg::File(rights) | Arg::Descriptor(rights) => rights,
            _ => Rights::NONE,
        }
    }
    /// Whether it is the descriptor of a handle.
    pub fn is_handle(self) -> bool {
        matches!(
            self,
            Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing
        )
    }
    /// Whether what the kernel gets is an address (in traces and hooked calls: an offset into the run's memory).
    pub fn is_pointer(self) -> bool {
        match self {
            Arg::Name | Arg::Path | Arg::Text | Arg::Dot | Arg::Empty => true,
            Arg::BytesIn | Arg::BytesOut | Arg::BufOut | Arg::StructOut(_) => true,
            Arg::TimeIn | Arg::DurationIn | Arg::TimePair | Arg::How { .. } => true,
            Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => false,
            Arg::Int(_) | Arg::Flags { .. } | Arg::One { .. } | Arg::Const(_) => false,
            Arg::Len | Arg::Room | Arg::HowSize | Arg::BufSize => false,
        }
    }
    /// Whether the call writes to what it points to.
    pub fn is_written(self) -> bool {
        matches!(self, Arg::BytesOut | Arg::BufOut | Arg::StructOut(_))
    }
    /// Whether it points to bytes that end with a NUL.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Arg::Name | Arg::Path | Arg::Text | Arg::Dot | Arg::Empty
        )
    }
    /// The type that its only operand has to fit; of what can be of more types, none.
    pub fn operand_type(self) -> Option<Type> {
        Some(match self {
            Arg::Dir(need) => Type::Dir(need),
            Arg::File(need) => Type::File(need),
            Arg::Listing => Type::Listing,
            Arg::Name => Type::Name,
            Arg::Path | Arg::Text => Type::Path,
            Arg::Int(number) => number.ty(),
            Arg::BytesIn => Type::Bytes,
            Arg::BytesOut => Type::Int,
            Arg::TimeIn => Type::Time,
            Arg::DurationIn => Type::Duration,
            Arg::TimePair => Type::option(Type::Time),
            Arg::How { .. } => Type::Mode,
            Arg::StructOut(id) => Type::Buf(Buf::Struct(id)),
            _ => return None,
        })
    }
}

impl Syscall {
    /// The argument, by its place, that each operand of the instruction is for.
    pub fn operands(&self) -> impl Iterator<Item = usize> {
        let args = self.args.iter().enumerate();
        args.flat_map(|(i, arg)| std::iter::repeat_n(i, arg.operands()))
    }
    /// The rights that each argument needs, with these flags (the instruction's immediates).
    pub fn rights(&self, flags: &[Flags]) -> [Rights; 6] {
        let mut rights = [Rights::NONE; 6];
        for (all, arg) in rights.iter_mut().zip(self.args) {
            *all = arg.rights();
        }
        for need in self.needs {
            let before = self.args.iter().take(need.flags);
            let nth = before.filter(|a| a.flags().is_some()).count();
            let bits = flags.get(nth).map_or(0, |f| f.bits);
            if (bits & need.bit != 0) == need.set
                && let Some(all) = rights.get_mut(need.of)
            {
                *all |= need.rights;
            }
        }
        rights
    }
    /// Whether what it opens can be read or written, so that it is looked at before a program has it.
    pub fn opens_contents(&self) -> bool {
        let contents = |arg: &Arg| matches!(arg, Arg::How { must, .. } if must & open::PATH == 0);
        self.ret == Ret::File && self.args.iter().any(contents)
    }
    /// The two directories that are compared, by their place in the row, where the row has rights that could go over.
    pub fn referring(&self) -> Option<[usize; 2]> {
        let dirs = self.args.iter().enumerate();
        let mut dirs = dirs.filter(|(_, a)| matches!(a, Arg::Dir(_)));
        match self.refer {
            Refer::No => None,
            Refer::There | Refer::Both => Some([dirs.next()?.0, dirs.next()?.0]),
        }
    }
}
