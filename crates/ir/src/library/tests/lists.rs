//! Lists, arrays, sorting.

use super::*;
use crate::library::sort::{self, Compare, Order, Rank};
use crate::library::{array, list};

/// Every version of a list stays what it was, whatever is made of it afterwards, by whatever operation.
#[test]
fn versions_keep_what_they_showed() {
    for seed in 1..40 {
        let mut dice = Dice(seed * 77);
        let mut host = Bare::new();
        let width = 1 + seed as usize % 3;
        let element = |n: u64| (0..width as u64).map(|w| n * 10 + w).collect::<Vec<u64>>();
        let empty = list_of(&mut host, &[]);
        let mut versions: Vec<(u64, Vec<u64>)> = vec![(empty, Vec::new())];
        for step in 0..400 {
            // The newest most of the time.
            let which = match dice.below(3) {
                0 => dice.below(versions.len() as u64) as usize,
                _ => versions.len() - 1,
            };
            let (old, words) = versions[which].clone();
            let len = (words.len() / width) as u64;
            let w = width as u64;
            let fresh = match dice.below(9) {
                0 if len > 0 => {
                    // Mostly a little less than there is.
                    let from = dice.below(3).min(len);
                    let to = from + (len - from).saturating_sub(dice.below(3));
                    let part = words[from as usize * width..to as usize * width].to_vec();
                    (list::slice_of(&mut host, old, from, to, w).unwrap(), part)
                }
                1 => {
                    let (other, more) =
                        versions[dice.below(versions.len() as u64) as usize].clone();
                    if words.len() + more.len() > 3000 {
                        continue;
                    }
                    let all = [words, more].concat();
                    (list::concat(&mut host, old, other, w).unwrap(), all)
                }
                2 => {
                    let turned = words.chunks(width).rev().flatten().copied().collect();
                    (list::reverse(&mut host, old, w).unwrap(), turned)
                }
                3 if len > 0 => {
                    let at = dice.below(len);
                    let mut other = words;
                    other[at as usize * width..][..width].copy_from_slice(&element(step));
                    (
                        list::set(&mut host, old, at, &element(step)).unwrap(),
                        other,
                    )
                }
                _ => {
                    let more = [words, element(step)].concat();
                    (list::conj(&mut host, old, &element(step)).unwrap(), more)
                }
            };
            versions.push(fresh);
        }
        for (list, words) in &versions {
            assert_eq!(&words_of(&mut host, *list, width as u64), words);
        }
    }
}

#[test]
fn appending_one_by_one_is_linear() {
    let mut host = Bare::new();
    let mut list = list_of(&mut host, &[]);
    let before = host.top;
    for n in 0..200_000 {
        list = list::conj(&mut host, list, &[n]).unwrap();
    }
    // A header each, and the elements, a few times over.
    assert!(host.top - before < 200_000 * (24 + 8 * 4));
    let one = list_of(&mut host, &[7]);
    let before = host.top;
    for _ in 0..100_000 {
        list = list::concat(&mut host, list, one, 1).unwrap();
    }
    assert!(host.top - before < 100_000 * 24 + 300_000 * 8 * 4);
    assert_eq!(host.word(list), 300_000);
    let words = words_of(&mut host, list, 1);
    assert!(words[..200_000].iter().copied().eq(0..200_000));
    assert!(words[200_000..].iter().all(|w| *w == 7));
}

#[test]
fn units_take_no_room() {
    let mut host = Bare::new();
    let mut list = list_of(&mut host, &[]);
    for _ in 0..20 {
        list = list::conj(&mut host, list, &[]).unwrap();
    }
    assert_eq!(host.word(list), 20);
    let both = list::concat(&mut host, list, list, 0).unwrap();
    let turned = list::reverse(&mut host, both, 0).unwrap();
    assert_eq!(host.word(turned), 40);
    let part = list::slice_of(&mut host, turned, 3, 5, 0).unwrap();
    assert_eq!(host.word(part), 2);
    let same = list::set(&mut host, part, 1, &[]).unwrap();
    assert_eq!(host.word(same), 2);
    let mut list = turned;
    let full = (0..64).find_map(|_| match list::concat(&mut host, list, list, 0) {
        Ok(longer) => {
            list = longer;
            None
        }
        Err(fault) => Some(fault),
    });
    assert_eq!(full, Some(Fault::Memory));
}

#[test]
fn bounds_are_tested() {
    let mut host = Bare::new();
    let list = list_of(&mut host, &[1, 2, 3]);
    let minus = -1i64 as u64;
    for (from, to) in [(2, 1), (0, 4), (minus, 2), (0, minus), (4, 4)] {
        let sliced = list::slice_of(&mut host, list, from, to, 1);
        assert_eq!(sliced, Err(Fault::Index));
    }
    for at in [3, minus] {
        assert_eq!(list::set(&mut host, list, at, &[0]), Err(Fault::Index));
    }
    for bytes in [false, true] {
        let made = array::new(&mut host, minus, bytes, 0);
        assert_eq!(made, Err(Fault::BadArgument));
        let made = array::new(&mut host, 11, bytes, 1).unwrap();
        array::set(host.memory(), made, 10, bytes, 0).unwrap();
        let frozen = array::freeze(&mut host, made, bytes).unwrap();
        array::set(host.memory(), made, 0, bytes, 0).unwrap();
        let want = [vec![1; 10], vec![0]].concat();
        assert_eq!(words_of(&mut host, frozen, 1), want);
        assert_eq!(array::get(host.memory(), made, 0, bytes), Ok(0));
        assert_eq!(array::get(host.memory(), made, 1, bytes), Ok(1));
        for at in [11, minus] {
            assert_eq!(
                array::get(host.memory(), made, at, bytes),
                Err(Fault::Index)
            );
            let set = array::set(host.memory(), made, at, bytes, 1);
            assert_eq!(set, Err(Fault::Index));
        }
    }
    for len in [1 << 62, i64::MAX as u64, 1 << 40] {
        assert_eq!(array::new(&mut host, len, false, 0), Err(Fault::Memory));
    }
}

fn numbers(rank: Rank, reversed: bool) -> Order<impl Compare> {
    Order {
        rank,
        reversed,
        compare: move |_: &mut dyn Host, a: &[u64], b: &[u64]| {
            let order = (a[0] as i64).cmp(&(b[0] as i64));
            Ok(if reversed { order.reverse() } else { order })
        },
        width: 1,
    }
}

#[test]
fn sorting_is_as_in_the_standard_library() {
    let mut dice = Dice(99);
    for round in 0..70 {
        let mut host = Bare::of(16 << 20);
        let len = [0, 1, 2, 17, 100, 3000, 130_000][round % 7];
        let bound = [3, 50, u64::MAX][round % 3];
        let mut words: Vec<u64> = (0..len)
            .map(|_| dice.below(bound).wrapping_sub(bound / 2))
            .collect();
        match round % 5 {
            0 => words.sort_unstable_by_key(|w| *w as i64),
            1 => words.sort_unstable_by_key(|w| std::cmp::Reverse(*w as i64)),
            2 => words[..len as usize / 2].sort_unstable_by_key(|w| *w as i64),
            _ => {}
        }
        let reversed = round % 2 == 1;
        let list = list_of(&mut host, &words);
        let mut want: Vec<(u64, u64)> = words.iter().copied().zip(0..).collect();
        match reversed {
            true => want.sort_by_key(|w| std::cmp::Reverse(w.0 as i64)),
            false => want.sort_by_key(|w| w.0 as i64),
        }
        // By rank alone, and by comparing.
        for rank in [Rank::Signed, Rank::None] {
            let sorted = sort::sort(&mut host, list, numbers(rank, reversed)).unwrap();
            let got = words_of(&mut host, sorted, 1);
            assert!(got.iter().eq(want.iter().map(|w| &w.0)), "{round} {rank:?}");
            // Values of another width beside the keys, which show what is stable.
            let beside: Vec<u64> = (0..len).flat_map(|n| [n, n + 1]).collect();
            let data = host.put_words(&beside).unwrap();
            let values = host.put_words(&[len, len, data]).unwrap();
            let order = numbers(rank, reversed);
            let sorted = sort::sort_by(&mut host, list, values, 2, order).unwrap();
            let got = words_of(&mut host, sorted, 2);
            assert!(got.iter().step_by(2).eq(want.iter().map(|w| &w.1)));
            assert_eq!(words_of(&mut host, list, 1), words);
        }
    }
}

#[test]
fn ranks_are_in_the_order_of_keys() {
    let floats = [
        f64::NEG_INFINITY,
        -1.5,
        -0.0,
        0.0,
        1e-300,
        2.0,
        f64::INFINITY,
        f64::NAN,
        -f64::NAN,
    ];
    let ranks = floats.map(|f| Rank::Float.of(&[], &[f.to_bits()]));
    assert!(ranks.is_sorted());
    assert_eq!(ranks[2], ranks[3]);
    assert_eq!(
        ranks.iter().collect::<std::collections::HashSet<_>>().len(),
        7
    );
    let texts = ["", "a", "ab", "abcdefgh", "abcdefghi", "b", "\u{e9}"];
    let mut host = Bare::of(1 << 16);
    let ranks = texts.map(|t| {
        let words = host.put_bytes(t.as_bytes()).unwrap();
        Rank::Bytes.of(host.memory(), &words)
    });
    assert!(ranks.is_sorted());
    assert_eq!(ranks[3], ranks[4]);
}

#[test]
fn keys_beside_fewer_or_more_values() {
    let mut host = Bare::of(1 << 16);
    let keys = list_of(&mut host, &[3, 2, 1]);
    let order = || numbers(Rank::Signed, false);
    let four = list_of(&mut host, &[10, 11, 12, 13]);
    let sorted = sort::sort_by(&mut host, keys, four, 1, order()).unwrap();
    assert_eq!(words_of(&mut host, sorted, 1), [12, 11, 10, 13]);
    let two = list_of(&mut host, &[10, 11]);
    let sorted = sort::sort_by(&mut host, keys, two, 1, order()).unwrap();
    assert_eq!(words_of(&mut host, sorted, 1), [11, 10]);
}

#[test]
fn long_work_can_be_interrupted() {
    let mut host = Bare::new();
    let words: Vec<u64> = (0..500_000u64)
        .map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .collect();
    let list = list_of(&mut host, &words);
    type Work = fn(&mut Bare, u64) -> Result<u64, Fault>;
    let works: [Work; 7] = [
        |host, list| sort::sort(host, list, numbers(Rank::Signed, false)),
        |host, list| sort::sort(host, list, numbers(Rank::None, false)),
        |host, list| list::reverse(host, list, 1),
        |host, list| list::concat(host, list, list, 1),
        |host, list| list::set(host, list, 1, &[1]),
        |host, _| array::new(host, 500_000, false, 1),
        |host, _| array::new(host, 4_000_000, true, 1),
    ];
    for (n, work) in works.into_iter().enumerate() {
        for patience in [0, 3] {
            host.patience.set(patience);
            assert_eq!(work(&mut host, list), Err(Fault::Interrupted), "{n}");
        }
        host.patience.set(u64::MAX);
        let top = host.top;
        assert!(work(&mut host, list).is_ok(), "{n}");
        host.top = top;
    }
    // The list is what it was.
    assert_eq!(words_of(&mut host, list, 1), words);
}
