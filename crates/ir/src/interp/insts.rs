//! From an instruction of the IR to those of the interpreter.

use super::code::{CallSite, Ins, Reg, Source, SysSite};
use super::decode::Decoder;
use crate::Arch;
use crate::entity::Entity;
use crate::flags::Flags;
use crate::layout::{DOT_AT, EMPTY_AT, HOW_SIZE};
use crate::module::{Imm, Inst};
use crate::ops::Op;
use crate::structs::Shape;
use crate::syscalls::{Arg, Sys};
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
            Op::Unit | Op::Bool | Op::Int | Op::Str | Op::Path | Op::Scratch => return,
            Op::Retype | Op::PathOfName | Op::Freeze | Op::RootDir => return self.alias(inst, 0),
            Op::RootPath => return self.alias(inst, 1),
            Op::OkValue => {
                self.emit(Ins::CheckOk { a });
                return self.alias(inst, 1);
            }
            Op::ErrValue => {
                self.emit(Ins::CheckErr { a });
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
            Op::Eq => Ins::Eq { to, a, b },
            Op::Lt => Ins::Lt { to, a, b },
            Op::Le => Ins::Le { to, a, b },
            Op::Not => Ins::Not { to, a },
            Op::TimeEq => Ins::TimeEq { to, a, b },
            Op::TimeLt => Ins::TimeLt { to, a, b },
            Op::TimeLe => Ins::TimeLe { to, a, b },
            Op::BytesEq => Ins::BytesEq { to, a, b },
            Op::PathOfStr => Ins::PathOfStr { to, a },
            Op::ModeType => Ins::ModeType { to, a },
            Op::FileTypeOf => Ins::FileTypeOf { to, a },
            Op::IsOk => Ins::IsOk { to, a },
            Op::Ok | Op::Err => return self.result(inst, to),
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
            Op::Unit | Op::Bool | Op::Int | Op::Str | Op::Path | Op::Scratch => return,
            Op::Retype | Op::PathOfName | Op::Freeze | Op::RootDir | Op::RootPath => return,
            Op::OkValue | Op::ErrValue | Op::Permit => return,
        };
        self.emit(ins);
    }

    /// The tag, the payload, and zeros up to the result's width.
    fn result(&mut self, inst: &Inst, to: Reg) {
        self.emit(Ins::Known {
            to,
            word: u32::from(inst.op == Op::Err),
        });
        let from = self.reg(inst.args[0]);
        let count = self.width(inst.args[0]);
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
        let word = record.word(*field) as u32;
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

    fn field(&self, inst: &Inst, to: Reg, buf: Reg) -> Ins {
        let (Type::Buf(Buf::Struct(id)), Imm::Field(field)) =
            (&self.func.values[inst.args[0]], &inst.imm)
        else {
            return Ins::Known { to, word: 0 };
        };
        let field = &id.row().fields[*field as usize];
        let offset = field.offset;
        match field.shape {
            Shape::U16 => Ins::Field16 { to, buf, offset },
            Shape::U32 => Ins::Field32 { to, buf, offset },
            Shape::U64 => Ins::Field64 { to, buf, offset },
            Shape::Timestamp => Ins::FieldTime { to, buf, offset },
            Shape::Device => Ins::FieldDevice { to, buf, offset },
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
        let mut site = SysSite {
            sys,
            args: [Source::Known(0); 6],
            how: 0,
            handle: None,
            path: None,
            to,
        };
        let mut operands = inst.args.iter().copied();
        let mut flags = flags.iter().map(|f| f.number(Arch::HOST));
        let mut buf_size = 0;
        for (source, arg) in site.args.iter_mut().zip(sys.row().args) {
            let operand = if arg.is_operand() {
                operands.next()
            } else {
                None
            };
            let reg = operand.map_or(0, |v| self.reg(v));
            *source = match arg {
                Arg::Dir(_) | Arg::File(_) | Arg::Listing => {
                    site.handle.get_or_insert(reg);
                    Source::Handle(reg)
                }
                Arg::Path => {
                    site.path = Some(reg);
                    Source::Word(reg)
                }
                Arg::BufOut => {
                    if let Some(Type::Buf(buf)) = operand.map(|v| &self.func.values[v]) {
                        buf_size = buf.size().into();
                    }
                    Source::Word(reg)
                }
                Arg::Name | Arg::StructOut(_) => Source::Word(reg),
                Arg::Flags { .. } => Source::Known(flags.next().unwrap_or(0)),
                Arg::How { .. } => {
                    site.how = flags.next().unwrap_or(0);
                    Source::How
                }
                Arg::HowSize => Source::Known(HOW_SIZE),
                Arg::BufSize => Source::Known(buf_size),
                Arg::Dot => Source::Known(DOT_AT),
                Arg::Empty => Source::Known(EMPTY_AT),
            };
        }
        self.out.syscalls.push(site);
        Ins::Sys {
            site: self.out.syscalls.len() as u32 - 1,
        }
    }
}
