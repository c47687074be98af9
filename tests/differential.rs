//! The engines against each other, where no expectation is written down: every case of `tests/corpus` that says
//! `;; faults` with each of its system calls failing in turn, and random programs. Values, errors with their places, and
//! system calls are the same in the interpreter, with and without the passes, and in native code; nothing leaks, and
//! the IR is the same when it has been printed and read.
//!
//! `SAWMILL_CASES=5000` tries more random programs, `SAWMILL_CASE=part-of-a-name` only those cases.

#![allow(clippy::unwrap_used, reason = "what fails is a failing test")]

mod support;

use proptest::prelude::*;
use sawmill::parts::ir::text;
use std::path::Path;
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
    let [first, lowered, hooked] = [By::Interp, By::Lowered, By::Hooked]
        .map(|by| on_fake(programs, by, case).map_err(|why| format!("{by:?}: {why}")));
    let first = first?;
    for (by, other) in [(By::Lowered, lowered?), (By::Hooked, hooked?)] {
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
    let programs =
        Programs::hooked(text).map_err(|e| format!("does not compile\n{}", e.render(false)))?;
    for module in [
        programs.of(By::Interp).verified().module(),
        programs.of(By::Interp).lowered().module(),
    ] {
        let printed = module.to_string();
        let read =
            text::parse(&printed).map_err(|e| format!("its IR does not parse: {e}\n{printed}"))?;
        if read != **module {
            return Err(format!(
                "its IR is another one when it is read:\n{printed}\n{read}"
            ));
        }
    }
    let outcome = in_every_engine(&programs, &case)?;
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

fn config() -> ProptestConfig {
    let cases = std::env::var("SAWMILL_CASES").map_or(96, |n| n.parse().expect("a number"));
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn random_programs(choices in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = generate::program(&choices);
        if let Err(why) = try_program(&text) {
            return Err(TestCaseError::fail(format!("{text}\n{why}")));
        }
    }
}
