//! Gates: scraping metrics, looking again and again until one is green or its time is up, and what must stay green meanwhile.

use engine::{Span, Time};
use kafka::ids::NodeIx;
use outcome::{GateEnd, StepEnd};
use scenario::model::{Gate, OnTimeout, Step};

use super::{Doing, Instruction, PATIENCE};
use crate::estate::duration;
use crate::gates::{self, Look};
use crate::play::Play;
use crate::tokens::Token;
use crate::{commands, words};

/// Where a gate stands in its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Before,
    During,
    Between,
    After,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Place::Before => "before",
            Place::During => "during",
            Place::Between => "between",
            Place::After => "after",
        }
    }

    fn gates(self, step: &Step) -> &[Gate] {
        match self {
            Place::Before => &step.before,
            Place::During => &step.during,
            Place::Between => &step.between,
            Place::After => &step.after,
        }
    }
}

/// A gate being watched.
#[derive(Clone, Debug)]
pub(crate) struct Watching {
    pub(crate) place: Place,
    pub(crate) gate: usize,
    pub(crate) record: usize,
    began: Time,
    limit: Time,
    green_since: Option<Time>,
    /// The last look, if it was red although going on was safe.
    safe_red: Option<Time>,
    /// Looks once and goes on at this moment.
    hurried: Option<Time>,
}

impl Play {
    /// The number of a gate over the whole file.
    pub(super) fn gate_number(&self, step: usize, place: Place, gate: usize) -> usize {
        let before: usize = self.scenario.runbook[..step].iter().map(gate_count).sum();
        let me = &self.scenario.runbook[step];
        let earlier = match place {
            Place::Before => 0,
            Place::During => me.before.len(),
            Place::Between => me.before.len() + me.during.len(),
            Place::After => me.before.len() + me.during.len() + me.between.len(),
        };
        before + earlier + gate
    }

    /// A metric is scraped.
    pub(crate) fn scrape(&mut self, number: u32) {
        if self.finished.is_some() {
            return;
        }
        let Some(mut scraper) = self.scrapers[number as usize].take() else {
            return;
        };
        let scenario = self.scenario.clone();
        let mut gates = scenario
            .runbook
            .iter()
            .flat_map(|step| [&step.before, &step.during, &step.between, &step.after])
            .flatten();
        if let Some(gate) = gates.nth(number as usize) {
            let at_hand = self
                .step
                .as_ref()
                .map(|step| step.at_hand.clone())
                .unwrap_or_default();
            let next = scraper.scrape(&self.world, &self.estate, &gate.check, &at_hand);
            self.world.wake(next, Token::Scrape(number).pack());
        }
        self.scrapers[number as usize] = Some(scraper);
    }

    pub(super) fn gate(&self, place: Place, gate: usize) -> Option<Gate> {
        let step = self.step.as_ref()?;
        place
            .gates(&self.scenario.runbook[step.step])
            .get(gate)
            .cloned()
    }

    pub(super) fn begin_watch(&mut self, place: Place, at: usize) {
        let (Some(step), Some(gate)) = (self.step.clone(), self.gate(place, at)) else {
            return;
        };
        let now = self.world.now();
        let via = match gate.through.value {
            scenario::model::Through::Tool { via, .. } => {
                gates::asked(&self.world, &self.estate, via)
            }
            _ => None,
        };
        let text = words::gate(&gate);
        let version = self.tool_version(via);
        let line = commands::look(&self.estate, version, &gate.check, via, &step.at_hand);
        let forgotten = gate.forgotten.value || self.is_forgotten(step.step);
        let when = self.interval(now, now);
        self.gates.push(outcome::GateRecord {
            step: self.scenario.runbook[step.step].name.value.clone(),
            position: place.name().to_owned(),
            node: step
                .at_hand
                .first()
                .map(|&node| self.estate.nodes[node as usize].id),
            text,
            when,
            end: if forgotten {
                GateEnd::Forgotten
            } else {
                GateEnd::Unfinished
            },
            looks: 0,
            false_green: None,
            false_red: 0,
        });
        if forgotten {
            return;
        }
        self.command(None, line);
        let limit = match &gate.within {
            Some(within) => now.saturating_add(duration(within.value)),
            None => now.saturating_add(PATIENCE),
        };
        let hurried = if place == Place::Between {
            self.hurry(step.step).map(|after| now.saturating_add(after))
        } else {
            None
        };
        self.looks(Watching {
            place,
            gate: at,
            record: self.gates.len() - 1,
            began: now,
            limit: limit.min(step.limit),
            green_since: None,
            safe_red: None,
            hurried,
        });
    }

    /// One look at the gate that is being watched.
    pub(super) fn looks(&mut self, mut watching: Watching) {
        let (Some(step), Some(gate)) =
            (self.step.clone(), self.gate(watching.place, watching.gate))
        else {
            return;
        };
        let now = self.world.now();
        let number = self.gate_number(step.step, watching.place, watching.gate);
        let (look, next) = gates::look(
            &self.world,
            &self.estate,
            &gate,
            self.scrapers[number].as_ref(),
            &step.at_hand,
        );
        let record = watching.record;
        self.gates[record].looks += 1;
        self.gates[record].when.end = self.relative(now);
        let unsafe_because = self.why_unsafe(&gate, &step.at_hand);
        if let Some(since) = watching.safe_red.take() {
            self.gates[record].false_red += now.saturating_since(since).as_nanos();
        }
        if look.green {
            let since = *watching.green_since.get_or_insert(now);
            if now.saturating_since(since) >= duration(gate.for_.value) {
                self.gates[record].end = GateEnd::Green;
                self.gates[record].false_green = unsafe_because;
                self.doing = Doing::Next;
                return;
            }
        } else {
            watching.green_since = None;
            if unsafe_because.is_none() {
                watching.safe_red = Some(now);
            }
        }
        if watching.hurried.is_some_and(|until| now >= until) {
            self.gates[record].end = GateEnd::Forgotten;
            self.gates[record].false_green = None;
            self.doing = Doing::Next;
            return;
        }
        if now >= watching.limit {
            self.gates[record].end = GateEnd::TimedOut;
            self.doing = Doing::Next;
            let within = now.saturating_since(watching.began);
            let last = match watching.green_since {
                Some(since) => format!(
                    "at the end only for {}",
                    words::span(now.saturating_since(since))
                ),
                None => look.shown,
            };
            let text = format!(
                "gate “{}” was not green within {}: {last}",
                words::gate(&gate),
                words::span(within),
            );
            self.time_is_up(&text);
            return;
        }
        let mut at = next.min(watching.limit);
        if let Some(since) = watching.green_since {
            at = at.min(
                since
                    .saturating_add(duration(gate.for_.value))
                    .max(now.saturating_add(Span::nanos(1))),
            );
        }
        if let Some(until) = watching.hurried {
            at = at.min(until);
        }
        self.wait(Doing::Watching(watching), at.saturating_since(now));
    }

    /// Why it would not be safe to go on now, whatever the gate shows; `None` if it is.
    pub(super) fn why_unsafe(&self, gate: &Gate, at_hand: &[NodeIx]) -> Option<String> {
        let truth: Look = gates::truth(&self.world, &self.estate, &gate.check, at_hand);
        let next = self
            .queue
            .iter()
            .take_while(|next| !matches!(next, Instruction::End))
            .find_map(|next| match next {
                Instruction::Stop(nodes, _) => Some(nodes.clone()),
                _ => None,
            });
        if let Some(nodes) = next {
            let risk = self.world.risk_of_stopping(&nodes);
            if risk.avoidable > 0 || risk.no_quorum {
                let mut parts = Vec::new();
                if risk.leaderless > 0 {
                    parts.push(format!(
                        "{} without a leader",
                        words::count(u64::from(risk.leaderless), "partition")
                    ));
                }
                if risk.below_min_isr > 0 {
                    parts.push(format!(
                        "{} below min ISR",
                        words::count(u64::from(risk.below_min_isr), "partition")
                    ));
                }
                if risk.no_quorum {
                    parts.push("the quorum without a majority".to_owned());
                }
                return Some(format!(
                    "stopping {} at that moment leaves {}",
                    words::nodes(&self.estate, &nodes),
                    words::list(&parts)
                ));
            }
        }
        (!truth.green).then(|| format!("in truth: {}", truth.shown))
    }

    /// Gates that must stay green while the action runs are looked at from now on.
    pub(super) fn watch_during_gates(&mut self) {
        let Some(step) = self.step.clone() else {
            return;
        };
        let scenario = self.scenario.clone();
        let now = self.world.now();
        for gate in &scenario.runbook[step.step].during {
            let when = self.interval(now, now);
            self.gates.push(outcome::GateRecord {
                step: scenario.runbook[step.step].name.value.clone(),
                position: Place::During.name().to_owned(),
                node: None,
                text: words::gate(gate),
                when,
                end: if gate.forgotten.value {
                    GateEnd::Forgotten
                } else {
                    GateEnd::Green
                },
                looks: 0,
                false_green: None,
                false_red: 0,
            });
        }
        self.waits += 1;
        let token = self.waits;
        if let Some(step) = &mut self.step {
            step.during = token;
        }
        // The token of the operator's own wait comes later and is another one.
        self.wake_in(Span::ZERO, Token::During(token));
    }

    pub(crate) fn looks_at_during_gates(&mut self, token: u32) {
        let Some(step) = self.step.clone().filter(|step| step.during == token) else {
            return;
        };
        let scenario = self.scenario.clone();
        let now = self.world.now();
        let mut next = Time::NEVER;
        for (at, gate) in scenario.runbook[step.step].during.iter().enumerate() {
            if gate.forgotten.value || self.is_forgotten(step.step) {
                continue;
            }
            let number = self.gate_number(step.step, Place::During, at);
            let (look, again) = gates::look(
                &self.world,
                &self.estate,
                gate,
                self.scrapers[number].as_ref(),
                &step.at_hand,
            );
            next = next.min(again);
            let text = words::gate(gate);
            let relative = self.relative(now);
            let name = &scenario.runbook[step.step].name.value;
            let record = self.gates.iter_mut().rev().find(|record| {
                record.position == Place::During.name()
                    && record.text == text
                    && record.step == *name
            });
            if let Some(record) = record {
                record.looks += 1;
                record.when.end = relative;
                if !look.green {
                    record.end = GateEnd::Broken;
                }
            }
            if !look.green {
                if let Some(step) = &mut self.step {
                    step.during = 0;
                }
                let why = format!("gate “{text}” did not stay green: {}", look.shown);
                if scenario.runbook[step.step].on_timeout.value == OnTimeout::GoOn {
                    // The action goes on undisturbed.
                    self.note_end(StepEnd::WentOn, Some(why));
                } else {
                    self.time_is_up(&why);
                }
                return;
            }
        }
        if !next.is_never() {
            self.world.wake(next, Token::During(token).pack());
        }
    }
}

fn gate_count(step: &Step) -> usize {
    step.before.len() + step.during.len() + step.between.len() + step.after.len()
}
