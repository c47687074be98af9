//! From the verified IR to the interpreter's code.

use super::code::{
    BlockCode, CallSite, Code, Func, Handler, Ins, NO_INST, Pc, Reg, Site, Source, SysSite,
};
use super::moves;
use crate::Arch;
use crate::entity::Entity;
use crate::flags::Flags;
use crate::layout::{DOT_AT, EMPTY_AT, Frame, HOW_SIZE, Layout};
use crate::module::{
    BlockId, End, FuncId, Function, Imm, Inst, Keep, Module, ScopeId, Target, Value,
};
use crate::ops::Op;
use crate::structs::Shape;
use crate::syscalls::{Arg, Sys};
use crate::ty::{Buf, Type};
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
        blocks: Vec::new(),
        sites: Vec::new(),
    };
    for id in module.funcs.keys() {
        let func = Decoder::new(&mut code, module, &layout, id).function();
        code.funcs.push(func);
    }
    code
}

/// Decodes one function.
struct Decoder<'a> {
    out: &'a mut Code,
    module: &'a Arc<Module>,
    layout: &'a Layout,
    frame: &'a Frame,
    id: FuncId,
    func: &'a Function,
    order: Vec<BlockId>,
    /// The number of each block in `order`; of one that is not reached, its own is beyond them all.
    rank: Vec<u32>,
    /// The first register of each value.
    regs: Vec<Reg>,
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
                    (Op::Bool | Op::Int, Imm::Int(n)) => {
                        self.regs[inst.result.index()] = self.constant(*n as u64);
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
    fn fresh(&mut self, value: Value) -> Reg {
        let width = self.width(value);
        let reg = if width == 0 { self.spare } else { self.size };
        self.size += width;
        self.regs[value.index()] = reg;
        reg
    }

    fn reg(&self, value: Value) -> Reg {
        self.regs[value.index()]
    }

    fn width(&self, value: Value) -> u32 {
        self.func.values[value].width() as u32
    }

    /// The registers of all words of these values.
    fn words<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> Vec<Reg> {
        let each = |v: &Value| self.reg(*v)..self.reg(*v) + self.width(*v);
        values.into_iter().flat_map(each).collect()
    }

    fn pool(&mut self, regs: &[Reg]) -> u32 {
        self.out.pool.extend_from_slice(regs);
        (self.out.pool.len() - regs.len()) as u32
    }

    fn emit(&mut self, ins: Ins) -> Pc {
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
                self.inst(inst);
            }
        }
        self.site(id, NO_INST);
        self.end(id, next);
    }

    /// Whether the instruction is only there for the branch after it, which does it too.
    fn joins_branch(&self, inst: &Inst, end: &End) -> bool {
        matches!(inst.op, Op::Eq | Op::Lt | Op::Le | Op::Not)
            && matches!(end, End::Branch(v, ..) if *v == inst.result)
            && self.uses[inst.result.index()] == 1
    }

    fn end(&mut self, id: BlockId, next: Option<BlockId>) {
        let block = &self.func.blocks[id];
        match &block.end {
            End::Jump(target) => self.edge(id, target, next),
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
            Some(Op::Not) => Ins::If { a: arg(0), pc },
            _ => Ins::Unless {
                a: self.reg(condition),
                pc,
            },
        };
        self.emit(ins)
    }

    /// Passes the target's arguments and goes there; `next` is the block whose code follows.
    fn edge(&mut self, from: BlockId, target: &Target, next: Option<BlockId>) {
        let to = target.block;
        let mut pairs = Vec::new();
        for (param, arg) in self.func.blocks[to].params.iter().zip(&target.args) {
            let (to, from) = (self.reg(*param), self.reg(*arg));
            pairs.extend((0..self.width(*param)).map(|n| (to + n, from + n)));
        }
        for (to, from) in moves::sequence(&pairs, self.spare) {
            self.emit(Ins::Move { to, from });
        }
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
        for (pc, block) in std::mem::take(&mut self.jumps) {
            set_target(&mut self.out.code[pc as usize], self.starts[block.index()]);
        }
        for block in &mut self.out.blocks[first..] {
            if let Some(handler) = &mut block.handler {
                handler.pc = self.starts[handler.pc as usize];
            }
        }
    }

    /// Makes a value stand for words of another: its registers are those, from word `n` on.
    fn alias(&mut self, inst: &Inst, n: Reg) {
        self.regs[inst.result.index()] = self.reg(inst.args[0]) + n;
    }

    fn inst(&mut self, inst: &Inst) {
        let arg = |n: usize| inst.args.get(n).map_or(0, |v| self.regs[v.index()]);
        let (a, b, c) = (arg(0), arg(1), arg(2));
        match inst.op {
            Op::Unit | Op::Bool | Op::Int | Op::Str | Op::Path | Op::Scratch => return,
            Op::Retype | Op::PathOfName | Op::Freeze | Op::RootDir => return self.alias(inst, 0),
            Op::RootPath => return self.alias(inst, 1),
            Op::OkValue => {
                self.emit(Ins::CheckOk { a });
                return self.alias(inst, 1);
            }
            Op::ErrValue => {
                self.emit(Ins::CheckErr { a });
                return self.alias(inst, 1);
            }
            Op::Permit => {
                let rights = match inst.imm {
                    Imm::Rights(rights) => rights.bits(),
                    _ => 0,
                };
                self.emit(match self.func.values[inst.args[0]] {
                    Type::Entry(_) => Ins::PermitEntry { entry: a, rights },
                    _ => Ins::Permit { handle: a, rights },
                });
                return self.alias(inst, 0);
            }
            _ => {}
        }
        let to = self.fresh(inst.result);
        let ins = match inst.op {
            Op::Add => Ins::Add { to, a, b },
            Op::Sub => Ins::Sub { to, a, b },
            Op::Mul => Ins::Mul { to, a, b },
            Op::Quot => Ins::Quot { to, a, b },
            Op::Eq => Ins::Eq { to, a, b },
            Op::Lt => Ins::Lt { to, a, b },
            Op::Le => Ins::Le { to, a, b },
            Op::Not => Ins::Not { to, a },
            Op::TimeEq => Ins::TimeEq { to, a, b },
            Op::TimeLt => Ins::TimeLt { to, a, b },
            Op::TimeLe => Ins::TimeLe { to, a, b },
            Op::BytesEq => Ins::BytesEq { to, a, b },
            Op::PathOfStr => Ins::PathOfStr { to, a },
            Op::ModeType => Ins::ModeType { to, a },
            Op::FileTypeOf => Ins::FileTypeOf { to, a },
            Op::IsOk => Ins::IsOk { to, a },
            Op::Ok | Op::Err => return self.result(inst, to),
            Op::Record | Op::Entry => self.object(inst, to),
            Op::Get => return self.get(inst, to, a),
            Op::EntryDir => Ins::Load {
                to,
                object: a,
                offset: 0,
            },
            Op::EntryName => Ins::Load2 {
                to,
                object: a,
                offset: 8,
            },
            Op::EntryIno => Ins::Load {
                to,
                object: a,
                offset: 24,
            },
            Op::EntryType => Ins::Load {
                to,
                object: a,
                offset: 32,
            },
            Op::Builder => Ins::Builder { to },
            Op::Push => Ins::Push {
                list: a,
                from: b,
                width: self.width(inst.args[1]),
            },
            Op::Len => Ins::Len { to, list: a },
            Op::At => Ins::At {
                to,
                list: a,
                index: b,
                width: self.width(inst.result),
            },
            Op::Yield => Ins::Yield {
                from: a,
                width: self.width(inst.args[0]),
            },
            Op::CloseDir | Op::CloseListing | Op::CloseFile => Ins::Close { handle: a },
            Op::Resolve => Ins::Resolve { to, path: a },
            Op::BufU8 => Ins::U8 {
                to,
                buf: a,
                at: b,
                size: self.buf_size(inst),
            },
            Op::BufU16 => Ins::U16 {
                to,
                buf: a,
                at: b,
                size: self.buf_size(inst),
            },
            Op::BufU64 => Ins::U64 {
                to,
                buf: a,
                at: b,
                size: self.buf_size(inst),
            },
            Op::NameCopy | Op::NameView => {
                let operands = [a, b, c, self.buf_size(inst)];
                let pool = self.pool(&operands);
                match inst.op {
                    Op::NameCopy => Ins::NameCopy { to, pool },
                    _ => Ins::NameView { to, pool },
                }
            }
            Op::StructGet => self.field(inst, to, a),
            Op::Sys => self.syscall(inst, to),
            Op::Call => self.call(inst, to),
            Op::Unit | Op::Bool | Op::Int | Op::Str | Op::Path | Op::Scratch => return,
            Op::Retype | Op::PathOfName | Op::Freeze | Op::RootDir | Op::RootPath => return,
            Op::OkValue | Op::ErrValue | Op::Permit => return,
        };
        self.emit(ins);
    }

    /// The tag, the payload, and zeros up to the result's width.
    fn result(&mut self, inst: &Inst, to: Reg) {
        self.emit(Ins::Known {
            to,
            word: u32::from(inst.op == Op::Err),
        });
        let from = self.reg(inst.args[0]);
        let count = self.width(inst.args[0]);
        for n in 0..count {
            self.emit(Ins::Move {
                to: to + 1 + n,
                from: from + n,
            });
        }
        for n in 1 + count..self.width(inst.result) {
            self.emit(Ins::Known {
                to: to + n,
                word: 0,
            });
        }
    }

    fn object(&mut self, inst: &Inst, to: Reg) -> Ins {
        let regs = self.words(&inst.args);
        Ins::Object {
            to,
            pool: self.pool(&regs),
            count: regs.len() as u32,
        }
    }

    fn get(&mut self, inst: &Inst, to: Reg, object: Reg) {
        let (Type::Record(record), Imm::Field(field)) =
            (&self.func.values[inst.args[0]], &inst.imm)
        else {
            return;
        };
        let word = record.word(*field) as u32;
        let width = self.width(inst.result);
        for n in (0..width).step_by(2) {
            let (to, offset) = (to + n, (word + n) * 8);
            self.emit(match width - n {
                1 => Ins::Load { to, object, offset },
                _ => Ins::Load2 { to, object, offset },
            });
        }
    }

    fn buf_size(&self, inst: &Inst) -> u32 {
        match self.func.values[inst.args[0]] {
            Type::Buf(buf) => buf.size(),
            _ => 0,
        }
    }

    fn field(&self, inst: &Inst, to: Reg, buf: Reg) -> Ins {
        let (Type::Buf(Buf::Struct(id)), Imm::Field(field)) =
            (&self.func.values[inst.args[0]], &inst.imm)
        else {
            return Ins::Known { to, word: 0 };
        };
        let field = &id.row().fields[*field as usize];
        let offset = field.offset;
        match field.shape {
            Shape::U16 => Ins::Field16 { to, buf, offset },
            Shape::U32 => Ins::Field32 { to, buf, offset },
            Shape::U64 => Ins::Field64 { to, buf, offset },
            Shape::Timestamp => Ins::FieldTime { to, buf, offset },
            Shape::Device => Ins::FieldDevice { to, buf, offset },
        }
    }

    fn call(&mut self, inst: &Inst, to: Reg) -> Ins {
        let regs = self.words(&inst.args);
        let func = match inst.imm {
            Imm::Func(func) => func,
            _ => self.id,
        };
        let site = CallSite {
            func,
            args: (self.pool(&regs), regs.len() as u32),
            caller: self.id,
            to,
        };
        self.out.calls.push(site);
        Ins::Call {
            site: self.out.calls.len() as u32 - 1,
        }
    }

    fn syscall(&mut self, inst: &Inst, to: Reg) -> Ins {
        let (sys, flags): (Sys, &[Flags]) = match &inst.imm {
            Imm::Sys(sys, flags) => (*sys, flags),
            _ => (Sys::Getppid, &[]),
        };
        let mut site = SysSite {
            sys,
            args: [Source::Known(0); 6],
            how: 0,
            handle: None,
            path: None,
            to,
        };
        let mut operands = inst.args.iter().copied();
        let mut flags = flags.iter().map(|f| f.number(Arch::HOST));
        let mut buf_size = 0;
        for (source, arg) in site.args.iter_mut().zip(sys.row().args) {
            let operand = if arg.is_operand() {
                operands.next()
            } else {
                None
            };
            let reg = operand.map_or(0, |v| self.reg(v));
            *source = match arg {
                Arg::Dir(_) | Arg::File(_) | Arg::Listing => {
                    site.handle.get_or_insert(reg);
                    Source::Handle(reg)
                }
                Arg::Path => {
                    site.path = Some(reg);
                    Source::Word(reg)
                }
                Arg::BufOut => {
                    if let Some(Type::Buf(buf)) = operand.map(|v| &self.func.values[v]) {
                        buf_size = buf.size().into();
                    }
                    Source::Word(reg)
                }
                Arg::Name | Arg::StructOut(_) => Source::Word(reg),
                Arg::Flags { .. } => Source::Known(flags.next().unwrap_or(0)),
                Arg::How { .. } => {
                    site.how = flags.next().unwrap_or(0);
                    Source::How
                }
                Arg::HowSize => Source::Known(HOW_SIZE),
                Arg::BufSize => Source::Known(buf_size),
                Arg::Dot => Source::Known(DOT_AT),
                Arg::Empty => Source::Known(EMPTY_AT),
            };
        }
        self.out.syscalls.push(site);
        Ins::Sys {
            site: self.out.syscalls.len() as u32 - 1,
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
        _ => {}
    }
}
