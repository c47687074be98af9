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
    assert!(repl.enter(":doc stat").starts_with("(stat e :- Entry)\n"));
    let take = repl.enter(":doc take");
    assert!(
        take.starts_with("(take n :- Int s :- (Seq T)) -> (Seq T)\nThe first n elements"),
        "{take}"
    );
    assert!(take.contains("\n  (take 2 [1 2 3]) => [1 2]\n"), "{take}");
    assert!(repl.enter(":doc let").contains(" => 2\n"));
    assert!(repl.enter(":doc +").starts_with("(+ a ...)\n"));
    assert!(
        repl.enter(":doc")
            .contains("\n(take n :- Int s :- (Seq T)) -> (Seq T)\n")
    );
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

// --- types and definitions ------------------------------------------------------------------------------------------

/// The lines of a session's output, and those of its messages.
fn said(input: &str) -> (Vec<String>, Vec<String>) {
    let (out, err, _) = session(input);
    let lines = |text: &str| text.lines().map(str::to_string).collect();
    (lines(&out), lines(&err))
}

#[test]
fn a_type_that_is_defined_anew_drops_the_values_of_the_old_one() {
    let (out, err) = said(
        "(defrecord Point [x :- Int y :- Int])\n\
         (def p (->Point 1 2))\n\
         (def ps [p (->Point 3 4)])\n\
         (def n (:x p))\n\
         (defn norm :- Int [p :- Point] (+ (:x p) (:y p)))\n\
         (map norm ps)\n\
         (defrecord Point [x :- Int y :- Int z :- Int])\n\
         p\n\
         (count ps)\n\
         n\n\
         (norm (->Point 5 6 7))\n\
         (defn norm :- Int [p :- Point] (:z p))\n\
         (norm (->Point 5 6 7))\n\
         (def p (->Point 1 1 1))\n\
         (norm p)",
    );
    assert_eq!(out, ["int", "  3", "  7", "1", "11", "7", "1"]);
    let told = |what: &str| err.iter().filter(|l| l.starts_with(what)).count();
    let before = "is Point as that was before it was defined anew";
    assert_eq!(told(&format!("error[E0010]: `p` {before}")), 1, "{err:?}");
    let list = "is (List Point) as that was before it was defined anew";
    assert_eq!(told(&format!("error[E0010]: `ps` {list}")), 1, "{err:?}");
    assert_eq!(told("  = help: define it again, `(def p ...)`"), 1);
    assert_eq!(told("error"), 2);
}

#[test]
fn a_type_that_is_defined_again_as_it_was_keeps_its_values() {
    let (out, err) = said(
        "(defenum Color red (mix [a :- Color b :- Color]))\n\
         (def c (mix :red Color/red))\n\
         (defenum Color red (mix [a :- Color b :- Color]))\n\
         (= c (mix :red :red))\n\
         (defenum Color red green (mix [a :- Color b :- Color]))\n\
         c\n\
         (defenum Color red (mix [a :- Color b :- Color]))\n\
         c",
    );
    assert_eq!(out, ["true", "(mix :red :red)"]);
    assert_eq!(err.iter().filter(|l| l.starts_with("error")).count(), 1);
}

#[test]
fn what_contains_a_type_that_is_defined_anew_is_another_one() {
    let (out, err) = said(
        "(defrecord Point [x :- Int])\n\
         (defrecord Line [from :- Point to :- Point])\n\
         (defenum Shape (poly [lines :- (List Line)]) empty)\n\
         (def l (->Line (->Point 1) (->Point 2)))\n\
         (def s (poly [l]))\n\
         (:x (:to l))\n\
         (defrecord Point [x :- Float])\n\
         l\n\
         s\n\
         (str (->Line (->Point 1) (->Point 2)))",
    );
    assert_eq!(out, ["2", "{:from {:x 1.0}, :to {:x 2.0}}"]);
    let errors: Vec<&String> = err.iter().filter(|l| l.starts_with("error")).collect();
    assert_eq!(errors.len(), 2, "{err:?}");
    assert!(errors[0].contains("`l` is Line") && errors[1].contains("`s` is Shape"));
}

#[test]
fn functions_use_types_and_functions_that_come_later() {
    let (out, err) = said(
        "(defn f [x] (g x))\n\
         (f 1)\n\
         (defn g [x] (inc x))\n\
         (f 1)\n\
         (defn uses :- Int [p :- Later] (:x p))\n\
         (defrecord Later [x :- Int])\n\
         (defn uses :- Int [p :- Later] (:x p))\n\
         (uses (->Later 3))\n\
         (defrecord Later [y :- Int])\n\
         (uses (->Later 3))\n\
         (defrecord Later [x :- Int y :- Int])\n\
         (uses (->Later 3 4))\n\
         (defenum Tree leaf (node [l :- Tree r :- Tree]))\n\
         (defn depth :- Int [t :- Tree] (match t leaf 0 (node l r) (inc (max (depth l) (depth r)))))\n\
         (depth (node leaf (node leaf leaf)))\n\
         (defenum Tree leaf (node [l :- Tree n :- Int r :- Tree]))\n\
         (depth (node leaf 1 leaf))\n\
         (defn depth :- Int [t :- Tree] (match t leaf 0 (node l _ r) (inc (max (depth l) (depth r)))))\n\
         (depth (node leaf 1 leaf))",
    );
    assert_eq!(out, ["2", "3", "3", "2", "1"]);
    let told = |what: &str| err.iter().filter(|l| l.starts_with(what)).count();
    assert_eq!(told("error[E0010]: `g` is not defined"), 1, "{err:?}");
    assert_eq!(told("error[E0021]: `Later` is not a type"), 1);
    assert_eq!(told("error[E0015]: a Later has no `:x`"), 1);
    assert_eq!(told("error[E0012]: `node` has 3 fields, here are 2"), 1);
    assert_eq!(told("error"), 4);
}

#[test]
fn a_name_is_what_it_was_defined_as_last() {
    let (out, err) = said(
        "(defn f [x] (* x 2))\n(f 2)\n(defn f ([a] a) ([a & b] (count b)))\n(f 1 2 3)\n\
         (def f 5)\nf\n(f 2)\n(defn f [] 7)\n(f)\n\
         (defenum Shape (sq [n :- Int]))\n(def s (sq 3))\n(defrecord Shape [n :- Int])\ns\n(:n (->Shape 4))\n\
         (defn sq [n :- Int] (* n n))\n(sq 3)",
    );
    assert_eq!(out, ["4", "2", "5", "7", "4", "9"]);
    let errors: Vec<&String> = err.iter().filter(|l| l.starts_with("error")).collect();
    assert_eq!(errors.len(), 2, "{err:?}");
    assert!(errors[0].contains("`f` is Int, not a function"));
    assert!(errors[1].contains("`s` is Shape as that was"));
}

#[test]
fn values_of_every_type_stay() {
    let (out, err) = said(
        "(defrecord Node [v :- Int next :- (Option Node)])\n\
         (def n (->Node 1 (just (->Node 2 none))))\n(:v (unwrap (:next n)))\n\
         (def m {\"a\" (just 1) \"b\" none})\n(def m (assoc m \"c\" (just 3)))\n(str m)\n\
         (def s #{1 2})\n(contains? s 2)\n\
         (def t (tuple 1 \"a\" [1.5]))\n(let [[a b c] t] (str b a c))\n\
         (def r {:a 1 :b [5s]})\n(str (:b r))\n\
         (def nothing none)\n(or-else nothing 3)\n\
         (def all [])\n(count (conj all 1))\n(count (conj all \"a\"))\n\
         (def e (try (quot 1 1)))\n(or-else e 0)\n\
         (def e (try (quot 1 0)))\n(or-else e 0)",
    );
    let want = [
        "2",
        "{\"a\" (just 1), \"b\" none, \"c\" (just 3)}",
        "true",
        "a1[1.5]",
        "[5s]",
        "3",
        "1",
        "1",
        "1",
        "1",
    ];
    assert_eq!(out, want);
    // What holds an error is not kept, and what was there before is.
    let errors: Vec<&String> = err.iter().filter(|l| l.starts_with("error")).collect();
    assert_eq!(errors.len(), 1, "{err:?}");
    assert!(errors[0].starts_with("error: `e` holds an error"));
}
