//! How a roll takes its nodes.

use scenario::model::{Action, Order, Started, Step, StopKind};

use super::{Does, Drafts, SECOND, Way, place};

/// How long to sit between two nodes, in seconds: longer than a session (9 s), longer than `replica.lag.time.max.ms` (30 s), and longer than
/// what a roll leaves behind in anything that was measured.
const SIT: [u64; 4] = [15, 45, 120, 300];

pub(super) fn of(step: &Step, drafts: &mut Drafts) {
    match &step.action.value {
        Action::Roll(roll) => of_roll(step, roll, drafts),
        Action::Kill(_) => {}
        Action::Start(start) if start.until.value == Started::Process => {
            turn(step, drafts)(
                "a wait for the port",
                "until",
                "Port",
                "wait until the port is open",
            );
        }
        _ => {}
    }
}

/// Sets a field of what the step does.
fn turn<'a>(
    step: &'a Step,
    drafts: &'a mut Drafts,
) -> impl FnMut(&'static str, &'static str, &str, &str) + 'a {
    let mut at = place(step);
    at.push(Way::Field("do"));
    move |kind, field, value, words| {
        drafts.add(
            kind,
            at.clone(),
            Does::Field(field, value.to_owned()),
            format!("in step {}, {words}", step.name.value),
        );
    }
}

fn of_roll(step: &Step, roll: &scenario::model::Roll, drafts: &mut Drafts) {
    let mut turn = turn(step, drafts);
    for seconds in SIT {
        if roll.pause.value.0 < seconds * SECOND {
            turn(
                "a pause between nodes",
                "pause",
                &format!("\"{seconds}s\""),
                &format!("sit for {seconds} s after the gates between two nodes"),
            );
        }
    }
    for (order, word, words) in [
        (
            Order::ActiveControllerLast,
            "ActiveControllerLast",
            "take the active controller last",
        ),
        (
            Order::ControllersFirst,
            "ControllersFirst",
            "take the controllers first, the active one last among them",
        ),
        (Order::ByRack, "ByRack", "go rack by rack"),
        (Order::Descending, "Descending", "take the highest id first"),
    ] {
        if roll.order.value != order {
            turn("another order", "order", word, words);
        }
    }
    if roll.batch.value != 1 {
        turn("smaller batches", "batch", "1", "take one node at a time");
    }
    if roll.stop.value == StopKind::Kill {
        turn(
            "a clean stop",
            "stop",
            "Graceful",
            "stop nodes with SIGTERM, not SIGKILL",
        );
    }
    if roll.until.value == Started::Process {
        turn(
            "a wait for the port",
            "until",
            "Port",
            "wait until the port is open",
        );
    }
    if !roll.elect_preferred.value {
        turn(
            "leaders moved back",
            "elect_preferred",
            "true",
            "elect preferred leaders as each node comes back",
        );
    }
}
