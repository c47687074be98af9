//! Types as written, and fitting values to them.

use super::literal::bottom;
use super::problem::Problem;
use super::{Checker, Declared, Failed, Res};
use crate::diag::{Code, similar};
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::{NAMED, Record, STAT, Ty};
use sawmill_ir::ty::RecordKind;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What type variables stand for.
pub(super) type TypeVars = BTreeMap<String, Ty>;

/// Types that only the prelude can name.
const INNER: &[(&str, Ty)] = &[
    ("Name", Ty::Name),
    ("Listing", Ty::Listing),
    ("Root", Ty::Root),
];

/// Makes a type of another.
type Make = fn(Ty) -> Ty;

/// Types with one parameter.
const WITH_ONE: &[(&str, Make)] = &[
    ("List", Ty::list),
    ("Seq", Ty::seq),
    ("Option", Ty::option),
    ("Result", Ty::result),
    ("Set", |t| Ty::Set(Arc::new(t))),
    ("Array", |t| Ty::Array(Arc::new(t))),
];

/// What may be asked of a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    /// That its values can be compared for equality.
    Eq,
    /// That its values have an order.
    Ord,
    /// That its values can be shown as text.
    Show,
    /// That it is a type of numbers.
    Num,
}

impl Need {
    pub(super) fn named(name: &str) -> Option<Need> {
        Some(match name {
            "Eq" => Need::Eq,
            "Ord" => Need::Ord,
            "Show" => Need::Show,
            "Num" => Need::Num,
            _ => return None,
        })
    }
}

/// Whether a symbol is a type variable: one capital letter.
pub(super) fn is_type_var(name: &str) -> bool {
    name.len() == 1 && name.as_bytes()[0].is_ascii_uppercase()
}

impl Checker {
    /// A type as written; type variables stand for what they are bound to around this place.
    pub(super) fn parse_type(&mut self, form: &Form) -> Res<Ty> {
        let vars = std::mem::take(&mut self.type_vars);
        let ty = self.parse_type_with(form, &vars);
        self.type_vars = vars;
        let ty = ty?;
        self.bounded(&ty, form.at)?;
        Ok(ty)
    }

    /// A type as written; type variables stand for what they are bound to.
    pub(super) fn parse_type_with(&mut self, form: &Form, vars: &TypeVars) -> Res<Ty> {
        let at = self.place(form.at);
        match &form.kind {
            FormKind::Symbol(name) => self.named_type(super::plain(name), form, vars),
            FormKind::List(parts) => {
                let head = parts.first().and_then(|f| f.symbol()).unwrap_or("");
                match (head, &parts[parts.len().min(1)..]) {
                    ("Map", [k, v]) => {
                        let k = self.argument_type(k, vars)?;
                        let v = self.argument_type(v, vars)?;
                        self.require(&k, Need::Eq, "the key of a map", at)?;
                        Ok(Ty::Map(Arc::new((k, v))))
                    }
                    ("Tuple", types) => self.tuple_type(types, vars),
                    (head, [argument]) if head != "Map" => {
                        let Some((_, make)) = WITH_ONE.iter().find(|row| row.0 == head) else {
                            return self.no_type(form);
                        };
                        let ty = make(self.argument_type(argument, vars)?);
                        self.well_formed(ty, form)
                    }
                    (head, _) if head == "Map" || WITH_ONE.iter().any(|row| row.0 == head) => {
                        let (takes, help) = match head {
                            "Map" => ("two arguments", "(Map Str Int)"),
                            _ => ("one argument", "(List Stat)"),
                        };
                        let why = format!("`{head}` takes {takes}");
                        self.fail(Problem::new(Code::BadType, at, why).help(help))
                    }
                    _ => self.no_type(form),
                }
            }
            FormKind::Vector(types) => self.tuple_type(types, vars),
            FormKind::Map(parts) if parts.len() % 2 == 0 => self.fields_type(parts, vars),
            _ => self.no_type(form),
        }
    }

    fn no_type<T>(&mut self, form: &Form) -> Res<T> {
        let heads = WITH_ONE.iter().map(|row| row.0).chain(["Map"]);
        if let Some(head) = form.head()
            && let Some(like) = similar(head, heads).filter(|like| *like != head)
        {
            let at = form
                .list()
                .and_then(|l| l.first())
                .map_or(form.at, |f| f.at);
            let why = format!("`{head}` is not a type");
            let d = Problem::new(Code::BadType, self.place(at), why);
            return self.fail(d.help(format!("did you mean `{like}`?")));
        }
        let help = "for example Int, (List Stat), (Map Str Int), [Int Str], {:name Str :size Size}";
        let d = Problem::new(Code::BadType, self.place(form.at), "this is not a type").help(help);
        self.fail(d)
    }

    fn named_type(&mut self, name: &str, form: &Form, vars: &TypeVars) -> Res<Ty> {
        if let Some(ty) = vars.get(name) {
            return Ok(ty.clone());
        }
        let inner = if form.at.source == 0 { INNER } else { &[] };
        if let Some(row) = NAMED.iter().chain(inner).find(|row| row.0 == name) {
            return Ok(row.1.clone());
        }
        match self.types.get(name) {
            Some(Declared::Record(r)) => return Ok(Ty::Record(r.clone())),
            Some(Declared::Enum(e)) => return Ok(Ty::Enum(e.name.clone())),
            None if name == "Stat" => return Ok(Ty::Record(STAT.clone())),
            None => {}
        }
        if self.is_wrong(name, form.at) {
            return Err(Failed);
        }
        let at = self.place(form.at);
        let d = Problem::new(Code::BadType, at, format!("`{name}` is not a type"));
        let mut names: Vec<String> = NAMED.iter().map(|row| row.0.to_string()).collect();
        names.extend(WITH_ONE.iter().map(|row| row.0.to_string()));
        names.extend(["Stat".to_string(), "Map".to_string()]);
        names.extend(self.types.keys().map(|n| n.to_string()));
        let d = match similar(name, names.iter().map(String::as_str)) {
            Some(like) => d.help(format!("did you mean `{like}`?")),
            None if is_type_var(name) => d.help(format!(
                "a type variable stands for what an argument is: `{name}` has to occur in the type of a parameter"
            )),
            None => d.help(format!("types are {}", names.join(" "))),
        };
        self.fail(d)
    }

    /// A type within another: a value that can be stored.
    fn argument_type(&mut self, form: &Form, vars: &TypeVars) -> Res<Ty> {
        let ty = self.parse_type_with(form, vars)?;
        self.storable(&ty, form.at)?;
        Ok(ty)
    }

    /// Reports a type whose values cannot be part of another value.
    pub(super) fn storable(&mut self, ty: &Ty, at: sawmill_ir::module::Span) -> Res<()> {
        let (why, help) = match ty {
            Ty::Seq(_) => ("a sequence cannot be stored in another type", "write List"),
            Ty::Array(_) => (
                "an array cannot be stored: it is passed down, like a function",
                "`(freeze a)` gives its elements as a List",
            ),
            _ => return Ok(()),
        };
        let d = Problem::new(Code::SecondClass, self.place(at), why).help(help);
        self.fail(d)
    }

    fn well_formed(&mut self, ty: Ty, form: &Form) -> Res<Ty> {
        match &ty {
            Ty::Set(t) => {
                let t = t.clone();
                self.require(&t, Need::Eq, "an element of a set", form.at)?;
            }
            Ty::Array(t) if !array_element(t) => {
                let why = format!("an array holds numbers or truth values, not {t}");
                let d = Problem::new(Code::BadType, self.place(form.at), why)
                    .help("other values go into a List");
                return self.fail(d);
            }
            _ => {}
        }
        Ok(ty)
    }

    fn tuple_type(&mut self, types: &[Form], vars: &TypeVars) -> Res<Ty> {
        let mut parts = Vec::new();
        for form in types {
            parts.push(self.argument_type(form, vars)?);
        }
        Ok(Ty::tuple(parts))
    }

    fn fields_type(&mut self, parts: &[Form], vars: &TypeVars) -> Res<Ty> {
        let mut fields: Vec<(String, Ty)> = Vec::new();
        for pair in parts.chunks(2) {
            let FormKind::Keyword(name) = &pair[0].kind else {
                let d = Problem::new(
                    Code::BadType,
                    self.place(pair[0].at),
                    "a field is a keyword",
                )
                .help("{:name Str :size Size}; the type of a map is (Map Str Int)");
                return self.fail(d);
            };
            if fields.iter().any(|f| f.0 == **name) {
                let why = format!("the field `:{name}` is declared twice");
                return self.fail(Problem::new(Code::Redefined, self.place(pair[0].at), why));
            }
            let ty = self.argument_type(&pair[1], vars)?;
            fields.push((name.to_string(), ty));
        }
        Ok(Ty::Record(Arc::new(Record {
            name: String::new(),
            kind: RecordKind::Fields,
            fields,
        })))
    }

    /// Whether a value of type `have` is what `want`, as written, asks for; binds type variables on the way.
    pub(super) fn matches(&mut self, want: &Form, have: &Ty, vars: &mut TypeVars) -> bool {
        let symbol = want.symbol().map(super::plain);
        if let Some(name) = symbol.filter(|s| is_type_var(s)) {
            return match vars.get(name) {
                Some(bound) if bottom(bound) && self.bottom_fits(&bound.clone(), have) => {
                    vars.insert(name.to_string(), have.clone());
                    true
                }
                Some(bound) => bound == have || self.bottom_fits(have, &bound.clone()),
                None => {
                    vars.insert(name.to_string(), have.clone());
                    true
                }
            };
        }
        match (symbol, have) {
            // What never gives a value stands for any.
            (_, Ty::Never) => return true,
            // Of the prelude: any tuple, any record, any enum.
            (Some("Tuple"), _) => return have.as_tuple().is_some(),
            (Some("Any"), _) => return true,
            _ => {}
        }
        let parts: &[Form] = match &want.kind {
            FormKind::List(parts) | FormKind::Vector(parts) => parts,
            _ => &[],
        };
        if let FormKind::Vector(_) = want.kind {
            if *have == Ty::Never {
                // An element of an empty literal.
                return parts.iter().all(|p| self.matches(p, have, vars));
            }
            let fields = have.as_tuple().map(<[_]>::to_vec);
            return fields.is_some_and(|fields| {
                let mut pairs = parts.iter().zip(&fields);
                fields.len() == parts.len() && pairs.all(|(p, f)| self.matches(p, &f.1, vars))
            });
        }
        let head = want.head().map(super::plain);
        if let (Some("Map"), [_, k, v], Ty::Map(kv)) = (head, parts, have) {
            return self.matches(k, &kv.0, vars) && self.matches(v, &kv.1, vars);
        }
        if let (Some("Building"), [_, k, v], Ty::MapBuilder(kv)) = (head, parts, have) {
            return self.matches(k, &kv.0, vars) && self.matches(v, &kv.1, vars);
        }
        if let [_, of] = parts {
            let inner = match (head, have) {
                (Some("List"), Ty::List(t) | Ty::Seq(t)) => (**t).clone(),
                (Some("Seq"), ty) => match ty.element() {
                    Some(t) => t,
                    None => return false,
                },
                // Of the prelude: a list that is there already.
                (Some("Stored"), Ty::List(t)) => (**t).clone(),
                (Some("Result"), Ty::Result(t))
                | (Some("Option"), Ty::Option(t))
                | (Some("Set"), Ty::Set(t))
                | (Some("Array"), Ty::Array(t)) => (**t).clone(),
                _ => return false,
            };
            return self.matches(of, &inner, vars);
        }
        let before = self.diagnostics.len();
        let matched = self.parse_type_with(want, vars);
        self.diagnostics.truncate(before);
        matched.is_ok_and(|ty| ty == *have || self.bottom_fits(have, &ty))
    }

    /// Whether [`Checker::coerce`] would take a value where `want` is wanted.
    pub(super) fn fits(&self, tree: &Tree, want: &Ty) -> bool {
        tree.ty == *want
            || self.bottom_fits(&tree.ty, want)
            || matches!((&tree.ty, want), (Ty::Seq(a), Ty::List(b)) if a == b)
            || matches!((&tree.ty, want, &tree.kind), (Ty::Str, Ty::Path, Kind::Bytes(b)) if !b.contains(&0))
            || self.same_fields(&tree.ty, want)
    }

    /// Whether a record as written has the fields of the wanted one, in whatever order.
    fn same_fields(&self, have: &Ty, want: &Ty) -> bool {
        let Ty::Record(record) = have else {
            return false;
        };
        let Some(wanted) = self.fields_of(want) else {
            return false;
        };
        record.kind == RecordKind::Fields
            && record.fields.len() == wanted.len()
            && want.as_tuple().is_none()
            && wanted.iter().all(|f| record.fields.contains(f))
    }

    /// A value where `want` is wanted: a sequence becomes a list, a text literal a path, an empty literal one of that
    /// type, a record as written the declared one with these fields.
    pub(super) fn coerce(&mut self, tree: Tree, want: &Ty, whose: &str) -> Res<Tree> {
        if tree.ty == *want || tree.ty == Ty::Never {
            return Ok(tree);
        }
        if !self.fits(&tree, want) {
            return self.mismatch(&tree, want, whose);
        }
        match (&tree.ty, want) {
            (Ty::Seq(_), Ty::List(_)) => Ok(self.collected(tree)),
            (Ty::Str, Ty::Path) => Ok(tree.with_type(Ty::Path)),
            _ if self.bottom_fits(&tree.ty, want) => self.widened(tree, want),
            _ => Ok(self.reordered(tree, want)),
        }
    }

    /// A record with the same fields as the wanted one, as that one.
    fn reordered(&mut self, tree: Tree, want: &Ty) -> Tree {
        let (at, have) = (tree.at, self.fields_of(&tree.ty).unwrap_or_default());
        let wanted = self.fields_of(want).unwrap_or_default();
        let in_order = have == wanted;
        let make = |me: &Self, parts: Vec<Tree>| match want {
            Ty::Enum(_) => Tree::new(Kind::Case(0, parts), want.clone(), at),
            _ => me.tree(Kind::Record(parts), want.clone(), at),
        };
        let (kind, _) = tree.into_parts();
        match kind {
            Kind::Record(parts) if in_order => make(self, parts),
            kind => {
                let ty = Ty::Record(Arc::new(Record {
                    name: String::new(),
                    kind: RecordKind::Fields,
                    fields: have.clone(),
                }));
                let var = self.var(ty.clone());
                let mut parts = Vec::new();
                for (name, field) in &wanted {
                    let n = have.iter().position(|f| f.0 == *name).unwrap_or(0);
                    let of = Tree::new(Kind::Var(var), ty.clone(), at);
                    parts.push(Tree::new(Kind::Get(n as u32, of), field.clone(), at));
                }
                let made = make(self, parts);
                super::wrap_lets(vec![(var, Tree::new(kind, ty, at))], made)
            }
        }
    }

    pub(super) fn mismatch(&mut self, tree: &Tree, want: &Ty, whose: &str) -> Res<Tree> {
        let d = Problem::new(
            Code::Mismatch,
            tree.at,
            format!("{whose} needs {want}, this is {}", tree.ty),
        )
        .label(format!("{}", tree.ty));
        let d = match self.help_for(tree, want) {
            Some(help) => d.help(help),
            None => d,
        };
        self.fail(d)
    }

    /// What to write where a value should be of another type.
    pub(super) fn help_for(&self, tree: &Tree, want: &Ty) -> Option<String> {
        let instead = super::help::instead(tree, want);
        instead
            .map(str::to_string)
            .or_else(|| self.missing_fields(&tree.ty, want))
    }

    /// Which fields a record as written lacks or has too many.
    fn missing_fields(&self, have: &Ty, want: &Ty) -> Option<String> {
        let Ty::Record(have) = have else { return None };
        let wanted = self.fields_of(want)?;
        if have.kind != RecordKind::Fields || want.as_tuple().is_some() {
            return None;
        }
        let mut said = Vec::new();
        for (name, ty) in &wanted {
            match have.fields.iter().find(|f| f.0 == *name) {
                None => said.push(format!("`:{name}` is missing")),
                Some(f) if f.1 != *ty => said.push(format!("`:{name}` is {}, not {ty}", f.1)),
                Some(_) => {}
            }
        }
        for (name, _) in &have.fields {
            if !wanted.iter().any(|f| f.0 == *name) {
                said.push(format!("it has no `:{name}`"));
            }
        }
        Some(said.join(", "))
    }

    /// Reports a type that lacks what is needed of it.
    pub(super) fn require(
        &mut self,
        ty: &Ty,
        need: Need,
        who: &str,
        at: sawmill_ir::module::Span,
    ) -> Res<()> {
        if self.has(ty, need, 0) {
            return Ok(());
        }
        let why = match need {
            Need::Eq => format!("{who} needs values that can be compared; {ty} cannot"),
            Need::Ord => format!("{who} needs values with an order; {ty} has none"),
            Need::Show => format!("{who} needs a value that can be shown; {ty} cannot"),
            Need::Num => format!("{who} needs numbers; {ty} is none"),
        };
        let d = Problem::new(Code::Requirement, self.place(at), why);
        let d = match (need, ty) {
            (Need::Ord, Ty::Record(_) | Ty::Entry) => {
                d.help("sort by a field, as in `(sort-by :size xs)`")
            }
            (Need::Eq, Ty::Entry) => d.help("its name can: `(map :name es)`"),
            (Need::Eq, Ty::Dir) => d.help("what `(stat d)` says of it can: `(:ino (stat d))`"),
            (Need::Num, Ty::Str) => d.help(
                "`(join xs)` puts texts together, `(parse-int s)` gives an Option of a number",
            ),
            (Need::Show, Ty::Array(_)) => d.help("`(freeze a)` gives its elements as a List"),
            _ => d,
        };
        self.fail(d)
    }

    /// Whether a type has what is needed, its parts included; a declared type within itself is taken to have it.
    pub(super) fn has(&self, ty: &Ty, need: Need, within: usize) -> bool {
        if within > 64 || *ty == Ty::Never {
            return true;
        }
        let opaque = matches!(
            ty,
            Ty::Dir
                | Ty::File
                | Ty::Listing
                | Ty::Root
                | Ty::Buf(_)
                | Ty::Array(_)
                | Ty::MapBuilder(_)
                | Ty::Seq(_)
        );
        let number = matches!(ty, Ty::Int | Ty::Float | Ty::Size | Ty::Duration);
        match need {
            Need::Num => return number,
            Need::Show => {
                return !matches!(
                    ty,
                    Ty::Listing | Ty::Buf(_) | Ty::MapBuilder(_) | Ty::Array(_)
                );
            }
            Need::Ord
                if matches!(
                    ty,
                    Ty::Map(_) | Ty::Set(_) | Ty::Entry | Ty::Error | Ty::Unit
                ) =>
            {
                return false;
            }
            Need::Eq if matches!(ty, Ty::Entry | Ty::Error) => return false,
            Need::Eq | Need::Ord if opaque => return false,
            _ => {}
        }
        if let Ty::Enum(e) = ty {
            return match self.types.get(e.name.as_str()) {
                Some(Declared::Enum(def)) => {
                    let mut fields = def.cases.iter().flat_map(|c| &c.fields);
                    fields.all(|f| mentions(&f.1, e) || self.has(&f.1, need, within + 1))
                }
                _ => true,
            };
        }
        ty.parts()
            .into_iter()
            .all(|t| self.has(t, need, within + 1))
    }
}

/// Whether a type contains an enum, as written.
fn mentions(ty: &Ty, name: &crate::ty::EnumName) -> bool {
    match ty {
        Ty::Enum(e) => **e == *name,
        ty => ty.parts().into_iter().any(|t| mentions(t, name)),
    }
}

/// What an array may hold.
pub(super) fn array_element(ty: &Ty) -> bool {
    matches!(
        ty,
        Ty::Bool | Ty::Int | Ty::Float | Ty::Size | Ty::Duration | Ty::Mode | Ty::Never
    )
}
