//! Gives back memory: loops that may allocate get a region and turns, functions whose result holds no reference give
//! back what they made. The verifier's V10 says what may be so.
//!
//! A loop's region begins in the one block from which it is entered, which is made if there is none that does nothing
//! else. Each way back to the header becomes a turn; where that is half of a branch, or the leaving of a scope, the turn
//! stands in a block of its own. Its roots are the builders from outside that the loop uses.
//!
//! Loops that cannot allocate are left alone. This is the last pass: the others do not know regions, so what a module
//! has of them is taken away before ([`remove`]).

use super::compact;
use super::graph::{Graph, Loops};
use crate::entity::{Entity, Table};
use crate::module::{
    Block, BlockId, End, FuncId, Function, Imm, Inst, Module, Span, Target, Value,
};
use crate::ops::{Effect, Op};
use crate::ty::Type;
use crate::verify::limits;
use std::collections::{BTreeSet, HashSet};

/// Takes all regions away.
pub(super) fn remove(module: &mut Module) {
    for func in module.funcs.values_mut() {
        for block in func.blocks.values_mut() {
            if let End::Turn(_, target, _) = &block.end {
                block.end = End::Jump(target.clone());
            }
            block
                .insts
                .retain(|i| !matches!(i.op, Op::Region | Op::Release));
        }
    }
}

/// The pass.
pub(super) fn run(module: &mut Module) {
    remove(module);
    compact::module(module);
    let facts = Facts::of(module);
    for id in module.funcs.keys().collect::<Vec<_>>() {
        loops(module, id, &facts);
        releases(module, id, &facts);
    }
    compact::module(module);
}

/// Which functions may allocate when they are called.
struct Facts {
    allocates: Table<FuncId, bool>,
}

impl Facts {
    fn of(module: &Module) -> Facts {
        let mut facts = Facts {
            allocates: module.funcs.keys().map(|_| false).collect(),
        };
        let mut callers: Vec<Vec<FuncId>> = vec![Vec::new(); module.funcs.len()];
        let mut work = Vec::new();
        for (id, func) in module.funcs.iter() {
            let insts = || func.blocks.values().flat_map(|b| &b.insts);
            for inst in insts() {
                if let (Op::Call, Imm::Func(callee)) = (inst.op, &inst.imm) {
                    callers[callee.index()].push(id);
                }
            }
            let catches = func.scopes.values().any(|s| s.handler.is_some());
            if catches || insts().any(|i| facts.allocates(func, i)) {
                facts.allocates[id] = true;
                work.push(id);
            }
        }
        while let Some(id) = work.pop() {
            for caller in &callers[id.index()] {
                if !std::mem::replace(&mut facts.allocates[*caller], true) {
                    work.push(*caller);
                }
            }
        }
        facts
    }

    /// Whether an instruction may allocate, but for an error.
    fn allocates(&self, func: &Function, inst: &Inst) -> bool {
        let row = inst.op.row();
        match inst.op {
            Op::Record | Op::Case => !inst.args.is_empty(),
            Op::Entry | Op::Builder | Op::Push | Op::Yield => true,
            Op::NameCopy | Op::PathOfStr => true,
            // The function's frame has it.
            Op::Scratch => true,
            Op::Call => matches!(inst.imm, Imm::Func(callee) if self.allocates[callee]),
            // What a call filled, text of a structure.
            Op::Sys | Op::StructGet => func.values[inst.result].holds_reference(),
            Op::MapGet | Op::MapFind | Op::ErrorNew => inst.op == Op::ErrorNew,
            _ if row.library.is_none() || row.effect == Effect::Pure => false,
            _ => {
                let builds = inst.args.iter().any(|v| func.values[*v].is_builder());
                builds || func.values[inst.result].holds_reference()
            }
        }
    }
}

/// A loop that gets a region.
struct Plan {
    header: BlockId,
    /// The blocks outside that go to the header.
    outside: Vec<BlockId>,
    /// The blocks inside that do.
    back: Vec<BlockId>,
    /// Builders from outside that it uses.
    roots: BTreeSet<Value>,
}

fn loops(module: &mut Module, id: FuncId, facts: &Facts) {
    let plans = plans(&module.funcs[id], facts);
    if plans.is_empty() {
        return;
    }
    let values: usize = module.funcs.values().map(|f| f.values.len()).sum();
    let func = &mut module.funcs[id];
    // A module that is as large as may be stays as it is.
    let params = |plan: &Plan| func.blocks[plan.header].params.len();
    let more_values: usize = plans.iter().map(|plan| 2 + params(plan)).sum();
    let more_blocks: usize = plans.iter().map(|plan| 1 + 2 * plan.back.len()).sum();
    if func.blocks.len() + more_blocks > limits::BLOCKS || values + more_values > limits::VALUES {
        return;
    }
    for plan in plans {
        insert(func, plan);
    }
}

/// The loops that may allocate.
fn plans(func: &Function, facts: &Facts) -> Vec<Plan> {
    let graph = Graph::of(func);
    let loops = Loops::of(&graph);
    if loops.rows.is_empty() {
        return Vec::new();
    }
    let handlers: HashSet<BlockId> = func.scopes.values().filter_map(|s| s.handler).collect();
    let mut rows: Vec<Row> = loops.rows.iter().map(|_| Row::default()).collect();
    let mut defined: Table<Value, BlockId> = func.values.keys().map(|_| BlockId(0)).collect();
    for (b, block) in func.blocks.iter() {
        let results = block.insts.iter().map(|i| &i.result);
        for v in block.params.iter().chain(results) {
            defined[*v] = b;
        }
    }
    let mut steps = 0;
    for (b, block) in func.blocks.iter() {
        let mut allocates = block
            .insts
            .iter()
            .any(|i| i.op != Op::Scratch && facts.allocates(func, i));
        // Every error that is caught is an object.
        allocates |= handlers.contains(&b);
        let builders = builders_used(func, block);
        let mut at = loops.innermost[b];
        while let Some(n) = at {
            let row = &mut rows[n];
            row.allocates |= allocates;
            steps += 1 + builders.len();
            let outside = builders.iter().filter(|v| !loops.contains(n, defined[**v]));
            row.roots.extend(outside);
            at = loops.rows[n].parent;
        }
        if steps > limits::REGION_STEPS {
            return Vec::new();
        }
    }
    let mut plans = Vec::new();
    for (header, n) in headers(&graph, &loops) {
        let row = std::mem::take(&mut rows[n]);
        if !row.allocates {
            continue;
        }
        let mut preds: Vec<BlockId> = graph.preds[header].clone();
        preds.sort_unstable();
        preds.dedup();
        let (back, outside) = preds.into_iter().partition(|p| graph.dominates(header, *p));
        plans.push(Plan {
            header,
            outside,
            back,
            roots: row.roots,
        });
    }
    plans
}

/// What is known of a loop.
#[derive(Default)]
struct Row {
    allocates: bool,
    roots: BTreeSet<Value>,
}

/// The header of each loop: the first of its blocks.
fn headers(graph: &Graph, loops: &Loops) -> Vec<(BlockId, usize)> {
    let mut found = vec![false; loops.rows.len()];
    let mut headers = Vec::new();
    for &block in &graph.order {
        let mut at = loops.innermost[block];
        while let Some(n) = at
            && !std::mem::replace(&mut found[n], true)
        {
            headers.push((block, n));
            at = loops.rows[n].parent;
        }
    }
    headers
}

fn builders_used(func: &Function, block: &Block) -> BTreeSet<Value> {
    let mut used = BTreeSet::new();
    let mut note = |v: Value| {
        if func.values[v].is_builder() {
            used.insert(v);
        }
    };
    block
        .insts
        .iter()
        .flat_map(|i| &i.args)
        .for_each(|v| note(*v));
    block.end.each_use(note);
    used
}

fn insert(func: &mut Function, plan: Plan) {
    let before = entered_from(func, plan.header, &plan.outside);
    let region = func.values.push(Type::Region);
    let at = func.blocks[before].end_at;
    func.blocks[before].insts.push(Inst {
        op: Op::Region,
        args: Vec::new(),
        imm: Imm::None,
        result: region,
        at,
    });
    let mut roots = plan.roots;
    let targets = func.blocks[before].end.targets();
    let args = targets
        .filter(|t| t.block == plan.header)
        .flat_map(|t| &t.args);
    roots.extend(args.copied().filter(|v| func.values[*v].is_builder()));
    let roots: Vec<Value> = roots.into_iter().collect();
    for block in plan.back {
        turn(func, block, plan.header, region, &roots);
    }
}

/// The one block that goes to a loop's header from outside, and nowhere else.
fn entered_from(func: &mut Function, header: BlockId, outside: &[BlockId]) -> BlockId {
    if let [one] = outside
        && func.blocks[*one].end.targets().count() == 1
    {
        return *one;
    }
    let types = func.blocks[header].params.iter();
    let types: Vec<Type> = types.map(|v| func.values[*v].clone()).collect();
    let params: Vec<Value> = types.into_iter().map(|ty| func.values.push(ty)).collect();
    let block = func.blocks.push(Block {
        scope: func.blocks[header].scope,
        params: params.clone(),
        insts: Vec::new(),
        end: End::Jump(Target {
            block: header,
            args: params,
        }),
        end_at: outside
            .first()
            .map_or(Span::default(), |b| func.blocks[*b].end_at),
    });
    for before in outside {
        let targets = func.blocks[*before].end.targets_mut();
        targets
            .filter(|t| t.block == header)
            .for_each(|t| t.block = block);
    }
    block
}

/// Makes what goes back from a block to the header turns.
fn turn(func: &mut Function, block: BlockId, header: BlockId, region: Value, roots: &[Value]) {
    if let End::Jump(target) = &func.blocks[block].end {
        let turn = End::Turn(region, target.clone(), roots.to_vec());
        func.blocks[block].end = turn;
        return;
    }
    let mut end = func.blocks[block].end.clone();
    let (scope, end_at) = (func.blocks[header].scope, func.blocks[block].end_at);
    for target in end.targets_mut().filter(|t| t.block == header) {
        let turn = func.blocks.push(Block {
            scope,
            params: Vec::new(),
            insts: Vec::new(),
            end: End::Turn(region, target.clone(), roots.to_vec()),
            end_at,
        });
        *target = Target::to(turn);
    }
    func.blocks[block].end = end;
}

/// A function whose result holds no reference, and that takes no builder, gives back what it made.
fn releases(module: &mut Module, id: FuncId, facts: &Facts) {
    let entry = module.entry;
    let func = &mut module.funcs[id];
    let kept = func.result.as_ref().is_none_or(Type::holds_reference);
    let builds = func
        .param_values()
        .iter()
        .any(|v| func.values[*v].is_builder());
    if id == entry || kept || builds || !facts.allocates[id] {
        return;
    }
    let region = func.values.push(Type::Region);
    let inst = |op, args, result, at| Inst {
        op,
        args,
        imm: Imm::None,
        result,
        at,
    };
    let at = func.blocks[BlockId(0)].end_at;
    let first = inst(Op::Region, Vec::new(), region, at);
    func.blocks[BlockId(0)].insts.insert(0, first);
    for block in func.blocks.keys().collect::<Vec<_>>() {
        let End::Return(_) = func.blocks[block].end else {
            continue;
        };
        let result = func.values.push(Type::Unit);
        let at = func.blocks[block].end_at;
        let last = inst(Op::Release, vec![region], result, at);
        func.blocks[block].insts.push(last);
    }
}
