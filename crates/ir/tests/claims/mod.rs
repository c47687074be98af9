//! A second, small judge of modules, which shares no code with the verifier: what it finds true of every run are the
//! *claims* that a module makes. It does not test form; a module that the verifier lets through must keep them:
//!
//! 1. On every way through a function, errors included, a value is defined before it is used, and a view of a buffer
//!    is not used after the buffer was written.
//! 2. On every way, scopes are left in the opposite order they were entered, and all are left at a return; a block
//!    always runs in the scope it says it is in. Handles, and only they, are kept.
//! 3. What a value is, and the rights it has, follows from how it came about, from the entry's parameters on: the kind
//!    by the operations alone, rights only through `permit`. That is at least what the value's declared type says.
//! 4. By that derivation every argument of a system call is of the row's kind with the row's rights; flags are within
//!    the row; paths go to openat2 only.
//! 5. On every way, nothing is used that a turn or a release gave back: after it there is what was there before its
//!    region, and what is no place in memory; and every older builder that was used since is a root.
//! 6. A function declares the powers of the calls that are written in it, and of the functions that it names.

use sawmill_ir::module::*;
use sawmill_ir::ops::Op;
use sawmill_ir::powers::Powers;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::{Arg, Number, Ret};
use sawmill_ir::ty::{Buf, Case, Type};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

mod regions;
mod rows;

type Claim<T = ()> = Result<T, String>;

pub(crate) fn claims(module: &Module) -> Claim {
    let entry = module.funcs.get(module.entry).ok_or("no entry")?;
    for (param, v) in entry.params.iter().zip(entry.param_values()) {
        let root = matches!(entry.values.get(*v), Some(Type::Root(_)));
        let bound = matches!(param.bind, Bind::Root(_));
        test(root == bound, "a root that is not bound to a path")?;
    }
    for (id, func) in module.funcs.iter() {
        let at = |e| format!("{id}: {e}");
        scopes(func).map_err(at)?;
        definitions(func).map_err(at)?;
        derivation(module, id).map_err(at)?;
        declares(module, func).map_err(at)?;
        regions::regions(func).map_err(at)?;
    }
    Ok(())
}

fn test(holds: bool, message: &str) -> Claim {
    if holds {
        Ok(())
    } else {
        Err(message.to_string())
    }
}

fn block(func: &Function, b: BlockId) -> Claim<&Block> {
    func.blocks.get(b).ok_or_else(|| format!("no block {b}"))
}

fn declared(func: &Function, v: Value) -> Claim<&Type> {
    func.values.get(v).ok_or_else(|| format!("no value {v}"))
}

/// Claim 2: walks with the stack of scopes. Gives the stack of each block.
fn scopes(func: &Function) -> Claim<HashMap<BlockId, Vec<ScopeId>>> {
    let mut stacks: HashMap<BlockId, Vec<ScopeId>> = HashMap::new();
    let mut todo = vec![(BlockId(0), vec![ScopeId(0)])];
    while let Some((b, stack)) = todo.pop() {
        if let Some(before) = stacks.get(&b) {
            test(
                *before == stack,
                &format!("{b} runs with two stacks of scopes"),
            )?;
            continue;
        }
        let block = block(func, b)?;
        test(
            stack.last() == Some(&block.scope),
            &format!("{b} is not in its scope"),
        )?;
        stacks.insert(b, stack.clone());
        match &block.end {
            End::Jump(t) | End::Turn(_, t, _) => todo.push((t.block, stack)),
            End::Branch(_, t, e) => {
                todo.push((t.block, stack.clone()));
                todo.push((e.block, stack));
            }
            End::Return(_) => test(stack.len() == 1, &format!("{b} returns inside a scope"))?,
            End::Throw(_) => {}
            End::Enter(s, t) => {
                test(!stack.contains(s), &format!("{b} enters {s} in itself"))?;
                let scope = func.scopes.get(*s).ok_or("no such scope")?;
                test(
                    scope.parent == stack.last().copied(),
                    "a scope without its parent",
                )?;
                if let Some(handler) = scope.handler {
                    let params = func.blocks.get(handler).map_or(0, |b| b.params.len());
                    test(params == 1, "a handler gets one error")?;
                    todo.push((handler, stack.clone()));
                }
                let mut inside = stack;
                inside.push(*s);
                todo.push((t.block, inside));
            }
            End::Leave(s, keep, t) => {
                let mut outside = stack;
                test(
                    outside.pop() == Some(*s),
                    &format!("{b} leaves a scope it is not in"),
                )?;
                todo.push((t.block, outside));
                if let Keep::Only(kept) = keep {
                    for v in kept {
                        let ty = declared(func, *v)?;
                        let handle = matches!(ty, Type::Dir(_) | Type::File(_) | Type::Listing);
                        test(handle, "keeps what is no handle")?;
                    }
                }
            }
        }
    }
    Ok(stacks)
}

/// Claim 1: the values that are defined at the start of each block, whatever way was taken. A write to a buffer
/// undefines the views of it.
fn definitions(func: &Function) -> Claim {
    let stacks = scopes(func)?;
    let mut known: HashMap<BlockId, BTreeSet<Value>> = HashMap::new();
    let mut todo = vec![BlockId(0)];
    known.insert(BlockId(0), BTreeSet::new());
    while let Some(b) = todo.pop() {
        let here = block(func, b)?;
        let mut defined = known[&b].clone();
        let catch: Vec<BlockId> = stacks[&b]
            .iter()
            .filter_map(|s| func.scopes[*s].handler)
            .collect();
        let mut flow = |to: BlockId, defined: &BTreeSet<Value>| {
            let next = match known.get(&to) {
                None => defined.clone(),
                Some(before) => before.intersection(defined).copied().collect(),
            };
            if known.get(&to) != Some(&next) {
                known.insert(to, next);
                todo.push(to);
            }
        };
        for param in &here.params {
            defined.insert(*param);
        }
        for handler in &catch {
            flow(*handler, &defined);
        }
        for inst in &here.insts {
            defined.retain(|v| !views(func, *v, &inst.args) || inst.op != Op::Sys);
            for handler in &catch {
                flow(*handler, &defined);
            }
            defined.insert(inst.result);
        }
        if let End::Enter(s, _) = &here.end {
            func.scopes[*s]
                .handler
                .iter()
                .for_each(|h| flow(*h, &defined));
        }
        here.end.targets().for_each(|t| flow(t.block, &defined));
    }
    for (b, mut defined) in known {
        let here = block(func, b)?;
        defined.extend(&here.params);
        for inst in &here.insts {
            let all = inst.args.iter().all(|v| defined.contains(v));
            test(
                all,
                &format!("{} uses what is not defined there", inst.result),
            )?;
            defined.retain(|v| !views(func, *v, &inst.args) || inst.op != Op::Sys);
            defined.insert(inst.result);
        }
        let mut all = true;
        here.end.each_use(|v| all &= defined.contains(&v));
        test(
            all,
            &format!("the end of {b} uses what is not defined there"),
        )?;
    }
    Ok(())
}

/// Whether `v` is a view of a buffer among `written`.
fn views(func: &Function, v: Value, written: &[Value]) -> bool {
    let mut insts = func.blocks.values().flat_map(|b| &b.insts);
    insts.any(|i| i.result == v && i.op == Op::NameView && written.contains(&i.args[0]))
}

/// What values are by the way they came about.
type Derived = HashMap<Value, Type>;

/// Claims 3 and 4. Between functions what is declared is assumed of parameters and results, and tested of arguments
/// and returned values; the same holds of what a builder takes and gives.
fn derivation(module: &Module, id: FuncId) -> Claim {
    let func = &module.funcs[id];
    let mut derived = Derived::new();
    for v in func.param_values() {
        derived.insert(*v, declared(func, *v)?.clone());
    }
    for scope in func.scopes.values() {
        for v in scope
            .handler
            .and_then(|h| func.blocks.get(h))
            .map_or(&[][..], |b| &b.params)
        {
            derived.insert(*v, Type::Error);
        }
    }
    loop {
        let before = derived.clone();
        for b in func.blocks.values() {
            for inst in &b.insts {
                if inst.args.iter().all(|v| derived.contains_key(v)) {
                    let ty = derive(module, func, inst, &derived)?;
                    derived.insert(inst.result, ty);
                }
            }
            for target in b.end.targets() {
                let params = &block(func, target.block)?.params;
                test(
                    params.len() == target.args.len(),
                    "arguments for other parameters",
                )?;
                for (arg, param) in target.args.iter().zip(params) {
                    let Some(new) = derived.get(arg) else {
                        continue;
                    };
                    let both = match derived.get(param) {
                        Some(old) => meet(old, new)?,
                        None => new.clone(),
                    };
                    derived.insert(*param, both);
                }
            }
        }
        if derived == before {
            break;
        }
    }
    for (v, ty) in &derived {
        let want = declared(func, *v)?;
        test(
            covers(ty, want),
            &format!("{v} is called {want} but is {ty}"),
        )?;
    }
    for b in func.blocks.values() {
        for inst in &b.insts {
            uses(module, func, inst, &derived)?;
        }
        let has = |v: &Value, want: &Type| match derived.get(v) {
            Some(ty) => test(covers(ty, want), &format!("{v} is {ty}, not {want}")),
            None => Err(format!("{v} comes from nowhere")),
        };
        if let End::Turn(region, ..) = &b.end {
            has(region, &Type::Region)?;
        }
        match (&b.end, &func.result) {
            (End::Return(v), Some(Type::Seq(_))) => has(v, &Type::Unit)?,
            (End::Return(v), Some(want)) => has(v, want)?,
            (End::Throw(v), _) => has(v, &Type::Error)?,
            (End::Branch(v, ..), _) => has(v, &Type::Bool)?,
            _ => {}
        }
    }
    Ok(())
}

/// Operations on floats: of what, and what they give.
const FLOATS: &[(Op, &[Type], Type)] = {
    const TWO: &[Type] = &[Type::Float, Type::Float];
    const ONE: &[Type] = &[Type::Float];
    &[
        (Op::FAdd, TWO, Type::Float),
        (Op::FSub, TWO, Type::Float),
        (Op::FMul, TWO, Type::Float),
        (Op::FDiv, TWO, Type::Float),
        (Op::FRem, TWO, Type::Float),
        (Op::FPow, TWO, Type::Float),
        (Op::FNeg, ONE, Type::Float),
        (Op::FSqrt, ONE, Type::Float),
        (Op::FFloor, ONE, Type::Float),
        (Op::FCeil, ONE, Type::Float),
        (Op::FRound, ONE, Type::Float),
        (Op::FTrunc, ONE, Type::Float),
        (Op::FEq, TWO, Type::Bool),
        (Op::FLt, TWO, Type::Bool),
        (Op::FLe, TWO, Type::Bool),
        (Op::FloatOfInt, &[Type::Int], Type::Float),
        (Op::IntOfFloat, ONE, Type::Int),
    ]
};

/// Operations on the bits of integers.
const BITS: &[Op] = &[
    Op::BitAnd,
    Op::BitOr,
    Op::BitXor,
    Op::BitNot,
    Op::Shl,
    Op::Shr,
    Op::Ushr,
];

/// The kind and rights of a result.
fn derive(module: &Module, func: &Function, inst: &Inst, derived: &Derived) -> Claim<Type> {
    let want = declared(func, inst.result)?;
    let arg = |n: usize| {
        let v = inst.args.get(n).ok_or("too few operands")?;
        derived.get(v).ok_or("comes from nowhere")
    };
    let wrong = || {
        Err(format!(
            "{} of {:?} has the wrong operands",
            inst.result, inst.op
        ))
    };
    Ok(match (inst.op, &inst.imm) {
        // The only operations whose result is what it says it is, and what that may be.
        (Op::Int, _) if want.is_plain_word() => want.clone(),
        (Op::Retype, _) => match want {
            Type::Int | Type::Size | Type::Duration => want.clone(),
            Type::Mode | Type::Ino | Type::Dev => want.clone(),
            _ => return wrong(),
        },
        (Op::Region, _) => Type::Region,
        (Op::Release, _) => match arg(0)? {
            Type::Region => Type::Unit,
            _ => return wrong(),
        },
        (Op::Scratch, _) if matches!(want, Type::Buf(_)) => want.clone(),
        (Op::Builder, _) if matches!(want, Type::Builder(_)) => want.clone(),
        (Op::Err, _) if matches!(want, Type::Result(_)) => want.clone(),
        (Op::Record, _) => match want {
            Type::Record(r) if r.fields.len() == inst.args.len() => {
                let mut made = (**r).clone();
                for (n, field) in made.fields.iter_mut().enumerate() {
                    field.1 = arg(n)?.clone();
                }
                Type::Record(Arc::new(made))
            }
            _ => return wrong(),
        },
        (Op::Get, Imm::Field(n)) => match arg(0)? {
            Type::Record(r) => r.fields.get(*n as usize).ok_or("no field")?.1.clone(),
            _ => return wrong(),
        },
        (Op::StructGet, Imm::Field(n)) => match arg(0)? {
            Type::Buf(Buf::Struct(s)) => s
                .row()
                .fields
                .get(*n as usize)
                .ok_or("no field")?
                .ty
                .clone(),
            _ => return wrong(),
        },
        (Op::Permit, Imm::Rights(more)) => match arg(0)? {
            Type::Dir(r) => Type::Dir(*r | *more),
            Type::File(r) => Type::File(*r | *more),
            Type::Entry(r) => Type::Entry(*r | *more),
            _ => return wrong(),
        },
        (Op::Entry, _) => match (arg(0)?, arg(1)?, arg(2)?, arg(3)?) {
            (Type::Dir(r), Type::Name, Type::Ino, Type::FileType) => Type::Entry(*r),
            _ => return wrong(),
        },
        (Op::EntryDir, _) => match arg(0)? {
            Type::Entry(r) => Type::Dir(*r),
            _ => return wrong(),
        },
        (Op::RootDir, _) => match arg(0)? {
            Type::Root(r) => Type::Dir(*r),
            _ => return wrong(),
        },
        (Op::Resolve, _) => Type::Root(Rights::NONE),
        (Op::Ok, _) => Type::Result(Arc::new(arg(0)?.clone())),
        (Op::OkValue | Op::At | Op::Freeze, _) => match (inst.op, arg(0)?) {
            (Op::OkValue, Type::Result(t)) | (Op::At, Type::List(t)) => (**t).clone(),
            (Op::Freeze, Type::Builder(t)) => Type::List(t.clone()),
            _ => return wrong(),
        },
        (Op::Add | Op::Sub | Op::Mul | Op::Quot | Op::Rem | Op::Mod, _) => match (arg(0)?, arg(1)?)
        {
            (a @ (Type::Int | Type::Size | Type::Duration), b) if a == b => a.clone(),
            _ => return wrong(),
        },
        (Op::Call, Imm::Func(callee)) => {
            let callee = module.funcs.get(*callee).ok_or("no such function")?;
            callee.result.clone().ok_or("no result")?
        }
        (Op::Sys, Imm::Sys(sys, _)) => match sys.row().ret {
            Ret::Unit => Type::Unit,
            Ret::Int => Type::Int,
            Ret::Bytes => Type::Bytes,
            Ret::Listing => Type::Listing,
            ret => match (ret, arg(0)?) {
                (Ret::Dir, Type::Dir(r)) => Type::Dir(*r),
                (Ret::File, Type::Dir(r)) => Type::File(*r),
                _ => return wrong(),
            },
        },
        (Op::Eq | Op::Lt | Op::Le | Op::Not | Op::TimeEq | Op::TimeLt | Op::TimeLe, _) => {
            Type::Bool
        }
        (Op::BytesEq | Op::IsOk | Op::Bool, _) => Type::Bool,
        (op, _) if FLOATS.iter().any(|row| row.0 == op) => {
            let row = FLOATS.iter().find(|row| row.0 == op);
            row.map_or(Type::Unit, |row| row.2.clone())
        }
        (Op::Float, _) => Type::Float,
        (op, _) if BITS.contains(&op) => Type::Int,
        (Op::TimeAdd, _) => Type::Time,
        (Op::TimeSub, _) => Type::Duration,
        (Op::ModeType | Op::FileTypeOf | Op::EntryType, _) => Type::FileType,
        (Op::EntryIno, _) => Type::Ino,
        (Op::Len | Op::BufU8 | Op::BufU16 | Op::BufU64, _) => Type::Int,
        (Op::NameCopy | Op::NameView | Op::EntryName, _) => Type::Name,
        (Op::PathOfStr | Op::PathOfName | Op::RootPath | Op::Path, _) => Type::Path,
        (Op::Str, _) => Type::Str,
        (Op::ErrValue, _) => Type::Error,
        (Op::Unit | Op::Push | Op::Yield, _) => Type::Unit,
        (Op::CloseDir | Op::CloseListing | Op::CloseFile, _) => Type::Unit,
        (Op::None, _) if matches!(want, Type::Option(_)) => want.clone(),
        (Op::Case, Imm::Case(n)) => {
            let case = case(module, want, *n)?;
            test(
                case.fields.len() == inst.args.len(),
                "another number of fields",
            )?;
            for (n, (_, ty)) in case.fields.iter().enumerate() {
                test(covers(arg(n)?, ty), "a field of another type")?;
            }
            want.clone()
        }
        (Op::CaseGet, Imm::CaseField(n, field)) => {
            let fields = &case(module, arg(0)?, *n)?.fields;
            fields.get(*field as usize).ok_or("no field")?.1.clone()
        }
        (op, _) if op.row().library.is_some() || is_data(op) => {
            let operands: Result<Vec<Type>, &str> =
                (0..inst.args.len()).map(|n| arg(n).cloned()).collect();
            match rows::by_row(op, &operands?)? {
                Some(ty) => ty,
                None if matches!(want, Type::MapBuilder(..)) => want.clone(),
                None => return wrong(),
            }
        }
        _ => return wrong(),
    })
}

/// Operations on data that the engines do by themselves.
fn is_data(op: Op) -> bool {
    matches!(
        op,
        Op::Some
            | Op::IsSome
            | Op::SomeValue
            | Op::Desc
            | Op::Tag
            | Op::ArrayLen
            | Op::ArrayGet
            | Op::ArraySet
    )
}

/// A case of an enum that the module declares.
fn case<'a>(module: &'a Module, ty: &Type, n: u32) -> Claim<&'a Case> {
    let Type::Enum(e) = ty else {
        return Err(format!("{ty} has no cases"));
    };
    let found = module.enums.iter().filter(|other| other.name == e.name);
    match found.collect::<Vec<_>>()[..] {
        [one] => Ok(one.cases.get(n as usize).ok_or("no such case")?),
        _ => Err(format!("{} is not one enum", e.name)),
    }
}

/// What an instruction does with its operands.
fn uses(module: &Module, func: &Function, inst: &Inst, derived: &Derived) -> Claim {
    let has = |v: &Value, want: &Type| match derived.get(v) {
        Some(ty) => test(covers(ty, want), &format!("{v} is {ty}, not {want}")),
        None => Err(format!("{v} comes from nowhere")),
    };
    let kinds = |kinds: &[Type]| {
        test(kinds.len() == inst.args.len(), "another number of operands")?;
        inst.args
            .iter()
            .zip(kinds)
            .try_for_each(|(v, ty)| has(v, ty))
    };
    let some = |ty: Option<&Type>| ty.cloned().ok_or("comes from nowhere".to_string());
    let first = || some(inst.args.first().and_then(|v| derived.get(v)));
    match (inst.op, &inst.imm) {
        (Op::Call, Imm::Func(callee)) => {
            let callee = module.funcs.get(*callee).ok_or("no such function")?;
            let params: Claim<Vec<Type>> = callee
                .param_values()
                .iter()
                .map(|v| declared(callee, *v).cloned())
                .collect();
            kinds(&params?)
        }
        (Op::Push, _) => match first()? {
            Type::Builder(t) => has(inst.args.get(1).ok_or("nothing to push")?, &t),
            _ => Err("push to no builder".into()),
        },
        (Op::Yield, _) => match &func.result {
            Some(Type::Seq(t)) => kinds(&[(**t).clone()]),
            _ => Err("yield without a seq".into()),
        },
        (Op::Eq, _) => {
            test(first()?.is_plain_word(), "eq of what is no word")?;
            kinds(&[first()?, first()?])
        }
        (Op::Lt | Op::Le, _) => {
            let number = matches!(first()?, Type::Int | Type::Size | Type::Duration);
            test(number, "no numbers")?;
            kinds(&[first()?, first()?])
        }
        (op, _) if FLOATS.iter().any(|row| row.0 == op) => {
            let row = FLOATS.iter().find(|row| row.0 == op);
            kinds(row.map_or(&[], |row| row.1))
        }
        (Op::BitNot, _) => kinds(&[Type::Int]),
        (op, _) if BITS.contains(&op) => kinds(&[Type::Int, Type::Int]),
        (Op::TimeAdd, _) => kinds(&[Type::Time, Type::Duration]),
        (Op::TimeSub, _) => kinds(&[Type::Time, Type::Time]),
        (Op::TimeEq | Op::TimeLt | Op::TimeLe, _) => kinds(&[Type::Time, Type::Time]),
        (Op::Not, _) => kinds(&[Type::Bool]),
        (Op::PathOfStr, _) => kinds(&[Type::Str]),
        (Op::PathOfName, _) => kinds(&[Type::Name]),
        (Op::ModeType, _) => kinds(&[Type::Mode]),
        (Op::FileTypeOf, _) => kinds(&[Type::Int]),
        (Op::Resolve, _) => kinds(&[Type::Path]),
        (Op::CloseDir, _) => kinds(&[Type::Dir(Rights::NONE)]),
        (Op::CloseFile, _) => kinds(&[Type::File(Rights::NONE)]),
        (Op::CloseListing, _) => kinds(&[Type::Listing]),
        (Op::EntryName | Op::EntryIno | Op::EntryType, _) => kinds(&[Type::Entry(Rights::NONE)]),
        (Op::RootPath, _) => kinds(&[Type::Root(Rights::NONE)]),
        (Op::BufU8 | Op::BufU16 | Op::BufU64, _) => {
            test(
                matches!(first()?, Type::Buf(Buf::Bytes(_))),
                "no byte buffer",
            )?;
            kinds(&[first()?, Type::Int])
        }
        (Op::NameCopy | Op::NameView, _) => {
            test(
                matches!(first()?, Type::Buf(Buf::Bytes(_))),
                "no byte buffer",
            )?;
            kinds(&[first()?, Type::Int, Type::Int])
        }
        (Op::IsOk | Op::ErrValue, _) => test(matches!(first()?, Type::Result(_)), "no result"),
        (Op::Len, _) => test(matches!(first()?, Type::List(_)), "no list"),
        (Op::Err, _) => kinds(&[Type::Error]),
        (Op::Sys, Imm::Sys(..)) => syscall(inst, derived),
        _ => Ok(()),
    }
}

/// Claim 6.
fn declares(module: &Module, func: &Function) -> Claim {
    for inst in func.blocks.values().flat_map(|b| &b.insts) {
        let takes = match &inst.imm {
            Imm::Sys(sys, _) => Powers::from(sys.row().power),
            Imm::Func(callee) => match module.funcs.get(*callee) {
                Some(callee) => callee.powers,
                None => Powers::NONE,
            },
            _ => continue,
        };
        let missing = takes.bits() & !func.powers.bits();
        test(missing == 0, "a power that is not declared")?;
    }
    Ok(())
}

/// Claim 4.
fn syscall(inst: &Inst, derived: &Derived) -> Claim {
    let Imm::Sys(sys, flags) = &inst.imm else {
        return Ok(());
    };
    let row = sys.row();
    test(sys.is_callable(), "calls what is not a program's to call")?;
    let (mut args, mut all) = (inst.args.iter(), flags.iter());
    let mut bits_of = [0; 6];
    for (i, arg) in row.args.iter().enumerate() {
        let (must, may, one) = match *arg {
            Arg::Flags { must, may, .. } | Arg::How { must, may, .. } => (must, may, false),
            Arg::One { of, .. } => (0, of, true),
            _ => continue,
        };
        let bits = all.next().ok_or("flags are missing")?.bits;
        let beyond = bits & !(must | may) != 0 || one && bits.count_ones() != 1;
        test(bits & must == must && !beyond, "flags beyond the row")?;
        bits_of[i] = bits;
    }
    for (i, arg) in row.args.iter().enumerate() {
        let demands = row.needs.iter().filter(|n| n.of == i);
        let demands = demands.filter(|n| (bits_of[n.flags] & n.bit == 0) != n.set);
        let more = demands.fold(Rights::NONE, |all, n| all | n.rights);
        let wanted = match arg {
            Arg::TimePair => 2,
            Arg::How { create: true, .. } => 1,
            Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => 1,
            Arg::Name | Arg::Path | Arg::Text | Arg::Int(_) | Arg::BytesIn | Arg::BytesOut => 1,
            Arg::TimeIn | Arg::DurationIn | Arg::BufOut | Arg::StructOut(_) => 1,
            Arg::OffsetIn => 1,
            _ => 0,
        };
        for _ in 0..wanted {
            let ty = args
                .next()
                .and_then(|v| derived.get(v))
                .ok_or("an argument is missing")?;
            let fits = match (arg, ty) {
                (Arg::Dir(need) | Arg::Descriptor(need), Type::Dir(r))
                | (Arg::File(need) | Arg::Descriptor(need), Type::File(r)) => {
                    r.contains(*need | more)
                }
                (Arg::Listing, Type::Listing) | (Arg::Name, Type::Name) => true,
                (Arg::Path, Type::Path) => row.kernel == "openat2",
                (Arg::Text, Type::Path) | (Arg::BytesIn, Type::Bytes) => true,
                (Arg::Int(Number::Size), Type::Size) | (Arg::Int(Number::Mode), Type::Mode) => true,
                (Arg::Int(n), Type::Int) => !matches!(n, Number::Size | Number::Mode),
                (Arg::BytesOut, Type::Int) | (Arg::How { .. }, Type::Mode) => true,
                (Arg::TimeIn, Type::Time) | (Arg::DurationIn, Type::Duration) => true,
                (Arg::OffsetIn, Type::Size) => true,
                (Arg::TimePair, Type::Option(t)) => **t == Type::Time,
                (Arg::BufOut, Type::Buf(Buf::Bytes(_))) => true,
                (Arg::StructOut(want), Type::Buf(Buf::Struct(s))) => s == want,
                _ => false,
            };
            test(fits, &format!("{} gets a {ty} for {arg:?}", row.name))?;
        }
    }
    test(
        args.next().is_none() && all.next().is_none(),
        "arguments beyond the row",
    )
}

/// Whether what a value is includes what it is called.
fn covers(is: &Type, called: &Type) -> bool {
    match (is, called) {
        (Type::Dir(a), Type::Dir(b))
        | (Type::File(a), Type::File(b))
        | (Type::Entry(a), Type::Entry(b))
        | (Type::Root(a), Type::Root(b)) => a.bits() & b.bits() == b.bits(),
        (Type::List(a), Type::List(b))
        | (Type::Result(a), Type::Result(b))
        | (Type::Option(a), Type::Option(b))
        | (Type::Desc(a), Type::Desc(b)) => covers(a, b),
        (Type::Map(k, v), Type::Map(l, w)) => covers(k, l) && covers(v, w),
        (Type::Record(a), Type::Record(b)) => {
            let same = a.kind == b.kind && a.name == b.name && a.fields.len() == b.fields.len();
            same && a
                .fields
                .iter()
                .zip(&b.fields)
                .all(|(x, y)| covers(&x.1, &y.1))
        }
        _ => is == called,
    }
}

/// What is true of both.
fn meet(a: &Type, b: &Type) -> Claim<Type> {
    let through = |a, b| meet(a, b).map(Arc::new);
    Ok(match (a, b) {
        (Type::Dir(a), Type::Dir(b)) => Type::Dir(*a & *b),
        (Type::File(a), Type::File(b)) => Type::File(*a & *b),
        (Type::Entry(a), Type::Entry(b)) => Type::Entry(*a & *b),
        (Type::Root(a), Type::Root(b)) => Type::Root(*a & *b),
        (Type::List(a), Type::List(b)) => Type::List(through(a, b)?),
        (Type::Result(a), Type::Result(b)) => Type::Result(through(a, b)?),
        (Type::Option(a), Type::Option(b)) => Type::Option(through(a, b)?),
        (Type::Desc(a), Type::Desc(b)) => Type::Desc(through(a, b)?),
        (Type::Map(k, v), Type::Map(l, w)) => Type::Map(through(k, l)?, through(v, w)?),
        (Type::Record(a), Type::Record(b)) if a.fields.len() == b.fields.len() => {
            let mut both = (**a).clone();
            for (field, other) in both.fields.iter_mut().zip(&b.fields) {
                field.1 = meet(&field.1, &other.1)?;
            }
            Type::Record(Arc::new(both))
        }
        _ if a == b => a.clone(),
        _ => return Err(format!("a {a} or a {b}")),
    })
}
