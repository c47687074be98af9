//! Paths as bytes: what their parts are, by their letters alone. Nothing here asks a file system.
//!
//! `basename` and `dirname` are those of POSIX, extensions those of Python's `os.path.splitext` (without the point),
//! `join` is `os.path.join`, `components` are the parts of Python's `PurePosixPath`.

use super::Call;
use super::scan::{BATCH, WINDOW};
use super::work::{Answer, Bytes, Fresh, NewList, answer, each};
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::DOT_AT;
use std::ops::Range;

/// The last component, without slashes after it; `None` stands for `.`, which an empty path has.
fn basename(path: &[u8]) -> Option<Range<usize>> {
    if path.is_empty() {
        return None;
    }
    let Some(last) = path.iter().rposition(|b| *b != b'/') else {
        return Some(0..1);
    };
    let slash = memchr::memrchr(b'/', &path[..last]);
    Some(slash.map_or(0, |n| n + 1)..last + 1)
}

/// What is before the last component and its slashes: its length. 0 stands for `.`.
fn dirname(path: &[u8]) -> usize {
    let Some(last) = path.iter().rposition(|b| *b != b'/') else {
        return path.len().min(1);
    };
    let Some(slash) = memchr::memrchr(b'/', &path[..last]) else {
        return 0;
    };
    let end = path[..slash].iter().rposition(|b| *b != b'/');
    end.map_or(1, |n| n + 1)
}

/// Where the point of the extension is: the last one in the last component, but for those that it begins with.
fn extension(path: &[u8]) -> Option<usize> {
    let start = memchr::memrchr(b'/', path).map_or(0, |n| n + 1);
    let point = memchr::memrchr(b'.', &path[start..])?;
    let name = &path[start..start + point];
    (name.iter().any(|b| *b != b'.')).then_some(start + point)
}

/// Some components from `at` on: a slash, if the path begins with one, and then all but the empty ones and `.`.
/// Whether these were the last.
fn components(path: &[u8], at: &mut usize, found: &mut Vec<Range<usize>>) -> bool {
    if *at == 0 && path.first() == Some(&b'/') {
        found.push(0..1);
    }
    let stop = path.len().min(*at + WINDOW);
    while *at < stop && found.len() < BATCH {
        let end = memchr::memchr(b'/', &path[*at..]).map_or(path.len(), |n| *at + n);
        match &path[*at..end] {
            b"" | b"." => {}
            _ => found.push(*at..end),
        }
        *at = end + 1;
    }
    *at >= path.len()
}

/// A piece of a path as a path: the same bytes where its NUL is theirs, or else a copy.
fn path_of(host: &mut dyn Host, path: Bytes, piece: Range<usize>) -> Result<Bytes, Fault> {
    let whole = piece.end as u64 == path.len;
    let piece = path.piece(piece);
    if whole {
        return Ok(piece);
    }
    let mut fresh = Fresh::new(host, Some(piece.len))?;
    fresh.copy(host, piece)?;
    Ok(fresh.done())
}

const DOT: Bytes = Bytes { at: DOT_AT, len: 1 };

/// `path.basename`
pub(crate) fn base_name(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let path = Bytes::of(call.operand(0));
    let name = basename(path.look(host.memory()));
    let name = name.map_or(Ok(DOT), |range| path_of(host, path, range))?;
    Ok(name.words())
}

/// `path.dirname`
pub(crate) fn dir_name(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let path = Bytes::of(call.operand(0));
    let dir = match dirname(path.look(host.memory())) {
        0 => DOT,
        len => path_of(host, path, 0..len)?,
    };
    Ok(dir.words())
}

/// `path.extension`
pub(crate) fn path_extension(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let path = Bytes::of(call.operand(0));
    let point = extension(path.look(host.memory()));
    Ok(point.map_or(answer(&[]), |n| path.piece(n + 1..path.len as usize).some()))
}

/// `path.stem`
pub(crate) fn without_extension(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let path = Bytes::of(call.operand(0));
    let end = extension(path.look(host.memory())).unwrap_or(path.len as usize);
    Ok(path_of(host, path, 0..end)?.words())
}

/// `path.absolute?`
pub(crate) fn is_absolute(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let path = Bytes::of(call.operand(0)).look(host.memory());
    Ok(answer(&[u64::from(path.first() == Some(&b'/'))]))
}

/// `path.join`
pub(crate) fn join(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let (a, b) = (Bytes::of(call.operand(0)), Bytes::of(call.operand(1)));
    let memory = &*host.memory();
    let (first, second) = (a.look(memory), b.look(memory));
    if first.is_empty() || second.first() == Some(&b'/') {
        return Ok(b.words());
    }
    let slash: &[u8] = if first.last() == Some(&b'/') {
        b""
    } else {
        b"/"
    };
    let len = a.len.checked_add(slash.len() as u64);
    let mut fresh = Fresh::new(host, len.and_then(|n| n.checked_add(b.len)))?;
    fresh.copy(host, a)?;
    fresh.put(host, slash);
    fresh.copy(host, b)?;
    Ok(fresh.done().words())
}

/// `path.components`
pub(crate) fn path_components(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let path = Bytes::of(call.operand(0));
    let mut list = NewList::new(host, 2)?;
    let mut at = 0;
    each(
        host,
        |memory, found| components(path.look(memory), &mut at, found),
        |host, found| {
            for part in found {
                let part = path_of(host, path, part.clone())?;
                list.piece(host, part)?;
            }
            Ok(())
        },
    )?;
    Ok(list.done())
}

/// `name.of`
pub(crate) fn name_of(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let path = Bytes::of(call.operand(0));
    match path.look(host.memory()) {
        b"" | b"." | b".." => Err(Fault::BadName),
        name if memchr::memchr2(b'/', 0, name).is_some() => Err(Fault::BadName),
        _ => Ok(path.words()),
    }
}

/// `path.of-bytes`
pub(crate) fn of_bytes(call: &Call<'_>, host: &mut dyn Host) -> Answer {
    let bytes = Bytes::of(call.operand(0));
    if memchr::memchr(0, bytes.look(host.memory())).is_some() {
        return Err(Fault::NulInPath);
    }
    let mut fresh = Fresh::new(host, Some(bytes.len))?;
    fresh.copy(host, bytes)?;
    Ok(fresh.done().words())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn base(path: &str) -> &str {
        basename(path.as_bytes()).map_or(".", |range| &path[range])
    }

    fn dir(path: &str) -> &str {
        match dirname(path.as_bytes()) {
            0 => ".",
            len => &path[..len],
        }
    }

    fn split(path: &str) -> (&str, Option<&str>) {
        match extension(path.as_bytes()) {
            Some(n) => (&path[..n], Some(&path[n + 1..])),
            None => (path, None),
        }
    }

    /// The table of basename(3).
    #[test]
    fn names_and_directories_are_those_of_posix() {
        for (path, directory, name) in [
            ("/usr/lib", "/usr", "lib"),
            ("/usr/", "/", "usr"),
            ("usr", ".", "usr"),
            ("/", "/", "/"),
            (".", ".", "."),
            ("..", ".", ".."),
            ("", ".", "."),
            ("//", "/", "/"),
            ("///", "/", "/"),
            ("//usr//lib//", "//usr", "lib"),
            ("a//b", "a", "b"),
            ("./a", ".", "a"),
            ("//a", "/", "a"),
        ] {
            assert_eq!((dir(path), base(path)), (directory, name), "{path}");
        }
    }

    /// What `os.path.splitext` gives; its empty extension is none, its other ones begin with the point.
    #[test]
    fn extensions_are_those_of_python() {
        for (path, root, extension) in [
            ("a.txt", "a", Some("txt")),
            ("a.tar.gz", "a.tar", Some("gz")),
            ("a", "a", None),
            ("", "", None),
            (".bashrc", ".bashrc", None),
            ("..a", "..a", None),
            ("...", "...", None),
            (".a.b", ".a", Some("b")),
            ("..a.b", "..a", Some("b")),
            ("a.", "a", Some("")),
            ("a..", "a.", Some("")),
            ("d.d/a", "d.d/a", None),
            ("d.d/.a", "d.d/.a", None),
            ("d/a.b", "d/a", Some("b")),
            ("a.b/", "a.b/", None),
            ("/.", "/.", None),
            ("a/..b.c", "a/..b", Some("c")),
        ] {
            assert_eq!(split(path), (root, extension), "{path}");
        }
    }

    #[test]
    fn components_are_the_parts_of_a_pure_path() {
        for (path, parts) in [
            ("/usr//lib/", &["/", "usr", "lib"][..]),
            ("./a/./../b", &["a", "..", "b"]),
            ("", &[]),
            (".", &[]),
            ("/", &["/"]),
            ("a", &["a"]),
            (".a/b.", &[".a", "b."]),
        ] {
            let (mut at, mut found) = (0, Vec::new());
            assert!(components(path.as_bytes(), &mut at, &mut found));
            let got: Vec<&str> = found.into_iter().map(|r| &path[r]).collect();
            assert_eq!(got, parts, "{path}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn names_and_directories_are_those_of_coreutils(paths in prop::collection::vec("[/.a b]{1,9}", 50)) {
            let lines = |program: &str, ours: fn(&str) -> &str| {
                let args = [&[if program == "basename" { "-a" } else { "--" }.to_string()], &paths[..]].concat();
                if let Ok(output) = Command::new(program).args(args).output() && output.status.success() {
                    let theirs = String::from_utf8(output.stdout).unwrap();
                    let ours: String = paths.iter().map(|p| format!("{}\n", ours(p))).collect();
                    assert_eq!(theirs, ours);
                }
            };
            lines("basename", base);
            lines("dirname", dir);
        }
    }
}
