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

/// Compiles a text for both engines. If that fails, a limit is why; some programs are also wrong.
fn compile(name: &str, text: &str) {
    // Native code of one long block takes its time.
    let native = !name.starts_with("wide");
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
                let wrong = ["tried again", "threads in", "passed down"]
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
