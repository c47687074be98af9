//! Clocks, sleeping and timers.

use super::calls;

calls! {
    clock_gettime 228 113 "2.6" Plain => "The time of a clock: wall time, time since boot, processor time of the process or thread.";
    clock_getres 229 114 "2.6" Plain => "The resolution of a clock: 1 ns with high-resolution timers.";
    clock_settime 227 112 "2.6" Plain => "Sets a clock, in effect CLOCK_REALTIME, for the whole machine (needs CAP_SYS_TIME).";
    clock_adjtime 305 266 "2.6.39" Excluded(Machine, "clock_gettime") => "Reads or sets how a clock is kept in step.";
    clock_nanosleep 230 115 "2.6" Plain => "Sleeps by a clock for a time, or with TIMER_ABSTIME until one.";
    nanosleep 35 101 "2.0" Plain => "Sleeps for a time; a signal ends it early (EINTR).";
    gettimeofday 96 169 "1.0" Plain => "The wall time in microseconds.";
    settimeofday 164 170 "1.0" Excluded(Superseded, "clock_settime") => "Sets the wall time and the kernel's idea of a time zone.";
    time 201 - "1.0" Excluded(Superseded, "clock_gettime") => "The wall time in seconds.";
    times 100 153 "1.0" Excluded(Superseded, "getrusage") => "Processor time of the process and its children in clock ticks, and the ticks since some time in the past (clock_gettime has that).";
    adjtimex 159 171 "1.0" Excluded(Machine, "clock_gettime") => "Reads or sets how the system clock is kept in step.";
    timerfd_create 283 85 "2.6.25" Named("timers") => "Makes a descriptor that becomes readable when a timer expires.";
    timerfd_settime 286 86 "2.6.25" Named("timers") => "Starts or stops the timer of a descriptor.";
    timerfd_gettime 287 87 "2.6.25" Named("timers") => "The time until the timer of a descriptor expires, and its interval.";
    timer_create 222 107 "2.6" Excluded(Signals, "timerfd_create") => "Makes a timer that signals the process when it expires.";
    timer_settime 223 110 "2.6" Excluded(Signals, "timerfd_settime") => "Starts or stops a timer that signals the process.";
    timer_gettime 224 108 "2.6" Excluded(Signals, "timerfd_gettime") => "The time until a timer that signals the process expires.";
    timer_getoverrun 225 109 "2.6" Excluded(Signals, "timerfd_create") => "How often a timer expired before its signal was taken.";
    timer_delete 226 111 "2.6" Excluded(Signals, "timerfd_create") => "Removes a timer that signals the process.";
    alarm 37 - "1.0" Excluded(Signals, "timerfd_create") => "Raises SIGALRM after some seconds.";
    getitimer 36 102 "1.0" Excluded(Signals, "timerfd_gettime") => "The time until an interval timer of the process expires.";
    setitimer 38 103 "1.0" Excluded(Signals, "timerfd_settime") => "Starts or stops an interval timer of the process, which signals it.";
    clock_gettime64 - 403 "5.1" Excluded(Width, "clock_gettime") => "The time of a clock.";
    clock_settime64 - 404 "5.1" Excluded(Width, "clock_settime") => "Sets a clock.";
    clock_adjtime64 - 405 "5.1" Excluded(Width, "clock_gettime") => "Reads or sets how a clock is kept in step.";
    clock_getres_time64 - 406 "5.1" Excluded(Width, "clock_getres") => "The resolution of a clock.";
    clock_nanosleep_time64 - 407 "5.1" Excluded(Width, "clock_nanosleep") => "Sleeps by a clock.";
    timer_gettime64 - 408 "5.1" Excluded(Width, "timerfd_gettime") => "The time until a timer expires.";
    timer_settime64 - 409 "5.1" Excluded(Width, "timerfd_settime") => "Starts or stops a timer.";
    timerfd_gettime64 - 410 "5.1" Excluded(Width, "timerfd_gettime") => "The time until the timer of a descriptor expires.";
    timerfd_settime64 - 411 "5.1" Excluded(Width, "timerfd_settime") => "Starts or stops the timer of a descriptor.";
    utimensat_time64 - 412 "5.1" Excluded(Width, "utimensat") => "Sets the times of a file.";
    pselect6_time64 - 413 "5.1" Excluded(Width, "ppoll") => "Waits until one of several descriptors is ready.";
    ppoll_time64 - 414 "5.1" Excluded(Width, "ppoll") => "Waits until one of several descriptors is ready.";
    io_pgetevents_time64 - 416 "5.1" Excluded(Width, "") => "Waits for results of a queue of requests.";
    recvmmsg_time64 - 417 "5.1" Excluded(Width, "recvfrom") => "Receives several messages.";
    mq_timedsend_time64 - 418 "5.1" Excluded(Width, "") => "Adds a message to a queue.";
    mq_timedreceive_time64 - 419 "5.1" Excluded(Width, "") => "Takes a message from a queue.";
    semtimedop_time64 - 420 "5.1" Excluded(Width, "") => "Changes semaphores.";
    rt_sigtimedwait_time64 - 421 "5.1" Excluded(Width, "") => "Waits for a signal.";
    futex_time64 - 422 "5.1" Excluded(Width, "") => "Waits for a word of memory to change, or wakes who waits.";
    sched_rr_get_interval_time64 - 423 "5.1" Excluded(Width, "sched_rr_get_interval") => "The time slice of a process under SCHED_RR.";
}
