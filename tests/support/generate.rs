//! Random programs of the language that are well typed: a stream of choices becomes an expression of a wanted type over
//! the names in scope. When the choices run out what is left is the simplest, so a shorter stream is a smaller program.
//!
//! Programs see a tree (`d`, with [`TREE`] in it). They end: loops count down from small numbers and ranges are short.

/// The files that the programs speak of, as lines of a tree.
pub const TREE: &[&str] = &[
    "file a 1",
    "file b 4096",
    "dir sub",
    "file sub/c 20",
    "dir sub/empty",
    "link to -> b",
    "link broken -> nowhere",
    "fifo pipe",
];

/// What an expression gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum T {
    Int,
    Size,
    Bool,
    Str,
    Ints,
    Result,
    Entry,
    Stat,
    Dir,
}

/// A program of these choices.
pub fn program(choices: &[u8]) -> String {
    // What is called comes first in the text; most choices are for what calls it.
    let (first, rest) = choices.split_at(choices.len() / 4);
    let mut g = Generator {
        choices: first.iter(),
        names: Vec::new(),
        functions: Vec::new(),
        made: 0,
        loops: 0,
    };
    let mut text = String::new();
    for _ in 0..g.pick(3) {
        text += &g.function();
    }
    if g.pick(3) == 1 {
        let value = g.expression(T::Int, 3);
        text += &format!("(def base {value})\n");
        g.names.push(("base".into(), T::Int));
    }
    g.choices = rest.iter();
    g.names.push(("n".into(), T::Int));
    g.names.push(("d".into(), T::Dir));
    let body = match g.pick(8) {
        0 => g.expression(T::Int, 6),
        1 => g.sequence(6),
        2 => g.expression(T::Ints, 6),
        3 => g.expression(T::Bool, 6),
        4 => g.entries(5),
        5 => g.expression(T::Result, 5),
        6 => g.expression(T::Str, 4),
        _ => {
            let entries = g.entries(4);
            let body = g.with(T::Entry, |g, e| {
                let body = g.expression(T::Int, 4);
                format!("(fn [{e}] [{body} (quot (:size (stat {e})) 1B)])")
            });
            format!("(map {body} {entries})")
        }
    };
    text + &format!("(fn [d :- Dir n :- Int] {body})\n")
}

struct Generator<'a> {
    choices: std::slice::Iter<'a, u8>,
    names: Vec<(String, T)>,
    /// Functions of Ints that give an Int: name and number of parameters.
    functions: Vec<(String, usize)>,
    made: usize,
    /// How many loops are around what is being made.
    loops: usize,
}

/// Numbers near which things go wrong.
const INTS: &[&str] = &[
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
const SIZES: &[&str] = &["1B", "0B", "3B", "4KiB", "1MiB", "8191TiB", "-1B"];
const STRINGS: &[&str] = &[
    "", "a", "b", "sub", "é", "no such", "a/b", "x\\ny", "\\u0041", "\\0",
];
const TYPES: &[&str] = &[":file", ":dir", ":symlink", ":fifo", ":unknown"];
const NAMES: &[&str] = &[
    "a", "b", "sub/c", "to", "broken", "nowhere", "sub", "pipe", "..", ".",
];

impl Generator<'_> {
    /// A number below `n`; 0 when there is no choice left.
    fn pick(&mut self, n: usize) -> usize {
        self.choices.next().map_or(0, |c| usize::from(*c) % n)
    }

    fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.pick(all.len())]
    }

    fn fresh(&mut self) -> String {
        self.made += 1;
        // Names that the prelude uses inside, and some of the language's own, are the user's too.
        const TAKEN: &[&str] = &[
            "x", "s", "f", "acc", "left", "i", "e", "b", "r", "p", "listing", "at",
        ];
        match self.pick(4) {
            1 => TAKEN[self.made % TAKEN.len()].to_string(),
            _ => format!("v{}", self.made),
        }
    }

    /// Makes something in which a new name of that type is known.
    fn with(&mut self, ty: T, make: impl FnOnce(&mut Self, &str) -> String) -> String {
        let name = self.fresh();
        self.names.push((name.clone(), ty));
        let text = make(self, &name);
        self.names.pop();
        text
    }

    /// A name of that type, if one is in scope and no later one hides it.
    fn name(&mut self, ty: T) -> Option<String> {
        let seen = |i: usize| self.names[i + 1..].iter().all(|n| n.0 != self.names[i].0);
        let all: Vec<String> = (0..self.names.len())
            .filter(|i| self.names[*i].1 == ty && seen(*i))
            .map(|i| self.names[i].0.clone())
            .collect();
        match all.len() {
            0 => None,
            n => Some(all[self.pick(n)].clone()),
        }
    }

    /// `(defn f0 [a :- Int b :- Int] ...)`, compiled once, or without types, expanded at each call.
    fn function(&mut self) -> String {
        let outside = std::mem::take(&mut self.names);
        let params = 1 + self.pick(3);
        let typed = self.pick(2) == 0;
        let mut list = Vec::new();
        for i in 0..params {
            self.names.push((format!("a{i}"), T::Int));
            list.push(match typed {
                true => format!("a{i} :- Int"),
                false => format!("a{i}"),
            });
        }
        let body = self.expression(T::Int, 4);
        self.names = outside;
        let name = format!("f{}", self.functions.len());
        self.functions.push((name.clone(), params));
        format!("(defn {name} [{}] {body})\n", list.join(" "))
    }

    /// An expression; `room` is how deep it may be.
    fn expression(&mut self, ty: T, room: usize) -> String {
        if room == 0 || self.choices.len() == 0 {
            return self.leaf(ty);
        }
        let room = room - 1;
        match self.pick(20) {
            0 => self.leaf(ty),
            1 => {
                let c = self.expression(T::Bool, room);
                let (t, e) = (self.expression(ty, room), self.expression(ty, room));
                format!("(if {c} {t} {e})")
            }
            2 => {
                let of = [T::Int, T::Bool, T::Str, T::Ints, T::Result, T::Size][self.pick(6)];
                let value = self.expression(of, room);
                self.with(of, |g, x| {
                    format!("(let [{x} {value}] {})", g.expression(ty, room))
                })
            }
            3 => {
                let of = [T::Int, T::Ints, T::Bool][self.pick(3)];
                let before = self.expression(of, room);
                format!("(do {before} {})", self.expression(ty, room))
            }
            4 if ty != T::Result => {
                let (e, default) = (self.expression(ty, room), self.expression(ty, room));
                format!("(or-else (try {e}) {default})")
            }
            5 => {
                let value = self.expression(T::Int, room);
                self.with(T::Int, |g, x| {
                    format!("((fn [{x}] {}) {value})", g.expression(ty, room))
                })
            }
            _ => self.of_type(ty, room),
        }
    }

    fn leaf(&mut self, ty: T) -> String {
        if self.pick(3) != 1
            && let Some(name) = self.name(ty)
        {
            return name;
        }
        match ty {
            T::Int => self.one_of(INTS).into(),
            T::Size => self.one_of(SIZES).into(),
            T::Bool => self.one_of(&["true", "false"]).into(),
            T::Str => format!("\"{}\"", self.one_of(STRINGS)),
            T::Ints => format!("[{} {}]", self.one_of(INTS), self.one_of(INTS)),
            T::Result => format!("(try {})", self.one_of(INTS)),
            T::Stat => format!("(stat d \"{}\")", self.one_of(NAMES)),
            T::Dir => "d".into(),
            // There is one only where a name stands for one.
            T::Entry => self.name(T::Entry).expect("an Entry in scope"),
        }
    }

    fn of_type(&mut self, ty: T, room: usize) -> String {
        match ty {
            T::Int => self.int(room),
            T::Size => self.size(room),
            T::Bool => self.bool(room),
            T::Ints => match self.pick(3) {
                0 => {
                    let all: Vec<String> = (0..1 + self.pick(4))
                        .map(|_| self.expression(T::Int, room))
                        .collect();
                    format!("[{}]", all.join(" "))
                }
                _ => {
                    let s = self.sequence(room);
                    self.with(T::Ints, |_, x| format!("(let [{x} {s}] {x})"))
                }
            },
            T::Result => format!("(try {})", self.expression(T::Int, room)),
            T::Dir if self.names.iter().any(|n| n.0 == "d") => match self.pick(3) {
                0 => "(dir d \"sub\")".into(),
                1 => "(dir (dir d \"sub\") \"empty\")".into(),
                _ => format!("(dir d \"{}\")", self.one_of(NAMES)),
            },
            _ => self.leaf(ty),
        }
    }

    fn int(&mut self, room: usize) -> String {
        let files = self.name(T::Dir).is_some();
        let int = |g: &mut Self| g.expression(T::Int, room);
        match self.pick(18) {
            n @ 0..=3 => {
                let op = ["+", "-", "*", "quot"][n];
                let (a, b) = (int(self), int(self));
                match self.pick(4) {
                    1 if op != "quot" => format!("({op} {a} {b} {})", int(self)),
                    2 => format!("(-> {a} ({op} {b}))"),
                    _ => format!("({op} {a} {b})"),
                }
            }
            4 => format!("(- {})", int(self)),
            5 => format!("(inc {})", int(self)),
            6 => format!("(->> {} dec)", int(self)),
            7 => format!("(count {})", self.sequence(room)),
            8 => format!("(quot {} 1B)", self.expression(T::Size, room)),
            9 => {
                let (start, s) = (int(self), self.sequence(room));
                format!("(reduce {} {start} {s})", ["+", "*", "-"][self.pick(3)])
            }
            10 => {
                let (start, s) = (int(self), self.sequence(room));
                let f = self.with(T::Int, |g, a| {
                    g.with(T::Int, |g, x| {
                        let body = g.looped(|g| g.expression(T::Int, room));
                        // The same name twice is a mistake.
                        match a == x {
                            true => "+".into(),
                            false => format!("(fn [{a} {x}] {body})"),
                        }
                    })
                });
                format!("(reduce {f} {start} {s})")
            }
            11 if self.loops < 2 => {
                let (times, start) = (self.pick(6), int(self));
                self.with(T::Int, |g, acc| {
                    let step = g.looped(|g| g.expression(T::Int, room));
                    format!("(loop [round {times} {acc} {start}] (if (<= round 0) {acc} (recur (- round 1) {step})))")
                })
            }
            12 if !self.functions.is_empty() => {
                let f = self.pick(self.functions.len());
                let (name, params) = self.functions[f].clone();
                let args: Vec<String> = (0..params).map(|_| int(self)).collect();
                format!("({name} {})", args.join(" "))
            }
            13 => {
                let (r, default) = (self.expression(T::Result, room), int(self));
                format!("(or-else {r} {default})")
            }
            14 if files => format!("(count {})", self.entries(room)),
            15 if files => {
                let stat = self.stat(room);
                format!("(:{} {stat})", self.one_of(&["uid", "nlink", "blocks"]))
            }
            16 if files => {
                let (entries, start) = (self.entries(room), int(self));
                self.with(T::Int, |g, a| {
                    g.with(T::Entry, |g, e| {
                        if a == e {
                            return "0".into();
                        }
                        let body = g.looped(|g| g.expression(T::Int, room));
                        format!("(reduce (fn [{a} {e}] {body}) {start} {entries})")
                    })
                })
            }
            _ => self.leaf(T::Int),
        }
    }

    fn size(&mut self, room: usize) -> String {
        let files = self.name(T::Dir).is_some();
        let (a, n) = (
            self.expression(T::Size, room),
            self.expression(T::Int, room),
        );
        match self.pick(6) {
            0 => format!("(+ {a} {})", self.expression(T::Size, room)),
            1 => format!("(- {a} {})", self.expression(T::Size, room)),
            2 => format!("(* {a} {n})"),
            3 => format!("(quot {a} {n})"),
            4 if files => format!("(:size {})", self.stat(room)),
            _ => a,
        }
    }

    fn bool(&mut self, room: usize) -> String {
        let of = |g: &mut Self, ty| g.expression(ty, room);
        match self.pick(10) {
            0 | 1 => {
                let op = self.one_of(&["<", "<=", ">", ">=", "=", "not="]);
                format!("({op} {} {})", of(self, T::Int), of(self, T::Int))
            }
            2 => {
                let op = self.one_of(&["<", "<=", "="]);
                let (a, b, c) = (of(self, T::Int), of(self, T::Int), of(self, T::Int));
                format!("({op} {a} {b} {c})")
            }
            3 => format!("(not {})", of(self, T::Bool)),
            n @ (4 | 5) => {
                let op = ["and", "or"][n - 4];
                format!(
                    "({op} {} {} {})",
                    of(self, T::Bool),
                    of(self, T::Bool),
                    of(self, T::Bool)
                )
            }
            6 => format!("(= {} {})", of(self, T::Str), of(self, T::Str)),
            7 => format!("(ok? {})", of(self, T::Result)),
            8 => {
                let op = self.one_of(&["<", "=", ">="]);
                format!("({op} {} {})", of(self, T::Size), of(self, T::Size))
            }
            _ => match self.name(T::Entry) {
                Some(e) => match self.pick(3) {
                    0 => format!("(= (:type {e}) {})", self.one_of(TYPES)),
                    1 => format!("(not= (:name {e}) \"{}\")", self.one_of(NAMES)),
                    _ => format!("(= (:type (stat {e})) {})", self.one_of(TYPES)),
                },
                None => self.leaf(T::Bool),
            },
        }
    }

    fn stat(&mut self, room: usize) -> String {
        match (self.pick(4), self.name(T::Entry)) {
            (0 | 1, Some(e)) => format!("(stat {e})"),
            (2, _) => format!("(stat {})", self.expression(T::Dir, room.min(1))),
            _ => {
                let dir = self.expression(T::Dir, room.min(1));
                format!("(stat {dir} \"{}\")", self.one_of(NAMES))
            }
        }
    }

    /// Makes something that runs many times.
    fn looped(&mut self, make: impl FnOnce(&mut Self) -> String) -> String {
        self.loops += 1;
        let text = make(self);
        self.loops -= 1;
        text
    }

    /// A sequence of Ints.
    fn sequence(&mut self, room: usize) -> String {
        if room == 0 || self.loops > 2 {
            return match self.name(T::Ints) {
                Some(name) => name,
                None => format!("(range {})", self.pick(4)),
            };
        }
        let room = room - 1;
        match self.pick(9) {
            0 => format!("(range {})", self.pick(6)),
            1 => format!("(range -{} {})", self.pick(3), self.pick(4)),
            2 | 3 => {
                let s = self.sequence(room);
                let f = self.with(T::Int, |g, x| {
                    format!("(fn [{x}] {})", g.looped(|g| g.expression(T::Int, room)))
                });
                format!("(map {f} {s})")
            }
            4 => {
                let s = self.sequence(room);
                let f = self.with(T::Int, |g, x| {
                    format!("(fn [{x}] {})", g.looped(|g| g.expression(T::Bool, room)))
                });
                format!("(filter {f} {s})")
            }
            5 => {
                let s = self.sequence(room);
                format!("(take {} {s})", self.expression(T::Int, room.min(2)))
            }
            6 => format!(
                "(->> (range 1000000000000) (map inc) (take {}))",
                self.pick(5)
            ),
            7 if self.name(T::Dir).is_some() => {
                let entries = self.entries(room);
                let f = self.with(T::Entry, |g, e| {
                    format!("(fn [{e}] {})", g.looped(|g| g.expression(T::Int, room)))
                });
                format!("(map {f} {entries})")
            }
            _ => self.expression(T::Ints, room),
        }
    }

    /// A sequence of entries; there is a Dir in scope.
    fn entries(&mut self, room: usize) -> String {
        if room == 0 || self.loops > 1 {
            return "(list d)".into();
        }
        let room = room - 1;
        match self.pick(4) {
            0 => "(list d)".into(),
            1 => format!("(list {})", self.expression(T::Dir, 1)),
            2 => {
                let entries = self.entries(room);
                format!("(take {} {entries})", self.expression(T::Int, room.min(2)))
            }
            _ => {
                let entries = self.entries(room);
                let f = self.with(T::Entry, |g, e| {
                    format!("(fn [{e}] {})", g.looped(|g| g.expression(T::Bool, room)))
                });
                format!("(filter {f} {entries})")
            }
        }
    }
}
