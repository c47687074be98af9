//! The documentation of `sys/NAME`, made of the rows of the system call table.

use super::Doc;
use crate::check::signature::{MANY, signature};
use crate::check::sys;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::{Arg, Eintr, Refer, Sys};

/// The system calls that programs can make by name: how each is written, what it gives, takes, and may fail with.
pub fn system_calls() -> Vec<Doc> {
    sys::names()
        .map(|name| {
            let rows = sys::rows_named(name);
            let usages = rows.iter().map(|sys| signature(*sys)).collect();
            Doc {
                name: format!("sys/{name}"),
                section: "System calls",
                usages,
                text: rows.first().map_or(String::new(), |sys| text(*sys)),
                examples: Vec::new(),
            }
        })
        .collect()
}

/// What of a row its signature leaves out: the keys of the record, the keywords of large sets.
fn more(sys: Sys) -> Option<String> {
    let mut lines = Vec::new();
    let row = sys.row();
    if row.args.iter().any(|a| matches!(a, Arg::StructOut(_))) {
        lines.push(format!("Gives {}.", sys::result(sys)));
    }
    for arg in row.args {
        let all = sys::choices(arg);
        if let Some(set) = arg.flags().filter(|_| all.len() > MANY) {
            let all: Vec<String> = all.iter().map(|c| format!(":{}", c.0)).collect();
            lines.push(format!("{}: {}.", set.name(), all.join(" ")));
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn text(sys: Sys) -> String {
    let row = sys.row();
    let mut lines = vec![row.doc.to_string()];
    lines.extend(more(sys));
    let rights = row.args.iter().map(|arg| arg.rights());
    let rights: Vec<String> = rights
        .filter(|r| *r != Rights::NONE)
        .map(|r| r.to_string())
        .collect();
    if !rights.is_empty() {
        lines.push(format!("Rights of what it takes: {}.", rights.join(", ")));
    }
    for need in row.needs {
        let flags = row.args[need.flags].flags();
        let keyword = flags.and_then(|set| set.keyword(need.bit.trailing_zeros() as usize));
        let when = if need.set { "With" } else { "Without" };
        let keyword = keyword.unwrap_or_default();
        lines.push(format!("{when} :{keyword} also {}.", need.rights));
    }
    match row.refer {
        Refer::No => {}
        Refer::There => lines.push("The first directory has every right of the second.".into()),
        Refer::Both => lines.push("Both directories have the same rights.".into()),
    }
    if let Some(power) = row.power {
        lines.push(format!("Takes the power {}.", power.name()));
    }
    match row.eintr {
        Eintr::Never => {}
        Eintr::Restarted => {
            lines.push("A signal may end it early, with what was done so far.".into())
        }
        Eintr::Shown => lines.push("A signal ends it: EINTR.".into()),
    }
    for (name, meaning) in row.errnos {
        lines.push(format!("{name}: {meaning}."));
    }
    let fallback = row
        .fallback
        .map_or(String::new(), |f| format!("; before that {f}"));
    lines.push(format!("Linux {}{fallback}.", row.since()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plain_row_has_its_page() {
        let all = system_calls();
        let find = |name: &str| {
            let doc = all.iter().find(|d| d.name == name);
            doc.expect("is there").to_string()
        };
        let read = find("sys/pread64");
        assert!(
            read.starts_with("(sys/pread64 File{read} Int/most Size) -> Bytes\n"),
            "{read}"
        );
        assert!(read.contains("EISDIR: it is a directory."), "{read}");
        let rename = find("sys/renameat2");
        assert!(
            rename.contains("Without :noreplace also {remove}."),
            "{rename}"
        );
        assert!(find("sys/kill").contains("Takes the power process."));
        let statx = find("sys/statx");
        assert_eq!(statx.matches("(sys/statx").count(), 3, "{statx}");
        assert!(statx.contains(":subvol"), "{statx}");
        // What the signature cuts is told below it.
        let kill = find("sys/kill.signal");
        let short = "(sys/kill.signal Int/i32 :hup|:int|:quit|:ill|..signal) -> Unit\n";
        assert!(kill.starts_with(short), "{kill}");
        assert!(kill.contains(":winch"), "{kill}");
        for doc in &all {
            assert!(doc.text.ends_with('.'), "{}", doc.name);
            assert!(
                doc.usages.iter().all(|u| u.contains(") -> ")),
                "{}",
                doc.name
            );
        }
    }
}
