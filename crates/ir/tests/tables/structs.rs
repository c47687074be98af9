//! The kernel structures against the headers in `linux-raw-sys`, or the crate `libc` where those lack one: sizes,
//! offsets, widths and signs, on the architecture that this runs on.

use linux_raw_sys::general as kernel;
use sawmill_ir::structs::{Field, Shape, StructId, dirent64};
use std::any::type_name;
use std::collections::{HashMap, HashSet};
use std::mem::{offset_of, size_of};

/// A member: name, offset, size, and its type's name.
type Member = (&'static str, usize, usize, &'static str);

/// Size and members of a structure.
struct Witness {
    size: usize,
    members: Vec<Member>,
}

/// Size and name of the type of what `_get` gives.
fn of<T, M>(_get: impl Fn(T) -> M) -> (usize, &'static str) {
    (size_of::<M>(), type_name::<M>())
}

fn witnesses() -> HashMap<StructId, Witness> {
    macro_rules! structs {
        ($($id:ident $($path:ident)::+ { $($member:ident)* })*) => {
            [$({
                type Header = $($path)::+;
                let members = vec![$({
                    let (size, ty) = of(|s: Header| s.$member);
                    (stringify!($member), offset_of!(Header, $member), size, ty)
                }),*];
                (StructId::$id, Witness { size: size_of::<Header>(), members })
            }),*]
        };
    }
    structs! {
        Statx linux_raw_sys::general::statx { stx_mask stx_blksize stx_attributes stx_nlink
            stx_uid stx_gid stx_mode stx_ino stx_size stx_blocks stx_attributes_mask stx_atime
            stx_btime stx_ctime stx_mtime stx_rdev_major stx_dev_major stx_mnt_id
            stx_dio_mem_align stx_dio_offset_align stx_subvol stx_atomic_write_unit_min
            stx_atomic_write_unit_max stx_atomic_write_segments_max stx_dio_read_offset_align
            stx_atomic_write_unit_max_opt }
        Stat linux_raw_sys::general::stat { st_dev st_ino st_nlink st_mode st_uid st_gid st_rdev
            st_size st_blksize st_blocks st_atime st_mtime st_ctime }
        Dirent64 linux_raw_sys::general::linux_dirent64 { d_ino d_off d_reclen d_type }
        Statfs linux_raw_sys::general::statfs { f_type f_bsize f_blocks f_bfree f_bavail f_files
            f_ffree f_fsid f_namelen f_frsize f_flags }
        Flock linux_raw_sys::general::flock { l_type l_whence l_start l_len l_pid }
        OpenHow linux_raw_sys::general::open_how { flags mode resolve }
        XattrArgs linux_raw_sys::general::xattr_args { size flags }
        FileAttr linux_raw_sys::general::file_attr { fa_xflags fa_extsize fa_nextents fa_projid
            fa_cowextsize }
        CachestatRange linux_raw_sys::general::cachestat_range { off len }
        Cachestat linux_raw_sys::general::cachestat { nr_cache nr_dirty nr_writeback nr_evicted
            nr_recently_evicted }
        MountAttr linux_raw_sys::general::mount_attr { attr_set attr_clr propagation userns_fd }
        Timespec linux_raw_sys::general::timespec { tv_sec tv_nsec }
        Timeval linux_raw_sys::general::timeval { tv_sec tv_usec }
        Itimerspec linux_raw_sys::general::itimerspec { it_interval it_value }
        Timex libc::timex { modes offset freq maxerror esterror status constant precision
            tolerance tick ppsfreq jitter shift stabil jitcnt calcnt errcnt stbcnt tai }
        Utsname linux_raw_sys::system::new_utsname { sysname nodename release version machine
            domainname }
        Sysinfo linux_raw_sys::system::sysinfo { uptime loads totalram freeram sharedram
            bufferram totalswap freeswap procs totalhigh freehigh mem_unit }
        Rlimit64 linux_raw_sys::general::rlimit64 { rlim_cur rlim_max }
        Rusage linux_raw_sys::general::rusage { ru_utime ru_stime ru_maxrss ru_minflt ru_majflt
            ru_inblock ru_oublock ru_nvcsw ru_nivcsw }
        Tms libc::tms { tms_utime tms_stime tms_cutime tms_cstime }
        SchedParam libc::sched_param { sched_priority }
        CapHeader linux_raw_sys::general::__user_cap_header_struct { version pid }
        CapData linux_raw_sys::general::__user_cap_data_struct { effective permitted inheritable
            }
        CloneArgs linux_raw_sys::general::clone_args { flags exit_signal stack_size set_tid_size
            cgroup }
        LandlockRuleset linux_raw_sys::landlock::landlock_ruleset_attr { handled_access_fs
            handled_access_net scoped }
        LandlockPathBeneath linux_raw_sys::landlock::landlock_path_beneath_attr { allowed_access
            parent_fd }
        LandlockNetPort linux_raw_sys::landlock::landlock_net_port_attr { allowed_access port }
        SockaddrIn linux_raw_sys::net::sockaddr_in { sin_family sin_port sin_addr }
        SockaddrIn6 linux_raw_sys::net::sockaddr_in6 { sin6_family sin6_port sin6_flowinfo
            sin6_addr sin6_scope_id }
        SockaddrUn linux_raw_sys::net::sockaddr_un { sun_family sun_path }
        SockaddrNl linux_raw_sys::netlink::sockaddr_nl { nl_family nl_pid nl_groups }
        Msghdr linux_raw_sys::net::msghdr { msg_namelen msg_iovlen msg_controllen msg_flags }
        Cmsghdr linux_raw_sys::net::cmsghdr { cmsg_len cmsg_level cmsg_type }
        Ucred linux_raw_sys::net::ucred { pid uid gid }
        Linger linux_raw_sys::net::linger { l_onoff l_linger }
        EpollEvent linux_raw_sys::general::epoll_event { events data }
        Pollfd linux_raw_sys::general::pollfd { fd events revents }
        InotifyEvent linux_raw_sys::general::inotify_event { wd mask cookie len }
        SignalfdSiginfo libc::signalfd_siginfo { ssi_signo ssi_errno ssi_code ssi_pid ssi_uid
            ssi_fd ssi_tid ssi_band ssi_overrun ssi_trapno ssi_status ssi_int ssi_utime
            ssi_stime }
        Winsize linux_raw_sys::general::winsize { ws_row ws_col ws_xpixel ws_ypixel }
    }
    .into_iter()
    .collect()
}

/// The size that a field's member has in the header: where a shape is of several members, the first one's.
fn member_size(id: StructId, field: &Field) -> usize {
    match field.here().shape {
        Shape::Device => 4,
        // The header's has padding after it.
        Shape::Timestamp => 16,
        // `st_atime` and then `st_atime_nsec`.
        Shape::Timespec => 8,
        // An array of three, of which each is a field.
        _ if (id, field.name) == (StructId::Sysinfo, "loads") => 24,
        shape => shape.size() as usize,
    }
}

#[test]
fn structures_are_laid_out_as_in_the_headers() {
    let mut witnesses = witnesses();
    for id in StructId::ALL {
        let row = id.row();
        let Some(witness) = witnesses.remove(id) else {
            assert!(WITHOUT.contains(id), "{} has no witness", row.name);
            continue;
        };
        assert_eq!(row.size() as usize, witness.size, "{}", row.name);
        for field in row.fields {
            if (*id, field.name.starts_with("loads_")) == (StructId::Sysinfo, true) {
                continue;
            }
            let name = format!("{}.{}", row.name, field.name);
            let member = witness.members.iter().find(|m| m.0 == field.name);
            let (_, offset, size, ty) = *member.unwrap_or_else(|| panic!("{name} has no witness"));
            let place = field.here();
            assert_eq!(place.offset as usize, offset, "{name}");
            assert_eq!(member_size(*id, field), size, "{name}");
            // A number narrower than a word is told with its sign.
            let signed = match place.shape {
                Shape::U8 | Shape::U16 | Shape::U32 => Some("u"),
                Shape::I16 | Shape::I32 => Some("i"),
                _ => None,
            };
            assert!(
                signed.is_none_or(|sign| ty.starts_with(sign)),
                "{name} is {ty}"
            );
        }
        assert_eq!(
            witness.members.len(),
            row.fields
                .iter()
                .filter(|f| !f.name.starts_with("loads_"))
                .count(),
            "{}",
            row.name
        );
    }
    assert!(witnesses.is_empty());
}

/// Neither crate has these whole: `sched_attr` lacks its last two members in libc, and of `siginfo` the members that
/// waitid(2) fills are in unnamed unions in both. The last two are no structures of the kernel's.
const WITHOUT: &[StructId] = &[
    StructId::SchedAttr,
    StructId::Siginfo,
    StructId::Ids,
    StructId::Cpu,
];

#[test]
fn what_no_header_has_whole_is_right_as_far_as_it_goes() {
    let attr = StructId::SchedAttr.row();
    macro_rules! offsets {
        ($($member:ident)*) => { [$((stringify!($member), offset_of!(libc::sched_attr, $member))),*] };
    }
    let known = offsets! { size sched_policy sched_flags sched_nice sched_priority sched_runtime sched_deadline sched_period };
    for (name, offset) in known {
        let field = &attr.fields[attr.field(name).expect("is a field") as usize];
        assert_eq!(field.here().offset as usize, offset, "{name}");
    }
    // What was added: two numbers of 32 bits (SCHED_ATTR_SIZE_VER1 is 56).
    let end = size_of::<libc::sched_attr>() as u32;
    let added = attr.fields[known.len()..].iter().map(|f| f.here());
    assert!(
        added
            .map(|p| (p.offset, p.shape))
            .eq([(end, Shape::U32), (end + 4, Shape::U32)])
    );
    assert_eq!(attr.size(), end + 8);

    let info = StructId::Siginfo.row();
    assert_eq!(info.size() as usize, size_of::<libc::siginfo_t>());
    assert_eq!(
        info.field("si_code")
            .map(|n| info.fields[n as usize].here().offset as usize),
        Some(offset_of!(libc::siginfo_t, si_code))
    );
}

#[test]
fn structures_are_whole() {
    let mut names = HashSet::new();
    for id in StructId::ALL {
        let row = id.row();
        assert!(names.insert(row.name), "{}", row.name);
        assert_eq!(StructId::named(row.name), Some(*id));
        assert!(row.doc.ends_with('.'), "{}", row.name);
        let mut fields = HashSet::new();
        for (n, field) in row.fields.iter().enumerate() {
            let name = format!("{}.{}", row.name, field.name);
            assert!(fields.insert(field.name), "{name}");
            assert_eq!(row.field(field.name), Some(n as u32));
            let wide = matches!(
                field.places[0].shape,
                Shape::Timestamp | Shape::Timespec | Shape::Text(_)
            );
            let width = if wide || !field.is_value() { 2 } else { 1 };
            assert_eq!(field.ty.width(), width, "{name}");
            assert!(
                field.is_value() || field.ty == sawmill_ir::ty::Type::Bytes,
                "{name}"
            );
            for (place, size) in field.places.iter().zip(row.sizes) {
                assert!(
                    place.offset + place.shape.size() <= size,
                    "{name} ends beyond the structure"
                );
            }
        }
        // No two fields share a byte.
        for arch in 0..2 {
            let mut places: Vec<_> = row.fields.iter().map(|f| f.places[arch]).collect();
            places.sort_by_key(|p| p.offset);
            let apart =
                |p: &[sawmill_ir::structs::Place]| p[0].offset + p[0].shape.size() <= p[1].offset;
            assert!(places.windows(2).all(apart), "{}", row.name);
        }
    }
}

#[test]
fn shapes_make_the_words_that_they_say() {
    let bytes: Vec<u8> = (0..16).map(|n| 0xf0 | n).collect();
    let words = |shape: Shape| shape.words(&bytes[..shape.size() as usize]);
    assert_eq!(words(Shape::U8), [0xf0, 0]);
    assert_eq!(words(Shape::U16), [0xf1f0, 0]);
    assert_eq!(words(Shape::I16), [0xffff_ffff_ffff_f1f0, 0]);
    assert_eq!(words(Shape::Big16), [0xf0f1, 0]);
    assert_eq!(words(Shape::U32), [0xf3f2_f1f0, 0]);
    assert_eq!(words(Shape::I32), [0xffff_ffff_f3f2_f1f0, 0]);
    assert_eq!(words(Shape::Big32), [0xf0f1_f2f3, 0]);
    assert_eq!(words(Shape::U64), [0xf7f6_f5f4_f3f2_f1f0, 0]);
    assert_eq!(
        words(Shape::Timestamp),
        [0xf7f6_f5f4_f3f2_f1f0, 0xfbfa_f9f8]
    );
    assert_eq!(
        words(Shape::Timespec),
        [0xf7f6_f5f4_f3f2_f1f0, 0xfffe_fdfc_fbfa_f9f8]
    );
    assert_eq!(words(Shape::Device), [0xf3f2_f1f0_f7f6_f5f4, 0]);
    let pair = |a: i64, b: i64| [a.to_le_bytes(), b.to_le_bytes()].concat();
    assert_eq!(Shape::Nanos.words(&pair(3, 5)), [3_000_000_005, 0]);
    assert_eq!(
        Shape::Nanos.words(&pair(-1, 999_999_999)),
        [-1_i64 as u64, 0]
    );
    assert_eq!(Shape::Timeval.words(&pair(3, 5)), [3_000_005_000, 0]);
    // What makedev(3) makes of 8:1 and of the largest numbers.
    let old = |number: u64| Shape::OldDevice.words(&number.to_le_bytes())[0];
    assert_eq!(old(0x801), 8 << 32 | 1);
    assert_eq!(old(0xffff_ffff), 0xfff << 32 | 0xf_ffff);
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
