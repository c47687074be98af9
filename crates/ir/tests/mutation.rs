//! The verifier, by mutation: every module of the corpus is changed in one place, in every way of a class. A mutant must
//! be refused, or be harmless. Harmless is: the claims of `claims/mod.rs`, which derives kinds, rights, definitions and
//! scopes anew without the verifier's code, hold of it still; that is, it is simply another program that does nothing
//! its manifest does not say. Each class says how many mutants it must have and how many must be refused, so that an
//! empty class, or a verifier that lets all through, fails.

#![allow(
    clippy::unwrap_used,
    reason = "mutants are made of modules known to be good"
)]

mod claims;
mod common;

use claims::claims;
use sawmill_ir::flags::Flags;
use sawmill_ir::module::*;
use sawmill_ir::ops::Op;
use sawmill_ir::powers::Power;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::ty::Type;
use sawmill_ir::verify::verify;

/// What became of a class's mutants.
#[derive(Default)]
struct Tally {
    made: usize,
    refused: usize,
}

/// Makes every mutant of the corpus that `mutate` can make, and judges each.
#[track_caller]
fn judge(least: usize, refused: usize, mutate: impl Fn(&Module, &mut dyn FnMut(Module))) {
    let mut tally = Tally::default();
    for (name, module) in common::good() {
        mutate(&module, &mut |mutant| {
            if mutant == module {
                return;
            }
            tally.made += 1;
            let before = mutant.clone();
            match verify(mutant) {
                Err(_) => tally.refused += 1,
                Ok(_) => {
                    if let Err(broken) = claims(&before) {
                        panic!("a mutant of {name} passes, but {broken}\n{before}");
                    }
                }
            }
        });
    }
    let Tally {
        made,
        refused: found,
    } = tally;
    println!("{made} mutants, {found} refused");
    assert!(made >= least, "only {made} mutants, {least} were wanted");
    assert!(
        found >= refused,
        "only {found} of {made} refused, {refused} were wanted"
    );
}

/// Every block of every function.
fn blocks(module: &Module) -> impl Iterator<Item = (FuncId, BlockId)> + use<'_> {
    let funcs = module.funcs.iter();
    funcs.flat_map(|(f, func)| func.blocks.keys().map(move |b| (f, b)))
}

/// Every instruction: function, block, place.
fn insts(module: &Module) -> Vec<(FuncId, BlockId, usize)> {
    let places = |(f, b): (FuncId, BlockId)| {
        let n = module.funcs[f].blocks[b].insts.len();
        (0..n).map(move |i| (f, b, i))
    };
    blocks(module).flat_map(places).collect()
}

fn inst_at(module: &mut Module, at: (FuncId, BlockId, usize)) -> &mut Inst {
    &mut module.funcs[at.0].blocks[at.1].insts[at.2]
}

/// Calls `f` on every use of a value in a function.
fn each_use(func: &mut Function, f: &mut dyn FnMut(&mut Value)) {
    for block in func.blocks.values_mut() {
        block
            .insts
            .iter_mut()
            .flat_map(|i| &mut i.args)
            .for_each(&mut *f);
        block.end.each_use_mut(&mut *f);
    }
}

/// How many uses of values a function has.
fn count_uses(func: &Function) -> usize {
    let mut n = 0;
    each_use(&mut func.clone(), &mut |_| n += 1);
    n
}

/// The `n`th use of a value in a function.
fn nth_use(func: &mut Function, n: usize, mut f: impl FnMut(&mut Value)) {
    let mut i = 0;
    each_use(func, &mut |v| {
        if i == n {
            f(v);
        }
        i += 1;
    });
}

fn is_handle(ty: &Type) -> bool {
    ty.rights().is_some() || matches!(ty, Type::Listing)
}

#[test]
fn the_corpus_keeps_its_claims() {
    for (name, module) in common::good() {
        claims(&module).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

/// The second judge can judge: what the refusal corpus does wrong about definitions, rights, flags and scopes, it
/// finds by itself.
#[test]
fn the_claims_of_bad_modules_are_broken() {
    let (mut tried, mut passed) = (0, Vec::new());
    for (name, text) in common::files("refuse") {
        if ["v2-", "v4-view-over", "v5-", "v6-", "v7-", "v10-"]
            .iter()
            .any(|r| name.starts_with(r))
        {
            tried += 1;
            let module = sawmill_ir::text::parse(&text).unwrap();
            if claims(&module).is_ok() {
                passed.push(name);
            }
        }
    }
    assert!(tried >= 50, "{tried}");
    // These break a rule of form, or call a value less than it is: nothing that the claims are about.
    let about_form = [
        "v2-handler-entered-twice",
        "v2-handler-jumped-to",
        "v2-handler-of-two",
        "v5-call",
        "v5-loop-edge",
        "v5-result-value",
        "v6-other-set",
        "v10-not-back",
        "v10-region-not-last",
        "v10-region-of-other-block",
        "v10-release-of-later-region",
        "v10-two-ways-in",
    ];
    passed.retain(|name| !about_form.contains(&name.as_str()));
    assert!(passed.is_empty(), "{passed:?}");
}

#[test]
fn dropped_permits() {
    judge(8, 5, |module, make| {
        for at in insts(module) {
            let inst = &module.funcs[at.0].blocks[at.1].insts[at.2];
            if inst.op != Op::Permit {
                continue;
            }
            let (from, to) = (inst.result, inst.args[0]);
            let mut mutant = module.clone();
            let func = &mut mutant.funcs[at.0];
            each_use(func, &mut |v| {
                if *v == from {
                    *v = to;
                }
            });
            func.blocks[at.1].insts.remove(at.2);
            make(mutant);
        }
    });
}

#[test]
fn changed_rights_of_values() {
    judge(800, 650, |module, make| {
        for (f, func) in module.funcs.iter() {
            for v in func.values.keys().filter(|v| func.values[*v].has_rights()) {
                for (_, right, _) in Rights::TABLE {
                    let mut mutant = module.clone();
                    let ty = &mut mutant.funcs[f].values[v];
                    *ty = ty.map_rights(&mut |r| Rights::from_bits(r.bits() ^ right.bits()));
                    make(mutant);
                }
            }
        }
    });
}

#[test]
fn changed_rights_of_signatures() {
    judge(50, 49, |module, make| {
        for f in module.funcs.keys() {
            for (_, right, _) in Rights::TABLE {
                let mut mutant = module.clone();
                let result = mutant.funcs[f].result.as_mut().unwrap();
                *result = result.map_rights(&mut |r| Rights::from_bits(r.bits() ^ right.bits()));
                make(mutant);
            }
        }
        for (n, _) in module.records.iter().enumerate() {
            let mut mutant = module.clone();
            let bare = Type::Record(module.records[n].clone()).map_rights(&mut |_| Rights::ALL);
            if let Type::Record(r) = bare {
                mutant.records[n] = r;
            }
            make(mutant);
        }
    });
}

#[test]
fn changed_permits() {
    judge(100, 7, |module, make| {
        for at in insts(module) {
            for (_, right, _) in Rights::TABLE {
                let mut mutant = module.clone();
                if let Imm::Rights(r) = &mut inst_at(&mut mutant, at).imm {
                    *r = Rights::from_bits(r.bits() ^ right.bits());
                }
                make(mutant);
            }
        }
    });
}

#[test]
fn swapped_handles() {
    judge(450, 380, |module, make| {
        for (f, func) in module.funcs.iter() {
            let handles: Vec<Value> = func
                .values
                .keys()
                .filter(|v| is_handle(&func.values[*v]))
                .collect();
            for n in 0..count_uses(func) {
                for other in &handles {
                    let mut mutant = module.clone();
                    let types = func.values.clone();
                    nth_use(&mut mutant.funcs[f], n, |v| {
                        if is_handle(&types[*v]) {
                            *v = *other;
                        }
                    });
                    make(mutant);
                }
            }
        }
    });
}

#[test]
fn any_value_for_any_other() {
    judge(11000, 10000, |module, make| {
        for (f, func) in module.funcs.iter() {
            for n in 0..count_uses(func) {
                for other in func.values.keys() {
                    let mut mutant = module.clone();
                    nth_use(&mut mutant.funcs[f], n, |v| *v = other);
                    make(mutant);
                }
            }
        }
    });
}

#[test]
fn toggled_flags() {
    judge(1300, 1000, |module, make| {
        for at in insts(module) {
            for bit in 0..32 {
                for which in 0..2 {
                    let mut mutant = module.clone();
                    if let Imm::Sys(_, flags) = &mut inst_at(&mut mutant, at).imm
                        && let Some(flags) = flags.get_mut(which)
                    {
                        *flags = Flags {
                            bits: flags.bits ^ 1 << bit,
                            ..*flags
                        };
                    }
                    make(mutant);
                }
            }
        }
    });
}

#[test]
fn dropped_powers() {
    judge(4, 2, |module, make| {
        for f in module.funcs.keys() {
            for power in Power::ALL {
                let mut mutant = module.clone();
                let powers = mutant.funcs[f].powers;
                mutant.funcs[f].powers = match powers.minus((*power).into()) {
                    same if same == powers => powers | (*power).into(),
                    less => less,
                };
                make(mutant);
            }
        }
    });
}

#[test]
fn retargeted_edges() {
    judge(500, 485, |module, make| {
        for (f, b) in blocks(module) {
            for n in 0..module.funcs[f].blocks[b].end.targets().count() {
                for to in module.funcs[f].blocks.keys() {
                    let mut mutant = module.clone();
                    let end = &mut mutant.funcs[f].blocks[b].end;
                    end.targets_mut().nth(n).unwrap().block = to;
                    make(mutant);
                }
            }
        }
    });
}

#[test]
fn retargeted_handlers_and_scopes() {
    judge(220, 220, |module, make| {
        for (f, func) in module.funcs.iter() {
            for s in func.scopes.keys() {
                let handlers = func.blocks.keys().map(Some).chain([None]);
                for handler in handlers {
                    let mut mutant = module.clone();
                    mutant.funcs[f].scopes[s].handler = handler;
                    make(mutant);
                }
                for parent in func.scopes.keys().map(Some).chain([None]) {
                    let mut mutant = module.clone();
                    mutant.funcs[f].scopes[s].parent = parent;
                    make(mutant);
                }
            }
        }
    });
}

#[test]
fn swapped_operands() {
    judge(195, 140, |module, make| {
        for at in insts(module) {
            let n = module.funcs[at.0].blocks[at.1].insts[at.2].args.len();
            for (i, j) in (0..n).flat_map(|i| (0..i).map(move |j| (i, j))) {
                let mut mutant = module.clone();
                inst_at(&mut mutant, at).args.swap(i, j);
                make(mutant);
            }
        }
    });
}

#[test]
fn dropped_and_doubled_operands() {
    judge(600, 600, |module, make| {
        for at in insts(module) {
            for n in 0..module.funcs[at.0].blocks[at.1].insts[at.2].args.len() {
                let mut dropped = module.clone();
                inst_at(&mut dropped, at).args.remove(n);
                make(dropped);
                let mut doubled = module.clone();
                let args = &mut inst_at(&mut doubled, at).args;
                args.insert(n, args[n]);
                make(doubled);
            }
        }
    });
}

#[test]
fn moved_instructions() {
    judge(2800, 2300, |module, make| {
        for at in insts(module) {
            for to in module.funcs[at.0].blocks.keys() {
                for end in [false, true] {
                    let mut mutant = module.clone();
                    let blocks = &mut mutant.funcs[at.0].blocks;
                    let inst = blocks[at.1].insts.remove(at.2);
                    let place = if end { blocks[to].insts.len() } else { 0 };
                    blocks[to].insts.insert(place, inst);
                    make(mutant);
                }
            }
        }
    });
}

#[test]
fn swapped_and_dropped_instructions() {
    judge(400, 290, |module, make| {
        for at in insts(module) {
            let mut dropped = module.clone();
            dropped.funcs[at.0].blocks[at.1].insts.remove(at.2);
            make(dropped);
            if at.2 > 0 {
                let mut swapped = module.clone();
                swapped.funcs[at.0].blocks[at.1].insts.swap(at.2, at.2 - 1);
                make(swapped);
            }
        }
    });
}

#[test]
fn changed_types() {
    judge(5500, 5450, |module, make| {
        let plain = [
            Type::Unit,
            Type::Bool,
            Type::Int,
            Type::Size,
            Type::Mode,
            Type::FileType,
            Type::Ino,
        ];
        let others = [
            Type::Dev,
            Type::Float,
            Type::Duration,
            Type::Time,
            Type::Str,
            Type::Path,
            Type::Name,
            Type::Listing,
            Type::Error,
        ];
        let handles = [
            Type::Dir(Rights::NONE),
            Type::Dir(Rights::ALL),
            Type::File(Rights::ALL),
            Type::Entry(Rights::ALL),
            Type::Root(Rights::ALL),
        ];
        let all: Vec<&Type> = plain.iter().chain(&others).chain(&handles).collect();
        for (f, func) in module.funcs.iter() {
            for v in func.values.keys() {
                for ty in &all {
                    let mut mutant = module.clone();
                    mutant.funcs[f].values[v] = (*ty).clone();
                    make(mutant);
                }
            }
            for ty in &all {
                let mut mutant = module.clone();
                mutant.funcs[f].result = Some((*ty).clone());
                make(mutant);
            }
        }
    });
}

#[test]
fn changed_ops() {
    judge(12000, 11900, |module, make| {
        for at in insts(module) {
            for op in Op::ALL {
                let mut mutant = module.clone();
                inst_at(&mut mutant, at).op = *op;
                make(mutant);
            }
        }
    });
}

#[test]
fn changed_immediates() {
    judge(1150, 1120, |module, make| {
        for at in insts(module) {
            for n in 0..80 {
                let mut mutant = module.clone();
                match &mut inst_at(&mut mutant, at).imm {
                    Imm::Field(_) | Imm::Func(_) | Imm::Data(_) if n >= 20 => continue,
                    Imm::Field(x) => *x = n,
                    Imm::Func(x) => *x = FuncId(n),
                    Imm::Data(x) => *x = DataId(n),
                    Imm::Sys(sys, _) => *sys = Sys::ALL[n as usize % Sys::ALL.len()],
                    _ => continue,
                }
                make(mutant);
            }
        }
    });
}

#[test]
fn dropped_enters_and_leaves() {
    judge(22, 22, |module, make| {
        for (f, b) in blocks(module) {
            if let End::Enter(_, t) | End::Leave(_, _, t) = &module.funcs[f].blocks[b].end {
                let mut mutant = module.clone();
                mutant.funcs[f].blocks[b].end = End::Jump(t.clone());
                make(mutant);
            }
        }
    });
}

#[test]
fn changed_scopes_of_blocks_and_ends() {
    judge(130, 130, |module, make| {
        for (f, b) in blocks(module) {
            for other in module.funcs[f].scopes.keys() {
                let mut mutant = module.clone();
                mutant.funcs[f].blocks[b].scope = other;
                make(mutant);
                let mut mutant = module.clone();
                if let End::Enter(s, _) | End::Leave(s, _, _) = &mut mutant.funcs[f].blocks[b].end {
                    *s = other;
                }
                make(mutant);
            }
        }
    });
}

#[test]
fn changed_keeps() {
    judge(250, 210, |module, make| {
        for (f, b) in blocks(module) {
            for v in module.funcs[f].values.keys() {
                let mut mutant = module.clone();
                if let End::Leave(_, keep, _) = &mut mutant.funcs[f].blocks[b].end {
                    *keep = Keep::Only(vec![v]);
                }
                make(mutant);
            }
        }
    });
}

#[test]
fn changed_ends() {
    judge(3500, 3480, |module, make| {
        for (f, b) in blocks(module) {
            for v in module.funcs[f].values.keys() {
                for end in [End::Return(v), End::Throw(v)] {
                    let mut mutant = module.clone();
                    mutant.funcs[f].blocks[b].end = end;
                    make(mutant);
                }
            }
        }
    });
}

#[test]
fn changed_binds_and_entries() {
    judge(110, 85, |module, make| {
        for (f, func) in module.funcs.iter() {
            let mut mutant = module.clone();
            mutant.entry = f;
            make(mutant);
            for n in 0..func.params.len() {
                for bind in [
                    Bind::Arg,
                    Bind::Cwd,
                    Bind::Def,
                    Bind::Root(DataId(0)),
                    Bind::Root(DataId(9)),
                    Bind::Args,
                    Bind::Environment,
                    Bind::Variable(DataId(0)),
                    Bind::Variable(DataId(9)),
                ] {
                    let mut mutant = module.clone();
                    mutant.funcs[f].params[n].bind = bind;
                    make(mutant);
                }
            }
        }
    });
}

/// Roots dropped, regions of other loops, regions made earlier, arguments that change places.
#[test]
fn changed_turns() {
    judge(20, 20, |module, make| {
        for (f, b) in blocks(module) {
            let End::Turn(_, target, roots) = &module.funcs[f].blocks[b].end else {
                continue;
            };
            let mut change = |with: &dyn Fn(&mut Value, &mut Target, &mut Vec<Value>)| {
                let mut mutant = module.clone();
                if let End::Turn(r, t, roots) = &mut mutant.funcs[f].blocks[b].end {
                    with(r, t, roots);
                }
                make(mutant);
            };
            for n in 0..roots.len() {
                change(&|_, _, roots| {
                    roots.remove(n);
                });
            }
            for v in module.funcs[f].values.keys() {
                if module.funcs[f].values[v] == Type::Region {
                    change(&|r, _, _| *r = v);
                }
            }
            for n in 1..target.args.len() {
                change(&|_, t, _| t.args.swap(0, n));
                change(&|_, t, _| t.args.swap(n - 1, n));
            }
        }
        for (f, b, n) in insts(module) {
            if module.funcs[f].blocks[b].insts[n].op != Op::Region {
                continue;
            }
            for up in 0..n {
                let mut mutant = module.clone();
                let insts = &mut mutant.funcs[f].blocks[b].insts;
                let region = insts.remove(n);
                insts.insert(up, region);
                make(mutant);
            }
        }
    });
}
