//! What the tests here share: a module from its text, and a run of it from start to end.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use sawmill_ir::fault::Failure;
use sawmill_ir::host::Kernel;
use sawmill_ir::interp::decode;
use sawmill_ir::text::parse;
use sawmill_ir::value::Data;
use sawmill_ir::verify::{Verified, verify};
use sawmill_runtime::{Context, LoadError, Options};

/// The program in `tests/ir` of that name.
pub(crate) fn program(name: &str) -> Verified {
    let path = format!("{}/../../tests/ir/{name}.sawir", env!("CARGO_MANIFEST_DIR"));
    module(&std::fs::read_to_string(path).unwrap())
}

/// A module from its text.
pub(crate) fn module(text: &str) -> Verified {
    let module = parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    verify(module).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// A module from the body of its entry.
pub(crate) fn entry(head: &str, body: &str) -> Verified {
    module(&format!("sawir 1\n{head} {{\n{body}\n}}\n"))
}

pub(crate) fn context(kernel: impl Kernel + Send + 'static) -> Box<Context> {
    Context::new(Options::default(), Box::new(kernel)).unwrap()
}

/// What a run gave.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<Data, Failure>,
    pub(crate) rows: Vec<Data>,
}

impl Outcome {
    pub(crate) fn failure(&self) -> &Failure {
        self.result.as_ref().unwrap_err()
    }
    pub(crate) fn value(&self) -> &Data {
        self.result.as_ref().unwrap()
    }
}

/// Loads, runs, reads and unloads.
pub(crate) fn run(context: &mut Context, program: &Verified, args: &[Data]) -> Outcome {
    try_run(context, program, args).unwrap()
}

pub(crate) fn try_run(
    context: &mut Context,
    program: &Verified,
    args: &[Data],
) -> Result<Outcome, LoadError> {
    let words = context.load(program, args)?;
    let ended = decode(program).run(context, &words);
    let result = match ended {
        Ok(words) => Ok(context.view(&words).unwrap().data()),
        Err(stopped) => Err(context.failure(stopped)),
    };
    let rows = context.rows();
    let rows = rows.iter().flat_map(|r| r.elements()).map(|r| r.data());
    let outcome = Outcome {
        result,
        rows: rows.collect(),
    };
    context.unload();
    Ok(outcome)
}

/// A directory of its own that is removed in the end.
pub(crate) struct TempDir(pub(crate) std::path::PathBuf);

impl TempDir {
    pub(crate) fn new(name: &str) -> TempDir {
        let name = format!("sawmill-runtime-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        TempDir(path)
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        use std::os::unix::ffi::OsStrExt;
        self.0.as_os_str().as_bytes()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
