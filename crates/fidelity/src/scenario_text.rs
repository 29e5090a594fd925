//! A scenario in dryroll's language, made of a recording's header and operations.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::Span;
use serde_json::Value;

use crate::operations::{Act, Entry, Milestone, Script, Startup};
use crate::placement;
use crate::recording::{Client, Recording, Run, ToolCall};

/// One way over loopback, with the work of two network threads. *Assumed*: some tens of microseconds.
const LATENCY: Span = Span::micros(50);
/// On a busy machine each of these threads waits for a processor first. *Measured*: from "Beginning controlled shutdown" on a broker to "has
/// requested and been granted a controlled shutdown" on its controller it took 3 ms (median of 8) in the recordings that ran alone, and 6 ms
/// (median of 31) in the others.
const WAITING: Span = Span::millis(3);
/// What a follower took in on the machine of the recordings, whose logs lay on tmpfs, from two leaders at once. *Measured* there
/// (`catch-up-3.9.2-20MBs-down30`): 658 MB missed and 20 MB/s more in the 4.1 s until the last partition had all.
const DISK: &str = "180MB/s";
/// What the model adds to a start between the process being loaded and its port opening, by and large: registration, metadata, unfencing.
/// Only for the text; a replay fits each start by trying.
const AFTER_LOADING: f64 = 0.4;

/// The scenario of the first run of a recording: what was set up and what the operator did, for reading, saving and changing.
pub fn scenario_of(recording: &Recording) -> String {
    scenario_of_run(recording, 0)
}

/// The scenario of the n-th run (from 0); empty if there is no such run.
pub fn scenario_of_run(recording: &Recording, run: usize) -> String {
    recording
        .runs
        .get(run)
        .map(|run| write(recording, run))
        .unwrap_or_default()
}

/// The scenario of one run.
pub(crate) fn write(recording: &Recording, run: &Run) -> String {
    let mut text = String::new();
    let line = |text: &mut String, depth: usize, content: &str| {
        for _ in 0..depth {
            text.push_str("    ");
        }
        text.push_str(content);
        text.push('\n');
    };
    line(
        &mut text,
        0,
        "// Made of a recording of real Kafka: its header and what its operator did.",
    );
    line(&mut text, 0, "(");
    let about = if recording.question.is_empty() {
        &recording.name
    } else {
        &recording.question
    };
    line(
        &mut text,
        1,
        &format!(
            "about: {},",
            quoted(&format!("{}: {about}", recording.name))
        ),
    );
    line(&mut text, 1, "estate: (");
    line(&mut text, 2, "clusters: {");
    line(&mut text, 3, "\"recorded\": (");
    line(
        &mut text,
        4,
        &format!("kafka: {},", quoted(&recording.kafka)),
    );
    line(
        &mut text,
        4,
        &format!("brokers: {:?},", recording.broker_ids()),
    );
    let controllers = format!("{:?}", recording.controller_ids());
    let controllers = if recording.is_combined() {
        format!("Combined({controllers})")
    } else {
        controllers
    };
    if recording.in_zookeeper_mode() {
        let first = crate::operations::first_controller(run)
            .map_or(String::new(), |id| format!(", controller: {id}"));
        line(
            &mut text,
            4,
            &format!(
                "zookeeper: (servers: [{}]{first}),",
                recording.zookeeper_id()
            ),
        );
    } else {
        line(&mut text, 4, &format!("controllers: {controllers},"));
    }
    let wait = if recording.is_calm() {
        Span::ZERO
    } else {
        WAITING
    };
    let latency = format!("{}us", LATENCY.saturating_add(wait).as_nanos() / 1000);
    line(
        &mut text,
        4,
        &format!("latency: \"{latency}\", // assumed: loopback; measured: waiting for a processor"),
    );
    line(&mut text, 4, &format!("client_latency: \"{latency}\","));
    line(
        &mut text,
        4,
        &format!("disk: (write: \"{DISK}\", read: \"{DISK}\"), // measured: tmpfs"),
    );
    line(
        &mut text,
        4,
        &format!("settings: {},", map(&node_settings(recording))),
    );
    let mut nodes = own_nodes(recording, run);
    let versions = recording.other_versions();
    for id in versions.keys() {
        nodes.entry(*id).or_default();
    }
    if !nodes.is_empty() {
        line(&mut text, 4, "nodes: {");
        for (id, (start, settings)) in nodes {
            let mut fields = Vec::new();
            if let Some(version) = versions.get(&id) {
                fields.push(format!("kafka: {}", quoted(version)));
            }
            if let Some(start) = start {
                fields.push(format!("process_start: \"{}ms\"", millis(start)));
            }
            if !settings.is_empty() {
                fields.push(format!("settings: {}", map(&settings)));
            }
            line(&mut text, 5, &format!("{id}: ({}),", fields.join(", ")));
        }
        line(&mut text, 4, "},");
    }
    line(&mut text, 4, "topics: {");
    let mut n = 0;
    for (name, assignment, drawn) in placement::of_run(recording, run, |below| {
        n += 1;
        n % below
    }) {
        let Some((_, topic)) = recording.topics().find(|(other, _)| *other == name) else {
            continue;
        };
        if drawn {
            line(
                &mut text,
                5,
                "// Not recorded who holds it: one of the ways in which Kafka would place it.",
            );
        }
        let settings: BTreeMap<String, String> = pairs(&topic.configs);
        line(
            &mut text,
            5,
            &format!(
                "{}: (partitions: {}, replicas: {}, assignment: {assignment:?}, settings: {}),",
                quoted(name),
                topic.partitions,
                topic.replication_factor,
                map(&settings)
            ),
        );
    }
    line(&mut text, 4, "},");
    line(&mut text, 3, "),");
    line(&mut text, 2, "},");
    line(&mut text, 2, "producers: {");
    for client in recording.producers() {
        line(&mut text, 3, &producer(recording, client));
    }
    line(&mut text, 2, "},");
    let groups = groups(recording);
    if !groups.is_empty() {
        line(&mut text, 2, "groups: {");
        for group in groups {
            line(&mut text, 3, &group);
        }
        line(&mut text, 2, "},");
    }
    line(&mut text, 1, "),");
    let (runbook, faults) = runbook(recording, run);
    line(&mut text, 1, "runbook: [");
    for step in runbook {
        line(&mut text, 2, &step);
    }
    line(&mut text, 1, "],");
    if !faults.is_empty() {
        line(&mut text, 1, "faults: [");
        for fault in faults {
            line(&mut text, 2, &fault);
        }
        line(&mut text, 1, "],");
    }
    line(&mut text, 1, "contract: [Completes],");
    line(&mut text, 0, ")");
    text
}

/// Settings of every node: the harness's, then the recording's.
fn node_settings(recording: &Recording) -> BTreeMap<String, String> {
    let brokers = recording.broker_ids().len();
    let mut settings: BTreeMap<String, String> = [
        ("offsets.topic.replication.factor", brokers.min(3)),
        ("offsets.topic.num.partitions", 5),
        ("transaction.state.log.replication.factor", brokers.min(3)),
        ("transaction.state.log.min.isr", brokers.min(2)),
        ("transaction.state.log.num.partitions", 3),
        ("default.replication.factor", brokers.min(3)),
        ("min.insync.replicas", brokers.min(2)),
        ("num.recovery.threads.per.data.dir", 1),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_string()))
    .collect();
    settings.insert("auto.create.topics.enable".to_owned(), "false".to_owned());
    let given = recording
        .overrides
        .iter()
        .chain(&recording.controller_overrides)
        .flatten();
    for (name, value) in given {
        // Where the logs lie says nothing to the model: one directory is all that is replayed.
        if name != "log.dirs" && name != "log.dir" {
            settings.insert(name.clone(), plain(value));
        }
    }
    settings
}

/// What differs on single nodes: how long the process took to start, and settings given by tool before the first operation.
fn own_nodes(
    recording: &Recording,
    run: &Run,
) -> BTreeMap<u32, (Option<f64>, BTreeMap<String, String>)> {
    let mut nodes: BTreeMap<u32, (Option<f64>, BTreeMap<String, String>)> = BTreeMap::new();
    if let Ok(script) = Script::of(recording, run) {
        for step in script.steps() {
            if let Act::Start(startup) = &step.act {
                let took = startup.refused.or(startup.port_open.map(|seconds| {
                    let controller = !recording.broker_ids().contains(&step.node);
                    if controller {
                        seconds
                    } else {
                        (seconds - AFTER_LOADING).max(0.0)
                    }
                }));
                if let Some(took) = took {
                    nodes.entry(step.node).or_default().0.get_or_insert(took);
                }
            }
        }
    }
    for (id, settings) in run
        .cli
        .iter()
        .filter(|call| call.t <= 0.0)
        .filter_map(configured)
    {
        nodes.entry(id).or_default().1.extend(settings);
    }
    nodes
}

/// The node and the settings of a `kafka-configs --alter --entity-name N name=value` for brokers; `leader/follower.x=v` means both.
fn configured(call: &ToolCall) -> Option<(u32, BTreeMap<String, String>)> {
    let words: Vec<&str> = call.argv.split_whitespace().collect();
    if !words.first()?.starts_with("kafka-configs") || !words.contains(&"--alter") {
        return None;
    }
    let name = words.iter().position(|word| *word == "--entity-name")?;
    let id = words.get(name + 1)?.parse().ok()?;
    let mut settings = BTreeMap::new();
    for (setting, value) in words
        .iter()
        .flat_map(|word| word.split(','))
        .filter_map(|word| word.split_once('='))
    {
        match setting.strip_prefix("leader/follower.") {
            Some(rest) => {
                settings.insert(format!("leader.{rest}"), value.to_owned());
                settings.insert(format!("follower.{rest}"), value.to_owned());
            }
            None => {
                settings.insert(setting.to_owned(), value.to_owned());
            }
        }
    }
    Some((id, settings))
}

/// A start, with the version and the settings that it begins with.
fn start(node: u32, startup: &Startup) -> String {
    let mut fields = vec![format!("[{node}]")];
    if let Some(version) = &startup.version {
        fields.push(format!("version: {}", quoted(version)));
    }
    if !startup.props.is_empty() {
        fields.push(format!("settings: {}", map(&startup.props)));
    }
    format!("Start({})", fields.join(", "))
}

fn producer(recording: &Recording, client: &Client) -> String {
    let topic = client.topic();
    let partitions = recording
        .topics()
        .find(|(name, _)| *name == topic)
        .map_or(1, |(_, topic)| topic.partitions);
    // The header counts records per partition, the language all of a producer's.
    let rate = client.rate_per_partition.unwrap_or(1.0) * f64::from(partitions);
    let mut settings = pairs(&client.settings);
    settings
        .entry("linger.ms".to_owned())
        .or_insert_with(|| "0".to_owned());
    // Serializers and addresses are the harness's own business; the model has no buffer to fill.
    settings.retain(|name, _| !name.ends_with(".serializer") && name != "bootstrap.servers");
    format!(
        "{}: (to: {}, rate: \"{}/s\", size: \"{}B\", kafka: {}, settings: {}),",
        quoted(&client.name),
        quoted(topic),
        rounded(rate),
        client.extra("size").unwrap_or("100"),
        quoted(&client.version),
        map(&settings)
    )
}

/// Groups of classic consumers, with as many members as there are consumers.
fn groups(recording: &Recording) -> Vec<String> {
    let mut members: BTreeMap<&str, Vec<&Client>> = BTreeMap::new();
    for client in recording
        .clients
        .iter()
        .filter(|client| client.kind == "consumer")
    {
        members
            .entry(client.group.as_deref().unwrap_or("g"))
            .or_default()
            .push(client);
    }
    for clients in members.values_mut() {
        // The second process of a member has its name and a `b`.
        let names: Vec<&str> = clients.iter().map(|client| client.name.as_str()).collect();
        let again = |name: &str| {
            name.strip_suffix('b')
                .is_some_and(|first| names.contains(&first))
        };
        clients.retain(|client| !again(&client.name));
    }
    members
        .into_iter()
        .filter(|(_, clients)| clients.iter().all(|client| client.setting("group.protocol").is_none_or(|protocol| protocol == "classic")))
        .map(|(group, clients)| {
            let first = clients[0];
            let mut settings = pairs(&first.settings);
            let fixed = settings.remove("group.instance.id").is_some();
            settings.retain(|name, _| !name.ends_with(".deserializer") && name != "bootstrap.servers" && name != "group.id");
            settings.entry("auto.offset.reset".to_owned()).or_insert_with(|| "earliest".to_owned());
            if first.commit.as_deref() == Some("sync") {
                settings.insert("enable.auto.commit".to_owned(), "false".to_owned());
            }
            format!(
                "{}: (reads: [\"t\"], members: {}, static_members: {fixed}, kafka: {}, settings: {}),",
                quoted(group),
                clients.len(),
                quoted(&first.version),
                map(&settings)
            )
        })
        .collect()
}

/// The operations as steps with waits between them; a pause and a full disk are faults in dryroll's language.
fn runbook(recording: &Recording, run: &Run) -> (Vec<String>, Vec<String>) {
    let mut steps = Vec::new();
    let mut faults = Vec::new();
    let mut last = 0.0;
    let mut paused: BTreeMap<u32, f64> = BTreeMap::new();
    let mut full: BTreeMap<u32, f64> = BTreeMap::new();
    let Ok(script) = Script::of(recording, run) else {
        return (steps, faults);
    };
    let mut number = 0;
    let mut step = |steps: &mut Vec<String>, name: &str, action: &str, after: &str| {
        number += 1;
        steps.push(format!(
            "(step: {}, do: {action}{after}),",
            quoted(&format!("{number}: {name}"))
        ));
    };
    for entry in &script.entries {
        let at = match entry {
            Entry::Step(step) => step.at,
            Entry::Milestone(reached) => reached.at,
        };
        let waited = millis(at - last);
        match entry {
            Entry::Milestone(reached) => {
                if let (Milestone::InSync(_), false) = (reached.milestone, steps.is_empty()) {
                    step(
                        &mut steps,
                        "all in sync",
                        "Wait(\"0s\")",
                        ", after: [UnderReplicated(at_most: 0, within: \"5m\")]",
                    );
                }
            }
            Entry::Step(done) => {
                let node = done.node;
                let action = match &done.act {
                    Act::Stop => Some(("stop", format!("Stop([{node}])"))),
                    Act::Kill => Some(("kill", format!("Kill([{node}])"))),
                    Act::Start(startup) => Some(("start", start(node, startup))),
                    Act::MoveController => {
                        faults.push(format!(
                            "(fault: MoveController({node}), at: At(\"{}ms\")),",
                            millis(at)
                        ));
                        None
                    }
                    Act::ElectPreferred => Some((
                        "elect preferred leaders",
                        "ElectLeaders(Preferred)".to_owned(),
                    )),
                    Act::Pause => {
                        paused.insert(node, at);
                        None
                    }
                    Act::Resume => {
                        let since = paused.remove(&node).unwrap_or(0.0);
                        faults.push(format!(
                            "(fault: Hang({node}), at: At(\"{}ms\"), lasts: \"{}ms\"),",
                            millis(since),
                            millis(at - since)
                        ));
                        None
                    }
                    Act::DiskFull => {
                        full.insert(node, at);
                        None
                    }
                    Act::DiskFreed => {
                        let since = full.remove(&node).unwrap_or(0.0);
                        faults.push(format!(
                            "(fault: DiskFull({node}), at: At(\"{}ms\"), lasts: \"{}ms\"),",
                            millis(since),
                            millis(at - since)
                        ));
                        None
                    }
                    Act::Member(..) | Act::Look(_) => None,
                };
                if waited > 0
                    && done.after.is_none_or(|reached| {
                        !matches!(reached.milestone, Milestone::InSync(_)) || waited > 100
                    })
                {
                    step(&mut steps, "wait", &format!("Wait(\"{waited}ms\")"), "");
                }
                if let Some((what, action)) = action {
                    step(&mut steps, &format!("{what} {node}"), &action, "");
                }
            }
        }
        last = at;
    }
    let rest = millis(run.end() - last).max(1000);
    step(&mut steps, "watch", &format!("Wait(\"{rest}ms\")"), "");
    (steps, faults)
}

fn pairs(list: &[String]) -> BTreeMap<String, String> {
    list.iter()
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn map(settings: &BTreeMap<String, String>) -> String {
    let entries: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("{}: {}", quoted(name), quoted(value)))
        .collect();
    if entries.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", entries.join(", "))
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{{{:x}}}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Seconds as whole milliseconds, never negative.
fn millis(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1000.0).round() as u64
}

/// A number with at most three decimals and no trailing zeros.
fn rounded(number: f64) -> String {
    let text = format!("{:.3}", number.max(0.001));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
