//! Values as people write them, and where in a file they stand.

use std::collections::BTreeMap;
use std::ops::Deref;

/// A byte range in one of the files that make up a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Which file: an index into [`crate::source::Sources`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value and the place in the file that said it.
///
/// Equality ignores the place, so that two scenarios that say the same are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spanned<T> {
    /// What was said.
    pub value: T,
    /// Where it was said. A default has the span of the nearest enclosing thing.
    pub span: Span,
}

impl<T> Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: PartialOrd> PartialOrd for Spanned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Spanned<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

/// A span of simulated time in whole nanoseconds. Written "30s", "1m30s", "250ms", "2h", "1d".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Nanos(pub u64);

/// A size in bytes. Written "100B", "1KiB", "64MiB", "2TiB", "1KB", "1MB", or a bare number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// Bytes per second. Written "400MB/s", "64MiB/s", "10Gbit/s".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BytesPerSecond(pub u64);

/// Events per time as an exact ratio: `count` every `per` nanoseconds. Written "2000/s", "30/min", "0.5/s".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In how many nanoseconds.
    pub per: u64,
}

/// A Kafka version as its binary names itself: "3.9.2". A file may say "3.9" for the newest patch release known; after
/// reading, the name is always written out in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionName(pub String);

/// The number of a node (`node.id`, `broker.id`).
pub type NodeId = u32;

/// Kafka settings by their real names. A value keeps the text that the file gave it.
pub type Settings = BTreeMap<Spanned<String>, Spanned<String>>;
