//! The memory of compiled code is never writable and executable at once, and is gone with its owner. Alone in its
//! process: other tests map code too.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{module, options, program};
use sawmill_jit::{Compiled, Opt, Stubs, compile};

const DOUBLE: &str = "sawir 1\nentry fn @0 main(%0: int \"a\") -> int {\n\
    ^0(%0) s0:\n  %1: int = add %0 %0\n  return %1\n}\n";

/// Bytes that are executable, and whether any of them are writable.
fn executable() -> (usize, bool) {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let (mut bytes, mut both) = (0, false);
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, access) = (words.next().unwrap(), words.next().unwrap());
        let (start, end) = range.split_once('-').unwrap();
        let at = |text| usize::from_str_radix(text, 16).unwrap();
        if access.contains('x') {
            bytes += at(end) - at(start);
            both |= access.contains('w');
        }
    }
    (bytes, both)
}

#[test]
fn compiling_leaves_nothing_behind() {
    let programs = [program("founding"), program("walk"), module(DOUBLE)];
    let options = options(Stubs::Native, Opt::Speed);
    let before = executable();
    for _ in 0..100 {
        for program in &programs {
            drop(compile(program, options).unwrap());
        }
    }
    assert_eq!(executable(), before);
    let held: Vec<Compiled> = programs
        .iter()
        .map(|p| compile(p, options).unwrap())
        .collect();
    let (bytes, both) = executable();
    assert!(bytes >= before.0 + 3 * 4096, "code that is held is mapped");
    assert!(!both, "a page is writable and executable");
    drop(held);
    assert_eq!(executable(), before);
}
