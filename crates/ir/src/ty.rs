//! Types of the IR: what a value is, how many words it takes, and which type may stand where another is wanted.
//!
//! A value occupies [`Type::width`] 64-bit words, in registers, in lists and in records alike; aggregates
//! (records, entries, lists) are one word, an offset into the run's memory. Handle types carry rights;
//! [`Type::fits`] is the whole of rights checking: the same kind, and at least the wanted rights.

use crate::rights::Rights;
use crate::structs::StructId;
use std::fmt;
use std::sync::Arc;

/// The type of a value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// Nothing to tell; zero words.
    Unit,
    /// `true` or `false`.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// A number of bytes.
    Size,
    /// File type and permission bits, as in `st_mode`.
    Mode,
    /// What kind of file: the `DT_*` value.
    FileType,
    /// An inode number, opaque, unsigned.
    Ino,
    /// A device number, opaque: major and minor in one word as `makedev` of the kernel's 64-bit form.
    Dev,
    /// A point in time: seconds since the epoch and nanoseconds; two words.
    Time,
    /// UTF-8 text: offset and length in bytes; two words.
    Str,
    /// A path: offset and length in bytes, no NUL within, one NUL after; two words.
    Path,
    /// A checked single component: not empty, no `/`, no NUL, neither `.` nor `..`; words as [`Type::Path`].
    Name,
    /// An open directory.
    Dir(Rights),
    /// An open file of any kind (here: opened `O_PATH`).
    File(Rights),
    /// A private descriptor to read a directory's entries from.
    Listing,
    /// An entry of a directory: the directory, the name, the inode number and the type.
    Entry(Rights),
    /// Where a path starts: a directory handle and the rest of the path; three words.
    Root(Rights),
    /// A buffer that the kernel writes and the program reads with bounds checked.
    Buf(Buf),
    /// An immutable list.
    List(Arc<Type>),
    /// A list being built.
    Builder(Arc<Type>),
    /// A value or an error: a tag word and the payload's words.
    Result(Arc<Type>),
    /// A record; nominal ones have a name.
    Record(Arc<RecordType>),
    /// A caught error.
    Error,
    /// Only as the result of an entry function: rows leave by `yield`; zero words.
    Seq(Arc<Type>),
}

/// What a buffer holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Buf {
    /// So many bytes.
    Bytes(u32),
    /// One kernel structure.
    Struct(StructId),
}

impl Buf {
    /// Its size in bytes.
    pub fn size(self) -> u32 {
        match self {
            Buf::Bytes(n) => n,
            Buf::Struct(s) => s.row().size,
        }
    }
}

/// A record type: its name, if it is nominal, and its fields in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RecordType {
    /// The name it is declared and printed with.
    pub name: String,
    /// Fields: name and type, laid out in this order, each [`Type::width`] words.
    pub fields: Vec<(String, Type)>,
}

impl RecordType {
    /// The number of the field with that name.
    pub fn field(&self, name: &str) -> Option<u32> {
        self.fields
            .iter()
            .position(|f| f.0 == name)
            .map(|i| i as u32)
    }
    /// The word at which field `n` starts.
    pub fn word(&self, n: u32) -> usize {
        self.fields[..n as usize].iter().map(|f| f.1.width()).sum()
    }
    /// The number of words of all fields.
    pub fn words(&self) -> usize {
        self.fields.iter().map(|f| f.1.width()).sum()
    }
}

/// The most words a value may take; the engines have return areas of this size. V3 refuses wider ones.
pub const MAX_WIDTH: usize = 8;

/// The words of an entry in memory: directory, name offset, name length, inode, type.
pub const ENTRY_WORDS: usize = 5;

impl Type {
    /// The number of 64-bit words that a value takes.
    pub fn width(&self) -> usize {
        match self {
            Type::Unit | Type::Seq(_) => 0,
            Type::Time | Type::Str | Type::Path | Type::Name => 2,
            Type::Root(_) => 3,
            Type::Result(t) => 1 + t.width().max(1),
            _ => 1,
        }
    }

    /// A `List` of `t`.
    pub fn list(t: Type) -> Type {
        Type::List(Arc::new(t))
    }

    /// The rights of a handle type (or of an entry or root); `None` for other types.
    pub fn rights(&self) -> Option<Rights> {
        match self {
            Type::Dir(r) | Type::File(r) | Type::Entry(r) | Type::Root(r) => Some(*r),
            _ => None,
        }
    }

    /// The same type with `f` applied to every set of rights in it, however deep.
    pub fn map_rights(&self, f: &mut impl FnMut(Rights) -> Rights) -> Type {
        match self {
            Type::Dir(r) => Type::Dir(f(*r)),
            Type::File(r) => Type::File(f(*r)),
            Type::Entry(r) => Type::Entry(f(*r)),
            Type::Root(r) => Type::Root(f(*r)),
            Type::List(t) => Type::List(Arc::new(t.map_rights(f))),
            Type::Builder(t) => Type::Builder(Arc::new(t.map_rights(f))),
            Type::Result(t) => Type::Result(Arc::new(t.map_rights(f))),
            Type::Seq(t) => Type::Seq(Arc::new(t.map_rights(f))),
            Type::Record(r) if self.has_rights() => Type::Record(Arc::new(RecordType {
                name: r.name.clone(),
                fields: r
                    .fields
                    .iter()
                    .map(|(n, t)| (n.clone(), t.map_rights(f)))
                    .collect(),
            })),
            _ => self.clone(),
        }
    }

    /// Whether there is a set of rights anywhere in it.
    pub fn has_rights(&self) -> bool {
        match self {
            Type::Dir(_) | Type::File(_) | Type::Entry(_) | Type::Root(_) => true,
            Type::List(t) | Type::Builder(t) | Type::Result(t) | Type::Seq(t) => t.has_rights(),
            Type::Record(r) => r.fields.iter().any(|f| f.1.has_rights()),
            _ => false,
        }
    }

    /// Whether a value is, or may hold, an open handle that a scope would close.
    /// An entry does not own its directory and a root belongs to the session.
    pub fn may_own_handle(&self) -> bool {
        match self {
            Type::Dir(_) | Type::File(_) | Type::Listing => true,
            Type::List(t) | Type::Builder(t) | Type::Result(t) | Type::Seq(t) => t.may_own_handle(),
            Type::Record(r) => r.fields.iter().any(|f| f.1.may_own_handle()),
            _ => false,
        }
    }

    /// Whether a value of type `self` may stand where `want` is wanted: the same kind, at least its rights;
    /// immutable aggregates element by element; a builder only where its type is the same.
    pub fn fits(&self, want: &Type) -> bool {
        match (self, want) {
            (Type::Dir(a), Type::Dir(b))
            | (Type::File(a), Type::File(b))
            | (Type::Entry(a), Type::Entry(b))
            | (Type::Root(a), Type::Root(b)) => a.contains(*b),
            (Type::List(a), Type::List(b))
            | (Type::Result(a), Type::Result(b))
            | (Type::Seq(a), Type::Seq(b)) => a.fits(b),
            (Type::Record(a), Type::Record(b)) => {
                a.name == b.name
                    && a.fields.len() == b.fields.len()
                    && a.fields
                        .iter()
                        .zip(&b.fields)
                        .all(|(x, y)| x.0 == y.0 && x.1.fits(&y.1))
            }
            _ => self == want,
        }
    }

    /// Whether all words of a value are plain data: no handle, no reference, nothing that bits must not make.
    pub fn is_plain_word(&self) -> bool {
        matches!(
            self,
            Type::Bool
                | Type::Int
                | Type::Size
                | Type::Mode
                | Type::FileType
                | Type::Ino
                | Type::Dev
        )
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Unit => f.write_str("unit"),
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Size => f.write_str("size"),
            Type::Mode => f.write_str("mode"),
            Type::FileType => f.write_str("filetype"),
            Type::Ino => f.write_str("ino"),
            Type::Dev => f.write_str("dev"),
            Type::Time => f.write_str("time"),
            Type::Str => f.write_str("str"),
            Type::Path => f.write_str("path"),
            Type::Name => f.write_str("name"),
            Type::Dir(r) => write!(f, "dir{r}"),
            Type::File(r) => write!(f, "file{r}"),
            Type::Listing => f.write_str("listing"),
            Type::Entry(r) => write!(f, "entry{r}"),
            Type::Root(r) => write!(f, "root{r}"),
            Type::Buf(Buf::Bytes(n)) => write!(f, "buf<{n}>"),
            Type::Buf(Buf::Struct(s)) => write!(f, "buf<{}>", s.row().name),
            Type::List(t) => write!(f, "list<{t}>"),
            Type::Builder(t) => write!(f, "builder<{t}>"),
            Type::Result(t) => write!(f, "result<{t}>"),
            Type::Record(r) => f.write_str(&r.name),
            Type::Error => f.write_str("error"),
            Type::Seq(t) => write!(f, "seq<{t}>"),
        }
    }
}

/// The names of file types by their `DT_*` value (`getdents64(2)`), as the language's keywords have them.
pub const FILE_TYPES: &[(u64, &str)] = &[
    (0, "unknown"),
    (1, "fifo"),
    (2, "char"),
    (4, "dir"),
    (6, "block"),
    (8, "file"),
    (10, "symlink"),
    (12, "socket"),
];

/// The name of a file type; values that are none are `unknown`.
pub fn file_type_name(dt: u64) -> &'static str {
    FILE_TYPES
        .iter()
        .find(|row| row.0 == dt)
        .map_or("unknown", |row| row.1)
}
