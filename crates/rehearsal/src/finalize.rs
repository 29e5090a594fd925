//! The operator and the finalized features: which call of `kafka-features.sh` an action means for the tools at hand, what comes of it, and
//! what the operator makes of a process that ends by itself.

use engine::{Span, Time};
use facts::KafkaVersion;
use kafka::features::exit::{EXIT_CODE, ExitReason};
use kafka::features::{Fault, METADATA_VERSION};
use kafka::ids::NodeIx;
use scenario::model::{Direction, Features, Format, Levels};

use crate::acts::{By, What};
use crate::operator::Doing;
use crate::play::Play;
use crate::tools::Answer;
use crate::tools::features::{Call, Verb};
use crate::{commands, gates, select, words};

/// A tool starts a JVM, asks and ends: *assumed*; 0.1 to 1.3 s were seen between two calls of one that ran already (`observed/`).
const TOOL_RUNS: Span = Span::secs(1);

/// A call of `kafka-features.sh`, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// When.
    pub(crate) at: Time,
    /// What was done, in words.
    pub(crate) what: String,
    /// The call.
    pub(crate) call: Call,
    /// What the tool said.
    pub(crate) answer: Answer,
}

impl Told {
    /// The first line that says why it failed.
    pub(crate) fn why(&self) -> &str {
        self.answer
            .lines
            .iter()
            .find(|line| line.starts_with("Could not"))
            .or(self.answer.lines.last())
            .map_or("", String::as_str)
    }
}

impl Play {
    /// The version of the tools that the operator types with: those of the first broker, unless somebody says otherwise.
    fn tools_typed_with(&self, given: Option<&str>) -> KafkaVersion {
        let first = (0..self.estate.nodes.len() as NodeIx)
            .find(|&node| self.estate.nodes[node as usize].broker)
            .unwrap_or(0);
        given
            .and_then(|given| given.parse().ok())
            .or(self.tool)
            .unwrap_or_else(|| self.world.binary(first).version)
    }

    /// What an action means for a tool of this version: before 4.0 a release is a metadata version (KIP-778, KIP-1022).
    fn call_for(&self, features: &Features) -> Call {
        let tool = self.tools_typed_with(features.tool.as_ref().map(|tool| tool.value.0.as_str()));
        let verb = match features.direction {
            Direction::Upgrade => Verb::Upgrade,
            Direction::Downgrade | Direction::UnsafeDowngrade => Verb::Downgrade,
        };
        let mut call = Call::new(tool, verb);
        call.forced = features.direction == Direction::UnsafeDowngrade;
        let release = match &features.to {
            Levels::Release(release) => Some(release.value.clone()),
            Levels::Newest => Some(format!("{}.{}", tool.major, tool.minor)),
            Levels::Metadata(version) => {
                call.metadata = Some(version.value.clone());
                None
            }
            Levels::Each(levels) => {
                call.features = levels
                    .iter()
                    .map(|(name, level)| {
                        let level = i16::try_from(level.value).unwrap_or(i16::MAX);
                        (name.value.clone(), Some(level))
                    })
                    .collect();
                None
            }
        };
        if tool.major >= 4 {
            call.release = release;
        } else if release.is_some() {
            call.metadata = release;
        }
        call
    }

    /// Types the call, and keeps what came of it.
    fn types_features(&mut self, by: By, what: String, call: Call) -> Told {
        let asked = gates::asked(&self.world, &self.estate, None);
        let mut answer = Answer::worked(Vec::new());
        self.act(by, What::Finalize, &[], what.clone(), |world| {
            answer = call.run(world, asked);
        });
        let told = Told {
            at: self.world.now(),
            what,
            call,
            answer,
        };
        self.told.push(told.clone());
        told
    }

    /// `kafka-features.sh`, as a step says.
    pub(crate) fn update_features(&mut self, features: &Features) {
        let call = self.call_for(features);
        let arguments = call.arguments();
        let asked = gates::asked(&self.world, &self.estate, None);
        let line = commands::features(&self.estate, asked, &arguments);
        let text = self.in_step(&format!("kafka-features.sh {arguments}"));
        let by = self.by();
        let told = self.types_features(by, text, call);
        self.command(None, line);
        self.last_command_said(&told.answer);
        if told.answer.exit == 0 {
            self.wait(Doing::Sleeping, TOOL_RUNS);
        } else {
            self.ended_by = Some(self.kind_of_refusal(&told));
            let why = format!("kafka-features.sh failed: {}", told.why());
            self.time_is_up(&why);
        }
    }

    /// A fault raises the features at a moment of its own.
    pub(crate) fn bumps_early(&mut self, fault: usize, release: &str, text: String) {
        let tool = self.tools_typed_with(None);
        let mut call = Call::new(tool, Verb::Upgrade);
        if tool.major >= 4 {
            call.release = Some(release.to_owned());
        } else {
            call.metadata = Some(release.to_owned());
        }
        self.types_features(By::Fault(fault), text.clone(), call);
        if let Some(told) = self.told.last_mut() {
            told.what = format!("fault: {text}");
        }
    }

    /// `kafka-storage.sh format`: what is formatted stays as it is.
    pub(crate) fn format_storage(&mut self, format: &Format) {
        let nodes = select::nodes(&self.world, &self.estate, &format.nodes.value);
        let mut refused = None;
        for node in nodes {
            let spec = &self.estate.nodes[node as usize];
            let version = self.world.binary(node).version;
            let release = format.release.as_ref().map(|release| release.value.clone());
            let line = commands::format(&self.estate, spec, version, release.as_deref());
            self.command(Some(node), line);
            let answer = crate::tools::storage::format(version, release.as_deref(), true);
            self.last_command_said(&answer);
            if answer.exit != 0 && refused.is_none() {
                let last = answer.lines.last().cloned().unwrap_or_default();
                refused = Some(format!("kafka-storage.sh failed: {last}"));
            }
        }
        if let Some(why) = refused {
            self.ended_by = Some("already-formatted");
            self.time_is_up(&why);
        }
    }

    /// Why the active controller does not take a change of a topic's settings: it looks at all settings that the topic would have
    /// (ConfigurationControlManager), also at one that it no longer knows.
    pub(crate) fn invalid_topic_config(&self, set: &scenario::model::SetConfig) -> Option<String> {
        let scenario::model::ConfigTarget::Topic(topic) = &set.on.value else {
            return None;
        };
        let version = self.version_at(self.world.active_controller()?, self.world.now());
        let mut declared = self
            .scenario
            .estate
            .clusters
            .values()
            .flat_map(|cluster| &cluster.topics)
            .find(|(name, _)| name.value == topic.value)
            .map(|(_, topic)| crate::estate::plain(&topic.settings))
            .unwrap_or_default();
        declared.retain(|name, _| {
            let gone = (topic.value.clone(), name.clone());
            !self.deleted.contains(&gone)
                && !set.remove.iter().any(|removed| removed.value == *name)
        });
        crate::tools::configs::refusal(version, &declared, &crate::estate::plain(&set.settings))
    }

    /// What the tool of the last command said.
    fn last_command_said(&mut self, answer: &Answer) {
        if let Some(step) = &self.step
            && let Some(command) = self.steps[step.record].commands.last_mut()
        {
            command.exit = Some(answer.exit);
            command.output.clone_from(&answer.lines);
        }
    }

    /// A process ended by itself. An operator who waits for it to come up sees that.
    pub(crate) fn ended_by_itself(&mut self, node: NodeIx, reason: ExitReason) {
        let Doing::AwaitStarted(nodes, _) = &self.doing else {
            return;
        };
        if !nodes.contains(&node) {
            return;
        }
        let why = format!(
            "the process of {} ended with exit code {EXIT_CODE}: {}",
            words::node(&self.estate, node),
            self.headline_of_exit(node, reason, self.world.now())
        );
        self.ended_by = Some(self.kind_of_exit(reason));
        self.time_is_up(&why);
    }

    /// The version that a node ran at a moment.
    pub(crate) fn version_at(&self, node: NodeIx, at: Time) -> KafkaVersion {
        self.starts
            .iter()
            .rev()
            .find(|(since, who, _)| *who == node && *since <= at)
            .map_or(self.estate.nodes[node as usize].version, |start| start.2)
    }

    /// The line of its log that says most.
    pub(crate) fn headline_of_exit(&self, node: NodeIx, reason: ExitReason, at: Time) -> String {
        reason.headline(self.version_at(node, at), self.refused_config(node, at))
    }

    fn refused_config(&self, node: NodeIx, at: Time) -> Option<&str> {
        let binary = self.world.binary(node);
        binary
            .refused
            .as_deref()
            .filter(|_| binary.version == self.version_at(node, at))
    }

    /// What the log of a process says at its end.
    pub(crate) fn words_of_exit(&self, node: NodeIx, reason: ExitReason, at: Time) -> Vec<String> {
        reason.lines(self.version_at(node, at), self.refused_config(node, at))
    }

    /// The finding that a process which ended by itself is told by.
    pub(crate) fn kind_of_exit(&self, reason: ExitReason) -> &'static str {
        let level = match reason {
            ExitReason::Replay(Fault::UnknownMetadataVersion(level))
            | ExitReason::Replay(Fault::Unsupported(METADATA_VERSION, level))
            | ExitReason::NotRegistered(Some((METADATA_VERSION, level))) => Some(level),
            _ => None,
        };
        if level.is_some_and(|level| level < OLDEST_OF_4) {
            let raised = self.world.finalized(METADATA_VERSION) >= OLDEST_OF_4;
            return if raised {
                "old-level-in-log"
            } else {
                "level-too-old"
            };
        }
        match reason {
            ExitReason::Replay(Fault::UnknownMetadataVersion(level))
                if level > self.world.finalized(METADATA_VERSION) =>
            {
                "old-level-in-log"
            }
            ExitReason::Replay(Fault::Unsupported(feature, level))
                if level > self.world.finalized(feature) =>
            {
                "old-level-in-log"
            }
            ExitReason::Replay(_) | ExitReason::NotRegistered(Some(_)) => "level-not-supported",
            ExitReason::NotRegistered(None) => "not-registered",
            ExitReason::SmallSegment { .. } => "segment-too-small",
            ExitReason::Config => "config-invalid",
        }
    }

    /// The version that a start gets: a wrong package on the host takes effect once.
    pub(crate) fn version_on_host(&mut self, node: NodeIx) -> Option<String> {
        self.wrong_binaries.remove(&node)
    }
}

/// metadata.version 3.3-IV3: the oldest that 4.x knows.
const OLDEST_OF_4: i16 = 7;
