//! Structures about sockets. Ports and IPv4 addresses are read as numbers.

use super::rows;

rows! {
    SOCKADDR_IN "sockaddr_in" 16 "An IPv4 address, ip(7)." {
        sin_family: 0 U16 => Int;
        sin_port: 2 Big16 => Int;
        sin_addr: 4 Big32 => Int;
    }
    SOCKADDR_IN6 "sockaddr_in6" 28 "An IPv6 address, ipv6(7)." {
        sin6_family: 0 U16 => Int;
        sin6_port: 2 Big16 => Int;
        sin6_flowinfo: 4 Big32 => Int;
        sin6_addr: 8 Raw(16) => Bytes;
        sin6_scope_id: 24 U32 => Int;
    }
    SOCKADDR_UN "sockaddr_un" 110 "An address in the file system, or after a NUL an abstract one, unix(7)." {
        sun_family: 0 U16 => Int;
        sun_path: 2 Raw(108) => Bytes;
    }
    SOCKADDR_NL "sockaddr_nl" 12 "An address of netlink(7)." {
        nl_family: 0 U16 => Int;
        nl_pid: 4 U32 => Int;
        nl_groups: 8 U32 => Int;
    }
    MSGHDR "user_msghdr" 56 "A message in pieces, sendmsg(2); the addresses of name, pieces and control data have no row." {
        msg_namelen: 8 I32 => Size;
        msg_iovlen: 24 U64 => Int;
        msg_controllen: 40 U64 => Size;
        msg_flags: 48 U32 => Int;
    }
    CMSGHDR "cmsghdr" 16 "The head of a piece of control data, cmsg(3)." {
        cmsg_len: 0 U64 => Size;
        cmsg_level: 8 I32 => Int;
        cmsg_type: 12 I32 => Int;
    }
    UCRED "ucred" 12 "Who is at the other end, unix(7)." {
        pid: 0 U32 => Int;
        uid: 4 U32 => Int;
        gid: 8 U32 => Int;
    }
    LINGER "linger" 8 "How long a close waits, socket(7)." {
        l_onoff: 0 I32 => Int;
        l_linger: 4 I32 => Int;
    }
}
