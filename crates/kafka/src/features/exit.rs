//! Why a process ends by itself, in the words of its log (SharedServer, BrokerLifecycleManager, LogManager; recorded on 3.9.2, 4.0.2 and
//! 4.1.2).

use facts::KafkaVersion;

use super::replay::Fault;
use super::{Supported, since};

/// `segment.bytes` of a topic is at least this since 4.1 (KAFKA-19080).
pub const SMALLEST_SEGMENT: u64 = 1 << 20;

/// Why a process ends by itself. Its exit code is 1 in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// A controller replays a record that it cannot take.
    Replay(Fault),
    /// A broker was not registered within `initial.broker.registration.timeout.ms`; the finalized level it was refused for, if it was.
    NotRegistered(Option<(&'static str, i16)>),
    /// A topic (a place in the estate's list) has a smaller segment than this version takes.
    SmallSegment {
        /// Which.
        topic: u32,
        /// Its `segment.bytes`.
        bytes: u64,
    },
    /// Its properties file has a value that this version does not take.
    Config,
}

/// The exit code of a process that ends by itself.
pub const EXIT_CODE: i32 = 1;

/// What a loader says of a level of `metadata.version` that it does not know.
pub fn unknown_level(version: KafkaVersion, level: i16) -> Vec<String> {
    if !since(version, 4, 0) {
        return vec![format!(
            "java.lang.IllegalArgumentException: No MetadataVersion with feature level {level}"
        )];
    }
    let known = Supported::by(version).known();
    vec![
        "java.lang.IllegalArgumentException: Unsupported metadata version - if you are currently upgrading your cluster, please ensure the metadata version is set to 3.3-IV3 (or higher) before updating the software version. The metadata version can be updated via the `kafka-features` command-line tool.".to_owned(),
        format!(
            "Caused by: java.lang.IllegalArgumentException: No MetadataVersion with feature level {level}. Valid feature levels are from {} to {}.",
            known.min, known.max
        ),
    ]
}

impl Fault {
    /// The lines of the log that matter, as a node of this version writes them. `fatal`: it is a controller. Offsets are left out.
    pub fn lines(self, version: KafkaVersion, fatal: bool) -> Vec<String> {
        let kind = if fatal {
            "ProcessTerminatingFaultHandler - Encountered fatal fault"
        } else {
            "LoggingFaultHandler - Encountered metadata loading fault"
        };
        match self {
            Fault::UnknownMetadataVersion(level) => {
                let mut lines = vec![format!("{kind}: Error loading metadata log record")];
                lines.extend(unknown_level(version, level));
                lines
            }
            Fault::Unsupported(feature, level) => {
                let range = Supported::by(version).range(feature);
                vec![
                    format!(
                        "{kind}: Unable to apply FeatureLevelRecord record on standby controller"
                    ),
                    format!(
                        "java.lang.RuntimeException: Tried to apply FeatureLevelRecord FeatureLevelRecord(name='{feature}', featureLevel={level}), but this controller only supports versions {range}"
                    ),
                ]
            }
        }
    }
}

/// What the controller answers to a broker that does not support a finalized level.
pub fn refusal(
    controller: KafkaVersion,
    broker: KafkaVersion,
    feature: &str,
    level: i16,
) -> String {
    let range = Supported::by(broker).range(feature);
    if since(controller, 3, 9) {
        format!(
            "Unable to register because the broker does not support finalized version {level} of {feature}. The broker wants a version between {} and {}, inclusive.",
            range.min, range.max
        )
    } else {
        format!(
            "Unable to register because the broker does not support version {level} of {feature}. It wants a version between {} and {}, inclusive.",
            range.min, range.max
        )
    }
}

impl ExitReason {
    /// The line that says most.
    pub fn headline(self, version: KafkaVersion, config: Option<&str>) -> String {
        let mut lines = self.lines(version, config);
        if matches!(self, ExitReason::NotRegistered(_)) {
            lines.pop();
        }
        lines.pop().unwrap_or_default()
    }

    /// The last lines of the log of a node of this version, as far as they matter. `config`: what is wrong in its properties file.
    pub fn lines(self, version: KafkaVersion, config: Option<&str>) -> Vec<String> {
        match self {
            ExitReason::Replay(fault) => fault.lines(version, true),
            ExitReason::NotRegistered(refused) => {
                let mut lines = Vec::new();
                if refused.is_some() {
                    lines.push(
                        "Unable to register broker because the controller returned error UNSUPPORTED_VERSION"
                            .to_owned(),
                    );
                }
                lines.push(
                    "Shutting down because we were unable to register with the controller quorum."
                        .to_owned(),
                );
                lines.push(
                    "java.lang.RuntimeException: Received a fatal error while waiting for the controller to acknowledge that we are caught up"
                        .to_owned(),
                );
                lines
            }
            ExitReason::SmallSegment { bytes, .. } => vec![
                "ProcessTerminatingFaultHandler - Encountered fatal fault: Error starting LogManager".to_owned(),
                format!(
                    "org.apache.kafka.common.config.ConfigException: Invalid value {bytes} for configuration segment.bytes: Value must be at least {SMALLEST_SEGMENT}"
                ),
            ],
            ExitReason::Config => vec![
                "Exiting Kafka due to fatal exception".to_owned(),
                format!(
                    "org.apache.kafka.common.config.ConfigException: {}",
                    config.unwrap_or("a value in the properties file is not valid")
                ),
            ],
        }
    }
}
