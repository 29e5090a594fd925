//! Which version may follow which.

mod bug_3_5;
mod bug_3_6;
mod bug_3_7;
mod bug_4_0;
mod bug_4_2;
mod controllers_first;
mod early_bump;
mod ensemble_majority;
mod forgotten_pin;
mod format_ignored;
mod half_upgraded;
mod known_bug;
mod no_zookeeper_mode;
mod protocol;
mod quick_restart;
mod two_upgrades_at_once;
mod unknown_protocol;
mod zk_controller_last;
mod znode_exists;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &controllers_first::RULE,
    &half_upgraded::RULE,
    &quick_restart::RULE,
    &two_upgrades_at_once::RULE,
    &bug_3_5::RULE,
    &bug_3_6::RULE,
    &bug_3_7::RULE,
    &bug_4_0::RULE,
    &bug_4_2::RULE,
    &forgotten_pin::RULE,
    &early_bump::RULE,
    &unknown_protocol::RULE,
    &format_ignored::RULE,
    &no_zookeeper_mode::RULE,
    &zk_controller_last::RULE,
    &znode_exists::RULE,
    &ensemble_majority::RULE,
];
