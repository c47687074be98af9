//! Forms that are not written as they must be.

use super::problem::Problem;
use super::{Checker, Res};
use crate::diag::Code;
use sawmill_ir::module::Span;

impl Checker {
    pub(super) fn bad_form<T>(&mut self, head: &str, at: Span) -> Res<T> {
        let (why, help) = match head {
            "if" => (
                "`if` takes a condition, what is then, and what is else",
                "(if (> n 0) \"some\" \"none\")",
            ),
            "let" => (
                "`let` takes bindings in brackets, then expressions",
                "(let [n 3] (+ n 1))",
            ),
            "loop" => (
                "`loop` takes bindings in brackets, then expressions",
                "(loop [n 3] (when (> n 0) (recur (- n 1))))",
            ),
            "try" => (
                "`try` takes an expression",
                "(map #(try (stat %)) (list d))",
            ),
            "or-else" => (
                "`or-else` takes a Result or an Option, and a default",
                "(or-else (try (stat e)) other)",
            ),
            "ok?" => ("`ok?` takes a Result", "(ok? (try (stat e)))"),
            "just" => ("`just` takes one value", "(just 1)"),
            "unwrap" => (
                "`unwrap` takes an Option or a Result",
                "(unwrap (first xs))",
            ),
            "throw" => (
                "`throw` takes a message or an error",
                "(throw \"no such user\")",
            ),
            "desc" => ("`desc` takes a key", "(sort-by (desc :size) xs)"),
            "format" => (
                "`format` takes a text, and what stands in it",
                "(format \"%5d %s\" n name)",
            ),
            "match" => (
                "`match` takes a value, then pairs of a pattern and an expression",
                "(match (first xs) (just x) x none 0)",
            ),
            "case" => (
                "`case` takes a value, then pairs of a constant and an expression, and what is else",
                "(case (:type e) :dir 1 0)",
            ),
            "def" | "defn" | "defn-" | "defrecord" | "defenum" => (
                "definitions stand at the top level of a program",
                "use `let` inside an expression",
            ),
            "fn" => (
                "a function is not a value: it can be called, or passed to a function such as `map`",
                "((fn [x] (+ x 1)) 2)",
            ),
            "->" | "->>" => (
                "a thread needs something to start from",
                "(->> (list d) (map stat))",
            ),
            _ => (
                "this form is not written as it must be",
                "see the language reference",
            ),
        };
        let code = if head == "fn" {
            Code::SecondClass
        } else {
            Code::BadForm
        };
        let d = Problem::new(code, self.place(at), why).help(help);
        self.fail(d)
    }
}
