//! Library ops: operations whose meaning is one Rust function, which both engines call.
//!
//! A row in the library section of the operation table ([`crate::ops`]) names its function; interpreter, compiler,
//! verifier and text form know all such rows by that and none by itself. To add one: a row, a function.
//!
//! A function gets a [`Call`] (the instruction with its types, and the words of its operands) and the [`Host`], and
//! gives the words of its result. It promises:
//! - no panic, for words that are what their types say; no recursion by the depth of data, which is not bounded;
//! - time in proportion to the size of its operands, or that times a logarithm;
//! - to stop when the host wants it: loops over data count their [`Steps`];
//! - that what it reads from memory it reads again after [`Host::alloc`] (offsets stay good, borrows do not).

mod array;
pub(crate) mod bytes;
mod cases;
pub mod collections;
pub mod data;
pub mod errors;
pub mod format;
pub mod growing;
mod hash;
mod list;
mod map;
mod number;
pub(crate) mod path;
mod scan;
pub mod show;
mod sort;
pub(crate) mod split;
pub(crate) mod text;
mod trie;
mod words;
mod work;

#[cfg(test)]
mod tests;

pub(crate) use array::{get as array_get, set as array_set};
pub(crate) use map::entries as map_entries;

/// How maps lie in memory, for the collector.
pub(crate) mod map_layout {
    pub(crate) use super::map::{CAP, ENTRIES, FLAT_HEADER, LEN, MASK, TABLE, TRIE, TRIE_HEADER};
}
/// How tries lie in memory, for the collector.
pub(crate) mod trie_layout {
    pub(crate) use super::trie::{PAIR, at, count, is_leaf};
}

use crate::eval::Words;
use crate::fault::{self, Fault};
use crate::host::Host;
use crate::module::{Inst, Module};
use crate::ty::{MAX_WIDTH, Type};
use std::collections::HashMap;

/// What a library op does.
pub type Function = fn(&Call<'_>, &mut dyn Host) -> Result<Words, Fault>;

/// A library op with its operands.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The module that runs.
    pub module: &'a Module,
    /// The instruction.
    pub inst: &'a Inst,
    /// The number that errors have for it ([`fault::site`]).
    pub site: u64,
    /// The types of its operands.
    pub operands: &'a [Type],
    /// The type of its result.
    pub result: &'a Type,
    /// The words of its operands, one after another.
    pub words: &'a [u64],
    /// The word at which each operand starts.
    starts: &'a [usize],
}

impl<'a> Call<'a> {
    /// The words of operand `n`; none if there is no such operand.
    pub fn operand(&self, n: usize) -> &'a [u64] {
        let Some((start, ty)) = self.starts.get(n).zip(self.operands.get(n)) else {
            return &[];
        };
        self.words.get(*start..start + ty.width()).unwrap_or(&[])
    }

    /// The first word of operand `n`.
    pub fn word(&self, n: usize) -> u64 {
        self.operand(n).first().copied().unwrap_or(0)
    }

    /// The offset and length of operand `n`: a text, a path or bytes.
    pub fn bytes(&self, n: usize) -> [u64; 2] {
        match self.operand(n) {
            [at, len, ..] => [*at, *len],
            _ => [0, 0],
        }
    }
}

/// A library op of a module: what is known of it before it runs.
#[derive(Clone, Debug)]
pub struct Site {
    function: Function,
    inst: Inst,
    site: u64,
    operands: Vec<Type>,
    starts: Vec<usize>,
    result: Type,
    words: usize,
}

impl Site {
    /// How many words its operands take together.
    pub fn words(&self) -> usize {
        self.words
    }

    /// How many words its result takes.
    pub fn width(&self) -> usize {
        self.result.width()
    }

    /// Does it to operands with these words.
    pub fn run(&self, module: &Module, words: &[u64], host: &mut dyn Host) -> Result<Words, Fault> {
        let call = Call {
            module,
            inst: &self.inst,
            site: self.site,
            operands: &self.operands,
            result: &self.result,
            words,
            starts: &self.starts,
        };
        (self.function)(&call, host)
    }
}

/// The library ops of a module, numbered in the order of its functions, blocks and instructions.
#[derive(Clone, Debug, Default)]
pub struct Sites {
    rows: Vec<Site>,
    numbers: HashMap<u64, u32>,
}

impl Sites {
    /// Those of a verified module.
    pub fn of(module: &Module) -> Sites {
        let mut sites = Sites::default();
        for (id, func) in module.funcs.iter() {
            for inst in func.blocks.values().flat_map(|b| &b.insts) {
                let Some(function) = inst.op.row().library else {
                    continue;
                };
                let types = inst.args.iter().map(|v| &func.values[*v]);
                let operands: Vec<Type> = types.cloned().collect();
                let mut words = 0;
                let start = |ty: &Type| {
                    let start = words;
                    words += ty.width();
                    start
                };
                let starts = operands.iter().map(start).collect();
                let site = fault::site(id, inst.result);
                sites.numbers.insert(site, sites.rows.len() as u32);
                sites.rows.push(Site {
                    function,
                    inst: inst.clone(),
                    site,
                    operands,
                    starts,
                    result: func.values[inst.result].clone(),
                    words,
                });
            }
        }
        sites
    }

    /// The number of the library op at a site.
    pub fn number(&self, site: u64) -> Option<u32> {
        self.numbers.get(&site).copied()
    }

    /// The library op of that number.
    pub fn get(&self, number: u32) -> Option<&Site> {
        self.rows.get(number as usize)
    }
}

/// Counts the work of a library op, and asks now and then whether the run shall stop.
#[derive(Default)]
pub struct Steps(u32);

impl Steps {
    /// How much work lies between two questions.
    pub(crate) const BETWEEN: u32 = 1 << 16;

    /// One step more. Fails with [`Fault::Interrupted`].
    #[inline]
    pub fn step(&mut self, host: &dyn Host) -> Result<(), Fault> {
        self.add(1, host)
    }

    /// So much work more, such as bytes looked at.
    #[inline]
    pub fn add(&mut self, work: u64, host: &dyn Host) -> Result<(), Fault> {
        self.0 = self
            .0
            .saturating_add(u32::try_from(work).unwrap_or(u32::MAX));
        if self.0 < Steps::BETWEEN {
            return Ok(());
        }
        self.0 = 0;
        match host.interrupted() {
            true => Err(Fault::Interrupted),
            false => Ok(()),
        }
    }
}

/// A result of one word.
pub fn one(word: u64) -> Words {
    let mut words = [0; MAX_WIDTH];
    words[0] = word;
    words
}

/// A result of these words; those beyond [`MAX_WIDTH`], which no type has, are left out.
pub fn words(from: &[u64]) -> Words {
    let mut words = [0; MAX_WIDTH];
    for (to, from) in words.iter_mut().zip(from) {
        *to = *from;
    }
    words
}

/// An option of these words.
pub fn some(value: &[u64]) -> Words {
    let mut words = [0; MAX_WIDTH];
    words[0] = 1;
    for (to, from) in words[1..].iter_mut().zip(value) {
        *to = *from;
    }
    words
}

/// The option that has no value.
pub const NONE: Words = [0; MAX_WIDTH];

/// A result that is text, bytes or a path: fresh memory with a NUL after the bytes.
pub fn text(host: &mut dyn Host, bytes: &[u8]) -> Result<Words, Fault> {
    Ok(words(&host.put_bytes(bytes)?))
}
