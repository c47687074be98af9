//! Every diagnostic is explained: its wrong example gets it and nothing else, its right one compiles, and the page of
//! diagnostics says so. `SAWMILL_BLESS=1` makes the page anew.

use sawmill::explain::explain_code;
use sawmill::{Code, Engine, Error};
use std::fmt::Write;

#[test]
fn a_wrong_example_gets_its_code_and_a_right_one_compiles() {
    for (code, number, _) in Code::TABLE {
        let explained = code.explanation();
        match Engine::new().compile(explained.wrong) {
            Ok(_) => panic!("{number}: the wrong example is right"),
            Err(Error::Invalid(all, _)) => {
                let codes: Vec<Code> = all.iter().map(|d| d.code).collect();
                assert!(codes.contains(code), "{number}: {all:?}");
                let first = codes.iter().all(|c| c == code || codes[0] == *code);
                assert!(first, "{number} is not what is told first: {all:?}");
            }
            Err(e) => panic!("{number}: {e}"),
        }
        if let Err(e) = Engine::new().compile(explained.right) {
            panic!("{number}: the right example is wrong:\n{}", e.render(false));
        }
    }
}

#[test]
fn an_explanation_has_all_its_parts() {
    for (code, number, meaning) in Code::TABLE {
        let text = explain_code(*code);
        assert!(
            text.starts_with(&format!("{number}: {meaning}\n")),
            "{text}"
        );
        assert!(text.contains(&format!("    error[{number}]: ")), "{text}");
        assert_eq!(Code::from_number(&number.to_lowercase()), Some(*code));
    }
    assert_eq!(Code::from_number("E0000"), None);
    assert_eq!(Code::from_number(""), None);
}

/// The page of diagnostics, from the table.
fn page() -> String {
    let mut page = String::from(
        "# Diagnostics\n\nWhat is said of programs that are refused. `sawmill explain --code E0012` says the same.\n",
    );
    for (code, number, meaning) in Code::TABLE {
        let explained = code.explanation();
        let said = match Engine::new().compile(explained.wrong) {
            Ok(_) => String::new(),
            Err(e) => e.render(false),
        };
        let _ = write!(
            page,
            "\n## {number}\n\n**{meaning}** {}\n\n```text\n{}\n```\n\n```text\n{said}```\n\nThis is right:\n\n```text\n{}\n```\n",
            explained.text, explained.wrong, explained.right
        );
    }
    page
}

#[test]
fn the_page_of_diagnostics_is_that_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/diagnostics.md");
    let page = page();
    if std::env::var_os("SAWMILL_BLESS").is_some() {
        std::fs::write(path, &page).expect("writes");
    }
    let have = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        have == page,
        "docs/diagnostics.md is stale: SAWMILL_BLESS=1 cargo test --test diagnostics"
    );
}
