//! What compiled code and the runtime agree on: offsets within the context, the helpers by name, and how functions
//! of a module call one another.
//!
//! A compiled function takes the context and the words of its parameters. It gives a status (see [`status`]) and, if
//! its result is one word wide, that word; a wider result is left in `Context::results`. Helpers take and give words.

use crate::Stubs;
use cranelift_codegen::ir::{AbiParam, Signature, UserExternalName, types::I64};
use cranelift_codegen::isa::CallConv;
use sawmill_ir::Arch;
use sawmill_ir::module::{FuncId, Function};
use sawmill_ir::syscalls::Sys;
use sawmill_runtime::context::{Context, Slot};
use std::mem::offset_of;

/// How a compiled function ended.
pub(crate) mod status {
    /// With its result.
    pub(crate) const DONE: i64 = 0;
    /// With an error that a handler may catch; the object is in `Context::error`.
    pub(crate) const ERROR: i64 = 1;
    /// With a fault that nobody catches.
    pub(crate) const STOPPED: i64 = 2;
}

macro_rules! offsets {
    ($($(#[$doc:meta])* $name:ident = $of:ty, $field:ident;)*) => {
        $($(#[$doc])* pub(crate) const $name: i32 = offset_of!($of, $field) as i32;)*
    };
}

offsets! {
    MEMORY = Context, memory;
    TOP = Context, top;
    LIMIT = Context, limit;
    SLOTS = Context, slots;
    OPEN = Context, open;
    INTERRUPT = Context, interrupt;
    OUT = Context, out;
    BATCH = Context, batch;
    ERROR = Context, error;
    FAULT = Context, fault;
    DEPTH = Context, depth;
    RESULTS = Context, results;
    ARGS = Context, args;
    SLOT_GENERATION = Slot, generation;
    SLOT_FD = Slot, fd;
    SLOT_RIGHTS = Slot, rights;
    SLOT_RESOLVE = Slot, resolve;
}

/// The size of a row of the handle table is a power of two: rows are found by a shift.
pub(crate) const SLOT_SHIFT: i64 = size_of::<Slot>().trailing_zeros() as i64;
const _: () = assert!(size_of::<Slot>().is_power_of_two());

/// How many words `Context::args` holds.
pub(crate) const ARG_WORDS: usize = length_of(|context| &context.args);

const _: () = assert!(ARG_WORDS >= sawmill_ir::verify::limits::KEEP);
const _: () = assert!(ARG_WORDS == sawmill_ir::interp::ERROR_WORDS);

const fn length_of<const N: usize>(_: fn(&Context) -> &[u64; N]) -> usize {
    N
}

macro_rules! helpers {
    ($($name:ident = $function:ident ($params:literal) -> $results:literal;)*) => {
        /// A function of the runtime that compiled code calls.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Helper { $($name,)* }

        impl Helper {
            const ALL: &'static [Helper] = &[$(Helper::$name),*];
            /// Its name, its words in and out, and where it is.
            fn row(self) -> (&'static str, usize, usize, usize) {
                match self {
                    $(Helper::$name => (
                        stringify!($function), $params, $results,
                        sawmill_runtime::helpers::$function as *const () as usize,
                    ),)*
                }
            }
        }
    };
}

helpers! {
    Fail = sawmill_fail (3) -> 1;
    Grow = sawmill_grow (3) -> 1;
    Flush = sawmill_flush (1) -> 1;
    Vet = sawmill_vet (2) -> 1;
    Adopt = sawmill_adopt (5) -> 1;
    Resolve = sawmill_resolve (3) -> 1;
    Close = sawmill_close (2) -> 0;
    CloseTo = sawmill_close_to (3) -> 0;
    Hook = sawmill_hook (8) -> 1;
    Text = sawmill_text (3) -> 1;
    Room = sawmill_room (2) -> 1;
    Filled = sawmill_filled (4) -> 0;
    BytesEq = sawmill_bytes_eq (5) -> 1;
    PathOfStr = sawmill_path_of_str (3) -> 1;
    Permit = sawmill_permit (3) -> 1;
    Library = sawmill_library (3) -> 1;
    Float = sawmill_float (3) -> 1;
    Unwound = sawmill_unwound (2) -> 0;
    Region = sawmill_region (2) -> 0;
    Turn = sawmill_turn (5) -> 0;
    Release = sawmill_release (3) -> 0;
}

impl Helper {
    /// Its address in this process.
    pub(crate) fn address(self) -> usize {
        self.row().3
    }
}

/// Something that compiled code calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Callee {
    /// A function of the module.
    Func(FuncId),
    /// A stub, by the kernel's number of the call.
    Stub(u32),
    /// A helper of the runtime.
    Helper(Helper),
    /// The way in: calls the entry with parameters from an array.
    Entry,
}

impl Callee {
    /// The stub for a system call, or the hook that stands in for it.
    pub(crate) fn of_sys(sys: Sys, stubs: Stubs) -> Callee {
        match stubs {
            Stubs::Native => Callee::Stub(sys.number(Arch::HOST)),
            Stubs::Hooked => Callee::Helper(Helper::Hook),
        }
    }

    /// The name that Cranelift knows it by.
    pub(crate) fn name(self) -> UserExternalName {
        match self {
            Callee::Func(id) => UserExternalName::new(0, id.0),
            Callee::Stub(number) => UserExternalName::new(1, number),
            Callee::Helper(helper) => UserExternalName::new(2, helper as u32),
            Callee::Entry => UserExternalName::new(3, 0),
        }
    }

    /// What has that name.
    pub(crate) fn named(name: &UserExternalName) -> Option<Callee> {
        Some(match name.namespace {
            0 => Callee::Func(FuncId(name.index)),
            1 => Callee::Stub(name.index),
            2 => Callee::Helper(*Helper::ALL.get(name.index as usize)?),
            3 => Callee::Entry,
            _ => return None,
        })
    }

    /// Whether it lies in the module's own code, near enough for a relative call.
    pub(crate) fn is_near(self) -> bool {
        !matches!(self, Callee::Helper(_))
    }

    /// Its name for people.
    pub(crate) fn label(self) -> String {
        match self {
            Callee::Func(id) => id.to_string(),
            Callee::Stub(number) => {
                let sys = Sys::ALL.iter().find(|s| s.number(Arch::HOST) == number);
                let name = sys.map_or("?", |s| s.row().kernel);
                format!("syscall {number} ({name})")
            }
            Callee::Helper(helper) => helper.row().0.to_string(),
            Callee::Entry => "entry".to_string(),
        }
    }
}

fn words(conv: CallConv, params: usize, results: usize) -> Signature {
    let mut sig = Signature::new(conv);
    sig.params.resize(params, AbiParam::new(I64));
    sig.returns.resize(results, AbiParam::new(I64));
    sig
}

/// The number of words of a function's parameters.
pub(crate) fn param_words(func: &Function) -> usize {
    let width = |v| func.values[v].width();
    func.param_values().iter().map(|v| width(*v)).sum()
}

/// The number of words of its result.
pub(crate) fn result_width(func: &Function) -> usize {
    func.result.as_ref().map_or(0, |ty| ty.width())
}

/// The signature of a function of the module.
pub(crate) fn signature_of(conv: CallConv, func: &Function) -> Signature {
    let second = usize::from(result_width(func) == 1);
    words(conv, 1 + param_words(func), 1 + second)
}

/// The signature of anything that is called but a function of the module.
pub(crate) fn signature(conv: CallConv, callee: Callee, arguments: usize) -> Signature {
    match callee {
        Callee::Helper(helper) => words(conv, helper.row().1, helper.row().2),
        Callee::Stub(_) => words(conv, arguments, 1),
        Callee::Entry => words(conv, 2, 1),
        Callee::Func(_) => words(conv, arguments, 2),
    }
}
