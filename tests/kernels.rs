//! Calls that are newer than the oldest kernel: what they say on it, and what does the same there.

#![allow(clippy::unwrap_used, reason = "what fails is a failing test")]

use sawmill::parts::ir::syscalls::catalogue::Version;
use sawmill::parts::ir::syscalls::{Arg, Sys};
use sawmill::parts::runtime::fake::FakeKernel;
use sawmill::parts::runtime::kernel::RealKernel;
use sawmill::{Context, Data, Engine, Error, Mode, Options, Rights};
use std::os::unix::fs::{PermissionsExt, symlink};

const ENOSYS: i32 = 38;

/// Each call that is newer than 6.1 and that a program may make, and the version it needs.
const NEWER: &[(&str, &str, &str)] = &[
    ("fchmodat2", "(sys/fchmodat2 d \"f\" 0o600)", "6.6"),
    (
        "fchmodat2.file",
        "(sys/fchmodat2.file (sys/openat2.read d \"f\") 0o600)",
        "6.6",
    ),
    ("listxattrat", "(sys/listxattrat d \"f\" 100)", "6.13"),
    (
        "removexattrat",
        "(sys/removexattrat d \"f\" \"user.x\")",
        "6.13",
    ),
    ("file_getattr", "(sys/file_getattr d \"f\")", "6.17"),
];

/// What does the same on every kernel, as the rows say.
const CHMOD: &str = "(sys/fchmod (sys/openat2.read d \"f\" :nofollow) 0o600)";
const LIST: &str = "(sys/flistxattr (sys/openat2.read d \"f\" :nofollow) 100)";
const REMOVE: &str = "(sys/fremovexattr (sys/openat2.read d \"f\" :nofollow) \"user.x\")";

fn run(context: &mut Context, mode: Mode, body: &str, dir: &[u8]) -> Result<Data, Error> {
    let rights = Rights::READ | Rights::META | Rights::STAT;
    let dir = context.open_dir(dir, rights).unwrap();
    let text = format!("(fn [d :- Dir] {body})");
    let program = Engine::new().mode(mode).compile(&text).unwrap();
    let words = program.run_in(context, &[Data::Handle(dir)])?;
    Ok(context.view(&words).unwrap().data())
}

fn on_fake(fake: &FakeKernel, mode: Mode, body: &str) -> Result<Data, Error> {
    let mut context = Context::new(Options::default(), Box::new(fake.clone())).unwrap();
    run(&mut context, mode, body, b"/d")
}

/// A kernel of this version with a file and a symlink to it.
fn fake(version: &str) -> FakeKernel {
    let fake = FakeKernel::new();
    fake.pretend(Version::parse(version));
    fake.edit(|tree| {
        tree.contents("/d/f", "text");
        tree.symlink("/d/link", "f");
    });
    fake
}

#[test]
fn every_newer_call_is_here() {
    let newer = Sys::ALL.iter().filter(|sys| {
        let own = sys.row().since() > Version::OLDEST;
        own && sys.is_plain()
    });
    let newer: Vec<_> = newer
        .map(|sys| (sys.row().name, sys.row().since().to_string()))
        .collect();
    let here: Vec<_> = NEWER.iter().map(|n| (n.0, n.2.to_string())).collect();
    assert_eq!(newer, here);
}

#[test]
fn an_older_kernel_is_told_with_the_one_that_is_needed() {
    for (mode, (name, body, since)) in [Mode::Interp, Mode::Hooked]
        .iter()
        .flat_map(|m| NEWER.iter().map(move |n| (*m, *n)))
    {
        let error = on_fake(&fake("6.1"), mode, body).unwrap_err();
        assert_eq!((error.errno(), error.code()), (Some(ENOSYS), "ENOSYS"));
        let said = error.to_string();
        let why = format!("ENOSYS (it needs Linux {since}; this is 6.1)");
        assert!(said.ends_with(&why), "{mode:?} {name}: {said}");
        // The program is told as much as the module knows, the same everywhere.
        let caught = format!("(or-else (some-> (err (try {body})) :message) \"done\")");
        let Ok(Data::Str(message)) = on_fake(&fake("6.1"), mode, &caught) else {
            panic!("{mode:?} {name}");
        };
        assert_eq!(message, format!("ENOSYS (it needs Linux {since})"));
    }
    // The kernel is new enough, and says no all the same: the version is not what is wrong.
    let new = fake("6.18");
    new.fail(
        sawmill::parts::runtime::fake::Nth::of(Sys::Fchmodat2, 1),
        ENOSYS,
        false,
    );
    let said = on_fake(&new, Mode::Interp, NEWER[0].1).unwrap_err();
    let said = said.to_string();
    assert!(
        said.ends_with("ENOSYS (Function not implemented)"),
        "{said}"
    );
}

#[test]
fn what_rows_say_to_do_instead_is_calls_that_the_oldest_kernel_has() {
    for sys in Sys::ALL {
        for name in sys.row().fallback.unwrap_or("").split('`') {
            let Some(name) = name.strip_prefix("sys/") else {
                continue;
            };
            let other = Sys::named(name).unwrap().row();
            assert!(other.since() <= Version::OLDEST, "{name}");
            let follows = |arg: &Arg| matches!(arg, Arg::Name);
            assert!(!other.args.iter().any(follows), "{name}");
        }
    }
}

#[test]
fn what_is_done_instead_does_the_same_and_follows_nothing() {
    for mode in [Mode::Interp, Mode::Hooked] {
        for (version, body) in [("6.1", CHMOD), ("6.18", NEWER[0].1)] {
            let fake = fake(version);
            on_fake(&fake, mode, body).unwrap();
            let ask = "(:mode (sys/statx d \"f\"))";
            let Ok(Data::Mode(bits)) = on_fake(&fake, mode, ask) else {
                panic!("{version}");
            };
            assert_eq!(bits & 0o7777, 0o600, "{version}");
            let linked = body.replace("\"f\"", "\"link\"");
            let errno = on_fake(&fake, mode, &linked).unwrap_err().errno();
            let (eloop, eopnotsupp) = (Some(40), Some(95));
            assert!([eloop, eopnotsupp].contains(&errno), "{version}: {errno:?}");
        }
    }
}

/// On the kernel that runs here, old or new.
#[test]
fn newer_calls_on_this_kernel() {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.next().unwrap().parse::<u8>().unwrap();
    let here = format!("{}.{}", number(), number());
    let folder = std::env::temp_dir().join(format!("sawmill-newer-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("f"), "text").unwrap();
    std::fs::write(folder.join("other"), "text").unwrap();
    symlink("other", folder.join("link")).unwrap();
    let mode_of = |name: &str| {
        let meta = std::fs::metadata(folder.join(name)).unwrap();
        meta.permissions().mode() & 0o7777
    };
    let path = folder.display().to_string();
    for mode in [Mode::Interp, Mode::Jit] {
        let run = |body: &str| {
            let kernel = Box::new(RealKernel::new());
            let mut context = Context::new(Options::default(), kernel).unwrap();
            run(&mut context, mode, body, path.as_bytes())
        };
        for (name, body, since) in NEWER {
            let done = run(body);
            let missing = Version::parse(&here) < Version::parse(since);
            match done {
                Err(error) if error.errno() == Some(ENOSYS) => {
                    let said = error.to_string();
                    let why = match missing {
                        true => format!("ENOSYS (it needs Linux {since}; this is {here})"),
                        // A filter of the system's.
                        false => "ENOSYS (Function not implemented)".to_string(),
                    };
                    assert!(said.ends_with(&why), "{name}: {said}");
                }
                other => assert!(!missing, "{name} on {here}: {other:?}"),
            }
        }
        std::fs::set_permissions(folder.join("f"), PermissionsExt::from_mode(0o644)).unwrap();
        run(CHMOD).unwrap();
        assert_eq!(mode_of("f"), 0o600);
        let before = mode_of("other");
        let linked = CHMOD.replace("\"f\"", "\"link\"").replace("0o600", "0o777");
        assert_eq!(run(&linked).unwrap_err().errno(), Some(40));
        assert_eq!(mode_of("other"), before);
        // The file system may have no attributes.
        for body in [LIST, REMOVE] {
            let errno = run(body).err().and_then(|e| e.errno());
            assert!(
                [None, Some(61), Some(95)].contains(&errno),
                "{body}: {errno:?}"
            );
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
