//! Clients that go on with another version of their library.
//!
//! What a client does is a function of the estate, so a new version is a change of the estate; whatever is kept in closed form about the client
//! is brought up to date first.

use std::sync::Arc;

use facts::KafkaVersion;

use crate::behaviour::ClientBehaviour;
use crate::config::{ConsumerConfig, ProducerConfig};
use crate::ids::{GroupIx, NodeIx, ProducerIx};
use crate::world::World;

impl World {
    /// The members of a group are of this version from now on.
    pub fn upgrade_group(
        &mut self,
        group: GroupIx,
        version: KafkaVersion,
        behaviour: ClientBehaviour,
        config: ConsumerConfig,
    ) {
        let partitions: Vec<u32> = self.groups[group as usize]
            .readers
            .iter()
            .map(|reader| reader.partition)
            .collect();
        for partition in partitions {
            // What was read up to now is stored.
            self.touch(partition);
        }
        let spec = &mut Arc::make_mut(&mut self.estate).groups[group as usize];
        spec.version = version;
        spec.behaviour = behaviour;
        spec.config = config;
    }

    /// A producer goes on with this version. What it has in flight is answered as before.
    pub fn upgrade_producer(
        &mut self,
        producer: ProducerIx,
        version: KafkaVersion,
        behaviour: ClientBehaviour,
        config: ProducerConfig,
    ) {
        for node in 0..self.nodes.len() as NodeIx {
            let connection = self.connection_to(producer, node);
            self.disturb(connection);
        }
        let spec = &mut Arc::make_mut(&mut self.estate).producers[producer as usize];
        spec.version = version;
        spec.behaviour = behaviour;
        spec.config = config;
    }

    /// The version of a producer's library at this moment.
    pub fn producer_version(&self, producer: ProducerIx) -> KafkaVersion {
        self.estate.producers[producer as usize].version
    }

    /// The version of a group's library at this moment.
    pub fn group_version(&self, group: GroupIx) -> KafkaVersion {
        self.estate.groups[group as usize].version
    }
}
