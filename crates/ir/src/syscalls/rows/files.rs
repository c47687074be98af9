//! Rows of calls on an open file.

use super::rows;
use crate::flags::{fadvise, falloc, lock, seal, seek, sync_range, xattr};
use crate::structs::StructId;
use crate::syscalls::Arg::*;
use crate::syscalls::Number::{I64, Id, Mode, Size};

const READ: Rights = Rights::READ;
const WRITE: Rights = Rights::WRITE;

type Errnos = &'static [(&'static str, &'static str)];

const READING: Errnos = &[
    ("EAGAIN", "a FIFO or device has nothing to read now"),
    ("EBADF", "the file was not opened for reading"),
    ("EISDIR", "it is a directory"),
];
const WRITING: Errnos = &[
    ("EAGAIN", "a FIFO or device takes nothing now"),
    ("EBADF", "the file was not opened for writing"),
    ("EDQUOT", "the user's quota is used up"),
    (
        "EFBIG",
        "the file would be larger than RLIMIT_FSIZE or the file system lets it be",
    ),
    ("ENOSPC", "the file system is full"),
    ("EPIPE", "nobody reads the pipe any more"),
];
const COPYING: Errnos = &[
    ("EBADF", "the files were not opened for reading and writing"),
    (
        "EINVAL",
        "the ranges overlap in one file, or the file system cannot",
    ),
    ("ENOSPC", "the file system is full"),
    (
        "EXDEV",
        "the files are on file systems that do not copy between them",
    ),
];
const SYNCING: Errnos = &[
    ("EIO", "something was lost, maybe of an earlier write"),
    ("ENOSPC", "the file system is full"),
    ("EINVAL", "it is a FIFO, a socket or a special file"),
];
const ATTRIBUTES: Errnos = &[
    ("EBADF", "the file was opened with O_PATH"),
    ("ENODATA", "there is no such attribute"),
    ("EOPNOTSUPP", "the file system has no attributes"),
    ("ERANGE", "there is more than was asked for"),
];
const SETTING: Errnos = &[
    ("EEXIST", "with :create, it is there already"),
    ("ENODATA", "with :replace or to be removed, it is not there"),
    ("ENOSPC", "there is no room for it"),
    (
        "EOPNOTSUPP",
        "the file system has no attributes, or not of that name",
    ),
    (
        "EPERM",
        "the file cannot be changed, or attributes of that name take a privilege",
    ),
];
const LISTING: Errnos = &[
    ("EBADF", "the file was opened with O_PATH"),
    ("ERANGE", "there is more than was asked for"),
];
const REMOVING: Errnos = &[
    ("ENODATA", "there is no such attribute"),
    (
        "EPERM",
        "the file cannot be changed, or attributes of that name take a privilege",
    ),
];
const OWNED: Errnos = &[
    ("EBADF", "the file was opened with O_PATH"),
    ("EPERM", "it is not the user's, or cannot be changed"),
    ("EROFS", "the file system is read-only"),
];

rows! {
    READ_FILE "read" (File(READ), BytesOut, Room) Bytes {
        blocks: true, eintr: Eintr::Restarted, errnos: READING
    };
    WRITE_FILE "write" (File(WRITE), BytesIn, Len) Int {
        blocks: true, eintr: Eintr::Restarted, errnos: WRITING
    };
    PREAD64 "pread64" (File(READ), BytesOut, Room, Int(Size)) Bytes {
        query: true, eintr: Eintr::Restarted, errnos: READING
    };
    PWRITE64 "pwrite64" (File(WRITE), BytesIn, Len, Int(Size)) Int {
        eintr: Eintr::Restarted, errnos: WRITING
    };
    LSEEK "lseek" (File(NONE), Int(I64), One { set: FlagSet::Seek, of: seek::EVERY }) Int {
        errnos: &[("EINVAL", "it would be before the start"), ("ENXIO", "there is no data or hole after that offset"),
            ("ESPIPE", "it is a pipe or the like")]
    };
    FTRUNCATE "ftruncate" (File(WRITE), Int(Size)) Unit {
        eintr: Eintr::Restarted,
        errnos: &[("EFBIG", "it would be larger than RLIMIT_FSIZE or the file system lets it be"),
            ("EINVAL", "the file was not opened for writing, or has no size")]
    };
    FALLOCATE "fallocate" (File(WRITE), flags(FlagSet::Falloc, falloc::EVERY), Int(Size), Int(Size)) Unit {
        eintr: Eintr::Shown,
        errnos: &[("EINVAL", "the length is 0, or the range is not of whole blocks where it has to be"),
            ("ENOSPC", "the file system is full"), ("EOPNOTSUPP", "the file system cannot")]
    };
    FSYNC "fsync" (File(NONE)) Unit { errnos: SYNCING };
    FDATASYNC "fdatasync" (File(NONE)) Unit { errnos: SYNCING };
    SYNCFS "syncfs" (File(NONE)) Unit {
        errnos: &[("EBADF", "the file was opened with O_PATH"), ("EIO", "something was lost since the file was opened")]
    };
    SYNC_FILE_RANGE "sync_file_range" (File(NONE), Int(Size), Int(Size), flags(FlagSet::SyncRange, sync_range::EVERY)) Unit {
        errnos: SYNCING
    };
    FADVISE64 "fadvise64" (File(READ), Int(Size), Int(Size), One { set: FlagSet::Fadvise, of: fadvise::EVERY }) Unit {
        errnos: &[("ESPIPE", "it is a pipe")]
    };
    READAHEAD "readahead" (File(READ), Int(Size), Int(Size)) Unit {
        errnos: &[("EBADF", "the file was not opened for reading"), ("EINVAL", "it is no file that can be read ahead")]
    };
    COPY_FILE_RANGE "copy_file_range" (File(READ), Const(0), File(WRITE), Const(0), Int(Size), Const(0)) Int
        "Copies up to so many bytes between two files, from and at their offsets, which move on; 0 bytes is the end." {
        eintr: Eintr::Restarted, errnos: COPYING
    };
    COPY_FILE_RANGE_AT "copy_file_range.at" (File(READ), OffsetIn, File(WRITE), OffsetIn, Int(Size), Const(0)) Int
        "Copies up to so many bytes between two files, from and at the offsets that are given; the files' own stay where they are." {
        eintr: Eintr::Restarted, errnos: COPYING
    };
    SENDFILE "sendfile" (File(WRITE), File(READ), Const(0), Int(Size)) Int
        "Copies up to so many bytes to a file from another one's offset, which moves on; 0 bytes is the end." {
        blocks: true, eintr: Eintr::Restarted, errnos: COPYING
    };
    SENDFILE_AT "sendfile.at" (File(WRITE), File(READ), OffsetIn, Int(Size)) Int
        "Copies up to so many bytes to a file from a given offset of another one, whose own stays where it is." {
        blocks: true, eintr: Eintr::Restarted, errnos: COPYING
    };
    FLOCK "flock" (File(NONE), flags(FlagSet::Lock, lock::EVERY)) Unit {
        blocks: true, eintr: Eintr::Restarted,
        errnos: &[("EBADF", "the file was opened with O_PATH"), ("EAGAIN", "with :nb, somebody else has the lock")]
    };
    FSTAT "fstat" (Descriptor(STAT), StructOut(StructId::Stat)) Unit {
        query: true, errnos: &[("EOVERFLOW", "a number is beyond its field")]
    };
    FSTATFS "fstatfs" (Descriptor(STAT), StructOut(StructId::Statfs)) Unit { query: true };
    FCHMOD "fchmod" (File(META), Int(Mode)) Unit { errnos: OWNED };
    FCHOWN "fchown" (File(META), Int(Id), Int(Id)) Unit { errnos: OWNED };
    FGETXATTR "fgetxattr" (File(STAT), Text, BytesOut, Room) Bytes
        "The value of an extended attribute of an open file." {
        query: true, errnos: ATTRIBUTES
    };
    FSETXATTR "fsetxattr" (File(META), Text, BytesIn, Len, flags(FlagSet::Xattr, xattr::EVERY)) Unit { errnos: SETTING };
    FLISTXATTR "flistxattr" (File(STAT), BytesOut, Room) Bytes { query: true, errnos: LISTING };
    FREMOVEXATTR "fremovexattr" (File(META), Text) Unit { errnos: REMOVING };
    GETDENTS64 "getdents64" (Listing, BufOut, BufSize) Int
        "Reads the next entries of a directory into a buffer; gives the bytes filled, 0 at the end." {
        query: true
    };
    FCNTL_GETFL "fcntl.getfl" (Descriptor(NONE), Const(3), Const(0)) Int
        "The flags that a file was opened with (F_GETFL): access mode, append, nonblock and the like." {
        query: true
    };
    FCNTL_GET_SEALS "fcntl.get_seals" (File(NONE), Const(1034), Const(0)) Int
        "The seals of a file in memory (F_GET_SEALS)." {
        query: true, errnos: &[("EINVAL", "it is no file in memory")]
    };
    FCNTL_ADD_SEALS "fcntl.add_seals" (File(META), Const(1033), flags(FlagSet::Seal, seal::EVERY)) Unit
        "Adds seals to a file in memory for good (F_ADD_SEALS)." {
        errnos: &[("EBUSY", "it is mapped for writing"), ("EPERM", "it is sealed against seals, or not open for writing")]
    };
    IOCTL_FICLONE "ioctl.ficlone" (File(WRITE), Const(0x4004_9409), File(READ)) Unit
        "Makes a file share all blocks of another (FICLONE)." {
        errnos: COPYING
    };
    CLOSE "close" () Unit
        "Made by the handle table alone; a program closes a handle, never a descriptor." {
        query: true
    };
}
