//! The system calls of a run, as strace sees them: those that the program spells out and not one more per entry.
#![cfg(feature = "cli")]

mod support_cli;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use support_cli::{ENGINES, Folder, binary, done, skip};

const FEW: usize = 10;
const MANY: usize = 1000;

const FOUNDING: &str = "(fn [d :- Dir] (->> (list d) (map stat)))";
const SUM: &str = "(fn [d :- Dir] (->> (list d) (map stat) (map :size) (reduce + 0)))";

/// A system call as strace writes it.
#[derive(Debug)]
struct Call {
    name: String,
    args: String,
    result: String,
}

impl Call {
    /// `statx(4, "a", ...) = 0`; nothing for other lines, such as those on signals and the end.
    fn of(line: &str) -> Option<Call> {
        let line = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let (name, rest) = line.split_once('(')?;
        let (args, result) = rest.rsplit_once(" = ")?;
        let args = args.trim_end().strip_suffix(')')?;
        Some(Call {
            name: name.to_string(),
            args: args.to_string(),
            result: result.to_string(),
        })
    }
    fn arg(&self, n: usize) -> &str {
        self.args.split(", ").nth(n).unwrap_or("")
    }
}

/// A run: its system calls and what it wrote.
struct Traced {
    calls: Vec<Call>,
    out: Vec<u8>,
}

impl Traced {
    /// The work: from the first read of the directory to where the listing is closed.
    fn work(&self) -> &[Call] {
        let first = self.calls.iter().position(|c| c.name == "getdents64");
        let first = first.expect("the directory is read");
        let listing = self.calls[first].arg(0);
        let closed = |c: &Call| c.name == "close" && c.args == listing;
        let rest = self.calls[first..].iter().position(closed);
        &self.calls[first..=first + rest.expect("the listing is closed")]
    }
    /// How often each call was made within the work.
    fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for call in self.work() {
            *counts.entry(call.name.as_str()).or_default() += 1;
        }
        counts
    }
    /// The directory that the program was given: the descriptor that came of opening it.
    fn directory(&self, folder: &Path) -> &str {
        let quoted = format!("\"{}\"", folder.display());
        let opened = |c: &&Call| c.name == "openat2" && c.arg(1) == quoted;
        let call = self.calls.iter().find(opened);
        &call.expect("the directory is opened").result
    }
}

/// Whether runs can be traced here; says so if not.
fn can_trace(test: &str) -> bool {
    let probe = Command::new("strace")
        .args(["-f", "-o", "/dev/null"])
        .arg(binary())
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let can = probe.is_ok_and(|s| s.success());
    if !can {
        skip(test, "there is no strace that may trace");
    }
    can
}

fn folder(entries: usize) -> Folder {
    let folder = Folder::new();
    for n in 0..entries {
        folder.write(name(n), vec![b'x'; n % 7]);
    }
    folder
}

fn name(n: usize) -> String {
    format!("entry-{n:04}")
}

fn traced(engine: &str, program: &str, folder: &Folder) -> Traced {
    let log = Folder::new();
    let mut command = Command::new("strace");
    command.args(["-f", "-s", "4096", "-o"]).arg(log.at("log"));
    command.arg(binary()).args(["--engine", engine]);
    command
        .args(["--output", "jsonl", "-e", program])
        .arg(folder.path())
        .stdin(Stdio::null());
    let done = done(&mut command);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let log = std::fs::read(log.at("log")).expect("strace wrote it");
    let log = String::from_utf8_lossy(&log);
    Traced {
        calls: log.lines().filter_map(Call::of).collect(),
        out: done.out,
    }
}

/// Each read of the directory is of 32 KiB, the last and no other gives nothing, and none is needless.
fn assert_reads(run: &Traced) {
    let reads: Vec<&Call> = run
        .work()
        .iter()
        .filter(|c| c.name == "getdents64")
        .collect();
    let mut bytes = 0;
    for (i, read) in reads.iter().enumerate() {
        assert!(read.args.ends_with(", 32768"), "{read:?}");
        let got: usize = read.result.parse().expect("a number of bytes");
        assert_eq!(got == 0, i + 1 == reads.len(), "{read:?}");
        bytes += got;
    }
    // A buffer is left when the next entry does not fit, and an entry takes 280 bytes at most.
    assert!(reads.len() <= bytes.div_ceil(32_768 - 280) + 1);
}

/// Each entry is asked about once, by its name in the directory.
fn assert_stats(run: &Traced, folder: &Folder, entries: usize) {
    let directory = run.directory(folder.path());
    let stats = run.work().iter().filter(|c| c.name == "statx");
    let mut asked = BTreeSet::new();
    for call in stats {
        assert_eq!(call.arg(0), directory, "{call:?}");
        assert!(call.arg(2).contains("AT_SYMLINK_NOFOLLOW"), "{call:?}");
        assert!(asked.insert(call.arg(1)), "asked twice: {call:?}");
    }
    let names: Vec<String> = (0..entries).map(|n| format!("\"{}\"", name(n))).collect();
    assert!(asked.into_iter().eq(names.iter().map(String::as_str)));
}

#[test]
fn an_entry_costs_one_statx_and_nothing_else() {
    if !can_trace("an_entry_costs_one_statx_and_nothing_else") {
        return;
    }
    let programs = [
        SUM,
        "(fn [d :- Dir] (count (map stat (list d))))",
        "(fn [d :- Dir] (->> (list d) (map #(try (stat %))) (filter ok?) (count)))",
        "(fn [d :- Dir] (->> (list d) (map stat) (filter #(> (:size %) 3)) (take 5000) (count)))",
    ];
    for (engine, program) in ENGINES.iter().flat_map(|e| programs.map(|p| (e, p))) {
        for entries in [FEW, MANY] {
            let folder = folder(entries);
            let run = traced(engine, program, &folder);
            assert_reads(&run);
            assert_stats(&run, &folder, entries);
            // So with either engine no memory is asked for, nothing is opened or closed, and nothing is written.
            let reads = run.counts()["getdents64"];
            let want = BTreeMap::from([("getdents64", reads), ("statx", entries), ("close", 1)]);
            assert_eq!(run.counts(), want, "{engine} {program}");
        }
    }
}

#[test]
fn what_is_not_asked_for_is_not_done() {
    if !can_trace("what_is_not_asked_for_is_not_done") {
        return;
    }
    let folder = folder(MANY);
    for engine in ENGINES {
        let run = traced(engine, "(fn [d :- Dir] (count (list d)))", &folder);
        assert_reads(&run);
        assert_eq!(run.out, b"1000\n");
        let reads = run.counts()["getdents64"];
        let want = BTreeMap::from([("getdents64", reads), ("close", 1)]);
        assert_eq!(run.counts(), want, "{engine}");
        // Three of the entries are wanted: three are asked about, and the directory is read once.
        let three = "(fn [d :- Dir] (->> (list d) (map stat) (take 3) (map :size) (reduce + 0)))";
        let run = traced(engine, three, &folder);
        let want = BTreeMap::from([("getdents64", 1), ("statx", 3), ("close", 1)]);
        assert_eq!(run.counts(), want, "{engine}");
    }
}

#[test]
fn rows_leave_in_large_pieces() {
    if !can_trace("rows_leave_in_large_pieces") {
        return;
    }
    for engine in ENGINES {
        for entries in [FEW, MANY] {
            let folder = folder(entries);
            let run = traced(engine, FOUNDING, &folder);
            assert_reads(&run);
            assert_stats(&run, &folder, entries);
            assert_eq!(run.out.iter().filter(|b| **b == b'\n').count(), entries);

            // Rows are written when 32 KiB of them have come together; those are the only other calls.
            let reads = run.counts()["getdents64"];
            let mut counts = run.counts();
            let within = counts.remove("write").unwrap_or(0);
            let want = BTreeMap::from([("getdents64", reads), ("statx", entries), ("close", 1)]);
            assert_eq!(counts, want, "{engine}");
            let full = run.out.len() / 32_768;
            assert!(within <= full, "{within} writes of {} bytes", run.out.len());
            let all = run.calls.iter().filter(|c| c.name == "write").count();
            assert!(all <= full + 1, "{all} writes of {} bytes", run.out.len());
        }
    }
}

#[test]
fn a_run_ends_with_what_it_began_with() {
    if !can_trace("a_run_ends_with_what_it_began_with") {
        return;
    }
    let folder = folder(FEW);
    for n in 0..3 {
        std::fs::create_dir(folder.at(format!("entry-sub-{n}"))).expect("a folder");
    }
    let walk = "(fn [d :- Dir] (->> (list d) (filter #(= (:type %) :dir)) \
                (map #(count (list (dir d (:name %))))) (reduce + 0)))";
    for engine in ENGINES {
        let run = traced(engine, walk, &folder);
        let mut open = BTreeSet::new();
        let mut most = 0;
        for call in &run.calls {
            match call.name.as_str() {
                "openat2" if !call.result.starts_with('-') => {
                    assert!(call.args.contains("O_CLOEXEC"), "{call:?}");
                    open.insert(call.result.clone());
                    most = most.max(open.len());
                }
                "close" => {
                    assert_eq!(call.result, "0", "{call:?}");
                    open.remove(&call.args);
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "{engine}: left open: {open:?}");
        // The working directory perhaps, the argument, its listing, and one folder with its listing at a time.
        assert!(most <= 5, "{engine}: {most} open at once");
    }
}

/// Calls that programs make by name reach the kernel as they are written, with either engine.
#[test]
fn system_calls_by_name_are_made_as_written() {
    if !can_trace("system_calls_by_name_are_made_as_written") {
        return;
    }
    let program = "(fn [d :- Dir]
      (let [f (sys/openat2.create d \"a.txt\" 0o640 :excl)]
        (sys/write f \"hello\")
        (sys/pwrite64 f \"J\" 0B)
        (sys/ftruncate f 4B)
        (sys/lseek f -1 :end)
        (sys/utimensat d \"a.txt\" none (:mtime (stat \"/\")))
        (sys/linkat d \"a.txt\" d \"b\")
        (sys/symlinkat \"a.txt\" d \"l\")
        (sys/renameat2 d \"b\" d \"c\" :noreplace)
        (sys/unlinkat d \"c\")
        (sys/nanosleep 1500us)
        (sys/kill (sys/getpid) 0)
        (tuple (count (sys/readlinkat d \"l\" 20)) (count (sys/getrandom 8 :nonblock)) (lossy (sys/pread64 (sys/openat2.read d \"a.txt\") 100 1B)))))";
    for engine in ENGINES {
        let folder = folder(0);
        let run = traced(engine, program, &folder);
        assert_eq!(run.out, b"[5,8,\"ell\"]\n", "{engine}");
        let made = |name: &str, args: &[&str], result: &str| {
            let found = run.calls.iter().any(|c| {
                c.name == name
                    && args.iter().all(|a| c.args.contains(a))
                    && c.result.starts_with(result)
            });
            assert!(found, "{engine}: no {name} {args:?} = {result}");
        };
        let flags = "O_WRONLY|O_CREAT|O_EXCL|O_NOCTTY|O_NONBLOCK|O_CLOEXEC";
        made("openat2", &["\"a.txt\"", flags, "mode=0640"], "");
        made("write", &["\"hello\", 5"], "5");
        made("pwrite64", &["\"J\", 1, 0"], "1");
        made("ftruncate", &[", 4"], "0");
        made("lseek", &["-1, SEEK_END"], "3");
        made("utimensat", &["UTIME_OMIT", "AT_SYMLINK_NOFOLLOW"], "0");
        made("linkat", &["\"a.txt\"", "\"b\", 0"], "0");
        made("symlinkat", &["\"a.txt\"", "\"l\""], "0");
        made("renameat2", &["\"b\"", "\"c\", RENAME_NOREPLACE"], "0");
        made("unlinkat", &["\"c\", 0"], "0");
        made("nanosleep", &["tv_sec=0, tv_nsec=1500000", "NULL"], "0");
        made("kill", &[", 0"], "0");
        made("readlinkat", &["\"l\", \"a.txt\", 20"], "5");
        made("getrandom", &["8, GRND_NONBLOCK"], "8");
        made("pread64", &["\"ell\", 100, 1"], "3");
    }
}
