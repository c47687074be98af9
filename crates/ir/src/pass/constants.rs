//! The constants of a function, each once, at the start of its first block.
//!
//! A constant there costs nothing in native code, and the interpreter sets its register once in an activation
//! and not once per iteration. `scratch` is treated alike but never shared: each has a buffer of its own.

use crate::entity::Table;
use crate::eval::{self, Words};
use crate::module::{BlockId, DataId, Function, Imm, Inst, Span, Value};
use crate::ops::Op;
use crate::ty::Type;
use std::collections::HashMap;

/// What a constant is; two that are equal are the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Constant {
    /// The unit value.
    Unit,
    /// A plain word of this type.
    Word(Type, u64),
    /// A text.
    Str(DataId),
    /// A path.
    Path(DataId),
}

/// The constants of a function, taken out of it until [`Constants::put_back`].
pub(super) struct Constants {
    insts: Vec<Inst>,
    scratch: Vec<Inst>,
    by_value: HashMap<Value, Constant>,
    by_constant: HashMap<Constant, Value>,
    /// Constants that were found more than once: value and what stands for it.
    pub(super) same: Vec<(Value, Value)>,
}

impl Constants {
    /// Takes all constants and scratch buffers out of `func`.
    pub(super) fn take(func: &mut Function) -> Constants {
        let mut constants = Constants {
            insts: Vec::new(),
            scratch: Vec::new(),
            by_value: HashMap::new(),
            by_constant: HashMap::new(),
            same: Vec::new(),
        };
        let types = &func.values;
        for block in func.blocks.values_mut() {
            block.insts.retain(|inst| !constants.take_inst(inst, types));
        }
        constants
    }

    fn take_inst(&mut self, inst: &Inst, types: &Table<Value, Type>) -> bool {
        if inst.op == Op::Scratch {
            self.scratch.push(inst.clone());
            return true;
        }
        let Some(constant) = Constant::of(inst, types) else {
            return false;
        };
        match self.by_constant.get(&constant) {
            Some(first) => self.same.push((inst.result, *first)),
            None => {
                self.by_constant.insert(constant.clone(), inst.result);
                self.by_value.insert(inst.result, constant);
                self.insts.push(inst.clone());
            }
        }
        true
    }

    /// What constant a value is, if it is one.
    pub(super) fn get(&self, v: Value) -> Option<&Constant> {
        self.by_value.get(&v)
    }

    /// The word that a value is, if it is a constant of one word.
    pub(super) fn word(&self, v: Value) -> Option<u64> {
        match self.get(v)? {
            Constant::Word(_, word) => Some(*word),
            _ => None,
        }
    }

    /// The value of a constant; made if there is none yet.
    pub(super) fn value(&mut self, func: &mut Function, constant: Constant, at: Span) -> Value {
        if let Some(v) = self.by_constant.get(&constant) {
            return *v;
        }
        let (op, imm, ty) = match constant.clone() {
            Constant::Unit => (Op::Unit, Imm::None, Type::Unit),
            Constant::Word(Type::Bool, w) => (Op::Bool, Imm::Int(w as i64), Type::Bool),
            Constant::Word(Type::Float, w) => (Op::Float, Imm::Float(w), Type::Float),
            Constant::Word(ty, w) => (Op::Int, Imm::Int(w as i64), ty),
            Constant::Str(data) => (Op::Str, Imm::Data(data), Type::Str),
            Constant::Path(data) => (Op::Path, Imm::Data(data), Type::Path),
        };
        let result = func.values.push(ty);
        self.by_constant.insert(constant.clone(), result);
        self.by_value.insert(result, constant);
        self.insts.push(Inst {
            op,
            args: Vec::new(),
            imm,
            result,
            at,
        });
        result
    }

    /// What `op` gives for constant operands, as a constant of type `ty`. A failure is no constant: it stays.
    pub(super) fn fold(&self, op: Op, args: &[Value], ty: &Type) -> Option<Constant> {
        if args.is_empty() || !(ty.is_plain_word() || *ty == Type::Float) {
            return None;
        }
        let words: Option<Vec<u64>> = args.iter().map(|v| self.word(*v)).collect();
        let result: Words = eval::eval(op, &words?)?.ok()?;
        Some(Constant::Word(ty.clone(), result[0]))
    }

    /// Puts the constants and scratch buffers at the start of the first block.
    pub(super) fn put_back(self, func: &mut Function) {
        if let Some(first) = func.blocks.get_mut(BlockId(0)) {
            let hoisted = self.insts.into_iter().chain(self.scratch);
            first.insts.splice(0..0, hoisted);
        }
    }
}

impl Constant {
    fn of(inst: &Inst, types: &Table<Value, Type>) -> Option<Constant> {
        Some(match (inst.op, &inst.imm) {
            (Op::Unit, _) => Constant::Unit,
            (Op::Bool | Op::Int, Imm::Int(n)) => {
                Constant::Word(types[inst.result].clone(), *n as u64)
            }
            (Op::Float, Imm::Float(bits)) => Constant::Word(Type::Float, *bits),
            (Op::Str, Imm::Data(data)) => Constant::Str(*data),
            (Op::Path, Imm::Data(data)) => Constant::Path(*data),
            _ => return None,
        })
    }
}
