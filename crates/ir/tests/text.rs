//! The text form: what is printed parses back to the same module, and no text makes the parser panic.

mod common;

use common::Dice;
use proptest::prelude::*;
use sawmill_ir::entity::Entity;
use sawmill_ir::module::*;
use sawmill_ir::text::parse;

const FOUNDING: &str = include_str!("../../../tests/ir/founding.sawir");

fn modules() -> impl Strategy<Value = Module> {
    proptest::collection::vec(any::<u32>(), 0..400).prop_map(|choices| Dice::new(choices).module())
}

#[track_caller]
fn assert_round_trip(module: &Module) {
    let text = module.to_string();
    match parse(&text) {
        Ok(back) => assert_eq!(&back, module, "{text}"),
        Err(e) => panic!("{e}\n{text}"),
    }
}

#[test]
fn the_founding_module_prints_as_it_is_written() {
    let module = parse(FOUNDING).unwrap();
    assert_eq!(module.to_string(), FOUNDING);
}

#[test]
fn every_good_module_comes_back() {
    let good = common::good();
    assert!(good.len() >= 8);
    for (_, module) in good {
        assert_round_trip(&module);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_printed_parses_back(module in modules()) {
        let text = module.to_string();
        let back = parse(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert_eq!(&back, &module, "{}", text);
        prop_assert_eq!(back.to_string(), text);
    }

    #[test]
    fn mutated_texts_do_not_panic(
        module in modules(),
        edits in proptest::collection::vec((any::<u32>(), 0..4_u8, any::<char>()), 1..8),
    ) {
        let text = if edits[0].0.is_multiple_of(2) { module.to_string() } else { FOUNDING.to_string() };
        let mut chars: Vec<char> = text.chars().collect();
        for (at, kind, c) in edits {
            let at = at as usize % (chars.len() + 1);
            match kind {
                0 => chars.insert(at, c),
                1 if at < chars.len() => { chars.remove(at); }
                2 if at < chars.len() => chars[at] = c,
                _ => {
                    let copy: Vec<char> = chars[at..chars.len().min(at + 20)].to_vec();
                    let to = (at * 7) % (chars.len() + 1);
                    chars.splice(to..to, copy);
                }
            }
        }
        let text: String = chars.into_iter().collect();
        if let Ok(module) = parse(&text) {
            assert_round_trip(&module);
        }
    }

    #[test]
    fn bytes_at_random_do_not_panic(text in ".{0,200}") {
        let _ = parse(&text);
        let _ = parse(&format!("sawir 1\n{text}"));
        let _ = parse(&format!("sawir 1\nentry fn @0 f() {{\n^0() s0:\n{text}"));
    }
}

#[test]
fn errors_say_where_and_what() {
    let in_block =
        |lines: &str| format!("sawir 1\nentry fn @0 f() -> int {{\n^0() s0:\n{lines}}}\n");
    let cases = [
        (String::new(), "1:1: expected `sawir 1`"),
        ("; nothing\n\n".into(), "expected `sawir 1`, found the end"),
        ("sawir 2\n".into(), "expected version 1"),
        ("sawir 1\n".into(), "expected an `entry fn`"),
        (
            "sawir 1\nfun @0\n".into(),
            "2:1: expected `data`, `record`, `enum`, `fn` or `entry fn`, found `fun`",
        ),
        (
            "sawir 1\ndata #0 = \"\\xg0\"\n".into(),
            "2:12: expected two lower-case hex",
        ),
        (
            "sawir 1\ndata #0 = \"a\n".into(),
            "2:13: expected `\"`, a printable",
        ),
        (
            "sawir 1\ndata #0 = \"\"\ndata #0 = \"\"\nentry @0\n".into(),
            "3:1: data row 0 is declared twice",
        ),
        (
            "sawir 1\ndata #1 = \"\"\nentry @0\n".into(),
            "2:1: expected data row 0: numbers have no gaps",
        ),
        (
            "sawir 1\ndata #4294967296 = \"\"\nentry @0\n".into(),
            "expected a number below 2^32",
        ),
        (
            "sawir 1\nrecord int { }\n".into(),
            "2:8: `int` is a type; quote it",
        ),
        (
            "sawir 1\nrecord A { a: B }\n".into(),
            "2:15: expected a type, found `B`, which is no record",
        ),
        (
            "sawir 1\nrecord A { a: A }\n".into(),
            "2:15: expected a type, found `A`",
        ),
        (
            "sawir 1\nrecord A { a: int b: int }\n".into(),
            "expected `,`, found `b:`",
        ),
        (
            "sawir 1\nrecord A { a: dir{fly} }\n".into(),
            "2:19: expected a right or `}`",
        ),
        (
            "sawir 1\nentry fn @0 f(%0: int) {\n".into(),
            "2:22: expected `\"`",
        ),
        (
            "sawir 1\nentry fn @0 f(%0: int \"a\" = 1) {\n".into(),
            "expected `cwd`, `def`, `args`, `environment`, `variable` or a data row",
        ),
        (
            "sawir 1\nentry fn @0 f(%0: int \"a\") {\n}\n".into(),
            "expected the function's parameters",
        ),
        (
            "sawir 1\nentry fn @0 f() {\n".into(),
            "expected a line of the function or `}`",
        ),
        (
            "sawir 1\nentry fn @0 f() {\n}\nentry fn @1 g() {\n}\n".into(),
            "4:1: there is a second entry",
        ),
        (
            in_block("  %0: int = int\n"),
            "4:16: expected a signed 64-bit number, found the end of the line",
        ),
        (
            in_block("  %0: int = int 9223372036854775808\n"),
            "expected a signed 64-bit number",
        ),
        (
            in_block("  %0: int = integer 1\n"),
            "4:13: expected an operation, found `integer`",
        ),
        (
            in_block("  %0: int = sys close\n"),
            "4:17: expected a system call, found `close`",
        ),
        (
            in_block("  %0: int = sys statx [O_PATH|AT_EMPTY_PATH]\n"),
            "expected a flag of the same set",
        ),
        (
            in_block("  %0: int = sys getppid [0]\n"),
            "takes no more flags",
        ),
        (
            in_block("  %0: int = int 1\n  %1: int = get size %0\n  return %1\n"),
            "5:17: expected a field of int, found `size`",
        ),
        (
            in_block("  %0: int = int 1\n  %0: int = int 1\n  return %0\n"),
            "5:3: value 0 is declared twice",
        ),
        (
            in_block("  %1: int = int 1\n  return %1\n"),
            "4:3: expected value 0: numbers have no gaps",
        ),
        (in_block("  %0: int = int 1 !0:1\n"), "expected `..`"),
        (
            in_block("  return %0 %1\n"),
            "4:13: expected the end of the line",
        ),
        (
            in_block("  return %0\n  return %0\n"),
            "5:3: expected a block",
        ),
        (
            in_block("  %0: int = int 1\n"),
            "5:2: expected the end of the block, found `}`",
        ),
        (
            in_block("^1() s0:\n"),
            "expected the end of the block before",
        ),
        (in_block("  scope s1 in s0\n"), "expected an instruction"),
        (in_block("  leave s1 ^1()\n"), "expected `keep`"),
    ];
    for (text, want) in cases {
        let error = parse(&text).expect_err(&text).to_string();
        assert!(
            error.contains(want),
            "wanted {want:?}, got {error:?} for\n{text}"
        );
    }
}

#[test]
fn types_have_limits() {
    let nested = |n: usize| {
        let ty = format!("{}int{}", "list<".repeat(n), ">".repeat(n));
        format!("sawir 1\nrecord A {{ a: {ty} }}\nentry @0\n")
    };
    assert!(parse(&nested(62)).is_ok());
    assert!(parse(&nested(63)).unwrap_err().message.contains("nest"));
    assert!(
        parse(&nested(1_000_000))
            .unwrap_err()
            .message
            .contains("nest")
    );
    // Each record holds the one before twice: small in the text, huge written out.
    let mut text = "sawir 1\nrecord R0 { a: int }\n".to_string();
    for i in 1..40 {
        text += &format!("record R{i} {{ a: R{0}, b: R{0} }}\n", i - 1);
    }
    let error = parse(&text).unwrap_err();
    assert!(error.message.contains("parts"), "{error}");
    // Each holds the one before once: deep.
    let mut text = "sawir 1\nrecord R0 { a: int }\n".to_string();
    for i in 1..80 {
        text += &format!("record R{i} {{ a: R{0} }}\n", i - 1);
    }
    assert!(parse(&text).unwrap_err().message.contains("nest"));
}

#[test]
fn a_huge_number_costs_nothing() {
    let text = "sawir 1\nentry fn @0 f() {\n^4294967295() s0:\n  return %4294967295\n}\n";
    assert!(
        parse(text)
            .unwrap_err()
            .message
            .contains("expected block 0")
    );
    assert_eq!(Value::new(3), Value(3));
}
