//! The shape of a function's control flow: order, predecessors, dominators, natural loops.
//!
//! Edges are those of [`Function::successors`]: targets, and from an `enter` to its handler. What the edges leave
//! out is that a failure goes from the middle of a block to a handler; whoever cares about what was executed (and
//! not only about what is defined) asks [`handler_of`]. Written apart from the verifier's own walk, so that a
//! mistake here is refused there.

use crate::entity::{Entity, Table};
use crate::module::{BlockId, Function, ScopeId};

/// The control flow of a function.
pub struct Graph {
    /// Blocks that can be reached, in reverse postorder; a loop's blocks come before what follows it where the
    /// loop's header goes on with its first target.
    pub order: Vec<BlockId>,
    /// The predecessors of each block, once per edge, of blocks that can be reached.
    pub preds: Table<BlockId, Vec<BlockId>>,
    /// Where a block's subtree of the dominator tree starts and ends; `None` if it cannot be reached.
    span: Table<BlockId, Option<(usize, usize)>>,
    /// The nearest block that dominates each; the first one's is itself.
    idom: Table<BlockId, Option<BlockId>>,
}

impl Graph {
    /// The control flow of `func`.
    pub fn of(func: &Function) -> Graph {
        let order = order(func);
        let mut preds: Table<BlockId, Vec<BlockId>> =
            func.blocks.keys().map(|_| Vec::new()).collect();
        for &block in &order {
            for next in func.successors(block) {
                preds[next].push(block);
            }
        }
        let idom = immediate_dominators(&order, &preds);
        let span = spans(&order, &idom);
        Graph {
            order,
            preds,
            span,
            idom,
        }
    }

    /// How many edges lead to a block from blocks that can be reached.
    pub fn predecessors(&self, block: BlockId) -> usize {
        self.preds[block].len()
    }

    /// Whether every way to `b` goes through `a`; a block dominates itself.
    pub fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        match (self.span[a], self.span[b]) {
            (Some(a), Some(b)) => a.0 <= b.0 && b.1 <= a.1,
            _ => false,
        }
    }

    /// The nearest block other than `b` that every way to `b` goes through.
    pub fn immediate_dominator(&self, b: BlockId) -> Option<BlockId> {
        self.idom[b].filter(|above| *above != b)
    }

    /// The nearest block that dominates both.
    pub fn common_dominator(&self, a: BlockId, b: BlockId) -> BlockId {
        let mut at = a;
        while !self.dominates(at, b) {
            match self.immediate_dominator(at) {
                Some(above) => at = above,
                None => return at,
            }
        }
        at
    }
}

/// Blocks that can be reached, in reverse postorder. Successors are walked last to first, so that a block is
/// followed by its first target.
pub(super) fn order(func: &Function) -> Vec<BlockId> {
    let mut order = Vec::with_capacity(func.blocks.len());
    let mut seen = vec![false; func.blocks.len()];
    let start = BlockId(0);
    if func.blocks.is_empty() {
        return order;
    }
    seen[start.index()] = true;
    let mut stack = vec![(start, func.successors(start))];
    while let Some((block, next)) = stack.last_mut() {
        match next.next_back() {
            Some(next) => {
                if !std::mem::replace(&mut seen[next.index()], true) {
                    stack.push((next, func.successors(next)));
                }
            }
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Immediate dominators by intersecting predecessors in reverse postorder until nothing changes (Cooper, Harvey and
/// Kennedy).
fn immediate_dominators(
    order: &[BlockId],
    preds: &Table<BlockId, Vec<BlockId>>,
) -> Table<BlockId, Option<BlockId>> {
    let mut number = vec![usize::MAX; preds.len()];
    for (n, block) in order.iter().enumerate() {
        number[block.index()] = n;
    }
    let mut idom = vec![usize::MAX; order.len()];
    if let Some(first) = idom.first_mut() {
        *first = 0;
    }
    let mut changed = true;
    while changed {
        changed = false;
        for (n, block) in order.iter().enumerate().skip(1) {
            let known = preds[*block].iter().map(|p| number[p.index()]);
            let joined = known
                .filter(|p| idom[*p] != usize::MAX)
                .reduce(|a, b| intersect(&idom, a, b))
                .unwrap_or(0);
            changed |= std::mem::replace(&mut idom[n], joined) != joined;
        }
    }
    let mut by_block: Table<BlockId, Option<BlockId>> = preds.keys().map(|_| None).collect();
    for (n, block) in order.iter().enumerate() {
        by_block[*block] = Some(order[idom[n]]);
    }
    by_block
}

/// The dominator tree as nested spans: a block's contains those of the blocks it dominates.
fn spans(
    order: &[BlockId],
    idom: &Table<BlockId, Option<BlockId>>,
) -> Table<BlockId, Option<(usize, usize)>> {
    let mut children: Table<BlockId, Vec<BlockId>> = idom.keys().map(|_| Vec::new()).collect();
    for block in order.iter().skip(1) {
        if let Some(above) = idom[*block] {
            children[above].push(*block);
        }
    }
    let mut span: Table<BlockId, Option<(usize, usize)>> = idom.keys().map(|_| None).collect();
    let mut clock = 0;
    let mut stack: Vec<(BlockId, bool)> = order.first().map(|b| (*b, false)).into_iter().collect();
    while let Some((block, done)) = stack.pop() {
        if done {
            if let Some(span) = &mut span[block] {
                span.1 = clock;
            }
            continue;
        }
        span[block] = Some((clock, clock));
        clock += 1;
        stack.push((block, true));
        stack.extend(children[block].iter().map(|c| (*c, false)));
    }
    span
}

fn intersect(idom: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        while a > b {
            a = idom[a];
        }
        while b > a {
            b = idom[b];
        }
    }
    a
}

/// A natural loop.
pub struct Loop {
    /// The loop around it, by its number.
    pub parent: Option<usize>,
    /// The one block outside that goes to the header, if there is just one.
    pub preheader: Option<BlockId>,
}

/// The loops of a function as a forest.
pub struct Loops {
    /// All loops; a loop comes after those around it.
    pub rows: Vec<Loop>,
    /// The innermost loop of each block.
    pub innermost: Table<BlockId, Option<usize>>,
}

impl Loops {
    /// The loops of a function whose control flow is `graph`.
    pub fn of(graph: &Graph) -> Loops {
        let mut rows: Vec<Loop> = Vec::new();
        let mut innermost: Table<BlockId, Option<usize>> =
            graph.preds.keys().map(|_| None).collect();
        // In reverse postorder an outer header comes before an inner one, so a later loop is the more inner one.
        for &header in &graph.order {
            let back = |p: &&BlockId| graph.dominates(header, **p);
            let mut work: Vec<BlockId> = graph.preds[header].iter().filter(back).copied().collect();
            if work.is_empty() {
                continue;
            }
            let mut outside: Vec<BlockId> = graph.preds[header]
                .iter()
                .filter(|p| !graph.dominates(header, **p))
                .copied()
                .collect();
            outside.dedup();
            let this = rows.len();
            rows.push(Loop {
                parent: innermost[header],
                preheader: (outside.len() == 1).then(|| outside[0]),
            });
            innermost[header] = Some(this);
            while let Some(block) = work.pop() {
                if innermost[block] != Some(this) {
                    innermost[block] = Some(this);
                    work.extend(&graph.preds[block]);
                }
            }
        }
        Loops { rows, innermost }
    }

    /// Whether a block is in the loop with that number, or in one within it.
    pub fn contains(&self, around: usize, block: BlockId) -> bool {
        let mut at = self.innermost[block];
        while let Some(n) = at {
            if n == around {
                return true;
            }
            at = self.rows[n].parent;
        }
        false
    }

    /// The lowest block from `wanted` up to `block`, which dominates it, that is in no loop but those around `block`.
    pub fn lowest_outside(&self, graph: &Graph, block: BlockId, wanted: BlockId) -> BlockId {
        let mut at = wanted;
        while at != block {
            let inner = self.innermost[at];
            if inner.is_none_or(|inner| self.contains(inner, block)) {
                return at;
            }
            match graph.immediate_dominator(at) {
                Some(above) => at = above,
                None => return block,
            }
        }
        block
    }
}

/// Who catches a failure in that scope: the handler of the innermost scope around it that has one.
pub fn handler_of(func: &Function, scope: ScopeId) -> Option<BlockId> {
    let mut at = Some(scope);
    while let Some(scope) = at {
        let row = &func.scopes[scope];
        if row.handler.is_some() {
            return row.handler;
        }
        at = row.parent;
    }
    None
}
