//! Names that a Clojure programmer writes and that are not there, or are called something else: what to write.

/// Name, and what to write instead.
const INSTEAD: &[(&str, &str)] = &[
    (
        "apply",
        "`reduce` combines the elements of a list: `(reduce + 0 xs)`, `(sum xs)`, `(max-of xs)`",
    ),
    ("ns", "there are no namespaces: a program is one file"),
    (
        "require",
        "there are no namespaces: the library is there, `(join \",\" xs)`",
    ),
    ("use", "there are no namespaces: the library is there"),
    ("import", "there are no namespaces: the library is there"),
    (
        "defmacro",
        "there are no macros; a `defn` without types is expanded where it is called",
    ),
    ("defmulti", "`match` chooses by the value of an enum"),
    ("defmethod", "`match` chooses by the value of an enum"),
    (
        "defprotocol",
        "there are no protocols; a `defenum` with `match` says what each case does",
    ),
    ("deftype", "write `defrecord`"),
    ("reify", "there are no protocols"),
    (
        "atom",
        "values do not change: `loop` and `reduce` carry state, an Array can be set: `(array n 0)`",
    ),
    (
        "ref",
        "values do not change: `loop` and `reduce` carry state",
    ),
    (
        "volatile!",
        "values do not change: `loop` and `reduce` carry state",
    ),
    (
        "swap!",
        "values do not change: `loop` and `reduce` carry state",
    ),
    (
        "reset!",
        "values do not change: `loop` and `reduce` carry state",
    ),
    (
        "deref",
        "values do not change: `loop` and `reduce` carry state",
    ),
    (
        "set!",
        "values do not change: `loop` and `reduce` carry state",
    ),
    ("nil?", "there is no nil: `(none? o)` asks an Option"),
    ("hash-map", "write `{\"a\" 1}`"),
    ("hash-set", "write `#{1 2}`, or `(set xs)`"),
    ("array-map", "write `{\"a\" 1}`; maps keep their order"),
    (
        "sorted-map",
        "maps keep the order of insertion: `(into {} (sort-by key m))`",
    ),
    ("list*", "write `(concat [a b] xs)`"),
    (
        "seq",
        "`(not-empty? xs)` asks whether there is an element; a list needs no `seq`",
    ),
    (
        "doall",
        "a sequence becomes a List where a value is wanted: `let`, an argument",
    ),
    (
        "dorun",
        "`(doseq [x xs] ...)` does something for each element",
    ),
    (
        "lazy-seq",
        "sequences are stages: `iterate`, `for`, `take-while`",
    ),
    ("pmap", "write `map`"),
    ("future", "a program runs on one thread"),
    ("eval", "a program is known before it runs"),
    ("resolve", "a program is known before it runs"),
    (
        "catch",
        "`(try e)` gives a Result: `(match (try e) (ok v) v (err e) ...)`",
    ),
    ("finally", "handles close themselves when their scope ends"),
    ("ex-info", "`(throw \"message\")` fails with a message"),
    (
        "with-open",
        "handles close themselves when their scope ends: `(let [d (dir p)] ...)`",
    ),
    ("binding", "there are no dynamic variables"),
    ("letfn", "`let` names a `fn`; what calls itself is a `defn`"),
    ("quote", "a program is no data"),
    ("var", "functions are passed by name: `(map f xs)`"),
    ("slurp", "reading files is not there yet"),
    ("spit", "writing files is not there yet"),
    (
        "time",
        "`sawmill explain` says what a program becomes; measure whole processes",
    ),
    ("parse-long", "it is called `parse-int`"),
    ("parse-double", "it is called `parse-float`"),
    ("long", "write `(int x)`"),
    ("double", "write `(float n)`"),
    (
        "bigint",
        "integers have 64 bits; `(float n)` has a wider range",
    ),
    ("rand", "random numbers are not there yet"),
    ("assert", "write `(when-not c (throw \"...\"))`"),
    ("group", "it is called `group-by`"),
    ("length", "it is called `count`"),
    ("len", "it is called `count`"),
    ("size", "`count` for a list, `(:size s)` of a Stat"),
    ("car", "it is called `first`"),
    ("cdr", "it is called `rest`"),
    ("lambda", "it is called `fn`, or `#( )`"),
    ("define", "it is called `def`, for functions `defn`"),
    (
        "ls",
        "`(list (dir \".\"))` gives the entries of a directory",
    ),
    (
        "print-table",
        "a list of records is shown as a table on a terminal",
    ),
    ("vals-of", "it is called `vals`"),
    ("defstruct", "write `defrecord`"),
    (
        "else",
        "`(if test then else)` has no word for it; in a `cond` it is `:else`",
    ),
    ("elif", "write `(cond a 1 b 2 :else 3)`"),
    ("ex-message", "write `(:message e)`"),
    (
        "concatenate",
        "`(concat a b)` of lists, `(str a b)` of texts",
    ),
    (
        "append",
        "`(conj xs x)` has one more element, `(concat a b)` the elements of both",
    ),
    ("push", "`(conj xs x)` has one more element"),
    ("foreach", "write `(doseq [x xs] ...)`"),
    (
        "null",
        "there is no nil: `none` is the Option that has nothing",
    ),
    ("None", "`none` is the Option that has nothing"),
    ("Some", "`(just x)` makes an Option of a value"),
    (
        "Ok",
        "`(try e)` makes a Result; in a `match` it is `(ok x)`",
    ),
    (
        "Err",
        "`(throw \"message\")` fails; in a `match` it is `(err e)`",
    ),
    ("True", "write `true`"),
    ("False", "write `false`"),
    ("%", "`%` is the argument of `#( )`: `(map #(+ % 1) xs)`"),
    ("!=", "write `(not= a b)`"),
    ("==", "write `(= a b)`"),
    ("<>", "write `(not= a b)`"),
    ("&&", "write `(and a b)`"),
    ("||", "write `(or a b)`"),
    ("!", "write `(not a)`"),
    ("**", "write `(pow x y)`"),
    (
        "++",
        "`(inc n)` is one more; `(str a b)` puts values together as text",
    ),
    ("&", "`&` stands before the last parameter, `[a & more]`"),
];

/// Namespaces whose functions are simply there.
const NAMESPACES: &[&str] = &[
    "str",
    "string",
    "s",
    "clojure.string",
    "set",
    "clojure.set",
    "math",
    "Math",
];

/// What to write instead of a name, where that is known. `is_there` says whether a name is defined.
pub(super) fn instead(name: &str, is_there: impl Fn(&str) -> bool) -> Option<String> {
    if let Some(row) = INSTEAD.iter().find(|row| row.0 == name) {
        return Some(row.1.to_string());
    }
    let (space, rest) = name.rsplit_once('/')?;
    (NAMESPACES.contains(&space) && is_there(rest))
        .then(|| format!("write `{rest}`: there are no namespaces"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_told_twice() {
        let mut names: Vec<&str> = INSTEAD.iter().map(|row| row.0).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn what_is_not_there_is_not_there() {
        for (name, help) in INSTEAD {
            let text = format!("({name} 1)");
            let said = crate::compile(&text, 1, &Default::default()).expect_err(name);
            let told = said.iter().any(|d| d.help.as_deref() == Some(*help));
            assert!(told, "{name}: {said:?}");
        }
    }

    #[test]
    fn names_of_namespaces_are_told_if_they_are_there() {
        let there = |name: &str| name == "join";
        assert!(instead("str/join", there).is_some());
        assert_eq!(instead("str/joint", there), None);
        assert_eq!(instead("/", there), None);
    }
}
