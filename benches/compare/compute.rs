//! What a program computes without a system call: eight small ones, against C, LuaJIT and Python.
//!
//! All ways have the same algorithm, size and data (`benches/kernels`, `benches/peers`, `benches/c/compute.c`), and
//! what they give is compared to the last bit. Text is made and objects are allocated within what is measured. In this
//! process: C's function, and Sawmill's from a compiled program, with a context of its own each time. As processes:
//! C, Sawmill, LuaJIT, Python, from the start to the end, nothing subtracted. What is not installed is named and left
//! out. Slow ways run in a few rounds only, at the same size.

use sawmill::{Data, Engine, Mode, Program};
use sawmill_bench::{About, Bench, Effort, KERNEL, Way, c, way};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SAWMILL: &str = env!("CARGO_BIN_EXE_sawmill");
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches");

/// A benchmark: its name, its size and the size of a test, and how many numbers it gives.
const KERNELS: [(&str, i64, i64, usize); 8] = [
    ("fib", 35, 10, 1),
    ("nbody", 500_000, 10, 2),
    ("spectral", 1_000, 10, 1),
    ("fannkuch", 9, 5, 2),
    ("mandelbrot", 800, 10, 1),
    ("sieve", 20_000_000, 1_000, 1),
    ("words", 1_250_000, 1_000, 3),
    ("sort", 1_000_000, 1_000, 3),
];

/// The ways, in the order of the columns.
const WAYS: [&str; 7] = [
    "C",
    "native code",
    "interpreter",
    "process, C",
    "process, sawmill",
    "process, luajit",
    "process, python3",
];

pub(crate) fn run(bench: &mut Bench) {
    let mut rows = Vec::new();
    for (name, size, small, results) in KERNELS {
        let title = format!("compute, {name}");
        if !bench.wants(&title) {
            continue;
        }
        let size = match bench.effort {
            Effort::Test => small,
            _ => size,
        };
        let wanted = c::compute(name, size)[..results].to_vec();
        let (names, ways): (Vec<usize>, Vec<Way<'_>>) = ways(name, size, &wanted).unzip();
        let about = About {
            name: &title,
            count: 1,
            unit: "run",
        };
        if let Some(ratios) = bench.compare(about, ways) {
            rows.push((name, names.into_iter().zip(ratios).collect::<Vec<_>>()));
        }
    }
    if !rows.is_empty() {
        table(&rows);
    }
}

/// The ways that there are here, each with its column.
fn ways<'a>(name: &'a str, size: i64, wanted: &'a [f64]) -> impl Iterator<Item = (usize, Way<'a>)> {
    let file = |folder: &str, kind: &str| {
        PathBuf::from(HERE)
            .join(folder)
            .join(format!("{name}.{kind}"))
    };
    let source = file("kernels", "saw");
    let text = std::fs::read_to_string(&source).expect("it comes with the benchmarks");
    let inside = |mode| program(&text, mode, size, wanted);
    let outside = |column: usize, program: &str, args: &[&Path]| {
        process(WAYS[column], program, args, size, wanted)
    };
    let all = [
        Some(way(WAYS[0], move || {
            assert_eq!(c::compute(name, size)[..wanted.len()], *wanted);
        })),
        Some(way(WAYS[1], inside(Mode::Jit))),
        Some(way(WAYS[2], inside(Mode::Interp)).slow()),
        outside(3, KERNEL, &[Path::new(name)]),
        outside(4, SAWMILL, &[&source]),
        outside(5, "luajit", &[&file("peers", "lua")]),
        outside(6, "python3", &[&file("peers", "py")]).map(Way::slow),
    ];
    all.into_iter()
        .enumerate()
        .filter_map(|(column, way)| Some((column, way?)))
}

/// Sawmill's way in this process: compiled once, memory that was used before, as C has it from its `malloc`.
fn program<'a>(text: &str, mode: Mode, size: i64, wanted: &'a [f64]) -> impl FnMut() + use<'a> {
    let engine = Engine::new().mode(mode);
    let program: Program = engine.compile(text).expect("the program is right");
    let mut context = program.context().expect("there is memory");
    move || {
        let words = program.run_in(&mut context, &[Data::Int(size)]);
        let words = words.expect("it works");
        let view = context.view(&words).expect("it gives a value");
        assert_eq!(numbers_of(&view.data()), wanted);
        context.unload();
    }
}

fn numbers_of(data: &Data) -> Vec<f64> {
    match data {
        Data::Int(n) => vec![*n as f64],
        Data::Float(x) => vec![*x],
        Data::List(all) | Data::Record(_, all) => all.iter().flat_map(numbers_of).collect(),
        other => panic!("no number: {other:?}"),
    }
}

/// A process that takes the size as its last argument and prints numbers; nothing, with a word about it, if it is not
/// here.
fn process<'a>(
    name: &'a str,
    program: &str,
    args: &[&Path],
    size: i64,
    wanted: &'a [f64],
) -> Option<Way<'a>> {
    let mut command = Command::new(program);
    command.args(args).arg(size.to_string());
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    if command.output().is_err() {
        println!("missing: {name}");
        return None;
    }
    Some(way(name, move || {
        let output = command.output().expect("it was there before");
        assert!(output.status.success(), "{name} failed");
        assert_eq!(numbers_in(&output.stdout), wanted, "{name}");
    }))
}

fn numbers_in(output: &[u8]) -> Vec<f64> {
    let text = String::from_utf8_lossy(output);
    let numbers = text.split_whitespace().map(str::parse);
    numbers.collect::<Result<_, _>>().expect("numbers come out")
}

/// All ratios to C, and their geometric means.
fn table(rows: &[(&str, Vec<(usize, f64)>)]) {
    let line = |name: &str, cell: &dyn Fn(usize) -> Option<f64>| {
        let cells: Vec<String> = (1..WAYS.len())
            .map(|column| match cell(column) {
                Some(ratio) => format!("{ratio:>17.2}"),
                None => format!("{:>17}", "-"),
            })
            .collect();
        println!("  {name:<12}{}", cells.concat());
    };
    println!("\ncompute: times C, in turn");
    let heads: Vec<String> = WAYS[1..].iter().map(|w| format!("{w:>17}")).collect();
    println!("  {:<12}{}", "", heads.concat());
    for (name, ratios) in rows {
        line(name, &|column| {
            ratios.iter().find(|r| r.0 == column).map(|r| r.1)
        });
    }
    line("geomean", &|column| {
        let of =
            |row: &(_, Vec<(usize, f64)>)| row.1.iter().find(|r| r.0 == column).map(|r| r.1.ln());
        let logs: Option<Vec<f64>> = rows.iter().map(of).collect();
        let logs = logs?;
        Some((logs.iter().sum::<f64>() / logs.len() as f64).exp())
    });
    println!();
}
