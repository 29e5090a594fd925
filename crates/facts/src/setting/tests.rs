//! What people know of Kafka's defaults, held against the data.

use super::*;
use crate::{of, releases};

fn default(class: Class, name: &str, release: &str) -> String {
    of(release)
        .unwrap()
        .settings(class)
        .default(name)
        .unwrap()
        .value()
        .to_string()
}

/// The default before a release, and from it on.
fn changed(class: Class, name: &str, before: (&str, &str), after: (&str, &str)) {
    assert_eq!(
        default(class, name, before.0),
        before.1,
        "{name} in {}",
        before.0
    );
    assert_eq!(
        default(class, name, after.0),
        after.1,
        "{name} in {}",
        after.0
    );
    let since = of(after.0)
        .unwrap()
        .settings(class)
        .default(name)
        .unwrap()
        .since();
    assert_eq!(since, of(after.0).unwrap().version(), "{name}");
}

#[test]
fn three_zero_makes_producers_safe() {
    changed(Class::Producer, "acks", ("2.8", "1"), ("3.0", "all"));
    changed(
        Class::Producer,
        "enable.idempotence",
        ("2.8", "false"),
        ("3.0", "true"),
    );
}

#[test]
fn three_zero_gives_consumers_45_seconds() {
    changed(
        Class::Consumer,
        "session.timeout.ms",
        ("2.8", "10000"),
        ("3.0", "45000"),
    );
}

#[test]
fn four_zero_changes_the_defaults_that_hurt() {
    changed(Class::Producer, "linger.ms", ("3.9", "0"), ("4.0", "5"));
    for class in [Class::Producer, Class::Consumer, Class::Admin] {
        changed(
            class,
            "metadata.recovery.strategy",
            ("3.9", "none"),
            ("4.0", "rebootstrap"),
        );
    }
    changed(
        Class::Broker,
        "num.recovery.threads.per.data.dir",
        ("3.9", "1"),
        ("4.0", "2"),
    );
    changed(
        Class::Broker,
        "log.message.timestamp.after.max.ms",
        ("3.9", "9223372036854775807"),
        ("4.0", "3600000"),
    );
    changed(
        Class::Topic,
        "message.timestamp.after.max.ms",
        ("3.9", "9223372036854775807"),
        ("4.0", "3600000"),
    );
}

#[test]
fn a_replica_may_lag_30_seconds_since_2_5() {
    changed(
        Class::Broker,
        "replica.lag.time.max.ms",
        ("2.4", "10000"),
        ("2.5", "30000"),
    );
    assert_eq!(
        setting(Class::Broker, "replica.lag.time.max.ms")
            .unwrap()
            .defaults()
            .changes()
            .len(),
        2
    );
}

#[test]
fn what_keeps_data_safe_has_the_same_default_in_every_release() {
    for release in releases() {
        assert_eq!(
            release.broker().bool("unclean.leader.election.enable"),
            Ok(false),
            "{release}"
        );
        assert_eq!(
            release.topic().int("min.insync.replicas"),
            Ok(1),
            "{release}"
        );
    }
}

#[test]
fn inter_broker_protocol_version_follows_the_binary_and_is_gone_in_4_0() {
    for release in releases() {
        let default = release.broker().text("inter.broker.protocol.version");
        match release.broker().get("process.roles").is_ok()
            && release.broker().get("zookeeper.connect").is_err()
        {
            true => assert!(default.is_err(), "{release}"),
            false => assert_eq!(
                default.as_deref(),
                Ok(release.metadata_version().name()),
                "{release}"
            ),
        }
    }
}

#[test]
fn message_format_settings_are_gone_in_4_0() {
    for (class, name) in [
        (Class::Broker, "log.message.format.version"),
        (Class::Topic, "message.format.version"),
    ] {
        assert_eq!(
            setting(class, name).unwrap().until().unwrap().to_string(),
            "3.9.2"
        );
    }
}

#[test]
fn kraft_settings_are_internal_in_2_8() {
    let roles = setting(Class::Broker, "process.roles").unwrap();
    assert_eq!(roles.since().to_string(), "2.8.2");
    assert!(roles.type_in(of("2.8").unwrap()).unwrap().internal);
    assert!(!roles.type_in(of("3.0").unwrap()).unwrap().internal);
    assert_eq!(default(Class::Broker, "process.roles", "4.0"), "required");
}

#[test]
fn a_list_is_a_list() {
    let cleanup = of("3.9")
        .unwrap()
        .topic()
        .default("cleanup.policy")
        .unwrap();
    assert_eq!(cleanup.value(), &Value::List(vec!["delete".into()]));
    let assignors = of("3.0")
        .unwrap()
        .consumer()
        .text("partition.assignment.strategy")
        .unwrap();
    assert_eq!(
        assignors,
        "org.apache.kafka.clients.consumer.RangeAssignor,org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
    );
}

#[test]
fn null_is_known_and_no_value() {
    let null = of("4.1").unwrap().consumer().default("group.id").unwrap();
    assert_eq!(null.value(), &Value::Null);
    assert_eq!(null.text().unwrap_err().wanted, "text");
    assert!(matches!(
        of("4.1").unwrap().consumer().text("group.idd"),
        Err(SettingError::Unknown(_))
    ));
}

#[test]
fn numbers_have_units() {
    let kafka = of("4.1").unwrap();
    assert_eq!(
        kafka.broker().ms("leader.imbalance.check.interval.seconds"),
        Ok(300_000)
    );
    assert_eq!(
        kafka.broker().ms("offsets.retention.minutes"),
        Ok(604_800_000)
    );
    assert_eq!(kafka.broker().bytes("message.max.bytes"), Ok(1_048_588));
    assert_eq!(kafka.broker().int("log.retention.bytes"), Ok(-1));
    let unlimited = kafka.broker().bytes("log.retention.bytes").unwrap_err();
    assert_eq!(
        unlimited.to_string(),
        "the default of broker setting log.retention.bytes in Kafka 4.1.2 is -1, which is no number of bytes"
    );
    let unit = kafka.broker().ms("num.io.threads").unwrap_err();
    assert_eq!(
        unit.to_string(),
        "the default of broker setting num.io.threads in Kafka 4.1.2 is 8, which is no time"
    );
}

#[test]
fn a_setting_of_another_class_is_recognised() {
    let error = of("3.9").unwrap().broker().get("linger.ms").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`linger.ms` is no broker setting of Kafka 3.9.2; it is a setting of class producer"
    );
}

#[test]
fn a_setting_of_another_release_is_recognised() {
    let text = |release: &str, name: &str| {
        of(release)
            .unwrap()
            .broker()
            .get(name)
            .unwrap_err()
            .to_string()
    };
    let early = text("3.5", "unstable.feature.versions.enable");
    assert_eq!(
        early,
        "`unstable.feature.versions.enable` is no broker setting of Kafka 3.5.1; it comes with 3.8.1"
    );
    let late = text("4.0", "control.plane.listener.name");
    assert_eq!(
        late,
        "`control.plane.listener.name` is no broker setting of Kafka 4.0.2; it was one up to 3.9.2"
    );
}

#[test]
fn a_setting_that_is_nowhere_gets_suggestions_of_its_class() {
    let error = setting(Class::Topic, "min.in.sync.replicas").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`min.in.sync.replicas` is no topic setting; the nearest: min.insync.replicas"
    );
}

#[test]
fn some_broker_settings_change_without_a_restart() {
    let update = |name: &str, release: &str| {
        setting(Class::Broker, name)
            .unwrap()
            .update_in(of(release).unwrap())
    };
    assert_eq!(update("log.retention.ms", "2.4"), Some(Update::ClusterWide));
    assert_eq!(
        update("min.insync.replicas", "4.1"),
        Some(Update::ClusterWide)
    );
    assert_eq!(
        update("ssl.keystore.location", "3.9"),
        Some(Update::PerBroker)
    );
    assert_eq!(
        update("replica.lag.time.max.ms", "3.9"),
        Some(Update::ReadOnly)
    );
    assert_eq!(update("log.retention.hours", "3.9"), Some(Update::ReadOnly));
    assert_eq!(update("num.io.threads", "3.9"), Some(Update::ClusterWide));
    assert_eq!(update("zookeeper.connect", "4.0"), None);
    assert_eq!(
        setting(Class::Producer, "acks")
            .unwrap()
            .update_in(of("3.9").unwrap()),
        None
    );
}

/// Kafka's KRaft brokers cannot move their advertised address while they run.
#[test]
fn advertised_listeners_need_a_restart_since_4_0() {
    let advertised = setting(Class::Broker, "advertised.listeners").unwrap();
    assert_eq!(
        advertised.update_in(of("3.9").unwrap()),
        Some(Update::PerBroker)
    );
    assert_eq!(
        advertised.update_in(of("4.0").unwrap()),
        Some(Update::ReadOnly)
    );
}

#[test]
fn throttles_of_replication_cannot_be_in_a_file() {
    for release in releases() {
        for name in [
            "leader.replication.throttled.rate",
            "follower.replication.throttled.rate",
        ] {
            let setting = release.broker().get(name).unwrap();
            assert_eq!(
                setting.update_in(release),
                Some(Update::DynamicOnly),
                "{name} in {release}"
            );
        }
    }
}

/// A small `segment.bytes` left from 3.9 keeps a 4.1 node from starting (observed).
#[test]
fn small_segments_are_refused_since_4_1() {
    let segment = setting(Class::Topic, "segment.bytes").unwrap();
    for release in releases() {
        let taken = segment.check("100000", release).is_ok();
        assert_eq!(
            taken,
            release.version() < KafkaVersion::new(4, 1, 0),
            "{release}"
        );
    }
}

#[test]
fn every_default_is_taken_by_its_own_declaration() {
    let mut checked = 0;
    for release in releases() {
        for setting in Class::ALL
            .into_iter()
            .flat_map(|class| release.settings(class).all())
        {
            if let Some(default) = setting.defaults().at(release).unwrap().as_text() {
                assert_eq!(
                    setting.check(&default, release),
                    Ok(()),
                    "{} {}",
                    setting.class(),
                    setting.name()
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 5_000, "{checked}");
}

#[test]
fn every_setting_has_a_type_wherever_it_exists() {
    for release in releases() {
        for setting in Class::ALL
            .into_iter()
            .flat_map(|class| release.settings(class).all())
        {
            assert!(
                setting.type_in(release).is_some(),
                "{} in {release}",
                setting.name()
            );
        }
    }
}

#[test]
fn broker_settings_behind_topic_settings_exist() {
    let mut seen = 0;
    for release in releases() {
        for setting in release.topic().all() {
            for synonym in synonyms(setting.name(), release) {
                assert!(
                    release.broker().get(synonym.broker).is_ok(),
                    "{} in {release}",
                    synonym.broker
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 500, "{seen}");
}

/// A topic that sets nothing, on a broker that sets nothing, has the topic setting's own default.
#[test]
fn topic_defaults_and_the_broker_defaults_behind_them_agree() {
    for release in releases() {
        for setting in release
            .topic()
            .all()
            .filter(|setting| !synonyms(setting.name(), release).is_empty())
        {
            let through_the_broker = release.topic_value(setting.name(), |_| None).unwrap();
            let own = setting.defaults().at(release).unwrap().as_text();
            // What a 3.x broker writes follows its own protocol version, not the topic default's.
            if setting.name() != "message.format.version" {
                assert_eq!(
                    through_the_broker.value,
                    own,
                    "{} in {release}",
                    setting.name()
                );
            }
        }
    }
}

#[test]
fn a_topic_falls_back_to_its_broker() {
    let kafka = of("3.9").unwrap();
    let broker = |name: &str| (name == "min.insync.replicas").then(|| "2".to_owned());
    let value = kafka.topic_value("min.insync.replicas", broker).unwrap();
    assert_eq!(
        value,
        TopicValue {
            value: Some("2".into()),
            broker_setting: Some("min.insync.replicas")
        }
    );
    let own = kafka
        .topic_value("remote.storage.enable", |_| None)
        .unwrap();
    assert_eq!(
        own,
        TopicValue {
            value: Some("false".into()),
            broker_setting: None
        }
    );
    let unlimited = |name: &str| (name == "log.retention.hours").then(|| "-1".to_owned());
    assert_eq!(
        kafka
            .topic_value("retention.ms", unlimited)
            .unwrap()
            .value
            .as_deref(),
        Some("-1")
    );
}
