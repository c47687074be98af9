//! The typed tree: what checking makes and lowering takes. Functions passed down are gone (each was expanded where it
//! is applied), names are variables, overloads are chosen, literals have their type.

use crate::ty::{EnumDef, Record, Ty};
use sawmill_ir::entity;
use sawmill_ir::entity::Table;
use sawmill_ir::flags::Flags;
use sawmill_ir::module::{Bind, Span};
use sawmill_ir::ops::Op;
use sawmill_ir::syscalls::Sys;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::Arc;

entity! {
    /// A variable of a function.
    Var = "v";
    /// A function that is called, not expanded.
    Fun = "f";
    /// A `loop` or `stoppable` that `recur` or `stop` refer to.
    Label = "l";
}

/// An expression with its type and place: one word, see [`Node`].
#[derive(Clone, Debug)]
pub struct Tree(Box<Node>);

/// What an expression is made of.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// What it gives. A `Seq` gives its elements one by one to whoever consumes it.
    pub ty: Ty,
    /// The place in the user's text.
    pub at: Span,
    /// How deep it is: see [`Tree::depth`].
    depth: u32,
    /// How large it is: see [`Tree::size`].
    size: u32,
}

impl Deref for Tree {
    type Target = Node;
    fn deref(&self) -> &Node {
        &self.0
    }
}

impl Tree {
    /// An expression.
    pub fn new(kind: Kind, ty: Ty, at: Span) -> Tree {
        let (mut depth, mut size) = (0, 1_u32);
        kind.each_part(|part| {
            depth = depth.max(part.depth);
            size = size.saturating_add(part.size);
        });
        depth += 1;
        Tree(Box::new(Node {
            kind,
            ty,
            at,
            depth,
            size,
        }))
    }

    /// How many expressions stand in one another, this one counted. Whoever walks the tree recursively needs that much
    /// stack, so the checker bounds it.
    pub fn depth(&self) -> usize {
        self.depth as usize
    }

    /// How many expressions there are in it, this one counted.
    pub fn size(&self) -> usize {
        self.size as usize
    }

    /// A copy that names its own variables and labels anew, so that both can run, even one within the other.
    pub fn renamed(
        &self,
        mut var: impl FnMut(Var) -> Var,
        mut label: impl FnMut() -> Label,
    ) -> Tree {
        let (mut vars, mut labels) = (HashMap::new(), HashMap::new());
        let mut work = vec![self];
        while let Some(tree) = work.pop() {
            match &tree.kind {
                Kind::Let(all, _) => vars.extend(all.iter().map(|v| (v.0, var(v.0)))),
                Kind::Loop(l, all, _) => {
                    vars.extend(all.iter().map(|v| (v.0, var(v.0))));
                    labels.insert(*l, label());
                }
                Kind::Each(v, ..) => {
                    vars.insert(*v, var(*v));
                }
                Kind::Stoppable(l, _) => {
                    labels.insert(*l, label());
                }
                _ => {}
            }
            tree.kind.each_part(|part| work.push(part));
        }
        let mut copy = self.clone();
        let mut work = vec![&mut copy];
        while let Some(tree) = work.pop() {
            let kind = &mut tree.0.kind;
            match kind {
                Kind::Var(v) | Kind::Set(v, _) | Kind::Each(v, ..) => rename(&vars, v),
                Kind::Let(all, _) => all.iter_mut().for_each(|v| rename(&vars, &mut v.0)),
                Kind::Loop(l, all, _) => {
                    all.iter_mut().for_each(|v| rename(&vars, &mut v.0));
                    rename(&labels, l);
                }
                Kind::Stoppable(l, _) | Kind::Stop(l) | Kind::Recur(l, _) => rename(&labels, l),
                _ => {}
            }
            work.extend(kind.parts_mut());
        }
        copy
    }

    /// What it is, and its type.
    pub fn into_parts(self) -> (Kind, Ty) {
        (self.0.kind, self.0.ty)
    }

    /// The same expression with another type.
    pub fn with_type(mut self, ty: Ty) -> Tree {
        self.0.ty = ty;
        self
    }
}

impl Kind {
    /// Calls `f` on every expression that it is made of.
    pub fn each_part<'a>(&'a self, mut f: impl FnMut(&'a Tree)) {
        match self {
            Kind::Unit
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Bytes(_)
            | Kind::Var(_)
            | Kind::Stop(_)
            | Kind::StartDir(_)
            | Kind::StartPath(_)
            | Kind::Given(_) => {}
            Kind::Let(vars, body) | Kind::Loop(_, vars, body) => {
                vars.iter().for_each(|v| f(&v.1));
                f(body);
            }
            Kind::Do(all)
            | Kind::All(all)
            | Kind::Any(all)
            | Kind::Op(_, all)
            | Kind::Sys(_, _, all)
            | Kind::Call(_, all)
            | Kind::Recur(_, all)
            | Kind::Case(_, all)
            | Kind::Record(all) => all.iter().for_each(f),
            Kind::If(a, b, c) => [a, b, c].into_iter().for_each(f),
            Kind::Each(_, a, b) => [a, b].into_iter().for_each(f),
            Kind::Set(_, a)
            | Kind::Get(_, a)
            | Kind::CaseGet(_, _, a)
            | Kind::Throw(a)
            | Kind::Struct(_, a)
            | Kind::Emit(a)
            | Kind::Stoppable(_, a)
            | Kind::Try(a)
            | Kind::Scope(a)
            | Kind::Collect(a) => f(a),
        }
    }

    /// The expressions that it is made of, to change them.
    fn parts_mut(&mut self) -> Vec<&mut Tree> {
        match self {
            Kind::Unit
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Bytes(_)
            | Kind::Var(_)
            | Kind::Stop(_)
            | Kind::StartDir(_)
            | Kind::StartPath(_)
            | Kind::Given(_) => Vec::new(),
            Kind::Let(vars, body) | Kind::Loop(_, vars, body) => {
                let values = vars.iter_mut().map(|v| &mut v.1);
                values.chain(std::iter::once(body)).collect()
            }
            Kind::Do(all)
            | Kind::All(all)
            | Kind::Any(all)
            | Kind::Op(_, all)
            | Kind::Sys(_, _, all)
            | Kind::Call(_, all)
            | Kind::Recur(_, all)
            | Kind::Case(_, all)
            | Kind::Record(all) => all.iter_mut().collect(),
            Kind::If(a, b, c) => vec![a, b, c],
            Kind::Each(_, a, b) => vec![a, b],
            Kind::Set(_, a)
            | Kind::Get(_, a)
            | Kind::CaseGet(_, _, a)
            | Kind::Throw(a)
            | Kind::Struct(_, a)
            | Kind::Emit(a)
            | Kind::Stoppable(_, a)
            | Kind::Try(a)
            | Kind::Scope(a)
            | Kind::Collect(a) => vec![a],
        }
    }
}

/// What something is called now; what comes from outside keeps its name.
fn rename<T: Copy + Eq + Hash>(names: &HashMap<T, T>, name: &mut T) {
    if let Some(new) = names.get(name) {
        *name = *new;
    }
}

/// What a host gives a program besides its arguments.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Given {
    /// The words that no parameter takes.
    Args,
    /// The environment.
    Environment,
    /// A variable of the environment.
    Variable(String),
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing to tell.
    Unit,
    /// A truth value.
    Bool(bool),
    /// A number of whatever plain type; of a Float, its bits.
    Int(i64),
    /// Text, or a path where a path was wanted.
    Bytes(Vec<u8>),
    /// A variable.
    Var(Var),
    /// Variables for the body, and for the values that come after theirs.
    Let(Vec<(Var, Tree)>, Tree),
    /// A variable gets another value; gives Unit.
    Set(Var, Tree),
    /// One after another; the last gives the value.
    Do(Vec<Tree>),
    /// One way or the other.
    If(Tree, Tree, Tree),
    /// Whether all are true; those after the first that is not are not evaluated. There is one at least.
    All(Vec<Tree>),
    /// Whether any is true; those after the first that is are not evaluated. There is one at least.
    Any(Vec<Tree>),
    /// An operation of the IR.
    Op(Op, Vec<Tree>),
    /// A field of a record.
    Get(u32, Tree),
    /// A field of a kernel structure.
    Struct(u32, Tree),
    /// A system call, with its flags.
    Sys(Sys, Box<[Flags]>, Vec<Tree>),
    /// A call.
    Call(Fun, Vec<Tree>),
    /// Variables, and a body that `Recur` starts again.
    Loop(Label, Vec<(Var, Tree)>, Tree),
    /// Starts a loop again; never gives a value.
    Recur(Label, Vec<Tree>),
    /// Hands an element to the consumer of the sequence that is running.
    Emit(Tree),
    /// Runs a sequence (or a list), and the body for each element.
    Each(Var, Tree, Tree),
    /// A body that `Stop` leaves.
    Stoppable(Label, Tree),
    /// Leaves a `Stoppable`; never gives a value.
    Stop(Label),
    /// The value or the error of the body, as a Result.
    Try(Tree),
    /// A body whose handles are closed when it is left.
    Scope(Tree),
    /// The elements of a sequence, in a list.
    Collect(Tree),
    /// The directory a constant path starts at.
    StartDir(String),
    /// The path below that directory.
    StartPath(String),
    /// What the host gives the program besides its arguments.
    Given(Given),
    /// A record of the tree's type.
    Record(Vec<Tree>),
    /// A case of the tree's type, an enum.
    Case(u32, Vec<Tree>),
    /// A field of a case of an enum.
    CaseGet(u32, u32, Tree),
    /// Fails with an error; never gives a value.
    Throw(Tree),
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
    /// The enums that it declares.
    pub enums: Vec<Arc<EnumDef>>,
    /// The records that it declares.
    pub records: Vec<Arc<Record>>,
    /// The name that the value is for, where the program's last form is a `def`.
    pub defines: Option<String>,
}
