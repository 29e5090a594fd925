//! The harness's admin client: it describes the topic `t` again and again, and writes down what changes.

use engine::{Key, Span};
use kafka::ids::NodeIx;

use crate::observation::Sight;
use crate::replay::Driver;

/// `request.timeout.ms` of the admin client.
const ADMIN_TIMEOUT: Span = Span::millis(1500);

impl Driver<'_> {
    /// The broker that the admin client asks now. It stays with one; when that one is gone it takes another that it knows, and learns from
    /// it which brokers are alive. One that knows only dead brokers sees nothing (no `metadata.recovery.strategy` before 4.0).
    fn asked_broker(&mut self) -> Option<NodeIx> {
        let now = self.world.now();
        if now < self.blind_until {
            return None;
        }
        if let Some(broker) = self.asks {
            if self.world.answers(broker) {
                return Some(broker);
            }
            self.asks = None;
            if self.world.is_paused(broker) {
                self.blind_until = now.saturating_add(ADMIN_TIMEOUT);
                return None;
            }
        }
        let willing: Vec<NodeIx> = self
            .knows
            .iter()
            .copied()
            .filter(|&node| self.world.answers(node))
            .collect();
        let at =
            self.world
                .draw_outside(Key::of("fidelity/asked"), self.asked, willing.len() as u64)
                as usize;
        let broker = *willing.get(at)?;
        self.asks = Some(broker);
        let alive = self.world.alive_shown_by(broker);
        if !alive.is_empty() {
            self.knows = alive;
        }
        Some(broker)
    }

    /// The admin client asks.
    pub(crate) fn look_at_metadata(&mut self) {
        self.asked += 1;
        let Some(broker) = self.asked_broker() else {
            return;
        };
        let now = self.world.now();
        for number in 0..self.partitions {
            let Some(partition) = self.world.partition_of(self.topic, number) else {
                continue;
            };
            let state = self.world.shown_by(broker, partition);
            let replicas = &self.world.partition(partition).replicas;
            let leader = state
                .leader
                .map(|slot| self.estate.nodes[replicas[slot as usize].node as usize].id);
            let in_sync = state.isr.count_ones();
            let known = &mut self.known[number as usize];
            if *known != Some((leader, in_sync)) {
                *known = Some((leader, in_sync));
                let t = (now.as_nanos() as f64 - self.base.as_nanos() as f64) / 1e9;
                self.seen.metadata.push(Sight {
                    t,
                    partition: number,
                    leader,
                    in_sync,
                });
            }
        }
        for size in 1..=self.plan.replicas {
            let holds = self.known.iter().all(|known| {
                known.is_some_and(|(leader, in_sync)| leader.is_some() && in_sync >= size)
            });
            if holds {
                self.in_sync_since.entry(size).or_insert(now);
            } else {
                self.in_sync_since.remove(&size);
            }
        }
    }
}
