//! Options: keywords among the arguments of a function of the prelude, `(open p :write)`, `(walk d :depth 2)`.
//!
//! A function names them after its parameters: `[p :- Path & (write (depth :- Int 9) ... append trunc)]`. A plain name is
//! a flag: whether it is given is known when the call is checked, so an `if` of flags is decided there, and what is not
//! meant leaves no trace, in rights neither. A name with a type takes the form after the keyword, or has its default.
//! Flags after `...` are handed on to the system calls of the body that say `options`; a function that is called with
//! `options` gets all those that it takes.

use super::env::{Binding, Env, Global};
use super::functions::{Lets, is_dash};
use super::problem::Problem;
use super::{Checker, Failed, Res, plain, wrap_lets};
use crate::diag::{Code, similar};
use crate::read::{Form, FormKind};
use crate::tree::Tree;
use crate::ty::Ty;
use sawmill_ir::module::Span;
use std::rc::Rc;

/// An option as a function names it.
#[derive(Clone)]
pub(super) struct Opt {
    pub(super) name: Rc<str>,
    /// The type of its value and what it is otherwise; a flag has neither.
    pub(super) value: Option<(Form, Form)>,
    /// Whether it is a flag of system calls.
    handed_on: bool,
}

/// A flag that is given, and where.
#[derive(Clone)]
pub(super) struct Flag {
    pub(super) name: Rc<str>,
    pub(super) at: Span,
}

/// The options that a call has.
#[derive(Clone, Default)]
pub(super) struct Chosen {
    flags: Vec<Flag>,
    values: Vec<(Rc<str>, Binding)>,
}

/// What `options` stands for in a body.
pub(super) struct Options {
    /// All that are given.
    chosen: Chosen,
    /// The flags that are handed on.
    flags: Rc<[Flag]>,
}

impl Chosen {
    /// Those of another call that one of the functions takes.
    fn take_from(&mut self, outer: &Options, overloads: &[Rc<Global>]) {
        let takes = |name: &str| {
            let mut all = overloads.iter().flat_map(|g| g.options.iter());
            all.any(|o| &*o.name == name)
        };
        let flags = outer.chosen.flags.iter().filter(|f| takes(&f.name));
        self.flags.extend(flags.cloned());
        let values = outer.chosen.values.iter().filter(|v| takes(&v.0));
        self.values.extend(values.cloned());
    }
}

/// What a body calls the flags that are handed on.
const HANDED_ON: &str = "options";

/// `(write (depth :- Int 9) ... append trunc)`
pub(super) fn parse(form: &Form) -> Option<Vec<Opt>> {
    let mut all = Vec::new();
    let mut handed_on = false;
    for part in form.list()? {
        let opt = |name: &Rc<str>, value| Opt {
            name: name.clone(),
            value,
            handed_on,
        };
        match &part.kind {
            FormKind::Symbol(dots) if &**dots == "..." => handed_on = true,
            FormKind::Symbol(name) => all.push(opt(name, None)),
            FormKind::List(parts) => {
                let [name, dash, ty, default] = &parts[..] else {
                    return None;
                };
                let FormKind::Symbol(name) = &name.kind else {
                    return None;
                };
                if !is_dash(dash) {
                    return None;
                }
                all.push(opt(name, Some((ty.clone(), default.clone()))));
            }
            _ => return None,
        }
    }
    Some(all)
}

/// Options as they are written, for help and documentation: ` :write (:depth Int)`.
pub(super) fn usage(options: &[Opt]) -> String {
    let each = options.iter().map(|o| match &o.value {
        None => format!(":{}", o.name),
        Some((ty, _)) => format!("(:{} {})", o.name, super::expand::shown(ty)),
    });
    let all: Vec<String> = each.collect();
    match all.is_empty() {
        true => String::new(),
        false => format!(" & [{}]", all.join(" ")),
    }
}

/// The keyword that a form is.
fn keyword(form: &Form) -> Option<&Rc<str>> {
    match &form.kind {
        FormKind::Keyword(name) => Some(name),
        _ => None,
    }
}

impl Checker {
    /// A call of functions that take options: those among the arguments, and then the call with the others.
    pub(super) fn with_options(
        &mut self,
        name: &str,
        overloads: &[Rc<Global>],
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let (mut chosen, mut rest, mut given) = (Chosen::default(), Vec::new(), Vec::new());
        let mut lets = Lets::new();
        let mut forms = args.iter();
        while let Some(form) = forms.next() {
            if let Some(outer) = self.options_of(form, env) {
                chosen.take_from(&outer, overloads);
                continue;
            }
            let Some(key) = keyword(form) else {
                rest.push(form.clone());
                continue;
            };
            let mut all = overloads.iter().flat_map(|g| g.options.iter());
            let Some(opt) = all.find(|o| o.name == *key).cloned() else {
                return self.no_option(name, key, overloads, form.at);
            };
            if given.iter().any(|(n, _)| n == key) {
                let why = format!("`:{key}` is here twice");
                return self.fail(Problem::new(Code::Redefined, self.place(form.at), why));
            }
            given.push((key.clone(), form.at));
            match &opt.value {
                None => chosen.flags.push(Flag {
                    name: key.clone(),
                    at: form.at,
                }),
                Some((ty, _)) => {
                    let Some(value) = forms.next() else {
                        let why = format!("`:{key}` takes a value after it");
                        let d = Problem::new(Code::Arity, self.place(form.at), why);
                        return self.fail(d.help(format!("`:{key}` and {}", ty)));
                    };
                    let ty = self.parse_type(ty)?;
                    let tree = self.value(value, env, Some(&ty))?;
                    let tree = self.coerce(tree, &ty, &format!("`:{key}`"))?;
                    let var = self.var(tree.ty.clone());
                    lets.push((var, tree));
                    let binding = Binding::Local(var, self.level);
                    chosen.values.push((key.clone(), binding));
                }
            }
        }
        let has = |g: &Global, key: &str| g.options.iter().any(|o| &*o.name == key);
        let takes = overloads.iter().filter(|g| g.takes(rest.len()));
        let takes: Vec<Rc<Global>> = takes.cloned().collect();
        let fits = |g: &&Rc<Global>| given.iter().all(|(key, _)| has(g, key));
        let fitting: Vec<Rc<Global>> = takes.iter().filter(fits).cloned().collect();
        // Where the number of arguments is wrong, that is told.
        let fitting = match (takes.is_empty(), fitting.is_empty()) {
            (true, _) => overloads.to_vec(),
            (false, true) => {
                let odd = given
                    .iter()
                    .find(|(key, _)| !takes.iter().any(|g| has(g, key)));
                let (key, place) = odd.or(given.first()).cloned().ok_or(Failed)?;
                return self.no_option(name, &key, &takes, place);
            }
            (false, false) => fitting,
        };
        self.chosen.push(chosen);
        let tree = self.apply_overloads(name, &fitting, &rest, env, want, at);
        self.chosen.pop();
        Ok(wrap_lets(lets, tree?))
    }

    fn no_option(
        &mut self,
        name: &str,
        key: &str,
        overloads: &[Rc<Global>],
        at: Span,
    ) -> Res<Tree> {
        let mut all: Vec<&str> = Vec::new();
        for opt in overloads.iter().flat_map(|g| g.options.iter()) {
            if !all.contains(&&*opt.name) {
                all.push(&opt.name);
            }
        }
        let who = self.blamed(name, at);
        let like = similar(key, all.iter().copied());
        let help = match (like, &all[..]) {
            (Some(like), _) if like != key => format!("did you mean `:{like}`?"),
            (_, []) => "it takes none".to_string(),
            (_, all) => format!("there is :{}", all.join(" :")),
        };
        let why = format!("`:{key}` is no option of `{who}` here");
        self.fail(Problem::new(Code::Unknown, self.place(at), why).help(help))
    }

    /// Names the options of a function in its body.
    pub(super) fn bind_options(
        &mut self,
        global: &Global,
        mut scope: Env,
        lets: &mut Lets,
    ) -> Res<Env> {
        let chosen = self.chosen.last().cloned().unwrap_or_default();
        for opt in global.options.iter() {
            let flag = chosen.flags.iter().find(|f| f.name == opt.name);
            scope = match &opt.value {
                None if opt.handed_on => continue,
                None => scope.with(&opt.name, Binding::Flag(flag.is_some())),
                Some((ty, default)) => {
                    let given = chosen.values.iter().find(|v| v.0 == opt.name);
                    match given {
                        Some((_, binding)) => scope.with(&opt.name, binding.clone()),
                        None => {
                            let ty = self.parse_type(ty)?;
                            let tree = self.value(default, &Env::default(), Some(&ty))?;
                            let tree = self.coerce(tree, &ty, "")?;
                            self.bind_tree(&opt.name, tree, &scope, lets)
                        }
                    }
                }
            };
        }
        let own = |f: &Flag| {
            global
                .options
                .iter()
                .any(|o| o.name == f.name && !o.handed_on)
        };
        let handed_on = chosen.flags.iter().filter(|f| !own(f));
        let flags = handed_on.cloned().collect();
        Ok(scope.with(
            HANDED_ON,
            Binding::Options(Rc::new(Options { chosen, flags })),
        ))
    }

    /// Whether a condition made of flags is true; `None` if it is made of anything else.
    pub(super) fn known_truth(&self, form: &Form, env: &Env) -> Option<bool> {
        match &form.kind {
            FormKind::Symbol(name) => match env.get(name) {
                Some(Binding::Flag(given)) => Some(*given),
                _ => None,
            },
            FormKind::List(parts) if form.at.source == 0 => {
                let args = &parts[1..];
                let mut all = args.iter().map(|f| self.known_truth(f, env));
                match plain(form.head()?) {
                    "not" if args.len() == 1 => all.next()?.map(|t| !t),
                    "and" => all.try_fold(true, |a, b| Some(a && b?)),
                    "or" => all.try_fold(false, |a, b| Some(a || b?)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The flags that a form stands for, where it stands for those that are handed on.
    pub(super) fn handed_on(&self, form: &Form, env: &Env) -> Option<Rc<[Flag]>> {
        Some(self.options_of(form, env)?.flags.clone())
    }

    fn options_of(&self, form: &Form, env: &Env) -> Option<Rc<Options>> {
        match env.get(form.symbol()?) {
            Some(Binding::Options(options)) => Some(options.clone()),
            _ => None,
        }
    }
}
