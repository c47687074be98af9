//! The parameters of a function that is expanded, and what it is called with.

use super::env::{Binding, Env, FnValue, Global, Param};
use super::expand::*;
use super::functions::Lets;
use super::help;
use super::literal::is_guess;
use super::problem::Problem;
use super::types::TypeVars;
use super::{Checker, Failed, Res, plain};
use crate::diag::Code;
use crate::read::Form;
use crate::tree::Tree;
use crate::ty::Ty;
use sawmill_ir::module::Span;
use std::rc::Rc;

impl Checker {
    /// Binds a parameter to an argument of `env`: a function, or a value that is evaluated once.
    pub(super) fn bind(
        &mut self,
        param: &Param,
        arg: &Form,
        env: &Env,
        scope: &Env,
        lets: &mut Lets,
        of: Option<&Global>,
    ) -> Res<Env> {
        if param.ty.is_none()
            && param.pattern.is_none()
            && let Some(f) = self.function_value(arg, env, lets)?
        {
            return Ok(scope.with(&param.name, Binding::Fn(f)));
        }
        let want = match &param.ty {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let tree = self.value(arg, env, want.as_ref())?;
        let tree = match &want {
            Some(want) => self.coerce_argument(tree, want, param, of)?,
            None => tree,
        };
        self.bind_param(param, tree, scope, lets)
    }

    /// Names the value of a parameter, and its parts.
    pub(super) fn bind_param(
        &mut self,
        param: &Param,
        tree: Tree,
        scope: &Env,
        lets: &mut Lets,
    ) -> Res<Env> {
        match &param.pattern {
            Some(pattern) => self.destructure(pattern, tree, scope.clone(), lets),
            None => Ok(self.bind_tree(&param.name, tree, scope, lets)),
        }
    }

    pub(super) fn coerce_argument(
        &mut self,
        tree: Tree,
        want: &Ty,
        param: &Param,
        of: Option<&Global>,
    ) -> Res<Tree> {
        let Some(global) = of else {
            return self.coerce(tree, want, &format!("`{}`", param.name));
        };
        if self.fits(&tree, want) || tree.ty == Ty::Never {
            return self.coerce(tree, want, "");
        }
        self.wrong_argument(global, param, &want.to_string(), &tree, Some(want))
    }

    /// Reports an argument of another type than its parameter has.
    pub(super) fn wrong_argument(
        &mut self,
        global: &Global,
        param: &Param,
        needs: &str,
        tree: &Tree,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let why = format!(
            "the parameter `{}` of `{}` needs {needs}, this is {}",
            param.name, global.name, tree.ty
        );
        let d = Problem::new(Code::Mismatch, tree.at, why).label(tree.ty.to_string());
        let first = global.params.first().is_some_and(|p| p.name == param.name);
        let misused = help::misused(&global.name, &tree.ty).filter(|_| first);
        let misused = misused.map(str::to_string);
        let known = misused.or_else(|| self.help_for(tree, want?));
        self.fail(d.help(known.unwrap_or_else(|| usage(global))))
    }

    pub(super) fn function_for_sequence<T>(
        &mut self,
        global: &Global,
        name: &str,
        at: Span,
    ) -> Res<T> {
        let who = &global.name;
        let why = format!(
            "`{who}` goes over a List or a sequence, `{}` is a function",
            plain(name)
        );
        let d = Problem::new(Code::Mismatch, self.place(at), why);
        self.fail(d.help(usage(global)))
    }

    /// A sequence runs where it is consumed; what is there already has been evaluated before.
    pub(super) fn bind_sequence(
        &mut self,
        param: &Param,
        tree: Tree,
        scope: &Env,
        lets: &mut Lets,
    ) -> Env {
        match &tree.ty {
            Ty::Seq(_) => scope.with(&param.name, Binding::Seq(Rc::new(tree))),
            _ => {
                let list = self.as_list(tree);
                self.bind_tree(&param.name, list, scope, lets)
            }
        }
    }

    /// Names the arguments of an expansion; functions last, which may need what the others have said of types.
    pub(super) fn bind_all(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        trees: Vec<Option<Tree>>,
        x: &mut Expansion,
    ) -> Res<()> {
        if global.takes_forms() {
            x.scope = self.bind_forms(global, args, env);
        }
        for ((param, arg), tree) in global.params.iter().zip(args).zip(trees) {
            x.scope = match (tree, &param.ty) {
                (None, None) if param.rest && global.takes_forms() => continue,
                (None, None) => self.bind(param, arg, env, &x.scope, &mut x.lets, Some(global))?,
                (Some(tree), Some(ty)) => self.bind_typed(param, tree, ty, x)?,
                _ => continue,
            };
        }
        for (i, param) in global.params.iter().enumerate() {
            if let Some(ty) = param.ty.as_ref().filter(|ty| ty.head() == Some("Fn"))
                && let Some(arg) = args.get(i)
            {
                self.bind_function(global, i, ty, arg, env, x)?;
            }
        }
        Ok(())
    }

    fn bind_typed(&mut self, param: &Param, tree: Tree, ty: &Form, x: &mut Expansion) -> Res<Env> {
        let tree = self.settled(tree, ty, &x.vars)?;
        match ty.head() {
            Some("Seq") => Ok(self.bind_sequence(param, tree, &x.scope, &mut x.lets)),
            _ => self.bind_param(param, tree, &x.scope, &mut x.lets),
        }
    }

    pub(super) fn wrong_sequence<T>(
        &mut self,
        global: &Global,
        (param, ty): (&Param, &Form),
        tree: &Tree,
        vars: &TypeVars,
        at: Span,
    ) -> Res<T> {
        let _ = match tree.ty.element() {
            Some(_) => self.no_match(global, param, ty, tree, vars),
            None => self.no_sequence(&self.blamed(&global.name, at), tree),
        };
        Err(Failed)
    }

    /// An argument for a parameter with the type of a value.
    pub(super) fn argument(
        &mut self,
        global: &Global,
        i: usize,
        (ty, arg): (&Form, &Form),
        env: &Env,
        literal: Option<&Ty>,
        vars: &mut TypeVars,
    ) -> Res<Tree> {
        let param = &global.params[i];
        let known = self
            .known_type(ty, vars)?
            .filter(|ty| !super::literal::bottom(ty));
        let guess = literal.filter(|_| is_guess(arg));
        let mut tree = self.value(arg, env, known.as_ref().or(guess))?;
        if global.at.source == 0 && ty.head() == Some("List") {
            tree = self.as_list(tree);
        }
        match (&known, guess) {
            (Some(want), _) => self.coerce_argument(tree, want, param, Some(global)),
            (None, Some(guess)) => {
                let tree = self.coerce_argument(tree, guess, param, Some(global))?;
                self.matches(ty, &tree.ty, vars);
                Ok(tree)
            }
            (None, None) => {
                if !self.matches(ty, &tree.ty, vars) {
                    return self.no_match(global, param, ty, &tree, vars);
                }
                Ok(tree)
            }
        }
    }

    /// The arguments after the last but one parameter, as they are written.
    fn bind_forms(&self, global: &Global, args: &[Form], env: &Env) -> Env {
        let at = global.params.len().saturating_sub(1);
        let name = global.params.last().map_or("", |p| &p.name);
        let forms = args.get(at..).unwrap_or(&[]);
        Env::default().with(name, Binding::Forms(forms.into(), env.clone()))
    }

    /// Binds a parameter of type `(Fn [A ...] R)`.
    fn bind_function(
        &mut self,
        global: &Global,
        i: usize,
        ty: &Form,
        arg: &Form,
        env: &Env,
        x: &mut Expansion,
    ) -> Res<()> {
        let param = &global.params[i];
        let Some(f) = self.function_value(arg, env, &mut x.lets)? else {
            let tree = self.value(arg, env, None)?;
            let name = &global.name;
            let why = format!("`{name}` needs a function here, this is {}", tree.ty);
            return self.fail(Problem::new(Code::Mismatch, tree.at, why).help(usage(global)));
        };
        let parts = ty.list().unwrap_or(&[]);
        let result = match parts.get(2) {
            Some(form) => self.known_type(form, &x.vars)?,
            None => None,
        };
        let f = match result {
            Some(result) => Rc::new(FnValue::Wanted {
                inner: f,
                result,
                by: self.named_for(global),
            }),
            None => match parts.get(2).filter(|p| p.head().is_some()) {
                Some(shape) => Rc::new(FnValue::Shaped {
                    inner: f,
                    shape: shape.clone(),
                    by: self.named_for(global),
                }),
                None => f,
            },
        };
        x.scope = x.scope.with(&param.name, Binding::Fn(f));
        Ok(())
    }
}
