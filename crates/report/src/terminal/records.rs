//! What became of the records, producer by producer and group by group.

use outcome::{Counts, Outcome};

use super::page::{Ink, Page};
use crate::text::{duration, number, plural};

pub(super) fn write(page: &mut Page, outcome: &Outcome) {
    if !outcome.producers.is_empty() || !outcome.groups.is_empty() {
        page.heading("Records");
    }
    for producer in &outcome.producers {
        let mut parts = vec![format!(
            "{} of {} acknowledged",
            number(producer.total.acked),
            plural(producer.total.created, "record")
        )];
        parts.extend(troubles(producer.total));
        if producer.longest_outage > 0 {
            parts.push(format!(
                "longest outage {}",
                duration(producer.longest_outage)
            ));
        }
        parts.extend(
            producer
                .errors
                .iter()
                .map(|(error, count)| format!("{error} {} times", number(*count))),
        );
        let text = format!(
            "{} to {}: {}",
            producer.producer,
            producer.topic,
            parts.join(", ")
        );
        page.flow(&[(Ink::Plain, "  ")], Ink::Plain, &text, 2);
    }
    for group in &outcome.groups {
        let mut parts = vec![format!("{} delivered", plural(group.delivered, "record"))];
        let counts = [
            (group.redelivered, "given twice"),
            (group.skipped, "never given"),
            (group.lag, "still to come at the end"),
        ];
        parts.extend(
            counts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{} {what}", number(*count))),
        );
        if group.largest_lag > 0 {
            parts.push(format!("at most {} behind", number(group.largest_lag)));
        }
        if group.rebalances > 0 {
            parts.push(plural(group.rebalances, "rebalance"));
        }
        if group.longest_outage > 0 {
            parts.push(format!("longest outage {}", duration(group.longest_outage)));
        }
        parts.extend(
            group
                .errors
                .iter()
                .map(|(error, count)| format!("{error} {} times", number(*count))),
        );
        page.flow(
            &[(Ink::Plain, "  ")],
            Ink::Plain,
            &format!("{}: {}", group.group, parts.join(", ")),
            2,
        );
    }
}

/// What did not go as it should, with its number; nothing for a clean ledger.
fn troubles(counts: Counts) -> Vec<String> {
    let named = [
        (counts.lost, "acknowledged and lost"),
        (counts.not_sent, "never sent"),
        (counts.ghosts, "failed, yet in the log"),
        (counts.duplicated, "in the log twice"),
        (counts.reordered, "in the wrong order"),
        (counts.open, "still open"),
    ];
    named
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", number(*count)))
        .collect()
}
