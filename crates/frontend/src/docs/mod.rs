//! What the language has, for readers: each name with how it is written, what it does, and examples that tests run.
//!
//! The functions and rules of the prelude have this in their documentation; what is built in has it in a table here, so
//! that nothing is left out and nobody has to ask which is which. All of them in one list: the REPL's `:doc`, its
//! completion and the reference page are made of it.

use crate::check;

mod built_in;
mod calls;

pub use built_in::BUILT_IN;
pub use calls::system_calls;

/// A name, and what there is to know about it.
#[derive(Clone, Debug)]
pub struct Doc {
    /// The name.
    pub name: String,
    /// The part of the library that it belongs to.
    pub section: &'static str,
    /// How it is written, each way.
    pub usages: Vec<String>,
    /// What it does, in sentences.
    pub text: String,
    /// What it gives.
    pub examples: Vec<Example>,
}

/// An expression, the forms that it needs before it, and what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The program.
    pub program: String,
    /// The result as `pr-str` shows it; `error NAME`; or `prints "TEXT"`.
    pub gives: String,
}

/// A row of [`BUILT_IN`]: name, section, how it is written, documentation.
pub type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
);

/// What separates an example from what it gives.
const GIVES: &str = " => ";

/// Everything that has a name, by section in the order of the pages, and within a section in the order of the prelude.
pub fn library() -> Vec<Doc> {
    let built_in = BUILT_IN.iter().map(|(name, section, usages, text)| {
        let usages = usages.iter().map(|u| u.to_string()).collect();
        Doc::of(name, section, usages, text)
    });
    let mut all: Vec<Doc> = built_in.chain(check::prelude_docs()).collect();
    let mut sections: Vec<&str> = vec!["Forms", "Functions of functions", "Control"];
    for doc in &all {
        if !sections.contains(&doc.section) {
            sections.push(doc.section);
        }
    }
    all.sort_by_key(|doc| sections.iter().position(|s| *s == doc.section));
    all
}

impl Doc {
    pub(crate) fn of(name: &str, section: &'static str, usages: Vec<String>, text: &str) -> Doc {
        let (text, examples) = parted(text);
        Doc {
            name: name.to_string(),
            section,
            usages,
            text,
            examples,
        }
    }
}

impl std::fmt::Display for Doc {
    /// As `:doc` shows it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for usage in &self.usages {
            writeln!(f, "{usage}")?;
        }
        write!(f, "{}", self.text)?;
        for example in &self.examples {
            write!(f, "\n  {}{GIVES}{}", example.program, example.gives)?;
        }
        Ok(())
    }
}

/// The sentences of a documentation, and its examples.
fn parted(doc: &str) -> (String, Vec<Example>) {
    let (mut text, mut examples) = (Vec::new(), Vec::new());
    for line in doc.lines().map(str::trim).filter(|l| !l.is_empty()) {
        match line.rsplit_once(GIVES) {
            Some((program, gives)) => examples.push(Example {
                program: program.trim().to_string(),
                gives: gives.trim().to_string(),
            }),
            None => text.push(line),
        }
    }
    (text.join("\n"), examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_and_examples_are_told_apart() {
        let (text, examples) =
            parted("Says it.\nTwice.\n\n  (f \"=>\") => 1\n  (g) => error index");
        assert_eq!(text, "Says it.\nTwice.");
        let example = |program: &str, gives: &str| Example {
            program: program.into(),
            gives: gives.into(),
        };
        assert_eq!(
            examples,
            [example("(f \"=>\")", "1"), example("(g)", "error index")]
        );
    }

    #[test]
    fn every_name_is_documented_once_with_an_example() {
        let all = library();
        let mut names: Vec<&str> = all.iter().map(|d| d.name.as_str()).collect();
        for name in check::built_in_names() {
            assert!(names.contains(&name), "`{name}` has no documentation");
        }
        names.sort_unstable();
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1], "documented twice");
        }
        for doc in &all {
            assert!(!doc.examples.is_empty(), "`{}` has no example", doc.name);
            assert!(!doc.usages.is_empty(), "`{}` is written nowhere", doc.name);
            assert!(doc.text.ends_with('.'), "`{}`: {}", doc.name, doc.text);
        }
    }
}
