//! A kernel that keeps a file system in memory, for tests and dry runs.
//!
//! It makes the calls of the system call table as Linux does: paths with symlinks and their limit, `O_PATH`
//! descriptors, listings in the kernel's record format, statx, contents, names that are made and removed, attributes, and
//! the errors of all of these; of the machine and the process it says always the same. It is also the place to
//! make a call fail ([`FakeKernel::fail`]) or the world change behind a program's back ([`FakeKernel::after`]), and it
//! knows which descriptors are open. Its user owns every file, so of the permission bits the owner's count.
//!
//! Leaves out: mounts, other users, devices, time that passes; calls that it does not know are `ENOSYS`. Listings come in
//! the order of names.

mod calls;
mod files;
mod machine;
mod names;
mod tree;

pub use tree::{Meta, Tree};

use crate::kernel::pointers_lie_in;
use calls::Descriptors;
use sawmill_ir::host::Kernel;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::syscalls::catalogue::Version;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The kernel. A clone is the same one, so that a test can look at it while a context owns it.
#[derive(Clone)]
pub struct FakeKernel(Arc<Mutex<State>>);

struct State {
    tree: Tree,
    descriptors: Descriptors,
    made: HashMap<Sys, u64>,
    total: u64,
    failures: Vec<Failure>,
    hooks: Vec<Hook>,
}

/// Which calls fail, and how.
struct Failure {
    which: Nth,
    ever_after: bool,
    errno: i32,
}

/// What happens after a call.
struct Hook {
    which: Nth,
    action: Box<dyn FnOnce(&mut Tree) + Send>,
}

/// The n-th call, from 1, of a kind or of any.
#[derive(Clone, Copy, Debug)]
pub struct Nth {
    /// Of which kind; any but close if it is none.
    pub sys: Option<Sys>,
    /// The how manieth.
    pub n: u64,
}

impl Nth {
    /// The n-th call of any kind but close.
    pub fn any(n: u64) -> Nth {
        Nth { sys: None, n }
    }
    /// The n-th call of a kind.
    pub fn of(sys: Sys, n: u64) -> Nth {
        Nth { sys: Some(sys), n }
    }
}

impl Default for FakeKernel {
    fn default() -> Self {
        FakeKernel::new()
    }
}

impl FakeKernel {
    /// A kernel with an empty root directory, which is also the working directory.
    pub fn new() -> FakeKernel {
        FakeKernel(Arc::new(Mutex::new(State {
            tree: Tree::new(),
            descriptors: Descriptors::new(),
            made: HashMap::new(),
            total: 0,
            failures: Vec::new(),
            hooks: Vec::new(),
        })))
    }

    /// Looks at the files or changes them.
    pub fn edit<R>(&self, change: impl FnOnce(&mut Tree) -> R) -> R {
        change(&mut self.state().tree)
    }

    /// Makes a directory the working directory. Whether it is there.
    pub fn change_dir(&self, path: impl AsRef<[u8]>) -> bool {
        let mut state = self.state();
        let found = state.tree.find(path.as_ref());
        state.descriptors.cwd = found.unwrap_or(state.descriptors.cwd);
        found.is_some()
    }

    /// Makes a call fail with an errno, and those like it after it too if `ever_after`. The call does nothing then,
    /// except that a close that fails has closed, as on Linux.
    pub fn fail(&self, which: Nth, errno: i32, ever_after: bool) {
        self.state().failures.push(Failure {
            which,
            ever_after,
            errno,
        });
    }

    /// Changes the files after a call has been made.
    pub fn after(&self, which: Nth, action: impl FnOnce(&mut Tree) + Send + 'static) {
        self.state().hooks.push(Hook {
            which,
            action: Box::new(action),
        });
    }

    /// Forgets all failures and changes to come, and counts calls from 1 again.
    pub fn forget(&self) {
        let mut state = self.state();
        state.failures.clear();
        state.hooks.clear();
        state.made.clear();
        state.total = 0;
    }

    /// Pretends to be this version: calls that are newer are `ENOSYS`. It is 6.18, unless this is called.
    pub fn pretend(&self, version: Version) {
        self.state().descriptors.version = version;
    }

    /// Whether permission bits are no bar, as for root. They are, unless this is called.
    pub fn set_privileged(&self, privileged: bool) {
        self.state().descriptors.privileged = privileged;
    }

    /// How many descriptors may be open at a time.
    pub fn limit_descriptors(&self, limit: usize) {
        self.state().descriptors.limit = limit;
    }

    /// How many descriptors are open.
    pub fn open_descriptors(&self) -> usize {
        self.state().descriptors.open()
    }

    /// How many calls were made, but for close.
    pub fn calls(&self) -> u64 {
        self.state().total
    }

    /// How many calls of a kind were made.
    pub fn calls_of(&self, sys: Sys) -> u64 {
        self.state().made.get(&sys).copied().unwrap_or(0)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in a test's hook leaves nothing half done here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kernel for FakeKernel {
    fn release(&mut self) -> Option<Version> {
        Some(self.state().descriptors.version)
    }

    fn call(&mut self, sys: Sys, args: &[u64; 6], memory: &mut [u8]) -> i64 {
        let state = &mut *self.state();
        let of_kind = state.made.entry(sys).or_default();
        *of_kind += 1;
        let of_kind = *of_kind;
        state.total += u64::from(sys != Sys::Close);
        let total = state.total;
        let count = |which: Nth| match which.sys {
            Some(wanted) => (wanted == sys).then_some(of_kind),
            None => (sys != Sys::Close).then_some(total),
        };
        let fails = |f: &&Failure| {
            count(f.which).is_some_and(|n| n == f.which.n || f.ever_after && n > f.which.n)
        };
        let failure = state.failures.iter().find(fails).map(|f| f.errno);
        let result = match failure {
            Some(_) if sys != Sys::Close => Ok(0),
            _ if sys.row().call.since > state.descriptors.version => Err(calls::ENOSYS),
            _ if !pointers_lie_in(sys, args, memory) => Err(calls::EFAULT),
            _ => state.descriptors.call(&mut state.tree, sys, args, memory),
        };
        let due = |h: &mut Hook| count(h.which) == Some(h.which.n);
        let due: Vec<Hook> = state.hooks.extract_if(.., due).collect();
        for hook in due {
            (hook.action)(&mut state.tree);
        }
        match failure.map_or(result, Err) {
            Ok(value) => value,
            Err(errno) => -i64::from(errno),
        }
    }
}
