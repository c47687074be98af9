//! Lists, Options, tuples, records, enums, maps, sets.

use super::Generator;
use super::types::T;

impl Generator<'_> {
    pub(super) fn list(&mut self, of: &T, room: usize) -> String {
        let list = T::List(Box::new(of.clone()));
        let this = |g: &mut Self| g.expression(&list, room);
        match self.pick(14) {
            0 | 1 => {
                let all: Vec<String> = (0..1 + self.pick(4))
                    .map(|_| self.expression(of, room))
                    .collect();
                format!("[{}]", all.join(" "))
            }
            2 | 3 => {
                let s = self.sequence(of, room);
                match self.pick(3) {
                    0 => self.with(&list, |_, x| format!("(let [{x} (map identity {s})] {x})")),
                    1 => format!("(vec {s})"),
                    _ => format!("(into [] {s})"),
                }
            }
            4 => format!("(conj {} {})", this(self), self.wanted(of, room)),
            5 => format!("(into {} {})", this(self), self.sequence(of, room)),
            6 if self.ord(of) => format!("(sort {})", this(self)),
            6 | 7 => {
                let key = self.ordered(1);
                let f = self.lambda(of, &key, room);
                let xs = this(self);
                match self.pick(2) {
                    0 => format!("(sort-by {f} {xs})"),
                    _ => format!("(sort-by (desc {f}) {xs})"),
                }
            }
            8 => format!("(reverse {})", this(self)),
            9 => {
                let n = self.expression(&T::Int, room.min(2));
                format!(
                    "({} {n} {})",
                    self.one_of(&["take-last", "drop-last"]),
                    this(self)
                )
            }
            10 => {
                let (xs, n) = (this(self), self.pick(3));
                match self.pick(2) {
                    0 => format!("(assoc {xs} {n} {})", self.wanted(of, room)),
                    _ => format!("(update {xs} {n} {})", self.lambda(of, of, room)),
                }
            }
            11 => match of {
                T::Str => format!(
                    "({} {})",
                    self.one_of(&["chars", "words", "split-lines"]),
                    self.expression(of, room)
                ),
                _ => {
                    let k = self.key(1);
                    let map = self.expression(&T::Map(Box::new(k), Box::new(of.clone())), room);
                    format!("(vals {map})")
                }
            },
            12 if self.eq(of) => {
                let v = self.ty(1);
                let map = self.expression(&T::Map(Box::new(of.clone()), Box::new(v)), room);
                format!("(keys {map})")
            }
            12 => {
                let xs = this(self);
                format!("(nth (split-at {} {xs}) {})", self.pick(3), self.pick(2))
            }
            _ => format!(
                "(filterv {} {})",
                self.lambda(of, &T::Bool, room),
                this(self)
            ),
        }
    }

    pub(super) fn option(&mut self, of: &T, room: usize) -> String {
        let list = T::List(Box::new(of.clone()));
        let this = T::Opt(Box::new(of.clone()));
        match self.pick(12) {
            0 | 1 => format!("(just {})", self.expression(of, room)),
            2 => {
                let (c, x) = (self.expression(&T::Bool, room), self.expression(of, room));
                match self.pick(2) {
                    0 => format!("(if {c} (just {x}) none)"),
                    _ => format!("(if {c} none (just {x}))"),
                }
            }
            3 => format!(
                "({} {})",
                self.one_of(&["first", "last", "second"]),
                self.sequence(of, room)
            ),
            4 => {
                let k = self.key(1);
                let map = self.expression(&T::Map(Box::new(k.clone()), Box::new(of.clone())), room);
                format!("(get {map} {})", self.expression(&k, room))
            }
            5 if self.ord(of) => format!(
                "({} {})",
                self.one_of(&["max-of", "min-of"]),
                self.sequence(of, room)
            ),
            6 => {
                let key = self.ordered(1);
                let (f, s) = (self.lambda(of, &key, room), self.sequence(of, room));
                format!("({} {f} {s})", self.one_of(&["max-key", "min-key"]))
            }
            7 => format!(
                "(find-first {} {})",
                self.lambda(of, &T::Bool, room),
                self.sequence(of, room)
            ),
            8 => match of {
                T::Int => format!("(parse-int {})", self.expression(&T::Str, room)),
                T::Float => format!("(parse-float {})", self.expression(&T::Str, room)),
                _ => format!(
                    "(get {} {})",
                    self.expression(&list, room),
                    self.expression(&T::Int, room)
                ),
            },
            9 => {
                let from = self.ty(1);
                let (o, f) = (
                    self.expression(&T::Opt(Box::new(from.clone())), room),
                    self.lambda(&from, of, room),
                );
                match of {
                    // An Option that a step gives is the whole's.
                    T::Opt(_) => format!("(just {})", self.leaf(of)),
                    _ => format!(
                        "(some-> {o} ({f}))",
                        f = if f.starts_with('(') {
                            f
                        } else {
                            f.trim().into()
                        }
                    ),
                }
            }
            10 => match of {
                T::Res(_) => format!("(just {})", self.leaf(of)),
                _ => format!("(ok (try {}))", self.expression(of, room)),
            },
            _ => {
                let from = self.ty(1);
                let (f, s) = (self.lambda(&from, &this, room), self.sequence(&from, room));
                format!("(some {f} {s})")
            }
        }
    }

    pub(super) fn tuple(&mut self, parts: &[T], room: usize) -> String {
        match (self.pick(3), parts) {
            (1, [T::List(a), T::List(b)]) if a == b => {
                let xs = self.expression(&parts[0], room);
                match self.pick(2) {
                    0 => format!("(split-at {} {xs})", self.pick(4)),
                    _ => format!("(split-with {} {xs})", self.lambda(a, &T::Bool, room)),
                }
            }
            (1, [a, b]) => {
                let of = self.ty(1);
                let (f, g) = (self.lambda(&of, a, room), self.lambda(&of, b, room));
                format!("((juxt {f} {g}) {})", self.expression(&of, room))
            }
            _ => {
                let all: Vec<String> = parts.iter().map(|t| self.expression(t, room)).collect();
                format!("(tuple {})", all.join(" "))
            }
        }
    }

    pub(super) fn fields(&mut self, fields: &[(String, T)], room: usize) -> String {
        let this = T::Fields(fields.to_vec());
        let (name, ty) = fields[self.pick(fields.len())].clone();
        match self.pick(5) {
            1 => {
                let record = self.expression(&this, room);
                format!("(assoc {record} :{name} {})", self.expression(&ty, room))
            }
            2 => {
                let record = self.expression(&this, room);
                format!("(update {record} :{name} {})", self.lambda(&ty, &ty, room))
            }
            3 => {
                let record = self.expression(&this, room);
                format!(
                    "(dissoc (assoc {record} :more {}) :more)",
                    self.expression(&T::Int, 1)
                )
            }
            _ => {
                let all: Vec<String> = fields
                    .iter()
                    .map(|(n, t)| format!(":{n} {}", self.expression(t, room)))
                    .collect();
                format!("{{{}}}", all.join(" "))
            }
        }
    }

    pub(super) fn record(&mut self, n: usize, room: usize) -> String {
        let declared = self.declared[n].clone();
        let fields = &declared.cases[0].1;
        let (name, ty) = fields[self.pick(fields.len())].clone();
        match self.pick(5) {
            1 => {
                let record = self.expression(&T::Rec(n), room);
                format!("(assoc {record} :{name} {})", self.wanted(&ty, room))
            }
            2 => {
                let record = self.expression(&T::Rec(n), room);
                format!("(update {record} :{name} {})", self.lambda(&ty, &ty, room))
            }
            3 => {
                let all: Vec<String> = fields
                    .iter()
                    .rev()
                    .map(|(n, t)| format!(":{n} {}", self.wanted(t, room)))
                    .collect();
                format!("(map->{} {{{}}})", declared.name, all.join(" "))
            }
            _ => {
                let all: Vec<String> = fields.iter().map(|f| self.wanted(&f.1, room)).collect();
                format!("(->{} {})", declared.name, all.join(" "))
            }
        }
    }

    pub(super) fn case(&mut self, n: usize, room: usize) -> String {
        let declared = self.declared[n].clone();
        let (case, fields) = &declared.cases[self.pick(declared.cases.len())];
        let all: Vec<String> = fields.iter().map(|f| self.wanted(&f.1, room)).collect();
        match all.is_empty() {
            true => format!("{}/{case}", declared.name),
            false => format!("({case} {})", all.join(" ")),
        }
    }

    pub(super) fn map(&mut self, k: &T, v: &T, room: usize) -> String {
        let this = T::Map(Box::new(k.clone()), Box::new(v.clone()));
        let map = |g: &mut Self| g.expression(&this, room);
        match self.pick(12) {
            0 | 1 => {
                // Keys that are all keywords would make a record.
                let all: Vec<String> = (0..1 + self.pick(3))
                    .map(|_| format!("{} {}", self.expression(k, room), self.expression(v, room)))
                    .collect();
                format!("{{{}}}", all.join(" "))
            }
            2 => format!(
                "(assoc {} {} {})",
                map(self),
                self.expression(k, room),
                self.wanted(v, room)
            ),
            3 => format!("(dissoc {} {})", map(self), self.expression(k, room)),
            4 => format!("(merge {} {})", map(self), map(self)),
            5 => {
                let f = self.lambda_of_two(v, v, v, room);
                format!("(merge-with {f} {} {})", map(self), map(self))
            }
            6 => {
                let pair = T::Tuple(vec![k.clone(), v.clone()]);
                let s = self.sequence(&pair, room);
                match self.pick(2) {
                    0 => format!("(into {{}} {s})"),
                    _ => format!("(into {} {s})", map(self)),
                }
            }
            7 => {
                let vals = self.expression(&T::List(Box::new(v.clone())), room);
                format!("(zipmap {} {vals})", self.sequence(k, room))
            }
            8 if *v == T::Int => format!("(frequencies {})", self.sequence(k, room)),
            8 => match v {
                T::List(t) => format!(
                    "(group-by {} {})",
                    self.lambda(t, k, room),
                    self.sequence(t, room)
                ),
                _ => format!(
                    "(index-by {} {})",
                    self.lambda(v, k, room),
                    self.sequence(v, room)
                ),
            },
            9 => format!("(select-keys {} {})", map(self), self.sequence(k, room)),
            10 => {
                let f = self.lambda(&T::Opt(Box::new(v.clone())), v, room);
                format!("(update {} {} {f})", map(self), self.expression(k, room))
            }
            _ => {
                // Grown in a loop.
                let times = self.pick(6);
                let start = map(self);
                self.with_two(&this, &T::Int, |g, m, i| {
                    let (key, value) = g.looped(|g| (g.expression(k, room), g.expression(v, room)));
                    format!(
                        "(reduce (fn [{m} {i}] (assoc {m} {key} {value})) {start} (range {times}))"
                    )
                })
            }
        }
    }

    pub(super) fn set(&mut self, of: &T, room: usize) -> String {
        let this = T::Set(Box::new(of.clone()));
        let set = |g: &mut Self| g.expression(&this, room);
        match self.pick(8) {
            0 | 1 => {
                let all: Vec<String> = (0..1 + self.pick(3))
                    .map(|_| self.expression(of, room))
                    .collect();
                format!("#{{{}}}", all.join(" "))
            }
            2 => format!("(set {})", self.sequence(of, room)),
            3 => format!("(conj {} {})", set(self), self.wanted(of, room)),
            4 => format!("(disj {} {})", set(self), self.expression(of, room)),
            5 => format!("(into {} {})", set(self), self.sequence(of, room)),
            _ => {
                let f = self.one_of(&["union", "intersection", "difference"]);
                format!("({f} {} {})", set(self), set(self))
            }
        }
    }
}
