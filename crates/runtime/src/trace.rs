//! A kernel that writes down the calls made through it.
//!
//! A line says the same whatever kernel is beneath and wherever it ran: descriptors are told by the order in which they
//! were opened (`fd0`), flags by name, errors by name, what was read from a listing by whether it was anything. So the
//! lines of two runs that made the same calls are equal.

use sawmill_ir::Arch;
use sawmill_ir::errno::errno_name;
use sawmill_ir::flags::{FlagSet, Flags};
use sawmill_ir::host::Kernel;
use sawmill_ir::layout::{TIMESPEC, UTIME_OMIT};
use sawmill_ir::syscalls::catalogue::Version;
use sawmill_ir::syscalls::{Arg, Number, Ret, Sys};
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// Wraps a kernel and writes down its calls.
pub struct TraceKernel<K> {
    inner: K,
    lines: Trace,
    /// The descriptor of each order number; none once it is closed.
    opened: Vec<Option<i32>>,
}

/// The lines written so far; a clone is the same.
#[derive(Clone, Debug, Default)]
pub struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    /// A copy of the lines.
    pub fn lines(&self) -> Vec<String> {
        self.with(|lines| lines.clone())
    }
    /// Takes the lines away.
    pub fn take(&self) -> Vec<String> {
        self.with(std::mem::take)
    }
    fn with<R>(&self, f: impl FnOnce(&mut Vec<String>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K: Kernel> TraceKernel<K> {
    /// Writes down what `inner` is asked for, and the trace to read it from.
    pub fn new(inner: K) -> (TraceKernel<K>, Trace) {
        let lines = Trace::default();
        let kernel = TraceKernel {
            inner,
            lines: lines.clone(),
            opened: Vec::new(),
        };
        (kernel, lines)
    }

    fn descriptor(&self, fd: u64) -> String {
        const AT_FDCWD: i32 = -100;
        let fd = fd as i32;
        match self.opened.iter().position(|open| *open == Some(fd)) {
            Some(order) => format!("fd{order}"),
            None if fd == AT_FDCWD => "AT_FDCWD".into(),
            None => format!("fd?{fd}"),
        }
    }

    fn arguments(&self, sys: Sys, args: &[u64; 6], memory: &[u8]) -> String {
        let mut line = String::new();
        for (i, (arg, word)) in sys.row().args.iter().zip(args).enumerate() {
            let text = match *arg {
                Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => {
                    self.descriptor(*word)
                }
                Arg::Name | Arg::Path | Arg::Text | Arg::Dot | Arg::Empty => quoted(memory, *word),
                Arg::Flags { set, .. } => flags(set, *word),
                Arg::One { set, of } => one(set, of, *word),
                Arg::How { create, .. } => {
                    let [how, mode, resolve] = [0, 8, 16].map(|n| load(memory, word + n));
                    let how = flags(FlagSet::Open, how);
                    debug_assert!(create || mode == 0, "a mode where none is taken");
                    format!("{{{how}, mode {mode:#o}, resolve {resolve:#x}}}")
                }
                Arg::Int(Number::Mode) => format!("{word:#o}"),
                Arg::Int(_) | Arg::Const(_) => (*word as i64).to_string(),
                Arg::TimeIn | Arg::DurationIn => timespec(memory, *word),
                Arg::TimePair => {
                    let both = [*word, word + TIMESPEC].map(|at| timespec(memory, at));
                    both.join(", ")
                }
                Arg::OffsetIn => load(memory, *word).to_string(),
                Arg::BufSize | Arg::Len | Arg::Room => word.to_string(),
                Arg::BytesIn => {
                    let len = args.get(i + 1).copied().unwrap_or(0);
                    told(memory, *word, len)
                }
                Arg::HowSize | Arg::BufOut | Arg::BytesOut | Arg::StructOut(_) => continue,
                Arg::Within(_) | Arg::Later(_) => continue,
            };
            line += if line.is_empty() { "" } else { ", " };
            line += &text;
        }
        match sys {
            Sys::Close => self.descriptor(args[0]),
            _ => line,
        }
    }

    fn result(&mut self, sys: Sys, args: &[u64; 6], result: i64) -> String {
        if sys == Sys::Close {
            let closed = Some(args[0] as i32);
            self.opened
                .iter_mut()
                .filter(|fd| **fd == closed)
                .for_each(|fd| *fd = None);
        }
        match sys.row().ret {
            _ if result < 0 => errno_name(result.unsigned_abs() as i32).into(),
            Ret::Dir | Ret::File | Ret::Listing | Ret::Object(_) => {
                self.opened.push(Some(result as i32));
                format!("fd{}", self.opened.len() - 1)
            }
            Ret::Unit => "ok".into(),
            Ret::Int | Ret::Bytes if result == 0 => "0".into(),
            Ret::Int | Ret::Bytes => ">0".into(),
        }
    }
}

impl<K: Kernel> Kernel for TraceKernel<K> {
    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64 {
        let arguments = self.arguments(sys, args, memory);
        let result = self.inner.call(sys, args, memory);
        let told = self.result(sys, args, result);
        let line = format!("{}({arguments}) = {told}", sys.row().name);
        self.lines.with(|lines| lines.push(line));
        result
    }

    fn vet(&mut self, fd: i32) -> Result<(), i32> {
        self.inner.vet(fd)
    }

    // Not the program's call.
    fn release(&mut self) -> Option<Version> {
        self.inner.release()
    }
}

/// A set of flags by name; bits that are none of its rows as a number.
fn flags(set: FlagSet, number: u64) -> String {
    let (known, rest) = set.of(number, Arch::HOST);
    match rest {
        0 => known.to_string(),
        _ if known.bits == 0 => format!("{rest:#x}"),
        _ => format!("{known}|{rest:#x}"),
    }
}

/// The one of these that a number is; else the number.
fn one(set: FlagSet, of: u32, number: u64) -> String {
    let bits = (0..u32::BITS).map(|n| 1 << n).filter(|bit| of & bit != 0);
    let mut all = bits.map(|bits| Flags { set, bits });
    let found = all.find(|flag| flag.number(Arch::HOST) == number);
    found.map_or_else(|| format!("{number:#x}"), |flag| flag.to_string())
}

/// A `struct timespec`: seconds and nanoseconds.
fn timespec(memory: &[u8], at: u64) -> String {
    match load(memory, at + 8) {
        UTIME_OMIT => "omit".into(),
        nanoseconds => format!("{}.{nanoseconds:09}", load(memory, at) as i64),
    }
}

/// How many bytes that are given to a call are told.
const TOLD: usize = 32;

/// The first of so many bytes at an offset.
fn told(memory: &[u8], at: u64, len: u64) -> String {
    let bytes = usize::try_from(at).ok().and_then(|at| memory.get(at..));
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let bytes = bytes.map_or(&[][..], |b| &b[..b.len().min(len)]);
    let text = bytes[..bytes.len().min(TOLD)].escape_ascii();
    let more = if len > TOLD { ".." } else { "" };
    format!("\"{text}\"{more}")
}

/// The NUL-terminated bytes at an offset, as a Rust byte string would be written.
fn quoted(memory: &[u8], at: u64) -> String {
    let bytes = usize::try_from(at).ok().and_then(|at| memory.get(at..));
    let bytes = bytes.unwrap_or(&[]);
    let end = bytes.iter().take(4096).position(|b| *b == 0);
    let mut text = String::from("\"");
    for byte in &bytes[..end.unwrap_or(0)] {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", byte.escape_ascii());
    }
    text + "\""
}

fn load(memory: &[u8], at: u64) -> u64 {
    let bytes = usize::try_from(at).ok().and_then(|at| memory.get(at..));
    let word = bytes.and_then(|b| b.first_chunk());
    word.map_or(0, |b| u64::from_le_bytes(*b))
}
