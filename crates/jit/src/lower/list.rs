//! Lists, their builders, and the output list: a header of length, capacity and the elements' offset.

use super::{Lower, Words};
use crate::abi::{self, Helper};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder};
use sawmill_ir::fault::Fault;
use sawmill_ir::layout::list;
use sawmill_ir::module::Inst;

const LEN: usize = list::LEN as usize / 8;
const _: () = assert!(
    list::CAP == list::LEN + 8,
    "length and capacity are read together"
);
const DATA: usize = list::DATA as usize / 8;

impl Lower<'_> {
    pub(super) fn builder(&mut self, inst: &Inst) -> Words {
        let bytes = self.number(list::HEADER as i64);
        let header = self.alloc(inst, bytes);
        let address = self.address(header);
        let zero = self.number(0);
        self.store(address, LEN, &[zero, zero, zero]);
        Words::one(header)
    }

    pub(super) fn push(&mut self, inst: &Inst) -> Words {
        let (header, element) = (self.word(inst, 0), self.operand(inst, 1));
        self.append(inst, header, element);
        Words::none()
    }

    pub(super) fn yield_row(&mut self, inst: &Inst) -> Words {
        let (out, row) = (self.context(abi::OUT), self.operand(inst, 0));
        let len = self.append(inst, out, row);
        let batch = self.context(abi::BATCH);
        let enough = IntCC::UnsignedGreaterThanOrEqual;
        let enough = self.b.ins().icmp(enough, len, batch);
        self.aside(enough, |lower, next| {
            let ctx = lower.fixed.ctx;
            let fault = lower.ask(Helper::Flush, &[ctx]);
            lower.go_on_or_fail(inst, fault, next);
        });
        Words::none()
    }

    /// Ends a cold block: back to `next` if there is no fault.
    fn go_on_or_fail(&mut self, inst: &Inst, fault: ir::Value, next: ir::Block) {
        let failed = self.b.create_block();
        self.b.set_cold_block(failed);
        self.b.ins().brif(fault, failed, &[], next, &[]);
        self.b.switch_to_block(failed);
        self.fail(inst, fault);
    }

    /// Appends to a list and gives its length then.
    fn append(&mut self, inst: &Inst, header: ir::Value, element: Words) -> ir::Value {
        let address = self.address(header);
        let now = self.load(address, LEN, 2);
        let (len, cap) = (now[0], now[1]);
        let full = self.b.ins().icmp(IntCC::Equal, len, cap);
        let width = element.len() as i64;
        self.aside(full, |lower, next| {
            let (ctx, width) = (lower.fixed.ctx, lower.number(width));
            let fault = lower.ask(Helper::Grow, &[ctx, header, width]);
            lower.go_on_or_fail(inst, fault, next);
        });
        let data = self.load(address, DATA, 1)[0];
        let at = self.element(data, len, width);
        self.store(at, 0, &element);
        let longer = self.b.ins().iadd_imm_u(len, 1);
        self.store(address, LEN, &[longer]);
        longer
    }

    /// The address of the element at an index.
    fn element(&mut self, data: ir::Value, index: ir::Value, width: i64) -> ir::Value {
        let skip = self.b.ins().imul_imm_u(index, 8 * width);
        let data = self.address(data);
        self.b.ins().iadd(data, skip)
    }

    pub(super) fn len(&mut self, inst: &Inst) -> Words {
        self.part(inst, LEN, 1)
    }

    pub(super) fn at(&mut self, inst: &Inst) -> Words {
        let (header, index) = (self.word(inst, 0), self.word(inst, 1));
        let address = self.address(header);
        let len = self.load(address, LEN, 1)[0];
        let outside = IntCC::UnsignedGreaterThanOrEqual;
        let outside = self.b.ins().icmp(outside, index, len);
        self.fail_if(outside, inst, Fault::Index);
        let data = self.load(address, DATA, 1)[0];
        let width = self.width(inst.result);
        let at = self.element(data, index, width as i64);
        self.read(inst, at, 0)
    }
}
