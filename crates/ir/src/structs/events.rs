//! Structures about events and terminals.

use super::rows;

rows! {
    EPOLL_EVENT "epoll_event" 12 | 16 "An event of a watched descriptor, epoll_wait(2); packed on x86_64 alone." {
        events: 0 U32 => Int;
        data: 4 U64 | 8 U64 => Int;
    }
    POLLFD "pollfd" 8 "A descriptor, what to wait for and what came, poll(2)." {
        fd: 0 I32 => Int;
        events: 4 I16 => Int;
        revents: 6 I16 => Int;
    }
    INOTIFY_EVENT "inotify_event" 16 "The head of an event of a file, inotify(7); a name of len bytes follows, NULs included." {
        wd: 0 I32 => Int;
        mask: 4 U32 => Int;
        cookie: 8 U32 => Int;
        len: 12 U32 => Size;
    }
    SIGNALFD_SIGINFO "signalfd_siginfo" 128 "A signal that was taken, signalfd(2)." {
        ssi_signo: 0 U32 => Int;
        ssi_errno: 4 I32 => Int;
        ssi_code: 8 I32 => Int;
        ssi_pid: 12 U32 => Int;
        ssi_uid: 16 U32 => Int;
        ssi_fd: 20 I32 => Int;
        ssi_tid: 24 U32 => Int;
        ssi_band: 28 U32 => Int;
        ssi_overrun: 32 U32 => Int;
        ssi_trapno: 36 U32 => Int;
        ssi_status: 40 I32 => Int;
        ssi_int: 44 I32 => Int;
        ssi_utime: 56 U64 => Int;
        ssi_stime: 64 U64 => Int;
    }
    WINSIZE "winsize" 8 "The size of a terminal in characters and pixels, tty_ioctl(4)." {
        ws_row: 0 U16 => Int;
        ws_col: 2 U16 => Int;
        ws_xpixel: 4 U16 => Int;
        ws_ypixel: 6 U16 => Int;
    }
}
