//! The catalogue: every system call number of Linux up to 6.18 on x86_64 and AArch64, in exactly one class.
//!
//! The rows of [`super::Sys`] say *how* an instruction may make a call; a row here says *whether* one may, and which
//! number the call has. A number is said here and nowhere else.
//!
//! **Invariant**: what could forge a pointer, go around the handle table, follow a path that nothing contains, or
//! change the process that the program runs in, is never [`Class::Plain`].
//!
//! Left out: the x32 numbers (512 and up on x86_64) and what a kernel adds after 6.18. A number that is not here is
//! no program's to call.

mod events;
mod files;
mod memory;
mod names;
mod objects;
mod processes;
mod signals;
mod sockets;
mod system;
mod times;

use crate::Arch;
use std::fmt;

/// A system call of the kernel.
#[derive(Debug)]
pub struct Call {
    /// The kernel's name.
    pub name: &'static str,
    /// Its number on x86_64, if it is there.
    pub x86_64: Option<u32>,
    /// Its number on AArch64, if it is there.
    pub aarch64: Option<u32>,
    /// The kernel that brought it.
    pub since: Version,
    /// Who may make it.
    pub class: Class,
    /// What it does, in a line.
    pub doc: &'static str,
}

/// A version of the kernel; what was there before versions were told apart is 1.0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version {
    /// The 2 of 2.6.16.
    pub major: u8,
    /// The 6 of 2.6.16.
    pub minor: u8,
    /// The 16 of 2.6.16; 0 from 3.0 on.
    pub patch: u8,
}

/// Who may make a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// A program may: `(sys/NAME ...)`, with the typed arguments of the call's rows.
    Plain,
    /// Only the named part of the language or the runtime does, as it knows the arguments.
    Named(&'static str),
    /// No program can cause it, for this reason; and what there is instead, if anything.
    Excluded(Reason, &'static str),
}

/// The part that makes what is made in a child only, between its start and the program that it runs.
pub const SPAWN: &str = "spawn";

macro_rules! reasons {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// Why no program can cause a call.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Reason {
            $(#[doc = $doc] $variant,)*
        }
        impl Reason {
            /// All of them.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),*];
            /// What it is about, in a few words.
            pub fn name(self) -> &'static str {
                match self { $(Reason::$variant => $name,)* }
            }
            /// Why that excludes a call.
            pub fn doc(self) -> &'static str {
                match self { $(Reason::$variant => $doc,)* }
            }
        }
    };
}

reasons! {
    Memory "memory of a process"
        "It maps, protects, pins, watches, reads or writes memory by address. What the engines promise about references rests on nobody doing that.";
    Descriptors "descriptors behind the handle table"
        "It makes, copies, moves or closes descriptors that the handle table would not know of. A handle could come to mean another file.";
    Host "the process of the host"
        "It changes or ends the process or thread that the program runs in, which belongs to the host and to everything else that runs there.";
    Signals "signals of the host"
        "It changes, waits for or raises the signals of the host's process: handlers, masks and pending signals are one for all that runs there.";
    Credentials "credentials"
        "It changes whom the process acts for, or keys that say so. What a program may do is settled before it starts.";
    Mounts "namespaces and mounts"
        "It changes what paths mean, for this process or for all. Containment beneath a directory would no longer hold.";
    Machine "administration of the machine"
        "It configures the kernel or the machine for everybody and needs a privilege that no program of this language asks for.";
    Code "foreign code in the kernel"
        "It loads, runs or instruments code in the kernel.";
    Queue "requests that no row checks"
        "It hands the kernel a queue of requests in memory. What they would do is in no row of the table and under no permit.";
    Path "a path that nothing contains"
        "It takes a path that the kernel resolves from the working directory or the root, or whose last name it follows. Nothing would keep that beneath a handle.";
    Nested "pointers in memory"
        "It takes addresses that lie in memory (vectors, messages) or a size that is read and written there. No check of the arguments covers them.";
    Nameless "objects that no handle stands for"
        "It acts on objects by a number or a key that anybody can make up, and which outlive the program.";
    Told "told by a file"
        "It gives a list or a mask in memory, and a file below /proc or /sys says the same as text: a program reads it there, through a handle and under its rights.";
    Superseded "superseded"
        "Another call does all that it does.";
    Absent "not implemented"
        "The number is taken, but the kernel has never had the call, or has it no longer: it fails with ENOSYS.";
    Width "of 32-bit kernels only"
        "The number is the same on all newer architectures, and 64-bit kernels leave it out: it fails with ENOSYS. The call without the suffix has 64-bit times there.";
}

/// The rows of one theme.
type Calls = &'static [Call];

/// Number on x86_64, number on AArch64 (`-`: none), the kernel that brought it, class, documentation.
macro_rules! calls {
    ($($name:ident $x86:tt $arm:tt $since:literal $class:expr => $doc:literal;)*) => {
        use crate::syscalls::catalogue::{Call, Calls, Class::*, Reason::*, Version};

        pub(super) static CALLS: Calls = &[$(Call {
            name: stringify!($name),
            x86_64: calls!(number $x86),
            aarch64: calls!(number $arm),
            since: Version::parse($since),
            class: $class,
            doc: $doc,
        }),*];
    };
    (number -) => { None };
    (number $n:literal) => { Some($n) };
}
use calls;

/// The themes and their rows, in the order of the documentation.
pub const THEMES: &[(&str, Calls)] = &[
    ("Files by descriptor", files::CALLS),
    ("Names and paths", names::CALLS),
    ("Times and clocks", times::CALLS),
    ("Processes and scheduling", processes::CALLS),
    ("Signals", signals::CALLS),
    ("Sockets", sockets::CALLS),
    ("Events", events::CALLS),
    ("Memory", memory::CALLS),
    ("Keys, queues and shared objects", objects::CALLS),
    ("The system", system::CALLS),
];

/// Every call.
pub fn all() -> impl Iterator<Item = &'static Call> {
    THEMES.iter().flat_map(|theme| theme.1)
}

/// The call of that name.
pub const fn named(name: &str) -> Option<&'static Call> {
    let mut theme = 0;
    while theme < THEMES.len() {
        let calls = THEMES[theme].1;
        let mut i = 0;
        while i < calls.len() {
            if same(calls[i].name, name) {
                return Some(&calls[i]);
            }
            i += 1;
        }
        theme += 1;
    }
    None
}

/// Whether two texts are equal, where `==` is not allowed yet.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

impl Call {
    /// The number on `arch`.
    pub const fn number(&self, arch: Arch) -> Option<u32> {
        match arch {
            Arch::X86_64 => self.x86_64,
            Arch::Aarch64 => self.aarch64,
        }
    }
}

impl Version {
    /// The oldest kernel that is supported: a newer call has a fallback, or its error names the kernel it needs.
    pub const OLDEST: Version = Version::parse("6.1");

    /// The version in digits and points; what is not there is 0.
    pub const fn parse(text: &str) -> Version {
        let mut parts = [0; 3];
        let (mut part, mut i) = (0, 0);
        let text = text.as_bytes();
        while i < text.len() {
            match text[i] {
                b'.' => part += 1,
                digit => parts[part] = parts[part] * 10 + (digit - b'0'),
            }
            i += 1;
        }
        let [major, minor, patch] = parts;
        Version {
            major,
            minor,
            patch,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.patch {
            0 => Ok(()),
            patch => write!(f, ".{patch}"),
        }
    }
}
