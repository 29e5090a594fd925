//! A list that only grows, and that is cheap to clone at any length.

use std::iter;
use std::ops::Index;
use std::sync::Arc;

/// Elements in a chunk. Long enough that a clone counts few references, short enough that it copies little.
const CHUNK: usize = 256;

/// A list that only grows. Full chunks of 256 elements are shared between clones; only the open one is copied.
///
/// For what a run writes once and reads when it is over: causes, closed intervals, a history.
#[derive(Clone, Debug)]
pub struct Log<T> {
    full: Vec<Arc<[T]>>,
    open: Vec<T>,
}

impl<T> Default for Log<T> {
    fn default() -> Log<T> {
        Log {
            full: Vec::new(),
            open: Vec::new(),
        }
    }
}

impl<T> Log<T> {
    /// An empty log.
    pub fn new() -> Log<T> {
        Log::default()
    }

    /// Appends an element.
    pub fn push(&mut self, element: T) {
        self.open.push(element);
        if self.open.len() == CHUNK {
            self.full.push(self.open.drain(..).collect());
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        CHUNK * self.full.len() + self.open.len()
    }

    /// Is there no element?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element with this number, counted from 0.
    pub fn get(&self, index: usize) -> Option<&T> {
        match self.full.get(index / CHUNK) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.open.get(index - CHUNK * self.full.len()),
        }
    }

    /// The newest element.
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// All elements, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.full
            .iter()
            .map(|chunk| &**chunk)
            .chain(iter::once(self.open.as_slice()))
            .flatten()
    }
}

impl<T> Index<usize> for Log<T> {
    type Output = T;
    fn index(&self, index: usize) -> &T {
        self.get(index).expect("an element that was logged")
    }
}

impl<T> FromIterator<T> for Log<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Log<T> {
        let mut log = Log::new();
        elements.into_iter().for_each(|element| log.push(element));
        log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_pushed_across_chunks() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
            let log: Log<usize> = (0..length).collect();
            assert_eq!(log.len(), length);
            assert!(log.iter().copied().eq(0..length));
            assert!(log.iter().rev().copied().eq((0..length).rev()));
            assert!((0..length).all(|index| log[index] == index));
            assert!((length..length + 2 * CHUNK).all(|index| log.get(index).is_none()));
            assert_eq!(log.last().copied(), length.checked_sub(1));
        }
    }

    #[test]
    fn a_clone_goes_its_own_way_and_shares_the_full_chunks() {
        let mut one: Log<usize> = (0..CHUNK + 3).collect();
        let mut other = one.clone();
        one.push(1_000);
        other.push(2_000);
        assert_eq!((one.last(), other.last()), (Some(&1_000), Some(&2_000)));
        assert!(Arc::ptr_eq(&one.full[0], &other.full[0]));
    }
}
