//! Functions that nothing calls.

use super::env::Global;
use super::program::defined_name;
use super::{Checker, arith, forms, functions};
use crate::read::{Form, FormKind};
use sawmill_ir::module::Span;
use std::collections::HashSet;

/// The names in a function's text: those that are called, and those that stand elsewhere.
#[derive(Default)]
struct Names<'a> {
    called: Vec<(&'a str, Span)>,
    elsewhere: HashSet<&'a str>,
}

impl Checker {
    /// A function that nothing called is checked too, as far as its parameters say their types; of one that is checked
    /// for each call at least the names, if what it calls has to be there by now: it is a `whole` program.
    pub(super) fn check_unused(&mut self, form: &Form, whole: bool) {
        let named = defined_name(form).filter(|n| *n != "main");
        let globals = named.and_then(|n| self.globals.get(n)).cloned();
        for global in globals.unwrap_or_default() {
            if self.is_first_order(&global) && !self.is_generic(&global) {
                let _ = self.function(&global, Vec::new());
            } else if whole {
                self.check_names(&global);
            }
        }
    }

    /// Tells of what is called and is not there, whatever the types are. A name that also stands where it may be given
    /// its meaning, as in brackets or a pattern, is left to the calls.
    fn check_names(&mut self, global: &Global) {
        let mut names = Names::default();
        global.body.iter().for_each(|form| names.add(form));
        names
            .elsewhere
            .extend(global.params.iter().map(|p| &*p.name));
        let patterns = global.params.iter().filter_map(|p| p.pattern.as_ref());
        patterns.for_each(|form| names.add(form));
        let makers: HashSet<String> = self.makers().into_iter().collect();
        for (name, at) in names.called {
            let special = [
                forms::NAMES,
                forms::FUNCTIONS,
                arith::NAMES,
                functions::NAMES,
            ];
            let known = special.iter().any(|names| names.contains(&name))
                || names.elsewhere.contains(name)
                || name.contains('/') && name.len() > 1
                || self.wrong.contains(name)
                || makers.contains(name)
                || self.prelude.rule(name).is_some()
                || self.top.get(name).is_some()
                || self.is_function(name, at);
            if !known {
                let env = self.top.clone();
                let unknown = self.unknown(name, at, &env);
                let _ = self.fail::<()>(unknown);
            }
        }
    }
}

impl<'a> Names<'a> {
    fn add(&mut self, form: &'a Form) {
        match &form.kind {
            FormKind::Symbol(name) => {
                self.elsewhere.insert(name);
            }
            FormKind::List(_) if form.head() == Some("comment") => {}
            FormKind::List(parts) => {
                let called = parts.first().and_then(|f| Some((f.symbol()?, f.at)));
                self.called.extend(called);
                let rest = &parts[usize::from(called.is_some())..];
                rest.iter().for_each(|form| self.add(form));
            }
            FormKind::Vector(parts) | FormKind::Map(parts) | FormKind::Set(parts) => {
                parts.iter().for_each(|form| self.add(form));
            }
            _ => {}
        }
    }
}
