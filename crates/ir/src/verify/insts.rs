//! V3 types, V4 origin and V5 rights of instructions and ends, by the rows of the operation table.

use super::entry::is_data;
use super::{At, Checked, Rule, calls, fit};
use crate::module::{End, FuncId, Function, Imm, Inst, Module, Target, Value};
use crate::ops::{ImmKind, Op, Pat};
use crate::rights::Rights;
use crate::traits::Traits;
use crate::ty::{Buf, RecordKind, Type};
use std::sync::Arc;

/// A function and the module around it.
pub(super) struct Context<'a> {
    pub(super) module: &'a Module,
    pub(super) id: FuncId,
    pub(super) func: &'a Function,
    pub(super) traits: &'a Traits<'a>,
}

pub(super) fn function(module: &Module, id: FuncId, traits: &Traits<'_>) -> Checked {
    let context = Context {
        module,
        id,
        func: &module.funcs[id],
        traits,
    };
    for (b, block) in context.func.blocks.iter() {
        let at = At::func(id).block(b);
        for inst in &block.insts {
            context.inst(inst, at.inst(inst.result))?;
        }
        context.end(&block.end, at)?;
    }
    Ok(())
}

impl<'a> Context<'a> {
    pub(super) fn ty(&self, v: Value) -> &'a Type {
        &self.func.values[v]
    }

    fn inst(&self, inst: &Inst, at: At) -> Checked {
        self.immediate(inst, at)?;
        let declared = self.ty(inst.result);
        match (inst.op, &inst.imm) {
            (Op::Record, _) => calls::record(self, inst, at),
            (Op::Case, Imm::Case(n)) => calls::case(self, inst, *n, at),
            (Op::CaseGet, Imm::CaseField(n, field)) => calls::case_get(self, inst, *n, *field, at),
            (Op::Call, Imm::Func(callee)) => calls::call(self, inst, *callee, at),
            (Op::Sys, Imm::Sys(sys, flags)) => calls::syscall(self, inst, *sys, flags, at),
            (Op::Scratch, _) => {
                operands(inst, 0, at)?;
                at.test(matches!(declared, Type::Buf(_)), Rule::V3, || {
                    format!("scratch gives a buffer, not {declared}")
                })
            }
            (Op::Get | Op::StructGet, Imm::Field(n)) => self.field(inst, *n, at),
            (Op::Yield, _) => self.yields(inst, at),
            _ => self.row(inst, at),
        }
    }

    /// The immediate is of the row's kind and in range.
    fn immediate(&self, inst: &Inst, at: At) -> Checked {
        let data = |id| match self.module.data.get(id) {
            Some(bytes) => Ok(bytes),
            None => at.refuse(Rule::V3, format!("there is no data {id}")),
        };
        match (inst.op.row().imm, &inst.imm) {
            (ImmKind::Int, Imm::Int(n)) => {
                let most = match self.ty(inst.result) {
                    Type::Bool => 1,
                    Type::FileType => 15,
                    _ => return Ok(()),
                };
                at.test((0..=most).contains(n), Rule::V3, || {
                    format!("{n} is not between 0 and {most}")
                })
            }
            (ImmKind::Float, Imm::Float(_)) => Ok(()),
            (ImmKind::Data, Imm::Data(id)) if inst.op == Op::Path => {
                at.test(!data(*id)?.contains(&0), Rule::V3, || {
                    "a path constant holds a NUL".into()
                })
            }
            (ImmKind::Data, Imm::Data(id)) => {
                at.test(std::str::from_utf8(data(*id)?).is_ok(), Rule::V3, || {
                    "a text constant is not UTF-8".into()
                })
            }
            (ImmKind::None, Imm::None)
            | (ImmKind::Rights, Imm::Rights(_))
            | (ImmKind::Field, Imm::Field(_))
            | (ImmKind::Case, Imm::Case(_))
            | (ImmKind::CaseField, Imm::CaseField(..))
            | (ImmKind::Func, Imm::Func(_))
            | (ImmKind::Sys, Imm::Sys(..)) => Ok(()),
            (want, found) => at.refuse(
                Rule::V3,
                format!("the immediate is {found:?}, the row wants {want:?}"),
            ),
        }
    }

    fn field(&self, inst: &Inst, n: u32, at: At) -> Checked {
        operands(inst, 1, at)?;
        let operand = self.ty(inst.args[0]);
        let field = match (inst.op, operand) {
            (Op::Get, Type::Record(r)) => r.fields.get(n as usize).map(|f| &f.1),
            (Op::StructGet, Type::Buf(Buf::Struct(s))) => {
                let field = s.row().fields.get(n as usize);
                field.filter(|f| f.is_value()).map(|f| &f.ty)
            }
            _ => {
                let message = format!("{} of a {operand}", inst.op.row().name);
                return at.refuse(Rule::V3, message);
            }
        };
        match field {
            Some(ty) => self.result(inst, ty, at),
            None => at.refuse(
                Rule::V3,
                format!("{operand} has no field {n} that is a value"),
            ),
        }
    }

    fn yields(&self, inst: &Inst, at: At) -> Checked {
        operands(inst, 1, at)?;
        match &self.func.result {
            Some(Type::Seq(t)) if self.id == self.module.entry => {
                self.fits(inst.args[0], t, at)?;
                self.result(inst, &Type::Unit, at)
            }
            _ => at.refuse(Rule::V4, "yield stands only in an entry that gives a seq"),
        }
    }

    /// An instruction that its row says everything about.
    fn row(&self, inst: &Inst, at: At) -> Checked {
        let row = inst.op.row();
        let (first, more) = match row.operands {
            [first @ .., Pat::Many] => (first, inst.args.len().saturating_sub(first.len())),
            all => (all, 0),
        };
        operands(inst, first.len() + more, at)?;
        let mut bound = Bound::default();
        for (pat, v) in first.iter().zip(&inst.args) {
            self.operand(inst.op, *pat, *v, &mut bound, at)?;
        }
        for v in inst.args.iter().skip(first.len()) {
            let ty = self.ty(*v);
            at.test(is_data(ty), Rule::V3, || {
                format!("{v} is a {ty}; {} wants data", row.name)
            })?;
        }
        let declared = self.ty(inst.result);
        let origin = |holds: bool| {
            at.test(holds, Rule::V4, || {
                format!("{} cannot make a {declared} from bits", row.name)
            })
        };
        let kind = |holds: bool| {
            at.test(holds, Rule::V3, || {
                format!("{} does not give a {declared}", row.name)
            })
        };
        let given = match row.result {
            Pat::Word => return origin(declared.is_plain_word()),
            Pat::IntLike => return origin(is_int_like(declared)),
            pat => bound.ty(pat, &inst.imm),
        };
        // What is empty, or holds an error, is of whatever type it says.
        match (given, row.result, declared) {
            (Some(given), ..) => self.result(inst, &given, at),
            (None, Pat::BuilderT, Type::Builder(_))
            | (None, Pat::ResultT, Type::Result(_))
            | (None, Pat::Opt(_), Type::Option(_))
            | (None, Pat::MapBuilderKV, Type::MapBuilder(..)) => Ok(()),
            (None, ..) => kind(false),
        }
    }

    /// An operand has the type its row says.
    fn operand(&self, op: Op, pat: Pat, v: Value, bound: &mut Bound<'a>, at: At) -> Checked {
        let ty = self.ty(v);
        if is_open(pat) {
            if let Some(want) = bound.ty(pat, &Imm::None) {
                return self.fits(v, &want, at);
            }
            let named = |holds: bool, what: &str| {
                at.test(holds, Rule::V3, || {
                    format!("{v} is a {ty}; {} wants {what}", op.row().name)
                })
            };
            named(bound.bind(pat, ty), &format!("{pat:?}"))?;
            let traits = self.traits;
            let equal = |ty: &Type| traits.has_eq(ty);
            let ordered = |ty: &Type| traits.has_ord(ty);
            named(bound.eq.is_none_or(equal), "what can be equal")?;
            return named(bound.ord.is_none_or(ordered), "what has an order");
        }
        let fits = match (pat, ty) {
            (Pat::Num, Type::Int | Type::Size | Type::Duration) | (Pat::Handle, _) => {
                bound.same(ty)
            }
            (Pat::Word, _) => ty.is_plain_word() && bound.same(ty),
            (Pat::IntLike, _) => is_int_like(ty),
            (Pat::Bytes, Type::Str | Type::Path | Type::Name | Type::Bytes) => true,
            (Pat::Buf, Type::Buf(Buf::Bytes(_))) => true,
            (Pat::StructBuf, Type::Buf(Buf::Struct(_))) => true,
            (Pat::Enum, Type::Enum(_)) => true,
            (Pat::Dir, Type::Dir(r))
            | (Pat::Entry, Type::Entry(r))
            | (Pat::Root, Type::Root(r)) => {
                bound.rights = *r;
                true
            }
            (Pat::ByImm, Type::Listing) => op == Op::CloseListing,
            (Pat::ByImm, Type::File(_)) => op == Op::CloseFile,
            (pat, ty) => simple(pat).as_ref() == Some(ty),
        };
        let handle =
            pat != Pat::Handle || matches!(ty, Type::Dir(_) | Type::File(_) | Type::Entry(_));
        at.test(fits && handle, Rule::V3, || {
            format!("{v} is a {ty}; {} wants {pat:?}", op.row().name)
        })
    }

    fn end(&self, end: &End, at: At) -> Checked {
        match end {
            End::Branch(v, ..) => self.fits(*v, &Type::Bool, at)?,
            End::Throw(v) => self.fits(*v, &Type::Error, at)?,
            End::Return(v) => match &self.func.result {
                Some(Type::Seq(_)) => self.fits(*v, &Type::Unit, at)?,
                Some(result) => self.fits(*v, result, at)?,
                None => return at.refuse(Rule::V1, "the function has no result type"),
            },
            End::Turn(region, _, roots) => {
                self.fits(*region, &Type::Region, at)?;
                let other = roots.iter().find(|v| !self.ty(**v).is_builder());
                at.test(other.is_none(), Rule::V3, || {
                    "a root that is no builder".into()
                })?;
            }
            End::Jump(_) | End::Enter(..) | End::Leave(..) => {}
        }
        end.targets().try_for_each(|target| self.target(target, at))
    }

    fn target(&self, target: &Target, at: At) -> Checked {
        let params = &self.func.blocks[target.block].params;
        at.test(params.len() == target.args.len(), Rule::V3, || {
            let (args, params) = (target.args.len(), params.len());
            format!(
                "{args} arguments for the {params} parameters of {}",
                target.block
            )
        })?;
        for (arg, param) in target.args.iter().zip(params) {
            self.fits(*arg, self.ty(*param), at)?;
        }
        Ok(())
    }

    /// A value may stand where that type is wanted.
    pub(super) fn fits(&self, v: Value, want: &Type, at: At) -> Checked {
        let have = self.ty(v);
        match fit(have, want) {
            Ok(()) => Ok(()),
            Err(rule) => at.refuse(rule, format!("{v} is a {have}, {want} is wanted")),
        }
    }

    /// The declared result is no stronger than what the row gives.
    pub(super) fn result(&self, inst: &Inst, given: &Type, at: At) -> Checked {
        let declared = self.ty(inst.result);
        let rule = match fit(given, declared) {
            Ok(()) => return Ok(()),
            Err(Rule::V3) if is_bits(given) && !is_bits(declared) => Rule::V4,
            Err(rule) => rule,
        };
        let name = inst.op.row().name;
        at.refuse(rule, format!("{name} gives {given}, not {declared}"))
    }
}

pub(super) fn operands(inst: &Inst, want: usize, at: At) -> Checked {
    at.test(inst.args.len() == want, Rule::V3, || {
        let name = inst.op.row().name;
        format!(
            "{} operands for {name}, which takes {want}",
            inst.args.len()
        )
    })
}

/// Whether a value is numbers only, that any bits may stand for.
fn is_bits(ty: &Type) -> bool {
    ty.is_plain_word() || matches!(ty, Type::Float | Type::Unit | Type::Time)
}

fn is_int_like(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int | Type::Size | Type::Duration | Type::Mode | Type::Ino | Type::Dev
    )
}

/// Whether a pattern is made of type variables, or has patterns within.
fn is_open(pat: Pat) -> bool {
    matches!(
        pat,
        Pat::T
            | Pat::K
            | Pat::V
            | Pat::EqT
            | Pat::OrdT
            | Pat::OrdK
            | Pat::ListT
            | Pat::BuilderT
            | Pat::ResultT
            | Pat::List(_)
            | Pat::Opt(_)
            | Pat::Desc(_)
            | Pat::Pair(..)
            | Pat::MapKV
            | Pat::MapBuilderKV
            | Pat::MapBuilder(..)
            | Pat::ArrayT
    )
}

/// The type of a pattern that stands for one type.
fn simple(pat: Pat) -> Option<Type> {
    Some(match pat {
        Pat::Unit => Type::Unit,
        Pat::Bool => Type::Bool,
        Pat::Int => Type::Int,
        Pat::FileType => Type::FileType,
        Pat::Mode => Type::Mode,
        Pat::Float => Type::Float,
        Pat::Duration => Type::Duration,
        Pat::Time => Type::Time,
        Pat::Str => Type::Str,
        Pat::ByteString => Type::Bytes,
        Pat::Path => Type::Path,
        Pat::Name => Type::Name,
        Pat::Ino => Type::Ino,
        Pat::Error => Type::Error,
        Pat::Region => Type::Region,
        Pat::Num | Pat::Word | Pat::IntLike | Pat::Bytes | Pat::Buf | Pat::StructBuf => {
            return None;
        }
        Pat::Dir | Pat::Entry | Pat::Root | Pat::Handle | Pat::ByImm | Pat::Many => return None,
        Pat::Enum => return None,
        Pat::T | Pat::K | Pat::V | Pat::EqT | Pat::OrdT | Pat::OrdK => return None,
        Pat::ListT | Pat::BuilderT | Pat::ResultT | Pat::ArrayT => return None,
        Pat::MapKV | Pat::MapBuilderKV => return None,
        Pat::List(_) | Pat::Opt(_) | Pat::Desc(_) | Pat::Pair(..) => return None,
        Pat::MapBuilder(..) => return None,
    })
}

/// What the operands of an instruction have bound.
#[derive(Default)]
struct Bound<'a> {
    /// The type that Num, Word or Handle stand for.
    same: Option<&'a Type>,
    /// The type variables T, K and V.
    vars: [Option<&'a Type>; 3],
    /// A variable that must be of a type with equality.
    eq: Option<&'a Type>,
    /// A variable that must be of a type with an order.
    ord: Option<&'a Type>,
    /// The rights of the dir, entry or root.
    rights: Rights,
}

const T: usize = 0;
const K: usize = 1;
const V: usize = 2;

impl<'a> Bound<'a> {
    fn same(&mut self, ty: &'a Type) -> bool {
        *self.same.get_or_insert(ty) == ty
    }

    /// Binds a type variable to what something may hold; one that is bound takes what fits it.
    fn variable(&mut self, var: usize, ty: &'a Type) -> bool {
        match self.vars[var] {
            Some(bound) => ty.fits(bound),
            None => {
                self.vars[var] = Some(ty);
                is_data(ty)
            }
        }
    }

    /// Binds the variables of a pattern to the parts of a type of that form.
    fn bind(&mut self, pat: Pat, ty: &'a Type) -> bool {
        match (pat, ty) {
            (Pat::T, _) => self.variable(T, ty),
            (Pat::K, _) => self.variable(K, ty),
            (Pat::V, _) => self.variable(V, ty),
            (Pat::EqT, _) => {
                self.eq = Some(ty);
                self.variable(T, ty)
            }
            (Pat::OrdT, _) => {
                self.ord = Some(ty);
                self.variable(T, ty)
            }
            (Pat::OrdK, _) => {
                self.ord = Some(ty);
                self.variable(K, ty)
            }
            (Pat::ListT, Type::List(t))
            | (Pat::BuilderT, Type::Builder(t))
            | (Pat::ResultT, Type::Result(t))
            | (Pat::ArrayT, Type::Array(t)) => self.variable(T, t),
            (Pat::List(p), Type::List(t))
            | (Pat::Opt(p), Type::Option(t))
            | (Pat::Desc(p), Type::Desc(t)) => self.bind(*p, t),
            (Pat::Pair(p, q), Type::Record(r)) if r.kind == RecordKind::Tuple => {
                match &r.fields[..] {
                    [(_, a), (_, b)] => self.bind(*p, a) && self.bind(*q, b),
                    _ => false,
                }
            }
            (Pat::MapKV, Type::Map(k, v)) | (Pat::MapBuilderKV, Type::MapBuilder(k, v)) => {
                self.variable(K, k) && self.variable(V, v)
            }
            (Pat::MapBuilder(p, q), Type::MapBuilder(k, v)) => self.bind(*p, k) && self.bind(*q, v),
            (Pat::Bytes, Type::Str | Type::Path | Type::Name | Type::Bytes) => true,
            (pat, ty) => simple(pat).as_ref() == Some(ty),
        }
    }

    /// The type that a pattern stands for, if the operands say it.
    fn ty(&self, pat: Pat, imm: &Imm) -> Option<Type> {
        let var = |n: usize| self.vars[n].cloned();
        let within = |p: &Pat| self.ty(*p, imm).map(Arc::new);
        Some(match pat {
            Pat::Num => self.same?.clone(),
            Pat::T | Pat::EqT | Pat::OrdT => var(T)?,
            Pat::K | Pat::OrdK => var(K)?,
            Pat::V => var(V)?,
            Pat::ListT => Type::list(var(T)?),
            Pat::BuilderT => Type::Builder(Arc::new(var(T)?)),
            Pat::ResultT => Type::Result(Arc::new(var(T)?)),
            Pat::ArrayT => Type::Array(Arc::new(var(T)?)),
            Pat::List(p) => Type::List(within(p)?),
            Pat::Opt(p) => Type::Option(within(p)?),
            Pat::Desc(p) => Type::Desc(within(p)?),
            Pat::Pair(p, q) => Type::tuple([self.ty(*p, imm)?, self.ty(*q, imm)?]),
            Pat::MapKV => Type::map(var(K)?, var(V)?),
            Pat::MapBuilderKV => Type::MapBuilder(Arc::new(var(K)?), Arc::new(var(V)?)),
            Pat::MapBuilder(p, q) => Type::MapBuilder(within(p)?, within(q)?),
            Pat::Dir => Type::Dir(self.rights),
            Pat::Entry => Type::Entry(self.rights),
            Pat::Root => Type::Root(Rights::NONE),
            Pat::Handle => {
                let Imm::Rights(more) = imm else { return None };
                self.same?.map_rights(&mut |r| r | *more)
            }
            pat => simple(pat)?,
        })
    }
}
