//! What one broker would answer to a question for metadata.

use crate::ids::{NodeIx, PartitionIx};
use crate::partition::Registration;
use crate::world::World;

impl World {
    /// Leader and ISR of a partition as this broker's picture of the metadata shows them (an admin client that describes topics sees this).
    pub fn shown_by(&self, broker: NodeIx, partition: PartitionIx) -> Registration {
        self.partitions[partition as usize].shown(self.applied_now(broker))
    }
}
