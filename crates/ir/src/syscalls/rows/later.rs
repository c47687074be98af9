//! Rows of the named calls for which programs have no types of handles or values yet: how the part of the language that
//! makes them will. No instruction can ([`Sys::is_callable`]), but what is said here is tested like all other rows.

use super::rows;
use crate::flags::{
    clock, epoll_create, eventfd, family, inotify, inotify_init, memfd, message, open,
};
use crate::flags::{epoll_control, sched, shut, signal, signalfd, sock, sock_option, splice};
use crate::flags::{timerfd, timerfd_set, wait};
use crate::powers::Power;
use crate::structs::StructId;
use crate::syscalls::Arg::*;
use crate::syscalls::Number::{I32, Size, U32};
use crate::syscalls::{Later, Object};

#[cfg(doc)]
use super::Sys;

const READ: Rights = Rights::READ;
const WRITE: Rights = Rights::WRITE;
const BIND: Rights = Rights::BIND;

const PROCESS: Option<Power> = Some(Power::Process);
/// Sets of signals have 64 bits.
const SET_SIZE: Arg = Const(8);

const fn handle(object: Object, rights: Rights) -> Arg {
    Arg::Later(Later::Handle(object, rights))
}
const fn socket(rights: Rights) -> Arg {
    handle(Object::Socket, rights)
}
const fn input(id: StructId) -> Arg {
    Arg::Later(Later::In(id))
}
/// Flags with these always there, and any others of these.
const fn always(set: FlagSet, must: u32, all: u32) -> Arg {
    let may = all & !must;
    Arg::Flags { set, must, may }
}

const KINDS: Arg = always(FlagSet::Sock, sock::CLOEXEC, sock::EVERY);
const FAMILY: Arg = One {
    set: FlagSet::Family,
    of: family::EVERY,
};
const OPTION: Arg = One {
    set: FlagSet::SockOption,
    of: sock_option::EVERY,
};
const POLICY: Arg = One {
    set: FlagSet::Sched,
    of: sched::EVERY,
};
const CLOCKS: u32 = clock::REALTIME
    | clock::MONOTONIC
    | clock::BOOTTIME
    | clock::REALTIME_ALARM
    | clock::BOOTTIME_ALARM;
const MESSAGES: u32 = message::EVERY & !message::NOSIGNAL;
const MOVED: u32 = splice::EVERY & !splice::GIFT;

const ADDRESS: Arg = Arg::Later(Later::AddressIn);
const ADDRESS_OUT: Arg = Arg::Later(Later::AddressOut);
const SIZE: Arg = Arg::Later(Later::Size);
const SIZE_OUT: Arg = Arg::Later(Later::SizeOut);
const COUNT: Arg = Arg::Later(Later::Count);

type Errnos = &'static [(&'static str, &'static str)];

const MAKING: Errnos = &[
    ("EAFNOSUPPORT", "the kernel has no such family"),
    ("EMFILE", "the process has as many descriptors as it may"),
    ("EPROTONOSUPPORT", "the family has no such type or protocol"),
];
const SENDING: Errnos = &[
    ("EAGAIN", "there is no room now"),
    ("ECONNRESET", "the other end broke the connection off"),
    ("EMSGSIZE", "the message is too large to go at once"),
    ("EPIPE", "the other end takes no more"),
];
const RECEIVING: Errnos = &[
    ("EAGAIN", "there is nothing now"),
    ("ECONNREFUSED", "nobody listens there"),
    ("ENOTCONN", "the socket is not connected"),
];
const CONNECTED: Errnos = &[("ENOTCONN", "the socket is not connected")];
const MANY: Errnos = &[("EMFILE", "the process has as many descriptors as it may")];
const MOVING: Errnos = &[
    ("EAGAIN", "with :nonblock, it would have to wait"),
    ("EINVAL", "the file system cannot, or it is the same pipe"),
    ("EPIPE", "nobody reads the pipe any more"),
];
const FINDING: Errnos = &[
    ("EPERM", "the process is not the user's"),
    ("ESRCH", "there is no such process"),
];

rows! {
    SOCKET "socket" (FAMILY, KINDS, Int(I32)) Object(Socket) { power: Some(Power::Net), errnos: MAKING };
    SOCKETPAIR "socketpair" (FAMILY, KINDS, Int(I32), Later(Later::Pair(Object::Socket))) Unit { errnos: MAKING };
    BIND_SOCKET "bind" (socket(BIND), ADDRESS, SIZE) Unit {
        errnos: &[("EACCES", "ports below 1024 take a privilege"), ("EADDRINUSE", "somebody has that address"),
            ("EADDRNOTAVAIL", "the machine has no such address")]
    };
    LISTEN "listen" (socket(BIND), Int(I32)) Unit { errnos: &[("EADDRINUSE", "somebody listens there")] };
    ACCEPT4 "accept4" (socket(BIND), ADDRESS_OUT, SIZE_OUT, always(FlagSet::Sock, sock::CLOEXEC, sock::NONBLOCK)) Object(Socket) {
        blocks: true, eintr: Eintr::Restarted,
        errnos: &[("EAGAIN", "there is no connection now"), ("ECONNABORTED", "it was broken off before it was taken"),
            ("EMFILE", "the process has as many descriptors as it may")]
    };
    CONNECT "connect" (socket(Rights::CONNECT), ADDRESS, SIZE) Unit {
        blocks: true, eintr: Eintr::Restarted,
        errnos: &[("ECONNREFUSED", "nobody listens there"), ("EINPROGRESS", "it goes on, and the socket becomes writable"),
            ("ENETUNREACH", "no way leads there"), ("ETIMEDOUT", "nobody answers")]
    };
    GETSOCKNAME "getsockname" (socket(NONE), ADDRESS_OUT, SIZE_OUT) Unit { query: true };
    GETPEERNAME "getpeername" (socket(NONE), ADDRESS_OUT, SIZE_OUT) Unit { query: true, errnos: CONNECTED };
    SENDTO "sendto" (socket(WRITE), BytesIn, Len, always(FlagSet::Message, message::NOSIGNAL, MESSAGES), ADDRESS, SIZE) Int {
        blocks: true, eintr: Eintr::Restarted, errnos: SENDING
    };
    RECVFROM "recvfrom" (socket(READ), BytesOut, Room, flags(FlagSet::Message, MESSAGES), ADDRESS_OUT, SIZE_OUT) Bytes {
        blocks: true, eintr: Eintr::Restarted, errnos: RECEIVING
    };
    SENDMSG "sendmsg" (socket(WRITE), input(StructId::Msghdr), always(FlagSet::Message, message::NOSIGNAL, MESSAGES)) Int {
        blocks: true, eintr: Eintr::Restarted, errnos: SENDING
    };
    RECVMSG "recvmsg" (socket(READ), Later(Later::InOut(StructId::Msghdr)),
            always(FlagSet::Message, message::CMSG_CLOEXEC, MESSAGES)) Int {
        blocks: true, eintr: Eintr::Restarted, errnos: RECEIVING
    };
    SHUTDOWN "shutdown" (socket(NONE), One { set: FlagSet::Shut, of: shut::EVERY }) Unit { errnos: CONNECTED };
    SETSOCKOPT "setsockopt" (socket(NONE), Const(1), OPTION, Later(Later::ValueIn), SIZE) Unit
        "Sets an option of the socket's own level (SOL_SOCKET)." {
        errnos: &[("ENOPROTOOPT", "there is no such option"), ("EPERM", "that takes a privilege")]
    };
    GETSOCKOPT "getsockopt" (socket(NONE), Const(1), OPTION, Later(Later::ValueOut), SIZE_OUT) Unit
        "An option of the socket's own level (SOL_SOCKET)." {
        query: true, errnos: &[("ENOPROTOOPT", "there is no such option")]
    };

    PIPE2 "pipe2" (Later(Later::Pair(Object::Pipe)), always(FlagSet::Open, open::CLOEXEC, open::NONBLOCK | open::DIRECT)) Unit {
        errnos: MANY
    };
    SPLICE_IN "splice" (File(READ), Const(0), handle(Object::Pipe, WRITE), Const(0), Int(Size), flags(FlagSet::Splice, MOVED)) Int
        "Moves bytes from a file's offset into a pipe; 0 bytes is the end." {
        blocks: true, eintr: Eintr::Restarted, errnos: MOVING
    };
    SPLICE_OUT "splice.out" (handle(Object::Pipe, READ), Const(0), File(WRITE), Const(0), Int(Size), flags(FlagSet::Splice, MOVED)) Int
        "Moves bytes from a pipe to a file's offset; 0 bytes is the end." {
        blocks: true, eintr: Eintr::Restarted, errnos: MOVING
    };
    TEE "tee" (handle(Object::Pipe, READ), handle(Object::Pipe, WRITE), Int(Size), flags(FlagSet::Splice, MOVED)) Int {
        blocks: true, eintr: Eintr::Restarted, errnos: MOVING
    };
    MEMFD_CREATE "memfd_create" (Text, always(FlagSet::Memfd, memfd::CLOEXEC, memfd::EVERY)) Object(Memory) { errnos: MANY };
    CACHESTAT "cachestat" (File(READ), input(StructId::CachestatRange), StructOut(StructId::Cachestat), Const(0)) Unit {
        query: true, errnos: &[("EOPNOTSUPP", "the file system keeps no pages")]
    };
    GETXATTRAT "getxattrat" (Dir(STAT), Name, NOFOLLOW, Text, Later(Later::InOut(StructId::XattrArgs)), SIZE) Int {
        query: true, errnos: &[("ENODATA", "there is no such attribute"), ("ERANGE", "there is more than was asked for")],
        fallback: Some("`sys/openat2.read` with :nofollow and `sys/fgetxattr`, of what may be read; not of a symlink")
    };
    SETXATTRAT "setxattrat" (Dir(META), Name, NOFOLLOW, Text, input(StructId::XattrArgs), SIZE) Unit {
        errnos: &[("EEXIST", "it shall be new and is there"), ("ENODATA", "it shall be there and is not"),
            ("EPERM", "attributes of that name take a privilege")],
        fallback: Some("`sys/openat2.read` with :nofollow and `sys/fsetxattr`, of what may be read; not of a symlink")
    };
    FILE_SETATTR "file_setattr" (Dir(META), Name, input(StructId::FileAttr), Const(24), NOFOLLOW) Unit {
        errnos: &[("EOPNOTSUPP", "the file system has none"), ("EPERM", "it is not the user's, or takes a privilege")]
    };

    EPOLL_CREATE1 "epoll_create1" (always(FlagSet::EpollCreate, epoll_create::CLOEXEC, epoll_create::EVERY)) Object(Waiter) {
        errnos: MANY
    };
    EPOLL_CTL "epoll_ctl" (handle(Object::Waiter, NONE), One { set: FlagSet::EpollControl, of: epoll_control::EVERY },
            Later(Later::Any), input(StructId::EpollEvent)) Unit {
        errnos: &[("EEXIST", "it is in the set already"), ("ENOENT", "it is not in the set"),
            ("EPERM", "it is always ready, as files and directories are")]
    };
    EPOLL_PWAIT2 "epoll_pwait2" (handle(Object::Waiter, NONE), Later(Later::Several(StructId::EpollEvent)), COUNT, DurationIn,
            Const(0), SET_SIZE) Int {
        blocks: true, eintr: Eintr::Shown, errnos: &[("EINTR", "a signal came before any event")]
    };
    PPOLL "ppoll" (Later(Later::Several(StructId::Pollfd)), COUNT, DurationIn, Const(0), SET_SIZE) Int {
        blocks: true, eintr: Eintr::Shown, errnos: &[("EINTR", "a signal came before any was ready")]
    };
    EVENTFD2 "eventfd2" (Int(U32), always(FlagSet::Eventfd, eventfd::CLOEXEC, eventfd::EVERY)) Object(Counter) { errnos: MANY };
    INOTIFY_INIT1 "inotify_init1" (always(FlagSet::InotifyInit, inotify_init::CLOEXEC, inotify_init::EVERY)) Object(Watcher) {
        errnos: &[("EMFILE", "the user has as many queues as is allowed, or the process as many descriptors")]
    };
    INOTIFY_ADD_WATCH "inotify_add_watch" (handle(Object::Watcher, NONE), Later(Later::ByDescriptor(STAT)),
            flags(FlagSet::Inotify, inotify::EVERY)) Int
        "Watches what a handle stands for; of a directory what lies directly in it." {
        errnos: &[("EACCES", "the user may not read it"), ("ENOSPC", "the user has as many watches as is allowed")]
    };
    INOTIFY_RM_WATCH "inotify_rm_watch" (handle(Object::Watcher, NONE), Int(I32)) Unit {
        errnos: &[("EINVAL", "there is no such watch")]
    };
    TIMERFD_CREATE "timerfd_create" (One { set: FlagSet::Clock, of: CLOCKS },
            always(FlagSet::Timerfd, timerfd::CLOEXEC, timerfd::EVERY)) Object(Timer) {
        errnos: &[("EPERM", "a clock that wakes the machine takes a privilege")]
    };
    TIMERFD_SETTIME "timerfd_settime" (handle(Object::Timer, NONE), flags(FlagSet::TimerfdSet, timerfd_set::EVERY),
            input(StructId::Itimerspec), Const(0)) Unit {
        errnos: &[("ECANCELED", "with :cancel-on-set, the clock was set meanwhile")]
    };
    TIMERFD_GETTIME "timerfd_gettime" (handle(Object::Timer, NONE), StructOut(StructId::Itimerspec)) Unit { query: true };
    SIGNALFD4 "signalfd4" (Const(-1), Later(Later::SignalSet), SET_SIZE,
            always(FlagSet::Signalfd, signalfd::CLOEXEC, signalfd::EVERY)) Object(Signals) {
        errnos: MANY
    };

    PIDFD_OPEN "pidfd_open" (Int(I32), Const(0)) Object(Process) { power: PROCESS, errnos: FINDING };
    PIDFD_SEND_SIGNAL "pidfd_send_signal" (handle(Object::Process, Rights::SIGNAL),
            One { set: FlagSet::Signal, of: signal::EVERY }, Const(0), Const(0)) Unit {
        errnos: FINDING
    };
    WAITID "waitid" (Const(3), handle(Object::Process, NONE), StructOut(StructId::Siginfo), flags(FlagSet::Wait, wait::EVERY),
            StructOut(StructId::Rusage)) Unit
        "Waits for a child to end, stop or go on, by its PID descriptor, and tells what it used." {
        blocks: true, eintr: Eintr::Restarted, errnos: &[("ECHILD", "it is no child of this process, or was waited for")]
    };
    CLONE3 "clone3" (input(StructId::CloneArgs), SIZE) Object(Process) {
        errnos: &[("EAGAIN", "the user has as many processes as is allowed")]
    };
    EXECVEAT "execveat" (File(Rights::EXEC), Empty, Later(Later::Texts), Later(Later::Texts), BY_FILE) Unit
        "Runs the program of an open file in place of this one." {
        errnos: &[("E2BIG", "arguments and environment are too large"), ("EACCES", "it is not executable"),
            ("ENOENT", "its interpreter is not there"), ("ENOEXEC", "it is no program")]
    };
    DUP3 "dup3" (Later(Later::Any), Int(U32), flags(FlagSet::Open, open::CLOEXEC)) Int
        "Makes a descriptor of the child mean an open file of the parent." {
        errnos: &[("EBADF", "the number is larger than RLIMIT_NOFILE allows")]
    };
    CLOSE_RANGE "close_range" (Const(3), Const(0xffff_ffff), Const(0)) Unit
        "Closes all descriptors of the child from 3 on." {};
    FCHDIR "fchdir" (Dir(NONE)) Unit
        "Sets the working directory of the child." {
        errnos: &[("EACCES", "the user may not go there")]
    };
    SETPGID "setpgid" (Int(I32), Int(I32)) Unit { errnos: &[("EPERM", "the group is of another session")] };
    SETSID "setsid" () Int { errnos: &[("EPERM", "it leads a group already")] };
    SCHED_SETAFFINITY "sched_setaffinity" (Int(I32), SIZE, Later(Later::Processors)) Unit { power: PROCESS, errnos: FINDING };
    SCHED_SETSCHEDULER "sched_setscheduler" (Int(I32), POLICY, input(StructId::SchedParam)) Unit { power: PROCESS, errnos: FINDING };
    SCHED_SETPARAM "sched_setparam" (Int(I32), input(StructId::SchedParam)) Unit { power: PROCESS, errnos: FINDING };
    SCHED_SETATTR "sched_setattr" (Int(I32), input(StructId::SchedAttr), Const(0)) Unit { power: PROCESS, errnos: FINDING };
}
