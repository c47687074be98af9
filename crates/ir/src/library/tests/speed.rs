//! How long it takes: `cargo test --release -p sawmill-ir speed -- --ignored --nocapture`.

use super::*;
use crate::library::list;
use crate::library::map::{self, Map, Shape};
use crate::library::sort::{self, Order, Rank};
use std::time::Instant;

const SHAPE: Shape = Shape { key: 1, value: 1 };

fn time(what: &str, count: u64, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    let each = start.elapsed().as_nanos() as f64 / count as f64;
    println!("{what}: {each:.1} ns");
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let keys = Numbers(64);
    for size in [1000u64, 50_000, 1_000_000] {
        let mut host = Bare::of(3 << 30);
        host.memory.fill(1);
        let mut dice = Dice(3);
        let some: Vec<u64> = (0..1_000_000).map(|_| dice.below(size)).collect();
        let map = |at| Map {
            at,
            shape: SHAPE,
            keys,
        };
        let builder = map(map::builder(&mut host).unwrap());
        time(&format!("{size} count"), 1_000_000, || {
            for key in &some {
                builder.count(&mut host, &[*key]).unwrap();
            }
        });
        let mut sum = 0;
        time(&format!("{size} find"), 1_000_000, || {
            for key in &some {
                sum += builder.find(&mut host, &[*key]).unwrap().unwrap();
            }
        });
        let mut newest = map(map::builder(&mut host).unwrap());
        for n in 0..size {
            newest.put(&mut host, &[n], &[n]).unwrap();
        }
        time(&format!("{size} to trie"), size, || {
            newest.at = newest.assoc(&mut host, &[0], &[0]).unwrap();
        });
        let top = host.top;
        time(&format!("{size} assoc"), 1_000_000, || {
            for key in &some {
                newest.at = newest.assoc(&mut host, &[*key], &[1]).unwrap();
            }
        });
        println!("  {} bytes each", (host.top - top) / 1_000_000);
        time(&format!("{size} find in trie"), 1_000_000, || {
            for key in &some {
                sum += newest.find(&mut host, &[*key]).unwrap().unwrap();
            }
        });
        time(&format!("{size} entries of trie"), size, || {
            map::entry_list(&mut host, newest.at, SHAPE).unwrap();
        });
        assert_ne!(sum, 0);
    }
    let mut host = Bare::of(1 << 30);
    host.memory.fill(1);
    let mut dice = Dice(3);
    let words: Vec<u64> = (0..1_000_000).map(|_| dice.next()).collect();
    let list = list_of(&mut host, &words);
    for rank in [Rank::Signed, Rank::None] {
        let order = || Order {
            rank,
            reversed: false,
            compare: |_: &mut dyn Host, a: &[u64], b: &[u64]| Ok((a[0] as i64).cmp(&(b[0] as i64))),
            width: 1,
        };
        let mut sorted = 0;
        time(&format!("sort {rank:?}"), 1_000_000, || {
            sorted = sort::sort(&mut host, list, order()).unwrap();
        });
        time(&format!("sort {rank:?} again"), 1_000_000, || {
            sort::sort(&mut host, sorted, order()).unwrap();
        });
        time(&format!("sort-by {rank:?}"), 1_000_000, || {
            sort::sort_by(&mut host, list, list, 1, order()).unwrap();
        });
    }
    let mut list = list_of(&mut host, &[]);
    time("conj", 1_000_000, || {
        for n in 0..1_000_000 {
            list = list::conj(&mut host, list, &[n]).unwrap();
        }
    });
}
