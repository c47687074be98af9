//! Destructuring: taking values apart where they are named.
//!
//! `[a b & more :as all]` takes a tuple apart, or a list (which has to have so many elements: if not, that is an error
//! when it runs). `{:keys [a b] c :c :or {a 0} :as all}` takes a record apart, `{x "key" :or {x 0}}` and
//! `{:strs [a b]}` a map, whose values are Options unless `:or` has a default.

use super::env::{Binding, Env, Param};
use super::functions::Lets;
use super::problem::Problem;
use super::{Checker, Failed, Res, plain};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use std::rc::Rc;

impl Checker {
    /// Names the parts of a value as the pattern says.
    pub(super) fn destructure(
        &mut self,
        pattern: &Form,
        value: Tree,
        env: Env,
        lets: &mut Lets,
    ) -> Res<Env> {
        match &pattern.kind {
            FormKind::Symbol(name) if &**name == "_" => {
                let var = self.var(value.ty.clone());
                lets.push((var, value));
                Ok(env)
            }
            FormKind::Symbol(name) if &**name != "&" => Ok(self.bind_tree(name, value, &env, lets)),
            FormKind::Vector(parts) => self.take_apart(parts, value, env, lets, pattern.at),
            FormKind::Map(parts) => self.take_fields(parts, value, env, lets, pattern.at),
            _ => {
                let why = "a name is wanted here, or a pattern in brackets or braces";
                let d = Problem::new(Code::BadForm, self.place(pattern.at), why);
                self.fail(d.help("(let [[a b] pair {:keys [size]} e] ...)"))
            }
        }
    }

    /// Names the parts of a parameter.
    pub(super) fn destructure_param(
        &mut self,
        param: &Param,
        var: Var,
        env: Env,
        lets: &mut Lets,
    ) -> Res<Env> {
        match &param.pattern {
            Some(pattern) => {
                let value = self.tree(Kind::Var(var), self.vars[var].clone(), param.at);
                self.destructure(pattern, value, env, lets)
            }
            None => Ok(env),
        }
    }

    /// A variable for a value that is used more than once.
    pub(super) fn in_variable(&mut self, value: Tree, lets: &mut Lets) -> Tree {
        if let Kind::Var(_) = value.kind {
            return value;
        }
        let (var, ty, at) = (self.var(value.ty.clone()), value.ty.clone(), value.at);
        lets.push((var, value));
        Tree::new(Kind::Var(var), ty, at)
    }

    fn take_apart(
        &mut self,
        parts: &[Form],
        value: Tree,
        mut env: Env,
        lets: &mut Lets,
        at: Span,
    ) -> Res<Env> {
        let value = self.in_variable(value, lets);
        let (parts, whole) = match parts {
            [before @ .., key, name] if is_keyword(key, "as") => (before, Some(name)),
            all => (all, None),
        };
        if let Some(name) = whole {
            env = self.destructure(name, value.clone(), env, lets)?;
        }
        let (parts, more) = match parts {
            [before @ .., and, name] if and.symbol() == Some("&") => (before, Some(name)),
            all => (all, None),
        };
        if let Some(fields) = value.ty.as_tuple().map(<[_]>::to_vec) {
            if parts.len() > fields.len() || more.is_some() {
                let why = format!(
                    "this tuple has {} parts, the pattern names {}",
                    fields.len(),
                    if more.is_some() {
                        "the rest of it".into()
                    } else {
                        parts.len().to_string()
                    }
                );
                return self.fail(Problem::new(Code::Arity, self.place(at), why));
            }
            for (i, (part, field)) in parts.iter().zip(&fields).enumerate() {
                let get = Kind::Get(i as u32, value.clone());
                let get = self.tree(get, field.1.clone(), part.at);
                env = self.destructure(part, get, env, lets)?;
            }
            return Ok(env);
        }
        let Ty::List(element) = value.ty.clone() else {
            let why = format!(
                "brackets take a tuple or a List apart, this is {}",
                value.ty
            );
            let d = Problem::new(Code::Mismatch, self.place(at), why);
            let d = match &value.ty {
                Ty::Option(_) => d.help("`(if-let [[a b] x] ...)` takes apart what is there"),
                Ty::Record(_) => d.help("braces take a record apart, `{:keys [size]}`"),
                _ => d,
            };
            return self.fail(d);
        };
        for (i, part) in parts.iter().enumerate() {
            let index = self.tree(Kind::Int(i as i64), Ty::Int, part.at);
            let get = Kind::Op(Op::At, vec![value.clone(), index]);
            let get = self.tree(get, (*element).clone(), part.at);
            env = self.destructure(part, get, env, lets)?;
        }
        if let Some(more) = more {
            let from = self.tree(Kind::Int(parts.len() as i64), Ty::Int, more.at);
            let len = self.tree(Kind::Op(Op::Len, vec![value.clone()]), Ty::Int, more.at);
            let rest = Kind::Op(Op::ListSlice, vec![value.clone(), from, len]);
            let rest = self.tree(rest, value.ty.clone(), more.at);
            env = self.destructure(more, rest, env, lets)?;
        }
        Ok(env)
    }

    fn take_fields(
        &mut self,
        parts: &[Form],
        value: Tree,
        mut env: Env,
        lets: &mut Lets,
        at: Span,
    ) -> Res<Env> {
        if parts.len() % 2 == 1 {
            let why = "a pattern in braces is pairs of a name and a key";
            let d = Problem::new(Code::BadForm, self.place(at), why);
            return self.fail(d.help("{:keys [name size] type :type}"));
        }
        let value = self.in_variable(value, lets);
        let mut defaults: &[Form] = &[];
        for pair in parts.chunks(2) {
            if let (true, FormKind::Map(or)) = (is_keyword(&pair[0], "or"), &pair[1].kind) {
                defaults = or;
            }
        }
        let default = |name: &str| {
            let mut pairs = defaults.chunks(2).filter(|p| p.len() == 2);
            pairs.find(|p| p[0].symbol() == Some(name)).map(|p| &p[1])
        };
        for pair in parts.chunks(2) {
            let (name, key) = (&pair[0], &pair[1]);
            let names: &[Form] = match (&name.kind, &key.kind) {
                (FormKind::Keyword(k), FormKind::Vector(names))
                    if &**k == "keys" || &**k == "strs" =>
                {
                    names
                }
                (FormKind::Keyword(k), FormKind::Map(_)) if &**k == "or" => continue,
                (FormKind::Keyword(k), _) if &**k == "as" => {
                    env = self.destructure(key, value.clone(), env, lets)?;
                    continue;
                }
                (FormKind::Keyword(k), _) if matches!(&**k, "keys" | "strs" | "or") => {
                    let what = if &**k == "or" {
                        "defaults in braces"
                    } else {
                        "names in brackets"
                    };
                    let d = Problem::new(
                        Code::BadForm,
                        self.place(key.at),
                        format!("`:{k}` is followed by {what}"),
                    );
                    return self.fail(d.help("{:keys [name size] :or {size 0B}}"));
                }
                (FormKind::Keyword(_), _) => {
                    let why = "the name stands first, then the key it is for";
                    let d = Problem::new(Code::BadForm, self.place(name.at), why);
                    return self.fail(d.help("{size :size}, or {:keys [size]}"));
                }
                _ => {
                    let fallback = name.symbol().and_then(default);
                    let part = self.keyed(&value, key, fallback, &env)?;
                    env = self.destructure(name, part, env, lets)?;
                    continue;
                }
            };
            let as_text = is_keyword(name, "strs");
            for name in names {
                let FormKind::Symbol(symbol) = &name.kind else {
                    let why = "`:keys` is followed by names in brackets";
                    let d = Problem::new(Code::BadForm, self.place(name.at), why);
                    return self.fail(d.help("{:keys [name size] :or {size 0B}}"));
                };
                let text: Rc<str> = plain(symbol).into();
                let kind = match as_text {
                    true => FormKind::Str(text),
                    false => FormKind::Keyword(text),
                };
                let key = Form { kind, at: name.at };
                let part = self.keyed(&value, &key, default(symbol), &env)?;
                env = self.destructure(name, part, env, lets)?;
            }
        }
        Ok(env)
    }

    /// What a record or map has under a key; of a map an Option, unless there is a default.
    fn keyed(&mut self, value: &Tree, key: &Form, default: Option<&Form>, env: &Env) -> Res<Tree> {
        let part = match (&key.kind, &value.ty) {
            (_, Ty::Map(kv)) => {
                let want = kv.0.clone();
                let found = kv.1.clone().option();
                let k = self.value(key, env, Some(&want))?;
                let k = self.coerce(k, &want, "the key")?;
                self.tree(Kind::Op(Op::MapGet, vec![value.clone(), k]), found, key.at)
            }
            (FormKind::Keyword(name), _) => {
                if let (Some(default), Some(fields)) = (default, self.fields_of(&value.ty))
                    && !fields.iter().any(|f| f.0 == **name)
                {
                    return self.value(default, env, None);
                }
                self.field(name, value.clone(), key.at)?
            }
            _ if self.fields_of(&value.ty).is_some() => {
                let why = "the key of a record is a keyword";
                let d = Problem::new(Code::BadForm, self.place(key.at), why);
                return self.fail(d.help("{size :size}, or {:keys [size]}"));
            }
            _ => {
                let why = format!("braces take a record or a Map apart, this is {}", value.ty);
                return self.fail(Problem::new(Code::Mismatch, self.place(key.at), why));
            }
        };
        match (default, &part.ty) {
            (Some(default), Ty::Option(_)) => self.option_or(part, default, env, key.at),
            _ => Ok(part),
        }
    }

    /// The value of an Option, or where there is none the default, which is evaluated only then.
    pub(super) fn option_or(
        &mut self,
        option: Tree,
        default: &Form,
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let Ty::Option(inner) = option.ty.clone() else {
            return Err(Failed);
        };
        let default = self.value(default, env, Some(&inner))?;
        let mut lets = Lets::new();
        let (option, inner) = match &default.ty {
            ty if self.bottom_fits(&inner, ty) => (
                self.coerce(option, &ty.clone().option(), "this")?,
                ty.clone(),
            ),
            _ => (option, (*inner).clone()),
        };
        let default = self.coerce(default, &inner, "the default")?;
        let option = self.in_variable(option, &mut lets);
        let test = self.tree(Kind::Op(Op::IsSome, vec![option.clone()]), Ty::Bool, at);
        let value = self.tree(Kind::Op(Op::SomeValue, vec![option]), inner.clone(), at);
        let choice = self.tree(Kind::If(test, value, default), inner, at);
        Ok(super::wrap_lets(lets, choice))
    }

    /// A variable needs no second name.
    pub(super) fn bind_tree(
        &mut self,
        name: &str,
        tree: Tree,
        scope: &Env,
        lets: &mut Lets,
    ) -> Env {
        if let Kind::Var(var) = tree.kind {
            return scope.with(name, Binding::Local(var, self.level));
        }
        let var = self.var(tree.ty.clone());
        lets.push((var, tree));
        scope.with(name, Binding::Local(var, self.level))
    }
}

fn is_keyword(form: &Form, name: &str) -> bool {
    matches!(&form.kind, FormKind::Keyword(k) if &**k == name)
}
