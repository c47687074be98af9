//! Lowering: the typed tree to SSA.
//!
//! A sequence is run by whoever consumes it: [`Lower::tree`] gets a *sink*, what happens to each element, and `Emit`
//! calls it there and then. So a pipeline becomes one loop, and no list lies between its stages.
//!
//! Variables that change become block parameters as blocks are sealed (Braun et al., "Simple and Efficient
//! Construction of Static Single Assignment Form", 2013); the rest are values at once.

mod ssa;

use crate::tree::{Checked, Fun, Func, Given, Kind, Label, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::entity::Table;
use sawmill_ir::module::{
    Bind, BlockId, DataId, End, FuncId, Function, Imm, Keep, Module, Param, Scope, ScopeId, Span,
    Target, Value,
};
use sawmill_ir::ops::Op;
use sawmill_ir::rights::Rights;
use sawmill_ir::ty::Type;
use ssa::Builder;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Lowers a checked program; rights are not in its types yet.
pub fn lower(checked: &Checked) -> Module {
    let mut module = Module::default();
    let mut data = Data::default();
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
        let function = function(func, checked, &ids, &mut data, i == 0);
        module.funcs.push(function);
    }
    module.data = data.rows;
    let records = std::iter::once(&*crate::ty::STAT).chain(&checked.records);
    module.records = records.map(|r| Arc::new(r.lower())).collect();
    module.enums = checked.enums.iter().map(|def| def.lower()).collect();
    module
}

fn function(
    func: &Func,
    checked: &Checked,
    ids: &HashMap<Fun, FuncId>,
    data: &mut Data,
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
        given: HashMap::new(),
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
            Kind::Var(v) => {
                used.insert(*v);
            }
            Kind::Set(v, _) => {
                changing.insert(*v);
            }
            Kind::Loop(_, vars, _) => changing.extend(vars.iter().map(|v| v.0)),
            _ => {}
        }
        tree.kind.each_part(|part| work.push(part));
    }
}

/// The module's constants, each once.
#[derive(Default)]
struct Data {
    rows: Table<DataId, Vec<u8>>,
    known: HashMap<Vec<u8>, DataId>,
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
    data: &'a mut Data,
    labels: HashMap<Label, Place>,
    holders: Vec<Holder>,
    roots: HashMap<String, Value>,
    cwd: Option<Value>,
    given: HashMap<Given, Value>,
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
        let Data { rows, known } = &mut *self.data;
        *known
            .entry(bytes.to_vec())
            .or_insert_with(|| rows.push(bytes.to_vec()))
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
    ///
    /// This calls itself as deep as expressions nest, twice for what consumes a sequence: what takes room in a frame is
    /// left to functions that do not.
    fn tree(&mut self, tree: &Tree, sink: Sink<'_, 'a>) -> Value {
        let at = tree.at;
        if !self.b.open() {
            return self.b.nothing();
        }
        match &tree.kind {
            Kind::Let(vars, body) => self.let_tree(vars, body, sink),
            Kind::Set(var, value) => self.set(*var, value, at),
            Kind::Do(all) => self.do_tree(all, sink, at),
            Kind::If(c, t, e) => self.if_tree(c, t, e, tree, sink),
            Kind::All(_) | Kind::Any(_) => self.truth(tree, at),
            Kind::Loop(label, vars, body) => self.loop_tree(*label, vars, body, tree, sink),
            Kind::Emit(element) => self.emit(element, sink, at),
            Kind::Each(var, seq, body) => self.each(*var, seq, body, sink, at),
            Kind::Stoppable(label, body) => self.stoppable(*label, body, sink, at),
            Kind::Try(body) => self.try_tree(body, &tree.ty, at),
            Kind::Scope(body) => self.scoped(body, sink, at),
            Kind::Collect(seq) => self.collect(seq, &tree.ty, at),
            Kind::Op(_, args)
            | Kind::Record(args)
            | Kind::Sys(_, _, args)
            | Kind::Call(_, args)
            | Kind::Case(_, args)
            | Kind::Recur(_, args) => {
                let args = self.values(args);
                self.operation(tree, args)
            }
            Kind::Throw(of) | Kind::CaseGet(_, _, of) | Kind::Get(_, of) | Kind::Struct(_, of) => {
                let args = self.values(std::slice::from_ref(of));
                self.operation(tree, args)
            }
            Kind::Unit
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Bytes(_)
            | Kind::Var(_)
            | Kind::Stop(_)
            | Kind::StartDir(_)
            | Kind::StartPath(_)
            | Kind::Given(_) => self.leaf(tree),
        }
    }

    /// An expression without parts.
    fn leaf(&mut self, tree: &Tree) -> Value {
        let at = tree.at;
        match &tree.kind {
            Kind::Bool(b) => self.bool(*b, at),
            Kind::Int(bits) if tree.ty == Ty::Float => {
                let imm = Imm::Float(*bits as u64);
                self.b.inst(Op::Float, Vec::new(), imm, Type::Float, at)
            }
            Kind::Int(n) => self.int(*n, tree.ty.lower(), at),
            Kind::Bytes(bytes) => self.bytes(bytes, &tree.ty, at),
            Kind::Var(v) => {
                let value = self.b.read(*v);
                self.never(tree, value)
            }
            Kind::Stop(label) => {
                let place = self.labels[label].clone();
                self.leave_to(place.scope, at);
                self.b.jump(place.block, Vec::new(), at);
                self.b.nothing()
            }
            Kind::StartDir(path) => self.start_dir(path, at),
            Kind::StartPath(path) => self.start_path(path, at),
            Kind::Given(given) => self.given(given),
            _ => self.unit(at),
        }
    }

    /// A constant text, path or bytes.
    fn bytes(&mut self, bytes: &[u8], ty: &Ty, at: Span) -> Value {
        let id = self.constant(bytes);
        let (op, lowered) = match ty {
            Ty::Path => (Op::Path, Type::Path),
            _ => (Op::Str, Type::Str),
        };
        let text = self.b.inst(op, Vec::new(), Imm::Data(id), lowered, at);
        match ty {
            Ty::Bytes => self
                .b
                .inst(Op::BytesOf, vec![text], Imm::None, Type::Bytes, at),
            _ => text,
        }
    }

    /// An expression whose parts have these values.
    fn operation(&mut self, tree: &Tree, args: Vec<Value>) -> Value {
        let at = tree.at;
        let (op, imm) = match &tree.kind {
            // What is asked of a handle from a computed path is known when rights have been inferred.
            Kind::Op(Op::Permit, _) => (Op::Permit, Imm::Rights(Rights::NONE)),
            Kind::Op(op, _) => (*op, Imm::None),
            Kind::Get(field, _) => (Op::Get, Imm::Field(*field)),
            Kind::Struct(field, _) => (Op::StructGet, Imm::Field(*field)),
            Kind::Record(_) => (Op::Record, Imm::None),
            Kind::Case(case, _) => (Op::Case, Imm::Case(*case)),
            Kind::CaseGet(case, field, _) => (Op::CaseGet, Imm::CaseField(*case, *field)),
            Kind::Throw(_) => {
                if let Some(error) = args.first() {
                    self.b.end(End::Throw(*error), at);
                }
                return self.b.nothing();
            }
            Kind::Sys(sys, flags, _) => (Op::Sys, Imm::Sys(*sys, flags.to_vec())),
            Kind::Call(fun, _) => match self.ids.get(fun) {
                Some(id) => (Op::Call, Imm::Func(*id)),
                None => return self.b.nothing(),
            },
            Kind::Recur(label, _) => {
                self.recur(*label, args, at);
                return self.b.nothing();
            }
            _ => return self.b.nothing(),
        };
        let value = self.b.inst(op, args, imm, tree.ty.lower(), at);
        self.never(tree, value)
    }

    /// Ends the block where an expression is of no type: what a list that is empty for sure has in it.
    fn never(&mut self, tree: &Tree, value: Value) -> Value {
        let at = tree.at;
        if tree.ty != Ty::Never || !self.b.open() {
            return value;
        }
        let text = self.bytes(b"there is no such value", &Ty::Str, at);
        let error = self
            .b
            .inst(Op::ErrorNew, vec![text], Imm::None, Type::Error, at);
        self.b.end(End::Throw(error), at);
        self.b.nothing()
    }

    fn recur(&mut self, label: Label, values: Vec<Value>, at: Span) {
        let Place { block, scope, vars } = self.labels[&label].clone();
        if self.b.open() {
            for (var, value) in vars.iter().zip(values) {
                self.b.write(*var, value);
            }
            self.leave_to(scope, at);
            self.b.jump(block, Vec::new(), at);
        }
    }

    fn bool(&mut self, b: bool, at: Span) -> Value {
        let imm = Imm::Int(i64::from(b));
        self.b.inst(Op::Bool, Vec::new(), imm, Type::Bool, at)
    }

    fn set(&mut self, var: Var, value: &Tree, at: Span) -> Value {
        let value = self.value(value);
        if self.b.open() {
            self.b.write(var, value);
        }
        self.unit_if_open(at)
    }

    fn do_tree(&mut self, all: &[Tree], sink: Sink<'_, 'a>, at: Span) -> Value {
        let mut last = None;
        for t in all {
            last = Some(self.tree(t, sink));
        }
        match last {
            Some(v) => v,
            None => self.unit(at),
        }
    }

    fn unit_if_open(&mut self, at: Span) -> Value {
        if self.b.open() {
            self.unit(at)
        } else {
            self.b.nothing()
        }
    }

    fn let_tree(&mut self, vars: &[(Var, Tree)], body: &Tree, sink: Sink<'_, 'a>) -> Value {
        let held = self.holders.len();
        for (var, value) in vars {
            let value = self.value(value);
            if !self.b.open() {
                self.holders.truncate(held);
                return value;
            }
            if self.b.changes(*var) {
                self.b.write(*var, value);
                self.hold(*var);
            } else {
                self.b.bind(*var, value);
            }
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

    fn if_tree(&mut self, c: &Tree, t: &Tree, e: &Tree, whole: &Tree, sink: Sink<'_, 'a>) -> Value {
        let (then, other, join) = self.three_blocks();
        let result = self.result_param(join, whole);
        self.condition(c, then, other);
        for (block, tree) in [(then, t), (other, e)] {
            self.b.seal(block);
            self.b.go_if_reached(block);
            let v = self.tree(tree, sink);
            if self.b.open() {
                self.b.jump(join, vec![v], whole.at);
            }
        }
        self.b.seal(join);
        self.b.go_if_reached(join);
        result
    }

    fn three_blocks(&mut self) -> (BlockId, BlockId, BlockId) {
        let scope = self.b.scope();
        let mut block = || self.b.block(scope);
        (block(), block(), block())
    }

    /// A parameter for what is left of an expression when it has run: of a sequence nothing, its elements are gone.
    fn result_param(&mut self, block: BlockId, tree: &Tree) -> Value {
        let ty = match &tree.ty {
            Ty::Seq(_) => Type::Unit,
            other => other.lower(),
        };
        self.b.param(block, ty)
    }

    /// A condition as a value.
    fn truth(&mut self, c: &Tree, at: Span) -> Value {
        let (yes, no, join) = self.three_blocks();
        let result = self.b.param(join, Type::Bool);
        self.condition(c, yes, no);
        for (block, b) in [(yes, true), (no, false)] {
            self.b.seal(block);
            self.b.go_if_reached(block);
            if self.b.open() {
                let v = self.bool(b, at);
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
            Kind::All(all) | Kind::Any(all) => {
                let Some((last, before)) = all.split_last() else {
                    return;
                };
                for test in before {
                    let scope = self.b.scope();
                    let next = self.b.block(scope);
                    match c.kind {
                        Kind::All(_) => self.condition(test, next, other),
                        _ => self.condition(test, then, next),
                    }
                    self.b.seal(next);
                    self.b.go_if_reached(next);
                    if !self.b.open() {
                        return;
                    }
                }
                self.condition(last, then, other);
            }
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
        whole: &Tree,
        sink: Sink<'_, 'a>,
    ) -> Value {
        let at = whole.at;
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
        let result = self.result_param(exit, whole);
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
        let round = self.start_round(var, list, at);
        self.tree(body, sink);
        self.end_round(round, at);
    }

    /// Begins a loop over a list, and its round for one element.
    fn start_round(&mut self, var: Var, list: Value, at: Span) -> Round {
        let len = self.b.inst(Op::Len, vec![list], Imm::None, Type::Int, at);
        let (header, inside, exit) = self.three_blocks();
        let index = self.b.param(header, Type::Int);
        let zero = self.int(0, Type::Int, at);
        self.b.jump(header, vec![zero], at);
        self.b.go(header);
        let test = vec![index, len];
        let more = self.b.inst(Op::Lt, test, Imm::None, Type::Bool, at);
        self.b.branch(more, inside, exit, at);
        self.b.seal(inside);
        self.b.go(inside);
        let ty = self.b.type_of(var);
        let outer = self.enter(None, at);
        let element = self.b.inst(Op::At, vec![list, index], Imm::None, ty, at);
        self.b.bind(var, element);
        Round {
            header,
            exit,
            index,
            outer,
        }
    }

    fn end_round(&mut self, round: Round, at: Span) {
        let Round { header, exit, .. } = round;
        self.leave(round.outer, None, at);
        if self.b.open() {
            let one = self.int(1, Type::Int, at);
            let sum = vec![round.index, one];
            let next = self.b.inst(Op::Add, sum, Imm::None, Type::Int, at);
            self.b.jump(header, vec![next], at);
        }
        self.b.seal(header);
        self.b.seal(exit);
        self.b.go_if_reached(exit);
    }

    fn collect(&mut self, seq: &Tree, ty: &Ty, at: Span) -> Value {
        let held = self.holders.len();
        let builder = self.builder(ty, at);
        self.tree(seq, &mut |me, v| me.push(builder, v, at));
        self.holders.truncate(held);
        self.b
            .inst(Op::Freeze, vec![builder], Imm::None, ty.lower(), at)
    }

    /// A builder for a list of that type, and for the handles in it.
    fn builder(&mut self, list: &Ty, at: Span) -> Value {
        let element = list.element().map_or(Type::Unit, |t| t.lower());
        if element.may_own_handle() {
            self.holders.push(Holder::Aggregate);
        }
        let ty = Type::Builder(element.into());
        self.b.inst(Op::Builder, Vec::new(), Imm::None, ty, at)
    }

    fn push(&mut self, builder: Value, element: Value, at: Span) {
        let args = vec![builder, element];
        self.b.inst(Op::Push, args, Imm::None, Type::Unit, at);
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
        let entered = self.enter(Some(handler), at);
        let v = self.value(body);
        let open = self.b.open();
        self.leave(entered, open.then_some(v), at);
        self.caught(v, handler, join, ty.lower(), at)
    }

    /// Joins the value of a `try` with its error.
    fn caught(&mut self, v: Value, handler: BlockId, join: BlockId, ty: Type, at: Span) -> Value {
        let error = self.b.param(handler, Type::Error);
        let result = self.b.param(join, ty.clone());
        if self.b.open() {
            let ok = self.b.inst(Op::Ok, vec![v], Imm::None, ty.clone(), at);
            self.b.jump(join, vec![ok], at);
        }
        self.b.seal(handler);
        self.b.go(handler);
        let err = self.b.inst(Op::Err, vec![error], Imm::None, ty, at);
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

    fn given(&mut self, given: &Given) -> Value {
        if let Some(v) = self.given.get(given) {
            return *v;
        }
        let path = || Arc::new(Type::Path);
        let v = match given {
            Given::Args => self.param("args", Type::List(path()), Bind::Args),
            Given::Environment => self.param("env", Type::Map(path(), path()), Bind::Environment),
            Given::Variable(name) => {
                let id = self.constant(name.as_bytes());
                self.param(name, Type::Option(path()), Bind::Variable(id))
            }
        };
        self.given.insert(given.clone(), v);
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

/// A loop over a list, in the round for one element.
struct Round {
    header: BlockId,
    exit: BlockId,
    index: Value,
    outer: Entered,
}

/// A scope that has been entered.
struct Entered {
    parent: ScopeId,
}

fn no_sink(_: &mut Lower<'_>, _: Value) {
    debug_assert!(false, "an element is emitted where nobody consumes it");
}
