//! Names, numbers and settings that do not fit the rest of the file.

use super::{changed, sound, wrong, wrong_in};

#[test]
fn names_refer_to_what_is_declared() {
    assert_eq!(
        wrong("to: \"orders\"", "to: \"order\""),
        ["\"order\" | There is no topic `order`. → \"orders\""]
    );
    assert_eq!(
        wrong("reads: [\"orders\"]", "reads: [\"x\"]"),
        ["\"x\" | There is no topic `x`."]
    );
    assert_eq!(
        wrong("Lost(\"checkout\"", "Lost(\"chekout\""),
        ["\"chekout\" | There is no producer `chekout`. → \"checkout\""]
    );
    assert_eq!(
        wrong("At(\"3m\")", "During(\"broker\")"),
        ["\"broker\" | There is no step `broker`. → \"brokers\""]
    );
    assert_eq!(
        wrong("Wait(\"1h\")", "Stop(Rack(\"d\"))"),
        ["\"d\" | There is no rack `d`."]
    );
    assert_eq!(
        wrong("UnderReplicated(", "Lag(\"biling\", at_most: 1, "),
        ["\"biling\" | There is no group `biling`. → \"billing\""]
    );
    assert_eq!(
        wrong("Lost(\"checkout\", 0)", "NoController(\"prd\", \"1s\")"),
        ["\"prd\" | There is no cluster `prd`. → \"prod\""]
    );
}

#[test]
fn a_name_of_another_kind_is_recognised() {
    let read = super::read(changed("Lost(\"checkout\"", "Lost(\"orders\""));
    assert_eq!(
        read.diagnostics[0].message,
        "There is no producer `orders`."
    );
    assert_eq!(read.diagnostics[0].notes[0], "`orders` is a topic.");
}

#[test]
fn nodes_exist() {
    assert_eq!(wrong("Kill(2)", "Kill(4)"), ["4 | There is no node 4."]);
    assert_eq!(
        wrong("Wait(\"1h\")", "Stop([1, 7])"),
        ["7 | There is no node 7."]
    );
    assert_eq!(
        wrong("racks:", "nodes: { 9: () }, racks:"),
        ["9 | There is no node 9."]
    );
    assert_eq!(
        wrong("rate:", "bootstrap: [101], rate:"),
        ["101 | There is no broker 101."]
    );
    assert_eq!(
        wrong("for: \"30s\"", "through: Tool(via: 101)"),
        ["Tool(via: 101) | There is no broker 101."]
    );
}

#[test]
fn partitions_and_members_exist() {
    assert_eq!(
        wrong("Kill(2)", "Kill(Leader(\"orders\", 12))"),
        ["Kill(Leader(\"orders\", 12)) | `orders` has no partition 12; it has 12 partitions."]
    );
    assert_eq!(
        wrong("Kill(2)", "KillMember(\"billing\", member: 4)"),
        ["KillMember(\"billing\", member: 4) | `billing` has no member 4; it has 3 members."]
    );
    assert_eq!(
        wrong("Wait(\"1h\")", "ElectLeaders(Preferred, partition: 3)"),
        ["3 | A partition needs its topic."]
    );
}

#[test]
fn replicas_fit_on_the_brokers() {
    assert_eq!(
        wrong("replicas: 3", "replicas: 4"),
        ["4 | `orders` wants 4 replicas on 3 brokers."]
    );
    assert_eq!(
        wrong("brokers: 3", "brokers: 1")[0],
        "3 | `orders` wants 3 replicas on 1 broker."
    );
}

#[test]
fn an_assignment_has_a_row_for_each_partition_and_a_broker_for_each_replica() {
    let assigned = |rows: &str| {
        wrong(
            "partitions: 12, replicas: 3",
            &format!("partitions: 2, replicas: 2, assignment: {rows}"),
        )
    };
    assert_eq!(assigned("[[1, 2], [2, 3]]"), Vec::<String>::new());
    assert_eq!(
        assigned("[[1, 2]]"),
        ["2 | `orders` has 2 partitions and an assignment of 1 row."]
    );
    assert_eq!(
        assigned("[[1, 2], [2, 3, 1]]"),
        ["2, 3, 1 | Partition 1 is assigned to 3 brokers, and the topic has 2 replicas."]
    );
    assert_eq!(
        assigned("[[1, 1], [2, 3]]"),
        ["1 | Partition 0 is assigned to broker 1 twice."]
    );
    assert_eq!(
        assigned("[[1, 101], [2, 3]]"),
        ["101 | There is no broker 101."]
    );
    assert_eq!(
        assigned("[[1, 2], []]"),
        ["\"orders\" | The assignment of partition 1 of `orders` is empty."]
    );
}

#[test]
fn controllers_are_brokers_exactly_if_they_are_combined() {
    assert_eq!(
        wrong("controllers: 3", "controllers: [3, 4]"),
        ["3 | Node 3 is a broker already."]
    );
    assert_eq!(
        wrong("controllers: 3", "controllers: Combined([3, 4])"),
        ["4 | Node 4 is not a broker."]
    );
    assert_eq!(
        wrong("controllers: 3", "controllers: Combined(4)"),
        ["Combined(4) | There are 3 brokers, so 4 of them cannot be controllers."]
    );
    assert_eq!(
        wrong("controllers: 3", "controllers: 0"),
        ["0 | A cluster needs at least one controller."]
    );
    assert_eq!(
        wrong("brokers: 3", "brokers: 0")[0],
        "0 | A cluster needs at least one broker."
    );
}

#[test]
fn an_even_or_a_tiny_quorum_is_a_scenario_like_any_other() {
    sound(&changed("controllers: 3", "controllers: 2"));
    sound(&changed("controllers: 3", "controllers: 1"));
}

#[test]
fn clusters_that_are_too_large_are_refused_and_not_counted_out() {
    assert_eq!(
        wrong("brokers: 3", "brokers: 4000000000"),
        ["4000000000 | `prod` has more than 10000 nodes, which is more than can be rehearsed."]
    );
    assert_eq!(
        wrong("partitions: 12", "partitions: 2000000"),
        ["2000000 | `prod` has more than 5000000 replicas, which is more than can be rehearsed."]
    );
}

#[test]
fn one_cluster_is_rehearsed_at_a_time() {
    let second = "clusters: { \"other\": (kafka: \"4.1.2\", brokers: [51], controllers: [52]),";
    assert_eq!(
        wrong("clusters: {", second),
        ["\"prod\" | One cluster is rehearsed at a time, for now."]
    );
}

#[test]
fn one_log_directory_is_rehearsed_for_now() {
    assert_eq!(
        wrong("racks:", "disk: (dirs: 4), racks:"),
        ["4 | More than one log directory is not rehearsed yet."]
    );
}

#[test]
fn steps_have_names_of_their_own() {
    assert_eq!(
        wrong("step: \"soak\"", "step: \"brokers\""),
        ["\"brokers\" | There are two steps `brokers`."]
    );
}

#[test]
fn steps_that_need_each_other_are_shown_as_a_circle() {
    let text = changed("do: Wait(\"1h\")", "do: Wait(\"1h\"), needs: [\"brokers\"]");
    let text = text.replace(
        "step: \"brokers\",",
        "step: \"brokers\", needs: [\"soak\"],",
    );
    let read = super::read(text);
    assert_eq!(read.diagnostics.len(), 1);
    assert_eq!(
        read.diagnostics[0].message,
        "These steps wait for each other, so none of them could ever begin."
    );
    assert_eq!(
        read.diagnostics[0].notes,
        ["Each needs the next: `brokers` → `soak` → `brokers`."]
    );
}

#[test]
fn a_circle_may_close_over_the_step_above() {
    let read = super::read(changed(
        "step: \"controllers\",",
        "step: \"controllers\", needs: [\"soak\"],",
    ));
    assert_eq!(
        read.diagnostics[0].notes,
        [
            "Each needs the next: `controllers` → `soak` → `brokers` → `controllers`.",
            "A step without `needs` needs the one above it; `needs: []` needs none.",
        ]
    );
    sound(&changed(
        "step: \"brokers\",",
        "step: \"brokers\", needs: [],",
    ));
}

#[test]
fn a_step_cannot_need_itself_or_nothing_known() {
    assert_eq!(
        wrong("do: Wait(\"1h\")", "do: Wait(\"1h\"), needs: [\"soak\"]"),
        ["\"soak\" | These steps wait for each other, so none of them could ever begin."]
    );
    assert_eq!(
        wrong("do: Wait(\"1h\")", "do: Wait(\"1h\"), needs: [\"soap\"]"),
        ["\"soap\" | There is no step `soap`. → \"soak\""]
    );
}

#[test]
fn an_order_as_listed_needs_a_list() {
    assert_eq!(
        wrong("Wait(\"1h\")", "Roll(Brokers, order: AsListed)"),
        ["AsListed | There is no list that this order could follow."]
    );
    assert_eq!(
        wrong("Wait(\"1h\")", "Roll(Brokers, batch: 0)"),
        ["0 | A batch has at least one node."]
    );
    sound(&changed(
        "Wait(\"1h\")",
        "Roll(Brokers, batch: 0, order: ByRack)",
    ));
}

#[test]
fn what_is_expected_to_break_is_promised() {
    assert_eq!(
        wrong("Holds", "Breaks([Duplicated(\"checkout\")])"),
        ["Duplicated(\"checkout\") | What the contract does not promise cannot break."]
    );
    assert_eq!(
        wrong("Holds", "Breaks([Lost(\"other\")])"),
        ["Lost(\"other\") | What the contract does not promise cannot break."]
    );
    sound(&changed("Holds", "Breaks([Lost])"));
}

#[test]
fn versions_are_known() {
    assert_eq!(
        wrong("kafka: \"3.9.2\"", "kafka: \"3.8.1\""),
        ["\"3.8.1\" | Kafka 3.8.1 is not known here. → \"3.9.2\""]
    );
    assert_eq!(
        wrong("Brokers, to: \"4.1.2\"", "Brokers, to: \"7.0\""),
        ["\"7.0\" | Kafka 7.0 is not known here. → \"4.1.2\""]
    );
    assert_eq!(
        wrong("kafka: \"3.9.2\"", "kafka: \"4\""),
        ["\"4\" | Kafka 4 is not known here. → \"3.9.2\""]
    );
}

#[test]
fn any_patch_release_of_a_known_line_is_known() {
    sound(&changed("kafka: \"3.9.2\"", "kafka: \"3.9.1\""));
    assert_eq!(
        wrong("kafka: \"3.9.2\"", "kafka: \"3.9.20\""),
        [
            "\"3.9.20\" | Kafka 3.9.20 is newer than what is known here; it is taken to be like 3.9.2."
        ]
    );
}

/// What is wrong with these settings of the topic.
fn topic_settings(settings: &str) -> Vec<String> {
    wrong(
        "replicas: 3",
        &format!("replicas: 3, settings: {{ {settings} }}"),
    )
}

#[test]
fn settings_exist_in_their_class() {
    assert_eq!(
        topic_settings("\"min.insync.replica\": 2"),
        [
            "\"min.insync.replica\" | Kafka 3.9.2 has no topic setting `min.insync.replica`. → \"min.insync.replicas\""
        ]
    );
    assert_eq!(
        topic_settings("\"acks\": \"all\""),
        ["\"acks\" | `acks` is a producer setting, not a topic setting."]
    );
    assert_eq!(
        wrong("rate:", "settings: { \"min.insync.replicas\": 2 }, rate:"),
        [
            "\"min.insync.replicas\" | `min.insync.replicas` is a topic setting, not a producer setting."
        ]
    );
}

#[test]
fn settings_exist_in_their_version() {
    let label = |settings: &str| {
        let read = super::read(changed(
            "racks:",
            &format!("settings: {{ {settings} }}, racks:"),
        ));
        read.diagnostics
            .first()
            .map(|diagnostic| (diagnostic.message.clone(), diagnostic.label.clone()))
    };
    assert_eq!(
        label("\"new.in.four\": 1"),
        Some((
            "Kafka 3.9.2 has no broker setting `new.in.four`.".into(),
            "it exists from Kafka 4.0.2 on".into()
        ))
    );
    assert_eq!(label("\"zookeeper.connect\": \"x\""), None);
    let read = super::read(changed(
        "Brokers, to: \"4.1.2\"",
        "Brokers, to: \"4.1.2\", settings: { \"zookeeper.connect\": \"x\" }",
    ));
    assert_eq!(read.diagnostics[0].label, "it existed up to Kafka 3.9.2");
}

#[test]
fn a_setting_may_belong_to_a_version_on_the_way() {
    sound(&changed(
        "Wait(\"1h\")",
        "SetConfig(Brokers, settings: { \"new.in.four\": 1 })",
    ));
}

#[test]
fn values_of_settings_are_checked() {
    assert_eq!(
        topic_settings("\"min.insync.replicas\": \"two\""),
        ["\"two\" | Kafka 3.9.2 would refuse `two` for `min.insync.replicas`."]
    );
    assert_eq!(
        wrong("rate:", "settings: { \"acks\": 2 }, rate:"),
        ["2 | Kafka 3.9.2 would refuse `2` for `acks`."]
    );
    assert_eq!(
        topic_settings("\"unclean.leader.election.enable\": true, \"min.insync.replicas\": 2"),
        Vec::<String>::new()
    );
}

#[test]
fn settings_that_follow_from_the_rest_are_not_set() {
    assert_eq!(
        wrong("racks:", "settings: { \"node.id\": 4 }, racks:"),
        ["\"node.id\" | `node.id` is not set here: it follows from the rest of the file."]
    );
}

#[test]
fn an_unwise_runbook_is_no_error() {
    let text =
        changed("Roll(Brokers, to: \"4.1.2\")", "Kill(All)").replace("replicas: 3", "replicas: 1");
    assert_eq!(wrong_in(&text), Vec::<String>::new());
}
