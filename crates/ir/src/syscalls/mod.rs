//! The one table of system calls: typed data from which verifier, engines, printer, parser, tracer and
//! documentation derive.
//!
//! A row says how the call's arguments are made from operands, which right the call needs of which operand, what
//! its result is, and whether it can block. A kernel call that is used in several typed ways has a row for each
//! (`statx`, `statx.fd`). **Invariant**: a path operand is taken only by rows of openat2, which can contain its
//! resolution; all others take a directory and one checked component, or a descriptor.

pub mod catalogue;
mod rows;

pub use rows::Sys;

use self::catalogue::{Call, Class, SPAWN};
use crate::Arch;
use crate::fault::Fault;
use crate::flags::{FlagSet, Flags, open};
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
    /// Operand: a size, where in the file the call begins; it gets a pointer to a 64-bit number, which it moves on to
    /// where it ended. That is not told: the result says how much it was.
    OffsetIn,
    /// Made: the size of `struct open_how`.
    HowSize,
    /// Operand: a byte buffer; the call gets its address.
    BufOut,
    /// Made: the size of the byte buffer that went before.
    BufSize,
    /// Operand: a buffer of this structure; the call gets its address.
    StructOut(StructId),
    /// Made: a pointer into the structure that went before, so many bytes from its start: for a call that gives each
    /// of its numbers through a pointer of its own.
    Within(u32),
    /// Made: a pointer to the path ".".
    Dot,
    /// Made: a pointer to the empty path.
    Empty,
    /// Made: this number.
    Const(i64),
    /// What no program has values of yet. No instruction makes a call with such an argument.
    Later(Later),
}

/// What is behind a descriptor for which there is no type of handle yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Object {
    /// A socket.
    Socket,
    /// An end of a pipe.
    Pipe,
    /// A counter to wait for (eventfd).
    Counter,
    /// A set of handles that are waited for (epoll).
    Waiter,
    /// A timer (timerfd).
    Timer,
    /// Signals to be taken (signalfd).
    Signals,
    /// A queue of events of files (inotify).
    Watcher,
    /// A process (pidfd).
    Process,
    /// A file that lies in memory (memfd).
    Memory,
}

impl Object {
    /// What it is called in signatures.
    pub fn name(self) -> &'static str {
        match self {
            Object::Socket => "Socket",
            Object::Pipe => "Pipe",
            Object::Counter => "Counter",
            Object::Waiter => "Waiter",
            Object::Timer => "Timer",
            Object::Signals => "Signals",
            Object::Watcher => "Watcher",
            Object::Process => "Process",
            Object::Memory => "Memory",
        }
    }
}

/// Arguments that no instruction can make yet.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Later {
    /// A handle of such an object, that carries these rights; the call gets its descriptor.
    Handle(Object, Rights),
    /// A handle of any type; the call gets its descriptor.
    Any,
    /// A file or directory that carries these rights; the call gets a pointer to its path below `/proc/self/fd`, which
    /// leads to what is open and nowhere else.
    ByDescriptor(Rights),
    /// A pointer to a structure that the call reads.
    In(StructId),
    /// A pointer to a structure that the call reads and fills.
    InOut(StructId),
    /// A pointer to several of a structure, which the call fills.
    Several(StructId),
    /// How many there is room for of what went before.
    Count,
    /// The size in bytes of what goes before or comes next.
    Size,
    /// A pointer to the size of what went before, which the call sets to what it filled.
    SizeOut,
    /// A pointer to an address of the socket's family.
    AddressIn,
    /// A pointer to room for such an address.
    AddressOut,
    /// A pointer to the value of an option, of the option's type.
    ValueIn,
    /// A pointer to room for such a value.
    ValueOut,
    /// A pointer to a set of signals.
    SignalSet,
    /// A pointer to a set of processors, a bit each.
    Processors,
    /// A pointer to room for two descriptors, which become handles of such objects.
    Pair(Object),
    /// A pointer to pointers to texts.
    Texts,
}

impl Later {
    /// What it is called in signatures; what is made is not seen.
    pub fn name(self) -> Option<String> {
        Some(match self {
            Later::Handle(object, Rights::NONE) => object.name().into(),
            Later::Handle(object, rights) => format!("{}{rights}", object.name()),
            Later::Any => "Handle".into(),
            Later::ByDescriptor(rights) => format!("File-or-Dir{rights}"),
            Later::In(id) | Later::InOut(id) => id.row().name.into(),
            Later::Several(id) => format!("[{}]", id.row().name),
            Later::AddressIn => "Address".into(),
            Later::ValueIn => "Value".into(),
            Later::SignalSet => "[Signal]".into(),
            Later::Processors => "[Int]".into(),
            Later::Texts => "[Str]".into(),
            Later::Count | Later::Size | Later::SizeOut | Later::AddressOut => return None,
            Later::ValueOut | Later::Pair(_) => return None,
        })
    }
    /// Whether it is the descriptor of a handle.
    pub fn is_handle(self) -> bool {
        matches!(self, Later::Handle(..) | Later::Any)
    }
    /// Whether what the kernel gets is an address.
    pub fn is_pointer(self) -> bool {
        !self.is_handle() && !matches!(self, Later::Count | Later::Size)
    }
    /// Whether the call writes to what it points to.
    pub fn is_written(self) -> bool {
        matches!(
            self,
            Later::InOut(_)
                | Later::Several(_)
                | Later::SizeOut
                | Later::AddressOut
                | Later::ValueOut
                | Later::Pair(_)
        )
    }
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
    /// A descriptor of what no program has handles for yet. No instruction makes such a call.
    Object(Object),
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
    /// The call, with its numbers.
    pub call: &'static Call,
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
    /// What a program does on an older kernel that the project still runs on, if anything does the same: the error of
    /// the call names the kernel that it needs. By itself nothing else is called: a written call is made, and no other.
    pub fallback: Option<&'static str>,
    /// One line of documentation.
    pub doc: &'static str,
}

impl Sys {
    /// The row of that name that a program's IR may name; the calls of the handle table are not among them.
    pub fn named(name: &str) -> Option<Sys> {
        Sys::ALL
            .iter()
            .copied()
            .find(|s| s.row().name == name && s.is_callable())
    }
    /// Whether an IR instruction may make it: there are types for all that it takes and gives, and it is neither the
    /// handle table's own nor made in a child that is being started.
    pub fn is_callable(self) -> bool {
        let row = self.row();
        let later = row.args.iter().any(|a| matches!(a, Arg::Later(_)));
        let typed = !later && !matches!(row.ret, Ret::Object(_));
        typed && self != Sys::Close && row.call.class != Class::Named(SPAWN)
    }
    /// Whether a program may make it by name: its call is plain, and nothing that it takes or gives belongs to the
    /// library alone.
    pub fn is_plain(self) -> bool {
        let row = self.row();
        let inner = |arg: &Arg| matches!(arg, Arg::Listing | Arg::BufOut | Arg::Dot);
        let plain = row.call.class == Class::Plain && row.ret != Ret::Listing && self.is_callable();
        plain && !row.args.iter().any(inner)
    }
    /// The number on `arch`. Every call that has a row has one on both: a test of the table.
    pub fn number(self, arch: Arch) -> u32 {
        self.row().call.number(arch).unwrap_or(u32::MAX)
    }
}

impl Arg {
    /// How many operands of the instruction it is made from.
    pub fn operands(self) -> usize {
        match self {
            Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => 1,
            Arg::Name | Arg::Path | Arg::Text | Arg::Int(_) => 1,
            Arg::BytesIn | Arg::BytesOut | Arg::TimeIn | Arg::DurationIn => 1,
            Arg::BufOut | Arg::StructOut(_) | Arg::OffsetIn => 1,
            Arg::TimePair => 2,
            Arg::How { create, .. } => create as usize,
            Arg::Flags { .. } | Arg::One { .. } => 0,
            Arg::Len | Arg::Room | Arg::HowSize | Arg::BufSize => 0,
            Arg::Dot | Arg::Empty | Arg::Within(_) | Arg::Const(_) => 0,
            Arg::Later(_) => 0,
        }
    }
    /// How many of `struct timespec` are written for it, or an offset in the place of one.
    pub fn times(self) -> u64 {
        match self {
            Arg::TimeIn | Arg::DurationIn | Arg::OffsetIn => 1,
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
            Arg::Later(Later::Handle(_, rights) | Later::ByDescriptor(rights)) => rights,
            _ => Rights::NONE,
        }
    }
    /// Whether it is the descriptor of a handle.
    pub fn is_handle(self) -> bool {
        match self {
            Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => true,
            Arg::Later(later) => later.is_handle(),
            _ => false,
        }
    }
    /// Whether what the kernel gets is an address (in traces and hooked calls: an offset into the run's memory).
    pub fn is_pointer(self) -> bool {
        match self {
            Arg::Name | Arg::Path | Arg::Text | Arg::Dot | Arg::Empty => true,
            Arg::BytesIn | Arg::BytesOut | Arg::BufOut | Arg::StructOut(_) => true,
            Arg::TimeIn | Arg::DurationIn | Arg::TimePair | Arg::How { .. } => true,
            Arg::OffsetIn | Arg::Within(_) => true,
            Arg::Later(later) => later.is_pointer(),
            Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => false,
            Arg::Int(_) | Arg::Flags { .. } | Arg::One { .. } | Arg::Const(_) => false,
            Arg::Len | Arg::Room | Arg::HowSize | Arg::BufSize => false,
        }
    }
    /// Whether the call writes to what it points to.
    pub fn is_written(self) -> bool {
        match self {
            Arg::BytesOut | Arg::BufOut | Arg::StructOut(_) | Arg::Within(_) => true,
            Arg::Later(later) => later.is_written(),
            _ => false,
        }
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
            Arg::OffsetIn => Type::Size,
            Arg::How { .. } => Type::Mode,
            Arg::StructOut(id) => Type::Buf(Buf::Struct(id)),
            _ => return None,
        })
    }
}

impl Syscall {
    /// The kernel that brought it.
    pub fn since(&self) -> catalogue::Version {
        self.call.since
    }
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
