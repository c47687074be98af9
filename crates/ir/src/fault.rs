//! What can go wrong in a run, as a word that both engines pass around, as an object in the run's memory that a
//! program can catch, and as a [`Failure`] that a host can read.
//!
//! An error object holds no text: the fault, the site (function and instruction), and the operands of the failing
//! instruction. The rest is looked up in the module when somebody asks, so a full message costs nothing while hot.
//! In memory: word 0 the fault, word 1 the site, then the operands' words; bytes are copied beside it, and a handle
//! is told by the path it was opened with.

use crate::errno::{errno_meaning, errno_name};
use crate::host::Host;
use crate::module::{FuncId, Function, Imm, Inst, Module, Span, Value};
use crate::ops::Op;
use crate::rights::Rights;
use crate::syscalls::catalogue::{self, Version};
use crate::ty::Type;
use crate::value::{Data, View};
use std::borrow::Borrow;

/// What went wrong. Aligned like a word, so that what gives words or a fault has both in the same place, and is moved by
/// whole words: pieces of words that were just written are waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(align(8))]
pub enum Fault {
    /// The kernel refused: an errno.
    Errno(i32),
    /// The result of an arithmetic operation does not fit.
    Overflow,
    /// A division by zero.
    DivideByZero,
    /// An index or offset out of bounds.
    Index,
    /// A name that is not one component.
    BadName,
    /// A NUL byte in what should become a path.
    NulInPath,
    /// A handle that has been closed.
    ClosedHandle,
    /// The value of an error was asked for, or the error of a value.
    NotOk,
    /// The value of none was asked for.
    Absent,
    /// The program's own error: its message is the operand.
    User,
    /// Bytes that are not UTF-8 where text is wanted.
    Utf8,
    /// A format that is none, or not for these values.
    Format,
    /// A key that a map does not have.
    NoKey,
    /// A value that the operation does not take.
    BadArgument,
    /// A handle lacks these rights at run time.
    Denied(Rights),
    /// The run's memory limit.
    Memory,
    /// The run's limit of open handles.
    Handles,
    /// The host asked the run to stop.
    Interrupted,
    /// The time that the run had is over.
    Deadline,
    /// Calls nest too deep.
    Depth,
    /// The host takes no more rows.
    Output,
    /// The program asked to end with this exit status.
    Exit(u8),
}

/// Who may catch it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// `try` catches it.
    Error,
    /// Our policy said no; never caught.
    Denied,
    /// A limit, the host or the program itself ended the run; never caught.
    Stop,
}

impl Fault {
    /// As one word: a kind in the upper half, a detail in the lower.
    pub fn to_word(self) -> u64 {
        let (kind, detail) = match self {
            Fault::Errno(n) => (1, n as u32),
            Fault::Overflow => (2, 0),
            Fault::DivideByZero => (3, 0),
            Fault::Index => (4, 0),
            Fault::BadName => (5, 0),
            Fault::NulInPath => (6, 0),
            Fault::ClosedHandle => (7, 0),
            Fault::NotOk => (8, 0),
            Fault::Denied(r) => (9, r.bits()),
            Fault::Memory => (10, 0),
            Fault::Handles => (11, 0),
            Fault::Interrupted => (12, 0),
            Fault::Deadline => (21, 0),
            Fault::Depth => (13, 0),
            Fault::Output => (14, 0),
            Fault::Absent => (15, 0),
            Fault::User => (16, 0),
            Fault::Utf8 => (17, 0),
            Fault::Format => (18, 0),
            Fault::NoKey => (19, 0),
            Fault::BadArgument => (20, 0),
            Fault::Exit(status) => (22, u32::from(status)),
        };
        kind << 32 | u64::from(detail)
    }

    /// From a word of [`Fault::to_word`].
    pub fn from_word(word: u64) -> Option<Fault> {
        let detail = word as u32;
        Some(match word >> 32 {
            1 => Fault::Errno(detail as i32),
            2 => Fault::Overflow,
            3 => Fault::DivideByZero,
            4 => Fault::Index,
            5 => Fault::BadName,
            6 => Fault::NulInPath,
            7 => Fault::ClosedHandle,
            8 => Fault::NotOk,
            9 => Fault::Denied(Rights::from_bits(detail)),
            10 => Fault::Memory,
            11 => Fault::Handles,
            12 => Fault::Interrupted,
            21 => Fault::Deadline,
            13 => Fault::Depth,
            14 => Fault::Output,
            15 => Fault::Absent,
            16 => Fault::User,
            17 => Fault::Utf8,
            18 => Fault::Format,
            19 => Fault::NoKey,
            20 => Fault::BadArgument,
            22 => Fault::Exit(detail as u8),
            _ => return None,
        })
    }

    /// Who may catch it.
    pub fn class(self) -> Class {
        match self {
            Fault::Denied(_) => Class::Denied,
            Fault::Memory
            | Fault::Handles
            | Fault::Interrupted
            | Fault::Deadline
            | Fault::Depth
            | Fault::Output
            | Fault::Exit(_) => Class::Stop,
            _ => Class::Error,
        }
    }

    /// A stable short code: the errno's name, or a word.
    pub fn code(self) -> &'static str {
        match self {
            Fault::Errno(n) => errno_name(n),
            Fault::Overflow => "overflow",
            Fault::DivideByZero => "divide-by-zero",
            Fault::Index => "index",
            Fault::BadName => "bad-name",
            Fault::NulInPath => "nul-in-path",
            Fault::ClosedHandle => "closed-handle",
            Fault::NotOk => "not-ok",
            Fault::Denied(_) => "denied",
            Fault::Memory => "memory-limit",
            Fault::Handles => "handle-limit",
            Fault::Interrupted => "interrupted",
            Fault::Deadline => "deadline",
            Fault::Depth => "depth-limit",
            Fault::Output => "output-closed",
            Fault::Absent => "absent",
            Fault::User => "user",
            Fault::Utf8 => "utf-8",
            Fault::Format => "format",
            Fault::NoKey => "no-key",
            Fault::BadArgument => "bad-argument",
            Fault::Exit(_) => "exit",
        }
    }

    /// What it means, in words.
    pub fn meaning(self) -> String {
        match self {
            Fault::Errno(n) => errno_meaning(n).to_string(),
            Fault::Overflow => "the result does not fit in 64 bits".into(),
            Fault::DivideByZero => "division by zero".into(),
            Fault::Index => "the index is out of bounds".into(),
            Fault::BadName => "the name is not a single component".into(),
            Fault::NulInPath => "a path cannot hold a NUL byte".into(),
            Fault::ClosedHandle => "the handle is closed".into(),
            Fault::NotOk => "the result is not what was asked of it".into(),
            Fault::Denied(Rights::NONE) => "no directory of its own was granted".into(),
            Fault::Denied(r) => format!("the handle lacks the right {r}"),
            Fault::Memory => "the memory limit of the run is reached".into(),
            Fault::Handles => "the limit of open handles is reached".into(),
            Fault::Interrupted => "interrupted".into(),
            Fault::Deadline => "the time limit of the run is reached".into(),
            Fault::Depth => "calls nest too deep".into(),
            Fault::Output => "the output is closed".into(),
            Fault::Absent => "there is no value (none)".into(),
            Fault::User => "the program says so".into(),
            Fault::Utf8 => "the bytes are not UTF-8".into(),
            Fault::Format => "the format does not fit the values".into(),
            Fault::NoKey => "the map has no such key".into(),
            Fault::BadArgument => "the value is not what the operation takes".into(),
            Fault::Exit(status) => format!("the program ended itself with status {status}"),
        }
    }
}

/// The instruction an error comes from: function in the upper half, its result's value in the lower.
pub fn site(func: FuncId, result: Value) -> u64 {
    u64::from(func.0) << 32 | u64::from(result.0)
}

/// Makes an error object of `fault` at `site` from the failing instruction's operands (`words`, laid out by
/// `types`), and gives its offset. Bytes are copied, of many the first: what failed to be written needs no room twice. A
/// program's own message is kept whole. Handles become the bytes of their label.
pub fn make_error(
    host: &mut (impl Host + ?Sized),
    fault: Fault,
    site: u64,
    types: &[impl Borrow<Type>],
    words: &[u64],
) -> Result<u64, Fault> {
    let mut object = vec![fault.to_word(), site];
    let mut at = 0;
    for ty in types.iter().map(Borrow::borrow) {
        let operand = words.get(at..at + ty.width()).unwrap_or(&[]);
        at += ty.width();
        match ty {
            Type::Str | Type::Bytes | Type::Path | Type::Name => {
                let bytes = host.bytes(operand[0], operand[1]);
                let whole = fault == Fault::User || bytes.len() <= KEPT;
                let kept = if whole { bytes } else { start(bytes) };
                let bytes = kept.to_vec();
                object.extend(host.put_bytes(&bytes)?);
            }
            Type::Dir(_) | Type::File(_) | Type::Listing => {
                let label = host.label(operand[0]).to_vec();
                object.extend(host.put_bytes(&label)?);
            }
            _ => object.extend_from_slice(operand),
        }
    }
    host.put_words(&object)
}

/// How many bytes of an operand an error keeps.
const KEPT: usize = 1 << 16;

/// The first of many bytes; of text no character is cut.
fn start(bytes: &[u8]) -> &[u8] {
    let continues = |n: usize| bytes.get(n).is_some_and(|b| b & 0xc0 == 0x80);
    let back = (0..4).find(|n| !continues(KEPT - n)).unwrap_or(0);
    &bytes[..KEPT - back]
}

/// How many levels of errors about errors are read: a program can chain as many as its memory holds.
pub(crate) const CAUSES: u32 = 4;

/// An error as a host reads it: what failed, with what, where.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// What went wrong.
    pub fault: Fault,
    /// The operation: the kernel's name of a system call, or the op's name.
    pub operation: &'static str,
    /// The operands that can be told, in order.
    pub args: Vec<Data>,
    /// The place in the source.
    pub at: Span,
    /// The calls that led there, the innermost first: the places of the first [`TRACE`] of them.
    pub trace: Vec<Span>,
    /// How many calls led there.
    pub calls: u64,
    /// The kernel that it ran on, where that is what is wrong and somebody asked.
    pub kernel: Option<Version>,
}

/// The kernel has no such call.
const ENOSYS: i32 = 38;

/// How many calls an error is told with.
pub const TRACE: usize = 16;

impl Failure {
    /// A failure that no instruction is to blame for.
    pub fn bare(fault: Fault) -> Failure {
        Failure {
            fault,
            operation: "run",
            args: Vec::new(),
            at: Span::default(),
            trace: Vec::new(),
            calls: 0,
            kernel: None,
        }
    }

    /// The kernel that brought the call, where the one that it ran on is an older one that Sawmill runs on. One that
    /// has the call and refuses it all the same (a filter of the host's) is not what is wrong.
    pub fn needs(&self) -> Option<Version> {
        let missing = self.fault == Fault::Errno(ENOSYS);
        let call = catalogue::named(self.operation).filter(|_| missing)?;
        let known = self.kernel.unwrap_or(Version::OLDEST);
        Some(call.since).filter(|since| *since > known)
    }

    /// What the fault means here, in words.
    pub fn meaning(&self) -> String {
        match (self.needs(), self.kernel) {
            (Some(since), Some(kernel)) => format!("it needs Linux {since}; this is {kernel}"),
            (Some(since), None) => format!("it needs Linux {since}"),
            (None, _) => self.fault.meaning(),
        }
    }

    /// What went wrong, in words: the message of the program's own errors, else what the fault means.
    pub fn message(&self) -> String {
        match (self.fault, &self.args[..]) {
            (Fault::User, [Data::Str(message)]) => message.clone(),
            (Fault::Errno(_), _) => format!("{} ({})", self.fault.code(), self.meaning()),
            (fault, _) => fault.meaning(),
        }
    }

    /// Reads the error object at `object`; `None` if it is none of this module's.
    pub fn read(module: &Module, memory: &[u8], object: u64) -> Option<Failure> {
        Failure::read_within(module, memory, object, CAUSES)
    }

    /// As [`Failure::read`], with errors among the operands told so many levels deep.
    pub(crate) fn read_within(
        module: &Module,
        memory: &[u8],
        object: u64,
        causes: u32,
    ) -> Option<Failure> {
        let word = |n: u64| word_of(memory, object, n);
        let fault = Fault::from_word(word(0)?)?;
        let (func, inst) = blamed(module, word(1)?)?;
        let mut args = Vec::new();
        let mut at = 2;
        for ty in inst.args.iter().map(|v| &func.values[*v]) {
            let (as_type, width) = match ty {
                Type::Dir(_) | Type::File(_) | Type::Listing => (Type::Path, 2),
                other => (other.clone(), other.width() as u64),
            };
            let words: Option<Vec<u64>> = (at..at + width).map(word).collect();
            at += width;
            if is_told(ty) {
                args.push(
                    View::within(module, memory, &as_type, &words?, causes.saturating_sub(1))
                        .data(),
                );
            }
        }
        Some(Failure {
            fault,
            operation: operation(inst),
            args,
            at: inst.at,
            trace: Vec::new(),
            calls: 0,
            kernel: None,
        })
    }
}

/// Word number `n` of an error object.
fn word_of(memory: &[u8], object: u64, n: u64) -> Option<u64> {
    let at = usize::try_from(object.checked_add(n.checked_mul(8)?)?).ok()?;
    Some(u64::from_le_bytes(
        memory.get(at..at.checked_add(8)?)?.try_into().ok()?,
    ))
}

/// The instruction at a site, and its function.
pub fn blamed(module: &Module, site: u64) -> Option<(&Function, &Inst)> {
    let func = module.funcs.get(FuncId((site >> 32) as u32))?;
    let result = Value(site as u32);
    let mut insts = func.blocks.values().flat_map(|b| &b.insts);
    Some((func, insts.find(|i| i.result == result)?))
}

/// The path that the error object at `object` is about: the first among the operands, else that of the first handle.
pub(crate) fn subject(module: &Module, memory: &[u8], object: u64) -> Option<[u64; 2]> {
    let word = |n: u64| word_of(memory, object, n);
    let (func, inst) = blamed(module, word(1)?)?;
    let mut handle = None;
    let mut at = 2;
    for ty in inst.args.iter().map(|v| &func.values[*v]) {
        let path = [word(at)?, word(at + 1).unwrap_or(0)];
        match ty {
            Type::Path | Type::Name => return Some(path),
            Type::Dir(_) | Type::File(_) | Type::Listing => {
                handle = handle.or(Some(path).filter(|p| p[1] > 0));
                at += 2;
            }
            other => at += other.width() as u64,
        }
    }
    handle
}

/// Whether an error tells an operand of this type. What can be changed after, or be of any size, is left out.
fn is_told(ty: &Type) -> bool {
    match ty {
        Type::Buf(_) | Type::Entry(_) | Type::Builder(_) | Type::List(_) => false,
        Type::Map(..) | Type::MapBuilder(..) | Type::Array(_) | Type::Enum(_) => false,
        Type::Option(t) | Type::Desc(t) => is_told(t),
        _ => true,
    }
}

fn operation(inst: &Inst) -> &'static str {
    match (&inst.op, &inst.imm) {
        (Op::Sys, Imm::Sys(sys, _)) => sys.row().kernel,
        // Which of the two it is, is the optimiser's business.
        (Op::NameView, _) => Op::NameCopy.row().name,
        (op, _) => op.row().name,
    }
}
