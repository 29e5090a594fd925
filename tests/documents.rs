//! The documents say what the program does: commands, schema, examples, tables.
#![allow(missing_docs, reason = "tests speak for themselves")]

mod support;

use scenario::{Disk, Memory};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use support::{ROOT, dry, dryroll, golden, run};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The commands in the order of the help.
fn commands() -> Vec<String> {
    let help = dry(&["--help"]).code(0).out;
    let list = help
        .split("Commands:\n")
        .nth(1)
        .expect("it lists the commands");
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_page_of_the_commands_is_fresh() {
    let mut page = String::from(
        "# Commands\n\nWhat `dryroll help` says, command by command. A test keeps this page as the program is.\n\n",
    );
    let help = |words: &[&str]| run(dryroll().args(words).env("COLUMNS", "80")).code(0).out;
    page.push_str(&format!("```text\n{}```\n", help(&["--help"])));
    for command in commands() {
        page.push_str(&format!(
            "\n## dryroll {command}\n\n```text\n{}```\n",
            help(&[&command, "--help"])
        ));
    }
    let mut stale = Vec::new();
    golden::compare("docs/commands.md", page.as_bytes(), &mut stale);
    for result in ["outcome", "search", "rollback", "gates", "diff"] {
        golden::compare(
            &format!("docs/{result}.schema.json"),
            dry(&["schema", result]).out.as_bytes(),
            &mut stale,
        );
    }
    golden::fresh(&stale, "documents");
}

/// The text between two markers of a document.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let from = text.find(begin).unwrap_or_else(|| panic!("no {begin}")) + begin.len();
    let to = text[from..].find(end).unwrap_or_else(|| panic!("no {end}")) + from;
    &text[from..to]
}

/// The README is mended piece by piece, by tests that run side by side.
static README: Mutex<()> = Mutex::new(());

/// Puts a fresh text between two markers of the README, or says that it is stale.
fn part(begin: &str, end: &str, fresh: &str, stale: &mut Vec<String>) {
    let _alone = README.lock().unwrap_or_else(PoisonError::into_inner);
    let readme = read("README.md");
    let old = between(&readme, begin, end);
    let new = readme.replace(
        &format!("{begin}{old}{end}"),
        &format!("{begin}\n{fresh}{end}"),
    );
    golden::compare("README.md", new.as_bytes(), stale);
}

#[test]
fn the_tour_in_the_readme_is_what_the_program_prints() {
    let mut stale = Vec::new();
    for (name, words) in [
        ("run-first-roll", &["run", "scenarios/first-roll.ron"][..]),
        ("run-no-wait", &["run", "scenarios/no-wait-for-isr.ron"]),
        (
            "rollback",
            &[
                "rollback",
                "scenarios/upgrade-3.9-to-4.1-finalized.ron",
                "--seeds",
                "2",
            ],
        ),
        (
            "search",
            &[
                "search",
                "scenarios/upgrade-3.9-to-4.1.ron",
                "--kinds",
                "operator",
                "--faults",
                "1",
                "--seeds",
                "200",
            ],
        ),
        ("facts", &["facts", "linger.ms", "4.0"]),
    ] {
        let ran = run(dryroll().args(words).env("COLUMNS", "80"));
        assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
        let shown = format!("```text\n$ dryroll {}\n{}```\n", words.join(" "), ran.out);
        part(
            &format!("<!-- {name}:begin -->"),
            &format!("<!-- {name}:end -->"),
            &shown,
            &mut stale,
        );
    }
    let mistake = "(\n    about: \"x\",\n    estate: (clusters: {\"prod\": (kafka: \"3.9.2\", brokers: 3, controlers: 3)}),\n)\n";
    let checked = support::dry_with(&["check", "-"], mistake.as_bytes());
    assert_eq!(checked.code, Some(1), "{checked}");
    let shown = format!(
        "```text\n$ dryroll check upgrade.ron\n{}```\n",
        checked
            .out
            .replace(" -:", " upgrade.ron:")
            .trim_end()
            .to_owned()
            + "\n"
    );
    part(
        "<!-- check:begin -->",
        "<!-- check:end -->",
        &shown,
        &mut stale,
    );
    golden::fresh(&stale, "documents");
}

#[test]
fn the_fidelity_tables_are_fresh() {
    const SEEDS: u32 = 200;
    let recordings = Path::new(ROOT).join("observed");
    let table = fidelity::run(&recordings, SEEDS, &mut |_| {}).expect("the recordings can be read");
    let mut stale = Vec::new();
    let page = format!(
        "# Predicted against observed\n\nWhat `dryroll fidelity` says of the recordings in `observed/`: smallest, middle and largest of what was \
         observed, and of the predictions the median and the range from 1 to 99 %. *Close*: the medians are within 15 % or 0.5 s. *Inside*: the \
         observed median lies in the predicted range. What does not agree has the suspected mechanism beside it. A test keeps this \
         page as the program is.\n\n{}",
        table.markdown()
    );
    golden::compare("docs/fidelity.md", page.as_bytes(), &mut stale);
    let table: Value = serde_json::from_str(&table.json()).expect("JSON");
    part(
        "<!-- fidelity:begin -->",
        "<!-- fidelity:end -->",
        &overview(&table),
        &mut stale,
    );
    golden::fresh(&stale, "documents");
}

/// One row a recording: the longest write outage of its first producer, and how much of the rest agrees.
fn overview(table: &Value) -> String {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let mut text = String::from(
        "| recording | longest write outage, observed | predicted, 1 to 99 % | verdicts that agree | medians close |\n|---|---|---|---|---|\n",
    );
    let (mut agreeing, mut asked, mut close, mut measured) = (0, 0, 0, 0);
    let recordings = list(table, "recordings");
    for recording in &recordings {
        let (rows, verdicts) = (list(recording, "rows"), list(recording, "verdicts"));
        let seconds = |value: &Value| format!("{:.1}", value.as_f64().expect("a number"));
        let outage = rows.iter().find(|row| {
            row["quantity"]
                .as_str()
                .is_some_and(|name| name.ends_with("longest write outage"))
        });
        let (observed, predicted) = outage.map_or((String::new(), String::new()), |row| {
            let (observed, predicted) = (&row["observed"], &row["predicted"]);
            (
                format!("{} s", seconds(&observed["median"])),
                format!(
                    "{} s ({} to {})",
                    seconds(&predicted["median"]),
                    seconds(&predicted["low"]),
                    seconds(&predicted["high"])
                ),
            )
        });
        let agree = verdicts
            .iter()
            .filter(|verdict| verdict["agrees"] == true)
            .count();
        let near = rows.iter().filter(|row| row["fit"] == "close").count();
        (agreeing, asked) = (agreeing + agree, asked + verdicts.len());
        (close, measured) = (close + near, measured + rows.len());
        let name = recording["name"].as_str().expect("a name");
        text.push_str(&format!(
            "| {name} | {observed} | {predicted} | {agree} of {} | {near} of {} |\n",
            verdicts.len(),
            rows.len()
        ));
    }
    text.push_str(&format!(
        "\n{} recordings, {} seeds each: {agreeing} of {asked} verdicts agree (lost or not, available or not, which errors), {close} of {measured} \
         medians are within 15 % or 0.5 s. A row shows the first producer of its recording; all of them are in [docs/fidelity.md](docs/fidelity.md).\n",
        recordings.len(),
        table["seeds"],
    ));
    text
}

#[test]
fn the_page_of_the_findings_is_fresh() {
    let mut page = String::from(
        "# Findings and mistakes\n\nTwo lists of stable names. A test keeps this page as the program is.\n\n## Findings of a run\n\n\
         A scenario can name them in `expect: Breaks(…, because: [\"below-min-isr\"])`.\n",
    );
    for kind in rehearsal::findings::catalog::KINDS {
        page.push_str(&format!("\n### {}\n\n{}\n\n", kind.code, kind.what));
        for advice in kind.advice {
            page.push_str(&format!("- {advice}\n"));
        }
        page.push_str(&format!("\nSource: {}\n", kind.sources.join("; ")));
    }
    page.push_str("\n## Mistakes in a file\n\n| | |\n|---|---|\n");
    for code in scenario::Code::ALL {
        page.push_str(&format!("| `{}` | {} |\n", code.name(), code.meaning()));
    }
    let mut stale = Vec::new();
    golden::compare("docs/findings.md", page.as_bytes(), &mut stale);
    golden::fresh(&stale, "documents");
}

/// The blocks of RON in a document.
fn blocks(text: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find("```ron\n") {
        let block = &rest[begin + "```ron\n".len()..];
        let end = block.find("```").expect("a block ends");
        blocks.push(&block[..end]);
        rest = &block[end..];
    }
    blocks
}

#[test]
fn every_scenario_in_the_documents_can_be_run() {
    let mut count = 0;
    for path in ["README.md", "docs/language.md"] {
        let text = read(path);
        for block in blocks(&text) {
            let whole = if block.trim_start().starts_with('(') {
                block.to_owned()
            } else {
                around(block)
            };
            let read = scenario::read(
                &Memory::new().with("block.ron", whole.as_str()),
                "block.ron",
            );
            assert!(
                read.diagnostics.is_empty(),
                "{path}:\n{whole}\n{:#?}",
                read.diagnostics
            );
            count += 1;
        }
    }
    assert!(count > 5, "only {count} blocks were found");
}

/// A piece of a scenario with what is missing around it.
fn around(block: &str) -> String {
    const PARTS: [(&str, &str); 2] = [
        (
            "estate:",
            r#"estate: (
                clusters: {"prod": (kafka: "3.9.2", brokers: 6, controllers: 3, racks: ["a", "b", "c"], topics: {"orders": (partitions: 12, replicas: 3)})},
                producers: {"checkout": (to: "orders", rate: "500/s")},
                groups: {"billing": (reads: ["orders"])},
            ),"#,
        ),
        (
            "runbook:",
            r#"runbook: [(step: "brokers", do: Roll(Brokers))],"#,
        ),
    ];
    let missing: Vec<&str> = PARTS
        .iter()
        .filter(|(name, _)| !block.contains(name))
        .map(|(_, text)| *text)
        .collect();
    format!("(about: \"an example\",\n{}\n{block})", missing.join("\n"))
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    for path in [
        "README.md",
        "ARCHITECTURE.md",
        "LIMITS.md",
        "CHANGELOG.md",
        "docs/language.md",
        "docs/commands.md",
    ] {
        let text = read(path);
        let folder = Path::new(ROOT)
            .join(path)
            .parent()
            .expect("it is in a folder")
            .to_owned();
        for piece in text.split("](").skip(1) {
            let target = piece.split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(folder.join(target).exists(), "{path} leads to {target}");
            }
        }
    }
}

#[test]
fn the_starter_is_what_the_language_page_begins_with() {
    // The page tells people to begin with it; it has to be sound here and on disk.
    let path = Path::new(ROOT).join("crates/scenario/src/starter.ron");
    assert!(scenario::read(&Disk, path).diagnostics.is_empty());
    assert!(read("docs/language.md").contains("dryroll init"));
}

#[test]
fn documents_do_not_name_machines() {
    for path in [
        "README.md",
        "ARCHITECTURE.md",
        "LIMITS.md",
        "CHANGELOG.md",
        "docs/language.md",
        ".ci/run",
    ] {
        let text = read(path);
        for folder in ["work", "home", "root", "tmp"] {
            let absolute = format!("/{folder}/");
            assert!(!text.contains(&absolute), "{absolute} in {path}");
        }
    }
}
