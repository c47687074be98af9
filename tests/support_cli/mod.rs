//! What the tests of the command line share: running the binary, folders that go away, skips that are told.
#![allow(
    dead_code,
    reason = "each test program uses its part of what is shared"
)]

pub(crate) mod terminal;

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Both engines by the name that `--engine` has for them.
pub(crate) const ENGINES: [&str; 2] = ["interp", "jit"];

/// The binary under test: `SAWMILL_BIN` when that is set, else the one built with the tests.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("SAWMILL_BIN").map_or(env!("CARGO_BIN_EXE_sawmill").into(), PathBuf::from)
}

/// The binary, with an environment that says nothing about terminals and no input.
pub(crate) fn sawmill() -> Command {
    let mut command = Command::new(binary());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "TERM"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// The binary with these arguments.
pub(crate) fn with<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = sawmill();
    command.args(args);
    command
}

/// What a run did.
#[derive(Debug, PartialEq)]
pub(crate) struct Done {
    /// The exit code, or 128 and the signal's number, as a shell tells it.
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl Done {
    /// Standard output, which has to be text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("the output is UTF-8")
    }
    /// The rows of `jsonl`.
    pub(crate) fn rows(&self) -> Vec<serde_json::Value> {
        let row = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.text().lines().map(row).collect()
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        let status = output.status;
        Done {
            code: status
                .code()
                .unwrap_or_else(|| 128 + status.signal().expect("ended by a signal")),
            out: output.stdout,
            err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

/// Runs to the end.
pub(crate) fn done(command: &mut Command) -> Done {
    command.output().expect("the binary starts").into()
}

/// Runs the binary with these arguments to the end.
pub(crate) fn run<S: AsRef<OsStr>>(args: &[S]) -> Done {
    done(&mut with(args))
}

/// Runs to the end with an input.
pub(crate) fn fed(command: &mut Command, input: &[u8]) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input).expect("the input is read");
    drop(stdin);
    child.wait_with_output().expect("it ends").into()
}

/// Says that a test cannot run here; with `SAWMILL_NO_SKIP=1` that is a failure.
pub(crate) fn skip(name: &str, reason: &str) {
    println!("SKIP {name}: {reason}");
    let strict = std::env::var_os("SAWMILL_NO_SKIP").is_some_and(|v| v == "1");
    assert!(!strict, "{name} was skipped: {reason}");
}

/// Whether a program is there, by its `--version`.
pub(crate) fn there(program: &str) -> bool {
    let quiet = || Stdio::null();
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet());
    command.status().is_ok_and(|s| s.success())
}

/// Whether this process is root, who may read everything and become anybody.
pub(crate) fn root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A folder that everybody may enter and that goes away with its value.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sawmill-test-{}-{n}", std::process::id()));
        std::fs::create_dir(&path).expect("a fresh folder");
        let folder = Folder(path);
        folder.mode("", 0o755);
        folder
    }
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
    pub(crate) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
    /// Its path as text.
    pub(crate) fn text(&self) -> &str {
        self.0.to_str().expect("a path of our own")
    }
    /// Its path as an error has it: bare if that cannot be misread.
    pub(crate) fn place(&self) -> String {
        let bare = |c: char| c.is_alphanumeric() || "/._-+@%~,=".contains(c);
        let text = self.text();
        if text.chars().all(bare) {
            text.to_string()
        } else {
            format!("{text:?}")
        }
    }
    pub(crate) fn write(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        std::fs::write(&path, text).expect("a file in a fresh folder");
        path
    }
    pub(crate) fn mode(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.at(name), mode).expect("our own file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
