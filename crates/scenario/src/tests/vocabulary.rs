//! A small Kafka for the tests: three versions and a handful of settings, so that no test depends on the facts of the day.

use crate::vocabulary::{KnownVersion, SettingClass, Vocabulary};

pub(super) struct Double;

const VERSIONS: [&str; 3] = ["3.9.2", "4.0.2", "4.1.2"];

/// Class, name, first and last index of the versions that have it, and what a value is.
const SETTINGS: [(SettingClass, &str, usize, usize, &str); 10] = [
    (
        SettingClass::Broker,
        "broker.session.timeout.ms",
        0,
        2,
        "whole number",
    ),
    (SettingClass::Broker, "zookeeper.connect", 0, 0, "text"),
    (
        SettingClass::Broker,
        "inter.broker.protocol.version",
        0,
        2,
        "text",
    ),
    (SettingClass::Broker, "node.id", 0, 2, "whole number"),
    (SettingClass::Broker, "new.in.four", 1, 2, "whole number"),
    (
        SettingClass::Topic,
        "min.insync.replicas",
        0,
        2,
        "whole number",
    ),
    (
        SettingClass::Topic,
        "unclean.leader.election.enable",
        0,
        2,
        "boolean",
    ),
    (SettingClass::Producer, "acks", 0, 2, "acks"),
    (SettingClass::Producer, "linger.ms", 0, 2, "whole number"),
    (
        SettingClass::Consumer,
        "fetch.min.bytes",
        0,
        2,
        "whole number",
    ),
];

fn index(version: &str) -> usize {
    VERSIONS
        .iter()
        .position(|known| *known == version)
        .unwrap_or(usize::MAX)
}

impl Vocabulary for Double {
    /// Any patch release of a known line is known, and answered for by the one that is.
    fn version(&self, name: &str) -> Option<KnownVersion> {
        let mut parts = name.splitn(3, '.');
        let line = format!("{}.{}", parts.next()?, parts.next()?);
        let answered_by = (*VERSIONS
            .iter()
            .find(|known| known.rsplit_once('.').is_some_and(|(of, _)| of == line))?)
        .to_owned();
        let full = if parts.next().is_some() {
            name.to_owned()
        } else {
            answered_by.clone()
        };
        Some(KnownVersion { full, answered_by })
    }

    fn versions(&self) -> Vec<String> {
        VERSIONS
            .iter()
            .map(|version| (*version).to_owned())
            .collect()
    }

    fn has_setting(&self, class: SettingClass, version: &str, name: &str) -> bool {
        let at = index(version);
        SETTINGS.iter().any(|(of, known, first, last, _)| {
            *of == class && *known == name && (*first..=*last).contains(&at)
        })
    }

    fn settings(&self, class: SettingClass, version: &str) -> Vec<String> {
        let names = SETTINGS.iter().map(|(_, name, ..)| (*name).to_owned());
        names
            .filter(|name| self.has_setting(class, version, name))
            .collect()
    }

    fn metadata_level(&self, name: &str) -> Option<i16> {
        match name {
            "3.3-IV0" => Some(4),
            "3.9" => Some(21),
            "4.1" => Some(27),
            _ => None,
        }
    }

    fn features(&self) -> Vec<String> {
        ["group.version", "metadata.version"]
            .map(str::to_owned)
            .to_vec()
    }

    fn value_problem(
        &self,
        class: SettingClass,
        _version: &str,
        name: &str,
        value: &str,
    ) -> Option<String> {
        let (.., kind) = SETTINGS
            .iter()
            .find(|(of, known, ..)| *of == class && *known == name)?;
        match *kind {
            "whole number" if value.parse::<i64>().is_err() => Some("a whole number".into()),
            "boolean" if !matches!(value, "true" | "false") => Some("true or false".into()),
            "acks" if !matches!(value, "all" | "-1" | "0" | "1") => {
                Some("one of all, -1, 0, 1".into())
            }
            _ => None,
        }
    }

    fn command_problems(
        &self,
        version: &str,
        line: &str,
    ) -> Vec<crate::vocabulary::CommandProblem> {
        crate::vocabulary::Facts.command_problems(version, line)
    }
}
