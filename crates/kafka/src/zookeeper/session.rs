//! Sessions with ZooKeeper and the ephemeral znodes that live as long as they do (rules Z1–Z3; ClientCnxn, SessionTrackerImpl,
//! ExpiryQueue; KafkaZkClient.CheckedEphemeral).

use engine::{Span, Time, Timer};

use super::Step;
use crate::event::Event;
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::NodeIx;
use crate::node::Process;
use crate::world::World;

/// A client pings after this share of its session without other traffic: half of its read time-out, which is two thirds of the
/// session (ClientCnxn.SendThread).
const PINGS_PER_SESSION: u64 = 3;
/// A client whose session ended while it ran finds out and has a new one after this long. *Assumed*: it connects and registers.
const NEW_SESSION: (Span, Span) = (Span::millis(50), Span::millis(500));

/// The time between two pings.
pub(super) fn ping_interval(session: Span) -> Span {
    Span::nanos((session.as_nanos() / PINGS_PER_SESSION).max(1))
}

/// The session of one broker.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The incarnation that its `/brokers/ids/N` stands for; 0: there is none.
    pub(crate) znode: u32,
    /// Its pings.
    pub(crate) pings: Grid,
    /// They arrive.
    pub(crate) pinging: bool,
    /// Since when.
    pub(crate) since: Time,
    /// The last time that ZooKeeper heard of it, once it does not any more.
    pub(crate) last: Time,
    /// The end of the session.
    pub(crate) expiry: Timer,
}

impl Session {
    pub(super) fn new(pings: Grid, broker: bool) -> Self {
        Self {
            znode: u32::from(broker),
            pings,
            pinging: broker,
            since: Time::ZERO,
            last: Time::ZERO,
            expiry: Timer::default(),
        }
    }
}

impl World {
    /// A server of the ensemble works.
    fn server_works(&self, server: NodeIx) -> bool {
        let node = &self.nodes[server as usize];
        node.process == Process::Running && node.runs()
    }

    /// A broker can talk to the ensemble.
    pub(crate) fn reaches_ensemble(&self, node: NodeIx) -> bool {
        self.zookeeper.as_ref().is_some_and(|zk| {
            zk.up
                && zk
                    .servers
                    .iter()
                    .any(|&server| self.server_works(server) && self.way(node, server).is_some())
        })
    }

    /// A server, a broker or a link is not what it was: sessions and everything that waits for ZooKeeper are looked at (Z1, Z2).
    pub(crate) fn zookeeper_looks(&mut self) {
        let Some(zk) = &self.zookeeper else { return };
        let working = zk
            .servers
            .iter()
            .filter(|&&server| self.server_works(server))
            .count();
        let (was, up) = (zk.up, working > zk.servers.len() / 2);
        if was != up {
            self.zk().up = up;
            self.clock.note(if up {
                Happening::EnsembleBack
            } else {
                Happening::EnsembleLost
            });
        }
        for node in 0..self.nodes.len() as NodeIx {
            if self.estate.nodes[node as usize].broker {
                self.look_at_session(node, !was && up);
            }
        }
        if !was && up {
            self.commit_what_waits();
            self.elect_controller();
        }
        if up {
            for node in 0..self.nodes.len() as NodeIx {
                self.isr_changes_go_on(node);
                self.queue_goes_on(node);
                self.waits_for_ensemble_no_more(node);
            }
        }
    }

    fn look_at_session(&mut self, node: NodeIx, ensemble_came_back: bool) {
        let now = self.clock.now();
        let up = self.zk().up;
        let reaches = self.reaches_ensemble(node);
        let me = &self.nodes[node as usize];
        let lives = me.runs()
            && me.incarnation
                == self
                    .zookeeper
                    .as_ref()
                    .map_or(0, |zk| zk.sessions[node as usize].znode);
        let works = matches!(me.process, Process::Running | Process::ShuttingDown);
        let incarnation = me.incarnation;
        let timeout = me.binary.config.zookeeper.session_timeout;
        let ticks = self.zk().ticks;
        let session = &mut self.zk().sessions[node as usize];
        if session.znode == 0 {
            if works && reaches && self.nodes[node as usize].runs() {
                // Its session ended while it could not be heard.
                let wait = self.zk_draw("new-session", node, NEW_SESSION.0, NEW_SESSION.1);
                self.clock.schedule_after(
                    wait,
                    Event::ZooKeeper(Step::RegistersAgain { node, incarnation }),
                );
            }
            return;
        }
        if lives && reaches {
            if !session.pinging {
                session.pinging = true;
                session.since = now;
            }
            session.expiry.cancel();
            return;
        }
        if session.pinging {
            session.pinging = false;
            let last = session.pings.last(now);
            let last = if last >= 0 {
                session.pings.at(last)
            } else {
                Time::ZERO
            };
            session.last = last.max(session.since);
        }
        if !up {
            // Without a majority nobody ends sessions.
            session.expiry.cancel();
            return;
        }
        if ensemble_came_back {
            // The new leader of the ensemble gives every session its full time again.
            session.last = now;
        }
        if !session.expiry.is_armed() {
            let at = ticks
                .after_time(session.last.saturating_add(timeout))
                .max(now);
            let zk = self.zookeeper.as_mut().expect("just used");
            self.clock
                .arm(&mut zk.sessions[node as usize].expiry, at, |ticket| {
                    Event::ZooKeeper(Step::SessionEnds { node, ticket })
                });
        }
    }

    /// Z2: ZooKeeper ends a session and removes what belonged to it.
    pub(crate) fn zookeeper_session_ends(&mut self, node: NodeIx) {
        let last = self.zk().sessions[node as usize].last;
        self.clock.note(Happening::SessionEnded(node, last));
        self.znodes_go(node);
    }

    /// Z3: a stopping broker closes its session.
    pub(crate) fn zookeeper_session_closes(&mut self, node: NodeIx, incarnation: u32) {
        let me = &self.nodes[node as usize];
        if me.incarnation == incarnation
            && matches!(me.process, Process::Closing | Process::Gone)
            && self.reaches_ensemble(node)
            && self.zk().sessions[node as usize].znode == incarnation
        {
            self.zk().sessions[node as usize].expiry.cancel();
            self.znodes_go(node);
        }
    }

    /// The ephemeral znodes of a broker are gone; who watches them is told.
    fn znodes_go(&mut self, node: NodeIx) {
        let session = &mut self.zk().sessions[node as usize];
        session.znode = 0;
        session.pinging = false;
        if self.zk().holder == Some(node) {
            self.controller_znode_goes();
        } else {
            self.brokers_changed();
        }
    }

    /// Z3: a running broker whose session ended registers again, with a new session.
    pub(crate) fn registers_again(&mut self, node: NodeIx, incarnation: u32) {
        let me = &self.nodes[node as usize];
        if me.incarnation != incarnation
            || !matches!(me.process, Process::Running | Process::ShuttingDown)
            || !self.reaches_ensemble(node)
            || self.zk().sessions[node as usize].znode != 0
        {
            return;
        }
        // A new registration has a new broker epoch: to the controller it is another process.
        self.nodes[node as usize].incarnation += 1;
        self.registers_in_zookeeper(node);
    }

    /// Creates `/brokers/ids/N` for the present process.
    pub(crate) fn registers_in_zookeeper(&mut self, node: NodeIx) {
        let now = self.clock.now();
        let incarnation = self.nodes[node as usize].incarnation;
        let session = &mut self.zk().sessions[node as usize];
        session.znode = incarnation;
        session.pinging = true;
        session.since = now;
        session.expiry.cancel();
        self.brokers_changed();
        if self.zk().holder.is_none() {
            self.elect_controller();
        }
    }
}
