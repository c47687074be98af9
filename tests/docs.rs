//! Every block of the documents that says what it gives is run, in both engines.

use sawmill::output::{Format, Options, RowWriter};
use sawmill::{Engine, Mode, Rights, Ty};

/// The blocks of a document: number of their line, program, what it has to give.
fn blocks(text: &str) -> Vec<(usize, String, Vec<String>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Vec<&str>)> = None;
    for (i, line) in text.lines().enumerate() {
        match (&mut open, line) {
            (None, "```clojure") => open = Some((i + 1, Vec::new())),
            (Some((at, lines)), "```") => {
                let (want, program): (Vec<&str>, Vec<&str>) =
                    lines.iter().partition(|l| l.starts_with(";; =>"));
                let want = want
                    .iter()
                    .map(|l| l[";; =>".len()..].trim().to_string())
                    .collect();
                blocks.push((*at, program.join("\n"), want));
                open = None;
            }
            (Some((_, lines)), line) => lines.push(line),
            _ => {}
        }
    }
    blocks
}

fn run(program: &str, mode: Mode) -> Vec<String> {
    let engine = Engine::new().mode(mode).ambient(Rights::ALL);
    let program = engine.compile(program).expect("compiles");
    let mut context = program.context().expect("has a context");
    let words = program.run_in(&mut context, &[]).expect("runs");
    let mut out = Vec::new();
    let mut writer = RowWriter::new(&mut out, Format::Jsonl, Options::default());
    let view = if matches!(program.result(), Ty::Seq(_)) {
        context.rows()
    } else {
        context.view(&words)
    };
    writer
        .value(&view.expect("has a result"), &())
        .expect("writes");
    writer.finish().expect("writes");
    String::from_utf8(out)
        .expect("is text")
        .lines()
        .map(str::to_string)
        .collect()
}

#[test]
fn blocks_of_the_language_reference_give_what_they_say() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/language.md"))
        .expect("reads");
    let blocks = blocks(&text);
    assert!(blocks.len() >= 12, "blocks were lost: {}", blocks.len());
    for (line, program, want) in blocks {
        assert!(
            !want.is_empty(),
            "docs/language.md:{line} says nothing of what it gives"
        );
        for mode in [Mode::Interp, Mode::Auto] {
            assert_eq!(
                run(&program, mode),
                want,
                "docs/language.md:{line} in {mode:?}"
            );
        }
    }
}

/// The reference page, from the tables.
fn reference() -> String {
    use sawmill::parts::ir::{ops::Op, structs::StructId, syscalls::Sys};
    use std::fmt::Write;
    let mut page = String::from(
        "# Reference\n\nMade from the tables of the code; `SAWMILL_BLESS=1 cargo test --test docs` makes it anew.\n",
    );
    page.push_str("\n## Functions of the prelude\n\n| | |\n|---|---|\n");
    for (_, usage, doc) in sawmill::prelude_docs() {
        let _ = writeln!(page, "| `{usage}` | {doc} |");
    }
    page.push_str("\n## Rights\n\n| | |\n|---|---|\n");
    for (name, _, doc) in sawmill::Rights::TABLE {
        let _ = writeln!(page, "| `{name}` | {doc} |");
    }
    page.push_str("\n## System calls\n\n| IR | kernel | x86_64 | AArch64 | since | |\n|---|---|---|---|---|---|\n");
    for sys in Sys::ALL {
        let row = sys.row();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            row.name, row.kernel, row.x86_64, row.aarch64, row.since, row.doc
        );
    }
    page.push_str("\n## Kernel structures\n\n| | offset | read as |\n|---|---|---|\n");
    for s in StructId::ALL {
        for field in s.row().fields {
            let _ = writeln!(
                page,
                "| `{}.{}` | {} | {} |",
                s.row().name,
                field.name,
                field.offset,
                field.ty
            );
        }
    }
    page.push_str("\n## Operations of the IR\n\n| | can fail | |\n|---|---|---|\n");
    for op in Op::ALL {
        let row = op.row();
        let fails = if row.fallible { "yes" } else { "" };
        let _ = writeln!(page, "| `{}` | {fails} | {} |", row.name, row.doc);
    }
    page.push_str("\n## Diagnostics\n\n| | |\n|---|---|\n");
    for (_, number, doc) in sawmill::Code::TABLE {
        let _ = writeln!(page, "| `{number}` | {doc} |");
    }
    page
}

#[test]
fn the_reference_page_is_that_of_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md");
    let page = reference();
    if std::env::var_os("SAWMILL_BLESS").is_some() {
        std::fs::write(path, &page).expect("writes");
    }
    let have = std::fs::read_to_string(path).expect("reads");
    assert!(
        have == page,
        "docs/reference.md is stale: SAWMILL_BLESS=1 cargo test --test docs"
    );
}
