//! Everything that can be waiting to happen to a group.

use engine::{Digest, Ticket};

/// What can happen to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupStep {
    /// A fetch arrives at the broker (G2).
    FetchArrives { reader: u32, life: u32 },
    /// A member is told that a fetch failed (G3).
    FetchFails { reader: u32, life: u32 },
    /// A fetch has had no answer for too long (G3).
    FetchTimesOut { reader: u32, life: u32 },
    /// A member's client has something to do: ask for metadata, connect again (G4).
    Client { member: u32, ticket: Ticket },
    /// A question for metadata is handled.
    MetadataHandled { member: u32, question: u32 },
    /// The answer arrives.
    MetadataAnswered { member: u32, question: u32 },
    /// The next step of a member with its coordinator (G10–G16).
    Talk { member: u32, ticket: Ticket },
    /// The coordinator has loaded the group (G8).
    Loaded(Ticket),
    /// The coordinator waits no longer for members to join (G12).
    JoinEnds(Ticket),
    /// The assignment is written (G13).
    Written(Ticket),
    /// The session of a member may be over (G11).
    SessionEnds { id: u32, at: u32 },
}

impl Digest for GroupStep {
    fn digest(&self) -> [u64; 2] {
        let pair = |a: u32, b: u32| (u64::from(a) << 32) | u64::from(b);
        match *self {
            GroupStep::FetchArrives { reader, life } => [0, pair(reader, life)],
            GroupStep::FetchFails { reader, life } => [1, pair(reader, life)],
            GroupStep::FetchTimesOut { reader, life } => [2, pair(reader, life)],
            GroupStep::Client { member, ticket } => [3, pair(member, ticket.as_u32())],
            GroupStep::MetadataHandled { member, question } => [4, pair(member, question)],
            GroupStep::MetadataAnswered { member, question } => [5, pair(member, question)],
            GroupStep::Talk { member, ticket } => [6, pair(member, ticket.as_u32())],
            GroupStep::Loaded(ticket) => [7, u64::from(ticket.as_u32())],
            GroupStep::JoinEnds(ticket) => [8, u64::from(ticket.as_u32())],
            GroupStep::Written(ticket) => [9, u64::from(ticket.as_u32())],
            GroupStep::SessionEnds { id, at } => [10, pair(id, at)],
        }
    }
}
