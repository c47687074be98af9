//! The file system that the fake kernel keeps in memory.

use std::collections::BTreeMap;

/// The number of a node; its inode number is one more than this, plus a hundred.
pub(super) type NodeId = usize;

/// What a file's inode says of it, besides its type.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// Permission bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Time of last access: seconds and nanoseconds.
    pub atime: (i64, u32),
    /// Time of last change of the contents.
    pub mtime: (i64, u32),
    /// Time of last change of the inode.
    pub ctime: (i64, u32),
    /// Time of birth.
    pub btime: (i64, u32),
    /// Device it is on: major and minor.
    pub dev: (u32, u32),
    /// Device that it is.
    pub rdev: (u32, u32),
}

/// What a file is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Dir(BTreeMap<Vec<u8>, NodeId>),
    File,
    Symlink(Vec<u8>),
    Fifo,
    Socket,
    Char,
    Block,
}

/// A file of any kind.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) meta: Meta,
    pub(super) parent: NodeId,
    pub(super) links: u32,
    /// What a file begins with; up to its size it goes on with zeros.
    pub(super) contents: Vec<u8>,
    /// Extended attributes.
    pub(super) attributes: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// A tree of files. Paths start at its root, with or without a slash, and are taken literally: no symlink is followed,
/// and `.` and `..` are no names. Directories on the way are made.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Kind {
    /// The `DT_*` value.
    pub(super) fn file_type(&self) -> u8 {
        match self {
            Kind::Fifo => 1,
            Kind::Char => 2,
            Kind::Dir(_) => 4,
            Kind::Block => 6,
            Kind::File => 8,
            Kind::Symlink(_) => 10,
            Kind::Socket => 12,
        }
    }
}

impl Tree {
    pub(super) fn new() -> Tree {
        let mut tree = Tree { nodes: Vec::new() };
        tree.push(Kind::Dir(BTreeMap::new()), 0, 4096);
        tree.nodes[0].links = 2;
        tree
    }

    /// Makes a directory.
    pub fn dir(&mut self, path: impl AsRef<[u8]>) -> &mut Meta {
        self.add(path.as_ref(), Kind::Dir(BTreeMap::new()), 4096)
    }
    /// Makes a file of so many bytes.
    pub fn file(&mut self, path: impl AsRef<[u8]>, size: u64) -> &mut Meta {
        self.add(path.as_ref(), Kind::File, size)
    }
    /// Makes a file that holds these bytes.
    pub fn contents(&mut self, path: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> &mut Meta {
        let bytes = bytes.as_ref();
        let node = self.add_node(path.as_ref(), Kind::File, bytes.len() as u64);
        self.nodes[node].contents = bytes.to_vec();
        &mut self.nodes[node].meta
    }
    /// The bytes of a file.
    pub fn read(&self, path: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        let node = &self.nodes[self.find(path.as_ref())?];
        let mut bytes = node.contents.clone();
        bytes.resize(usize::try_from(node.meta.size).ok()?, 0);
        Some(bytes)
    }
    /// Makes a symlink.
    pub fn symlink(&mut self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> &mut Meta {
        let target = target.as_ref().to_vec();
        let size = target.len() as u64;
        self.add(path.as_ref(), Kind::Symlink(target), size)
    }
    /// Makes a named pipe.
    pub fn fifo(&mut self, path: impl AsRef<[u8]>) -> &mut Meta {
        self.add(path.as_ref(), Kind::Fifo, 0)
    }
    /// Makes a socket.
    pub fn socket(&mut self, path: impl AsRef<[u8]>) -> &mut Meta {
        self.add(path.as_ref(), Kind::Socket, 0)
    }
    /// Makes a character device.
    pub fn char_device(&mut self, path: impl AsRef<[u8]>) -> &mut Meta {
        self.add(path.as_ref(), Kind::Char, 0)
    }
    /// Makes a block device.
    pub fn block_device(&mut self, path: impl AsRef<[u8]>) -> &mut Meta {
        self.add(path.as_ref(), Kind::Block, 0)
    }
    /// Makes another name of a file that is no directory. Whether there was one.
    pub fn link(&mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> bool {
        let Some(node) = self.find(from.as_ref()) else {
            return false;
        };
        if matches!(self.nodes[node].kind, Kind::Dir(_)) {
            return false;
        }
        let (dir, name) = self.parent_of(to.as_ref());
        self.nodes[node].links += 1;
        self.entries(dir).insert(name, node);
        true
    }
    /// Removes a name, and what is below it. Whether it was there.
    pub fn remove(&mut self, path: impl AsRef<[u8]>) -> bool {
        if self.find(path.as_ref()).is_none() {
            return false;
        }
        let (dir, name) = self.parent_of(path.as_ref());
        let Some(node) = self.entries(dir).remove(&name) else {
            return false;
        };
        self.nodes[node].links = match self.nodes[node].kind {
            Kind::Dir(_) => {
                self.nodes[dir].links -= 1;
                0
            }
            _ => self.nodes[node].links - 1,
        };
        true
    }
    /// Gives a file another name, in place of what had that name. Whether it was there.
    pub fn rename(&mut self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> bool {
        let Some(node) = self.find(from.as_ref()) else {
            return false;
        };
        let (dir, name) = self.parent_of(from.as_ref());
        self.entries(dir).remove(&name);
        let (other, name) = self.parent_of(to.as_ref());
        self.entries(other).insert(name, node);
        if matches!(self.nodes[node].kind, Kind::Dir(_)) {
            self.nodes[dir].links -= 1;
            self.nodes[other].links += 1;
            self.nodes[node].parent = other;
        }
        true
    }
    /// The metadata of a file, to change it.
    pub fn meta(&mut self, path: impl AsRef<[u8]>) -> Option<&mut Meta> {
        let node = self.find(path.as_ref())?;
        Some(&mut self.nodes[node].meta)
    }
    /// The inode number of a file.
    pub fn ino(&self, path: impl AsRef<[u8]>) -> Option<u64> {
        self.find(path.as_ref()).map(ino)
    }

    fn push(&mut self, kind: Kind, parent: NodeId, size: u64) -> NodeId {
        let at = (1_700_000_000 + self.nodes.len() as i64, 123_456_789);
        let mode = match kind {
            Kind::Dir(_) => 0o755,
            Kind::Symlink(_) => 0o777,
            _ => 0o644,
        };
        self.nodes.push(Node {
            kind,
            parent,
            links: 1,
            contents: Vec::new(),
            attributes: BTreeMap::new(),
            meta: Meta {
                mode,
                uid: 1000,
                gid: 1000,
                size,
                atime: at,
                mtime: at,
                ctime: at,
                btime: at,
                dev: (8, 1),
                rdev: (0, 0),
            },
        });
        self.nodes.len() - 1
    }

    fn add(&mut self, path: &[u8], kind: Kind, size: u64) -> &mut Meta {
        let node = self.add_node(path, kind, size);
        &mut self.nodes[node].meta
    }

    fn add_node(&mut self, path: &[u8], kind: Kind, size: u64) -> NodeId {
        match self.find(path) {
            Some(node)
                if matches!(
                    (&self.nodes[node].kind, &kind),
                    (Kind::Dir(_), Kind::Dir(_))
                ) =>
            {
                node
            }
            _ => {
                let (dir, name) = self.parent_of(path);
                self.insert(dir, name, kind, size)
            }
        }
    }

    pub(super) fn insert(&mut self, dir: NodeId, name: Vec<u8>, kind: Kind, size: u64) -> NodeId {
        let is_dir = matches!(kind, Kind::Dir(_));
        let node = self.push(kind, dir, size);
        if is_dir {
            self.nodes[node].links = 2;
            self.nodes[dir].links += 1;
        }
        self.entries(dir).insert(name, node);
        node
    }

    /// The directory that the last name of a path is in, made if it is not there, and that name.
    fn parent_of(&mut self, path: &[u8]) -> (NodeId, Vec<u8>) {
        let mut names: Vec<&[u8]> = path
            .split(|b| *b == b'/')
            .filter(|n| !n.is_empty())
            .collect();
        let last = names.pop().unwrap_or_default().to_vec();
        let mut dir = 0;
        for name in names {
            let known = self.entries(dir).get(name).copied();
            dir = match known {
                Some(node) => node,
                None => self.insert(dir, name.to_vec(), Kind::Dir(BTreeMap::new()), 4096),
            };
        }
        (dir, last)
    }

    pub(super) fn find(&self, path: &[u8]) -> Option<NodeId> {
        let mut names = path.split(|b| *b == b'/').filter(|n| !n.is_empty());
        names.try_fold(0, |dir, name| match &self.nodes[dir].kind {
            Kind::Dir(entries) => entries.get(name).copied(),
            _ => None,
        })
    }

    /// The entries of a directory; what is none becomes one.
    pub(super) fn entries(&mut self, dir: NodeId) -> &mut BTreeMap<Vec<u8>, NodeId> {
        let kind = &mut self.nodes[dir].kind;
        if !matches!(kind, Kind::Dir(_)) {
            *kind = Kind::Dir(BTreeMap::new());
        }
        match kind {
            Kind::Dir(entries) => entries,
            _ => unreachable!("it was made one"),
        }
    }
}

/// The inode number of a node.
pub(super) fn ino(node: NodeId) -> u64 {
    node as u64 + 101
}
