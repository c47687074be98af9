//! Kernel structures as rows: size, fields with offset and shape, and the IR type a field is read as.
//!
//! Sizes and offsets are those of 64-bit kernels, for each architecture where they differ. A field that holds an
//! address has no row: nothing reads one, and none is made from a number. Fields that the kernel only reserves have
//! none either.

mod events;
mod files;
mod processes;
mod sockets;
mod system;

use crate::Arch;
use crate::ty::Type;

/// A kernel structure.
#[derive(Debug)]
pub struct StructRow {
    /// Its name, as in the kernel's headers.
    pub name: &'static str,
    /// What it is, in a line.
    pub doc: &'static str,
    /// Its size in bytes on x86_64 and on AArch64.
    pub sizes: [u32; 2],
    /// Its fields.
    pub fields: &'static [Field],
}

/// A field of a kernel structure.
#[derive(Debug)]
pub struct Field {
    /// The member's name.
    pub name: &'static str,
    /// Where it is on x86_64 and on AArch64.
    pub places: [Place; 2],
    /// The type it is read as.
    pub ty: Type,
}

/// Where a field is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Where it starts, in bytes.
    pub offset: u32,
    /// How its bytes make a value.
    pub shape: Shape,
}

/// How the bytes of a field make the words of a value; little-endian, as both architectures are, but for what the
/// network orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// An unsigned 8-bit number.
    U8,
    /// An unsigned 16-bit number.
    U16,
    /// An unsigned 32-bit number.
    U32,
    /// An unsigned 64-bit number, or a signed one: the word is the same.
    U64,
    /// A signed 16-bit number.
    I16,
    /// A signed 32-bit number.
    I32,
    /// An unsigned 16-bit number in network order.
    Big16,
    /// An unsigned 32-bit number in network order.
    Big32,
    /// Signed 64-bit seconds, then unsigned 32-bit nanoseconds: two words (`struct statx_timestamp`).
    Timestamp,
    /// Signed 64-bit seconds, then 64-bit nanoseconds: two words (`struct timespec` of a point in time).
    Timespec,
    /// The same of a length of time: one word of nanoseconds.
    Nanos,
    /// Signed 64-bit seconds, then 64-bit microseconds of a length of time: one word of nanoseconds.
    Timeval,
    /// Two 32-bit numbers, major and minor: one word, major in the upper half.
    Device,
    /// A device number in the 32 bits that user space has always seen: minor in bits 0-7 and 20-31, major in 8-19.
    OldDevice,
    /// So many bytes, of which those before the first NUL are copied into fresh memory: two words.
    Text(u32),
    /// So many bytes; not read as a value.
    Raw(u32),
}

/// The rows of a theme. A field is `name: OFFSET SHAPE => TYPE`, or `name: OFFSET SHAPE | OFFSET SHAPE => TYPE` where
/// x86_64 and AArch64 differ; so is the size.
macro_rules! rows {
    ($($konst:ident $name:literal $size:literal $(| $size_arm:literal)? $doc:literal {
        $($field:ident: $at:literal $shape:ident $(($n:literal))?
            $(| $at_arm:literal $shape_arm:ident)? => $ty:ident;)*
    })*) => {
        use crate::structs::{Field, Place, Shape, StructRow};
        use crate::ty::Type;

        $(pub(super) static $konst: StructRow = StructRow {
            name: $name,
            doc: $doc,
            sizes: [$size, { let same = $size; $(let same: u32 = { let _ = same; $size_arm };)? same }],
            fields: &[$(Field {
                name: stringify!($field),
                places: {
                    let place = Place { offset: $at, shape: Shape::$shape $(($n))? };
                    let arm = place;
                    $(let arm = { let _ = arm; Place { offset: $at_arm, shape: Shape::$shape_arm } };)?
                    [place, arm]
                },
                ty: Type::$ty,
            }),*],
        };)*
    };
}
use rows;

macro_rules! ids {
    ($($variant:ident $module:ident $konst:ident;)*) => {
        /// Which kernel structure.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum StructId {
            $(#[allow(missing_docs, reason = "the row has the documentation")] $variant,)*
        }
        impl StructId {
            /// All of them.
            pub const ALL: &'static [StructId] = &[$(StructId::$variant),*];

            /// Its row.
            pub fn row(self) -> &'static StructRow {
                match self { $(StructId::$variant => &$module::$konst,)* }
            }
        }
    };
}

ids! {
    Statx files STATX;
    Stat files STAT;
    Dirent64 files DIRENT64;
    Statfs files STATFS;
    Flock files FLOCK;
    OpenHow files OPEN_HOW;
    XattrArgs files XATTR_ARGS;
    FileAttr files FILE_ATTR;
    CachestatRange files CACHESTAT_RANGE;
    Cachestat files CACHESTAT;
    MountAttr files MOUNT_ATTR;
    Timespec system TIMESPEC;
    Timeval system TIMEVAL;
    Itimerspec system ITIMERSPEC;
    Timex system TIMEX;
    Utsname system UTSNAME;
    Sysinfo system SYSINFO;
    Rlimit64 processes RLIMIT64;
    Rusage processes RUSAGE;
    Tms processes TMS;
    SchedParam processes SCHED_PARAM;
    SchedAttr processes SCHED_ATTR;
    CapHeader processes CAP_HEADER;
    CapData processes CAP_DATA;
    CloneArgs processes CLONE_ARGS;
    Siginfo processes SIGINFO;
    Ids processes IDS;
    Cpu processes CPU;
    LandlockRuleset processes LANDLOCK_RULESET;
    LandlockPathBeneath processes LANDLOCK_PATH_BENEATH;
    LandlockNetPort processes LANDLOCK_NET_PORT;
    SockaddrIn sockets SOCKADDR_IN;
    SockaddrIn6 sockets SOCKADDR_IN6;
    SockaddrUn sockets SOCKADDR_UN;
    SockaddrNl sockets SOCKADDR_NL;
    Msghdr sockets MSGHDR;
    Cmsghdr sockets CMSGHDR;
    Ucred sockets UCRED;
    Linger sockets LINGER;
    EpollEvent events EPOLL_EVENT;
    Pollfd events POLLFD;
    InotifyEvent events INOTIFY_EVENT;
    SignalfdSiginfo events SIGNALFD_SIGINFO;
    Winsize events WINSIZE;
}

impl StructId {
    /// The structure of that name.
    pub fn named(name: &str) -> Option<StructId> {
        StructId::ALL.iter().copied().find(|s| s.row().name == name)
    }
}

impl StructRow {
    /// The number of the field of that name.
    pub fn field(&self, name: &str) -> Option<u32> {
        self.fields
            .iter()
            .position(|f| f.name == name)
            .map(|i| i as u32)
    }
    /// The size in bytes on the architecture that this runs on.
    pub fn size(&self) -> u32 {
        self.sizes[Arch::HOST as usize]
    }
}

impl Field {
    /// What the language calls it: the member without the prefix that it shares with the others.
    pub fn short_name(&self) -> &'static str {
        const PREFIXES: &[&str] = &[
            "stx_", "st_", "d_", "f_", "l_", "fa_", "tv_", "it_", "rlim_", "ru_", "tms_", "sched_",
            "si_", "sin_", "sin6_", "sun_", "nl_", "msg_", "cmsg_", "ssi_", "ws_",
        ];
        let short = PREFIXES.iter().find_map(|p| self.name.strip_prefix(p));
        short.unwrap_or(self.name)
    }
    /// Where it is on the architecture that this runs on.
    pub fn here(&self) -> Place {
        self.places[Arch::HOST as usize]
    }
    /// Whether `struct.get` reads it.
    pub fn is_value(&self) -> bool {
        !self.places.iter().any(|p| matches!(p.shape, Shape::Raw(_)))
    }
}

impl Shape {
    /// How many bytes the field has.
    pub fn size(self) -> u32 {
        match self {
            Shape::U8 => 1,
            Shape::U16 | Shape::I16 | Shape::Big16 => 2,
            Shape::U32 | Shape::I32 | Shape::Big32 => 4,
            Shape::U64 | Shape::Device | Shape::OldDevice => 8,
            Shape::Timestamp => 12,
            Shape::Timespec | Shape::Nanos | Shape::Timeval => 16,
            Shape::Text(n) | Shape::Raw(n) => n,
        }
    }

    /// The words of the value; what takes one word has 0 in the second. Text is copied elsewhere and has 0 in both.
    /// Panics if `field` is shorter than [`Shape::size`].
    pub fn words(self, field: &[u8]) -> [u64; 2] {
        fn at<const N: usize>(field: &[u8], from: usize) -> [u8; N] {
            std::array::from_fn(|i| field[from + i])
        }
        let u32_at = |from| u64::from(u32::from_le_bytes(at(field, from)));
        let u64_at = |from| u64::from_le_bytes(at(field, from));
        // As the engines' wrapping arithmetic: only a kernel that tells nonsense gets beyond 292 years.
        let nanos = |unit| {
            (u64_at(0).wrapping_mul(1_000_000_000)).wrapping_add(u64_at(8).wrapping_mul(unit))
        };
        let word = match self {
            Shape::U8 => field[0].into(),
            Shape::U16 => u16::from_le_bytes(at(field, 0)).into(),
            Shape::U32 => u32_at(0),
            Shape::U64 => u64_at(0),
            Shape::I16 => i64::from(i16::from_le_bytes(at(field, 0))) as u64,
            Shape::I32 => i64::from(i32::from_le_bytes(at(field, 0))) as u64,
            Shape::Big16 => u16::from_be_bytes(at(field, 0)).into(),
            Shape::Big32 => u32::from_be_bytes(at(field, 0)).into(),
            Shape::Timestamp => return [u64_at(0), u32_at(8)],
            Shape::Timespec => return [u64_at(0), u64_at(8)],
            Shape::Nanos => nanos(1),
            Shape::Timeval => nanos(1000),
            Shape::Device => u64_at(0).rotate_left(32),
            Shape::OldDevice => {
                let old = u64_at(0);
                let (major, minor) = (old >> 8 & 0xfff, old & 0xff | old >> 12 & 0xf_ff00);
                major << 32 | minor
            }
            Shape::Text(_) | Shape::Raw(_) => 0,
        };
        [word, 0]
    }
}

/// Offsets within `struct linux_dirent64`, getdents64(2).
pub mod dirent64 {
    /// `d_ino`, 64 bits.
    pub const INO: u32 = 0;
    /// `d_reclen`, 16 bits: the length of this record.
    pub const RECLEN: u32 = 16;
    /// `d_type`, 8 bits.
    pub const TYPE: u32 = 18;
    /// `d_name`, NUL-terminated.
    pub const NAME: u32 = 19;
}
