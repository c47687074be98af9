//! Any text at all: what is no program is refused by diagnostics that can be shown, and nothing panics or hangs. Texts
//! are pieces of the language in any order, and programs of the corpus with a few bytes changed.
//!
//! `SAWMILL_CASES=5000` tries more.

#![allow(clippy::unwrap_used, reason = "what fails is a failing test")]

mod support;

use proptest::prelude::*;
use sawmill::{Engine, Error, Mode};
use std::sync::LazyLock;
use support::case::read_all;

/// Pieces of texts.
const PIECES: &[&str] = &[
    "(",
    "(",
    "(",
    ")",
    ")",
    ")",
    "[",
    "]",
    "{",
    "}",
    " ",
    " ",
    "\n",
    ",",
    ";",
    "#(",
    "#_",
    "#",
    "'",
    "^",
    "\\",
    "\"",
    "\"a\"",
    "\"é\\q\"",
    "\"\\u00e9\"",
    "\"\\ud800\"",
    "\"\\é\"",
    "nil",
    "true",
    "0",
    "1",
    "-1",
    "10KiB",
    "5x",
    "0x",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    ":",
    ":size",
    ":dir",
    ":-",
    "a",
    "b",
    "x",
    "%",
    "%2",
    "é",
    "日本",
    "+",
    "-",
    "*",
    "quot",
    "=",
    "<",
    "not",
    "def",
    "defn",
    "fn",
    "let",
    "if",
    "do",
    "->",
    "->>",
    "and",
    "or",
    "when",
    "when-not",
    "if-not",
    "loop",
    "recur",
    "try",
    "ok?",
    "or-else",
    "comment",
    "list",
    "stat",
    "dir",
    "path",
    "map",
    "filter",
    "take",
    "range",
    "reduce",
    "count",
    "inc",
    "dec",
    "Int",
    "Dir",
    "Stat",
    "List",
    "Seq",
    "Result",
    "Fn",
    "main",
    "emit",
    "each",
    "let-mut",
    "set!",
    "stoppable",
    "stop",
    "scope",
    "op/u8",
    "op/listing-buffer",
    "sys/getppid",
    "sys/statx",
    "(range 3)",
    "[1 2]",
    "(try 1)",
    "(fn [x] x)",
    "(defn f [x] ",
    "(let [a 1] ",
    "(fn [d :- Dir] ",
    "(map inc ",
    "(f ",
];

/// Programs of the corpus and of the refused ones.
static PROGRAMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let files = ["corpus", "refuse"].into_iter().flat_map(read_all);
    files
        .flat_map(|f| f.cases.into_iter().map(|c| c.text))
        .collect()
});

fn survives(text: &str) {
    for mode in [Mode::Interp, Mode::Hooked] {
        match Engine::new().mode(mode).compile(text) {
            Ok(program) => drop(program.signature().to_string()),
            Err(e @ Error::Invalid(..)) => {
                assert!(!e.render(false).is_empty());
                assert!(e.render(true).len() >= e.render(false).len());
                return;
            }
            Err(Error::System(_)) if mode == Mode::Hooked => {}
            Err(e) => panic!("{e:?}"),
        }
    }
}

/// A text with some of it replaced: where, how much of it goes, and which piece comes.
fn edited(text: &str, edits: &[(usize, usize, usize)]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (at, gone, piece) in edits {
        let at = at % (bytes.len() + 1);
        let end = (at + gone % 6).min(bytes.len());
        bytes.splice(at..end, PIECES[piece % PIECES.len()].bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn config() -> ProptestConfig {
    let cases = std::env::var("SAWMILL_CASES").map_or(2000, |n| n.parse().expect("a number"));
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn pieces_in_any_order(pieces in proptest::collection::vec((0..PIECES.len(), any::<bool>()), 0..60)) {
        let text: String = pieces.iter().map(|(n, space)| format!("{}{}", PIECES[*n], if *space { " " } else { "" })).collect();
        survives(&text);
    }

    #[test]
    fn programs_with_changes(
        program in any::<prop::sample::Index>(),
        edits in proptest::collection::vec(any::<(usize, usize, usize)>(), 1..5),
    ) {
        let program: &String = program.get(&PROGRAMS);
        survives(&edited(program, &edits));
    }
}
