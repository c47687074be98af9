//! From a verified module to code in memory: drives Cranelift over its functions, adds the stubs and the way in.

use crate::abi::{self, Callee};
use crate::code::{Code, Piece};
use crate::run::Compiled;
use crate::stack::Need;
use crate::{Opt, Options, lower, stubs};
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir;
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa, TargetFrontendConfig};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CodegenError, Context, FinalizedRelocTarget};
use cranelift_frontend::FunctionBuilderContext;
use sawmill_ir::collect::Turns;
use sawmill_ir::layout::Layout;
use sawmill_ir::library::Sites;
use sawmill_ir::module::{Block, Function, Imm, Module};
use sawmill_ir::verify::Verified;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io;

/// Why there is no native code.
#[derive(Debug)]
pub enum CompileError {
    /// Cranelift does not know this machine.
    UnsupportedHost(&'static str),
    /// The system gives no executable memory (SELinux, `PR_SET_MDWE`, a limit). Interpreting still works.
    MemoryRefused(io::Error),
    /// The program is beyond what one piece of code can be. Interpreting still works.
    TooLarge,
    /// A bug of ours: a verified module can be compiled.
    Bug(String),
}

impl CompileError {
    /// Whether this is a bug of ours rather than something about the machine or the program's size.
    pub fn is_bug(&self) -> bool {
        matches!(self, CompileError::Bug(_))
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompileError::UnsupportedHost(why) => {
                write!(f, "no native code on this machine: {why}")
            }
            CompileError::MemoryRefused(error) => {
                write!(f, "the system refuses executable memory: {error}")
            }
            CompileError::TooLarge => write!(f, "the program is too large for native code"),
            CompileError::Bug(what) => write!(f, "bug in the native compiler: {what}"),
        }
    }
}

impl std::error::Error for CompileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CompileError::MemoryRefused(error) => Some(error),
            _ => None,
        }
    }
}

/// What lowering a function needs to know of all others.
pub(crate) struct Env<'a> {
    pub(crate) module: &'a Module,
    pub(crate) layout: &'a Layout,
    pub(crate) library: &'a Sites,
    pub(crate) turns: &'a Turns,
    pub(crate) options: Options,
    pub(crate) conv: CallConv,
    pub(crate) config: TargetFrontendConfig,
    /// Whether the machine rounds floats to whole ones: from SSE 4.1 on.
    pub(crate) rounds: bool,
}

/// What native code is made of at most: instructions, operands, blocks and their parameters, of a function and of a
/// module. Cranelift's time grows faster than a function; this much takes it seconds, and nobody writes it by hand.
pub mod limits {
    /// Of a function.
    pub const FUNCTION: usize = 1 << 15;
    /// Of all functions together.
    pub const MODULE: usize = 1 << 17;
}

/// Compiles a module.
pub fn compile(program: &Verified, options: Options) -> Result<Compiled, CompileError> {
    let module = program.module();
    let sizes = || module.funcs.values().map(size);
    if sizes().any(|n| n > limits::FUNCTION) || sizes().sum::<usize>() > limits::MODULE {
        return Err(CompileError::TooLarge);
    }
    let layout = Layout::of(module);
    let library = Sites::of(module);
    let turns = Turns::of(module);
    let isa = host(options)?;
    let env = Env {
        module,
        layout: &layout,
        library: &library,
        turns: &turns,
        options,
        conv: isa.default_call_conv(),
        config: isa.frontend_config(),
        rounds: isa.has_round(),
    };
    let mut maker = Maker {
        env: &env,
        isa: &isa,
        context: Context::new(),
        scratch: FunctionBuilderContext::new(),
        pieces: Vec::new(),
        frames: HashMap::new(),
        text: Text::default(),
    };
    for id in module.funcs.keys() {
        maker.make(Callee::Func(id))?;
    }
    maker.make(Callee::Entry)?;
    let Maker {
        mut pieces,
        frames,
        mut text,
        ..
    } = maker;
    for number in called(&pieces) {
        let callee = Callee::Stub(number);
        if options.keep_text {
            text.asm.push((callee.label(), stubs::listing(number)));
        }
        pieces.push(Piece {
            callee,
            bytes: stubs::bytes(number),
            calls: Vec::new(),
        });
    }
    let need = Need::of(module, |callee| frames.get(&callee.name()).copied());
    Ok(Compiled {
        code: Code::new(&pieces)?,
        module: module.clone(),
        params: module.funcs.get(module.entry).map_or(0, abi::param_words),
        need,
        text,
    })
}

/// What was given to Cranelift and what came out, for people.
#[derive(Default)]
pub(crate) struct Text {
    pub(crate) clif: Vec<(String, String)>,
    pub(crate) asm: Vec<(String, String)>,
}

/// Cranelift for the machine at hand.
fn host(options: Options) -> Result<OwnedTargetIsa, CompileError> {
    let builder = cranelift_native::builder().map_err(CompileError::UnsupportedHost)?;
    let mut flags = settings::builder();
    let speed = match options.opt {
        Opt::Speed => "speed",
        Opt::None => "none",
    };
    let verify = if cfg!(debug_assertions) {
        "true"
    } else {
        "false"
    };
    for (name, value) in [
        ("opt_level", speed),
        ("enable_verifier", verify),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        // Nothing unwinds through compiled code: helpers end the process instead of panicking.
        ("unwind_info", "false"),
        // A caller's stack is only assumed to have a little left: a frame larger than a guard page must not step over it.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
    ] {
        flags
            .set(name, value)
            .map_err(|e| CompileError::Bug(e.to_string()))?;
    }
    builder
        .finish(settings::Flags::new(flags))
        .map_err(from_cranelift)
}

fn from_cranelift(error: CodegenError) -> CompileError {
    match error {
        CodegenError::ImplLimitExceeded | CodegenError::CodeTooLarge => CompileError::TooLarge,
        other => CompileError::Bug(other.to_string()),
    }
}

struct Maker<'a> {
    env: &'a Env<'a>,
    isa: &'a OwnedTargetIsa,
    context: Context,
    scratch: FunctionBuilderContext,
    pieces: Vec<Piece>,
    frames: HashMap<ir::UserExternalName, u64>,
    text: Text,
}

impl Maker<'_> {
    /// Lowers and compiles one function.
    fn make(&mut self, callee: Callee) -> Result<(), CompileError> {
        self.context.clear();
        match callee {
            Callee::Func(id) => {
                lower::function(self.env, id, &mut self.context.func, &mut self.scratch);
            }
            _ => lower::entry(self.env, &mut self.context.func, &mut self.scratch),
        }
        let keep = self.env.options.keep_text;
        if keep {
            let text = readable(&self.context.func);
            self.text.clif.push((self.label(callee), text));
            self.context.set_disasm(true);
        }
        self.context
            .compile(&**self.isa, &mut ControlPlane::default())
            .map_err(|e| from_cranelift(e.inner))?;
        let Some(code) = self.context.take_compiled_code() else {
            return Err(CompileError::Bug("no code came out".to_string()));
        };
        if keep {
            let listing = code.vcode.clone().unwrap_or_default();
            self.text.asm.push((self.label(callee), listing));
        }
        let frame = code.buffer.frame_layout().map(|f| f.frame_to_fp_offset);
        let Some(frame) = frame else {
            return Err(CompileError::Bug("a frame of unknown size".to_string()));
        };
        self.frames.insert(callee.name(), u64::from(frame));
        let mut calls = Vec::new();
        for reloc in code.buffer.relocs() {
            let target = match &reloc.target {
                FinalizedRelocTarget::ExternalName(ir::ExternalName::User(name)) => {
                    let name = &self.context.func.params.user_named_funcs()[*name];
                    Callee::named(name)
                }
                _ => None,
            };
            let Some(target) = target else {
                return Err(CompileError::Bug(format!("a reference to {reloc:?}")));
            };
            calls.push((target, reloc.offset, reloc.kind, reloc.addend));
        }
        self.pieces.push(Piece {
            callee,
            bytes: code.buffer.data().to_vec(),
            calls,
        });
        Ok(())
    }

    fn label(&self, callee: Callee) -> String {
        match callee {
            Callee::Func(id) => format!("{id} {}", self.env.module.funcs[id].name),
            other => other.label(),
        }
    }
}

/// Cranelift's text, with what is called named in the margin.
fn readable(func: &ir::Function) -> String {
    let mut text = String::new();
    for line in func.display().to_string().lines() {
        text.push_str(line);
        let names = func.params.user_named_funcs().values();
        let declared = line.trim_start().starts_with("fn");
        let named =
            |n: &&ir::UserExternalName| line.split_whitespace().any(|word| word == n.to_string());
        let name = names.filter(|_| declared).find(named);
        if let Some(callee) = name.and_then(Callee::named) {
            text.push_str(" ; ");
            text.push_str(&callee.label());
        }
        text.push('\n');
    }
    text
}

/// How large a function is, as [`limits`] counts.
fn size(func: &Function) -> usize {
    let block = |b: &Block| {
        let insts: usize = b.insts.iter().map(|i| 1 + i.args.len()).sum();
        let targets = b.end.targets().map(|t| t.args.len());
        1 + b.params.len() + insts + targets.sum::<usize>()
    };
    func.blocks.values().map(block).sum()
}

/// The numbers of the system calls whose stubs are called.
fn called(pieces: &[Piece]) -> BTreeSet<u32> {
    let calls = pieces.iter().flat_map(|p| &p.calls);
    calls
        .filter_map(|c| match c.0 {
            Callee::Stub(number) => Some(number),
            _ => None,
        })
        .collect()
}

/// The functions that a function of the module calls.
pub(crate) fn callees(module: &Module, id: sawmill_ir::module::FuncId) -> Vec<usize> {
    let insts = module.funcs[id].blocks.values().flat_map(|b| &b.insts);
    insts
        .filter_map(|i| match i.imm {
            Imm::Func(callee) => Some(callee.0 as usize),
            _ => None,
        })
        .collect()
}
