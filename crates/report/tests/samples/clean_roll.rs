//! Three brokers rolled one after another, and every promise holds.

use outcome::*;

use super::build::*;

pub fn clean_roll() -> Outcome {
    let mut outcome = blank(
        "three-brokers.ron",
        "Three brokers from 4.0.0 to 4.1.2, one at a time",
    );
    outcome.window = between(-30 * S, 5 * MIN + 30 * S);
    outcome.runbook = between(0, 4 * MIN + 30 * S);
    let mut roll = step(
        "brokers",
        "roll brokers 1 to 3 to 4.1.2, one at a time",
        0,
        4 * MIN + 20 * S,
    );
    for (index, node) in [1, 2, 3].into_iter().enumerate() {
        let begin = index as i64 * 85 * S + 5 * S;
        let (phases, stretches) = restart(node, begin);
        roll.nodes.extend(phases);
        roll.commands
            .push(command(begin, Some(node), "bin/kafka-server-stop.sh"));
        roll.commands.push(command(
            begin + 10 * S,
            Some(node),
            "bin/kafka-server-start.sh -daemon config/server.properties",
        ));
        outcome
            .timeline
            .push(row(RowKind::Node, &format!("broker {node}"), stretches));
        let text = "no under-replicated partitions for 30 s (kafka-topics via broker 1)";
        outcome.gates.push(gate(
            "brokers",
            Some(node),
            text,
            begin + 28 * S,
            begin + 78 * S,
        ));
        outcome
            .story
            .push(story(begin, "operator", &format!("stops broker {node}")));
        outcome.story.push(story(
            begin + 5 * S,
            "controller 101",
            &format!("moves the leadership of broker {node} away"),
        ));
        outcome.story.push(story(
            begin + 28 * S,
            &format!("broker {node}"),
            "is unfenced",
        ));
        outcome.story.push(story(
            begin + 40 * S,
            &format!("broker {node}"),
            "is in sync again with all its partitions",
        ));
    }
    let finalize = step(
        "finalize",
        "finalize the features of release 4.1",
        4 * MIN + 20 * S,
        4 * MIN + 30 * S,
    );
    outcome.steps = vec![roll, finalize];
    outcome.steps[1].commands.push(command(
        4 * MIN + 20 * S,
        None,
        "bin/kafka-features.sh --bootstrap-server localhost:9092 upgrade --release-version 4.1",
    ));
    outcome
        .timeline
        .push(row(RowKind::Controller, "controller", vec![]));
    let partly = |at| {
        stretch(
            at,
            at + 320 * MS,
            StretchState::Partly,
            "2 of 6 partitions change their leader",
        )
    };
    outcome.timeline.push(row(
        RowKind::Producer,
        "checkout → orders",
        vec![partly(8 * S), partly(93 * S), partly(178 * S)],
    ));
    outcome
        .timeline
        .push(row(RowKind::Group, "billing", vec![]));
    let seconds = |n: u64| Quantity::Nanoseconds(n * S as u64);
    outcome.promises = vec![
        promise(
            "WriteOutage",
            "checkout",
            "checkout is never without acknowledgement for more than 5 s",
            seconds(5),
            Quantity::Nanoseconds(320_000_000),
            true,
        ),
        promise(
            "Lost",
            "checkout",
            "no acknowledged record is lost",
            Quantity::Records(0),
            Quantity::Records(0),
            true,
        ),
        promise(
            "Window",
            "",
            "the runbook takes at most 10 min",
            seconds(600),
            seconds(270),
            true,
        ),
    ];
    outcome.promises[0].place = Some("orders-4".to_owned());
    outcome.promises[0].when = Some(between(93 * S, 93 * S + 320 * MS));
    outcome.producers = vec![ledger(
        "checkout",
        "orders",
        320_000_000,
        (0..6).map(|n| partition(n, 55_000, 55_000)).collect(),
    )];
    outcome.groups = vec![group("billing", 330_000)];
    outcome.rests_on = vec![
        ground("broker.session.timeout.ms = 9000", "default of 4.0.0"),
        ground("min.insync.replicas = 2", "set in the scenario"),
    ];
    outcome.effort = Effort {
        events: 18_211,
        simulated: 360 * S as u64,
    };
    outcome
}
