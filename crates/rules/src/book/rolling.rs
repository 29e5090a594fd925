//! Restarting nodes one after the other.

mod active_controller_last;
mod controlled_shutdown_off;
mod drain_by_election;
mod gate_goes_on;
mod gate_never_green;
mod gate_too_short;
mod kill_instead_of_stop;
mod leaders_back;
mod min_isr_gate;
mod no_gate;
mod old_metric;
mod one_at_a_time;
mod port_is_not_isr;
mod racks_hold_one_replica;
mod stays_down;
mod tool_asks_the_stopped;
mod unclean_stop_of_much_data;
mod undo_goes_elsewhere;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &one_at_a_time::RULE,
    &no_gate::RULE,
    &port_is_not_isr::RULE,
    &min_isr_gate::RULE,
    &gate_too_short::RULE,
    &gate_never_green::RULE,
    &gate_goes_on::RULE,
    &old_metric::RULE,
    &tool_asks_the_stopped::RULE,
    &racks_hold_one_replica::RULE,
    &leaders_back::RULE,
    &drain_by_election::RULE,
    &kill_instead_of_stop::RULE,
    &controlled_shutdown_off::RULE,
    &unclean_stop_of_much_data::RULE,
    &stays_down::RULE,
    &undo_goes_elsewhere::RULE,
    &active_controller_last::RULE,
];
