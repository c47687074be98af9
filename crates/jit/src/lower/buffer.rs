//! Scratch buffers: reads with bounds checked, and fields of kernel structures.

use super::{Lower, Words};
use crate::abi::{self, Helper};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder};
use sawmill_ir::fault::Fault;
use sawmill_ir::module::{Inst, Value};
use sawmill_ir::ops::Op;
use sawmill_ir::structs::{Place, Shape};
use sawmill_ir::ty::{Buf, Type};

impl Lower<'_> {
    pub(super) fn scratch(&mut self, inst: &Inst) -> Words {
        let offset = self.env.layout.frames[self.id].scratch.get(&inst.result);
        let Some((frame, offset)) = self.fixed.frame.zip(offset) else {
            return Words::one(self.number(0));
        };
        Words::one(self.b.ins().iadd_imm_u(frame, *offset as i64))
    }

    /// The size of the buffer that a value is.
    pub(super) fn buffer_size(&self, value: Value) -> i64 {
        match self.ty(value) {
            Type::Buf(buf) => i64::from(buf.size()),
            _ => 0,
        }
    }

    pub(super) fn read_buffer(&mut self, inst: &Inst) -> Words {
        let (buffer, at) = (self.word(inst, 0), self.word(inst, 1));
        let bytes = match inst.op {
            Op::BufU8 => 1,
            Op::BufU16 => 2,
            _ => 8,
        };
        // As an unsigned number a negative offset is beyond every buffer.
        let last = self.buffer_size(inst.args[0]) - bytes;
        let outside = if last < 0 {
            self.b.ins().iconst(ir::types::I8, 1)
        } else {
            let beyond = IntCC::UnsignedGreaterThan;
            self.b.ins().icmp_imm_u(beyond, at, last)
        };
        self.fail_if(outside, inst, Fault::Index);
        let start = self.address(buffer);
        let address = self.b.ins().iadd(start, at);
        let flags = self.flags.bytes;
        let ins = self.b.ins();
        Words::one(match inst.op {
            Op::BufU8 => ins.uload8(I64, flags, address, 0),
            Op::BufU16 => ins.uload16(I64, flags, address, 0),
            _ => ins.load(I64, flags, address, 0),
        })
    }

    pub(super) fn struct_get(&mut self, inst: &Inst) -> Words {
        let Type::Buf(Buf::Struct(id)) = self.ty(inst.args[0]) else {
            return Words::none();
        };
        let Place { offset, shape } = id.row().fields[Self::field(inst) as usize].here();
        let buffer = self.word(inst, 0);
        let address = self.address(buffer);
        let (flags, at) = (self.flags.bytes, offset as i32);
        match shape {
            Shape::U8 => Words::one(self.b.ins().uload8(I64, flags, address, at)),
            Shape::Text(size) => {
                let ctx = self.fixed.ctx;
                let at = self.b.ins().iadd_imm_s(buffer, i64::from(at));
                let size = self.number(size.into());
                let fault = self.ask(Helper::Text, &[ctx, at, size]);
                self.fail_with(fault, inst);
                self.results(2)
            }
            Shape::U16 => Words::one(self.b.ins().uload16(I64, flags, address, at)),
            Shape::U32 => Words::one(self.b.ins().uload32(flags, address, at)),
            Shape::U64 => Words::one(self.b.ins().load(I64, flags, address, at)),
            Shape::I16 => Words::one(self.b.ins().sload16(I64, flags, address, at)),
            Shape::I32 => Words::one(self.b.ins().sload32(flags, address, at)),
            Shape::Big16 => Words::one(self.big_endian(ir::types::I16, address, at)),
            Shape::Big32 => Words::one(self.big_endian(ir::types::I32, address, at)),
            Shape::Timestamp => {
                let seconds = self.b.ins().load(I64, flags, address, at);
                let fraction = self.b.ins().uload32(flags, address, at + 8);
                Words::of(&[seconds, fraction])
            }
            Shape::Timespec => {
                let seconds = self.b.ins().load(I64, flags, address, at);
                let fraction = self.b.ins().load(I64, flags, address, at + 8);
                Words::of(&[seconds, fraction])
            }
            Shape::Nanos => Words::one(self.length_of_time(address, at, 1)),
            Shape::Timeval => Words::one(self.length_of_time(address, at, 1000)),
            Shape::OldDevice => {
                let old = self.b.ins().load(I64, flags, address, at);
                let major = self.b.ins().ushr_imm_u(old, 8);
                let major = self.b.ins().band_imm_u(major, 0xfff);
                let major = self.b.ins().ishl_imm_u(major, 32);
                let low = self.b.ins().band_imm_u(old, 0xff);
                let high = self.b.ins().ushr_imm_u(old, 12);
                let high = self.b.ins().band_imm_u(high, 0xf_ff00);
                let minor = self.b.ins().bor(low, high);
                Words::one(self.b.ins().bor(major, minor))
            }
            // No value: the verifier lets no `struct.get` of them through.
            Shape::Raw(_) => Words::none(),
            Shape::Device => {
                let major = self.b.ins().uload32(flags, address, at);
                let minor = self.b.ins().uload32(flags, address, at + 4);
                let major = self.b.ins().ishl_imm_u(major, 32);
                Words::one(self.b.ins().bor(major, minor))
            }
        }
    }

    /// A number of type `ty` in network order.
    fn big_endian(&mut self, ty: ir::Type, address: ir::Value, at: i32) -> ir::Value {
        let number = self.b.ins().load(ty, self.flags.bytes, address, at);
        let number = self.b.ins().bswap(number);
        self.b.ins().uextend(I64, number)
    }

    /// Seconds and a fraction that counts `unit` nanoseconds, as nanoseconds.
    fn length_of_time(&mut self, address: ir::Value, at: i32, unit: i64) -> ir::Value {
        let seconds = self.b.ins().load(I64, self.flags.bytes, address, at);
        let fraction = self.b.ins().load(I64, self.flags.bytes, address, at + 8);
        let seconds = self.b.ins().imul_imm_s(seconds, 1_000_000_000);
        let fraction = self.b.ins().imul_imm_s(fraction, unit);
        self.b.ins().iadd(seconds, fraction)
    }

    /// Makes room for the activation's scratch buffers.
    pub(super) fn begin_frame(&mut self) {
        let size = self.env.layout.frames[self.id].size;
        if size == 0 {
            return;
        }
        let bytes = self.number(size as i64);
        let (top, full) = self.bump(bytes);
        self.stop_if(full, Fault::Memory);
        let next = self.b.ins().iadd(top, bytes);
        self.set_context(abi::TOP, next);
        self.fixed.frame = Some(top);
    }
}
