//! The tables against independent witnesses: the crates `syscalls` (numbers of both architectures) and
//! `linux-raw-sys` (the kernel's headers, for the architecture this runs on).

mod catalogue;
mod flags;
mod prototypes;
mod structs;

use sawmill_ir::errno::ERRNOS;
use sawmill_ir::flags::FlagSet;
use sawmill_ir::ops::{Effect, Op};
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::{Arg, Eintr, Ret, Sys};
use std::collections::HashSet;

/// Says that a test cannot run here; with `SAWMILL_NO_SKIP=1` that is a failure.
fn skip(name: &str, reason: &str) {
    println!("SKIP {name}: {reason}");
    let strict = std::env::var_os("SAWMILL_NO_SKIP").is_some_and(|v| v == "1");
    assert!(!strict, "{name} was skipped: {reason}");
}

#[test]
fn system_calls_are_unique_documented_and_take_at_most_six_arguments() {
    let mut names = HashSet::new();
    for sys in Sys::ALL {
        let row = sys.row();
        assert!(names.insert(row.name), "{} is there twice", row.name);
        assert!(row.args.len() <= 6, "{}", row.name);
        assert!(row.doc.ends_with('.'), "{}", row.name);
        assert!(
            row.name == row.kernel || row.name.starts_with(&format!("{}.", row.kernel)),
            "{}",
            row.name
        );
        assert!(
            sys.is_callable() == (Sys::named(row.name) == Some(*sys)),
            "{}",
            row.name
        );
    }
}

/// No handle is conjured: what gives or takes one that programs have no type for is not callable, nor is what is made in
/// a child alone; and neither has a name in the text form.
#[test]
fn what_has_no_type_is_not_called() {
    let rows = |want: &dyn Fn(Sys) -> bool| Sys::ALL.iter().filter(|s| want(**s)).count();
    let later = |sys: Sys| {
        let arg = |a: &Arg| matches!(a, Arg::Later(_));
        sys.row().args.iter().any(arg) || matches!(sys.row().ret, Ret::Object(_))
    };
    assert!(rows(&later) > 35);
    assert_eq!(rows(&|sys| later(sys) && sys.is_callable()), 0);
    assert_eq!(rows(&|sys| !sys.is_callable() && sys.is_plain()), 0);
    for name in [
        "socket", "pipe2", "fchdir", "setsid", "setpgid", "dup3", "execveat", "close",
    ] {
        assert!(Sys::ALL.iter().any(|sys| sys.row().name == name), "{name}");
        assert_eq!(Sys::named(name), None, "{name}");
    }
}

/// Rights to look.
const LOOK: Rights = Rights::LIST.and(Rights::STAT).and(Rights::READ);

#[test]
fn rows_say_only_what_can_be() {
    for sys in Sys::ALL {
        let row = sys.row();
        let name = row.name;
        for (errno, meaning) in row.errnos {
            let known = ERRNOS.iter().any(|row| row.1 == *errno);
            assert!(known, "{name}: {errno}");
            assert!(!meaning.is_empty() && !meaning.ends_with('.'), "{name}");
        }
        let mut errnos = HashSet::new();
        assert!(row.errnos.iter().all(|e| errnos.insert(e.0)), "{name}");
        for arg in row.args {
            let rights = arg.rights();
            assert!(!row.query || LOOK.contains(rights), "{name} is no query");
            let (set, bits) = match *arg {
                Arg::Flags { set, must, may } => (set, must | may),
                Arg::One { set, of } => (set, of),
                Arg::How { must, may, .. } => (FlagSet::Open, must | may),
                _ => continue,
            };
            assert!(u64::from(bits) < 1 << set.rows().len(), "{name}: {set:?}");
            // One of a choice, any of the others.
            let one = matches!(arg, Arg::One { .. });
            assert_eq!(one, set.is_choice(), "{name}: {set:?}");
        }
        // What waits can be interrupted.
        assert!(!row.blocks || row.eintr != Eintr::Never, "{name}");
        // What is about another process or the machine is about no handle.
        let handles = row.args.iter().any(|a| a.is_handle());
        assert!(row.power.is_none() || !handles, "{name}");
    }
}

#[test]
fn only_openat2_takes_a_path() {
    for sys in Sys::ALL {
        let row = sys.row();
        let path = row.args.iter().any(|a| matches!(a, Arg::Path));
        assert!(
            !path || row.kernel == "openat2",
            "{} takes a path",
            row.name
        );
        let name = row.args.iter().position(|a| matches!(a, Arg::Name));
        let dir = |i: usize| matches!(row.args[i - 1], Arg::Dir(_));
        assert!(
            name.is_none_or(dir),
            "{} takes a name without its directory",
            row.name
        );
    }
}

#[test]
fn errnos_are_those_of_the_headers() {
    use linux_raw_sys::errno as e;
    for (name, number) in [
        ("ENOENT", e::ENOENT),
        ("EACCES", e::EACCES),
        ("ELOOP", e::ELOOP),
        ("EHWPOISON", e::EHWPOISON),
    ] {
        let row = ERRNOS.iter().find(|row| row.1 == name).expect("is there");
        assert_eq!(row.0 as u32, number);
    }
    assert_eq!(ERRNOS.len(), 131, "all but the two aliases");
}

#[test]
fn operations_are_unique_and_documented() {
    let mut names = HashSet::new();
    for op in Op::ALL {
        let row = op.row();
        assert!(names.insert(row.name), "{} is there twice", row.name);
        assert_eq!(Op::named(row.name), Some(*op));
        assert!(row.doc.ends_with('.'), "{}", row.name);
        // What can fail must happen when and where it is written.
        assert!(
            !row.fallible || row.effect == Effect::Effect,
            "{}",
            row.name
        );
    }
}
