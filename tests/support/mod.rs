//! What the end-to-end tests share: cases as text, trees of files, and the one place that calls the API.
//!
//! [`case`] reads cases from `tests/corpus`, [`tree`] makes the files they speak of, in a fake kernel and on disk, and
//! [`generate`] writes random programs, [`run`] runs a program in an engine on a kernel and looks for what it left behind.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test binary compiles this module as its own and uses a part of it, and a test that panics says why"
)]

pub mod case;
pub mod generate;
pub mod run;
pub mod tree;

use std::path::{Path, PathBuf};

/// The directory of the tests.
pub fn tests_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Whether expectations are to be rewritten.
pub fn bless() -> bool {
    std::env::var_os("SAWMILL_BLESS").is_some()
}

/// The files below a directory whose names end in `.saw`, in order.
pub fn programs_below(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        let entries = std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "saw") {
                all.push(path);
            }
        }
    }
    all.sort();
    all
}
