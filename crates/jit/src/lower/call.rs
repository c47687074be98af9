//! Calls between functions of the module, and the way in from outside.

use super::{Lower, Words, import};
use crate::abi::{self, Callee, Helper, status};
use crate::compile::Env;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use sawmill_ir::fault::{Fault, site};
use sawmill_ir::module::{Imm, Inst};

impl Lower<'_> {
    pub(super) fn call(&mut self, inst: &Inst) -> Words {
        let Imm::Func(id) = inst.imm else {
            return Words::none();
        };
        let func = &self.env.module.funcs[id];
        let depth = self.context(abi::DEPTH);
        let deep = self.b.ins().icmp_imm_u(IntCC::Equal, depth, 0);
        self.fail_if(deep, inst, Fault::Depth);
        // Calls alone can go on for ever: the depth is bounded, the number is not.
        let interrupted = self.interrupted();
        self.fail_if(interrupted, inst, Fault::Interrupted);
        let deeper = self.b.ins().iadd_imm_s(depth, -1);
        self.set_context(abi::DEPTH, deeper);

        let mut words = vec![self.fixed.ctx];
        for operand in &inst.args {
            words.extend_from_slice(&self.words[*operand]);
        }
        let signature = abi::signature_of(self.env.conv, func);
        let function = self.import(Callee::Func(id), signature);
        let call = self.b.ins().call(function, &words);
        let results = self.b.inst_results(call).to_vec();

        // What was taken is put back, rather than kept in a register across the call.
        let depth = self.context(abi::DEPTH);
        let back = self.b.ins().iadd_imm_s(depth, 1);
        self.set_context(abi::DEPTH, back);
        let called_at = site(self.id, inst.result);
        self.aside(results[0], |lower, _| {
            let ctx = lower.fixed.ctx;
            let called_at = lower.number(called_at as i64);
            lower.helper(Helper::Unwound, &[ctx, called_at]);
            lower.unwind_call(results[0]);
        });
        match abi::result_width(func) {
            1 => Words::one(results[1]),
            wide => self.results(wide),
        }
    }
}

/// The way in: takes the context and the address of the entry's parameters' words, gives the status, and leaves the
/// result in `Context::results`.
pub(crate) fn entry(env: &Env<'_>, into: &mut ir::Function, scratch: &mut FunctionBuilderContext) {
    let id = env.module.entry;
    let func = &env.module.funcs[id];
    into.signature = abi::signature(env.conv, Callee::Entry, 2);
    into.name = ir::UserFuncName::User(Callee::Entry.name());
    let mut b = FunctionBuilder::new(into, scratch);
    let start = b.create_block();
    b.append_block_params_for_function_params(start);
    b.switch_to_block(start);
    let [ctx, array] = [b.block_params(start)[0], b.block_params(start)[1]];
    let trusted = MemFlagsData::trusted();
    let mut words = vec![ctx];
    for n in 0..abi::param_words(func) {
        words.push(b.ins().load(I64, trusted, array, 8 * n as i32));
    }
    let function = import(&mut b, Callee::Func(id), abi::signature_of(env.conv, func));
    let call = b.ins().call(function, &words);
    let results = b.inst_results(call).to_vec();
    if let Some(word) = results.get(1) {
        b.ins().store(trusted, *word, ctx, abi::RESULTS);
    }
    debug_assert_eq!(status::DONE, 0);
    b.ins().return_(&results[..1]);
    b.seal_all_blocks();
    b.finalize(env.config);
}
