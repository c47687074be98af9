//! Parallel copies as a sequence of moves.

use super::code::Reg;
use std::collections::HashMap;

/// An order for moves `(to, from)` that have to happen at once, with `spare` for what goes round in circles. Each
/// register is the target of at most one of them.
pub(super) fn sequence(moves: &[(Reg, Reg)], spare: Reg) -> Vec<(Reg, Reg)> {
    if let [(to, from)] = moves {
        return if to == from {
            Vec::new()
        } else {
            vec![(*to, *from)]
        };
    }
    let mut source: HashMap<Reg, Reg> = HashMap::new();
    let mut readers: HashMap<Reg, u32> = HashMap::new();
    for (to, from) in moves.iter().filter(|(to, from)| to != from) {
        source.insert(*to, *from);
        *readers.entry(*from).or_default() += 1;
    }
    let mut order = Vec::with_capacity(moves.len() + 1);
    let targets: Vec<Reg> = moves.iter().map(|m| m.0).collect();
    let mut ready = targets.clone();
    ready.retain(|to| !readers.contains_key(to));
    for start in std::iter::once(None).chain(targets.into_iter().map(Some)) {
        // What is left when nothing is ready goes round in circles: one of it is put aside for who reads it.
        if let Some(start) = start.filter(|start| source.contains_key(start)) {
            order.push((spare, start));
            for from in source.values_mut().filter(|from| **from == start) {
                *from = spare;
            }
            ready.push(start);
        }
        while let Some(to) = ready.pop() {
            let Some(from) = source.remove(&to) else {
                continue;
            };
            order.push((to, from));
            if let Some(count) = readers.get_mut(&from) {
                *count -= 1;
                if *count == 0 {
                    ready.push(from);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All ways that four registers can be set from four registers.
    #[test]
    fn does_what_happens_at_once() {
        for choice in 0..5u32.pow(4) {
            let mut rest = choice;
            let mut moves = Vec::new();
            for to in 0..4 {
                if rest % 5 < 4 {
                    moves.push((to, rest % 5));
                }
                rest /= 5;
            }
            let mut expected = [10, 11, 12, 13, 0];
            for (to, from) in &moves {
                expected[*to as usize] = 10 + from;
            }
            let mut regs = [10, 11, 12, 13, 0];
            for (to, from) in sequence(&moves, 4) {
                regs[to as usize] = regs[from as usize];
            }
            assert_eq!(regs[..4], expected[..4], "{moves:?}");
        }
    }
}
