//! What people and programs see of the facts. The texts in `golden/` are written anew with `BLESS=1 cargo test -p dryroll-facts`.

use std::fs;
use std::path::Path;

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} is another text now:\n{text}");
}

#[test]
fn the_page_of_4_1_2() {
    golden("page-4.1.2.txt", &facts::facts_page("4.1.2").unwrap());
}

#[test]
fn the_page_of_3_0_0_says_who_answers_and_what_differs() {
    golden("page-3.0.0.txt", &facts::facts_page("3.0.0").unwrap());
}

#[test]
fn the_way_from_3_9_2_to_4_0_2() {
    golden(
        "diff-3.9.2-4.0.2.txt",
        &facts::facts_diff("3.9.2", "4.0.2").unwrap(),
    );
}

#[test]
fn look_ups_of_every_kind() {
    let mut text = String::new();
    for (name, version) in [
        ("acks", "3.3.2"),
        ("compression.type", "4.1"),
        ("segment.bytes", "4.1"),
        ("zookeeper.connect", "4.1"),
        ("enable.idempotence", "3.1.0"),
        ("4.0-IV1", "4.1"),
        ("streams.version", "4.1"),
        ("Produce", "4.1"),
        ("6", "2.5"),
        ("kafka-leader-election.sh", "4.1"),
        ("kafka-preferred-replica-election.sh", "3.9"),
    ] {
        text += &format!(
            "$ dryroll facts {version} {name}\n{}\n",
            facts::facts_lookup(name, version).unwrap()
        );
    }
    golden("lookups.txt", &text);
}

#[test]
fn nothing_is_wider_than_80_columns() {
    let mut texts = Vec::new();
    let releases = facts::releases();
    for (index, release) in releases.iter().enumerate() {
        texts.push(facts::facts_page(&release.to_string()).unwrap());
        for other in [
            &releases[0],
            &releases[index.saturating_sub(1)],
            facts::latest(),
        ] {
            texts.push(facts::facts_diff(&release.to_string(), &other.to_string()).unwrap());
        }
    }
    for text in &texts {
        for line in text.lines() {
            // A single name may be wider; it is alone on its line then.
            let wide = line.chars().count() > 80 && line.trim().contains(' ');
            assert!(!wide, "{line}");
        }
    }
    assert_eq!(texts.len(), 4 * releases.len());
}

#[test]
fn no_way_changes_nothing() {
    for release in facts::releases() {
        let version = release.to_string();
        assert_eq!(
            facts::facts_diff(&version, &version).unwrap(),
            format!("From Kafka {version} to {version}\n  nothing changes\n")
        );
    }
}

#[test]
fn the_way_back_is_the_way_there_turned_round() {
    let (there, back) = (
        facts::diff("3.9", "4.1").unwrap(),
        facts::diff("4.1", "3.9").unwrap(),
    );
    let there_names: Vec<_> = there.gone_apis.iter().map(|api| api.name).collect();
    let back_names: Vec<_> = back.new_apis.iter().map(|api| api.name).collect();
    assert_eq!(there_names, back_names);
    let lost: Vec<_> = there
        .new_metadata_versions
        .iter()
        .map(|version| version.name)
        .collect();
    assert_eq!(lost, back.gone_metadata_versions);
    assert_eq!(there.changed_defaults.len(), back.changed_defaults.len());
    let linger = back
        .changed_defaults
        .iter()
        .find(|change| change.name == "linger.ms")
        .unwrap();
    assert_eq!(
        (linger.before.to_string(), linger.after.to_string()),
        ("5".to_owned(), "0".to_owned())
    );
}

#[test]
fn json_says_the_same() {
    let page = serde_json::to_value(facts::page("4.1.2").unwrap()).unwrap();
    assert_eq!(page["format"], "dryroll-facts-page/1");
    assert_eq!(
        page["metadata_version"],
        serde_json::json!({ "name": "4.1-IV1", "level": 27 })
    );
    assert_eq!(page["since_previous"]["from"], "4.0.2");

    let diff = serde_json::to_value(facts::diff("3.9.2", "4.0.2").unwrap()).unwrap();
    let linger = serde_json::json!({ "name": "linger.ms", "classes": ["producer"], "before": 0, "after": 5 });
    assert!(
        diff["changed_defaults"]
            .as_array()
            .unwrap()
            .contains(&linger)
    );
    let roles = diff["changed_defaults"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["name"] == "process.roles");
    assert_eq!(
        roles.unwrap()["after"],
        serde_json::json!({ "required": true })
    );

    let lookup =
        serde_json::to_value(facts::lookup("min.insync.replicas", "4.1").unwrap()).unwrap();
    assert_eq!(lookup["settings"][0]["update"], "cluster-wide");
    assert_eq!(lookup["settings"][1]["class"], "topic");
    assert_eq!(
        lookup["settings"][1]["falls_back_to"],
        serde_json::json!(["min.insync.replicas"])
    );
}

#[test]
fn a_name_that_means_nothing_gets_suggestions() {
    let error = facts::facts_lookup("replica.lag", "3.9").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no fact called `replica.lag`; the nearest: replica.lag.time.max.ms"
    );
    let error = facts::facts_lookup("acks", "5.0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no facts on Kafka 5.0; 2.4 to 4.4 are known, the nearest: 4.4.0"
    );
}

/// What the upgrade notes of a release say first is in its page.
#[test]
fn a_page_tells_what_hurts() {
    let page = facts::facts_page("4.0").unwrap();
    for fact in [
        "linger.ms (producer): 0 → 5",
        "process.roles (broker): \"\" → required",
        "Produce 0-11 → 3-12",
        "zookeeper-shell.sh",
    ] {
        assert!(page.contains(fact), "{fact} is missing in\n{page}");
    }
}
