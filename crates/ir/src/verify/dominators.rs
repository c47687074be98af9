//! Dominators by Lengauer and Tarjan's method with path compression: O(edges · log blocks) whatever the graph.

use crate::module::{BlockId, Function};

const NONE: u32 = u32::MAX;

/// The dominator tree of a function's blocks, and their reverse postorder.
pub(super) struct Dominators {
    /// Position in reverse postorder.
    position: Vec<u32>,
    /// When a walk of the tree comes to a block, and when it has left it.
    span: Vec<(u32, u32)>,
    /// The blocks that go to each block, once per edge.
    predecessors: Vec<Vec<BlockId>>,
}

impl Dominators {
    /// Of a function whose targets and handlers exist.
    pub(super) fn of(func: &Function) -> Dominators {
        let blocks = func.blocks.len();
        let mut predecessors = vec![Vec::new(); blocks];
        for b in func.blocks.keys() {
            for next in func.successors(b) {
                predecessors[next.0 as usize].push(b);
            }
        }
        let mut position = vec![NONE; blocks];
        for (i, b) in func.reverse_postorder().into_iter().enumerate() {
            position[b.0 as usize] = i as u32;
        }
        let walk = Walk::of(func);
        let above = walk.immediate(&predecessors);
        let mut children = vec![Vec::new(); walk.blocks.len()];
        for (n, above) in above.iter().enumerate().skip(1) {
            children[*above as usize].push(n as u32);
        }
        let mut span = vec![(NONE, NONE); blocks];
        let mut clock = 0;
        let mut stack = vec![(0, 0)];
        while let Some((n, at)) = stack.last_mut() {
            let (n, child) = (*n as usize, children[*n as usize].get(*at).copied());
            let block = walk.blocks[n].0 as usize;
            if *at == 0 {
                span[block].0 = clock;
                clock += 1;
            }
            *at += 1;
            match child {
                Some(child) => stack.push((child, 0)),
                None => {
                    span[block].1 = clock;
                    stack.pop();
                }
            }
        }
        Dominators {
            position,
            span,
            predecessors,
        }
    }

    /// Whether there is a way from `^0` to it.
    pub(super) fn is_reachable(&self, b: BlockId) -> bool {
        self.position[b.0 as usize] != NONE
    }
    /// Its position in reverse postorder.
    pub(super) fn position(&self, b: BlockId) -> u32 {
        self.position[b.0 as usize]
    }
    /// Whether every way to `b` goes through `a`; a block dominates itself.
    pub(super) fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        let (a, b) = (self.span[a.0 as usize], self.span[b.0 as usize]);
        a.0 <= b.0 && b.1 <= a.1
    }
    /// The blocks that go to `b`, once per edge, handlers' edges included.
    pub(super) fn predecessors(&self, b: BlockId) -> &[BlockId] {
        &self.predecessors[b.0 as usize]
    }
}

/// A depth-first walk; blocks are called by their number in it.
struct Walk {
    blocks: Vec<BlockId>,
    number: Vec<u32>,
    parent: Vec<u32>,
}

impl Walk {
    fn of(func: &Function) -> Walk {
        let mut walk = Walk {
            blocks: Vec::new(),
            number: vec![NONE; func.blocks.len()],
            parent: Vec::new(),
        };
        let mut stack = vec![(BlockId(0), 0)];
        while let Some((b, parent)) = stack.pop() {
            if walk.number[b.0 as usize] != NONE {
                continue;
            }
            let n = walk.blocks.len() as u32;
            walk.number[b.0 as usize] = n;
            walk.blocks.push(b);
            walk.parent.push(parent);
            stack.extend(func.successors(b).map(|next| (next, n)));
        }
        walk
    }

    /// The immediate dominator of each block; that of the first is itself.
    fn immediate(&self, predecessors: &[Vec<BlockId>]) -> Vec<u32> {
        let count = self.blocks.len();
        let mut forest = Forest {
            semi: (0..count as u32).collect(),
            label: (0..count as u32).collect(),
            ancestor: vec![NONE; count],
        };
        let mut buckets = vec![Vec::new(); count];
        let mut above = vec![0; count];
        for w in (1..count).rev() {
            for before in &predecessors[self.blocks[w].0 as usize] {
                let v = self.number[before.0 as usize];
                if v != NONE {
                    let u = forest.best(v);
                    forest.semi[w] = forest.semi[w].min(forest.semi[u as usize]);
                }
            }
            buckets[forest.semi[w] as usize].push(w as u32);
            let parent = self.parent[w];
            forest.ancestor[w] = parent;
            for v in std::mem::take(&mut buckets[parent as usize]) {
                let u = forest.best(v);
                let nearer = forest.semi[u as usize] < forest.semi[v as usize];
                above[v as usize] = if nearer { u } else { parent };
            }
        }
        for w in 1..count {
            if above[w] != forest.semi[w] {
                above[w] = above[above[w] as usize];
            }
        }
        above
    }
}

/// The part of the walk's tree that has been linked so far.
struct Forest {
    semi: Vec<u32>,
    label: Vec<u32>,
    ancestor: Vec<u32>,
}

impl Forest {
    /// The block with the least semidominator between `v` and the root of its tree, the root excluded.
    fn best(&mut self, v: u32) -> u32 {
        let mut path = Vec::new();
        let mut x = v;
        while self.ancestor[x as usize] != NONE {
            path.push(x as usize);
            x = self.ancestor[x as usize];
        }
        // The topmost of the path hangs on the root already.
        path.pop();
        for x in path.into_iter().rev() {
            let a = self.ancestor[x] as usize;
            if self.semi[self.label[a] as usize] < self.semi[self.label[x] as usize] {
                self.label[x] = self.label[a];
            }
            self.ancestor[x] = self.ancestor[a];
        }
        self.label[v as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::Entity;
    use crate::module::{Block, End, ScopeId, Span, Target, Value};
    use proptest::prelude::*;

    /// A function whose blocks go to these blocks.
    fn graph(edges: &[(u32, u32)]) -> Function {
        let mut func = Function::default();
        let count = edges.len() as u32;
        for (a, b) in edges {
            let to = |n: u32| Target::to(BlockId(n % count));
            func.blocks.push(Block {
                scope: ScopeId(0),
                params: Vec::new(),
                insts: Vec::new(),
                end: End::Branch(Value(0), to(*a), to(*b)),
                end_at: Span::default(),
            });
        }
        func
    }

    /// The blocks that can be reached without going through one.
    fn reached(func: &Function, without: Option<BlockId>) -> Vec<bool> {
        let mut seen = vec![false; func.blocks.len()];
        let mut todo = vec![BlockId(0)];
        while let Some(b) = todo.pop() {
            if Some(b) != without && !std::mem::replace(&mut seen[b.0 as usize], true) {
                todo.extend(func.successors(b));
            }
        }
        seen
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// What dominates a block is what it cannot be reached without.
        #[test]
        fn they_are_what_a_block_cannot_be_reached_without(
            edges in proptest::collection::vec((any::<u32>(), any::<u32>()), 1..24),
        ) {
            let func = graph(&edges);
            let tree = Dominators::of(&func);
            let reachable = reached(&func, None);
            for a in func.blocks.keys() {
                prop_assert_eq!(tree.is_reachable(a), reachable[a.index()]);
                let without = reached(&func, Some(a));
                for b in func.blocks.keys() {
                    if reachable[a.index()] && reachable[b.index()] {
                        let want = !without[b.index()];
                        prop_assert_eq!(tree.dominates(a, b), want, "{} {}: {:?}", a, b, &edges);
                    }
                }
            }
        }
    }
}
