//! Library ops: all in one way, a call of the one helper that does them.

use super::{Lower, Words};
use crate::abi::Helper;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder, StackSlotData, StackSlotKind};
use sawmill_ir::fault::site;
use sawmill_ir::module::Inst;
use sawmill_ir::ops::Op;

impl Lower<'_> {
    /// The operands' words go to the stack, the result's come back in the context.
    pub(super) fn library(&mut self, inst: &Inst) -> Words {
        let words = self.all_operands(inst);
        let slot = self.operand_slot();
        for (n, word) in words.iter().enumerate() {
            self.b.ins().stack_store(I64, *word, slot, 8 * n as i32);
        }
        let number = self.env.library.number(site(self.id, inst.result));
        let number = self.number(number.unwrap_or(u32::MAX).into());
        let (ctx, at) = (self.fixed.ctx, self.b.ins().stack_addr(I64, slot, 0));
        let fault = self.ask(Helper::Library, &[ctx, number, at]);
        self.fail_with(fault, inst);
        self.results(self.width(inst.result))
    }

    /// The words of all operands.
    pub(super) fn all_operands(&self, inst: &Inst) -> Vec<ir::Value> {
        let words = inst.args.iter().map(|v| self.words[*v]);
        words.flat_map(|w| w.to_vec()).collect()
    }

    fn operand_slot(&mut self) -> ir::StackSlot {
        if let Some(slot) = self.operands {
            return slot;
        }
        let insts = self.func.blocks.values().flat_map(|b| &b.insts);
        let library = insts.filter(|i| Op::row(i.op).library.is_some());
        let words = |i: &Inst| i.args.iter().map(|v| self.width(*v)).sum::<usize>();
        let most = library.map(words).max().unwrap_or(0).max(1);
        let kind = StackSlotKind::ExplicitSlot;
        let slot = StackSlotData::new(kind, 8 * most as u32, 3);
        *self.operands.insert(self.b.create_sized_stack_slot(slot))
    }
}
