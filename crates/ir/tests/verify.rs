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
