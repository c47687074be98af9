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
    /// A 64-bit floating-point number: its bits in one word. Those of a NaN are unspecified.
    Float,
    /// A length of time in nanoseconds, signed.
    Duration,
    /// A point in time: seconds since the epoch and nanoseconds; two words.
    Time,
    /// UTF-8 text: offset and length in bytes; two words.
    Str,
    /// Any bytes: offset and length; two words.
    Bytes,
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
    /// A value or none: a tag word, 1 if there is a value, and the value's words, zero if there is none.
    Option(Arc<Type>),
    /// An immutable map from keys to values that keeps the order they came in; a set has values of type unit.
    Map(Arc<Type>, Arc<Type>),
    /// A map being built.
    MapBuilder(Arc<Type>, Arc<Type>),
    /// A mutable array of plain words; truth values take a byte each.
    Array(Arc<Type>),
    /// The same words as the type within, but what comes first there comes last.
    Desc(Arc<Type>),
    /// A record or tuple; nominal ones have a name.
    Record(Arc<RecordType>),
    /// One of several cases, which the module declares under this name: an offset of the case's number, then its
    /// fields' words.
    Enum(Arc<EnumRef>),
    /// A caught error.
    Error,
    /// What a loop or a function remembers of the memory there was when it began: an offset of the words of
    /// [`crate::layout::region`], in the activation's frame.
    Region,
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
            Buf::Struct(s) => s.row().size(),
        }
    }
}

/// What makes two record types the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RecordKind {
    /// Its name: the module declares it.
    Named,
    /// Its fields, with their names; the type has no name.
    Fields,
    /// Its fields by their place: they are called "0", "1", ...; the type has no name.
    Tuple,
}

/// A record type: its name, if it is nominal, and its fields in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RecordType {
    /// What makes it the same as another.
    pub kind: RecordKind,
    /// The name it is declared and printed with; empty where the kind says that it has none.
    pub name: String,
    /// Fields: name and type, laid out in this order, each [`Type::width`] words.
    pub fields: Vec<(String, Type)>,
}

/// A reference to an enum that the module declares.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct EnumRef {
    /// Its name.
    pub name: String,
    /// Whether a field of one of its cases may own a handle, however deep; the verifier tests that it is so.
    pub owns_handles: bool,
}

/// An enum as the module declares it. It may hold itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct EnumType {
    /// Its name.
    pub name: String,
    /// Its cases, by number: at least one, at most [`MAX_CASES`].
    pub cases: Vec<Case>,
}

/// A case of an enum.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its data: name and type, laid out in this order after the word that is the case's number.
    pub fields: Vec<(String, Type)>,
}

/// The most cases of an enum.
pub const MAX_CASES: usize = 256;

impl EnumType {
    /// The number of the case with that name.
    pub fn case(&self, name: &str) -> Option<u32> {
        let at = self.cases.iter().position(|c| c.name == name);
        at.map(|n| n as u32)
    }
}

impl EnumType {
    /// Whether it is what a record is declared as that may hold itself: one case with the enum's name.
    pub fn is_record(&self) -> bool {
        matches!(&self.cases[..], [one] if one.name == self.name)
    }
}

impl Case {
    /// The number of the field with that name.
    pub fn field(&self, name: &str) -> Option<u32> {
        let at = self.fields.iter().position(|f| f.0 == name);
        at.map(|n| n as u32)
    }
    /// The word of the object at which field `n` starts; the first word is the case's number.
    pub fn word(&self, n: u32) -> usize {
        let before = &self.fields[..n as usize];
        1 + before.iter().map(|f| f.1.width()).sum::<usize>()
    }
}

impl RecordType {
    /// A nominal record.
    pub fn named(name: impl Into<String>, fields: Vec<(String, Type)>) -> RecordType {
        RecordType {
            kind: RecordKind::Named,
            name: name.into(),
            fields,
        }
    }
    /// A record that is what its fields are.
    pub fn structural(fields: Vec<(String, Type)>) -> RecordType {
        RecordType {
            kind: RecordKind::Fields,
            name: String::new(),
            fields,
        }
    }
    /// A tuple.
    pub fn tuple(types: impl IntoIterator<Item = Type>) -> RecordType {
        let types = types.into_iter().enumerate();
        RecordType {
            kind: RecordKind::Tuple,
            name: String::new(),
            fields: types.map(|(n, ty)| (n.to_string(), ty)).collect(),
        }
    }
    /// The same with other types of its fields.
    pub fn with_types(&self, mut f: impl FnMut(&Type) -> Type) -> RecordType {
        RecordType {
            kind: self.kind,
            name: self.name.clone(),
            fields: self.fields.iter().map(|(n, t)| (n.clone(), f(t))).collect(),
        }
    }
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
            Type::Time | Type::Str | Type::Bytes | Type::Path | Type::Name => 2,
            Type::Root(_) => 3,
            Type::Result(t) => 1 + t.width().max(1),
            Type::Option(t) => 1 + t.width(),
            Type::Desc(t) => t.width(),
            _ => 1,
        }
    }

    /// A `List` of `t`.
    pub fn list(t: Type) -> Type {
        Type::List(Arc::new(t))
    }

    /// An `Option` of `t`.
    pub fn option(t: Type) -> Type {
        Type::Option(Arc::new(t))
    }

    /// A map from `k` to `v`.
    pub fn map(k: Type, v: Type) -> Type {
        Type::Map(Arc::new(k), Arc::new(v))
    }

    /// A tuple of these.
    pub fn tuple(types: impl IntoIterator<Item = Type>) -> Type {
        Type::Record(Arc::new(RecordType::tuple(types)))
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
            Type::Option(t) => Type::Option(Arc::new(t.map_rights(f))),
            Type::Desc(t) => Type::Desc(Arc::new(t.map_rights(f))),
            Type::Array(t) => Type::Array(Arc::new(t.map_rights(f))),
            Type::Map(k, v) => Type::Map(Arc::new(k.map_rights(f)), Arc::new(v.map_rights(f))),
            Type::MapBuilder(k, v) => {
                Type::MapBuilder(Arc::new(k.map_rights(f)), Arc::new(v.map_rights(f)))
            }
            Type::Seq(t) => Type::Seq(Arc::new(t.map_rights(f))),
            Type::Record(r) if self.has_rights() => {
                Type::Record(Arc::new(r.with_types(|t| t.map_rights(f))))
            }
            _ => self.clone(),
        }
    }

    /// Whether there is a set of rights anywhere in it. Those in an enum are fixed by its declaration.
    pub fn has_rights(&self) -> bool {
        matches!(
            self,
            Type::Dir(_) | Type::File(_) | Type::Entry(_) | Type::Root(_)
        ) || self.parts().any(Type::has_rights)
    }

    /// The types that it is made of, one level down. An enum is not made of its cases here.
    pub fn parts(&self) -> impl Iterator<Item = &Type> {
        let (one, two): (Option<&Type>, Option<&Type>) = match self {
            Type::List(t)
            | Type::Builder(t)
            | Type::Result(t)
            | Type::Option(t)
            | Type::Array(t)
            | Type::Desc(t)
            | Type::Seq(t) => (Some(t), None),
            Type::Map(k, v) | Type::MapBuilder(k, v) => (Some(k), Some(v)),
            _ => (None, None),
        };
        let fields: &[(String, Type)] = match self {
            Type::Record(r) => &r.fields,
            _ => &[],
        };
        let fields = fields.iter().map(|f| &f.1);
        one.into_iter().chain(two).chain(fields)
    }

    /// Whether a value is, or may hold, an open handle that a scope would close.
    /// An entry does not own its directory and a root belongs to the session.
    pub fn may_own_handle(&self) -> bool {
        match self {
            Type::Dir(_) | Type::File(_) | Type::Listing => true,
            Type::Enum(e) => e.owns_handles,
            _ => self.parts().any(Type::may_own_handle),
        }
    }

    /// Whether a value is, or may hold, a reference into the run's memory.
    pub fn holds_reference(&self) -> bool {
        match self {
            Type::Unit | Type::Time | Type::Float => false,
            Type::Dir(_) | Type::File(_) | Type::Listing => false,
            Type::Option(t) | Type::Desc(t) => t.holds_reference(),
            ty => !ty.is_plain_word(),
        }
    }

    /// Whether it is something that is being built.
    pub fn is_builder(&self) -> bool {
        matches!(self, Type::Builder(_) | Type::MapBuilder(..))
    }

    /// Whether a value belongs to one activation of a function: it is no parameter, argument or returned value.
    pub fn is_local(&self) -> bool {
        matches!(self, Type::Buf(_) | Type::Region)
    }

    /// Whether a value of type `self` may stand where `want` is wanted: the same kind, at least its rights;
    /// immutable aggregates element by element; builders and arrays only where their type is the same.
    pub fn fits(&self, want: &Type) -> bool {
        match (self, want) {
            (Type::Dir(a), Type::Dir(b))
            | (Type::File(a), Type::File(b))
            | (Type::Entry(a), Type::Entry(b))
            | (Type::Root(a), Type::Root(b)) => a.contains(*b),
            (Type::List(a), Type::List(b))
            | (Type::Result(a), Type::Result(b))
            | (Type::Option(a), Type::Option(b))
            | (Type::Desc(a), Type::Desc(b))
            | (Type::Seq(a), Type::Seq(b)) => a.fits(b),
            (Type::Map(k, v), Type::Map(l, w)) => k.fits(l) && v.fits(w),
            (Type::Record(a), Type::Record(b)) => {
                a.kind == b.kind
                    && a.name == b.name
                    && a.fields.len() == b.fields.len()
                    && a.fields
                        .iter()
                        .zip(&b.fields)
                        .all(|(x, y)| x.0 == y.0 && x.1.fits(&y.1))
            }
            _ => self == want,
        }
    }

    /// Whether a value is one word of plain data (no handle, no reference, nothing that bits must not make) that equals
    /// another if and only if the words are equal. A float does not.
    pub fn is_plain_word(&self) -> bool {
        matches!(
            self,
            Type::Bool
                | Type::Int
                | Type::Size
                | Type::Duration
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
            Type::Float => f.write_str("float"),
            Type::Duration => f.write_str("duration"),
            Type::Time => f.write_str("time"),
            Type::Str => f.write_str("str"),
            Type::Bytes => f.write_str("bytes"),
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
            Type::Option(t) => write!(f, "option<{t}>"),
            Type::Map(k, v) => write!(f, "map<{k}, {v}>"),
            Type::MapBuilder(k, v) => write!(f, "mapbuilder<{k}, {v}>"),
            Type::Array(t) => write!(f, "array<{t}>"),
            Type::Desc(t) => write!(f, "desc<{t}>"),
            Type::Record(r) => match r.kind {
                RecordKind::Named => f.write_str(&r.name),
                RecordKind::Fields => {
                    f.write_str("{")?;
                    for (i, (name, ty)) in r.fields.iter().enumerate() {
                        write!(f, "{}{name}: {ty}", if i > 0 { ", " } else { "" })?;
                    }
                    f.write_str("}")
                }
                RecordKind::Tuple => {
                    f.write_str("(")?;
                    for (i, (_, ty)) in r.fields.iter().enumerate() {
                        write!(f, "{}{ty}", if i > 0 { ", " } else { "" })?;
                    }
                    f.write_str(")")
                }
            },
            Type::Enum(e) => f.write_str(&e.name),
            Type::Error => f.write_str("error"),
            Type::Region => f.write_str("region"),
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
