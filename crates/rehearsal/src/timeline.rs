//! The availability timeline: what was not as usual, row by row.

use engine::Time;
use kafka::Notice;
use kafka::ids::NodeIx;
use kafka::record::Lack;
use outcome::{PromiseResult, RowKind, Stretch, StretchState, TimelineRow};

use crate::acts::{By, What};
use crate::judge::{ProducerSums, Trouble};
use crate::play::Play;
use crate::words;

/// Stretches of time, each with a number.
type Swept = Vec<(Time, Time, u32)>;

/// Stretches of time with how many of something lack in them; neighbours with the same number are one.
pub(crate) fn sweep(times: &[(Time, Time)]) -> Swept {
    let mut edges: Vec<(Time, i32)> = Vec::with_capacity(times.len() * 2);
    for &(begin, end) in times.iter().filter(|(begin, end)| end > begin) {
        edges.push((begin, 1));
        edges.push((end, -1));
    }
    // At one instant ends come first, so that touching stretches do not add up.
    edges.sort_unstable();
    let mut out: Vec<(Time, Time, u32)> = Vec::new();
    let mut count = 0i32;
    let mut since = Time::ZERO;
    for (at, step) in edges {
        if count > 0 && at > since {
            match out.last_mut() {
                Some(last) if last.1 == since && last.2 == count as u32 => last.1 = at,
                _ => out.push((since, at, count as u32)),
            }
        }
        count += step;
        since = at;
    }
    out
}

impl Play {
    /// All rows.
    pub(crate) fn timeline(
        &self,
        sums: &[ProducerSums],
        promises: &[PromiseResult],
    ) -> Vec<TimelineRow> {
        let mut rows = vec![self.controller_row()];
        for node in 0..self.estate.nodes.len() as NodeIx {
            rows.push(self.node_row(node));
        }
        for topic in 0..self.estate.topics.len() {
            if let Some(row) = self.topic_row(topic as u32) {
                rows.push(row);
            }
        }
        for (producer, sum) in sums.iter().enumerate() {
            rows.push(self.producer_row(producer, sum, promises));
        }
        for group in 0..self.estate.groups.len() {
            rows.push(self.group_row(group, promises));
        }
        rows
    }

    fn stretch(&self, begin: Time, end: Time, state: StretchState, text: String) -> Stretch {
        Stretch {
            when: self.interval(begin, end),
            state,
            text,
            finding: None,
        }
    }

    fn controller_row(&self) -> TimelineRow {
        let stretches = self
            .controller_troubles()
            .iter()
            .map(|trouble| {
                self.stretch(
                    trouble.begin,
                    trouble.end,
                    StretchState::Down,
                    "no active controller".to_owned(),
                )
            })
            .collect();
        TimelineRow {
            kind: RowKind::Controller,
            label: "active controller".to_owned(),
            stretches,
        }
    }

    /// The life of one node: what was done on purpose, what was not, and when it was fenced although it ran.
    fn node_row(&self, node: NodeIx) -> TimelineRow {
        let mut stretches = Vec::new();
        let mut open: Option<(Time, StretchState, &str)> = None;
        let asked = |at: Time| {
            self.acts.iter().rev().any(|act| {
                act.at <= at
                    && act.what == What::Stop
                    && act.nodes.contains(&node)
                    && matches!(act.by, By::Step(_))
                    && {
                        // The last thing that was done to stop it.
                        !self.acts.iter().any(|other| {
                            other.at > act.at
                                && other.at <= at
                                && other.nodes.contains(&node)
                                && other.what != What::Other
                        })
                    }
            })
        };
        let mut change =
            |stretches: &mut Vec<Stretch>, at: Time, next: Option<(StretchState, &'static str)>| {
                if let Some((begin, state, text)) = open.take()
                    && at > begin
                {
                    stretches.push(self.stretch(begin, at, state, text.to_owned()));
                }
                open = next.map(|(state, text)| (at, state, text));
            };
        let mut events: Vec<(Time, u8, usize)> = Vec::new();
        for (at, act) in self.acts.iter().enumerate() {
            if act.nodes.contains(&node) && act.what == What::Stop {
                events.push((act.at, 0, at));
            }
        }
        for (at, noticed) in self.notices.iter().enumerate() {
            events.push((noticed.at, 1, at));
        }
        events.sort_unstable();
        let mut up = true;
        for (at, kind, index) in events {
            if kind == 0 {
                if up && matches!(self.acts[index].by, By::Step(_)) {
                    change(
                        &mut stretches,
                        at,
                        Some((StretchState::Planned, "stopping")),
                    );
                }
                continue;
            }
            match self.notices[index].what {
                Notice::Stopped(who) | Notice::Killed(who) | Notice::Exited(who, _)
                    if who == node =>
                {
                    up = false;
                    let state = if asked(at) {
                        StretchState::Planned
                    } else {
                        StretchState::Down
                    };
                    change(&mut stretches, at, Some((state, "down")));
                }
                Notice::ProcessStarted(who) if who == node => {
                    change(
                        &mut stretches,
                        at,
                        Some((StretchState::Planned, "starting")),
                    );
                }
                Notice::RegistrationRefused(who) if who == node => {
                    change(
                        &mut stretches,
                        at,
                        Some((StretchState::Degraded, "may not register yet")),
                    );
                }
                Notice::Unsupported(who, ..) if who == node => {
                    change(
                        &mut stretches,
                        at,
                        Some((StretchState::Degraded, "may not register: version")),
                    );
                }
                Notice::Recovering(who, clean) if who == node => {
                    let text = if clean {
                        "loading its logs"
                    } else {
                        "recovering its logs"
                    };
                    change(&mut stretches, at, Some((StretchState::Planned, text)));
                }
                Notice::PortOpen(who) if who == node => {
                    up = true;
                    change(&mut stretches, at, None);
                }
                Notice::Paused(who) if who == node => {
                    change(&mut stretches, at, Some((StretchState::Down, "hangs")))
                }
                Notice::Resumed(who) if who == node => change(&mut stretches, at, None),
                Notice::Fenced(who) if who == node && up && !asked(at) => {
                    change(&mut stretches, at, Some((StretchState::Down, "fenced")));
                }
                Notice::Unfenced(who) if who == node && up => change(&mut stretches, at, None),
                _ => {}
            }
        }
        change(&mut stretches, self.end, None);
        TimelineRow {
            kind: RowKind::Node,
            label: words::node(&self.estate, node),
            stretches,
        }
    }

    /// The partitions of one topic: `None` if nothing ever lacked.
    fn topic_row(&self, topic: u32) -> Option<TimelineRow> {
        let all = self.estate.topics[topic as usize].assignment.len() as u32;
        let times = |lacks: &[Lack]| -> Vec<(Time, Time)> {
            lacks
                .iter()
                .filter(|lack| self.world.partition(lack.partition).topic == topic)
                .map(|lack| (lack.begin, lack.end.min(self.end)))
                .collect()
        };
        let layers = [
            (times(self.world.leaderless()), "without a leader", 0),
            (times(self.world.below_min_isr()), "below min ISR", 1),
            (times(self.world.under_replicated()), "under-replicated", 2),
        ];
        if layers.iter().all(|(times, ..)| times.is_empty()) {
            return None;
        }
        // At each moment the gravest is shown: cut the row at every edge.
        let swept: Vec<(Swept, &str, i32)> = layers
            .iter()
            .map(|(times, text, rank)| (sweep(times), *text, *rank))
            .collect();
        let mut cuts: Vec<Time> = swept
            .iter()
            .flat_map(|(list, ..)| list.iter().flat_map(|&(begin, end, _)| [begin, end]))
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut stretches: Vec<Stretch> = Vec::new();
        for pair in cuts.windows(2) {
            let found = swept.iter().find_map(|(list, text, rank)| {
                let at = list.partition_point(|&(_, end, _)| end <= pair[0]);
                list.get(at)
                    .filter(|&&(begin, ..)| begin <= pair[0])
                    .map(|&(.., n)| (n, *text, *rank))
            });
            let Some((n, text, rank)) = found else {
                continue;
            };
            let state = match rank {
                2 => StretchState::Degraded,
                _ if n >= all => StretchState::Down,
                _ => StretchState::Partly,
            };
            let text = format!(
                "{n} of {} {text}",
                words::count(u64::from(all), "partition")
            );
            let stretch = self.stretch(pair[0], pair[1], state, text);
            match stretches.last_mut() {
                Some(last)
                    if last.when.end == stretch.when.begin
                        && last.text == stretch.text
                        && last.state == stretch.state =>
                {
                    last.when.end = stretch.when.end;
                }
                _ => stretches.push(stretch),
            }
        }
        Some(TimelineRow {
            kind: RowKind::Partitions,
            label: self.estate.topics[topic as usize].name.clone(),
            stretches,
        })
    }

    fn producer_row(
        &self,
        producer: usize,
        sums: &ProducerSums,
        promises: &[PromiseResult],
    ) -> TimelineRow {
        let spec = &self.estate.producers[producer];
        let topic = &self.estate.topics[spec.topic as usize];
        let troubles = self.write_troubles(producer, sums);
        TimelineRow {
            kind: RowKind::Producer,
            label: format!("{} → {}", spec.name, topic.name),
            stretches: self.client_stretches(
                &troubles,
                sums.partitions.len() as u32,
                "get no acknowledgement",
                &spec.name,
                "WriteOutage",
                promises,
            ),
        }
    }

    fn group_row(&self, group: usize, promises: &[PromiseResult]) -> TimelineRow {
        let spec = &self.estate.groups[group];
        let troubles = self.read_troubles(group);
        let partitions: usize = spec
            .topics
            .iter()
            .map(|&topic| self.estate.topics[topic as usize].assignment.len())
            .sum();
        TimelineRow {
            kind: RowKind::Group,
            label: spec.name.clone(),
            stretches: self.client_stretches(
                &troubles,
                partitions as u32,
                "are not read",
                &spec.name,
                "ReadOutage",
                promises,
            ),
        }
    }

    fn client_stretches(
        &self,
        troubles: &[Trouble],
        all: u32,
        what: &str,
        name: &str,
        kind: &str,
        promises: &[PromiseResult],
    ) -> Vec<Stretch> {
        let times: Vec<(Time, Time)> = troubles
            .iter()
            .map(|trouble| (trouble.begin, trouble.end.min(self.end)))
            .collect();
        let promise = promises
            .iter()
            .find(|promise| promise.kind == kind && promise.subject == name && !promise.holds);
        sweep(&times)
            .into_iter()
            .map(|(begin, end, n)| {
                let state = if n >= all {
                    StretchState::Down
                } else {
                    StretchState::Partly
                };
                let mut stretch = self.stretch(
                    begin,
                    end,
                    state,
                    format!(
                        "{n} of {} {what}",
                        words::count(u64::from(all), "partition")
                    ),
                );
                let explained = promise.filter(|promise| {
                    promise.when.is_some_and(|when| {
                        when.begin < stretch.when.end && stretch.when.begin < when.end
                    })
                });
                stretch.finding = explained.and_then(|promise| promise.findings.first().copied());
                stretch
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_counts_what_overlaps() {
        let t = Time::from_nanos;
        let swept = sweep(&[(t(0), t(10)), (t(5), t(15)), (t(20), t(30)), (t(30), t(40))]);
        assert_eq!(
            swept,
            [
                (t(0), t(5), 1),
                (t(5), t(10), 2),
                (t(10), t(15), 1),
                (t(20), t(40), 1)
            ]
        );
    }
}
