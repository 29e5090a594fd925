use super::*;

fn stops(from: &str, to: &str, mode: Option<Mode>) -> Vec<String> {
    let path = upgrade_path(from, to, mode).unwrap();
    path.stops
        .iter()
        .map(|stop| {
            format!(
                "{} {} {}",
                stop.how,
                stop.to.version,
                if stop.to.mode == Mode::Kraft {
                    "kraft"
                } else {
                    "zk"
                }
            )
        })
        .collect()
}

#[test]
fn a_zookeeper_cluster_gets_to_4_over_the_last_release_that_has_both_modes() {
    let bridge = ["roll 3.9.2 zk", "migrate 3.9.2 kraft", "roll 4.4.0 kraft"];
    assert_eq!(stops("2.8.2", "4.4.0", None), bridge);
    assert_eq!(stops("2.4.1", "4.4.0", None), bridge);
    assert_eq!(
        stops("3.9.1", "4.1.2", Some(Mode::ZooKeeper)),
        ["migrate 3.9.1 kraft", "roll 4.1.2 kraft"]
    );
    assert_eq!(
        stops("3.7.2", "4.1.2", Some(Mode::ZooKeeper)),
        ["migrate 3.7.2 kraft", "roll 4.1.2 kraft"]
    );
}

#[test]
fn before_2_4_zookeeper_itself_needs_a_stop_on_the_way_to_3_6() {
    assert_eq!(
        stops("2.1.1", "3.9.2", None),
        ["roll 3.5.1 zk", "roll 3.9.2 zk"]
    );
    assert_eq!(stops("0.10.2.2", "3.5.1", None), ["roll 3.5.1 zk"]);
}

#[test]
fn minor_releases_can_be_skipped() {
    assert_eq!(
        stops("2.8.2", "3.5.1", Some(Mode::ZooKeeper)),
        ["roll 3.5.1 zk"]
    );
    assert_eq!(stops("3.3.2", "4.1.2", None), ["roll 4.1.2 kraft"]);
    assert_eq!(stops("4.0.2", "4.3.1", None), ["roll 4.3.1 kraft"]);
    assert_eq!(stops("3.9.1", "3.9.2", None), ["roll 3.9.2 kraft"]);
    assert_eq!(stops("3.9.2", "3.9.2", None), Vec::<String>::new());
}

#[test]
fn kraft_before_3_3_stops_before_4() {
    assert_eq!(
        stops("3.1.2", "4.1.2", Some(Mode::Kraft)),
        ["roll 3.9.2 kraft", "roll 4.1.2 kraft"]
    );
    let error = upgrade_path("2.8.2", "3.9.2", Some(Mode::Kraft)).unwrap_err();
    assert!(error.to_string().contains("early access"), "{error}");
}

#[test]
fn every_stop_says_what_it_needs_and_until_when_it_can_be_turned_back() {
    for (from, to, mode) in [
        ("2.8.2", "4.4.0", None),
        ("2.1.1", "3.9.2", None),
        ("3.1.2", "4.1.2", Some(Mode::Kraft)),
        ("3.9.1", "3.9.2", None),
    ] {
        let path = upgrade_path(from, to, mode).unwrap();
        let last = path.stops.len() - 1;
        for (at, stop) in path.stops.iter().enumerate() {
            assert!(
                !stop.before.is_empty() && !stop.after.is_empty() && !stop.back.is_empty(),
                "{}",
                stop.to
            );
            assert_eq!(stop.why.is_none(), at == last, "{}", stop.to);
        }
        let text = path.to_string();
        assert!(!text.contains('{'), "{text}");
    }
}

#[test]
fn what_4_needs_is_said_where_it_is_crossed_and_only_there() {
    let before = |from: &str, to: &str| -> String {
        let path = upgrade_path(from, to, Some(Mode::Kraft)).unwrap();
        path.stops[0]
            .before
            .iter()
            .map(|remark| remark.text.clone() + "\n")
            .collect()
    };
    let crossed = before("3.9.2", "4.1.2");
    for what in [
        "Java 17",
        "metadata snapshot",
        "client before 2.1",
        "segment.bytes",
        "message.format.version",
    ] {
        assert!(crossed.contains(what), "{what}: {crossed}");
    }
    let after = before("4.1.2", "4.3.1");
    for what in ["Java 17", "segment.bytes", "client before 2.1"] {
        assert!(!after.contains(what), "{what}: {after}");
    }
    assert!(!before("3.9.2", "4.0.2").contains("segment.bytes"));
}

#[test]
fn a_roll_can_be_turned_back_after_the_features_only_if_no_format_changed() {
    let back = |from: &str, to: &str| {
        upgrade_path(from, to, Some(Mode::Kraft)).unwrap().stops[0].back[0]
            .text
            .clone()
    };
    assert!(
        back("4.0.2", "4.1.2").contains("downgrade to 4.0-IV3 first"),
        "{}",
        back("4.0.2", "4.1.2")
    );
    assert!(
        back("3.9.2", "4.0.2").contains("4.0-IV1 changed the format"),
        "{}",
        back("3.9.2", "4.0.2")
    );
}

#[test]
fn the_way_back_is_answered() {
    let back = |from: &str, to: &str, mode| {
        let path = upgrade_path(from, to, mode).unwrap();
        assert!(path.stops.is_empty());
        path.back
            .iter()
            .map(|remark| remark.text.clone() + "\n")
            .collect::<String>()
    };
    assert!(back("4.1.2", "4.0.2", None).contains("downgrade to 4.0-IV3 first"));
    assert!(
        back("4.1.2", "3.9.2", None)
            .contains("once metadata.version is 4.0-IV1 or higher: not at all")
    );
    assert!(back("3.9.2", "3.9.1", None).contains("at any time"));
    assert!(
        back("3.5.1", "2.8.2", Some(Mode::ZooKeeper))
            .contains("inter.broker.protocol.version above 2.8")
    );
    assert!(back("3.9.2", "2.8.2", None).contains("--zookeeper"));
}

#[test]
fn confluent_platform_is_understood_and_shown() {
    for text in ["CP 7.8", "cp7.8", "CP-7.8.1"] {
        assert_eq!(
            upgrade_path(text, "4.1.2", None)
                .unwrap()
                .from
                .version
                .line(),
            "3.8",
            "{text}"
        );
    }
    assert_eq!(
        upgrade_path("3.8.1", "cp 8.1", None)
            .unwrap()
            .to
            .to_string(),
        "4.1.2 in KRaft mode (CP 8.1)"
    );
    let error = upgrade_path("CP 9.9", "4.1.2", None)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "no Confluent Platform 9.9 is known; 3.0 to 8.3 are");
}

#[test]
fn what_is_no_release_is_said() {
    for (from, to) in [
        ("3.10", "4.1"),
        ("x", "4.1"),
        ("3.9", ""),
        ("cp", "4.1"),
        ("0.1", "0.2"),
    ] {
        assert!(upgrade_path(from, to, None).is_err(), "{from} {to}");
    }
    let error = upgrade_path("3.10.1", "4.1", None).unwrap_err().to_string();
    assert!(error.ends_with("the nearest: 3.9.2, 4.0.2"), "{error}");
    let error = upgrade_path("4.0.2", "4.1.2", Some(Mode::ZooKeeper))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "Kafka 4.0.2 does not run in ZooKeeper mode: 3.9 is the last release that does"
    );
}
