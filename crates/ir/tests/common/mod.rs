//! What the tests of the IR share: the corpus, and modules made of random choices.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its corpus fails"
)]

use sawmill_ir::flags::{FlagSet, Flags};
use sawmill_ir::module::*;
use sawmill_ir::ops::{ImmKind, Op};
use sawmill_ir::rights::Rights;
use sawmill_ir::structs::StructId;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::text::parse;
use sawmill_ir::ty::{Buf, Case, EnumRef, EnumType, RecordType, Type};
use std::path::Path;
use std::sync::Arc;

/// The module files of `tests/ir` or a folder in it: name and text.
pub(crate) fn files(dir: &str) -> Vec<(String, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/ir")
        .join(dir);
    let mut files = Vec::new();
    for file in std::fs::read_dir(&dir).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e == "sawir") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_string();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

/// The good modules.
pub(crate) fn good() -> Vec<(String, Module)> {
    let parsed = |(name, text): (String, String)| {
        let module = parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        (name, module)
    };
    files(".").into_iter().map(parsed).collect()
}

/// Choices, used up one by one; when they run out, always the first.
pub(crate) struct Dice(std::vec::IntoIter<u32>);

impl Dice {
    pub(crate) fn new(choices: Vec<u32>) -> Dice {
        Dice(choices.into_iter())
    }
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0.next().unwrap_or(0) as usize % n.max(1)
    }
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
    fn name(&mut self) -> String {
        let names = [
            "a",
            "size",
            "a.b?",
            "",
            "int",
            "two words",
            "\"\\\n",
            "é",
            "-",
            "Pair",
            "entry",
        ];
        self.pick(&names).to_string()
    }
    fn ty(&mut self, records: &[Arc<RecordType>], depth: usize) -> Type {
        let rights = Rights::from_bits(self.below(1 << 13) as u32);
        match self.below(if depth > 3 { 16 } else { 26 }) {
            0 => Type::Int,
            1 => Type::Dir(rights),
            2 => Type::File(rights),
            3 => Type::Entry(rights),
            4 => Type::Root(rights),
            5 => Type::Buf(Buf::Bytes(self.below(1 << 20) as u32)),
            6 => Type::Buf(Buf::Struct(StructId::Statx)),
            7 => self
                .pick(&[Type::Unit, Type::Bool, Type::Size, Type::Mode])
                .clone(),
            8 => self
                .pick(&[
                    Type::FileType,
                    Type::Ino,
                    Type::Dev,
                    Type::Float,
                    Type::Duration,
                    Type::Time,
                ])
                .clone(),
            9 => self.pick(&[Type::Str, Type::Path, Type::Name]).clone(),
            10 => self.pick(&[Type::Listing, Type::Error]).clone(),
            11..=13 if records.is_empty() => Type::Int,
            11..=13 => Type::Record(self.pick(records).clone()),
            14 => Type::Bytes,
            15 => Type::Enum(Arc::new(EnumRef {
                name: self.name(),
                owns_handles: self.below(2) == 1,
            })),
            16..=17 => Type::list(self.ty(records, depth + 1)),
            18 => Type::Builder(Arc::new(self.ty(records, depth + 1))),
            19 => Type::Result(Arc::new(self.ty(records, depth + 1))),
            20 => Type::option(self.ty(records, depth + 1)),
            21 => {
                let key = Arc::new(self.ty(records, depth + 1));
                let value = Arc::new(self.ty(records, depth + 1));
                match self.below(3) {
                    0 => Type::MapBuilder(key, value),
                    _ => Type::Map(key, value),
                }
            }
            22 => Type::Array(Arc::new(self.ty(records, depth + 1))),
            23 => Type::Desc(Arc::new(self.ty(records, depth + 1))),
            24 => {
                let count = self.below(4);
                Type::tuple((0..count).map(|_| self.ty(records, depth + 1)))
            }
            25 => {
                let fields = self.fields(records, depth + 1);
                Type::Record(Arc::new(RecordType::structural(fields)))
            }
            _ => Type::Seq(Arc::new(self.ty(records, depth + 1))),
        }
    }
    fn fields(&mut self, records: &[Arc<RecordType>], depth: usize) -> Vec<(String, Type)> {
        let count = self.below(4);
        (0..count)
            .map(|_| (self.name(), self.ty(records, depth)))
            .collect()
    }
    fn values(&mut self) -> Vec<Value> {
        let n = self.below(4);
        (0..n).map(|_| Value(self.below(12) as u32)).collect()
    }
    fn target(&mut self) -> Target {
        Target {
            block: BlockId(self.below(5) as u32),
            args: self.values(),
        }
    }
    fn span(&mut self) -> Span {
        match self.below(3) {
            0 => Span::default(),
            _ => Span {
                source: self.below(3) as u32,
                start: self.below(1000) as u32,
                end: self.below(1000) as u32,
            },
        }
    }
    fn imm(&mut self, op: Op) -> Imm {
        match op.row().imm {
            ImmKind::None => Imm::None,
            ImmKind::Int => Imm::Int(*self.pick(&[0, 1, -1, i64::MIN, i64::MAX])),
            ImmKind::Float => Imm::Float(match self.below(3) {
                0 => (self.below(1 << 20) as f64 / 1024.0 - 100.0).to_bits(),
                1 => self.below(usize::MAX) as u64,
                _ => *self.pick(&[
                    0,
                    1,
                    1 << 63,
                    f64::NAN.to_bits(),
                    f64::INFINITY.to_bits(),
                    f64::NEG_INFINITY.to_bits(),
                    u64::MAX,
                    0x7ff0_0000_0000_0001,
                    f64::MAX.to_bits(),
                ]),
            }),
            ImmKind::Data => Imm::Data(DataId(self.below(4) as u32)),
            ImmKind::Rights => Imm::Rights(Rights::from_bits(self.below(1 << 13) as u32)),
            ImmKind::Field => Imm::Field(self.below(20) as u32),
            ImmKind::Case => Imm::Case(self.below(4) as u32),
            ImmKind::CaseField => Imm::CaseField(self.below(4) as u32, self.below(4) as u32),
            ImmKind::Func => Imm::Func(FuncId(self.below(4) as u32)),
            ImmKind::Sys => {
                let callable: Vec<Sys> = Sys::ALL
                    .iter()
                    .copied()
                    .filter(|s| s.is_callable())
                    .collect();
                let n = self.below(4);
                let flags = (0..n).map(|_| Flags {
                    set: *self.pick(FlagSet::ALL),
                    bits: self.below(300) as u32,
                });
                let flags = flags.collect();
                Imm::Sys(*self.pick(&callable), flags)
            }
        }
    }
    fn end(&mut self) -> End {
        let v = Value(self.below(12) as u32);
        let s = ScopeId(self.below(3) as u32);
        match self.below(7) {
            0 => End::Return(v),
            1 => End::Throw(v),
            2 => End::Jump(self.target()),
            3 => End::Branch(v, self.target(), self.target()),
            4 => End::Enter(s, self.target()),
            5 => End::Leave(s, Keep::All, self.target()),
            _ => End::Leave(s, Keep::Only(self.values()), self.target()),
        }
    }
    fn func(&mut self, records: &[Arc<RecordType>]) -> Function {
        let mut func = Function {
            name: self.name(),
            ..Function::default()
        };
        if self.below(3) > 0 {
            func.result = Some(self.ty(records, 0));
        }
        func.scopes.push(Scope {
            parent: None,
            handler: None,
        });
        for _ in 0..self.below(3) {
            func.scopes.push(Scope {
                parent: [None, Some(ScopeId(self.below(3) as u32))][self.below(2)],
                handler: [None, Some(BlockId(self.below(3) as u32))][self.below(2)],
            });
        }
        for b in 0..self.below(5) {
            let mut params: Vec<Value> = Vec::new();
            for _ in 0..self.below(4) {
                params.push(func.values.push(self.ty(records, 0)));
            }
            if b == 0 {
                for _ in 0..self.below(params.len() + 1) {
                    let data = DataId(self.below(4) as u32);
                    func.params.push(Param {
                        name: self.name(),
                        bind: *self.pick(&[
                            Bind::Arg,
                            Bind::Cwd,
                            Bind::Def,
                            Bind::Root(data),
                            Bind::Args,
                            Bind::Variable(data),
                            Bind::Environment,
                        ]),
                    });
                }
            }
            if self.below(6) == 5 {
                func.values.push(self.ty(records, 0));
            }
            let mut insts = Vec::new();
            for _ in 0..self.below(5) {
                let op = *self.pick(Op::ALL);
                insts.push(Inst {
                    op,
                    args: self.values(),
                    imm: self.imm(op),
                    result: func.values.push(self.ty(records, 0)),
                    at: self.span(),
                });
            }
            func.blocks.push(Block {
                scope: ScopeId(self.below(3) as u32),
                params,
                insts,
                end: self.end(),
                end_at: self.span(),
            });
        }
        func
    }
    pub(crate) fn module(&mut self) -> Module {
        let mut module = Module::default();
        for _ in 0..self.below(4) {
            let n = self.below(12);
            module
                .data
                .push((0..n).map(|_| self.below(256) as u8).collect());
        }
        for _ in 0..self.below(5) {
            let mut fields = Vec::new();
            for _ in 0..self.below(4) {
                fields.push((self.name(), self.ty(&module.records, 0)));
            }
            let name = self.name();
            let record = Arc::new(RecordType::named(name, fields));
            if !module.records.contains(&record) {
                module.records.push(record);
            }
        }
        for _ in 0..self.below(3) {
            let name = self.name();
            let mut cases = Vec::new();
            for _ in 0..self.below(4) {
                let fields = self.fields(&module.records, 0);
                let name = self.name();
                cases.push(Case { name, fields });
            }
            module.enums.push(EnumType { name, cases });
        }
        for _ in 0..=self.below(3) {
            let func = self.func(&module.records);
            module.funcs.push(func);
        }
        module.entry = FuncId(self.below(module.funcs.len() + 1) as u32);
        module
    }
}
