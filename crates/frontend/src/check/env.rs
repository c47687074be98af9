//! What names mean at a place in the text.

use crate::read::Form;
use crate::tree::{Label, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use std::cell::RefCell;
use std::rc::Rc;

/// The names in scope: a list shared between the places that extend it.
#[derive(Clone, Default)]
pub(super) struct Env {
    head: Option<Rc<Node>>,
    /// Whether what stands here is the last thing its loop body does, so that `recur` may stand here.
    pub(super) tail: bool,
}

struct Node {
    name: Rc<str>,
    binding: Binding,
    next: Option<Rc<Node>>,
}

/// A list of names may be long; it is freed one by one.
impl Drop for Node {
    fn drop(&mut self) {
        let mut next = self.next.take();
        // A function among them has a list of names too: it goes while the rest is still held.
        self.binding = Binding::Stoppable(Label(0));
        while let Some(mut node) = next.and_then(Rc::into_inner) {
            next = node.next.take();
        }
    }
}

/// What a name means.
#[derive(Clone)]
pub(super) enum Binding {
    /// A variable of the function at that level.
    Local(Var, usize),
    /// A function, to be applied or passed down.
    Fn(Rc<FnValue>),
    /// A sequence that runs where it is consumed.
    Seq(Rc<Tree>),
    /// Text known while checking.
    Literal(Rc<str>),
    /// What `recur` starts again.
    Loop(Label, Vec<(Var, Rc<str>)>),
    /// What `stop` leaves.
    Stoppable(Label),
    /// Where `emit` says what its elements are.
    Emit(Rc<RefCell<Option<Ty>>>),
}

/// Names of bindings that no text can spell.
pub(super) const RECUR: &str = "(recur)";
pub(super) const STOP: &str = "(stop)";
pub(super) const EMIT: &str = "(emit)";

impl Env {
    pub(super) fn with(&self, name: &str, binding: Binding) -> Env {
        let node = Node {
            name: name.into(),
            binding,
            next: self.head.clone(),
        };
        Env {
            head: Some(Rc::new(node)),
            tail: self.tail,
        }
    }
    pub(super) fn get(&self, name: &str) -> Option<&Binding> {
        let mut node = self.head.as_deref();
        while let Some(n) = node {
            if &*n.name == name {
                return Some(&n.binding);
            }
            node = n.next.as_deref();
        }
        None
    }
    /// The same names where something else is still to be done afterwards.
    pub(super) fn inner(&self) -> Env {
        Env {
            head: self.head.clone(),
            tail: false,
        }
    }
    /// The same names where a loop body ends.
    pub(super) fn at_tail(&self) -> Env {
        Env {
            head: self.head.clone(),
            tail: true,
        }
    }
    /// All names, for suggestions.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut node = self.head.as_deref();
        while let Some(n) = node {
            names.push(n.name.to_string());
            node = n.next.as_deref();
        }
        names
    }
}

/// A function as something to apply: second class, so it is always known which.
pub(super) enum FnValue {
    /// `(fn [x] ...)`
    Lambda {
        params: Vec<Param>,
        result: Option<Form>,
        body: Rc<[Form]>,
        env: Env,
        at: Span,
    },
    /// A function of the program or the prelude, by name.
    Named { name: Rc<str>, at: Span },
    /// `:size`
    Keyword { name: Rc<str>, at: Span },
    /// A function that has to give a certain type, and for whom.
    Wanted {
        inner: Rc<FnValue>,
        result: Ty,
        by: Rc<str>,
    },
}

impl FnValue {
    /// Where it stands in the text.
    pub(super) fn at(&self) -> Span {
        match self {
            FnValue::Lambda { at, .. }
            | FnValue::Named { at, .. }
            | FnValue::Keyword { at, .. } => *at,
            FnValue::Wanted { inner, .. } => inner.at(),
        }
    }
}

/// A parameter as written.
#[derive(Clone)]
pub(super) struct Param {
    pub(super) name: Rc<str>,
    pub(super) ty: Option<Form>,
    pub(super) at: Span,
}

/// A function as written.
pub(super) struct Global {
    pub(super) id: usize,
    pub(super) name: Rc<str>,
    pub(super) params: Vec<Param>,
    pub(super) result: Option<Form>,
    pub(super) body: Rc<[Form]>,
    pub(super) at: Span,
    pub(super) doc: Option<Rc<str>>,
}
