//! Compiles the C that Sawmill is measured against: a library, and programs: one that does nothing, and the compute
//! benchmarks.

use std::env;
use std::path::Path;

fn main() {
    let source = Path::new("../c");
    for file in [
        "raw.c",
        "raw.h",
        "empty.c",
        "compute.c",
        "compute.h",
        "kernel.c",
    ] {
        println!("cargo::rerun-if-changed={}", source.join(file).display());
    }
    let mut build = cc::Build::new();
    // Whatever the profile: the measure is C at its best. But results are compared to the last bit, so no product and
    // sum in one rounding.
    build
        .opt_level(2)
        .debug(false)
        .warnings(true)
        .flag("-ffp-contract=off");
    build
        .clone()
        .file(source.join("raw.c"))
        .file(source.join("compute.c"))
        .compile("sawmill_raw");
    println!("cargo::rustc-link-lib=m");

    let programs: [(&str, &str, &[&str]); 2] = [
        ("SAWMILL_EMPTY", "empty", &["empty.c"]),
        ("SAWMILL_KERNEL", "kernel", &["kernel.c", "compute.c"]),
    ];
    let out = env::var("OUT_DIR").expect("cargo says where");
    for (variable, name, files) in programs {
        let program = Path::new(&out).join(name);
        let mut command = build.get_compiler().to_command();
        command.args(files.iter().map(|file| source.join(file)));
        command.arg("-lm").arg("-o").arg(&program);
        let status = command.status().expect("there is a C compiler");
        assert!(status.success(), "{name} does not build");
        println!("cargo::rustc-env={variable}={}", program.display());
    }
}
