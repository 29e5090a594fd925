//! A broker's only log directory fails (specification P14; LogDirFailureChannel, ReplicaManager.handleLogDirFailure, LogManager).
//!
//! The append that fails, and those after it, are answered with KAFKA_STORAGE_ERROR. Soon the directory is offline and, since it was the last
//! one, the process halts: until the system has taken it down it keeps its sockets and says nothing.

use engine::Span;

use crate::event::Event;
use crate::happening::Happening;
use crate::ids::NodeIx;
use crate::node::Process;
use crate::world::{Notice, World};

/// From the first append that fails to the call of `Exit.halt`. *Measured*: 19 ms between "Stopping serving replicas in dir" and "Stopping
/// serving logs in dir", the line before the halt (`observed/disk-full-kraft-3.9.2-1dir`).
const OFFLINE: Span = Span::millis(20);
/// From there to the end of the process. *Measured*: its clients lost their connections 0.4 s after the first error (the same recording).
const HALT: Span = Span::millis(380);

/// What becomes of a broker without a log directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiskFailure {
    /// Its log directory works.
    #[default]
    None,
    /// Appends fail.
    Appends,
    /// The process halts.
    Halting,
}

impl World {
    /// The log directory of a node has no space left, or has again.
    pub fn fill_disk(&mut self, node: NodeIx, full: bool) {
        self.nodes[node as usize].disk_full = full;
        if !full || !self.nodes[node as usize].serves() {
            return;
        }
        if self.nodes[node as usize].process != Process::Running {
            self.dies_of_full_disk(node);
        } else if self.nodes[node as usize].disk_failure == DiskFailure::None {
            // Appends are frequent: the first one fails at once.
            self.nodes[node as usize].why = self.clock.note(Happening::DiskFull(node));
            self.nodes[node as usize].disk_failure = DiskFailure::Appends;
            self.touch_connections_to(node);
            self.next_stage_in(node, OFFLINE);
        }
    }

    /// The next stage of a node whose log directory has failed.
    pub(crate) fn disk_failure_goes_on(&mut self, node: NodeIx) {
        match self.nodes[node as usize].disk_failure {
            DiskFailure::None => {}
            DiskFailure::Appends => {
                self.nodes[node as usize].disk_failure = DiskFailure::Halting;
                if self.nodes[node as usize].paused.is_none() {
                    self.freezes(node);
                }
                self.next_stage_in(node, HALT);
            }
            DiskFailure::Halting => self.dies_of_full_disk(node),
        }
    }

    /// The end of a process that halts comes though it does nothing any more.
    pub(crate) fn ends_halt(&self, node: NodeIx, event: Event) -> bool {
        matches!(event, Event::Stage { .. })
            && self.nodes[node as usize].disk_failure == DiskFailure::Halting
    }

    fn next_stage_in(&mut self, node: NodeIx, wait: Span) {
        let at = self.clock.now().saturating_add(wait);
        self.clock
            .arm(&mut self.nodes[node as usize].stage, at, |ticket| {
                Event::Stage { node, ticket }
            });
    }

    /// The broker halts for want of a log directory.
    pub(crate) fn dies_of_full_disk(&mut self, node: NodeIx) {
        self.nodes[node as usize].why = self.clock.note(Happening::DiskFull(node));
        self.gone(node, false);
        self.notices.push(Notice::Killed(node));
    }
}
