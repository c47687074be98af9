//! Decimal numbers written straight into a buffer, without an allocation of their own: the rows of a long run are mostly digits.

use std::io::Write;

/// The digits of 00 to 99, two bytes each.
static PAIRS: [u8; 200] = pairs();

const fn pairs() -> [u8; 200] {
    let mut table = [0; 200];
    let mut n = 0;
    while n < 100 {
        table[n * 2] = b'0' + (n / 10) as u8;
        table[n * 2 + 1] = b'0' + (n % 10) as u8;
        n += 1;
    }
    table
}

/// Appends an unsigned number.
pub(crate) fn push_u64(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    while n >= 100 {
        at -= 2;
        let pair = (n % 100) as usize * 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
        n /= 100;
    }
    if n >= 10 {
        at -= 2;
        let pair = n as usize * 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        digits[at] = b'0' + n as u8;
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a signed number.
pub(crate) fn push_i64(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    push_u64(out, n.unsigned_abs());
}

/// Appends a float with the fewest digits that are read as it; null for what is no number or infinite.
pub(crate) fn push_f64(out: &mut Vec<u8>, n: f64) {
    if n.is_finite() {
        // Writing to a vector does not fail.
        let _ = write!(out, "{n:?}");
    } else {
        out.extend_from_slice(b"null");
    }
}

/// Appends a point in time as nanoseconds since the epoch. They exceed 64 bits after the year 2262, and a file
/// system may hold such a time, so the arithmetic is in 128 bits and the number is always exact.
pub(crate) fn push_nanoseconds(out: &mut Vec<u8>, sec: i64, nsec: u64) {
    /// Ten to the 18th: what is left above and below it fits in 64 bits.
    const SPLIT: u128 = 1_000_000_000_000_000_000;
    let total = i128::from(sec) * 1_000_000_000 + i128::from(nsec);
    if let Ok(small) = i64::try_from(total) {
        return push_i64(out, small);
    }
    if total < 0 {
        out.push(b'-');
    }
    let size = total.unsigned_abs();
    let (high, low) = ((size / SPLIT) as u64, (size % SPLIT) as u64);
    if high > 0 {
        push_u64(out, high);
        out.extend_from_slice(format!("{low:018}").as_bytes());
    } else {
        push_u64(out, low);
    }
}

/// The number that stat(2) gives as `st_dev` for a device word (major in the upper half): the C library's `makedev`.
pub(crate) fn st_dev(word: u64) -> u64 {
    let (major, minor) = (word >> 32, word & 0xffff_ffff);
    (major & 0xffff_f000) << 32
        | (major & 0xfff) << 8
        | (minor & 0xffff_ff00) << 12
        | (minor & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(f: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        f(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn extremes_are_exact() {
        for n in [0, 9, 10, 99, 100, 101, 999, u64::MAX] {
            assert_eq!(written(|o| push_u64(o, n)), n.to_string());
        }
        for n in [0, -1, i64::MIN, i64::MAX] {
            assert_eq!(written(|o| push_i64(o, n)), n.to_string());
        }
    }

    #[test]
    fn device_numbers_are_those_of_stat() {
        assert_eq!(st_dev(8 << 32 | 1), 0x801);
        assert_eq!(st_dev(0xfd << 32), 64768);
        // Minors beyond eight bits, as anonymous devices and device mapper have, lie above the major.
        assert_eq!(st_dev(259 << 32 | 0x1ff), 0x100000 | 259 << 8 | 0xff);
        assert_eq!(st_dev(0x1234_5678 << 32), 0x1234_5000 << 32 | 0x678 << 8);
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_standard_library(n: u64, sec: i64, nsec in 0..1_000_000_000u64) {
            prop_assert_eq!(written(|o| push_u64(o, n)), n.to_string());
            prop_assert_eq!(written(|o| push_i64(o, n as i64)), (n as i64).to_string());
            let float = f64::from_bits(n);
            if float.is_finite() {
                let read: f64 = written(|o| push_f64(o, float)).parse().unwrap();
                prop_assert_eq!(read.to_bits(), n);
            }
            let total = i128::from(sec) * 1_000_000_000 + i128::from(nsec);
            prop_assert_eq!(written(|o| push_nanoseconds(o, sec, nsec)), total.to_string());
        }
    }
}
