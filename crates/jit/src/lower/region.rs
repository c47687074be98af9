//! Regions: a turn compares what memory is left with the region's floor, and goes on; aside, the runtime gives back what
//! nothing reaches and says where the rest is.

use super::{Lower, Words};
use crate::abi::{self, Helper};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder, StackSlotData, StackSlotKind};
use sawmill_ir::layout::region;
use sawmill_ir::module::{BlockId, End, Inst, Target, Value};

impl Lower<'_> {
    pub(super) fn region(&mut self, inst: &Inst) -> Words {
        let at = self.scratch(inst);
        let ctx = self.fixed.ctx;
        self.helper(Helper::Region, &[ctx, at[0]]);
        at
    }

    pub(super) fn release(&mut self, inst: &Inst) -> Words {
        let region = self.word(inst, 0);
        if let Some(frame) = self.fixed.frame {
            let ctx = self.fixed.ctx;
            self.helper(Helper::Release, &[ctx, region, frame]);
        }
        Words::none()
    }

    /// Ends the block.
    pub(super) fn turn(&mut self, from: BlockId, region: Value, target: &Target, roots: &[Value]) {
        self.poll(from, target);
        let region = self.words[region][0];
        let (top, limit) = (self.context(abi::TOP), self.context(abi::LIMIT));
        let left = self.b.ins().isub(limit, top);
        let at = self.address(region);
        let floor = self.load(at, region::FLOOR as usize / 8, 1)[0];
        let much = self.b.ins().icmp(IntCC::UnsignedLessThan, left, floor);
        let (header, args) = (self.blocks[target.block], self.arguments(target));
        let cold = self.b.create_block();
        self.b.set_cold_block(cold);
        self.b.ins().brif(much, cold, &[], header, &args);

        self.b.switch_to_block(cold);
        let turns = self.env.turns;
        let number = turns.number(self.id, from).unwrap_or(u32::MAX);
        let kept = turns.get(number).map_or(&[][..], |turn| turn.args());
        let kept: Vec<Value> = kept.iter().map(|n| target.args[*n]).collect();
        let words = kept.iter().chain(roots).map(|v| self.words[*v]);
        let words: Vec<ir::Value> = words.flat_map(|w| w.to_vec()).collect();
        let slot = self.kept_slot();
        for (n, word) in words.iter().enumerate() {
            self.b.ins().stack_store(I64, *word, slot, 8 * n as i32);
        }
        let ctx = self.fixed.ctx;
        let count = self.number(words.len() as i64);
        let number = self.number(number.into());
        let at = self.b.ins().stack_addr(I64, slot, 0);
        self.helper(Helper::Turn, &[ctx, number, region, at, count]);
        // The arguments as they are now: of those that hold no reference, as they were.
        let before: Vec<(Value, Words)> = kept.iter().map(|v| (*v, self.words[*v])).collect();
        let mut n = 0;
        for (v, words) in &before {
            let now: Vec<ir::Value> = (0..words.len())
                .map(|word| {
                    let at = 8 * (n + word) as i32;
                    self.b.ins().stack_load(I64, I64, slot, at)
                })
                .collect();
            n += words.len();
            self.words[*v] = Words::of(&now);
        }
        let args = self.arguments(target);
        for (v, words) in before {
            self.words[v] = words;
        }
        self.b.ins().jump(header, &args);
    }

    /// Room for what any of the function's turns keeps.
    fn kept_slot(&mut self) -> ir::StackSlot {
        if let Some(slot) = self.kept {
            return slot;
        }
        let words = |v: &Value| self.width(*v);
        let most = self.func.blocks.values().map(|block| match &block.end {
            End::Turn(_, target, roots) => target.args.iter().chain(roots).map(words).sum(),
            _ => 0,
        });
        let most: usize = most.max().unwrap_or(0).max(1);
        let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, 8 * most as u32, 3);
        *self.kept.insert(self.b.create_sized_stack_slot(slot))
    }
}
