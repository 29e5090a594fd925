//! The moments of a rehearsal at which a fault can be placed by its name, and who may place one there while it is played.
//!
//! A moment is an event with a number ("the second time that broker 3 opens its port") or a phase of a node in a step ("step `brokers`, third
//! node, while it stops"): just what the language can say. So a fault that was placed while playing is an ordinary fault of a file, and
//! a run with it from the start is the same run: until its moment comes a fault does nothing but wait.

use std::fmt::Debug;
use std::sync::Arc;

use kafka::Notice;
use kafka::ids::NodeIx;
use scenario::model::{Fault, FaultKind, Nanos, Occurrence, Phase, Span, Spanned, When};

use crate::injector::Injected;
use crate::play::Play;

/// A moment that the language can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// The n-th time (from 1) that something happened, to this node if it happens to nodes.
    Nth {
        /// What.
        of: Occurrence,
        /// To which node.
        node: Option<NodeIx>,
        /// How often it has happened.
        n: u32,
    },
    /// A phase of a node in a step.
    Phase {
        /// The step, by its place in the file.
        step: usize,
        /// Which node of the step, from 1.
        nth: u32,
        /// The phase.
        phase: Phase,
        /// The node.
        node: Option<NodeIx>,
    },
}

impl Moment {
    /// The node that it is about.
    pub fn node(self) -> Option<NodeIx> {
        match self {
            Self::Nth { node, .. } | Self::Phase { node, .. } => node,
        }
    }
}

/// How things stand at a moment, as far as a tester would look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Nanoseconds since the first step began.
    pub at: i64,
    /// The step at hand.
    pub step: Option<usize>,
    /// It is being undone.
    pub undo: bool,
    /// Which node of the step is at hand, from 1.
    pub nth: u32,
    /// What that node is going through.
    pub phase: Option<Phase>,
    /// Partitions with fewer in sync than replicas.
    pub under_replicated: u32,
    /// Partitions with just as many in sync as `min.insync.replicas`, and fewer than they could have.
    pub at_min_isr: u32,
    /// Partitions with fewer.
    pub under_min_isr: u32,
    /// Partitions without a leader.
    pub offline: u32,
    /// There is an active controller.
    pub controller: bool,
    /// Nodes whose process does not exist.
    pub down: u32,
    /// Of them, voters of the metadata quorum (of an ensemble: servers that do not work), with those that are paused.
    pub voters_away: u32,
    /// How many more voters can go before there is no majority; `None`: there is none.
    pub voters_to_spare: Option<u32>,
    /// The fewest in-sync replicas of a partition that lacks one.
    pub weakest_isr: Option<u32>,
    /// Nodes whose process does not exist, by bit; of the first 128 nodes.
    pub gone: u128,
    /// The same with those that are paused or that a fault that goes on has hit.
    pub struck: u128,
    /// Nodes whose process is paused.
    pub paused: u32,
    /// Some broker is fenced.
    pub fenced: bool,
    /// Faults that have begun.
    pub faults: u32,
    /// Of them, those that go on.
    pub lasting: u32,
    /// A node on which it now depends: in sync with the partition that has the fewest in-sync replicas, if replicas are missing; else the
    /// active controller, if voters are.
    pub holds_up: Option<NodeIx>,
}

/// Somebody who may place faults at the moments that are reached.
pub trait Saboteur: Debug + Send + Sync {
    /// A moment is reached. Faults that are given here are part of the plan from now on; they may begin at this moment ([`Snapshot::when`]).
    ///
    /// [`Snapshot::when`]: crate::Snapshot::when
    fn reached(
        &mut self,
        moment: Moment,
        when: &dyn Fn(Nanos) -> When,
        state: &State,
    ) -> Vec<Fault>;

    /// A copy that would decide alike.
    fn boxed(&self) -> Box<dyn Saboteur>;
}

impl Clone for Box<dyn Saboteur> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// Partitions that are looked at to tell which node matters; in larger clusters the first ones stand for all.
const LOOKED_AT: u32 = 2_000;

/// How often things have happened since the first step began.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// By occurrence: in all, then by node.
    counts: Vec<u32>,
    width: usize,
}

impl Tally {
    pub(crate) fn of(nodes: usize) -> Self {
        let width = nodes + 1;
        Self {
            counts: vec![0; width * Occurrence::ALL.len()],
            width,
        }
    }

    pub(crate) fn add(&mut self, of: Occurrence, node: Option<NodeIx>, times: u32) {
        let row = of as usize * self.width;
        self.counts[row] += times;
        if let Some(node) = node {
            self.counts[row + 1 + node as usize] += times;
        }
    }

    /// How often it has happened: to this node, or at all. A node that is none counts nothing.
    pub(crate) fn of_node(&self, of: Occurrence, node: Option<NodeIx>) -> u32 {
        let column = node.map_or(0, |node| (node as usize).saturating_add(1));
        if column >= self.width {
            return 0;
        }
        self.counts[of as usize * self.width + column]
    }
}

/// What a notice counts as: what, to which node, how many times.
pub(crate) type Happened = Vec<(Occurrence, Option<NodeIx>, u32)>;

pub(crate) fn happened(notice: Notice) -> Happened {
    let one = |of, node| vec![(of, Some(node), 1)];
    match notice {
        Notice::Fenced(node) => one(Occurrence::Fenced, node),
        Notice::Unfenced(node) => one(Occurrence::Unfenced, node),
        Notice::ControllerActive(node) => one(Occurrence::ControllerActive, node),
        Notice::ControllerLost(node) => one(Occurrence::ControllerLost, node),
        Notice::ProcessStarted(node) => one(Occurrence::Started, node),
        Notice::Recovering(node, _) => one(Occurrence::Recovering, node),
        Notice::PortOpen(node) => one(Occurrence::PortOpen, node),
        Notice::Stopped(node) => one(Occurrence::Stopped, node),
        Notice::Killed(node) | Notice::Exited(node, _) => one(Occurrence::Died, node),
        Notice::Committed {
            leaders,
            shrank,
            grew,
        } => {
            let mut all = vec![(Occurrence::Commit, None, 1)];
            for (of, times) in [
                (Occurrence::LeaderChange, leaders),
                (Occurrence::IsrShrink, shrank),
                (Occurrence::IsrExpand, grew),
            ] {
                if times > 0 {
                    all.push((of, None, times));
                }
            }
            all
        }
        _ => Happened::new(),
    }
}

/// These nodes by bit, as far as there are bits.
fn bits(nodes: impl Iterator<Item = NodeIx>) -> u128 {
    nodes
        .filter(|&node| node < u128::BITS)
        .fold(0, |bits, node| bits | 1 << node)
}

/// Something written by nobody.
fn said<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

impl Play {
    /// A moment as the language writes it.
    pub(crate) fn when(&self, moment: Moment, after: Nanos) -> When {
        match moment {
            Moment::Nth { of, node, n } => When::Nth {
                n,
                of,
                node: node.map(|node| said(self.estate.nodes[node as usize].id)),
                after,
            },
            Moment::Phase {
                step, nth, phase, ..
            } => When::During {
                step: self.scenario.runbook[step].name.clone(),
                nth: Some(nth),
                phase,
                after,
            },
        }
    }

    pub(crate) fn reaches_occurrence(&mut self, of: Occurrence, node: Option<NodeIx>) {
        let n = self.tally.of_node(of, node);
        self.reaches(Moment::Nth { of, node, n });
    }

    pub(crate) fn reaches_phase(
        &mut self,
        step: usize,
        nth: u32,
        phase: Phase,
        node: Option<NodeIx>,
    ) {
        // The end of a step is that of no node: a file names it without one.
        let nth = if phase == Phase::Done { 1 } else { nth };
        // A phase that was entered before has no name of its own.
        if self.entered.insert((step, nth, phase)) {
            self.reaches(Moment::Phase {
                step,
                nth,
                phase,
                node,
            });
        }
    }

    fn reaches(&mut self, moment: Moment) {
        if self.reached.is_none() && self.saboteur.is_none() {
            return;
        }
        let state = self.state();
        if let Some(reached) = &mut self.reached {
            reached.push((moment, state));
        }
        if let Some(mut saboteur) = self.saboteur.take() {
            let placed = saboteur.reached(moment, &|after| self.when(moment, after), &state);
            self.saboteur = Some(saboteur);
            for fault in placed {
                self.add_fault(fault);
            }
        }
    }

    /// One more fault in the plan.
    pub(crate) fn add_fault(&mut self, fault: Fault) {
        Arc::make_mut(&mut self.faults).push(fault);
        self.injected.push(Injected::default());
    }

    /// Faults that have not begun yet never do. They keep their places in the plan.
    pub(crate) fn call_off_faults(&mut self) {
        // No step has an empty name, so nobody ever forgets to wait in it.
        let nothing = Fault {
            kind: said(FaultKind::ForgottenWait {
                step: said(String::new()),
            }),
            at: said(When::At(Nanos(0))),
            lasts: None,
        };
        for (fault, injected) in Arc::make_mut(&mut self.faults)
            .iter_mut()
            .zip(&self.injected)
        {
            if injected.began.is_none() {
                *fault = nothing.clone();
            }
        }
    }

    fn state(&self) -> State {
        let counts = self.world.counts();
        let nodes = 0..self.estate.nodes.len() as NodeIx;
        let lasting = || {
            let lasts = |one: &&Injected| one.began.is_some() && one.ended.is_none();
            self.injected.iter().filter(lasts)
        };
        let is_gone = |node: &NodeIx| !self.world.process_exists(*node);
        let is_paused = |node: &NodeIx| self.world.is_paused(*node);
        let down = nodes.clone().filter(is_gone).count() as u32;
        let paused = nodes.clone().filter(is_paused).count() as u32;
        let gone = bits(nodes.clone().filter(is_gone));
        let hit = lasting().flat_map(|injected| injected.nodes.iter().copied());
        let struck = gone | bits(nodes.filter(is_paused)) | bits(hit);
        let (at_work, voters) = self.voters_at_work();
        let weakest = match counts.under_replicated {
            0 => None,
            _ => self.weakest(),
        };
        State {
            at: self.relative(self.world.now()),
            step: self.step.as_ref().map(|step| step.step),
            undo: self.step.as_ref().is_some_and(|step| step.undo),
            nth: self.step.as_ref().map_or(0, |step| step.first_nth),
            phase: self.step.as_ref().and_then(|step| step.phase),
            under_replicated: counts.under_replicated,
            at_min_isr: counts.at_min_isr.min(counts.under_replicated),
            under_min_isr: counts.under_min_isr,
            offline: counts.offline,
            controller: self.world.active_controller().is_some(),
            down,
            voters_away: voters - at_work,
            voters_to_spare: at_work.checked_sub(voters / 2 + 1),
            weakest_isr: weakest.map(|(isr, _)| isr),
            gone,
            struck,
            paused,
            fenced: !self.world.all_brokers_unfenced(),
            faults: self
                .injected
                .iter()
                .filter(|injected| injected.began.is_some())
                .count() as u32,
            lasting: lasting().count() as u32,
            holds_up: match weakest {
                Some((_, node)) => node,
                None => {
                    let quorum = self.world.quorum_view();
                    quorum.active.filter(|_| quorum.in_touch < quorum.voters)
                }
            },
        }
    }

    /// Voters whose process exists and is not paused, and all; with ZooKeeper, servers of the ensemble.
    fn voters_at_work(&self) -> (u32, u32) {
        if let Some(ensemble) = self.world.ensemble_view() {
            return ensemble;
        }
        let voters = &self.estate.voters;
        let works =
            |&&voter: &&NodeIx| self.world.process_exists(voter) && !self.world.is_paused(voter);
        let at_work = voters.iter().filter(works).count();
        (at_work as u32, voters.len() as u32)
    }

    /// Of the first partition with the fewest in-sync replicas: how many, and its leader, or else one in sync.
    fn weakest(&self) -> Option<(u32, Option<NodeIx>)> {
        let weakest = (0..self.world.partition_count().min(LOOKED_AT))
            .map(|at| self.world.partition(at))
            .filter(|one| (one.newest().isr.count_ones() as usize) < one.replicas.len())
            .min_by_key(|one| one.newest().isr.count_ones())?;
        let newest = weakest.newest();
        let slot = newest
            .leader
            .map(usize::from)
            .or_else(|| (0..weakest.replicas.len()).find(|slot| newest.isr & (1 << slot) != 0));
        let node = slot.and_then(|slot| weakest.replicas.get(slot));
        Some((newest.isr.count_ones(), node.map(|replica| replica.node)))
    }
}
