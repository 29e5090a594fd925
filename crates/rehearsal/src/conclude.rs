//! From a play that has ended to its outcome.

use std::collections::BTreeMap;

use outcome::{
    Counts, Effort, FaultRecord, Ground, GroupLedger, Identity, MessageRange, Outage, Outcome,
    PartitionLedger, ProducerLedger, StepEnd, StepRecord, Verdict,
};

use scenario::Scenario;

use crate::MODEL;
use crate::judge::{ProducerSums, counts};
use crate::play::Play;
use crate::words;

/// A part of a partition's ledger that is listed at most, in ranges.
const RANGES: usize = 1000;

/// The hash of a scenario in canonical form, 16 hex digits: what of it decides a run.
pub fn identity_of(scenario: &Scenario) -> String {
    let canonical = scenario::canonical::identity(scenario);
    blake3::hash(canonical.as_bytes()).to_hex()[..16].to_owned()
}

impl Play {
    /// The outcome. The books must be closed.
    pub(crate) fn conclude(self, file: &str, seed: u64) -> Outcome {
        let sums = self.sums();
        let mut judged = self.judge(&sums);
        let findings = self.findings(&mut judged, &sums);
        let promises: Vec<_> = judged.into_iter().map(|one| one.result).collect();
        let verdict = if promises.iter().all(|promise| promise.holds) {
            Verdict::Holds
        } else {
            Verdict::Breaks
        };
        let timeline = self.timeline(&sums, &promises);
        let producers = self.producer_ledgers(&sums);
        let groups = self.group_ledgers();
        let finished = self.finished.unwrap_or(self.end);
        Outcome {
            schema: outcome::SCHEMA_VERSION,
            identity: self.identity(seed),
            file: file.to_owned(),
            about: self.scenario.about.value.clone(),
            verdict,
            window: self.interval(engine::Time::ZERO, self.end),
            runbook: self.interval(self.begin, finished),
            promises,
            findings,
            steps: self.step_records(),
            faults: self.fault_records(),
            timeline,
            producers,
            groups,
            story: self.story(),
            rests_on: self.rests_on(),
            limits: self.limits(),
            effort: Effort {
                events: self.world.events(),
                simulated: self.end.as_nanos(),
            },
            gates: self.gates,
        }
    }

    fn identity(&self, seed: u64) -> Identity {
        let mut whole = Scenario::clone(&self.scenario);
        whole.faults.clone_from(&self.faults);
        let scenario = identity_of(&whole);
        let trace = self
            .world
            .trace()
            .map_or_else(String::new, |hash| format!("{hash:032x}"));
        let line = format!("{MODEL} {scenario} {seed}");
        let hash = blake3::hash(line.as_bytes()).to_hex();
        Identity {
            id: hash[..16].to_owned(),
            model: MODEL.to_owned(),
            scenario,
            seed,
            trace,
        }
    }

    /// The steps as they ran, and those that never began.
    fn step_records(&self) -> Vec<StepRecord> {
        let mut records = self.steps.clone();
        let end = self.relative(self.end);
        for record in &mut records {
            for phase in &mut record.nodes {
                if phase.when.end == i64::MAX {
                    phase.when.end = end;
                }
            }
            record
                .nodes
                .retain(|phase| phase.phase != "up" && phase.when.end > phase.when.begin);
        }
        for step in &self.scenario.runbook {
            if !records
                .iter()
                .any(|record| record.name == step.name.value && !record.is_undo)
            {
                records.push(StepRecord {
                    name: step.name.value.clone(),
                    is_undo: false,
                    action: words::action(&step.action),
                    when: None,
                    end: StepEnd::NotReached,
                    why: None,
                    nodes: Vec::new(),
                    commands: Vec::new(),
                });
            }
        }
        records
    }

    fn fault_records(&self) -> Vec<FaultRecord> {
        self.faults
            .iter()
            .zip(&self.injected)
            .map(|(fault, injected)| {
                let who = (!injected.nodes.is_empty())
                    .then(|| words::nodes(&self.estate, &injected.nodes));
                FaultRecord {
                    text: words::fault(&fault.kind, who.as_deref()),
                    when: injected.began.map(|began| {
                        self.interval(began, injected.ended.unwrap_or(engine::Time::NEVER))
                    }),
                }
            })
            .collect()
    }

    fn producer_ledgers(&self, sums: &[ProducerSums]) -> Vec<ProducerLedger> {
        let ranges = |ranges: &kafka::ranges::Ranges| -> Vec<MessageRange> {
            ranges
                .as_slice()
                .iter()
                .take(RANGES)
                .map(|&(first, end)| MessageRange { first, end })
                .collect()
        };
        sums.iter()
            .enumerate()
            .map(|(producer, sum)| {
                let spec = &self.estate.producers[producer];
                let mut longest = 0;
                let partitions = sum
                    .partitions
                    .iter()
                    .map(|(partition, ledger, outages)| {
                        let outages: Vec<Outage> = outages
                            .iter()
                            .filter(|outage| outage.end > self.begin)
                            .map(|outage| {
                                let when = self.interval(outage.begin, outage.end);
                                longest = longest.max((when.end - when.begin).unsigned_abs());
                                Outage {
                                    when,
                                    open: outage.end.is_never(),
                                    finding: None,
                                }
                            })
                            .collect();
                        PartitionLedger {
                            partition: self.world.partition(*partition).number,
                            counts: counts(ledger),
                            lost: ranges(&ledger.lost),
                            not_sent: ranges(&ledger.failed),
                            duplicated: ranges(&ledger.duplicated),
                            outages,
                        }
                    })
                    .collect();
                ProducerLedger {
                    producer: spec.name.clone(),
                    topic: self.estate.topics[spec.topic as usize].name.clone(),
                    total: Counts { ..sum.counts },
                    longest_outage: longest,
                    errors: self
                        .world
                        .client_errors(producer as u32)
                        .into_iter()
                        .map(|(error, count)| (error.name().to_owned(), count))
                        .collect(),
                    partitions,
                }
            })
            .collect()
    }

    fn group_ledgers(&self) -> Vec<GroupLedger> {
        (0..self.estate.groups.len())
            .map(|group| {
                let ledger = self.world.group_ledger(group as u32);
                let mut outages: BTreeMap<String, Vec<Outage>> = BTreeMap::new();
                let mut longest = 0;
                for trouble in self.read_troubles(group) {
                    let Some(partition) = trouble.partition else {
                        continue;
                    };
                    let when = self.interval(trouble.begin, trouble.end);
                    longest = longest.max((when.end - when.begin).unsigned_abs());
                    let one = Outage {
                        when,
                        open: trouble.end.is_never(),
                        finding: None,
                    };
                    outages
                        .entry(self.world.partition_name(partition))
                        .or_default()
                        .push(one);
                }
                GroupLedger {
                    group: self.estate.groups[group].name.clone(),
                    delivered: ledger.delivered,
                    redelivered: ledger.redelivered,
                    skipped: ledger.skipped,
                    lag: ledger.lag,
                    largest_lag: ledger.largest_lag,
                    rebalances: ledger.rebalances.len() as u64,
                    longest_outage: longest,
                    outages: outages.into_iter().collect(),
                    errors: ledger
                        .errors
                        .iter()
                        .map(|(name, count)| ((*name).to_owned(), *count))
                        .collect(),
                }
            })
            .collect()
    }

    /// Settings and assumptions that this result rests on.
    fn rests_on(&self) -> Vec<Ground> {
        let mut grounds = Vec::new();
        let Some(broker) = self.estate.nodes.iter().find(|node| node.broker) else {
            return grounds;
        };
        for name in [
            "broker.session.timeout.ms",
            "broker.heartbeat.interval.ms",
            "replica.lag.time.max.ms",
            "replica.fetch.wait.max.ms",
            "replica.fetch.backoff.ms",
            "auto.leader.rebalance.enable",
        ] {
            grounds.push(ground(
                name,
                broker.settings.get(name),
                facts::Class::Broker,
                &broker.version.to_string(),
            ));
        }
        for producer in &self.estate.producers {
            let given = self
                .scenario
                .estate
                .producers
                .iter()
                .find(|(name, _)| name.value == producer.name)
                .map(|(_, producer)| crate::estate::plain(&producer.settings))
                .unwrap_or_default();
            for name in [
                "acks",
                "enable.idempotence",
                "delivery.timeout.ms",
                "request.timeout.ms",
            ] {
                let mut ground = ground(
                    name,
                    given.get(name),
                    facts::Class::Producer,
                    &producer.version.to_string(),
                );
                ground.what = format!("{}: {}", producer.name, ground.what);
                grounds.push(ground);
            }
        }
        let spec = self.scenario.estate.clusters.iter().next();
        if let Some((_, cluster)) = spec {
            for (what, value) in [
                ("process start", cluster.process_start.value),
                ("process stop", cluster.process_stop.value),
                ("latency between nodes, one way", cluster.latency.value),
            ] {
                grounds.push(Ground {
                    what: format!("{what} = {}", words::nanos(value)),
                    source: "the scenario, or the default of its language".to_owned(),
                });
            }
        }
        grounds.push(Ground {
            what: "cost of a new leadership on a broker = 1 to 6 ms a partition".to_owned(),
            source: "measured (docs/specification.md, M4)".to_owned(),
        });
        grounds.push(Ground {
            what: "spread of a metadata commit = 1 to 5 ms".to_owned(),
            source: "assumed (docs/specification.md, M1)".to_owned(),
        });
        grounds
    }

    /// What matters here and is not modelled.
    fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        let full: u128 = self
            .estate
            .producers
            .iter()
            .map(|producer| {
                let topic = &self.estate.topics[producer.topic as usize];
                let replicas = topic.assignment.first().map_or(1, Vec::len) as u128;
                let a_second =
                    u128::from(producer.size) * u128::from(producer.count) * 1_000_000_000
                        / u128::from(producer.per.as_nanos().max(1));
                a_second * topic.assignment.len() as u128 * replicas
            })
            .sum();
        let brokers = self
            .estate
            .nodes
            .iter()
            .filter(|node| node.broker)
            .count()
            .max(1) as u128;
        if let Some(slowest) = self
            .estate
            .nodes
            .iter()
            .filter(|node| node.broker)
            .map(|node| node.disk_write.min(node.network))
            .min()
            && full / brokers > u128::from(slowest) / 2
        {
            limits.push(
                "The brokers write more than half of what their disks or network cards can take; queueing under load is not modelled (LIMITS.md)."
                    .to_owned(),
            );
        }
        limits
    }
}

fn ground(name: &str, given: Option<&String>, class: facts::Class, version: &str) -> Ground {
    if let Some(value) = given {
        return Ground {
            what: format!("{name} = {value}"),
            source: "set in the scenario".to_owned(),
        };
    }
    let value = facts::of(version)
        .ok()
        .and_then(|release| {
            release
                .settings(class)
                .default(name)
                .ok()?
                .value()
                .as_text()
        })
        .unwrap_or_else(|| "unset".to_owned());
    Ground {
        what: format!("{name} = {value}"),
        source: format!("default of {version}"),
    }
}
