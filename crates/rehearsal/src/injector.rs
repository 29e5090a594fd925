//! The injector of faults: waits for the moment that the plan names, finds the node that it means, and does it.

use engine::{Key, Span, Time};
use kafka::ids::NodeIx;
use kafka::node::Process;
use kafka::{Notice, World};
use scenario::model::{FaultKind, Nodes, Phase, Target, When};

use crate::acts::{By, What};
use crate::estate::duration;
use crate::play::Play;
use crate::tokens::Token;
use crate::{moments, select, words};

/// A process that a supervisor keeps alive is started again after this long (`RestartSec` of systemd, 100 ms).
const SUPERVISOR: Span = Span::millis(100);

/// Between the end of a process and the start that somebody types for it (*assumed*: `systemctl restart` does both).
const HAND_OVER: Span = Span::millis(100);

/// One fault of the plan, as it went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Injected {
    /// When it began.
    pub(crate) began: Option<Time>,
    /// When it ended, if it did.
    pub(crate) ended: Option<Time>,
    /// The nodes it hit.
    pub(crate) nodes: Vec<NodeIx>,
    /// The node at hand when its moment came.
    at_hand: Option<NodeIx>,
    /// Its moment has come or is on its way.
    planned: bool,
    /// What the node ran before an old one came back.
    before: Option<kafka::node::Binary>,
    /// For crash loops: deaths that are left.
    deaths: u32,
}

impl Play {
    pub(crate) fn plan_faults(&mut self) {
        let faults = self.faults.clone();
        self.injected = vec![Injected::default(); faults.len()];
        for (at, fault) in faults.iter().enumerate() {
            let when = match &fault.at.value {
                _ if fault.kind.value.concerns_a_step() => continue,
                When::At(after) => self.begin.saturating_add(duration(*after)),
                When::Between(low, high) => {
                    let width = high.0.saturating_sub(low.0);
                    let drawn = self.world.draw_outside(
                        Key::of("fault").id(at as u64).part("moment"),
                        0,
                        width.saturating_add(1),
                    );
                    self.begin
                        .saturating_add(Span::nanos(low.0))
                        .saturating_add(Span::nanos(drawn))
                }
                When::During { .. } | When::Nth { .. } => continue,
            };
            self.injected[at].planned = true;
            self.world.wake(when, Token::FaultBegins(at as u32).pack());
        }
    }

    /// Does the operator forget the gates of this step?
    pub(crate) fn is_forgotten(&mut self, step: usize) -> bool {
        let scenario = self.scenario.clone();
        let name = &scenario.runbook[step].name.value;
        let found = self.faults.iter().position(|fault| {
            matches!(&fault.kind.value, FaultKind::ForgottenWait { step } if step.value == *name)
        });
        if let Some(at) = found {
            let now = self.world.now();
            self.injected[at].began.get_or_insert(now);
        }
        found.is_some()
    }

    /// How long the operator waits at most between the nodes of this step, if hurried.
    pub(crate) fn hurry(&mut self, step: usize) -> Option<Span> {
        let scenario = self.scenario.clone();
        let name = &scenario.runbook[step].name.value;
        let (at, after) =
            self.faults
                .iter()
                .enumerate()
                .find_map(|(at, fault)| match &fault.kind.value {
                    FaultKind::OperatorTooFast { step, after } if step.value == *name => {
                        Some((at, duration(*after)))
                    }
                    _ => None,
                })?;
        let now = self.world.now();
        self.injected[at].began.get_or_insert(now);
        Some(after)
    }

    /// A node enters a phase of a step: faults that wait for it are on their way.
    pub(crate) fn injector_phase(
        &mut self,
        step: usize,
        nth: u32,
        phase: Phase,
        node: Option<NodeIx>,
    ) {
        self.reaches_phase(step, nth, phase, node);
        let scenario = self.scenario.clone();
        let name = &scenario.runbook[step].name.value;
        let faults = self.faults.clone();
        for (at, fault) in faults.iter().enumerate() {
            let When::During {
                step: wanted,
                nth: which,
                phase: when,
                after,
            } = &fault.at.value
            else {
                continue;
            };
            // The end of a step has no node of its own.
            let this_one = *when == Phase::Done || which.unwrap_or(1) == nth;
            if wanted.value != *name || *when != phase || !this_one || self.injected[at].planned {
                continue;
            }
            self.injected[at].planned = true;
            self.injected[at].at_hand = node;
            let before_the_next_act =
                matches!(phase, Phase::Stopped | Phase::Starting | Phase::Done);
            if after.0 == 0 && before_the_next_act {
                // What the operator does next at this instant finds the fault there already.
                self.fault_begins(at);
            } else {
                self.wake_in(duration(*after), Token::FaultBegins(at as u32));
            }
        }
    }

    /// Counts what happens, for faults that wait for the n-th time.
    pub(crate) fn injector_notices(&mut self, notice: Notice) {
        let happened = if self.world.now() >= self.begin {
            moments::happened(notice)
        } else {
            moments::Happened::new()
        };
        for &(of, node, times) in &happened {
            self.tally.add(of, node, times);
        }
        for &(of, node, _) in &happened {
            self.reaches_occurrence(of, node);
        }
        let faults = self.faults.clone();
        for (at, fault) in faults.iter().enumerate() {
            if let When::Nth { n, of, node, after } = &fault.at.value
                && !self.injected[at].planned
            {
                let only = node
                    .as_ref()
                    .map(|id| self.estate.node(id.value).unwrap_or(NodeIx::MAX));
                let now = happened.iter().any(|(what, whose, _)| {
                    what == of && only.is_none_or(|only| *whose == Some(only))
                });
                if now && self.tally.of_node(*of, only) >= *n {
                    self.injected[at].planned = true;
                    self.wake_in(duration(*after), Token::FaultBegins(at as u32));
                }
            }
            // Who restarts a node starts it when its process is gone.
            let on_its_way = self.injected[at].began.is_some() && self.injected[at].ended.is_none();
            if let (true, Notice::Stopped(node), FaultKind::SomebodyRestarts(_)) =
                (on_its_way, notice, &fault.kind.value)
                && self.injected[at].nodes.contains(&node)
            {
                self.wake_in(HAND_OVER, Token::FaultEnds(at as u32));
            }
            // Faults that concern every start of a node while they last.
            let lasting = self.injected[at].began.is_some() && self.injected[at].ended.is_none();
            if let (true, Notice::ProcessStarted(node)) = (lasting, notice)
                && self.injected[at].nodes.contains(&node)
            {
                match &fault.kind.value {
                    FaultKind::SlowStart { by, .. } => {
                        self.world.slow_next_start(node, Span::nanos(by.0))
                    }
                    FaultKind::CrashLoop { after, .. } if self.injected[at].deaths > 0 => {
                        self.injected[at].deaths -= 1;
                        let token = self.loops.len() as u32;
                        self.loops.push((at, node, true));
                        self.wake_in(duration(*after), Token::CrashLoop(token));
                    }
                    _ => {}
                }
            }
        }
    }

    /// A node in a crash loop dies, or its supervisor starts it again.
    pub(crate) fn crash_loop(&mut self, at: usize) {
        let Some(&(fault, node, dies)) = self.loops.get(at) else {
            return;
        };
        let who = words::node(&self.estate, node);
        if dies {
            self.act(
                By::Fault(fault),
                What::Stop,
                &[node],
                format!("{who} crashes again"),
                |world| world.kill(node),
            );
            let token = self.loops.len() as u32;
            self.loops.push((fault, node, false));
            self.wake_in(SUPERVISOR, Token::CrashLoop(token));
        } else {
            let text = format!("{who} is started again by its supervisor");
            let binary = self.binary_on_host(node);
            self.act(By::Fault(fault), What::Start, &[node], text, |world| {
                world.start(node, binary)
            });
        }
    }

    /// The node that a fault means at this moment.
    fn target(&self, fault: usize, target: &Target) -> Option<NodeIx> {
        let key = Key::of("fault").id(fault as u64).part("target");
        let draw_from = |nodes: Vec<NodeIx>| -> Option<NodeIx> {
            let n = nodes.len() as u64;
            (n > 0).then(|| nodes[self.world.draw_outside(key, 0, n) as usize])
        };
        let at_hand = self.injected[fault].at_hand.or_else(|| {
            self.step
                .as_ref()
                .and_then(|step| step.at_hand.first().copied())
        });
        let brokers = (0..self.estate.nodes.len() as NodeIx).filter(|&node| {
            self.estate.nodes[node as usize].broker && self.world.process_exists(node)
        });
        match target {
            Target::Node(id) => self.estate.node(id.value),
            Target::Current => at_hand,
            Target::OtherBroker => {
                draw_from(brokers.filter(|&node| Some(node) != at_hand).collect())
            }
            Target::AnyBroker => draw_from(brokers.collect()),
            Target::Leader { topic, partition } => {
                let topic = self.estate.topic(&topic.value)?;
                let partition = self.world.partition_of(topic, *partition)?;
                self.world.decided_leader(partition)
            }
            Target::ActiveController => self.world.active_controller(),
        }
    }

    /// The pairs of nodes between two sets; a missing second set is all other nodes.
    fn pairs(&self, from: &Nodes, to: Option<&Nodes>) -> (Vec<NodeIx>, Vec<(NodeIx, NodeIx)>) {
        let a = select::nodes(&self.world, &self.estate, from);
        let b = match to {
            Some(to) => select::nodes(&self.world, &self.estate, to),
            None => (0..self.estate.nodes.len() as NodeIx)
                .filter(|node| !a.contains(node))
                .collect(),
        };
        let mut pairs: Vec<(NodeIx, NodeIx)> = Vec::new();
        for &x in &a {
            for &y in &b {
                let pair = (x.min(y), x.max(y));
                if x != y && !pairs.contains(&pair) {
                    pairs.push(pair);
                }
            }
        }
        (a, pairs)
    }

    /// The moment of a fault has come.
    pub(crate) fn fault_begins(&mut self, at: usize) {
        let faults = self.faults.clone();
        let fault = &faults[at];
        let now = self.world.now();
        let kind = &fault.kind.value;
        let hit: Vec<NodeIx> = match kind {
            FaultKind::Kill(target)
            | FaultKind::Hang(target)
            | FaultKind::HostGone(target)
            | FaultKind::GcPause(target)
            | FaultKind::MoveController(target)
            | FaultKind::DiskFull(target)
            | FaultKind::SlowStart { node: target, .. }
            | FaultKind::WrongBinary { node: target, .. }
            | FaultKind::OldNodeReturns { node: target, .. }
            | FaultKind::CrashLoop { node: target, .. }
            | FaultKind::LongRecovery { node: target, .. }
            | FaultKind::DiskSlow { node: target, .. } => {
                self.target(at, target).into_iter().collect()
            }
            FaultKind::SomebodyRestarts(target) => self
                .target(at, target)
                .into_iter()
                .filter(|&node| self.world.process_exists(node))
                .collect(),
            FaultKind::KillActiveController => self.world.active_controller().into_iter().collect(),
            FaultKind::QuorumLoss => self.controllers_to_lose(at),
            FaultKind::Cut { from, .. } | FaultKind::SlowLink { from, .. } => {
                select::nodes(&self.world, &self.estate, from)
            }
            FaultKind::ForgottenWait { .. }
            | FaultKind::OperatorTooFast { .. }
            | FaultKind::OperatorLate { .. }
            | FaultKind::NodeFirst { .. }
            | FaultKind::StepSkipped { .. }
            | FaultKind::StepTwice { .. }
            | FaultKind::StepEarly { .. }
            | FaultKind::EarlyBump { .. }
            | FaultKind::WrongTool { .. }
            | FaultKind::KillMember { .. } => Vec::new(),
        };
        let needs_node = !matches!(
            kind,
            FaultKind::KillMember { .. }
                | FaultKind::EarlyBump { .. }
                | FaultKind::WrongTool { .. }
        );
        if hit.is_empty() && needs_node {
            // There is no such node at this moment: the fault does not come to pass.
            return;
        }
        self.injected[at].began = Some(now);
        self.injected[at].nodes.clone_from(&hit);
        let who = (!hit.is_empty()).then(|| words::nodes(&self.estate, &hit));
        let text = words::fault(kind, who.as_deref());
        let by = By::Fault(at);
        let each = |play: &mut Self, what: What, does: fn(&mut World, NodeIx)| {
            play.act(by, what, &hit, text.clone(), |world| {
                for &node in &hit {
                    does(world, node);
                }
            });
        };
        match kind {
            FaultKind::Kill(_) | FaultKind::KillActiveController | FaultKind::QuorumLoss => {
                each(self, What::Stop, World::kill)
            }
            FaultKind::Hang(_) | FaultKind::GcPause(_) => each(self, What::Stop, World::pause),
            FaultKind::HostGone(_) => each(self, What::Stop, World::lose_host),
            FaultKind::MoveController(_) => each(self, What::Other, World::move_controller),
            FaultKind::DiskFull(_) => {
                each(self, What::Stop, |world, node| world.fill_disk(node, true))
            }
            FaultKind::SlowStart { by: longer, .. } => {
                let longer = Span::nanos(longer.0);
                self.act(by, What::Other, &hit, text, |world| {
                    for &node in &hit {
                        world.slow_next_start(node, longer);
                    }
                });
            }
            FaultKind::LongRecovery { by: longer, .. } => {
                let longer = Span::nanos(longer.0);
                self.act(by, What::Other, &hit, text, |world| {
                    for &node in &hit {
                        world.slow_next_recovery(node, longer);
                    }
                });
            }
            FaultKind::CrashLoop { times, .. } => self.injected[at].deaths = *times,
            FaultKind::DiskSlow { to_percent, .. } => {
                let percent = (*to_percent).clamp(1, 100);
                self.act(by, What::Other, &hit, text, |world| {
                    for &node in &hit {
                        world.slow_disk(node, percent);
                    }
                });
            }
            FaultKind::Cut { from, to, clients } => {
                let (nodes, pairs) = self.pairs(from, to.as_ref());
                let clients = *clients;
                self.act(by, What::Other, &hit, text, |world| {
                    cut(world, &nodes, &pairs, clients, true)
                });
            }
            FaultKind::SlowLink {
                from,
                to,
                by: longer,
            } => {
                let (_, pairs) = self.pairs(from, to.as_ref());
                let longer = Span::nanos(longer.0);
                self.act(by, What::Other, &hit, text, |world| {
                    for &(a, b) in &pairs {
                        world.slow_link(a, b, longer, true);
                    }
                });
            }
            FaultKind::WrongBinary { version, .. } => {
                for &node in &hit {
                    self.wrong_binaries.insert(node, version.value.0.clone());
                }
            }
            FaultKind::OldNodeReturns { version, .. } => {
                if let Some(&node) = hit.first() {
                    let old = self.world.binary(node).clone();
                    let settings = scenario::model::Settings::new();
                    let new = crate::binary::changed(&old, Some(version), &settings);
                    self.injected[at].before = Some(old);
                    self.act(by, What::Start, &hit, text, |world| {
                        world.kill(node);
                        world.start(node, Some(new));
                    });
                }
            }
            FaultKind::EarlyBump { release } => self.bumps_early(at, &release.value, text),
            FaultKind::WrongTool { version } => self.tool = version.value.0.parse().ok(),
            FaultKind::KillMember { group, member } => {
                let group = self
                    .estate
                    .groups
                    .iter()
                    .position(|spec| spec.name == group.value);
                let member = member.saturating_sub(1);
                if let Some(group) = group {
                    self.act(by, What::Other, &[], text, |world| {
                        world.kill_member(group as u32, member)
                    });
                }
            }
            FaultKind::SomebodyRestarts(_) => each(self, What::Stop, World::stop),
            FaultKind::ForgottenWait { .. }
            | FaultKind::OperatorTooFast { .. }
            | FaultKind::OperatorLate { .. }
            | FaultKind::NodeFirst { .. }
            | FaultKind::StepSkipped { .. }
            | FaultKind::StepTwice { .. }
            | FaultKind::StepEarly { .. } => {}
        }
        if let Some(lasts) = &fault.lasts {
            self.wake_in(duration(lasts.value), Token::FaultEnds(at as u32));
        } else if matches!(
            kind,
            FaultKind::Kill(_)
                | FaultKind::KillActiveController
                | FaultKind::QuorumLoss
                | FaultKind::MoveController(_)
                | FaultKind::HostGone(_)
        ) {
            // It happened at one moment; what it left lasts until someone mends it.
            self.injected[at].ended = Some(now);
        }
    }

    /// Those of whom a majority is needed: voters, or ZooKeeper servers.
    fn deciding_nodes(&self) -> &[NodeIx] {
        match &self.estate.zookeeper {
            Some(ensemble) => &ensemble.servers,
            None => &self.estate.voters,
        }
    }

    /// Controllers to kill so that the quorum has no majority: which ones is drawn.
    fn controllers_to_lose(&self, fault: usize) -> Vec<NodeIx> {
        let mut alive: Vec<NodeIx> = self
            .deciding_nodes()
            .iter()
            .copied()
            .filter(|&voter| self.world.process(voter) != Process::Gone)
            .collect();
        let majority = self.deciding_nodes().len() / 2 + 1;
        let mut killed = Vec::new();
        let mut draws = 0;
        while alive.len() >= majority {
            let key = Key::of("fault").id(fault as u64).part("voters");
            let at = self.world.draw_outside(key, draws, alive.len() as u64) as usize;
            draws += 1;
            killed.push(alive.remove(at));
        }
        killed.sort_unstable();
        killed
    }

    /// The time of a fault is over.
    pub(crate) fn fault_ends(&mut self, at: usize) {
        let faults = self.faults.clone();
        let now = self.world.now();
        self.injected[at].ended = Some(now);
        let nodes = self.injected[at].nodes.clone();
        let who = words::nodes(&self.estate, &nodes);
        let by = By::Fault(at);
        let restart = |play: &mut Self, text: String| {
            let mut binaries = Vec::new();
            for &node in &nodes {
                if !play.is_being_replaced(node) {
                    binaries.push((node, play.binary_on_host(node)));
                }
            }
            play.act(by, What::Start, &nodes, text, |world| {
                for (node, binary) in binaries {
                    world.start(node, binary);
                }
            });
        };
        match &faults[at].kind.value {
            FaultKind::Kill(_)
            | FaultKind::KillActiveController
            | FaultKind::QuorumLoss
            | FaultKind::HostGone(_) => {
                restart(self, format!("{who} is started again"));
            }
            FaultKind::Hang(_) | FaultKind::GcPause(_) => {
                self.act(by, What::Other, &nodes, format!("{who} goes on"), |world| {
                    for &node in &nodes {
                        world.resume(node);
                    }
                });
            }
            FaultKind::DiskFull(_) => {
                self.act(
                    by,
                    What::Start,
                    &nodes,
                    format!("space is made on {who} and it is started again"),
                    |world| {
                        for &node in &nodes {
                            world.fill_disk(node, false);
                            world.start(node, None);
                        }
                    },
                );
            }
            FaultKind::DiskSlow { .. } => {
                self.act(
                    by,
                    What::Other,
                    &nodes,
                    format!("the disk of {who} is as fast as before"),
                    |world| {
                        for &node in &nodes {
                            world.slow_disk(node, 100);
                        }
                    },
                );
            }
            FaultKind::Cut { from, to, clients } => {
                let (ends, pairs) = self.pairs(from, to.as_ref());
                let clients = *clients;
                let text = "the network is whole again".to_owned();
                self.act(by, What::Other, &nodes, text, |world| {
                    cut(world, &ends, &pairs, clients, false)
                });
            }
            FaultKind::SlowLink {
                from,
                to,
                by: longer,
            } => {
                let (_, pairs) = self.pairs(from, to.as_ref());
                let longer = Span::nanos(longer.0);
                self.act(
                    by,
                    What::Other,
                    &nodes,
                    "the network is as fast as before".to_owned(),
                    |world| {
                        for &(a, b) in &pairs {
                            world.slow_link(a, b, longer, false);
                        }
                    },
                );
            }
            FaultKind::KillMember { group, member } => {
                let group = self
                    .estate
                    .groups
                    .iter()
                    .position(|spec| spec.name == group.value);
                let member = member.saturating_sub(1);
                if let Some(group) = group {
                    let text = format!("member {} is started again", member + 1);
                    self.act(by, What::Other, &[], text, |world| {
                        world.start_member(group as u32, member)
                    });
                }
            }
            FaultKind::SlowStart { .. } => {
                for &node in &nodes {
                    self.world.slow_next_start(node, Span::ZERO);
                }
            }
            FaultKind::LongRecovery { .. } => {
                for &node in &nodes {
                    self.world.slow_next_recovery(node, Span::ZERO);
                }
            }
            FaultKind::OldNodeReturns { .. } => {
                let before = self.injected[at].before.take();
                let text = format!("{who} is put right");
                self.act(by, What::Start, &nodes, text, |world| {
                    for &node in &nodes {
                        world.kill(node);
                        world.start(node, before.clone());
                    }
                });
            }
            FaultKind::WrongTool { .. } => self.tool = None,
            FaultKind::CrashLoop { .. }
            | FaultKind::WrongBinary { .. }
            | FaultKind::EarlyBump { .. }
            | FaultKind::MoveController(_)
            | FaultKind::ForgottenWait { .. }
            | FaultKind::OperatorTooFast { .. }
            | FaultKind::OperatorLate { .. }
            | FaultKind::NodeFirst { .. }
            | FaultKind::StepSkipped { .. }
            | FaultKind::StepTwice { .. }
            | FaultKind::StepEarly { .. } => {}
            FaultKind::SomebodyRestarts(_) => {
                if nodes.iter().all(|&node| !self.world.process_exists(node)) {
                    restart(self, format!("somebody else starts {who} again"));
                }
            }
        }
    }
}

fn cut(world: &mut World, nodes: &[NodeIx], pairs: &[(NodeIx, NodeIx)], clients: bool, on: bool) {
    for &(a, b) in pairs {
        world.cut(a, b, on);
    }
    if clients {
        for &node in nodes {
            world.cut_clients(node, on);
        }
    }
}
