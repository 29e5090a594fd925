//! The operator: works through the runbook, one instruction after the other, and waits where the runbook says so.
//!
//! A step is turned into instructions when it begins, because which nodes it means may depend on that moment (the active controller). Each
//! instruction either is done at once or leaves the operator waiting for something that has a time limit.

mod actions;
mod people;
mod steps;
mod watching;

use engine::{Span, Time};
use kafka::ids::NodeIx;
use kafka::node::Process;
use outcome::StepEnd;
use scenario::model::{Phase, Settings, Spanned, Started, StopKind, VersionName};

use crate::gates;
use crate::play::Play;
use crate::tokens::Token;
use crate::words;

pub(crate) use watching::{Place, Watching};

/// A gate or a start without a limit of its own gets this one (stated in the language's reference: "within").
const PATIENCE: Span = Span::secs(30 * 60);

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
    /// Start with the binary and the properties file of before the first step.
    StartAsBefore(Vec<NodeIx>),
    StopMember(u32, u32),
    /// The last member of a group brings the new version.
    StartMember(u32, u32, facts::KafkaVersion),
    TakeOver(u32, facts::KafkaVersion),
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
    /// What the nodes at hand are going through.
    pub(crate) phase: Option<Phase>,
}

impl Play {
    /// Puts the steps in order: as the file has them, but not before those they need.
    pub(crate) fn plan_steps(&mut self) {
        self.queue_steps();
        let scenario = self.scenario.clone();
        self.plan_scrapers(&scenario.runbook);
    }

    /// All steps are to be done.
    pub(crate) fn queue_steps(&mut self) {
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
        for step in self.disordered(placed) {
            self.queue.push_back(Instruction::Begin(step, false));
        }
    }

    /// Metrics are scraped all the time.
    fn plan_scrapers(&mut self, steps: &[scenario::model::Step]) {
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
            if self.is_halted() {
                return;
            }
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
    pub(crate) fn perform(&mut self, instruction: Instruction) {
        if self.tool_waits(&instruction) {
            return;
        }
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
            Instruction::StartAsBefore(nodes) => self.start_as_before(&nodes),
            Instruction::StopMember(group, member) => self.stop_member(group, member),
            Instruction::StartMember(group, member, version) => {
                self.start_member(group, member, version);
            }
            Instruction::TakeOver(producer, version) => self.take_over(producer, version),
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
}
