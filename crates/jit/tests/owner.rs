//! Who owns compiled code, and what it tells of itself.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{module, program, run_native};
use sawmill_ir::value::Data;
use sawmill_jit::{CompileError, Options, compile, limits};
use sawmill_runtime::kernel::RealKernel;
use sawmill_runtime::{Context, context};
use std::sync::Arc;

const DOUBLE: &str = "sawir 1\nentry fn @0 main(%0: int \"a\") -> int {\n\
    ^0(%0) s0:\n  %1: int = add %0 %0\n  return %1\n}\n";

#[test]
fn code_is_shared_between_threads() {
    let program = module(DOUBLE);
    let compiled = Arc::new(compile(&program, Options::default()).unwrap());
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let (program, compiled) = (program.clone(), compiled.clone());
            std::thread::spawn(move || {
                let kernel = Box::new(RealKernel::new());
                let mut context = Context::new(context::Options::default(), kernel).unwrap();
                for k in 0..1000 {
                    let words = context.load(&program, &[Data::Int(n * k)]).unwrap();
                    let result = run_native(&compiled, &mut context, &words).unwrap();
                    assert_eq!(result[0] as i64, 2 * n * k);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

#[test]
#[should_panic(expected = "another module")]
fn another_module_is_refused() {
    let compiled = compile(&module(DOUBLE), Options::default()).unwrap();
    let kernel = Box::new(RealKernel::new());
    let mut context = Context::new(context::Options::default(), kernel).unwrap();
    let other = module(DOUBLE);
    let words = context.load(&other, &[Data::Int(1)]).unwrap();
    let _ = run_native(&compiled, &mut context, &words);
}

#[test]
fn text_is_kept_when_asked_for() {
    let program = program("founding");
    let quiet = compile(&program, Options::default()).unwrap();
    assert!(quiet.clif().is_empty());
    let told = Options {
        keep_text: true,
        ..Options::default()
    };
    let compiled = compile(&program, told).unwrap();
    assert_eq!(compiled.code_size(), quiet.code_size());
    let (name, text) = &compiled.clif()[0];
    assert_eq!(name, "@0 main");
    for wanted in ["function u0:0", "; syscall", "(statx)", "; sawmill_fail"] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    #[cfg(feature = "disasm")]
    {
        let labels: Vec<&str> = compiled
            .disasm()
            .iter()
            .map(|(name, _)| &name[..])
            .collect();
        assert!(labels.contains(&"@0 main") && labels.iter().any(|l| l.contains("getdents64")));
        assert!(compiled.disasm().iter().all(|(_, text)| !text.is_empty()));
    }
}

/// Where the system refuses to make memory executable, that is said, and is no bug.
#[test]
fn refusal_of_executable_memory_is_told() {
    const ENV: &str = "SAWMILL_JIT_TEST_REFUSAL";
    if std::env::var_os(ENV).is_some() {
        let program = module(DOUBLE);
        let refused = common::without_executable_memory(|| compile(&program, Options::default()));
        let error = refused.unwrap_err();
        assert!(!error.is_bug(), "{error}");
        assert!(error.to_string().contains("executable"), "{error}");
        return;
    }
    // The refusal is for a whole process and for good.
    let test = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "refusal_of_executable_memory_is_told",
            "--exact",
            "--nocapture",
        ])
        .env(ENV, "1")
        .status()
        .unwrap();
    assert!(test.success());
}

/// A function of so many additions.
fn additions(count: usize) -> String {
    let mut text = String::from("sawir 1\nentry fn @0 main(%0: int \"a\") -> int {\n^0(%0) s0:\n");
    for n in 1..=count {
        text += &format!("  %{n}: int = add %{} %0\n", n - 1);
    }
    text + &format!("  return %{count}\n}}\n")
}

#[test]
fn a_function_that_is_too_large_is_no_bug() {
    let too_large = module(&additions(limits::FUNCTION / 3 + 1));
    let error = compile(&too_large, Options::default()).unwrap_err();
    assert!(matches!(error, CompileError::TooLarge), "{error}");
    let program = module(&additions(2000));
    let compiled = compile(&program, Options::default()).unwrap();
    let kernel = Box::new(RealKernel::new());
    let mut context = Context::new(context::Options::default(), kernel).unwrap();
    let words = context.load(&program, &[Data::Int(-3)]).unwrap();
    let result = run_native(&compiled, &mut context, &words).unwrap();
    assert_eq!(result[0] as i64, -3 * 2001);
}
