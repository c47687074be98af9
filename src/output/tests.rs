use super::sample::{Memory, Place, stat_type};
use super::*;
use sawmill_ir::fault::Fault;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;

type Rows<'a> = RowWriter<&'a mut Vec<u8>>;

/// What `write` leads to, and the remark.
fn written(
    format: Format,
    write: impl FnOnce(&mut Rows<'_>) -> Result<(), OutputError>,
) -> (String, Option<String>) {
    let mut out = Vec::new();
    let mut writer = RowWriter::new(&mut out, format, Options::default());
    write(&mut writer).unwrap();
    let remark = writer.finish().unwrap();
    (String::from_utf8(out).unwrap(), remark)
}

fn value(format: Format, m: &Memory, ty: &Type, words: &[u64]) -> String {
    written(format, |w| w.value(&m.view(ty, words), &Place)).0
}

#[test]
fn jsonl_is_a_line_per_row_and_json_one_array() {
    let mut m = Memory::new();
    let stat = m.stat(b"notes", 1);
    let ty = stat_type();
    for n in 0..3 {
        let rows = |w: &mut Rows<'_>| (0..n).try_for_each(|_| w.row(&m.view(&ty, &[stat]), &()));
        let (text, _) = written(Format::Jsonl, rows);
        assert_eq!(text.lines().count(), n);
        let parsed = text
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).unwrap());
        let (array, _) = written(Format::Json, rows);
        let array: Value = serde_json::from_str(&array).unwrap();
        assert_eq!(array, Value::Array(parsed.collect()));
    }
}

#[test]
fn unit_gives_no_row_and_ok_prints_as_its_value() {
    let m = Memory::new();
    let ok = |t| Type::Result(Arc::new(t));
    let (unit, int) = (ok(Type::Unit), ok(Type::Int));
    for (format, want) in [
        (Format::Jsonl, "7\n"),
        (Format::Json, "[\n7\n]\n"),
        (Format::Table, "int\n  7\n"),
    ] {
        let (text, _) = written(format, |w| {
            w.row(&m.view(&Type::Unit, &[]), &())?;
            w.row(&m.view(&unit, &[0]), &())?;
            w.row(&m.view(&int, &[0, 7]), &())
        });
        assert_eq!(text, want);
    }
    for (format, want) in [
        (Format::Jsonl, ""),
        (Format::Json, "[]\n"),
        (Format::Table, ""),
    ] {
        assert_eq!(value(format, &m, &Type::Unit, &[]), want);
    }
}

#[test]
fn a_list_as_a_result_gives_rows_and_anything_else_itself() {
    let mut m = Memory::new();
    let list = m.list(&[1, 2]);
    let ty = Type::list(Type::Int);
    assert_eq!(value(Format::Jsonl, &m, &ty, &[list]), "1\n2\n");
    assert_eq!(value(Format::Json, &m, &ty, &[list]), "[\n1,\n2\n]\n");
    assert_eq!(value(Format::Table, &m, &ty, &[list]), "int\n  1\n  2\n");

    let text = m.bytes(b"two\nlines");
    assert_eq!(
        value(Format::Jsonl, &m, &Type::Str, &text),
        "\"two\\nlines\"\n"
    );
    assert_eq!(
        value(Format::Json, &m, &Type::Str, &text),
        "\"two\\nlines\"\n"
    );
    assert_eq!(value(Format::Table, &m, &Type::Str, &text), "two\nlines\n");
    assert_eq!(value(Format::Table, &m, &Type::Int, &[3]), "3\n");

    let stat = m.stat(b"n", 1);
    let table = value(Format::Table, &m, &stat_type(), &[stat]);
    assert!(table.starts_with("name  size"), "{table}");
    let failed = value(
        Format::Table,
        &m,
        &Type::Result(Arc::new(Type::Int)),
        &[1, 0],
    );
    assert_eq!(failed, "error: the result is not what was asked of it\n");
}

#[test]
fn a_run_that_fails_after_rows_still_leaves_valid_output() {
    let m = Memory::new();
    let failure = Failure {
        operation: "add",
        ..Failure::bare(Fault::Overflow)
    };
    let fails = |w: &mut Rows<'_>| {
        w.row(&m.view(&Type::Int, &[1]), &())?;
        w.error(&failure, &())
    };
    let error = json!({"error": {"code": "overflow", "call": "add", "args": [], "at": null}});
    let (text, _) = written(Format::Jsonl, fails);
    assert_eq!(
        text,
        format!(
            "1\n{}\n",
            r#"{"error":{"code":"overflow","call":"add","args":[],"at":null}}"#
        )
    );
    assert_eq!(
        serde_json::from_str::<Value>(text.lines().last().unwrap()).unwrap(),
        error
    );
    assert_eq!(written(Format::Json, fails).0, "[\n1\n]\n");
    assert_eq!(written(Format::Table, fails).0, "int\n  1\n");
    assert_eq!(written(Format::Json, |w| w.error(&failure, &())).0, "[]\n");
}

#[test]
fn a_flush_shows_the_rows_that_came() {
    let m = Memory::new();
    let mut out = Vec::new();
    let mut writer = RowWriter::new(&mut out, Format::Table, Options::default());
    writer.row(&m.view(&Type::Int, &[1]), &()).unwrap();
    writer.flush().unwrap();
    drop(writer);
    assert_eq!(out, b"int\n  1\n");
}

#[test]
fn a_reader_that_left_ends_the_rows_in_every_format() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let m = Memory::new();
    for (_, format) in Format::ALL {
        let mut writer = RowWriter::new(Gone, *format, Options::default());
        let row = m.view(&Type::Int, &[1]);
        let ended = (0..1_000_000).find(|_| writer.row(&row, &()).is_err());
        assert!(ended.is_some_and(|n| n < 40_000), "{format:?}: {ended:?}");
        assert!(matches!(writer.trouble(), Some(OutputError::Closed)));
        assert!(matches!(writer.finish(), Err(OutputError::Closed)));
    }
}
