//! What was seen of one run, real or simulated, in the same terms: so that one set of rules measures both. Times are seconds.

use std::collections::{BTreeMap, BTreeSet};

use crate::recording::{Recording, Run};

/// Acknowledgements further apart than this are a gap (the harness's rule).
pub(crate) const GAP: f64 = 0.25;

/// Intervals by partition.
pub(crate) type Gaps = BTreeMap<u32, Vec<(f64, f64)>>;

/// What was seen of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observation {
    /// Operations and milestones, with the node they are about (0: none).
    pub(crate) ops: Vec<(f64, Deed, u32)>,
    /// Producers by name.
    pub(crate) producers: BTreeMap<String, Writes>,
    /// Groups by name, and partition: longest intervals without a record. `None`: nobody looked.
    pub(crate) groups: Option<BTreeMap<String, Gaps>>,
    /// Groups, and whether they read any record twice.
    pub(crate) redelivered: Option<BTreeMap<String, bool>>,
    /// What an admin client saw of the topic `t`.
    pub(crate) metadata: Vec<Sight>,
    /// When the controller fenced a broker because its session had ended. `None`: nobody looked.
    pub(crate) fenced: Option<Vec<(f64, u32)>>,
    /// When a controller became active. `None`: nobody looked.
    pub(crate) activated: Option<Vec<f64>>,
    /// What somebody who looked saw.
    pub(crate) looks: Vec<Look>,
    /// Versions of requests that a broker could not read (ZooKeeper mode): `FETCH`, 15.
    pub(crate) unreadable: BTreeSet<(String, i16)>,
    /// For each start whose outcome is known: the process ended by itself.
    pub(crate) exits: Vec<bool>,
    /// When it was over.
    pub(crate) end: f64,
}

/// What was done or waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    /// SIGTERM.
    Stop,
    /// SIGKILL.
    Kill,
    /// SIGSTOP.
    Pause,
    /// SIGCONT.
    Resume,
    /// The process was started.
    Start,
    /// The disk was full.
    DiskFull,
    /// The disk had space again.
    DiskFreed,
    /// Preferred leaders were elected.
    Elect,
    /// Another broker was made the controller (ZooKeeper mode).
    MoveController,
    /// The process was gone after a stop.
    Stopped,
    /// The port was open.
    PortOpen,
    /// All were in sync that were waited for.
    InSync,
}

impl Deed {
    /// As a word in a table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Deed::Stop => "stop",
            Deed::Kill => "kill",
            Deed::Pause => "hang",
            Deed::Resume => "resume",
            Deed::Start => "start",
            Deed::DiskFull => "disk full",
            Deed::DiskFreed => "disk freed",
            Deed::Elect => "preferred election",
            Deed::MoveController => "controller moved",
            Deed::Stopped => "stopped",
            Deed::PortOpen => "port open",
            Deed::InSync => "in sync",
        }
    }

    /// It takes a node away.
    pub(crate) fn disturbs(self) -> bool {
        matches!(self, Deed::Stop | Deed::Kill | Deed::Pause | Deed::DiskFull)
    }
}

/// What a producer saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    /// Intervals without acknowledgement, by partition, those without one included with an empty list.
    pub(crate) gaps: Gaps,
    /// Partitions on which writing did not work at the end.
    pub(crate) dead: u32,
    /// What became of the records. `None`: nobody looked.
    pub(crate) ledger: Option<Books>,
    /// Errors by Kafka's names.
    pub(crate) errors: BTreeSet<String>,
}

/// Counts of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// Acknowledged and not in the log.
    pub(crate) lost: u64,
    /// Failed for good.
    pub(crate) failed: u64,
    /// Failed and in the log.
    pub(crate) ghosts: u64,
    /// Extra copies in the log.
    pub(crate) duplicates: u64,
    /// Neighbours in the log in the wrong order.
    pub(crate) reordered: u64,
}

/// Leader and ISR of a partition since a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sight {
    /// Since when.
    pub(crate) t: f64,
    /// Which partition.
    pub(crate) partition: u32,
    /// Its leader.
    pub(crate) leader: Option<u32>,
    /// Number of in-sync replicas.
    pub(crate) in_sync: u32,
}

/// What somebody who looked saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// The process of the node in question ran.
    pub(crate) alive: Option<bool>,
    /// Partitions of `t` without a leader.
    pub(crate) leaderless: Option<u32>,
    /// Partitions of `t` by the broker that leads them.
    pub(crate) led: Option<BTreeMap<u32, u32>>,
    /// In-sync replicas in all, over the partitions of `t`.
    pub(crate) in_sync: Option<u32>,
}

impl Observation {
    /// The last thing seen of each partition before `t`.
    pub(crate) fn state_at(&self, t: f64) -> BTreeMap<u32, &Sight> {
        let mut state = BTreeMap::new();
        for sight in self.metadata.iter().filter(|sight| sight.t <= t) {
            state.insert(sight.partition, sight);
        }
        state
    }

    /// What was recorded in a run.
    pub(crate) fn recorded(recording: &Recording, run: &Run) -> Self {
        let end = run.end();
        let mut seen = Self {
            end,
            ..Self::default()
        };
        for op in &run.ops {
            let deed = match op.op.as_str() {
                "stop" => Deed::Stop,
                "kill" => Deed::Kill,
                "pause" => Deed::Pause,
                "resume" => Deed::Resume,
                "start" | "start, still full" => Deed::Start,
                "filled" => Deed::DiskFull,
                "freed" => Deed::DiskFreed,
                "elected" => Deed::Elect,
                "stopped" => Deed::Stopped,
                "port open" => Deed::PortOpen,
                "in sync" | "all in sync" | "two in sync" | "ISR full"
                    if op.more.get("waited").is_none_or(|waited| !waited.is_null()) =>
                {
                    Deed::InSync
                }
                "state" | "look" | "leaders" => {
                    seen.looks.push(look(&op.more));
                    continue;
                }
                _ => continue,
            };
            seen.ops.push((op.t, deed, op.node.unwrap_or(0)));
            if recording.in_zookeeper_mode() {
                // Operations of these recordings carry their own outcome.
                let script = crate::operations::outcome_of(op);
                seen.ops.extend(script);
            }
        }
        for client in recording.producers() {
            let partitions = recording
                .topics()
                .find(|(name, _)| *name == client.topic())
                .map_or(0, |(_, topic)| topic.partitions);
            let mut writes = Writes {
                ledger: run.ledger.get(&client.name).map(|ledger| Books {
                    lost: ledger.lost,
                    failed: ledger.failed,
                    ghosts: ledger.failed_but_present,
                    duplicates: ledger.duplicates,
                    reordered: ledger.reordered,
                }),
                ..Writes::default()
            };
            for partition in 0..partitions {
                let key = partition.to_string();
                let recorded = run
                    .ack_gaps
                    .get(&client.name)
                    .and_then(|gaps| gaps.get(&key));
                let mut gaps: Vec<(f64, f64)> = recorded
                    .into_iter()
                    .flatten()
                    .filter_map(|gap| Some((*gap.first()?, *gap.get(1)?)))
                    .filter(|(_, end)| *end > 0.0)
                    .collect();
                // A gap that never ended shows only in the last acknowledgement.
                if let Some(&last) = run
                    .last_acks
                    .get(&client.name)
                    .and_then(|acks| acks.get(&key))
                    && end - last > DEAD
                {
                    gaps.push((last, end));
                    writes.dead += 1;
                }
                writes.gaps.insert(partition, gaps);
            }
            let logged = run.client_errors.get(&client.name).into_iter().flatten();
            for (text, _) in logged.filter(|(_, logged)| {
                logged.count > 0 && logged.last.is_none_or(|last| last > -0.1)
            }) {
                if let Some(name) = text.strip_prefix("produce error: ") {
                    writes.errors.insert(name.to_owned());
                } else if text.starts_with("connection refused") {
                    writes.errors.insert("connection refused".to_owned());
                }
            }
            writes.errors.extend(
                run.ledger
                    .get(&client.name)
                    .into_iter()
                    .flat_map(|ledger| ledger.errors.keys().cloned()),
            );
            seen.producers.insert(client.name.clone(), writes);
        }
        seen.metadata = run
            .metadata
            .iter()
            .map(|(t, partition, leader, isr)| Sight {
                t: *t,
                partition: *partition,
                leader: u32::try_from(*leader).ok(),
                in_sync: isr.len() as u32,
            })
            .collect();
        if recording.in_zookeeper_mode() {
            seen.unreadable = run.unreadable();
            seen.exits = run
                .ops
                .iter()
                .filter(|op| op.op == "start")
                .filter_map(|op| op.more.get("outcome")?.as_str())
                .map(|outcome| outcome == "exited")
                .collect();
            // ZooKeeper names sessions, not brokers: it is that of the broker that was killed last.
            let ended = run
                .evidence
                .iter()
                .filter(|(t, _, text)| *t > 0.0 && text.contains("Expiring session"));
            seen.fenced = Some(
                ended
                    .filter_map(|(t, _, _)| {
                        let killed = seen
                            .ops
                            .iter()
                            .rfind(|(at, deed, _)| at < t && *deed == Deed::Kill)?;
                        Some((*t, killed.2))
                    })
                    .collect(),
            );
        } else if !run.evidence.is_empty() {
            let brokers = recording.broker_ids();
            let fenced = run
                .evidence
                .iter()
                .filter(|(t, _, text)| *t > 0.0 && text.contains("session has timed out"));
            seen.fenced = Some(
                fenced
                    .filter_map(|(t, _, text)| {
                        let id = text
                            .split("Fencing broker ")
                            .nth(1)?
                            .split([' ', '.'])
                            .next()?
                            .parse()
                            .ok()?;
                        brokers.contains(&id).then_some((*t, id))
                    })
                    .collect(),
            );
            let active: Vec<f64> = run
                .evidence
                .iter()
                .filter(|(t, _, text)| *t > 0.0 && text.contains("Completed transition to Leader"))
                .map(|(t, _, _)| *t)
                .collect();
            seen.activated = Some(active);
        }
        if let Some(twice) = &run.group_redelivered {
            seen.redelivered = Some(
                run.group_read_gaps
                    .keys()
                    .chain(twice.keys())
                    .map(|group| (group.clone(), twice.get(group).is_some_and(|n| *n > 0)))
                    .collect(),
            );
        }
        if !run.group_read_gaps.is_empty() {
            // Over all members, whoever had the partition.
            let times = |gaps: &Vec<Vec<f64>>| {
                gaps.iter()
                    .filter_map(|gap| Some((*gap.first()?, *gap.get(1)?)))
                    .filter(|(begin, end)| *end > 0.0 && end - begin > READ_GAP)
                    .collect()
            };
            let of_group = |partitions: &BTreeMap<String, Vec<Vec<f64>>>| {
                partitions
                    .iter()
                    .filter_map(|(number, gaps)| Some((number.parse().ok()?, times(gaps))))
                    .collect()
            };
            seen.groups = Some(
                run.group_read_gaps
                    .iter()
                    .map(|(group, partitions)| (group.clone(), of_group(partitions)))
                    .collect(),
            );
        } else if !run.read_gaps.is_empty() {
            let mut groups: BTreeMap<String, Gaps> = BTreeMap::new();
            for client in recording
                .clients
                .iter()
                .filter(|client| client.kind == "consumer")
            {
                let group = groups
                    .entry(client.group.clone().unwrap_or_else(|| "g".to_owned()))
                    .or_default();
                for (partition, gaps) in run.read_gaps.get(&client.name).into_iter().flatten() {
                    let Ok(partition) = partition.parse() else {
                        continue;
                    };
                    let gaps = gaps
                        .iter()
                        .filter_map(|gap| Some((*gap.first()?, *gap.get(1)?)))
                        .filter(|(_, end)| *end > 0.0);
                    group.entry(partition).or_default().extend(gaps);
                }
            }
            seen.groups = Some(groups);
        }
        seen
    }
}

/// The harness's rule for readers: further apart than this is a gap.
pub(crate) const READ_GAP: f64 = 0.5;

/// Without an acknowledgement for so long before the end, a partition does not work at the end. Longer than any back-off of a client.
pub(crate) const DEAD: f64 = 3.0;

fn look(more: &serde_json::Map<String, serde_json::Value>) -> Look {
    use serde_json::Value;
    let leaders: Option<Vec<i64>> = more
        .get("leaders")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_i64).collect());
    let mut led = leaders.as_ref().map(|leaders| {
        let mut led = BTreeMap::new();
        for leader in leaders
            .iter()
            .filter_map(|leader| u32::try_from(*leader).ok())
        {
            *led.entry(leader).or_insert(0) += 1;
        }
        led
    });
    if let Some(per_broker) = more.get("per_broker").and_then(Value::as_object) {
        led = Some(
            per_broker
                .iter()
                .filter_map(|(id, count)| Some((id.parse().ok()?, count.as_u64()? as u32)))
                .collect(),
        );
    }
    Look {
        alive: more.get("process_alive").and_then(Value::as_bool),
        leaderless: leaders
            .map(|leaders| leaders.iter().filter(|leader| **leader < 0).count() as u32),
        led,
        in_sync: more.get("isr").and_then(Value::as_array).map(|list| {
            list.iter()
                .map(|isr| isr.as_array().map_or(0, Vec::len) as u32)
                .sum()
        }),
    }
}
