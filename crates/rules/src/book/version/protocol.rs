//! What `inter.broker.protocol.version` makes of a broker's requests, on paper: which version of Fetch it sends, and whether another binary reads it.
//!
//! In ZooKeeper mode the channels between brokers are not negotiated: the sender's setting decides (ReplicaFetcherThread, ControllerChannelManager).

use crate::NodeState;
use crate::case::Case;
use facts::{MetadataVersion, Release};
use scenario::model::{Action, NodeId, Settings, Span};

use crate::walk::Moment;

/// The setting.
pub(super) const PROTOCOL: &str = "inter.broker.protocol.version";

/// Requests that are sent as the setting says, with the field of `MetadataVersion` that tells their version.
const CHANNELS: [(&str, &str); 1] = [("Fetch", "fetchRequestVersion")];

/// The setting of a node: what the file says, else the newest of its binary.
pub(super) fn of(node: &NodeState) -> Option<&'static MetadataVersion> {
    match node.settings.get(PROTOCOL) {
        Some(value) => facts::metadata_version(value.trim()).ok(),
        None => Some(release(node)?.metadata_version()),
    }
}

fn release(node: &NodeState) -> Option<&'static Release> {
    facts::of(&node.version.to_string()).ok()
}

/// The first request of this sender that the receiver cannot read: its name, the version sent, the latest that is read.
pub(super) fn unreadable(
    sender: &NodeState,
    receiver: &NodeState,
) -> Option<(&'static str, i16, i16)> {
    let (protocol, receiver) = (of(sender)?, release(receiver)?);
    CHANNELS.iter().find_map(|(name, field)| {
        let sent = protocol.number(field)?;
        let latest = facts::api(name).ok()?.range_in(receiver)?.latest;
        (sent > latest).then_some((*name, sent, latest))
    })
}

/// A broker that is changed by a step sends what another broker cannot read, at some moment of the step or after it.
#[derive(Debug)]
pub(super) struct Clash {
    /// Who sends.
    pub(super) sender: NodeId,
    /// As it is then.
    pub(super) state: NodeState,
    /// Who cannot read it.
    pub(super) receiver: NodeId,
    /// As it is then.
    pub(super) other: NodeState,
    /// The request, the version sent, the latest that is read.
    pub(super) request: (&'static str, i16, i16),
}

/// The first clash of a step. Nodes of a step change one after the other, so one that is changed meets those that are not yet.
pub(super) fn clash(case: &Case<'_>, moment: &Moment<'_>) -> Option<Clash> {
    if case.is_kraft() {
        return None;
    }
    let changed: Vec<NodeId> = moment
        .after
        .iter()
        .filter(|(id, node)| node.broker && moment.before.get(id) != Some(node))
        .map(|(id, _)| *id)
        .collect();
    let pairs = changed.iter().flat_map(|one| {
        let others = moment.after.keys().filter(move |other| *other != one);
        others.map(move |other| (*one, *other))
    });
    pairs
        .filter_map(|(one, other)| {
            let new = moment.after.get(&one)?;
            // The last one of a step meets only nodes that are changed.
            let later = changed.iter().position(|id| *id == other)
                > changed.iter().position(|id| *id == one);
            let meets = match changed.contains(&other) {
                true if later => moment.before.get(&other)?,
                _ => moment.after.get(&other)?,
            };
            let clash = |sender: NodeId, state: &NodeState, receiver: NodeId, other: &NodeState| {
                (state.broker && other.broker && state.up && other.up).then_some(())?;
                Some(Clash {
                    sender,
                    state: state.clone(),
                    receiver,
                    other: other.clone(),
                    request: unreadable(state, other)?,
                })
            };
            clash(one, new, other, meets).or_else(|| clash(other, meets, one, new))
        })
        .next()
}

/// Where a step says the setting.
pub(super) fn said(action: &Action) -> Option<Span> {
    let settings: &Settings = match action {
        Action::Roll(roll) => &roll.settings,
        Action::Start(start) => &start.settings,
        Action::SetConfig(set) => &set.settings,
        _ => return None,
    };
    settings
        .iter()
        .find(|(name, _)| name.value == PROTOCOL)
        .map(|(_, value)| value.span)
}
