//! What each diagnostic means, at length: for `sawmill explain --code` and the page of diagnostics. Each has a program
//! that gets it, and the same program put right; tests compile both.

use crate::diag::Code;

/// What is said of a code.
pub struct Explanation {
    /// What it means and why it is so.
    pub text: &'static str,
    /// A program that is refused with it.
    pub wrong: &'static str,
    /// What would be right.
    pub right: &'static str,
}

impl Code {
    /// The code with a number such as `E0012`, in whatever case.
    pub fn from_number(number: &str) -> Option<Code> {
        let row = Code::TABLE
            .iter()
            .find(|row| row.1.eq_ignore_ascii_case(number));
        row.map(|row| row.0)
    }

    /// What it means in one sentence.
    pub fn meaning(self) -> &'static str {
        Code::TABLE
            .iter()
            .find(|row| row.0 == self)
            .map_or("", |row| row.2)
    }

    /// What it means, with examples.
    pub fn explanation(self) -> Explanation {
        let (text, wrong, right) = explained(self);
        Explanation { text, wrong, right }
    }
}

fn explained(code: Code) -> (&'static str, &'static str, &'static str) {
    match code {
        Code::Unclosed => (
            "Each `(`, `[`, `{` and `\"` needs its other half. The place is where it was opened; what is missing is often nearer to the end.",
            "(count (filter even? [1 2 3])",
            "(count (filter even? [1 2 3]))",
        ),
        Code::Unopened => (
            "A `)`, `]` or `}` closes what was opened last, and that has to be of its kind.",
            "(count [1 2 3))",
            "(count [1 2 3])",
        ),
        Code::BadToken => (
            "Some signs of Clojure start nothing here: there are no quoted forms, no metadata, no characters, and no reader macros but `#( )`, `#{ }` and `#_`.",
            "(count '(1 2 3))",
            "(count [1 2 3])",
        ),
        Code::BadNumber => (
            "Integers go from -2^63 to 2^63-1. A number may end in a unit of bytes (`10KiB`) or of time (`5s`); a fraction has digits on both sides of its point.",
            "(+ 10kb 1MiB)",
            "(+ 10kB 1MiB)",
        ),
        Code::BadString => (
            "In a text a backslash starts one of a few escapes; a backslash itself is written twice.",
            "(count \"C:\\data\")",
            "(count \"C:\\\\data\")",
        ),
        Code::Limit => (
            "Texts, nesting, types, clauses and what functions expand into have limits, far from what people write, so that no program can exhaust who checks it. The message names the limit.",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
            "[[[[1]]]]",
        ),
        Code::Nil => (
            "No value stands for nothing. What may be missing has the type (Option T): `none`, or `(just x)`; what may fail has (Result T). Who uses it says what happens otherwise.",
            "(get {\"a\" 1} \"b\" nil)",
            "(or-else (get {\"a\" 1} \"b\") 0)",
        ),
        Code::Unknown => (
            "The name is neither part of the language nor defined by the program: by `def`, `defn`, `let`, as a parameter, or as a case of an enum. Names of a `let` are known within it only.",
            "(let [limit 3] (+ limti 1))",
            "(let [limit 3] (+ limit 1))",
        ),
        Code::NotFunction => (
            "What stands first in parentheses is called, so it has to be a function. Maps, sets and lists are not functions here.",
            "(let [ages {\"ada\" 36}] (ages \"ada\"))",
            "(let [ages {\"ada\" 36}] (get ages \"ada\"))",
        ),
        Code::Arity => (
            "Functions, forms, cases and patterns have a fixed number of parts; those with `&` before the last parameter take any number from there on.",
            "(quot 7)",
            "(quot 7 2)",
        ),
        Code::Mismatch => (
            "A value has one type and another is needed where it stands. Variables never change their type by themselves, so the message says what makes the one of the other, if anything does. A literal takes the type that is wanted: `1` is a Float where a Float is wanted.",
            "(defn half :- Float [x :- Float] (/ x 2))\n(let [n 3] (half n))",
            "(defn half :- Float [x :- Float] (/ x 2))\n(let [n 3] (half (float n)))",
        ),
        Code::Operands => (
            "Each operator is defined for some pairs of types. There is no mixing of numbers with sizes or durations: a size is a number of bytes, `(* n 1B)`.",
            "(let [n 5] (+ 10KiB n))",
            "(let [n 5] (+ 10KiB (* n 1KiB)))",
        ),
        Code::NoField => (
            "Which fields a record has is known when the program is checked, and so are the cases of an enum and the parts of a tuple.",
            "(let [p {:name \"ada\" :age 36}] (:aeg p))",
            "(let [p {:name \"ada\" :age 36}] (:age p))",
        ),
        Code::BadForm => (
            "A form of the language is not written as it must be. The help shows how it is.",
            "(let [a 1 b] (+ a 1))",
            "(let [a 1 b 2] (+ a b))",
        ),
        Code::NeedsType => (
            "Nothing says of what type something is: a parameter of the program, a field, or the elements of an empty literal. The type is stated, after `:-`.",
            "(defn main [limit] (* limit 2))",
            "(defn main [limit :- Int] (* limit 2))",
        ),
        Code::SecondClass => (
            "Functions, arrays and sequences that have not run are passed down and used there; they are not kept in other values nor given back. So it is known, before a program runs, which functions it calls. A function gets a name by `defn` or `let`, a sequence becomes a List where it is named, an array by `freeze`.",
            "(def add-all (partial reduce + 0))\n(add-all [1 2 3])",
            "(defn add-all [xs] (reduce + 0 xs))\n(add-all [1 2 3])",
        ),
        Code::Recursion => (
            "A function that calls itself is compiled once, so its parameters and its result need types, and on some path it has to give a value. A function without these is expanded where it is called, which would not end.",
            "(defn fact [n :- Int] (if (< n 2) 1 (* n (fact (- n 1)))))\n(fact 10)",
            "(defn fact :- Int [n :- Int] (if (< n 2) 1 (* n (fact (- n 1)))))\n(fact 10)",
        ),
        Code::NotBool => (
            "A condition is `true` or `false`: nothing else counts as either. Numbers and texts are compared, lists counted, Options asked by `some?` or taken apart by `if-let`.",
            "(if (first [1 2]) \"some\" \"none\")",
            "(if (some? (first [1 2])) \"some\" \"none\")",
        ),
        Code::BadType => (
            "After `:-` stands a type: a name such as Int or Stat, one with others in it such as (List Int) or (Map Str Int), a tuple [Int Str], a record {:name Str}, or what the program declares. One capital letter is a type variable: it occurs in the type of a parameter.",
            "(defn total :- Integer [xs :- (List Int)] (sum xs))\n(total [1 2])",
            "(defn total :- Int [xs :- (List Int)] (sum xs))\n(total [1 2])",
        ),
        Code::Redefined => (
            "A name is defined once in a program, and names of forms and operators are not taken. Parameters of a function, fields of a record and cases of an enum have names of their own.",
            "(defn area [w :- Int w :- Int] (* w w))\n(area 2 3)",
            "(defn area [w :- Int h :- Int] (* w h))\n(area 2 3)",
        ),
        Code::NoProgram => (
            "A text that is run has an expression at its end, or a function `(fn [...] ...)`, or it defines `main`; not both an expression and `main`.",
            "(defn twice [n :- Int] (* n 2))",
            "(defn twice [n :- Int] (* n 2))\n(twice 21)",
        ),
        Code::Requirement => (
            "Some functions need values that can be compared (Eq), have an order (Ord), are numbers (Num) or can be shown (Show). Handles cannot be compared, sets and maps have no order. A generic function states what it needs: `{:where [(Ord T)]}`.",
            "(sort [#{1 2} #{3}])",
            "(sort-by count [#{1 2} #{3}])",
        ),
        Code::NotExhaustive => (
            "A `match` or `case` has a clause for every value that there may be, so that none is forgotten when cases are added. The message names values that no clause takes. A clause with `:when` counts for none.",
            "(match (first [1 2])\n  (just x) x)",
            "(match (first [1 2])\n  (just x) x\n  none 0)",
        ),
        Code::Unreachable => (
            "The clauses before this one take all that it would. A name alone in a pattern takes every value, a misspelt case too.",
            "(match (first [1 2])\n  x 0\n  (just n) n)",
            "(match (first [1 2])\n  (just n) n\n  none 0)",
        ),
    }
}
