//! Printing a module.

use super::{is_bare, is_bare_record, set_name};
use crate::flags::Flags;
use crate::module::{
    Bind, BlockId, End, FuncId, Function, Imm, Inst, Keep, Module, ScopeId, Span, Target, Value,
};
use crate::syscalls::Sys;
use crate::ty::{Buf, Case, RecordKind, Type};
use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

impl Display for Module {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names = Names::of(self);
        f.write_str("sawir 1\n")?;
        if !self.data.is_empty() {
            f.write_str("\n")?;
        }
        for (id, bytes) in self.data.iter() {
            writeln!(f, "data {id} = {}", Quoted(bytes))?;
        }
        if !self.records.is_empty() {
            f.write_str("\n")?;
        }
        for record in &self.records {
            let space = if record.fields.is_empty() { "" } else { " " };
            let fields = Fields(&names, &record.fields);
            writeln!(
                f,
                "record {} {{{space}{fields} }}",
                RecordName(&record.name)
            )?;
        }
        if !self.enums.is_empty() {
            f.write_str("\n")?;
        }
        for row in &self.enums {
            write!(f, "enum {} {{", Name(&row.name))?;
            for (i, case) in row.cases.iter().enumerate() {
                let comma = if i > 0 { "," } else { "" };
                write!(f, "{comma} {}", Name(&case.name))?;
                if !case.fields.is_empty() {
                    write!(f, " {{ {} }}", Fields(&names, &case.fields))?;
                }
            }
            f.write_str(" }\n")?;
        }
        if self.funcs.get(self.entry).is_none() {
            write!(f, "\nentry {}\n", self.entry)?;
        }
        for (id, func) in self.funcs.iter() {
            f.write_str(if id == self.entry {
                "\nentry fn"
            } else {
                "\nfn"
            })?;
            Printed {
                id,
                func,
                names: &names,
            }
            .fmt(f)?;
        }
        Ok(())
    }
}

/// Which records share a name.
struct Names<'a> {
    module: &'a Module,
    count: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    fn of(module: &'a Module) -> Names<'a> {
        let mut count = HashMap::new();
        for record in &module.records {
            *count.entry(record.name.as_str()).or_insert(0) += 1;
        }
        Names { module, count }
    }
    fn ty(&self, ty: &'a Type) -> TypeName<'_> {
        TypeName { names: self, ty }
    }
}

/// A type, with records told apart.
struct TypeName<'a> {
    names: &'a Names<'a>,
    ty: &'a Type,
}

impl Display for TypeName<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let inner = |ty| TypeName {
            names: self.names,
            ty,
        };
        match self.ty {
            Type::List(t) => write!(f, "list<{}>", inner(t)),
            Type::Builder(t) => write!(f, "builder<{}>", inner(t)),
            Type::Result(t) => write!(f, "result<{}>", inner(t)),
            Type::Seq(t) => write!(f, "seq<{}>", inner(t)),
            Type::Option(t) => write!(f, "option<{}>", inner(t)),
            Type::Array(t) => write!(f, "array<{}>", inner(t)),
            Type::Desc(t) => write!(f, "desc<{}>", inner(t)),
            Type::Map(k, v) => write!(f, "map<{}, {}>", inner(k), inner(v)),
            Type::MapBuilder(k, v) => write!(f, "mapbuilder<{}, {}>", inner(k), inner(v)),
            Type::Enum(e) if e.owns_handles => write!(f, "enum<{} owning>", Name(&e.name)),
            Type::Enum(e) => write!(f, "enum<{}>", Name(&e.name)),
            Type::Record(r) if r.kind == RecordKind::Fields => {
                write!(f, "{{{}}}", Fields(self.names, &r.fields))
            }
            Type::Record(r) if r.kind == RecordKind::Tuple => {
                f.write_str("(")?;
                for (i, (_, ty)) in r.fields.iter().enumerate() {
                    write!(f, "{}{}", if i > 0 { ", " } else { "" }, inner(ty))?;
                }
                f.write_str(")")
            }
            Type::Record(r) => {
                RecordName(&r.name).fmt(f)?;
                if self.names.count.get(r.name.as_str()) > Some(&1) {
                    let mut same = self.names.module.records.iter();
                    let same = same.by_ref().filter(|other| other.name == r.name);
                    match same.enumerate().find(|(_, other)| *other == r) {
                        Some((n, _)) if n > 0 => write!(f, "'{n}")?,
                        _ => {}
                    }
                }
                Ok(())
            }
            plain => plain.fmt(f),
        }
    }
}

/// Fields with their types, commas between them.
struct Fields<'a>(&'a Names<'a>, &'a [(String, Type)]);

impl Display for Fields<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, (name, ty)) in self.1.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{}: {}", Name(name), self.0.ty(ty))?;
        }
        Ok(())
    }
}

/// A function after the word `fn`.
struct Printed<'a> {
    id: FuncId,
    func: &'a Function,
    names: &'a Names<'a>,
}

impl Display for Printed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let func = self.func;
        write!(f, " {} {}(", self.id, Name(&func.name))?;
        let params = func.params.iter().zip(func.param_values());
        for (i, (param, value)) in params.enumerate() {
            f.write_str(if i > 0 { ", " } else { "" })?;
            self.typed(f, *value)?;
            write!(f, " {}", Quoted(param.name.as_bytes()))?;
            match param.bind {
                Bind::Arg => {}
                Bind::Root(data) => write!(f, " = {data}")?,
                Bind::Cwd => f.write_str(" = cwd")?,
                Bind::Def => f.write_str(" = def")?,
                Bind::Args => f.write_str(" = args")?,
                Bind::Variable(data) => write!(f, " = variable {data}")?,
                Bind::Environment => f.write_str(" = environment")?,
            }
        }
        f.write_str(")")?;
        if let Some(result) = &func.result {
            write!(f, " -> {}", self.names.ty(result))?;
        }
        if !func.powers.is_empty() {
            write!(f, " powers{}", func.powers)?;
        }
        f.write_str(" {\n")?;
        for (id, scope) in func.scopes.iter() {
            if id == ScopeId(0) && scope.parent.is_none() && scope.handler.is_none() {
                continue;
            }
            write!(f, "  scope {id}")?;
            if let Some(parent) = scope.parent {
                write!(f, " in {parent}")?;
            }
            if let Some(handler) = scope.handler {
                write!(f, " catch {handler}")?;
            }
            f.write_str("\n")?;
        }
        for value in self.undefined() {
            f.write_str("  value ")?;
            self.typed(f, value)?;
            f.write_str("\n")?;
        }
        for id in func.blocks.keys() {
            self.block(f, id)?;
        }
        f.write_str("}\n")
    }
}

impl Printed<'_> {
    /// `%3: int`
    fn typed(&self, f: &mut Formatter<'_>, value: Value) -> fmt::Result {
        match self.func.values.get(value) {
            Some(ty) => write!(f, "{value}: {}", self.names.ty(ty)),
            None => write!(f, "{value}"),
        }
    }

    /// The values that no block defines.
    fn undefined(&self) -> Vec<Value> {
        let mut defined = vec![false; self.func.values.len()];
        for block in self.func.blocks.values() {
            let results = block.insts.iter().map(|i| &i.result);
            for value in block.params.iter().chain(results) {
                if let Some(d) = defined.get_mut(value.0 as usize) {
                    *d = true;
                }
            }
        }
        let keys = self.func.values.keys();
        keys.filter(|v| !defined[v.0 as usize]).collect()
    }

    fn block(&self, f: &mut Formatter<'_>, id: BlockId) -> fmt::Result {
        let block = &self.func.blocks[id];
        write!(f, "{id}(")?;
        for (i, value) in block.params.iter().enumerate() {
            f.write_str(if i > 0 { ", " } else { "" })?;
            if id == BlockId(0) && i < self.func.params.len() {
                write!(f, "{value}")?;
            } else {
                self.typed(f, *value)?;
            }
        }
        writeln!(f, ") {}:", block.scope)?;
        for inst in &block.insts {
            self.inst(f, inst)?;
        }
        f.write_str("  ")?;
        match &block.end {
            End::Jump(t) => write!(f, "jump {}", To(t))?,
            End::Turn(r, t, roots) if roots.is_empty() => write!(f, "turn {r} {}", To(t))?,
            End::Turn(r, t, roots) => {
                write!(f, "turn {r} {} roots({})", To(t), Commas(roots))?;
            }
            End::Branch(v, t, e) => write!(f, "br {v} {} {}", To(t), To(e))?,
            End::Return(v) => write!(f, "return {v}")?,
            End::Throw(v) => write!(f, "throw {v}")?,
            End::Enter(s, t) => write!(f, "enter {s} {}", To(t))?,
            End::Leave(s, Keep::All, t) => write!(f, "leave {s} keep all {}", To(t))?,
            End::Leave(s, Keep::Only(kept), t) => {
                write!(f, "leave {s} keep({}) {}", Commas(kept), To(t))?;
            }
        }
        writeln!(f, "{}", At(block.end_at))
    }

    fn inst(&self, f: &mut Formatter<'_>, inst: &Inst) -> fmt::Result {
        f.write_str("  ")?;
        self.typed(f, inst.result)?;
        write!(f, " = {}", inst.op.row().name)?;
        match &inst.imm {
            Imm::None => {}
            Imm::Int(n) => write!(f, " {n}")?,
            Imm::Float(bits) => write!(f, " {}", Float(*bits))?,
            Imm::Data(id) => write!(f, " {id}")?,
            Imm::Rights(r) => write!(f, " {r}")?,
            Imm::Field(n) => self.field(f, inst, *n)?,
            Imm::Case(n) => {
                self.case(f, inst, *n)?;
            }
            Imm::CaseField(n, field) => {
                let case = self.case(f, inst, *n)?;
                let name = case
                    .and_then(|c| c.fields.get(*field as usize))
                    .map(|x| &x.0);
                match name {
                    Some(name) if case.and_then(|c| c.field(name)) == Some(*field) => {
                        write!(f, " {}", Name(name))?;
                    }
                    _ => write!(f, " .{field}")?,
                }
            }
            Imm::Func(id) => write!(f, " {id}")?,
            Imm::Sys(sys, flags) => {
                write!(f, " {}", sys.row().name)?;
                for (n, flags) in flags.iter().enumerate() {
                    print_flags(f, *sys, n, *flags)?;
                }
            }
        }
        for arg in &inst.args {
            write!(f, " {arg}")?;
        }
        writeln!(f, "{}", At(inst.at))
    }

    /// A case by its name, if the enum has one of that name and number.
    fn case(
        &self,
        f: &mut Formatter<'_>,
        inst: &Inst,
        n: u32,
    ) -> Result<Option<&Case>, fmt::Error> {
        let case = self.names.module.case_of(self.func, inst);
        let of = super::body::enum_of(&self.func.values, inst);
        let found = of.and_then(|name| self.names.module.enum_named(name));
        match case {
            Some(case) if found.and_then(|e| e.case(&case.name)) == Some(n) => {
                write!(f, " {}", Name(&case.name))?;
            }
            _ => write!(f, " .{n}")?,
        }
        Ok(case)
    }

    /// A field by its name, if the operand has one of that name and number.
    fn field(&self, f: &mut Formatter<'_>, inst: &Inst, n: u32) -> fmt::Result {
        let operand = inst.args.first().and_then(|v| self.func.values.get(*v));
        let name = match operand {
            Some(Type::Record(r)) => r.fields.get(n as usize).map(|x| x.0.as_str()),
            Some(Type::Buf(Buf::Struct(s))) => s.row().fields.get(n as usize).map(|x| x.name),
            _ => None,
        };
        match name {
            Some(name) if operand.and_then(|t| field_number(t, name)) == Some(n) => {
                write!(f, " {}", Name(name))
            }
            _ => write!(f, " .{n}"),
        }
    }
}

/// The number of a record's or structure's field of that name.
pub(super) fn field_number(ty: &Type, name: &str) -> Option<u32> {
    match ty {
        Type::Record(r) => r.field(name),
        Type::Buf(Buf::Struct(s)) => s.row().field(name),
        _ => None,
    }
}

fn print_flags(f: &mut Formatter<'_>, sys: Sys, n: usize, flags: Flags) -> fmt::Result {
    let known = u64::from(flags.bits) < 1 << flags.set.rows().len();
    if known && (flags.bits != 0 || super::body::flag_set(sys, n) == Some(flags.set)) {
        write!(f, " [{flags}]")
    } else {
        write!(f, " [{}:{}]", set_name(flags.set), flags.bits)
    }
}

/// A target with its arguments.
struct To<'a>(&'a Target);
impl Display for To<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.0.block, Commas(&self.0.args))
    }
}

struct Commas<'a>(&'a [Value]);
impl Display for Commas<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, value) in self.0.iter().enumerate() {
            write!(f, "{}{value}", if i > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// A span, if there is one to tell.
struct At(Span);
impl Display for At {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 == Span::default() {
            return Ok(());
        }
        write!(f, " !{}:{}..{}", self.0.source, self.0.start, self.0.end)
    }
}

/// A floating-point number: the shortest digits that are read as it; other NaNs than the usual with their bits.
struct Float(u64);
impl Display for Float {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let n = f64::from_bits(self.0);
        match n.is_nan() && self.0 != f64::NAN.to_bits() {
            true => write!(f, "NaN:{:016x}", self.0),
            false => write!(f, "{n:?}"),
        }
    }
}

/// Bytes in quotes.
struct Quoted<'a>(&'a [u8]);
impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for b in self.0 {
            match b {
                b'"' | b'\\' => write!(f, "\\{}", *b as char)?,
                b' '..=b'~' => write!(f, "{}", *b as char)?,
                _ => write!(f, "\\x{b:02x}")?,
            }
        }
        f.write_str("\"")
    }
}

/// A name, in quotes only where it needs them.
struct Name<'a>(&'a str);
impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if is_bare(self.0) {
            f.write_str(self.0)
        } else {
            Quoted(self.0.as_bytes()).fmt(f)
        }
    }
}

struct RecordName<'a>(&'a str);
impl Display for RecordName<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if is_bare_record(self.0) {
            f.write_str(self.0)
        } else {
            Quoted(self.0.as_bytes()).fmt(f)
        }
    }
}
