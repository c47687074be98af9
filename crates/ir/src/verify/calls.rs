//! V3 to V7 of the instructions whose operands their immediate or result says: records, calls, system calls.

use super::insts::{Context, operands};
use super::{At, Checked, Rule};
use crate::flags::{FlagSet, Flags};
use crate::module::{FuncId, Inst, Value};
use crate::powers::Powers;
use crate::rights::Rights;
use crate::syscalls::{Arg, Ret, Sys};
use crate::ty::{Buf, Case, Type};

/// A record from its fields.
pub(super) fn record(context: &Context<'_>, inst: &Inst, at: At) -> Checked {
    let declared = context.ty(inst.result);
    let Type::Record(record) = declared else {
        return at.refuse(Rule::V3, format!("record gives a record, not {declared}"));
    };
    operands(inst, record.fields.len(), at)?;
    for (v, (_, ty)) in inst.args.iter().zip(&record.fields) {
        context.fits(*v, ty, at)?;
    }
    Ok(())
}

/// A case from its fields.
pub(super) fn case(context: &Context<'_>, inst: &Inst, n: u32, at: At) -> Checked {
    let declared = context.ty(inst.result);
    let case = known_case(context, declared, n, at)?;
    operands(inst, case.fields.len(), at)?;
    for (v, (_, ty)) in inst.args.iter().zip(&case.fields) {
        context.fits(*v, ty, at)?;
    }
    Ok(())
}

/// A field of a case.
pub(super) fn case_get(context: &Context<'_>, inst: &Inst, n: u32, field: u32, at: At) -> Checked {
    operands(inst, 1, at)?;
    let case = known_case(context, context.ty(inst.args[0]), n, at)?;
    match case.fields.get(field as usize) {
        Some((_, ty)) => context.result(inst, ty, at),
        None => at.refuse(
            Rule::V3,
            format!("the case {} has no field {field}", case.name),
        ),
    }
}

fn known_case<'a>(context: &Context<'a>, ty: &Type, n: u32, at: At) -> Checked<&'a Case> {
    let Type::Enum(e) = ty else {
        return at.refuse(Rule::V3, format!("a {ty} has no cases"));
    };
    let cases = context.traits.enum_named(&e.name).map(|e| &e.cases[..]);
    match cases.and_then(|cases| cases.get(n as usize)) {
        Some(case) => Ok(case),
        None => at.refuse(Rule::V3, format!("{} has no case {n}", e.name)),
    }
}

/// A call of a function of the module.
pub(super) fn call(context: &Context<'_>, inst: &Inst, callee: FuncId, at: At) -> Checked {
    let Some(func) = context.module.funcs.get(callee) else {
        return at.refuse(Rule::V3, format!("there is no function {callee}"));
    };
    let missing = func.powers.minus(context.func.powers);
    at.test(missing.is_empty(), Rule::V7, || {
        format!("{callee} takes the powers {missing}, which are not declared")
    })?;
    let params = func.param_values();
    operands(inst, params.len(), at)?;
    for (v, param) in inst.args.iter().zip(params) {
        context.fits(*v, &func.values[*param], at)?;
    }
    match &func.result {
        Some(Type::Seq(_)) => at.refuse(Rule::V4, "an entry that gives a seq is called"),
        Some(result) => context.result(inst, result, at),
        None => at.refuse(Rule::V1, format!("{callee} has no result type")),
    }
}

/// A system call: its operands and flags in the order of the row.
pub(super) fn syscall(
    context: &Context<'_>,
    inst: &Inst,
    sys: Sys,
    flags: &[Flags],
    at: At,
) -> Checked {
    let row = sys.row();
    at.test(sys.is_callable(), Rule::V3, || {
        format!("{} is not a program's to call", row.name)
    })?;
    let missing = Powers::from(row.power).minus(context.func.powers);
    at.test(missing.is_empty(), Rule::V7, || {
        format!(
            "{} takes the power {missing}, which is not declared",
            row.name
        )
    })?;
    operands(inst, row.operands().count(), at)?;
    let wanted = row.args.iter().filter(|a| a.flags().is_some()).count();
    at.test(flags.len() == wanted, Rule::V3, || {
        format!(
            "{} sets of flags for {}, which takes {wanted}",
            flags.len(),
            row.name
        )
    })?;
    let mut immediates = flags.iter();
    for arg in row.args {
        match *arg {
            Arg::Flags { set, must, may } => test_flags(immediates.next(), set, must, may, at)?,
            Arg::How { must, may, .. } => {
                test_flags(immediates.next(), FlagSet::Open, must, may, at)?;
            }
            Arg::One { set, of } => test_one(immediates.next(), set, of, at)?,
            _ => {}
        }
    }
    let needs = row.rights(flags);
    let mut first = None;
    for (i, v) in row.operands().zip(&inst.args) {
        operand(context, row.args[i], needs[i], *v, at)?;
        first = first.or(context.ty(*v).rights());
    }
    let rights = first.unwrap_or(Rights::NONE);
    let given = match row.ret {
        Ret::Unit => Type::Unit,
        Ret::Int => Type::Int,
        Ret::Bytes => Type::Bytes,
        Ret::Dir => Type::Dir(rights),
        Ret::File => Type::File(rights),
        Ret::Listing => Type::Listing,
        Ret::Object(_) => return at.refuse(Rule::V3, "there are no such handles"),
    };
    context.result(inst, &given, at)
}

/// What an operand is for; `needs` are the rights that the row and the flags demand of a handle there.
fn operand(context: &Context<'_>, arg: Arg, needs: Rights, v: Value, at: At) -> Checked {
    let want = match arg {
        Arg::Dir(_) => Type::Dir(needs),
        Arg::File(_) => Type::File(needs),
        Arg::Descriptor(_) => match context.ty(v) {
            Type::Dir(_) => Type::Dir(needs),
            _ => Type::File(needs),
        },
        Arg::BufOut => {
            let ty = context.ty(v);
            return at.test(matches!(ty, Type::Buf(Buf::Bytes(_))), Rule::V3, || {
                format!("{v} is a {ty}, a byte buffer is wanted")
            });
        }
        arg => match arg.operand_type() {
            Some(want) => want,
            // Made, or of the immediate.
            None => return Ok(()),
        },
    };
    context.fits(v, &want, at)
}

fn test_flags(flags: Option<&Flags>, set: FlagSet, must: u32, may: u32, at: At) -> Checked {
    let Some(flags) = flags else { return Ok(()) };
    at.test(flags.set == set, Rule::V6, || {
        format!("flags of {:?}, not of {set:?}", flags.set)
    })?;
    let named = |bits| Flags { set, bits };
    let missing = must & !flags.bits;
    at.test(missing == 0, Rule::V6, || {
        format!("the flags lack {}", named(missing))
    })?;
    let beyond = flags.bits & !(must | may);
    at.test(beyond == 0, Rule::V6, || {
        format!("the flags {} are not allowed here", named(beyond))
    })
}

fn test_one(flags: Option<&Flags>, set: FlagSet, of: u32, at: At) -> Checked {
    test_flags(flags, set, 0, of, at)?;
    let bits = flags.map_or(0, |f| f.bits);
    at.test(bits.count_ones() == 1, Rule::V6, || {
        let bits = Flags { set, bits };
        format!("one of {set:?} is wanted, not {bits}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flags::{at, open};
    use crate::syscalls::Refer;

    /// V6 of the table itself: what the verifier takes from the rows is containment.
    #[test]
    fn only_openat2_resolves_paths() {
        for sys in Sys::ALL {
            let row = sys.row();
            let has = |want: fn(&Arg) -> bool| row.args.iter().any(want);
            let openat2 = row.kernel == "openat2";
            assert_eq!(
                openat2,
                has(|a| matches!(a, Arg::How { .. })),
                "{}",
                row.name
            );
            assert!(openat2 || !has(|a| matches!(a, Arg::Path)), "{}", row.name);
            assert!(openat2 || !has(|a| matches!(a, Arg::Dot)), "{}", row.name);
            for (i, arg) in row.args.iter().enumerate() {
                let before = i.checked_sub(1).and_then(|i| row.args.get(i));
                let after = row.args.get(i + 1);
                match arg {
                    Arg::Name | Arg::Path | Arg::Dot => {
                        assert!(
                            matches!(before, Some(Arg::Dir(_))),
                            "{}: a name needs a dir",
                            row.name
                        );
                    }
                    Arg::Empty => {
                        assert!(
                            matches!(before, Some(Arg::Dir(_) | Arg::File(_))),
                            "{}",
                            row.name
                        );
                    }
                    Arg::How { must, may, .. } => {
                        assert_ne!(must & open::CLOEXEC, 0, "{} leaks its descriptor", row.name);
                        assert_eq!(must & may, 0, "{}", row.name);
                    }
                    Arg::Flags {
                        set: FlagSet::At,
                        must,
                        may,
                    } => {
                        let name = has(|a| matches!(a, Arg::Name));
                        if NEVER_FOLLOW.contains(&row.kernel) {
                            assert_eq!(may & at::EMPTY_PATH, 0, "{}", row.name);
                            continue;
                        }
                        let want = if name {
                            at::SYMLINK_NOFOLLOW
                        } else {
                            at::EMPTY_PATH
                        };
                        assert_ne!(must & want, 0, "{} follows a name", row.name);
                        assert_eq!(may & at::EMPTY_PATH, 0, "{}", row.name);
                        assert!(!name || must & at::EMPTY_PATH == 0, "{}", row.name);
                    }
                    Arg::BufSize => assert!(matches!(before, Some(Arg::BufOut)), "{}", row.name),
                    Arg::Len => assert_eq!(before, Some(&Arg::BytesIn), "{}", row.name),
                    Arg::Room => assert_eq!(before, Some(&Arg::BytesOut), "{}", row.name),
                    Arg::BytesIn => assert_eq!(after, Some(&Arg::Len), "{}", row.name),
                    Arg::BytesOut => assert_eq!(after, Some(&Arg::Room), "{}", row.name),
                    Arg::BufOut => assert_eq!(after, Some(&Arg::BufSize), "{}", row.name),
                    Arg::Within(_) => {
                        let before = row.args[..i].iter().rev();
                        let mut structure = before.filter(|a| !matches!(a, Arg::Within(_)));
                        let Some(Arg::StructOut(id)) = structure.next() else {
                            panic!("{}: within what?", row.name);
                        };
                        let Arg::Within(offset) = arg else { continue };
                        let mut fields = id.row().fields.iter();
                        let field = fields.find(|f| f.here().offset == *offset);
                        assert_eq!(
                            field.map(|f| f.here().shape.size()),
                            Some(4),
                            "{}",
                            row.name
                        );
                    }
                    Arg::One { of, .. } => assert_ne!(*of, 0, "{}", row.name),
                    Arg::HowSize => {
                        assert!(matches!(before, Some(Arg::How { .. })), "{}", row.name)
                    }
                    _ => {}
                }
            }
            // A name without flags would be followed.
            let flagged = has(|a| {
                matches!(
                    a,
                    Arg::Flags {
                        set: FlagSet::At,
                        ..
                    }
                )
            });
            let nameless = !has(|a| matches!(a, Arg::Name | Arg::Empty));
            assert!(
                nameless || flagged || NEVER_FOLLOW.contains(&row.kernel),
                "{} follows a name",
                row.name
            );
        }
    }

    /// The calls that take the last component for what it is, whatever their flags; of linkat's the one that follows is
    /// not in the table.
    const NEVER_FOLLOW: &[&str] = &[
        "linkat",
        "mkdirat",
        "mknodat",
        "readlinkat",
        "renameat2",
        "symlinkat",
        "unlinkat",
    ];

    /// What the engines take from the rows without looking again.
    #[test]
    fn rows_are_whole() {
        for sys in Sys::ALL {
            let row = sys.row();
            let count = |want: fn(&Arg) -> bool| row.args.iter().filter(|a| want(a)).count();
            let rooms = count(|a| *a == Arg::BytesOut);
            assert_eq!(rooms, usize::from(row.ret == Ret::Bytes), "{}", row.name);
            let times: u64 = row.args.iter().map(|a| a.times()).sum();
            assert!(times <= crate::layout::TIMES, "{}", row.name);
            let opens = matches!(row.ret, Ret::Dir | Ret::File | Ret::Listing);
            let openat2 = count(|a| matches!(a, Arg::How { .. })) == 1;
            assert_eq!(opens, openat2, "{}: whose descriptor is it?", row.name);
            assert_eq!(
                row.referring().is_some(),
                row.refer != Refer::No,
                "{}",
                row.name
            );
            for need in row.needs {
                let flags = row.args[need.flags];
                let (must, may) = match flags {
                    Arg::Flags { must, may, .. } | Arg::How { must, may, .. } => (must, may),
                    _ => panic!("{}: no flags demand anything", row.name),
                };
                assert_eq!(must & need.bit, 0, "{}: it is always there", row.name);
                assert_eq!(may & need.bit, need.bit, "{}: it never is", row.name);
                assert!(row.args[need.of].is_handle(), "{}", row.name);
                assert_eq!(need.bit.count_ones(), 1, "{}", row.name);
            }
        }
    }
}
