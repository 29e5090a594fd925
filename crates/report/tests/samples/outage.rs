//! Six brokers rolled and broker 2 killed on the way: eight seconds without writes, losses, and a gate that lied.

use outcome::*;

use super::build::*;

const KILLED: i64 = 6 * MIN + 12 * S + 400 * MS;
const ELECTED: i64 = KILLED + 7_600 * MS;

pub fn outage() -> Outcome {
    let mut outcome = blank(
        "six-brokers-kill.ron",
        "Six brokers and three controllers from 3.9.2 to 4.1.2, controllers first; broker 2 is killed on the way",
    );
    outcome.identity.seed = 421;
    outcome.verdict = Verdict::Breaks;
    outcome.window = between(-30 * S, 28 * MIN);
    outcome.runbook = between(0, 27 * MIN);
    outcome.steps = steps();
    outcome.timeline = timeline();
    outcome.gates = gates();
    outcome.faults = vec![
        FaultRecord {
            text: "kill -9 of broker 2".to_owned(),
            when: Some(between(KILLED, KILLED + 45 * S)),
        },
        FaultRecord {
            text: "disk of broker 5 at a tenth of its speed".to_owned(),
            when: Some(between(12 * MIN, 16 * MIN)),
        },
        FaultRecord {
            text: "partition between racks a and c".to_owned(),
            when: None,
        },
    ];
    outcome.promises = promises();
    outcome.findings = findings();
    outcome.producers = producers();
    outcome.groups = groups();
    outcome.story = the_story();
    outcome.rests_on = vec![
        ground("broker.session.timeout.ms = 9000", "default of 3.9.2"),
        ground("broker.heartbeat.interval.ms = 2000", "default of 3.9.2"),
        ground(
            "restart of a broker: 28 s",
            "measured: observed/three-brokers-roll",
        ),
        ground("disk write rate 400 MB/s", "set in the scenario"),
        ground("time to load a log segment: 4 ms", "assumed"),
    ];
    outcome.limits = vec!["Page cache: a cold read costs as much as a warm one; catching up may take longer than shown.".to_owned()];
    outcome.effort = Effort {
        events: 412_977,
        simulated: 1_710 * S as u64,
    };
    outcome
}

fn steps() -> Vec<StepRecord> {
    let mut controllers = step(
        "controllers",
        "roll controllers 101 to 103 to 4.1.2, one at a time",
        0,
        4 * MIN,
    );
    for (index, node) in [101, 102, 103].into_iter().enumerate() {
        controllers
            .nodes
            .extend(restart(node, index as i64 * 80 * S).0);
        controllers.commands.push(command(
            index as i64 * 80 * S,
            Some(node),
            "systemctl restart kafka-controller",
        ));
    }
    let mut brokers = step(
        "brokers",
        "roll brokers 1 to 6 to 4.1.2, one at a time",
        4 * MIN,
        19 * MIN,
    );
    for (index, node) in (1..=6).enumerate() {
        let begin = broker_begin(index as i64);
        brokers.nodes.extend(restart(node, begin).0);
        brokers
            .commands
            .push(command(begin, Some(node), "bin/kafka-server-stop.sh"));
        brokers.commands.push(command(
            begin + 10 * S,
            Some(node),
            "bin/kafka-server-start.sh -daemon config/server.properties",
        ));
    }
    brokers.end = StepEnd::WentOn;
    brokers.why = Some("gate UnderReplicated ran out of time after broker 5".to_owned());
    let soak = step("soak", "wait 8 min", 19 * MIN, 27 * MIN - 5 * S);
    let mut finalize = step(
        "finalize",
        "finalize the features of release 4.1",
        27 * MIN - 5 * S,
        27 * MIN,
    );
    finalize.commands.push(command(
        27 * MIN - 5 * S,
        None,
        "bin/kafka-features.sh --bootstrap-server b1.example:9092 upgrade --release-version 4.1",
    ));
    let mut clients = step("clients", "move the clients to 4.1.2", 0, 0);
    clients.when = None;
    clients.end = StepEnd::NotReached;
    vec![controllers, brokers, soak, finalize, clients]
}

fn broker_begin(index: i64) -> i64 {
    4 * MIN
        + index * 70 * S
        + if index > 2 { 2 * MIN } else { 0 }
        + if index > 4 { 4 * MIN } else { 0 }
}

fn timeline() -> Vec<TimelineRow> {
    use RowKind::*;
    use StretchState::*;
    let mut rows = vec![row(
        Controller,
        "controller",
        vec![
            because(
                stretch(
                    82 * S,
                    83 * S + 200 * MS,
                    Down,
                    "no active controller: 101 was stopped, 102 is elected",
                ),
                3,
            ),
            stretch(
                4 * MIN,
                4 * MIN + 2 * S,
                Info,
                "102 is active, all three on 4.1.2",
            ),
        ],
    )];
    for node in 1..=6_u32 {
        let (_, mut stretches) = restart(node, broker_begin(i64::from(node) - 1));
        if node == 2 {
            stretches.push(because(stretch(KILLED, KILLED + 45 * S, Down, "killed"), 0));
            stretches.push(stretch(
                KILLED + 45 * S,
                KILLED + 80 * S,
                Degraded,
                "recovers its logs, fetches what it missed",
            ));
        }
        if node == 5 {
            stretches.push(because(
                stretch(12 * MIN, 16 * MIN, Degraded, "slow disk: falls out of sync"),
                2,
            ));
        }
        stretches.sort_by_key(|stretch| stretch.when);
        rows.push(row(Node, &format!("broker {node}"), stretches));
    }
    let no_leader = |begin, end, text: &str| because(stretch(begin, end, Down, text), 0);
    rows.push(row(
        Partitions,
        "orders 7, 12, 21",
        vec![
            stretch(
                KILLED - 10 * S,
                KILLED,
                Degraded,
                "2 of 3 replicas in sync: broker 2 has just come back",
            ),
            no_leader(
                KILLED,
                ELECTED,
                "no leader: broker 2 is dead and still counted as alive",
            ),
            stretch(
                ELECTED,
                ELECTED + 61 * S,
                Degraded,
                "1 of 3 replicas in sync, below min.insync.replicas",
            ),
        ],
    ));
    rows.push(row(
        Partitions,
        "orders 0, 4, 9, 13",
        vec![because(
            stretch(
                12 * MIN + 20 * S,
                16 * MIN + 40 * S,
                Degraded,
                "broker 5 is out of the ISR",
            ),
            2,
        )],
    ));
    rows.push(row(Partitions, "payments (all)", vec![]));
    rows.push(row(
        Producer,
        "checkout → orders",
        vec![
            no_leader(
                KILLED,
                ELECTED + 300 * MS,
                "3 of 24 partitions get no acknowledgement",
            ),
            because(
                stretch(
                    ELECTED + 300 * MS,
                    ELECTED + 21 * S,
                    Partly,
                    "3 of 24 partitions: NOT_ENOUGH_REPLICAS",
                ),
                0,
            ),
        ],
    ));
    rows.push(row(Producer, "payments-api → payments", vec![]));
    rows.push(row(
        Producer,
        "clicks → clicks",
        vec![because(
            stretch(
                KILLED,
                ELECTED,
                Partly,
                "4 of 48 partitions get no acknowledgement",
            ),
            1,
        )],
    ));
    rows.push(row(
        Group,
        "billing",
        vec![
            stretch(
                KILLED + 600 * MS,
                ELECTED + 2 * S,
                Partly,
                "3 of 24 partitions give nothing",
            ),
            because(
                stretch(ELECTED + 2 * S, ELECTED + 5 * S, Down, "rebalance"),
                4,
            ),
        ],
    ));
    rows.push(row(Group, "fraud-check", vec![]));
    rows
}

fn gates() -> Vec<GateRecord> {
    let mut gates = Vec::new();
    for node in 1..=6_u32 {
        let begin = broker_begin(i64::from(node) - 1) + 28 * S;
        let text = "no under-replicated partitions for 30 s (kafka-topics via broker 1)";
        gates.push(gate("brokers", Some(node), text, begin, begin + 40 * S));
    }
    gates[1].false_green = Some(
        "the tool asked broker 1, whose metadata was 2.1 s old; orders-7 was down to one replica"
            .to_owned(),
    );
    gates[4].when.end += 4 * MIN;
    gates[4].end = GateEnd::TimedOut;
    gates[4].looks = 56;
    gates[0].false_red = 11 * S as u64;
    let mut quorum = gate(
        "controllers",
        Some(103),
        "all controllers caught up for 10 s (kafka-metadata-quorum)",
        190 * S,
        235 * S,
    );
    quorum.looks = 9;
    gates.insert(0, quorum);
    gates
}

fn promises() -> Vec<PromiseResult> {
    let seconds = |n: u64| Quantity::Nanoseconds(n * S as u64);
    let mut outage = promise(
        "WriteOutage",
        "checkout",
        "checkout is never without acknowledgement for more than 5 s",
        seconds(5),
        Quantity::Nanoseconds(7_900_000_000),
        false,
    );
    outage.place = Some("orders-7".to_owned());
    outage.when = Some(between(KILLED, ELECTED + 300 * MS));
    outage.findings = vec![0];
    let mut lost = promise(
        "Lost",
        "clicks",
        "no acknowledged record of clicks is lost",
        Quantity::Records(0),
        Quantity::Records(12_431),
        false,
    );
    lost.place = Some("clicks-31".to_owned());
    lost.when = Some(between(KILLED - 500 * MS, KILLED));
    lost.findings = vec![1];
    let mut lag = promise(
        "Lag",
        "billing",
        "billing is never more than 50,000 records behind",
        Quantity::Records(50_000),
        Quantity::Records(18_220),
        true,
    );
    lag.place = Some("orders-7".to_owned());
    lag.when = Some(between(ELECTED + 5 * S, ELECTED + 5 * S));
    vec![
        outage,
        promise(
            "Lost",
            "checkout",
            "no acknowledged record of checkout is lost",
            Quantity::Records(0),
            Quantity::Records(0),
            true,
        ),
        lost,
        promise(
            "ReadOutage",
            "billing",
            "billing always reads within 10 s",
            seconds(10),
            Quantity::Nanoseconds(9_400_000_000),
            true,
        ),
        lag,
        promise(
            "Completes",
            "",
            "the runbook reaches its end",
            Quantity::Yes(true),
            Quantity::Yes(true),
            true,
        ),
        promise(
            "PreferredLeaders",
            "orders",
            "at least 90 % of the leaders are back",
            Quantity::Percent(90),
            Quantity::Percent(96),
            true,
        ),
    ]
}

fn finding(
    code: &str,
    severity: Severity,
    title: &str,
    subjects: &[&str],
    when: Option<Interval>,
) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        title: title.to_owned(),
        subjects: subjects.iter().map(|&subject| subject.to_owned()).collect(),
        when,
        causes: vec![],
        advice: vec![],
        sources: vec![],
        rules: vec![],
    }
}

fn findings() -> Vec<Finding> {
    let mut no_leader = finding(
        "leader-died",
        Severity::Broken,
        "orders-7 took no writes for 7.9 s",
        &["orders-7", "orders-12", "orders-21", "broker 2"],
        Some(between(KILLED, ELECTED + 300 * MS)),
    );
    no_leader.causes = vec![
        cause(
            ELECTED + 300 * MS,
            "checkout learned the new leader 0.3 s after the election, at its next metadata request",
        ),
        cause(
            ELECTED,
            "the controller fenced broker 2 and elected broker 4",
        ),
        cause(
            ELECTED,
            "the session of broker 2 ended 9 s after its last heartbeat",
        ),
        cause(KILLED, "broker 2, the leader of orders-7, was killed"),
        cause(KILLED - 1_400 * MS, "broker 2 sent its last heartbeat"),
    ];
    no_leader.advice = vec![
        "broker.session.timeout.ms: 6000 would have ended the outage after 4.9 s".to_owned(),
        "wait for all replicas to be in sync before the next broker: UnderReplicated(at_most: 0, for: \"60s\")".to_owned(),
    ];
    no_leader.sources = vec![
        "KIP-631: broker sessions".to_owned(),
        "BrokerHeartbeatManager.java".to_owned(),
        "measured: observed/kill-leader".to_owned(),
    ];
    let mut lost = finding(
        "acks-1-loss",
        Severity::Broken,
        "clicks lost 12,431 acknowledged records",
        &["clicks-31", "clicks-7", "clicks-19", "clicks-43"],
        Some(between(KILLED - 500 * MS, KILLED)),
    );
    lost.causes = vec![
        cause(
            ELECTED,
            "broker 6 became leader at offset 2,204,118 and cut what broker 2 had beyond it",
        ),
        cause(
            KILLED,
            "broker 2 was killed with 12,431 records that no follower had fetched",
        ),
        cause(
            KILLED - 500 * MS,
            "clicks sends with acks=1: an acknowledgement says that one replica has it",
        ),
    ];
    lost.advice = vec!["acks: \"all\" for clicks, with min.insync.replicas 2".to_owned()];
    lost.sources = vec!["Kafka documentation: acks".to_owned()];
    let mut slow = finding(
        "slow-disk",
        Severity::Warning,
        "a gate waited 4 min 40 s for broker 5 and then let the roll go on",
        &["broker 5", "orders-0", "orders-4", "orders-9", "orders-13"],
        Some(between(12 * MIN, 16 * MIN + 40 * S)),
    );
    slow.causes = vec![
        cause(
            16 * MIN + 40 * S,
            "broker 5 was back in the ISR of all its partitions",
        ),
        cause(
            12 * MIN + 20 * S,
            "broker 5 fell out of the ISR: replica.lag.time.max.ms (30 s) had passed",
        ),
        cause(12 * MIN, "its disk wrote a tenth of its usual rate"),
    ];
    slow.advice = vec!["on_timeout: Abort instead of GoOn for step brokers".to_owned()];
    let controller = finding(
        "controller-failover",
        Severity::Note,
        "no active controller for 1.2 s while 101 was rolled",
        &["controller 101"],
        Some(between(82 * S, 83 * S + 200 * MS)),
    );
    let rebalance = finding(
        "rebalance",
        Severity::Note,
        "billing rebalanced once, for 3 s",
        &["billing"],
        Some(between(ELECTED + 2 * S, ELECTED + 5 * S)),
    );
    vec![no_leader, lost, slow, controller, rebalance]
}

fn producers() -> Vec<ProducerLedger> {
    let mut orders: Vec<PartitionLedger> =
        (0..24).map(|n| partition(n, 142_500, 142_500)).collect();
    for n in [7, 12, 21] {
        let ledger = &mut orders[n];
        ledger.counts.duplicated = 3;
        ledger.duplicated = vec![MessageRange {
            first: 33_531,
            end: 33_534,
        }];
        ledger.outages = vec![Outage {
            when: between(KILLED, ELECTED + 300 * MS),
            open: false,
            finding: Some(0),
        }];
    }
    let mut checkout = ledger("checkout", "orders", 7_900_000_000, orders);
    checkout.errors = vec![
        ("NOT_LEADER_OR_FOLLOWER".to_owned(), 41),
        ("NOT_ENOUGH_REPLICAS".to_owned(), 212),
    ];
    let mut parts: Vec<PartitionLedger> = (0..48).map(|n| partition(n, 71_250, 71_250)).collect();
    for (n, lost) in [(31, 6_431), (7, 3_000), (19, 2_000), (43, 1_000)] {
        parts[n].counts.lost = lost;
        parts[n].lost = vec![MessageRange {
            first: 16_000,
            end: 16_000 + lost,
        }];
        parts[n].outages = vec![Outage {
            when: between(KILLED, ELECTED),
            open: false,
            finding: Some(1),
        }];
    }
    let clicks = ledger("clicks", "clicks", 7_600_000_000, parts);
    vec![
        checkout,
        ledger(
            "payments-api",
            "payments",
            0,
            (0..3).map(|n| partition(n, 90_000, 90_000)).collect(),
        ),
        clicks,
    ]
}

fn groups() -> Vec<GroupLedger> {
    let mut billing = group("billing", 3_420_000);
    billing.redelivered = 840;
    billing.largest_lag = 18_220;
    billing.rebalances = 1;
    billing.longest_outage = 9_400_000_000;
    billing.outages = vec![(
        "orders-7".to_owned(),
        vec![Outage {
            when: between(KILLED + 600 * MS, ELECTED + 2 * S),
            open: false,
            finding: Some(0),
        }],
    )];
    billing.errors = vec![("REBALANCE_IN_PROGRESS".to_owned(), 3)];
    vec![billing, group("fraud-check", 3_420_000)]
}

fn the_story() -> Vec<StoryLine> {
    let mut lines = vec![
        story(0, "operator", "begins step controllers"),
        story(82 * S, "controller 101", "resigns: is stopped"),
        story(
            83 * S + 200 * MS,
            "controller 102",
            "becomes active in epoch 14",
        ),
        story(4 * MIN, "operator", "begins step brokers"),
        story(KILLED - 1_400 * MS, "broker 2", "sends its last heartbeat"),
        story(KILLED, "broker 2", "is killed"),
        story(
            KILLED + 30 * MS,
            "checkout",
            "connection to broker 2 refused; asks for metadata again",
        ),
        story(
            ELECTED,
            "controller 102",
            "fences broker 2: no heartbeat for 9 s",
        ),
        story(
            ELECTED,
            "controller 102",
            "elects broker 4 for orders-7, orders-12, orders-21",
        ),
        story(
            ELECTED + 300 * MS,
            "checkout",
            "learns the new leaders; gets NOT_ENOUGH_REPLICAS",
        ),
        story(ELECTED + 2 * S, "billing", "rebalances"),
        story(
            12 * MIN + 20 * S,
            "broker 5",
            "leaves the ISR of 4 partitions",
        ),
        story(16 * MIN + 40 * S, "broker 5", "is in sync again"),
        story(27 * MIN, "operator", "ends step finalize: done"),
    ];
    lines.sort_by_key(|line| line.at);
    lines
}
