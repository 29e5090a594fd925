//! Which version may follow which.

mod bug_3_5;
mod bug_3_6;
mod bug_3_7;
mod bug_4_0;
mod bug_4_2;
mod controllers_first;
mod half_upgraded;
mod known_bug;
mod quick_restart;
mod two_upgrades_at_once;

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
];
