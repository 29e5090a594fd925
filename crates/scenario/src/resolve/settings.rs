//! Kafka settings: each exists in its class and version, and has a value that Kafka would take.

use super::Resolver;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Action, ConfigTarget, Settings, Spanned, VersionName};
use crate::vocabulary::SettingClass;

/// Settings that follow from other parts of the file.
const MANAGED: &[(SettingClass, &str, &str)] = &[
    (
        SettingClass::Broker,
        "node.id",
        "Ids follow from `brokers` and `controllers`.",
    ),
    (
        SettingClass::Broker,
        "broker.id",
        "Ids follow from `brokers` and `controllers`.",
    ),
    (
        SettingClass::Broker,
        "process.roles",
        "Roles follow from `controllers`: `Combined(3)` makes brokers controllers too.",
    ),
    (
        SettingClass::Broker,
        "controller.quorum.voters",
        "The voters follow from `controllers`.",
    ),
    (
        SettingClass::Broker,
        "controller.quorum.bootstrap.servers",
        "The voters follow from `controllers`.",
    ),
    (
        SettingClass::Broker,
        "broker.rack",
        "Racks follow from `racks`, and from `rack` of a node.",
    ),
    (
        SettingClass::Broker,
        "log.dirs",
        "Directories follow from `disk`.",
    ),
    (
        SettingClass::Broker,
        "log.dir",
        "Directories follow from `disk`.",
    ),
    (
        SettingClass::Producer,
        "bootstrap.servers",
        "Write `bootstrap: [1, 2]` with the ids of brokers.",
    ),
    (
        SettingClass::Consumer,
        "bootstrap.servers",
        "A group is told of all brokers.",
    ),
    (
        SettingClass::Consumer,
        "group.id",
        "The name of the group is its id.",
    ),
    (
        SettingClass::Consumer,
        "group.instance.id",
        "Write `static_members: true`.",
    ),
];

/// Names without values, for a look at whether they exist.
fn named(names: &[Spanned<String>]) -> Settings {
    names
        .iter()
        .map(|name| {
            let nothing = Spanned {
                value: String::new(),
                span: name.span,
            };
            (name.clone(), nothing)
        })
        .collect()
}

impl Resolver<'_> {
    pub(super) fn settings(&mut self) {
        let scenario = self.scenario;
        // Settings of a roll are read by the version that the node then has; later steps may change settings of any version
        // on the way.
        let mut on_the_way: Vec<&Spanned<VersionName>> = Vec::new();
        for cluster in scenario.estate.clusters.values() {
            on_the_way.push(&cluster.kafka);
            self.check(&cluster.settings, SettingClass::Broker, &[&cluster.kafka]);
            for node in cluster.nodes.values() {
                let version = node.kafka.as_ref().unwrap_or(&cluster.kafka);
                self.check(&node.settings, SettingClass::Broker, &[version]);
            }
            for topic in cluster.topics.values() {
                self.check(&topic.settings, SettingClass::Topic, &[&cluster.kafka]);
            }
        }
        for producer in scenario.estate.producers.values() {
            let versions = self.client_versions(producer.kafka.as_ref());
            self.check(&producer.settings, SettingClass::Producer, &versions);
        }
        for group in scenario.estate.groups.values() {
            let versions = self.client_versions(group.kafka.as_ref());
            self.check(&group.settings, SettingClass::Consumer, &versions);
        }
        let actions: Vec<&Spanned<Action>> = scenario
            .runbook
            .iter()
            .flat_map(|step| [Some(&step.action), step.undo.as_ref()])
            .flatten()
            .collect();
        for action in &actions {
            match &action.value {
                Action::Start(start) => on_the_way.extend(&start.version),
                Action::Roll(roll) => on_the_way.extend(&roll.to),
                _ => {}
            }
        }
        for action in actions {
            match &action.value {
                Action::Start(start) => {
                    self.check_action(&start.settings, start.version.as_ref(), &on_the_way)
                }
                Action::Roll(roll) => {
                    self.check_action(&roll.settings, roll.to.as_ref(), &on_the_way)
                }
                Action::SetConfig(set) => {
                    let class = match set.on.value {
                        ConfigTarget::Topic(_) => SettingClass::Topic,
                        ConfigTarget::Brokers | ConfigTarget::Node(_) => SettingClass::Broker,
                    };
                    self.check(&set.settings, class, &on_the_way);
                    self.check(&named(&set.remove), class, &on_the_way);
                }
                Action::EditProperties(edit) => {
                    self.check(&edit.settings, SettingClass::Broker, &on_the_way);
                    self.check(&named(&edit.remove), SettingClass::Broker, &on_the_way);
                }
                _ => {}
            }
        }
    }

    /// A setting that a gate looks at exists in a version on the way.
    pub(super) fn gate_setting(&mut self, name: &Spanned<String>) {
        let scenario = self.scenario;
        let mut versions: Vec<&Spanned<VersionName>> = Vec::new();
        versions.extend(scenario.estate.clusters.values().map(|of| &of.kafka));
        for step in &scenario.runbook {
            match &step.action.value {
                Action::Start(start) => versions.extend(&start.version),
                Action::Roll(roll) => versions.extend(&roll.to),
                _ => {}
            }
        }
        self.check(
            &named(std::slice::from_ref(name)),
            SettingClass::Broker,
            &versions,
        );
    }

    fn check_action(
        &mut self,
        settings: &Settings,
        version: Option<&Spanned<VersionName>>,
        on_the_way: &[&Spanned<VersionName>],
    ) {
        match version {
            Some(version) => self.check(settings, SettingClass::Broker, &[version]),
            None => self.check(settings, SettingClass::Broker, on_the_way),
        }
    }

    fn client_versions<'v>(
        &self,
        version: Option<&'v Spanned<VersionName>>,
    ) -> Vec<&'v Spanned<VersionName>>
    where
        Self: 'v,
    {
        match version {
            Some(version) => vec![version],
            None => self
                .scenario
                .estate
                .clusters
                .values()
                .map(|cluster| &cluster.kafka)
                .collect(),
        }
    }

    /// Each setting exists in at least one of the versions. A version that is not known excuses everything.
    fn check(
        &mut self,
        settings: &Settings,
        class: SettingClass,
        versions: &[&Spanned<VersionName>],
    ) {
        if versions.is_empty()
            || versions
                .iter()
                .any(|version| self.unknown_versions.contains(&version.span))
        {
            return;
        }
        for (name, value) in settings {
            if !self.broken.is_sound(name) {
                continue;
            }
            if let Some((_, _, instead)) = MANAGED
                .iter()
                .find(|(of, managed, _)| *of == class && *managed == name.as_str())
            {
                self.report(
                    Diagnostic::error(
                        Code::Contradiction,
                        name.span,
                        format!(
                            "`{}` is not set here: it follows from the rest of the file.",
                            name.value
                        ),
                    )
                    .labelled("take this out")
                    .note(*instead),
                );
                continue;
            }
            // Settings of one listener are written with its name in front.
            if class == SettingClass::Broker && name.starts_with("listener.name.") {
                continue;
            }
            let Some(version) = versions
                .iter()
                .find(|version| self.vocabulary.has_setting(class, &version.value.0, name))
            else {
                let diagnostic = self.unknown_setting(name, class, &versions[0].value.0);
                self.report(diagnostic);
                continue;
            };
            // A name alone (`remove`) has no value to look at.
            if !self.broken.is_sound(value) || value.span == name.span {
                continue;
            }
            if let Some(problem) =
                self.vocabulary
                    .value_problem(class, &version.value.0, name, value)
            {
                self.report(
                    Diagnostic::error(
                        Code::BadSetting,
                        value.span,
                        format!(
                            "Kafka {} would refuse `{}` for `{}`.",
                            version.value.0,
                            super::shorten(value),
                            name.value
                        ),
                    )
                    .labelled(format!("expected {problem}")),
                );
            }
        }
    }

    fn unknown_setting(
        &self,
        name: &Spanned<String>,
        class: SettingClass,
        version: &str,
    ) -> Diagnostic {
        let short = super::shorten(name);
        let diagnostic =
            |message: String| Diagnostic::error(Code::UnknownSetting, name.span, message);
        if !self.diagnostics.suggests() {
            return diagnostic(format!("Kafka {version} has no {class} setting `{short}`."))
                .labelled("unknown setting");
        }
        let known = self.vocabulary.versions();
        let having: Vec<usize> = (0..known.len())
            .filter(|index| self.vocabulary.has_setting(class, &known[*index], name))
            .collect();
        if let (Some(first), Some(last)) = (having.first(), having.last()) {
            let answered_by = self
                .vocabulary
                .version(version)
                .map(|known| known.answered_by);
            let here = known
                .iter()
                .position(|known| Some(known) == answered_by.as_ref())
                .unwrap_or(0);
            let when = if *first > here {
                format!("it exists from Kafka {} on", known[*first])
            } else {
                format!("it existed up to Kafka {}", known[*last])
            };
            return diagnostic(format!("Kafka {version} has no {class} setting `{short}`."))
                .labelled(when);
        }
        let other = SettingClass::ALL
            .into_iter()
            .find(|other| *other != class && self.vocabulary.has_setting(*other, version, name));
        if let Some(other) = other {
            let place = match other {
                SettingClass::Broker => "in `settings` of the cluster",
                SettingClass::Topic => "in `settings` of a topic",
                SettingClass::Producer => "in `settings` of a producer",
                SettingClass::Consumer => "in `settings` of a group",
            };
            return diagnostic(format!(
                "`{short}` is a {other} setting, not a {class} setting."
            ))
            .labelled(format!("no {class} setting"))
            .note(format!("It belongs {place}."));
        }
        let found = diagnostic(format!("Kafka {version} has no {class} setting `{short}`."))
            .labelled("unknown setting");
        let here = self.vocabulary.settings(class, version);
        if let Some(near) = self.near(name, here.iter().map(String::as_str)) {
            return found.suggest(
                format!("did you mean `{near}`?"),
                name.span,
                format!("\"{near}\""),
            );
        }
        for other in SettingClass::ALL
            .into_iter()
            .filter(|other| *other != class)
        {
            let there = self.vocabulary.settings(other, version);
            if let Some(near) = self.near(name, there.iter().map(String::as_str)) {
                return found.note(format!("There is a {other} setting `{near}`."));
            }
        }
        found
    }
}
