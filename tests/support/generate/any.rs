//! What gives a value of whatever type is wanted: conditions, names, matches, loops, calls, parts of other values.

use super::Generator;
use super::types::T;

impl Generator<'_> {
    pub(super) fn any(&mut self, ty: &T, room: usize) -> String {
        if matches!(ty, T::Entry | T::Dir) {
            return self.leaf(ty);
        }
        match self.pick(24) {
            0 | 1 => {
                let (c, a) = (self.expression(&T::Bool, room), self.expression(ty, room));
                format!("(if {c} {a} {})", self.wanted(ty, room))
            }
            2 | 3 => {
                let of = self.ty(2);
                let value = self.expression(&of, room);
                self.with(&of, |g, x| {
                    format!("(let [{x} {value}] {})", g.expression(ty, room))
                })
            }
            4 => {
                let (a, b) = (
                    self.expression(&T::Bool, room),
                    self.expression(&T::Bool, room),
                );
                let (x, y, z) = (
                    self.expression(ty, room),
                    self.expression(ty, room),
                    self.expression(ty, room),
                );
                format!("(cond {a} {x} {b} {y} :else {z})")
            }
            5 => self.matched_option(ty, room),
            6 => self.matched_result(ty, room),
            7 => self.matched_case(ty, room),
            8 => self.matched_list(ty, room),
            9 => {
                let (o, d) = (
                    self.expression(&T::Opt(Box::new(ty.clone())), room),
                    self.wanted(ty, room),
                );
                format!("(or-else {o} {d})")
            }
            10 => match ty {
                T::Res(_) => self.leaf(ty),
                _ => {
                    let (e, d) = (self.expression(ty, room), self.wanted(ty, room));
                    format!("(or-else (try {e}) {d})")
                }
            },
            11 => self.folded(ty, room),
            12 => self.rounds(ty, room),
            13 | 14 => match self.call(ty, room) {
                Some(call) => call,
                None => self.leaf(ty),
            },
            15 => self.generic_call(ty, room),
            16 => self.part(ty, room),
            17 => self.destructured(ty, room),
            18 => {
                let (c, e) = (self.expression(&T::Bool, room), self.expression(ty, room));
                let message = self.expression(&T::Str, 1);
                format!("(if {c} {e} (throw {message}))")
            }
            19 => {
                let of = self.ty(1);
                let (f, x) = (self.lambda(&of, ty, room), self.expression(&of, room));
                match self.pick(3) {
                    0 if f.starts_with('(') => format!("({f} {x})"),
                    1 => {
                        self.generic("applied");
                        format!("(applied {f} {x})")
                    }
                    _ => {
                        let name = self.fresh();
                        format!("(let [{name} {f}] ({name} {x}))")
                    }
                }
            }
            20 => {
                let n = self.expression(&T::Int, room);
                let (a, b, c) = (
                    self.expression(ty, room),
                    self.expression(ty, room),
                    self.expression(ty, room),
                );
                match self.pick(3) {
                    0 => format!("(case {n} 0 {a} (1 2 -1) {b} {c})"),
                    1 => format!("(condp < {n} 5 {a} 0 {b} {c})"),
                    _ => format!("(match {n} 1 {a} k :when (< k 0) {b} _ {c})"),
                }
            }
            21 => {
                let xs = self.expression(&T::List(Box::new(ty.clone())), room);
                let n = self.pick(3);
                match self.pick(3) {
                    0 => format!("(nth {xs} {n})"),
                    1 => format!("(nth {xs} {n} {})", self.expression(ty, room)),
                    _ => format!("(unwrap (last {xs}))"),
                }
            }
            22 => {
                let k = self.key(1);
                let map = self.expression(&T::Map(Box::new(k.clone()), Box::new(ty.clone())), room);
                format!(
                    "(get {map} {} {})",
                    self.expression(&k, room),
                    self.expression(ty, room)
                )
            }
            _ => {
                let of = self.ty(1);
                let (before, e) = (self.expression(&of, room), self.expression(ty, room));
                match self.pick(3) {
                    0 => format!("(do {before} {e})"),
                    1 => format!("(-> {e} (doto (tuple 1)) identity)"),
                    _ => self.with(ty, |g, x| {
                        let body = g.expression(ty, room);
                        format!("(as-> {e} {x} {body})")
                    }),
                }
            }
        }
    }

    fn matched_option(&mut self, ty: &T, room: usize) -> String {
        let of = self.ty(1);
        let o = self.expression(&T::Opt(Box::new(of.clone())), room);
        let other = self.expression(ty, room);
        let form = self.pick(3);
        self.with(&of, |g, x| {
            let some = g.expression(ty, room);
            match form {
                0 => format!("(match {o} (just {x}) {some} none {other})"),
                1 => format!("(match {o} none {other} (just {x}) {some})"),
                _ => format!(
                    "({} [{x} {o}] {some} {other})",
                    g.one_of(&["if-let", "if-some"])
                ),
            }
        })
    }

    fn matched_result(&mut self, ty: &T, room: usize) -> String {
        let of = match self.ty(1) {
            T::Res(t) => *t,
            ty => ty,
        };
        let r = self.expression(&T::Res(Box::new(of.clone())), room);
        let bad = self.expression(ty, room);
        self.with(&of, |g, x| {
            let good = g.expression(ty, room);
            format!("(match {r} (ok {x}) {good} (err _) {bad})")
        })
    }

    fn matched_case(&mut self, ty: &T, room: usize) -> String {
        if self.declared.is_empty() {
            return self.leaf(ty);
        }
        let n = self.pick(self.declared.len());
        let declared = self.declared[n].clone();
        let of = if declared.is_record {
            T::Rec(n)
        } else {
            T::Enum(n)
        };
        let value = self.expression(&of, room);
        let mut clauses = Vec::new();
        for (case, fields) in &declared.cases {
            let names: Vec<String> = fields
                .iter()
                .enumerate()
                .map(|(i, _)| format!("{case}{i}"))
                .collect();
            for (name, (_, t)) in names.iter().zip(fields) {
                self.names.push((name.clone(), t.clone()));
            }
            let guard = match self.pick(4) {
                1 => format!(":when {} ", self.expression(&T::Bool, 1)),
                _ => String::new(),
            };
            let body = self.expression(ty, room);
            self.names.truncate(self.names.len() - names.len());
            let head = if declared.is_record {
                format!("->{case}")
            } else {
                case.clone()
            };
            let pattern = match names.is_empty() {
                true if !declared.is_record => head,
                _ => format!("({head} {})", names.join(" ")),
            };
            clauses.push(format!("{pattern} {guard}{body}"));
            if !guard.is_empty() {
                let pattern = match fields.is_empty() {
                    true if declared.is_record => format!("({})", pattern.trim_matches(['(', ')'])),
                    true => case.clone(),
                    false if declared.is_record => "_".into(),
                    false => case.clone(),
                };
                clauses.push(format!("{pattern} {}", self.leaf(ty)));
            }
        }
        format!("(match {value} {})", clauses.join(" "))
    }

    fn matched_list(&mut self, ty: &T, room: usize) -> String {
        let of = self.ty(1);
        let list = T::List(Box::new(of.clone()));
        let value = self.expression(&list, room);
        let (none, other) = (self.expression(ty, room), self.expression(ty, room));
        let form = self.pick(3);
        self.with_two(&of, &list, |g, x, more| {
            let some = g.expression(ty, room);
            match form {
                0 => format!("(match {value} [] {none} [{x} & {more}] {some})"),
                1 => {
                    format!("(match {value} [{x}] (let [{more} [{x}]] {some}) [] {none} _ {other})")
                }
                _ => format!("(match {value} [_ {x} & {more}] {some} _ {none})"),
            }
        })
    }

    fn folded(&mut self, ty: &T, room: usize) -> String {
        if self.loops > 1 {
            return self.leaf(ty);
        }
        let of = self.ty(1);
        let (start, s) = (self.expression(ty, room), self.sequence(&of, room));
        let f = self.lambda_of_two(ty, &of, ty, room);
        match self.pick(3) {
            1 => {
                self.generic("folded");
                format!("(folded {f} {start} {s})")
            }
            2 => format!("(or-else (last (reductions {f} {start} {s})) {start})"),
            _ => format!("(reduce {f} {start} {s})"),
        }
    }

    fn rounds(&mut self, ty: &T, room: usize) -> String {
        if self.loops > 1 {
            return self.leaf(ty);
        }
        let (times, start) = (self.pick(6), self.expression(ty, room));
        let form = self.pick(3);
        self.with(ty, |g, acc| {
            let step = g.looped(|g| g.wanted(ty, room));
            match form {
                0 => format!("(loop [turn {times} {acc} {start}] (if (<= turn 0) {acc} (recur (- turn 1) {step})))"),
                1 => format!(
                    "(loop [{acc} {start} turn 0] (cond (= turn {times}) {acc} (= turn 3) (recur {acc} (+ turn 1)) :else (recur {step} (inc turn))))"
                ),
                _ => format!("(or-else (last (take {times} (iterate (fn [{acc}] {step}) {start}))) {start})"),
            }
        })
    }

    fn generic_call(&mut self, ty: &T, room: usize) -> String {
        let of = |g: &mut Self, ty: &T| g.expression(ty, room);
        let list = T::List(Box::new(ty.clone()));
        match (self.pick(6), ty) {
            (0, _) => {
                self.generic("choose");
                format!(
                    "(choose {} {} {})",
                    of(self, &T::Bool),
                    of(self, ty),
                    of(self, ty)
                )
            }
            (1, _) => {
                self.generic("at-or");
                format!(
                    "(at-or {} {} {})",
                    of(self, &list),
                    of(self, &T::Int),
                    of(self, ty)
                )
            }
            (2, T::Tuple(parts)) if parts.len() == 2 => {
                self.generic("swapped");
                let other = T::Tuple(vec![parts[1].clone(), parts[0].clone()]);
                format!("(swapped {})", of(self, &other))
            }
            (2, T::List(_)) => {
                self.generic("turned");
                let xs = of(self, ty);
                format!("(turned {xs} {})", self.wanted(ty, room))
            }
            (3, T::Opt(t)) if self.ord(t) => {
                self.generic("largest");
                format!("(largest {})", of(self, &T::List(t.clone())))
            }
            (3, T::Opt(t)) => {
                self.generic("sole");
                format!("(sole {})", of(self, &T::List(t.clone())))
            }
            _ => {
                self.generic("lookup");
                let k = self.key(1);
                let map = of(self, &T::Map(Box::new(k.clone()), Box::new(ty.clone())));
                format!("(lookup {map} {} {})", of(self, &k), of(self, ty))
            }
        }
    }

    /// A part of a tuple or record that is made here.
    fn part(&mut self, ty: &T, room: usize) -> String {
        let other = self.ty(1);
        match self.pick(3) {
            0 => {
                let tuple = self.expression(&T::Tuple(vec![other, ty.clone()]), room);
                match self.pick(3) {
                    0 => format!("(nth {tuple} 1)"),
                    1 => format!("(second {tuple})"),
                    _ => format!("(last {tuple})"),
                }
            }
            1 => {
                let fields = vec![("a".to_string(), ty.clone()), ("b".to_string(), other)];
                format!("(:a {})", self.expression(&T::Fields(fields), room))
            }
            _ => {
                let records = self.declared.iter().enumerate().filter(|d| d.1.is_record);
                let found =
                    records.flat_map(|(n, d)| d.cases[0].1.iter().map(move |f| (n, f.clone())));
                let found: Vec<(usize, (String, T))> = found.filter(|f| f.1.1 == *ty).collect();
                if found.is_empty() {
                    return self.leaf(ty);
                }
                let (n, (field, _)) = found[self.pick(found.len())].clone();
                format!("(:{field} {})", self.expression(&T::Rec(n), room))
            }
        }
    }

    fn destructured(&mut self, ty: &T, room: usize) -> String {
        let (a, b) = (self.ty(1), self.ty(1));
        match self.pick(4) {
            0 => {
                let pair = self.expression(&T::Tuple(vec![a.clone(), b.clone()]), room);
                self.with_two(&a, &b, |g, x, y| {
                    format!("(let [[{x} {y}] {pair}] {})", g.expression(ty, room))
                })
            }
            1 => {
                let list = T::List(Box::new(a.clone()));
                let xs = self.expression(&list, room);
                self.with_two(&a, &list, |g, x, y| {
                    format!("(let [[{x} & {y}] {xs}] {})", g.expression(ty, room))
                })
            }
            2 => {
                let fields = vec![("a".to_string(), a.clone()), ("b".to_string(), b.clone())];
                let record = self.expression(&T::Fields(fields), room);
                self.with_name("a", &a, |g| {
                    g.with_name("b", &b, |g| {
                        format!(
                            "(let [{{:keys [a b]}} {record}] {})",
                            g.expression(ty, room)
                        )
                    })
                })
            }
            _ => {
                let map = T::Map(Box::new(T::Str), Box::new(a.clone()));
                let m = self.expression(&map, room);
                let default = self.expression(&a, room);
                self.with_name("sub", &a, |g| {
                    g.with_name("b", &T::Opt(Box::new(a.clone())), |g| {
                        let body = g.expression(ty, room);
                        format!("(let [{{:strs [sub b] :or {{sub {default}}}}} {m}] {body})")
                    })
                })
            }
        }
    }
}
