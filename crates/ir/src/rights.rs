//! The one table of rights. Policy, manifest, IR and documentation use these names.
//!
//! A right is something that may be done *through a handle*. A set of rights is part of a handle's type
//! (`dir{list,stat}`) and, as a mask, of the handle's row in the run-time handle table. Rights only shrink:
//! what is derived from a handle carries no more than the handle.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign};

macro_rules! rights {
    ($($bit:literal $konst:ident $name:literal $doc:literal;)*) => {
        /// A set of rights, a bit each.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct Rights(u32);

        impl Rights {
            $(#[doc = $doc] pub const $konst: Rights = Rights(1 << $bit);)*
            /// The table: name, bit and documentation of every right.
            pub const TABLE: &'static [(&'static str, Rights, &'static str)] = &[$(($name, Rights::$konst, $doc)),*];
        }
    };
}

rights! {
    0 LIST "list" "Read the names, types and inode numbers of a directory's entries.";
    1 STAT "stat" "Read the metadata (size, times, owner, mode, ...) of what a handle names or what lies in it.";
    2 READ "read" "Read the contents of files.";
    3 WRITE "write" "Change the contents of existing files, truncation included.";
    4 CREATE "create" "Make new files, directories, links' targets and special files.";
    5 REMOVE "remove" "Remove files and directories.";
    6 RENAME "rename" "Rename within, out of or into a directory.";
    7 LINK "link" "Make hard links to files.";
    8 META "meta" "Change metadata: mode, owner, times, extended attributes.";
    9 EXEC "exec" "Execute a file.";
    10 CONNECT "connect" "Connect a socket to an allowed address.";
    11 BIND "bind" "Bind a socket to an allowed address.";
    12 SIGNAL "signal" "Send a signal to a process.";
}

impl Rights {
    /// No right.
    pub const NONE: Rights = Rights(0);
    /// Every right of the table: what the user's own power carries.
    pub const ALL: Rights = Rights((1 << Rights::TABLE.len()) - 1);

    /// The set as a mask, as the run-time handle table holds it.
    pub const fn bits(self) -> u32 {
        self.0
    }
    /// The set with this mask; bits that are no right are dropped.
    pub const fn from_bits(bits: u32) -> Rights {
        Rights(bits & Rights::ALL.0)
    }
    /// The rights of both.
    pub const fn and(self, more: Rights) -> Rights {
        Rights(self.0 | more.0)
    }
    /// Whether every right of `want` is here.
    pub const fn contains(self, want: Rights) -> bool {
        self.0 & want.0 == want.0
    }
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The rights here that `other` lacks.
    pub const fn minus(self, other: Rights) -> Rights {
        Rights(self.0 & !other.0)
    }
    /// The right of that name.
    pub fn named(name: &str) -> Option<Rights> {
        Rights::TABLE
            .iter()
            .find(|row| row.0 == name)
            .map(|row| row.1)
    }
    /// The names of the rights here, in table order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Rights::TABLE
            .iter()
            .filter(move |row| self.contains(row.1))
            .map(|row| row.0)
    }
}

impl BitOr for Rights {
    type Output = Rights;
    fn bitor(self, other: Rights) -> Rights {
        Rights(self.0 | other.0)
    }
}
impl BitOrAssign for Rights {
    fn bitor_assign(&mut self, other: Rights) {
        self.0 |= other.0;
    }
}
impl BitAnd for Rights {
    type Output = Rights;
    fn bitand(self, other: Rights) -> Rights {
        Rights(self.0 & other.0)
    }
}

/// `{list,stat}`
impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, name) in self.names().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            f.write_str(name)?;
        }
        f.write_str("}")
    }
}
impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_bits_and_docs_are_unique_and_whole() {
        let mut seen = Rights::NONE;
        for (name, right, doc) in Rights::TABLE {
            assert!((seen & *right).is_empty(), "{name} repeats a bit");
            assert_eq!(right.bits().count_ones(), 1, "{name} is one bit");
            assert_eq!(Rights::named(name), Some(*right));
            assert!(doc.ends_with('.'), "{name} lacks a sentence");
            seen |= *right;
        }
        assert_eq!(seen, Rights::ALL);
    }

    #[test]
    fn prints_in_table_order() {
        assert_eq!((Rights::STAT | Rights::LIST).to_string(), "{list,stat}");
        assert_eq!(Rights::NONE.to_string(), "{}");
    }
}
