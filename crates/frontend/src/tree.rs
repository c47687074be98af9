//! The typed tree: what checking makes and lowering takes. Functions passed down are gone (each was expanded where it
//! is applied), names are variables, overloads are chosen, literals have their type.

use crate::ty::Ty;
use sawmill_ir::entity;
use sawmill_ir::entity::Table;
use sawmill_ir::module::{Bind, Span};
use sawmill_ir::ops::Op;
use sawmill_ir::syscalls::Sys;

entity! {
    /// A variable of a function.
    Var = "v";
    /// A function that is called, not expanded.
    Fun = "f";
    /// A `loop` or `stoppable` that `recur` or `stop` refer to.
    Label = "l";
}

/// An expression with its type and place.
#[derive(Clone, Debug)]
pub struct Tree {
    /// What it is.
    pub kind: Kind,
    /// What it gives. A `Seq` gives its elements one by one to whoever consumes it.
    pub ty: Ty,
    /// The place in the user's text.
    pub at: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing to tell.
    Unit,
    /// A truth value.
    Bool(bool),
    /// A number of whatever plain type.
    Int(i64),
    /// Text, or a path where a path was wanted.
    Bytes(Vec<u8>),
    /// A variable.
    Var(Var),
    /// A variable for the body.
    Let(Var, Box<Tree>, Box<Tree>),
    /// A variable gets another value; gives Unit.
    Set(Var, Box<Tree>),
    /// One after another; the last gives the value.
    Do(Vec<Tree>),
    /// One way or the other.
    If(Box<Tree>, Box<Tree>, Box<Tree>),
    /// An operation of the IR.
    Op(Op, Vec<Tree>),
    /// A field of a record.
    Get(u32, Box<Tree>),
    /// A field of a kernel structure.
    Struct(u32, Box<Tree>),
    /// A system call, with the flags its row demands.
    Sys(Sys, Vec<Tree>),
    /// A call.
    Call(Fun, Vec<Tree>),
    /// Variables, and a body that `Recur` starts again.
    Loop(Label, Vec<(Var, Tree)>, Box<Tree>),
    /// Starts a loop again; never gives a value.
    Recur(Label, Vec<Tree>),
    /// Hands an element to the consumer of the sequence that is running.
    Emit(Box<Tree>),
    /// Runs a sequence (or a list), and the body for each element.
    Each(Var, Box<Tree>, Box<Tree>),
    /// A body that `Stop` leaves.
    Stoppable(Label, Box<Tree>),
    /// Leaves a `Stoppable`; never gives a value.
    Stop(Label),
    /// The value or the error of the body, as a Result.
    Try(Box<Tree>),
    /// A body whose handles are closed when it is left.
    Scope(Box<Tree>),
    /// The elements of a sequence, in a list.
    Collect(Box<Tree>),
    /// The directory a constant path starts at.
    StartDir(String),
    /// The path below that directory.
    StartPath(String),
    /// A record of the tree's type.
    Record(Vec<Tree>),
}

/// A function: an entry, or one that is called.
#[derive(Clone, Debug)]
pub struct Func {
    /// Its name.
    pub name: String,
    /// Parameters.
    pub params: Vec<ParamTree>,
    /// What it gives.
    pub result: Ty,
    /// Its body; none until it has been checked.
    pub body: Option<Tree>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct ParamTree {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Its variable.
    pub var: Var,
    /// Where an entry parameter comes from: the caller or a definition.
    pub bind: Bind,
}

/// A checked program.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What runs.
    pub entry: Func,
    /// What it calls.
    pub funcs: Table<Fun, Func>,
    /// The type of every variable.
    pub vars: Table<Var, Ty>,
    /// The name that the value is for, where the program's last form is a `def`.
    pub defines: Option<String>,
}
