//! Start and stop of a broker's process in ZooKeeper mode (rule Z3; KafkaServer.startup, KafkaServer.shutdown, Kafka.main).

use engine::Span;

use super::{Protocol, Refusal, Refused, Step};
use crate::event::Event;
use crate::happening::Happening;
use crate::ids::NodeIx;
use crate::node::Process;
use crate::world::{Notice, World};

/// From the registration until the processors of the socket server run: coordinators and handlers are started. *Assumed*.
const START_TAIL: (Span, Span) = (Span::millis(20), Span::millis(150));
/// A process that does not like its settings ends this long after its start: 0.5 to 1.0 s in `observed/zk-early-bump-2.8.2-3.5.1` and
/// `observed/zk-rollback-after-bump-3.5.1-2.8.2`.
const REFUSAL: Span = Span::millis(700);

impl World {
    /// Why this binary does not start with these settings, if so.
    fn refuses(&self, node: NodeIx) -> Option<Refusal> {
        let binary = &self.nodes[node as usize].binary;
        if binary.version.major >= 4 {
            return Some(Refusal::NoZooKeeperMode);
        }
        if let Protocol::Unknown(text) = &binary.config.zookeeper.protocol {
            return Some(Refusal::UnknownProtocol(text.clone()));
        }
        let format = binary.config.zookeeper.unknown_message_format.clone();
        format.map(Refusal::UnknownMessageFormat)
    }

    /// How long a start of the process takes until its next stage, if it will refuse its settings.
    pub(crate) fn refusal_time(&self, node: NodeIx) -> Option<Span> {
        self.refuses(node).map(|_| REFUSAL)
    }

    /// The process ends by itself; the logs are as they were.
    fn ends_its_start(&mut self, node: NodeIx, why: Refusal) {
        let now = self.clock.now();
        let version = self.nodes[node as usize].binary.version;
        let clean = self.nodes[node as usize].clean;
        self.zk().refused.push(Refused {
            at: now,
            node,
            version,
            why,
        });
        self.nodes[node as usize].why = self.clock.note(Happening::RefusedToStart(node));
        self.process_gone(node, false);
        self.nodes[node as usize].clean = clean;
        self.notices.push(Notice::Killed(node));
    }

    /// The next stage of a broker in ZooKeeper mode.
    pub(crate) fn zookeeper_stage(&mut self, node: NodeIx) {
        match self.nodes[node as usize].process {
            Process::Loading => {
                if let Some(why) = self.refuses(node) {
                    self.ends_its_start(node, why);
                } else if self.reaches_ensemble(node) {
                    self.recover(node);
                } else {
                    // ZooKeeperClient.waitUntilConnected.
                    let me = &mut self.nodes[node as usize];
                    me.process = Process::Registering;
                    let wait = me.binary.config.zookeeper.connection_timeout;
                    let at = self.clock.now().saturating_add(wait);
                    self.clock
                        .arm(&mut self.nodes[node as usize].stage, at, |ticket| {
                            Event::Stage { node, ticket }
                        });
                }
            }
            Process::Registering => self.ends_its_start(node, Refusal::NoEnsemble),
            Process::Recovering => {
                let session = &self.zk().sessions[node as usize];
                if session.znode != 0 {
                    // The znode of the process before is still there (KeeperException.NodeExistsException).
                    self.nodes[node as usize].clean = true;
                    self.clock.note(Happening::RegistrationRefused(node));
                    self.ends_its_start(node, Refusal::NodeExists);
                    return;
                }
                let side = &mut self.zk().sides[node as usize];
                side.knows = false;
                side.fresh = true;
                side.controller = None;
                side.asking = false;
                side.leaving = false;
                side.stuck = false;
                side.raced.clear();
                side.isr.begin_anew();
                // From here on it can be the controller: the first broker of a cluster that was down becomes it.
                self.nodes[node as usize].process = Process::Unfencing;
                self.registers_in_zookeeper(node);
                let wait = self.zk_draw("start-tail", node, START_TAIL.0, START_TAIL.1);
                let at = self.clock.now().saturating_add(wait);
                self.clock
                    .arm(&mut self.nodes[node as usize].stage, at, |ticket| {
                        Event::Stage { node, ticket }
                    });
            }
            Process::Unfencing => {
                self.nodes[node as usize].process = Process::Running;
                self.notices.push(Notice::PortOpen(node));
                self.queue_goes_on(node);
                // A broker can be elected controller before its port is open: who asks it for an ISR tries until it answers
                // (BrokerToControllerRequestThread).
                for broker in 0..self.nodes.len() as NodeIx {
                    self.isr_changes_go_on(broker);
                }
            }
            Process::ShuttingDown => self.asks_for_leave(node),
            Process::Closing => self.closed(node),
            Process::Gone | Process::CatchingUp | Process::Running => {}
        }
    }

    /// A broker that waits for the ensemble in its start goes on.
    pub(crate) fn waits_for_ensemble_no_more(&mut self, node: NodeIx) {
        if self.estate.nodes[node as usize].broker
            && self.nodes[node as usize].process == Process::Registering
            && self.nodes[node as usize].runs()
            && self.reaches_ensemble(node)
        {
            self.recover(node);
        }
    }

    /// A broker closes its sockets and logs, and in the middle of that its session: KafkaServer.shutdown closes the socket server first,
    /// then the logs, the controller and the ZooKeeper client, then the rest. That it is just the middle is *assumed*.
    pub(crate) fn closes_session_soon(&mut self, node: NodeIx) {
        let incarnation = self.nodes[node as usize].incarnation;
        let wait = self.estate.nodes[node as usize].process_stop;
        self.clock.schedule_after(
            Span::nanos(wait.as_nanos() / 2),
            Event::ZooKeeper(Step::SessionCloses { node, incarnation }),
        );
    }
}
