//! The passes, on texts. `tests/ir/pass/PASS-CASE.sawir` is what goes in, `PASS-CASE.after` beside it what must come
//! out of that pass (`all`: of all of them). `SAWMILL_BLESS=1` writes what comes out.

use sawmill_ir::module::{Function, Imm, Module};
use sawmill_ir::ops::{Effect, Op};
use sawmill_ir::pass::{PASSES, optimise, optimise_with};
use sawmill_ir::text::parse;
use sawmill_ir::verify::verify;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ir")
}

/// The texts in a folder, by name.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let path = file.expect("it can be read").path();
        if path.extension().is_some_and(|e| e == "sawir") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("it is text");
            texts.insert(name.into_owned(), text);
        }
    }
    texts
}

fn read(name: &str, text: &str) -> Module {
    let module = parse(text).unwrap_or_else(|e| panic!("{name}:{e}"));
    if let Err(refused) = verify(module.clone()) {
        panic!("{name} is refused: {refused:?}");
    }
    module
}

/// What `pass` makes of a module; verified.
fn pass(name: &str, pass: &str, module: Module) -> Module {
    if pass == "all" {
        return all(name, module);
    }
    let pass = PASSES.iter().find(|p| p.name == pass);
    let pass = pass.unwrap_or_else(|| panic!("{name} names no pass"));
    let mut after = module;
    (pass.run)(&mut after);
    if let Err(refused) = verify(after.clone()) {
        panic!("{name}: refused after {}: {refused:?}\n{after}", pass.name);
    }
    after
}

fn all(name: &str, module: Module) -> Module {
    let verified = verify(module).unwrap_or_else(|r| panic!("{name} is refused: {r:?}"));
    let after = optimise(verified).unwrap_or_else(|(pass, r)| panic!("{name}, {pass}: {r:?}"));
    Module::clone(after.module())
}

/// All modules of the folders: those of the passes, and those that are good elsewhere.
fn corpus() -> BTreeMap<String, Module> {
    let mut corpus = BTreeMap::new();
    for folder in [root(), root().join("pass")] {
        for (name, text) in texts(&folder) {
            let module = read(&name, &text);
            corpus.insert(name, module);
        }
    }
    corpus
}

#[test]
fn cases_come_out_as_written() {
    let bless = std::env::var_os("SAWMILL_BLESS").is_some();
    let mut wrong = String::new();
    for (name, text) in texts(&root().join("pass")) {
        let (which, _) = name.split_once('-').expect("PASS-CASE");
        let after = pass(&name, which, read(&name, &text)).to_string();
        let file = root().join("pass").join(format!("{name}.after"));
        if bless {
            std::fs::write(&file, &after).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if after != expected {
            wrong += &format!("== {name}: expected\n{expected}\n== but got\n{after}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_pass_has_a_case() {
    let texts = texts(&root().join("pass"));
    for pass in PASSES {
        let named = |n: &String| n.starts_with(&format!("{}-", pass.name));
        assert!(texts.keys().any(named), "{} has no case", pass.name);
    }
}

#[test]
fn a_second_time_changes_nothing() {
    for (name, module) in corpus() {
        let once = all(&name, module);
        let twice = all(&name, once.clone());
        assert_eq!(once.to_string(), twice.to_string(), "{name}");
    }
}

#[test]
fn each_pass_alone_leaves_a_module_that_verifies() {
    for (name, module) in corpus() {
        for p in PASSES {
            let once = pass(&name, p.name, module.clone());
            let text = once.to_string();
            assert_eq!(parse(&text).as_ref(), Ok(&once), "{name}, {}", p.name);
            assert_eq!(
                pass(&name, p.name, once).to_string(),
                text,
                "{name}, {}",
                p.name
            );
        }
    }
}

/// What has to happen, by what and where in the source: rows with an effect that are not arithmetic on constants or
/// accesses that are seen through.
fn effects(module: &Module) -> BTreeMap<String, usize> {
    let mut effects = BTreeMap::new();
    let insts = module.funcs.values().flat_map(|f| f.blocks.values());
    for inst in insts.flat_map(|b| &b.insts) {
        let may_fold = matches!(
            inst.op,
            Op::Call
                | Op::Add
                | Op::Sub
                | Op::Mul
                | Op::Quot
                | Op::OkValue
                | Op::ErrValue
                | Op::SomeValue
                | Op::CaseGet
        ) || matches!(inst.op, Op::PathOfStr | Op::Region | Op::Release);
        if inst.op.row().effect == Effect::Effect && !may_fold {
            let what = match (&inst.op, &inst.imm) {
                (_, Imm::Sys(sys, flags)) => format!("{sys:?} {flags:?}"),
                (Op::NameCopy | Op::NameView, _) => "name".into(),
                (op, imm) => format!("{op:?} {imm:?}"),
            };
            *effects.entry(format!("{what} {:?}", inst.at)).or_insert(0) += 1;
        }
    }
    effects
}

#[test]
fn what_is_written_is_done() {
    for (name, module) in corpus() {
        let before = effects(&module);
        let after = effects(&all(&name, module));
        let keys: Vec<_> = after.keys().collect();
        assert_eq!(keys, before.keys().collect::<Vec<_>>(), "{name}");
        // A function that is put where it is called may be there more than once.
        assert!(before.iter().all(|(what, n)| after[what] >= *n), "{name}");
    }
}

fn ops(func: &Function) -> Vec<Op> {
    let insts = func.blocks.values().flat_map(|b| &b.insts);
    insts.map(|i| i.op).collect()
}

#[test]
fn founding_keeps_its_names() {
    let text = std::fs::read_to_string(root().join("founding.sawir")).unwrap();
    let after = all("founding", read("founding", &text));
    let ops = ops(&after.funcs[after.entry]);
    assert!(
        ops.contains(&Op::NameCopy),
        "the name is in a row that leaves"
    );
    assert!(!ops.contains(&Op::NameView));
}

#[test]
fn summing_sizes_makes_no_objects() {
    let text = std::fs::read_to_string(root().join("pass/all-sum.sawir")).unwrap();
    let after = all("all-sum", read("all-sum", &text));
    assert_eq!(after.funcs.len(), 1);
    let func = &after.funcs[after.entry];
    let ops = ops(func);
    for op in [Op::Record, Op::Entry, Op::NameCopy, Op::Call, Op::Builder] {
        assert!(!ops.contains(&op), "{op:?} is left in\n{after}");
    }
    assert!(ops.contains(&Op::NameView));
    // What is executed between two `name.view`: all blocks but the first and those after the loop.
    let per_entry: usize = func
        .blocks
        .values()
        .filter(|b| b.scope.0 > 0 && !b.insts.iter().any(|i| i.op == Op::Sys && i.args.len() == 2))
        .map(|b| b.insts.len())
        .sum();
    assert!(per_entry <= 20, "{per_entry} in\n{after}");
}

#[test]
fn every_pass_can_be_looked_at() {
    let text = std::fs::read_to_string(root().join("founding.sawir")).unwrap();
    let mut seen = Vec::new();
    optimise_with(verify(read("founding", &text)).unwrap(), |name, module| {
        assert!(!module.funcs.is_empty());
        seen.push(name);
    })
    .unwrap();
    assert_eq!(seen, PASSES.iter().map(|p| p.name).collect::<Vec<_>>());
}

/// What is known of callees comes to their callers at once, in whatever order they stand.
#[test]
fn a_long_chain_of_functions_takes_no_square_of_time() {
    let seconds = |last: usize| {
        let mut text = String::from(
            "sawir 1\nentry fn @0 main(%0: int \"a\") -> int {\n^0(%0) s0:\n  %1: int = call @1 %0\n  return %1\n}\n",
        );
        for n in 1..=last {
            let call = match n == last {
                true => "add %0 %0".to_string(),
                false => format!("call @{} %0", n + 1),
            };
            text += &format!(
                "fn @{n} f(%0: int \"a\") -> int {{\n^0(%0) s0:\n  %1: int = {call}\n  %2: int = {call}\n  return %2\n}}\n"
            );
        }
        let module = verify(parse(&text).unwrap()).unwrap();
        let start = std::time::Instant::now();
        optimise(module).unwrap();
        start.elapsed().as_secs_f64()
    };
    // Eight times as many take some eight times as long, on whatever machine; with the square it would be 64 times.
    let few = seconds(500).min(seconds(500));
    let many = seconds(4000);
    assert!(many < 30.0 * few, "{few} s, {many} s");
}
