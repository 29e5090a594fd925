//! Settings of clusters and topics.

mod disk_holds_the_data;
mod gone_settings;
mod leftover_topic_settings;
mod min_isr_above_replicas;
mod min_isr_one;
mod min_isr_under_elr;
mod no_spare_replica;
mod one_replica;
mod session_and_heartbeat;
mod small_segments;
mod static_settings;
mod unclean_election;
mod unclean_is_ignored;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &no_spare_replica::RULE,
    &one_replica::RULE,
    &min_isr_above_replicas::RULE,
    &min_isr_one::RULE,
    &unclean_election::RULE,
    &unclean_is_ignored::RULE,
    &static_settings::RULE,
    &gone_settings::RULE,
    &small_segments::RULE,
    &session_and_heartbeat::RULE,
    &disk_holds_the_data::RULE,
    &leftover_topic_settings::RULE,
    &min_isr_under_elr::RULE,
];
