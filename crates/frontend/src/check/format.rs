//! `format` with a text that is known: its conversions are checked against what stands in them.

use super::env::Env;
use super::problem::Problem;
use super::types::Need;
use super::{Checker, Res};
use crate::diag::Code;
use crate::read::Form;
use crate::tree::Tree;
use crate::ty::Ty;
use sawmill_ir::library::format::{Piece, parse};
use sawmill_ir::module::Span;
use sawmill_ir::ops::Op;

impl Checker {
    /// `(format "..." args)`, where the format is that text.
    pub(super) fn formatted(
        &mut self,
        form: &Form,
        text: &str,
        args: &[Form],
        env: &Env,
        at: Span,
    ) -> Res<Tree> {
        let pieces = match parse(text.as_bytes()) {
            Ok(pieces) => pieces,
            Err(wrong) => {
                let rest: String = text.get(wrong..).unwrap_or("").chars().take(8).collect();
                let why = format!("`{rest}` is no conversion of `format`");
                let d = Problem::new(Code::BadForm, self.place(form.at), why);
                return self.fail(d.help(
                    "conversions are %d %x %X %o %b of whole numbers, %f %e %g of Floats, %s and %q of anything, and %%",
                ));
            }
        };
        let wanted: Vec<_> = pieces
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Value(spec) => Some(spec),
                Piece::Literal(_) => None,
            })
            .collect();
        if wanted.len() != args.len() {
            let why = format!(
                "this format shows {}, here {}",
                super::arguments(wanted.len()).replace("argument", "value"),
                super::are(args.len())
            );
            return self.fail(Problem::new(Code::Arity, self.place(at), why));
        }
        let mut parts = vec![self.value(form, env, Some(&Ty::Str))?];
        for (spec, arg) in wanted.into_iter().zip(args) {
            let float = spec.takes(&Ty::Float.lower()) && !spec.takes(&Ty::Int.lower());
            let want = float.then_some(Ty::Float);
            let tree = self.value(arg, env, want.as_ref())?;
            self.require(&tree.ty.clone(), Need::Show, "`format`", arg.at)?;
            if !spec.takes(&tree.ty.lower()) {
                let why = format!("`%{}` cannot show {}", char::from(spec.letter), tree.ty);
                let d = Problem::new(Code::Mismatch, tree.at, why);
                return self.fail(match float {
                    true => d.help("`(float n)` is the Float of an Int; `%s` shows anything"),
                    false => d.help("`%s` shows anything"),
                });
            }
            parts.push(tree);
        }
        Ok(self.op(Op::Format, parts, Ty::Str, at))
    }
}
