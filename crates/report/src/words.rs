//! What an outcome says, in the words of the people who read it.
//!
//! The verdict, a promise, a limit, the end of a step or a gate: each is phrased once, here, and every output quotes it.

use outcome::{
    Finding, GateEnd, Interval, Outcome, PromiseResult, Quantity, RowKind, Severity, StepEnd,
    StepRecord, StretchState, Verdict,
};

use crate::text::{clean, clock_range, duration, duration::duration_exact, escape, number, plural};

/// "HOLDS" or "BREAKS".
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "HOLDS",
        Verdict::Breaks => "BREAKS",
    }
}

/// The verdict in one plain sentence: what broke worst, or that nothing did.
///
/// "checkout got no acknowledgement for 7.9 s; at most 5 s was promised (and 2 more promises broken)"
pub(crate) fn verdict_sentence(outcome: &Outcome) -> String {
    let broken: Vec<_> = outcome
        .promises
        .iter()
        .filter(|promise| !promise.holds)
        .collect();
    match (broken.as_slice(), outcome.verdict) {
        ([], Verdict::Breaks) => "a promise was broken".to_owned(),
        ([], Verdict::Holds) => match outcome.promises.len() {
            0 => "nothing was promised, so nothing could break".to_owned(),
            1 => "the one promise held".to_owned(),
            count => format!("all {count} promises held"),
        },
        ([one], _) => broken_promise(one),
        ([first, rest @ ..], _) => {
            format!(
                "{} (and {} broken)",
                broken_promise(first),
                plural(rest.len() as u64, "more promise")
            )
        }
    }
}

/// A broken promise as a sentence: what happened, then what was promised.
pub(crate) fn broken_promise(promise: &PromiseResult) -> String {
    let subject = clean(&promise.subject);
    let (measured, limit) = measured_and_limit(promise);
    let amount = amount(promise.measured);
    let happened = match promise.kind.as_str() {
        "WriteOutage" => format!("{subject} got no acknowledgement for {measured}"),
        "ReadOutage" => format!("{subject} read nothing for {measured}"),
        "Lost" => format!(
            "{subject} lost {} that had been acknowledged",
            records(promise.measured)
        ),
        "NotSent" => format!("{subject} could not send {}", records(promise.measured)),
        "Duplicated" => format!(
            "{subject} has {} in the log twice",
            records(promise.measured)
        ),
        "Reordered" => format!(
            "{subject} has {} in the wrong order",
            records(promise.measured)
        ),
        "Redelivered" => format!("{subject} was given {} twice", records(promise.measured)),
        "Skipped" => format!("{subject} never got {}", records(promise.measured)),
        "Lag" => format!("{subject} fell {} behind", records(promise.measured)),
        "Leaderless" => format!("{subject} had a partition without a leader for {measured}"),
        "UnderMinIsr" => {
            format!("{subject} had a partition below min.insync.replicas for {measured}")
        }
        "NoController" => format!("{subject} had no active controller for {measured}"),
        "Window" => format!("the runbook took {measured}"),
        "Completes" => return "the runbook did not reach its end".to_owned(),
        "FullyReplicated" => return format!("{subject} was not fully replicated at the end"),
        "PreferredLeaders" => {
            format!("{subject} had {measured} of its partitions on their preferred leader")
        }
        "Rebalances" => format!("{subject} rebalanced {amount} times"),
        _ => format!("{}: {measured}", clean(&promise.text)),
    };
    let was = if matches!(promise.limit, Quantity::Records(_) | Quantity::Count(_))
        && !is_zero(promise.limit)
    {
        "were"
    } else {
        "was"
    };
    format!("{happened}; {limit} {was} promised")
}

/// "WriteOutage checkout".
pub(crate) fn promise_name(promise: &PromiseResult) -> String {
    let mut name = clean(&promise.kind).into_owned();
    if !promise.subject.is_empty() {
        name.push(' ');
        name.push_str(&clean(&promise.subject));
    }
    name
}

/// Measured value and limit. Where both would read the same although they differ, both get more digits.
pub(crate) fn measured_and_limit(promise: &PromiseResult) -> (String, String) {
    let mut measured = quantity(promise.measured);
    let mut bound = quantity(promise.limit);
    if let (Quantity::Nanoseconds(a) | Quantity::AtLeastNanoseconds(a), Quantity::Nanoseconds(b)) =
        (promise.measured, promise.limit)
        && a != b
        && duration(a) == duration(b)
    {
        bound = duration_exact(b);
        measured = measured.replace(&duration(a), &duration_exact(a));
    }
    let limit = if let Quantity::Yes(_) = promise.limit {
        bound
    } else if promise.kind == "PreferredLeaders" {
        format!("at least {bound}")
    } else if is_zero(promise.limit) {
        "none".to_owned()
    } else {
        format!("at most {bound}")
    };
    (measured, limit)
}

/// An amount with its unit.
pub(crate) fn quantity(quantity: Quantity) -> String {
    match quantity {
        Quantity::Nanoseconds(0) | Quantity::Records(0) | Quantity::Count(0) => "none".to_owned(),
        Quantity::Nanoseconds(length) => duration(length),
        Quantity::AtLeastNanoseconds(length) => format!("at least {}", duration(length)),
        Quantity::Records(count) => plural(count, "record"),
        Quantity::Count(count) => number(count),
        Quantity::Percent(percent) => format!("{percent} %"),
        Quantity::Yes(true) => "yes".to_owned(),
        Quantity::Yes(false) => "no".to_owned(),
    }
}

/// The amount as a bare number where it is one.
fn amount(value: Quantity) -> String {
    match value {
        Quantity::Records(count) | Quantity::Count(count) => number(count),
        other => quantity(other),
    }
}

fn records(value: Quantity) -> String {
    match value {
        Quantity::Records(count) | Quantity::Count(count) => plural(count, "record"),
        other => quantity(other),
    }
}

fn is_zero(value: Quantity) -> bool {
    matches!(
        value,
        Quantity::Nanoseconds(0) | Quantity::Records(0) | Quantity::Count(0)
    )
}

/// Where and when a promise was worst: "orders-7, +12:03 to +12:11".
pub(crate) fn place_and_time(promise: &PromiseResult) -> String {
    let place = promise
        .place
        .as_deref()
        .map(|place| clean(place).into_owned());
    let when = promise.when.map(clock_range);
    [place, when]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// "2 promises broken" and the like, for a heading.
pub(crate) fn promise_count(outcome: &Outcome) -> String {
    let total = outcome.promises.len();
    let broken = outcome
        .promises
        .iter()
        .filter(|promise| !promise.holds)
        .count();
    match (broken, total) {
        (_, 0) => "none made".to_owned(),
        (0, 1) => "held".to_owned(),
        (0, _) => format!("all {total} held"),
        _ => format!("{broken} of {total} broken"),
    }
}

/// How a step ended.
pub(crate) fn step_end(end: StepEnd) -> &'static str {
    match end {
        StepEnd::Done => "done",
        StepEnd::WentOn => "went on without its gate",
        StepEnd::Aborted => "runbook stopped here",
        StepEnd::Undone => "undone",
        StepEnd::Unfinished => "not finished",
        StepEnd::NotReached => "not reached",
    }
}

/// The name of a step, told apart from its undo.
pub(crate) fn step_name(step: &StepRecord) -> String {
    let name = clean(&step.name);
    if step.is_undo {
        format!("undo {name}")
    } else {
        name.into_owned()
    }
}

/// How a gate ended.
pub(crate) fn gate_end(end: GateEnd) -> &'static str {
    match end {
        GateEnd::Green => "green",
        GateEnd::TimedOut => "ran out of time",
        GateEnd::Broken => "turned red",
        GateEnd::Forgotten => "not watched for long enough",
        GateEnd::Unfinished => "run ended first",
    }
}

/// A severity as one word.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Broken => "broken",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// What a stretch of this state means, short.
pub(crate) fn state(state: StretchState) -> &'static str {
    match state {
        StretchState::Down => "down",
        StretchState::Partly => "works for some",
        StretchState::Degraded => "works, less safe",
        StretchState::Planned => "on purpose",
        StretchState::Info => "for information",
    }
}

/// What rows of this kind are called: ("node", "Nodes").
pub(crate) fn row_kind(kind: RowKind) -> (&'static str, &'static str) {
    match kind {
        RowKind::Steps => ("step", "Runbook"),
        RowKind::Controller => ("controller", "Controller"),
        RowKind::Node => ("node", "Nodes"),
        RowKind::Partitions => ("partition set", "Partitions"),
        RowKind::Producer => ("producer", "Producers"),
        RowKind::Group => ("group", "Groups"),
    }
}

/// "orders-7, orders-12 and 3 more".
pub(crate) fn some_of(subjects: &[String], at_most: usize) -> String {
    let shown: Vec<_> = subjects
        .iter()
        .take(at_most)
        .map(|subject| clean(subject))
        .collect();
    let hidden = subjects.len() - shown.len();
    match hidden {
        0 => shown.join(", "),
        _ => format!("{} and {} more", shown.join(", "), number(hidden as u64)),
    }
}

/// The time from the first step's begin to the last one's end.
pub(crate) fn length(when: Interval) -> u64 {
    if when.end > when.begin {
        when.end.abs_diff(when.begin)
    } else {
        0
    }
}

/// The command that runs the very same rehearsal again.
pub fn replay_command(outcome: &Outcome) -> String {
    format!(
        "dryroll run {} --seed {}",
        escape::shell_word(&outcome.file),
        outcome.identity.seed
    )
}

/// Findings that a promise or a stretch points to; indexes that lead nowhere are skipped.
pub(crate) fn findings_of<'a>(
    outcome: &'a Outcome,
    indexes: &'a [usize],
) -> impl Iterator<Item = (usize, &'a Finding)> {
    indexes
        .iter()
        .filter_map(|&index| outcome.findings.get(index).map(|finding| (index, finding)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(kind: &str, limit: Quantity, measured: Quantity) -> PromiseResult {
        PromiseResult {
            kind: kind.to_owned(),
            subject: "checkout".to_owned(),
            text: "checkout does well".to_owned(),
            limit,
            measured,
            holds: false,
            place: None,
            when: None,
            findings: vec![],
        }
    }

    #[test]
    fn broken_promises_are_sentences() {
        let seconds = |s: u64| Quantity::Nanoseconds(s * 1_000_000_000);
        for (kind, limit, measured, words) in [
            (
                "WriteOutage",
                seconds(5),
                seconds(8),
                "checkout got no acknowledgement for 8 s; at most 5 s was promised",
            ),
            (
                "ReadOutage",
                seconds(0),
                seconds(8),
                "checkout read nothing for 8 s; none was promised",
            ),
            (
                "Lost",
                Quantity::Records(0),
                Quantity::Records(1),
                "checkout lost 1 record that had been acknowledged; none was promised",
            ),
            (
                "Lag",
                Quantity::Records(1_000),
                Quantity::Records(12_431),
                "checkout fell 12,431 records behind; at most 1,000 records were promised",
            ),
            (
                "Completes",
                Quantity::Yes(true),
                Quantity::Yes(false),
                "the runbook did not reach its end",
            ),
            (
                "PreferredLeaders",
                Quantity::Percent(90),
                Quantity::Percent(40),
                "checkout had 40 % of its partitions on their preferred leader; at least 90 % was promised",
            ),
            (
                "NewKind",
                Quantity::Count(2),
                Quantity::Count(3),
                "checkout does well: 3; at most 2 were promised",
            ),
        ] {
            assert_eq!(broken_promise(&promise(kind, limit, measured)), words);
        }
    }

    #[test]
    fn a_close_miss_shows_the_digits_that_matter() {
        let close = promise(
            "WriteOutage",
            Quantity::Nanoseconds(5_000_000_000),
            Quantity::Nanoseconds(5_004_000_000),
        );
        assert_eq!(
            measured_and_limit(&close),
            ("5.004 s".to_owned(), "at most 5.000 s".to_owned())
        );
    }

    #[test]
    fn an_outage_without_end_says_at_least() {
        assert_eq!(
            quantity(Quantity::AtLeastNanoseconds(12_000_000_000)),
            "at least 12 s"
        );
    }

    #[test]
    fn long_lists_are_cut_with_their_number() {
        let subjects: Vec<String> = (0..20).map(|n| format!("orders-{n}")).collect();
        assert_eq!(
            some_of(&subjects, 3),
            "orders-0, orders-1, orders-2 and 17 more"
        );
        assert_eq!(some_of(&subjects[..2], 3), "orders-0, orders-1");
    }
}
