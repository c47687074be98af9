//! Rows for other programs that read text: `raw` and `raw0`, a value and the byte that ends it; `csv` (RFC 4180) and
//! `tsv`, with a header.
//!
//! Promises: names, paths and bytes are written as they are, whatever they hold, and no cell is taken for two: csv
//! quotes, tsv escapes, `raw0` refuses what holds the byte that ends its rows. Only `raw` cannot tell a newline of a value
//! from its own. Times are RFC 3339 in UTC, since spreadsheets round a number of nanoseconds; values within cells are
//! JSON. On a terminal control characters are escaped.
//! Leaves out: formulas. A cell that begins with `=` is written as it is.

use super::human::{Escape, push_escaped, type_word};
use super::number::{push_i64, push_u64, st_dev};
use super::{Lookup, json, ok_of};
use sawmill_ir::calendar;
use sawmill_ir::module::Module;
use sawmill_ir::ty::{Type, file_type_name};
use sawmill_ir::value::View;

/// What rows become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    /// A value and a byte.
    Raw(u8),
    /// Quoted cells between commas.
    Csv,
    /// Escaped cells between tabs.
    Tsv,
}

/// Rows on their way.
pub(crate) struct Delimited {
    style: Style,
    /// Whether a terminal is going to show it.
    escaped: bool,
    /// The type of the rows that the header was written for.
    header: Option<Type>,
}

impl Delimited {
    pub(crate) fn new(style: Style, escaped: bool) -> Delimited {
        Delimited {
            style,
            escaped,
            header: None,
        }
    }

    /// Says what the rows are going to be, so that there is a header even if there are none.
    pub(crate) fn expect(&mut self, out: &mut Vec<u8>, ty: &Type) {
        if matches!(self.style, Style::Raw(_)) || self.header.as_ref() == Some(ty) {
            return;
        }
        self.header = Some(ty.clone());
        let (ty, fails) = row_type(ty);
        let mut keys = keys(ty);
        keys.extend(fails.then_some("error"));
        let alone = keys.len() == 1;
        for (i, key) in keys.into_iter().enumerate() {
            self.separate(out, i);
            self.cell(out, alone, |out| {
                out.extend_from_slice(key.as_bytes());
                true
            });
        }
        self.end(out);
    }

    /// Appends a row; `none` is none. Says if it cannot be written so that it can be read.
    pub(crate) fn row(
        &mut self,
        out: &mut Vec<u8>,
        row: &View,
        lookup: &dyn Lookup,
    ) -> Result<(), &'static str> {
        if let Style::Raw(end) = self.style {
            return self.raw(out, end, row, lookup);
        }
        self.expect(out, row.ty());
        let (ty, fails) = row_type(row.ty());
        let width = keys(ty).len();
        let alone = width == 1 && !fails;
        match value_of(row) {
            Some(Ok(value)) => {
                let mut n = 0;
                let mut push = |out: &mut Vec<u8>, cell: &View| {
                    self.separate(out, n);
                    n += 1;
                    self.cell(out, alone, |out| push_cell(out, cell, lookup));
                };
                match value.ty() {
                    Type::Record(r) if !r.fields.is_empty() => {
                        value.fields().for_each(|f| push(out, &f.1));
                    }
                    Type::Entry(_) => value.entry().iter().for_each(|f| push(out, &f.1)),
                    _ => push(out, &value),
                }
                if fails {
                    self.separate(out, width);
                }
            }
            Some(Err(error)) => {
                for n in 1..=width {
                    self.separate(out, n);
                }
                self.cell(out, alone, |out| {
                    json::push_view(out, &error, lookup);
                    true
                });
            }
            None => return Ok(()),
        }
        self.end(out);
        Ok(())
    }

    fn raw(
        &self,
        out: &mut Vec<u8>,
        end: u8,
        row: &View,
        lookup: &dyn Lookup,
    ) -> Result<(), &'static str> {
        let value = match value_of(row) {
            Some(Ok(value)) => value,
            Some(Err(error)) => error,
            None => return Ok(()),
        };
        let start = out.len();
        let value = only_field(&value).unwrap_or(value);
        match value.ty() {
            Type::Entry(_) => out.extend_from_slice(value.entry()[0].1.bytes()),
            Type::Option(_) if value_of(&value).is_none() => return Ok(()),
            _ => {
                push_cell(out, &value, lookup);
            }
        }
        if end == 0 && out[start..].contains(&0) {
            out.truncate(start);
            return Err("a row has a NUL in it, which is what ends the rows of raw0");
        }
        self.escape(out, start);
        out.push(end);
        Ok(())
    }

    /// What stands before the `n`th cell.
    fn separate(&self, out: &mut Vec<u8>, n: usize) {
        if n > 0 {
            out.push(if self.style == Style::Csv {
                b','
            } else {
                b'\t'
            });
        }
    }

    fn end(&self, out: &mut Vec<u8>) {
        if self.style == Style::Csv {
            out.push(b'\r');
        }
        out.push(b'\n');
    }

    /// Appends what `push` appends, so that it is one cell. `push` says whether there is a value at all: an empty text
    /// is quoted and `none` is not, unless the line would be empty.
    fn cell(&self, out: &mut Vec<u8>, alone: bool, push: impl FnOnce(&mut Vec<u8>) -> bool) {
        let start = out.len();
        let there = push(out);
        self.escape(out, start);
        let special: fn(&u8) -> bool = match self.style {
            Style::Csv => |b| matches!(b, b',' | b'"' | b'\r' | b'\n'),
            _ => |b| matches!(b, b'\t' | b'\n' | b'\r' | b'\\'),
        };
        let empty = out.len() == start && (there || alone) && self.style == Style::Csv;
        if !empty && !out[start..].iter().any(special) {
            return;
        }
        let cell = out.split_off(start);
        if self.style == Style::Csv {
            out.push(b'"');
            for byte in cell {
                out.extend_from_slice(if byte == b'"' {
                    b"\"\""
                } else {
                    std::slice::from_ref(&byte)
                });
            }
            return out.push(b'"');
        }
        for byte in cell {
            match byte {
                b'\t' => out.extend_from_slice(b"\\t"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\\' => out.extend_from_slice(b"\\\\"),
                other => out.push(other),
            }
        }
    }

    /// Escapes what was appended, if a terminal is to show it.
    fn escape(&self, out: &mut Vec<u8>, start: usize) {
        if self.escaped {
            let mut text = String::new();
            push_escaped(&mut text, &out[start..], Escape::Text);
            out.truncate(start);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// The type of a row's value, and whether there can be an error instead.
fn row_type(ty: &Type) -> (&Type, bool) {
    let (mut ty, mut fails) = (ty, false);
    while let Type::Result(t) | Type::Option(t) | Type::Desc(t) = ty {
        fails |= matches!(ty, Type::Result(_));
        ty = t;
    }
    (ty, fails)
}

/// A row's value, or what stands for its error; nothing if it is `none`.
fn value_of<'a>(row: &View<'a>) -> Option<Result<View<'a>, View<'a>>> {
    let mut view = *row;
    loop {
        view = match view.ty() {
            Type::Result(_) => match view.result() {
                Ok(value) => value,
                Err(_) => return Some(Err(view)),
            },
            Type::Option(_) => view.option()?,
            Type::Desc(_) => view.plainly(),
            _ => return Some(Ok(view)),
        }
    }
}

/// What the columns of rows of a type are called.
fn keys(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Record(r) if !r.fields.is_empty() => r.fields.iter().map(|f| f.0.as_str()).collect(),
        Type::Entry(_) => vec!["name", "ino", "type"],
        other => vec![type_word(other)],
    }
}

/// The field of a record that has only one.
fn only_field<'a>(view: &View<'a>) -> Option<View<'a>> {
    match view.ty() {
        Type::Record(r) if r.fields.len() == 1 => view.fields().next().map(|f| f.1),
        _ => None,
    }
}

/// Appends a value as the only thing in its cell; says whether there is one.
fn push_cell(out: &mut Vec<u8>, view: &View, lookup: &dyn Lookup) -> bool {
    match view.ty() {
        Type::Unit | Type::Seq(_) => return false,
        Type::Option(_) => {
            return view.option().is_some_and(|v| push_cell(out, &v, lookup));
        }
        Type::Result(_) if ok_of(view).is_some() => {
            return ok_of(view).is_some_and(|v| push_cell(out, &v, lookup));
        }
        Type::Desc(_) => return push_cell(out, &view.plainly(), lookup),
        Type::Int | Type::Size | Type::Duration => push_i64(out, view.word() as i64),
        Type::Mode | Type::Ino => push_u64(out, view.word()),
        Type::Dev => push_u64(out, st_dev(view.word())),
        // Unlike in JSON there are words for what is no number.
        Type::Float => out.extend_from_slice(format!("{:?}", view.float()).as_bytes()),
        Type::FileType => out.extend_from_slice(file_type_name(view.word()).as_bytes()),
        Type::Time => {
            let text = calendar::shortest(view.word() as i64, view.second());
            out.extend_from_slice(text.as_bytes());
        }
        Type::Str | Type::Path | Type::Name | Type::Bytes => out.extend_from_slice(view.bytes()),
        Type::Enum(_) => match view.case() {
            Some(case) if case.fields.is_empty() => out.extend_from_slice(case.name.as_bytes()),
            _ => json::push_view(out, view, lookup),
        },
        _ => json::push_view(out, view, lookup),
    }
    true
}

/// Why the result of a program has no raw form, if it has none: `raw` is for what is one text, number or name, and
/// whoever reads it could not tell an error from a name.
pub(crate) fn not_raw(module: &Module) -> Option<String> {
    let ty = module.funcs[module.entry].result.as_ref()?;
    let ty = match ty {
        Type::Seq(t) | Type::List(t) => t,
        other => other,
    };
    let ty = plain_type(ty);
    let ty = match ty {
        Type::Record(r) if r.fields.len() == 1 => plain_type(&r.fields[0].1),
        other => other,
    };
    let why = match ty {
        Type::Record(r) => {
            let names: Vec<String> = r.fields.iter().map(|f| format!(":{}", f.0)).collect();
            format!(
                "rows of several fields; select one of {}, as in (map {} ...)",
                names.join(" "),
                names.first().map_or("first", String::as_str)
            )
        }
        Type::Result(_) | Type::Error => {
            "rows that may be errors; leave them out with (keep ok ...) or (unwrap ...) them".into()
        }
        Type::Enum(e) => {
            let declared = module.enum_named(&e.name)?;
            if declared.cases.iter().all(|c| c.fields.is_empty()) {
                return None;
            }
            format!("rows of the enum {}", e.name)
        }
        Type::List(_) => "rows that are lists; (mapcat identity ...) makes one of all".into(),
        Type::Map(..) | Type::Array(_) | Type::Builder(_) | Type::MapBuilder(..) => {
            format!("rows that are each a {}", type_word(ty))
        }
        Type::Dir(_) | Type::File(_) | Type::Listing | Type::Root(_) => "handles".into(),
        _ => return None,
    };
    Some(format!("it has no form for {why}"))
}

/// What is in options, and what is ordered the other way round.
fn plain_type(ty: &Type) -> &Type {
    let mut ty = ty;
    while let Type::Option(t) | Type::Desc(t) = ty {
        ty = t;
    }
    ty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample::{Memory, given, stat_type};
    use crate::output::{Format, Options, OutputError, RowWriter};
    use proptest::prelude::*;
    use sawmill_ir::rights::Rights;
    use sawmill_ir::value::Data;
    use std::sync::Arc;

    /// What rows of one type become, in a pipe.
    fn written(format: Format, m: &Memory, ty: &Type, rows: &[Vec<u64>]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = RowWriter::new(&mut out, format, Options::default());
        writer.expect(&Type::list(ty.clone()));
        for row in rows {
            writer.row(&m.view(ty, row), &()).unwrap();
        }
        writer.finish().unwrap();
        out
    }

    fn text(format: Format, m: &Memory, ty: &Type, rows: &[Vec<u64>]) -> String {
        String::from_utf8(written(format, m, ty, rows)).unwrap()
    }

    #[test]
    fn records_have_a_header_and_times_a_zone() {
        let mut m = Memory::new();
        let rows = [
            vec![m.stat(b"a,\"b\"\n", 10_240)],
            vec![m.stat(b"t\tb\\", 0)],
        ];
        let rest = "33188,file,2026-11-23T08:20:00.000000007Z,1000,42,2049\r\n";
        let want = format!(
            "name,size,mode,type,mtime,uid,ino,dev\r\n\"a,\"\"b\"\"\n\",10240,{rest}t\tb\\,0,{rest}"
        );
        assert_eq!(text(Format::Csv, &m, &stat_type(), &rows), want);
        let rest = rest.replace(',', "\t").replace('\r', "");
        let want = format!(
            "name\tsize\tmode\ttype\tmtime\tuid\tino\tdev\na,\"b\"\\n\t10240\t{rest}t\\tb\\\\\t0\t{rest}"
        );
        assert_eq!(text(Format::Tsv, &m, &stat_type(), &rows), want);
        let header = "name,size,mode,type,mtime,uid,ino,dev\r\n";
        assert_eq!(text(Format::Csv, &m, &stat_type(), &[]), header);
    }

    #[test]
    fn a_row_that_failed_has_its_error_in_a_column_of_its_own() {
        let mut m = Memory::new();
        let [at, len] = m.bytes(b"x");
        let ty = Type::Result(Arc::new(Type::Str));
        let rows = [vec![0, at, len], vec![1, u64::MAX, 0]];
        let json = r#"{"error":{"code":"not-ok","call":"run","args":[],"at":null}}"#;
        let want = format!("str\terror\nx\t\n\t{json}\n");
        assert_eq!(text(Format::Tsv, &m, &ty, &rows), want);
        let want = format!("str,error\r\nx,\r\n,\"{}\"\r\n", json.replace('"', "\"\""));
        assert_eq!(text(Format::Csv, &m, &ty, &rows), want);
    }

    #[test]
    fn nothing_is_told_from_an_empty_text_and_an_option_of_nothing_is_no_row() {
        let text = |s: &str| Data::Str(s.into());
        let some = |d| Data::Some(Box::new(d));
        let fields = sawmill_ir::ty::RecordType::structural(vec![
            ("a".into(), Type::Option(Arc::new(Type::Str))),
            ("b".into(), Type::list(Type::Int)),
        ]);
        let fields = Arc::new(fields);
        let row = |a| {
            let b = Data::List(vec![Data::Int(1), Data::Int(2)]);
            some(Data::Record(fields.clone(), vec![a, b]))
        };
        let rows = Data::List(vec![row(Data::None), Data::None, row(some(text("")))]);
        given(
            "",
            "list<option<{a: option<str>, b: list<int>}>>",
            rows,
            |view| {
                let mut out = Vec::new();
                let mut writer = RowWriter::new(&mut out, Format::Csv, Options::default());
                writer.value(view, &()).unwrap();
                writer.finish().unwrap();
                assert_eq!(out, b"a,b\r\n,\"[1,2]\"\r\n\"\",\"[1,2]\"\r\n");
            },
        );
        // A lone empty cell would be an empty line, which many readers skip.
        let m = Memory::new();
        let want = "str\r\n\"\"\r\n";
        assert_eq!(self::text(Format::Csv, &m, &Type::Str, &[vec![0, 0]]), want);
    }

    #[test]
    fn an_entry_is_its_name_and_what_ends_rows_is_refused_within_them() {
        let mut m = Memory::new();
        let [at, len] = m.bytes(b"caf\xe9\n\x1b");
        let entry = m.words(&[7, at, len, 9, 4]);
        let ty = Type::Entry(Rights::NONE);
        let rows = [vec![entry], vec![entry]];
        assert_eq!(
            written(Format::Raw0, &m, &ty, &rows),
            b"caf\xe9\n\x1b\0caf\xe9\n\x1b\0"
        );
        assert_eq!(
            written(Format::Raw, &m, &ty, &rows[..1]),
            b"caf\xe9\n\x1b\n"
        );
        assert_eq!(
            written(Format::Tsv, &m, &ty, &rows[..1]),
            b"name\tino\ttype\ncaf\xe9\\n\x1b\t9\tdir\n"
        );

        let [good, odd] = [m.bytes(b"good"), m.bytes(b"o\0d")];
        let mut out = Vec::new();
        let mut writer = RowWriter::new(&mut out, Format::Raw0, Options::default());
        let mut row = |words: [u64; 2]| writer.row(&m.view(&Type::Bytes, &words), &());
        row(good).unwrap();
        assert!(matches!(row(odd), Err(OutputError::Failed(_))));
        assert!(matches!(row(good), Err(OutputError::Failed(_))));
        assert!(matches!(writer.finish(), Err(OutputError::Failed(_))));
        assert_eq!(out, b"good\0");
    }

    #[test]
    fn a_terminal_gets_no_control_character_of_a_value() {
        let mut m = Memory::new();
        let [at, len] = m.bytes(b"\x1b[31m\x9b\xff");
        for (format, want) in [
            (Format::Raw, "\\x1b[31m\\x9b\\xff\n"),
            (Format::Csv, "bytes\r\n\\x1b[31m\\x9b\\xff\r\n"),
            (Format::Tsv, "bytes\n\\\\x1b[31m\\\\x9b\\\\xff\n"),
        ] {
            let options = Options {
                terminal: true,
                ..Options::default()
            };
            let mut out = Vec::new();
            let mut writer = RowWriter::new(&mut out, format, options);
            let view = m.view(&Type::Bytes, &[at, len]);
            writer.row(&view, &()).unwrap();
            writer.finish().unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), want);
        }
    }

    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<u8>().prop_map(|b| vec![b]),
            "[,\"\r\n\t\\\\ ]{1,3}".prop_map(String::into_bytes),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|p| p.concat())
    }

    /// A record of two texts.
    fn pair() -> Type {
        Type::Record(Arc::new(sawmill_ir::ty::RecordType::structural(vec![
            ("a".into(), Type::Bytes),
            ("b \"q\"".into(), Type::Path),
        ])))
    }

    proptest! {
        #[test]
        fn readers_of_csv_and_tsv_get_the_bytes_back(rows in prop::collection::vec((hostile(), hostile()), 0..5)) {
            let mut m = Memory::new();
            let words: Vec<Vec<u64>> = rows.iter().map(|(a, b)| {
                let ([a, al], [b, bl]) = (m.bytes(a), m.bytes(b));
                vec![m.words(&[a, al, b, bl])]
            }).collect();

            let csv = written(Format::Csv, &m, &pair(), &words);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&csv[..]);
            let mut read = reader.byte_records().map(|r| {
                let r = r.unwrap();
                (r[0].to_vec(), r[1].to_vec())
            });
            prop_assert_eq!(read.next(), Some((b"a".to_vec(), b"b \"q\"".to_vec())));
            prop_assert_eq!(read.collect::<Vec<_>>(), rows.clone());

            let tsv = written(Format::Tsv, &m, &pair(), &words);
            let cell = |cell: &[u8]| {
                let mut bytes = cell.iter();
                let mut out = Vec::new();
                while let Some(byte) = bytes.next() {
                    out.push(match (byte, byte == &b'\\') {
                        (_, true) => match bytes.next().unwrap() {
                            b't' => b'\t',
                            b'n' => b'\n',
                            b'r' => b'\r',
                            other => *other,
                        },
                        (other, false) => *other,
                    });
                }
                out
            };
            let lines: Vec<&[u8]> = tsv.strip_suffix(b"\n").unwrap().split(|b| *b == b'\n').collect();
            let read: Vec<_> = lines[1..].iter().map(|line| {
                let cells: Vec<&[u8]> = line.split(|b| *b == b'\t').collect();
                assert_eq!(cells.len(), 2);
                (cell(cells[0]), cell(cells[1]))
            }).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
