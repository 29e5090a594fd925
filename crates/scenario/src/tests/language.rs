//! Every way of writing something, and the model that it means.

use super::{changed, cluster, sound};
use crate::canonical;
use crate::model::*;

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

/// The action of a step that says this.
fn action(text: &str) -> Action {
    let scenario = sound(&changed("Wait(\"1h\")", text));
    scenario.runbook[2].action.value.clone()
}

fn gate(text: &str) -> Gate {
    let scenario = sound(&changed("UnderReplicated(for: \"30s\")", text));
    scenario.runbook[1].between[0].clone()
}

fn fault(text: &str) -> Fault {
    let scenario = sound(&changed("(fault: Kill(2), at: At(\"3m\"))", text));
    scenario.faults[0].clone()
}

fn promise(text: &str) -> PromiseKind {
    let scenario = sound(&changed("Lost(\"checkout\", 0)", text));
    scenario.contract[1].kind.value.clone()
}

fn seconds(seconds: u64) -> Nanos {
    Nanos(seconds * 1_000_000_000)
}

fn these(ids: &[NodeId]) -> Nodes {
    Nodes::These(ids.iter().copied().map(spanned).collect())
}

#[test]
fn the_shortest_scenario_is_an_estate() {
    let scenario =
        sound("(estate: (clusters: { \"prod\": (kafka: \"4.1.2\", brokers: 1, controllers: 1) }))");
    assert_eq!(scenario.seeds.value, 1);
    assert_eq!(scenario.settle.value, seconds(30));
    assert!(
        scenario.runbook.is_empty() && scenario.contract.is_empty() && scenario.expect.is_none()
    );
}

#[test]
fn the_taste_of_the_design_is_read() {
    let taste = include_str!("taste.ron");
    let scenario = sound(taste);
    assert_eq!(scenario.runbook.len(), 4);
    let crate::model::Action::Features(features) = &scenario.runbook[3].action.value else {
        panic!("the last step finalizes");
    };
    assert_eq!(
        features.to,
        crate::model::Levels::Release(spanned("4.1".to_owned()))
    );
}

#[test]
fn levels_are_asked_for_in_one_way_at_a_time() {
    let taste = include_str!("taste.ron");
    let with =
        |what: &str| super::wrong_in(&taste.replace("UpgradeFeatures(release: \"4.1\")", what));
    let none =
        ["UpgradeFeatures | `UpgradeFeatures` takes one of `release`, `metadata` and `features`."];
    assert_eq!(with("UpgradeFeatures()"), none);
    assert_eq!(with("UpgradeFeatures(\"4.1\", metadata: \"4.1\")"), none);
    assert_eq!(
        with("DowngradeFeatures(metadata: \"4.0\", unsafe: true)"),
        [""; 0]
    );
    assert_eq!(
        with("UpgradeFeatures(features: {\"group.versoin\": 1})"),
        ["\"group.versoin\" | There is no feature `group.versoin`. → \"group.version\""]
    );
}

#[test]
fn brokers_and_controllers_are_counted_or_listed() {
    assert_eq!(
        cluster("brokers: 6, controllers: 3").brokers.value,
        NodeIds::Count(6)
    );
    let listed = cluster("brokers: [1, 2], controllers: [3001]");
    assert_eq!(
        listed.brokers.value,
        NodeIds::List(vec![spanned(1), spanned(2)])
    );
    assert_eq!(
        listed.controllers.value,
        Controllers::Separate(NodeIds::List(vec![spanned(3001)]))
    );
    assert_eq!(
        cluster("brokers: 3, controllers: Combined(3)")
            .controllers
            .value,
        Controllers::Combined(NodeIds::Count(3))
    );
    assert_eq!(
        cluster("brokers: 3, controllers: Combined([1, 2])")
            .controllers
            .value,
        Controllers::Combined(NodeIds::List(vec![spanned(1), spanned(2)]))
    );
}

#[test]
fn settings_keep_the_text_that_kafka_would_read() {
    let scenario = sound(&changed(
        "rate: \"2000/s\"",
        "rate: \"2000/s\", settings: { \"acks\": \"all\", \"linger.ms\": 1_0 }",
    ));
    let producer = scenario
        .estate
        .producers
        .values()
        .next()
        .expect("one producer");
    let settings: Vec<(&str, &str)> = producer
        .settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(settings, [("acks", "all"), ("linger.ms", "10")]);
}

#[test]
fn nodes_are_said_in_many_ways() {
    assert_eq!(action("Stop(2)"), Action::Stop(these(&[2])));
    assert_eq!(action("Stop([1, 2])"), Action::Stop(these(&[1, 2])));
    assert_eq!(action("Stop(nodes: These([3]))"), Action::Stop(these(&[3])));
    assert_eq!(action("Kill(Brokers)"), Action::Kill(Nodes::Brokers));
    assert_eq!(
        action("Kill(ActiveController)"),
        Action::Kill(Nodes::ActiveController)
    );
    assert_eq!(
        action("Stop(Rack(\"b\"))"),
        Action::Stop(Nodes::Rack(spanned("b".into())))
    );
    assert_eq!(action("Stop(All)"), Action::Stop(Nodes::All));
}

#[test]
fn a_roll_says_what_differs_from_one_node_after_the_other() {
    let Action::Roll(roll) = action(
        "Roll([3, 1], to: \"4.1\", order: AsListed, batch: 2, stop: Kill, down: \"5s\", pause: \"1m\", until: Process, elect_preferred: true)",
    ) else {
        panic!("a roll");
    };
    assert_eq!(roll.to, Some(spanned(VersionName("4.1.2".into()))));
    assert_eq!(
        (roll.order.value.clone(), roll.batch.value, roll.stop.value),
        (Order::AsListed, 2, StopKind::Kill)
    );
    assert_eq!(
        (roll.down.value, roll.pause.value, roll.until.value),
        (seconds(5), seconds(60), Started::Process)
    );
    assert!(roll.elect_preferred.value);
}

#[test]
fn a_roll_back_is_a_roll_to_what_was_there() {
    let Action::Roll(roll) = action("RollBack(All, pause: \"1m\")") else {
        panic!("a roll");
    };
    assert!(roll.back);
    assert_eq!((roll.to.is_none(), roll.pause.value), (true, seconds(60)));
    assert!(matches!(action("Roll(All)"), Action::Roll(roll) if !roll.back));
}

#[test]
fn properties_clients_and_settings_that_go() {
    assert!(matches!(
        action("EditProperties([2], settings: { \"broker.session.timeout.ms\": 6000 }, remove: [\"broker.session.timeout.ms\"])"),
        Action::EditProperties(edit)
            if edit.settings.len() == 1 && edit.remove[0].value == "broker.session.timeout.ms"
    ));
    assert!(matches!(
        action("UpgradeClients(groups: [\"billing\"], producers: [\"checkout\"], to: \"4.1\", down: \"1s\")"),
        Action::UpgradeClients(clients)
            if clients.to.value.0 == "4.1.2" && clients.down.value == seconds(1) && clients.pause.value == seconds(10)
    ));
    assert!(matches!(
        action("SetConfig(Topic(\"orders\"), remove: [\"min.insync.replicas\"])"),
        Action::SetConfig(set) if set.settings.is_empty() && set.remove.len() == 1
    ));
}

#[test]
fn the_other_actions() {
    assert!(
        matches!(action("Start(2, version: \"4.1.2\")"), Action::Start(start) if start.version.is_some())
    );
    assert!(
        matches!(action("SetConfig(Topic(\"orders\"), settings: { \"min.insync.replicas\": 1 })"), Action::SetConfig(set) if set.settings.len() == 1)
    );
    assert!(
        matches!(action("SetConfig(on: Node(3), settings: {})"), Action::SetConfig(set) if set.on.value == ConfigTarget::Node(spanned(3)))
    );
    assert!(
        matches!(action("ElectLeaders(Unclean, topic: \"orders\", partition: 3)"), Action::ElectLeaders(elect) if elect.kind.value == ElectionKind::Unclean)
    );
    assert_eq!(
        action("Wait(for: \"5m\")"),
        Action::Wait(spanned(seconds(300)))
    );
    assert_eq!(
        action("Approve(\"green?\")"),
        Action::Approve {
            question: spanned("green?".into()),
            after: spanned(seconds(60)),
        }
    );
    assert_eq!(
        action("Abort(\"enough\")"),
        Action::Abort(spanned("enough".into()))
    );
}

#[test]
fn every_gate_takes_the_common_fields() {
    for word in [
        "UnderReplicated(2, ",
        "UnderMinIsr(at_most: 2, ",
        "AtMinIsr(",
        "Offline(",
        "PortOpen(",
        "ProcessUp(2, ",
        "NoLeaders(",
        "AllBrokersUp(",
        "QuorumHealthy(",
        "PreferredLeaders(95, ",
        "Lag(\"billing\", at_most: 1000, ",
        "WritesOk(\"checkout\", ",
    ] {
        let gate = gate(&format!(
            "{word}for: \"1s\", within: \"2s\", through: Truth, forgotten: true)"
        ));
        assert_eq!(
            (gate.for_.value, gate.within),
            (seconds(1), Some(spanned(seconds(2)))),
            "{word}"
        );
        assert_eq!(
            (gate.through.value, gate.forgotten.value),
            (Through::Truth, true),
            "{word}"
        );
    }
}

#[test]
fn gates_can_be_bare_words() {
    assert_eq!(gate("PortOpen").check.value, Check::PortOpen(None));
    assert_eq!(
        gate("UnderReplicated").check.value,
        Check::UnderReplicated { at_most: 0 }
    );
}

#[test]
fn a_gate_is_seen_through_a_tool_or_a_metric() {
    let through = |text: &str| gate(&format!("PortOpen(through: {text})")).through.value;
    assert_eq!(
        through("Tool"),
        Through::Tool {
            every: seconds(5),
            via: None
        }
    );
    assert_eq!(
        through("Tool(every: \"1s\", via: 1)"),
        Through::Tool {
            every: seconds(1),
            via: Some(1)
        }
    );
    assert_eq!(
        through("Metric(delay: \"1s\")"),
        Through::Metric {
            scrape: seconds(15),
            delay: seconds(1)
        }
    );
}

#[test]
fn faults_hit_a_node_at_a_moment() {
    assert_eq!(
        fault("(fault: Kill(2), at: \"3m\")").at.value,
        When::At(seconds(180))
    );
    assert_eq!(
        fault("(fault: Kill(Leader(\"orders\", 3)), at: Nth(3, IsrShrink), lasts: \"20s\")"),
        Fault {
            kind: spanned(FaultKind::Kill(Target::Leader {
                topic: spanned("orders".into()),
                partition: 3
            })),
            at: spanned(When::Nth {
                n: 3,
                of: Occurrence::IsrShrink,
                node: None,
                after: Nanos(0)
            }),
            lasts: Some(spanned(seconds(20))),
        }
    );
    assert_eq!(
        fault("(fault: Kill(2), at: Nth(2, PortOpen, node: 1))")
            .at
            .value,
        When::Nth {
            n: 2,
            of: Occurrence::PortOpen,
            node: Some(spanned(1)),
            after: Nanos(0)
        }
    );
    assert_eq!(
        fault("(fault: QuorumLoss, at: During(step: \"brokers\", nth: 2, phase: Stopped, after: \"1s\"))").at.value,
        When::During {
            step: spanned("brokers".into()),
            nth: Some(2),
            phase: Phase::Stopped,
            after: seconds(1)
        }
    );
    assert_eq!(
        fault("(fault: KillActiveController, at: Between(\"1m\", \"2m\"))")
            .at
            .value,
        When::Between(seconds(60), seconds(120))
    );
}

#[test]
fn every_fault_can_be_written() {
    for text in [
        "Hang(Current)",
        "HostGone(OtherBroker)",
        "GcPause(AnyBroker)",
        "SlowStart(2, by: \"1m\")",
        "CrashLoop(2, times: 3, after: \"10s\")",
        "LongRecovery(ActiveController, by: \"1m\")",
        "DiskSlow(2, to_percent: 10)",
        "DiskFull(Node(2))",
        "Cut(Rack(\"a\"), to: Rack(\"b\"), clients: true)",
        "SlowLink([1, 2], by: \"20ms\")",
        "ForgottenWait(\"brokers\")",
        "OperatorTooFast(\"brokers\", after: \"2s\")",
        "OperatorLate(\"brokers\", by: \"2m\")",
        "NodeFirst(\"brokers\", node: 2)",
        "StepSkipped(\"brokers\")",
        "StepTwice(\"brokers\")",
        "StepEarly(\"brokers\", before: \"brokers\")",
        "SomebodyRestarts(2)",
        "KillMember(\"billing\", member: 3)",
    ] {
        fault(&format!("(fault: {text}, at: At(\"1m\"), lasts: \"5s\")"));
    }
}

#[test]
fn promises_take_their_limit_with_or_without_its_name() {
    assert_eq!(
        promise("Lost(\"checkout\", 3)"),
        PromiseKind::Lost(spanned("checkout".into()), 3)
    );
    assert_eq!(
        promise("Lost(\"checkout\", at_most: 3)"),
        PromiseKind::Lost(spanned("checkout".into()), 3)
    );
    assert_eq!(
        promise("Lost(\"*\")"),
        PromiseKind::Lost(spanned("*".into()), 0)
    );
    assert_eq!(promise("Completes"), PromiseKind::Completes);
    assert_eq!(
        promise("Window(\"30m\")"),
        PromiseKind::Window(seconds(1800))
    );
    assert_eq!(
        promise("PreferredLeaders(\"orders\", 95)"),
        PromiseKind::PreferredLeaders(spanned("orders".into()), 95)
    );
}

#[test]
fn every_promise_can_be_written() {
    for text in [
        "ReadOutage(\"billing\", \"5s\")",
        "NotSent(\"checkout\")",
        "Duplicated(\"checkout\")",
        "Reordered(\"checkout\")",
        "Redelivered(\"billing\", 100)",
        "Skipped(\"billing\")",
        "Lag(\"billing\", 1000)",
        "Leaderless(\"orders\", \"1s\")",
        "UnderMinIsr(\"orders\", \"0\")",
        "NoController(\"prod\", \"5s\")",
        "FullyReplicated(\"orders\")",
        "Rebalances(\"billing\", 8)",
    ] {
        let scenario = sound(&changed("Lost(\"checkout\", 0)", text));
        let name = text.split('(').next().expect("a name");
        assert_eq!(scenario.contract[1].kind.name(), name);
        assert!(canonical::promise(&scenario.contract[1]).starts_with(name));
    }
}

#[test]
fn what_is_expected_to_break_is_named_without_its_limit() {
    let scenario = sound(&changed(
        "Holds",
        "Breaks([WriteOutage(\"checkout\"), Lost], because: [\"below-min-isr\"])",
    ));
    let Some(Spanned {
        value: Expect::Breaks { promises, because },
        ..
    }) = scenario.expect
    else {
        panic!("something breaks");
    };
    let subjects: Vec<Option<&str>> = promises
        .iter()
        .map(|expected| expected.subject.as_deref())
        .collect();
    assert_eq!(subjects, [Some("checkout"), None]);
    assert_eq!(because[0].value, "below-min-isr");
}

#[test]
fn options_can_be_written_as_ron_does() {
    let scenario = sound(&changed(
        "do: Wait(\"1h\")",
        "do: Wait(\"1h\"), within: Some(\"2h\"), needs: None",
    ));
    assert_eq!(scenario.runbook[2].within, Some(spanned(seconds(7200))));
    assert_eq!(scenario.runbook[2].needs, None);
}

#[test]
fn versions_are_written_out_in_full() {
    let scenario = sound(&changed("kafka: \"3.9.2\"", "kafka: \"3.9\""));
    let cluster = scenario
        .estate
        .clusters
        .values()
        .next()
        .expect("one cluster");
    assert_eq!(cluster.kafka.value.0, "3.9.2");
}

#[test]
fn single_nodes_can_differ() {
    let cluster = cluster(
        "brokers: 2, controllers: 1, disk: (write: \"7MB/s\"), nodes: { 2: (rack: \"z\", disk: (size: \"1TB\"), process_start: \"9s\"), 101: (kafka: \"4.1.2\") }",
    );
    let disk = cluster.nodes[&spanned(2)]
        .disk
        .as_ref()
        .expect("a disk of its own");
    assert_eq!(
        disk.write.value,
        BytesPerSecond(7_000_000),
        "what it does not say is as in the cluster"
    );
    let ids: Vec<u32> = cluster.nodes.keys().map(|id| id.value).collect();
    assert_eq!(ids, [2, 101]);
}
