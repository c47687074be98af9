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
        Op::Rem => binary(words, rem)?,
        Op::Mod => binary(words, modulo)?,
        Op::BitAnd => Ok(two(words, |a, b| a & b)?),
        Op::BitOr => Ok(two(words, |a, b| a | b)?),
        Op::BitXor => Ok(two(words, |a, b| a ^ b)?),
        Op::BitNot => Ok(one(words, |a| !a)?),
        Op::Shl => Ok(two(words, shl)?),
        Op::Shr => Ok(two(words, shr)?),
        Op::Ushr => Ok(two(words, ushr)?),
        Op::Eq => binary(words, |a, b| Ok(i64::from(a == b)))?,
        Op::Lt => binary(words, |a, b| Ok(i64::from(a < b)))?,
        Op::Le => binary(words, |a, b| Ok(i64::from(a <= b)))?,
        Op::Not => Ok(one(words, |a| u64::from(a == 0))?),
        Op::Retype => Ok(one(words, |a| a)?),
        Op::TimeEq => Ok(times(words, Ordering::is_eq)?),
        Op::TimeLt => Ok(times(words, Ordering::is_lt)?),
        Op::TimeLe => Ok(times(words, Ordering::is_le)?),
        Op::TimeAdd => match words {
            [sec, nsec, by] => time_add([*sec, *nsec], *by).map(|time| pad(&time)),
            _ => return None,
        },
        Op::TimeSub => match words {
            [a, b, c, d] => time_sub([*a, *b], [*c, *d]).map(|ns| pad(&[ns])),
            _ => return None,
        },

        Op::FAdd => Ok(floats(words, |a, b| a + b)?),
        Op::FSub => Ok(floats(words, |a, b| a - b)?),
        Op::FMul => Ok(floats(words, |a, b| a * b)?),
        Op::FDiv => Ok(floats(words, |a, b| a / b)?),
        Op::FRem => Ok(floats(words, |a, b| a % b)?),
        Op::FPow => Ok(floats(words, f64::powf)?),
        Op::FNeg => Ok(one_float(words, |a| -a)?),
        Op::FSqrt => Ok(one_float(words, f64::sqrt)?),
        Op::FFloor => Ok(one_float(words, f64::floor)?),
        Op::FCeil => Ok(one_float(words, f64::ceil)?),
        Op::FRound => Ok(one_float(words, f64::round)?),
        Op::FTrunc => Ok(one_float(words, f64::trunc)?),
        Op::FEq => Ok(compared(words, |a, b| a == b)?),
        Op::FLt => Ok(compared(words, |a, b| a < b)?),
        Op::FLe => Ok(compared(words, |a, b| a <= b)?),
        Op::FloatOfInt => Ok(one(words, |n| float_word(n as i64 as f64))?),
        Op::IntOfFloat => match words {
            [word] => int_of_float(float(*word)).map(|n| pad(&[n as u64])),
            _ => return None,
        },

        Op::PathOfName => Ok(shaped(words, 2, words)?),
        Op::ModeType => Ok(one(words, mode_type)?),
        Op::FileTypeOf => Ok(one(words, file_type)?),

        Op::Desc if words.len() <= MAX_WIDTH => Ok(pad(words)),
        Op::Some => {
            let mut result = [0; MAX_WIDTH];
            result[0] = 1;
            result.get_mut(1..=words.len())?.copy_from_slice(words);
            Ok(result)
        }
        Op::IsSome | Op::SomeValue if !(1..=MAX_WIDTH).contains(&words.len()) => return None,
        Op::IsSome => Ok(pad(&[u64::from(*words.first()? != 0)])),
        Op::SomeValue => match words {
            [0, ..] => Err(Fault::Absent),
            [_, value @ ..] => Ok(pad(value)),
            _ => return None,
        },

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

        Op::Unit | Op::Bool | Op::Int | Op::Float | Op::Str | Op::Path => return None,
        Op::None | Op::Desc | Op::Case | Op::Tag | Op::CaseGet => return None,
        Op::ArrayLen | Op::ArrayGet | Op::ArraySet => return None,
        library_ops!() => return None,
        Op::BytesEq | Op::PathOfStr => return None,
        Op::Record | Op::Get => return None,
        Op::Entry | Op::EntryDir | Op::EntryName | Op::EntryIno | Op::EntryType => return None,
        Op::Builder | Op::Push | Op::Freeze | Op::Len | Op::At | Op::Yield => return None,
        Op::Permit | Op::CloseDir | Op::CloseListing | Op::CloseFile | Op::Resolve => return None,
        Op::Region | Op::Release => return None,
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

/// What is left of the quotient towards zero.
pub fn rem(a: i64, b: i64) -> Result<i64, Fault> {
    match b {
        0 => Err(Fault::DivideByZero),
        _ => Ok(a.wrapping_rem(b)),
    }
}

/// What is left of the quotient rounded down.
pub fn modulo(a: i64, b: i64) -> Result<i64, Fault> {
    let left = rem(a, b)?;
    let other_sign = left != 0 && (left ^ b) < 0;
    Ok(if other_sign { left + b } else { left })
}

/// Bits moved up.
pub fn shl(a: u64, by: u64) -> u64 {
    a << (by & 63)
}

/// Bits moved down, the sign kept.
pub fn shr(a: u64, by: u64) -> u64 {
    (a as i64 >> (by & 63)) as u64
}

/// Bits moved down, zeros above.
pub fn ushr(a: u64, by: u64) -> u64 {
    a >> (by & 63)
}

/// The number that a float's word is. Any NaN is the same one, so that nothing depends on which it is: what processors
/// make of it differs.
pub fn float(word: u64) -> f64 {
    let n = f64::from_bits(word);
    if n.is_nan() { f64::NAN } else { n }
}

/// The word of a float, as [`float`] reads it.
pub fn float_word(n: f64) -> u64 {
    if n.is_nan() { f64::NAN } else { n }.to_bits()
}

/// The integer that a float is without its fraction.
pub fn int_of_float(n: f64) -> Result<i64, Fault> {
    /// 2^63: the least float that is too great. Its negation is the least that is not too small.
    const END: f64 = 9_223_372_036_854_775_808.0;
    match (-END..END).contains(&n) {
        true => Ok(n as i64),
        false => Err(Fault::Overflow),
    }
}

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;

/// The time that is `by` nanoseconds later.
pub fn time_add([sec, nsec]: [u64; 2], by: u64) -> Result<[u64; 2], Fault> {
    let by = by as i64;
    let (mut seconds, mut nanoseconds) = (by.div_euclid(SECOND), by.rem_euclid(SECOND) as u64);
    nanoseconds = nanoseconds.wrapping_add(nsec);
    if nanoseconds >= SECOND as u64 {
        nanoseconds -= SECOND as u64;
        seconds += 1;
    }
    let sec = (sec as i64).checked_add(seconds).ok_or(Fault::Overflow)?;
    Ok([sec as u64, nanoseconds])
}

/// The nanoseconds from `b` to `a`.
pub fn time_sub(a: [u64; 2], b: [u64; 2]) -> Result<u64, Fault> {
    let seconds = (a[0] as i64).checked_sub(b[0] as i64);
    let mut seconds = seconds.ok_or(Fault::Overflow)?;
    let mut nanoseconds = a[1].wrapping_sub(b[1]) as i64;
    // Of one sign: then the product only overflows if the whole does.
    if seconds < 0 && nanoseconds > 0 {
        (seconds, nanoseconds) = (seconds + 1, nanoseconds - SECOND);
    } else if seconds > 0 && nanoseconds < 0 {
        (seconds, nanoseconds) = (seconds - 1, nanoseconds + SECOND);
    }
    let whole = seconds
        .checked_mul(SECOND)
        .and_then(|ns| ns.checked_add(nanoseconds));
    whole.map(|ns| ns as u64).ok_or(Fault::Overflow)
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

fn two(words: &[u64], f: impl Fn(u64, u64) -> u64) -> Option<Words> {
    match words {
        [a, b] => Some(pad(&[f(*a, *b)])),
        _ => None,
    }
}

fn one_float(words: &[u64], f: impl Fn(f64) -> f64) -> Option<Words> {
    one(words, |a| float_word(f(float(a))))
}

fn floats(words: &[u64], f: impl Fn(f64, f64) -> f64) -> Option<Words> {
    two(words, |a, b| float_word(f(float(a), float(b))))
}

fn compared(words: &[u64], holds: impl Fn(f64, f64) -> bool) -> Option<Words> {
    two(words, |a, b| u64::from(holds(float(a), float(b))))
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
    fn remainders_have_a_sign_each() {
        let n = |n: i64| n as u64;
        let cases = [
            (7, 3, 1, 1),
            (-7, 3, -1, 2),
            (7, -3, 1, -2),
            (-7, -3, -1, -1),
            (-6, 3, 0, 0),
            (i64::MIN, -1, 0, 0),
            (i64::MIN, i64::MAX, -1, i64::MAX - 1),
            (i64::MAX, i64::MIN, i64::MAX, -1),
        ];
        for (a, b, rem, modulo) in cases {
            assert_eq!(first(Op::Rem, &[n(a), n(b)]), Ok(n(rem)), "{a} rem {b}");
            assert_eq!(first(Op::Mod, &[n(a), n(b)]), Ok(n(modulo)), "{a} mod {b}");
        }
        assert_eq!(first(Op::Rem, &[7, 0]), Err(Fault::DivideByZero));
        assert_eq!(first(Op::Mod, &[0, 0]), Err(Fault::DivideByZero));
    }

    #[test]
    fn shifts_take_six_bits_of_the_amount() {
        assert_eq!(first(Op::Shl, &[1, 63]), Ok(MIN));
        assert_eq!(first(Op::Shl, &[3, 64]), Ok(3));
        assert_eq!(first(Op::Shr, &[MIN, 63]), Ok(MINUS_1));
        assert_eq!(first(Op::Shr, &[MIN, MINUS_1]), Ok(MINUS_1));
        assert_eq!(first(Op::Ushr, &[MINUS_1, 60]), Ok(15));
        assert_eq!(first(Op::Ushr, &[MINUS_1, 64 + 60]), Ok(15));
        assert_eq!(first(Op::BitNot, &[0]), Ok(MINUS_1));
        assert_eq!(first(Op::BitXor, &[6, 3]), Ok(5));
    }

    #[test]
    fn floats_are_those_of_ieee() {
        let words = |all: &[f64]| all.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
        let float = |op, all: &[f64]| float(first(op, &words(all)).unwrap());
        let same = |a: f64, b: f64| assert_eq!(a.to_bits(), b.to_bits(), "{a:?} {b:?}");
        same(float(Op::FAdd, &[0.1, 0.2]), 0.30000000000000004);
        same(float(Op::FDiv, &[-1.0, 0.0]), f64::NEG_INFINITY);
        same(float(Op::FDiv, &[0.0, 0.0]), f64::NAN);
        same(float(Op::FSqrt, &[-1.0]), f64::NAN);
        same(float(Op::FSqrt, &[-0.0]), -0.0);
        same(float(Op::FNeg, &[0.0]), -0.0);
        same(float(Op::FRem, &[-7.5, 2.0]), -1.5);
        same(float(Op::FPow, &[2.0, -1.0]), 0.5);
        same(float(Op::FFloor, &[-0.5]), -1.0);
        same(float(Op::FCeil, &[-0.5]), -0.0);
        same(float(Op::FTrunc, &[-1.5]), -1.0);
        same(float(Op::FRound, &[0.5]), 1.0);
        same(float(Op::FRound, &[-2.5]), -3.0);
        same(float(Op::FRound, &[0.49999999999999994]), 0.0);
        for op in [Op::FEq, Op::FLt, Op::FLe] {
            for pair in [[f64::NAN; 2], [f64::NAN, 1.0], [1.0, f64::NAN]] {
                assert_eq!(first(op, &words(&pair)), Ok(0), "{op:?}");
            }
        }
        assert_eq!(first(Op::FEq, &words(&[0.0, -0.0])), Ok(1));
        assert_eq!(first(Op::FLt, &words(&[-0.0, 0.0])), Ok(0));
        assert_eq!(first(Op::FLe, &words(&[-0.0, 0.0])), Ok(1));
    }

    #[test]
    fn all_that_is_made_of_a_nan_is_the_same_one() {
        let nans = [
            f64::NAN.to_bits(),
            0xfff8_0000_0000_0000,
            0x7ff0_0000_0000_0001,
        ];
        for nan in nans {
            assert_eq!(first(Op::FNeg, &[nan]), Ok(nans[0]));
            assert_eq!(first(Op::FAdd, &[nan, 0]), Ok(nans[0]));
            assert_eq!(float(nan).to_bits(), nans[0]);
        }
    }

    #[test]
    fn floats_become_integers_if_they_fit() {
        let int = |n: f64| first(Op::IntOfFloat, &[n.to_bits()]).map(|n| n as i64);
        assert_eq!(int(-1.9), Ok(-1));
        assert_eq!(int(-9_223_372_036_854_775_808.0), Ok(i64::MIN));
        assert_eq!(int(9_223_372_036_854_774_784.0), Ok(i64::MAX - 1023));
        assert_eq!(int(9_223_372_036_854_775_808.0), Err(Fault::Overflow));
        assert_eq!(int(-9_223_372_036_854_777_856.0), Err(Fault::Overflow));
        for n in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(int(n), Err(Fault::Overflow));
        }
        let float = |n: i64| first(Op::FloatOfInt, &[n as u64]).map(f64::from_bits);
        assert_eq!(float(i64::MAX), Ok(9_223_372_036_854_775_808.0));
        assert_eq!(float((1 << 53) + 1), Ok(9_007_199_254_740_992.0));
    }

    #[test]
    fn times_and_durations() {
        let n = |n: i64| n as u64;
        let add = |sec, nsec, by| time_add([n(sec), nsec], n(by)).map(|t| (t[0] as i64, t[1]));
        assert_eq!(add(5, 999_999_999, 1), Ok((6, 0)));
        assert_eq!(add(5, 0, -1), Ok((4, 999_999_999)));
        assert_eq!(
            add(0, 999_999_999, i64::MAX),
            Ok((9_223_372_037, 854_775_806))
        );
        assert_eq!(add(0, 0, i64::MIN), Ok((-9_223_372_037, 145_224_192)));
        assert_eq!(add(i64::MAX, 999_999_999, 1), Err(Fault::Overflow));
        assert_eq!(add(i64::MIN, 0, -1), Err(Fault::Overflow));
        assert_eq!(add(i64::MIN, 1, -1), Ok((i64::MIN, 0)));
        let sub = |a: (i64, u64), b: (i64, u64)| {
            time_sub([n(a.0), a.1], [n(b.0), b.1]).map(|ns| ns as i64)
        };
        assert_eq!(sub((6, 0), (5, 999_999_999)), Ok(1));
        assert_eq!(sub((5, 0), (5, 1)), Ok(-1));
        // Where the seconds alone would not fit.
        assert_eq!(sub((9_223_372_037, 0), (0, 145_224_193)), Ok(i64::MAX));
        assert_eq!(
            sub((9_223_372_037, 0), (0, 145_224_192)),
            Err(Fault::Overflow)
        );
        assert_eq!(sub((-9_223_372_037, 145_224_192), (0, 0)), Ok(i64::MIN));
        assert_eq!(
            sub((-9_223_372_037, 145_224_191), (0, 0)),
            Err(Fault::Overflow)
        );
        assert_eq!(sub((i64::MAX, 0), (-1, 0)), Err(Fault::Overflow));
        assert_eq!(sub((i64::MIN, 0), (1, 0)), Err(Fault::Overflow));
    }

    proptest::proptest! {
        #[test]
        fn times_differ_by_what_is_added(sec: i64, nsec in 0..1_000_000_000u64, by: i64) {
            let total = i128::from(sec) * 1_000_000_000 + i128::from(nsec) + i128::from(by);
            let whole = i64::try_from(total.div_euclid(1_000_000_000));
            let added = time_add([sec as u64, nsec], by as u64);
            match whole {
                Ok(whole) => {
                    let left = total.rem_euclid(1_000_000_000) as u64;
                    assert_eq!(added, Ok([whole as u64, left]));
                    assert_eq!(time_sub(added.unwrap(), [sec as u64, nsec]), Ok(by as u64));
                }
                Err(_) => assert_eq!(added, Err(Fault::Overflow)),
            }
        }
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
