//! The operations on lists, maps and arrays: from the words of operands to what [`super::list`], [`super::map`],
//! [`super::sort`] and [`super::array`] do, and back.

use super::map::{self, Keys, Map, Shape};
use super::sort::{self, Compare, Order, Rank};
use super::{Call, NONE, array, data, hash, list, one, some};
use crate::eval::Words;
use crate::fault::Fault;
use crate::host::Host;
use crate::layout::array as array_layout;
use crate::module::Module;
use crate::ty::{MAX_WIDTH, Type};

type Outcome = Result<Words, Fault>;

/// What the elements of operand `n` are, a list.
fn element<'a>(call: &Call<'a>, n: usize) -> &'a Type {
    match call.operands.get(n) {
        Some(Type::List(t) | Type::Array(t)) => t,
        _ => &Type::Unit,
    }
}

fn width_of(call: &Call<'_>, n: usize) -> u64 {
    element(call, n).width() as u64
}

/// A list with one more element.
pub fn list_conj(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    list::conj(host, call.word(0), call.operand(1)).map(one)
}

/// A part of a list.
pub fn list_slice(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    let width = width_of(call, 0);
    list::slice_of(host, call.word(0), call.word(1), call.word(2), width).map(one)
}

/// The elements of two lists.
pub fn list_concat(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    list::concat(host, call.word(0), call.word(1), width_of(call, 0)).map(one)
}

/// The elements in the other order.
pub fn list_reverse(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    list::reverse(host, call.word(0), width_of(call, 0)).map(one)
}

/// A list with another element somewhere.
pub fn list_set(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    list::set(host, call.word(0), call.word(1), call.operand(2)).map(one)
}

/// The elements in their own order.
pub fn list_sort(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    let order = order_of(call.module, element(call, 0));
    sort::sort(host, call.word(0), order).map(one)
}

/// The elements in the order of the keys beside them.
pub fn list_sort_by(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    let order = order_of(call.module, element(call, 0));
    let width = element(call, 1).width();
    sort::sort_by(host, call.word(0), call.word(1), width, order).map(one)
}

/// How values of a type are sorted.
fn order_of<'a>(module: &'a Module, ty: &'a Type) -> Order<impl Compare + use<'a>> {
    let (mut inner, mut reversed) = (ty, false);
    while let Type::Desc(t) = inner {
        (inner, reversed) = (t, !reversed);
    }
    let rank = match inner {
        Type::Int | Type::Size | Type::Duration | Type::Mode => Rank::Signed,
        Type::Float => Rank::Float,
        Type::Bool | Type::FileType | Type::Ino | Type::Dev => Rank::Unsigned,
        Type::Time => Rank::First,
        Type::Str | Type::Bytes | Type::Path | Type::Name => Rank::Bytes,
        _ => Rank::None,
    };
    Order {
        rank,
        reversed,
        compare: move |host: &mut dyn Host, a: &[u64], b: &[u64]| {
            data::compared(module, host, ty, a, b)
        },
        width: ty.width(),
    }
}

/// Keys that are one word, equal when that is.
#[derive(Clone, Copy)]
struct Plain;

impl Keys for Plain {
    #[inline]
    fn hash(&self, _: &mut dyn Host, key: &[u64]) -> Result<u64, Fault> {
        Ok(hash::word(key.first().copied().unwrap_or(0)))
    }
    #[inline]
    fn equal(&self, _: &mut dyn Host, a: &[u64], b: &[u64]) -> Result<bool, Fault> {
        Ok(a == b)
    }
}

/// Keys that are bytes.
#[derive(Clone, Copy)]
struct Text;

impl Keys for Text {
    #[inline]
    fn hash(&self, host: &mut dyn Host, key: &[u64]) -> Result<u64, Fault> {
        Ok(match key {
            [at, len, ..] => hash::bytes(data::bytes(host.memory(), *at, *len)),
            _ => 0,
        })
    }
    #[inline]
    fn equal(&self, host: &mut dyn Host, a: &[u64], b: &[u64]) -> Result<bool, Fault> {
        let memory = &*host.memory();
        Ok(match (a, b) {
            ([a, n, ..], [b, m, ..]) => {
                n == m && data::bytes(memory, *a, *n) == data::bytes(memory, *b, *m)
            }
            _ => false,
        })
    }
}

/// Keys of any type that has equality.
#[derive(Clone, Copy)]
struct Any<'a> {
    module: &'a Module,
    ty: &'a Type,
}

impl Keys for Any<'_> {
    fn hash(&self, host: &mut dyn Host, key: &[u64]) -> Result<u64, Fault> {
        data::Hasher::new(self.module).hash(host, self.ty, key)
    }
    /// As in an order, where what is not a number is equal to itself: or else such a key were never found, and more and
    /// more of them had the same hash.
    fn equal(&self, host: &mut dyn Host, a: &[u64], b: &[u64]) -> Result<bool, Fault> {
        Ok(data::compared(self.module, host, self.ty, a, b)?.is_eq())
    }
}

/// Does something with the map or builder at some offset, whose keys and values are of these types.
macro_rules! with_map {
    ($module:expr, $types:expr, $at:expr, |$map:ident| $body:expr) => {{
        let (key, value): (&Type, &Type) = $types;
        let (at, shape) = ($at, Shape::of(key, value));
        match key {
            Type::Int
            | Type::Size
            | Type::Duration
            | Type::Bool
            | Type::Mode
            | Type::FileType
            | Type::Ino
            | Type::Dev => {
                let keys = Plain;
                let $map = Map { at, shape, keys };
                $body
            }
            Type::Str | Type::Bytes | Type::Path | Type::Name => {
                let keys = Text;
                let $map = Map { at, shape, keys };
                $body
            }
            ty => {
                let module = $module;
                let keys = Any { module, ty };
                let $map = Map { at, shape, keys };
                $body
            }
        }
    }};
}

/// The types of keys and values of operand 0, a map or builder.
fn types<'a>(call: &Call<'a>) -> (&'a Type, &'a Type) {
    match call.operands.first() {
        Some(Type::Map(k, v) | Type::MapBuilder(k, v)) => (k, v),
        _ => (&Type::Unit, &Type::Unit),
    }
}

fn shape(call: &Call<'_>) -> Shape {
    let (key, value) = types(call);
    Shape::of(key, value)
}

/// A new builder of a map.
pub fn map_builder(_: &Call<'_>, host: &mut dyn Host) -> Outcome {
    map::builder(host).map(one)
}

/// Sets a value in a builder.
pub fn map_put(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    with_map!(call.module, types(call), call.word(0), |map| {
        map.put(host, call.operand(1), call.operand(2))?;
        Ok(NONE)
    })
}

/// Counts a key in a builder.
pub fn map_count(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    with_map!(call.module, types(call), call.word(0), |map| {
        map.count(host, call.operand(1)).map(one)
    })
}

/// Appends to a key's list in a builder.
pub fn map_push(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    with_map!(call.module, types(call), call.word(0), |map| {
        map.push(host, call.operand(1), call.operand(2))?;
        Ok(NONE)
    })
}

/// The value of a key in a builder.
pub fn map_find(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    if matches!(types(call).1, Type::List(_)) {
        map::disown(host, call.word(0));
    }
    map_get(call, host)
}

/// The map that a builder holds.
pub fn map_freeze(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    Ok(one(map::freeze(host, call.word(0))))
}

/// A builder with what a map holds.
pub fn map_thaw(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    with_map!(call.module, types(call), call.word(0), |map| {
        map::thaw(host, map).map(one)
    })
}

/// The value of a key.
pub fn map_get(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    with_map!(call.module, types(call), call.word(0), |map| {
        let width = map.shape.value;
        Ok(match map.find(host, call.operand(1))? {
            Some(place) => {
                let mut words = [0; MAX_WIDTH];
                super::words::read(host.memory(), place, &mut words[..width]);
                some(&words[..width])
            }
            None => NONE,
        })
    })
}

/// Whether there is a key.
pub fn map_has(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    with_map!(call.module, types(call), call.word(0), |map| {
        let found = map.find(host, call.operand(1))?;
        Ok(one(u64::from(found.is_some())))
    })
}

/// A map with another value of a key.
pub fn map_assoc(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    changing(call, host, |host| {
        with_map!(call.module, types(call), call.word(0), |map| {
            map.assoc(host, call.operand(1), call.operand(2)).map(one)
        })
    })
}

/// A map without a key.
pub fn map_dissoc(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    changing(call, host, |host| {
        with_map!(call.module, types(call), call.word(0), |map| {
            map.dissoc(host, call.operand(1)).map(one)
        })
    })
}

/// Makes another map of one, which may give that a trie: an older object then refers to a younger one.
fn changing(
    call: &Call<'_>,
    host: &mut dyn Host,
    change: impl FnOnce(&mut dyn Host) -> Outcome,
) -> Outcome {
    let map = call.word(0);
    let before = map::trie_of(host.memory(), map);
    let result = change(host);
    if map::trie_of(host.memory(), map) != before {
        host.remember(map, &call.operands[0]);
    }
    result
}

/// The number of keys.
pub fn map_len(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    Ok(one(map::len(host.memory(), call.word(0))))
}

/// Pairs of keys and values.
pub fn map_entries(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    map::entry_list(host, call.word(0), shape(call)).map(one)
}

/// The keys.
pub fn map_keys(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    map::column(host, call.word(0), shape(call), false).map(one)
}

/// The values.
pub fn map_vals(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    map::column(host, call.word(0), shape(call), true).map(one)
}

/// A map of so many entries, whose words lie one after another, the key's before the value's; of those with the same
/// key the last counts.
pub fn map_of(
    module: &Module,
    host: &mut dyn Host,
    (key, value): (&Type, &Type),
    count: usize,
    words: &[u64],
) -> Result<u64, Fault> {
    let at = map::builder(host)?;
    let width = key.width() + value.width();
    with_map!(module, (key, value), at, |map| {
        for n in 0..count {
            let entry = words.get(n * width..).and_then(|w| w.get(..width));
            let entry = entry.ok_or(Fault::BadArgument)?;
            let (key, value) = entry.split_at(key.width());
            map.put(host, key, value)?;
        }
        Ok(map::freeze(host, at))
    })
}

/// A new array.
pub fn array_new(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    let bytes = array_layout::is_bytes(call.result);
    array::new(host, call.word(0), bytes, call.word(1)).map(one)
}

/// What an array holds, as a list.
pub fn array_freeze(call: &Call<'_>, host: &mut dyn Host) -> Outcome {
    let bytes = call.operands.first().is_some_and(array_layout::is_bytes);
    array::freeze(host, call.word(0), bytes).map(one)
}
