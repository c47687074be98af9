//! Every block of the book is run, in both engines, and gives what it says.
//!
//! A block is expressions, each followed by what it gives (`;; => 3`, as the language writes values) or by the code of
//! the error that refuses it (`;; error E0013`). Definitions hold for the rest of their block.

use sawmill::parts::frontend::check::is_definition;
use sawmill::{Engine, Error, Mode, Rights};

const PAGES: &[(&str, usize)] = &[
    ("tutorial.md", 12),
    ("language.md", 40),
    ("differences.md", 3),
];

/// An expression of a block: the line of what it gives, the forms before it, itself, and that.
struct Step {
    line: usize,
    before: String,
    program: String,
    want: String,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut block: Option<(String, String)> = None;
    for (i, line) in text.lines().enumerate() {
        match (&mut block, line) {
            (None, "```clojure") => block = Some((String::new(), String::new())),
            (Some((_, open)), "```") => {
                assert!(
                    open.trim().is_empty(),
                    "line {}: nothing is said of this: {open}",
                    i + 1
                );
                block = None;
            }
            (Some((before, open)), line) if line.starts_with(";; ") => {
                let program = std::mem::take(open);
                let want = line[3..].trim().to_string();
                steps.push(Step {
                    line: i + 1,
                    before: before.clone(),
                    program: program.clone(),
                    want: want.clone(),
                });
                if want.starts_with("=>") {
                    before.push_str(&definitions(&program));
                }
            }
            (Some((_, open)), line) => {
                open.push_str(line);
                open.push('\n');
            }
            _ => {}
        }
    }
    steps
}

/// The definitions among the forms of a text.
fn definitions(text: &str) -> String {
    let forms = sawmill::read(text, 1).forms;
    let kept = forms
        .iter()
        .filter(|f| is_definition(f) || f.head() == Some("def"));
    kept.map(|f| format!("{}\n", &text[f.at.start as usize..f.at.end as usize]))
        .collect()
}

/// What a program gives, as text of the language.
fn given(step: &Step, mode: Mode) -> String {
    let forms = sawmill::read(&step.program, 1).forms;
    let (last, defined) = forms.split_last().expect("has a form");
    let text = |f: &sawmill::parts::frontend::read::Form| {
        step.program[f.at.start as usize..f.at.end as usize].to_string()
    };
    let shown = match is_definition(last) || last.head() == Some("def") {
        true => text(last),
        false => format!("(pr-str {})", text(last)),
    };
    let defined: String = defined.iter().map(|f| text(f) + "\n").collect();
    let program = format!("{}{defined}{shown}", step.before);
    let engine = Engine::new()
        .mode(mode)
        .ambient(Rights::ALL)
        .powers(sawmill::Powers::ALL);
    let program = match engine.compile(&program) {
        Ok(program) => program,
        Err(Error::Invalid(all, _)) => return format!("error {}", all[0].code.number()),
        Err(e) => return e.to_string(),
    };
    let mut context = program.context().expect("has a context");
    match program.run_in(&mut context, &[]) {
        Ok(words) => match context.view(&words).expect("has a value").data() {
            sawmill::Data::Str(text) => format!("=> {text}"),
            other => format!("{other:?}"),
        },
        Err(e) => format!("error {e}"),
    }
}

#[test]
fn every_block_of_the_book_gives_what_it_says() {
    let mut wrong = String::new();
    for (page, least) in PAGES {
        let path = format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("reads");
        let steps = steps(&text);
        assert!(
            steps.len() >= *least,
            "{page} has lost blocks: {}",
            steps.len()
        );
        for step in steps {
            for mode in [Mode::Interp, Mode::Auto] {
                let given = given(&step, mode);
                if given != step.want {
                    wrong.push_str(&format!(
                        "docs/{page}:{} in {mode:?}\n  says {}\n  gives {given}\n",
                        step.line, step.want
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
