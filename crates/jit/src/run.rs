//! Running compiled code.
#![allow(
    unsafe_code,
    reason = "jumps into machine code that this crate made, and says what that asks of the caller"
)]

use crate::code::Code;
use crate::compile::Text;
use crate::stack::{Entry, Need};
use sawmill_ir::fault::Fault;
use sawmill_ir::interp::Stopped;
use sawmill_ir::module::Module;
use sawmill_ir::ty::MAX_WIDTH;
use sawmill_runtime::context::Context;
use std::sync::Arc;

/// A module as native code. Owns the memory the code is in, and frees it when dropped.
pub struct Compiled {
    pub(crate) code: Code,
    pub(crate) module: Arc<Module>,
    pub(crate) params: usize,
    pub(crate) need: Need,
    pub(crate) text: Text,
}

impl Compiled {
    /// Runs the entry with the words of its parameters, one after another; gives the words of its result. The same
    /// contract as the interpreter's.
    ///
    /// # Panics
    /// If what the context has loaded is not the module that was compiled, or the number of words is not that of the
    /// entry's parameters. And with the panic of the host's own code that ran meanwhile, a sink for rows or a kernel.
    ///
    /// # Safety
    /// `args` are the words that [`Context::load`] gave, and since then nobody has written to the context's public
    /// fields: compiled code takes handles, offsets and pointers there for what they say they are.
    pub unsafe fn run(&self, ctx: &mut Context, args: &[u64]) -> Result<[u64; MAX_WIDTH], Stopped> {
        let loaded = ctx.module().is_some_and(|m| Arc::ptr_eq(m, &self.module));
        assert!(loaded, "the context has another module loaded");
        assert_eq!(args.len(), self.params, "the entry's parameters");
        ctx.results = [0; MAX_WIDTH];
        // SAFETY: the address is that of the code that `lower::entry` made, which has this signature.
        let entry: Entry = unsafe { std::mem::transmute(self.code.entry()) };
        synchronise();
        let ended = self.need.run(entry, ctx, args);
        ctx.resume_panic();
        match ended {
            Ok(0) => Ok(ctx.results),
            Ok(_) => Err(Stopped {
                fault: Fault::from_word(ctx.fault).unwrap_or(Fault::Memory),
                error: ctx.error,
            }),
            Err(_) => Err(Stopped {
                fault: Fault::Memory,
                error: 0,
            }),
        }
    }

    /// The size of the code in bytes.
    pub fn code_size(&self) -> usize {
        self.code.len()
    }

    /// Cranelift's IR as it was made, by function; empty unless [`crate::Options::keep_text`] was set.
    pub fn clif(&self) -> &[(String, String)] {
        &self.text.clif
    }

    /// The machine code as text, by function, stubs included; empty unless [`crate::Options::keep_text`] was set.
    #[cfg(feature = "disasm")]
    pub fn disasm(&self) -> &[(String, String)] {
        &self.text.asm
    }
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiled")
            .field("code_size", &self.code_size())
            .finish_non_exhaustive()
    }
}

/// Makes this core forget instructions it fetched before the code was written: code may have been made on another.
fn synchronise() {
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a barrier.
    unsafe {
        std::arch::asm!("isb", options(nostack));
    }
}
