//! Optimisations are switches: with one off, the outcome is the same.

#![allow(
    clippy::disallowed_methods,
    reason = "how many worlds, and from which on, is said from outside"
)]

mod common;
#[path = "common/worlds.rs"]
mod worlds;

use kafka::{Options, Switches};

fn compare(number: u64) -> Result<(), String> {
    let case = worlds::case(number);
    let history = Options {
        history: true,
        causes: false,
        ..Options::default()
    };
    let fast = worlds::run(&case, history);
    for switches in [
        Switches {
            calm: false,
            drains: false,
        },
        Switches {
            calm: true,
            drains: false,
        },
    ] {
        let plain = worlds::run(
            &case,
            Options {
                switches,
                ..history
            },
        );
        same(number, &case, &fast, &plain).map_err(|what| format!("{switches:?}: {what}"))?;
    }
    Ok(())
}

/// The optimised world and the plain one came to the same.
fn same(
    number: u64,
    case: &worlds::Case,
    fast: &kafka::World,
    plain: &kafka::World,
) -> Result<(), String> {
    let fail = |what: &str, a: String, b: String| {
        Err(format!(
            "case {number}: {what}\n  fast  {a}\n  plain {b}\n  {:?}\n  {:?}",
            case.acts, case.small
        ))
    };
    if fast.history() != plain.history() {
        let at = fast
            .history()
            .iter()
            .zip(plain.history())
            .position(|(a, b)| a != b);
        let show = |h: &[kafka::record::Change]| {
            format!(
                "{:?} of {}",
                at.map(|at| h[at]).or(h.last().copied()),
                h.len()
            )
        };
        return fail("history", show(fast.history()), show(plain.history()));
    }
    for flow in 0..fast.flow_count() {
        let (a, b) = (fast.flow_ledger(flow), plain.flow_ledger(flow));
        if (
            a.created,
            &a.acked,
            &a.failed,
            &a.lost,
            a.extra_copies,
            a.inversions,
        ) != (
            b.created,
            &b.acked,
            &b.failed,
            &b.lost,
            b.extra_copies,
            b.inversions,
        ) {
            let (a, b) = (
                kafka::ledger::FlowLedger {
                    log: Vec::new(),
                    ..a
                },
                kafka::ledger::FlowLedger {
                    log: Vec::new(),
                    ..b
                },
            );
            return fail(
                &format!("ledger of flow {flow} {:?}", fast.flow(flow)),
                format!("{a:?}"),
                format!("{b:?}"),
            );
        }
        if let Some(what) =
            worlds::outages_differ(&fast.flow_outages(flow), &plain.flow_outages(flow))
        {
            return fail(&format!("outages of flow {flow}"), what, String::new());
        }
    }
    Ok(())
}

#[test]
fn closed_forms_change_nothing() {
    let cases = std::env::var("DRYROLL_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    let from = std::env::var("DRYROLL_FROM")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let mut bad = 0;
    for number in from..from + cases {
        if let Err(what) = compare(number) {
            bad += 1;
            if bad <= 3 {
                eprintln!("{what}\n");
            }
        }
    }
    assert_eq!(bad, 0, "of {cases} cases");
}
