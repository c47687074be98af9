//! Rows of calls on the system.

use super::rows;
use crate::flags::random;
use crate::powers::Power;
use crate::structs::StructId;
use crate::syscalls::Arg::*;

rows! {
    UNAME "uname" (StructOut(StructId::Utsname)) Unit { query: true };
    SYSINFO "sysinfo" (StructOut(StructId::Sysinfo)) Unit { query: true };
    GETRANDOM "getrandom" (BytesOut, Room, flags(FlagSet::Random, random::EVERY)) Bytes {
        blocks: true, eintr: Eintr::Shown,
        errnos: &[("EAGAIN", "with :nonblock, the generator is not ready yet"), ("EINVAL", "those flags exclude each other")]
    };
    SYNC "sync" () Unit { power: Some(Power::Machine) };
}
