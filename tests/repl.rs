//! The REPL, by what is typed into it and what comes out, on a terminal.
#![cfg(feature = "cli")]

mod support_cli;

use support_cli::terminal::{Terminal, plain};
use support_cli::{Folder, fed, sawmill, skip, with};

/// What the editor writes when it begins to read a line, and when it has one.
const READING: &str = "\x1b[?2004h";
const READ: &str = "\x1b[?2004l";

struct Repl {
    terminal: Terminal,
    home: Folder,
}

impl Repl {
    /// A REPL at its first prompt; `None` where there is no terminal to be had.
    fn new(name: &str) -> Option<Repl> {
        Repl::sized(name, 24, 100)
    }

    fn sized(name: &str, lines: u16, columns: u16) -> Option<Repl> {
        Repl::there(name, &[], lines, columns)
    }

    /// With words on the command line.
    fn with(name: &str, words: &[&str]) -> Option<Repl> {
        Repl::there(name, words, 24, 100)
    }

    fn there(name: &str, words: &[&str], lines: u16, columns: u16) -> Option<Repl> {
        if let Some(reason) = Terminal::trouble() {
            skip(name, reason);
            return None;
        }
        let home = Folder::new();
        let terminal = Repl::started(&home, words, lines, columns);
        Some(Repl { terminal, home })
    }

    fn started(home: &Folder, words: &[&str], lines: u16, columns: u16) -> Terminal {
        let mut command = with(words);
        command
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .env("XDG_STATE_HOME", home.at("state"));
        let mut terminal = Terminal::start(&command, lines, columns);
        terminal.until(READING);
        terminal
    }

    /// Types a form and Enter; gives what the REPL says to it.
    fn enter(&mut self, form: &str) -> String {
        self.terminal.send(&format!("{form}\r"));
        self.answer()
    }

    /// What is said to a form just entered.
    fn answer(&mut self) -> String {
        self.terminal.until(READ);
        let said = self.terminal.until(READING);
        plain(&said).trim_start_matches('\n').to_string()
    }

    fn quit(mut self) -> Folder {
        self.terminal.send("\x04");
        assert_eq!(self.terminal.end().0, 0);
        self.home
    }
}

#[test]
fn values_are_printed_and_remembered() {
    let Some(mut repl) = Repl::new("values_are_printed_and_remembered") else {
        return;
    };
    assert_eq!(repl.enter("(+ 1 2)"), "3\n");
    assert_eq!(repl.enter("(* *1 10)"), "30\n");
    assert_eq!(repl.enter("(+ *1 *2)"), "33\n");
    assert_eq!(repl.enter("*3"), "3\n");
    assert_eq!(repl.enter("\"a\\\\b\""), "a\\b\n");
    assert_eq!(repl.enter("(range 3)"), "int\n  0\n  1\n  2\n");
    assert_eq!(repl.enter("(count *1)"), "3\n");
    assert_eq!(repl.enter("(range 0)"), "(no rows)\n");
    // An error leaves them as they are.
    assert!(repl.enter("(quot 1 0)").contains("division by zero"));
    assert_eq!(repl.enter("(count *1)"), "0\n");
    assert_eq!(repl.enter(""), "");
    assert_eq!(repl.enter("; nothing"), "");
    repl.quit();
}

#[test]
fn a_form_ends_when_its_brackets_are_closed() {
    let Some(mut repl) = Repl::new("a_form_ends_when_its_brackets_are_closed") else {
        return;
    };
    assert_eq!(repl.enter("(+ 1\r   (count [2\r 3])\r)"), "3\n");
    assert_eq!(repl.enter("(count [1 ; ) no end\r2])"), "2\n");
    assert_eq!(repl.enter("\"two\rlines\""), "two\nlines\n");
    // What is closed too often is no form, and ends there too.
    let said = repl.enter("(+ 1 2))");
    assert!(said.starts_with("error[E0002]: "), "{said}");
    // A paste runs nothing by itself.
    repl.terminal.send("\x1b[200~(+ 1 2)\r(+ 3 4)\x1b[201~");
    assert_eq!(repl.enter(""), "3\n7\n");
    repl.quit();
}

#[test]
fn definitions_stay() {
    let Some(mut repl) = Repl::new("definitions_stay") else {
        return;
    };
    repl.home.write("one", "12345");
    assert_eq!(repl.enter("(def n 20)"), "defined n :- Int\n");
    assert_eq!(repl.enter("(defn plus [k] (+ n k))"), "defined plus\n");
    assert_eq!(repl.enter("(plus 2)"), "22\n");
    // Several at once, each of which may use those before it.
    let several = "(def a 1) (def b (+ a 1)) (defn f [x] (g x)) (defn g [x] (* x b)) (f n) (g 1)";
    let said = "defined a :- Int\ndefined b :- Int\ndefined f, g\n40\n2\n";
    assert_eq!(repl.enter(several), said);
    assert_eq!(repl.enter("(+ a b)"), "3\n");
    // A handle stays open as long as it has a name.
    let dir = format!("(def d (dir \"{}\"))", repl.home.text());
    assert_eq!(repl.enter(&dir), "defined d :- Dir\n");
    for _ in 0..2 {
        assert_eq!(repl.enter("(:size (stat d \"one\"))"), "5B\n");
    }
    assert_eq!(
        repl.enter("(def es (filter #(= (:type %) :file) (list d)))"),
        "defined es :- (List Entry)\n"
    );
    assert_eq!(
        repl.enter("(reduce + 0B (map :size (map stat es)))"),
        "5B\n"
    );
    // A definition that fails defines nothing, and the one before stays.
    assert!(
        repl.enter("(def n (quot n 0))")
            .starts_with("error[divide-by-zero]")
    );
    assert_eq!(repl.enter("n"), "20\n");
    assert_eq!(repl.enter("(def n \"text\")"), "defined n :- Str\n");
    assert_eq!(repl.enter("n"), "text\n");
    repl.quit();
}

#[test]
fn a_program_with_parameters_shows_its_type_and_what_it_asks_for() {
    let Some(mut repl) = Repl::new("a_program_with_parameters_shows_its_type_and_what_it_asks_for")
    else {
        return;
    };
    let said = "(fn [d :- Dir] (Seq Stat))\nd: dir{list,stat}\n";
    assert_eq!(
        repl.enter("(fn [d :- Dir] (->> (list d) (map stat)))"),
        said
    );
    assert_eq!(repl.enter("(fn [n :- Int] n)"), "(fn [n :- Int] Int)\n");
    repl.quit();
}

#[test]
fn results_are_tables_as_far_as_the_screen_goes() {
    let test = "results_are_tables_as_far_as_the_screen_goes";
    let Some(mut repl) = Repl::sized(test, 24, 80) else {
        return;
    };
    let files = Folder::new();
    files.write("notes", "x".repeat(3000));
    let list = format!("(map stat (list (dir \"{}\")))", files.text());
    let said = repl.enter(&list);
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].starts_with("name     size  mode        type  mtime (UTC)"),
        "{said}"
    );
    assert!(
        lines.iter().any(|l| l.starts_with("notes  2.9KiB  -rw")),
        "{said}"
    );
    assert!(
        lines[..lines.len() - 1].iter().all(|l| l.len() <= 80),
        "{said}"
    );
    assert!(said.contains("\nnot shown: "), "{said}");

    let said = repl.enter("(map #(* 2 %) (range 1000))");
    assert_eq!(said.lines().count(), 22, "{said}");
    assert!(
        said.ends_with("... 980 rows more; `*1` has all 1000\n"),
        "{said}"
    );
    assert_eq!(repl.enter("(reduce + 0 *1)"), "999000\n");
    repl.quit();
}

#[test]
fn commands_tell_about_expressions() {
    let Some(mut repl) = Repl::new("commands_tell_about_expressions") else {
        return;
    };
    assert_eq!(repl.enter(":type (list (dir \"/\"))"), "(Seq Entry)\n");
    assert_eq!(
        repl.enter(":type (fn [d :- Dir] (count (list d)))"),
        "(fn [d :- Dir] Int)\n"
    );
    assert_eq!(repl.enter(":type (count\r[1])"), "Int\n");
    let rights = repl.enter(":rights (count (list (dir \"/\")))");
    assert!(
        rights.contains("\"/\": root{list}\nsystem calls: close getdents64 openat2\n"),
        "{rights}"
    );
    let ir = repl.enter(":ir (+ 1 2)");
    assert!(
        ir.starts_with(";; ir\nsawir 1\n") && ir.contains("\n;; opt\n"),
        "{ir}"
    );
    let help = repl.enter(":help");
    for command in [":type", ":rights", ":ir", ":doc", ":defs", ":help", ":quit"] {
        assert!(help.contains(&format!("  {command} ")), "{help}");
    }
    assert!(help.lines().all(|l| l.len() < 80), "{help}");
    assert!(
        repl.enter(":doc stat")
            .starts_with("(stat e)\nThe metadata of an entry")
    );
    assert!(repl.enter(":doc").contains("(reduce f init s)\n"));
    assert_eq!(
        repl.enter(":doc nothing"),
        "error: there is no documentation of `nothing`\n"
    );
    assert_eq!(repl.enter(":type"), "error: :type takes an expression\n");
    assert!(
        repl.enter(":type (+ 1 x)")
            .starts_with("error[E0010]: `x` is not defined\n")
    );
    assert_eq!(
        repl.enter(":sing"),
        "error: there is no command :sing; :help tells what there is\n"
    );
    // Nothing has been run or remembered.
    assert_eq!(repl.enter(":defs"), "");
    repl.enter("(def n 1) (defn f [x] x)");
    assert_eq!(repl.enter(":defs"), "n :- Int\nf (function)\n");
    repl.terminal.send(":quit\r");
    assert_eq!(repl.terminal.end().0, 0);
}

#[test]
fn errors_show_the_place_and_the_session_goes_on() {
    let Some(mut repl) = Repl::new("errors_show_the_place_and_the_session_goes_on") else {
        return;
    };
    let unknown = "error[E0010]: `x` is not defined\n --> repl:1:6\n  |\n1 | (+ 1 x)\n  |      ^\n";
    assert_eq!(repl.enter("(+ 1 x)"), unknown);
    let gone = "error[ENOENT]: openat2 \"no-such\" in /: ENOENT (No such file or directory)\n \
                --> repl:1:1\n  |\n1 | (stat \"/no-such\")\n  | ^^^^^^^^^^^^^^^^^\n";
    assert_eq!(repl.enter("(stat \"/no-such\")"), gone);
    // In a function that came earlier.
    repl.enter("(defn half [n :- Int] (quot n 0))");
    let said = repl.enter("(half 3)");
    assert!(
        said.starts_with("error[divide-by-zero]: 3 quot 0: division by zero\n"),
        "{said}"
    );
    assert!(
        said.contains("1 | (defn half [n :- Int] (quot n 0))\n"),
        "{said}"
    );
    // The first error ends what was entered.
    let said = repl.enter("(def a 1) (quot a 0) (def b 2)");
    assert!(
        said.starts_with("defined a :- Int\nerror[divide-by-zero]"),
        "{said}"
    );
    assert!(repl.enter("b").starts_with("error[E0010]"));
    assert_eq!(repl.enter("a"), "1\n");
    repl.quit();
}

#[test]
fn the_interrupt_key_clears_a_line_and_stops_a_run() {
    for engine in ["auto", "interp"] {
        let test = "the_interrupt_key_clears_a_line_and_stops_a_run";
        let Some(mut repl) = Repl::with(test, &["repl", "--engine", engine]) else {
            return;
        };
        assert_eq!(repl.enter("(def n 7)"), "defined n :- Int\n");
        // At the prompt, and within a form that has begun on an earlier line.
        for begun in ["(no such", "(no\rsuch"] {
            repl.terminal.send(begun);
            repl.terminal.until("such");
            repl.terminal.send("\x03");
            assert_eq!(repl.answer(), "");
        }
        for endless in [
            "(loop [k 0] (recur (+ k 1)))",
            "(count (range 9000000000000000000))",
        ] {
            repl.terminal.send(&format!("{endless}\r"));
            repl.terminal.until(READ);
            repl.terminal.interrupt();
            let said = plain(&repl.terminal.until(READING));
            assert!(said.ends_with("error: interrupted\n"), "{said}");
            assert_eq!(repl.enter("n"), "7\n");
        }
        repl.quit();
    }
}

#[test]
fn names_are_completed() {
    let Some(mut repl) = Repl::new("names_are_completed") else {
        return;
    };
    assert_eq!(repl.enter("(coun\t (ran\t 3))"), "3\n");
    repl.enter("(def some-long-name 5)");
    assert_eq!(repl.enter("some-l\t"), "5\n");
    repl.quit();
}

#[test]
fn the_history_is_kept_from_session_to_session() {
    let Some(mut repl) = Repl::new("the_history_is_kept_from_session_to_session") else {
        return;
    };
    assert_eq!(repl.enter("(+ 20\r1)"), "21\n");
    assert_eq!(repl.enter(" (+ 40 1)"), "41\n");
    // It is there at once, for whoever comes meanwhile, and nobody else may read it.
    let file = repl.home.at("state/sawmill/history");
    let text = std::fs::read_to_string(&file).expect("the history");
    assert!(text.ends_with("\n(+ 20\\n1)\n"), "{text}");
    let mode = std::fs::metadata(&file).expect("the history").permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
        0o600
    );

    let home = repl.quit();
    let terminal = Repl::started(&home, &[], 24, 100);
    let mut repl = Repl { terminal, home };
    assert_eq!(repl.enter("\x1b[A"), "21\n");
    assert_eq!(repl.enter("1"), "1\n");
    assert_eq!(repl.enter("\x1b[A\x1b[A"), "21\n");
    repl.quit();
}

#[test]
fn a_history_that_cannot_be_kept_is_told_once() {
    let test = "a_history_that_cannot_be_kept_is_told_once";
    let Some(repl) = Repl::new(test) else {
        return;
    };
    let home = repl.quit();
    // Not even root makes a folder below a file.
    home.write("state", "");
    let terminal = Repl::started(&home, &[], 24, 200);
    let mut repl = Repl { terminal, home };
    let note = "note: the history cannot be saved to";
    let want = format!("{note} {}/state/sawmill/history\n1\n", repl.home.text());
    assert_eq!(repl.enter("1"), want);
    assert_eq!(repl.enter("2"), "2\n");
    repl.quit();
}

#[test]
fn the_end_of_input_leaves() {
    let Some(mut repl) = Repl::new("the_end_of_input_leaves") else {
        return;
    };
    // On a line that has begun the key is no end.
    repl.terminal.send("(+ 1 2");
    repl.terminal.until("(+ 1 2");
    repl.terminal.send("\x04");
    assert_eq!(repl.enter(")"), "3\n");
    let home = repl.quit();
    for word in [":q", "quit", "exit"] {
        let mut terminal = Repl::started(&home, &[], 24, 80);
        terminal.send(&format!("{word}\r"));
        assert_eq!(terminal.end().0, 0);
    }
}

// --- without a terminal ---------------------------------------------------------------------------------------------

/// What a session says to an input that nobody types: its output, standard error, the exit code.
fn session(input: &str) -> (String, String, i32) {
    let home = Folder::new();
    let mut command = with(&["repl"]);
    command.env("XDG_STATE_HOME", home.path());
    let done = fed(&mut command, input.as_bytes());
    let files = std::fs::read_dir(home.path()).expect("a folder").count();
    assert_eq!(files, 0, "there is a history of what nobody typed");
    (done.text().to_string(), done.err, done.code)
}

#[test]
fn a_session_can_come_through_a_pipe() {
    let (out, err, code) = session("(def x 5)\n(+ x\n   1)\n:type x\n\n(map inc (range 2)) *1");
    let table = "int\n  1\n  2\n";
    assert_eq!(out, format!("6\nInt\n{table}{table}"));
    assert_eq!((err.as_str(), code), ("defined x :- Int\n", 0));
    assert_eq!(session(""), (String::new(), String::new(), 0));
    assert_eq!(session("1\n:quit\n2").0, "1\n");
}

#[test]
fn an_error_in_a_pipe_is_in_the_exit_code_and_the_session_goes_on() {
    let (out, err, code) = session("(quot 1 0)\n(+ 1 x)\n(+ 1 2)");
    assert_eq!((out.as_str(), code), ("3\n", 1));
    assert!(err.contains("division by zero") && err.contains("`x` is not defined"));
    assert_eq!(session("(+ 1 x)").2, 3);
    assert_eq!(session(":sing").2, 2);
    // What is not whole at the end is not dropped.
    let unclosed = "error[E0001]: this is never closed\n --> repl:1:1\n  |\n1 | (+ 1\n  \
                    | ^   - the text ends here; a `)` is missing\n  | |\n  | opened here\n";
    assert_eq!(session("(+ 1"), (String::new(), unclosed.to_string(), 3));
}

#[test]
fn without_a_terminal_and_without_a_word_standard_input_is_the_program() {
    // A program is checked as a whole before it runs: the REPL would have said 1.
    let done = fed(&mut sawmill(), b"1\n(+ 1 x)");
    assert_eq!((done.text(), done.code), ("", 3));
    let done = fed(&mut sawmill(), b"(def x 2)\n(* x x)\n");
    assert_eq!((done.text(), done.err.as_str(), done.code), ("4\n", "", 0));
}
