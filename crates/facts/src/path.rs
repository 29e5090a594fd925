//! The way from one release to another: its stops, why each is needed, what must be true before it, and until when each can be
//! turned back.
//!
//! Which releases can be reached in one go is in `data/upgrade-hops.txt`, what belongs to a hop in `data/upgrade-conditions.txt`. The
//! way is the shortest one in the graph of these: fewest stops first.

mod back;
mod data;
mod place;
mod show;

use petgraph::algo::astar;
use petgraph::graph::{Graph, NodeIndex};
use serde::Serialize;

pub(crate) use data::{Condition, Hop, Platform, read_conditions, read_hops, read_platforms};
pub use place::{Mode, NoPlace, Place};

use crate::catalog::catalog;
use crate::version::KafkaVersion;
use data::{How, When};
use place::{line, lines};

/// The way from one release to another.
#[derive(Clone, Debug, Serialize)]
pub struct UpgradePath {
    /// The name and version of this form.
    pub format: &'static str,
    /// Where it starts.
    pub from: Place,
    /// Where it ends.
    pub to: Place,
    /// The mode of the start was not told but taken from the version.
    pub mode_inferred: bool,
    /// The stops, in order; the last one is the end. Empty: there is nothing to do, or the way leads back.
    pub stops: Vec<Stop>,
    /// What is to be said of a way that leads back to an older release.
    pub back: Vec<Remark>,
}

/// One stop of the way.
#[derive(Clone, Debug, Serialize)]
pub struct Stop {
    /// Where it leads.
    pub to: Place,
    /// `roll` or `migrate`.
    pub how: &'static str,
    /// Why the way does not lead past it; `None` for the last one.
    pub why: Option<Remark>,
    /// What must be true before.
    pub before: Vec<Remark>,
    /// What to know on the way.
    pub watch: Vec<Remark>,
    /// What is to be done when every node is there.
    pub after: Vec<Remark>,
    /// The last moment to turn back, and how.
    pub back: Vec<Remark>,
    /// What else could be done.
    pub instead: Vec<Remark>,
    /// Where this hop is said to be possible.
    pub source: &'static str,
}

/// A sentence and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The sentence.
    pub text: String,
    /// Its source.
    pub source: String,
}

/// Why there is no way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPath {
    /// One of the ends is no known release, or cannot run so.
    #[error(transparent)]
    Place(#[from] NoPlace),
    /// Nothing leads there.
    #[error("no way leads from {from} to {to}: {why}")]
    Nowhere {
        /// The start.
        from: String,
        /// The end.
        to: String,
        /// Why not, and what to do.
        why: String,
    },
}

/// The way from one release to another. A mode that is not given is taken from the versions: ZooKeeper before 3.3, KRaft from
/// there on. Confluent Platform is written `CP 7.8` or `cp7.8`.
///
/// ```
/// let path = facts::upgrade_path("2.8.2", "4.4.0", None).unwrap();
/// let stops: Vec<String> = path.stops.iter().map(|stop| stop.to.to_string()).collect();
/// assert_eq!(stops, ["3.9.2 in ZooKeeper mode (CP 7.9)", "3.9.2 in KRaft mode (CP 7.9)", "4.4.0 in KRaft mode"]);
/// assert_eq!(facts::upgrade_path("3.9.2", "4.1.2", None).unwrap().stops.len(), 1);
/// assert_eq!(facts::upgrade_path("3.1", "4.1.2", Some(facts::Mode::Kraft)).unwrap().stops.len(), 2);
/// ```
pub fn upgrade_path(from: &str, to: &str, mode: Option<Mode>) -> Result<UpgradePath, NoPath> {
    let start = Place::read(from, mode)?;
    let wanted = Place::read(to, None)?;
    // Where the end has both modes, the way stays in the one it starts in.
    let end = if start.mode == Mode::ZooKeeper && Mode::ZooKeeper.exists_in(wanted.version) {
        wanted.in_mode(Mode::ZooKeeper)
    } else {
        wanted.in_mode(Mode::Kraft)
    };
    let mut path = UpgradePath {
        format: "dryroll-facts-path/1",
        from: start,
        to: end,
        mode_inferred: mode.is_none(),
        stops: Vec::new(),
        back: Vec::new(),
    };
    if end.version < start.version {
        path.back = back::remarks(start, wanted);
        return Ok(path);
    }
    if end.version == start.version && end.mode == start.mode {
        return Ok(path);
    }
    if line(start.version) == line(end.version) && start.mode == end.mode {
        path.stops.push(within_line(start, end));
        return Ok(path);
    }
    let hops = shortest(start, end).ok_or_else(|| NoPath::Nowhere {
        from: start.to_string(),
        to: end.to_string(),
        why: why_not(start, end),
    })?;
    let mut here = start;
    let last = hops.len() - 1;
    for (at, (hop, place)) in hops.into_iter().enumerate() {
        if hop.how == How::Migrate && here.version != place.version {
            // The migration does not change binaries: another patch release comes first.
            let there = place.in_mode(here.mode);
            path.stops.push(within_line(here, there));
            here = there;
        }
        path.stops.push(stop(hop, here, place, at == last));
        here = place;
    }
    Ok(path)
}

fn why_not(start: Place, end: Place) -> String {
    let preview = KafkaVersion::new(3, 0, 0);
    if start.mode == Mode::Kraft && start.version < preview {
        "the early access of KRaft in 2.8 has no way out of it; build a new cluster and mirror into it".to_owned()
    } else if end.mode == Mode::Kraft && end.version < KafkaVersion::new(3, 3, 0) {
        "KRaft is for production from 3.3 on".to_owned()
    } else {
        "Kafka's upgrade documents describe none; build a new cluster and mirror into it".to_owned()
    }
}

/// Another patch release of the same line: binaries alone.
fn within_line(start: Place, end: Place) -> Stop {
    let remark = |text: &str, source: &str| Remark {
        text: text.to_owned(),
        source: source.to_owned(),
    };
    Stop {
        to: end,
        how: How::Roll.name(),
        why: None,
        before: vec![remark(
            "no under-replicated partition, and every topic has a replica to spare",
            "docs/ops.html, graceful shutdown",
        )],
        watch: watch(start, end, How::Roll),
        after: vec![remark(
            "nothing: a patch release brings no protocol and no metadata.version",
            "MetadataVersion of one line is the same in all its releases",
        )],
        back: vec![remark(
            "at any time: the old binary back, node by node",
            "MetadataVersion of one line is the same in all its releases",
        )],
        instead: Vec::new(),
        source: "docs/upgrade.html",
    }
}

/// A stop with all that belongs to it.
fn stop(hop: &'static Hop, from: Place, to: Place, is_last: bool) -> Stop {
    let when = |when: When| -> Vec<Remark> { remarks(from, to, hop.how, when) };
    let mut back = when(When::Back);
    if hop.how == How::Roll && to.mode == Mode::Kraft {
        back.push(back::of_roll(from, to));
    }
    Stop {
        to,
        how: hop.how.name(),
        why: hop.why.filter(|_| !is_last).map(|why| Remark {
            text: why.to_owned(),
            source: hop.source.to_owned(),
        }),
        before: when(When::Before),
        watch: when(When::Watch),
        after: when(When::After),
        back,
        instead: when(When::Instead),
        source: hop.source,
    }
}

fn watch(from: Place, to: Place, how: How) -> Vec<Remark> {
    remarks(from, to, how, When::Watch)
}

fn remarks(from: Place, to: Place, how: How, when: When) -> Vec<Remark> {
    let filled = |text: &str| {
        text.replace("{from-line}", &from.version.line())
            .replace("{to-line}", &to.version.line())
            .replace("{from}", &from.version.to_string())
            .replace("{to}", &to.version.to_string())
    };
    catalog()
        .upgrade_conditions
        .iter()
        .filter(|row| row.when == when && row.fits(from, to, how))
        .map(|row| Remark {
            text: filled(row.what),
            source: filled(row.source),
        })
        .collect()
}

/// What is added for each stop, so that fewer stops are always shorter than cheaper ones.
const STOP: u32 = 1_000;

/// The hops of the shortest way.
fn shortest(start: Place, end: Place) -> Option<Vec<(&'static Hop, Place)>> {
    let mut graph: Graph<Place, (&'static Hop, u32)> = Graph::new();
    let mut nodes: Vec<NodeIndex> = Vec::new();
    for version in lines() {
        for mode in [Mode::ZooKeeper, Mode::Kraft] {
            if mode.exists_in(version) {
                // The ends are the releases that were asked for; between them is the one that is known of each line.
                let here = Place { version, mode };
                let asked = |place: &&Place| line(place.version) == line(version);
                let place = [start, end]
                    .iter()
                    .filter(asked)
                    .find(|place| place.mode == mode)
                    .or([start, end].iter().find(asked))
                    .map_or(here, |place| place.in_mode(mode));
                nodes.push(graph.add_node(place));
            }
        }
    }
    for &from in &nodes {
        for &to in &nodes {
            let (here, there) = (graph[from], graph[to]);
            for hop in &catalog().upgrade_hops {
                if hop.leads(here, there) {
                    // Between two ways that are as good the one over newer releases: they are the most repaired.
                    let newest = lines()
                        .iter()
                        .filter(|version| **version > there.version)
                        .count();
                    let cost = STOP + hop.cost * 20 + newest as u32;
                    graph.add_edge(from, to, (hop, cost));
                }
            }
        }
    }
    let find = |place: Place| nodes.iter().copied().find(|node| graph[*node] == place);
    let (first, last) = (find(start)?, find(end)?);
    let (_, way) = astar(
        &graph,
        first,
        |node| node == last,
        |edge| edge.weight().1,
        |_| 0,
    )?;
    way.windows(2)
        .map(|pair| {
            let edge = graph
                .edges_connecting(pair[0], pair[1])
                .min_by_key(|edge| edge.weight().1)?;
            Some((edge.weight().0, graph[pair[1]]))
        })
        .collect()
}

#[cfg(test)]
mod tests;
