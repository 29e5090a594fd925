//! `dryroll report`.

use crate::support::{Folder, KILLED, dry, dry_with};

#[test]
fn a_saved_outcome_gives_the_same_report_again() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    let (first, second) = (folder.word("first"), folder.word("second"));
    dry(&["run", &file, "--report", &first]).code(1);
    let saved = folder.word("first/outcome.json");
    dry(&["report", &saved, "--report", &second])
        .code(1)
        .says("BREAKS");
    for name in [
        "report.html",
        "timeline.svg",
        "timeline.png",
        "junit.xml",
        "outcome.json",
    ] {
        let bytes =
            |of: &str| std::fs::read(folder.path().join(of).join(name)).expect("it is there");
        assert!(bytes("first") == bytes("second"), "{name} differs");
    }
}

#[test]
fn it_prints_what_is_asked_for() {
    let folder = Folder::new();
    let file = folder.with("killed.ron", KILLED);
    let json = dry(&["run", &file, "--json"]).out;
    let saved = folder.with("outcome.json", &json);
    dry(&["report", &saved]).code(1).quiet().says("BREAKS");
    dry(&["report", &saved, "--format", "markdown"])
        .code(1)
        .says("### ❌");
    dry(&["report", &saved, "--format", "junit"])
        .code(1)
        .says("<testsuites");
    dry(&["report", &saved, "--format", "github"])
        .code(1)
        .says("::error");
    dry_with(&["report", "-"], json.as_bytes())
        .code(1)
        .says("BREAKS");
}

#[test]
fn what_is_no_outcome_is_exit_2() {
    let folder = Folder::new();
    dry(&["report", &folder.with("x.json", "{}")])
        .code(2)
        .complains("not a saved outcome");
    dry(&["report", &folder.with("y.json", "{\"schema\": 999}")])
        .code(2)
        .complains("schema 999");
    dry(&["report", &folder.with("z.json", b"\xff")])
        .code(2)
        .complains("UTF-8");
    dry(&["report", &folder.word("nothing.json")])
        .code(2)
        .complains("nothing.json");
    dry(&["report", &folder.word("")]).code(2);
}
