//! `match` and `case`.
//!
//! Patterns: `_`, a name, a literal, `none (just p)`, `(ok p) (err p)`, a case of an enum `(circle r)` or `:empty`,
//! `[p q]` and `[p & more]` of a tuple or list, `{:field p}` of a record, `(or p q)` of patterns without names; after a
//! pattern `:when` and a condition. Clauses are tried in order. Every value has to have a clause that takes it, and
//! every clause a value that reaches it ([`super::exhaust`]).

use super::env::Env;
use super::exhaust::{Ctor, Pat, Space, TooMany};
use super::functions::Lets;
use super::help;
use super::problem::Problem;
use super::{Checker, Failed, Res, plain, wrap_lets};
use crate::diag::{Code, similar};
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use std::rc::Rc;

/// What a pattern asks of a value and names in it.
#[derive(Default)]
struct Taken {
    tests: Vec<Tree>,
    names: Vec<(Form, Tree)>,
}

/// A clause: a pattern, maybe a condition, what the `match` gives then.
struct Clause<'a> {
    pattern: &'a Form,
    guard: Option<&'a Form>,
    result: &'a Form,
}

/// The type that clauses give, and the clause that says so, where it is not wanted of the whole.
struct Given {
    ty: Option<Ty>,
    by: Option<Span>,
}

/// How many clauses there may be: each is one more level of the tree.
const MAX_CLAUSES: usize = 300;

impl Checker {
    /// `(match x pattern result ...)`
    pub(super) fn match_form(
        &mut self,
        of: &Form,
        clauses: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let clauses = self.clauses(clauses, at)?;
        let value = self.value(of, env, None)?;
        self.matched(value, &clauses, env, want, at)
    }

    /// `(case x 1 a (2 3) b c)`: constants, of which a list holds several, and what is else at the end.
    pub(super) fn case_form(
        &mut self,
        of: &Form,
        clauses: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let (pairs, default) = match clauses.len() % 2 {
            0 => (clauses, None),
            _ => (&clauses[..clauses.len() - 1], clauses.last()),
        };
        let mut patterns = Vec::new();
        for pair in pairs.chunks(2) {
            let pattern = match &pair[0].kind {
                FormKind::List(constants) => {
                    let mut all = vec![Form::sym("or", pair[0].at)];
                    all.extend(constants.iter().cloned());
                    Form::make_list(all, pair[0].at)
                }
                FormKind::Symbol(_) | FormKind::Vector(_) | FormKind::Map(_) => {
                    let why = "`case` compares with constants";
                    let d = Problem::new(Code::BadForm, self.place(pair[0].at), why);
                    return self.fail(d.help("`match` takes values apart, `cond` asks anything"));
                }
                _ => pair[0].clone(),
            };
            patterns.push((pattern, &pair[1]));
        }
        let wild = Form::sym("_", at);
        let mut all: Vec<Clause<'_>> = Vec::new();
        for (pattern, result) in &patterns {
            all.push(Clause {
                pattern,
                guard: None,
                result,
            });
        }
        if let Some(result) = default {
            all.push(Clause {
                pattern: &wild,
                guard: None,
                result,
            });
        }
        let value = self.value(of, env, None)?;
        self.matched(value, &all, env, want, at)
    }

    fn clauses<'a>(&mut self, forms: &'a [Form], at: Span) -> Res<Vec<Clause<'a>>> {
        let mut clauses = Vec::new();
        let mut rest = forms;
        while let [pattern, tail @ ..] = rest {
            let (guard, result) = match tail {
                [when, guard, result, ..] if is_when(when) => (Some(guard), result),
                [result, ..] if !is_when(result) => (None, result),
                _ => {
                    let why = "this clause has a pattern, and nothing that it gives";
                    let d = Problem::new(Code::BadForm, self.place(pattern.at), why);
                    return self.fail(
                        d.help("(match x pattern result other-pattern :when condition result)"),
                    );
                }
            };
            rest = &tail[if guard.is_some() { 3 } else { 1 }..];
            clauses.push(Clause {
                pattern,
                guard,
                result,
            });
        }
        if clauses.is_empty() {
            let why = "`match` has no clause";
            let d = Problem::new(Code::BadForm, self.place(at), why);
            return self.fail(d.help("(match (first xs) (just x) x none 0)"));
        }
        Ok(clauses)
    }

    fn matched(
        &mut self,
        value: Tree,
        clauses: &[Clause<'_>],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let mut lets = Lets::new();
        let value = self.in_variable(value, &mut lets);
        if clauses.len() > MAX_CLAUSES {
            let why = format!(
                "a `match` has {MAX_CLAUSES} clauses at most, this has {}",
                clauses.len()
            );
            let d = Problem::new(Code::Limit, self.place(at), why);
            return self.fail(d.help("a Map finds one of many values: `(get m k)`"));
        }
        let mut rows: Vec<Vec<Pat>> = Vec::new();
        let mut arms = Vec::new();
        let mut wrong = false;
        let mut given = Given {
            ty: want.cloned(),
            by: None,
        };
        let mut taker: Option<&Form> = None;
        for clause in clauses {
            let mut taken = Taken::default();
            let pat = match self.pattern(clause.pattern, &value, env, &mut taken) {
                Ok(pat) => pat,
                Err(Failed) => {
                    wrong = true;
                    continue;
                }
            };
            let types = std::slice::from_ref(&value.ty);
            match Space::of(self).is_useful(&rows, std::slice::from_ref(&pat), types) {
                Ok(true) => {}
                Ok(false) => {
                    wrong = true;
                    let _ = self.unreachable::<()>(clause, taker, &value.ty);
                    continue;
                }
                Err(TooMany) => return self.too_many_patterns(at),
            }
            match self.arm(clause, taken, env, &given) {
                Ok(arm) => {
                    if given.ty.is_none()
                        && !super::literal::bottom(&arm.1.ty)
                        && !super::literal::is_guess(clause.result)
                    {
                        given = Given {
                            ty: Some(arm.1.ty.clone()),
                            by: Some(arm.1.at),
                        };
                    }
                    arms.push(arm);
                }
                Err(Failed) => wrong = true,
            }
            if clause.guard.is_none() {
                if let Pat::Any = pat {
                    taker = taker.or(Some(clause.pattern));
                }
                rows.push(vec![pat]);
            }
        }
        if wrong {
            return Err(Failed);
        }
        match Space::of(self).missing(&rows, &value.ty) {
            Ok(missing) if missing.is_empty() => {}
            Ok(missing) => return self.not_exhaustive(clauses, &missing, at),
            Err(TooMany) => return self.too_many_patterns(at),
        }
        let mut chosen: Option<Tree> = None;
        for (test, result) in arms.into_iter().rev() {
            chosen = Some(match (test, chosen) {
                // The last one takes all that is left.
                (None, _) | (Some(_), None) => result,
                (Some(test), Some(other)) => self.joined(test, result, other, at)?,
            });
        }
        Ok(wrap_lets(lets, chosen.ok_or(Failed)?))
    }

    fn too_many_patterns(&mut self, at: Span) -> Res<Tree> {
        let why = "these patterns together are too many to tell whether they take every value";
        let d = Problem::new(Code::Limit, self.place(at), why);
        self.fail(d.help("take one part apart after the other, each by a `match` of its own"))
    }

    /// Reports a clause that no value reaches; `taker` is the pattern before it that takes everything.
    fn unreachable<T>(&mut self, clause: &Clause<'_>, taker: Option<&Form>, ty: &Ty) -> Res<T> {
        let at = self.place(clause.pattern.at);
        let d = Problem::new(Code::Unreachable, at, "no value reaches this clause");
        let Some(taker) = taker else {
            return self.fail(d.help("the clauses before it take everything that it would"));
        };
        let name = taker.symbol().map_or("_", plain);
        let case = match ty {
            Ty::Enum(e) => self.enum_def(e).and_then(|def| {
                similar(name, def.cases.iter().map(|c| c.name.as_str())).map(str::to_string)
            }),
            _ => None,
        };
        let d = d.note(self.place(taker.at), "takes every value");
        self.fail(match case {
            Some(case) => d.help(format!(
                "`{name}` names any value; did you mean the case `{case}`?"
            )),
            None if name == "_" => d.help("`_` takes every value: it stands last"),
            None => d.help(format!(
                "`{name}` alone names any value, so it takes every one: it stands last"
            )),
        })
    }

    fn not_exhaustive(
        &mut self,
        clauses: &[Clause<'_>],
        missing: &[String],
        at: Span,
    ) -> Res<Tree> {
        const MOST: usize = 4;
        let mut shown = missing[..missing.len().min(MOST)].join(", ");
        if missing.len() > MOST {
            shown = format!("{shown} and {} more", missing.len() - MOST);
        }
        let guards = clauses.iter().any(|c| c.guard.is_some());
        let why = match missing {
            [one] if one == "_" && guards => "no clause takes what the conditions leave out".into(),
            [one] if one == "_" => "no clause takes all values".into(),
            _ => format!("no clause takes {shown}"),
        };
        let d = Problem::new(Code::NotExhaustive, self.place(at), why);
        self.fail(match missing.len() {
            1 => d.help("add one, or one at the end for all that is left: `_`, in a `case` an expression alone"),
            _ => d.help("add them, or one at the end for all that is left: `_`, in a `case` an expression alone"),
        })
    }

    /// The test of a clause, if it asks anything, and what it gives.
    fn arm(
        &mut self,
        clause: &Clause<'_>,
        taken: Taken,
        env: &Env,
        given: &Given,
    ) -> Res<(Option<Tree>, Tree)> {
        let Taken { mut tests, names } = taken;
        if let Some(guard) = clause.guard {
            let mut lets = Lets::new();
            let inner = self.names_of(&names, env.inner(), &mut lets)?;
            let test = self.condition(guard, &inner)?;
            tests.push(wrap_lets(lets, test));
        }
        let mut lets = Lets::new();
        let inner = self.names_of(&names, env.clone(), &mut lets)?;
        let want = given.ty.as_ref();
        let result = self.branch(clause.result, &inner, want)?;
        let result = match (want, given.by) {
            (Some(want), Some(by)) if !self.fits(&result, want) && result.ty != Ty::Never => {
                let why = format!("the clauses give {want} and {}", result.ty);
                let d = Problem::new(Code::Mismatch, result.at, why).label(result.ty.to_string());
                let help = help::branches(want, &result.ty);
                return self.fail(d.note(by, want.to_string()).help(help));
            }
            (Some(want), _) => self.coerce(result, want, "this clause")?,
            (None, _) => result,
        };
        let at = clause.pattern.at;
        let test = match tests.len() {
            0 => None,
            1 => tests.pop(),
            _ => Some(self.tree(Kind::All(tests), Ty::Bool, at)),
        };
        Ok((test, wrap_lets(lets, result)))
    }

    fn names_of(&mut self, names: &[(Form, Tree)], env: Env, lets: &mut Lets) -> Res<Env> {
        let mut env = env;
        for (name, part) in names {
            env = self.destructure(name, part.clone(), env, lets)?;
        }
        Ok(env)
    }

    /// What a pattern asks of `value`, an expression that costs nothing and may stand any number of times.
    fn pattern(&mut self, form: &Form, value: &Tree, env: &Env, taken: &mut Taken) -> Res<Pat> {
        match &form.kind {
            FormKind::Symbol(name) if &**name == "_" => Ok(Pat::Any),
            FormKind::Symbol(name) => self.name_pattern(plain(name), form, value, taken),
            FormKind::Keyword(_)
            | FormKind::Int(_)
            | FormKind::Float(_)
            | FormKind::Size(_)
            | FormKind::Duration(_)
            | FormKind::Str(_)
            | FormKind::Bool(_) => self.constant_pattern(form, value, env, taken),
            FormKind::Vector(parts) => self.vector_pattern(parts, form, value, env, taken),
            FormKind::Map(parts) => self.field_patterns(parts, form, value, env, taken),
            FormKind::List(parts) => self.list_pattern(parts, form, value, env, taken),
            FormKind::Set(_) => self.no_pattern(form, &value.ty),
        }
    }

    fn no_pattern<T>(&mut self, form: &Form, ty: &Ty) -> Res<T> {
        let why = format!("this is no pattern for {ty}");
        let d = Problem::new(Code::Mismatch, self.place(form.at), why);
        let def = match ty {
            Ty::Enum(e) => self.enum_def(e),
            _ => None,
        };
        let d = d.help(help::patterns(ty, def.as_deref()));
        self.fail(d)
    }

    fn name_pattern(
        &mut self,
        name: &str,
        form: &Form,
        value: &Tree,
        taken: &mut Taken,
    ) -> Res<Pat> {
        match (&value.ty, name) {
            (Ty::Option(_), "none") => {
                let test = self.op(Op::IsSome, vec![value.clone()], Ty::Bool, form.at);
                taken
                    .tests
                    .push(self.op(Op::Not, vec![test], Ty::Bool, form.at));
                return Ok(Pat::Of(Ctor::None, Vec::new()));
            }
            (Ty::Enum(e), _) => {
                let def = self.enum_def(e).ok_or(Failed)?;
                let case = name.split_once('/').map_or(
                    name,
                    |(of, case)| {
                        if of == e.name { case } else { "" }
                    },
                );
                let found = def.cases.iter().position(|c| c.name == case);
                if let Some(n) = found.filter(|_| !def.is_record()) {
                    return self.case_pattern(n, &[], form, value, &Env::default(), taken);
                }
            }
            (_, "none") => return self.no_pattern(form, &value.ty),
            _ => {}
        }
        taken.names.push((form.clone(), value.clone()));
        Ok(Pat::Any)
    }

    fn constant_pattern(
        &mut self,
        form: &Form,
        value: &Tree,
        env: &Env,
        taken: &mut Taken,
    ) -> Res<Pat> {
        if let (FormKind::Keyword(case), Ty::Enum(e)) = (&form.kind, &value.ty) {
            let def = self.enum_def(e).ok_or(Failed)?;
            return match def.cases.iter().position(|c| c.name == **case) {
                Some(n) => self.case_pattern(n, &[], form, value, env, taken),
                None => {
                    let d = self.no_case(&def, case, form.at);
                    self.fail(d)
                }
            };
        }
        let constant = self.value(form, env, Some(&value.ty))?;
        if !self.fits(&constant, &value.ty) {
            return self.no_pattern(form, &value.ty);
        }
        let ctor = match (&constant.kind, &value.ty) {
            (Kind::Bool(b), _) => {
                let test = match b {
                    true => value.clone(),
                    false => self.op(Op::Not, vec![value.clone()], Ty::Bool, form.at),
                };
                taken.tests.push(test);
                return Ok(Pat::Of(Ctor::Bool(*b), Vec::new()));
            }
            (Kind::Int(n), Ty::FileType) => Ctor::FileType(*n),
            (Kind::Int(n), _) => Ctor::Number(*n),
            (Kind::Bytes(b), _) => Ctor::Text(b.clone()),
            _ => return self.no_pattern(form, &value.ty),
        };
        let test = self.compare("=", value.clone(), constant, form.at)?;
        taken.tests.push(test);
        Ok(Pat::Of(ctor, Vec::new()))
    }

    fn list_pattern(
        &mut self,
        parts: &[Form],
        form: &Form,
        value: &Tree,
        env: &Env,
        taken: &mut Taken,
    ) -> Res<Pat> {
        let Some((head, args)) = parts.split_first() else {
            return self.no_pattern(form, &value.ty);
        };
        let head = head.symbol().map_or("", plain);
        let at = form.at;
        match (head, args, value.ty.clone()) {
            ("or", [_, ..], _) => self.or_pattern(args, value, env, taken),
            ("just", [p], Ty::Option(t)) => {
                taken
                    .tests
                    .push(self.op(Op::IsSome, vec![value.clone()], Ty::Bool, at));
                let inner = self.op(Op::SomeValue, vec![value.clone()], (*t).clone(), at);
                Ok(Pat::Of(
                    Ctor::Some,
                    vec![self.pattern(p, &inner, env, taken)?],
                ))
            }
            ("ok", [p], Ty::Result(t)) => {
                taken
                    .tests
                    .push(self.op(Op::IsOk, vec![value.clone()], Ty::Bool, at));
                let inner = self.op(Op::OkValue, vec![value.clone()], (*t).clone(), at);
                Ok(Pat::Of(
                    Ctor::Ok,
                    vec![self.pattern(p, &inner, env, taken)?],
                ))
            }
            ("err", [p], Ty::Result(_)) => {
                let test = self.op(Op::IsOk, vec![value.clone()], Ty::Bool, at);
                taken.tests.push(self.op(Op::Not, vec![test], Ty::Bool, at));
                let inner = self.op(Op::ErrValue, vec![value.clone()], Ty::Error, at);
                Ok(Pat::Of(
                    Ctor::Err,
                    vec![self.pattern(p, &inner, env, taken)?],
                ))
            }
            (name, args, Ty::Enum(e)) => {
                let def = self.enum_def(&e).ok_or(Failed)?;
                let case = match name.split_once('/') {
                    Some((of, case)) if of == e.name => case,
                    Some(_) => "",
                    None => name.strip_prefix("->").unwrap_or(name),
                };
                match def.cases.iter().position(|c| c.name == case) {
                    Some(n) => self.case_pattern(n, args, form, value, env, taken),
                    None => {
                        let d = self.no_case(&def, name, at);
                        self.fail(d)
                    }
                }
            }
            (name, args, Ty::Record(r)) if name.strip_prefix("->") == Some(&r.name) => {
                self.parts_pattern(args, form, value, env, taken)
            }
            (_, _, ty) => self.no_pattern(form, &ty),
        }
    }

    /// The fields of a record by their order.
    fn parts_pattern(
        &mut self,
        args: &[Form],
        form: &Form,
        value: &Tree,
        env: &Env,
        taken: &mut Taken,
    ) -> Res<Pat> {
        let fields = self.fields_of(&value.ty).unwrap_or_default();
        if args.len() != fields.len() {
            return self.fields_differ(form, &value.ty.to_string(), fields.len(), args.len());
        }
        let mut pats = Vec::new();
        for (n, (arg, (_, ty))) in args.iter().zip(&fields).enumerate() {
            let part = self.tree(Kind::Get(n as u32, value.clone()), ty.clone(), form.at);
            pats.push(self.pattern(arg, &part, env, taken)?);
        }
        Ok(Pat::Of(Ctor::Record, pats))
    }

    fn fields_differ(&mut self, form: &Form, what: &str, has: usize, here: usize) -> Res<Pat> {
        let fields = if has == 1 {
            "1 field".into()
        } else {
            format!("{has} fields")
        };
        let why = format!("`{what}` has {fields}, here {}", super::are(here));
        self.fail(Problem::new(Code::Arity, self.place(form.at), why))
    }

    fn case_pattern(
        &mut self,
        n: usize,
        args: &[Form],
        form: &Form,
        value: &Tree,
        env: &Env,
        taken: &mut Taken,
    ) -> Res<Pat> {
        let Ty::Enum(e) = &value.ty else {
            return Err(Failed);
        };
        let def = self.enum_def(e).ok_or(Failed)?;
        let case = &def.cases[n];
        let bare = args.is_empty() && form.list().is_none();
        if args.len() != case.fields.len() && !bare {
            return self.fields_differ(form, &case.name, case.fields.len(), args.len());
        }
        let at = form.at;
        if def.cases.len() > 1 {
            let tag = self.op(Op::Tag, vec![value.clone()], Ty::Int, at);
            let number = self.tree(Kind::Int(n as i64), Ty::Int, at);
            taken
                .tests
                .push(self.op(Op::Eq, vec![tag, number], Ty::Bool, at));
        }
        let mut pats = Vec::new();
        for (i, (_, ty)) in case.fields.iter().enumerate() {
            // A case by its name alone takes whatever it holds.
            let Some(arg) = args.get(i) else {
                pats.push(Pat::Any);
                continue;
            };
            let get = Kind::CaseGet(n as u32, i as u32, value.clone());
            let part = self.tree(get, ty.clone(), at);
            pats.push(self.pattern(arg, &part, env, taken)?);
        }
        Ok(Pat::Of(Ctor::Case(n), pats))
    }

    fn or_pattern(
        &mut self,
        args: &[Form],
        value: &Tree,
        env: &Env,
        taken: &mut Taken,
    ) -> Res<Pat> {
        let mut pats = Vec::new();
        let mut any = Vec::new();
        for arg in args {
            let mut one = Taken::default();
            pats.push(self.pattern(arg, value, env, &mut one)?);
            if let Some((name, _)) = one.names.first() {
                let why = "a pattern within `or` cannot name anything";
                let d = Problem::new(Code::BadForm, self.place(name.at), why);
                return self.fail(d.help(
                    "`_` takes what has no name; write a clause for each where names are needed",
                ));
            }
            any.push(match one.tests.len() {
                0 => self.tree(Kind::Bool(true), Ty::Bool, arg.at),
                1 => one.tests.swap_remove(0),
                _ => self.tree(Kind::All(one.tests), Ty::Bool, arg.at),
            });
        }
        let at = args.first().map_or(Span::default(), |a| a.at);
        taken.tests.push(self.tree(Kind::Any(any), Ty::Bool, at));
        Ok(Pat::Or(pats))
    }

    fn vector_pattern(
        &mut self,
        parts: &[Form],
        form: &Form,
        value: &Tree,
        env: &Env,
        taken: &mut Taken,
    ) -> Res<Pat> {
        if let Some(fields) = value.ty.as_tuple().map(<[_]>::len) {
            if fields != parts.len() {
                let why = format!("this tuple has {fields} parts, the pattern {}", parts.len());
                return self.fail(Problem::new(Code::Arity, self.place(form.at), why));
            }
            return self.parts_pattern(parts, form, value, env, taken);
        }
        let Ty::List(element) = value.ty.clone() else {
            return self.no_pattern(form, &value.ty);
        };
        let at = form.at;
        let (parts, more) = match parts {
            [before @ .., and, name] if and.symbol() == Some("&") => (before, Some(name)),
            all => (all, None),
        };
        let len = self.op(Op::Len, vec![value.clone()], Ty::Int, at);
        let least = self.tree(Kind::Int(parts.len() as i64), Ty::Int, at);
        let test = match more {
            Some(_) => self.op(Op::Le, vec![least, len.clone()], Ty::Bool, at),
            None => self.op(Op::Eq, vec![len.clone(), least], Ty::Bool, at),
        };
        taken.tests.push(test);
        let mut pats = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let index = self.tree(Kind::Int(i as i64), Ty::Int, at);
            let get = self.op(Op::At, vec![value.clone(), index], (*element).clone(), at);
            pats.push(self.pattern(part, &get, env, taken)?);
        }
        let Some(more) = more else {
            return Ok(Pat::Of(Ctor::List(parts.len()), pats));
        };
        let from = self.tree(Kind::Int(parts.len() as i64), Ty::Int, at);
        let slice = vec![value.clone(), from, len];
        let rest = self.op(Op::ListSlice, slice, value.ty.clone(), at);
        match more.symbol() {
            Some("_") => {}
            Some(_) => taken.names.push((more.clone(), rest)),
            None => return self.no_pattern(more, &value.ty),
        }
        Ok(Pat::Of(Ctor::AtLeast(parts.len()), pats))
    }

    fn field_patterns(
        &mut self,
        parts: &[Form],
        form: &Form,
        value: &Tree,
        env: &Env,
        taken: &mut Taken,
    ) -> Res<Pat> {
        let Some(fields) = self
            .fields_of(&value.ty)
            .filter(|_| value.ty.as_tuple().is_none())
        else {
            return self.no_pattern(form, &value.ty);
        };
        let mut pats = vec![Pat::Any; fields.len()];
        for pair in parts.chunks(2) {
            let [key, pattern] = pair else {
                let why = "a pattern in braces is pairs of a field and a pattern";
                let d = Problem::new(Code::BadForm, self.place(form.at), why);
                return self.fail(d.help("{:type :dir :name n}"));
            };
            let FormKind::Keyword(name) = &key.kind else {
                let why = "a pattern in braces is pairs of a field and a pattern";
                let d = Problem::new(Code::BadForm, self.place(key.at), why);
                return self.fail(d.help("{:type :dir :name n}"));
            };
            if let ("keys", FormKind::Vector(names)) = (&**name, &pattern.kind) {
                for form in names.iter() {
                    let field: Rc<str> = form.symbol().map_or("", plain).into();
                    let part = self.field(&field, value.clone(), form.at)?;
                    taken.names.push((form.clone(), part));
                }
                continue;
            }
            let part = self.field(name, value.clone(), key.at)?;
            let pat = self.pattern(pattern, &part, env, taken)?;
            if let Some(n) = fields.iter().position(|f| f.0 == **name) {
                pats[n] = pat;
            }
        }
        let ctor = match value.ty {
            Ty::Enum(_) => Ctor::Case(0),
            _ => Ctor::Record,
        };
        Ok(Pat::Of(ctor, pats))
    }
}

fn is_when(form: &Form) -> bool {
    matches!(&form.kind, FormKind::Keyword(k) if &**k == "when")
}
