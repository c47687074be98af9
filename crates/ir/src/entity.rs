//! Typed indices: a number that says which table it indexes, and the table that only it can index.
//!
//! Bare `usize` indexes nothing that has a name.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A typed index into a [`Table`].
pub trait Entity: Copy + Eq {
    /// The index of row `n`. Panics beyond `u32::MAX` rows, which the limits of the verifier exclude.
    fn new(n: usize) -> Self;
    /// The row's number.
    fn index(self) -> usize;
}

/// Declares index newtypes that print with a sigil (`%3`, `^1`, ...).
#[macro_export]
macro_rules! entity {
    ($($(#[$doc:meta])* $name:ident = $sigil:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
        impl $crate::entity::Entity for $name {
            fn new(n: usize) -> Self { $name(u32::try_from(n).expect("more than 2^32 rows")) }
            fn index(self) -> usize { self.0 as usize }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{}{}", $sigil, self.0) }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{}{}", $sigil, self.0) }
        }
    )*};
}

/// A dense table from an [`Entity`] to its row.
#[derive(Clone, PartialEq, Eq)]
pub struct Table<K, V> {
    rows: Vec<V>,
    key: PhantomData<K>,
}

impl<K: Entity, V> Table<K, V> {
    /// An empty table.
    pub fn new() -> Self {
        Table {
            rows: Vec::new(),
            key: PhantomData,
        }
    }
    /// Appends a row and gives its index.
    pub fn push(&mut self, row: V) -> K {
        self.rows.push(row);
        K::new(self.rows.len() - 1)
    }
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// The row, if the index is one of this table's.
    pub fn get(&self, k: K) -> Option<&V> {
        self.rows.get(k.index())
    }
    /// The row for writing, if the index is one of this table's.
    pub fn get_mut(&mut self, k: K) -> Option<&mut V> {
        self.rows.get_mut(k.index())
    }
    /// All indices, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = K> + use<K, V> {
        (0..self.rows.len()).map(K::new)
    }
    /// All rows with their indices, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (K, &V)> {
        self.rows.iter().enumerate().map(|(i, v)| (K::new(i), v))
    }
    /// All rows, in order.
    pub fn values(&self) -> std::slice::Iter<'_, V> {
        self.rows.iter()
    }
    /// All rows for writing, in order.
    pub fn values_mut(&mut self) -> std::slice::IterMut<'_, V> {
        self.rows.iter_mut()
    }
}

impl<K: Entity, V> Default for Table<K, V> {
    fn default() -> Self {
        Table::new()
    }
}

impl<K: Entity, V> Index<K> for Table<K, V> {
    type Output = V;
    fn index(&self, k: K) -> &V {
        &self.rows[k.index()]
    }
}

impl<K: Entity, V> IndexMut<K> for Table<K, V> {
    fn index_mut(&mut self, k: K) -> &mut V {
        &mut self.rows[k.index()]
    }
}

impl<K: Entity, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.rows).finish()
    }
}

impl<K: Entity, V> FromIterator<V> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = V>>(rows: I) -> Self {
        Table {
            rows: rows.into_iter().collect(),
            key: PhantomData,
        }
    }
}
