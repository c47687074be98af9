//! The definitions of the prelude, each read when a program first names it: a program names a few of some hundreds, and
//! reading all of them would take longer than everything else that a small program waits for.
//!
//! What is promised of the text, by a test: a line that begins with a parenthesis is the start of a definition, and its
//! second word is the name.

use super::Checker;
use super::env::Global;
use super::rules::Rule;
use crate::prelude::TEXT;
use crate::read::read_part;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// What the prelude defines: what its own text means by a name, whatever a program defines.
#[derive(Default)]
pub(super) struct Prelude(BTreeMap<&'static str, Named>);

/// What one name stands for.
#[derive(Default)]
struct Named {
    /// Where its definitions are in the text.
    places: Vec<Range<usize>>,
    read: OnceCell<Definitions>,
}

#[derive(Default)]
struct Definitions {
    functions: Vec<Rc<Global>>,
    rule: Option<Rc<Rule>>,
}

/// Numbers of functions from here on are the program's; the prelude's functions have places in its text for numbers.
pub(super) const FIRST_ID: usize = TEXT.len();

impl Prelude {
    /// Finds the names in the text.
    pub(super) fn new() -> Prelude {
        let mut prelude = Prelude::default();
        let mut start = next_definition(0);
        while start < TEXT.len() {
            let end = next_definition(start + 1);
            let name = TEXT[start..end].split_whitespace().nth(1).unwrap_or("");
            let named = prelude.0.entry(name).or_default();
            named.places.push(start..end);
            start = end;
        }
        prelude
    }

    /// The functions of a name.
    pub(super) fn functions(&self, name: &str) -> Option<&Vec<Rc<Global>>> {
        let functions = &self.0.get(name)?.definitions().functions;
        (!functions.is_empty()).then_some(functions)
    }

    /// The rule of a name.
    pub(super) fn rule(&self, name: &str) -> Option<&Rc<Rule>> {
        self.0.get(name)?.definitions().rule.as_ref()
    }

    /// All functions, those of a name together, by name.
    pub(super) fn all_functions(&self) -> impl Iterator<Item = &Vec<Rc<Global>>> {
        let all = self.0.values().map(|named| &named.definitions().functions);
        all.filter(|functions| !functions.is_empty())
    }

    /// All rules, by name.
    pub(super) fn all_rules(&self) -> impl Iterator<Item = &Rc<Rule>> {
        let all = self.0.values().map(Named::definitions);
        all.filter_map(|definitions| definitions.rule.as_ref())
    }
}

/// Where the first definition after a place begins; the text's end if there is none.
fn next_definition(after: usize) -> usize {
    let rest = TEXT.get(after..).unwrap_or("");
    if after == 0 && rest.starts_with('(') {
        return 0;
    }
    rest.find("\n(").map_or(TEXT.len(), |at| after + at + 1)
}

impl Named {
    fn definitions(&self) -> &Definitions {
        self.read.get_or_init(|| {
            let mut definitions = Definitions::default();
            for place in &self.places {
                definitions.read(place.clone());
            }
            definitions
        })
    }
}

impl Definitions {
    fn read(&mut self, place: Range<usize>) {
        let mut checker = Checker::with(Rc::default());
        checker.ids = place.start;
        let read = read_part(TEXT, 0, place);
        for form in &read.forms {
            if form.head() == Some("defrule") {
                self.rule = Rule::parse(form).map(Rc::new);
                continue;
            }
            let functions = checker.parse_defn(form).unwrap_or_default();
            self.functions.extend(functions.into_iter().map(Rc::new));
        }
        let said = (&read.diagnostics, &checker.diagnostics);
        let well = said.0.is_empty() && said.1.is_empty();
        assert!(well, "the prelude is not well written: {said:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{FormKind, read};

    #[test]
    fn every_definition_is_found_by_its_name() {
        let prelude = Prelude::new();
        let forms = read(TEXT, 0);
        assert_eq!(forms.diagnostics, []);
        let mut starts: Vec<usize> = Vec::new();
        for form in &forms.forms {
            let parts = form.list().expect("a definition");
            assert!(
                matches!(form.head(), Some("defn" | "defrule")),
                "{form} is no definition"
            );
            let FormKind::Symbol(name) = &parts[1].kind else {
                panic!("{form} has no name");
            };
            let start = form.at.start as usize;
            assert!(prelude.0[&**name].places.iter().any(|p| p.start == start));
            starts.push(start);
        }
        let found = prelude.0.values().flat_map(|n| &n.places);
        let mut found: Vec<usize> = found.map(|p| p.start).collect();
        found.sort_unstable();
        assert_eq!(found, starts);
    }

    #[test]
    fn every_definition_is_well_written_and_has_a_number_of_its_own() {
        let prelude = Prelude::new();
        let functions = prelude.all_functions().flatten().map(|g| g.id);
        let mut ids: Vec<usize> = functions.collect();
        let count = ids.len();
        assert!(count > 100 && ids.iter().all(|id| *id <= FIRST_ID));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(prelude.all_rules().count() > 10);
    }
}
