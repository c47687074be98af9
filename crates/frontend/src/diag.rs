//! Diagnostics: what is wrong with a program's text, where, and what would be right.
//!
//! Every diagnostic has a code from the one table here. Rendering (carets, colours) is the caller's business.

use sawmill_ir::module::Span;
use std::fmt;

macro_rules! codes {
    ($($code:ident $text:literal $doc:literal;)*) => {
        /// What kind of mistake.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum Code { $(#[doc = $doc] $code,)* }
        impl Code {
            /// All of them: code, number as printed, meaning.
            pub const TABLE: &'static [(Code, &'static str, &'static str)] = &[$((Code::$code, $text, $doc)),*];
        }
    };
}

codes! {
    Unclosed "E0001" "A parenthesis, bracket, brace or string is opened and not closed.";
    Unopened "E0002" "A closing delimiter has no opening one, or another kind of it.";
    BadToken "E0003" "A token that means nothing.";
    BadNumber "E0004" "A number that does not fit or has an unknown unit.";
    BadString "E0005" "A string with an unknown escape.";
    Limit "E0006" "Text that is larger or nested deeper than the stated limits.";
    Nil "E0007" "There is no nil.";
    Unknown "E0010" "A name that is not defined.";
    NotFunction "E0011" "Something that is not a function is called.";
    Arity "E0012" "A function or form gets too few or too many arguments.";
    Mismatch "E0013" "A type where another is wanted.";
    Operands "E0014" "An operation that is not defined for these types.";
    NoField "E0015" "A record has no such field.";
    BadForm "E0016" "A special form that is not written as it must be.";
    NeedsType "E0017" "A parameter whose type cannot be known from its use.";
    SecondClass "E0018" "A function or a sequence where only a value can be.";
    Recursion "E0019" "A function that calls itself without a stated result type.";
    NotBool "E0020" "A condition that is not a truth value.";
    BadType "E0021" "A type that does not exist or is not written as it must be.";
    Redefined "E0023" "A name that is defined twice.";
    NoProgram "E0024" "A text without a program.";
    Requirement "E0025" "A value of a type that lacks what is needed of it: equality, an order, being a number.";
    NotExhaustive "E0026" "A `match` or `case` that has no clause for some value.";
    Unreachable "E0027" "A clause of a `match` that no value reaches.";
}

impl Code {
    /// `E0013`
    pub fn number(self) -> &'static str {
        Code::TABLE
            .iter()
            .find(|row| row.0 == self)
            .map_or("E0000", |row| row.1)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

/// One mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// What kind.
    pub code: Code,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// Where.
    pub at: Span,
    /// What to say at the place; may be empty.
    pub label: String,
    /// Other places that matter, with what to say there.
    pub others: Vec<(Span, String)>,
    /// What would be right.
    pub help: Option<String>,
    /// What the form there is rewritten to, if it is one that is.
    pub expansion: Option<String>,
}

impl Diagnostic {
    /// A mistake at a place.
    pub fn new(code: Code, at: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            message: message.into(),
            at,
            label: String::new(),
            others: Vec::new(),
            help: None,
            expansion: None,
        }
    }
    /// Says something at the place.
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }
    /// Says what would be right.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
    /// Points at another place.
    pub fn note(mut self, at: Span, text: impl Into<String>) -> Diagnostic {
        self.others.push((at, text.into()));
        self
    }
}

/// The likeliest of `names` that somebody who wrote `wrong` meant, by edit distance.
pub(crate) fn similar<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody misspells a word this long, and the distance costs the product of the lengths.
    if wrong.len() > 64 {
        return None;
    }
    // A word of which no letter is right is another word.
    let length = wrong.chars().count();
    let limit = (1 + length / 5).min(length.saturating_sub(1));
    names
        .map(|n| (distance(wrong, n), n))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, n)| n)
}

/// Edits that make one word of the other: a character more, less, another, or two neighbours swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, n) | (n, 0) => n,
                _ => {
                    let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    let swap = if swapped {
                        rows[i - 2][j - 2] + 1
                    } else {
                        usize::MAX
                    };
                    change
                        .min(swap)
                        .min(rows[i - 1][j] + 1)
                        .min(rows[i][j - 1] + 1)
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_documented() {
        for (i, (_, number, doc)) in Code::TABLE.iter().enumerate() {
            assert!(
                Code::TABLE[..i].iter().all(|row| row.1 != *number),
                "{number} is used twice"
            );
            assert!(doc.ends_with('.'));
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        let names = ["filter", "reduce", "stat"];
        assert_eq!(similar("fliter", names.into_iter()), Some("filter"));
        assert_eq!(similar("lsit", ["let", "list"].into_iter()), Some("list"));
        assert_eq!(similar("zzz", names.into_iter()), None);
        assert_eq!(similar("x", ["*", "+"].into_iter()), None);
    }
}
