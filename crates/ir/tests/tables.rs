//! The tables against independent witnesses: the crates `syscalls` (numbers of both architectures) and
//! `linux-raw-sys` (the kernel's headers, for the architecture this runs on).

use linux_raw_sys::general as kernel;
use sawmill_ir::Arch;
use sawmill_ir::errno::ERRNOS;
use sawmill_ir::flags::FlagSet;
use sawmill_ir::ops::{Effect, Op};
use sawmill_ir::structs::{Shape, StructId, dirent64};
use sawmill_ir::syscalls::{Arg, Sys};
use std::collections::HashSet;
use std::mem::{offset_of, size_of};

#[test]
fn numbers_are_those_of_both_architectures() {
    for sys in Sys::ALL {
        let row = sys.row();
        let x86: syscalls::x86_64::Sysno = row.kernel.parse().expect("is a call on x86_64");
        let arm: syscalls::aarch64::Sysno = row.kernel.parse().expect("is a call on AArch64");
        assert_eq!(
            sys.number(Arch::X86_64),
            x86.id() as u32,
            "{} on x86_64",
            row.name
        );
        assert_eq!(
            sys.number(Arch::Aarch64),
            arm.id() as u32,
            "{} on AArch64",
            row.name
        );
    }
}

#[test]
fn system_calls_are_unique_documented_and_take_at_most_six_arguments() {
    let mut names = HashSet::new();
    for sys in Sys::ALL {
        let row = sys.row();
        assert!(names.insert(row.name), "{} is there twice", row.name);
        assert!(row.args.len() <= 6, "{}", row.name);
        assert!(row.doc.ends_with('.'), "{}", row.name);
        assert!(
            row.name == row.kernel || row.name.starts_with(&format!("{}.", row.kernel)),
            "{}",
            row.name
        );
        assert!(
            sys.is_callable() == (Sys::named(row.name) == Some(*sys)),
            "{}",
            row.name
        );
    }
}

#[test]
fn only_openat2_takes_a_path() {
    for sys in Sys::ALL {
        let row = sys.row();
        let path = row.args.iter().any(|a| matches!(a, Arg::Path));
        assert!(
            !path || row.kernel == "openat2",
            "{} takes a path",
            row.name
        );
        let name = row.args.iter().position(|a| matches!(a, Arg::Name));
        let dir = |i: usize| matches!(row.args[i - 1], Arg::Dir(_));
        assert!(
            name.is_none_or(dir),
            "{} takes a name without its directory",
            row.name
        );
    }
}

/// What the kernel's headers say a flag is, on this architecture.
fn header(name: &str) -> Option<u64> {
    Some(u64::from(match name {
        "O_RDONLY" => kernel::O_RDONLY,
        "O_DIRECTORY" => kernel::O_DIRECTORY,
        "O_NOFOLLOW" => kernel::O_NOFOLLOW,
        "O_CLOEXEC" => kernel::O_CLOEXEC,
        "O_PATH" => kernel::O_PATH,
        "O_NOCTTY" => kernel::O_NOCTTY,
        "O_NONBLOCK" => kernel::O_NONBLOCK,
        "AT_SYMLINK_NOFOLLOW" => kernel::AT_SYMLINK_NOFOLLOW,
        "AT_NO_AUTOMOUNT" => kernel::AT_NO_AUTOMOUNT,
        "AT_EMPTY_PATH" => kernel::AT_EMPTY_PATH,
        "O_WRONLY" => kernel::O_WRONLY,
        "O_RDWR" => kernel::O_RDWR,
        "O_CREAT" => kernel::O_CREAT,
        "O_EXCL" => kernel::O_EXCL,
        "O_TRUNC" => kernel::O_TRUNC,
        "O_APPEND" => kernel::O_APPEND,
        "AT_REMOVEDIR" => kernel::AT_REMOVEDIR,
        "RENAME_NOREPLACE" => kernel::RENAME_NOREPLACE,
        "RENAME_EXCHANGE" => kernel::RENAME_EXCHANGE,
        "SEEK_SET" => kernel::SEEK_SET,
        "SEEK_CUR" => kernel::SEEK_CUR,
        "SEEK_END" => kernel::SEEK_END,
        "SEEK_DATA" => kernel::SEEK_DATA,
        "SEEK_HOLE" => kernel::SEEK_HOLE,
        "CLOCK_REALTIME" => kernel::CLOCK_REALTIME,
        "CLOCK_MONOTONIC" => kernel::CLOCK_MONOTONIC,
        "CLOCK_PROCESS_CPUTIME_ID" => kernel::CLOCK_PROCESS_CPUTIME_ID,
        "CLOCK_THREAD_CPUTIME_ID" => kernel::CLOCK_THREAD_CPUTIME_ID,
        "CLOCK_MONOTONIC_RAW" => kernel::CLOCK_MONOTONIC_RAW,
        "CLOCK_REALTIME_COARSE" => kernel::CLOCK_REALTIME_COARSE,
        "CLOCK_MONOTONIC_COARSE" => kernel::CLOCK_MONOTONIC_COARSE,
        "CLOCK_BOOTTIME" => kernel::CLOCK_BOOTTIME,
        "CLOCK_TAI" => kernel::CLOCK_TAI,
        "RUSAGE_SELF" => kernel::RUSAGE_SELF,
        "RUSAGE_CHILDREN" => return Some(-1_i64 as u64),
        "RUSAGE_THREAD" => kernel::RUSAGE_THREAD,
        "PRIO_PROCESS" => 0,
        "PRIO_PGRP" => 1,
        "PRIO_USER" => 2,
        "GRND_NONBLOCK" => kernel::GRND_NONBLOCK,
        "GRND_RANDOM" => kernel::GRND_RANDOM,
        "GRND_INSECURE" => kernel::GRND_INSECURE,
        "XATTR_CREATE" => 1,
        "XATTR_REPLACE" => 2,
        "STATX_BASIC_STATS" => kernel::STATX_BASIC_STATS,
        "STATX_BTIME" => kernel::STATX_BTIME,
        _ => return None,
    }))
}

#[test]
fn flags_are_those_of_the_headers() {
    for set in FlagSet::ALL {
        for (i, row) in set.rows().iter().enumerate() {
            let flags = sawmill_ir::flags::Flags {
                set: *set,
                bits: 1 << i,
            };
            assert_eq!(Some(flags.number(Arch::HOST)), header(row.0), "{}", row.0);
        }
    }
}

#[test]
fn statx_is_laid_out_as_in_the_headers() {
    let row = StructId::Statx.row();
    assert_eq!(row.size as usize, size_of::<kernel::statx>());
    macro_rules! members {
        ($($name:ident: $size:literal),*) => { vec![$((stringify!($name), offset_of!(kernel::statx, $name), $size)),*] };
    }
    let members = members![
        stx_mask: 4, stx_blksize: 4, stx_attributes: 8, stx_nlink: 4, stx_uid: 4, stx_gid: 4, stx_mode: 2, stx_ino: 8,
        stx_size: 8, stx_blocks: 8, stx_atime: 12, stx_btime: 12, stx_ctime: 12, stx_mtime: 12, stx_rdev_major: 8,
        stx_dev_major: 8
    ];
    for field in row.fields {
        let (_, offset, size) = members
            .iter()
            .find(|m| m.0 == field.name)
            .expect("is a member");
        assert_eq!(field.offset as usize, *offset, "{}", field.name);
        let bytes = field.shape.size() as usize;
        assert_eq!(bytes, *size, "{}", field.name);
        assert_eq!(
            field.ty.width(),
            if field.shape == Shape::Timestamp {
                2
            } else {
                1
            },
            "{}",
            field.name
        );
    }
    assert_eq!(row.fields.len(), members.len());
}

#[test]
fn dirent64_is_laid_out_as_in_the_headers() {
    assert_eq!(
        dirent64::INO as usize,
        offset_of!(kernel::linux_dirent64, d_ino)
    );
    assert_eq!(
        dirent64::RECLEN as usize,
        offset_of!(kernel::linux_dirent64, d_reclen)
    );
    assert_eq!(
        dirent64::TYPE as usize,
        offset_of!(kernel::linux_dirent64, d_type)
    );
    assert_eq!(
        dirent64::NAME as usize,
        offset_of!(kernel::linux_dirent64, d_name)
    );
}

#[test]
fn errnos_are_those_of_the_headers() {
    use linux_raw_sys::errno as e;
    for (name, number) in [
        ("ENOENT", e::ENOENT),
        ("EACCES", e::EACCES),
        ("ELOOP", e::ELOOP),
        ("EHWPOISON", e::EHWPOISON),
    ] {
        let row = ERRNOS.iter().find(|row| row.1 == name).expect("is there");
        assert_eq!(row.0 as u32, number);
    }
    assert_eq!(ERRNOS.len(), 131, "all but the two aliases");
}

#[test]
fn operations_are_unique_and_documented() {
    let mut names = HashSet::new();
    for op in Op::ALL {
        let row = op.row();
        assert!(names.insert(row.name), "{} is there twice", row.name);
        assert_eq!(Op::named(row.name), Some(*op));
        assert!(row.doc.ends_with('.'), "{}", row.name);
        // What can fail must happen when and where it is written.
        assert!(
            !row.fallible || row.effect == Effect::Effect,
            "{}",
            row.name
        );
    }
}
