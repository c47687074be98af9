//! What branches tell: where a test came out one way, a check that asks the same again is left out.
//!
//! Values never change, so what is known of one where a branch leads holds in all that this block dominates.

use sawmill_ir::module::{BlockId, End, Function, Imm, Inst, Value};
use sawmill_ir::ops::Op;
use sawmill_ir::pass::graph::Graph;
use std::collections::HashMap;

/// Something known of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Fact {
    /// The option has a value.
    Some(Value),
    /// The result is a value.
    Ok(Value),
    /// The result is an error.
    Err(Value),
    /// The enum's value is of this case.
    Case(Value, u32),
    /// The number is not the greatest.
    BelowMax(Value),
    /// The number is not the least.
    AboveMin(Value),
}

/// What is known in a function, and where.
pub(super) struct Known {
    graph: Graph,
    /// Blocks from which on it holds.
    facts: HashMap<Fact, Vec<BlockId>>,
}

/// From how many blocks on a fact is remembered to hold.
const MOST_PLACES: usize = 8;

impl Known {
    pub(super) fn of(func: &Function) -> Known {
        let graph = Graph::of(func);
        let tests = Tests::of(func);
        let mut known = Known {
            graph,
            facts: HashMap::new(),
        };
        for block in func.blocks.values() {
            let End::Branch(condition, then, other) = &block.end else {
                continue;
            };
            for (target, holds) in [(then, true), (other, false)] {
                // With another way in, being there says nothing.
                if known.graph.predecessors(target.block) == 1 {
                    tests.each_fact(*condition, holds, |fact| known.add(fact, target.block));
                }
            }
        }
        known
    }

    fn add(&mut self, fact: Fact, from: BlockId) {
        let places = self.facts.entry(fact).or_default();
        if places.len() < MOST_PLACES {
            places.push(from);
        }
    }

    /// Whether it holds in that block.
    pub(super) fn holds(&self, fact: Fact, block: BlockId) -> bool {
        let places = self.facts.get(&fact);
        places.is_some_and(|all| all.iter().any(|from| self.graph.dominates(*from, block)))
    }
}

/// The instructions that tests are made of, by their results.
struct Tests<'a>(HashMap<Value, &'a Inst>);

impl<'a> Tests<'a> {
    fn of(func: &'a Function) -> Tests<'a> {
        let test = |inst: &&Inst| {
            let op = inst.op;
            matches!(
                op,
                Op::Lt | Op::Le | Op::Eq | Op::IsSome | Op::IsOk | Op::Tag | Op::Int | Op::Not
            )
        };
        let insts = func.blocks.values().flat_map(|b| &b.insts);
        Tests(insts.filter(test).map(|i| (i.result, i)).collect())
    }

    /// What follows if a condition holds, or does not.
    fn each_fact(&self, mut condition: Value, mut holds: bool, mut fact: impl FnMut(Fact)) {
        while let Some(inst) = self.0.get(&condition).filter(|i| i.op == Op::Not) {
            (condition, holds) = (inst.args[0], !holds);
        }
        let Some(inst) = self.0.get(&condition) else {
            return;
        };
        match (inst.op, holds, &inst.args[..]) {
            (Op::IsSome, true, [o]) => fact(Fact::Some(*o)),
            (Op::IsOk, true, [r]) => fact(Fact::Ok(*r)),
            (Op::IsOk, false, [r]) => fact(Fact::Err(*r)),
            (Op::Lt, true, [less, more]) | (Op::Le, false, [more, less]) => {
                fact(Fact::BelowMax(*less));
                fact(Fact::AboveMin(*more));
            }
            (Op::Eq, true, [a, b]) => {
                for (tag, number) in [(a, b), (b, a)] {
                    if let Some((of, case)) = self.case(*tag, *number) {
                        fact(Fact::Case(of, case));
                    }
                }
            }
            _ => {}
        }
    }

    /// The enum's value whose tag is the first, and the case that the second is the number of.
    fn case(&self, tag: Value, number: Value) -> Option<(Value, u32)> {
        let tag = self.0.get(&tag).filter(|i| i.op == Op::Tag)?;
        match self.0.get(&number)?.imm {
            Imm::Int(n) => Some((tag.args[0], u32::try_from(n).ok()?)),
            _ => None,
        }
    }
}
