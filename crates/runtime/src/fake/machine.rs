//! What the fake kernel says of the machine and the process: always the same.

use super::calls::{EINVAL, Result, read_word};
use sawmill_ir::structs::StructId;
use sawmill_ir::syscalls::catalogue::Version;

const ESRCH: i32 = 3;
const PID: i64 = 2;
const PARENT: i64 = 1;
/// The time that it is, and that no call changes.
const NOW: (u64, u64) = (1_700_000_000, 123_456_789);

/// A call that is about neither files nor names, if it is known.
pub(super) fn call(
    version: Version,
    kernel: &str,
    args: &[u64; 6],
    memory: &mut [u8],
) -> Option<Result<i64>> {
    let [a, b, c, ..] = *args;
    Some(Ok(match kernel {
        "getppid" => PARENT,
        "getpid" | "gettid" => PID,
        "getuid" => 1000,
        "getresuid" | "getresgid" => {
            numbers(memory, &[(a, 1000), (b, 1000), (c, 1000)]);
            0
        }
        "getcpu" => {
            numbers(memory, &[(a, 3), (b, 0)]);
            0
        }
        "getpriority" => 20,
        "sched_yield" => 0,
        "kill" if [0, PARENT, PID].contains(&i64::from(a as i32)) && b == 0 => 0,
        "kill" => return Some(Err(ESRCH)),
        "getrandom" => {
            for (n, byte) in memory[a as usize..][..b as usize].iter_mut().enumerate() {
                *byte = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[1];
            }
            b as i64
        }
        "nanosleep" if (read_word(memory, a) as i64) < 0 => return Some(Err(EINVAL)),
        "nanosleep" => 0,
        "clock_gettime" => {
            fill(memory, b, StructId::Timespec, &[(0, NOW.0), (8, NOW.1)]);
            0
        }
        "getrusage" => {
            let used = [(0, 1), (8, 500_000), (24, 250_000), (32, 4096), (128, 3)];
            fill(memory, b, StructId::Rusage, &used);
            0
        }
        "sysinfo" => {
            let known = [(0, 3600), (32, 1 << 30), (40, 1 << 29), (80, 5), (104, 1)];
            fill(memory, a, StructId::Sysinfo, &known);
            0
        }
        "uname" => {
            fill(memory, a, StructId::Utsname, &[]);
            let release = format!("{version}.0");
            let texts = ["Linux", "fake", &release, "#1", "machine", "(none)"];
            for (n, text) in texts.iter().enumerate() {
                memory[a as usize + 65 * n..][..text.len()].copy_from_slice(text.as_bytes());
            }
            0
        }
        _ => return None,
    }))
}

/// Writes numbers of 32 bits, each through its own pointer.
fn numbers(memory: &mut [u8], all: &[(u64, u32)]) {
    for (at, number) in all {
        memory[*at as usize..][..4].copy_from_slice(&number.to_le_bytes());
    }
}

/// Writes a structure: these words at these offsets, and zeros.
fn fill(memory: &mut [u8], at: u64, id: StructId, words: &[(usize, u64)]) {
    let out = &mut memory[at as usize..][..id.row().size() as usize];
    out.fill(0);
    for (offset, word) in words {
        out[*offset..offset + 8].copy_from_slice(&word.to_le_bytes());
    }
}
