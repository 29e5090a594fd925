//! One rehearsal being played: the world, the operator in it, the faults that hit it, and what is noted meanwhile.
//!
//! The world only reacts. [`Play::play_to_the_end`] drives it from notice to notice; `operator` decides what people do next, `injector` what goes
//! wrong, and everything that happened is kept for the judge.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use engine::{Span, Time};
use kafka::estate::Estate;
use kafka::ids::NodeIx;
use kafka::{Notice, Options, World};
use scenario::Scenario;
use scenario::model::{Fault, Phase};

use crate::acts::{Act, By, Risk, What};
use crate::estate::duration;
use crate::gates::Scraper;
use crate::injector::Injected;
use crate::moments::{Moment, Saboteur, State, Tally};
use crate::operator::{Doing, Instruction, RunningStep};
use crate::tokens::Token;

/// A notice and its moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noticed {
    pub(crate) at: Time,
    pub(crate) what: Notice,
}

/// A rehearsal in progress. A clone goes on exactly as the original would.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) estate: Arc<Estate>,
    pub(crate) world: World,
    /// When the first step begins.
    pub(crate) begin: Time,
    /// When the last step ended, once it has.
    pub(crate) finished: Option<Time>,
    /// The last moment that is looked at.
    pub(crate) end: Time,
    pub(crate) acts: Vec<Act>,
    pub(crate) notices: Vec<Noticed>,
    // The operator.
    pub(crate) queue: VecDeque<Instruction>,
    pub(crate) doing: Doing,
    pub(crate) waits: u32,
    pub(crate) step: Option<RunningStep>,
    pub(crate) steps: Vec<outcome::StepRecord>,
    pub(crate) gates: Vec<outcome::GateRecord>,
    /// A step or a gate ran out of time and the runbook ended early.
    pub(crate) aborted: Option<String>,
    pub(crate) done_steps: Vec<usize>,
    pub(crate) scrapers: Vec<Option<Scraper>>,
    /// Things that a tool refused: when, what, why.
    pub(crate) refusals: Vec<(Time, String, String)>,
    /// Commands that their tool refused: when, and what it was.
    pub(crate) refused_commands: Vec<(Time, String)>,
    /// Calls of `kafka-features.sh`.
    pub(crate) told: Vec<crate::finalize::Told>,
    /// Which version each start was one of: when, which node.
    pub(crate) starts: Vec<(Time, NodeIx, facts::KafkaVersion)>,
    /// The finding that says why the runbook ended early, where that is known at once.
    pub(crate) ended_by: Option<&'static str>,
    /// Until when the tool at hand asks for a controller.
    pub(crate) tool_until: Option<Time>,
    /// The version of the tools, where a fault says so.
    pub(crate) tool: Option<facts::KafkaVersion>,
    /// Nodes whose next start is one of another version than meant.
    pub(crate) wrong_binaries: std::collections::BTreeMap<NodeIx, String>,
    /// Lines of `server.properties` that were edited since the node's last start; `None`: taken out.
    pub(crate) edited: std::collections::BTreeMap<NodeIx, crate::properties::Edits>,
    /// Topic settings that were deleted: topic, setting.
    pub(crate) deleted: std::collections::BTreeSet<(String, String)>,
    /// Clients that got another version: when, and who.
    pub(crate) upgraded: Vec<(Time, String)>,
    // Faults.
    /// Those of the plan; [`Play::scenario`] has none.
    pub(crate) faults: Arc<Vec<Fault>>,
    pub(crate) injected: Vec<Injected>,
    /// What has happened how often since the first step began.
    pub(crate) tally: Tally,
    /// Steps, nodes and phases that were entered.
    pub(crate) entered: BTreeSet<(usize, u32, Phase)>,
    /// Who may place more faults at the moments that are reached.
    pub(crate) saboteur: Option<Box<dyn Saboteur>>,
    /// The moments reached since they were last taken, where somebody wants to know.
    pub(crate) reached: Option<Vec<(Moment, State)>>,
    pub(crate) loops: Vec<(usize, NodeIx, bool)>,
    // The way back.
    /// Where the operator stands still for somebody who looks.
    pub(crate) halts: crate::way_back::Halts,
    /// Undo rolls wait at the gates that their step has between nodes.
    pub(crate) gated_undos: bool,
}

impl Play {
    /// Sets the stage.
    pub(crate) fn new(
        scenario: Arc<Scenario>,
        faults: Arc<Vec<Fault>>,
        estate: Arc<Estate>,
        seed: u64,
        options: Options,
    ) -> Self {
        let world = World::new(estate.clone(), seed, options);
        let tally = Tally::of(estate.nodes.len());
        let begin = Time::ZERO.saturating_add(duration(scenario.settle.value));
        let mut play = Self {
            scenario,
            estate,
            world,
            begin,
            finished: None,
            end: begin,
            acts: Vec::new(),
            notices: Vec::new(),
            queue: VecDeque::new(),
            doing: Doing::Nothing,
            waits: 0,
            step: None,
            steps: Vec::new(),
            gates: Vec::new(),
            aborted: None,
            done_steps: Vec::new(),
            scrapers: Vec::new(),
            refusals: Vec::new(),
            refused_commands: Vec::new(),
            told: Vec::new(),
            starts: Vec::new(),
            ended_by: None,
            tool_until: None,
            tool: None,
            wrong_binaries: std::collections::BTreeMap::new(),
            faults,
            edited: std::collections::BTreeMap::new(),
            deleted: std::collections::BTreeSet::new(),
            upgraded: Vec::new(),
            injected: Vec::new(),
            tally,
            entered: BTreeSet::new(),
            saboteur: None,
            reached: None,
            loops: Vec::new(),
            halts: crate::way_back::Halts::default(),
            gated_undos: false,
        };
        play.world.wake(begin, Token::Begin.pack());
        play.plan_steps();
        play.plan_faults();
        play
    }

    /// Plays up to this moment, or to the end if that comes first.
    pub(crate) fn play_until(&mut self, until: Time) {
        while self.finished.is_none() {
            let Some(notices) = self.world.next(until) else {
                return;
            };
            for notice in notices {
                self.takes_note(notice);
            }
            self.go_on();
        }
    }

    /// Plays to the end of the tail.
    pub(crate) fn play_to_the_end(&mut self) {
        while self.play_on() {}
    }

    /// Plays up to the next moment at which there is anything to notice, that moment included. `false`: the run is at its end.
    pub(crate) fn play_on(&mut self) -> bool {
        let limit = match self.finished {
            Some(finished) => finished.saturating_add(duration(self.scenario.tail.value)),
            None => Time::NEVER,
        };
        let Some(notices) = self.world.next(limit) else {
            if self.finished.is_some() {
                self.end = limit;
                if !limit.is_never() && limit > self.world.now() {
                    self.world.advance_to(limit);
                }
                return false;
            }
            // Nothing will ever happen again and the operator still waits: that cannot be, every wait has a wake-up.
            self.finish();
            return true;
        };
        for notice in notices {
            self.takes_note(notice);
        }
        self.go_on();
        true
    }

    pub(crate) fn takes_note(&mut self, notice: Notice) {
        match notice {
            Notice::Outside(word) => match Token::unpack(word) {
                Token::Begin => {
                    self.world.keep_lags();
                    self.doing = Doing::Next;
                }
                Token::Operator(wait) => self.wait_is_over(wait),
                Token::During(wait) => self.looks_at_during_gates(wait),
                Token::Scrape(gate) => self.scrape(gate),
                Token::FaultBegins(fault) => self.fault_begins(fault as usize),
                Token::FaultEnds(fault) => self.fault_ends(fault as usize),
                Token::CrashLoop(at) => self.crash_loop(at as usize),
            },
            notice => {
                let at = self.world.now();
                self.notices.push(Noticed { at, what: notice });
                self.injector_notices(notice);
                match notice {
                    Notice::ProcessStarted(node) => {
                        let version = self.world.binary(node).version;
                        self.starts.push((at, node, version));
                    }
                    Notice::Recovering(node, _) => {
                        self.phase_of(node, scenario::model::Phase::Recovering);
                    }
                    Notice::Exited(node, reason) => self.ended_by_itself(node, reason),
                    _ => {}
                }
            }
        }
    }

    /// Does something to the world, with a number of its own as the root of everything that follows.
    pub(crate) fn act(
        &mut self,
        by: By,
        what: What,
        nodes: &[NodeIx],
        text: String,
        does: impl FnOnce(&mut World),
    ) {
        let number = self.acts.len() as u32;
        let risk = (what == What::Stop && matches!(by, By::Step(_))).then(|| Risk {
            stop: self.world.risk_of_stopping(nodes),
            first_alone: self.world.risk_of_stopping(&nodes[..nodes.len().min(1)]),
            under_replicated: self.world.counts().under_replicated,
            leads: nodes.iter().map(|&node| self.world.leaderships(node)).sum(),
        });
        self.acts.push(Act {
            at: self.world.now(),
            by,
            what,
            nodes: nodes.to_vec(),
            text,
            risk,
        });
        self.world.begin_act(number);
        does(&mut self.world);
        self.world.end_act();
    }

    /// The moment relative to the first step.
    pub(crate) fn relative(&self, at: Time) -> outcome::Time {
        relative(self.begin, at)
    }

    /// A stretch of time relative to the first step; one that has not ended ends with the run.
    pub(crate) fn interval(&self, begin: Time, end: Time) -> outcome::Interval {
        let end = if end.is_never() {
            self.end.max(begin)
        } else {
            end
        };
        outcome::Interval {
            begin: self.relative(begin),
            end: self.relative(end),
        }
    }

    /// Ends the runbook at this moment.
    pub(crate) fn finish(&mut self) {
        self.queue.clear();
        self.doing = Doing::Nothing;
        self.finished = Some(self.world.now());
    }

    /// Asks to be woken.
    pub(crate) fn wake_in(&mut self, span: Span, token: Token) {
        let at = self.world.now().saturating_add(span);
        self.world.wake(at, token.pack());
    }
}

/// The moment relative to the first step, in nanoseconds.
pub(crate) fn relative(begin: Time, at: Time) -> outcome::Time {
    let signed = |time: Time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    signed(at) - signed(begin)
}
