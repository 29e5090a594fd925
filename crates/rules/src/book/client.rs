//! Producers and consumers.

mod acks_one;
mod acks_zero;
mod commit_and_crash;
mod crash_and_promise;
mod delivery_timeout;
mod eager_rebalance;
mod group_is_too_slow;
mod hang_and_promise;
mod idempotence_off;
mod knows_only_the_dead;
mod session_of_a_member;
mod skew_by_two_majors;
mod static_members;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &acks_one::RULE,
    &acks_zero::RULE,
    &delivery_timeout::RULE,
    &idempotence_off::RULE,
    &knows_only_the_dead::RULE,
    &crash_and_promise::RULE,
    &hang_and_promise::RULE,
    &session_of_a_member::RULE,
    &commit_and_crash::RULE,
    &eager_rebalance::RULE,
    &static_members::RULE,
    &group_is_too_slow::RULE,
    &skew_by_two_majors::RULE,
];
