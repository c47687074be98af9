//! Everything that can go wrong, for hosts: what, where, and how it is told.

use crate::output::failure_text;
use crate::source::Sources;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use sawmill_frontend::diag::Diagnostic;
use sawmill_ir::errno::{errno_meaning, errno_name};
use sawmill_ir::fault::{Class, Failure, Fault};
use sawmill_ir::module::Span;
use sawmill_ir::powers::Powers;
use sawmill_ir::rights::Rights;
use std::fmt;

/// Why there is no program, or no result.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The text does not read or type-check: what is wrong, at least one.
    Invalid(Vec<Diagnostic>, Sources),
    /// The host or the command line passed something the program does not take.
    Argument(String),
    /// A directory for the program could not be opened: its path and the errno.
    Open(Vec<u8>, i32),
    /// A parameter is bound to something that lacks rights; nothing was run.
    Refused {
        /// The parameter, as the manifest has it.
        param: String,
        /// The rights that are missing; none, where it is no right but the directory that was not granted.
        missing: Rights,
    },
    /// The program takes powers that were not granted; nothing was run.
    Power(Powers),
    /// The run failed, was denied or was stopped: see [`Failure`] and its class.
    Failed(Box<Failure>, Sources),
    /// The machine refuses what the engine needs: executable memory, address space.
    System(String),
    /// A mistake of ours: a pass or the lowering made IR that the verifier refuses, say.
    Bug(String),
}

impl Error {
    /// A stable short code: `E0013` of a diagnostic, the name of an errno, or a word.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Invalid(all, _) => all.first().map_or("invalid", |d| d.code.number()),
            Error::Argument(_) => "argument",
            Error::Open(_, errno) => errno_name(*errno),
            Error::Refused { .. } | Error::Power(_) => "denied",
            Error::Failed(failure, _) => failure.fault.code(),
            Error::System(_) => "system",
            Error::Bug(_) => "bug",
        }
    }

    /// The errno, where the kernel refused.
    pub fn errno(&self) -> Option<i32> {
        match self {
            Error::Open(_, errno) => Some(*errno),
            Error::Failed(f, _) => match f.fault {
                Fault::Errno(n) => Some(n),
                _ => None,
            },
            _ => None,
        }
    }

    /// The place in the source, where there is one.
    pub fn span(&self) -> Option<Span> {
        match self {
            Error::Invalid(all, _) => all.first().map(|d| d.at),
            Error::Failed(f, _) if f.at.source != 0 => Some(f.at),
            _ => None,
        }
    }

    /// `file:line:column`, where there is a place.
    pub fn place(&self) -> Option<String> {
        match self {
            Error::Invalid(_, sources) | Error::Failed(_, sources) => sources.place(self.span()?),
            _ => None,
        }
    }

    /// The exit code of a command that ends with it: what the program said with `(exit n)`, else 1 the program failed, 2 usage, 3 does not read or type-check,
    /// 4 denied, 5 limit, 70 our bug, 130 interrupted, 141 nobody reads.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Invalid(..) => 3,
            Error::Argument(_) | Error::Open(..) => 2,
            Error::Refused { .. } | Error::Power(_) => 4,
            Error::System(_) => 1,
            Error::Bug(_) => 70,
            Error::Failed(f, _) => match (f.fault, f.fault.class()) {
                (Fault::Interrupted, _) => 130,
                (Fault::Output, _) => 141,
                (Fault::Exit(status), _) => status,
                (_, Class::Error) => 1,
                (_, Class::Denied) => 4,
                (_, Class::Stop) => 5,
            },
        }
    }

    /// Whether there is nothing to tell: nobody reads any more, or the program ended itself by `(exit n)`, which is an
    /// error for whoever waits for its value, `exit_code` says which.
    ///
    /// ```
    /// use sawmill::{Engine, Error};
    /// let program = Engine::new().compile("(defn main [n :- Int] (if (< n 3) n (exit n)))").unwrap();
    /// let main = program.func::<fn(i64) -> i64>("main").unwrap();
    /// assert_eq!(main.call((2,)).unwrap(), 2);
    /// let ended = main.call((3,)).unwrap_err();
    /// assert!(ended.is_quiet() && ended.exit_code() == 3 && ended.code() == "exit");
    /// ```
    pub fn is_quiet(&self) -> bool {
        match self {
            Error::Failed(f, _) => matches!(f.fault, Fault::Output | Fault::Exit(_)),
            _ => false,
        }
    }

    /// The error as people read it: what, the source with a caret, what would be right. Several lines, ending in one.
    pub fn render(&self, colours: bool) -> String {
        let renderer = if colours {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        match self {
            Error::Invalid(all, sources) => {
                let each = all.iter().map(|d| render_diagnostic(d, sources, &renderer));
                each.collect::<Vec<_>>().join("\n")
            }
            Error::Failed(failure, sources) if failure.at.source != 0 => {
                render_failure(failure, sources, &renderer)
            }
            other => format!("error: {other}\n"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(f, "{place}: ")?;
        }
        match self {
            Error::Invalid(all, _) => match all.first() {
                Some(d) => write!(f, "{} [{}]", d.message, d.code),
                None => f.write_str("the program is not valid"),
            },
            Error::Argument(why) => f.write_str(why),
            Error::Open(path, errno) => {
                let path = crate::output::quoted(path);
                write!(
                    f,
                    "cannot open the directory {path}: {} ({})",
                    errno_name(*errno),
                    errno_meaning(*errno)
                )
            }
            Error::Power(missing) => {
                let many = missing.iter().count() > 1;
                let names: Vec<&str> = missing.iter().map(|p| p.name()).collect();
                let [powers, were] = if many {
                    ["powers", "were"]
                } else {
                    ["power", "was"]
                };
                let names = names.join(", ");
                write!(
                    f,
                    "denied: the program takes the {powers} {names}, which {were} not granted"
                )
            }
            Error::Refused { param, missing } if *missing == Rights::NONE => {
                write!(f, "denied: `{param}` was not granted")
            }
            Error::Refused { param, missing } => {
                write!(f, "denied: `{param}` lacks the right {missing}")
            }
            Error::Failed(failure, _) => f.write_str(&failure_text(failure)),
            Error::System(why) => f.write_str(why),
            Error::Bug(why) => write!(f, "this is a bug in sawmill, please report it: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// A span within its text, on the boundaries of characters, never empty where the text has something to show.
fn range(at: Span, text: &str) -> std::ops::Range<usize> {
    let fit = |n: u32| {
        let mut n = (n as usize).min(text.len());
        while !text.is_char_boundary(n) {
            n -= 1;
        }
        n
    };
    fit(at.start)..fit(at.end.max(at.start))
}

fn render_diagnostic(d: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let title = Level::ERROR
        .primary_title(d.message.as_str())
        .id(d.code.number());
    let mut group = match sources.get(d.at.source) {
        Some((name, text)) => {
            let mut primary = AnnotationKind::Primary.span(range(d.at, text));
            if !d.label.is_empty() {
                primary = primary.label(d.label.as_str());
            }
            let others = d.others.iter().filter(|(at, _)| at.source == d.at.source);
            let others = others.map(|(at, say)| {
                AnnotationKind::Context
                    .span(range(*at, text))
                    .label(say.as_str())
            });
            let snippet = Snippet::source(text)
                .path(name)
                .annotation(primary)
                .annotations(others);
            title.element(snippet)
        }
        None => Group::with_title(title),
    };
    let expansion = d.expansion.as_ref().map(|e| format!("it becomes {e}"));
    if let Some(expansion) = &expansion {
        group = group.element(Level::NOTE.message(expansion.as_str()));
    }
    if let Some(help) = &d.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    format!("{}\n", renderer.render(&[group]))
}

fn render_failure(failure: &Failure, sources: &Sources, renderer: &Renderer) -> String {
    let said = failure_text(failure);
    let title = Level::ERROR
        .primary_title(said.as_str())
        .id(failure.fault.code());
    let mut group = match sources.get(failure.at.source) {
        Some((name, text)) => {
            let primary = AnnotationKind::Primary.span(range(failure.at, text));
            title.element(Snippet::source(text).path(name).annotation(primary))
        }
        None => Group::with_title(title),
    };
    let trace = trace(failure, sources);
    for line in &trace {
        group = group.element(Level::NOTE.message(line.as_str()));
    }
    if let Some(help) = advice(failure) {
        group = group.element(Level::HELP.message(help));
    }
    format!("{}\n", renderer.render(&[group]))
}

/// The calls that led to a failure, those of one place one after another together.
fn trace(failure: &Failure, sources: &Sources) -> Vec<String> {
    let mut places: Vec<(String, u64)> = Vec::new();
    for at in &failure.trace {
        let place = sources.place(*at).unwrap_or_else(|| "the library".into());
        match places.last_mut() {
            Some((last, times)) if *last == place => *times += 1,
            _ => places.push((place, 1)),
        }
    }
    let told: u64 = places.iter().map(|p| p.1).sum();
    let more = failure.calls.saturating_sub(told);
    let mut lines: Vec<String> = places
        .into_iter()
        .map(|(place, times)| match times {
            1 => format!("called at {place}"),
            _ => format!("called at {place}, {times} times"),
        })
        .collect();
    if more > 0 {
        lines.push(format!("and by {more} calls more"));
    }
    lines
}

/// What somebody could do about a failure, where there is something to say.
fn advice(failure: &Failure) -> Option<&'static str> {
    Some(match (failure.fault, failure.operation) {
        (Fault::Errno(2), "statx") => {
            "the name was gone when it was asked about; `(try (stat e))` gives the error as a value and goes on"
        }
        (Fault::Errno(13), "statx") => "`(try (stat e))` gives the error as a value and goes on",
        (Fault::ClosedHandle, _) => {
            "a handle lives as long as the scope that opened it: open it further out, with `let`"
        }
        (Fault::NotOk, _) => "ask `(ok? r)` first, or give a default: `(or-else r default)`",
        _ => return None,
    })
}
