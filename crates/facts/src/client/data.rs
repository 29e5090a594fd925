//! The tables behind what clients and brokers say to each other.

use super::{Effect, Versions};
use crate::catalog::{optional_version, version};
use crate::table::{self, TableError};
use crate::version::KafkaVersion;

/// One row of `apis-before-2.4.txt`.
#[derive(Debug)]
pub(crate) struct OldApi {
    pub(super) name: &'static str,
    pub(crate) versions: Vec<(KafkaVersion, Versions)>,
}

pub(crate) fn read_old_apis(text: &'static str) -> Result<Vec<OldApi>, TableError> {
    let versions = |text: &str| {
        let (oldest, newest) = text.split_once('-')?;
        Some(Versions {
            oldest: oldest.parse().ok()?,
            newest: newest.parse().ok()?,
        })
    };
    let row = |row: &table::Row<'static>| {
        let history = row.history(1, |text| text.parse().ok(), versions)?;
        let held = |(from, versions): (KafkaVersion, Option<Versions>)| Some((from, versions?));
        Ok(OldApi {
            name: row.cell(0),
            versions: history.into_iter().filter_map(held).collect(),
        })
    };
    table::rows(text, 2)?.iter().map(row).collect()
}

/// One row of `api-exceptions.txt`.
#[derive(Debug)]
pub(crate) struct ApiException {
    pub(super) api: &'static str,
    pub(super) since: KafkaVersion,
    pub(super) until: Option<KafkaVersion>,
    pub(super) reads: Option<i16>,
    pub(super) offers: Option<i16>,
}

pub(crate) fn read_exceptions(text: &'static str) -> Result<Vec<ApiException>, TableError> {
    let number = |row: &table::Row<'static>, column: usize| {
        row.optional(column)
            .map(|cell| {
                cell.parse()
                    .map_err(|_| row.error(format!("`{cell}` is no number")))
            })
            .transpose()
    };
    let row = |row: &table::Row<'static>| {
        Ok(ApiException {
            api: row.cell(0),
            since: version(row, 1)?,
            until: optional_version(row, 2)?,
            reads: number(row, 3)?,
            offers: number(row, 4)?,
        })
    };
    table::rows(text, 6)?.iter().map(row).collect()
}

/// One row of `client-tasks.txt`.
#[derive(Debug)]
pub(crate) struct Task {
    pub(super) name: &'static str,
    pub(super) since: KafkaVersion,
    pub(super) apis: Vec<&'static str>,
    pub(super) what: &'static str,
}

pub(crate) fn read_tasks(text: &'static str) -> Result<Vec<Task>, TableError> {
    let row = |row: &table::Row<'static>| {
        Ok(Task {
            name: row.cell(0),
            since: version(row, 1)?,
            apis: row.cell(2).split(", ").collect(),
            what: row.cell(3),
        })
    };
    table::rows(text, 4)?.iter().map(row).collect()
}

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Closed,
    None,
}

/// One row of `client-failures.txt`.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `None`: any.
    pub(super) api: Option<&'static str>,
    pub(super) kind: Kind,
    pub(super) since: KafkaVersion,
    pub(super) until: Option<KafkaVersion>,
    pub(super) effect: Effect,
    pub(super) seen: &'static str,
    pub(super) source: &'static str,
}

pub(crate) fn read_failures(text: &'static str) -> Result<Vec<Failure>, TableError> {
    let row = |row: &table::Row<'static>| {
        Ok(Failure {
            api: row.optional(0).filter(|api| *api != "*"),
            kind: match row.cell(1) {
                "closed" => Kind::Closed,
                "none" => Kind::None,
                other => return Err(row.error(format!("`{other}` is not closed or none"))),
            },
            since: version(row, 2)?,
            until: optional_version(row, 3)?,
            effect: match row.cell(4) {
                "error" => Effect::Error,
                "silence" => Effect::Silence,
                "retry" => Effect::Retry,
                other => return Err(row.error(format!("`{other}` is no effect"))),
            },
            seen: row.cell(5),
            source: row.cell(6),
        })
    };
    table::rows(text, 7)?.iter().map(row).collect()
}
