//! Lists, maps and arrays in both engines: what each operation gives, and loops over them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Mute, Outcome, Session, module};
use sawmill_ir::fault::Fault;
use sawmill_ir::text::parse;
use sawmill_ir::ty::RecordType;
use sawmill_ir::value::Data;
use sawmill_ir::verify::verify;
use sawmill_runtime::context;
use std::collections::HashMap;
use std::sync::Arc;

#[track_caller]
fn run(text: &str, args: &[Data]) -> Outcome {
    let engines = Engines::hooked(module(&format!("sawir 1\n{text}")));
    engines.agree(&Session::default(), || Mute, |_| args.to_vec())
}

/// An operation on parameters of these types, as `op` says it.
#[track_caller]
fn op(op: &str, params: &[&str], result: &str, args: &[Data]) -> Result<Data, Fault> {
    let named = params.iter().enumerate();
    let heads: Vec<String> = named.map(|(n, ty)| format!("%{n}: {ty} \"p\"")).collect();
    let names: Vec<String> = (0..params.len()).map(|n| format!("%{n}")).collect();
    let (heads, names, at) = (heads.join(", "), names.join(", "), params.len());
    let text = format!(
        "entry fn @0 f({heads}) -> {result} {{\n^0({names}) s0:\n  %{at}: {result} = {op}\n  return %{at}\n}}\n"
    );
    run(&text, args).result.map_err(|failure| failure.fault)
}

fn ints(ints: impl IntoIterator<Item = i64>) -> Data {
    Data::List(ints.into_iter().map(Data::Int).collect())
}

fn strs(strs: &[&str]) -> Data {
    Data::List(strs.iter().map(|s| str(s)).collect())
}

fn str(s: &str) -> Data {
    Data::Str(s.into())
}

fn some(data: Data) -> Data {
    Data::Some(Box::new(data))
}

fn map(pairs: &[(&str, i64)]) -> Data {
    let pairs = pairs.iter().map(|(k, v)| (str(k), Data::Int(*v)));
    Data::Map(pairs.collect())
}

/// The fields of tuples.
fn pairs(data: &Data) -> Vec<Vec<Data>> {
    let Data::List(items) = data else {
        panic!("{data:?}")
    };
    let fields = |item: &Data| match item {
        Data::Record(_, fields) => fields.clone(),
        other => panic!("{other:?}"),
    };
    items.iter().map(fields).collect()
}

const LIST: &str = "list<int>";

#[test]
fn lists() {
    let three = ints([1, 2, 3]);
    let conj = op(
        "list.conj %0 %1",
        &[LIST, "int"],
        LIST,
        &[three.clone(), Data::Int(4)],
    );
    assert_eq!(conj, Ok(ints([1, 2, 3, 4])));
    let both = op(
        "list.concat %0 %1",
        &[LIST, LIST],
        LIST,
        &[three.clone(), ints([9])],
    );
    assert_eq!(both, Ok(ints([1, 2, 3, 9])));
    let twice = op(
        "list.concat %0 %0",
        &[LIST],
        LIST,
        std::slice::from_ref(&three),
    );
    assert_eq!(twice, Ok(ints([1, 2, 3, 1, 2, 3])));
    let turned = op(
        "list.reverse %0",
        &[LIST],
        LIST,
        std::slice::from_ref(&three),
    );
    assert_eq!(turned, Ok(ints([3, 2, 1])));
    let slice = |from, to| {
        let args = [three.clone(), Data::Int(from), Data::Int(to)];
        op("list.slice %0 %1 %2", &[LIST, "int", "int"], LIST, &args)
    };
    assert_eq!(slice(1, 3), Ok(ints([2, 3])));
    assert_eq!(slice(3, 3), Ok(ints([])));
    for (from, to) in [(-1, 2), (2, 1), (0, 4), (i64::MIN, i64::MAX)] {
        assert_eq!(slice(from, to), Err(Fault::Index));
    }
    let set = |at| {
        let args = [three.clone(), Data::Int(at), Data::Int(7)];
        op("list.set %0 %1 %2", &[LIST, "int", "int"], LIST, &args)
    };
    assert_eq!(set(1), Ok(ints([1, 7, 3])));
    assert_eq!(set(3), Err(Fault::Index));
    assert_eq!(set(-1), Err(Fault::Index));
}

#[test]
fn sorting() {
    let sort = |ty: &str, list: Data| {
        let ty = format!("list<{ty}>");
        op("list.sort %0", &[&ty], &ty, &[list]).unwrap()
    };
    let numbers = [3, -1, 2, i64::MIN, i64::MAX, 0, -1];
    let mut sorted = numbers;
    sorted.sort_unstable();
    assert_eq!(sort("int", ints(numbers)), ints(sorted));
    assert_eq!(
        sort("desc<int>", ints(numbers)),
        ints(sorted.into_iter().rev())
    );
    let words = ["b", "abcdefgh2", "abcdefgh1", "", "é", "abcdefgh", "a"];
    let sorted = ["", "a", "abcdefgh", "abcdefgh1", "abcdefgh2", "b", "é"];
    assert_eq!(sort("str", strs(&words)), strs(&sorted));
    let list = |all: Vec<Data>| Data::List(all);
    let bools = [true, false, true].map(Data::Bool).to_vec();
    let sorted = [false, true, true].map(Data::Bool).to_vec();
    assert_eq!(sort("bool", list(bools)), list(sorted));
    // Opaque numbers have no sign.
    let inodes = [u64::MAX, 1, 1 << 63].map(Data::Ino).to_vec();
    let sorted = [1, 1 << 63, u64::MAX].map(Data::Ino).to_vec();
    assert_eq!(sort("ino", list(inodes)), list(sorted));
    let time = |(sec, nsec)| Data::Time { sec, nsec };
    let times = [(5, 9), (5, 1), (-3, 7)].map(time).to_vec();
    let sorted = [(-3, 7), (5, 1), (5, 9)].map(time).to_vec();
    assert_eq!(sort("time", list(times)), list(sorted));
    let floats = |all: &[f64]| Data::List(all.iter().map(|f| Data::Float(*f)).collect());
    let shown = |data: &Data| format!("{data:?}");
    let got = sort(
        "float",
        floats(&[2.5, f64::NAN, -0.0, 0.0, f64::NEG_INFINITY, -7.0]),
    );
    let want = floats(&[f64::NEG_INFINITY, -7.0, -0.0, 0.0, 2.5, f64::NAN]);
    assert_eq!(shown(&got), shown(&want));
    let got = sort("desc<float>", floats(&[2.5, 0.0, f64::NAN, -0.0]));
    assert_eq!(shown(&got), shown(&floats(&[f64::NAN, 2.5, 0.0, -0.0])));
    let durations = |all: [i64; 3]| Data::List(all.map(Data::Duration).to_vec());
    assert_eq!(
        sort("duration", durations([5, -3, 0])),
        durations([-3, 0, 5])
    );
    let options = vec![some(Data::Int(2)), Data::None, some(Data::Int(1))];
    let sorted = vec![Data::None, some(Data::Int(1)), some(Data::Int(2))];
    assert_eq!(sort("option<int>", list(options)), list(sorted));
    let args = [ints([2, 1, 2, 1]), strs(&["a", "b", "c", "d"])];
    let by = op(
        "list.sort-by %0 %1",
        &[LIST, "list<str>"],
        "list<str>",
        &args,
    );
    assert_eq!(by, Ok(strs(&["b", "d", "a", "c"])));
    // Tuples, by their fields.
    let ty = Arc::new(RecordType::tuple([
        sawmill_ir::ty::Type::Str,
        sawmill_ir::ty::Type::Int,
    ]));
    let pair = |(a, b): (&str, i64)| Data::Record(ty.clone(), vec![str(a), Data::Int(b)]);
    let tuples = [("b", 1), ("a", 2), ("a", 1)].map(pair).to_vec();
    let sorted = [("a", 1), ("a", 2), ("b", 1)].map(pair).to_vec();
    assert_eq!(sort("(str, int)", list(tuples)), list(sorted));
}

const MAP: &str = "map<str, int>";

#[test]
fn maps() {
    let two = map(&[("a", 1), ("b", 2)]);
    let key = |op_: &str, result, key| op(op_, &[MAP, "str"], result, &[two.clone(), str(key)]);
    assert_eq!(
        key("map.get %0 %1", "option<int>", "b"),
        Ok(some(Data::Int(2)))
    );
    assert_eq!(key("map.get %0 %1", "option<int>", "c"), Ok(Data::None));
    assert_eq!(key("map.has %0 %1", "bool", "a"), Ok(Data::Bool(true)));
    assert_eq!(key("map.has %0 %1", "bool", ""), Ok(Data::Bool(false)));
    assert_eq!(key("map.dissoc %0 %1", MAP, "a"), Ok(map(&[("b", 2)])));
    assert_eq!(key("map.dissoc %0 %1", MAP, "z"), Ok(two.clone()));
    let assoc = |key, n| {
        let args = [two.clone(), str(key), Data::Int(n)];
        op("map.assoc %0 %1 %2", &[MAP, "str", "int"], MAP, &args)
    };
    assert_eq!(assoc("a", 9), Ok(map(&[("a", 9), ("b", 2)])));
    assert_eq!(assoc("c", 9), Ok(map(&[("a", 1), ("b", 2), ("c", 9)])));
    let one = |op_: &str, result| op(op_, &[MAP], result, std::slice::from_ref(&two)).unwrap();
    assert_eq!(one("map.len %0", "int"), Data::Int(2));
    assert_eq!(one("map.keys %0", "list<str>"), strs(&["a", "b"]));
    assert_eq!(one("map.vals %0", "list<int>"), ints([1, 2]));
    let entries = one("map.entries %0", "list<(str, int)>");
    let want = [vec![str("a"), Data::Int(1)], vec![str("b"), Data::Int(2)]];
    assert_eq!(pairs(&entries), want);
    // Of keys that the host gives twice the last counts, in the first one's place.
    let twice = map(&[("a", 1), ("b", 2), ("a", 3)]);
    let kept = op("map.dissoc %0 %1", &[MAP, "str"], MAP, &[twice, str("z")]);
    assert_eq!(kept, Ok(map(&[("a", 3), ("b", 2)])));
}

#[test]
fn keys_of_every_kind() {
    let ty = Arc::new(RecordType::tuple([
        sawmill_ir::ty::Type::Str,
        sawmill_ir::ty::Type::list(sawmill_ir::ty::Type::Int),
    ]));
    let tuple = |n: i64| Data::Record(ty.clone(), vec![str("x"), ints([n, n + 1])]);
    type Make<'a> = &'a dyn Fn(i64) -> Data;
    let kinds: [(&str, Make<'_>); 7] = [
        ("int", &Data::Int),
        ("bool", &|n| Data::Bool(n % 2 == 1)),
        ("str", &|n| Data::Str(n.to_string())),
        ("time", &|n| Data::Time { sec: n, nsec: 3 }),
        ("option<int>", &|n| {
            if n == 0 {
                Data::None
            } else {
                some(Data::Int(n))
            }
        }),
        ("(str, list<int>)", &tuple),
        ("map<int, int>", &|n| {
            Data::Map(vec![(Data::Int(n), Data::Int(2))])
        }),
    ];
    for (key, make) in kinds {
        let mut pairs: Vec<(Data, Data)> = Vec::new();
        for n in 0..40 {
            let key = make(n);
            match pairs.iter_mut().find(|p| p.0 == key) {
                Some(pair) => pair.1 = Data::Int(n),
                None => pairs.push((key, Data::Int(n))),
            }
        }
        let all = (0..40).map(|n| (make(n), Data::Int(n))).collect();
        let ty = format!("map<{key}, int>");
        let copy = op(
            "map.assoc %0 %1 %2",
            &[&ty, key, "int"],
            &ty,
            &[Data::Map(all), make(1), Data::Int(1000)],
        );
        let place = pairs.iter().position(|p| p.0 == make(1)).unwrap();
        pairs[place].1 = Data::Int(1000);
        assert_eq!(copy, Ok(Data::Map(pairs)), "{key}");
    }
}

fn engines(text: &str) -> Engines {
    Engines::hooked(module(&format!("sawir 1\n{text}")))
}

fn over(engines: &Engines, args: &[Data]) -> Outcome {
    engines.agree(&Session::default(), || Mute, |_| args.to_vec())
}

/// Counts words, and says where each stands.
const WORDS: &str = r#"
entry fn @0 f(%0: list<str> "words") -> (map<str, int>, map<str, list<int>>, option<int>) {
^0(%0) s0:
  %1: int = int 0
  %2: int = int 1
  %3: int = list.len %0
  %4: mapbuilder<str, int> = map.builder
  %5: mapbuilder<str, list<int>> = map.builder
  jump ^1(%1)
^1(%6: int) s0:
  %7: bool = lt %6 %3
  br %7 ^2() ^3()
^2() s0:
  %8: str = list.get %0 %6
  %9: int = map.count %4 %8
  %10: unit = map.push %5 %8 %6
  %11: int = add %6 %2
  jump ^1(%11)
^3() s0:
  %12: str = list.get %0 %1
  %13: option<int> = map.find %4 %12
  %14: map<str, int> = map.freeze %4
  %15: map<str, list<int>> = map.freeze %5
  %16: (map<str, int>, map<str, list<int>>, option<int>) = record %14 %15 %13
  return %16
}
"#;

#[test]
fn frequencies_and_groups() {
    let scattered = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let words: Vec<String> = (1..4000)
        .map(|n| format!("word {}", scattered(n) % (1 + n % 700)))
        .collect();
    let mut counts: Vec<(Data, i64)> = Vec::new();
    let mut groups: Vec<(Data, Vec<i64>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (n, word) in words.iter().enumerate() {
        let place = *places.entry(word).or_insert_with(|| {
            counts.push((str(word), 0));
            groups.push((str(word), Vec::new()));
            counts.len() - 1
        });
        counts[place].1 += 1;
        groups[place].1.push(n as i64);
    }
    let list = Data::List(words.iter().map(|w| str(w)).collect());
    let outcome = over(&engines(WORDS), &[list]);
    let Data::Record(_, fields) = outcome.value() else {
        panic!("{outcome:?}")
    };
    assert_eq!(fields[2], some(Data::Int(counts[0].1)));
    let counts = counts.into_iter().map(|(k, n)| (k, Data::Int(n)));
    assert_eq!(fields[0], Data::Map(counts.collect()));
    let groups = groups.into_iter().map(|(k, all)| (k, ints(all)));
    assert_eq!(fields[1], Data::Map(groups.collect()));
}

/// Puts and takes away keys one by one, and keeps every version.
const VERSIONS: &str = r#"
entry fn @0 f(%0: list<int> "keys", %1: map<int, int> "first") -> list<map<int, int>> {
^0(%0, %1) s0:
  %2: int = int 0
  %3: int = int 1
  %4: int = int 3
  %5: int = list.len %0
  %6: builder<map<int, int>> = list.builder
  %7: list<map<int, int>> = list.freeze %6
  jump ^1(%2, %1, %7)
^1(%8: int, %9: map<int, int>, %10: list<map<int, int>>) s0:
  %11: bool = lt %8 %5
  br %11 ^2() ^6()
^2() s0:
  %12: int = list.get %0 %8
  %13: bool = lt %12 %2
  br %13 ^3() ^4()
^3() s0:
  %14: int = sub %2 %12
  %15: map<int, int> = map.dissoc %9 %14
  jump ^5(%15)
^4() s0:
  %16: map<int, int> = map.assoc %9 %12 %8
  jump ^5(%16)
^5(%17: map<int, int>) s0:
  %18: list<map<int, int>> = list.conj %10 %17
  %19: int = add %8 %3
  jump ^1(%19, %17, %18)
^6() s0:
  return %10
}
"#;

#[test]
fn every_version_of_a_map_stays() {
    let engines = engines(VERSIONS);
    let mut state = 12345u64;
    let mut next = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 33) % below) as i64
    };
    for range in [5, 30, 200] {
        let keys: Vec<i64> = (0..300)
            .map(|_| {
                if next(3) == 0 {
                    -next(range)
                } else {
                    next(range)
                }
            })
            .collect();
        let mut model: Vec<(i64, i64)> = (0..next(range)).map(|n| (n * 7, n)).collect();
        let data = |model: &[(i64, i64)]| {
            let pairs = model.iter().map(|(k, v)| (Data::Int(*k), Data::Int(*v)));
            Data::Map(pairs.collect())
        };
        let first = data(&model);
        let mut versions = Vec::new();
        for (n, key) in keys.iter().enumerate() {
            match model.iter().position(|e| e.0 == key.abs()) {
                Some(at) if *key < 0 => {
                    model.remove(at);
                }
                Some(at) => model[at].1 = n as i64,
                None if *key < 0 => {}
                None => model.push((*key, n as i64)),
            }
            versions.push(data(&model));
        }
        let outcome = over(&engines, &[ints(keys), first]);
        assert_eq!(outcome.value(), &Data::List(versions));
    }
}

/// Primes below a number, by an array of marks; and how often each number of factors occurs, by an array of numbers.
const SIEVE: &str = r#"
entry fn @0 f(%0: int "n") -> (list<bool>, list<int>, int) {
^0(%0) s0:
  %1: int = int 0
  %2: int = int 1
  %3: int = int 2
  %4: bool = bool 1
  %5: bool = bool 0
  %6: array<bool> = array %0 %4
  %7: array<int> = array %0 %1
  %8: int = array.len %6
  jump ^1(%3)
^1(%9: int) s0:
  %10: bool = lt %9 %8
  br %10 ^2() ^6()
^2() s0:
  %11: bool = array.get %6 %9
  br %11 ^3(%9) ^5()
^3(%12: int) s0:
  %13: bool = lt %12 %8
  br %13 ^4() ^5()
^4() s0:
  %14: bool = eq %12 %9
  %15: unit = array.set %6 %12 %14
  %16: int = array.get %7 %12
  %17: int = add %16 %2
  %18: unit = array.set %7 %12 %17
  %19: int = add %12 %9
  jump ^3(%19)
^5() s0:
  %20: int = add %9 %2
  jump ^1(%20)
^6() s0:
  %21: list<bool> = array.freeze %6
  %22: list<int> = array.freeze %7
  %23: unit = array.set %6 %1 %5
  %24: (list<bool>, list<int>, int) = record %21 %22 %8
  return %24
}
"#;

#[test]
fn arrays() {
    let engines = engines(SIEVE);
    let outcome = over(&engines, &[Data::Int(500)]);
    let Data::Record(_, fields) = outcome.value() else {
        panic!("{outcome:?}")
    };
    let prime = |n: i64| n < 2 || (2..n).all(|d| n % d != 0);
    let primes = (0..500).map(|n| Data::Bool(prime(n)));
    assert_eq!(fields[0], Data::List(primes.collect()));
    let factors = |n: i64| (2..=n).filter(|d| n % d == 0 && prime(*d)).count() as i64;
    assert_eq!(fields[1], ints((0..500).map(factors)));
    assert_eq!(fields[2], Data::Int(500));
    let fault = |n| over(&engines, &[Data::Int(n)]).failure().fault;
    assert_eq!(fault(-1), Fault::BadArgument);
    assert_eq!(fault(i64::MIN), Fault::BadArgument);
    assert_eq!(fault(i64::MAX), Fault::Memory);
    // The last write, to the first of none.
    assert_eq!(fault(0), Fault::Index);
}

#[test]
fn what_is_outside_an_array_is_an_error_that_can_be_caught() {
    for (ty, word) in [
        ("int", "int 7"),
        ("bool", "bool 1"),
        ("size", "int 7"),
        ("float", "float 7.0"),
        ("duration", "int 7"),
    ] {
        let text = format!(
            r#"
entry fn @0 f(%0: int "get", %1: int "set") -> int {{
  scope s1 in s0 catch ^2
^0(%0, %1) s0:
  %2: int = int 3
  %3: {ty} = {word}
  %4: array<{ty}> = array %2 %3
  enter s1 ^1()
^1() s1:
  %5: unit = array.set %4 %1 %3
  %6: {ty} = array.get %4 %0
  leave s1 keep() ^3(%2)
^2(%7: error) s0:
  %8: int = int -1
  jump ^3(%8)
^3(%9: int) s0:
  return %9
}}
"#
        );
        let engines = engines(&text);
        for (get, set, want) in [
            (0, 2, 3),
            (3, 0, -1),
            (0, 3, -1),
            (-1, 0, -1),
            (0, i64::MIN, -1),
        ] {
            let outcome = over(&engines, &[Data::Int(get), Data::Int(set)]);
            assert_eq!(outcome.value(), &Data::Int(want), "{ty} {get} {set}");
        }
    }
}

/// Appends to a list, counts in a builder and changes a map as often as it is told.
const GROWING: &str = r#"
entry fn @0 f(%0: int "n", %1: list<int> "list", %2: map<int, int> "map") -> int {
^0(%0, %1, %2) s0:
  %3: int = int 0
  %4: int = int 1
  %5: int = int 30000
  %6: mapbuilder<int, int> = map.builder
  jump ^1(%3, %1, %2)
^1(%7: int, %8: list<int>, %9: map<int, int>) s0:
  %10: bool = lt %7 %0
  br %10 ^2() ^3()
^2() s0:
  %11: list<int> = list.conj %8 %7
  %12: int = map.count %6 %7
  %13: int = quot %7 %5
  %14: int = mul %13 %5
  %15: int = sub %7 %14
  %16: map<int, int> = map.assoc %9 %15 %7
  %17: int = add %7 %4
  jump ^1(%17, %11, %16)
^3() s0:
  %18: int = list.len %8
  %19: int = map.len %9
  %20: int = add %18 %19
  return %20
}
"#;

#[test]
fn growing_is_not_quadratic() {
    let engines = engines(GROWING);
    let n = 200_000;
    let session = Session {
        region: 8 << 20,
        ..Session::default()
    };
    let args = [Data::Int(n), ints([]), Data::Map(Vec::new())];
    let outcome = engines.agree(&session, || Mute, |_| args.to_vec());
    assert_eq!(outcome.value(), &Data::Int(n + 30_000));
    // A header for the list, a trie's path for the map, a share of the table for the count.
    assert!(
        outcome.top < n as u64 * 800,
        "{} bytes each",
        outcome.top / n as u64
    );
}

#[test]
fn memory_runs_out_alike() {
    let engines = engines(GROWING);
    for memory in [64 << 10, 1 << 20, 8 << 20] {
        let session = Session {
            options: context::Options {
                memory,
                ..context::Options::default()
            },
            region: 64 << 10,
            ..Session::default()
        };
        let args = || vec![Data::Int(1 << 40), ints([]), Data::Map(Vec::new())];
        let outcome = engines.agree(&session, || Mute, |_| args());
        assert_eq!(outcome.failure().fault, Fault::Memory);
    }
}

/// A builder that is used after it was frozen: in its own time, and beside versions of what it was frozen to.
const AFTER: &str = r#"
entry fn @0 f(%0: list<int> "keys") -> list<(int, int)> {
^0(%0) s0:
  %1: int = int 0
  %2: int = int 1
  %3: int = list.len %0
  %4: mapbuilder<int, int> = map.builder
  %5: map<int, int> = map.freeze %4
  jump ^1(%1, %5)
^1(%6: int, %7: map<int, int>) s0:
  %8: bool = lt %6 %3
  br %8 ^2() ^3()
^2() s0:
  %9: int = list.get %0 %6
  %10: unit = map.put %4 %9 %6
  %11: map<int, int> = map.freeze %4
  %12: map<int, int> = map.assoc %11 %6 %9
  %13: int = map.count %4 %6
  %14: map<int, int> = map.dissoc %5 %9
  %15: map<int, int> = map.assoc %14 %9 %9
  %16: int = add %6 %2
  jump ^1(%16, %15)
^3() s0:
  %17: mapbuilder<int, int> = map.thaw %7
  %18: int = map.count %17 %1
  %19: map<int, int> = map.freeze %17
  %20: list<(int, int)> = map.entries %19
  %21: list<(int, int)> = list.sort %20
  return %21
}
"#;

#[test]
fn a_builder_used_after_it_was_frozen_breaks_nothing() {
    let engines = engines(AFTER);
    for range in [3, 17, 1000] {
        let keys = (0..400).map(|n| n * 77 % range);
        let outcome = over(&engines, &[ints(keys)]);
        let keys: Vec<Data> = pairs(outcome.value())
            .into_iter()
            .map(|p| p[0].clone())
            .collect();
        assert!(!keys.is_empty());
    }
}

#[test]
fn a_sort_can_be_interrupted() {
    let text = format!(
        "entry fn @0 f(%0: {LIST} \"xs\") -> {LIST} {{\n^0(%0) s0:\n  %1: {LIST} = list.sort %0\n  return %1\n}}\n"
    );
    let session = Session {
        interrupted: true,
        ..Session::default()
    };
    let list = ints((0..300_000).map(|n| n * 7919 % 300_007));
    let outcome = engines(&text).agree(&session, || Mute, |_| vec![list.clone()]);
    assert_eq!(outcome.failure().fault, Fault::Interrupted);
}

#[test]
fn operands_have_the_types_of_the_rows() {
    let refused = |params: &str, op: &str, result: &str| {
        let count = params.matches('%').count();
        let names: Vec<String> = (0..count).map(|n| format!("%{n}")).collect();
        let text = format!(
            "sawir 1\nentry fn @0 f({params}) -> unit {{\n^0({}) s0:\n  %{count}: {result} = {op}\n  \
             %{}: unit = unit\n  return %{}\n}}\n",
            names.join(", "),
            count + 1,
            count + 1,
        );
        let module = parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let refusal = verify(module).map(|_| text).unwrap_err().to_string();
        assert!(!refusal.starts_with("V9"), "{refusal}");
    };
    let list = "%0: list<int> \"a\", %1: str \"b\"";
    refused(list, "list.conj %0 %1", "list<int>");
    refused(list, "list.conj %0 %1", "list<str>");
    refused(list, "list.sort %1", "list<str>");
    refused(list, "list.set %0 %1 %1", "list<int>");
    refused(list, "array %1 %1", "array<int>");
    let other = "%0: list<int> \"a\", %1: list<str> \"b\"";
    refused(other, "list.concat %0 %1", "list<int>");
    refused(other, "list.sort-by %0 %1", "list<int>");
    refused(
        "%0: list<map<int, int>> \"a\"",
        "list.sort %0",
        "list<map<int, int>>",
    );
    refused(
        "%0: list<dir{stat}> \"a\"",
        "list.sort %0",
        "list<dir{stat}>",
    );
    let map = "%0: map<str, int> \"a\", %1: str \"b\", %2: int \"c\"";
    refused(map, "map.get %0 %2", "option<int>");
    refused(map, "map.get %0 %1", "option<str>");
    refused(map, "map.find %0 %1", "option<int>");
    refused(map, "map.put %0 %1 %2", "unit");
    refused(map, "map.count %0 %1", "int");
    refused(map, "map.assoc %0 %2 %1", "map<str, int>");
    refused(map, "map.entries %0", "list<(int, str)>");
    refused(map, "map.freeze %0", "map<str, int>");
    refused("%0: int \"a\"", "map.builder", "mapbuilder<dir{stat}, int>");
    refused("%0: int \"a\", %1: str \"b\"", "array %0 %1", "array<str>");
    refused("%0: int \"a\", %1: ino \"b\"", "array %0 %1", "array<int>");
    let rights = "%0: list<entry{stat}> \"a\", %1: entry{} \"b\"";
    refused(rights, "list.conj %0 %1", "list<entry{stat}>");
}

/// Errors are told apart by their messages.
#[test]
fn errors_as_keys() {
    let text = r#"
entry fn @0 f(%0: list<str> "messages") -> (int, list<int>) {
^0(%0) s0:
  %1: int = int 0
  %2: int = int 1
  %3: int = list.len %0
  %4: mapbuilder<error, int> = map.builder
  jump ^1(%1)
^1(%5: int) s0:
  %6: bool = lt %5 %3
  br %6 ^2() ^3()
^2() s0:
  %7: str = list.get %0 %5
  %8: error = error.new %7
  %9: int = map.count %4 %8
  %10: int = add %5 %2
  jump ^1(%10)
^3() s0:
  %11: map<error, int> = map.freeze %4
  %12: int = map.len %11
  %13: list<int> = map.vals %11
  %14: (int, list<int>) = record %12 %13
  return %14
}
"#;
    let messages: Vec<Data> = (0..20_000)
        .map(|n| str(&(n % 10_000).to_string()))
        .collect();
    let outcome = over(&engines(text), &[Data::List(messages)]);
    let Data::Record(_, fields) = outcome.value() else {
        panic!("{outcome:?}")
    };
    assert_eq!(fields[..], [Data::Int(10_000), ints(vec![2; 10_000])]);
}

/// What is not a number is a key like another, and so are both zeros one.
#[test]
fn floats_as_keys() {
    let pairs = [(f64::NAN, 1), (0.0, 2), (-0.0, 3), (f64::NAN, 4), (1.5, 5)];
    let pairs = pairs.map(|(k, v)| (Data::Float(k), Data::Int(v)));
    let args = [Data::Map(pairs.to_vec()), Data::Float(f64::NAN)];
    let ty = "map<float, int>";
    let found = op("map.get %0 %1", &[ty, "float"], "option<int>", &args);
    assert_eq!(found, Ok(some(Data::Int(4))));
    let len = op("map.len %0", &[ty], "int", &args[..1]);
    assert_eq!(len, Ok(Data::Int(3)));
    let rest = op("map.dissoc %0 %1", &[ty, "float"], ty, &args);
    let want = [(0.0, 3), (1.5, 5)].map(|(k, v)| (Data::Float(k), Data::Int(v)));
    assert_eq!(rest, Ok(Data::Map(want.to_vec())));
}

/// How long an operation takes, the call of compiled code included.
#[test]
#[ignore = "a measurement"]
fn speed() {
    use common::{options, run_native};
    use sawmill_jit::{Opt, Stubs, compile};
    use sawmill_runtime::Context;
    let time = |what: &str, text: &str, args: Vec<Data>, count: usize| {
        let program = module(&format!("sawir 1\n{text}"));
        let compiled = compile(&program, options(Stubs::Hooked, Opt::Speed)).unwrap();
        let interpreter = sawmill_ir::interp::decode(&program);
        for native in [true, false] {
            // The best of some: others may have the machine too.
            let taken = (0..7).map(|_| {
                let mut context =
                    Context::new(context::Options::default(), Box::new(Mute)).unwrap();
                let words = context.load(&program, &args).unwrap();
                let start = std::time::Instant::now();
                let ended = match native {
                    true => run_native(&compiled, &mut context, &words),
                    false => interpreter.run(&mut *context, &words),
                };
                assert!(ended.is_ok());
                start.elapsed()
            });
            let each = taken.min().unwrap().as_nanos() as f64 / count as f64;
            let engine = if native { "native" } else { "interpreter" };
            println!("{what}, {engine}: {each:.1} ns");
        }
    };
    let scattered = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let words: Vec<Data> = (1..1_700_000)
        .map(|n| str(&format!("w{}", scattered(n) % (1 + n % 50_000))))
        .collect();
    let count = words.len();
    let counting = WORDS.replace("%10: unit = map.push %5 %8 %6", "%10: unit = unit");
    time(
        "count words",
        &counting,
        vec![Data::List(words.clone())],
        count,
    );
    let grouping = WORDS.replace("%9: int = map.count %4 %8", "%9: unit = unit");
    time(
        "group words",
        &grouping,
        vec![Data::List(words.clone())],
        count,
    );
    time(
        "count and group words",
        WORDS,
        vec![Data::List(words)],
        count,
    );
    let conj = GROWING
        .replace("map.count %6 %7", "int 1")
        .replace("map.assoc %9 %15 %7", "map.assoc %2 %15 %7");
    let n = 1_000_000;
    let len = GROWING
        .replace("list.conj %8 %7", "list.freeze %12")
        .replace("map.count %6 %7", "map.len %2")
        .replace("map.assoc %9 %15 %7", "map.freeze %6")
        .replace("%11: list<int> = list.freeze %12", "%11: int = map.len %2")
        .replace("%17, %11, %16", "%17, %8, %16");
    let args = || vec![Data::Int(n), ints([]), Data::Map(Vec::new())];
    time("two map.len and a map.freeze", &len, args(), n as usize);
    time("conj, and assoc to an empty map", &conj, args(), n as usize);
    time(
        "conj, count of new keys, assoc of 30000",
        GROWING,
        args(),
        n as usize,
    );
    time("sieve", SIEVE, vec![Data::Int(3_000_000)], 3_000_000);
}
