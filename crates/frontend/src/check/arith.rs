//! Arithmetic and comparison: overloads chosen from known operand types, at once, from tables. A literal takes the
//! type that the other operands ask for; variables never convert.

use super::env::Env;
use super::problem::Problem;
use super::types::conversion;
use super::{Checker, Res, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;

/// The functions defined here.
pub(super) const NAMES: &[&str] = &[
    "+", "-", "*", "quot", "=", "not=", "<", "<=", ">", ">=", "not",
];

/// Operator, left operand, right operand, result. Sizes and numbers are one word each, so a row is one op.
const ARITHMETIC: &[(&str, Ty, Ty, Ty)] = &[
    ("+", Ty::Int, Ty::Int, Ty::Int),
    ("+", Ty::Size, Ty::Size, Ty::Size),
    ("-", Ty::Int, Ty::Int, Ty::Int),
    ("-", Ty::Size, Ty::Size, Ty::Size),
    ("*", Ty::Int, Ty::Int, Ty::Int),
    ("*", Ty::Size, Ty::Int, Ty::Size),
    ("*", Ty::Int, Ty::Size, Ty::Size),
    ("quot", Ty::Int, Ty::Int, Ty::Int),
    ("quot", Ty::Size, Ty::Int, Ty::Size),
    ("quot", Ty::Size, Ty::Size, Ty::Int),
];

fn is_literal(form: &Form) -> bool {
    matches!(
        form.kind,
        FormKind::Int(_) | FormKind::Str(_) | FormKind::Keyword(_)
    )
}

impl Checker {
    /// Applies one of [`NAMES`].
    pub(super) fn arithmetic(
        &mut self,
        name: &str,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
        at: Span,
    ) -> Res<Tree> {
        match (name, args) {
            ("not", [x]) => {
                let x = self.condition(x, env)?;
                Ok(self.tree(Kind::Op(Op::Not, vec![x]), Ty::Bool, at))
            }
            ("+" | "*", []) => Ok(self.tree(Kind::Int(i64::from(name == "*")), Ty::Int, at)),
            ("+" | "*", [x]) => self.value(x, env, want),
            ("-", [x]) => {
                if let FormKind::Int(n) = x.kind
                    && let Some(n) = n.checked_neg()
                {
                    return self.infer(
                        &Form {
                            kind: FormKind::Int(n),
                            at: x.at,
                        },
                        env,
                        want,
                    );
                }
                let x = self.value(x, env, want)?;
                let zero = self.tree(Kind::Int(0), x.ty.clone(), at);
                self.binary(name, zero, x, at)
            }
            ("+" | "-" | "*" | "quot", [_, _, ..]) if name != "quot" || args.len() == 2 => {
                let trees = self.operands(name, args, env, want)?;
                self.chained(name, trees, at)
            }
            ("=" | "<" | "<=" | ">" | ">=" | "not=", [_, _, ..])
                if name != "not=" || args.len() == 2 =>
            {
                let trees = self.operands(name, args, env, None)?;
                self.chain(name, trees, at)
            }
            _ => {
                let takes = match name {
                    "not" => "one argument",
                    "quot" | "not=" => "two arguments",
                    "-" => "one argument or more",
                    _ => "two arguments or more",
                };
                let why = format!("`{name}` takes {takes}, here {}", super::are(args.len()));
                self.fail(Problem::new(Code::Arity, self.place(at), why))
            }
        }
    }

    /// Operands from left to right; literals last, typed after the others.
    fn operands(
        &mut self,
        name: &str,
        args: &[Form],
        env: &Env,
        want: Option<&Ty>,
    ) -> Res<Vec<Tree>> {
        let mut trees: Vec<Option<Tree>> = Vec::new();
        for arg in args {
            trees.push(if is_literal(arg) {
                None
            } else {
                Some(self.value(arg, env, None)?)
            });
        }
        let known = trees.iter().flatten().map(|t| t.ty.clone()).next();
        let scaling = matches!(name, "*" | "quot");
        let mut all = Vec::new();
        for (arg, tree) in args.iter().zip(trees) {
            all.push(match tree {
                Some(tree) => tree,
                // A factor of a size is a number.
                None if scaling && known == Some(Ty::Size) => {
                    self.value(arg, env, Some(&Ty::Int))?
                }
                None => self.value(arg, env, known.as_ref().or(want))?,
            });
        }
        Ok(all)
    }

    /// `(+ a b c)` is `(+ (+ a b) c)` once each operand has been evaluated. All results but the last get names, so that
    /// many operands do not nest.
    fn chained(&mut self, name: &str, trees: Vec<Tree>, at: Span) -> Res<Tree> {
        let mut lets = Vec::new();
        let many = trees.len() > 2;
        let mut operands = Vec::new();
        for tree in trees {
            operands.push(match tree.kind {
                Kind::Var(_) | Kind::Int(_) => tree,
                _ if many => self.named(tree, &mut lets),
                _ => tree,
            });
        }
        let mut operands = operands.into_iter();
        let mut sum = operands.next().ok_or(super::Failed)?;
        while let Some(x) = operands.next() {
            sum = self.binary(name, sum, x, at)?;
            if operands.len() > 0 {
                sum = self.named(sum, &mut lets);
            }
        }
        Ok(wrap_lets(lets, sum))
    }

    /// Gives a value a name; what stands for it then.
    fn named(&mut self, tree: Tree, lets: &mut Vec<(Var, Tree)>) -> Tree {
        let var = self.var(tree.ty.clone());
        let name = Tree::new(Kind::Var(var), tree.ty.clone(), tree.at);
        lets.push((var, tree));
        name
    }

    fn binary(&mut self, name: &str, a: Tree, b: Tree, at: Span) -> Res<Tree> {
        let row = ARITHMETIC
            .iter()
            .find(|r| r.0 == name && r.1 == a.ty && r.2 == b.ty);
        let Some((_, _, _, result)) = row else {
            return self.no_operation(name, &a, &b, at);
        };
        let op = match name {
            "+" => Op::Add,
            "-" => Op::Sub,
            "*" => Op::Mul,
            _ => Op::Quot,
        };
        // The op wants one type on both sides; a factor or divisor is the same word as another type.
        let word = if a.ty == b.ty { a.ty.clone() } else { Ty::Int };
        let (a, b) = (self.retyped(a, &word), self.retyped(b, &word));
        let made = self.tree(Kind::Op(op, vec![a, b]), word, at);
        Ok(self.retyped(made, result))
    }

    fn retyped(&mut self, tree: Tree, ty: &Ty) -> Tree {
        if tree.ty == *ty {
            return tree;
        }
        let at = tree.at;
        Tree::new(Kind::Op(Op::Retype, vec![tree]), ty.clone(), at)
    }

    fn no_operation<T>(&mut self, name: &str, a: &Tree, b: &Tree, at: Span) -> Res<T> {
        let why = format!("`{name}` is not defined for {} and {}", a.ty, b.ty);
        let mut d = Problem::new(Code::Operands, self.place(at), why)
            .note(a.at, a.ty.to_string())
            .note(b.at, b.ty.to_string());
        let place = d.at;
        d.others.retain(|(span, _)| *span != place);
        let help = conversion(&b.ty, &a.ty)
            .or(conversion(&a.ty, &b.ty))
            .map(str::to_string)
            .or_else(|| {
                let rows: Vec<String> = ARITHMETIC
                    .iter()
                    .filter(|r| r.0 == name)
                    .map(|r| format!("{} {name} {}", r.1, r.2))
                    .collect();
                (!rows.is_empty()).then(|| format!("it is defined for {}", rows.join(", ")))
            });
        d.help = help;
        self.fail(d)
    }

    /// `(< a b c)` is `a < b` and `b < c`; each operand is evaluated once, before the comparisons.
    fn chain(&mut self, name: &str, trees: Vec<Tree>, at: Span) -> Res<Tree> {
        if trees.len() == 2 {
            let mut trees = trees.into_iter();
            let (Some(a), Some(b)) = (trees.next(), trees.next()) else {
                return Err(super::Failed);
            };
            return self.compare(name, a, b, at);
        }
        let mut lets = Vec::new();
        let mut names = Vec::new();
        for tree in trees {
            names.push(self.named(tree, &mut lets));
        }
        let mut tests = Vec::new();
        for pair in names.windows(2) {
            tests.push(self.compare(name, pair[0].clone(), pair[1].clone(), at)?);
        }
        let all = self.tree(Kind::All(tests), Ty::Bool, at);
        Ok(wrap_lets(lets, all))
    }

    fn compare(&mut self, name: &str, a: Tree, b: Tree, at: Span) -> Res<Tree> {
        let (name, a, b) = match name {
            ">" => ("<", b, a),
            ">=" => ("<=", b, a),
            _ => (name, a, b),
        };
        let equality = matches!(name, "=" | "not=");
        let op = match (&a.ty, equality) {
            _ if a.ty != b.ty => return self.no_operation(name, &a, &b, at),
            (Ty::Int | Ty::Size, false) => {
                if name == "<" {
                    Op::Lt
                } else {
                    Op::Le
                }
            }
            (Ty::Time, false) => {
                if name == "<" {
                    Op::TimeLt
                } else {
                    Op::TimeLe
                }
            }
            (Ty::Time, true) => Op::TimeEq,
            (Ty::Bool | Ty::Int | Ty::Size | Ty::Mode | Ty::FileType | Ty::Ino | Ty::Dev, true) => {
                Op::Eq
            }
            (Ty::Str | Ty::Path | Ty::Name, true) => Op::BytesEq,
            _ => return self.no_operation(name, &a, &b, at),
        };
        let test = self.tree(Kind::Op(op, vec![a, b]), Ty::Bool, at);
        Ok(if name == "not=" {
            self.tree(Kind::Op(Op::Not, vec![test]), Ty::Bool, at)
        } else {
            test
        })
    }
}
