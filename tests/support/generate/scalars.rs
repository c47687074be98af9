//! Numbers, truth values, text.

use super::Generator;
use super::types::T;

/// Numbers near which things go wrong.
pub(super) const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "10",
    "64",
    "63",
    "-2",
    "255",
    "4096",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806",
    "4611686018427387904",
    "3037000500",
    "0x7fffffff",
    "-2147483648",
    "1_000",
];
pub(super) const FLOATS: &[&str] = &[
    "0.0",
    "1.0",
    "-0.0",
    "0.1",
    "2.5",
    "-3.5",
    "1e300",
    "1e-300",
    "4503599627370496.5",
    "9.3e18",
    "-1.5e19",
    "0.30000000000000004",
];
pub(super) const SIZES: &[&str] = &["1B", "0B", "3B", "4KiB", "1MiB", "8191TiB", "-1B"];
pub(super) const DURATIONS: &[&str] = &["1s", "0ns", "1ns", "1500ms", "2h", "-3s", "36500d"];
pub(super) const STRINGS: &[&str] = &[
    "", "a", "b", "sub", "é", "no such", "a/b", "x\\ny", "\\u0041", "\\0", "12", "-7", "1.5",
    " a b ", "日本", "ß",
];
const TYPES: &[&str] = &[":file", ":dir", ":symlink", ":fifo", ":unknown"];
pub(super) const NAMES: &[&str] = &[
    "a", "b", "sub/c", "to", "broken", "nowhere", "sub", "pipe", "..", ".",
];

impl Generator<'_> {
    fn small(&mut self) -> usize {
        self.pick(5)
    }

    pub(super) fn int(&mut self, room: usize) -> String {
        let files = self.name(&T::Dir).is_some();
        let int = |g: &mut Self| g.expression(&T::Int, room);
        match self.pick(26) {
            n @ 0..=5 => {
                let op = ["+", "-", "*", "quot", "rem", "mod"][n];
                let (a, b) = (int(self), int(self));
                match self.pick(4) {
                    1 if n < 3 => format!("({op} {a} {b} {})", int(self)),
                    2 => format!("(-> {a} ({op} {b}))"),
                    _ => format!("({op} {a} {b})"),
                }
            }
            6 => {
                let f = self.one_of(&["-", "inc", "dec", "abs", "bit-not", "identity"]);
                format!("({f} {})", int(self))
            }
            7 => {
                let f = self.one_of(&[
                    "bit-and",
                    "bit-or",
                    "bit-xor",
                    "bit-shift-left",
                    "bit-shift-right",
                    "unsigned-bit-shift-right",
                    "max",
                    "min",
                ]);
                format!("({f} {} {})", int(self), int(self))
            }
            8 | 9 => {
                let ty = self.ty(1);
                format!("(count {})", self.sequence(&ty, room))
            }
            10 => format!("(quot {} 1B)", self.expression(&T::Size, room)),
            11 => format!("(quot {} 1ms)", self.expression(&T::Duration, room)),
            12 => {
                let (start, s) = (int(self), self.sequence(&T::Int, room));
                format!(
                    "(reduce {} {start} {s})",
                    self.one_of(&["+", "*", "-", "max", "bit-xor"])
                )
            }
            13 => format!("(sum {})", self.sequence(&T::Int, room)),
            14 => {
                let f = self.one_of(&["int", "round"]);
                format!("({f} {})", self.expression(&T::Float, room))
            }
            15 => {
                let ty = self.ordered(1);
                format!(
                    "(compare {} {})",
                    self.expression(&ty, room),
                    self.expression(&ty, room)
                )
            }
            16 => format!("(count {})", self.expression(&T::Str, room)),
            17 => {
                let (k, v) = (self.key(1), self.ty(1));
                let of = match self.pick(2) {
                    0 => T::Map(Box::new(k), Box::new(v)),
                    _ => T::Set(Box::new(k)),
                };
                format!("(count {})", self.expression(&of, room))
            }
            18 => {
                let (s, part) = (self.expression(&T::Str, room), self.expression(&T::Str, 1));
                format!("(or-else (index-of {s} {part}) -1)")
            }
            19 => format!(
                "(or-else (parse-int {}) {})",
                self.expression(&T::Str, room),
                int(self)
            ),
            20 => {
                let ty = self.key(1);
                self.generic("count-of");
                let (xs, x) = (
                    self.expression(&T::List(Box::new(ty.clone())), room),
                    self.expression(&ty, room),
                );
                format!("(count-of {xs} {x})")
            }
            21 if files => format!("(count {})", self.entries(room)),
            22 if files => {
                let stat = self.stat(room);
                format!("(:{} {stat})", self.one_of(&["uid", "nlink", "blocks"]))
            }
            23 if files => {
                let (entries, start) = (self.entries(room), int(self));
                let f = self.lambda_of_two(&T::Int, &T::Entry, &T::Int, room);
                format!("(reduce {f} {start} {entries})")
            }
            24 => {
                // An array, filled in a loop.
                let (len, n) = (1 + self.small(), self.small());
                let a = self.fresh();
                let f = self.with(&T::Int, |g, i| {
                    let body = g.looped(|g| g.expression(&T::Int, room.min(2)));
                    format!("(dotimes [{i} {n}] (aset! {a} {i} (+ (aget {a} {i}) {body})))")
                });
                format!(
                    "(let [{a} (array {len} {})] {f} (reduce bit-xor 0 (freeze {a})))",
                    int(self)
                )
            }
            _ => self.leaf(&T::Int),
        }
    }

    pub(super) fn float(&mut self, room: usize) -> String {
        let float = |g: &mut Self| g.expression(&T::Float, room);
        match self.pick(12) {
            n @ 0..=3 => {
                let op = ["+", "-", "*", "/"][n];
                format!("({op} {} {})", float(self), float(self))
            }
            4 => {
                let f = self.one_of(&["-", "abs", "sqrt", "floor", "ceil"]);
                format!("({f} {})", float(self))
            }
            5 => format!("(pow {} {})", float(self), float(self)),
            6 => {
                let ty = [T::Int, T::Size, T::Duration][self.pick(3)].clone();
                format!("(float {})", self.expression(&ty, room))
            }
            7 => format!("(rem {} {})", float(self), float(self)),
            8 => format!(
                "(or-else (avg {}) {})",
                self.sequence(&T::Float, room),
                float(self)
            ),
            9 => format!("(sum {})", self.sequence(&T::Float, room)),
            10 => format!(
                "(or-else (parse-float {}) {})",
                self.expression(&T::Str, room),
                float(self)
            ),
            _ => format!(
                "({} {} {})",
                self.one_of(&["max", "min"]),
                float(self),
                float(self)
            ),
        }
    }

    pub(super) fn size(&mut self, room: usize) -> String {
        let files = self.name(&T::Dir).is_some();
        let (a, n) = (
            self.expression(&T::Size, room),
            self.expression(&T::Int, room),
        );
        match self.pick(7) {
            0 => format!("(+ {a} {})", self.expression(&T::Size, room)),
            1 => format!("(- {a} {})", self.expression(&T::Size, room)),
            2 => format!("(* {a} {n})"),
            3 => format!("(quot {a} {n})"),
            4 if files => format!("(:size {})", self.stat(room)),
            5 => format!("(sum {})", self.sequence(&T::Size, room)),
            _ => a,
        }
    }

    pub(super) fn duration(&mut self, room: usize) -> String {
        let (a, n) = (
            self.expression(&T::Duration, room),
            self.expression(&T::Int, room),
        );
        match self.pick(8) {
            0 => format!("(+ {a} {})", self.expression(&T::Duration, room)),
            1 => format!("(- {a} {})", self.expression(&T::Duration, room)),
            2 => format!("(* {n} {a})"),
            3 => format!("(quot {a} {n})"),
            4 => format!("(rem {a} {})", self.expression(&T::Duration, room)),
            5 => format!("(sum {})", self.sequence(&T::Duration, room)),
            6 => format!("(abs {a})"),
            _ => a,
        }
    }

    pub(super) fn bool(&mut self, room: usize) -> String {
        let of = |g: &mut Self, ty: &T| g.expression(ty, room);
        match self.pick(17) {
            0 | 1 => {
                let op = self.one_of(&["<", "<=", ">", ">="]);
                let ty = [T::Int, T::Int, T::Float, T::Size, T::Duration][self.small()].clone();
                match self.pick(3) {
                    1 => format!(
                        "({op} {} {} {})",
                        of(self, &ty),
                        of(self, &ty),
                        of(self, &ty)
                    ),
                    _ => format!("({op} {} {})", of(self, &ty), of(self, &ty)),
                }
            }
            2..=4 => {
                let ty = self.key(2);
                let op = self.one_of(&["=", "not="]);
                let a = of(self, &ty);
                format!("({op} {a} {})", self.wanted(&ty, room))
            }
            5 => format!("(not {})", of(self, &T::Bool)),
            n @ (6 | 7) => {
                let op = ["and", "or"][n - 6];
                let (a, b, c) = (of(self, &T::Bool), of(self, &T::Bool), of(self, &T::Bool));
                format!("({op} {a} {b} {c})")
            }
            8 => {
                let ty = self.ty(1);
                let o = of(self, &T::Opt(Box::new(ty)));
                format!("({} {o})", self.one_of(&["some?", "none?", "just?"]))
            }
            9 => {
                let ty = match self.ty(1) {
                    T::Res(t) => *t,
                    ty => ty,
                };
                let r = of(self, &T::Res(Box::new(ty)));
                format!("({} {r})", self.one_of(&["ok?", "err?"]))
            }
            10 => {
                let ty = self.ty(1);
                format!(
                    "({} {})",
                    self.one_of(&["empty?", "not-empty?"]),
                    self.sequence(&ty, room)
                )
            }
            11 => {
                let ty = self.ty(1);
                let (f, s) = (self.lambda(&ty, &T::Bool, room), self.sequence(&ty, room));
                format!(
                    "({} {f} {s})",
                    self.one_of(&["every?", "some", "not-any?", "not-every?"])
                )
            }
            12 => {
                let k = self.key(1);
                let of_keys = match self.pick(2) {
                    0 => T::Set(Box::new(k.clone())),
                    _ => T::Map(Box::new(k.clone()), Box::new(T::Int)),
                };
                format!("(contains? {} {})", of(self, &of_keys), of(self, &k))
            }
            13 => format!(
                "({} {})",
                self.one_of(&["even?", "odd?", "pos?", "neg?", "zero?"]),
                of(self, &T::Int)
            ),
            14 => {
                let f = self.one_of(&["starts-with?", "ends-with?", "includes?"]);
                format!("({f} {} {})", of(self, &T::Str), of(self, &T::Str))
            }
            15 => format!("(blank? {})", of(self, &T::Str)),
            _ => match self.name(&T::Entry) {
                Some(e) => match self.pick(3) {
                    0 => format!("(= (:type {e}) {})", self.one_of(TYPES)),
                    1 => format!("(not= (:name {e}) \"{}\")", self.file()),
                    _ => format!("(= (:type (stat {e})) {})", self.one_of(TYPES)),
                },
                None => self.leaf(&T::Bool),
            },
        }
    }

    pub(super) fn str(&mut self, room: usize) -> String {
        let str = |g: &mut Self| g.expression(&T::Str, room);
        match self.pick(14) {
            0..=2 => {
                let (a, b) = (self.ty(2), self.ty(1));
                let f = self.one_of(&["str", "pr-str", "str"]);
                format!(
                    "({f} {} {})",
                    self.expression(&a, room),
                    self.expression(&b, room)
                )
            }
            3 => {
                let f = self.one_of(&[
                    "upper-case",
                    "lower-case",
                    "trim",
                    "triml",
                    "trimr",
                    "capitalize",
                    "identity",
                ]);
                format!("({f} {})", str(self))
            }
            4 => {
                let (s, from) = (str(self), self.small());
                match self.pick(2) {
                    0 => format!("(subs {s} {from})"),
                    _ => format!("(subs {s} {from} {})", from + self.small()),
                }
            }
            5 | 6 => {
                let ty = self.ty(1);
                let s = self.sequence(&ty, room);
                match self.pick(2) {
                    0 => format!("(join {s})"),
                    _ => format!("(join {} {s})", str(self)),
                }
            }
            7 => format!(
                "({} {} {} {})",
                self.one_of(&["replace", "replace-first"]),
                str(self),
                str(self),
                str(self)
            ),
            8 => {
                let int = self.expression(&T::Int, room);
                let with = self.one_of(&["%d", "%5d|", "%-6d|", "%05d", "%x", "%o"]);
                format!("(format \"{with} %s\" {int} {})", str(self))
            }
            9 => {
                let float = self.expression(&T::Float, room);
                format!(
                    "(format \"{}\" {float})",
                    self.one_of(&["%.2f", "%8.3f", "%f"])
                )
            }
            10 => {
                let ty = self.ty(1);
                let ty = if let T::Res(t) = ty { *t } else { ty };
                let body = self.expression(&ty, room);
                format!("(match (try {body}) (ok _) \"ok\" (err e) (str (:message e) (:name e)))")
            }
            11 => format!("(hex {})", str(self)),
            12 => {
                let n = self.small();
                format!("(join (repeat {n} {}))", str(self))
            }
            _ => format!(
                "(join \"|\" ({} {}))",
                self.one_of(&["chars", "words", "split-lines"]),
                str(self)
            ),
        }
    }

    /// A `Stat` of something.
    fn stat(&mut self, room: usize) -> String {
        match (self.pick(4), self.name(&T::Entry)) {
            (0 | 1, Some(e)) => format!("(stat {e})"),
            (2, _) => format!("(stat {})", self.expression(&T::Dir, room.min(1))),
            _ => {
                let dir = self.expression(&T::Dir, room.min(1));
                format!("(stat {dir} \"{}\")", self.file())
            }
        }
    }
}
