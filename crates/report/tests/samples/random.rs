//! Any outcome at all: what the types allow, sensible or not.

use outcome::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::build::*;

/// Text of any kind, also long, wide, or hostile.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z][a-z0-9-]{0,12}",
        2 => "[a-z ,.0-9]{0,60}",
        1 => "\\PC{0,20}",
        1 => any::<String>(),
        1 => "[一-龥🦀]{1,30}",
        1 => Just(super::hostile::EVIL.to_owned()),
        1 => "[a-z]{100,200}",
    ]
}

/// A moment: mostly within an hour, sometimes anywhere.
fn time() -> impl Strategy<Value = Time> {
    prop_oneof![8 => -60 * S..H, 2 => -H..300 * H, 1 => any::<i64>()]
}

fn interval() -> impl Strategy<Value = Interval> {
    prop_oneof![
        6 => (time(), 0..10 * MIN).prop_map(|(begin, length)| between(begin, begin.saturating_add(length))),
        1 => (time(), time()).prop_map(|(begin, end)| between(begin, end)),
        1 => time().prop_map(|at| between(at, at)),
    ]
}

fn quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![
        any::<u64>().prop_map(Quantity::Nanoseconds),
        any::<u64>().prop_map(Quantity::AtLeastNanoseconds),
        any::<u64>().prop_map(Quantity::Records),
        any::<u64>().prop_map(Quantity::Count),
        any::<u32>().prop_map(Quantity::Percent),
        any::<bool>().prop_map(Quantity::Yes),
    ]
}

fn state() -> impl Strategy<Value = StretchState> {
    use StretchState::*;
    prop::sample::select(vec![Down, Partly, Degraded, Planned, Info])
}

fn timeline_row() -> impl Strategy<Value = TimelineRow> {
    use RowKind::*;
    let kind = prop::sample::select(vec![Steps, Controller, Node, Partitions, Producer, Group]);
    let stretches = vec((interval(), state(), text(), option::of(0_usize..6)), 0..8);
    (kind, text(), stretches).prop_map(|(kind, label, stretches)| {
        let stretches = stretches
            .into_iter()
            .map(|(when, state, text, finding)| Stretch {
                when,
                state,
                text,
                finding,
            })
            .collect();
        TimelineRow {
            kind,
            label,
            stretches,
        }
    })
}

fn promise_result() -> impl Strategy<Value = PromiseResult> {
    let kind = prop_oneof![
        prop::sample::select(vec![
            "WriteOutage",
            "Lost",
            "Lag",
            "Window",
            "Completes",
            "PreferredLeaders",
            "Rebalances"
        ])
        .prop_map(str::to_owned),
        text(),
    ];
    let findings = vec(0_usize..6, 0..3);
    (
        kind,
        text(),
        text(),
        quantity(),
        quantity(),
        any::<bool>(),
        option::of(text()),
        option::of(interval()),
        findings,
    )
        .prop_map(
            |(kind, subject, words, limit, measured, holds, place, when, findings)| PromiseResult {
                place,
                when,
                findings,
                ..promise(&kind, &subject, &words, limit, measured, holds)
            },
        )
}

fn finding() -> impl Strategy<Value = Finding> {
    let severity = prop::sample::select(vec![Severity::Broken, Severity::Warning, Severity::Note]);
    let causes = vec(
        (time(), text()).prop_map(|(at, text)| CauseLink { at, text }),
        0..12,
    );
    (
        text(),
        severity,
        text(),
        vec(text(), 0..6),
        option::of(interval()),
        causes,
        vec(text(), 0..3),
        vec(text(), 0..3),
    )
        .prop_map(
            |(code, severity, title, subjects, when, causes, advice, sources)| Finding {
                code,
                severity,
                title,
                subjects,
                when,
                causes,
                advice,
                sources,
                rules: vec![],
            },
        )
}

fn step_record() -> impl Strategy<Value = StepRecord> {
    use StepEnd::*;
    let end = prop::sample::select(vec![Done, WentOn, Aborted, Undone, Unfinished, NotReached]);
    let commands = vec((time(), option::of(any::<u32>()), text()), 0..3);
    (
        text(),
        any::<bool>(),
        text(),
        option::of(interval()),
        end,
        option::of(text()),
        commands,
    )
        .prop_map(
            |(name, is_undo, action, when, end, why, commands)| StepRecord {
                name,
                is_undo,
                action,
                when,
                end,
                why,
                nodes: vec![],
                commands: commands
                    .into_iter()
                    .map(|(at, node, line)| Command {
                        at,
                        node,
                        line,
                        exit: None,
                        output: Vec::new(),
                    })
                    .collect(),
            },
        )
}

fn gate_record() -> impl Strategy<Value = GateRecord> {
    use GateEnd::*;
    let end = prop::sample::select(vec![Green, TimedOut, Broken, Forgotten, Unfinished]);
    (
        text(),
        text(),
        option::of(any::<u32>()),
        interval(),
        end,
        any::<u32>(),
        option::of(text()),
        any::<u64>(),
    )
        .prop_map(
            |(step, words, node, when, end, looks, false_green, false_red)| GateRecord {
                end,
                looks,
                false_green,
                false_red,
                when,
                ..gate(&step, node, &words, 0, 0)
            },
        )
}

/// An outcome.
pub fn outcome() -> impl Strategy<Value = Outcome> {
    let head = (
        text(),
        text(),
        any::<bool>(),
        interval(),
        interval(),
        any::<u64>(),
    );
    let told = (
        vec(promise_result(), 0..6),
        vec(finding(), 0..5),
        vec(step_record(), 0..5),
        vec(gate_record(), 0..4),
    );
    let seen = (
        vec(
            (text(), option::of(interval())).prop_map(|(text, when)| FaultRecord { text, when }),
            0..5,
        ),
        vec(timeline_row(), 0..30),
        vec(
            (time(), text(), text()).prop_map(|(at, who, text)| StoryLine { at, who, text }),
            0..4,
        ),
        vec(text(), 0..2),
    );
    (head, told, seen).prop_map(|(head, told, seen)| {
        let mut outcome = blank(&head.0, &head.1);
        outcome.verdict = if head.2 {
            Verdict::Holds
        } else {
            Verdict::Breaks
        };
        (outcome.window, outcome.runbook, outcome.identity.seed) = (head.3, head.4, head.5);
        (
            outcome.promises,
            outcome.findings,
            outcome.steps,
            outcome.gates,
        ) = told;
        (
            outcome.faults,
            outcome.timeline,
            outcome.story,
            outcome.limits,
        ) = seen;
        outcome
    })
}
