//! All rules, one file each, in a folder a topic. A number is never given twice: a rule that goes leaves its number behind.

mod client;
mod command;
mod configuration;
mod feature;
mod prelude;
mod quorum;
mod rolling;
mod version;

use crate::Rule;

/// Every rule, topic by topic.
pub fn rules() -> impl Iterator<Item = &'static Rule> + Clone {
    [
        rolling::RULES,
        quorum::RULES,
        configuration::RULES,
        client::RULES,
        version::RULES,
        feature::RULES,
        command::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The rule of this name; letters may be small.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_look_alike() {
        let names: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
        assert_eq!(names.len(), rules().count());
        for name in names {
            let number = name.strip_prefix('K').expect("a K");
            assert!(number.len() == 3 && number.parse::<u16>().is_ok(), "{name}");
        }
    }

    #[test]
    fn topics_keep_together_in_the_order_of_their_numbers() {
        assert!(rules().is_sorted_by_key(|rule| (rule.topic, rule.id)));
    }

    #[test]
    fn every_rule_says_what_why_and_where_from() {
        for rule in rules() {
            assert!(
                !rule.title.ends_with('.'),
                "{}: a title is no sentence",
                rule.id
            );
            for text in [rule.what, rule.why, rule.instead] {
                assert!(
                    text.trim_end_matches('"').ends_with('.') && text.len() > 30,
                    "{}: {text}",
                    rule.id
                );
            }
            assert!(!rule.sources.is_empty(), "{}", rule.id);
        }
    }

    #[test]
    fn a_rule_is_found_by_its_name() {
        assert_eq!(rule("k001").map(|rule| rule.id), Some("K001"));
        assert!(rule("K000").is_none());
    }
}
