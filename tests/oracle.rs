//! The founding program against two witnesses that are not ours: `stat` of coreutils, and the standard library.
//!
//! On random folders with everything a folder can hold, both engines have to give every field of every entry as the
//! witnesses do, on the command line and to a host.
#![cfg(feature = "cli")]

mod support_cli;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, mknodat, utimensat};
use sawmill::{Class, Dir, Engine, Error, Failure, Rights, Stat};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use support_cli::{Done, ENGINES, Folder, done, root, skip, with};

const FOUNDING: &str = "(fn [d :- Dir] (->> (list d) (map stat)))";
const TRYING: &str = "(fn [d :- Dir] (->> (list d) (map #(try (stat %)))))";

/// Something in a folder.
#[derive(Clone, Debug)]
enum Thing {
    File {
        size: u16,
        mode: u32,
    },
    /// A hole and then a byte.
    Sparse {
        hole: u32,
    },
    Folder {
        mode: u32,
    },
    /// To a target that exists or not, or to itself.
    Link(Vec<u8>),
    /// To the entry itself.
    Loop,
    Fifo {
        mode: u32,
    },
    Socket,
    /// Another name of an earlier file.
    Hard(prop::sample::Index),
}

#[derive(Clone, Debug)]
struct Made {
    name: Vec<u8>,
    thing: Thing,
    mtime: (i64, u32),
}

/// Names as nobody expects them.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let odd: Vec<&[u8]> = vec![
        b"-",
        b"--",
        b"-rf",
        b"--printf=%n",
        b" ",
        b"  two",
        b"tab\there",
        b"new\nline",
        b"\n",
        b"\r\n",
        b"'",
        b"\"",
        b"\\",
        b"\\n",
        b"\x1b[31mred",
        b"\x07",
        b"\x7f",
        b"\xff",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"...",
        b".hidden",
        b"*",
        b"?",
        b"$HOME",
        b"`id`",
        b"{}",
        b"(list)",
        b"\xe2\x80\xae",
        "naïve".as_bytes(),
        "日本語".as_bytes(),
        "e\u{301}".as_bytes(),
        "🪵".as_bytes(),
        b"null",
        b"\x01\x02\x03",
    ];
    let bytes = prop::collection::vec(prop_oneof![1..=b'.', b'0'..=255u8], 1..40);
    prop_oneof![
        3 => prop::sample::select(odd).prop_map(<[u8]>::to_vec),
        2 => bytes,
        1 => any::<u8>().prop_map(|b| vec![if b == 0 || b == b'/' { b'x' } else { b }; 255]),
    ]
    .prop_filter("`.` and `..` are there already", |n| {
        n != b"." && n != b".."
    })
}

fn thing() -> impl Strategy<Value = Thing> {
    let mode = || 0..0o7777u32;
    let targets: Vec<&[u8]> = vec![
        b"/",
        b".",
        b"..",
        b"/etc/passwd",
        b"/nonexistent/x",
        b"\xff",
        b"new\nline",
        b"/dev/null",
    ];
    prop_oneof![
        4 => (any::<u16>(), mode()).prop_map(|(size, mode)| Thing::File { size, mode }),
        1 => any::<u32>().prop_map(|hole| Thing::Sparse { hole }),
        2 => mode().prop_map(|mode| Thing::Folder { mode }),
        2 => prop::sample::select(targets).prop_map(|t| Thing::Link(t.to_vec())),
        1 => Just(Thing::Loop),
        1 => mode().prop_map(|mode| Thing::Fifo { mode }),
        1 => Just(Thing::Socket),
        2 => any::<prop::sample::Index>().prop_map(Thing::Hard),
    ]
}

fn made() -> impl Strategy<Value = Made> {
    let seconds = prop_oneof![
        -2_000_000_000..2_000_000_000i64,
        2_147_483_647..15_000_000_000i64,
        prop::sample::select(vec![-1, 0, 1, -2_147_483_648, 2_147_483_648]),
    ];
    let mtime = (
        seconds,
        prop_oneof![Just(0), Just(999_999_999), 0..1_000_000_000u32],
    );
    (name(), thing(), mtime).prop_map(|(name, thing, mtime)| Made { name, thing, mtime })
}

fn make(folder: &Path, all: &[Made]) {
    let mut files = Vec::new();
    for Made { name, thing, mtime } in all {
        let path = folder.join(OsStr::from_bytes(name));
        if path.symlink_metadata().is_ok() {
            continue;
        }
        match thing {
            Thing::File { size, mode } => {
                std::fs::write(&path, vec![7; usize::from(*size)]).expect("a file");
                set_mode(&path, *mode);
                files.push(path.clone());
            }
            Thing::Sparse { hole } => {
                let file = std::fs::File::create(&path).expect("a file");
                std::os::unix::fs::FileExt::write_at(&file, b"x", u64::from(*hole) * 16)
                    .expect("a hole");
                files.push(path.clone());
            }
            Thing::Folder { mode } => {
                std::fs::create_dir(&path).expect("a folder");
                set_mode(&path, *mode);
            }
            Thing::Link(target) => symlink(OsStr::from_bytes(target), &path).expect("a link"),
            Thing::Loop => symlink(OsStr::from_bytes(name), &path).expect("a link"),
            Thing::Fifo { mode } => {
                mknodat(CWD, &path, FileType::Fifo, Mode::from(0o600), 0).expect("a FIFO");
                set_mode(&path, *mode);
            }
            Thing::Socket => {
                mknodat(CWD, &path, FileType::Socket, Mode::from(0o640), 0).expect("a socket")
            }
            Thing::Hard(which) => {
                if !files.is_empty() {
                    std::fs::hard_link(which.get(&files), &path).expect("another name");
                }
            }
        }
        if let Ok(meta) = path.symlink_metadata() {
            let time = |(sec, nsec): (i64, u32)| Timespec {
                tv_sec: sec,
                tv_nsec: nsec.into(),
            };
            let times = Timestamps {
                last_access: time((meta.atime(), 5)),
                last_modification: time(*mtime),
            };
            utimensat(CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW).expect("our own file");
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own file");
}

/// All entries by name, each with its row as `jsonl` has it.
type Rows = BTreeMap<Vec<u8>, Value>;

/// A name as `jsonl` has it: text, or the bytes in base64.
fn name_of(row: &Value) -> Vec<u8> {
    match &row["name"] {
        Value::String(text) => text.clone().into_bytes(),
        odd => {
            let bytes = base64(odd["bytes"].as_str().expect("bytes in base64"));
            assert!(std::str::from_utf8(&bytes).is_err(), "{odd} could be text");
            bytes
        }
    }
}

/// RFC 4648, section 4, and nothing else.
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    assert_eq!(text.len() % 4, 0, "{text}");
    let digits = text.trim_end_matches('=');
    assert!(text.len() - digits.len() < 3, "{text}");
    let (mut bytes, mut bits, mut have) = (Vec::new(), 0u32, 0);
    for c in digits.bytes() {
        bits = bits << 6 | DIGITS.iter().position(|d| *d == c).expect("a digit") as u32;
        have += 6;
        if have >= 8 {
            have -= 8;
            bytes.push((bits >> have) as u8);
        }
        bits &= (1 << have) - 1;
    }
    assert_eq!(bits, 0, "{text} has bits too many");
    bytes
}

/// Rows by name, without their names.
fn by_name(rows: Vec<Value>) -> Rows {
    let count = rows.len();
    let each = rows.into_iter().map(|mut row| {
        let name = name_of(&row);
        row.as_object_mut().expect("an object").remove("name");
        (name, row)
    });
    let all: Rows = each.collect();
    assert_eq!(all.len(), count, "an entry came twice");
    all
}

/// A row without its name.
#[allow(clippy::too_many_arguments, reason = "a stat has these fields")]
fn row(
    size: u64,
    mode: u32,
    kind: &str,
    [mtime, atime, ctime]: [(i64, i64); 3],
    uid: u32,
    gid: u32,
    nlink: u64,
    ino: u64,
    dev: u64,
    blocks: u64,
) -> Value {
    // Nanoseconds since 1970 do not fit in 64 bits for all times.
    let ns = |(sec, nsec): (i64, i64)| -> Value {
        let ns = i128::from(sec) * 1_000_000_000 + i128::from(nsec);
        serde_json::from_str(&ns.to_string()).expect("an integer")
    };
    json!({"size": size, "mode": mode, "type": kind, "mtime": ns(mtime), "atime": ns(atime), "ctime": ns(ctime),
        "uid": uid, "gid": gid, "nlink": nlink, "ino": ino, "dev": dev, "blocks": blocks})
}

/// What the standard library says.
fn by_std(folder: &Path) -> Rows {
    let entries = std::fs::read_dir(folder).expect("we may list it");
    let each = entries.map(|entry| {
        let entry = entry.expect("an entry");
        let m = std::fs::symlink_metadata(entry.path()).expect("we may stat it");
        let ty = m.file_type();
        let kind = match ty {
            t if t.is_dir() => "dir",
            t if t.is_file() => "file",
            t if t.is_symlink() => "symlink",
            t if t.is_fifo() => "fifo",
            t if t.is_socket() => "socket",
            other => panic!("{other:?}"),
        };
        let times = [
            (m.mtime(), m.mtime_nsec()),
            (m.atime(), m.atime_nsec()),
            (m.ctime(), m.ctime_nsec()),
        ];
        let row = row(
            m.size(),
            m.mode(),
            kind,
            times,
            m.uid(),
            m.gid(),
            m.nlink(),
            m.ino(),
            m.dev(),
            m.blocks(),
        );
        (entry.file_name().into_vec(), row)
    });
    each.collect()
}

/// What `stat` of coreutils says; `None` where there is none.
fn by_coreutils(folder: &Path) -> Option<Rows> {
    const FORMAT: &str = r"%s\t%f\t%.9Y\t%.9X\t%.9Z\t%u\t%g\t%h\t%i\t%d\t%b\n";
    let entries = std::fs::read_dir(folder).expect("we may list it");
    let names: Vec<OsString> = entries.map(|e| e.expect("an entry").file_name()).collect();
    if names.is_empty() {
        return Some(Rows::new());
    }
    let mut stat = Command::new("stat");
    // A bare `-` would be standard input.
    let paths = names.iter().map(|n| Path::new(".").join(n));
    stat.arg(format!("--printf={FORMAT}"))
        .args(paths)
        .current_dir(folder)
        .env("LC_ALL", "C");
    let output = stat
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|o| o.status.success())?;
    let text = String::from_utf8(output.stdout).expect("numbers");
    assert_eq!(text.lines().count(), names.len());
    let each = names.into_iter().zip(text.lines()).map(|(name, line)| {
        let words: Vec<&str> = line.split('\t').collect();
        let [
            size,
            mode,
            mtime,
            atime,
            ctime,
            uid,
            gid,
            nlink,
            ino,
            dev,
            blocks,
        ] = words[..]
        else {
            panic!("{line}");
        };
        let mode = u32::from_str_radix(mode, 16).expect("a number");
        let kind = match mode & 0o170_000 {
            0o040_000 => "dir",
            0o100_000 => "file",
            0o120_000 => "symlink",
            0o010_000 => "fifo",
            0o140_000 => "socket",
            other => panic!("{other:o}"),
        };
        let small = |text: &str| text.parse::<u32>().expect("a number");
        let large = |text: &str| text.parse::<u64>().expect("a number");
        let row = row(
            large(size),
            mode,
            kind,
            [time(mtime), time(atime), time(ctime)],
            small(uid),
            small(gid),
            large(nlink),
            large(ino),
            large(dev),
            large(blocks),
        );
        (name.into_vec(), row)
    });
    Some(each.collect())
}

/// `-1.500000000` of coreutils is one and a half seconds before 1970: seconds -2, nanoseconds 500,000,000.
fn time(text: &str) -> (i64, i64) {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |t| (t, -1));
    let (sec, nsec) = digits.split_once('.').expect("a fraction");
    let ns = sec.parse::<i128>().expect("a number") * 1_000_000_000
        + nsec.parse::<i128>().expect("a number");
    let ns = ns * sign;
    (
        ns.div_euclid(1_000_000_000) as i64,
        ns.rem_euclid(1_000_000_000) as i64,
    )
}

/// What the program says on the command line.
fn by_command(engine: &str, program: &str, folder: &Path) -> Rows {
    let mut command = with(&["--engine", engine, "--output", "jsonl", "-e", program]);
    let done = done(command.arg(folder));
    assert_eq!(
        (done.code, done.err.as_str()),
        (0, ""),
        "{:?}",
        String::from_utf8_lossy(&done.out)
    );
    by_name(done.rows())
}

/// What the program gives a host.
fn by_host(engine: &Engine, folder: &Path) -> Rows {
    let program = engine.compile(FOUNDING).expect("it compiles");
    let main = program
        .func::<fn(Dir) -> Vec<Stat>>("main")
        .expect("that is its type");
    let dir = Dir::open(folder, Rights::LIST | Rights::STAT).expect("we may open it");
    let stats = main.call((dir,)).expect("it runs");
    let count = stats.len();
    let each = stats.into_iter().map(|s| {
        let time = |t: sawmill::Timestamp| (t.sec, i64::from(t.nsec));
        let times = [time(s.mtime), time(s.atime), time(s.ctime)];
        let dev = rustix::fs::makedev((s.dev >> 32) as u32, s.dev as u32);
        let row = row(
            s.size,
            s.mode,
            s.kind,
            times,
            s.uid,
            s.gid,
            s.nlink.into(),
            s.ino,
            dev,
            s.blocks,
        );
        (s.name.into_vec(), row)
    });
    let all: Rows = each.collect();
    assert_eq!(all.len(), count, "an entry came twice");
    all
}

fn engines() -> [Engine; 2] {
    [sawmill::Mode::Interp, sawmill::Mode::Jit].map(|mode| Engine::new().mode(mode))
}

#[test]
fn random_folders_are_told_as_the_witnesses_tell_them() {
    let engines = engines();
    let mut coreutils = true;
    let all = prop::collection::vec(made(), 0..24);
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    let test = |all: Vec<Made>, coreutils: &mut bool| {
        let folder = Folder::new();
        make(folder.path(), &all);
        let want = by_std(folder.path());
        match by_coreutils(folder.path()) {
            Some(told) => assert_eq!(told, want, "the witnesses do not agree"),
            None => *coreutils = false,
        }
        for (name, engine) in ENGINES.iter().zip(&engines) {
            assert_eq!(
                by_command(name, FOUNDING, folder.path()),
                want,
                "sawmill --engine {name}"
            );
            assert_eq!(by_host(engine, folder.path()), want, "the library, {name}");
        }
        assert_eq!(by_command("auto", TRYING, folder.path()), want, "with try");
    };
    let cell = std::cell::RefCell::new(&mut coreutils);
    let result = TestRunner::new(config).run(&all, |all| {
        test(all, &mut cell.borrow_mut());
        Ok(())
    });
    result.unwrap_or_else(|e| panic!("{e}"));
    if !coreutils {
        skip(
            "random_folders_are_told_as_the_witnesses_tell_them",
            "stat knows no --printf; the standard library was the only witness",
        );
    }
}

#[test]
fn folders_of_the_system_are_told_as_the_witnesses_tell_them() {
    // Devices, other file systems beneath, large numbers; nothing that changes by itself.
    for folder in ["/", "/etc", "/usr/bin", "/usr/lib"].map(Path::new) {
        let still = |rows: Rows| -> Rows {
            // Others work here meanwhile: times of access may change, and of folders all times.
            rows.into_iter()
                .filter(|r| folder != Path::new("/") || r.1["type"] == "symlink")
                .collect()
        };
        if !folder.exists() {
            continue;
        }
        let without_atime = |mut rows: Rows| {
            for row in rows.values_mut() {
                row.as_object_mut().expect("an object").remove("atime");
            }
            rows
        };
        for engine in ENGINES {
            let told = without_atime(still(by_command(engine, FOUNDING, folder)));
            assert_eq!(
                told,
                without_atime(still(by_std(folder))),
                "{}",
                folder.display()
            );
        }
    }
}

#[test]
fn a_link_is_followed_where_the_parameter_is_bound_and_nowhere_else() {
    let folder = Folder::new();
    std::fs::create_dir(folder.at("real")).expect("a folder");
    folder.write("real/file", "12345");
    symlink("real", folder.at("link")).expect("a link");
    symlink("file", folder.at("real/to-file")).expect("a link");
    for engine in ENGINES {
        let rows = by_command(engine, FOUNDING, &folder.at("link"));
        assert_eq!(rows, by_std(&folder.at("real")));
        assert_eq!(rows[b"to-file".as_slice()]["type"], "symlink");
        assert_eq!(rows[b"to-file".as_slice()]["size"], 4);
    }
}

// --- as somebody who may not everything -----------------------------------------------------------------------------

const NOBODY: u32 = 65534;

/// Runs the binary as nobody.
fn as_nobody(args: &[&str], folder: &Path) -> Done {
    let mut command = with(args);
    // It may lie where nobody may go. Another process makes the copy: a descriptor of ours that writes it would be
    // inherited by what other tests start at that moment, and what is open for writing cannot be executed.
    let copy = Folder::new();
    let mut cp = Command::new("cp");
    cp.arg(support_cli::binary()).arg(copy.at("sawmill"));
    assert!(done(&mut cp).code == 0, "a copy");
    let mut other = Command::new(copy.at("sawmill"));
    other
        .args(command.get_args())
        .arg(folder)
        .stdin(Stdio::null())
        .current_dir("/");
    other.uid(NOBODY).gid(NOBODY);
    command = other;
    done(&mut command)
}

#[test]
fn a_folder_that_may_not_be_read_is_told_with_name_and_place() {
    if !root() {
        return skip(
            "a_folder_that_may_not_be_read_is_told_with_name_and_place",
            "it takes root to become nobody",
        );
    }
    let folder = Folder::new();
    folder.write("there", "");
    folder.mode("", 0o711);
    for engine in ENGINES {
        let done = as_nobody(&["--engine", engine, "-e", FOUNDING], folder.path());
        let (path, place) = (folder.text(), folder.place());
        let want = format!(
            "error[EACCES]: openat2 {place}: EACCES (Permission denied)\n \
             --> -e:1:21\n  |\n1 | {FOUNDING}\n  |                     ^^^^^^^^\n"
        );
        assert_eq!((done.code, done.err.as_str()), (1, want.as_str()));
        let row = json!({"error": {"errno": "EACCES", "no": 13, "call": "openat2", "args": [path], "at": "-e:1:21"}});
        assert_eq!(done.rows(), [row]);
    }
    folder.mode("", 0o755);
}

#[test]
fn a_folder_that_may_not_be_entered_is_refused_by_name() {
    if !root() {
        return skip(
            "a_folder_that_may_not_be_entered_is_refused_by_name",
            "it takes root to become nobody",
        );
    }
    // Reading it would be allowed, but a Dir is opened without a right to its contents, and `.` in it is a step into it.
    let folder = Folder::new();
    folder.write("a", "");
    folder.mode("", 0o744);
    for engine in ENGINES {
        let done = as_nobody(&["--engine", engine, "-e", FOUNDING], folder.path());
        assert_eq!(done.code, 1);
        let want = format!(
            "error[EACCES]: openat2 {}: EACCES (Permission denied)\n",
            folder.place()
        );
        assert!(done.err.starts_with(&want), "{}", done.err);
        assert_eq!(done.rows()[0]["error"]["errno"], "EACCES");
    }
    folder.mode("", 0o755);
}

#[test]
fn one_that_fails_under_try_takes_none_of_the_others_with_it() {
    if !root() {
        return skip(
            "one_that_fails_under_try_takes_none_of_the_others_with_it",
            "it takes root to become nobody",
        );
    }
    let folder = Folder::new();
    for name in ["open", "closed", "also-open"] {
        std::fs::create_dir(folder.at(name)).expect("a folder");
        folder.write(format!("{name}/x"), "123");
    }
    folder.mode("closed", 0o700);
    let program = "(fn [d :- Dir] (map #(try (stat d (:name %))) (list d)))";
    let inner = "(fn [d :- Dir] (map #(try (count (list (dir d (:name %))))) (list d)))";
    for engine in ENGINES {
        let all = as_nobody(&["--engine", engine, "-e", program], folder.path());
        assert_eq!((all.code, all.err.as_str(), all.rows().len()), (0, "", 3));
        let counts = as_nobody(&["--engine", engine, "-e", inner], folder.path());
        assert_eq!((counts.code, counts.err.as_str()), (0, ""));
        let rows = counts.rows();
        assert_eq!(
            rows.iter().filter(|r| **r == json!(1)).count(),
            2,
            "{rows:?}"
        );
        let errors: Vec<&Value> = rows
            .iter()
            .filter(|r| r["error"]["errno"] == "EACCES")
            .collect();
        let [error] = errors[..] else {
            panic!("{rows:?}")
        };
        assert_eq!(
            error["error"]["args"],
            json!([format!("{}/closed", folder.text())])
        );
    }
}

// --- to a host ------------------------------------------------------------------------------------------------------

#[test]
fn a_host_gets_each_failure_as_a_value_or_one_as_an_error() {
    let folder = Folder::new();
    folder.write("here", "");
    let text = "(fn [d :- Dir] (map #(try (stat d (:name %))) (list d)))";
    symlink("nowhere", folder.at("dangling")).expect("a link");
    for engine in engines() {
        let dir = || Dir::open(folder.path(), Rights::ALL).expect("we may open it");
        let main = engine.compile(text).expect("it compiles");
        let main = main
            .func::<fn(Dir) -> Vec<Result<Stat, Failure>>>("main")
            .expect("its type");
        let results = main.call((dir(),)).expect("it runs");
        let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (1, 1));
        let Some(Err(failure)) = bad.into_iter().next() else {
            panic!("it is an error")
        };
        assert_eq!(
            (failure.operation, failure.fault.class()),
            ("openat2", Class::Error)
        );

        let strict = engine
            .compile("(fn [d :- Dir] (map #(stat d (:name %)) (list d)))")
            .expect("it compiles");
        let strict = strict
            .func::<fn(Dir) -> Vec<Stat>>("main")
            .expect("its type");
        let error: Error = strict.call((dir(),)).expect_err("one is dangling");
        assert_eq!(
            (error.errno(), error.exit_code(), error.code()),
            (Some(2), 1, "ENOENT")
        );
        assert_eq!(error.place().as_deref(), Some("program:1:21"));
        // It can be called again.
        std::fs::remove_file(folder.at("dangling")).expect("our own file");
        assert_eq!(strict.call((dir(),)).expect("it runs").len(), 1);
        symlink("nowhere", folder.at("dangling")).expect("a link");
    }
}
