//! Parsing a function: its head, scopes, blocks, instructions and ends.

use super::lex::{Line, Place};
use super::parse::{Numbered, Parsed, Parser, powers, rights};
use super::print::field_number;
use super::set_name;
use crate::entity::Table;
use crate::flags::{FlagSet, Flags};
use crate::module::{
    Bind, Block, BlockId, DataId, End, FuncId, Function, Imm, Inst, Keep, Param, Scope, ScopeId,
    Span, Target, Value,
};
use crate::ops::{ImmKind, Op};
use crate::syscalls::Sys;
use crate::ty::{EnumType, Type};

/// The set of the `n`th flags of a system call.
pub(super) fn flag_set(sys: Sys, n: usize) -> Option<FlagSet> {
    let args = sys.row().args.iter();
    args.filter_map(|arg| arg.flags()).nth(n)
}

fn value(line: &mut Line<'_>) -> Parsed<Value> {
    line.entity("%", "a value `%N`").map(Value)
}

fn block_id(line: &mut Line<'_>) -> Parsed<BlockId> {
    line.entity("^", "a block `^N`").map(BlockId)
}

fn scope_id(line: &mut Line<'_>) -> Parsed<ScopeId> {
    line.entity("s", "a scope `sN`").map(ScopeId)
}

/// `(%1, %2)`
fn values(line: &mut Line<'_>) -> Parsed<Vec<Value>> {
    let mut values = Vec::new();
    line.want("(")?;
    while !line.take(")") {
        if !values.is_empty() {
            line.want(",")?;
        }
        values.push(value(line)?);
    }
    Ok(values)
}

fn target(line: &mut Line<'_>) -> Parsed<Target> {
    Ok(Target {
        block: block_id(line)?,
        args: values(line)?,
    })
}

/// A span, or none, and the end of the line.
fn span(line: &mut Line<'_>) -> Parsed<Span> {
    let mut span = Span::default();
    if line.take("!") {
        span.source = line.number("the number of a source")?;
        line.want(":")?;
        span.start = line.number("the first byte")?;
        line.want("..")?;
        span.end = line.number("the byte after the last")?;
    }
    line.end()?;
    Ok(span)
}

/// `[O_PATH|O_CLOEXEC]`, `[0]` or `[at:4]`, the `n`th of a system call.
fn flags(line: &mut Line<'_>, sys: Sys, n: usize) -> Parsed<Flags> {
    let place = line.place();
    line.want("[")?;
    if line.take("0") {
        line.want("]")?;
        return match flag_set(sys, n) {
            Some(set) => Ok(Flags { set, bits: 0 }),
            None => Err(place.error(format!(
                "`{}` takes no more flags; write the set, as in [at:0]",
                sys.row().name
            ))),
        };
    }
    let mut ahead = line.clone();
    let word = ahead.word();
    let set = FlagSet::ALL.iter().find(|s| word == Some(set_name(**s)));
    if let Some(set) = set {
        *line = ahead;
        line.want(":")?;
        let bits = line.number("the bits of the flags")?;
        line.want("]")?;
        return Ok(Flags { set: *set, bits });
    }
    let mut all: Option<Flags> = None;
    loop {
        let mut ahead = line.clone();
        let Some(flag) = ahead.word().and_then(Flags::named) else {
            return line.expected("a flag");
        };
        if all.is_some_and(|all| all.set != flag.set) {
            return line.expected("a flag of the same set");
        }
        *line = ahead;
        let bits = all.map_or(0, |all| all.bits) | flag.bits;
        let flags = Flags {
            set: flag.set,
            bits,
        };
        if !line.take("|") {
            line.want("]")?;
            return Ok(flags);
        }
        all = Some(flags);
    }
}

/// A function while its lines are read.
#[derive(Default)]
pub(super) struct Body {
    values: Vec<(u32, Place, Type)>,
    scopes: Vec<(u32, Place, Scope)>,
    blocks: Vec<(u32, Place, Block)>,
    /// The block that has no end yet.
    open: Option<(u32, Place, Block)>,
    params: Vec<Value>,
    /// What stands by name: block (by its place in `blocks`), instruction, what.
    named: Vec<(usize, usize, Place, Named)>,
}

/// An immediate that is looked up when all values have their types.
enum Named {
    Field(String),
    Case(Part),
    CaseField(Part, Part),
}

/// A case or field of an enum.
enum Part {
    Name(String),
    Number(u32),
}

impl Part {
    fn find(&self, by_name: impl FnOnce(&str) -> Option<u32>) -> Option<u32> {
        match self {
            Part::Name(name) => by_name(name),
            Part::Number(n) => Some(*n),
        }
    }
}

fn part(line: &mut Line<'_>, what: &str) -> Parsed<Part> {
    Ok(match line.take(".") {
        true => Part::Number(line.number("its number")?),
        false => Part::Name(line.name(what)?),
    })
}

/// The name of the enum that an instruction makes or looks into.
pub(super) fn enum_of<'a>(values: &'a Table<Value, Type>, inst: &Inst) -> Option<&'a str> {
    let of = match inst.op {
        Op::Case => inst.result,
        _ => *inst.args.first()?,
    };
    match values.get(of)? {
        Type::Enum(e) => Some(&e.name),
        _ => None,
    }
}

/// The immediate that was named.
fn find(
    named: &Named,
    inst: &Inst,
    values: &Table<Value, Type>,
    enums: &[EnumType],
) -> Result<Imm, String> {
    let found = enum_of(values, inst).and_then(|name| enums.iter().find(|e| e.name == name));
    let case = |part: &Part| {
        let number = part.find(|name| found?.case(name));
        number.ok_or_else(|| "expected a case of an enum that is declared before".to_string())
    };
    match named {
        Named::Field(name) => {
            let operand = inst.args.first().and_then(|v| values.get(*v));
            let number = operand.and_then(|ty| field_number(ty, name));
            number.map(Imm::Field).ok_or_else(|| {
                let operand = operand.map_or("nothing".to_string(), |ty| ty.to_string());
                format!("expected a field of {operand}, found `{name}`")
            })
        }
        Named::Case(part) => Ok(Imm::Case(case(part)?)),
        Named::CaseField(part, field) => {
            let n = case(part)?;
            let of = found.and_then(|e| e.cases.get(n as usize));
            let field = field.find(|name| of?.field(name));
            let field = field.ok_or("expected a field of the case")?;
            Ok(Imm::CaseField(n, field))
        }
    }
}

impl Body {
    /// From the function's name to its closing brace.
    pub(super) fn function(
        mut self,
        parser: &mut Parser<'_>,
        mut line: Line<'_>,
    ) -> Parsed<Function> {
        let mut func = Function {
            name: line.name("the function's name")?,
            ..Function::default()
        };
        self.head(parser, &mut line, &mut func)?;
        loop {
            let mut line = parser.line("a line of the function or `}`")?;
            if line.take("}") {
                if self.open.is_some() {
                    return Err(line
                        .place()
                        .error("expected the end of the block, found `}`"));
                }
                line.end()?;
                return self.finish(func, line.place(), &parser.enums);
            }
            self.body_line(parser, line)?;
        }
    }

    fn head(
        &mut self,
        parser: &Parser<'_>,
        line: &mut Line<'_>,
        func: &mut Function,
    ) -> Parsed<()> {
        line.want("(")?;
        while !line.take(")") {
            if !func.params.is_empty() {
                line.want(",")?;
            }
            let param = self.typed(parser, line)?;
            self.params.push(param);
            let place = line.place();
            let name = String::from_utf8(line.string()?);
            let name = name.map_err(|_| place.error("expected a name in UTF-8"))?;
            let bind = match line.take("=") {
                false => Bind::Arg,
                true if line.take_word("cwd") => Bind::Cwd,
                true if line.take_word("def") => Bind::Def,
                true if line.take_word("args") => Bind::Args,
                true if line.take_word("environment") => Bind::Environment,
                true if line.take_word("variable") => {
                    Bind::Variable(DataId(line.entity("#", "a data row `#N`")?))
                }
                true => Bind::Root(DataId(line.entity(
                    "#",
                    "`cwd`, `def`, `args`, `environment`, `variable` or a data row `#N`",
                )?)),
            };
            func.params.push(Param { name, bind });
        }
        if line.take("->") {
            func.result = Some(parser.ty(line)?);
        }
        if line.take_word("powers") {
            func.powers = powers(line)?;
        }
        line.want("{")?;
        line.end()
    }

    /// `%3: int`: a row of the value table.
    fn typed(&mut self, parser: &Parser<'_>, line: &mut Line<'_>) -> Parsed<Value> {
        let place = line.place();
        let v = value(line)?;
        line.want(":")?;
        self.values.push((v.0, place, parser.ty(line)?));
        Ok(v)
    }

    fn body_line(&mut self, parser: &Parser<'_>, mut line: Line<'_>) -> Parsed<()> {
        let place = line.place();
        if line.sees("^") {
            return self.block(parser, line);
        }
        let Some((_, _, block)) = &mut self.open else {
            if self.blocks.is_empty() && line.take_word("scope") {
                return self.scope(line, place);
            }
            if self.blocks.is_empty() && line.take_word("value") {
                self.typed(parser, &mut line)?;
                return line.end();
            }
            return line
                .expected("a block `^N(...) sN:`, or before the first a `scope` or `value`");
        };
        if line.sees("%") {
            let v = self.typed(parser, &mut line)?;
            return self.inst(line, v);
        }
        if let Some(end) = end(&mut line)? {
            block.end = end;
            block.end_at = span(&mut line)?;
            self.blocks.extend(self.open.take());
            return Ok(());
        }
        line.expected("an instruction `%N: T = ...` or the end of the block")
    }

    fn scope(&mut self, mut line: Line<'_>, place: Place) -> Parsed<()> {
        let id = scope_id(&mut line)?;
        let mut scope = Scope {
            parent: None,
            handler: None,
        };
        if line.take_word("in") {
            scope.parent = Some(scope_id(&mut line)?);
        }
        if line.take_word("catch") {
            scope.handler = Some(block_id(&mut line)?);
        }
        line.end()?;
        self.scopes.push((id.0, place, scope));
        Ok(())
    }

    fn block(&mut self, parser: &Parser<'_>, mut line: Line<'_>) -> Parsed<()> {
        let place = line.place();
        if self.open.is_some() {
            return Err(place.error("expected the end of the block before, found another block"));
        }
        let id = block_id(&mut line)?;
        let mut params = Vec::new();
        line.want("(")?;
        while !line.take(")") {
            if !params.is_empty() {
                line.want(",")?;
            }
            match self.params.get(params.len()) {
                Some(param) if id == BlockId(0) => {
                    let found = line.place();
                    if value(&mut line)? != *param {
                        return Err(
                            found.error(format!("expected the function's parameter {param}"))
                        );
                    }
                    params.push(*param);
                }
                _ => params.push(self.typed(parser, &mut line)?),
            }
        }
        let scope = scope_id(&mut line)?;
        line.want(":")?;
        line.end()?;
        let block = Block {
            scope,
            params,
            insts: Vec::new(),
            end: End::Jump(Target::to(id)),
            end_at: Span::default(),
        };
        self.open = Some((id.0, place, block));
        Ok(())
    }

    /// An instruction after `%N: T`.
    fn inst(&mut self, mut line: Line<'_>, result: Value) -> Parsed<()> {
        line.want("=")?;
        let mut ahead = line.clone();
        let Some(op) = ahead.word().and_then(Op::named) else {
            return line.expected("an operation");
        };
        line = ahead;
        let imm = self.immediate(&mut line, op)?;
        let mut args = Vec::new();
        while line.sees("%") {
            args.push(value(&mut line)?);
        }
        let at = span(&mut line)?;
        if let Some((_, _, block)) = &mut self.open {
            block.insts.push(Inst {
                op,
                args,
                imm,
                result,
                at,
            });
        }
        Ok(())
    }

    fn immediate(&mut self, line: &mut Line<'_>, op: Op) -> Parsed<Imm> {
        Ok(match op.row().imm {
            ImmKind::None => Imm::None,
            ImmKind::Int => Imm::Int(line.int()?),
            ImmKind::Float => Imm::Float(line.float()?),
            ImmKind::Data => Imm::Data(DataId(line.entity("#", "a data row `#N`")?)),
            ImmKind::Rights => Imm::Rights(rights(line)?),
            ImmKind::Func => Imm::Func(FuncId(line.entity("@", "a function `@N`")?)),
            ImmKind::Field if line.take(".") => Imm::Field(line.number("the field's number")?),
            ImmKind::Field => {
                let place = line.place();
                let name = line.name("a field's name or `.N`")?;
                self.later(place, Named::Field(name))
            }
            ImmKind::Case => {
                let place = line.place();
                let case = part(line, "a case's name or `.N`")?;
                self.later(place, Named::Case(case))
            }
            ImmKind::CaseField => {
                let place = line.place();
                let case = part(line, "a case's name or `.N`")?;
                let field = part(line, "a field's name or `.N`")?;
                self.later(place, Named::CaseField(case, field))
            }
            ImmKind::Sys => {
                let mut ahead = line.clone();
                let Some(sys) = ahead.word().and_then(Sys::named) else {
                    return line.expected("a system call");
                };
                *line = ahead;
                let mut all = Vec::new();
                while line.sees("[") {
                    all.push(flags(line, sys, all.len())?);
                }
                Imm::Sys(sys, all)
            }
        })
    }

    /// Notes an immediate of the instruction at hand to be found in the end.
    fn later(&mut self, place: Place, named: Named) -> Imm {
        let inst = self.open.as_ref().map_or(0, |open| open.2.insts.len());
        self.named.push((self.blocks.len(), inst, place, named));
        Imm::None
    }

    /// Puts the tables in order and finds what was named.
    fn finish(mut self, mut func: Function, last: Place, enums: &[EnumType]) -> Parsed<Function> {
        func.values = Numbered { rows: self.values }.table("value")?;
        for (block, inst, place, named) in self.named {
            let inst = self
                .blocks
                .get_mut(block)
                .and_then(|b| b.2.insts.get_mut(inst));
            let Some(inst) = inst else { continue };
            inst.imm = find(&named, inst, &func.values, enums).map_err(|why| place.error(why))?;
        }
        func.blocks = Numbered { rows: self.blocks }.table("block")?;
        if func.param_values().len() < func.params.len() {
            return Err(last.error("expected the function's parameters as those of block ^0"));
        }
        if !self.scopes.iter().any(|s| s.0 == 0) {
            let scope = Scope {
                parent: None,
                handler: None,
            };
            self.scopes.push((0, last, scope));
        }
        func.scopes = Numbered { rows: self.scopes }.table("scope")?;
        Ok(func)
    }
}

/// How a block ends, if the line says so.
fn end(line: &mut Line<'_>) -> Parsed<Option<End>> {
    Ok(Some(if line.take_word("jump") {
        End::Jump(target(line)?)
    } else if line.take_word("turn") {
        let region = value(line)?;
        let to = target(line)?;
        let roots = match line.take_word("roots") {
            true => values(line)?,
            false => Vec::new(),
        };
        End::Turn(region, to, roots)
    } else if line.take_word("br") {
        End::Branch(value(line)?, target(line)?, target(line)?)
    } else if line.take_word("return") {
        End::Return(value(line)?)
    } else if line.take_word("throw") {
        End::Throw(value(line)?)
    } else if line.take_word("enter") {
        End::Enter(scope_id(line)?, target(line)?)
    } else if line.take_word("leave") {
        let scope = scope_id(line)?;
        line.want_word("keep")?;
        let keep = match line.take_word("all") {
            true => Keep::All,
            false => Keep::Only(values(line)?),
        };
        End::Leave(scope, keep, target(line)?)
    } else {
        return Ok(None);
    }))
}
