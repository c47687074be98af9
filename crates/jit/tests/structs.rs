//! Every field of every kernel structure that is a value: what `struct.get` makes of the kernel's bytes is what the
//! field's shape says, in every engine.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Engines, Mute, Session, module};
use sawmill_ir::host::Host;
use sawmill_ir::layout::{Layout, list};
use sawmill_ir::structs::{Field, Shape, StructId};
use sawmill_ir::ty::Type;
use sawmill_ir::value::Data;

/// What a field is read as.
fn value(field: &Field, bytes: &[u8]) -> Data {
    let place = field.here();
    let bytes = &bytes[place.offset as usize..][..place.shape.size() as usize];
    let [word, second] = place.shape.words(bytes);
    match field.ty {
        Type::Int => Data::Int(word as i64),
        Type::Size => Data::Size(word as i64),
        Type::Mode => Data::Mode(word as u32),
        Type::FileType => Data::FileType(word),
        Type::Ino => Data::Ino(word),
        Type::Dev => Data::Dev(word),
        Type::Duration => Data::Duration(word as i64),
        Type::Time => Data::Time {
            sec: word as i64,
            nsec: second as u32,
        },
        Type::Bytes => {
            let text = bytes.split(|b| *b == 0).next().unwrap();
            Data::Bytes(text.to_vec())
        }
        ref ty => panic!("{} is read as {ty}", field.name),
    }
}

/// Bytes for a structure: with high bits, or with NULs between.
fn bytes(id: StructId, nuls: bool) -> Vec<u8> {
    let byte = |i: u32| match nuls {
        true if i % 8 == 5 => 0,
        true => (i * 29 + 3) as u8 & 0x7f | 1,
        false => (i * 37 + 129) as u8 | 0x81,
    };
    let mut bytes: Vec<u8> = (0..id.row().size()).map(byte).collect();
    for place in id.row().fields.iter().map(|f| f.here()) {
        let at = place.offset as usize;
        match place.shape {
            // Nanoseconds are below 10⁹, and a mode is of 16 bits, wherever it comes from.
            Shape::Timestamp => {
                bytes[at + 8..at + 12].copy_from_slice(&999_999_999_u32.to_le_bytes())
            }
            Shape::Timespec => {
                bytes[at + 8..at + 16].copy_from_slice(&123_456_789_u64.to_le_bytes())
            }
            _ => {}
        }
    }
    bytes
}

#[test]
fn every_field_is_read_as_its_shape_says() {
    let mut read = 0;
    for id in StructId::ALL {
        let row = id.row();
        for field in row.fields.iter().filter(|f| f.is_value()) {
            let (name, ty) = (row.name, &field.ty);
            let engines = Engines::hooked(module(&format!(
                "sawir 1\nentry fn @0 main() -> {ty} {{\n^0() s0:\n  %0: buf<{name}> = scratch\n  \
                 %1: {ty} = struct.get {} %0\n  return %1\n}}\n",
                field.name
            )));
            // The frame of the entry lies after the head of the output's list, where the heap begins.
            let heap = Layout::of(engines.program.module()).heap + list::HEADER;
            for nuls in [false, true] {
                let bytes = bytes(*id, nuls);
                let outcome = engines.agree(
                    &Session::default(),
                    || Mute,
                    |context| {
                        let memory = &mut context.memory()[heap as usize..];
                        memory[..bytes.len()].copy_from_slice(&bytes);
                        Vec::new()
                    },
                );
                let want = value(field, &bytes);
                assert_eq!(outcome.result.unwrap(), want, "{name}.{}", field.name);
                read += 1;
            }
        }
    }
    assert!(read > 400, "only {read} fields");
}
