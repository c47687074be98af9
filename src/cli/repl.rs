//! The REPL: a session on a terminal, with history, editing, and forms that span lines.

use super::run::Places;
use super::{Trouble, say, tell, terminal};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{Highlighter, MatchingBracketHighlighter};
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Editor, Helper, Hinter};
use sawmill::explain::{Section, explain};
use sawmill::output::{Format, Options, RowWriter};
use sawmill::{Context, Engine, Input, Program, Session, View};
use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// A command of the REPL: name, arguments, what it does.
const COMMANDS: &[(&str, &str, &str)] = &[
    (
        ":type",
        "EXPR",
        "the type of an expression, without running it",
    ),
    (
        ":rights",
        "EXPR",
        "what an expression demands, and the system calls it can make",
    ),
    (":ir", "EXPR", "its IR, as lowered and after the passes"),
    (":doc", "NAME", "the documentation of a function"),
    (":defs", "", "what has been defined"),
    (":help", "", "this"),
    (":quit", "", "leaves; so does Ctrl-D"),
];

/// Talks until the end of input.
pub(crate) fn repl(engine: &Engine) -> Result<(), Trouble> {
    let mut session = Session::new(engine)?;
    let interrupter = session.context().interrupter();
    let for_handler = interrupter.clone();
    // While a program runs, Ctrl-C ends it; at the prompt the editor gets the key.
    ctrlc::set_handler(move || for_handler.interrupt())
        .map_err(|e| Trouble::Usage(format!("cannot handle Ctrl-C: {e}")))?;
    let config = Config::builder()
        .history_ignore_space(true)
        .auto_add_history(true)
        .build();
    let mut editor: Editor<Forms, DefaultHistory> = Editor::with_config(config)
        .map_err(|e| Trouble::Usage(format!("cannot use the terminal: {e}")))?;
    editor.set_helper(Some(Forms {
        names: names(&session),
        brackets: MatchingBracketHighlighter::new(),
    }));
    let history = history_file();
    if let Some(file) = &history {
        // There is none the first time.
        let _ = editor.load_history(file);
    }
    say("sawmill: :help tells what there is, Ctrl-D leaves\n");
    loop {
        match editor.readline("> ") {
            Ok(line) => {
                interrupter.clear();
                if !one(&mut session, line.trim()) {
                    break;
                }
                if let Some(helper) = editor.helper_mut() {
                    helper.names = names(&session);
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(e) => {
                say(&format!("error: cannot read the terminal: {e}\n"));
                return Err(Trouble::Said(1));
            }
        }
    }
    if let Some(file) = history {
        let made = file
            .parent()
            .is_none_or(|dir| std::fs::create_dir_all(dir).is_ok());
        if !made || editor.save_history(&file).is_err() {
            say(&format!(
                "note: the history could not be saved to {}\n",
                file.display()
            ));
        }
    }
    Ok(())
}

fn history_file() -> Option<PathBuf> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("sawmill/history"))
}

/// Deals with one input. False means to leave.
fn one(session: &mut Session, line: &str) -> bool {
    if let Some(command) = line
        .strip_prefix(':')
        .filter(|c| c.starts_with(|c: char| c.is_alphabetic()))
    {
        let (name, rest) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        // `(:size x)` starts with a parenthesis; a bare keyword is a command.
        return self::command(session, name, rest.trim());
    }
    match session.input("repl", line) {
        Err(e) => {
            tell(&e.into());
        }
        Ok(Input::Nothing) => {}
        Ok(Input::Functions(names)) => say(&format!("defined {}\n", names.join(", "))),
        Ok(Input::Abstraction(program)) => print_line(&described(&program)),
        Ok(Input::Program(program)) => evaluate(session, &program),
    }
    true
}

/// The type and manifest of a program that has parameters.
fn described(program: &Program) -> String {
    let demands = program.manifest().to_string();
    format!("{}\n{demands}", program.signature())
        .trim_end()
        .to_string()
}

fn evaluate(session: &mut Session, program: &Program) {
    let places = Places(session.sources().clone());
    let mut remark = None;
    let result = session.run(program, |view, context| {
        remark = show(view, context, &places)
    });
    if let Some(remark) = remark {
        say(&format!("{remark}\n"));
    }
    match (result, program.defines()) {
        (Err(e), _) => {
            tell(&e.into());
        }
        (Ok(()), Some(name)) => say(&format!("defined {name} :- {}\n", program.result())),
        (Ok(()), None) => {}
    }
}

/// Prints a result, as far as the screen has room.
fn show(view: &View, _: &Context, places: &Places) -> Option<String> {
    let is_terminal = std::io::stdout().is_terminal();
    let options = Options {
        width: is_terminal.then(terminal::width).flatten(),
        colours: terminal::colours(is_terminal),
    };
    let mut writer = RowWriter::new(terminal::Stdout, Format::Table, options);
    let room = if is_terminal {
        terminal::height().map_or(usize::MAX, |h| h.saturating_sub(4).max(5))
    } else {
        usize::MAX
    };
    let all = view.len();
    let rows = all > 0 || matches!(view.ty(), sawmill::Type::List(_));
    let written = if rows {
        view.elements()
            .take(room)
            .try_for_each(|row| writer.row(&row, places))
    } else {
        writer.value(view, places)
    };
    let mut remarks = Vec::new();
    match written.and_then(|()| writer.finish()) {
        Ok(remark) => remarks.extend(remark),
        Err(e) => return Some(format!("error: cannot write the result: {e}")),
    }
    if rows && all == 0 {
        remarks.push("(no rows)".into());
    }
    if all > room {
        remarks.push(format!("... {} rows more; `*1` has all {all}", all - room));
    }
    (!remarks.is_empty()).then(|| remarks.join("\n"))
}

fn command(session: &mut Session, name: &str, rest: &str) -> bool {
    match name {
        "quit" | "q" => return false,
        "help" => {
            let lines: Vec<String> = COMMANDS
                .iter()
                .map(|(n, a, d)| format!("  {:<14} {d}", format!("{n} {a}")))
                .collect();
            print_line(&lines.join("\n"));
            print_line(
                "  Ctrl-C stops what runs; a line that starts with a space stays out of the history",
            );
        }
        "defs" => {
            let lines = session.names().into_iter().map(|(n, ty)| match ty {
                Some(ty) => format!("{n} :- {ty}"),
                None => format!("{n} (function)"),
            });
            print_line(&lines.collect::<Vec<_>>().join("\n"));
        }
        "doc" => match sawmill::prelude_docs().into_iter().find(|d| d.0 == rest) {
            Some((_, usage, doc)) => print_line(&format!("{usage}\n{doc}")),
            None => say(&format!("error: there is no documentation of `{rest}`\n")),
        },
        "type" | "ir" | "rights" => match session.input("repl", rest) {
            Err(e) => {
                tell(&e.into());
            }
            Ok(Input::Program(p) | Input::Abstraction(p)) => asked(name, &p),
            Ok(_) => say(&format!("error: :{name} takes an expression\n")),
        },
        other => say(&format!(
            "error: there is no command :{other}; :help tells what there is\n"
        )),
    }
    true
}

fn asked(name: &str, program: &Program) {
    let sections: &[Section] = match name {
        "ir" => &[Section::Ir, Section::Opt],
        "rights" => &[Section::Manifest],
        _ if program.params().is_empty() => return print_line(&program.result().to_string()),
        _ => return print_line(&program.signature()),
    };
    match explain(program, sections) {
        Ok(text) => print_line(text.trim_end()),
        Err(e) => {
            tell(&e.into());
        }
    }
}

/// Prints on standard output; where nobody reads there is nothing to be done.
fn print_line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn names(session: &Session) -> Vec<String> {
    let own = session.names().into_iter().map(|n| n.0);
    let library = sawmill::prelude_docs().into_iter().map(|d| d.0);
    let forms = [
        "def", "defn", "fn", "let", "if", "do", "when", "and", "or", "not", "quot", "try", "ok?",
        "or-else", "loop", "recur",
    ];
    let stat = sawmill::parts::frontend::ty::STAT
        .fields
        .iter()
        .map(|f| format!(":{}", f.0));
    let commands = COMMANDS.iter().map(|c| c.0.to_string());
    let mut all: Vec<String> = own
        .chain(library)
        .chain(forms.map(String::from))
        .chain(stat)
        .chain(commands)
        .collect();
    all.sort();
    all.dedup();
    all
}

/// What the editor knows of forms: when one is whole, which names there are, which brackets belong together.
#[derive(Helper, Hinter)]
struct Forms {
    names: Vec<String>,
    brackets: MatchingBracketHighlighter,
}

impl Validator for Forms {
    fn validate(&self, input: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        if sawmill::read(input.input(), 1).incomplete {
            return Ok(ValidationResult::Incomplete);
        }
        Ok(ValidationResult::Valid(None))
    }
}

impl Completer for Forms {
    type Candidate = Pair;
    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let start = line[..at]
            .rfind(|c: char| c.is_whitespace() || "()[]{}\"".contains(c))
            .map_or(0, |i| i + 1);
        let word = &line[start..at];
        let fitting = self.names.iter().filter(|n| n.starts_with(word));
        Ok((
            start,
            fitting
                .map(|n| Pair {
                    display: n.clone(),
                    replacement: n.clone(),
                })
                .collect(),
        ))
    }
}

impl Highlighter for Forms {
    fn highlight<'l>(&self, line: &'l str, at: usize) -> Cow<'l, str> {
        self.brackets.highlight(line, at)
    }
    fn highlight_char(&self, line: &str, at: usize, kind: rustyline::highlight::CmdKind) -> bool {
        self.brackets.highlight_char(line, at, kind)
    }
}
