//! The one table of system calls: typed data from which verifier, engines, printer, parser, tracer and
//! documentation derive.
//!
//! A row says how the call's arguments are made from operands, which right the call needs of which operand, what
//! its result is, and whether it can block. A kernel call that is used in several typed ways has a row for each
//! (`statx`, `statx.fd`). **Invariant**: a path operand is taken only by rows of openat2, which can contain its
//! resolution; all others take a directory and one checked component, or a descriptor.

pub mod catalogue;

use crate::Arch;
use crate::flags::{FlagSet, at, open, statx_mask};
use crate::rights::Rights;
use crate::structs::StructId;

/// How an argument of the call is made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Arg {
    /// Operand: a directory handle that carries these rights; the call gets its descriptor.
    Dir(Rights),
    /// Operand: a file handle that carries these rights; the call gets its descriptor.
    File(Rights),
    /// Operand: a listing; the call gets its descriptor.
    Listing,
    /// Operand: one checked component; the call gets a pointer to it.
    Name,
    /// Operand: a path; the call gets a pointer to it. Only in rows of openat2.
    Path,
    /// Immediate: flags that contain `must` and nothing beyond `must | may`.
    Flags {
        /// The set they are of.
        set: FlagSet,
        /// Bits that have to be there.
        must: u32,
        /// Bits that may be there.
        may: u32,
    },
    /// Immediate: `struct open_how` with such flags, mode 0, and the RESOLVE flags of the directory's root.
    How {
        /// Bits that have to be there.
        must: u32,
        /// Bits that may be there.
        may: u32,
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
}

/// What comes back.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ret {
    /// Nothing but success.
    Unit,
    /// A number.
    Int,
    /// A descriptor: an open directory, with at most the rights of the first operand.
    Dir,
    /// A descriptor: an open file, with at most the rights of the first operand.
    File,
    /// A descriptor: a listing.
    Listing,
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
    /// The kernel that brought it.
    pub since: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
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

syscalls! {
    Getppid = Syscall {
        name: "getppid", kernel: "getppid", x86_64: 110, aarch64: 173,
        args: &[], ret: Ret::Int, query: true, blocks: false, since: "1.0",
        doc: "The process id of the parent. Never fails.",
    };
    Openat2Dir = Syscall {
        name: "openat2.dir", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[Arg::Dir(Rights::NONE), Arg::Path,
                Arg::How { must: open::PATH | open::DIRECTORY | open::CLOEXEC, may: open::NOFOLLOW }, Arg::HowSize],
        ret: Ret::Dir, query: true, blocks: false, since: "5.6",
        doc: "Opens a directory beneath another, without a right to its contents (O_PATH).",
    };
    Openat2File = Syscall {
        name: "openat2.file", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[Arg::Dir(Rights::NONE), Arg::Path, Arg::How { must: open::PATH | open::CLOEXEC, may: open::NOFOLLOW }, Arg::HowSize],
        ret: Ret::File, query: true, blocks: false, since: "5.6",
        doc: "Opens whatever a path names, without touching it (O_PATH); a symlink at its end is followed.",
    };
    Openat2Listing = Syscall {
        name: "openat2.listing", kernel: "openat2", x86_64: 437, aarch64: 437,
        args: &[Arg::Dir(Rights::LIST), Arg::Dot,
                Arg::How { must: open::RDONLY | open::DIRECTORY | open::CLOEXEC | open::NONBLOCK, may: 0 }, Arg::HowSize],
        ret: Ret::Listing, query: true, blocks: false, since: "5.6",
        doc: "Opens a directory once more to read its entries, with an offset of its own.",
    };
    Getdents64 = Syscall {
        name: "getdents64", kernel: "getdents64", x86_64: 217, aarch64: 61,
        args: &[Arg::Listing, Arg::BufOut, Arg::BufSize], ret: Ret::Int, query: true, blocks: false, since: "2.4",
        doc: "Reads the next entries of a directory into a buffer; gives the bytes filled, 0 at the end.",
    };
    Statx = Syscall {
        name: "statx", kernel: "statx", x86_64: 332, aarch64: 291,
        args: &[Arg::Dir(Rights::STAT), Arg::Name, AT_NAME, MASK, STATX],
        ret: Ret::Unit, query: true, blocks: false, since: "4.11",
        doc: "The metadata of a name in a directory; a symlink is not followed.",
    };
    StatxFile = Syscall {
        name: "statx.file", kernel: "statx", x86_64: 332, aarch64: 291,
        args: &[Arg::File(Rights::STAT), Arg::Empty, AT_FD, MASK, STATX],
        ret: Ret::Unit, query: true, blocks: false, since: "4.11",
        doc: "The metadata of an open file.",
    };
    StatxDir = Syscall {
        name: "statx.dir", kernel: "statx", x86_64: 332, aarch64: 291,
        args: &[Arg::Dir(Rights::STAT), Arg::Empty, AT_FD, MASK, STATX],
        ret: Ret::Unit, query: true, blocks: false, since: "4.11",
        doc: "The metadata of an open directory.",
    };
    Close = Syscall {
        name: "close", kernel: "close", x86_64: 3, aarch64: 57,
        args: &[], ret: Ret::Unit, query: true, blocks: false, since: "1.0",
        doc: "Made by the handle table alone; a program closes a handle, never a descriptor.",
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
    /// The number on `arch`.
    pub fn number(self, arch: Arch) -> u32 {
        match arch {
            Arch::X86_64 => self.row().x86_64,
            Arch::Aarch64 => self.row().aarch64,
        }
    }
}

impl Arg {
    /// Whether it comes from an operand of the instruction.
    pub fn is_operand(self) -> bool {
        matches!(
            self,
            Arg::Dir(_)
                | Arg::File(_)
                | Arg::Listing
                | Arg::Name
                | Arg::Path
                | Arg::BufOut
                | Arg::StructOut(_)
        )
    }
    /// Whether it comes from a flags immediate of the instruction.
    pub fn is_flags(self) -> bool {
        matches!(self, Arg::Flags { .. } | Arg::How { .. })
    }
    /// Whether what the kernel gets is an address (in traces and hooked calls: an offset into the run's memory).
    pub fn is_pointer(self) -> bool {
        matches!(
            self,
            Arg::Name
                | Arg::Path
                | Arg::How { .. }
                | Arg::BufOut
                | Arg::StructOut(_)
                | Arg::Dot
                | Arg::Empty
        )
    }
}
