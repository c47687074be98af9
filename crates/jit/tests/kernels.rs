//! Kernels that are not the real one: what compiled code lets them do to it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{dir, options, program, run_native};
use sawmill_ir::host::Kernel;
use sawmill_ir::interp;
use sawmill_ir::syscalls::{Arg, Sys};
use sawmill_ir::value::Data;
use sawmill_jit::{Opt, Stubs, compile};
use sawmill_runtime::fake::FakeKernel;
use sawmill_runtime::{Context, context};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Writes over everything it is given, beyond what the call asks for.
struct Scribbler(FakeKernel);

impl Kernel for Scribbler {
    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64 {
        let out = |arg: &Arg| matches!(arg, Arg::BufOut | Arg::StructOut(_));
        let buffer = sys.row().args.iter().position(out);
        let keep = buffer.map(|i| args[i] as usize);
        let result = self.0.call(sys, args, memory);
        let (before, after) = match keep {
            Some(at) => {
                let size = if sys == Sys::Getdents64 { 32768 } else { 256 };
                (at, at + size)
            }
            None => (memory.len(), memory.len()),
        };
        let end = memory.len().min(1 << 20);
        memory[..before.min(end)].fill(0x7f);
        if after < end {
            memory[after..end].fill(0x7f);
        }
        result
    }
}

/// `Kernel` is a safe trait and compiled code trusts the offsets in its memory: so a kernel must not get at them.
#[test]
fn a_kernel_gets_no_more_of_the_memory_than_its_call_refers_to() {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        for n in 0..100 {
            tree.file(format!("/d/{n}"), 1);
        }
    });
    let program = program("founding");
    for opt in [Opt::Speed, Opt::None] {
        let compiled = compile(&program, options(Stubs::Hooked, opt)).unwrap();
        let kernel = Box::new(Scribbler(fake.clone()));
        let mut context = Context::new(context::Options::default(), kernel).unwrap();
        let d = dir(&mut context, b"/d");
        let words = context.load(&program, &[d]).unwrap();
        run_native(&compiled, &mut context, &words).unwrap();
        assert_eq!(context.rows().unwrap().len(), 100);
    }
}

/// What a kernel that is a test, or a sink for rows that prints to a closed pipe, does when something is wrong.
#[test]
fn a_panic_of_the_hosts_code_unwinds_as_it_does_from_the_interpreter() {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        for n in 0..100 {
            tree.file(format!("/d/{n}"), 1);
        }
    });
    let program = program("founding");
    let native = compile(&program, options(Stubs::Hooked, Opt::Speed)).unwrap();
    let interpreter = interp::decode(&program);
    for sys in [None, Some(Sys::Statx), Some(Sys::Openat2Listing)] {
        for is_native in [false, true] {
            let (kernel, rows) = (Panicking(fake.clone(), sys), Arc::new(AtomicUsize::new(0)));
            let mut context = Context::new(context::Options::default(), Box::new(kernel)).unwrap();
            let d = dir(&mut context, b"/d");
            let seen = rows.clone();
            context.send_rows(10, move |_| {
                let n = seen.fetch_add(1, Relaxed);
                assert!(sys.is_some() || n != 5, "the sink fails");
                ControlFlow::Continue(())
            });
            let words = context.load(&program, std::slice::from_ref(&d)).unwrap();
            let run = || match is_native {
                true => run_native(&native, &mut context, &words),
                false => interpreter.run(&mut *context, &words),
            };
            let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
            let said = panic.downcast_ref::<&str>().unwrap();
            assert!(said.ends_with("fails"), "{said}");
            // The context is as good as before, its sink included.
            let words = context.load(&program, &[d]);
            if let (None, Ok(words)) = (sys, words) {
                run_native(&native, &mut context, &words).unwrap();
                context.finish().unwrap();
                assert_eq!(rows.load(Relaxed), 6 + 100);
            }
        }
    }
}

/// Panics at the first call of a row.
struct Panicking(FakeKernel, Option<Sys>);

impl Kernel for Panicking {
    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64 {
        if self.1.take_if(|row| *row == sys).is_some() {
            panic!("the kernel fails");
        }
        self.0.call(sys, args, memory)
    }
}

/// Says that it filled more than there was room for, and writes where it may.
struct Boaster(FakeKernel);

impl Kernel for Boaster {
    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64 {
        if sys != Sys::Getrandom {
            return self.0.call(sys, args, memory);
        }
        let room = &mut memory[args[0] as usize..][..args[1] as usize];
        room.fill(7);
        i64::MAX
    }
}

/// No program sees more of its memory than it asked for, whatever a kernel says.
#[test]
fn a_kernel_that_fills_more_than_it_can_is_not_believed() {
    let text = "sawir 1
entry fn @0 main(%0: int \"n\") -> (bytes, bytes) {
^0(%0) s0:
  %1: bytes = sys getrandom [0] %0
  %2: bytes = sys getrandom [0] %0
  %3: (bytes, bytes) = record %1 %2
  return %3
}
";
    let module = sawmill_ir::text::parse(text).unwrap();
    let program = sawmill_ir::verify::verify(module).unwrap();
    let compiled = compile(&program, options(Stubs::Hooked, Opt::Speed)).unwrap();
    let interpreter = interp::decode(&program);
    for n in [0, 1, 7, 8, 100_000] {
        for is_native in [false, true] {
            let kernel = Box::new(Boaster(FakeKernel::new()));
            let mut context = Context::new(context::Options::default(), kernel).unwrap();
            let words = context.load(&program, &[Data::Int(n)]).unwrap();
            let result = match is_native {
                true => run_native(&compiled, &mut context, &words),
                false => interpreter.run(&mut *context, &words),
            };
            let Data::Record(_, both) = context.view(&result.unwrap()).unwrap().data() else {
                panic!("a record is given");
            };
            let filled = Data::Bytes(vec![7; n as usize]);
            assert_eq!(both, [filled.clone(), filled]);
        }
    }
}
