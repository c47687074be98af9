//! Random programs of the language that are well typed: a stream of choices becomes an expression of a wanted type over
//! the names in scope. When the choices run out what is left is the simplest, so a shorter stream is a smaller program.
//!
//! An expression has its type wherever it stands; where the type is known beforehand it may be a literal that takes it,
//! `none`, `[]`, `:case` ([`Generator::wanted`]). Programs see a tree (`d`, with [`TREE`] in it). They end: loops count
//! down from small numbers and ranges are short.

mod any;
mod data;
mod declare;
mod scalars;
mod sequences;
mod types;

use types::{Declared, T};

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

/// A program of these choices.
pub fn program(choices: &[u8]) -> String {
    // What is called comes first in the text; most choices are for what calls it.
    let (types, rest) = choices.split_at(choices.len() / 6);
    let (functions, rest) = rest.split_at(rest.len() / 3);
    let mut g = Generator {
        choices: types.iter(),
        names: Vec::new(),
        functions: Vec::new(),
        declared: Vec::new(),
        generic: Vec::new(),
        made: 0,
        loops: 0,
    };
    let mut text = g.declarations();
    g.choices = functions.iter();
    for _ in 0..g.pick(4) {
        text += &g.function();
    }
    if g.pick(3) == 1 {
        let ty = g.ty(2);
        let value = g.expression(&ty, 3);
        text += &format!("(def base {value})\n");
        g.names.push(("base".into(), ty));
    }
    g.choices = rest.iter();
    g.names.push(("n".into(), T::Int));
    g.names.push(("d".into(), T::Dir));
    let body = match g.pick(6) {
        0 => {
            let last = g.functions.last().map(|f| f.result.clone());
            let ty = match (last, g.pick(2)) {
                (Some(result), 1) => result,
                _ => g.ty(2),
            };
            g.expression(&ty, 6)
        }
        1 => {
            let ty = g.ty(1);
            g.sequence(&ty, 6)
        }
        2 => g.entries(5),
        3 => {
            let ty = match g.ty(1) {
                T::Res(t) => *t,
                ty => ty,
            };
            let body = g.expression(&ty, 5);
            format!("(try {body})")
        }
        4 => {
            let entries = g.entries(4);
            let body = g.with(&T::Entry, |g, e| {
                let body = g.expression(&T::Int, 4);
                format!("(fn [{e}] [{body} (quot (:size (stat {e})) 1B)])")
            });
            format!("(map {body} {entries})")
        }
        _ => {
            let ty = g.ty(3);
            g.expression(&ty, 5)
        }
    };
    let generic: String = declare::GENERIC
        .iter()
        .filter(|row| g.generic.contains(&row.0))
        .map(|row| format!("{}\n", row.1))
        .collect();
    format!("{generic}{text}(fn [d :- Dir n :- Int] {body})\n")
}

/// A function of the program.
#[derive(Clone)]
struct Function {
    name: String,
    params: Vec<T>,
    result: T,
    /// Whether its first parameter says how deep it calls itself.
    counts: bool,
}

struct Generator<'a> {
    choices: std::slice::Iter<'a, u8>,
    names: Vec<(String, T)>,
    functions: Vec<Function>,
    declared: Vec<Declared>,
    /// The generic functions that the program uses.
    generic: Vec<&'static str>,
    made: usize,
    /// How many loops are around what is being made.
    loops: usize,
}

impl Generator<'_> {
    /// A number below `n`; 0 when there is no choice left.
    fn pick(&mut self, n: usize) -> usize {
        self.choices.next().map_or(0, |c| usize::from(*c) % n)
    }

    fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.pick(all.len())]
    }

    /// Whether there are choices left.
    fn more(&self) -> bool {
        self.choices.len() > 0
    }

    fn fresh(&mut self) -> String {
        self.made += 1;
        // Names that the prelude uses inside, and some of the language's own, are the user's too.
        const TAKEN: &[&str] = &[
            "x", "s", "acc", "left", "i", "e", "b", "r", "p", "listing", "at", "v", "o", "stop",
            "emit", "each", "scope", "optional", "present", "seen", "found", "best", "more", "c",
            "list-of", "m", "k",
        ];
        match self.pick(4) {
            1 => TAKEN[self.made % TAKEN.len()].to_string(),
            _ => format!("v{}", self.made),
        }
    }

    /// Makes something in which a new name of that type is known.
    fn with<R>(&mut self, ty: &T, make: impl FnOnce(&mut Self, &str) -> R) -> R {
        let name = self.fresh();
        self.with_name(&name, ty, |g| make(g, &name))
    }

    fn with_name<R>(&mut self, name: &str, ty: &T, make: impl FnOnce(&mut Self) -> R) -> R {
        self.names.push((name.to_string(), ty.clone()));
        let made = make(self);
        self.names.pop();
        made
    }

    /// Makes something in which two new names are known, which differ.
    fn with_two<R>(&mut self, a: &T, b: &T, make: impl FnOnce(&mut Self, &str, &str) -> R) -> R {
        let (first, mut second) = (self.fresh(), self.fresh());
        if first == second {
            second += "2";
        }
        self.names.push((first.clone(), a.clone()));
        self.names.push((second.clone(), b.clone()));
        let made = make(self, &first, &second);
        self.names.truncate(self.names.len() - 2);
        made
    }

    /// A name of that type, if one is in scope and no later one hides it.
    fn name(&mut self, ty: &T) -> Option<String> {
        let seen = |i: usize| self.names[i + 1..].iter().all(|n| n.0 != self.names[i].0);
        let all: Vec<String> = (0..self.names.len())
            .filter(|i| self.names[*i].1 == *ty && seen(*i))
            .map(|i| self.names[i].0.clone())
            .collect();
        match all.len() {
            0 => None,
            n => Some(all[self.pick(n)].clone()),
        }
    }

    /// Makes something that runs many times.
    fn looped<R>(&mut self, make: impl FnOnce(&mut Self) -> R) -> R {
        self.loops += 1;
        let made = make(self);
        self.loops -= 1;
        made
    }

    /// A function literal of one parameter; it runs many times.
    fn lambda(&mut self, of: &T, to: &T, room: usize) -> String {
        if let T::Fields(fields) = of
            && let Some((field, _)) = fields.iter().find(|f| f.1 == *to)
            && self.pick(3) == 1
        {
            return format!(":{field}");
        }
        if of == to && *to == T::Int && self.pick(8) == 1 {
            return self
                .one_of(&[
                    "inc",
                    "dec",
                    "-",
                    "(partial + 3)",
                    "(comp inc dec)",
                    "identity",
                ])
                .into();
        }
        if *to == T::Str && self.pick(8) == 1 && of.shows() {
            return self
                .one_of(&["str", "pr-str", "(partial str \"p\")", "(comp str just)"])
                .into();
        }
        if self.pick(6) == 1 && !self.names.iter().any(|n| n.0 == "%1") {
            // Short functions do not stand in one another.
            return self.with_name("%1", of, |g| {
                let body = g.looped(|g| g.expression(to, room));
                format!("(fn [%1] {body})")
            });
        }
        self.with(of, |g, x| {
            let body = g.looped(|g| g.expression(to, room));
            format!("(fn [{x}] {body})")
        })
    }

    /// A function literal of two parameters; it runs many times.
    fn lambda_of_two(&mut self, a: &T, b: &T, to: &T, room: usize) -> String {
        self.with_two(a, b, |g, x, y| {
            let body = g.looped(|g| g.expression(to, room));
            format!("(fn [{x} {y}] {body})")
        })
    }

    /// An expression; `room` is how deep it may be.
    fn expression(&mut self, ty: &T, room: usize) -> String {
        if room == 0 || !self.more() {
            return self.leaf(ty);
        }
        match self.pick(9) {
            0 => self.leaf(ty),
            1..=3 => self.any(ty, room - 1),
            _ => self.of_type(ty, room - 1),
        }
    }

    /// An expression where its type is known before it is looked at.
    fn wanted(&mut self, ty: &T, room: usize) -> String {
        if self.pick(4) == 1
            && let Some(literal) = self.loose(ty)
        {
            return literal;
        }
        self.expression(ty, room)
    }

    /// A literal that takes the type that is wanted.
    fn loose(&mut self, ty: &T) -> Option<String> {
        Some(match ty {
            T::Float => self.one_of(&["0", "1", "-3", "4096"]).into(),
            T::Size => self.one_of(&["0", "7", "1024"]).into(),
            T::Opt(_) => "none".into(),
            T::List(_) => "[]".into(),
            T::Map(..) => "{}".into(),
            T::Set(_) => "#{}".into(),
            T::Enum(n) => {
                let bare = self.declared[*n].cases.iter().find(|c| c.1.is_empty())?;
                format!(":{}", bare.0)
            }
            T::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|t| self.wanted(t, 0)).collect();
                format!("[{}]", parts.join(" "))
            }
            T::Rec(n) => {
                let fields = self.declared[*n].cases[0].1.clone();
                let fields: Vec<String> = fields
                    .iter()
                    .rev()
                    .map(|(name, t)| format!(":{name} {}", self.wanted(t, 0)))
                    .collect();
                format!("{{{}}}", fields.join(" "))
            }
            _ => return None,
        })
    }

    fn of_type(&mut self, ty: &T, room: usize) -> String {
        match ty {
            T::Int => self.int(room),
            T::Float => self.float(room),
            T::Size => self.size(room),
            T::Duration => self.duration(room),
            T::Bool => self.bool(room),
            T::Str => self.str(room),
            T::List(t) => self.list(t, room),
            T::Opt(t) => self.option(t, room),
            T::Res(t) => format!("(try {})", self.expression(t, room)),
            T::Tuple(parts) => self.tuple(parts, room),
            T::Fields(fields) => self.fields(fields, room),
            T::Map(k, v) => self.map(k, v, room),
            T::Set(t) => self.set(t, room),
            T::Rec(n) => self.record(*n, room),
            T::Enum(n) => self.case(*n, room),
            T::Dir if self.names.iter().any(|n| n.0 == "d") => match self.pick(3) {
                0 => "(dir d \"sub\")".into(),
                1 => "(dir (dir d \"sub\") \"empty\")".into(),
                _ => format!("(dir d \"{}\")", self.one_of(scalars::NAMES)),
            },
            _ => self.leaf(ty),
        }
    }
}
