//! The values of programs as Rust has them.

use crate::error::Error;
use sawmill_frontend::ty::{STAT, Ty};
use sawmill_ir::fault::Failure;
use sawmill_ir::host::Host;
use sawmill_ir::rights::Rights;
use sawmill_ir::ty::file_type_name;
use sawmill_ir::value::{Data, View};
use sawmill_runtime::context::{BENEATH, Context};
use std::ffi::OsString;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    bool => Bool, self Data::Bool(*self);
    String => Str, self Data::Str(self.clone());
    &str => Str, self Data::Str(self.to_string());
    PathBuf => Path, self Data::Path(self.as_os_str().as_bytes().to_vec());
    &Path => Path, self Data::Path(self.as_os_str().as_bytes().to_vec());
}

/// A Rust type that a program's value can become.
pub trait FromView: Sized {
    /// Whether values of that type become this one.
    fn accepts(ty: &Ty) -> bool;
    /// Makes it. Only called with a view of a type that is accepted.
    fn from_view(view: &View) -> Self;
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
    i64: Ty::Int | Ty::Size => v v.word() as i64;
    u64: Ty::Ino | Ty::Dev => v v.word();
    bool: Ty::Bool => v v.word() != 0;
    (): Ty::Unit => _v ();
    String: Ty::Str => v String::from_utf8_lossy(v.bytes()).into_owned();
    PathBuf: Ty::Path => v OsString::from_vec(v.bytes().to_vec()).into();
    OsString: Ty::Path => v OsString::from_vec(v.bytes().to_vec());
    Timestamp: Ty::Time => v Timestamp { sec: v.word() as i64, nsec: v.second() as u32 };
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

impl<T: FromView> FromView for Vec<T> {
    fn accepts(ty: &Ty) -> bool {
        matches!(ty, Ty::List(t) | Ty::Seq(t) if T::accepts(t))
    }
    fn from_view(view: &View) -> Vec<T> {
        view.elements().map(|e| T::from_view(&e)).collect()
    }
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
