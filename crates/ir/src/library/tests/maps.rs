//! Maps.

use super::*;
use crate::library::map::{self, Map, Pairs, Shape};
use std::collections::HashMap;

const SHAPE: Shape = Shape { key: 1, value: 1 };

fn at(at: u64, shape: Shape, keys: Numbers) -> Map<Numbers> {
    Map { at, shape, keys }
}

/// What a map shows: pairs in order.
fn shown(host: &mut Bare, map: u64, shape: Shape) -> Vec<Vec<u64>> {
    let words = shape.pair() as usize;
    let pairs: Vec<u64> = map::entries(host.memory(), map, shape.pair() as usize).collect();
    let again: Vec<u64> = Pairs::of_run(host, map, shape).unwrap().collect();
    assert_eq!(pairs, again);
    let pair = |p: &u64| (0..words as u64).map(|w| host.word(p + 8 * w)).collect();
    pairs.iter().map(pair).collect()
}

/// The oracle: keys in the order they came, with their values.
#[derive(Clone, Default)]
struct Model(Vec<(Vec<u64>, Vec<u64>)>);

impl Model {
    fn put(&mut self, key: Vec<u64>, value: Vec<u64>) {
        match self.0.iter_mut().find(|e| e.0 == key) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key, value)),
        }
    }
    fn shown(&self) -> Vec<Vec<u64>> {
        let both = |(k, v): &(Vec<u64>, Vec<u64>)| [k.clone(), v.clone()].concat();
        self.0.iter().map(both).collect()
    }
}

fn check(host: &mut Bare, map: Map<Numbers>, model: &Model, others: &[Vec<u64>]) {
    assert_eq!(map::len(host.memory(), map.at), model.0.len() as u64);
    assert_eq!(shown(host, map.at, map.shape), model.shown());
    for (key, value) in &model.0 {
        let place = map.find(host, key).unwrap().expect("is there");
        let words: Vec<u64> = (0..value.len() as u64)
            .map(|n| host.word(place + 8 * n))
            .collect();
        assert_eq!(&words, value);
    }
    for key in others.iter().filter(|k| model.0.iter().all(|e| e.0 != **k)) {
        assert_eq!(map.find(host, key), Ok(None));
    }
}

/// Many versions of maps, made of one another by every operation, all of which stay what they were.
#[test]
fn versions_keep_what_they_showed() {
    for seed in 1..32u64 {
        let mut dice = Dice(seed * 991);
        let mut host = Bare::new();
        // Hashes from perfect to useless.
        let keys = Numbers([64, 64, 12, 5, 0][seed as usize % 5]);
        let shape = Shape {
            key: seed as usize % 3,
            value: seed as usize % 4,
        };
        let range = [8, 40, 300][seed as usize % 3];
        let key = |n: u64| vec![n; shape.key];
        let others: Vec<Vec<u64>> = (0..range).map(key).collect();
        let empty = map::builder(&mut host).unwrap();
        let mut versions = vec![(empty, Model::default())];
        for step in 0..300 {
            let which = match dice.below(4) {
                0 => dice.below(versions.len() as u64) as usize,
                _ => versions.len() - 1,
            };
            let (old, mut model) = versions[which].clone();
            let old = at(old, shape, keys);
            let k = key(dice.below(range));
            let v = vec![step; shape.value];
            let fresh = match dice.below(10) {
                0..=2 => {
                    model.0.retain(|e| e.0 != k);
                    old.dissoc(&mut host, &k).unwrap()
                }
                3 => {
                    let builder = map::thaw(&mut host, old).unwrap();
                    let builder = at(builder, shape, keys);
                    for n in 0..dice.below(range) {
                        builder.put(&mut host, &key(n), &v).unwrap();
                        model.put(key(n), v.clone());
                    }
                    check(&mut host, builder, &model, &others);
                    map::freeze(&mut host, builder.at)
                }
                _ => {
                    model.put(k.clone(), v.clone());
                    old.assoc(&mut host, &k, &v).unwrap()
                }
            };
            versions.push((fresh, model));
        }
        for (map, model) in &versions {
            check(&mut host, at(*map, shape, keys), model, &others);
        }
    }
}

#[test]
fn all_can_be_taken_out_again() {
    for bits in [64, 6, 0] {
        let keys = Numbers(bits);
        let mut host = Bare::new();
        let mut map = at(map::builder(&mut host).unwrap(), SHAPE, keys);
        let mut model = Model::default();
        for n in 0..200 {
            map.at = map.assoc(&mut host, &[n], &[n * 2]).unwrap();
            model.put(vec![n], vec![n * 2]);
        }
        for n in (0..200).map(|n| n * 77 % 200) {
            map.at = map.dissoc(&mut host, &[n]).unwrap();
            model.0.retain(|e| e.0[0] != n);
            check(&mut host, map, &model, &[vec![n]]);
        }
        assert_eq!(map::len(host.memory(), map.at), 0);
        map.at = map.assoc(&mut host, &[5], &[6]).unwrap();
        assert_eq!(shown(&mut host, map.at, SHAPE), [[5, 6]]);
    }
}

#[test]
fn builders_are_as_a_hash_map() {
    let keys = Numbers(64);
    let mut dice = Dice(5);
    let mut host = Bare::new();
    let builder = at(map::builder(&mut host).unwrap(), SHAPE, keys);
    let mut want: HashMap<u64, u64> = HashMap::new();
    let mut order = Vec::new();
    for _ in 0..200_000 {
        let key = dice.below(30_000);
        let count = builder.count(&mut host, &[key]).unwrap();
        let known = want.entry(key).or_insert_with(|| {
            order.push(key);
            0
        });
        *known += 1;
        assert_eq!(count, *known);
    }
    let pairs: Vec<Vec<u64>> = order.iter().map(|k| vec![*k, want[k]]).collect();
    assert_eq!(shown(&mut host, builder.at, SHAPE), pairs);
    let entries = map::entry_list(&mut host, builder.at, SHAPE).unwrap();
    let pairs: Vec<u64> = words_of(&mut host, entries, 1);
    let first: Vec<u64> = pairs.iter().map(|p| host.word(*p)).collect();
    assert_eq!(first, order);
    let column = map::column(&mut host, builder.at, SHAPE, false).unwrap();
    assert_eq!(words_of(&mut host, column, 1), order);
    let column = map::column(&mut host, builder.at, SHAPE, true).unwrap();
    let values: Vec<u64> = order.iter().map(|k| want[k]).collect();
    assert_eq!(words_of(&mut host, column, 1), values);
    builder.put(&mut host, &[1], &[i64::MAX as u64]).unwrap();
    assert_eq!(builder.count(&mut host, &[1]), Err(Fault::Overflow));
}

#[test]
fn groups_are_lists_of_their_own() {
    let keys = Numbers(64);
    let mut host = Bare::new();
    let builder = at(map::builder(&mut host).unwrap(), SHAPE, keys);
    let held = |host: &mut Bare, key: u64| {
        let place = builder.find(host, &[key]).unwrap().unwrap();
        host.word(place)
    };
    for n in 0..10_000 {
        builder.push(&mut host, &[n % 7], &[n]).unwrap();
    }
    // From here on somebody else knows the lists.
    map::freeze(&mut host, builder.at);
    let known = held(&mut host, 3);
    let mine = list_of(&mut host, &[1, 2]);
    builder.put(&mut host, &[100], &[mine]).unwrap();
    for n in 10_000..20_000 {
        builder.push(&mut host, &[n % 7], &[n]).unwrap();
        builder.push(&mut host, &[100], &[n]).unwrap();
    }
    let words: Vec<u64> = (0..10_000).filter(|n| n % 7 == 3).collect();
    assert_eq!(words_of(&mut host, known, 1), words);
    assert_eq!(words_of(&mut host, mine, 1), [1, 2]);
    for key in 0..7 {
        let list = held(&mut host, key);
        let words: Vec<u64> = (0..20_000).filter(|n| n % 7 == key).collect();
        assert_eq!(words_of(&mut host, list, 1), words);
    }
    let list = held(&mut host, 100);
    assert_eq!(words_of(&mut host, list, 1).len(), 10_002);
}

/// Changing a large map again and again, from one version as from the newest, copies little each time.
#[test]
fn changes_share_what_they_do_not_change() {
    let keys = Numbers(64);
    let mut host = Bare::of(256 << 20);
    let builder = at(map::builder(&mut host).unwrap(), SHAPE, keys);
    for n in 0..100_000 {
        builder.put(&mut host, &[n], &[n]).unwrap();
    }
    let first = at(map::freeze(&mut host, builder.at), SHAPE, keys);
    // The trie, once.
    first.assoc(&mut host, &[7], &[8]).unwrap();
    let before = host.top;
    let mut newest = first;
    for n in 0..50_000 {
        first.assoc(&mut host, &[n], &[1]).unwrap();
        newest.at = newest.assoc(&mut host, &[n * 3], &[2]).unwrap();
        first.dissoc(&mut host, &[n]).unwrap();
    }
    assert!(
        host.top - before < 150_000 * 800,
        "{}",
        (host.top - before) / 150_000
    );
    assert_eq!(map::len(host.memory(), newest.at), 100_000 + 16_666);
    assert_eq!(shown(&mut host, first.at, SHAPE)[9], [9, 9]);
    assert_eq!(shown(&mut host, newest.at, SHAPE)[9], [9, 2]);
}

/// A builder that is changed after it was frozen is nobody's business but the program's: nothing breaks.
#[test]
fn builders_used_after_their_time_break_nothing() {
    let keys = Numbers(64);
    let mut dice = Dice(12);
    for _ in 0..50 {
        let mut host = Bare::of(4 << 20);
        let builder = at(map::builder(&mut host).unwrap(), SHAPE, keys);
        let mut maps = vec![builder];
        for n in 0..400 {
            let key = [dice.below(100)];
            builder.put(&mut host, &key, &[n]).unwrap();
            map::freeze(&mut host, builder.at);
            let map = maps[dice.below(maps.len() as u64) as usize];
            let fresh = match n % 2 {
                0 => map.assoc(&mut host, &key, &[n]).unwrap(),
                _ => map.dissoc(&mut host, &key).unwrap(),
            };
            maps.push(at(fresh, SHAPE, keys));
            if n % 50 == 0 {
                for map in &maps {
                    let shown = shown(&mut host, map.at, SHAPE);
                    assert_eq!(shown.len() as u64, map::len(host.memory(), map.at));
                    map::entry_list(&mut host, map.at, SHAPE).unwrap();
                }
            }
        }
    }
}

#[test]
fn what_has_no_room_fails_and_nothing_else() {
    let keys = Numbers(64);
    for room in 0..300 {
        let mut host = Bare::of(4096 + room * 16);
        let Ok(builder) = map::builder(&mut host) else {
            continue;
        };
        let builder = at(builder, SHAPE, keys);
        let mut count = 0;
        let full = loop {
            if let Err(fault) = builder.put(&mut host, &[count], &[count]) {
                break fault;
            }
            count += 1;
        };
        assert_eq!(full, Fault::Memory);
        assert_eq!(map::len(host.memory(), builder.at), count);
        assert!((0..count).all(|n| builder.find(&mut host, &[n]).unwrap().is_some()));
        let mut host = Bare::of(4096 + room * 16);
        let Ok(empty) = map::builder(&mut host) else {
            continue;
        };
        let mut map = at(empty, SHAPE, keys);
        let mut count = 0;
        loop {
            match map.assoc(&mut host, &[count], &[count]) {
                Ok(fresh) => map.at = fresh,
                Err(fault) => break assert_eq!(fault, Fault::Memory),
            }
            count += 1;
        }
        assert_eq!(shown(&mut host, map.at, SHAPE).len() as u64, count);
    }
}

#[test]
fn long_work_can_be_interrupted() {
    let keys = Numbers(64);
    let mut host = Bare::of(256 << 20);
    let builder = at(map::builder(&mut host).unwrap(), SHAPE, keys);
    let put = |host: &mut Bare, n| builder.put(host, &[n], &[n]);
    host.patience.set(1);
    let stopped = (0..300_000).find_map(|n| put(&mut host, n).err());
    assert_eq!(stopped, Some(Fault::Interrupted));
    host.patience.set(u64::MAX);
    (0..300_000).for_each(|n| put(&mut host, n).unwrap());
    type Work = fn(&mut Bare, Map<Numbers>) -> Result<u64, Fault>;
    let works: [Work; 4] = [
        |host, map| map.assoc(host, &[1], &[1]),
        |host, map| map::entry_list(host, map.at, SHAPE),
        |host, map| map::column(host, map.at, SHAPE, true),
        |host, map| map::thaw(host, map),
    ];
    let trie = {
        let builder = map::thaw(&mut host, builder).unwrap();
        at(builder, SHAPE, keys)
            .assoc(&mut host, &[1], &[1])
            .unwrap()
    };
    for (n, work) in works.into_iter().enumerate() {
        for map in [builder.at, trie] {
            if n == 0 && map == trie {
                continue;
            }
            let map = at(map, SHAPE, keys);
            host.patience.set(1);
            assert_eq!(work(&mut host, map), Err(Fault::Interrupted), "{n}");
            host.patience.set(u64::MAX);
            assert!(work(&mut host, map).is_ok());
        }
    }
}
