//! Claim 5, apart from what the verifier does: by walking all ways and looking at what was defined when.

use super::{Claim, block, scopes, test};
use sawmill_ir::module::*;
use sawmill_ir::ops::Op;
use sawmill_ir::ty::Type;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is known at some place, whatever way was taken there.
#[derive(Clone, PartialEq, Default)]
struct State {
    /// The values that may be used.
    usable: BTreeSet<Value>,
    /// Those that were there when a region began.
    older: BTreeMap<Value, BTreeSet<Value>>,
    /// The builders that may have been used since.
    used: BTreeMap<Value, BTreeSet<Value>>,
}

impl State {
    fn join(&self, other: &State) -> State {
        let both = |a: &BTreeSet<Value>, b: &BTreeSet<Value>| a.intersection(b).copied().collect();
        let mut state = State {
            usable: both(&self.usable, &other.usable),
            ..State::default()
        };
        for (region, older) in &self.older {
            if let Some(other) = other.older.get(region) {
                state.older.insert(*region, both(older, other));
            }
        }
        for used in [&self.used, &other.used] {
            for (region, builders) in used {
                state.used.entry(*region).or_default().extend(builders);
            }
        }
        state
    }

    fn uses(&mut self, func: &Function, v: Value) {
        if is_builder(&func.values[v]) {
            self.used.values_mut().for_each(|used| {
                used.insert(v);
            });
        }
    }

    fn after(&mut self, func: &Function, inst: &Inst) {
        inst.args.iter().for_each(|v| self.uses(func, *v));
        match inst.op {
            Op::Region => {
                self.older.insert(inst.result, self.usable.clone());
                self.used.insert(inst.result, BTreeSet::new());
            }
            Op::Release => {
                let params: BTreeSet<Value> = func.param_values().iter().copied().collect();
                self.usable
                    .retain(|v| params.contains(v) || !refers(&func.values[*v]));
                self.older.clear();
            }
            _ => {}
        }
        self.usable.insert(inst.result);
    }
}

fn is_builder(ty: &Type) -> bool {
    matches!(ty, Type::Builder(_) | Type::MapBuilder(..))
}

/// Whether a value may be a place in memory.
fn refers(ty: &Type) -> bool {
    match ty {
        Type::Unit | Type::Bool | Type::Int | Type::Size | Type::Mode | Type::FileType => false,
        Type::Ino | Type::Dev | Type::Float | Type::Duration | Type::Time => false,
        Type::Dir(_) | Type::File(_) | Type::Listing => false,
        Type::Option(t) | Type::Desc(t) => refers(t),
        _ => true,
    }
}

/// The states at the beginning of each block.
fn states(func: &Function) -> Claim<HashMap<BlockId, State>> {
    let stacks = scopes(func)?;
    let mut known: HashMap<BlockId, State> = HashMap::from([(BlockId(0), State::default())]);
    let mut todo = vec![BlockId(0)];
    while let Some(b) = todo.pop() {
        let here = block(func, b)?;
        let mut state = known[&b].clone();
        let handlers = stacks[&b].iter().filter_map(|s| func.scopes[*s].handler);
        let mut catch: Vec<BlockId> = handlers.collect();
        let mut flow = |to: BlockId, state: &State| {
            let next = match known.get(&to) {
                None => state.clone(),
                Some(before) => before.join(state),
            };
            if known.get(&to) != Some(&next) {
                known.insert(to, next);
                todo.push(to);
            }
        };
        state.usable.extend(&here.params);
        catch.iter().for_each(|h| flow(*h, &state));
        for inst in &here.insts {
            state.after(func, inst);
            catch.iter().for_each(|h| flow(*h, &state));
        }
        here.end.each_use(|v| state.uses(func, v));
        if let End::Enter(s, _) = &here.end {
            catch.extend(func.scopes[*s].handler);
            catch.iter().for_each(|h| flow(*h, &state));
        }
        if let End::Turn(region, _, _) = &here.end {
            let older = state.older.get(region).cloned().unwrap_or_default();
            let stays = |v: &Value| older.contains(v) || !refers(&func.values[*v]) || v == region;
            state.usable.retain(stays);
        }
        here.end.targets().for_each(|t| flow(t.block, &state));
    }
    Ok(known)
}

pub(super) fn regions(func: &Function) -> Claim {
    for (b, mut state) in states(func)? {
        let here = block(func, b)?;
        state.usable.extend(&here.params);
        for inst in &here.insts {
            let all = inst.args.iter().all(|v| state.usable.contains(v));
            test(all, &format!("{} uses what was given back", inst.result))?;
            if inst.op == Op::Release {
                let mut params = func.param_values().iter();
                let builds = params.any(|v| is_builder(&func.values[*v]));
                test(!builds, "gives back what a builder of the caller may hold")?;
            }
            state.after(func, inst);
        }
        let mut all = true;
        here.end.each_use(|v| all &= state.usable.contains(&v));
        test(all, &format!("the end of {b} uses what was given back"))?;
        here.end.each_use(|v| state.uses(func, v));
        if let End::Turn(region, _, roots) = &here.end {
            let older = state.older.get(region).cloned().unwrap_or_default();
            test(
                roots.iter().all(|v| older.contains(v)),
                &format!("a root of the turn of {b} may move"),
            )?;
            let used = state.used.get(region).into_iter().flatten();
            let lost = used.filter(|v| older.contains(v) && !roots.contains(v));
            test(
                lost.count() == 0,
                &format!("the turn of {b} lacks a builder that was used"),
            )?;
        }
    }
    Ok(())
}
