//! How soon a program runs: from text to something callable, stage by stage, for a program of a line and one of a
//! thousand; and whole processes, the smallest and one that lists 10,000 entries, beside what else there is for that.

use sawmill::parts::{frontend, ir, jit};
use sawmill::{Engine, Mode};
use sawmill_bench::{About, Bench, EMPTY, Effort, directory, way};
use std::hint::black_box;
use std::process::{Command, Stdio};

const FOUNDING: &str = "(defn main [d :- Dir] (->> (list d) (map stat)))";
const SAWMILL: &str = env!("CARGO_BIN_EXE_sawmill");
const PYTHON: &str = "import os, sys
for e in os.scandir(sys.argv[1]):
    s = e.stat(follow_symlinks=False)
    print(e.name, s.st_size, s.st_mode, s.st_mtime_ns, s.st_atime_ns, s.st_ctime_ns, s.st_uid, s.st_gid, s.st_nlink, s.st_ino, s.st_dev, s.st_blocks)";
const PRINTF: &str = "%f %s %m %y %T@ %A@ %C@ %U %G %n %i %D %b\\n";

pub(crate) fn run(bench: &mut Bench) {
    stages(bench, "start, the founding program by stage", FOUNDING);
    stages(bench, "start, a thousand lines by stage", &thousand());
    processes(bench);
}

/// A program of a thousand lines: records, enums, functions, pipelines, in sections that are alike.
fn thousand() -> String {
    let section = include_str!("../kernels/section.saw");
    let mut text = String::new();
    let mut main = String::from("(defn main [n :- Int]\n  (+ 0");
    for n in 0..20 {
        let number = n.to_string();
        text.push_str(&section.replace('N', &number));
        main.push_str(
            &"\n     (let [os (orders-N n)] (+ (sum (vals (report-N os))) (sum (best-N os))))"
                .replace('N', &number),
        );
    }
    text + &main + "))\n"
}

/// Each stage by itself, on what the one before gave; the first ones are several at once.
fn stages(bench: &mut Bench, name: &str, text: &str) {
    if !bench.wants(name) {
        return;
    }
    let forms = frontend::read::read(text, 1).forms;
    let end = ir::module::Span::default();
    let check = || frontend::check::check(&forms, &[], &[], end).expect("it is right");
    let checked = check();
    let lower = || {
        let mut module = frontend::lower::lower(&checked);
        frontend::rights::infer(&mut module);
        module
    };
    let verify = |module| ir::verify::verify(module).expect("it is right");
    let verified = verify(lower());
    let optimise = || ir::pass::optimise(verified.clone()).expect("it is right");
    let optimised = optimise();
    let native = || jit::compile(&optimised, jit::Options::default()).expect("it compiles");
    let engine = |mode| {
        let engine = Engine::new().mode(mode);
        move || drop(black_box(engine.compile(text).expect("it is right")))
    };
    let ways = vec![
        way("all, to native code", engine(Mode::Jit)),
        way("all, to the interpreter", engine(Mode::Interp)),
        way("read, check, lower", || {
            let forms = frontend::read::read(text, 1).forms;
            let checked = frontend::check::check(&forms, &[], &[], end);
            drop(black_box(frontend::lower::lower(
                &checked.expect("it is right"),
            )));
        }),
        way("read", || drop(black_box(frontend::read::read(text, 1)))),
        way("check", || drop(black_box(check()))),
        way("lower, infer rights", || drop(black_box(lower()))),
        way("verify (and clone)", || {
            drop(black_box(verify(ir::module::Module::clone(
                verified.module(),
            ))));
        }),
        way("passes, verified each", || drop(black_box(optimise()))),
        way("decode", || drop(black_box(ir::interp::decode(&optimised)))),
        way("native code", || drop(black_box(native()))),
        way("make a context", || {
            drop(black_box(Engine::new().context().expect("there is memory")));
        }),
    ];
    let about = About {
        name,
        count: 1,
        unit: "program",
    };
    bench.contest(about, ways);
}

fn processes(bench: &mut Bench) {
    let count = match bench.effort {
        Effort::Test => 10,
        _ => 10_000,
    };
    let about = |name| About {
        name,
        count: 1,
        unit: "process",
    };
    let script = format!("{}/thousand.saw", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&script, thousand()).expect("the build directory can be written to");
    let loops = "(reduce + 0 (map (fn [x] x) (range 3)))";
    let ways = vec![
        process("a C program that does nothing", EMPTY, &[]),
        process("sawmill --version", SAWMILL, &["--version"]),
        process("sawmill -e '(+ 1 2)'", SAWMILL, &["-e", "(+ 1 2)"]),
        process("sawmill, a loop, native", SAWMILL, &["-e", loops]),
        process(
            "sawmill, a loop, interpreted",
            SAWMILL,
            &["--engine", "interp", "-e", loops],
        ),
        process(
            "sawmill, 1000 lines, interpreted",
            SAWMILL,
            &["--engine", "interp", &script, "1"],
        ),
        process("sh -c :", "sh", &["-c", ":"]),
        process("python3 -c ''", "python3", &["-I", "-S", "-c", ""]),
    ];
    bench.contest(
        about("start, smallest process"),
        ways.into_iter().flatten().collect(),
    );

    let path = directory(env!("CARGO_TARGET_TMPDIR"), count);
    let dir = path.to_str().expect("it is named so");
    let script = format!("{dir}.saw");
    std::fs::write(&script, FOUNDING).expect("the build directory can be written to");
    let ways = vec![
        process("sawmill ls.saw DIR", SAWMILL, &[&script, dir]),
        process(
            "sawmill, interpreted",
            SAWMILL,
            &["--engine", "interp", &script, dir],
        ),
        process(
            "find -printf",
            "find",
            &[dir, "-mindepth", "1", "-maxdepth", "1", "-printf", PRINTF],
        ),
        process(
            "python3 scandir, stat",
            "python3",
            &["-I", "-S", "-c", PYTHON, dir],
        ),
        process("ls -l", "ls", &["-l", dir]),
    ];
    bench.contest(
        about("process, list+stat+print"),
        ways.into_iter().flatten().collect(),
    );
}

/// A process whose output nobody reads; nothing, with a word about it, if there is no such program here.
fn process<'a>(
    name: &'a str,
    program: &'a str,
    args: &[&'a str],
) -> Option<sawmill_bench::Way<'a>> {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Some(way(name, move || {
            assert!(command.status().is_ok_and(|s| s.success()), "{name} failed");
        })),
        _ => {
            println!("missing: {name}");
            None
        }
    }
}
