//! Prints the table for a folder: `cargo run --release -p dryroll-fidelity --example table -- FOLDER [SEEDS] [--markdown | --json | --disagreements]`.

use std::path::PathBuf;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "observed".to_owned()));
    let seeds = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(200);
    match fidelity::run(&folder, seeds, &mut |name| eprintln!("{name}")) {
        Ok(table) => {
            use std::io::Write as _;
            let form = arguments.next().unwrap_or_default();
            let text = match form.as_str() {
                "--markdown" => table.markdown(),
                "--json" => table.json(),
                "--disagreements" => table
                    .disagreements()
                    .iter()
                    .map(|(recording, what, _)| format!("{recording} | {what}\n"))
                    .collect(),
                _ => table.text(120),
            };
            let _ = std::io::stdout().write_all(text.as_bytes());
        }
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    }
}
