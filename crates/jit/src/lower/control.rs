//! Control flow: edges, the flag of an interruption, scopes and their handlers.

use super::Lower;
use crate::abi::{self, Helper, status};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData};
use cranelift_frontend::{FunctionBuilder, Variable};
use sawmill_ir::entity::Table;
use sawmill_ir::fault::Fault;
use sawmill_ir::module::{BlockId, End, Function, Keep, ScopeId, Target, Value};
use sawmill_ir::ty::Type;

/// What is known of a function's scopes while it is lowered.
pub(super) struct Scopes {
    rows: Table<ScopeId, Scope>,
}

struct Scope {
    /// The innermost scope, from this one outward, that has a handler.
    catcher: Option<ScopeId>,
    /// The mark of the handle stack when the scope was entered.
    mark: Mark,
    /// Where errors land that the scope's handler catches.
    landing: Option<ir::Block>,
}

#[derive(Clone, Copy)]
enum Mark {
    /// Nobody has entered it yet.
    None,
    /// The one `enter` has it, which dominates all of the scope.
    One(ir::Value),
    /// There are several; a scope that has a handler has only one.
    Several(Variable),
}

impl Scopes {
    pub(super) fn of(func: &Function, b: &mut FunctionBuilder<'_>) -> Scopes {
        let mut enters: Table<ScopeId, u32> = func.scopes.keys().map(|_| 0).collect();
        for block in func.blocks.values() {
            if let End::Enter(scope, _) = &block.end {
                enters[*scope] += 1;
            }
        }
        let row = |scope| Scope {
            catcher: catcher(func, scope),
            mark: match enters[scope] {
                0 | 1 => Mark::None,
                _ => Mark::Several(b.declare_var(I64)),
            },
            landing: None,
        };
        Scopes {
            rows: func.scopes.keys().map(row).collect(),
        }
    }

    pub(super) fn catcher(&self, scope: ScopeId) -> Option<ScopeId> {
        self.rows[scope].catcher
    }
}

/// The verifier limits how deep scopes nest.
fn catcher(func: &Function, scope: ScopeId) -> Option<ScopeId> {
    let mut at = Some(scope);
    while let Some(scope) = at {
        if func.scopes[scope].handler.is_some() {
            return Some(scope);
        }
        at = func.scopes[scope].parent;
    }
    None
}

impl<'a> Lower<'a> {
    /// How a block ends.
    pub(super) fn end(&mut self, from: BlockId, end: &'a End) {
        match end {
            End::Jump(target) => self.go(from, target),
            End::Turn(region, target, roots) => self.turn(from, *region, target, roots),
            End::Branch(condition, then, other) => self.branch(from, *condition, then, other),
            End::Return(value) => self.give_value(*value),
            End::Throw(error) => self.throw(*error),
            End::Enter(scope, target) => {
                let mark = self.context(abi::OPEN);
                match &mut self.scopes.rows[*scope].mark {
                    Mark::Several(variable) => self.b.def_var(*variable, mark),
                    one => *one = Mark::One(mark),
                }
                self.go(from, target);
            }
            End::Leave(scope, keep, target) => {
                self.leave(*scope, keep);
                self.go(from, target);
            }
        }
    }

    /// Whether an edge goes back, to a block at or before its own in reverse postorder.
    fn is_back_edge(&self, from: BlockId, target: &Target) -> bool {
        self.order[target.block] <= self.order[from]
    }

    pub(super) fn has_back_edge(&self, from: BlockId) -> bool {
        let end = &self.func.blocks[from].end;
        end.targets().any(|t| self.is_back_edge(from, t))
    }

    pub(super) fn arguments(&mut self, target: &Target) -> Vec<ir::BlockArg> {
        let mut args = Vec::with_capacity(target.args.len());
        for v in &target.args {
            if *self.ty(*v) == Type::Float {
                args.push(self.float(*v).into());
            } else {
                args.extend(self.words[*v].iter().map(|w| ir::BlockArg::from(*w)));
            }
        }
        args
    }

    fn jump(&mut self, target: &Target) {
        let (block, args) = (self.blocks[target.block], self.arguments(target));
        self.b.ins().jump(block, &args);
    }

    fn go(&mut self, from: BlockId, target: &Target) {
        self.poll(from, target);
        self.jump(target);
    }

    /// Stops here if the edge goes back and the host asked for it.
    pub(super) fn poll(&mut self, from: BlockId, target: &Target) {
        if self.is_back_edge(from, target) {
            let interrupted = self.interrupted();
            self.stop_if(interrupted, Fault::Interrupted);
        }
    }

    /// Whether the host wants the run to stop.
    pub(super) fn interrupted(&mut self) -> ir::Value {
        let flag = match self.fixed.interrupt {
            Some(flag) => flag,
            None => self.unchanging(abi::INTERRUPT),
        };
        let flags = MemFlagsData::trusted();
        self.b.ins().atomic_load(I32, flags, flag)
    }

    fn branch(&mut self, from: BlockId, condition: Value, then: &Target, other: &Target) {
        let condition = match self.conditions.get(&condition) {
            Some(bare) => *bare,
            None => self.words[condition][0],
        };
        let mut polled = Vec::new();
        let mut way = |lower: &mut Self, target: &'_ Target| {
            if !lower.is_back_edge(from, target) {
                return (lower.blocks[target.block], lower.arguments(target));
            }
            let edge = lower.b.create_block();
            polled.push((edge, target.clone()));
            (edge, Vec::new())
        };
        let (yes, yes_args) = way(self, then);
        let (no, no_args) = way(self, other);
        self.b.ins().brif(condition, yes, &yes_args, no, &no_args);
        for (edge, target) in polled {
            self.b.switch_to_block(edge);
            self.go(from, &target);
        }
    }

    fn give_value(&mut self, value: Value) {
        let words = self.words[value];
        let done = self.number(status::DONE);
        match *words {
            [word] => self.b.ins().return_(&[done, word]),
            _ => {
                for (n, word) in words.iter().enumerate() {
                    self.set_context(abi::RESULTS + 8 * n as i32, *word);
                }
                self.b.ins().return_(&[done])
            }
        };
    }

    fn throw(&mut self, error: Value) {
        let object = self.words[error][0];
        let address = self.address(object);
        let fault = self.load(address, 0, 1)[0];
        self.set_context(abi::ERROR, object);
        self.set_context(abi::FAULT, fault);
        self.unwind();
    }

    /// The mark of the handle stack when this scope was entered.
    fn mark(&mut self, scope: ScopeId) -> ir::Value {
        match self.scopes.rows[scope].mark {
            Mark::One(mark) => mark,
            Mark::Several(variable) => self.b.use_var(variable),
            Mark::None => self.number(0),
        }
    }

    /// Closes what was opened in the scope, if anything was.
    fn leave(&mut self, scope: ScopeId, keep: &Keep) {
        let Keep::Only(kept) = keep else {
            return;
        };
        let (mark, open) = (self.mark(scope), self.context(abi::OPEN));
        let opened = self.b.ins().icmp(IntCC::NotEqual, open, mark);
        let (close, next) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(opened, close, &[], next, &[]);
        self.b.switch_to_block(close);
        let kept = kept.iter().map(|v| self.words[*v]);
        let kept: Vec<ir::Value> = kept.flat_map(|w| w.to_vec()).collect();
        self.pass(&kept);
        let (ctx, count) = (self.fixed.ctx, self.number(kept.len() as i64));
        self.helper(Helper::CloseTo, &[ctx, mark, count]);
        self.b.ins().jump(next, &[]);
        self.b.switch_to_block(next);
    }

    /// Where errors land that the handler of `scope` catches.
    pub(super) fn landing(&mut self, scope: ScopeId) -> ir::Block {
        let b = &mut self.b;
        *self.scopes.rows[scope].landing.get_or_insert_with(|| {
            let block = b.create_block();
            b.set_cold_block(block);
            block
        })
    }

    /// Writes the landings that were asked for.
    pub(super) fn landings(&mut self) {
        for (scope, what) in self.func.scopes.iter() {
            let (Some(landing), Some(handler)) = (self.scopes.rows[scope].landing, what.handler)
            else {
                continue;
            };
            self.b.switch_to_block(landing);
            let (ctx, mark, none) = (self.fixed.ctx, self.mark(scope), self.number(0));
            self.helper(Helper::CloseTo, &[ctx, mark, none]);
            let error = self.context(abi::ERROR);
            let handler = self.blocks[handler];
            self.b.ins().jump(handler, &[error.into()]);
        }
    }
}
