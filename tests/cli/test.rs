//! `dryroll test`.

use crate::support::{CALM, Folder, KILLED, dry, dryroll, run};

#[test]
fn files_that_are_as_they_claim_are_exit_0() {
    let folder = Folder::new();
    folder.with("calm.ron", CALM);
    folder.with("deep/killed.ron", KILLED);
    let ran = dry(&["test", &folder.word("")])
        .code(0)
        .quiet()
        .says("2 as claimed");
    assert!(
        ran.out.contains("breaks WriteOutage(\"checkout\")"),
        "{ran}"
    );
}

#[test]
fn a_file_that_is_not_as_it_claims_is_exit_1_and_says_why() {
    let folder = Folder::new();
    folder.with("calm.ron", CALM);
    folder.with(
        "liar.ron",
        KILLED.replace(
            "expect: Breaks(promises: [WriteOutage(\"checkout\")])",
            "expect: Holds",
        ),
    );
    dry(&["test", &folder.word("")])
        .code(1)
        .says("1 as claimed, 1 not as claimed")
        .says("WriteOutage(\"checkout\") was to hold and broke")
        .says("Again: dryroll run ");
    let hopeful = folder.with(
        "hopeful.ron",
        CALM.replace(
            "expect: Holds",
            "expect: Breaks(promises: [Lost(\"checkout\")])",
        ),
    );
    dry(&["test", &hopeful])
        .code(1)
        .says("was to break and held");
}

#[test]
fn without_a_claim_the_promises_are_to_hold() {
    let folder = Folder::new();
    let calm = folder.with("calm.ron", CALM.replace("expect: Holds,", ""));
    dry(&["test", &calm]).code(0).says("promises are to hold");
    let killed = folder.with(
        "killed.ron",
        KILLED.replace("expect: Breaks(promises: [WriteOutage(\"checkout\")]),", ""),
    );
    dry(&["test", &killed]).code(1).says("broken:");
}

#[test]
fn a_file_of_no_use_is_exit_2_and_the_others_are_run() {
    let folder = Folder::new();
    folder.with("calm.ron", CALM);
    folder.with("typo.ron", CALM.replace("partitions", "partitons"));
    dry(&["test", &folder.word("")])
        .code(2)
        .says("1 as claimed, 1 of no use")
        .complains("did you mean `partitions`?");
}

#[test]
fn parts_of_scenarios_are_no_scenarios() {
    let folder = Folder::new();
    let begin = CALM.find("estate: (").expect("it has one") + "estate: ".len();
    let end = CALM.find("    runbook:").expect("it has one");
    folder.with(
        "parts/estate.ron",
        CALM[begin..end].trim_end().trim_end_matches(','),
    );
    let whole = format!("{}\"parts/estate.ron\",\n{}", &CALM[..begin], &CALM[end..]);
    folder.with("whole.ron", whole);
    dry(&["test", &folder.word("")])
        .code(0)
        .quiet()
        .says("1 as claimed");
    dry(&["check", &folder.word("")])
        .code(0)
        .complains("1 file: nothing");
    // Named by itself it is taken at its word.
    dry(&["test", &folder.word("parts/estate.ron")]).code(2);
}

#[test]
fn every_seed_is_held_against_the_claim() {
    let folder = Folder::new();
    let file = folder.with(
        "calm.ron",
        CALM.replace("expect:", "seeds: 20, seed: 3, expect:"),
    );
    dry(&["test", &file])
        .code(0)
        .says("(20 seeds)")
        .says("20 runs");
    // Just above what the most lucky seed needs, and below what most need.
    let short = KILLED.replace(
        "expect: Breaks(promises: [WriteOutage(\"checkout\")])",
        "seeds: 20, expect: Holds",
    );
    let file = folder.with("short.ron", short);
    dry(&["test", &file])
        .code(1)
        .says("(20 of 20 seeds differ)");
}

#[test]
fn the_output_does_not_depend_on_the_number_of_threads() {
    let folder = Folder::new();
    for number in 0..6 {
        folder.with(
            &format!("calm-{number}.ron"),
            CALM.replace("expect:", "seeds: 3, expect:"),
        );
        folder.with(
            &format!("killed-{number}.ron"),
            KILLED.replace(
                "expect: Breaks(promises: [WriteOutage(\"checkout\")])",
                "seeds: 5",
            ),
        );
    }
    for format in ["text", "junit", "github"] {
        let with = |threads: &str| {
            run(dryroll()
                .args(["test", &folder.word(""), "--format", format])
                .env("RAYON_NUM_THREADS", threads))
            .code(1)
            .out
        };
        let one = with("1");
        assert_eq!(with("2"), one);
        assert_eq!(with("8"), one);
    }
}

#[test]
fn junit_and_github_are_what_ci_reads() {
    let folder = Folder::new();
    let killed = folder.with("killed.ron", KILLED);
    let liar = folder.with(
        "liar.ron",
        KILLED.replace(
            "expect: Breaks(promises: [WriteOutage(\"checkout\")])",
            "expect: Holds",
        ),
    );
    let good = dry(&["test", &killed, "--format", "junit"]).code(0).quiet();
    assert!(good.out.contains("failures=\"0\""), "{good}");
    let bad = dry(&["test", &liar, "--format", "junit"]).code(1);
    assert!(bad.out.contains("<failure"), "{bad}");
    dry(&["test", &liar, "--format", "github"])
        .code(1)
        .says("::error file=");
    let typo = folder.with("typo.ron", CALM.replace("partitions", "partitons"));
    dry(&["test", &typo, "--format", "github"])
        .code(2)
        .says("::error file=")
        .says("line=9");
}
