//! Puts functions where they are called: those that are called from one place, tiny ones, and small ones in loops. A
//! small function that calls itself takes a few rounds of itself, so that there are fewer calls. Functions that nobody
//! calls then go at once: the other passes need not look at them.
//!
//! A `call` becomes a jump to a copy of the callee's blocks, and each `return` a jump to what follows the call. The
//! callee's own scope becomes that of the call, its other scopes lie within, so a failure finds the handler that it
//! would have found by failing the call; it keeps its own place.
//!
//! Left alone: the entry, functions that may call themselves (but for those rounds), and whatever would take the caller beyond the limits of
//! the verifier. A `scratch` that gets into a loop is the same buffer in each iteration, which nobody can tell: buffers
//! and views of them do not leave a function. A program that nests calls almost as deep as the limit allows may get
//! deeper than it would without.

use super::graph::{Graph, Loops};
use super::{compact, dead};
use crate::entity::{Entity, Table};
use crate::module::{
    Block, BlockId, End, FuncId, Function, Imm, Inst, Module, Scope, ScopeId, Target, Value,
};
use crate::ops::Op;
use crate::verify::limits;

/// The pass.
pub(super) fn run(module: &mut Module) {
    let calls = Calls::of(module);
    let mut sizes: Table<FuncId, Option<usize>> = module.funcs.keys().map(|_| None).collect();
    let mut room = Room::of(module);
    for &caller in &calls.order {
        inline_into(module, caller, &calls, &sizes, &mut room);
        if caller == module.entry {
            continue;
        }
        if calls.recursive[caller] {
            unroll(&mut module.funcs[caller], caller, &mut room);
        } else {
            sizes[caller] = Some(weight(&module.funcs[caller]));
        }
    }
    dead::functions(module);
    compact::module(module);
}

/// A function that weighs at most so much is put wherever it is called.
const TINY: usize = 12;
/// One that weighs at most so much is put where it is called in a loop.
const SMALL: usize = 32;
/// A function takes no more copies of others than what weighs so much.
const LARGE: usize = 2048;
/// A function that weighs more does not take rounds of itself.
const SMALL_ROUND: usize = 24;
/// How much a function may weigh with its rounds.
const ROUNDS: usize = 96;

/// Who calls whom, as far as the entry reaches.
struct Calls {
    /// Functions after those they call, but for calls around a cycle.
    order: Vec<FuncId>,
    /// Whether calls come back to a function from those it calls.
    recursive: Table<FuncId, bool>,
    /// How many `call` instructions name it.
    count: Table<FuncId, usize>,
}

impl Calls {
    fn of(module: &Module) -> Calls {
        let mut calls = Calls {
            order: Vec::new(),
            recursive: module.funcs.keys().map(|_| false).collect(),
            count: module.funcs.keys().map(|_| 0).collect(),
        };
        let mut entered: Table<FuncId, bool> = module.funcs.keys().map(|_| false).collect();
        let mut done = entered.clone();
        entered[module.entry] = true;
        let mut stack = vec![(module.entry, callees(&module.funcs[module.entry]))];
        while let Some((func, next)) = stack.last_mut() {
            let Some(callee) = next.pop() else {
                done[*func] = true;
                calls.order.push(*func);
                stack.pop();
                continue;
            };
            calls.count[callee] += 1;
            if !std::mem::replace(&mut entered[callee], true) {
                stack.push((callee, callees(&module.funcs[callee])));
            } else if !done[callee] {
                calls.recursive[callee] = true;
            }
        }
        calls
    }
}

fn callees(func: &Function) -> Vec<FuncId> {
    let insts = func.blocks.values().flat_map(|b| &b.insts);
    insts.filter_map(callee).collect()
}

fn callee(inst: &Inst) -> Option<FuncId> {
    match (inst.op, &inst.imm) {
        (Op::Call, Imm::Func(callee)) => Some(*callee),
        _ => None,
    }
}

/// How many instructions a function has, its blocks' ends included.
fn size(func: &Function) -> usize {
    func.blocks.values().map(|b| b.insts.len() + 1).sum()
}

/// What of a function there is to do once it has been put where it is called: constants move away, and what leads from
/// block to block within one scope is joined.
fn weight(func: &Function) -> usize {
    let counts = |inst: &&Inst| {
        !matches!(
            inst.op,
            Op::Unit | Op::Bool | Op::Int | Op::Float | Op::Str | Op::Path
        )
    };
    let block = |b: &Block| {
        let branches = matches!(b.end, End::Branch(..));
        b.insts.iter().filter(counts).count() + usize::from(branches)
    };
    func.blocks.values().map(block).sum()
}

/// How much the verifier would let a module grow.
struct Room {
    values: usize,
    insts: usize,
}

impl Room {
    fn of(module: &Module) -> Room {
        let values: usize = module.funcs.values().map(|f| f.values.len()).sum();
        let insts: usize = module.funcs.values().map(size).sum();
        Room {
            values: limits::VALUES.saturating_sub(values),
            insts: limits::VALUES.saturating_sub(insts),
        }
    }

    /// Takes the room for a copy of `body` in `func`, if there is as much.
    fn take(&mut self, func: &Function, body: &Function) -> bool {
        let scopes = func.scopes.len() + body.scopes.len();
        let blocks = func.blocks.len() + body.blocks.len();
        // Scopes cannot nest deeper than there are scopes.
        let fits = (body.scopes.len() == 1 || scopes <= limits::SCOPE_DEPTH)
            && blocks < limits::BLOCKS
            && body.values.len() <= self.values
            && size(body) <= self.insts;
        if fits {
            self.values -= body.values.len();
            self.insts -= size(body);
        }
        fits
    }
}

/// Puts callees into `caller`; `sizes` has the weights of those that may be.
fn inline_into(
    module: &mut Module,
    caller: FuncId,
    calls: &Calls,
    sizes: &Table<FuncId, Option<usize>>,
    room: &mut Room,
) {
    // Blocks that are added come after this one and are looked at in turn: the rest of a block that was split may
    // have further calls. Blocks of a callee have none that are still to be decided.
    let mut func = std::mem::take(&mut module.funcs[caller]);
    let mut copies = LARGE;
    let mut work: Vec<(BlockId, bool)> = in_loops(&func).collect();
    while let Some((block, in_loop)) = work.pop() {
        let wanted = |inst: &Inst| {
            let id = callee(inst)?;
            let weight = sizes[id]?;
            let most = if in_loop { SMALL } else { TINY };
            (calls.count[id] == 1 || weight <= most.min(copies)).then_some((id, weight))
        };
        let mut insts = func.blocks[block].insts.iter().enumerate();
        let found = insts.find_map(|(n, i)| Some((n, wanted(i)?)));
        if let Some((n, (id, weight))) = found
            && room.take(&func, &module.funcs[id])
        {
            copies = copies.saturating_sub(weight);
            let rest = splice(&mut func, block, n, &module.funcs[id]);
            work.push((rest, in_loop));
        }
    }
    module.funcs[caller] = func;
}

/// The blocks of a function, each with whether it is in a loop.
fn in_loops(func: &Function) -> impl Iterator<Item = (BlockId, bool)> + use<> {
    let calls = func.blocks.values().flat_map(|b| &b.insts);
    let loops = if calls.filter_map(callee).next().is_some() {
        Some(Loops::of(&Graph::of(func)))
    } else {
        None
    };
    let within = move |id: BlockId| {
        let innermost = loops.as_ref().map(|l| l.innermost[id]);
        (id, innermost.flatten().is_some())
    };
    let ids: Vec<BlockId> = func.blocks.keys().collect();
    ids.into_iter().map(within)
}

/// Puts a small function into itself where it calls itself, round after round, each time as it was before.
fn unroll(func: &mut Function, id: FuncId, room: &mut Room) {
    let body = func.clone();
    let own = |inst: &Inst| callee(inst) == Some(id);
    let weight = weight(&body);
    let each = callees(&body).into_iter().filter(|c| *c == id).count();
    // What does nothing but call is not worth it, and what has its rounds weighs more than one that gets them.
    if each == 0 || !(2..=SMALL_ROUND).contains(&weight) {
        return;
    }
    let (mut total, mut sites) = (weight, each);
    while total + sites * weight <= ROUNDS {
        total += sites * weight;
        sites *= each;
        let mut work: Vec<BlockId> = func.blocks.keys().collect();
        while let Some(block) = work.pop() {
            let found = func.blocks[block].insts.iter().position(own);
            if let Some(n) = found
                && room.take(func, &body)
            {
                work.push(splice(func, block, n, &body));
            }
        }
    }
}

/// Replaces the call that is the `n`-th instruction of `block` by a copy of `callee`; gives the block that has the
/// instructions after the call.
fn splice(func: &mut Function, block: BlockId, n: usize, callee: &Function) -> BlockId {
    let scope = func.blocks[block].scope;
    let rest = func.blocks[block].insts.split_off(n + 1);
    let Some(call) = func.blocks[block].insts.pop() else {
        return block;
    };
    let (first_value, first_block) = (func.values.len(), func.blocks.len());
    let first_scope = func.scopes.len();
    for ty in callee.values.values() {
        func.values.push(ty.clone());
    }
    let moved = Moved {
        values: first_value,
        blocks: first_block,
        scopes: first_scope,
        scope,
        after: BlockId::new(first_block + callee.blocks.len()),
    };
    // The callee's own scope is row 0; the others are appended, with the same distance between them.
    for row in callee.scopes.values().skip(1) {
        func.scopes.push(Scope {
            parent: row.parent.map(|p| moved.scope(p)),
            handler: row.handler.map(|b| moved.block(b)),
        });
    }
    for row in callee.blocks.values() {
        func.blocks.push(moved.copy(row));
    }
    let head = &mut func.blocks[block];
    let start = Target {
        block: moved.block(BlockId(0)),
        args: call.args,
    };
    let (end, end_at) = (head.end.clone(), head.end_at);
    head.end = End::Jump(start);
    head.end_at = call.at;
    func.blocks.push(Block {
        scope,
        params: vec![call.result],
        insts: rest,
        end,
        end_at,
    })
}

/// Where the rows of a callee are in its caller.
struct Moved {
    values: usize,
    blocks: usize,
    scopes: usize,
    /// The scope of the call.
    scope: ScopeId,
    /// The block after the call.
    after: BlockId,
}

impl Moved {
    fn value(&self, v: Value) -> Value {
        Value::new(self.values + v.index())
    }
    fn block(&self, b: BlockId) -> BlockId {
        BlockId::new(self.blocks + b.index())
    }
    fn scope(&self, s: ScopeId) -> ScopeId {
        match s.index() {
            0 => self.scope,
            n => ScopeId::new(self.scopes + n - 1),
        }
    }

    fn copy(&self, row: &Block) -> Block {
        let mut block = row.clone();
        block.scope = self.scope(block.scope);
        for v in &mut block.params {
            *v = self.value(*v);
        }
        for inst in &mut block.insts {
            inst.result = self.value(inst.result);
            for v in &mut inst.args {
                *v = self.value(*v);
            }
        }
        if let End::Return(v) = block.end {
            block.end = End::Jump(Target {
                block: self.after,
                args: vec![self.value(v)],
            });
            return block;
        }
        block.end.each_use_mut(|v| *v = self.value(*v));
        for target in block.end.targets_mut() {
            target.block = self.block(target.block);
        }
        if let End::Enter(s, _) | End::Leave(s, ..) = &mut block.end {
            *s = self.scope(*s);
        }
        block
    }
}
