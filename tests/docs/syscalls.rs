//! The pages of the system calls: what a program may call, and what none can.

use sawmill::parts::ir::flags::{FlagSet, Flags};
use sawmill::parts::ir::structs::{Field, StructId};
use sawmill::parts::ir::syscalls::catalogue::{Call, Class, Reason, THEMES, Version};
use sawmill::parts::ir::syscalls::{Arg, Eintr, Number, Refer, Ret, Sys, Syscall};
use std::fmt::Write;

const MADE: &str =
    "Made from the tables of the code; `SAWMILL_BLESS=1 cargo test --test docs` makes it anew.";

/// The page of what can be called, with its flags and structures.
pub(crate) fn page() -> String {
    let mut page = format!(
        "# System calls\n\n{MADE}\n\n\
        Every call of Linux up to 6.18 is in one of three classes. A **plain** one is called by its name, as in \
        `(sys/getppid)`: its arguments are those below, in that order, and it is made once: a call that was \
        interrupted, or read or wrote less than it was asked to, says so. A **named** one is made only by the part of \
        the language that is told. What is **excluded** has a [page of its own](excluded.md).\n\n\
        An argument is a type with the rights that a handle has to carry, or a number by the kernel's type \
        (`i32 u32 i64 u64`; `id`: a user or group, -1 is none; `size`; `mode`), the most bytes that are wanted \
        (`most`), text that is no path to the call (`text`), or flags: keywords, of which any may be given \
        (`[:a :b]`) or one has to be (`:a/:b`). Structures come back as records, their fields without the prefix. \
        The oldest kernel is {}; what is newer than the kernel that runs is ENOSYS, with the version that it needs.\n",
        Version::OLDEST
    );
    for (theme, calls) in THEMES {
        let plain: Vec<&Call> = calls.iter().filter(|c| c.class == Class::Plain).collect();
        let named = calls.iter().filter_map(|call| match call.class {
            Class::Named(part) => Some((call, part)),
            _ => None,
        });
        let named: Vec<_> = named.collect();
        if plain.is_empty() && named.is_empty() {
            continue;
        }
        let _ = writeln!(page, "\n## {theme}");
        for call in plain {
            plain_call(&mut page, call);
        }
        if named.is_empty() {
            continue;
        }
        page.push_str(
            "\n| named | made by | x86_64 | AArch64 | since | |\n|---|---|---|---|---|---|\n",
        );
        let mut rows_of = String::new();
        for (call, part) in named {
            let (name, [x86, arm], since, doc) = (call.name, numbers(call), call.since, call.doc);
            let _ = writeln!(
                page,
                "| `{name}` | {part} | {x86} | {arm} | {since} | {doc} |"
            );
            let rows = Sys::ALL
                .iter()
                .map(|s| s.row())
                .filter(|row| row.kernel == name);
            for row in rows.filter(|row| !row.args.is_empty()) {
                let _ = write!(rows_of, "\n    {}\n\n{}\n", signature(row), row.doc);
            }
        }
        page.push_str(&rows_of);
    }
    flags(&mut page);
    structures(&mut page);
    page
}

fn plain_call(page: &mut String, call: &Call) {
    let [x86, arm] = numbers(call);
    let _ = writeln!(
        page,
        "\n### `{}`\n\nLinux {}; number {x86} on x86_64, {arm} on AArch64. {}\n",
        call.name, call.since, call.doc
    );
    let mut errnos = Vec::new();
    for sys in Sys::ALL.iter().filter(|s| s.row().kernel == call.name) {
        let row = sys.row();
        let _ = write!(page, "    {}\n\n", signature(row));
        let mut facts = Vec::new();
        if row.doc != call.doc {
            facts.push(row.doc.to_string());
        }
        facts.extend(told(*sys));
        if !facts.is_empty() {
            let _ = writeln!(page, "{}\n", facts.join(" "));
        }
        for errno in row.errnos {
            if !errnos.contains(errno) {
                errnos.push(*errno);
            }
        }
    }
    for (name, meaning) in errnos {
        let _ = writeln!(page, "- {name}: {meaning}.");
    }
}

/// What there is to say of a row besides its signature.
fn told(sys: Sys) -> Vec<String> {
    let row = sys.row();
    let mut facts = Vec::new();
    if !sys.is_plain() {
        facts.push("Made by the library alone.".into());
    }
    if let Some(power) = row.power {
        facts.push(format!("It takes the power `{}`.", power.name()));
    }
    for need in row.needs {
        let set = row.args[need.flags].flags().expect("has flags");
        let flag = keyword(set, need.bit.trailing_zeros() as usize);
        let with = if need.set { "With" } else { "Without" };
        let rights: Vec<_> = need.rights.names().map(|r| format!("`{r}`")).collect();
        let which = match row.args[..need.of].iter().filter(|a| a.is_handle()).count() {
            0 => "first",
            _ => "second",
        };
        facts.push(format!(
            "{with} `{flag}` the {which} handle needs {} too.",
            rights.join(" and ")
        ));
    }
    match row.refer {
        Refer::No => {}
        Refer::There => {
            facts.push("The first directory has to carry all rights of the second.".into())
        }
        Refer::Both => facts.push("Both directories have to carry the same rights.".into()),
    }
    if row.blocks {
        facts.push("It may wait for something other than a disk.".into());
    }
    match row.eintr {
        Eintr::Never => {}
        Eintr::Restarted => facts.push("After a signal the kernel goes on with it.".into()),
        Eintr::Shown => facts.push("A signal ends it with EINTR.".into()),
    }
    if let Some(fallback) = row.fallback {
        facts.push(format!("Before Linux {}: {fallback}.", row.since()));
    }
    facts
}

/// `read file{read} most -> bytes`
fn signature(row: &Syscall) -> String {
    let mut text = row.name.to_string();
    let mut made = None;
    for arg in row.args {
        if let Arg::StructOut(id) = arg {
            made = Some(id.row().name);
        }
        if let Some(operand) = operand(*arg) {
            let _ = write!(text, " {operand}");
        }
    }
    let result = match (row.ret, made) {
        (Ret::Unit, None) => "unit",
        (Ret::Unit, Some(id)) => id,
        (Ret::Int, None) => "int",
        // The number is not told.
        (Ret::Int, Some(id)) => id,
        (Ret::Bytes, _) => "bytes",
        (Ret::Dir, _) => "dir",
        (Ret::File, _) => "file",
        (Ret::Listing, _) => "listing",
    };
    format!("{text} -> {result}")
}

/// An argument as the caller sees it; what is made is not seen.
fn operand(arg: Arg) -> Option<String> {
    Some(match arg {
        Arg::Dir(rights) => format!("dir{rights}"),
        Arg::File(rights) => format!("file{rights}"),
        Arg::Descriptor(rights) => format!("file|dir{rights}"),
        Arg::Listing => "listing".into(),
        Arg::Name => "name".into(),
        Arg::Path => "path".into(),
        Arg::Text => "text".into(),
        Arg::Int(number) => match number {
            Number::I32 => "i32",
            Number::U32 => "u32",
            Number::Id => "id",
            Number::I64 => "i64",
            Number::U64 => "u64",
            Number::Size => "size",
            Number::Mode => "mode",
        }
        .into(),
        Arg::BytesIn => "bytes".into(),
        Arg::BytesOut => "most".into(),
        Arg::TimeIn => "time".into(),
        Arg::DurationIn => "duration".into(),
        Arg::TimePair => "(option time) (option time)".into(),
        Arg::Flags { set, may, .. } if may != 0 => format!("[{}]", keywords(set, may, " ")),
        Arg::How { may, create, .. } => {
            let mode = if create { " mode" } else { "" };
            format!("[{}]{mode}", keywords(FlagSet::Open, may, " "))
        }
        Arg::One { set, of } => keywords(set, of, "/"),
        Arg::BufOut => "buffer".into(),
        _ => return None,
    })
}

fn keyword(set: FlagSet, row: usize) -> String {
    format!(":{}", set.keyword(row).unwrap_or_default())
}

/// The keywords of these bits; of many that are all of their set, the set's name.
fn keywords(set: FlagSet, bits: u32, between: &str) -> String {
    let rows = set.rows().len();
    if rows > 8 && bits.count_ones() as usize == rows {
        return format!(":{}..", set.name());
    }
    let here = (0..rows).filter(|row| bits >> row & 1 == 1);
    let here: Vec<_> = here.map(|row| keyword(set, row)).collect();
    here.join(between)
}

fn numbers(call: &Call) -> [String; 2] {
    let number = |n: Option<u32>| n.map_or("none".to_string(), |n| n.to_string());
    [number(call.x86_64), number(call.aarch64)]
}

fn flags(page: &mut String) {
    page.push_str("\n## Flags\n\nBy their C names; the keyword is the rest in lower case, with `-` for `_`.\n");
    for set in FlagSet::ALL {
        let kind = if set.is_choice() { "One of" } else { "Any of" };
        let _ = write!(page, "\n### `{}`\n\n{} {kind}", set.name(), set.doc());
        for (n, row) in set.rows().iter().enumerate() {
            debug_assert!(
                Flags {
                    set: *set,
                    bits: 1 << n
                }
                .to_string()
                    == row.0
            );
            let comma = if n > 0 { "," } else { "" };
            let number = |n: u64| match (n, set.is_choice()) {
                (u64::MAX, _) => "-1".to_string(),
                (n, true) => n.to_string(),
                (n, false) => format!("{n:#x}"),
            };
            let _ = match row.1 == row.2 {
                true => write!(page, "{comma} `{}` {}", row.0, number(row.1)),
                false => write!(
                    page,
                    "{comma} `{}` {} (AArch64: {})",
                    row.0,
                    number(row.1),
                    number(row.2)
                ),
            };
        }
        page.push_str(".\n");
    }
}

fn structures(page: &mut String) {
    page.push_str(
        "\n## Structures\n\nSizes and offsets are in bytes; two where x86_64 and AArch64 differ.\n",
    );
    let both = |a: u32, b: u32| {
        if a == b {
            a.to_string()
        } else {
            format!("{a} / {b}")
        }
    };
    for id in StructId::ALL {
        let row = id.row();
        let size = both(row.sizes[0], row.sizes[1]);
        let _ = write!(
            page,
            "\n### `{}`\n\n{} {size} bytes.\n\n| | offset | read as |\n|---|---|---|\n",
            row.name, row.doc
        );
        for field in row.fields {
            let [a, b] = field.places;
            let _ = writeln!(
                page,
                "| `{}` | {} | {} |",
                field.name,
                both(a.offset, b.offset),
                read_as(field)
            );
        }
    }
}

fn read_as(field: &Field) -> String {
    match field.is_value() {
        true => field.ty.to_string(),
        false => "not read as a value".into(),
    }
}

/// The page of what no program can cause.
pub(crate) fn excluded() -> String {
    let mut page = format!(
        "# Excluded system calls\n\n{MADE}\n\n\
        No program can cause these calls, and no row of the table makes one: an instruction that names one is not \
        read, and a number that is in no row is never issued. Each has one reason. [What can be called](syscalls.md) \
        has a page of its own.\n"
    );
    for reason in Reason::ALL {
        let calls = THEMES.iter().flat_map(|theme| theme.1);
        let calls = calls.filter_map(|call| match call.class {
            Class::Excluded(r, instead) if r == *reason => Some((call, instead)),
            _ => None,
        });
        let name = reason.name();
        let title: String = name[..1].to_uppercase() + &name[1..];
        let _ = write!(
            page,
            "\n## {title}\n\n{}\n\n| | x86_64 | AArch64 | since | instead | |\n|---|---|---|---|---|---|\n",
            reason.doc()
        );
        for (call, instead) in calls {
            let [x86, arm] = numbers(call);
            let instead = if instead.is_empty() {
                String::new()
            } else {
                format!("`{instead}`")
            };
            let _ = writeln!(
                page,
                "| `{}` | {x86} | {arm} | {} | {instead} | {} |",
                call.name, call.since, call.doc
            );
        }
    }
    page
}
