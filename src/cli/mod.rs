//! The command line: what is asked for, and the way there.
//!
//! Results go to standard output and everything else to standard error. Exit codes: 0 fine, 1 the program failed,
//! 2 usage, 3 does not read or type-check, 4 denied, 5 limit, 70 our bug, 130 interrupted, 141 nobody reads.

mod repl;
mod run;
mod terminal;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use sawmill::explain::{Section, explain, explain_code};
use sawmill::output::{Format, quoted};
use sawmill::{Code, Engine, Error, Mode, Powers, Program, Rights};
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;
use std::time::Duration;

/// What went wrong on the way to an exit code.
pub(crate) enum Trouble {
    /// An error to render.
    Error(Box<Error>),
    /// A usage error, in a sentence.
    Usage(String),
    /// Said already; only the code is left.
    Said(u8),
}

impl From<Error> for Trouble {
    fn from(e: Error) -> Trouble {
        Trouble::Error(Box::new(e))
    }
}

pub(crate) fn main() -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(e) => {
            let told = e.print();
            return match e.use_stderr() {
                true => ExitCode::from(2),
                false => ended(told.map_err(|e| unwritten(&e))),
            };
        }
    };
    let result = match matches.subcommand() {
        Some(("explain", sub)) => explain_command(sub),
        Some(("repl", sub)) => repl::repl(&engine(sub)),
        _ => run_command(&matches),
    };
    ended(result)
}

fn ended(result: Result<(), Trouble>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => ExitCode::from(tell(&trouble)),
    }
}

/// Tells what went wrong on standard error; gives the exit code.
pub(crate) fn tell(trouble: &Trouble) -> u8 {
    match trouble {
        Trouble::Error(e) if e.is_quiet() => e.exit_code(),
        Trouble::Error(e) => {
            let colours = terminal::colours(std::io::stderr().is_terminal());
            say(&e.render(colours));
            e.exit_code()
        }
        Trouble::Usage(why) => {
            say(&format!("error: {why}\n"));
            2
        }
        Trouble::Said(code) => *code,
    }
}

/// Writes a text to standard output, all of it or not without trouble.
pub(crate) fn put(text: &str) -> Result<(), Trouble> {
    let written = terminal::Stdout.write_all(text.as_bytes());
    written.map_err(|e| unwritten(&e))
}

/// What to make of standard output that takes no more. That nobody reads it is no matter for words.
pub(crate) fn unwritten(e: &std::io::Error) -> Trouble {
    if e.kind() == std::io::ErrorKind::BrokenPipe {
        return Trouble::Said(141);
    }
    say(&format!("error: cannot write the result: {}\n", reason(e)));
    Trouble::Said(1)
}

/// Writes to standard error; where nobody listens there is nothing to be done.
pub(crate) fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn engine_arg() -> Arg {
    let names = Mode::NAMES.iter().map(|row| row.0);
    Arg::new("engine")
        .long("engine")
        .value_name("ENGINE")
        .value_parser(PossibleValuesParser::new(names))
        .default_value("auto")
        .help("How to run: native code, the interpreter, or whichever suits the program")
}

fn timeout_arg() -> Arg {
    Arg::new("timeout")
        .long("timeout")
        .value_name("DURATION")
        .value_parser(run::duration)
        .help("Ends the program after that time, as in 5s or 200ms")
}

fn memory_arg() -> Arg {
    Arg::new("memory")
        .long("memory")
        .value_name("SIZE")
        .value_parser(run::memory)
        .help("The most memory a program may use, as in 64MiB [default: 4GiB]")
}

fn expr_arg() -> Arg {
    Arg::new("expr")
        .short('e')
        .value_name("EXPR")
        .value_parser(value_parser!(String))
        .help("The program, instead of a file")
}

fn program_arg(help: &'static str) -> Arg {
    Arg::new("program")
        .value_name("FILE [ARGS]")
        .num_args(0..)
        .trailing_var_arg(true)
        .allow_hyphen_values(true)
        .value_parser(value_parser!(OsString))
        .help(help)
}

fn command() -> Command {
    let formats = Format::ALL.iter().map(|row| row.0);
    let sections = Section::NAMES.iter().map(|row| row.0);
    Command::new("sawmill")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A small typed Lisp for system calls: a whole job, handed over in one go")
        .after_help(
            "Examples:\n  sawmill -e '(map stat (list (dir \"/etc\")))'\n  sawmill ls.saw /etc\n  sawmill explain -e '(count (list (dir \"/\")))'\n\n\
             Without a program, on a terminal, it starts a REPL; a pipe on standard input is the program,\n\
             and so it is with - for FILE. A file with the name of a subcommand is ./explain.",
        )
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
        .arg(expr_arg())
        .arg(engine_arg())
        .arg(
            Arg::new("output")
                .long("output")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(formats))
                .help("How results are written; raw is texts and names as they are, raw0 with NULs for xargs -0 [default: a table on a terminal, else jsonl]"),
        )
        .arg(timeout_arg())
        .arg(memory_arg())
        .arg(program_arg("The program's file, then its arguments; with -e only arguments"))
        .subcommand(
            Command::new("explain")
                .about("Shows what a program may do and what it becomes, stage by stage, or what an error means")
                .arg(expr_arg())
                .arg(engine_arg())
                .arg(
                    Arg::new("section")
                        .long("section")
                        .value_name("SECTIONS")
                        .value_delimiter(',')
                        .action(ArgAction::Append)
                        .value_parser(PossibleValuesParser::new(sections))
                        .help("Only these, separated by commas"),
                )
                .arg(
                    Arg::new("after")
                        .long("after")
                        .value_name("PASS")
                        .conflicts_with("section")
                        .help("Only the IR after each run of that pass"),
                )
                .arg(
                    Arg::new("code")
                        .long("code")
                        .value_name("CODE")
                        .value_parser(code)
                        .conflicts_with_all(["expr", "section", "after", "program"])
                        .help("Explains what an error such as E0012 means, with examples"),
                )
                .arg(
                    Arg::new("call")
                        .long("call")
                        .value_name("NAME")
                        .conflicts_with_all(["expr", "section", "after", "program", "code"])
                        .help("Explains a system call that programs make by name, such as read"),
                )
                .arg(program_arg("The program's file")),
        )
        .subcommand(
            Command::new("repl")
                .about("Reads, evaluates and prints, form by form")
                .arg(engine_arg())
                .arg(memory_arg()),
        )
}

/// The code of a diagnostic, as written on the command line.
fn code(text: &str) -> Result<Code, String> {
    Code::from_number(text).ok_or_else(|| {
        let numbers: Vec<&str> = Code::TABLE.iter().map(|row| row.1).collect();
        format!("there are {}", numbers.join(" "))
    })
}

fn engine(matches: &ArgMatches) -> Engine {
    let name = matches
        .get_one::<String>("engine")
        .map_or("auto", String::as_str);
    let mode = Mode::NAMES
        .iter()
        .find(|row| row.0 == name)
        .map_or(Mode::Auto, |row| row.1);
    let engine = Engine::new()
        .mode(mode)
        .ambient(Rights::ALL)
        .powers(Powers::ALL)
        .environment(std::env::vars_os());
    match matches.try_get_one::<i64>("memory") {
        Ok(Some(bytes)) => engine.memory_limit(bytes.unsigned_abs()),
        _ => engine,
    }
}

fn run_command(matches: &ArgMatches) -> Result<(), Trouble> {
    let words: Vec<OsString> = matches
        .get_many::<OsString>("program")
        .unwrap_or_default()
        .cloned()
        .collect();
    let engine = engine(matches);
    let nothing = words.is_empty() && matches.get_one::<String>("expr").is_none();
    if nothing && std::io::stdin().is_terminal() {
        return repl::repl(&engine);
    }
    let format = matches
        .get_one::<String>("output")
        .and_then(|name| Format::ALL.iter().find(|row| row.0 == name));
    let format = format
        .map(|row| row.1)
        .unwrap_or(Format::for_terminal(std::io::stdout().is_terminal()));
    let (program, args, name) = compile(matches, &engine, &words)?;
    if let Some(remark) = program.remark() {
        say(&format!("note: {remark}\n"));
    }
    let limit = matches.get_one::<Duration>("timeout").copied();
    run::run(&program, args, &name, format, limit)
}

/// The program that is asked for, the words after it, and what to call it.
fn compile<'a>(
    matches: &ArgMatches,
    engine: &Engine,
    words: &'a [OsString],
) -> Result<(Program, &'a [OsString], String), Trouble> {
    if let Some(text) = matches.get_one::<String>("expr") {
        return Ok((engine.compile_named("-e", text)?, words, "-e".into()));
    }
    let (file, args) = match words.split_first() {
        Some((file, args)) => (Some(file).filter(|f| *f != "-"), args),
        None if std::io::stdin().is_terminal() => {
            let why = "a program is missing: a FILE, -e EXPR, or a pipe on standard input";
            return Err(Trouble::Usage(why.into()));
        }
        None => (None, words),
    };
    let (name, bytes) = match file {
        Some(file) => (shown(file), read_file(file)?),
        None => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().read_to_end(&mut bytes);
            read.map_err(|e| {
                Trouble::Usage(format!("cannot read standard input: {}", reason(&e)))
            })?;
            ("<stdin>".to_string(), bytes)
        }
    };
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        say(&format!(
            "error[E0003]: {name} is not UTF-8 text: byte {at} starts no character\n"
        ));
        Trouble::Said(3)
    })?;
    // Some editors start a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok((engine.compile_named(&name, text)?, args, name))
}

/// The name of a file in messages: as it is, unless a terminal might act on it.
fn shown(file: &OsStr) -> String {
    let quoted = quoted(file.as_bytes());
    match file.to_str() {
        Some(name) if quoted.len() == name.len() + 2 => name.to_string(),
        _ => quoted,
    }
}

fn read_file(file: &OsStr) -> Result<Vec<u8>, Trouble> {
    std::fs::read(file).map_err(|e| {
        let name = quoted(file.as_bytes());
        Trouble::Usage(match e.kind() {
            // Whatever is no option of ours is taken for the program's file.
            std::io::ErrorKind::NotFound if file.as_bytes().starts_with(b"-") => {
                format!("there is neither an option nor a file {name}; see --help")
            }
            _ => format!("cannot read {name}: {}", reason(&e)),
        })
    })
}

/// An I/O error by the errno's name and meaning.
fn reason(e: &std::io::Error) -> String {
    match e.raw_os_error() {
        Some(n) => format!(
            "{} ({})",
            sawmill::errno::errno_name(n),
            sawmill::errno::errno_meaning(n)
        ),
        None => e.to_string(),
    }
}

fn explain_call(name: &str) -> Result<(), Trouble> {
    let short = name.strip_prefix("sys/").unwrap_or(name);
    let all = sawmill::system_calls();
    match all.iter().find(|doc| doc.name[4..] == *short) {
        Some(doc) => put(&format!("{doc}\n")),
        None => {
            let names: Vec<&str> = all.iter().map(|doc| &doc.name[4..]).collect();
            let why = format!(
                "no program calls `{short}` by name; there are {}",
                names.join(" ")
            );
            Err(Trouble::Usage(why))
        }
    }
}

fn explain_command(matches: &ArgMatches) -> Result<(), Trouble> {
    if let Some(code) = matches.get_one::<Code>("code") {
        return put(&explain_code(*code));
    }
    if let Some(name) = matches.get_one::<String>("call") {
        return explain_call(name);
    }
    let words: Vec<OsString> = matches
        .get_many::<OsString>("program")
        .unwrap_or_default()
        .cloned()
        .collect();
    let (program, _, _) = compile(matches, &engine(matches), &words)?;
    if let Some(pass) = matches.get_one::<String>("after") {
        return put(&sawmill::explain::after(&program, pass)?);
    }
    let chosen: Vec<&String> = matches
        .get_many::<String>("section")
        .unwrap_or_default()
        .collect();
    let all = Section::NAMES
        .iter()
        .filter(|row| chosen.is_empty() || chosen.iter().any(|c| *c == row.0));
    let sections: Vec<Section> = all.map(|row| row.1).collect();
    let text = explain(&program, &sections)?;
    put(&text)
}
