//! The REPL: a session on a terminal, with history, editing, and forms that span lines.

use super::run::{Places, Within};
use super::{Trouble, say, tell, terminal};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{Highlighter, MatchingBracketHighlighter};
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Editor, Helper, Hinter};
use sawmill::explain::{Section, explain};
use sawmill::output::{Format, Options, RowWriter};
use sawmill::{Context, Engine, Error, Fault, Input, Program, Session, View};
use std::borrow::Cow;
use std::io::{BufRead, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// How many inputs the history holds.
const HISTORY: usize = 10_000;

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
    (
        ":doc",
        "NAME",
        "the documentation of a function; `:doc sys` lists system calls",
    ),
    (":defs", "", "what has been defined"),
    (":help", "", "this"),
    (":quit", "", "leaves; so does Ctrl-D"),
];

/// Talks until the end of input. Input that is no terminal is read the same way, but quietly; then the first error
/// decides the exit code.
pub(crate) fn repl(engine: &Engine) -> Result<(), Trouble> {
    let mut session = Session::new(engine)?;
    let is_terminal = std::io::stdout().is_terminal();
    session.context().send_prints(move |bytes| {
        let mut writer = RowWriter::new(terminal::Stdout, Format::Table, Options::default());
        let written = writer.print(bytes, is_terminal);
        match written.and_then(|()| writer.finish()) {
            Ok(_) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    if std::io::stdin().is_terminal() {
        return talk(&mut session);
    }
    match read_on(&mut session, std::io::stdin().lock()) {
        Ok(0) => Ok(()),
        Ok(code) => Err(Trouble::Said(code)),
        Err(e) => Err(Trouble::Usage(format!(
            "cannot read standard input: {}",
            super::reason(&e)
        ))),
    }
}

/// A session of lines that nobody types. Gives the exit code of the first error.
fn read_on(session: &mut Session, lines: impl BufRead) -> std::io::Result<u8> {
    let mut first = 0;
    let mut text = String::new();
    for line in lines.lines() {
        text.push_str(&line?);
        text.push('\n');
        if sawmill::read(&text, 1).incomplete {
            continue;
        }
        match one(session, text.trim()) {
            Step::Leave => return Ok(first),
            Step::Exit(code) => return Ok(code),
            Step::Failed(code) if first == 0 => first = code,
            Step::Failed(_) | Step::Fine => {}
        }
        text.clear();
    }
    // What is not whole at the end is told as what it is.
    match one(session, text.trim()) {
        Step::Failed(code) if first == 0 => Ok(code),
        Step::Exit(code) => Ok(code),
        _ => Ok(first),
    }
}

/// A session with somebody at a terminal.
fn talk(session: &mut Session) -> Result<(), Trouble> {
    let interrupter = session.context().interrupter();
    let for_handler = interrupter.clone();
    // While a program runs, Ctrl-C ends it; at the prompt the editor gets the key.
    ctrlc::set_handler(move || for_handler.interrupt())
        .map_err(|e| Trouble::Usage(format!("cannot handle Ctrl-C: {e}")))?;
    let unusable = |e: ReadlineError| Trouble::Usage(format!("cannot use the terminal: {e}"));
    let config = Config::builder()
        .history_ignore_space(true)
        .max_history_size(HISTORY)
        .map_err(unusable)?
        .auto_add_history(true)
        .build();
    let mut editor: Editor<Forms, DefaultHistory> =
        Editor::with_config(config).map_err(unusable)?;
    editor.set_helper(Some(Forms {
        names: names(session),
        brackets: MatchingBracketHighlighter::new(),
    }));
    let mut history = history_file();
    if let Some(file) = &history {
        // There is none the first time.
        let _ = editor.load_history(file);
    }
    say("sawmill: :help tells what there is, Ctrl-D leaves\n");
    loop {
        // Before, not after: once the line is read, the key is for what runs.
        interrupter.clear();
        match editor.readline("> ") {
            Ok(line) => {
                keep(&mut editor, &mut history);
                match one(session, line.trim()) {
                    Step::Leave | Step::Exit(0) => return Ok(()),
                    Step::Exit(code) => return Err(Trouble::Said(code)),
                    Step::Fine | Step::Failed(_) => {}
                }
                if let Some(helper) = editor.helper_mut() {
                    helper.names = names(session);
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(()),
            Err(e) => {
                say(&format!("error: cannot read the terminal: {e}\n"));
                return Err(Trouble::Said(1));
            }
        }
    }
}

/// Adds what was entered to the history file, at once, so that neither a crash nor another session loses it. A file
/// that cannot be written is told of once.
fn keep(editor: &mut Editor<Forms, DefaultHistory>, history: &mut Option<PathBuf>) {
    let Some(file) = history else { return };
    let made = file
        .parent()
        .is_none_or(|dir| std::fs::create_dir_all(dir).is_ok());
    if !made || editor.append_history(file).is_err() {
        say(&format!(
            "note: the history cannot be saved to {}\n",
            file.display()
        ));
        *history = None;
    }
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

/// What came of an input.
enum Step {
    Fine,
    /// An error, which has been told: its exit code.
    Failed(u8),
    Leave,
    /// A program ended itself with this status, and the session with it.
    Exit(u8),
}

/// Deals with one input: a command, or forms.
fn one(session: &mut Session, text: &str) -> Step {
    let known = |name: &str| session.names().iter().any(|n| n.0 == name);
    if matches!(text, "quit" | "exit") && !known(text) {
        return Step::Leave;
    }
    // `(:size x)` starts with a parenthesis; a bare keyword is a command.
    if let Some(command) = text
        .strip_prefix(':')
        .filter(|c| c.starts_with(|c: char| c.is_alphabetic()))
    {
        let (name, rest) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        return self::command(session, name, rest.trim());
    }
    for part in parts(text) {
        match evaluate(session, part) {
            Step::Fine => {}
            other => return other,
        }
    }
    Step::Fine
}

/// The pieces of a text that are evaluated one after another: each form on its own, so that it may use what those
/// before it define; functions that stand together stay together, since they may call one another.
fn parts(text: &str) -> Vec<&str> {
    let read = sawmill::read(text, 1);
    if !read.diagnostics.is_empty() {
        // The errors are told of the whole.
        return vec![text];
    }
    let mut parts: Vec<(bool, usize, usize)> = Vec::new();
    for form in &read.forms {
        let function = sawmill::is_definition(form);
        let (start, end) = (form.at.start as usize, form.at.end as usize);
        match parts.last_mut() {
            Some((true, _, last)) if function => *last = end,
            _ => parts.push((function, start, end)),
        }
    }
    let pieces = parts.iter().filter_map(|p| text.get(p.1..p.2));
    pieces.collect()
}

/// The type and manifest of a program that has parameters.
fn described(program: &Program) -> String {
    let demands = program.manifest().to_string();
    format!("{}\n{demands}", program.signature())
        .trim_end()
        .to_string()
}

/// Evaluates a piece of an input; an error has been told.
fn evaluate(session: &mut Session, text: &str) -> Step {
    match session.input("repl", text) {
        Err(e) => return failed(e),
        Ok(Input::Nothing) => {}
        Ok(Input::Functions(names)) => say(&format!("defined {}\n", names.join(", "))),
        Ok(Input::Abstraction(program)) => print_line(&described(&program)),
        Ok(Input::Program(program)) => return run(session, &program),
    }
    Step::Fine
}

/// Tells an error, unless it is the end that a program asked for.
fn failed(e: Error) -> Step {
    match &e {
        Error::Failed(failure, _) if matches!(failure.fault, Fault::Exit(_)) => {
            Step::Exit(e.exit_code())
        }
        _ => Step::Failed(tell(&e.into())),
    }
}

fn run(session: &mut Session, program: &Program) -> Step {
    let places = Places(session.sources().clone());
    let mut remark = None;
    let result = session.run(program, |view, context| {
        remark = show(view, context, &places)
    });
    if let Some(remark) = remark {
        say(&format!("{remark}\n"));
    }
    match (result, program.defines()) {
        (Err(e), _) => return failed(e),
        (Ok(()), Some(name)) => say(&format!("defined {name} :- {}\n", program.result())),
        (Ok(()), None) => {}
    }
    Step::Fine
}

/// Prints a result, as far as the screen has room.
fn show(view: &View, context: &Context, places: &Places) -> Option<String> {
    let places = &Within(places, context);
    let is_terminal = std::io::stdout().is_terminal();
    let options = Options {
        width: is_terminal.then(terminal::width).flatten(),
        colours: terminal::colours(is_terminal),
        terminal: is_terminal,
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

fn command(session: &mut Session, name: &str, rest: &str) -> Step {
    match name {
        "quit" | "q" => return Step::Leave,
        "help" => {
            let lines: Vec<String> = COMMANDS
                .iter()
                .map(|(n, a, d)| format!("  {:<14} {d}", format!("{n} {a}")))
                .collect();
            print_line(&lines.join("\n"));
            print_line("  Ctrl-C stops what runs; *1 *2 *3 are the last results");
            print_line("  a line that starts with a space stays out of the history");
        }
        "defs" => {
            let names = session.names().into_iter();
            names.for_each(|(n, ty)| match ty {
                Some(ty) => print_line(&format!("{n} :- {ty}")),
                None => print_line(&format!("{n} (function)")),
            });
        }
        "doc" if rest.is_empty() => {
            let mut section = "";
            for doc in sawmill::library() {
                if doc.section != section {
                    section = doc.section;
                    print_line(&format!(";; {section}"));
                }
                doc.usages.iter().for_each(|usage| print_line(usage));
            }
        }
        "doc" if rest == "sys" => {
            for doc in sawmill::system_calls() {
                doc.usages.iter().for_each(|usage| print_line(usage));
            }
        }
        "doc" => match documented(rest) {
            Some(doc) => print_line(&doc.to_string()),
            None => return wrong(&format!("there is no documentation of `{rest}`")),
        },
        "type" | "ir" | "rights" => match session.input("repl", rest) {
            Err(e) => return Step::Failed(tell(&e.into())),
            Ok(Input::Program(p) | Input::Abstraction(p)) => return asked(name, &p),
            Ok(_) => return wrong(&format!(":{name} takes an expression")),
        },
        other => {
            return wrong(&format!(
                "there is no command :{other}; :help tells what there is"
            ));
        }
    }
    Step::Fine
}

/// A command that is not used as it has to be.
fn wrong(why: &str) -> Step {
    Step::Failed(tell(&Trouble::Usage(why.to_string())))
}

fn asked(name: &str, program: &Program) -> Step {
    let sections: &[Section] = match name {
        "ir" => &[Section::Ir, Section::Opt],
        "rights" => &[Section::Manifest],
        _ => {
            print_line(&match program.params() {
                [] => program.result().to_string(),
                _ => program.signature(),
            });
            return Step::Fine;
        }
    };
    match explain(program, sections) {
        Ok(text) => print_line(text.trim_end()),
        Err(e) => return Step::Failed(tell(&e.into())),
    }
    Step::Fine
}

/// Prints on standard output; where nobody reads there is nothing to be done.
fn print_line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn names(session: &Session) -> Vec<String> {
    let own = session.names().into_iter().map(|n| n.0);
    let library = sawmill::library().into_iter().map(|d| d.name);
    let raw = sawmill::system_calls().into_iter().map(|d| d.name);
    let stat = sawmill::parts::frontend::ty::STAT
        .fields
        .iter()
        .map(|f| format!(":{}", f.0));
    let commands = COMMANDS.iter().map(|c| c.0.to_string());
    let mut all: Vec<String> = own
        .chain(library)
        .chain(raw)
        .chain(stat)
        .chain(commands)
        .collect();
    all.sort();
    all.dedup();
    all
}

/// What there is to know about a name.
fn documented(name: &str) -> Option<sawmill::Doc> {
    let all = match name.starts_with("sys/") {
        true => sawmill::system_calls(),
        false => sawmill::library(),
    };
    all.into_iter().find(|d| d.name == name)
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
