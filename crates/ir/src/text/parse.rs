//! Parsing a module: line by line, then the tables are put in the order of their numbers.

use super::body::Body;
use super::lex::{Line, Place};
use super::{
    MAX_ROWS, MAX_TEXT, MAX_TYPE_DEPTH, MAX_TYPE_SIZE, PLAIN_TYPES, ParseError, TYPE_FORMS,
};
use crate::entity::{Entity, Table};
use crate::module::{FuncId, Function, Module};
use crate::powers::{Power, Powers};
use crate::rights::Rights;
use crate::structs::StructId;
use crate::ty::{Buf, Case, EnumRef, EnumType, RecordType, Type};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) type Parsed<T> = Result<T, ParseError>;

pub(super) fn module(text: &str) -> Parsed<Module> {
    if text.len() > MAX_TEXT {
        let start = Place { line: 1, column: 1 };
        return Err(start.error(format!("a text is at most {MAX_TEXT} bytes long")));
    }
    let mut parser = Parser::new(text);
    let mut head = parser.line("`sawir 1`")?;
    head.want_word("sawir")?;
    if head.number("the version")? != 1 {
        return Err(head.place().error("expected version 1"));
    }
    head.end()?;
    while let Some(line) = parser.next_line() {
        parser.item(line)?;
    }
    let last = parser.last;
    let Some(entry) = parser.entry else {
        return Err(last.error("expected an `entry fn`, found the end of the text"));
    };
    Ok(Module {
        data: parser.data.table("data row")?,
        records: parser.records.into_iter().map(|r| r.ty).collect(),
        enums: parser.enums,
        funcs: parser.funcs.table("function")?,
        entry,
        sources: Vec::new(),
    })
}

/// Rows with the numbers they were given.
pub(super) struct Numbered<T> {
    pub(super) rows: Vec<(u32, Place, T)>,
}

impl<T> Numbered<T> {
    fn new() -> Numbered<T> {
        Numbered { rows: Vec::new() }
    }
    pub(super) fn table<K: Entity>(mut self, what: &str) -> Parsed<Table<K, T>> {
        if let Some(row) = self.rows.get(MAX_ROWS) {
            return Err(row.1.error(format!("there are more than {MAX_ROWS} rows")));
        }
        self.rows.sort_by_key(|row| row.0);
        for (i, (number, place, _)) in self.rows.iter().enumerate() {
            if (*number as usize) < i {
                return Err(place.error(format!("{what} {number} is declared twice")));
            }
            if *number as usize > i {
                let message = format!("expected {what} {i}: numbers have no gaps");
                return Err(place.error(format!("{message}, found {number}")));
            }
        }
        Ok(self.rows.into_iter().map(|row| row.2).collect())
    }
}

/// A declared record and how large it is written out.
struct Record {
    ty: Arc<RecordType>,
    size: usize,
    depth: usize,
}

/// Fields that were read, and how large they are together with what holds them.
struct Fields {
    fields: Vec<(String, Type)>,
    size: usize,
    depth: usize,
}

impl Fields {
    fn push(&mut self, name: String, (ty, size, depth): (Type, usize, usize)) {
        self.size += size;
        self.depth = self.depth.max(1 + depth);
        self.fields.push((name, ty));
    }
}

pub(super) struct Parser<'a> {
    lines: std::iter::Enumerate<std::str::Split<'a, char>>,
    last: Place,
    data: Numbered<Vec<u8>>,
    records: Vec<Record>,
    named: HashMap<String, Vec<usize>>,
    pub(super) enums: Vec<EnumType>,
    funcs: Numbered<Function>,
    entry: Option<FuncId>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Parser<'a> {
        Parser {
            lines: text.split('\n').enumerate(),
            last: Place { line: 1, column: 1 },
            data: Numbered::new(),
            records: Vec::new(),
            named: HashMap::new(),
            enums: Vec::new(),
            funcs: Numbered::new(),
            entry: None,
        }
    }

    /// The next line that holds something.
    fn next_line(&mut self) -> Option<Line<'a>> {
        for (i, text) in self.lines.by_ref() {
            let mut line = Line::new(i as u32 + 1, text);
            self.last = line.place();
            if !line.is_end() {
                return Some(line);
            }
        }
        None
    }

    pub(super) fn line(&mut self, what: &str) -> Parsed<Line<'a>> {
        match self.next_line() {
            Some(line) => Ok(line),
            None => Err(self
                .last
                .error(format!("expected {what}, found the end of the text"))),
        }
    }

    /// Something at the top level.
    fn item(&mut self, mut line: Line<'a>) -> Parsed<()> {
        let place = line.place();
        if line.take_word("data") {
            let number = line.entity("#", "a data row `#N`")?;
            line.want("=")?;
            let bytes = line.string()?;
            line.end()?;
            self.data.rows.push((number, place, bytes));
            return Ok(());
        }
        if line.take_word("record") {
            return self.record(line);
        }
        if line.take_word("enum") {
            return self.enumeration(line);
        }
        let entry = line.take_word("entry");
        if entry && self.entry.is_some() {
            return Err(place.error("there is a second entry"));
        }
        if entry && line.sees("@") {
            self.entry = Some(FuncId(line.entity("@", "a function `@N`")?));
            return line.end();
        }
        if !line.take_word("fn") {
            return line.expected("`data`, `record`, `enum`, `fn` or `entry fn`");
        }
        let number = line.entity("@", "a function `@N`")?;
        if entry {
            self.entry = Some(FuncId(number));
        }
        let func = Body::default().function(self, line)?;
        self.funcs.rows.push((number, place, func));
        Ok(())
    }

    fn record(&mut self, mut line: Line<'a>) -> Parsed<()> {
        let place = line.place();
        if self.records.len() == MAX_ROWS {
            return Err(place.error(format!("there are more than {MAX_ROWS} records")));
        }
        let quoted = line.sees("\"");
        let name = line.name("the record's name")?;
        if !quoted && !super::is_bare_record(&name) {
            return Err(place.error(format!("`{name}` is a type; quote it as a record's name")));
        }
        let Fields {
            fields,
            size,
            depth,
        } = self.fields(&mut line, 1)?;
        line.end()?;
        if size > MAX_TYPE_SIZE {
            return Err(place.error(format!("a type has at most {MAX_TYPE_SIZE} parts")));
        }
        let same = self.named.entry(name.clone()).or_default();
        same.push(self.records.len());
        self.records.push(Record {
            ty: Arc::new(RecordType::named(name, fields)),
            size,
            depth,
        });
        Ok(())
    }

    fn enumeration(&mut self, mut line: Line<'a>) -> Parsed<()> {
        let place = line.place();
        if self.enums.len() == MAX_ROWS {
            return Err(place.error(format!("there are more than {MAX_ROWS} enums")));
        }
        let name = line.name("the enum's name")?;
        let (mut cases, mut size) = (Vec::new(), 1);
        line.want("{")?;
        while !line.take("}") {
            if !cases.is_empty() {
                line.want(",")?;
            }
            let name = line.name("a case's name or `}`")?;
            let mut fields = Vec::new();
            if line.sees("{") {
                let data = self.fields(&mut line, 1)?;
                size += data.size;
                fields = data.fields;
            }
            cases.push(Case { name, fields });
        }
        line.end()?;
        if size > MAX_TYPE_SIZE {
            return Err(place.error(format!("a type has at most {MAX_TYPE_SIZE} parts")));
        }
        self.enums.push(EnumType { name, cases });
        Ok(())
    }

    /// `{ a: int, b: str }`; `outer` is the depth around the fields.
    fn fields(&self, line: &mut Line<'_>, outer: usize) -> Parsed<Fields> {
        let mut all = Fields {
            fields: Vec::new(),
            size: 1,
            depth: 1,
        };
        line.want("{")?;
        while !line.take("}") {
            if !all.fields.is_empty() {
                line.want(",")?;
            }
            let name = line.name("a field's name or `}`")?;
            line.want(":")?;
            all.push(name, self.sized_type(line, outer)?);
        }
        Ok(all)
    }

    /// `(int, str)`
    fn tuple(&self, line: &mut Line<'_>, outer: usize) -> Parsed<Fields> {
        let mut all = Fields {
            fields: Vec::new(),
            size: 1,
            depth: 1,
        };
        line.want("(")?;
        while !line.take(")") {
            if !all.fields.is_empty() {
                line.want(",")?;
            }
            let name = all.fields.len().to_string();
            all.push(name, self.sized_type(line, outer)?);
        }
        Ok(all)
    }

    pub(super) fn ty(&self, line: &mut Line<'_>) -> Parsed<Type> {
        self.sized_type(line, 0).map(|t| t.0)
    }

    /// A type, its size and its depth; `outer` is the depth around it.
    fn sized_type(&self, line: &mut Line<'_>, outer: usize) -> Parsed<(Type, usize, usize)> {
        let place = line.place();
        if outer >= MAX_TYPE_DEPTH {
            return Err(place.error(format!("types nest at most {MAX_TYPE_DEPTH} deep")));
        }
        if line.sees("\"") {
            return self.record_type(line, outer);
        }
        if line.sees("{") {
            let all = self.fields(line, outer + 1)?;
            let ty = Type::Record(Arc::new(RecordType::structural(all.fields)));
            return Ok((ty, all.size, all.depth));
        }
        if line.sees("(") {
            let all = self.tuple(line, outer + 1)?;
            let types = all.fields.into_iter().map(|f| f.1);
            return Ok((Type::tuple(types), all.size, all.depth));
        }
        let mut ahead = line.clone();
        let Some(word) = ahead.word() else {
            return line.expected("a type");
        };
        if !TYPE_FORMS.contains(&word) {
            return match PLAIN_TYPES.iter().find(|t| t.0 == word) {
                Some((_, ty)) => {
                    *line = ahead;
                    Ok((ty.clone(), 1, 1))
                }
                None => self.record_type(line, outer),
            };
        }
        *line = ahead;
        let ty = match word {
            "dir" => Type::Dir(rights(line)?),
            "file" => Type::File(rights(line)?),
            "entry" => Type::Entry(rights(line)?),
            "root" => Type::Root(rights(line)?),
            "buf" => Type::Buf(buffer(line)?),
            "enum" => Type::Enum(Arc::new(enum_ref(line)?)),
            "map" | "mapbuilder" => {
                line.want("<")?;
                let (key, size, depth) = self.sized_type(line, outer + 1)?;
                line.want(",")?;
                let value = self.sized_type(line, outer + 1)?;
                line.want(">")?;
                let (key, size) = (Arc::new(key), 1 + size + value.1);
                let depth = 1 + depth.max(value.2);
                let value = Arc::new(value.0);
                let ty = match word {
                    "map" => Type::Map(key, value),
                    _ => Type::MapBuilder(key, value),
                };
                return Ok((ty, size, depth));
            }
            _ => {
                line.want("<")?;
                let (inner, size, depth) = self.sized_type(line, outer + 1)?;
                line.want(">")?;
                let inner = Arc::new(inner);
                let ty = match word {
                    "list" => Type::List(inner),
                    "builder" => Type::Builder(inner),
                    "result" => Type::Result(inner),
                    "option" => Type::Option(inner),
                    "array" => Type::Array(inner),
                    "desc" => Type::Desc(inner),
                    _ => Type::Seq(inner),
                };
                return Ok((ty, size + 1, depth + 1));
            }
        };
        Ok((ty, 1, 1))
    }

    fn record_type(&self, line: &mut Line<'_>, outer: usize) -> Parsed<(Type, usize, usize)> {
        let place = line.place();
        let name = line.name("a record's name")?;
        let nth = match line.take("'") {
            true => line.number("which of the records of this name")? as usize,
            false => 0,
        };
        let found = self.named.get(&name).and_then(|all| all.get(nth));
        let Some(record) = found.and_then(|n| self.records.get(*n)) else {
            return Err(place.error(format!(
                "expected a type, found `{name}`, which is no record declared before"
            )));
        };
        if outer + record.depth > MAX_TYPE_DEPTH {
            return Err(place.error(format!("types nest at most {MAX_TYPE_DEPTH} deep")));
        }
        Ok((Type::Record(record.ty.clone()), record.size, record.depth))
    }
}

pub(super) fn rights(line: &mut Line<'_>) -> Parsed<Rights> {
    let mut rights = Rights::NONE;
    line.want("{")?;
    let mut first = true;
    while !line.take("}") {
        if !std::mem::take(&mut first) {
            line.want(",")?;
        }
        let mut ahead = line.clone();
        match ahead.word().and_then(Rights::named) {
            Some(right) => rights |= right,
            None => return line.expected("a right or `}`"),
        }
        *line = ahead;
    }
    Ok(rights)
}

/// `{process,time}`
pub(super) fn powers(line: &mut Line<'_>) -> Parsed<Powers> {
    let mut powers = Powers::NONE;
    line.want("{")?;
    let mut first = true;
    while !line.take("}") {
        if !std::mem::take(&mut first) {
            line.want(",")?;
        }
        let mut ahead = line.clone();
        match ahead.word().and_then(Power::named) {
            Some(power) => powers |= power.into(),
            None => return line.expected("a power or `}`"),
        }
        *line = ahead;
    }
    Ok(powers)
}

/// `<Tree>` or `<Tree owning>`
fn enum_ref(line: &mut Line<'_>) -> Parsed<EnumRef> {
    line.want("<")?;
    let name = line.name("an enum's name")?;
    let owns_handles = line.take_word("owning");
    line.want(">")?;
    Ok(EnumRef { name, owns_handles })
}

fn buffer(line: &mut Line<'_>) -> Parsed<Buf> {
    line.want("<")?;
    let mut ahead = line.clone();
    let buf = match ahead.word().and_then(StructId::named) {
        Some(id) => {
            *line = ahead;
            Buf::Struct(id)
        }
        None => Buf::Bytes(line.number("a number of bytes or a kernel structure")?),
    };
    line.want(">")?;
    Ok(buf)
}
