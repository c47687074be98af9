//! Fields, and the functions that work on records as they do on maps: what they give depends on the record's type, so
//! they are here. For maps and lists they are the prelude's.

use super::env::{Binding, Env, FnValue};
use super::functions::Lets;
use super::help;
use super::problem::Problem;
use super::types::Need;
use super::{Checker, Failed, Res, plain, wrap_lets};
use crate::diag::{Code, similar};
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::{Record, STAT, Ty};
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use sawmill_ir::ty::RecordKind;
use std::rc::Rc;
use std::sync::Arc;

/// What works on records too.
pub(super) const NAMES: &[&str] = &[
    "get",
    "assoc",
    "update",
    "dissoc",
    "merge",
    "select-keys",
    "contains?",
    "nth",
    "first",
    "second",
    "last",
    "count",
];

/// The fields of an error: name, operation, type.
const ERROR_FIELDS: &[(&str, Op, Ty)] = &[
    ("message", Op::ErrorMessage, Ty::Str),
    ("name", Op::ErrorName, Ty::Str),
    ("operation", Op::ErrorOperation, Ty::Str),
];

impl Checker {
    /// Applies one of [`NAMES`]: to a record here, to something else as the prelude says. `None` if it has no argument.
    pub(super) fn of_record(
        &mut self,
        name: &str,
        args: &[Form],
        env: &Env,
        form: &Form,
    ) -> Option<Res<Tree>> {
        let (first, rest) = args.split_first()?;
        Some(self.on_first(name, first, rest, env, form.at))
    }

    fn on_first(
        &mut self,
        name: &str,
        first: &Form,
        rest: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let tree = self.infer(first, &env.inner(), None)?;
        if self.fields_of(&tree.ty).is_some() {
            if let Some(done) = self.record_op(name, tree.clone(), rest, env, at) {
                return done;
            }
        } else if name == "update" {
            return self.update(tree, rest, env, at);
        } else if name == "assoc" && rest.len() > 2 {
            return self.assoc_many(tree, rest, env, at);
        }
        let overloads = self.prelude.functions(name).cloned().ok_or(Failed)?;
        let mut lets = Lets::new();
        let (arg, inner) = match tree.ty {
            // What is consumed there runs there.
            Ty::Seq(_) => {
                let name = self.fresh("seq");
                let inner = env.with(&name, Binding::Seq(Rc::new(tree)));
                (Form::sym(&name, first.at), inner)
            }
            _ => self.as_argument(tree, env, &mut lets),
        };
        let mut args = vec![arg];
        args.extend_from_slice(rest);
        let tree = self.apply_global(name, &overloads, &args, &inner, None, at)?;
        Ok(wrap_lets(lets, tree))
    }

    fn record_op(
        &mut self,
        name: &str,
        record: Tree,
        rest: &[Form],
        env: &Env,
        at: Span,
    ) -> Option<Res<Tree>> {
        let tuple = record.ty.as_tuple().map(<[_]>::len);
        Some(match (name, rest, tuple) {
            ("count", [], Some(n)) => Ok(self.tree(Kind::Int(n as i64), Ty::Int, at)),
            ("first", [], Some(1..)) => self.part(record, 0, at),
            ("second", [], Some(2..)) => self.part(record, 1, at),
            ("last", [], Some(n @ 1..)) => self.part(record, n - 1, at),
            ("nth" | "get", [index], Some(n)) => self.tuple_part(record, index, n, at),
            ("get", [key], None) => match self.key(key, env) {
                Some(name) => self.field(&name, record, key.at),
                None => self.no_key(key),
            },
            ("contains?", [key], None) => match self.key(key, env) {
                Some(key) => {
                    let fields = self.fields_of(&record.ty).unwrap_or_default();
                    let has = fields.iter().any(|f| f.0 == *key);
                    let answer = self.tree(Kind::Bool(has), Ty::Bool, at);
                    Ok(self.after(record, answer))
                }
                None => self.no_key(key),
            },
            ("assoc", [_, _, ..], None) if rest.len().is_multiple_of(2) => {
                self.assoc_fields(record, rest, env, at)
            }
            ("update", [key, f, more @ ..], None) => {
                self.update_field(record, key, f, more, env, at)
            }
            ("dissoc", keys @ [_, ..], None) => self.dissoc(record, keys, env, at),
            ("select-keys", [keys], None) => self.select_keys(record, keys, env, at),
            ("merge", [], None) => Ok(record),
            ("merge", others, None) => self.merge_all(record, others, env, at),
            _ => return None,
        })
    }

    /// The keyword that a form is, or that it names.
    fn key(&self, form: &Form, env: &Env) -> Option<Rc<str>> {
        match &form.kind {
            FormKind::Keyword(k) => Some(k.clone()),
            FormKind::Symbol(s) => match env.get(s) {
                Some(Binding::Fn(f)) => match &**f {
                    FnValue::Keyword { name, .. } => Some(name.clone()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    fn no_key<T>(&mut self, form: &Form) -> Res<T> {
        let why = "the key of a record is a keyword, known when the program is checked";
        let d = Problem::new(Code::BadForm, self.place(form.at), why);
        self.fail(d.help("what has keys that are computed is a Map, `{\"a\" 1}`"))
    }

    /// One expression, then the value of another.
    fn after(&mut self, first: Tree, then: Tree) -> Tree {
        let (ty, at) = (then.ty.clone(), then.at);
        Tree::new(Kind::Do(vec![first, then]), ty, at)
    }

    fn part(&mut self, tuple: Tree, n: usize, at: Span) -> Res<Tree> {
        let ty = tuple
            .ty
            .as_tuple()
            .and_then(|f| f.get(n))
            .map(|f| f.1.clone());
        let ty = ty.ok_or(Failed)?;
        Ok(self.tree(Kind::Get(n as u32, tuple), ty, at))
    }

    fn tuple_part(&mut self, tuple: Tree, index: &Form, len: usize, at: Span) -> Res<Tree> {
        match index.kind {
            FormKind::Int(n) if (0..len as i64).contains(&n) => self.part(tuple, n as usize, at),
            FormKind::Int(n) => {
                let why = format!("a tuple of {len} has no part {n}");
                let d = Problem::new(Code::NoField, self.place(index.at), why);
                self.fail(d.help("its parts count from 0"))
            }
            _ => {
                let why =
                    "the parts of a tuple have types of their own: which one has to be a literal";
                let d = Problem::new(Code::BadForm, self.place(index.at), why);
                self.fail(d.help("(nth pair 1)"))
            }
        }
    }

    /// A record of these fields that has not been declared.
    fn structural(&self, fields: Vec<(String, Tree)>, at: Span) -> Tree {
        let types = fields.iter().map(|(n, t)| (n.clone(), t.ty.clone()));
        let ty = Ty::Record(Arc::new(Record {
            name: String::new(),
            kind: RecordKind::Fields,
            fields: types.collect(),
        }));
        let parts = fields.into_iter().map(|f| f.1).collect();
        self.tree(Kind::Record(parts), ty, at)
    }

    /// The fields of a record in a variable, each as an expression.
    fn spread(&mut self, record: &Tree, at: Span) -> Res<Vec<(String, Tree)>> {
        let fields = self.fields_of(&record.ty).ok_or(Failed)?;
        let mut all = Vec::new();
        for (name, _) in fields {
            let part = self.field(&name, record.clone(), at)?;
            all.push((name, part));
        }
        Ok(all)
    }

    /// The fields as a record of that type, or as one of their own where that is not declared.
    fn remade(&mut self, of: &Ty, fields: Vec<(String, Tree)>, at: Span) -> Tree {
        match of {
            Ty::Enum(_) => {
                let parts = fields.into_iter().map(|f| f.1).collect();
                self.tree(Kind::Case(0, parts), of.clone(), at)
            }
            Ty::Record(r) if r.kind == RecordKind::Named => {
                let parts = fields.into_iter().map(|f| f.1).collect();
                self.tree(Kind::Record(parts), of.clone(), at)
            }
            _ => self.structural(fields, at),
        }
    }

    fn is_declared(ty: &Ty) -> bool {
        match ty {
            Ty::Record(r) => r.kind == RecordKind::Named,
            _ => true,
        }
    }

    fn assoc_fields(&mut self, record: Tree, rest: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let ty = record.ty.clone();
        let mut lets = Lets::new();
        let record = self.in_variable(record, &mut lets);
        let mut fields = self.spread(&record, at)?;
        for pair in rest.chunks(2) {
            let Some(key) = self.key(&pair[0], env) else {
                return self.no_key(&pair[0]);
            };
            let known = fields.iter().position(|f| f.0 == *key);
            let declared = Self::is_declared(&ty);
            let want = known.map(|n| fields[n].1.ty.clone());
            let value = self.value(&pair[1], env, want.as_ref())?;
            let value = match (&want, declared) {
                (Some(want), true) => self.coerce(value, want, &format!("`:{key}`"))?,
                (None, true) => return self.no_field(&ty, &key, pair[0].at),
                _ => value,
            };
            match known {
                Some(n) => fields[n].1 = self.in_variable(value, &mut lets),
                None => {
                    let value = self.in_variable(value, &mut lets);
                    fields.push((key.to_string(), value));
                }
            }
        }
        let made = self.remade(&ty, fields, at);
        Ok(wrap_lets(lets, made))
    }

    /// `(update r :k f a)` is `(assoc r :k (f (:k r) a))`.
    fn update_field(
        &mut self,
        record: Tree,
        key: &Form,
        f: &Form,
        more: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let Some(name) = self.key(key, env) else {
            return self.no_key(key);
        };
        let mut lets = Lets::new();
        let (arg, inner) = self.as_argument(record, env, &mut lets);
        let keyword = Form {
            kind: FormKind::Keyword(name),
            at: key.at,
        };
        let get = Form::make_list(vec![keyword.clone(), arg.clone()], at);
        let mut call = vec![f.clone(), get];
        call.extend_from_slice(more);
        let call = Form::make_list(call, f.at);
        let record = self.value(&arg, &inner, None)?;
        let tree = self.assoc_fields(record, &[keyword, call], &inner, at)?;
        Ok(wrap_lets(lets, tree))
    }

    /// `(update m k f a)` of a map or list: `f` gets what `get` gives.
    fn update(&mut self, of: Tree, rest: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let [key, f, more @ ..] = rest else {
            let why = "`update` takes a map, a key, a function, and what else that function takes";
            let d = Problem::new(Code::Arity, self.place(at), why);
            return self.fail(d.help("(update counts \"a\" (fn [n] (+ 1 (or-else n 0))))"));
        };
        if !matches!(of.ty, Ty::Map(_) | Ty::List(_)) {
            let why = format!(
                "`update` takes a Map, a List or a record, this is {}",
                of.ty
            );
            return self.fail(Problem::new(Code::Mismatch, of.at, why));
        }
        let want = match &of.ty {
            Ty::Map(kv) => Some(kv.0.clone()),
            _ => None,
        };
        let list = matches!(of.ty, Ty::List(_));
        let mut lets = Lets::new();
        let (map, inner) = self.as_argument(of, env, &mut lets);
        let key = self.value(key, &inner, want.as_ref())?;
        let (key, inner) = self.as_argument(key, &inner, &mut lets);
        let (get, assoc) = (
            self.of_prelude(if list { "nth" } else { "get" }),
            self.of_prelude("assoc"),
        );
        let get = Form::make_list(vec![get, map.clone(), key.clone()], at);
        let mut applied = vec![f.clone(), get];
        applied.extend_from_slice(more);
        let applied = Form::make_list(applied, f.at);
        let whole = Form::make_list(vec![assoc, map, key, applied], at);
        let said = self.diagnostics.len();
        let tree = self.infer(&whole, &inner, None);
        let operands = |d: &&mut crate::diag::Diagnostic| d.code == Code::Operands;
        if !list
            && let Some(d) = self
                .diagnostics
                .get_mut(said..)
                .and_then(|d| d.iter_mut().find(operands))
        {
            d.help =
                Some("of a Map the function gets an Option: `(fn [o] (+ 1 (or-else o 0)))`".into());
        }
        Ok(wrap_lets(lets, tree?))
    }

    /// `(assoc m k v k2 v2)` is one after the other.
    fn assoc_many(&mut self, of: Tree, rest: &[Form], env: &Env, at: Span) -> Res<Tree> {
        if rest.len() % 2 == 1 {
            let why = "`assoc` takes pairs of a key and a value; here is one key more";
            let d = Problem::new(Code::Arity, self.place(at), why);
            return self.fail(d.help("(assoc m \"a\" 1 \"b\" 2)"));
        }
        let mut lets = Lets::new();
        let (mut map, mut inner) = self.as_argument(of, env, &mut lets);
        for pair in rest.chunks(2) {
            let assoc = self.of_prelude("assoc");
            let parts = vec![assoc, map, pair[0].clone(), pair[1].clone()];
            let tree = self.value(&Form::make_list(parts, at), &inner, None)?;
            (map, inner) = self.as_argument(tree, &inner, &mut lets);
        }
        let tree = self.value(&map, &inner, None)?;
        Ok(wrap_lets(lets, tree))
    }

    fn dissoc(&mut self, record: Tree, keys: &[Form], env: &Env, at: Span) -> Res<Tree> {
        self.with_named(record, |me, record| {
            let mut fields = me.spread(&record, at)?;
            for form in keys {
                let Some(key) = me.key(form, env) else {
                    return me.no_key(form);
                };
                if !fields.iter().any(|f| f.0 == *key) {
                    return me.no_field(&record.ty, &key, form.at);
                }
                fields.retain(|f| f.0 != *key);
            }
            Ok(me.structural(fields, at))
        })
    }

    fn select_keys(&mut self, record: Tree, keys: &Form, env: &Env, at: Span) -> Res<Tree> {
        let FormKind::Vector(keys) = &keys.kind else {
            return self.no_key(keys);
        };
        self.with_named(record, |me, record| {
            let mut fields = Vec::new();
            for form in keys.iter() {
                let Some(key) = me.key(form, env) else {
                    return me.no_key(form);
                };
                let part = me.field(&key, record.clone(), form.at)?;
                fields.push((key.to_string(), part));
            }
            Ok(me.structural(fields, at))
        })
    }

    fn merge_all(&mut self, record: Tree, others: &[Form], env: &Env, at: Span) -> Res<Tree> {
        let mut merged = record;
        for other in others {
            merged = self.merge(merged, other, env, at)?;
        }
        Ok(merged)
    }

    fn merge(&mut self, record: Tree, other: &Form, env: &Env, at: Span) -> Res<Tree> {
        let mut lets = Lets::new();
        let ty = record.ty.clone();
        let record = self.in_variable(record, &mut lets);
        let other = self.value(other, env, None)?;
        if self.fields_of(&other.ty).is_none() {
            let why = format!(
                "`merge` of a record takes another record, this is {}",
                other.ty
            );
            return self.fail(Problem::new(Code::Mismatch, other.at, why));
        }
        let other = self.in_variable(other, &mut lets);
        let mut fields = self.spread(&record, at)?;
        let declared = Self::is_declared(&ty);
        for (name, part) in self.spread(&other, at)? {
            match fields.iter().position(|f| f.0 == name) {
                Some(n) if declared => {
                    let want = fields[n].1.ty.clone();
                    fields[n].1 = self.coerce(part, &want, &format!("`:{name}`"))?;
                }
                Some(n) => fields[n].1 = part,
                None if declared => return self.no_field(&ty, &name, at),
                None => fields.push((name, part)),
            }
        }
        let made = self.remade(&ty, fields, at);
        Ok(wrap_lets(lets, made))
    }

    /// `(desc x)`: a key that is ordered the other way round.
    pub(super) fn descending(&mut self, tree: Tree, at: Span) -> Res<Tree> {
        self.require(&tree.ty.clone(), Need::Ord, "`desc`", at)?;
        let ty = Ty::Desc(Arc::new(tree.ty.clone()));
        Ok(self.op(Op::Desc, vec![tree], ty, at))
    }

    /// The field of a record, an entry or an error.
    pub(super) fn field(&mut self, name: &str, of: Tree, at: Span) -> Res<Tree> {
        match of.ty.clone() {
            Ty::Entry => self.entry_field(name, of, at),
            Ty::Error => self.error_field(name, of, at),
            Ty::Record(record) => match record.field(name) {
                Some(n) => {
                    let ty = record.fields[n as usize].1.clone();
                    Ok(self.tree(Kind::Get(n, of), ty, at))
                }
                None => self.no_field(&of.ty, name, at),
            },
            Ty::Enum(_) => {
                let Some(fields) = self.fields_of(&of.ty) else {
                    let why = format!("{} is an enum: which case it is says `match`", of.ty);
                    let d = Problem::new(Code::NoField, self.place(at), why);
                    return self.fail(d.help(self.match_for_field(&of.ty, name)));
                };
                match fields.iter().position(|f| f.0 == name) {
                    Some(n) => {
                        let kind = Kind::CaseGet(0, n as u32, of);
                        Ok(self.tree(kind, fields[n].1.clone(), at))
                    }
                    None => self.no_field(&of.ty, name, at),
                }
            }
            _ => self.has_no_fields(name, &of.ty, at),
        }
    }

    /// How a field of a case is reached.
    fn match_for_field(&self, ty: &Ty, name: &str) -> String {
        let def = match ty {
            Ty::Enum(e) => self.enum_def(e),
            _ => None,
        };
        let mut cases = def.iter().flat_map(|d| &d.cases);
        match cases.find(|c| c.fields.iter().any(|f| f.0 == name)) {
            Some(case) => {
                let fields: String = case.fields.iter().map(|f| format!(" {}", f.0)).collect();
                format!("(match x ({}{fields}) {name} _ other)", case.name)
            }
            None => help::patterns(ty, def.as_deref()),
        }
    }

    fn has_no_fields(&mut self, name: &str, ty: &Ty, at: Span) -> Res<Tree> {
        let why = format!("{ty} has no fields, so no `:{name}`");
        let d = Problem::new(Code::NoField, self.place(at), why);
        let help = match ty {
            Ty::Result(_) => {
                "`(or-else r default)` gives the value, or the default where it is an error"
            }
            Ty::Option(_) => {
                "`(or-else o default)` gives the value, or the default where there is none; `if-let` and `match` take it apart"
            }
            Ty::Dir => "`(list d)` gives its entries, `(stat d)` its metadata",
            Ty::Map(_) => "`(get m k)` gives what a map has under a key",
            Ty::List(_) | Ty::Seq(_) => {
                return self.fail(d.help(format!("`(map :{name} xs)` gives that of each element")));
            }
            _ => return self.fail(d),
        };
        self.fail(d.help(help))
    }

    fn entry_field(&mut self, name: &str, of: Tree, at: Span) -> Res<Tree> {
        let (op, ty) = match name {
            "name" => {
                let inner = self.op(Op::EntryName, vec![of], Ty::Name, at);
                return Ok(self.op(Op::PathOfName, vec![inner], Ty::Path, at));
            }
            "ino" => (Op::EntryIno, Ty::Ino),
            "type" => (Op::EntryType, Ty::FileType),
            _ => {
                let why = format!("an Entry has no `:{name}`");
                let d = Problem::new(Code::NoField, self.place(at), why);
                let d = match STAT.field(name) {
                    Some(_) => d.help(format!("an Entry has :name :ino :type, which cost no call; `(:{name} (stat e))` asks for it")),
                    None => d.help("an Entry has :name :ino :type; `(stat e)` gives the rest"),
                };
                return self.fail(d);
            }
        };
        Ok(self.op(op, vec![of], ty, at))
    }

    fn error_field(&mut self, name: &str, of: Tree, at: Span) -> Res<Tree> {
        let row = match name {
            "errno" => Some((Op::ErrorErrno, Ty::Int.option())),
            "path" => Some((Op::ErrorPath, Ty::Path.option())),
            "args" => Some((Op::ErrorArgs, Ty::Str.list())),
            "at" => Some((Op::ErrorAt, Ty::Str.option())),
            _ => ERROR_FIELDS
                .iter()
                .find(|row| row.0 == name)
                .map(|row| (row.1, row.2.clone())),
        };
        match row {
            Some((op, ty)) => Ok(self.op(op, vec![of], ty, at)),
            None => {
                let why = format!("an Error has no `:{name}`");
                let d = Problem::new(Code::NoField, self.place(at), why);
                self.fail(d.help("an Error has :message :name :errno :operation :args :path :at"))
            }
        }
    }

    fn no_field<T>(&mut self, ty: &Ty, name: &str, at: Span) -> Res<T> {
        let fields = self.fields_of(ty).unwrap_or_default();
        let shown = match ty {
            Ty::Record(r) if r.kind == RecordKind::Tuple => format!("the tuple {ty} has no"),
            Ty::Record(r) if r.kind == RecordKind::Fields => "this record has no".into(),
            _ => format!("a {ty} has no"),
        };
        let why = format!("{shown} `:{}`", plain(name));
        let d = Problem::new(Code::NoField, self.place(at), why);
        let names: Vec<String> = fields.iter().map(|f| format!(":{}", f.0)).collect();
        let d = match similar(name, fields.iter().map(|f| f.0.as_str())) {
            _ if ty.as_tuple().is_some() => d.help("`(first t)`, `(second t)`, `(nth t 2)` give its parts, and so does `(let [[a b] t] ...)`"),
            Some(like) => d.help(format!("did you mean `:{like}`? it has {}", names.join(" "))),
            None => d.help(format!("it has {}", names.join(" "))),
        };
        self.fail(d)
    }
}
