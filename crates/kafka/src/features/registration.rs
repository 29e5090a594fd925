//! What brokers and controllers say of themselves when they register, and who is refused (ClusterControlManager.registerBroker).

use facts::KafkaVersion;

use super::{CONTROLLERS_REGISTER_SINCE, KRAFT_VERSION, METADATA_VERSION, Range, Supported, since};
use crate::ids::NodeIx;
use crate::node::Process;
use crate::world::World;

/// A broker's registration as the controller keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registered {
    supported: &'static Supported,
    /// Features whose range begins with 0 are in it: request version 4 and later, which both sides have to know (KAFKA-17011). Without
    /// them the broker looks as if it had no feature but `metadata.version`, until it registers again.
    complete: bool,
}

impl Registered {
    /// A broker of this version registers with such a controller.
    pub(crate) fn at(broker: KafkaVersion, controller: Option<KafkaVersion>) -> Self {
        let complete = since(broker, 3, 9) && controller.is_none_or(|version| since(version, 3, 9));
        Self {
            supported: Supported::by(broker),
            complete,
        }
    }

    /// What it says of a feature.
    pub(crate) fn offered(&self, feature: &str) -> Option<Range> {
        self.supported
            .offered(feature)
            .filter(|range| self.complete || range.min > 0)
    }
}

impl World {
    /// The finalized levels that a registration is held against, by an active controller of this version: 3.9 and later look at the
    /// level of `kraft.version` that the quorum has, too.
    fn held_against(&self, controller: KafkaVersion) -> Vec<(&'static str, i16)> {
        let mut levels: Vec<(&'static str, i16)> = self
            .features
            .decided
            .iter()
            .map(|(name, level)| (*name, *level))
            .filter(|(name, _)| *name != KRAFT_VERSION)
            .collect();
        let kraft = self.finalized_as_shown_by(controller, KRAFT_VERSION);
        if since(controller, 3, 9) {
            levels.push((KRAFT_VERSION, kraft));
        }
        levels
    }

    /// The finalized level for which the active controller refuses to register a broker, if there is one.
    pub(crate) fn why_not_registered(&self, broker: NodeIx) -> Option<(&'static str, i16)> {
        let controller = self.version_of(self.controller.active?);
        let mine = Registered::at(self.version_of(broker), Some(controller));
        let levels = self.held_against(controller);
        let unsupported = |(name, level): &(&'static str, i16)| {
            let range = mine.offered(name).unwrap_or(Range::DISABLED);
            !range.holds(*level)
        };
        // What the broker names is looked at first, then finalized features that it does not name.
        let (named, others): (Vec<_>, Vec<_>) = levels
            .into_iter()
            .partition(|(name, _)| mine.offered(name).is_some());
        named.into_iter().chain(others).find(unsupported)
    }

    /// The active controller keeps what a broker says of itself.
    pub(crate) fn keeps_registration_of(&mut self, broker: NodeIx) {
        let controller = self.controller.active.map(|active| self.version_of(active));
        self.features.brokers[broker as usize] =
            Some(Registered::at(self.version_of(broker), controller));
        self.features.own[broker as usize].refused = None;
        self.features.own[broker as usize].gives_up = None;
    }

    /// metadata.version crosses 3.7-IV2: brokers of 3.7 and later register once more, with their directories
    /// (BrokerRegistrationTracker). The few milliseconds until they have are left out.
    pub(crate) fn brokers_register_again(&mut self) {
        for broker in 0..self.nodes.len() as NodeIx {
            let me = &self.nodes[broker as usize];
            let takes_part = self.features.brokers[broker as usize].is_some()
                && me.process == Process::Running
                && me.runs()
                && since(me.binary.version, 3, 7)
                && self.way_to_controller(broker).is_some();
            if takes_part {
                self.keeps_registration_of(broker);
            }
        }
    }

    /// A controller registers at its start, or all of them when metadata.version comes to 3.7-IV0 (ControllerRegistrationManager).
    pub(crate) fn controllers_register(&mut self, only: Option<NodeIx>) {
        if self.features.level(METADATA_VERSION) < CONTROLLERS_REGISTER_SINCE {
            return;
        }
        for at in 0..self.estate.voters.len() {
            let voter = self.estate.voters[at];
            let me = &self.nodes[voter as usize];
            let takes_part = only.is_none_or(|only| only == voter)
                && me.process != Process::Gone
                && me.runs()
                && since(me.binary.version, 3, 7);
            if takes_part {
                self.features.controllers[voter as usize] =
                    Some(Supported::by(self.version_of(voter)));
            }
        }
    }
}
