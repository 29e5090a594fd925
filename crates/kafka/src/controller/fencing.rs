//! Heartbeats, sessions, fencing, unfencing and registration (M6–M9, M13; BrokerHeartbeatManager, ClusterControlManager).

use engine::{Span, Time};

use super::Standing;
use crate::event::{Answer, Errand, Event};
use crate::happening::Happening;
use crate::ids::{NodeIx, only};
use crate::metadata::Reply;
use crate::node::Process;
use crate::world::{Notice, World};

impl World {
    /// When the controller last heard of a broker (M6): regular beats are arithmetic.
    pub(crate) fn last_contact(&self, broker: NodeIx) -> Time {
        let stored = self.controller.contact[broker as usize];
        let since = self.controller.beats_since[broker as usize];
        let Some(active) = self.controller.active else {
            return stored;
        };
        let Some(way) = self.way(active, broker) else {
            return stored;
        };
        if since.is_never() {
            return stored;
        }
        let sent = Time::from_nanos(self.clock.now().as_nanos().saturating_sub(way.as_nanos()));
        let beats = self.nodes[broker as usize].heartbeats;
        let last = beats.at(beats.last(sent));
        if last >= since && beats.last(sent) >= 0 {
            stored.max(last.saturating_add(way))
        } else {
            stored
        }
    }

    /// The broker begins to beat on its grid: from now on the controller hears it without events.
    pub(crate) fn beats_begin(&mut self, broker: NodeIx) {
        self.controller.beats_since[broker as usize] = self.clock.now();
        self.controller.sessions[broker as usize].cancel();
    }

    /// The broker's beats are no longer heard: its session will end (M7).
    /// A beat that is on its way arrives, unless the host is lost or the link is cut.
    pub(crate) fn beats_end(&mut self, broker: NodeIx, sent_arrives: bool) {
        let now = self.clock.now();
        let way = self.controller.active.map_or(Span::ZERO, |active| {
            self.estate.latency_between(active, broker)
        });
        let sent = if sent_arrives {
            now
        } else {
            now.saturating_sub(way)
        };
        let beats = self.nodes[broker as usize].heartbeats;
        let last = beats.last(sent);
        if last >= 0 && beats.at(last) >= self.controller.beats_since[broker as usize] {
            let contact = &mut self.controller.contact[broker as usize];
            *contact = (*contact).max(beats.at(last).saturating_add(way));
        }
        self.controller.beats_since[broker as usize] = Time::NEVER;
        self.arm_session(broker);
    }

    /// M7: arms the end of a session that nothing prolongs any more.
    pub(crate) fn arm_session(&mut self, broker: NodeIx) {
        if self.controller.active.is_none() || !self.controller.standing[broker as usize].alive() {
            return;
        }
        let config = self.active_config();
        let over =
            self.controller.contact[broker as usize].saturating_add(config.broker_session_timeout);
        let over = over.max(self.clock.now());
        let at = if self.active_behaviour().fences_periodically {
            self.controller.fence_checks.after_time(over)
        } else {
            over
        };
        self.clock.arm(
            &mut self.controller.sessions[broker as usize],
            at,
            |ticket| Event::SessionEnds { broker, ticket },
        );
    }

    /// A session may be over.
    pub(crate) fn session_ends(&mut self, broker: NodeIx) {
        if self.controller.active.is_none() || !self.controller.standing[broker as usize].alive() {
            return;
        }
        if !self.controller.beats_since[broker as usize].is_never() {
            return;
        }
        let contact = self.controller.contact[broker as usize];
        self.clock.note(Happening::SessionEnded(broker, contact));
        self.fence(broker);
    }

    /// M8.
    pub(crate) fn fence(&mut self, broker: NodeIx) {
        let note = self.clock.note(Happening::Fenced(broker));
        self.decide_standing(broker, Standing::Fenced);
        for &(partition, slot) in self.replicas_on(broker).iter() {
            self.clock.set_cause(note);
            let decided = self.partitions[partition as usize].decided;
            if decided.isr & only(slot) != 0 || decided.leader == Some(slot) {
                self.without(partition, only(slot), false);
                if self.partitions[partition as usize].decided.leader.is_none()
                    && self.partitions[partition as usize].unclean
                {
                    self.watch_unclean();
                }
            }
        }
        self.clock.set_cause(note);
        self.watch_balance();
        self.notices.push(Notice::Fenced(broker));
    }

    /// M9.
    pub(crate) fn unfence(&mut self, broker: NodeIx) {
        let note = self.clock.note(Happening::Unfenced(broker));
        self.decide_standing(broker, Standing::Unfenced);
        for &(partition, _) in self.replicas_on(broker).iter() {
            self.clock.set_cause(note);
            self.elect_if_leaderless(partition);
        }
        self.clock.set_cause(note);
        self.notices.push(Notice::Unfenced(broker));
    }

    /// A heartbeat or registration that asks for something arrives.
    pub(crate) fn heard(&mut self, broker: NodeIx, errand: Errand, incarnation: u32) {
        if self.nodes[broker as usize].incarnation != incarnation {
            return;
        }
        let Some(active) = self.controller.active else {
            self.nobody_answers(broker, incarnation);
            return;
        };
        if self.way(active, broker).is_none() || !self.nodes[active as usize].runs() {
            self.nobody_answers(broker, incarnation);
            return;
        }
        match errand {
            Errand::Register => self.register(broker, incarnation),
            Errand::Unfence => self.asks_to_be_unfenced(broker, incarnation),
            Errand::Stop => self.asks_to_stop(broker, incarnation),
        }
    }

    /// No controller answers: the broker tries again after a heartbeat interval (BrokerLifecycleManager).
    pub(crate) fn nobody_answers(&mut self, broker: NodeIx, incarnation: u32) {
        let wait = self.nodes[broker as usize]
            .binary
            .config
            .broker_heartbeat_interval;
        self.clock.schedule_after(
            wait,
            Event::Answered {
                broker,
                answer: Answer::Nobody,
                incarnation,
            },
        );
    }

    /// M13: registration (ClusterControlManager.registerBroker).
    fn register(&mut self, broker: NodeIx, incarnation: u32) {
        let now = self.clock.now();
        let standing = self.controller.standing[broker as usize];
        let session = self.active_config().broker_session_timeout;
        let other = self.controller.registered[broker as usize] != incarnation;
        let fresh = self.last_contact(broker).saturating_add(session) > now;
        let counts = standing.alive() || self.active_behaviour().keeps_session_of_fenced;
        let valid = fresh && counts && standing != Standing::Unregistered;
        if other && valid {
            self.clock.note(Happening::RegistrationRefused(broker));
            self.notices.push(Notice::RegistrationRefused(broker));
            self.reply(Reply::Heartbeat {
                broker,
                answer: Answer::Duplicate,
                incarnation,
            });
            return;
        }
        if let Some((feature, level)) = self.why_not_registered(broker) {
            self.refuses_registration(broker, feature, level);
            self.reply(Reply::Heartbeat {
                broker,
                answer: Answer::Unsupported,
                incarnation,
            });
            return;
        }
        self.keeps_registration_of(broker);
        let note = self.clock.cause();
        if standing.alive() {
            // The old session ended at this very moment and nobody has fenced the broker yet.
            self.fence(broker);
            self.clock.set_cause(note);
        }
        self.controller.registered[broker as usize] = incarnation;
        self.controller.contact[broker as usize] = now;
        if !self.nodes[broker as usize].clean && self.features.eligible_leader_replicas {
            // KIP-966: an unclean restart costs a broker its place in ISR and ELR.
            for &(partition, slot) in self.replicas_on(broker).iter() {
                let decided = self.partitions[partition as usize].decided;
                if (decided.isr | decided.elr) & only(slot) != 0 {
                    self.without(partition, only(slot), true);
                }
            }
        }
        self.decide_standing(broker, Standing::Fenced);
        self.nodes[broker as usize].registration = self.flush_at_hand();
        self.reply_at_commit(Reply::Heartbeat {
            broker,
            answer: Answer::Registered,
            incarnation,
        });
    }

    /// A fenced broker that has caught up with its registration wants to work.
    fn asks_to_be_unfenced(&mut self, broker: NodeIx, incarnation: u32) {
        self.controller.contact[broker as usize] = self.clock.now();
        if self.controller.standing[broker as usize] != Standing::Fenced {
            self.reply(Reply::Heartbeat {
                broker,
                answer: Answer::Unfenced,
                incarnation,
            });
            return;
        }
        self.unfence(broker);
        self.reply_at_commit(Reply::Heartbeat {
            broker,
            answer: Answer::Unfenced,
            incarnation,
        });
        // Until the answer the session runs from this beat.
        self.arm_session(broker);
    }

    /// A new active controller knows no contact times: every session begins anew (ClusterControlManager.activate).
    pub(crate) fn rearm_sessions(&mut self) {
        let now = self.clock.now();
        for broker in 0..self.nodes.len() as NodeIx {
            self.controller.contact[broker as usize] = now;
            if self.controller.beats_since[broker as usize].is_never() {
                self.arm_session(broker);
            }
        }
    }

    /// A broker runs and can reach the controller: its beats count from now on. If it was fenced meanwhile it asks to be unfenced with
    /// its next beat.
    pub(crate) fn beats_resume(&mut self, broker: NodeIx) {
        let node = &self.nodes[broker as usize];
        if !node.listens() || self.controller.active.is_none() {
            return;
        }
        let Some(way) = self.way_to_controller(broker) else {
            return;
        };
        self.beats_begin(broker);
        // The beat that is overdue is sent at once.
        self.controller.contact[broker as usize] = self.clock.now().saturating_add(way);
        if self.controller.standing[broker as usize] == Standing::Fenced {
            let incarnation = self.nodes[broker as usize].incarnation;
            self.clock.schedule_after(
                way,
                Event::Heard {
                    broker,
                    errand: Errand::Unfence,
                    incarnation,
                },
            );
        }
    }

    /// A broker that begins to beat may be fenced again by a decision that it has not heard of: its answer waited for a quorum longer than its session.
    /// It asks with its next beat.
    pub(crate) fn asks_again_if_fenced(&mut self, broker: NodeIx) {
        if self.zookeeper.is_some() || self.controller.standing[broker as usize] != Standing::Fenced
        {
            return;
        }
        let Some(way) = self.way_to_controller(broker) else {
            return;
        };
        let node = &self.nodes[broker as usize];
        let incarnation = node.incarnation;
        let at = node
            .heartbeats
            .after_time(self.clock.now())
            .saturating_add(way);
        self.clock.schedule(
            at,
            Event::Heard {
                broker,
                errand: Errand::Unfence,
                incarnation,
            },
        );
    }

    /// A new active controller: brokers that work and were fenced while nobody could unfence them ask with their next beat.
    pub(crate) fn fenced_brokers_ask(&mut self) {
        let now = self.clock.now();
        for broker in 0..self.nodes.len() as NodeIx {
            let node = &self.nodes[broker as usize];
            if !self.estate.nodes[broker as usize].broker
                || !node.listens()
                || node.process == Process::ShuttingDown
                || self.controller.standing[broker as usize] != Standing::Fenced
                || self.controller.beats_since[broker as usize].is_never()
            {
                continue;
            }
            let Some(way) = self.way_to_controller(broker) else {
                continue;
            };
            let incarnation = node.incarnation;
            let at = node.heartbeats.next_time(now).saturating_add(way);
            self.clock.schedule(
                at,
                Event::Heard {
                    broker,
                    errand: Errand::Unfence,
                    incarnation,
                },
            );
        }
    }

    /// One way to the active controller.
    pub(crate) fn way_to_controller(&self, node: NodeIx) -> Option<Span> {
        self.way(self.controller.active?, node)
    }
}
