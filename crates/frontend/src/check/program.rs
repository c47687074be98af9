//! Whole programs: definitions, the entry and its parameters.

use super::env::{Binding, Env, Global, Param};
use super::problem::Problem;
use super::{Checker, Defined, Failed, Res, wrap_lets};
use crate::diag::{Code, Diagnostic};
use crate::read::{Form, FormKind};
use crate::tree::{Checked, Func, ParamTree, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::{Bind, Span};
use std::collections::HashMap;
use std::rc::Rc;

/// The forms that define functions and types: they may stand in any order.
pub(super) const DEFINITIONS: &[&str] = &["defn", "defn-", "defrecord", "defenum"];

/// Checks a program. `defined` are the values of earlier definitions it may name; `earlier` the forms of earlier
/// definitions of functions and types, in order.
pub fn check(
    forms: &[Form],
    earlier: &[Form],
    defined: &[Defined],
    end: Span,
) -> Result<Checked, Vec<Diagnostic>> {
    let mut checker = Checker::new();
    checker.site = end;
    let result = checker.program(forms, earlier, defined, end);
    match result {
        Ok(checked) if checker.diagnostics.is_empty() => Ok(checked),
        _ => Err(checker.told()),
    }
}

/// Checks definitions of functions and types alone, as far as that is possible without a call.
pub fn check_definitions(
    forms: &[Form],
    earlier: &[Form],
    defined: &[Defined],
) -> Result<(), Vec<Diagnostic>> {
    let mut checker = Checker::new();
    let _ = checker.definitions(forms, earlier, defined);
    if checker.diagnostics.is_empty() {
        Ok(())
    } else {
        Err(checker.told())
    }
}

/// The name that a definition defines.
pub(super) fn defined_name(form: &Form) -> Option<&str> {
    form.list()?.get(1)?.symbol()
}

/// Whether a form at top level defines a function or a type.
pub fn is_definition(form: &Form) -> bool {
    form.head().is_some_and(|h| DEFINITIONS.contains(&h))
}

impl Checker {
    /// What is wrong, in the order of the text.
    fn told(&mut self) -> Vec<Diagnostic> {
        let mut all = std::mem::take(&mut self.diagnostics);
        all.sort_by_key(|d| d.at);
        all
    }

    /// Takes in the definitions of one text, in which a name is defined once.
    fn define_all(&mut self, forms: &[&Form]) -> Res<()> {
        let mut names: HashMap<&str, Span> = HashMap::new();
        let mut wrong = false;
        for form in forms {
            let Some(name) = form.list().and_then(|l| l.get(1)) else {
                continue;
            };
            let Some(text) = name.symbol() else {
                continue;
            };
            if let Some(first) = names.insert(text, name.at) {
                let what = if form.head().is_some_and(|h| h.starts_with("defn")) {
                    "function"
                } else {
                    "type"
                };
                let why = format!("the {what} `{text}` is defined twice");
                let d = Problem::new(Code::Redefined, name.at, why).note(first, "defined here");
                wrong |= self.fail::<()>(d).is_err();
                self.wrong.insert(text.into());
            }
        }
        let is_function = |f: &&Form| f.head().is_some_and(|h| h.starts_with("defn"));
        let (functions, types): (Vec<&Form>, Vec<&Form>) =
            forms.iter().partition(|f| is_function(f));
        wrong |= self.declare_types(&types).is_err();
        for form in functions {
            if let Err(Failed) = self.define(form) {
                wrong = true;
                self.wrong.extend(defined_name(form).map(Rc::from));
            }
        }
        if wrong { Err(Failed) } else { Ok(()) }
    }

    /// Takes in a `defn`.
    fn define(&mut self, form: &Form) -> Res<()> {
        let arities = self.parse_defn(form)?;
        let Some(first) = arities.first() else {
            return Ok(());
        };
        let name = first.name.clone();
        self.globals
            .insert(name, arities.into_iter().map(Rc::new).collect());
        Ok(())
    }

    /// Takes in what a session has defined before; what a later definition has replaced is gone already.
    fn take_in_earlier(&mut self, earlier: &[Form]) -> Res<()> {
        let forms: Vec<&Form> = earlier.iter().collect();
        self.define_all(&forms)
    }

    /// Values of a session, unless their type has been defined anew since.
    fn take_in_values(&mut self, defined: &[Defined]) -> (Env, Vec<ParamTree>) {
        let mut env = Env::default();
        let mut params = Vec::new();
        for d in defined {
            if !self.is_current(&d.ty) {
                self.outdated.push((d.name.clone(), d.ty.to_string()));
                continue;
            }
            let var = self.var(d.ty.clone());
            params.push(ParamTree {
                name: d.name.clone(),
                ty: d.ty.clone(),
                var,
                bind: Bind::Def,
            });
            env = env.with(&d.name, Binding::Local(var, 0));
        }
        self.top = env.clone();
        (env, params)
    }

    fn definitions(&mut self, forms: &[Form], earlier: &[Form], defined: &[Defined]) -> Res<()> {
        self.take_in_earlier(earlier)?;
        let defined_now = self.define_all(&forms.iter().collect::<Vec<_>>());
        self.take_in_values(defined);
        defined_now?;
        for form in forms {
            self.check_unused(form, false);
        }
        Ok(())
    }

    pub(super) fn program(
        &mut self,
        forms: &[Form],
        earlier: &[Form],
        defined: &[Defined],
        end: Span,
    ) -> Res<Checked> {
        self.take_in_earlier(earlier)?;
        let (definitions, body): (Vec<&Form>, Vec<&Form>) =
            forms.iter().partition(|f| is_definition(f));
        let well_defined = self.define_all(&definitions).is_ok();
        let (env, mut params) = self.take_in_values(defined);
        let main = definitions.iter().find(|f| defined_name(f) == Some("main"));
        let tree = self.entry(&body, main.copied(), &mut params, &env, end);
        for form in &definitions {
            self.check_unused(form, true);
        }
        let tree = tree?;
        if !well_defined || !self.diagnostics.is_empty() {
            return Err(Failed);
        }
        let last = body.last().filter(|f| f.head() == Some("def"));
        let defines = last.and_then(|f| defined_name(f)).map(str::to_string);
        let result = if defines.is_some() || !matches!(tree.ty, Ty::Seq(_)) {
            self.collected(tree)
        } else {
            tree
        };
        self.storable_result(&result)?;
        let entry = Func {
            name: "main".into(),
            params,
            result: result.ty.clone(),
            body: Some(result),
        };
        Ok(Checked {
            entry,
            funcs: std::mem::take(&mut self.funcs),
            vars: std::mem::take(&mut self.vars),
            enums: self.declared_enums(),
            records: self.declared_records(),
            defines,
        })
    }

    /// What runs: `main`, a function at the end, or expressions.
    fn entry(
        &mut self,
        body: &[&Form],
        main: Option<&Form>,
        params: &mut Vec<ParamTree>,
        env: &Env,
        end: Span,
    ) -> Res<Tree> {
        match (body.last(), main) {
            (Some(last), None) if last.head() == Some("fn") => {
                self.entry_function(body, last, params, env)
            }
            (Some(_), None) => self.sequence(body, env),
            (Some(extra), Some(_)) if extra.head() != Some("def") => {
                let d = Problem::new(
                    Code::NoProgram,
                    extra.at,
                    "a program is either `main` or expressions",
                )
                .help("put the expression into `main`, or give that function another name");
                self.fail(d)
            }
            (_, Some(form)) => {
                self.with_defs(body, env, |me, env| me.entry_of_main(form, params, env))
            }
            // What was to be the program may be what is wrong.
            (None, None) if !self.diagnostics.is_empty() => Err(Failed),
            (None, None) => {
                let d = Problem::new(Code::NoProgram, end, "there is no program here")
                    .help("write an expression, a `(fn [...] ...)`, or `(defn main [...] ...)`");
                self.fail(d)
            }
        }
    }

    fn storable_result(&mut self, tree: &Tree) -> Res<()> {
        if self.leaves(&tree.ty) {
            return Ok(());
        }
        let why = match &tree.ty {
            Ty::Array(_) => "an array cannot leave the program".to_string(),
            ty => format!(
                "a {} cannot leave the program",
                ty.element().unwrap_or(ty.clone())
            ),
        };
        let d = Problem::new(Code::SecondClass, tree.at, why);
        let d = match &tree.ty {
            Ty::Array(_) => d.help("`(freeze a)` gives its elements as a List"),
            _ => d,
        };
        self.fail(d)
    }

    /// Whether values of a type may be seen by a host.
    fn leaves(&self, ty: &Ty) -> bool {
        let inner = matches!(
            ty,
            Ty::Name
                | Ty::Listing
                | Ty::Root
                | Ty::Buf(_)
                | Ty::Array(_)
                | Ty::MapBuilder(_)
                | Ty::Desc(_)
        );
        !inner
            && ty
                .parts()
                .into_iter()
                .all(|t| !matches!(t, Ty::Seq(_)) && self.leaves(t))
    }

    fn entry_of_main(&mut self, form: &Form, params: &mut Vec<ParamTree>, env: &Env) -> Res<Tree> {
        let mut arities = self.parse_defn(form)?;
        let Some(global) = arities.pop().filter(|_| arities.is_empty()) else {
            let d = Problem::new(Code::Arity, form.at, "`main` has one list of parameters");
            return self.fail(d.help("(defn main [d :- Dir limit :- Size] ...)"));
        };
        self.entry_body(
            &global.params,
            global.result.as_ref(),
            &global.body,
            params,
            env,
        )
    }

    fn entry_function(
        &mut self,
        body: &[&Form],
        last: &Form,
        params: &mut Vec<ParamTree>,
        env: &Env,
    ) -> Res<Tree> {
        let (names, result, forms) = self.parse_fn(last)?;
        let before = &body[..body.len() - 1];
        self.with_defs(before, env, |me, env| {
            me.entry_body(&names, result.as_ref(), &forms, params, env)
        })
    }

    fn entry_body(
        &mut self,
        names: &[Param],
        result: Option<&Form>,
        body: &[Form],
        params: &mut Vec<ParamTree>,
        env: &Env,
    ) -> Res<Tree> {
        let mut env = env.inner();
        let mut lets: Vec<(Var, Tree)> = Vec::new();
        for p in names {
            let ty = self.entry_parameter(p)?;
            let var = self.var(ty.clone());
            params.push(ParamTree {
                name: p.name.to_string(),
                ty,
                var,
                bind: Bind::Arg,
            });
            env = env.with(&p.name, Binding::Local(var, 0));
            env = self.destructure_param(p, var, env, &mut lets)?;
        }
        let want = match result {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let tree = self.body(body, &env, want.as_ref())?;
        let tree = match want {
            Some(want) => self.coerce(tree, &want, "the program")?,
            None => tree,
        };
        Ok(wrap_lets(lets, tree))
    }

    fn entry_parameter(&mut self, p: &Param) -> Res<Ty> {
        let Some(form) = &p.ty else {
            let d = Problem::new(
                Code::NeedsType,
                p.at,
                format!("the parameter `{}` of a program needs a type", p.name),
            )
            .help(format!(
                "write `{} :- Dir` (or Path, Str, Int, Float, Size, Duration, Bool)",
                p.name
            ));
            return self.fail(d);
        };
        let ty = self.parse_type(form)?;
        // What takes the words that are left is a list of what they are, with nothing to be closed.
        let one = match &ty {
            Ty::List(t) if p.rest && **t != Ty::Dir => t,
            ty => ty,
        };
        if !matches!(
            one,
            Ty::Dir | Ty::Path | Ty::Str | Ty::Int | Ty::Float | Ty::Size | Ty::Duration | Ty::Bool
        ) {
            let d = Problem::new(
                Code::BadType,
                form.at,
                format!("a program cannot have a parameter of type {ty}"),
            )
            .help("a host or a command line passes Dir, Path, Str, Int, Float, Size, Duration and Bool; what stands after `&` is a List of them, but of Dir");
            return self.fail(d);
        }
        Ok(ty)
    }

    /// Checks `def`s, and `rest` where they can be named.
    fn with_defs(
        &mut self,
        defs: &[&Form],
        env: &Env,
        rest: impl FnOnce(&mut Self, &Env) -> Res<Tree>,
    ) -> Res<Tree> {
        let mut env = env.inner();
        let mut lets = Vec::new();
        let mut wrong = false;
        for form in defs {
            if form.head() != Some("def") {
                match self.value(form, &env, None) {
                    Ok(value) => lets.push((self.var(value.ty.clone()), value)),
                    Err(Failed) => wrong = true,
                }
                continue;
            }
            let binding = match self.def(form, &env) {
                Ok((_, value)) => {
                    let var = self.var(value.ty.clone());
                    lets.push((var, value));
                    Binding::Local(var, 0)
                }
                Err(Failed) => {
                    wrong = true;
                    Binding::Wrong
                }
            };
            if let Some(name) = defined_name(form) {
                env = env.with(name, binding.clone());
                self.top = self.top.with(name, binding);
            }
        }
        let body = rest(self, &env)?;
        if wrong {
            return Err(Failed);
        }
        Ok(wrap_lets(lets, body))
    }

    /// Top-level forms one after another; the last gives the value.
    fn sequence(&mut self, body: &[&Form], env: &Env) -> Res<Tree> {
        let (last, before) = body.split_last().ok_or(Failed)?;
        self.with_defs(before, env, |me, env| match last.head() {
            Some("def") => Ok(me.def(last, env)?.1),
            _ => me.infer(last, env, None),
        })
    }

    fn def(&mut self, form: &Form, env: &Env) -> Res<(Rc<str>, Tree)> {
        let parts = form.list().unwrap_or(&[]);
        let (name, ty, value) = match parts {
            [_, name, value] => (name, None, value),
            [_, name, doc, value] if matches!(doc.kind, FormKind::Str(_)) => (name, None, value),
            [_, name, dash, ty, value] if super::functions::is_dash(dash) => {
                (name, Some(ty), value)
            }
            _ => {
                let d = Problem::new(Code::BadForm, form.at, "`def` takes a name and a value")
                    .help("(def limit 10KiB)");
                return self.fail(d);
            }
        };
        let FormKind::Symbol(name) = &name.kind else {
            let d = Problem::new(Code::BadForm, name.at, "`def` takes a name first");
            return self.fail(d.help("(def limit 10KiB)"));
        };
        self.new_name(name, parts[1].at)?;
        if let Some(help) = self.def_of_function(name, value, env) {
            let why = "a function is not a value that `def` could keep";
            return self.fail(Problem::new(Code::SecondClass, value.at, why).help(help));
        }
        let want = match ty {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let tree = self.value(value, env, want.as_ref())?;
        let tree = match want {
            Some(want) => self.coerce(tree, &want, &format!("`{name}`"))?,
            None => tree,
        };
        Ok((name.clone(), tree))
    }

    /// What to write instead of a `def` of a function, if that is one.
    fn def_of_function(&self, name: &str, value: &Form, env: &Env) -> Option<String> {
        match &value.kind {
            FormKind::Symbol(f) if self.names_function(f, value.at, env) => {
                Some(format!("write `(defn {name} [x] ({f} x))`"))
            }
            FormKind::Keyword(k) => Some(format!("write `(defn {name} [x] (:{k} x))`")),
            FormKind::List(_) => match value.head().filter(|h| env.get(h).is_none())? {
                "fn" => Some(format!("write `(defn {name} [...] ...)`")),
                head if super::functions::NAMES.contains(&head) => {
                    Some(format!("write `(defn {name} [x] (({head} ...) x))`"))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a name is a parameter of the IR's functions: those of generic ones are told apart by their types.
    pub(super) fn is_generic(&self, global: &Global) -> bool {
        let types = global.params.iter().filter_map(|p| p.ty.as_ref());
        let mut forms: Vec<&Form> = types.collect();
        while let Some(form) = forms.pop() {
            match &form.kind {
                FormKind::Symbol(s) if super::types::is_type_var(s) => return true,
                FormKind::List(f) | FormKind::Vector(f) | FormKind::Map(f) => {
                    forms.extend(f.iter())
                }
                _ => {}
            }
        }
        false
    }
}
