//! The first file (`dryroll init`): small enough to read, and all of it means something.

/// A commented scenario that rolls a cluster of three brokers.
pub const TEXT: &str = include_str!("starter.ron");
