//! The command line: what is asked for in which words, what comes back, and with which exit code.
#![cfg(feature = "cli")]

mod support_cli;

use serde_json::{Value, json};
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use support_cli::{Done, ENGINES, Folder, binary, done, fed, run, sawmill, with};

const FOUNDING: &str = "(fn [d :- Dir] (->> (list d) (map stat)))";

/// Words for the command line, of which some are no text.
fn words<'a>(words: &'a [&'a str], last: &'a OsStr) -> Vec<&'a OsStr> {
    words.iter().map(OsStr::new).chain([last]).collect()
}

#[track_caller]
fn assert_done(done: &Done, code: i32, out: &str, err: &str) {
    assert_eq!(
        (done.text(), done.err.as_str(), done.code),
        (out, err, code)
    );
}

/// A folder with two files and a link, and what is to be said about each, by name.
fn three() -> (Folder, Vec<(String, String, u64)>) {
    let folder = Folder::new();
    folder.write("a", "hello");
    folder.write("b.txt", "");
    symlink("nowhere", folder.at("link")).expect("a link");
    let row = |name: &str, kind: &str, size| (name.to_string(), kind.to_string(), size);
    let rows = vec![
        row("a", "file", 5),
        row("b.txt", "file", 0),
        row("link", "symlink", 7),
    ];
    (folder, rows)
}

fn told(rows: &[Value]) -> Vec<(String, String, u64)> {
    let text = |v: &Value| v.as_str().expect("a text").to_string();
    let each = rows.iter().map(|r| {
        let size = r["size"].as_u64().expect("a number");
        (text(&r["name"]), text(&r["type"]), size)
    });
    let mut all: Vec<_> = each.collect();
    all.sort();
    all
}

// --- exit codes -----------------------------------------------------------------------------------------------------

#[test]
fn every_exit_code_is_as_documented() {
    let depth = "(defn f :- Int [n :- Int] (+ 1 (f n))) (f 1)";
    let cases: &[(i32, &[&str])] = &[
        (0, &["-e", "(+ 1 2)"]),
        (0, &["--version"]),
        (0, &["--help"]),
        (0, &["explain", "-e", "1"]),
        (0, &["-e", "(try (quot 1 0))"]),
        (1, &["-e", "(quot 1 0)"]),
        (1, &["-e", "(+ 9223372036854775807 1)"]),
        (1, &["-e", "(stat \"/no/such/file\")"]),
        (2, &["-e", "(fn [n :- Int] n)"]),
        (2, &["-e", "(fn [n :- Int] n)", "many"]),
        (2, &["-e", "(fn [d :- Dir] 1)", "/no/such/folder"]),
        (2, &["-e", "1", "surplus"]),
        (2, &["--output", "xml", "-e", "1"]),
        (2, &["--engine", "steam", "-e", "1"]),
        (2, &["explain", "--section", "nothing", "-e", "1"]),
        (2, &["repl", "surplus"]),
        (2, &["/no/such/file.saw"]),
        (2, &["--nonsense"]),
        (3, &["-e", "(+ 1"]),
        (3, &["-e", "(+ 1 \"a\")"]),
        (3, &["-e", ""]),
        (3, &["explain", "-e", "nothing"]),
        (5, &["-e", depth]),
    ];
    for (code, words) in cases {
        let done = run(words);
        assert_eq!(done.code, *code, "{words:?}: {}", done.err);
        // What went wrong is told, and nothing else is.
        assert_eq!(done.err.is_empty(), *code == 0, "{words:?}: {}", done.err);
    }
    // The rest: interruption and output that nobody reads have tests of their own; these no program can bring about.
    let missing = sawmill::Rights::WRITE;
    let param = "d".to_string();
    assert_eq!(sawmill::Error::Refused { param, missing }.exit_code(), 4);
    assert_eq!(sawmill::Error::Bug(String::new()).exit_code(), 70);
}

// --- programs and their arguments -----------------------------------------------------------------------------------

#[test]
fn the_founding_program_runs_from_a_file_and_from_the_command_line() {
    let (folder, want) = three();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ls.saw");
    let text = std::fs::read_to_string(&example).expect("it is ours");
    assert_eq!(text.trim_end(), FOUNDING);
    let example = example.to_str().expect("a path of our own");
    for engine in ENGINES {
        let ways: [&[&str]; 5] = [
            &[example],
            &[example, "--"],
            &["-e", FOUNDING],
            &["-e", FOUNDING, "--"],
            &["-e", "(defn main [d :- Dir] (->> (list d) (map stat)))"],
        ];
        for way in ways {
            let mut command = with(&["--engine", engine]);
            let done = done(command.args(way).arg(folder.path()));
            assert_eq!((done.code, done.err.as_str()), (0, ""), "{way:?}");
            assert_eq!(told(&done.rows()), want, "{way:?}");
        }
    }
}

#[test]
fn arguments_are_read_by_the_types_of_the_parameters() {
    let cases: &[(&str, &str, &str)] = &[
        ("Int", "-5", "-5\n"),
        ("Int", "0x10", "16\n"),
        ("Size", "4096", "4096\n"),
        ("Size", "4KiB", "4096\n"),
        ("Bool", "false", "false\n"),
        ("Str", "", "\"\"\n"),
        ("Str", "-x", "\"-x\"\n"),
        ("Str", "naïve \"x\"\n", "\"naïve \\\"x\\\"\\n\"\n"),
        ("Path", "/no/such/file", "\"/no/such/file\"\n"),
    ];
    for (ty, word, out) in cases {
        let program = format!("(defn main [x :- {ty}] x)");
        assert_done(&run(&["-e", &program, word]), 0, out, "");
        assert_done(&run(&["-e", &program, "--", word]), 0, out, "");
    }
    let two = "(fn [n :- Int s :- Size] (* n s))";
    assert_done(&run(&["-e", two, "3", "2KiB"]), 0, "6144\n", "");
    let path = words(
        &["-e", "(defn main [p :- Path] p)"],
        OsStr::from_bytes(b"\xff"),
    );
    let row = json!({"bytes": "/w==", "lossy": "\u{fffd}"});
    assert_eq!(run(&path).rows(), [row]);
}

#[test]
fn bad_arguments_are_told_with_what_is_wanted() {
    let folder = Folder::new();
    let file = folder.write("file", "");
    let file = file.to_str().expect("a path of our own");
    let argument = |what, word| format!("the argument `x` has to be {what}, not {word}");
    let cases: &[(&str, &str, String)] = &[
        ("Int", "abc", argument("an integer", "\"abc\"")),
        ("Int", "1 2", argument("an integer", "\"1 2\"")),
        ("Int", "1KiB", argument("an integer", "\"1KiB\"")),
        (
            "Int",
            "9223372036854775808",
            argument("an integer", "\"9223372036854775808\""),
        ),
        (
            "Size",
            "lots",
            argument("a size such as 4096 or 10KiB", "\"lots\""),
        ),
        ("Bool", "\x1b", argument("true or false", "\"\\x1b\"")),
        ("Path", "", argument("a path", "\"\"")),
        (
            "Dir",
            "/no/such/folder",
            "cannot open the directory \"/no/such/folder\": ENOENT (No such file or directory)"
                .into(),
        ),
        (
            "Dir",
            file,
            format!("cannot open the directory \"{file}\": ENOTDIR (Not a directory)"),
        ),
    ];
    for (ty, word, why) in cases {
        let program = format!("(defn main [x :- {ty}] 1)");
        let done = run(&["-e", &program, word]);
        assert_done(&done, 2, "", &format!("error: {why}\n"));
    }
    let text = words(
        &["-e", "(defn main [x :- Str] x)"],
        OsStr::from_bytes(b"\xff"),
    );
    let why = argument("UTF-8 text", "\"\\xff\"");
    assert_done(&run(&text), 2, "", &format!("error: {why}\n"));
}

#[test]
fn a_wrong_number_of_arguments_shows_how_it_is_called() {
    let usage = "Usage: sawmill -e EXPR <d: Dir>\n\nIt asks for:\n  d: dir{list,stat}\n";
    for (words, have) in [(&[][..], 0), (&["/", "/"][..], 2)] {
        let done = done(with(&["-e", FOUNDING]).args(words));
        let why = format!("error: the program takes 1 argument, not {have}\n{usage}");
        assert_done(&done, 2, "", &why);
    }
    let none = run(&["-e", "(+ 1 2)", "x"]);
    let why = "error: the program takes 0 arguments, not 1\nUsage: sawmill -e EXPR\n";
    assert_done(&none, 2, "", why);
}

#[test]
fn words_beyond_the_parameters_are_for_a_rest_parameter_or_for_args() {
    let rest = "(fn [n :- Int & more :- (List Path)] [(count more) (str n) (map count more)])";
    let args = "(fn [n :- Int] [(count (args)) (str n) (map count (args))])";
    for engine in ENGINES {
        for program in [rest, args] {
            let run = |words: &[&OsStr]| {
                let mut command = with(&["--engine", engine, "-e", program, "--"]);
                done(command.args(words))
            };
            let odd = OsStr::from_bytes(b"\xff\n");
            let out = run(&["7".as_ref(), odd, "--output".as_ref()]);
            assert_done(&out, 0, "[2,\"7\",[2,8]]\n", "");
            assert_done(&run(&["7".as_ref()]), 0, "[0,\"7\",[]]\n", "");
            let none = run(&[]);
            assert!(
                none.err
                    .starts_with("error: the program takes at least 1 argument, not 0\n")
            );
            assert_eq!(none.code, 2);
        }
        let sum = "(fn [& more :- (List Int)] (sum more))";
        assert_done(
            &run(&["--engine", engine, "-e", sum, "1", "2", "-3"]),
            0,
            "0\n",
            "",
        );
        let wrong = run(&["--engine", engine, "-e", sum, "1", "x"]);
        let why = "error: the argument `more` has to be an integer, not \"x\"\n";
        assert_done(&wrong, 2, "", why);
        // An empty word is a word, and no path that a parameter takes.
        assert_done(
            &run(&["--engine", engine, "-e", "(args)", ""]),
            0,
            "\"\"\n",
            "",
        );
    }
    let help = run(&["-e", rest, "--", "--help"]);
    let usage = "Usage: sawmill -e EXPR <n: Int> [more: Path]...\n";
    assert_done(&help, 0, usage, "");
}

#[test]
fn the_environment_is_the_process_s_and_the_manifest_tells_what_is_read() {
    for engine in ENGINES {
        let program = "[(env \"SAW_TEST\") (env \"SAW_NONE\") (get (env) \"SAW_TEST\")]";
        let mut command = with(&["--engine", engine, "-e", program]);
        let odd = OsStr::from_bytes(b"a=\xff");
        let out = done(command.env("SAW_TEST", odd).env_remove("SAW_NONE"));
        let value = "{\"bytes\":\"YT3/\",\"lossy\":\"a=\u{fffd}\"}";
        let rows = format!("{value}\nnull\n{value}\n");
        assert_done(&out, 0, &rows, "");
    }
    let manifest = |program: &str| run(&["explain", "--section", "manifest", "-e", program]);
    let text = manifest("[(count (args)) (if (just? (env \"A\")) 1 2) (count (env))]");
    assert!(
        text.text().contains("args\nenv \"A\"\nenv\n"),
        "{}",
        text.text()
    );
    let session = fed(
        with(&["repl"]).env("SAW_TEST", "x"),
        b"(env \"SAW_TEST\")\n(args)\n",
    );
    assert_eq!(session.code, 0);
    assert!(
        session.text().starts_with("(just \"x\")\n"),
        "{}",
        session.text()
    );
}

#[test]
fn the_help_of_a_program_is_its_type_and_what_it_asks_for() {
    let folder = Folder::new();
    let file = folder.write("ls.saw", FOUNDING);
    let name = file.to_str().expect("a path of our own");
    let usage = format!("Usage: sawmill {name} <d: Dir>\n\nIt asks for:\n  d: dir{{list,stat}}\n");
    assert_done(&run(&[name, "--help"]), 0, &usage, "");
    assert_done(&run(&[name, "-h"]), 0, &usage, "");
    // After -- it is an argument like any other.
    let echo = folder.write("echo.saw", "(defn main [s :- Str] s)");
    let echo = run(&[echo.as_os_str(), "--".as_ref(), "--help".as_ref()]);
    assert_done(&echo, 0, "\"--help\"\n", "");
}

#[test]
fn a_program_comes_from_standard_input() {
    assert_done(&fed(&mut sawmill(), b"(+ 1 2)\n"), 0, "3\n", "");
    let echo = b"(defn main [s :- Str] s)";
    assert_done(&fed(&mut with(&["-", "word"]), echo), 0, "\"word\"\n", "");
    let explained = fed(&mut with(&["explain", "--section", "manifest"]), b"1");
    assert_eq!(explained.text().lines().next(), Some(";; manifest"));
    let error = "error[E0010]: `x` is not defined\n --> <stdin>:1:4\n  |\n1 | (+ x 1)\n  |    ^\n";
    assert_done(&fed(&mut sawmill(), b"(+ x 1)"), 3, "", error);
    let empty = "error[E0024]: there is no program here\n --> <stdin>:1:1\n  |\n1 |\n  | ^\n  |\n  \
                 = help: write an expression, a `(fn [...] ...)`, or `(defn main [...] ...)`\n";
    assert_done(&fed(&mut sawmill(), b""), 3, "", empty);
}

#[test]
fn a_file_may_begin_as_scripts_and_some_editors_begin_it() {
    let folder = Folder::new();
    let texts: [&[u8]; 4] = [
        b"#!/usr/bin/env sawmill\n(+ 1 2)\n",
        b"#!/usr/bin/env sawmill\r\n(+ 1 2)\r\n",
        b"\xef\xbb\xbf(+ 1 2)",
        b"(+ 1 2)",
    ];
    for text in texts {
        let file = folder.write("file.saw", text);
        assert_done(&run(&[file]), 0, "3\n", "");
    }
    let named = folder.write("odd \u{1b}\n\u{e9}.saw", "(+ 1 2)");
    assert_done(&run(&[named]), 0, "3\n", "");
}

#[test]
fn a_script_can_be_executed() {
    let folder = Folder::new();
    symlink(binary(), folder.at("sawmill")).expect("a link");
    let text = "#!/usr/bin/env sawmill\n(defn main [n :- Int] (* n n))\n";
    let mut script = Command::new(folder.write("script", text));
    script.arg("-7").env("PATH", folder.path());
    folder.mode("script", 0o755);
    let output = loop {
        match script.output() {
            // Another test may be starting a program just now, which for a moment has the script open for writing.
            Err(e) if e.kind() == ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            output => break output.expect("it starts"),
        }
    };
    assert_done(&output.into(), 0, "49\n", "");
}

// --- results --------------------------------------------------------------------------------------------------------

#[test]
fn results_are_written_as_asked_for() {
    for engine in ENGINES {
        let as_format = |format: &[&str], program| {
            let mut command = with(&["--engine", engine]);
            done(command.args(format).args(["-e", program]))
        };
        let cases = [
            (
                "(map inc (range 2))",
                "1\n2\n",
                "[\n1,\n2\n]\n",
                "int\n  1\n  2\n",
            ),
            ("(range 0)", "", "[]\n", ""),
            ("(+ 1 2)", "3\n", "3\n", "3\n"),
            ("\"a\\tb\"", "\"a\\tb\"\n", "\"a\\tb\"\n", "a\tb\n"),
            ("2KiB", "2048\n", "2048\n", "2.0KiB\n"),
            ("(= 1 1)", "true\n", "true\n", "true\n"),
            ("(try 7)", "7\n", "7\n", "7\n"),
        ];
        for (program, jsonl, json, table) in cases {
            assert_done(&as_format(&[], program), 0, jsonl, "");
            assert_done(&as_format(&["--output", "jsonl"], program), 0, jsonl, "");
            assert_done(&as_format(&["--output", "json"], program), 0, json, "");
            assert_done(&as_format(&["--output", "table"], program), 0, table, "");
        }
    }
}

#[test]
fn names_that_are_no_text_are_kept_and_harmless() {
    let folder = Folder::new();
    let odd = OsStr::from_bytes(b"\xff\x1b[31m");
    folder.write(odd, "");
    folder.write("new\nline\u{202e}", "");
    let program = "(fn [d :- Dir] (map #(:name %) (list d)))";
    for engine in ENGINES {
        let with_format = |format| {
            let mut command = with(&["--engine", engine, "--output", format, "-e", program]);
            done(command.arg(folder.path()))
        };
        let mut rows = with_format("jsonl").rows();
        rows.sort_by_key(Value::is_string);
        let bytes = json!({"bytes": "/xtbMzFt", "lossy": "\u{fffd}\u{1b}[31m"});
        assert_eq!(rows, [bytes, json!("new\nline\u{202e}")]);
        assert_eq!(with_format("jsonl").text().lines().count(), 2);

        let table = with_format("table");
        let mut lines: Vec<&str> = table.text().lines().collect();
        lines[1..].sort_unstable();
        assert_eq!(lines, ["path", "\\xff\\x1b[31m", "new\\nline\\u{202e}"]);
    }
}

#[test]
fn text_formats_are_what_other_programs_read() {
    let folder = Folder::new();
    let odd = b"\xff\x1b\n,\"";
    folder.write(OsStr::from_bytes(odd), "12345");
    folder.write("a b", "");
    let named = |format: &str, program: &str, engine: &str| {
        let mut command = with(&["--engine", engine, "--output", format, "-e", program]);
        done(command.arg(folder.path()))
    };
    let rows =
        "(fn [d :- Dir] (sort-by :size (for [e (list d)] (select-keys (stat e) [:name :size]))))";
    for engine in ENGINES {
        let names = "(fn [d :- Dir] (map :name (sort-by #(:size (stat %)) (list d))))";
        let out = |format, program| {
            let done = named(format, program, engine);
            assert_eq!(
                (done.code, done.err.as_str()),
                (0, ""),
                "{format} {program}"
            );
            done.out
        };
        let odd = &odd[..];
        assert_eq!(out("raw", names), [b"a b\n", odd, b"\n"].concat());
        assert_eq!(out("raw0", names), [b"a b\0", odd, b"\0"].concat());
        let quoted = b"\"\xff\x1b\n,\"\"\"";
        let csv = [b"name,size\r\na b,0\r\n".as_slice(), quoted, b",5\r\n"].concat();
        assert_eq!(out("csv", rows), csv);
        let tsv = b"name\tsize\na b\t0\n\xff\x1b\\n,\"\t5\n";
        assert_eq!(out("tsv", rows), tsv);
        let entries = out("raw0", "(fn [d :- Dir] (list d))");
        let mut entries: Vec<&[u8]> = entries.split(|b| *b == 0).collect();
        entries.sort_unstable();
        assert_eq!(entries, [&b""[..], b"a b", odd]);
        let none = "(fn [d :- Dir] (map stat (filter (constantly false) (list d))))";
        let header = "name,size,mode,type,mtime,atime,ctime,uid,gid,nlink,ino,dev,blocks\r\n";
        assert_eq!(out("csv", none), header.as_bytes());
        assert_eq!(
            out(
                "raw",
                "(fn [d :- Dir] (first (map :name (take 0 (list d)))))"
            ),
            b""
        );
    }
    for (program, why) in [
        (
            rows,
            "rows of several fields; select one of :name :size, as in (map :name ...)",
        ),
        (
            "(fn [d :- Dir] (map #(try (:name %)) (list d)))",
            "rows that may be errors; leave them out with (keep ok ...) or (unwrap ...) them",
        ),
        (
            "(fn [d :- Dir] [[1] [2]])",
            "rows that are lists; (mapcat identity ...) makes one of all",
        ),
    ] {
        for format in ["raw", "raw0"] {
            let err = format!("error: --output {format}: it has no form for {why}\n");
            assert_done(&named(format, program, "interp"), 2, "", &err);
        }
    }
    let nul = named(
        "raw0",
        "(fn [d :- Dir] [\"a\" \"b\\u0000\" \"c\"])",
        "interp",
    );
    let err = "error: cannot write the result: a row has a NUL in it, which is what ends the rows of raw0\n";
    assert_done(&nul, 1, "a\0", err);
}

#[test]
fn lines_of_a_file_are_those_of_its_bytes_however_they_lie_in_buffers() {
    const BUFFER: usize = 64 << 10;
    let folder = Folder::new();
    let file = folder.path().join("lines");
    let long = |n: usize| vec![b'x'; n];
    let texts: [Vec<u8>; 8] = [
        Vec::new(),
        b"\n".to_vec(),
        b"no newline at the end".to_vec(),
        b"\xff\x00\r\n\n\nlast\n".to_vec(),
        // A newline at the end of a buffer, and at the start of the next.
        [&long(BUFFER - 1)[..], b"\nnext\n"].concat(),
        [&long(BUFFER)[..], b"\nnext"].concat(),
        long(BUFFER),
        // A line of several buffers between short ones.
        [b"a\n", &long(3 * BUFFER + 5)[..], b"\nb\n\n"].concat(),
    ];
    let program = "(fn [d :- Dir] (lines (sys/openat2.read d \"lines\")))";
    for text in texts {
        std::fs::write(&file, &text).expect("a file");
        let mut want: Vec<&[u8]> = text.split(|b| *b == b'\n').collect();
        want.pop_if(|last| last.is_empty());
        let want: Vec<u8> = want.iter().flat_map(|l| [l, &b"\n"[..]].concat()).collect();
        for engine in ENGINES {
            let mut command = with(&["--engine", engine, "--output", "raw", "-e", program]);
            let done = done(command.arg(folder.path()));
            assert_eq!((done.code, done.err.as_str()), (0, ""));
            assert!(done.out == want, "{engine}: {} bytes", text.len());
        }
    }
    // Memory does not grow with the file; a line that does not fit is told.
    std::fs::write(&file, "0123456789abcdef\n".repeat(4 << 20)).expect("a file");
    let count = "(fn [d :- Dir] (count (lines (sys/openat2.read d \"lines\"))))";
    let first = "(fn [d :- Dir] (first (map count (lines (sys/openat2.read d \"lines\")))))";
    for engine in ENGINES {
        let run = |program| {
            let command = ["--engine", engine, "--memory", "48MiB", "-e", program];
            done(with(&command).arg(folder.path()))
        };
        assert_done(&run(count), 0, "4194304\n", "");
        assert_done(&run(first), 0, "16\n", "");
    }
    let sparse = std::fs::File::create(&file).expect("a file");
    sparse.set_len(128 << 20).expect("a hole");
    for engine in ENGINES {
        let command = ["--engine", engine, "--memory", "64MiB", "-e", count];
        let done = done(with(&command).arg(folder.path()));
        assert_eq!(done.code, 5);
        assert!(done.err.starts_with("error[memory-limit]"), "{}", done.err);
    }
}

#[test]
fn a_program_ends_itself_with_a_status_and_its_output_is_whole() {
    let program = "(do (println \"first\") (for [x (range 5)] (if (< x 2) x (exit 7))))";
    for engine in ENGINES {
        let run = |format, program| run(&["--engine", engine, "--output", format, "-e", program]);
        assert_done(&run("jsonl", program), 7, "first\n0\n1\n", "");
        let rows = "(for [x (range 5)] (if (< x 2) x (exit 7)))";
        assert_done(&run("json", rows), 7, "[\n0,\n1\n]\n", "");
        assert_done(&run("table", rows), 7, "int\n  0\n  1\n", "");
        assert_done(&run("jsonl", "(try (exit))"), 0, "", "");
        assert_done(&run("jsonl", "(exit 255)"), 255, "", "");
        assert_eq!(run("jsonl", "(exit 256)").code, 1);
    }
    let session = fed(&mut with(&["repl"]), b"1\n(exit 5)\n2\n");
    assert_eq!((session.code, session.text()), (5, "1\n"));
}

#[test]
fn a_failure_comes_after_the_rows_before_it() {
    let program = "(map #(quot 10 (- 2 %)) (range 9))";
    let err = "error[divide-by-zero]: 10 quot 0: division by zero\n --> -e:1:6\n  |\n\
               1 | (map #(quot 10 (- 2 %)) (range 9))\n  |      ^^^^^^^^^^^^^^^^^^\n";
    let last = "{\"error\":{\"code\":\"divide-by-zero\",\"call\":\"quot\",\"args\":[10,0],\"at\":\"-e:1:6\"}}\n";
    for engine in ENGINES {
        let run = |format| run(&["--engine", engine, "--output", format, "-e", program]);
        assert_done(&run("jsonl"), 1, &format!("5\n10\n{last}"), err);
        assert_done(&run("json"), 1, "[\n5,\n10\n]\n", err);
        assert_done(&run("table"), 1, "int\n  5\n 10\n", err);
        assert_done(&run("raw"), 1, "5\n10\n", err);
        assert_done(&run("csv"), 1, "int\r\n5\r\n10\r\n", err);
    }
}

// --- explain --------------------------------------------------------------------------------------------------------

#[test]
fn every_section_is_explained() {
    let folder = Folder::new();
    let file = folder.write("ls.saw", FOUNDING);
    let of = |sections: &[&str], program: &[&OsStr]| {
        let mut command = with(&["explain"]);
        for section in sections {
            command.args(["--section", section]);
        }
        let done = done(command.args(program));
        assert_eq!((done.code, done.err.as_str()), (0, ""));
        done.text().to_string()
    };
    let ways: [&[&OsStr]; 2] = [&["-e".as_ref(), FOUNDING.as_ref()], &[file.as_os_str()]];
    for way in ways {
        let manifest = ";; manifest\n(fn [d :- Dir] (Seq Stat))\nd: dir{list,stat}\n\
                        system calls: close getdents64 openat2 statx\n";
        assert_eq!(of(&["manifest"], way), manifest);
        let expected = [
            ("manifest", "d: dir{list,stat}"),
            ("tree", "(sys/getdents64 "),
            ("ir", "sys"),
            ("opt", "as lowered: "),
            ("clif", "function "),
            ("asm", "ret"),
        ];
        let mut parts = Vec::new();
        for (section, part) in expected {
            let text = of(&[section], way);
            assert!(text.starts_with(&format!(";; {section}\n")), "{text}");
            assert!(text.contains(part), "{section}: {text}");
            parts.push(text);
        }
        // All of them, in the order of the stages, however they are asked for.
        assert_eq!(of(&[], way), parts.join("\n"));
        assert_eq!(
            of(&["asm,clif", "opt,ir,tree,manifest"], way),
            parts.join("\n")
        );
    }
    // The IR that is shown is the text form: it can be read again.
    let ir = of(&["ir"], ways[0]);
    let text = ir.strip_prefix(";; ir\n").expect("its heading");
    sawmill::parts::ir::text::parse(text).expect("it reads");
}

#[test]
fn an_unknown_section_is_told_with_those_there_are() {
    let done = run(&["explain", "--section", "steam", "-e", "1"]);
    let first = "error: invalid value 'steam' for '--section <SECTIONS>'\n  \
                 [possible values: manifest, tree, ir, opt, clif, asm]\n";
    assert_eq!((done.code, done.text()), (2, ""));
    assert!(done.err.starts_with(first), "{}", done.err);
}

#[test]
fn system_calls_are_explained_and_their_powers_shown() {
    for name in ["pread64", "sys/pread64"] {
        let done = run(&["explain", "--call", name]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(
            done.text()
                .starts_with("(sys/pread64 File{read} Int/most Size) -> Bytes\n")
        );
        assert!(done.text().ends_with("Linux 2.1.60.\n"), "{}", done.text());
    }
    let done = run(&["explain", "--call", "mmap"]);
    assert_eq!(done.code, 2);
    assert!(
        done.err
            .contains("no program calls `mmap` by name; there are "),
        "{}",
        done.err
    );
    let program = "(sys/kill (sys/getpid) 0)";
    let done = run(&["explain", "--section", "manifest", "-e", program]);
    assert!(
        done.text().contains("\npowers: {process}\n"),
        "{}",
        done.text()
    );
    assert_eq!(run(&["-e", program]).code, 0);
    let done = run(&["explain", "--section", "ir,opt", "-e", program]);
    assert_eq!(
        done.text().matches(" powers{process} {").count(),
        2,
        "{}",
        done.text()
    );
}

#[test]
fn every_code_is_explained_and_others_are_told_those_there_are() {
    let done = run(&["explain", "--code", "e0026"]);
    let first = "E0026: A `match` or `case` that has no clause for some value.\n\n";
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert!(done.text().starts_with(first), "{}", done.text());
    assert!(
        done.text()
            .contains("    error[E0026]: no clause takes none\n"),
        "{}",
        done.text()
    );
    let done = run(&["explain", "--code", "E9999"]);
    assert_eq!((done.code, done.text()), (2, ""));
    assert!(
        done.err.contains("E9999") && done.err.contains("E0001 E0002"),
        "{}",
        done.err
    );
    assert_eq!(run(&["explain", "--code", "E0001", "-e", "1"]).code, 2);
}

// --- errors ---------------------------------------------------------------------------------------------------------

#[test]
fn errors_of_reading_and_of_types_show_the_place() {
    let unclosed = "error[E0001]: this is never closed\n --> -e:1:17\n  |\n1 | (count (map inc [1 2\n  \
                    |                 ^   - the text ends here; a `]` is missing\n  \
                    |                 |\n  |                 opened here\n";
    assert_done(&run(&["-e", "(count (map inc [1 2"]), 3, "", unclosed);
    let types = "error[E0014]: `+` is not defined for Int and Str\n --> -e:1:1\n  |\n1 | (+ 1 \"a\")\n  \
                 | ^^^-^---^\n  |    | |\n  |    | Str\n  |    Int\n  |\n  \
                 = help: `(str a b)` puts values together as text\n";
    assert_done(&run(&["-e", "(+ 1 \"a\")"]), 3, "", types);
    // The same in a file, with its name and the line.
    let folder = Folder::new();
    let file = folder.write("bad.saw", "; first\n(+ 1\n   \"a\")\n");
    let done = run(&[file.as_os_str()]);
    let place = format!(" --> {}:2:1\n", file.display());
    assert!(done.err.contains(&place), "{}", done.err);
}

#[test]
fn a_parameter_of_a_type_that_no_command_line_has_is_an_error_of_the_program() {
    let want = "error[E0021]: a program cannot have a parameter of type Time\n --> -e:1:18\n  |\n\
                1 | (defn main [n :- Time] n)\n  |                  ^^^^\n  |\n  \
                = help: a host or a command line passes Dir, Path, Str, Int, Float, Size, Duration and Bool; what stands after `&` is a List of them, but of Dir\n";
    assert_done(&run(&["-e", "(defn main [n :- Time] n)", "1"]), 3, "", want);
}

#[test]
fn a_failed_call_is_told_by_name_errno_and_place() {
    for engine in ENGINES {
        let done = run(&["--engine", engine, "-e", "(stat \"/no-such\")"]);
        let row = r#"{"error":{"errno":"ENOENT","no":2,"call":"openat2","args":["/","no-such"],"at":"-e:1:1"}}"#;
        let err = "error[ENOENT]: openat2 \"no-such\" in /: ENOENT (No such file or directory)\n \
                   --> -e:1:1\n  |\n1 | (stat \"/no-such\")\n  | ^^^^^^^^^^^^^^^^^\n";
        assert_done(&done, 1, &format!("{row}\n"), err);
    }
}

#[test]
fn a_program_that_cannot_be_read_is_told_by_name() {
    let folder = Folder::new();
    let at = |name: &str| folder.at(name).to_str().expect("our own").to_string();
    let missing = at("missing.saw");
    let why = format!("error: cannot read \"{missing}\": ENOENT (No such file or directory)\n");
    assert_done(&run(&[&missing]), 2, "", &why);
    assert_done(&run(&["explain", &missing]), 2, "", &why);
    let why = format!(
        "error: cannot read \"{}\": EISDIR (Is a directory)\n",
        folder.text()
    );
    assert_done(&run(&[folder.text()]), 2, "", &why);
    let why = "error: there is neither an option nor a file \"--nonsense\"; see --help\n";
    assert_done(&run(&["--nonsense"]), 2, "", why);

    folder.write("latin.saw", b"; caf\xe9\n1");
    let why = "is not UTF-8 text: byte 5 starts no character";
    let why = format!("error[E0003]: {} {why}\n", at("latin.saw"));
    assert_done(&run(&[at("latin.saw")]), 3, "", &why);
    // Nothing in a name reaches the terminal as it is.
    let odd: OsString = folder.write("\u{1b}[31m.saw", b"\xff").into();
    let why = "is not UTF-8 text: byte 0 starts no character";
    let why = format!("error[E0003]: \"{}/\\x1b[31m.saw\" {why}\n", folder.text());
    assert_done(&run(&[odd]), 3, "", &why);
    let odd: OsString = folder.write("\u{1b}[31m.saw", b"(").into();
    assert!(!run(&[odd]).err.contains('\u{1b}'));
}

#[test]
fn a_directory_is_shown_by_the_path_it_was_opened_with() {
    let folder = Folder::new();
    folder.write("x", "");
    let path = folder.text();
    for engine in ENGINES {
        let program = format!("[(dir \"{path}\")]");
        let shown = run(&["--engine", engine, "-e", &program]);
        assert_eq!((shown.code, shown.err.as_str()), (0, ""));
        assert_eq!(shown.text(), format!("{{\"dir\":\"{path}\"}}\n"));
        let shown = run(&["--engine", engine, "--output", "table", "-e", &program]);
        assert_eq!(shown.text(), format!("dir\n{path}\n"));
    }
}

// --- limits ---------------------------------------------------------------------------------------------------------

#[test]
fn time_and_memory_end_a_program_with_5() {
    for engine in ["interp", "jit"] {
        let endless = "(loop [] (recur))";
        let late = run(&["--engine", engine, "--timeout", "50ms", "-e", endless]);
        assert_eq!(late.code, 5, "{}", late.err);
        assert!(
            late.err.contains("the time limit of the run is reached"),
            "{}",
            late.err
        );
        let large = "(count (let [xs (range 100000000)] xs))";
        let full = run(&["--engine", engine, "--memory", "64MiB", "-e", large]);
        assert_eq!(full.code, 5, "{}", full.err);
        assert!(full.err.contains("error[memory-limit]"), "{}", full.err);
    }
    // A program that ends in time does not wait for its limit.
    let done = run(&["--timeout", "1h", "-e", "(+ 1 2)"]);
    assert_eq!((done.code, done.text()), (0, "3\n"));
    for (option, value) in [
        ("--timeout", "5"),
        ("--timeout", "0s"),
        ("--memory", "much"),
    ] {
        let bad = run(&[option, value, "-e", "1"]);
        assert_eq!(bad.code, 2, "{option} {value}: {}", bad.err);
    }
}

#[test]
fn an_error_is_told_with_the_calls_that_led_to_it() {
    let text =
        "(defn down :- Int [n :- Int] (if (= n 0) (quot 1 n) (+ 1 (down (dec n)))))\n(down 100)";
    for engine in ["interp", "jit"] {
        let failed = run(&["--engine", engine, "-e", text]);
        assert_eq!(failed.code, 1);
        assert!(failed.err.contains("called at -e:1:58, "), "{}", failed.err);
        // Some rounds of it have been put in line: these are no calls.
        assert!(failed.err.contains("called at -e:2:1\n"), "{}", failed.err);
    }
}

#[test]
fn the_ir_is_shown_after_any_pass() {
    let shown = run(&["explain", "--after", "dead", "-e", "(+ 1 2)"]);
    assert_eq!(shown.code, 0);
    assert!(
        shown.text().starts_with(";; after dead\nsawir 1\n"),
        "{}",
        shown.text()
    );
    let none = run(&["explain", "--after", "lunch", "-e", "1"]);
    assert_eq!(none.code, 2);
    assert!(
        none.err.contains("there is no pass `lunch`; there are "),
        "{}",
        none.err
    );
}
