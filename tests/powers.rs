//! What system calls take besides the rights of one handle: powers, which the host grants, and that no call carries a
//! file to where its directory's rights are more.

#![allow(clippy::unwrap_used, reason = "what fails is a failing test")]

use sawmill::parts::runtime::fake::FakeKernel;
use sawmill::parts::runtime::kernel::RealKernel;
use sawmill::{Context, Data, Engine, Error, Mode, Options, Power, Powers, Program, Rights};

const MODES: [Mode; 2] = [Mode::Interp, Mode::Hooked];

fn compile(mode: Mode, text: &str) -> Program {
    Engine::new().mode(mode).compile(text).unwrap()
}

fn context(fake: &FakeKernel, powers: Powers) -> Box<Context> {
    let options = Options {
        powers,
        ..Options::default()
    };
    Context::new(options, Box::new(fake.clone())).unwrap()
}

#[test]
fn a_program_without_its_power_makes_no_call() {
    let texts = [
        "(sys/kill (sys/getpid) 0)",
        "(defn ask [n :- Int] (sys/kill n 0)) (do (sys/getpid) (ask 0))",
        // Nor one that would come to it only later, or never.
        "(if (< (sys/getpid) 0) (sys/kill 1 9) (do))",
        "(defn deep :- Int [n :- Int] (if (= n 0) (do (sys/kill 1 0) n) (deep (- n 1)))) (deep 3)",
    ];
    for (mode, text) in MODES.iter().flat_map(|m| texts.map(|t| (*m, t))) {
        let program = compile(mode, text);
        assert_eq!(program.manifest().powers, Power::Process.into(), "{text}");
        let fake = FakeKernel::new();
        let others: Powers = [Power::Net, Power::Time, Power::Machine]
            .into_iter()
            .collect();
        for granted in [Powers::NONE, others] {
            let mut context = context(&fake, granted);
            let refused = program.run_in(&mut context, &[]).unwrap_err();
            let Error::Power(missing) = refused else {
                panic!("{text}: {refused}");
            };
            assert_eq!(missing, Power::Process.into());
            assert_eq!(refused.code(), "denied");
            assert_eq!(refused.exit_code(), 4);
            let said = "denied: the program takes the power process, which was not granted";
            assert_eq!(refused.to_string(), said);
            assert_eq!(fake.calls(), 0, "{text}");
        }
        let mut context = context(&fake, Power::Process.into());
        program.run_in(&mut context, &[]).unwrap();
        assert!(fake.calls() > 0);
    }
}

#[test]
fn an_engine_grants_none_unless_it_says_so() {
    let text = "(defn main [] (sys/kill (sys/getpid) 0) 1)";
    let run = |engine: Engine| {
        let program = engine.compile(text).unwrap();
        program.func::<fn() -> i64>("main").unwrap().call(())
    };
    assert!(matches!(run(Engine::new()), Err(Error::Power(_))));
    let engine = || Engine::new().powers(Power::Process.into());
    assert_eq!(run(engine()).unwrap(), 1);
    assert_eq!(run(engine().mode(Mode::Jit)).unwrap(), 1);
    // What takes none needs none.
    let program = Engine::new()
        .compile("(defn main [] (sys/getpid))")
        .unwrap();
    assert_eq!(program.manifest().to_string(), "");
    assert!(
        program
            .func::<fn() -> i64>("main")
            .unwrap()
            .call(())
            .unwrap()
            > 0
    );
}

/// Runs a program of two directories with these rights at run time; whether it was denied, and what was missing.
fn between(mode: Mode, text: &str, rights: [Rights; 2]) -> (FakeKernel, Result<(), Rights>) {
    let fake = FakeKernel::new();
    fake.edit(|tree| {
        tree.contents("/a/x", "x");
        tree.contents("/b/y", "y");
    });
    let program = compile(mode, text);
    let mut context = context(&fake, Powers::NONE);
    let a = context.open_dir(b"/a", rights[0]).unwrap();
    let b = context.open_dir(b"/b", rights[1]).unwrap();
    let calls = fake.calls();
    let outcome = match program.run_in(&mut context, &[Data::Handle(a), Data::Handle(b)]) {
        Ok(_) => Ok(()),
        Err(Error::Failed(failure, _)) => match failure.fault {
            sawmill::Fault::Denied(missing) => {
                assert_eq!(fake.calls(), calls, "{text}");
                Err(missing)
            }
            other => panic!("{text}: {other:?}"),
        },
        Err(other) => panic!("{text}: {other}"),
    };
    (fake, outcome)
}

#[test]
fn rights_do_not_go_over_with_a_file() {
    let all = Rights::RENAME | Rights::LINK | Rights::CREATE | Rights::REMOVE;
    let more = all | Rights::WRITE | Rights::META;
    let programs = [
        "(fn [a :- Dir b :- Dir] (sys/linkat a \"x\" b \"z\"))",
        "(fn [a :- Dir b :- Dir] (sys/renameat2 a \"x\" b \"z\"))",
        "(fn [a :- Dir b :- Dir] (sys/renameat2 a \"x\" b \"y\" :noreplace))",
        "(fn [a :- Dir b :- Dir] (try (sys/renameat2 a \"x\" b \"z\")))",
        "(fn [a :- Dir b :- Dir] (sys/renameat2.exchange a \"x\" b \"y\"))",
    ];
    for (mode, text) in MODES.iter().flat_map(|m| programs.map(|t| (*m, t))) {
        let exchange = text.contains("exchange");
        let unmoved = |fake: &FakeKernel| {
            let read = |path| fake.edit(|tree| tree.read(path));
            read("/a/x") == Some(b"x".into()) && read("/b/y") == Some(b"y".into())
        };
        // The second directory has what the first lacks: that is no error to be caught.
        let (fake, outcome) = between(mode, text, [all, more]);
        assert_eq!(
            outcome,
            Err(Rights::WRITE | Rights::META),
            "{mode:?} {text}"
        );
        assert!(unmoved(&fake));
        // The other way round there is nothing to gain, but for an exchange.
        if exchange {
            let (_, outcome) = between(mode, text, [more, all]);
            assert_eq!(
                outcome,
                Err(Rights::WRITE | Rights::META),
                "{mode:?} {text}"
            );
        } else if !text.contains(":noreplace") {
            assert_eq!(
                between(mode, text, [more, all]).1,
                Ok(()),
                "{mode:?} {text}"
            );
            assert_eq!(
                between(mode, text, [more, more]).1,
                Ok(()),
                "{mode:?} {text}"
            );
        }
    }
    for mode in MODES {
        let (fake, outcome) = between(mode, programs[4], [more, more]);
        assert_eq!((unmoved_by_exchange(&fake), outcome), (true, Ok(())));
    }
}

fn unmoved_by_exchange(fake: &FakeKernel) -> bool {
    let read = |path| fake.edit(|tree| tree.read(path));
    read("/a/x") == Some(b"y".into()) && read("/b/y") == Some(b"x".into())
}

/// What a directory opened below another may, the other may too: so within one directory nothing is in the way.
#[test]
fn what_is_derived_has_the_same_rights() {
    let text = "(fn [a :- Dir b :- Dir]
      (sys/mkdirat a \"sub\" 0o755)
      (sys/renameat2 a \"x\" (dir a \"sub\") \"x\")
      (sys/linkat (dir a \"sub\") \"x\" a \"back\"))";
    let rights = Rights::RENAME | Rights::LINK | Rights::CREATE | Rights::REMOVE;
    for mode in MODES {
        let (fake, outcome) = between(mode, text, [rights, Rights::NONE]);
        assert_eq!(outcome, Ok(()));
        assert_eq!(fake.edit(|tree| tree.read("/a/back")), Some(b"x".into()));
    }
}

/// A file that is memory is not opened, whatever it is called: what it is counts.
#[test]
fn no_file_is_a_door_to_memory() {
    let folder = std::env::temp_dir().join(format!("sawmill-doors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink("/proc/self/mem", folder.join("harmless")).unwrap();
    let harmless = format!(
        "(sys/openat2.readwrite (dir {:?}) \"harmless\")",
        folder.display()
    );
    let programs = [
        "(sys/openat2.write (dir \"/proc/self\") \"mem\")",
        "(sys/openat2.read (dir \"/proc/self\") \"mem\")",
        "(sys/openat2.create (dir \"/proc\") \"self/mem\" 0o600)",
        "(sys/openat2.readwrite (dir \"/proc/thread-self\") \"../../mem\")",
        &harmless,
    ];
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    for (mode, text) in [Mode::Interp, Mode::Jit]
        .iter()
        .flat_map(|m| programs.map(|t| (*m, t)))
    {
        let program = compile(mode, text);
        let mut context = Context::new(Options::default(), Box::new(RealKernel::new())).unwrap();
        context.root().unwrap();
        let before = open();
        let error = program.run_in(&mut context, &[]).unwrap_err();
        assert_eq!(error.code(), "EACCES", "{mode:?} {text}");
        context.unload();
        assert_eq!(open(), before, "{mode:?} {text}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    for mode in [Mode::Interp, Mode::Jit] {
        let text = "(count (sys/read (sys/openat2.read (dir \"/proc/self\") \"status\") 10))";
        let engine = Engine::new().mode(mode).ambient(Rights::ALL);
        let program = engine.compile(&format!("(defn main [] {text})")).unwrap();
        let count = program.func::<fn() -> i64>("main").unwrap().call(());
        assert_eq!(count.unwrap(), 10);
    }
}
