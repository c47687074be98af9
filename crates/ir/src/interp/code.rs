//! The form of a program that the interpreter runs: instructions of one size, and what lies beside them.

use crate::collect::Turns;
use crate::library::Sites;
use crate::module::{BlockId, FuncId, Module};
use crate::structs::Shape;
use crate::syscalls::{Number, Refer, Sys};
use std::sync::Arc;

/// A register of the running function's frame.
pub(super) type Reg = u32;
/// A place in [`Code::code`].
pub(super) type Pc = u32;

/// A module in the form the interpreter runs: flat, pre-decoded.
pub struct Code {
    pub(super) module: Arc<Module>,
    pub(super) code: Vec<Ins>,
    /// Lists of registers that instructions refer to.
    pub(super) pool: Vec<Reg>,
    pub(super) funcs: Vec<Func>,
    pub(super) calls: Vec<CallSite>,
    pub(super) syscalls: Vec<SysSite>,
    pub(super) fields: Vec<FieldSite>,
    pub(super) library: Vec<LibrarySite>,
    pub(super) turns: Vec<TurnSite>,
    /// The turns, with what they keep.
    pub(super) turn_rows: Turns,
    /// The library ops, with their types.
    pub(super) library_ops: Sites,
    /// Where the code of each block starts, ascending, and who catches there.
    pub(super) blocks: Vec<BlockCode>,
    /// Where the code of each instruction starts, ascending.
    pub(super) sites: Vec<Site>,
}

/// A function.
pub(super) struct Func {
    pub(super) start: Pc,
    /// Registers of its frame.
    pub(super) size: u32,
    /// Where in the frame its constants lie.
    pub(super) consts_at: Reg,
    pub(super) consts: Vec<u64>,
    /// Words of its parameters, which are its first registers.
    pub(super) params: u32,
    /// The first register of each value; for errors.
    pub(super) regs: Vec<Reg>,
}

/// A call.
pub(super) struct CallSite {
    pub(super) func: FuncId,
    /// The words of the arguments: a range of the pool.
    pub(super) args: (u32, u32),
    /// The function it is in.
    pub(super) caller: FuncId,
    pub(super) to: Reg,
}

/// A field of a kernel structure, of a shape that has no instruction of its own.
pub(super) struct FieldSite {
    pub(super) buf: Reg,
    pub(super) offset: u32,
    pub(super) shape: Shape,
}

/// A library op.
pub(super) struct LibrarySite {
    /// Its number among the module's.
    pub(super) number: u32,
    /// The words of the operands: a range of the pool.
    pub(super) args: (u32, u32),
    pub(super) to: Reg,
    /// The words of the result.
    pub(super) width: u32,
}

/// A turn.
pub(super) struct TurnSite {
    /// Its number among the module's.
    pub(super) number: u32,
    /// What its region remembers.
    pub(super) region: Reg,
    /// The words of what it keeps: a range of the pool. Those of arguments are the parameters' already.
    pub(super) words: (u32, u32),
    pub(super) pc: Pc,
}

/// A system call.
pub(super) struct SysSite {
    pub(super) sys: Sys,
    pub(super) args: [Source; 6],
    /// The flags of the `open_how`, as a number of this architecture.
    pub(super) how: u64,
    /// The mode of the `open_how`, if it takes one.
    pub(super) mode: Option<Reg>,
    /// The two handles, if the rights of the first have to be no less than those of the second, or also the other way.
    pub(super) refer: Option<(Reg, Reg, Refer)>,
    /// The first handle among the operands.
    pub(super) handle: Option<Reg>,
    /// The path among the operands.
    pub(super) path: Option<Reg>,
    pub(super) to: Reg,
    /// Whether the result takes two words, not one.
    pub(super) is_wide: bool,
}

/// Where an argument of a system call comes from.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// The descriptor of the handle in a register.
    Handle(Reg),
    /// A register.
    Word(Reg),
    /// Known.
    Known(u64),
    /// A register, if it is such a number.
    Number(Reg, Number),
    /// Room that has to be made, for as many bytes as the register says.
    Room(Reg),
    /// A `struct timespec` that has to be written there, of the time in two registers.
    Time(Reg, u32),
    /// The same, of a duration.
    Duration(Reg, u32),
    /// The same, of two optional times.
    TimePair(Reg, Reg, u32),
    /// An offset in the place of a `struct timespec`.
    Offset(Reg, u32),
    /// So many bytes behind what the register refers to.
    Within(Reg, u32),
    /// The `open_how`, which has to be written.
    How,
}

/// The code of a block.
pub(super) struct BlockCode {
    pub(super) start: Pc,
    pub(super) handler: Option<Handler>,
}

/// Who catches the errors of a block.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    /// The handler's code.
    pub(super) pc: Pc,
    /// Where the mark of the scope is.
    pub(super) mark: Reg,
    /// Where the error goes.
    pub(super) error: Reg,
}

/// The code of an instruction, or of what is none.
pub(super) struct Site {
    pub(super) start: Pc,
    pub(super) func: FuncId,
    pub(super) block: BlockId,
    /// Its number in the block; [`NO_INST`] for a block's end and a function's beginning.
    pub(super) inst: u32,
}

/// No instruction.
pub(super) const NO_INST: u32 = u32::MAX;

/// An instruction of the interpreter. `to` is where the result's first word goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ins {
    Move {
        to: Reg,
        from: Reg,
    },
    /// A small constant.
    Known {
        to: Reg,
        word: u32,
    },

    Add {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Sub {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Mul {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Quot {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Rem {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Mod {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    BitAnd {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    BitOr {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    BitXor {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Shl {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Shr {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Ushr {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    BitNot {
        to: Reg,
        a: Reg,
    },
    Eq {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Lt {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Le {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Not {
        to: Reg,
        a: Reg,
    },
    TimeEq {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    TimeLt {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    TimeLe {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    TimeAdd {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    TimeSub {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FAdd {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FSub {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FMul {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FDiv {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FEq {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FLt {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FLe {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FRem {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FPow {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    FNeg {
        to: Reg,
        a: Reg,
    },
    FSqrt {
        to: Reg,
        a: Reg,
    },
    FFloor {
        to: Reg,
        a: Reg,
    },
    FCeil {
        to: Reg,
        a: Reg,
    },
    FRound {
        to: Reg,
        a: Reg,
    },
    FTrunc {
        to: Reg,
        a: Reg,
    },
    FloatOfInt {
        to: Reg,
        a: Reg,
    },
    IntOfFloat {
        to: Reg,
        a: Reg,
    },
    BytesEq {
        to: Reg,
        a: Reg,
        b: Reg,
    },
    PathOfStr {
        to: Reg,
        a: Reg,
    },
    ModeType {
        to: Reg,
        a: Reg,
    },
    FileTypeOf {
        to: Reg,
        a: Reg,
    },
    IsOk {
        to: Reg,
        a: Reg,
    },
    /// Fails unless the tag says value.
    CheckOk {
        a: Reg,
    },
    /// Fails unless the tag says error.
    CheckErr {
        a: Reg,
    },
    IsSome {
        to: Reg,
        a: Reg,
    },
    /// Fails unless the tag says that there is a value.
    CheckSome {
        a: Reg,
    },
    /// Fails unless the object is of this case.
    CheckCase {
        object: Reg,
        case: u32,
    },
    /// As `Object`, the number of a case before the words.
    Case {
        to: Reg,
        case: u32,
        pool: u32,
        count: u32,
    },

    /// An object of the words in `count` registers of the pool, from `pool` on.
    Object {
        to: Reg,
        pool: u32,
        count: u32,
    },
    /// A word of an object.
    Load {
        to: Reg,
        object: Reg,
        offset: u32,
    },
    /// Two words of an object.
    Load2 {
        to: Reg,
        object: Reg,
        offset: u32,
    },
    Builder {
        to: Reg,
    },
    Push {
        list: Reg,
        from: Reg,
        width: u32,
    },
    Len {
        to: Reg,
        list: Reg,
    },
    At {
        to: Reg,
        list: Reg,
        index: Reg,
        width: u32,
    },
    /// An element of an array, which takes a byte or a word.
    ArrayGet {
        to: Reg,
        array: Reg,
        index: Reg,
        bytes: bool,
    },
    ArraySet {
        array: Reg,
        index: Reg,
        from: Reg,
        bytes: bool,
    },
    Yield {
        from: Reg,
        width: u32,
    },

    Permit {
        handle: Reg,
        rights: u32,
    },
    PermitEntry {
        entry: Reg,
        rights: u32,
    },
    Close {
        handle: Reg,
    },
    Resolve {
        to: Reg,
        path: Reg,
    },

    /// The function's scratch buffers.
    Frame {
        to: Reg,
        size: Reg,
    },
    /// A scratch buffer among them.
    Scratch {
        to: Reg,
        frame: Reg,
        offset: Reg,
    },
    U8 {
        to: Reg,
        buf: Reg,
        at: Reg,
        size: u32,
    },
    U16 {
        to: Reg,
        buf: Reg,
        at: Reg,
        size: u32,
    },
    U64 {
        to: Reg,
        buf: Reg,
        at: Reg,
        size: u32,
    },
    /// From `pool` on: buffer, start, limit (registers), and the buffer's size.
    NameCopy {
        to: Reg,
        pool: u32,
    },
    /// As for `NameCopy`.
    NameView {
        to: Reg,
        pool: u32,
    },
    Field16 {
        to: Reg,
        buf: Reg,
        offset: u32,
    },
    Field32 {
        to: Reg,
        buf: Reg,
        offset: u32,
    },
    Field64 {
        to: Reg,
        buf: Reg,
        offset: u32,
    },
    FieldTime {
        to: Reg,
        buf: Reg,
        offset: u32,
    },
    FieldDevice {
        to: Reg,
        buf: Reg,
        offset: u32,
    },

    /// A row of [`Code::fields`].
    Field {
        to: Reg,
        site: u32,
    },

    /// A row of [`Code::syscalls`].
    Sys {
        site: u32,
    },
    /// A row of [`Code::library`].
    Library {
        site: u32,
    },
    /// A row of [`Code::calls`].
    Call {
        site: u32,
    },

    Jump {
        pc: Pc,
    },
    /// A jump that asks first whether the run shall stop.
    Back {
        pc: Pc,
    },
    /// As `Back`, but gives back memory before, if there is much: a row of [`Code::turns`].
    Turn {
        site: u32,
    },
    /// What memory there is now.
    Region {
        at: Reg,
    },
    Release {
        region: Reg,
        frame: Reg,
    },
    /// Jumps if the word is zero.
    Unless {
        a: Reg,
        pc: Pc,
    },
    /// Jumps if the word is not zero.
    If {
        a: Reg,
        pc: Pc,
    },
    UnlessEq {
        a: Reg,
        b: Reg,
        pc: Pc,
    },
    UnlessLt {
        a: Reg,
        b: Reg,
        pc: Pc,
    },
    UnlessLe {
        a: Reg,
        b: Reg,
        pc: Pc,
    },
    UnlessFEq {
        a: Reg,
        b: Reg,
        pc: Pc,
    },
    UnlessFLt {
        a: Reg,
        b: Reg,
        pc: Pc,
    },
    UnlessFLe {
        a: Reg,
        b: Reg,
        pc: Pc,
    },
    Enter {
        mark: Reg,
    },
    /// Closes down to the mark, but for the handles in `count` registers of the pool.
    Leave {
        mark: Reg,
        pool: u32,
        count: u32,
    },
    Return {
        from: Reg,
        width: u32,
    },
    Throw {
        error: Reg,
    },
}

const _: () = assert!(size_of::<Ins>() <= 20);
