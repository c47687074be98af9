//! The reader: text to forms. It never fails: it gives the forms it could read and a diagnostic for each place where
//! it could not.
//!
//! Clojure's syntax: lists `( )`, vectors `[ ]`, maps `{ }`, sets `#{ }`, keywords `:size`, strings, integers (`10`, `-3`,
//! `0x1f`, `0o644`), floats (`1.5`, `1e-3`), sizes (`10KiB`), durations (`5s`), `#(+ % 1)`, `;` comments, `#_` to leave
//! out the next form, `,` as white space.

use crate::diag::{Code, Diagnostic};
use sawmill_ir::module::Span;
use sawmill_ir::units;
use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;

/// A piece of text as data.
#[derive(Clone, PartialEq, Debug)]
pub struct Form {
    /// What it is.
    pub kind: FormKind,
    /// Where it stands.
    pub at: Span,
}

/// What a form is.
#[derive(Clone, PartialEq, Debug)]
pub enum FormKind {
    /// A name.
    Symbol(Rc<str>),
    /// `:size`, without the colon.
    Keyword(Rc<str>),
    /// An integer.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// An integer with a unit of bytes.
    Size(i64),
    /// An integer with a unit of time, in nanoseconds.
    Duration(i64),
    /// Text.
    Str(Rc<str>),
    /// `true` or `false`.
    Bool(bool),
    /// `( ... )`
    List(Rc<[Form]>),
    /// `[ ... ]`
    Vector(Rc<[Form]>),
    /// `{ ... }`
    Map(Rc<[Form]>),
    /// `#{ ... }`
    Set(Rc<[Form]>),
}

impl Form {
    /// The name, if it is a symbol.
    pub fn symbol(&self) -> Option<&str> {
        match &self.kind {
            FormKind::Symbol(s) => Some(s),
            _ => None,
        }
    }
    /// The forms of a list.
    pub fn list(&self) -> Option<&[Form]> {
        match &self.kind {
            FormKind::List(forms) => Some(forms),
            _ => None,
        }
    }
    /// The head symbol of a list.
    pub fn head(&self) -> Option<&str> {
        self.list()?.first()?.symbol()
    }
    /// Whether all symbols in it are as said.
    pub fn all_symbols(&self, test: &dyn Fn(&str) -> bool) -> bool {
        match &self.kind {
            FormKind::Symbol(name) => test(name),
            FormKind::List(f) | FormKind::Vector(f) | FormKind::Map(f) | FormKind::Set(f) => {
                f.iter().all(|f| f.all_symbols(test))
            }
            _ => true,
        }
    }
    /// A symbol at a place.
    pub fn sym(name: &str, at: Span) -> Form {
        Form {
            kind: FormKind::Symbol(name.into()),
            at,
        }
    }
    /// A list at a place.
    pub fn make_list(forms: Vec<Form>, at: Span) -> Form {
        Form {
            kind: FormKind::List(forms.into()),
            at,
        }
    }
}

/// A form as text.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |f: &mut fmt::Formatter<'_>, open: &str, forms: &[Form], close: char| {
            f.write_str(open)?;
            for (i, form) in forms.iter().enumerate() {
                let space = if i > 0 { " " } else { "" };
                write!(f, "{space}{form}")?;
            }
            f.write_char(close)
        };
        match &self.kind {
            FormKind::Symbol(s) => f.write_str(s),
            FormKind::Keyword(k) => write!(f, ":{k}"),
            FormKind::Int(n) => write!(f, "{n}"),
            FormKind::Float(x) => write!(f, "{x:?}"),
            FormKind::Size(n) => write!(f, "{n}B"),
            FormKind::Duration(n) => write!(f, "{n}ns"),
            FormKind::Str(s) => write!(f, "{s:?}"),
            FormKind::Bool(b) => write!(f, "{b}"),
            FormKind::List(forms) => all(f, "(", forms, ')'),
            FormKind::Vector(forms) => all(f, "[", forms, ']'),
            FormKind::Map(forms) => all(f, "{", forms, '}'),
            FormKind::Set(forms) => all(f, "#{", forms, '}'),
        }
    }
}

/// How deep forms may nest.
pub const MAX_DEPTH: usize = 100;
/// How long a text may be, in bytes.
pub const MAX_TEXT: usize = 4 << 20;

/// How many mistakes are told at once.
pub const MAX_DIAGNOSTICS: usize = 50;

/// What reading gave.
#[derive(Clone, Debug, Default)]
pub struct Forms {
    /// The forms that could be read.
    pub forms: Vec<Form>,
    /// What could not.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether all that is wrong is that the text ends too early: a REPL then asks for more.
    pub incomplete: bool,
}

/// Reads a text; `source` is its number in the spans.
pub fn read(text: &str, source: u32) -> Forms {
    let mut reader = Reader {
        text,
        at: 0,
        source,
        out: Forms::default(),
    };
    if text.len() > MAX_TEXT {
        let at = reader.span(0, 0);
        let why = format!("the text has {} bytes; the limit is {MAX_TEXT}", text.len());
        reader
            .out
            .diagnostics
            .push(Diagnostic::new(Code::Limit, at, why));
        return reader.out;
    }
    if text.starts_with("#!") {
        reader.at = text.find('\n').unwrap_or(text.len());
    }
    reader.all();
    let out = &mut reader.out;
    out.incomplete =
        !out.diagnostics.is_empty() && out.diagnostics.iter().all(|d| d.code == Code::Unclosed);
    reader.out
}

/// Reads a part of a text; places are those in the whole.
pub(crate) fn read_part(text: &str, source: u32, part: Range<usize>) -> Forms {
    let mut reader = Reader {
        text: text.get(..part.end).unwrap_or(text),
        at: part.start,
        source,
        out: Forms::default(),
    };
    reader.all();
    reader.out
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    source: u32,
    out: Forms,
}

/// A delimiter that is open, with the forms read in it so far.
struct Open {
    start: usize,
    close: char,
    /// Whether it is `#( )` or `#{ }`.
    hash: bool,
    forms: Vec<Form>,
    /// `#_` marks that wait for a form to leave out.
    discard: usize,
    /// Where the last of these stands.
    discard_at: usize,
}

impl Reader<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            source: self.source,
            start: start as u32,
            end: end as u32,
        }
    }

    fn report(&mut self, d: Diagnostic) {
        if self.out.diagnostics.len() < MAX_DIAGNOSTICS {
            self.out.diagnostics.push(d);
        }
    }

    /// Reads everything; delimiters are kept on a stack of our own, so nesting costs no stack.
    fn all(&mut self) {
        let mut open: Vec<Open> = vec![Open {
            start: 0,
            close: '\0',
            hash: false,
            forms: Vec::new(),
            discard: 0,
            discard_at: 0,
        }];
        while let Some(c) = self.peek() {
            let start = self.at;
            if c.is_whitespace() || c == ',' {
                self.at += c.len_utf8();
            } else if c == ';' {
                self.at += self.text[self.at..]
                    .find('\n')
                    .unwrap_or(self.text.len() - self.at);
            } else if self.text[self.at..].starts_with("#_") {
                self.at += 2;
                if let Some(top) = open.last_mut() {
                    top.discard += 1;
                    top.discard_at = start;
                }
            } else if let Some((len, close)) = opening(&self.text[self.at..]) {
                self.at += len;
                if open.len() > MAX_DEPTH {
                    let at = self.span(start, start + len);
                    self.report(Diagnostic::new(
                        Code::Limit,
                        at,
                        format!("forms nest deeper than {MAX_DEPTH}"),
                    ));
                    return;
                }
                if (len, close) == (2, ')') && open.iter().any(|o| o.hash && o.close == ')') {
                    let at = self.span(start, start + len);
                    let d = Diagnostic::new(Code::BadToken, at, "`#( )` stands in another `#( )`")
                        .help("its `%` would be the other's; write `(fn [x] ...)` for one of them");
                    self.report(d);
                }
                open.push(Open {
                    start,
                    close,
                    hash: len == 2,
                    forms: Vec::new(),
                    discard: 0,
                    discard_at: 0,
                });
            } else if matches!(c, ')' | ']' | '}') {
                self.at += 1;
                if let Some(form) = self.close(&mut open, c, start) {
                    push(&mut open, form);
                }
            } else if let Some(form) = self.atom() {
                push(&mut open, form);
            }
        }
        for unclosed in open.iter().skip(1).rev().take(1) {
            let at = self.span(unclosed.start, unclosed.start + 1);
            let end = self.span(self.text.len(), self.text.len());
            let d = Diagnostic::new(Code::Unclosed, at, "this is never closed")
                .label("opened here")
                .note(
                    end,
                    format!("the text ends here; a `{}` is missing", unclosed.close),
                );
            self.report(d);
        }
        let whole = open.swap_remove(0);
        self.nothing_left_out(&whole);
        self.out.forms = whole.forms;
    }

    /// Reports a `#_` after which there was no form.
    fn nothing_left_out(&mut self, top: &Open) {
        if top.discard > 0 {
            let at = self.span(top.discard_at, top.discard_at + 2);
            let d = Diagnostic::new(Code::BadToken, at, "there is no form here to leave out");
            self.report(d);
        }
    }

    fn close(&mut self, open: &mut Vec<Open>, c: char, start: usize) -> Option<Form> {
        let here = self.span(start, start + 1);
        if open.len() == 1 {
            self.report(Diagnostic::new(
                Code::Unopened,
                here,
                format!("nothing is open that this `{c}` could close"),
            ));
            return None;
        }
        let top = open.pop()?;
        self.nothing_left_out(&top);
        if top.close != c {
            let d = Diagnostic::new(
                Code::Unopened,
                here,
                format!("this `{c}` closes what a `{}` should close", top.close),
            )
            .note(self.span(top.start, top.start + 1), "opened here");
            self.report(d);
        }
        let at = self.span(top.start, start + 1);
        let forms: Rc<[Form]> = top.forms.into();
        let kind = match top.close {
            ']' => FormKind::Vector(forms),
            '}' if top.hash => FormKind::Set(forms),
            '}' => FormKind::Map(forms),
            _ if top.hash => return Some(short_fn(&forms, at)),
            _ => FormKind::List(forms),
        };
        Some(Form { kind, at })
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn atom(&mut self) -> Option<Form> {
        let start = self.at;
        if self.peek() == Some('"') {
            return self.string();
        }
        let rest = &self.text[start..];
        let len = rest
            .find(|c: char| c.is_whitespace() || "()[]{}\",;".contains(c))
            .unwrap_or(rest.len());
        let token = &rest[..len];
        self.at += len.max(1);
        let at = self.span(start, self.at);
        let first = token.chars().next()?;
        // Names that the checker makes up have such characters in them.
        if token.contains(char::is_control) {
            let why = "a control character stands in no name or number";
            self.report(Diagnostic::new(Code::BadToken, at, why));
            return None;
        }
        let kind = if let Some(name) = token.strip_prefix(':') {
            if name.is_empty() || name.contains(':') && name != "-" {
                self.report(Diagnostic::new(
                    Code::BadToken,
                    at,
                    format!("`{token}` is no keyword"),
                ));
                return None;
            }
            FormKind::Keyword(name.into())
        } else if first.is_ascii_digit()
            || (matches!(first, '-' | '+') && token[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            return self.number(token, at);
        } else if token == "true" || token == "false" {
            FormKind::Bool(token == "true")
        } else if token == "nil" {
            let d = Diagnostic::new(Code::Nil, at, "there is no nil")
                .help("what may be missing is a Result or an Option: see `try`, `or-else`; nothing to tell is `(do)`");
            self.report(d);
            return None;
        } else if matches!(first, '\'' | '`' | '~' | '@' | '^' | '#' | '\\') {
            let d = Diagnostic::new(Code::BadToken, at, format!("`{first}` starts nothing here"))
                .help("there are no quotes, metadata or reader macros but `#( )`, `#{ }` and `#_`");
            self.report(d);
            return None;
        } else {
            FormKind::Symbol(token.into())
        };
        Some(Form { kind, at })
    }

    fn number(&mut self, token: &str, at: Span) -> Option<Form> {
        let (sign, digits) = match token.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", token.strip_prefix('+').unwrap_or(token)),
        };
        let (radix, digits) = match digits.get(..2) {
            Some("0x") => (16, &digits[2..]),
            Some("0o") => (8, &digits[2..]),
            Some("0b") => (2, &digits[2..]),
            _ => (10, digits),
        };
        let split = digits
            .find(|c: char| !(c.is_digit(radix) || c == '_'))
            .unwrap_or(digits.len());
        let (number, unit) = digits.split_at(split);
        if radix == 10 && unit.starts_with(['.', 'e', 'E']) {
            return self.float(token, at);
        }
        let number = i64::from_str_radix(&format!("{sign}{}", number.replace('_', "")), radix);
        let Ok(number) = number else {
            let why = format!("`{token}` is no integer from -2^63 to 2^63-1");
            self.report(Diagnostic::new(Code::BadNumber, at, why));
            return None;
        };
        if unit.is_empty() {
            let kind = FormKind::Int(number);
            return Some(Form { kind, at });
        }
        let of = |units: &[(&str, i64)]| units.iter().find(|u| u.0 == unit).map(|u| u.1);
        let size = of(units::SIZES).and_then(|n| number.checked_mul(n));
        let time = of(units::DURATIONS).and_then(|n| number.checked_mul(n));
        let kind = size.map(FormKind::Size).or(time.map(FormKind::Duration));
        let Some(kind) = kind else {
            let names = |units: &[(&str, i64)]| -> String {
                let all: Vec<&str> = units.iter().map(|u| u.0).collect();
                all.join(" ")
            };
            let help = format!(
                "units of sizes are {}, of durations {}; the number has to fit in 63 bits",
                names(units::SIZES),
                names(units::DURATIONS)
            );
            let why = format!("`{token}` is no number");
            self.report(Diagnostic::new(Code::BadNumber, at, why).help(help));
            return None;
        };
        Some(Form { kind, at })
    }

    /// `1.5`, `-2e10`, `1_000.25`: digits on both sides of a point, an exponent, or both.
    fn float(&mut self, token: &str, at: Span) -> Option<Form> {
        let text = token.replace('_', "");
        let plain = text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
        let digits_around = !text.ends_with('.') && !text.contains(".e") && !text.contains(".E");
        match text.parse::<f64>() {
            Ok(x) if plain && digits_around && x.is_finite() => {
                let kind = FormKind::Float(x);
                Some(Form { kind, at })
            }
            _ => {
                let d = Diagnostic::new(Code::BadNumber, at, format!("`{token}` is no number"))
                    .help("a fraction has digits on both sides of the point, as in `0.5`; the largest is 1.7e308");
                self.report(d);
                None
            }
        }
    }

    fn string(&mut self) -> Option<Form> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.text[start..].char_indices().skip(1);
        let mut bad = None;
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + i + 1;
                    let at = self.span(start, self.at);
                    if let Some(at) = bad {
                        let d = Diagnostic::new(Code::BadString, at, "unknown escape in a string")
                            .help("known are \\n \\t \\r \\0 \\e \\\\ \\\" and \\uXXXX");
                        self.report(d);
                    }
                    return Some(Form {
                        kind: FormKind::Str(value.into()),
                        at,
                    });
                }
                '\\' => {
                    let escape = match chars.next() {
                        Some((_, 'n')) => Some('\n'),
                        Some((_, 't')) => Some('\t'),
                        Some((_, 'r')) => Some('\r'),
                        Some((_, '0')) => Some('\0'),
                        Some((_, 'e')) => Some('\x1b'),
                        Some((_, c @ ('\\' | '"'))) => Some(c),
                        Some((j, 'u')) => {
                            let hex = self.text.get(start + j + 1..start + j + 5);
                            let code = hex
                                .and_then(|h| u32::from_str_radix(h, 16).ok())
                                .and_then(char::from_u32);
                            if code.is_some() {
                                chars.nth(3);
                            }
                            code
                        }
                        _ => None,
                    };
                    match escape {
                        Some(c) => value.push(c),
                        None => bad = bad.or(Some(self.span(start + i, start + i + 2))),
                    }
                }
                c => value.push(c),
            }
        }
        self.at = self.text.len();
        let at = self.span(start, start + 1);
        self.report(
            Diagnostic::new(Code::Unclosed, at, "this string is never closed").label("starts here"),
        );
        None
    }
}

fn opening(rest: &str) -> Option<(usize, char)> {
    match rest.as_bytes()[0] {
        b'(' => Some((1, ')')),
        b'[' => Some((1, ']')),
        b'{' => Some((1, '}')),
        b'#' if rest.starts_with("#(") => Some((2, ')')),
        b'#' if rest.starts_with("#{") => Some((2, '}')),
        _ => None,
    }
}

fn push(open: &mut [Open], form: Form) {
    if let Some(top) = open.last_mut() {
        if top.discard > 0 {
            top.discard -= 1;
        } else {
            top.forms.push(form);
        }
    }
}

/// `#(f % %2 %&)` is `(fn [%1 %2 & %&] (f %1 %2 %&))`.
fn short_fn(body: &Rc<[Form]>, at: Span) -> Form {
    let mut most = 0;
    let body = Form {
        kind: FormKind::List(rename_args(body, &mut most).into()),
        at,
    };
    let mut params: Vec<Form> = (1..=most)
        .map(|n| Form::sym(&format!("%{n}"), at))
        .collect();
    if takes_rest(std::slice::from_ref(&body)) {
        params.extend([Form::sym("&", at), Form::sym(REST, at)]);
    }
    let params = Form {
        kind: FormKind::Vector(params.into()),
        at,
    };
    Form::make_list(vec![Form::sym("fn", at), params, body], at)
}

/// The arguments of a short function that have no number.
const REST: &str = "%&";

/// Whether [`REST`] is among the forms; they nest no deeper than is read.
fn takes_rest(forms: &[Form]) -> bool {
    forms.iter().any(|form| match &form.kind {
        FormKind::Symbol(s) => &**s == REST,
        FormKind::List(f) | FormKind::Vector(f) | FormKind::Map(f) | FormKind::Set(f) => {
            takes_rest(f)
        }
        _ => false,
    })
}

fn rename_args(forms: &[Form], most: &mut usize) -> Vec<Form> {
    let rename = |form: &Form| {
        let kind = match &form.kind {
            FormKind::Symbol(s) if s.starts_with('%') => {
                let n = if s.len() == 1 {
                    Some(1)
                } else {
                    s[1..].parse().ok().filter(|n| (1..=9).contains(n))
                };
                match n {
                    Some(n) => {
                        *most = n.max(*most);
                        FormKind::Symbol(format!("%{n}").into())
                    }
                    None => form.kind.clone(),
                }
            }
            FormKind::List(f) => FormKind::List(rename_args(f, most).into()),
            FormKind::Vector(f) => FormKind::Vector(rename_args(f, most).into()),
            FormKind::Map(f) => FormKind::Map(rename_args(f, most).into()),
            FormKind::Set(f) => FormKind::Set(rename_args(f, most).into()),
            other => other.clone(),
        };
        Form { kind, at: form.at }
    };
    forms.iter().map(rename).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<Code> {
        read(text, 1)
            .diagnostics
            .into_iter()
            .map(|d| d.code)
            .collect()
    }

    #[test]
    fn reads_the_founding_program() {
        let out = read("(fn [d :- Dir] (->> (list d) (map stat)))", 1);
        assert!(out.diagnostics.is_empty());
        assert_eq!(out.forms.len(), 1);
        assert_eq!(out.forms[0].head(), Some("fn"));
    }

    #[test]
    fn numbers_sizes_strings() {
        let out = read(
            "-9223372036854775808 0x1f 0o644 10KiB 1_000 \"a\\n\\u00e9\\\"\" #_ gone :k",
            1,
        );
        let kinds: Vec<FormKind> = out.forms.into_iter().map(|f| f.kind).collect();
        let want = [
            FormKind::Int(i64::MIN),
            FormKind::Int(31),
            FormKind::Int(420),
            FormKind::Size(10240),
            FormKind::Int(1000),
        ];
        assert_eq!(kinds[..5], want);
        assert_eq!(kinds[5], FormKind::Str("a\né\"".into()));
        assert_eq!(kinds[6], FormKind::Keyword("k".into()));
        assert_eq!(kinds.len(), 7);
    }

    #[test]
    fn mistakes_have_codes_and_reading_goes_on() {
        assert_eq!(codes("(a"), [Code::Unclosed]);
        assert_eq!(codes("a)"), [Code::Unopened]);
        assert_eq!(codes("(a]"), [Code::Unopened]);
        assert_eq!(codes("99999999999999999999"), [Code::BadNumber]);
        assert_eq!(codes("5parsecs"), [Code::BadNumber]);
        assert_eq!(codes("\"\\q\""), [Code::BadString]);
        assert_eq!(codes("nil"), [Code::Nil]);
        assert_eq!(codes("'a"), [Code::BadToken]);
        assert_eq!(codes(&"(".repeat(5000)), [Code::Limit]);
    }

    #[test]
    fn incomplete_text_is_told_from_wrong_text() {
        assert!(read("(map stat", 1).incomplete);
        assert!(read("\"abc", 1).incomplete);
        assert!(!read("(map stat))", 1).incomplete);
        assert!(!read("(map stat)", 1).incomplete);
    }
}
