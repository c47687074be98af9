//! A host: compiles a program, shows what it may do before anything runs, hands it a directory, prints what it gives.
//!
//!     cargo run --example host [DIRECTORY]

use sawmill::{Dir, Engine, Error, Rights, Stat};
use std::process::ExitCode;

const PROGRAM: &str = "
(defn main [d :- Dir]
  (->> (list d)
       (map stat)))";

fn run(directory: &str) -> Result<(), Error> {
    let program = Engine::new().compile_named("host.saw", PROGRAM)?;
    println!("{}", program.signature());
    println!("asks for: {}", program.manifest());
    println!("system calls: {}", program.manifest().calls.join(" "));

    // The types are checked once, here; a call only passes values.
    let main = program.func::<fn(Dir) -> Vec<Stat>>("main")?;
    // The program can do with the directory what these rights say, and nothing else anywhere.
    let dir = Dir::open(directory, Rights::LIST | Rights::STAT)?;
    for stat in main.call((dir,))? {
        println!(
            "{:>10}  {:<7}  {}",
            stat.size,
            stat.kind,
            stat.name.display()
        );
    }
    Ok(())
}

fn main() -> ExitCode {
    let directory = std::env::args().nth(1).unwrap_or_else(|| "/etc".into());
    match run(&directory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{}", error.render(false));
            ExitCode::from(error.exit_code())
        }
    }
}
