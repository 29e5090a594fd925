//! Findings about versions and finalized features: what a tool refused, what a binary did not take, and what only looked as if it had
//! worked.

use engine::Time;
use kafka::Notice;
use kafka::features::exit::ExitReason;
use kafka::features::{Fault, KRAFT_VERSION, METADATA_VERSION, Supported};
use kafka::ids::NodeIx;
use outcome::{CauseLink, Severity};

use super::Draft;
use crate::acts::What;
use crate::finalize::Told;
use crate::play::Play;
use crate::tools::features::half_done;
use crate::words;

/// A node's name in a refusal, and the finding that a refusal with these words is.
const REFUSALS: &[(&str, &str)] = &[
    ("might delete metadata information", "downgrade-refused"),
    ("Unsafe metadata downgrade", "downgrade-refused"),
    (
        "Can't downgrade the version of this feature.",
        "downgrade-refused",
    ),
    ("Can't downgrade to a newer version", "downgrade-by-release"),
    ("depends on", "feature-needs-other"),
    ("Unsupported metadata", "tool-too-old"),
    ("Unknown metadata.version", "tool-too-old"),
    ("unrecognized arguments", "tool-too-old"),
    ("only supports versions", "finalized-too-early"),
    ("does not support", "finalized-too-early"),
    ("has not registered", "finalized-too-early"),
];

impl Play {
    /// The finding that a refused call is told by.
    pub(crate) fn kind_of_refusal(&self, told: &Told) -> &'static str {
        if self.stale_broker(told).is_some() {
            return "stale-registration";
        }
        let all = told.answer.lines.join(" ");
        REFUSALS
            .iter()
            .find(|(words, _)| all.contains(words))
            .map_or("features-refused", |(_, code)| *code)
    }

    /// The broker that a refusal names although its binary supports what was asked for: it registered with an older controller, which
    /// kept nothing but metadata.version of it (KAFKA-17011).
    fn stale_broker(&self, told: &Told) -> Option<NodeIx> {
        let line = told
            .answer
            .lines
            .iter()
            .find(|line| line.contains(" does not support this feature."))?;
        let id: u32 = line
            .split("Broker ")
            .nth(1)?
            .split(' ')
            .next()?
            .parse()
            .ok()?;
        let feature = line.split("for feature ").nth(1)?.split(". ").next()?;
        let node = self.estate.node(id)?;
        let version = self.version_at(node, told.at);
        Supported::by(version).offered(feature).map(|_| node)
    }

    /// Everything that this module has to tell.
    pub(super) fn version_findings(&self, drafts: &mut Vec<Draft>) {
        for told in &self.told {
            self.refused_call(told, drafts);
            self.half_done_call(told, drafts);
            self.meaningless_kraft_version(told, drafts);
        }
        for noticed in &self.notices {
            match noticed.what {
                Notice::Exited(node, reason) => self.exited(node, reason, noticed.at, drafts),
                Notice::Stumbles(node, fault) => self.stumbled(node, fault, noticed.at, drafts),
                _ => {}
            }
        }
    }

    fn draft(code: &'static str, title: String, at: Time, causes: Vec<CauseLink>) -> Draft {
        Draft {
            code,
            severity: Severity::Warning,
            title,
            subjects: Vec::new(),
            when: Some((at, at)),
            causes,
        }
    }

    fn refused_call(&self, told: &Told, drafts: &mut Vec<Draft>) {
        if told.answer.exit == 0 {
            return;
        }
        let code = self.kind_of_refusal(told);
        let title = match self.stale_broker(told) {
            Some(node) => format!(
                "{} runs {} and looks as if it did not: it registered when the active controller was older than 3.9",
                words::node(&self.estate, node),
                self.version_at(node, told.at)
            ),
            None => format!("{}: {}", told.call.arguments(), told.why()),
        };
        let causes = vec![
            CauseLink {
                at: self.relative(told.at),
                text: told.why().to_owned(),
            },
            CauseLink {
                at: self.relative(told.at),
                text: told.what.clone(),
            },
        ];
        drafts.push(Self::draft(code, title, told.at, causes));
    }

    fn half_done_call(&self, told: &Told, drafts: &mut Vec<Draft>) {
        let done = half_done(&told.answer);
        if done.is_empty() {
            return;
        }
        let title = format!(
            "{} was refused in part: {} took effect all the same",
            told.call.arguments(),
            words::list(&done)
        );
        drafts.push(Self::draft(
            "features-half-done",
            title,
            told.at,
            Vec::new(),
        ));
    }

    /// `kraft.version` was "upgraded" and the quorum is still what it was.
    fn meaningless_kraft_version(&self, told: &Told, drafts: &mut Vec<Draft>) {
        let raised = told
            .answer
            .lines
            .iter()
            .any(|line| line.starts_with("kraft.version was upgraded"));
        if raised && self.world.finalized(KRAFT_VERSION) == 0 {
            let title =
                "kraft.version was “upgraded”, and the quorum is as static as before".to_owned();
            drafts.push(Self::draft(
                "kraft-version-ignored",
                title,
                told.at,
                Vec::new(),
            ));
        }
    }

    /// The act that started a process which then ended by itself.
    fn start_of(&self, node: NodeIx, at: Time) -> Option<CauseLink> {
        self.acts
            .iter()
            .rev()
            .find(|act| act.at <= at && act.what == What::Start && act.nodes.contains(&node))
            .map(|act| CauseLink {
                at: self.relative(act.at),
                text: act.text.clone(),
            })
    }

    /// The call that finalized this level.
    fn finalized_by(&self, feature: &str, level: i16) -> Option<CauseLink> {
        let line = format!("{feature} was upgraded to {level}.");
        self.told
            .iter()
            .find(|told| told.answer.lines.contains(&line))
            .map(|told| CauseLink {
                at: self.relative(told.at),
                text: format!("{}: {line}", told.what),
            })
    }

    fn exited(&self, node: NodeIx, reason: ExitReason, at: Time, drafts: &mut Vec<Draft>) {
        let version = self.version_at(node, at);
        let name = words::node(&self.estate, node);
        let level = match reason {
            ExitReason::Replay(Fault::UnknownMetadataVersion(level)) => {
                Some((METADATA_VERSION, level))
            }
            ExitReason::Replay(Fault::Unsupported(feature, level)) => Some((feature, level)),
            ExitReason::NotRegistered(refused) => refused,
            ExitReason::SmallSegment { .. } | ExitReason::Config => None,
        };
        let said = self.words_of_exit(node, reason, at);
        let code = self.kind_of_exit(reason);
        let title = match (code, level) {
            ("old-level-in-log", Some((feature, level))) => format!(
                "{name} with {version} ended: its metadata log still holds {feature} {}, and it has no newer snapshot",
                level_name(feature, level)
            ),
            (_, Some((feature, level))) => format!(
                "{name} with {version} ended: {feature} {level} is finalized, and {version} supports {}",
                Supported::by(version).range(feature)
            ),
            ("segment-too-small", _) => {
                let topic = match reason {
                    ExitReason::SmallSegment { topic, .. } => {
                        self.estate.topics[topic as usize].name.clone()
                    }
                    _ => String::new(),
                };
                format!("{name} with {version} ended: segment.bytes of {topic} is below 1 MiB")
            }
            ("not-registered", _) => format!(
                "{name} ended: it could not register within initial.broker.registration.timeout.ms"
            ),
            _ => format!(
                "{name} with {version} ended: {}",
                self.headline_of_exit(node, reason, at)
            ),
        };
        let known = drafts
            .iter()
            .any(|draft| draft.code == code && draft.title == title);
        if known {
            return;
        }
        let mut causes: Vec<CauseLink> = said
            .iter()
            .rev()
            .map(|line| CauseLink {
                at: self.relative(at),
                text: line.clone(),
            })
            .collect();
        if let ExitReason::NotRegistered(Some((feature, level))) = reason {
            causes.extend(self.refusal_of(node, at, feature, level));
        }
        causes.extend(self.start_of(node, at));
        causes.extend(level.and_then(|(feature, level)| self.finalized_by(feature, level)));
        // A level may have been finalized before or after the start that it ended.
        causes.sort_by_key(|link| std::cmp::Reverse(link.at));
        drafts.push(Self::draft(code, title, at, causes));
    }

    /// What the controller said to a broker that wanted to register, and when first.
    fn refusal_of(
        &self,
        node: NodeIx,
        until: Time,
        feature: &str,
        level: i16,
    ) -> Option<CauseLink> {
        let noticed = self.notices.iter().rev().find(|noticed| {
            noticed.at <= until
                && matches!(noticed.what, Notice::Unsupported(who, ..) if who == node)
        })?;
        let version = self.version_at(node, until);
        let controller = self
            .world
            .active_controller()
            .map_or(version, |active| self.version_at(active, until));
        Some(CauseLink {
            at: self.relative(noticed.at),
            text: kafka::features::exit::refusal(controller, version, feature, level),
        })
    }

    fn stumbled(&self, node: NodeIx, fault: Fault, at: Time, drafts: &mut Vec<Draft>) {
        // If its process ended later, that finding says more.
        let ended = self.notices.iter().any(|noticed| {
            noticed.at >= at && matches!(noticed.what, Notice::Exited(who, _) if who == node)
        });
        if ended {
            return;
        }
        let name = words::node(&self.estate, node);
        let version = self.version_at(node, at);
        let code = self.kind_of_exit(ExitReason::Replay(fault));
        let title = format!(
            "{name} with {version} runs and never becomes ready: it cannot take a record of the metadata log"
        );
        let mut causes: Vec<CauseLink> = fault
            .lines(version, false)
            .into_iter()
            .rev()
            .map(|text| CauseLink {
                at: self.relative(at),
                text,
            })
            .collect();
        causes.extend(self.start_of(node, at));
        drafts.push(Self::draft(code, title, at, causes));
    }
}

/// "3.3-IV0 (level 4)"
fn level_name(feature: &str, level: i16) -> String {
    facts::metadata_version_of_level(level)
        .filter(|_| feature == METADATA_VERSION)
        .map_or_else(
            || level.to_string(),
            |version| format!("{version} (level {level})"),
        )
}
