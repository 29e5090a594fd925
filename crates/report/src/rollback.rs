//! The words of a rehearsed way back, for every output: the verdict, the table, the stretches of the line.

use outcome::rollback::{Block, Moment, Obstacle, Range, Rollback, Undo, Way};
use outcome::{Interval, Time};

use crate::text::{clean, clock, duration, number, plural};

/// Things told of one way back, of a kind, at most.
const SHOWN: usize = 3;

/// Is there a way back from this moment, whatever the seed, if nothing else goes wrong?
pub fn is_open(moment: &Moment) -> bool {
    moment
        .ways
        .first()
        .is_none_or(|way| way.restored == way.tried)
}

/// Is there a way back from every moment?
pub fn is_open_throughout(rollback: &Rollback) -> bool {
    rollback.no_return.is_none()
}

/// One sentence: where the point of no return is.
pub(crate) fn sentence(rollback: &Rollback) -> String {
    let Some(no_return) = &rollback.no_return else {
        let undos = match made_up(rollback) {
            0 => String::new(),
            n => format!(
                ", with {} that the runbook does not have yet",
                plural(n, "undo")
            ),
        };
        return format!(
            "there is a way back from each of the {} that were tried{undos}",
            plural(rollback.moments.len() as u64, "moment")
        );
    };
    let moment = &rollback.moments[no_return.moment];
    let way = &moment.ways[0];
    let some = if way.restored > 0 {
        format!(
            " (in {} of {} runs)",
            number(way.tried - way.restored),
            number(way.tried)
        )
    } else {
        String::new()
    };
    let step = no_return.step.as_deref().map(clean);
    let after = match no_return.last_way_back {
        Some(_) => format!("after {}", clock(no_return.at)),
        None => "at no time".to_owned(),
    };
    match (step, no_return.last_way_back) {
        (Some(step), Some(_)) => {
            format!("{after} there is no way back: step {step} closes it{some}")
        }
        (Some(step), None) => format!("there is no way back, not even from step {step}{some}"),
        (None, _) => format!("there is no way back, not even before the first step{some}"),
    }
}

/// "NO WAY BACK" or "WAY BACK".
pub(crate) fn verdict(rollback: &Rollback) -> &'static str {
    if is_open_throughout(rollback) {
        "WAY BACK"
    } else {
        "NO RETURN"
    }
}

/// How many steps need an undo that the runbook does not have.
pub(crate) fn made_up(rollback: &Rollback) -> u64 {
    rollback
        .steps
        .iter()
        .filter(|step| matches!(step.undo, Undo::Suggested(_)))
        .count() as u64
}

/// When there is a way back and when there is none, along the run with the first seed.
pub(crate) fn stretches(rollback: &Rollback) -> Vec<(Interval, bool)> {
    let moments = &rollback.moments;
    let end = rollback.forward.window.end;
    let mut all: Vec<(Interval, bool)> = Vec::new();
    for (at, moment) in moments.iter().enumerate() {
        let next = moments.get(at + 1);
        let open = is_open(moment) && next.is_none_or(is_open);
        let until = next.map_or(end, |next| next.at);
        let when = Interval {
            begin: moment.at,
            end: until.max(moment.at),
        };
        match all.last_mut() {
            Some((last, same)) if *same == open => last.end = when.end,
            _ => all.push((when, open)),
        }
    }
    all
}

/// Where the line stands.
pub(crate) fn line(rollback: &Rollback) -> Option<Time> {
    rollback.no_return.as_ref().map(|no_return| no_return.at)
}

/// "12.4 s", or "22 to 28 s" where it differs over the seeds.
pub(crate) fn range(range: Range) -> String {
    const SECOND: u64 = 1_000_000_000;
    /// From here on minutes are exact enough.
    const LONG: u64 = 600;
    let (min, max) = (range.min / SECOND, range.max.div_ceil(SECOND));
    if duration(range.min) == duration(range.max) {
        duration(range.max)
    } else if max < LONG {
        format!("{min} to {max} s")
    } else {
        format!("{} to {} min", min / 60, max.div_ceil(60))
    }
}

/// The heads of the table.
pub(crate) const HEADS: [&str; 7] = [
    "from",
    "back",
    "takes",
    "no writes",
    "lost",
    "struck",
    "again",
];

/// What the shorter heads mean.
pub(crate) const LEGEND: &str = "takes: from the decision until the world is as at the start; no writes: the longest outage meanwhile; struck: if a broker or the \
active controller dies at that moment; again: the runbook holds when it is run once more";

/// One row of the table.
pub(crate) fn row(moment: &Moment) -> [String; 7] {
    let way = &moment.ways[0];
    let faults = moment.ways.get(1..).unwrap_or_default();
    let sum = |of: fn(&Way) -> u64| faults.iter().map(of).sum::<u64>();
    let with_fault = share(sum(|way| way.restored), sum(|way| way.tried));
    let takes = way.time.map_or_else(|| "–".to_owned(), range);
    let again = if way.again == 0 {
        "–".to_owned()
    } else {
        share(way.again_held, way.again)
    };
    let outage = if way.outage.max == 0 {
        "–".to_owned()
    } else {
        duration(way.outage.max)
    };
    let lost = match (way.lost.max, way.not_sent.max) {
        (0, 0) => "0".to_owned(),
        (lost, 0) => number(lost),
        (0, failed) => format!("0 (+{} failed)", number(failed)),
        (lost, failed) => format!("{} (+{} failed)", number(lost), number(failed)),
    };
    [
        clean(&moment.label).into_owned(),
        share(way.restored, way.tried),
        takes,
        outage,
        lost,
        with_fault,
        again,
    ]
}

/// "yes", "no", or "3 of 5".
fn share(good: u64, all: u64) -> String {
    match good {
        _ if all == 0 => "–".to_owned(),
        good if good == all => "yes".to_owned(),
        0 => "no".to_owned(),
        good => format!("{} of {}", number(good), number(all)),
    }
}

/// How a step is undone, in words, and whether the runbook lacks something.
pub(crate) fn undo(undo: &Undo) -> (String, bool) {
    match undo {
        Undo::Written(text) => (clean(text).into_owned(), false),
        Undo::Suggested(text) => (
            format!(
                "no undo written; this one was tried:  undo: {}",
                clean(text)
            ),
            true,
        ),
        Undo::NotNeeded => ("nothing to undo".to_owned(), false),
        Undo::Unknown(why) => (format!("no undo written: {}", clean(why)), true),
        Undo::NotReached => ("never begun".to_owned(), false),
    }
}

/// What kind of obstacle, in words.
pub(crate) fn obstacle(kind: Obstacle, step: Option<&str>) -> String {
    let step = step.map(clean);
    match (kind, step) {
        (Obstacle::UndoFailed, Some(step)) => format!("the undo of {step} fails"),
        (Obstacle::UndoFailed, None) => "an undo fails".to_owned(),
        (Obstacle::NoUndo, Some(step)) => format!("{step} has no undo"),
        (Obstacle::NoUndo, None) => "a step has no undo".to_owned(),
        (Obstacle::NotRestored, _) => "undone, and yet not as at the start".to_owned(),
        (Obstacle::Documented, _) => "ruled out by the documentation".to_owned(),
    }
}

/// Each obstacle once, with the moments at which it stands in the way.
pub(crate) fn obstacles(rollback: &Rollback) -> Vec<(&Block, Vec<String>)> {
    let mut told: Vec<(&Block, Vec<String>)> = Vec::new();
    for moment in &rollback.moments {
        for way in &moment.ways {
            for block in &way.blocks {
                let label = format!("{}{}", clean(&moment.label), with_a_fault(way));
                // What a fault adds to an undo that fails without it as well is no news.
                let known = told.iter_mut().find(|(known, _)| {
                    (known.kind, &known.step) == (block.kind, &block.step)
                        && (known.code == block.code || way.fault.is_some() && !is_open(moment))
                });
                match known {
                    Some((_, labels)) if labels.contains(&label) => {}
                    Some((_, labels)) => labels.push(label),
                    None => told.push((block, vec![label])),
                }
            }
        }
    }
    told
}

fn with_a_fault(way: &Way) -> &'static str {
    if way.fault.is_some() {
        " with a fault"
    } else {
        ""
    }
}

/// What the ways back cost, and where going forward again failed, the same of several moments once.
pub(crate) fn costs(rollback: &Rollback) -> Vec<String> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let mut told =
        |what: String, from: String| match all.iter_mut().find(|(known, _)| *known == what) {
            Some((_, labels)) if labels.contains(&from) => {}
            Some((_, labels)) => labels.push(from),
            None => all.push((what, vec![from])),
        };
    for moment in &rollback.moments {
        for way in &moment.ways {
            let from = format!("{}{}", clean(&moment.label), with_a_fault(way));
            // With a fault the promise may be broken by that, whatever the operator does.
            let broken = way.broken.iter().filter(|_| way.fault.is_none());
            for (promise, _) in broken.take(SHOWN) {
                told(
                    format!("the way back breaks the promise “{}”", clean(promise)),
                    from.clone(),
                );
            }
            for (why, _) in way.again_failed.iter().take(SHOWN) {
                told(
                    format!("forward again does not hold: {}", clean(why)),
                    from.clone(),
                );
            }
            if way.fault.is_none() {
                for wait in &way.waits {
                    told(format!("it waits for {}", clean(wait)), from.clone());
                }
                for what in &way.harmless {
                    told(
                        format!("not as it was, and as safe: {}", clean(what)),
                        from.clone(),
                    );
                }
            }
        }
    }
    all.into_iter()
        .map(|(what, from)| {
            let more = match from.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            let from = from[..from.len().min(SHOWN)].join("; ");
            format!("{what} (from: {from}{more})")
        })
        .collect()
}
