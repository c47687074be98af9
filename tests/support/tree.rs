//! Trees of files, described in lines of text and made in a fake kernel or on disk, at the same path in both.
//!
//! A line is one of
//! ```text
//! dir PATH [MODE]          file PATH SIZE [MODE]     files PREFIX COUNT SIZE
//! link PATH -> TARGET      fifo PATH                 socket PATH
//! hard PATH OLD            char PATH                 block PATH
//! ```
//! Paths may be quoted, with the escapes of Rust byte strings; `x*255` is a name of 255 letters. Devices are made in
//! the fake kernel only. Every file gets a mode and times of its own, the same in both.

use sawmill::parts::runtime::fake::FakeKernel;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What a file is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Dir,
    File(u64),
    Link(Vec<u8>),
    Fifo,
    Socket,
    Char,
    Block,
    Hard(Vec<u8>),
}

/// A tree, parents before children.
#[derive(Clone, Default, PartialEq, Eq, Hash, Debug)]
pub struct Tree(Vec<(Vec<u8>, Kind, u16)>);

impl Tree {
    /// Takes in a line; whether it was one of a tree.
    pub fn line(&mut self, line: &str) -> bool {
        let words = words(line);
        let texts: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let number = |word: &[u8]| -> u64 {
            let text = std::str::from_utf8(word).unwrap();
            text.parse()
                .unwrap_or_else(|_| panic!("`{line}`: `{text}` is no number"))
        };
        let mode = |word: Option<&&[u8]>, default: u16| match word {
            Some(word) => {
                let text = std::str::from_utf8(word).unwrap();
                u16::from_str_radix(text, 8).unwrap_or_else(|_| panic!("`{line}`: no mode"))
            }
            None => default,
        };
        let (path, kind, mode) = match &texts[..] {
            [b"dir", path, rest @ ..] => (path, Kind::Dir, mode(rest.first(), 0o755)),
            [b"file", path, size, rest @ ..] => {
                (path, Kind::File(number(size)), mode(rest.first(), 0o644))
            }
            [b"files", prefix, count, size] => {
                for i in 0..number(count) {
                    let path = [prefix, format!("{i:05}").as_bytes()].concat();
                    self.0.push((path, Kind::File(number(size)), 0o644));
                }
                return true;
            }
            [b"link", path, b"->", target] => (path, Kind::Link(target.to_vec()), 0o777),
            [b"fifo", path] => (path, Kind::Fifo, 0o644),
            [b"socket", path] => (path, Kind::Socket, 0o644),
            [b"char", path] => (path, Kind::Char, 0o644),
            [b"block", path] => (path, Kind::Block, 0o644),
            [b"hard", path, old] => (path, Kind::Hard(old.to_vec()), 0o644),
            _ => return false,
        };
        self.0.push((path.to_vec(), kind, mode));
        true
    }

    /// Makes it below `root` in a fake kernel.
    pub fn fake(&self, root: &Path) -> FakeKernel {
        let kernel = FakeKernel::new();
        let root = root.as_os_str().as_bytes();
        kernel.edit(|tree| {
            tree.dir(root);
            for (i, (path, kind, mode)) in self.0.iter().enumerate() {
                let path = [root, b"/", path].concat();
                let meta = match kind {
                    Kind::Dir => tree.dir(&path),
                    Kind::File(size) => tree.file(&path, *size),
                    Kind::Link(target) => tree.symlink(&path, target),
                    Kind::Fifo => tree.fifo(&path),
                    Kind::Socket => tree.socket(&path),
                    Kind::Char => tree.char_device(&path),
                    Kind::Block => tree.block_device(&path),
                    Kind::Hard(old) => {
                        assert!(tree.link([root, b"/", old].concat(), &path));
                        continue;
                    }
                };
                meta.mode = *mode;
                meta.mtime = (time(i) as i64, 0);
                meta.atime = meta.mtime;
            }
        });
        kernel
    }

    /// Makes it in an empty directory on disk.
    pub fn real(&self, root: &Path) {
        for (path, kind, mode) in &self.0 {
            let at = root.join(OsStr::from_bytes(path));
            let node = |kind| {
                let mode = rustix::fs::Mode::from_raw_mode((*mode).into());
                rustix::fs::mknodat(rustix::fs::CWD, &at, kind, mode, 0).unwrap();
            };
            match kind {
                Kind::Dir => fs::create_dir_all(&at).unwrap(),
                Kind::File(size) => fs::File::create(&at).unwrap().set_len(*size).unwrap(),
                Kind::Link(to) => std::os::unix::fs::symlink(OsStr::from_bytes(to), &at).unwrap(),
                Kind::Fifo => node(rustix::fs::FileType::Fifo),
                Kind::Socket => node(rustix::fs::FileType::Socket),
                Kind::Hard(old) => fs::hard_link(root.join(OsStr::from_bytes(old)), &at).unwrap(),
                Kind::Char | Kind::Block => panic!("devices are made in the fake kernel only"),
            }
        }
        // Times last: making a file changes its directory.
        for (i, (path, kind, mode)) in self.0.iter().enumerate().rev() {
            let at = root.join(OsStr::from_bytes(path));
            if matches!(kind, Kind::Link(_) | Kind::Hard(_)) {
                continue;
            }
            fs::set_permissions(&at, fs::Permissions::from_mode((*mode).into())).unwrap();
            if matches!(kind, Kind::Dir | Kind::File(_)) {
                let time = SystemTime::UNIX_EPOCH + Duration::from_secs(time(i));
                let times = fs::FileTimes::new().set_accessed(time).set_modified(time);
                fs::File::open(&at).unwrap().set_times(times).unwrap();
            }
        }
    }
}

/// The time of the i-th file: later files are younger.
fn time(i: usize) -> u64 {
    1_500_000_000 + 1000 * i as u64
}

/// The words of a line.
fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted
                    .find('"')
                    .unwrap_or_else(|| panic!("`{line}`: no end of a name"));
                (unescape(&quoted[..end]), &quoted[end + 1..])
            }
            None => {
                let end = rest.find(' ').unwrap_or(rest.len());
                let word = &rest[..end];
                let word = match word.split_once('*') {
                    Some((text, n)) => text.repeat(n.parse().unwrap()).into_bytes(),
                    None => word.as_bytes().to_vec(),
                };
                (word, &rest[end..])
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend(c.to_string().as_bytes());
            continue;
        }
        out.push(match chars.next() {
            Some('n') => b'\n',
            Some('q') => b'"',
            Some('\\') => b'\\',
            Some('x') => {
                let hex: String = chars.by_ref().take(2).collect();
                u8::from_str_radix(&hex, 16).unwrap()
            }
            other => panic!("unknown escape {other:?} in `{text}`"),
        });
    }
    out
}

/// A directory on disk that is removed at the end.
pub struct TempDir(PathBuf);

impl TempDir {
    /// A new, empty one.
    pub fn new() -> TempDir {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let base = fs::canonicalize(std::env::temp_dir()).unwrap();
        let path = base.join(format!("sawmill-test-{}-{n}", std::process::id()));
        fs::create_dir(&path).unwrap();
        TempDir(path)
    }
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
