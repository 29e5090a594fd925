//! From a run to what a world is built from: the estate of its scenario, with what only replays know.

use std::path::Path;
use std::sync::Arc;

use engine::Span;
use kafka::estate::Estate;
use kafka::ids::NodeIx;

use crate::operations::{Act, Entry, Milestone, Script};
use crate::placement;
use crate::read::Error;
use crate::recording::{Recording, Run};
use crate::scenario_text;

/// What a scenario that was written for a recording builds, or what is wrong with it, in words.
pub(crate) fn build(name: &str, text: String) -> Result<rehearsal::estate::Built, String> {
    let read = scenario::read(&scenario::Memory::new().with(name, text), Path::new(name));
    let Some(scenario) = read.scenario else {
        let words: Vec<String> = read
            .diagnostics
            .iter()
            .map(|diagnostic| format!("{} {}", diagnostic.message, diagnostic.label))
            .collect();
        return Err(words.join(" "));
    };
    rehearsal::estate::build(&scenario).map_err(|problems| {
        let words: Vec<String> = problems
            .iter()
            .map(|problem| problem.message.clone())
            .collect();
        words.join(" ")
    })
}

/// A run, ready to be replayed.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// What there is.
    pub(crate) estate: Arc<Estate>,
    /// What is done.
    pub(crate) script: Script,
    /// The active controller that the recording shows at the start.
    pub(crate) active: Option<NodeIx>,
    /// Topics of which nobody recorded who holds them: place in the estate, partitions, replication factor.
    pub(crate) drawn: Vec<(usize, u32, u32)>,
    /// Somebody made small metadata changes all the time.
    pub(crate) probed: bool,
    /// When clients first saw connections break, by client and way of telling.
    pub(crate) broken: Vec<f64>,
    /// The recording's end.
    pub(crate) end: f64,
    /// The replication factor of `t`.
    pub(crate) replicas: u32,
    /// From start to open port where no registration was refused, for starts of which that is not known.
    pub(crate) usual_start: f64,
}

impl Prepared {
    pub(crate) fn of(file: &str, recording: &Recording, run: &Run) -> Result<Self, Error> {
        let refused = |why: String| Error::Scenario {
            file: file.to_owned(),
            why,
        };
        let built = build("replay.ron", scenario_text::write(recording, run)).map_err(refused)?;
        let mut estate = (*built.estate).clone();
        let script = Script::of(recording, run).map_err(refused)?;
        for node in &mut estate.nodes {
            // Each start gets its own duration by `World::slow_next_start`.
            node.process_start = Span::ZERO;
            if let Some(took) = closing(
                run,
                &script,
                &recording.broker_ids(),
                node.id,
                recording.in_zookeeper_mode(),
            ) {
                node.process_stop = seconds(took);
            }
        }
        set_release(&mut estate, recording).map_err(refused)?;
        let drawn = recording
            .topics()
            .filter(|(name, topic)| placement::shown(run, name, topic).is_none())
            .filter_map(|(name, topic)| {
                Some((
                    estate.topic(name)? as usize,
                    topic.partitions,
                    topic.replication_factor,
                ))
            })
            .collect();
        let active = active_controller(recording, run, &script).and_then(|id| estate.node(id));
        let opened = script.steps().filter_map(|step| match &step.act {
            Act::Start(startup)
                if startup.refused.is_none() && recording.broker_ids().contains(&step.node) =>
            {
                startup.port_open
            }
            _ => None,
        });
        // Measured on the machine of the recordings: process start to first registration, 2.3 to 2.9 s on 4.1.2.
        let usual_start = opened.fold(f64::INFINITY, f64::min).min(2.5);
        let replicas = recording.topic.replication_factor;
        Ok(Self {
            estate: Arc::new(estate),
            script,
            active,
            drawn,
            probed: run.probe.is_some(),
            broken: broken(run),
            end: run.end(),
            replicas,
            usual_start,
        })
    }
}

impl Prepared {
    /// How long a process that was killed at `at` kept its sockets, where clients logged it.
    pub(crate) fn teardown(&self, at: f64) -> Option<(Span, Span)> {
        let first = self
            .broken
            .iter()
            .map(|t| t - at)
            .filter(|after| (0.0..LONGEST_TEARDOWN).contains(after))
            .fold(f64::INFINITY, f64::min);
        first.is_finite().then(|| (seconds(first), seconds(first)))
    }
}

/// What is seen later than this after a kill has another cause, seconds.
const LONGEST_TEARDOWN: f64 = 0.5;

/// The first time of each error that says that a connection broke.
fn broken(run: &Run) -> Vec<f64> {
    run.client_errors
        .values()
        .flatten()
        .filter(|(words, _)| {
            words.starts_with("in-flight cancelled") || words.ends_with("NETWORK_EXCEPTION")
        })
        .filter_map(|(_, logged)| logged.first)
        .collect()
}
/// From SIGTERM to leave to go in ZooKeeper mode, on a machine that is not too busy. *Measured*: ISRs changed 0.2 to 0.3 s after the stop
/// (`upgrade-zk-2.8.2-to-3.5.1-pinned`), the answer comes after that.
const HANDOVER: f64 = 0.3;

pub(crate) fn seconds(seconds: f64) -> Span {
    Span::nanos((seconds.max(0.0) * 1e9).round() as u64)
}

/// How long a node took from the controller's leave to the end of its process, where its log tells.
fn closing(run: &Run, script: &Script, brokers: &[u32], node: u32, zookeeper: bool) -> Option<f64> {
    let took: Vec<f64> = script
        .steps()
        .filter(|step| step.node == node && step.act == Act::Stop)
        .filter_map(|step| {
            let stopped = script.entries.iter().find_map(|entry| match entry {
                Entry::Milestone(reached)
                    if reached.milestone == Milestone::Stopped(node) && reached.at >= step.at =>
                {
                    Some(reached.at)
                }
                _ => None,
            })?;
            let left = if zookeeper {
                // A stop that had to ask again is longer by the back-off of 5 s; what is left of a shorter one is the closing of logs.
                (stopped - step.at < 5.0).then_some((step.at + HANDOVER).min(stopped))?
            } else if brokers.contains(&node) {
                run.said(
                    Some(node),
                    step.at,
                    &["asked us to exit controlled shutdown"],
                )?
            } else {
                step.at
            };
            (left <= stopped).then_some(stopped - left)
        })
        .collect();
    crate::statistics::median(&took)
}

/// The level at which the storage was formatted, if it was not the binary's own.
fn set_release(estate: &mut Estate, recording: &Recording) -> Result<(), String> {
    let Some(name) = &recording.release else {
        return Ok(());
    };
    let release = facts::of(&recording.kafka).map_err(|why| why.to_string())?;
    let level = match facts::metadata_version(name) {
        Ok(level) => level,
        Err(_) => facts::of(name)
            .map_err(|why| why.to_string())?
            .metadata_version(),
    };
    estate.levels = rehearsal::estate::levels::formatted(release, level, false);
    estate.shrink_bumps_leader_epoch = rehearsal::estate::levels::shrinks_bump(&estate.levels);
    estate.eligible_leader_replicas = rehearsal::estate::levels::has_elr(&estate.levels);
    Ok(())
}

/// The broker that its log shows as the controller when the first stop or kill comes (ZooKeeper mode).
fn controller_of(run: &Run, script: &Script) -> Option<u32> {
    let first = script.steps().next()?;
    let speaks = |text: &str| {
        text.split("[Controller id=")
            .nth(1)
            .and_then(|rest| rest.split([']', ' ', ',']).next()?.parse::<u32>().ok())
    };
    // What asks it to stop is answered by the controller of that moment.
    run.evidence
        .iter()
        .filter(|(t, _, text)| {
            *t >= 0.0 && *t < first.at + 20.0 && text.contains("Shutting down broker")
        })
        .find_map(|(_, _, text)| speaks(text))
}

/// The active controller before the first operation: asked for by the harness, or told by the logs.
fn active_controller(recording: &Recording, run: &Run, script: &Script) -> Option<u32> {
    if run.active.is_some() {
        return run.active;
    }
    if recording.in_zookeeper_mode() {
        return crate::operations::first_controller(run).or_else(|| controller_of(run, script));
    }
    let speaks = |text: &str| {
        text.split("QuorumController id=")
            .nth(1)
            .and_then(|rest| rest.split(']').next()?.parse::<u32>().ok())
    };
    let first = run
        .evidence
        .iter()
        .find_map(|(t, _, text)| Some((*t, speaks(text)?)));
    let election = run.said(
        None,
        f64::NEG_INFINITY,
        &["Completed transition to Candidate"],
    );
    let controllers = recording.controller_ids();
    match (first, election) {
        // Nobody stood for election before it spoke: it had been active all the time.
        (Some((t, id)), election) if election.is_none_or(|election| election > t) => Some(id),
        // An election after a controller was taken away: that one had been active.
        (_, Some(election)) => script
            .steps()
            .filter(|step| {
                step.at <= election
                    && controllers.contains(&step.node)
                    && matches!(step.act, Act::Kill | Act::Stop | Act::Pause)
            })
            .map(|step| step.node)
            .next(),
        _ => None,
    }
}
