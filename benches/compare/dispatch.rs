//! What a system call costs beside the kernel's part: a million of the cheapest, in a loop.
//!
//! `getppid` in a C loop, inline, is the bare instruction and what the kernel does for it. The number that no kernel
//! has is the crossing alone.

use sawmill::{Engine, Func, Mode};
use sawmill_bench::{About, Bench, Effort, c, way};

const PROGRAM: &str = "(defn main [n :- Int] (reduce + 0 (map (fn [_] (sys/getppid)) (range n))))";

pub(crate) fn run(bench: &mut Bench) {
    let count: u64 = match bench.effort {
        Effort::Test => 10,
        _ => 1_000_000,
    };
    let parent = c::getppid_loop(1);
    let mut ways = vec![
        way("C, the instruction in a loop", || {
            assert_eq!(c::getppid_loop(count), parent);
        }),
        way("C, a number that no kernel has", || {
            c::nop_syscall_loop(count);
        }),
        way("C library (getppid)", || {
            let sum: i64 = (0..count).map(|_| i64::from(parent_id())).sum();
            assert_eq!(sum, parent * count as i64);
        }),
    ];
    for (name, mode) in [("native code", Mode::Jit), ("interpreter", Mode::Interp)] {
        let engine = Engine::new().mode(mode);
        let program = engine.compile(PROGRAM).expect("the program is right");
        let main: Func<fn(i64) -> i64> = program.func("main").expect("its type");
        ways.push(way(name, move || {
            let sum = main.call((count as i64,)).expect("it works");
            assert_eq!(sum, parent * count as i64);
        }));
    }
    let about = About {
        name: "dispatch, getppid",
        count,
        unit: "calls",
    };
    bench.contest(about, ways);
}

fn parent_id() -> u32 {
    std::os::unix::process::parent_id()
}
