//! The verifier: good modules pass, each bad one is refused by its rule and no other, and no module makes it panic.

use sawmill_ir::text::parse;
use sawmill_ir::verify::verify;
use std::path::{Path, PathBuf};

fn files(dir: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/ir")
        .join(dir);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "sawir"));
    files.sort();
    files
}

#[test]
fn good_modules_pass() {
    let good = files(".");
    assert!(good.len() >= 8);
    for file in good {
        let module = parse(&std::fs::read_to_string(&file).unwrap());
        let module = module.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        if let Err(refused) = verify(module) {
            panic!("{}: {refused}", file.display());
        }
    }
}

/// A bad module says in its first line which rule refuses it and with which words: `; refuse: V5 words`.
#[test]
fn bad_modules_are_refused_by_their_rule() {
    let bad = files("refuse");
    assert!(bad.len() >= 60, "only {} bad modules", bad.len());
    let mut rules = std::collections::BTreeMap::new();
    let mut wrong = Vec::new();
    for file in &bad {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        let want = text
            .lines()
            .next()
            .and_then(|l| l.strip_prefix("; refuse: "))
            .expect(name);
        let (rule, words) = want.split_once(' ').expect(name);
        assert!(
            name.starts_with(&rule.to_lowercase()),
            "{name} is about {rule}"
        );
        *rules.entry(rule.to_string()).or_insert(0) += 1;
        match parse(&text) {
            Err(e) => wrong.push(format!("{name}: {e}")),
            Ok(module) => match verify(module) {
                Ok(_) => wrong.push(format!("{name}: passes")),
                Err(r) if format!("{:?}", r.rule) != rule || !r.message.contains(words) => {
                    wrong.push(format!("{name}: wanted {want}\n    got {r}"));
                }
                Err(_) => {}
            },
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for rule in ["V1", "V2", "V3", "V4", "V5", "V6", "V8", "V9"] {
        assert!(
            rules.get(rule).is_some_and(|n| *n >= 5),
            "too few cases of {rule}: {rules:?}"
        );
    }
}
