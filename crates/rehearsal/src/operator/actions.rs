//! What the operator does to nodes and to the cluster, and the commands that a person types for it.

use kafka::ids::NodeIx;
use scenario::model::{Action, Settings, Spanned, StopKind, VersionName};

use crate::acts::{By, What};
use crate::play::Play;
use crate::{commands, words};

impl Play {
    /// A command that a person types.
    pub(crate) fn command(&mut self, node: Option<NodeIx>, line: String) {
        let at = self.relative(self.world.now());
        let node = node.map(|node| self.estate.nodes[node as usize].id);
        if let Some(step) = &self.step {
            self.steps[step.record].commands.push(outcome::Command {
                at,
                node,
                line,
                exit: None,
                output: Vec::new(),
            });
        }
    }

    /// The release whose tools are at hand: that of the node that is asked, else of the first broker. Operators mostly use
    /// the tools that came with a node's binary.
    pub(super) fn tool_version(&self, asked: Option<NodeIx>) -> facts::KafkaVersion {
        let broker = || self.estate.nodes.iter().position(|node| node.broker);
        let node = asked
            .or_else(|| broker().map(|at| at as NodeIx))
            .unwrap_or(0);
        self.world.binary(node).version
    }

    pub(crate) fn by(&self) -> By {
        By::Step(self.step.as_ref().map_or(0, |step| step.step))
    }

    pub(crate) fn in_step(&self, what: &str) -> String {
        let Some(step) = &self.step else {
            return what.to_owned();
        };
        let name = &self.scenario.runbook[step.step].name.value;
        if step.undo {
            format!("undo of step {name}: {what}")
        } else {
            format!("step {name}: {what}")
        }
    }

    pub(super) fn stop_nodes(&mut self, nodes: &[NodeIx], kind: StopKind) {
        let verb = if kind == StopKind::Kill {
            "kill -9"
        } else {
            "stop"
        };
        let text = self.in_step(&format!("{verb} {}", words::nodes(&self.estate, nodes)));
        for &node in nodes {
            self.command(
                Some(node),
                if kind == StopKind::Kill {
                    commands::kill(&self.estate.nodes[node as usize])
                } else {
                    commands::stop(&self.estate.nodes[node as usize])
                },
            );
        }
        let by = self.by();
        self.act(by, What::Stop, nodes, text, |world| {
            for &node in nodes {
                match kind {
                    StopKind::Graceful => world.stop(node),
                    StopKind::Kill => world.kill(node),
                }
            }
        });
    }

    pub(super) fn start_nodes(
        &mut self,
        nodes: &[NodeIx],
        version: Option<&Spanned<VersionName>>,
        settings: &Settings,
    ) {
        let mut binaries = Vec::new();
        for &node in nodes {
            let old = self.world.binary(node).clone();
            let file = self.properties_file(node);
            let wrong = self.version_on_host(node).map(|version| Spanned {
                value: VersionName(version),
                span: scenario::model::Span::default(),
            });
            let spec = &self.estate.nodes[node as usize];
            let new = crate::binary::changed(&file, wrong.as_ref().or(version), settings);
            for line in commands::changes(&self.estate, spec, old.version, new.version, settings) {
                self.command(Some(node), line);
            }
            let line =
                commands::start(&self.estate, &self.estate.nodes[node as usize], new.version);
            self.command(Some(node), line);
            binaries.push((node, new));
        }
        let text = self.in_step(&format!("start {}", words::nodes(&self.estate, nodes)));
        let by = self.by();
        self.act(by, What::Start, nodes, text, |world| {
            for (node, binary) in binaries {
                world.start(node, Some(binary));
            }
        });
    }

    pub(super) fn elect_preferred_on(&mut self, nodes: &[NodeIx]) {
        let partitions: Vec<u32> = (0..self.world.partition_count())
            .filter(|&partition| nodes.contains(&self.world.partition(partition).replicas[0].node))
            .collect();
        self.command(None, commands::elect_on(&self.estate, nodes));
        let text = self.in_step(&format!(
            "elect preferred leaders on {}",
            words::nodes(&self.estate, nodes)
        ));
        let by = self.by();
        self.act(by, What::Elect, nodes, text, |world| {
            world.elect_preferred_leaders(Some(&partitions));
        });
    }

    pub(super) fn elect_leaders(&mut self, elect: &scenario::model::ElectLeaders) {
        use scenario::model::ElectionKind;
        self.command(None, commands::elect(&self.estate, elect));
        let topic = elect
            .topic
            .as_ref()
            .and_then(|topic| self.estate.topic(&topic.value));
        let partitions: Option<Vec<u32>> = topic.map(|topic| match &elect.partition {
            Some(number) => self
                .world
                .partition_of(topic, number.value)
                .into_iter()
                .collect(),
            None => (0..self.world.partition_count())
                .filter(|&at| self.world.partition(at).topic == topic)
                .collect(),
        });
        let text = self.in_step(&words::action(&Action::ElectLeaders(elect.clone())));
        if self.world.active_controller().is_none() {
            let now = self.world.now();
            self.refusals.push((
                now,
                text.clone(),
                "there is no active controller".to_owned(),
            ));
        }
        let kind = elect.kind.value;
        let by = self.by();
        self.act(by, What::Elect, &[], text, |world| match kind {
            ElectionKind::Preferred => {
                world.elect_preferred_leaders(partitions.as_deref());
            }
            ElectionKind::Unclean => {
                world.elect_unclean_leaders(partitions.as_deref());
            }
        });
    }

    /// A person types a command. A tool that refuses it says so at once; then the step says what is done, as when its time is up.
    pub(super) fn type_command(&mut self, command: &scenario::model::Command) {
        let line = &command.line.value;
        self.command(None, line.clone());
        let of_the_step = command
            .tools
            .as_ref()
            .and_then(|version| version.value.0.parse().ok());
        let version = of_the_step.unwrap_or_else(|| self.tool_version(None));
        let Some(refused) = commands::refused(version, line) else {
            return;
        };
        self.command(
            None,
            format!("# exit code {}: {}", refused.exit, refused.says),
        );
        let text = self.in_step(&format!(
            "{} of {version} refuses “{line}”: {}",
            refused.tool, refused.why
        ));
        let now = self.world.now();
        self.refused_commands.push((now, text));
        self.time_is_up(&format!(
            "{} ended with exit code {}",
            refused.tool, refused.exit
        ));
    }

    pub(super) fn set_config(&mut self, set: &scenario::model::SetConfig) {
        self.command(None, commands::set(&self.estate, set));
        let text = self.in_step(&words::action(&Action::SetConfig(set.clone())));
        let now = self.world.now();
        if let Some(why) = self.invalid_topic_config(set) {
            self.refusals.push((now, text, why.clone()));
            self.ended_by = Some(crate::findings::kind_of_config_refusal(&why));
            self.time_is_up(&format!("kafka-configs.sh failed: {why}"));
            return;
        }
        match crate::binary::config_changes(&self.world, &self.estate, set) {
            Err(why) => self.refusals.push((now, text, why)),
            Ok(changes) => {
                if let scenario::model::ConfigTarget::Topic(topic) = &set.on.value {
                    let gone = set.remove.iter().map(|name| name.value.clone());
                    self.deleted
                        .extend(gone.map(|name| (topic.value.clone(), name)));
                }
                let by = self.by();
                self.act(by, What::Configure, &[], text, |world| changes.apply(world));
            }
        }
    }
}
