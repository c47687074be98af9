//! Building a function in SSA form, block by block.
//!
//! A variable that changes is read from the block it is read in, or from its predecessors; where these differ, or are
//! not all known yet, the block gets a parameter for it.

use crate::tree::Var;
use crate::ty::Ty;
use sawmill_ir::entity::Table;
use sawmill_ir::module::{
    Block, BlockId, End, Function, Imm, Inst, Scope, ScopeId, Span, Target, Value,
};
use sawmill_ir::ops::Op;
use sawmill_ir::ty::Type;
use std::collections::{HashMap, HashSet, VecDeque};

pub(super) struct Builder<'a> {
    pub(super) f: Function,
    vars: &'a Table<Var, Ty>,
    changing: HashSet<Var>,
    /// Where instructions go; none after a block has ended.
    here: Option<BlockId>,
    bound: HashMap<Var, Value>,
    written: HashMap<(Var, BlockId), Value>,
    predecessors: HashMap<BlockId, Vec<BlockId>>,
    sealed: HashSet<BlockId>,
    /// Variables with a parameter that waits for a block's last predecessor.
    waiting: HashMap<BlockId, Vec<Var>>,
    /// Variables with a parameter that waits for its arguments, the oldest first.
    pending: VecDeque<(Var, BlockId)>,
    /// The scopes that are open, with how many holders lie outside each.
    pub(super) held: Vec<(ScopeId, usize)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(vars: &'a Table<Var, Ty>, changing: HashSet<Var>) -> Builder<'a> {
        let mut b = Builder {
            f: Function::default(),
            vars,
            changing,
            here: None,
            bound: HashMap::new(),
            written: HashMap::new(),
            predecessors: HashMap::new(),
            sealed: HashSet::new(),
            waiting: HashMap::new(),
            pending: VecDeque::new(),
            held: Vec::new(),
        };
        let scope = b.f.scopes.push(Scope {
            parent: None,
            handler: None,
        });
        let start = b.block(scope);
        b.seal(start);
        b.go(start);
        b
    }

    /// A new block that nothing leads to yet.
    pub(super) fn block(&mut self, scope: ScopeId) -> BlockId {
        let end = End::Jump(Target::to(BlockId(0)));
        self.f.blocks.push(Block {
            scope,
            params: Vec::new(),
            insts: Vec::new(),
            end,
            end_at: Span::default(),
        })
    }

    pub(super) fn param(&mut self, block: BlockId, ty: Type) -> Value {
        let value = self.f.values.push(ty);
        self.f.blocks[block].params.push(value);
        value
    }

    /// Whether instructions can go somewhere.
    pub(super) fn open(&self) -> bool {
        self.here.is_some()
    }

    /// Goes on in a block.
    pub(super) fn go(&mut self, block: BlockId) {
        self.here = Some(block);
    }

    /// Goes on in a block, unless nothing leads there.
    pub(super) fn go_if_reached(&mut self, block: BlockId) {
        let reached = self.predecessors.get(&block).is_some_and(|p| !p.is_empty());
        self.here = reached.then_some(block);
    }

    /// The scope of the current block; the function's own if there is none.
    pub(super) fn scope(&self) -> ScopeId {
        self.here.map_or(ScopeId(0), |b| self.f.blocks[b].scope)
    }

    /// A value for code that is never reached.
    pub(super) fn nothing(&mut self) -> Value {
        Value(u32::MAX)
    }

    pub(super) fn inst(&mut self, op: Op, args: Vec<Value>, imm: Imm, ty: Type, at: Span) -> Value {
        let Some(here) = self.here else {
            return self.nothing();
        };
        let result = self.f.values.push(ty);
        self.f.blocks[here].insts.push(Inst {
            op,
            args,
            imm,
            result,
            at,
        });
        result
    }

    /// Ends the current block.
    pub(super) fn end(&mut self, end: End, at: Span) {
        let Some(here) = self.here.take() else { return };
        let next: Vec<BlockId> = end.targets().map(|t| t.block).collect();
        self.f.blocks[here].end = end;
        self.f.blocks[here].end_at = at;
        for block in next {
            self.predecessors.entry(block).or_default().push(here);
        }
    }

    pub(super) fn jump(&mut self, block: BlockId, args: Vec<Value>, at: Span) {
        self.end(End::Jump(Target { block, args }), at);
    }

    pub(super) fn branch(&mut self, c: Value, then: BlockId, other: BlockId, at: Span) {
        self.end(End::Branch(c, Target::to(then), Target::to(other)), at);
    }

    pub(super) fn enter(
        &mut self,
        scope: ScopeId,
        body: BlockId,
        handler: Option<BlockId>,
        at: Span,
    ) {
        let here = self.here;
        self.end(End::Enter(scope, Target::to(body)), at);
        if let (Some(handler), Some(here)) = (handler, here) {
            self.predecessors.entry(handler).or_default().push(here);
        }
    }

    pub(super) fn changes(&self, var: Var) -> bool {
        self.changing.contains(&var)
    }

    pub(super) fn type_of(&self, var: Var) -> Type {
        self.vars[var].lower()
    }

    /// A variable that does not change gets its value.
    pub(super) fn bind(&mut self, var: Var, value: Value) {
        if self.changes(var) {
            self.write(var, value);
        } else {
            self.bound.insert(var, value);
        }
    }

    pub(super) fn write(&mut self, var: Var, value: Value) {
        if let Some(here) = self.here {
            self.written.insert((var, here), value);
        }
    }

    pub(super) fn read(&mut self, var: Var) -> Value {
        match (self.bound.get(&var), self.here) {
            (Some(v), _) => *v,
            (None, Some(here)) => {
                let value = self.read_in(var, here);
                self.pass_pending();
                value
            }
            (None, None) => self.nothing(),
        }
    }

    /// The value of a variable at the end of `block`: walks up chains of single predecessors. Where paths meet the block
    /// gets a parameter, and [`Builder::pass_pending`] its arguments; so a loop finds the parameter, and nothing recurs.
    fn read_in(&mut self, var: Var, block: BlockId) -> Value {
        let mut passed = Vec::new();
        let mut at = block;
        let value = loop {
            if let Some(v) = self.written.get(&(var, at)) {
                break *v;
            }
            let before = self.predecessors.get(&at).cloned().unwrap_or_default();
            if !self.sealed.contains(&at) {
                let v = self.param(at, self.vars[var].lower());
                self.waiting.entry(at).or_default().push(var);
                break v;
            }
            match before[..] {
                [] => break self.nothing(),
                [one] => {
                    passed.push(at);
                    at = one;
                }
                _ => {
                    let v = self.param(at, self.vars[var].lower());
                    self.pending.push_back((var, at));
                    break v;
                }
            }
        };
        self.written.insert((var, at), value);
        for block in passed {
            self.written.insert((var, block), value);
        }
        value
    }

    /// Gives the parameters that wait for it their values from every predecessor.
    fn pass_pending(&mut self) {
        while let Some((var, block)) = self.pending.pop_front() {
            for from in self.predecessors.get(&block).cloned().unwrap_or_default() {
                let value = self.read_in(var, from);
                for target in self.f.blocks[from]
                    .end
                    .targets_mut()
                    .filter(|t| t.block == block)
                {
                    target.args.push(value);
                }
            }
        }
    }

    /// Says that all predecessors of a block are known.
    pub(super) fn seal(&mut self, block: BlockId) {
        self.sealed.insert(block);
        let waiting = self.waiting.remove(&block).unwrap_or_default();
        self.pending
            .extend(waiting.into_iter().map(|var| (var, block)));
        self.pass_pending();
    }

    /// The function, without the blocks that nothing leads to.
    pub(super) fn finish(self) -> Function {
        let mut f = self.f;
        let order = f.reverse_postorder();
        let mut renumbered = HashMap::new();
        let mut blocks = Table::new();
        for old in order {
            let new = blocks.push(f.blocks[old].clone());
            renumbered.insert(old, new);
        }
        for block in blocks.values_mut() {
            block
                .end
                .targets_mut()
                .for_each(|t| t.block = renumbered[&t.block]);
        }
        for scope in f.scopes.values_mut() {
            scope.handler = scope.handler.and_then(|h| renumbered.get(&h).copied());
        }
        f.blocks = blocks;
        f
    }
}
