//! The text form of a module: printing (`Display` of [`Module`]) and [`parse`].
//!
//! What is printed parses back to an equal module. Parsing trusts nothing: it never panics, nests no deeper than
//! [`MAX_TYPE_DEPTH`], keeps the limits below, and says line, column and what was expected. Whether a module is well
//! formed beyond syntax is the verifier's business; a number that is used (`%9`, `^7`, `@3`) need not be declared.
//!
//! ```text
//! sawir 1                                     ; first line; `;` starts a comment
//! data #0 = "/etc\x0a"                        ; bytes; \xNN, \" and \\
//! record Pair { a: int, "odd name": path }    ; types refer to earlier records only
//! enum Tree { leaf { n: int }, node { a: enum<Tree>, b: enum<Tree> }, empty }
//! entry fn @0 main(%0: dir{list} "d" = cwd) -> int {   ; binds: = cwd, = def, = #0; none: an argument
//!   scope s1 in s0 catch ^3                   ; s0 is implied
//!   value %7: int                             ; a row of the value table that nothing defines
//! ^0(%0) s0:                                  ; the types of ^0's parameters stand in the function's head
//!   %1: int = int 5 !1:10..14                 ; result, its type, operation, immediate, operands, source and bytes
//!   enter s1 ^1(%1)
//! ^1(%2: int) s1:
//!   leave s1 keep(%0, %2) ^2()                ; or `keep all`
//! ...
//! }
//! ```
//!
//! The other ends are `jump ^2()`, `br %1 ^2() ^3(%4)`, `return %1` and `throw %1`. Immediates stand before operands:
//! `int 5`, `float 1.5` (`NaN:7ff8000000000001` where a NaN is not the usual), `str #0`, `permit {list} %0`, `get name %4`, `call @1 %2`, `sys statx [FLAG|FLAG] [0] %0 %1 %2`. A field
//! that has no name of its own is `.3`; flags that are not the row's are `[at:4]`. Records that share a name (they
//! differ in rights) are told apart as `Pair`, `Pair'1`, ... in the order of their declarations.
//!
//! Records without a name are written as their fields, `{a: int, b: str}`, and tuples as `(int, str)`. An enum is
//! `enum<Tree>`, or `enum<Tree owning>` if its values may own handles; it may be declared later. A case is an immediate
//! by its name, `case leaf %1` and `case.get leaf n %2`, or by its number, `case .0 %1` and `case.get .0 .0 %2`.

mod body;
mod lex;
mod parse;
mod print;

use crate::flags::FlagSet;
use crate::module::Module;

/// Types nest no deeper than this, records' fields included.
pub const MAX_TYPE_DEPTH: usize = 64;
/// A type written out, records' fields included, has no more parts than this.
pub const MAX_TYPE_SIZE: usize = 4096;
/// The most rows of each table of a module, and of each function's.
pub const MAX_ROWS: usize = 1 << 20;
/// The longest text that is read, in bytes.
pub const MAX_TEXT: usize = 1 << 28;

/// Why a text is no module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// What is wrong and what was expected.
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}
impl std::error::Error for ParseError {}

/// Parses the text form. Well-formedness beyond syntax is the verifier's business.
pub fn parse(text: &str) -> Result<Module, ParseError> {
    parse::module(text)
}

/// The name of a flag set in `[at:4]`.
fn set_name(set: FlagSet) -> &'static str {
    set.name()
}

/// The types that are one word in the text; records of these names are quoted.
const PLAIN_TYPES: &[(&str, crate::ty::Type)] = {
    use crate::ty::Type;
    &[
        ("unit", Type::Unit),
        ("bool", Type::Bool),
        ("int", Type::Int),
        ("size", Type::Size),
        ("mode", Type::Mode),
        ("filetype", Type::FileType),
        ("ino", Type::Ino),
        ("dev", Type::Dev),
        ("float", Type::Float),
        ("duration", Type::Duration),
        ("time", Type::Time),
        ("str", Type::Str),
        ("bytes", Type::Bytes),
        ("path", Type::Path),
        ("name", Type::Name),
        ("listing", Type::Listing),
        ("error", Type::Error),
        ("region", Type::Region),
    ]
};
/// The types that take rights or types.
const TYPE_FORMS: &[&str] = &[
    "dir",
    "file",
    "entry",
    "root",
    "buf",
    "list",
    "builder",
    "result",
    "option",
    "map",
    "mapbuilder",
    "array",
    "desc",
    "enum",
    "seq",
];

/// Whether a name can stand in the text as it is.
fn is_bare(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(lex::starts_word) && bytes.all(lex::in_word)
}

/// Whether a record's name can stand in the text as it is.
fn is_bare_record(name: &str) -> bool {
    is_bare(name) && !TYPE_FORMS.contains(&name) && !PLAIN_TYPES.iter().any(|t| t.0 == name)
}
