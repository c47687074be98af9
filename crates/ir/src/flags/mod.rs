//! Flag sets as rows. In the IR flags are symbolic: a bit is a row of its set, and only an engine that runs on an
//! architecture turns it into that architecture's number (`O_DIRECTORY` differs between x86_64 and AArch64).
//!
//! Some sets are **choices**: their rows are numbers of which a call takes one (`SEEK_*`), not bits that add up.
//! A flag has one name and is in one set, so a name says the set.

mod events;
mod files;
mod processes;
mod sockets;

use crate::Arch;
use std::fmt;

pub use events::*;
pub use files::*;
pub use processes::*;
pub use sockets::*;

/// Flags of one set, symbolic: bit *n* is row *n*.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Flags {
    /// Which set.
    pub set: FlagSet,
    /// A bit per row.
    pub bits: u32,
}

/// A flag: its name, and its number on x86_64 and AArch64.
pub type FlagRow = (&'static str, u64, u64);

/// What the names of a set begin with, and its rows.
type Set = (&'static str, &'static [FlagRow]);

/// The rows of sets: of each its rows, its module of bits, its prefix, and `NAME NUMBER;` or `NAME X86_64 | AARCH64;`.
macro_rules! flags {
    ($($table:ident $module:ident $prefix:literal {$($konst:ident $x86:literal $(| $arm:literal)?;)*})*) => {$(
        pub(super) const $table: crate::flags::Set = ($prefix, &[$((
            concat!($prefix, stringify!($konst)),
            $x86,
            { let same: u64 = $x86; $(let same: u64 = { let _ = same; $arm };)? same },
        )),*]);

        #[doc = concat!("The bits of `", $prefix, "*`.")]
        pub mod $module {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "they count, under the flags' names")]
            enum Row { $($konst),* }
            $(
                #[doc = concat!("`", $prefix, stringify!($konst), "`")]
                pub const $konst: u32 = 1 << Row::$konst as u32;
            )*
            /// Every bit.
            pub const EVERY: u32 = 0 $(| $konst)*;
        }
    )*};
}
use flags;

macro_rules! sets {
    ($($variant:ident $file:ident $table:ident $name:literal $choice:literal $doc:literal;)*) => {
        /// A set of flags that belong together.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum FlagSet {
            $(#[doc = $doc] $variant,)*
        }
        impl FlagSet {
            /// All sets.
            pub const ALL: &'static [FlagSet] = &[$(FlagSet::$variant),*];

            /// Its rows.
            pub fn rows(self) -> &'static [FlagRow] {
                match self { $(FlagSet::$variant => $file::$table.1,)* }
            }
            /// What the names of its flags begin with.
            pub fn prefix(self) -> &'static str {
                match self { $(FlagSet::$variant => $file::$table.0,)* }
            }
            /// Its name in the text form.
            pub fn name(self) -> &'static str {
                match self { $(FlagSet::$variant => $name,)* }
            }
            /// Whether a call takes one of its rows, rather than any of them together.
            pub fn is_choice(self) -> bool {
                match self { $(FlagSet::$variant => $choice,)* }
            }
            /// One line of documentation.
            pub fn doc(self) -> &'static str {
                match self { $(FlagSet::$variant => $doc,)* }
            }
        }
    };
}

sets! {
    Open files OPEN "open" false "`O_*`, openat2(2).";
    At files AT "at" false "`AT_*`, statx(2), fchownat(2) and others that take a name.";
    StatxMask files STATX_MASK "statx_mask" false "`STATX_*`, the mask of statx(2).";
    StatxAttr files STATX_ATTR "statx_attr" false "`STATX_ATTR_*`, stx_attributes of statx(2).";
    Unlink files UNLINK "unlink" false "`AT_REMOVEDIR`, unlinkat(2).";
    Resolve files RESOLVE "resolve" false "`RESOLVE_*`, openat2(2).";
    Rename files RENAME "rename" false "`RENAME_*`, renameat2(2).";
    Access files ACCESS "access" false "`R_OK` and others, faccessat2(2); none asks whether the name is there.";
    Xattr files XATTR "xattr" false "`XATTR_*`, setxattr(2).";
    Falloc files FALLOC "falloc" false "`FALLOC_FL_*`, fallocate(2).";
    SyncRange files SYNC_RANGE "sync_range" false "`SYNC_FILE_RANGE_*`, sync_file_range(2).";
    Fadvise files FADVISE "fadvise" true "`POSIX_FADV_*`, posix_fadvise(2).";
    Seek files SEEK "seek" true "`SEEK_*`, lseek(2).";
    Lock files LOCK "lock" false "`LOCK_*`, flock(2).";
    RangeLock files RANGE_LOCK "range_lock" true "`F_*LCK`, the type of a lock of fcntl(2).";
    Seal files SEAL "seal" false "`F_SEAL_*`, fcntl(2).";
    Memfd files MEMFD "memfd" false "`MFD_*`, memfd_create(2).";
    Splice files SPLICE "splice" false "`SPLICE_F_*`, splice(2).";
    FileKind files FILE_KIND "file_kind" true "`S_IF*`, the type in a mode, inode(7).";
    EntryKind files ENTRY_KIND "entry_kind" true "`DT_*`, the type of a directory's entry, getdents64(2).";
    Clock processes CLOCK "clock" true "`CLOCK_*`, clock_gettime(2).";
    Timer processes TIMER "timer" false "`TIMER_*`, clock_nanosleep(2).";
    Random processes RANDOM "random" false "`GRND_*`, getrandom(2).";
    Priority processes PRIORITY "priority" true "`PRIO_*`, getpriority(2).";
    Ioprio processes IOPRIO "ioprio" true "`IOPRIO_WHO_*`, ioprio_set(2).";
    Rusage processes RUSAGE "rusage" true "`RUSAGE_*`, getrusage(2).";
    Rlimit processes RLIMIT "rlimit" true "`RLIMIT_*`, getrlimit(2).";
    Sched processes SCHED "sched" true "`SCHED_*`, sched(7).";
    Signal processes SIGNAL "signal" true "`SIG*`, signal(7).";
    Wait processes WAIT "wait" false "`WNOHANG` and others, waitid(2).";
    WaitFor processes WAIT_FOR "wait_for" true "`P_*`, waitid(2).";
    Family sockets FAMILY "family" true "`AF_*`, address_families(7).";
    Sock sockets SOCK "sock" false "`SOCK_*`, socket(2): one type, and flags.";
    SockOption sockets SOCK_OPTION "sock_option" true "`SO_*`, socket(7).";
    Message sockets MESSAGE "message" false "`MSG_*`, send(2) and recv(2).";
    Shut sockets SHUT "shut" true "`SHUT_*`, shutdown(2).";
    Epoll events EPOLL "epoll" false "`EPOLLIN` and others, epoll_ctl(2).";
    EpollControl events EPOLL_CONTROL "epoll_control" true "`EPOLL_CTL_*`, epoll_ctl(2).";
    EpollCreate events EPOLL_CREATE "epoll_create" false "`EPOLL_CLOEXEC`, epoll_create1(2).";
    Poll events POLL "poll" false "`POLLIN` and others, poll(2).";
    Inotify events INOTIFY "inotify" false "`IN_*` of watches and events, inotify(7).";
    InotifyInit events INOTIFY_INIT "inotify_init" false "`IN_CLOEXEC` and `IN_NONBLOCK`, inotify_init1(2).";
    Eventfd events EVENTFD "eventfd" false "`EFD_*`, eventfd2(2).";
    Signalfd events SIGNALFD "signalfd" false "`SFD_*`, signalfd4(2).";
    Timerfd events TIMERFD "timerfd" false "`TFD_CLOEXEC` and `TFD_NONBLOCK`, timerfd_create(2).";
    TimerfdSet events TIMERFD_SET "timerfd_set" false "`TFD_TIMER_*`, timerfd_settime(2).";
}

impl FlagSet {
    /// What the language calls the flag in row `n`: in lower case, without the prefix, with `-` for `_`.
    pub fn keyword(self, n: usize) -> Option<String> {
        let name = self.rows().get(n)?.0;
        let short = name.strip_prefix(self.prefix()).unwrap_or(name);
        Some(short.to_lowercase().replace('_', "-"))
    }
    /// The flags that a number of `arch` has, and the bits of it that none has. Of a choice: the row that it is.
    pub fn of(self, number: u64, arch: Arch) -> (Flags, u64) {
        let value = |row: &FlagRow| if arch == Arch::X86_64 { row.1 } else { row.2 };
        let (mut bits, mut rest) = (0, number);
        if self.is_choice() {
            if let Some(n) = self.rows().iter().position(|row| value(row) == number) {
                (bits, rest) = (1 << n, 0);
            }
            return (Flags { set: self, bits }, rest);
        }
        // A flag of several bits may have another within: it comes first.
        let mut rows: Vec<_> = self.rows().iter().map(value).enumerate().collect();
        rows.sort_by_key(|(_, value)| std::cmp::Reverse(value.count_ones()));
        for (n, value) in rows {
            if value != 0 && rest & value == value {
                bits |= 1 << n;
                rest &= !value;
            }
        }
        (Flags { set: self, bits }, rest)
    }
}

impl Flags {
    /// The number that the kernel of `arch` takes.
    pub fn number(self, arch: Arch) -> u64 {
        let rows = self
            .set
            .rows()
            .iter()
            .enumerate()
            .filter(|(i, _)| self.bits >> i & 1 == 1);
        rows.fold(0, |n, (_, row)| {
            n | if arch == Arch::X86_64 { row.1 } else { row.2 }
        })
    }
    /// The flag of that name, in whichever set it is.
    pub fn named(name: &str) -> Option<Flags> {
        FlagSet::ALL.iter().find_map(|&set| {
            let row = set.rows().iter().position(|r| r.0 == name)?;
            Some(Flags {
                set,
                bits: 1 << row,
            })
        })
    }
}

/// `O_PATH|O_CLOEXEC`; no flag prints as `0`.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (i, row) in self.set.rows().iter().enumerate() {
            if self.bits >> i & 1 == 1 {
                write!(f, "{}{}", if first { "" } else { "|" }, row.0)?;
                first = false;
            }
        }
        if first { f.write_str("0") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_by_the_largest_flags() {
        for (set, names) in [
            (FlagSet::Open, "O_CREAT|O_SYNC"),
            (FlagSet::Open, "O_CLOEXEC|O_TMPFILE"),
            (FlagSet::StatxMask, "STATX_BASIC_STATS|STATX_BTIME"),
            (FlagSet::StatxMask, "STATX_TYPE|STATX_SIZE"),
            (FlagSet::Seek, "SEEK_END"),
            (FlagSet::Seek, "SEEK_SET"),
            (FlagSet::Rusage, "RUSAGE_CHILDREN"),
        ] {
            for arch in [Arch::X86_64, Arch::Aarch64] {
                let all = names.split('|').map(|name| Flags::named(name).expect(name));
                let bits = all.fold(0, |bits, flag| bits | flag.bits);
                let flags = Flags { set, bits };
                assert_eq!(set.of(flags.number(arch), arch), (flags, 0), "{names}");
            }
        }
        let (none, rest) = FlagSet::Seek.of(77, Arch::X86_64);
        assert_eq!((none.bits, rest), (0, 77));
        let (some, rest) = FlagSet::Xattr.of(0x11, Arch::X86_64);
        assert_eq!((some.to_string(), rest), ("XATTR_CREATE".into(), 0x10));
    }
}
