//! What became of the records: the ledger of each producer, what each group got.

use outcome::{
    Counts, GroupLedger, MessageRange, Outage, Outcome, PartitionLedger, ProducerLedger,
};

use super::build::Html;
use super::{finding_link, time_link};
use crate::text::{duration, number, plural};
use crate::words;

/// Ranges named before the rest is only counted.
const RANGES: usize = 4;
/// Partitions without any trouble are listed only up to here.
const QUIET: usize = 64;

pub(super) fn write(html: &mut Html, outcome: &Outcome) {
    if outcome.producers.is_empty() && outcome.groups.is_empty() {
        return;
    }
    html.element(
        "section",
        &[("id", "records"), ("aria-labelledby", "records-head")],
        |html| {
            html.leaf("h2", &[("id", "records-head")], "Records");
            if !outcome.producers.is_empty() {
                producers(html, outcome);
            }
            if !outcome.groups.is_empty() {
                groups(html, outcome);
            }
        },
    );
}

const COUNTS: [&str; 8] = [
    "Created",
    "Acknowledged",
    "Lost",
    "Not sent",
    "Ghosts",
    "Duplicated",
    "Reordered",
    "Open at the end",
];

fn counts(counts: Counts) -> [(u64, bool); 8] {
    [
        (counts.created, false),
        (counts.acked, false),
        (counts.lost, true),
        (counts.not_sent, true),
        (counts.ghosts, true),
        (counts.duplicated, true),
        (counts.reordered, true),
        (counts.open, true),
    ]
}

fn count_cells(html: &mut Html, values: Counts) {
    for (value, bad) in counts(values) {
        let class = match (bad, value) {
            (true, 0) => "number zero",
            (true, _) => "number trouble",
            (false, _) => "number",
        };
        html.leaf("td", &[("class", class)], &number(value));
    }
}

fn producers(html: &mut Html, outcome: &Outcome) {
    html.leaf("h3", &[], "Producers");
    let mut heads = vec!["Producer"];
    heads.extend(COUNTS);
    heads.push("Longest outage");
    html.table("Producers: what became of their records", &heads, |html| {
        for producer in &outcome.producers {
            html.element("tr", &[], |html| {
                html.leaf(
                    "th",
                    &[("scope", "row")],
                    &format!("{} → {}", producer.producer, producer.topic),
                );
                count_cells(html, producer.total);
                html.leaf(
                    "td",
                    &[("class", "number")],
                    &outage_length(producer.longest_outage),
                );
            });
        }
    });
    for producer in &outcome.producers {
        partitions(html, outcome, producer);
    }
}

fn partitions(html: &mut Html, outcome: &Outcome, producer: &ProducerLedger) {
    if producer.partitions.is_empty() && producer.errors.is_empty() {
        return;
    }
    let troubled = producer
        .partitions
        .iter()
        .filter(|partition| has_trouble(partition))
        .count();
    html.element("details", &[], |html| {
        let partitions = plural(producer.partitions.len() as u64, "partition");
        let trouble = if troubled > 0 {
            format!(", {troubled} with trouble")
        } else {
            String::new()
        };
        html.leaf(
            "summary",
            &[],
            &format!(
                "{} → {}: {partitions}{trouble}",
                producer.producer, producer.topic
            ),
        );
        errors(html, &producer.errors);
        let mut heads = vec!["Partition"];
        heads.extend(COUNTS);
        heads.push("Which, and when");
        html.table("Partition by partition", &heads, |html| {
            let all = producer.partitions.len() <= QUIET;
            for partition in producer
                .partitions
                .iter()
                .filter(|partition| all || has_trouble(partition))
            {
                html.element("tr", &[], |html| {
                    html.leaf("th", &[("scope", "row")], &partition.partition.to_string());
                    count_cells(html, partition.counts);
                    html.element("td", &[], |html| {
                        ranges(html, "lost", &partition.lost);
                        ranges(html, "not sent", &partition.not_sent);
                        ranges(html, "duplicated", &partition.duplicated);
                        outages(html, outcome, &partition.outages);
                    });
                });
            }
        });
        if producer.partitions.len() > QUIET {
            let quiet = producer.partitions.len() - troubled;
            let text = format!("{} without any trouble", plural(quiet as u64, "partition"));
            html.leaf("p", &[("class", "note")], &text);
        }
    });
}

fn has_trouble(partition: &PartitionLedger) -> bool {
    !partition.outages.is_empty()
        || counts(partition.counts)
            .iter()
            .any(|&(value, bad)| bad && value > 0)
}

fn ranges(html: &mut Html, what: &str, ranges: &[MessageRange]) {
    if ranges.is_empty() {
        return;
    }
    let shown =
        ranges
            .iter()
            .take(RANGES)
            .map(|range| match range.end.saturating_sub(range.first) {
                0 | 1 => number(range.first),
                _ => format!("{} to {}", number(range.first), number(range.end - 1)),
            });
    let mut text = format!("{what}: messages {}", shown.collect::<Vec<_>>().join(", "));
    if ranges.len() > RANGES {
        text = format!(
            "{text} and {} more ranges",
            number((ranges.len() - RANGES) as u64)
        );
    }
    html.leaf("p", &[], &text);
}

fn outages(html: &mut Html, outcome: &Outcome, outages: &[Outage]) {
    for outage in outages.iter().take(RANGES) {
        html.element("p", &[], |html| {
            let open = if outage.open { " at least" } else { "" };
            html.text(&format!(
                "outage of{open} {} ",
                duration(words::length(outage.when))
            ));
            time_link(html, outage.when);
            html.text(" ");
            finding_link(html, outcome, outage.finding);
        });
    }
    if outages.len() > RANGES {
        html.leaf(
            "p",
            &[],
            &format!(
                "and {} more outages",
                number((outages.len() - RANGES) as u64)
            ),
        );
    }
}

fn errors(html: &mut Html, errors: &[(String, u64)]) {
    if errors.is_empty() {
        return;
    }
    let list: Vec<String> = errors
        .iter()
        .map(|(error, count)| format!("{error} {} times", number(*count)))
        .collect();
    html.leaf(
        "p",
        &[],
        &format!("Errors that the client saw: {}", list.join(", ")),
    );
}

fn groups(html: &mut Html, outcome: &Outcome) {
    html.leaf("h3", &[], "Groups");
    let heads = [
        "Group",
        "Delivered",
        "Given twice",
        "Never given",
        "Still to come",
        "Largest lag",
        "Rebalances",
        "Longest outage",
    ];
    html.table("Groups: what they got", &heads, |html| {
        for group in &outcome.groups {
            html.element("tr", &[], |html| {
                html.leaf("th", &[("scope", "row")], &group.group);
                html.leaf("td", &[("class", "number")], &number(group.delivered));
                for value in [group.redelivered, group.skipped] {
                    html.leaf(
                        "td",
                        &[(
                            "class",
                            if value > 0 {
                                "number trouble"
                            } else {
                                "number zero"
                            },
                        )],
                        &number(value),
                    );
                }
                for value in [group.lag, group.largest_lag, group.rebalances] {
                    html.leaf("td", &[("class", "number")], &number(value));
                }
                html.leaf(
                    "td",
                    &[("class", "number")],
                    &outage_length(group.longest_outage),
                );
            });
        }
    });
    for group in outcome
        .groups
        .iter()
        .filter(|group| !group.outages.is_empty() || !group.errors.is_empty())
    {
        group_details(html, outcome, group);
    }
}

fn group_details(html: &mut Html, outcome: &Outcome, group: &GroupLedger) {
    html.element("details", &[], |html| {
        let partitions = plural(group.outages.len() as u64, "partition");
        html.leaf(
            "summary",
            &[],
            &format!("{}: outages of {partitions}", group.group),
        );
        errors(html, &group.errors);
        for (partition, list) in &group.outages {
            html.leaf("h4", &[], partition);
            outages(html, outcome, list);
        }
    });
}

fn outage_length(length: u64) -> String {
    if length == 0 {
        "none".to_owned()
    } else {
        duration(length)
    }
}
