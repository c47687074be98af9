//! Programs made at random give the same in every engine: value or error, rows, system calls, memory taken; also when
//! the n-th call fails, when memory or handles end, when the sink has enough. `SAWMILL_RANDOM=n` makes more.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;
#[path = "../../runtime/tests/passes/random.rs"]
mod random;

use common::{Engines, Session, dir};
use sawmill_ir::module::{Bind, Module};
use sawmill_ir::pass::optimise;
use sawmill_ir::ty::Type;
use sawmill_ir::value::Data;
use sawmill_ir::verify::verify;
use sawmill_jit::Stubs;
use sawmill_runtime::context::{Context, Options};
use sawmill_runtime::fake::{FakeKernel, Nth};

const EIO: i32 = 5;

fn kernel() -> FakeKernel {
    let kernel = FakeKernel::new();
    kernel.edit(|tree| {
        tree.dir("/d/sub/sub");
        tree.file("/d/a", 5);
        tree.file("/d/b", 1 << 30);
        tree.file("/d/sub/c", 70);
        tree.symlink("/d/link", "a");
    });
    kernel.change_dir("/d");
    kernel
}

fn arguments(module: &Module, context: &mut Context, pick: usize) -> Vec<Data> {
    let entry = &module.funcs[module.entry];
    let params = entry.params.iter().zip(entry.param_values());
    let bound = params.filter(|(p, _)| matches!(p.bind, Bind::Arg | Bind::Def));
    let numbers = [0, 1, -1, 7, i64::MAX, i64::MIN];
    let argument = |ty: &Type, context: &mut Context| match ty {
        Type::Int => Data::Int(numbers[pick % numbers.len()]),
        Type::Bool => Data::Bool(pick.is_multiple_of(2)),
        Type::Path => Data::Path([&b"sub"[..], b"/etc/none", b"/"][pick % 3].to_vec()),
        Type::Dir(_) => dir(context, b"/d"),
        other => panic!("no argument of type {other}"),
    };
    bound
        .map(|(_, v)| argument(&entry.values[*v], context))
        .collect()
}

#[test]
fn random_programs_are_the_same_in_every_engine() {
    let many = std::env::var("SAWMILL_RANDOM").ok();
    let many = many.and_then(|n| n.parse().ok()).unwrap_or(40);
    for seed in 0..many {
        let program = verify(random::module(seed)).unwrap_or_else(|e| panic!("{seed}: {e}"));
        let program = match seed % 2 {
            0 => program,
            _ => optimise(program).unwrap_or_else(|e| panic!("{seed}: {e:?}")),
        };
        let heap = sawmill_ir::layout::Layout::of(program.module()).heap;
        let module = program.module().clone();
        let engines = Engines::of(program, Stubs::Hooked);
        for case in 0..24 {
            let mut session = Session {
                interrupted: case == 8,
                ..Session::default()
            };
            session.options = Options {
                // The output list and arguments have to fit; what the program takes need not.
                memory: if case % 4 == 2 {
                    heap + 256 + (97 << (case / 2))
                } else {
                    64 << 20
                },
                handles: if case % 5 == 3 { 3 + case % 3 } else { 1000 },
                ..Options::default()
            };
            if case % 3 == 1 {
                session.batch = Some((1 + case as u64 % 4, 1 + case % 7));
            }
            let fails = if case >= 12 { case as u64 - 9 } else { 0 };
            let kernel = || {
                let kernel = kernel();
                if fails > 0 {
                    kernel.fail(Nth::any(fails), EIO, case % 2 == 0);
                }
                kernel
            };
            let caught = std::panic::catch_unwind(|| {
                engines.agree(&session, kernel, |context| {
                    arguments(&module, context, case)
                })
            });
            assert!(caught.is_ok(), "seed {seed}, case {case}:\n{module}");
        }
    }
}
