//! Structures about time and the system.

use super::rows;

rows! {
    TIMESPEC "timespec" 16 "Seconds and nanoseconds." {
        tv_sec: 0 U64 => Int;
        tv_nsec: 8 U64 => Int;
    }
    TIMEVAL "timeval" 16 "Seconds and microseconds." {
        tv_sec: 0 U64 => Int;
        tv_usec: 8 U64 => Int;
    }
    ITIMERSPEC "itimerspec" 32 "When a timer expires next and how often from then on, timerfd_settime(2)." {
        it_interval: 0 Nanos => Duration;
        it_value: 16 Nanos => Duration;
    }
    TIMEX "timex" 208 "How a clock is kept in step, clock_adjtime(2)." {
        modes: 0 U32 => Int;
        offset: 8 U64 => Int;
        freq: 16 U64 => Int;
        maxerror: 24 U64 => Int;
        esterror: 32 U64 => Int;
        status: 40 I32 => Int;
        constant: 48 U64 => Int;
        precision: 56 U64 => Int;
        tolerance: 64 U64 => Int;
        tick: 88 U64 => Int;
        ppsfreq: 96 U64 => Int;
        jitter: 104 U64 => Int;
        shift: 112 I32 => Int;
        stabil: 120 U64 => Int;
        jitcnt: 128 U64 => Int;
        calcnt: 136 U64 => Int;
        errcnt: 144 U64 => Int;
        stbcnt: 152 U64 => Int;
        tai: 160 I32 => Int;
    }
    UTSNAME "new_utsname" 390 "Names of the system, uname(2)." {
        sysname: 0 Text(65) => Bytes;
        nodename: 65 Text(65) => Bytes;
        release: 130 Text(65) => Bytes;
        version: 195 Text(65) => Bytes;
        machine: 260 Text(65) => Bytes;
        domainname: 325 Text(65) => Bytes;
    }
    SYSINFO "sysinfo" 112 "Uptime in seconds, load (times 65536) over 1, 5 and 15 minutes, memory in units of mem_unit, sysinfo(2)." {
        uptime: 0 U64 => Int;
        loads: 8 U64 => Int;
        loads_5: 16 U64 => Int;
        loads_15: 24 U64 => Int;
        totalram: 32 U64 => Int;
        freeram: 40 U64 => Int;
        sharedram: 48 U64 => Int;
        bufferram: 56 U64 => Int;
        totalswap: 64 U64 => Int;
        freeswap: 72 U64 => Int;
        procs: 80 U16 => Int;
        totalhigh: 88 U64 => Int;
        freehigh: 96 U64 => Int;
        mem_unit: 104 U32 => Size;
    }
}
