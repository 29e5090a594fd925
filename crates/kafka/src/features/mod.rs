//! Finalized features: `metadata.version` and its companions (KIP-584, KIP-778; FeatureControlManager, FeaturesImage).
//!
//! A level is a record of the metadata log. The binary of a node says which levels it supports ([`Supported`]); the controller writes a
//! new level only if everybody who is registered supports it (`update`), refuses to register a broker that does not support what is
//! finalized (`registration`), and whoever replays a record that it does not know stumbles over it (`replay`). Nothing here happens
//! while no level changes and no process starts.
//!
//! | file | what |
//! |---|---|
//! | `supported` | ranges of a binary |
//! | `update` | UpdateFeatures at the active controller |
//! | `registration` | what brokers and controllers say of themselves, and who is refused |
//! | `replay` | records and snapshots, and what a starting node meets in them |
//! | [`exit`] | why a process ends by itself, in the words of its log |

pub mod exit;
mod registration;
mod replay;
mod supported;
mod update;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Key, Span, Time};
use facts::KafkaVersion;

use crate::estate::Estate;
use crate::ids::NodeIx;
use crate::world::World;

pub use replay::Fault;
pub use supported::{Range, Supported};
pub use update::{NoController, Update, UpgradeType};

/// The level of each feature that is not 0, by name.
pub type Levels = BTreeMap<&'static str, i16>;

/// The feature whose levels say in which format the metadata log is written.
pub const METADATA_VERSION: &str = facts::MetadataVersion::FEATURE;
/// The feature whose level 1 says that the voters are kept in the log (KIP-853). It is a control record of Raft, not a record of the
/// metadata log, from 4.0 on (KAFKA-18979).
pub const KRAFT_VERSION: &str = "kraft.version";
/// Eligible leader replicas (KIP-966).
pub const ELR_VERSION: &str = "eligible.leader.replicas.version";

/// metadata.version 3.6-IV0: an ISR that shrinks no longer makes a new leader epoch (KAFKA-15021).
const NO_BUMP_SINCE: i16 = 12;
/// metadata.version 3.7-IV0: controllers register (KIP-919).
pub(crate) const CONTROLLERS_REGISTER_SINCE: i16 = 15;
/// metadata.version 3.7-IV2: brokers register their directories, and once more when this level comes (KIP-858).
pub(crate) const DIRECTORIES_SINCE: i16 = 17;
/// metadata.version 3.3-IV1: the active controller appends a NoOp where nothing else is to be appended (KIP-835).
const NO_OPS_SINCE: i16 = 5;
/// Size of a batch with one NoOpRecord in the metadata log: 61 bytes of header, the record and its frame (record format v2).
const NO_OP_BATCH: u64 = 72;

/// Is this version at least that release line?
pub(crate) fn since(version: KafkaVersion, major: u16, minor: u16) -> bool {
    (version.major, version.minor) >= (major, minor)
}

/// Levels as they were recorded.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// When they were committed.
    pub(crate) at: Time,
    /// All of them from then on.
    pub(crate) levels: Arc<Levels>,
    /// What changed.
    pub(crate) changed: Arc<Vec<(&'static str, i16)>>,
}

/// What one node has to do with features.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Own {
    /// Its newest snapshot of the metadata holds the levels of this record; 0: it has none, and replays from the beginning.
    pub(crate) snapshot: usize,
    /// It has stumbled over a record, and its picture of the metadata stands still (a broker without the role of a controller).
    pub(crate) deaf: bool,
    /// It has replayed its log since its start: for that it has to know of a leader, which says how far the log is committed.
    pub(crate) replayed: bool,
    /// What its registration was refused for since its start.
    pub(crate) refused: Option<(&'static str, i16)>,
    /// It gives up to register at this moment.
    pub(crate) gives_up: Option<Time>,
}

/// Finalized features and who supports what.
#[derive(Clone, Debug)]
pub(crate) struct FeatureState {
    /// As the active controller has decided.
    pub(crate) decided: Arc<Levels>,
    /// `kraft.version` as the quorum has it.
    pub(crate) raft: i16,
    /// All records since the storage was formatted, oldest first.
    pub(crate) records: Vec<Recorded>,
    /// By node: what its broker registration says; `None` without one.
    pub(crate) brokers: Vec<Option<registration::Registered>>,
    /// By node: what its controller registration says; `None` without one.
    pub(crate) controllers: Vec<Option<&'static Supported>>,
    /// By node.
    pub(crate) own: Vec<Own>,
    /// See [`ELR_VERSION`].
    pub(crate) eligible_leader_replicas: bool,
    /// The leader epoch grows with each ISR that shrinks.
    pub(crate) shrink_bumps: bool,
}

impl FeatureState {
    /// The level of a feature, as decided.
    pub(crate) fn level(&self, feature: &str) -> i16 {
        self.decided.get(feature).copied().unwrap_or(0)
    }

    /// Takes new levels; what follows from them takes effect.
    fn decide(&mut self, levels: Levels) {
        self.decided = Arc::new(levels);
        self.eligible_leader_replicas = self.level(ELR_VERSION) > 0;
        self.shrink_bumps = self.level(METADATA_VERSION) < NO_BUMP_SINCE;
    }
}

impl FeatureState {
    /// The state at time 0: everybody registered, everything formatted at the estate's levels.
    pub(crate) fn first(estate: &Estate, active: NodeIx) -> Self {
        let mut levels = estate.levels.clone();
        let raft = levels.remove(KRAFT_VERSION).unwrap_or(0);
        let levels = Arc::new(levels);
        let n = estate.nodes.len();
        let mut state = Self {
            decided: levels.clone(),
            raft,
            records: vec![Recorded {
                at: Time::ZERO,
                changed: Arc::new(levels.iter().map(|(name, level)| (*name, *level)).collect()),
                levels,
            }],
            brokers: vec![None; n],
            controllers: vec![None; n],
            own: vec![
                Own {
                    replayed: true,
                    ..Own::default()
                };
                n
            ],
            eligible_leader_replicas: estate.eligible_leader_replicas,
            shrink_bumps: estate.shrink_bumps_leader_epoch,
        };
        let active = Some(estate.nodes[active as usize].version);
        let registers = state.level(METADATA_VERSION) >= CONTROLLERS_REGISTER_SINCE;
        for node in 0..n {
            let spec = &estate.nodes[node];
            if spec.broker {
                state.brokers[node] = Some(registration::Registered::at(spec.version, active));
            }
            if spec.controller && registers {
                state.controllers[node] = Some(Supported::by(spec.version));
            }
        }
        state
    }
}

impl World {
    /// What was decided and not committed never was.
    pub(crate) fn takes_levels_back(&mut self, before: &crate::metadata::LevelsBefore) {
        self.features.decide((*before.levels).clone());
        self.features.raft = before.raft;
    }

    /// The version that a node runs.
    pub(crate) fn version_of(&self, node: NodeIx) -> KafkaVersion {
        self.nodes[node as usize].binary.version
    }

    /// How often a node writes a snapshot of the metadata: after `metadata.log.max.snapshot.interval.ms` (3.4 and later), or when
    /// `metadata.log.max.record.bytes.between.snapshots` have come, which NoOps alone do in the end (SnapshotGenerator).
    fn snapshot_interval(&self, node: NodeIx) -> Option<Span> {
        let config = &self.nodes[node as usize].binary.config;
        let no_ops = self.features.level(METADATA_VERSION) >= NO_OPS_SINCE;
        let by_bytes = no_ops.then(|| {
            let batches = config.snapshot_bytes.div_ceil(NO_OP_BATCH);
            config.metadata_max_idle.saturating_mul(batches)
        });
        match (config.snapshot_interval, by_bytes) {
            (Some(time), Some(bytes)) => Some(time.min(bytes)),
            (time, bytes) => time.or(bytes),
        }
    }

    /// The last record that the newest snapshot of a node covers, at this moment.
    pub(crate) fn snapshot_of(&self, node: NodeIx) -> usize {
        let me = &self.nodes[node as usize];
        let stored = self.features.own[node as usize].snapshot;
        if me.process == crate::node::Process::Gone
            || self.features.own[node as usize].deaf
            || self.features.records.len() <= stored + 1
        {
            return stored;
        }
        let Some(every) = self
            .snapshot_interval(node)
            .filter(|every| every.as_nanos() > 0)
        else {
            return stored;
        };
        // A process that ran before the world began has its snapshots in a phase of its own.
        let phase = if me.started == Time::ZERO {
            let id = u64::from(self.estate.nodes[node as usize].id);
            self.draw_outside(
                Key::of("broker").id(id).part("snapshot"),
                0,
                every.as_nanos(),
            )
        } else {
            0
        };
        let ran = self.clock.now().saturating_since(me.started).as_nanos() + phase;
        let last = ran / every.as_nanos() * every.as_nanos();
        if last == 0 || last < phase {
            return stored;
        }
        let last = me.started.saturating_add(Span::nanos(last - phase));
        let covered = self
            .features
            .records
            .partition_point(|record| record.at <= last);
        stored.max(covered.saturating_sub(1))
    }

    /// A process ends: what it has written stays.
    pub(crate) fn keeps_snapshot(&mut self, node: NodeIx) {
        let snapshot = self.snapshot_of(node);
        self.features.own[node as usize] = Own {
            snapshot,
            ..Own::default()
        };
    }

    // ------------------------------------------------------------------------------------ for those who look from outside

    /// The finalized level of a feature as a node of this version shows it: up to 3.9 `kraft.version` is what the metadata log says,
    /// later what the quorum does.
    pub fn finalized_as_shown_by(&self, version: KafkaVersion, feature: &str) -> i16 {
        match feature {
            KRAFT_VERSION if since(version, 4, 0) => self.features.raft,
            KRAFT_VERSION => self.features.raft.max(self.features.level(feature)),
            _ => self.features.level(feature),
        }
    }

    /// The finalized level of a feature.
    pub fn finalized(&self, feature: &str) -> i16 {
        match feature {
            KRAFT_VERSION => self.features.raft,
            _ => self.features.level(feature),
        }
    }

    /// The newest snapshot of the metadata on a node covers every change of features: started anew, it meets no level that was finalized
    /// before.
    pub fn snapshot_is_newer_than_levels(&self, node: NodeIx) -> bool {
        self.snapshot_of(node) + 1 == self.features.records.len()
    }
}
