//! `(sys/NAME ...)`: system calls as they are, typed by their rows.
//!
//! Operands stand in the row's order. A structure that the call fills is made here and comes back as a record; a name is
//! checked; flags and choices are keywords, anywhere among the operands. Rows that differ in the type of their first
//! handle (`statx`, `statx.file`) are overloads of one name.

use super::env::Env;
use super::options::Flag;
use super::problem::Problem;
use super::signature::usage;
use super::{Checker, Failed, Res};
use crate::diag::{Code, similar};
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree, Var};
use crate::ty::{Record, Ty};
use sawmill_ir::flags::{FlagSet, Flags, statx_mask};
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use sawmill_ir::structs::{Field, Shape, StructId};
use sawmill_ir::syscalls::catalogue::{self, Class};
use sawmill_ir::syscalls::{Arg, Number, Ret, Sys};
use sawmill_ir::ty::{Buf, RecordKind};
use std::rc::Rc;
use std::sync::Arc;

/// So many keywords are told beside an error.
const LISTED: usize = 16;

/// What follows the name of a call in rows that are told apart by the type of a handle.
const BY_HANDLE: &[&str] = &[".file", ".dir"];

/// The rows that a program can mean by a name.
pub fn rows_named(name: &str) -> Vec<Sys> {
    let plain = |name: &str| Sys::named(name).filter(|sys| sys.is_plain());
    let Some(first) = plain(name) else {
        return Vec::new();
    };
    let others = BY_HANDLE
        .iter()
        .filter_map(|suffix| plain(&format!("{name}{suffix}")));
    std::iter::once(first).chain(others).collect()
}

/// The names that programs call system calls by.
pub fn names() -> impl Iterator<Item = &'static str> {
    let plain = Sys::ALL.iter().filter(|sys| sys.is_plain());
    plain.map(|sys| sys.row().name)
}

/// The type of what a call gives.
pub fn result(sys: Sys) -> Ty {
    let structs: Vec<StructId> = structs_of(sys).collect();
    match (&structs[..], sys.row().ret) {
        ([], Ret::Unit) => Ty::Unit,
        ([], Ret::Int) => Ty::Int,
        ([], Ret::Bytes) => Ty::Bytes,
        ([], Ret::Dir) => Ty::Dir,
        ([], Ret::File) => Ty::File,
        ([], Ret::Listing) => Ty::Listing,
        // No program comes to have one.
        ([], Ret::Object(_)) => Ty::Never,
        ([one], _) => record_of(*one),
        (all, _) => Ty::tuple(all.iter().map(|id| record_of(*id)).collect()),
    }
}

/// The flags of a call where none are chosen: what its row demands; statx asks for the basic fields.
pub(super) fn demanded(sys: Sys) -> Box<[Flags]> {
    let flags = |arg: &Arg| {
        let set = arg.flags()?;
        let bits = match *arg {
            Arg::Flags { must, .. } | Arg::How { must, .. } => must,
            _ => 0,
        };
        let basic = set == FlagSet::StatxMask && bits == 0;
        let bits = if basic { statx_mask::BASIC_STATS } else { bits };
        Some(Flags { set, bits })
    };
    sys.row().args.iter().filter_map(flags).collect()
}

/// The places of the arguments that are written, as often as each takes operands.
fn operands_of(sys: Sys) -> impl Iterator<Item = usize> {
    let row = sys.row();
    let made = |i: &usize| matches!(row.args[*i], Arg::StructOut(_));
    row.operands().filter(move |i| !made(i))
}

pub(super) fn structs_of(sys: Sys) -> impl Iterator<Item = StructId> {
    sys.row().args.iter().filter_map(|arg| match arg {
        Arg::StructOut(id) => Some(*id),
        _ => None,
    })
}

/// What a field of a structure is called.
fn key(field: &Field) -> String {
    let name = field.short_name().replace('_', "-");
    match field.here().shape {
        Shape::Device => name.trim_end_matches("-major").to_string(),
        _ => name,
    }
}

/// What a structure is in the language.
fn record_of(id: StructId) -> Ty {
    let fields = id.row().fields.iter();
    Ty::Record(Arc::new(Record {
        name: String::new(),
        kind: RecordKind::Fields,
        fields: fields.map(|f| (key(f), Ty::raise(&f.ty))).collect(),
    }))
}

/// The flags that may be chosen for an argument: keyword and bit.
pub(crate) fn choices(arg: &Arg) -> Vec<(String, u32)> {
    let (set, may) = match *arg {
        Arg::Flags { set, may, .. } => (set, may),
        Arg::How { may, .. } => (FlagSet::Open, may),
        Arg::One { set, of } => (set, of),
        _ => return Vec::new(),
    };
    let rows = (0..set.rows().len()).filter(|n| may >> n & 1 == 1);
    rows.filter_map(|n| Some((set.keyword(n)?, 1 << n)))
        .collect()
}

/// Whether the type of a handle is what an argument takes; of other arguments nothing is said.
fn takes(arg: Arg, ty: &Ty) -> bool {
    match arg {
        Arg::Dir(_) => *ty == Ty::Dir,
        Arg::File(_) => *ty == Ty::File,
        Arg::Descriptor(_) => matches!(ty, Ty::Dir | Ty::File),
        _ => true,
    }
}

/// The keywords among what is written, and the rest; `handed_on` says which flags a form stands for.
pub(super) fn parted(
    args: &[Form],
    handed_on: impl Fn(&Form) -> Option<Rc<[Flag]>>,
) -> (Vec<Flag>, Vec<&Form>) {
    let (mut chosen, mut operands) = (Vec::new(), Vec::new());
    for form in args {
        if let Some(flags) = handed_on(form) {
            chosen.extend(flags.iter().cloned());
            continue;
        }
        let all = match &form.kind {
            FormKind::Vector(all) if !all.is_empty() => &all[..],
            _ => std::slice::from_ref(form),
        };
        let keywords: Option<Vec<Flag>> = all
            .iter()
            .map(|f| match &f.kind {
                FormKind::Keyword(name) => Some(Flag {
                    name: name.clone(),
                    at: f.at,
                }),
                _ => None,
            })
            .collect();
        match keywords {
            Some(keywords) => chosen.extend(keywords),
            None => operands.push(form),
        }
    }
    (chosen, operands)
}

impl Checker {
    /// `(sys/NAME ...)` in a program.
    pub(super) fn raw_call(
        &mut self,
        name: &str,
        args: &[Form],
        env: &Env,
        form: &Form,
    ) -> Res<Tree> {
        let rows = rows_named(name);
        let (chosen, operands) = parted(args, |f| self.handed_on(f, env));
        if rows.is_empty() {
            return self.no_such_call(name, form.at);
        }
        let counts = |sys: &Sys| operands_of(*sys).count() == operands.len();
        let fitting: Vec<Sys> = rows.iter().copied().filter(counts).collect();
        let (sys, first) = match fitting[..] {
            [] => return self.miscounted(name, &rows, operands.len(), form),
            [one] => (one, None),
            _ => {
                let (sys, tree) = self.by_handle(name, &fitting, operands[0], env)?;
                (sys, Some(tree))
            }
        };
        let flags = self.flags_of(sys, &chosen, form)?;
        let row = sys.row();
        let who = format!("`sys/{name}`");
        let (mut trees, mut buffers) = (Vec::new(), Vec::new());
        let mut first = first;
        let mut written = operands.into_iter();
        for i in row.operands() {
            let arg = row.args[i];
            if let Arg::StructOut(id) = arg {
                let ty = Ty::Buf(Buf::Struct(id));
                let var = self.var(ty.clone());
                let scratch = self.tree(Kind::Op(Op::Scratch, Vec::new()), ty.clone(), form.at);
                trees.push(self.tree(Kind::Var(var), ty, form.at));
                buffers.push((var, scratch, id));
                continue;
            }
            let operand = written.next().ok_or(Failed)?;
            let known = first.take();
            trees.push(self.raw_operand(operand, known, arg, env, &who)?);
        }
        let given = match row.ret {
            _ if !buffers.is_empty() => Ty::Unit,
            _ => result(sys),
        };
        let call = self.tree(Kind::Sys(sys, flags, trees), given, form.at);
        Ok(self.with_structures(call, buffers))
    }

    /// A call, and then the records of what it filled.
    fn with_structures(&mut self, call: Tree, buffers: Vec<(Var, Tree, StructId)>) -> Tree {
        let at = call.at;
        let mut records = Vec::new();
        let mut lets = Vec::new();
        for (var, scratch, id) in buffers {
            let fields = id.row().fields.iter().enumerate();
            let fields = fields.map(|(n, field)| {
                let of = Tree::new(Kind::Var(var), Ty::Buf(Buf::Struct(id)), at);
                Tree::new(Kind::Struct(n as u32, of), Ty::raise(&field.ty), at)
            });
            let fields = fields.collect();
            records.push(self.tree(Kind::Record(fields), record_of(id), at));
            lets.push((var, scratch));
        }
        let given = match records.len() {
            0 => return call,
            1 => records.swap_remove(0),
            _ => {
                let ty = Ty::tuple(records.iter().map(|r| r.ty.clone()).collect());
                self.tree(Kind::Record(records), ty, at)
            }
        };
        let ty = given.ty.clone();
        let both = self.tree(Kind::Do(vec![call, given]), ty, at);
        super::wrap_lets(lets, both)
    }

    /// An operand as its argument takes it.
    fn raw_operand(
        &mut self,
        form: &Form,
        known: Option<Tree>,
        arg: Arg,
        env: &Env,
        who: &str,
    ) -> Res<Tree> {
        let at = form.at;
        let want = match arg {
            Arg::Name => Ty::Path,
            arg => match arg.operand_type() {
                Some(ty) => Ty::raise(&ty),
                // A handle of either kind.
                None => Ty::File,
            },
        };
        let tree = match known {
            Some(tree) => tree,
            None if matches!(arg, Arg::Descriptor(_)) => self.value(form, env, None)?,
            None => self.value(form, env, Some(&want))?,
        };
        match (arg, &tree.ty) {
            (_, Ty::Never) => Ok(tree),
            (Arg::Name, Ty::Name) => Ok(tree),
            (Arg::Name, Ty::Str | Ty::Path) => self.component(tree, at),
            (Arg::Descriptor(_), Ty::Dir | Ty::File) => Ok(tree),
            (Arg::BytesIn, Ty::Str) => Ok(self.op(Op::BytesOf, vec![tree], Ty::Bytes, at)),
            (Arg::BytesOut, Ty::Size) => Ok(self.op(Op::Retype, vec![tree], Ty::Int, at)),
            (Arg::TimePair, Ty::Time) => Ok(self.op(Op::Some, vec![tree], want, at)),
            (Arg::Int(_) | Arg::How { .. }, _) => {
                let tree = self.coerce(tree, &want, who)?;
                let number = match arg {
                    Arg::Int(number) => number,
                    _ => Number::Mode,
                };
                self.in_range(tree, number, who)
            }
            _ => self.coerce(tree, &want, who),
        }
    }

    /// A text or path as a component. Of one that is written out it is known.
    fn component(&mut self, tree: Tree, at: Span) -> Res<Tree> {
        if let Kind::Bytes(bytes) = &tree.kind {
            let known = matches!(&bytes[..], b"" | b"." | b"..") || bytes.contains(&b'/');
            if known || bytes.contains(&0) {
                let text = String::from_utf8_lossy(bytes);
                let why = format!("{text:?} is not a name");
                let d = Problem::new(Code::Mismatch, self.place(at), why);
                return self.fail(d.help(
                    "a name is one component of a path: it holds no `/` and is neither `.` nor `..`; `(dir d p)` opens what is further down",
                ));
            }
        }
        let path = match (&tree.kind, &tree.ty) {
            (_, Ty::Path) => tree,
            (Kind::Bytes(_), _) => tree.with_type(Ty::Path),
            _ => self.op(Op::PathOfStr, vec![tree], Ty::Path, at),
        };
        Ok(self.op(Op::NameOf, vec![path], Ty::Name, at))
    }

    /// A number that is written out has to be one that the kernel's type holds.
    fn in_range(&mut self, tree: Tree, number: Number, who: &str) -> Res<Tree> {
        match tree.kind {
            Kind::Int(n) if !number.holds(n) => {
                let (least, most) = number.range();
                let why = match number {
                    Number::Mode => format!("{who} takes a mode up to {most:#o}, this is {n:#o}"),
                    _ => format!("{who} takes a number from {least} to {most} here, this is {n}"),
                };
                self.fail(Problem::new(Code::BadNumber, self.place(tree.at), why))
            }
            _ => Ok(tree),
        }
    }

    /// The row whose first argument takes the first operand.
    fn by_handle(&mut self, name: &str, rows: &[Sys], form: &Form, env: &Env) -> Res<(Sys, Tree)> {
        let tree = self.value(form, env, None)?;
        let first = |sys: &Sys| operands_of(*sys).next().map(|i| sys.row().args[i]);
        let found = rows.iter().find(|sys| {
            let arg = first(sys);
            tree.ty == Ty::Never || arg.is_some_and(|arg| takes(arg, &tree.ty))
        });
        if let Some(sys) = found {
            return Ok((*sys, tree));
        }
        let why = format!(
            "`sys/{name}` takes a File or a Dir here, this is {}",
            tree.ty
        );
        let d = Problem::new(Code::Mismatch, tree.at, why).label(tree.ty.to_string());
        let usages: Vec<String> = rows.iter().map(|sys| usage(*sys)).collect();
        self.fail(d.help(usages.join(" or ")))
    }

    /// The flags of a call, from the keywords that are written.
    pub(super) fn flags_of(&mut self, sys: Sys, chosen: &[Flag], form: &Form) -> Res<Box<[Flags]>> {
        let row = sys.row();
        // Of a call that a function of the library makes, that function is told.
        let who = match form.at.source {
            0 => self.who(row.name),
            _ => format!("`sys/{}`", row.name),
        };
        let mut flags = demanded(sys);
        let sets: Vec<Arg> = row
            .args
            .iter()
            .copied()
            .filter(|a| a.flags().is_some())
            .collect();
        let offered: Vec<Vec<(String, u32)>> = sets.iter().map(choices).collect();
        // A long list is the documentation's.
        let list = |all: &[(String, u32)]| -> String {
            let first = all.iter().take(LISTED);
            let first: Vec<String> = first.map(|c| format!(":{}", c.0)).collect();
            match all.len().saturating_sub(LISTED) {
                0 => first.join(" "),
                more => format!(
                    "{}, and {more} more: `:doc sys/{}` at the REPL lists them",
                    first.join(" "),
                    row.name
                ),
            }
        };
        let mut asked = vec![0; sets.len()];
        for keyword in chosen {
            let found = offered.iter().enumerate().find_map(|(n, all)| {
                let choice = all.iter().find(|c| *c.0 == *keyword.name)?;
                Some((n, choice.1))
            });
            let Some((n, bit)) = found else {
                let why = format!("`:{}` is no flag of {who}", keyword.name);
                let d = Problem::new(Code::Unknown, self.place(keyword.at), why);
                let all = offered.concat();
                let like = similar(&keyword.name, all.iter().map(|c| c.0.as_str()));
                return self.fail(d.help(match like {
                    _ if self.is_given(sys, &keyword.name) => {
                        "it is always there, so it is not written".to_string()
                    }
                    Some(like) => format!("did you mean `:{like}`?"),
                    None if all.is_empty() => "it takes none".to_string(),
                    None => format!("there is {}", list(&all)),
                }));
            };
            asked[n] |= bit;
        }
        for (n, arg) in sets.iter().enumerate() {
            let bits: u32 = asked[n];
            if matches!(arg, Arg::One { .. }) && bits.count_ones() != 1 {
                let here = match bits {
                    0 => "here is none",
                    _ => "here are several",
                };
                let why = format!("`sys/{}` takes one of these, {here}", row.name);
                let d = Problem::new(Code::Arity, self.place(form.at), why);
                return self.fail(d.help(list(&offered[n])));
            }
            if bits != 0 {
                let must = match *arg {
                    Arg::Flags { must, .. } | Arg::How { must, .. } => must,
                    _ => 0,
                };
                flags[n].bits = must | bits;
            }
        }
        Ok(flags)
    }

    /// Whether a keyword is a flag that the row demands.
    fn is_given(&self, sys: Sys, keyword: &str) -> bool {
        let mut flags = demanded(sys).into_vec().into_iter();
        flags.any(|f| {
            let rows = 0..f.set.rows().len();
            let mut given = rows.filter(|n| f.bits >> n & 1 == 1);
            given.any(|n| f.set.keyword(n).as_deref() == Some(keyword))
        })
    }

    fn miscounted(&mut self, name: &str, rows: &[Sys], count: usize, form: &Form) -> Res<Tree> {
        let mut wanted: Vec<usize> = rows.iter().map(|s| operands_of(*s).count()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let wanted: Vec<String> = wanted.iter().map(|n| super::arguments(*n)).collect();
        let why = format!(
            "`sys/{name}` takes {}, here {}",
            wanted.join(" or "),
            super::are(count)
        );
        let usages: Vec<String> = rows.iter().map(|sys| usage(*sys)).collect();
        let d = Problem::new(Code::Arity, self.place(form.at), why);
        self.fail(d.help(usages.join(" or ")))
    }

    fn no_such_call(&mut self, name: &str, at: Span) -> Res<Tree> {
        let why = match not_plain(name) {
            Some(reason) => format!("`sys/{name}` is not a program's to call: {reason}"),
            None => format!("there is no system call `sys/{name}`"),
        };
        let d = Problem::new(Code::Unknown, self.place(at), why);
        let base = name.split('.').next().unwrap_or(name);
        let family: Vec<String> = names()
            .filter(|n| *n != name && n.split('.').next() == Some(base))
            .map(|n| format!("sys/{n}"))
            .collect();
        let like = similar(name, names());
        self.fail(match (&family[..], like) {
            ([], Some(like)) => d.help(format!("did you mean `sys/{like}`?")),
            ([], None) => d.help("`:doc sys` at the REPL lists them"),
            (family, _) => d.help(format!("there is {}", family.join(" "))),
        })
    }
}

/// Why a call that there is cannot be made by name.
fn not_plain(name: &str) -> Option<String> {
    let row = Sys::ALL
        .iter()
        .map(|sys| sys.row())
        .find(|r| r.name == name);
    let call = row.map(|row| row.call).or_else(|| catalogue::named(name))?;
    Some(match call.class {
        // Only its rows have names, and those that are told beside this.
        Class::Plain if row.is_none() => return None,
        Class::Plain => "only the library makes it".to_string(),
        Class::Named(part) => {
            let mut rows = Sys::ALL.iter().filter(|sys| sys.row().kernel == call.name);
            match rows.any(|sys| sys.is_callable() || *sys == Sys::Close) {
                true => format!("made by {part} alone"),
                false => format!("nothing makes it yet; it is for {part}"),
            }
        }
        Class::Excluded(reason, "") => format!("excluded: {}", reason.name()),
        Class::Excluded(reason, instead) => {
            format!("excluded: {}; there is `{instead}`", reason.name())
        }
    })
}
