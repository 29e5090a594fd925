//! Ways back to an older release: allowed until when?

use super::Remark;
use super::place::{Mode, Place, line};
use crate::metadata_version::format_changes;
use crate::release::{Release, of};

fn release(place: Place) -> Option<&'static Release> {
    of(&place.version.to_string()).ok()
}

fn remark(text: String, source: &str) -> Remark {
    Remark {
        text,
        source: source.to_owned(),
    }
}

const CONTROL: &str = "FeatureControlManager at 3.3.1 to 4.1.1; metadata versions of each release (`dryroll facts VERSION`)";

/// Until when a KRaft roll can be turned back, and whether the metadata version can be lowered afterwards.
pub(super) fn of_roll(from: Place, to: Place) -> Remark {
    let first = format!(
        "until kafka-features.sh upgrade: the binaries of {} back, controllers and brokers in any order",
        from.version
    );
    let (Some(old), Some(new)) = (release(from), release(to)) else {
        return remark(first, CONTROL);
    };
    if line(from.version) == line(to.version) {
        return remark(format!("{first}; it stays so"), CONTROL);
    }
    let (lower, upper) = (old.metadata_version(), new.metadata_version());
    let changes = format_changes(lower, upper);
    let then = match changes.first() {
        Some(change) => format!(
            "afterwards not at all: {} changed the format of the metadata log, and Kafka refuses to go below it",
            change.name()
        ),
        None => format!(
            "afterwards kafka-features.sh downgrade to {} first (no format of the metadata log changed between), then the binaries",
            lower.name()
        ),
    };
    remark(format!("{first}; {then}"), CONTROL)
}

/// What is to be said of a way that leads back.
pub(super) fn remarks(from: Place, to: Place) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if line(from.version) == line(to.version) {
        remarks.push(remark(
            "allowed at any time: releases of one line have the same protocol and metadata.version; the old binary back, node by node".to_owned(),
            "MetadataVersion of one line is the same in all its releases",
        ));
        return remarks;
    }
    if from.mode == Mode::ZooKeeper {
        let line = to.version.line();
        remarks.push(remark(
            format!(
                "allowed until the first broker starts with an inter.broker.protocol.version above {line}: the binaries of {} back, broker by broker, with inter.broker.protocol.version={line} or lower in every file",
                to.version
            ),
            "docs/upgrade.html; downgrade_test.py at 3.9.1",
        ));
        remarks.push(remark(
            "afterwards Kafka's documents forbid it. What happens: old binaries are started with the old value; each is without metadata, and acks=all stops from the second broker to the last; then everything was complete again".to_owned(),
            "observed: zk-rollback-after-bump-3.5.1-2.8.2",
        ));
        return remarks;
    }
    if !Mode::Kraft.exists_in(to.version) || (to.version.major, to.version.minor) < (3, 3) {
        remarks.push(remark(
            format!(
                "not as one step: {} runs in ZooKeeper mode. A migration can be reverted until its finalization (`dryroll facts path {} {} --zookeeper` tells the rest); a cluster born in KRaft or finalized cannot",
                to.version, from.version, to.version
            ),
            "docs/ops.html at 3.9.1",
        ));
        return remarks;
    }
    let (Some(old), Some(new)) = (release(to), release(from)) else {
        return remarks;
    };
    let (lower, upper) = (old.metadata_version(), new.metadata_version());
    remarks.push(remark(
        format!(
            "allowed as long as metadata.version is {} or lower and no feature is finalized that {} does not know: the binaries back, in any order",
            lower.name(),
            to.version
        ),
        "ClusterControlManager.registerBroker at 3.3.1 to 4.1.1",
    ));
    match format_changes(lower, upper).last() {
        None => remarks.push(remark(
            format!(
                "after metadata.version was raised to {}: kafka-features.sh downgrade to {} first, which is allowed because no format of the metadata log changed between; then the binaries",
                upper.name(),
                lower.name()
            ),
            CONTROL,
        )),
        Some(change) => remarks.push(remark(
            format!(
                "once metadata.version is {} or higher: not at all. Its format of the metadata log is another one, and kafka-features.sh refuses to go below it, --unsafe too",
                change.name()
            ),
            "observed: features-3.9.2, features-4.0.2, features-4.1.2",
        )),
    }
    if to.version.major < 4 && from.version.major >= 4
        || (to.version.minor < 9 && to.version.major == 3)
    {
        remarks.push(remark(
            format!(
                "a dynamic quorum (kraft.version 1) cannot be lowered; {} needs 3.9 or later then",
                to.version
            ),
            "KIP-853; ClusterControlManager at 3.9.1; observed: features-4.1.2",
        ));
    }
    remarks
}
