//! The pages that are made from tables are those of the tables, and every example of the library is run, in both engines.

mod syscalls;

use sawmill::parts::runtime::fake::FakeKernel;
use sawmill::{Context, Engine, Example, Mode, Rights};
use std::fmt::Write;

/// The reference page, from the tables.
fn reference() -> String {
    use sawmill::parts::ir::ops::Op;
    let mut page = String::from(
        "# Reference\n\nMade from the tables of the code; `SAWMILL_BLESS=1 cargo test --test docs` makes it anew.\n",
    );
    page.push_str("\nThe functions and forms have a page of their own: [library](library.md); so have the \
        [system calls](syscalls.md), with their flags and structures, and those that are [excluded](excluded.md).\n");
    page.push_str("\n## Rights\n\n| | |\n|---|---|\n");
    for (name, _, doc) in sawmill::Rights::TABLE {
        let _ = writeln!(page, "| `{name}` | {doc} |");
    }
    page.push_str("\n## Powers\n\n| | |\n|---|---|\n");
    for power in sawmill::Power::ALL {
        let _ = writeln!(page, "| `{}` | {} |", power.name(), power.doc());
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

/// The page of the library.
fn library() -> String {
    let mut page = String::from(
        "# Library\n\nMade from the documentation of the functions and forms; `SAWMILL_BLESS=1 cargo test --test docs` makes it anew. \
         The examples are run by that test, in both engines.\n\n\
         A capital letter is a type variable. Where several ways to write a call are given, the types of the arguments choose. \
         `& ...` takes more arguments, combined with the result from left to right.\n",
    );
    let mut section = "";
    for doc in sawmill::library() {
        if doc.section != section {
            section = doc.section;
            let _ = write!(page, "\n## {section}\n");
        }
        let _ = write!(page, "\n### `{}`\n\n", doc.name);
        let _ = writeln!(page, "    {}\n", doc.usages.join("\n    "));
        let _ = writeln!(page, "{}\n", doc.text);
        for example in &doc.examples {
            let _ = writeln!(page, "    {} => {}", example.program, example.gives);
        }
    }
    page
}

fn is_that_of_the_tables(name: &str, page: &str) {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("SAWMILL_BLESS").is_some() {
        std::fs::write(&path, page).expect("writes");
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        have == page,
        "docs/{name} is stale: SAWMILL_BLESS=1 cargo test --test docs"
    );
}

#[test]
fn the_reference_page_is_that_of_the_tables() {
    is_that_of_the_tables("reference.md", &reference());
}

#[test]
fn the_pages_of_the_system_calls_are_those_of_the_tables() {
    is_that_of_the_tables("syscalls.md", &syscalls::page());
    is_that_of_the_tables("excluded.md", &syscalls::excluded());
}

#[test]
fn the_library_page_is_that_of_the_library() {
    is_that_of_the_tables("library.md", &library());
}

/// The files that the examples see, in the working directory.
fn files() -> FakeKernel {
    let kernel = FakeKernel::new();
    kernel.edit(|tree| {
        tree.dir("/home");
        tree.file("/home/hello.txt", 6);
        tree.symlink("/home/link", "hello.txt");
        tree.dir("/home/src");
        tree.file("/home/src/lib.rs", 120);
        tree.file("/home/src/main.rs", 4096);
    });
    assert!(kernel.change_dir("/home"));
    kernel
}

/// What an example gives: its last form as `pr-str` shows it, or its error, or what it prints.
fn given(example: &Example, mode: Mode) -> String {
    let read = sawmill::read(&example.program, 1);
    assert!(
        read.diagnostics.is_empty(),
        "`{}` does not read",
        example.program
    );
    let last = read.forms.last().expect("has a form");
    let (before, last) = example.program.split_at(last.at.start as usize);
    let text = match example.gives.starts_with("prints ") {
        true => example.program.clone(),
        false => format!("{before}(pr-str {last})"),
    };
    let engine = Engine::new()
        .mode(mode)
        .ambient(Rights::ALL)
        .powers(sawmill::Powers::ALL);
    let program = match engine.compile(&text) {
        Ok(program) => program,
        Err(e) => return e.render(false),
    };
    let kernel = Box::new(files());
    let mut context = Context::new(sawmill::Options::default(), kernel).expect("has a context");
    let result = program.run_in(&mut context, &[]);
    let printed = String::from_utf8_lossy(context.printed()).into_owned();
    match result {
        Err(e) => format!("error {}", e.code()),
        Ok(_) if example.gives.starts_with("prints ") => format!("prints {printed:?}"),
        Ok(words) => match context.view(&words).expect("has a result").data() {
            sawmill::Data::Str(text) => text,
            other => format!("{other:?}"),
        },
    }
}

#[test]
fn examples_of_the_library_give_what_they_say() {
    let mut wrong = String::new();
    for doc in sawmill::library() {
        for example in &doc.examples {
            for mode in [Mode::Interp, Mode::Hooked] {
                let gives = given(example, mode);
                if gives != example.gives {
                    let (program, want) = (&example.program, &example.gives);
                    let _ = writeln!(
                        wrong,
                        "`{}`: {program} => {want}\n  in {mode:?} gives {gives}",
                        doc.name
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
