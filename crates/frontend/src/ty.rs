//! Types as the language has them. Rights are not here: they are inferred on the IR ([`crate::rights`]).

use sawmill_ir::rights::Rights;
use sawmill_ir::structs::StructId;
use sawmill_ir::ty::{Buf, RecordType, Type};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// A type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(
    missing_docs,
    reason = "they are the language's types, documented there"
)]
pub enum Ty {
    Unit,
    Bool,
    Int,
    Size,
    Mode,
    FileType,
    Ino,
    Dev,
    Time,
    Str,
    Path,
    Dir,
    Entry,
    Error,
    List(Arc<Ty>),
    Result(Arc<Ty>),
    Seq(Arc<Ty>),
    Record(Arc<RecordType>),
    /// A checked component; only in the prelude.
    Name,
    /// An open file; only in the prelude.
    File,
    /// A directory being read; only in the prelude.
    Listing,
    /// Where a computed path starts; only in the prelude.
    Root,
    /// A buffer; only in the prelude.
    Buf(Buf),
    /// What never gives a value: `recur`, `stop`.
    Never,
}

/// The types that have a name alone.
pub const NAMED: &[(&str, Ty)] = &[
    ("Unit", Ty::Unit),
    ("Bool", Ty::Bool),
    ("Int", Ty::Int),
    ("Size", Ty::Size),
    ("Mode", Ty::Mode),
    ("FileType", Ty::FileType),
    ("Ino", Ty::Ino),
    ("Dev", Ty::Dev),
    ("Time", Ty::Time),
    ("Str", Ty::Str),
    ("Path", Ty::Path),
    ("Dir", Ty::Dir),
    ("Entry", Ty::Entry),
    ("Error", Ty::Error),
];

/// The record that `stat` gives.
pub static STAT: LazyLock<Arc<RecordType>> = LazyLock::new(|| {
    let fields = [
        ("name", Type::Path),
        ("size", Type::Size),
        ("mode", Type::Mode),
        ("type", Type::FileType),
        ("mtime", Type::Time),
        ("atime", Type::Time),
        ("ctime", Type::Time),
        ("uid", Type::Int),
        ("gid", Type::Int),
        ("nlink", Type::Int),
        ("ino", Type::Ino),
        ("dev", Type::Dev),
        ("blocks", Type::Int),
    ];
    let fields = fields
        .into_iter()
        .map(|(n, t)| (n.to_string(), t))
        .collect();
    Arc::new(RecordType {
        name: "Stat".into(),
        fields,
    })
});

impl Ty {
    /// A `List` of it.
    pub fn list(self) -> Ty {
        Ty::List(Arc::new(self))
    }
    /// A `Seq` of it.
    pub fn seq(self) -> Ty {
        Ty::Seq(Arc::new(self))
    }
    /// The buffer that statx fills.
    pub fn statx() -> Ty {
        Ty::Buf(Buf::Struct(StructId::Statx))
    }
    /// The element of a list or sequence.
    pub fn element(&self) -> Option<&Ty> {
        match self {
            Ty::List(t) | Ty::Seq(t) => Some(t),
            _ => None,
        }
    }
    /// How deep it nests: 1 for a type without parameters.
    pub fn depth(&self) -> usize {
        let mut depth = 1;
        let mut ty = self;
        while let Ty::List(t) | Ty::Result(t) | Ty::Seq(t) = ty {
            depth += 1;
            ty = t;
        }
        depth
    }
    /// The same in the IR, without rights.
    pub fn lower(&self) -> Type {
        let none = Rights::NONE;
        match self {
            Ty::Unit | Ty::Never => Type::Unit,
            Ty::Bool => Type::Bool,
            Ty::Int => Type::Int,
            Ty::Size => Type::Size,
            Ty::Mode => Type::Mode,
            Ty::FileType => Type::FileType,
            Ty::Ino => Type::Ino,
            Ty::Dev => Type::Dev,
            Ty::Time => Type::Time,
            Ty::Str => Type::Str,
            Ty::Path => Type::Path,
            Ty::Name => Type::Name,
            Ty::Dir => Type::Dir(none),
            Ty::File => Type::File(none),
            Ty::Listing => Type::Listing,
            Ty::Entry => Type::Entry(none),
            Ty::Root => Type::Root(none),
            Ty::Buf(b) => Type::Buf(*b),
            Ty::List(t) => Type::List(Arc::new(t.lower())),
            Ty::Result(t) => Type::Result(Arc::new(t.lower())),
            Ty::Seq(t) => Type::Seq(Arc::new(t.lower())),
            Ty::Record(r) => Type::Record(r.clone()),
            Ty::Error => Type::Error,
        }
    }
    /// The type of an IR type.
    pub fn raise(ty: &Type) -> Ty {
        match ty {
            Type::Unit => Ty::Unit,
            Type::Bool => Ty::Bool,
            Type::Int => Ty::Int,
            Type::Size => Ty::Size,
            Type::Mode => Ty::Mode,
            Type::FileType => Ty::FileType,
            Type::Ino => Ty::Ino,
            Type::Dev => Ty::Dev,
            Type::Time => Ty::Time,
            Type::Str => Ty::Str,
            Type::Path => Ty::Path,
            Type::Name => Ty::Name,
            Type::Dir(_) => Ty::Dir,
            Type::File(_) => Ty::File,
            Type::Listing => Ty::Listing,
            Type::Entry(_) => Ty::Entry,
            Type::Root(_) => Ty::Root,
            Type::Buf(b) => Ty::Buf(*b),
            Type::List(t) | Type::Builder(t) => Ty::raise(t).list(),
            Type::Result(t) => Ty::Result(Arc::new(Ty::raise(t))),
            Type::Record(r) => Ty::Record(r.clone()),
            Type::Error => Ty::Error,
            Type::Seq(t) => Ty::raise(t).seq(),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::List(t) => write!(f, "(List {t})"),
            Ty::Result(t) => write!(f, "(Result {t})"),
            Ty::Seq(t) => write!(f, "(Seq {t})"),
            Ty::Record(r) => f.write_str(&r.name),
            Ty::Name => f.write_str("Name"),
            Ty::File => f.write_str("File"),
            Ty::Listing => f.write_str("Listing"),
            Ty::Root => f.write_str("Root"),
            Ty::Buf(_) => f.write_str("Buffer"),
            Ty::Never => f.write_str("Never"),
            named => f.write_str(NAMED.iter().find(|n| n.1 == *named).map_or("?", |n| n.0)),
        }
    }
}
