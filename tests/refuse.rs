//! Every program of `tests/refuse` is refused, by these diagnostics: code, place, message, help. Some are shown as
//! people see them (`;; rendered`). Every code of the table has a case.
//!
//! `SAWMILL_CASE=part-of-a-name` checks some cases, `SAWMILL_BLESS=1` writes down what is said.

mod support;

use sawmill::{Code, Diagnostic, Engine, Error, Sources};
use std::collections::HashSet;
use support::case::{Case, read_all, wanted};

#[test]
fn every_bad_program_is_refused_as_its_case_says() {
    let mut failures = Vec::new();
    let mut said = HashSet::new();
    for file in read_all("refuse") {
        let mut expectations = Vec::new();
        for case in &file.cases {
            if !wanted(case) {
                expectations.push(case.expect.clone());
                continue;
            }
            let actual = refuse(case, &mut said).unwrap_or_else(|why| {
                failures.push(format!("{}: {why}", case.name));
                case.expect.clone()
            });
            if !support::bless() && actual != case.expect {
                let (want, have) = (case.expect.join("\n  "), actual.join("\n  "));
                let name = &case.name;
                failures.push(format!("{name} should say\n  {want}\nand says\n  {have}"));
            }
            expectations.push(actual);
        }
        if support::bless() {
            file.rewrite(&expectations);
        }
    }
    assert!(
        failures.is_empty(),
        "{}\n{} failures",
        failures.join("\n\n"),
        failures.len()
    );
    let complete = std::env::var_os("SAWMILL_CASE").is_none();
    let silent = Code::TABLE.iter().filter(|row| !said.contains(&row.0));
    let silent: Vec<&str> = silent.map(|row| row.1).collect();
    assert!(
        !complete || silent.is_empty(),
        "no case has {}",
        silent.join(" ")
    );
}

/// What is said of a case, as expectations.
fn refuse(case: &Case, said: &mut HashSet<Code>) -> Result<Vec<String>, String> {
    let error = match Engine::new().compile(&case.text) {
        Ok(program) => return Err(format!("is accepted: {}", program.signature())),
        Err(error) => error,
    };
    let rendered = error.render(false);
    let Error::Invalid(all, sources) = error else {
        return Err(format!("is refused by {error:?}"));
    };
    said.extend(all.iter().map(|d| d.code));
    let mut lines: Vec<String> = all.iter().flat_map(|d| diagnostic(d, &sources)).collect();
    if case.rendered {
        lines.extend(
            rendered
                .trim_end()
                .lines()
                .map(|l| format!("| {l}").trim_end().to_string()),
        );
    }
    Ok(lines)
}

fn diagnostic(d: &Diagnostic, sources: &Sources) -> Vec<String> {
    let place = sources
        .place(d.at)
        .unwrap_or_else(|| "program:nowhere".into());
    let place = place.trim_start_matches("program:");
    let mut lines = vec![format!("error[{}] {place}: {}", d.code, d.message)];
    lines.extend(d.help.iter().map(|help| format!("help: {help}")));
    lines
}
