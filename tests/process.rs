//! The command as a process among others: pipes that close, disks that are full, signals, descriptors, a terminal, and
//! directories that change while it runs.
#![cfg(feature = "cli")]

mod support_cli;

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use support_cli::terminal::{Terminal, plain};
use support_cli::{Done, ENGINES, Folder, binary, done, skip, with};

const FOUNDING: &str = "(fn [d :- Dir] (->> (list d) (map stat)))";

/// A run that somebody else holds the pipe of.
fn piped(mut command: Command) -> (Child, BufReader<ChildStdout>) {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let out = child.stdout.take().expect("a pipe");
    (child, BufReader::new(out))
}

fn ended(child: Child) -> Done {
    child.wait_with_output().expect("it ends").into()
}

// --- output that goes nowhere ---------------------------------------------------------------------------------------

#[test]
fn a_pipe_that_closes_ends_the_run_without_a_word() {
    for engine in ENGINES {
        for format in ["jsonl", "json", "table", "raw", "csv"] {
            let endless = "(map inc (range 1000000000000))";
            let command = with(&["--engine", engine, "--output", format, "-e", endless]);
            let (child, mut out) = piped(command);
            let mut first = String::new();
            out.read_line(&mut first).expect("a line");
            assert!(["1\n", "[\n", "int\n", "int\r\n"].contains(&first.as_str()));
            drop(out);
            let done = ended(child);
            assert_eq!((done.code, done.err.as_str()), (141, ""));
        }
    }
}

#[test]
fn what_cannot_be_written_is_told() {
    let cases: &[&[&str]] = &[
        &["-e", "1"],
        &["-e", "(map inc (range 1000000))"],
        &["--output", "table", "-e", "(map inc (range 1000000))"],
        &["--output", "raw0", "-e", "(map inc (range 1000000))"],
        &["explain", "-e", "1"],
        &["-e", "(fn [n :- Int] n)", "--", "--help"],
        &["--help"],
        &["--version"],
    ];
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return skip("what_cannot_be_written_is_told", "there is no /dev/full");
    };
    for words in cases {
        let mut command = with(words);
        let full = full.try_clone().expect("a descriptor");
        let done = done(command.stdout(full));
        let why = "error: cannot write the result: ENOSPC (No space left on device)\n";
        assert_eq!((done.code, done.err.as_str()), (1, why), "{words:?}");
    }
}

// --- signals --------------------------------------------------------------------------------------------------------

/// Whether SIGINT is ignored here, as it is in the background of some shells: then programs started here ignore it.
fn ignores_interrupts() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    ignored.is_some_and(|set| u64::from_str_radix(set.trim(), 16).is_ok_and(|set| set & 2 != 0))
}

#[test]
fn an_interrupt_stops_a_run_and_leaves_whole_rows() {
    if ignores_interrupts() {
        let test = "an_interrupt_stops_a_run_and_leaves_whole_rows";
        return skip(test, "SIGINT is ignored");
    }
    // Some rows, so that it can be seen to run, and then no more: as many as are written at once and the pipe holds. A
    // process that ends while the kernel waits for room in a pipe leaves what fitted.
    let program = "(map #(if (< % 8000) % (loop [n 0] (if (< n 0) n (recur n)))) (range 30000))";
    for engine in ENGINES {
        let home = Folder::new();
        let mut command = with(&["--engine", engine, "-e", program]);
        let somewhere = ["HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"];
        command.envs(somewhere.map(|name| (name, home.path())));
        command.current_dir(home.path());
        let (child, mut out) = piped(command);
        let mut text = String::new();
        out.read_line(&mut text).expect("a line");
        kill_process(Pid::from_child(&child), Signal::INT).expect("it is our child");
        out.read_to_string(&mut text).expect("text");
        let done = ended(child);
        assert_eq!((done.code, done.err.as_str()), (130, ""));
        assert!(text.ends_with('\n'));
        let rows = text.lines().map(|l| l.parse::<u64>().expect("a row"));
        assert!(rows.eq(0..text.lines().count() as u64));
        let left = std::fs::read_dir(home.path()).expect("a folder").count();
        assert_eq!(left, 0);
    }
}

// --- directories that change ----------------------------------------------------------------------------------------

/// Entries of the folder below; their names and what they take in a buffer of 32 KiB are less than that.
const ENTRIES: usize = 900;

/// Runs a program on a folder whose files vanish after their names have been read and before all were asked about: the
/// pipe holds 64 KiB, and the rows of all of them take more than twice that, so the run waits for us.
fn vanishing(engine: &str, program: &str) -> (Done, Folder) {
    let folder = Folder::new();
    let name = |n: usize| format!("f{n:03}");
    (0..ENTRIES).for_each(|n| drop(folder.write(name(n), "")));
    let mut command = with(&["--engine", engine, "-e", program]);
    command.arg(folder.path());
    let (child, mut out) = piped(command);
    let mut text = Vec::new();
    out.read_until(b'\n', &mut text).expect("a row");
    (0..ENTRIES).for_each(|n| std::fs::remove_file(folder.at(name(n))).expect("our own file"));
    out.read_to_end(&mut text).expect("the rest");
    let mut done = ended(child);
    done.out = text;
    (done, folder)
}

#[test]
fn a_file_that_vanishes_is_told_by_name_errno_and_place() {
    for engine in ENGINES {
        let (done, folder) = vanishing(engine, FOUNDING);
        let rows = done.rows();
        assert!(rows.len() < ENTRIES, "{} rows", rows.len());
        let (last, good) = rows.split_last().expect("rows");
        assert!(good.iter().all(|r| r["type"] == "file"));
        let error = &last["error"];
        assert_eq!(
            (&error["errno"], &error["no"]),
            (&"ENOENT".into(), &2.into())
        );
        assert_eq!(
            (&error["call"], &error["at"]),
            (&"statx".into(), &"-e:1:35".into())
        );
        assert_eq!(error["args"][0], folder.text());
        let name = error["args"][1].as_str().expect("a name");
        let err = format!(
            "error[ENOENT]: statx \"{name}\" in {}: ENOENT (No such file or directory)\n \
             --> -e:1:35\n  |\n1 | {FOUNDING}\n  |                                   ^^^^\n  |\n  \
             = help: the name was gone when it was asked about; `(try (stat e))` gives the error as a value and \
             goes on\n",
            folder.place()
        );
        assert_eq!((done.code, done.err.as_str()), (1, err.as_str()));
    }
}

#[test]
fn under_try_a_file_that_vanishes_is_a_row_among_the_others() {
    for engine in ENGINES {
        let (done, _folder) = vanishing(engine, "(fn [d :- Dir] (map #(try (stat %)) (list d)))");
        assert_eq!((done.code, done.err.as_str()), (0, ""));
        let rows = done.rows();
        assert_eq!(rows.len(), ENTRIES);
        let (good, bad): (Vec<_>, Vec<_>) = rows.iter().partition(|r| r["error"].is_null());
        assert!(!good.is_empty() && !bad.is_empty());
        assert!(bad.iter().all(|r| r["error"]["errno"] == "ENOENT"));
    }
}

// --- descriptors ----------------------------------------------------------------------------------------------------

/// Runs where no more than so many descriptors may be open at once.
fn with_descriptors(limit: u32, args: &[&str], folder: &Path) -> Done {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {limit} && exec \"$0\" \"$@\"")]);
    command.arg(binary()).args(args).arg(folder);
    done(command.stdin(Stdio::null()))
}

#[test]
fn descriptors_are_given_back_at_once() {
    let folder = Folder::new();
    for n in 0..200 {
        std::fs::create_dir(folder.at(format!("{n}"))).expect("a folder");
    }
    let programs = [
        ("(map #(count (list (dir d (:name %)))) (list d))", "0"),
        // What fails has closed what it opened.
        (
            "(map #(or-else (try (count (list (dir (dir d (:name %)) \"no\")))) 0) (list d))",
            "0",
        ),
        ("(map #(:nlink (stat d (:name %))) (list d))", ""),
        (
            "(map (fn [n] (loop [k 0 s 0] (if (= k 3) s (recur (inc k) (+ s (count (list (dir d \".\")))))))) (range 200))",
            "600",
        ),
    ];
    for (engine, (body, each)) in ENGINES.iter().flat_map(|e| programs.map(|p| (e, p))) {
        let program = format!("(fn [d :- Dir] {body})");
        let args = ["--engine", engine, "-e", &program];
        let done = with_descriptors(12, &args, folder.path());
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{engine} {body}");
        assert_eq!(done.text().lines().count(), 200);
        assert!(each.is_empty() || done.text().lines().all(|l| l == each));
    }
    // Whoever holds many finds out by name.
    let program = "(fn [d :- Dir] (count (let [all (map #(dir d (:name %)) (list d))] all)))";
    for engine in ENGINES {
        let done = with_descriptors(12, &["--engine", engine, "-e", program], folder.path());
        assert_eq!(done.code, 1, "{}", done.err);
        assert!(
            done.err.contains("EMFILE (Too many open files)"),
            "{}",
            done.err
        );
    }
}

// --- a terminal -----------------------------------------------------------------------------------------------------

/// Runs on a terminal of 80 columns; gives what came out, as it came.
fn on_terminal(mut command: Command) -> String {
    command.env("TERM", "xterm");
    let mut terminal = Terminal::start(&command, 24, 80);
    let (code, text) = terminal.end();
    assert_eq!(code, 0, "{text}");
    text.replace("\r\n", "\n")
}

#[test]
fn a_terminal_gets_a_table_that_fits() {
    if let Some(reason) = Terminal::trouble() {
        return skip("a_terminal_gets_a_table_that_fits", reason);
    }
    let folder = Folder::new();
    folder.write("\u{1b}[2J\u{7}\u{202e}", vec![b'x'; 10 * 1024]);
    folder.write("日本語", "x");
    folder.mode("日本語", 0o640);
    folder.mode("\u{1b}[2J\u{7}\u{202e}", 0o4755);
    for engine in ENGINES {
        let mut command = with(&["--engine", engine, "-e", FOUNDING]);
        command.arg(folder.path());
        let text = on_terminal(command);
        // The only thing a terminal acts on is the heading's weight.
        assert_eq!(text.matches('\u{1b}').count(), 2, "{text:?}");
        assert!(text.starts_with("\u{1b}[1mname"), "{text:?}");
        let text = plain(&text);
        let lines: Vec<&str> = text.lines().collect();
        let head = "name                    size  mode        type  mtime (UTC)";
        let odd = "\\x1b[2J\\x07\\u{202e}  10.0KiB  -rwsr-xr-x  file  ";
        let wide = "日本語                    1B  -rw-r-----  file  ";
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].starts_with(head), "{text}");
        let starts = |start| lines[1..3].iter().any(|l| l.starts_with(start));
        assert!(starts(odd) && starts(wide), "{text}");
        assert!(lines[..3].iter().all(|l| l.chars().count() <= 80), "{text}");
        let remark = lines[3].strip_prefix("not shown: ").expect("a remark");
        assert!(remark.contains("blocks"), "{text}");
    }
}
