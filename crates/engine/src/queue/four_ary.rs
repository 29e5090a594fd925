//! A 4-ary heap of 16-byte keys; the payloads lie still beside it.
//!
//! A key is one `u128`: 64 bits of time, 40 bits of push sequence, 24 bits of *slot*, the place of the payload. One
//! comparison of integers orders two entries, ties included, and a sift moves 16 bytes whatever the event's size.
//!
//! ```text
//!   root ── place 0            children of place p: the four places of block p, one cache line
//!   ┌───────────────┬───────────────┬─────
//!   │ block 0       │ block 1       │ …        places 1 2 3 4 │ 5 6 7 8 │ …
//!   └───────────────┴───────────────┴─────
//! ```
//!
//! Three things make it faster than the standard heap (see `benches/engine.rs`):
//!
//! * four children in one aligned cache line: half the levels, one miss a level, and no bounds check within a block;
//! * vacant places hold the greatest keys, so that a block is always full and its least key is found without branches
//!   (a variant that compared times first and branched on ties was a sixth faster without ties and up to two thirds
//!   slower with many; simulated clusters have many);
//! * taking the root leaves a *hole*: most handlers schedule something, and that entry sinks from the hole, one sift
//!   instead of two. Only a second take in a row has to fill the hole from the end.
//!
//! The slots of the vacant places are the free list: keys always hold each slot exactly once. Memory is that of the
//! longest the queue has ever been, and so is the cost of a clone.

use super::{EventQueue, Popped};
use crate::Time;

const SLOT_BITS: u32 = 24;
const SLOT_MASK: u128 = (1 << SLOT_BITS) - 1;
const TIME_SHIFT: u32 = 64;
/// A key of a vacant place is this plus a slot. Greater than each key in use, also one at [`Time::NEVER`].
const VACANT: u128 = !SLOT_MASK;
/// The sequence of all ones belongs to vacant places.
const SEQUENCE_LIMIT: u64 = (1 << (TIME_SHIFT - SLOT_BITS)) - 1;

/// The four children of one place.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Block([u128; 4]);

/// The event queue: a 4-ary min-heap; entries of one time leave in the order in which they came.
///
/// It panics beyond 16.7 million entries at a time (24 bits) or 1.1 million million in its life (40 bits).
#[derive(Clone, Debug)]
pub struct Queue<P> {
    /// Place 0. While `hole` is set its entry has been taken, and only its slot still counts.
    root: u128,
    hole: bool,
    /// Place `1 + 4 * block + index`.
    blocks: Vec<Block>,
    /// By slot.
    payloads: Vec<P>,
    /// Places in use from the front, the hole included.
    used: usize,
    pushed: u64,
}

impl<P> Default for Queue<P> {
    fn default() -> Queue<P> {
        Queue {
            root: VACANT,
            hole: false,
            blocks: Vec::new(),
            payloads: Vec::new(),
            used: 0,
            pushed: 0,
        }
    }
}

#[inline]
const fn time_of(key: u128) -> Time {
    Time::from_nanos((key >> TIME_SHIFT) as u64)
}

#[inline]
const fn slot_of(key: u128) -> usize {
    (key & SLOT_MASK) as usize
}

/// The least of four keys and its index. Written as two rounds of a tournament, which compiles to conditional moves.
#[inline]
fn least(keys: &[u128; 4]) -> (u128, usize) {
    let left = if keys[1] < keys[0] {
        (keys[1], 1)
    } else {
        (keys[0], 0)
    };
    let right = if keys[3] < keys[2] {
        (keys[3], 3)
    } else {
        (keys[2], 2)
    };
    if right.0 < left.0 { right } else { left }
}

impl<P: Copy> Queue<P> {
    #[inline]
    fn key(&self, place: usize) -> u128 {
        match place.checked_sub(1) {
            None => self.root,
            Some(child) => self.blocks[child / 4].0[child % 4],
        }
    }

    #[inline]
    fn set_key(&mut self, place: usize, key: u128) {
        match place.checked_sub(1) {
            None => self.root = key,
            Some(child) => self.blocks[child / 4].0[child % 4] = key,
        }
    }

    /// Puts `key` below place 0, whose own key is lost.
    #[inline]
    fn sink(&mut self, key: u128) {
        let mut place = 0;
        while let Some(block) = self.blocks.get(place) {
            let (child, index) = least(&block.0);
            if key < child {
                break;
            }
            self.set_key(place, child);
            place = 1 + 4 * place + index;
        }
        self.set_key(place, key);
    }

    /// Puts `key` above `place`, whose own key is lost.
    #[inline]
    fn rise(&mut self, mut place: usize, key: u128) {
        while place > 0 {
            let parent = (place - 1) / 4;
            let above = self.key(parent);
            if above < key {
                break;
            }
            self.set_key(place, above);
            place = parent;
        }
        self.set_key(place, key);
    }

    /// Closes the hole with the last entry, so that place 0 is the first entry again.
    #[inline]
    fn close_hole(&mut self) {
        if !self.hole {
            return;
        }
        assert!(self.used > 0, "a hole is a place in use");
        self.hole = false;
        self.used -= 1;
        let vacant = VACANT | (self.root & SLOT_MASK);
        if self.used == 0 {
            self.root = vacant;
        } else {
            let last = self.key(self.used);
            self.set_key(self.used, vacant);
            self.sink(last);
        }
    }

    /// Makes the place after the last one exist, and returns it.
    #[inline]
    fn next_place(&mut self) -> usize {
        let place = self.used;
        if place > 4 * self.blocks.len() {
            assert!(
                place + 3 <= SLOT_MASK as usize,
                "more than 16.7 million pending events"
            );
            // A place that was never used owns the slot of its own number.
            let vacant = VACANT | place as u128;
            self.blocks
                .push(Block([vacant, vacant + 1, vacant + 2, vacant + 3]));
        }
        self.used += 1;
        place
    }

    #[inline]
    fn next_key(&mut self, at: Time, slot: u128) -> u128 {
        assert!(
            self.pushed < SEQUENCE_LIMIT,
            "more than 2^40 events in one run"
        );
        let sequence = u128::from(self.pushed);
        self.pushed += 1;
        u128::from(at.as_nanos()) << TIME_SHIFT | sequence << SLOT_BITS | slot
    }
}

impl<P: Copy> EventQueue<P> for Queue<P> {
    #[inline]
    fn push(&mut self, at: Time, payload: P) {
        if self.hole {
            let slot = self.root & SLOT_MASK;
            self.payloads[slot as usize] = payload;
            let key = self.next_key(at, slot);
            self.hole = false;
            self.sink(key);
        } else {
            let place = self.next_place();
            let slot = self.key(place) & SLOT_MASK;
            match self.payloads.get_mut(slot as usize) {
                Some(old) => *old = payload,
                None => self.payloads.push(payload),
            }
            let key = self.next_key(at, slot);
            self.rise(place, key);
        }
    }

    #[inline]
    fn pop_until(&mut self, limit: Time) -> Option<Popped<P>> {
        self.close_hole();
        let key = self.root;
        if self.used == 0 || time_of(key) > limit {
            return None;
        }
        self.hole = true;
        Some(Popped {
            at: time_of(key),
            sequence: (key as u64) >> SLOT_BITS,
            payload: self.payloads[slot_of(key)],
        })
    }

    fn peek_time(&self) -> Option<Time> {
        if self.is_empty() {
            return None;
        }
        // Behind a hole the first entry is one of its children.
        let first = if self.hole {
            least(&self.blocks[0].0).0
        } else {
            self.root
        };
        Some(time_of(first))
    }

    #[inline]
    fn len(&self) -> usize {
        self.used - usize::from(self.hole)
    }

    fn clear(&mut self) {
        let pushed = self.pushed;
        *self = Queue {
            pushed,
            ..Queue::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    /// Each slot stands in exactly one key, no child is before its parent, and only vacant keys follow the used ones.
    fn assert_sound<P: Copy>(queue: &Queue<P>) {
        let places = 1 + 4 * queue.blocks.len();
        let mut slots: Vec<usize> = (0..places).map(|place| slot_of(queue.key(place))).collect();
        slots.sort_unstable();
        assert_eq!(slots, (0..places).collect::<Vec<_>>());
        let first = usize::from(queue.hole);
        for place in first..places {
            assert_eq!(
                queue.key(place) >= VACANT,
                place >= queue.used,
                "place {place}"
            );
        }
        for place in 1..queue.used {
            let parent = (place - 1) / 4;
            assert!(
                parent < first || queue.key(parent) < queue.key(place),
                "place {place}"
            );
        }
    }

    #[test]
    fn ties_leave_in_the_order_in_which_they_came() {
        let mut queue = Queue::default();
        for payload in 0..100_u32 {
            queue.push(at(7), payload);
        }
        let left: Vec<u32> = std::iter::from_fn(|| queue.pop())
            .map(|popped| popped.payload)
            .collect();
        assert_eq!(left, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn an_entry_later_than_the_limit_stays() {
        let mut queue = Queue::default();
        queue.push(at(10), 'a');
        assert_eq!(queue.pop_until(at(9)), None);
        assert_eq!(queue.len(), 1);
        assert_eq!(
            queue.pop_until(at(10)),
            Some(Popped {
                at: at(10),
                sequence: 0,
                payload: 'a'
            })
        );
        assert_eq!(queue.pop_until(Time::NEVER), None);
    }

    #[test]
    fn an_entry_at_the_end_of_time_is_still_an_entry() {
        let mut queue = Queue::default();
        for payload in 0..6_u8 {
            queue.push(Time::NEVER, payload);
        }
        let left: Vec<u8> = std::iter::from_fn(|| queue.pop())
            .map(|popped| popped.payload)
            .collect();
        assert_eq!(left, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_cleared_queue_is_empty_and_goes_on_counting() {
        let mut queue = Queue::default();
        queue.push(at(1), 'a');
        queue.push(at(2), 'b');
        queue.pop();
        queue.clear();
        assert!(queue.is_empty());
        assert_eq!(queue.peek_time(), None);
        queue.push(at(3), 'c');
        assert_eq!(
            queue.pop(),
            Some(Popped {
                at: at(3),
                sequence: 2,
                payload: 'c'
            })
        );
    }

    #[test]
    fn payloads_keep_to_the_memory_of_the_longest_queue() {
        let mut queue = Queue::default();
        for round in 0..1_000 {
            queue.push(at(round), round);
            queue.push(at(round), round);
            queue.pop();
            queue.pop();
        }
        assert_eq!(queue.payloads.len(), 2);
    }

    #[derive(Clone, Debug)]
    enum Act {
        Push(u64),
        Pop,
        PopUntil(u64),
        Clear,
        Clone,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        // Few distinct times, so that ties abound.
        let act = prop_oneof![
            12 => (0..40_u64).prop_map(Act::Push),
            6 => Just(Act::Pop),
            4 => (0..40_u64).prop_map(Act::PopUntil),
            1 => Just(Act::Clone),
        ];
        let act = prop_oneof![200 => act, 1 => Just(Act::Clear)];
        vec(act, 0..400)
    }

    proptest! {
        #[test]
        fn it_behaves_as_a_list_sorted_by_time_and_order_of_arrival(acts in acts()) {
            let mut queue = Queue::default();
            let mut list: Vec<Popped<u64>> = Vec::new();
            let mut pushed = 0;
            for act in acts {
                match act {
                    Act::Push(time) => {
                        queue.push(at(time), pushed * 3);
                        let here = list.partition_point(|entry| entry.at <= at(time));
                        list.insert(here, Popped { at: at(time), sequence: pushed, payload: pushed * 3 });
                        pushed += 1;
                    }
                    Act::Pop => {
                        let expected = (!list.is_empty()).then(|| list.remove(0));
                        prop_assert_eq!(queue.pop(), expected);
                    }
                    Act::PopUntil(limit) => {
                        let due = list.first().is_some_and(|entry| entry.at <= at(limit));
                        prop_assert_eq!(queue.pop_until(at(limit)), due.then(|| list.remove(0)));
                    }
                    Act::Clear => {
                        queue.clear();
                        list.clear();
                    }
                    Act::Clone => queue = queue.clone(),
                }
                assert_sound(&queue);
                prop_assert_eq!(queue.len(), list.len());
                prop_assert_eq!(queue.peek_time(), list.first().map(|entry| entry.at));
            }
        }
    }
}
