//! What stands before the program: types and functions.

use super::types::{Declared, T};
use super::{Function, Generator};

/// Generic functions, by name; those that a program calls are in its text.
pub(super) const GENERIC: &[(&str, &str)] = &[
    (
        "choose",
        "(defn choose :- T [c :- Bool a :- T b :- T] (if c a b))",
    ),
    (
        "swapped",
        "(defn swapped :- [U T] [p :- [T U]] (let [[a b] p] (tuple b a)))",
    ),
    (
        "at-or",
        "(defn at-or :- T [xs :- (List T) n :- Int other :- T] (if (and (<= 0 n) (< n (count xs))) (nth xs n) other))",
    ),
    (
        "folded",
        "(defn folded :- A [f :- (Fn [A T] A) start :- A xs :- (Seq T)] (reduce f start xs))",
    ),
    (
        "turned",
        "(defn turned :- (List T) [xs :- (List T) acc :- (List T)] (match xs [] acc [x & more] (turned more (vec (cons x acc)))))",
    ),
    (
        "sole",
        "(defn sole :- (Option T) [xs :- (List T)] (match xs [x] (just x) _ none))",
    ),
    (
        "lookup",
        "(defn lookup :- V [m :- (Map K V) k :- K other :- V] (match (get m k) (just v) v none other))",
    ),
    ("applied", "(defn applied [f x] (f x))"),
    (
        "largest",
        "(defn largest :- (Option T) [xs :- (List T)] {:where [(Ord T)]} (max-of xs))",
    ),
    (
        "count-of",
        "(defn count-of :- Int [xs :- (List T) x :- T] {:where [(Eq T)]} (count (filter #(= % x) xs)))",
    ),
    ("evens", "(defn evens [xs :- (Seq T)] (take-nth 2 xs))"),
];

impl Generator<'_> {
    /// Marks a generic function as used.
    pub(super) fn generic(&mut self, name: &'static str) -> &'static str {
        if !self.generic.contains(&name) {
            self.generic.push(name);
        }
        name
    }

    /// `defrecord`s and `defenum`s; those that come later may hold those before, and enums themselves.
    pub(super) fn declarations(&mut self) -> String {
        let mut text = String::new();
        for n in 0..self.pick(4) {
            let is_record = self.pick(3) == 0;
            let name = format!("Type{n}");
            let declared = match is_record {
                true => {
                    let fields = self.some_fields(1, None);
                    vec![(name.clone(), fields)]
                }
                false => {
                    let mut cases = Vec::new();
                    for case in 0..1 + self.pick(4) {
                        let within = (case > 0).then_some(n);
                        let fields = self.some_fields(0, within);
                        cases.push((format!("case{n}{case}"), fields));
                    }
                    cases
                }
            };
            let all: Vec<T> = declared
                .iter()
                .flat_map(|c| c.1.iter().map(|f| f.1.clone()))
                .collect();
            let others = |of: &T| !matches!(of, T::Enum(m) | T::Rec(m) if *m == n);
            // Itself it is what its other parts are.
            self.declared.push(Declared {
                name,
                is_record,
                cases: declared,
                eq: true,
                ord: true,
            });
            let eq = all.iter().filter(|t| others(t)).all(|t| self.eq(t));
            let ord = all.iter().filter(|t| others(t)).all(|t| self.ord(t));
            (self.declared[n].eq, self.declared[n].ord) = (eq, ord);
            text += &self.declaration(n);
        }
        text
    }

    fn some_fields(&mut self, least: usize, within: Option<usize>) -> Vec<(String, T)> {
        let names = ["x", "y", "name"].iter().take(least + self.pick(3));
        let field = |g: &mut Self| match (within, g.pick(3)) {
            (Some(n), 1) => T::Enum(n),
            (Some(n), 2) if g.pick(3) == 1 => T::List(Box::new(T::Enum(n))),
            _ => g.ty(1),
        };
        names.map(|name| (name.to_string(), field(self))).collect()
    }

    fn declaration(&self, n: usize) -> String {
        let declared = &self.declared[n];
        let fields = |fields: &[(String, T)]| {
            let fields = fields
                .iter()
                .map(|(n, t)| format!("{n} :- {}", self.written(t)));
            fields.collect::<Vec<_>>().join(" ")
        };
        if declared.is_record {
            return format!(
                "(defrecord {} [{}])\n",
                declared.name,
                fields(&declared.cases[0].1)
            );
        }
        let case = |(name, held): &(String, Vec<(String, T)>)| match held.is_empty() {
            true => name.clone(),
            false => format!("({name} [{}])", fields(held)),
        };
        let cases: Vec<String> = declared.cases.iter().map(case).collect();
        format!("(defenum {} {})\n", declared.name, cases.join(" "))
    }

    /// A function: compiled once, or without types, expanded at each call, or one that calls itself.
    pub(super) fn function(&mut self) -> String {
        let outside = std::mem::take(&mut self.names);
        let name = format!("f{}", self.functions.len());
        let result = self.ty(2);
        let mut params: Vec<T> = (0..1 + self.pick(3)).map(|_| self.ty(1)).collect();
        let kind = self.pick(5);
        let counts = kind > 2;
        if counts {
            params.insert(0, T::Int);
        }
        for (i, ty) in params.iter().enumerate() {
            self.names.push((format!("a{i}"), ty.clone()));
        }
        // What it does is done in loops, too.
        let body = self.looped(|g| g.expression(&result, 4));
        let typed = |g: &Self| {
            let list = params
                .iter()
                .enumerate()
                .map(|(i, t)| format!("a{i} :- {}", g.written(t)));
            list.collect::<Vec<_>>().join(" ")
        };
        let returns = self.written(&result);
        let text = match kind {
            0 => format!("(defn {name} [{}] {body})\n", typed(self)),
            1 => format!("(defn {name} :- {returns} [{}] {body})\n", typed(self)),
            2 => {
                let list: Vec<String> = (0..params.len()).map(|i| format!("a{i}")).collect();
                format!("(defn {name} [{}] {body})\n", list.join(" "))
            }
            3 => {
                // The call of itself is the last thing it does.
                let args: Vec<String> = params[1..]
                    .iter()
                    .map(|t| self.looped(|g| g.expression(t, 2)))
                    .collect();
                let again = format!("({name} (- a0 1) {})", args.join(" "));
                format!(
                    "(defn {name} :- {returns} [{}] (if (<= a0 0) {body} {again}))\n",
                    typed(self)
                )
            }
            _ => {
                let args: Vec<String> = params[1..]
                    .iter()
                    .map(|t| self.looped(|g| g.expression(t, 1)))
                    .collect();
                let again = format!("({name} (- a0 1) {})", args.join(" "));
                let rest =
                    self.with_name("inner", &result, |g| g.looped(|g| g.expression(&result, 2)));
                let list = typed(self);
                format!(
                    "(defn {name} :- {returns} [{list}] (if (<= a0 0) {body} (let [inner {again}] {rest})))\n"
                )
            }
        };
        self.names = outside;
        self.functions.push(Function {
            name,
            params,
            result,
            counts,
        });
        text
    }

    /// A call of a function of the program that gives that type.
    pub(super) fn call(&mut self, ty: &T, room: usize) -> Option<String> {
        let all: Vec<Function> = self
            .functions
            .iter()
            .filter(|f| f.result == *ty)
            .cloned()
            .collect();
        if all.is_empty() {
            return None;
        }
        let f = all[self.pick(all.len())].clone();
        let mut args = Vec::new();
        for (i, ty) in f.params.iter().enumerate() {
            args.push(match f.counts && i == 0 {
                true => self.pick(5).to_string(),
                false => self.expression(ty, room.min(2)),
            });
        }
        Some(format!("({} {})", f.name, args.join(" ")))
    }
}
