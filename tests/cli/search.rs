//! `dryroll search` and `dryroll replay`.

use crate::support::{CALM, Folder, dry};
use serde_json::Value;

/// A roll that holds by itself, and breaks if a broker is killed meanwhile.
const ROLL: &str = r#"(
    about: "a roll",
    estate: (
        clusters: { "prod": (
            kafka: "3.9.2", brokers: 3, controllers: 3,
            topics: { "orders": (partitions: 3, replicas: 3, settings: { "min.insync.replicas": 2 }) },
        ) },
        producers: { "checkout": (to: "orders", rate: "100/s", settings: { "acks": "all" }) },
    ),
    runbook: [(step: "brokers", do: Roll(Brokers), between: [UnderReplicated(at_most: 0, for: "5s", within: "5m")])],
    contract: [Completes, WriteOutage("checkout", at_most: "5s"), Lost("checkout", 0)],
    expect: Holds,
)"#;

#[test]
fn what_it_finds_is_told_saved_and_replayed() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let out = folder.word("found");
    let ran = dry(&["search", &file, "--seeds", "40", "--out", &out])
        .code(1)
        .says("BREAKABLE")
        .says("Why:")
        .says("Coverage:");
    let again = ran
        .out
        .lines()
        .find_map(|line| line.trim().strip_prefix("Again:  dryroll replay "))
        .and_then(|rest| rest.split("   (").next())
        .unwrap_or_else(|| panic!("no command in\n{ran}"))
        .to_owned();
    let replayed = dry(&["replay", &again]).code(1).says("BREAKS");
    assert!(
        replayed.err.contains("the same run to the byte"),
        "{replayed}"
    );
    dry(&["test", &again]).code(0);
    dry(&["run", &again]).code(1);
}

#[test]
fn a_counterexample_that_was_edited_is_another_run() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let out = folder.word("found");
    dry(&["search", &file, "--seeds", "20", "--out", &out]).code(1);
    let json: Value = serde_json::from_str(
        &std::fs::read_to_string(format!("{out}/search.json")).expect("saved"),
    )
    .expect("JSON");
    let name = json["stories"][0]["name"].as_str().expect("a name");
    let path = format!("{out}/{name}.ron");
    let text = std::fs::read_to_string(&path).expect("saved");
    let edited = folder.with("edited.ron", text.replace("tail: \"1m\"", "tail: \"2m\""));
    let ran = dry(&["replay", &edited]);
    assert!(ran.err.contains("was changed since it was found"), "{ran}");
    let older = folder.with(
        "older.ron",
        text.replace("// replay: dryroll ", "// replay: dryroll 0."),
    );
    let ran = dry(&["replay", &older]);
    assert!(ran.err.contains("found with dryroll 0."), "{ran}");
}

#[test]
fn the_same_arguments_give_the_same_bytes_on_any_number_of_threads() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let with = |jobs| {
        let words = [
            "search", &file, "--seeds", "520", "--format", "json", "--jobs", jobs,
        ];
        dry(&words).code(1).quiet().out
    };
    let one = with("1");
    assert_eq!(one, with("2"));
    assert_eq!(one, with("8"));
    let json: Value = serde_json::from_str(&one).expect("JSON");
    assert_eq!(json["schema"], outcome::search::SEARCH_SCHEMA_VERSION);
    assert_eq!(json["asked"]["runs"], 520);
}

#[test]
fn nothing_found_is_exit_0() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    dry(&["search", &file, "--seeds", "10", "--faults", "0"])
        .code(0)
        .says("NOTHING FOUND");
}

#[test]
fn what_is_of_no_use_is_told_and_nothing_is_played() {
    let folder = Folder::new();
    let file = folder.with("calm.ron", CALM);
    folder.with("empty/nothing.txt", "");
    folder.with("half/islands.json", "{\"schema\": 1}");
    let no_json = folder.with("broken.json", "{");
    let word = |name: &str| folder.word(name);
    let (empty, half, nowhere) = (word("empty"), word("half"), word("nowhere"));
    let refused = |words: &[&str], says: &str| {
        dry(words).code(2).without_result().complains(says);
    };
    let search = |more: &[&str], says: &str| {
        refused(&[&["search", file.as_str()], more].concat(), says);
    };
    search(&["--budget", "0s"], "no time");
    search(&["--budget", "-5s"], "10m");
    search(&["--seeds", "0"], "--seeds");
    search(&["--seeds", "-1"], "--seeds");
    search(&["--shard", "0/4"], "3/8");
    search(&["--shard", "5/4"], "3/8");
    search(&["--resume", &nowhere], "no folder");
    search(&["--resume", &empty], "no search was saved");
    search(&["--out", &file], "it is a file");
    refused(&["search", &empty], "directory");
    refused(&["merge", &nowhere], "no folder");
    refused(&["merge", &empty], "no search was saved");
    refused(&["merge", &file], "is a file");
    refused(&["merge", &half], "not what a search saves");
    for command in ["gates", "rollback", "replay", "search", "explain"] {
        refused(&[command, &word("nothing.ron")], "no file");
    }
    for command in ["gates", "rollback", "replay", "search"] {
        refused(&[command, &no_json], "never closed");
        refused(&[command, &empty], "directory");
    }
    refused(&["explain", &empty], "folder");
    refused(&["explain", &no_json], ".ron");
    refused(
        &["explain", "failover-wat"],
        "did you mean `failover-wait`?",
    );
    refused(&["diff", &file, &word("nothing.ron")], "no file");
    refused(
        &["diff", &file, &file, "--baseline", &no_json],
        "expected: CODE",
    );
}

#[test]
fn words_that_are_none_are_met_with_the_right_ones() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let ran = dry(&["search", &file, "--kinds", "fire"]).code(2);
    assert!(ran.err.contains("crash, pause, network"), "{ran}");
    let ran = dry(&["search", &file, "--strategy", "luck"]).code(2);
    assert!(ran.err.contains("mixed, uniform"), "{ran}");
    let ran = dry(&["search", &file, "--budget", "long"]).code(2);
    assert!(ran.err.contains("60s"), "{ran}");
}

#[test]
fn every_single_fault_at_every_moment_ends_in_a_sentence() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let words = ["search", &file, "--exhaustive", "1", "--kinds", "network"];
    let json = dry(&[&words[..], &["--format", "json"]].concat()).out;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let statement = &json["statement"];
    let (moments, choices) = (&statement["moments"], &statement["choices"]);
    let all = moments.as_u64().expect("a number") * choices.as_u64().expect("a number");
    assert_eq!(statement["plans"][0]["all"], all);
    assert_eq!(statement["plans"][0]["played"], all);
    let text = statement["text"].as_str().expect("a sentence");
    assert!(
        text.contains("single fault") && text.ends_with('.'),
        "{text}"
    );
    dry(&words).says(text);
}

#[test]
fn odds_have_an_interval_and_tell_no_stories() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let words = [
        "search",
        &file,
        "--probability",
        "crash=1/10m",
        "--seeds",
        "60",
        "--format",
        "json",
    ];
    let json: Value = serde_json::from_str(&dry(&words).out).expect("JSON");
    let odds = &json["odds"];
    let number = |name: &str| odds[name].as_u64().expect("a number");
    assert_eq!(number("runs"), 60);
    assert!(number("low_ppm") <= number("share_ppm") && number("share_ppm") <= number("high_ppm"));
    assert!(number("failures") > 0 && json["stories"] == Value::Array(Vec::new()));
    dry(&words[..6]).says("95 % interval");
}

#[test]
fn shards_put_together_are_the_search_byte_for_byte() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let search = ["search", &file, "--seeds", "700", "--out"];
    let whole = folder.word("whole");
    dry(&[&search[..], &[&whole]].concat()).code(1);
    let parts: Vec<String> = (1..=3)
        .map(|k| {
            let out = folder.word(&format!("part-{k}"));
            let shard = format!("{k}/3");
            dry(&[&search[..], &[&out, "--shard", &shard]].concat());
            out
        })
        .collect();
    let merged = folder.word("merged");
    let ran = dry(&["merge", &parts[2], &parts[0], &parts[1], "--out", &merged]).code(1);
    assert!(!ran.err.contains("missing"), "{ran}");
    for entry in std::fs::read_dir(&merged).expect("it is there") {
        let name = entry.expect("it can be read").file_name();
        let name = name.to_string_lossy();
        let read = |folder: &str| std::fs::read(format!("{folder}/{name}")).expect("both have it");
        assert_eq!(read(&merged), read(&whole), "{name}");
    }
    let ran = dry(&["merge", &parts[0], &parts[2]]).code(1);
    assert!(ran.err.contains("parts are missing"), "{ran}");
}

#[test]
fn a_search_goes_on_where_it_was_left() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let (some, more, whole) = (
        folder.word("some"),
        folder.word("more"),
        folder.word("whole"),
    );
    dry(&["search", &file, "--seeds", "250", "--out", &some]).code(1);
    dry(&[
        "search", &file, "--seeds", "520", "--resume", &some, "--out", &more,
    ])
    .code(1);
    dry(&["search", &file, "--seeds", "520", "--out", &whole]).code(1);
    let read = |folder: &str| std::fs::read(format!("{folder}/search.json")).expect("saved");
    assert_eq!(read(&more), read(&whole));
    let ran = dry(&["search", &file, "--seed", "9", "--resume", &some]).code(2);
    assert!(ran.err.contains("asked for something else"), "{ran}");
    let other = folder.with("other.ron", ROLL.replace("partitions: 3", "partitions: 4"));
    let ran = dry(&["search", &other, "--resume", &some]).code(2);
    assert!(ran.err.contains("another scenario"), "{ran}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_was_found_and_the_search_goes_on_from_there() {
    use std::process::{Command, Stdio};
    use std::time::Duration;
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let search = [
        "search",
        &file,
        "--seeds",
        "1600",
        "--no-shrink",
        "--jobs",
        "1",
        "--out",
    ];
    let islands = |folder: &str| {
        let json = std::fs::read_to_string(format!("{folder}/islands.json")).ok()?;
        let json: Value = serde_json::from_str(&json).expect("JSON");
        Some((
            json["ended"].as_str().expect("a word").to_owned(),
            json["islands"].as_array().expect("a list").len(),
        ))
    };
    // How long a run takes depends on the machine: each attempt waits longer, until something has been found by then.
    let mut wait = Duration::from_millis(50);
    let (some, whole) = loop {
        let some = folder.word(&format!("some-{}", wait.as_millis()));
        let mut child = Command::new(env!("CARGO_BIN_EXE_dryroll"))
            .args([&search[..], &[&some]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(wait);
        let interrupt = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(interrupt.expect("there is a kill").success());
        child.wait().expect("it ends");
        match islands(&some) {
            Some((ended, islands)) if islands > 0 => {
                assert!(islands < 16, "it was over before the interrupt: {islands}");
                assert_eq!(ended, "Interrupted");
                break (some, folder.word("whole"));
            }
            _ => wait *= 2,
        }
    };
    let kept: Value = serde_json::from_str(
        &std::fs::read_to_string(format!("{some}/search.json")).expect("saved"),
    )
    .expect("JSON");
    assert_eq!(kept["ended"], "Interrupted");
    let more = folder.word("more");
    dry(&[&search[..], &[&more, "--resume", &some]].concat()).code(1);
    dry(&[&search[..], &[&whole]].concat()).code(1);
    let read = |folder: &str| std::fs::read(format!("{folder}/search.json")).expect("saved");
    assert_eq!(read(&more), read(&whole), "as if nobody had interrupted it");
}

#[test]
fn job_files_play_the_parts_and_merge_them() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let out = folder.word("found");
    for (system, sign) in [
        ("parallel", "seq 1 2 | parallel"),
        ("slurm", "#SBATCH --array=1-2"),
        ("kubernetes", "completionMode: Indexed"),
        ("ray", "ray.remote"),
    ] {
        let words = [
            "search",
            &file,
            "--seeds",
            "300",
            "--out",
            &out,
            "--shards",
            "2",
            "--jobs-for",
            system,
        ];
        let text = dry(&words).code(0).quiet().out;
        assert!(
            text.contains(sign) && text.contains("dryroll merge") || system == "ray",
            "{text}"
        );
    }
    // What GNU parallel would run, run by hand.
    let words = [
        "search",
        &file,
        "--seeds",
        "300",
        "--out",
        &out,
        "--shards",
        "2",
        "--jobs-for",
        "parallel",
    ];
    let script = dry(&words).out;
    let line = script
        .lines()
        .find(|line| line.starts_with("seq "))
        .expect("it plays the parts");
    let command = line.split('\'').nth(1).expect("a command");
    for k in ["1", "2"] {
        let part = command.replace("{}", k);
        let part = part.split(" > ").next().expect("a command");
        let words: Vec<&str> = part.split(' ').skip(1).collect();
        dry(&words).code(1);
    }
    let parts = [format!("{out}/parts/1"), format!("{out}/parts/2")];
    dry(&["merge", &parts[0], &parts[1]])
        .code(1)
        .says("300 runs");
}

#[test]
fn results_for_machines_name_every_promise() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let with = |format| {
        dry(&["search", &file, "--seeds", "30", "--format", format])
            .code(1)
            .out
    };
    let junit = with("junit");
    assert!(
        junit.contains("<failure") && junit.matches("<testcase").count() == 3,
        "{junit}"
    );
    let sarif: Value = serde_json::from_str(&with("sarif")).expect("JSON");
    assert!(sarif["runs"][0]["results"][0]["ruleId"].is_string());
    assert!(with("github").starts_with("::error "));
}

#[test]
fn a_counterexample_is_explained_and_kept_as_a_test() {
    let folder = Folder::new();
    // A gate that looks once: two brokers can be away at the same time.
    let hasty = ROLL.replace("for: \"5s\", ", "").replace(
        "expect: Holds,",
        "faults: [(fault: Kill(3), at: Nth(1, of: Stopped, node: 2), lasts: \"40s\")],",
    );
    let file = folder.with("hasty.ron", hasty);
    let saved = folder.word("regressions");
    let ran = dry(&["explain", &file, "--seeds", "7", "--save", &saved])
        .code(0)
        .says("What happened")
        .says("When it became unavoidable")
        .says("What would have caught it");
    assert!(ran.out.contains("No continuation avoids it after"), "{ran}");
    dry(&["test", &saved]).code(0);
    let json = dry(&["explain", &file, "--seeds", "7", "--json"])
        .code(0)
        .out;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let points = json["explained"]["curve"]["points"]
        .as_array()
        .expect("points");
    assert!(!points.is_empty() && points.len() <= 64);
}

#[test]
fn what_holds_needs_no_explanation() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let ran = dry(&["explain", &file]).code(2);
    assert!(ran.err.contains("there is nothing to explain"), "{ran}");
}

#[test]
fn a_page_is_written_and_can_be_drawn_again() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let out = folder.word("found");
    dry(&["search", &file, "--seeds", "20", "--out", &out]).code(1);
    let page = std::fs::read_to_string(format!("{out}/search.html")).expect("written");
    assert!(page.contains("What would have caught it"));
    let again = folder.word("again");
    dry(&["report", &format!("{out}/search.json"), "--report", &again]).code(1);
    let drawn = std::fs::read_to_string(format!("{again}/search.html")).expect("written");
    assert_eq!(page, drawn);
}

#[test]
fn without_shrinking_failures_are_told_as_they_were_found() {
    let folder = Folder::new();
    let file = folder.with("roll.ron", ROLL);
    let json = dry(&[
        "search",
        &file,
        "--seeds",
        "20",
        "--no-shrink",
        "--format",
        "json",
    ])
    .code(1);
    let json: Value = serde_json::from_str(&json.out).expect("JSON");
    assert!(json["stories"][0].get("explained").is_none());
}
