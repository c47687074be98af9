//! Rows of calls on clocks.

use super::rows;
use crate::flags::clock;
use crate::powers::Power;
use crate::structs::StructId;
use crate::syscalls::Arg::*;

const ANY: Arg = One {
    set: FlagSet::Clock,
    of: clock::EVERY,
};
const NO_CLOCK: (&str, &str) = ("EINVAL", "there is no such clock here");

rows! {
    CLOCK_GETTIME "clock_gettime" (ANY, StructOut(StructId::Timespec)) Unit { query: true, errnos: &[NO_CLOCK] };
    CLOCK_GETRES "clock_getres" (ANY, StructOut(StructId::Timespec)) Unit { query: true, errnos: &[NO_CLOCK] };
    CLOCK_SETTIME "clock_settime" (One { set: FlagSet::Clock, of: clock::REALTIME }, TimeIn) Unit {
        power: Some(Power::Time),
        errnos: &[("EINVAL", "it is before what CLOCK_MONOTONIC says"), ("EPERM", "that takes CAP_SYS_TIME")]
    };
    CLOCK_NANOSLEEP "clock_nanosleep" (ANY, Const(0), DurationIn, Const(0)) Unit
        "Sleeps by a clock for a time." {
        query: true, blocks: true, eintr: Eintr::Shown,
        errnos: &[("EINTR", "a signal came; what is left is not told"), ("EINVAL", "the duration is negative"),
            ("EOPNOTSUPP", "nobody sleeps by that clock")]
    };
    CLOCK_NANOSLEEP_UNTIL "clock_nanosleep.until" (ANY, Const(1), TimeIn, Const(0)) Unit
        "Sleeps by a clock until a time (TIMER_ABSTIME); one that is over is not waited for." {
        query: true, blocks: true, eintr: Eintr::Shown,
        errnos: &[("EINTR", "a signal came"), ("EINVAL", "the time is before the epoch"),
            ("EOPNOTSUPP", "nobody sleeps by that clock")]
    };
    NANOSLEEP "nanosleep" (DurationIn, Const(0)) Unit {
        query: true, blocks: true, eintr: Eintr::Shown,
        errnos: &[("EINTR", "a signal came; what is left is not told"), ("EINVAL", "the duration is negative")]
    };
    GETTIMEOFDAY "gettimeofday" (StructOut(StructId::Timeval), Const(0)) Unit { query: true };
}
