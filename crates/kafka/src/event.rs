//! Everything that can be waiting to happen. Small and `Copy`; what it is about is found by index.

use engine::{Digest, Ticket};

use crate::consumer::GroupStep;
use crate::ids::{ConnectionIx, GroupIx, NodeIx, PartitionIx, ProducerIx, Slot};

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something of the one who drives the world: an operator's timer, a fault.
    Outside(u64),

    // ------------------------------------------------------------------------------------ metadata
    /// The open flush is appended (M1).
    FlushCloses(Ticket),
    /// A flush is committed (M1).
    Committed { flush: u32, term: u32 },
    /// Records are appended after a commit: parked metadata fetches are answered (M3).
    Release(Ticket),
    /// A node learns of a flush (M3).
    Learn { node: NodeIx, flush: u32 },
    /// A node goes on with its application (M4).
    Apply { node: NodeIx, ticket: Ticket },

    // ---------------------------------------------------------------------------------- controller
    /// The session of a broker may be over (M7).
    SessionEnds { broker: NodeIx, ticket: Ticket },
    /// A heartbeat that asks for something is heard (M8, M11, M13).
    Heard {
        broker: NodeIx,
        errand: Errand,
        incarnation: u32,
    },
    /// The answer to such a heartbeat arrives at the broker.
    Answered {
        broker: NodeIx,
        answer: Answer,
        incarnation: u32,
    },
    /// An AlterPartition request arrives at the controller (M12).
    ProposalsArrive { broker: NodeIx, ticket: Ticket },
    /// Its answer arrives at the broker.
    ProposalsAnswered { broker: NodeIx, ticket: Ticket },
    /// The preferred-leader task.
    Balance(Ticket),
    /// The unclean-election task.
    Unclean(Ticket),

    // -------------------------------------------------------------------------------------- quorum
    /// A voter's timer.
    VoterTimer { node: NodeIx, ticket: Ticket },
    /// A message between voters.
    Raft {
        from: NodeIx,
        to: NodeIx,
        message: Raft,
    },

    // --------------------------------------------------------------------------------------- nodes
    /// The next stage of a node's start or stop.
    Stage { node: NodeIx, ticket: Ticket },
    /// A leader looks at the ISRs it leads (R14).
    IsrCheck { node: NodeIx, ticket: Ticket },

    // --------------------------------------------------------------------------------- replication
    /// The parked fetch is answered; those added to the fetcher take part from the next instant (R5).
    ParkedAnswered { fetcher: u32, ticket: Ticket },
    /// First fetches (R6).
    FirstFetch { fetcher: u32, ticket: Ticket },
    /// A left-out replica is added again (R6).
    DelayOver {
        partition: PartitionIx,
        slot: Slot,
        delays: u32,
    },
    /// Followers may be able to join (R13).
    Join { fetcher: u32, ticket: Ticket },
    /// A follower that was behind has its bytes (R8).
    CaughtUp { fetcher: u32, ticket: Ticket },
    /// A follower outside the ISR is no longer waited for (R10).
    AgesOut { partition: PartitionIx },

    // ------------------------------------------------------------------------------------- clients
    /// A send instant with something to send (P3).
    Send {
        connection: ConnectionIx,
        ticket: Ticket,
    },
    /// A request arrives at the broker (P4).
    Arrives {
        connection: ConnectionIx,
        request: u32,
        life: u32,
    },
    /// The answer can be sent (P7).
    Done {
        connection: ConnectionIx,
        ticket: Ticket,
    },
    /// A broker reads the next request of a connection (P6).
    Unmuted { connection: ConnectionIx, life: u32 },
    /// The answer arrives (P9).
    AnswerArrives {
        connection: ConnectionIx,
        request: u32,
        life: u32,
    },
    /// The client learns that its connection is gone (P8).
    Lost { connection: ConnectionIx, life: u32 },
    /// A request may have been in flight for too long (P8).
    RequestTimeout {
        connection: ConnectionIx,
        ticket: Ticket,
    },
    /// An attempt to connect ends (P8).
    Connected { connection: ConnectionIx, life: u32 },
    /// Batches may have to expire (P12).
    Expire {
        producer: ProducerIx,
        ticket: Ticket,
    },
    /// Metadata can be asked for (P11).
    AskMetadata {
        producer: ProducerIx,
        ticket: Ticket,
    },
    /// Something of a consumer group (G1–G20).
    Group { group: GroupIx, step: GroupStep },
    /// Something of a cluster in ZooKeeper mode (Z1–Z20).
    ZooKeeper(crate::zookeeper::Step),
}

/// What a heartbeat or registration asks the controller for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To be registered.
    Register,
    /// To be unfenced.
    Unfence,
    /// Leave to stop.
    Stop,
}

/// What the controller answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// You are registered.
    Registered,
    /// Somebody with your id is (DUPLICATE_BROKER_REGISTRATION).
    Duplicate,
    /// You are unfenced.
    Unfenced,
    /// Not yet.
    Wait,
    /// You may go.
    Go,
    /// No controller could be reached.
    Nobody,
    /// You do not support what is finalized (UNSUPPORTED_VERSION).
    Unsupported,
}

/// Messages between voters, as far as the model needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raft {
    /// Vote for me.
    Vote { epoch: u32, pre: bool },
    /// Yes or no.
    Voted {
        epoch: u32,
        pre: bool,
        granted: bool,
    },
    /// My binary does not know pre-votes (UNSUPPORTED_VERSION, before 4.0).
    NoPreVote { epoch: u32 },
    /// I lead.
    Begin { epoch: u32 },
    /// I lead no more.
    End { epoch: u32 },
}

impl Digest for Event {
    fn digest(&self) -> [u64; 2] {
        // The kind in the high byte, what it is about below; two words tell every event from every other.
        let word = |kind: u64, a: u64| (kind << 56) ^ a;
        let t = |ticket: Ticket| u64::from(ticket.as_u32());
        let pair = |a: u32, b: u32| (u64::from(a) << 32) | u64::from(b);
        match *self {
            Event::Outside(token) => [word(1, 0), token],
            Event::FlushCloses(ticket) => [word(2, 0), t(ticket)],
            Event::Committed { flush, term } => [word(3, 0), pair(flush, term)],
            Event::Release(ticket) => [word(4, 0), t(ticket)],
            Event::Learn { node, flush } => [word(5, 0), pair(node, flush)],
            Event::Apply { node, ticket } => [word(6, u64::from(node)), t(ticket)],
            Event::SessionEnds { broker, ticket } => [word(7, u64::from(broker)), t(ticket)],
            Event::Heard {
                broker,
                errand,
                incarnation,
            } => [word(8, errand as u64), pair(broker, incarnation)],
            Event::Answered {
                broker,
                answer,
                incarnation,
            } => [word(9, answer as u64), pair(broker, incarnation)],
            Event::ProposalsArrive { broker, ticket } => [word(10, u64::from(broker)), t(ticket)],
            Event::ProposalsAnswered { broker, ticket } => [word(11, u64::from(broker)), t(ticket)],
            Event::Balance(ticket) => [word(12, 0), t(ticket)],
            Event::Unclean(ticket) => [word(13, 0), t(ticket)],
            Event::VoterTimer { node, ticket } => [word(14, u64::from(node)), t(ticket)],
            Event::Raft { from, to, message } => {
                let (kind, epoch) = match message {
                    Raft::Vote { epoch, pre } => (u64::from(pre), epoch),
                    Raft::Voted {
                        epoch,
                        pre,
                        granted,
                    } => (2 + 2 * u64::from(pre) + u64::from(granted), epoch),
                    Raft::Begin { epoch } => (6, epoch),
                    Raft::End { epoch } => (7, epoch),
                    Raft::NoPreVote { epoch } => (8, epoch),
                };
                [word(15, (kind << 32) | u64::from(epoch)), pair(from, to)]
            }
            Event::Stage { node, ticket } => [word(16, u64::from(node)), t(ticket)],
            Event::IsrCheck { node, ticket } => [word(17, u64::from(node)), t(ticket)],
            Event::ParkedAnswered { fetcher, ticket } => [word(18, u64::from(fetcher)), t(ticket)],
            Event::FirstFetch { fetcher, ticket } => [word(19, u64::from(fetcher)), t(ticket)],
            Event::DelayOver {
                partition,
                slot,
                delays,
            } => [word(20, u64::from(slot)), pair(partition, delays)],
            Event::Join { fetcher, ticket } => [word(21, u64::from(fetcher)), t(ticket)],
            Event::CaughtUp { fetcher, ticket } => [word(22, u64::from(fetcher)), t(ticket)],
            Event::AgesOut { partition } => [word(23, 0), u64::from(partition)],
            Event::Send { connection, ticket } => [word(24, u64::from(connection)), t(ticket)],
            Event::Arrives {
                connection,
                request,
                life,
            } => [word(25, u64::from(connection)), pair(request, life)],
            Event::Done { connection, ticket } => [word(26, u64::from(connection)), t(ticket)],
            Event::AnswerArrives {
                connection,
                request,
                life,
            } => [word(27, u64::from(connection)), pair(request, life)],
            Event::Lost { connection, life } => [word(28, 0), pair(connection, life)],
            Event::RequestTimeout { connection, ticket } => {
                [word(29, u64::from(connection)), t(ticket)]
            }
            Event::Connected { connection, life } => [word(30, 0), pair(connection, life)],
            Event::Expire { producer, ticket } => [word(31, u64::from(producer)), t(ticket)],
            Event::AskMetadata { producer, ticket } => [word(32, u64::from(producer)), t(ticket)],
            Event::Unmuted { connection, life } => [word(34, 0), pair(connection, life)],
            Event::Group { group, step } => {
                let [kind, about] = step.digest();
                [word(33, (kind << 32) | u64::from(group)), about]
            }
            Event::ZooKeeper(step) => {
                let [kind, about] = step.digest();
                [word(35, kind), about]
            }
        }
    }
}
