//! Short words for building outcomes.

use outcome::*;

pub const MS: i64 = 1_000_000;
pub const S: i64 = 1_000 * MS;
pub const MIN: i64 = 60 * S;
pub const H: i64 = 60 * MIN;

pub fn between(begin: Time, end: Time) -> Interval {
    Interval { begin, end }
}

pub fn blank(file: &str, about: &str) -> Outcome {
    Outcome {
        schema: SCHEMA_VERSION,
        identity: Identity {
            id: "5f0c2a9be1d47368".to_owned(),
            model: "1".to_owned(),
            scenario: "93b1d2f07c55ae14".to_owned(),
            seed: 7,
            trace: "0d9e8c1ab2f3475566778899aabbccdd".to_owned(),
        },
        file: file.to_owned(),
        about: about.to_owned(),
        verdict: Verdict::Holds,
        window: between(0, 0),
        runbook: between(0, 0),
        promises: vec![],
        findings: vec![],
        steps: vec![],
        gates: vec![],
        faults: vec![],
        timeline: vec![],
        producers: vec![],
        groups: vec![],
        story: vec![],
        rests_on: vec![],
        limits: vec![],
        effort: Effort::default(),
    }
}

pub fn promise(
    kind: &str,
    subject: &str,
    text: &str,
    limit: Quantity,
    measured: Quantity,
    holds: bool,
) -> PromiseResult {
    PromiseResult {
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        text: text.to_owned(),
        limit,
        measured,
        holds,
        place: None,
        when: None,
        findings: vec![],
    }
}

pub fn stretch(begin: Time, end: Time, state: StretchState, text: &str) -> Stretch {
    Stretch {
        when: between(begin, end),
        state,
        text: text.to_owned(),
        finding: None,
    }
}

pub fn because(mut stretch: Stretch, finding: usize) -> Stretch {
    stretch.finding = Some(finding);
    stretch
}

pub fn row(kind: RowKind, label: &str, stretches: Vec<Stretch>) -> TimelineRow {
    TimelineRow {
        kind,
        label: label.to_owned(),
        stretches,
    }
}

pub fn step(name: &str, action: &str, begin: Time, end: Time) -> StepRecord {
    StepRecord {
        name: name.to_owned(),
        is_undo: false,
        action: action.to_owned(),
        when: Some(between(begin, end)),
        end: StepEnd::Done,
        why: None,
        nodes: vec![],
        commands: vec![],
    }
}

pub fn command(at: Time, node: Option<u32>, line: &str) -> Command {
    Command {
        at,
        node,
        line: line.to_owned(),
        exit: None,
        output: Vec::new(),
    }
}

pub fn cause(at: Time, text: &str) -> CauseLink {
    CauseLink {
        at,
        text: text.to_owned(),
    }
}

pub fn gate(step: &str, node: Option<u32>, text: &str, begin: Time, end: Time) -> GateRecord {
    GateRecord {
        step: step.to_owned(),
        position: "between".to_owned(),
        node,
        text: text.to_owned(),
        when: between(begin, end),
        end: GateEnd::Green,
        looks: ((end - begin) / (5 * S)).max(1) as u32,
        false_green: None,
        false_red: 0,
    }
}

pub fn story(at: Time, who: &str, text: &str) -> StoryLine {
    StoryLine {
        at,
        who: who.to_owned(),
        text: text.to_owned(),
    }
}

pub fn ground(what: &str, source: &str) -> Ground {
    Ground {
        what: what.to_owned(),
        source: source.to_owned(),
    }
}

/// The four phases of one restart, `begin` to `begin + 40 s`, and the row's stretches.
pub fn restart(node: u32, begin: Time) -> (Vec<NodePhase>, Vec<Stretch>) {
    let phases = [
        ("stopping", 0, 6),
        ("down", 6, 10),
        ("starting", 10, 28),
        ("catching up", 28, 40),
    ];
    let records = phases
        .iter()
        .map(|&(phase, from, to)| NodePhase {
            node,
            phase: phase.to_owned(),
            when: between(begin + from * S, begin + to * S),
        })
        .collect();
    let stretches = vec![
        stretch(
            begin,
            begin + 28 * S,
            StretchState::Planned,
            "restarted by the runbook: stopping, down, starting",
        ),
        stretch(
            begin + 28 * S,
            begin + 40 * S,
            StretchState::Degraded,
            "fetches what it missed, not in sync yet",
        ),
    ];
    (records, stretches)
}

pub fn partition(partition: u32, created: u64, acked: u64) -> PartitionLedger {
    PartitionLedger {
        partition,
        counts: Counts {
            created,
            acked,
            ..Counts::default()
        },
        lost: vec![],
        not_sent: vec![],
        duplicated: vec![],
        outages: vec![],
    }
}

/// The ledger of a producer, its total summed from its partitions.
pub fn ledger(
    producer: &str,
    topic: &str,
    longest_outage: u64,
    partitions: Vec<PartitionLedger>,
) -> ProducerLedger {
    let mut total = Counts::default();
    for partition in &partitions {
        let counts = partition.counts;
        total.created += counts.created;
        total.acked += counts.acked;
        total.not_sent += counts.not_sent;
        total.ghosts += counts.ghosts;
        total.lost += counts.lost;
        total.duplicated += counts.duplicated;
        total.reordered += counts.reordered;
        total.open += counts.open;
    }
    ProducerLedger {
        producer: producer.to_owned(),
        topic: topic.to_owned(),
        total,
        longest_outage,
        errors: vec![],
        partitions,
    }
}

pub fn group(name: &str, delivered: u64) -> GroupLedger {
    GroupLedger {
        group: name.to_owned(),
        delivered,
        redelivered: 0,
        skipped: 0,
        lag: 0,
        largest_lag: 0,
        rebalances: 0,
        longest_outage: 0,
        outages: vec![],
        errors: vec![],
    }
}
