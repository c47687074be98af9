//! The one table of operations. Printer, parser, verifier, constant folder, interpreter, JIT and documentation
//! expand or match these rows; an engine that forgets one does not compile.
//!
//! Corner cases are said here, once:
//! - `add sub mul quot` are signed 64-bit and fail with *overflow* when the true result does not fit
//!   (`MIN / -1` included); `quot` truncates towards zero and fails with *division by zero*.
//! - `lt le` are signed. `eq` compares the word.
//! - Reads of buffers fail with *index* unless every byte read lies within the buffer.
//! - `ok.value` of an error and `err.value` of a value fail with *not ok*: no payload is read under a wrong tag.

/// The type an operand must have, or a result has. Variables are bound by the operands, left to right.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pat {
    /// Zero words.
    Unit,
    /// Truth.
    Bool,
    /// 64-bit integer.
    Int,
    /// File type.
    FileType,
    /// File mode.
    Mode,
    /// Point in time.
    Time,
    /// Text.
    Str,
    /// Path.
    Path,
    /// Checked component.
    Name,
    /// Inode number.
    Ino,
    /// Int or Size; the same wherever the row says it.
    Num,
    /// Any type that is one plain word; the same wherever the row says it.
    Word,
    /// Int, Size, Mode or Ino; each place on its own.
    IntLike,
    /// Str, Path or Name; each place on its own.
    Bytes,
    /// A byte buffer.
    Buf,
    /// A buffer of a kernel structure.
    StructBuf,
    /// The type variable: any type a list may hold.
    T,
    /// `list<T>`
    ListT,
    /// `builder<T>`
    BuilderT,
    /// `result<T>`
    ResultT,
    /// A caught error.
    Error,
    /// A directory handle; as a result with at most the rights of the operands.
    Dir,
    /// An entry; as a result with at most the rights of the operands.
    Entry,
    /// A root; as a result of `resolve` without rights.
    Root,
    /// A handle or entry that rights can be asked of: dir, file or entry.
    Handle,
    /// What the instruction's immediate says: record types, the field's type, the callee's or system call's result.
    ByImm,
    /// Any number of operands, typed by the immediate or the result.
    Many,
}

/// What an operation does besides giving its result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing: may be folded, shared and removed.
    Pure,
    /// Reads what something else may write, or makes a fresh object: may be removed when unused, not moved.
    Read,
    /// Something that must happen when and where it is written (a failure included).
    Effect,
}

/// What immediate an instruction of this row carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImmKind {
    /// None.
    None,
    /// A number.
    Int,
    /// Bytes of the data table.
    Data,
    /// A set of rights.
    Rights,
    /// The number of a field, printed by its name.
    Field,
    /// A function of the module.
    Func,
    /// A system call with its flags.
    Sys,
}

/// A row of the table.
#[derive(Debug)]
pub struct OpRow {
    /// The name in the text form.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// Types of the operands.
    pub operands: &'static [Pat],
    /// Type of the result.
    pub result: Pat,
    /// Its immediate.
    pub imm: ImmKind,
    /// What it does besides.
    pub effect: Effect,
    /// Whether it can fail.
    pub fallible: bool,
}

macro_rules! ops {
    ($($doc:literal $variant:ident $name:literal ($($operand:ident),*) -> $result:ident, $imm:ident, $effect:ident, $fails:literal;)*) => {
        /// Which row of the table.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Op { $(#[doc = $doc] $variant,)* }

        impl Op {
            /// All rows.
            pub const ALL: &'static [Op] = &[$(Op::$variant),*];
            /// The row.
            pub fn row(self) -> &'static OpRow {
                static ROWS: &[OpRow] = &[$(OpRow {
                    name: $name, doc: $doc, operands: &[$(Pat::$operand),*], result: Pat::$result,
                    imm: ImmKind::$imm, effect: Effect::$effect, fallible: $fails,
                }),*];
                &ROWS[self as usize]
            }
        }
    };
}

ops! {
    "The unit value." Unit "unit" () -> Unit, None, Pure, false;
    "A truth value: 0 or 1." Bool "bool" () -> Bool, Int, Pure, false;
    "A constant of any plain one-word type." Int "int" () -> Word, Int, Pure, false;
    "A text constant." Str "str" () -> Str, Data, Pure, false;
    "A path constant; its bytes hold no NUL." Path "path" () -> Path, Data, Pure, false;

    "Sum." Add "add" (Num, Num) -> Num, None, Effect, true;
    "Difference." Sub "sub" (Num, Num) -> Num, None, Effect, true;
    "Product." Mul "mul" (Num, Num) -> Num, None, Effect, true;
    "Quotient, towards zero." Quot "quot" (Num, Num) -> Num, None, Effect, true;
    "Whether two words are equal." Eq "eq" (Word, Word) -> Bool, None, Pure, false;
    "Whether the first number is less, signed." Lt "lt" (Num, Num) -> Bool, None, Pure, false;
    "Whether the first number is less or equal, signed." Le "le" (Num, Num) -> Bool, None, Pure, false;
    "The other truth value." Not "not" (Bool) -> Bool, None, Pure, false;
    "The same word as another integer type." Retype "retype" (IntLike) -> IntLike, None, Pure, false;
    "Whether two times are equal." TimeEq "time.eq" (Time, Time) -> Bool, None, Pure, false;
    "Whether the first time is earlier." TimeLt "time.lt" (Time, Time) -> Bool, None, Pure, false;
    "Whether the first time is earlier or equal." TimeLe "time.le" (Time, Time) -> Bool, None, Pure, false;
    "Whether two byte strings are equal." BytesEq "bytes.eq" (Bytes, Bytes) -> Bool, None, Pure, false;
    "A text as a path; fails if it holds a NUL." PathOfStr "path.of-str" (Str) -> Path, None, Effect, true;
    "A name as a path." PathOfName "path.of-name" (Name) -> Path, None, Pure, false;
    "The file type in a mode: bits 12 to 15." ModeType "mode.type" (Mode) -> FileType, None, Pure, false;
    "A file type from a `DT_*` number; others give unknown." FileTypeOf "filetype.of" (Int) -> FileType, None, Pure, false;

    "A record of the result's type from its fields." Record "record" (Many) -> ByImm, None, Read, false;
    "A field of a record." Get "get" (ByImm) -> ByImm, Field, Pure, false;
    "An entry: directory, name, inode number, type." Entry "entry" (Dir, Name, Ino, FileType) -> Entry, None, Read, false;
    "The directory an entry is in." EntryDir "entry.dir" (Entry) -> Dir, None, Pure, false;
    "The name of an entry." EntryName "entry.name" (Entry) -> Name, None, Pure, false;
    "The inode number of an entry." EntryIno "entry.ino" (Entry) -> Ino, None, Pure, false;
    "The type of an entry." EntryType "entry.type" (Entry) -> FileType, None, Pure, false;

    "A value as a result." Ok "ok" (T) -> ResultT, None, Pure, false;
    "An error as a result; the value's type is the result's." Err "err" (Error) -> ResultT, None, Pure, false;
    "Whether a result is a value." IsOk "ok?" (ResultT) -> Bool, None, Pure, false;
    "The value of a result." OkValue "ok.value" (ResultT) -> T, None, Effect, true;
    "The error of a result." ErrValue "err.value" (ResultT) -> Error, None, Effect, true;

    "A new empty list builder." Builder "list.builder" () -> BuilderT, None, Read, false;
    "Appends to a builder." Push "list.push" (BuilderT, T) -> Unit, None, Effect, false;
    "The list that a builder holds." Freeze "list.freeze" (BuilderT) -> ListT, None, Effect, false;
    "The number of elements." Len "list.len" (ListT) -> Int, None, Read, false;
    "The element at an index, from 0." At "list.get" (ListT, Int) -> T, None, Effect, true;
    "Hands a row to the host; only in an entry function whose result is a seq." Yield "yield" (T) -> Unit, None, Effect, false;

    "The same handle with rights that its run-time mask is tested for." Permit "permit" (Handle) -> Handle, Rights, Effect, true;
    "Closes a handle; closing it again does nothing." CloseDir "close.dir" (Dir) -> Unit, None, Effect, false;
    "Closes a listing; closing it again does nothing." CloseListing "close.listing" (ByImm) -> Unit, None, Effect, false;
    "Closes a file; closing it again does nothing." CloseFile "close.file" (ByImm) -> Unit, None, Effect, false;
    "The directory a root starts at." RootDir "root.dir" (Root) -> Dir, None, Pure, false;
    "The path below a root's directory." RootPath "root.path" (Root) -> Path, None, Pure, false;
    "The root that a computed path starts at, without rights; the policy decides." Resolve "resolve" (Path) -> Root, None, Effect, true;

    "This instruction's own scratch buffer; each execution in an activation gives the same memory." Scratch "scratch" () -> ByImm, None, Pure, false;
    "An unsigned 8-bit number at an offset." BufU8 "buf.u8" (Buf, Int) -> Int, None, Effect, true;
    "An unsigned 16-bit number at an offset." BufU16 "buf.u16" (Buf, Int) -> Int, None, Effect, true;
    "A 64-bit number at an offset." BufU64 "buf.u64" (Buf, Int) -> Int, None, Effect, true;
    "A copy of the NUL-terminated component that starts at an offset and ends before a limit." NameCopy "name.copy" (Buf, Int, Int) -> Name, None, Effect, true;
    "As name.copy, but the bytes stay in the buffer: valid until it is written again." NameView "name.view" (Buf, Int, Int) -> Name, None, Effect, true;
    "A field of a kernel structure." StructGet "struct.get" (StructBuf) -> ByImm, Field, Read, false;

    "A system call." Sys "sys" (Many) -> ByImm, Sys, Effect, true;
    "A call of a function of the module." Call "call" (Many) -> ByImm, Func, Effect, true;
}

impl Op {
    /// The operation of that name.
    pub fn named(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.row().name == name)
    }
}
