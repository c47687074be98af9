use super::sample::{Memory, Place, given, stat_type};
use super::*;
use sawmill_ir::fault::Fault;
use sawmill_ir::ty::RecordType;
use sawmill_ir::value::Data;
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

fn pair(a: Data, b: Data) -> Data {
    let ty = RecordType::tuple([const { Type::Int }; 2]);
    Data::Record(Arc::new(ty), vec![a, b])
}

fn shape(case: &str, fields: &[(&str, Data)]) -> Data {
    let own = |(name, data): &(&str, Data)| (name.to_string(), data.clone());
    Data::Case {
        of: "Shape".into(),
        case: case.into(),
        fields: fields.iter().map(own).collect(),
    }
}

const SHAPES: &str =
    "enum Shape { empty, circle { r: float }, both { a: enum<Shape>, b: enum<Shape> } }";

#[test]
fn all_kinds_of_data_have_a_form_in_json_and_for_people() {
    let text = |s: &str| Data::Str(s.into());
    let some = |data| Data::Some(Box::new(data));
    let circle = shape("circle", &[("r", Data::Float(f64::NAN))]);
    let both = shape("both", &[("a", circle), ("b", shape("empty", &[]))]);
    let ages = Data::Map(vec![(text("b\n"), Data::Int(1)), (text("a"), Data::Int(2))]);
    let grid = Data::Map(vec![(pair(Data::Int(1), Data::Int(2)), some(text("x")))]);
    let set = Data::Map(vec![(Data::Int(3), Data::Unit), (Data::Int(1), Data::Unit)]);
    let fields = RecordType::structural(vec![("k".into(), Type::Int)]);
    let record = Data::Record(Arc::new(fields), vec![some(Data::Bool(true))]);
    let cases = [
        ("option<int>", Data::None, json!(null), "none"),
        ("option<int>", some(Data::Int(3)), json!(3), "(just 3)"),
        (
            "bytes",
            Data::Bytes(b"hi\x1b".into()),
            json!("hi\u{1b}"),
            "hi\\x1b",
        ),
        ("enum<Shape>", shape("empty", &[]), json!("empty"), ":empty"),
        (
            "enum<Shape>",
            both,
            json!({"case": "both", "a": {"case": "circle", "r": null}, "b": "empty"}),
            "(both (circle NaN) :empty)",
        ),
        (
            "map<str, int>",
            ages,
            json!({"b\n": 1, "a": 2}),
            "{\"b\\n\" 1, \"a\" 2}",
        ),
        (
            "map<(int, int), option<str>>",
            grid,
            json!([[[1, 2], "x"]]),
            "{[1 2] (just \"x\")}",
        ),
        ("map<int, unit>", set, json!([3, 1]), "#{3 1}"),
        ("map<int, int>", Data::Map(Vec::new()), json!([]), "{}"),
        (
            "{k: option<bool>}",
            record,
            json!({"k": true}),
            "{:k (just true)}",
        ),
    ];
    for (ty, data, want, for_people) in cases {
        given(SHAPES, ty, data.clone(), |view| {
            let one = written(Format::Json, |w| w.value(view, &())).0;
            let got: Value = serde_json::from_str(&one).unwrap();
            assert_eq!(got, want, "{ty}");
            let plain = human::plain(view, &());
            assert_eq!(plain, for_people, "{ty}");
        });
    }
}

/// Deeper than any recursion would go.
#[test]
fn json_has_values_of_any_depth() {
    let program = format!(
        "sawir 1\n{SHAPES}\n{}",
        r#"
entry fn @0 f(%0: int "n") -> list<option<enum<Shape>>> {
^0(%0) s0:
  %1: enum<Shape> = case empty
  %2: int = int 0
  jump ^1(%1, %2)
^1(%3: enum<Shape>, %4: int) s0:
  %5: bool = lt %4 %0
  br %5 ^2() ^3()
^2() s0:
  %6: int = int 1
  %7: int = add %4 %6
  %8: enum<Shape> = case both %1 %3
  jump ^1(%8, %7)
^3() s0:
  %9: option<enum<Shape>> = some %3
  %10: builder<option<enum<Shape>>> = list.builder
  %11: unit = list.push %10 %9
  %12: list<option<enum<Shape>>> = list.freeze %10
  return %12
}
"#
    );
    let module = sawmill_ir::text::parse(&program).unwrap();
    let program = sawmill_ir::verify::verify(module).unwrap();
    let code = sawmill_ir::interp::decode(&program);
    let mut context = crate::Engine::new().context().unwrap();
    let whole = |n: usize| {
        let open = "{\"case\":\"both\",\"a\":\"empty\",\"b\":".repeat(n);
        format!("[{open}\"empty\"{}]", "}".repeat(n))
    };
    for n in [0, 1, 60, 61, 62, 63, 64, 200_000] {
        let words = context.load(&program, &[Data::Int(n)]).unwrap();
        let result = code.run(&mut *context, &words).unwrap();
        let view = context.view(&result).unwrap();
        let mut out = Vec::new();
        json::push_view(&mut out, &view, &());
        assert!(out == whole(n as usize).as_bytes(), "{n}");
        assert!(human::plain(&view, &()).len() < 10_000);
    }
}

#[test]
fn what_is_printed_stands_between_the_rows() {
    let m = Memory::new();
    for (format, want) in [
        (Format::Jsonl, "1\nhi\x1b\n2\n"),
        (Format::Table, "int\n  1\nhi\x1b\n  2\n"),
    ] {
        let (text, _) = written(format, |w| {
            w.row(&m.view(&Type::Int, &[1]), &())?;
            w.print(b"hi\x1b\n", false)?;
            w.row(&m.view(&Type::Int, &[2]), &())
        });
        assert_eq!(text, want);
    }
    let (text, _) = written(Format::Table, |w| w.print(b"a\tb\x1b[1m\xff\n", true));
    assert_eq!(text, "a\tb\\x1b[1m\\xff\n");
}
