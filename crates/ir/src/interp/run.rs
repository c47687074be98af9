//! The loop.

use super::code::{Code, Handler, Ins, NO_INST, Pc, Reg, TurnSite};
use super::objects::{
    self, buffer, bytes, copy, element, load, name, object, push, store, system_call,
};
use super::{ERROR_WORDS, MAX_DEPTH, Stopped};
use crate::eval::{bytes_equal, file_type, mode_type, path_of_str, permit};
use crate::eval::{int_of_float, modulo, quot, rem, shl, shr, ushr};
use crate::eval::{time_add, time_order, time_sub};
use crate::fault::{Class, Fault, make_error, site};
use crate::host::Host;
use crate::layout::{self, list};
use crate::library::{array_get, array_set};
use crate::rights::Rights;
use crate::structs::Shape;
use crate::ty::{MAX_WIDTH, Type};

/// Where the registers of the deepest call may start: 256 MiB of them. Only calls of functions with more than eight
/// thousand values come to this before they come to [`MAX_DEPTH`].
const MAX_REGISTERS: usize = 1 << 25;

/// A call that has not returned.
struct Frame {
    /// Where it goes on.
    pc: Pc,
    /// Where the caller's registers start.
    base: usize,
    /// Where the caller wants the result.
    to: Reg,
}

/// Why the loop was left.
enum Event {
    Done([u64; MAX_WIDTH]),
    Fault(Fault),
    Error(u64),
}

/// The state of a run between two instructions.
struct Machine {
    pc: Pc,
    base: usize,
    regs: Vec<u64>,
    frames: Vec<Frame>,
}

impl Code {
    /// Runs the entry with the words of its parameters, one after another; gives the words of its result.
    /// The memory was prepared by the loader (constants as [`crate::layout::Layout`] says).
    pub fn run<H: Host>(&self, host: &mut H, args: &[u64]) -> Result<[u64; MAX_WIDTH], Stopped> {
        let mut machine = Machine {
            pc: 0,
            base: 0,
            regs: Vec::new(),
            frames: Vec::new(),
        };
        let entry = self.module.entry.0;
        let Some(func) = self.funcs.get(entry as usize) else {
            return Ok([0; MAX_WIDTH]);
        };
        machine.open(self, entry, 0);
        let params = &mut machine.regs[..func.params as usize];
        params
            .iter_mut()
            .zip(args)
            .for_each(|(to, from)| *to = *from);
        loop {
            match self.steps(host, &mut machine) {
                Event::Done(words) => return Ok(words),
                Event::Fault(fault) => {
                    let error = self.error(host, &machine, fault).inspect_err(|stopped| {
                        self.abandon(host, &machine, stopped.error);
                    })?;
                    self.unwind(host, &mut machine, error)?;
                }
                Event::Error(error) => self.unwind(host, &mut machine, error)?,
            }
        }
    }

    /// Runs until something else is to be done. On a fault the machine's `pc` is behind the failing instruction.
    fn steps<H: Host>(&self, host: &mut H, machine: &mut Machine) -> Event {
        let code = &self.code[..];
        let mut pc = machine.pc;
        let mut r = &mut machine.regs[machine.base..];
        macro_rules! leave {
            ($event:expr) => {{
                machine.pc = pc;
                return $event;
            }};
        }
        macro_rules! check {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(fault) => leave!(Event::Fault(fault)),
                }
            };
        }
        macro_rules! reg {
            ($reg:expr) => {
                r[$reg as usize]
            };
        }
        macro_rules! arithmetic {
            ($to:expr, $a:expr, $b:expr, $op:ident) => {
                match (reg!($a) as i64).$op(reg!($b) as i64) {
                    Some(n) => reg!($to) = n as u64,
                    None => leave!(Event::Fault(Fault::Overflow)),
                }
            };
        }
        macro_rules! float {
            ($reg:expr) => {
                f64::from_bits(reg!($reg))
            };
        }
        macro_rules! jump_unless {
            ($condition:expr, $pc:expr) => {{
                let holds: bool = $condition;
                if !holds {
                    pc = $pc;
                }
            }};
        }
        loop {
            let ins = &code[pc as usize];
            pc += 1;
            match *ins {
                Ins::Move { to, from } => reg!(to) = reg!(from),
                Ins::Known { to, word } => reg!(to) = word.into(),

                Ins::Add { to, a, b } => arithmetic!(to, a, b, checked_add),
                Ins::Sub { to, a, b } => arithmetic!(to, a, b, checked_sub),
                Ins::Mul { to, a, b } => arithmetic!(to, a, b, checked_mul),
                Ins::Quot { to, a, b } => {
                    reg!(to) = check!(quot(reg!(a) as i64, reg!(b) as i64)) as u64;
                }
                Ins::Rem { to, a, b } => {
                    reg!(to) = check!(rem(reg!(a) as i64, reg!(b) as i64)) as u64;
                }
                Ins::Mod { to, a, b } => {
                    reg!(to) = check!(modulo(reg!(a) as i64, reg!(b) as i64)) as u64;
                }
                Ins::BitAnd { to, a, b } => reg!(to) = reg!(a) & reg!(b),
                Ins::BitOr { to, a, b } => reg!(to) = reg!(a) | reg!(b),
                Ins::BitXor { to, a, b } => reg!(to) = reg!(a) ^ reg!(b),
                Ins::BitNot { to, a } => reg!(to) = !reg!(a),
                Ins::Shl { to, a, b } => reg!(to) = shl(reg!(a), reg!(b)),
                Ins::Shr { to, a, b } => reg!(to) = shr(reg!(a), reg!(b)),
                Ins::Ushr { to, a, b } => reg!(to) = ushr(reg!(a), reg!(b)),
                Ins::Eq { to, a, b } => reg!(to) = (reg!(a) == reg!(b)).into(),
                Ins::Lt { to, a, b } => reg!(to) = ((reg!(a) as i64) < reg!(b) as i64).into(),
                Ins::Le { to, a, b } => reg!(to) = ((reg!(a) as i64) <= reg!(b) as i64).into(),
                Ins::Not { to, a } => reg!(to) = (reg!(a) == 0).into(),
                Ins::TimeEq { to, a, b } => {
                    reg!(to) = time_order(pair(r, a), pair(r, b)).is_eq().into();
                }
                Ins::TimeLt { to, a, b } => {
                    reg!(to) = time_order(pair(r, a), pair(r, b)).is_lt().into();
                }
                Ins::TimeLe { to, a, b } => {
                    reg!(to) = time_order(pair(r, a), pair(r, b)).is_le().into();
                }
                Ins::TimeAdd { to, a, b } => {
                    let time = check!(time_add(pair(r, a), reg!(b)));
                    [reg!(to), reg!(to + 1)] = time;
                }
                Ins::TimeSub { to, a, b } => {
                    reg!(to) = check!(time_sub(pair(r, a), pair(r, b)));
                }

                Ins::FAdd { to, a, b } => reg!(to) = (float!(a) + float!(b)).to_bits(),
                Ins::FSub { to, a, b } => reg!(to) = (float!(a) - float!(b)).to_bits(),
                Ins::FMul { to, a, b } => reg!(to) = (float!(a) * float!(b)).to_bits(),
                Ins::FDiv { to, a, b } => reg!(to) = (float!(a) / float!(b)).to_bits(),
                Ins::FRem { to, a, b } => reg!(to) = (float!(a) % float!(b)).to_bits(),
                Ins::FPow { to, a, b } => reg!(to) = float!(a).powf(float!(b)).to_bits(),
                Ins::FNeg { to, a } => reg!(to) = (-float!(a)).to_bits(),
                Ins::FSqrt { to, a } => reg!(to) = float!(a).sqrt().to_bits(),
                Ins::FFloor { to, a } => reg!(to) = float!(a).floor().to_bits(),
                Ins::FCeil { to, a } => reg!(to) = float!(a).ceil().to_bits(),
                Ins::FRound { to, a } => reg!(to) = float!(a).round().to_bits(),
                Ins::FTrunc { to, a } => reg!(to) = float!(a).trunc().to_bits(),
                Ins::FEq { to, a, b } => reg!(to) = (float!(a) == float!(b)).into(),
                Ins::FLt { to, a, b } => reg!(to) = (float!(a) < float!(b)).into(),
                Ins::FLe { to, a, b } => reg!(to) = (float!(a) <= float!(b)).into(),
                Ins::FloatOfInt { to, a } => reg!(to) = (reg!(a) as i64 as f64).to_bits(),
                Ins::IntOfFloat { to, a } => {
                    reg!(to) = check!(int_of_float(float!(a))) as u64;
                }

                Ins::BytesEq { to, a, b } => {
                    reg!(to) = bytes_equal(host, pair(r, a), pair(r, b)).into();
                }
                Ins::PathOfStr { to, a } => {
                    let path = check!(path_of_str(host, reg!(a), reg!(a + 1)));
                    [reg!(to), reg!(to + 1)] = path;
                }
                Ins::ModeType { to, a } => reg!(to) = mode_type(reg!(a)),
                Ins::FileTypeOf { to, a } => reg!(to) = file_type(reg!(a)),
                Ins::IsOk { to, a } => reg!(to) = (reg!(a) == 0).into(),
                Ins::CheckOk { a } => {
                    if reg!(a) != 0 {
                        leave!(Event::Fault(Fault::NotOk));
                    }
                }
                Ins::CheckErr { a } => {
                    if reg!(a) == 0 {
                        leave!(Event::Fault(Fault::NotOk));
                    }
                }

                Ins::IsSome { to, a } => reg!(to) = (reg!(a) != 0).into(),
                Ins::CheckSome { a } => {
                    if reg!(a) == 0 {
                        leave!(Event::Fault(Fault::Absent));
                    }
                }
                Ins::CheckCase { object, case } => {
                    if load(host.memory(), reg!(object)) != u64::from(case) {
                        leave!(Event::Fault(Fault::NotOk));
                    }
                }
                Ins::Case {
                    to,
                    case,
                    pool,
                    count,
                } => {
                    reg!(to) = check!(objects::case(host, r, case, self.pooled(pool, count)));
                }

                Ins::Object { to, pool, count } => {
                    reg!(to) = check!(object(host, r, self.pooled(pool, count)));
                }
                Ins::Load { to, object, offset } => {
                    reg!(to) = load(host.memory(), reg!(object) + u64::from(offset));
                }
                Ins::Load2 { to, object, offset } => {
                    let (memory, at) = (&*host.memory(), reg!(object) + u64::from(offset));
                    [reg!(to), reg!(to + 1)] = [load(memory, at), load(memory, at + 8)];
                }
                Ins::Builder { to } => reg!(to) = check!(builder(host)),
                Ins::Push { list, from, width } => {
                    check!(push(host, reg!(list), words(r, from, width)));
                }
                Ins::Len { to, list } => {
                    reg!(to) = load(host.memory(), reg!(list) + list::LEN);
                }
                Ins::At {
                    to,
                    list,
                    index,
                    width,
                } => {
                    let (list, index) = (reg!(list), reg!(index));
                    let to = &mut r[to as usize..][..width as usize];
                    check!(element(host.memory(), list, index, to));
                }
                Ins::ArrayGet {
                    to,
                    array,
                    index,
                    bytes,
                } => {
                    let (array, index) = (reg!(array), reg!(index));
                    reg!(to) = check!(array_get(host.memory(), array, index, bytes));
                }
                Ins::ArraySet {
                    array,
                    index,
                    from,
                    bytes,
                } => {
                    let (array, index, word) = (reg!(array), reg!(index), reg!(from));
                    check!(array_set(host.memory(), array, index, bytes, word));
                }
                Ins::Yield { from, width } => {
                    check!(row(host, words(r, from, width)));
                }

                Ins::Permit { handle, rights } => {
                    check!(permit(host, reg!(handle), Rights::from_bits(rights)));
                }
                Ins::PermitEntry { entry, rights } => {
                    let dir = load(host.memory(), reg!(entry));
                    check!(permit(host, dir, Rights::from_bits(rights)));
                }
                Ins::Close { handle } => host.close(reg!(handle)),
                Ins::Resolve { to, path } => {
                    let root = check!(host.resolve(reg!(path), reg!(path + 1)));
                    r[to as usize..][..3].copy_from_slice(&root);
                }

                Ins::Frame { to, size } => reg!(to) = check!(host.alloc(reg!(size))),
                Ins::Scratch { to, frame, offset } => reg!(to) = reg!(frame) + reg!(offset),
                Ins::U8 { to, buf, at, size } => {
                    let [byte] = check!(buffer(host, reg!(buf), reg!(at), size));
                    reg!(to) = byte.into();
                }
                Ins::U16 { to, buf, at, size } => {
                    let bytes = check!(buffer(host, reg!(buf), reg!(at), size));
                    reg!(to) = u16::from_le_bytes(bytes).into();
                }
                Ins::U64 { to, buf, at, size } => {
                    let bytes = check!(buffer(host, reg!(buf), reg!(at), size));
                    reg!(to) = u64::from_le_bytes(bytes);
                }
                Ins::NameCopy { to, pool } => {
                    let name = check!(name(host, r, self.pooled(pool, 4)));
                    [reg!(to), reg!(to + 1)] = check!(copy(host, name));
                }
                Ins::NameView { to, pool } => {
                    [reg!(to), reg!(to + 1)] = check!(name(host, r, self.pooled(pool, 4)));
                }
                Ins::Field16 { to, buf, offset } => {
                    let bytes = bytes(host.memory(), reg!(buf) + u64::from(offset));
                    reg!(to) = u16::from_le_bytes(bytes).into();
                }
                Ins::Field32 { to, buf, offset } => {
                    let bytes = bytes(host.memory(), reg!(buf) + u64::from(offset));
                    reg!(to) = u32::from_le_bytes(bytes).into();
                }
                Ins::Field64 { to, buf, offset } => {
                    reg!(to) = load(host.memory(), reg!(buf) + u64::from(offset));
                }
                Ins::FieldTime { to, buf, offset } => {
                    let (memory, at) = (&*host.memory(), reg!(buf) + u64::from(offset));
                    let nanoseconds = u32::from_le_bytes(bytes(memory, at + 8));
                    [reg!(to), reg!(to + 1)] = [load(memory, at), nanoseconds.into()];
                }
                Ins::FieldDevice { to, buf, offset } => {
                    let both = load(host.memory(), reg!(buf) + u64::from(offset));
                    // Major, then minor in memory; major in the upper half of the word.
                    reg!(to) = both.rotate_left(32);
                }
                Ins::Field { to, site } => {
                    let site = &self.fields[site as usize];
                    let [word, second] = check!(objects::field(host, site, reg!(site.buf)));
                    reg!(to) = word;
                    if matches!(site.shape, Shape::Text(_) | Shape::Timespec) {
                        reg!(to + 1) = second;
                    }
                }

                Ins::Sys { site } => {
                    let site = &self.syscalls[site as usize];
                    let [word, second] = check!(system_call(host, r, site));
                    reg!(site.to) = word;
                    if site.is_wide {
                        reg!(site.to + 1) = second;
                    }
                }
                Ins::Library { site } => {
                    let site = &self.library[site as usize];
                    let regs = self.pooled(site.args.0, site.args.1);
                    check!(objects::library(host, self, r, site, regs));
                }
                Ins::Call { site } => {
                    if machine.frames.len() as u64 >= MAX_DEPTH || machine.base >= MAX_REGISTERS {
                        leave!(Event::Fault(Fault::Depth));
                    }
                    // Calls alone can go on for ever: the depth is bounded, the number is not.
                    if host.interrupted() {
                        leave!(Event::Fault(Fault::Interrupted));
                    }
                    pc = machine.call(self, site, pc);
                    r = &mut machine.regs[machine.base..];
                }

                Ins::Jump { pc: to } => pc = to,
                Ins::Back { pc: to } => {
                    if host.interrupted() {
                        leave!(Event::Fault(Fault::Interrupted));
                    }
                    pc = to;
                }
                Ins::Turn { site } => {
                    if host.interrupted() {
                        leave!(Event::Fault(Fault::Interrupted));
                    }
                    let site = &self.turns[site as usize];
                    let region = reg!(site.region);
                    if host.free() < load(host.memory(), region + layout::region::FLOOR) {
                        self.turn(host, r, site);
                    }
                    pc = site.pc;
                }
                Ins::Region { at } => host.begin(reg!(at)),
                Ins::Release { region, frame } => host.release(reg!(region), reg!(frame)),
                Ins::Unless { a, pc: to } => jump_unless!(reg!(a) != 0, to),
                Ins::If { a, pc: to } => jump_unless!(reg!(a) == 0, to),
                Ins::UnlessEq { a, b, pc: to } => jump_unless!(reg!(a) == reg!(b), to),
                Ins::UnlessLt { a, b, pc: to } => {
                    jump_unless!((reg!(a) as i64) < reg!(b) as i64, to);
                }
                Ins::UnlessLe { a, b, pc: to } => {
                    jump_unless!((reg!(a) as i64) <= reg!(b) as i64, to);
                }
                Ins::UnlessFEq { a, b, pc: to } => jump_unless!(float!(a) == float!(b), to),
                Ins::UnlessFLt { a, b, pc: to } => jump_unless!(float!(a) < float!(b), to),
                Ins::UnlessFLe { a, b, pc: to } => jump_unless!(float!(a) <= float!(b), to),
                Ins::Enter { mark } => reg!(mark) = host.mark(),
                Ins::Leave { mark, pool, count } => {
                    leave_scope(host, r, reg!(mark), self.pooled(pool, count));
                }
                Ins::Return { from, width } => {
                    let words = words(r, from, width);
                    let Some(frame) = machine.frames.pop() else {
                        let mut result = [0; MAX_WIDTH];
                        result[..words.len()].copy_from_slice(words);
                        leave!(Event::Done(result));
                    };
                    let from = machine.base + from as usize;
                    machine.base = frame.base;
                    let to = frame.base + frame.to as usize;
                    machine.regs.copy_within(from..from + width as usize, to);
                    pc = frame.pc;
                    r = &mut machine.regs[machine.base..];
                }
                Ins::Throw { error } => {
                    let error = reg!(error);
                    leave!(Event::Error(error));
                }
            }
        }
    }

    /// Gives back what nothing reaches any more, and tells the registers where things are now.
    #[cold]
    fn turn<H: Host>(&self, host: &mut H, r: &mut [u64], site: &TurnSite) {
        let Some(turn) = self.turn_rows.get(site.number) else {
            return;
        };
        let regs = self.pooled(site.words.0, site.words.1);
        let mut words: Vec<u64> = regs.iter().map(|reg| r[*reg as usize]).collect();
        host.turn(r[site.region as usize], &self.turn_rows, turn, &mut words);
        for (reg, word) in regs.iter().zip(words) {
            r[*reg as usize] = word;
        }
    }

    #[inline(always)]
    fn pooled(&self, pool: u32, count: u32) -> &[Reg] {
        &self.pool[pool as usize..][..count as usize]
    }

    /// Makes the error object of a fault at the instruction that failed; gives up where nobody may catch it.
    #[cold]
    fn error<H: Host>(
        &self,
        host: &mut H,
        machine: &Machine,
        fault: Fault,
    ) -> Result<u64, Stopped> {
        let at = machine.pc - 1;
        let index = self.sites.partition_point(|s| s.start <= at);
        let blamed = self.sites[..index].last().filter(|s| s.inst != NO_INST);
        let Some(blamed) = blamed else {
            return Err(Stopped { fault, error: 0 });
        };
        let func = &self.module.funcs[blamed.func];
        let inst = &func.blocks[blamed.block].insts[blamed.inst as usize];
        let regs = &self.funcs[blamed.func.0 as usize].regs;
        let types: Vec<&Type> = inst.args.iter().map(|v| &func.values[*v]).collect();
        let mut words = Vec::new();
        for (value, ty) in inst.args.iter().zip(&types) {
            let at = machine.base + regs[value.0 as usize] as usize;
            words.extend_from_slice(&machine.regs[at..at + ty.width()]);
        }
        words.iter_mut().skip(ERROR_WORDS).for_each(|w| *w = 0);
        let origin = site(blamed.func, inst.result);
        match make_error(host, fault, origin, &types, &words) {
            Ok(error) if fault.class() == Class::Error => Ok(error),
            Ok(error) => Err(Stopped { fault, error }),
            // No room for an error that could be caught: then it is the lack of room that ends the run.
            Err(full) if fault.class() == Class::Error => Err(Stopped {
                fault: full,
                error: 0,
            }),
            Err(_) => Err(Stopped { fault, error: 0 }),
        }
    }

    /// Goes to who catches the error: a handler of the scopes around, or of those around the call, and so on.
    #[cold]
    fn unwind<H: Host>(
        &self,
        host: &mut H,
        machine: &mut Machine,
        error: u64,
    ) -> Result<(), Stopped> {
        loop {
            let at = machine.pc - 1;
            let index = self.blocks.partition_point(|b| b.start <= at);
            let block = self.blocks[..index].last();
            if let Some(Handler {
                pc,
                mark,
                error: to,
            }) = block.and_then(|b| b.handler)
            {
                let r = &mut machine.regs[machine.base..];
                host.close_to(r[mark as usize], &[]);
                r[to as usize] = error;
                machine.pc = pc;
                return Ok(());
            }
            let Some(frame) = machine.frames.pop() else {
                let fault = Fault::from_word(load(host.memory(), error)).unwrap_or(Fault::NotOk);
                return Err(Stopped { fault, error });
            };
            machine.pc = frame.pc;
            machine.base = frame.base;
            host.unwound(error, self.site_before(frame.pc));
        }
    }

    /// Says by which calls the function was called that a run ends in.
    #[cold]
    fn abandon<H: Host>(&self, host: &mut H, machine: &Machine, error: u64) {
        for frame in machine.frames.iter().rev() {
            host.unwound(error, self.site_before(frame.pc));
        }
    }

    /// The instruction before a place in the code, as errors are told of it.
    fn site_before(&self, pc: Pc) -> u64 {
        let index = self.sites.partition_point(|s| s.start < pc);
        let blamed = self.sites[..index].last().filter(|s| s.inst != NO_INST);
        blamed.map_or(0, |s| {
            let func = &self.module.funcs[s.func];
            site(s.func, func.blocks[s.block].insts[s.inst as usize].result)
        })
    }
}

impl Machine {
    /// Makes room for the registers of a function, from `base` on, and starts there.
    #[inline(always)]
    fn open(&mut self, code: &Code, func: u32, base: usize) {
        let func = &code.funcs[func as usize];
        let end = base + func.size as usize;
        if self.regs.len() < end {
            self.regs.resize(end.max(2 * self.regs.len()), 0);
        }
        let consts = base + func.consts_at as usize;
        self.regs[consts..consts + func.consts.len()].copy_from_slice(&func.consts);
        self.base = base;
        self.pc = func.start;
    }

    /// Calls: gives where to go on.
    #[inline(always)]
    fn call(&mut self, code: &Code, site: u32, back: Pc) -> Pc {
        let site = &code.calls[site as usize];
        let base = self.base;
        let callee = base + code.funcs[site.caller.0 as usize].size as usize;
        self.frames.push(Frame {
            pc: back,
            base,
            to: site.to,
        });
        self.open(code, site.func.0, callee);
        let args = code.pooled(site.args.0, site.args.1);
        for (n, arg) in args.iter().enumerate() {
            self.regs[callee + n] = self.regs[base + *arg as usize];
        }
        self.pc
    }
}

#[inline(always)]
fn pair(r: &[u64], at: Reg) -> [u64; 2] {
    [r[at as usize], r[at as usize + 1]]
}

#[inline(always)]
fn words(r: &[u64], from: Reg, width: u32) -> &[u64] {
    &r[from as usize..][..width as usize]
}

fn builder(host: &mut impl Host) -> Result<u64, Fault> {
    let header = host.alloc(list::HEADER)?;
    for word in (0..list::HEADER).step_by(8) {
        store(host.memory(), header + word, 0);
    }
    Ok(header)
}

#[inline(always)]
fn row(host: &mut impl Host, words: &[u64]) -> Result<(), Fault> {
    let out = host.out();
    push(host, out, words)?;
    if load(host.memory(), out + list::LEN) >= host.batch() {
        host.flush()?;
    }
    Ok(())
}

fn leave_scope(host: &mut impl Host, r: &[u64], mark: u64, kept: &[Reg]) {
    if host.mark() == mark {
        return;
    }
    let mut keep = [0; ERROR_WORDS];
    if let Some(keep) = keep.get_mut(..kept.len()) {
        for (to, reg) in keep.iter_mut().zip(kept) {
            *to = r[*reg as usize];
        }
        host.close_to(mark, keep);
    } else {
        let keep: Vec<u64> = kept.iter().map(|reg| r[*reg as usize]).collect();
        host.close_to(mark, &keep);
    }
}
