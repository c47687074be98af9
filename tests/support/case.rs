//! Cases as text.
//!
//! A file holds cases separated by lines `;; --- NAME`. A case has header lines, the program, and what it must give:
//! ```text
//! ;; tree: NAME            a tree of tests/corpus/trees, or lines of one: `;; file a 10` (see the tree module)
//! ;; args: 3 "text" 10KiB  the parameters that are no Dir; a Dir is the tree
//! ;; rights: list stat     what the tree's Dir may be used for; everything unless said
//! ;; cwd: sub              a directory of the tree is the working directory
//! ;; changes               it changes the tree: there is a fresh one for each run, and it is run once in it
//! ;; faults                every call of it fails in turn, in tests/differential.rs
//! ;; on: fake              on the fake kernel only
//! ;; fail: statx 2 EIO     the second statx fails (`ever`: and those after it); on the fake kernel only
//! ;; after: statx 1 remove a      and so do changes behind the program's back
//! ;; limit: handles 4      or `memory`, `descriptors` (of the fake kernel)
//! ;; => ROW                each row of the result, as JSON; a place where numbers differ by system is `_`
//! ;; error: CODE at LINE:COL: TEXT
//! ;; calls: NAME*N ...     the system calls in short; `;; call: ...` is each of them in full
//! ;; error[E0013] LINE:COL: MESSAGE      and `;; help: ...`: what checking says, in tests/refuse;
//! ;; | ...                 and how people see it, where a header line says `;; rendered`
//! ```
//! In a file that starts with `;; lines` every line is a case, with what it gives after the last ` ;; `.
//! Every case has the words `one`, `two \xff` and an empty one, and the variables `HOME` (twice), `ODD` and `EMPTY`.
//! `$TREE` is the tree's absolute path. Lines count from the first line of the case that is no header.

use super::tree::Tree;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A case.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// `arithmetic/ints.saw: name`
    pub name: String,
    /// Its program, `$TREE` in it.
    pub text: String,
    /// The files it sees, if it sees any.
    pub tree: Option<Tree>,
    /// Parameters as written.
    pub args: Option<String>,
    /// Rights by name, where they are limited.
    pub rights: Option<Vec<String>>,
    /// The working directory, below the tree.
    pub cwd: Option<String>,
    /// Not on the real kernel.
    pub fake_only: bool,
    /// `fail:` lines, split into words.
    pub fail: Vec<Vec<String>>,
    /// `after:` lines, split into words.
    pub after: Vec<Vec<String>>,
    /// `limit:` lines.
    pub limits: HashMap<String, u64>,
    /// Whether it changes the tree.
    pub changes: bool,
    /// Whether faults are injected at its every call.
    pub faults: bool,
    /// Whether its diagnostics are shown as people see them.
    pub rendered: bool,
    /// What it must give, line by line, without `;; `.
    pub expect: Vec<String>,
    /// Whether the expectation stands on the program's line.
    pub on_line: bool,
}

impl Case {
    /// Whether some expectation starts so.
    pub fn expects(&self, what: &str) -> bool {
        self.expect.iter().any(|line| line.starts_with(what))
    }
}

/// A file of cases, as it can be written again with other expectations.
pub struct CaseFile {
    path: PathBuf,
    before: Vec<String>,
    pub cases: Vec<Case>,
    sources: Vec<Source>,
}

/// The lines of a case, but for its expectations.
struct Source {
    kept: Vec<String>,
    gap: usize,
}

const EXPECTATIONS: &[&str] = &["=>", "error:", "error[", "help:", "calls:", "call:", "|"];

impl CaseFile {
    /// Reads a file; `name` is what messages call it.
    pub fn read(path: &Path, name: &str) -> CaseFile {
        let text = fs::read_to_string(path).unwrap();
        let mut file = CaseFile {
            path: path.to_path_buf(),
            before: Vec::new(),
            cases: Vec::new(),
            sources: Vec::new(),
        };
        let lines: Vec<&str> = text.lines().collect();
        if lines.first() == Some(&";; lines") {
            file.read_lines(&lines, name);
            return file;
        }
        let starts = |l: &&str| l.starts_with(";; --- ");
        let first = lines.iter().position(starts).unwrap_or(lines.len());
        file.before = lines[..first].iter().map(|l| l.to_string()).collect();
        let mut rest = &lines[first..];
        while let Some((head, tail)) = rest.split_first() {
            let end = tail.iter().position(starts).unwrap_or(tail.len());
            let title = &head[";; --- ".len()..];
            file.read_case(head, &tail[..end], format!("{name}: {title}"));
            rest = &tail[end..];
        }
        assert!(!file.cases.is_empty(), "{name} has no cases");
        file
    }

    fn read_case(&mut self, head: &str, lines: &[&str], name: String) {
        let mut case = Case {
            name,
            ..Case::default()
        };
        let mut kept = vec![head.to_string()];
        let mut text: Vec<&str> = Vec::new();
        let mut gap = 0;
        for line in lines {
            let directive = line.strip_prefix(";; ").unwrap_or("");
            if EXPECTATIONS.iter().any(|e| directive.starts_with(e)) {
                case.expect.push(directive.to_string());
                continue;
            }
            gap = if line.is_empty() { gap + 1 } else { 0 };
            kept.push(line.to_string());
            let header = text.is_empty() && case.header(directive);
            if !header && !(text.is_empty() && (line.is_empty() || line.starts_with(";;"))) {
                text.push(line);
            }
        }
        kept.truncate(kept.len() - gap);
        case.text = text.join("\n").trim_end().to_string() + "\n";
        self.sources.push(Source { kept, gap });
        self.cases.push(case);
    }

    fn read_lines(&mut self, lines: &[&str], name: &str) {
        let mut header = Case::default();
        let mut kept: Vec<String> = Vec::new();
        for (n, line) in lines.iter().enumerate() {
            let directive = line.strip_prefix(";; ").unwrap_or("");
            if line.is_empty() || line.starts_with(';') {
                header.header(directive);
                kept.push(line.to_string());
                continue;
            }
            let (text, expect) = match line.rsplit_once(" ;; ") {
                Some((text, expect)) => (text.trim_end(), vec![expect.to_string()]),
                None => (*line, Vec::new()),
            };
            kept.push(text.to_string());
            self.cases.push(Case {
                name: format!("{name}:{}: {text}", n + 1),
                text: text.to_string(),
                expect,
                on_line: true,
                ..header.clone()
            });
            let kept = std::mem::take(&mut kept);
            self.sources.push(Source { kept, gap: 0 });
        }
    }

    /// Writes the file with these expectations.
    pub fn rewrite(&self, expectations: &[Vec<String>]) {
        let mut lines = self.before.clone();
        for ((case, source), expect) in self.cases.iter().zip(&self.sources).zip(expectations) {
            lines.extend(source.kept.iter().cloned());
            if case.on_line {
                if let Some(last) = lines.last_mut() {
                    *last = format!("{last} ;; {}", expect.join(" "));
                }
            } else {
                lines.extend(
                    expect
                        .iter()
                        .map(|e| format!(";; {e}").trim_end().to_string()),
                );
            }
            lines.extend(std::iter::repeat_n(String::new(), source.gap));
        }
        let text = lines.join("\n") + "\n";
        if fs::read_to_string(&self.path).ok().as_ref() != Some(&text) {
            fs::write(&self.path, text).unwrap();
        }
    }
}

impl Case {
    /// Takes in a header line; whether it was one.
    fn header(&mut self, line: &str) -> bool {
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_string).collect() };
        match line.split_once(": ").map(|(k, v)| (k, v.trim())) {
            Some(("tree", name)) => self.tree = Some(named_tree(name)),
            Some(("args", args)) => self.args = Some(args.to_string()),
            Some(("rights", rights)) => self.rights = Some(words(rights)),
            Some(("cwd", dir)) => self.cwd = Some(dir.to_string()),
            Some(("on", "fake")) => self.fake_only = true,
            Some(("fail", what)) => self.fail.push(words(what)),
            Some(("after", what)) => self.after.push(words(what)),
            Some(("limit", what)) => {
                let what = words(what);
                self.limits
                    .insert(what[0].clone(), what[1].parse().unwrap());
            }
            _ if line == "changes" => self.changes = true,
            _ if line == "faults" => self.faults = true,
            _ if line == "rendered" => self.rendered = true,
            _ => {
                let mut tree = self.tree.clone().unwrap_or_default();
                if !tree.line(line) {
                    return false;
                }
                self.tree = Some(tree);
            }
        }
        self.fake_only |= !self.fail.is_empty() || !self.after.is_empty();
        true
    }
}

/// A tree of `tests/corpus/trees`.
fn named_tree(name: &str) -> Tree {
    let text = fs::read_to_string(super::tests_dir().join("corpus/trees")).unwrap();
    let mut tree = None;
    for line in text.lines() {
        match (line.strip_prefix("--- "), &mut tree) {
            (Some(_), Some(_)) => break,
            (Some(found), None) if found == name => tree = Some(Tree::default()),
            (None, Some(tree)) if !line.is_empty() && !line.starts_with('#') => {
                assert!(tree.line(line), "the tree {name}: `{line}`");
            }
            _ => {}
        }
    }
    tree.unwrap_or_else(|| panic!("no tree is named {name}"))
}

/// All cases of a directory of `tests`, file by file.
pub fn read_all(dir: &str) -> Vec<CaseFile> {
    let root = super::tests_dir().join(dir);
    let files = super::programs_below(&root);
    let name = |p: &Path| p.strip_prefix(&root).unwrap().display().to_string();
    files.iter().map(|p| CaseFile::read(p, &name(p))).collect()
}

/// Whether a case is to be run: its name holds what `SAWMILL_CASE` says.
pub fn wanted(case: &Case) -> bool {
    std::env::var("SAWMILL_CASE").map_or(true, |part| case.name.contains(&part))
}
