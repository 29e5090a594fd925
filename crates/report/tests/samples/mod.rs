//! Outcomes to draw, from an empty one to a hostile one. Used by the tests and by the gallery example.

#![allow(dead_code, unreachable_pub, missing_docs)]

pub mod build;
mod clean_roll;
mod empty;
mod hostile;
mod huge;
mod outage;
pub mod random;

use outcome::Outcome;

pub use clean_roll::clean_roll;
pub use empty::empty;
pub use hostile::hostile;
pub use huge::huge;
pub use outage::outage;

/// All of them with a name for files.
pub fn all() -> Vec<(&'static str, Outcome)> {
    vec![
        ("clean-roll", clean_roll()),
        ("outage", outage()),
        ("empty", empty()),
        ("huge", huge()),
        ("hostile", hostile()),
    ]
}
