//! Prints the IR of the program in the first argument.
fn main() {
    let text = std::env::args().nth(1).unwrap_or_default();
    match sawmill_frontend::compile(&text, 1, &Default::default()) {
        Ok(p) => print!("{}", p.module),
        Err(all) => {
            for d in all {
                println!(
                    "{}: {} @{}:{}..{} {:?} {:?}",
                    d.code, d.message, d.at.source, d.at.start, d.at.end, d.others, d.help
                );
            }
        }
    }
}
