//! Typed functions: looked up once, with their types checked, then called.

use crate::engine::Program;
use crate::error::Error;
use crate::host::{Argument, FromView};
use sawmill_frontend::ty::Ty;
use sawmill_ir::value::Data;
use sawmill_runtime::context::Context;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

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
    context: Mutex<Box<Context>>,
    signature: PhantomData<fn() -> F>,
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
        let context = Mutex::new(program.engine().context()?);
        Ok(Func {
            program: program.clone(),
            context,
            signature: PhantomData,
        })
    }

    /// Calls it. Everything it opened is closed and its memory given back when this returns.
    pub fn call(&self, args: F::Arguments) -> Result<F::Result, Error> {
        // A panic while it was held can only have come from reading a result; the next load starts afresh.
        let mut context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        let data = args.pass(&mut context)?;
        let result = self.run(&mut context, &data);
        context.unload();
        F::Arguments::take_back(&mut context, &data);
        result
    }

    fn run(&self, context: &mut Context, data: &[Data]) -> Result<F::Result, Error> {
        let words = self.program.run_in(context, data)?;
        let view = context.rows().or_else(|| context.view(&words));
        let view = view.ok_or_else(|| Error::Bug("a run left no result".into()))?;
        Ok(F::Result::from_view(&view))
    }
}
