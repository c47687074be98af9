//! Flags of calls on files and names.

use super::flags;

flags! {
    OPEN open "O_" {
        RDONLY 0;
        DIRECTORY 0o200000 | 0o40000;
        NOFOLLOW 0o400000 | 0o100000;
        CLOEXEC 0o2000000;
        PATH 0o10000000;
        NOCTTY 0o400;
        NONBLOCK 0o4000;
        WRONLY 0o1;
        RDWR 0o2;
        CREAT 0o100;
        EXCL 0o200;
        TRUNC 0o1000;
        APPEND 0o2000;
        DSYNC 0o10000;
        SYNC 0o4010000;
        ASYNC 0o20000;
        DIRECT 0o40000 | 0o200000;
        LARGEFILE 0o100000 | 0o400000;
        NOATIME 0o1000000;
        TMPFILE 0o20200000 | 0o20040000;
    }
    AT at "AT_" {
        SYMLINK_NOFOLLOW 0x100;
        NO_AUTOMOUNT 0x800;
        EMPTY_PATH 0x1000;
        EACCESS 0x200;
        SYMLINK_FOLLOW 0x400;
        STATX_FORCE_SYNC 0x2000;
        STATX_DONT_SYNC 0x4000;
        RECURSIVE 0x8000;
    }
    STATX_MASK statx_mask "STATX_" {
        BASIC_STATS 0x7ff;
        BTIME 0x800;
        TYPE 0x1;
        MODE 0x2;
        NLINK 0x4;
        UID 0x8;
        GID 0x10;
        ATIME 0x20;
        MTIME 0x40;
        CTIME 0x80;
        INO 0x100;
        SIZE 0x200;
        BLOCKS 0x400;
        MNT_ID 0x1000;
        DIOALIGN 0x2000;
        MNT_ID_UNIQUE 0x4000;
        SUBVOL 0x8000;
        WRITE_ATOMIC 0x10000;
        DIO_READ_ALIGN 0x20000;
    }
    STATX_ATTR statx_attr "STATX_ATTR_" {
        COMPRESSED 0x4;
        IMMUTABLE 0x10;
        APPEND 0x20;
        NODUMP 0x40;
        ENCRYPTED 0x800;
        AUTOMOUNT 0x1000;
        MOUNT_ROOT 0x2000;
        VERITY 0x100000;
        DAX 0x200000;
        WRITE_ATOMIC 0x400000;
    }
    UNLINK unlink "AT_" {
        REMOVEDIR 0x200;
    }
    RESOLVE resolve "RESOLVE_" {
        NO_XDEV 0x1;
        NO_MAGICLINKS 0x2;
        NO_SYMLINKS 0x4;
        BENEATH 0x8;
        IN_ROOT 0x10;
        CACHED 0x20;
    }
    RENAME rename "RENAME_" {
        NOREPLACE 0x1;
        EXCHANGE 0x2;
        WHITEOUT 0x4;
    }
    ACCESS access "" {
        R_OK 4;
        W_OK 2;
        X_OK 1;
    }
    XATTR xattr "XATTR_" {
        CREATE 0x1;
        REPLACE 0x2;
    }
    FALLOC falloc "FALLOC_FL_" {
        KEEP_SIZE 0x1;
        PUNCH_HOLE 0x2;
        COLLAPSE_RANGE 0x8;
        ZERO_RANGE 0x10;
        INSERT_RANGE 0x20;
        UNSHARE_RANGE 0x40;
        WRITE_ZEROES 0x80;
    }
    SYNC_RANGE sync_range "SYNC_FILE_RANGE_" {
        WAIT_BEFORE 0x1;
        WRITE 0x2;
        WAIT_AFTER 0x4;
    }
    FADVISE fadvise "POSIX_FADV_" {
        NORMAL 0;
        RANDOM 1;
        SEQUENTIAL 2;
        WILLNEED 3;
        DONTNEED 4;
        NOREUSE 5;
    }
    SEEK seek "SEEK_" {
        SET 0;
        CUR 1;
        END 2;
        DATA 3;
        HOLE 4;
    }
    LOCK lock "LOCK_" {
        SH 1;
        EX 2;
        NB 4;
        UN 8;
    }
    RANGE_LOCK range_lock "F_" {
        RDLCK 0;
        WRLCK 1;
        UNLCK 2;
    }
    SEAL seal "F_SEAL_" {
        SEAL 0x1;
        SHRINK 0x2;
        GROW 0x4;
        WRITE 0x8;
        FUTURE_WRITE 0x10;
        EXEC 0x20;
    }
    MEMFD memfd "MFD_" {
        CLOEXEC 0x1;
        ALLOW_SEALING 0x2;
        HUGETLB 0x4;
        NOEXEC_SEAL 0x8;
        EXEC 0x10;
    }
    SPLICE splice "SPLICE_F_" {
        MOVE 0x1;
        NONBLOCK 0x2;
        MORE 0x4;
        GIFT 0x8;
    }
    FILE_KIND file_kind "S_" {
        IFIFO 0o10000;
        IFCHR 0o20000;
        IFDIR 0o40000;
        IFBLK 0o60000;
        IFREG 0o100000;
        IFLNK 0o120000;
        IFSOCK 0o140000;
    }
    ENTRY_KIND entry_kind "DT_" {
        UNKNOWN 0;
        FIFO 1;
        CHR 2;
        DIR 4;
        BLK 6;
        REG 8;
        LNK 10;
        SOCK 12;
    }
}
