//! The least that an outcome can be.

use outcome::Outcome;

use super::build::blank;

pub fn empty() -> Outcome {
    blank("nothing.ron", "")
}
