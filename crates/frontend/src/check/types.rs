//! Types as written, and fitting values to them.

use super::problem::Problem;
use super::{Checker, Res};
use crate::diag::{Code, similar};
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::{NAMED, STAT, Ty};
use std::collections::HashMap;
use std::sync::Arc;

/// Type variables of an expansion.
pub(super) type TypeVars = HashMap<String, Ty>;

/// Types that only the prelude can name.
const INNER: &[(&str, Ty)] = &[
    ("Name", Ty::Name),
    ("File", Ty::File),
    ("Listing", Ty::Listing),
    ("Root", Ty::Root),
];

/// Whether a symbol is a type variable: one capital letter.
pub(super) fn is_type_var(name: &str) -> bool {
    name.len() == 1 && name.as_bytes()[0].is_ascii_uppercase()
}

impl Checker {
    pub(super) fn parse_type(&mut self, form: &Form) -> Res<Ty> {
        self.parse_type_with(form, &TypeVars::new())
    }

    /// A type as written; type variables stand for what they are bound to.
    pub(super) fn parse_type_with(&mut self, form: &Form, vars: &TypeVars) -> Res<Ty> {
        let at = self.place(form.at);
        match &form.kind {
            FormKind::Symbol(name) => {
                if let Some(ty) = vars.get(&**name) {
                    return Ok(ty.clone());
                }
                if &**name == "Stat" {
                    return Ok(Ty::Record(STAT.clone()));
                }
                let inner = if form.at.source == 0 { INNER } else { &[] };
                if let Some(row) = NAMED.iter().chain(inner).find(|row| row.0 == &**name) {
                    return Ok(row.1.clone());
                }
                let d = Problem::new(Code::BadType, at, format!("`{name}` is not a type"));
                let names = NAMED
                    .iter()
                    .map(|row| row.0)
                    .chain(["Stat", "List", "Result", "Seq"]);
                let d = match similar(name, names.clone()) {
                    Some(like) => d.help(format!("did you mean `{like}`?")),
                    None => d.help(format!("types are {}", names.collect::<Vec<_>>().join(" "))),
                };
                self.fail(d)
            }
            FormKind::List(parts) => {
                let head = parts.first().and_then(|f| f.symbol());
                let make: fn(Ty) -> Ty = match head {
                    Some("List") => Ty::list,
                    Some("Seq") => Ty::seq,
                    Some("Result") => |t| Ty::Result(Arc::new(t)),
                    _ => {
                        let d = Problem::new(Code::BadType, at, "this is not a type")
                            .help("for example Int, (List Stat), (Result Stat)");
                        return self.fail(d);
                    }
                };
                let [_, argument] = &parts[..] else {
                    return self.fail(
                        Problem::new(Code::BadType, at, "this type takes one argument")
                            .help("(List Stat)"),
                    );
                };
                let argument = self.parse_type_with(argument, vars)?;
                if matches!(argument, Ty::Seq(_)) {
                    let d = Problem::new(
                        Code::BadType,
                        at,
                        "a sequence cannot be stored in another type",
                    )
                    .help("write List");
                    return self.fail(d);
                }
                Ok(make(argument))
            }
            _ => self.fail(
                Problem::new(Code::BadType, at, "this is not a type")
                    .help("for example Int, (List Stat)"),
            ),
        }
    }

    /// Whether a value of type `have` is what `want`, as written, asks for; binds type variables on the way.
    pub(super) fn matches(&mut self, want: &Form, have: &Ty, vars: &mut TypeVars) -> bool {
        match &want.kind {
            FormKind::Symbol(name) if is_type_var(name) => match vars.get(&**name) {
                Some(bound) => bound == have,
                None => {
                    vars.insert(name.to_string(), have.clone());
                    true
                }
            },
            FormKind::List(parts) if parts.len() == 2 => {
                let inner = match (parts[0].symbol(), have) {
                    (Some("List"), Ty::List(t) | Ty::Seq(t)) => t,
                    (Some("Seq"), Ty::Seq(t) | Ty::List(t)) => t,
                    // Of the prelude: a list that is there already.
                    (Some("Stored"), Ty::List(t)) => t,
                    (Some("Result"), Ty::Result(t)) => t,
                    _ => return false,
                };
                self.matches(&parts[1], inner, vars)
            }
            _ => {
                let before = self.diagnostics.len();
                let matched = self.parse_type_with(want, vars).is_ok_and(|ty| ty == *have);
                self.diagnostics.truncate(before);
                matched
            }
        }
    }

    /// A value where `want` is wanted: a sequence becomes a list, a text literal a path.
    pub(super) fn coerce(&mut self, tree: Tree, want: &Ty, whose: &str) -> Res<Tree> {
        if tree.ty == *want || tree.ty == Ty::Never {
            return Ok(tree);
        }
        if let (Ty::Seq(a), Ty::List(b)) = (&tree.ty, want)
            && a == b
        {
            return Ok(self.collected(tree));
        }
        if let (Ty::Str, Ty::Path, Kind::Bytes(bytes)) = (&tree.ty, want, &tree.kind)
            && !bytes.contains(&0)
        {
            return Ok(tree.with_type(Ty::Path));
        }
        let d = Problem::new(
            Code::Mismatch,
            tree.at,
            format!("{whose} needs {want}, this is {}", tree.ty),
        )
        .label(format!("{}", tree.ty));
        let d = match conversion(&tree.ty, want) {
            Some(help) => d.help(help),
            None => d,
        };
        self.fail(d)
    }
}

/// What to write to get from one type to another.
pub(super) fn conversion(have: &Ty, want: &Ty) -> Option<&'static str> {
    Some(match (have, want) {
        (Ty::Int, Ty::Size) => "a literal takes a unit, `10KiB`; a number of bytes is `(* n 1B)`",
        (Ty::Size, Ty::Int) => "the number of bytes in a size is `(quot s 1B)`",
        (Ty::Str, Ty::Path) => "`(path s)` makes a path of a text",
        (Ty::Str, Ty::Dir) | (Ty::Path, Ty::Dir) => {
            "`(dir p)` opens the directory that a path names"
        }
        (Ty::Result(_), _) => {
            "`(or-else r default)` gives the value, or the default where it is an error"
        }
        (Ty::Entry, Ty::Record(_)) => "`(stat e)` gives the Stat of an Entry",
        (Ty::Unit, _) => {
            "`when`, and an `if` without an else, give Unit: write what it is otherwise"
        }
        (Ty::Entry, Ty::Path) => "`(:name e)` is its name",
        _ => return None,
    })
}
