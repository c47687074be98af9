//! Running one program: its arguments from the command line, its rows to standard output as they come.

use super::{Trouble, say, terminal};
use sawmill::output::{Format, Lookup, Options, OutputError, RowWriter, quoted};
use sawmill::parts::frontend::read::FormKind;
use sawmill::{
    Context, Data, Error, Failure, Fault, Interrupter, Program, Rights, Sources, Span, Ty, View,
};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long rows may wait on a terminal.
const PATIENCE: Duration = Duration::from_millis(100);

/// What rows refer to.
pub(crate) struct Places(pub(crate) Sources);

impl Lookup for Places {
    fn place(&self, at: Span) -> Option<String> {
        self.0.place(at)
    }
}

/// What a result refers to while its context is there.
pub(crate) struct Within<'a>(pub(crate) &'a Places, pub(crate) &'a Context);

impl Lookup for Within<'_> {
    fn label(&self, handle: u64) -> Option<&[u8]> {
        self.1.path_of(handle)
    }
    fn place(&self, at: Span) -> Option<String> {
        self.0.place(at)
    }
}

/// Rows on their way out, and when they last left.
struct Out {
    writer: Option<RowWriter<terminal::Stdout>>,
    places: Places,
    /// On a terminal, when what is there was last written out.
    flushed: Option<Instant>,
}

impl Out {
    /// What a program prints is seen at once on a terminal.
    fn print(&mut self, bytes: &[u8], is_terminal: bool) -> Result<(), OutputError> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        writer.print(bytes, is_terminal)?;
        match is_terminal {
            true => writer.flush(),
            false => Ok(()),
        }
    }

    fn row(&mut self, row: &View) -> Result<(), OutputError> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        writer.row(row, &self.places)?;
        match &mut self.flushed {
            Some(last) if last.elapsed() >= PATIENCE => {
                *last = Instant::now();
                writer.flush()
            }
            _ => Ok(()),
        }
    }
}

/// Ends a run when its time is over, unless it is dropped before.
struct Clock(#[allow(dead_code, reason = "the thread waits until this is dropped")] Sender<()>);

impl Clock {
    fn start(interrupter: Interrupter, limit: Duration) -> Clock {
        let (running, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                interrupter.expire();
            }
        });
        Clock(running)
    }
}

/// Runs a program with the words of the command line.
pub(crate) fn run(
    program: &Program,
    words: &[OsString],
    name: &str,
    format: Format,
    limit: Option<Duration>,
) -> Result<(), Trouble> {
    let mut options = words.iter().take_while(|w| *w != "--");
    if options.any(|w| w == "--help" || w == "-h") {
        return super::put(&format!("{}\n", usage(program, name)));
    }
    let words = match words.split_first() {
        Some((dashes, rest)) if dashes == "--" => rest,
        _ => words,
    };
    let module = program.verified().module();
    if let Some(why) = format.refuses(module) {
        return Err(Trouble::Usage(format!("--output {}: {why}", format.name())));
    }
    let mut context = program.context()?;
    let (words, left) = words.split_at(taken(program, words.len()));
    let args = arguments(program, words, left, name, &mut context)?;

    let is_terminal = std::io::stdout().is_terminal();
    let options = Options {
        width: is_terminal.then(terminal::width).flatten(),
        colours: terminal::colours(is_terminal),
        terminal: is_terminal,
    };
    let mut writer = RowWriter::new(terminal::Stdout, format, options);
    if let Some(result) = &module.funcs[module.entry].result {
        writer.expect(result);
    }
    let out = Arc::new(Mutex::new(Out {
        writer: Some(writer),
        places: Places(program.sources().clone()),
        flushed: is_terminal.then(Instant::now),
    }));
    let sink = out.clone();
    context.send_rows(if is_terminal { 16 } else { 256 }, move |row| {
        match sink.lock().unwrap_or_else(PoisonError::into_inner).row(row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    let printed = out.clone();
    context.send_prints(move |bytes| {
        let mut out = printed.lock().unwrap_or_else(PoisonError::into_inner);
        match out.print(bytes, is_terminal) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    let clock = limit.map(|limit| Clock::start(context.interrupter(), limit));
    let result = program.run_in(&mut context, &args);
    drop(clock);
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(writer) = out.writer.take() else {
        return Ok(());
    };
    let written = finish(writer, &result, program, &context, &out.places);
    match (written, result) {
        (Err(trouble), _) => Err(trouble),
        (Ok(()), Err(e)) => Err(e.into()),
        (Ok(()), Ok(_)) => Ok(()),
    }
}

/// Writes what is left: the result of a program that is no sequence, or the error.
fn finish(
    mut writer: RowWriter<terminal::Stdout>,
    result: &Result<[u64; 8], Error>,
    program: &Program,
    context: &Context,
    places: &Places,
) -> Result<(), Trouble> {
    let written = match result {
        Ok(words) if !matches!(program.result(), Ty::Seq(_)) => match context.view(words) {
            Some(view) => writer.value(&view, &Within(places, context)),
            None => Ok(()),
        },
        Err(Error::Failed(failure, _)) if !matches!(failure.fault, Fault::Exit(_)) => {
            failed(&mut writer, failure, places)
        }
        _ => Ok(()),
    };
    match written.and_then(|()| writer.finish()) {
        Ok(Some(remark)) => {
            say(&format!("{remark}\n"));
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(OutputError::Closed) => Err(Trouble::Said(141)),
        Err(OutputError::Failed(e)) => Err(super::unwritten(&e)),
    }
}

fn failed(
    writer: &mut RowWriter<terminal::Stdout>,
    failure: &Failure,
    places: &Places,
) -> Result<(), OutputError> {
    match writer.trouble() {
        Some(_) => Ok(()),
        None => writer.error(failure, places),
    }
}

fn usage(program: &Program, name: &str) -> String {
    let params: Vec<String> = program
        .params()
        .iter()
        .map(|(n, t)| match t {
            Ty::List(one) => format!("[{n}: {one}]..."),
            _ => format!("<{n}: {t}>"),
        })
        .chain(takes_args(program).then(|| "[args]...".to_string()))
        .collect();
    let program_name = if name == "-e" {
        "sawmill -e EXPR".to_string()
    } else {
        format!("sawmill {name}")
    };
    let mut text = format!("Usage: {program_name} {}", params.join(" "))
        .trim_end()
        .to_string();
    let demands = program.manifest().to_string();
    if !demands.is_empty() {
        text.push_str("\n\nIt asks for:\n");
        text.push_str(
            &demands
                .lines()
                .map(|l| format!("  {l}\n"))
                .collect::<String>(),
        );
    }
    text.trim_end().to_string()
}

/// The type of a program's last parameter, if that takes all words that are left.
fn rest(program: &Program) -> Option<&Ty> {
    match program.params().last() {
        Some((_, Ty::List(one))) => Some(one),
        _ => None,
    }
}

/// How many of so many words the parameters take.
fn taken(program: &Program, words: usize) -> usize {
    match rest(program) {
        Some(_) => words,
        None => words.min(program.params().len()),
    }
}

/// Whether a program asks for `(args)`.
fn takes_args(program: &Program) -> bool {
    program.manifest().given.iter().any(|g| g == "args")
}

/// The values of a program's parameters, from words; those that are left are what `(args)` gives.
fn arguments(
    program: &Program,
    words: &[OsString],
    left: &[OsString],
    name: &str,
    context: &mut Context,
) -> Result<Vec<Data>, Trouble> {
    let params = program.params();
    let (rest, more) = (rest(program), takes_args(program));
    let want = params.len() - usize::from(rest.is_some());
    let have = words.len() + left.len();
    if words.len() < want || !left.is_empty() && !more {
        let why = format!(
            "the program takes {}{want} argument{}, not {have}",
            if rest.is_some() || more {
                "at least "
            } else {
                ""
            },
            if want == 1 { "" } else { "s" }
        );
        return Err(Trouble::Usage(format!("{why}\n{}", usage(program, name))));
    }
    let (words, others) = words.split_at(want);
    let each = params.iter().zip(words);
    let mut values = each
        .map(|((name, ty), word)| argument(name, ty, word, context))
        .collect::<Result<Vec<Data>, Trouble>>()?;
    if let (Some(one), Some((name, _))) = (rest, params.last()) {
        let others = others.iter().map(|word| argument(name, one, word, context));
        values.push(Data::List(others.collect::<Result<_, _>>()?));
    }
    if more {
        let bytes = left.iter().map(|word| word.as_bytes().to_vec());
        let given = context.given().clone().with_args(bytes);
        context.set_given(given);
    }
    Ok(values)
}

fn argument(name: &str, ty: &Ty, word: &OsString, context: &mut Context) -> Result<Data, Trouble> {
    let bytes = word.as_bytes();
    let said = quoted(bytes);
    let bad = |what: &str| {
        Trouble::Usage(format!(
            "the argument `{name}` has to be {what}, not {said}"
        ))
    };
    let text = std::str::from_utf8(bytes);
    Ok(match ty {
        Ty::Dir => {
            let opened = context.open_dir(bytes, Rights::ALL);
            Data::Handle(opened.map_err(|errno| Error::Open(bytes.to_vec(), errno))?)
        }
        Ty::Path if !bytes.is_empty() => Data::Path(bytes.to_vec()),
        Ty::Path => return Err(bad("a path")),
        Ty::Str => Data::Str(text.map_err(|_| bad("UTF-8 text"))?.to_string()),
        Ty::Bool => Data::Bool(
            text.ok()
                .and_then(|t| t.parse().ok())
                .ok_or_else(|| bad("true or false"))?,
        ),
        Ty::Int => Data::Int(number(text.unwrap_or("")).ok_or_else(|| bad("an integer"))?),
        Ty::Size => {
            Data::Size(size(text.unwrap_or("")).ok_or_else(|| bad("a size such as 4096 or 10KiB"))?)
        }
        Ty::Float => Data::Float(
            text.ok()
                .and_then(float)
                .ok_or_else(|| bad("a number such as 1.5"))?,
        ),
        Ty::Duration => Data::Duration(
            text.ok()
                .and_then(nanoseconds)
                .ok_or_else(|| bad("a duration such as 5s or 200ms"))?,
        ),
        other => return Err(bad(&other.to_string())),
    })
}

/// What a text is as a literal of the language.
fn literal(text: &str) -> Option<FormKind> {
    let read = sawmill::read(text, 1);
    match <[_; 1]>::try_from(read.forms) {
        Ok([form]) if read.diagnostics.is_empty() => Some(form.kind),
        _ => None,
    }
}

/// An integer as the language writes it.
fn number(text: &str) -> Option<i64> {
    match literal(text)? {
        FormKind::Int(n) => Some(n),
        _ => None,
    }
}

/// A float or an integer as the language writes it.
fn float(text: &str) -> Option<f64> {
    match literal(text)? {
        FormKind::Float(x) => Some(x),
        FormKind::Int(n) => Some(n as f64),
        _ => None,
    }
}

/// A duration as the language writes it.
fn nanoseconds(text: &str) -> Option<i64> {
    match literal(text)? {
        FormKind::Duration(n) => Some(n),
        _ => None,
    }
}

/// A duration for an option: more than nothing.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match nanoseconds(text) {
        Some(n @ 1..) => Ok(Duration::from_nanos(n.unsigned_abs())),
        _ => Err("a duration is written as in 5s or 200ms".into()),
    }
}

/// An amount of memory for an option: more than nothing.
pub(crate) fn memory(text: &str) -> Result<i64, String> {
    match size(text) {
        Some(n @ 1..) => Ok(n),
        _ => Err("a size is written as in 64MiB".into()),
    }
}

/// A size as the language writes it, or a number of bytes.
fn size(text: &str) -> Option<i64> {
    match literal(text)? {
        FormKind::Int(n) | FormKind::Size(n) => Some(n),
        _ => None,
    }
}
