//! Flag sets as rows. In the IR flags are symbolic: a bit is a row of its set, and only an engine that runs on an
//! architecture turns it into that architecture's number (`O_DIRECTORY` differs between x86_64 and AArch64).

use crate::Arch;
use std::fmt;

/// A set of flags that belong together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FlagSet {
    /// `O_*`, open(2).
    Open,
    /// `AT_*`, statx(2).
    At,
    /// `STATX_*`, the mask of statx(2).
    StatxMask,
    /// `RENAME_*`, renameat2(2).
    Rename,
    /// `SEEK_*`, lseek(2).
    Seek,
    /// `CLOCK_*`, clock_gettime(2).
    Clock,
    /// `RUSAGE_*`, getrusage(2).
    Rusage,
    /// `PRIO_*`, getpriority(2).
    Priority,
    /// `GRND_*`, getrandom(2).
    Random,
    /// `XATTR_*`, setxattr(2).
    Xattr,
}

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

macro_rules! flags {
    ($table:ident, $module:ident, $set:ident: $($bit:literal $konst:ident $name:literal $x86:literal $arm:literal;)*) => {
        const $table: &[FlagRow] = &[$(($name, $x86, $arm)),*];
        #[doc = concat!("The bits of [`FlagSet::", stringify!($set), "`].")]
        pub mod $module {
            $(#[doc = concat!("`", $name, "`")] pub const $konst: u32 = 1 << $bit;)*
        }
    };
}

flags! { OPEN, open, Open:
    0 RDONLY "O_RDONLY" 0 0;
    1 DIRECTORY "O_DIRECTORY" 0o200000 0o40000;
    2 NOFOLLOW "O_NOFOLLOW" 0o400000 0o100000;
    3 CLOEXEC "O_CLOEXEC" 0o2000000 0o2000000;
    4 PATH "O_PATH" 0o10000000 0o10000000;
    5 NOCTTY "O_NOCTTY" 0o400 0o400;
    6 NONBLOCK "O_NONBLOCK" 0o4000 0o4000;
    7 WRONLY "O_WRONLY" 1 1;
    8 RDWR "O_RDWR" 2 2;
    9 CREAT "O_CREAT" 0o100 0o100;
    10 EXCL "O_EXCL" 0o200 0o200;
    11 TRUNC "O_TRUNC" 0o1000 0o1000;
    12 APPEND "O_APPEND" 0o2000 0o2000;
}

flags! { AT, at, At:
    0 SYMLINK_NOFOLLOW "AT_SYMLINK_NOFOLLOW" 0x100 0x100;
    1 NO_AUTOMOUNT "AT_NO_AUTOMOUNT" 0x800 0x800;
    2 EMPTY_PATH "AT_EMPTY_PATH" 0x1000 0x1000;
    3 REMOVEDIR "AT_REMOVEDIR" 0x200 0x200;
}

flags! { STATX_MASK, statx_mask, StatxMask:
    0 BASIC_STATS "STATX_BASIC_STATS" 0x7ff 0x7ff;
    1 BTIME "STATX_BTIME" 0x800 0x800;
}

flags! { RENAME, rename, Rename:
    0 NOREPLACE "RENAME_NOREPLACE" 1 1;
    1 EXCHANGE "RENAME_EXCHANGE" 2 2;
}

flags! { SEEK, seek, Seek:
    0 SET "SEEK_SET" 0 0;
    1 CUR "SEEK_CUR" 1 1;
    2 END "SEEK_END" 2 2;
    3 DATA "SEEK_DATA" 3 3;
    4 HOLE "SEEK_HOLE" 4 4;
}

flags! { CLOCK, clock, Clock:
    0 REALTIME "CLOCK_REALTIME" 0 0;
    1 MONOTONIC "CLOCK_MONOTONIC" 1 1;
    2 PROCESS_CPUTIME_ID "CLOCK_PROCESS_CPUTIME_ID" 2 2;
    3 THREAD_CPUTIME_ID "CLOCK_THREAD_CPUTIME_ID" 3 3;
    4 MONOTONIC_RAW "CLOCK_MONOTONIC_RAW" 4 4;
    5 REALTIME_COARSE "CLOCK_REALTIME_COARSE" 5 5;
    6 MONOTONIC_COARSE "CLOCK_MONOTONIC_COARSE" 6 6;
    7 BOOTTIME "CLOCK_BOOTTIME" 7 7;
    8 TAI "CLOCK_TAI" 11 11;
}

flags! { RUSAGE, rusage, Rusage:
    0 SELF "RUSAGE_SELF" 0 0;
    1 CHILDREN "RUSAGE_CHILDREN" 0xffff_ffff_ffff_ffff 0xffff_ffff_ffff_ffff;
    2 THREAD "RUSAGE_THREAD" 1 1;
}

flags! { PRIORITY, priority, Priority:
    0 PROCESS "PRIO_PROCESS" 0 0;
    1 PGRP "PRIO_PGRP" 1 1;
    2 USER "PRIO_USER" 2 2;
}

flags! { RANDOM, random, Random:
    0 NONBLOCK "GRND_NONBLOCK" 1 1;
    1 RANDOM "GRND_RANDOM" 2 2;
    2 INSECURE "GRND_INSECURE" 4 4;
}

flags! { XATTR, xattr, Xattr:
    0 CREATE "XATTR_CREATE" 1 1;
    1 REPLACE "XATTR_REPLACE" 2 2;
}

impl FlagSet {
    /// All sets.
    pub const ALL: &'static [FlagSet] = &[
        FlagSet::Open,
        FlagSet::At,
        FlagSet::StatxMask,
        FlagSet::Rename,
        FlagSet::Seek,
        FlagSet::Clock,
        FlagSet::Rusage,
        FlagSet::Priority,
        FlagSet::Random,
        FlagSet::Xattr,
    ];

    /// What the names of its flags begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            FlagSet::Open => "O_",
            FlagSet::At => "AT_",
            FlagSet::StatxMask => "STATX_",
            FlagSet::Rename => "RENAME_",
            FlagSet::Seek => "SEEK_",
            FlagSet::Clock => "CLOCK_",
            FlagSet::Rusage => "RUSAGE_",
            FlagSet::Priority => "PRIO_",
            FlagSet::Random => "GRND_",
            FlagSet::Xattr => "XATTR_",
        }
    }
    /// What the language calls the flag in row `n`: in lower case, without the prefix, with `-` for `_`.
    pub fn keyword(self, n: usize) -> Option<String> {
        let name = self.rows().get(n)?.0;
        let short = name.strip_prefix(self.prefix()).unwrap_or(name);
        Some(short.to_lowercase().replace('_', "-"))
    }

    /// Its rows.
    pub fn rows(self) -> &'static [FlagRow] {
        match self {
            FlagSet::Open => OPEN,
            FlagSet::At => AT,
            FlagSet::StatxMask => STATX_MASK,
            FlagSet::Rename => RENAME,
            FlagSet::Seek => SEEK,
            FlagSet::Clock => CLOCK,
            FlagSet::Rusage => RUSAGE,
            FlagSet::Priority => PRIORITY,
            FlagSet::Random => RANDOM,
            FlagSet::Xattr => XATTR,
        }
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
