//! What a rehearsal may want to tell of ZooKeeper mode: channels that were closed, processes that would not start.

use engine::Time;
use facts::KafkaVersion;

use super::wire::Channel;
use crate::ids::NodeIx;
use crate::world::World;

/// A receiver could not read the version of a request and closed the connection; the sender tried the same again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedChannel {
    /// The first time.
    pub at: Time,
    /// Which requests.
    pub channel: Channel,
    /// Who sent them.
    pub from: NodeIx,
    /// Who could not read them.
    pub to: NodeIx,
    /// The version that was sent.
    pub version: i16,
    /// The sender's binary.
    pub sender: KafkaVersion,
    /// The receiver's binary.
    pub receiver: KafkaVersion,
}

/// Why a process ended its start by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has no ZooKeeper mode (4.0 and later).
    NoZooKeeperMode,
    /// It does not know the value of `inter.broker.protocol.version`.
    UnknownProtocol(String),
    /// It does not know the value of `log.message.format.version`.
    UnknownMessageFormat(String),
    /// The ephemeral znode of the process before is still there.
    NodeExists,
    /// It could not connect to ZooKeeper in time.
    NoEnsemble,
}

/// A process that ended its start by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub at: Time,
    /// Which.
    pub node: NodeIx,
    /// Its binary.
    pub version: KafkaVersion,
    /// Why.
    pub why: Refusal,
}

impl World {
    /// Channels between brokers that were closed because a version could not be read, each once, in order of time.
    pub fn closed_channels(&self) -> &[ClosedChannel] {
        self.zookeeper.as_ref().map_or(&[], |zk| &zk.closed)
    }

    /// Processes that ended their start by themselves, in order of time.
    pub fn refused_starts(&self) -> &[Refused] {
        self.zookeeper.as_ref().map_or(&[], |zk| &zk.refused)
    }

    /// Brokers that came back into an ISR while they were stopping: when, which, of which partition.
    pub fn stopping_brokers_in_isr(&self) -> &[(Time, NodeIx, crate::ids::PartitionIx)] {
        self.zookeeper.as_ref().map_or(&[], |zk| &zk.came_back)
    }

    /// The servers of the ensemble that work, and all; `None` in KRaft mode.
    pub fn ensemble_view(&self) -> Option<(u32, u32)> {
        let zk = self.zookeeper.as_ref()?;
        let works = zk
            .servers
            .iter()
            .filter(|&&server| {
                let node = &self.nodes[server as usize];
                node.process == crate::node::Process::Running && node.runs()
            })
            .count();
        Some((works as u32, zk.servers.len() as u32))
    }

    /// A broker has had no metadata since it started: clients that ask it get nothing.
    pub fn knows_no_metadata(&self, node: NodeIx) -> bool {
        self.zookeeper.as_ref().is_some_and(|zk| {
            self.estate.nodes[node as usize].broker && !zk.sides[node as usize].knows
        })
    }

    /// Remembers a channel that was closed, once for each pair of processes.
    pub(crate) fn channel_closed(
        &mut self,
        channel: Channel,
        from: NodeIx,
        to: NodeIx,
        version: i16,
    ) {
        let closed = ClosedChannel {
            at: self.clock.now(),
            channel,
            from,
            to,
            version,
            sender: self.nodes[from as usize].binary.version,
            receiver: self.nodes[to as usize].binary.version,
        };
        self.clock.note(crate::happening::Happening::VersionUnknown(
            channel, from, to, version,
        ));
        let known = self.closed_channels().iter().any(|other| {
            (
                other.channel,
                other.from,
                other.to,
                other.version,
                other.sender,
                other.receiver,
            ) == (channel, from, to, version, closed.sender, closed.receiver)
        });
        if !known {
            self.zk().closed.push(closed);
        }
    }
}
