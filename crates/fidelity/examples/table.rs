//! Prints the table for a folder: `cargo run --release -p dryroll-fidelity --example table -- FOLDER [SEEDS]`.

use std::path::PathBuf;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "observed".to_owned()));
    let seeds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(200);
    match fidelity::run(&folder, seeds, &mut |name| eprintln!("{name}")) {
        Ok(table) => {
            use std::io::Write as _;
            let _ = std::io::stdout().write_all(table.text(120).as_bytes());
        }
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    }
}
