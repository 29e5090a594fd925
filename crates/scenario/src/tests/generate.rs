//! Sound scenarios of all kinds, as text.

use proptest::prelude::*;
use proptest::sample::select;

/// The declarations of an estate, in any order.
#[derive(Clone, Debug)]
pub(super) struct EstateText {
    brokers: Vec<String>,
    controllers: Vec<String>,
    settings: Vec<String>,
    nodes: Vec<String>,
    topics: Vec<String>,
    producers: Vec<String>,
    groups: Vec<String>,
    /// What else a cluster has, field by field.
    fields: Vec<String>,
}

impl EstateText {
    pub(super) fn join(&self) -> String {
        let mut fields = self.fields.clone();
        fields.push(format!("brokers: [{}]", self.brokers.join(", ")));
        fields.push(format!("controllers: [{}]", self.controllers.join(", ")));
        fields.push(format!("settings: {{ {} }}", self.settings.join(", ")));
        fields.push(format!("nodes: {{ {} }}", self.nodes.join(", ")));
        fields.push(format!("topics: {{ {} }}", self.topics.join(", ")));
        format!(
            "(estate: (clusters: {{ \"prod\": ({}) }}, producers: {{ {} }}, groups: {{ {} }}))",
            fields.join(", "),
            self.producers.join(", "),
            self.groups.join(", ")
        )
    }
}

/// The same declarations in another order.
pub(super) fn shuffled(mut estate: EstateText, seed: u64) -> EstateText {
    let mut state = seed | 1;
    let mut shuffle = |list: &mut Vec<String>| {
        for end in (1..list.len()).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            list.swap(end, (state >> 33) as usize % (end + 1));
        }
    };
    for list in [
        &mut estate.brokers,
        &mut estate.controllers,
        &mut estate.settings,
        &mut estate.nodes,
        &mut estate.topics,
        &mut estate.producers,
        &mut estate.groups,
        &mut estate.fields,
    ] {
        shuffle(list);
    }
    estate
}

pub(super) fn estate_text() -> impl Strategy<Value = EstateText> {
    let producer = (rate(), size(), any::<bool>()).prop_map(|(rate, size, acks)| {
        let settings = if acks {
            "{ \"acks\": \"all\", \"linger.ms\": 5 }"
        } else {
            "{}"
        };
        format!("(to: \"t0\", rate: {rate}, size: {size}, settings: {settings})")
    });
    let topic = (1u32..40, 1u32..4, size(), any::<bool>()).prop_map(|(partitions, replicas, data, with_setting)| {
        let settings = if with_setting { "{ \"min.insync.replicas\": 1 }" } else { "{}" };
        format!("(partitions: {partitions}, replicas: {replicas}, data: {data}, settings: {settings})")
    });
    let group = (1u32..9, any::<bool>()).prop_map(|(members, fixed)| {
        format!("(reads: [\"t0\"], members: {members}, static_members: {fixed})")
    });
    let named = |letter: &'static str, values: Vec<String>| -> Vec<String> {
        values
            .into_iter()
            .enumerate()
            .map(|(index, value)| format!("\"{letter}{index}\": {value}"))
            .collect()
    };
    (
        3usize..6,
        1usize..4,
        prop::collection::vec(topic, 1..4),
        prop::collection::vec(producer, 1..4),
        prop::collection::vec(group, 1..4),
        duration(),
    )
        .prop_map(
            move |(brokers, controllers, topics, producers, groups, latency)| EstateText {
                brokers: (1..=brokers).map(|id| id.to_string()).collect(),
                controllers: (0..controllers).map(|id| (50 + id).to_string()).collect(),
                settings: vec![
                    "\"broker.session.timeout.ms\": 9000".into(),
                    "\"zookeeper.connect\": \"none\"".into(),
                ],
                nodes: vec![
                    "1: (rack: \"x\")".into(),
                    "3: (process_start: \"4s\")".into(),
                    "2: ()".into(),
                ],
                topics: named("t", topics),
                producers: named("p", producers),
                groups: named("g", groups),
                fields: vec![
                    "kafka: \"3.9\"".into(),
                    "racks: [\"x\", \"y\"]".into(),
                    format!("latency: {latency}"),
                    "disk: (write: \"1GB/s\", size: \"2TiB\")".into(),
                ],
            },
        )
}

/// A whole scenario, with something of everything.
pub(super) fn scenario_text() -> impl Strategy<Value = String> {
    let steps = prop::collection::vec(
        (
            action(),
            prop::collection::vec(gate(), 0..3),
            prop::option::of(action()),
            on_timeout(),
        ),
        0..5,
    );
    let faults = prop::collection::vec(fault(), 0..4);
    let promises = prop::collection::vec(promise(), 0..6);
    (estate_text(), steps, faults, promises, duration(), any::<u64>(), select(vec!["", "\n\n", " // a comment\n", " /* another */ "])).prop_map(
        |(estate, steps, faults, promises, settle, seed, between)| {
            let estate = estate.join();
            let estate = &estate[1..estate.len() - 1];
            let steps: Vec<String> = steps
                .into_iter()
                .enumerate()
                .map(|(index, (action, gates, undo, on_timeout))| {
                    let undo = undo.map(|undo| format!(", undo: {undo}")).unwrap_or_default();
                    format!("(step: \"s{index}\", do: {action}, between: [{}]{undo}, on_timeout: {on_timeout})", gates.join(", "))
                })
                .collect();
            format!(
                "({estate}, {between}runbook: [{}],{between} faults: [{}], contract: [{}],{between} settle: {settle}, seed: {seed})",
                steps.join(&format!(",{between}")),
                faults.join(", "),
                promises.join(", ")
            )
        },
    )
}

fn duration() -> impl Strategy<Value = String> {
    (0u64..5_000, select(vec!["us", "ms", "s", "m"]))
        .prop_map(|(number, unit)| format!("\"{number}{unit}\""))
}

fn positive_duration() -> impl Strategy<Value = String> {
    (1u64..5_000, select(vec!["us", "ms", "s", "m"]))
        .prop_map(|(number, unit)| format!("\"{number}{unit}\""))
}

fn size() -> impl Strategy<Value = String> {
    (1u64..5_000, select(vec!["B", "KB", "KiB", "MiB"]))
        .prop_map(|(number, unit)| format!("\"{number}{unit}\""))
}

fn rate() -> impl Strategy<Value = String> {
    (1u64..5_000, 0u32..100, select(vec!["s", "min", "h", "3s"]))
        .prop_map(|(whole, part, per)| format!("\"{whole}.{part:02}/{per}\""))
}

fn nodes() -> impl Strategy<Value = String> {
    select(vec![
        "Brokers",
        "Controllers",
        "All",
        "ActiveController",
        "Rack(\"x\")",
        "2",
        "[3, 1]",
        "These([1])",
    ])
    .prop_map(str::to_owned)
}

fn action() -> impl Strategy<Value = String> {
    prop_oneof![
        nodes().prop_map(|nodes| format!("Stop({nodes})")),
        nodes().prop_map(|nodes| format!("Kill(nodes: {nodes})")),
        (nodes(), any::<bool>()).prop_map(|(nodes, process)| format!("Start({nodes}, version: \"4.0\", until: {})", if process { "Process" } else { "Port" })),
        (
            nodes(),
            1u32..4,
            duration(),
            select(vec!["ById", "ByRack", "Descending", "ControllersFirst", "ActiveControllerLast"]),
            any::<bool>()
        )
            .prop_map(|(nodes, batch, pause, order, elect)| format!(
                "Roll({nodes}, to: \"4.1.2\", batch: {batch}, pause: {pause}, order: {order}, elect_preferred: {elect})"
            )),
        Just("SetConfig(Topic(\"t0\"), settings: { \"min.insync.replicas\": 1 })".to_owned()),
        Just("SetConfig(Brokers, { \"broker.session.timeout.ms\": 6000 })".to_owned()),
        Just("SetConfig(Topic(\"t0\"), remove: [\"min.insync.replicas\"])".to_owned()),
        nodes().prop_map(|nodes| format!("RollBack({nodes}, pause: \"1m\")")),
        Just("EditProperties(Brokers, settings: { \"broker.session.timeout.ms\": 6000 }, remove: [\"broker.session.timeout.ms\"])".to_owned()),
        Just("ElectLeaders(Preferred, topic: \"t0\", partition: 0)".to_owned()),
        duration().prop_map(|time| format!("Wait({time})")),
        ("[a-z \"\\\\]{0,12}", duration()).prop_map(|(question, after)| format!("Approve({question:?}, after: {after})")),
        Just("Abort(why: \"enough\")".to_owned()),
        Just("Command(\"kafka-topics.sh --bootstrap-server b:9092 --list\", tools: \"4.1.2\")".to_owned()),
    ]
}

fn on_timeout() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["Abort", "Undo", "GoOn"]).prop_map(str::to_owned),
        duration().prop_map(|after| format!("Ask({after})")),
    ]
}

fn gate() -> impl Strategy<Value = String> {
    let check = select(vec![
        "UnderReplicated(at_most: 2, ",
        "UnderMinIsr(",
        "AtMinIsr(1, ",
        "Offline(",
        "PortOpen(",
        "ProcessUp([1, 2], ",
        "NoLeaders(Brokers, ",
        "AllBrokersUp(",
        "QuorumHealthy(",
        "PreferredLeaders(at_least: \"95%\", ",
        "Lag(\"g0\", at_most: 10, ",
        "LagGrown(\"g0\", at_most: 10, ",
        "BytesIn(\"t0\", at_least: \"1MB/s\", ",
        "Setting(\"broker.session.timeout.ms\", is: \"9000\", nodes: [1], ",
        "WritesOk(\"p0\", ",
    ]);
    let through = prop_oneof![
        (positive_duration(), any::<bool>()).prop_map(|(every, via)| format!(
            "Tool(every: {every}{})",
            if via { ", via: 1" } else { "" }
        )),
        (positive_duration(), duration())
            .prop_map(|(scrape, delay)| format!("Metric(scrape: {scrape}, delay: {delay})")),
        Just("Truth".to_owned()),
    ];
    (
        check,
        duration(),
        prop::option::of(positive_duration()),
        through,
        any::<bool>(),
    )
        .prop_map(|(check, time, within, through, forgotten)| {
            let within = within
                .map(|within| format!("within: {within}, "))
                .unwrap_or_default();
            format!("{check}for: {time}, {within}through: {through}, forgotten: {forgotten})")
        })
}

fn fault() -> impl Strategy<Value = String> {
    let target = select(vec![
        "2",
        "Node(1)",
        "Current",
        "OtherBroker",
        "AnyBroker",
        "Leader(\"t0\", 0)",
        "ActiveController",
    ]);
    let kind = prop_oneof![
        (
            select(vec!["Kill", "Hang", "HostGone", "GcPause", "DiskFull"]),
            target
        )
            .prop_map(|(kind, target)| format!("{kind}({target})")),
        positive_duration().prop_map(|by| format!("SlowStart(2, by: {by})")),
        positive_duration().prop_map(|after| format!("CrashLoop(2, times: 3, after: {after})")),
        positive_duration().prop_map(|by| format!("LongRecovery(Current, by: {by})")),
        (1u32..100).prop_map(|percent| format!("DiskSlow(2, to_percent: {percent})")),
        select(vec![
            "KillActiveController",
            "QuorumLoss",
            "KillMember(\"g0\", 1)"
        ])
        .prop_map(|text| text.replace(", 1)", ", member: 1)")),
        (nodes(), prop::option::of(nodes()), any::<bool>()).prop_map(|(from, to, clients)| {
            let to = to.map(|to| format!("to: {to}, ")).unwrap_or_default();
            format!("Cut({from}, {to}clients: {clients})")
        }),
        (nodes(), positive_duration()).prop_map(|(from, by)| format!("SlowLink({from}, by: {by})")),
    ];
    let at = prop_oneof![
        duration(),
        duration().prop_map(|after| format!("At({after})")),
        (
            1u32..9,
            select(vec!["IsrShrink", "Fenced", "Commit", "PortOpen, node: 1"]),
            duration()
        )
            .prop_map(|(n, of, after)| format!("Nth({n}, {of}, after: {after})")),
        (0u64..100, 100u64..200).prop_map(|(from, to)| format!("Between(\"{from}s\", \"{to}s\")")),
    ];
    (kind, at, positive_duration())
        .prop_map(|(kind, at, lasts)| format!("(fault: {kind}, at: {at}, lasts: {lasts})"))
}

fn promise() -> impl Strategy<Value = String> {
    prop_oneof![
        (
            select(vec![
                "WriteOutage(\"p0\"",
                "ReadOutage(\"*\"",
                "Leaderless(\"t0\"",
                "UnderMinIsr(\"*\"",
                "NoController(\"prod\""
            ]),
            duration()
        )
            .prop_map(|(head, limit)| format!("{head}, {limit})")),
        (
            select(vec![
                "Lost(\"p0\"",
                "NotSent(\"*\"",
                "Duplicated(\"p0\"",
                "Reordered(\"p0\"",
                "Redelivered(\"g0\"",
                "Skipped(\"g0\"",
                "Lag(\"g0\"",
                "Rebalances(\"g0\""
            ]),
            any::<u64>()
        )
            .prop_map(|(head, limit)| format!("{head}, at_most: {limit})")),
        duration().prop_map(|limit| format!("Window({limit})")),
        select(vec![
            "Completes",
            "FullyReplicated(\"*\")",
            "PreferredLeaders(\"t0\", at_least: 90)"
        ])
        .prop_map(str::to_owned),
    ]
}
