//! The judge: measures each promise of the contract.

use engine::{CauseId, Span, Time};
use kafka::flow::FlowOutage;
use kafka::ids::PartitionIx;
use kafka::record::Lack;
use outcome::{PromiseResult, Quantity};
use scenario::model::PromiseKind;

use crate::play::Play;
use crate::words;

/// A time in which something lacked that a promise is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub(crate) begin: Time,
    /// `NEVER`: it goes on.
    pub(crate) end: Time,
    pub(crate) partition: Option<PartitionIx>,
    pub(crate) producer: Option<u32>,
    pub(crate) group: Option<u32>,
    pub(crate) cause: CauseId,
    pub(crate) ended_by: CauseId,
}

impl Trouble {
    /// How long, as far as the run saw it.
    pub(crate) fn length(&self, end_of_run: Time) -> Span {
        self.end.min(end_of_run).saturating_since(self.begin)
    }
}

/// A promise as measured, with the times that broke it, the longest first.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) kind: PromiseKind,
    pub(crate) result: PromiseResult,
    pub(crate) troubles: Vec<Trouble>,
}

/// What one producer lost, duplicated and so on, over its partitions.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProducerSums {
    pub(crate) counts: outcome::Counts,
    pub(crate) partitions: Vec<(PartitionIx, kafka::ledger::FlowLedger, Vec<FlowOutage>)>,
}

impl Play {
    /// Ledgers of all producers. The books must be closed.
    pub(crate) fn sums(&self) -> Vec<ProducerSums> {
        let mut sums = vec![ProducerSums::default(); self.estate.producers.len()];
        for flow in 0..self.world.flow_count() {
            let (producer, partition) = self.world.flow(flow);
            let ledger = self.world.flow_ledger(flow);
            let one = counts(&ledger);
            let sum = &mut sums[producer as usize];
            let total = &mut sum.counts;
            total.created += one.created;
            total.acked += one.acked;
            total.not_sent += one.not_sent;
            total.ghosts += one.ghosts;
            total.lost += one.lost;
            total.duplicated += one.duplicated;
            total.reordered += one.reordered;
            total.open += one.open;
            sum.partitions
                .push((partition, ledger, self.world.flow_outages(flow)));
        }
        sums
    }

    /// All promises, in the order of the file; one for `"*"` becomes one for each.
    pub(crate) fn judge(&self, sums: &[ProducerSums]) -> Vec<Judged> {
        let mut judged = Vec::new();
        for promise in &self.scenario.contract {
            for kind in self.spelled_out(&promise.kind.value) {
                judged.push(self.judge_one(kind, sums));
            }
        }
        judged
    }

    /// `"*"` means every one.
    fn spelled_out(&self, kind: &PromiseKind) -> Vec<PromiseKind> {
        let subject = match kind.subject() {
            Some((_, subject)) if subject.value == "*" => kind,
            _ => return vec![kind.clone()],
        };
        let producers = || {
            self.estate
                .producers
                .iter()
                .map(|producer| producer.name.clone())
                .collect::<Vec<_>>()
        };
        let groups = || {
            self.estate
                .groups
                .iter()
                .map(|group| group.name.clone())
                .collect::<Vec<_>>()
        };
        let topics = || {
            self.estate
                .topics
                .iter()
                .filter(|topic| !topic.internal)
                .map(|topic| topic.name.clone())
                .collect::<Vec<_>>()
        };
        macro_rules! each {
            ($names:expr, $old:expr, $make:expr) => {
                $names
                    .into_iter()
                    .map(|name| {
                        let mut one = $old.clone();
                        one.value = name;
                        $make(one)
                    })
                    .collect()
            };
        }
        match subject {
            PromiseKind::WriteOutage(who, x) => {
                each!(producers(), who, |one| PromiseKind::WriteOutage(one, *x))
            }
            PromiseKind::Lost(who, x) => each!(producers(), who, |one| PromiseKind::Lost(one, *x)),
            PromiseKind::NotSent(who, x) => {
                each!(producers(), who, |one| PromiseKind::NotSent(one, *x))
            }
            PromiseKind::Duplicated(who, x) => {
                each!(producers(), who, |one| PromiseKind::Duplicated(one, *x))
            }
            PromiseKind::Reordered(who, x) => {
                each!(producers(), who, |one| PromiseKind::Reordered(one, *x))
            }
            PromiseKind::ReadOutage(who, x) => {
                each!(groups(), who, |one| PromiseKind::ReadOutage(one, *x))
            }
            PromiseKind::Redelivered(who, x) => {
                each!(groups(), who, |one| PromiseKind::Redelivered(one, *x))
            }
            PromiseKind::Skipped(who, x) => {
                each!(groups(), who, |one| PromiseKind::Skipped(one, *x))
            }
            PromiseKind::Lag(who, x) => each!(groups(), who, |one| PromiseKind::Lag(one, *x)),
            PromiseKind::Rebalances(who, x) => {
                each!(groups(), who, |one| PromiseKind::Rebalances(one, *x))
            }
            PromiseKind::Leaderless(who, x) => {
                each!(topics(), who, |one| PromiseKind::Leaderless(one, *x))
            }
            PromiseKind::UnderMinIsr(who, x) => {
                each!(topics(), who, |one| PromiseKind::UnderMinIsr(one, *x))
            }
            PromiseKind::FullyReplicated(who) => each!(topics(), who, PromiseKind::FullyReplicated),
            PromiseKind::PreferredLeaders(who, x) => {
                each!(topics(), who, |one| PromiseKind::PreferredLeaders(one, *x))
            }
            PromiseKind::NoController(..) | PromiseKind::Window(_) | PromiseKind::Completes => {
                vec![kind.clone()]
            }
        }
    }

    fn judge_one(&self, kind: PromiseKind, sums: &[ProducerSums]) -> Judged {
        let name = kind
            .subject()
            .map(|(_, subject)| subject.value.clone())
            .unwrap_or_default();
        let producer = self
            .estate
            .producers
            .iter()
            .position(|spec| spec.name == name);
        let group = self.estate.groups.iter().position(|spec| spec.name == name);
        let mut result = PromiseResult {
            kind: kind.name().to_owned(),
            subject: name.clone(),
            text: words::promise(&kind),
            limit: Quantity::Yes(true),
            measured: Quantity::Yes(true),
            holds: true,
            place: None,
            when: None,
            findings: Vec::new(),
        };
        let mut troubles = Vec::new();
        let records = |result: &mut PromiseResult, limit: u64, measured: u64| {
            result.limit = Quantity::Records(limit);
            result.measured = Quantity::Records(measured);
            result.holds = measured <= limit;
        };
        let counts = producer
            .map(|producer| sums[producer].counts)
            .unwrap_or_default();
        match &kind {
            PromiseKind::WriteOutage(_, most) => {
                let all = producer
                    .map(|producer| self.write_troubles(producer, &sums[producer]))
                    .unwrap_or_default();
                troubles = self.measure_longest(&mut result, all, Span::nanos(most.0));
            }
            PromiseKind::ReadOutage(_, most) => {
                let all = group
                    .map(|group| self.read_troubles(group))
                    .unwrap_or_default();
                troubles = self.measure_longest(&mut result, all, Span::nanos(most.0));
            }
            PromiseKind::Leaderless(_, most) => {
                let all = self.lacks_of(self.world.leaderless(), &name);
                troubles = self.measure_longest(&mut result, all, Span::nanos(most.0));
            }
            PromiseKind::UnderMinIsr(_, most) => {
                let all = self.lacks_of(self.world.below_min_isr(), &name);
                troubles = self.measure_longest(&mut result, all, Span::nanos(most.0));
            }
            PromiseKind::NoController(_, most) => {
                let all = self.controller_troubles();
                troubles = self.measure_longest(&mut result, all, Span::nanos(most.0));
            }
            PromiseKind::Lost(_, most) => {
                records(&mut result, *most, counts.lost);
                result.place = self.worst_partition(producer, sums, |ledger| ledger.lost.len());
            }
            PromiseKind::NotSent(_, most) => {
                records(&mut result, *most, counts.not_sent);
                result.place = self.worst_partition(producer, sums, |ledger| ledger.failed.len());
            }
            PromiseKind::Duplicated(_, most) => {
                records(&mut result, *most, counts.duplicated);
                result.place = self.worst_partition(producer, sums, |ledger| ledger.extra_copies);
            }
            PromiseKind::Reordered(_, most) => {
                records(&mut result, *most, counts.reordered);
                result.place = self.worst_partition(producer, sums, |ledger| ledger.inversions);
            }
            PromiseKind::Redelivered(_, most) => {
                records(
                    &mut result,
                    *most,
                    group.map_or(0, |group| self.world.group_ledger(group as u32).redelivered),
                );
            }
            PromiseKind::Skipped(_, most) => {
                records(
                    &mut result,
                    *most,
                    group.map_or(0, |group| self.world.group_ledger(group as u32).skipped),
                );
            }
            PromiseKind::Lag(_, most) => {
                records(
                    &mut result,
                    *most,
                    group.map_or(0, |group| self.world.group_ledger(group as u32).largest_lag),
                );
            }
            PromiseKind::Rebalances(_, most) => {
                let measured = group.map_or(0, |group| {
                    self.world.group_ledger(group as u32).rebalances.len() as u64
                });
                result.limit = Quantity::Count(*most);
                result.measured = Quantity::Count(measured);
                result.holds = measured <= *most;
            }
            PromiseKind::Window(most) => {
                let finished = self.finished.unwrap_or(self.end);
                let measured = finished.saturating_since(self.begin).as_nanos();
                result.limit = Quantity::Nanoseconds(most.0);
                result.measured = Quantity::Nanoseconds(measured);
                result.holds = measured <= most.0;
            }
            PromiseKind::Completes => {
                let completes = self.aborted.is_none();
                result.measured = Quantity::Yes(completes);
                result.holds = completes;
            }
            PromiseKind::FullyReplicated(_) => {
                let missing = self.partitions_of(&name).find(|&at| {
                    let p = self.world.partition(at);
                    (p.newest().isr.count_ones() as usize) < p.replicas.len()
                });
                result.measured = Quantity::Yes(missing.is_none());
                result.holds = missing.is_none();
                result.place = missing.map(|at| self.world.partition_name(at));
                if missing.is_some() {
                    troubles = self
                        .lacks_of(self.world.under_replicated(), &name)
                        .into_iter()
                        .filter(|trouble| trouble.end.is_never())
                        .collect();
                }
            }
            PromiseKind::PreferredLeaders(_, least) => {
                let all: Vec<PartitionIx> = self.partitions_of(&name).collect();
                let preferred = all
                    .iter()
                    .filter(|&&at| self.world.partition(at).newest().leader == Some(0))
                    .count();
                let percent = if all.is_empty() {
                    100
                } else {
                    (preferred * 100 / all.len()) as u32
                };
                result.limit = Quantity::Percent(*least);
                result.measured = Quantity::Percent(percent);
                result.holds = percent >= *least;
            }
        }
        Judged {
            kind,
            result,
            troubles,
        }
    }

    /// Partitions of a topic (all but the internal ones for "*").
    pub(crate) fn partitions_of<'a>(
        &'a self,
        topic: &'a str,
    ) -> impl Iterator<Item = PartitionIx> + 'a {
        (0..self.world.partition_count()).filter(move |&at| {
            let spec = &self.estate.topics[self.world.partition(at).topic as usize];
            spec.name == topic || (topic == "*" && !spec.internal)
        })
    }

    fn worst_partition(
        &self,
        producer: Option<usize>,
        sums: &[ProducerSums],
        count: impl Fn(&kafka::ledger::FlowLedger) -> u64,
    ) -> Option<String> {
        let mut worst: Option<(u64, PartitionIx)> = None;
        for (partition, ledger, _) in &sums[producer?].partitions {
            let n = count(ledger);
            if n > 0 && worst.is_none_or(|(most, _)| n > most) {
                worst = Some((n, *partition));
            }
        }
        worst.map(|(_, partition)| self.world.partition_name(partition))
    }

    /// Fills in the longest of these times; returns those that are too long, the longest first.
    fn measure_longest(
        &self,
        result: &mut PromiseResult,
        mut all: Vec<Trouble>,
        most: Span,
    ) -> Vec<Trouble> {
        all.retain(|trouble| trouble.end > self.begin);
        // The longest first; of equals the first in the order of the list.
        all.sort_by_key(|trouble| std::cmp::Reverse(trouble.length(self.end)));
        result.limit = Quantity::Nanoseconds(most.as_nanos());
        result.measured = Quantity::Nanoseconds(0);
        if let Some(worst) = all.first() {
            let length = worst.length(self.end);
            result.measured = if worst.end.is_never() {
                Quantity::AtLeastNanoseconds(length.as_nanos())
            } else {
                Quantity::Nanoseconds(length.as_nanos())
            };
            result.holds = length <= most;
            result.place = worst
                .partition
                .map(|partition| self.world.partition_name(partition));
            result.when = Some(self.interval(worst.begin, worst.end));
        }
        all.retain(|trouble| trouble.length(self.end) > most);
        all
    }

    /// Times without acknowledgement of a producer.
    pub(crate) fn write_troubles(&self, producer: usize, sums: &ProducerSums) -> Vec<Trouble> {
        let spec = &self.estate.producers[producer];
        // Between two records of a partition (specification P1).
        let interval = Span::nanos(spec.per.as_nanos() / spec.count.max(1));
        let mut all = Vec::new();
        for (partition, ledger, outages) in &sums.partitions {
            for outage in outages {
                // Records that failed meanwhile no longer wait when the next one is acknowledged, but they did.
                let begin = if ledger.failed.is_empty() {
                    outage.begin
                } else {
                    outage
                        .begin
                        .min(outage.last_ack.saturating_add(interval))
                        .max(outage.last_ack)
                };
                all.push(Trouble {
                    begin,
                    end: outage.end,
                    partition: Some(*partition),
                    producer: Some(producer as u32),
                    group: None,
                    cause: outage.cause,
                    ended_by: outage.ended_by,
                });
            }
        }
        all
    }

    /// Times in which a group read nothing although there was something.
    pub(crate) fn read_troubles(&self, group: usize) -> Vec<Trouble> {
        let ledger = self.world.group_ledger(group as u32);
        let mut all = Vec::new();
        for (partition, outage) in ledger.partitions.iter().flat_map(|reading| {
            reading
                .outages
                .iter()
                .map(|outage| (reading.partition, outage))
        }) {
            all.push(Trouble {
                begin: outage.begin,
                end: outage.end,
                partition: Some(partition),
                producer: None,
                group: Some(group as u32),
                cause: outage.cause,
                ended_by: outage.ended_by,
            });
        }
        all
    }

    /// Times that a topic's partitions lacked something.
    pub(crate) fn lacks_of(&self, lacks: &[Lack], topic: &str) -> Vec<Trouble> {
        lacks
            .iter()
            .filter(|lack| {
                let spec = &self.estate.topics[self.world.partition(lack.partition).topic as usize];
                spec.name == topic
            })
            .map(|lack| Trouble {
                begin: lack.begin,
                end: lack.end,
                partition: Some(lack.partition),
                producer: None,
                group: None,
                cause: lack.cause,
                ended_by: CauseId::NONE,
            })
            .collect()
    }

    /// Times without an active controller.
    pub(crate) fn controller_troubles(&self) -> Vec<Trouble> {
        let mut all = Vec::new();
        let mut lost: Option<Time> = None;
        let trouble = |begin, end| Trouble {
            begin,
            end,
            partition: None,
            producer: None,
            group: None,
            cause: CauseId::NONE,
            ended_by: CauseId::NONE,
        };
        for noticed in &self.notices {
            match noticed.what {
                kafka::Notice::ControllerLost(_) => {
                    lost.get_or_insert(noticed.at);
                }
                kafka::Notice::ControllerActive(_) => {
                    if let Some(begin) = lost.take() {
                        all.push(trouble(begin, noticed.at));
                    }
                }
                _ => {}
            }
        }
        if let Some(begin) = lost {
            all.push(trouble(begin, Time::NEVER));
        }
        all
    }
}

/// One flow's numbers.
pub(crate) fn counts(ledger: &kafka::ledger::FlowLedger) -> outcome::Counts {
    let settled = ledger.acked.len() + ledger.failed.len();
    outcome::Counts {
        created: ledger.created,
        acked: ledger.acked.len(),
        not_sent: ledger.failed.len(),
        ghosts: ledger.ghosts.len(),
        lost: ledger.lost.len(),
        duplicated: ledger.extra_copies,
        reordered: ledger.inversions,
        open: ledger.created.saturating_sub(settled),
    }
}
