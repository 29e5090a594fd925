//! What can go wrong: the faults that a search draws from, by kind.
//!
//! Durations are ladders, because what matters is on which side of Kafka's own limits a fault lies: a pause shorter or longer than
//! `broker.session.timeout.ms` (9 s), an absence shorter or longer than `replica.lag.time.max.ms` (30 s) or `request.timeout.ms` (30 s).

use engine::Draw;
use rehearsal::Rehearsal;
use scenario::model::{
    Action, Fault, FaultKind, Nanos, NodeId, Nodes, Scenario, Spanned, SwarmKind, Target, When,
};

use crate::plan::said;
use crate::swarm::{Aim, Sets, Swarm, WAYS};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A process or a host dies.
    Crash,
    /// A process stands still and goes on.
    Pause,
    /// Packets are lost or late.
    Network,
    /// A disk, a start or a log recovery is slow.
    Slow,
    /// A person does not do what the runbook says.
    Operator,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Crash,
        Self::Pause,
        Self::Network,
        Self::Slow,
        Self::Operator,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Pause => "pause",
            Self::Network => "network",
            Self::Slow => "slow",
            Self::Operator => "operator",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl From<SwarmKind> for Kind {
    fn from(kind: SwarmKind) -> Self {
        match kind {
            SwarmKind::Crash => Self::Crash,
            SwarmKind::Pause => Self::Pause,
            SwarmKind::Network => Self::Network,
            SwarmKind::Slow => Self::Slow,
            SwarmKind::Operator => Self::Operator,
        }
    }
}

const SECOND: u64 = 1_000_000_000;

/// How long a process is away, in seconds: within a session, longer than `replica.lag.time.max.ms`, and long.
const AWAY: [u64; 3] = [10, 40, 120];
/// How long a process stands still: within a session of 9 s, just longer, and longer than any client waits for one request.
const STILL: [u64; 4] = [3, 7, 12, 40];
/// How long a network is cut.
const CUT: [u64; 3] = [3, 12, 40];
/// How much later packets come, in milliseconds.
const LATER: [u64; 2] = [50, 300];
/// How much longer a start or a recovery takes.
const LONGER: [u64; 2] = [30, 300];
/// What is left of the disk's rate, in percent.
const DISK: [u32; 2] = [20, 2];
/// How long an operator in a hurry waits between nodes, in seconds.
const HURRIED: [u64; 3] = [0, 2, 8];
/// How late an operator comes, in seconds: fetches a coffee, has lunch.
const LATE: [u64; 2] = [300, 3_600];
/// How long after its moment a fault begins, in milliseconds: mostly at once, else anywhere within what Kafka does in one go.
pub(crate) const AFTER: [u64; 12] = [0, 0, 0, 0, 0, 2, 10, 50, 200, 1_000, 3_000, 8_000];

/// The same for one of several faults that come close to each other: at once, within a request, a session, an absence.
pub(crate) const SPREAD: [u64; 8] = [0, 0, 100, 1_000, 3_000, 8_000, 20_000, 45_000];

/// What can be placed.
#[derive(Clone, Debug)]
pub struct Palette {
    kinds: Vec<Kind>,
    /// Brokers by id, as they stand in the estate.
    brokers: Vec<NodeId>,
    /// By node: its id.
    ids: Vec<NodeId>,
    /// By node: it is a broker or a controller (a ZooKeeper server is neither).
    kafka: Vec<bool>,
    /// Groups with their members.
    groups: Vec<(String, u32)>,
    zookeeper: bool,
    /// Nodes that stand in for each other.
    pub(crate) sets: Sets,
    /// Steps whose gates can be forgotten, and those in which nodes are waited for.
    gated: Vec<String>,
    between: Vec<String>,
    /// Steps that roll brokers one after the other, and all steps, in the order of the file.
    rolls: Vec<String>,
    steps: Vec<String>,
}

impl Palette {
    /// What can go wrong in this scenario, of these kinds.
    pub fn of(rehearsal: &Rehearsal, kinds: &[Kind]) -> Self {
        let estate = rehearsal.estate();
        let steps = |so: fn(&scenario::model::Step) -> bool| steps_of(rehearsal.scenario(), so);
        let mut palette = Self {
            kinds: kinds.to_vec(),
            brokers: estate
                .nodes
                .iter()
                .filter(|node| node.broker)
                .map(|node| node.id)
                .collect(),
            ids: estate.nodes.iter().map(|node| node.id).collect(),
            kafka: estate
                .nodes
                .iter()
                .map(|node| node.broker || node.controller)
                .collect(),
            groups: estate
                .groups
                .iter()
                .map(|group| (group.name.clone(), group.members))
                .collect(),
            zookeeper: estate.zookeeper.is_some(),
            sets: Sets::of(rehearsal),
            gated: steps(|step| {
                !(step.before.is_empty() && step.between.is_empty() && step.after.is_empty())
            }),
            between: steps(|step| {
                !step.between.is_empty() && matches!(step.action.value, Action::Roll(_))
            }),
            rolls: steps(
                |step| matches!(&step.action.value, Action::Roll(roll) if roll.nodes.value == Nodes::Brokers),
            ),
            steps: steps(|_| true),
        };
        palette.kinds.sort_unstable();
        palette.kinds.dedup();
        palette
    }

    /// What can go wrong here and in the other: the nodes and groups of both.
    pub(crate) fn shared_with(mut self, other: &Self) -> Self {
        self.brokers.retain(|id| other.brokers.contains(id));
        let theirs: Vec<NodeId> = other.kafka_ids().collect();
        for (id, kafka) in self.ids.iter().zip(&mut self.kafka) {
            *kafka &= theirs.contains(id);
        }
        self.groups
            .retain(|(name, _)| other.groups.iter().any(|(known, _)| known == name));
        self.zookeeper |= other.zookeeper;
        self
    }

    /// How many brokers there are.
    pub(crate) fn brokers(&self) -> u64 {
        self.brokers.len() as u64
    }

    /// The kinds there are.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The brokers and controllers by id.
    pub(crate) fn kafka_ids(&self) -> impl Iterator<Item = NodeId> + '_ {
        let kafka = self.ids.iter().zip(&self.kafka);
        kafka.filter(|(_, kafka)| **kafka).map(|(id, _)| *id)
    }

    /// A fault of this kind on this node. People's choices concern no node: they are none.
    pub(crate) fn on(kind: Kind, id: NodeId, when: When, draw: &mut impl Draw) -> Option<Fault> {
        let node = Target::Node(said(id));
        let (kind, seconds) = match kind {
            Kind::Crash => (FaultKind::Kill(node), *draw.pick(&AWAY)),
            Kind::Pause => (FaultKind::GcPause(node), *draw.pick(&STILL)),
            Kind::Network => {
                let from = Nodes::These(vec![said(id)]);
                let (to, clients) = (None, true);
                (FaultKind::Cut { from, to, clients }, *draw.pick(&CUT))
            }
            Kind::Slow => {
                let to_percent = *draw.pick(&DISK);
                (FaultKind::DiskSlow { node, to_percent }, 120)
            }
            Kind::Operator => return None,
        };
        Some(Fault {
            kind: said(kind),
            at: said(when),
            lasts: Some(said(Nanos(seconds * SECOND))),
        })
    }

    /// A fault of one of the kinds of this swarm, at a moment.
    pub(crate) fn draw(
        &self,
        swarm: &Swarm,
        aim: &mut Aim<'_>,
        delays: &[u64],
        when: &dyn Fn(Nanos) -> When,
        draw: &mut impl Draw,
    ) -> Option<Fault> {
        if swarm.kinds.is_empty() {
            return None;
        }
        let kind = *draw.pick(&swarm.kinds);
        let seconds = |n: u64| Nanos(n * SECOND);
        let lasting = |n: u64| Some(said(seconds(n)));
        let (what, lasts) = match kind {
            Kind::Crash => match swarm.way(8, |drawn| drawn.min(WAYS as u64 - 1) as u32, draw) {
                0 if !self.zookeeper => (
                    FaultKind::KillActiveController,
                    lasting(swarm.length(&AWAY, draw)),
                ),
                1 => (
                    FaultKind::HostGone(self.target(swarm, aim, draw)?),
                    lasting(swarm.length(&AWAY, draw)),
                ),
                2 if !self.groups.is_empty() => {
                    let (group, members) = draw.pick(&self.groups);
                    let member = 1 + draw.below(u64::from((*members).max(1))) as u32;
                    let kind = FaultKind::KillMember {
                        group: said(group.clone()),
                        member,
                    };
                    (kind, lasting(swarm.length(&AWAY, draw)))
                }
                _ => (
                    FaultKind::Kill(self.target(swarm, aim, draw)?),
                    lasting(swarm.length(&AWAY, draw)),
                ),
            },
            Kind::Pause => (
                FaultKind::GcPause(self.target(swarm, aim, draw)?),
                lasting(swarm.length(&STILL, draw)),
            ),
            Kind::Network => {
                let id = match aim.favoured(swarm, draw) {
                    Some(node) => self.hit(aim, node)?,
                    None => self.id(aim, draw)?,
                };
                let from = Nodes::These(vec![said(id)]);
                if swarm.way(2, |drawn| drawn as u32, draw) == 0 {
                    let clients = draw.chance(1, 2);
                    let to = None;
                    (
                        FaultKind::Cut { from, to, clients },
                        lasting(swarm.length(&CUT, draw)),
                    )
                } else {
                    let by = Nanos(swarm.length(&LATER, draw) * (SECOND / 1_000));
                    (FaultKind::SlowLink { from, to: None, by }, lasting(60))
                }
            }
            Kind::Slow => match swarm.way(3, |drawn| drawn as u32, draw) {
                0 => {
                    let node = self.who_starts(swarm, aim, draw)?;
                    let by = seconds(swarm.length(&LONGER, draw));
                    (FaultKind::SlowStart { node, by }, None)
                }
                1 => {
                    let node = self.who_starts(swarm, aim, draw)?;
                    let by = seconds(swarm.length(&LONGER, draw));
                    (FaultKind::LongRecovery { node, by }, None)
                }
                _ => {
                    let node = self.target(swarm, aim, draw)?;
                    let to_percent = swarm.length(&DISK, draw);
                    (FaultKind::DiskSlow { node, to_percent }, lasting(120))
                }
            },
            // Another person restarts a node; what the operator does otherwise is chosen before the run.
            Kind::Operator => (
                FaultKind::SomebodyRestarts(self.target(swarm, aim, draw)?),
                None,
            ),
        };
        let after = Nanos(*draw.pick(delays) * (SECOND / 1_000));
        Some(Fault {
            kind: said(what),
            at: said(when(after)),
            lasts,
        })
    }

    /// Something that a person does otherwise than the runbook says. It concerns a step, not a moment.
    pub(crate) fn person(&self, draw: &mut impl Draw) -> Option<Fault> {
        let name = |step: &String| said(step.clone());
        let any = |draw: &mut _, steps: &[String]| -> Option<Spanned<String>> {
            (!steps.is_empty()).then(|| name(Draw::pick(draw, steps)))
        };
        let seconds = |n: u64| Nanos(n * SECOND);
        let kind = match draw.below(7) {
            0 => FaultKind::ForgottenWait {
                step: any(draw, &self.gated)?,
            },
            1 => FaultKind::OperatorTooFast {
                step: any(draw, &self.between)?,
                after: seconds(*draw.pick(&HURRIED)),
            },
            2 => FaultKind::OperatorLate {
                step: any(draw, &self.steps)?,
                by: seconds(*draw.pick(&LATE)),
            },
            3 => FaultKind::NodeFirst {
                step: any(draw, &self.rolls)?,
                node: said(*draw.pick(&self.brokers)),
            },
            4 => FaultKind::StepSkipped {
                step: any(draw, &self.steps)?,
            },
            5 => FaultKind::StepTwice {
                step: any(draw, &self.steps)?,
            },
            _ => {
                let later = draw.below(self.steps.len().max(1) as u64) as usize;
                let sooner = draw.below(later.max(1) as u64) as usize;
                if later == 0 {
                    return None;
                }
                FaultKind::StepEarly {
                    step: name(&self.steps[later]),
                    before: name(&self.steps[sooner]),
                }
            }
        };
        Some(Fault {
            kind: said(kind),
            at: said(When::At(Nanos(0))),
            lasts: None,
        })
    }

    /// A node that there is reason to hit, the one the step is working on, the active controller, the node of the moment, or any broker.
    fn target(&self, swarm: &Swarm, aim: &mut Aim<'_>, draw: &mut impl Draw) -> Option<Target> {
        let at_hand = aim
            .state
            .is_some_and(|state| state.step.is_some() && state.nth > 0);
        if let Some(node) = aim.favoured(swarm, draw) {
            return Some(Target::Node(said(self.hit(aim, node)?)));
        }
        Some(match draw.below(8) {
            0 => Target::ActiveController,
            1 if at_hand => Target::Current,
            _ => Target::Node(said(self.id(aim, draw)?)),
        })
    }

    /// For what changes the next start of a node: mostly one that is away or hit at this moment and will be started, else any.
    fn who_starts(&self, swarm: &Swarm, aim: &mut Aim<'_>, draw: &mut impl Draw) -> Option<Target> {
        match aim.will_start(draw) {
            Some(node) => Some(Target::Node(said(self.hit(aim, node)?))),
            None => self.target(swarm, aim, draw),
        }
    }

    /// The id of a node that is hit. Nothing happens to what is neither a broker nor a controller.
    fn hit(&self, aim: &mut Aim<'_>, node: u32) -> Option<NodeId> {
        aim.hits(node);
        let kafka = self.kafka.get(node as usize).is_some_and(|kafka| *kafka);
        self.ids.get(node as usize).copied().filter(|_| kafka)
    }

    fn id(&self, aim: &mut Aim<'_>, draw: &mut impl Draw) -> Option<NodeId> {
        let here = aim
            .node
            .map(|node| node as usize)
            .filter(|&node| self.kafka.get(node).is_some_and(|kafka| *kafka));
        let id = match here {
            Some(node) if draw.chance(1, 3) => Some(self.ids[node]),
            _ if self.brokers.is_empty() => None,
            _ if draw.chance(1, 6) => {
                let all: Vec<NodeId> = self.kafka_ids().collect();
                Some(*draw.pick(&all))
            }
            _ => Some(*draw.pick(&self.brokers)),
        }?;
        if let Some(node) = self.ids.iter().position(|known| *known == id) {
            aim.hits(node as u32);
        }
        Some(id)
    }
}

fn steps_of(scenario: &Scenario, so: fn(&scenario::model::Step) -> bool) -> Vec<String> {
    scenario
        .runbook
        .iter()
        .filter(|step| so(step))
        .map(|step| Spanned::clone(&step.name).value)
        .collect()
}
