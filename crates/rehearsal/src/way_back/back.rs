//! The way back from one moment, and the way forward again.
//!
//! The operator turns around at once: what was being done is left, and the undos of the steps that have begun run in reverse order, each
//! roll with the gates that its step has between nodes. After the last undo the world has [`SETTLES`] to become what it was. Then the
//! runbook is run again from its first step.

use std::sync::Arc;

use engine::{Span, Time};
use kafka::Notice;
use kafka::Options;
use kafka::features::exit::{EXIT_CODE, ExitReason};
use kafka::ids::NodeIx;
use outcome::StepEnd;
use outcome::rollback::Obstacle;
use scenario::Scenario;
use scenario::model::{Action, Direction, Fault, PromiseKind, Span as Place, Spanned};

use super::picture::{Difference, Picture};
use super::{Halts, Turn, Undo, setting_in_effect};
use crate::judge::Judged;
use crate::operator::Instruction;
use crate::play::Play;
use crate::words;

/// Nothing is told but what came of it; causes are kept to name what blocked the way.
pub(super) const OPTIONS: Options = Options {
    causes: true,
    trace: false,
    history: false,
    switches: kafka::Switches {
        calm: true,
        drains: true,
    },
};

/// How long after the last undo the world may take to become what it was: *assumed*, as long as a gate is watched that says nothing else.
const SETTLES: Span = Span::secs(30 * 60);
/// How often somebody looks whether it has.
const LOOKS: Span = Span::secs(1);
/// How long an operator waits for a snapshot of the metadata on every node: twice `metadata.log.max.snapshot.interval.ms`, 1 h.
const SNAPSHOTS: Span = Span::secs(2 * 60 * 60);
/// Sessions end at multiples of ZooKeeper's `tickTime` (2 s in its sample configuration): after two of them they have.
const TICKS: Span = Span::secs(4);
/// The setting that decides what brokers of a cluster in ZooKeeper mode send each other.
const PROTOCOL: &str = "inter.broker.protocol.version";

/// Why a way back does not lead to the start, in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// What kind of obstacle.
    pub kind: Obstacle,
    /// The step whose undo it was, by its place in the file.
    pub step: Option<usize>,
    /// In words.
    pub why: String,
    /// The finding that it is told by.
    pub code: Option<String>,
    /// What the tool or the log of the process says.
    pub says: Vec<String>,
}

/// One way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// Steps whose undo was made up, by their place in the file.
    pub made_up: Vec<usize>,
    /// What the operator waited for beside gates.
    pub waits: Vec<String>,
    /// From the decision until the world was as it was, in nanoseconds; `None`: it never was.
    pub took: Option<u64>,
    /// The longest write outage on the way, in nanoseconds.
    pub outage: u64,
    /// Records lost on the way.
    pub lost: u64,
    /// Records that failed for good on the way.
    pub not_sent: u64,
    /// Why the start was not reached. Empty: it was.
    pub blocked: Vec<Blocked>,
    /// What is not as it was and does not matter.
    pub harmless: Vec<String>,
    /// Promises that were broken on the way.
    pub broken: Vec<String>,
    /// The way forward after it, if the start was reached.
    pub again: Option<Again>,
}

/// Forward again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// Why it did not hold. Empty: it did.
    pub failed: Vec<String>,
}

/// Numbers up to a moment.
struct Sums {
    lost: u64,
    not_sent: u64,
    broken: Vec<String>,
}

impl Turn {
    /// Turns back here, with this fault at that moment, and then forward again.
    pub fn back(&self, fault: Option<&Fault>) -> WayBack {
        let mut play = self.play.clone();
        let decided = play.world.now();
        let before = play.sums_so_far();
        let (blocked, made_up) = self.turns_around(&mut play);
        let mut way = WayBack {
            made_up,
            waits: Vec::new(),
            took: None,
            outage: 0,
            lost: 0,
            not_sent: 0,
            blocked,
            harmless: Vec::new(),
            broken: Vec::new(),
            again: None,
        };
        if let Some(fault) = fault {
            play.strikes(fault);
        }
        if let Some(step) = play.walks_back(&mut way.waits) {
            way.blocked.push(play.why_the_undo_failed(step, decided));
        }
        let failed = way
            .blocked
            .iter()
            .any(|block| block.kind == Obstacle::UndoFailed);
        // Where an undo failed the operator stops; nobody waits for what cannot come.
        let differences = match failed {
            true => Vec::new(),
            false => self.settles(&mut play),
        };
        let ended = play.world.now();
        way.harmless = texts(differences.iter().filter(|difference| !difference.matters));
        let grave = texts(differences.iter().filter(|difference| difference.matters));
        if !grave.is_empty() {
            way.blocked.push(play.why_not_restored(grave, decided));
        }
        if let Some(block) = self.lowered_protocol(&play) {
            way.blocked.push(block);
        }
        let after = play.sums_so_far();
        way.lost = after.lost.saturating_sub(before.lost);
        way.not_sent = after.not_sent.saturating_sub(before.not_sent);
        way.outage = play.longest_outage_since(decided, ended);
        way.broken = new_in(&after.broken, &before.broken);
        if way.blocked.is_empty() {
            way.took = Some(ended.saturating_since(decided).as_nanos());
            way.again = Some(play.forward_again(&after));
        }
        way
    }

    /// What is being done is left, and the undos of what was begun are to be done.
    fn turns_around(&self, play: &mut Play) -> (Vec<Blocked>, Vec<usize>) {
        let mut scenario: Scenario = (*play.scenario).clone();
        let mut made_up = Vec::new();
        let mut blocked = Vec::new();
        for (at, undo) in self.undos.iter().enumerate() {
            match undo {
                Some(Undo::Suggested(action)) => {
                    scenario.runbook[at].undo = Some(Spanned {
                        value: (**action).clone(),
                        span: Place::default(),
                    });
                    made_up.push(at);
                }
                Some(Undo::Unknown(why)) => blocked.push(Blocked {
                    kind: Obstacle::NoUndo,
                    step: Some(at),
                    why: format!("no undo is written and none is known: {why}"),
                    code: None,
                    says: Vec::new(),
                }),
                _ => {}
            }
        }
        play.scenario = Arc::new(scenario);
        play.waits += 1;
        if play.step.is_some() {
            play.note_end(
                StepEnd::Aborted,
                Some("the operator turned back".to_owned()),
            );
            play.close_step();
        }
        let refused = play.aborted.is_some() && play.was_refused_just_now();
        play.queue.clear();
        play.finished = None;
        play.aborted = None;
        play.ended_by = None;
        play.halts = Halts::AtSteps;
        let mut done: Vec<usize> = play.done_steps.drain(..).collect();
        if refused {
            // A command that was refused has changed nothing: there is nothing of it to undo.
            done.pop();
        }
        for &step in done.iter().rev() {
            let begun = Instruction::Begin(step, true);
            let twice = play
                .queue
                .iter()
                .any(|next| matches!(next, Instruction::Begin(known, true) if *known == step));
            if play.scenario.runbook[step].undo.is_some() && !twice {
                play.queue.push_back(begun);
            }
        }
        play.doing = crate::operator::Doing::Next;
        (blocked, made_up)
    }

    /// Waits until the world is what it was, or for as long as that may take. Returns what still differs.
    fn settles(&self, play: &mut Play) -> Vec<Difference> {
        play.queue.clear();
        play.finished = None;
        play.doing = crate::operator::Doing::Nothing;
        let until = play.world.now().saturating_add(SETTLES);
        loop {
            let now = Picture::of(play);
            let found = now.differences(&self.start, &play.estate);
            let heals = found.iter().any(|one| one.matters && one.heals);
            if !heals || play.world.now() >= until {
                return found;
            }
            let next = play.world.now().saturating_add(LOOKS).min(until);
            play.lets_pass(next);
        }
    }

    /// In ZooKeeper mode a protocol version that was raised and lowered again: what brokers wrote meanwhile is not modelled, and the
    /// documentation rules it out ("Upgrading": once the brokers use the latest protocol version, there is no way to an older one).
    fn lowered_protocol(&self, play: &Play) -> Option<Blocked> {
        if !play.world.in_zookeeper_mode() {
            return None;
        }
        let raised = (0..play.estate.nodes.len() as NodeIx).find_map(|node| {
            let value = |binary| setting_in_effect(binary, PROTOCOL);
            let (was, is) = (
                value(self.play.world.binary(node)),
                value(play.world.binary(node)),
            );
            let level = |name: &Option<String>| {
                name.as_deref()
                    .and_then(|name| facts::metadata_version(name).ok())
            };
            let (high, low) = (level(&was)?, level(&is)?);
            low.is_before(high).then_some((node, was, is))
        })?;
        let (node, was, is) = raised;
        let (was, is) = (was.unwrap_or_default(), is.unwrap_or_default());
        Some(Blocked {
            kind: Obstacle::Documented,
            step: None,
            why: format!(
                "{PROTOCOL} of {} goes from {was} back to {is}: Kafka's documentation (Upgrading) knows no way back once brokers use the \
                 newer protocol; what they wrote meanwhile is not modelled",
                words::node(&play.estate, node)
            ),
            code: None,
            says: Vec::new(),
        })
    }
}

impl Play {
    /// A fault strikes now.
    fn strikes(&mut self, fault: &Fault) {
        self.add_fault(fault.clone());
        self.fault_begins(self.faults.len() - 1);
    }

    /// Runs the undos. Returns the step whose undo failed.
    fn walks_back(&mut self, waits: &mut Vec<String>) -> Option<usize> {
        while let Some(Instruction::Begin(step, _)) = self.queue.front().cloned() {
            self.waits_for_sessions(waits);
            self.leaves_the_halt();
            self.plays_to_a_halt();
            if self.finished.is_some() || self.aborted.is_some() {
                return Some(step);
            }
            let lowers = self.scenario.runbook[step].undo.as_ref().is_some_and(|undo| {
                matches!(&undo.value, Action::Features(features) if features.direction != Direction::Upgrade)
            });
            if lowers && !self.every_node_has_a_new_snapshot() {
                let began = self.world.now();
                let until = began.saturating_add(SNAPSHOTS);
                while !self.every_node_has_a_new_snapshot() && self.world.now() < until {
                    let next = self.world.now().saturating_add(Span::secs(60)).min(until);
                    self.lets_pass(next);
                }
                waits.push(
                    "a snapshot of the metadata on every node after the levels went down: an older binary would meet the old level in the log"
                        .to_owned(),
                );
            }
        }
        None
    }

    /// In ZooKeeper mode a broker that is dead is started again when the session of its last process has ended, not before: it would find
    /// its own znode and end.
    fn waits_for_sessions(&mut self, waits: &mut Vec<String>) {
        let dead = (0..self.estate.nodes.len() as NodeIx)
            .filter(|&node| self.estate.nodes[node as usize].broker)
            .filter(|&node| self.world.in_zookeeper_mode() && !self.world.process_exists(node));
        let longest = dead
            .map(|node| self.world.binary(node).config.zookeeper.session_timeout)
            .max();
        if let Some(longest) = longest {
            let until = self
                .world
                .now()
                .saturating_add(longest.saturating_add(TICKS));
            self.lets_pass(until);
            let text = "the session of a dead broker to end (ZooKeeper mode)".to_owned();
            if !waits.contains(&text) {
                waits.push(text);
            }
        }
    }

    /// The runbook ended at this instant because a tool refused what the step at hand asked for.
    fn was_refused_just_now(&self) -> bool {
        let now = self.world.now();
        let told = self.told.last();
        let features = told.is_some_and(|told| told.at == now && told.answer.exit != 0);
        let config = self.refusals.last().is_some_and(|refusal| refusal.0 == now);
        features || config
    }

    fn every_node_has_a_new_snapshot(&self) -> bool {
        (0..self.estate.nodes.len() as NodeIx)
            .all(|node| self.world.snapshot_is_newer_than_levels(node))
    }

    /// Time passes, and the operator does nothing.
    fn lets_pass(&mut self, until: Time) {
        let doing = std::mem::replace(&mut self.doing, crate::operator::Doing::Nothing);
        while let Some(notices) = self.world.next(until) {
            for notice in notices {
                self.takes_note(notice);
            }
        }
        if until > self.world.now() {
            self.world.advance_to(until);
        }
        self.doing = doing;
    }

    /// What was lost, failed and broken up to now.
    fn sums_so_far(&self) -> Sums {
        let mut copy = self.clone();
        copy.end = copy.world.now();
        copy.finished = Some(copy.end);
        copy.world.close_books();
        let sums = copy.sums();
        let broken = copy
            .judge(&sums)
            .into_iter()
            .filter(|judged| !judged.result.holds && counts_on_the_way(judged))
            .map(|judged| judged.result.text)
            .collect();
        Sums {
            lost: sums.iter().map(|sum| sum.counts.lost).sum(),
            not_sent: sums.iter().map(|sum| sum.counts.not_sent).sum(),
            broken,
        }
    }

    /// The longest write outage of any partition between two moments.
    fn longest_outage_since(&self, from: Time, to: Time) -> u64 {
        let mut copy = self.clone();
        copy.world.close_books();
        copy.sums()
            .iter()
            .flat_map(|sum| &sum.partitions)
            .flat_map(|(_, _, outages)| outages)
            .map(|outage| {
                let (begin, end) = (outage.begin.max(from), outage.end.min(to));
                end.saturating_since(begin).as_nanos()
            })
            .max()
            .unwrap_or(0)
    }

    /// Why the undo of this step did not come to its end.
    fn why_the_undo_failed(&self, step: usize, since: Time) -> Blocked {
        let mut says = Vec::new();
        if let Some(told) = self
            .told
            .last()
            .filter(|told| told.at >= since && told.answer.exit != 0)
        {
            says.push(format!(
                "$ kafka-features.sh {} (exit code {})",
                told.call.arguments(),
                told.answer.exit
            ));
            says.extend(told.answer.lines.iter().cloned());
        }
        if let Some((node, reason, at)) = self.last_exit(since) {
            says.push(format!(
                "{} ended with exit code {EXIT_CODE}:",
                words::node(&self.estate, node)
            ));
            says.extend(self.words_of_exit(node, reason, at));
        }
        let why = self
            .aborted
            .clone()
            .unwrap_or_else(|| "it did not come to its end".to_owned());
        let code = if self.world.active_controller().is_none() {
            Some("no-controller".to_owned())
        } else {
            self.ended_by
                .map(str::to_owned)
                .or_else(|| self.first_finding(since))
        };
        if says.is_empty() {
            says.extend(what_a_code_means(code.as_deref()));
        }
        Blocked {
            kind: Obstacle::UndoFailed,
            step: Some(step),
            why,
            code,
            says,
        }
    }

    fn why_not_restored(&self, differences: Vec<String>, since: Time) -> Blocked {
        let mut says = Vec::new();
        if let Some((node, reason, at)) = self.last_exit(since) {
            says.push(format!(
                "{} ended with exit code {EXIT_CODE}:",
                words::node(&self.estate, node)
            ));
            says.extend(self.words_of_exit(node, reason, at));
        }
        let code = self.first_finding(since);
        if says.is_empty() {
            says.extend(what_a_code_means(code.as_deref()));
        }
        Blocked {
            kind: Obstacle::NotRestored,
            step: None,
            why: differences.join("; "),
            code,
            says,
        }
    }

    /// The last process that ended by itself since a moment.
    fn last_exit(&self, since: Time) -> Option<(NodeIx, ExitReason, Time)> {
        self.notices
            .iter()
            .rev()
            .find_map(|noticed| match noticed.what {
                Notice::Exited(node, reason) if noticed.at >= since => {
                    Some((node, reason, noticed.at))
                }
                _ => None,
            })
    }

    /// The gravest thing to tell that happened since a moment and that says why a cluster is not what it was.
    fn first_finding(&self, since: Time) -> Option<String> {
        let mut copy = self.clone();
        copy.end = copy.world.now();
        copy.finished = Some(copy.end);
        copy.world.close_books();
        let sums = copy.sums();
        let mut judged = copy.judge(&sums);
        let since = copy.relative(since);
        copy.findings(&mut judged, &sums)
            .into_iter()
            .find(|finding| {
                super::blocks(&finding.code) && finding.when.is_some_and(|when| when.end >= since)
            })
            .map(|finding| finding.code)
    }

    /// The runbook once more, from the first step.
    fn forward_again(&mut self, before: &Sums) -> Again {
        self.forget_undos();
        self.steps.clear();
        self.gates.clear();
        self.done_steps.clear();
        self.aborted = None;
        self.ended_by = None;
        self.finished = None;
        self.halts = Halts::AtEnd;
        self.queue.clear();
        self.queue_steps();
        self.doing = crate::operator::Doing::Next;
        self.go_on();
        self.plays_to_a_halt();
        self.halts = Halts::Never;
        let mut failed = Vec::new();
        if let Some(why) = &self.aborted {
            failed.push(format!("it stopped: {why}"));
        }
        self.finished = None;
        self.finish();
        self.play_to_the_end();
        let after = self.sums_so_far();
        failed.extend(new_in(&after.broken, &before.broken));
        Again { failed }
    }

    /// Undos that were made up are none of the runbook's.
    fn forget_undos(&mut self) {
        let mut scenario: Scenario = (*self.scenario).clone();
        for step in &mut scenario.runbook {
            // A written undo stays: it runs where the runbook says `on_timeout: Undo`.
            if step
                .undo
                .as_ref()
                .is_some_and(|undo| undo.span == Place::default())
            {
                step.undo = None;
            }
        }
        self.scenario = Arc::new(scenario);
    }
}

/// A promise that says something of the way itself, rather than of the whole run or of its end.
fn counts_on_the_way(judged: &Judged) -> bool {
    !matches!(
        judged.kind,
        PromiseKind::Window(_)
            | PromiseKind::Completes
            | PromiseKind::Rebalances(..)
            | PromiseKind::PreferredLeaders(..)
            | PromiseKind::FullyReplicated(_)
    )
}

/// What a finding is, where no tool and no log says more.
fn what_a_code_means(code: Option<&str>) -> Option<String> {
    crate::findings::catalog::kind(code?).map(|kind| kind.what.to_owned())
}

fn new_in(after: &[String], before: &[String]) -> Vec<String> {
    after
        .iter()
        .filter(|text| !before.contains(text))
        .cloned()
        .collect()
}

fn texts<'a>(differences: impl Iterator<Item = &'a Difference>) -> Vec<String> {
    differences.map(|one| one.text.clone()).collect()
}
