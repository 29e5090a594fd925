//! What is said about values that cannot be read: the exact word, what is wrong with it, what to write instead.

use super::{wrong, wrong_in};

#[test]
fn an_unknown_field_is_told_its_right_name() {
    assert_eq!(
        wrong("partitions: 12", "partition: 12"),
        ["partition | A topic has no field `partition`. → partitions"]
    );
    assert_eq!(
        wrong("replicas: 3", "replication_factor: 3"),
        ["replication_factor | A topic has no field `replication_factor`. → replicas"]
    );
    assert_eq!(
        wrong("about:", "descripcion:"),
        ["descripcion | A scenario has no field `descripcion`."]
    );
}

#[test]
fn a_field_given_twice_is_shown_both_times() {
    assert_eq!(
        wrong("replicas: 3", "replicas: 3, replicas: 2"),
        ["replicas | `replicas` is given twice."]
    );
    assert_eq!(
        wrong("Kill(2)", "Kill(2, node: 1)"),
        ["node | `node` is given twice."]
    );
}

#[test]
fn a_missing_field_is_shown_at_the_name_of_the_whole() {
    assert_eq!(
        wrong("partitions: 12, ", ""),
        ["\"orders\" | A topic needs `partitions`."]
    );
    assert_eq!(
        wrong("Wait(\"1h\")", "Wait"),
        ["Wait | `Wait` needs `for`."]
    );
    assert_eq!(
        wrong("at: At(\"3m\")", "lasts: \"3m\""),
        ["( | A fault needs `at`."]
    );
    assert_eq!(wrong_in("()"), ["( | A scenario needs `estate`."]);
}

#[test]
fn an_unknown_word_is_told_the_nearest() {
    assert_eq!(
        wrong("Roll(Brokers", "Roll(Broker"),
        ["Broker | `Broker` is not a set of nodes. → Brokers"]
    );
    assert_eq!(
        wrong("Wait(", "Sleep("),
        ["Sleep | `Sleep` is not an action. → Wait"]
    );
    assert_eq!(
        wrong("UnderReplicated(", "UnderReplicatd("),
        ["UnderReplicatd | `UnderReplicatd` is not a gate. → UnderReplicated"]
    );
    assert_eq!(
        wrong("Kill(2)", "Explode(2)"),
        ["Explode | `Explode` is not a fault."]
    );
    assert_eq!(
        wrong("Holds", "Pass"),
        ["Pass | `Pass` is not an expectation. → Holds"]
    );
}

#[test]
fn words_in_quotes_lose_them_and_texts_without_get_them() {
    assert_eq!(
        wrong("Roll(Brokers", "Roll(\"Brokers\""),
        ["\"Brokers\" | The text \"Brokers\" is not a set of nodes. → Brokers"]
    );
    assert_eq!(
        wrong("to: \"orders\"", "to: orders"),
        ["orders | Expected a text in quotes, found `orders`. → \"orders\""]
    );
    assert_eq!(
        wrong("{ \"checkout\":", "{ checkout:"),
        ["checkout | In { } names are written in quotes. → \"checkout\""]
    );
}

#[test]
fn durations_need_a_unit() {
    assert_eq!(
        wrong("Wait(\"1h\")", "Wait(30)"),
        ["30 | A duration needs a unit: \"30s\" is seconds, \"30ms\" milliseconds. → \"30s\""]
    );
    assert_eq!(
        wrong("\"1h\"", "\"1 hour\""),
        ["\"1 hour\" | \"hour\" is no unit of time; there are d, h, m, s, ms, us and ns. → \"1h\""]
    );
    assert_eq!(
        wrong("\"1h\"", "\"-1h\""),
        ["\"-1h\" | A duration cannot be negative, as \"-1h\" is. → \"1h\""]
    );
    assert_eq!(
        wrong("\"1h\"", "\"4000d\""),
        ["\"4000d\" | 4000d is too long for a rehearsal; the longest duration is ten years."]
    );
}

#[test]
fn sizes_and_rates_need_theirs() {
    assert_eq!(
        wrong("\"2000/s\"", "2000"),
        [
            "2000 | A rate needs to say per what: \"2000/s\" is per second, \"2000/min\" per minute. → \"2000/s\""
        ]
    );
    assert_eq!(
        wrong("\"2000/s\"", "\"0/s\""),
        ["\"0/s\" | With a rate of zero nothing ever happens."]
    );
    let network = |value: &str| wrong("racks:", &format!("network: {value}, racks:"));
    assert_eq!(
        network("\"10Gbps\""),
        [
            "\"10Gbps\" | A byte rate is per second; write \"10Gbps\" as one like \"400MB/s\", \"64MiB/s\" or \"10Gbit/s\". → \"10Gbit/s\""
        ]
    );
    assert_eq!(
        network("\"0MB/s\""),
        ["\"0MB/s\" | With a rate of zero nothing ever arrives."]
    );
}

#[test]
fn numbers_are_whole_and_in_range() {
    assert_eq!(
        wrong("partitions: 12", "partitions: 0"),
        ["0 | The number 0 is too small."]
    );
    assert_eq!(
        wrong("partitions: 12", "partitions: -1"),
        ["-1 | The number -1 is negative."]
    );
    assert_eq!(
        wrong("partitions: 12", "partitions: 1.5"),
        ["1.5 | The number 1.5 is not a whole number."]
    );
    assert_eq!(
        wrong("partitions: 12", "partitions: 99999999999999999999"),
        ["99999999999999999999 | The number 99999999999999999999 is too large."]
    );
    assert_eq!(
        wrong("partitions: 12", "partitions: \"12\""),
        ["\"12\" | Expected a number of partitions, found the text \"12\". → 12"]
    );
}

#[test]
fn a_version_is_written_in_quotes_and_with_numbers_only() {
    assert_eq!(
        wrong("kafka: \"3.9.2\"", "kafka: 3.9"),
        ["3.9 | A version is written in quotes. → \"3.9\""]
    );
    assert_eq!(
        wrong("kafka: \"3.9.2\"", "kafka: \"v3.9.2\""),
        ["\"v3.9.2\" | \"v3.9.2\" is not the name of a Kafka version. → \"3.9.2\""]
    );
}

#[test]
fn a_list_with_one_item_still_has_brackets() {
    assert_eq!(
        wrong("[\"orders\"]", "\"orders\""),
        [
            "\"orders\" | Expected a list of topics in [ ], found the text \"orders\". → [\"orders\"]"
        ]
    );
}

#[test]
fn too_many_values_without_a_name_are_told_how_a_list_is_written() {
    assert_eq!(
        wrong("Kill(2)", "Kill(1, 2)"),
        ["2 | `Kill` takes only one value without a name."]
    );
    assert_eq!(
        wrong("QuorumHealthy(for", "QuorumHealthy(3, for"),
        ["3 | `QuorumHealthy` takes no value without a name."]
    );
}

#[test]
fn braces_and_parentheses_are_told_apart() {
    assert_eq!(
        wrong(
            "(partitions: 12, replicas: 3)",
            "{ \"partitions\": 12, \"replicas\": 3 }"
        ),
        [
            "{ \"partitions\": 12, \"replicas\": 3 } | A topic is written in ( ) with its fields, not as a map in { }."
        ]
    );
    assert_eq!(
        wrong(
            "{ \"orders\": (partitions: 12, replicas: 3) }",
            "(orders: (partitions: 12, replicas: 3))"
        ),
        [
            "(orders: (partitions: 12, replicas: 3)) | Expected topics in { }, found something in ( )."
        ]
    );
}

#[test]
fn names_that_nothing_can_have_are_refused() {
    assert_eq!(
        wrong("\"orders\": (", "\"or ders\": ("),
        ["\"or ders\" | Kafka does not allow this name for a topic."]
    );
    assert_eq!(
        wrong("\"checkout\": (", "\"\": ("),
        ["\"\" | A name cannot be empty."]
    );
    assert_eq!(
        wrong("step: \"soak\"", "step: \"*\""),
        [
            "\"*\" | The name \"*\" stands for all of them in a promise, so nothing can be called that."
        ]
    );
}

#[test]
fn in_kraft_mode_there_is_nothing_to_pin() {
    for (action, shown) in [
        ("Pin(\"3.9\")", "Pin(\"3.9\")"),
        ("Unpin", "Unpin"),
        ("ChangeIbp(\"3.9\")", "ChangeIbp(\"3.9\")"),
    ] {
        assert_eq!(
            wrong("Wait(\"1h\")", action),
            [format!("{shown} | In KRaft mode there is nothing to pin.")]
        );
    }
}

#[test]
fn an_upgrade_of_clients_names_some() {
    assert_eq!(
        wrong("Wait(\"1h\")", "UpgradeClients(to: \"4.1.2\")"),
        ["UpgradeClients(to: \"4.1.2\") | No client is named."]
    );
}

#[test]
fn known_words_that_are_not_rehearsed_yet_say_so() {
    for word in [
        "Replace",
        "Reassign",
        "Throttle",
        "CreateMirror",
        "PromoteMirror",
        "SwitchClients",
        "ResetOffsets",
        "Pause",
        "RunRunbook",
    ] {
        assert_eq!(
            wrong("Wait(\"1h\")", &format!("{word}(x: 1)")),
            [format!(
                "{word} | `{word}` is a known action that this version does not rehearse yet."
            )]
        );
    }
    assert_eq!(
        wrong("producers:", "links: {}, producers:"),
        ["links | `links` is a known part of an estate that this version does not rehearse yet."]
    );
    assert_eq!(
        wrong("racks:", "zookeeper: 3, racks:"),
        ["3 | A cluster has controllers or a ZooKeeper ensemble, not both."]
    );
}

#[test]
fn a_fault_needs_its_moment() {
    assert_eq!(
        wrong("(fault: Kill(2), at: At(\"3m\"))", "Kill(2)"),
        ["Kill(2) | A fault needs its moment too. → (fault: Kill(2), at: At(\"1m\"))"]
    );
    assert_eq!(
        wrong("Kill(2)", "GcPause(2)"),
        ["GcPause(2) | A garbage collection pause always ends: it needs `lasts`."]
    );
    assert_eq!(
        wrong("At(\"3m\")", "Between(\"3m\", \"1m\")"),
        ["\"1m\" | The end of this range lies before its beginning."]
    );
}

#[test]
fn an_expected_break_has_no_limit() {
    assert_eq!(
        wrong("Holds", "Breaks([Lost(\"checkout\", 0)])"),
        ["0 | A promise that is expected to break is written without its limit."]
    );
    assert_eq!(
        wrong("Holds", "Breaks([])"),
        ["[] | If no promise breaks, the file expects `Holds`."]
    );
}

#[test]
fn truth_has_two_words() {
    assert_eq!(
        wrong("members: 3", "static_members: yes"),
        ["yes | Expected `true` or `false`, found `yes`. → true"]
    );
    assert_eq!(
        wrong("members: 3", "static_members: \"False\""),
        ["\"False\" | Expected `true` or `false`, found the text \"False\". → false"]
    );
}

#[test]
fn many_mistakes_are_reported_together() {
    let text = super::SOUND
        .replace("partitions: 12", "partitions: twelve")
        .replace("\"2000/s\"", "2000")
        .replace("Kill(2)", "Kill(9)")
        .replace("step: \"soak\"", "step: \"brokers\"");
    assert_eq!(
        wrong_in(&text),
        [
            "twelve | Expected a number of partitions, found `twelve`.",
            "2000 | A rate needs to say per what: \"2000/s\" is per second, \"2000/min\" per minute. → \"2000/s\"",
            "\"brokers\" | There are two steps `brokers`.",
            "9 | There is no node 9.",
        ]
    );
}

#[test]
fn what_cannot_be_read_is_not_complained_about_twice() {
    // The topic is there, though nobody can tell what it is like; its users are no mistake.
    assert_eq!(wrong("(partitions: 12, replicas: 3)", "[]").len(), 1);
    assert_eq!(wrong("brokers: 3", "brokers: three").len(), 1);
    assert_eq!(wrong("Roll(Brokers, to: \"4.1.2\")", "Rol(1)").len(), 1);
}
