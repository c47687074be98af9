//! `name.copy` and `name.view`: the component at a place in a buffer, checked and copied eight bytes at a time.
//!
//! The rule is `sawmill_ir::host::name_length`; the interpreter calls it, the tests compare. A word is searched for
//! its first NUL or `/` by arithmetic: `(w - 0x01..01) & !w & 0x80..80` has the top bit of every zero byte set. It may
//! also set bits above the first zero byte, never below, so the lowest bit is right, of the NULs' and of the slashes'.
//!
//! A word that is read begins within the buffer or just after it, so it ends within the buffer's slack.

use super::{Lower, Words};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder};
use sawmill_ir::fault::Fault;
use sawmill_ir::layout::BUF_SLACK;
use sawmill_ir::module::Inst;

const ONES: i64 = 0x0101_0101_0101_0101;
const TOPS: i64 = 0x8080_8080_8080_8080_u64 as i64;
const SLASHES: i64 = ONES * b'/' as i64;
const _: () = assert!(BUF_SLACK >= 8);

impl Lower<'_> {
    pub(super) fn name_view(&mut self, inst: &Inst) -> Words {
        let (buffer, start) = (self.word(inst, 0), self.word(inst, 1));
        let at = self.b.ins().iadd(buffer, start);
        let len = self.name_length(inst, at);
        Words::of(&[at, len])
    }

    pub(super) fn name_copy(&mut self, inst: &Inst) -> Words {
        let (buffer, start) = (self.word(inst, 0), self.word(inst, 1));
        let from = self.b.ins().iadd(buffer, start);
        let len = self.name_length(inst, from);
        // With the NUL, rounded up to words.
        let bytes = self.b.ins().iadd_imm_u(len, 8);
        let bytes = self.b.ins().band_imm_s(bytes, -8);
        let copy = self.alloc(inst, bytes);
        let (source, target) = (self.address(from), self.address(copy));
        self.copy_words(source, target, bytes);
        Words::of(&[copy, len])
    }

    /// Copies bytes, at least 8 and a multiple of it.
    fn copy_words(&mut self, source: ir::Value, target: ir::Value, bytes: ir::Value) {
        let (each, done) = (self.b.create_block(), self.b.create_block());
        let at = self.b.append_block_param(each, I64);
        let zero = self.number(0);
        self.b.ins().jump(each, &[zero.into()]);
        self.b.switch_to_block(each);
        let from = self.b.ins().iadd(source, at);
        let to = self.b.ins().iadd(target, at);
        let word = self.b.ins().load(I64, self.flags.bytes, from, 0);
        self.b.ins().store(self.flags.word, word, to, 0);
        let next = self.b.ins().iadd_imm_u(at, 8);
        let more = self.b.ins().icmp(IntCC::UnsignedLessThan, next, bytes);
        self.b.ins().brif(more, each, &[next.into()], done, &[]);
        self.b.switch_to_block(done);
    }

    /// The length of the component at offset `at`, which is that of operand 1 in the buffer that is operand 0; it
    /// has to end before operand 2.
    fn name_length(&mut self, inst: &Inst, at: ir::Value) -> ir::Value {
        let (start, limit) = (self.word(inst, 1), self.word(inst, 2));
        let size = self.buffer_size(inst.args[0]);
        // 0 <= start <= limit <= size: as unsigned numbers, negative ones are too great.
        let beyond = IntCC::UnsignedGreaterThan;
        let outside = self.b.ins().icmp_imm_u(beyond, limit, size);
        self.fail_if(outside, inst, Fault::Index);
        let outside = self.b.ins().icmp(beyond, start, limit);
        self.fail_if(outside, inst, Fault::Index);

        let first = self.address(at);
        let room = self.b.ins().isub(limit, start);
        let end = self.b.ins().iadd(first, room);
        let (found, ends) = self.find_end(inst, first, end);

        // The lowest of all marks: is it a NUL's, and before the limit?
        let marks = found.nuls_and_slashes;
        let byte = self.b.ins().ctz(marks);
        let byte = self.b.ins().ushr_imm_u(byte, 3);
        let stop = self.b.ins().iadd(ends, byte);
        let minus = self.b.ins().ineg(marks);
        let lowest = self.b.ins().band(marks, minus);
        let nul = self.b.ins().band(found.nuls, lowest);
        let slash = self.b.ins().icmp_imm_s(IntCC::Equal, nul, 0);
        self.fail_if(slash, inst, Fault::BadName);
        let late = IntCC::UnsignedGreaterThanOrEqual;
        let late = self.b.ins().icmp(late, stop, end);
        self.fail_if(late, inst, Fault::BadName);
        let len = self.b.ins().isub(stop, first);
        self.refuse_dots(inst, first);
        len
    }

    /// Goes word by word from `first` to the one that holds a NUL or a slash; fails when it would begin at `end`.
    fn find_end(&mut self, inst: &Inst, first: ir::Value, end: ir::Value) -> (Found, ir::Value) {
        let (each, next, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        let at = self.b.append_block_param(each, I64);
        self.b.ins().jump(each, &[first.into()]);

        self.b.switch_to_block(each);
        let word = self.b.ins().load(I64, self.flags.bytes, at, 0);
        let nuls = self.zero_bytes(word);
        let slashes = self.number(SLASHES);
        let word = self.b.ins().bxor(word, slashes);
        let slashes = self.zero_bytes(word);
        let nuls_and_slashes = self.b.ins().bor(nuls, slashes);
        self.b.ins().brif(nuls_and_slashes, done, &[], next, &[]);

        self.b.switch_to_block(next);
        let after = self.b.ins().iadd_imm_u(at, 8);
        let late = IntCC::UnsignedGreaterThanOrEqual;
        let late = self.b.ins().icmp(late, after, end);
        self.fail_if(late, inst, Fault::BadName);
        self.b.ins().jump(each, &[after.into()]);

        self.b.switch_to_block(done);
        let found = Found {
            nuls,
            nuls_and_slashes,
        };
        (found, at)
    }

    fn zero_bytes(&mut self, word: ir::Value) -> ir::Value {
        let (ones, tops) = (self.number(ONES), self.number(TOPS));
        let less = self.b.ins().isub(word, ones);
        let not = self.b.ins().bnot(word);
        let bits = self.b.ins().band(less, not);
        self.b.ins().band(bits, tops)
    }

    /// Fails for the empty name, `.` and `..`: all three are told by the first three bytes.
    fn refuse_dots(&mut self, inst: &Inst, first: ir::Value) {
        let word = self.b.ins().load(I64, self.flags.bytes, first, 0);
        let dots = u32::from_le_bytes(*b"..\0\0");
        let [empty, one, two] = [(0xff, 0), (0xffff, dots & 0xff), (0xff_ffff, dots)];
        let mut refused = None;
        for (mask, refuse) in [empty, one, two] {
            let bytes = self.b.ins().band_imm_u(word, mask);
            let same = self
                .b
                .ins()
                .icmp_imm_u(IntCC::Equal, bytes, i64::from(refuse));
            refused = Some(match refused {
                None => same,
                Some(others) => self.b.ins().bor(others, same),
            });
        }
        if let Some(refused) = refused {
            self.fail_if(refused, inst, Fault::BadName);
        }
    }
}

/// The marks in a word.
struct Found {
    nuls: ir::Value,
    nuls_and_slashes: ir::Value,
}
