//! Arithmetic and comparison: overloads chosen from known operand types, at once, from tables. A literal takes the
//! type that the other operands ask for; variables never convert.

use super::env::Env;
use super::literal::{is_guess, is_literal, made_of};
use super::problem::Problem;
use super::types::Need;
use super::{Checker, Res, wrap_lets};
use crate::diag::Code;
use crate::read::{Form, FormKind};
use crate::tree::{Kind, Tree, Var};
use crate::ty::Ty;
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;

/// The functions defined here.
pub(super) const NAMES: &[&str] = &[
    "+", "-", "*", "/", "quot", "rem", "mod", "max", "min", "=", "not=", "<", "<=", ">", ">=",
    "not",
];

/// Operator, left operand, right operand, result, and how it is done. A size and a duration are one word, as a number
/// is, so a row with these is one op.
const ARITHMETIC: &[(&str, Ty, Ty, Ty, Op)] = &[
    ("+", Ty::Int, Ty::Int, Ty::Int, Op::Add),
    ("+", Ty::Float, Ty::Float, Ty::Float, Op::FAdd),
    ("+", Ty::Size, Ty::Size, Ty::Size, Op::Add),
    ("+", Ty::Duration, Ty::Duration, Ty::Duration, Op::Add),
    ("+", Ty::Time, Ty::Duration, Ty::Time, Op::TimeAdd),
    ("+", Ty::Duration, Ty::Time, Ty::Time, Op::TimeAdd),
    ("-", Ty::Int, Ty::Int, Ty::Int, Op::Sub),
    ("-", Ty::Float, Ty::Float, Ty::Float, Op::FSub),
    ("-", Ty::Size, Ty::Size, Ty::Size, Op::Sub),
    ("-", Ty::Duration, Ty::Duration, Ty::Duration, Op::Sub),
    ("-", Ty::Time, Ty::Time, Ty::Duration, Op::TimeSub),
    ("-", Ty::Time, Ty::Duration, Ty::Time, Op::TimeAdd),
    ("*", Ty::Int, Ty::Int, Ty::Int, Op::Mul),
    ("*", Ty::Float, Ty::Float, Ty::Float, Op::FMul),
    ("*", Ty::Size, Ty::Int, Ty::Size, Op::Mul),
    ("*", Ty::Int, Ty::Size, Ty::Size, Op::Mul),
    ("*", Ty::Duration, Ty::Int, Ty::Duration, Op::Mul),
    ("*", Ty::Int, Ty::Duration, Ty::Duration, Op::Mul),
    ("/", Ty::Float, Ty::Float, Ty::Float, Op::FDiv),
    ("quot", Ty::Int, Ty::Int, Ty::Int, Op::Quot),
    ("quot", Ty::Size, Ty::Int, Ty::Size, Op::Quot),
    ("quot", Ty::Size, Ty::Size, Ty::Int, Op::Quot),
    ("quot", Ty::Duration, Ty::Int, Ty::Duration, Op::Quot),
    ("quot", Ty::Duration, Ty::Duration, Ty::Int, Op::Quot),
    ("rem", Ty::Int, Ty::Int, Ty::Int, Op::Rem),
    ("rem", Ty::Float, Ty::Float, Ty::Float, Op::FRem),
    ("rem", Ty::Size, Ty::Size, Ty::Size, Op::Rem),
    ("rem", Ty::Duration, Ty::Duration, Ty::Duration, Op::Rem),
    ("mod", Ty::Int, Ty::Int, Ty::Int, Op::Mod),
    ("mod", Ty::Size, Ty::Size, Ty::Size, Op::Mod),
    ("mod", Ty::Duration, Ty::Duration, Ty::Duration, Op::Mod),
];

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
                if x.ty == Ty::Float {
                    return Ok(self.op(Op::FNeg, vec![x], Ty::Float, at));
                }
                let zero = self.tree(Kind::Int(0), x.ty.clone(), at);
                self.binary(name, zero, x, at)
            }
            ("max" | "min", [x]) => self.value(x, env, want),
            ("max" | "min", [_, _, ..]) => {
                let trees = self.operands(name, args, env, want)?;
                self.extreme(name, trees, at)
            }
            ("+" | "-" | "*" | "/" | "quot" | "rem" | "mod", [_, _, ..])
                if matches!(name, "+" | "-" | "*" | "/") || args.len() == 2 =>
            {
                let trees = self.operands(name, args, env, want)?;
                self.chained(name, trees, at)
            }
            ("/", [x]) => {
                let x = self.value(x, env, Some(&Ty::Float))?;
                let one = self.tree(Kind::Int(1.0_f64.to_bits() as i64), Ty::Float, at);
                self.binary(name, one, x, at)
            }
            ("=" | "<" | "<=" | ">" | ">=" | "not=", [x]) => {
                let x = self.value(x, env, None)?;
                let alone = self.tree(Kind::Bool(name != "not="), Ty::Bool, at);
                Ok(self.tree(Kind::Do(vec![x, alone]), Ty::Bool, at))
            }
            ("not=", [_, _, _, ..]) => {
                let same = self.arithmetic("=", args, env, None, at)?;
                Ok(self.op(Op::Not, vec![same], Ty::Bool, at))
            }
            ("=" | "<" | "<=" | ">" | ">=" | "not=", [_, _, ..]) => {
                let trees = self.operands(name, args, env, None)?;
                self.chain(name, trees, at)
            }
            _ => {
                let takes = match name {
                    "not" => "one argument",
                    "quot" | "rem" | "mod" => "two arguments",
                    _ => "one argument or more",
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
            // What brackets stand for is known from what they are compared with.
            trees.push(if is_literal(arg) || is_guess(arg) {
                None
            } else {
                Some(self.value(arg, env, None)?)
            });
        }
        let mut types = trees.iter().flatten().map(|t| t.ty.clone());
        let mut known = types.find(|ty| *ty != Ty::Never);
        let scaling = matches!(name, "*" | "quot" | "/");
        if known.is_none() && (args.iter().any(is_float) || *want_of(want) == Ty::Float) {
            known = Some(Ty::Float);
        }
        // Of what is put together the one decides that says most of itself.
        let says: [fn(&Form) -> bool; 3] = [
            |form| made_of(form) && !is_literal(form),
            made_of,
            |form| !is_literal(form),
        ];
        let mut first = says.iter().filter_map(|says| args.iter().position(says));
        if known.is_none()
            && let Some(first) = first.next()
        {
            let tree = self.value(&args[first], env, None)?;
            known = Some(tree.ty.clone());
            trees[first] = Some(tree);
        }
        let mut all = Vec::new();
        for (arg, tree) in args.iter().zip(trees) {
            all.push(match tree {
                Some(tree) => tree,
                // A factor of a size or a duration is a number.
                None if scaling && matches!(known, Some(Ty::Size | Ty::Duration)) => {
                    self.value(arg, env, Some(&Ty::Int))?
                }
                None => self.value(arg, env, known.as_ref().or(want))?,
            });
        }
        Ok(all)
    }

    /// The largest or smallest of several.
    fn extreme(&mut self, name: &str, trees: Vec<Tree>, at: Span) -> Res<Tree> {
        let mut lets = Vec::new();
        let mut best: Option<Tree> = None;
        for tree in trees {
            let next = self.in_variable(tree, &mut lets);
            best = Some(match best {
                None => next,
                Some(best) => {
                    // Of equals the first is kept by `max` and `min` alike.
                    let (a, b) = (best.clone(), next.clone());
                    let test = match name {
                        "max" => self.compared(name, "<", a, b, at)?,
                        _ => self.compared(name, ">", a, b, at)?,
                    };
                    let ty = best.ty.clone();
                    let choice = self.tree(Kind::If(test, next, best), ty, at);
                    self.in_variable(choice, &mut lets)
                }
            });
        }
        Ok(wrap_lets(lets, best.ok_or(super::Failed)?))
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

    /// What comes of operands one of which never gives a value.
    fn neither(&self, a: Tree, b: Tree, at: Span) -> Tree {
        let kind = match b.ty {
            Ty::Never => Kind::Do(vec![a, b]),
            _ => return a,
        };
        self.tree(kind, Ty::Never, at)
    }

    fn binary(&mut self, name: &str, a: Tree, b: Tree, at: Span) -> Res<Tree> {
        if a.ty == Ty::Never || b.ty == Ty::Never {
            return Ok(self.neither(a, b, at));
        }
        let row = ARITHMETIC
            .iter()
            .find(|r| r.0 == name && r.1 == a.ty && r.2 == b.ty);
        let Some((_, _, _, result, op)) = row else {
            return self.no_operation(name, &a, &b, at);
        };
        match op {
            Op::TimeAdd if a.ty == Ty::Duration => {
                return Ok(self.op(*op, vec![b, a], Ty::Time, at));
            }
            // Of a time, a duration is taken away by adding its opposite.
            Op::TimeAdd if name == "-" => {
                let zero = self.tree(Kind::Int(0), Ty::Duration, at);
                let opposite = self.op(Op::Sub, vec![zero, b], Ty::Duration, at);
                return Ok(self.op(*op, vec![a, opposite], Ty::Time, at));
            }
            Op::TimeAdd | Op::TimeSub => return Ok(self.op(*op, vec![a, b], result.clone(), at)),
            _ => {}
        }
        // The op wants one type on both sides; a factor or divisor is the same word as another type.
        let word = if a.ty == b.ty { a.ty.clone() } else { Ty::Int };
        let (a, b) = (self.retyped(a, &word), self.retyped(b, &word));
        let made = self.tree(Kind::Op(*op, vec![a, b]), word, at);
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
        let measure = |ty: &Ty| matches!(ty, Ty::Float | Ty::Size | Ty::Duration);
        if a.ty == Ty::Int && measure(&b.ty) {
            // Where the Int was a guess, this is what it should have been.
            self.gave = Some(b.ty.clone());
            self.guessed = variable(a);
        } else if b.ty == Ty::Int && measure(&a.ty) {
            self.gave = Some(a.ty.clone());
            self.guessed = variable(b);
        }
        if a.ty == Ty::Never || b.ty == Ty::Never {
            return self.of_nothing(at);
        }
        let who = self.blamed(name, at);
        // What the prelude adds to what it was given is none of the program's operands.
        let types = match (&a.kind, &b.kind) {
            _ if *who == *name => format!("{} and {}", a.ty, b.ty),
            (Kind::Int(_), _) => b.ty.to_string(),
            (_, Kind::Int(_)) => a.ty.to_string(),
            _ => format!("{} and {}", a.ty, b.ty),
        };
        let why = format!("`{who}` is not defined for {types}");
        let mut d = Problem::new(Code::Operands, self.place(at), why)
            .note(a.at, a.ty.to_string())
            .note(b.at, b.ty.to_string());
        let place = d.at;
        d.others.retain(|(span, _)| *span != place);
        let within = *who != *name;
        let operator = if within { "" } else { name };
        d.help = super::help::operands(operator, a, b)
            .map(str::to_string)
            .or_else(|| {
                let rows = ARITHMETIC.iter().filter(|r| r.0 == name);
                let rows: Vec<String> = rows.map(|r| format!("{} {name} {}", r.1, r.2)).collect();
                (!rows.is_empty() && !within)
                    .then(|| format!("it is defined for {}", rows.join(", ")))
            });
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

    pub(super) fn compare(&mut self, name: &str, a: Tree, b: Tree, at: Span) -> Res<Tree> {
        self.compared(name, name, a, b, at)
    }

    /// Compares for `who`.
    fn compared(&mut self, who: &str, name: &str, a: Tree, b: Tree, at: Span) -> Res<Tree> {
        if !self.fits(&a, &b.ty) && !self.fits(&b, &a.ty) {
            return self.no_operation(who, &a, &b, at);
        }
        let (name, a, b) = match name {
            ">" => ("<", b, a),
            ">=" => ("<=", b, a),
            _ => (name, a, b),
        };
        let equality = matches!(name, "=" | "not=");
        if a.ty == Ty::Never || b.ty == Ty::Never {
            return Ok(self.neither(a, b, at));
        }
        let (a, b) = if self.fits(&a, &b.ty) {
            let ty = b.ty.clone();
            (self.coerce(a, &ty, name)?, b)
        } else {
            let ty = a.ty.clone();
            (a, self.coerce(b, &ty, name)?)
        };
        let strict = name == "<";
        let op = match (&a.ty, equality) {
            (Ty::Int | Ty::Size | Ty::Duration, false) if strict => Op::Lt,
            (Ty::Int | Ty::Size | Ty::Duration, false) => Op::Le,
            (Ty::Float, false) if strict => Op::FLt,
            (Ty::Float, false) => Op::FLe,
            (Ty::Time, false) if strict => Op::TimeLt,
            (Ty::Time, false) => Op::TimeLe,
            (Ty::Float, true) => Op::FEq,
            (Ty::Time, true) => Op::TimeEq,
            (
                Ty::Bool
                | Ty::Int
                | Ty::Size
                | Ty::Duration
                | Ty::Mode
                | Ty::FileType
                | Ty::Ino
                | Ty::Dev,
                true,
            ) => Op::Eq,
            (Ty::Str | Ty::Bytes | Ty::Path | Ty::Name, true) => Op::BytesEq,
            (ty, true) => {
                let who = self.blamed(who, at);
                self.require(&ty.clone(), Need::Eq, &format!("`{who}`"), at)?;
                Op::Equal
            }
            (ty, false) if self.has(ty, Need::Ord, 0) => {
                let who = self.blamed(who, at);
                let why = format!("`{who}` compares numbers and times, not {ty}");
                let d = Problem::new(Code::Operands, self.place(at), why);
                return self.fail(d.help(match &*who {
                    "max" => "`(max-of xs)` is for anything that has an order",
                    "min" => "`(min-of xs)` is for anything that has an order",
                    _ => "`(compare a b)` gives -1, 0 or 1 for anything that has an order",
                }));
            }
            _ => return self.no_operation(who, &a, &b, at),
        };
        let test = self.tree(Kind::Op(op, vec![a, b]), Ty::Bool, at);
        Ok(if name == "not=" {
            self.tree(Kind::Op(Op::Not, vec![test]), Ty::Bool, at)
        } else {
            test
        })
    }
}

fn variable(tree: &Tree) -> Option<Var> {
    match tree.kind {
        Kind::Var(var) => Some(var),
        _ => None,
    }
}

fn is_float(form: &Form) -> bool {
    matches!(form.kind, FormKind::Float(_))
}

fn want_of(want: Option<&Ty>) -> &Ty {
    want.unwrap_or(&Ty::Unit)
}
