//! The error codes of Kafka's protocol.

use crate::catalog::{catalog, history, history_since, number};
use crate::history::History;
use crate::release::{Release, latest};
use crate::suggest::UnknownName;
use crate::table::{self, TableError};

/// An error code.
#[derive(Debug)]
pub struct ErrorCode {
    code: i16,
    names: History<&'static str>,
    retriable: History<bool>,
    messages: History<String>,
}

impl ErrorCode {
    /// The number on the wire.
    pub fn code(&self) -> i16 {
        self.code
    }

    /// The name it has today.
    pub fn name(&self) -> &'static str {
        self.names
            .at(latest())
            .expect("no error code was ever removed")
    }

    /// The name in each release: 6 was `NOT_LEADER_FOR_PARTITION` before 2.6.
    pub fn names(&self) -> &History<&'static str> {
        &self.names
    }

    /// Whether the Java client of a release tries again. `None` if the release does not know the code.
    pub fn retriable_in(&self, release: &Release) -> Option<bool> {
        self.retriable.at(release).copied()
    }

    /// Whether the newest Java client tries again.
    pub fn is_retriable(&self) -> bool {
        self.retriable_in(latest()).unwrap_or(false)
    }

    /// What a release says about it.
    pub fn message_in(&self, release: &Release) -> Option<&str> {
        self.messages.at(release).map(String::as_str)
    }

    /// The first release that knows it. The oldest release there are facts on stands for those before it, too.
    pub fn since(&self) -> crate::KafkaVersion {
        self.names.since().expect("an error code has a name")
    }
}

/// How an error is asked for: by its code or by its name.
#[derive(Clone, Copy, Debug)]
pub enum ErrorKey<'a> {
    /// By its code.
    Code(i32),
    /// By its name, today's or an earlier one.
    Name(&'a str),
}

impl From<i32> for ErrorKey<'_> {
    fn from(code: i32) -> Self {
        Self::Code(code)
    }
}

impl From<i16> for ErrorKey<'_> {
    fn from(code: i16) -> Self {
        Self::Code(code.into())
    }
}

impl<'a> From<&'a str> for ErrorKey<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

/// All error codes, lowest first.
pub fn errors() -> &'static [ErrorCode] {
    &catalog().errors
}

/// An error by its code or name.
///
/// ```
/// assert_eq!(facts::error(74).unwrap().name(), "FENCED_LEADER_EPOCH");
/// assert_eq!(facts::error("FENCED_LEADER_EPOCH").unwrap().code(), 74);
/// assert!(facts::error("NOT_LEADER_OR_FOLLOWER").unwrap().is_retriable());
/// ```
pub fn error<'a>(key: impl Into<ErrorKey<'a>>) -> Result<&'static ErrorCode, UnknownName> {
    let named = |error: &ErrorCode, name| {
        error
            .names
            .changes()
            .iter()
            .any(|(_, one)| *one == Some(name))
    };
    match key.into() {
        ErrorKey::Code(code) => {
            let found = errors().iter().find(|error| i32::from(error.code) == code);
            found.ok_or_else(|| UnknownName::new("error code", &code.to_string(), []))
        }
        ErrorKey::Name(name) => {
            let found = errors().iter().find(|error| named(error, name));
            found.ok_or_else(|| {
                UnknownName::new("error", name, errors().iter().map(ErrorCode::name))
            })
        }
    }
}

pub(crate) fn read(text: &'static str) -> Result<Vec<ErrorCode>, TableError> {
    let yes_or_no = |cell: &str| match cell {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let error = |row: &table::Row<'static>| {
        let names = history(row, 1, Some)?;
        let since = names.since().ok_or_else(|| row.error("no name"))?;
        Ok(ErrorCode {
            code: number(row, 0)?,
            names,
            retriable: history_since(row, 2, since, yes_or_no)?,
            messages: history_since(row, 3, since, |cell| serde_json::from_str(cell).ok())?,
        })
    };
    table::rows(text, 4)?.iter().map(error).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_run_from_minus_one_without_a_gap() {
        let codes: Vec<i16> = errors().iter().map(ErrorCode::code).collect();
        assert_eq!(codes, (-1..codes.len() as i16 - 1).collect::<Vec<_>>());
    }

    #[test]
    fn no_release_takes_an_error_code_away() {
        assert!(
            errors()
                .iter()
                .all(|error| error.names.gone_since().is_none())
        );
    }

    #[test]
    fn code_6_changed_its_name_in_2_6() {
        let error = error("NOT_LEADER_FOR_PARTITION").unwrap();
        assert_eq!((error.code(), error.name()), (6, "NOT_LEADER_OR_FOLLOWER"));
        assert_eq!(
            error.names().at(crate::of("2.5").unwrap()),
            Some(&"NOT_LEADER_FOR_PARTITION")
        );
        assert_eq!(
            error.names().at(crate::of("2.6").unwrap()),
            Some(&"NOT_LEADER_OR_FOLLOWER")
        );
    }

    #[test]
    fn concurrent_transactions_can_be_retried_since_3_3() {
        let error = error(51).unwrap();
        assert_eq!(error.retriable_in(crate::of("3.2").unwrap()), Some(false));
        assert_eq!(error.retriable_in(crate::of("3.3").unwrap()), Some(true));
    }

    #[test]
    fn an_error_is_unknown_before_its_first_release() {
        let error = error("REBOOTSTRAP_REQUIRED").unwrap();
        assert_eq!(
            (error.code(), error.since().to_string()),
            (129, "4.0.2".to_owned())
        );
        assert_eq!(error.retriable_in(crate::of("3.9").unwrap()), None);
        assert_eq!(error.message_in(crate::of("3.9").unwrap()), None);
        assert!(
            error
                .message_in(crate::of("4.1").unwrap())
                .unwrap()
                .starts_with("Client metadata is stale.")
        );
    }

    #[test]
    fn an_unknown_error_gets_a_suggestion() {
        let text = super::error("NOT_ENOUGH_REPLICA").unwrap_err().to_string();
        assert_eq!(
            text,
            "there is no error `NOT_ENOUGH_REPLICA`; the nearest: NOT_ENOUGH_REPLICAS"
        );
        assert_eq!(
            super::error(9999).unwrap_err().to_string(),
            "there is no error code `9999`"
        );
    }
}
