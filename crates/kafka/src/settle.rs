//! Before and after a change: what is in closed form is made explicit, and finds its new order when the event has been handled.

use crate::ids::PartitionIx;
use crate::world::World;

impl World {
    /// To be called before a leader of a partition takes or leaves office or cannot be reached any more: requests of its flows are made
    /// explicit, and the high watermark is stored.
    pub(crate) fn touch(&mut self, partition: PartitionIx) {
        self.touch_softly(partition);
        let p = &mut self.partitions[partition as usize];
        if std::mem::replace(&mut p.explicit, true) {
            return;
        }
        for at in 0..self.partitions[partition as usize].flows.len() {
            let flow = self.partitions[partition as usize].flows[at];
            self.flows[flow as usize].moved = true;
            if let Some(connection) = self.flows[flow as usize].route {
                self.disturb(connection);
            }
        }
        self.store_high_watermarks(partition);
    }

    /// Puts down how far the high watermark had come before the event at hand.
    fn store_high_watermarks(&mut self, partition: PartitionIx) {
        let now = self.clock.now();
        for at in 0..self.partitions[partition as usize].offices.len() {
            let p = &self.partitions[partition as usize];
            let node = p.offices[at].node;
            let before = self.before[p.touched as usize - 1]
                .iter()
                .find(|before| before.node == node);
            if let Some(before) = before {
                let cut = self.high_watermark_of(p, before, now);
                self.partitions[partition as usize].offices[at].high_watermark = cut;
            }
        }
    }

    /// To be called before anything else about a partition changes. What is in flight for it is made explicit after the event, and only if it
    /// is confirmed at another moment because of it; then the high watermark is stored, too.
    pub(crate) fn touch_softly(&mut self, partition: PartitionIx) {
        if self.partitions[partition as usize].touched != 0 {
            return;
        }
        self.touched_partitions.push(partition);
        let p = &mut self.partitions[partition as usize];
        p.touched = self.touched_partitions.len() as u32;
        // With the high watermark stored it could not be told any more when it passed a request.
        self.before.push(p.offices.clone());
        for office in &mut p.offices {
            office.regular = None;
        }
        if !self.groups.is_empty() {
            self.groups_before_change(partition);
            // Readers go by it within the event.
            self.store_high_watermarks(partition);
        }
    }

    /// After an event: everything that was touched finds its new order.
    pub(crate) fn settle(&mut self) {
        while !self.touched_partitions.is_empty() || !self.touched_connections.is_empty() {
            while !self.touched_partitions.is_empty() {
                for at in 0..self.touched_partitions.len() {
                    let partition = self.touched_partitions[at];
                    let changed = self.refresh_offices(partition);
                    self.refresh_health(partition, changed);
                    if changed {
                        self.answers_may_change(partition);
                    }
                }
                let settled = std::mem::take(&mut self.touched_partitions);
                self.before.clear();
                for &partition in &settled {
                    let p = &mut self.partitions[partition as usize];
                    p.touched = 0;
                    p.explicit = false;
                }
                if !self.groups.is_empty() {
                    for &partition in &settled {
                        self.groups_after_change(partition);
                    }
                }
                if self.touched_partitions.is_empty() {
                    self.touched_partitions = settled;
                    self.touched_partitions.clear();
                }
            }
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

    /// Looks anew at who is waited for. Where everything is confirmed as before, the high watermark need not be kept. True if anything may be
    /// confirmed at another moment than before.
    fn refresh_offices(&mut self, partition: PartitionIx) -> bool {
        let now = self.clock.now();
        let p = &self.partitions[partition as usize];
        let mut changed =
            p.explicit || p.offices.len() != self.before[p.touched as usize - 1].len();
        for at in 0..self.partitions[partition as usize].offices.len() {
            let (regular, _) = self.standing_of_office(partition, at);
            let p = &mut self.partitions[partition as usize];
            let office = &mut p.offices[at];
            office.regular = regular;
            let leader = p.replicas[office.slot as usize].node;
            if regular.is_none() {
                self.irregular[leader as usize].insert(partition);
            } else {
                self.irregular[leader as usize].remove(&partition);
            }
            if p.explicit {
                self.note_confirmers(partition, at);
                continue;
            }
            let before = self.before[p.touched as usize - 1]
                .iter()
                .find(|before| before.node == office.node);
            let Some(before) = before else {
                self.note_confirmers(partition, at);
                continue;
            };
            let cut = if office.confirms_like(before) {
                before.high_watermark
            } else {
                changed = true;
                let p = &self.partitions[partition as usize];
                self.high_watermark_of(p, before, now)
            };
            self.partitions[partition as usize].offices[at].high_watermark = cut;
            self.note_confirmers(partition, at);
        }
        changed
    }

    /// Does a partition work for each of its flows? Counts it at their connections, and makes explicit what is in flight if that is
    /// confirmed at another moment than before.
    pub(crate) fn refresh_health(&mut self, partition: PartitionIx, changed: bool) {
        let now = self.clock.now();
        let mut healthy_offices = 0u32;
        for at in 0..self.partitions[partition as usize].offices.len() {
            let p = &self.partitions[partition as usize];
            let o = &p.offices[at];
            let healthy = match o.regular {
                Some(_) => o.isr.count_ones() >= u32::from(p.min_isr),
                None => self.standing_of_office(partition, at).1,
            };
            if healthy {
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
            let mut changed = changed;
            if me.unhealthy == good {
                changed = true;
                me.unhealthy = !good;
                let connection = &mut self.connections[connection as usize];
                if good {
                    connection.unhealthy -= 1;
                } else {
                    connection.unhealthy += 1;
                }
            }
            if !self.connections[connection as usize].calm {
                if changed {
                    self.look_at_connection(connection);
                }
            } else if !self.flows[flow as usize].resting {
                if !good || acks < 0 && self.confirms_anew(flow, connection) {
                    self.disturb(connection);
                } else if let Some(leader) = self.partitions[partition as usize].slot_of(broker) {
                    // A parked fetch may wait for what arrives here without events.
                    self.batch_arrived(partition, leader);
                }
            }
        }
    }
}
