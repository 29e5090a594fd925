//! The operator: works through the runbook, one instruction after the other, and waits where the runbook says so.
//!
//! A step is turned into instructions when it begins, because which nodes it means may depend on that moment (the active controller). Each
//! instruction either is done at once or leaves the operator waiting for something that has a time limit.

use engine::{Span, Time};
use kafka::ids::NodeIx;
use kafka::node::Process;
use outcome::{GateEnd, StepEnd};
use scenario::model::{
    Action, Gate, OnTimeout, Phase, Roll, Settings, Spanned, Start, Started, Step, StopKind,
    VersionName,
};

use crate::acts::{By, What};
use crate::estate::duration;
use crate::gates::{self, Look};
use crate::play::Play;
use crate::tokens::Token;
use crate::{commands, select, words};

/// A gate or a start without a limit of its own gets this one (stated in the language's reference: "within").
const PATIENCE: Span = Span::secs(30 * 60);

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

/// One thing to do.
#[derive(Clone, Debug)]
pub(crate) enum Instruction {
    /// A step begins; `true`: its undo.
    Begin(usize, bool),
    /// The step at hand is over.
    End,
    /// The action of the step at hand.
    Do,
    /// From now on these nodes are at hand; the first is the n-th of the step.
    AtHand(Vec<NodeIx>, u32),
    /// A phase of the nodes at hand begins.
    Enter(Phase),
    Stop(Vec<NodeIx>, StopKind),
    AwaitGone(Vec<NodeIx>),
    Start(Vec<NodeIx>, Option<Spanned<VersionName>>, Settings),
    AwaitStarted(Vec<NodeIx>, Started),
    ElectPreferred(Vec<NodeIx>),
    /// The command that the step at hand is: it may fail.
    Command,
    Watch(Place, usize),
    Sleep(Span),
    /// A command line as a person types it.
    Type(scenario::model::Command),
}

/// What the operator is waiting for.
#[derive(Clone, Debug)]
pub(crate) enum Doing {
    /// Nothing: before the first step, or after the last.
    Nothing,
    /// The next instruction.
    Next,
    /// For time to pass.
    Sleeping,
    /// For processes to end.
    AwaitGone(Vec<NodeIx>),
    /// For nodes to be up.
    AwaitStarted(Vec<NodeIx>, Started),
    /// For a gate to turn green.
    Watching(Watching),
    /// For a person to say "go on".
    Asking,
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

/// The step at hand.
#[derive(Clone, Debug)]
pub(crate) struct RunningStep {
    pub(crate) step: usize,
    pub(crate) undo: bool,
    pub(crate) record: usize,
    pub(crate) limit: Time,
    pub(crate) at_hand: Vec<NodeIx>,
    pub(crate) first_nth: u32,
    pub(crate) during: u32,
}

impl Play {
    /// Puts the steps in order: as the file has them, but not before those they need.
    pub(crate) fn plan_steps(&mut self) {
        let scenario = self.scenario.clone();
        let steps = &scenario.runbook;
        let mut placed: Vec<usize> = Vec::new();
        while placed.len() < steps.len() {
            let ready = |at: &usize| {
                let needs = steps[*at].needs.as_ref();
                !placed.contains(at)
                    && needs.is_none_or(|needs| {
                        needs.iter().all(|need| {
                            steps
                                .iter()
                                .position(|step| step.name.value == need.value)
                                .is_none_or(|needed| placed.contains(&needed))
                        })
                    })
            };
            // A cycle cannot come this far (the reader refuses it); should one, the order of the file is kept.
            let next = (0..steps.len())
                .find(ready)
                .or_else(|| (0..steps.len()).find(|at| !placed.contains(at)));
            placed.extend(next);
        }
        for step in placed {
            self.queue.push_back(Instruction::Begin(step, false));
        }
        let mut number = 0;
        for step in steps {
            for gate in [&step.before, &step.during, &step.between, &step.after]
                .into_iter()
                .flatten()
            {
                let scraper = gates::Scraper::of(&self.world, gate, number, self.begin);
                if let Some(scraper) = &scraper {
                    self.world
                        .wake(scraper.first(), Token::Scrape(number).pack());
                }
                self.scrapers.push(scraper);
                number += 1;
            }
        }
    }

    /// The number of a gate over the whole file.
    fn gate_number(&self, step: usize, place: Place, gate: usize) -> usize {
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

    /// After anything has happened: does it let the operator go on?
    pub(crate) fn go_on(&mut self) {
        loop {
            let ready = match &self.doing {
                Doing::Next => true,
                Doing::AwaitGone(nodes) => nodes
                    .iter()
                    .all(|&node| self.world.process(node) == Process::Gone),
                Doing::AwaitStarted(nodes, until) => nodes.iter().all(|&node| match until {
                    Started::Process => self.world.process_exists(node),
                    Started::Port => self.world.port_is_open(node),
                }),
                _ => false,
            };
            if !ready {
                return;
            }
            self.doing = Doing::Next;
            match self.queue.pop_front() {
                Some(instruction) => self.perform(instruction),
                None => {
                    self.finish();
                    return;
                }
            }
        }
    }

    /// Waits with a time limit; a wake-up for an older wait is ignored.
    pub(crate) fn wait(&mut self, doing: Doing, span: Span) {
        self.doing = doing;
        self.waits += 1;
        let token = Token::Operator(self.waits);
        self.wake_in(span, token);
    }

    /// The limit of the step, or as long as people are patient.
    fn time_left(&self) -> Span {
        let limit = self.step.as_ref().map_or(Time::NEVER, |step| step.limit);
        let now = self.world.now();
        if limit.is_never() {
            PATIENCE
        } else {
            limit.saturating_since(now)
        }
    }

    pub(crate) fn wait_is_over(&mut self, wait: u32) {
        if wait != self.waits {
            return;
        }
        match self.doing.clone() {
            Doing::Sleeping => self.doing = Doing::Next,
            Doing::Asking => {
                self.note_end(StepEnd::WentOn, None);
                self.doing = Doing::Next;
            }
            Doing::AwaitGone(nodes) => {
                let text = format!("{} did not end in time", words::nodes(&self.estate, &nodes));
                self.time_is_up(&text);
            }
            Doing::AwaitStarted(nodes, _) => {
                let late: Vec<NodeIx> = nodes
                    .into_iter()
                    .filter(|&node| !self.world.port_is_open(node))
                    .collect();
                let text = format!(
                    "{} did not come up in time",
                    words::nodes(&self.estate, &late)
                );
                self.time_is_up(&text);
            }
            Doing::Watching(watching) => self.looks(watching),
            Doing::Nothing | Doing::Next => {}
        }
    }

    /// One instruction.
    fn perform(&mut self, instruction: Instruction) {
        match instruction {
            Instruction::Begin(step, undo) => self.begin_step(step, undo),
            Instruction::End => self.end_step(),
            Instruction::Do => self.do_action(),
            Instruction::AtHand(nodes, nth) => {
                if let Some(step) = &mut self.step {
                    step.at_hand = nodes;
                    step.first_nth = nth;
                }
            }
            Instruction::Enter(phase) => self.enter(phase),
            Instruction::Stop(nodes, kind) => self.stop_nodes(&nodes, kind),
            Instruction::AwaitGone(nodes) => {
                let left = self.time_left();
                self.wait(Doing::AwaitGone(nodes), left);
            }
            Instruction::Start(nodes, version, settings) => {
                self.start_nodes(&nodes, version.as_ref(), &settings)
            }
            Instruction::AwaitStarted(nodes, until) => {
                let left = self.time_left();
                self.wait(Doing::AwaitStarted(nodes, until), left);
            }
            Instruction::ElectPreferred(nodes) => self.elect_preferred_on(&nodes),
            Instruction::Command => self.types_command(),
            Instruction::Watch(place, gate) => self.begin_watch(place, gate),
            Instruction::Sleep(span) => self.wait(Doing::Sleeping, span),
            Instruction::Type(command) => self.type_command(&command),
        }
    }

    // ------------------------------------------------------------------------------------ steps

    fn begin_step(&mut self, at: usize, undo: bool) {
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
            limit: step.within.as_ref().map_or(Time::NEVER, |within| {
                now.saturating_add(duration(within.value))
            }),
            at_hand: Vec::new(),
            first_nth: 1,
            during: 0,
        });
        let mut first: Vec<Instruction> = Vec::new();
        if !undo {
            first
                .extend((0..step.before.len()).map(|gate| Instruction::Watch(Place::Before, gate)));
        }
        first.push(Instruction::Do);
        self.put_first(first);
    }

    fn put_first(&mut self, instructions: Vec<Instruction>) {
        for instruction in instructions.into_iter().rev() {
            self.queue.push_front(instruction);
        }
    }

    fn do_action(&mut self) {
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
            Action::SetConfig(_) => first.push(Instruction::Command),
            Action::ElectLeaders(elect) => self.elect_leaders(elect),
            Action::Features(_) | Action::Format(_) => first.push(Instruction::Command),
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

    fn types_command(&mut self) {
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
            _ => {}
        }
    }

    fn start_instructions(&self, start: &Start) -> Vec<Instruction> {
        let nodes = select::nodes(&self.world, &self.estate, &start.nodes);
        vec![
            Instruction::AtHand(nodes.clone(), 1),
            Instruction::Enter(Phase::Starting),
            Instruction::Start(nodes.clone(), start.version.clone(), start.settings.clone()),
            Instruction::AwaitStarted(nodes, start.until.value),
            Instruction::Enter(Phase::PortOpen),
        ]
    }

    fn roll_instructions(&self, step: &Step, roll: &Roll, undo: bool) -> Vec<Instruction> {
        let mut all = Vec::new();
        let mut nth = 1;
        for batch in select::batches(&self.world, &self.estate, roll) {
            // Nobody rolls a node back that still runs what it is to be rolled back to.
            let batch: Vec<NodeIx> = if undo && roll.settings.is_empty() {
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
            all.push(Instruction::Start(
                batch.clone(),
                roll.to.clone(),
                roll.settings.clone(),
            ));
            all.push(Instruction::AwaitStarted(batch.clone(), roll.until.value));
            all.push(Instruction::Enter(Phase::PortOpen));
            if roll.elect_preferred.value {
                all.push(Instruction::ElectPreferred(batch.clone()));
            }
            if !undo {
                all.push(Instruction::Enter(Phase::Waiting));
                all.extend(
                    (0..step.between.len()).map(|gate| Instruction::Watch(Place::Between, gate)),
                );
            }
            if roll.pause.value.0 > 0 {
                all.push(Instruction::Sleep(duration(roll.pause.value)));
            }
        }
        all
    }

    fn runs_already(&self, node: NodeIx, roll: &Roll) -> bool {
        let version = self.world.binary(node).version.to_string();
        roll.to.as_ref().is_some_and(|to| to.value.0 == version) && self.world.port_is_open(node)
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

    fn end_step(&mut self) {
        self.enter(Phase::Done);
        let end = if self.step.as_ref().is_some_and(|step| step.undo) {
            StepEnd::Undone
        } else {
            StepEnd::Done
        };
        self.note_end(end, None);
        self.close_step();
    }

    /// A phase of the nodes at hand begins.
    fn enter(&mut self, phase: Phase) {
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

    /// A command that a person types.
    pub(crate) fn command(&mut self, node: Option<NodeIx>, line: String) {
        let at = self.relative(self.world.now());
        let node = node.map(|node| self.estate.nodes[node as usize].id);
        if let Some(step) = &self.step {
            self.steps[step.record].commands.push(outcome::Command {
                at,
                node,
                line,
                exit: None,
                output: Vec::new(),
            });
        }
    }

    /// The release whose tools are at hand: that of the node that is asked, else of the first broker. Operators mostly use
    /// the tools that came with a node's binary.
    fn tool_version(&self, asked: Option<NodeIx>) -> facts::KafkaVersion {
        let broker = || self.estate.nodes.iter().position(|node| node.broker);
        let node = asked
            .or_else(|| broker().map(|at| at as NodeIx))
            .unwrap_or(0);
        self.world.binary(node).version
    }

    pub(crate) fn by(&self) -> By {
        By::Step(self.step.as_ref().map_or(0, |step| step.step))
    }

    pub(crate) fn in_step(&self, what: &str) -> String {
        let Some(step) = &self.step else {
            return what.to_owned();
        };
        let name = &self.scenario.runbook[step.step].name.value;
        if step.undo {
            format!("undo of step {name}: {what}")
        } else {
            format!("step {name}: {what}")
        }
    }

    // ------------------------------------------------------------------------------------ doing things to nodes

    fn stop_nodes(&mut self, nodes: &[NodeIx], kind: StopKind) {
        let verb = if kind == StopKind::Kill {
            "kill -9"
        } else {
            "stop"
        };
        let text = self.in_step(&format!("{verb} {}", words::nodes(&self.estate, nodes)));
        for &node in nodes {
            self.command(
                Some(node),
                if kind == StopKind::Kill {
                    commands::kill(&self.estate.nodes[node as usize])
                } else {
                    commands::stop(&self.estate.nodes[node as usize])
                },
            );
        }
        let by = self.by();
        self.act(by, What::Stop, nodes, text, |world| {
            for &node in nodes {
                match kind {
                    StopKind::Graceful => world.stop(node),
                    StopKind::Kill => world.kill(node),
                }
            }
        });
    }

    fn start_nodes(
        &mut self,
        nodes: &[NodeIx],
        version: Option<&Spanned<VersionName>>,
        settings: &Settings,
    ) {
        let mut binaries = Vec::new();
        for &node in nodes {
            let old = self.world.binary(node).clone();
            let wrong = self.version_on_host(node).map(|version| Spanned {
                value: VersionName(version),
                span: scenario::model::Span::default(),
            });
            let spec = &self.estate.nodes[node as usize];
            let new = crate::binary::changed(&old, wrong.as_ref().or(version), settings);
            for line in commands::changes(&self.estate, spec, old.version, new.version, settings) {
                self.command(Some(node), line);
            }
            let line =
                commands::start(&self.estate, &self.estate.nodes[node as usize], new.version);
            self.command(Some(node), line);
            binaries.push((node, new));
        }
        let text = self.in_step(&format!("start {}", words::nodes(&self.estate, nodes)));
        let by = self.by();
        self.act(by, What::Start, nodes, text, |world| {
            for (node, binary) in binaries {
                world.start(node, Some(binary));
            }
        });
    }

    fn elect_preferred_on(&mut self, nodes: &[NodeIx]) {
        let partitions: Vec<u32> = (0..self.world.partition_count())
            .filter(|&partition| nodes.contains(&self.world.partition(partition).replicas[0].node))
            .collect();
        self.command(None, commands::elect_on(&self.estate, nodes));
        let text = self.in_step(&format!(
            "elect preferred leaders on {}",
            words::nodes(&self.estate, nodes)
        ));
        let by = self.by();
        self.act(by, What::Elect, nodes, text, |world| {
            world.elect_preferred_leaders(Some(&partitions));
        });
    }

    fn elect_leaders(&mut self, elect: &scenario::model::ElectLeaders) {
        use scenario::model::ElectionKind;
        self.command(None, commands::elect(&self.estate, elect));
        let topic = elect
            .topic
            .as_ref()
            .and_then(|topic| self.estate.topic(&topic.value));
        let partitions: Option<Vec<u32>> = topic.map(|topic| match &elect.partition {
            Some(number) => self
                .world
                .partition_of(topic, number.value)
                .into_iter()
                .collect(),
            None => (0..self.world.partition_count())
                .filter(|&at| self.world.partition(at).topic == topic)
                .collect(),
        });
        let text = self.in_step(&words::action(&Action::ElectLeaders(elect.clone())));
        if self.world.active_controller().is_none() {
            let now = self.world.now();
            self.refusals.push((
                now,
                text.clone(),
                "there is no active controller".to_owned(),
            ));
        }
        let kind = elect.kind.value;
        let by = self.by();
        self.act(by, What::Elect, &[], text, |world| match kind {
            ElectionKind::Preferred => {
                world.elect_preferred_leaders(partitions.as_deref());
            }
            ElectionKind::Unclean => {
                world.elect_unclean_leaders(partitions.as_deref());
            }
        });
    }

    /// A person types a command. A tool that refuses it says so at once; then the step says what is done, as when its time is up.
    fn type_command(&mut self, command: &scenario::model::Command) {
        let line = &command.line.value;
        self.command(None, line.clone());
        let of_the_step = command
            .tools
            .as_ref()
            .and_then(|version| version.value.0.parse().ok());
        let version = of_the_step.unwrap_or_else(|| self.tool_version(None));
        let Some(refused) = commands::refused(version, line) else {
            return;
        };
        self.command(
            None,
            format!("# exit code {}: {}", refused.exit, refused.says),
        );
        let text = self.in_step(&format!(
            "{} of {version} refuses “{line}”: {}",
            refused.tool, refused.why
        ));
        let now = self.world.now();
        self.refused_commands.push((now, text));
        self.time_is_up(&format!(
            "{} ended with exit code {}",
            refused.tool, refused.exit
        ));
    }

    fn set_config(&mut self, set: &scenario::model::SetConfig) {
        self.command(None, commands::set(&self.estate, set));
        let text = self.in_step(&words::action(&Action::SetConfig(set.clone())));
        let now = self.world.now();
        if let Some(why) = self.invalid_topic_config(set) {
            self.refusals.push((now, text, why.clone()));
            self.ended_by = Some(crate::findings::kind_of_config_refusal(&why));
            self.time_is_up(&format!("kafka-configs.sh failed: {why}"));
            return;
        }
        match crate::binary::config_changes(&self.world, &self.estate, set) {
            Err(why) => self.refusals.push((now, text, why)),
            Ok(changes) => {
                let by = self.by();
                self.act(by, What::Configure, &[], text, |world| changes.apply(world));
            }
        }
    }

    // ------------------------------------------------------------------------------------ gates

    fn gate(&self, place: Place, gate: usize) -> Option<Gate> {
        let step = self.step.as_ref()?;
        place
            .gates(&self.scenario.runbook[step.step])
            .get(gate)
            .cloned()
    }

    fn begin_watch(&mut self, place: Place, at: usize) {
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
    fn looks(&mut self, mut watching: Watching) {
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
    fn why_unsafe(&self, gate: &Gate, at_hand: &[NodeIx]) -> Option<String> {
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
    fn watch_during_gates(&mut self) {
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

    // ------------------------------------------------------------------------------------ out of time

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

fn gate_count(step: &Step) -> usize {
    step.before.len() + step.during.len() + step.between.len() + step.after.len()
}
