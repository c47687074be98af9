//! The prelude's text and forms.

use crate::read::{Form, read};

/// The text; its spans have source 0.
pub const TEXT: &str = include_str!("prelude.saw");

pub(crate) fn forms() -> &'static [Form] {
    thread_local! {
        static FORMS: &'static [Form] = {
            let out = read(TEXT, 0);
            assert!(out.diagnostics.is_empty(), "the prelude does not read: {:?}", out.diagnostics);
            // Forms are shared by reference counts of one thread; each thread that checks keeps its own, once.
            Box::leak(out.forms.into_boxed_slice())
        };
    }
    FORMS.with(|f| *f)
}

/// The title of the section that a place in the text belongs to.
pub(crate) fn section(start: u32) -> &'static str {
    let before = TEXT.get(..start as usize).unwrap_or("");
    let title = before
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(";; "));
    title.unwrap_or("")
}
