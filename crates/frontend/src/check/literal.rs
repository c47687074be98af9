//! Literals: numbers, text, keywords, vectors, maps, sets. What they are may follow from what is wanted.

use super::env::Env;
use super::problem::Problem;
use super::{Checker, Declared, Res};
use crate::diag::{Code, similar};
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree, Var};
use crate::ty::{Record, Ty};
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;
use sawmill_ir::ty::RecordKind;
use std::sync::Arc;

/// Whether the type of a form may follow from what stands beside it: it is checked after that.
pub(super) fn is_literal(form: &Form) -> bool {
    match &form.kind {
        FormKind::Int(_) | FormKind::Str(_) | FormKind::Keyword(_) => true,
        FormKind::Symbol(s) => &**s == "none",
        FormKind::Vector(f) | FormKind::Map(f) | FormKind::Set(f) => f.iter().all(is_literal),
        FormKind::List(f) => made_of(form) && f[1..].iter().all(is_literal),
        _ => false,
    }
}

/// Whether a call makes a value whose type is that of its arguments.
pub(super) fn made_of(form: &Form) -> bool {
    matches!(form.head(), Some("tuple" | "just"))
}

/// Whether the type of a form is a guess where nothing is wanted: numbers, what is empty, what may be a list or a
/// tuple, a record of one type or another, and what is made of these.
pub(super) fn is_guess(form: &Form) -> bool {
    match &form.kind {
        FormKind::Int(_) => true,
        FormKind::Symbol(s) => &**s == "none",
        FormKind::Vector(_) | FormKind::Map(_) => true,
        FormKind::Set(f) => f.is_empty() || f.iter().any(is_guess),
        FormKind::List(f) => made_of(form) && f.iter().any(is_guess),
        _ => false,
    }
}

impl Checker {
    pub(super) fn literal_form(&mut self, form: &Form, env: &Env, want: Option<&Ty>) -> Res<Tree> {
        let at = form.at;
        match (&form.kind, want) {
            (FormKind::Int(n), Some(Ty::Float)) => self.float_of(*n, at),
            (FormKind::Int(n), Some(ty @ (Ty::Size | Ty::Mode))) => {
                Ok(self.tree(Kind::Int(*n), ty.clone(), at))
            }
            (FormKind::Int(n), _) => Ok(self.tree(Kind::Int(*n), Ty::Int, at)),
            (FormKind::Float(x), _) => {
                let bits = x.to_bits() as i64;
                Ok(self.tree(Kind::Int(bits), Ty::Float, at))
            }
            (FormKind::Size(n), _) => Ok(self.tree(Kind::Int(*n), Ty::Size, at)),
            (FormKind::Duration(n), _) => Ok(self.tree(Kind::Int(*n), Ty::Duration, at)),
            (FormKind::Bool(b), _) => Ok(self.tree(Kind::Bool(*b), Ty::Bool, at)),
            (FormKind::Str(s), Some(Ty::Path)) => self.path_literal(s, at),
            (FormKind::Str(s), Some(ty @ Ty::Bytes)) => {
                Ok(self.tree(Kind::Bytes(s.as_bytes().to_vec()), ty.clone(), at))
            }
            (FormKind::Str(s), _) => Ok(self.tree(Kind::Bytes(s.as_bytes().to_vec()), Ty::Str, at)),
            (FormKind::Keyword(k), Some(Ty::FileType)) => self.file_type(k, at),
            (FormKind::Keyword(k), Some(Ty::Enum(e))) => self.case_literal(&e.clone(), k, at),
            (FormKind::Keyword(k), _) => self.no_keyword(k, want, at),
            (FormKind::Vector(forms), _) => self.vector(forms, env, want, at),
            (FormKind::Map(forms), _) => self.braces(forms, env, want, at),
            (FormKind::Set(forms), _) => self.set_literal(forms, env, want, at),
            (FormKind::Symbol(_) | FormKind::List(_), _) => Err(super::Failed),
        }
    }

    fn no_keyword(&mut self, k: &str, want: Option<&Ty>, at: Span) -> Res<Tree> {
        let why = match want {
            Some(want) if *want != Ty::Bool && !bottom(want) => {
                format!("`:{k}` is not a value: here {want} is wanted")
            }
            _ => format!("`:{k}` is not a value here"),
        };
        let help = match want {
            Some(Ty::Bool) if k.starts_with("e") || k == "default" || k == "otherwise" => {
                "what is done in all other cases of a `cond` stands after `:else`".to_string()
            }
            _ => format!(
                "a keyword is a function of a record, `(:{k} x)`, or a case where an enum is expected; for a key of a map write a text, \"{k}\""
            ),
        };
        self.fail(Problem::new(Code::BadForm, self.place(at), why).help(help))
    }

    /// An integer where a float is wanted, if it is one.
    fn float_of(&mut self, n: i64, at: Span) -> Res<Tree> {
        if n.unsigned_abs() > 1 << 53 {
            let why = format!("{n} has no exact Float");
            let d = Problem::new(Code::Mismatch, self.place(at), why)
                .help("write it with an exponent, as in 1e18");
            return self.fail(d);
        }
        let bits = (n as f64).to_bits() as i64;
        Ok(self.tree(Kind::Int(bits), Ty::Float, at))
    }

    /// Reports a text that no path can be.
    pub(super) fn bad_path(&mut self, at: Span) -> Res<Tree> {
        let why = "a path is neither empty nor holds a NUL byte";
        let d = Problem::new(Code::Mismatch, self.place(at), why);
        self.fail(d.help("the current directory is \".\""))
    }

    pub(super) fn path_literal(&mut self, s: &str, at: Span) -> Res<Tree> {
        if s.contains('\0') {
            return self.bad_path(at);
        }
        Ok(self.tree(Kind::Bytes(s.as_bytes().to_vec()), Ty::Path, at))
    }

    fn file_type(&mut self, name: &str, at: Span) -> Res<Tree> {
        let types = sawmill_ir::ty::FILE_TYPES;
        if let Some(row) = types.iter().find(|row| row.1 == name) {
            return Ok(self.tree(Kind::Int(row.0 as i64), Ty::FileType, at));
        }
        let all: Vec<String> = types.iter().map(|row| format!(":{}", row.1)).collect();
        let d = Problem::new(
            Code::NoField,
            self.place(at),
            format!("`:{name}` is no file type"),
        )
        .help(match similar(name, types.iter().map(|row| row.1)) {
            Some(like) => format!("did you mean `:{like}`?"),
            None => format!("file types are {}", all.join(" ")),
        });
        self.fail(d)
    }

    /// `none`
    pub(super) fn none(&mut self, want: Option<&Ty>, at: Span) -> Res<Tree> {
        let ty = match want {
            Some(ty @ Ty::Option(_)) => ty.clone(),
            // Of no type in particular: it fits where any Option is wanted.
            _ => Ty::Never.option(),
        };
        Ok(self.tree(Kind::Op(Op::None, Vec::new()), ty, at))
    }

    /// `[a b c]`: a list, or a tuple where one is wanted or the elements have different types.
    pub(super) fn vector(
        &mut self,
        forms: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        if let Some(fields) = want.and_then(Ty::as_tuple)
            && fields.len() == forms.len()
        {
            let wanted: Vec<Ty> = fields.iter().map(|f| f.1.clone()).collect();
            return self.tuple(forms, env, Some(&wanted), at);
        }
        let element = match want {
            Some(Ty::List(t)) if **t != Ty::Never => Some((**t).clone()),
            _ => None,
        };
        let mut trees = self.elements(forms, env, element.as_ref())?;
        // Of no type in particular, if there are none: it fits where any List is wanted.
        let ty = element.clone().unwrap_or_else(|| self.common(&trees));
        if element.is_none() && trees.len() > 1 && !trees.iter().all(|t| self.fits(t, &ty)) {
            let types = trees.iter().map(|t| t.ty.clone()).collect();
            return Ok(self.tree(Kind::Record(trees), Ty::tuple(types), at));
        }
        for tree in &mut trees {
            let plain = std::mem::replace(tree, self.unit(at));
            *tree = self.held(plain, &ty, "this list holds")?;
        }
        self.list_of(trees, ty, at)
    }

    /// The elements; literals that stand beside others are typed after these.
    fn elements(&mut self, forms: &[Form], env: &Env, want: Option<&Ty>) -> Res<Vec<Tree>> {
        let mut trees: Vec<Option<Tree>> = Vec::new();
        for form in forms {
            trees.push(match is_literal(form) {
                true => None,
                false => Some(self.value(form, env, want)?),
            });
        }
        let known = want
            .cloned()
            .or(trees.iter().flatten().map(|t| t.ty.clone()).next());
        let mut all = Vec::new();
        for (form, tree) in forms.iter().zip(trees) {
            all.push(match tree {
                Some(tree) => tree,
                // A keyword is nothing without a type; another literal beside it may be of its own.
                None => self.value(form, env, known.as_ref())?,
            });
        }
        Ok(all)
    }

    /// Reports an operation on the elements of an empty literal.
    pub(super) fn of_nothing<T>(&mut self, at: Span) -> Res<T> {
        let why = "nothing says what type the elements of this empty literal have";
        let d = Problem::new(Code::NeedsType, self.place(at), why);
        self.fail(d.help("name it with its type: `(def none-yet :- (List Int) [])`"))
    }

    /// A value of a literal where its others are of type `want`.
    fn held(&mut self, tree: Tree, want: &Ty, holds: &str) -> Res<Tree> {
        if self.fits(&tree, want) || tree.ty == Ty::Never {
            return self.coerce(tree, want, holds);
        }
        let why = format!("{holds} {want}, this is {}", tree.ty);
        let d = Problem::new(Code::Mismatch, tree.at, why).label(tree.ty.to_string());
        self.fail(match self.help_for(&tree, want) {
            Some(help) => d.help(help),
            None => d.help("values of different types go together into a tuple, `[1 \"a\"]`, or a record, `{:n 1 :s \"a\"}`"),
        })
    }

    fn list_of(&mut self, trees: Vec<Tree>, element: Ty, at: Span) -> Res<Tree> {
        let emits = trees.into_iter().map(|t| {
            let at = t.at;
            Tree::new(Kind::Emit(t), Ty::Unit, at)
        });
        let seq = Kind::Do(emits.collect());
        let seq = self.tree(seq, element.clone().seq(), at);
        Ok(self.tree(Kind::Collect(seq), element.list(), at))
    }

    /// A tuple of what the forms give.
    pub(super) fn tuple(
        &mut self,
        forms: &[Form],
        env: &Env,
        wanted: Option<&[Ty]>,
        at: Span,
    ) -> Res<Tree> {
        let mut trees = Vec::new();
        for (i, form) in forms.iter().enumerate() {
            let want = wanted.and_then(|w| w.get(i));
            let tree = self.value(form, env, want)?;
            trees.push(match want {
                Some(want) => self.coerce(tree, want, "this tuple")?,
                None => tree,
            });
        }
        let types = trees.iter().map(|t| t.ty.clone()).collect();
        Ok(self.tree(Kind::Record(trees), Ty::tuple(types), at))
    }

    /// `{ ... }`: a record if its keys are keywords, else a map.
    fn braces(&mut self, forms: &[Form], env: &Env, want: Option<&Ty>, at: Span) -> Res<Tree> {
        if forms.len() % 2 == 1 {
            let why = "a map has a value for every key; here is one key more";
            let d = Problem::new(Code::BadForm, self.place(at), why);
            return self.fail(d.help("{\"a\" 1 \"b\" 2}, or {:a 1 :b 2}"));
        }
        let pairs: Vec<(&Form, &Form)> = forms.chunks(2).map(|p| (&p[0], &p[1])).collect();
        let wants_map = matches!(want, Some(Ty::Map(_)));
        let keyword = |p: &(&Form, &Form)| matches!(p.0.kind, FormKind::Keyword(_));
        if !wants_map && !pairs.is_empty() && pairs.iter().all(keyword) {
            return self.record_literal(&pairs, env, want, at);
        }
        if want.is_none()
            && let Some((key, _)) = pairs.iter().find(|p| keyword(p))
        {
            let why = "the keys of a record are keywords, those of a map values; here are both";
            let d = Problem::new(Code::BadForm, self.place(key.at), why);
            return self.fail(d.help("{:a 1 :b 2} is a record, {\"a\" 1 \"b\" 2} a Map"));
        }
        self.map_literal(&pairs, env, want, at)
    }

    fn record_literal(
        &mut self,
        pairs: &[(&Form, &Form)],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let wanted = want.and_then(|ty| self.fields_of(ty));
        let mut fields: Vec<(String, Tree)> = Vec::new();
        for (key, value) in pairs {
            let FormKind::Keyword(name) = &key.kind else {
                continue;
            };
            if fields.iter().any(|f| f.0 == **name) {
                let why = format!("the field `:{name}` is given twice");
                return self.fail(Problem::new(Code::Redefined, self.place(key.at), why));
            }
            let of = wanted.iter().flatten().find(|f| f.0 == **name);
            let ty = of.map(|f| f.1.clone());
            let tree = self.value(value, env, ty.as_ref())?;
            let tree = match &ty {
                Some(ty) => self.coerce(tree, ty, &format!("`:{name}`"))?,
                None => tree,
            };
            fields.push((name.to_string(), tree));
        }
        let types = fields.iter().map(|(n, t)| (n.clone(), t.ty.clone()));
        let ty = Ty::Record(Arc::new(Record {
            name: String::new(),
            kind: RecordKind::Fields,
            fields: types.collect(),
        }));
        let trees = fields.into_iter().map(|f| f.1).collect();
        let tree = self.tree(Kind::Record(trees), ty, at);
        match want {
            Some(want) if wanted.is_some() => self.coerce(tree, want, "this record"),
            _ => Ok(tree),
        }
    }

    /// The fields of a record type, however it is declared.
    pub(super) fn fields_of(&self, ty: &Ty) -> Option<Vec<(String, Ty)>> {
        match ty {
            Ty::Record(r) => Some(r.fields.clone()),
            Ty::Enum(e) => match self.types.get(e.name.as_str()) {
                Some(Declared::Enum(def)) if def.is_record() => Some(def.cases[0].fields.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    fn map_literal(
        &mut self,
        pairs: &[(&Form, &Form)],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        let wanted = match want {
            Some(Ty::Map(kv)) if kv.0 != Ty::Never => Some((kv.0.clone(), kv.1.clone())),
            _ => None,
        };
        let (key, value) = match wanted {
            Some((k, v)) => (Some(k), Some(v)),
            None => (None, None),
        };
        let keys: Vec<Form> = pairs.iter().map(|p| p.0.clone()).collect();
        let values: Vec<Form> = pairs.iter().map(|p| p.1.clone()).collect();
        let (keys, key) = self.of_one_type(&keys, env, key, "the keys of this map are")?;
        let (values, value) =
            self.of_one_type(&values, env, value, "the values of this map are")?;
        self.require(&key, super::types::Need::Eq, "a key of a map", at)?;
        self.build_map(keys.into_iter().zip(values).collect(), key, value, at)
    }

    /// The type that all have, or else that of the first which says what it is.
    fn common(&self, trees: &[Tree]) -> Ty {
        let mut common = Ty::Never;
        for tree in trees {
            if self.bottom_fits(&common, &tree.ty) {
                common = tree.ty.clone();
            }
        }
        common
    }

    /// Values of one type, and that type: the wanted one, or that of the first that says what it is.
    fn of_one_type(
        &mut self,
        forms: &[Form],
        env: &Env,
        want: Option<Ty>,
        holds: &str,
    ) -> Res<(Vec<Tree>, Ty)> {
        let trees = self.elements(forms, env, want.as_ref())?;
        let ty = want.unwrap_or_else(|| self.common(&trees));
        let mut all = Vec::new();
        for tree in trees {
            all.push(self.held(tree, &ty, holds)?);
        }
        Ok((all, ty))
    }

    fn set_literal(&mut self, forms: &[Form], env: &Env, want: Option<&Ty>, at: Span) -> Res<Tree> {
        let element = match want {
            Some(Ty::Set(t)) if **t != Ty::Never => Some((**t).clone()),
            _ => None,
        };
        let (trees, ty) = self.of_one_type(forms, env, element, "this set holds")?;
        self.require(&ty, super::types::Need::Eq, "an element of a set", at)?;
        let pairs = trees.into_iter().map(|t| {
            let nothing = self.unit(t.at);
            (t, nothing)
        });
        let map = self.build_map(pairs.collect(), ty.clone(), Ty::Unit, at)?;
        Ok(map.with_type(Ty::Set(Arc::new(ty))))
    }

    /// A map of these keys and values, a later one in the place of an earlier one.
    fn build_map(&mut self, pairs: Vec<(Tree, Tree)>, k: Ty, v: Ty, at: Span) -> Res<Tree> {
        let kv = Arc::new((k, v));
        let built = Ty::MapBuilder(kv.clone());
        let builder: Var = self.var(built.clone());
        let new = self.tree(Kind::Op(Op::MapBuilder, Vec::new()), built.clone(), at);
        let named = |me: &Self| me.tree(Kind::Var(builder), built.clone(), at);
        let mut steps = Vec::new();
        for (k, v) in pairs {
            let put = Kind::Op(Op::MapPut, vec![named(self), k, v]);
            steps.push(self.tree(put, Ty::Unit, at));
        }
        let freeze = Kind::Op(Op::MapFreeze, vec![named(self)]);
        steps.push(self.tree(freeze, Ty::Map(kv), at));
        let ty = steps[steps.len() - 1].ty.clone();
        let body = self.tree(Kind::Do(steps), ty, at);
        Ok(super::wrap_lets(vec![(builder, new)], body))
    }
}

/// Whether a type is that of a literal which says nothing of its elements.
pub(super) fn bottom(ty: &Ty) -> bool {
    *ty == Ty::Never || ty.parts().into_iter().any(bottom)
}
