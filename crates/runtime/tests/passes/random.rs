//! Programs made at random: well typed, they end, and they do something of everything the passes look at.
//!
//! Nothing unspecified is read: a buffer is looked at only after the call that fills it.

use sawmill_ir::entity::Entity;
use sawmill_ir::flags::{FlagSet, Flags, at, open, statx_mask};
use sawmill_ir::module::*;
use sawmill_ir::ops::Op;
use sawmill_ir::rights::Rights;
use sawmill_ir::structs::StructId;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::ty::{Buf, RecordKind, RecordType, Type};
use std::sync::Arc;

/// A module of some functions, each calling those before it; the last one is the entry.
pub(crate) fn module(seed: u64) -> Module {
    let record = Arc::new(RecordType {
        kind: RecordKind::Named,
        name: "Pair".into(),
        fields: vec![("n".into(), Type::Int), ("p".into(), Type::Path)],
    });
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut module = Module {
        records: vec![record.clone()],
        ..Module::default()
    };
    for bytes in [&b"sub"[..], b"a", b"sub"] {
        module.data.push(bytes.to_vec());
    }
    let count = 1 + dice.below(3);
    for n in 0..count {
        let mut maker = Maker::new(&mut dice, record.clone(), n);
        let many = 4 + maker.dice.below(10);
        maker.statements(many, 3);
        let func = maker.finish();
        module.entry = module.funcs.push(func);
    }
    module
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }
}

/// A function that is being made.
struct Maker<'a> {
    dice: &'a mut Dice,
    func: Function,
    record: Arc<RecordType>,
    /// How many functions there are to call.
    callees: usize,
    block: BlockId,
    scope: ScopeId,
    /// The values that may be used here.
    known: Vec<Value>,
    spans: u32,
}

impl<'a> Maker<'a> {
    fn new(dice: &'a mut Dice, record: Arc<RecordType>, callees: usize) -> Maker<'a> {
        let mut maker = Maker {
            dice,
            func: Function {
                name: format!("f{callees}"),
                result: Some(Type::Int),
                ..Function::default()
            },
            record,
            callees,
            block: BlockId(0),
            scope: ScopeId(0),
            known: Vec::new(),
            spans: 0,
        };
        let scope = Scope {
            parent: None,
            handler: None,
        };
        maker.func.scopes.push(scope);
        maker.block = maker.new_block(ScopeId(0));
        let types = [
            Type::Dir(Rights::LIST | Rights::STAT),
            Type::Int,
            Type::Bool,
            Type::Path,
        ];
        for (name, ty) in ["d", "n", "b", "p"].into_iter().zip(types) {
            maker.func.params.push(Param {
                name: name.into(),
                bind: Bind::Arg,
            });
            maker.param(BlockId(0), ty);
        }
        maker
    }

    fn finish(mut self) -> Function {
        let result = self.pick(&Type::Int);
        self.end(End::Return(result));
        self.func
    }

    fn new_block(&mut self, scope: ScopeId) -> BlockId {
        self.func.blocks.push(Block {
            scope,
            params: Vec::new(),
            insts: Vec::new(),
            end: End::Return(Value(0)),
            end_at: Span::default(),
        })
    }

    fn param(&mut self, block: BlockId, ty: Type) -> Value {
        let v = self.func.values.push(ty);
        self.func.blocks[block].params.push(v);
        self.known.push(v);
        v
    }

    fn span(&mut self) -> Span {
        self.spans += 1;
        Span {
            source: self.callees as u32 + 1,
            start: self.spans,
            end: self.spans + 1,
        }
    }

    fn inst(&mut self, op: Op, imm: Imm, args: &[Value], ty: Type) -> Value {
        let result = self.func.values.push(ty);
        let at = self.span();
        self.func.blocks[self.block].insts.push(Inst {
            op,
            args: args.to_vec(),
            imm,
            result,
            at,
        });
        self.known.push(result);
        result
    }

    fn end(&mut self, end: End) {
        self.func.blocks[self.block].end = end;
    }

    fn go(&mut self, block: BlockId) {
        self.block = block;
        self.scope = self.func.blocks[block].scope;
    }

    fn int(&mut self, n: i64) -> Value {
        self.inst(Op::Int, Imm::Int(n), &[], Type::Int)
    }

    /// A known value of that type, or a new one.
    fn pick(&mut self, ty: &Type) -> Value {
        let fit: Vec<Value> = self
            .known
            .iter()
            .copied()
            .filter(|v| self.func.values[*v] == *ty)
            .collect();
        if !fit.is_empty() && self.dice.below(8) > 0 {
            return fit[self.dice.below(fit.len())];
        }
        self.make(ty)
    }

    fn make(&mut self, ty: &Type) -> Value {
        let sys = |sys, flags| Imm::Sys(sys, flags);
        match ty {
            Type::Int => {
                let n = [0, 1, 2, 3, 20, -7, 64, i64::MAX][self.dice.below(8)];
                self.int(n)
            }
            Type::Bool => {
                let n = self.dice.below(2) as i64;
                self.inst(Op::Bool, Imm::Int(n), &[], Type::Bool)
            }
            Type::Float if self.dice.below(2) == 0 => {
                let n = self.pick(&Type::Int);
                self.inst(Op::FloatOfInt, Imm::None, &[n], Type::Float)
            }
            Type::Float => {
                let n = [0.0, -0.0, 1.5, -2.5, 1e300, f64::INFINITY, f64::NAN];
                let bits = n[self.dice.below(7)].to_bits();
                self.inst(Op::Float, Imm::Float(bits), &[], Type::Float)
            }
            Type::Path => {
                let id = DataId::new(self.dice.below(3));
                self.inst(Op::Path, Imm::Data(id), &[], Type::Path)
            }
            Type::Record(_) => {
                let (n, p) = (self.pick(&Type::Int), self.pick(&Type::Path));
                self.inst(Op::Record, Imm::None, &[n, p], ty.clone())
            }
            Type::Result(t) => {
                let v = self.pick(t);
                self.inst(Op::Ok, Imm::None, &[v], ty.clone())
            }
            Type::List(t) => {
                let builder = self.inst(Op::Builder, Imm::None, &[], Type::Builder(t.clone()));
                for _ in 0..self.dice.below(3) {
                    let v = self.pick(t);
                    self.inst(Op::Push, Imm::None, &[builder, v], Type::Unit);
                }
                self.inst(Op::Freeze, Imm::None, &[builder], ty.clone())
            }
            Type::Name => {
                let listing = Flags {
                    set: FlagSet::Open,
                    bits: open::RDONLY | open::DIRECTORY | open::CLOEXEC | open::NONBLOCK,
                };
                let d = self.pick(&dir());
                let listing = sys(Sys::Openat2Listing, vec![listing]);
                let listing = self.inst(Op::Sys, listing, &[d], Type::Listing);
                let buf = self.inst(Op::Scratch, Imm::None, &[], Type::Buf(Buf::Bytes(512)));
                let read = sys(Sys::Getdents64, Vec::new());
                self.inst(Op::Sys, read.clone(), &[listing, buf], Type::Int);
                // The third entry: the first two are `.` and `..`, of 24 bytes each.
                let (third, at) = (self.int(48), self.int(64));
                let length = self.inst(Op::BufU16, Imm::None, &[buf, at], Type::Int);
                let limit = self.inst(Op::Add, Imm::None, &[third, length], Type::Int);
                let start = self.int(67);
                let name = self.inst(Op::NameCopy, Imm::None, &[buf, start, limit], Type::Name);
                match self.dice.below(3) {
                    0 => {
                        self.inst(Op::Sys, read, &[listing, buf], Type::Int);
                    }
                    1 => {
                        self.inst(Op::CloseListing, Imm::None, &[listing], Type::Unit);
                    }
                    _ => {}
                }
                name
            }
            Type::Dir(_) => {
                let flags = Flags {
                    set: FlagSet::Open,
                    bits: open::PATH | open::DIRECTORY | open::CLOEXEC,
                };
                let (d, p) = (self.pick(&dir()), self.pick(&Type::Path));
                let imm = sys(Sys::Openat2Dir, vec![flags]);
                self.inst(Op::Sys, imm, &[d, p], dir())
            }
            Type::Entry(_) => {
                let d = self.pick(&dir());
                let name = self.pick(&Type::Name);
                let ino = self.inst(Op::Int, Imm::Int(7), &[], Type::Ino);
                let kind = self.inst(Op::Int, Imm::Int(8), &[], Type::FileType);
                self.inst(Op::Entry, Imm::None, &[d, name, ino, kind], ty.clone())
            }
            _ => self.inst(Op::Unit, Imm::None, &[], Type::Unit),
        }
    }

    fn some_type(&mut self) -> Type {
        match self.dice.below(13) {
            0..=4 => Type::Int,
            12 => Type::Float,
            5 => Type::Bool,
            6 => Type::Path,
            7 => Type::Record(self.record.clone()),
            8 => result(),
            9 => Type::list(Type::Record(self.record.clone())),
            10 => Type::Entry(Rights::STAT),
            _ => Type::Name,
        }
    }

    fn statements(&mut self, count: usize, depth: usize) {
        for _ in 0..count {
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        match self.dice.below(if depth == 0 { 10 } else { 18 }) {
            0 | 1 => self.arithmetic(),
            2 | 3 => self.test(),
            4 | 5 => self.take_apart(),
            6 => {
                let ty = self.some_type();
                self.make(&ty);
            }
            7 => self.stat(),
            8 => {
                self.inst(Op::Sys, Imm::Sys(Sys::Getppid, Vec::new()), &[], Type::Int);
            }
            9 => self.call(),
            10..=12 => self.choice(depth - 1),
            13 | 14 => self.repeat(depth - 1),
            15 => self.attempt(depth - 1),
            16 => self.within(depth - 1),
            _ => self.fail(),
        }
    }

    fn arithmetic(&mut self) {
        let op = match self.dice.below(18) {
            0..=5 => Op::Add,
            6..=9 => Op::Sub,
            10 => Op::Mul,
            11 => Op::Quot,
            12 => Op::Rem,
            13 => Op::Mod,
            14 => [Op::BitAnd, Op::BitOr, Op::BitXor][self.dice.below(3)],
            15 => [Op::Shl, Op::Shr, Op::Ushr][self.dice.below(3)],
            _ => return self.floats(),
        };
        let (a, b) = (self.pick(&Type::Int), self.pick(&Type::Int));
        self.inst(op, Imm::None, &[a, b], Type::Int);
    }

    /// Whatever becomes of a float is an integer or a truth in the end.
    fn floats(&mut self) {
        let (a, b) = (self.pick(&Type::Float), self.pick(&Type::Float));
        let two = [Op::FAdd, Op::FSub, Op::FMul, Op::FDiv, Op::FRem, Op::FPow];
        let one = [
            Op::FNeg,
            Op::FSqrt,
            Op::FFloor,
            Op::FCeil,
            Op::FRound,
            Op::FTrunc,
        ];
        let which = self.dice.below(6);
        match self.dice.below(8) {
            0..=3 => self.inst(two[which], Imm::None, &[a, b], Type::Float),
            4 | 5 => self.inst(one[which], Imm::None, &[a], Type::Float),
            6 => self.inst(Op::IntOfFloat, Imm::None, &[a], Type::Int),
            _ => self.make(&Type::Float),
        };
    }

    fn test(&mut self) {
        let (a, b) = (self.pick(&Type::Int), self.pick(&Type::Int));
        match self.dice.below(5) {
            4 => {
                let (a, b) = (self.pick(&Type::Float), self.pick(&Type::Float));
                let op = [Op::FEq, Op::FLt, Op::FLe][self.dice.below(3)];
                self.inst(op, Imm::None, &[a, b], Type::Bool)
            }
            0 => self.inst(Op::Lt, Imm::None, &[a, b], Type::Bool),
            1 => self.inst(Op::Eq, Imm::None, &[a, b], Type::Bool),
            2 => {
                let b = self.pick(&Type::Bool);
                self.inst(Op::Not, Imm::None, &[b], Type::Bool)
            }
            _ => {
                let (a, b) = (self.pick(&Type::Path), self.pick(&Type::Name));
                self.inst(Op::BytesEq, Imm::None, &[a, b], Type::Bool)
            }
        };
    }

    fn take_apart(&mut self) {
        let record = Type::Record(self.record.clone());
        match self.dice.below(9) {
            0 => {
                let r = self.pick(&record);
                self.inst(Op::Get, Imm::Field(0), &[r], Type::Int)
            }
            1 => {
                let r = self.pick(&record);
                self.inst(Op::Get, Imm::Field(1), &[r], Type::Path)
            }
            2 => {
                let r = self.pick(&result());
                self.inst(Op::IsOk, Imm::None, &[r], Type::Bool)
            }
            3 => {
                let r = self.pick(&result());
                self.inst(Op::OkValue, Imm::None, &[r], Type::Int)
            }
            4 => {
                let l = self.pick(&Type::list(record));
                self.inst(Op::Len, Imm::None, &[l], Type::Int)
            }
            5 => {
                let l = self.pick(&Type::list(record.clone()));
                let n = self.pick(&Type::Int);
                self.inst(Op::At, Imm::None, &[l, n], record)
            }
            6 => {
                let n = self.pick(&Type::Name);
                self.inst(Op::PathOfName, Imm::None, &[n], Type::Path)
            }
            7 => {
                let e = self.pick(&Type::Entry(Rights::STAT));
                self.inst(Op::EntryName, Imm::None, &[e], Type::Name)
            }
            _ => {
                let a = self.pick(&Type::Int);
                let m = self.inst(Op::Retype, Imm::None, &[a], Type::Mode);
                self.inst(Op::Retype, Imm::None, &[m], Type::Int)
            }
        };
    }

    /// The size of what a name or an entry is.
    fn stat(&mut self) {
        let (d, name) = if self.dice.below(2) == 0 {
            (self.pick(&dir()), self.pick(&Type::Name))
        } else {
            let e = self.pick(&Type::Entry(Rights::STAT));
            let d = self.inst(Op::EntryDir, Imm::None, &[e], Type::Dir(Rights::STAT));
            (d, self.inst(Op::EntryName, Imm::None, &[e], Type::Name))
        };
        let ty = Type::Buf(Buf::Struct(StructId::Statx));
        let buf = self.inst(Op::Scratch, Imm::None, &[], ty);
        let flags = vec![
            Flags {
                set: FlagSet::At,
                bits: at::SYMLINK_NOFOLLOW | at::NO_AUTOMOUNT,
            },
            Flags {
                set: FlagSet::StatxMask,
                bits: statx_mask::BASIC_STATS,
            },
        ];
        let imm = Imm::Sys(Sys::Statx, flags);
        self.inst(Op::Sys, imm, &[d, name, buf], Type::Unit);
        let field = StructId::Statx.row().field("stx_size").unwrap_or(0);
        let size = self.inst(Op::StructGet, Imm::Field(field), &[buf], Type::Size);
        self.inst(Op::Retype, Imm::None, &[size], Type::Int);
    }

    fn call(&mut self) {
        if self.callees == 0 {
            return self.arithmetic();
        }
        let callee = FuncId::new(self.dice.below(self.callees));
        let args = [dir(), Type::Int, Type::Bool, Type::Path].map(|ty| self.pick(&ty));
        self.inst(Op::Call, Imm::Func(callee), &args, Type::Int);
    }

    /// Two ways that meet with a value.
    fn choice(&mut self, depth: usize) {
        let ty = self.some_type();
        let condition = self.pick(&Type::Bool);
        let [then, other, after] = [0; 3].map(|_| self.new_block(self.scope));
        self.end(End::Branch(condition, Target::to(then), Target::to(other)));
        let outside = self.known.len();
        for way in [then, other] {
            self.go(way);
            let count = self.dice.below(3);
            self.statements(count, depth);
            let v = self.pick(&ty);
            self.end(End::Jump(Target {
                block: after,
                args: vec![v],
            }));
            self.known.truncate(outside);
        }
        self.go(after);
        self.param(after, ty);
    }

    /// A loop of a few rounds that carries a value around.
    fn repeat(&mut self, depth: usize) {
        let ty = self.some_type();
        let first = self.pick(&ty);
        let zero = self.int(0);
        let [header, body, after] = [0; 3].map(|_| self.new_block(self.scope));
        self.end(End::Jump(Target {
            block: header,
            args: vec![zero, first],
        }));
        self.go(header);
        let n = self.param(header, Type::Int);
        self.param(header, ty.clone());
        let most = self.dice.below(4) as i64;
        let most = self.int(most);
        let more = self.inst(Op::Lt, Imm::None, &[n, most], Type::Bool);
        self.end(End::Branch(more, Target::to(body), Target::to(after)));
        let outside = self.known.len();
        self.go(body);
        let count = 1 + self.dice.below(4);
        self.statements(count, depth);
        let one = self.int(1);
        let next = self.inst(Op::Add, Imm::None, &[n, one], Type::Int);
        let v = self.pick(&ty);
        self.end(End::Jump(Target {
            block: header,
            args: vec![next, v],
        }));
        self.known.truncate(outside);
        self.go(after);
    }

    /// A scope with a handler: a result.
    fn attempt(&mut self, depth: usize) {
        let parent = self.scope;
        let [handler, after] = [0; 2].map(|_| self.new_block(parent));
        let scope = self.func.scopes.push(Scope {
            parent: Some(parent),
            handler: Some(handler),
        });
        let body = self.new_block(scope);
        self.end(End::Enter(scope, Target::to(body)));
        let outside = self.known.len();
        self.go(body);
        let count = self.dice.below(5);
        self.statements(count, depth);
        let v = self.make(&result());
        self.leave(scope, after, v);
        self.known.truncate(outside);
        self.go(handler);
        let error = self.param(handler, Type::Error);
        let count = self.dice.below(2);
        self.statements(count, depth);
        if self.dice.below(8) == 0 {
            self.end(End::Throw(error));
        } else {
            let v = self.inst(Op::Err, Imm::None, &[error], result());
            self.end(End::Jump(Target {
                block: after,
                args: vec![v],
            }));
        }
        self.known.truncate(outside);
        self.go(after);
        self.param(after, result());
    }

    /// A scope without one.
    fn within(&mut self, depth: usize) {
        let ty = self.some_type();
        let parent = self.scope;
        let after = self.new_block(parent);
        let scope = self.func.scopes.push(Scope {
            parent: Some(parent),
            handler: None,
        });
        let body = self.new_block(scope);
        self.end(End::Enter(scope, Target::to(body)));
        let outside = self.known.len();
        self.go(body);
        let count = self.dice.below(4);
        self.statements(count, depth);
        let v = self.pick(&ty);
        self.leave(scope, after, v);
        self.known.truncate(outside);
        self.go(after);
        self.param(after, ty);
    }

    fn leave(&mut self, scope: ScopeId, after: BlockId, v: Value) {
        let keep = match self.dice.below(3) {
            0 => Keep::All,
            1 => Keep::Only(Vec::new()),
            _ => Keep::Only(vec![self.pick(&dir())]),
        };
        let target = Target {
            block: after,
            args: vec![v],
        };
        self.end(End::Leave(scope, keep, target));
    }

    /// One way throws the error of a result.
    fn fail(&mut self) {
        let r = self.pick(&result());
        let ok = self.inst(Op::IsOk, Imm::None, &[r], Type::Bool);
        let [bad, after] = [0; 2].map(|_| self.new_block(self.scope));
        self.end(End::Branch(ok, Target::to(after), Target::to(bad)));
        let outside = self.known.len();
        self.go(bad);
        let error = self.inst(Op::ErrValue, Imm::None, &[r], Type::Error);
        self.end(End::Throw(error));
        self.known.truncate(outside);
        self.go(after);
    }
}

fn dir() -> Type {
    Type::Dir(Rights::LIST | Rights::STAT)
}

fn result() -> Type {
    Type::Result(Arc::new(Type::Int))
}
