//! Every case of `tests/corpus` in every engine, with and without the passes, on the fake kernel and the real one:
//! rows, errors and system calls are those that the case says, and the same everywhere.
//!
//! `SAWMILL_CASE=part-of-a-name` runs some cases, `SAWMILL_BLESS=1` writes down what they give. It is one test, so that
//! no other thread opens files while it counts those that are open, and the working directory is its own.

#![allow(clippy::unwrap_used, reason = "what fails is a failing test")]

mod support;

use std::path::Path;
use support::case::{Case, CaseFile, read_all, wanted};
use support::run::{By, On, Outcome, Place, Programs, make_anew, real_tree, run};

#[test]
fn every_case_in_every_engine() {
    let mut failures = Vec::new();
    let mut count = 0;
    for file in read_all("corpus") {
        let mut expectations = Vec::new();
        for case in &file.cases {
            let actual = if wanted(case) {
                count += 1;
                check(case, &mut failures)
            } else {
                None
            };
            expectations.push(actual.unwrap_or_else(|| case.expect.clone()));
        }
        judge(&file, &expectations, &mut failures);
    }
    println!("{count} cases");
    assert!(
        failures.is_empty(),
        "{}\n{} failures",
        failures.join("\n\n"),
        failures.len()
    );
}

fn judge(file: &CaseFile, expectations: &[Vec<String>], failures: &mut Vec<String>) {
    if support::bless() {
        file.rewrite(expectations);
        return;
    }
    for (case, actual) in file.cases.iter().zip(expectations) {
        if case.expect != *actual {
            let (want, have) = (case.expect.join("\n  "), actual.join("\n  "));
            failures.push(format!(
                "{} should give\n  {want}\nand gives\n  {have}",
                case.name
            ));
        }
    }
}

/// Runs a case everywhere; what it gives, as expectations, unless it gives this here and that there.
fn check(case: &Case, failures: &mut Vec<String>) -> Option<Vec<String>> {
    let mut fail = |why: String| {
        failures.push(format!("{}: {why}", case.name));
        None
    };
    let dir = real_tree_of(case);
    let text = case
        .text
        .replace("$TREE", dir.path().to_str().expect("a path of ours"));
    let programs = match Programs::compile(&text) {
        Ok(programs) => programs,
        Err(e) => return fail(format!("does not compile\n{}", e.render(false))),
    };
    if let Some(cwd) = &case.cwd {
        std::env::set_current_dir(dir.path().join(cwd)).expect("it is there");
    }
    let outcome = everywhere(case, &programs, dir.path());
    if case.cwd.is_some() {
        std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).expect("it is there");
    }
    match outcome {
        Ok(outcome) => Some(expectations(case, &outcome)),
        Err(why) => fail(why),
    }
}

fn real_tree_of(case: &Case) -> support::tree::TempDir {
    if case.fake_only {
        support::tree::TempDir::new()
    } else {
        real_tree(case)
    }
}

/// Runs a case in every engine on every kernel; the outcome that all agree on.
fn everywhere(case: &Case, programs: &Programs, root: &Path) -> Result<Outcome, String> {
    let changes = case.changes || !case.fail.is_empty() || !case.after.is_empty();
    let place = Place {
        root,
        case,
        twice: !changes,
    };
    let fake = |by| {
        let kernel = case.tree.clone().unwrap_or_default().fake(root);
        if let Some(cwd) = &case.cwd {
            let path: std::path::PathBuf = root.join(cwd).components().collect();
            assert!(
                kernel.change_dir(path.to_str().expect("a path of ours")),
                "{cwd} is not there"
            );
        }
        attempt(programs, by, On::Fake(kernel), &place, "fake")
    };
    let first = fake(By::Interp)?;
    let all = [
        By::Lowered,
        By::Hooked,
        By::Plain,
        By::InterpTurning,
        By::HookedTurning,
    ];
    for by in all {
        let other = fake(by)?;
        if by.is_turning() && first.is_full() && other.is_full() {
            // Where the limit is met depends on when memory is given back.
            continue;
        }
        if (&first.data, &first.failure) != (&other.data, &other.failure) {
            let difference = format!("{:?}\nnot\n{:?}", parts(&other), parts(&first));
            return Err(format!("{by:?} gives on the fake kernel\n{difference}"));
        }
        if by != By::Lowered && first.calls != other.calls {
            let (a, b) = (&first.calls, &other.calls);
            return Err(format!("an error of {by:?} is called from\n{b}\nnot\n{a}"));
        }
        same(&first, &other, &format!("{by:?} on the fake kernel"))?;
    }
    if case.fake_only {
        return Ok(first);
    }
    let real = |by, on| {
        if case.changes {
            make_anew(case, root);
        }
        attempt(programs, by, on, &place, "real")
    };
    for by in [By::Interp, By::Lowered, By::Hooked] {
        let other = real(by, On::Sorted)?;
        same(&first, &other, &format!("{by:?} on the real kernel"))?;
    }
    // In the kernel's own order of listings these two must agree with each other.
    let plain = real(By::Interp, On::Real)?;
    let native = real(By::Native, On::Real)?;
    same(&plain, &native, "native code")?;
    Ok(first)
}

fn attempt(
    programs: &Programs,
    by: By,
    on: On,
    place: &Place,
    kernel: &str,
) -> Result<Outcome, String> {
    run(programs, by, on, place).map_err(|e| format!("{by:?} on the {kernel} kernel: {e}"))
}

fn parts(outcome: &Outcome) -> (&str, &str) {
    (&outcome.data, &outcome.failure)
}

fn same(one: &Outcome, other: &Outcome, who: &str) -> Result<(), String> {
    if one.normalised() != other.normalised() {
        let (a, b) = (other.normalised(), one.normalised());
        return Err(format!("{who} gives\n{a:#?}\nnot\n{b:#?}"));
    }
    if one.trace != other.trace {
        let (a, b) = (other.trace.as_deref(), one.trace.as_deref());
        let (a, b) = (a.unwrap_or(&[]), b.unwrap_or(&[]));
        let n = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let (a, b) = (a.get(n), b.get(n));
        return Err(format!("{who}: call {n} is\n  {a:?}\nnot\n  {b:?}"));
    }
    Ok(())
}

/// How many rows an expectation shows.
const ROWS: usize = 24;

fn expectations(case: &Case, outcome: &Outcome) -> Vec<String> {
    let (rows, error) = outcome.normalised();
    if case.on_line {
        let error = error.map(|e| {
            let end = e.find(": ").unwrap_or(e.len());
            format!("error: {}", &e[..end])
        });
        let rows = if rows.is_empty() {
            "nothing".into()
        } else {
            rows.join(" ")
        };
        return vec![error.unwrap_or_else(|| format!("=> {rows}"))];
    }
    let mut lines: Vec<String> = rows.iter().take(ROWS).map(|r| format!("=> {r}")).collect();
    if rows.len() > ROWS {
        lines.push(format!("=> and {} more", rows.len() - ROWS));
    }
    match error {
        Some(error) => lines.push(format!("error: {error}")),
        None if lines.is_empty() => lines.push("=> nothing".into()),
        None => {}
    }
    let trace = outcome.trace.clone().unwrap_or_default();
    if case.expects("call:") {
        lines.extend(trace.iter().map(|call| format!("call: {call}")));
    }
    if case.expects("calls:") {
        lines.push(format!("calls: {}", summary(&trace)));
    }
    lines
}

/// `openat2 getdents64*2 statx*3 close`
fn summary(trace: &[String]) -> String {
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for call in trace {
        let name = call.split('(').next().unwrap_or("");
        match runs.last_mut() {
            Some((last, n)) if *last == name => *n += 1,
            _ => runs.push((name, 1)),
        }
    }
    let text = |(name, n): &(&str, usize)| match n {
        1 => name.to_string(),
        n => format!("{name}*{n}"),
    };
    let words: Vec<String> = runs.iter().map(text).collect();
    if words.is_empty() {
        "none".into()
    } else {
        words.join(" ")
    }
}
