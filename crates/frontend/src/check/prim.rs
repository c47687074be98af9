//! The operations that the prelude is written in: `op/NAME`, rows of the op table, and `sys/NAME`, rows of the system
//! call table. What programs write as `sys/NAME` is checked in [`super::sys`].

use super::env::{Binding, Env};
use super::problem::Problem;
use super::types::Need;
use super::{Checker, Failed, Res};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Given, Kind, Tree};
use crate::ty::{STAT, Ty};
use sawmill_ir::module::Span;
use sawmill_ir::ops::{Op, Pat};
use sawmill_ir::structs::StructId;
use sawmill_ir::syscalls::{Arg, Ret, Sys};
use sawmill_ir::ty::Buf;
use std::sync::Arc;

/// Operations with fixed types: name, op, operands, result.
const OPS: &[(&str, Op, &[Ty], Ty)] = &[
    ("float", Op::FloatOfInt, &[Ty::Int], Ty::Float),
    ("size-of-int", Op::Retype, &[Ty::Int], Ty::Size),
    ("duration-of-int", Op::Retype, &[Ty::Int], Ty::Duration),
    ("mode-of-int", Op::Retype, &[Ty::Int], Ty::Mode),
    ("int-of-mode", Op::Retype, &[Ty::Mode], Ty::Int),
    ("u8", Op::BufU8, &[BYTES, Ty::Int], Ty::Int),
    ("u16", Op::BufU16, &[BYTES, Ty::Int], Ty::Int),
    ("u64", Op::BufU64, &[BYTES, Ty::Int], Ty::Int),
    (
        "name-copy",
        Op::NameCopy,
        &[BYTES, Ty::Int, Ty::Int],
        Ty::Name,
    ),
    (
        "entry",
        Op::Entry,
        &[Ty::Dir, Ty::Name, Ty::Ino, Ty::FileType],
        Ty::Entry,
    ),
    ("entry-dir", Op::EntryDir, &[Ty::Entry], Ty::Dir),
    ("entry-name", Op::EntryName, &[Ty::Entry], Ty::Name),
    ("entry-ino", Op::EntryIno, &[Ty::Entry], Ty::Ino),
    ("entry-type", Op::EntryType, &[Ty::Entry], Ty::FileType),
    ("path-of-name", Op::PathOfName, &[Ty::Name], Ty::Path),
    ("path-of-str", Op::PathOfStr, &[Ty::Str], Ty::Path),
    ("filetype", Op::FileTypeOf, &[Ty::Int], Ty::FileType),
    ("mode-type", Op::ModeType, &[Ty::Mode], Ty::FileType),
    ("ino", Op::Retype, &[Ty::Int], Ty::Ino),
    ("resolve", Op::Resolve, &[Ty::Path], Ty::Root),
    ("root-dir", Op::RootDir, &[Ty::Root], Ty::Dir),
    ("root-path", Op::RootPath, &[Ty::Root], Ty::Path),
    ("permit-dir", Op::Permit, &[Ty::Dir], Ty::Dir),
    ("permit-file", Op::Permit, &[Ty::File], Ty::File),
];

const BYTES: Ty = Ty::Buf(Buf::Bytes(LISTING_BYTES));
/// How much of a directory is read at once: what C libraries use; larger ones gain nothing.
const LISTING_BYTES: u32 = 32 * 1024;

impl Checker {
    /// `(op/NAME ...)` and `(sys/NAME ...)`; `None` if the head is neither.
    pub(super) fn primitive(
        &mut self,
        head: &str,
        written: Span,
        args: &[Form],
        env: &Env,
        form: &Form,
    ) -> Option<Res<Tree>> {
        let inside = written.source == 0;
        if let Some(name) = head.strip_prefix("sys/") {
            return Some(match inside {
                true => self.system_call(name, args, env, form),
                false => self.raw_call(name, args, env, form),
            });
        }
        if let Some(name) = head.strip_prefix("call/").filter(|_| inside) {
            return Some(self.raw_call(name, args, env, form));
        }
        let name = head.strip_prefix("op/").filter(|_| inside)?;
        Some(self.prelude_op(name, args, env, form))
    }

    /// A system call of the prelude: its buffers are operands.
    fn system_call(&mut self, name: &str, args: &[Form], env: &Env, form: &Form) -> Res<Tree> {
        let sys = Sys::named(name).ok_or(Failed)?;
        let row = sys.row();
        let wanted: Vec<Ty> = row.operands().map(|i| operand(row.args[i])).collect();
        let (chosen, operands) = super::sys::parted(args, |f| self.handed_on(f, env));
        let operands: Vec<Form> = operands.into_iter().cloned().collect();
        let args = self.typed(&operands, &wanted, env, &format!("sys/{name}"), form)?;
        let ty = match row.ret {
            Ret::Unit => Ty::Unit,
            Ret::Int => Ty::Int,
            Ret::Bytes => Ty::Bytes,
            Ret::Dir => Ty::Dir,
            Ret::File => Ty::File,
            Ret::Listing => Ty::Listing,
            Ret::Object(_) => return Err(Failed),
        };
        let flags = match chosen.is_empty() {
            true => super::sys::demanded(sys),
            false => self.flags_of(sys, &chosen, form)?,
        };
        Ok(self.tree(Kind::Sys(sys, flags, args), ty, form.at))
    }

    fn typed(
        &mut self,
        args: &[Form],
        wanted: &[Ty],
        env: &Env,
        who: &str,
        form: &Form,
    ) -> Res<Vec<Tree>> {
        if args.len() != wanted.len() {
            let why = format!(
                "`{who}` takes {}, here {}",
                super::arguments(wanted.len()),
                super::are(args.len())
            );
            return self.fail(Problem::new(Code::Arity, self.place(form.at), why));
        }
        let mut trees = Vec::new();
        for (arg, ty) in args.iter().zip(wanted) {
            let tree = self.value(arg, env, Some(ty))?;
            trees.push(self.coerce(tree, ty, who)?);
        }
        Ok(trees)
    }

    fn prelude_op(&mut self, name: &str, args: &[Form], env: &Env, form: &Form) -> Res<Tree> {
        let at = form.at;
        if let Some((_, op, wanted, result)) = OPS.iter().find(|row| row.0 == name) {
            let args = self.typed(args, wanted, env, name, form)?;
            return Ok(self.tree(Kind::Op(*op, args), result.clone(), at));
        }
        match name {
            "listing-buffer" => Ok(self.tree(Kind::Op(Op::Scratch, Vec::new()), BYTES, at)),
            "statx-buffer" => Ok(self.tree(Kind::Op(Op::Scratch, Vec::new()), Ty::statx(), at)),
            "statx" => {
                let field = args
                    .first()
                    .and_then(|f| f.symbol())
                    .and_then(|f| StructId::Statx.row().field(f))
                    .ok_or(Failed)?;
                let buffer = self
                    .typed(&args[1..], &[Ty::statx()], env, name, form)?
                    .swap_remove(0);
                let ty = Ty::raise(&StructId::Statx.row().fields[field as usize].ty);
                Ok(self.tree(Kind::Struct(field, buffer), ty, at))
            }
            "stat-record" => {
                let wanted: Vec<Ty> = STAT.fields.iter().map(|f| f.1.clone()).collect();
                let fields = self.typed(args, &wanted, env, name, form)?;
                Ok(self.tree(Kind::Record(fields), Ty::Record(STAT.clone()), at))
            }
            "start-dir" | "start-path" => self.start(name, args, env, form),
            "args" => self.given(Given::Args, Ty::Path.list(), at),
            "environment" => {
                let ty = Ty::Map(Arc::new((Ty::Path, Ty::Path)));
                self.given(Given::Environment, ty, at)
            }
            "variable" => {
                let name = self.literal(args, env)?;
                self.given(Given::Variable(name), Ty::Path.option(), at)
            }
            "len" => {
                let list = self.value(args.first().ok_or(Failed)?, env, None)?;
                Ok(self.tree(Kind::Op(Op::Len, vec![list]), Ty::Int, at))
            }
            // A sequence, or what can be gone over, as a list.
            "all" => {
                let tree = self.infer(args.first().ok_or(Failed)?, &env.inner(), None)?;
                let tree = self.as_list(tree);
                Ok(self.collected(tree))
            }
            "none-of" => {
                let ty = self.parse_type(args.first().ok_or(Failed)?)?.option();
                Ok(self.op(Op::None, Vec::new(), ty, at))
            }
            "map-builder" => {
                let [k, v] = args else { return Err(Failed) };
                let k = self.parse_type(k)?;
                let v = self.parse_type(v)?;
                self.new_map_builder(k, v, at)
            }
            "keyed-builder" => {
                let [f, t] = args else { return Err(Failed) };
                let t = self.parse_type(t)?;
                let k = self.result_type(f, &t, env, at)?;
                self.new_map_builder(k, t.list(), at)
            }
            "zero-of" => {
                let ty = self.parse_type(args.first().ok_or(Failed)?)?;
                let who = self.who("sum");
                // Of nothing the sum is an Int.
                let ty = if ty == Ty::Never { Ty::Int } else { ty };
                self.require(&ty, Need::Num, &who, at)?;
                let ty = if ty == Ty::Never { Ty::Int } else { ty };
                Ok(self.tree(Kind::Int(0), ty, at))
            }
            "in-step" => self.in_step(args, env, at),
            "before" => {
                let [f, a, b] = args else { return Err(Failed) };
                self.before(f, a, b, env, at)
            }
            // What an accumulator starts as that is to hold what a function gives.
            "none-for" => {
                let [f, t] = args else { return Err(Failed) };
                let t = self.parse_type(t)?;
                let ty = self.result_type(f, &t, env, at)?.option();
                Ok(self.op(Op::None, Vec::new(), ty, at))
            }
            "list-of" => {
                let ty = self.parse_type(args.first().ok_or(Failed)?)?.list();
                self.empty_of(&ty, at).ok_or(Failed)
            }
            "some-of" => {
                let [f, s] = args else { return Err(Failed) };
                let element = self.type_vars.get("T").cloned().ok_or(Failed)?;
                let name = match self.result_type(f, &element, env, at)? {
                    Ty::Bool | Ty::Never => "some-element",
                    _ => "some-value",
                };
                let call = vec![self.of_prelude(name), f.clone(), s.clone()];
                self.infer(&Form::make_list(call, at), env, None)
            }
            "path-of-literal" => {
                let text = self.literal(args, env)?;
                self.path_literal(&text, at)
            }
            _ => match Op::named(name) {
                Some(op) => self.op_of_row(op, args, env, form),
                None => {
                    let why = format!("no op `{name}`");
                    self.fail(Problem::new(Code::Unknown, self.place(at), why))
                }
            },
        }
    }

    fn new_map_builder(&mut self, k: Ty, v: Ty, at: Span) -> Res<Tree> {
        let who = self.who("this");
        self.require(&k, Need::Eq, &who, at)?;
        let ty = Ty::MapBuilder(Arc::new((k, v)));
        Ok(self.op(Op::MapBuilder, Vec::new(), ty, at))
    }

    /// The type that a function gives for a value of a type: found by applying it to one that is dropped.
    pub(super) fn result_type(&mut self, f: &Form, of: &Ty, env: &Env, at: Span) -> Res<Ty> {
        if *of == Ty::Never {
            // There is no such value, as in an empty literal, so the function gives none.
            return Ok(Ty::Never);
        }
        let name = self.fresh("some");
        let var = self.var(of.clone());
        let inner = env.inner().with(&name, Binding::Local(var, self.level));
        let call = Form::make_list(vec![f.clone(), Form::sym(&name, at)], at);
        Ok(self.value(&call, &inner, None)?.ty.clone())
    }

    /// An operation whose types are those of its row.
    fn op_of_row(&mut self, op: Op, args: &[Form], env: &Env, form: &Form) -> Res<Tree> {
        let (row, at) = (op.row(), form.at);
        if args.len() != row.operands.len() {
            let why = format!("`{}` takes {} operands", row.name, row.operands.len());
            return self.fail(Problem::new(Code::Arity, self.place(at), why));
        }
        let mut bound = Bound::default();
        let mut trees = Vec::new();
        for (arg, pat) in args.iter().zip(row.operands) {
            let want = stands_for(pat, &bound);
            let tree = self.value(arg, env, want.as_ref())?;
            if tree.ty == Ty::Never {
                trees.push(tree);
                return Ok(self.tree(Kind::Do(trees), Ty::Never, at));
            }
            let who = self.who(row.name);
            let tree = match want {
                Some(want) => self.coerce(tree, &want, &who)?,
                None => tree,
            };
            let need = match pat {
                Pat::EqT => Some(Need::Eq),
                Pat::OrdT | Pat::OrdK => Some(Need::Ord),
                Pat::List(Pat::EqT) => Some(Need::Eq),
                Pat::List(Pat::OrdT | Pat::OrdK) => Some(Need::Ord),
                _ => None,
            };
            if let Some(need) = need {
                let ty = tree.ty.element().filter(|_| matches!(pat, Pat::List(_)));
                let ty = ty.unwrap_or(tree.ty.clone());
                self.require(&ty, need, &who, at)?;
            }
            if !bound.unify(pat, &tree.ty) {
                let why = format!("{who} is not defined for {}", tree.ty);
                return self.fail(Problem::new(Code::Mismatch, tree.at, why));
            }
            trees.push(tree);
        }
        match stands_for(&row.result, &bound) {
            Some(Ty::Array(t)) if !super::types::array_element(&t) => {
                let who = self.who(row.name);
                let why = format!("{who} holds numbers or truth values, not {t}");
                let d = Problem::new(Code::Requirement, self.place(at), why);
                self.fail(d.help("other values go into a List: `(repeat n x)`"))
            }
            Some(ty) => Ok(self.tree(Kind::Op(op, trees), ty, at)),
            None => Err(Failed),
        }
    }

    fn literal(&mut self, args: &[Form], env: &Env) -> Res<String> {
        match args.first().map(|f| &f.kind) {
            Some(FormKind::Symbol(s)) => match env.get(s) {
                Some(Binding::Literal(text)) => Ok(text.to_string()),
                _ => Err(Failed),
            },
            Some(FormKind::Str(text)) => Ok(text.to_string()),
            _ => Err(Failed),
        }
    }

    /// What a host gives is a parameter of the entry, so only the entry's own function can name it.
    fn given(&mut self, given: Given, ty: Ty, at: Span) -> Res<Tree> {
        if self.level != 0 {
            self.captured = true;
            return Err(Failed);
        }
        Ok(self.tree(Kind::Given(given), ty, at))
    }

    /// Where a constant path starts is a parameter of the entry, so only the entry's own function can name it.
    fn start(&mut self, name: &str, args: &[Form], env: &Env, form: &Form) -> Res<Tree> {
        let text = self.literal(args, env)?;
        if self.level != 0 {
            self.captured = true;
            return Err(Failed);
        }
        if text.is_empty() || text.contains('\0') {
            return self.bad_path(form.at);
        }
        Ok(match name {
            "start-dir" => self.tree(Kind::StartDir(text), Ty::Dir, form.at),
            _ => self.tree(Kind::StartPath(text), Ty::Path, form.at),
        })
    }
}

/// What the variables of a row stand for.
#[derive(Default)]
struct Bound {
    t: Option<Ty>,
    k: Option<Ty>,
    v: Option<Ty>,
}

impl Bound {
    /// Whether a type is what a pattern of a row says; binds variables on the way.
    fn unify(&mut self, pat: &Pat, ty: &Ty) -> bool {
        match (pat, ty) {
            (Pat::T | Pat::EqT | Pat::OrdT | Pat::Num | Pat::Word, _) => bind(&mut self.t, ty),
            (Pat::K | Pat::OrdK, _) => bind(&mut self.k, ty),
            (Pat::V, _) => bind(&mut self.v, ty),
            (Pat::ListT, Ty::List(t))
            | (Pat::ArrayT, Ty::Array(t))
            | (Pat::ResultT, Ty::Result(t)) => bind(&mut self.t, t),
            (Pat::List(p), Ty::List(t))
            | (Pat::Opt(p), Ty::Option(t))
            | (Pat::Desc(p), Ty::Desc(t)) => self.unify(p, t),
            (Pat::MapKV, Ty::Map(kv)) | (Pat::MapBuilderKV, Ty::MapBuilder(kv)) => {
                bind(&mut self.k, &kv.0) && bind(&mut self.v, &kv.1)
            }
            (Pat::MapKV, Ty::Set(t)) => bind(&mut self.k, t) && bind(&mut self.v, &Ty::Unit),
            (Pat::Bytes, _) => matches!(ty, Ty::Str | Ty::Path | Ty::Name | Ty::Bytes),
            (Pat::IntLike, _) => matches!(
                ty,
                Ty::Int | Ty::Size | Ty::Duration | Ty::Mode | Ty::Ino | Ty::Dev
            ),
            (Pat::MapBuilder(k, v), Ty::MapBuilder(kv)) => {
                self.unify(k, &kv.0) && self.unify(v, &kv.1)
            }
            (Pat::Enum, _) => matches!(ty, Ty::Enum(_)),
            (Pat::Pair(a, b), _) => match ty.as_tuple() {
                Some([x, y]) => self.unify(a, &x.1) && self.unify(b, &y.1),
                _ => false,
            },
            (pat, ty) => stands_for(pat, self).as_ref() == Some(ty),
        }
    }
}

fn bind(slot: &mut Option<Ty>, ty: &Ty) -> bool {
    match slot {
        Some(bound) => bound == ty,
        None => {
            *slot = Some(ty.clone());
            true
        }
    }
}

/// The type that a pattern of a row stands for, where that is known.
fn stands_for(pat: &Pat, bound: &Bound) -> Option<Ty> {
    let (t, k, v) = (&bound.t, &bound.k, &bound.v);
    Some(match pat {
        Pat::Unit => Ty::Unit,
        Pat::Bool => Ty::Bool,
        Pat::Int => Ty::Int,
        Pat::Float => Ty::Float,
        Pat::Duration => Ty::Duration,
        Pat::FileType => Ty::FileType,
        Pat::Mode => Ty::Mode,
        Pat::Time => Ty::Time,
        Pat::Str => Ty::Str,
        Pat::Path => Ty::Path,
        Pat::Name => Ty::Name,
        Pat::Ino => Ty::Ino,
        Pat::ByteString => Ty::Bytes,
        Pat::Error => Ty::Error,
        Pat::T | Pat::EqT | Pat::OrdT | Pat::Num | Pat::Word => t.clone()?,
        Pat::K | Pat::OrdK => k.clone()?,
        Pat::V => v.clone()?,
        Pat::ListT => t.clone()?.list(),
        Pat::ArrayT => Ty::Array(Arc::new(t.clone()?)),
        Pat::ResultT => t.clone()?.result(),
        Pat::List(p) => stands_for(p, bound)?.list(),
        Pat::Opt(p) => stands_for(p, bound)?.option(),
        Pat::Desc(p) => Ty::Desc(Arc::new(stands_for(p, bound)?)),
        Pat::Pair(a, b) => Ty::tuple(vec![stands_for(a, bound)?, stands_for(b, bound)?]),
        Pat::MapKV => match (k.clone()?, v.clone()?) {
            (k, Ty::Unit) => Ty::Set(Arc::new(k)),
            kv => Ty::Map(Arc::new(kv)),
        },
        Pat::MapBuilder(k, v) => {
            Ty::MapBuilder(Arc::new((stands_for(k, bound)?, stands_for(v, bound)?)))
        }
        Pat::MapBuilderKV => Ty::MapBuilder(Arc::new((k.clone()?, v.clone()?))),
        Pat::Bytes
        | Pat::IntLike
        | Pat::Buf
        | Pat::StructBuf
        | Pat::Region
        | Pat::BuilderT
        | Pat::Enum
        | Pat::Dir
        | Pat::Entry
        | Pat::Root
        | Pat::Handle
        | Pat::ByImm
        | Pat::Many => return None,
    })
}

fn operand(arg: Arg) -> Ty {
    match arg.operand_type() {
        Some(ty) => Ty::raise(&ty),
        None => BYTES,
    }
}
