//! What would be right: what is told beside a mistake, by the types and names at hand.

use crate::tree::{Kind, Tree};
use crate::ty::{EnumDef, Ty};
use sawmill_ir::ty::RecordKind;

/// What to write to get from one type to another.
pub(super) fn conversion(have: &Ty, want: &Ty) -> Option<&'static str> {
    Some(match (have, want) {
        (Ty::Int, Ty::Size) => "a literal takes a unit, `10KiB`; a number of bytes is `(* n 1B)`",
        (Ty::Size, Ty::Int) => "the number of bytes in a size is `(quot s 1B)`",
        (Ty::Int, Ty::Float) => "`(float n)` is the Float of an Int",
        (Ty::Float, Ty::Int) => "`(int x)` leaves the fraction out, `(round x)` rounds",
        (Ty::Int, Ty::Duration) => {
            "a literal takes a unit, `5s`; a number of seconds is `(* n 1s)`"
        }
        (Ty::Duration, Ty::Int) => "the number of seconds in a duration is `(quot t 1s)`",
        (Ty::Duration, Ty::Time) => "`(+ time duration)` is a Time",
        (Ty::Time, Ty::Duration) => "`(- time time)` is the Duration between two times",
        (Ty::Str, Ty::Path) => "`(path s)` makes a path of a text",
        (Ty::Path, Ty::Str) => "`(str p)` is its text, if it is UTF-8; `(lossy p)` always is",
        (Ty::Str, Ty::Bytes) => "`(bytes s)` gives the bytes of a text",
        (Ty::Bytes, Ty::Str) => {
            "`(utf8 b)` gives the text, if it is one, as an Option; `(lossy b)` always"
        }
        (Ty::List(t), Ty::Str) if **t == Ty::Str => "`(join \", \" xs)` puts texts together",
        (_, Ty::Str) if scalar(have) => "`(str x)` shows a value as text",
        (Ty::Str, Ty::Int) => "`(parse-int s)` gives an Option",
        (Ty::Str, Ty::Float) => "`(parse-float s)` gives an Option",
        (Ty::Str, Ty::Dir) | (Ty::Path, Ty::Dir) => {
            "`(dir p)` opens the directory that a path names"
        }
        (Ty::Str | Ty::Path | Ty::Dir, Ty::File) => {
            "`(sys/openat2.read d \"name\")` opens a file below a directory"
        }
        (Ty::Option(a), b) if **a == *b => {
            "`(or-else o default)` gives the value, or the default where there is none; `if-let` and `match` take it apart"
        }
        (a, Ty::Option(b)) if a == &**b || **b == Ty::Never && !matches!(a, Ty::Option(_)) => {
            "`(just x)` makes an Option of a value"
        }
        (a, Ty::Result(b)) if a == &**b => "`(try e)` makes a Result of an expression",
        (Ty::Result(_), _) => {
            "`(or-else r default)` gives the value, or the default where it is an error"
        }
        (Ty::Entry, Ty::Record(_)) => "`(stat e)` gives the Stat of an Entry",
        (Ty::Unit, _) => {
            "`when`, and an `if` or `cond` without an else, give Unit: write what it is otherwise"
        }
        (Ty::Entry, Ty::Path) => "`(:name e)` is its name",
        (Ty::Record(r), Ty::List(_)) if r.kind == RecordKind::Tuple => {
            "values of different types in brackets are a tuple; those of a List have one type"
        }
        (Ty::Record(r), Ty::Map(_)) if r.kind == RecordKind::Fields => {
            "keywords as keys make a record; the keys of a Map are values, `{\"a\" 1}`"
        }
        (Ty::List(_), Ty::Array(_)) => {
            "`(nth xs n)` gives an element of a List; `(array n x)` makes an Array"
        }
        (Ty::Map(_), Ty::Record(_)) => "the keys of a record are keywords, `{:a 1}`",
        (Ty::Array(_), Ty::List(_)) => "`(freeze a)` gives the elements of an array as a List",
        _ => return None,
    })
}

fn scalar(ty: &Ty) -> bool {
    matches!(
        ty,
        Ty::Bool
            | Ty::Int
            | Ty::Float
            | Ty::Size
            | Ty::Duration
            | Ty::Mode
            | Ty::FileType
            | Ty::Ino
            | Ty::Dev
            | Ty::Time
            | Ty::Enum(_)
    )
}

fn number(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Float | Ty::Size | Ty::Duration)
}

/// The text that a literal is.
fn literal(tree: &Tree) -> Option<std::borrow::Cow<'_, str>> {
    match (&tree.kind, &tree.ty) {
        (Kind::Bytes(text), Ty::Str) => Some(String::from_utf8_lossy(text)),
        _ => None,
    }
}

/// What to write where a value should be of another type.
pub(super) fn instead(tree: &Tree, want: &Ty) -> Option<&'static str> {
    match literal(tree) {
        // Nobody means to parse a text that stands there.
        Some(text) if number(want) => {
            let parses = text.parse::<f64>().is_ok();
            parses.then_some("a number stands without quotes")
        }
        _ => conversion(&tree.ty, want),
    }
}

/// What to write where two values should be of one type: what makes one of the other and loses nothing comes first.
pub(super) fn common(a: &Ty, b: &Ty) -> Option<&'static str> {
    let rank = |ty: &Ty| match ty {
        Ty::Option(_) => 3,
        Ty::Str | Ty::Path => 2,
        Ty::Float | Ty::Size | Ty::Duration => 1,
        _ => 0,
    };
    let (low, high) = if rank(a) > rank(b) { (b, a) } else { (a, b) };
    conversion(low, high).or(conversion(high, low))
}

/// What to write where branches give different types.
pub(super) fn branches(a: &Ty, b: &Ty) -> &'static str {
    match (a, b) {
        (Ty::Unit, _) | (_, Ty::Unit) => {
            "`when`, and an `if` or `cond` without an else, give Unit: write what it is otherwise"
        }
        (Ty::Result(_), _) | (_, Ty::Result(_)) => {
            "`(or-else r default)` gives the value, or the default where it is an error"
        }
        _ => common(a, b).unwrap_or("all branches give one type"),
    }
}

/// What to write where an operator has these operands.
pub(super) fn operands(name: &str, a: &Tree, b: &Tree) -> Option<&'static str> {
    let either = |test: fn(&Ty) -> bool| test(&a.ty) || test(&b.ty);
    if matches!(name, "=" | "not=" | "<" | "<=" | ">" | ">=") {
        if let (Ty::Result(_), _) | (_, Ty::Result(_)) = (&a.ty, &b.ty) {
            return conversion(&Ty::Unit.result(), &Ty::Int);
        }
        let text = |t: &Ty| matches!(t, Ty::Str);
        let apart = text(&a.ty) && number(&b.ty) || text(&b.ty) && number(&a.ty);
        let help = common(&a.ty, &b.ty).filter(|_| !apart);
        return help.or(Some("values of one type are compared"));
    }
    Some(match (name, &a.ty, &b.ty) {
        _ if either(|t| matches!(t, Ty::Option(_))) => {
            "`(or-else o default)` gives the value, or the default where there is none; `if-let` and `match` take it apart"
        }
        _ if either(|t| matches!(t, Ty::Result(_))) => {
            "`(or-else r default)` gives the value, or the default where it is an error"
        }
        ("+", Ty::Str, _) | ("+", _, Ty::Str) => "`(str a b)` puts values together as text",
        ("+", Ty::List(_), Ty::List(_)) => "`(concat a b)` gives the elements of both",
        ("+", Ty::Map(_), Ty::Map(_)) => "`(merge a b)` has the keys of both",
        ("+", Ty::Set(_), Ty::Set(_)) => "`(union a b)` has the elements of both",
        ("/", a, b) if *a != Ty::Float && *b != Ty::Float && number(a) && number(b) => {
            "`quot` divides whole numbers; `/` is for Floats, `(/ (float a) 2)`"
        }
        (_, Ty::Unit, _) | (_, _, Ty::Unit) => return conversion(&Ty::Unit, &Ty::Int),
        (_, a, b) if number(a) && number(b) => return common(a, b),
        (_, Ty::Str, n) if number(n) && literal(a).is_none() => return conversion(&a.ty, n),
        (_, n, Ty::Str) if number(n) && literal(b).is_none() => return conversion(&b.ty, n),
        _ => return None,
    })
}

/// What to write where a condition is no truth value.
pub(super) fn condition(ty: &Ty) -> Option<&'static str> {
    Some(match ty {
        Ty::Result(_) => "`(ok? r)` asks whether it is a value",
        Ty::Option(_) => {
            "`(some? o)` asks whether there is something, `if-let` names it, `(or-else o default)` gives it or a default"
        }
        Ty::Int | Ty::Float | Ty::Size | Ty::Duration => "compare it: `(not= n 0)`",
        Ty::List(_) | Ty::Map(_) | Ty::Set(_) => {
            "`(> (count xs) 0)` asks whether there are elements"
        }
        Ty::Str => "compare it: `(= s \"yes\")`; `(not (blank? s))` asks whether it says something",
        Ty::Bytes | Ty::Path => "compare it: `(= a b)`",
        _ => return None,
    })
}

/// What patterns there are for a type.
pub(super) fn patterns(ty: &Ty, def: Option<&EnumDef>) -> String {
    let names = |fields: &[(String, Ty)]| -> String {
        fields.iter().map(|f| format!(" {}", f.0)).collect()
    };
    match ty {
        Ty::Option(_) => "an Option is `none` or `(just x)`".into(),
        Ty::Result(_) => "a Result is `(ok x)` or `(err e)`".into(),
        Ty::Bool => "a Bool is `true` or `false`".into(),
        Ty::Int | Ty::Float | Ty::Size | Ty::Duration | Ty::Str | Ty::Path | Ty::Mode => {
            format!("a pattern for {ty} is a literal, a name, or `_`")
        }
        Ty::FileType => "a pattern for FileType is one such as `:dir`, a name, or `_`".into(),
        Ty::List(_) => "a List is taken apart by `[a b]` or `[a & more]`".into(),
        Ty::Record(r) => match r.kind {
            RecordKind::Tuple => {
                let parts: String = (0..r.fields.len()).map(|i| format!(" p{i}")).collect();
                format!("this tuple is taken apart by `[{}]`", parts.trim_start())
            }
            RecordKind::Fields => "a record is taken apart by `{:field pattern}`".into(),
            RecordKind::Named => {
                format!(
                    "a record is taken apart by `{{:field pattern}}`, or `(->{}{})`",
                    r.name,
                    names(&r.fields)
                )
            }
        },
        Ty::Enum(_) => {
            let cases = def
                .iter()
                .flat_map(|def| &def.cases)
                .map(|c| match &c.fields[..] {
                    [] => c.name.clone(),
                    fields => format!("({}{})", c.name, names(fields)),
                });
            format!("its cases are {}", cases.collect::<Vec<_>>().join(" "))
        }
        _ => format!("a pattern for {ty} is a name or `_`"),
    }
}

/// A type as far as its head says it, where the rest is not known.
pub(super) fn sketch(head: Option<&str>) -> Option<Ty> {
    Some(match head? {
        "Map" => Ty::Map((Ty::Never, Ty::Never).into()),
        "List" | "Stored" | "Seq" => Ty::Never.list(),
        "Option" => Ty::Never.option(),
        "Array" => Ty::Array(Ty::Never.into()),
        _ => return None,
    })
}

/// What a function is for that was given something else.
pub(super) fn misused(function: &str, ty: &Ty) -> Option<&'static str> {
    Some(match (function, ty) {
        ("contains?", Ty::List(_)) => "`(some #(= % x) xs)` asks whether a List has an element",
        ("first" | "last" | "second" | "nth" | "count", Ty::Str) => {
            "`(chars s)` gives the characters of a text, `(subs s from to)` a piece of it"
        }
        ("nth", Ty::Array(_)) => "`(aget a n)` gives an element of an Array",
        ("first" | "last" | "nth" | "count", Ty::Dir) => {
            "`(list d)` gives the entries of a directory"
        }
        ("get" | "assoc", Ty::Array(_)) => "`(aget a n)` and `(aset! a n x)` are for an Array",
        _ => return None,
    })
}
