//! The engines against each other, where no expectation is written down: every case of `tests/corpus` that says
//! `;; faults` with each of its system calls failing in turn, and random programs. Values, errors with their places, and
//! system calls are the same in the interpreter, with and without the passes, and in native code; nothing leaks, and
//! the IR is the same when it has been printed and read.
//!
//! `SAWMILL_CASES=50000` tries more random programs, `SAWMILL_SEED=3` others, `SAWMILL_CASE=part-of-a-name` only those
//! cases.

#![allow(clippy::unwrap_used, reason = "what fails is a failing test")]

mod support;

use sawmill::Error;
use sawmill::parts::frontend::diag::Code;
use sawmill::parts::ir::text;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use support::case::{Case, read_all, wanted};
use support::generate;
use support::run::{By, On, Outcome, Place, Programs, run};
use support::tree::Tree;

/// Where the tree is in the fake kernel.
const ROOT: &str = "/root-of-the-tree";

/// Runs a case on a fake kernel of its own.
fn on_fake(programs: &Programs, by: By, case: &Case) -> Result<Outcome, String> {
    let root = Path::new(ROOT);
    let kernel = case.tree.clone().unwrap_or_default().fake(root);
    if let Some(cwd) = &case.cwd {
        let path: std::path::PathBuf = root.join(cwd).components().collect();
        assert!(kernel.change_dir(path.to_str().expect("a path of ours")));
    }
    let place = Place {
        root,
        case,
        twice: false,
    };
    run(programs, by, On::Fake(kernel), &place)
}

/// What every engine gives, if it is the same.
fn in_every_engine(programs: &Programs, case: &Case) -> Result<Outcome, String> {
    let run = |by| on_fake(programs, by, case).map_err(|why| format!("{by:?}: {why}"));
    let first = run(By::Interp)?;
    let others = [
        By::Lowered,
        By::Hooked,
        By::Plain,
        By::InterpTurning,
        By::HookedTurning,
    ];
    for by in others {
        let other = run(by)?;
        let all = |o: &Outcome| {
            (
                o.data.clone(),
                o.failure.clone(),
                o.rows.clone(),
                o.error.clone(),
            )
        };
        if all(&first) != all(&other) {
            let (a, b) = (all(&first), all(&other));
            return Err(format!("{by:?} gives\n{b:#?}\nnot\n{a:#?}"));
        }
        if by != By::Lowered && first.calls != other.calls {
            let (a, b) = (&first.calls, &other.calls);
            return Err(format!("an error of {by:?} is called from\n{b}\nnot\n{a}"));
        }
        if first.trace != other.trace {
            let (a, b) = (&first.trace, &other.trace);
            return Err(format!("{by:?} calls\n{b:#?}\nnot\n{a:#?}"));
        }
    }
    Ok(first)
}

/// What a call may fail with, by its name; those that programs or the runtime might treat specially are among them.
fn errnos(call: &str) -> &'static [&'static str] {
    match call {
        "close" => &["EIO", "EINTR"],
        "getdents64" => &["EIO", "EINTR", "ENOENT"],
        "statx" => &["EACCES", "EINTR", "ENOENT"],
        _ => &["EMFILE", "EINTR", "EAGAIN", "ELOOP"],
    }
}

/// The case with one failure more.
fn failing(case: &Case, call: &str, n: usize, errno: &str, ever: bool) -> Case {
    let mut words = vec![call.to_string(), n.to_string(), errno.to_string()];
    words.extend(ever.then(|| "ever".to_string()));
    let mut case = case.clone();
    case.fail.push(words);
    case
}

#[test]
fn every_call_fails_in_turn() {
    let mut failures = Vec::new();
    let (mut cases, mut runs) = (0, 0);
    for file in read_all("corpus") {
        for case in file.cases.iter().filter(|c| c.faults && wanted(c)) {
            cases += 1;
            runs += fault_each_call(case).unwrap_or_else(|why| {
                failures.push(format!("{}: {why}", case.name));
                0
            });
        }
    }
    println!("{cases} cases, {runs} failures");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(runs > 0 || std::env::var_os("SAWMILL_CASE").is_some());
}

/// Fails every call of a case; how many failures that made.
fn fault_each_call(case: &Case) -> Result<usize, String> {
    let text = case.text.replace("$TREE", ROOT);
    let programs = Programs::compile(&text).map_err(|e| e.render(false))?;
    let clean = in_every_engine(&programs, case)?;
    let catches = text.contains("(try ");
    let calls = clean.trace.clone().unwrap_or_default();
    let (mut opened, mut closed, mut runs) = (0, 0, 0);
    for line in &calls {
        let name = line.split(['(', '.']).next().unwrap_or("");
        let (which, n) = match name {
            "close" => {
                closed += 1;
                ("close", closed)
            }
            _ => {
                opened += 1;
                ("any", opened)
            }
        };
        for errno in errnos(name) {
            for ever in [false, true] {
                let faulty = failing(case, which, n, errno, ever);
                let what = format!(
                    "{which} {n} {errno}{} ({line})",
                    if ever { " ever" } else { "" }
                );
                let outcome =
                    in_every_engine(&programs, &faulty).map_err(|e| format!("{what}: {e}"))?;
                runs += 1;
                judge(&clean, &outcome, which, errno, catches)
                    .map_err(|e| format!("{what}: {e}"))?;
            }
        }
    }
    Ok(runs)
}

/// What must be so after a failure: that it is told, unless the program catches it, and nothing was done after it but
/// closing. A close that fails has closed, and there is nothing to tell.
fn judge(
    clean: &Outcome,
    now: &Outcome,
    which: &str,
    errno: &str,
    catches: bool,
) -> Result<(), String> {
    if which == "close" {
        let same = (&clean.rows, &clean.error) == (&now.rows, &now.error);
        return same.then_some(()).ok_or(format!("gives {now:#?}"));
    }
    if catches || clean.error.is_some() {
        return Ok(());
    }
    match &now.error {
        Some(error) if error.starts_with(errno) => {}
        other => return Err(format!("is not told: {other:?}")),
    }
    let trace = now.trace.clone().unwrap_or_default();
    let failed = trace.iter().position(|l| l.contains(errno));
    let after = failed.map_or(&[][..], |n| &trace[n + 1..]);
    match after.iter().find(|l| !l.starts_with("close(")) {
        Some(call) => Err(format!("and then {call}")),
        None => Ok(()),
    }
}

/// The case of a random program.
fn case_of(text: &str) -> Case {
    let mut tree = Tree::default();
    for line in generate::TREE {
        assert!(tree.line(line));
    }
    Case {
        name: "random".into(),
        text: text.into(),
        tree: Some(tree),
        args: Some("3".into()),
        ..Case::default()
    }
}

/// Compiles a program, tests that its IR survives printing and reading, and runs it.
fn try_program(text: &str) -> Result<(), String> {
    let case = case_of(text);
    let programs = match Programs::hooked(text) {
        Ok(programs) => programs,
        // A program may be too large when its functions have been expanded.
        Err(Error::Invalid(all, _)) if all.iter().all(|d| d.code == Code::Limit) => return Ok(()),
        Err(e) => return Err(format!("does not compile\n{}", e.render(false))),
    };
    for module in [
        programs.of(By::Interp).verified().module(),
        programs.of(By::Interp).lowered().module(),
    ] {
        let printed = module.to_string();
        let mut read =
            text::parse(&printed).map_err(|e| format!("its IR does not parse: {e}\n{printed}"))?;
        read.sources = module.sources.clone();
        if read != **module {
            return Err(format!(
                "its IR is another one when it is read:\n{printed}\n{read}"
            ));
        }
    }
    let outcome = match in_every_engine(&programs, &case) {
        // Who needs how much memory is not said.
        Err(why) if why.contains("memory-limit") => return Ok(()),
        outcome => outcome?,
    };
    // And again where a call fails somewhere in the middle.
    let calls = outcome
        .trace
        .map_or(0, |t| t.iter().filter(|l| !l.starts_with("close(")).count());
    if calls > 0 {
        let faulty = failing(&case, "any", 1 + text.len() % calls, "EIO", false);
        in_every_engine(&programs, &faulty).map_err(|e| format!("with a failing call: {e}"))?;
    }
    Ok(())
}

/// Numbers that look random, the same for the same seed (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The choices of a program; some programs are small.
fn choices(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let most = [100, 500, 1200][random.next() as usize % 3];
    let len = random.next() as usize % most;
    (0..len).map(|_| random.next() as u8).collect()
}

/// What is wrong with the program of these choices.
fn wrong(choices: &[u8]) -> Option<String> {
    let text = generate::program(choices);
    let tried = std::panic::catch_unwind(|| try_program(&text));
    tried
        .unwrap_or_else(|_| Err("panics".into()))
        .err()
        .map(|why| format!("{text}\n{why}"))
}

/// Fewer and smaller choices that are wrong too.
fn shrunk(mut least: Vec<u8>, mut why: String) -> String {
    let mut tries = 400;
    let mut step = least.len() / 2;
    while step > 0 && tries > 0 {
        let mut at = 0;
        let before = least.len();
        while at < least.len() && tries > 0 {
            tries -= 1;
            let mut fewer = least.clone();
            fewer.drain(at..least.len().min(at + step));
            match wrong(&fewer) {
                Some(now) => (least, why) = (fewer, now),
                None => at += step,
            }
        }
        if least.len() == before {
            step /= 2;
        }
    }
    why
}

/// A number that the environment says.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

#[test]
fn random_programs() {
    let cases = number("SAWMILL_CASES").unwrap_or(2000);
    let start = number("SAWMILL_SEED").unwrap_or(0);
    let most = number("SAWMILL_FAILURES").unwrap_or(1) as usize;
    let next = AtomicU64::new(start);
    let failures = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= start + cases || failures.lock().unwrap().len() >= most {
                return;
            }
            let choices = choices(seed);
            if let Some(why) = wrong(&choices) {
                let why = shrunk(choices, why);
                failures
                    .lock()
                    .unwrap()
                    .push(format!("seed {seed}:\n{why}"));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            // What checks expressions within expressions needs stack, without optimisation much of it.
            let thread = std::thread::Builder::new().stack_size(64 << 20);
            thread.spawn_scoped(scope, work).unwrap();
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
