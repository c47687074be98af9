//! The fake kernel's calls on what is open: contents, sizes, positions, times, modes, attributes.

use super::calls::{
    Descriptors, EBADF, EEXIST, EINVAL, EISDIR, Open, Result, number, read_path, read_word,
};
use super::tree::{Kind, Node, Tree};
use sawmill_ir::flags::{FlagSet, seek, xattr};
use sawmill_ir::layout::UTIME_OMIT;
use sawmill_ir::syscalls::Sys;

const ENXIO: i32 = 6;
const EFBIG: i32 = 27;
const ESPIPE: i32 = 29;
const ERANGE: i32 = 34;
const ENODATA: i32 = 61;
const ENOTSUP: i32 = 95;
/// No file gets larger than so many bytes.
const LARGEST: u64 = 64 << 20;

impl Descriptors {
    /// A call that is about an open file, if it is one.
    pub(super) fn file_call(
        &mut self,
        tree: &mut Tree,
        sys: Sys,
        args: &[u64; 6],
        memory: &mut [u8],
    ) -> Option<Result<i64>> {
        let [fd, a, b, c, d, _] = *args;
        Some(match sys.row().kernel {
            "read" => self.read(tree, fd, (a, b), None, memory),
            "pread64" => self.read(tree, fd, (a, b), Some(c), memory),
            "write" => self.write(tree, fd, (a, b), None, memory),
            "pwrite64" => self.write(tree, fd, (a, b), Some(c), memory),
            "copy_file_range" | "sendfile" => self.copy(tree, sys, args, memory),
            "lseek" => self.lseek(tree, fd, a as i64, b),
            "ftruncate" => self.ftruncate(tree, fd, a),
            "fsync" | "fdatasync" => self.opened(fd).map(|_| 0),
            "fchmod" => self.node(tree, fd).map(|node| {
                node.meta.mode = a as u16 & 0o7777;
                0
            }),
            // The empty path: what is meant is the descriptor itself.
            "utimensat" if memory.get(a as usize) == Some(&0) => self
                .get(fd)
                .map(|open| set_times(&mut tree.nodes[open.node], memory, b)),
            "fgetxattr" => self.fgetxattr(tree, fd, a, (b, c), memory),
            "fsetxattr" => self.fsetxattr(tree, [fd, a, b, c, d], memory),
            _ => return None,
        })
    }

    fn node<'t>(&mut self, tree: &'t mut Tree, fd: u64) -> Result<&'t mut Node> {
        let open = self.opened(fd)?;
        Ok(&mut tree.nodes[open.node])
    }

    fn read(
        &mut self,
        tree: &Tree,
        fd: u64,
        (at, size): (u64, u64),
        offset: Option<u64>,
        memory: &mut [u8],
    ) -> Result<i64> {
        let open = self.opened(fd)?;
        let node = &tree.nodes[open.node];
        if !open.reads {
            return Err(EBADF);
        }
        match node.kind {
            Kind::File => {}
            Kind::Dir(_) => return Err(EISDIR),
            _ if offset.is_some() => return Err(ESPIPE),
            // Nobody writes to the pipe.
            _ => return Ok(0),
        }
        let from = offset.unwrap_or(open.position);
        if from > i64::MAX as u64 {
            return Err(EINVAL);
        }
        let count = node.meta.size.saturating_sub(from).min(size);
        let into = &mut memory[at as usize..][..count as usize];
        into.fill(0);
        let held = usize::try_from(from)
            .ok()
            .and_then(|n| node.contents.get(n..));
        for (to, byte) in into.iter_mut().zip(held.unwrap_or(&[])) {
            *to = *byte;
        }
        if offset.is_none() {
            open.position += count;
        }
        Ok(count as i64)
    }

    fn write(
        &mut self,
        tree: &mut Tree,
        fd: u64,
        (at, size): (u64, u64),
        offset: Option<u64>,
        memory: &[u8],
    ) -> Result<i64> {
        let open = self.opened(fd)?;
        let node = &mut tree.nodes[open.node];
        if !open.writes {
            return Err(EBADF);
        }
        if !matches!(node.kind, Kind::File) {
            return Err(ESPIPE);
        }
        let from = match offset {
            _ if open.appends => node.meta.size,
            Some(offset) if offset > i64::MAX as u64 => return Err(EINVAL),
            Some(offset) => offset,
            None => open.position,
        };
        let end = from.saturating_add(size);
        if end > LARGEST {
            return Err(EFBIG);
        }
        if size > 0 {
            let (from, to) = (from as usize, end as usize);
            let held = node.contents.len().max(to);
            node.contents.resize(held, 0);
            node.contents[from..to].copy_from_slice(&memory[at as usize..][..size as usize]);
            node.meta.size = node.meta.size.max(end);
        }
        if offset.is_none() {
            open.position = end;
        }
        Ok(size as i64)
    }

    /// Copies within the kernel, at the offsets that are given or at the files' own.
    fn copy(&mut self, tree: &mut Tree, sys: Sys, args: &[u64; 6], memory: &[u8]) -> Result<i64> {
        let offset = |at: u64| Some(read_word(memory, at));
        let [a, b, c, d, size, _] = *args;
        let (from, to, size) = match sys {
            Sys::CopyFileRangeAt => ((a, offset(b)), (c, offset(d)), size),
            Sys::SendfileAt => ((b, offset(c)), (a, None), d),
            Sys::Sendfile => ((b, None), (a, None), d),
            _ => ((a, None), (c, None), size),
        };
        let (reads, writes) = (self.opened(from.0)?.reads, self.opened(to.0)?.writes);
        if !reads || !writes {
            return Err(EBADF);
        }
        let mut held = vec![0; size.min(LARGEST) as usize];
        let room = (0, held.len() as u64);
        let count = self.read(tree, from.0, room, from.1, &mut held)?;
        self.write(tree, to.0, (0, count as u64), to.1, &held)
    }

    fn lseek(&mut self, tree: &Tree, fd: u64, offset: i64, whence: u64) -> Result<i64> {
        let open = self.opened(fd)?;
        let node = &tree.nodes[open.node];
        if !matches!(node.kind, Kind::File) {
            return Err(ESPIPE);
        }
        let size = node.meta.size as i64;
        let is = |bit| whence == number(FlagSet::Seek, bit);
        let beyond = offset < 0 || offset >= size;
        let position = match () {
            () if is(seek::SET) => Some(offset),
            () if is(seek::CUR) => offset.checked_add(open.position as i64),
            () if is(seek::END) => offset.checked_add(size),
            () if beyond => return Err(ENXIO),
            () if is(seek::DATA) => Some(offset),
            () => Some(size),
        };
        let position = position.filter(|p| *p >= 0).ok_or(EINVAL)?;
        open.position = position as u64;
        Ok(position)
    }

    fn ftruncate(&mut self, tree: &mut Tree, fd: u64, size: u64) -> Result<i64> {
        let open = self.opened(fd)?;
        let node = &mut tree.nodes[open.node];
        if !open.writes || !matches!(node.kind, Kind::File) {
            return Err(EINVAL);
        }
        if size > i64::MAX as u64 {
            return Err(EINVAL);
        }
        let held = node.contents.len().min(size.min(LARGEST) as usize);
        node.contents.truncate(held);
        node.meta.size = size;
        Ok(0)
    }

    fn fgetxattr(
        &mut self,
        tree: &mut Tree,
        fd: u64,
        name: u64,
        (at, size): (u64, u64),
        memory: &mut [u8],
    ) -> Result<i64> {
        let node = self.node(tree, fd)?;
        let name = attribute(memory, name)?;
        let value = node.attributes.get(name).ok_or(ENODATA)?;
        if size > 0 {
            if (value.len() as u64) > size {
                return Err(ERANGE);
            }
            memory[at as usize..][..value.len()].copy_from_slice(value);
        }
        Ok(value.len() as i64)
    }

    fn fsetxattr(&mut self, tree: &mut Tree, args: [u64; 5], memory: &[u8]) -> Result<i64> {
        let [fd, name, at, size, flags] = args;
        let node = self.node(tree, fd)?;
        let name = attribute(memory, name)?;
        let is_there = node.attributes.contains_key(name);
        let has = |bit| flags & number(FlagSet::Xattr, bit) != 0;
        match is_there {
            true if has(xattr::CREATE) => return Err(EEXIST),
            false if has(xattr::REPLACE) => return Err(ENODATA),
            _ => {}
        }
        let value = memory[at as usize..][..size as usize].to_vec();
        node.attributes.insert(name.to_vec(), value);
        Ok(0)
    }
}

/// The name of an attribute that a file may have.
fn attribute(memory: &[u8], at: u64) -> Result<&[u8]> {
    let name = read_path(memory, at).map_err(|_| ERANGE)?;
    match name {
        b"" => Err(ERANGE),
        name if name.len() > 255 => Err(ERANGE),
        b"user." => Err(EINVAL),
        name if name.starts_with(b"user.") => Ok(name),
        _ => Err(ENOTSUP),
    }
}

/// Sets the times of two `struct timespec`.
pub(super) fn set_times(node: &mut Node, memory: &[u8], at: u64) -> i64 {
    let times = [&mut node.meta.atime, &mut node.meta.mtime];
    for (time, at) in times.into_iter().zip([at, at + 16]) {
        let nanoseconds = read_word(memory, at + 8);
        if nanoseconds != UTIME_OMIT {
            *time = (read_word(memory, at) as i64, nanoseconds as u32);
        }
    }
    0
}

impl Open {
    /// Whether it is a directory's, and which.
    pub(super) fn is_dir(&self, tree: &Tree) -> bool {
        matches!(tree.nodes[self.node].kind, Kind::Dir(_))
    }
}
