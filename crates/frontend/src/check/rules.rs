//! Forms that are rewritten into others: the `defrule`s of the prelude.
//!
//! A rule is pairs of a pattern and a template. In a pattern a symbol stands for any form, `x ...` for any number of
//! them, `_` for one that is dropped; lists and vectors have patterns within; all else stands for itself. A template
//! says what the form becomes.
//!
//! Rules are hygienic. A symbol that a template brings along gets a mark that no text can spell, another one each time:
//! so it binds nothing of the user's and the user's names do not reach it. Where nothing has bound it, it means what it
//! means in the prelude. Its place is in the prelude's text, so errors are told at the form that was rewritten.

use super::problem::Problem;
use super::{Checker, Res};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use sawmill_ir::module::Span;
use std::collections::HashMap;
use std::rc::Rc;

/// A rule.
pub(super) struct Rule {
    pub(super) name: Rc<str>,
    pub(super) doc: Rc<str>,
    /// Where it starts in the prelude.
    pub(super) start: u32,
    /// How it is written, where its patterns do not say that.
    usage: Option<Rc<str>>,
    /// Pattern and template; the first that fits counts.
    arms: Vec<(Form, Form)>,
}

/// What a variable of a pattern stands for.
#[derive(Clone)]
enum Bound {
    One(Form),
    /// Shared: each round of what is repeated has all of them at hand.
    Many(Rc<[Bound]>),
}

type Bindings = HashMap<Rc<str>, Bound>;

/// What separates a name from its mark.
const MARK: char = '\u{1}';

/// A name without its mark.
pub(super) fn plain(name: &str) -> &str {
    name.split(MARK).next().unwrap_or(name)
}

/// A name that no text can spell.
pub(super) fn marked(name: &str, mark: usize) -> Rc<str> {
    format!("{}{MARK}{mark}", plain(name)).into()
}

fn is_dots(form: &Form) -> bool {
    form.symbol() == Some("...")
}

impl Rule {
    /// `(defrule name "doc" "usage" pattern template ...)`, the usage only where the patterns do not say it; of the
    /// prelude, so it is well written.
    pub(super) fn parse(form: &Form) -> Option<Rule> {
        let [_, name, doc, arms @ ..] = form.list()? else {
            return None;
        };
        let (FormKind::Symbol(name), FormKind::Str(doc)) = (&name.kind, &doc.kind) else {
            return None;
        };
        let (usage, arms) = match arms {
            [
                Form {
                    kind: FormKind::Str(usage),
                    ..
                },
                arms @ ..,
            ] => (Some(usage.clone()), arms),
            arms => (None, arms),
        };
        let arms = arms.chunks_exact(2);
        Some(Rule {
            usage,
            name: name.clone(),
            doc: doc.clone(),
            start: form.at.start,
            arms: arms.map(|a| (a[0].clone(), a[1].clone())).collect(),
        })
    }

    /// Whether programs may use it.
    pub(super) fn is_public(&self) -> bool {
        !self.doc.is_empty()
    }

    /// How it is written, in each way.
    pub(super) fn usages(&self) -> Vec<String> {
        if let Some(usage) = &self.usage {
            return vec![usage.to_string()];
        }
        self.arms.iter().map(|arm| arm.0.to_string()).collect()
    }
}

/// Whether the form is what the pattern says; fills in what its variables stand for.
fn fits(pattern: &Form, form: &Form, bindings: &mut Bindings) -> bool {
    match (&pattern.kind, &form.kind) {
        (FormKind::Symbol(name), _) if &**name == "_" => true,
        (FormKind::Symbol(name), _) => {
            bindings.insert(name.clone(), Bound::One(form.clone()));
            true
        }
        (FormKind::List(want), FormKind::List(have))
        | (FormKind::Vector(want), FormKind::Vector(have)) => all_fit(want, have, bindings),
        (a, b) => a == b,
    }
}

/// Whether the forms are what the patterns say; one pattern at most is followed by `...`.
fn all_fit(patterns: &[Form], forms: &[Form], bindings: &mut Bindings) -> bool {
    let Some(dots) = patterns.iter().position(is_dots) else {
        return patterns.len() == forms.len()
            && patterns
                .iter()
                .zip(forms)
                .all(|(p, f)| fits(p, f, bindings));
    };
    let (before, after) = (&patterns[..dots - 1], &patterns[dots + 1..]);
    let Some(many) = forms.len().checked_sub(before.len() + after.len()) else {
        return false;
    };
    let (first, rest) = forms.split_at(before.len());
    let (middle, last) = rest.split_at(many);
    if !all_fit(before, first, bindings) || !all_fit(after, last, bindings) {
        return false;
    }
    let repeated = &patterns[dots - 1];
    if let Some(name) = repeated.symbol().filter(|name| *name != "_") {
        let all = middle.iter().map(|form| Bound::One(form.clone()));
        bindings.insert(name.into(), Bound::Many(all.collect()));
        return true;
    }
    let mut rounds = Vec::new();
    for form in middle {
        let mut round = Bindings::new();
        if !fits(repeated, form, &mut round) {
            return false;
        }
        rounds.push(round);
    }
    let mut names = Vec::new();
    variables(repeated, &mut names);
    for name in names {
        let of = rounds.iter().filter_map(|r| r.get(&name).cloned());
        let of = Bound::Many(of.collect());
        bindings.insert(name, of);
    }
    true
}

/// The variables of a pattern.
fn variables(pattern: &Form, names: &mut Vec<Rc<str>>) {
    match &pattern.kind {
        FormKind::Symbol(name) if &**name != "_" && !is_dots(pattern) => names.push(name.clone()),
        FormKind::List(parts) | FormKind::Vector(parts) => {
            parts.iter().for_each(|p| variables(p, names));
        }
        _ => {}
    }
}

/// What variables stand for in a round of what is repeated, and around it.
struct Scope<'a> {
    own: Bindings,
    around: Option<&'a Scope<'a>>,
}

impl Scope<'_> {
    fn get(&self, name: &str) -> Option<&Bound> {
        self.own.get(name).or_else(|| self.around?.get(name))
    }
}

/// The template with what its variables stand for; symbols of its own get the mark.
fn fill(template: &Form, scope: &Scope<'_>, mark: usize) -> Form {
    let at = template.at;
    let kind = match &template.kind {
        FormKind::Symbol(name) => match scope.get(name) {
            Some(Bound::One(form)) => return form.clone(),
            _ => FormKind::Symbol(marked(name, mark)),
        },
        FormKind::List(parts) => FormKind::List(fill_all(parts, scope, mark).into()),
        FormKind::Vector(parts) => FormKind::Vector(fill_all(parts, scope, mark).into()),
        other => other.clone(),
    };
    Form { kind, at }
}

fn fill_all(templates: &[Form], scope: &Scope<'_>, mark: usize) -> Vec<Form> {
    let mut out = Vec::new();
    for (i, template) in templates.iter().enumerate() {
        if is_dots(template) {
            continue;
        }
        if !templates.get(i + 1).is_some_and(is_dots) {
            out.push(fill(template, scope, mark));
            continue;
        }
        let mut names = Vec::new();
        variables(template, &mut names);
        names.retain(|n| matches!(scope.get(n), Some(Bound::Many(_))));
        let rounds = names.iter().filter_map(|n| match scope.get(n) {
            Some(Bound::Many(all)) => Some(all.len()),
            _ => None,
        });
        for round in 0..rounds.max().unwrap_or(0) {
            let mut own = Bindings::new();
            for name in &names {
                if let Some(Bound::Many(all)) = scope.get(name)
                    && let Some(one) = all.get(round)
                {
                    own.insert(name.clone(), one.clone());
                }
            }
            let inner = Scope {
                own,
                around: Some(scope),
            };
            out.push(fill(template, &inner, mark));
        }
    }
    out
}

impl Checker {
    /// The rule that a form is to be rewritten by, whose head is written at `at`; those without a documentation are the
    /// prelude's own.
    pub(super) fn rule_of(&self, head: &str, at: Span) -> Option<Rc<Rule>> {
        let rule = self.prelude.rule(plain(head))?;
        (at.source == 0 || rule.is_public()).then(|| rule.clone())
    }

    /// Rewrites a form once; `written` is the rule that the program used to come here.
    pub(super) fn rewrite(&mut self, rule: &Rule, written: &Rule, form: &Form) -> Res<Form> {
        let parts = form.list().unwrap_or(&[]);
        for (pattern, template) in &rule.arms {
            let mut bindings = Bindings::new();
            let wanted = pattern.list().unwrap_or(&[]);
            if all_fit(&wanted[1..], &parts[1..], &mut bindings) {
                self.marks += 1;
                let scope = Scope {
                    own: bindings,
                    around: None,
                };
                return Ok(fill(template, &scope, self.marks));
            }
        }
        let why = format!("`{}` is not written like this", written.name);
        let d = Problem::new(Code::BadForm, self.place(form.at), why)
            .help(format!("it is written {}", written.usages().join(" or ")));
        self.fail(d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read;

    fn one(text: &str) -> Form {
        read(text, 0).forms.swap_remove(0)
    }

    fn filled(template: &Form, own: Bindings) -> Form {
        fill(template, &Scope { own, around: None }, 7)
    }

    fn rewritten(rule: &str, text: &str) -> Option<String> {
        let rule = Rule::parse(&one(rule)).expect("a rule");
        let form = one(text);
        rule.arms.iter().find_map(|(pattern, template)| {
            let mut bindings = Bindings::new();
            all_fit(&pattern.list()?[1..], &form.list()?[1..], &mut bindings).then(|| {
                filled(template, bindings)
                    .to_string()
                    .replace("\u{1}7", "'")
            })
        })
    }

    #[test]
    fn variables_take_forms_and_dots_take_many() {
        let rule = "(defrule when \"\" (when c body ...) (if c (do body ...)))";
        assert_eq!(
            rewritten(rule, "(when (> a 1) b (c d))").as_deref(),
            Some("(if' (> a 1) (do' b (c d)))")
        );
        assert_eq!(rewritten(rule, "(when)"), None);
    }

    #[test]
    fn dots_reach_into_what_they_repeat() {
        let rule = "(defrule swap \"\" (swap [a b] ... last) ([[b a] ...] last))";
        assert_eq!(
            rewritten(rule, "(swap [1 2] [3 4] x)").as_deref(),
            Some("([[2 1] [4 3]] x)")
        );
        assert_eq!(rewritten(rule, "(swap [1 2 3] x)"), None);
    }

    #[test]
    fn arms_are_tried_in_order_and_keywords_stand_for_themselves() {
        let rule = "(defrule c \"\" (c) 0 (c :else e) e (c t e rest ...) (if t e (c rest ...)))";
        assert_eq!(rewritten(rule, "(c)").as_deref(), Some("0"));
        assert_eq!(rewritten(rule, "(c :else 5)").as_deref(), Some("5"));
        assert_eq!(
            rewritten(rule, "(c x 1 :else 2)").as_deref(),
            Some("(if' x 1 (c' :else 2))")
        );
    }
}
