//! Whether the clauses of a `match` take every value, and whether a value reaches each: by the usefulness of a pattern
//! after others (Maranget, "Warnings for pattern matching", 2007).

use super::{Checker, Declared};
use crate::ty::{EnumDef, EnumName, Ty};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// What a value is made by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Ctor {
    Bool(bool),
    None,
    Some,
    Ok,
    Err,
    Case(usize),
    /// A record or tuple: there is one way to make it.
    Record,
    FileType(i64),
    /// A number or another word; there are more of them than anyone lists.
    Number(i64),
    Text(Vec<u8>),
    /// A list of so many elements.
    List(usize),
    /// A list of so many elements or more.
    AtLeast(usize),
}

/// A pattern.
#[derive(Clone, Debug)]
pub(super) enum Pat {
    Any,
    Of(Ctor, Vec<Pat>),
    Or(Vec<Pat>),
}

/// How many patterns are looked at: some take exponential time.
const MAX_STEPS: usize = 1 << 20;
/// How many patterns may be looked at within one another.
const MAX_DEPTH: usize = 200;

/// Patterns that are too many to tell.
pub(super) struct TooMany;

/// Values that some patterns take, one for each column.
type Witness = Result<Option<Vec<String>>, TooMany>;

/// The values of types.
pub(super) struct Space<'a> {
    types: &'a BTreeMap<Rc<str>, Declared>,
    steps: usize,
    depth: usize,
}

impl<'a> Space<'a> {
    pub(super) fn of(checker: &'a Checker) -> Space<'a> {
        Space {
            types: &checker.types,
            steps: 0,
            depth: 0,
        }
    }

    /// Whether there are values that `row` takes and none of `rows`.
    pub(super) fn is_useful(
        &mut self,
        rows: &[Vec<Pat>],
        row: &[Pat],
        types: &[Ty],
    ) -> Result<bool, TooMany> {
        Ok(self.witness(rows, row, types)?.is_some())
    }

    /// Values that no row takes, as text: where the ways of making them can be listed, one for each.
    pub(super) fn missing(&mut self, rows: &[Vec<Pat>], ty: &Ty) -> Result<Vec<String>, TooMany> {
        let types = std::slice::from_ref(ty);
        let heads = self.heads(rows);
        let mut all = Vec::new();
        match self.all(ty, &heads) {
            Some(ctors) => {
                for ctor in &ctors {
                    all.extend(self.witness_of(ctor, rows, &[Pat::Any], types)?);
                }
            }
            None => all.extend(self.witness(rows, &[Pat::Any], types)?),
        }
        Ok(all
            .into_iter()
            .filter_map(|w| w.into_iter().next())
            .collect())
    }

    fn enum_def(&self, name: &EnumName) -> Option<Arc<EnumDef>> {
        match self.types.get(name.name.as_str()) {
            Some(Declared::Enum(def)) => Some(def.clone()),
            _ => None,
        }
    }

    /// Values that `row` takes and none of `rows`, one for each column.
    fn witness(&mut self, rows: &[Vec<Pat>], row: &[Pat], types: &[Ty]) -> Witness {
        self.steps += 1 + rows.len() + row.len();
        if self.steps > MAX_STEPS || self.depth >= MAX_DEPTH {
            return Err(TooMany);
        }
        let (Some((first, rest)), Some((ty, more))) = (row.split_first(), types.split_first())
        else {
            return Ok(rows.is_empty().then(Vec::new));
        };
        self.depth += 1;
        let found = match first {
            Pat::Or(all) => self.first_of(all, |me, pat| {
                let mut row = vec![pat.clone()];
                row.extend_from_slice(rest);
                me.witness(rows, &row, types)
            }),
            Pat::Of(ctor, _) => self.witness_of(ctor, rows, row, types),
            Pat::Any => {
                let heads = self.heads(rows);
                match self.all(ty, &heads) {
                    Some(all) => {
                        self.first_of(&all, |me, ctor| me.witness_of(ctor, rows, row, types))
                    }
                    None => {
                        let left = rows.iter().flat_map(|r| without_head(r));
                        let left: Vec<Vec<Pat>> = left.collect();
                        let found = self.witness(&left, rest, more);
                        found.map(|found| {
                            found.map(|mut found| {
                                found.insert(0, other(ty, &heads));
                                found
                            })
                        })
                    }
                }
            }
        };
        self.depth -= 1;
        found
    }

    fn first_of<T>(
        &mut self,
        all: &[T],
        mut witness: impl FnMut(&mut Self, &T) -> Witness,
    ) -> Witness {
        for one in all {
            if let Some(found) = witness(self, one)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn witness_of(&mut self, ctor: &Ctor, rows: &[Vec<Pat>], row: &[Pat], types: &[Ty]) -> Witness {
        let Some((ty, more)) = types.split_first() else {
            return Ok(None);
        };
        let fields = self.fields(ctor, ty);
        let mut columns = fields.clone();
        columns.extend_from_slice(more);
        let mut left: Vec<Vec<Pat>> = Vec::new();
        for row in rows {
            left.extend(specialised(row, ctor, fields.len()));
            self.steps += columns.len();
            // Rows with `or` in them become more with every column.
            if self.steps + left.len() * columns.len() > MAX_STEPS {
                return Err(TooMany);
            }
        }
        for row in specialised(row, ctor, fields.len()) {
            if let Some(mut found) = self.witness(&left, &row, &columns)? {
                let parts: Vec<String> = found.drain(..fields.len()).collect();
                found.insert(0, self.shown(ctor, ty, &parts));
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The ways of making values in the first column of rows.
    fn heads(&self, rows: &[Vec<Pat>]) -> Vec<Ctor> {
        let mut heads = Vec::new();
        let mut work: Vec<&Pat> = rows.iter().filter_map(|r| r.first()).collect();
        while let Some(pat) = work.pop() {
            match pat {
                Pat::Any => {}
                Pat::Of(ctor, _) if heads.contains(ctor) => {}
                Pat::Of(ctor, _) => heads.push(ctor.clone()),
                Pat::Or(all) => work.extend(all),
            }
        }
        heads
    }

    /// All ways of making values of a type, where they can be listed, and listing them tells more than "something
    /// else": `None` where some that no row names are alike. Where no row asks, all are alike: a type that contains
    /// itself has no end.
    fn all(&self, ty: &Ty, heads: &[Ctor]) -> Option<Vec<Ctor>> {
        if heads.is_empty() {
            return None;
        }
        Some(match ty {
            Ty::Bool => vec![Ctor::Bool(true), Ctor::Bool(false)],
            Ty::Option(_) => vec![Ctor::Some, Ctor::None],
            Ty::Result(_) => vec![Ctor::Ok, Ctor::Err],
            Ty::Record(_) => vec![Ctor::Record],
            Ty::Enum(e) => (0..self.enum_def(e)?.cases.len()).map(Ctor::Case).collect(),
            Ty::FileType => {
                let types = sawmill_ir::ty::FILE_TYPES.iter();
                types.map(|t| Ctor::FileType(t.0 as i64)).collect()
            }
            Ty::List(_) => {
                let longest = heads.iter().map(|h| match h {
                    Ctor::List(n) | Ctor::AtLeast(n) => *n,
                    _ => 0,
                });
                let longest = longest.max().unwrap_or(0);
                let mut all: Vec<Ctor> = (0..=longest).map(Ctor::List).collect();
                all.push(Ctor::AtLeast(longest + 1));
                all
            }
            _ => return None,
        })
    }

    /// The types of what a value made so consists of.
    fn fields(&self, ctor: &Ctor, ty: &Ty) -> Vec<Ty> {
        match (ctor, ty) {
            (Ctor::Some, Ty::Option(t)) | (Ctor::Ok, Ty::Result(t)) => vec![(**t).clone()],
            (Ctor::Err, _) => vec![Ty::Error],
            (Ctor::Record, Ty::Record(r)) => r.fields.iter().map(|f| f.1.clone()).collect(),
            (Ctor::Case(n), Ty::Enum(e)) => {
                let def = self.enum_def(e);
                let case = def.as_ref().and_then(|d| d.cases.get(*n));
                case.map_or(Vec::new(), |c| {
                    c.fields.iter().map(|f| f.1.clone()).collect()
                })
            }
            (Ctor::List(n) | Ctor::AtLeast(n), Ty::List(t)) => vec![(**t).clone(); *n],
            _ => Vec::new(),
        }
    }

    fn shown(&self, ctor: &Ctor, ty: &Ty, parts: &[String]) -> String {
        let with = |name: &str| match parts {
            [] => name.to_string(),
            _ => format!("({name} {})", parts.join(" ")),
        };
        match (ctor, ty) {
            (Ctor::Bool(b), _) => b.to_string(),
            (Ctor::None, _) => "none".into(),
            (Ctor::Some, _) => with("just"),
            (Ctor::Ok, _) => with("ok"),
            (Ctor::Err, _) => with("err"),
            (Ctor::Record, Ty::Record(r)) if ty.as_tuple().is_none() => {
                let fields = r.fields.iter().zip(parts).filter(|f| f.1 != "_");
                let fields: Vec<String> = fields.map(|(f, p)| format!(":{} {p}", f.0)).collect();
                format!("{{{}}}", fields.join(" "))
            }
            (Ctor::Case(n), Ty::Enum(e)) => {
                let def = self.enum_def(e);
                let name = def
                    .as_ref()
                    .and_then(|d| d.cases.get(*n))
                    .map_or("_", |c| &c.name);
                match parts {
                    [] => format!(":{name}"),
                    _ => with(name),
                }
            }
            (Ctor::FileType(n), _) => format!(":{}", sawmill_ir::ty::file_type_name(*n as u64)),
            (Ctor::Number(n), _) => n.to_string(),
            (Ctor::Text(t), _) => format!("{:?}", String::from_utf8_lossy(t)),
            (Ctor::AtLeast(_), _) => {
                let mut parts = parts.to_vec();
                parts.extend(["&".into(), "_".into()]);
                format!("[{}]", parts.join(" "))
            }
            _ => format!("[{}]", parts.join(" ")),
        }
    }
}

/// What stands for all values that no row names.
fn other(ty: &Ty, heads: &[Ctor]) -> String {
    match ty {
        _ if heads.is_empty() => "_".into(),
        Ty::Int | Ty::Size | Ty::Duration | Ty::Float => "any other number".into(),
        Ty::Str => "any other text".into(),
        _ => "_".into(),
    }
}

/// The row where its first pattern takes every value.
fn without_head(row: &[Pat]) -> Vec<Vec<Pat>> {
    match row.split_first() {
        Some((Pat::Any, rest)) => vec![rest.to_vec()],
        Some((Pat::Or(all), rest))
            if all
                .iter()
                .any(|p| !without_head(std::slice::from_ref(p)).is_empty()) =>
        {
            vec![rest.to_vec()]
        }
        _ => Vec::new(),
    }
}

/// The row for values made in that way: the parts of its first pattern before the rest.
fn specialised(row: &[Pat], ctor: &Ctor, fields: usize) -> Vec<Vec<Pat>> {
    let Some((first, rest)) = row.split_first() else {
        return Vec::new();
    };
    let with = |mut parts: Vec<Pat>| {
        parts.resize(fields, Pat::Any);
        parts.extend_from_slice(rest);
        vec![parts]
    };
    match first {
        Pat::Any => with(Vec::new()),
        Pat::Or(all) => all
            .iter()
            .flat_map(|pat| {
                let mut row = vec![pat.clone()];
                row.extend_from_slice(rest);
                specialised(&row, ctor, fields)
            })
            .collect(),
        Pat::Of(have, parts) => match (have, ctor) {
            (a, b) if a == b => with(parts.clone()),
            (Ctor::AtLeast(least), Ctor::List(n) | Ctor::AtLeast(n)) if n >= least => {
                with(parts.clone())
            }
            _ => Vec::new(),
        },
    }
}
