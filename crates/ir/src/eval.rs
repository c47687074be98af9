//! The meaning of the operations whose result follows from their operands' words alone: no memory, no handle, no
//! host. The constant folder uses it as it is; the interpreter and native code are tested against it.
//!
//! Constants are left out (their meaning is their immediate), and so is whatever reads or makes an object in memory.
//! Of the latter, those that the interpreter and the helpers of compiled code share are functions here.

use crate::fault::Fault;
use crate::host::Host;
use crate::ops::Op;
use crate::rights::Rights;
use crate::ty::{FILE_TYPES, MAX_WIDTH};
use std::cmp::Ordering;

/// The words of a result; those beyond its type's width are zero.
pub type Words = [u64; MAX_WIDTH];

/// Does `op` to operands with these words, laid one after another. `None` if the operation is not one whose meaning
/// is here, or if these cannot be the words of its operands.
pub fn eval(op: Op, words: &[u64]) -> Option<Result<Words, Fault>> {
    Some(match op {
        Op::Add => binary(words, |a, b| a.checked_add(b).ok_or(Fault::Overflow))?,
        Op::Sub => binary(words, |a, b| a.checked_sub(b).ok_or(Fault::Overflow))?,
        Op::Mul => binary(words, |a, b| a.checked_mul(b).ok_or(Fault::Overflow))?,
        Op::Quot => binary(words, quot)?,
        Op::Eq => binary(words, |a, b| Ok(i64::from(a == b)))?,
        Op::Lt => binary(words, |a, b| Ok(i64::from(a < b)))?,
        Op::Le => binary(words, |a, b| Ok(i64::from(a <= b)))?,
        Op::Not => Ok(one(words, |a| u64::from(a == 0))?),
        Op::Retype => Ok(one(words, |a| a)?),
        Op::TimeEq => Ok(times(words, Ordering::is_eq)?),
        Op::TimeLt => Ok(times(words, Ordering::is_lt)?),
        Op::TimeLe => Ok(times(words, Ordering::is_le)?),
        Op::PathOfName => Ok(shaped(words, 2, words)?),
        Op::ModeType => Ok(one(words, mode_type)?),
        Op::FileTypeOf => Ok(one(words, file_type)?),

        Op::Ok => {
            let mut result = [0; MAX_WIDTH];
            result.get_mut(1..=words.len())?.copy_from_slice(words);
            Ok(result)
        }
        Op::Err => match words {
            [error] => Ok(pad(&[1, *error])),
            _ => return None,
        },
        Op::IsOk | Op::OkValue | Op::ErrValue if !(2..=MAX_WIDTH).contains(&words.len()) => {
            return None;
        }
        Op::IsOk => Ok(pad(&[u64::from(*words.first()? == 0)])),
        Op::OkValue => match words {
            [0, value @ ..] => Ok(pad(value)),
            _ => Err(Fault::NotOk),
        },
        Op::ErrValue => match words {
            [0, ..] => Err(Fault::NotOk),
            [_, error, ..] => Ok(pad(&[*error])),
            _ => return None,
        },
        Op::RootDir => Ok(shaped(words, 3, words.get(..1)?)?),
        Op::RootPath => Ok(shaped(words, 3, words.get(1..)?)?),

        Op::Unit | Op::Bool | Op::Int | Op::Str | Op::Path => return None,
        Op::BytesEq | Op::PathOfStr => return None,
        Op::Record | Op::Get => return None,
        Op::Entry | Op::EntryDir | Op::EntryName | Op::EntryIno | Op::EntryType => return None,
        Op::Builder | Op::Push | Op::Freeze | Op::Len | Op::At | Op::Yield => return None,
        Op::Permit | Op::CloseDir | Op::CloseListing | Op::CloseFile | Op::Resolve => return None,
        Op::Scratch | Op::BufU8 | Op::BufU16 | Op::BufU64 => return None,
        Op::NameCopy | Op::NameView | Op::StructGet => return None,
        Op::Sys | Op::Call => return None,
    })
}

/// The quotient, towards zero.
pub fn quot(a: i64, b: i64) -> Result<i64, Fault> {
    match b {
        0 => Err(Fault::DivideByZero),
        _ => a.checked_div(b).ok_or(Fault::Overflow),
    }
}

/// The file type in a mode.
pub fn mode_type(mode: u64) -> u64 {
    mode >> 12 & 15
}

/// The file type that a `DT_*` number stands for.
pub fn file_type(number: u64) -> u64 {
    let known = FILE_TYPES.iter().any(|row| row.0 == number);
    if known { number } else { 0 }
}

/// How two times compare: seconds signed, then nanoseconds.
pub fn time_order(a: [u64; 2], b: [u64; 2]) -> Ordering {
    (a[0] as i64, a[1]).cmp(&(b[0] as i64, b[1]))
}

/// Whether two byte strings, each an offset and a length, are equal.
pub fn bytes_equal(host: &mut impl Host, a: [u64; 2], b: [u64; 2]) -> bool {
    if a[1] != b[1] {
        return false;
    }
    let memory = &*host.memory();
    let bytes = |[at, len]: [u64; 2]| memory.get(at as usize..at.checked_add(len)? as usize);
    bytes(a) == bytes(b)
}

/// A path with the bytes of the text at `at`, `len`: a copy, since a text need not have a NUL after it.
pub fn path_of_str(host: &mut impl Host, at: u64, len: u64) -> Result<[u64; 2], Fault> {
    let bytes = host.bytes(at, len);
    if bytes.len() as u64 != len {
        return Err(Fault::Index);
    }
    if bytes.contains(&0) {
        return Err(Fault::NulInPath);
    }
    let copy = host.alloc(len.checked_add(1).ok_or(Fault::Memory)?)?;
    let (from, to) = (at as usize, copy as usize);
    let memory = host.memory();
    memory.copy_within(from..from + len as usize, to);
    memory[to + len as usize] = 0;
    Ok([copy, len])
}

/// Tests that a handle is open and has `rights` at run time.
pub fn permit(host: &mut impl Host, handle: u64, rights: Rights) -> Result<(), Fault> {
    let has = host.rights(handle).ok_or(Fault::ClosedHandle)?;
    match rights.minus(has) {
        Rights::NONE => Ok(()),
        missing => Err(Fault::Denied(missing)),
    }
}

fn pad(words: &[u64]) -> Words {
    let mut result = [0; MAX_WIDTH];
    for (to, from) in result.iter_mut().zip(words) {
        *to = *from;
    }
    result
}

fn shaped(words: &[u64], count: usize, result: &[u64]) -> Option<Words> {
    (words.len() == count).then(|| pad(result))
}

fn one(words: &[u64], f: impl Fn(u64) -> u64) -> Option<Words> {
    match words {
        [a] => Some(pad(&[f(*a)])),
        _ => None,
    }
}

fn binary(
    words: &[u64],
    f: impl Fn(i64, i64) -> Result<i64, Fault>,
) -> Option<Result<Words, Fault>> {
    match words {
        [a, b] => Some(f(*a as i64, *b as i64).map(|n| pad(&[n as u64]))),
        _ => None,
    }
}

fn times(words: &[u64], holds: impl Fn(Ordering) -> bool) -> Option<Words> {
    match words {
        [a, b, c, d] => Some(pad(&[u64::from(holds(time_order([*a, *b], [*c, *d])))])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: u64 = i64::MIN as u64;
    const MAX: u64 = i64::MAX as u64;
    const MINUS_1: u64 = u64::MAX;

    fn first(op: Op, words: &[u64]) -> Result<u64, Fault> {
        eval(op, words)
            .expect("is an op with a meaning here")
            .map(|w| w[0])
    }

    #[test]
    fn arithmetic_says_when_it_does_not_fit() {
        assert_eq!(first(Op::Add, &[MAX, 1]), Err(Fault::Overflow));
        assert_eq!(first(Op::Add, &[MAX, MINUS_1]), Ok(MAX - 1));
        assert_eq!(first(Op::Sub, &[MIN, 1]), Err(Fault::Overflow));
        assert_eq!(first(Op::Mul, &[MIN, MINUS_1]), Err(Fault::Overflow));
        assert_eq!(first(Op::Quot, &[MIN, MINUS_1]), Err(Fault::Overflow));
        assert_eq!(first(Op::Quot, &[MIN, 0]), Err(Fault::DivideByZero));
        assert_eq!(first(Op::Quot, &[-7i64 as u64, 2]), Ok(-3i64 as u64));
    }

    #[test]
    fn comparison_is_signed() {
        assert_eq!(first(Op::Lt, &[MINUS_1, 0]), Ok(1));
        assert_eq!(first(Op::Le, &[0, MINUS_1]), Ok(0));
        assert_eq!(first(Op::Eq, &[MIN, MIN]), Ok(1));
        assert_eq!(first(Op::TimeLt, &[MINUS_1, 999, 0, 0]), Ok(1));
        assert_eq!(first(Op::TimeLt, &[5, 1, 5, 2]), Ok(1));
        assert_eq!(first(Op::TimeLe, &[5, 2, 5, 2]), Ok(1));
        assert_eq!(first(Op::TimeEq, &[5, 2, 5, 1]), Ok(0));
    }

    #[test]
    fn results_carry_their_tag() {
        let ok = eval(Op::Ok, &[7, 8]).unwrap().unwrap();
        assert_eq!(ok[..3], [0, 7, 8]);
        assert_eq!(eval(Op::OkValue, &ok[..3]).unwrap().unwrap()[..2], [7, 8]);
        assert_eq!(first(Op::ErrValue, &ok[..3]), Err(Fault::NotOk));
        let err = eval(Op::Err, &[64]).unwrap().unwrap();
        assert_eq!(err[..3], [1, 64, 0]);
        assert_eq!(first(Op::OkValue, &err[..3]), Err(Fault::NotOk));
        assert_eq!(first(Op::ErrValue, &err[..2]), Ok(64));
        assert_eq!(first(Op::IsOk, &err[..2]), Ok(0));
    }

    #[test]
    fn file_types_are_those_of_the_table() {
        assert_eq!(first(Op::ModeType, &[0o100644]), Ok(8));
        assert_eq!(first(Op::FileTypeOf, &[4]), Ok(4));
        assert_eq!(first(Op::FileTypeOf, &[3]), Ok(0));
        assert_eq!(first(Op::FileTypeOf, &[MINUS_1]), Ok(0));
    }

    #[test]
    fn operands_of_the_wrong_number_have_no_meaning() {
        for op in Op::ALL {
            assert_eq!(
                eval(*op, &[0; MAX_WIDTH + 1]).and_then(Result::ok),
                None,
                "{op:?}"
            );
        }
    }
}
