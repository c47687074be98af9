//! Rows as a table for people. The widths come from the first rows and stay, so that it streams.
//!
//! Promises: a cell is never cut, one that is too wide pushes the rest of its row; columns that do not fit on the
//! line are left out as a whole and named at the end ([`Table::remark`]).

use super::human::{self, type_word};
use super::{Lookup, Options, ok_of};
use sawmill_ir::ty::Type;
use sawmill_ir::value::View;
use unicode_width::UnicodeWidthStr;

/// How many rows the widths are taken from.
const CHUNK: usize = 100;
/// Between columns.
const GAP: usize = 2;

/// A table on its way.
pub(crate) struct Table {
    options: Options,
    /// The type of its rows, once there is one.
    ty: Option<Type>,
    columns: Vec<Column>,
    /// Rows that wait for the widths.
    held: Vec<Line>,
    /// Whether the widths are settled and the header is written.
    settled: bool,
    /// Names of columns that did not fit, of this table and those before it.
    hidden: Vec<String>,
}

struct Column {
    title: String,
    name: String,
    right: bool,
    /// Whether its cells can be of any length, so that one of them should not take all the room.
    free: bool,
    width: usize,
    shown: bool,
}

enum Line {
    Cells(Vec<String>),
    /// An error in place of a row.
    Error(String),
}

impl Table {
    pub(crate) fn new(options: Options) -> Table {
        Table {
            options,
            ty: None,
            columns: Vec::new(),
            held: Vec::new(),
            settled: false,
            hidden: Vec::new(),
        }
    }

    /// Takes a row; appends it, and what waited for it, once the widths are known.
    pub(crate) fn row(&mut self, out: &mut Vec<u8>, row: &View, lookup: &dyn Lookup) {
        let line = match ok_of(row) {
            Some(value) if *value.ty() != Type::Error => {
                self.set_type(out, value.ty());
                Line::Cells(cells(&value, lookup))
            }
            _ => Line::Error(human::cell(row, lookup)),
        };
        if self.settled {
            return self.push_line(out, &line);
        }
        self.held.push(line);
        if self.held.len() >= CHUNK {
            self.settle(out);
        }
    }

    /// Settles the widths by the rows there are and appends those; without rows it still waits.
    pub(crate) fn settle(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        if !self.settled && held.iter().any(|l| matches!(l, Line::Cells(_))) {
            self.measure(&held);
            self.choose();
            self.settled = true;
            self.push_header(out);
        }
        for line in &held {
            self.push_line(out, line);
        }
    }

    /// What was left out and how to see it.
    pub(crate) fn remark(&self) -> Option<String> {
        (!self.hidden.is_empty()).then(|| {
            let names = self.hidden.join(", ");
            format!("not shown: {names} (widen the terminal or select fields)")
        })
    }

    /// Starts a new table if rows are of another type than before.
    fn set_type(&mut self, out: &mut Vec<u8>, ty: &Type) {
        if self.ty.as_ref() == Some(ty) {
            return;
        }
        if self.ty.is_some() {
            self.settle(out);
            out.push(b'\n');
            self.settled = false;
        }
        self.columns = columns(ty);
        self.ty = Some(ty.clone());
    }

    fn measure(&mut self, lines: &[Line]) {
        for column in &mut self.columns {
            column.width = column.title.width();
        }
        for line in lines {
            let Line::Cells(cells) = line else { continue };
            for (column, cell) in self.columns.iter_mut().zip(cells) {
                column.width = column.width.max(cell.width());
            }
        }
        // A long name in one row does not drive out the other columns of all.
        let Some(width) = self.options.width else {
            return;
        };
        let most = (width / 2).max(16);
        for column in self.columns.iter_mut().filter(|c| c.free) {
            column.width = column.width.min(most.max(column.title.width()));
        }
    }

    /// Chooses the columns that fit, from the left; the first is always shown.
    fn choose(&mut self) {
        let mut taken = 0;
        for (i, column) in self.columns.iter_mut().enumerate() {
            let needs = column.width + if i > 0 { GAP } else { 0 };
            let fits = self
                .options
                .width
                .is_none_or(|width| taken + needs <= width);
            column.shown = i == 0 || fits;
            if column.shown {
                taken += needs;
            } else if !self.hidden.contains(&column.name) {
                self.hidden.push(column.name.clone());
            }
        }
    }

    fn push_header(&self, out: &mut Vec<u8>) {
        let titles = self.columns.iter().map(|c| c.title.as_str());
        let line = self.aligned(titles);
        if self.options.colours {
            out.extend_from_slice(b"\x1b[1m");
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(b"\x1b[0m\n");
        } else {
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }

    fn push_line(&self, out: &mut Vec<u8>, line: &Line) {
        match line {
            Line::Cells(cells) => {
                let line = self.aligned(cells.iter().map(String::as_str));
                out.extend_from_slice(line.as_bytes());
            }
            Line::Error(text) => out.extend_from_slice(text.as_bytes()),
        }
        out.push(b'\n');
    }

    /// A line of these cells. Nothing is added after the last of them.
    fn aligned<'a>(&self, cells: impl Iterator<Item = &'a str>) -> String {
        let mut line = String::new();
        // Blanks are only written before something.
        let mut blanks = 0;
        for (column, cell) in self.columns.iter().zip(cells).filter(|(c, _)| c.shown) {
            let room = column.width.saturating_sub(cell.width());
            let (before, after) = if column.right { (room, 0) } else { (0, room) };
            if !cell.is_empty() {
                line.extend(std::iter::repeat_n(' ', blanks + before));
                line.push_str(cell);
                blanks = after + GAP;
            } else {
                blanks += column.width + GAP;
            }
        }
        line
    }
}

/// The columns of rows of a type.
fn columns(ty: &Type) -> Vec<Column> {
    match ty {
        Type::Record(r) if !r.fields.is_empty() => {
            let fields = r.fields.iter();
            fields.map(|(name, ty)| column(name, ty)).collect()
        }
        Type::Entry(_) => vec![
            column("name", &Type::Path),
            column("ino", &Type::Ino),
            column("type", &Type::FileType),
        ],
        other => vec![column(type_word(other), other)],
    }
}

fn column(name: &str, ty: &Type) -> Column {
    let mut ty = ty;
    while let Type::Result(t) | Type::Option(t) | Type::Desc(t) = ty {
        ty = t;
    }
    let name = human::name(name.as_bytes());
    Column {
        // The cells are short; the header says once what they leave out.
        title: match ty {
            Type::Time => format!("{name} (UTC)"),
            _ => name.clone(),
        },
        name,
        right: matches!(
            ty,
            Type::Int | Type::Size | Type::Float | Type::Duration | Type::Ino | Type::Dev
        ),
        free: matches!(
            ty,
            Type::Str | Type::Bytes | Type::Path | Type::Name | Type::Dir(_) | Type::File(_)
        ) || matches!(
            ty,
            Type::List(_) | Type::Map(..) | Type::Record(_) | Type::Enum(_) | Type::Entry(_)
        ),
        width: 0,
        shown: true,
    }
}

fn cells(row: &View, lookup: &dyn Lookup) -> Vec<String> {
    match row.ty() {
        Type::Record(r) if !r.fields.is_empty() => {
            row.fields().map(|f| human::cell(&f.1, lookup)).collect()
        }
        Type::Entry(_) => row.entry().map(|f| human::cell(&f.1, lookup)).into(),
        _ => vec![human::cell(row, lookup)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample::{Memory, stat_type};
    use proptest::prelude::*;
    use sawmill_ir::rights::Rights;
    use std::sync::Arc;

    fn options(width: usize) -> Options {
        Options {
            width: Some(width),
            ..Options::default()
        }
    }

    /// The whole table of rows of one type and its remark.
    fn table(m: &Memory, ty: &Type, rows: &[u64], options: Options) -> (String, Option<String>) {
        let mut table = Table::new(options);
        let mut out = Vec::new();
        for row in rows {
            table.row(&mut out, &m.view(ty, &[*row]), &());
        }
        table.settle(&mut out);
        (String::from_utf8(out).unwrap(), table.remark())
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_right() {
        let mut m = Memory::new();
        let rows = [m.stat(b"notes", 10_240), m.stat(b"a", 7)];
        let want = "\
name      size  mode        type  mtime (UTC)        uid  ino  dev
notes  10.0KiB  -rw-r--r--  file  2026-11-23 08:20  1000   42  8:1
a           7B  -rw-r--r--  file  2026-11-23 08:20  1000   42  8:1
";
        let (text, remark) = table(&m, &stat_type(), &rows, Options::default());
        assert_eq!(text, want);
        assert_eq!(remark, None);
    }

    #[test]
    fn wide_characters_take_two_places_and_marks_none() {
        let mut m = Memory::new();
        let names: [&[u8]; 4] = [
            "日本語".as_bytes(),
            "e\u{301}te\u{301}".as_bytes(),
            b"caf\xe9",
            b"a\nb",
        ];
        let rows: Vec<u64> = names
            .iter()
            .map(|name| {
                let [at, len] = m.bytes(name);
                m.words(&[7, at, len, 9, 8])
            })
            .collect();
        let want = "\
name     ino  type
日本語     9  file
e\u{301}te\u{301}        9  file
caf\\xe9    9  file
a\\nb       9  file
";
        let ty = Type::Entry(Rights::NONE);
        assert_eq!(table(&m, &ty, &rows, options(80)).0, want);
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_named() {
        let mut m = Memory::new();
        let rows = [m.stat(b"notes", 10_240)];
        let (text, remark) = table(&m, &stat_type(), &rows, options(40));
        let want = "\
name      size  mode        type   uid
notes  10.0KiB  -rw-r--r--  file  1000
";
        assert_eq!(text, want);
        let want = "not shown: mtime, ino, dev (widen the terminal or select fields)";
        assert_eq!(remark.as_deref(), Some(want));
        // The first column is shown in any case.
        assert_eq!(
            table(&m, &stat_type(), &rows, options(1)).0,
            "name\nnotes\n"
        );
    }

    #[test]
    fn a_long_name_pushes_its_own_row_only() {
        let mut m = Memory::new();
        let entry = |m: &mut Memory, name: &[u8]| {
            let [at, len] = m.bytes(name);
            m.words(&[7, at, len, 9, 4])
        };
        let rows = [entry(&mut m, b"a"), entry(&mut m, &[b'x'; 30])];
        let x = "x".repeat(30);
        let want =
            format!("name              ino  type\na                   9  dir\n{x}    9  dir\n");
        let ty = Type::Entry(Rights::NONE);
        assert_eq!(table(&m, &ty, &rows, options(32)).0, want);
    }

    #[test]
    fn widths_settle_with_the_first_chunk_and_rows_stream_then() {
        let m = Memory::new();
        let mut table = Table::new(options(80));
        let mut out = Vec::new();
        for i in 0..99 {
            table.row(&mut out, &m.view(&Type::Int, &[i]), &());
            assert!(out.is_empty());
        }
        table.row(&mut out, &m.view(&Type::Int, &[99]), &());
        assert!(out.starts_with(b"int\n  0\n  1\n"));
        assert!(out.ends_with(b" 99\n"));
        let settled = out.len();
        table.row(&mut out, &m.view(&Type::Int, &[123_456]), &());
        assert_eq!(&out[settled..], b"123456\n");
    }

    #[test]
    fn errors_stand_in_line_and_wait_for_no_header() {
        let mut m = Memory::new();
        let stat = m.stat(b"notes", 1);
        let ty = Type::Result(Arc::new(stat_type()));
        let mut table = Table::new(options(30));
        let mut out = Vec::new();
        table.row(&mut out, &m.view(&ty, &[1, 0]), &());
        table.settle(&mut out);
        table.row(&mut out, &m.view(&ty, &[0, stat]), &());
        table.row(&mut out, &m.view(&ty, &[1, 0]), &());
        table.row(&mut out, &m.view(&ty, &[0, stat]), &());
        table.settle(&mut out);
        let want = "\
error: the result is not what was asked of it
name   size  mode        type
notes    1B  -rw-r--r--  file
error: the result is not what was asked of it
notes    1B  -rw-r--r--  file
";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }

    #[test]
    fn rows_of_another_type_start_another_table() {
        let m = Memory::new();
        let mut table = Table::new(options(30));
        let mut out = Vec::new();
        table.row(&mut out, &m.view(&Type::Int, &[1]), &());
        table.row(&mut out, &m.view(&Type::Bool, &[1]), &());
        table.settle(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "int\n  1\n\nbool\ntrue\n");
    }

    #[test]
    fn floats_and_durations_stand_right() {
        let m = Memory::new();
        let floats = [1.5, -0.25, f64::NAN].map(f64::to_bits);
        let (text, _) = table(&m, &Type::Float, &floats, Options::default());
        assert_eq!(text, "float\n  1.5\n-0.25\n  NaN\n");
        let (text, _) = table(&m, &Type::Duration, &[7, 1_500_000], Options::default());
        assert_eq!(text, "duration\n     7ns\n   1.5ms\n");
    }

    #[test]
    fn the_header_is_bold_where_colours_are_wanted_and_nothing_else() {
        let colours = Options {
            colours: true,
            ..Options::default()
        };
        let text = table(&Memory::new(), &Type::Bool, &[1], colours).0;
        assert_eq!(text, "\x1b[1mbool\x1b[0m\ntrue\n");
    }

    #[test]
    fn a_field_that_is_empty_leaves_its_place() {
        let ty = Type::Record(Arc::new(sawmill_ir::ty::RecordType {
            kind: sawmill_ir::ty::RecordKind::Named,
            name: "R".into(),
            fields: vec![
                ("a".into(), Type::Str),
                ("b".into(), Type::Unit),
                ("c".into(), Type::Bool),
                ("d".into(), Type::Str),
            ],
        }));
        let mut m = Memory::new();
        let x = m.bytes(b"x");
        let rows = [
            m.words(&[x[0], x[1], 1, x[0], x[1]]),
            m.words(&[0, 0, 0, 0, 0]),
        ];
        let want = "a  b  c      d\nx     true   x\n      false\n";
        assert_eq!(table(&m, &ty, &rows, options(80)).0, want);
    }

    proptest! {
        #[test]
        fn no_name_reaches_the_terminal_raw(names: Vec<Vec<u8>>, width in 1usize..100) {
            let mut m = Memory::new();
            let rows: Vec<u64> = names.iter().map(|name| m.stat(name, 1)).collect();
            let (text, _) = table(&m, &stat_type(), &rows, options(width));
            let lines: Vec<&str> = text.lines().collect();
            prop_assert_eq!(lines.len(), if rows.is_empty() { 0 } else { rows.len() + 1 });
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", text);
        }
    }
}
