//! Leaders and followers (specification R6–R15; Partition, Replica, ReplicaManager).
//!
//! | file | what |
//! |---|---|
//! | `positions.rs` | what a replica has, and what its leader knows of that |
//! | `high_watermark.rs` | who is waited for, and when a batch is confirmed |
//! | `office.rs` | a node becomes leader, goes on as one, and stops |
//! | `following.rs` | a replica begins and ends to follow |
//! | `isr.rs` | who joins the ISR and who leaves it |

mod following;
mod high_watermark;
mod isr;
mod office;
mod positions;

pub(crate) use high_watermark::Rounds;
