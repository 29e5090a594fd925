//! Names and texts that try to break out of whatever they are put into.

use outcome::*;

use super::build::*;

/// Text that means something to each of the languages that reports are written in.
pub const EVIL: &str = "</script><script>alert(1)</script><!-- ]]> & \" ' `|` --> {{x}} %0A::error::x\n::error::y\u{1b}[31m\u{7}\u{202e}gnp\u{0}\u{85}\u{2028}@all [a](javascript:x)";

pub fn hostile() -> Outcome {
    let long = format!("a-topic-name-without-any-blank-{}-end", "x".repeat(240));
    let mut outcome = blank(&format!("it's $(here) {EVIL}.ron"), EVIL);
    outcome.verdict = Verdict::Breaks;
    outcome.identity.model = EVIL.to_owned();
    outcome.identity.seed = u64::MAX;
    outcome.window = between(-10 * S, 90 * S);
    outcome.runbook = between(0, 80 * S);
    let mut first = step(EVIL, EVIL, 0, 60 * S);
    first.why = Some(EVIL.to_owned());
    first.end = StepEnd::Aborted;
    first.commands = vec![
        command(0, Some(1), EVIL),
        command(S, None, "echo 注文 ≥ 5 && rm -rf \"$HOME\""),
    ];
    first.nodes = vec![NodePhase {
        node: 1,
        phase: EVIL.to_owned(),
        when: between(0, S),
    }];
    let mut undo = step("注文サービスのアップグレード", "取り消し", 60 * S, 80 * S);
    undo.is_undo = true;
    undo.end = StepEnd::Undone;
    outcome.steps = vec![first, undo];
    outcome.faults = vec![
        FaultRecord {
            text: EVIL.to_owned(),
            when: Some(between(20 * S, 25 * S)),
        },
        FaultRecord {
            text: long.clone(),
            when: Some(between(21 * S, 22 * S)),
        },
        FaultRecord {
            text: "отказ диска".to_owned(),
            when: Some(between(21 * S, 22 * S)),
        },
    ];
    for (kind, label) in [
        (RowKind::Controller, EVIL),
        (RowKind::Node, long.as_str()),
        (RowKind::Partitions, "注文 0、4、7 — Zürich 🦀 e\u{301}"),
        (RowKind::Producer, "<b>checkout</b> → orders & \"more\""),
        (RowKind::Group, "\u{202e}gnillib"),
    ] {
        outcome.timeline.push(row(
            kind,
            label,
            vec![
                because(stretch(20 * S, 31 * S, StretchState::Down, EVIL), 0),
                because(stretch(31 * S, 31 * S, StretchState::Partly, &long), 99),
                stretch(
                    70 * S,
                    40 * S,
                    StretchState::Planned,
                    "ends before it begins",
                ),
            ],
        ));
    }
    let mut broken = promise(
        EVIL,
        EVIL,
        EVIL,
        Quantity::Count(u64::MAX),
        Quantity::AtLeastNanoseconds(u64::MAX),
        false,
    );
    broken.place = Some(long.clone());
    broken.when = Some(between(i64::MIN, i64::MAX));
    broken.findings = vec![0, 7];
    outcome.promises = vec![
        broken,
        promise(
            "Lost",
            &long,
            EVIL,
            Quantity::Records(0),
            Quantity::Records(1),
            false,
        ),
    ];
    outcome.findings = vec![Finding {
        code: EVIL.to_owned(),
        severity: Severity::Broken,
        title: EVIL.to_owned(),
        subjects: vec![EVIL.to_owned(), long.clone()],
        when: Some(between(20 * S, 31 * S)),
        causes: vec![cause(20 * S, EVIL), cause(i64::MIN, &long)],
        advice: vec![EVIL.to_owned(), long.clone()],
        sources: vec![EVIL.to_owned(), "https://example.org/a?b=<c>".to_owned()],
        rules: vec![outcome::RuleName {
            id: EVIL.to_owned(),
            title: long.clone(),
        }],
    }];
    let mut lied = gate(EVIL, Some(1), EVIL, 30 * S, 40 * S);
    lied.false_green = Some(EVIL.to_owned());
    outcome.gates = vec![lied];
    let mut evil = ledger(EVIL, &long, 11_000_000_000, vec![partition(0, 10, 9)]);
    evil.errors = vec![(EVIL.to_owned(), 3)];
    outcome.producers = vec![evil];
    let mut reader = group(EVIL, 9);
    reader.outages = vec![(
        EVIL.to_owned(),
        vec![Outage {
            when: between(0, S),
            open: true,
            finding: Some(9),
        }],
    )];
    reader.errors = vec![(EVIL.to_owned(), 1)];
    outcome.groups = vec![reader];
    outcome.story = vec![story(0, EVIL, EVIL), story(S, &long, &long)];
    outcome.rests_on = vec![ground(EVIL, EVIL), ground(&long, &long)];
    outcome.limits = vec![EVIL.to_owned()];
    outcome
}
