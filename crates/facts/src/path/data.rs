//! The tables behind ways from release to release.

use super::place::{Mode, Place, line};
use crate::catalog::{optional_version, version};
use crate::table::{self, Row, TableError};
use crate::version::KafkaVersion;

/// How a hop is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Node by node, with the new binary.
    Roll,
    /// From ZooKeeper to KRaft, with the same binary.
    Migrate,
}

impl How {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Roll => "roll",
            Self::Migrate => "migrate",
        }
    }
}

/// One row of `upgrade-hops.txt`.
#[derive(Debug)]
pub(crate) struct Hop {
    before: Mode,
    after: Mode,
    pub(super) how: How,
    from: (KafkaVersion, KafkaVersion),
    to: (KafkaVersion, KafkaVersion),
    pub(super) cost: u32,
    pub(super) why: Option<&'static str>,
    pub(super) source: &'static str,
}

impl Hop {
    /// It leads from here to there.
    pub(super) fn leads(&self, here: Place, there: Place) -> bool {
        let within = |place: Place, (first, last): (KafkaVersion, KafkaVersion)| {
            (line(first)..=line(last)).contains(&line(place.version))
        };
        let (from, to) = (line(here.version), line(there.version));
        let further = match self.how {
            How::Roll => from < to,
            How::Migrate => from == to,
        };
        further
            && here.mode == self.before
            && there.mode == self.after
            && within(here, self.from)
            && within(there, self.to)
    }
}

/// When something has to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
    Back,
    Watch,
    Instead,
}

/// One row of `upgrade-conditions.txt`.
#[derive(Debug)]
pub(crate) struct Condition {
    before: Mode,
    how: How,
    crosses: Option<KafkaVersion>,
    first: Option<KafkaVersion>,
    last: Option<KafkaVersion>,
    pub(super) when: When,
    pub(super) what: &'static str,
    pub(super) source: &'static str,
}

impl Condition {
    /// It belongs to this hop.
    pub(super) fn fits(&self, from: Place, to: Place, how: How) -> bool {
        self.before == from.mode
            && self.how == how
            && self
                .crosses
                .is_none_or(|at| line(from.version) < line(at) && line(at) <= line(to.version))
            && self.first.is_none_or(|first| first <= to.version)
            && self.last.is_none_or(|last| to.version <= last)
    }
}

/// One row of `confluent-platform.txt`.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(super) platform: &'static str,
    pub(super) kafka: KafkaVersion,
}

fn mode(row: &Row<'_>, column: usize) -> Result<Mode, TableError> {
    match row.cell(column) {
        "zookeeper" => Ok(Mode::ZooKeeper),
        "kraft" => Ok(Mode::Kraft),
        other => Err(row.error(format!("`{other}` is no mode"))),
    }
}

fn how(row: &Row<'_>, column: usize) -> Result<How, TableError> {
    match row.cell(column) {
        "roll" => Ok(How::Roll),
        "migrate" => Ok(How::Migrate),
        other => Err(row.error(format!("`{other}` is not roll or migrate"))),
    }
}

pub(crate) fn read_hops(text: &'static str) -> Result<Vec<Hop>, TableError> {
    let hop = |row: &Row<'static>| {
        Ok(Hop {
            before: mode(row, 0)?,
            after: mode(row, 1)?,
            how: how(row, 2)?,
            from: (version(row, 3)?, version(row, 4)?),
            to: (version(row, 5)?, version(row, 6)?),
            cost: row
                .cell(7)
                .parse()
                .map_err(|_| row.error(format!("`{}` is no cost", row.cell(7))))?,
            why: row.optional(8),
            source: row.cell(9),
        })
    };
    table::rows(text, 10)?.iter().map(hop).collect()
}

pub(crate) fn read_conditions(text: &'static str) -> Result<Vec<Condition>, TableError> {
    let condition = |row: &Row<'static>| {
        Ok(Condition {
            before: mode(row, 0)?,
            how: how(row, 1)?,
            crosses: optional_version(row, 2)?,
            first: optional_version(row, 3)?,
            last: optional_version(row, 4)?,
            when: match row.cell(5) {
                "before" => When::Before,
                "after" => When::After,
                "back" => When::Back,
                "watch" => When::Watch,
                "instead" => When::Instead,
                other => return Err(row.error(format!("`{other}` is no time"))),
            },
            what: row.cell(6),
            source: row.cell(7),
        })
    };
    table::rows(text, 8)?.iter().map(condition).collect()
}

pub(crate) fn read_platforms(text: &'static str) -> Result<Vec<Platform>, TableError> {
    let platform = |row: &Row<'static>| {
        Ok(Platform {
            platform: row.cell(0),
            kafka: version(row, 1)?,
        })
    };
    table::rows(text, 2)?.iter().map(platform).collect()
}
