//! An error in one line for people: what was done, with what, and what came of it.
//!
//! Promises: one line without control characters, of bounded length, whatever the arguments hold. Leaves out: the
//! place, which the driver shows with the source.

use super::human::{self, Escape, push_escaped};
use sawmill_ir::fault::{Class, Failure, Fault};
use sawmill_ir::ty::file_type_name;
use sawmill_ir::value::Data;

/// How many bytes of an argument are shown.
const ARGUMENT: usize = 256;
/// How many bytes of a program's own message are shown.
const MESSAGE: usize = 4096;
/// How deep errors that are about errors are told.
const CAUSES: u32 = 4;

/// The sentence: `statx "notes" in /etc: ENOENT (No such file or directory)`.
pub fn failure_text(failure: &Failure) -> String {
    text(failure, CAUSES)
}

fn text(failure: &Failure, depth: u32) -> String {
    let meaning = match failure.fault {
        Fault::Errno(n) if failure.fault.code() == "E?" => format!("errno {n}"),
        Fault::Errno(_) => format!("{} ({})", failure.fault.code(), failure.meaning()),
        other => other.meaning(),
    };
    if let (Fault::User, [Data::Str(message)]) = (failure.fault, &failure.args[..]) {
        return own(message);
    }
    if let (Fault::NotOk, [Data::Err(cause)]) = (failure.fault, &failure.args[..]) {
        return match depth {
            0 => "the result is an error".into(),
            _ => format!("the result is an error: {}", text(cause, depth - 1)),
        };
    }
    if let (Fault::NotOk, [Data::Ok(_)]) = (failure.fault, &failure.args[..]) {
        return "the result is a value, not an error".into();
    }
    match subject(failure) {
        Some(subject) => format!("{subject}: {meaning}"),
        None => meaning,
    }
}

/// What a program says of its own error, cut if it is long.
fn own(message: &str) -> String {
    let mut out = String::new();
    let end = message.floor_char_boundary(MESSAGE);
    push_escaped(&mut out, &message.as_bytes()[..end], Escape::Name);
    if end < message.len() {
        out.push_str(&format!("... ({} bytes)", message.len()));
    }
    out
}

/// What was done with what; `None` where that says nothing.
fn subject(failure: &Failure) -> Option<String> {
    // No operation is to blame for a limit, and none of the program's for a name that the kernel got wrong.
    if failure.fault.class() == Class::Stop || failure.fault == Fault::BadName {
        return None;
    }
    let operation = failure.operation;
    let infix = match operation {
        "add" => Some("+"),
        "sub" => Some("-"),
        "mul" => Some("*"),
        "quot" => Some("quot"),
        "rem" => Some("rem"),
        "mod" => Some("mod"),
        _ => None,
    };
    Some(match (operation, infix, &failure.args[..]) {
        (_, Some(sign), [a, b]) => format!("{} {sign} {}", argument(a), argument(b)),
        ("permit", _, [Data::Path(label)]) => place(label),
        ("permit" | "run", ..) => return None,
        ("statx" | "openat2", _, [Data::Path(dir), name]) if dir.is_empty() => {
            format!("{operation} {}", argument(name))
        }
        ("statx" | "openat2", _, [Data::Path(dir), name]) => {
            format!("{operation} {} in {}", argument(name), place(dir))
        }
        ("statx" | "openat2" | "getdents64", _, [Data::Path(dir)]) => {
            format!("{operation} {}", place(dir))
        }
        (_, _, args) => {
            let words = args.iter().map(argument).filter(|a| !a.is_empty());
            let words: Vec<String> = [operation.to_string()].into_iter().chain(words).collect();
            words.join(" ")
        }
    })
}

/// A directory, bare if that cannot be misread.
fn place(path: &[u8]) -> String {
    let bare = |b: &u8| b.is_ascii_alphanumeric() || b"/._-+@%~,=".contains(b) || *b >= 0x80;
    if !path.is_empty() && path.len() <= ARGUMENT && path.iter().all(bare) {
        human::name(path)
    } else {
        quoted(path)
    }
}

/// Bytes between quotes, cut if they are too many.
fn quoted(bytes: &[u8]) -> String {
    match bytes.get(..ARGUMENT) {
        Some(start) if bytes.len() > ARGUMENT => {
            let mut out = String::from("\"");
            push_escaped(&mut out, start, Escape::Quoted);
            out.push_str(&format!("\"... ({} bytes)", bytes.len()));
            out
        }
        _ => human::quoted(bytes),
    }
}

/// An argument; nothing for what has no short form.
fn argument(data: &Data) -> String {
    match data {
        Data::Bool(b) => b.to_string(),
        Data::Int(n) => n.to_string(),
        // Exact, since it is arithmetic on sizes that fails.
        Data::Size(n) => format!("{n}B"),
        Data::Float(n) => format!("{n:?}"),
        Data::Duration(n) => format!("{n}ns"),
        Data::Mode(mode) => human::mode(u64::from(*mode)),
        Data::FileType(kind) => file_type_name(*kind).into(),
        Data::Ino(n) => n.to_string(),
        Data::Time { sec, nsec } => human::rfc3339(*sec, u64::from(*nsec)),
        Data::Str(text) => quoted(text.as_bytes()),
        Data::Path(bytes) | Data::Bytes(bytes) => quoted(bytes),
        Data::None => "none".into(),
        Data::Some(value) => argument(value),
        Data::Entry { name, .. } => quoted(name),
        Data::Ok(value) => argument(value),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sawmill_ir::module::Span;
    use sawmill_ir::rights::Rights;

    fn failure(fault: Fault, operation: &'static str, args: Vec<Data>) -> Failure {
        Failure {
            fault,
            operation,
            args,
            at: Span::default(),
            trace: Vec::new(),
            calls: 0,
            kernel: None,
        }
    }

    fn path(bytes: &[u8]) -> Data {
        Data::Path(bytes.to_vec())
    }

    #[test]
    fn system_calls_say_name_place_and_errno() {
        let text = |fault, op, args: &[&[u8]]| {
            failure_text(&failure(fault, op, args.iter().map(|a| path(a)).collect()))
        };
        let enoent = Fault::Errno(2);
        assert_eq!(
            text(enoent, "statx", &[b"/etc", b"foo\nbar"]),
            r#"statx "foo\nbar" in /etc: ENOENT (No such file or directory)"#
        );
        assert_eq!(
            text(enoent, "openat2", &[b"", b"/no/\xff"]),
            r#"openat2 "/no/\xff": ENOENT (No such file or directory)"#
        );
        assert_eq!(
            text(Fault::Errno(13), "openat2", &[b"/root"]),
            "openat2 /root: EACCES (Permission denied)"
        );
        assert_eq!(
            text(Fault::Errno(5), "getdents64", &[b"/my dir: x"]),
            r#"getdents64 "/my dir: x": EIO (Input/output error)"#
        );
        assert_eq!(
            text(Fault::Errno(999), "getppid", &[]),
            "getppid: errno 999"
        );
        assert_eq!(
            text(Fault::ClosedHandle, "statx", &[b"/d", b"n"]),
            r#"statx "n" in /d: the handle is closed"#
        );
    }

    #[test]
    fn arithmetic_reads_as_arithmetic() {
        let text = |fault, op, a, b| failure_text(&failure(fault, op, vec![a, b]));
        assert_eq!(
            text(Fault::Overflow, "add", Data::Int(i64::MAX), Data::Int(1)),
            "9223372036854775807 + 1: the result does not fit in 64 bits"
        );
        assert_eq!(
            text(Fault::Overflow, "mul", Data::Size(i64::MIN), Data::Size(-1)),
            "-9223372036854775808B * -1B: the result does not fit in 64 bits"
        );
        assert_eq!(
            text(Fault::DivideByZero, "quot", Data::Int(7), Data::Int(0)),
            "7 quot 0: division by zero"
        );
    }

    #[test]
    fn floats_and_lengths_of_time_are_told() {
        let text = |op, args| failure_text(&failure(Fault::Overflow, op, args));
        assert_eq!(
            text("int.of-float", vec![Data::Float(1e300)]),
            "int.of-float 1e300: the result does not fit in 64 bits"
        );
        let (sec, nsec) = (1, 2);
        assert_eq!(
            text(
                "time.add",
                vec![Data::Time { sec, nsec }, Data::Duration(-5)]
            ),
            "time.add 1970-01-01T00:00:01.000000002Z -5ns: the result does not fit in 64 bits"
        );
    }

    #[test]
    fn other_faults_say_what_helps() {
        let text = |fault, op, args| failure_text(&failure(fault, op, args));
        let write = Fault::Denied(Rights::WRITE);
        assert_eq!(
            text(write, "permit", vec![path(b"/etc")]),
            "/etc: the handle lacks the right {write}"
        );
        assert_eq!(
            text(write, "permit", vec![]),
            "the handle lacks the right {write}"
        );
        assert_eq!(
            text(Fault::Index, "list.get", vec![Data::Int(5)]),
            "list.get 5: the index is out of bounds"
        );
        assert_eq!(
            text(
                Fault::NulInPath,
                "path.of-str",
                vec![Data::Str("a\0".into())]
            ),
            r#"path.of-str "a\x00": a path cannot hold a NUL byte"#
        );
        assert_eq!(text(Fault::Interrupted, "run", vec![]), "interrupted");
        assert_eq!(
            text(Fault::Memory, "list.push", vec![Data::Int(5)]),
            "the memory limit of the run is reached"
        );
        let inner = failure(Fault::Errno(2), "statx", vec![path(b"/"), path(b"x")]);
        assert_eq!(
            text(Fault::NotOk, "ok.value", vec![Data::Err(Box::new(inner))]),
            r#"the result is an error: statx "x" in /: ENOENT (No such file or directory)"#
        );
    }

    #[test]
    fn chains_and_long_arguments_end() {
        let mut chain = failure(Fault::NotOk, "run", vec![]);
        for _ in 0..100 {
            chain = failure(Fault::NotOk, "ok.value", vec![Data::Err(Box::new(chain))]);
        }
        assert_eq!(
            failure_text(&chain),
            ["the result is an error"; 5].join(": ")
        );
        let long = failure(
            Fault::Errno(36),
            "statx",
            vec![path(b"/"), path(&[b'a'; 5000])],
        );
        let want = format!(
            "statx \"{}\"... (5000 bytes) in /: ENAMETOOLONG",
            "a".repeat(256)
        );
        assert!(failure_text(&long).starts_with(&want));
    }

    proptest! {
        #[test]
        fn never_a_control_character(a: Vec<u8>, b: Vec<u8>, text: String, op in 0usize..5) {
            let operation = ["statx", "permit", "openat2", "add", "resolve"][op];
            for args in [vec![path(&a), path(&b)], vec![path(&a)], vec![Data::Str(text)]] {
                let said = failure_text(&failure(Fault::Errno(2), operation, args));
                prop_assert!(!said.chars().any(char::is_control), "{:?}", said);
            }
        }
    }
}
