//! The command line.

pub(crate) mod output;
