//! Handles and system calls.
//!
//! A handle is resolved where it is used: its slot is masked into the table, the generation compared. Slots that were
//! never used have generation 0, and no handle has.

use super::{Lower, Words};
use crate::Stubs;
use crate::abi::{self, Callee, Helper};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder};
use sawmill_ir::Arch;
use sawmill_ir::fault::Fault;
use sawmill_ir::layout::{DOT_AT, EMPTY_AT, HOW_AT, HOW_SIZE, TIMES_AT, TIMESPEC, UTIME_OMIT};
use sawmill_ir::module::{Imm, Inst};
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::{Arg, Number, Refer, Ret, Sys};
use sawmill_ir::ty::Type;
use sawmill_runtime::context::SLOTS;

/// The registers of a system call, and what its result needs.
struct Made {
    registers: Vec<ir::Value>,
    /// The first handle among the operands.
    from: Option<ir::Value>,
    /// Offset and length of the path.
    path: Option<[ir::Value; 2]>,
    /// Offset and size of the room for what comes back.
    room: Option<[ir::Value; 2]>,
}

impl Lower<'_> {
    /// The address of a handle's row, and whether the handle is no longer open.
    fn slot(&mut self, handle: ir::Value) -> (ir::Value, ir::Value) {
        let index = self.b.ins().band_imm_u(handle, SLOTS as i64 - 1);
        let skip = self.b.ins().ishl_imm_u(index, abi::SLOT_SHIFT);
        let table = self.fixed.slots.unwrap_or(self.fixed.ctx);
        let row = self.b.ins().iadd(table, skip);
        let (flags, at) = (self.flags.slots, abi::SLOT_GENERATION);
        let generation = self.b.ins().uload32(flags, row, at);
        let wanted = self.b.ins().ushr_imm_u(handle, 32);
        let closed = self.b.ins().icmp(IntCC::NotEqual, generation, wanted);
        (row, closed)
    }

    /// The row of a handle; the instruction fails if it is closed.
    fn open_slot(&mut self, inst: &Inst, handle: ir::Value) -> ir::Value {
        let (row, closed) = self.slot(handle);
        self.fail_if(closed, inst, Fault::ClosedHandle);
        row
    }

    pub(super) fn permit(&mut self, inst: &Inst) -> Words {
        let Imm::Rights(rights) = inst.imm else {
            return Words::none();
        };
        let result = self.operand(inst, 0);
        let handle = match self.ty(inst.args[0]) {
            Type::Entry(_) => self.part(inst, 0, 1)[0],
            _ => result[0],
        };
        let wanted = i64::from(rights.bits());
        let (row, closed) = self.slot(handle);
        let (flags, at) = (self.flags.slots, abi::SLOT_RIGHTS);
        let have = self.b.ins().uload32(flags, row, at);
        let lacks = self.b.ins().bnot(have);
        let lacks = self.b.ins().band_imm_u(lacks, wanted);
        let lacks = self.b.ins().icmp_imm_u(IntCC::NotEqual, lacks, 0);
        let refused = self.b.ins().bor(closed, lacks);
        self.aside(refused, |lower, _| {
            let (ctx, wanted) = (lower.fixed.ctx, lower.number(wanted));
            let fault = lower.ask(Helper::Permit, &[ctx, handle, wanted]);
            lower.fail(inst, fault);
        });
        result
    }

    pub(super) fn close(&mut self, inst: &Inst) -> Words {
        let (ctx, handle) = (self.fixed.ctx, self.word(inst, 0));
        self.helper(Helper::Close, &[ctx, handle]);
        Words::none()
    }

    pub(super) fn resolve(&mut self, inst: &Inst) -> Words {
        let (path, ctx) = (self.operand(inst, 0), self.fixed.ctx);
        let fault = self.ask(Helper::Resolve, &[ctx, path[0], path[1]]);
        self.fail_with(fault, inst);
        self.results(3)
    }

    pub(super) fn sys(&mut self, inst: &Inst) -> Words {
        let Imm::Sys(sys, _) = inst.imm else {
            return Words::none();
        };
        let made = self.make_arguments(inst, sys);
        let value = self.make_call(sys, &made.registers);
        let failed = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, value, 0);
        self.aside(failed, |lower, _| {
            let errno = lower.b.ins().ineg(value);
            let errno = lower.b.ins().band_imm_u(errno, 0xffff_ffff);
            let kind = Fault::Errno(0).to_word() as i64;
            let fault = lower.b.ins().bor_imm_u(errno, kind);
            lower.fail(inst, fault);
        });
        match sys.row().ret {
            Ret::Unit | Ret::Object(_) => Words::none(),
            Ret::Int => Words::one(value),
            Ret::Bytes => {
                let none = self.number(0);
                let ([at, room], ctx) = (made.room.unwrap_or([none; 2]), self.fixed.ctx);
                self.helper(Helper::Filled, &[ctx, at, room, value]);
                self.results(2)
            }
            Ret::Dir | Ret::File | Ret::Listing => {
                if sys.row().opens_contents() {
                    let ctx = self.fixed.ctx;
                    let fault = self.ask(Helper::Vet, &[ctx, value]);
                    self.fail_with(fault, inst);
                }
                self.adopt(inst, value, &made)
            }
        }
    }

    /// The kernel's arguments, in its order.
    fn make_arguments(&mut self, inst: &Inst, sys: Sys) -> Made {
        let Imm::Sys(_, flags) = &inst.imm else {
            unreachable!("the caller saw it");
        };
        let mut made = Made {
            registers: Vec::new(),
            from: None,
            path: None,
            room: None,
        };
        let (mut operands, mut flags) = (inst.args.iter().copied(), flags.iter());
        // The rows of the handle table, the first handle's, the operand before, the next `struct timespec`.
        let (mut rows, mut from_row) = ([None; 6], None);
        let (mut before, mut times) = (None, TIMES_AT);
        let mut structure = None;
        for (i, arg) in sys.row().args.iter().enumerate() {
            let mut next = || operands.next();
            let operand = if arg.operands() > 0 { next() } else { None };
            let second = if arg.operands() > 1 { next() } else { None };
            let words = operand.map_or(Words::none(), |v| self.words[v]);
            let immediate = arg.flags().and_then(|_| flags.next());
            let number = immediate.map_or(0, |f| f.number(Arch::HOST)) as i64;
            let register = match *arg {
                Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => {
                    let row = self.open_slot(inst, words[0]);
                    from_row.get_or_insert(row);
                    rows[i] = Some(row);
                    made.from.get_or_insert(words[0]);
                    let (flags, at) = (self.flags.slots, abi::SLOT_FD);
                    self.b.ins().sload32(flags, row, at)
                }
                Arg::Name | Arg::Text | Arg::BytesIn => self.address(words[0]),
                Arg::Path => {
                    made.path = Some([words[0], words[1]]);
                    self.address(words[0])
                }
                Arg::Int(number) => {
                    self.test_number(inst, words[0], number);
                    words[0]
                }
                Arg::Len => before.map_or(words, |v| self.words[v])[1],
                Arg::BytesOut => {
                    let ctx = self.fixed.ctx;
                    let fault = self.ask(Helper::Room, &[ctx, words[0]]);
                    self.fail_with(fault, inst);
                    let at = self.results(1)[0];
                    made.room = Some([at, words[0]]);
                    self.address(at)
                }
                Arg::Room => before.map_or(words, |v| self.words[v])[0],
                Arg::TimeIn => self.timespec(times, [words[0], words[1]]),
                Arg::DurationIn => {
                    let time = self.seconds(words[0]);
                    self.timespec(times, time)
                }
                Arg::TimePair => {
                    let second = second.map_or(words, |v| self.words[v]);
                    let time = self.optional_time(words);
                    let address = self.timespec(times, time);
                    let time = self.optional_time(second);
                    self.timespec(times + TIMESPEC, time);
                    address
                }
                Arg::Flags { .. } | Arg::One { .. } => self.number(number),
                Arg::How { create, .. } => {
                    let mode = create.then(|| words[0]);
                    if let Some(mode) = mode {
                        self.test_number(inst, mode, Number::Mode);
                    }
                    self.open_how(number, mode, from_row)
                }
                Arg::HowSize => self.number(HOW_SIZE as i64),
                Arg::BufOut => self.address(words[0]),
                Arg::StructOut(_) => {
                    structure = Some(words[0]);
                    self.address(words[0])
                }
                Arg::Within(offset) => {
                    let none = self.number(0);
                    let start = structure.unwrap_or(none);
                    let at = self.b.ins().iadd_imm_s(start, i64::from(offset));
                    self.address(at)
                }
                Arg::OffsetIn => {
                    self.test_number(inst, words[0], Number::Size);
                    let none = self.number(0);
                    self.timespec(times, [words[0], none])
                }
                Arg::BufSize => {
                    let size = before.map_or(0, |v| self.buffer_size(v));
                    self.number(size)
                }
                Arg::Dot => {
                    let at = self.number(DOT_AT as i64);
                    made.path = Some([at, self.number(0)]);
                    self.address(at)
                }
                Arg::Empty => {
                    let at = self.number(EMPTY_AT as i64);
                    self.address(at)
                }
                Arg::Const(n) => self.number(n),
                // Not callable.
                Arg::Later(_) => self.number(0),
            };
            made.registers.push(register);
            times += TIMESPEC * arg.times();
            before = operand;
        }
        self.test_rights(inst, sys, &rows);
        made
    }

    /// Fails if a number is not what the register takes.
    fn test_number(&mut self, inst: &Inst, word: ir::Value, number: Number) {
        let (least, most) = number.range();
        if (least, most) == (i64::MIN, i64::MAX) {
            return;
        }
        // As unsigned numbers, those below the least are beyond the most.
        let above = self.b.ins().iadd_imm_s(word, least.wrapping_neg());
        let span = most.wrapping_sub(least);
        let span = self.number(span);
        let beyond = IntCC::UnsignedGreaterThan;
        let beyond = self.b.ins().icmp(beyond, above, span);
        self.fail_if(beyond, inst, Fault::BadArgument);
    }

    /// Fails if rights could go from one of the row's directories to another that lacks them.
    fn test_rights(&mut self, inst: &Inst, sys: Sys, rows: &[Option<ir::Value>; 6]) {
        let refer = sys.row().refer;
        let Some([Some(first), Some(second)]) = sys.row().referring().map(|d| d.map(|i| rows[i]))
        else {
            return;
        };
        let (flags, at) = (self.flags.slots, abi::SLOT_RIGHTS);
        let [first, second] = [first, second].map(|row| self.b.ins().uload32(flags, row, at));
        let without = |lower: &mut Self, a, b| {
            let b = lower.b.ins().bnot(b);
            lower.b.ins().band(a, b)
        };
        let missing = match refer {
            Refer::No | Refer::There => without(self, second, first),
            Refer::Both => self.b.ins().bxor(first, second),
        };
        self.aside(missing, |lower, _| {
            let kind = Fault::Denied(Rights::NONE).to_word() as i64;
            let fault = lower.b.ins().bor_imm_u(missing, kind);
            lower.fail(inst, fault);
        });
    }

    /// Writes a `struct timespec`; its address.
    fn timespec(&mut self, at: u64, time: [ir::Value; 2]) -> ir::Value {
        let at = self.number(at as i64);
        let address = self.address(at);
        self.store(address, 0, &time);
        address
    }

    /// A duration as seconds and nanoseconds: of a negative one the seconds are negative.
    fn seconds(&mut self, duration: ir::Value) -> [ir::Value; 2] {
        const SECOND: i64 = 1_000_000_000;
        let second = self.number(SECOND);
        let whole = self.b.ins().sdiv(duration, second);
        let product = self.b.ins().imul(whole, second);
        let rest = self.b.ins().isub(duration, product);
        let below = self.b.ins().sshr_imm_u(rest, 63);
        let more = self.b.ins().band(below, second);
        let whole = self.b.ins().iadd(whole, below);
        [whole, self.b.ins().iadd(rest, more)]
    }

    /// An optional time as seconds and nanoseconds: none is `UTIME_OMIT`.
    fn optional_time(&mut self, words: Words) -> [ir::Value; 2] {
        let (zero, omit) = (self.number(0), self.number(UTIME_OMIT as i64));
        let seconds = self.b.ins().select(words[0], words[1], zero);
        [seconds, self.b.ins().select(words[0], words[2], omit)]
    }

    /// Writes `struct open_how`; its address.
    fn open_how(
        &mut self,
        flags: i64,
        mode: Option<ir::Value>,
        from_row: Option<ir::Value>,
    ) -> ir::Value {
        let (flags, none) = (self.number(flags), self.number(0));
        let mode = mode.unwrap_or(none);
        let resolve = match from_row {
            Some(row) => {
                let (flags, at) = (self.flags.slots, abi::SLOT_RESOLVE);
                self.b.ins().uload32(flags, row, at)
            }
            None => none,
        };
        let at = self.number(HOW_AT as i64);
        let address = self.address(at);
        self.store(address, 0, &[flags, mode, resolve]);
        address
    }

    /// The register as the kernel, or the hook, leaves it.
    fn make_call(&mut self, sys: Sys, registers: &[ir::Value]) -> ir::Value {
        let callee = Callee::of_sys(sys, self.env.options.stubs);
        let words = match self.env.options.stubs {
            Stubs::Native => registers.to_vec(),
            Stubs::Hooked => {
                let mut words = vec![self.fixed.ctx, self.number(sys as i64)];
                words.extend_from_slice(registers);
                words.resize_with(8, || self.number(0));
                words
            }
        };
        let function = self.callee(callee, words.len());
        let call = self.b.ins().call(function, &words);
        self.b.inst_results(call)[0]
    }

    /// Hands a fresh descriptor to the handle table.
    fn adopt(&mut self, inst: &Inst, fd: ir::Value, made: &Made) -> Words {
        let none = self.number(0);
        let ctx = self.fixed.ctx;
        let [path, len] = made.path.unwrap_or([none, none]);
        let from = made.from.unwrap_or(none);
        let handle = self.ask(Helper::Adopt, &[ctx, fd, from, path, len]);
        let refused = self.b.ins().icmp_imm_u(IntCC::Equal, handle, 0);
        self.aside(refused, |lower, _| {
            let fault = lower.context(abi::FAULT);
            lower.fail(inst, fault);
        });
        debug_assert_eq!(self.b.func.dfg.value_type(handle), I64);
        Words::one(handle)
    }
}
