//! The rows against the running kernel: how many arguments its calls take, and of which kinds, as tracefs tells
//! (`events/syscalls/sys_enter_*/format`). A call that this kernel lacks is not compared.
#![allow(
    unsafe_code,
    reason = "tracefs is mounted in a child, between fork and exec"
)]

use sawmill_ir::structs::StructId;
use sawmill_ir::syscalls::catalogue::{self, Class, Reason};
use sawmill_ir::syscalls::{Arg, Later, Number, Sys};
use std::collections::{HashMap, HashSet};
use std::ffi::CString;
use std::io::Error;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// An argument of a call: its C type and its name.
#[derive(Debug)]
struct Parameter {
    ty: String,
    name: String,
}

/// The calls that this kernel knows by the name of their definition.
type Prototypes = HashMap<String, Vec<Parameter>>;

/// Where the kernel's definition has another name than the call.
const ALIASES: &[(&str, &str)] = &[
    ("arm64_personality", "personality"),
    ("fadvise64_64", "fadvise64"),
    ("newfstat", "fstat"),
    ("newlstat", "lstat"),
    ("newstat", "stat"),
    ("newuname", "uname"),
    ("sendfile64", "sendfile"),
    ("umount", "umount2"),
];

/// Prints what tracefs has, where it is mounted.
const READ: &str = r#"exec cat "$1"/events/syscalls/sys_enter_*/format"#;

/// What the kernel tells, or why it does not.
fn prototypes(test: &str) -> Result<Prototypes, String> {
    for mounted in ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"] {
        let events = format!("{mounted}/events/syscalls/sys_enter_read/format");
        if std::fs::read(events).is_ok() {
            return read(&mut reader(Path::new(mounted)));
        }
    }
    let folder = std::env::temp_dir().join(format!("sawmill-{test}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let all = read(apart(&mut reader(&folder), &folder)?);
    // It is empty: what was mounted there is gone with its namespace.
    let _ = std::fs::remove_dir(&folder);
    all
}

fn reader(mounted: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", READ, "sh"]).arg(mounted);
    command
}

/// The command in a mount namespace of its own, where tracefs is mounted.
fn apart<'a>(command: &'a mut Command, at: &Path) -> Result<&'a mut Command, String> {
    let at = CString::new(at.as_os_str().as_bytes()).map_err(|e| e.to_string())?;
    let done = |result: i32| match result {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    };
    let mount = move || {
        let none = std::ptr::null();
        // SAFETY: in the child, of one thread; texts that end with a NUL, and no data.
        unsafe {
            done(libc::unshare(libc::CLONE_NEWNS))?;
            let private = libc::MS_REC | libc::MS_PRIVATE;
            done(libc::mount(none, c"/".as_ptr(), none, private, none.cast()))?;
            let kind = c"tracefs".as_ptr();
            done(libc::mount(kind, at.as_ptr(), kind, 0, none.cast()))
        }
    };
    // SAFETY: it makes three system calls and no more: nothing is allocated, no lock is taken.
    Ok(unsafe { command.pre_exec(mount) })
}

fn read(command: &mut Command) -> Result<Prototypes, String> {
    let done = command.stdin(Stdio::null()).output();
    let done = done.map_err(|e| e.to_string())?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).trim().to_string());
    }
    let text = String::from_utf8(done.stdout).map_err(|e| e.to_string())?;
    Ok(parse(&text))
}

fn parse(text: &str) -> Prototypes {
    let mut all = Prototypes::new();
    let mut here = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("name: sys_enter_") {
            let alias = ALIASES.iter().find(|a| a.0 == name);
            here = alias.map_or(name, |a| a.1).to_string();
            all.insert(here.clone(), Vec::new());
        }
        let Some(field) = line.trim_start().strip_prefix("field:") else {
            continue;
        };
        let Some((ty, name)) = field.split(';').next().and_then(|f| f.rsplit_once(' ')) else {
            continue;
        };
        if !name.starts_with("common_") && name != "__syscall_nr" {
            let (ty, name) = (ty.trim().to_string(), name.to_string());
            let parameters = all.get_mut(&here).expect("its name came first");
            parameters.push(Parameter { ty, name });
        }
    }
    all
}

/// The prototypes; without them the test is skipped.
fn asked(test: &str) -> Option<Prototypes> {
    match prototypes(test) {
        Ok(all) => {
            assert!(all.len() > 250, "only {} calls", all.len());
            Some(all)
        }
        // A kernel without the events has no such file; who is not root cannot look.
        Err(reason) => {
            let reason = match reason.contains("ermission") || reason.contains("permitted") {
                true => "only root can mount tracefs".to_string(),
                false => format!("the kernel does not tell its prototypes: {reason}"),
            };
            crate::skip(test, &reason);
            None
        }
    }
}

/// What a descriptor is called.
const DESCRIPTORS: &[&str] = &[
    "fd", "dfd", "in_fd", "out_fd", "fd_in", "fd_out", "olddfd", "newdfd", "fdin", "fdout", "epfd",
    "ufd", "pidfd", "upid", "oldfd",
];

/// Whether a number of this kind fits what the kernel takes.
fn is_number(number: Number, ty: &str) -> bool {
    let ty = ty.strip_prefix("const ").unwrap_or(ty);
    let kinds: &[&str] = match number {
        Number::I32 => &["int", "pid_t", "__s32"],
        Number::U32 => &["unsigned int", "umode_t"],
        Number::Id => &["uid_t", "gid_t"],
        Number::I64 => &["off_t", "loff_t", "long"],
        Number::U64 => &["unsigned long", "__u64"],
        Number::Size => &["off_t", "loff_t", "size_t", "unsigned long"],
        Number::Mode => &["umode_t"],
    };
    kinds.contains(&ty)
}

/// Whether `ty` points to this structure.
fn points_to(ty: &str, id: StructId) -> bool {
    let bare = ty.strip_prefix("const ").unwrap_or(ty);
    let name = bare
        .strip_prefix("struct ")
        .and_then(|t| t.strip_suffix(" *"));
    let name = match name {
        Some("__kernel_timespec") => Some("timespec"),
        Some("__kernel_old_timeval") => Some("timeval"),
        Some("__kernel_itimerspec") => Some("itimerspec"),
        name => name,
    };
    name == Some(id.row().name)
}

/// Whether what no program makes yet fits.
fn fits_later(later: Later, ty: &str) -> bool {
    match later {
        Later::Handle(..) | Later::Any => ["int", "unsigned int", "pid_t"].contains(&ty),
        Later::ByDescriptor(_) => ty == "const char *",
        Later::In(id) | Later::InOut(id) | Later::Several(id) => points_to(ty, id),
        Later::Count => ["int", "unsigned int"].contains(&ty),
        Later::Size => ["int", "unsigned int", "size_t"].contains(&ty),
        Later::SizeOut | Later::Pair(_) => ty == "int *",
        Later::AddressIn | Later::AddressOut => ty == "struct sockaddr *",
        Later::ValueIn | Later::ValueOut => ty == "char *",
        Later::SignalSet => ty == "sigset_t *",
        Later::Processors => ty == "unsigned long *",
        Later::Texts => ty == "const char *const *",
    }
}

/// Why an argument of a row cannot be this parameter.
fn wrong(arg: Arg, parameter: &Parameter) -> Option<&'static str> {
    let ty = parameter.ty.as_str();
    let pointer = ty.ends_with('*');
    let constant = ty.starts_with("const ");
    if arg.is_pointer() && !pointer {
        return Some("it is no pointer");
    }
    // A pointer that is left out is 0.
    if pointer && !arg.is_pointer() && arg != Arg::Const(0) {
        return Some("it is a pointer");
    }
    // The third of ioctl and fcntl is what the command makes of it.
    let any = parameter.name == "arg";
    // -1 where a descriptor could be: a new one is made. 3 is the first that a child does not start with.
    let any = any || [Arg::Const(-1), Arg::Const(3)].contains(&arg);
    if !any && arg.is_handle() != DESCRIPTORS.contains(&parameter.name.as_str()) {
        return Some("one of the two is a descriptor");
    }
    let fits = match arg {
        Arg::Int(number) => is_number(number, ty),
        // What points into a structure points to its first number too.
        Arg::StructOut(StructId::Ids) => ["uid_t *", "gid_t *"].contains(&ty),
        Arg::StructOut(StructId::Cpu) => ty == "unsigned *",
        Arg::Within(_) => ["uid_t *", "gid_t *", "unsigned *"].contains(&ty),
        Arg::OffsetIn => ty == "loff_t *",
        Arg::StructOut(id) => points_to(ty, id),
        Arg::TimeIn | Arg::DurationIn | Arg::TimePair => points_to(ty, StructId::Timespec),
        Arg::How { .. } => points_to(ty, StructId::OpenHow),
        Arg::Name | Arg::Path | Arg::Text | Arg::Dot | Arg::Empty => ty == "const char *",
        // Of sendto the kernel says it without `const`.
        Arg::BytesIn => ["const void *", "const char *"].contains(&ty) || parameter.name == "buff",
        Arg::BytesOut => ["void *", "char *"].contains(&ty),
        Arg::BufOut => ty == "void *" || points_to(ty, StructId::Dirent64),
        Arg::Len | Arg::Room | Arg::BufSize | Arg::HowSize => {
            ["size_t", "unsigned int", "unsigned long", "int"].contains(&ty)
        }
        Arg::Flags { .. } | Arg::One { .. } => {
            any || ["int", "unsigned int", "unsigned", "u32", "const clockid_t"].contains(&ty)
        }
        Arg::Later(later) => fits_later(later, ty),
        Arg::Const(_) | Arg::Dir(_) | Arg::File(_) | Arg::Descriptor(_) | Arg::Listing => true,
    };
    if !fits {
        return Some("it is of another kind");
    }
    (arg.is_written() && constant).then_some("it is not written to")
}

#[test]
fn rows_take_what_the_kernel_takes() {
    let Some(prototypes) = asked("rows_take_what_the_kernel_takes") else {
        return;
    };
    let mut compared = 0;
    for sys in Sys::ALL.iter().filter(|s| **s != Sys::Close) {
        let row = sys.row();
        let Some(parameters) = prototypes.get(row.kernel) else {
            continue;
        };
        compared += 1;
        let count = parameters.len();
        assert_eq!(row.args.len(), count, "{} takes {parameters:?}", row.name);
        for (i, (arg, parameter)) in row.args.iter().zip(parameters).enumerate() {
            if let Some(why) = wrong(*arg, parameter) {
                panic!(
                    "argument {i} of {}: {arg:?}, {parameter:?}: {why}",
                    row.name
                );
            }
        }
    }
    assert!(compared > 130, "only {compared} rows were compared");
}

#[test]
fn the_kernel_has_what_the_catalogue_says() {
    let Some(prototypes) = asked("the_kernel_has_what_the_catalogue_says") else {
        return;
    };
    for call in catalogue::all() {
        let there = prototypes.contains_key(call.name);
        let absent = matches!(
            call.class,
            Class::Excluded(Reason::Absent | Reason::Width, _)
        );
        assert!(!(there && absent), "{} is there", call.name);
    }
    let known: HashSet<_> = catalogue::all().map(|call| call.name).collect();
    let unknown = prototypes
        .keys()
        .filter(|name| !known.contains(name.as_str()));
    let unknown: Vec<_> = unknown.collect();
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = release
        .split(['.', '-'])
        .map_while(|n| n.parse::<u32>().ok());
    let newer = (numbers.next(), numbers.next()) > (Some(6), Some(18));
    assert!(newer || unknown.is_empty(), "{unknown:?} have no row");
}

#[test]
fn a_wrong_row_would_be_seen() {
    let text = "name: sys_enter_newfstat\nID: 1\nformat:\n\tfield:unsigned short common_type;\toffset:0;\n\n\
        \tfield:int __syscall_nr;\toffset:8;\n\tfield:unsigned int fd;\toffset:16;\n\
        \tfield:struct stat * statbuf;\toffset:24;\n";
    let all = parse(text);
    let [fd, buffer] = all["fstat"].as_slice() else {
        panic!("{all:?}");
    };
    let rights = sawmill_ir::rights::Rights::NONE;
    assert_eq!(wrong(Arg::Descriptor(rights), fd), None);
    assert_eq!(wrong(Arg::StructOut(StructId::Stat), buffer), None);
    for (arg, parameter) in [
        (Arg::Int(Number::I32), fd),
        (Arg::Const(0), fd),
        (Arg::StructOut(StructId::Statx), buffer),
        (Arg::StructOut(StructId::Stat), fd),
        (Arg::BytesOut, buffer),
        (Arg::Name, buffer),
        (Arg::Const(1), buffer),
        (Arg::File(rights), buffer),
    ] {
        assert!(wrong(arg, parameter).is_some(), "{arg:?} {parameter:?}");
    }
}
