//! The IR: typed SSA with block parameters. What a [`Module`] is; nothing here says that one is well formed,
//! that is the verifier's business ([`crate::verify`]).

use crate::entity;
use crate::entity::Table;
use crate::flags::Flags;
use crate::ops::Op;
use crate::powers::Powers;
use crate::rights::Rights;
use crate::syscalls::Sys;
use crate::ty::{Case, EnumType, RecordType, Type};
use std::sync::Arc;

entity! {
    /// A function of a module.
    FuncId = "@";
    /// A block of a function.
    BlockId = "^";
    /// An SSA value of a function.
    Value = "%";
    /// A scope of a function; scope 0 is the whole function.
    ScopeId = "s";
    /// A row of the data table.
    DataId = "#";
}

/// A place in the source: byte offsets into the text with that number; what errors and explanations point at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub struct Span {
    /// The number of the source text, in the order the front end was given them; 0 is the prelude.
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A whole program.
#[derive(Clone, Debug)]
pub struct Module {
    /// Constant bytes.
    pub data: Table<DataId, Vec<u8>>,
    /// Record types the module names.
    pub records: Vec<Arc<RecordType>>,
    /// Enums the module declares; types refer to them by name.
    pub enums: Vec<EnumType>,
    /// Its functions.
    pub funcs: Table<FuncId, Function>,
    /// The function that runs; its signature is the manifest.
    pub entry: FuncId,
    /// Names and texts that spans refer to, by their number, for what a program asks of an error. They are no part of
    /// what it does: where they are missing, places are too, and the text form leaves them out.
    pub sources: Vec<(Arc<str>, Arc<str>)>,
}

/// `file:line:column` of the start of a span; lines and columns (in characters) from 1. `None` for a place in no text
/// of the user.
pub fn place(sources: &[(Arc<str>, Arc<str>)], at: Span) -> Option<String> {
    let (name, text) = sources.get(at.source as usize).filter(|_| at.source != 0)?;
    let before = text.get(..at.start as usize)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    Some(format!("{name}:{line}:{column}"))
}

/// The same program, wherever its text came from.
impl PartialEq for Module {
    fn eq(&self, other: &Module) -> bool {
        self.data == other.data
            && self.records == other.records
            && self.enums == other.enums
            && self.funcs == other.funcs
            && self.entry == other.entry
    }
}

/// A module with nothing in it; its entry is the first function there will be.
impl Default for Module {
    fn default() -> Module {
        Module {
            data: Table::new(),
            records: Vec::new(),
            enums: Vec::new(),
            funcs: Table::new(),
            entry: FuncId(0),
            sources: Vec::new(),
        }
    }
}

impl Module {
    /// The enum of that name.
    pub fn enum_named(&self, name: &str) -> Option<&EnumType> {
        self.enums.iter().find(|e| e.name == name)
    }

    /// The case that an instruction makes or looks into, if its types and immediate say one.
    pub fn case_of(&self, func: &Function, inst: &Inst) -> Option<&Case> {
        let (of, n) = match inst.imm {
            Imm::Case(n) => (inst.result, n),
            Imm::CaseField(n, _) => (*inst.args.first()?, n),
            _ => return None,
        };
        match func.values.get(of)? {
            Type::Enum(e) => self.enum_named(&e.name)?.cases.get(n as usize),
            _ => None,
        }
    }
}

/// A function.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Function {
    /// Its name, for people.
    pub name: String,
    /// Its parameters; their values are the parameters of block `^0`.
    pub params: Vec<Param>,
    /// The type of its result.
    pub result: Option<Type>,
    /// The powers that its system calls, and those of the functions it calls, take.
    pub powers: Powers,
    /// Blocks; `^0` is where it starts.
    pub blocks: Table<BlockId, Block>,
    /// The type of every value.
    pub values: Table<Value, Type>,
    /// Scopes; row 0 is the function's own.
    pub scopes: Table<ScopeId, Scope>,
}

/// A parameter of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Param {
    /// Its name, for people.
    pub name: String,
    /// Where an entry parameter's value comes from.
    pub bind: Bind,
}

/// Where the value of a parameter comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bind {
    /// The caller: for the entry, the host or the command line.
    Arg,
    /// The loader: a constant path of the program; the parameter is a `root`.
    Root(DataId),
    /// The loader: the working directory captured by the session; the parameter is a `dir`.
    Cwd,
    /// The session: an earlier definition of that name.
    Def,
    /// The host: the words after those that the caller's parameters take; the parameter is a `list<path>`.
    Args,
    /// The host: the variable of that name of the environment it gives; the parameter is an `option<path>`.
    Variable(DataId),
    /// The host: all variables of that environment; the parameter is a `map<path, path>`.
    Environment,
}

/// A basic block.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// The scope it is in.
    pub scope: ScopeId,
    /// Its parameters.
    pub params: Vec<Value>,
    /// Its instructions, in order.
    pub insts: Vec<Inst>,
    /// How it ends.
    pub end: End,
    /// The place of its end.
    pub end_at: Span,
}

/// An instruction.
#[derive(Clone, PartialEq, Debug)]
pub struct Inst {
    /// The operation.
    pub op: Op,
    /// Its operands.
    pub args: Vec<Value>,
    /// Its immediate.
    pub imm: Imm,
    /// Its result; every instruction has one, of type `unit` where there is nothing to tell.
    pub result: Value,
    /// The place in the source that errors point at.
    pub at: Span,
}

/// What an instruction carries besides operands.
#[derive(Clone, PartialEq, Debug)]
pub enum Imm {
    /// Nothing.
    None,
    /// A number.
    Int(i64),
    /// Bytes.
    Data(DataId),
    /// The bits of a floating-point number.
    Float(u64),
    /// Rights.
    Rights(Rights),
    /// A field of the operand's record or structure.
    Field(u32),
    /// A case of the result's enum.
    Case(u32),
    /// A case of the operand's enum, and a field of it.
    CaseField(u32, u32),
    /// A function.
    Func(FuncId),
    /// A system call and its flag arguments, in the row's order.
    Sys(Sys, Vec<Flags>),
}

/// How a block ends.
#[derive(Clone, PartialEq, Debug)]
pub enum End {
    /// Goes on elsewhere in the same scope.
    Jump(Target),
    /// One way or the other, in the same scope.
    Branch(Value, Target, Target),
    /// Out of the function, from its own scope.
    Return(Value),
    /// Fails with an error: to the handler of the scope, or out of the function.
    Throw(Value),
    /// Into a scope: marks the handle stack, then the body.
    Enter(ScopeId, Target),
    /// Goes on elsewhere in the same scope, to the next round of a loop. If much was made since the region began, what
    /// the target's arguments and these builders do not reach is given back, and the rest moved together.
    Turn(Value, Target, Vec<Value>),
    /// Out of a scope: closes what was opened in it, then on in the parent.
    Leave(ScopeId, Keep, Target),
}

/// What a scope that is left normally closes.
#[derive(Clone, PartialEq, Debug)]
pub enum Keep {
    /// Everything opened above its mark, but for these handles.
    Only(Vec<Value>),
    /// Nothing: what is open falls to the parent scope.
    All,
}

/// A block to go to, with the arguments for its parameters.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    /// Where.
    pub block: BlockId,
    /// The values of its parameters.
    pub args: Vec<Value>,
}

/// A scope: a mark of the handle stack, and maybe someone who catches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// The scope around it; none for the function's own.
    pub parent: Option<ScopeId>,
    /// Who gets the errors that occur in it: a block of the parent scope with one parameter, the error.
    pub handler: Option<BlockId>,
}

impl Target {
    /// A target without arguments.
    pub fn to(block: BlockId) -> Target {
        Target {
            block,
            args: Vec::new(),
        }
    }
}

impl End {
    /// The targets, in order.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let (a, b) = match self {
            End::Jump(t) | End::Turn(_, t, _) | End::Enter(_, t) | End::Leave(_, _, t) => {
                (Some(t), None)
            }
            End::Branch(_, t, e) => (Some(t), Some(e)),
            End::Return(_) | End::Throw(_) => (None, None),
        };
        a.into_iter().chain(b)
    }
    /// The targets, for writing.
    pub fn targets_mut(&mut self) -> impl Iterator<Item = &mut Target> {
        let (a, b) = match self {
            End::Jump(t) | End::Turn(_, t, _) | End::Enter(_, t) | End::Leave(_, _, t) => {
                (Some(t), None)
            }
            End::Branch(_, t, e) => (Some(t), Some(e)),
            End::Return(_) | End::Throw(_) => (None, None),
        };
        a.into_iter().chain(b)
    }
    /// Calls `f` on every value it uses, targets' arguments included.
    pub fn each_use(&self, mut f: impl FnMut(Value)) {
        match self {
            End::Branch(v, ..) | End::Return(v) | End::Throw(v) => f(*v),
            End::Leave(_, Keep::Only(kept), _) => kept.iter().for_each(|v| f(*v)),
            End::Turn(region, _, roots) => {
                f(*region);
                roots.iter().for_each(|v| f(*v));
            }
            _ => {}
        }
        self.targets().flat_map(|t| &t.args).for_each(|v| f(*v));
    }
    /// Calls `f` on every value it uses, to change it.
    pub fn each_use_mut(&mut self, mut f: impl FnMut(&mut Value)) {
        match self {
            End::Branch(v, ..) | End::Return(v) | End::Throw(v) => f(v),
            End::Leave(_, Keep::Only(kept), _) => kept.iter_mut().for_each(&mut f),
            End::Turn(region, _, roots) => {
                f(region);
                roots.iter_mut().for_each(&mut f);
            }
            _ => {}
        }
        self.targets_mut().flat_map(|t| &mut t.args).for_each(f);
    }
}

impl Function {
    /// The values of its parameters.
    pub fn param_values(&self) -> &[Value] {
        self.blocks.get(BlockId(0)).map_or(&[], |b| &b.params)
    }
    /// The blocks that `b` can go to next: its targets, and the handler if it enters a scope that has one.
    pub fn successors(
        &self,
        b: BlockId,
    ) -> impl DoubleEndedIterator<Item = BlockId> + Clone + use<> {
        let end = &self.blocks[b].end;
        let mut targets = end.targets().map(|t| t.block);
        let (first, second) = (targets.next(), targets.next());
        let handler = match end {
            End::Enter(s, _) => self.scopes.get(*s).and_then(|s| s.handler),
            _ => None,
        };
        [first, second, handler].into_iter().flatten()
    }
    /// All blocks that can be reached, in reverse postorder; iterative.
    pub fn reverse_postorder(&self) -> Vec<BlockId> {
        let mut order = Vec::with_capacity(self.blocks.len());
        let mut seen = vec![false; self.blocks.len()];
        if self.blocks.is_empty() {
            return order;
        }
        seen[0] = true;
        let mut stack = vec![(BlockId(0), self.successors(BlockId(0)))];
        while let Some((block, next)) = stack.last_mut() {
            if let Some(s) = next.next() {
                if !std::mem::replace(&mut seen[s.0 as usize], true) {
                    let after = self.successors(s);
                    stack.push((s, after));
                }
            } else {
                order.push(*block);
                stack.pop();
            }
        }
        order.reverse();
        order
    }
}
