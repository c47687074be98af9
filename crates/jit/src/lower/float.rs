//! Floats: IEEE double precision, as `sawmill_ir::eval` has it, with the machine's own instructions.
//!
//! Everywhere but here a float is a word like any other: in memory, between functions, in errors. Block parameters of
//! type float are Cranelift's f64, so that a loop keeps them in the registers it computes in, and what is made here is
//! kept as f64 too; its word is only made where somebody asks for it. What bits a NaN has is unspecified.

use super::{Lower, Words, both};
use crate::abi::Helper;
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use sawmill_ir::fault::Fault;
use sawmill_ir::module::{Inst, Value};
use sawmill_ir::ops::Op;

/// 2^63: the least float that no integer is.
const END: f64 = 9_223_372_036_854_775_808.0;

impl Lower<'_> {
    /// The float that a word is.
    pub(super) fn float_of(&mut self, word: ir::Value) -> ir::Value {
        self.b.ins().bitcast(F64, MemFlagsData::new(), word)
    }

    /// The word of a float; it costs nothing where nobody uses it.
    pub(super) fn word_of(&mut self, float: ir::Value) -> ir::Value {
        self.b.ins().bitcast(I64, MemFlagsData::new(), float)
    }

    /// A value as a float.
    pub(super) fn float(&mut self, v: Value) -> ir::Value {
        match self.floats.get(&v) {
            Some(float) => *float,
            None => self.float_of(self.words[v][0]),
        }
    }

    /// The float whose word this is, if it was made as one: to store it, it need not be moved.
    pub(super) fn in_float_register(&self, word: ir::Value) -> Option<ir::Value> {
        let dfg = &self.b.func.dfg;
        let inst = dfg.value_def(word).inst()?;
        if dfg.insts[inst].opcode() != ir::Opcode::Bitcast {
            return None;
        }
        let float = dfg.inst_args(inst)[0];
        (dfg.value_type(float) == F64).then_some(float)
    }

    pub(super) fn made(&mut self, inst: &Inst, float: ir::Value) -> Words {
        self.floats.insert(inst.result, float);
        Words::one(self.word_of(float))
    }

    pub(super) fn float_arithmetic(&mut self, inst: &Inst) -> Words {
        let (a, b) = (self.float(inst.args[0]), self.float(inst.args[1]));
        let ins = self.b.ins();
        let float = match inst.op {
            Op::FAdd => ins.fadd(a, b),
            Op::FSub => ins.fsub(a, b),
            Op::FMul => ins.fmul(a, b),
            _ => ins.fdiv(a, b),
        };
        self.made(inst, float)
    }

    pub(super) fn float_alone(&mut self, inst: &Inst) -> Words {
        let a = self.float(inst.args[0]);
        let float = match inst.op {
            Op::FNeg => self.b.ins().fneg(a),
            _ => self.b.ins().sqrt(a),
        };
        self.made(inst, float)
    }

    /// To a whole float; without such instructions it is the helper's.
    pub(super) fn rounded(&mut self, inst: &Inst) -> Words {
        if !self.env.rounds {
            return self.float_by_helper(inst);
        }
        let a = self.float(inst.args[0]);
        let float = match inst.op {
            Op::FFloor => self.b.ins().floor(a),
            Op::FCeil => self.b.ins().ceil(a),
            Op::FTrunc => self.b.ins().trunc(a),
            _ => self.round(a),
        };
        self.made(inst, float)
    }

    /// Halves away from zero, which no instruction of x86_64 does: one further than without the fraction if that is a
    /// half or more. The difference is exact; of a NaN or an infinity it is a NaN, and nothing is added.
    fn round(&mut self, a: ir::Value) -> ir::Value {
        let whole = self.b.ins().trunc(a);
        let fraction = self.b.ins().fsub(a, whole);
        let fraction = self.b.ins().fabs(fraction);
        let (half, one) = (self.b.ins().f64const(0.5), self.b.ins().f64const(1.0));
        let one = self.b.ins().fcopysign(one, a);
        let further = self.b.ins().fadd(whole, one);
        let far = FloatCC::GreaterThanOrEqual;
        let far = self.b.ins().fcmp(far, fraction, half);
        self.b.ins().select(far, further, whole)
    }

    pub(super) fn float_by_helper(&mut self, inst: &Inst) -> Words {
        let op = self.number(inst.op as i64);
        let a = self.word(inst, 0);
        let b = match inst.args.len() {
            1 => a,
            _ => self.word(inst, 1),
        };
        Words::one(self.ask(Helper::Float, &[op, a, b]))
    }

    pub(super) fn float_comparison(&mut self, inst: &Inst) -> Words {
        let (a, b) = (self.float(inst.args[0]), self.float(inst.args[1]));
        let holds = match inst.op {
            Op::FEq => FloatCC::Equal,
            Op::FLt => FloatCC::LessThan,
            _ => FloatCC::LessThanOrEqual,
        };
        let condition = self.b.ins().fcmp(holds, a, b);
        self.truth(inst, condition)
    }

    pub(super) fn float_of_int(&mut self, inst: &Inst) -> Words {
        let n = self.word(inst, 0);
        let float = self.b.ins().fcvt_from_sint(F64, n);
        self.made(inst, float)
    }

    /// What does not fit is asked before, so that the conversion has nothing to trap on.
    pub(super) fn int_of_float(&mut self, inst: &Inst) -> Words {
        let a = self.float(inst.args[0]);
        let (least, end) = (self.b.ins().f64const(-END), self.b.ins().f64const(END));
        let enough = FloatCC::GreaterThanOrEqual;
        let enough = self.b.ins().fcmp(enough, a, least);
        let small = self.b.ins().fcmp(FloatCC::LessThan, a, end);
        let fits = both(&mut self.b, enough, small);
        let beyond = self.b.ins().bxor_imm_u(fits, 1);
        self.fail_if(beyond, inst, Fault::Overflow);
        Words::one(self.b.ins().fcvt_to_sint_sat(I64, a))
    }
}
