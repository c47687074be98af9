//! Calls on an open file: contents, size, offset, durability, metadata, locks, attributes by descriptor.

use super::calls;

calls! {
    read 0 63 "1.0" Plain => "Reads up to so many bytes at the file's offset, which moves on; 0 bytes is the end.";
    write 1 64 "1.0" Plain => "Writes bytes at the file's offset, which moves on, and may write fewer than it was given.";
    pread64 17 67 "2.1.60" Plain => "Reads up to so many bytes at a given offset; the file's own offset stays where it is.";
    pwrite64 18 68 "2.1.60" Plain => "Writes bytes at a given offset; with O_APPEND the kernel appends and ignores the offset.";
    readv 19 65 "2.0" Excluded(Nested, "read") => "Reads at the file's offset into several buffers.";
    writev 20 66 "2.0" Excluded(Nested, "write") => "Writes several buffers at the file's offset.";
    preadv 295 69 "2.6.30" Excluded(Nested, "pread64") => "Reads at a given offset into several buffers.";
    pwritev 296 70 "2.6.30" Excluded(Nested, "pwrite64") => "Writes several buffers at a given offset.";
    preadv2 327 286 "4.6" Excluded(Nested, "pread64") => "Reads into several buffers, with flags for this one call.";
    pwritev2 328 287 "4.6" Excluded(Nested, "pwrite64") => "Writes several buffers, with flags for this one call.";
    lseek 8 62 "1.0" Plain => "Moves the file's offset, or finds the next data or hole (SEEK_DATA, SEEK_HOLE: ENXIO beyond the last).";
    ftruncate 77 46 "1.0" Plain => "Sets the size of a file that is open for writing; what is new reads as zeros.";
    fallocate 285 47 "2.6.23" Plain => "Allocates, zeroes, punches out, collapses or inserts a range of a file (EOPNOTSUPP where the file system cannot).";
    fsync 74 82 "1.0" Plain => "Waits until a file's data and metadata are on the disk; its name in the directory is not covered.";
    fdatasync 75 83 "2.0" Plain => "Waits until a file's data are on the disk, with what metadata are needed to read them back.";
    syncfs 306 267 "2.6.39" Plain => "Writes out the file system that a file lies on; tells write errors since 5.8.";
    sync_file_range 277 84 "2.6.17" Plain => "Starts or awaits the writing of a range's dirty pages; metadata are not written, so nothing is promised after a crash.";
    fadvise64 221 223 "2.6" Plain => "Says how a range of a file will be read, so that the kernel reads ahead or drops pages; a hint.";
    readahead 187 213 "2.4.13" Plain => "Reads a range of a file into the page cache; it may wait for the disk.";
    cachestat 451 451 "6.5" Named("the operations on open files") => "Counts a range's pages that are cached, dirty, under writing and evicted.";
    copy_file_range 326 285 "4.5" Plain => "Copies a range between two files within the kernel, sharing blocks where the file system can (EXDEV across some).";
    sendfile 40 71 "2.2" Plain => "Copies bytes of a file that has pages to another file or a socket, at most 0x7ffff000 in a call.";
    splice 275 76 "2.6.17" Named("pipes") => "Moves bytes between a pipe and a file without copying them.";
    tee 276 77 "2.6.17" Named("pipes") => "Copies bytes from one pipe to another without consuming them.";
    vmsplice 278 75 "2.6.17" Excluded(Memory, "write") => "Maps memory of the process into a pipe: it can change after it was sent.";
    close 3 57 "1.0" Named("the handle table") => "Closes a descriptor. It is closed even when this fails, so it is never tried again.";
    close_range 436 436 "5.9" Named("spawn") => "Closes all descriptors of a range, or marks them close-on-exec.";
    dup 32 23 "1.0" Excluded(Descriptors, "") => "Gives the lowest free descriptor for the same open file, without close-on-exec.";
    dup2 33 - "1.0" Excluded(Descriptors, "") => "Makes a given descriptor mean the same open file and closes what it meant before.";
    dup3 292 24 "2.6.27" Named("spawn") => "Makes a given descriptor mean the same open file, with flags.";
    fcntl 72 25 "1.0" Named("the operations on open files") => "Many calls behind a command: flags, locks, leases, seals, the size of a pipe. Each command is a row of its own.";
    ioctl 16 29 "1.0" Named("the operations on terminals and devices") => "Whatever a driver makes of a request number and an address. Each request is a row of its own.";
    flock 73 32 "2.0" Plain => "Takes or gives back the lock on a whole open file; it waits for others unless LOCK_NB is given (EWOULDBLOCK).";
    fstat 5 80 "1.0" Plain => "The metadata of an open file in the older structure: no birth time, no mount, 32-bit link count on AArch64.";
    fstatfs 138 44 "1.0" Plain => "Type, size and free space of the file system that a file lies on.";
    fchmod 91 52 "1.0" Plain => "Sets the permission bits of an open file (EBADF for one that was opened with O_PATH).";
    fchown 93 55 "1.0" Plain => "Sets owner and group of an open file; -1 leaves one as it is. The set-user-ID bit is cleared.";
    fgetxattr 193 10 "2.4.18" Plain => "The value of an extended attribute of an open file; a size of 0 asks for the length.";
    fsetxattr 190 7 "2.4.18" Plain => "Sets an extended attribute of an open file; flags say that it has to be new or to be there.";
    flistxattr 196 13 "2.4.18" Plain => "The names of an open file's extended attributes, each with a NUL after it.";
    fremovexattr 199 16 "2.4.18" Plain => "Removes an extended attribute of an open file (ENODATA when it is not there).";
    getdents 78 - "2.0" Excluded(Superseded, "getdents64") => "Reads entries of a directory in the older record, without their type in a field of its own.";
    getdents64 217 61 "2.4" Named("list") => "Reads the next entries of an open directory: inode number, type and name of each.";
    memfd_create 319 279 "3.17" Named("files in memory") => "Makes a file that lies in memory, has no name in any directory and can be sealed.";
    memfd_secret 447 447 "5.14" Excluded(Memory, "memfd_create") => "Makes a file in memory that the kernel itself does not map; of use only when it is mapped.";
    pipe 22 - "1.0" Excluded(Superseded, "pipe2") => "Makes a pipe whose descriptors are not close-on-exec.";
    pipe2 293 59 "2.6.27" Named("pipes") => "Makes a pipe: a descriptor to read from and one to write to.";
    select 23 - "1.0" Excluded(Superseded, "ppoll") => "Waits until one of several descriptors, all below 1024, is ready.";
    pselect6 270 72 "2.6.16" Excluded(Nested, "ppoll") => "Waits until one of several descriptors is ready, with a signal mask behind a second pointer.";
    poll 7 - "2.2" Excluded(Superseded, "ppoll") => "Waits until one of several descriptors is ready, with a timeout in milliseconds.";
    ppoll 271 73 "2.6.16" Named("waiting for handles") => "Waits until one of several descriptors is ready, with a timeout in nanoseconds and a signal mask.";
}
