//! The life of a process: start, log load, registration, unfencing, stop, crash, pause (specification M13, C0; BrokerServer,
//! BrokerLifecycleManager, LogManager).

mod ending;
mod links;
mod pausing;
mod starting;

use engine::Time;

use crate::ids::NodeIx;
use crate::node::Binary;
use crate::world::World;

impl World {
    /// What a node would have to run with other settings or another version.
    pub fn binary(&self, node: NodeIx) -> &Binary {
        &self.nodes[node as usize].binary
    }

    /// The moment that a node's process began.
    pub fn started_at(&self, node: NodeIx) -> Time {
        self.nodes[node as usize].started
    }
}
