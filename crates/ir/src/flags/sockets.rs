//! Flags and choices of calls on sockets.

use super::flags;

flags! {
    FAMILY family "AF_" {
        UNSPEC 0;
        UNIX 1;
        INET 2;
        INET6 10;
        NETLINK 16;
        PACKET 17;
        ALG 38;
        VSOCK 40;
        XDP 44;
    }
    SOCK sock "SOCK_" {
        STREAM 1;
        DGRAM 2;
        RAW 3;
        RDM 4;
        SEQPACKET 5;
        NONBLOCK 0o4000;
        CLOEXEC 0o2000000;
    }
    SOCK_OPTION sock_option "SO_" {
        REUSEADDR 2;
        TYPE 3;
        ERROR 4;
        DONTROUTE 5;
        BROADCAST 6;
        SNDBUF 7;
        RCVBUF 8;
        KEEPALIVE 9;
        OOBINLINE 10;
        PRIORITY 12;
        LINGER 13;
        REUSEPORT 15;
        PASSCRED 16;
        PEERCRED 17;
        RCVLOWAT 18;
        SNDLOWAT 19;
        BINDTODEVICE 25;
        ACCEPTCONN 30;
        MARK 36;
        PROTOCOL 38;
        DOMAIN 39;
        INCOMING_CPU 49;
        PEERPIDFD 77;
    }
    MESSAGE message "MSG_" {
        OOB 0x1;
        PEEK 0x2;
        DONTROUTE 0x4;
        CTRUNC 0x8;
        TRUNC 0x20;
        DONTWAIT 0x40;
        EOR 0x80;
        WAITALL 0x100;
        CONFIRM 0x800;
        ERRQUEUE 0x2000;
        NOSIGNAL 0x4000;
        MORE 0x8000;
        WAITFORONE 0x10000;
        ZEROCOPY 0x4000000;
        FASTOPEN 0x20000000;
        CMSG_CLOEXEC 0x40000000;
    }
    SHUT shut "SHUT_" {
        RD 0;
        WR 1;
        RDWR 2;
    }
}
