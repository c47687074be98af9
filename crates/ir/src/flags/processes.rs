//! Flags and choices of calls on time, processes and the system.

use super::flags;

flags! {
    CLOCK clock "CLOCK_" {
        REALTIME 0;
        MONOTONIC 1;
        PROCESS_CPUTIME_ID 2;
        THREAD_CPUTIME_ID 3;
        MONOTONIC_RAW 4;
        REALTIME_COARSE 5;
        MONOTONIC_COARSE 6;
        BOOTTIME 7;
        REALTIME_ALARM 8;
        BOOTTIME_ALARM 9;
        TAI 11;
    }
    TIMER timer "TIMER_" {
        ABSTIME 0x1;
    }
    RANDOM random "GRND_" {
        NONBLOCK 0x1;
        RANDOM 0x2;
        INSECURE 0x4;
    }
    PRIORITY priority "PRIO_" {
        PROCESS 0;
        PGRP 1;
        USER 2;
    }
    IOPRIO ioprio "IOPRIO_WHO_" {
        PROCESS 1;
        PGRP 2;
        USER 3;
    }
    RUSAGE rusage "RUSAGE_" {
        SELF 0;
        CHILDREN 0xffff_ffff_ffff_ffff;
        THREAD 1;
    }
    RLIMIT rlimit "RLIMIT_" {
        CPU 0;
        FSIZE 1;
        DATA 2;
        STACK 3;
        CORE 4;
        RSS 5;
        NPROC 6;
        NOFILE 7;
        MEMLOCK 8;
        AS 9;
        LOCKS 10;
        SIGPENDING 11;
        MSGQUEUE 12;
        NICE 13;
        RTPRIO 14;
        RTTIME 15;
    }
    SCHED sched "SCHED_" {
        OTHER 0;
        FIFO 1;
        RR 2;
        BATCH 3;
        IDLE 5;
        DEADLINE 6;
        EXT 7;
    }
    SIGNAL signal "SIG" {
        HUP 1;
        INT 2;
        QUIT 3;
        ILL 4;
        TRAP 5;
        ABRT 6;
        BUS 7;
        FPE 8;
        KILL 9;
        USR1 10;
        SEGV 11;
        USR2 12;
        PIPE 13;
        ALRM 14;
        TERM 15;
        STKFLT 16;
        CHLD 17;
        CONT 18;
        STOP 19;
        TSTP 20;
        TTIN 21;
        TTOU 22;
        URG 23;
        XCPU 24;
        XFSZ 25;
        VTALRM 26;
        PROF 27;
        WINCH 28;
        IO 29;
        PWR 30;
        SYS 31;
    }
    WAIT wait "W" {
        NOHANG 0x1;
        STOPPED 0x2;
        EXITED 0x4;
        CONTINUED 0x8;
        NOWAIT 0x1000000;
    }
    WAIT_FOR wait_for "P_" {
        ALL 0;
        PID 1;
        PGID 2;
        PIDFD 3;
    }
}
