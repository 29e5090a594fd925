//! What broke no promise here and may elsewhere.

use engine::{Span, Time};
use kafka::Notice;
use kafka::happening::Happening;
use outcome::Severity;

use super::Draft;
use crate::acts::{Act, By, What};
use crate::judge::{Judged, ProducerSums};
use crate::play::Play;
use crate::words;

/// A log recovery that is worth a note: *assumed*, longer than people wait for a restart without asking why.
const LONG_RECOVERY: Span = Span::secs(60);

impl Play {
    /// Warnings and notes, in a stable order.
    pub(super) fn warnings(&self, judged: &[Judged], sums: &[ProducerSums]) -> Vec<Draft> {
        let mut drafts = Vec::new();
        self.risky_stops(&mut drafts);
        self.kills_of_leaders(&mut drafts);
        self.failed_but_in_log(sums, &mut drafts);
        self.false_greens(&mut drafts);
        if self.world.in_zookeeper_mode() {
            self.zookeeper_warnings(&mut drafts);
        } else {
            self.refused_registrations(&mut drafts);
        }
        self.long_recoveries(&mut drafts);
        self.config_refusals(&mut drafts);
        self.version_findings(&mut drafts);
        self.old_clients(&mut drafts);
        for (at, text) in &self.refused_commands {
            drafts.push(Draft {
                code: "command-refused",
                severity: Severity::Warning,
                title: text.clone(),
                subjects: Vec::new(),
                when: Some((*at, *at)),
                causes: Vec::new(),
            });
        }
        self.static_notes(&mut drafts);
        let promised = judged
            .iter()
            .any(|one| one.result.kind == "PreferredLeaders");
        if !promised {
            self.uneven_leaders(&mut drafts);
        }
        drafts
    }

    /// Changes of settings that were refused.
    pub(super) fn config_refusals(&self, drafts: &mut Vec<Draft>) {
        for (at, what, why) in &self.refusals {
            drafts.push(Draft {
                code: super::kind_of_config_refusal(why),
                severity: Severity::Warning,
                title: format!("{what} was refused: {why}"),
                subjects: Vec::new(),
                when: Some((*at, *at)),
                causes: Vec::new(),
            });
        }
    }

    fn plain(code: &'static str, severity: Severity, title: String) -> Draft {
        Draft {
            code,
            severity,
            title,
            subjects: Vec::new(),
            when: None,
            causes: Vec::new(),
        }
    }

    /// The versions that brokers had up to a moment.
    fn brokers_until(&self, until: Time) -> Vec<facts::KafkaVersion> {
        let is_broker = |node: u32| self.estate.nodes[node as usize].broker;
        let first = self.estate.nodes.iter().filter(|node| node.broker);
        let mut brokers: Vec<facts::KafkaVersion> = first.map(|node| node.version).collect();
        let later = self.starts.iter();
        brokers.extend(
            later
                .filter(|(at, node, _)| *at <= until && is_broker(*node))
                .map(|start| start.2),
        );
        brokers.sort_unstable();
        brokers.dedup();
        brokers
    }

    fn brokers_at_the_end(&self) -> Vec<facts::KafkaVersion> {
        let mut brokers: Vec<facts::KafkaVersion> = (0..self.estate.nodes.len() as u32)
            .filter(|&node| self.estate.nodes[node as usize].broker)
            .map(|node| self.world.binary(node).version)
            .collect();
        brokers.sort_unstable();
        brokers.dedup();
        brokers
    }

    fn cannot_talk(
        &self,
        task: &str,
        client: facts::KafkaVersion,
        brokers: &[facts::KafkaVersion],
    ) -> bool {
        brokers.iter().any(|broker| {
            let (client, server) = (facts::Speaker::of(client), facts::Speaker::of(*broker));
            facts::misunderstanding(task, client, server).is_some()
        })
    }

    /// Clients that a broker of this rehearsal does not understand.
    fn old_clients(&self, drafts: &mut Vec<Draft>) {
        let producers = self.estate.producers.iter().enumerate();
        let groups = self.estate.groups.iter().enumerate();
        let clients = producers
            .map(|(at, one)| {
                let now = self.world.producer_version(at as u32);
                ("producer", "produce", &one.name, one.version, now)
            })
            .chain(groups.map(|(at, one)| {
                let now = self.world.group_version(at as u32);
                ("group", "group", &one.name, one.version, now)
            }));
        for (kind, task, name, version, now) in clients {
            // As long as it had its first version; with the one it got, only what the brokers are at the end counts.
            let until = self
                .upgraded
                .iter()
                .find(|(_, who)| who == name)
                .map(|upgraded| upgraded.0);
            let (version, brokers) = match until {
                Some(until) if !self.cannot_talk(task, version, &self.brokers_until(until)) => {
                    (now, self.brokers_at_the_end())
                }
                Some(until) => (version, self.brokers_until(until)),
                None => (version, self.brokers_until(Time::NEVER)),
            };
            let fails = brokers.iter().find_map(|broker| {
                let (client, server) = (facts::Speaker::of(version), facts::Speaker::of(*broker));
                Some((*broker, facts::misunderstanding(task, client, server)?))
            });
            let Some((broker, fails)) = fails else {
                continue;
            };
            drafts.push(Self::plain(
                    "client-too-old",
                    Severity::Warning,
                    format!(
                        "{kind} {name} is of Kafka {version} and cannot {} with brokers of {broker} ({}): {}",
                        if task == "produce" { "write" } else { "read" },
                        fails.api,
                        fails.seen
                    ),
            ));
        }
    }

    /// The operator took something down although waiting would have made it safe.
    fn risky_stops(&self, drafts: &mut Vec<Draft>) {
        for act in &self.acts {
            let Some(risk) = act.risk.filter(|_| matches!(act.by, By::Step(_))) else {
                continue;
            };
            if risk.stop.is_safe() {
                continue;
            }
            let at_risk = risk.stop.leaderless + risk.stop.below_min_isr;
            let (code, title) = if risk.stop.no_quorum {
                (
                    "no-controller",
                    format!("{}: the quorum has no majority then", act.text),
                )
            } else if act.nodes.len() > 1 && risk.first_alone.is_safe() {
                (
                    "too-many-at-once",
                    format!(
                        "{} together takes too much of {}",
                        words::nodes(&self.estate, &act.nodes),
                        words::count(u64::from(at_risk), "partition")
                    ),
                )
            } else if risk.stop.avoidable > 0 {
                (
                    "no-isr-wait",
                    format!(
                        "{} was stopped while {} under-replicated",
                        words::nodes(&self.estate, &act.nodes),
                        if risk.under_replicated == 1 {
                            "1 partition was".to_owned()
                        } else {
                            format!("{} partitions were", risk.under_replicated)
                        }
                    ),
                )
            } else {
                continue;
            };
            if drafts.iter().any(|draft| draft.code == code) {
                continue;
            }
            let subjects = risk
                .stop
                .example
                .map(|at| self.world.partition_name(at))
                .into_iter()
                .collect();
            drafts.push(Draft {
                subjects,
                when: Some((act.at, act.at)),
                ..Self::plain(code, Severity::Warning, title)
            });
        }
    }

    fn false_greens(&self, drafts: &mut Vec<Draft>) {
        for gate in &self.gates {
            let Some(why) = &gate.false_green else {
                continue;
            };
            let title = format!(
                "gate “{}” of step {} was green although {why}",
                gate.text, gate.step
            );
            let same_gate = |draft: &&Draft| {
                draft.code == "false-green"
                    && draft
                        .title
                        .contains(&format!("“{}” of step {}", gate.text, gate.step))
            };
            if drafts.iter().any(|draft| same_gate(&draft)) {
                continue;
            }
            drafts.push(Self::plain("false-green", Severity::Warning, title));
        }
    }

    fn refused_registrations(&self, drafts: &mut Vec<Draft>) {
        let mut nodes = Vec::new();
        let mut first = None;
        for noticed in &self.notices {
            if let Notice::RegistrationRefused(node) = noticed.what {
                first.get_or_insert(noticed.at);
                if !nodes.contains(&node) {
                    nodes.push(node);
                }
            }
        }
        nodes.sort_unstable();
        if let Some(at) = first {
            let title = format!(
                "{} could not register at first after the restart",
                words::nodes(&self.estate, &nodes)
            );
            let causes = self
                .last_cause(|what| matches!(what, Happening::RegistrationRefused(_)))
                .map(|id| self.chain(id, None))
                .unwrap_or_default();
            drafts.push(Draft {
                when: Some((at, at)),
                causes,
                ..Self::plain("session-kept", Severity::Note, title)
            });
        }
    }

    /// The operator killed brokers that led partitions: their leaders wait until the session ends, where a clean stop moves them first.
    fn kills_of_leaders(&self, drafts: &mut Vec<Draft>) {
        let killed = |act: &&Act| {
            act.what == What::Stop
                && matches!(act.by, By::Step(_))
                && act.risk.is_some_and(|risk| risk.leads > 0)
                && self.notices.iter().any(|noticed| {
                    noticed.at == act.at
                        && matches!(noticed.what, Notice::Killed(node) if act.nodes.contains(&node))
                })
        };
        if let Some(act) = self.acts.iter().find(killed) {
            let leads = act.risk.map_or(0, |risk| risk.leads);
            let title = format!(
                "{} {} killed while leading {}",
                words::nodes(&self.estate, &act.nodes),
                if act.nodes.len() == 1 { "was" } else { "were" },
                words::count(u64::from(leads), "partition")
            );
            drafts.push(Draft {
                when: Some((act.at, act.at)),
                ..Self::plain("killed-while-leading", Severity::Warning, title)
            });
        }
    }

    /// Records that the application was told had failed, and that readers get all the same.
    fn failed_but_in_log(&self, sums: &[ProducerSums], drafts: &mut Vec<Draft>) {
        for (producer, sum) in sums.iter().enumerate() {
            let (ghosts, failed) = (sum.counts.ghosts, sum.counts.not_sent);
            if ghosts == 0 {
                continue;
            }
            let mut places: Vec<(u64, String)> = sum
                .partitions
                .iter()
                .filter(|(_, ledger, _)| !ledger.ghosts.is_empty())
                .map(|(partition, ledger, _)| {
                    (ledger.ghosts.len(), self.world.partition_name(*partition))
                })
                .collect();
            places.sort_by_key(|(ghosts, _)| std::cmp::Reverse(*ghosts));
            let title = format!(
                "{ghosts} of the {} of {} that failed {} in the log all the same (most in {}: {})",
                words::count(failed, "record"),
                self.estate.producers[producer].name,
                if ghosts == 1 { "is" } else { "are" },
                places[0].1,
                places[0].0,
            );
            drafts.push(Draft {
                subjects: super::shortened(places.into_iter().map(|(_, name)| name).collect()),
                ..Self::plain("failed-but-in-log", Severity::Warning, title)
            });
        }
    }

    /// Brokers that were away because they recovered their logs.
    fn long_recoveries(&self, drafts: &mut Vec<Draft>) {
        let mut longest: Option<(Span, Time, u32)> = None;
        for (at, noticed) in self.notices.iter().enumerate() {
            let Notice::Recovering(node, false) = noticed.what else {
                continue;
            };
            let over = self.notices[at..].iter().find(|later| {
                matches!(later.what, Notice::PortOpen(who) | Notice::Stopped(who) | Notice::Killed(who) if who == node)
            });
            let took = over
                .map_or(self.end, |over| over.at)
                .saturating_since(noticed.at);
            if took >= LONG_RECOVERY && longest.is_none_or(|(most, ..)| took > most) {
                longest = Some((took, noticed.at, node));
            }
        }
        if let Some((took, at, node)) = longest {
            let title = format!(
                "{} recovered its logs for {} after an unclean stop",
                words::node(&self.estate, node),
                words::span(took)
            );
            drafts.push(Draft {
                when: Some((at, at.saturating_add(took))),
                ..Self::plain("long-recovery", Severity::Note, title)
            });
        }
    }

    /// What the estate alone tells.
    fn static_notes(&self, drafts: &mut Vec<Draft>) {
        for topic in &self.estate.topics {
            let replicas = topic.assignment.first().map_or(0, Vec::len) as u64;
            if topic.config.min_insync_replicas > replicas && replicas > 0 {
                drafts.push(Draft {
                    subjects: vec![topic.name.clone()],
                    ..Self::plain(
                        "min-isr-above-replicas",
                        Severity::Warning,
                        format!(
                            "{} has min.insync.replicas={} and only {}",
                            topic.name,
                            topic.config.min_insync_replicas,
                            words::count(replicas, "replica")
                        ),
                    )
                });
            }
        }
        if self.estate.voters.len() == 2 {
            let title = "the metadata quorum has two voters: it stands still when either is away"
                .to_owned();
            drafts.push(Self::plain("two-voter-quorum", Severity::Warning, title));
        }
    }

    /// After the runbook, leaders are not where they belong.
    fn uneven_leaders(&self, drafts: &mut Vec<Draft>) {
        let counts = self.world.counts();
        let all = self.world.partition_count();
        let away = all.saturating_sub(counts.preferred);
        // The same threshold that Kafka's own rebalancing has: leader.imbalance.per.broker.percentage, 10 %.
        if u64::from(away) * 10 > u64::from(all) {
            drafts.push(Self::plain(
                "leaders-not-restored",
                Severity::Note,
                format!(
                    "{} of {} at the end not led by their preferred broker",
                    away,
                    words::count(u64::from(all), "partition")
                ),
            ));
        }
    }
}
