//! The queue that one writes first: the standard library's binary heap of (time, sequence, payload).

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::{EventQueue, Popped};
use crate::Time;

/// A queue on [`BinaryHeap`]; slower than [`Queue`](super::Queue), and right at a glance.
#[derive(Clone, Debug)]
pub struct PlainQueue<P> {
    heap: BinaryHeap<Reverse<Entry<P>>>,
    pushed: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<P>(Popped<P>);

impl<P> Entry<P> {
    fn key(&self) -> (Time, u64) {
        (self.0.at, self.0.sequence)
    }
}

impl<P> Ord for Entry<P> {
    fn cmp(&self, other: &Entry<P>) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<P> PartialOrd for Entry<P> {
    fn partial_cmp(&self, other: &Entry<P>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P> PartialEq for Entry<P> {
    fn eq(&self, other: &Entry<P>) -> bool {
        self.key() == other.key()
    }
}

impl<P> Eq for Entry<P> {}

impl<P> Default for PlainQueue<P> {
    fn default() -> PlainQueue<P> {
        PlainQueue {
            heap: BinaryHeap::new(),
            pushed: 0,
        }
    }
}

impl<P: Copy> EventQueue<P> for PlainQueue<P> {
    fn push(&mut self, at: Time, payload: P) {
        self.heap.push(Reverse(Entry(Popped {
            at,
            sequence: self.pushed,
            payload,
        })));
        self.pushed += 1;
    }

    fn pop_until(&mut self, limit: Time) -> Option<Popped<P>> {
        if self.peek_time()? > limit {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry.0)
    }

    fn peek_time(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse(entry)| entry.0.at)
    }

    fn len(&self) -> usize {
        self.heap.len()
    }

    fn clear(&mut self) {
        self.heap.clear();
    }
}
