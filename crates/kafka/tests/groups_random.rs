//! Random small worlds with groups and random things that happen to them: whatever happens, the books balance and reading goes on afterwards.

mod common;

use std::sync::Arc;

use common::{Small, given, version};
use engine::{Draw, Key, Span, Streams, Time};
use kafka::behaviour::ClientBehaviour;
use kafka::config::{ConsumerConfig, NodeConfig, TopicConfig};
use kafka::coordinator::{GroupState, OFFSETS_TOPIC};
use kafka::estate::{Estate, GroupSpec, TopicSpec};
use kafka::{Options, World};

#[derive(Clone, Copy, Debug)]
enum Act {
    Kill(u32),
    Stop(u32),
    Start(u32),
    Pause(u32),
    Resume(u32),
    ElectPreferred,
    KillMember(u32, u32),
    StopMember(u32, u32),
    StartMember(u32, u32),
}

struct Case {
    estate: Estate,
    acts: Vec<(Time, Act)>,
    calm_from: Time,
    end: Time,
    /// Something may be lost: acks below all, or unclean election.
    may_lose: bool,
}

/// The n-th random case: a cluster, two groups, and what happens. At the end everything is put back and time passes.
fn case(number: u64) -> Case {
    let streams = Streams::new(number ^ 0x0d12_7012);
    let mut draw = streams.of(Key::of("case"));
    let brokers = 3 + draw.below(2) as u32;
    let kafka = *draw.pick(&["3.5.1", "3.7.2", "3.9.2", "4.0.2", "4.1.2"]);
    let may_lose = draw.chance(1, 3);
    let min_isr = 1 + draw.below(2);
    let mut small = Small::new(kafka, brokers);
    small.settings = given(&[
        ("min.insync.replicas", &min_isr.to_string()),
        ("auto.leader.rebalance.enable", "false"),
    ]);
    small.latency = *draw.pick(&[Span::micros(50), Span::micros(250), Span::millis(3)]);
    let unclean = if may_lose && draw.chance(1, 2) {
        "true"
    } else {
        "false"
    };
    let (topics, per_topic) = (1 + draw.below(2), 1 + draw.below(5) as u32);
    for at in 0..topics {
        let topic = format!("t{at}");
        small = small.topic(
            &topic,
            per_topic,
            3,
            &[("unclean.leader.election.enable", unclean)],
        );
        let acks = if may_lose { "1" } else { "all" };
        let rate = *draw.pick(&[2_u64, 20, 100]);
        small = small.producer(&format!("p{at}"), &topic, rate, &[("acks", acks)]);
    }
    let mut estate = small.build();
    let config = NodeConfig::read(small.version, &small.settings).unwrap();
    estate.topics.push(TopicSpec {
        name: OFFSETS_TOPIC.to_owned(),
        assignment: (0..3)
            .map(|p| (0..3).map(|r| (p + r) % brokers).collect())
            .collect(),
        config: TopicConfig::read(small.version, &given(&[]), &config).unwrap(),
        bytes_per_partition: 0,
        internal: true,
    });
    estate.topics.sort_by(|a, b| a.name.cmp(&b.name));
    for producer in &mut estate.producers {
        producer.topic += 1;
    }
    let session = *draw.pick(&["6000", "10000", "45000"]);
    let mut members = Vec::new();
    for at in 0..2 {
        let assignor = *draw.pick(&["RangeAssignor", "CooperativeStickyAssignor"]);
        let client = *draw.pick(&["2.8.2", "3.9.2", "4.1.2"]);
        let auto = *draw.pick(&["true", "true", "false"]);
        let config = ConsumerConfig::read(
            version(client),
            &given(&[
                ("partition.assignment.strategy", assignor),
                ("session.timeout.ms", session),
                ("enable.auto.commit", auto),
                ("request.timeout.ms", "5000"),
            ]),
        )
        .unwrap();
        members.push(1 + draw.below(4) as u32);
        estate.groups.push(GroupSpec {
            name: format!("g{at}"),
            topics: (1..estate.topics.len() as u32).collect(),
            members: members[at],
            static_members: draw.chance(1, 3),
            processing: *draw.pick(&[Span::ZERO, Span::ZERO, Span::millis(1)]),
            version: version(client),
            behaviour: ClientBehaviour::of(version(client), config.rebootstraps, None),
            config,
        });
    }
    let mut acts = Vec::new();
    let mut at = Time::ZERO + Span::millis(3_000);
    for _ in 0..4 + draw.below(10) {
        at += Span::millis(draw.below(*draw.clone().pick(&[40, 2_000, 15_000])));
        let node = draw.below(u64::from(brokers)) as u32;
        let group = draw.below(2) as u32;
        let member = draw.below(u64::from(members[group as usize])) as u32;
        acts.push((
            at,
            match draw.below(11) {
                0 => Act::Kill(node),
                1 => Act::Stop(node),
                2 | 3 => Act::Start(node),
                4 => Act::Pause(node),
                5 => Act::Resume(node),
                6 => Act::ElectPreferred,
                7 => Act::KillMember(group, member),
                8 => Act::StopMember(group, member),
                _ => Act::StartMember(group, member),
            },
        ));
    }
    let calm_from = at + Span::secs(20);
    for node in 0..brokers {
        acts.push((calm_from, Act::Resume(node)));
        acts.push((calm_from, Act::Start(node)));
    }
    // A broker that was still on its way down is started when it is gone.
    for node in 0..brokers {
        acts.push((calm_from + Span::secs(8), Act::Start(node)));
    }
    acts.sort_by_key(|act| act.0);
    for group in 0..2 {
        for member in 0..members[group as usize] {
            acts.push((calm_from + Span::secs(8), Act::StartMember(group, member)));
        }
    }
    Case {
        estate,
        acts,
        calm_from,
        end: calm_from + Span::secs(140),
        may_lose,
    }
}

fn perform(world: &mut World, act: Act) {
    world.begin_act(1);
    match act {
        Act::Kill(node) => world.kill(node),
        Act::Stop(node) => world.stop(node),
        Act::Start(node) => world.start(node, None),
        Act::Pause(node) => world.pause(node),
        Act::Resume(node) => world.resume(node),
        Act::ElectPreferred => {
            world.elect_preferred_leaders(None);
        }
        Act::KillMember(group, member) => world.kill_member(group, member),
        Act::StopMember(group, member) => world.stop_member(group, member),
        Act::StartMember(group, member) => world.start_member(group, member),
    }
    world.end_act();
}

fn run(case: &Case, estate: Estate, number: u64) -> World {
    let mut world = World::new(Arc::new(estate), number, Options::default());
    for &(at, act) in &case.acts {
        world.run_until(at);
        perform(&mut world, act);
    }
    world.run_until(case.end);
    world.close_books();
    world
}

/// Checks one case; what is wrong, if anything.
fn check(number: u64) -> Result<(), String> {
    let case = case(number);
    let world = run(&case, case.estate.clone(), number);
    for group in 0..2 {
        let ledger = world.group_ledger(group);
        if world.group_state(group) != Some(GroupState::Stable) {
            return Err(format!("group {group} is {:?}", world.group_state(group)));
        }
        for reading in &ledger.partitions {
            let who = format!("group {group} partition {}", reading.partition);
            if world.reader_of(group, reading.partition).is_none() {
                return Err(format!("{who} is read by nobody"));
            }
            for (flow, once, again) in &reading.messages {
                let flow = world.flow_ledger(*flow);
                let mut log = kafka::ranges::Ranges::default();
                for &(first, end) in &flow.log {
                    log.add(first, end);
                }
                let open = log.minus(once).len();
                if open > reading.lag {
                    return Err(format!("{who}: {open} not delivered, lag {}", reading.lag));
                }
                if !case.may_lose && !once.minus(&log).is_empty() {
                    return Err(format!("{who}: delivered and not in the log"));
                }
                if !again.minus(once).is_empty() {
                    return Err(format!("{who}: delivered again but never once"));
                }
            }
            if reading.skipped > 0 {
                return Err(format!("{who}: {} skipped", reading.skipped));
            }
            // A second of records at most is under way when all has been well for two minutes.
            if case.estate.groups[group as usize].processing.is_zero() && reading.lag > 100 {
                return Err(format!("{who}: lag {} at the end", reading.lag));
            }
            for pair in reading.outages.windows(2) {
                if pair[0].end > pair[1].begin {
                    return Err(format!("{who}: outages overlap: {pair:?}"));
                }
            }
            if let Some(last) = reading.outages.last()
                && (last.end.is_never() || last.end > case.calm_from + Span::secs(110))
            {
                return Err(format!("{who}: still not read: {last:?}"));
            }
            if reading.outages.iter().any(|o| o.begin >= o.end) {
                return Err(format!("{who}: an outage ends before it begins"));
            }
        }
    }
    let mut without = case.estate.clone();
    without.groups.clear();
    let without = run(&case, without, number);
    for flow in 0..world.flow_count() {
        if world.flow_ledger(flow) != without.flow_ledger(flow) {
            return Err(format!("flow {flow} is another one with groups"));
        }
    }
    Ok(())
}

#[test]
fn whatever_happens_the_books_balance_and_reading_goes_on() {
    let mut wrong = Vec::new();
    for number in 0..300 {
        if let Err(what) = check(number) {
            wrong.push(format!("case {number}: {what}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
