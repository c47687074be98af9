//! The texts that spans refer to.

use sawmill_frontend::prelude;
use sawmill_ir::module::{Span, place};
use std::sync::Arc;

/// Texts by number; number 0 is the prelude.
#[derive(Clone)]
pub struct Sources(Vec<(Arc<str>, Arc<str>)>);

/// Their names: an error that is unwrapped does not print the prelude.
impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|s| &s.0)).finish()
    }
}

impl Default for Sources {
    fn default() -> Sources {
        Sources(vec![("prelude".into(), prelude::TEXT.into())])
    }
}

impl Sources {
    /// Adds a text with the name that messages call it by; gives its number.
    pub fn add(&mut self, name: &str, text: &str) -> u32 {
        self.0.push((name.into(), text.into()));
        self.0.len() as u32 - 1
    }

    /// The number of the text added last.
    pub(crate) fn last(&self) -> u32 {
        self.0.len() as u32 - 1
    }

    /// Name and text of a source.
    pub fn get(&self, source: u32) -> Option<(&str, &str)> {
        self.0
            .get(source as usize)
            .map(|(name, text)| (&**name, &**text))
    }

    /// `file:line:column` of the start of a span; lines and columns (in characters) from 1. `None` for a place in no
    /// text of the user.
    pub fn place(&self, at: Span) -> Option<String> {
        place(&self.0, at)
    }

    /// The same as programs have them: the prelude's text is left out.
    pub(crate) fn of_module(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let mut all = self.0.clone();
        if let Some(prelude) = all.first_mut() {
            prelude.1 = "".into();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_in_characters() {
        let mut sources = Sources::default();
        let source = sources.add("a.saw", "(é\n  x)");
        let at = |start| Span {
            source,
            start,
            end: start + 1,
        };
        assert_eq!(sources.place(at(0)).as_deref(), Some("a.saw:1:1"));
        assert_eq!(sources.place(at(3)).as_deref(), Some("a.saw:1:3"));
        assert_eq!(sources.place(at(6)).as_deref(), Some("a.saw:2:3"));
        assert_eq!(sources.place(Span::default()), None);
    }
}
