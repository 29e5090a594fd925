//! Records that a node meets: at its start from its newest snapshot on, and as they are committed (MetadataLoader, QuorumController,
//! SharedServer's fault handlers).
//!
//! For whoever is a controller, a record that it cannot take is fatal. A broker logs it and goes on, but its picture of the metadata
//! stands still from there.

use super::exit::ExitReason;
use super::{KRAFT_VERSION, METADATA_VERSION, Recorded, Supported, since};
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::NodeIx;
use crate::node::Process;
use crate::world::{Notice, World};

/// A record that a node cannot take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its loader does not know this level of `metadata.version` by name (FeaturesDelta.replay).
    UnknownMetadataVersion(i16),
    /// It knows the level and does not support it: only a controller minds (FeatureControlManager.replay).
    Unsupported(&'static str, i16),
}

impl World {
    /// The first record among these that a node stumbles over.
    fn stumbles(&self, node: NodeIx, levels: &[(&'static str, i16)]) -> Option<Fault> {
        let version = self.version_of(node);
        let supported = Supported::by(version);
        let controller = self.estate.nodes[node as usize].controller;
        // The loader takes a batch as a whole before the controller replays it record by record.
        let unknown = levels
            .iter()
            .find(|(name, level)| *name == METADATA_VERSION && !supported.known().holds(*level))
            .map(|(_, level)| Fault::UnknownMetadataVersion(*level));
        let unsupported = || {
            levels
                .iter()
                .find(|(name, level)| {
                    // 4.0 and later ignore a record of kraft.version (KAFKA-18979).
                    let ignored = *name == KRAFT_VERSION && since(version, 4, 0);
                    !ignored && !supported.range(name).holds(*level)
                })
                .map(|(name, level)| Fault::Unsupported(name, *level))
        };
        unknown.or_else(|| controller.then(unsupported).flatten())
    }

    /// What a node stumbles over when it starts: its newest snapshot and every record after it.
    pub(crate) fn stumbles_at_start(&self, node: NodeIx) -> Option<Fault> {
        if self.features.raft > 0 && !since(self.version_of(node), 3, 9) {
            // Voters in the log are a control record that only 3.9 and later know (KIP-853).
            return Some(Fault::Unsupported(KRAFT_VERSION, self.features.raft));
        }
        let from = self.features.own[node as usize].snapshot;
        let base: Vec<(&'static str, i16)> = self.features.records[from]
            .levels
            .iter()
            .map(|(name, level)| (*name, *level))
            .collect();
        self.stumbles(node, &base).or_else(|| {
            self.features.records[from + 1..]
                .iter()
                .find_map(|record| self.stumbles(node, &record.changed))
        })
    }

    /// A node that has started replays its log as soon as it knows of a leader. Returns whether its process is over.
    pub(crate) fn replays_if_it_can(&mut self, node: NodeIx) -> bool {
        if self.features.own[node as usize].replayed || self.way_to_controller(node).is_none() {
            return false;
        }
        self.replays(node)
    }

    /// See [`World::replays_if_it_can`]; for whoever becomes the leader itself.
    pub(crate) fn replays(&mut self, node: NodeIx) -> bool {
        if std::mem::replace(&mut self.features.own[node as usize].replayed, true) {
            return false;
        }
        self.stumbles_at_start(node)
            .is_some_and(|fault| self.meets(node, fault))
    }

    /// There is a leader: controllers that waited for one replay their logs.
    pub(crate) fn voters_replay(&mut self) {
        for at in 0..self.estate.voters.len() {
            let voter = self.estate.voters[at];
            let me = &self.nodes[voter as usize];
            if !matches!(me.process, Process::Gone | Process::Loading) && me.runs() {
                self.replays_if_it_can(voter);
            }
        }
    }

    /// New levels are committed: every node that runs meets them.
    pub(crate) fn levels_are_committed(&mut self, record: Recorded) {
        let before = self.features.records.last().map_or(0, |record| {
            record.levels.get(METADATA_VERSION).copied().unwrap_or(0)
        });
        let after = record.levels.get(METADATA_VERSION).copied().unwrap_or(0);
        let changed = record.changed.clone();
        self.features.records.push(record);
        let crossed = |level: i16| before < level && after >= level;
        if crossed(super::CONTROLLERS_REGISTER_SINCE) {
            self.controllers_register(None);
        }
        if crossed(super::DIRECTORIES_SINCE) {
            self.brokers_register_again();
        }
        let cause = self.clock.cause();
        for node in 0..self.nodes.len() as NodeIx {
            let me = &self.nodes[node as usize];
            let replays = !matches!(me.process, Process::Gone | Process::Loading) && me.runs();
            if !replays || self.features.own[node as usize].deaf {
                continue;
            }
            if let Some(fault) = self.stumbles(node, &changed) {
                self.clock.set_cause(cause);
                self.meets(node, fault);
            }
        }
        self.clock.set_cause(cause);
        self.notices.push(Notice::Finalized);
    }

    /// A node stumbles. Returns whether its process is over.
    pub(crate) fn meets(&mut self, node: NodeIx, fault: Fault) -> bool {
        if self.estate.nodes[node as usize].controller {
            self.exits(node, ExitReason::Replay(fault));
            return true;
        }
        self.clock.note(Happening::Stumbles(node, fault));
        self.features.own[node as usize].deaf = true;
        self.notices.push(Notice::Stumbles(node, fault));
        false
    }

    /// A process ends by itself. What it had on its disks is as it was if it had not begun to load its logs.
    pub(crate) fn exits(&mut self, node: NodeIx, reason: ExitReason) {
        let me = &self.nodes[node as usize];
        let untouched = matches!(
            me.process,
            Process::Loading | Process::Registering | Process::CatchingUp
        ) && me.clean;
        self.nodes[node as usize].why = self.clock.note(Happening::Exited(node, reason));
        self.gone(node, false);
        self.nodes[node as usize].clean = untouched;
        self.notices.push(Notice::Exited(node, reason));
    }

    /// `initial.broker.registration.timeout.ms` begins: a broker that is not registered by its end gives up.
    pub(crate) fn begins_to_register(&mut self, node: NodeIx) {
        let config = &self.nodes[node as usize].binary.config;
        let gives_up = self
            .clock
            .now()
            .saturating_add(config.initial_registration_timeout);
        self.features.own[node as usize].gives_up = Some(gives_up);
    }

    /// Its time to register is over: then its process is, too.
    pub(crate) fn has_given_up(&mut self, node: NodeIx) -> bool {
        let own = self.features.own[node as usize];
        let over = own.gives_up.is_some_and(|at| self.clock.now() >= at);
        if over {
            self.exits(node, ExitReason::NotRegistered(own.refused));
        }
        over
    }

    /// A broker's registration is refused for a finalized level.
    pub(crate) fn refuses_registration(
        &mut self,
        broker: NodeIx,
        feature: &'static str,
        level: i16,
    ) {
        let own = &mut self.features.own[broker as usize];
        if own.refused != Some((feature, level)) {
            own.refused = Some((feature, level));
            self.nodes[broker as usize].why = self
                .clock
                .note(Happening::Unsupported(broker, feature, level));
            self.notices
                .push(Notice::Unsupported(broker, feature, level));
        }
    }

    /// A starting broker looks at the settings of every topic: since 4.1 a segment below 1 MiB is no valid value, and that is fatal
    /// (KAFKA-19080; observed on 4.1.2).
    pub(crate) fn topic_it_cannot_load(&self, node: NodeIx) -> Option<(u32, u64)> {
        if !since(self.version_of(node), 4, 1) {
            return None;
        }
        (0..self.topic_segments.len())
            .find(|&topic| self.topic_segments[topic] < super::exit::SMALLEST_SEGMENT)
            .map(|topic| (topic as u32, self.topic_segments[topic]))
    }

    /// A stumbling node learns no more.
    pub(crate) fn is_deaf(&self, node: NodeIx) -> bool {
        self.features.own[node as usize].deaf
    }

    /// Asks again to be registered at that moment, unless it has given up.
    pub(crate) fn asks_again(&mut self, node: NodeIx, at: engine::Time) {
        if self.has_given_up(node) {
            return;
        }
        let gives_up = self.features.own[node as usize].gives_up;
        let at = gives_up.map_or(at, |gives_up| at.min(gives_up));
        self.clock
            .arm(&mut self.nodes[node as usize].stage, at, |ticket| {
                Event::Stage { node, ticket }
            });
    }
}
