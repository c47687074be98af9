//! The checker: forms to a typed tree, by local bidirectional inference.
//!
//! Functions are second class, so checking applies them: a higher-order function is expanded where it is called, its
//! sequence arguments run where its body consumes them, and what is left is first-order. A function whose parameters
//! are all annotated with values becomes a function of the IR (one for each choice of its type variables), unless its
//! body is a sequence, or refers to a `def` or a constant path (which are parameters of the entry): those are expanded
//! too.
//!
//! An error inside an expansion points at the user's text: text of the prelude stands for the place that called it.
//! A mistake does not end the checking: what follows is checked as far as it does not depend on it.

mod arguments;
mod arith;
mod bad_form;
mod call;
mod data;
mod declare;
mod env;
mod exhaust;
mod expand;
mod format;
mod forms;
mod functions;
mod help;
mod hints;
mod instance;
mod library;
mod literal;
mod loops;
mod matching;
mod options;
mod overload;
mod pattern;
mod prim;
mod problem;
mod program;
mod results;
mod rules;
pub mod signature;
mod steps;
pub mod sys;
mod types;
mod unused;
mod widen;

use crate::diag::{Code, Diagnostic, similar};
use crate::docs::Doc;
use crate::read::{Form, FormKind, MAX_DIAGNOSTICS};
use crate::tree::{Fun, Func, Kind, Label, Tree, Var};
use crate::ty::{EnumDef, Extent, Record, Ty};
use env::{Binding, Env, Global, LoopPlace};
use library::Prelude;
use problem::Problem;
use rules::{Rule, plain};
use sawmill_ir::entity::Table;
use sawmill_ir::module::Span;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use types::TypeVars;

pub use program::{check, check_definitions, is_definition};

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
/// How many parts a type may have: within what the verifier takes.
const MAX_PARTS: usize = 2048;

/// A value that the program can name, from an earlier definition of the session.
#[derive(Clone, Debug, PartialEq)]
pub struct Defined {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
}

type Globals = BTreeMap<Rc<str>, Vec<Rc<Global>>>;

thread_local! {
    /// Forms are shared by reference counts of one thread; each thread that checks reads what it needs of the prelude.
    static PRELUDE: Rc<Prelude> = Rc::new(Prelude::new());
}

/// A type that the program declares.
#[derive(Clone)]
enum Declared {
    Record(Arc<Record>),
    Enum(Arc<EnumDef>),
}

pub(crate) struct Checker {
    /// The functions that the program defines.
    globals: Globals,
    prelude: Rc<Prelude>,
    /// Values of the session whose type has been defined anew: name and type.
    outdated: Vec<(String, String)>,
    /// The types it declares.
    types: BTreeMap<Rc<str>, Declared>,
    ids: usize,
    /// Functions of the IR, by the function and what its type variables stand for.
    functions: HashMap<(usize, Vec<Ty>), State>,
    vars: Table<Var, Ty>,
    funcs: Table<Fun, Func>,
    labels: u32,
    diagnostics: Vec<Diagnostic>,
    /// The place in the user's text that an expansion of the prelude stands for.
    site: Span,
    /// The rewritten forms around this place.
    rewritten: Vec<Rewritten>,
    /// What is defined wrongly, which has been said: nothing more is said of what names it.
    wrong: HashSet<Rc<str>>,
    /// The function of the prelude that the program called to come to this place.
    blame: Option<Rc<str>>,
    /// The options of the calls around, of functions that take some.
    chosen: Vec<options::Chosen>,
    /// The options named by the parameters just read.
    options: Vec<options::Opt>,
    /// What type variables stand for in the function that is being checked.
    type_vars: TypeVars,
    /// The functions whose bodies are being checked around this place, and where they start.
    starts: Vec<(Fun, Rc<LoopPlace>)>,
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
    /// What a function gave where the type of a literal was wanted: what the literal's type should have been.
    gave: Option<Ty>,
    /// The variable whose type that should have been.
    guessed: Option<Var>,
    /// How many names have been made up.
    marks: usize,
    /// The functions that are being expanded around this place.
    expanding: Vec<Expanding>,
    /// What `def`s have named so far: what the bodies of functions can see.
    top: Env,
}

/// A form that has been rewritten.
struct Rewritten {
    at: Span,
    /// The rule that the program used, whatever rules that led to.
    rule: Rc<Rule>,
    /// What the form has become.
    form: Form,
}

/// A function that is being expanded.
struct Expanding {
    global: Rc<Global>,
    /// Where it was called, and how many functions were being checked there.
    call: Span,
    level: usize,
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

/// The documentation of the prelude, in its order.
pub(crate) fn prelude_docs() -> Vec<Doc> {
    let prelude = PRELUDE.with(Rc::clone);
    let mut docs = Vec::new();
    for overloads in prelude.all_functions() {
        let first = overloads.first();
        if let Some((global, doc)) = first.and_then(|g| Some((g, g.doc.as_ref()?))) {
            let start = global.at.start;
            let usages = expand::usages(overloads);
            let section = crate::prelude::section(start);
            docs.push((start, Doc::of(&global.name, section, usages, doc)));
        }
    }
    for rule in prelude.all_rules().filter(|r| r.is_public()) {
        let section = crate::prelude::section(rule.start);
        let doc = Doc::of(&rule.name, section, rule.usages(), &rule.doc);
        docs.push((rule.start, doc));
    }
    docs.sort_by_key(|d| d.0);
    docs.into_iter().map(|d| d.1).collect()
}

/// The names of what is built in: not of the prelude.
#[cfg(test)]
pub(crate) fn built_in_names() -> impl Iterator<Item = &'static str> {
    let names = [
        forms::NAMES,
        forms::FUNCTIONS,
        arith::NAMES,
        data::NAMES,
        functions::NAMES,
    ];
    names.into_iter().flatten().copied().chain(["none"])
}

impl Checker {
    fn new() -> Checker {
        Checker::with(PRELUDE.with(Rc::clone))
    }

    fn with(prelude: Rc<Prelude>) -> Checker {
        Checker {
            globals: BTreeMap::new(),
            ids: library::FIRST_ID,
            prelude,
            outdated: Vec::new(),
            types: BTreeMap::new(),
            functions: HashMap::new(),
            vars: Table::new(),
            funcs: Table::new(),
            labels: 0,
            diagnostics: Vec::new(),
            site: Span::default(),
            rewritten: Vec::new(),
            wrong: HashSet::new(),
            blame: None,
            chosen: Vec::new(),
            options: Vec::new(),
            type_vars: TypeVars::new(),
            starts: Vec::new(),
            level: 0,
            captured: false,
            depth: 0,
            threading: 0,
            work: 0,
            retries: MAX_WORK / 16,
            gave: None,
            guessed: None,
            marks: 0,
            expanding: Vec::new(),
            top: Env::default(),
        }
    }

    /// Reports a mistake, once for a place. One at a rewritten form is told with what the form has become, one in the
    /// text of a function that is expanded with where that was called.
    fn fail<T>(&mut self, d: Problem) -> Res<T> {
        let said = |o: &Diagnostic| o.at == d.at && o.code == d.code && o.message == d.message;
        if self.diagnostics.len() < MAX_DIAGNOSTICS && !self.diagnostics.iter().any(said) {
            let mut d: Diagnostic = d.into();
            d.expansion = self.expansion(&d);
            if let Some(of) = self.expanding.last()
                && of.global.at.source != 0
                && of.level == self.level
                && d.at != of.call
                && !d.others.iter().any(|o| o.0 == of.call)
            {
                d.others.push((of.call, "called here".into()));
            }
            self.diagnostics.push(d);
        }
        Err(Failed)
    }

    /// What the form at a mistake has become, where that is in words of the language and explains the mistake.
    fn expansion(&self, d: &Diagnostic) -> Option<String> {
        let explains = matches!(d.code, Code::Mismatch | Code::Operands | Code::NotBool);
        let one = self
            .rewritten
            .iter()
            .rev()
            .find(|r| r.at == d.at)
            .filter(|_| explains)?;
        // What is rewritten half way explains nothing.
        let inner = |name: &str| {
            name.starts_with("op/") || forms::INNER.contains(&name) || *name == *one.rule.name
        };
        one.form
            .all_symbols(&|name| !inner(plain(name)))
            .then(|| shortened(&one.form))
    }

    /// The rule that the program used where this place stands for text of the prelude.
    fn rule_at(&self, at: Span) -> Option<Rc<Rule>> {
        let one = self.rewritten.iter().find(|r| r.at == at);
        one.map(|r| r.rule.clone())
    }

    /// Whether a name is that of something whose definition is wrong: a function, a type, what makes its values.
    fn is_wrong(&self, name: &str, at: Span) -> bool {
        if self.wrong.is_empty() || at.source == 0 {
            return false;
        }
        let name = plain(name);
        let of = name.strip_prefix("map->").or(name.strip_prefix("->"));
        let of = of.or(name.split_once('/').map(|n| n.0));
        self.wrong.contains(name) || of.is_some_and(|of| self.wrong.contains(of))
    }

    /// The function that a mistake in the operation `name` is told of: the prelude's that the program called, where the
    /// operation stands in the prelude's text.
    fn blamed(&self, name: &str, at: Span) -> Rc<str> {
        match &self.blame {
            Some(blame) if at.source == 0 => blame.clone(),
            _ => name.into(),
        }
    }

    /// The place to blame for a form: itself, or who called the prelude that it is of.
    fn place(&self, at: Span) -> Span {
        if at.source == 0 { self.site } else { at }
    }

    fn tree(&self, kind: Kind, ty: Ty, at: Span) -> Tree {
        Tree::new(kind, ty, self.place(at))
    }

    fn unit(&self, at: Span) -> Tree {
        self.tree(Kind::Unit, Ty::Unit, at)
    }

    fn var(&mut self, ty: Ty) -> Var {
        self.vars.push(ty)
    }

    fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }

    /// A name that no text can spell.
    fn fresh(&mut self, name: &str) -> Rc<str> {
        self.marks += 1;
        rules::marked(name, self.marks)
    }

    /// The functions of a name, as whoever wrote it at `at` means it.
    fn functions_named(&self, name: &str, at: Span) -> Option<&Vec<Rc<Global>>> {
        let name = plain(name);
        let own = (at.source != 0).then(|| self.globals.get(name)).flatten();
        let library = || self.prelude.functions(name);
        // What is not documented is the prelude's own.
        let library = || library().filter(|g| at.source == 0 || g.iter().any(|g| g.doc.is_some()));
        own.or_else(library)
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

    /// Forms one after another; the last gives the value. A mistake in one does not keep the others from being told
    /// theirs.
    fn body(&mut self, forms: &[Form], env: &Env, want: Option<&Ty>) -> Res<Tree> {
        let Some((last, before)) = forms.split_last() else {
            return Ok(self.unit(Span::default()));
        };
        let mut trees = Vec::new();
        let mut wrong = false;
        for form in before {
            match self.value(form, env, None) {
                Ok(tree) => trees.push(tree),
                Err(Failed) => wrong = true,
            }
        }
        let last = self.infer(last, env, want)?;
        if wrong {
            return Err(Failed);
        }
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
        // The type of an empty literal says nothing of what is wanted.
        let want = want.filter(|ty| !literal::bottom(ty));
        let result = self.infer_kind(form, env, want);
        self.depth -= 1;
        let Ok(tree) = result else { return result };
        if tree.depth() > MAX_TREE {
            return self.too_deep("functions, once expanded,", MAX_TREE, form.at);
        }
        self.bounded(&tree.ty, form.at)?;
        if let Some(part) = tree.ty.unstorable() {
            self.storable(&part.clone(), form.at)?;
        }
        Ok(tree)
    }

    /// Reports a type that is too much; one of many parts counts as many expressions.
    fn bounded(&mut self, ty: &Ty, at: Span) -> Res<usize> {
        let why = match ty.extent(MAX_TYPE, MAX_PARTS) {
            Extent::Fits(parts) => {
                self.spend(parts / 8, at)?;
                return Ok(parts);
            }
            Extent::Deep => return self.too_deep("types", MAX_TYPE, at),
            Extent::Large => format!("this type has more than {MAX_PARTS} parts"),
            Extent::Wide => "Options and Results nest too deep here".into(),
        };
        let d = Problem::new(Code::Limit, self.place(at), why);
        self.fail(
            d.help("a List has any number of elements; an enum has cases, and may contain itself"),
        )
    }

    fn too_deep<T>(&mut self, what: &str, limit: usize, at: Span) -> Res<T> {
        let why = format!("{what} nest deeper than {limit}");
        let d = Problem::new(Code::Limit, self.place(at), why)
            .help("name parts of it with `let` or `defn`");
        self.fail(d)
    }

    fn infer_kind(&mut self, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
        match &form.kind {
            FormKind::Symbol(name) => self.name(name, form, env, want),
            FormKind::List(_) => self.call_form(form, env, want),
            _ => self.literal_form(form, env, want),
        }
    }

    fn name(&mut self, name: &Rc<str>, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
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
            Some(Binding::Literal(text)) => {
                let kind = Kind::Bytes(text.as_bytes().to_vec());
                Ok(Tree::new(kind, Ty::Str, at))
            }
            Some(Binding::Flag(given)) => Ok(Tree::new(Kind::Bool(given), Ty::Bool, at)),
            Some(Binding::Wrong) => Err(Failed),
            Some(_) => self.not_a_value(name, at),
            None if self.is_wrong(name, form.at) => Err(Failed),
            None if plain(name) == "none" => self.none(want, at),
            None => {
                if let Some(tree) = self.bare_case(plain(name), at) {
                    return tree;
                }
                if self.is_function(name, form.at) {
                    return self.not_a_value(name, at);
                }
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
        let name = plain(name);
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
        let name = plain(name);
        if let Some(d) = self.unknown_maker(name, at) {
            return d;
        }
        if let Some((_, ty)) = self.outdated.iter().find(|o| o.0 == name) {
            let why = format!("`{name}` is {ty} as that was before it was defined anew");
            let d = Problem::new(Code::Unknown, at, why);
            return d.help(format!("define it again, `(def {name} ...)`"));
        }
        let d = Problem::new(Code::Unknown, at, format!("`{name}` is not defined"));
        if self.diagnostics.len() >= MAX_DIAGNOSTICS {
            return d;
        }
        let is_there = |name: &str| self.is_function(name, at);
        if let Some(help) = hints::instead(name, is_there) {
            return d.help(help);
        }
        let mut names = env.names();
        names.extend(self.globals.keys().map(|n| n.to_string()));
        let public = self.prelude.all_functions().flatten();
        let public = public.filter(|g| g.doc.is_some());
        names.extend(public.map(|g| g.name.to_string()));
        let rules = self.prelude.all_rules().filter(|r| r.is_public());
        names.extend(rules.map(|r| r.name.to_string()));
        let fixed = forms::NAMES.iter().chain(forms::FUNCTIONS);
        let fixed = fixed.chain(arith::NAMES).chain(functions::NAMES);
        names.extend(fixed.map(|n| n.to_string()));
        names.extend(self.makers());
        let spelled = |n: &&str| !n.starts_with('(') && plain(n) == *n;
        match similar(name, names.iter().map(String::as_str).filter(spelled)) {
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

/// A form on a line, the names in it without marks.
fn shortened(form: &Form) -> String {
    const MOST: usize = 100;
    let mut text = String::new();
    let mut hidden = false;
    for c in form.to_string().chars() {
        hidden = c == '\u{1}' || hidden && c.is_ascii_digit();
        if !hidden {
            text.push(c);
        }
        if text.len() >= MOST {
            text.push_str(" ...");
            break;
        }
    }
    text
}

/// The body where those variables have those values.
fn wrap_lets(lets: Vec<(Var, Tree)>, body: Tree) -> Tree {
    if lets.is_empty() {
        return body;
    }
    let (ty, at) = (body.ty.clone(), body.at);
    Tree::new(Kind::Let(lets, body), ty, at)
}
