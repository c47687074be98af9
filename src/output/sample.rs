//! Values made by hand, for the tests of the writers.

use super::Lookup;
use sawmill_ir::module::{Module, Span};
use sawmill_ir::ty::{RecordKind, RecordType, Type};
use sawmill_ir::value::View;
use std::sync::Arc;

/// A run's memory and the module it belongs to.
pub(crate) struct Memory {
    module: Module,
    bytes: Vec<u8>,
}

impl Memory {
    pub(crate) fn new() -> Memory {
        // Offset 0 is no object.
        Memory::of(vec![0; 64])
    }
    pub(crate) fn of(bytes: Vec<u8>) -> Memory {
        let module = Module::default();
        Memory { module, bytes }
    }
    /// Puts words there; gives their offset.
    pub(crate) fn words(&mut self, words: &[u64]) -> u64 {
        let aligned = self.bytes.len().next_multiple_of(8);
        self.bytes.resize(aligned, 0);
        self.bytes
            .extend(words.iter().flat_map(|w| w.to_le_bytes()));
        aligned as u64
    }
    /// Puts bytes there; gives offset and length.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> [u64; 2] {
        let at = self.bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
        self.bytes.push(0);
        [at, bytes.len() as u64]
    }
    /// A list of one-word elements.
    pub(crate) fn list(&mut self, elements: &[u64]) -> u64 {
        let data = self.words(elements);
        let len = elements.len() as u64;
        self.words(&[len, len, data])
    }
    /// A row of [`stat_type`].
    pub(crate) fn stat(&mut self, name: &[u8], size: u64) -> u64 {
        let [at, len] = self.bytes(name);
        let times = [1_795_422_000, 7];
        self.words(&[
            at,
            len,
            size,
            0o100644,
            8,
            times[0],
            times[1],
            1000,
            42,
            8 << 32 | 1,
        ])
    }
    pub(crate) fn view<'a>(&'a self, ty: &'a Type, words: &[u64]) -> View<'a> {
        View::new(&self.module, &self.bytes, ty, words)
    }
}

/// A record with a field of most kinds.
pub(crate) fn stat_type() -> Type {
    let fields = [
        ("name", Type::Path),
        ("size", Type::Size),
        ("mode", Type::Mode),
        ("type", Type::FileType),
        ("mtime", Type::Time),
        ("uid", Type::Int),
        ("ino", Type::Ino),
        ("dev", Type::Dev),
    ];
    Type::Record(Arc::new(RecordType {
        kind: RecordKind::Named,
        name: "Stat".into(),
        fields: fields.map(|(n, t)| (n.to_string(), t)).into(),
    }))
}

/// Knows one open handle, and a source of one line.
pub(crate) struct Place;

impl Place {
    pub(crate) const OPEN: u64 = 1 << 32 | 3;
}

impl Lookup for Place {
    fn label(&self, handle: u64) -> Option<&[u8]> {
        (handle == Place::OPEN).then_some(b"/etc")
    }
    fn place(&self, at: Span) -> Option<String> {
        (at.source > 0).then(|| format!("file.saw:1:{}", at.start + 1))
    }
}

/// Shows `look` a value as a program gives it: one that is passed in as `data` and comes out as it is. `declared` are
/// lines of the text form that the type needs.
pub(crate) fn given<R>(
    declared: &str,
    ty: &str,
    data: sawmill_ir::value::Data,
    look: impl FnOnce(&View) -> R,
) -> R {
    let text = format!(
        "sawir 1\n{declared}\nentry fn @0 f(%0: {ty} \"a\" = def) -> {ty} {{\n^0(%0) s0:\n  return %0\n}}\n"
    );
    let module = sawmill_ir::text::parse(&text).expect("is the text form");
    let program = sawmill_ir::verify::verify(module).expect("keeps the rules");
    let mut context = crate::Engine::new().context().expect("there is memory");
    let words = context.load(&program, &[data]).expect("is of the type");
    let code = sawmill_ir::interp::decode(&program);
    let result = code.run(&mut *context, &words).expect("does nothing");
    look(&context.view(&result).expect("is a result"))
}
