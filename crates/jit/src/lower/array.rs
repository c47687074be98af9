//! Arrays: a length and the elements behind it, of a byte or a word each.

use super::{Lower, Words};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder};
use sawmill_ir::fault::Fault;
use sawmill_ir::layout::array;
use sawmill_ir::module::Inst;

const LEN: i32 = array::LEN as i32;
const DATA: i32 = array::DATA as i32;
/// Where the first element is, in words.
const FIRST: usize = array::DATA as usize / 8;

impl Lower<'_> {
    pub(super) fn array_get(&mut self, inst: &Inst) -> Words {
        let (at, bytes) = self.array_place(inst);
        match bytes {
            true => Words::one(self.b.ins().uload8(I64, self.flags.bytes, at, DATA)),
            false => self.read(inst, at, FIRST),
        }
    }

    pub(super) fn array_set(&mut self, inst: &Inst) -> Words {
        let (at, bytes) = self.array_place(inst);
        let (flags, word) = (self.flags.bytes, self.word(inst, 2));
        if bytes {
            self.b.ins().istore8(flags, word, at, DATA);
        } else {
            self.store(at, FIRST, &[word]);
        }
        Words::none()
    }

    /// The address of the element at an index, less the offset of the elements; whether it takes a byte.
    fn array_place(&mut self, inst: &Inst) -> (ir::Value, bool) {
        let (object, index) = (self.word(inst, 0), self.word(inst, 1));
        let address = self.address(object);
        // An array's length is written once, before the address is known here.
        let flags = self.flags.word.with_readonly().with_can_move();
        let len = self.b.ins().load(I64, flags, address, LEN);
        // As an unsigned number a negative index is beyond every array.
        let outside = IntCC::UnsignedGreaterThanOrEqual;
        let outside = self.b.ins().icmp(outside, index, len);
        self.fail_if(outside, inst, Fault::Index);
        let bytes = array::is_bytes(self.ty(inst.args[0]));
        let skip = if bytes {
            index
        } else {
            self.b.ins().ishl_imm_u(index, 3)
        };
        (self.b.ins().iadd(address, skip), bytes)
    }
}
