//! Dense indexes of everything there is. Names are for people; the model counts.

/// A node: its place in [`crate::estate::Estate::nodes`], which is sorted by `node.id`.
pub type NodeIx = u32;
/// A partition: its place in the world's list, sorted by topic name, then number.
pub type PartitionIx = u32;
/// A producer, sorted by name.
pub type ProducerIx = u32;
/// A flow: one producer on one partition.
pub type FlowIx = u32;
/// A connection: one producer to one broker.
pub type ConnectionIx = u32;
/// A consumer group, sorted by name.
pub type GroupIx = u32;
/// A replica's place in its partition's assignment.
pub type Slot = u8;
/// A set of slots.
pub type Slots = u16;

/// The most replicas that a partition can have here.
pub const MAX_REPLICAS: usize = 16;

/// The set of just this slot.
#[inline]
pub fn only(slot: Slot) -> Slots {
    1 << slot
}

/// Is the slot in the set?
#[inline]
pub fn has(set: Slots, slot: Slot) -> bool {
    set & (1 << slot) != 0
}

/// The slots of a set, lowest first.
#[inline]
pub fn slots(set: Slots) -> impl Iterator<Item = Slot> {
    let mut rest = set;
    std::iter::from_fn(move || {
        if rest == 0 {
            return None;
        }
        let slot = rest.trailing_zeros() as Slot;
        rest &= rest - 1;
        Some(slot)
    })
}
