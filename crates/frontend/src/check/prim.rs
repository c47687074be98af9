//! The operations that the prelude is written in: `op/NAME`, rows of the op table, and `sys/NAME`, rows of the system
//! call table. Programs reach only the system calls that are plain.

use super::env::{Binding, Env};
use super::problem::Problem;
use super::{Checker, Failed, Res};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::{STAT, Ty};
use sawmill_ir::ops::Op;
use sawmill_ir::structs::StructId;
use sawmill_ir::syscalls::{Arg, Ret, Sys};
use sawmill_ir::ty::{Buf, RecordType};
use std::sync::Arc;

/// The system calls that programs may make by name: no argument of theirs can break a promise.
const PLAIN: &[Sys] = &[Sys::Getppid];

/// Operations with fixed types: name, op, operands, result.
const OPS: &[(&str, Op, &[Ty], Ty)] = &[
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
        args: &[Form],
        env: &Env,
        form: &Form,
    ) -> Option<Res<Tree>> {
        let inside = form.at.source == 0;
        if let Some(name) = head.strip_prefix("sys/") {
            return Some(self.system_call(name, args, env, form, inside));
        }
        let name = head.strip_prefix("op/").filter(|_| inside)?;
        Some(self.op(name, args, env, form))
    }

    fn system_call(
        &mut self,
        name: &str,
        args: &[Form],
        env: &Env,
        form: &Form,
        inside: bool,
    ) -> Res<Tree> {
        let sys = Sys::named(name).filter(|s| inside || PLAIN.contains(s));
        let Some(sys) = sys else {
            let names: Vec<String> = PLAIN
                .iter()
                .map(|s| format!("sys/{}", s.row().name))
                .collect();
            let d = Problem::new(
                Code::Unknown,
                self.place(form.at),
                format!("no system call `sys/{name}` can be made by name"),
            )
            .help(format!("there is {}", names.join(" ")));
            return self.fail(d);
        };
        let row = sys.row();
        let wanted: Vec<Ty> = row
            .args
            .iter()
            .filter(|a| a.is_operand())
            .map(|a| operand(*a))
            .collect();
        let args = self.typed(args, &wanted, env, &format!("sys/{name}"), form)?;
        let ty = match row.ret {
            Ret::Unit => Ty::Unit,
            Ret::Int => Ty::Int,
            Ret::Dir => Ty::Dir,
            Ret::File => Ty::File,
            Ret::Listing => Ty::Listing,
        };
        Ok(self.tree(Kind::Sys(sys, args), ty, form.at))
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

    fn op(&mut self, name: &str, args: &[Form], env: &Env, form: &Form) -> Res<Tree> {
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
                let wanted: Vec<Ty> = STAT.fields.iter().map(|f| Ty::raise(&f.1)).collect();
                let fields = self.typed(args, &wanted, env, name, form)?;
                Ok(self.tree(Kind::Record(fields), Ty::Record(STAT.clone()), at))
            }
            "start-dir" | "start-path" => self.start(name, args, env, form),
            "len" => {
                let list = self.value(args.first().ok_or(Failed)?, env, None)?;
                Ok(self.tree(Kind::Op(Op::Len, vec![list]), Ty::Int, at))
            }
            "path-of-literal" => {
                let text = self.literal(args, env)?;
                self.path_literal(&text, at)
            }
            _ => self.fail(Problem::new(
                Code::Unknown,
                self.place(at),
                format!("no op `{name}`"),
            )),
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

    /// Where a constant path starts is a parameter of the entry, so only the entry's own function can name it.
    fn start(&mut self, name: &str, args: &[Form], env: &Env, form: &Form) -> Res<Tree> {
        let text = self.literal(args, env)?;
        if self.level != 0 {
            self.captured = true;
            return Err(Failed);
        }
        if text.is_empty() || text.contains('\0') {
            let d = Problem::new(
                Code::Mismatch,
                self.place(form.at),
                "a path is neither empty nor holds a NUL byte",
            )
            .help("the current directory is \".\"");
            return self.fail(d);
        }
        Ok(match name {
            "start-dir" => self.tree(Kind::StartDir(text), Ty::Dir, form.at),
            _ => self.tree(Kind::StartPath(text), Ty::Path, form.at),
        })
    }

    /// The field of a record or entry.
    pub(super) fn field(
        &mut self,
        name: &str,
        of: Tree,
        at: sawmill_ir::module::Span,
    ) -> Res<Tree> {
        let entry = |op, ty| Some((op, ty));
        match &of.ty {
            Ty::Entry => {
                let row = match name {
                    "name" => {
                        let inner = self.tree(Kind::Op(Op::EntryName, vec![of]), Ty::Name, at);
                        return Ok(self.tree(Kind::Op(Op::PathOfName, vec![inner]), Ty::Path, at));
                    }
                    "ino" => entry(Op::EntryIno, Ty::Ino),
                    "type" => entry(Op::EntryType, Ty::FileType),
                    _ => None,
                };
                if let Some((op, ty)) = row {
                    return Ok(self.tree(Kind::Op(op, vec![of]), ty, at));
                }
                let d = Problem::new(
                    Code::NoField,
                    self.place(at),
                    format!("an Entry has no `:{name}`"),
                );
                let d = match STAT.field(name) {
                    Some(_) => d.help(format!("an Entry has :name :ino :type, which cost no call; `(:{name} (stat e))` asks for it")),
                    None => d.help("an Entry has :name :ino :type; `(stat e)` gives the rest"),
                };
                self.fail(d)
            }
            Ty::Record(record) => self.record_field(name, &record.clone(), of, at),
            other => {
                let d = Problem::new(
                    Code::NoField,
                    self.place(at),
                    format!("{other} has no fields, so no `:{name}`"),
                );
                let d = match other {
                    Ty::Result(_) => d.help("`(or-else r default)` gives the value, or the default where it is an error"),
                    Ty::Dir => d.help("`(list d)` gives its entries, `(stat d)` its metadata"),
                    _ => d,
                };
                self.fail(d)
            }
        }
    }

    fn record_field(
        &mut self,
        name: &str,
        record: &Arc<RecordType>,
        of: Tree,
        at: sawmill_ir::module::Span,
    ) -> Res<Tree> {
        match record.field(name) {
            Some(field) => {
                let ty = Ty::raise(&record.fields[field as usize].1);
                Ok(self.tree(Kind::Get(field, of), ty, at))
            }
            None => {
                let names: Vec<String> =
                    record.fields.iter().map(|f| format!(":{}", f.0)).collect();
                let d = Problem::new(
                    Code::NoField,
                    self.place(at),
                    format!("a {} has no `:{name}`", record.name),
                )
                .help(format!("it has {}", names.join(" ")));
                self.fail(d)
            }
        }
    }
}

fn operand(arg: Arg) -> Ty {
    match arg {
        Arg::Dir(_) => Ty::Dir,
        Arg::File(_) => Ty::File,
        Arg::Listing => Ty::Listing,
        Arg::Name => Ty::Name,
        Arg::Path => Ty::Path,
        Arg::StructOut(s) => Ty::Buf(Buf::Struct(s)),
        _ => BYTES,
    }
}
