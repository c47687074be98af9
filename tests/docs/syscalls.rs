//! The pages of the system calls: what a program may call, and what none can.

use sawmill::parts::frontend::check::signature::signature;
use sawmill::parts::ir::flags::{FlagSet, Flags};
use sawmill::parts::ir::structs::{Field, StructId};
use sawmill::parts::ir::syscalls::catalogue::{Call, Class, Reason, SPAWN, THEMES, Version};
use sawmill::parts::ir::syscalls::{Eintr, Refer, Sys};
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
        An argument is a type, of a handle with the rights that it has to carry. After a slash stands which of the \
        type's values the call takes: those of a type of the kernel's (`i32 u32 u64`), a user or group, where -1 is \
        none (`id`), the most bytes that are wanted (`most`), text that is no path to the call (`text`). Flags are \
        keywords: of those in brackets any may be given, of those between bars one has to be; of many the first are \
        told here, and the name of their set, which is below. Structures come back as records, their fields without \
        the prefix. A row without `sys/` is no program's to call. \
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
            for sys in Sys::ALL
                .iter()
                .filter(|s| s.row().kernel == name && **s != Sys::Close)
            {
                named_row(&mut rows_of, *sys);
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
        let _ = write!(page, "    {}\n\n", signature(*sys));
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

/// A row of a named call: it has no heading, as no program names it.
fn named_row(page: &mut String, sys: Sys) {
    let row = sys.row();
    let mut facts = vec![row.doc.to_string()];
    facts.extend(told(sys));
    let _ = write!(page, "\n    {}\n\n{}\n", signature(sys), facts.join(" "));
    for (n, (name, meaning)) in row.errnos.iter().enumerate() {
        let before = if n == 0 { "\n" } else { "" };
        let _ = writeln!(page, "{before}- {name}: {meaning}.");
    }
}

/// What there is to say of a row besides its signature.
fn told(sys: Sys) -> Vec<String> {
    let row = sys.row();
    let mut facts = Vec::new();
    match row.call.class {
        Class::Plain if !sys.is_plain() => facts.push("Made by the library alone.".into()),
        Class::Named(SPAWN) => facts.push("Made in a child that is being started.".into()),
        _ if !sys.is_callable() => facts.push("Nothing makes it yet.".into()),
        _ => {}
    }
    if row.query {
        facts.push("It only looks.".into());
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

fn keyword(set: FlagSet, row: usize) -> String {
    format!(":{}", set.keyword(row).unwrap_or_default())
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
