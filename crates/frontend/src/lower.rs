//! Lowering: the typed tree to SSA.
//!
//! A sequence is run by whoever consumes it: [`Lower::tree`] gets a *sink*, what happens to each element, and `Emit`
//! calls it there and then. So a pipeline becomes one loop, and no list lies between its stages.
//!
//! Variables that change become block parameters as blocks are sealed (Braun et al., "Simple and Efficient
//! Construction of Static Single Assignment Form", 2013); the rest are values at once.

mod ssa;

use crate::tree::{Checked, Fun, Func, Kind, Label, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::entity::Table;
use sawmill_ir::flags::{FlagSet, Flags, statx_mask};
use sawmill_ir::module::{
    Bind, BlockId, DataId, End, FuncId, Function, Imm, Keep, Module, Param, Scope, ScopeId, Span,
    Target, Value,
};
use sawmill_ir::ops::Op;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::{Arg, Sys};
use sawmill_ir::ty::Type;
use ssa::Builder;
use std::collections::{HashMap, HashSet};

/// Lowers a checked program; rights are not in its types yet.
pub fn lower(checked: &Checked) -> Module {
    let mut module = Module::default();
    let ids: HashMap<Fun, FuncId> = checked
        .funcs
        .iter()
        .filter(|(_, f)| f.body.is_some())
        .enumerate()
        .map(|(i, (fun, _))| (fun, FuncId(i as u32 + 1)))
        .collect();
    let functions =
        std::iter::once(&checked.entry).chain(checked.funcs.values().filter(|f| f.body.is_some()));
    for (i, func) in functions.enumerate() {
        let function = function(func, checked, &ids, &mut module.data, i == 0);
        module.funcs.push(function);
    }
    module.records = vec![crate::ty::STAT.clone()];
    module
}

fn function(
    func: &Func,
    checked: &Checked,
    ids: &HashMap<Fun, FuncId>,
    data: &mut Table<DataId, Vec<u8>>,
    entry: bool,
) -> Function {
    let mut changing = HashSet::new();
    let mut used = HashSet::new();
    if let Some(body) = &func.body {
        scan(body, &mut changing, &mut used);
    }
    let mut lower = Lower {
        b: Builder::new(&checked.vars, changing),
        ids,
        data,
        labels: HashMap::new(),
        holders: Vec::new(),
        roots: HashMap::new(),
        cwd: None,
    };
    lower.b.f.name = func.name.clone();
    for p in &func.params {
        // A definition of the session is a parameter only of the programs that use it.
        if p.bind != Bind::Def || used.contains(&p.var) {
            let value = lower.param(&p.name, p.ty.lower(), p.bind);
            lower.b.bind(p.var, value);
        }
    }
    lower.b.f.result = Some(func.result.lower());
    if let Some(body) = &func.body {
        lower.body(body, entry);
    }
    lower.b.finish()
}

/// Which variables change, and which are used at all.
fn scan(tree: &Tree, changing: &mut HashSet<Var>, used: &mut HashSet<Var>) {
    let mut work = vec![tree];
    while let Some(tree) = work.pop() {
        match &tree.kind {
            Kind::Unit
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Bytes(_)
            | Kind::Stop(_)
            | Kind::StartDir(_)
            | Kind::StartPath(_) => {}
            Kind::Var(v) => {
                used.insert(*v);
            }
            Kind::Set(v, e) => {
                changing.insert(*v);
                work.push(e);
            }
            Kind::Loop(_, vars, body) => {
                changing.extend(vars.iter().map(|v| v.0));
                work.extend(vars.iter().map(|v| &v.1));
                work.push(body);
            }
            Kind::Do(all)
            | Kind::Op(_, all)
            | Kind::Sys(_, all)
            | Kind::Call(_, all)
            | Kind::Recur(_, all)
            | Kind::Record(all) => {
                work.extend(all);
            }
            Kind::If(a, b, c) => work.extend([&**a, b, c]),
            Kind::Let(_, a, b) | Kind::Each(_, a, b) => work.extend([&**a, b]),
            Kind::Get(_, a)
            | Kind::Struct(_, a)
            | Kind::Emit(a)
            | Kind::Stoppable(_, a)
            | Kind::Try(a)
            | Kind::Scope(a)
            | Kind::Collect(a) => {
                work.push(a);
            }
        }
    }
}

/// What happens to an element of a sequence.
type Sink<'s, 'a> = &'s mut dyn FnMut(&mut Lower<'a>, Value);

/// Something outside a scope that can come to hold handles opened in it.
enum Holder {
    /// A variable that is a handle.
    Handle(Var),
    /// A list, an aggregate, or the host.
    Aggregate,
}

struct Lower<'a> {
    b: Builder<'a>,
    ids: &'a HashMap<Fun, FuncId>,
    data: &'a mut Table<DataId, Vec<u8>>,
    labels: HashMap<Label, Place>,
    holders: Vec<Holder>,
    roots: HashMap<String, Value>,
    cwd: Option<Value>,
}

/// Where a label is: its block, its scope, and the names of a loop.
#[derive(Clone)]
struct Place {
    block: BlockId,
    scope: ScopeId,
    vars: Vec<Var>,
}

impl<'a> Lower<'a> {
    fn param(&mut self, name: &str, ty: Type, bind: Bind) -> Value {
        let value = self.b.f.values.push(ty);
        self.b.f.blocks[BlockId(0)].params.push(value);
        self.b.f.params.push(Param {
            name: name.into(),
            bind,
        });
        value
    }

    fn body(&mut self, body: &Tree, entry: bool) {
        let at = body.at;
        if let Ty::Seq(element) = &body.ty {
            debug_assert!(entry, "only the entry gives a sequence to its host");
            if element.lower().may_own_handle() {
                self.holders.push(Holder::Aggregate);
            }
            self.tree(body, &mut |me, v| {
                me.b.inst(Op::Yield, vec![v], Imm::None, Type::Unit, at);
            });
            if self.b.open() {
                let unit = self.unit(at);
                self.b.end(End::Return(unit), at);
            }
            return;
        }
        // A call closes what it opened; the entry's scope is the run.
        let value = if entry {
            self.value(body)
        } else {
            self.scoped(body, &mut no_sink, at)
        };
        if self.b.open() {
            self.b.end(End::Return(value), at);
        }
    }

    fn unit(&mut self, at: Span) -> Value {
        self.b.inst(Op::Unit, Vec::new(), Imm::None, Type::Unit, at)
    }

    fn int(&mut self, n: i64, ty: Type, at: Span) -> Value {
        self.b.inst(Op::Int, Vec::new(), Imm::Int(n), ty, at)
    }

    fn constant(&mut self, bytes: &[u8]) -> DataId {
        let known = self
            .data
            .iter()
            .find(|(_, d)| *d == bytes)
            .map(|(id, _)| id);
        known.unwrap_or_else(|| self.data.push(bytes.to_vec()))
    }

    /// Lowers an expression that emits nothing.
    fn value(&mut self, tree: &Tree) -> Value {
        self.tree(tree, &mut no_sink)
    }

    fn values(&mut self, trees: &[Tree]) -> Vec<Value> {
        trees.iter().map(|t| self.value(t)).collect()
    }

    /// Lowers an expression; elements it emits go to `sink`. After an expression that never gives a value the builder
    /// is closed, and the value given is never used.
    fn tree(&mut self, tree: &Tree, sink: Sink<'_, 'a>) -> Value {
        let at = tree.at;
        if !self.b.open() {
            return self.b.nothing();
        }
        match &tree.kind {
            Kind::Unit => self.unit(at),
            Kind::Bool(b) => self.b.inst(
                Op::Bool,
                Vec::new(),
                Imm::Int(i64::from(*b)),
                Type::Bool,
                at,
            ),
            Kind::Int(n) => self.int(*n, tree.ty.lower(), at),
            Kind::Bytes(bytes) => {
                let id = self.constant(bytes);
                let (op, ty) = if tree.ty == Ty::Path {
                    (Op::Path, Type::Path)
                } else {
                    (Op::Str, Type::Str)
                };
                self.b.inst(op, Vec::new(), Imm::Data(id), ty, at)
            }
            Kind::Var(v) => self.b.read(*v),
            Kind::Let(var, value, body) => self.let_tree(*var, value, body, sink),
            Kind::Set(var, value) => {
                let value = self.value(value);
                if self.b.open() {
                    self.b.write(*var, value);
                }
                self.unit_if_open(at)
            }
            Kind::Do(all) => {
                let mut last = None;
                for t in all {
                    last = Some(self.tree(t, sink));
                }
                match last {
                    Some(v) => v,
                    None => self.unit(at),
                }
            }
            Kind::If(c, t, e) => self.if_tree(c, t, e, &value_type(tree), sink, at),
            Kind::Op(op, args) => self.op(*op, args, &tree.ty, at),
            Kind::Get(field, of) => {
                let of = self.value(of);
                self.b
                    .inst(Op::Get, vec![of], Imm::Field(*field), tree.ty.lower(), at)
            }
            Kind::Struct(field, of) => {
                let of = self.value(of);
                self.b.inst(
                    Op::StructGet,
                    vec![of],
                    Imm::Field(*field),
                    tree.ty.lower(),
                    at,
                )
            }
            Kind::Record(fields) => {
                let fields = self.values(fields);
                self.b
                    .inst(Op::Record, fields, Imm::None, tree.ty.lower(), at)
            }
            Kind::Sys(sys, args) => {
                let args = self.values(args);
                self.b.inst(
                    Op::Sys,
                    args,
                    Imm::Sys(*sys, flags_of(*sys)),
                    tree.ty.lower(),
                    at,
                )
            }
            Kind::Call(fun, args) => {
                let args = self.values(args);
                match self.ids.get(fun) {
                    Some(id) => self
                        .b
                        .inst(Op::Call, args, Imm::Func(*id), tree.ty.lower(), at),
                    None => self.b.nothing(),
                }
            }
            Kind::Loop(label, vars, body) => {
                self.loop_tree(*label, vars, body, &value_type(tree), sink, at)
            }
            Kind::Recur(label, args) => {
                let values = self.values(args);
                let Place { block, scope, vars } = self.labels[label].clone();
                if self.b.open() {
                    for (var, value) in vars.iter().zip(values) {
                        self.b.write(*var, value);
                    }
                    self.leave_to(scope, at);
                    self.b.jump(block, Vec::new(), at);
                }
                self.b.nothing()
            }
            Kind::Emit(element) => self.emit(element, sink, at),
            Kind::Each(var, seq, body) => self.each(*var, seq, body, sink, at),
            Kind::Stoppable(label, body) => self.stoppable(*label, body, sink, at),
            Kind::Stop(label) => {
                let place = self.labels[label].clone();
                self.leave_to(place.scope, at);
                self.b.jump(place.block, Vec::new(), at);
                self.b.nothing()
            }
            Kind::Try(body) => self.try_tree(body, &tree.ty, at),
            Kind::Scope(body) => self.scoped(body, sink, at),
            Kind::Collect(seq) => self.collect(seq, &tree.ty, at),
            Kind::StartDir(path) => self.start_dir(path, at),
            Kind::StartPath(path) => self.start_path(path, at),
        }
    }

    fn unit_if_open(&mut self, at: Span) -> Value {
        if self.b.open() {
            self.unit(at)
        } else {
            self.b.nothing()
        }
    }

    fn let_tree(&mut self, var: Var, value: &Tree, body: &Tree, sink: Sink<'_, 'a>) -> Value {
        let value = self.value(value);
        if !self.b.open() {
            return value;
        }
        let held = self.holders.len();
        if self.b.changes(var) {
            self.b.write(var, value);
            self.hold(var);
        } else {
            self.b.bind(var, value);
        }
        let result = self.tree(body, sink);
        self.holders.truncate(held);
        result
    }

    /// Notes that a variable that changes may come to hold a handle.
    fn hold(&mut self, var: Var) {
        let ty = self.b.type_of(var);
        if matches!(ty, Type::Dir(_) | Type::File(_) | Type::Listing) {
            self.holders.push(Holder::Handle(var));
        } else if ty.may_own_handle() {
            self.holders.push(Holder::Aggregate);
        }
    }

    fn op(&mut self, op: Op, args: &[Tree], ty: &Ty, at: Span) -> Value {
        let args = self.values(args);
        let imm = match op {
            // What is asked of a handle from a computed path is known when rights have been inferred.
            Op::Permit => Imm::Rights(Rights::NONE),
            _ => Imm::None,
        };
        self.b.inst(op, args, imm, ty.lower(), at)
    }

    fn if_tree(
        &mut self,
        c: &Tree,
        t: &Tree,
        e: &Tree,
        ty: &Ty,
        sink: Sink<'_, 'a>,
        at: Span,
    ) -> Value {
        let scope = self.b.scope();
        let (then, other, join) = (
            self.b.block(scope),
            self.b.block(scope),
            self.b.block(scope),
        );
        let result = self.b.param(join, ty.lower());
        self.condition(c, then, other);
        for (block, tree) in [(then, t), (other, e)] {
            self.b.seal(block);
            self.b.go_if_reached(block);
            let v = self.tree(tree, sink);
            if self.b.open() {
                self.b.jump(join, vec![v], at);
            }
        }
        self.b.seal(join);
        self.b.go_if_reached(join);
        result
    }

    /// Goes to one of two blocks by a condition; `and`, `or` and `not` in it become control flow, not values.
    fn condition(&mut self, c: &Tree, then: BlockId, other: BlockId) {
        match &c.kind {
            Kind::Bool(b) => self.b.jump(if *b { then } else { other }, Vec::new(), c.at),
            Kind::Op(Op::Not, args) if args.len() == 1 => self.condition(&args[0], other, then),
            Kind::If(a, t, e) => {
                let scope = self.b.scope();
                let (first, second) = (self.b.block(scope), self.b.block(scope));
                self.condition(a, first, second);
                for (block, tree) in [(first, t), (second, e)] {
                    self.b.seal(block);
                    self.b.go_if_reached(block);
                    if self.b.open() {
                        self.condition(tree, then, other);
                    }
                }
            }
            _ => {
                let value = self.value(c);
                self.b.branch(value, then, other, c.at);
            }
        }
    }

    fn loop_tree(
        &mut self,
        label: Label,
        vars: &[(Var, Tree)],
        body: &Tree,
        ty: &Ty,
        sink: Sink<'_, 'a>,
        at: Span,
    ) -> Value {
        let held = self.holders.len();
        for (var, value) in vars {
            let value = self.value(value);
            if !self.b.open() {
                return value;
            }
            self.b.write(*var, value);
            self.hold(*var);
        }
        let scope = self.b.scope();
        let (header, exit) = (self.b.block(scope), self.b.block(scope));
        let result = self.b.param(exit, ty.lower());
        self.labels.insert(
            label,
            Place {
                block: header,
                scope,
                vars: vars.iter().map(|v| v.0).collect(),
            },
        );
        self.b.jump(header, Vec::new(), at);
        self.b.go(header);
        // A round closes what it opened, but for what the loop's names have come to hold.
        let v = self.scoped(body, sink, at);
        if self.b.open() {
            self.b.jump(exit, vec![v], at);
        }
        self.b.seal(header);
        self.b.seal(exit);
        self.b.go_if_reached(exit);
        self.holders.truncate(held);
        result
    }

    fn stoppable(&mut self, label: Label, body: &Tree, sink: Sink<'_, 'a>, at: Span) -> Value {
        let scope = self.b.scope();
        let exit = self.b.block(scope);
        self.labels.insert(
            label,
            Place {
                block: exit,
                scope,
                vars: Vec::new(),
            },
        );
        self.tree(body, sink);
        if self.b.open() {
            self.b.jump(exit, Vec::new(), at);
        }
        self.b.seal(exit);
        self.b.go_if_reached(exit);
        self.unit_if_open(at)
    }

    fn emit(&mut self, element: &Tree, sink: Sink<'_, 'a>, at: Span) -> Value {
        let v = self.value(element);
        if self.b.open() {
            sink(self, v);
        }
        self.unit_if_open(at)
    }

    fn each(&mut self, var: Var, seq: &Tree, body: &Tree, sink: Sink<'_, 'a>, at: Span) -> Value {
        if matches!(seq.ty, Ty::Seq(_)) {
            self.tree(seq, &mut |me, v| {
                me.b.bind(var, v);
                me.tree(body, sink);
            });
        } else {
            self.each_of_list(var, seq, body, sink, at);
        }
        self.unit_if_open(at)
    }

    fn each_of_list(&mut self, var: Var, list: &Tree, body: &Tree, sink: Sink<'_, 'a>, at: Span) {
        let list = self.value(list);
        if !self.b.open() {
            return;
        }
        let len = self.b.inst(Op::Len, vec![list], Imm::None, Type::Int, at);
        let scope = self.b.scope();
        let (header, inside, exit) = (
            self.b.block(scope),
            self.b.block(scope),
            self.b.block(scope),
        );
        let index = self.b.param(header, Type::Int);
        let zero = self.int(0, Type::Int, at);
        self.b.jump(header, vec![zero], at);
        self.b.go(header);
        let more = self
            .b
            .inst(Op::Lt, vec![index, len], Imm::None, Type::Bool, at);
        self.b.branch(more, inside, exit, at);
        self.b.seal(inside);
        self.b.go(inside);
        let ty = self.b.type_of(var);
        let outer = self.enter(None, at);
        let element = self.b.inst(Op::At, vec![list, index], Imm::None, ty, at);
        self.b.bind(var, element);
        self.tree(body, sink);
        self.leave(outer, None, at);
        if self.b.open() {
            let one = self.int(1, Type::Int, at);
            let next = self
                .b
                .inst(Op::Add, vec![index, one], Imm::None, Type::Int, at);
            self.b.jump(header, vec![next], at);
        }
        self.b.seal(header);
        self.b.seal(exit);
        self.b.go_if_reached(exit);
    }

    fn collect(&mut self, seq: &Tree, ty: &Ty, at: Span) -> Value {
        let element = ty.element().map_or(Type::Unit, Ty::lower);
        let held = self.holders.len();
        if element.may_own_handle() {
            self.holders.push(Holder::Aggregate);
        }
        let builder = self.b.inst(
            Op::Builder,
            Vec::new(),
            Imm::None,
            Type::Builder(element.clone().into()),
            at,
        );
        self.tree(seq, &mut |me, v| {
            me.b.inst(Op::Push, vec![builder, v], Imm::None, Type::Unit, at);
        });
        self.holders.truncate(held);
        if !self.b.open() {
            return self.b.nothing();
        }
        self.b.inst(
            Op::Freeze,
            vec![builder],
            Imm::None,
            Type::list(element),
            at,
        )
    }

    /// Opens a scope; gives what [`Lower::leave`] needs.
    fn enter(&mut self, handler: Option<BlockId>, at: Span) -> Entered {
        let parent = self.b.scope();
        let scope = self.b.f.scopes.push(Scope {
            parent: Some(parent),
            handler,
        });
        let body = self.b.block(scope);
        self.b.enter(scope, body, handler, at);
        self.b.seal(body);
        self.b.go(body);
        self.b.held.push((scope, self.holders.len()));
        Entered { parent }
    }

    /// Leaves the scope just entered, if this place is reached; `out` is the value that goes out with it.
    fn leave(&mut self, entered: Entered, out: Option<Value>, at: Span) {
        if self.b.open() {
            self.leave_one(entered.parent, out, at);
        }
        self.b.held.pop();
    }

    fn leave_one(&mut self, parent: ScopeId, out: Option<Value>, at: Span) {
        let scope = self.b.scope();
        let keep = self.keep(scope, out);
        let next = self.b.block(parent);
        self.b.end(End::Leave(scope, keep, Target::to(next)), at);
        self.b.seal(next);
        self.b.go(next);
    }

    /// Leaves scope after scope until `scope` is the current one.
    fn leave_to(&mut self, scope: ScopeId, at: Span) {
        while self.b.open() && self.b.scope() != scope {
            let Some(parent) = self.b.f.scopes[self.b.scope()].parent else {
                return;
            };
            self.leave_one(parent, None, at);
        }
    }

    /// What leaving a scope must not close: what holders outside it have come to hold.
    fn keep(&mut self, scope: ScopeId, out: Option<Value>) -> Keep {
        let outside = self.b.held.iter().find(|h| h.0 == scope).map_or(0, |h| h.1);
        let mut kept = Vec::new();
        let mut handles = Vec::new();
        for holder in &self.holders[..outside] {
            match holder {
                Holder::Handle(var) => handles.push(*var),
                Holder::Aggregate => return Keep::All,
            }
        }
        if let Some(out) = out {
            let ty = &self.b.f.values[out];
            if matches!(ty, Type::Dir(_) | Type::File(_) | Type::Listing) {
                kept.push(out);
            } else if ty.may_own_handle() {
                return Keep::All;
            }
        }
        for var in handles {
            let value = self.b.read(var);
            kept.push(value);
        }
        Keep::Only(kept)
    }

    fn scoped(&mut self, body: &Tree, sink: Sink<'_, 'a>, at: Span) -> Value {
        let entered = self.enter(None, at);
        let v = self.tree(body, sink);
        let open = self.b.open();
        self.leave(entered, open.then_some(v), at);
        v
    }

    fn try_tree(&mut self, body: &Tree, ty: &Ty, at: Span) -> Value {
        let scope = self.b.scope();
        let (handler, join) = (self.b.block(scope), self.b.block(scope));
        let error = self.b.param(handler, Type::Error);
        let result = self.b.param(join, ty.lower());
        let entered = self.enter(Some(handler), at);
        let v = self.value(body);
        let open = self.b.open();
        self.leave(entered, open.then_some(v), at);
        if self.b.open() {
            let ok = self.b.inst(Op::Ok, vec![v], Imm::None, ty.lower(), at);
            self.b.jump(join, vec![ok], at);
        }
        self.b.seal(handler);
        self.b.go(handler);
        let err = self.b.inst(Op::Err, vec![error], Imm::None, ty.lower(), at);
        self.b.jump(join, vec![err], at);
        self.b.seal(join);
        self.b.go_if_reached(join);
        result
    }

    fn cwd(&mut self) -> Value {
        if let Some(v) = self.cwd {
            return v;
        }
        let v = self.param("cwd", Type::Dir(Rights::NONE), Bind::Cwd);
        self.cwd = Some(v);
        v
    }

    fn root(&mut self, path: &str) -> Value {
        if let Some(v) = self.roots.get(path) {
            return *v;
        }
        let id = self.constant(path.as_bytes());
        let v = self.param(path, Type::Root(Rights::NONE), Bind::Root(id));
        self.roots.insert(path.to_string(), v);
        v
    }

    fn start_dir(&mut self, path: &str, at: Span) -> Value {
        if path.starts_with('/') {
            let root = self.root(path);
            return self.b.inst(
                Op::RootDir,
                vec![root],
                Imm::None,
                Type::Dir(Rights::NONE),
                at,
            );
        }
        self.cwd()
    }

    fn start_path(&mut self, path: &str, at: Span) -> Value {
        if path.starts_with('/') {
            let root = self.root(path);
            return self
                .b
                .inst(Op::RootPath, vec![root], Imm::None, Type::Path, at);
        }
        let id = self.constant(path.as_bytes());
        self.b
            .inst(Op::Path, Vec::new(), Imm::Data(id), Type::Path, at)
    }
}

/// A scope that has been entered.
struct Entered {
    parent: ScopeId,
}

/// The type of what is left of an expression when it has run: of a sequence nothing, its elements are gone.
fn value_type(tree: &Tree) -> Ty {
    match &tree.ty {
        Ty::Seq(_) => Ty::Unit,
        other => other.clone(),
    }
}

fn no_sink(_: &mut Lower<'_>, _: Value) {
    debug_assert!(false, "an element is emitted where nobody consumes it");
}

/// The flags that a system call of the language makes: what its row demands; statx asks for the basic fields.
fn flags_of(sys: Sys) -> Vec<Flags> {
    let flags = |arg: &Arg| match *arg {
        Arg::Flags {
            set: FlagSet::StatxMask,
            ..
        } => Some(Flags {
            set: FlagSet::StatxMask,
            bits: statx_mask::BASIC_STATS,
        }),
        Arg::Flags { set, must, .. } => Some(Flags { set, bits: must }),
        Arg::How { must, .. } => Some(Flags {
            set: FlagSet::Open,
            bits: must,
        }),
        _ => None,
    };
    sys.row().args.iter().filter_map(flags).collect()
}
