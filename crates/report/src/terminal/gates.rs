//! The gates: above all those that said go when it was not safe.

use outcome::{GateEnd, GateRecord, Outcome};

use super::page::{Ink, Page};
use crate::text::{clock, duration, plural};
use crate::words;

/// Gates of each sort told in the short form.
const SHOWN: usize = 5;

pub(super) fn write(page: &mut Page, outcome: &Outcome, verbose: bool) {
    let shown = if verbose { usize::MAX } else { SHOWN };
    let lied: Vec<_> = outcome
        .gates
        .iter()
        .filter(|gate| gate.false_green.is_some())
        .collect();
    let failed: Vec<_> = outcome
        .gates
        .iter()
        .filter(|gate| {
            gate.false_green.is_none() && !matches!(gate.end, GateEnd::Green | GateEnd::Unfinished)
        })
        .collect();
    if !lied.is_empty() {
        page.heading("Gates that said go when it was not safe");
        for gate in lied.iter().take(shown) {
            head(page, gate, Ink::Bad, page.signs().false_green);
            let why = gate.false_green.as_deref().unwrap_or_default();
            page.flow(&[(Ink::Strong, "    wrong: ")], Ink::Plain, why, 6);
        }
        page.more(4, lied.len().saturating_sub(shown), "gate");
    }
    if !failed.is_empty() {
        page.heading("Gates that did not hold");
        for gate in failed.iter().take(shown) {
            head(page, gate, Ink::Warn, page.signs().failed);
        }
        page.more(4, failed.len().saturating_sub(shown), "gate");
    }
    if verbose && !outcome.gates.is_empty() {
        page.heading("All gates");
        for gate in &outcome.gates {
            head(page, gate, Ink::Dim, page.signs().info);
        }
    }
}

fn head(page: &mut Page, gate: &GateRecord, ink: Ink, sign: char) {
    let node = gate
        .node
        .map(|node| format!(", node {node}"))
        .unwrap_or_default();
    let false_red = match gate.false_red {
        0 => String::new(),
        red => format!(", red for {} although going on was safe", duration(red)),
    };
    let text = format!(
        "{}: {}{node}: {} after {} ({}){false_red}; from {}",
        gate.text,
        gate.step,
        words::gate_end(gate.end),
        duration(words::length(gate.when)),
        plural(u64::from(gate.looks), "look"),
        clock(gate.when.begin),
    );
    page.flow(&[(ink, &format!("  {sign} "))], Ink::Plain, &text, 4);
}
