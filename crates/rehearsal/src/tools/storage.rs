//! `kafka-storage.sh format` (StorageTool, Formatter): which release it takes, and that it formats nothing twice.

use facts::KafkaVersion;

use super::Answer;
use super::features::{Call, Verb};

/// What the tool says. `formatted`: the directory is in use already.
pub fn format(version: KafkaVersion, release: Option<&str>, formatted: bool) -> Answer {
    if let Some(release) = release
        && let Err(unknown) = Call::new(version, Verb::Upgrade).metadata_version(release)
    {
        return unknown;
    }
    if formatted {
        return Answer::failed(vec![
            "Log directory is already formatted. Use --ignore-formatted to ignore this directory and format the others."
                .to_owned(),
        ]);
    }
    Answer::worked(vec!["Formatting metadata directory".to_owned()])
}
