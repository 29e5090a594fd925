//! metadata.version and the other features.

mod bump_turns_back;
mod dependencies;
mod downgrade_by_release;
mod every_node_first;
mod format_in_use;
mod format_of_the_log;
mod kraft_version_goes_up_only;
mod kraft_version_on_static;
mod levels_of_the_binary;
mod old_level_in_log;
mod soak_first;
mod too_old_for_four;
mod tool_knows_the_level;
mod unsafe_changes_nothing;

use crate::book::prelude::*;
use crate::levels;
use scenario::model::{Direction, Features, Levels};

pub(super) static RULES: &[&Rule] = &[
    &every_node_first::RULE,
    &soak_first::RULE,
    &levels_of_the_binary::RULE,
    &too_old_for_four::RULE,
    &old_level_in_log::RULE,
    &format_of_the_log::RULE,
    &unsafe_changes_nothing::RULE,
    &bump_turns_back::RULE,
    &downgrade_by_release::RULE,
    &kraft_version_on_static::RULE,
    &kraft_version_goes_up_only::RULE,
    &dependencies::RULE,
    &tool_knows_the_level::RULE,
    &format_in_use::RULE,
];

/// Upgrades of features, with the levels that they ask for.
fn upgrades<'c, 'a>(
    case: &'c Case<'a>,
) -> impl Iterator<Item = (&'c Moment<'a>, &'a Features, Vec<(String, i16)>)> {
    calls(case).filter(|(_, features, _)| features.direction == Direction::Upgrade)
}

/// Downgrades of features, with the levels that they ask for.
fn downgrades<'c, 'a>(
    case: &'c Case<'a>,
) -> impl Iterator<Item = (&'c Moment<'a>, &'a Features, Vec<(String, i16)>)> {
    calls(case).filter(|(_, features, _)| features.direction != Direction::Upgrade)
}

fn calls<'c, 'a>(
    case: &'c Case<'a>,
) -> impl Iterator<Item = (&'c Moment<'a>, &'a Features, Vec<(String, i16)>)> {
    case.moments()
        .iter()
        .filter_map(|moment| match &moment.step.action.value {
            Action::Features(features) => {
                Some((moment, &**features, levels::asked(features, &moment.before)))
            }
            _ => None,
        })
}

/// The word that says to which levels.
fn place(features: &Features, moment: &Moment<'_>) -> Span {
    match &features.to {
        Levels::Release(name) | Levels::Metadata(name) => name.span,
        _ => moment.step.action.span,
    }
}
