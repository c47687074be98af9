//! Objects in the run's memory: allocation by bump, records, entries, results.

use super::known::Fact;
use super::{Lower, Words};
use crate::abi;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder};
use sawmill_ir::fault::Fault;
use sawmill_ir::layout::case;
use sawmill_ir::module::{Imm, Inst};
use sawmill_ir::ty::Type;

impl Lower<'_> {
    /// Fresh memory of so many bytes, a multiple of 8; its offset. The instruction fails if there is none.
    pub(super) fn alloc(&mut self, inst: &Inst, bytes: ir::Value) -> ir::Value {
        let (top, full) = self.bump(bytes);
        self.fail_if(full, inst, Fault::Memory);
        let next = self.b.ins().iadd(top, bytes);
        self.set_context(abi::TOP, next);
        top
    }

    /// The next free byte, and whether so many bytes from there are too many. No sum is made that could wrap: what is
    /// left is never negative.
    pub(super) fn bump(&mut self, bytes: ir::Value) -> (ir::Value, ir::Value) {
        let (top, limit) = (self.context(abi::TOP), self.context(abi::LIMIT));
        let left = self.b.ins().isub(limit, top);
        let full = self.b.ins().icmp(IntCC::UnsignedGreaterThan, bytes, left);
        (top, full)
    }

    /// A record or an entry: the words of its fields, one after another.
    pub(super) fn make_object(&mut self, inst: &Inst) -> Words {
        let words: Vec<ir::Value> = self.all_operands(inst);
        self.object(inst, &words)
    }

    /// A new object of these words.
    fn object(&mut self, inst: &Inst, words: &[ir::Value]) -> Words {
        let bytes = self.number(8 * words.len() as i64);
        let object = self.alloc(inst, bytes);
        let address = self.address(object);
        self.store(address, 0, words);
        Words::one(object)
    }

    /// A case of an enum: its number, then its fields. One without fields is there already.
    pub(super) fn case(&mut self, inst: &Inst) -> Words {
        let Imm::Case(case) = inst.imm else {
            return Words::none();
        };
        if inst.args.is_empty() {
            return Words::one(self.number(case::constant(case) as i64));
        }
        let mut words = vec![self.number(case.into())];
        words.extend(self.all_operands(inst));
        self.object(inst, &words)
    }

    pub(super) fn case_get(&mut self, inst: &Inst) -> Words {
        let case = self.env.module.case_of(self.func, inst);
        let (Some(case), Imm::CaseField(number, field)) = (case, &inst.imm) else {
            return Words::none();
        };
        let object = self.word(inst, 0);
        let address = self.address(object);
        if !self.known(Fact::Case(inst.args[0], *number)) {
            let tag = self.load(address, 0, 1)[0];
            let other = IntCC::NotEqual;
            let other = self.b.ins().icmp_imm_s(other, tag, i64::from(*number));
            self.fail_if(other, inst, Fault::NotOk);
        }
        self.read(inst, address, case.word(*field))
    }

    pub(super) fn get(&mut self, inst: &Inst) -> Words {
        let Type::Record(record) = self.ty(inst.args[0]) else {
            return Words::none();
        };
        let field = Self::field(inst);
        let first = record.word(field);
        let object = self.word(inst, 0);
        let address = self.address(object);
        self.read(inst, address, first)
    }

    /// Words of the object that operand 0 refers to.
    pub(super) fn part(&mut self, inst: &Inst, first: usize, count: usize) -> Words {
        let object = self.word(inst, 0);
        let address = self.address(object);
        self.load(address, first, count)
    }

    pub(super) fn ok(&mut self, inst: &Inst) -> Words {
        let value = self.operand(inst, 0);
        let mut words = vec![self.number(0)];
        words.extend_from_slice(&value);
        self.padded(inst, words)
    }

    pub(super) fn err(&mut self, inst: &Inst) -> Words {
        let words = vec![self.number(1), self.word(inst, 0)];
        self.padded(inst, words)
    }

    pub(super) fn some(&mut self, inst: &Inst) -> Words {
        let mut words = vec![self.number(1)];
        words.extend(self.all_operands(inst));
        self.padded(inst, words)
    }

    pub(super) fn none(&mut self, inst: &Inst) -> Words {
        self.padded(inst, Vec::new())
    }

    pub(super) fn is_some(&mut self, inst: &Inst) -> Words {
        let tag = self.word(inst, 0);
        let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, tag, 0);
        self.truth(inst, some)
    }

    pub(super) fn some_value(&mut self, inst: &Inst) -> Words {
        let option = self.operand(inst, 0);
        if !self.known(Fact::Some(inst.args[0])) {
            let none = self.b.ins().icmp_imm_s(IntCC::Equal, option[0], 0);
            self.fail_if(none, inst, Fault::Absent);
        }
        Words::of(&option[1..1 + self.width(inst.result)])
    }

    fn padded(&mut self, inst: &Inst, mut words: Vec<ir::Value>) -> Words {
        while words.len() < self.width(inst.result) {
            words.push(self.number(0));
        }
        Words::of(&words)
    }

    pub(super) fn is_ok(&mut self, inst: &Inst) -> Words {
        let tag = self.word(inst, 0);
        let ok = self.b.ins().icmp_imm_s(IntCC::Equal, tag, 0);
        self.truth(inst, ok)
    }

    pub(super) fn ok_value(&mut self, inst: &Inst) -> Words {
        let result = self.operand(inst, 0);
        if !self.known(Fact::Ok(inst.args[0])) {
            self.fail_if(result[0], inst, Fault::NotOk);
        }
        Words::of(&result[1..1 + self.width(inst.result)])
    }

    pub(super) fn err_value(&mut self, inst: &Inst) -> Words {
        let result = self.operand(inst, 0);
        if !self.known(Fact::Err(inst.args[0])) {
            let ok = self.b.ins().icmp_imm_s(IntCC::Equal, result[0], 0);
            self.fail_if(ok, inst, Fault::NotOk);
        }
        Words::one(result[1])
    }
}
