//! A diagnostic as the checker makes it: one word, since what checks expressions calls itself as deep as they nest, and
//! every value on the way to a message takes room in each of these frames.

use crate::diag::{Code, Diagnostic};
use sawmill_ir::module::Span;
use std::ops::{Deref, DerefMut};

/// What is wrong, see [`Diagnostic`].
pub(super) struct Problem(Box<Diagnostic>);

impl Problem {
    pub(super) fn new(code: Code, at: Span, message: impl Into<String>) -> Problem {
        Problem(Box::new(Diagnostic::new(code, at, message)))
    }
    pub(super) fn label(mut self, label: impl Into<String>) -> Problem {
        self.label = label.into();
        self
    }
    pub(super) fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
    pub(super) fn note(mut self, at: Span, text: impl Into<String>) -> Problem {
        self.others.push((at, text.into()));
        self
    }
}

impl Deref for Problem {
    type Target = Diagnostic;
    fn deref(&self) -> &Diagnostic {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Diagnostic {
        &mut self.0
    }
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Diagnostic {
        *problem.0
    }
}
