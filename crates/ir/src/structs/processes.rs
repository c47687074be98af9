//! Structures about processes and what they may use.

use super::rows;

rows! {
    RLIMIT64 "rlimit64" 16 "A limit, soft and hard, prlimit64(2); -1 is none." {
        rlim_cur: 0 U64 => Int;
        rlim_max: 8 U64 => Int;
    }
    RUSAGE "rusage" 144 "What was used, getrusage(2). ru_maxrss is in KiB, ru_inblock and ru_oublock in 512 bytes; fields that Linux leaves 0 have no row." {
        ru_utime: 0 Timeval => Duration;
        ru_stime: 16 Timeval => Duration;
        ru_maxrss: 32 U64 => Int;
        ru_minflt: 64 U64 => Int;
        ru_majflt: 72 U64 => Int;
        ru_inblock: 88 U64 => Int;
        ru_oublock: 96 U64 => Int;
        ru_nvcsw: 128 U64 => Int;
        ru_nivcsw: 136 U64 => Int;
    }
    TMS "tms" 32 "Processor time in clock ticks, times(2)." {
        tms_utime: 0 U64 => Int;
        tms_stime: 8 U64 => Int;
        tms_cutime: 16 U64 => Int;
        tms_cstime: 24 U64 => Int;
    }
    SCHED_PARAM "sched_param" 4 "The real-time priority, sched_getparam(2)." {
        sched_priority: 0 I32 => Int;
    }
    SCHED_ATTR "sched_attr" 56 "How a process is scheduled, sched_getattr(2); times in nanoseconds." {
        size: 0 U32 => Size;
        sched_policy: 4 U32 => Int;
        sched_flags: 8 U64 => Int;
        sched_nice: 16 I32 => Int;
        sched_priority: 20 U32 => Int;
        sched_runtime: 24 U64 => Duration;
        sched_deadline: 32 U64 => Duration;
        sched_period: 40 U64 => Duration;
        sched_util_min: 48 U32 => Int;
        sched_util_max: 52 U32 => Int;
    }
    CAP_HEADER "__user_cap_header_struct" 8 "Version of the structure and process, capget(2)." {
        version: 0 U32 => Int;
        pid: 4 I32 => Int;
    }
    CAP_DATA "__user_cap_data_struct" 12 "32 capabilities, a bit each, capget(2); version 3 has two of these." {
        effective: 0 U32 => Int;
        permitted: 4 U32 => Int;
        inheritable: 8 U32 => Int;
    }
    CLONE_ARGS "clone_args" 88 "How to make a process, clone3(2)." {
        flags: 0 U64 => Int;
        exit_signal: 32 U64 => Int;
        stack_size: 48 U64 => Size;
        set_tid_size: 72 U64 => Int;
        cgroup: 80 U64 => Int;
    }
    SIGINFO "siginfo" 128 "How a child ended, waitid(2)." {
        si_signo: 0 I32 => Int;
        si_errno: 4 I32 => Int;
        si_code: 8 I32 => Int;
        si_pid: 16 I32 => Int;
        si_uid: 20 U32 => Int;
        si_status: 24 I32 => Int;
    }
    LANDLOCK_RULESET "landlock_ruleset_attr" 24 "What a set of rules is about, landlock_create_ruleset(2)." {
        handled_access_fs: 0 U64 => Int;
        handled_access_net: 8 U64 => Int;
        scoped: 16 U64 => Int;
    }
    LANDLOCK_PATH_BENEATH "landlock_path_beneath_attr" 12 "What is allowed beneath a directory, landlock_add_rule(2)." {
        allowed_access: 0 U64 => Int;
        parent_fd: 8 I32 => Int;
    }
    LANDLOCK_NET_PORT "landlock_net_port_attr" 16 "What is allowed on a port, landlock_add_rule(2)." {
        allowed_access: 0 U64 => Int;
        port: 8 U64 => Int;
    }
    IDS "ids" 12 "What getresuid(2) and getresgid(2) give through a pointer each: no structure of the kernel's." {
        real: 0 U32 => Int;
        effective: 4 U32 => Int;
        saved: 8 U32 => Int;
    }
    CPU "cpu" 8 "What getcpu(2) gives through a pointer each: no structure of the kernel's." {
        cpu: 0 U32 => Int;
        node: 4 U32 => Int;
    }
}
