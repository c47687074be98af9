//! The prelude's text: the files of `prelude/`, a section or some of the reference each, one after another.

/// The text; its spans have source 0.
pub const TEXT: &str = concat!(
    include_str!("prelude/control.saw"),
    include_str!("prelude/files.saw"),
    include_str!("prelude/trees.saw"),
    include_str!("prelude/program.saw"),
    include_str!("prelude/streams.saw"),
    include_str!("prelude/times.saw"),
    include_str!("prelude/system.saw"),
    include_str!("prelude/stages.saw"),
    include_str!("prelude/sources.saw"),
    include_str!("prelude/barriers.saw"),
    include_str!("prelude/sinks.saw"),
    include_str!("prelude/parallel.saw"),
    include_str!("prelude/collections.saw"),
    include_str!("prelude/options.saw"),
    include_str!("prelude/numbers.saw"),
    include_str!("prelude/text.saw"),
    include_str!("prelude/patterns.saw"),
    include_str!("prelude/json.saw"),
    include_str!("prelude/paths.saw"),
);

/// The title of the section that a place in the text belongs to.
pub(crate) fn section(start: u32) -> &'static str {
    let before = TEXT.get(..start as usize).unwrap_or("");
    let title = before
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(";; "));
    title.unwrap_or("")
}
