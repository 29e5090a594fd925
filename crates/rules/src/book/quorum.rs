//! The controllers and their majority.

mod combined_gates;
mod even_voters;
mod majority_down;
mod one_controller;
mod two_voters;
mod wait_for_quorum;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &two_voters::RULE,
    &one_controller::RULE,
    &majority_down::RULE,
    &wait_for_quorum::RULE,
    &even_voters::RULE,
    &combined_gates::RULE,
];
