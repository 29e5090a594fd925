//! Bounded exhaustive search: every single fault at every moment, and every pair of faults that are harmless alone.
//!
//! The beginning that many plans share is played once and cloned. What is left out, and why it loses nothing that matters:
//!
//! * Moments at the same instant are one moment.
//! * A pair is not played if one of its faults breaks a promise alone: what is asked for are *minimal* sets of faults.
//! * A pair is not played if its second fault comes when the first has left no cause behind: the fault is over, every replica is in sync,
//!   every process runs, no broker is fenced, there is a controller. Then the second fault meets the cluster that it meets alone. A test
//!   holds this against a sweep in which nothing is left out.

use std::collections::BTreeSet;

use outcome::search::Plans;
use rayon::prelude::*;
use rehearsal::{Measured, Moment, Rehearsal, Snapshot, State};
use scenario::model::{Fault, FaultKind, Nanos, Nodes, Phase, Target, When};

use crate::Asking;
use crate::chance::is_within;
use crate::island::{Arm, Common, Island};
use crate::palette::{Kind, Palette};
use crate::plan::said;

const SECOND: u64 = 1_000_000_000;

/// What can be placed at a moment in an exhaustive search: for each kind one fault a node, of one length.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) kind: FaultKind,
    lasts: Option<u64>,
}

impl Choice {
    /// The choices of these kinds. Lengths: away for longer than `replica.lag.time.max.ms` (30 s), still and cut off for longer than
    /// `broker.session.timeout.ms` (9 s).
    pub(crate) fn all(palette: &Palette) -> Vec<Self> {
        let mut choices = Vec::new();
        for &kind in palette.kinds() {
            for id in palette.kafka_ids() {
                let node = || Target::Node(said(id));
                let (kind, lasts) = match kind {
                    Kind::Crash => (FaultKind::Kill(node()), Some(40)),
                    Kind::Pause => (FaultKind::GcPause(node()), Some(12)),
                    Kind::Network => (
                        FaultKind::Cut {
                            from: Nodes::These(vec![said(id)]),
                            to: None,
                            clients: false,
                        },
                        Some(12),
                    ),
                    Kind::Slow => (
                        FaultKind::LongRecovery {
                            node: node(),
                            by: Nanos(300 * SECOND),
                        },
                        None,
                    ),
                    Kind::Operator => continue,
                };
                choices.push(Self { kind, lasts });
            }
        }
        choices
    }

    fn at(&self, when: When) -> Fault {
        Fault {
            kind: said(self.kind.clone()),
            at: said(when),
            lasts: self.lasts.map(|seconds| said(Nanos(seconds * SECOND))),
        }
    }
}

/// A moment of the run without faults, and the rehearsal just before it.
#[derive(Clone, Debug)]
struct Place {
    moment: Moment,
    before: Snapshot,
}

/// What every island of an exhaustive search goes by.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// Faults in a plan.
    faults: u32,
    /// Leave out what cannot matter.
    prune: bool,
    choices: Vec<Choice>,
    places: Vec<Place>,
    /// Single faults that break a promise: moment and choice.
    fatal: BTreeSet<(Moment, usize)>,
}

/// Is a fault placed here done before the operator's next act? Then it is not the same as one placed at the same instant otherwise.
fn before_the_next_act(moment: Moment) -> bool {
    matches!(
        moment,
        Moment::Phase {
            phase: Phase::Stopped | Phase::Starting | Phase::Done,
            ..
        }
    )
}

/// Plays it to its end and tells the moments that each step reaches, by the number of the step.
fn watched(mut snapshot: Snapshot, mut tell: impl FnMut(usize, Vec<(Moment, State)>)) {
    snapshot.watch();
    for step in 0.. {
        let more = snapshot.step();
        tell(step, snapshot.take_reached());
        if !more {
            return;
        }
    }
}

/// How things were before these steps, in their order. A clone costs as much as dozens of steps, so that it is cheaper to play them once to know
/// which matter ([`watched`]) and once more, than to clone before each.
fn befores(mut snapshot: Snapshot, wanted: &[(usize, Moment)]) -> Vec<(Moment, Snapshot)> {
    let mut all: Vec<(Moment, Snapshot)> = Vec::with_capacity(wanted.len());
    let mut played = 0;
    for &(step, moment) in wanted {
        while played < step {
            snapshot.step();
            played += 1;
        }
        all.push((moment, snapshot.clone()));
    }
    all
}

/// The first moment of each instant, if it is another instant than the last.
fn distinct(reached: Vec<(Moment, State)>, last: &mut Vec<(i64, bool)>) -> Vec<(Moment, State)> {
    let mut some = Vec::new();
    for (moment, state) in reached {
        let name = (state.at, before_the_next_act(moment));
        last.retain(|(at, _)| *at == state.at);
        if !last.contains(&name) {
            last.push(name);
            some.push((moment, state));
        }
    }
    some
}

impl Ground {
    /// All moments of the run without faults, and which single faults break it.
    pub(crate) fn of(
        rehearsal: &Rehearsal,
        palette: &Palette,
        asking: &Asking,
        faults: u32,
        prune: bool,
    ) -> Self {
        let begin = rehearsal.begin(asking.seed);
        let mut last = Vec::new();
        let mut wanted = Vec::new();
        watched(begin.clone(), |step, mut reached| {
            reached.retain(|(_, state)| is_within(asking.window, state));
            for (moment, _) in distinct(reached, &mut last) {
                wanted.push((step, moment));
            }
        });
        let places = befores(begin, &wanted)
            .into_iter()
            .map(|(moment, before)| Place { moment, before })
            .collect();
        let mut ground = Self {
            faults,
            prune,
            choices: Choice::all(palette),
            places,
            fatal: BTreeSet::new(),
        };
        if faults > 1 {
            ground.fatal = (0..ground.places.len())
                .into_par_iter()
                .flat_map_iter(|place| {
                    let ground = &ground;
                    let breaks = move |choice: &usize| {
                        let (snapshot, _) = ground.placed(place, *choice);
                        snapshot.holds().contains(&false)
                    };
                    let moment = ground.places[place].moment;
                    (0..ground.choices.len())
                        .filter(breaks)
                        .map(move |choice| (moment, choice))
                        .collect::<Vec<_>>()
                })
                .collect();
        }
        ground
    }

    /// Islands: one for each moment at which the first fault is placed.
    pub(crate) fn islands(&self) -> u64 {
        self.places.len() as u64
    }

    /// The rehearsal with this fault at this place, just before it, and the events of the beginning, which were handled already.
    fn placed(&self, place: usize, choice: usize) -> (Snapshot, u64) {
        let Place { moment, before } = &self.places[place];
        let mut snapshot = before.clone();
        let events = snapshot.events();
        let fault = self.choices[choice].at(snapshot.when(*moment, Nanos(0)));
        snapshot.add_fault(fault);
        (snapshot, events)
    }

    /// Every plan whose first fault is at this moment.
    pub(crate) fn play(&self, common: &Common<'_>, number: u64) -> Island {
        let mut island = common.empty_island(number);
        island.plans = vec![Plans::default(); self.faults as usize];
        for choice in 0..self.choices.len() {
            let (snapshot, before) = self.placed(number as usize, choice);
            let (mut later, mut wanted) = (0, Vec::new());
            if self.faults > 1 {
                let (mut healed, mut last) = (false, Vec::new());
                watched(snapshot.clone(), |step, reached| {
                    for (moment, state) in distinct(reached, &mut last) {
                        later += 1;
                        healed |= self.prune && has_healed(&state);
                        if !healed && moment != self.places[number as usize].moment {
                            wanted.push((step, moment));
                        }
                    }
                });
            }
            let begin = snapshot.clone();
            let measured = snapshot.measure();
            let broken = is_broken(&measured);
            let single = &mut island.plans[0];
            single.all += 1;
            single.played += 1;
            single.failing += u64::from(broken);
            common.note(
                &mut island,
                Arm::Exhaustive,
                common.seed,
                0,
                measured.events - before,
                measured,
            );
            if self.faults < 2 {
                continue;
            }
            island.plans[1].all += later * self.choices.len() as u64;
            if broken {
                // A second fault can only make it worse: the first is the story.
                continue;
            }
            for (moment, fork) in befores(begin, &wanted) {
                self.pairs(common, &mut island, moment, &fork);
            }
        }
        island
    }

    /// Every second fault at this moment.
    fn pairs(&self, common: &Common<'_>, island: &mut Island, moment: Moment, fork: &Snapshot) {
        for (second, choice) in self.choices.iter().enumerate() {
            let fatal = self.fatal.contains(&(moment, second));
            if fatal && self.prune {
                continue;
            }
            let mut snapshot = fork.clone();
            let before = snapshot.events();
            let fault = choice.at(snapshot.when(moment, Nanos(0)));
            snapshot.add_fault(fault);
            let measured = snapshot.measure();
            let pairs = &mut island.plans[1];
            pairs.played += 1;
            let events = measured.events - before;
            if is_broken(&measured) && fatal {
                // The second breaks it alone.
                island.arms.entry(Arm::Exhaustive).or_default().events += events;
                continue;
            }
            pairs.failing += u64::from(is_broken(&measured));
            common.note(island, Arm::Exhaustive, common.seed, 0, events, measured);
        }
    }
}

/// The first fault has left no cause behind.
fn has_healed(state: &State) -> bool {
    state.faults > 0
        && state.lasting == 0
        && state.under_replicated == 0
        && state.offline == 0
        && state.down == 0
        && state.paused == 0
        && !state.fenced
        && state.controller
}

fn is_broken(measured: &Measured) -> bool {
    measured.promises.iter().any(|promise| !promise.holds)
}

/// Moments and choices of an exhaustive search.
pub(crate) fn size(rehearsal: &Rehearsal, palette: &Palette, asking: &Asking) -> (u64, u64) {
    let ground = Ground::of(rehearsal, palette, asking, 1, true);
    (ground.places.len() as u64, ground.choices.len() as u64)
}

/// What the plans come to, in a sentence. Not `complete`: some moments have not been played.
pub(crate) fn sentence(palette: &Palette, moments: u64, complete: bool, plans: &[Plans]) -> String {
    let what: Vec<&str> = palette
        .kinds()
        .iter()
        .filter_map(|kind| match kind {
            Kind::Crash => Some("kill -9 for 40 s"),
            Kind::Pause => Some("pause of 12 s"),
            Kind::Network => Some("cut of 12 s"),
            Kind::Slow => Some("log recovery 5 min longer"),
            Kind::Operator => None,
        })
        .collect();
    let nodes = palette.kafka_ids().count();
    let what = format!("{}; each of {nodes} nodes", what.join(", "));
    let singles = plans.first().copied().unwrap_or_default();
    let mut text = match singles.failing {
        0 => format!("No single fault ({what}), at any of {moments} moments, breaks this runbook"),
        failing => format!(
            "Of {} single faults ({what}; at each of {moments} moments), {failing} break this runbook",
            singles.all
        ),
    };
    if let Some(pairs) = plans.get(1) {
        let whose = match singles.failing {
            0 => "",
            _ => " whose faults are harmless alone",
        };
        let come_to = match pairs.failing {
            0 => "none does".to_owned(),
            1 => "one does".to_owned(),
            failing => format!("{failing} do"),
        };
        text.push_str(&format!(
            "; of the pairs{whose} (out of {} pairs in all), {come_to}",
            pairs.all
        ));
    }
    if !complete {
        text.push_str("; this is not the whole of it: not every moment was played");
    }
    text.push('.');
    text
}
