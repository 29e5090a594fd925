//! The world that a rehearsal acts on: controllers, brokers, partitions, clients; only what Kafka itself would do.
//!
//! The mechanics are specified in `docs/specification.md`; comments name its rules (`M3`, `R7`, `P6`). Nothing here knows of runbooks,
//! gates or promises.
//!
//! | where | what |
//! |---|---|
//! | [`estate`], [`config`], [`behaviour`] | what there is; settings as numbers; what versions do differently |
//! | [`world`] | the world and its main loop; before and after a change |
//! | [`features`] | finalized features, and what a binary makes of them |
//! | `metadata`, `controller`, `quorum` | the metadata log, the active controller, elections of controllers |
//! | `lifecycle`, [`node`] | start, recovery, registration, stop, crash, pause, cuts |
//! | [`partition`], [`log`], `replication`, `fetcher`, `catch_up` | leaders, followers, high watermark, ISR |
//! | [`flow`], [`producer`] | what is written, by whom, and what became of it |
//! | [`zookeeper`] | the same cluster without metadata quorum: sessions, the controller among the brokers, its requests |
//! | [`consumer`], [`coordinator`] | what groups read and commit; rebalances |

#![deny(clippy::float_arithmetic)]

mod beginning;
pub mod behaviour;
mod catch_up;
mod commands;
pub mod config;
pub mod consumer;
mod controller;
pub mod coordinator;
pub mod disk_failure;
pub mod estate;
pub(crate) mod event;
pub mod features;
mod fetcher;
pub mod flow;
pub mod grid;
pub mod happening;
pub mod ids;
mod layout;
pub mod ledger;
mod lifecycle;
pub mod log;
mod metadata;
mod network;
pub mod node;
pub mod partition;
mod picture;
pub mod producer;
pub mod quorum;
pub mod ranges;
pub mod record;
mod replication;
mod settle;
mod upgrade;
pub mod view;
pub mod world;
pub mod zookeeper;

pub use controller::Standing;
pub use layout::Switches;
pub use world::{Notice, Options, World};
