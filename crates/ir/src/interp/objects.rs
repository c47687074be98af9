//! How the interpreter reads and writes objects in the run's memory: one look at the memory for each access.
//!
//! **Invariant**: offsets in registers of reference types lie in memory with all of their object, because only
//! allocation makes them. Reads and writes elsewhere panic, which no verified module can bring about.

use super::code::{Code, FieldSite, LibrarySite, Reg, Source, SysSite};
use crate::fault::Fault;
use crate::host::{Host, name_length};
use crate::layout::{HOW_AT, TIMESPEC, UTIME_OMIT, list};
use crate::structs::Shape;
use crate::syscalls::{Number, Ret};

const OUTSIDE: &str = "a reference lies in memory";

/// So many bytes at an offset.
#[inline(always)]
pub(super) fn bytes<const N: usize>(memory: &[u8], at: u64) -> [u8; N] {
    let bytes = memory.get(at as usize..).and_then(|m| m.first_chunk());
    *bytes.expect(OUTSIDE)
}

/// The word at an offset.
#[inline(always)]
pub(super) fn load(memory: &[u8], at: u64) -> u64 {
    u64::from_le_bytes(bytes(memory, at))
}

/// Writes the word at an offset.
#[inline(always)]
pub(super) fn store(memory: &mut [u8], at: u64, word: u64) {
    let bytes = memory
        .get_mut(at as usize..)
        .and_then(|m| m.first_chunk_mut());
    *bytes.expect(OUTSIDE) = word.to_le_bytes();
}

/// So many bytes of a buffer, if they lie in it.
#[inline(always)]
pub(super) fn buffer<const N: usize>(
    host: &mut impl Host,
    buf: u64,
    at: u64,
    size: u32,
) -> Result<[u8; N], Fault> {
    match u64::from(size).checked_sub(N as u64) {
        Some(last) if at <= last => Ok(bytes(host.memory(), buf + at)),
        _ => Err(Fault::Index),
    }
}

/// Appends the words `from` to a list.
#[inline(always)]
pub(super) fn push(host: &mut impl Host, header: u64, from: &[u64]) -> Result<(), Fault> {
    let memory = &mut *host.memory();
    let len = load(memory, header + list::LEN);
    if len == load(memory, header + list::CAP) {
        host.grow(header, from.len() as u64)?;
    }
    let memory = &mut *host.memory();
    let data = load(memory, header + list::DATA);
    let at = data + len * from.len() as u64 * 8;
    for (n, word) in from.iter().enumerate() {
        store(memory, at + n as u64 * 8, *word);
    }
    store(memory, header + list::LEN, len + 1);
    Ok(())
}

/// Copies the element at an index of a list.
#[inline(always)]
pub(super) fn element(memory: &[u8], header: u64, index: u64, to: &mut [u64]) -> Result<(), Fault> {
    if index >= load(memory, header + list::LEN) {
        return Err(Fault::Index);
    }
    let at = load(memory, header + list::DATA) + index * to.len() as u64 * 8;
    for (n, word) in to.iter_mut().enumerate() {
        *word = load(memory, at + n as u64 * 8);
    }
    Ok(())
}

/// A new object of these registers' words.
#[inline(always)]
pub(super) fn object(host: &mut impl Host, r: &[u64], regs: &[Reg]) -> Result<u64, Fault> {
    let object = host.alloc(regs.len() as u64 * 8)?;
    let memory = host.memory().get_mut(object as usize..).expect(OUTSIDE);
    for (to, reg) in memory.as_chunks_mut::<8>().0.iter_mut().zip(regs) {
        *to = r[*reg as usize].to_le_bytes();
    }
    Ok(object)
}

/// A new object of a case's number and these registers' words.
#[inline(always)]
pub(super) fn case(host: &mut impl Host, r: &[u64], case: u32, regs: &[Reg]) -> Result<u64, Fault> {
    let object = host.alloc(8 + regs.len() as u64 * 8)?;
    let memory = host.memory().get_mut(object as usize..).expect(OUTSIDE);
    let words = memory.as_chunks_mut::<8>().0;
    let from = regs.iter().map(|reg| r[*reg as usize]);
    for (to, from) in words
        .iter_mut()
        .zip([u64::from(case)].into_iter().chain(from))
    {
        *to = from.to_le_bytes();
    }
    Ok(object)
}

/// The name in a buffer: where it starts and its length.
#[inline(always)]
pub(super) fn name(host: &mut impl Host, r: &[u64], operands: &[Reg]) -> Result<[u64; 2], Fault> {
    let &[buf, start, limit, size] = operands else {
        return Err(Fault::Index);
    };
    let (buf, start, limit) = (r[buf as usize], r[start as usize], r[limit as usize]);
    let memory = host.memory().get(buf as usize..).expect(OUTSIDE);
    let buffer = memory.get(..size as usize).expect(OUTSIDE);
    let len = name_length(buffer, start as i64, limit as i64)?;
    Ok([buf + start, len as u64])
}

/// A copy of bytes in memory, with a NUL after it.
#[inline(always)]
pub(super) fn copy(host: &mut impl Host, [from, len]: [u64; 2]) -> Result<[u64; 2], Fault> {
    let to = host.alloc(len + 1)?;
    let memory = host.memory();
    memory.copy_within(from as usize..(from + len) as usize, to as usize);
    memory[(to + len) as usize] = 0;
    Ok([to, len])
}

/// The words of a field of a kernel structure.
pub(super) fn field(host: &mut impl Host, site: &FieldSite, buf: u64) -> Result<[u64; 2], Fault> {
    let at = buf + u64::from(site.offset);
    if let Shape::Text(size) = site.shape {
        return host.text(at, size.into());
    }
    Ok(site.shape.words(host.bytes(at, site.shape.size().into())))
}

/// Operands of library ops that take no more words than this need no allocation.
const FEW: usize = 16;

/// Does a library op and writes its result.
pub(super) fn library(
    host: &mut impl Host,
    code: &Code,
    r: &mut [u64],
    site: &LibrarySite,
    regs: &[Reg],
) -> Result<(), Fault> {
    let op = code
        .library_ops
        .get(site.number)
        .ok_or(Fault::BadArgument)?;
    let result = if regs.len() <= FEW {
        let mut words = [0; FEW];
        for (to, reg) in words.iter_mut().zip(regs) {
            *to = r[*reg as usize];
        }
        op.run(&code.module, &words[..regs.len()], host)?
    } else {
        let words: Vec<u64> = regs.iter().map(|reg| r[*reg as usize]).collect();
        op.run(&code.module, &words, host)?
    };
    let to = &mut r[site.to as usize..][..site.width as usize];
    to.copy_from_slice(&result[..site.width as usize]);
    Ok(())
}

/// Makes a system call: the words of its result.
pub(super) fn system_call(
    host: &mut impl Host,
    r: &[u64],
    site: &SysSite,
) -> Result<[u64; 2], Fault> {
    let mut args = [0; 6];
    let mut room = [0; 2];
    for (arg, source) in args.iter_mut().zip(site.args) {
        let word = |reg: Reg| r[reg as usize];
        *arg = match source {
            Source::Known(word) => word,
            Source::Word(reg) => word(reg),
            Source::Handle(reg) => {
                let fd = host.descriptor(word(reg));
                fd.ok_or(Fault::ClosedHandle)? as u64
            }
            Source::Number(reg, number) => match number.holds(word(reg) as i64) {
                true => word(reg),
                false => return Err(Fault::BadArgument),
            },
            Source::Room(reg) => {
                room = [host.room(word(reg) as i64)?, word(reg)];
                room[0]
            }
            Source::Offset(reg, at) => match Number::Size.holds(word(reg) as i64) {
                true => timespec(host, at.into(), [word(reg), 0]),
                false => return Err(Fault::BadArgument),
            },
            Source::Within(reg, offset) => word(reg) + u64::from(offset),
            Source::Time(reg, at) => timespec(host, at.into(), [word(reg), word(reg + 1)]),
            Source::Duration(reg, at) => timespec(host, at.into(), seconds(word(reg))),
            Source::TimePair(a, b, at) => {
                for (reg, at) in [(a, at.into()), (b, u64::from(at) + TIMESPEC)] {
                    let omitted = word(reg) == 0;
                    let time = [word(reg + 1), word(reg + 2)];
                    timespec(host, at, if omitted { [0, UTIME_OMIT] } else { time });
                }
                at.into()
            }
            Source::How => {
                let handle = site.handle.map_or(0, word);
                let resolve = host.resolve_flags(handle);
                let mode = site.mode.map_or(0, word);
                if !Number::Mode.holds(mode as i64) {
                    return Err(Fault::BadArgument);
                }
                let memory = host.memory();
                store(memory, HOW_AT, site.how);
                store(memory, HOW_AT + 8, mode);
                store(memory, HOW_AT + 16, resolve);
                HOW_AT
            }
        };
    }
    if let Some((from, to, refer)) = site.refer {
        let rights = |reg: Reg| host.rights(r[reg as usize]).ok_or(Fault::ClosedHandle);
        refer.test(rights(from)?, rights(to)?)?;
    }
    let result = host.syscall(site.sys, &args);
    if result < 0 {
        return Err(Fault::Errno(result.unsigned_abs() as i32));
    }
    match site.sys.row().ret {
        Ret::Unit | Ret::Int | Ret::Object(_) => Ok([result as u64, 0]),
        Ret::Bytes => Ok(host.filled(room[0], room[1], result as u64)),
        Ret::Dir | Ret::File | Ret::Listing => {
            if site.sys.row().opens_contents() {
                host.vet(result as i32)?;
            }
            let from = site.handle.map_or(0, |reg| r[reg as usize]);
            let [path, len] = site
                .path
                .map_or([0, 0], |reg| [r[reg as usize], r[reg as usize + 1]]);
            Ok([host.adopt(result as i32, from, path, len)?, 0])
        }
    }
}

/// Writes a `struct timespec`; its offset.
fn timespec(host: &mut impl Host, at: u64, time: [u64; 2]) -> u64 {
    let memory = host.memory();
    store(memory, at, time[0]);
    store(memory, at + 8, time[1]);
    at
}

/// A duration as seconds and nanoseconds: of a negative one the seconds are negative.
fn seconds(duration: u64) -> [u64; 2] {
    const SECOND: i64 = 1_000_000_000;
    let duration = duration as i64;
    let (whole, rest) = (duration.div_euclid(SECOND), duration.rem_euclid(SECOND));
    [whole as u64, rest as u64]
}
