//! A directory of 10,000 entries listed and each entry asked about: the sum of the sizes, and all fields of all
//! entries, kept. Interpreter and native code against C.
//!
//! What is kept is measured three ways. *reused*: rows stay in memory that was used before, on both sides. *fresh*:
//! the memory is new each time, so that the kernel makes every page. *Vec<Stat>*: what a host that wants Rust values
//! pays on top; each name is an allocation then.

use sawmill::{Context, Data, Dir, Engine, Func, Mode, Program, Rights, Stat};
use sawmill_bench::{About, Bench, Way, c, directory, way};
use std::cell::RefCell;
use std::hint::black_box;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

const SUM: &str = "(defn main [d :- Dir] (reduce + 0B (map (fn [e] (:size (stat e))) (list d))))";
const ALL: &str = "(defn main [d :- Dir] (->> (list d) (map stat)))";
const MODES: [(&str, Mode); 2] = [("native code", Mode::Jit), ("interpreter", Mode::Interp)];

pub(crate) fn run(bench: &mut Bench) {
    let count = match bench.effort {
        sawmill_bench::Effort::Test => 10,
        _ => 10_000,
    };
    let path = directory(env!("CARGO_TARGET_TMPDIR"), count);
    let about = |name| About {
        name,
        count: count as u64,
        unit: "entries",
    };

    let fd = OwnedFd::from(std::fs::File::open(&path).expect("it was just made"));
    let dir = Dir::open(&path, Rights::LIST | Rights::STAT).expect("it was just made");
    let sum = c::sum_sizes(fd.as_fd());

    let mut ways = vec![way("C", || {
        assert_eq!(c::sum_sizes(fd.as_fd()), sum);
    })];
    for (name, mode) in MODES {
        let main: Func<fn(Dir) -> i64> = program(SUM, mode).func("main").expect("its type");
        let dir = dir.clone();
        ways.push(way(name, move || {
            assert_eq!(main.call((dir.clone(),)).expect("it works"), sum);
        }));
    }
    bench.contest(about("list+stat, sum of sizes"), ways);

    let reused = RefCell::new(c::Collection::default());
    let mut ways = vec![way("C", || {
        let mut reused = reused.borrow_mut();
        reused.collect(fd.as_fd());
        assert_eq!(black_box(reused.rows()).len(), count);
    })];
    for (name, mode) in MODES {
        ways.push(collect_reused(name, program(ALL, mode), &path, count));
    }
    bench.contest(about("list+stat, all fields, reused"), ways);

    let mut ways = vec![way("C", || {
        let mut fresh = c::Collection::default();
        fresh.collect(fd.as_fd());
        assert_eq!(black_box(fresh.rows()).len(), count);
    })];
    for (name, mode) in MODES {
        let (program, path) = (program(ALL, mode), path.clone());
        ways.push(way(name, move || {
            let (mut context, args) = context(&program, &path);
            collect(&program, &mut context, &args, count);
        }));
    }
    bench.contest(about("list+stat, all fields, fresh"), ways);

    let mut ways = vec![way("C, reused", || {
        let mut reused = reused.borrow_mut();
        reused.collect(fd.as_fd());
        assert_eq!(black_box(reused.rows()).len(), count);
    })];
    for (name, mode) in MODES {
        let main: Func<fn(Dir) -> Vec<Stat>> = program(ALL, mode).func("main").expect("its type");
        let dir = dir.clone();
        ways.push(way(format!("{name}, Vec<Stat>"), move || {
            let rows = main.call((dir.clone(),)).expect("it works");
            assert_eq!(black_box(rows).len(), count);
        }));
    }
    bench.contest(about("list+stat, all fields, as Rust values"), ways);
}

fn program(text: &str, mode: Mode) -> Program {
    let engine = Engine::new().mode(mode);
    engine.compile(text).expect("the program is right")
}

/// A context with the directory open in it.
fn context(program: &Program, path: &Path) -> (Box<Context>, [Data; 1]) {
    let mut context = program.context().expect("there is memory");
    let path = path.as_os_str().as_encoded_bytes();
    let dir = context.open_dir(path, Rights::LIST | Rights::STAT);
    (context, [Data::Handle(dir.expect("it was just made"))])
}

fn collect(program: &Program, context: &mut Context, args: &[Data], count: usize) {
    program.run_in(context, args).expect("it works");
    let rows = context.rows().expect("it gives rows");
    assert_eq!(black_box(rows).len(), count);
}

fn collect_reused(name: &str, program: Program, path: &Path, count: usize) -> Way<'static> {
    let (mut context, args) = context(&program, path);
    way(name, move || {
        collect(&program, &mut context, &args, count);
        context.unload();
    })
}
