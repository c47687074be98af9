//! Kernel structures as rows: size, fields with offset and shape, and the IR type a field is read as.
//!
//! The structures here have one layout on all 64-bit architectures (`include/uapi/linux/*.h`).

use crate::ty::Type;

/// Which kernel structure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StructId {
    /// `struct statx`, statx(2), Linux 4.11.
    Statx,
    /// `struct timespec`, clock_gettime(2).
    Timespec,
    /// `struct new_utsname`, uname(2).
    Utsname,
    /// `struct sysinfo`, sysinfo(2).
    Sysinfo,
    /// `struct rusage`, getrusage(2).
    Rusage,
}

/// A kernel structure.
#[derive(Debug)]
pub struct StructRow {
    /// Its name, as in the kernel's headers.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: u32,
    /// Its fields that can be read.
    pub fields: &'static [Field],
}

/// A field of a kernel structure.
#[derive(Debug)]
pub struct Field {
    /// The member's name.
    pub name: &'static str,
    /// Where it starts, in bytes.
    pub offset: u32,
    /// How its bytes make a value.
    pub shape: Shape,
    /// The type it is read as.
    pub ty: Type,
}

/// How the bytes of a field make the words of a value; all little-endian, as both architectures are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// An unsigned 8-bit number.
    U8,
    /// A signed 32-bit number.
    I32,
    /// An unsigned 16-bit number.
    U16,
    /// An unsigned 32-bit number.
    U32,
    /// A 64-bit number, whether it has a sign or not.
    U64,
    /// Signed 64-bit seconds, then unsigned 32-bit nanoseconds: two words.
    Timestamp,
    /// Two 32-bit numbers, major and minor: one word, major in the upper half.
    Device,
    /// Signed 64-bit seconds, then 64-bit microseconds (`struct timeval`): one word, nanoseconds.
    Timeval,
    /// So many bytes, of which those before the first NUL are copied into fresh memory: two words.
    Text(u32),
}

impl Shape {
    /// How many bytes of the structure it takes.
    pub fn size(self) -> u32 {
        match self {
            Shape::U8 => 1,
            Shape::U16 => 2,
            Shape::I32 | Shape::U32 => 4,
            Shape::U64 | Shape::Device => 8,
            Shape::Timestamp => 12,
            Shape::Timeval => 16,
            Shape::Text(bytes) => bytes,
        }
    }
}

const fn field(name: &'static str, offset: u32, shape: Shape, ty: Type) -> Field {
    Field {
        name,
        offset,
        shape,
        ty,
    }
}

static STATX: StructRow = StructRow {
    name: "statx",
    size: 256,
    fields: &[
        field("stx_mask", 0, Shape::U32, Type::Int),
        field("stx_blksize", 4, Shape::U32, Type::Size),
        field("stx_attributes", 8, Shape::U64, Type::Int),
        field("stx_nlink", 16, Shape::U32, Type::Int),
        field("stx_uid", 20, Shape::U32, Type::Int),
        field("stx_gid", 24, Shape::U32, Type::Int),
        field("stx_mode", 28, Shape::U16, Type::Mode),
        field("stx_ino", 32, Shape::U64, Type::Ino),
        field("stx_size", 40, Shape::U64, Type::Size),
        field("stx_blocks", 48, Shape::U64, Type::Int),
        field("stx_atime", 64, Shape::Timestamp, Type::Time),
        field("stx_btime", 80, Shape::Timestamp, Type::Time),
        field("stx_ctime", 96, Shape::Timestamp, Type::Time),
        field("stx_mtime", 112, Shape::Timestamp, Type::Time),
        field("stx_rdev_major", 128, Shape::Device, Type::Dev),
        field("stx_dev_major", 136, Shape::Device, Type::Dev),
    ],
};

const fn int(name: &'static str, offset: u32, shape: Shape) -> Field {
    field(name, offset, shape, Type::Int)
}

const fn text(name: &'static str, offset: u32, bytes: u32) -> Field {
    field(name, offset, Shape::Text(bytes), Type::Bytes)
}

static TIMESPEC: StructRow = StructRow {
    name: "timespec",
    size: 16,
    fields: &[int("tv_sec", 0, Shape::U64), int("tv_nsec", 8, Shape::U64)],
};

static UTSNAME: StructRow = StructRow {
    name: "new_utsname",
    size: 390,
    fields: &[
        text("sysname", 0, 65),
        text("nodename", 65, 65),
        text("release", 130, 65),
        text("version", 195, 65),
        text("machine", 260, 65),
        text("domainname", 325, 65),
    ],
};

static SYSINFO: StructRow = StructRow {
    name: "sysinfo",
    size: 112,
    fields: &[
        int("uptime", 0, Shape::U64),
        int("totalram", 32, Shape::U64),
        int("freeram", 40, Shape::U64),
        int("sharedram", 48, Shape::U64),
        int("bufferram", 56, Shape::U64),
        int("totalswap", 64, Shape::U64),
        int("freeswap", 72, Shape::U64),
        int("procs", 80, Shape::U16),
        int("totalhigh", 88, Shape::U64),
        int("freehigh", 96, Shape::U64),
        int("mem_unit", 104, Shape::U32),
    ],
};

static RUSAGE: StructRow = StructRow {
    name: "rusage",
    size: 144,
    fields: &[
        field("ru_utime", 0, Shape::Timeval, Type::Duration),
        field("ru_stime", 16, Shape::Timeval, Type::Duration),
        int("ru_maxrss", 32, Shape::U64),
        int("ru_minflt", 64, Shape::U64),
        int("ru_majflt", 72, Shape::U64),
        int("ru_inblock", 88, Shape::U64),
        int("ru_oublock", 96, Shape::U64),
        int("ru_nvcsw", 128, Shape::U64),
        int("ru_nivcsw", 136, Shape::U64),
    ],
};

impl StructId {
    /// All of them.
    pub const ALL: &'static [StructId] = &[
        StructId::Statx,
        StructId::Timespec,
        StructId::Utsname,
        StructId::Sysinfo,
        StructId::Rusage,
    ];

    /// Its row.
    pub fn row(self) -> &'static StructRow {
        match self {
            StructId::Statx => &STATX,
            StructId::Timespec => &TIMESPEC,
            StructId::Utsname => &UTSNAME,
            StructId::Sysinfo => &SYSINFO,
            StructId::Rusage => &RUSAGE,
        }
    }
    /// The structure of that name.
    pub fn named(name: &str) -> Option<StructId> {
        StructId::ALL.iter().copied().find(|s| s.row().name == name)
    }
}

impl Field {
    /// What the language calls it: the member without the prefix that it shares with the others.
    pub fn short_name(&self) -> &'static str {
        const PREFIXES: &[&str] = &["stx_", "tv_", "ru_", "f_", "rlim_", "it_", "sched_"];
        let short = PREFIXES.iter().find_map(|p| self.name.strip_prefix(p));
        short.unwrap_or(self.name)
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
