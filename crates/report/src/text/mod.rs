//! Turning values into words: lengths of time, moments, numbers, and other people's text made harmless.
//!
//! Every output (terminal, picture, page, XML) says a value in the same words, because all of them come from here.

pub(crate) mod clean;
pub(crate) mod clock;
pub(crate) mod count;
pub(crate) mod duration;
pub(crate) mod escape;
pub(crate) mod width;

pub(crate) use clean::clean;
pub(crate) use clock::{clock, clock_range};
pub(crate) use count::{number, plural};
pub(crate) use duration::duration;
