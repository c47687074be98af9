//! Sawmill against C, and against what else there is.
//!
//! ```text
//! cargo bench                       everything, thoroughly
//! cargo bench -- --quick            the same within a few minutes
//! cargo bench -- --quick dispatch   only what has this in its name
//! ```
//!
//! Each table compares ways of doing the same, run in turn, with the first of them; see `benches/support`. What
//! criterion writes after it is each way by itself, to be held against an earlier time (`--save-baseline`).

mod compute;
mod dispatch;
mod list_stat;
mod start;

fn main() {
    let mut bench = sawmill_bench::Bench::from_args();
    list_stat::run(&mut bench);
    dispatch::run(&mut bench);
    start::run(&mut bench);
    compute::run(&mut bench);
}
