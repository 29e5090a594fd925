use super::*;

fn fails(task: &str, client: &str, broker: &str) -> Option<Effect> {
    misunderstanding(task, speaker(client).unwrap(), speaker(broker).unwrap()).map(|one| one.effect)
}

#[test]
fn clients_from_0_11_on_speak_with_every_broker_there_is() {
    let clients = [
        "0.11.0.3", "1.0", "1.1.1", "2.0.1", "2.1.1", "2.4.1", "2.8.2", "3.9.2",
    ];
    for client in clients {
        for broker in crate::releases() {
            for task in ["produce", "idempotent", "txn", "assign", "group"] {
                assert_eq!(
                    fails(task, client, &broker.to_string()),
                    None,
                    "{task}: {client} with {broker}"
                );
            }
        }
    }
}

#[test]
fn before_4_0_every_client_is_understood() {
    for client in ["0.9.0.1", "0.10.0.1", "0.10.1.1", "0.10.2.2"] {
        for broker in crate::releases()
            .iter()
            .filter(|broker| broker.version().major < 4)
        {
            for task in ["produce", "assign", "group"] {
                assert_eq!(
                    fails(task, client, &broker.to_string()),
                    None,
                    "{task}: {client} with {broker}"
                );
            }
        }
        for broker in ["4.0.2", "4.1.2", "4.4.0"] {
            assert_eq!(fails("produce", client, broker), Some(Effect::Error));
            // Before 0.10.1 even ListOffsets is too old, so that a consumer does not get as far as to read.
            let old = matches!(client, "0.9.0.1" | "0.10.0.1");
            let effect = if old { Effect::Retry } else { Effect::Silence };
            assert_eq!(
                fails("group", client, broker),
                Some(effect),
                "{client} with {broker}"
            );
        }
    }
}

#[test]
fn join_group_was_cut_short_in_4_0_0_alone() {
    let read = |broker| speaker(broker).unwrap().reads("JoinGroup").unwrap().oldest;
    assert_eq!((read("4.0.0"), read("4.0.1"), read("4.1.2")), (2, 0, 0));
}

#[test]
fn a_client_of_4_needs_brokers_of_2_1() {
    for task in ["produce", "group"] {
        assert_eq!(fails(task, "4.1.2", "2.1.1"), None, "{task}");
    }
    assert!(client_with_broker("4.1.2", "2.1").unwrap().supported);
    assert!(!client_with_broker("4.1.2", "2.0").unwrap().supported);
    assert!(!client_with_broker("2.0", "4.1.2").unwrap().supported);
    assert!(client_with_broker("0.9.0", "3.9.2").unwrap().supported);
}

#[test]
fn any_text_is_answered() {
    for text in [
        "", ".", "0.10", "3", "x.y", "4.99", "0.7.0", "1.2.3.4", "99999.1", "-1.0",
    ] {
        assert!(speaker(text).is_err(), "{text}");
    }
    assert_eq!(
        speaker("0.7.2").unwrap_err().to_string(),
        "no facts on what clients and brokers of Kafka 0.7.2 say; 0.9.0 to 0.11.0, 1.0 to 1.1 and 2.0 to 4.4 are known"
    );
}
