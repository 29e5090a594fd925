//! Producers: what a `KafkaProducer` knows, sends, retries and gives up (specification P1–P13).
//!
//! | file | what |
//! |---|---|
//! | `mod.rs` | state; acknowledgements and outages |
//! | `connection.rs` | a connection and its requests; what it waits for |
//! | `sending.rs` | what is sent, and request time-outs (Sender, NetworkClient) |
//! | `handling.rs` | a request at the broker (SocketServer, KafkaApis, DelayedProduce) |
//! | `answers.rs` | answers at the client (Sender) |
//! | `again_by_kernel.rs` | what a cut swallows is sent again (TCP) |
//! | `link.rs` | connections that break and are made again (Selector, NetworkClient) |
//! | `calm` | the closed form of a connection on which nothing unusual happens, also while a queue drains |
//! | `batches.rs` | what can be sent, retries, expiry (RecordAccumulator, TransactionManager) |
//! | `client_metadata.rs` | what a client knows of the cluster (Metadata, NetworkClient) |

mod again_by_kernel;
mod answers;
mod batches;
mod calm;
mod client_metadata;
mod connection;
mod handling;
mod link;
mod sending;

pub(crate) use client_metadata::shortest;
pub(crate) use connection::{Connection, Link, NEXT_REQUEST, Part};

use engine::{Key, Span, Time, Timer};

use crate::flow::FlowOutage;
use crate::ids::{ConnectionIx, FlowIx, NodeIx, ProducerIx};
use crate::world::World;

/// Acknowledgements that are further apart than this are noted as an outage, if something waited.
pub const NOTED_OUTAGE: Span = Span::millis(200);

/// What a producer's client sees go wrong, by Kafka's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientError {
    /// NOT_LEADER_OR_FOLLOWER.
    NotLeaderOrFollower,
    /// NOT_ENOUGH_REPLICAS.
    NotEnoughReplicas,
    /// NOT_ENOUGH_REPLICAS_AFTER_APPEND.
    NotEnoughReplicasAfterAppend,
    /// REQUEST_TIMED_OUT.
    RequestTimedOut,
    /// NETWORK_EXCEPTION.
    NetworkException,
    /// OUT_OF_ORDER_SEQUENCE_NUMBER.
    OutOfOrderSequenceNumber,
    /// DUPLICATE_SEQUENCE_NUMBER.
    DuplicateSequenceNumber,
    /// KAFKA_STORAGE_ERROR.
    KafkaStorageError,
    /// A connection could not be established.
    ConnectionRefused,
    /// A batch was not delivered in time (TimeoutException at the application).
    DeliveryTimeout,
}

impl ClientError {
    /// All of them.
    pub const ALL: [ClientError; 10] = [
        ClientError::NotLeaderOrFollower,
        ClientError::NotEnoughReplicas,
        ClientError::NotEnoughReplicasAfterAppend,
        ClientError::RequestTimedOut,
        ClientError::NetworkException,
        ClientError::OutOfOrderSequenceNumber,
        ClientError::DuplicateSequenceNumber,
        ClientError::KafkaStorageError,
        ClientError::ConnectionRefused,
        ClientError::DeliveryTimeout,
    ];

    /// Kafka's name.
    pub fn name(self) -> &'static str {
        match self {
            ClientError::NotLeaderOrFollower => "NOT_LEADER_OR_FOLLOWER",
            ClientError::NotEnoughReplicas => "NOT_ENOUGH_REPLICAS",
            ClientError::NotEnoughReplicasAfterAppend => "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
            ClientError::RequestTimedOut => "REQUEST_TIMED_OUT",
            ClientError::NetworkException => "NETWORK_EXCEPTION",
            ClientError::OutOfOrderSequenceNumber => "OUT_OF_ORDER_SEQUENCE_NUMBER",
            ClientError::DuplicateSequenceNumber => "DUPLICATE_SEQUENCE_NUMBER",
            ClientError::KafkaStorageError => "KAFKA_STORAGE_ERROR",
            ClientError::ConnectionRefused => "connection refused",
            ClientError::DeliveryTimeout => "TimeoutException",
        }
    }

    /// The client asks for metadata because of it (InvalidMetadataException).
    fn invalidates_metadata(self) -> bool {
        matches!(
            self,
            ClientError::NotLeaderOrFollower
                | ClientError::NetworkException
                | ClientError::KafkaStorageError
        )
    }
}

/// One producer.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    /// Its flows, by partition.
    pub(crate) flows: Vec<FlowIx>,
    /// Its first connection; they are in order of the nodes.
    pub(crate) first_connection: ConnectionIx,
    /// The brokers it knows of, ascending.
    pub(crate) known: Vec<NodeIx>,
    /// The newest picture that it has seen: the flush that it stood at.
    pub(crate) seen: u32,
    /// How many of its flows know of no leader.
    pub(crate) leaderless: u32,
    /// It wants metadata.
    pub(crate) wanted: bool,
    /// A connection is up, but none has room for a question: each answer counts.
    pub(crate) waits_for_place: bool,
    /// A question is on its way, on this connection.
    pub(crate) asking: Option<ConnectionIx>,
    /// When it had its last answer, or knew that there would be none.
    pub(crate) last_refresh: Option<Time>,
    /// Answers in a row that brought nothing new, or refreshes in a row that failed.
    pub(crate) in_vain: u32,
    /// The last refresh failed.
    pub(crate) failing: bool,
    /// Draws for the choice of a broker.
    pub(crate) node_draws: u64,
    pub(crate) ask: Timer,
    pub(crate) expire: Timer,
    /// Its stream.
    pub(crate) key: Key,
    /// How often it saw each error.
    pub(crate) errors: [u64; ClientError::ALL.len()],
    /// It can reach none of the brokers it knows, since then.
    pub(crate) lost_all_since: Option<Time>,
}

impl World {
    /// The connection of a producer to a node.
    #[inline]
    pub(crate) fn connection_to(&self, producer: ProducerIx, node: NodeIx) -> ConnectionIx {
        self.producers[producer as usize].first_connection + node
    }

    /// Counts an error.
    pub(crate) fn client_error(&mut self, producer: ProducerIx, error: ClientError) {
        self.producers[producer as usize].errors[error as usize] += 1;
    }

    /// Messages are acknowledged: they count, and a long wait for them is noted.
    pub(crate) fn acknowledge(&mut self, flow: FlowIx, first: u64, end: u64) {
        let now = self.clock.now();
        let ended_by = self.clock.cause();
        let me = &mut self.flows[flow as usize];
        let since = me.last_ack;
        if now.saturating_since(since) > NOTED_OUTAGE {
            let waited = me.oldest_open(now).unwrap_or(now).max(since);
            if now.saturating_since(waited) > NOTED_OUTAGE {
                let cause = self.partitions[me.partition as usize].trouble;
                self.flows[flow as usize].outages.push(FlowOutage {
                    last_ack: since,
                    begin: waited,
                    end: now,
                    cause,
                    ended_by,
                });
            }
        }
        let me = &mut self.flows[flow as usize];
        me.last_ack = now;
        me.acked.add(first, end);
    }

    /// Messages failed for good.
    pub(crate) fn fail(&mut self, flow: FlowIx, first: u64, end: u64) {
        self.flows[flow as usize].failed.add(first, end);
    }
}
