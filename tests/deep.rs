//! Programs that nest as deep, or are as wide, as they can be: on a thread with a small stack they compile, in every
//! stage and both engines, or are refused by a diagnostic. A stack that overflows ends this process.
//!
//! `SAWMILL_STACK=700` tries another size in KiB, `SAWMILL_NAMES=1` tells which program is at work (with `--nocapture`),
//! `SAWMILL_CASE=part-of-a-name` tries some.

#![allow(clippy::unwrap_used, reason = "what fails is a failing test")]

use sawmill::{Code, Engine, Error, Mode};

/// What every stage has to get by with, unoptimised: half of what a thread of Rust has by default.
const STACK: usize = 1 << 20;

fn stack() -> usize {
    std::env::var("SAWMILL_STACK").map_or(STACK, |s| s.parse::<usize>().expect("KiB") << 10)
}

/// `before` n times, `inside`, `after` n times.
fn nested(n: usize, before: &str, inside: &str, after: &str) -> String {
    [&before.repeat(n), inside, &after.repeat(n)].concat()
}

/// Forms that can stand in themselves: name, before, inside, after.
const NESTING: &[(&str, &str, &str, &str)] = &[
    ("sum", "(+ 1 ", "1", ")"),
    ("sum of many", "(+ 1 2 3 ", "1", " 4)"),
    ("quotient", "(quot 9 ", "3", ")"),
    ("negative", "(- ", "3", ")"),
    ("not", "(not ", "true", ")"),
    ("comparison", "(= true (< 1 2 3) ", "true", ")"),
    ("and", "(and true ", "true", ")"),
    ("or", "(or false ", "true", " false)"),
    ("if", "(if true ", "1", " 2)"),
    ("else", "(if-not true 1 ", "2", ")"),
    ("condition", "(if ", "true", " true false)"),
    ("when", "(when true ", "1", ")"),
    ("do", "(do 1 ", "1", ")"),
    ("let's value", "(let [x ", "1", "] x)"),
    ("let's body", "(let [x 1] ", "1", ")"),
    ("list", "[", "1", "]"),
    ("list of several", "(count [1 2 ", "1", "])"),
    ("try", "(or-else (try ", "1", ") 2)"),
    ("default", "(or-else (try 1) ", "1", ")"),
    ("list of results", "[(try ", "1", ")]"),
    ("loop's start", "(loop [n ", "1", "] n)"),
    ("loop's body", "(loop [n 1] ", "1", ")"),
    (
        "loop",
        "(loop [n 1] (if (> n 2) n (recur (+ n ",
        "1",
        "))))",
    ),
    ("function", "((fn [x] (+ x 1)) ", "1", ")"),
    ("function's body", "((fn [x] ", "1", ") 1)"),
    ("short function's argument", "(#(+ % 1) ", "1", ")"),
    ("prelude", "(inc ", "1", ")"),
    ("map", "(map inc ", "[1]", ")"),
    ("filter", "(filter #(> % 1) ", "[1 2]", ")"),
    ("take", "(take 2 ", "[1 2]", ")"),
    (
        "map's function",
        "(count (map (fn [x] ",
        "1",
        ") (range 2)))",
    ),
    ("reduce", "(reduce + 0 [1 ", "1", "])"),
    ("reduce's start", "(reduce + ", "0", " [1 2])"),
    ("reduce's function", "(reduce (fn [a x] ", "a", ") 1 [1])"),
    ("count", "(count (range ", "1", "))"),
    ("thread", "(-> ", "1", " inc)"),
    ("thread's step", "(-> 1 (+ ", "1", "))"),
    ("last thread", "(->> ", "[1]", " (map inc))"),
    ("stat", "(dir ", "(dir \"/\")", " \"x\")"),
    (
        "field",
        "(* (quot (:size (stat (dir \".\"))) ",
        "1B",
        ") 1B)",
    ),
    ("type", "(defn f [x :- (List ", "Int", ")] 1) (+ 1 1)"),
    ("template", "(defn f [x] x) (f ", "1", ")"),
    ("match", "(match ", "1", " 1 2 _ 3)"),
    ("match's result", "(match 1 1 ", "1", " _ 3)"),
    (
        "match's guard",
        "(match 1 x :when ",
        "true",
        " true _ false)",
    ),
    ("case", "(case ", "1", " 1 2 3)"),
    ("cond", "(cond true ", "1", " :else 2)"),
    ("cond's else", "(cond false 1 :else ", "2", ")"),
    ("condp", "(condp = 1 1 ", "1", " 2)"),
    ("if-let", "(if-let [x ", "(just 1)", "] (just x) none)"),
    ("when-let", "(when-let [x (just 1)] ", "1", ")"),
    ("some->", "(or-else (some-> ", "1", " inc) 0)"),
    ("cond->", "(cond-> ", "1", " true inc)"),
    ("as->", "(as-> ", "1", " x (+ x 1))"),
    ("for", "(for [x ", "[1]", "] x)"),
    ("for's body", "(count (for [x [1]] ", "1", "))"),
    (
        "for's condition",
        "(every? identity (for [x [1] :when ",
        "true",
        "] true))",
    ),
    ("doseq", "(doseq [x [1]] ", "1", ")"),
    ("dotimes", "(dotimes [i 2] ", "1", ")"),
    ("while", "(while false ", "1", ")"),
    ("destructuring", "(let [[a b] [1 ", "1", "]] b)"),
    ("keys", "(let [{:keys [a]} {:a ", "1", "}] a)"),
    ("record", "{:a ", "1", "}"),
    ("field", "(:a {:a ", "1", "})"),
    ("map of maps", "{\"a\" ", "1", "}"),
    ("set of sets", "#{", "1", "}"),
    ("tuple", "(tuple 1 ", "1", ")"),
    ("option", "(just ", "1", ")"),
    ("unwrapped", "(unwrap (just ", "1", "))"),
    ("text", "(str 1 ", "1", ")"),
    ("format", "(format \"%s\" ", "1", ")"),
    ("throw", "(str (ok? (try (throw ", "\"a\"", "))))"),
    ("get", "(or-else (get {\"a\" ", "1", "} \"a\") 1)"),
    (
        "get-in",
        "(or-else (get-in {\"a\" {\"b\" ",
        "1",
        "}} [\"a\" \"b\"]) 1)",
    ),
    ("update", "(:a (update {:a ", "1", "} :a inc))"),
    ("composition", "((comp inc inc) ", "1", ")"),
    ("partial", "((partial + ", "1", ") 1)"),
    ("sort", "(sort-by identity ", "[1]", ")"),
];

/// Forms that stand in declarations, or in patterns: name, before what nests, before, inside, after, after all.
const DECLARED: &[(&str, &str, &str, &str, &str, &str)] = &[
    (
        "enum's value",
        "(defenum Box (box [of :- Box]) empty) (= empty ",
        "(box ",
        "empty",
        ")",
        ")",
    ),
    (
        "enum's pattern",
        "(defenum Box (box [of :- Box]) empty) (match empty ",
        "(box ",
        "x",
        ")",
        " 1 _ 2)",
    ),
    (
        "record's value",
        "(defrecord Link [next :- (List Link)]) (count (:next ",
        "(->Link [",
        "(->Link [])",
        "])",
        "))",
    ),
    (
        "record's type",
        "(defrecord Deep [x :- ",
        "(List ",
        "Int",
        ")",
        "]) 1",
    ),
    (
        "case's type",
        "(defenum Deep (deep [x :- ",
        "(Map Int ",
        "Int",
        ")",
        "]) flat) 1",
    ),
    ("or within or", "(match 1 ", "(or 1 ", "2", ")", " 1 _ 2)"),
    ("destructuring, wrong", "(let [", "[", "a", "]", " [1]] 1)"),
    (
        "list's pattern, wrong",
        "(match [] ",
        "[",
        "x",
        "]",
        " 1 _ 2)",
    ),
    (
        "default",
        "(let [{:keys [a] :or {a ",
        "(+ 1 ",
        "1",
        ")",
        "}} {:b 1}] a)",
    ),
    (
        "generic",
        "(defn f :- (List T) [x :- T] [x]) (count ",
        "(f ",
        "1",
        ")",
        ")",
    ),
    (
        "type of a function",
        "(defn f [g :- ",
        "(Fn [Int] ",
        "Int",
        ")",
        "] 1) 1",
    ),
    (
        "requirement",
        "(defn f :- T [x :- T] {:where [(Ord T)]} x) ",
        "(f ",
        "1",
        ")",
        "",
    ),
];

/// Every form of the list in itself, as deep as forms can nest and less, and twice that deep by `->`.
fn nesting() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, before, inside, after) in NESTING {
        for n in [99, 60, 49, 33, 24, 16] {
            let text = match *name {
                "type" => format!("(defn f [x :- {}] 1) 1", nested(n, "(List ", "Int", ")")),
                "template" => format!("(defn f [x] x) {}", nested(n, "(f ", "1", ")")),
                _ => nested(n, before, inside, after),
            };
            all.push((format!("{name} {n}"), text));
        }
    }
    for (name, start, before, inside, after, end) in DECLARED {
        for n in [95, 60, 31, 16] {
            let text = [start, &*nested(n, before, inside, after), end].concat();
            all.push((format!("{name} {n}"), text));
        }
    }
    for n in [50, 100, 160, 100_000] {
        for step in [
            "inc",
            "(+ 1)",
            "(map inc)",
            "(take 1)",
            "(filter #(> % 1))",
            "(#(+ % 1))",
            "vector",
        ] {
            let (start, step) = match step {
                "(map inc)" | "(take 1)" | "(filter #(> % 1))" => ("[1]", step),
                "vector" => ("1", "(#(do [%]))"),
                _ => ("1", step),
            };
            all.push((
                format!("{n} steps {step}"),
                format!(
                    "(->> {start} {})",
                    step.repeat(n).replace("incinc", "inc inc ")
                ),
            ));
        }
        all.push((format!("{n} threads in a thread"), threads(n)));
    }
    all
}

/// Threads as steps of threads.
fn threads(n: usize) -> String {
    let steps = "(-> inc inc inc) ".repeat(n.min(1000));
    nested(90, "(-> 1 ", &steps, ")")
}

/// Functions that call each other, and functions that are expanded in each other.
fn chains() -> Vec<(String, String)> {
    let chain =
        |n: usize, start: &str, next: &dyn Fn(usize) -> String, end: &dyn Fn(usize) -> String| {
            let links: String = (1..n).map(next).collect();
            format!("{start}{links}{}", end(n - 1))
        };
    type Link<'a> = &'a dyn Fn(usize) -> String;
    let kinds: [(&str, &str, Link, Link); 7] = [
        (
            "functions",
            "(defn f0 [n :- Int] n)",
            &|i| format!("(defn f{i} [n :- Int] (f{} n))", i - 1),
            &|i| format!("(f{i} 1)"),
        ),
        (
            "functions that are expanded",
            "(def x 1) (defn f0 [n :- Int] (+ n x))",
            &|i| format!("(defn f{i} [n :- Int] (f{} n))", i - 1),
            &|i| format!("(f{i} 1)"),
        ),
        (
            "templates",
            "(defn f0 [n] n)",
            &|i| format!("(defn f{i} [n] (f{} n))", i - 1),
            &|i| format!("(f{i} 1)"),
        ),
        (
            "templates of lists",
            "(defn f0 [n] n)",
            &|i| format!("(defn f{i} [n] [(f{} n)])", i - 1),
            &|i| format!("(f{i} 1)"),
        ),
        (
            "templates twice",
            "(defn f0 [n] n)",
            &|i| format!("(defn f{i} [n] (f{0} (f{0} n)))", i - 1),
            &|i| format!("(f{i} 1)"),
        ),
        (
            "functions passed down",
            "(defn t [f x] (f (f x)))(defn f0 [n] n)",
            &|i| format!("(defn f{i} [n] (t f{} n))", i - 1),
            &|i| format!("(f{i} 1)"),
        ),
        (
            "sequences twice",
            "(defn f0 [s :- (Seq Int)] s)",
            &|i| {
                format!(
                    "(defn f{i} [s :- (Seq Int)] (take (count (f{0} s)) (f{0} s)))",
                    i - 1
                )
            },
            &|i| format!("(f{i} (range 3))"),
        ),
    ];
    let mut all = Vec::new();
    for (name, start, next, end) in kinds {
        for n in [10, 20, 40, 80, 160, 1000] {
            all.push((format!("{n} {name}"), chain(n, start, next, end)));
        }
    }
    let deep = nested(30, "(map inc ", "s", ")");
    for n in [5, 10, 60] {
        let text = format!(
            "(defn g [s :- (Seq Int)] {deep}) {}",
            nested(n, "(g ", "[1]", ")")
        );
        all.push((format!("{n} long pipelines"), text));
    }
    let body = nested(60, "[", "x", "]");
    all.push((
        "types of types".into(),
        format!("(defn w [x] {body}) {}", nested(60, "(w ", "1", ")")),
    ));
    let lists: String = (1..2000)
        .map(|i| format!("(def a{i} [a{}])", i - 1))
        .collect();
    all.push((
        "a type with every definition".into(),
        format!("(def a0 1){lists} 1"),
    ));
    let reduces = nested(30, "(reduce (fn [a x] (+ a ", "\"no\"", ")) 0 [1])");
    all.push(("literals tried again".into(), reduces));
    all
}

/// Much on one level.
fn wide() -> Vec<(String, String)> {
    let n = 8_000;
    let whens = "(when true (getppid))"
        .replace("getppid", "sys/getppid")
        .repeat(n / 10);
    let pieces: [(&str, String); 16] = [
        ("sum", format!("(+ {})", "1 ".repeat(n))),
        ("product of a sum", format!("(* (+ {}) 1)", "1 ".repeat(n))),
        ("comparison", format!("(< {})", "1 ".repeat(n))),
        ("and", format!("(and {})", "true ".repeat(n))),
        ("or in if", format!("(if (or {}) 1 2)", "false ".repeat(n))),
        ("let", format!("(let [{}] a)", "a 1 ".repeat(n))),
        (
            "let of functions",
            format!("(let [{}] (a 1))", "a (fn [x] x) ".repeat(n)),
        ),
        ("do", format!("(do {})", "1 ".repeat(n))),
        (
            "whens in a loop",
            format!("(loop [i 0] (if (> i 3) i (do {whens} (recur (+ i 1)))))"),
        ),
        ("list", format!("[{}]", "1 ".repeat(n))),
        ("list of lists", format!("[{}]", "[1] ".repeat(n / 10))),
        ("definitions", "(def a 1) ".repeat(n)),
        (
            "texts",
            format!(
                "[{}]",
                (0..n).map(|i| format!("\"{i}\" ")).collect::<String>()
            ),
        ),
        (
            "functions",
            (0..n / 10)
                .map(|i| format!("(defn f{i} [x :- Int] x)"))
                .collect::<String>()
                + " 1",
        ),
        (
            "arguments",
            format!(
                "((fn [{}] 1) {})",
                (0..n / 10).map(|i| format!("a{i} ")).collect::<String>(),
                "1 ".repeat(n / 10)
            ),
        ),
        (
            "parameters",
            format!(
                "(defn f [{}] 1) (f {})",
                (0..300)
                    .map(|i| format!("a{i} :- Int "))
                    .collect::<String>(),
                "1 ".repeat(300)
            ),
        ),
    ];
    pieces
        .into_iter()
        .map(|(name, text)| (format!("wide {name}"), text))
        .collect()
}

/// What takes time that is the product, the square or the power of its length, if it is not kept from it.
fn hostile() -> Vec<(String, String)> {
    let many = |n: usize, one: &dyn Fn(usize) -> String| (0..n).map(one).collect::<String>();
    let cases = |n: usize| many(n, &|i| format!(" c{i}"));
    let pieces: [(&str, String); 32] = [
        ("parentheses", "(".repeat(100_000)),
        ("closed parentheses", nested(100_000, "(", "", ")")),
        ("long text", format!("\"{}\"", "a".repeat(10 << 20))),
        ("many closings", ")".repeat(100_000)),
        ("many unknown names", "(foo) ".repeat(10_000)),
        (
            "enum of 300 cases, wrong",
            format!("(defenum Big{}) 1", cases(300)),
        ),
        (
            "match of 256 cases",
            format!(
                "(defenum Big{}) (match c0{})",
                cases(256),
                many(256, &|i| format!(" c{i} {i}"))
            ),
        ),
        (
            "match of pairs of cases",
            format!(
                "(defenum Big{}) (match [c0 c1]{} _ 1)",
                cases(100),
                many(100, &|i| format!(" [:c{i} :c{i}] {i}"))
            ),
        ),
        (
            "clauses",
            format!("(case 5{} 0)", many(5000, &|i| format!(" {i} {i}"))),
        ),
        (
            "exponential or",
            format!(
                "(match [{0}] [{1}] 1 [{2}] 2 _ 3)",
                "(first [true]) ".repeat(20),
                "(or none (just true)) ".repeat(20),
                "(or (just false) none) ".repeat(20)
            ),
        ),
        (
            "exponential columns, wrong",
            format!(
                "(match (tuple {}){})",
                "true ".repeat(16),
                many(16, &|i| {
                    let row = many(16, &|j| if i == j { "true " } else { "_ " }.into());
                    format!(" [{row}] {i}")
                })
            ),
        ),
        (
            "long pattern",
            format!("(match [1] [{}] 1 _ 2)", many(8000, &|i| format!("a{i} "))),
        ),
        (
            "wide destructuring",
            format!("(let [[{}] [1]] 1)", "a ".repeat(8000)),
        ),
        ("wide tuple", format!("(tuple {})", "1 ".repeat(8000))),
        (
            "wide record",
            format!("{{{}}}", many(8000, &|i| format!(":a{i} 1 "))),
        ),
        (
            "types that mention each other",
            many(2000, &|i| {
                format!("(defrecord T{i:04} [a :- (List T{:04})])", (i + 1) % 2000)
            }) + " 1",
        ),
        (
            "types in types",
            "(defrecord T0000 [a :- Int])".to_string()
                + &many(60, &|i| {
                    format!("(defrecord T{:04} [a :- T{i:04} b :- T{i:04}])", i + 1)
                })
                + " 1",
        ),
        (
            "a chain of types",
            "(defrecord T0000 [a :- Int])".to_string()
                + &many(900, &|i| {
                    format!("(defrecord T{:04} [a :- T{i:04}])", i + 1)
                })
                + " 1",
        ),
        (
            "enums that mention each other",
            many(200, &|i| {
                format!("(defenum E{i:03} (a{i} [x :- E{:03}]) b{i})", (i + 1) % 200)
            }) + " (= b0 b0)",
        ),
        (
            "tuples of tuples",
            format!(
                "(let [a0 1{}] 1)",
                many(60, &|i| format!(" a{} [a{i} \"\" a{i}]", i + 1))
            ),
        ),
        (
            "records of records",
            format!(
                "(let [a0 1{}] 1)",
                many(60, &|i| format!(" a{} {{:a a{i} :b a{i}}}", i + 1))
            ),
        ),
        ("options of options", nested(30, "(just ", "1", ")")),
        (
            "cond of many",
            format!("(cond {}:else 2)", "true 1 ".repeat(5000)),
        ),
        (
            "cond-> of many",
            format!("(cond-> 1 {})", "true inc ".repeat(1000)),
        ),
        (
            "some-> of many",
            format!("(some-> 1 {})", "inc ".repeat(1000)),
        ),
        (
            "as-> of many",
            format!("(as-> 1 x {})", "(+ x x) ".repeat(1000)),
        ),
        (
            "for of many",
            format!(
                "(count (for [{}] 1))",
                many(3000, &|i| format!("a{i} [1] "))
            ),
        ),
        (
            "get-in of many",
            format!("(get-in {{\"a\" 1}} [{}])", "\"a\" ".repeat(5000)),
        ),
        (
            "generic of itself, wrong",
            "(defn f :- Int [x :- T] (f [x])) (f 1)".into(),
        ),
        (
            "generic of itself twice, wrong",
            "(defn f :- Int [x :- T] (f [x \"\" x])) (f 1)".into(),
        ),
        (
            "compositions",
            format!(
                "(let [p0 inc{}] (p60 1))",
                many(60, &|i| format!(" p{} (comp p{i} p{i})", i + 1))
            ),
        ),
        (
            "juxtapositions",
            format!(
                "(let [p0 inc{}] (p60 1))",
                many(60, &|i| format!(" p{} (juxt p{i} p{i})", i + 1))
            ),
        ),
    ];
    pieces
        .into_iter()
        .map(|(name, text)| (format!("hostile {name}, wrong"), text))
        .collect()
}

/// Compiles a text for both engines. If that fails, a limit is why; some programs are also wrong.
fn compile(name: &str, text: &str) {
    // Native code of one long block takes its time.
    let native = !name.starts_with("wide") && !name.starts_with("hostile");
    let modes = [Mode::Interp, Mode::Hooked];
    for mode in modes.into_iter().take(1 + usize::from(native)) {
        match Engine::new().mode(mode).compile(text) {
            Ok(program) => {
                let _ = program.signature().to_string();
            }
            Err(e @ Error::Invalid(..)) => {
                let _ = e.render(false);
                let Error::Invalid(all, _) = e else {
                    unreachable!()
                };
                let said = &all[0].message;
                let wrong = ["tried again", "threads in", "passed down", "wrong"]
                    .iter()
                    .any(|n| name.contains(n));
                assert!(all[0].code == Code::Limit || wrong, "{name}: {said}");
                return;
            }
            Err(Error::System(why)) if mode == Mode::Hooked => {
                assert!(why.contains("too large for native code"), "{name}: {why}");
            }
            Err(e) => panic!("{name}: {e:?}"),
        }
    }
}

fn on_a_small_stack(programs: fn() -> Vec<(String, String)>) {
    let only = std::env::var("SAWMILL_CASE").unwrap_or_default();
    let run = move || {
        for (name, text) in programs().iter().filter(|p| p.0.contains(&only)) {
            if std::env::var_os("SAWMILL_NAMES").is_some() {
                eprintln!("{name}");
            }
            compile(name, text);
        }
    };
    let thread = std::thread::Builder::new().stack_size(stack());
    let thread = thread.spawn(run).expect("a thread");
    thread.join().expect("what is shown passes");
}

#[test]
fn forms_in_forms() {
    on_a_small_stack(nesting);
}

#[test]
fn functions_in_functions() {
    on_a_small_stack(chains);
}

#[test]
fn many_on_one_level() {
    on_a_small_stack(wide);
}

#[test]
fn what_grows_faster_than_its_text() {
    on_a_small_stack(hostile);
}
