//! What names mean at a place in the text.

use super::types::Need;
use crate::read::Form;
use crate::tree::{Label, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The names in scope: a list shared between the places that extend it.
#[derive(Clone, Default)]
pub(super) struct Env {
    head: Option<Rc<Node>>,
    /// Whether what stands here is the last thing its loop body does, so that `recur` may stand here.
    pub(super) tail: bool,
    /// Whether what stands here is what the function gives, so that a call of itself needs no stack.
    pub(super) returns: bool,
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
    Loop(Rc<LoopPlace>),
    /// What `stop` leaves.
    Stoppable(Label),
    /// Arguments as written, with the names they have there: what a function of the prelude takes after `&`.
    Forms(Rc<[Form]>, Env),
    /// An option of the prelude's function that is a flag: whether it is given.
    Flag(bool),
    /// The flags that a function of the prelude hands on.
    Options(Rc<super::options::Options>),
    /// Where `emit` says what its elements are.
    Emit(Rc<RefCell<Option<Ty>>>),
    /// A name whose value is wrong, which has been said.
    Wrong,
}

/// A place that `recur` goes back to.
pub(super) struct LoopPlace {
    pub(super) label: Label,
    pub(super) names: Vec<(Var, Rc<str>)>,
    /// Whether something goes back to it.
    pub(super) used: Cell<bool>,
    /// The type that `recur` gave for a name which has another one, if that may have been a literal's guess.
    pub(super) gave: RefCell<Option<(usize, Ty)>>,
    /// Whether it is a `loop`, or else a function.
    pub(super) is_loop: bool,
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
            returns: self.returns,
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
            returns: false,
        }
    }
    /// The same names where a loop body ends.
    pub(super) fn at_tail(&self) -> Env {
        Env {
            tail: true,
            ..self.clone()
        }
    }
    /// The same names where a function ends, or not.
    pub(super) fn returning(&self, returns: bool) -> Env {
        Env {
            returns,
            ..self.clone()
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
    /// A function of the program or the prelude, by name; `written` is where that name stands, which says whose it is.
    Named {
        name: Rc<str>,
        at: Span,
        written: Span,
    },
    /// `:size`
    Keyword { name: Rc<str>, at: Span },
    /// `(comp f g)`
    Comp { all: Vec<Rc<FnValue>>, at: Span },
    /// `(partial f a)`; the arguments have been evaluated, or are functions.
    Partial {
        f: Rc<FnValue>,
        bound: Vec<(Rc<str>, Binding)>,
        at: Span,
    },
    /// `(complement f)`
    Complement { f: Rc<FnValue>, at: Span },
    /// `(juxt f g)`
    Juxt { all: Vec<Rc<FnValue>>, at: Span },
    /// `(constantly x)`
    Constantly { var: Var, level: usize, at: Span },
    /// `(fnil f default)`; the default has been evaluated, unless it is a literal.
    Fnil {
        f: Rc<FnValue>,
        default: Form,
        env: Env,
        at: Span,
    },
    /// `(desc f)`, as a key to sort by.
    Desc { f: Rc<FnValue>, at: Span },
    /// A function that has to give a type of a certain shape, such as `(Option U)`, and for whom.
    Shaped {
        inner: Rc<FnValue>,
        shape: Form,
        by: Rc<str>,
    },
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
            | FnValue::Comp { at, .. }
            | FnValue::Partial { at, .. }
            | FnValue::Complement { at, .. }
            | FnValue::Juxt { at, .. }
            | FnValue::Constantly { at, .. }
            | FnValue::Fnil { at, .. }
            | FnValue::Desc { at, .. }
            | FnValue::Keyword { at, .. } => *at,
            FnValue::Wanted { inner, .. } | FnValue::Shaped { inner, .. } => inner.at(),
        }
    }
}

/// A parameter as written.
#[derive(Clone)]
pub(super) struct Param {
    pub(super) name: Rc<str>,
    /// What takes its value apart, where it is no plain name.
    pub(super) pattern: Option<Form>,
    pub(super) ty: Option<Form>,
    /// Whether it takes all arguments that are left, as a list.
    pub(super) rest: bool,
    pub(super) at: Span,
}

/// A function as written, with one list of parameters.
pub(super) struct Global {
    pub(super) id: usize,
    pub(super) name: Rc<str>,
    pub(super) params: Vec<Param>,
    pub(super) result: Option<Form>,
    /// Whether it takes more arguments, combined with the result from left to right: `[a b & ...]` in the prelude.
    pub(super) folds: bool,
    /// What may stand among its arguments as keywords.
    pub(super) options: Rc<[super::options::Opt]>,
    /// What is needed of its type variables: `{:where [(Ord T)]}`.
    pub(super) needs: Vec<(Need, Rc<str>)>,
    pub(super) body: Rc<[Form]>,
    pub(super) at: Span,
    pub(super) doc: Option<Rc<str>>,
}

impl Global {
    /// Whether its last parameter stands for the arguments as they are written.
    pub(super) fn takes_forms(&self) -> bool {
        let last = self.params.last();
        self.at.source == 0 && last.is_some_and(|p| p.rest && p.ty.is_none())
    }
    /// Whether it can take that many arguments.
    pub(super) fn takes(&self, arguments: usize) -> bool {
        match self.params.last() {
            Some(p) if p.rest => arguments + 1 >= self.params.len(),
            _ => arguments == self.params.len(),
        }
    }
}
