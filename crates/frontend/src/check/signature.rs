//! How system calls are written, for help, documentation and the pages: one notation for all.

use super::sys::{choices, result, structs_of};
use crate::ty::Ty;
use sawmill_ir::flags::FlagSet;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::{Arg, Later, Number, Ret, Sys};

/// How a call is written: `(sys/pread64 File{read} Int/most Size)`. What stands after a slash says which values of the
/// type the call takes. Of flags in brackets any may be there, of those between bars one has to be; of many the first are
/// told, and the name of their set. A row that no program can make has no `sys/`.
pub fn usage(sys: Sys) -> String {
    let row = sys.row();
    let before = if sys.is_plain() { "sys/" } else { "" };
    let mut text = format!("({before}{}", row.name);
    let mut flags = Vec::new();
    for arg in row.args {
        match *arg {
            Arg::Flags { may: 0, .. } => {}
            Arg::Flags { set, may, .. } => flags.push(format!("[{}]", shown(set, arg, may, " "))),
            Arg::One { set, of } => flags.push(shown(set, arg, of, "|")),
            Arg::How { may, create, .. } => {
                text += if create { " Mode" } else { "" };
                if may != 0 {
                    flags.push(format!("[{}]", shown(FlagSet::Open, arg, may, " ")));
                }
            }
            arg => {
                if let Some(operand) = operand(arg) {
                    text.push(' ');
                    text += &operand;
                }
            }
        }
    }
    for flags in flags {
        text.push(' ');
        text += &flags;
    }
    text + ")"
}

/// How a call is written, and what it gives: `(sys/getpid) -> Int`. A structure is told by its name.
pub fn signature(sys: Sys) -> String {
    let structs: Vec<&str> = structs_of(sys).map(|id| id.row().name).collect();
    let gives = match (&structs[..], sys.row().ret) {
        ([], Ret::Object(object)) => object.name().to_string(),
        ([], _) => pair_of(sys).unwrap_or_else(|| result(sys).to_string()),
        (all, _) => all.join(" "),
    };
    let gives = match (gives.as_str(), filled(sys)) {
        (_, None) => gives,
        ("Unit", Some(what)) => what.into(),
        (_, Some(what)) => format!("{gives} {what}"),
    };
    format!("{} -> {gives}", usage(sys))
}

/// What a call of a row without types gives through a pointer besides.
fn filled(sys: Sys) -> Option<&'static str> {
    sys.row().args.iter().find_map(|arg| match arg {
        Arg::Later(Later::AddressOut) => Some("Address"),
        Arg::Later(Later::ValueOut) => Some("Value"),
        _ => None,
    })
}

/// The two handles that a call gives through a pointer.
fn pair_of(sys: Sys) -> Option<String> {
    sys.row().args.iter().find_map(|arg| match arg {
        Arg::Later(Later::Pair(object)) => Some(format!("[{0} {0}]", object.name())),
        _ => None,
    })
}

/// An operand as the caller sees it; what is made is not seen, nor are flags and what comes back.
fn operand(arg: Arg) -> Option<String> {
    let rights = match arg.rights() {
        Rights::NONE => String::new(),
        rights => rights.to_string(),
    };
    Some(match arg {
        Arg::Dir(_) => format!("Dir{rights}"),
        Arg::File(_) => format!("File{rights}"),
        Arg::Descriptor(_) => format!("File-or-Dir{rights}"),
        Arg::Listing => "Listing".into(),
        Arg::Name => "Name".into(),
        Arg::Text => "Path/text".into(),
        Arg::BytesOut => "Int/most".into(),
        Arg::BufOut => "Buffer".into(),
        Arg::TimePair => "(Option Time) (Option Time)".into(),
        Arg::StructOut(_) => return None,
        Arg::Int(number) => match number {
            Number::I32 => "Int/i32",
            Number::U32 => "Int/u32",
            Number::Id => "Int/id",
            Number::I64 => "Int",
            Number::U64 => "Int/u64",
            Number::Size => "Size",
            Number::Mode => "Mode",
        }
        .into(),
        Arg::Later(later) => return later.name(),
        arg => Ty::raise(&arg.operand_type()?).to_string(),
    })
}

/// Sets with more keywords than this are not told in full.
pub const MANY: usize = 8;
/// So many of them are.
const FIRST: usize = 4;

/// The keywords of these flags of an argument.
fn shown(set: FlagSet, arg: &Arg, bits: u32, between: &str) -> String {
    let all: Vec<String> = choices(arg).iter().map(|c| format!(":{}", c.0)).collect();
    debug_assert_eq!(all.len(), bits.count_ones() as usize);
    match all.get(..FIRST) {
        Some(first) if all.len() > MANY => {
            format!("{}{between}..{}", first.join(between), set.name())
        }
        _ => all.join(between),
    }
}
