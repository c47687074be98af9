//! Rows of calls that take a name in a directory, or, of openat2 alone, a path.

use super::rows;
use crate::flags::{access, at, open, rename, statx_mask, unlink};
use crate::structs::StructId;
use crate::syscalls::Arg::*;
use crate::syscalls::Need;
use crate::syscalls::Number::{Id, Mode};

const READ: Rights = Rights::READ;
const WRITE: Rights = Rights::WRITE;
const CREATE: Rights = Rights::CREATE;

/// What every file is opened with: nothing waits for a FIFO's other end, no terminal comes to control the process.
const OPENED: u32 = open::CLOEXEC | open::NOCTTY | open::NONBLOCK;
/// What may be asked for besides.
const MORE: u32 = open::NOFOLLOW | open::DIRECT | open::NOATIME;
const WRITTEN: u32 = MORE | open::APPEND | open::TRUNC | open::DSYNC | open::SYNC;

const fn how(must: u32, may: u32) -> Arg {
    Arg::How {
        must: must | OPENED,
        may,
        create: false,
    }
}
const fn making(must: u32, may: u32) -> Arg {
    Arg::How {
        must: must | OPENED,
        may,
        create: true,
    }
}

const AT_NAME: Arg = Arg::Flags {
    set: FlagSet::At,
    must: at::SYMLINK_NOFOLLOW | at::NO_AUTOMOUNT,
    may: at::STATX_FORCE_SYNC | at::STATX_DONT_SYNC,
};
const AT_FILE: Arg = Arg::Flags {
    set: FlagSet::At,
    must: at::EMPTY_PATH,
    may: at::STATX_FORCE_SYNC | at::STATX_DONT_SYNC,
};
const MASK: Arg = flags(FlagSet::StatxMask, statx_mask::EVERY);

type Errnos = &'static [(&'static str, &'static str)];

const OPENING: Errnos = &[
    ("EACCES", "the user may not"),
    (
        "EAGAIN",
        "`..` was met while something was renamed; asked again some times before this is told",
    ),
    ("EISDIR", "a directory is not opened for writing"),
    (
        "ELOOP",
        "a symlink at the end is not followed, or there are too many, or one leads out of the directory",
    ),
    ("ENOENT", "there is nothing of that name"),
    ("ENXIO", "nobody reads the FIFO, or there is no such device"),
    ("EXDEV", "the path leads out of the directory"),
];
const MAKING: Errnos = &[
    ("EACCES", "the user may not"),
    ("EEXIST", "there is something of that name"),
    ("ENOSPC", "the file system is full"),
    ("EROFS", "the file system is read-only"),
];
const LOOKING: Errnos = &[
    ("EACCES", "the user may not search the directory"),
    ("ENOENT", "there is nothing of that name"),
];
const CHANGING: Errnos = &[
    ("ENOENT", "there is nothing of that name"),
    ("EPERM", "it is not the user's, or cannot be changed"),
    ("EROFS", "the file system is read-only"),
];
const MOVING: Errnos = &[
    (
        "EEXIST",
        "there is something of that name and it has to stay",
    ),
    (
        "EINVAL",
        "a directory would come to lie in itself, or the file system does not know the flag",
    ),
    (
        "ENOTEMPTY",
        "there is a directory of that name that is not empty",
    ),
    ("EXDEV", "the directories are on different mounts"),
];
const REMOVING: Errnos = &[
    ("EBUSY", "it is a mount point"),
    ("EISDIR", "it is a directory, and :removedir is not there"),
    ("ENOTDIR", "it is no directory, and :removedir is there"),
    ("ENOTEMPTY", "the directory is not empty"),
];

rows! {
    OPENAT2_DIR "openat2.dir" (Dir(NONE), Path, How {
            must: open::PATH | open::DIRECTORY | open::CLOEXEC, may: open::NOFOLLOW, create: false }, HowSize) Dir
        "Opens a directory beneath another, without a right to its contents (O_PATH)." {
        query: true, errnos: OPENING
    };
    OPENAT2_FILE "openat2.file" (Dir(NONE), Path, How {
            must: open::PATH | open::CLOEXEC, may: open::NOFOLLOW, create: false }, HowSize) File
        "Opens whatever a path names, without touching it (O_PATH); a symlink at its end is followed." {
        query: true, errnos: OPENING
    };
    OPENAT2_LISTING "openat2.listing" (Dir(Rights::LIST), Dot, How {
            must: open::RDONLY | open::DIRECTORY | open::CLOEXEC | open::NONBLOCK, may: 0, create: false }, HowSize) Listing
        "Opens a directory once more to read its entries, with an offset of its own." {
        query: true, errnos: OPENING
    };
    OPENAT2_READ "openat2.read" (Dir(READ), Path, how(open::RDONLY, MORE), HowSize) File
        "Opens a file for reading; a FIFO or device is not waited for." {
        query: true, errnos: OPENING
    };
    OPENAT2_WRITE "openat2.write" (Dir(WRITE), Path, how(open::WRONLY, WRITTEN), HowSize) File
        "Opens a file that is there for writing; a FIFO that nobody reads is ENXIO." {
        errnos: OPENING
    };
    OPENAT2_READ_WRITE "openat2.readwrite" (Dir(READ.and(WRITE)), Path, how(open::RDWR, WRITTEN), HowSize) File
        "Opens a file that is there for reading and writing." {
        errnos: OPENING
    };
    OPENAT2_CREATE "openat2.create" (Dir(CREATE.and(WRITE)), Path,
            making(open::WRONLY | open::CREAT, WRITTEN | open::EXCL), HowSize) File
        "Opens a file for writing and makes it if it is not there, with a mode from which the umask takes; :excl makes it or fails." {
        errnos: MAKING
    };
    OPENAT2_CREATE_READ "openat2.create_read" (Dir(CREATE.and(WRITE).and(READ)), Path,
            making(open::RDWR | open::CREAT, WRITTEN | open::EXCL), HowSize) File
        "Opens a file for reading and writing and makes it if it is not there; :excl makes it or fails." {
        errnos: MAKING
    };
    OPENAT2_TEMP "openat2.temp" (Dir(CREATE.and(WRITE).and(READ)), Path, Arg::How {
            must: open::RDWR | open::TMPFILE | open::CLOEXEC, may: open::EXCL, create: true }, HowSize) File
        "Makes a file without a name on the file system of a directory; it is gone when it is closed." {
        errnos: &[("EOPNOTSUPP", "the file system cannot"), ("ENOENT", "there is no such directory")]
    };
    STATX_NAME "statx" (Dir(STAT), Name, AT_NAME, MASK, StructOut(StructId::Statx)) Unit
        "The metadata of a name in a directory; a symlink is not followed." {
        query: true, errnos: LOOKING
    };
    STATX_FILE "statx.file" (File(STAT), Empty, AT_FILE, MASK, StructOut(StructId::Statx)) Unit
        "The metadata of an open file." {
        query: true
    };
    STATX_DIR "statx.dir" (Dir(STAT), Empty, AT_FILE, MASK, StructOut(StructId::Statx)) Unit
        "The metadata of an open directory." {
        query: true
    };
    NEWFSTATAT "newfstatat" (Dir(STAT), Name, StructOut(StructId::Stat), Arg::Flags {
            set: FlagSet::At, must: at::SYMLINK_NOFOLLOW | at::NO_AUTOMOUNT, may: 0 }) Unit
        "The metadata of a name in the older structure; a symlink is not followed." {
        query: true, errnos: LOOKING
    };
    FACCESSAT2 "faccessat2" (Dir(STAT), Name, flags(FlagSet::Access, access::EVERY), Arg::Flags {
            set: FlagSet::At, must: at::SYMLINK_NOFOLLOW, may: at::EACCESS }) Unit {
        query: true, errnos: &[("EACCES", "the user may not"), ("ENOENT", "there is nothing of that name"),
            ("EROFS", "it would be written, and the file system is read-only")]
    };
    FACCESSAT2_FILE "faccessat2.file" (File(STAT), Empty, flags(FlagSet::Access, access::EVERY), Arg::Flags {
            set: FlagSet::At, must: at::EMPTY_PATH, may: at::EACCESS }) Unit
        "Whether the real user (AT_EACCESS: the effective one) may read, write or execute an open file." {
        query: true, errnos: &[("EACCES", "the user may not")]
    };
    MKDIRAT "mkdirat" (Dir(CREATE), Name, Int(Mode)) Unit { errnos: MAKING };
    MKNODAT "mknodat" (Dir(CREATE), Name, Int(Mode), Const(0)) Unit
        "Makes what the mode's type says: an empty file (0o100000), a FIFO (0o010000) or a socket without a listener (0o140000). No device: its number is 0." {
        errnos: MAKING
    };
    UNLINKAT "unlinkat" (Dir(Rights::REMOVE), Name, flags(FlagSet::Unlink, unlink::REMOVEDIR)) Unit { errnos: REMOVING };
    RENAMEAT2 "renameat2" (Dir(Rights::RENAME), Name, Dir(Rights::RENAME), Name, flags(FlagSet::Rename, rename::NOREPLACE)) Unit
        "Gives a file another name, maybe in another directory; what has that name is replaced, if not :noreplace." {
        needs: &[Need { flags: 4, bit: rename::NOREPLACE, set: false, of: 2, rights: Rights::REMOVE }],
        refer: Refer::There, errnos: MOVING
    };
    RENAMEAT2_EXCHANGE "renameat2.exchange" (Dir(Rights::RENAME), Name, Dir(Rights::RENAME), Name, Arg::Flags {
            set: FlagSet::Rename, must: rename::EXCHANGE, may: 0 }) Unit
        "Exchanges two names at once." {
        refer: Refer::Both, errnos: MOVING
    };
    LINKAT "linkat" (Dir(Rights::LINK), Name, Dir(CREATE), Name, Const(0)) Unit {
        refer: Refer::There,
        errnos: &[("EEXIST", "there is something of that name"), ("EMLINK", "it has as many names as the file system allows"),
            ("EPERM", "it is a directory, or not the user's to link"), ("EXDEV", "the directories are on different mounts")]
    };
    SYMLINKAT "symlinkat" (Text, Dir(CREATE), Name) Unit { errnos: MAKING };
    READLINKAT "readlinkat" (Dir(STAT), Name, BytesOut, Room) Bytes {
        query: true, errnos: &[("EINVAL", "it is no symlink, or no bytes are wanted"), ("ENOENT", "there is nothing of that name")]
    };
    READLINKAT_FILE "readlinkat.file" (File(STAT), Empty, BytesOut, Room) Bytes
        "The text of a symlink that was opened itself (O_PATH and O_NOFOLLOW)." {
        query: true, errnos: &[("ENOENT", "it is no symlink"), ("EINVAL", "no bytes are wanted")]
    };
    FCHMODAT2 "fchmodat2" (Dir(META), Name, Int(Mode), NOFOLLOW) Unit {
        errnos: &[("EOPNOTSUPP", "it is a symlink"), ("EPERM", "it is not the user's, or cannot be changed"),
            ("ENOENT", "there is nothing of that name")],
        fallback: Some("`sys/openat2.read` with :nofollow and `sys/fchmod`, of what may be read")
    };
    FCHMODAT2_FILE "fchmodat2.file" (File(META), Empty, Int(Mode), BY_FILE) Unit
        "Sets the permission bits of an open file, opened with O_PATH too." {
        errnos: CHANGING, fallback: Some("`sys/fchmod`, of what was not opened with O_PATH")
    };
    FCHOWNAT "fchownat" (Dir(META), Name, Int(Id), Int(Id), NOFOLLOW) Unit { errnos: CHANGING };
    FCHOWNAT_FILE "fchownat.file" (File(META), Empty, Int(Id), Int(Id), BY_FILE) Unit
        "Sets owner and group of an open file, opened with O_PATH too." {
        errnos: CHANGING
    };
    UTIMENSAT "utimensat" (Dir(META), Name, TimePair, NOFOLLOW) Unit
        "Sets the times of last access and last change of a name; none stays as it is. A symlink is not followed." {
        errnos: CHANGING
    };
    UTIMENSAT_FILE "utimensat.file" (File(META), Empty, TimePair, BY_FILE) Unit
        "Sets the times of last access and last change of an open file, opened with O_PATH too; none stays as it is." {
        errnos: CHANGING
    };
    LISTXATTRAT "listxattrat" (Dir(STAT), Name, NOFOLLOW, BytesOut, Room) Bytes {
        query: true, errnos: LOOKING, fallback: Some("`sys/openat2.read` with :nofollow and `sys/flistxattr`, of what may be read; not of a symlink")
    };
    REMOVEXATTRAT "removexattrat" (Dir(META), Name, NOFOLLOW, Text) Unit {
        errnos: CHANGING, fallback: Some("`sys/openat2.read` with :nofollow and `sys/fremovexattr`, of what may be read; not of a symlink")
    };
    FILE_GETATTR "file_getattr" (Dir(STAT), Name, StructOut(StructId::FileAttr), Const(24), NOFOLLOW) Unit {
        query: true, errnos: &[("EOPNOTSUPP", "the file system has none"), ("ENOENT", "there is nothing of that name")]
    };
    GETCWD "getcwd" (BytesOut, Room) Bytes {
        query: true, errnos: &[("ENOENT", "the directory was removed"), ("ERANGE", "the path is longer")]
    };
}
