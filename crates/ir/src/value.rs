//! What a run leaves in memory, read by a host: [`View`] looks at it in place, [`Data`] owns it.

use crate::eval::float;
use crate::fault::{CAUSES, Failure, Fault};
use crate::layout::list;
use crate::library::map_entries;
use crate::module::Module;
use crate::ty::{Case, MAX_WIDTH, RecordType, Type};
use std::sync::Arc;

/// A value in a run's memory, with its type. Reading never panics: what does not lie in memory reads as zero or
/// empty (the engines see to it that everything does).
#[derive(Clone, Copy)]
pub struct View<'a> {
    module: &'a Module,
    memory: &'a [u8],
    ty: &'a Type,
    words: [u64; MAX_WIDTH],
    /// How many levels of errors about errors are still told.
    causes: u32,
}

impl<'a> View<'a> {
    /// Looks at a value of type `ty` with these words; missing words are zero.
    pub fn new(module: &'a Module, memory: &'a [u8], ty: &'a Type, words: &[u64]) -> View<'a> {
        View::within(module, memory, ty, words, CAUSES)
    }
    pub(crate) fn within(
        module: &'a Module,
        memory: &'a [u8],
        ty: &'a Type,
        words: &[u64],
        causes: u32,
    ) -> View<'a> {
        let mut all = [0; MAX_WIDTH];
        for (to, from) in all.iter_mut().zip(words) {
            *to = *from;
        }
        View {
            module,
            memory,
            ty,
            words: all,
            causes,
        }
    }
    fn error_at(&self, object: u64) -> Failure {
        let read = match self.causes {
            0 => None,
            causes => Failure::read_within(self.module, self.memory, object, causes),
        };
        read.unwrap_or_else(|| Failure::bare(Fault::NotOk))
    }
    /// Its type.
    pub fn ty(&self) -> &'a Type {
        self.ty
    }
    /// Its first word: the whole of a number, truth value, handle.
    pub fn word(&self) -> u64 {
        self.words[0]
    }
    /// The number, of a float; any NaN is the same one.
    pub fn float(&self) -> f64 {
        float(self.word())
    }
    /// Its second word: nanoseconds of a time.
    pub fn second(&self) -> u64 {
        self.words[1]
    }
    /// The bytes of a text, path or name, or of bytes; of an error nothing.
    pub fn bytes(&self) -> &'a [u8] {
        let (at, len) = (self.words[0] as usize, self.words[1] as usize);
        self.memory.get(at..at.saturating_add(len)).unwrap_or(&[])
    }
    fn load(&self, at: u64) -> u64 {
        let at = at as usize;
        let bytes = self
            .memory
            .get(at..at.saturating_add(8))
            .and_then(|b| b.try_into().ok());
        bytes.map_or(0, u64::from_le_bytes)
    }
    fn at(&self, ty: &'a Type, offset: u64) -> View<'a> {
        let mut words = [0; MAX_WIDTH];
        for (i, w) in words.iter_mut().enumerate().take(ty.width()) {
            *w = self.load(offset.wrapping_add(i as u64 * 8));
        }
        View { ty, words, ..*self }
    }
    /// The number of elements of a list.
    pub fn len(&self) -> usize {
        match self.ty {
            Type::List(_) | Type::Builder(_) => {
                self.load(self.words[0].wrapping_add(list::LEN)) as usize
            }
            _ => 0,
        }
    }
    /// Whether it is a list without elements (or no list).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The elements of a list.
    pub fn elements(&self) -> impl Iterator<Item = View<'a>> + use<'a> {
        let view = *self;
        let (element, data) = match view.ty {
            Type::List(t) | Type::Builder(t) => {
                (&**t, view.load(view.words[0].wrapping_add(list::DATA)))
            }
            other => (other, 0),
        };
        let stride = element.width() as u64 * 8;
        (0..view.len() as u64)
            .map(move |i| view.at(element, data.wrapping_add(i.wrapping_mul(stride))))
    }
    /// The fields of a record, or of the case that a value is: name and value.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, View<'a>)> + use<'a> {
        let view = *self;
        let (fields, first): (&[(String, Type)], u64) = match view.ty {
            Type::Record(r) => (&r.fields, 0),
            Type::Enum(_) => (view.case().map_or(&[], |c| &c.fields), 1),
            _ => (&[], 0),
        };
        fields.iter().scan(first, move |word, (name, ty)| {
            let field = view.at(ty, view.words[0].wrapping_add(*word * 8));
            *word += ty.width() as u64;
            Some((name.as_str(), field))
        })
    }
    /// The three things an entry tells: name, inode number, type. (`Path`, `Ino`, `FileType`.)
    pub fn entry(&self) -> [(&'static str, View<'a>); 3] {
        static NAME: Type = Type::Path;
        static INO: Type = Type::Ino;
        static TYPE: Type = Type::FileType;
        let at = self.words[0];
        [
            ("name", self.at(&NAME, at.wrapping_add(8))),
            ("ino", self.at(&INO, at.wrapping_add(24))),
            ("type", self.at(&TYPE, at.wrapping_add(32))),
        ]
    }
    /// The value of a result, or its error.
    pub fn result(&self) -> Result<View<'a>, Failure> {
        match self.ty {
            Type::Result(t) if self.words[0] == 0 => Ok(self.with(t, 1)),
            _ => Err(self.error_at(self.words[1])),
        }
    }
    /// The value of an option, if it has one.
    pub fn option(&self) -> Option<View<'a>> {
        match self.ty {
            Type::Option(t) if self.words[0] == 1 => Some(self.with(t, 1)),
            _ => None,
        }
    }
    /// What is ordered the other way round, as it is; anything else itself.
    pub fn plainly(&self) -> View<'a> {
        let mut view = *self;
        while let Type::Desc(t) = view.ty {
            view.ty = t;
        }
        view
    }
    /// The keys and values of a map, in its order.
    pub fn pairs(&self) -> impl Iterator<Item = (View<'a>, View<'a>)> + use<'a> {
        static UNIT: Type = Type::Unit;
        let view = *self;
        let (key, value, map) = match view.ty {
            Type::Map(k, v) => (&**k, &**v, view.words[0]),
            _ => (&UNIT, &UNIT, u64::MAX),
        };
        let after = key.width() as u64 * 8;
        map_entries(view.memory, map, key.width() + value.width())
            .map(move |at| (view.at(key, at), view.at(value, at.wrapping_add(after))))
    }
    /// The case of an enum that a value is.
    pub fn case(&self) -> Option<&'a Case> {
        let Type::Enum(e) = self.ty else { return None };
        let number = usize::try_from(self.load(self.words[0])).ok()?;
        self.module.enum_named(&e.name)?.cases.get(number)
    }
    /// Whether it is a record: one as such, or one that may hold itself.
    pub fn is_record(&self) -> bool {
        match self.ty {
            Type::Record(_) => true,
            Type::Enum(e) => self
                .module
                .enum_named(&e.name)
                .is_some_and(|e| e.is_record()),
            _ => false,
        }
    }
    /// The same words from `first` on, as a value of type `ty`.
    fn with(&self, ty: &'a Type, first: usize) -> View<'a> {
        let words = &self.words[first..];
        View::within(self.module, self.memory, ty, words, self.causes)
    }
    /// The error, of a value of type error.
    pub fn failure(&self) -> Failure {
        self.error_at(self.words[0])
    }
    /// A copy that owns everything. What is deeper than [`MOST_DEEP`] levels is [`Data::Deep`].
    pub fn data(&self) -> Data {
        self.data_within(MOST_DEEP)
    }
    fn data_within(&self, levels: usize) -> Data {
        let Some(levels) = levels.checked_sub(1) else {
            return Data::Deep;
        };
        match self.ty {
            Type::Unit | Type::Seq(_) => Data::Unit,
            Type::Bool => Data::Bool(self.word() != 0),
            Type::Int => Data::Int(self.word() as i64),
            Type::Size => Data::Size(self.word() as i64),
            Type::Mode => Data::Mode(self.word() as u32),
            Type::FileType => Data::FileType(self.word()),
            Type::Ino => Data::Ino(self.word()),
            Type::Dev => Data::Dev(self.word()),
            Type::Float => Data::Float(self.float()),
            Type::Duration => Data::Duration(self.word() as i64),
            Type::Time => Data::Time {
                sec: self.word() as i64,
                nsec: self.second() as u32,
            },
            Type::Str => Data::Str(String::from_utf8_lossy(self.bytes()).into_owned()),
            Type::Bytes => Data::Bytes(self.bytes().to_vec()),
            Type::Path | Type::Name => Data::Path(self.bytes().to_vec()),
            Type::Dir(_) | Type::File(_) | Type::Listing | Type::Root(_) => {
                Data::Handle(self.word())
            }
            Type::Entry(_) => {
                let [name, ino, kind] = self.entry();
                Data::Entry {
                    dir: self.load(self.words[0]),
                    name: name.1.bytes().to_vec(),
                    ino: ino.1.word(),
                    kind: kind.1.word(),
                }
            }
            Type::Buf(_) | Type::Region => Data::Unit,
            Type::List(_) | Type::Builder(_) => {
                Data::List(self.elements().map(|e| e.data_within(levels)).collect())
            }
            Type::Record(r) => {
                let fields = self.fields().map(|f| f.1.data_within(levels));
                Data::Record(r.clone(), fields.collect())
            }
            Type::Option(_) => match self.option() {
                Some(value) => Data::Some(Box::new(value.data_within(levels))),
                None => Data::None,
            },
            Type::Desc(_) => self.plainly().data_within(levels),
            Type::Map(..) => {
                let pair =
                    |(k, v): (View<'_>, View<'_>)| (k.data_within(levels), v.data_within(levels));
                Data::Map(self.pairs().map(pair).collect())
            }
            Type::MapBuilder(..) | Type::Array(_) => Data::Unit,
            Type::Enum(e) => Data::Case {
                of: e.name.clone(),
                case: self.case().map_or(String::new(), |c| c.name.clone()),
                fields: self
                    .fields()
                    .map(|(name, f)| (name.to_string(), f.data_within(levels)))
                    .collect(),
            },
            Type::Result(_) => match self.result() {
                Ok(v) => Data::Ok(Box::new(v.data_within(levels))),
                Err(e) => Data::Err(Box::new(e)),
            },
            Type::Error => Data::Err(Box::new(self.failure())),
        }
    }
}

/// How many levels of values within values a copy has.
pub const MOST_DEEP: usize = 256;

/// A value that a host owns.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Data {
    /// Nothing to tell.
    Unit,
    /// Truth.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number of bytes.
    Size(i64),
    /// `st_mode`.
    Mode(u32),
    /// A `DT_*` value; [`crate::ty::file_type_name`] has its name.
    FileType(u64),
    /// An inode number.
    Ino(u64),
    /// A device number, major in the upper half.
    Dev(u64),
    /// A floating-point number; of a run always the same NaN.
    Float(f64),
    /// A length of time in nanoseconds.
    Duration(i64),
    /// A point in time.
    Time {
        /// Seconds since the epoch.
        sec: i64,
        /// Nanoseconds, below 10⁹.
        nsec: u32,
    },
    /// Text.
    Str(String),
    /// A path's bytes.
    Path(Vec<u8>),
    /// A handle of the session.
    Handle(u64),
    /// A directory entry.
    Entry {
        /// The handle of its directory.
        dir: u64,
        /// Its name.
        name: Vec<u8>,
        /// Its inode number.
        ino: u64,
        /// Its type, a `DT_*` value.
        kind: u64,
    },
    /// A list.
    List(Vec<Data>),
    /// Any bytes.
    Bytes(Vec<u8>),
    /// A record or tuple, its fields in order.
    Record(Arc<RecordType>, Vec<Data>),
    /// An option that has no value.
    None,
    /// An option that has one.
    Some(Box<Data>),
    /// A map, its entries in order; a set has [`Data::Unit`] for each value.
    Map(Vec<(Data, Data)>),
    /// A case of an enum.
    Case {
        /// The enum's name.
        of: String,
        /// The case's name.
        case: String,
        /// Its fields with their names, in order.
        fields: Vec<(String, Data)>,
    },
    /// Something that lies too deep to be copied; no value that a program can be given.
    Deep,
    /// A result that is a value.
    Ok(Box<Data>),
    /// A result that is an error.
    Err(Box<Failure>),
}

impl Data {
    /// The field of a record or case.
    pub fn field(&self, name: &str) -> Option<&Data> {
        match self {
            Data::Record(r, fields) => fields.get(r.field(name)? as usize),
            Data::Case { fields, .. } => fields.iter().find(|f| f.0 == name).map(|f| &f.1),
            _ => None,
        }
    }
}
