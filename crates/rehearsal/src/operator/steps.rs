//! Steps: how one begins, which instructions its action is, how it ends, and what is done when its time is up.

use engine::{Span, Time};
use kafka::ids::NodeIx;
use outcome::StepEnd;
use scenario::model::{Action, OnTimeout, Phase, Roll, Start, Step, StopKind};

use super::{Doing, Instruction, Place, RunningStep};
use crate::estate::duration;
use crate::play::Play;
use crate::{select, words};

/// How long a tool asks for an active controller (`default.api.timeout.ms` of the admin client).
const PATIENCE_OF_TOOLS: Span = Span::secs(60);
/// The same for elections (`LeaderElectionCommand.main` sets 30 s).
const PATIENCE_OF_ELECTIONS: Span = Span::secs(30);
/// How long it waits between two attempts (`retry.backoff.ms` of the admin client).
const TOOL_ASKS: Span = Span::millis(100);

impl Play {
    pub(super) fn begin_step(&mut self, at: usize, undo: bool) {
        if !undo && self.is_skipped(at) {
            self.doing = Doing::Next;
            return;
        }
        let now = self.world.now();
        let scenario = self.scenario.clone();
        let step = &scenario.runbook[at];
        let action = if undo {
            step.undo.as_ref().unwrap_or(&step.action)
        } else {
            &step.action
        };
        let when = self.interval(now, now);
        self.steps.push(outcome::StepRecord {
            name: step.name.value.clone(),
            is_undo: undo,
            action: words::action(action),
            when: Some(when),
            end: StepEnd::Unfinished,
            why: None,
            nodes: Vec::new(),
            commands: Vec::new(),
        });
        self.step = Some(RunningStep {
            step: at,
            undo,
            record: self.steps.len() - 1,
            // The limit is that of the way forward.
            limit: step
                .within
                .as_ref()
                .filter(|_| !(undo && self.gated_undos))
                .map_or(Time::NEVER, |within| {
                    now.saturating_add(duration(within.value))
                }),
            at_hand: Vec::new(),
            first_nth: 1,
            during: 0,
            phase: None,
        });
        let mut first: Vec<Instruction> = Vec::new();
        if !undo {
            first
                .extend((0..step.before.len()).map(|gate| Instruction::Watch(Place::Before, gate)));
        }
        if !undo && !matches!(action.value, Action::Roll(_)) {
            first.extend(self.late(at));
        }
        first.push(Instruction::Do);
        self.put_first(first);
    }

    pub(super) fn put_first(&mut self, instructions: Vec<Instruction>) {
        for instruction in instructions.into_iter().rev() {
            self.queue.push_front(instruction);
        }
    }

    pub(super) fn do_action(&mut self) {
        let Some(running) = self.step.clone() else {
            return;
        };
        let scenario = self.scenario.clone();
        let step = &scenario.runbook[running.step];
        let action = if running.undo {
            step.undo.as_ref().unwrap_or(&step.action)
        } else {
            &step.action
        };
        let mut first = Vec::new();
        if !action_has_nodes(&action.value) {
            // A step without nodes has no phases but its beginning and its end.
            first.extend([
                Instruction::AtHand(Vec::new(), 1),
                Instruction::Enter(Phase::Stopping),
            ]);
        }
        match &action.value {
            Action::Stop(nodes) => {
                let nodes = select::nodes(&self.world, &self.estate, nodes);
                first.extend([
                    Instruction::AtHand(nodes.clone(), 1),
                    Instruction::Enter(Phase::Stopping),
                    Instruction::Stop(nodes.clone(), StopKind::Graceful),
                    Instruction::AwaitGone(nodes),
                    Instruction::Enter(Phase::Stopped),
                ]);
            }
            Action::Kill(nodes) => {
                let nodes = select::nodes(&self.world, &self.estate, nodes);
                first.extend([
                    Instruction::AtHand(nodes.clone(), 1),
                    Instruction::Enter(Phase::Stopping),
                    Instruction::Stop(nodes, StopKind::Kill),
                    Instruction::Enter(Phase::Stopped),
                ]);
            }
            Action::Start(start) => first.extend(self.start_instructions(start)),
            Action::Roll(roll) => first.extend(self.roll_instructions(step, roll, running.undo)),
            Action::SetConfig(_) | Action::EditProperties(_) => first.push(Instruction::Command),
            Action::UpgradeClients(clients) => first.extend(self.client_instructions(clients)),
            Action::ElectLeaders(_) | Action::Features(_) | Action::Format(_) => {
                first.push(Instruction::Command);
            }
            Action::Wait(wait) => first.push(Instruction::Sleep(duration(wait.value))),
            Action::Command(command) => first.push(Instruction::Type(command.clone())),
            Action::Approve { after, .. } => first.push(Instruction::Sleep(duration(after.value))),
            Action::Abort(why) => {
                self.aborted = Some(why.value.clone());
                self.note_end(StepEnd::Done, None);
                self.close_step();
                self.finish();
                return;
            }
        }
        if !running.undo {
            first.extend((0..step.after.len()).map(|gate| Instruction::Watch(Place::After, gate)));
        }
        first.push(Instruction::End);
        self.put_first(first);
        if !running.undo && !step.during.is_empty() {
            self.watch_during_gates();
        }
    }

    pub(super) fn types_command(&mut self) {
        let Some(running) = self.step.clone() else {
            return;
        };
        let scenario = self.scenario.clone();
        let step = &scenario.runbook[running.step];
        let action = if running.undo {
            step.undo.as_ref().unwrap_or(&step.action)
        } else {
            &step.action
        };
        match &action.value {
            Action::Features(features) => self.update_features(features),
            Action::Format(format) => self.format_storage(format),
            Action::SetConfig(set) => self.set_config(set),
            Action::EditProperties(edit) => self.edit_properties(edit),
            Action::ElectLeaders(elect) => self.elect_leaders(elect),
            _ => {}
        }
    }

    /// Does this instruction have to wait? A tool that needs the active controller asks again and again while there is none.
    pub(crate) fn tool_waits(&mut self, instruction: &Instruction) -> bool {
        let patience = match instruction {
            Instruction::ElectPreferred(_) => Some(PATIENCE_OF_ELECTIONS),
            Instruction::Command => self.step.as_ref().and_then(|running| {
                let step = &self.scenario.runbook[running.step];
                let action = match &step.undo {
                    Some(undo) if running.undo => undo,
                    _ => &step.action,
                };
                match action.value {
                    Action::Features(_) | Action::SetConfig(_) => Some(PATIENCE_OF_TOOLS),
                    Action::ElectLeaders(_) => Some(PATIENCE_OF_ELECTIONS),
                    _ => None,
                }
            }),
            _ => None,
        };
        let Some(patience) = patience else {
            return false;
        };
        let now = self.world.now();
        let until = *self.tool_until.get_or_insert(now.saturating_add(patience));
        if self.world.active_controller().is_some() || now >= until {
            self.tool_until = None;
            return false;
        }
        let left = until.saturating_since(now);
        self.queue.push_front(instruction.clone());
        self.wait(Doing::Sleeping, TOOL_ASKS.min(left));
        true
    }

    pub(super) fn start_instructions(&self, start: &Start) -> Vec<Instruction> {
        let nodes = select::nodes(&self.world, &self.estate, &start.nodes);
        vec![
            Instruction::AtHand(nodes.clone(), 1),
            Instruction::Enter(Phase::Starting),
            Instruction::Start(nodes.clone(), start.version.clone(), start.settings.clone()),
            Instruction::AwaitStarted(nodes, start.until.value),
            Instruction::Enter(Phase::PortOpen),
        ]
    }

    pub(super) fn roll_instructions(
        &mut self,
        step: &Step,
        roll: &Roll,
        undo: bool,
    ) -> Vec<Instruction> {
        let mut all = Vec::new();
        let mut nth = 1;
        let mut batches = select::batches(&self.world, &self.estate, roll);
        let number = self.step.as_ref().map_or(0, |step| step.step);
        let mut late = None;
        if !undo {
            self.reordered(number, &mut batches);
            late = self.late(number);
        }
        for batch in batches {
            // Nobody rolls a node back that still runs what it is to be rolled back to.
            let batch: Vec<NodeIx> = if roll.back {
                batch
                    .into_iter()
                    .filter(|&node| !self.runs_as_before(node))
                    .collect()
            } else if undo {
                batch
                    .into_iter()
                    .filter(|&node| !self.runs_already(node, roll))
                    .collect()
            } else {
                batch
            };
            if batch.is_empty() {
                continue;
            }
            all.push(Instruction::AtHand(batch.clone(), nth));
            nth += batch.len() as u32;
            all.push(Instruction::Enter(Phase::Stopping));
            all.push(Instruction::Stop(batch.clone(), roll.stop.value));
            all.push(Instruction::AwaitGone(batch.clone()));
            all.push(Instruction::Enter(Phase::Stopped));
            if roll.down.value.0 > 0 {
                all.push(Instruction::Sleep(duration(roll.down.value)));
            }
            all.push(Instruction::Enter(Phase::Starting));
            all.push(if roll.back {
                Instruction::StartAsBefore(batch.clone())
            } else {
                Instruction::Start(batch.clone(), roll.to.clone(), roll.settings.clone())
            });
            all.push(Instruction::AwaitStarted(batch.clone(), roll.until.value));
            all.push(Instruction::Enter(Phase::PortOpen));
            if roll.elect_preferred.value {
                all.push(Instruction::ElectPreferred(batch.clone()));
            }
            // An undo that begins because a gate did not turn green does not wait at that gate; one that a person chooses does.
            if !undo || self.gated_undos {
                all.push(Instruction::Enter(Phase::Waiting));
                all.extend(
                    (0..step.between.len())
                        .filter(|&gate| {
                            !undo || crate::way_back::goes_both_ways(&step.between[gate])
                        })
                        .map(|gate| Instruction::Watch(Place::Between, gate)),
                );
            }
            all.extend(late.clone());
            if roll.pause.value.0 > 0 {
                all.push(Instruction::Sleep(duration(roll.pause.value)));
            }
        }
        all
    }

    pub(super) fn runs_already(&self, node: NodeIx, roll: &Roll) -> bool {
        let binary = self.world.binary(node);
        let version = binary.version.to_string();
        let changes = roll.to.is_some() || !roll.settings.is_empty();
        let runs = roll.to.as_ref().is_none_or(|to| to.value.0 == version);
        let set = roll.settings.iter().all(|(name, value)| {
            crate::way_back::setting_in_effect(binary, &name.value).as_ref() == Some(&value.value)
        });
        changes && runs && set && self.world.port_is_open(node)
    }

    /// The end of the step at hand, unless something else ended it before.
    pub(crate) fn note_end(&mut self, end: StepEnd, why: Option<String>) {
        if let Some(step) = &self.step {
            let record = &mut self.steps[step.record];
            if record.end == StepEnd::Unfinished {
                record.end = end;
            }
            if record.why.is_none() {
                record.why = why;
            }
        }
    }

    /// The step at hand is over now.
    pub(crate) fn close_step(&mut self) {
        let now = self.relative(self.world.now());
        if let Some(step) = self.step.take() {
            let record = &mut self.steps[step.record];
            if let Some(when) = &mut record.when {
                when.end = now;
            }
            for phase in &mut record.nodes {
                if phase.when.end == i64::MAX {
                    phase.when.end = now;
                }
            }
            if !step.undo {
                self.done_steps.push(step.step);
            }
        }
    }

    pub(super) fn end_step(&mut self) {
        self.enter(Phase::Done);
        let end = if self.step.as_ref().is_some_and(|step| step.undo) {
            StepEnd::Undone
        } else {
            StepEnd::Done
        };
        self.note_end(end, None);
        let again = self
            .step
            .as_ref()
            .filter(|step| !step.undo)
            .map(|step| step.step);
        self.close_step();
        if let Some(step) = again
            && self.is_repeated(step)
        {
            self.put_first(vec![Instruction::Begin(step, false)]);
        }
    }

    /// A phase of the nodes at hand begins.
    pub(super) fn enter(&mut self, phase: Phase) {
        if let Some(step) = &mut self.step {
            step.phase = Some(phase);
        }
        let Some(step) = self.step.clone() else {
            return;
        };
        let name = match phase {
            Phase::Stopping => "stopping",
            Phase::Stopped => "down",
            Phase::Starting => "starting",
            Phase::Recovering => "recovering",
            Phase::PortOpen => "up",
            Phase::Waiting => "waiting",
            Phase::Done => "",
        };
        let at = self.relative(self.world.now());
        let record = &mut self.steps[step.record];
        for open in &mut record.nodes {
            if open.when.end == i64::MAX {
                open.when.end = at;
            }
        }
        record
            .nodes
            .retain(|phase| phase.when.end > phase.when.begin);
        if phase != Phase::Done {
            for &node in &step.at_hand {
                record.nodes.push(outcome::NodePhase {
                    node: self.estate.nodes[node as usize].id,
                    phase: name.to_owned(),
                    when: outcome::Interval {
                        begin: at,
                        end: i64::MAX,
                    },
                });
            }
        }
        if step.at_hand.is_empty() {
            self.injector_phase(step.step, 1, phase, None);
        }
        for (offset, &node) in step.at_hand.iter().enumerate() {
            self.injector_phase(step.step, step.first_nth + offset as u32, phase, Some(node));
        }
    }

    /// A node at hand enters a phase by itself.
    pub(crate) fn phase_of(&mut self, node: NodeIx, phase: Phase) {
        let Some(step) = self.step.clone() else {
            return;
        };
        if let Some(offset) = step.at_hand.iter().position(|&at_hand| at_hand == node) {
            self.injector_phase(step.step, step.first_nth + offset as u32, phase, Some(node));
        }
    }

    /// A limit has passed: what the step says is done.
    pub(crate) fn time_is_up(&mut self, why: &str) {
        let Some(step) = self.step.clone() else {
            return;
        };
        let scenario = self.scenario.clone();
        let plan = if step.undo {
            OnTimeout::Abort
        } else {
            scenario.runbook[step.step].on_timeout.value
        };
        // Whatever the operator was waiting for, the wait is over.
        self.waits += 1;
        match plan {
            OnTimeout::GoOn => {
                self.note_end(StepEnd::WentOn, Some(why.to_owned()));
                self.doing = Doing::Next;
            }
            OnTimeout::Ask(after) => {
                if let Some(step) = &self.step {
                    self.steps[step.record]
                        .why
                        .get_or_insert_with(|| format!("{why}; a person said: go on"));
                }
                self.wait(Doing::Asking, duration(after));
            }
            OnTimeout::Abort => {
                self.note_end(StepEnd::Aborted, Some(why.to_owned()));
                self.aborted = Some(why.to_owned());
                self.close_step();
                self.finish();
            }
            OnTimeout::Undo => {
                self.note_end(StepEnd::Aborted, Some(why.to_owned()));
                self.aborted = Some(why.to_owned());
                self.close_step();
                self.queue.clear();
                let mut back: Vec<usize> = self.done_steps.clone();
                back.dedup();
                while let Some(done) = back.pop() {
                    if scenario.runbook[done].undo.is_some() {
                        self.queue.push_back(Instruction::Begin(done, true));
                    }
                }
                self.doing = Doing::Next;
            }
        }
    }
}

/// Does an action go through phases of nodes?
fn action_has_nodes(action: &Action) -> bool {
    matches!(
        action,
        Action::Stop(_) | Action::Kill(_) | Action::Start(_) | Action::Roll(_)
    )
}
