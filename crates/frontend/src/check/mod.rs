//! The checker: forms to a typed tree, by local bidirectional inference.
//!
//! Functions are second class, so checking applies them: a higher-order function is expanded where it is called, its
//! sequence arguments run where its body consumes them, and what is left is first-order. A function whose parameters
//! are all annotated with values becomes a function of the IR, unless its body is a sequence, or refers to a `def` or a
//! constant path (which are parameters of the entry): those are expanded too.
//!
//! An error inside an expansion points at the user's text: text of the prelude stands for the place that called it.

mod arith;
mod call;
mod env;
mod forms;
mod prim;
mod problem;
mod types;

use crate::diag::{Code, Diagnostic, similar};
use crate::read::{Form, FormKind};
use crate::tree::{Checked, Fun, Func, Kind, Label, ParamTree, Tree, Var};
use crate::ty::Ty;
use env::{Binding, Env, Global, Param};
use problem::Problem;
use sawmill_ir::entity::Table;
use sawmill_ir::module::{Bind, Span};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Reported already (or, while a function is tried, a capture): nothing more to say.
pub(crate) struct Failed;
type Res<T> = Result<T, Failed>;

/// How deep expressions may nest, expansions counted. The checker needs stack for each.
const MAX_DEPTH: usize = 160;
/// How deep the tree may be that is left when functions have been expanded. Lowering needs stack for each level.
const MAX_TREE: usize = 400;
/// How many expressions a program may have, those counted that functions expand into.
const MAX_WORK: usize = 1 << 20;
/// How deep types may nest: within what the verifier takes.
const MAX_TYPE: usize = 32;

/// A value that the program can name, from an earlier definition of the session.
#[derive(Clone, Debug, PartialEq)]
pub struct Defined {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
}

pub(crate) struct Checker {
    globals: BTreeMap<Rc<str>, Vec<Rc<Global>>>,
    /// The functions of the prelude: what its own text means by a name, whatever a program defines.
    prelude: BTreeMap<Rc<str>, Vec<Rc<Global>>>,
    ids: usize,
    functions: HashMap<usize, State>,
    vars: Table<Var, Ty>,
    funcs: Table<Fun, Func>,
    labels: u32,
    diagnostics: Vec<Diagnostic>,
    /// The place in the user's text that an expansion of the prelude stands for.
    site: Span,
    /// How many functions are being checked around this place; variables of others cannot be named.
    level: usize,
    /// Whether the function being tried turned out to need expansion.
    captured: bool,
    depth: usize,
    /// How many steps of `->` and `->>` are being checked around this place.
    threading: usize,
    /// How many expressions have been checked.
    work: usize,
    /// How many expressions may still be checked a second time, with another type of a literal.
    retries: usize,
    expanding: Vec<usize>,
    /// What `def`s have named so far: what the bodies of functions can see.
    top: Env,
}

/// What is known about a function that is called.
#[derive(Clone)]
enum State {
    /// Its body is being checked; the result, if it is stated.
    Checking(Fun, Option<Ty>),
    /// It is one of the IR.
    Ready(Fun),
    /// It is expanded at each call.
    Expanded,
    /// Its body is wrong, and that has been said.
    Wrong,
}

/// Checks a program. `defined` are the values of earlier definitions it may name; `earlier` the forms of earlier
/// `defn`s, in order.
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
        _ => Err(checker.diagnostics),
    }
}

/// Checks `defn` forms alone, as far as that is possible without a call.
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
        Err(checker.diagnostics)
    }
}

/// A documented function of the prelude: name, signature as written, documentation.
pub fn prelude_docs() -> Vec<(String, String, String)> {
    let checker = Checker::new();
    let globals = checker.globals.values().flatten();
    let doc = |g: &Rc<Global>| {
        let params: Vec<String> = g.params.iter().map(|p| p.name.to_string()).collect();
        Some((
            g.name.to_string(),
            format!("({} {})", g.name, params.join(" ")),
            g.doc.as_ref()?.to_string(),
        ))
    };
    globals.filter_map(doc).collect()
}

impl Checker {
    fn new() -> Checker {
        let mut checker = Checker {
            globals: BTreeMap::new(),
            prelude: BTreeMap::new(),
            ids: 0,
            functions: HashMap::new(),
            vars: Table::new(),
            funcs: Table::new(),
            labels: 0,
            diagnostics: Vec::new(),
            site: Span::default(),
            level: 0,
            captured: false,
            depth: 0,
            threading: 0,
            work: 0,
            retries: MAX_WORK / 16,
            expanding: Vec::new(),
            top: Env::default(),
        };
        for form in crate::prelude::forms() {
            let _ = checker.define(form);
        }
        checker.prelude = checker.globals.clone();
        checker
    }

    fn fail<T>(&mut self, d: Problem) -> Res<T> {
        self.diagnostics.push(d.into());
        Err(Failed)
    }

    /// The place to blame for a form: itself, or who called the prelude that it is of.
    fn place(&self, at: Span) -> Span {
        if at.source == 0 { self.site } else { at }
    }

    fn tree(&self, kind: Kind, ty: Ty, at: Span) -> Tree {
        Tree::new(kind, ty, self.place(at))
    }

    fn var(&mut self, ty: Ty) -> Var {
        self.vars.push(ty)
    }

    fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }

    /// Takes in a `defn`.
    fn define(&mut self, form: &Form) -> Res<()> {
        let global = self.parse_defn(form)?;
        let same = self.globals.entry(global.name.clone()).or_default();
        if form.at.source == 0 {
            same.push(Rc::new(global));
        } else {
            *same = vec![Rc::new(global)];
        }
        Ok(())
    }

    /// Takes in the `defn`s of one text, in which a name is defined once.
    fn define_all(&mut self, forms: &[&Form]) -> Res<()> {
        let mut names: HashMap<&str, Span> = HashMap::new();
        for form in forms {
            self.define(form)?;
            let Some(name) = form.list().and_then(|l| l.get(1)) else {
                continue;
            };
            let text = name.symbol().unwrap_or("");
            if let Some(first) = names.insert(text, name.at) {
                let why = format!("the function `{text}` is defined twice");
                let d = Problem::new(Code::Redefined, name.at, why).note(first, "defined here");
                return self.fail(d);
            }
        }
        Ok(())
    }

    fn definitions(&mut self, forms: &[Form], earlier: &[Form], defined: &[Defined]) -> Res<()> {
        let mut env = Env::default();
        for d in defined {
            let var = self.var(d.ty.clone());
            env = env.with(&d.name, Binding::Local(var, 0));
        }
        self.top = env.clone();
        for form in earlier {
            self.define(form)?;
        }
        self.define_all(&forms.iter().collect::<Vec<_>>())?;
        for form in forms {
            let name = form.list().and_then(|l| l.get(1)).and_then(|f| f.symbol());
            let global = name
                .and_then(|n| self.globals.get(n))
                .and_then(|g| g.last())
                .cloned();
            if let Some(global) = global.filter(|g| self.is_first_order(g)) {
                let _ = self.function(&global);
            }
        }
        Ok(())
    }

    fn program(
        &mut self,
        forms: &[Form],
        earlier: &[Form],
        defined: &[Defined],
        end: Span,
    ) -> Res<Checked> {
        let mut params = Vec::new();
        let mut env = Env::default();
        for d in defined {
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
        for form in earlier {
            self.define(form)?;
        }
        let (functions, body): (Vec<&Form>, Vec<&Form>) =
            forms.iter().partition(|f| f.head() == Some("defn"));
        self.define_all(&functions)?;
        let main = functions
            .iter()
            .find(|f| f.list().and_then(|l| l.get(1)).and_then(|n| n.symbol()) == Some("main"));
        let mut defines = None;
        let (name, tree) = match (body.last(), main) {
            (None, Some(form)) => ("main", self.entry_of_main(form, &mut params, &env)?),
            (Some(last), None) if last.head() == Some("fn") => {
                ("main", self.entry_function(&body, last, &mut params, &env)?)
            }
            (Some(last), None) => {
                if last.head() == Some("def") {
                    defines = last
                        .list()
                        .and_then(|l| l.get(1))
                        .and_then(|n| n.symbol())
                        .map(str::to_string);
                }
                ("main", self.sequence(&body, &env)?)
            }
            (Some(extra), Some(_)) if extra.head() != Some("def") => {
                let d = Problem::new(
                    Code::NoProgram,
                    extra.at,
                    "a program is either `main` or expressions",
                )
                .help("put the expression into `main`, or give that function another name");
                return self.fail(d);
            }
            (Some(_), Some(form)) => {
                let tree = self.with_defs(&body, &env, |me, env| {
                    me.entry_of_main(form, &mut params, env)
                })?;
                ("main", tree)
            }
            (None, None) => {
                let d = Problem::new(Code::NoProgram, end, "there is no program here")
                    .help("write an expression, a `(fn [...] ...)`, or `(defn main [...] ...)`");
                return self.fail(d);
            }
        };
        for form in &functions {
            self.check_unused(form);
        }
        if !self.diagnostics.is_empty() {
            return Err(Failed);
        }
        let result = if defines.is_some() || !matches!(tree.ty, Ty::Seq(_)) {
            self.collected(tree)
        } else {
            tree
        };
        self.storable_result(&result)?;
        let entry = Func {
            name: name.into(),
            params,
            result: result.ty.clone(),
            body: Some(result),
        };
        let funcs = std::mem::take(&mut self.funcs);
        Ok(Checked {
            entry,
            funcs,
            vars: std::mem::take(&mut self.vars),
            defines,
        })
    }

    /// A function that nothing called is checked too, as far as its parameters say their types.
    fn check_unused(&mut self, form: &Form) {
        let name = form.list().and_then(|l| l.get(1)).and_then(|f| f.symbol());
        let global = name
            .and_then(|n| self.globals.get(n))
            .and_then(|g| g.last())
            .cloned();
        if let Some(global) = global.filter(|g| &*g.name != "main" && self.is_first_order(g)) {
            let _ = self.function(&global);
        }
    }

    fn storable_result(&mut self, tree: &Tree) -> Res<()> {
        let inner = tree.ty.element().unwrap_or(&tree.ty);
        if matches!(
            inner,
            Ty::Name | Ty::File | Ty::Listing | Ty::Root | Ty::Buf(_) | Ty::Seq(_)
        ) {
            let d = Problem::new(
                Code::SecondClass,
                tree.at,
                format!("a {inner} cannot leave the program"),
            );
            return self.fail(d);
        }
        Ok(())
    }

    fn entry_of_main(&mut self, form: &Form, params: &mut Vec<ParamTree>, env: &Env) -> Res<Tree> {
        let global = self.parse_defn(form)?;
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
        for p in names {
            let Some(form) = &p.ty else {
                let d = Problem::new(
                    Code::NeedsType,
                    p.at,
                    format!("the parameter `{}` of a program needs a type", p.name),
                )
                .help(format!(
                    "write `{} :- Dir` (or Path, Str, Int, Size, Bool)",
                    p.name
                ));
                return self.fail(d);
            };
            let ty = self.parse_type(form)?;
            if !matches!(
                ty,
                Ty::Dir | Ty::Path | Ty::Str | Ty::Int | Ty::Size | Ty::Bool
            ) {
                let d = Problem::new(
                    Code::BadType,
                    form.at,
                    format!("a program cannot have a parameter of type {ty}"),
                )
                .help("a host or a command line passes Dir, Path, Str, Int, Size and Bool");
                return self.fail(d);
            }
            let var = self.var(ty.clone());
            params.push(ParamTree {
                name: p.name.to_string(),
                ty,
                var,
                bind: Bind::Arg,
            });
            env = env.with(&p.name, Binding::Local(var, 0));
        }
        let want = match result {
            Some(form) => Some(self.parse_type(form)?),
            None => None,
        };
        let tree = self.body(body, &env, want.as_ref())?;
        match want {
            Some(want) => self.coerce(tree, &want, "the program"),
            None => Ok(tree),
        }
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
        for form in defs {
            let value = if form.head() == Some("def") {
                let (name, value) = self.def(form, &env)?;
                let var = self.var(value.ty.clone());
                env = env.with(&name, Binding::Local(var, 0));
                self.top = self.top.with(&name, Binding::Local(var, 0));
                lets.push((var, value));
                continue;
            } else {
                self.value(form, &env, None)?
            };
            let var = self.var(value.ty.clone());
            lets.push((var, value));
        }
        let body = rest(self, &env)?;
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
        let [_, name, value] = parts else {
            let d = Problem::new(Code::BadForm, form.at, "`def` takes a name and a value")
                .help("(def limit 10KiB)");
            return self.fail(d);
        };
        let FormKind::Symbol(name) = &name.kind else {
            return self.fail(Problem::new(
                Code::BadForm,
                name.at,
                "`def` takes a name first",
            ));
        };
        if value.head() == Some("fn") {
            let d = Problem::new(
                Code::SecondClass,
                value.at,
                "a function is not a value that `def` could keep",
            )
            .help(format!("write `(defn {name} [...] ...)`"));
            return self.fail(d);
        }
        let tree = self.value(value, env, None)?;
        Ok((name.clone(), tree))
    }

    /// An expression whose value is kept: a sequence becomes a list.
    fn value(&mut self, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
        let tree = self.infer(form, &env.inner(), want)?;
        Ok(self.collected(tree))
    }

    fn collected(&mut self, tree: Tree) -> Tree {
        match &tree.ty {
            Ty::Seq(t) => {
                let (ty, at) = (Ty::List(t.clone()), tree.at);
                Tree::new(Kind::Collect(tree), ty, at)
            }
            _ => tree,
        }
    }

    /// Forms one after another; the last gives the value.
    fn body(&mut self, forms: &[Form], env: &Env, want: Option<&Ty>) -> Res<Tree> {
        let Some((last, before)) = forms.split_last() else {
            return Ok(self.tree(Kind::Unit, Ty::Unit, Span::default()));
        };
        let mut trees = Vec::new();
        for form in before {
            trees.push(self.value(form, env, None)?);
        }
        let last = self.infer(last, env, want)?;
        if trees.is_empty() {
            return Ok(last);
        }
        let (ty, at) = (last.ty.clone(), last.at);
        trees.push(last);
        Ok(Tree::new(Kind::Do(trees), ty, at))
    }

    /// An expression; what it is may follow from what is wanted.
    fn infer(&mut self, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
        if self.depth >= MAX_DEPTH {
            return self.too_deep("expressions", MAX_DEPTH, form.at);
        }
        self.spend(1, form.at)?;
        self.depth += 1;
        let result = self.infer_kind(form, env, want);
        self.depth -= 1;
        let Ok(tree) = result else { return result };
        if tree.depth() > MAX_TREE {
            return self.too_deep("functions, once expanded,", MAX_TREE, form.at);
        }
        if tree.ty.depth() > MAX_TYPE {
            return self.too_deep("types", MAX_TYPE, form.at);
        }
        Ok(tree)
    }

    fn too_deep<T>(&mut self, what: &str, limit: usize, at: Span) -> Res<T> {
        let why = format!("{what} nest deeper than {limit}");
        let d = Problem::new(Code::Limit, self.place(at), why)
            .help("name parts of it with `let` or `defn`");
        self.fail(d)
    }

    fn infer_kind(&mut self, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
        match &form.kind {
            FormKind::Symbol(name) => self.name(name, form, env),
            FormKind::List(forms) => self.call_form(form, forms, env, want),
            FormKind::Vector(forms) => self.vector(forms, env, want, form.at),
            _ => self.literal_form(form, want),
        }
    }

    fn literal_form(&mut self, form: &Form, want: Option<&Ty>) -> Res<Tree> {
        let at = form.at;
        match (&form.kind, want) {
            (FormKind::Int(n), Some(Ty::Size)) => Ok(self.tree(Kind::Int(*n), Ty::Size, at)),
            (FormKind::Int(n), _) => Ok(self.tree(Kind::Int(*n), Ty::Int, at)),
            (FormKind::Size(n), _) => Ok(self.tree(Kind::Int(*n), Ty::Size, at)),
            (FormKind::Bool(b), _) => Ok(self.tree(Kind::Bool(*b), Ty::Bool, at)),
            (FormKind::Str(s), Some(Ty::Path)) => self.path_literal(s, at),
            (FormKind::Str(s), _) => Ok(self.tree(Kind::Bytes(s.as_bytes().to_vec()), Ty::Str, at)),
            (FormKind::Keyword(k), Some(Ty::FileType)) => self.file_type(k, at),
            (FormKind::Keyword(k), _) => {
                let why = format!("`:{k}` is not a value here");
                let help = format!(
                    "a keyword is a function of a record, `(:{k} x)`, or a case where a FileType is expected"
                );
                self.fail(Problem::new(Code::BadForm, self.place(at), why).help(help))
            }
            _ => {
                let why = "maps and records in braces are not there yet";
                self.fail(Problem::new(Code::Unsupported, self.place(at), why))
            }
        }
    }

    fn path_literal(&mut self, s: &str, at: Span) -> Res<Tree> {
        if s.contains('\0') {
            return self.fail(Problem::new(
                Code::Mismatch,
                self.place(at),
                "a path cannot hold a NUL byte",
            ));
        }
        Ok(self.tree(Kind::Bytes(s.as_bytes().to_vec()), Ty::Path, at))
    }

    fn file_type(&mut self, name: &str, at: Span) -> Res<Tree> {
        let types = sawmill_ir::ty::FILE_TYPES;
        if let Some(row) = types.iter().find(|row| row.1 == name) {
            return Ok(self.tree(Kind::Int(row.0 as i64), Ty::FileType, at));
        }
        let all: Vec<String> = types.iter().map(|row| format!(":{}", row.1)).collect();
        let d = Problem::new(
            Code::NoField,
            self.place(at),
            format!("`:{name}` is no file type"),
        )
        .help(format!("file types are {}", all.join(" ")));
        self.fail(d)
    }

    fn vector(&mut self, forms: &[Form], env: &Env, want: Option<&Ty>, at: Span) -> Res<Tree> {
        let mut element: Option<Ty> = match want {
            Some(Ty::List(t)) => Some((**t).clone()),
            _ => None,
        };
        let mut emits = Vec::new();
        for form in forms {
            let tree = self.value(form, env, element.as_ref())?;
            let tree = match &element {
                Some(t) => self.coerce(tree, &t.clone(), "this list")?,
                None => tree,
            };
            element = Some(tree.ty.clone());
            let place = tree.at;
            emits.push(Tree::new(Kind::Emit(tree), Ty::Unit, place));
        }
        let Some(element) = element else {
            let d = Problem::new(
                Code::NeedsType,
                self.place(at),
                "an empty list has no type here",
            )
            .help("state the type where it is used, for example as the result of a `defn`");
            return self.fail(d);
        };
        let seq = self.tree(Kind::Do(emits), element.clone().seq(), at);
        Ok(self.tree(Kind::Collect(seq), element.list(), at))
    }

    fn name(&mut self, name: &Rc<str>, form: &Form, env: &Env) -> Res<Tree> {
        let at = self.place(form.at);
        match env.get(name).cloned() {
            Some(Binding::Local(var, level)) => {
                if level != self.level {
                    self.captured = true;
                    return Err(Failed);
                }
                let ty = self.vars[var].clone();
                Ok(Tree::new(Kind::Var(var), ty, at))
            }
            Some(Binding::Seq(tree)) => self.again(&tree, at),
            Some(Binding::Literal(text)) => Ok(Tree::new(
                Kind::Bytes(text.as_bytes().to_vec()),
                Ty::Str,
                at,
            )),
            Some(_) => self.not_a_value(name, at),
            None if self.is_function(name) => self.not_a_value(name, at),
            None => {
                let d = self.unknown(name, at, env);
                self.fail(d)
            }
        }
    }

    /// A sequence that a name stands for, to run here; it may run elsewhere too.
    fn again(&mut self, tree: &Tree, at: Span) -> Res<Tree> {
        self.spend(tree.size(), at)?;
        let (vars, labels) = (&mut self.vars, &mut self.labels);
        let var = |v: Var| {
            let ty = vars[v].clone();
            vars.push(ty)
        };
        let label = || {
            *labels += 1;
            Label(*labels - 1)
        };
        Ok(tree.renamed(var, label))
    }

    /// Counts expressions that are checked; what expands into itself again and again comes to an end here.
    fn spend(&mut self, expressions: usize, at: Span) -> Res<()> {
        if expressions > MAX_WORK - self.work {
            let why = format!(
                "more than {MAX_WORK} expressions, functions expanded where they are called"
            );
            let d = Problem::new(Code::Limit, self.place(at), why)
                .help("annotate the parameters of functions with types of values: then they are compiled once");
            return self.fail(d);
        }
        self.work += expressions;
        Ok(())
    }

    fn not_a_value<T>(&mut self, name: &str, at: Span) -> Res<T> {
        let d = Problem::new(
            Code::SecondClass,
            at,
            format!("`{name}` is a function, and a function is not a value"),
        )
        .help(format!(
            "call it, `({name} ...)`, or pass it to a function such as `map`"
        ));
        self.fail(d)
    }

    fn unknown(&self, name: &str, at: Span, env: &Env) -> Problem {
        let d = Problem::new(Code::Unknown, at, format!("`{name}` is not defined"));
        let mut names = env.names();
        let public = self
            .globals
            .iter()
            .filter(|(_, g)| g.iter().any(|g| g.at.source != 0 || g.doc.is_some()));
        names.extend(public.map(|(n, _)| n.to_string()));
        names.extend(
            forms::NAMES
                .iter()
                .chain(arith::NAMES)
                .map(|n| n.to_string()),
        );
        match similar(
            name,
            names
                .iter()
                .map(String::as_str)
                .filter(|n| !n.starts_with('(')),
        ) {
            Some(like) => d.help(format!("did you mean `{like}`?")),
            None => d,
        }
    }
}

/// `1 argument`, `2 arguments`
fn arguments(n: usize) -> String {
    format!("{n} argument{}", if n == 1 { "" } else { "s" })
}

/// `is 1`, `are 2`
fn are(n: usize) -> String {
    format!("{} {n}", if n == 1 { "is" } else { "are" })
}

/// The body where those variables have those values.
pub(super) fn wrap_lets(lets: Vec<(Var, Tree)>, body: Tree) -> Tree {
    if lets.is_empty() {
        return body;
    }
    let (ty, at) = (body.ty.clone(), body.at);
    Tree::new(Kind::Let(lets, body), ty, at)
}
