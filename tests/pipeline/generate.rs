//! Small scenarios, sound by construction: a cluster, clients, a runbook, faults, a contract.

use proptest::prelude::*;

/// The numbers that the rest of a file has to fit.
#[derive(Clone, Copy, Debug)]
struct Shape {
    brokers: u32,
    replicas: u32,
    steps: usize,
}

/// A scenario as text.
pub(crate) fn scenario() -> impl Strategy<Value = String> {
    (1..=5_u32, 1..=4_usize)
        .prop_flat_map(|(brokers, steps)| (Just(brokers), 1..=brokers.min(3), Just(steps)))
        .prop_flat_map(|(brokers, replicas, steps)| {
            let shape = Shape { brokers, replicas, steps };
            (
                estate(shape),
                prop::collection::vec(step(shape), shape.steps),
                prop::collection::vec(fault(shape), 0..=2),
                prop::collection::vec(promise(), 1..=4),
            )
        })
        .prop_map(|(estate, steps, faults, promises)| {
            let steps: Vec<String> = steps.iter().enumerate().map(|(index, step)| format!("(step: \"s{index}\", {step})")).collect();
            format!(
                "(\n  about: \"made up\",\n  estate: ({estate}),\n  runbook: [{}],\n  faults: [{}],\n  contract: [{}],\n)\n",
                steps.join(",\n    "),
                faults.join(",\n    "),
                promises.join(", "),
            )
        })
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn estate(shape: Shape) -> impl Strategy<Value = String> {
    let Shape {
        brokers, replicas, ..
    } = shape;
    (
        one_of(&["3.3.2", "3.6.2", "3.9.2", "4.0.2", "4.1.2", "4.4.0"]),
        prop_oneof![
            (1..=5_u32).prop_map(|count| count.to_string()),
            (1..=brokers).prop_map(|count| format!("Combined({count})")),
        ],
        one_of(&["[]", "[\"a\", \"b\"]", "[\"a\", \"b\", \"c\"]"]),
        (1..=6_u32, 1..=replicas, one_of(&["0B", "1GiB", "40GiB"])),
        one_of(&["", "\"unclean.leader.election.enable\": true"]),
        (
            one_of(&["3/s", "50/s", "900/s"]),
            one_of(&[
                "",
                "\"acks\": \"1\"",
                "\"acks\": \"0\"",
                "\"enable.idempotence\": false",
                "\"enable.idempotence\": false, \"max.in.flight.requests.per.connection\": 1",
                "\"linger.ms\": 20",
                "\"delivery.timeout.ms\": 8000, \"request.timeout.ms\": 4000, \"linger.ms\": 0",
            ]),
        ),
        prop::option::of((
            1..=3_u32,
            one_of(&["", ", processing: \"40/s\"", ", static_members: true"]),
            one_of(&["", "\"partition.assignment.strategy\": \"org.apache.kafka.clients.consumer.CooperativeStickyAssignor\""]),
        )),
    )
        .prop_map(move |(kafka, controllers, racks, (partitions, min_isr, data), unclean, (rate, producer), group)| {
            let group = group.map_or(String::new(), |(members, more, settings)| {
                format!("groups: {{ \"billing\": (reads: [\"orders\"], members: {members}{more}, settings: {{ {settings} }}) }},")
            });
            format!(
                "clusters: {{ \"prod\": (kafka: \"{kafka}\", brokers: {brokers}, controllers: {controllers}, racks: {racks}, \
                 topics: {{ \"orders\": (partitions: {partitions}, replicas: {replicas}, data: \"{data}\", \
                 settings: {{ \"min.insync.replicas\": {min_isr}, {unclean} }}) }}) }}, \
                 producers: {{ \"checkout\": (to: \"orders\", rate: \"{rate}\", settings: {{ {producer} }}) }}, {group}"
            )
        })
}

fn time() -> impl Strategy<Value = String> {
    one_of(&["0s", "1ms", "700ms", "3s", "9s", "12s", "31s", "70s"])
}

fn step(shape: Shape) -> impl Strategy<Value = String> {
    let action = prop_oneof![
        3 => (one_of(&["Brokers", "Controllers", "All", "ActiveController"]), 1..=2_u32, time(), one_of(&["Graceful", "Kill"]), one_of(&["ById", "Descending", "ActiveControllerLast", "ControllersFirst"]))
            .prop_map(|(nodes, batch, down, stop, order)| format!("Roll({nodes}, batch: {batch}, down: \"{down}\", stop: {stop}, order: {order})")),
        1 => one_of(&["3.9.2", "4.1.2"]).prop_map(|to| format!("Roll(Brokers, to: \"{to}\", elect_preferred: true)")),
        1 => (1..=shape.brokers).prop_map(|id| format!("Stop([{id}])")),
        1 => (1..=shape.brokers).prop_map(|id| format!("Kill([{id}])")),
        1 => (1..=shape.brokers).prop_map(|id| format!("Start([{id}])")),
        2 => time().prop_map(|time| format!("Wait(\"{time}\")")),
        1 => one_of(&["ElectLeaders(Preferred)", "ElectLeaders(Unclean, topic: \"orders\")", "Approve(\"well?\", after: \"20s\")"]),
        1 => one_of(&["SetConfig(on: Topic(\"orders\"), settings: { \"min.insync.replicas\": 1 })", "SetConfig(on: Brokers, settings: { \"unclean.leader.election.enable\": true })"]),
    ];
    let gates = prop::option::of((
        one_of(&["before", "during", "between", "after"]),
        one_of(&[
            "UnderReplicated",
            "UnderMinIsr",
            "Offline",
            "AtMinIsr",
            "AllBrokersUp",
            "QuorumHealthy",
            "PortOpen",
            "PreferredLeaders",
            "WritesOk",
        ]),
        one_of(&[
            "",
            "through: Metric(), ",
            "through: Truth, ",
            "through: Tool(every: \"2s\", via: 1), ",
        ]),
        time(),
    ));
    let more = one_of(&[
        "",
        ", within: \"3m\"",
        ", on_timeout: GoOn",
        ", on_timeout: Undo, undo: Roll(Brokers)",
        ", on_timeout: Ask(\"1m\")",
    ]);
    (action, gates, more).prop_map(|(action, gate, more)| {
        let gate = gate.map_or(String::new(), |(place, check, through, for_)| {
            let first = match check.as_str() {
                "PreferredLeaders" => "at_least: 80, ",
                "WritesOk" => "\"checkout\", ",
                _ => "",
            };
            let nodes = if check == "PortOpen" {
                "nodes: Brokers, "
            } else {
                ""
            };
            format!(", {place}: [{check}({first}{nodes}{through}for: \"{for_}\", within: \"2m\")]")
        });
        format!("do: {action}{gate}{more}")
    })
}

fn fault(shape: Shape) -> impl Strategy<Value = String> {
    let node = prop_oneof![
        (1..=shape.brokers).prop_map(|id| id.to_string()),
        one_of(&[
            "AnyBroker",
            "OtherBroker",
            "Current",
            "Leader(\"orders\", 0)",
            "ActiveController"
        ]),
    ];
    let kind = (
        node,
        one_of(&[
            "Kill",
            "Hang",
            "HostGone",
            "GcPause",
            "DiskFull",
            "Slow",
            "Loop",
            "Long",
            "Disk",
            "Cut",
            "Link",
            "Quorum",
            "Active",
            "Forgotten",
            "Fast",
        ]),
    )
        .prop_map(|(node, kind)| match kind.as_str() {
            "Slow" => format!("SlowStart({node}, by: \"20s\")"),
            "Loop" => format!("CrashLoop({node}, times: 2, after: \"3s\")"),
            "Long" => format!("LongRecovery({node}, by: \"15s\")"),
            "Disk" => format!("DiskSlow({node}, to_percent: 20)"),
            "Cut" => "Cut(from: [1])".to_owned(),
            "Link" => "SlowLink(from: [1], by: \"200ms\")".to_owned(),
            "Quorum" => "QuorumLoss".to_owned(),
            "Active" => "KillActiveController".to_owned(),
            "Forgotten" => "ForgottenWait(step: \"s0\")".to_owned(),
            "Fast" => "OperatorTooFast(step: \"s0\", after: \"1s\")".to_owned(),
            plain => format!("{plain}({node})"),
        });
    let at = prop_oneof![
        time().prop_map(|time| format!("At(\"{time}\")")),
        time().prop_map(|time| format!("Between(\"0s\", \"{time}\")")),
        (
            0..shape.steps,
            one_of(&[
                "Stopping",
                "Stopped",
                "Starting",
                "Recovering",
                "PortOpen",
                "Waiting",
                "Done"
            ]),
            time()
        )
            .prop_map(|(step, phase, after)| format!(
                "During(step: \"s{step}\", phase: {phase}, after: \"{after}\")"
            )),
        (
            1..=3_u32,
            one_of(&[
                "Fenced",
                "Unfenced",
                "LeaderChange",
                "IsrShrink",
                "IsrExpand",
                "ControllerActive",
                "Commit"
            ])
        )
            .prop_map(|(n, of)| format!("Nth({n}, of: {of})")),
    ];
    (kind, at, one_of(&["1s", "8s", "40s"])).prop_map(|(kind, at, lasts)| {
        let needs = kind.starts_with("GcPause");
        let may = needs
            || [
                "Kill(",
                "Hang(",
                "HostGone(",
                "DiskSlow(",
                "DiskFull(",
                "Cut(",
                "SlowLink(",
            ]
            .iter()
            .any(|name| kind.starts_with(name));
        let lasts = if needs || (may && lasts != "1s") {
            format!(", lasts: \"{lasts}\"")
        } else {
            String::new()
        };
        format!("(fault: {kind}, at: {at}{lasts})")
    })
}

fn promise() -> impl Strategy<Value = String> {
    one_of(&[
        "Completes",
        "Window(\"3m\")",
        "WriteOutage(\"checkout\", at_most: \"2s\")",
        "Lost(\"checkout\", 0)",
        "NotSent(\"*\", 0)",
        "Duplicated(\"checkout\", 0)",
        "Reordered(\"checkout\", 0)",
        "Leaderless(\"orders\", \"1s\")",
        "UnderMinIsr(\"orders\", \"5s\")",
        "NoController(\"prod\", \"5s\")",
        "FullyReplicated(\"*\")",
        "PreferredLeaders(\"orders\", at_least: 90)",
    ])
}
