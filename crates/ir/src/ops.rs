//! The one table of operations. Printer, parser, verifier, constant folder, interpreter, JIT and documentation
//! expand or match these rows; an engine that forgets one does not compile.
//!
//! Corner cases are said here, once:
//! - `add sub mul quot` are signed 64-bit and fail with *overflow* when the true result does not fit
//!   (`MIN / -1` included); `quot` truncates towards zero and fails with *division by zero*.
//! - `rem` has the sign of the first operand and `mod` that of the second; `MIN rem -1` and `MIN mod -1` are 0; both
//!   fail with *division by zero*.
//! - `lt le` are signed. `eq` compares the word.
//! - `shl shr ushr` take the lowest six bits of the amount.
//! - Floats are IEEE 754 double precision, rounded to nearest, ties to even. `feq flt fle` are false where one is NaN,
//!   and 0.0 equals -0.0; no float operation fails. `fround` rounds halves away from zero.
//! - The bits of a NaN are unspecified: whatever could show them (a host, a text, an order, a hash) takes all NaNs for
//!   the one of [`crate::eval::float`]. No operation compares or retypes a float's word.
//! - `int.of-float` cuts off the fraction and fails with *overflow* for NaN and what does not fit.
//! - `time.add time.sub` fail with *overflow* when seconds or nanoseconds do not fit.
//! - Reads of buffers fail with *index* unless every byte read lies within the buffer.
//! - `ok.value` of an error and `err.value` of a value fail with *not ok*, as does `case.get` of another case;
//!   `some.value` of none fails with *absent*: no payload is read under a wrong tag.
//!
//! Most operations on data are *library ops*: their rows stand in a section of their own and name the one function
//! that says what they mean, which both engines call ([`crate::library`]). No engine knows them one by one.

use crate::library;

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
    /// 64-bit floating point.
    Float,
    /// Length of time.
    Duration,
    /// Int, Size or Duration; the same wherever the row says it.
    Num,
    /// Any type that is one plain word; the same wherever the row says it.
    Word,
    /// Int, Size, Duration, Mode, Ino or Dev; each place on its own.
    IntLike,
    /// Str, Path, Name or Bytes; each place on its own.
    Bytes,
    /// Any bytes: of type Bytes and no other.
    ByteString,
    /// A byte buffer.
    Buf,
    /// A buffer of a kernel structure.
    StructBuf,
    /// The type variable: any type a list may hold.
    T,
    /// A second and third type variable, as in `map<K, V>`.
    K,
    /// See `K`.
    V,
    /// The type variable, for a type whose values can be equal ([`Type::has_eq`](crate::ty::Type::has_eq)).
    EqT,
    /// The type variable, for a type whose values have an order ([`Type::has_ord`](crate::ty::Type::has_ord)).
    OrdT,
    /// `K`, for a type whose values have an order.
    OrdK,
    /// `list<...>`; the same for the following. These can be written with any pattern within that stands for types
    /// of data.
    List(&'static Pat),
    /// `option<...>`
    Opt(&'static Pat),
    /// `desc<...>`
    Desc(&'static Pat),
    /// A tuple of two.
    Pair(&'static Pat, &'static Pat),
    /// `map<K, V>`
    MapKV,
    /// `mapbuilder<K, V>`; as a result of no operands any such type.
    MapBuilderKV,
    /// `mapbuilder<...>`
    MapBuilder(&'static Pat, &'static Pat),
    /// `array<T>`
    ArrayT,
    /// Any enum.
    Enum,
    /// `list<T>`
    ListT,
    /// `builder<T>`
    BuilderT,
    /// `result<T>`
    ResultT,
    /// A caught error.
    Error,
    /// The memory there was at some time.
    Region,
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
    /// A floating-point number.
    Float,
    /// Bytes of the data table.
    Data,
    /// A set of rights.
    Rights,
    /// The number of a field, printed by its name.
    Field,
    /// The number of a case of the result's enum, printed by its name.
    Case,
    /// The numbers of a case of the operand's enum and of a field of it, printed by their names.
    CaseField,
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
    /// Whether it can fail. (Where a row that cannot makes an object, memory may still run out, and a long one may be
    /// interrupted.)
    pub fallible: bool,
    /// What it does, if it is a library op.
    pub library: Option<library::Function>,
}

macro_rules! ops {
    (
        $($doc:literal $variant:ident $name:literal ($($operand:expr),*) -> $result:expr, $imm:ident, $effect:ident, $fails:literal;)*
        library {
            $($ldoc:literal $lvariant:ident $lname:literal ($($loperand:expr),*) -> $lresult:expr, $limm:ident, $leffect:ident, $lfails:literal, $function:path;)*
        }
    ) => {
        /// Which row of the table.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Op { $(#[doc = $doc] $variant,)* $(#[doc = $ldoc] $lvariant,)* }

        impl Op {
            /// All rows.
            pub const ALL: &'static [Op] = &[$(Op::$variant,)* $(Op::$lvariant,)*];
            /// The row.
            pub fn row(self) -> &'static OpRow {
                use Pat::*;
                static ROWS: &[OpRow] = &[
                    $(OpRow {
                        name: $name, doc: $doc, operands: &[$($operand),*], result: $result,
                        imm: ImmKind::$imm, effect: Effect::$effect, fallible: $fails, library: None,
                    },)*
                    $(OpRow {
                        name: $lname, doc: $ldoc, operands: &[$($loperand),*], result: $lresult,
                        imm: ImmKind::$limm, effect: Effect::$leffect, fallible: $lfails, library: Some($function),
                    },)*
                ];
                &ROWS[self as usize]
            }
        }

        /// A pattern that matches every library op, for a match that names all others.
        #[macro_export]
        macro_rules! library_ops {
            () => { $($crate::ops::Op::$lvariant)|* };
        }
    };
}

ops! {
    "The unit value." Unit "unit" () -> Unit, None, Pure, false;
    "A truth value: 0 or 1." Bool "bool" () -> Bool, Int, Pure, false;
    "A constant of any plain one-word type." Int "int" () -> Word, Int, Pure, false;
    "A floating-point constant." Float "float" () -> Float, Float, Pure, false;
    "A text constant." Str "str" () -> Str, Data, Pure, false;
    "A path constant; its bytes hold no NUL." Path "path" () -> Path, Data, Pure, false;

    "Sum." Add "add" (Num, Num) -> Num, None, Effect, true;
    "Difference." Sub "sub" (Num, Num) -> Num, None, Effect, true;
    "Product." Mul "mul" (Num, Num) -> Num, None, Effect, true;
    "Quotient, towards zero." Quot "quot" (Num, Num) -> Num, None, Effect, true;
    "What is left of the quotient towards zero." Rem "rem" (Num, Num) -> Num, None, Effect, true;
    "What is left of the quotient rounded down." Mod "mod" (Num, Num) -> Num, None, Effect, true;
    "The bits that are in both." BitAnd "bit.and" (Int, Int) -> Int, None, Pure, false;
    "The bits that are in one or both." BitOr "bit.or" (Int, Int) -> Int, None, Pure, false;
    "The bits that are in one only." BitXor "bit.xor" (Int, Int) -> Int, None, Pure, false;
    "All bits the other way." BitNot "bit.not" (Int) -> Int, None, Pure, false;
    "Bits moved up." Shl "shl" (Int, Int) -> Int, None, Pure, false;
    "Bits moved down, the sign kept." Shr "shr" (Int, Int) -> Int, None, Pure, false;
    "Bits moved down, zeros above." Ushr "ushr" (Int, Int) -> Int, None, Pure, false;
    "Whether two words are equal." Eq "eq" (Word, Word) -> Bool, None, Pure, false;
    "Whether the first number is less, signed." Lt "lt" (Num, Num) -> Bool, None, Pure, false;
    "Whether the first number is less or equal, signed." Le "le" (Num, Num) -> Bool, None, Pure, false;
    "The other truth value." Not "not" (Bool) -> Bool, None, Pure, false;
    "The same word as another integer type." Retype "retype" (IntLike) -> IntLike, None, Pure, false;
    "Whether two times are equal." TimeEq "time.eq" (Time, Time) -> Bool, None, Pure, false;
    "Whether the first time is earlier." TimeLt "time.lt" (Time, Time) -> Bool, None, Pure, false;
    "Whether the first time is earlier or equal." TimeLe "time.le" (Time, Time) -> Bool, None, Pure, false;
    "A time that much later." TimeAdd "time.add" (Time, Duration) -> Time, None, Effect, true;
    "How much later the first time is." TimeSub "time.sub" (Time, Time) -> Duration, None, Effect, true;

    "Sum of floats." FAdd "fadd" (Float, Float) -> Float, None, Pure, false;
    "Difference of floats." FSub "fsub" (Float, Float) -> Float, None, Pure, false;
    "Product of floats." FMul "fmul" (Float, Float) -> Float, None, Pure, false;
    "Quotient of floats." FDiv "fdiv" (Float, Float) -> Float, None, Pure, false;
    "What is left of a quotient towards zero, exactly." FRem "frem" (Float, Float) -> Float, None, Pure, false;
    "The first float to the power of the second, as `pow` of the C library." FPow "fpow" (Float, Float) -> Float, None, Pure, false;
    "The float with the other sign." FNeg "fneg" (Float) -> Float, None, Pure, false;
    "The square root; NaN of what is less than zero." FSqrt "fsqrt" (Float) -> Float, None, Pure, false;
    "The greatest whole float that is not greater." FFloor "ffloor" (Float) -> Float, None, Pure, false;
    "The least whole float that is not less." FCeil "fceil" (Float) -> Float, None, Pure, false;
    "The nearest whole float, halves away from zero." FRound "fround" (Float) -> Float, None, Pure, false;
    "The float without its fraction." FTrunc "ftrunc" (Float) -> Float, None, Pure, false;
    "Whether two floats are equal." FEq "feq" (Float, Float) -> Bool, None, Pure, false;
    "Whether the first float is less." FLt "flt" (Float, Float) -> Bool, None, Pure, false;
    "Whether the first float is less or equal." FLe "fle" (Float, Float) -> Bool, None, Pure, false;
    "The nearest float, ties to even." FloatOfInt "float.of-int" (Int) -> Float, None, Pure, false;
    "The integer that a float is without its fraction." IntOfFloat "int.of-float" (Float) -> Int, None, Effect, true;

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

    "A value that may be missing, and is there." Some "some" (T) -> Opt(&T), None, Pure, false;
    "A value that may be missing, and is." None "none" () -> Opt(&T), None, Pure, false;
    "Whether there is a value." IsSome "some?" (Opt(&T)) -> Bool, None, Pure, false;
    "The value, which must be there." SomeValue "some.value" (Opt(&T)) -> T, None, Effect, true;
    "The same value, ordered the other way round." Desc "desc" (T) -> Desc(&T), None, Pure, false;

    "A case of the result's enum from its fields." Case "case" (Many) -> ByImm, Case, Read, false;
    "The number of an enum's case." Tag "tag" (Enum) -> Int, None, Pure, false;
    "A field of a value that must be of the case." CaseGet "case.get" (ByImm) -> ByImm, CaseField, Effect, true;

    "A new empty list builder." Builder "list.builder" () -> BuilderT, None, Read, false;
    "Appends to a builder." Push "list.push" (BuilderT, T) -> Unit, None, Effect, false;
    "The list that a builder holds." Freeze "list.freeze" (BuilderT) -> ListT, None, Effect, false;
    "The number of elements." Len "list.len" (ListT) -> Int, None, Read, false;
    "The element at an index, from 0." At "list.get" (ListT, Int) -> T, None, Effect, true;
    "Hands a row to the host; only in an entry function whose result is a seq." Yield "yield" (T) -> Unit, None, Effect, false;

    "The number of elements of an array." ArrayLen "array.len" (ArrayT) -> Int, None, Pure, false;
    "The element of an array at an index, from 0." ArrayGet "array.get" (ArrayT, Int) -> T, None, Effect, true;
    "Sets the element of an array at an index." ArraySet "array.set" (ArrayT, Int, T) -> Unit, None, Effect, true;

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
    "The memory there is now: what a loop or a function has made since may be given back." Region "region" () -> Region, None, Effect, false;
    "Gives back all memory since the function began; only before the return of a function whose result holds no reference." Release "release" (Region) -> Unit, None, Effect, false;
    "A field of a kernel structure." StructGet "struct.get" (StructBuf) -> ByImm, Field, Read, false;

    "A system call." Sys "sys" (Many) -> ByImm, Sys, Effect, true;
    "A call of a function of the module." Call "call" (Many) -> ByImm, Func, Effect, true;

    library {
        // Data: what all kinds of values have.
        "Whether two values are equal, whatever they are made of." Equal "equal" (EqT, EqT) -> Bool, None, Read, false, library::data::equal;
        "How two values compare: -1, 0 or 1." Compare "compare" (OrdT, OrdT) -> Int, None, Read, false, library::data::compare;
        "The texts of values, one after another; bytes that are not UTF-8 have none." Show "show" (Many) -> Str, None, Effect, true, library::show::show;
        "A value as the reader would take it." Pr "pr" (T) -> Str, None, Read, false, library::show::pr;

        "An error of the program's own." ErrorNew "error.new" (Str) -> Error, None, Read, false, library::errors::new;
        "What went wrong, in words." ErrorMessage "error.message" (Error) -> Str, None, Read, false, library::errors::message;
        "The number of an error that the kernel gave." ErrorErrno "error.errno" (Error) -> Opt(&Int), None, Pure, false, library::errors::errno;
        "The short name of what went wrong." ErrorName "error.name" (Error) -> Str, None, Read, false, library::errors::name;
        "The operation that failed." ErrorOperation "error.operation" (Error) -> Str, None, Read, false, library::errors::operation;
        "The path that it was about." ErrorPath "error.path" (Error) -> Opt(&Path), None, Pure, false, library::errors::path;
        "The operands of the operation that failed, as text." ErrorArgs "error.args" (Error) -> List(&Str), None, Read, false, library::errors::args;
        "The file, line and column of the operation that failed." ErrorAt "error.at" (Error) -> Opt(&Str), None, Read, false, library::errors::at;

        "Puts out a text, after the rows handed out before." Print "print" (Str) -> Unit, None, Effect, true, library::errors::print;
        "Ends the run with an exit status from 0 to 255, which nothing catches." Exit "exit" (Int) -> Unit, None, Effect, true, library::errors::exit;

        // Collections.
        "A list with one more element." ListConj "list.conj" (ListT, T) -> ListT, None, Read, false, library::collections::list_conj;
        "The elements from one index up to another, without that; fails unless 0 <= from <= to <= length." ListSlice "list.slice" (ListT, Int, Int) -> ListT, None, Effect, true, library::collections::list_slice;
        "The elements of two lists." ListConcat "list.concat" (ListT, ListT) -> ListT, None, Read, false, library::collections::list_concat;
        "The elements, last first." ListReverse "list.reverse" (ListT) -> ListT, None, Read, false, library::collections::list_reverse;
        "A copy with another element at an index." ListSet "list.set" (ListT, Int, T) -> ListT, None, Effect, true, library::collections::list_set;
        "The elements in order; equal ones as they were." ListSort "list.sort" (List(&OrdT)) -> ListT, None, Read, false, library::collections::list_sort;
        "The elements of the second list in the order of the keys in the first, which lie beside them; equal ones as they were." ListSortBy "list.sort-by" (List(&OrdK), ListT) -> ListT, None, Read, false, library::collections::list_sort_by;
        "A new empty map builder." MapBuilder "map.builder" () -> MapBuilderKV, None, Read, false, library::collections::map_builder;
        "Sets the value of a key in a builder." MapPut "map.put" (MapBuilderKV, K, V) -> Unit, None, Effect, false, library::collections::map_put;
        "Adds one to the value of a key in a builder, or sets it to one; gives what it is then." MapCount "map.count" (MapBuilder(&K, &Int), K) -> Int, None, Effect, true, library::collections::map_count;
        "Appends to the list that is the value of a key in a builder, or to an empty one." MapPush "map.push" (MapBuilder(&K, &ListT), K, T) -> Unit, None, Effect, false, library::collections::map_push;
        "The value of a key in a builder." MapFind "map.find" (MapBuilderKV, K) -> Opt(&V), None, Read, false, library::collections::map_find;
        "The map that a builder holds." MapFreeze "map.freeze" (MapBuilderKV) -> MapKV, None, Effect, false, library::collections::map_freeze;
        "A new builder that holds what a map does." MapThaw "map.thaw" (MapKV) -> MapBuilderKV, None, Read, false, library::collections::map_thaw;
        "The value of a key in a map." MapGet "map.get" (MapKV, K) -> Opt(&V), None, Read, false, library::collections::map_get;
        "Whether a map has a key." MapHas "map.has" (MapKV, K) -> Bool, None, Read, false, library::collections::map_has;
        "A map with another value of a key, or with one key more." MapAssoc "map.assoc" (MapKV, K, V) -> MapKV, None, Read, false, library::collections::map_assoc;
        "A map without a key." MapDissoc "map.dissoc" (MapKV, K) -> MapKV, None, Read, false, library::collections::map_dissoc;
        "The number of keys in a map." MapLen "map.len" (MapKV) -> Int, None, Read, false, library::collections::map_len;
        "The keys and values of a map, in its order." MapEntries "map.entries" (MapKV) -> List(&Pair(&K, &V)), None, Read, false, library::collections::map_entries;
        "The keys of a map, in its order." MapKeys "map.keys" (MapKV) -> List(&K), None, Read, false, library::collections::map_keys;
        "The values of a map, in the order of its keys." MapVals "map.vals" (MapKV) -> List(&V), None, Read, false, library::collections::map_vals;
        "An array of so many times the same element." ArrayNew "array" (Int, T) -> ArrayT, None, Effect, true, library::collections::array_new;
        "What an array holds now, as a list." ArrayFreeze "array.freeze" (ArrayT) -> ListT, None, Read, false, library::collections::array_freeze;

        // Text: texts by code points.
        "The number of code points." StrLen "str.len" (Str) -> Int, None, Pure, false, library::text::len;
        "The code points from one position up to another." StrSub "str.sub" (Str, Int, Int) -> Str, None, Effect, true, library::text::sub;
        "The code points from a position on." StrSubFrom "str.sub-from" (Str, Int) -> Str, None, Effect, true, library::text::sub_from;
        "The pieces between separators, without empty ones at the end; an empty separator gives the code points." StrSplit "str.split" (Str, Str) -> List(&Str), None, Read, false, library::split::split;
        "The pieces between separators, at most so many, empty ones too; less than none means all." StrSplitLimit "str.split-limit" (Str, Str, Int) -> List(&Str), None, Read, false, library::split::split_limit;
        "The lines, ended by `\\n` or `\\r\\n`, without empty ones at the end." StrSplitLines "str.split-lines" (Str) -> List(&Str), None, Read, false, library::split::split_lines;
        "What is between white space, and not empty." StrSplitWords "str.split-words" (Str) -> List(&Str), None, Read, false, library::split::split_words;
        "The code points, each as a text." StrChars "str.chars" (Str) -> List(&Str), None, Read, false, library::split::chars;
        "The numbers of the code points." StrCodes "str.codes" (Str) -> List(&Int), None, Read, false, library::text::codes;
        "The text of code points with these numbers." StrOfCodes "str.of-codes" (List(&Int)) -> Str, None, Effect, true, library::text::of_codes;
        "Without white space at both ends." StrTrim "str.trim" (Str) -> Str, None, Pure, false, library::text::trim;
        "Without white space at the start." StrTrimLeft "str.triml" (Str) -> Str, None, Pure, false, library::text::trim_left;
        "Without white space at the end." StrTrimRight "str.trimr" (Str) -> Str, None, Pure, false, library::text::trim_right;
        "Whether there is nothing but white space." StrBlank "str.blank?" (Str) -> Bool, None, Pure, false, library::text::is_blank;
        "In upper case." StrUpper "str.upper" (Str) -> Str, None, Read, false, library::text::upper;
        "In lower case." StrLower "str.lower" (Str) -> Str, None, Read, false, library::text::lower;
        "The first code point in upper case, the others in lower case." StrCapitalize "str.capitalize" (Str) -> Str, None, Read, false, library::text::capitalize;
        "The first position of the second text in the first, from a position on." StrIndexOf "str.index-of" (Str, Str, Int) -> Opt(&Int), None, Pure, false, library::text::index_of;
        "The last position of the second text in the first, up to a position." StrLastIndexOf "str.last-index-of" (Str, Str, Int) -> Opt(&Int), None, Pure, false, library::text::last_index_of;
        "The first text with every second in it replaced by the third." StrReplace "str.replace" (Str, Str, Str) -> Str, None, Read, false, library::text::replace;
        "The first text with the first of the second in it replaced by the third." StrReplaceFirst "str.replace-first" (Str, Str, Str) -> Str, None, Read, false, library::text::replace_first;
        "The texts of a list with another between each two." StrJoin "str.join" (Str, List(&Str)) -> Str, None, Read, false, library::text::join;
        "A text so many times over; none for less than one." StrRepeat "str.repeat" (Str, Int) -> Str, None, Read, false, library::text::repeat;
        "The code points, the last first." StrReverse "str.reverse" (Str) -> Str, None, Read, false, library::text::reverse;
        "Bytes as a text, if they are UTF-8." StrOfUtf8 "str.of-utf8" (Bytes) -> Opt(&Str), None, Pure, false, library::text::of_utf8;
        "Bytes as a text; fails if they are not UTF-8." StrUtf8 "str.utf8" (Bytes) -> Str, None, Effect, true, library::text::utf8;
        "Bytes as a text, with U+FFFD for what is not UTF-8." StrLossy "str.lossy" (Bytes) -> Str, None, Read, false, library::text::lossy;
        "The integer that a text is, in decimal." ParseInt "parse-int" (Str) -> Opt(&Int), None, Pure, false, library::text::parse_int;
        "The integer that a text is, in digits of a radix from 2 to 36." ParseIntRadix "parse-int-radix" (Str, Int) -> Opt(&Int), None, Effect, true, library::text::parse_int_radix;
        "The float that a text is, in decimal." ParseFloat "parse-float" (Str) -> Opt(&Float), None, Pure, false, library::text::parse_float;
        "The truth value that a text is." ParseBool "parse-bool" (Str) -> Opt(&Bool), None, Pure, false, library::text::parse_bool;
        "A text with values in it, as `printf` writes them; fails if they do not fit." Format "format" (Str, Many) -> Str, None, Effect, true, library::format::format;

        // Text: bytes of any kind.
        "The number of bytes." BytesLen "bytes.len" (Bytes) -> Int, None, Pure, false, library::bytes::len;
        "The bytes of a text or path." BytesOf "bytes.of" (Bytes) -> ByteString, None, Pure, false, library::bytes::of;
        "The byte at a position." BytesGet "bytes.get" (Bytes, Int) -> Int, None, Effect, true, library::bytes::get;
        "The bytes from one position up to another." BytesSub "bytes.sub" (Bytes, Int, Int) -> ByteString, None, Effect, true, library::bytes::sub;
        "Whether the first bytes begin with the second." BytesStarts "bytes.starts?" (Bytes, Bytes) -> Bool, None, Pure, false, library::bytes::starts;
        "Whether the first bytes end with the second." BytesEnds "bytes.ends?" (Bytes, Bytes) -> Bool, None, Pure, false, library::bytes::ends;
        "Whether the second bytes are somewhere in the first." BytesIncludes "bytes.includes?" (Bytes, Bytes) -> Bool, None, Pure, false, library::bytes::includes;
        "The first position of the second bytes in the first, from a position on; or -1." BytesIndexOf "bytes.index-of" (Bytes, Bytes, Int) -> Int, None, Pure, false, library::bytes::index_of;
        "The last position of the second bytes in the first, up to a position; or -1." BytesLastIndexOf "bytes.last-index-of" (Bytes, Bytes, Int) -> Int, None, Pure, false, library::bytes::last_index_of;
        "The first position, from a position on, of a byte that is among the second; or -1." BytesIndexOfAny "bytes.index-of-any" (Bytes, Bytes, Int) -> Int, None, Pure, false, library::bytes::index_of_any;
        "The first position, from a position on, of a byte that is not among the second; or -1." BytesIndexOfOther "bytes.index-of-other" (Bytes, Bytes, Int) -> Int, None, Pure, false, library::bytes::index_of_other;
        "The first position, from a position on, that is no white space, or the length." BytesSkipSpace "bytes.skip-space" (Bytes, Int) -> Int, None, Pure, false, library::bytes::skip_space;
        "The first position of white space, from a position on, or the length." BytesFindSpace "bytes.find-space" (Bytes, Int) -> Int, None, Pure, false, library::bytes::find_space;
        "What is between white space, and not empty." BytesSplitWords "bytes.split-words" (Bytes) -> List(&ByteString), None, Read, false, library::split::split_words;
        "How often the second bytes, not none, are in the first without overlap." BytesCountOf "bytes.count-of" (Bytes, Bytes) -> Int, None, Effect, true, library::bytes::count_of;
        "The pieces between separators, not none, without empty ones at the end." BytesSplit "bytes.split" (Bytes, Bytes) -> List(&ByteString), None, Effect, true, library::bytes::split;
        "The lines, ended by `\\n` or `\\r\\n`, the empty ones too." BytesLines "bytes.lines" (Bytes) -> List(&ByteString), None, Read, false, library::bytes::lines;
        "The bytes of a list with others between each two." BytesJoin "bytes.join" (Bytes, List(&ByteString)) -> ByteString, None, Read, false, library::text::join;
        "The bytes as pairs of hexadecimal digits." BytesHex "bytes.hex" (Bytes) -> Str, None, Read, false, library::bytes::hex;
        "The bytes that pairs of hexadecimal digits stand for." BytesOfHex "bytes.of-hex" (Str) -> Opt(&ByteString), None, Read, false, library::bytes::of_hex;

        // Text: paths, by their letters.
        "The second path below the first, or itself where it begins with a slash." PathJoin "path.join" (Path, Path) -> Path, None, Read, false, library::path::join;
        "The last component." PathBasename "path.basename" (Path) -> Path, None, Read, false, library::path::base_name;
        "What the last component is in." PathDirname "path.dirname" (Path) -> Path, None, Read, false, library::path::dir_name;
        "What is after the last point of the last component, but for points that this begins with." PathExtension "path.extension" (Path) -> Opt(&Path), None, Pure, false, library::path::path_extension;
        "A path without its extension and the point before it." PathStem "path.stem" (Path) -> Path, None, Read, false, library::path::without_extension;
        "The components: a slash where the path begins with one, then what is between slashes, but for `.`." PathComponents "path.components" (Path) -> List(&Path), None, Read, false, library::path::path_components;
        "Whether a path begins with a slash." PathAbsolute "path.absolute?" (Path) -> Bool, None, Pure, false, library::path::is_absolute;
        "A path as a name; fails if it is not one component." NameOf "name.of" (Path) -> Name, None, Effect, true, library::path::name_of;
        "Bytes as a path; fails if they hold a NUL." PathOfBytes "path.of-bytes" (Bytes) -> Path, None, Effect, true, library::path::of_bytes;
    }
}

impl Op {
    /// The operation of that name.
    pub fn named(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.row().name == name)
    }
}
