//! Rows of calls on processes. What names a process by its number takes the power over processes.

use super::rows;
use crate::flags::{ioprio, priority, rlimit, rusage, sched, signal};
use crate::powers::Power;
use crate::structs::StructId;
use crate::syscalls::Arg::*;
use crate::syscalls::Number::I32;

const PROCESS: Option<Power> = Some(Power::Process);
const LIMIT: Arg = One {
    set: FlagSet::Rlimit,
    of: rlimit::EVERY,
};
const POLICY: Arg = One {
    set: FlagSet::Sched,
    of: sched::EVERY,
};
const WHOSE: Arg = One {
    set: FlagSet::Priority,
    of: priority::EVERY,
};
const WHOSE_DISK: Arg = One {
    set: FlagSet::Ioprio,
    of: ioprio::EVERY,
};

type Errnos = &'static [(&'static str, &'static str)];

const FINDING: Errnos = &[("ESRCH", "there is no such process")];
const CHANGING: Errnos = &[
    ("EACCES", "it would be nicer to itself than it may"),
    ("EPERM", "the process is not the user's"),
    ("ESRCH", "there is no such process"),
];
const SENDING: Errnos = &[
    ("EINVAL", "there is no such signal"),
    ("EPERM", "the process is not the user's"),
    ("ESRCH", "there is no such process"),
];

rows! {
    GETPID "getpid" () Int { query: true };
    GETPPID "getppid" () Int { query: true };
    GETTID "gettid" () Int { query: true };
    GETUID "getuid" () Int { query: true };
    GETEUID "geteuid" () Int { query: true };
    GETGID "getgid" () Int { query: true };
    GETEGID "getegid" () Int { query: true };
    GETRESUID "getresuid" (StructOut(StructId::Ids), Within(4), Within(8)) Unit { query: true };
    GETRESGID "getresgid" (StructOut(StructId::Ids), Within(4), Within(8)) Unit { query: true };
    GETCPU "getcpu" (StructOut(StructId::Cpu), Within(4), Const(0)) Unit { query: true };
    GETPGID "getpgid" (Int(I32)) Int { query: true, power: PROCESS, errnos: FINDING };
    GETSID "getsid" (Int(I32)) Int { query: true, power: PROCESS, errnos: FINDING };
    GETRUSAGE "getrusage" (One { set: FlagSet::Rusage, of: rusage::EVERY }, StructOut(StructId::Rusage)) Unit { query: true };
    PRLIMIT64 "prlimit64" (Const(0), LIMIT, Const(0), StructOut(StructId::Rlimit64)) Unit
        "The limits of this process on a resource, soft and hard." {
        query: true
    };
    PRLIMIT64_OF "prlimit64.of" (Int(I32), LIMIT, Const(0), StructOut(StructId::Rlimit64)) Unit
        "The limits of a process on a resource, soft and hard." {
        query: true, power: PROCESS, errnos: &[("EPERM", "the process is not the user's"), ("ESRCH", "there is no such process")]
    };
    GETPRIORITY "getpriority" (WHOSE, Int(I32)) Int { query: true, power: PROCESS, errnos: FINDING };
    SETPRIORITY "setpriority" (WHOSE, Int(I32), Int(I32)) Unit { power: PROCESS, errnos: CHANGING };
    IOPRIO_GET "ioprio_get" (WHOSE_DISK, Int(I32)) Int { query: true, power: PROCESS, errnos: FINDING };
    IOPRIO_SET "ioprio_set" (WHOSE_DISK, Int(I32), Int(I32)) Unit { power: PROCESS, errnos: CHANGING };
    SCHED_YIELD "sched_yield" () Unit {};
    SCHED_GETSCHEDULER "sched_getscheduler" (Int(I32)) Int { query: true, power: PROCESS, errnos: FINDING };
    SCHED_GETPARAM "sched_getparam" (Int(I32), StructOut(StructId::SchedParam)) Unit {
        query: true, power: PROCESS, errnos: FINDING
    };
    SCHED_GETATTR "sched_getattr" (Int(I32), StructOut(StructId::SchedAttr), Const(56), Const(0)) Unit {
        query: true, power: PROCESS, errnos: FINDING
    };
    SCHED_GET_PRIORITY_MAX "sched_get_priority_max" (POLICY) Int { query: true, errnos: &[("EINVAL", "there is no such policy here")] };
    SCHED_GET_PRIORITY_MIN "sched_get_priority_min" (POLICY) Int { query: true, errnos: &[("EINVAL", "there is no such policy here")] };
    SCHED_RR_GET_INTERVAL "sched_rr_get_interval" (Int(I32), StructOut(StructId::Timespec)) Unit {
        query: true, power: PROCESS, errnos: FINDING
    };
    KILL "kill" (Int(I32), Int(I32)) Unit
        "Sends a signal to a process; to the program's own group (process 0), to another group (minus its number), or to all processes that one may (-1, but for process 1 and this one). Signal 0 sends nothing and only asks." { power: PROCESS, errnos: SENDING };
    KILL_SIGNAL "kill.signal" (Int(I32), One { set: FlagSet::Signal, of: signal::EVERY }) Unit
        "Sends a signal by name to a process; to the program's own group (process 0), to another group (minus its number), or to all processes that one may (-1, but for process 1 and this one)." {
        power: PROCESS, errnos: SENDING
    };
    TGKILL "tgkill" (Int(I32), Int(I32), Int(I32)) Unit { power: PROCESS, errnos: SENDING };
}
