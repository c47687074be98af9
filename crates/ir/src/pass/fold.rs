//! What an instruction's result is known to be, from the definitions of its operands. The pass `forward` asks.

use super::constants::{Constant, Constants};
use super::forward::Definitions;
use super::rename::Renaming;
use crate::entity::Table;
use crate::module::{DataId, Function, Imm, Inst, Value};
use crate::ops::Op;
use crate::ty::Type;

/// What an instruction's result is.
pub(super) enum Folded {
    /// This value.
    Value(Value),
    /// This constant.
    Constant(Constant),
}

/// What the result of `inst` is, if that is known without executing it; its operands have been renamed.
pub(super) fn fold(
    inst: &Inst,
    func: &Function,
    known: &Definitions,
    constants: &Constants,
    same: &Renaming,
    data: &Table<DataId, Vec<u8>>,
) -> Option<Folded> {
    let ty = &func.values[inst.result];
    if let Some(constant) = constants.fold(inst.op, &inst.args, ty) {
        return Some(Folded::Constant(constant));
    }
    if let Some(constant) = bytes(inst, constants, data) {
        return Some(Folded::Constant(constant));
    }
    if let Some(v) = taken_out(inst, known) {
        return Some(Folded::Value(same.find(v)));
    }
    match inst.args[..] {
        [a] => one(inst, a, func, known, same),
        [a, b] => two(inst.op, a, b, func, constants),
        _ => None,
    }
}

/// What was put into an aggregate that is made in this function.
fn taken_out(inst: &Inst, known: &Definitions) -> Option<Value> {
    let (maker, n) = match (inst.op, &inst.imm) {
        (Op::Get, Imm::Field(n)) => (Op::Record, *n as usize),
        (Op::EntryDir, _) => (Op::Entry, 0),
        (Op::EntryName, _) => (Op::Entry, 1),
        (Op::EntryIno, _) => (Op::Entry, 2),
        (Op::EntryType, _) => (Op::Entry, 3),
        (Op::OkValue, _) => (Op::Ok, 0),
        (Op::ErrValue, _) => (Op::Err, 0),
        (Op::SomeValue, _) => (Op::Some, 0),
        (Op::CaseGet, Imm::CaseField(case, field)) => {
            let made = known.of_op(inst.args[0], Op::Case)?;
            let same = made.imm == Imm::Case(*case);
            return made.args.get(*field as usize).copied().filter(|_| same);
        }
        _ => return None,
    };
    known.of_op(inst.args[0], maker)?.args.get(n).copied()
}

fn truth(b: bool) -> Option<Folded> {
    Some(Folded::Constant(Constant::Word(Type::Bool, b.into())))
}

fn one(
    inst: &Inst,
    a: Value,
    func: &Function,
    known: &Definitions,
    same: &Renaming,
) -> Option<Folded> {
    let (result, operand) = (&func.values[inst.result], &func.values[a]);
    match inst.op {
        Op::Not => {
            let inner = known.of_op(a, Op::Not)?;
            Some(Folded::Value(same.find(inner.args[0])))
        }
        Op::IsOk if known.of_op(a, Op::Ok).is_some() => truth(true),
        Op::IsOk if known.of_op(a, Op::Err).is_some() => truth(false),
        Op::IsSome if known.of_op(a, Op::Some).is_some() => truth(true),
        Op::IsSome if known.of_op(a, Op::None).is_some() => truth(false),
        Op::Tag => match known.of_op(a, Op::Case)?.imm {
            Imm::Case(n) => Some(Folded::Constant(Constant::Word(Type::Int, n.into()))),
            _ => None,
        },
        Op::Retype if result == operand => Some(Folded::Value(a)),
        Op::Retype => {
            let inner = known.of_op(a, Op::Retype)?;
            Some(Folded::Value(same.find(inner.args[0])))
        }
        _ => None,
    }
}

/// Two operands that are the same, or one that changes nothing.
fn two(op: Op, a: Value, b: Value, func: &Function, constants: &Constants) -> Option<Folded> {
    let is = |v: Value, n: i64| constants.word(v) == Some(n as u64);
    match op {
        Op::Eq | Op::Le | Op::TimeEq | Op::TimeLe | Op::BytesEq if a == b => truth(true),
        Op::Lt | Op::TimeLt if a == b => truth(false),
        Op::Eq if func.values[a] == Type::Bool && is(b, 1) => Some(Folded::Value(a)),
        Op::Eq if func.values[a] == Type::Bool && is(a, 1) => Some(Folded::Value(b)),
        // A float plus 0.0 need not be that float.
        Op::Add | Op::Sub | Op::BitOr | Op::BitXor if is(b, 0) => Some(Folded::Value(a)),
        Op::Shl | Op::Shr | Op::Ushr if is(b, 0) => Some(Folded::Value(a)),
        Op::Add | Op::BitOr | Op::BitXor if is(a, 0) => Some(Folded::Value(b)),
        Op::BitAnd | Op::BitOr if a == b => Some(Folded::Value(a)),
        Op::Mul | Op::Quot if is(b, 1) => Some(Folded::Value(a)),
        Op::Mul if is(a, 1) => Some(Folded::Value(b)),
        _ => None,
    }
}

/// Operations on constant bytes.
fn bytes(inst: &Inst, constants: &Constants, data: &Table<DataId, Vec<u8>>) -> Option<Constant> {
    let id = |v: Value| match constants.get(v)? {
        Constant::Str(id) | Constant::Path(id) => Some(*id),
        _ => None,
    };
    let bytes = |v: Value| data.get(id(v)?);
    match (inst.op, &inst.args[..]) {
        (Op::BytesEq, [a, b]) => {
            let equal = bytes(*a)? == bytes(*b)?;
            Some(Constant::Word(Type::Bool, equal.into()))
        }
        (Op::PathOfStr, [text]) if !bytes(*text)?.contains(&0) => Some(Constant::Path(id(*text)?)),
        _ => None,
    }
}
