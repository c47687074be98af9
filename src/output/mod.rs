//! Results on their way to standard output: rows as a table for people, as `jsonl`, as one `json` array, or as text for
//! other programs: `raw`, `raw0`, `csv`, `tsv`.
//!
//! Promises: rows leave in their order, whole; pipes get every byte of every value; a terminal never gets a control
//! byte of a value. Leaves out: standard error, and when to flush; the driver flushes on a terminal every 100 ms,
//! before a call that may block, and at the end.

mod buffer;
mod delimited;
mod failure;
mod human;
mod json;
mod number;
#[cfg(test)]
mod sample;
#[cfg(test)]
pub(crate) use sample::given;
mod table;

use buffer::Buffer;
pub use buffer::OutputError;
use delimited::{Delimited, Style};
pub use failure::failure_text;
/// The bytes of a name between quotes, with everything escaped that a terminal might act on.
pub use human::quoted;
use sawmill_ir::fault::Failure;
use sawmill_ir::module::{Module, Span};
use sawmill_ir::ty::Type;
use sawmill_ir::value::View;
use std::io::Write;
use table::Table;

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Columns for people.
    Table,
    /// One JSON array.
    Json,
    /// A JSON value per line.
    Jsonl,
    /// The bytes of a text, name or path, or a number, and a newline.
    Raw,
    /// The same with a NUL, which no name has.
    Raw0,
    /// Commas, quotes and a header, as in RFC 4180.
    Csv,
    /// Tabs and a header; a tab, newline, return or backslash of a value is `\t`, `\n`, `\r` or `\\`.
    Tsv,
}

impl Format {
    /// All formats with the name that the command line knows them by.
    pub const ALL: &'static [(&'static str, Format)] = &[
        ("table", Format::Table),
        ("json", Format::Json),
        ("jsonl", Format::Jsonl),
        ("raw", Format::Raw),
        ("raw0", Format::Raw0),
        ("csv", Format::Csv),
        ("tsv", Format::Tsv),
    ];

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        let row = Format::ALL.iter().find(|row| row.1 == self);
        row.map_or("", |row| row.0)
    }

    /// Why the result of a program cannot be written so, if it cannot: known before it runs.
    pub fn refuses(self, module: &Module) -> Option<String> {
        match self {
            Format::Raw | Format::Raw0 => delimited::not_raw(module),
            _ => None,
        }
    }

    /// What is written when nobody says: a table on a terminal, else `jsonl`.
    pub fn for_terminal(is_terminal: bool) -> Format {
        if is_terminal {
            Format::Table
        } else {
            Format::Jsonl
        }
    }
}

/// What the driver decides about a table before the first row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How many columns of characters a line may take; any number if there is no terminal.
    pub width: Option<usize>,
    /// Whether the header is bold.
    pub colours: bool,
    /// Whether a terminal shows it: then control characters are escaped in every format.
    pub terminal: bool,
}

/// What rows refer to but do not hold. `()` knows nothing.
pub trait Lookup {
    /// The path that an open handle was opened with.
    fn label(&self, _handle: u64) -> Option<&[u8]> {
        None
    }
    /// `file:line:column` of a place in the source.
    fn place(&self, _at: Span) -> Option<String> {
        None
    }
}

impl Lookup for () {}

/// Writes rows. What is not [`RowWriter::finish`]ed is not all written.
pub struct RowWriter<W> {
    buffer: Buffer<W>,
    form: Form,
}

enum Form {
    Table(Table),
    Json(Array),
    Jsonl,
    Delimited(Delimited),
}

/// How far the one JSON value has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Array {
    /// Nothing is written.
    Before,
    /// The array is open and has elements.
    Within,
    /// It was a single value, or the array is closed.
    After,
}

impl<W: Write> RowWriter<W> {
    /// A writer of rows to `out`, which need not buffer.
    pub fn new(out: W, format: Format, options: Options) -> RowWriter<W> {
        let delimited = |style| Form::Delimited(Delimited::new(style, options.terminal));
        RowWriter {
            buffer: Buffer::new(out),
            form: match format {
                Format::Table => Form::Table(Table::new(options)),
                Format::Json => Form::Json(Array::Before),
                Format::Jsonl => Form::Jsonl,
                Format::Raw => delimited(Style::Raw(b'\n')),
                Format::Raw0 => delimited(Style::Raw(0)),
                Format::Csv => delimited(Style::Csv),
                Format::Tsv => delimited(Style::Tsv),
            },
        }
    }

    /// Says what a program is going to give, so that csv and tsv have a header even where there are no rows.
    pub fn expect(&mut self, result: &Type) {
        if let (Form::Delimited(form), Type::Seq(row) | Type::List(row)) = (&mut self.form, result)
        {
            form.expect(self.buffer.bytes(), row);
        }
    }

    /// Writes a row. Unit gives none.
    pub fn row(&mut self, row: &View, lookup: &dyn Lookup) -> Result<(), OutputError> {
        match ok_of(row) {
            Some(value) if matches!(value.ty(), Type::Unit | Type::Seq(_)) => return Ok(()),
            _ => {}
        }
        match &mut self.form {
            Form::Table(table) => table.row(self.buffer.bytes(), row, lookup),
            Form::Json(array) => {
                let open: &[u8] = match array {
                    Array::Before => b"[\n",
                    Array::Within | Array::After => b",\n",
                };
                *array = Array::Within;
                let out = self.buffer.bytes();
                out.extend_from_slice(open);
                json::push_view(out, row, lookup);
            }
            Form::Jsonl => {
                let out = self.buffer.bytes();
                json::push_view(out, row, lookup);
                out.push(b'\n');
            }
            Form::Delimited(form) => {
                if let Err(why) = form.row(self.buffer.bytes(), row, lookup) {
                    return self.buffer.refuse(why);
                }
            }
        }
        self.buffer.row_done()
    }

    /// Writes the result of a program that is no sequence: a list as its rows, anything else as the only value.
    pub fn value(&mut self, value: &View, lookup: &dyn Lookup) -> Result<(), OutputError> {
        match (ok_of(value), &mut self.form) {
            (Some(list), _) if matches!(list.ty(), Type::List(_)) => {
                for element in list.elements() {
                    self.row(&element, lookup)?;
                }
                Ok(())
            }
            (Some(unit), _) if matches!(unit.ty(), Type::Unit | Type::Seq(_)) => Ok(()),
            (_, Form::Json(array @ Array::Before)) => {
                *array = Array::After;
                let out = self.buffer.bytes();
                json::push_view(out, value, lookup);
                out.push(b'\n');
                self.buffer.row_done()
            }
            (Some(scalar), Form::Table(_))
                if !matches!(scalar.ty(), Type::Record(_) | Type::Entry(_) | Type::Error) =>
            {
                let text = human::plain(&scalar, lookup);
                let out = self.buffer.bytes();
                out.extend_from_slice(text.as_bytes());
                out.push(b'\n');
                self.buffer.row_done()
            }
            _ => self.row(value, lookup),
        }
    }

    /// Writes what a program prints, after all rows before it. With `escaped` control characters are, but for newlines
    /// and tabs: for a terminal.
    pub fn print(&mut self, bytes: &[u8], escaped: bool) -> Result<(), OutputError> {
        if let Form::Table(table) = &mut self.form {
            table.settle(self.buffer.bytes());
        }
        let out = self.buffer.bytes();
        if escaped {
            let mut text = String::new();
            human::push_escaped(&mut text, bytes, human::Escape::Text);
            out.extend_from_slice(text.as_bytes());
        } else {
            out.extend_from_slice(bytes);
        }
        self.buffer.row_done()
    }

    /// Says that the run failed, after all its rows: `jsonl` has the error as its last row. A `json` array is only
    /// closed and a table only ends; the driver tells the error on standard error in every case.
    pub fn error(&mut self, failure: &Failure, lookup: &dyn Lookup) -> Result<(), OutputError> {
        if let Form::Jsonl = self.form {
            let out = self.buffer.bytes();
            json::push_failure(out, failure, lookup);
            out.push(b'\n');
        }
        self.buffer.row_done()
    }

    /// Writes out what is there. A table settles its widths by the rows it has.
    pub fn flush(&mut self) -> Result<(), OutputError> {
        if let Form::Table(table) = &mut self.form {
            table.settle(self.buffer.bytes());
        }
        self.buffer.flush()
    }

    /// The failure of an earlier write: no row can be written any more.
    pub fn trouble(&self) -> Option<&OutputError> {
        self.buffer.trouble()
    }

    /// Writes the rest. What comes back is a remark for standard error, if a table left something out.
    #[must_use = "a remark has to be told"]
    pub fn finish(mut self) -> Result<Option<String>, OutputError> {
        match self.form {
            Form::Json(Array::Before) => self.buffer.bytes().extend_from_slice(b"[]\n"),
            Form::Json(Array::Within) => self.buffer.bytes().extend_from_slice(b"\n]\n"),
            _ => {}
        }
        self.flush()?;
        Ok(match self.form {
            Form::Table(table) => table.remark(),
            _ => None,
        })
    }
}

/// The value itself, a result's if it has one; `None` for one that is an error.
fn ok_of<'a>(view: &View<'a>) -> Option<View<'a>> {
    let mut view = *view;
    while let Type::Result(_) = view.ty() {
        view = view.result().ok()?;
    }
    Some(view)
}

#[cfg(test)]
mod tests;
