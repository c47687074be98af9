//! The command `sawmill`: runs programs, explains them, and talks.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
