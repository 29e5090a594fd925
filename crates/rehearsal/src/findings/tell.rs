//! A time that was too long, told from its end back to its root.
//!
//! What a client sees (a lost connection, a refused write) is seldom the reason. Where a partition lacked its leader or replicas for
//! most of the time, the story is that of the partition: who was missing, why, and who brought it back.

use std::collections::BTreeMap;

use engine::Time;
use kafka::happening::Happening;
use kafka::ids::{NodeIx, PartitionIx, Slot};
use kafka::partition::Registration;
use kafka::record::Lack;
use outcome::{CauseLink, Severity};
use scenario::model::PromiseKind;

use super::{Draft, PER_PROMISE, shortened};
use crate::acts::What;
use crate::judge::{Judged, Trouble};
use crate::play::Play;
use crate::words;

/// What a partition lacked for most of a trouble.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lacked {
    /// A leader.
    Leader(Lack),
    /// Replicas in sync: it was below min ISR.
    Replicas(Lack),
}

impl Lacked {
    pub(crate) fn lack(&self) -> &Lack {
        match self {
            Self::Leader(lack) | Self::Replicas(lack) => lack,
        }
    }
}

impl Play {
    /// Times that were too long, told once for each kind: the longest, and how many more there were.
    pub(super) fn explain_troubles(&self, judged: &Judged) -> Vec<Draft> {
        let mut order: Vec<&'static str> = Vec::new();
        let mut kinds: BTreeMap<&'static str, Vec<Trouble>> = BTreeMap::new();
        for trouble in &judged.troubles {
            let code = self.diagnose(trouble);
            if !order.contains(&code) {
                order.push(code);
            }
            kinds.entry(code).or_default().push(*trouble);
        }
        order
            .into_iter()
            .take(PER_PROMISE)
            .map(|code| self.told(judged, code, &kinds[code]))
            .collect()
    }

    /// One finding for troubles of one kind; the first is the longest.
    fn told(&self, judged: &Judged, code: &'static str, troubles: &[Trouble]) -> Draft {
        let worst = &troubles[0];
        let length = words::span(worst.length(self.end));
        let at_least = if worst.end.is_never() {
            "at least "
        } else {
            ""
        };
        let root = self.root_of(worst);
        let mut places: Vec<String> = Vec::new();
        let mut other_roots: Vec<Option<usize>> = Vec::new();
        for trouble in troubles {
            let its_root = self.root_of(trouble);
            if its_root != root {
                if !other_roots.contains(&its_root) {
                    other_roots.push(its_root);
                }
                continue;
            }
            if let Some(partition) = trouble.partition {
                let name = self.world.partition_name(partition);
                if !places.contains(&name) {
                    places.push(name);
                }
            }
        }
        let place = places
            .first()
            .cloned()
            .unwrap_or_else(|| judged.result.subject.clone());
        let mut more = Vec::new();
        if places.len() > 1 {
            more.push(format!("{} like it", places.len() - 1));
        }
        match other_roots.len() {
            0 => {}
            1 => more.push("the same once more".to_owned()),
            n => more.push(format!("the same {n} times more")),
        }
        let more = if more.is_empty() {
            String::new()
        } else {
            format!(" (and {})", more.join(", "))
        };
        let title = match &judged.kind {
            PromiseKind::ReadOutage(..) => format!(
                "{} read nothing from {place} for {at_least}{length}{more}",
                judged.result.subject
            ),
            PromiseKind::Leaderless(..) => {
                format!("{place} had no leader for {at_least}{length}{more}")
            }
            PromiseKind::UnderMinIsr(..) => {
                format!("{place} was below min ISR for {at_least}{length}{more}")
            }
            PromiseKind::NoController(..) => {
                format!("there was no active controller for {at_least}{length}{more}")
            }
            PromiseKind::FullyReplicated(..) => {
                format!("{place} is not fully in sync at the end{more}")
            }
            _ => format!("{place} acknowledged nothing for {at_least}{length}{more}"),
        };
        Draft {
            code,
            severity: Severity::Broken,
            title,
            subjects: shortened(places),
            when: Some((worst.begin, worst.end)),
            causes: self.story_of(worst),
        }
    }

    /// How long two stretches of time overlap, in nanoseconds.
    pub(super) fn overlap(&self, a: (Time, Time), b: (Time, Time)) -> u64 {
        let end = a.1.min(b.1).min(self.end);
        end.saturating_since(a.0.max(b.0)).as_nanos()
    }

    /// What the partition of a trouble lacked for more than half of it.
    pub(crate) fn lacked(&self, trouble: &Trouble) -> Option<Lacked> {
        let partition = trouble.partition?;
        let half = trouble.length(self.end).as_nanos().max(1) / 2;
        let most = |lacks: &[Lack]| {
            let its = || lacks.iter().filter(|lack| lack.partition == partition);
            let part =
                |lack: &Lack| self.overlap((lack.begin, lack.end), (trouble.begin, trouble.end));
            let sum: u64 = its().map(part).sum();
            its()
                .max_by_key(|lack| part(lack))
                .filter(|_| sum > half)
                .copied()
        };
        most(self.world.leaderless())
            .map(Lacked::Leader)
            .or_else(|| most(self.world.below_min_isr()).map(Lacked::Replicas))
    }

    /// The act at the root of a trouble.
    pub(super) fn root_of(&self, trouble: &Trouble) -> Option<usize> {
        let cause = self
            .lacked(trouble)
            .map_or(trouble.cause, |lacked| lacked.lack().cause);
        self.root(cause)
    }

    /// Leader and ISR of a partition in the committed metadata at a moment.
    pub(super) fn state_at(&self, partition: PartitionIx, at: Time) -> Option<Registration> {
        self.world
            .history()
            .iter()
            .rev()
            .find(|change| change.partition == partition && change.at <= at)
            .map(|change| change.state)
    }

    fn node_in(&self, partition: PartitionIx, slot: Slot) -> NodeIx {
        self.world.partition(partition).replicas[slot as usize].node
    }

    pub(super) fn nodes_of(
        &self,
        partition: PartitionIx,
        state: Registration,
        in_sync: bool,
    ) -> Vec<NodeIx> {
        let replicas = &self.world.partition(partition).replicas;
        (0..replicas.len())
            .filter(|slot| (state.isr >> slot & 1 == 1) == in_sync)
            .map(|slot| replicas[slot].node)
            .collect()
    }

    /// From the end of a trouble back to its root.
    pub(super) fn story_of(&self, trouble: &Trouble) -> Vec<CauseLink> {
        let trouble = &self.with_causes(*trouble);
        let lacked = self.lacked(trouble);
        let mut links = if trouble.end.is_never() {
            Vec::new()
        } else {
            match &lacked {
                Some(lacked) => self.came_back(lacked),
                None => self.ended(trouble),
            }
        };
        if let Some(first) = links.first_mut() {
            first.text = format!("it ended when: {}", first.text);
        }
        let back = match &lacked {
            Some(lacked) => self.went_away(lacked),
            None => self.chain(trouble.cause, trouble.partition),
        };
        for link in back {
            if !links.iter().any(|known| known.text.ends_with(&link.text)) {
                links.push(link);
            }
        }
        links.sort_by_key(|link| std::cmp::Reverse(link.at));
        links
    }

    /// A time without active controller has no partition that remembers why: the quorum's own notes say it.
    fn with_causes(&self, mut trouble: Trouble) -> Trouble {
        if trouble.partition.is_none() && trouble.cause.is_none() {
            let lost = self.newest_cause_until(trouble.begin, |what| {
                matches!(what, Happening::ControllerLost(_) | Happening::QuorumLost)
            });
            let found = self.newest_cause_until(trouble.end, |what| {
                matches!(what, Happening::ControllerActive(_))
            });
            trouble.cause = lost.unwrap_or(trouble.cause);
            trouble.ended_by = found.unwrap_or(trouble.ended_by);
        }
        trouble
    }

    /// What a client's trouble ended with, unless that is no news.
    fn ended(&self, trouble: &Trouble) -> Vec<CauseLink> {
        let news = self
            .world
            .causes()
            .and_then(|causes| causes.get(trouble.ended_by))
            .is_some_and(|cause| cause.at > trouble.begin);
        if news {
            self.chain(trouble.ended_by, trouble.partition)
        } else {
            Vec::new()
        }
    }

    /// How a lack began.
    fn went_away(&self, lacked: &Lacked) -> Vec<CauseLink> {
        let lack = lacked.lack();
        let mut links = Vec::new();
        let state = self.state_at(lack.partition, lack.begin);
        if let (Lacked::Replicas(_), Some(state)) = (lacked, state) {
            let in_sync = self.nodes_of(lack.partition, state, true);
            let which = if in_sync.is_empty() {
                String::new()
            } else {
                format!(" ({})", words::nodes(&self.estate, &in_sync))
            };
            links.push(CauseLink {
                at: self.relative(lack.begin),
                text: format!(
                    "{} has {} in sync{which} and needs {} (min.insync.replicas)",
                    self.world.partition_name(lack.partition),
                    words::count(in_sync.len() as u64, "replica"),
                    self.world.partition(lack.partition).min_isr,
                ),
            });
        }
        let chain = self.chain(lack.cause, Some(lack.partition));
        links.extend(chain.into_iter().filter(|link| {
            // The first link says it with numbers.
            matches!(lacked, Lacked::Leader(_)) || !link.text.ends_with("min.insync.replicas")
        }));
        // Others that are missing have stories of their own: what took them down, in short.
        let missing = state.map_or_else(Vec::new, |state| {
            self.nodes_of(lack.partition, state, false)
        });
        for node in missing {
            let last = self.acts.iter().enumerate().rev().find(|(_, act)| {
                act.at <= lack.begin && act.what != What::Other && act.nodes.contains(&node)
            });
            let Some((number, act)) = last else {
                continue;
            };
            let mut text = self.happening(Happening::Outside(number as u32), act.at);
            if act.what == What::Start {
                text.push_str(&format!(
                    ", not yet back in sync {} later",
                    words::span(lack.begin.saturating_since(act.at))
                ));
            }
            let link = CauseLink {
                at: self.relative(act.at),
                text,
            };
            if !links.contains(&link) {
                links.push(link);
            }
        }
        links
    }

    /// How a lack ended: who came back, and what brought it.
    fn came_back(&self, lacked: &Lacked) -> Vec<CauseLink> {
        let lack = lacked.lack();
        if lack.end.is_never() {
            return Vec::new();
        }
        let Some(state) = self.state_at(lack.partition, lack.end) else {
            return Vec::new();
        };
        let name = self.world.partition_name(lack.partition);
        let (text, back) = match lacked {
            Lacked::Leader(_) => {
                let Some(leader) = state.leader else {
                    return Vec::new();
                };
                let node = self.node_in(lack.partition, leader);
                let who = words::node(&self.estate, node);
                (format!("{who} becomes leader of {name}"), node)
            }
            Lacked::Replicas(_) => {
                let before = self
                    .state_at(
                        lack.partition,
                        Time::from_nanos(lack.end.as_nanos().saturating_sub(1)),
                    )
                    .map_or(0, |before| before.isr);
                let joined: Vec<NodeIx> = (0..self.world.partition(lack.partition).replicas.len())
                    .filter(|slot| (state.isr & !before) >> slot & 1 == 1)
                    .map(|slot| self.node_in(lack.partition, slot as Slot))
                    .collect();
                let Some(&first) = joined.first() else {
                    // The setting was lowered, not the ISR grown.
                    return Vec::new();
                };
                let who = words::nodes(&self.estate, &joined);
                (format!("{who} is back in the ISR of {name}"), first)
            }
        };
        let mut links = vec![CauseLink {
            at: self.relative(lack.end),
            text,
        }];
        // What brought that node back, as far as it happened meanwhile.
        let meanwhile = |at: Time| at > lack.begin && at <= lack.end;
        let told = |what: Happening| match what {
            Happening::CaughtUp(node, _)
            | Happening::Unfenced(node)
            | Happening::Recovers(node)
            | Happening::RegistrationRefused(node)
            | Happening::Resumed(node) => node == back,
            _ => false,
        };
        let mut last: Vec<(Time, Happening)> = Vec::new();
        if let Some(causes) = self.world.causes() {
            for (_, cause) in causes.iter() {
                if meanwhile(cause.at) && told(cause.kind) {
                    last.retain(|(_, known)| {
                        std::mem::discriminant(known) != std::mem::discriminant(&cause.kind)
                    });
                    last.push((cause.at, cause.kind));
                }
            }
        }
        links.extend(last.iter().rev().map(|&(at, what)| CauseLink {
            at: self.relative(at),
            text: self.happening(what, at),
        }));
        let started = self.acts.iter().enumerate().rev().find(|(_, act)| {
            act.what == What::Start && act.nodes.contains(&back) && meanwhile(act.at)
        });
        if let Some((number, act)) = started {
            links.push(CauseLink {
                at: self.relative(act.at),
                text: self.happening(Happening::Outside(number as u32), act.at),
            });
        }
        links
    }
}
