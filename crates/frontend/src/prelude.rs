//! The prelude's text.

/// The text; its spans have source 0.
pub const TEXT: &str = include_str!("prelude.saw");

/// The title of the section that a place in the text belongs to.
pub(crate) fn section(start: u32) -> &'static str {
    let before = TEXT.get(..start as usize).unwrap_or("");
    let title = before
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(";; "));
    title.unwrap_or("")
}
