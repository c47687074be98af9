//! Sawmill: a small typed Lisp for system calls. A program is a whole job, handed over in one go.
//!
//! An [`Engine`] compiles text to a [`Program`], which knows, before anything runs, what it may do
//! ([`Program::manifest`]). [`Program::func`] looks a typed function up once; calling it runs the program.
//!
//! ```
//! use sawmill::{Dir, Engine, Rights, Stat};
//!
//! let program = Engine::new().compile("(defn main [d :- Dir] (->> (list d) (map stat)))")?;
//! assert_eq!(program.manifest().to_string(), "d: dir{list,stat}");
//! let main = program.func::<fn(Dir) -> Vec<Stat>>("main")?;
//! let stats = main.call((Dir::open("/etc", Rights::LIST | Rights::STAT)?,))?;
//! assert!(stats.iter().any(|s| s.name == "passwd"));
//! # Ok::<(), sawmill::Error>(())
//! ```
//!
//! In-process, the language is a boundary against bugs and hostile data. Hostile programs need a process of their own.

#![deny(unsafe_code)]

mod engine;
mod error;
pub mod explain;
mod func;
mod host;
mod manifest;
pub mod output;
mod session;
mod source;

pub use engine::{Engine, Mode, Program, Running};
pub use error::Error;
pub use func::{Arguments, Func, Return, Signature};
pub use host::{Argument, Dir, Entry, FromView, Stat, Timestamp};
pub use manifest::Manifest;
pub use sawmill_frontend::check::is_definition;
pub use sawmill_frontend::diag::{Code, Diagnostic};
pub use sawmill_frontend::docs::{Doc, Example, library, system_calls};
pub use sawmill_frontend::read::read;
pub use sawmill_frontend::ty::Ty;
pub use sawmill_ir::errno;
pub use sawmill_ir::fault::{Class, Failure, Fault};
pub use sawmill_ir::host::Kernel;
pub use sawmill_ir::module::Span;
pub use sawmill_ir::powers::{Power, Powers};
pub use sawmill_ir::rights::Rights;
pub use sawmill_ir::ty::{Type, file_type_name};
pub use sawmill_ir::value::{Data, View};
pub use sawmill_runtime::context::{Context, Interrupter, Options};
pub use session::{Input, Session};
pub use source::Sources;

/// The parts that tests and tools put together themselves.
pub mod parts {
    pub use sawmill_frontend as frontend;
    pub use sawmill_ir as ir;
    #[cfg(feature = "jit")]
    pub use sawmill_jit as jit;
    pub use sawmill_runtime as runtime;
}
