//! Sixty brokers, hundreds of partition sets and producers, three rolls with two days of soaking between.

use outcome::*;

use super::build::*;

pub fn huge() -> Outcome {
    let mut outcome = blank(
        "estate-wide-roll.ron",
        "Sixty brokers through two releases, a day of soaking after each",
    );
    outcome.verdict = Verdict::Breaks;
    let roll_length = 60 * 90 * S;
    let day = 24 * H;
    let second = roll_length + day;
    outcome.window = between(-MIN, second + roll_length + day + 10 * MIN);
    outcome.runbook = between(0, second + roll_length + day + MIN);
    outcome.steps = vec![
        step(
            "roll to 4.0.1",
            "roll brokers 1 to 60 to 4.0.1, one at a time",
            0,
            roll_length,
        ),
        step("soak one", "wait 24 h", roll_length, second),
        step(
            "roll to 4.1.2",
            "roll brokers 1 to 60 to 4.1.2, one at a time",
            second,
            second + roll_length,
        ),
        step(
            "soak two",
            "wait 24 h",
            second + roll_length,
            second + roll_length + day,
        ),
        step(
            "finalize",
            "finalize the features of release 4.1",
            second + roll_length + day,
            second + roll_length + day + MIN,
        ),
    ];
    for node in 1..=60_u32 {
        let begin = i64::from(node - 1) * 90 * S;
        let (phases, mut stretches) = restart(node, begin);
        let (more_phases, more) = restart(node, second + begin);
        outcome.steps[0].nodes.extend(phases);
        outcome.steps[2].nodes.extend(more_phases);
        outcome.steps[0]
            .commands
            .push(command(begin, Some(node), "systemctl restart kafka"));
        outcome.steps[2].commands.push(command(
            second + begin,
            Some(node),
            "systemctl restart kafka",
        ));
        stretches.extend(more);
        outcome
            .timeline
            .push(row(RowKind::Node, &format!("broker {node}"), stretches));
    }
    for set in 0..300_i64 {
        let stretches = if set % 3 == 0 {
            let at = (set * 97) % 5_000 * S;
            vec![because(
                stretch(
                    at,
                    at + (set % 40 + 1) * S,
                    StretchState::Degraded,
                    "2 of 3 replicas in sync",
                ),
                0,
            )]
        } else {
            vec![]
        };
        outcome.timeline.push(row(
            RowKind::Partitions,
            &format!("topic-{set:03} ({} partitions)", set % 60 + 1),
            stretches,
        ));
    }
    for producer in 0..120_i64 {
        let stretches = if producer % 4 == 0 {
            let at = second + (producer * 31) % 5_000 * S;
            let state = if producer == 40 {
                StretchState::Down
            } else {
                StretchState::Partly
            };
            vec![because(
                stretch(
                    at,
                    at + (producer % 9 + 1) * 900 * MS,
                    state,
                    "leaders move",
                ),
                0,
            )]
        } else {
            vec![]
        };
        outcome.timeline.push(row(
            RowKind::Producer,
            &format!("service-{producer:03} → topic-{producer:03}"),
            stretches,
        ));
        let partitions = (0..12)
            .map(|n| partition(n, 86_400_000, 86_400_000))
            .collect();
        outcome.producers.push(ledger(
            &format!("service-{producer:03}"),
            &format!("topic-{producer:03}"),
            900_000_000,
            partitions,
        ));
    }
    for name in 0..80 {
        outcome
            .timeline
            .push(row(RowKind::Group, &format!("group-{name:02}"), vec![]));
        outcome
            .groups
            .push(group(&format!("group-{name:02}"), 1_036_800_000));
    }
    outcome
        .timeline
        .push(row(RowKind::Controller, "controller", vec![]));
    let mut broken = promise(
        "WriteOutage",
        "service-040",
        "service-040 is never without acknowledgement for more than 3 s",
        Quantity::Nanoseconds(3_000_000_000),
        Quantity::Nanoseconds(4_500_000_000),
        false,
    );
    let at = second + 40 * 31 * S;
    broken.when = Some(between(at, at + 4_500 * MS));
    broken.findings = vec![0];
    outcome.promises.push(broken);
    for n in 0..40 {
        let text = format!("service-{n:03} loses nothing");
        outcome.promises.push(promise(
            "Lost",
            &format!("service-{n:03}"),
            &text,
            Quantity::Records(0),
            Quantity::Records(0),
            true,
        ));
    }
    for n in 0..30 {
        outcome.findings.push(Finding {
            code: "leader-moved-late".to_owned(),
            severity: if n == 0 {
                Severity::Broken
            } else {
                Severity::Warning
            },
            title: format!(
                "service-{:03} waited {} s for a new leader",
                40 + n,
                4 - n / 10
            ),
            subjects: (0..40).map(|p| format!("topic-040-{p}")).collect(),
            when: Some(between(at, at + 4_500 * MS)),
            causes: (0..12)
                .map(|depth| {
                    cause(
                        at - depth * 200 * MS,
                        &format!("cause number {}", depth + 1),
                    )
                })
                .collect(),
            advice: vec!["roll with controlled.shutdown.enable = true".to_owned()],
            sources: vec!["Kafka documentation".to_owned()],
            rules: vec![],
        });
    }
    for n in 0..2_000_i64 {
        outcome.story.push(story(
            n * 80 * S,
            &format!("broker {}", n % 60 + 1),
            "shrinks and grows an ISR",
        ));
    }
    outcome
}
