//! Draws every sample outcome into a folder, to be looked at: `cargo run -p dryroll-report --example gallery -- FOLDER`.

#[path = "../tests/samples/mod.rs"]
mod samples;

use report::terminal::{self, Style};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: gallery FOLDER")?;
    for (name, outcome) in samples::all() {
        let folder = std::path::Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder)?;
        for width in [60, 80, 120] {
            for unicode in [true, false] {
                let style = Style {
                    color: false,
                    unicode,
                    width,
                };
                let signs = if unicode { "unicode" } else { "ascii" };
                std::fs::write(
                    folder.join(format!("terminal-{width}-{signs}.txt")),
                    terminal::summary(&outcome, style),
                )?;
            }
        }
        report::write_report(&folder, &outcome)?;
        let tested = report::junit::Tested {
            outcome: &outcome,
            path: &outcome.file,
            expectation: None,
        };
        std::fs::write(
            folder.join("annotations.txt"),
            report::github::annotations(&[tested]),
        )?;
        std::fs::write(
            folder.join("summary.md"),
            report::markdown::summary(&outcome),
        )?;
        std::fs::write(
            folder.join("verbose.txt"),
            terminal::verbose(&outcome, Style::default()),
        )?;
    }
    Ok(())
}
