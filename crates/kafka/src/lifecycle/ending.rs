//! A process ends: asked to, killed, or with its host (specification M11, R3).

use engine::Span;

use crate::disk_failure::DiskFailure;
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::NodeIx;
use crate::log::Point;
use crate::node::Process;
use crate::partition::Follow;
use crate::world::{Notice, World};

/// What a host had written back to its disk when it was lost: everything older than this. *Assumed* from the kernel's
/// `dirty_expire_centisecs` (30 s) and its wake-ups of 5 s.
const WRITTEN_BACK: Span = Span::secs(30);

impl World {
    /// SIGTERM.
    pub fn stop(&mut self, node: NodeIx) {
        let note = self.clock.note(Happening::StopAsked(node));
        self.nodes[node as usize].why = note;
        let me = &self.nodes[node as usize];
        match me.process {
            Process::Gone | Process::ShuttingDown | Process::Closing => {}
            Process::Running
                if self.estate.nodes[node as usize].broker
                    && me.binary.config.controlled_shutdown =>
            {
                self.begin_controlled_shutdown(node);
            }
            Process::Running => self.begin_closing(node),
            _ => {
                // A process that is still starting exits at once; its logs were opened, not loaded to the end.
                self.gone(node, false);
                self.notices.push(Notice::Stopped(node));
            }
        }
    }

    /// Leave to go, or nothing to ask for: sockets and logs are closed.
    pub(crate) fn begin_closing(&mut self, node: NodeIx) {
        let now = self.clock.now();
        if self.estate.nodes[node as usize].controller {
            self.voter_resigns(node);
        }
        self.leaves_cluster(node, true);
        if self.zookeeper.is_some() && self.estate.nodes[node as usize].broker {
            self.closes_session_soon(node);
        }
        let me = &mut self.nodes[node as usize];
        me.process = Process::Closing;
        let wait = self.estate.nodes[node as usize].process_stop;
        let at = now.saturating_add(wait);
        self.clock
            .arm(&mut self.nodes[node as usize].stage, at, |ticket| {
                Event::Stage { node, ticket }
            });
    }

    pub(crate) fn closed(&mut self, node: NodeIx) {
        self.keeps_snapshot(node);
        let me = &mut self.nodes[node as usize];
        me.process = Process::Gone;
        me.clean = true;
        me.stage.cancel();
        self.nodes[node as usize].why = self.clock.note(Happening::Stopped(node));
        if self.estate.nodes[node as usize].controller {
            self.voter_gone(node);
        }
        self.zookeeper_looks();
        self.notices.push(Notice::Stopped(node));
    }

    /// SIGKILL.
    pub fn kill(&mut self, node: NodeIx) {
        if self.nodes[node as usize].process == Process::Gone {
            return;
        }
        self.nodes[node as usize].why = self.clock.note(Happening::Killed(node));
        self.gone(node, false);
        self.notices.push(Notice::Killed(node));
    }

    /// The host is gone: nobody is told, and what was not written back is lost.
    pub fn lose_host(&mut self, node: NodeIx) {
        self.nodes[node as usize].why = self.clock.note(Happening::Killed(node));
        let now = self.clock.now();
        let was = self.nodes[node as usize].process;
        self.nodes[node as usize].lost = true;
        if was != Process::Gone {
            self.gone(node, true);
            self.notices.push(Notice::Killed(node));
        }
        let kept = now.saturating_sub(WRITTEN_BACK);
        for &(partition, slot) in self.replicas_on(node).iter() {
            let p = &mut self.partitions[partition as usize];
            let mut log = p.replicas[slot as usize].log;
            while log.cut > kept && log.node != 0 {
                let parent = p.tree.node(log.node).parent;
                if parent.cut < kept {
                    break;
                }
                log = parent;
            }
            if log.cut > kept {
                log = Point {
                    node: log.node,
                    cut: kept,
                };
            }
            p.replicas[slot as usize].log = log;
        }
    }

    /// The process of a node ends by itself.
    pub(crate) fn process_gone(&mut self, node: NodeIx, silently: bool) {
        self.gone(node, silently);
    }

    pub(crate) fn gone(&mut self, node: NodeIx, silently: bool) {
        self.keeps_snapshot(node);
        self.leaves_cluster(node, !silently);
        let me = &mut self.nodes[node as usize];
        me.process = Process::Gone;
        me.paused = None;
        me.held.clear();
        me.clean = false;
        me.disk_failure = DiskFailure::None;
        me.stage.cancel();
        if self.estate.nodes[node as usize].controller {
            self.voter_gone(node);
        }
        self.zookeeper_looks();
    }

    /// A broker stops working: leaderships, fetches, connections, heartbeats.
    fn leaves_cluster(&mut self, node: NodeIx, heard: bool) {
        if !self.estate.nodes[node as usize].broker {
            return;
        }
        let cause = self.clock.cause();
        for &(partition, _) in self.replicas_on(node).iter() {
            self.touch(partition);
        }
        if !self.controller.beats_since[node as usize].is_never() {
            self.beats_end(node, !self.nodes[node as usize].lost);
        }
        self.peer_gone(node, heard);
        self.queue_breaks(node);
        for &(partition, slot) in self.replicas_on(node).iter() {
            self.clock.set_cause(cause);
            self.stop_following(partition, slot);
            if let Some(at) = self.partitions[partition as usize].office_of(slot) {
                self.end_office(partition, at);
            }
            let replica = &mut self.partitions[partition as usize].replicas[slot as usize];
            replica.follow = Follow::Not;
            replica.delays += 1;
        }
        self.clock.set_cause(cause);
        let me = &mut self.nodes[node as usize];
        me.application = None;
        me.applying.cancel();
        me.isr_watch.cancel();
        me.alter = crate::node::AlterPartitions {
            timer: me.alter.timer,
            ..Default::default()
        };
        me.alter.timer.cancel();
        me.shutdown = None;
    }
}
