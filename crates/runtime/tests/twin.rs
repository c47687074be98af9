//! The fake kernel answers as the real one does: the same tree in both, the same calls, the same lines of trace.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::TempDir;
use sawmill_ir::Arch;
use sawmill_ir::flags::{FlagSet, Flags, at, open};
use sawmill_ir::host::Kernel;
use sawmill_ir::syscalls::Sys;
use sawmill_runtime::fake::FakeKernel;
use sawmill_runtime::kernel::RealKernel;
use sawmill_runtime::trace::TraceKernel;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

const PATH: u64 = 4096;
const HOW: u64 = 64;
const BUF: u64 = 16384;
const MEMORY: usize = 65536;

/// A kernel with memory to make calls from.
struct Machine<K> {
    kernel: TraceKernel<K>,
    memory: Vec<u8>,
}

impl<K: Kernel> Machine<K> {
    fn put(&mut self, at: u64, bytes: &[u8]) {
        self.memory[at as usize..][..bytes.len()].copy_from_slice(bytes);
        self.memory[at as usize + bytes.len()] = 0;
    }
    fn open(&mut self, sys: Sys, dir: i64, path: &[u8], bits: u32, resolve: u64) -> i64 {
        self.put(PATH, path);
        let flags = number(FlagSet::Open, bits);
        for (n, word) in [flags, 0, resolve].into_iter().enumerate() {
            self.put(HOW + n as u64 * 8, &word.to_le_bytes());
        }
        self.kernel
            .call(sys, &[dir as u64, PATH, HOW, 24, 0, 0], &mut self.memory)
    }
    /// The fields that do not depend on the file system.
    fn statx(&mut self, dir: i64, path: &[u8], bits: u32) -> (i64, u16, u32, u64) {
        self.put(PATH, path);
        let args = [dir as u64, PATH, number(FlagSet::At, bits), 0x7ff, BUF, 0];
        let result = self.kernel.call(Sys::Statx, &args, &mut self.memory);
        if result < 0 {
            return (result, 0, 0, 0);
        }
        let at = |n: usize| &self.memory[BUF as usize + n..];
        let mode = u16::from_le_bytes(*at(28).first_chunk().unwrap());
        let size = u64::from_le_bytes(*at(40).first_chunk().unwrap());
        let links = u32::from_le_bytes(*at(16).first_chunk().unwrap());
        match mode >> 12 {
            // Links and size of a directory are the file system's business.
            4 => (result, mode, 0, 0),
            _ => (result, mode, links, size),
        }
    }
    /// Names and types, sorted, read with a buffer of so many bytes; or the errno.
    fn list(&mut self, fd: i64, size: u64) -> Result<Vec<(Vec<u8>, u8)>, i64> {
        let mut names = Vec::new();
        loop {
            let args = [fd as u64, BUF, size, 0, 0, 0];
            let read = self.kernel.call(Sys::Getdents64, &args, &mut self.memory);
            if read < 0 {
                return Err(read);
            }
            let mut rest = &self.memory[BUF as usize..][..read as usize];
            if rest.is_empty() {
                names.sort();
                return Ok(names);
            }
            while !rest.is_empty() {
                let length = u16::from_le_bytes([rest[16], rest[17]]) as usize;
                let name = rest[19..length].split(|b| *b == 0).next().unwrap();
                names.push((name.to_vec(), rest[18]));
                rest = &rest[length..];
            }
        }
    }
    fn close(&mut self, fd: i64) -> i64 {
        self.kernel
            .call(Sys::Close, &[fd as u64, 0, 0, 0, 0, 0], &mut self.memory)
    }
}

fn number(set: FlagSet, bits: u32) -> u64 {
    Flags { set, bits }.number(Arch::HOST)
}

fn trees(dir: &TempDir) -> FakeKernel {
    let fake = FakeKernel::new();
    fake.set_privileged(fs::metadata(&dir.0).unwrap().uid() == 0);
    let real = |path: &str| dir.0.join(path);
    let mode = |path: &str, mode| {
        fs::set_permissions(dir.0.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    fake.edit(|tree| {
        for path in ["d", "d/sub", "d/sub/deep", "closed", "unlisted"] {
            tree.dir(["/t/", path].concat());
            fs::create_dir(real(path)).unwrap();
            mode(path, 0o755);
        }
        let long = "n".repeat(255);
        for path in [
            "f",
            "d/g",
            "d/sub/deep/h",
            "closed/in",
            "unlisted/in",
            &long,
            "new\nline",
        ] {
            tree.file(["/t/", path].concat(), path.len() as u64);
            fs::write(real(path), path).unwrap();
            mode(path, 0o644);
        }
        for n in 0..50 {
            tree.file(format!("/t/d/many{n}"), 0);
            fs::write(real(&format!("d/many{n}")), "").unwrap();
        }
        let links = [
            ("to-file", "f"),
            ("to-dir", "d"),
            ("to-link", "to-dir"),
            ("dangling", "nowhere"),
            ("loop", "loop"),
            ("up", "d/sub/.."),
            ("d/out", "../../t/f"),
            ("slash", "d/"),
            ("file-slash", "f/"),
            ("empty-dots", "./././d"),
        ];
        for (path, target) in links {
            tree.symlink(["/t/", path].concat(), target);
            symlink(target, real(path)).unwrap();
        }
        symlink("/", real("root")).unwrap();
        tree.symlink("/t/root", "/");
        for n in 0..45 {
            let target = if n == 0 {
                "f".into()
            } else {
                format!("chain{}", n - 1)
            };
            tree.symlink(format!("/t/chain{n}"), &target);
            symlink(&target, real(&format!("chain{n}"))).unwrap();
        }
        tree.link("/t/f", "/t/hard");
        fs::hard_link(real("f"), real("hard")).unwrap();
        for (path, bits) in [("closed", 0o600), ("unlisted", 0o300)] {
            tree.meta(["/t/", path].concat()).unwrap().mode = bits;
            mode(path, bits.into());
        }
    });
    fake.edit(|tree| {
        tree.socket("/t/sock");
    });
    drop(std::os::unix::net::UnixListener::bind(real("sock")).unwrap());
    mode("sock", 0o644);
    fake
}

fn paths() -> Vec<Vec<u8>> {
    let mut paths: Vec<Vec<u8>> = [
        "",
        ".",
        "..",
        "/",
        "f",
        "f/",
        "f/.",
        "f/..",
        "d",
        "d/",
        "d//",
        "./d",
        "d/.",
        "d/..",
        "d/../f",
        "d/sub/deep/h",
        "d//sub///deep",
        "none",
        "none/",
        "none/x",
        "d/none",
        "f/x",
        "to-file",
        "to-file/",
        "to-dir",
        "to-dir/",
        "to-dir/g",
        "to-link/sub",
        "dangling",
        "dangling/",
        "dangling/x",
        "loop",
        "loop/x",
        "loop/",
        "up",
        "up/g",
        "d/out",
        "slash",
        "slash/g",
        "file-slash",
        "empty-dots",
        "chain0",
        "chain39",
        "chain40",
        "chain44",
        "hard",
        "closed",
        "closed/in",
        "closed/.",
        "closed/none",
        "unlisted",
        "unlisted/in",
        "sock",
        "sock/",
        "new\nline",
        "../f",
        "../../../..",
        "root",
        "d/../../f",
    ]
    .map(|p| p.as_bytes().to_vec())
    .into();
    paths.extend([
        vec![b'n'; 255],
        vec![b'n'; 256],
        [b"d/", &[b'n'; 256][..]].concat(),
    ]);
    paths.push([b"none/", &[b'n'; 256][..]].concat());
    paths.push(b"./".repeat(2046).into_iter().chain(*b"d").collect());
    paths.push(b"./".repeat(2047).into_iter().chain(*b"d").collect());
    paths.push(b"./".repeat(2048).into_iter().chain(*b"d").collect());
    paths
}

/// Opens, looks at and lists what every path names in every way the table has, and more.
fn exercise<K: Kernel>(machine: &mut Machine<K>, root: &[u8]) -> Vec<String> {
    let mut told = Vec::new();
    let dir_flags = open::PATH | open::DIRECTORY | open::CLOEXEC;
    let top = machine.open(Sys::Openat2Dir, -100, root, dir_flags, 0);
    assert!(top >= 0);
    let file = machine.open(Sys::Openat2File, top, b"f", open::PATH, 0);
    let closed = machine.open(Sys::Openat2File, top, b"f", open::PATH, 0);
    assert_eq!(machine.close(closed), 0);
    for path in paths() {
        // BENEATH and IN_ROOT change nothing for paths that stay, so all are tried.
        for resolve in [0, 4, 8, 16] {
            // Above the tree the two worlds differ.
            let leaves = [
                &b".."[..],
                b"/",
                b"../f",
                b"../../../..",
                b"root",
                b"d/../../f",
                b"d/out",
            ];
            if resolve & 24 == 0 && leaves.contains(&&path[..]) {
                continue;
            }
            for (sys, bits) in [
                (Sys::Openat2Dir, dir_flags),
                (Sys::Openat2Dir, dir_flags | open::NOFOLLOW),
                (Sys::Openat2File, open::PATH | open::CLOEXEC),
                (Sys::Openat2File, open::PATH | open::NOFOLLOW),
                (
                    Sys::Openat2Listing,
                    open::RDONLY | open::DIRECTORY | open::NONBLOCK,
                ),
            ] {
                let fd = machine.open(sys, top, &path, bits, resolve);
                if fd >= 0 {
                    told.push(format!("{:?}", machine.statx(fd, b"", at::EMPTY_PATH)));
                    let listed = machine.list(fd, 500);
                    let within =
                        path != b".." && !matches!(&path[..], b"/" | b"root" | b"../../../..");
                    told.push(if within {
                        format!("{listed:?}")
                    } else {
                        String::new()
                    });
                    machine.close(fd);
                }
                if matches!(path[..], [b'd'] | [b'f'] | []) {
                    for other in [file, closed, -1] {
                        machine.open(sys, other, &path, bits, resolve);
                    }
                }
            }
        }
        let within = !path.starts_with(b"..")
            && !matches!(&path[..], b"/" | b"root" | b"d/../../f" | b"d/out");
        for bits in [0, at::SYMLINK_NOFOLLOW, at::EMPTY_PATH] {
            if within {
                told.push(format!("{:?}", machine.statx(top, &path, bits)));
                machine.statx(file, &path, bits);
                machine.statx(closed, &path, bits);
            }
        }
    }
    let listing_flags = open::RDONLY | open::DIRECTORY | open::CLOEXEC;
    for size in [0, 23, 100, 1000, 40000] {
        let fd = machine.open(Sys::Openat2Listing, top, b"d", listing_flags, 0);
        told.push(format!("{size}: {:?}", machine.list(fd, size)));
        machine.list(file, size).unwrap_err();
        assert_eq!(machine.close(fd), 0);
        machine.close(fd);
    }
    machine.close(file);
    machine.close(top);
    told
}

#[test]
fn the_fake_kernel_answers_as_the_real_one() {
    let dir = TempDir::new("twin");
    let fake = trees(&dir);
    let (kernel, fake_trace) = TraceKernel::new(fake.clone());
    let memory = vec![0; MEMORY];
    let mut machine = Machine { kernel, memory };
    let fake_told = exercise(&mut machine, b"/t");
    let (kernel, real_trace) = TraceKernel::new(RealKernel::new());
    let memory = vec![0; MEMORY];
    let mut machine = Machine { kernel, memory };
    let real_told = exercise(&mut machine, dir.bytes());

    let [mut fake_lines, mut real_lines] = [fake_trace.take(), real_trace.take()];
    // The names of the roots differ.
    let first = (fake_lines.remove(0), real_lines.remove(0));
    assert!(first.0.ends_with("= fd0") && first.1.ends_with("= fd0"));
    for lines in [&mut fake_lines, &mut real_lines] {
        // The numbers of descriptors that are closed differ, and how many names fit in a buffer.
        for line in lines.iter_mut() {
            if let Some(at) = line.find("fd?") {
                let end = line[at..].find([',', ')']).unwrap();
                line.replace_range(at..at + end, "fd?");
            }
        }
        lines.dedup_by(|a, b| a == b && a.starts_with("getdents64"));
    }
    for (fake, real) in fake_lines.iter().zip(&real_lines) {
        assert_eq!(fake, real);
    }
    assert_eq!(fake_lines.len(), real_lines.len());
    for (fake, real) in fake_told.iter().zip(&real_told) {
        assert_eq!(fake, real);
    }
    assert_eq!(fake_told.len(), real_told.len());
    assert_eq!(fake.open_descriptors(), 0);
}
