//! Standard output, and what the environment says about the terminal there: its size, and whether it wants colours.

use std::ffi::OsString;
use std::io::{self, Write};

/// Standard output without a buffer of its own, so that what is written at once arrives at once.
pub(crate) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stdout(), bytes)?)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How many characters fit on a line: `COLUMNS`, else what the terminal on standard output says.
pub(crate) fn width() -> Option<usize> {
    first(std::env::var_os("COLUMNS"), || {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(size.ws_col.into())
    })
}

/// How many lines fit on the screen: `LINES`, else what the terminal on standard output says.
pub(crate) fn height() -> Option<usize> {
    first(std::env::var_os("LINES"), || {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(size.ws_row.into())
    })
}

fn first(variable: Option<OsString>, ask: impl FnOnce() -> Option<usize>) -> Option<usize> {
    let said = variable.and_then(|v| v.to_str()?.trim().parse().ok());
    // A terminal that does not know its size says 0.
    said.filter(|n| *n > 0).or_else(|| ask().filter(|n| *n > 0))
}

/// Whether to colour what goes to a descriptor that is (or is not) a terminal.
pub(crate) fn colours(is_terminal: bool) -> bool {
    colours_of(is_terminal, |name| std::env::var_os(name))
}

fn colours_of(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let set = |name| variable(name).is_some_and(|v| !v.is_empty());
    if set("NO_COLOR") {
        return false;
    }
    if set("CLICOLOR_FORCE") && variable("CLICOLOR_FORCE").is_some_and(|v| v != "0") {
        return true;
    }
    is_terminal && variable("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_before_the_terminal_if_they_are_a_number() {
        let width = |said: Option<&str>| first(said.map(OsString::from), || Some(100));
        assert_eq!(width(Some("72")), Some(72));
        assert_eq!(width(Some("0")), Some(100));
        assert_eq!(width(Some("wide")), Some(100));
        assert_eq!(width(None), Some(100));
        assert_eq!(first(None, || Some(0)), None);
        assert_eq!(first(None, || None), None);
    }

    #[test]
    fn colours_follow_the_conventions() {
        let colours = |is_terminal, env: &[(&str, &str)]| {
            colours_of(is_terminal, |name| {
                env.iter().find(|v| v.0 == name).map(|v| v.1.into())
            })
        };
        assert!(colours(true, &[("TERM", "xterm")]));
        assert!(colours(true, &[]));
        assert!(!colours(false, &[("TERM", "xterm")]));
        assert!(!colours(true, &[("TERM", "dumb")]));
        assert!(!colours(true, &[("NO_COLOR", "1")]));
        assert!(colours(true, &[("NO_COLOR", "")]));
        assert!(colours(false, &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]));
        assert!(!colours(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!colours(
            true,
            &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
        ));
    }
}
