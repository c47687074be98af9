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
}

flags! { AT, at, At:
    0 SYMLINK_NOFOLLOW "AT_SYMLINK_NOFOLLOW" 0x100 0x100;
    1 NO_AUTOMOUNT "AT_NO_AUTOMOUNT" 0x800 0x800;
    2 EMPTY_PATH "AT_EMPTY_PATH" 0x1000 0x1000;
}

flags! { STATX_MASK, statx_mask, StatxMask:
    0 BASIC_STATS "STATX_BASIC_STATS" 0x7ff 0x7ff;
    1 BTIME "STATX_BTIME" 0x800 0x800;
}

impl FlagSet {
    /// All sets.
    pub const ALL: &'static [FlagSet] = &[FlagSet::Open, FlagSet::At, FlagSet::StatxMask];

    /// Its rows.
    pub fn rows(self) -> &'static [FlagRow] {
        match self {
            FlagSet::Open => OPEN,
            FlagSet::At => AT,
            FlagSet::StatxMask => STATX_MASK,
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
