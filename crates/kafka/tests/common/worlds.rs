//! Random small worlds and random things that happen to them: the same for the fast model, its switches, and the naive model.
#![allow(dead_code, reason = "no test uses all of it")]

use engine::{Draw, Key, Span, Streams, Time};
use kafka::estate::Estate;
use kafka::{Options, World};

use crate::common::{Small, given, version};

/// What is done to a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Kill(u32),
    Stop(u32),
    Start(u32),
    Pause(u32),
    Resume(u32),
    LoseHost(u32),
    CutClients(u32),
    MendClients(u32),
    ElectPreferred,
}

/// A world and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) number: u64,
    pub(crate) small: Small,
    pub(crate) acts: Vec<(Time, Act)>,
    pub(crate) end: Time,
}

impl Case {
    pub(crate) fn estate(&self) -> Estate {
        self.small.build()
    }
}

/// The n-th random case.
pub(crate) fn case(number: u64) -> Case {
    let streams = Streams::new(number ^ 0x0d12_7011);
    let mut draw = streams.of(Key::of("case"));
    let brokers = 3 + draw.below(2) as u32;
    let versions = [
        "3.5.1", "3.7.2", "3.9.2", "3.9.2", "4.0.2", "4.1.2", "4.1.2",
    ];
    let mut small = Small::new(draw.pick::<&str>(&versions), brokers);
    let min_isr = 1 + draw.below(2);
    let lag = *draw.pick(&[3_000_u64, 10_000, 30_000]);
    let session = *draw.pick(&[2_000_u64, 6_000, 9_000]);
    let heartbeat = *draw.pick(&[300_u64, 2_000]);
    small.settings = given(&[
        ("min.insync.replicas", &min_isr.to_string()),
        ("auto.leader.rebalance.enable", "false"),
        ("replica.lag.time.max.ms", &lag.to_string()),
        (
            "broker.session.timeout.ms",
            &session.max(heartbeat * 2).to_string(),
        ),
        ("broker.heartbeat.interval.ms", &heartbeat.to_string()),
        ("replica.fetch.wait.max.ms", *draw.pick(&["50", "500"])),
        ("replica.fetch.backoff.ms", *draw.pick(&["200", "1000"])),
        ("metadata.max.idle.interval.ms", *draw.pick(&["20", "500"])),
    ]);
    small.latency = *draw.pick(&[
        Span::micros(50),
        Span::micros(250),
        Span::millis(2),
        Span::millis(7),
    ]);
    small.process_start = *draw.pick(&[Span::millis(20), Span::millis(500), Span::secs(2)]);
    let topics = 1 + draw.below(2);
    for at in 0..topics {
        let name = format!("t{at}");
        let replicas = (1 + draw.below(3)).max(2) as u32;
        let unclean = if draw.chance(1, 4) { "true" } else { "false" };
        let partitions = 1 + draw.below(4) as u32;
        small = small.topic(
            &name,
            partitions,
            replicas,
            &[("unclean.leader.election.enable", unclean)],
        );
        for p in 0..1 + draw.below(2) {
            let acks = *draw.pick(&["all", "all", "all", "1", "1", "0"]);
            let idempotent = if acks == "all" && draw.chance(1, 2) {
                "true"
            } else {
                "false"
            };
            let linger = *draw.pick(&[0_u64, 0, 5, 30]);
            let request = *draw.pick(&[1_500_u64, 3_000, 30_000]);
            let delivery = (linger + request).max(*draw.pick(&[4_000, 8_000, 120_000]));
            let in_flight = *draw.pick(&["1", "5", "5"]);
            let rate = *draw.pick(&[2_u64, 20, 50, 300]);
            let linger = linger.to_string();
            let settings: Vec<(&str, &str)> = vec![
                ("acks", acks),
                ("enable.idempotence", idempotent),
                ("linger.ms", &linger),
                ("max.in.flight.requests.per.connection", in_flight),
            ];
            let request = request.to_string();
            let delivery = delivery.to_string();
            let mut settings = settings;
            settings.push(("request.timeout.ms", &request));
            settings.push(("delivery.timeout.ms", &delivery));
            settings.push(("batch.size", *draw.pick(&["16384", "1000"])));
            let producer = format!("{name}-p{p}");
            small = small.producer(&producer, &name, rate, &settings);
            small.producers.last_mut().expect("just added").version =
                version(draw.pick::<&str>(&["3.5.1", "3.9.2", "3.9.2", "4.1.2"]));
        }
    }
    let end = Time::ZERO + Span::secs(45);
    let mut acts = Vec::new();
    let mut at = Time::ZERO + Span::secs(2);
    for _ in 0..1 + draw.below(5) {
        at = at + draw.span_below(Span::secs(9)) + Span::nanos(1);
        let broker = draw.below(u64::from(brokers)) as u32;
        match draw.below(5) {
            0 => {
                acts.push((at, Act::Kill(broker)));
                acts.push((
                    at + Span::millis(200) + draw.span_below(Span::secs(12)),
                    Act::Start(broker),
                ));
            }
            1 | 2 => {
                acts.push((at, Act::Stop(broker)));
                acts.push((
                    at + Span::secs(5) + draw.span_below(Span::secs(8)),
                    Act::Start(broker),
                ));
            }
            3 => {
                acts.push((at, Act::Pause(broker)));
                acts.push((
                    at + draw.span_below(Span::secs(12)) + Span::nanos(1),
                    Act::Resume(broker),
                ));
            }
            _ => acts.push((at, Act::ElectPreferred)),
        }
    }
    acts.sort_by_key(|act| act.0);
    Case {
        number,
        small,
        acts,
        end,
    }
}

/// The n-th random case of the core that the naive model knows: brokers are disturbed, controllers are not.
pub(crate) fn core_case(number: u64) -> Case {
    let streams = Streams::new(number ^ 0x0a62_ee00);
    let mut draw = streams.of(Key::of("core case"));
    let brokers = 2 + draw.below(3) as u32;
    let versions = [
        "3.3.2", "3.5.1", "3.6.2", "3.7.2", "3.8.1", "3.9.2", "3.9.2", "4.0.2", "4.1.2", "4.1.2",
    ];
    let broker_version = *draw.pick(&versions);
    let mut small = Small::new(broker_version, brokers);
    let heartbeat = *draw.pick(&[300_u64, 2_000]);
    let session = (*draw.pick(&[2_000_u64, 4_000, 9_000])).max(heartbeat * 2);
    small.settings = given(&[
        ("min.insync.replicas", *draw.pick(&["1", "2"])),
        ("auto.leader.rebalance.enable", "false"),
        (
            "replica.lag.time.max.ms",
            *draw.pick(&["1000", "3000", "30000"]),
        ),
        ("broker.session.timeout.ms", &session.to_string()),
        ("broker.heartbeat.interval.ms", &heartbeat.to_string()),
        ("replica.fetch.wait.max.ms", *draw.pick(&["50", "500"])),
        ("replica.fetch.backoff.ms", *draw.pick(&["200", "1000"])),
        (
            "metadata.max.idle.interval.ms",
            *draw.pick(&["20", "500", "500"]),
        ),
    ]);
    small.latency = *draw.pick(&[
        Span::micros(250),
        Span::micros(700),
        Span::millis(2),
        Span::millis(7),
    ]);
    small.process_start = *draw.pick(&[Span::millis(20), Span::millis(500), Span::secs(2)]);
    small.shrink_bumps_leader_epoch = ["3.3.2", "3.5.1"].contains(&broker_version);
    for at in 0..1 + draw.below(2) {
        let name = format!("t{at}");
        let replicas = (1 + draw.below(3) as u32).min(brokers);
        let unclean = *draw.pick(&["true", "false", "false"]);
        let partitions = 1 + draw.below(4) as u32;
        small = small.topic(
            &name,
            partitions,
            replicas,
            &[("unclean.leader.election.enable", unclean)],
        );
        for p in 0..1 + draw.below(2) {
            let acks = *draw.pick(&["all", "all", "all", "1", "0"]);
            let idempotent = acks == "all" && draw.chance(1, 2);
            let in_flight = (1 + draw.below(5)).to_string();
            let linger = *draw.pick(&[0_u64, 0, 5, 30]);
            let request = *draw.pick(&[1_500_u64, 3_000, 30_000]);
            let delivery = (linger + request).max(*draw.pick(&[4_000, 8_000, 120_000]));
            let rate = *draw.pick(&[2_u64, 20, 50, 150]);
            small = small.producer(
                &format!("{name}-p{p}"),
                &name,
                rate,
                &[
                    ("acks", acks),
                    (
                        "enable.idempotence",
                        if idempotent { "true" } else { "false" },
                    ),
                    ("linger.ms", &linger.to_string()),
                    ("max.in.flight.requests.per.connection", &in_flight),
                    ("request.timeout.ms", &request.to_string()),
                    ("delivery.timeout.ms", &delivery.to_string()),
                    ("batch.size", *draw.pick(&["16", "100", "1600"])),
                ],
            );
            let producer = small.producers.last_mut().expect("just added");
            producer.version = version(draw.pick::<&str>(&["3.5.1", "3.9.2", "3.9.2", "4.1.2"]));
            producer.size = 10;
        }
    }
    let mut acts = Vec::new();
    let mut at = Time::ZERO + Span::secs(2);
    for _ in 0..1 + draw.below(4) {
        at = at + draw.span_below(Span::secs(7)) + Span::nanos(1);
        let broker = draw.below(u64::from(brokers)) as u32;
        let (first, then) = match draw.below(8) {
            0..=2 => (Act::Kill(broker), Act::Start(broker)),
            3 | 4 => (Act::Stop(broker), Act::Start(broker)),
            5 => (Act::Pause(broker), Act::Resume(broker)),
            6 => (Act::LoseHost(broker), Act::Start(broker)),
            _ => (Act::CutClients(broker), Act::MendClients(broker)),
        };
        acts.push((at, first));
        let later = Span::millis(50) + draw.span_below(Span::secs(10));
        acts.push((at + later, then));
    }
    let end = Time::ZERO + Span::secs(30);
    acts.retain(|act| act.0 < end);
    acts.sort_by_key(|act| act.0);
    Case {
        number,
        small,
        acts,
        end,
    }
}

/// Runs a case on the fast model.
pub(crate) fn run(case: &Case, options: Options) -> World {
    let mut world = World::new(std::sync::Arc::new(case.estate()), case.number, options);
    for (n, &(at, act)) in case.acts.iter().enumerate() {
        world.run_until(at);
        world.begin_act(n as u32);
        match act {
            Act::Kill(node) => world.kill(node),
            Act::Stop(node) => world.stop(node),
            Act::Start(node) => world.start(node, None),
            Act::Pause(node) => world.pause(node),
            Act::Resume(node) => world.resume(node),
            Act::LoseHost(node) => world.lose_host(node),
            Act::CutClients(node) => world.cut_clients(node, true),
            Act::MendClients(node) => world.cut_clients(node, false),
            Act::ElectPreferred => {
                world.elect_preferred_leaders(None);
            }
        }
        world.end_act();
    }
    world.run_until(case.end);
    world.close_books();
    world
}

/// Do two lists of outages differ? The end is exact. The last acknowledgement before an outage is known to a request's latency, so
/// one that is just long enough to be noted may be noted by one model and not by the other.
pub(crate) fn outages_differ(
    a: &[kafka::flow::FlowOutage],
    b: &[kafka::flow::FlowOutage],
) -> Option<String> {
    const SLACK: Span = Span::millis(60);
    let long = |o: &kafka::flow::FlowOutage| {
        o.end.saturating_since(o.begin) > kafka::producer::NOTED_OUTAGE + SLACK + SLACK
    };
    let has = |list: &[kafka::flow::FlowOutage], o: &kafka::flow::FlowOutage| {
        list.iter().any(|other| {
            other.end == o.end
                && other
                    .last_ack
                    .max(o.last_ack)
                    .since(other.last_ack.min(o.last_ack))
                    <= SLACK
        })
    };
    let lonely = |x: &[kafka::flow::FlowOutage], y: &[kafka::flow::FlowOutage]| {
        x.iter()
            .filter(|o| long(o) && !has(y, o))
            .map(|o| (o.last_ack, o.begin, o.end))
            .collect::<Vec<_>>()
    };
    let (only_a, only_b) = (lonely(a, b), lonely(b, a));
    (!only_a.is_empty() || !only_b.is_empty())
        .then(|| format!("only here {only_a:?}, only there {only_b:?}"))
}
