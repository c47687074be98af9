//! Typed functions: looked up once, with their types checked, then called.

use crate::engine::Program;
use crate::error::Error;
use crate::host::{Argument, FromView};
use sawmill_frontend::ty::Ty;
use sawmill_ir::value::Data;
use sawmill_runtime::context::{Context, Interrupter};
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A Rust function type that stands for a program's: `fn(Dir) -> Vec<Stat>`.
pub trait Signature {
    /// The arguments, as a tuple.
    type Arguments: Arguments;
    /// The result.
    type Result: Return;
}

/// What a program gives, as a Rust type.
pub trait Return: FromView {}
impl<T: FromView> Return for T {}

/// A tuple of arguments.
pub trait Arguments {
    /// The program's types for them.
    fn types() -> Vec<Ty>;
    /// The values for a run in `context`.
    fn pass(&self, context: &mut Context) -> Result<Vec<Data>, Error>;
    /// Takes back what was lent.
    fn take_back(context: &mut Context, data: &[Data]);
}

macro_rules! signatures {
    ($(($($name:ident $at:tt),*);)*) => {$(
        impl<R: Return, $($name: Argument),*> Signature for fn($($name),*) -> R {
            type Arguments = ($($name,)*);
            type Result = R;
        }
        impl<$($name: Argument),*> Arguments for ($($name,)*) {
            fn types() -> Vec<Ty> {
                vec![$($name::ty()),*]
            }
            #[allow(unused_variables, unused_mut, reason = "there is nothing to pass for no arguments")]
            fn pass(&self, context: &mut Context) -> Result<Vec<Data>, Error> {
                let mut all: Vec<Data> = Vec::new();
                $(match self.$at.pass(context) {
                    Ok(data) => all.push(data),
                    Err(e) => {
                        Self::take_back(context, &all);
                        return Err(e);
                    }
                })*
                Ok(all)
            }
            #[allow(unused_variables, reason = "there is nothing to take back for no arguments")]
            fn take_back(context: &mut Context, data: &[Data]) {
                $(if let Some(data) = data.get($at) {
                    $name::take_back(context, data);
                })*
            }
        }
    )*};
}

signatures! {
    ();
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
}

/// A function of a program, with Rust types. It has its own memory and handles, and can be called from any thread,
/// one call at a time.
pub struct Func<F: Signature> {
    program: Program,
    interrupter: Interrupter,
    context: Mutex<Box<Context>>,
    signature: PhantomData<fn() -> F>,
}

/// A context with what a call was passed in it: both are cleared when the call ends, also by a panic.
struct Lent<'a, F: Signature> {
    context: MutexGuard<'a, Box<Context>>,
    data: Vec<Data>,
    signature: PhantomData<fn() -> F>,
}

impl<F: Signature> Drop for Lent<'_, F> {
    fn drop(&mut self) {
        self.context.unload();
        F::Arguments::take_back(&mut self.context, &self.data);
    }
}

impl<F: Signature> Func<F> {
    pub(crate) fn new(program: &Program, name: &str) -> Result<Func<F>, Error> {
        if name != "main" {
            return Err(Error::Argument(format!(
                "the program has no function `{name}`, only `main`"
            )));
        }
        let wanted = F::Arguments::types();
        let have: Vec<Ty> = program.params().iter().map(|p| p.1.clone()).collect();
        if wanted != have || !F::Result::accepts(program.result()) {
            let given = std::any::type_name::<F>();
            return Err(Error::Argument(format!(
                "the program is a {}; that is not {given}",
                program.signature()
            )));
        }
        let context = program.engine().context()?;
        Ok(Func {
            program: program.clone(),
            interrupter: context.interrupter(),
            context: Mutex::new(context),
            signature: PhantomData,
        })
    }

    /// Calls it. Everything it opened is closed and its memory given back when this returns.
    pub fn call(&self, args: F::Arguments) -> Result<F::Result, Error> {
        // A panic while it was held can only have come from reading a result, and cleared it.
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lent: Lent<'_, F> = Lent {
            context,
            data: Vec::new(),
            signature: PhantomData,
        };
        lent.data = args.pass(&mut lent.context)?;
        let Lent { context, data, .. } = &mut lent;
        self.run(context, data)
    }

    /// A way to stop a call from another thread or a signal handler: it ends with *interrupted*, whose class is Stop.
    pub fn interrupter(&self) -> &Interrupter {
        &self.interrupter
    }

    fn run(&self, context: &mut Context, data: &[Data]) -> Result<F::Result, Error> {
        let words = self.program.run_in(context, data)?;
        let view = context.rows().or_else(|| context.view(&words));
        let view = view.ok_or_else(|| Error::Bug("a run left no result".into()))?;
        Ok(F::Result::from_view(&view))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use crate::{Dir, Engine, Fault, FromView, Mode, Rights, Ty, View};
    use sawmill_runtime::fake::FakeKernel;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    #[test]
    fn a_call_is_stopped_from_another_thread() {
        // A loop, and calls that do not nest deep but never end.
        let endless = [
            "(defn main [] (reduce + 0 (map (fn [x] 0) (range 0 9223372036854775807))))",
            "(defn fib :- Int [n :- Int] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
             (defn main [] (fib 90))",
        ];
        for text in endless {
            for mode in [Mode::Interp, Mode::Jit] {
                let program = Engine::new().mode(mode).compile(text).unwrap();
                let main = program.func::<fn() -> i64>("main").unwrap();
                let stopped = std::thread::scope(|threads| {
                    threads.spawn(|| {
                        std::thread::sleep(Duration::from_millis(20));
                        main.interrupter().interrupt();
                    });
                    main.call(())
                });
                assert_eq!(stopped.unwrap_err().code(), Fault::Interrupted.code());
                main.interrupter().clear();
            }
        }
    }

    /// A result that cannot be read.
    struct Panics;
    impl FromView for Panics {
        fn accepts(_: &Ty) -> bool {
            true
        }
        fn from_view(_: &View) -> Panics {
            panic!("it cannot be read")
        }
    }

    #[test]
    fn what_was_lent_is_taken_back_when_a_result_cannot_be_read() {
        let text = "(defn main [d :- Dir] (count (list d)))";
        let program = Engine::new().compile(text).unwrap();
        let main = program.func::<fn(Dir) -> Panics>("main").unwrap();
        let dir = Dir::open("/etc", Rights::LIST).unwrap();
        for _ in 0..3 {
            let call = AssertUnwindSafe(|| main.call((dir.clone(),)).map(drop));
            assert!(catch_unwind(call).is_err());
            let context = main.context.lock();
            let context = context.unwrap_or_else(|e| e.into_inner());
            assert_eq!(context.open_handles(), 0);
        }
    }

    #[test]
    fn native_code_does_not_take_a_fake_kernels_descriptors_for_real_ones() {
        let text = "(defn main [d :- Dir] (count (list d)))";
        let context = || {
            let kernel = FakeKernel::new();
            kernel.edit(|tree| {
                tree.file("/d/a", 1);
            });
            let mut context =
                crate::Context::new(crate::Options::default(), Box::new(kernel)).unwrap();
            let dir = context.open_dir(b"/d", Rights::LIST).unwrap();
            (context, [crate::Data::Handle(dir)])
        };
        for (mode, works) in [
            (Mode::Interp, true),
            (Mode::Hooked, true),
            (Mode::Jit, false),
            (Mode::Auto, false),
        ] {
            let program = Engine::new().mode(mode).compile(text).unwrap();
            let (mut context, args) = context();
            let result = program.run_in(&mut context, &args);
            assert_eq!(result.is_ok(), works, "{mode:?}: {result:?}");
        }
    }
}
