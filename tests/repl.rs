//! The REPL, by what is typed into it and what comes out, on a terminal.
#![cfg(feature = "cli")]

mod support_cli;

use std::time::Duration;
use support_cli::terminal::{Terminal, plain};
use support_cli::{Folder, sawmill, skip};

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
        if let Some(reason) = Terminal::trouble() {
            skip(name, reason);
            return None;
        }
        let home = Folder::new();
        let terminal = Repl::started(&home, lines, columns);
        Some(Repl { terminal, home })
    }

    fn started(home: &Folder, lines: u16, columns: u16) -> Terminal {
        let mut command = sawmill();
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
    assert_eq!(repl.enter("\"a\\tb\""), "a\\tb\n");
    assert_eq!(repl.enter("(range 3)"), "0\n1\n2\n");
    assert_eq!(repl.enter("(count *1)"), "3\n");
    assert_eq!(repl.enter("(range 0)"), "(no rows)\n");
    // An error leaves them as they are.
    assert!(repl.enter("(quot 1 0)").contains("division by zero"));
    assert_eq!(repl.enter("(count *1)"), "0\n");
    repl.quit();
}

#[test]
fn a_form_ends_when_its_brackets_are_closed() {
    let Some(mut repl) = Repl::new("a_form_ends_when_its_brackets_are_closed") else {
        return;
    };
    assert_eq!(repl.enter("(+ 1\r   [2"), "");
    repl.quit();
}
