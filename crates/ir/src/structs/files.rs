//! Structures about files and file systems.

use super::rows;

rows! {
    STATX "statx" 256 "Metadata of a file, statx(2). Which fields are filled is in stx_mask." {
        stx_mask: 0 U32 => Int;
        stx_blksize: 4 U32 => Size;
        stx_attributes: 8 U64 => Int;
        stx_nlink: 16 U32 => Int;
        stx_uid: 20 U32 => Int;
        stx_gid: 24 U32 => Int;
        stx_mode: 28 U16 => Mode;
        stx_ino: 32 U64 => Ino;
        stx_size: 40 U64 => Size;
        stx_blocks: 48 U64 => Int;
        stx_attributes_mask: 56 U64 => Int;
        stx_atime: 64 Timestamp => Time;
        stx_btime: 80 Timestamp => Time;
        stx_ctime: 96 Timestamp => Time;
        stx_mtime: 112 Timestamp => Time;
        stx_rdev_major: 128 Device => Dev;
        stx_dev_major: 136 Device => Dev;
        stx_mnt_id: 144 U64 => Int;
        stx_dio_mem_align: 152 U32 => Size;
        stx_dio_offset_align: 156 U32 => Size;
        stx_subvol: 160 U64 => Int;
        stx_atomic_write_unit_min: 168 U32 => Size;
        stx_atomic_write_unit_max: 172 U32 => Size;
        stx_atomic_write_segments_max: 176 U32 => Int;
        stx_dio_read_offset_align: 180 U32 => Size;
        stx_atomic_write_unit_max_opt: 184 U32 => Size;
    }
    STAT "stat" 144 | 128 "Metadata of a file as fstat(2) and newfstatat(2) give it; the members' order differs." {
        st_dev: 0 OldDevice => Dev;
        st_ino: 8 U64 => Ino;
        st_nlink: 16 U64 | 20 U32 => Int;
        st_mode: 24 U32 | 16 U32 => Mode;
        st_uid: 28 U32 | 24 U32 => Int;
        st_gid: 32 U32 | 28 U32 => Int;
        st_rdev: 40 OldDevice | 32 OldDevice => Dev;
        st_size: 48 U64 => Size;
        st_blksize: 56 U64 | 56 I32 => Size;
        st_blocks: 64 U64 => Int;
        st_atime: 72 Timespec => Time;
        st_mtime: 88 Timespec => Time;
        st_ctime: 104 Timespec => Time;
    }
    DIRENT64 "linux_dirent64" 24 "The head of a directory's entry, getdents64(2); the name follows from byte 19 on, the next entry after d_reclen." {
        d_ino: 0 U64 => Ino;
        d_off: 8 U64 => Int;
        d_reclen: 16 U16 => Size;
        d_type: 18 U8 => FileType;
    }
    STATFS "statfs" 120 "A file system, fstatfs(2). Blocks are counted in f_frsize." {
        f_type: 0 U64 => Int;
        f_bsize: 8 U64 => Size;
        f_blocks: 16 U64 => Int;
        f_bfree: 24 U64 => Int;
        f_bavail: 32 U64 => Int;
        f_files: 40 U64 => Int;
        f_ffree: 48 U64 => Int;
        f_fsid: 56 U64 => Int;
        f_namelen: 64 U64 => Size;
        f_frsize: 72 U64 => Size;
        f_flags: 80 U64 => Int;
    }
    FLOCK "flock" 32 "A lock on a range of a file, fcntl(2)." {
        l_type: 0 I16 => Int;
        l_whence: 2 I16 => Int;
        l_start: 8 U64 => Int;
        l_len: 16 U64 => Int;
        l_pid: 24 I32 => Int;
    }
    OPEN_HOW "open_how" 24 "How to open, openat2(2)." {
        flags: 0 U64 => Int;
        mode: 8 U64 => Mode;
        resolve: 16 U64 => Int;
    }
    XATTR_ARGS "xattr_args" 16 "An attribute's value and flags, setxattrat(2); the value's address comes first." {
        size: 8 U32 => Size;
        flags: 12 U32 => Int;
    }
    FILE_ATTR "file_attr" 24 "What the file system itself keeps of a file, file_getattr(2)." {
        fa_xflags: 0 U64 => Int;
        fa_extsize: 8 U32 => Size;
        fa_nextents: 12 U32 => Int;
        fa_projid: 16 U32 => Int;
        fa_cowextsize: 20 U32 => Size;
    }
    CACHESTAT_RANGE "cachestat_range" 16 "A range of a file, cachestat(2); a length of 0 is to its end." {
        off: 0 U64 => Size;
        len: 8 U64 => Size;
    }
    CACHESTAT "cachestat" 40 "Pages of a range, cachestat(2)." {
        nr_cache: 0 U64 => Int;
        nr_dirty: 8 U64 => Int;
        nr_writeback: 16 U64 => Int;
        nr_evicted: 24 U64 => Int;
        nr_recently_evicted: 32 U64 => Int;
    }
    MOUNT_ATTR "mount_attr" 32 "Properties of a mount, mount_setattr(2)." {
        attr_set: 0 U64 => Int;
        attr_clr: 8 U64 => Int;
        propagation: 16 U64 => Int;
        userns_fd: 24 U64 => Int;
    }
}
