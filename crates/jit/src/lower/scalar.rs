//! Constants, arithmetic, comparisons: what `sawmill_ir::eval` gives the meaning of.

use super::known::Fact;
use super::{Lower, Words, both};
use crate::abi::Helper;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder};
use sawmill_ir::eval::SECOND;
use sawmill_ir::fault::Fault;
use sawmill_ir::layout::int_word;
use sawmill_ir::module::{Imm, Inst};
use sawmill_ir::ops::Op;
use sawmill_ir::ty::FILE_TYPES;

impl Lower<'_> {
    pub(super) fn constant(&mut self, inst: &Inst) -> Words {
        let n = int_word(&inst.imm) as i64;
        self.constants.insert(inst.result, n);
        Words::one(self.number(n))
    }

    pub(super) fn data(&mut self, inst: &Inst) -> Words {
        let Imm::Data(id) = inst.imm else {
            return Words::none();
        };
        let at = self.number(self.env.layout.data[id] as i64);
        let len = self.number(self.env.module.data[id].len() as i64);
        Words::of(&[at, len])
    }

    pub(super) fn arithmetic(&mut self, inst: &Inst) -> Words {
        let (a, b) = (self.word(inst, 0), self.word(inst, 1));
        if inst.op == Op::Quot {
            return self.quotient(inst, a, b);
        }
        let by = self.constants.get(&inst.args[1]).copied();
        let below = |known: &Self| known.known(Fact::BelowMax(inst.args[0]));
        let above = |known: &Self| known.known(Fact::AboveMin(inst.args[0]));
        let (result, overflow) = match (inst.op, by) {
            // The step of a loop that goes on while its counter is less than something.
            (Op::Add, Some(1)) if below(self) => return Words::one(self.b.ins().iadd(a, b)),
            (Op::Sub, Some(1)) if above(self) => return Words::one(self.b.ins().isub(a, b)),
            // Beside a constant one comparison tells.
            (Op::Add, Some(n)) => {
                let sum = self.b.ins().iadd(a, b);
                (sum, self.wrapped(n >= 0, sum, a))
            }
            (Op::Sub, Some(n)) => {
                let difference = self.b.ins().isub(a, b);
                (difference, self.wrapped(n < 0, difference, a))
            }
            (Op::Add, None) => self.b.ins().sadd_overflow(a, b),
            (Op::Sub, None) => self.b.ins().ssub_overflow(a, b),
            _ => self.b.ins().smul_overflow(a, b),
        };
        self.fail_if(overflow, inst, Fault::Overflow);
        Words::one(result)
    }

    /// Whether a result that should have grown (or should not) from `a` did not (or did).
    fn wrapped(&mut self, grows: bool, result: ir::Value, a: ir::Value) -> ir::Value {
        let wrong = if grows {
            IntCC::SignedLessThan
        } else {
            IntCC::SignedGreaterThan
        };
        self.b.ins().icmp(wrong, result, a)
    }

    /// What the machine's division would trap on is asked before.
    fn quotient(&mut self, inst: &Inst, a: ir::Value, b: ir::Value) -> Words {
        let by = self.constants.get(&inst.args[1]).copied();
        if by.is_none_or(|n| n == 0) {
            let zero = self.b.ins().icmp_imm_s(IntCC::Equal, b, 0);
            self.fail_if(zero, inst, Fault::DivideByZero);
        }
        if by.is_none_or(|n| n == -1) {
            let least = self.b.ins().icmp_imm_s(IntCC::Equal, a, i64::MIN);
            let minus = self.b.ins().icmp_imm_s(IntCC::Equal, b, -1);
            let overflow = both(&mut self.b, least, minus);
            self.fail_if(overflow, inst, Fault::Overflow);
        }
        Words::one(self.b.ins().sdiv(a, b))
    }

    /// The machine's remainder, where the divisor is not zero; it gives 0 for `MIN rem -1`.
    pub(super) fn remainder(&mut self, inst: &Inst) -> Words {
        let (a, b) = (self.word(inst, 0), self.word(inst, 1));
        let by = self.constants.get(&inst.args[1]).copied();
        if by.is_none_or(|n| n == 0) {
            let zero = self.b.ins().icmp_imm_s(IntCC::Equal, b, 0);
            self.fail_if(zero, inst, Fault::DivideByZero);
        }
        let left = self.b.ins().srem(a, b);
        if inst.op == Op::Rem {
            return Words::one(left);
        }
        let signs = self.b.ins().bxor(left, b);
        let other = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, left, 0);
        let other = both(&mut self.b, other, some);
        let moved = self.b.ins().iadd(left, b);
        Words::one(self.b.ins().select(other, moved, left))
    }

    /// Bits and shifts; of an amount Cranelift too takes the lowest six bits.
    pub(super) fn bits(&mut self, inst: &Inst) -> Words {
        let a = self.word(inst, 0);
        if inst.op == Op::BitNot {
            return Words::one(self.b.ins().bnot(a));
        }
        let b = self.word(inst, 1);
        let ins = self.b.ins();
        Words::one(match inst.op {
            Op::BitAnd => ins.band(a, b),
            Op::BitOr => ins.bor(a, b),
            Op::BitXor => ins.bxor(a, b),
            Op::Shl => ins.ishl(a, b),
            Op::Shr => ins.sshr(a, b),
            _ => ins.ushr(a, b),
        })
    }

    pub(super) fn comparison(&mut self, inst: &Inst) -> Words {
        let a = self.word(inst, 0);
        let condition = match inst.op {
            Op::Not => self.b.ins().icmp_imm_s(IntCC::Equal, a, 0),
            op => {
                let holds = match op {
                    Op::Lt => IntCC::SignedLessThan,
                    Op::Le => IntCC::SignedLessThanOrEqual,
                    _ => IntCC::Equal,
                };
                let b = self.word(inst, 1);
                self.b.ins().icmp(holds, a, b)
            }
        };
        self.truth(inst, condition)
    }

    pub(super) fn time(&mut self, inst: &Inst) -> Words {
        let (a, b) = (self.operand(inst, 0), self.operand(inst, 1));
        let same = self.b.ins().icmp(IntCC::Equal, a[0], b[0]);
        let fraction = match inst.op {
            Op::TimeEq => IntCC::Equal,
            Op::TimeLt => IntCC::UnsignedLessThan,
            _ => IntCC::UnsignedLessThanOrEqual,
        };
        let fraction = self.b.ins().icmp(fraction, a[1], b[1]);
        let mut holds = both(&mut self.b, same, fraction);
        if inst.op != Op::TimeEq {
            let earlier = self.b.ins().icmp(IntCC::SignedLessThan, a[0], b[0]);
            holds = self.b.ins().bor(holds, earlier);
        }
        self.truth(inst, holds)
    }

    /// As `sawmill_ir::eval::time_add`.
    pub(super) fn time_add(&mut self, inst: &Inst) -> Words {
        let (time, by) = (self.operand(inst, 0), self.word(inst, 1));
        let (second, none) = (self.number(SECOND), self.number(0));
        // The quotient rounded down and what is left, which is not negative.
        let seconds = self.b.ins().sdiv(by, second);
        let whole = self.b.ins().imul(seconds, second);
        let left = self.b.ins().isub(by, whole);
        let less = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, left, 0);
        let borrowed = self.b.ins().select(less, second, none);
        let left = self.b.ins().iadd(left, borrowed);
        let less = self.b.ins().uextend(I64, less);
        let seconds = self.b.ins().isub(seconds, less);
        let sum = self.b.ins().iadd(left, time[1]);
        let more = IntCC::UnsignedGreaterThanOrEqual;
        let more = self.b.ins().icmp(more, sum, second);
        let carried = self.b.ins().select(more, second, none);
        let nanoseconds = self.b.ins().isub(sum, carried);
        let more = self.b.ins().uextend(I64, more);
        let seconds = self.b.ins().iadd(seconds, more);
        let (sec, overflow) = self.b.ins().sadd_overflow(time[0], seconds);
        self.fail_if(overflow, inst, Fault::Overflow);
        Words::of(&[sec, nanoseconds])
    }

    /// As `sawmill_ir::eval::time_sub`.
    pub(super) fn time_sub(&mut self, inst: &Inst) -> Words {
        let (a, b) = (self.operand(inst, 0), self.operand(inst, 1));
        let (second, none) = (self.number(SECOND), self.number(0));
        let (seconds, overflow) = self.b.ins().ssub_overflow(a[0], b[0]);
        self.fail_if(overflow, inst, Fault::Overflow);
        let nanoseconds = self.b.ins().isub(a[1], b[1]);
        // Of one sign: then the product only overflows if the whole does.
        let (less, more) = (IntCC::SignedLessThan, IntCC::SignedGreaterThan);
        let mut sign = |seconds_are, nanoseconds_are| {
            let x = self.b.ins().icmp_imm_s(seconds_are, seconds, 0);
            let y = self.b.ins().icmp_imm_s(nanoseconds_are, nanoseconds, 0);
            both(&mut self.b, x, y)
        };
        let (up, down) = (sign(less, more), sign(more, less));
        let taken = self.b.ins().select(up, second, none);
        let nanoseconds = self.b.ins().isub(nanoseconds, taken);
        let given = self.b.ins().select(down, second, none);
        let nanoseconds = self.b.ins().iadd(nanoseconds, given);
        let (up, down) = (
            self.b.ins().uextend(I64, up),
            self.b.ins().uextend(I64, down),
        );
        let seconds = self.b.ins().iadd(seconds, up);
        let seconds = self.b.ins().isub(seconds, down);
        let (whole, overflow) = self.b.ins().smul_overflow(seconds, second);
        self.fail_if(overflow, inst, Fault::Overflow);
        let (whole, overflow) = self.b.ins().sadd_overflow(whole, nanoseconds);
        self.fail_if(overflow, inst, Fault::Overflow);
        Words::one(whole)
    }

    pub(super) fn mode_type(&mut self, inst: &Inst) -> Words {
        let mode = self.word(inst, 0);
        let kind = self.b.ins().ushr_imm_u(mode, 12);
        Words::one(self.b.ins().band_imm_u(kind, 15))
    }

    /// A number below 64 whose bit is in the mask of the known types, or 0.
    pub(super) fn file_type_of(&mut self, inst: &Inst) -> Words {
        debug_assert!(FILE_TYPES.iter().all(|row| row.0 < 64));
        let known = FILE_TYPES.iter().fold(0u64, |mask, row| mask | 1 << row.0);
        let number = self.word(inst, 0);
        let mask = self.number(known as i64);
        let small = self.b.ins().band_imm_u(number, 63);
        let bits = self.b.ins().ushr(mask, small);
        let bit = self.b.ins().band_imm_u(bits, 1);
        let low = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, number, 64);
        let none = self.number(0);
        let bit = self.b.ins().select(low, bit, none);
        Words::one(self.b.ins().select(bit, number, none))
    }

    /// Unequal lengths are seen at once; the rest is the helper's.
    pub(super) fn bytes_eq(&mut self, inst: &Inst) -> Words {
        let (a, b) = (self.operand(inst, 0), self.operand(inst, 1));
        let differ = self.b.ins().icmp(IntCC::NotEqual, a[1], b[1]);
        let unequal = self.number(0);
        let (compare, next) = (self.b.create_block(), self.b.create_block());
        let equal = self.b.append_block_param(next, ir::types::I64);
        let arg = ir::BlockArg::Value(unequal);
        self.b.ins().brif(differ, next, &[arg], compare, &[]);
        self.b.switch_to_block(compare);
        let ctx = self.fixed.ctx;
        let found = self.ask(Helper::BytesEq, &[ctx, a[0], a[1], b[0], b[1]]);
        self.b.ins().jump(next, &[found.into()]);
        self.b.switch_to_block(next);
        Words::one(equal)
    }

    pub(super) fn path_of_str(&mut self, inst: &Inst) -> Words {
        let (text, ctx) = (self.operand(inst, 0), self.fixed.ctx);
        let fault = self.ask(Helper::PathOfStr, &[ctx, text[0], text[1]]);
        self.fail_with(fault, inst);
        self.results(2)
    }
}
