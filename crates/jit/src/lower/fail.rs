//! What happens when an operation fails: one cold block per place that can, which tells the runtime what and where,
//! and goes to the handler or out of the function.
//!
//! A block of its own for each, without parameters: a block shared by many, with parameters, takes Cranelift time
//! that grows faster than their number.

use super::Lower;
use crate::abi::{self, Helper, status};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder};
use sawmill_ir::fault::{Fault, site};
use sawmill_ir::module::Inst;

impl Lower<'_> {
    /// Goes on in a new block unless `condition` holds; then `cold` says what is done. It ends its block, with a
    /// jump to the block it is given if it comes back.
    pub(super) fn aside(
        &mut self,
        condition: ir::Value,
        cold: impl FnOnce(&mut Self, ir::Block),
    ) {
        let (unusual, next) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(unusual);
        self.b.ins().brif(condition, unusual, &[], next, &[]);
        self.b.switch_to_block(unusual);
        cold(self, next);
        self.b.switch_to_block(next);
    }

    /// Fails with this fault if the condition holds.
    pub(super) fn fail_if(&mut self, condition: ir::Value, inst: &Inst, fault: Fault) {
        self.aside(condition, |lower, _| {
            let fault = lower.number(fault.to_word() as i64);
            lower.fail(inst, fault);
        });
    }

    /// Fails with the fault that this word is, unless it is 0.
    pub(super) fn fail_with(&mut self, fault: ir::Value, inst: &Inst) {
        self.aside(fault, |lower, _| lower.fail(inst, fault));
    }

    /// Ends the block: the instruction fails.
    pub(super) fn fail(&mut self, inst: &Inst, fault: ir::Value) {
        let operands = inst.args.iter().map(|v| self.words[*v]);
        let operands: Vec<ir::Value> = operands.flat_map(|w| w.to_vec()).collect();
        self.pass(&operands);
        let site = self.number(site(self.id, inst.result) as i64);
        let ctx = self.fixed.ctx;
        let stopped = self.ask(Helper::Fail, &[ctx, site, fault]);
        self.unwind(Some(stopped));
    }

    /// Writes words to `Context::args`, as many as fit.
    pub(super) fn pass(&mut self, words: &[ir::Value]) {
        for (n, word) in words.iter().take(abi::ARG_WORDS).enumerate() {
            self.set_context(abi::ARGS + 8 * n as i32, *word);
        }
    }

    /// Ends the block: a failure is on its way. `stopped` is 1 if nobody may catch it, else 0; without it
    /// the failure is known to be an error.
    pub(super) fn unwind(&mut self, stopped: Option<ir::Value>) {
        match (self.scopes.catcher(self.scope), stopped) {
            (Some(scope), Some(stopped)) => {
                let (out, landing) = (self.way_out(), self.landing(scope));
                self.b.ins().brif(stopped, out, &[], landing, &[]);
            }
            (Some(scope), None) => {
                let landing = self.landing(scope);
                self.b.ins().jump(landing, &[]);
            }
            (None, Some(stopped)) => {
                let status = self.b.ins().iadd_imm_s(stopped, status::ERROR);
                self.give(status);
            }
            (None, None) => {
                let status = self.number(status::ERROR);
                self.give(status);
            }
        }
    }

    /// Ends the block: a call came back with this status, which is not [`status::DONE`].
    pub(super) fn unwind_call(&mut self, status: ir::Value) {
        if self.scopes.catcher(self.scope).is_none() {
            return self.give(status);
        }
        let stopped = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, status, status::STOPPED);
        self.unwind(Some(stopped));
    }

    /// Ends the block: out of the function with a status and no result.
    pub(super) fn give(&mut self, status: ir::Value) {
        let mut words = vec![status];
        if abi::result_width(self.func) == 1 {
            words.push(self.number(0));
        }
        self.b.ins().return_(&words);
    }
}
