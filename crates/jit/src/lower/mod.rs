//! One function of the IR, written as one of Cranelift's.
//!
//! A value of the IR is `width` Cranelift values of type i64 (a float is an f64 besides, see `float`); a block is a block, and more where an operation can
//! fail. Values are used as they are defined: dominance in the IR is dominance here, because whatever comes between
//! (a cold block, a landing) is dominated by the block it belongs to. No variables, no SSA construction.
//!
//! The subset of Cranelift's IR is what Wasmtime gives it, and overflow arithmetic, which rustc's Cranelift backend
//! gives it: i64 and f64 arithmetic and comparisons, plain loads and stores, calls, `brif` and `jump`. The flag of an
//! interruption, which another thread writes, is read by `atomic_load`.
//!
//! The context, the run's memory and the handle table do not overlap; each is an alias region of its own.

mod array;
mod buffer;
mod call;
mod control;
mod fail;
mod float;
mod known;
mod library;
mod list;
mod name;
mod object;
mod region;
mod scalar;
mod system;

use crate::abi::{self, Callee, Helper};
use crate::compile::Env;
use cranelift_codegen::ir::types::{F64, I8, I64};
use cranelift_codegen::ir::{
    self, AliasRegionData, ExtFuncData, ExternalName, FuncRef, InstBuilder, MemFlagsData, SourceLoc,
};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use sawmill_ir::entity::Table;
use sawmill_ir::library_ops;
use sawmill_ir::module::{Block, BlockId, FuncId, Function, Imm, Inst, ScopeId, Value};
use sawmill_ir::ops::Op;
use sawmill_ir::ty::{MAX_WIDTH, Type};
use std::collections::HashMap;
use std::ops::Deref;

pub(crate) use call::entry;

/// The Cranelift values that are the words of one value.
#[derive(Clone, Copy)]
struct Words {
    all: [ir::Value; MAX_WIDTH],
    count: u8,
}

impl Words {
    fn none() -> Words {
        Words {
            all: [ir::Value::from_u32(0); MAX_WIDTH],
            count: 0,
        }
    }
    fn one(word: ir::Value) -> Words {
        Words::of(&[word])
    }
    /// Of at most [`MAX_WIDTH`] words, which the verifier sees to.
    fn of(words: &[ir::Value]) -> Words {
        let mut all = Words::none();
        all.all[..words.len()].copy_from_slice(words);
        all.count = words.len() as u8;
        all
    }
}

impl Deref for Words {
    type Target = [ir::Value];
    fn deref(&self) -> &[ir::Value] {
        &self.all[..usize::from(self.count)]
    }
}

/// How each of the three kinds of memory is accessed.
#[derive(Clone, Copy)]
struct Flags {
    /// The context.
    context: MemFlagsData,
    /// Words of objects in the run's memory.
    word: MemFlagsData,
    /// Bytes of buffers in it, at any alignment.
    bytes: MemFlagsData,
    /// The handle table.
    slots: MemFlagsData,
}

/// What is known when a function begins, and does not change in it.
struct Fixed {
    /// The context.
    ctx: ir::Value,
    /// Where the run's memory starts.
    base: ir::Value,
    /// The handle table; only in functions that use handles.
    slots: Option<ir::Value>,
    /// Where the flag of an interruption is; only in functions with loops.
    interrupt: Option<ir::Value>,
    /// The activation's scratch buffers; only in functions that have any.
    frame: Option<ir::Value>,
}

struct Lower<'a> {
    b: FunctionBuilder<'a>,
    env: &'a Env<'a>,
    id: FuncId,
    func: &'a Function,
    flags: Flags,
    fixed: Fixed,
    words: Table<Value, Words>,
    /// The bare comparison that a truth value was made from, in the block at hand.
    conditions: HashMap<Value, ir::Value>,
    constants: HashMap<Value, i64>,
    /// Floats as Cranelift's, where they were made as such.
    floats: HashMap<Value, ir::Value>,
    blocks: Table<BlockId, ir::Block>,
    /// What branches tell.
    known: known::Known,
    /// Where in reverse postorder a block is.
    order: Table<BlockId, usize>,
    scopes: control::Scopes,
    failing: fail::Failing,
    /// The block at hand.
    block: BlockId,
    /// The scope of the block at hand.
    scope: ScopeId,
    callees: Vec<(Callee, FuncRef)>,
    /// Where operands of library ops are put; made by the first, as large as the largest needs.
    operands: Option<ir::StackSlot>,
    /// Where turns put what they keep; made as that.
    kept: Option<ir::StackSlot>,
}

/// Lowers a function of the module into `into`, which is empty.
pub(crate) fn function(
    env: &Env<'_>,
    id: FuncId,
    into: &mut ir::Function,
    scratch: &mut FunctionBuilderContext,
) {
    let func = &env.module.funcs[id];
    into.signature = abi::signature_of(env.conv, func);
    into.name = ir::UserFuncName::User(Callee::Func(id).name());
    let flags = flags(into);
    let order = func.reverse_postorder();
    let mut b = FunctionBuilder::new(into, scratch);
    let start = b.create_block();
    b.append_block_params_for_function_params(start);
    b.switch_to_block(start);
    let params: Vec<ir::Value> = b.block_params(start).to_vec();
    let mut lower = Lower {
        env,
        id,
        func,
        flags,
        fixed: Fixed {
            ctx: params[0],
            base: params[0],
            slots: None,
            interrupt: None,
            frame: None,
        },
        words: func.values.keys().map(|_| Words::none()).collect(),
        conditions: HashMap::new(),
        constants: HashMap::new(),
        floats: HashMap::new(),
        blocks: func.blocks.keys().map(|_| b.create_block()).collect(),
        known: known::Known::of(func),
        order: positions(func, &order),
        scopes: control::Scopes::of(func, &mut b),
        failing: fail::Failing::default(),
        block: BlockId(0),
        scope: ScopeId(0),
        callees: Vec::new(),
        operands: None,
        kept: None,
        b,
    };
    lower.begin(&order, &params[1..]);
    for id in &order {
        lower.block(*id);
    }
    lower.landings();
    lower.ways_out();
    lower.b.seal_all_blocks();
    lower.b.finalize(env.config);
}

/// Where in the order each block is; blocks that cannot be reached, of which there are none, come last.
fn positions(func: &Function, order: &[BlockId]) -> Table<BlockId, usize> {
    let mut positions: Table<_, _> = func.blocks.keys().map(|_| usize::MAX).collect();
    for (position, id) in order.iter().enumerate() {
        positions[*id] = position;
    }
    positions
}

fn flags(into: &mut ir::Function) -> Flags {
    let mut region = |user_id, description: &'static str| {
        let description = description.into();
        Some(into.dfg.alias_regions.insert(AliasRegionData {
            user_id,
            description,
        }))
    };
    let context = region(0, "context");
    let memory = region(1, "memory");
    let slots = region(2, "handles");
    let trusted = MemFlagsData::trusted();
    Flags {
        context: trusted.with_alias_region(context),
        word: trusted.with_alias_region(memory),
        bytes: MemFlagsData::new().with_notrap().with_alias_region(memory),
        slots: trusted.with_alias_region(slots),
    }
}

impl<'a> Lower<'a> {
    /// What the whole function needs, then on to its first block.
    fn begin(&mut self, order: &[BlockId], params: &[ir::Value]) {
        let blocks = order.iter().map(|id| &self.func.blocks[*id]);
        let mut insts = blocks.clone().flat_map(|b| &b.insts);
        let uses_slots = insts.any(|i| matches!(i.op, Op::Sys | Op::Permit));
        let loops = order.iter().any(|id| self.has_back_edge(*id));
        self.fixed.base = self.unchanging(abi::MEMORY);
        self.fixed.slots = uses_slots.then(|| self.unchanging(abi::SLOTS));
        self.fixed.interrupt = loops.then(|| self.unchanging(abi::INTERRUPT));
        self.begin_frame();
        for id in order {
            let params = &self.func.blocks[*id].params;
            for param in params {
                let width = self.width(*param);
                let block = self.blocks[*id];
                if *self.ty(*param) == Type::Float {
                    let float = self.b.append_block_param(block, F64);
                    self.floats.insert(*param, float);
                    continue;
                }
                let words: Vec<_> = (0..width)
                    .map(|_| self.b.append_block_param(block, I64))
                    .collect();
                self.words[*param] = Words::of(&words);
            }
        }
        let first = self.blocks[BlockId(0)];
        let mut args: Vec<ir::BlockArg> = Vec::with_capacity(params.len());
        for (n, word) in params.iter().enumerate() {
            let param = self.b.block_params(first)[n];
            let arg = match self.b.func.dfg.value_type(param) {
                F64 => self.float_of(*word),
                _ => *word,
            };
            args.push(arg.into());
        }
        self.b.ins().jump(first, &args);
    }

    fn block(&mut self, id: BlockId) {
        let func = self.func;
        let block: &'a Block = &func.blocks[id];
        self.b.switch_to_block(self.blocks[id]);
        (self.block, self.scope) = (id, block.scope);
        self.conditions.clear();
        for param in &block.params {
            if let Some(float) = self.floats.get(param) {
                let word = self.word_of(*float);
                self.words[*param] = Words::one(word);
            }
        }
        for inst in &block.insts {
            self.b.set_srcloc(SourceLoc::new(inst.result.0));
            self.failing.next_inst();
            self.inst(inst);
        }
        self.b.set_srcloc(SourceLoc::default());
        self.end(id, &block.end);
    }

    /// Every row of the table; a new one does not compile until it is here.
    fn inst(&mut self, inst: &'a Inst) {
        let words = match inst.op {
            Op::Unit => Words::none(),
            Op::Bool | Op::Int | Op::Float => self.constant(inst),
            Op::Str | Op::Path => self.data(inst),

            Op::Add | Op::Sub | Op::Mul | Op::Quot => self.arithmetic(inst),
            Op::Rem | Op::Mod => self.remainder(inst),
            Op::BitAnd | Op::BitOr | Op::BitXor | Op::BitNot => self.bits(inst),
            Op::Shl | Op::Shr | Op::Ushr => self.bits(inst),
            Op::Eq | Op::Lt | Op::Le | Op::Not => self.comparison(inst),
            Op::TimeEq | Op::TimeLt | Op::TimeLe => self.time(inst),
            Op::TimeAdd => self.time_add(inst),
            Op::TimeSub => self.time_sub(inst),

            Op::FAdd | Op::FSub | Op::FMul | Op::FDiv => self.float_arithmetic(inst),
            Op::FRem | Op::FPow => self.float_by_helper(inst),
            Op::FNeg | Op::FSqrt => self.float_alone(inst),
            Op::FFloor | Op::FCeil | Op::FRound | Op::FTrunc => self.rounded(inst),
            Op::FEq | Op::FLt | Op::FLe => self.float_comparison(inst),
            Op::FloatOfInt => self.float_of_int(inst),
            Op::IntOfFloat => self.int_of_float(inst),

            Op::Retype | Op::PathOfName | Op::Freeze | Op::Desc => self.operand(inst, 0),
            Op::BytesEq => self.bytes_eq(inst),
            Op::PathOfStr => self.path_of_str(inst),
            Op::ModeType => self.mode_type(inst),
            Op::FileTypeOf => self.file_type_of(inst),

            Op::Record | Op::Entry => self.make_object(inst),
            Op::Get => self.get(inst),
            Op::EntryDir => self.part(inst, 0, 1),
            Op::EntryName => self.part(inst, 1, 2),
            Op::EntryIno => self.part(inst, 3, 1),
            Op::EntryType => self.part(inst, 4, 1),

            Op::Ok => self.ok(inst),
            Op::Err => self.err(inst),
            Op::IsOk => self.is_ok(inst),
            Op::OkValue => self.ok_value(inst),
            Op::ErrValue => self.err_value(inst),

            Op::Some => self.some(inst),
            Op::None => self.none(inst),
            Op::IsSome => self.is_some(inst),
            Op::SomeValue => self.some_value(inst),
            Op::Case => self.case(inst),
            Op::Tag => self.part(inst, 0, 1),
            Op::CaseGet => self.case_get(inst),

            Op::Builder => self.builder(inst),
            Op::Push => self.push(inst),
            Op::Len => self.len(inst),
            Op::At => self.at(inst),
            Op::Yield => self.yield_row(inst),
            Op::ArrayLen => self.part(inst, 0, 1),
            Op::ArrayGet => self.array_get(inst),
            Op::ArraySet => self.array_set(inst),

            Op::Permit => self.permit(inst),
            Op::CloseDir | Op::CloseListing | Op::CloseFile => self.close(inst),
            Op::RootDir => Words::of(&self.operand(inst, 0)[..1]),
            Op::RootPath => Words::of(&self.operand(inst, 0)[1..3]),
            Op::Resolve => self.resolve(inst),

            Op::Scratch => self.scratch(inst),
            Op::Region => self.region(inst),
            Op::Release => self.release(inst),
            Op::BufU8 | Op::BufU16 | Op::BufU64 => self.read_buffer(inst),
            Op::NameCopy => self.name_copy(inst),
            Op::NameView => self.name_view(inst),
            Op::StructGet => self.struct_get(inst),

            library_ops!() => self.library(inst),

            Op::Sys => self.sys(inst),
            Op::Call => self.call(inst),
        };
        debug_assert_eq!(words.len(), self.width(inst.result), "{:?}", inst.op);
        self.words[inst.result] = words;
    }

    fn ty(&self, value: Value) -> &'a Type {
        &self.func.values[value]
    }

    fn width(&self, value: Value) -> usize {
        self.ty(value).width()
    }

    /// The words of operand `n`.
    fn operand(&self, inst: &Inst, n: usize) -> Words {
        self.words[inst.args[n]]
    }

    /// The first word of operand `n`.
    fn word(&self, inst: &Inst, n: usize) -> ir::Value {
        self.operand(inst, n)[0]
    }

    fn number(&mut self, n: i64) -> ir::Value {
        self.b.ins().iconst(I64, n)
    }

    /// A truth value from a comparison.
    fn truth(&mut self, inst: &Inst, condition: ir::Value) -> Words {
        self.conditions.insert(inst.result, condition);
        Words::one(self.b.ins().uextend(I64, condition))
    }

    /// Reads a word of the context.
    fn context(&mut self, offset: i32) -> ir::Value {
        let (flags, ctx) = (self.flags.context, self.fixed.ctx);
        self.b.ins().load(I64, flags, ctx, offset)
    }

    /// Reads a word of the context that stays the same for as long as a program runs: it may be read anywhere, once or
    /// often or not at all.
    fn unchanging(&mut self, offset: i32) -> ir::Value {
        let flags = self.flags.context.with_readonly().with_can_move();
        let ctx = self.fixed.ctx;
        self.b.ins().load(I64, flags, ctx, offset)
    }

    /// Whether something is known in the block at hand.
    fn known(&self, fact: known::Fact) -> bool {
        self.known.holds(fact, self.block)
    }

    /// Writes a word of the context.
    fn set_context(&mut self, offset: i32, word: ir::Value) {
        let (flags, ctx) = (self.flags.context, self.fixed.ctx);
        self.b.ins().store(flags, word, ctx, offset);
    }

    /// Reads the first words of `Context::results`.
    fn results(&mut self, count: usize) -> Words {
        let words: Vec<_> = (0..count)
            .map(|i| self.context(abi::RESULTS + 8 * i as i32))
            .collect();
        Words::of(&words)
    }

    /// The address of an offset into the run's memory.
    fn address(&mut self, offset: ir::Value) -> ir::Value {
        let base = self.fixed.base;
        self.b.ins().iadd(base, offset)
    }

    /// Reads `count` words of an object, from word `first` on.
    fn load(&mut self, address: ir::Value, first: usize, count: usize) -> Words {
        let flags = self.flags.word;
        let words: Vec<_> = (first..first + count)
            .map(|n| self.b.ins().load(I64, flags, address, 8 * n as i32))
            .collect();
        Words::of(&words)
    }

    /// Reads the result of an instruction from an object, from word `first` on.
    fn read(&mut self, inst: &Inst, address: ir::Value, first: usize) -> Words {
        if *self.ty(inst.result) != Type::Float {
            return self.load(address, first, self.width(inst.result));
        }
        let flags = self.flags.word;
        let float = self.b.ins().load(F64, flags, address, 8 * first as i32);
        self.made(inst, float)
    }

    /// Writes words of an object, from word `first` on.
    fn store(&mut self, address: ir::Value, first: usize, words: &[ir::Value]) {
        let flags = self.flags.word;
        for (n, word) in words.iter().enumerate() {
            let at = 8 * (first + n) as i32;
            let word = self.in_float_register(*word).unwrap_or(*word);
            self.b.ins().store(flags, word, address, at);
        }
    }

    /// How to call something that is no function of the module.
    fn callee(&mut self, callee: Callee, arguments: usize) -> FuncRef {
        let sig = abi::signature(self.env.conv, callee, arguments);
        self.import(callee, sig)
    }

    fn import(&mut self, callee: Callee, sig: ir::Signature) -> FuncRef {
        if let Some((_, known)) = self.callees.iter().find(|c| c.0 == callee) {
            return *known;
        }
        let function = import(&mut self.b, callee, sig);
        self.callees.push((callee, function));
        function
    }

    /// Calls a helper; its result, if it has one.
    fn helper(&mut self, helper: Helper, args: &[ir::Value]) -> Option<ir::Value> {
        let function = self.callee(Callee::Helper(helper), args.len());
        let call = self.b.ins().call(function, args);
        self.b.inst_results(call).first().copied()
    }

    /// Calls a helper that gives a word.
    fn ask(&mut self, helper: Helper, args: &[ir::Value]) -> ir::Value {
        match self.helper(helper, args) {
            Some(word) => word,
            None => self.number(0),
        }
    }

    /// The immediate of a field.
    fn field(inst: &Inst) -> u32 {
        match inst.imm {
            Imm::Field(n) => n,
            _ => 0,
        }
    }
}

/// Makes something callable from the function being built.
fn import(b: &mut FunctionBuilder<'_>, callee: Callee, sig: ir::Signature) -> FuncRef {
    let signature = b.import_signature(sig);
    let name = b.func.declare_imported_user_function(callee.name());
    b.import_function(ExtFuncData {
        name: ExternalName::user(name),
        signature,
        colocated: callee.is_near(),
        patchable: false,
    })
}

/// The condition of two, as Cranelift has them.
fn both(b: &mut FunctionBuilder<'_>, x: ir::Value, y: ir::Value) -> ir::Value {
    debug_assert_eq!(b.func.dfg.value_type(x), I8);
    b.ins().band(x, y)
}
