//! What became of every message, and what the controller committed (P13).

use super::controller::State;
use super::producer::Batch;
use super::{NEVER, Naive, Nanos};

/// An acknowledgement that comes more than this after the one before ends an outage, if something waited.
const NOTED: Nanos = 200_000_000;

/// One committed change.
#[derive(Clone, Debug)]
pub struct Change {
    pub at: Nanos,
    pub partition: usize,
    pub state: State,
}

/// A time without acknowledgement although messages waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    pub last_ack: Nanos,
    pub begin: Nanos,
    pub end: Nanos,
}

/// What became of the messages of one flow, message by message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    pub created: u64,
    pub acked: Vec<u64>,
    pub failed: Vec<u64>,
    pub lost: Vec<u64>,
    pub extra_copies: u64,
    pub inversions: u64,
    /// Messages in the order of the log.
    pub log: Vec<u64>,
}

impl Naive {
    pub fn acknowledge(&mut self, flow: usize, batch: &Batch) {
        let now = self.now;
        let me = &mut self.flows[flow];
        let since = me.last_ack;
        if now - since > NOTED {
            let open = oldest_open(&me.acked, &me.failed);
            let begin = open.map_or(now, |at| me.created_at(at)).max(since);
            if now - begin > NOTED {
                me.outages.push(Outage {
                    last_ack: since,
                    begin,
                    end: now,
                });
            }
        }
        me.last_ack = now;
        me.acked[batch.first as usize..batch.end as usize].fill(true);
    }

    pub fn flow_count(&self) -> usize {
        self.flows.len()
    }

    pub fn history(&self) -> &[Change] {
        &self.history
    }

    pub fn outages(&self, flow: usize) -> Vec<Outage> {
        let me = &self.flows[flow];
        let mut outages = me.outages.clone();
        if let Some(open) = oldest_open(&me.acked, &me.failed) {
            let begin = me.created_at(open).max(me.last_ack);
            if self.now > begin + NOTED {
                outages.push(Outage {
                    last_ack: me.last_ack,
                    begin,
                    end: NEVER,
                });
            }
        }
        outages
    }

    pub fn ledger(&self, flow: usize) -> Ledger {
        let me = &self.flows[flow];
        let p = &self.partitions[me.partition];
        // The leader's log counts, or that of the replica that would be elected.
        let owner = p
            .decided
            .leader
            .or(p.decided.isr.first().copied())
            .unwrap_or(0);
        let entries = p.replicas[owner].log.iter();
        let log: Vec<u64> = entries
            .filter(|entry| entry.flow == flow)
            .flat_map(|entry| entry.first..entry.end)
            .collect();
        let chosen = |marks: &[bool]| -> Vec<u64> {
            (0..marks.len() as u64)
                .filter(|&message| marks[message as usize])
                .collect()
        };
        let mut copies = vec![0u64; me.acked.len()];
        for &message in &log {
            copies[message as usize] += 1;
        }
        let acked = chosen(&me.acked);
        Ledger {
            created: me.created_by(self.now),
            lost: acked
                .iter()
                .copied()
                .filter(|&message| copies[message as usize] == 0)
                .collect(),
            failed: chosen(&me.failed),
            extra_copies: copies.iter().map(|copies| copies.saturating_sub(1)).sum(),
            inversions: log.windows(2).filter(|pair| pair[1] < pair[0]).count() as u64,
            acked,
            log,
        }
    }
}

/// The oldest message that is neither acknowledged nor failed.
fn oldest_open(acked: &[bool], failed: &[bool]) -> Option<u64> {
    (0..acked.len())
        .find(|&at| !acked[at] && !failed[at])
        .map(|at| at as u64)
}
