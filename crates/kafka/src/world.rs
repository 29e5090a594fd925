//! The world: everything there is, and what happens next.
//!
//! A [`World`] is built from an [`Estate`] and a seed, is healthy at time 0, and does nothing by itself but react. Whoever drives it calls
//! [`World::next`] until there is something for them, and acts through the public methods (start, stop, kill, cut, elect …). A clone goes
//! on exactly as the original would.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::{CauseId, Key, Scheduler, Span, Streams, Time};

use crate::consumer::Group;
use crate::controller::Controller;
use crate::estate::Estate;
use crate::event::Event;
use crate::fetcher::{FETCH_SERVICE, Fetcher};
use crate::flow::Flow;
use crate::grid::Grid;
use crate::happening::Happening;
use crate::ids::{ConnectionIx, GroupIx, NodeIx, PartitionIx, ProducerIx};
use crate::layout::{Layout, Switches};
use crate::metadata::Metadata;
use crate::network::Links;
use crate::node::Node;
use crate::partition::{Office, Partition};
use crate::producer::{Connection, Part, Producer};
use crate::quorum::Quorum;
use crate::record::Record;

/// Something that happened which whoever drives the world may want to react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A token of their own is due.
    Outside(u64),
    /// A process was started.
    ProcessStarted(NodeIx),
    /// A broker reads its logs; clean or not.
    Recovering(NodeIx, bool),
    /// A node works and its port is open.
    PortOpen(NodeIx),
    /// A process ended by itself after a stop.
    Stopped(NodeIx),
    /// A process ended otherwise.
    Killed(NodeIx),
    /// A process was paused.
    Paused(NodeIx),
    /// A process goes on.
    Resumed(NodeIx),
    /// A registration was refused.
    RegistrationRefused(NodeIx),
    /// A registration was refused because the broker does not support this finalized level of this feature.
    Unsupported(NodeIx, &'static str, i16),
    /// A broker met a record that it cannot take; its picture of the metadata stands still.
    Stumbles(NodeIx, crate::features::Fault),
    /// A process ended by itself, with exit code 1.
    Exited(NodeIx, crate::features::exit::ExitReason),
    /// New levels of features were committed.
    Finalized,
    /// A broker was fenced (decided).
    Fenced(NodeIx),
    /// A broker was unfenced (decided).
    Unfenced(NodeIx),
    /// There is no active controller any more.
    ControllerLost(NodeIx),
    /// A controller took over.
    ControllerActive(NodeIx),
    /// A metadata change was committed: how many leaders changed, ISRs shrank, ISRs grew.
    Committed {
        /// Leaders that changed.
        leaders: u32,
        /// ISRs that shrank.
        shrank: u32,
        /// ISRs that grew.
        grew: u32,
    },
}

/// What a run keeps beside its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Keep the causes of things (needed to explain findings).
    pub causes: bool,
    /// Fold every event into a hash (needed to tell runs apart).
    pub trace: bool,
    /// Keep every committed change of every partition.
    pub history: bool,
    /// Optimisations.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            causes: true,
            trace: true,
            history: false,
            switches: Switches::default(),
        }
    }
}

/// Everything there is.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) estate: Arc<Estate>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) clock: Scheduler<Event, Happening>,
    pub(crate) streams: Streams,
    pub(crate) nodes: Vec<Node>,
    pub(crate) links: Links,
    pub(crate) controller: Controller,
    pub(crate) quorum: Quorum,
    /// In ZooKeeper mode only; there is no quorum of voters then.
    pub(crate) zookeeper: Option<crate::zookeeper::ZooKeeper>,
    pub(crate) metadata: Metadata,
    pub(crate) features: crate::features::FeatureState,
    /// By topic: `segment.bytes`.
    pub(crate) topic_segments: Vec<u64>,
    pub(crate) partitions: Vec<Partition>,
    pub(crate) fetchers: Vec<Fetcher>,
    pub(crate) producers: Vec<Producer>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) groups: Vec<Group>,
    /// By partition: the groups that read it, each with its reader. Empty where there are no groups.
    pub(crate) readers_of: Vec<smallvec::SmallVec<[(GroupIx, u32); 1]>>,
    /// By partition: the groups whose coordinator its leader is. Empty where there are no groups.
    pub(crate) coordinates: Vec<smallvec::SmallVec<[GroupIx; 1]>>,
    pub(crate) touched_partitions: Vec<PartitionIx>,
    /// By node: the partitions it leads of which not every follower that is waited for is in step. One that it leads no more may be in it.
    pub(crate) irregular: Vec<BTreeSet<PartitionIx>>,
    /// The offices of each touched partition as they were before.
    pub(crate) before: Vec<smallvec::SmallVec<[Office; 1]>>,
    pub(crate) touched_connections: Vec<ConnectionIx>,
    /// Room for the parts of requests.
    pub(crate) spare_parts: Vec<Vec<Part>>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) record: Record,
}

/// A draw from [0, n) out of one word: its high bits (specification T2).
pub(crate) fn scaled(word: u64, n: u64) -> u64 {
    ((u128::from(word) * u128::from(n)) >> 64) as u64
}

impl World {
    // ------------------------------------------------------------------------------------ draws

    /// A number below n: draw `at` of a stream (T2).
    pub(crate) fn draw(&self, key: Key, at: u64, n: u64) -> u64 {
        scaled(self.streams.word(key, at), n)
    }

    /// A span from `low` to `high`, both included: draw `at` of a stream (T2).
    pub(crate) fn draw_between(&self, key: Key, at: u64, low: Span, high: Span) -> Span {
        Span::nanos(low.as_nanos() + self.draw(key, at, high.as_nanos() - low.as_nanos() + 1))
    }

    /// A draw for whoever drives the world; its streams have names of their own.
    pub fn draw_outside(&self, key: Key, at: u64, n: u64) -> u64 {
        self.draw(key, at, n.max(1))
    }

    /// From now on all draws are those of another seed. What was drawn before stays as it is.
    pub fn draw_anew(&mut self, seed: u64) {
        self.streams = Streams::new(seed);
    }

    // ------------------------------------------------------------------------------------ running

    /// The current moment.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Has anything to do with itself at this moment or will have; when.
    pub fn next_event(&self) -> Option<Time> {
        self.clock.peek_time()
    }

    /// Handles events up to `limit` (included) until there is something to notice; the notices come in the order in which they happened.
    /// `None`: the limit is reached.
    pub fn next(&mut self, limit: Time) -> Option<Vec<Notice>> {
        loop {
            if !self.notices.is_empty() {
                return Some(std::mem::take(&mut self.notices));
            }
            let (_, event) = self.clock.next_until(limit)?;
            self.handle_event(event);
            self.settle();
        }
    }

    /// Handles everything up to `limit` and throws the notices away.
    pub fn run_until(&mut self, limit: Time) {
        while let Some((_, event)) = self.clock.next_until(limit) {
            self.handle_event(event);
            self.settle();
            self.notices.clear();
        }
        if limit > self.clock.now() && !limit.is_never() {
            self.clock.advance_to(limit);
        }
    }

    /// Moves the clock to `at`; nothing may be due before.
    pub fn advance_to(&mut self, at: Time) {
        self.clock.advance_to(at);
    }

    /// Asks for a notice with this token at `at`.
    pub fn wake(&mut self, at: Time, token: u64) {
        self.clock
            .schedule(at.max(self.clock.now()), Event::Outside(token));
    }

    /// What happens from here on is caused by this act of whoever drives the world.
    pub fn begin_act(&mut self, number: u32) -> CauseId {
        self.clock.set_cause(CauseId::NONE);
        self.clock.note(Happening::Outside(number))
    }

    /// After acting from outside: brings everything that was touched in order.
    pub fn end_act(&mut self) {
        self.settle();
    }

    fn handle_event(&mut self, event: Event) {
        if let Some(node) = self.acts_on(event)
            && self.nodes[node as usize].paused.is_some()
            && !self.ends_halt(node, event)
        {
            self.nodes[node as usize].held.push(event);
            return;
        }
        macro_rules! fires {
            ($timer:expr, $ticket:expr) => {
                if !$timer.fire($ticket) {
                    return;
                }
            };
        }
        match event {
            Event::Outside(token) => self.notices.push(Notice::Outside(token)),
            Event::FlushCloses(ticket) => {
                fires!(self.metadata.closes, ticket);
                self.flush_closes();
            }
            Event::Committed { flush, term } => self.committed(flush, term),
            Event::Release(ticket) => {
                fires!(self.metadata.release, ticket);
                self.release();
            }
            Event::Learn { node, flush } => self.learn(node, flush),
            Event::Apply { node, ticket } => {
                fires!(self.nodes[node as usize].applying, ticket);
                self.apply(node);
            }
            Event::SessionEnds { broker, ticket } => {
                fires!(self.controller.sessions[broker as usize], ticket);
                self.session_ends(broker);
            }
            Event::Heard {
                broker,
                errand,
                incarnation,
            } => self.heard(broker, errand, incarnation),
            Event::Answered {
                broker,
                answer,
                incarnation,
            } => self.answered(broker, answer, incarnation),
            Event::ProposalsArrive { broker, ticket } => {
                fires!(self.nodes[broker as usize].alter.timer, ticket);
                self.proposals_arrive(broker);
            }
            Event::ProposalsAnswered { broker, ticket } => {
                fires!(self.nodes[broker as usize].alter.timer, ticket);
                self.proposals_answered(broker);
            }
            Event::Balance(ticket) => {
                fires!(self.controller.balance, ticket);
                self.balance();
            }
            Event::Unclean(ticket) => {
                fires!(self.controller.unclean, ticket);
                self.unclean_task();
            }
            Event::VoterTimer { node, ticket } => {
                let at = self
                    .quorum
                    .voters
                    .iter()
                    .position(|voter| voter.node == node);
                if let Some(at) = at
                    && self.quorum.voters[at].fires(ticket)
                {
                    self.voter_timer(node);
                }
            }
            Event::Raft { from, to, message } => {
                if let (true, crate::event::Raft::Begin { epoch }) = (from == to, message) {
                    self.takes_over(to, epoch);
                } else {
                    self.raft(from, to, message);
                }
            }
            Event::Stage { node, ticket } => {
                fires!(self.nodes[node as usize].stage, ticket);
                self.stage(node);
            }
            Event::IsrCheck { node, ticket } => {
                fires!(self.nodes[node as usize].isr_watch, ticket);
                self.isr_check(node);
            }
            Event::ParkedAnswered { fetcher, ticket } => {
                fires!(self.fetchers[fetcher as usize].parked, ticket);
                self.parked_answered(fetcher);
            }
            Event::FirstFetch { fetcher, ticket } => {
                fires!(self.fetchers[fetcher as usize].first_fetch, ticket);
                self.first_fetch(fetcher);
            }
            Event::DelayOver {
                partition,
                slot,
                delays,
            } => self.delay_over(partition, slot, delays),
            Event::Join { fetcher, ticket } => {
                fires!(self.fetchers[fetcher as usize].join, ticket);
                self.join(fetcher);
            }
            Event::CaughtUp { fetcher, ticket } => {
                fires!(self.fetchers[fetcher as usize].caught_up, ticket);
                self.catches_up(fetcher);
            }
            Event::AgesOut { partition } => self.touch_softly(partition),
            Event::Send { connection, ticket } => {
                fires!(self.connections[connection as usize].send, ticket);
                self.send_instant(connection);
            }
            Event::Arrives {
                connection,
                request,
                life,
            } => self.request_arrives(connection, request, life),
            Event::Done { connection, ticket } => {
                fires!(self.connections[connection as usize].done, ticket);
                self.request_done(connection);
            }
            Event::AnswerArrives {
                connection,
                request,
                life,
            } => self.answer_arrives(connection, request, life),
            Event::Lost { connection, life } => self.connection_lost(connection, life),
            Event::RequestTimeout { connection, ticket } => {
                fires!(self.connections[connection as usize].timeout, ticket);
                self.request_timeout(connection);
            }
            Event::Connected { connection, life } => self.connected(connection, life),
            Event::Expire { producer, ticket } => {
                fires!(self.producers[producer as usize].expire, ticket);
                self.expire(producer);
            }
            Event::Unmuted { connection, life } => self.unmuted(connection, life),
            Event::AskMetadata { producer, ticket } => {
                fires!(self.producers[producer as usize].ask, ticket);
                self.time_to_ask(producer);
            }
            Event::Group { group, step } => self.group_step(group, step),
            Event::ZooKeeper(step) => self.zookeeper_step(step),
        }
    }

    /// The node whose process has to run for this event to be handled.
    fn acts_on(&self, event: Event) -> Option<NodeIx> {
        match event {
            Event::Learn { node, .. }
            | Event::Apply { node, .. }
            | Event::Stage { node, .. }
            | Event::IsrCheck { node, .. } => Some(node),
            Event::Answered { broker, .. } | Event::ProposalsAnswered { broker, .. } => {
                Some(broker)
            }
            Event::VoterTimer { node, .. } => Some(node),
            Event::ParkedAnswered { fetcher, .. } | Event::FirstFetch { fetcher, .. } => {
                Some(self.ends_of(fetcher).1)
            }
            Event::DelayOver {
                partition, slot, ..
            } => Some(self.partitions[partition as usize].replicas[slot as usize].node),
            Event::ZooKeeper(step) => self.zookeeper_acts_on(step),
            _ => None,
        }
    }

    /// Every connection to a node is looked at.
    pub(crate) fn touch_connections_to(&mut self, node: NodeIx) {
        for producer in 0..self.producers.len() as ProducerIx {
            let connection = self.connection_to(producer, node);
            self.disturb(connection);
        }
    }

    /// The regular fetch grid of a pair, for its present latency.
    pub(crate) fn natural_grid(&self, leader: NodeIx, follower: NodeIx) -> Grid {
        let (l, f) = (
            &self.estate.nodes[leader as usize],
            &self.estate.nodes[follower as usize],
        );
        let latency = self
            .estate
            .latency
            .saturating_add(self.links.extra(leader, follower));
        let round = Span::nanos(2 * latency.as_nanos() + FETCH_SERVICE.as_nanos());
        let key = Key::of("fetch")
            .id(u64::from(l.id))
            .id(u64::from(f.id))
            .part("phase");
        Grid::new(Time::from_nanos(self.draw(key, 0, round.as_nanos())), round)
    }
}
