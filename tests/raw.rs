//! System calls by name, over and over: a round's bytes are gone with the round, and an error keeps no copy of what was
//! not written.

#![allow(clippy::unwrap_used, reason = "what fails is a failing test")]

use sawmill::parts::ir::syscalls::Sys;
use sawmill::parts::runtime::fake::{FakeKernel, Nth};
use sawmill::{Context, Data, Engine, Error, Fault, Mode, Options, Rights};

const MODES: [Mode; 2] = [Mode::Interp, Mode::Hooked];
const ROUNDS: u64 = 100_000;

/// Runs the body of a program of a directory with a file of 4096 bytes, in so much memory.
fn run(fake: &FakeKernel, mode: Mode, memory: u64, body: &str) -> Result<Data, Error> {
    let options = Options {
        memory,
        ..Options::default()
    };
    let mut context = Context::new(options, Box::new(fake.clone())).unwrap();
    let dir = context.open_dir(b"/d", Rights::ALL).unwrap();
    let text = format!("(fn [d :- Dir] {body})");
    let program = Engine::new().mode(mode).compile(&text).unwrap();
    let words = program.run_in(&mut context, &[Data::Handle(dir)])?;
    Ok(context.view(&words).unwrap().data())
}

fn fake() -> FakeKernel {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        tree.contents("/d/f", "0123456789abcdef".repeat(256));
    });
    fake
}

#[test]
fn a_loop_of_reads_takes_constant_memory() {
    // 51 MB are read, in 1 MiB.
    let bodies = [
        "(let [f (sys/openat2.read d \"f\")]
           (reduce + 0 (map (fn [n] (count (sys/pread64 f 512 0B))) (range 100000))))",
        "(let [f (sys/openat2.read d \"f\")]
           (loop [n 0 all 0]
             (if (= n 100000) all
               (do (sys/lseek f 0 :set)
                   (recur (inc n) (+ all (count (sys/read f 512))))))))",
    ];
    for (mode, body) in MODES.iter().flat_map(|m| bodies.map(|b| (*m, b))) {
        let fake = fake();
        let done = run(&fake, mode, 1 << 20, body);
        let calls = fake.calls_of(Sys::Read) + fake.calls_of(Sys::Pread64);
        assert_eq!(calls, ROUNDS, "{mode:?} {body}: {:?}", done.err());
        let all = match done.unwrap() {
            Data::Int(n) | Data::Size(n) => n,
            other => panic!("{other:?}"),
        };
        assert_eq!(all, 512 * ROUNDS as i64);
    }
    // What is kept is kept, and meets the limit.
    let kept = "(let [f (sys/openat2.read d \"f\")]
        (vec (map (fn [n] (sys/pread64 f 512 0B)) (range 100000))))";
    for mode in MODES {
        let Err(Error::Failed(failure, _)) = run(&fake(), mode, 1 << 20, kept) else {
            panic!("{mode:?}");
        };
        assert_eq!(failure.fault, Fault::Memory);
    }
}

#[test]
fn an_error_does_not_keep_a_large_write() {
    // 4 MiB of text, of which no second copy fits.
    let body = "(let [f (sys/openat2.create d \"g\" 0o600)
                     text (reduce (fn [t n] (str t t)) \"0123456789abcdef\" (range 18))]
        (or-else (some-> (err (try (sys/write f text))) :name) \"done\"))";
    for mode in MODES {
        let fake = fake();
        fake.fail(Nth::of(Sys::Write, 1), 28, true);
        let done = run(&fake, mode, 8 << 20, body).unwrap();
        assert_eq!(done, Data::Str("ENOSPC".into()), "{mode:?}");
    }
}
