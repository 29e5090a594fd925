//! What values a setting takes. Kafka's validators say it in words of their own: `[0,...]`, `[1,...,9] or -1`,
//! `[compact, delete]`, `(case insensitive) [NONE, REBOOTSTRAP]`, `non-empty string`.

use std::fmt;

use super::{Class, Kind};
use crate::version::KafkaVersion;

/// What a setting takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Takes {
    words: String,
    rule: Rule,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    Range {
        least: Option<f64>,
        most: Option<f64>,
        or: Option<f64>,
    },
    OneOf {
        words: Vec<String>,
        any_case: bool,
    },
    /// Nothing that can be checked here.
    Other,
}

impl Takes {
    /// In Kafka's words.
    pub fn words(&self) -> &str {
        &self.words
    }

    pub(super) fn parse(cell: &str) -> Option<Self> {
        let words: String = serde_json::from_str(cell).ok()?;
        let rule = rule(&words).unwrap_or(Rule::Other);
        Some(Self { words, rule })
    }
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = |number: f64| number.to_string();
        match &self.rule {
            Rule::Range { least, most, or } => {
                let range = match (least, most) {
                    (Some(least), Some(most)) => {
                        format!("from {} to {}", bound(*least), bound(*most))
                    }
                    (Some(least), None) => format!("at least {}", bound(*least)),
                    (None, Some(most)) => format!("at most {}", bound(*most)),
                    (None, None) => "a number".to_owned(),
                };
                f.write_str(&range)?;
                or.map_or(Ok(()), |or| write!(f, ", or {}", bound(or)))
            }
            Rule::OneOf { words, .. } => write!(f, "one of {}", words.join(", ")),
            Rule::Other => f.write_str(&self.words),
        }
    }
}

fn rule(words: &str) -> Option<Rule> {
    let (body, any_case) = match words.strip_prefix("(case insensitive) ") {
        Some(body) => (body, true),
        None => (words, false),
    };
    let (inside, after) = body.strip_prefix('[')?.rsplit_once(']')?;
    if inside.contains("...") {
        let mut bounds = inside
            .split("...")
            .map(|bound| bound.trim_matches(',').parse().ok());
        let or = after
            .trim()
            .strip_prefix("or ")
            .and_then(|or| or.parse().ok());
        return Some(Rule::Range {
            least: bounds.next()?,
            most: bounds.next()?,
            or,
        });
    }
    let words = inside
        .split(',')
        .map(|word| word.trim().to_owned())
        .collect();
    after.is_empty().then_some(Rule::OneOf { words, any_case })
}

/// A release would refuse this value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{class} setting {name} of Kafka {release} does not take `{value}`: {why}")]
pub struct WrongValue {
    /// Whose setting.
    pub class: Class,
    /// Its name.
    pub name: &'static str,
    /// In which release.
    pub release: KafkaVersion,
    /// The value.
    pub value: String,
    /// What it takes.
    pub why: String,
}

/// Holds a value against the type and the declared rule; the error says what would do.
///
/// Some validators do not say that they ignore the case of words (`share.acquire.mode`). A default that is none of the words
/// gives them away.
pub(super) fn check(
    kind: Kind,
    takes: Option<&Takes>,
    default: Option<&str>,
    value: &str,
) -> Result<(), String> {
    let value = value.trim();
    let whole = |bits: u32| {
        let most = (1_i128 << (bits - 1)) - 1;
        match value.parse::<i128>() {
            Ok(number) if (-most - 1..=most).contains(&number) => Ok(number as f64),
            _ => Err(format!("a whole number of {bits} bits")),
        }
    };
    let number = match kind {
        Kind::Boolean
            if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") =>
        {
            return Ok(());
        }
        Kind::Boolean => return Err("true or false".to_owned()),
        Kind::Short => Some(whole(16)?),
        Kind::Int => Some(whole(32)?),
        Kind::Long => Some(whole(64)?),
        Kind::Double => Some(value.parse().map_err(|_| "a number".to_owned())?),
        Kind::String | Kind::List | Kind::Class | Kind::Password => None,
    };
    let Some(takes) = takes else { return Ok(()) };
    let taken = match (&takes.rule, number) {
        (Rule::Range { least, most, or }, Some(number)) => {
            let inside =
                least.is_none_or(|least| least <= number) && most.is_none_or(|most| number <= most);
            inside || *or == Some(number)
        }
        (Rule::OneOf { words, any_case }, None) => {
            let exactly = |value: &str| words.iter().any(|word| is(word, value, false));
            let any_case = *any_case || default.is_some_and(|default| !exactly(default));
            let one_of = |value: &str| words.iter().any(|word| is(word, value, any_case));
            match kind {
                Kind::List => value
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .all(one_of),
                Kind::String => one_of(value),
                _ => true,
            }
        }
        _ => true,
    };
    if taken {
        Ok(())
    } else {
        Err(takes.to_string())
    }
}

/// `by_duration:PnDTnHnMn.nS` stands for every value that begins like it.
fn is(word: &str, value: &str, any_case: bool) -> bool {
    match word.split_once(':') {
        Some((word, _)) => value
            .split_once(':')
            .is_some_and(|(value, _)| value == word),
        None if any_case => word.eq_ignore_ascii_case(value),
        None => word == value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(kind: Kind, takes: &str, value: &str) -> Result<(), String> {
        check(
            kind,
            Takes::parse(&format!("{takes:?}")).as_ref(),
            None,
            value,
        )
    }

    #[test]
    fn ranges_are_checked() {
        assert_eq!(verdict(Kind::Int, "[0,...]", "0"), Ok(()));
        assert_eq!(
            verdict(Kind::Int, "[0,...]", "-1"),
            Err("at least 0".into())
        );
        assert_eq!(verdict(Kind::Int, "[1,...,9] or -1", "-1"), Ok(()));
        assert_eq!(
            verdict(Kind::Int, "[1,...,9] or -1", "0"),
            Err("from 1 to 9, or -1".into())
        );
        assert_eq!(
            verdict(Kind::Double, "[0,...,0.5]", "0.51"),
            Err("from 0 to 0.5".into())
        );
        assert_eq!(verdict(Kind::Int, "[-131072,...,22]", "-7"), Ok(()));
    }

    #[test]
    fn types_are_checked() {
        assert_eq!(verdict(Kind::Boolean, "", "True"), Ok(()));
        assert_eq!(
            verdict(Kind::Boolean, "", "yes"),
            Err("true or false".into())
        );
        assert_eq!(
            verdict(Kind::Int, "", "2147483648"),
            Err("a whole number of 32 bits".into())
        );
        assert_eq!(verdict(Kind::Long, "", "2147483648"), Ok(()));
        assert_eq!(
            verdict(Kind::Long, "", "1h"),
            Err("a whole number of 64 bits".into())
        );
        assert_eq!(verdict(Kind::Double, "", "fast"), Err("a number".into()));
    }

    #[test]
    fn words_are_checked_one_by_one() {
        assert_eq!(verdict(Kind::String, "[all, -1, 0, 1]", "all"), Ok(()));
        assert_eq!(
            verdict(Kind::String, "[all, -1, 0, 1]", "2"),
            Err("one of all, -1, 0, 1".into())
        );
        assert_eq!(
            verdict(Kind::List, "[compact, delete]", "compact, delete"),
            Ok(())
        );
        assert_eq!(
            verdict(Kind::List, "[compact, delete]", "compact,remove"),
            Err("one of compact, delete".into())
        );
        assert_eq!(
            verdict(
                Kind::String,
                "(case insensitive) [NONE, REBOOTSTRAP]",
                "rebootstrap"
            ),
            Ok(())
        );
        assert_eq!(
            verdict(
                Kind::String,
                "[latest, by_duration:PnDTnHnMn.nS]",
                "by_duration:PT1H"
            ),
            Ok(())
        );
        assert_eq!(
            verdict(Kind::String, "[latest, by_duration:PnDTnHnMn.nS]", "PT1H"),
            Err("one of latest, by_duration:PnDTnHnMn.nS".into())
        );
    }

    #[test]
    fn a_default_in_capitals_shows_that_case_does_not_matter() {
        let takes = Takes::parse("\"[batch_optimized, record_limit]\"");
        let verdict = |default, value| check(Kind::String, takes.as_ref(), Some(default), value);
        assert_eq!(verdict("BATCH_OPTIMIZED", "Record_Limit"), Ok(()));
        assert!(verdict("BATCH_OPTIMIZED", "fast").is_err());
        assert!(verdict("batch_optimized", "Record_Limit").is_err());
    }

    #[test]
    fn what_is_not_understood_is_not_judged() {
        assert_eq!(verdict(Kind::String, "non-empty string", ""), Ok(()));
        assert_eq!(check(Kind::String, None, None, "anything"), Ok(()));
    }
}
