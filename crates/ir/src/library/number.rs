//! Numbers and truth values from their text: what Clojure's `parse-long`, `parse-double` and `parse-boolean` take.
//!
//! Other than there, digits are ASCII digits only, and a float is decimal and has no suffix (`0x1p3`, `1d` and `1f`
//! are none); `inf` is one, since that is how one shows.

/// An integer: a sign or none, then digits of the radix (2 to 36) and nothing else; `None` also if it does not fit.
pub(super) fn parse_int_radix(text: &[u8], radix: u32) -> Option<i64> {
    i64::from_str_radix(std::str::from_utf8(text).ok()?, radix).ok()
}

/// A float: white space and control characters around it do not matter.
pub(super) fn parse_float(text: &[u8]) -> Option<f64> {
    let first = text.iter().position(|b| *b > b' ')?;
    let last = text.iter().rposition(|b| *b > b' ')?;
    let text = std::str::from_utf8(&text[first..=last]).ok()?;
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    match number {
        "NaN" | "Infinity" | "inf" => text.parse().ok(),
        // What else has letters, as `nan`, is a float for Rust only.
        _ if number.starts_with(|c: char| c.is_ascii_digit() || c == '.') => text.parse().ok(),
        _ => None,
    }
}

/// A truth value, as it is written in a program.
pub(super) fn parse_bool(text: &[u8]) -> Option<bool> {
    match text {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_int(text: &[u8]) -> Option<i64> {
        parse_int_radix(text, 10)
    }

    #[test]
    fn integers() {
        let good = [
            ("0", 0),
            ("-0", 0),
            ("+7", 7),
            ("007", 7),
            ("-9223372036854775808", i64::MIN),
            ("9223372036854775807", i64::MAX),
        ];
        for (text, want) in good {
            assert_eq!(parse_int(text.as_bytes()), Some(want), "{text}");
        }
        let bad = [
            "",
            "+",
            "-",
            " 1",
            "1 ",
            "1_000",
            "0x10",
            "1.0",
            "1e3",
            "--1",
            "9223372036854775808",
            "-9223372036854775809",
            "٣",
            "1N",
            "\u{2212}1",
        ];
        for text in bad {
            assert_eq!(parse_int(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_int(&[0xff]), None);
        assert_eq!(parse_int_radix(b"-fF", 16), Some(-255));
        assert_eq!(parse_int_radix(b"0755", 8), Some(0o755));
        assert_eq!(parse_int_radix(b"8", 8), None);
    }

    #[test]
    fn floats() {
        let good = [
            ("1", 1.0),
            ("-1.5e-3", -0.0015),
            (".5", 0.5),
            ("5.", 5.0),
            ("+1E+2", 100.0),
            (" \t1.25\r\n", 1.25),
            ("\u{1}1\u{1}", 1.0),
            ("1e999", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("inf", f64::INFINITY),
            ("4.9e-324", 5e-324),
            ("2.4703282292062327e-324", 0.0),
            ("9007199254740993", 9_007_199_254_740_992.0),
        ];
        for (text, want) in good {
            assert_eq!(parse_float(text.as_bytes()), Some(want), "{text}");
        }
        assert!(parse_float(b"NaN").is_some_and(f64::is_nan));
        assert!(parse_float(b"-0.0").is_some_and(|f| f.is_sign_negative()));
        let bad = [
            "", " ", ".", "+", "e5", "1e", "1e+", "1 2", "1,5", "nan", "infinity", "INF", "0x1p3",
            "1d", "1f", "1_0", "--1", "+-1", "1.2.3", "\u{a0}1", "١",
        ];
        for text in bad {
            assert_eq!(parse_float(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn truth_values() {
        assert_eq!(parse_bool(b"true"), Some(true));
        assert_eq!(parse_bool(b"false"), Some(false));
        for text in ["", "True", "true ", "1"] {
            assert_eq!(parse_bool(text.as_bytes()), None);
        }
    }
}
