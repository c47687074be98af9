//! The fake kernel's calls.

use super::tree::{Kind, Node, NodeId, Tree, ino};
use crate::kernel::PATH_MAX;
use sawmill_ir::Arch;
use sawmill_ir::flags::{FlagSet, Flags, at, open};
use sawmill_ir::structs::StructId;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::syscalls::catalogue::Version;
use std::ops::Bound;

pub(super) const ENOENT: i32 = 2;
pub(super) const EBADF: i32 = 9;
pub(super) const EACCES: i32 = 13;
pub(super) const EFAULT: i32 = 14;
pub(super) const EEXIST: i32 = 17;
const EXDEV: i32 = 18;
pub(super) const ENOTDIR: i32 = 20;
pub(super) const EISDIR: i32 = 21;
pub(super) const EINVAL: i32 = 22;
const EMFILE: i32 = 24;
const ENXIO: i32 = 6;
pub(super) const ENAMETOOLONG: i32 = 36;
pub(super) const ENOSYS: i32 = 38;
const ELOOP: i32 = 40;
const AT_FDCWD: i32 = -100;
pub(super) const NAME_MAX: usize = 255;
const MAX_SYMLINKS: u32 = 40;
/// Descriptors start here, as in a process with its three.
const FIRST: usize = 3;

const RESOLVE_NO_SYMLINKS: u64 = 4;
const RESOLVE_BENEATH: u64 = 8;
const RESOLVE_IN_ROOT: u64 = 16;

/// The open descriptors and the working directory.
pub(super) struct Descriptors {
    table: Vec<Option<Open>>,
    pub(super) limit: usize,
    pub(super) cwd: NodeId,
    pub(super) privileged: bool,
    /// Which kernel this is; it has no newer calls.
    pub(super) version: Version,
}

/// An open descriptor.
pub(super) struct Open {
    pub(super) node: NodeId,
    /// Opened with `O_PATH`: good for reaching, not for reading.
    pub(super) path_only: bool,
    /// What else it was opened for.
    pub(super) reads: bool,
    pub(super) writes: bool,
    pub(super) appends: bool,
    /// Where the next read or write is.
    pub(super) position: u64,
    /// How much of the listing was read.
    read: Read,
}

/// What a path leads to.
enum Found {
    Node(NodeId),
    /// Nothing of that name in a directory.
    Nothing(NodeId, Vec<u8>),
}

#[derive(Clone)]
enum Read {
    Nothing,
    Dot,
    DotDot,
    Name(Vec<u8>),
}

pub(super) type Result<T> = std::result::Result<T, i32>;

impl Descriptors {
    pub(super) fn new() -> Descriptors {
        Descriptors {
            table: Vec::new(),
            limit: 1024,
            cwd: 0,
            privileged: false,
            version: Version::parse("6.18"),
        }
    }

    pub(super) fn open(&self) -> usize {
        self.table.iter().flatten().count()
    }

    pub(super) fn call(
        &mut self,
        tree: &mut Tree,
        sys: Sys,
        args: &[u64; 6],
        memory: &mut [u8],
    ) -> Result<i64> {
        match sys.row().kernel {
            "openat2" => self.openat2(tree, args, memory),
            "getdents64" => self.getdents64(tree, args, memory),
            "statx" => self.statx(tree, args, memory),
            "close" => {
                let at = (args[0] as i32 as usize).wrapping_sub(FIRST);
                let open = self.table.get_mut(at).and_then(Option::take);
                open.map(|_| 0).ok_or(EBADF)
            }
            kernel => {
                let done = self.file_call(tree, sys, args, memory);
                let done = done.or_else(|| self.name_call(tree, kernel, args, memory));
                let done =
                    done.or_else(|| super::machine::call(self.version, kernel, args, memory));
                done.unwrap_or(Err(ENOSYS))
            }
        }
    }

    /// A descriptor that was opened for more than reaching.
    pub(super) fn opened(&mut self, fd: u64) -> Result<&mut Open> {
        let at = (fd as i32 as usize).wrapping_sub(FIRST);
        let open = self.table.get_mut(at).and_then(Option::as_mut);
        open.filter(|open| !open.path_only).ok_or(EBADF)
    }

    pub(super) fn get(&self, fd: u64) -> Result<&Open> {
        let at = (fd as i32 as usize).wrapping_sub(FIRST);
        self.table.get(at).and_then(Option::as_ref).ok_or(EBADF)
    }

    fn openat2(&mut self, tree: &mut Tree, args: &[u64; 6], memory: &[u8]) -> Result<i64> {
        let [dir, path, how, size, ..] = *args;
        if size != 24 {
            return Err(EINVAL);
        }
        let word = |n: u64| read_word(memory, how + n * 8);
        let (flags, mode, resolve) = (word(0), word(1), word(2));
        let has = |bits| flags & number(FlagSet::Open, bits) != 0;
        let (creates, writes) = (has(open::CREAT), has(open::WRONLY | open::RDWR));
        if mode != 0 && !creates || mode > 0o7777 {
            return Err(EINVAL);
        }
        let path = read_path(memory, path)?;
        if path.is_empty() {
            return Err(ENOENT);
        }
        if creates && path.ends_with(b"/") {
            return Err(EISDIR);
        }
        let follow = !(has(open::NOFOLLOW) || creates && has(open::EXCL));
        let path_only = has(open::PATH);
        let open = |node| Open {
            node,
            path_only,
            reads: !path_only && !has(open::WRONLY),
            writes: !path_only && writes,
            appends: has(open::APPEND),
            position: 0,
            read: Read::Nothing,
        };
        let node = match self.find(tree, dir, path, follow, resolve)? {
            Found::Node(_) if creates && has(open::EXCL) => return Err(EEXIST),
            Found::Node(node) => node,
            Found::Nothing(dir, name) if creates => {
                self.may_change(tree, dir)?;
                let node = tree.insert(dir, name, Kind::File, 0);
                tree.nodes[node].meta.mode = mode as u16 & !UMASK;
                return self.install(open(node));
            }
            Found::Nothing(..) => return Err(ENOENT),
        };
        let found = &mut tree.nodes[node];
        match &found.kind {
            Kind::Dir(_) if writes || creates => return Err(EISDIR),
            Kind::Dir(_) => {}
            Kind::Symlink(_) if !path_only => return Err(ELOOP),
            _ if has(open::DIRECTORY) => return Err(ENOTDIR),
            Kind::Socket | Kind::Char | Kind::Block if !path_only => return Err(ENXIO),
            // Nobody reads it, and it is not waited for.
            Kind::Fifo if writes && !has(open::RDWR) => return Err(ENXIO),
            _ => {}
        }
        let wanted = if has(open::WRONLY) { 0 } else { 0o400 } | if writes { 0o200 } else { 0 };
        if !path_only && !self.privileged && found.meta.mode & wanted != wanted {
            return Err(EACCES);
        }
        if has(open::TRUNC) && matches!(found.kind, Kind::File) {
            found.contents.clear();
            found.meta.size = 0;
        }
        self.install(open(node))
    }

    /// The lowest descriptor that is free, as the kernel gives it.
    fn install(&mut self, open: Open) -> Result<i64> {
        if self.open() >= self.limit {
            return Err(EMFILE);
        }
        let free = self.table.iter().position(Option::is_none);
        let at = free.unwrap_or(self.table.len());
        if at == self.table.len() {
            self.table.push(None);
        }
        self.table[at] = Some(open);
        Ok((at + FIRST) as i64)
    }

    /// What a path names, from a descriptor or the working directory on.
    fn walk(
        &self,
        tree: &Tree,
        dir: u64,
        path: &[u8],
        follow: bool,
        resolve: u64,
    ) -> Result<NodeId> {
        match self.find(tree, dir, path, follow, resolve)? {
            Found::Node(node) => Ok(node),
            Found::Nothing(..) => Err(ENOENT),
        }
    }

    /// The same, or the directory in which it would have to be.
    fn find(
        &self,
        tree: &Tree,
        dir: u64,
        path: &[u8],
        follow: bool,
        resolve: u64,
    ) -> Result<Found> {
        let absolute = path.starts_with(b"/");
        let start = match dir as i32 {
            _ if absolute && resolve & RESOLVE_IN_ROOT == 0 => 0,
            AT_FDCWD => self.cwd,
            _ => self.get(dir)?.node,
        };
        let bounded = resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT) != 0;
        let root = if bounded { start } else { 0 };
        let mut at = start;
        let mut links = 0;
        // What is still to be walked, last component first. The empty name stands for a slash at the end.
        let mut rest: Vec<Vec<u8>> = Vec::new();
        let mut from_root = absolute;
        push_components(&mut rest, path);
        loop {
            if std::mem::take(&mut from_root) {
                if resolve & RESOLVE_BENEATH != 0 {
                    return Err(EXDEV);
                }
                at = root;
            }
            let Some(name) = rest.pop() else {
                return Ok(Found::Node(at));
            };
            let node = &tree.nodes[at];
            let Kind::Dir(entries) = &node.kind else {
                return Err(ENOTDIR);
            };
            if !self.privileged && node.meta.mode & 0o100 == 0 {
                return Err(EACCES);
            }
            if name.len() > NAME_MAX {
                return Err(ENAMETOOLONG);
            }
            let next = match &name[..] {
                b"" | b"." => at,
                b".." if at == root && resolve & RESOLVE_BENEATH != 0 => return Err(EXDEV),
                b".." if at == root => at,
                b".." => node.parent,
                name => match entries.get(name) {
                    Some(found) => *found,
                    None if rest.is_empty() && node.links > 0 => {
                        return Ok(Found::Nothing(at, name.to_vec()));
                    }
                    None => return Err(ENOENT),
                },
            };
            match &tree.nodes[next].kind {
                Kind::Symlink(target) if follow || !rest.is_empty() => {
                    links += 1;
                    if links > MAX_SYMLINKS || resolve & RESOLVE_NO_SYMLINKS != 0 {
                        return Err(ELOOP);
                    }
                    from_root = target.starts_with(b"/");
                    push_components(&mut rest, target);
                }
                _ => at = next,
            }
        }
    }

    fn getdents64(&mut self, tree: &Tree, args: &[u64; 6], memory: &mut [u8]) -> Result<i64> {
        let [fd, buf, size, ..] = *args;
        let open = self.get(fd)?;
        if open.path_only {
            return Err(EBADF);
        }
        let id = open.node;
        let Node {
            kind,
            parent,
            links,
            ..
        } = &tree.nodes[id];
        let Kind::Dir(entries) = kind else {
            return Err(ENOTDIR);
        };
        if *links == 0 {
            return Err(ENOENT);
        }
        let buffer = &mut memory[buf as usize..][..size as usize];
        let mut read = open.read.clone();
        let mut used = 0;
        loop {
            let (name, node, after) = match &read {
                Read::Nothing => (&b"."[..], id, Read::Dot),
                Read::Dot => (&b".."[..], *parent, Read::DotDot),
                Read::DotDot | Read::Name(_) => {
                    let from = match &read {
                        Read::Name(last) => Bound::Excluded(last.as_slice()),
                        _ => Bound::Unbounded,
                    };
                    let mut rest = entries.range::<[u8], _>((from, Bound::Unbounded));
                    match rest.next() {
                        Some((name, node)) => (&name[..], *node, Read::Name(name.clone())),
                        None => break,
                    }
                }
            };
            let length = (19 + name.len() + 1).next_multiple_of(8);
            let Some(record) = buffer.get_mut(used..used + length) else {
                if used == 0 {
                    return Err(EINVAL);
                }
                break;
            };
            used += length;
            record.fill(0);
            record[..8].copy_from_slice(&ino(node).to_le_bytes());
            record[8..16].copy_from_slice(&(used as u64).to_le_bytes());
            record[16..18].copy_from_slice(&(length as u16).to_le_bytes());
            record[18] = tree.nodes[node].kind.file_type();
            record[19..19 + name.len()].copy_from_slice(name);
            read = after;
        }
        if let Some(Some(open)) = self.table.get_mut(fd as usize - FIRST) {
            open.read = read;
        }
        Ok(used as i64)
    }

    fn statx(&self, tree: &Tree, args: &[u64; 6], memory: &mut [u8]) -> Result<i64> {
        let [dir, path, flags, _mask, buf, _] = *args;
        let has = |bits| flags & number(FlagSet::At, bits) != 0;
        let path = read_path(memory, path)?;
        let node = match path.is_empty() {
            true if has(at::EMPTY_PATH) => self.get(dir)?.node,
            true => return Err(ENOENT),
            false => self.walk(tree, dir, path, !has(at::SYMLINK_NOFOLLOW), 0)?,
        };
        let size = StructId::Statx.row().size() as usize;
        fill_statx(
            &tree.nodes[node],
            ino(node),
            &mut memory[buf as usize..][..size],
        );
        Ok(0)
    }
}

/// What new files do not get of their mode.
pub(super) const UMASK: u16 = 0o022;

fn fill_statx(node: &Node, ino: u64, out: &mut [u8]) {
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &[0; 256]);
    let meta = &node.meta;
    let mode = u16::from(node.kind.file_type()) << 12 | meta.mode;
    // STATX_BASIC_STATS and STATX_BTIME, whatever was asked for.
    put(0, &0xfff_u32.to_le_bytes());
    put(4, &4096_u32.to_le_bytes());
    put(16, &node.links.to_le_bytes());
    put(20, &meta.uid.to_le_bytes());
    put(24, &meta.gid.to_le_bytes());
    put(28, &mode.to_le_bytes());
    put(32, &ino.to_le_bytes());
    put(40, &meta.size.to_le_bytes());
    put(48, &meta.size.div_ceil(512).to_le_bytes());
    for (at, (sec, nsec)) in [
        (64, meta.atime),
        (80, meta.btime),
        (96, meta.ctime),
        (112, meta.mtime),
    ] {
        put(at, &sec.to_le_bytes());
        put(at + 8, &nsec.to_le_bytes());
    }
    for (at, (major, minor)) in [(128, meta.rdev), (136, meta.dev)] {
        put(at, &major.to_le_bytes());
        put(at + 4, &minor.to_le_bytes());
    }
}

/// The components of a path, to be walked before what is there already. A slash at the end asks for a directory, so
/// it counts as one more.
fn push_components(rest: &mut Vec<Vec<u8>>, path: &[u8]) {
    if path.ends_with(b"/") {
        rest.push(Vec::new());
    }
    let names = path.split(|b| *b == b'/').filter(|n| !n.is_empty());
    let names: Vec<&[u8]> = names.collect();
    rest.extend(names.into_iter().rev().map(<[u8]>::to_vec));
}

pub(super) fn read_path(memory: &[u8], at: u64) -> Result<&[u8]> {
    let bytes = &memory[at as usize..];
    let bytes = &bytes[..bytes.len().min(PATH_MAX)];
    let end = bytes.iter().position(|b| *b == 0).ok_or(ENAMETOOLONG)?;
    Ok(&bytes[..end])
}

pub(super) fn read_word(memory: &[u8], at: u64) -> u64 {
    let bytes = memory.get(at as usize..).and_then(|m| m.first_chunk());
    bytes.map_or(0, |b| u64::from_le_bytes(*b))
}

pub(super) fn number(set: FlagSet, bits: u32) -> u64 {
    Flags { set, bits }.number(Arch::HOST)
}
