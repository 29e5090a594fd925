//! The order of steps has a beginning: no step needs itself, directly or through others.

use super::Resolver;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Span;
use std::collections::BTreeMap;

/// A step that must be done before, and where that is said. `None`: it is the step above.
type Needed = (usize, Option<Span>);

impl Resolver<'_> {
    pub(super) fn order_of_steps(&mut self) {
        let steps = &self.scenario.runbook;
        let by_name: BTreeMap<&str, usize> = steps
            .iter()
            .enumerate()
            .rev()
            .map(|(index, step)| (step.name.as_str(), index))
            .collect();
        let needed: Vec<Vec<Needed>> = steps
            .iter()
            .enumerate()
            .map(|(index, step)| match &step.needs {
                Some(names) => names
                    .iter()
                    .filter_map(|name| Some((*by_name.get(name.as_str())?, Some(name.span))))
                    .collect(),
                None => index
                    .checked_sub(1)
                    .map(|above| (above, None))
                    .into_iter()
                    .collect(),
            })
            .collect();
        if let Some(cycle) = find_cycle(&needed) {
            self.report_cycle(&cycle, &needed);
        }
    }

    fn report_cycle(&mut self, cycle: &[usize], needed: &[Vec<Needed>]) {
        let steps = &self.scenario.runbook;
        // The place: the first `needs` on the way around that was written down.
        let around: Vec<(usize, usize)> = cycle
            .iter()
            .copied()
            .zip(cycle.iter().copied().skip(1).chain(cycle.first().copied()))
            .collect();
        let written = around.iter().find_map(|(from, to)| {
            let (_, span) = needed[*from].iter().find(|(target, _)| target == to)?;
            *span
        });
        let span = written.unwrap_or(steps[cycle[0]].name.span);
        let mut way: Vec<String> = cycle
            .iter()
            .map(|index| format!("`{}`", steps[*index].name.value))
            .collect();
        way.extend(way.first().cloned());
        let mut diagnostic = Diagnostic::error(
            Code::StepCycle,
            span,
            "These steps wait for each other, so none of them could ever begin.",
        )
        .labelled("this closes the circle")
        .note(format!("Each needs the next: {}.", way.join(" → ")));
        let by_default = around.iter().any(|(from, to)| {
            needed[*from]
                .iter()
                .any(|(target, span)| target == to && span.is_none())
        });
        if by_default {
            diagnostic = diagnostic
                .note("A step without `needs` needs the one above it; `needs: []` needs none.");
        }
        self.report(diagnostic);
    }
}

/// Steps that need each other in a circle, each the next. Without recursion: a runbook may have a hundred thousand steps.
fn find_cycle(needed: &[Vec<Needed>]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; needed.len()];
    for start in 0..needed.len() {
        if state[start] != State::New {
            continue;
        }
        // The way from `start`, with the number of the next edge to look at.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        state[start] = State::Open;
        while let Some((step, next)) = way.last_mut() {
            let Some((target, _)) = needed[*step].get(*next).copied() else {
                state[*step] = State::Done;
                way.pop();
                continue;
            };
            *next += 1;
            match state[target] {
                State::New => {
                    state[target] = State::Open;
                    way.push((target, 0));
                }
                State::Open => {
                    let begin = way.iter().position(|(step, _)| *step == target)?;
                    return Some(way[begin..].iter().map(|(step, _)| *step).collect());
                }
                State::Done => {}
            }
        }
    }
    None
}
