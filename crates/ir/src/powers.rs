//! The one table of powers. A power is what a call takes that is about no handle: over other processes, the network, the
//! clock. A function declares those of its calls and of the functions it calls, so the entry's are the program's, which
//! the loader compares with what the host grants before anything runs.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

macro_rules! powers {
    ($($bit:literal $variant:ident $name:literal $doc:literal;)*) => {
        /// A power.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u32)]
        pub enum Power {
            $(#[doc = $doc] $variant = 1 << $bit,)*
        }

        impl Power {
            /// The table: every power.
            pub const ALL: &'static [Power] = &[$(Power::$variant),*];
            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Power::$variant => $name,)* }
            }
            /// One line of documentation.
            pub const fn doc(self) -> &'static str {
                match self { $(Power::$variant => $doc,)* }
            }
        }
    };
}

powers! {
    0 Process "process" "Signal, limit, schedule and inspect other processes of the user.";
    1 Net "net" "Speak to the network without an address that was granted.";
    2 Time "time" "Change the clocks of the machine.";
    3 Machine "machine" "Act on the machine as a whole.";
}

impl Power {
    /// The power of that name.
    pub fn named(name: &str) -> Option<Power> {
        Power::ALL.iter().copied().find(|p| p.name() == name)
    }
}

/// A set of powers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Powers(u32);

impl Powers {
    /// No power.
    pub const NONE: Powers = Powers(0);
    /// Every power: the user's own.
    pub const ALL: Powers = Powers((1 << Power::ALL.len()) - 1);

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Whether every power of `want` is here.
    pub const fn contains(self, want: Powers) -> bool {
        self.0 & want.0 == want.0
    }
    /// The powers here that `other` lacks.
    pub const fn minus(self, other: Powers) -> Powers {
        Powers(self.0 & !other.0)
    }
    /// The set as a mask.
    pub const fn bits(self) -> u32 {
        self.0
    }
    /// The set with this mask; bits that are no power are dropped.
    pub const fn from_bits(bits: u32) -> Powers {
        Powers(bits & Powers::ALL.0)
    }
    /// The powers here, in table order.
    pub fn iter(self) -> impl Iterator<Item = Power> {
        let here = move |p: &Power| self.contains(Powers(*p as u32));
        Power::ALL.iter().copied().filter(here)
    }
}

impl From<Power> for Powers {
    fn from(power: Power) -> Powers {
        Powers(power as u32)
    }
}
impl From<Option<Power>> for Powers {
    fn from(power: Option<Power>) -> Powers {
        power.map_or(Powers::NONE, Powers::from)
    }
}
impl FromIterator<Power> for Powers {
    fn from_iter<I: IntoIterator<Item = Power>>(powers: I) -> Powers {
        powers
            .into_iter()
            .fold(Powers::NONE, |all, p| all | p.into())
    }
}
impl BitOr for Powers {
    type Output = Powers;
    fn bitor(self, other: Powers) -> Powers {
        Powers(self.0 | other.0)
    }
}
impl BitOrAssign for Powers {
    fn bitor_assign(&mut self, other: Powers) {
        self.0 |= other.0;
    }
}

/// `{process,time}`
impl fmt::Display for Powers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, power) in self.iter().enumerate() {
            write!(f, "{}{}", if i > 0 { "," } else { "" }, power.name())?;
        }
        f.write_str("}")
    }
}
impl fmt::Debug for Powers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_bits_and_docs_are_unique_and_whole() {
        let mut seen = Powers::NONE;
        for power in Power::ALL {
            let set = Powers::from(*power);
            assert!(seen.minus(set) == seen, "{power:?} repeats a bit");
            assert_eq!(Power::named(power.name()), Some(*power));
            assert!(power.doc().ends_with('.'), "{power:?} lacks a sentence");
            seen |= set;
        }
        assert_eq!(seen, Powers::ALL);
        assert_eq!(seen.to_string(), "{process,net,time,machine}");
        assert_eq!(Powers::from_bits(u32::MAX), Powers::ALL);
    }
}
