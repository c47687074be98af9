//! Runs a program in an engine on a kernel, and looks for what it left behind.

use super::case::Case;
use super::tree::TempDir;
use sawmill::output::{Format, Lookup, Options as RowOptions, RowWriter, failure_text};
use sawmill::parts::ir::fault::Fault;
use sawmill::parts::ir::host::{Host, Kernel};
use sawmill::parts::ir::interp::{self, Stopped};
use sawmill::parts::ir::layout;
use sawmill::parts::ir::syscalls::Sys;
use sawmill::parts::ir::verify::Verified;
use sawmill::parts::jit;
use sawmill::parts::runtime::context::Given;
use sawmill::parts::runtime::fake::{FakeKernel, Nth};
use sawmill::parts::runtime::kernel::RealKernel;
use sawmill::parts::runtime::trace::{Trace, TraceKernel};
use sawmill::{Context, Data, Engine, Error, Failure, Mode, Options, Program, Rights, Sources};
use sawmill::{Span, Ty, View};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

/// What runs a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// The interpreter, on the IR before the passes.
    Lowered,
    /// The interpreter.
    Interp,
    /// Native code whose calls go through the kernel trait.
    Hooked,
    /// The same, as Cranelift makes it without optimising.
    Plain,
    /// The interpreter, looking in every round of a loop what can be given back.
    InterpTurning,
    /// Native code as `Hooked`, looking as often.
    HookedTurning,
    /// Native code that makes its calls itself.
    Native,
}

impl By {
    /// Whether it looks in every round of a loop what can be given back.
    pub fn is_turning(self) -> bool {
        matches!(self, By::InterpTurning | By::HookedTurning)
    }
}

/// A program compiled in every way.
pub struct Programs {
    interp: Program,
    hooked: Program,
    native: Program,
    plain: Rc<jit::Compiled>,
}

/// Native code that Cranelift has not optimised.
fn plain(program: &Program) -> Rc<jit::Compiled> {
    let options = jit::Options {
        stubs: jit::Stubs::Hooked,
        opt: jit::Opt::None,
        ..jit::Options::default()
    };
    Rc::new(
        jit::compile(program.verified(), options)
            .expect("what is compiled optimised is compiled so too"),
    )
}

impl Programs {
    /// Compiles; the error is the front end's.
    pub fn compile(text: &str) -> Result<Programs, Error> {
        let engine = Engine::new()
            .ambient(Rights::ALL)
            .powers(sawmill::Powers::ALL);
        let compile = |mode| engine.clone().mode(mode).compile(text);
        let interp = compile(Mode::Interp)?;
        Ok(Programs {
            plain: plain(&interp),
            interp,
            hooked: compile(Mode::Hooked)?,
            native: compile(Mode::Jit)?,
        })
    }
    /// Compiles for the fake kernel alone.
    pub fn hooked(text: &str) -> Result<Programs, Error> {
        let compile = |mode| Engine::new().mode(mode).compile(text);
        let (interp, hooked) = (compile(Mode::Interp)?, compile(Mode::Hooked)?);
        Ok(Programs {
            plain: plain(&interp),
            interp,
            native: hooked.clone(),
            hooked,
        })
    }
    /// The program as that engine has it.
    pub fn of(&self, by: By) -> &Program {
        match by {
            By::Lowered | By::Interp | By::InterpTurning | By::Plain => &self.interp,
            By::Hooked | By::HookedTurning => &self.hooked,
            By::Native => &self.native,
        }
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The rows as JSON; those up to the error, if there is one.
    pub rows: Vec<String>,
    /// The result with every bit of it.
    pub data: String,
    /// The error, as the cases have it: `CODE at LINE:COL: text`.
    pub error: Option<String>,
    /// The error with every bit of it, but for the calls that led to it.
    pub failure: String,
    /// These calls; where functions have been inlined there are fewer of them.
    pub calls: String,
    /// The calls made, where they can be seen.
    pub trace: Option<Vec<String>>,
}

impl Outcome {
    /// Whether the limit of memory ended it.
    pub fn is_full(&self) -> bool {
        let error = self.error.as_deref();
        error.is_some_and(|e| e.starts_with("memory-limit"))
    }
    /// Rows and error with what differs from system to system made equal.
    pub fn normalised(&self) -> (Vec<String>, Option<&str>) {
        let rows = self.rows.iter().map(|r| normalise(r)).collect();
        (rows, self.error.as_deref())
    }
}

/// A kernel to run on.
pub enum On {
    /// The fake one, with a trace.
    Fake(FakeKernel),
    /// The real one with a trace; listings come in the order of names, so that the fake one's rows are the same.
    Sorted,
    /// The real one.
    Real,
}

/// Where a run takes place.
pub struct Place<'a> {
    /// The tree, at the same path on every kernel.
    pub root: &'a Path,
    /// The parameters and limits.
    pub case: &'a Case,
    /// Whether the program is run again, to see that it does the same.
    pub twice: bool,
}

/// Runs a program. Fails if it leaves something behind, or does something else the second time.
pub fn run(programs: &Programs, by: By, on: On, place: &Place) -> Result<Outcome, String> {
    let before = open_files();
    let mut options = Options {
        memory: 256 << 20,
        ..Options::default()
    };
    if by.is_turning() {
        options.region = 0;
    }
    if let Some(limit) = place.case.limits.get("handles") {
        options.handles = *limit as usize;
    }
    if let Some(limit) = place.case.limits.get("memory") {
        options.memory = *limit;
    }
    let (fake, trace, kernel): (_, _, Box<dyn Kernel + Send>) = match on {
        On::Fake(kernel) => {
            let (traced, trace) = TraceKernel::new(kernel.clone());
            (Some(kernel), Some(trace), Box::new(traced))
        }
        On::Sorted => {
            let (traced, trace) = TraceKernel::new(SortKernel::default());
            (None, Some(trace), Box::new(traced))
        }
        On::Real => (None, None, Box::new(RealKernel::new())),
    };
    let mut context = Context::new(options, kernel).map_err(|e| e.to_string())?;
    context.set_given(given());
    let mut runner = Runner {
        programs,
        by,
        place,
        fake: fake.as_ref(),
        trace: trace.as_ref(),
    };
    let first = runner.once(&mut context)?;
    if place.twice {
        let second = runner.once(&mut context)?;
        let same = first.normalised() == second.normalised();
        if !same {
            return Err(format!(
                "the second run gives\n{second:#?}\nnot\n{first:#?}"
            ));
        }
    }
    drop(context);
    match fake {
        Some(kernel) if kernel.open_descriptors() != 0 => {
            return Err("descriptors are open after the context is gone".into());
        }
        None if open_files() != before => {
            return Err(format!(
                "{before} files were open, and now {}",
                open_files()
            ));
        }
        _ => {}
    }
    Ok(first)
}

/// What every case finds as its words and environment.
fn given() -> Given {
    let variables: [(&[u8], &[u8]); 4] = [
        (b"HOME", b"/home/saw"),
        (b"ODD", b"\xff\n="),
        (b"EMPTY", b""),
        (b"HOME", b"/home/second"),
    ];
    let variables = variables.map(|(name, value)| (name.to_vec(), value.to_vec()));
    Given::default()
        .with_args([b"one".to_vec(), b"two \xff".to_vec(), Vec::new()])
        .with_environment(variables)
}

struct Runner<'a> {
    programs: &'a Programs,
    by: By,
    place: &'a Place<'a>,
    fake: Option<&'a FakeKernel>,
    trace: Option<&'a Trace>,
}

impl Runner<'_> {
    /// Passes the arguments, runs, looks, closes.
    fn once(&mut self, context: &mut Context) -> Result<Outcome, String> {
        let program = self.programs.of(self.by);
        let args = arguments(program, context, self.place)?;
        // What the session opens when it is first wanted stays open.
        let session = |c: &mut Context| -> Result<(), i32> {
            c.root()?;
            c.cwd().map(|_| ())
        };
        session(context).map_err(|e| format!("errno {e} opening / and the cwd"))?;
        if let Some(fake) = self.fake {
            self.prepare(fake);
        }
        let (top, handles) = (context.top, context.open_handles());
        self.trace.map(Trace::take);
        let mut outcome = self.run(program, context, &args);
        context.unload();
        outcome.trace = self.trace.map(|t| {
            let root = self.place.root.to_str().unwrap();
            t.take().iter().map(|l| placeless(l, root)).collect()
        });
        if let Some(fake) = self.fake {
            fake.forget();
            if fake.open_descriptors() != context.open_handles() {
                let open = fake.open_descriptors();
                return Err(format!(
                    "{open} descriptors, {} handles",
                    context.open_handles()
                ));
            }
        }
        if context.open_handles() != handles {
            let open = context.open_handles();
            return Err(format!(
                "{handles} handles were open before the run, {open} after it"
            ));
        }
        if (context.top, context.out) != (top, 0) {
            return Err(format!(
                "memory: top {} of {top}, out {}",
                context.top, context.out
            ));
        }
        let memory = context.memory();
        let start = layout::DATA_AT as usize;
        let end = memory.len().min(start + (1 << 20));
        if memory[start..end] != vec![0; end - start] {
            return Err("memory given back is not zero".into());
        }
        for arg in &args {
            if let Data::Handle(handle) = arg {
                context.close(*handle);
            }
        }
        Ok(outcome)
    }

    /// Sets up failures, and changes behind the program's back.
    fn prepare(&self, fake: &FakeKernel) {
        let case = self.place.case;
        if let Some(limit) = case.limits.get("descriptors") {
            fake.limit_descriptors(*limit as usize);
        }
        fake.forget();
        for words in &case.fail {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let [sys, n, name, rest @ ..] = &words[..] else {
                panic!("{}: fail: CALL N ERRNO", case.name);
            };
            let errno = errno(name);
            fake.fail(nth(sys, n.parse().unwrap()), errno, rest == ["ever"]);
        }
        let root = self.place.root.as_os_str().as_bytes().to_vec();
        for words in &case.after {
            let which = nth(&words[0], words[1].parse().unwrap());
            let (action, words) = (words[2].clone(), words[3..].to_vec());
            let at = |root: &[u8], i: usize| [root, b"/", words[i].as_bytes()].concat();
            let (root, words) = (root.clone(), words.clone());
            let (a, b) = (at(&root, 0), words.get(1).map(|_| at(&root, 1)));
            fake.after(which, move |tree| match action.as_str() {
                "remove" => assert!(tree.remove(a)),
                "rename" => assert!(tree.rename(a, b.unwrap())),
                "file" => {
                    tree.file(a, words[1].parse().unwrap());
                }
                "link" => {
                    tree.symlink(a, &words[1]);
                }
                other => panic!("no change is named {other}"),
            });
        }
    }

    fn run(&self, program: &Program, context: &mut Context, args: &[Data]) -> Outcome {
        let result = match self.by {
            By::Lowered => {
                let code = interp::decode(program.lowered());
                run_other(program, program.lowered(), context, args, |c, w| {
                    code.run(c, w)
                })
            }
            By::Plain => {
                let code = &self.programs.plain;
                run_other(program, program.verified(), context, args, |c, w| {
                    #[allow(unsafe_code, reason = "compiled code trusts its context; see SAFETY")]
                    // SAFETY: the module that was compiled is loaded, and these are the words that loading gave.
                    unsafe {
                        code.run(c, w)
                    }
                })
            }
            _ => program.run_in(context, args),
        };
        let root = self.place.root.to_str().unwrap();
        let lookup = Places(program.sources().clone(), root);
        let mut outcome = Outcome::default();
        let mut show = |view: &View, list: bool| {
            outcome.data = placeless(&format!("{:?}", view.data()), root);
            outcome.rows = rows(view, &lookup, list, root);
        };
        match (&result, context.rows()) {
            (_, Some(rows)) => show(&rows, true),
            (Ok(words), None) => {
                if let Some(view) = context.view(words) {
                    show(&view, false);
                }
            }
            (Err(_), None) => {}
        }
        if let Err(e) = result {
            outcome.error = Some(told(&e, &lookup));
            let mut failure = failure_of(&e).cloned();
            if let Some(failure) = &mut failure {
                let trace = std::mem::take(&mut failure.trace);
                let calls = std::mem::take(&mut failure.calls);
                outcome.calls = format!("{trace:?} of {calls}");
                // Which call is one too many depends on what the passes have put in line.
                if failure.fault == Fault::Depth {
                    failure.args.clear();
                    failure.at = Span::default();
                }
            }
            outcome.failure = placeless(&format!("{failure:?}"), root);
        }
        outcome
    }
}

fn failure_of(e: &Error) -> Option<&Failure> {
    match e {
        Error::Failed(f, _) => Some(f),
        _ => None,
    }
}

/// What a program gives or fails with, in words.
type Words = [u64; sawmill::parts::ir::ty::MAX_WIDTH];

/// Runs a module of a program in a way that the program does not have.
fn run_other(
    program: &Program,
    module: &Verified,
    context: &mut Context,
    args: &[Data],
    run: impl FnOnce(&mut Context, &[u64]) -> Result<Words, Stopped>,
) -> Result<Words, Error> {
    // What loading refuses is refused alike whatever the passes did; `run_in` has the words for it.
    let Ok(words) = context.load(module, args) else {
        return program.run_in(context, args);
    };
    let result = run(context, &words);
    let finished = context.finish();
    let failed = |f| Error::Failed(Box::new(f), program.sources().clone());
    match result {
        Err(stopped) => Err(failed(context.failure(stopped))),
        Ok(words) => finished
            .map(|()| words)
            .map_err(|f| failed(Failure::bare(f))),
    }
}

/// `CODE at LINE:COL: text`
fn told(e: &Error, lookup: &Places) -> String {
    let text = match e {
        Error::Failed(f, _) => failure_text(f),
        Error::Refused { .. } => e.to_string(),
        other => other.to_string(),
    };
    let place = e.span().and_then(|at| lookup.line_column(at));
    let place = place.map_or(String::new(), |p| format!(" at {p}"));
    placeless(&format!("{}{place}: {text}", e.code()), lookup.1)
}

struct Places<'a>(Sources, &'a str);

impl Places<'_> {
    /// The place in the text as the case has it, where `$TREE` is five characters.
    fn line_column(&self, at: Span) -> Option<String> {
        let (_, text) = self.0.get(at.source)?;
        let before = text.get(..at.start as usize)?.replace(self.1, "$TREE");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Some(format!("{line}:{column}"))
    }
}

impl Lookup for Places<'_> {
    fn place(&self, at: Span) -> Option<String> {
        self.line_column(at).filter(|_| at.source != 0)
    }
}

/// The rows of a value, as the command line writes them.
fn rows(view: &View, lookup: &Places, list: bool, root: &str) -> Vec<String> {
    let mut bytes = Vec::new();
    let mut writer = RowWriter::new(&mut bytes, Format::Jsonl, RowOptions::default());
    if list {
        view.elements()
            .for_each(|row| writer.row(&row, lookup).unwrap());
    } else {
        writer.value(view, lookup).unwrap();
    }
    let remark = writer.finish().unwrap();
    assert_eq!(remark, None);
    let text = String::from_utf8(bytes).expect("JSON is UTF-8");
    text.lines().map(|l| placeless(l, root)).collect()
}

/// A text without the place of the tree: `$TREE`, or `TREE` where the slash before it is gone.
fn placeless(text: &str, root: &str) -> String {
    text.replace(root, "$TREE").replace(&root[1..], "TREE")
}

/// A row without the numbers that differ from system to system.
fn normalise(row: &str) -> String {
    let mut fields = vec![
        "ino", "dev", "mtime", "atime", "ctime", "uid", "gid", "blocks",
    ];
    if row.contains("\"type\":\"dir\"") {
        fields.extend(["size", "nlink"]);
    }
    let mut row = row.to_string();
    for field in fields {
        let key = format!("\"{field}\":");
        let mut parts = row.split(key.as_str());
        let mut out = parts.next().unwrap_or("").to_string();
        for part in parts {
            let end = part.find(|c: char| !(c.is_ascii_digit() || c == '-'));
            out += &key;
            out += if end == Some(0) { "" } else { "_" };
            out += &part[end.unwrap_or(part.len())..];
        }
        row = out;
    }
    row
}

/// The arguments of a case for the parameters of a program.
fn arguments(program: &Program, context: &mut Context, place: &Place) -> Result<Vec<Data>, String> {
    let written = place.case.args.clone().unwrap_or_default();
    let written = written.replace("$TREE", place.root.to_str().unwrap());
    let forms = sawmill::read(&written, 1);
    let mut forms = forms.forms.into_iter();
    let mut all = Vec::new();
    for (name, ty) in program.params() {
        use sawmill::parts::frontend::read::FormKind;
        if *ty == Ty::Dir {
            let rights = match &place.case.rights {
                Some(names) => names.iter().fold(Rights::NONE, |all, name| {
                    all | Rights::named(name).expect("a right of that name")
                }),
                None => Rights::ALL,
            };
            let root = place.root.as_os_str().as_bytes();
            let handle = context
                .open_dir(root, rights)
                .map_err(|e| format!("errno {e}"))?;
            all.push(Data::Handle(handle));
            continue;
        }
        let form = forms.next().ok_or(format!("no argument for `{name}`"))?;
        all.push(match (ty, form.kind) {
            (Ty::Int, FormKind::Int(n)) => Data::Int(n),
            (Ty::Size, FormKind::Size(n)) => Data::Size(n),
            (Ty::Bool, FormKind::Bool(b)) => Data::Bool(b),
            (Ty::Str, FormKind::Str(s)) => Data::Str(s.to_string()),
            (Ty::Path, FormKind::Str(s)) => Data::Path(s.as_bytes().to_vec()),
            (ty, kind) => return Err(format!("{kind:?} for `{name}`, which is {ty}")),
        });
    }
    Ok(all)
}

fn nth(call: &str, n: u64) -> Nth {
    match call {
        "any" => Nth::any(n),
        "close" => Nth::of(Sys::Close, n),
        name => Nth::of(
            Sys::named(name).unwrap_or_else(|| panic!("no call {name}")),
            n,
        ),
    }
}

/// The number of an errno.
pub fn errno(name: &str) -> i32 {
    (1..134)
        .find(|n| sawmill::errno::errno_name(*n) == name)
        .unwrap_or_else(|| panic!("no errno {name}"))
}

/// How many files this process has open.
fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The real kernel with listings in the order of names, as the fake one gives them.
#[derive(Default)]
struct SortKernel {
    inner: RealKernel,
    /// What is still to be told of a listing, the last first.
    rest: HashMap<u64, Vec<Vec<u8>>>,
}

impl SortKernel {
    /// Reads the whole of a listing when it is first asked for.
    fn read(&mut self, args: &[u64; 6], memory: &mut [u8]) -> Result<&mut Vec<Vec<u8>>, i64> {
        if !self.rest.contains_key(&args[0]) {
            let mut records = Vec::new();
            loop {
                let filled = self.inner.call(Sys::Getdents64, args, memory);
                if filled < 0 {
                    return Err(filled);
                }
                if filled == 0 {
                    break;
                }
                let mut rest = &memory[args[1] as usize..][..filled as usize];
                while !rest.is_empty() {
                    let length = usize::from(u16::from_le_bytes([rest[16], rest[17]]));
                    records.push(rest[..length].to_vec());
                    rest = &rest[length..];
                }
            }
            records.sort_by_key(|r| {
                let name: Vec<u8> = r[19..].iter().copied().take_while(|b| *b != 0).collect();
                Reverse((name != b"." && name != b"..", name))
            });
            self.rest.insert(args[0], records);
        }
        Ok(self.rest.get_mut(&args[0]).unwrap())
    }
}

impl Kernel for SortKernel {
    fn vet(&mut self, fd: i32) -> Result<(), i32> {
        self.inner.vet(fd)
    }
    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64 {
        if sys != Sys::Getdents64 {
            if sys == Sys::Close {
                self.rest.remove(&args[0]);
            }
            return self.inner.call(sys, args, memory);
        }
        let records = match self.read(args, memory) {
            Ok(records) => records,
            Err(errno) => return errno,
        };
        let buffer = &mut memory[args[1] as usize..][..args[2] as usize];
        let mut filled = 0;
        while let Some(record) = records.pop_if(|r| filled + r.len() <= buffer.len()) {
            buffer[filled..filled + record.len()].copy_from_slice(&record);
            filled += record.len();
        }
        filled as i64
    }
}

/// A directory on disk with a case's tree, or with none.
pub fn real_tree(case: &Case) -> TempDir {
    let dir = TempDir::new();
    if let Some(tree) = &case.tree {
        tree.real(dir.path());
    }
    dir
}

/// Makes a case's tree once more in the directory, in place of what is there.
pub fn make_anew(case: &Case, root: &Path) {
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        match path.symlink_metadata().unwrap().is_dir() {
            true => fs::remove_dir_all(path).unwrap(),
            false => fs::remove_file(path).unwrap(),
        }
    }
    if let Some(tree) = &case.tree {
        tree.real(root);
    }
}
