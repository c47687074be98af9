//! From an instruction of the IR to those of the interpreter.

use super::code::{CallSite, FieldSite, Ins, LibrarySite, Reg, Source, SysSite};
use super::decode::Decoder;
use crate::Arch;
use crate::entity::Entity;
use crate::fault;
use crate::flags::Flags;
use crate::layout::{DOT_AT, EMPTY_AT, HOW_SIZE, TIMES_AT, TIMESPEC, array, case};
use crate::module::{Imm, Inst};
use crate::ops::Op;
use crate::structs::{Place, Shape};
use crate::syscalls::{Arg, Ret, Sys};
use crate::ty::{Buf, Type};

impl Decoder<'_> {
    /// Makes a value stand for words of another: its registers are those, from word `n` on.
    fn alias(&mut self, inst: &Inst, n: Reg) {
        self.regs[inst.result.index()] = self.reg(inst.args[0]) + n;
    }

    pub(super) fn inst(&mut self, inst: &Inst) {
        let arg = |n: usize| inst.args.get(n).map_or(0, |v| self.regs[v.index()]);
        let (a, b, c) = (arg(0), arg(1), arg(2));
        match inst.op {
            Op::Unit | Op::Bool | Op::Int | Op::Float | Op::Str | Op::Path => return,
            Op::Scratch => return,
            Op::Region => {
                let at = self.reg(inst.result);
                self.emit(Ins::Region { at });
                return;
            }
            Op::Release => {
                let frame = self.frame_at;
                self.emit(Ins::Release { region: a, frame });
                return;
            }
            Op::Retype | Op::PathOfName | Op::Freeze | Op::RootDir | Op::Desc => {
                return self.alias(inst, 0);
            }
            Op::RootPath => return self.alias(inst, 1),
            Op::OkValue => {
                self.emit(Ins::CheckOk { a });
                return self.alias(inst, 1);
            }
            Op::ErrValue => {
                self.emit(Ins::CheckErr { a });
                return self.alias(inst, 1);
            }
            Op::SomeValue => {
                self.emit(Ins::CheckSome { a });
                return self.alias(inst, 1);
            }
            Op::Permit => {
                let rights = match inst.imm {
                    Imm::Rights(rights) => rights.bits(),
                    _ => 0,
                };
                self.emit(match self.func.values[inst.args[0]] {
                    Type::Entry(_) => Ins::PermitEntry { entry: a, rights },
                    _ => Ins::Permit { handle: a, rights },
                });
                return self.alias(inst, 0);
            }
            _ => {}
        }
        let to = match self.wanted {
            Some(reg) => {
                self.regs[inst.result.index()] = reg;
                reg
            }
            None => self.fresh(inst.result),
        };
        let ins = match inst.op {
            Op::Add => Ins::Add { to, a, b },
            Op::Sub => Ins::Sub { to, a, b },
            Op::Mul => Ins::Mul { to, a, b },
            Op::Quot => Ins::Quot { to, a, b },
            Op::Rem => Ins::Rem { to, a, b },
            Op::Mod => Ins::Mod { to, a, b },
            Op::BitAnd => Ins::BitAnd { to, a, b },
            Op::BitOr => Ins::BitOr { to, a, b },
            Op::BitXor => Ins::BitXor { to, a, b },
            Op::Shl => Ins::Shl { to, a, b },
            Op::Shr => Ins::Shr { to, a, b },
            Op::Ushr => Ins::Ushr { to, a, b },
            Op::BitNot => Ins::BitNot { to, a },
            Op::Eq => Ins::Eq { to, a, b },
            Op::Lt => Ins::Lt { to, a, b },
            Op::Le => Ins::Le { to, a, b },
            Op::Not => Ins::Not { to, a },
            Op::TimeEq => Ins::TimeEq { to, a, b },
            Op::TimeLt => Ins::TimeLt { to, a, b },
            Op::TimeLe => Ins::TimeLe { to, a, b },
            Op::TimeAdd => Ins::TimeAdd { to, a, b },
            Op::TimeSub => Ins::TimeSub { to, a, b },
            Op::FAdd => Ins::FAdd { to, a, b },
            Op::FSub => Ins::FSub { to, a, b },
            Op::FMul => Ins::FMul { to, a, b },
            Op::FDiv => Ins::FDiv { to, a, b },
            Op::FEq => Ins::FEq { to, a, b },
            Op::FLt => Ins::FLt { to, a, b },
            Op::FLe => Ins::FLe { to, a, b },
            Op::FRem => Ins::FRem { to, a, b },
            Op::FPow => Ins::FPow { to, a, b },
            Op::FNeg => Ins::FNeg { to, a },
            Op::FSqrt => Ins::FSqrt { to, a },
            Op::FFloor => Ins::FFloor { to, a },
            Op::FCeil => Ins::FCeil { to, a },
            Op::FRound => Ins::FRound { to, a },
            Op::FTrunc => Ins::FTrunc { to, a },
            Op::FloatOfInt => Ins::FloatOfInt { to, a },
            Op::IntOfFloat => Ins::IntOfFloat { to, a },
            Op::BytesEq => Ins::BytesEq { to, a, b },
            Op::PathOfStr => Ins::PathOfStr { to, a },
            Op::ModeType => Ins::ModeType { to, a },
            Op::FileTypeOf => Ins::FileTypeOf { to, a },
            Op::IsOk => Ins::IsOk { to, a },
            Op::IsSome => Ins::IsSome { to, a },
            Op::Ok | Op::Err => return self.tagged(inst, to, u32::from(inst.op == Op::Err)),
            Op::Some => return self.tagged(inst, to, 1),
            Op::None => return self.tagged(inst, to, 0),
            Op::Case => self.case(inst, to),
            Op::Tag => Ins::Load {
                to,
                object: a,
                offset: case::TAG as u32,
            },
            Op::CaseGet => return self.case_get(inst, to, a),
            library_ops!() => self.library(inst, to),
            Op::Record | Op::Entry => self.object(inst, to),
            Op::Get => return self.get(inst, to, a),
            Op::EntryDir => Ins::Load {
                to,
                object: a,
                offset: 0,
            },
            Op::EntryName => Ins::Load2 {
                to,
                object: a,
                offset: 8,
            },
            Op::EntryIno => Ins::Load {
                to,
                object: a,
                offset: 24,
            },
            Op::EntryType => Ins::Load {
                to,
                object: a,
                offset: 32,
            },
            Op::Builder => Ins::Builder { to },
            Op::Push => Ins::Push {
                list: a,
                from: b,
                width: self.width(inst.args[1]),
            },
            Op::Len => Ins::Len { to, list: a },
            Op::At => Ins::At {
                to,
                list: a,
                index: b,
                width: self.width(inst.result),
            },
            Op::ArrayLen => Ins::Load {
                to,
                object: a,
                offset: array::LEN as u32,
            },
            Op::ArrayGet => Ins::ArrayGet {
                to,
                array: a,
                index: b,
                bytes: array::is_bytes(&self.func.values[inst.args[0]]),
            },
            Op::ArraySet => Ins::ArraySet {
                array: a,
                index: b,
                from: c,
                bytes: array::is_bytes(&self.func.values[inst.args[0]]),
            },
            Op::Yield => Ins::Yield {
                from: a,
                width: self.width(inst.args[0]),
            },
            Op::CloseDir | Op::CloseListing | Op::CloseFile => Ins::Close { handle: a },
            Op::Resolve => Ins::Resolve { to, path: a },
            Op::BufU8 => Ins::U8 {
                to,
                buf: a,
                at: b,
                size: self.buf_size(inst),
            },
            Op::BufU16 => Ins::U16 {
                to,
                buf: a,
                at: b,
                size: self.buf_size(inst),
            },
            Op::BufU64 => Ins::U64 {
                to,
                buf: a,
                at: b,
                size: self.buf_size(inst),
            },
            Op::NameCopy | Op::NameView => {
                let operands = [a, b, c, self.buf_size(inst)];
                let pool = self.pool(&operands);
                match inst.op {
                    Op::NameCopy => Ins::NameCopy { to, pool },
                    _ => Ins::NameView { to, pool },
                }
            }
            Op::StructGet => self.field(inst, to, a),
            Op::Sys => self.syscall(inst, to),
            Op::Call => self.call(inst, to),
            Op::Unit | Op::Bool | Op::Int | Op::Float | Op::Str | Op::Path => return,
            Op::Scratch | Op::Region | Op::Release => return,
            Op::Retype | Op::PathOfName | Op::Freeze | Op::RootDir | Op::RootPath => return,
            Op::OkValue | Op::ErrValue | Op::SomeValue | Op::Permit | Op::Desc => return,
        };
        self.emit(ins);
    }

    /// The tag, the payload if there is one, and zeros up to the result's width.
    fn tagged(&mut self, inst: &Inst, to: Reg, tag: u32) {
        self.emit(Ins::Known { to, word: tag });
        let payload = inst.args.first().copied();
        let from = payload.map_or(0, |v| self.reg(v));
        let count = payload.map_or(0, |v| self.width(v));
        for n in 0..count {
            self.emit(Ins::Move {
                to: to + 1 + n,
                from: from + n,
            });
        }
        for n in 1 + count..self.width(inst.result) {
            self.emit(Ins::Known {
                to: to + n,
                word: 0,
            });
        }
    }

    /// A case without fields is there already.
    fn case(&mut self, inst: &Inst, to: Reg) -> Ins {
        let case = match inst.imm {
            Imm::Case(n) => n,
            _ => 0,
        };
        let regs = self.words(&inst.args);
        if inst.args.is_empty() {
            return Ins::Known {
                to,
                word: case::constant(case) as u32,
            };
        }
        Ins::Case {
            to,
            case,
            pool: self.pool(&regs),
            count: regs.len() as u32,
        }
    }

    fn case_get(&mut self, inst: &Inst, to: Reg, object: Reg) {
        let (Some(case), Imm::CaseField(number, field)) =
            (self.module.case_of(self.func, inst), &inst.imm)
        else {
            return;
        };
        let word = case.word(*field) as u32;
        self.emit(Ins::CheckCase {
            object,
            case: *number,
        });
        self.load(inst, to, object, word);
    }

    /// A row of the library.
    fn library(&mut self, inst: &Inst, to: Reg) -> Ins {
        let regs = self.words(&inst.args);
        let number = self
            .out
            .library_ops
            .number(fault::site(self.id, inst.result));
        let site = LibrarySite {
            number: number.unwrap_or(u32::MAX),
            args: (self.pool(&regs), regs.len() as u32),
            to,
            width: self.width(inst.result),
        };
        self.out.library.push(site);
        Ins::Library {
            site: self.out.library.len() as u32 - 1,
        }
    }

    fn object(&mut self, inst: &Inst, to: Reg) -> Ins {
        let regs = self.words(&inst.args);
        Ins::Object {
            to,
            pool: self.pool(&regs),
            count: regs.len() as u32,
        }
    }

    fn get(&mut self, inst: &Inst, to: Reg, object: Reg) {
        let (Type::Record(record), Imm::Field(field)) =
            (&self.func.values[inst.args[0]], &inst.imm)
        else {
            return;
        };
        self.load(inst, to, object, record.word(*field) as u32);
    }

    /// The words of the result, from an object.
    fn load(&mut self, inst: &Inst, to: Reg, object: Reg, word: u32) {
        let width = self.width(inst.result);
        for n in (0..width).step_by(2) {
            let (to, offset) = (to + n, (word + n) * 8);
            self.emit(match width - n {
                1 => Ins::Load { to, object, offset },
                _ => Ins::Load2 { to, object, offset },
            });
        }
    }

    fn buf_size(&self, inst: &Inst) -> u32 {
        match self.func.values[inst.args[0]] {
            Type::Buf(buf) => buf.size(),
            _ => 0,
        }
    }

    fn field(&mut self, inst: &Inst, to: Reg, buf: Reg) -> Ins {
        let (Type::Buf(Buf::Struct(id)), Imm::Field(field)) =
            (&self.func.values[inst.args[0]], &inst.imm)
        else {
            return Ins::Known { to, word: 0 };
        };
        let Place { offset, shape } = id.row().fields[*field as usize].here();
        match shape {
            Shape::U16 => Ins::Field16 { to, buf, offset },
            Shape::U32 => Ins::Field32 { to, buf, offset },
            Shape::U64 => Ins::Field64 { to, buf, offset },
            Shape::Timestamp => Ins::FieldTime { to, buf, offset },
            Shape::Device => Ins::FieldDevice { to, buf, offset },
            _ => {
                self.out.fields.push(FieldSite { buf, offset, shape });
                let site = self.out.fields.len() as u32 - 1;
                Ins::Field { to, site }
            }
        }
    }

    fn call(&mut self, inst: &Inst, to: Reg) -> Ins {
        let regs = self.words(&inst.args);
        let func = match inst.imm {
            Imm::Func(func) => func,
            _ => self.id,
        };
        let site = CallSite {
            func,
            args: (self.pool(&regs), regs.len() as u32),
            caller: self.id,
            to,
        };
        self.out.calls.push(site);
        Ins::Call {
            site: self.out.calls.len() as u32 - 1,
        }
    }

    fn syscall(&mut self, inst: &Inst, to: Reg) -> Ins {
        let (sys, flags): (Sys, &[Flags]) = match &inst.imm {
            Imm::Sys(sys, flags) => (*sys, flags),
            _ => (Sys::Getppid, &[]),
        };
        let row = sys.row();
        let mut site = SysSite {
            sys,
            args: [Source::Known(0); 6],
            how: 0,
            mode: None,
            refer: None,
            handle: None,
            path: None,
            to,
            is_wide: row.ret == Ret::Bytes,
        };
        let mut operands = inst.args.iter().copied();
        let mut flags = flags.iter().map(|f| f.number(Arch::HOST));
        let mut handles = [0; 6];
        // The operand that the argument before was made from, and where the next `struct timespec` is.
        let (mut before, mut times) = (None, TIMES_AT);
        let mut structure = 0;
        for (i, arg) in row.args.iter().take(6).enumerate() {
            let mut next = || operands.next();
            let operand = if arg.operands() > 0 { next() } else { None };
            let second = if arg.operands() > 1 { next() } else { None };
            let reg = operand.map_or(0, |v| self.reg(v));
            let last = before.map_or(0, |v| self.reg(v));
            site.args[i] = match *arg {
                Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => {
                    site.handle.get_or_insert(reg);
                    handles[i] = reg;
                    Source::Handle(reg)
                }
                Arg::Path => {
                    site.path = Some(reg);
                    Source::Word(reg)
                }
                Arg::Name | Arg::Text | Arg::BytesIn => Source::Word(reg),
                Arg::BufOut => Source::Word(reg),
                Arg::StructOut(_) => {
                    structure = reg;
                    Source::Word(reg)
                }
                Arg::Within(offset) => Source::Within(structure, offset),
                Arg::OffsetIn => Source::Offset(reg, times as u32),
                Arg::Int(number) => Source::Number(reg, number),
                Arg::Len => Source::Word(last + 1),
                Arg::BytesOut => Source::Room(reg),
                Arg::Room => Source::Word(last),
                Arg::TimeIn => Source::Time(reg, times as u32),
                Arg::DurationIn => Source::Duration(reg, times as u32),
                Arg::TimePair => {
                    let second = second.map_or(0, |v| self.reg(v));
                    Source::TimePair(reg, second, times as u32)
                }
                Arg::Flags { .. } | Arg::One { .. } => Source::Known(flags.next().unwrap_or(0)),
                Arg::How { create, .. } => {
                    site.how = flags.next().unwrap_or(0);
                    site.mode = create.then_some(reg);
                    Source::How
                }
                Arg::HowSize => Source::Known(HOW_SIZE),
                Arg::BufSize => Source::Known(match before.map(|v| &self.func.values[v]) {
                    Some(Type::Buf(buf)) => buf.size().into(),
                    _ => 0,
                }),
                Arg::Dot => Source::Known(DOT_AT),
                Arg::Empty => Source::Known(EMPTY_AT),
                Arg::Const(n) => Source::Known(n as u64),
                // Not callable.
                Arg::Later(_) => Source::Known(0),
            };
            times += TIMESPEC * arg.times();
            before = operand;
        }
        if let Some([from, to]) = row.referring() {
            site.refer = Some((handles[from], handles[to], row.refer));
        }
        self.out.syscalls.push(site);
        Ins::Sys {
            site: self.out.syscalls.len() as u32 - 1,
        }
    }
}
