//! The values of programs as Rust has them.

use crate::error::Error;
use sawmill_frontend::ty::{STAT, Ty};
use sawmill_ir::fault::Failure;
use sawmill_ir::host::Host;
use sawmill_ir::rights::Rights;
use sawmill_ir::ty::{RecordKind, Type, file_type_name};
use sawmill_ir::value::{Data, View};
use sawmill_runtime::context::{BENEATH, Context};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::hash::Hash;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// An open directory with the rights that a program gets through it, to what is in it and below it: no path of the
/// program leads out of it, be it absolute, by `..` or by a symlink (`EXDEV`). Cheap to clone; closed with the last clone.
#[derive(Clone, Debug)]
pub struct Dir {
    fd: Arc<OwnedFd>,
    rights: Rights,
    path: PathBuf,
}

impl Dir {
    /// Opens a directory, following symlinks, without a right to its contents (`O_PATH`, see open(2)); the rights are
    /// what programs may do through it. Fails with [`Error::Open`].
    pub fn open(path: impl AsRef<Path>, rights: Rights) -> Result<Dir, Error> {
        use rustix::fs::{Mode, OFlags};
        let path = path.as_ref();
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = || rustix::fs::open(path, flags, Mode::empty());
        let fd = loop {
            match open() {
                Err(rustix::io::Errno::INTR) => continue,
                Err(e) => {
                    return Err(Error::Open(
                        path.as_os_str().as_bytes().to_vec(),
                        e.raw_os_error(),
                    ));
                }
                Ok(fd) => break fd,
            }
        };
        Ok(Dir {
            fd: Arc::new(fd),
            rights,
            path: path.into(),
        })
    }

    /// The rights that programs get.
    pub fn rights(&self) -> Rights {
        self.rights
    }

    /// The same directory with fewer rights: those of both.
    pub fn restrict(mut self, rights: Rights) -> Dir {
        self.rights = self.rights & rights;
        self
    }
}

/// A Rust type that a program takes as a parameter.
pub trait Argument {
    /// The program's type for it.
    fn ty() -> Ty;
    /// The value for a run in `context`.
    fn pass(&self, context: &mut Context) -> Result<Data, Error>;
    /// Takes back what [`Argument::pass`] lent.
    fn take_back(_context: &mut Context, _data: &Data) {}
}

impl Argument for Dir {
    fn ty() -> Ty {
        Ty::Dir
    }
    fn pass(&self, context: &mut Context) -> Result<Data, Error> {
        let errno = |e: rustix::io::Errno| {
            Error::Open(self.path.as_os_str().as_bytes().to_vec(), e.raw_os_error())
        };
        let fd = rustix::io::fcntl_dupfd_cloexec(&*self.fd, 0).map_err(errno)?;
        debug_assert_ne!(fd.as_raw_fd(), self.fd.as_raw_fd());
        let label = self.path.as_os_str().as_bytes();
        let handle = context.adopt_session(fd.into_raw_fd(), self.rights, BENEATH, label);
        handle
            .map(Data::Handle)
            .map_err(|f| Error::System(f.meaning()))
    }
    fn take_back(context: &mut Context, data: &Data) {
        if let Data::Handle(handle) = data {
            context.close(*handle);
        }
    }
}

macro_rules! arguments {
    ($($rust:ty => $ty:ident, $self:ident $data:expr;)*) => {$(
        impl Argument for $rust {
            fn ty() -> Ty {
                Ty::$ty
            }
            fn pass(&$self, _: &mut Context) -> Result<Data, Error> {
                Ok($data)
            }
        }
    )*};
}

arguments! {
    i64 => Int, self Data::Int(*self);
    f64 => Float, self Data::Float(*self);
    bool => Bool, self Data::Bool(*self);
    String => Str, self Data::Str(self.clone());
    &str => Str, self Data::Str(self.to_string());
    PathBuf => Path, self Data::Path(self.as_os_str().as_bytes().to_vec());
    &Path => Path, self Data::Path(self.as_os_str().as_bytes().to_vec());
}

/// Fails with [`Error::Argument`] beyond 292 years, which a program's nanoseconds cannot count.
impl Argument for Duration {
    fn ty() -> Ty {
        Ty::Duration
    }
    fn pass(&self, _: &mut Context) -> Result<Data, Error> {
        let nanoseconds = i64::try_from(self.as_nanos());
        let too_long = |_| Error::Argument(format!("a duration of {self:?} is too long"));
        nanoseconds.map(Data::Duration).map_err(too_long)
    }
}

impl Argument for &[u8] {
    fn ty() -> Ty {
        Ty::Bytes
    }
    fn pass(&self, _: &mut Context) -> Result<Data, Error> {
        Ok(Data::Bytes(self.to_vec()))
    }
}

impl<T: Argument> Argument for Option<T> {
    fn ty() -> Ty {
        Ty::Option(Arc::new(T::ty()))
    }
    fn pass(&self, context: &mut Context) -> Result<Data, Error> {
        Ok(match self {
            Some(value) => Data::Some(Box::new(value.pass(context)?)),
            None => Data::None,
        })
    }
}

impl<T: Argument> Argument for Vec<T> {
    fn ty() -> Ty {
        T::ty().list()
    }
    fn pass(&self, context: &mut Context) -> Result<Data, Error> {
        let items: Result<_, _> = self.iter().map(|item| item.pass(context)).collect();
        Ok(Data::List(items?))
    }
}

fn pass_map<'a, K: Argument + 'a, V: Argument + 'a>(
    pairs: impl Iterator<Item = (&'a K, &'a V)>,
    context: &mut Context,
) -> Result<Data, Error> {
    let pair = |(key, value): (&K, &V)| Ok((key.pass(context)?, value.pass(context)?));
    let pairs: Result<_, Error> = pairs.map(pair).collect();
    Ok(Data::Map(pairs?))
}

fn map_of<K: Argument, V: Argument>() -> Ty {
    Ty::Map(Arc::new((K::ty(), V::ty())))
}

/// The program's map has the keys in no particular order.
impl<K: Argument, V: Argument> Argument for HashMap<K, V> {
    fn ty() -> Ty {
        map_of::<K, V>()
    }
    fn pass(&self, context: &mut Context) -> Result<Data, Error> {
        pass_map(self.iter(), context)
    }
}

impl<K: Argument, V: Argument> Argument for BTreeMap<K, V> {
    fn ty() -> Ty {
        map_of::<K, V>()
    }
    fn pass(&self, context: &mut Context) -> Result<Data, Error> {
        pass_map(self.iter(), context)
    }
}

/// A Rust type that a program's value can become.
pub trait FromView: Sized {
    /// Whether values of that type become this one.
    fn accepts(ty: &Ty) -> bool;
    /// Makes it. Only called with a view of a type that is accepted.
    fn from_view(view: &View) -> Self;
    /// Whether entries of a map with such keys and values become this, as elements of a `Vec`.
    #[doc(hidden)]
    fn accepts_entry(_key: &Ty, _value: &Ty) -> bool {
        false
    }
    /// Makes it of an entry.
    #[doc(hidden)]
    fn from_entry(_key: &View, _value: &View) -> Option<Self> {
        None
    }
    /// What bytes become, if this is what a `Vec` of them holds.
    #[doc(hidden)]
    fn from_bytes(_bytes: &[u8]) -> Option<Vec<Self>> {
        None
    }
}

/// Only within a `Vec`, which is what Bytes become.
impl FromView for u8 {
    fn accepts(_: &Ty) -> bool {
        false
    }
    fn from_view(view: &View) -> u8 {
        view.word() as u8
    }
    fn from_bytes(bytes: &[u8]) -> Option<Vec<u8>> {
        Some(bytes.to_vec())
    }
}

/// A point in time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Timestamp {
    /// Seconds since the epoch.
    pub sec: i64,
    /// Nanoseconds, below 10⁹.
    pub nsec: u32,
}

/// The metadata of a file, as `stat` gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the fields are those of stat(2)")]
pub struct Stat {
    pub name: OsString,
    pub size: u64,
    pub mode: u32,
    /// `file`, `dir`, `symlink`, ...
    pub kind: &'static str,
    pub mtime: Timestamp,
    pub atime: Timestamp,
    pub ctime: Timestamp,
    pub uid: u32,
    pub gid: u32,
    pub nlink: u32,
    pub ino: u64,
    /// Major in the upper half, minor in the lower.
    pub dev: u64,
    /// Of 512 bytes.
    pub blocks: u64,
}

/// A directory entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name.
    pub name: OsString,
    /// Its inode number.
    pub ino: u64,
    /// `file`, `dir`, `symlink`, ...
    pub kind: &'static str,
}

macro_rules! scalars {
    ($($rust:ty: $pattern:pat => $view:ident $value:expr;)*) => {$(
        impl FromView for $rust {
            fn accepts(ty: &Ty) -> bool {
                matches!(ty, $pattern)
            }
            fn from_view($view: &View) -> Self {
                $value
            }
        }
    )*};
}

scalars! {
    i64: Ty::Int | Ty::Size | Ty::Duration => v v.word() as i64;
    f64: Ty::Float => v v.float();
    u64: Ty::Ino | Ty::Dev => v v.word();
    bool: Ty::Bool => v v.word() != 0;
    (): Ty::Unit => _v ();
    String: Ty::Str => v String::from_utf8_lossy(v.bytes()).into_owned();
    PathBuf: Ty::Path => v OsString::from_vec(v.bytes().to_vec()).into();
    OsString: Ty::Path => v OsString::from_vec(v.bytes().to_vec());
    Timestamp: Ty::Time => v Timestamp { sec: v.word() as i64, nsec: v.second() as u32 };
}

/// A program's durations may be negative, which Rust's are not: the length is in the error then, as that of
/// [`std::time::SystemTime::duration_since`] is. As an `i64` it is the signed number of nanoseconds.
impl FromView for Result<Duration, Duration> {
    fn accepts(ty: &Ty) -> bool {
        *ty == Ty::Duration
    }
    fn from_view(view: &View) -> Self {
        let nanoseconds = view.word() as i64;
        let length = Duration::from_nanos(nanoseconds.unsigned_abs());
        if nanoseconds < 0 {
            Err(length)
        } else {
            Ok(length)
        }
    }
}

impl FromView for Stat {
    fn accepts(ty: &Ty) -> bool {
        *ty == Ty::Record(STAT.clone())
    }
    fn from_view(view: &View) -> Stat {
        let mut fields = view.fields().map(|f| f.1);
        let mut next = || fields.next().unwrap_or(*view);
        let time = |v: View| Timestamp::from_view(&v);
        Stat {
            name: OsString::from_vec(next().bytes().to_vec()),
            size: next().word(),
            mode: next().word() as u32,
            kind: file_type_name(next().word()),
            mtime: time(next()),
            atime: time(next()),
            ctime: time(next()),
            uid: next().word() as u32,
            gid: next().word() as u32,
            nlink: next().word() as u32,
            ino: next().word(),
            dev: next().word(),
            blocks: next().word(),
        }
    }
}

impl FromView for Entry {
    fn accepts(ty: &Ty) -> bool {
        *ty == Ty::Entry
    }
    fn from_view(view: &View) -> Entry {
        let [(_, name), (_, ino), (_, kind)] = view.entry();
        Entry {
            name: OsString::from_vec(name.bytes().to_vec()),
            ino: ino.word(),
            kind: file_type_name(kind.word()),
        }
    }
}

/// Of a list or sequence, and in their order of a set or, as pairs, a map; a `Vec<u8>` of Bytes.
impl<T: FromView> FromView for Vec<T> {
    fn accepts(ty: &Ty) -> bool {
        match ty {
            Ty::List(t) | Ty::Seq(t) | Ty::Set(t) => T::accepts(t),
            Ty::Map(kv) => T::accepts_entry(&kv.0, &kv.1),
            Ty::Bytes => T::from_bytes(&[]).is_some(),
            _ => false,
        }
    }
    fn from_view(view: &View) -> Vec<T> {
        match view.ty() {
            Type::Bytes => T::from_bytes(view.bytes()).unwrap_or_default(),
            Type::Map(_, value) if **value == Type::Unit => keys(view).collect(),
            Type::Map(..) => {
                let pairs = view.pairs();
                pairs.filter_map(|(k, v)| T::from_entry(&k, &v)).collect()
            }
            _ => view.elements().map(|e| T::from_view(&e)).collect(),
        }
    }
}

fn keys<T: FromView>(view: &View) -> impl Iterator<Item = T> {
    view.pairs().map(|pair| T::from_view(&pair.0))
}

impl<T: FromView> FromView for Option<T> {
    fn accepts(ty: &Ty) -> bool {
        matches!(ty, Ty::Option(t) if T::accepts(t))
    }
    fn from_view(view: &View) -> Option<T> {
        view.option().map(|v| T::from_view(&v))
    }
}

macro_rules! maps {
    ($($map:ident: $($bound:path),*;)*) => {$(
        impl<K: FromView $(+ $bound)*, V: FromView> FromView for $map<K, V> {
            fn accepts(ty: &Ty) -> bool {
                matches!(ty, Ty::Map(kv) if K::accepts(&kv.0) && V::accepts(&kv.1))
            }
            fn from_view(view: &View) -> Self {
                let pairs = view.pairs();
                pairs.map(|(k, v)| (K::from_view(&k), V::from_view(&v))).collect()
            }
        }
    )*};
}

maps! {
    HashMap: Eq, Hash;
    BTreeMap: Ord;
}

macro_rules! sets {
    ($($set:ident: $($bound:path),*;)*) => {$(
        impl<T: FromView $(+ $bound)*> FromView for $set<T> {
            fn accepts(ty: &Ty) -> bool {
                matches!(ty, Ty::Set(t) if T::accepts(t))
            }
            fn from_view(view: &View) -> Self {
                keys(view).collect()
            }
        }
    )*};
}

sets! {
    HashSet: Eq, Hash;
    BTreeSet: Ord;
}

impl<A: FromView, B: FromView> FromView for (A, B) {
    fn accepts(ty: &Ty) -> bool {
        matches!(tuple_of(ty), Some([(_, a), (_, b)]) if Self::accepts_entry(a, b))
    }
    fn from_view(view: &View) -> Self {
        let [a, b] = parts(view);
        (A::from_view(&a), B::from_view(&b))
    }
    fn accepts_entry(key: &Ty, value: &Ty) -> bool {
        A::accepts(key) && B::accepts(value)
    }
    fn from_entry(key: &View, value: &View) -> Option<Self> {
        Some((A::from_view(key), B::from_view(value)))
    }
}

impl<A: FromView, B: FromView, C: FromView> FromView for (A, B, C) {
    fn accepts(ty: &Ty) -> bool {
        match tuple_of(ty) {
            Some([(_, a), (_, b), (_, c)]) => A::accepts(a) && B::accepts(b) && C::accepts(c),
            _ => false,
        }
    }
    fn from_view(view: &View) -> Self {
        let [a, b, c] = parts(view);
        (A::from_view(&a), B::from_view(&b), C::from_view(&c))
    }
}

/// The elements of a tuple's type.
fn tuple_of(ty: &Ty) -> Option<&[(String, Ty)]> {
    match ty {
        Ty::Record(r) if r.kind == RecordKind::Tuple => Some(&r.fields),
        _ => None,
    }
}

/// The elements of a tuple; a type that is accepted has as many.
fn parts<'a, const N: usize>(view: &View<'a>) -> [View<'a>; N] {
    let mut fields = view.fields().map(|f| f.1);
    std::array::from_fn(|_| fields.next().unwrap_or(*view))
}

impl<T: FromView> FromView for Result<T, Failure> {
    fn accepts(ty: &Ty) -> bool {
        matches!(ty, Ty::Result(t) if T::accepts(t))
    }
    fn from_view(view: &View) -> Result<T, Failure> {
        view.result().map(|v| T::from_view(&v))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{Engine, Mode};

    /// The rights are a directory's, so what they reach has to be in it, whatever the program names or finds there.
    #[test]
    fn no_path_leads_out_of_a_dir_that_is_lent() {
        let place = format!("sawmill-beneath-{}", std::process::id());
        let place = std::env::temp_dir().join(place);
        std::fs::create_dir_all(place.join("lent/sub")).unwrap();
        for (to, name) in [("/", "abs"), ("..", "up"), ("sub", "in")] {
            let _ = std::os::unix::fs::symlink(to, place.join("lent").join(name));
        }
        let lent = Dir::open(place.join("lent"), Rights::LIST | Rights::STAT).unwrap();
        let text = "(defn main [d :- Dir p :- Path] (count (list (dir d p))))";
        for mode in [Mode::Interp, Mode::Jit] {
            let program = Engine::new().mode(mode).compile(text).unwrap();
            let main = program.func::<fn(Dir, PathBuf) -> i64>("main").unwrap();
            let count = |path: &str| main.call((lent.clone(), path.into()));
            for inside in [".", "sub", "in", "sub/.."] {
                assert!(count(inside).is_ok(), "{inside}");
            }
            for outside in ["..", "sub/../..", "/", "/etc", "abs", "abs/etc", "up"] {
                let refused = count(outside).unwrap_err();
                assert_eq!(refused.code(), "EXDEV", "{outside}");
            }
        }
        std::fs::remove_dir_all(&place).unwrap();
    }

    #[test]
    fn floats_and_durations_go_in_and_out() {
        let context = &mut Engine::new().context().unwrap();
        let passed = |n: f64, context: &mut _| n.pass(context).unwrap();
        assert_eq!(passed(1.5, context), Data::Float(1.5));
        let longest = Duration::from_nanos(i64::MAX as u64);
        let passed = longest.pass(context).unwrap();
        assert_eq!(passed, Data::Duration(i64::MAX));
        let beyond = longest + Duration::from_nanos(1);
        assert_eq!(beyond.pass(context).unwrap_err().code(), "argument");

        let module = sawmill_ir::module::Module::default();
        fn given<T: FromView>(module: &sawmill_ir::module::Module, ty: Ty, word: u64) -> T {
            assert!(T::accepts(&ty));
            T::from_view(&View::new(module, &[], &ty.lower(), &[word]))
        }
        for n in [1.5, -0.0, f64::INFINITY, f64::NAN] {
            let got: f64 = given(&module, Ty::Float, n.to_bits());
            assert_eq!(got.to_bits(), n.to_bits());
        }
        // Which NaN it is says nothing.
        let nan: f64 = given(&module, Ty::Float, u64::MAX);
        assert_eq!(nan.to_bits(), f64::NAN.to_bits());
        let signed: i64 = given(&module, Ty::Duration, u64::MAX);
        assert_eq!(signed, -1);
        for (word, want) in [
            (1_500_000_000, Ok(Duration::from_millis(1500))),
            (-1_500_000_000, Err(Duration::from_millis(1500))),
            (i64::MIN, Err(Duration::from_nanos(1 << 63))),
        ] {
            let got: Result<Duration, Duration> = given(&module, Ty::Duration, word as u64);
            assert_eq!(got, want);
        }
    }

    /// What a program gives that gives back what it got.
    fn back<T: FromView>(ty: Ty, data: Data) -> T {
        assert!(T::accepts(&ty), "{ty}");
        let text = ty.lower().to_string();
        crate::output::given("", &text, data, |view| T::from_view(view))
    }

    #[test]
    fn collections_go_in_and_out() {
        let context = &mut Engine::new().context().unwrap();
        fn same<T>(value: T, context: &mut Context) -> T
        where
            T: Argument + FromView,
        {
            let data = value.pass(context).unwrap();
            back(T::ty(), data)
        }
        for value in [None, Some(7)] {
            assert_eq!(same(value, context), value);
        }
        let ages = [("a".to_string(), 1), ("b".to_string(), -2)];
        let hashed = HashMap::from(ages.clone());
        assert_eq!(same(hashed.clone(), context), hashed);
        let sorted = BTreeMap::from(ages.clone());
        assert_eq!(same(sorted.clone(), context), sorted);
        let lists = vec![vec![Some(true), None], vec![]];
        assert_eq!(same(lists.clone(), context), lists);

        let data = sorted.pass(context).unwrap();
        let pairs: Vec<(String, i64)> = back(map_of::<String, i64>(), data);
        assert_eq!(pairs, ages);
        let bytes: Vec<u8> = back(Ty::Bytes, [1u8, 255][..].as_ref().pass(context).unwrap());
        assert_eq!(bytes, [1, 255]);
        let set =
            |all: &[i64]| Data::Map(all.iter().map(|n| (Data::Int(*n), Data::Unit)).collect());
        let ty = || Ty::Set(Arc::new(Ty::Int));
        assert_eq!(back::<Vec<i64>>(ty(), set(&[3, 1])), [3, 1]);
        assert_eq!(
            back::<BTreeSet<i64>>(ty(), set(&[3, 1])),
            BTreeSet::from([1, 3])
        );
        assert_eq!(back::<HashSet<i64>>(ty(), set(&[3])), HashSet::from([3]));
        let tuple = Ty::tuple(vec![Ty::Int, Ty::Str, Ty::Bool]);
        let sawmill_ir::ty::Type::Record(row) = tuple.lower() else {
            panic!("a tuple is a record")
        };
        let fields = vec![Data::Int(1), Data::Str("x".into()), Data::Bool(true)];
        let data = Data::List(vec![Data::Record(row, fields)]);
        let rows: Vec<(i64, String, bool)> = back(tuple.list(), data);
        assert_eq!(rows, [(1, "x".to_string(), true)]);

        assert!(!<Vec<u8>>::accepts(&Ty::Int.list()));
        assert!(!<Vec<i64>>::accepts(&Ty::Bytes));
        assert!(!<(i64, i64)>::accepts(&Ty::tuple(vec![Ty::Int])));
        assert!(!<Vec<(i64, i64)>>::accepts(&map_of::<String, i64>()));
    }

    #[test]
    fn without_ambient_rights_there_is_only_what_is_passed() {
        let engine = Engine::new();
        let run = |text: &str| {
            let program = engine.compile(text).unwrap();
            program.func::<fn() -> i64>("main").unwrap().call(())
        };
        for text in [
            "(count (list (dir \"/etc\")))",
            "(count (list (dir \".\")))",
            // Whether there is such a directory is nothing it may know either.
            "(if (ok? (try (dir \"/etc\"))) 1 0)",
        ] {
            assert!(matches!(run(text), Err(Error::Refused { .. })), "{text}");
        }
        let computed = "(defn main [p :- Path] (count (list (dir p))))";
        let program = engine.compile(computed).unwrap();
        let main = program.func::<fn(PathBuf) -> i64>("main").unwrap();
        assert_eq!(main.call(("/etc".into(),)).unwrap_err().code(), "denied");
        let main = engine
            .compile("(defn main [p :- Path] (if (ok? (try (dir p))) 1 0))")
            .unwrap()
            .func::<fn(PathBuf) -> i64>("main")
            .unwrap();
        for path in ["/etc", "/nowhere", "."] {
            assert_eq!(main.call((path.into(),)).unwrap_err().code(), "denied");
        }
        let lent = Dir::open("/etc", Rights::LIST).unwrap();
        let program = engine
            .compile("(defn main [d :- Dir] (count (list d)))")
            .unwrap();
        let main = program.func::<fn(Dir) -> i64>("main").unwrap();
        assert!(main.call((lent,)).unwrap() > 0);
    }
}
