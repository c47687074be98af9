//! Values that stand for others: what a pass has found to be the same is replaced everywhere at once.
//!
//! A value may be replaced by one that fits wherever it is wanted: of the same type, or with more rights in it. Every
//! row takes operands with more rights than it asks for, and a result may be declared weaker than its row gives it.

use crate::entity::Entity;
use crate::module::{Function, Value};

/// A map from values to those that replace them.
pub(super) struct Renaming {
    to: Vec<Value>,
    changed: bool,
}

impl Renaming {
    /// Every value of `func` stands for itself.
    pub(super) fn of(func: &Function) -> Renaming {
        Renaming {
            to: func.values.keys().collect(),
            changed: false,
        }
    }

    /// What stands for `v`. A value that was made after the map stands for itself.
    pub(super) fn find(&self, v: Value) -> Value {
        let mut at = v;
        while let Some(&next) = self.to.get(at.index())
            && next != at
        {
            at = next;
        }
        at
    }

    /// From now on `by` stands for `v`, if its type allows that; says whether it does.
    pub(super) fn replace(&mut self, func: &Function, v: Value, by: Value) -> bool {
        let (v, by) = (self.find(v), self.find(by));
        if v == by {
            return true;
        }
        if !func.values[by].fits(&func.values[v]) {
            return false;
        }
        self.to[v.index()] = by;
        self.changed = true;
        true
    }

    /// Rewrites all uses in `func`; says whether there was anything to rewrite.
    pub(super) fn apply(&self, func: &mut Function) -> bool {
        if self.changed {
            for block in func.blocks.values_mut() {
                for v in block.insts.iter_mut().flat_map(|inst| &mut inst.args) {
                    *v = self.find(*v);
                }
                block.end.each_use_mut(|v| *v = self.find(*v));
            }
        }
        self.changed
    }
}
