//! What gates are worth, as text.

use outcome::gates::{Candidate, Example, GateUse, Gates};

use super::Style;
use super::page::{Ink, Page};
use crate::text::{clean, duration, number, plural};

/// Promises named of a gate at most.
const PROMISES: usize = 3;

/// What each gate of a runbook is worth over many runs, and which one to add first.
pub fn gates(gates: &Gates, style: Style) -> String {
    let mut page = Page::new(style);
    verdict(&mut page, gates);
    add_first(&mut page, gates);
    page.heading(&format!("Gates of the runbook: {}", gates.gates.len()));
    for gate in &gates.gates {
        one(&mut page, gate, gates.runs);
    }
    page.blank();
    let run = format!(
        "model {}, {} from {}, {}: each seed as the file has it, and with a fault that it draws",
        gates.model,
        plural(gates.seeds, "seed"),
        gates.first_seed,
        plural(gates.runs, "run"),
    );
    page.flow(&[], Ink::Dim, &run, 0);
    page.command(
        "Again: ",
        &format!(
            "dryroll gates {} --seed {} --seeds {}",
            gates.file, gates.first_seed, gates.seeds
        ),
    );
    page.finish()
}

fn verdict(page: &mut Page, gates: &Gates) {
    let never = gates.gates.iter().filter(|gate| gate.never_matters).count() as u64;
    let lied = gates
        .gates
        .iter()
        .filter(|gate| gate.false_green > 0)
        .count() as u64;
    let mut parts = vec![match gates.broken {
        0 => format!("no promise is broken in {}", plural(gates.runs, "run")),
        broken => format!(
            "{} of {} break a promise",
            number(broken),
            plural(gates.runs, "run")
        ),
    }];
    if lied > 0 {
        parts.push(format!(
            "{} said go when it was not safe",
            plural(lied, "gate")
        ));
    }
    if never > 0 {
        parts.push(format!("{} changed nothing", plural(never, "gate")));
    }
    let (ink, sign) = if lied > 0 || !gates.to_add.is_empty() {
        (Ink::Warn, page.signs().warn)
    } else {
        (Ink::Good, page.signs().good)
    };
    page.flow(
        &[(ink, &format!("{sign} GATES  "))],
        Ink::Strong,
        &parts.join(", "),
        9,
    );
    let about = clean(&gates.about);
    page.flow(
        &[(Ink::Plain, "  ")],
        Ink::Dim,
        &format!("{}: {about}", gates.file),
        2,
    );
}

fn add_first(page: &mut Page, gates: &Gates) {
    page.heading("The gate to add first");
    let Some((first, others)) = gates.to_add.split_first() else {
        let why = if gates.broken == 0 {
            "none: nothing breaks that a gate could catch".to_owned()
        } else {
            format!(
                "none of {} saves a run that breaks",
                plural(gates.tried, "gate")
            )
        };
        page.flow(&[(Ink::Plain, "  ")], Ink::Plain, &why, 4);
        return;
    };
    candidate(page, first, gates.broken, Ink::Strong);
    if !others.is_empty() {
        page.line(&[(Ink::Dim, "  or, of the others that were tried:")]);
        for other in others {
            candidate(page, other, gates.broken, Ink::Plain);
        }
    }
}

fn candidate(page: &mut Page, candidate: &Candidate, broken: u64, ink: Ink) {
    let place = format!(
        "step {}, {}: [{}]",
        clean(&candidate.step),
        candidate.position,
        candidate.gate
    );
    page.flow(
        &[(Ink::Good, &format!("  {} ", page.signs().good))],
        ink,
        &place,
        4,
    );
    let text = worth(candidate, broken);
    page.flow(&[(Ink::Plain, "    ")], Ink::Plain, &text, 4);
    promises(page, "keeps", &candidate.promises);
}

fn promises(page: &mut Page, verb: &str, promises: &[(String, u64)]) {
    for (promise, runs) in promises.iter().take(PROMISES) {
        let text = format!("{verb}: {promise} ({})", plural(*runs, "run"));
        page.flow(&[(Ink::Dim, "      ")], Ink::Dim, &text, 6);
    }
}

fn one(page: &mut Page, gate: &GateUse, runs: u64) {
    let signs = page.signs();
    let (ink, sign) = if gate.false_green > 0 {
        (Ink::Bad, signs.bad)
    } else if gate.never_matters {
        (Ink::Dim, signs.note)
    } else if gate.caught > 0 {
        (Ink::Good, signs.good)
    } else {
        (Ink::Plain, signs.note)
    };
    let head = format!("{}, {}: {}", clean(&gate.step), gate.position, gate.text);
    page.flow(&[(ink, &format!("  {sign} "))], Ink::Strong, &head, 4);
    page.flow(&[(Ink::Plain, "    ")], Ink::Plain, &facts(gate, runs), 4);
    if let Some(example) = &gate.false_green_example {
        let text = format!("wrong: {} ({})", example.text, run(example));
        page.flow(&[(Ink::Bad, "    ")], Ink::Plain, &text, 6);
    }
    promises(page, "catches", &gate.caught_promises);
}

/// What a gate did, in one sentence.
pub(crate) fn facts(gate: &GateUse, runs: u64) -> String {
    let mut parts = Vec::new();
    let times = |n: u64| plural(n, "time");
    if gate.watched == 0 {
        return "never watched: its step was not reached".to_owned();
    }
    parts.push(match gate.caught {
        0 => "catches nothing that no other does".to_owned(),
        caught => format!(
            "without it {} of {} break that hold",
            number(caught),
            plural(runs, "run")
        ),
    });
    if gate.harmed > 0 {
        parts.push(format!(
            "with it {} break that hold without",
            plural(gate.harmed, "run")
        ));
    }
    if gate.false_green > 0 {
        parts.push(format!(
            "green and not safe {} of {}",
            times(gate.false_green),
            number(gate.watched)
        ));
    }
    if gate.timed_out > 0 {
        parts.push(format!("ran out of time {}", times(gate.timed_out)));
    }
    if gate.turned_red > 0 {
        parts.push(format!("turned red {}", times(gate.turned_red)));
    }
    if gate.false_red > 0 {
        parts.push(format!(
            "red although safe for {} in all",
            duration(gate.false_red_time)
        ));
    }
    parts.push(match (gate.blocked.min, gate.blocked.max) {
        (0, 0) => "holds nothing up".to_owned(),
        (min, max) if duration(min) == duration(max) => {
            format!("holds a run up for {}", duration(max))
        }
        (min, max) => format!("holds a run up for {} to {}", duration(min), duration(max)),
    });
    if gate.never_matters {
        parts.push("never matters: always green at once".to_owned());
    }
    parts.join("; ")
}

fn run(example: &Example) -> String {
    match &example.fault {
        None => format!("seed {}", example.seed),
        Some(fault) => format!("seed {} with {fault}", example.seed),
    }
}

/// What adding this gate changes, in words.
pub(crate) fn worth(candidate: &Candidate, broken: u64) -> String {
    let mut text = format!(
        "saves {} of {} that break",
        number(candidate.saves),
        plural(broken, "run")
    );
    if candidate.harms > 0 {
        text.push_str(&format!(
            ", breaks {} that held",
            plural(candidate.harms, "run")
        ));
    }
    text.push_str(&match candidate.costs {
        0 => ", takes no longer".to_owned(),
        costs => format!(", takes {} longer", duration(costs)),
    });
    text
}
