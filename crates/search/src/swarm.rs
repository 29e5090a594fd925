//! What one run draws from: swarm testing, and nodes that stand in for each other.
//!
//! Each run leaves out some kinds of faults and some ways of each kind, so that what remains comes together more often (Groce et al., "Swarm
//! Testing", 2012). And each draws how long its faults last and whom they hit: a replicated system breaks when a set of nodes that
//! stand in for each other is used up (the replicas of a partition, the voters of the metadata quorum), so most runs aim at one such set.
//! Lineage-driven fault injection (Alvaro et al., 2015) asks the same question: which replicas hold this up?

use engine::Draw;
use rehearsal::{Rehearsal, State};

use crate::palette::Kind;

/// A set of nodes that stand in for each other, by node.
type Set = Vec<u32>;

/// Sets that are drawn from; in a large cluster the first ones stand for all.
const SETS: usize = 200;

/// Ways of a kind that can be left out one by one.
pub(crate) const WAYS: u32 = 4;

/// Draws for a way that was not left out, before any will do.
const AGAIN: usize = 8;

/// The sets of nodes that stand in for each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sets {
    /// The voters of the metadata quorum, or the servers of the ensemble.
    voters: Set,
    /// The distinct sets of replicas of topics that are not Kafka's own.
    replicas: Vec<Set>,
}

impl Sets {
    pub(crate) fn of(rehearsal: &Rehearsal) -> Self {
        let estate = rehearsal.estate();
        let voters = match &estate.zookeeper {
            Some(ensemble) => ensemble.servers.clone(),
            None => estate.voters.clone(),
        };
        let mut replicas: Vec<Set> = Vec::new();
        let topics = estate.topics.iter().filter(|topic| !topic.internal);
        for partition in topics.flat_map(|topic| &topic.assignment) {
            let mut set = partition.clone();
            set.sort_unstable();
            if !replicas.contains(&set) {
                replicas.push(set);
            }
            if replicas.len() == SETS {
                break;
            }
        }
        Self { voters, replicas }
    }

    /// One of them: the voters in one of three draws, for they are one set beside many.
    fn draw(&self, draw: &mut impl Draw) -> Set {
        match draw.chance(1, 3) || self.replicas.is_empty() {
            true => self.voters.clone(),
            false => draw.pick(&self.replicas).clone(),
        }
    }
}

/// How long faults last, of the lengths there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    Any,
    Longest,
    Shortest,
}

/// What one run draws from.
#[derive(Clone, Debug)]
pub(crate) struct Swarm {
    /// The kinds.
    pub(crate) kinds: Vec<Kind>,
    /// The ways of each kind that are not left out, by bit.
    ways: u32,
    lengths: Lengths,
    /// Faults come several at a moment.
    pub(crate) burst: bool,
    /// Whom they hit most of the time.
    set: Set,
}

impl Swarm {
    /// Some of these kinds: each is there or not, at least one is; otherwise everything.
    pub(crate) fn plain(kinds: &[Kind], draw: &mut impl Draw) -> Self {
        let mut some: Vec<Kind> = kinds
            .iter()
            .copied()
            .filter(|_| draw.chance(1, 2))
            .collect();
        if some.is_empty() && !kinds.is_empty() {
            some.push(*draw.pick(kinds));
        }
        Self::all(&some)
    }

    /// All of these kinds, in all ways, on any node.
    pub(crate) fn all(kinds: &[Kind]) -> Self {
        Self {
            kinds: kinds.to_vec(),
            ways: u32::MAX,
            lengths: Lengths::Any,
            burst: false,
            set: Set::new(),
        }
    }

    /// The same, aimed. `struck`: nodes that are hit already, by bit; of two sets the one that has lost more is taken.
    pub(crate) fn aimed(mut self, sets: &Sets, struck: u128, draw: &mut impl Draw) -> Self {
        self.ways = match draw.chance(1, 2) {
            true => u32::MAX,
            false => draw.below(1 << WAYS) as u32,
        };
        self.lengths = match draw.below(8) {
            0..=3 => Lengths::Any,
            4..=6 => Lengths::Longest,
            _ => Lengths::Shortest,
        };
        self.burst = draw.chance(1, 2);
        if draw.chance(3, 4) {
            let (one, other) = (sets.draw(draw), sets.draw(draw));
            let lost = |set: &Set| set.iter().filter(|&&node| is_in(struck, node)).count();
            self.set = match lost(&other) > lost(&one) {
                true => other,
                false => one,
            };
        }
        self
    }

    /// A number below `of` whose way was not left out.
    pub(crate) fn way(&self, of: u64, way: fn(u64) -> u32, draw: &mut impl Draw) -> u64 {
        for _ in 0..AGAIN {
            let drawn = draw.below(of);
            if self.ways & 1 << way(drawn) != 0 {
                return drawn;
            }
        }
        draw.below(of)
    }

    /// A length out of a ladder, the shortest first.
    pub(crate) fn length<T: Copy>(&self, ladder: &[T], draw: &mut impl Draw) -> T {
        match self.lengths {
            Lengths::Any => *draw.pick(ladder),
            Lengths::Longest => ladder[ladder.len() - 1],
            Lengths::Shortest => ladder[0],
        }
    }
}

/// Where a fault is placed.
#[derive(Debug, Default)]
pub(crate) struct Aim<'a> {
    /// The node of the moment.
    pub(crate) node: Option<u32>,
    /// How things stand.
    pub(crate) state: Option<&'a State>,
    /// Nodes that were hit at this moment, by bit.
    pub(crate) hit: u128,
}

impl Aim<'_> {
    /// The node to hit, where there is reason to hit a certain one: what a weakened part still depends on, or another of the set that this
    /// run aims at.
    pub(crate) fn favoured(&self, swarm: &Swarm, draw: &mut impl Draw) -> Option<u32> {
        let state = self.state?;
        let struck = self.hit | state.struck;
        if let Some(node) = state.holds_up
            && !is_in(self.hit, node)
            && draw.chance(1, 2)
        {
            return Some(node);
        }
        let left: Vec<u32> = swarm
            .set
            .iter()
            .copied()
            .filter(|&node| !is_in(struck, node))
            .collect();
        match !left.is_empty() && draw.chance(7, 8) {
            true => Some(*draw.pick(&left)),
            false => None,
        }
    }

    /// A node whose next start is not far, most of the time: one that is away, that was hit at this moment, or that the moment is about.
    pub(crate) fn will_start(&self, draw: &mut impl Draw) -> Option<u32> {
        let state = self.state?;
        let mut soon = nodes_in(self.hit | state.gone);
        soon.extend(self.node);
        match !soon.is_empty() && draw.chance(3, 4) {
            true => Some(*draw.pick(&soon)),
            false => None,
        }
    }

    /// This node is hit.
    pub(crate) fn hits(&mut self, node: u32) {
        self.hit |= 1_u128.checked_shl(node).unwrap_or(0);
    }
}

fn nodes_in(bits: u128) -> Vec<u32> {
    (0..u128::BITS).filter(|&node| is_in(bits, node)).collect()
}

fn is_in(bits: u128, node: u32) -> bool {
    bits.checked_shr(node).unwrap_or(0) & 1 == 1
}
