//! What happens when an operation fails: a cold block for each fault of an instruction, which tells the runtime what
//! and where, and goes to the handler or out of the function.
//!
//! Cold blocks have no parameters: one that many operations share, with parameters, takes Cranelift time that grows
//! faster than their number. What many share here they find in the context.

use super::Lower;
use crate::abi::{self, Helper, status};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder};
use cranelift_frontend::FunctionBuilder;
use sawmill_ir::fault::{Fault, site};
use sawmill_ir::module::Inst;

/// Cold blocks that there are already.
#[derive(Default)]
pub(super) struct Failing {
    /// Of the instruction at hand, by fault.
    faults: Vec<(u64, ir::Block)>,
    /// Where the run is stopped by no instruction's fault.
    stops: Vec<(u64, ir::Block)>,
    /// Out of the function with the status in `Context::results`.
    out: Option<ir::Block>,
    /// Out of the function with [`status::STOPPED`].
    stopped: Option<ir::Block>,
}

impl Failing {
    pub(super) fn next_inst(&mut self) {
        self.faults.clear();
    }
}

fn known(blocks: &[(u64, ir::Block)], fault: Fault) -> Option<ir::Block> {
    let word = fault.to_word();
    blocks.iter().find(|b| b.0 == word).map(|b| b.1)
}

fn cold(place: &mut Option<ir::Block>, b: &mut FunctionBuilder<'_>) -> ir::Block {
    *place.get_or_insert_with(|| {
        let block = b.create_block();
        b.set_cold_block(block);
        block
    })
}

impl Lower<'_> {
    /// Goes on in a new block unless `condition` holds; then `cold` says what is done. It ends its block, with a
    /// jump to the block it is given if it comes back.
    pub(super) fn aside(
        &mut self,
        condition: ir::Value,
        cold: impl FnOnce(&mut Self, ir::Block),
    ) -> ir::Block {
        let (unusual, next) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(unusual);
        self.b.ins().brif(condition, unusual, &[], next, &[]);
        self.b.switch_to_block(unusual);
        cold(self, next);
        self.b.switch_to_block(next);
        unusual
    }

    /// Goes to a block that is there already if the condition holds.
    fn away(&mut self, condition: ir::Value, known: ir::Block) {
        let next = self.b.create_block();
        self.b.ins().brif(condition, known, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    /// Fails with this fault if the condition holds.
    pub(super) fn fail_if(&mut self, condition: ir::Value, inst: &Inst, fault: Fault) {
        if let Some(block) = known(&self.failing.faults, fault) {
            return self.away(condition, block);
        }
        let block = self.aside(condition, |lower, _| {
            let fault = lower.number(fault.to_word() as i64);
            lower.fail(inst, fault);
        });
        self.failing.faults.push((fault.to_word(), block));
    }

    /// Fails with the fault that this word is, unless it is 0.
    pub(super) fn fail_with(&mut self, fault: ir::Value, inst: &Inst) {
        self.aside(fault, |lower, _| lower.fail(inst, fault));
    }

    /// Ends the run if the condition holds, by no instruction's fault.
    pub(super) fn stop_if(&mut self, condition: ir::Value, fault: Fault) {
        if let Some(block) = known(&self.failing.stops, fault) {
            return self.away(condition, block);
        }
        let block = self.aside(condition, |lower, _| {
            let (word, none) = (lower.number(fault.to_word() as i64), lower.number(0));
            lower.set_context(abi::FAULT, word);
            lower.set_context(abi::ERROR, none);
            let out = cold(&mut lower.failing.stopped, &mut lower.b);
            lower.b.ins().jump(out, &[]);
        });
        self.failing.stops.push((fault.to_word(), block));
    }

    /// Ends the block: the instruction fails.
    pub(super) fn fail(&mut self, inst: &Inst, fault: ir::Value) {
        let operands = inst.args.iter().map(|v| self.words[*v]);
        let operands: Vec<ir::Value> = operands.flat_map(|w| w.to_vec()).collect();
        self.pass(&operands);
        let site = self.number(site(self.id, inst.result) as i64);
        let ctx = self.fixed.ctx;
        let stopped = self.ask(Helper::Fail, &[ctx, site, fault]);
        match self.scopes.catcher(self.scope) {
            Some(_) => self.catch(Some(stopped)),
            None => {
                let status = self.b.ins().iadd_imm_s(stopped, status::ERROR);
                self.leave_with(status);
            }
        }
    }

    /// Writes words to `Context::args`, as many as fit.
    pub(super) fn pass(&mut self, words: &[ir::Value]) {
        for (n, word) in words.iter().take(abi::ARG_WORDS).enumerate() {
            self.set_context(abi::ARGS + 8 * n as i32, *word);
        }
    }

    /// Ends the block: an error is on its way.
    pub(super) fn unwind(&mut self) {
        match self.scopes.catcher(self.scope) {
            Some(_) => self.catch(None),
            None => {
                let status = self.number(status::ERROR);
                self.leave_with(status);
            }
        }
    }

    /// Ends the block: a call came back with this status, which is not [`status::DONE`].
    pub(super) fn unwind_call(&mut self, status: ir::Value) {
        if self.scopes.catcher(self.scope).is_none() {
            return self.leave_with(status);
        }
        let stopped = IntCC::Equal;
        let stopped = self.b.ins().icmp_imm_s(stopped, status, status::STOPPED);
        self.catch(Some(stopped));
    }

    /// Ends the block: to the handler of the scopes around, unless the run is stopped.
    fn catch(&mut self, stopped: Option<ir::Value>) {
        let Some(scope) = self.scopes.catcher(self.scope) else {
            return self.unwind();
        };
        let landing = self.landing(scope);
        match stopped {
            Some(stopped) => {
                let out = cold(&mut self.failing.stopped, &mut self.b);
                self.b.ins().brif(stopped, out, &[], landing, &[]);
            }
            None => {
                self.b.ins().jump(landing, &[]);
            }
        }
    }

    /// Ends the block: out of the function with this status.
    fn leave_with(&mut self, status: ir::Value) {
        self.set_context(abi::RESULTS, status);
        let out = cold(&mut self.failing.out, &mut self.b);
        self.b.ins().jump(out, &[]);
    }

    /// Writes the ways out of the function that were asked for.
    pub(super) fn ways_out(&mut self) {
        if let Some(out) = self.failing.out {
            self.b.switch_to_block(out);
            let status = self.context(abi::RESULTS);
            self.give(status);
        }
        if let Some(out) = self.failing.stopped {
            self.b.switch_to_block(out);
            let status = self.number(status::STOPPED);
            self.give(status);
        }
    }

    /// Ends the block: out of the function with a status and no result.
    fn give(&mut self, status: ir::Value) {
        let mut words = vec![status];
        if abi::result_width(self.func) == 1 {
            words.push(self.number(0));
        }
        self.b.ins().return_(&words);
    }
}
