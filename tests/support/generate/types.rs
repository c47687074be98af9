//! The types of what is made, and what a value of each looks like at its simplest.

use super::Generator;
use super::scalars::{DURATIONS, FLOATS, INTS, NAMES, SIZES, STRINGS};

/// What an expression gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum T {
    Int,
    Float,
    Size,
    Duration,
    Bool,
    Str,
    List(Box<T>),
    Opt(Box<T>),
    Res(Box<T>),
    Tuple(Vec<T>),
    Fields(Vec<(String, T)>),
    Map(Box<T>, Box<T>),
    Set(Box<T>),
    /// A declared record, by its number.
    Rec(usize),
    /// A declared enum.
    Enum(usize),
    Entry,
    Dir,
}

/// A record or enum that the program declares; a record is a case of its own name.
#[derive(Clone)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) is_record: bool,
    pub(super) cases: Vec<(String, Vec<(String, T)>)>,
    /// What can be done with its values, as far as its parts go.
    pub(super) eq: bool,
    pub(super) ord: bool,
}

impl T {
    fn parts(&self) -> Vec<&T> {
        match self {
            T::List(t) | T::Opt(t) | T::Res(t) | T::Set(t) => vec![t],
            T::Tuple(parts) => parts.iter().collect(),
            T::Fields(fields) => fields.iter().map(|f| &f.1).collect(),
            T::Map(k, v) => vec![k, v],
            _ => Vec::new(),
        }
    }

    /// Whether its values can be shown as text.
    pub(super) fn shows(&self) -> bool {
        !matches!(self, T::Dir | T::Entry) && self.parts().into_iter().all(T::shows)
    }
}

impl Generator<'_> {
    /// A type whose values a program can store.
    pub(super) fn ty(&mut self, room: usize) -> T {
        if room == 0 {
            return self.scalar();
        }
        let inner = |g: &mut Self| Box::new(g.ty(room - 1));
        match self.pick(20) {
            // What there is already is made use of.
            16 | 17 if !self.functions.is_empty() => {
                let n = self.pick(self.functions.len());
                self.functions[n].result.clone()
            }
            18 | 19 if !self.names.is_empty() => {
                let n = self.pick(self.names.len());
                match self.names[n].1.clone() {
                    T::Entry | T::Dir => T::Int,
                    ty => ty,
                }
            }
            0..=3 => self.scalar(),
            4 | 5 => T::List(inner(self)),
            6 | 7 => T::Opt(inner(self)),
            8 => match self.ty(room - 1) {
                ok @ T::Res(_) => ok,
                ty => T::Res(Box::new(ty)),
            },
            9 => T::Tuple((0..1 + self.pick(3)).map(|_| self.ty(room - 1)).collect()),
            10 => {
                let fields = ["a", "b", "c"].iter().take(1 + self.pick(3));
                T::Fields(fields.map(|f| (f.to_string(), self.ty(room - 1))).collect())
            }
            11 => T::Map(Box::new(self.key(room - 1)), inner(self)),
            12 => T::Set(Box::new(self.key(room - 1))),
            _ if !self.declared.is_empty() => {
                let n = self.pick(self.declared.len());
                match self.declared[n].is_record {
                    true => T::Rec(n),
                    false => T::Enum(n),
                }
            }
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> T {
        match self.pick(9) {
            0..=1 => T::Int,
            3 => T::Float,
            4 => T::Bool,
            5 => T::Size,
            6 => T::Duration,
            _ => T::Str,
        }
    }

    /// A type of keys.
    pub(super) fn key(&mut self, room: usize) -> T {
        match self.ty(room) {
            ty if self.eq(&ty) => ty,
            _ => T::Str,
        }
    }

    /// A type that has an order.
    pub(super) fn ordered(&mut self, room: usize) -> T {
        match self.ty(room) {
            ty if self.ord(&ty) => ty,
            _ => T::Int,
        }
    }

    /// Whether values are compared for equality; errors are left out.
    pub(super) fn eq(&self, ty: &T) -> bool {
        match ty {
            T::Res(_) | T::Entry | T::Dir => false,
            T::Rec(n) | T::Enum(n) => self.declared[*n].eq,
            ty => ty.parts().into_iter().all(|t| self.eq(t)),
        }
    }

    pub(super) fn ord(&self, ty: &T) -> bool {
        match ty {
            T::Res(_) | T::Entry | T::Dir | T::Map(..) | T::Set(_) => false,
            T::Rec(n) | T::Enum(n) => self.declared[*n].ord,
            ty => ty.parts().into_iter().all(|t| self.ord(t)),
        }
    }

    /// The type as it is written.
    pub(super) fn written(&self, ty: &T) -> String {
        let all = |types: &[T]| {
            let all: Vec<String> = types.iter().map(|t| self.written(t)).collect();
            all.join(" ")
        };
        match ty {
            T::Int => "Int".into(),
            T::Float => "Float".into(),
            T::Size => "Size".into(),
            T::Duration => "Duration".into(),
            T::Bool => "Bool".into(),
            T::Str => "Str".into(),
            T::List(t) => format!("(List {})", self.written(t)),
            T::Opt(t) => format!("(Option {})", self.written(t)),
            T::Res(t) => format!("(Result {})", self.written(t)),
            T::Set(t) => format!("(Set {})", self.written(t)),
            T::Map(k, v) => format!("(Map {} {})", self.written(k), self.written(v)),
            T::Tuple(parts) => match parts.len() {
                1 => format!("(Tuple {})", all(parts)),
                _ => format!("[{}]", all(parts)),
            },
            T::Fields(fields) => {
                let fields = fields
                    .iter()
                    .map(|(n, t)| format!(":{n} {}", self.written(t)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(" "))
            }
            T::Rec(n) | T::Enum(n) => self.declared[*n].name.clone(),
            T::Entry => "Entry".into(),
            T::Dir => "Dir".into(),
        }
    }

    /// A name or a constant.
    pub(super) fn leaf(&mut self, ty: &T) -> String {
        if self.pick(3) != 1
            && let Some(name) = self.name(ty)
        {
            return name;
        }
        match ty {
            T::Int => self.one_of(INTS).into(),
            T::Float => self.one_of(FLOATS).into(),
            T::Size => self.one_of(SIZES).into(),
            T::Duration => self.one_of(DURATIONS).into(),
            T::Bool => self.one_of(&["true", "false"]).into(),
            T::Str => format!("\"{}\"", self.one_of(STRINGS)),
            T::List(t) => format!("[{}]", self.leaf(t)),
            T::Opt(t) => format!("(just {})", self.leaf(t)),
            T::Res(t) => format!("(try {})", self.leaf(t)),
            T::Set(t) => format!("#{{{}}}", self.leaf(t)),
            T::Map(k, v) => format!("(into {{}} [(tuple {} {})])", self.leaf(k), self.leaf(v)),
            T::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|t| self.leaf(t)).collect();
                format!("(tuple {})", parts.join(" "))
            }
            T::Fields(fields) => {
                let fields = fields.iter().map(|(n, t)| format!(":{n} {}", self.leaf(t)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(" "))
            }
            T::Rec(n) | T::Enum(n) => self.simplest(*n),
            T::Dir => "d".into(),
            // There is one only where a name stands for one.
            T::Entry => self.name(&T::Entry).expect("an Entry in scope"),
        }
    }

    /// A value of a declared type: of an enum the first case, which does not hold another.
    fn simplest(&mut self, n: usize) -> String {
        let declared = self.declared[n].clone();
        let (case, fields) = &declared.cases[0];
        let parts: Vec<String> = fields.iter().map(|f| self.leaf(&f.1)).collect();
        match (declared.is_record, parts.is_empty()) {
            (true, _) => format!("(->{} {})", declared.name, parts.join(" ")),
            (false, true) => format!("{}/{case}", declared.name),
            (false, false) => format!("({}/{case} {})", declared.name, parts.join(" ")),
        }
    }

    /// A name of the tree.
    pub(super) fn file(&mut self) -> &'static str {
        self.one_of(NAMES)
    }
}
