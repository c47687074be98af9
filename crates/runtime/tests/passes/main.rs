//! Passes change nothing that a program or the kernel can tell: the same value or error, rows and system calls before
//! and after, for the texts of `tests/ir` and for programs made at random (`SAWMILL_RANDOM=n` makes more), also when the
//! n-th call fails.

mod random;

use sawmill_ir::interp::decode;
use sawmill_ir::module::Bind;
use sawmill_ir::pass::optimise;
use sawmill_ir::rights::Rights;
use sawmill_ir::text::parse;
use sawmill_ir::ty::Type;
use sawmill_ir::value::Data;
use sawmill_ir::verify::{Verified, verify};
use sawmill_runtime::fake::{FakeKernel, Nth};
use sawmill_runtime::trace::TraceKernel;
use sawmill_runtime::{Context, Options};
use std::path::Path;

const EIO: i32 = 5;
/// How much a loop allocates before it is looked what can be given back; with 0 that is looked at in every round.
const REGION: u64 = 8 << 20;

/// Everything that can be told of a run.
#[derive(PartialEq, Debug)]
struct Told {
    value: String,
    rows: String,
    calls: Vec<String>,
    open: usize,
}

fn kernel() -> FakeKernel {
    let kernel = FakeKernel::new();
    kernel.edit(|tree| {
        tree.dir("/d");
        tree.dir("/d/sub");
        tree.dir("/d/sub/sub");
        tree.file("/d/a", 5);
        tree.file("/d/b", 1 << 30);
        tree.file("/d/sub/c", 70);
        tree.file("/d/sub/sub/d", 71);
        tree.file("/etc/passwd", 99);
        tree.symlink("/d/link", "a");
    });
    kernel.change_dir("/d");
    kernel
}

/// Runs a program with arguments that `pick` chooses among some of each type, the `fails`-th call failing.
fn run(program: &Verified, pick: usize, fails: u64, region: u64) -> Told {
    let kernel = kernel();
    let options = Options {
        region,
        ..Options::default()
    };
    let (traced, trace) = TraceKernel::new(kernel.clone());
    let mut context = Context::new(options, Box::new(traced)).expect("memory");
    let dir = context.open_dir(b"/d", Rights::ALL).expect("the directory");
    let module = program.module();
    let entry = &module.funcs[module.entry];
    let params = entry.params.iter().zip(entry.param_values());
    let args: Vec<Data> = params
        .filter(|(p, _)| matches!(p.bind, Bind::Arg | Bind::Def))
        .map(|(_, v)| argument(&entry.values[*v], dir, pick))
        .collect();
    let words = match context.load(program, &args) {
        Ok(words) => words,
        Err(e) => panic!("{e} with {args:?} for\n{module}"),
    };
    trace.take();
    kernel.forget();
    if fails > 0 {
        kernel.fail(Nth::any(fails), EIO, false);
    }
    let ended = decode(program).run(&mut *context, &words);
    let value = match ended {
        Ok(words) => format!("{:?}", context.view(&words).map(|v| v.data())),
        Err(stopped) => {
            let mut failure = context.failure(stopped);
            // Calls of functions that were put where they are called are calls no more.
            failure.trace.clear();
            failure.calls = 0;
            format!("{failure:?}")
        }
    };
    let rows = format!("{:?}", context.rows().map(|v| v.data()));
    // What a failing run leaves open is closed at its end, unless a scope around did.
    context.unload();
    Told {
        // The one difference that is meant: where the name stayed.
        value: value.replace("name.view", "name.copy"),
        rows,
        calls: trace.take(),
        open: context.open_handles(),
    }
}

/// A value of a type.
fn argument(ty: &Type, dir: u64, pick: usize) -> Data {
    let n = [0, 3, 7, -1][pick % 4];
    match ty {
        Type::Bool => Data::Bool(pick.is_multiple_of(2)),
        Type::Int => Data::Int(n),
        Type::Size => Data::Size(n),
        Type::Duration => Data::Duration(n),
        Type::Mode => Data::Mode(0o100_644),
        Type::FileType => Data::FileType(8),
        Type::Ino => Data::Ino(7),
        Type::Dev => Data::Dev(7),
        Type::Time => Data::Time { sec: n, nsec: 7 },
        Type::Str => Data::Str(["text", "", "/etc/passwd", "a\0b"][pick % 4].into()),
        Type::Path | Type::Name => {
            Data::Path([&b"sub"[..], b"a", b"none", b"link"][pick % 4].into())
        }
        Type::Dir(_) => Data::Handle(dir),
        Type::Entry(_) => Data::Entry {
            dir,
            name: b"a".into(),
            ino: 7,
            kind: 8,
        },
        Type::Option(_) if pick.is_multiple_of(3) => Data::None,
        Type::Option(t) => Data::Some(Box::new(argument(t, dir, pick))),
        Type::List(t) => Data::List((0..pick).map(|n| argument(t, dir, n)).collect()),
        Type::Map(k, v) => {
            let pair = |n| (argument(k, dir, n), argument(v, dir, n + 1));
            Data::Map((0..pick).map(pair).collect())
        }
        Type::Record(r) => {
            let fields = r.fields.iter().map(|f| argument(&f.1, dir, pick));
            Data::Record(r.clone(), fields.collect())
        }
        _ => Data::Unit,
    }
}

/// Runs both and compares, with some arguments and each call failing in turn.
fn compare(name: &str, before: &Verified) {
    let after = match optimise(before.clone()) {
        Ok(after) => after,
        Err((pass, refused)) => panic!("{name}: after {pass}: {refused:?}\n{}", before.module()),
    };
    for pick in 0..4 {
        let whole = run(before, pick, 0, REGION);
        let calls = whole.calls.iter().filter(|c| !c.starts_with("close"));
        for fails in 0..=calls.count().min(12) as u64 {
            let a = run(before, pick, fails, REGION);
            for region in [REGION, 0] {
                let b = run(&after, pick, fails, region);
                assert_eq!(
                    a,
                    b,
                    "{name}, arguments {pick}, call {fails} fails\n{}\n{}",
                    before.module(),
                    after.module()
                );
            }
        }
    }
}

#[test]
fn texts_run_alike() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ir");
    for folder in [tests.clone(), tests.join("pass")] {
        for file in std::fs::read_dir(folder).expect("the folder") {
            let path = file.expect("a file").path();
            let name = path.to_string_lossy();
            // A program that ends with the depth limit may get deeper.
            if !name.ends_with(".sawir") || name.ends_with("inline-once.sawir") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let module = parse(&text).expect("a module");
            compare(&name, &verify(module).expect("a good one"));
        }
    }
}

#[test]
fn random_programs_run_alike() {
    let count = std::env::var("SAWMILL_RANDOM").ok();
    let count = count.and_then(|n| n.parse().ok()).unwrap_or(100);
    for seed in 1..=count {
        let module = random::module(seed);
        match verify(module.clone()) {
            Ok(program) => compare(&format!("seed {seed}"), &program),
            Err(refused) => panic!("seed {seed}: {refused:?}\n{module}"),
        }
    }
}
