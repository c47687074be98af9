//! The engine: text to a program that can run, on the interpreter or as native code.

use crate::error::Error;
use crate::func::{Func, Signature};
use crate::manifest::Manifest;
use crate::source::Sources;
use sawmill_frontend as frontend;
use sawmill_frontend::diag::{self, Diagnostic};
use sawmill_frontend::ty::Ty;
use sawmill_ir::entity::Entity;
use sawmill_ir::errno::{errno_meaning, errno_name};
use sawmill_ir::interp;
use sawmill_ir::module::{BlockId, Function, Imm, Module, Span};
use sawmill_ir::pass;
use sawmill_ir::powers::Powers;
use sawmill_ir::rights::Rights;
use sawmill_ir::ty::MAX_WIDTH;
use sawmill_ir::value::Data;
use sawmill_ir::verify::{Refused, Verified, verify};
use sawmill_runtime::context::{Context, Given, Options};
use sawmill_runtime::kernel::RealKernel;
use sawmill_runtime::load::LoadError;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

/// How programs run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// Native code where the program has a loop or recursion and the machine lets us; else the interpreter.
    #[default]
    Auto,
    /// The interpreter.
    Interp,
    /// Native code; an error where there can be none.
    Jit,
    /// Native code whose system calls go through the context's [`crate::Kernel`]: for tests, traces and dry runs.
    Hooked,
}

impl Mode {
    /// The names that the command line has for them.
    pub const NAMES: &'static [(&'static str, Mode)] = &[
        ("auto", Mode::Auto),
        ("interp", Mode::Interp),
        ("jit", Mode::Jit),
    ];
}

/// Compiles programs. Cheap to clone; shared between threads.
#[derive(Clone, Debug)]
pub struct Engine {
    mode: Mode,
    options: Options,
    given: Arc<Given>,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine {
            mode: Mode::default(),
            options: Options {
                ambient: Rights::NONE,
                powers: Powers::NONE,
                ..Options::default()
            },
            given: Arc::default(),
        }
    }
}

impl Engine {
    /// An engine that chooses by program how to run it, with the default limits, and no power for programs but over
    /// what they are passed.
    pub fn new() -> Engine {
        Engine::default()
    }

    /// How programs run.
    pub fn mode(mut self, mode: Mode) -> Engine {
        self.mode = mode;
        self
    }

    /// The most memory a run may use, in bytes.
    pub fn memory_limit(mut self, bytes: u64) -> Engine {
        self.options.memory = bytes;
        self
    }

    /// The rights of what a program opens in its own right: by a constant or computed path, and in the working
    /// directory. None unless said: such a program is refused. [`Rights::ALL`] is the user's own power, as the command
    /// line has it.
    pub fn ambient(mut self, rights: Rights) -> Engine {
        self.options.ambient = rights;
        self
    }

    /// The powers that a program may take: over what no handle stands for, such as other processes or the clock. None
    /// unless said: a program that takes one is refused before it runs, with [`Error::Power`]. [`Powers::ALL`] is the
    /// user's own power, as the command line has it.
    ///
    /// ```
    /// use sawmill::{Engine, Power};
    /// let text = "(defn main [] (sys/kill (sys/getpid) 0) 1)";
    /// let run = |engine: Engine| {
    ///     let program = engine.compile(text).unwrap();
    ///     program.func::<fn() -> i64>("main").unwrap().call(())
    /// };
    /// assert_eq!(run(Engine::new()).unwrap_err().code(), "denied");
    /// assert_eq!(run(Engine::new().powers(Power::Process.into())).unwrap(), 1);
    /// ```
    pub fn powers(mut self, powers: Powers) -> Engine {
        self.options.powers = powers;
        self
    }

    /// The words that `(args)` gives programs. None unless said.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Engine {
        let args = args.into_iter().map(|word| word.into().into_vec());
        let given = Given::clone(&self.given).with_args(args);
        self.given = Arc::new(given);
        self
    }

    /// The environment that `(env)` gives programs: names and values. There often are secrets in that of a process, so
    /// it is empty unless said; the command line gives that of the process, `std::env::vars_os()`. What a program
    /// reads of it is in its manifest.
    ///
    /// ```
    /// use sawmill::Engine;
    /// let text = "(defn main [] (str (or-else (env \"LANG\") \"C\")))";
    /// let run = |engine: Engine| {
    ///     let program = engine.compile(text).unwrap();
    ///     assert_eq!(program.manifest().to_string(), "env \"LANG\"");
    ///     program.func::<fn() -> String>("main").unwrap().call(()).unwrap()
    /// };
    /// assert_eq!(run(Engine::new()), "C");
    /// assert_eq!(run(Engine::new().environment([("LANG", "tr")])), "tr");
    /// ```
    pub fn environment<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Engine {
        let bytes = |(name, value): (N, V)| (name.into().into_vec(), value.into().into_vec());
        let given = Given::clone(&self.given).with_environment(variables.into_iter().map(bytes));
        self.given = Arc::new(given);
        self
    }

    /// Compiles a text. Fails with [`Error::Invalid`] where it does not read or type-check.
    pub fn compile(&self, text: &str) -> Result<Program, Error> {
        self.compile_named("program", text)
    }

    /// Compiles a text that messages call by a name.
    pub fn compile_named(&self, name: &str, text: &str) -> Result<Program, Error> {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        match frontend::compile(text, source, &frontend::Context::default()) {
            Ok(program) => self.finish(program, sources),
            Err(all) => Err(Error::Invalid(all, sources)),
        }
    }

    /// Verifies, optimises and compiles a module.
    pub(crate) fn finish(
        &self,
        mut program: frontend::Program,
        sources: Sources,
    ) -> Result<Program, Error> {
        program.module.sources = sources.of_module();
        let lowered = match verify(program.module) {
            Ok(lowered) => lowered,
            Err(refused) if refused.too_large => return Err(too_large(&refused, sources)),
            Err(refused) => return Err(Error::Bug(format!("lowering: {refused:?}"))),
        };
        let verified = pass::optimise(lowered.clone())
            .map_err(|(pass, r)| Error::Bug(format!("pass {pass}: {r:?}")))?;
        let (code, remark) = self.code(&verified)?;
        let manifest = Manifest::of(verified.module());
        Ok(Program(Arc::new(Inner {
            engine: self.clone(),
            sources,
            lowered,
            verified,
            code,
            remark,
            manifest,
            checked: program.checked,
            params: program.params,
            result: program.result,
            defines: program.defines,
        })))
    }

    fn code(&self, verified: &Verified) -> Result<(Code, Option<String>), Error> {
        let interpreted = || Code::Interp(Box::new(interp::decode(verified)));
        let native = match self.mode {
            Mode::Interp => false,
            Mode::Auto => repeats(verified.module()),
            Mode::Jit | Mode::Hooked => true,
        };
        if !native {
            return Ok((interpreted(), None));
        }
        match native_code(verified, self.mode == Mode::Hooked) {
            Ok(code) => Ok((code, None)),
            Err(Error::System(why)) if self.mode == Mode::Auto => Ok((
                interpreted(),
                Some(format!("running on the interpreter: {why}")),
            )),
            Err(e) => Err(e),
        }
    }

    /// A context for runs on this machine's kernel, with the limits of this engine.
    pub fn context(&self) -> Result<Box<Context>, Error> {
        let mut context = Context::new(self.options, Box::new(RealKernel::new()))
            .map_err(|e| Error::System(format!("cannot reserve memory: {}", told(&e))))?;
        context.set_given(Given::clone(&self.given));
        Ok(context)
    }
}

/// An I/O error by its errno, as all others are told.
fn told(e: &std::io::Error) -> String {
    match e.raw_os_error() {
        Some(n) => format!("{} ({})", errno_name(n), errno_meaning(n)),
        None => e.to_string(),
    }
}

/// What is said of a program that is right and too large.
fn too_large(refused: &Refused, sources: Sources) -> Error {
    let why = format!("the program is too large: {}", refused.message);
    let at = Span {
        source: sources.last(),
        ..Span::default()
    };
    Error::Invalid(vec![Diagnostic::new(diag::Code::Limit, at, why)], sources)
}

/// Whether anything in a module can run more often than it is written: a loop or recursion.
fn repeats(module: &Module) -> bool {
    module.funcs.values().any(has_loop) || recurses(module)
}

/// Whether a function can come to call itself.
fn recurses(module: &Module) -> bool {
    let mut callers = vec![Vec::new(); module.funcs.len()];
    let mut calling: Vec<usize> = Vec::new();
    for (caller, func) in module.funcs.values().enumerate() {
        let called = calls(func);
        calling.push(called.len());
        for to in called {
            callers[to].push(caller);
        }
    }
    // Functions that call nothing are taken away, then those that called only them: what is left is in a cycle, or
    // leads to one.
    let mut done: Vec<usize> = (0..calling.len()).filter(|f| calling[*f] == 0).collect();
    let mut count = 0;
    while let Some(leaf) = done.pop() {
        count += 1;
        for caller in &callers[leaf] {
            calling[*caller] -= 1;
            if calling[*caller] == 0 {
                done.push(*caller);
            }
        }
    }
    count < calling.len()
}

fn has_loop(func: &Function) -> bool {
    let order = func.reverse_postorder();
    let mut number = vec![0; func.blocks.len()];
    for (i, block) in order.iter().enumerate() {
        number[block.index()] = i;
    }
    let back = |b: &BlockId| {
        func.successors(*b)
            .any(|s| number[s.index()] <= number[b.index()])
    };
    order.iter().any(back)
}

/// The functions that a function calls, by number.
fn calls(func: &Function) -> Vec<usize> {
    let insts = func.blocks.values().flat_map(|b| &b.insts);
    let called = insts.filter_map(|i| match i.imm {
        Imm::Func(f) => Some(f.index()),
        _ => None,
    });
    called.collect()
}

#[cfg(feature = "jit")]
fn native_code(verified: &Verified, hooked: bool) -> Result<Code, Error> {
    use sawmill_jit::{CompileError, Options, Stubs};
    let stubs = if hooked { Stubs::Hooked } else { Stubs::Native };
    let options = Options {
        stubs,
        ..Options::default()
    };
    match sawmill_jit::compile(verified, options) {
        Ok(code) => Ok(Code::Native(code)),
        Err(CompileError::Bug(why)) => Err(Error::Bug(why)),
        Err(other) => Err(Error::System(other.to_string())),
    }
}

#[cfg(not(feature = "jit"))]
fn native_code(_: &Verified, _: bool) -> Result<Code, Error> {
    Err(Error::System(
        "this sawmill was built without native code".into(),
    ))
}

enum Code {
    Interp(Box<interp::Code>),
    #[cfg(feature = "jit")]
    Native(sawmill_jit::Compiled),
}

/// A compiled program. Cheap to clone; shared between threads.
#[derive(Clone)]
pub struct Program(Arc<Inner>);

struct Inner {
    engine: Engine,
    sources: Sources,
    checked: frontend::tree::Checked,
    lowered: Verified,
    verified: Verified,
    code: Code,
    remark: Option<String>,
    manifest: Manifest,
    params: Vec<(String, Ty)>,
    result: Ty,
    defines: Option<String>,
}

/// What a program turned out to run on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Running {
    /// The interpreter.
    Interpreted,
    /// Native code.
    Native,
}

impl Program {
    /// What it may do, known before it runs.
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }
    /// The parameters that a caller passes: name and type.
    pub fn params(&self) -> &[(String, Ty)] {
        &self.0.params
    }
    /// The type of what it gives.
    pub fn result(&self) -> &Ty {
        &self.0.result
    }
    /// `(fn [d :- Dir] (Seq Stat))`: its type as the language writes it.
    pub fn signature(&self) -> String {
        let params: Vec<String> = self
            .0
            .params
            .iter()
            .map(|(n, t)| format!("{n} :- {t}"))
            .collect();
        format!("(fn [{}] {})", params.join(" "), self.0.result)
    }
    /// The name that the value is for, where the program's last form is a `def`.
    pub fn defines(&self) -> Option<&str> {
        self.0.defines.as_deref()
    }
    /// The texts that places refer to.
    pub fn sources(&self) -> &Sources {
        &self.0.sources
    }
    /// The typed tree: functions expanded, overloads chosen, literals typed.
    pub fn checked(&self) -> &frontend::tree::Checked {
        &self.0.checked
    }
    /// The module as lowered, before the passes.
    pub fn lowered(&self) -> &Verified {
        &self.0.lowered
    }
    /// The module that runs.
    pub fn verified(&self) -> &Verified {
        &self.0.verified
    }
    /// What it runs on.
    pub fn running(&self) -> Running {
        match self.0.code {
            Code::Interp(_) => Running::Interpreted,
            #[cfg(feature = "jit")]
            Code::Native(_) => Running::Native,
        }
    }
    /// What the user should know about how it runs.
    pub fn remark(&self) -> Option<&str> {
        self.0.remark.as_deref()
    }
    /// A context for its runs.
    pub fn context(&self) -> Result<Box<Context>, Error> {
        self.0.engine.context()
    }
    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The typed function of that name (today a program has one, `main`). Fails with [`Error::Argument`] where the
    /// types are not those of the program.
    pub fn func<F: Signature>(&self, name: &str) -> Result<Func<F>, Error> {
        Func::new(self, name)
    }

    /// Runs it in a context: loads it, tests its rights, runs it. The words given are those of its result; read them
    /// with [`Context::view`] or [`Context::rows`], then [`Context::unload`]. Rows go where the context sends them.
    pub fn run_in(&self, context: &mut Context, args: &[Data]) -> Result<[u64; MAX_WIDTH], Error> {
        if self.running() == Running::Native
            && self.0.engine.mode != Mode::Hooked
            && !context.is_native()
        {
            return Err(Error::Argument(
                "native code makes its own system calls: for another kernel compile with Mode::Hooked".into(),
            ));
        }
        let words = context
            .load(self.verified(), args)
            .map_err(|e| self.load_error(e))?;
        let result = match &self.0.code {
            Code::Interp(code) => code.run(context, &words),
            #[cfg(feature = "jit")]
            #[allow(unsafe_code, reason = "compiled code trusts its context; see SAFETY")]
            // SAFETY: `words` are what `load` gave two lines above, for this module, and nothing came in between.
            Code::Native(code) => unsafe { code.run(context, &words) },
        };
        let finished = context.finish();
        let failed = |failure| Err(Error::Failed(Box::new(failure), self.0.sources.clone()));
        match (result, finished) {
            (Err(stopped), _) => failed(context.failure(stopped)),
            (Ok(_), Err(fault)) => failed(sawmill_ir::fault::Failure::bare(fault)),
            (Ok(words), Ok(())) => Ok(words),
        }
    }

    fn load_error(&self, e: LoadError) -> Error {
        let module = self.verified().module();
        let entry = &module.funcs[module.entry];
        let name = |param: usize| {
            entry
                .params
                .get(param)
                .map_or(String::new(), |p| p.name.clone())
        };
        match e {
            LoadError::Denied { param, missing } => Error::Refused {
                param: name(param),
                missing,
            },
            LoadError::Type { param, wanted } => Error::Argument(format!(
                "the parameter `{}` takes {}",
                name(param),
                Ty::raise(&wanted)
            )),
            LoadError::Closed { param } => {
                Error::Argument(format!("`{}` holds a handle that is closed", name(param)))
            }
            LoadError::Powers { missing } => Error::Power(missing),
            LoadError::Open { param, errno } => Error::Open(name(param).into_bytes(), errno),
            other => Error::Argument(other.to_string()),
        }
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Program({})", self.signature())
    }
}
