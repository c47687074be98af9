//! What the benchmarks share: the C to measure against, a directory to list, and [`contest`], which compares.
//!
//! A contest runs its ways in turn, round after round, and compares within each round: what a busy machine, a warm
//! cache or a changing clock does to one way it does to the others as well. So the ratios hold where the times do not.
//! Criterion, which measures one way after another, then keeps its own record of each.

pub mod c;

use criterion::Criterion;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The program that does nothing.
pub const EMPTY: &str = env!("SAWMILL_EMPTY");
/// The compute benchmarks in C as a program.
pub const KERNEL: &str = env!("SAWMILL_KERNEL");

/// How thorough to be, from the command line, as criterion has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effort {
    /// `cargo test`: each way once, to see that it works.
    Test,
    /// `--quick`.
    Quick,
    /// Everything else.
    Full,
}

/// What the command line asks for.
pub struct Bench {
    /// How thorough to be.
    pub effort: Effort,
    /// Only contests whose name holds this.
    filter: Option<String>,
    criterion: Criterion,
}

/// One way of doing something.
pub struct Way<'a> {
    name: String,
    run: Box<dyn FnMut() + 'a>,
    /// So slow that a few rounds have to do.
    slow: bool,
}

impl Way<'_> {
    /// Runs in the first few rounds only: what is many times slower than the rest needs no finer measure.
    pub fn slow(mut self) -> Self {
        self.slow = true;
        self
    }
}

/// A way by its name.
pub fn way<'a>(name: impl Into<String>, run: impl FnMut() + 'a) -> Way<'a> {
    Way {
        name: name.into(),
        run: Box::new(run),
        slow: false,
    }
}

/// What a contest is about: its name, and how much one run of a way does.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// `list+stat/sum of sizes`.
    pub name: &'a str,
    /// How many of them a run does.
    pub count: u64,
    /// What they are: `entry`, `call`, `run`.
    pub unit: &'a str,
}

impl Bench {
    /// As the command line says.
    pub fn from_args() -> Bench {
        let args: Vec<String> = std::env::args().skip(1).collect();
        let has = |flag: &str| args.iter().any(|a| a == flag);
        Bench {
            effort: match () {
                () if !has("--bench") || has("--test") => Effort::Test,
                () if has("--quick") => Effort::Quick,
                () => Effort::Full,
            },
            filter: args.iter().find(|a| !a.starts_with('-')).cloned(),
            criterion: Criterion::default()
                .warm_up_time(Duration::from_millis(300))
                .measurement_time(Duration::from_secs(2))
                .sample_size(10)
                .configure_from_args(),
        }
    }

    /// Whether the command line asks for a contest of that name.
    pub fn wants(&self, name: &str) -> bool {
        let wanted = |filter: &String| name.contains(filter.as_str());
        self.filter.as_ref().is_none_or(wanted)
    }

    /// Runs the ways in turn, in fewer rounds than [`contest`](Self::contest), and prints how each compares with the
    /// first; the median ratios, in the order of the ways, unless nothing was measured.
    pub fn compare(&self, about: About<'_>, mut ways: Vec<Way<'_>>) -> Option<Vec<f64>> {
        let least = match self.effort {
            Effort::Test => 0,
            Effort::Quick => 9,
            Effort::Full => 51,
        };
        let times = self.rounds(&mut ways, Duration::ZERO, least);
        if self.effort == Effort::Test {
            return None;
        }
        report(about, &ways, &times);
        let ratio = |own: &Vec<f64>| quartiles(ratios(own, &times[0]))[1];
        Some(times.iter().map(ratio).collect())
    }

    /// Runs the ways in turn and prints how each compares with the first; then criterion measures each.
    pub fn contest(&mut self, about: About<'_>, mut ways: Vec<Way<'_>>) {
        if !self.wants(about.name) {
            return;
        }
        let (budget, least) = match self.effort {
            Effort::Test => (Duration::ZERO, 0),
            Effort::Quick => (Duration::from_secs(4), 15),
            Effort::Full => (Duration::from_secs(20), 101),
        };
        let times = self.rounds(&mut ways, budget, least);
        if self.effort == Effort::Test {
            return;
        }
        report(about, &ways, &times);
        let mut group = self.criterion.benchmark_group(about.name);
        for way in &mut ways {
            group.bench_function(way.name.as_str(), |b| b.iter(|| (way.run)()));
        }
        group.finish();
    }

    /// The seconds of each way in each round, after one round that does not count.
    fn rounds(&self, ways: &mut [Way<'_>], budget: Duration, least: usize) -> Vec<Vec<f64>> {
        let mut times = vec![Vec::new(); ways.len()];
        ways.iter_mut().for_each(|way| (way.run)());
        let start = Instant::now();
        for round in 0.. {
            if round >= least && start.elapsed() >= budget {
                break;
            }
            // Every other round goes backwards: nobody always runs after the same one.
            for i in 0..ways.len() {
                let i = if round % 2 == 0 {
                    i
                } else {
                    ways.len() - 1 - i
                };
                if ways[i].slow && round >= SLOW_ROUNDS {
                    continue;
                }
                let start = Instant::now();
                (ways[i].run)();
                times[i].push(start.elapsed().as_secs_f64());
            }
        }
        times
    }
}

/// How often a slow way runs.
const SLOW_ROUNDS: usize = 3;

/// The times of a way by those of the first way in the same round.
fn ratios(own: &[f64], first: &[f64]) -> Vec<f64> {
    own.iter().zip(first).map(|(t, c)| t / c).collect()
}

/// Prints a line per way: the median time of one unit, and the median of the ratios to the first way of the same
/// round, each with the middle half of what was seen.
fn report(about: About<'_>, ways: &[Way<'_>], times: &[Vec<f64>]) {
    let rounds = times[0].len();
    println!(
        "\n{}: {rounds} rounds of {} {}, in turn",
        about.name, about.count, about.unit
    );
    println!(
        "  {:<34} {:>10}  {:>9}  {:>7}  {:>15}  {:>12}",
        "", "median", "middle", "ratio", "middle half", "more"
    );
    for (way, own) in ways.iter().zip(times) {
        let each: Vec<f64> = own.iter().map(|t| t / about.count as f64).collect();
        let ratios = ratios(own, &times[0]);
        let more: Vec<f64> = own
            .iter()
            .zip(&times[0])
            .map(|(t, c)| (t - c) / about.count as f64)
            .collect();
        let [low, median, high] = quartiles(each);
        let [ratio_low, ratio, ratio_high] = quartiles(ratios);
        let [_, more, _] = quartiles(more);
        println!(
            "  {:<34} {:>10}  {:>8.1}%  {ratio:>7.3}  {ratio_low:>7.3}-{ratio_high:<7.3}  {:>12}",
            way.name,
            time(median),
            (high - low) / median * 100.0,
            format!("{}{}", if more < 0.0 { "-" } else { "+" }, time(more.abs())),
        );
    }
    println!();
}

fn time(seconds: f64) -> String {
    let nanos = seconds * 1e9;
    match nanos {
        n if n < 9_999.5 => format!("{n:.1} ns"),
        n if n < 9_999_500.0 => format!("{:.1} us", n / 1e3),
        n => format!("{:.1} ms", n / 1e6),
    }
}

/// Lower quartile, median, upper quartile.
fn quartiles(mut all: Vec<f64>) -> [f64; 3] {
    all.sort_by(f64::total_cmp);
    [1, 2, 3].map(|q| all[(all.len() - 1) * q / 4])
}

/// A directory with `count` small files, made if it is not there from an earlier time. It lies in the build directory,
/// so on whatever file system that is on.
pub fn directory(build: &str, count: usize) -> PathBuf {
    let path = PathBuf::from(build).join(format!("sawmill-bench-{count}"));
    let complete = path.with_extension("complete");
    if !complete.exists() {
        // What is there of an attempt that was stopped is not to be trusted.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the build directory can be written to");
        for i in 0..count {
            let name = path.join(format!("entry-{i:06}.txt"));
            fs::write(name, &[b'.'; 64][..i % 64]).expect("the directory can be written to");
        }
        fs::write(&complete, "").expect("the build directory can be written to");
    }
    path
}
