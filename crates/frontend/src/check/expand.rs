//! Functions that are expanded where they are called, and the choice among functions of one name.

use super::env::{Binding, EMIT, Env, Global, Param, RECUR, STOP};
use super::functions::Lets;
use super::literal::is_guess;
use super::problem::Problem;
use super::types::{TypeVars, is_type_var};
use super::{Checker, Expanding, Res, State, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use std::cell::RefCell;
use std::rc::Rc;

/// How deep functions may be expanded in one another.
pub(super) const MAX_EXPANSION: usize = 64;
/// How deep a function may be expanded within itself: more is taken for recursion.
pub(super) const MAX_WITHIN_ITSELF: usize = 8;

/// An expansion that is being put together.
pub(super) struct Expansion {
    pub(super) scope: Env,
    pub(super) lets: Lets,
    pub(super) vars: TypeVars,
}

impl Checker {
    pub(super) fn apply_global(
        &mut self,
        name: &str,
        overloads: &[Rc<Global>],
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        match overloads.iter().any(|g| !g.options.is_empty()) {
            true => self.with_options(name, overloads, args, env, want, at),
            false => self.apply_overloads(name, overloads, args, env, want, at),
        }
    }

    /// A call of functions of one name, without options among the arguments.
    pub(super) fn apply_overloads(
        &mut self,
        name: &str,
        overloads: &[Rc<Global>],
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let takes = overloads.iter().filter(|g| g.takes(args.len()));
        let mut fitting: Vec<Rc<Global>> = takes.cloned().collect();
        // One for just so many arguments goes before one for that many or more.
        let rest = |g: &Rc<Global>| g.params.last().is_some_and(|p| p.rest);
        if !fitting.iter().all(rest) {
            fitting.retain(|g| !rest(g));
        }
        match &fitting[..] {
            [] => {
                let folds = |g: &&Rc<Global>| g.folds && g.params.len() < args.len();
                match overloads.iter().find(folds) {
                    Some(g) => self.folded(name, g.params.len(), overloads, args, env, want, at),
                    None => self.no_arity(name, overloads, args.len(), at),
                }
            }
            [one] if one.takes_forms() => self.expand(&one.clone(), args, env, want, None, at),
            [one] => {
                let one = one.clone();
                let args = self.gathered(&one.params, args, at).into_owned();
                self.apply_one(&one, &args, env, want, at)
            }
            several => {
                let several = several.to_vec();
                self.overloaded(name, &several, args, env, at)
            }
        }
    }

    /// `(concat a b c)` is `(concat (concat a b) c)` once each argument has been evaluated; `takes` of them at first.
    #[allow(
        clippy::too_many_arguments,
        reason = "a call, and how many arguments of it are combined at once"
    )]
    fn folded(
        &mut self,
        name: &str,
        takes: usize,
        overloads: &[Rc<Global>],
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let mut lets = Lets::new();
        let mut env = env.clone();
        let mut forms = Vec::new();
        for arg in args {
            // What a literal is follows from what it is combined with.
            if is_guess(arg) || super::literal::is_literal(arg) {
                forms.push(arg.clone());
                continue;
            }
            let form = match self.function_value(arg, &env, &mut lets)? {
                Some(f) => {
                    let name = self.fresh("function");
                    env = env.with(&name, Binding::Fn(f));
                    Form::sym(&name, arg.at)
                }
                None => {
                    let tree = self.infer(arg, &env.inner(), None)?;
                    self.named_operand(tree, &mut env, &mut lets)
                }
            };
            forms.push(form);
        }
        let (mut first, more) = (forms[..takes].to_vec(), &forms[takes..]);
        for next in more {
            let tree = self.apply_global(name, overloads, &first, &env, None, at)?;
            first[takes - 2] = self.named_operand(tree, &mut env, &mut lets);
            first[takes - 1] = next.clone();
        }
        let tree = self.apply_global(name, overloads, &first, &env, want, at)?;
        Ok(wrap_lets(lets, tree))
    }

    /// A name for an operand: a sequence runs where it is consumed.
    pub(super) fn named_operand(&mut self, tree: Tree, env: &mut Env, lets: &mut Lets) -> Form {
        let at = tree.at;
        if let Ty::Seq(_) = tree.ty {
            let name = self.fresh("sequence");
            *env = env.with(&name, Binding::Seq(Rc::new(tree)));
            return Form::sym(&name, at);
        }
        let (form, inner) = self.as_argument(tree, env, lets);
        *env = inner;
        form
    }

    /// What can be gone over, as a list: the pairs of a map, the elements of a set.
    pub(super) fn as_list(&mut self, tree: Tree) -> Tree {
        let (op, ty, at) = match &tree.ty {
            Ty::Map(_) => (Op::MapEntries, tree.ty.element(), tree.at),
            Ty::Set(_) => (Op::MapKeys, tree.ty.element(), tree.at),
            _ => return tree,
        };
        match ty {
            Some(element) => Tree::new(Kind::Op(op, vec![tree]), element.list(), at),
            None => tree,
        }
    }

    /// Whether every parameter is annotated with a type of values, and the result is not said to be a sequence.
    pub(super) fn is_first_order(&self, global: &Global) -> bool {
        let value = |form: &Form| match &form.kind {
            FormKind::Symbol(s) => !matches!(&**s, "Literal" | "Tuple" | "Any"),
            FormKind::List(_) => !matches!(form.head(), Some("Fn" | "Seq" | "Stored")),
            _ => true,
        };
        let typed = |p: &Param| p.ty.as_ref().is_some_and(value);
        global.at.source != 0
            && global.params.iter().all(typed)
            && global
                .result
                .as_ref()
                .is_none_or(|r| r.head() != Some("Seq"))
    }

    fn apply_one(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        if self.is_first_order(global) {
            if self.is_generic(global) {
                return self.call_generic(global, args, env, want, at);
            }
            match self.function(global, Vec::new()) {
                State::Wrong => return self.call_of_wrong(args, env),
                State::Expanded => {}
                state => return self.call(global, state, args, env, at),
            }
        }
        self.guessing(global, args, env, want, at)
    }

    pub(super) fn expand(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        literal: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let mut x = Expansion {
            scope: if global.at.source == 0 {
                Env::default()
            } else {
                self.top.inner()
            },
            lets: Lets::new(),
            vars: TypeVars::new(),
        };
        let trees = self.typed_arguments(global, args, env, literal, &mut x.vars, at)?;
        self.bind_all(global, args, env, trees, &mut x)?;
        self.expand_body(global, x, want, at)
    }

    /// The arguments of an expansion whose parameters have types of values or of sequences.
    fn typed_arguments(
        &mut self,
        global: &Rc<Global>,
        args: &[Form],
        env: &Env,
        literal: Option<&Ty>,
        vars: &mut TypeVars,
        at: Span,
    ) -> Res<Vec<Option<Tree>>> {
        let mut trees = Vec::new();
        for (i, (param, arg)) in global.params.iter().zip(args).enumerate() {
            trees.push(match &param.ty {
                None => None,
                Some(ty) if ty.head() == Some("Fn") => None,
                Some(ty) if ty.head() == Some("Seq") => {
                    if let Some(name) = arg.symbol().filter(|n| self.names_function(n, arg.at, env))
                    {
                        return self.function_for_sequence(global, name, arg.at);
                    }
                    let tree = self.infer(arg, &env.inner(), None)?;
                    if !self.matches(ty, &tree.ty, vars) {
                        return self.wrong_sequence(global, (param, ty), &tree, vars, at);
                    }
                    Some(tree)
                }
                Some(ty) => Some(self.argument(global, i, (ty, arg), env, literal, vars)?),
            });
        }
        Ok(trees)
    }

    /// An argument, now that the others have said what type variables stand for: what is empty is of that type.
    pub(super) fn settled(&mut self, tree: Tree, ty: &Form, vars: &TypeVars) -> Res<Tree> {
        if !super::literal::bottom(&tree.ty) {
            return Ok(tree);
        }
        let want = match (self.known_type(ty, vars)?, &tree.ty) {
            (Some(Ty::Seq(t)), Ty::List(_)) => Ty::List(t),
            (Some(want), _) => want,
            _ => return Ok(tree),
        };
        match self.bottom_fits(&tree.ty, &want) {
            true => self.widened(tree, &want),
            false => Ok(tree),
        }
    }

    pub(super) fn no_sequence(&mut self, name: &str, tree: &Tree) -> Res<Tree> {
        let why = format!(
            "`{name}` goes over a List or a sequence, this is {}",
            tree.ty
        );
        let d = Problem::new(Code::Mismatch, tree.at, why);
        let d = match tree.ty {
            Ty::Dir => d.help("`(list d)` gives the entries of a directory"),
            Ty::Str => {
                d.help("`(chars s)` gives the characters of a text, `(split-lines s)` its lines")
            }
            Ty::Option(_) => d.help("`if-let`, `or-else` and `match` take an Option apart"),
            Ty::Result(_) => d.help(
                "`(unwrap r)` gives the value of a Result, `(or-else r [])` that or a default",
            ),
            Ty::Record(_) if tree.ty.as_tuple().is_some() => d.help(
                "values of different types in brackets are a tuple; those of a List have one type",
            ),
            Ty::Int => d.help("`(range n)` gives the integers from 0 up to n"),
            Ty::Array(_) => d.help("`(freeze a)` gives the elements of an array as a List"),
            _ => d,
        };
        self.fail(d)
    }

    /// A type as written, unless there is a type variable in it that nothing has bound yet.
    pub(super) fn known_type(&mut self, form: &Form, vars: &TypeVars) -> Res<Option<Ty>> {
        let mut forms = vec![form];
        while let Some(form) = forms.pop() {
            match &form.kind {
                FormKind::Symbol(s) if is_type_var(s) && !vars.contains_key(&**s) => {
                    return Ok(None);
                }
                FormKind::Symbol(s) if matches!(&**s, "Tuple" | "Any" | "Stored" | "Building") => {
                    return Ok(None);
                }
                FormKind::List(f) if matches!(forms_head(f), Some("Tuple")) => {
                    forms.extend(f[1..].iter())
                }
                FormKind::List(f) | FormKind::Vector(f) | FormKind::Map(f) => {
                    forms.extend(f.iter())
                }
                _ => {}
            }
        }
        self.parse_type_with(form, vars).map(Some)
    }

    /// The name that a program knows a function by: one of the prelude's own has that of the function it helps.
    pub(super) fn named_for(&self, global: &Global) -> Rc<str> {
        match &self.blame {
            Some(blame) if global.at.source == 0 && global.doc.is_none() => blame.clone(),
            _ => global.name.clone(),
        }
    }

    pub(super) fn expand_body(
        &mut self,
        global: &Rc<Global>,
        x: Expansion,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        // A function that is passed to itself is expanded within itself, and that ends.
        let within = self.expanding.iter().filter(|e| e.global.id == global.id);
        if global.at.source != 0 && within.count() >= MAX_WITHIN_ITSELF {
            return self.endless(global, at);
        }
        if self.expanding.len() > MAX_EXPANSION {
            return self.too_deep("calls that are expanded", MAX_EXPANSION, at);
        }
        let mut x = x;
        if !global.options.is_empty() {
            x.scope = self.bind_options(global, x.scope, &mut x.lets)?;
        }
        let place = self.place(at);
        self.needed(global, &x.vars, place)?;
        self.expanding.push(Expanding {
            global: global.clone(),
            call: place,
            level: self.level,
        });
        let site = std::mem::replace(&mut self.site, place);
        let blame = match (global.at.source, &self.blame) {
            (0, Some(blame)) if at.source == 0 => blame.clone(),
            _ => global.name.clone(),
        };
        let blame = (global.at.source == 0).then_some(blame);
        let blame = std::mem::replace(&mut self.blame, blame);
        let outer_vars = std::mem::replace(&mut self.type_vars, x.vars);
        let element = Rc::new(RefCell::new(None));
        let scope = match global.at.source {
            0 => x.scope.inner().with(EMIT, Binding::Emit(element.clone())),
            _ => x.scope.inner(),
        };
        debug_assert!(scope.get(RECUR).is_none() && scope.get(STOP).is_none());
        let result = self.expanded(global, &scope, want);
        self.type_vars = outer_vars;
        self.expanding.pop();
        self.site = site;
        self.blame = blame;
        let mut tree = result?;
        match (element.take(), &global.result) {
            (Some(element), _) => tree = tree.with_type(Ty::seq(element)),
            // Nothing is known of the elements of an empty literal.
            (None, Some(ty))
                if global.at.source == 0 && ty.head() == Some("Seq") && tree.ty == Ty::Unit =>
            {
                tree = tree.with_type(Ty::Never.seq());
            }
            _ => {}
        }
        Ok(wrap_lets(x.lets, tree))
    }

    /// Reports what a function needs of its type variables and does not get.
    pub(super) fn needed(&mut self, global: &Global, vars: &TypeVars, at: Span) -> Res<()> {
        for (need, var) in &global.needs {
            if let Some(ty) = vars.get(&**var) {
                self.require(ty, *need, &format!("`{}`", global.name), at)?;
            }
        }
        Ok(())
    }

    /// The function of the library, or of the program, that is being expanded: whom a mistake in it is told of.
    pub(super) fn who(&self, otherwise: &str) -> String {
        match self.expanding.last() {
            Some(of) if of.global.at.source == 0 => {
                format!("`{}`", self.blamed(&of.global.name, Span::default()))
            }
            _ => format!("`{otherwise}`"),
        }
    }

    pub(super) fn endless(&mut self, global: &Global, at: Span) -> Res<Tree> {
        let name = &global.name;
        let seq = global
            .result
            .as_ref()
            .is_some_and(|r| r.head() == Some("Seq"));
        let (why, help) = if self.is_first_order(global) {
            (
                "it names a path, a `def`, `args` or `env`, or gives a sequence, so it is expanded where it is called",
                "pass it what it names as a parameter; let it give a List",
            )
        } else if seq {
            (
                "it gives a sequence, so it is expanded where it is called",
                "let it give a List: `:- (List T)` before its parameters",
            )
        } else {
            (
                "not all its parameters have types of values, so it is expanded where it is called",
                "annotate its parameters and its result: `(defn f :- Int [n :- Int] ...)`",
            )
        };
        let why = format!("`{name}` cannot call itself: {why}");
        self.fail(Problem::new(Code::Recursion, self.place(at), why).help(help))
    }

    pub(super) fn expanded(
        &mut self,
        global: &Global,
        scope: &Env,
        want: Option<&Ty>,
    ) -> Res<Tree> {
        let stated = global.result.as_ref().filter(|_| global.at.source != 0);
        if let Some(form) = stated.filter(|form| self.is_open(form, global)) {
            let tree = self.body(&global.body, scope, want)?;
            return self.of_open_type(tree, form, global);
        }
        let result = match stated {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let tree = self.body(&global.body, scope, result.as_ref().or(want))?;
        if global.at.source != 0 {
            self.returnable(&tree)?;
        }
        match result {
            Some(want) if matches!(want, Ty::Seq(_)) && tree.ty == want => Ok(tree),
            Some(want) => self.coerce(tree, &want, &format!("the result of `{}`", global.name)),
            None => Ok(tree),
        }
    }
}

impl Checker {
    /// Whether a result type has a type variable that only a function given as an argument says, by what it gives.
    fn is_open(&self, form: &Form, global: &Global) -> bool {
        let given = |name: &str| {
            let types = global.params.iter().filter_map(|p| p.ty.as_ref());
            types
                .filter(|t| t.head() == Some("Fn"))
                .any(|t| mentions(t, name))
        };
        let mut found = Vec::new();
        variables(form, &mut found);
        found
            .iter()
            .any(|name| !self.type_vars.contains_key(&**name) && given(name))
    }

    /// The result of a function whose type says as much of it as is known.
    fn of_open_type(&mut self, tree: Tree, form: &Form, global: &Global) -> Res<Tree> {
        let tree = match form.head() {
            Some("Seq") => tree,
            _ => self.collected(tree),
        };
        let mut vars = self.type_vars.clone();
        if self.matches(form, &tree.ty, &mut vars) {
            return Ok(tree);
        }
        let (name, stated) = (&global.name, shown(form));
        let why = format!("the result of `{name}` needs {stated}, this is {}", tree.ty);
        self.fail(Problem::new(Code::Mismatch, tree.at, why))
    }
}

/// The type variables in a type as written.
pub(super) fn variables(form: &Form, found: &mut Vec<Rc<str>>) {
    match &form.kind {
        FormKind::Symbol(s) if is_type_var(s) => found.push(s.clone()),
        FormKind::List(f) | FormKind::Vector(f) | FormKind::Map(f) => {
            f.iter().for_each(|form| variables(form, found));
        }
        _ => {}
    }
}

pub(super) fn mentions(form: &Form, name: &str) -> bool {
    let mut found = Vec::new();
    variables(form, &mut found);
    found.iter().any(|n| &**n == name)
}

fn forms_head(forms: &[Form]) -> Option<&str> {
    forms.first()?.symbol()
}

/// `(filter p s)` with the types that are stated.
pub(super) fn usage(global: &Global) -> String {
    let params: Vec<String> = global
        .params
        .iter()
        .map(|p| {
            let and = if p.rest { "& " } else { "" };
            match &p.ty {
                Some(ty) => format!("{and}{} :- {}", p.name, shown(ty)),
                None => format!("{and}{}", p.name),
            }
        })
        .collect();
    let space = if params.is_empty() { "" } else { " " };
    let options = super::options::usage(&global.options);
    format!("({}{space}{}{options})", global.name, params.join(" "))
}

/// How the functions of a name are written, each way once, with the types that are stated.
pub(super) fn usages(overloads: &[Rc<Global>]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for global in overloads {
        // A path as a literal is one way to write a path.
        let literal = |p: &Param| p.ty.as_ref().is_some_and(|t| t.symbol() == Some("Literal"));
        if overloads.len() > 1 && global.params.iter().any(literal) {
            continue;
        }
        let mut text = usage(global);
        if global.folds {
            text.insert_str(text.len() - 1, " & ...");
        }
        if let Some(result) = &global.result {
            text.push_str(" -> ");
            text.push_str(&shown(result));
        }
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

pub(super) fn shown_type(param: &Param) -> Option<String> {
    param.ty.as_ref().map(shown)
}

/// A type as a reader of the documentation knows it.
pub(super) fn shown(form: &Form) -> String {
    let all = |parts: &[Form]| parts.iter().map(shown).collect::<Vec<_>>().join(" ");
    match &form.kind {
        // What the prelude tells apart is a List to others.
        FormKind::Symbol(s) if &**s == "Stored" => "List".into(),
        FormKind::List(parts) => format!("({})", all(parts)),
        FormKind::Vector(parts) => format!("[{}]", all(parts)),
        _ => form.to_string(),
    }
}
