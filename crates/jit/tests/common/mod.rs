//! What the tests here share: a program in both engines, and all that a run can be told apart by.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(
    unsafe_code,
    reason = "running compiled code: the words are those that loading gave, and nobody has touched the context"
)]

use sawmill_ir::fault::{Failure, Fault};
use sawmill_ir::host::Kernel;
use sawmill_ir::interp;
use sawmill_ir::rights::Rights;
use sawmill_ir::text::parse;
use sawmill_ir::value::Data;
use sawmill_ir::verify::{Verified, verify};
use sawmill_jit::{Compiled, Opt, Options, Stubs, compile};
use sawmill_runtime::trace::{Trace, TraceKernel};
use sawmill_runtime::{Context, context};

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

pub(crate) fn options(stubs: Stubs, opt: Opt) -> Options {
    Options {
        stubs,
        opt,
        keep_text: false,
    }
}

/// A program in every engine.
pub(crate) struct Engines {
    pub(crate) program: Verified,
    pub(crate) interpreter: interp::Code,
    pub(crate) compiled: Vec<(&'static str, Compiled)>,
    /// With regions, to be run looking in every round of a loop what can be given back.
    turning: Option<Turning>,
}

struct Turning {
    program: Verified,
    interpreter: interp::Code,
    compiled: Compiled,
}

impl Turning {
    /// Nothing for a program that gives no memory back.
    fn of(program: &Verified, stubs: Stubs) -> Option<Turning> {
        let mut module = sawmill_ir::module::Module::clone(program.module());
        let pass = sawmill_ir::pass::PASSES.last().unwrap();
        (pass.run)(&mut module);
        let text = module.to_string();
        if !text.contains(" = region") {
            return None;
        }
        let program = verify(module).unwrap_or_else(|e| panic!("{e}\n{}", program.module()));
        Some(Turning {
            interpreter: interp::decode(&program),
            compiled: compile(&program, options(stubs, Opt::Speed)).unwrap(),
            program,
        })
    }

    /// Runs in both engines, which are to give the same as without.
    fn agree<K: Kernel + Send + 'static>(
        &self,
        session: &Session,
        kernel: impl Fn() -> K,
        args: impl Fn(&mut Context) -> Vec<Data>,
        want: &Outcome,
    ) {
        let mut session = *session;
        session.options.region = session.region;
        let one = session.run(&self.program, kernel(), &args, |context, words| {
            self.interpreter.run(context, words)
        });
        let two = session.run(&self.program, kernel(), &args, |context, words| {
            // SAFETY: the words are from `load`, and nothing was changed since.
            unsafe { self.compiled.run(context, words) }
        });
        assert_eq!(
            format!("{two:?}"),
            format!("{one:?}"),
            "native code, turning"
        );
        let full = |o: &Outcome| matches!(&o.result, Err(f) if f.fault == Fault::Memory);
        // What the memory did not suffice for may be done with less, and more may be needed for frames.
        if full(want) || full(&one) {
            return;
        }
        let told = |o: &Outcome| {
            let Outcome {
                result,
                rows,
                trace,
                open,
                depth,
                ..
            } = o;
            format!("{result:?} {rows:?} {trace:?} {open} {depth}")
        };
        assert_eq!(told(&one), told(want), "turning\n{}", self.program.module());
    }
}

impl Engines {
    /// Compiled at every level with hooks, so that any kernel will do.
    pub(crate) fn hooked(program: Verified) -> Engines {
        Engines::of(program, Stubs::Hooked)
    }

    pub(crate) fn of(program: Verified, stubs: Stubs) -> Engines {
        let levels = [("speed", Opt::Speed), ("none", Opt::None)];
        Engines {
            turning: Turning::of(&program, stubs),
            interpreter: interp::decode(&program),
            compiled: levels
                .map(|(name, opt)| (name, compile(&program, options(stubs, opt)).unwrap()))
                .into(),
            program,
        }
    }

    /// Runs on all engines, each with a kernel and a context of its own, and gives what the interpreter gave, after
    /// testing that the others gave the same.
    pub(crate) fn agree<K: Kernel + Send + 'static>(
        &self,
        session: &Session,
        kernel: impl Fn() -> K,
        args: impl Fn(&mut Context) -> Vec<Data>,
    ) -> Outcome {
        let want = session.run(&self.program, kernel(), &args, |context, words| {
            self.interpreter.run(context, words)
        });
        for (name, compiled) in &self.compiled {
            let got = session.run(&self.program, kernel(), &args, |context, words| {
                // SAFETY: the words are from `load`, and nothing was changed since.
                unsafe { compiled.run(context, words) }
            });
            // A NaN equals none, and 0.0 equals -0.0; what is shown tells more.
            let (got, want) = (format!("{got:?}"), format!("{want:?}"));
            assert_eq!(got, want, "native code, opt {name}");
        }
        if let Some(code) = &self.turning {
            code.agree(session, &kernel, &args, &want);
        }
        want
    }
}

/// How a context is set up.
#[derive(Clone, Copy, Default)]
pub(crate) struct Session {
    pub(crate) options: context::Options,
    /// Rows go to a sink in batches of this size, which takes this many; none: they are collected.
    pub(crate) batch: Option<(u64, usize)>,
    /// How much a loop allocates before it is looked what can be given back, where that is tested; 0: in every round.
    pub(crate) region: u64,
    /// The run is interrupted before it begins.
    pub(crate) interrupted: bool,
}

/// What a run gave.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<Data, Failure>,
    pub(crate) rows: Vec<Data>,
    pub(crate) printed: String,
    /// The calls, from the opening of the arguments to the closing of everything.
    pub(crate) trace: Vec<String>,
    /// How much memory the run took.
    pub(crate) top: u64,
    pub(crate) open: usize,
    pub(crate) depth: u64,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn failure(&self) -> &Failure {
        self.result.as_ref().unwrap_err()
    }
    #[track_caller]
    pub(crate) fn value(&self) -> &Data {
        self.result.as_ref().unwrap()
    }
}

pub(crate) type Ended = Result<[u64; sawmill_ir::ty::MAX_WIDTH], interp::Stopped>;

impl Session {
    fn run<K: Kernel + Send + 'static>(
        &self,
        program: &Verified,
        kernel: K,
        args: impl Fn(&mut Context) -> Vec<Data>,
        engine: impl FnOnce(&mut Context, &[u64]) -> Ended,
    ) -> Outcome {
        use std::ops::ControlFlow;
        use std::sync::{Arc, Mutex};
        let (kernel, trace): (_, Trace) = TraceKernel::new(kernel);
        let mut context = Context::new(self.options, Box::new(kernel)).unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        if let Some((batch, most)) = self.batch {
            let sent = sent.clone();
            context.send_rows(batch, move |row| {
                let mut sent = sent.lock().unwrap();
                sent.push(row.data());
                if sent.len() < most {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
        }
        let args = args(&mut context);
        let words = context.load(program, &args).unwrap();
        if self.interrupted {
            context.interrupter().interrupt();
        }
        let ended = engine(&mut context, &words);
        let result = match ended {
            Ok(words) => Ok(context.view(&words).unwrap().data()),
            Err(stopped) => Err(context.failure(stopped)),
        };
        let (top, depth) = (context.top, context.depth);
        let printed = String::from_utf8(context.printed().to_vec()).unwrap();
        let _ = context.finish();
        let rows = context.rows();
        let rows = rows.iter().flat_map(|r| r.elements()).map(|r| r.data());
        let mut rows: Vec<Data> = rows.collect();
        rows.extend(sent.lock().unwrap().drain(..));
        context.unload();
        let open = context.open_handles();
        drop(context);
        Outcome {
            result,
            rows,
            printed,
            trace: trace.take(),
            top,
            open,
            depth,
        }
    }
}

/// A kernel that answers nothing: for programs that make no call.
pub(crate) struct Mute;

impl Kernel for Mute {
    fn call(&mut self, _: sawmill_ir::syscalls::Sys, _: &[u64; 6], _: &mut [u8]) -> i64 {
        -38
    }
}

/// Opens a directory for a program.
pub(crate) fn dir(context: &mut Context, path: &[u8]) -> Data {
    Data::Handle(context.open_dir(path, Rights::ALL).unwrap())
}

/// A directory of its own that is removed in the end.
pub(crate) struct TempDir(pub(crate) std::path::PathBuf);

impl TempDir {
    pub(crate) fn new(name: &str) -> TempDir {
        let name = format!("sawmill-jit-{name}-{}", std::process::id());
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

/// Runs compiled code with words that `load` gave.
pub(crate) fn run_native(compiled: &Compiled, context: &mut Context, words: &[u64]) -> Ended {
    // SAFETY: every caller has just loaded the program, and touched nothing since.
    unsafe { compiled.run(context, words) }
}

/// Does something in a process that may no longer make memory executable: told so by `PR_SET_MDWE`, or before Linux
/// 6.3, which has no such thing, by a filter of `mprotect`.
pub(crate) fn without_executable_memory<R>(f: impl FnOnce() -> R) -> R {
    const PR_SET_MDWE: i32 = 65;
    const REFUSE_EXEC_GAIN: u64 = 1;
    let none = 0u64;
    // SAFETY: changes what later calls of mmap and mprotect may do, nothing else.
    let told = unsafe { libc::prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, none, none, none) };
    if told != 0 {
        refuse_by_filter();
    }
    f()
}

/// From here on this thread's `mprotect` fails with `EACCES` where it asks for `PROT_EXEC`.
fn refuse_by_filter() {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W};
    let step = |code: u32, k: u32, jt, jf| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    // Offsets within struct seccomp_data: the number, and the lower half of the third argument.
    let filter = [
        step(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0),
        step(BPF_JMP | BPF_JEQ | BPF_K, libc::SYS_mprotect as u32, 0, 3),
        step(BPF_LD | BPF_W | BPF_ABS, 32, 0, 0),
        step(BPF_JMP | BPF_JSET | BPF_K, libc::PROT_EXEC as u32, 0, 1),
        step(
            BPF_RET | BPF_K,
            libc::SECCOMP_RET_ERRNO | libc::EACCES as u32,
            0,
            0,
        ),
        step(BPF_RET | BPF_K, libc::SECCOMP_RET_ALLOW, 0, 0),
    ];
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_ptr().cast_mut(),
    };
    let (one, none) = (1u64, 0u64);
    // SAFETY: the kernel copies the filter, which lives across the call.
    let refused = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, one, none, none, none)
            | libc::prctl(libc::PR_SET_SECCOMP, 2u64, &raw const program)
    };
    assert_eq!(refused, 0, "{}", std::io::Error::last_os_error());
}
