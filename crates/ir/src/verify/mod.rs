//! The verifier: trusts nothing about where a module came from. Only it makes a [`Verified`], and only that can be
//! run. It never panics, whatever the module's indices, and all its walks are iterative.
//!
//! The rules, in the order of the files that test them:
//!
//! - **V1 shape** (`shape`, `types`). Tables, parameters, operands and types are within the limits below. A function
//!   has a result type, a block `^0` whose parameters are the function's, and a scope `s0`. Every block, scope and
//!   value that is named exists. Nothing goes to `^0`. Every block can be reached: dead code is removed before, never
//!   skipped by, the verifier. Loops are reducible.
//! - **V8 scopes** (`shape`). Scopes form a tree below `s0`, which catches nothing. `jump` and `br` stay in a scope,
//!   `enter s` goes from the parent of `s` into `s`, `leave s` back. A handler is a block of the parent scope; a scope
//!   that is never entered has none. `return` stands in `s0`, where function and `^0` begin. What `keep` lists is a
//!   `dir`, `file` or `listing`.
//! - **V2 SSA** (`ssa`). A value has at most one definition (rows of the value table may have none, if nothing uses
//!   them), and it dominates every use; arguments of a target are uses at the block's end. A handler's only
//!   predecessor is one `enter`, and its only parameter is an `error`: so what it may use is what dominates the `enter`.
//! - **V3 types** (`types`, `insts`, `calls`). Operands fit their row, arguments their parameters, returned values the
//!   signature ([`Type::fits`]: lists, results and records are covariant, builders invariant). A result may be declared
//!   weaker than its row gives it, never stronger. No value is wider than [`MAX_WIDTH`](crate::ty::MAX_WIDTH). Immediates are of the row's
//!   kind and in range: known data, fields and functions; text in UTF-8, paths without NUL, truth 0 or 1, file types 0
//!   to 15, buffers of 1 byte to 1 MiB. Record types with a name are declared ones; declarations of one name differ in
//!   rights only. Enums are declared, each name once, with 1 to 256 cases; keys of maps can be equal; arrays hold plain
//!   words. What is compared can be equal, what is ordered has an order ([`crate::traits::Traits`]).
//! - **V4 origin** (`types`, `insts`, `views`). Handles, names and references come only from parameters, rows that
//!   declare them, calls and typed reads: no row makes one from bits. `int` makes plain words, `retype` turns integer
//!   types into each other. What lists, results, options, maps, builders, records and enums hold is *data*: no seq, builder, array,
//!   buffer, root or listing. The type of an enum says that it owns handles if, and only if, a field of a case may. A buffer is used only by the function whose `scratch` it is, as an operand: it is no parameter, argument
//!   or returned value. A seq is only the result type of the entry; `yield` stands only in such an entry. What
//!   `name.view` gives is an operand of `sys` and `bytes.eq` only, and nothing writes its buffer before that use.
//! - **V5 rights** (`insts`, `calls`). The rights of an argument include those that the system call's row, the callee's
//!   or the block's parameter demand; those of a result are included in its operand's: of `openat2` in the directory's,
//!   of `entry` in the directory's, of `entry.dir` in the entry's, of `root.dir` in the root's; `permit` adds its own,
//!   and the root that `resolve` gives has none.
//! - **V6 paths** (`calls`). Flags contain what the row says they must and nothing beyond what they may: so a row
//!   without RESOLVE takes a directory and one component that it does not follow, and only openat2 takes a path. (That
//!   the table is so is a test of the table.)
//! - **V7 powers** (`calls`). A function declares the powers of the system calls that it makes and of the functions that
//!   it calls, in whatever order: so the entry's are those of the whole program.
//! - **V9 entry** (`entry`). The entry exists; its parameters are what a host can pass. From the caller: plain words,
//!   times, texts, paths, a dir, file or entry, and lists, results and records of what is no handle. From an earlier
//!   definition: any data. A bound path: a root, with a path without NUL; the working directory: a dir. Its result is
//!   data or a seq of data. Other functions' parameters come from their callers.
//!
//! - **V10 regions** (`regions`). `turn %r, ^header(..)` goes back to the header of a loop that is entered from one
//!   block only, whose last instruction is `%r`: so what the loop and what comes after it use was there before `%r`,
//!   or is made anew in each round, or is an argument of the turn. What is older holds nothing younger, but for what is
//!   being built: every builder from outside that the loop uses, and every one that the loop is entered with, is among
//!   the turn's roots. `release %r` is the last instruction before a `return`, `%r` the first of the function, whose
//!   result holds no reference and which takes no builder.
//!
//! Recursion is allowed: engines count the depth.

mod calls;
mod dominators;
mod entry;
mod insts;
mod regions;
mod shape;
mod ssa;
mod types;
mod views;

pub(crate) use views::steps_at_most as view_steps;

use crate::module::{BlockId, FuncId, Module, Value};
use crate::rights::Rights;
use crate::ty::Type;
use std::fmt;
use std::sync::Arc;

/// The limits that V1 keeps.
pub mod limits {
    pub use crate::text::{MAX_TYPE_DEPTH, MAX_TYPE_SIZE};
    /// Functions, records, and rows of data.
    pub const ROWS: usize = 1 << 16;
    /// Bytes of all data together.
    pub const DATA_BYTES: usize = 1 << 26;
    /// Values of all functions together.
    pub const VALUES: usize = 1 << 20;
    /// Blocks of a function.
    pub const BLOCKS: usize = 1 << 16;
    /// Scopes of a function.
    pub const SCOPES: usize = 1 << 12;
    /// How deep scopes nest.
    pub const SCOPE_DEPTH: usize = 256;
    /// Parameters of a function.
    pub const PARAMS: usize = 255;
    /// Operands of an instruction, parameters of a block.
    pub const OPERANDS: usize = 1 << 12;
    /// Handles that a `leave` keeps.
    pub const KEEP: usize = 32;
    /// Bytes of a buffer.
    pub const BUFFER: u32 = 1 << 20;
    /// Blocks and edges looked at for all uses of views together.
    pub const VIEW_STEPS: usize = 1 << 22;
    /// Blocks looked at, and builders used in them, for all loops with regions of a function.
    pub const REGION_STEPS: usize = 1 << 22;
}

/// A module that keeps the rules: the only thing that can be run.
#[derive(Clone, Debug)]
pub struct Verified(Arc<Module>);

/// Which rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the file's head lists them")]
pub enum Rule {
    V1,
    V2,
    V3,
    V4,
    V5,
    V6,
    V7,
    V8,
    V9,
    V10,
}

/// Why a module is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The rule it breaks.
    pub rule: Rule,
    /// The function, if it is about one.
    pub func: Option<FuncId>,
    /// The block, if it is about one.
    pub block: Option<BlockId>,
    /// The instruction, by its result.
    pub inst: Option<Value>,
    /// What is wrong.
    pub message: String,
    /// Whether it is only larger than the limits: a program can be too large, whoever made the module.
    pub too_large: bool,
}

/// `V5 at @0 ^4 %19: ...`
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.rule)?;
        if let Some(func) = self.func {
            write!(f, " at {func}")?;
        }
        if let Some(block) = self.block {
            write!(f, " {block}")?;
        }
        if let Some(inst) = self.inst {
            write!(f, " {inst}")?;
        }
        write!(f, ": {}", self.message)
    }
}
impl std::error::Error for Refused {}

impl Verified {
    /// The module.
    pub fn module(&self) -> &Arc<Module> {
        &self.0
    }
}

/// Tests every rule.
pub fn verify(module: Module) -> Result<Verified, Refused> {
    check(&module)?;
    Ok(Verified(Arc::new(module)))
}

/// Tests every rule of a module that stays with its owner.
pub fn check(module: &Module) -> Result<(), Refused> {
    shape::tables(module)?;
    let mut types = types::Types::new(module)?;
    for id in module.funcs.keys() {
        shape::function(module, id)?;
        types.function(id)?;
    }
    for id in module.funcs.keys() {
        let order = shape::blocks(module, id)?;
        ssa::function(module, id, &order)?;
        insts::function(module, id, types.traits())?;
        views::function(module, id, &order)?;
        regions::function(module, id, &order)?;
    }
    entry::entry(module, types.traits())
}

type Checked<T = ()> = Result<T, Refused>;

/// A place in a module.
#[derive(Clone, Copy, Default)]
struct At {
    func: Option<FuncId>,
    block: Option<BlockId>,
    inst: Option<Value>,
}

impl At {
    fn func(func: FuncId) -> At {
        At {
            func: Some(func),
            ..At::default()
        }
    }
    fn block(self, block: BlockId) -> At {
        At {
            block: Some(block),
            ..self
        }
    }
    fn inst(self, inst: Value) -> At {
        At {
            inst: Some(inst),
            ..self
        }
    }
    fn refuse<T>(self, rule: Rule, message: impl Into<String>) -> Checked<T> {
        Err(Refused {
            rule,
            func: self.func,
            block: self.block,
            inst: self.inst,
            message: message.into(),
            too_large: false,
        })
    }
    /// Refuses what is larger than a limit.
    fn within(self, holds: bool, rule: Rule, message: impl FnOnce() -> String) -> Checked {
        self.test(holds, rule, message).map_err(|refused| Refused {
            too_large: true,
            ..refused
        })
    }
    /// Refuses unless `holds`.
    fn test(self, holds: bool, rule: Rule, message: impl FnOnce() -> String) -> Checked {
        if holds {
            Ok(())
        } else {
            self.refuse(rule, message())
        }
    }
}

/// Whether `have` may stand where `want` is wanted; if not, whether only rights are missing (V5) or more (V3).
fn fit(have: &Type, want: &Type) -> Result<(), Rule> {
    if have == want || have.fits(want) {
        return Ok(());
    }
    let bare = |ty: &Type| ty.map_rights(&mut |_| Rights::NONE);
    if bare(have).fits(&bare(want)) {
        Err(Rule::V5)
    } else {
        Err(Rule::V3)
    }
}
