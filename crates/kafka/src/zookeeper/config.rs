//! Settings that only a broker in ZooKeeper mode looks at (KafkaConfig; `facts` has the default of each version).

use engine::Span;
use facts::{KafkaVersion, MetadataVersion};

use crate::config::BadSetting;

/// `inter.broker.protocol.version` as a broker reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The version whose requests it sends to other brokers.
    Known(&'static MetadataVersion),
    /// A value that this binary does not know: it does not start with it.
    Unknown(String),
    /// There is no such setting any more (4.0 and later).
    Gone,
}

/// What only ZooKeeper mode needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZooKeeperConfig {
    /// `inter.broker.protocol.version`
    pub protocol: Protocol,
    /// `log.message.format.version`, if it is given and the binary does not know it.
    pub unknown_message_format: Option<String>,
    /// `zookeeper.session.timeout.ms`
    pub session_timeout: Span,
    /// `zookeeper.connection.timeout.ms`; unset: the session time-out.
    pub connection_timeout: Span,
    /// `controlled.shutdown.max.retries`
    pub shutdown_retries: u64,
    /// `controlled.shutdown.retry.backoff.ms`
    pub shutdown_backoff: Span,
    /// `leader.imbalance.per.broker.percentage`
    pub imbalance_percent: u64,
}

/// What a value of `inter.broker.protocol.version` or `log.message.format.version` means to this binary, if anything
/// (`ApiVersion.apply`, `MetadataVersion.fromVersionString`).
pub fn protocol(version: KafkaVersion, text: &str) -> Option<&'static MetadataVersion> {
    let release = facts::of(&version.to_string()).ok()?;
    let found = facts::metadata_version(text.trim()).ok()?;
    (!release.metadata_version().is_before(found)).then_some(found)
}

impl ZooKeeperConfig {
    /// From the texts of the settings; `text` gives what is set, else the default of that version.
    pub(crate) fn read(
        version: KafkaVersion,
        text: impl Fn(&str) -> Option<String>,
        number: impl Fn(&str, u64) -> Result<u64, BadSetting>,
    ) -> Result<Self, BadSetting> {
        let millis = |name: &str, otherwise: u64| -> Result<Span, BadSetting> {
            Ok(Span::nanos(
                number(name, otherwise)?.max(1).saturating_mul(1_000_000),
            ))
        };
        let protocol_version = match text("inter.broker.protocol.version") {
            None => Protocol::Gone,
            Some(_) if version.major >= 4 => Protocol::Gone,
            Some(text) => match protocol(version, &text) {
                Some(found) => Protocol::Known(found),
                None => Protocol::Unknown(text),
            },
        };
        let unknown_message_format = text("log.message.format.version")
            .filter(|text| version.major < 4 && protocol(version, text).is_none());
        let session_timeout = millis("zookeeper.session.timeout.ms", 18_000)?;
        let connection_timeout = match text("zookeeper.connection.timeout.ms") {
            None => session_timeout,
            Some(_) => millis("zookeeper.connection.timeout.ms", 18_000)?,
        };
        Ok(Self {
            protocol: protocol_version,
            unknown_message_format,
            session_timeout,
            connection_timeout,
            shutdown_retries: number("controlled.shutdown.max.retries", 3)?.max(1),
            shutdown_backoff: millis("controlled.shutdown.retry.backoff.ms", 5000)?,
            imbalance_percent: number("leader.imbalance.per.broker.percentage", 10)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::NodeConfig;
    use std::collections::BTreeMap;

    fn read(version: &str, given: &[(&str, &str)]) -> ZooKeeperConfig {
        let given: BTreeMap<String, String> = given
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        NodeConfig::read(version.parse().unwrap(), &given)
            .unwrap()
            .zookeeper
    }

    fn name(protocol: &Protocol) -> &str {
        match protocol {
            Protocol::Known(version) => version.name(),
            Protocol::Unknown(text) => text,
            Protocol::Gone => "gone",
        }
    }

    #[test]
    fn an_unset_protocol_version_follows_the_binary() {
        assert_eq!(name(&read("2.8.2", &[]).protocol), "2.8-IV1");
        assert_eq!(name(&read("3.5.1", &[]).protocol), "3.5-IV2");
        assert_eq!(read("4.0.2", &[]).protocol, Protocol::Gone);
    }

    #[test]
    fn an_old_binary_does_not_know_a_newer_protocol_version() {
        let given = [("inter.broker.protocol.version", "3.5")];
        assert_eq!(
            read("2.8.2", &given).protocol,
            Protocol::Unknown("3.5".to_owned())
        );
        assert_eq!(name(&read("3.5.1", &given).protocol), "3.5-IV2");
        assert_eq!(
            name(&read("3.9.2", &[("inter.broker.protocol.version", "2.8.1")]).protocol),
            "2.8-IV1"
        );
    }

    #[test]
    fn sessions_are_18_s_since_2_5() {
        assert_eq!(read("2.4.1", &[]).session_timeout, Span::secs(6));
        assert_eq!(read("2.5.1", &[]).session_timeout, Span::secs(18));
    }
}
