//! From the verified IR to the interpreter's code.

use super::code::{BlockCode, Code, Func, Handler, Ins, NO_INST, Pc, Reg, Site, TurnSite};
use super::moves;
use crate::collect::Turns;
use crate::entity::Entity;
use crate::layout::{Frame, Layout, int_word};
use crate::library::Sites;
use crate::module::{
    Block, BlockId, End, FuncId, Function, Imm, Inst, Keep, Module, ScopeId, Target, Value,
};
use crate::ops::Op;
use crate::verify::Verified;
use std::sync::Arc;

/// Decodes a module.
pub fn decode(program: &Verified) -> Code {
    let module = program.module();
    let layout = Layout::of(module);
    let mut code = Code {
        module: module.clone(),
        code: Vec::new(),
        pool: Vec::new(),
        funcs: Vec::new(),
        calls: Vec::new(),
        syscalls: Vec::new(),
        fields: Vec::new(),
        library: Vec::new(),
        turns: Vec::new(),
        turn_rows: Turns::of(module),
        library_ops: Sites::of(module),
        blocks: Vec::new(),
        sites: Vec::new(),
    };
    for id in module.funcs.keys() {
        let func = Decoder::new(&mut code, module, &layout, id).function();
        code.funcs.push(func);
    }
    code
}

/// How far from the end of a block a result is written straight to the block parameter it becomes.
const NEAR: usize = 32;

/// Decodes one function.
pub(super) struct Decoder<'a> {
    pub(super) out: &'a mut Code,
    pub(super) module: &'a Arc<Module>,
    layout: &'a Layout,
    frame: &'a Frame,
    pub(super) id: FuncId,
    pub(super) func: &'a Function,
    order: Vec<BlockId>,
    /// The number of each block in `order`; of one that is not reached, its own is beyond them all.
    rank: Vec<u32>,
    /// The first register of each value.
    pub(super) regs: Vec<Reg>,
    /// How often each value is used.
    uses: Vec<u32>,
    consts: Vec<u64>,
    consts_at: Reg,
    size: u32,
    /// Where the mark of each scope is.
    marks: Vec<Reg>,
    spare: Reg,
    starts: Vec<Pc>,
    /// Jumps whose target is still the number of a block.
    jumps: Vec<(Pc, BlockId)>,
    /// Turns whose target is not known yet.
    turns: Vec<(usize, BlockId)>,
    /// Where the function's scratch buffers are.
    pub(super) frame_at: Reg,
    /// Where the result of the instruction at hand should go.
    pub(super) wanted: Option<Reg>,
}

impl<'a> Decoder<'a> {
    fn new(out: &'a mut Code, module: &'a Arc<Module>, layout: &'a Layout, id: FuncId) -> Self {
        let func = &module.funcs[id];
        let order = func.reverse_postorder();
        let mut rank = vec![u32::MAX; func.blocks.len()];
        for (n, block) in order.iter().enumerate() {
            rank[block.index()] = n as u32;
        }
        Decoder {
            out,
            module,
            layout,
            frame: &layout.frames[id],
            id,
            func,
            order,
            rank,
            regs: vec![0; func.values.len()],
            uses: vec![0; func.values.len()],
            consts: Vec::new(),
            consts_at: 0,
            size: 0,
            marks: Vec::new(),
            spare: 0,
            starts: vec![0; func.blocks.len()],
            jumps: Vec::new(),
            turns: Vec::new(),
            frame_at: 0,
            wanted: None,
        }
    }

    fn function(mut self) -> Func {
        let order = std::mem::take(&mut self.order);
        let params = self.registers(&order);
        let start = self.out.code.len() as Pc;
        let first = self.out.blocks.len();
        self.site(BlockId(0), NO_INST);
        self.block_code(start, ScopeId(0));
        self.scratch();
        for (n, block) in order.iter().enumerate() {
            self.block(*block, order.get(n + 1).copied());
        }
        self.patch(first);
        Func {
            start,
            size: self.size,
            consts_at: self.consts_at,
            consts: self.consts,
            params,
            regs: self.regs,
        }
    }

    /// Gives registers to parameters, constants, marks and block parameters, in that order, and counts uses. Gives
    /// the words of the function's parameters.
    fn registers(&mut self, order: &[BlockId]) -> u32 {
        let func = self.func;
        for value in func.param_values() {
            self.fresh(*value);
        }
        let params = self.size;
        self.consts_at = params;
        for block in order.iter().map(|b| &func.blocks[*b]) {
            for inst in &block.insts {
                inst.args.iter().for_each(|v| self.uses[v.index()] += 1);
                match (inst.op, &inst.imm) {
                    (Op::Bool | Op::Int | Op::Float, imm) => {
                        self.regs[inst.result.index()] = self.constant(int_word(imm));
                    }
                    (Op::Str | Op::Path, Imm::Data(id)) => {
                        let at = self.constant(self.layout.data[*id]);
                        self.constant(self.module.data[*id].len() as u64);
                        self.regs[inst.result.index()] = at;
                    }
                    _ => {}
                }
            }
            block.end.each_use(|v| self.uses[v.index()] += 1);
        }
        if self.frame.size > 0 {
            self.constant(self.frame.size);
            for at in self.frame.scratch.values() {
                self.constant(*at);
            }
        }
        self.spare = self.word();
        self.marks = func.scopes.keys().map(|_| 0).collect();
        for mark in 0..self.marks.len() {
            self.marks[mark] = self.word();
        }
        for block in order.iter().filter(|b| b.0 != 0) {
            for value in &func.blocks[*block].params {
                self.fresh(*value);
            }
        }
        params
    }

    fn constant(&mut self, word: u64) -> Reg {
        self.consts.push(word);
        self.word()
    }

    fn word(&mut self) -> Reg {
        self.size += 1;
        self.size - 1
    }

    /// Registers for a value; one without words gets the spare one, so that writing it hurts nobody.
    pub(super) fn fresh(&mut self, value: Value) -> Reg {
        let width = self.width(value);
        let reg = if width == 0 { self.spare } else { self.size };
        self.size += width;
        self.regs[value.index()] = reg;
        reg
    }

    pub(super) fn reg(&self, value: Value) -> Reg {
        self.regs[value.index()]
    }

    pub(super) fn width(&self, value: Value) -> u32 {
        self.func.values[value].width() as u32
    }

    /// The registers of all words of these values.
    pub(super) fn words<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> Vec<Reg> {
        let each = |v: &Value| self.reg(*v)..self.reg(*v) + self.width(*v);
        values.into_iter().flat_map(each).collect()
    }

    pub(super) fn pool(&mut self, regs: &[Reg]) -> u32 {
        self.out.pool.extend_from_slice(regs);
        (self.out.pool.len() - regs.len()) as u32
    }

    pub(super) fn emit(&mut self, ins: Ins) -> Pc {
        self.out.code.push(ins);
        self.out.code.len() as Pc - 1
    }

    fn here(&self) -> Pc {
        self.out.code.len() as Pc
    }

    fn site(&mut self, block: BlockId, inst: u32) {
        self.out.sites.push(Site {
            start: self.here(),
            func: self.id,
            block,
            inst,
        });
    }

    /// Says that the code from `start` on is of a block in `scope`. The handler's place is filled in at the end.
    fn block_code(&mut self, start: Pc, scope: ScopeId) {
        let mut at = Some(scope);
        let mut handler = None;
        while let (Some(scope), None) = (at, handler) {
            let row = &self.func.scopes[scope];
            handler = row.handler.map(|block| Handler {
                pc: block.0,
                mark: self.marks[scope.index()],
                error: self.func.blocks[block]
                    .params
                    .first()
                    .map_or(self.spare, |v| self.reg(*v)),
            });
            at = row.parent;
        }
        self.out.blocks.push(BlockCode { start, handler });
    }

    /// The scratch buffers: allocated once, their addresses known ever after.
    fn scratch(&mut self) {
        let frame = self.frame;
        if frame.size == 0 {
            return;
        }
        let size = self.consts_at + (self.consts.len() - frame.scratch.len() - 1) as Reg;
        let to = self.word();
        self.frame_at = to;
        self.emit(Ins::Frame { to, size });
        for (offset, value) in (size + 1..).zip(frame.scratch.keys()) {
            let buf = self.fresh(*value);
            self.emit(Ins::Scratch {
                to: buf,
                frame: to,
                offset,
            });
        }
    }

    fn block(&mut self, id: BlockId, next: Option<BlockId>) {
        let block = &self.func.blocks[id];
        let start = self.here();
        self.starts[id.index()] = start;
        self.block_code(start, block.scope);
        for (n, inst) in block.insts.iter().enumerate() {
            self.site(id, n as u32);
            if !self.joins_branch(inst, &block.end) {
                self.wanted = self.wanted_at(block, n);
                self.inst(inst);
            }
        }
        self.site(id, NO_INST);
        self.end(id, next);
    }

    /// The register of the block parameter that the result of instruction `n` becomes when the block ends, if it may
    /// be written there and then: nobody reads the parameter after this. (A handler cannot: what it uses dominates the
    /// `enter`, and the parameter is of a block within the scope, as a jump stays in its scope.)
    fn wanted_at(&self, block: &Block, n: usize) -> Option<Reg> {
        let (End::Jump(target) | End::Turn(_, target, _)) = &block.end else {
            return None;
        };
        let (result, rest) = (block.insts[n].result, &block.insts[n + 1..]);
        if rest.len() > NEAR || self.uses[result.index()] != 1 || self.width(result) != 1 {
            return None;
        }
        let at = target.args.iter().position(|v| *v == result)?;
        let reg = self.reg(self.func.blocks[target.block].params[at]);
        let reads = |v: &Value| (self.reg(*v)..self.reg(*v) + self.width(*v)).contains(&reg);
        let read = rest.iter().flat_map(|i| &i.args).any(reads) || target.args.iter().any(reads);
        (!read).then_some(reg)
    }

    /// Whether the instruction is only there for the branch after it, which does it too.
    fn joins_branch(&self, inst: &Inst, end: &End) -> bool {
        matches!(
            inst.op,
            Op::Eq | Op::Lt | Op::Le | Op::Not | Op::FEq | Op::FLt | Op::FLe
        ) && matches!(end, End::Branch(v, ..) if *v == inst.result)
            && self.uses[inst.result.index()] == 1
    }

    fn end(&mut self, id: BlockId, next: Option<BlockId>) {
        let block = &self.func.blocks[id];
        match &block.end {
            End::Jump(target) => self.edge(id, target, next),
            End::Turn(region, target, roots) => self.turn(id, *region, target, roots),
            End::Branch(condition, then, other) => {
                let joined = block.insts.iter().rev().find(|i| i.result == *condition);
                let joined = joined.filter(|i| self.joins_branch(i, &block.end));
                let branch = self.branch(*condition, joined);
                self.edge(id, then, None);
                let after = self.here();
                set_target(&mut self.out.code[branch as usize], after);
                self.edge(id, other, next);
            }
            End::Return(value) => {
                self.emit(Ins::Return {
                    from: self.reg(*value),
                    width: self.width(*value),
                });
            }
            End::Throw(error) => {
                self.emit(Ins::Throw {
                    error: self.reg(*error),
                });
            }
            End::Enter(scope, target) => {
                self.emit(Ins::Enter {
                    mark: self.marks[scope.index()],
                });
                self.edge(id, target, next);
            }
            End::Leave(scope, keep, target) => {
                if let Keep::Only(kept) = keep {
                    let regs = self.words(kept);
                    let ins = Ins::Leave {
                        mark: self.marks[scope.index()],
                        pool: self.pool(&regs),
                        count: regs.len() as u32,
                    };
                    self.emit(ins);
                }
                self.edge(id, target, next);
            }
        }
    }

    /// A jump, to be aimed, for when the condition does not hold.
    fn branch(&mut self, condition: Value, joined: Option<&Inst>) -> Pc {
        let pc = 0;
        let arg = |n: usize| joined.map_or(0, |i| self.reg(i.args[n]));
        let ins = match joined.map(|i| i.op) {
            Some(Op::Eq) => Ins::UnlessEq {
                a: arg(0),
                b: arg(1),
                pc,
            },
            Some(Op::Lt) => Ins::UnlessLt {
                a: arg(0),
                b: arg(1),
                pc,
            },
            Some(Op::Le) => Ins::UnlessLe {
                a: arg(0),
                b: arg(1),
                pc,
            },
            Some(Op::FEq) => Ins::UnlessFEq {
                a: arg(0),
                b: arg(1),
                pc,
            },
            Some(Op::FLt) => Ins::UnlessFLt {
                a: arg(0),
                b: arg(1),
                pc,
            },
            Some(Op::FLe) => Ins::UnlessFLe {
                a: arg(0),
                b: arg(1),
                pc,
            },
            Some(Op::Not) => Ins::If { a: arg(0), pc },
            _ => Ins::Unless {
                a: self.reg(condition),
                pc,
            },
        };
        self.emit(ins)
    }

    fn moves(&mut self, pairs: &[(Reg, Reg)]) {
        for (to, from) in moves::sequence(pairs, self.spare) {
            self.emit(Ins::Move { to, from });
        }
    }

    /// Passes the arguments; then what they and the roots do not reach may be given back. A root is from outside the
    /// loop, or else nobody looks at it any more: so it does not matter that it may be a parameter that was just passed.
    fn turn(&mut self, from: BlockId, region: Value, target: &Target, roots: &[Value]) {
        let params = &self.func.blocks[target.block].params;
        let mut pairs = Vec::new();
        for (param, arg) in params.iter().zip(&target.args) {
            let (to, from) = (self.reg(*param), self.reg(*arg));
            pairs.extend((0..self.width(*param)).map(|n| (to + n, from + n)));
        }
        self.moves(&pairs);
        let turns = &self.out.turn_rows;
        let number = turns.number(self.id, from).unwrap_or(u32::MAX);
        let kept = turns.get(number).map_or(&[][..], |turn| turn.args());
        let kept = kept.iter().filter_map(|n| params.get(*n));
        let regs = self.words(kept.chain(roots));
        let site = TurnSite {
            number,
            region: self.reg(region),
            words: (self.pool(&regs), regs.len() as u32),
            pc: 0,
        };
        self.turns.push((self.out.turns.len(), target.block));
        self.out.turns.push(site);
        let site = self.out.turns.len() as u32 - 1;
        self.emit(Ins::Turn { site });
    }

    /// Passes the target's arguments and goes there; `next` is the block whose code follows.
    fn edge(&mut self, from: BlockId, target: &Target, next: Option<BlockId>) {
        let to = target.block;
        let mut pairs = Vec::new();
        for (param, arg) in self.func.blocks[to].params.iter().zip(&target.args) {
            let (to, from) = (self.reg(*param), self.reg(*arg));
            pairs.extend((0..self.width(*param)).map(|n| (to + n, from + n)));
        }
        self.moves(&pairs);
        let back = self.rank[to.index()] <= self.rank[from.index()];
        let jump = match (back, next == Some(to)) {
            (true, _) => self.emit(Ins::Back { pc: 0 }),
            (false, false) => self.emit(Ins::Jump { pc: 0 }),
            (false, true) => return,
        };
        self.jumps.push((jump, to));
    }

    /// Aims jumps and handlers, now that every block has its place.
    fn patch(&mut self, first: usize) {
        for (site, block) in std::mem::take(&mut self.turns) {
            self.out.turns[site].pc = self.starts[block.index()];
        }
        for (pc, block) in std::mem::take(&mut self.jumps) {
            set_target(&mut self.out.code[pc as usize], self.starts[block.index()]);
        }
        for block in &mut self.out.blocks[first..] {
            if let Some(handler) = &mut block.handler {
                handler.pc = self.starts[handler.pc as usize];
            }
        }
    }
}

fn set_target(ins: &mut Ins, target: Pc) {
    match ins {
        Ins::Jump { pc } | Ins::Back { pc } | Ins::Unless { pc, .. } | Ins::If { pc, .. } => {
            *pc = target;
        }
        Ins::UnlessEq { pc, .. } | Ins::UnlessLt { pc, .. } | Ins::UnlessLe { pc, .. } => {
            *pc = target;
        }
        Ins::UnlessFEq { pc, .. } | Ins::UnlessFLt { pc, .. } | Ins::UnlessFLe { pc, .. } => {
            *pc = target;
        }
        _ => {}
    }
}
