//! Groups that cannot keep up.

use crate::book::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "K061",
    topic: Topic::Client,
    title: "A group needs spare capacity to catch up after a pause",
    what: "Its lag grows, or a pause of a minute is still felt an hour later.",
    why: "After a pause a group has to read what came meanwhile besides what comes now. With a spare capacity of 10 % a pause of one minute takes ten to make good; \
          with none it is never made good.",
    instead: "Give the group members and partitions enough to handle half as much again as the producers write.",
    versions: Versions::ALL,
    sources: &["arithmetic: backlog divided by spare rate"],
    explains: &["lag"],
    bites: Some("scenarios/group-without-spare-capacity.ron"),
    spares: Some("scenarios/groups-in-a-roll.ron"),
    check,
};

fn check(case: &Case<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, group) in case.groups() {
        let Some(each) = &group.processing else {
            continue;
        };
        // Records per second, times a million: whole numbers are enough.
        let rate = |count: u64, per: u64| {
            u128::from(count) * 1_000_000_000_000_000 / u128::from(per.max(1))
        };
        let can = rate(each.value.count, each.value.per) * u128::from(group.members.value);
        let comes: u128 = case
            .producers()
            .filter(|(_, producer)| {
                group
                    .reads
                    .iter()
                    .any(|topic| topic.value == producer.to.value)
            })
            .map(|(_, producer)| rate(producer.rate.value.count, producer.rate.value.per))
            .sum();
        if comes > 0 && can < comes + comes / 10 {
            let percent = can * 100 / comes;
            found.push(
                warning(
                    each.span,
                    format!(
                        "`{}` can handle {percent} % of what comes: a pause is hardly made good.",
                        name.value
                    ),
                )
                .labelled("per member")
                .also(group.members.span, "so many members"),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bites, scene, spares};

    fn group(rate: &str) -> crate::testing::Scene {
        scene().group(&format!(
            r#"reads: ["orders"], members: 2, processing: "{rate}""#
        ))
    }

    #[test]
    fn too_little_is_pointed_at() {
        bites(
            &RULE,
            &group("51/s"),
            "warning: \"51/s\": `billing` can handle 102 % of what comes",
        );
    }

    #[test]
    fn enough_is_fine() {
        spares(&RULE, &group("80/s"));
        spares(&RULE, &scene());
    }
}
