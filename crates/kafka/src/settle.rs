//! Before and after a change: what is in closed form is made explicit, and finds its new order when the event has been handled.

use crate::ids::PartitionIx;
use crate::world::World;

impl World {
    /// To be called before anything about a partition changes: the high watermark is stored, and requests of its flows are made explicit.
    pub(crate) fn touch(&mut self, partition: PartitionIx) {
        if self.partitions[partition as usize].touched {
            return;
        }
        self.partitions[partition as usize].touched = true;
        self.touched_partitions.push(partition);
        if !self.groups.is_empty() {
            self.groups_before_change(partition);
        }
        // Requests first: with the high watermark stored it could not be told any more when it passed them.
        for at in 0..self.partitions[partition as usize].flows.len() {
            let flow = self.partitions[partition as usize].flows[at];
            if let Some(connection) = self.flows[flow as usize].route {
                self.disturb(connection);
            }
        }
        let now = self.clock.now();
        for at in 0..self.partitions[partition as usize].offices.len() {
            let cut = self.high_watermark(partition, at, now);
            self.partitions[partition as usize].offices[at].high_watermark = cut;
        }
    }

    /// After an event: everything that was touched finds its new order.
    pub(crate) fn settle(&mut self) {
        while !self.touched_partitions.is_empty() || !self.touched_connections.is_empty() {
            let mut at = 0;
            while at < self.touched_partitions.len() {
                let partition = self.touched_partitions[at];
                at += 1;
                self.partitions[partition as usize].touched = false;
                self.refresh_health(partition);
                if !self.groups.is_empty() {
                    self.groups_after_change(partition);
                }
                for n in 0..self.partitions[partition as usize].waiters.len() {
                    let connection = self.partitions[partition as usize].waiters[n];
                    self.touch_connection(connection);
                }
            }
            self.touched_partitions.clear();
            let mut at = 0;
            while at < self.touched_connections.len() {
                let connection = self.touched_connections[at];
                at += 1;
                self.connections[connection as usize].touched = false;
                self.settle_connection(connection);
            }
            self.touched_connections.clear();
        }
    }

    /// Does a partition work for each of its flows? Counts it at their connections.
    pub(crate) fn refresh_health(&mut self, partition: PartitionIx) {
        let now = self.clock.now();
        let mut healthy_offices = 0u32;
        for at in 0..self.partitions[partition as usize].offices.len() {
            if self.office_is_healthy(partition, at) {
                healthy_offices |= 1 << at;
            }
        }
        let p = &self.partitions[partition as usize];
        let newest = p.newest();
        let works = newest.leader.is_some_and(|leader| {
            p.office_of(leader).is_some_and(|at| {
                healthy_offices & (1 << at) != 0
                    && self.nodes[p.replicas[leader as usize].node as usize].runs()
            })
        });
        let p = &mut self.partitions[partition as usize];
        if works {
            p.stalled_since = None;
        } else if p.stalled_since.is_none() {
            p.stalled_since = Some(now);
            p.trouble = self.clock.cause();
        }
        for n in 0..self.partitions[partition as usize].flows.len() {
            let flow = self.partitions[partition as usize].flows[n];
            let Some(connection) = self.flows[flow as usize].route else {
                continue;
            };
            let broker = self.connections[connection as usize].broker;
            let node = &self.nodes[broker as usize];
            let acks = self.estate.producers[self.flows[flow as usize].producer as usize]
                .config
                .acks;
            let p = &self.partitions[partition as usize];
            let office = p.office_on(broker);
            let good = node.listens()
                && node.runs()
                && office.is_some_and(|at| acks >= 0 || healthy_offices & (1 << at) != 0);
            let me = &mut self.flows[flow as usize];
            if me.unhealthy == good {
                me.unhealthy = !good;
                let connection = &mut self.connections[connection as usize];
                if good {
                    connection.unhealthy -= 1;
                } else {
                    connection.unhealthy += 1;
                }
            }
            self.touch_connection(connection);
        }
    }
}
