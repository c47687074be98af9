//! Compiles the C that Sawmill is measured against: a library, and the program that does nothing.

use std::env;
use std::path::Path;

fn main() {
    let source = Path::new("../c");
    for file in ["raw.c", "raw.h", "empty.c"] {
        println!("cargo::rerun-if-changed={}", source.join(file).display());
    }
    let mut build = cc::Build::new();
    // Whatever the profile: the measure is C at its best.
    build.opt_level(2).debug(false).warnings(true);
    build
        .clone()
        .file(source.join("raw.c"))
        .compile("sawmill_raw");

    let out = env::var("OUT_DIR").expect("cargo says where");
    let empty = Path::new(&out).join("empty");
    let mut command = build.get_compiler().to_command();
    command.arg(source.join("empty.c")).arg("-o").arg(&empty);
    let status = command.status().expect("there is a C compiler");
    assert!(status.success(), "empty.c does not build");
    println!("cargo::rustc-env=SAWMILL_EMPTY={}", empty.display());
}
