//! The fake kernel's calls on names in directories: what makes, removes, renames and links.

use super::calls::{
    Descriptors, EACCES, EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, ENOTDIR, NAME_MAX, Result,
    UMASK, number, read_path,
};
use super::files::set_times;
use super::tree::{Kind, NodeId, Tree};
use sawmill_ir::flags::{FlagSet, rename, unlink};

const EPERM: i32 = 1;
const ENOTEMPTY: i32 = 39;
const EOPNOTSUPP: i32 = 95;

/// A name in a directory.
struct Place {
    dir: NodeId,
    name: Vec<u8>,
    /// What has it.
    node: Option<NodeId>,
}

impl Descriptors {
    /// A call that is about names, if it is one.
    pub(super) fn name_call(
        &mut self,
        tree: &mut Tree,
        kernel: &str,
        args: &[u64; 6],
        memory: &mut [u8],
    ) -> Option<Result<i64>> {
        let [a, b, c, d, e, _] = *args;
        let done = match kernel {
            "mkdirat" => self.mkdirat(tree, (a, b), c, memory),
            "unlinkat" => self.unlinkat(tree, (a, b), c, memory),
            "renameat2" => self.renameat2(tree, [(a, b), (c, d)], e, memory),
            "symlinkat" => self.symlinkat(tree, a, (b, c), memory),
            "linkat" => self.linkat(tree, [(a, b), (c, d)], memory),
            "readlinkat" => return Some(self.readlinkat(tree, (a, b), (c, d), memory)),
            "utimensat" => self.utimensat(tree, (a, b), c, memory),
            "fchmodat2" => self.fchmodat2(tree, (a, b), c, memory),
            _ => return None,
        };
        Some(done.map(|()| 0))
    }

    /// Whether names in a directory may be made and removed.
    pub(super) fn may_change(&self, tree: &Tree, dir: NodeId) -> Result<()> {
        let node = &tree.nodes[dir];
        match node.links {
            0 => Err(ENOENT),
            _ if !self.privileged && node.meta.mode & 0o300 != 0o300 => Err(EACCES),
            _ => Ok(()),
        }
    }

    /// The name at an address in the directory that is open.
    fn place(&self, tree: &Tree, (dir, name): (u64, u64), memory: &[u8]) -> Result<Place> {
        let open = self.get(dir)?;
        if !open.is_dir(tree) {
            return Err(ENOTDIR);
        }
        let name = read_path(memory, name)?.to_vec();
        let node = &tree.nodes[open.node];
        let Kind::Dir(entries) = &node.kind else {
            return Err(ENOTDIR);
        };
        if !self.privileged && node.meta.mode & 0o100 == 0 {
            return Err(EACCES);
        }
        if name.len() > NAME_MAX {
            return Err(ENAMETOOLONG);
        }
        Ok(Place {
            dir: open.node,
            node: entries.get(&name).copied(),
            name,
        })
    }

    /// A name that nothing has, to be given.
    fn free(&self, tree: &Tree, place: Place) -> Result<(NodeId, Vec<u8>)> {
        if place.node.is_some() {
            return Err(EEXIST);
        }
        self.may_change(tree, place.dir)?;
        Ok((place.dir, place.name))
    }

    fn mkdirat(&self, tree: &mut Tree, place: (u64, u64), mode: u64, memory: &[u8]) -> Result<()> {
        let place = self.place(tree, place, memory)?;
        let (dir, name) = self.free(tree, place)?;
        let node = tree.insert(dir, name, Kind::Dir(Default::default()), 4096);
        tree.nodes[node].meta.mode = mode as u16 & 0o1777 & !UMASK;
        Ok(())
    }

    fn symlinkat(
        &self,
        tree: &mut Tree,
        target: u64,
        place: (u64, u64),
        memory: &[u8],
    ) -> Result<()> {
        let target = read_path(memory, target)?.to_vec();
        if target.is_empty() {
            return Err(ENOENT);
        }
        let place = self.place(tree, place, memory)?;
        let (dir, name) = self.free(tree, place)?;
        let size = target.len() as u64;
        tree.insert(dir, name, Kind::Symlink(target), size);
        Ok(())
    }

    fn linkat(&self, tree: &mut Tree, places: [(u64, u64); 2], memory: &[u8]) -> Result<()> {
        let from = self.place(tree, places[0], memory)?;
        let node = from.node.ok_or(ENOENT)?;
        let to = self.place(tree, places[1], memory)?;
        let (dir, name) = self.free(tree, to)?;
        if matches!(tree.nodes[node].kind, Kind::Dir(_)) {
            return Err(EPERM);
        }
        tree.nodes[node].links += 1;
        tree.entries(dir).insert(name, node);
        Ok(())
    }

    fn readlinkat(
        &self,
        tree: &Tree,
        place: (u64, u64),
        (at, size): (u64, u64),
        memory: &mut [u8],
    ) -> Result<i64> {
        if size == 0 {
            return Err(EINVAL);
        }
        let place = self.place(tree, place, memory)?;
        let Kind::Symlink(target) = &tree.nodes[place.node.ok_or(ENOENT)?].kind else {
            return Err(EINVAL);
        };
        let count = target.len().min(size as usize);
        memory[at as usize..][..count].copy_from_slice(&target[..count]);
        Ok(count as i64)
    }

    fn utimensat(
        &self,
        tree: &mut Tree,
        place: (u64, u64),
        times: u64,
        memory: &[u8],
    ) -> Result<()> {
        let place = self.place(tree, place, memory)?;
        let node = place.node.ok_or(ENOENT)?;
        set_times(&mut tree.nodes[node], memory, times);
        Ok(())
    }

    /// The flags say that nothing is followed: they are the row's.
    fn fchmodat2(
        &self,
        tree: &mut Tree,
        place: (u64, u64),
        mode: u64,
        memory: &[u8],
    ) -> Result<()> {
        let place = self.place(tree, place, memory)?;
        let node = &mut tree.nodes[place.node.ok_or(ENOENT)?];
        if matches!(node.kind, Kind::Symlink(_)) {
            return Err(EOPNOTSUPP);
        }
        node.meta.mode = mode as u16 & 0o7777;
        Ok(())
    }

    fn unlinkat(
        &self,
        tree: &mut Tree,
        place: (u64, u64),
        flags: u64,
        memory: &[u8],
    ) -> Result<()> {
        let place = self.place(tree, place, memory)?;
        let node = place.node.ok_or(ENOENT)?;
        self.may_change(tree, place.dir)?;
        let wants_dir = flags & number(FlagSet::Unlink, unlink::REMOVEDIR) != 0;
        match &tree.nodes[node].kind {
            Kind::Dir(_) if !wants_dir => return Err(EISDIR),
            Kind::Dir(entries) if !entries.is_empty() => return Err(ENOTEMPTY),
            Kind::Dir(_) => {}
            _ if wants_dir => return Err(ENOTDIR),
            _ => {}
        }
        remove(tree, place.dir, &place.name);
        Ok(())
    }

    fn renameat2(
        &self,
        tree: &mut Tree,
        places: [(u64, u64); 2],
        flags: u64,
        memory: &[u8],
    ) -> Result<()> {
        let has = |bit| flags & number(FlagSet::Rename, bit) != 0;
        let from = self.place(tree, places[0], memory)?;
        let to = self.place(tree, places[1], memory)?;
        let node = from.node.ok_or(ENOENT)?;
        let is_dir = |n: NodeId| matches!(tree.nodes[n].kind, Kind::Dir(_));
        let within = |n: NodeId, mut dir: NodeId| loop {
            if dir == n {
                return true;
            }
            let parent = tree.nodes[dir].parent;
            if parent == dir {
                return false;
            }
            dir = parent;
        };
        if is_dir(node) && within(node, to.dir) {
            return Err(EINVAL);
        }
        self.may_change(tree, from.dir)?;
        self.may_change(tree, to.dir)?;
        match to.node {
            Some(_) if has(rename::NOREPLACE) => return Err(EEXIST),
            Some(other) if has(rename::EXCHANGE) => {
                if is_dir(other) && within(other, from.dir) {
                    return Err(EINVAL);
                }
                give(tree, from.dir, from.name, other);
                give(tree, to.dir, to.name, node);
                return Ok(());
            }
            None if has(rename::EXCHANGE) => return Err(ENOENT),
            Some(other) if other == node => return Ok(()),
            Some(other) => match (&tree.nodes[node].kind, &tree.nodes[other].kind) {
                (Kind::Dir(_), Kind::Dir(entries)) if !entries.is_empty() => {
                    return Err(ENOTEMPTY);
                }
                (Kind::Dir(_), Kind::Dir(_)) => remove(tree, to.dir, &to.name),
                (Kind::Dir(_), _) => return Err(ENOTDIR),
                (_, Kind::Dir(_)) => return Err(EISDIR),
                _ => remove(tree, to.dir, &to.name),
            },
            None => {}
        }
        tree.entries(from.dir).remove(&from.name);
        if matches!(tree.nodes[node].kind, Kind::Dir(_)) {
            tree.nodes[from.dir].links -= 1;
            tree.nodes[to.dir].links += 1;
        }
        give(tree, to.dir, to.name, node);
        Ok(())
    }
}

/// Gives a node a name.
fn give(tree: &mut Tree, dir: NodeId, name: Vec<u8>, node: NodeId) {
    tree.entries(dir).insert(name, node);
    if matches!(tree.nodes[node].kind, Kind::Dir(_)) {
        tree.nodes[node].parent = dir;
    }
}

/// Takes a name away.
fn remove(tree: &mut Tree, dir: NodeId, name: &[u8]) {
    let Some(node) = tree.entries(dir).remove(name) else {
        return;
    };
    match tree.nodes[node].kind {
        Kind::Dir(_) => {
            tree.nodes[node].links = 0;
            tree.nodes[dir].links -= 1;
        }
        _ => tree.nodes[node].links -= 1,
    }
}
