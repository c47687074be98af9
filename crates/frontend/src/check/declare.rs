//! Types that a program declares: `defrecord` and `defenum`, and what makes values of them.
//!
//! A record becomes a record of the IR; one that contains itself, and an enum, become what the IR calls an enum, whose
//! parts are found by its name.

use super::env::Env;
use super::functions::{Lets, is_dash};
use super::problem::Problem;
use super::types::TypeVars;
use super::{Checker, Declared, Failed, Res};
use crate::diag::{Code, similar};
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree};
use crate::ty::{Case, EnumDef, EnumName, NAMED, Record, Ty};
use sawmill_ir::module::Span;
use sawmill_ir::ty::RecordKind;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

/// The most types of a program.
const MAX_TYPES: usize = 1024;
/// The most cases of an enum.
const MAX_CASES: usize = 256;

/// What a constructor makes.
#[derive(Clone)]
pub(super) enum Made {
    Record(Arc<Record>),
    Case(Arc<EnumDef>, usize),
}

impl Made {
    /// Whether it is a function: a case without fields is a value.
    pub(super) fn takes_arguments(&self) -> bool {
        match self {
            Made::Record(_) => true,
            Made::Case(def, n) => def.is_record() || !def.cases[*n].fields.is_empty(),
        }
    }
}

/// A declaration as written.
struct Written<'a> {
    form: &'a Form,
    /// The names of declared types in it.
    mentions: BTreeSet<Rc<str>>,
}

impl Checker {
    /// Takes in declarations of types; they may mention one another, and themselves.
    pub(super) fn declare_types(&mut self, forms: &[&Form]) -> Res<()> {
        let mut written: BTreeMap<Rc<str>, Written<'_>> = BTreeMap::new();
        let mut wrong = false;
        for form in forms {
            match self.type_name(form) {
                Ok(name) => {
                    let mentions = BTreeSet::new();
                    written.insert(name, Written { form, mentions });
                }
                Err(Failed) => {
                    wrong = true;
                    self.wrong_type(form);
                }
            }
        }
        if written.len() > MAX_TYPES {
            let why = format!(
                "a program declares {MAX_TYPES} types at most, this {}",
                written.len()
            );
            let at = forms.last().map_or(Span::default(), |f| f.at);
            return self.fail(Problem::new(Code::Limit, at, why));
        }
        let names: BTreeSet<Rc<str>> = written.keys().cloned().collect();
        for one in written.values_mut() {
            mentioned(one.form, &names, &mut one.mentions);
        }
        let reached = Reach::of(&written);
        // Names first: what is an enum of the IR is known by its name alone.
        for (name, one) in &written {
            if one.form.head() == Some("defenum") || reached.itself(name) {
                let def = EnumDef {
                    name: Arc::new(EnumName {
                        name: name.to_string(),
                        version: reached.version(name),
                    }),
                    cases: Vec::new(),
                };
                let def = Declared::Enum(Arc::new(def));
                self.types.insert(name.clone(), def);
            } else {
                // What was declared before under this name is not meant any more.
                self.types.remove(name);
            }
        }
        // Then records, those that others contain before these; then the parts of enums.
        let mut records: Vec<&Rc<str>> = names
            .iter()
            .filter(|n| !self.types.contains_key(*n))
            .collect();
        records.sort_by_key(|n| reached.count(n));
        for name in records {
            let fields = self.record_fields(written[name].form);
            match fields {
                Ok(fields) => {
                    let record = Record {
                        name: name.to_string(),
                        kind: RecordKind::Named,
                        fields,
                    };
                    let record = Arc::new(record);
                    if self
                        .bounded(&Ty::Record(record.clone()), written[name].form.at)
                        .is_err()
                    {
                        wrong = true;
                        self.wrong_type(written[name].form);
                        continue;
                    }
                    let record = Declared::Record(record);
                    self.types.insert(name.clone(), record);
                }
                Err(Failed) => {
                    wrong = true;
                    self.wrong_type(written[name].form);
                }
            }
        }
        for (name, one) in &written {
            let Some(Declared::Enum(def)) = self.types.get(name).cloned() else {
                continue;
            };
            let cases = match one.form.head() {
                Some("defenum") => self.enum_cases(one.form),
                _ => self.record_fields(one.form).map(|fields| {
                    let name = name.to_string();
                    vec![Case { name, fields }]
                }),
            };
            match cases {
                Ok(cases) => {
                    let name = def.name.clone();
                    let def = Declared::Enum(Arc::new(EnumDef { name, cases }));
                    self.types.insert(one_name(one.form), def);
                }
                Err(Failed) => {
                    wrong = true;
                    self.wrong_type(one.form);
                }
            }
        }
        if wrong { Err(Failed) } else { Ok(()) }
    }

    /// A declaration is wrong: what names the type, or what would make its values, is not told that again.
    fn wrong_type(&mut self, form: &Form) {
        let parts = form.list().unwrap_or(&[]);
        if let Some(name) = parts.get(1).and_then(|f| f.symbol()) {
            self.types.remove(name);
            self.wrong.insert(name.into());
        }
        let cases = parts
            .iter()
            .skip(2)
            .filter(|_| form.head() == Some("defenum"));
        let cases = cases.filter_map(|case| case.symbol().or(case.head()));
        self.wrong.extend(cases.map(Rc::from));
    }

    fn type_name(&mut self, form: &Form) -> Res<Rc<str>> {
        let parts = form.list().unwrap_or(&[]);
        let head = form.head().unwrap_or("");
        let help = match head {
            "defrecord" => "(defrecord Point [x :- Int y :- Int])",
            _ => "(defenum Shape (circle [radius :- Float]) (square [side :- Float]) empty)",
        };
        let Some(Form {
            kind: FormKind::Symbol(name),
            at,
        }) = parts.get(1)
        else {
            let d = Problem::new(
                Code::BadForm,
                self.place(form.at),
                format!("`{head}` takes a name first"),
            );
            return self.fail(d.help(help));
        };
        let capital = name.chars().next().is_some_and(char::is_uppercase);
        if is_known(name) {
            let why = format!("`{name}` is a type of the language");
            return self.fail(Problem::new(Code::Redefined, *at, why).help("take another name"));
        }
        if !capital || name.len() < 2 || name.contains('/') {
            let why = format!("`{name}` cannot be the name of a type");
            let d = Problem::new(Code::BadForm, *at, why);
            return self.fail(match name.len() {
                1 if capital => d.help("one capital letter is a type variable: take a longer name"),
                _ => d.help("the name of a type starts with a capital letter"),
            });
        }
        Ok(name.clone())
    }

    /// `(defrecord Name [field :- Type ...])`
    fn record_fields(&mut self, form: &Form) -> Res<Vec<(String, Ty)>> {
        let parts = form.list().unwrap_or(&[]);
        let rest: Vec<&Form> = parts[2..]
            .iter()
            .filter(|f| !matches!(f.kind, FormKind::Str(_)))
            .collect();
        let [
            Form {
                kind: FormKind::Vector(fields),
                ..
            },
        ] = rest[..]
        else {
            let why = "a record has its fields in brackets";
            let d = Problem::new(Code::BadForm, self.place(form.at), why);
            return self.fail(d.help("(defrecord Point [x :- Int y :- Int])"));
        };
        self.typed_fields(fields)
    }

    fn typed_fields(&mut self, forms: &[Form]) -> Res<Vec<(String, Ty)>> {
        let mut fields: Vec<(String, Ty)> = Vec::new();
        let mut rest = forms;
        while let [name, tail @ ..] = rest {
            let (FormKind::Symbol(text), [dash, ty, tail @ ..]) = (&name.kind, tail) else {
                return self.untyped_field(name);
            };
            if !is_dash(dash) {
                return self.untyped_field(name);
            }
            if fields.iter().any(|f| f.0 == **text) {
                let why = format!("two fields are named `{text}`");
                return self.fail(Problem::new(Code::Redefined, name.at, why));
            }
            let parsed = self.parse_type_with(ty, &TypeVars::new())?;
            self.storable(&parsed, ty.at)?;
            if matches!(parsed, Ty::Dir | Ty::File) {
                let what = if parsed == Ty::Dir {
                    "directory"
                } else {
                    "file"
                };
                let why = format!("a declared type cannot hold an open {what}");
                let d = Problem::new(Code::SecondClass, ty.at, why);
                return self.fail(d.help("hold its Path, and open it where it is used"));
            }
            fields.push((text.to_string(), parsed));
            rest = tail;
        }
        Ok(fields)
    }

    fn untyped_field(&mut self, at: &Form) -> Res<Vec<(String, Ty)>> {
        let d = Problem::new(
            Code::NeedsType,
            self.place(at.at),
            "a field is a name with its type",
        );
        self.fail(d.help("[x :- Int y :- Int]"))
    }

    /// `(defenum Name (case [field :- Type]) other)`
    fn enum_cases(&mut self, form: &Form) -> Res<Vec<Case>> {
        let parts = form.list().unwrap_or(&[]);
        let mut cases: Vec<Case> = Vec::new();
        for part in parts[2..]
            .iter()
            .filter(|f| !matches!(f.kind, FormKind::Str(_)))
        {
            let (name, fields) = match &part.kind {
                FormKind::Symbol(name) | FormKind::Keyword(name) => (name.clone(), Vec::new()),
                FormKind::List(inner) => match &inner[..] {
                    [
                        Form {
                            kind: FormKind::Symbol(name),
                            ..
                        },
                    ] => (name.clone(), Vec::new()),
                    [
                        Form {
                            kind: FormKind::Symbol(name),
                            ..
                        },
                        Form {
                            kind: FormKind::Vector(fields),
                            ..
                        },
                    ] => (name.clone(), self.typed_fields(fields)?),
                    _ => return self.bad_case(part),
                },
                _ => return self.bad_case(part),
            };
            if cases.iter().any(|c| c.name == *name) {
                let why = format!("two cases are named `{name}`");
                return self.fail(Problem::new(Code::Redefined, part.at, why));
            }
            cases.push(Case {
                name: name.to_string(),
                fields,
            });
        }
        let mut parts = 0;
        for (_, ty) in cases.iter().flat_map(|c| &c.fields) {
            parts += self.bounded(ty, form.at)?;
        }
        if parts > super::MAX_PARTS {
            let why = format!(
                "the cases of this enum have more than {} parts",
                super::MAX_PARTS
            );
            return self.fail(Problem::new(Code::Limit, form.at, why));
        }
        if cases.is_empty() || cases.len() > MAX_CASES {
            let why = format!(
                "an enum has 1 to {MAX_CASES} cases, this has {}",
                cases.len()
            );
            let d = Problem::new(Code::BadForm, form.at, why);
            return self.fail(d.help("(defenum Shape (circle [radius :- Float]) empty)"));
        }
        Ok(cases)
    }

    fn bad_case(&mut self, at: &Form) -> Res<Vec<Case>> {
        let why = "a case is a name, or a list of a name and fields in brackets";
        let d = Problem::new(Code::BadForm, self.place(at.at), why);
        self.fail(d.help("(defenum Shape (circle [radius :- Float]) empty)"))
    }

    /// The enums there are, for the IR.
    pub(super) fn declared_enums(&self) -> Vec<Arc<EnumDef>> {
        let all = self.types.values();
        all.filter_map(|d| match d {
            Declared::Enum(def) => Some(def.clone()),
            Declared::Record(_) => None,
        })
        .collect()
    }

    /// The records there are, for the IR: those that others contain before these.
    pub(super) fn declared_records(&self) -> Vec<Arc<Record>> {
        let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
        for declared in self.types.values() {
            if let Declared::Record(r) = declared {
                self.in_order(r, &mut order, &mut seen);
            }
        }
        order
    }

    fn in_order(
        &self,
        record: &Arc<Record>,
        order: &mut Vec<Arc<Record>>,
        seen: &mut BTreeSet<String>,
    ) {
        if !seen.insert(record.name.clone()) {
            return;
        }
        let mut work: Vec<&Ty> = record.fields.iter().map(|f| &f.1).collect();
        while let Some(ty) = work.pop() {
            match ty {
                Ty::Record(r) if r.kind == RecordKind::Named => {
                    if let Some(Declared::Record(r)) = self.types.get(r.name.as_str()) {
                        self.in_order(r, order, seen);
                    }
                }
                ty => work.extend(ty.parts()),
            }
        }
        order.push(record.clone());
    }

    /// Whether a type of an earlier value is what its names mean now.
    pub(super) fn is_current(&self, ty: &Ty) -> bool {
        let own = match ty {
            Ty::Enum(e) => {
                matches!(self.types.get(e.name.as_str()), Some(Declared::Enum(def)) if def.name == *e)
            }
            Ty::Record(r) if r.kind == RecordKind::Named && r.name != "Stat" => {
                matches!(self.types.get(r.name.as_str()), Some(Declared::Record(d)) if d == r)
            }
            _ => true,
        };
        own && ty.parts().into_iter().all(|t| self.is_current(t))
    }

    /// What a name makes, if it is a constructor: `->Point`, `map->Point`, `circle`, `Shape/circle`.
    pub(super) fn constructor(&self, name: &str) -> Option<(Made, bool)> {
        let (record, from_map) = match name.strip_prefix("map->") {
            Some(record) => (Some(record), true),
            None => (name.strip_prefix("->"), false),
        };
        if let Some(record) = record.filter(|r| !r.is_empty()) {
            return Some((self.made(record)?, from_map));
        }
        let case_of = |def: &Arc<EnumDef>, case: &str| {
            let n = def.cases.iter().position(|c| c.name == case)?;
            (!def.is_record()).then(|| Made::Case(def.clone(), n))
        };
        if let Some((of, case)) = name.split_once('/') {
            return match self.types.get(of) {
                Some(Declared::Enum(def)) => Some((case_of(def, case)?, false)),
                _ => None,
            };
        }
        let mut found = self.types.values().filter_map(|d| match d {
            Declared::Enum(def) => case_of(def, name),
            Declared::Record(_) => None,
        });
        let first = found.next()?;
        found.next().is_none().then_some((first, false))
    }

    fn made(&self, record: &str) -> Option<Made> {
        match self.types.get(record)? {
            Declared::Record(r) => Some(Made::Record(r.clone())),
            Declared::Enum(def) if def.is_record() => Some(Made::Case(def.clone(), 0)),
            Declared::Enum(_) => None,
        }
    }

    /// What is wrong with a name that is that of a type, or would be what makes values of one.
    pub(super) fn unknown_maker(&self, name: &str, at: Span) -> Option<Problem> {
        if let Some((of, case)) = name.split_once('/')
            && let Some(Declared::Enum(def)) = self.types.get(of)
        {
            return Some(self.no_case(def, case, at));
        }
        let why = format!("`{name}` is a type, not a value");
        let d = |help: String| Some(Problem::new(Code::Unknown, at, why.clone()).help(help));
        match self.types.get(name) {
            Some(Declared::Enum(def)) if !def.is_record() => {
                return d(super::help::patterns(
                    &Ty::Enum(def.name.clone()),
                    Some(def),
                ));
            }
            Some(Declared::Record(_) | Declared::Enum(_)) => {
                let ty = self.types.get(name).map(|t| match t {
                    Declared::Record(r) => Ty::Record(r.clone()),
                    Declared::Enum(def) => Ty::Enum(def.name.clone()),
                })?;
                let fields = self.fields_of(&ty).unwrap_or_default();
                let fields: String = fields.iter().map(|f| format!(" {}", f.0)).collect();
                return d(format!("`(->{name}{fields})` makes one"));
            }
            None if is_known(name) => return d("types stand after `:-`, as in `[x :- Int]`".into()),
            None => {}
        }
        let of: Vec<String> = self
            .types
            .iter()
            .filter(|(_, t)| matches!(t, Declared::Enum(def) if def.cases.iter().any(|c| c.name == name)))
            .map(|(of, _)| format!("`{of}/{name}`"))
            .collect();
        if of.len() < 2 {
            return None;
        }
        let why = format!("`{name}` is a case of several enums");
        Some(Problem::new(Code::Unknown, at, why).help(format!("write {}", of.join(" or "))))
    }

    /// The names of what makes values of declared types.
    pub(super) fn makers(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (name, declared) in &self.types {
            match declared {
                Declared::Enum(def) if !def.is_record() => {
                    names.extend(def.cases.iter().map(|c| c.name.clone()));
                }
                _ => names.extend([format!("->{name}"), format!("map->{name}")]),
            }
        }
        names
    }

    /// A call of a constructor.
    pub(super) fn construct(
        &mut self,
        made: &Made,
        from_map: bool,
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let (name, fields, ty) = match made {
            Made::Record(r) => (r.name.clone(), r.fields.clone(), Ty::Record(r.clone())),
            Made::Case(def, n) => {
                let case = &def.cases[*n];
                (
                    case.name.clone(),
                    case.fields.clone(),
                    Ty::Enum(def.name.clone()),
                )
            }
        };
        if from_map {
            let [map] = args else {
                let why = format!("`map->{name}` takes one record in braces");
                return self.fail(Problem::new(Code::Arity, self.place(at), why));
            };
            let tree = self.value(map, env, Some(&ty))?;
            return self.coerce(tree, &ty, &format!("`map->{name}`"));
        }
        if args.len() != fields.len() {
            let names: Vec<String> = fields
                .iter()
                .map(|f| format!("{} :- {}", f.0, f.1))
                .collect();
            let name = match made {
                Made::Record(_) => format!("->{name}"),
                Made::Case(def, _) if def.is_record() => format!("->{name}"),
                Made::Case(..) => name,
            };
            let why = format!(
                "`{name}` takes {}, here {}",
                super::arguments(fields.len()),
                super::are(args.len())
            );
            let d = Problem::new(Code::Arity, self.place(at), why);
            return self.fail(d.help(format!("its fields are [{}]", names.join(" "))));
        }
        let mut parts = Vec::new();
        for (arg, (field, want)) in args.iter().zip(&fields) {
            let tree = self.value(arg, env, Some(want))?;
            parts.push(self.coerce(tree, want, &format!("`{field}` of `{name}`"))?);
        }
        let kind = match made {
            Made::Record(_) => Kind::Record(parts),
            Made::Case(_, n) => Kind::Case(*n as u32, parts),
        };
        Ok(self.tree(kind, ty, at))
    }

    /// `Shape/empty`, `empty`: a case without fields, as a value.
    pub(super) fn bare_case(&mut self, name: &str, at: Span) -> Option<Res<Tree>> {
        let (Made::Case(def, n), false) = self.constructor(name)? else {
            return None;
        };
        def.cases[n].fields.is_empty().then(|| {
            let kind = Kind::Case(n as u32, Vec::new());
            Ok(self.tree(kind, Ty::Enum(def.name.clone()), at))
        })
    }

    /// The declaration of an enum.
    pub(super) fn enum_def(&self, name: &EnumName) -> Option<Arc<EnumDef>> {
        match self.types.get(name.name.as_str()) {
            Some(Declared::Enum(def)) => Some(def.clone()),
            _ => None,
        }
    }

    /// `:empty` where an enum is wanted.
    pub(super) fn case_literal(&mut self, of: &EnumName, case: &str, at: Span) -> Res<Tree> {
        let def = self.enum_def(of).ok_or(Failed)?;
        match def.cases.iter().position(|c| c.name == case) {
            Some(n) if def.cases[n].fields.is_empty() => {
                let kind = Kind::Case(n as u32, Vec::new());
                Ok(self.tree(kind, Ty::Enum(def.name.clone()), at))
            }
            Some(n) => {
                let names: Vec<&str> = def.cases[n].fields.iter().map(|f| f.0.as_str()).collect();
                let why = format!("the case `{case}` of {} has fields", of.name);
                let d = Problem::new(Code::Mismatch, self.place(at), why);
                self.fail(d.help(format!("({case} {})", names.join(" "))))
            }
            None => {
                let d = self.no_case(&def, case, at);
                self.fail(d)
            }
        }
    }

    pub(super) fn no_case(&self, def: &EnumDef, case: &str, at: Span) -> Problem {
        let why = format!("{} has no case `{case}`", def.name.name);
        let d = Problem::new(Code::NoField, self.place(at), why);
        let names = || def.cases.iter().map(|c| c.name.as_str());
        match similar(case, names()) {
            Some(like) => d.help(format!("did you mean `{like}`?")),
            None => d.help(format!(
                "its cases are {}",
                names().collect::<Vec<_>>().join(" ")
            )),
        }
    }

    /// Lets a value be used more than once, in a body that is made here.
    pub(super) fn with_named(
        &mut self,
        value: Tree,
        body: impl FnOnce(&mut Self, Tree) -> Res<Tree>,
    ) -> Res<Tree> {
        let mut lets = Lets::new();
        let value = self.in_variable(value, &mut lets);
        let tree = body(self, value)?;
        Ok(super::wrap_lets(lets, tree))
    }
}

/// Whether a name is that of a type of the language.
pub(super) fn is_known(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        "Stat", "List", "Seq", "Map", "Set", "Option", "Result", "Array", "Tuple", "Fn",
    ];
    NAMED.iter().any(|row| row.0 == name) || OTHERS.contains(&name)
}

fn one_name(form: &Form) -> Rc<str> {
    let name = form.list().and_then(|l| l.get(1)).and_then(|f| f.symbol());
    name.unwrap_or("").into()
}

/// The declared names in a form.
fn mentioned(form: &Form, names: &BTreeSet<Rc<str>>, found: &mut BTreeSet<Rc<str>>) {
    let parts = form.list().unwrap_or(&[]);
    let mut work: Vec<&Form> = parts.iter().skip(2).collect();
    while let Some(form) = work.pop() {
        match &form.kind {
            FormKind::Symbol(s) => {
                if let Some(name) = names.get(&**s) {
                    found.insert(name.clone());
                }
            }
            FormKind::List(f) | FormKind::Vector(f) | FormKind::Map(f) | FormKind::Set(f) => {
                work.extend(f.iter());
            }
            _ => {}
        }
    }
}

/// Which declarations mention which, those that these mention counted: rows of bits, in the order of the names.
struct Reach {
    numbers: HashMap<Rc<str>, usize>,
    rows: Vec<Vec<u64>>,
    /// A digest of each declaration.
    digests: Vec<u64>,
}

impl Reach {
    fn of(written: &BTreeMap<Rc<str>, Written<'_>>) -> Reach {
        let numbers: HashMap<Rc<str>, usize> = written
            .keys()
            .enumerate()
            .map(|(n, name)| (name.clone(), n))
            .collect();
        let words = written.len().div_ceil(64);
        let mut rows = Vec::new();
        let mut digests = Vec::new();
        for one in written.values() {
            let mut row = vec![0; words];
            for name in &one.mentions {
                let n = numbers[name];
                row[n / 64] |= 1 << (n % 64);
            }
            rows.push(row);
            let mut hasher = DefaultHasher::new();
            one.form.to_string().hash(&mut hasher);
            digests.push(hasher.finish());
        }
        let mut reach = Reach {
            numbers,
            rows,
            digests,
        };
        for through in 0..reach.rows.len() {
            let next = reach.rows[through].clone();
            for from in 0..reach.rows.len() {
                if reach.bit(from, through) {
                    let row = reach.rows[from].iter_mut().zip(&next);
                    row.for_each(|(word, more)| *word |= more);
                }
            }
        }
        reach
    }

    fn bit(&self, from: usize, to: usize) -> bool {
        self.rows[from][to / 64] >> (to % 64) & 1 == 1
    }

    /// Whether a declaration mentions itself.
    fn itself(&self, name: &str) -> bool {
        let n = self.numbers[name];
        self.bit(n, n)
    }

    /// How many declarations one mentions.
    fn count(&self, name: &str) -> u32 {
        self.rows[self.numbers[name]]
            .iter()
            .map(|word| word.count_ones())
            .sum()
    }

    /// A digest of a declaration and those that it mentions.
    fn version(&self, name: &str) -> u64 {
        let n = self.numbers[name];
        let mut hasher = DefaultHasher::new();
        self.digests[n].hash(&mut hasher);
        let others = (0..self.rows.len()).filter(|to| self.bit(n, *to));
        others.for_each(|to| self.digests[to].hash(&mut hasher));
        hasher.finish()
    }
}
