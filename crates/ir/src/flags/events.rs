//! Flags and choices of calls on events.

use super::flags;

flags! {
    EPOLL epoll "EPOLL" {
        IN 0x1;
        PRI 0x2;
        OUT 0x4;
        ERR 0x8;
        HUP 0x10;
        RDHUP 0x2000;
        EXCLUSIVE 0x10000000;
        WAKEUP 0x20000000;
        ONESHOT 0x40000000;
        ET 0x80000000;
    }
    EPOLL_CONTROL epoll_control "EPOLL_CTL_" {
        ADD 1;
        DEL 2;
        MOD 3;
    }
    EPOLL_CREATE epoll_create "EPOLL_" {
        CLOEXEC 0o2000000;
    }
    POLL poll "POLL" {
        IN 0x1;
        PRI 0x2;
        OUT 0x4;
        ERR 0x8;
        HUP 0x10;
        NVAL 0x20;
        RDHUP 0x2000;
    }
    INOTIFY inotify "IN_" {
        ACCESS 0x1;
        MODIFY 0x2;
        ATTRIB 0x4;
        CLOSE_WRITE 0x8;
        CLOSE_NOWRITE 0x10;
        OPEN 0x20;
        MOVED_FROM 0x40;
        MOVED_TO 0x80;
        CREATE 0x100;
        DELETE 0x200;
        DELETE_SELF 0x400;
        MOVE_SELF 0x800;
        UNMOUNT 0x2000;
        Q_OVERFLOW 0x4000;
        IGNORED 0x8000;
        ONLYDIR 0x1000000;
        DONT_FOLLOW 0x2000000;
        EXCL_UNLINK 0x4000000;
        MASK_CREATE 0x10000000;
        MASK_ADD 0x20000000;
        ISDIR 0x40000000;
        ONESHOT 0x80000000;
    }
    INOTIFY_INIT inotify_init "IN_" {
        CLOEXEC 0o2000000;
        NONBLOCK 0o4000;
    }
    EVENTFD eventfd "EFD_" {
        SEMAPHORE 0x1;
        CLOEXEC 0o2000000;
        NONBLOCK 0o4000;
    }
    SIGNALFD signalfd "SFD_" {
        CLOEXEC 0o2000000;
        NONBLOCK 0o4000;
    }
    TIMERFD timerfd "TFD_" {
        CLOEXEC 0o2000000;
        NONBLOCK 0o4000;
    }
    TIMERFD_SET timerfd_set "TFD_TIMER_" {
        ABSTIME 0x1;
        CANCEL_ON_SET 0x2;
    }
}
