//! Kernel structures as rows: size, fields with offset and shape, and the IR type a field is read as.
//!
//! Both structures here have one layout on all architectures (`include/uapi/linux/{stat,dirent}.h`).

use crate::ty::Type;

/// Which kernel structure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StructId {
    /// `struct statx`, statx(2), Linux 4.11.
    Statx,
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
    /// An unsigned 16-bit number.
    U16,
    /// An unsigned 32-bit number.
    U32,
    /// An unsigned 64-bit number.
    U64,
    /// Signed 64-bit seconds, then unsigned 32-bit nanoseconds: two words.
    Timestamp,
    /// Two 32-bit numbers, major and minor: one word, major in the upper half.
    Device,
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

impl StructId {
    /// All of them.
    pub const ALL: &'static [StructId] = &[StructId::Statx];

    /// Its row.
    pub fn row(self) -> &'static StructRow {
        match self {
            StructId::Statx => &STATX,
        }
    }
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
