//! The process's descriptor table is the same before and after, however a run ends. Alone in its process, since other
//! tests' descriptors would be seen.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{TempDir, program, run};
use sawmill_ir::rights::Rights;
use sawmill_ir::value::Data;
use sawmill_runtime::kernel::RealKernel;
use sawmill_runtime::{Context, Options};
use std::path::PathBuf;

fn descriptors() -> Vec<(i32, PathBuf)> {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap();
    let mut open: Vec<(i32, PathBuf)> = entries
        .filter_map(|e| {
            let path = e.unwrap().path();
            // The descriptor that this is read through is gone by then.
            let target = std::fs::read_link(&path).ok()?;
            Some((path.file_name()?.to_str()?.parse().ok()?, target))
        })
        .filter(|(_, target)| !target.starts_with("/proc"))
        .collect();
    open.sort();
    open
}

#[test]
fn the_same_before_and_after() {
    let dir = TempDir::new("descriptors");
    for n in 0..40 {
        std::fs::create_dir_all(dir.0.join(format!("d{n}/e/f"))).unwrap();
        std::fs::write(dir.0.join(format!("d{n}/file")), vec![0; n]).unwrap();
    }
    let before = descriptors();
    let few = Options {
        handles: 5,
        ..Options::default()
    };
    let small = Options {
        memory: 200 << 10,
        ..Options::default()
    };
    for options in [Options::default(), few, small] {
        let mut context = Context::new(options, Box::new(RealKernel::new())).unwrap();
        let handle = context.open_dir(dir.bytes(), Rights::ALL).unwrap();
        let with_dir = descriptors();
        assert_eq!(with_dir.len(), before.len() + 1);
        let mut codes = Vec::new();
        for name in ["walk", "founding", "scopes"] {
            let mut args = vec![Data::Handle(handle)];
            if name == "scopes" {
                args.push(Data::Path(b".".into()));
            }
            let outcome = run(&mut context, &program(name), &args);
            codes.push(outcome.result.map_or_else(|f| f.fault.code(), |_| "ok"));
            assert_eq!(descriptors(), with_dir, "{name}");
        }
        // The walk needs two handles a level and four levels; the walk's buffers do not fit in the small memory.
        match (options.handles, options.memory) {
            (5, _) => assert_eq!(codes, ["handle-limit", "ok", "ok"]),
            (_, 204_800) => assert_eq!(codes, ["memory-limit", "ok", "ok"]),
            _ => assert_eq!(codes, ["ok", "ok", "ok"]),
        }
        drop(context);
        assert_eq!(descriptors(), before);
    }
}
