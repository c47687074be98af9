//! What can be done with the values of a type, whatever it is made of: tested for equality, put in order, owned.
//!
//! An enum may hold itself and is only known by its name, so what holds for it is found once for all enums of a
//! module. Types are taken to be shallow: the verifier measures them before.

use crate::module::Module;
use crate::ty::{EnumRef, EnumType, Type};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What holds for the enums of a module, and by that for all types.
#[derive(Clone, Debug, Default)]
pub struct Traits<'a> {
    by_name: HashMap<&'a str, &'a EnumType>,
    without_eq: HashSet<&'a str>,
    without_ord: HashSet<&'a str>,
    owning: HashSet<&'a str>,
    not_plain: HashSet<&'a str>,
}

impl<'a> Traits<'a> {
    /// Of the types of a module that declares these enums. Time in proportion to their size.
    pub fn of(enums: &'a [EnumType]) -> Traits<'a> {
        if enums.is_empty() {
            return Traits::default();
        }
        Traits {
            by_name: enums.iter().map(|e| (e.name.as_str(), e)).collect(),
            without_eq: reaching(enums, is_without_eq),
            without_ord: reaching(enums, is_without_ord),
            owning: reaching(enums, is_handle),
            not_plain: reaching(enums, is_not_plain),
        }
    }

    /// The enum of that name.
    pub fn enum_named(&self, name: &str) -> Option<&'a EnumType> {
        self.by_name.get(name).copied()
    }

    /// Whether two values can be equal: whether it holds no handle, no entry and nothing mutable.
    pub fn has_eq(&self, ty: &Type) -> bool {
        !holds(ty, &self.without_eq, &is_without_eq)
    }

    /// Whether values have an order: whether they can be equal and hold no map.
    pub fn has_ord(&self, ty: &Type) -> bool {
        !holds(ty, &self.without_ord, &is_without_ord)
    }

    /// Whether it is plain data: without handles, names and errors, and nothing mutable.
    pub fn is_plain(&self, ty: &Type) -> bool {
        !holds(ty, &self.not_plain, &is_not_plain)
    }

    /// Whether a value is, or may hold, an open handle: what [`Type::may_own_handle`] says, found anew.
    pub fn may_own_handle(&self, ty: &Type) -> bool {
        holds(ty, &self.owning, &is_handle)
    }
}

/// Makes all types of a module say of its enums whether they own handles, as the verifier wants it: for whoever builds
/// modules and does not know while types are made.
pub fn say_owners(module: &mut Module) {
    let traits = Traits::of(&module.enums);
    let owning: HashSet<String> = traits.owning.iter().map(|name| name.to_string()).collect();
    if module.enums.is_empty() {
        return;
    }
    let say = |ty: &mut Type| {
        if let Some(said) = said(ty, &owning) {
            *ty = said;
        }
    };
    for record in &mut module.records {
        *record = Arc::new(record.with_types(|ty| said(ty, &owning).unwrap_or(ty.clone())));
    }
    let cases = module.enums.iter_mut().flat_map(|e| &mut e.cases);
    cases
        .flat_map(|c| &mut c.fields)
        .for_each(|f| say(&mut f.1));
    for func in module.funcs.values_mut() {
        func.result.iter_mut().for_each(say);
        func.values.values_mut().for_each(say);
    }
}

/// The type that says so, if it is another one.
fn said(ty: &Type, owning: &HashSet<String>) -> Option<Type> {
    let within = |t: &Arc<Type>| said(t, owning).map(Arc::new);
    let both = |k: &Arc<Type>, v: &Arc<Type>| match (within(k), within(v)) {
        (None, None) => None,
        (key, value) => Some((key.unwrap_or(k.clone()), value.unwrap_or(v.clone()))),
    };
    Some(match ty {
        Type::Enum(e) => {
            let owns_handles = owning.contains(&e.name);
            if owns_handles == e.owns_handles {
                return None;
            }
            let name = e.name.clone();
            Type::Enum(Arc::new(EnumRef { name, owns_handles }))
        }
        Type::List(t) => Type::List(within(t)?),
        Type::Builder(t) => Type::Builder(within(t)?),
        Type::Result(t) => Type::Result(within(t)?),
        Type::Option(t) => Type::Option(within(t)?),
        Type::Array(t) => Type::Array(within(t)?),
        Type::Desc(t) => Type::Desc(within(t)?),
        Type::Seq(t) => Type::Seq(within(t)?),
        Type::Map(k, v) => both(k, v).map(|(k, v)| Type::Map(k, v))?,
        Type::MapBuilder(k, v) => both(k, v).map(|(k, v)| Type::MapBuilder(k, v))?,
        Type::Record(r) => {
            let mut fields = r
                .fields
                .iter()
                .map(|f| said(&f.1, owning))
                .collect::<Vec<_>>();
            if fields.iter().all(Option::is_none) {
                return None;
            }
            // In their order, each once.
            let mut fields = fields.drain(..);
            let record = r.with_types(|ty| fields.next().flatten().unwrap_or(ty.clone()));
            Type::Record(Arc::new(record))
        }
        _ => return None,
    })
}

fn is_without_eq(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Dir(_)
            | Type::File(_)
            | Type::Listing
            | Type::Entry(_)
            | Type::Root(_)
            | Type::Buf(_)
            | Type::Region
            | Type::Builder(_)
            | Type::MapBuilder(..)
            | Type::Array(_)
            | Type::Seq(_)
    )
}

fn is_without_ord(ty: &Type) -> bool {
    is_without_eq(ty) || matches!(ty, Type::Map(..))
}

fn is_not_plain(ty: &Type) -> bool {
    is_without_eq(ty) || matches!(ty, Type::Name | Type::Error)
}

fn is_handle(ty: &Type) -> bool {
    matches!(ty, Type::Dir(_) | Type::File(_) | Type::Listing)
}

/// Whether there is something of a kind in a type, enums of these names counting as such.
fn holds(ty: &Type, enums: &HashSet<&str>, is: &impl Fn(&Type) -> bool) -> bool {
    match ty {
        Type::Enum(e) => enums.contains(e.name.as_str()),
        _ => is(ty) || ty.parts().any(|part| holds(part, enums, is)),
    }
}

/// The enums that hold something of a kind, themselves or in another enum.
fn reaching(enums: &[EnumType], is: impl Fn(&Type) -> bool) -> HashSet<&str> {
    let (mut holders, mut found) = (HashMap::<&str, Vec<&str>>::new(), Vec::new());
    for row in enums {
        let mut todo: Vec<&Type> = Vec::new();
        let fields = row.cases.iter().flat_map(|c| &c.fields);
        todo.extend(fields.map(|f| &f.1));
        while let Some(ty) = todo.pop() {
            match ty {
                Type::Enum(e) => holders.entry(&e.name).or_default().push(&row.name),
                ty if is(ty) => found.push(row.name.as_str()),
                ty => todo.extend(ty.parts()),
            }
        }
    }
    let mut reaching = HashSet::new();
    while let Some(name) = found.pop() {
        if reaching.insert(name) {
            found.extend(holders.remove(name).unwrap_or_default());
        }
    }
    reaching
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::parse;
    use crate::verify::check;

    #[test]
    fn what_owns_is_said_everywhere() {
        let text = "sawir 1
record R { a: list<enum<A>>, b: int }
enum A { x { r: option<enum<B>> }, y }
enum B { d { d: dir{} }, a { a: enum<A>, c: enum<C> } }
enum C { one { c: list<enum<C>> } }
entry fn @0 f(%0: R \"r\" = def, %1: map<int, (enum<A>, enum<C>)> \"m\" = def) -> result<enum<B>> {
^0(%0, %1) s0:
  %2: list<enum<A>> = get a %0
  %3: int = int 0
  %4: enum<A> = list.get %2 %3
  %5: option<enum<B>> = case.get x r %4
  %6: enum<B> = some.value %5
  %7: result<enum<B>> = ok %6
  return %7
}
";
        let mut module = parse(text).unwrap();
        assert!(check(&module).is_err());
        say_owners(&mut module);
        check(&module).unwrap();
        let printed = module.to_string();
        assert!(
            printed.contains("map<int, (enum<A owning>, enum<C>)>"),
            "{printed}"
        );
        let before = module.clone();
        say_owners(&mut module);
        assert_eq!(module, before);
    }
}
