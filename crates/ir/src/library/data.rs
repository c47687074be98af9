//! What all data have: when two values are equal, which comes first.
//!
//! By type, over the run's memory, and iterative: values may be of any depth.
//! - Words are compared as numbers: signed, but inode and device numbers unsigned; false before true. Bytes are
//!   compared one by one, lists by elements and then length, records and tuples by fields, enums by the case's number
//!   and then its fields; none comes before a value, a value before an error. What is `desc` is the other way round.
//! - Floats are equal as IEEE 754 has it: the zeros are, NaN is not equal to itself. In an order NaN comes last, and
//!   there it is equal to itself.
//! - Two maps are equal that have the same keys with equal values, in whatever order; maps have no order.
//! - Two errors are equal that have the same fault and, being the program's own, the same message.

use super::hash::seed;
use super::{Call, Steps, map, one};
use crate::eval::{Words, float, float_word};
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::list;
use crate::module::Module;
use crate::ty::{EnumType, MAX_WIDTH, Type};
use std::cmp::Ordering;
use std::collections::HashMap;

pub(super) type Outcome<T> = Result<T, Fault>;

/// Whether two values are equal.
pub fn equal(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let ty = &call.operands[0];
    let equal = are_equal(call.module, host, ty, call.operand(0), call.operand(1))?;
    Ok(one(u64::from(equal)))
}

/// How two values compare: -1, 0 or 1.
pub fn compare(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let ty = &call.operands[0];
    let order = compared(call.module, host, ty, call.operand(0), call.operand(1))?;
    Ok(one(order as i64 as u64))
}

/// Whether two values of a type are equal. For a map's keys.
pub(super) fn are_equal(
    module: &Module,
    host: &mut dyn Host,
    ty: &Type,
    a: &[u64],
    b: &[u64],
) -> Outcome<bool> {
    match (ty, a, b) {
        (Type::Int | Type::Size | Type::Ino, [a, ..], [b, ..]) => Ok(a == b),
        (Type::Str | Type::Bytes | Type::Path, [a, n, ..], [b, m, ..]) => {
            let memory = &*host.memory();
            Ok(n == m && bytes(memory, *a, *n) == bytes(memory, *b, *m))
        }
        _ => Ok(Walk::new(module, Question::Equal)
            .order(host, ty, a, b)?
            .is_eq()),
    }
}

/// How two values of a type compare. For sorting.
pub(super) fn compared(
    module: &Module,
    host: &mut dyn Host,
    ty: &Type,
    a: &[u64],
    b: &[u64],
) -> Outcome<Ordering> {
    match (ty, a, b) {
        (Type::Int | Type::Size | Type::Duration, [a, ..], [b, ..]) => {
            Ok((*a as i64).cmp(&(*b as i64)))
        }
        (Type::Str | Type::Bytes | Type::Path, [a, n, ..], [b, m, ..]) => {
            let memory = &*host.memory();
            Ok(bytes(memory, *a, *n).cmp(bytes(memory, *b, *m)))
        }
        _ => Walk::new(module, Question::Order).order(host, ty, a, b),
    }
}

/// What is asked of two values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Whether they are equal: any order but that means that they are not.
    Equal,
    /// Which comes first.
    Order,
}

/// How deep the keys of maps are maps with keys that have the same hash.
const MOST_NESTED: u32 = 16;

/// A walk through two values side by side.
struct Walk<'a> {
    question: Question,
    cases: Cases<'a>,
    steps: Steps,
    nested: u32,
}

/// What is still to be compared; `reverse` says that the other way round is asked for.
enum Work<'a> {
    Values {
        ty: &'a Type,
        a: Words,
        b: Words,
        reverse: bool,
    },
    Fields {
        fields: &'a [(String, Type)],
        a: u64,
        b: u64,
        reverse: bool,
    },
    Elements {
        ty: &'a Type,
        a: u64,
        b: u64,
        left: u64,
        reverse: bool,
    },
    /// What holds where all before was equal.
    Last(Ordering),
}

impl<'a> Walk<'a> {
    fn new(module: &'a Module, question: Question) -> Walk<'a> {
        Walk {
            question,
            cases: Cases::of(module),
            steps: Steps::default(),
            nested: 0,
        }
    }

    fn order(
        &mut self,
        host: &mut dyn Host,
        ty: &'a Type,
        a: &[u64],
        b: &[u64],
    ) -> Outcome<Ordering> {
        let mut todo = vec![Work::Values {
            ty,
            a: super::words(a),
            b: super::words(b),
            reverse: false,
        }];
        while let Some(work) = todo.pop() {
            self.steps.step(host)?;
            let (order, reverse) = match work {
                Work::Last(order) => (order, false),
                Work::Values { ty, a, b, reverse } => {
                    (self.values(host, ty, &a, &b, reverse, &mut todo)?, reverse)
                }
                Work::Fields {
                    fields: [(_, ty), rest @ ..],
                    a,
                    b,
                    reverse,
                } => {
                    let skip = ty.width() as u64 * 8;
                    todo.push(Work::Fields {
                        fields: rest,
                        a: a + skip,
                        b: b + skip,
                        reverse,
                    });
                    let (a, b) = both(host.memory(), ty, a, b);
                    (self.values(host, ty, &a, &b, reverse, &mut todo)?, reverse)
                }
                Work::Elements {
                    ty,
                    a,
                    b,
                    left,
                    reverse,
                } if left > 0 => {
                    let skip = ty.width() as u64 * 8;
                    let work = (skip * left).min(1 << 20);
                    if self.question == Question::Equal && ty.is_plain_word() {
                        // So many at a time that the run can be stopped meanwhile.
                        self.steps.add(work / 64, host)?;
                        let memory = &*host.memory();
                        let same = bytes(memory, a, work) == bytes(memory, b, work);
                        let left = left - work / skip;
                        todo.push(Work::Elements {
                            ty,
                            a: a + work,
                            b: b + work,
                            left,
                            reverse,
                        });
                        let order = if same {
                            Ordering::Equal
                        } else {
                            Ordering::Less
                        };
                        (order, false)
                    } else {
                        todo.push(Work::Elements {
                            ty,
                            a: a + skip,
                            b: b + skip,
                            left: left - 1,
                            reverse,
                        });
                        let (a, b) = both(host.memory(), ty, a, b);
                        (self.values(host, ty, &a, &b, reverse, &mut todo)?, reverse)
                    }
                }
                Work::Fields { .. } | Work::Elements { .. } => continue,
            };
            if order.is_ne() {
                return Ok(if reverse { order.reverse() } else { order });
            }
        }
        Ok(Ordering::Equal)
    }

    /// Compares what can be compared at once, and notes what is left for later.
    fn values(
        &mut self,
        host: &mut dyn Host,
        ty: &'a Type,
        a: &Words,
        b: &Words,
        reverse: bool,
        todo: &mut Vec<Work<'a>>,
    ) -> Outcome<Ordering> {
        let [x, y] = [a[0], b[0]];
        let mut inner = |ty, from: usize, reverse| {
            todo.push(Work::Values {
                ty,
                a: super::words(&a[from..]),
                b: super::words(&b[from..]),
                reverse,
            });
        };
        Ok(match ty {
            Type::Unit | Type::Seq(_) => Ordering::Equal,
            Type::Int | Type::Size | Type::Duration => (x as i64).cmp(&(y as i64)),
            Type::Float => self.floats(float(x), float(y)),
            Type::Time => (x as i64, a[1]).cmp(&(y as i64, b[1])),
            Type::Str | Type::Bytes | Type::Path | Type::Name => {
                if self.question == Question::Equal && a[1] != b[1] {
                    return Ok(Ordering::Less);
                }
                self.steps.add(a[1].min(b[1]) / 64, host)?;
                let memory = &*host.memory();
                bytes(memory, x, a[1]).cmp(bytes(memory, y, b[1]))
            }
            Type::Option(t) => {
                if (x, y) == (1, 1) {
                    inner(&**t, 1, reverse);
                }
                x.cmp(&y)
            }
            Type::Result(t) => {
                match (x, y) {
                    (0, 0) => inner(&**t, 1, reverse),
                    (1, 1) => return Ok(errors(host.memory(), a[1], b[1])),
                    _ => {}
                }
                x.cmp(&y)
            }
            Type::Desc(t) => {
                inner(&**t, 0, !reverse);
                Ordering::Equal
            }
            Type::List(t) => {
                let memory = &*host.memory();
                let [len, other] = [x, y].map(|at| load(memory, at + list::LEN));
                if self.question == Question::Equal && len != other {
                    return Ok(Ordering::Less);
                }
                let longer = len.cmp(&other);
                todo.push(Work::Last(if reverse { longer.reverse() } else { longer }));
                todo.push(Work::Elements {
                    ty: t,
                    a: load(memory, x + list::DATA),
                    b: load(memory, y + list::DATA),
                    left: if t.width() == 0 { 0 } else { len.min(other) },
                    reverse,
                });
                Ordering::Equal
            }
            Type::Record(r) => {
                todo.push(Work::Fields {
                    fields: &r.fields,
                    a: x,
                    b: y,
                    reverse,
                });
                Ordering::Equal
            }
            Type::Enum(e) => {
                let memory = &*host.memory();
                let [tag, other] = [load(memory, x), load(memory, y)];
                if tag == other {
                    todo.push(Work::Fields {
                        fields: self.cases.fields(&e.name, tag),
                        a: x + 8,
                        b: y + 8,
                        reverse,
                    });
                }
                tag.cmp(&other)
            }
            Type::Map(k, v) => self.maps(host, k, v, x, y, todo)?,
            Type::Error => errors(host.memory(), x, y),
            _ => x.cmp(&y),
        })
    }

    /// Two floats. Where it is about order, NaN comes after all others and is equal to itself.
    fn floats(&self, a: f64, b: f64) -> Ordering {
        match (a.partial_cmp(&b), self.question) {
            (Some(order), _) => order,
            (None, Question::Equal) => Ordering::Less,
            (None, Question::Order) => a.is_nan().cmp(&b.is_nan()),
        }
    }

    /// Two maps: entries are paired by the hashes of their keys.
    fn maps(
        &mut self,
        host: &mut dyn Host,
        key: &'a Type,
        value: &'a Type,
        a: u64,
        b: u64,
        todo: &mut Vec<Work<'a>>,
    ) -> Outcome<Ordering> {
        let mut sorted = [Vec::new(), Vec::new()];
        for (entries, map) in sorted.iter_mut().zip([a, b]) {
            let width = key.width() + value.width();
            for at in map::entries(host.memory(), map, width) {
                let words = read(host.memory(), key, at);
                let mut hasher = Hasher::new(self.cases.module);
                entries.push((hasher.hash(host, key, &words)?, at));
                self.steps.step(host)?;
            }
            entries.sort_unstable();
        }
        let [a, mut b] = sorted;
        if a.len() != b.len() {
            return Ok(Ordering::Less);
        }
        for n in 0..a.len() {
            let (hash, at) = a[n];
            if b[n].0 != hash {
                return Ok(Ordering::Less);
            }
            // Where different keys have the same hash, the one that is equal has to be found.
            let same = |other: &&(u64, u64)| other.0 == hash;
            let alike = b[n..].iter().take_while(same).count();
            if alike > 1 {
                let Some(found) = self.key_among(host, key, at, &b[n..n + alike])? else {
                    return Ok(Ordering::Less);
                };
                b.swap(n, n + found);
            }
            let skip = key.width() as u64 * 8;
            for (ty, skip) in [(value, skip), (key, 0)] {
                let (a, b) = both(host.memory(), ty, at + skip, b[n].1 + skip);
                todo.push(Work::Values {
                    ty,
                    a,
                    b,
                    reverse: false,
                });
            }
        }
        Ok(Ordering::Equal)
    }

    /// Which of the entries has a key that is equal to that of the entry at `at`.
    fn key_among(
        &mut self,
        host: &mut dyn Host,
        key: &'a Type,
        at: u64,
        among: &[(u64, u64)],
    ) -> Outcome<Option<usize>> {
        if self.nested == MOST_NESTED {
            return Err(Fault::Depth);
        }
        for (n, (_, other)) in among.iter().enumerate() {
            let (a, b) = both(host.memory(), key, at, *other);
            let mut inner = Walk::new(self.cases.module, Question::Equal);
            inner.nested = self.nested + 1;
            if inner.order(host, key, &a, &b)?.is_eq() {
                return Ok(Some(n));
            }
        }
        Ok(None)
    }
}

/// Finds the cases of the module's enums by name.
pub(super) struct Cases<'a> {
    pub(super) module: &'a Module,
    /// The enum that was asked for last.
    last: Option<&'a EnumType>,
    /// Made where there are many.
    by_name: HashMap<&'a str, &'a EnumType>,
}

impl<'a> Cases<'a> {
    /// Up to so many are looked through one by one.
    const FEW: usize = 16;

    pub(super) fn of(module: &'a Module) -> Cases<'a> {
        Cases {
            module,
            last: None,
            by_name: HashMap::new(),
        }
    }

    pub(super) fn named(&mut self, name: &str) -> Option<&'a EnumType> {
        if let Some(last) = self.last.filter(|e| e.name == name) {
            return Some(last);
        }
        let enums = &self.module.enums;
        self.last = if enums.len() <= Cases::FEW {
            self.module.enum_named(name)
        } else {
            if self.by_name.is_empty() {
                self.by_name = enums.iter().map(|e| (e.name.as_str(), e)).collect();
            }
            self.by_name.get(name).copied()
        };
        self.last
    }

    /// The fields of case number `tag`.
    fn fields(&mut self, name: &str, tag: u64) -> &'a [(String, Type)] {
        let case = self.named(name).and_then(|e| e.cases.get(tag as usize));
        case.map_or(&[], |case| &case.fields)
    }
}

/// Makes hashes of values: the same for equal ones, different from process to process.
///
/// Words are mixed one by one, with what tells where one value ends; what a map gives does not depend on its order.
pub(super) struct Hasher<'a> {
    cases: Cases<'a>,
    steps: Steps,
    state: u64,
}

enum Part<'a> {
    Value(&'a Type, Words),
    Fields(&'a [(String, Type)], u64),
    Elements(&'a Type, u64, u64),
    /// The entry of a map at this offset.
    Entry(&'a Type, &'a Type, u64),
    EndOfEntry,
    EndOfMap,
}

impl<'a> Hasher<'a> {
    pub(super) fn new(module: &'a Module) -> Hasher<'a> {
        Hasher {
            cases: Cases::of(module),
            steps: Steps::default(),
            state: 0,
        }
    }

    /// The hash of a value.
    pub(super) fn hash(
        &mut self,
        host: &mut dyn Host,
        ty: &'a Type,
        words: &[u64],
    ) -> Outcome<u64> {
        self.state = seed();
        match (ty, words) {
            (Type::Int | Type::Size | Type::Ino, [word, ..]) => self.mix(*word),
            (Type::Str | Type::Bytes | Type::Path, [at, len, ..]) => {
                self.bytes(bytes(host.memory(), *at, *len));
            }
            _ => self.value(host, ty, words)?,
        }
        Ok(self.state)
    }

    fn mix(&mut self, word: u64) {
        // The two halves of a product depend on all bits of both factors.
        let product = u128::from(self.state ^ word ^ 0xa076_1d64_78bd_642f)
            * u128::from(self.state.rotate_left(29) ^ 0xe703_7ed1_a0b4_28db);
        self.state = (product >> 64) as u64 ^ product as u64 ^ word.rotate_left(17);
        self.state = self.state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.state ^= self.state >> 32;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let (chunks, rest) = bytes.as_chunks::<8>();
        for chunk in chunks {
            self.mix(u64::from_le_bytes(*chunk));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last));
        self.mix(bytes.len() as u64);
    }

    /// What [`errors`] looks at.
    fn error(&mut self, memory: &[u8], error: u64) {
        let fault = load(memory, error);
        self.mix(fault);
        if Fault::from_word(fault) == Some(Fault::User) {
            self.bytes(message(memory, error));
        }
    }

    fn value(&mut self, host: &mut dyn Host, ty: &'a Type, words: &[u64]) -> Outcome<()> {
        let mut todo = vec![Part::Value(ty, super::words(words))];
        // The state around each map on the way, and the sum of its entries so far.
        let mut around = Vec::new();
        while let Some(part) = todo.pop() {
            self.steps.step(host)?;
            match part {
                Part::Value(ty, words) => self.part(host, ty, &words, &mut todo, &mut around)?,
                Part::Fields([(_, ty), rest @ ..], at) => {
                    todo.push(Part::Fields(rest, at + ty.width() as u64 * 8));
                    todo.push(Part::Value(ty, read(host.memory(), ty, at)));
                }
                Part::Elements(ty, at, left) if left > 0 => {
                    todo.push(Part::Elements(ty, at + ty.width() as u64 * 8, left - 1));
                    todo.push(Part::Value(ty, read(host.memory(), ty, at)));
                }
                Part::Fields(..) | Part::Elements(..) => {}
                Part::Entry(key, value, at) => {
                    self.state = seed();
                    let after = at + key.width() as u64 * 8;
                    todo.push(Part::EndOfEntry);
                    todo.push(Part::Value(value, read(host.memory(), value, after)));
                    todo.push(Part::Value(key, read(host.memory(), key, at)));
                }
                Part::EndOfEntry => {
                    if let Some((_, sum)) = around.last_mut() {
                        *sum = u64::wrapping_add(*sum, self.state);
                    }
                }
                Part::EndOfMap => {
                    if let Some((state, sum)) = around.pop() {
                        self.state = state;
                        self.mix(sum);
                    }
                }
            }
        }
        Ok(())
    }

    fn part(
        &mut self,
        host: &mut dyn Host,
        ty: &'a Type,
        words: &Words,
        todo: &mut Vec<Part<'a>>,
        around: &mut Vec<(u64, u64)>,
    ) -> Outcome<()> {
        let word = words[0];
        match ty {
            Type::Unit | Type::Seq(_) => {}
            // Both zeros are equal.
            Type::Float => self.mix(float_word(float(word) + 0.0)),
            Type::Time => {
                self.mix(word);
                self.mix(words[1]);
            }
            Type::Str | Type::Bytes | Type::Path | Type::Name => {
                self.steps.add(words[1] / 64, host)?;
                self.bytes(bytes(host.memory(), word, words[1]));
            }
            Type::Option(t) => {
                self.mix(word);
                if word == 1 {
                    todo.push(Part::Value(t, super::words(&words[1..])));
                }
            }
            Type::Result(t) => {
                self.mix(word);
                match word {
                    0 => todo.push(Part::Value(t, super::words(&words[1..]))),
                    _ => self.error(host.memory(), words[1]),
                }
            }
            Type::Desc(t) => todo.push(Part::Value(t, *words)),
            Type::List(t) => {
                let memory = &*host.memory();
                let len = load(memory, word + list::LEN);
                self.mix(len);
                if t.width() > 0 {
                    todo.push(Part::Elements(t, load(memory, word + list::DATA), len));
                }
            }
            Type::Record(r) => todo.push(Part::Fields(&r.fields, word)),
            Type::Enum(e) => {
                let tag = load(host.memory(), word);
                self.mix(tag);
                todo.push(Part::Fields(self.cases.fields(&e.name, tag), word + 8));
            }
            Type::Map(key, value) => {
                let entries = map::entries(host.memory(), word, key.width() + value.width());
                self.mix(entries.len() as u64);
                around.push((self.state, 0));
                todo.push(Part::EndOfMap);
                todo.extend(entries.map(|at| Part::Entry(key, value, at)));
            }
            Type::Error => self.error(host.memory(), word),
            _ => self.mix(word),
        }
        Ok(())
    }
}

/// How two errors compare: by their faults, then by the messages that the program gave them.
fn errors(memory: &[u8], a: u64, b: u64) -> Ordering {
    let [fault, other] = [a, b].map(|at| load(memory, at));
    fault
        .cmp(&other)
        .then_with(|| match Fault::from_word(fault) {
            Some(Fault::User) => message(memory, a).cmp(message(memory, b)),
            _ => Ordering::Equal,
        })
}

/// The message of a program's own error: its operand.
fn message(memory: &[u8], error: u64) -> &[u8] {
    bytes(memory, load(memory, error + 16), load(memory, error + 24))
}

/// The bytes at an offset; none if they do not lie in memory.
pub(super) fn bytes(memory: &[u8], at: u64, len: u64) -> &[u8] {
    let (at, len) = (at as usize, len as usize);
    memory.get(at..at.saturating_add(len)).unwrap_or(&[])
}

/// The word at an offset; zero if it does not lie in memory.
pub(super) fn load(memory: &[u8], at: u64) -> u64 {
    let bytes = memory.get(at as usize..).and_then(|m| m.first_chunk());
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The words of a value of a type at an offset.
pub(super) fn read(memory: &[u8], ty: &Type, at: u64) -> Words {
    let mut words = [0; MAX_WIDTH];
    for (n, word) in words.iter_mut().enumerate().take(ty.width()) {
        *word = load(memory, at + 8 * n as u64);
    }
    words
}

fn both(memory: &[u8], ty: &Type, a: u64, b: u64) -> (Words, Words) {
    (read(memory, ty, a), read(memory, ty, b))
}
