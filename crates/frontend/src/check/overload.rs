//! The choice among functions of one name by the types of what they are called with, and of the type of a literal by
//! what is called with it.

use super::env::{Binding, Env, Global, Param};
use super::expand::*;
use super::functions::Lets;
use super::help;
use super::literal::is_guess;
use super::problem::Problem;
use super::types::{TypeVars, is_type_var};
use super::{Checker, Failed, Res};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use std::rc::Rc;

/// How often the type of a literal, or of a name of a loop, is guessed anew.
pub(super) const MAX_GUESSES: usize = 3;

impl Checker {
    pub(super) fn no_arity(
        &mut self,
        name: &str,
        all: &[Rc<Global>],
        got: usize,
        at: Span,
    ) -> Res<Tree> {
        let rest = |g: &Rc<Global>| g.params.last().is_some_and(|p| p.rest);
        let count = |g: &Rc<Global>| g.params.len() - usize::from(rest(g));
        let mut counts: Vec<usize> = all.iter().map(count).collect();
        counts.sort_unstable();
        counts.dedup();
        let more = all.iter().any(|g| g.folds || g.takes_forms() || rest(g));
        let why = match (counts.first(), more) {
            (Some(least), true) => format!(
                "`{name}` takes {} or more, here {}",
                super::arguments(*least),
                super::are(got)
            ),
            _ => {
                let last = counts.pop().unwrap_or(0);
                let before: String = counts.iter().map(|n| format!("{n} or ")).collect();
                format!(
                    "`{name}` takes {before}{}, here {}",
                    super::arguments(last),
                    super::are(got)
                )
            }
        };
        let mut uses: Vec<String> = all.iter().map(|g| usage(g)).collect();
        uses.retain(|u| all.len() == 1 || !u.contains("Literal"));
        uses.truncate(3);
        let d = Problem::new(Code::Arity, self.place(at), why);
        self.fail(d.help(uses.join(" or ")))
    }

    /// Chooses among functions of one name by the types of the arguments; literals among them are typed after the others.
    pub(super) fn overloaded(
        &mut self,
        name: &str,
        several: &[Rc<Global>],
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let mut trees: Vec<Option<Tree>> = Vec::new();
        for arg in args {
            trees.push(match is_guess(arg) || super::literal::is_literal(arg) {
                true => None,
                false => Some(self.infer(arg, &env.inner(), None)?),
            });
        }
        // A literal is what it is by itself, if there is a function for that.
        for by_itself in [true, false] {
            for global in several {
                let mut vars = TypeVars::new();
                let found = self.all_match(global, args, &trees, &mut vars, env, by_itself);
                if let Some(trees) = found {
                    return self.expand_with(global, trees, vars, at);
                }
            }
        }
        let mut known = Vec::new();
        for (arg, tree) in args.iter().zip(trees) {
            known.push(match tree {
                Some(tree) => tree,
                None => self.value(arg, env, None)?,
            });
        }
        self.no_overload(name, several, &known, at)
    }

    /// The arguments for a function, if they are what it takes.
    fn all_match(
        &mut self,
        global: &Global,
        args: &[Form],
        trees: &[Option<Tree>],
        vars: &mut TypeVars,
        env: &Env,
        by_itself: bool,
    ) -> Option<Vec<Tree>> {
        for (param, tree) in global.params.iter().zip(trees) {
            if let (Some(ty), Some(tree)) = (&param.ty, tree)
                && !self.matches(ty, &tree.ty, vars)
            {
                return None;
            }
        }
        let mut all = Vec::new();
        for ((param, arg), tree) in global.params.iter().zip(args).zip(trees) {
            if let Some(tree) = tree {
                all.push(tree.clone());
                continue;
            }
            let before = self.diagnostics.len();
            let tree = self.literal_for(param, arg, vars, env, by_itself);
            self.diagnostics.truncate(before);
            all.push(tree.ok()?);
        }
        Some(all)
    }

    fn literal_for(
        &mut self,
        param: &Param,
        arg: &Form,
        vars: &mut TypeVars,
        env: &Env,
        by_itself: bool,
    ) -> Res<Tree> {
        let Some(ty) = &param.ty else {
            return self.value(arg, env, None);
        };
        if ty.symbol() == Some("Literal") {
            let tree = self.value(arg, env, None)?;
            let literal = matches!((&tree.kind, &tree.ty), (Kind::Bytes(_), Ty::Str));
            return if literal { Ok(tree) } else { Err(Failed) };
        }
        let known = self
            .known_type(ty, vars)?
            .filter(|ty| !super::literal::bottom(ty));
        // What goes where a sequence is consumed is a list, as a literal.
        let want = match &known {
            Some(Ty::Seq(t)) => Some(Ty::List(t.clone())),
            known => known.clone(),
        };
        let plain = matches!(arg.kind, FormKind::Int(_) | FormKind::Str(_));
        let asked = want.as_ref().filter(|_| !(plain && by_itself));
        let tree = self.value(arg, env, asked)?;
        let fits = want.is_some_and(|want| self.fits(&tree, &want));
        if fits || self.matches(ty, &tree.ty, vars) {
            Ok(tree)
        } else {
            Err(Failed)
        }
    }

    fn no_overload(
        &mut self,
        name: &str,
        several: &[Rc<Global>],
        trees: &[Tree],
        at: Span,
    ) -> Res<Tree> {
        if let Some((global, n, vars)) = self.nearest(several, trees)
            && let Some(ty) = &global.params[n].ty
        {
            return self.no_match(&global, &global.params[n], ty, &trees[n], &vars);
        }
        let types: Vec<String> = trees.iter().map(|t| t.ty.to_string()).collect();
        let place = trees.first().map_or(self.place(at), |t| t.at);
        let mut uses: Vec<String> = several
            .iter()
            .map(|g| usage(g))
            .filter(|u| !u.contains("Literal"))
            .collect();
        uses.dedup();
        let defined = format!("it is defined as {}", uses.join(", "));
        let who = self.blamed(name, at);
        let why = format!("`{who}` is not defined for {}", types.join(" and "));
        let d = Problem::new(Code::Mismatch, place, why);
        let first = trees.first().map(|t| &t.ty);
        self.fail(match first {
            Some(Ty::Str) if trees.len() == 1 && uses.iter().any(|u| u.contains("Path")) => {
                d.help(format!("{defined}; `(path s)` makes a path of a text"))
            }
            Some(Ty::Option(_)) => d.help(format!(
                "{defined}; `if-let`, `or-else` and `match` take an Option apart"
            )),
            Some(Ty::Result(_)) => d.help(format!(
                "{defined}; `or-else`, `unwrap` and `match` take a Result apart"
            )),
            Some(ty) => match help::misused(&who, ty) {
                Some(help) => d.help(help),
                // What it does within is not what the program called.
                None if *who != *name => d,
                None => d.help(defined),
            },
            None => d.help(defined),
        })
    }

    /// The one function that takes the first argument, and which of the others it does not take.
    fn nearest(
        &mut self,
        several: &[Rc<Global>],
        trees: &[Tree],
    ) -> Option<(Rc<Global>, usize, TypeVars)> {
        let mut found = None;
        for global in several {
            let mut vars = TypeVars::new();
            let pairs = global.params.iter().zip(trees).enumerate();
            let mut wrong = None;
            for (n, (param, tree)) in pairs {
                let takes = match &param.ty {
                    Some(ty) => {
                        ty.symbol() != Some("Literal") && self.matches(ty, &tree.ty, &mut vars)
                    }
                    None => true,
                };
                if !takes {
                    wrong = Some(n);
                    break;
                }
            }
            if let Some(n @ 1..) = wrong {
                let same = |(other, at, _): &(Rc<Global>, usize, TypeVars)| {
                    *at == n && shown_type(&other.params[n]) == shown_type(&global.params[n])
                };
                match &found {
                    None => found = Some((global.clone(), n, vars)),
                    Some(one) if same(one) => {}
                    Some(_) => return None,
                }
            }
        }
        found
    }

    fn expand_with(
        &mut self,
        global: &Rc<Global>,
        trees: Vec<Tree>,
        vars: TypeVars,
        at: Span,
    ) -> Res<Tree> {
        let mut x = Expansion {
            scope: Env::default(),
            lets: Lets::new(),
            vars,
        };
        for (param, tree) in global.params.iter().zip(trees) {
            let wants = param.ty.as_ref().and_then(|t| t.symbol()).unwrap_or("");
            let wants_seq = param.ty.as_ref().and_then(|t| t.head()) == Some("Seq");
            x.scope = match (&tree.kind, wants) {
                (Kind::Bytes(text), "Literal") => {
                    let text = String::from_utf8_lossy(text).into_owned();
                    x.scope.with(&param.name, Binding::Literal(text.into()))
                }
                _ if wants_seq => {
                    let tree = match &param.ty {
                        Some(ty) => self.settled(tree, ty, &x.vars)?,
                        None => tree,
                    };
                    self.bind_sequence(param, tree, &x.scope, &mut x.lets)
                }
                _ => {
                    let tree = self.collected(tree);
                    // The type of an empty literal is known by now.
                    let known = match &param.ty {
                        Some(form) => self.known_type(form, &x.vars)?,
                        None => None,
                    };
                    let tree = match known {
                        Some(want) => self.coerce_argument(tree, &want, param, Some(global))?,
                        None => tree,
                    };
                    self.bind_param(param, tree, &x.scope, &mut x.lets)?
                }
            };
        }
        self.expand_body(global, x, None, at)
    }

    /// Expands. A literal for a bare type variable (the start of a `reduce`) has the type that it has by itself; where
    /// that turns out to be another, it is that one.
    pub(super) fn guessing(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let open = |(p, a): (&Param, &Form)| {
            is_guess(a)
                && p.ty
                    .as_ref()
                    .and_then(|t| t.symbol())
                    .is_some_and(is_type_var)
        };
        if !global.params.iter().zip(args).any(open) {
            return self.expand(global, args, env, want, None, at);
        }
        let reported = self.diagnostics.len();
        let mut guess = None;
        let mut first = None;
        for _ in 0..MAX_GUESSES {
            let work = self.work;
            self.gave = None;
            if let Ok(tree) = self.expand(global, args, env, want, guess.as_ref(), at) {
                return Ok(tree);
            }
            // What failed is tried again, in it what failed there: all that may cost so much and no more.
            let tried = self.work - work;
            let next = self.gave.take().filter(|ty| guess.as_ref() != Some(ty));
            if self.captured || tried > self.retries || next.is_none() {
                break;
            }
            self.retries -= tried;
            let said = self
                .diagnostics
                .split_off(reported.min(self.diagnostics.len()));
            first.get_or_insert(said);
            guess = next;
        }
        if let Some(first) = first {
            self.diagnostics.truncate(reported);
            self.diagnostics.extend(first);
        }
        Err(Failed)
    }
}
