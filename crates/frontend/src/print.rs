//! The typed tree as text, for people: what a program is once functions are expanded, overloads chosen and literals
//! typed. An expression whose parts fit on the line stands on one.

use crate::tree::{Checked, Func, Given, Kind, Tree, Var};
use std::fmt;
use std::fmt::Write;

/// How long a line may be.
const WIDTH: usize = 100;

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for func in self.funcs.values() {
            function(f, func)?;
        }
        function(f, &self.entry)
    }
}

fn function(f: &mut fmt::Formatter<'_>, func: &Func) -> fmt::Result {
    let Some(body) = &func.body else {
        return Ok(());
    };
    write!(f, "(defn {} :- {} [", func.name, func.result)?;
    for (i, p) in func.params.iter().enumerate() {
        let space = if i > 0 { " " } else { "" };
        write!(f, "{space}{} :- {}", p.var, p.ty)?;
    }
    let mut out = String::from("]\n  ");
    tree(&mut out, body, 2);
    writeln!(f, "{out})")
}

/// Appends an expression that starts in that column.
fn tree(out: &mut String, t: &Tree, column: usize) {
    let start = out.len();
    let end = WIDTH.saturating_sub(column);
    if line(out, t, start + end) {
        return;
    }
    out.truncate(start);
    let (head, parts) = opened(t);
    let _ = write!(out, "({head}");
    for (name, part) in parts {
        let _ = write!(out, "\n{:1$}", "", column + 2);
        let label = name.map_or(String::new(), |v| format!("{v} "));
        out.push_str(&label);
        tree(out, part, column + 2 + label.len());
    }
    let _ = write!(out, ") :- {}", t.ty);
}

/// Appends an expression on one line; gives up where that gets longer than `end`.
fn line(out: &mut String, t: &Tree, end: usize) -> bool {
    match &t.kind {
        Kind::Var(v) => {
            let _ = write!(out, "{v}");
        }
        Kind::Int(_) | Kind::Bool(_) | Kind::Bytes(_) | Kind::Unit => out.push_str(&opened(t).0),
        _ => {
            let (head, parts) = opened(t);
            let _ = write!(out, "({head}");
            for (name, part) in parts {
                out.push(' ');
                if let Some(v) = name {
                    let _ = write!(out, "{v} ");
                }
                if !line(out, part, end) {
                    return false;
                }
            }
            let _ = write!(out, ") :- {}", t.ty);
        }
    }
    out.len() <= end
}

/// What an expression begins with, and its parts, with the names that they get.
fn opened(t: &Tree) -> (String, Vec<(Option<Var>, &Tree)>) {
    let mut parts: Vec<(Option<Var>, &Tree)> = Vec::new();
    let head = match &t.kind {
        Kind::Unit => "()".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Int(n) if t.ty == crate::ty::Ty::Float => {
            format!("{:?}", f64::from_bits(*n as u64))
        }
        Kind::Int(n) => n.to_string(),
        Kind::Bytes(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        Kind::Var(v) => v.to_string(),
        Kind::Let(vars, body) => {
            parts.extend(vars.iter().map(|(v, t)| (Some(*v), t)));
            parts.push((None, body));
            "let".into()
        }
        Kind::Loop(label, vars, body) => {
            parts.extend(vars.iter().map(|(v, t)| (Some(*v), t)));
            parts.push((None, body));
            format!("loop {label}")
        }
        Kind::Each(v, seq, body) => {
            parts.push((Some(*v), seq));
            parts.push((None, body));
            "each".into()
        }
        Kind::Set(v, value) => {
            parts.push((None, value));
            format!("set! {v}")
        }
        other => {
            other.each_part(|part| parts.push((None, part)));
            named(other)
        }
    };
    (head, parts)
}

fn named(kind: &Kind) -> String {
    match kind {
        Kind::Do(_) => "do".into(),
        Kind::If(..) => "if".into(),
        Kind::All(_) => "and".into(),
        Kind::Any(_) => "or".into(),
        Kind::Op(op, _) => op.row().name.into(),
        Kind::Get(n, _) => format!("get {n}"),
        Kind::Struct(n, _) => format!("struct {n}"),
        Kind::Sys(sys, flags, _) => {
            let all = flags.iter().map(|f| format!(" [{f}]"));
            format!("sys/{}{}", sys.row().name, all.collect::<String>())
        }
        Kind::Call(fun, _) => format!("call {fun}"),
        Kind::Recur(label, _) => format!("recur {label}"),
        Kind::Emit(_) => "emit".into(),
        Kind::Stoppable(label, _) => format!("stoppable {label}"),
        Kind::Stop(label) => format!("stop {label}"),
        Kind::Try(_) => "try".into(),
        Kind::Scope(_) => "scope".into(),
        Kind::Collect(_) => "collect".into(),
        Kind::StartDir(path) => format!("start-dir {path:?}"),
        Kind::StartPath(path) => format!("start-path {path:?}"),
        Kind::Given(Given::Args) => "args".into(),
        Kind::Given(Given::Environment) => "environment".into(),
        Kind::Given(Given::Variable(name)) => format!("variable {name:?}"),
        Kind::Record(_) => "record".into(),
        Kind::Case(n, _) => format!("case {n}"),
        Kind::CaseGet(n, field, _) => format!("case.get {n} {field}"),
        Kind::Throw(_) => "throw".into(),
        _ => String::new(),
    }
}
