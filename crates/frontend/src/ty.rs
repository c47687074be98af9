//! Types as the language has them. Rights are not here: they are inferred on the IR ([`crate::rights`]).

use sawmill_ir::rights::Rights;
use sawmill_ir::structs::StructId;
use sawmill_ir::ty::{Buf, EnumRef, EnumType, RecordKind, RecordType, Type};
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
    Float,
    Size,
    Duration,
    Mode,
    FileType,
    Ino,
    Dev,
    Time,
    Str,
    Bytes,
    Path,
    Dir,
    Entry,
    Error,
    List(Arc<Ty>),
    Option(Arc<Ty>),
    Result(Arc<Ty>),
    Map(Arc<(Ty, Ty)>),
    Set(Arc<Ty>),
    /// Mutable, of fixed length; second class as functions are.
    Array(Arc<Ty>),
    Seq(Arc<Ty>),
    Record(Arc<Record>),
    Enum(Arc<EnumName>),
    /// Ordered the other way round; only as a key to sort by.
    Desc(Arc<Ty>),
    /// A checked component; only in the prelude.
    Name,
    /// An open file.
    File,
    /// A directory being read; only in the prelude.
    Listing,
    /// Where a computed path starts; only in the prelude.
    Root,
    /// A buffer; only in the prelude.
    Buf(Buf),
    /// A map being built; only in the prelude.
    MapBuilder(Arc<(Ty, Ty)>),
    /// What never gives a value: `recur`, `stop`, `throw`.
    Never,
}

/// A record type: declared by `defrecord`, written as `{:a Int}`, or a tuple.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Record {
    /// Its name; empty for what is not declared.
    pub name: String,
    /// Which of these it is.
    pub kind: RecordKind,
    /// Fields: name and type, in order. Those of a tuple are `0`, `1`, and so on.
    pub fields: Vec<(String, Ty)>,
}

/// The name of a declared type whose parts are found in [`crate::tree::Checked::enums`]: so it may contain itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct EnumName {
    /// Its name.
    pub name: String,
    /// A digest of its definition, that tells apart what a session defined one after the other under a name.
    pub version: u64,
}

/// A declared type: an enum, or a record that contains itself, which has one case of its own name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnumDef {
    /// Its name.
    pub name: Arc<EnumName>,
    /// Its cases, in order.
    pub cases: Vec<Case>,
}

/// A case of an enum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub fields: Vec<(String, Ty)>,
}

impl EnumDef {
    /// The same in the IR, without rights.
    pub fn lower(&self) -> EnumType {
        let case = |c: &Case| sawmill_ir::ty::Case {
            name: c.name.clone(),
            fields: c
                .fields
                .iter()
                .map(|(n, t)| (n.clone(), t.lower()))
                .collect(),
        };
        EnumType {
            name: self.name.name.clone(),
            cases: self.cases.iter().map(case).collect(),
        }
    }
    /// Whether it was declared as a record.
    pub fn is_record(&self) -> bool {
        matches!(&self.cases[..], [one] if one.name == self.name.name)
    }
}

/// How much there is of a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// It has so many parts.
    Fits(usize),
    /// It nests too deep.
    Deep,
    /// It has too many parts.
    Large,
    /// Its values, or those of a part, take too many words.
    Wide,
}

/// The types that have a name alone.
pub const NAMED: &[(&str, Ty)] = &[
    ("Unit", Ty::Unit),
    ("Bool", Ty::Bool),
    ("Int", Ty::Int),
    ("Float", Ty::Float),
    ("Size", Ty::Size),
    ("Duration", Ty::Duration),
    ("Mode", Ty::Mode),
    ("FileType", Ty::FileType),
    ("Ino", Ty::Ino),
    ("Dev", Ty::Dev),
    ("Time", Ty::Time),
    ("Str", Ty::Str),
    ("Bytes", Ty::Bytes),
    ("Path", Ty::Path),
    ("Dir", Ty::Dir),
    ("File", Ty::File),
    ("Entry", Ty::Entry),
    ("Error", Ty::Error),
];

/// The record that `stat` gives.
pub static STAT: LazyLock<Arc<Record>> = LazyLock::new(|| {
    let fields = [
        ("name", Ty::Path),
        ("size", Ty::Size),
        ("mode", Ty::Mode),
        ("type", Ty::FileType),
        ("mtime", Ty::Time),
        ("atime", Ty::Time),
        ("ctime", Ty::Time),
        ("uid", Ty::Int),
        ("gid", Ty::Int),
        ("nlink", Ty::Int),
        ("ino", Ty::Ino),
        ("dev", Ty::Dev),
        ("blocks", Ty::Int),
    ];
    Arc::new(Record {
        name: "Stat".into(),
        kind: RecordKind::Named,
        fields: fields
            .into_iter()
            .map(|(n, t)| (n.to_string(), t))
            .collect(),
    })
});

impl Record {
    /// The number of the field with that name.
    pub fn field(&self, name: &str) -> Option<u32> {
        let at = self.fields.iter().position(|f| f.0 == name)?;
        u32::try_from(at).ok()
    }
    /// The same in the IR, without rights.
    pub fn lower(&self) -> RecordType {
        RecordType {
            name: self.name.clone(),
            kind: self.kind,
            fields: self
                .fields
                .iter()
                .map(|(n, t)| (n.clone(), t.lower()))
                .collect(),
        }
    }
}

impl Ty {
    /// A `List` of it.
    pub fn list(self) -> Ty {
        Ty::List(Arc::new(self))
    }
    /// A `Seq` of it.
    pub fn seq(self) -> Ty {
        Ty::Seq(Arc::new(self))
    }
    /// An `Option` of it.
    pub fn option(self) -> Ty {
        Ty::Option(Arc::new(self))
    }
    /// A `Result` of it.
    pub fn result(self) -> Ty {
        Ty::Result(Arc::new(self))
    }
    /// A tuple of these.
    pub fn tuple(parts: Vec<Ty>) -> Ty {
        let fields = parts.into_iter().enumerate();
        Ty::Record(Arc::new(Record {
            name: String::new(),
            kind: RecordKind::Tuple,
            fields: fields.map(|(i, t)| (i.to_string(), t)).collect(),
        }))
    }
    /// The fields, if it is a tuple.
    pub fn as_tuple(&self) -> Option<&[(String, Ty)]> {
        match self {
            Ty::Record(r) if r.kind == RecordKind::Tuple => Some(&r.fields),
            _ => None,
        }
    }
    /// The buffer that statx fills.
    pub fn statx() -> Ty {
        Ty::Buf(Buf::Struct(StructId::Statx))
    }
    /// What a sequence over it gives: the elements of a list or set, the pairs of a map.
    pub fn element(&self) -> Option<Ty> {
        match self {
            Ty::List(t) | Ty::Seq(t) | Ty::Set(t) => Some((**t).clone()),
            Ty::Map(kv) => Some(Ty::tuple(vec![kv.0.clone(), kv.1.clone()])),
            _ => None,
        }
    }
    /// The types it is made of.
    pub fn parts(&self) -> Vec<&Ty> {
        match self {
            Ty::List(t)
            | Ty::Option(t)
            | Ty::Result(t)
            | Ty::Set(t)
            | Ty::Array(t)
            | Ty::Seq(t)
            | Ty::Desc(t) => vec![t],
            Ty::Map(kv) | Ty::MapBuilder(kv) => vec![&kv.0, &kv.1],
            Ty::Record(r) => r.fields.iter().map(|f| &f.1).collect(),
            _ => Vec::new(),
        }
    }
    /// A part of it that a value of the language cannot hold: an array, a sequence.
    pub fn unstorable(&self) -> Option<&Ty> {
        let mut work = self.parts();
        while let Some(ty) = work.pop() {
            if matches!(ty, Ty::Array(_) | Ty::Seq(_)) {
                return Some(ty);
            }
            work.extend(ty.parts());
        }
        None
    }
    /// How much there is of it, if it is within bounds: no deeper than that, of no more parts. Parts that are shared
    /// count wherever they stand, so this comes to an end where walking the whole of a type may not.
    pub fn extent(&self, depth: usize, parts: usize) -> Extent {
        let mut work = vec![(self, 1)];
        let mut seen = 0;
        while let Some((ty, at)) = work.pop() {
            seen += 1;
            if at > depth {
                return Extent::Deep;
            }
            if seen + work.len() > parts {
                return Extent::Large;
            }
            if ty.width() > sawmill_ir::ty::MAX_WIDTH {
                return Extent::Wide;
            }
            work.extend(ty.parts().into_iter().map(|part| (part, at + 1)));
        }
        Extent::Fits(seen)
    }
    /// How many words its values take, as in the IR.
    fn width(&self) -> usize {
        let (mut ty, mut more) = (self, 0);
        loop {
            ty = match ty {
                Ty::Option(t) | Ty::Result(t) => {
                    more += 1;
                    t
                }
                Ty::Desc(t) => t,
                Ty::Unit | Ty::Seq(_) | Ty::Never => return more + 1,
                Ty::Time | Ty::Str | Ty::Bytes | Ty::Path | Ty::Name => return more + 2,
                Ty::Root => return more + 3,
                _ => return more + 1,
            };
        }
    }
    /// The same in the IR, without rights.
    pub fn lower(&self) -> Type {
        let none = Rights::NONE;
        let arc = |t: &Ty| Arc::new(t.lower());
        match self {
            Ty::Unit | Ty::Never => Type::Unit,
            Ty::Bool => Type::Bool,
            Ty::Int => Type::Int,
            Ty::Float => Type::Float,
            Ty::Size => Type::Size,
            Ty::Duration => Type::Duration,
            Ty::Mode => Type::Mode,
            Ty::FileType => Type::FileType,
            Ty::Ino => Type::Ino,
            Ty::Dev => Type::Dev,
            Ty::Time => Type::Time,
            Ty::Str => Type::Str,
            Ty::Bytes => Type::Bytes,
            Ty::Path => Type::Path,
            Ty::Name => Type::Name,
            Ty::Dir => Type::Dir(none),
            Ty::File => Type::File(none),
            Ty::Listing => Type::Listing,
            Ty::Entry => Type::Entry(none),
            Ty::Root => Type::Root(none),
            Ty::Buf(b) => Type::Buf(*b),
            Ty::List(t) => Type::List(arc(t)),
            Ty::Option(t) => Type::Option(arc(t)),
            Ty::Result(t) => Type::Result(arc(t)),
            Ty::Seq(t) => Type::Seq(arc(t)),
            Ty::Array(t) => Type::Array(arc(t)),
            Ty::Desc(t) => Type::Desc(arc(t)),
            Ty::Set(t) => Type::Map(arc(t), Arc::new(Type::Unit)),
            Ty::Map(kv) => Type::Map(arc(&kv.0), arc(&kv.1)),
            Ty::MapBuilder(kv) => Type::MapBuilder(arc(&kv.0), arc(&kv.1)),
            Ty::Record(r) => Type::Record(Arc::new(r.lower())),
            Ty::Enum(e) => Type::Enum(Arc::new(EnumRef {
                name: e.name.clone(),
                owns_handles: false,
            })),
            Ty::Error => Type::Error,
        }
    }
    /// The type of an IR type; of an enum, without its version.
    pub fn raise(ty: &Type) -> Ty {
        let arc = |t: &Type| Arc::new(Ty::raise(t));
        match ty {
            // A region is of the passes' making: no program has one.
            Type::Unit | Type::Region => Ty::Unit,
            Type::Bool => Ty::Bool,
            Type::Int => Ty::Int,
            Type::Float => Ty::Float,
            Type::Size => Ty::Size,
            Type::Duration => Ty::Duration,
            Type::Mode => Ty::Mode,
            Type::FileType => Ty::FileType,
            Type::Ino => Ty::Ino,
            Type::Dev => Ty::Dev,
            Type::Time => Ty::Time,
            Type::Str => Ty::Str,
            Type::Bytes => Ty::Bytes,
            Type::Path => Ty::Path,
            Type::Name => Ty::Name,
            Type::Dir(_) => Ty::Dir,
            Type::File(_) => Ty::File,
            Type::Listing => Ty::Listing,
            Type::Entry(_) => Ty::Entry,
            Type::Root(_) => Ty::Root,
            Type::Buf(b) => Ty::Buf(*b),
            Type::List(t) | Type::Builder(t) => Ty::List(arc(t)),
            Type::Option(t) => Ty::Option(arc(t)),
            Type::Result(t) => Ty::Result(arc(t)),
            Type::Array(t) => Ty::Array(arc(t)),
            Type::Desc(t) => Ty::Desc(arc(t)),
            Type::Map(k, v) if **v == Type::Unit => Ty::Set(arc(k)),
            Type::Map(k, v) => Ty::Map(Arc::new((Ty::raise(k), Ty::raise(v)))),
            Type::MapBuilder(k, v) => Ty::MapBuilder(Arc::new((Ty::raise(k), Ty::raise(v)))),
            Type::Record(r) => Ty::Record(Arc::new(Record {
                name: r.name.clone(),
                kind: r.kind,
                fields: r
                    .fields
                    .iter()
                    .map(|(n, t)| (n.clone(), Ty::raise(t)))
                    .collect(),
            })),
            Type::Enum(e) => Ty::Enum(Arc::new(EnumName {
                name: e.name.clone(),
                version: 0,
            })),
            Type::Error => Ty::Error,
            Type::Seq(t) => Ty::Seq(arc(t)),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::List(t) => write!(f, "(List {t})"),
            Ty::Option(t) => write!(f, "(Option {t})"),
            Ty::Result(t) => write!(f, "(Result {t})"),
            Ty::Set(t) => write!(f, "(Set {t})"),
            Ty::Array(t) => write!(f, "(Array {t})"),
            Ty::Seq(t) => write!(f, "(Seq {t})"),
            Ty::Map(kv) | Ty::MapBuilder(kv) => write!(f, "(Map {} {})", kv.0, kv.1),
            Ty::Desc(t) => write!(f, "(desc {t})"),
            Ty::Record(r) => r.fmt(f),
            Ty::Enum(e) => f.write_str(&e.name),
            Ty::Name => f.write_str("Name"),
            Ty::File => f.write_str("File"),
            Ty::Listing => f.write_str("Listing"),
            Ty::Root => f.write_str("Root"),
            Ty::Buf(_) => f.write_str("Buffer"),
            Ty::Never => f.write_str("?"),
            named => f.write_str(NAMED.iter().find(|n| n.1 == *named).map_or("?", |n| n.0)),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == RecordKind::Named {
            return f.write_str(&self.name);
        }
        let tuple = self.kind == RecordKind::Tuple;
        f.write_str(if tuple { "[" } else { "{" })?;
        for (i, (name, ty)) in self.fields.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            if !tuple {
                write!(f, ":{name} ")?;
            }
            write!(f, "{ty}")?;
        }
        f.write_str(if tuple { "]" } else { "}" })
    }
}
