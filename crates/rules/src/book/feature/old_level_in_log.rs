//! A raise of metadata.version that is not in a snapshot yet.

use crate::book::prelude::*;
use crate::levels;

/// `metadata.log.max.snapshot.interval.ms`: how long it takes at most until a raise is in a snapshot.
const INTERVAL: &str = "metadata.log.max.snapshot.interval.ms";

pub(crate) static RULE: Rule = Rule {
    id: "K094",
    topic: Topic::Feature,
    title: "After changing metadata.version, wait for a new metadata snapshot before another binary",
    what: "The 4.x node exits with the very text that says metadata.version is too old, while `describe` shows the new level.",
    why: "A node reads its metadata log from its newest snapshot on. If that is older than the change, or there is none, it meets the old level first, which its version may not \
          know. A snapshot is made after metadata.log.max.record.bytes.between.snapshots (20 MiB) or metadata.log.max.snapshot.interval.ms (1 h, since 3.4).",
    instead: "Wait until every node has a *.checkpoint in __cluster_metadata-0 that is newer than the change (gate `MetadataSnapshot`), up to an hour.",
    versions: Versions::since(3, 3),
    sources: &[
        "FeaturesDelta.replay; SnapshotGenerator",
        "observed: raised on 3.9.2, refused by 4.1.2 until a checkpoint was there (observed: upgrade-kraft-3.9.2-at-3.3-IV0-raised-to-3.9-then-4.1.2)",
    ],
    explains: &["old-level-in-log"],
    bites: Some("scenarios/old-level-before-snapshot.ron"),
    spares: Some("scenarios/old-level-after-snapshot.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let metadata = |moment: &Moment<'_>| moment.levels.get(levels::METADATA).copied().unwrap_or(0);
    // Levels that were in force before, each with the step that changed it.
    let mut earlier: Vec<(i16, usize)> = Vec::new();
    for (at, moment) in case.moments().iter().enumerate() {
        let to = match &moment.step.action.value {
            Action::Roll(roll) => &roll.to,
            Action::Start(start) => &start.version,
            _ => &None,
        };
        let release = to.as_ref().and_then(|to| facts::of(&to.value.0).ok());
        let now = metadata(moment);
        if let Some((to, release)) = to.as_ref().zip(release) {
            let (lowest, highest) = levels::range(release, levels::METADATA);
            let reads = |level: i16| (lowest..=highest).contains(&level);
            let met = earlier
                .iter()
                .find(|(was, changed)| !reads(*was) && !snapshots(case, *changed, at));
            if let Some((was, changed)) = met.filter(|_| reads(now)) {
                let change = &case.moments()[*changed];
                return vec![
                    warning(
                        to.span,
                        format!(
                            "The metadata log still begins with {}, unless a snapshot was made since.",
                            levels::name(levels::METADATA, *was)
                        ),
                    )
                    .labelled("may not come up")
                    .also(change.step.action.span, "changed here")
                    .note("Gate this step on `MetadataSnapshot`, or wait an hour."),
                ];
            }
        }
        let after = case.moments().get(at + 1).map_or(now, metadata);
        if now > 0 && after != now {
            earlier.push((now, at));
        }
    }
    Vec::new()
}

/// Between the raise and this step somebody looks for a snapshot, or waits as long as one takes.
fn snapshots(case: &Case<'_>, raised: usize, at: usize) -> bool {
    let between = &case.moments()[raised..=at];
    let looks = |gate: &Gate| matches!(gate.check.value, Check::MetadataSnapshot);
    let gated = between[..between.len() - 1]
        .iter()
        .any(|moment| moment.step.after.iter().any(looks))
        || between[1..]
            .iter()
            .any(|moment| moment.step.before.iter().any(looks));
    let interval = case
        .broker_setting(INTERVAL)
        .and_then(|setting| setting.number())
        .map_or(u64::MAX, |ms| ms.saturating_mul(1_000_000));
    let waited: u64 = between
        .iter()
        .filter_map(|moment| match &moment.step.action.value {
            Action::Wait(time) => Some(time.value.0),
            _ => None,
        })
        .fold(0, u64::saturating_add);
    gated || waited >= interval
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn raised(between: &str) -> crate::testing::Scene {
        scene()
            .cluster(r#"kafka: "3.9.2", brokers: 3, controllers: 3, metadata_version: "3.3-IV0""#)
            .runbook(&format!(
                r#"(step: "raise", do: UpgradeFeatures(metadata: "3.9")), {between} (step: "roll", do: Roll(All, to: "4.1.2", order: ControllersFirst))"#
            ))
    }

    #[test]
    fn without_a_snapshot_it_is_pointed_at() {
        bites(
            &RULE,
            &raised(""),
            "warning: \"4.1.2\": The metadata log still begins with metadata.version 3.3-IV0",
        );
    }

    #[test]
    fn after_an_hour_it_is_fine() {
        spares(&RULE, &raised(r#"(step: "wait", do: Wait("2h")),"#));
    }
}
