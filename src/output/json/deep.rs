//! Values of any depth: what is still to be written lies on a stack of its own.

use super::{MapForm, push_key, push_levels, push_string, push_text};
use crate::output::Lookup;
use sawmill_ir::ty::{RecordKind, Type};
use sawmill_ir::value::View;

/// What is still to be written.
enum Work<'a> {
    Value(View<'a>),
    Byte(u8),
    /// Items with commas between them, and whether one was written; then this byte.
    Items(Box<dyn Iterator<Item = Item<'a>> + 'a>, bool, u8),
}

/// Something between commas.
enum Item<'a> {
    Value(View<'a>),
    Field(&'a str, View<'a>),
    Entry(View<'a>, View<'a>),
    Pair(View<'a>, View<'a>),
}

/// Appends a value.
pub(super) fn push(out: &mut Vec<u8>, view: &View, lookup: &dyn Lookup) {
    let mut todo = vec![Work::Value(*view)];
    while let Some(work) = todo.pop() {
        match work {
            Work::Byte(byte) => out.push(byte),
            Work::Value(view) => push_value(out, &view, lookup, &mut todo),
            Work::Items(mut items, any, close) => {
                let Some(item) = items.next() else {
                    out.push(close);
                    continue;
                };
                todo.push(Work::Items(items, true, close));
                if any {
                    out.push(b',');
                }
                push_item(out, item, &mut todo);
            }
        }
    }
}

fn push_item<'a>(out: &mut Vec<u8>, item: Item<'a>, todo: &mut Vec<Work<'a>>) {
    match item {
        Item::Value(value) => todo.push(Work::Value(value)),
        Item::Field(name, value) => {
            push_key(out, name);
            todo.push(Work::Value(value));
        }
        Item::Entry(key, value) => {
            push_text(out, key.bytes());
            out.push(b':');
            todo.push(Work::Value(value));
        }
        Item::Pair(key, value) => {
            out.push(b'[');
            todo.push(Work::Byte(b']'));
            todo.push(Work::Value(value));
            todo.push(Work::Byte(b','));
            todo.push(Work::Value(key));
        }
    }
}

/// Appends what holds nothing, and the beginning of what holds something.
fn push_value<'a>(
    out: &mut Vec<u8>,
    view: &View<'a>,
    lookup: &dyn Lookup,
    todo: &mut Vec<Work<'a>>,
) {
    let fields = || view.fields().map(|(name, value)| Item::Field(name, value));
    let (open, any, close, items): (u8, bool, u8, Box<dyn Iterator<Item = Item<'a>> + 'a>) =
        match view.ty() {
            Type::List(_) => (
                b'[',
                false,
                b']',
                Box::new(view.elements().map(Item::Value)),
            ),
            Type::Record(r) if r.kind == RecordKind::Tuple => {
                let elements = view.fields().map(|f| Item::Value(f.1));
                (b'[', false, b']', Box::new(elements))
            }
            Type::Record(_) => (b'{', false, b'}', Box::new(fields())),
            Type::Enum(_) if view.is_record() => (b'{', false, b'}', Box::new(fields())),
            Type::Enum(_) if view.case().is_some_and(|c| !c.fields.is_empty()) => {
                out.extend_from_slice(b"{\"case\":");
                push_string(out, view.case().map_or("", |c| &c.name));
                todo.push(Work::Items(Box::new(fields()), true, b'}'));
                return;
            }
            Type::Map(key, value) => {
                let form = MapForm::of(key, value);
                let (open, close) = form.brackets();
                let pairs = view.pairs().map(move |(key, value)| match form {
                    MapForm::Set => Item::Value(key),
                    MapForm::Object => Item::Entry(key, value),
                    MapForm::Pairs => Item::Pair(key, value),
                });
                (open, false, close, Box::new(pairs))
            }
            Type::Desc(_) => {
                todo.push(Work::Value(view.plainly()));
                return;
            }
            Type::Option(_) if view.option().is_some() => {
                todo.extend(view.option().map(Work::Value));
                return;
            }
            Type::Result(_) => {
                if let Ok(value) = view.result() {
                    todo.push(Work::Value(value));
                    return;
                }
                return push_levels(out, view, lookup, 1);
            }
            // Nothing of a program's is within these.
            _ => return push_levels(out, view, lookup, 2),
        };
    out.push(open);
    todo.push(Work::Items(items, any, close));
}
