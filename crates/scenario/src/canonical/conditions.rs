//! Gates and promises in their only form.

use super::{Written, call, optional};
use crate::model::{Check, Gate, Promise, PromiseKind, Through};

impl Written for Gate {
    fn written(&self) -> String {
        let (name, [first, second]) = check(&self.check);
        call(
            name,
            [
                first,
                second,
                ("for", self.for_.written()),
                ("within", optional(&self.within)),
                ("through", self.through.written()),
                ("forgotten", self.forgotten.written()),
            ],
        )
    }
}

type TwoFields = [(&'static str, String); 2];

fn check(check: &Check) -> (&'static str, TwoFields) {
    let none = || ("", String::new());
    match check {
        Check::UnderReplicated { at_most } => {
            ("UnderReplicated", [("at_most", at_most.written()), none()])
        }
        Check::UnderMinIsr { at_most } => ("UnderMinIsr", [("at_most", at_most.written()), none()]),
        Check::AtMinIsr { at_most } => ("AtMinIsr", [("at_most", at_most.written()), none()]),
        Check::Offline { at_most } => ("Offline", [("at_most", at_most.written()), none()]),
        Check::PortOpen(nodes) => ("PortOpen", [("nodes", optional(nodes)), none()]),
        Check::ProcessUp(nodes) => ("ProcessUp", [("nodes", optional(nodes)), none()]),
        Check::NoLeaders(nodes) => ("NoLeaders", [("nodes", optional(nodes)), none()]),
        Check::AllBrokersUp => ("AllBrokersUp", [none(), none()]),
        Check::QuorumHealthy => ("QuorumHealthy", [none(), none()]),
        Check::PreferredLeaders { at_least } => (
            "PreferredLeaders",
            [("at_least", at_least.written()), none()],
        ),
        Check::Finalized { feature, at_least } => (
            "Finalized",
            [
                ("at_least", at_least.written()),
                ("feature", feature.written()),
            ],
        ),
        Check::Versions { version, nodes } => (
            "Versions",
            [("version", version.written()), ("nodes", optional(nodes))],
        ),
        Check::MetadataSnapshot => ("MetadataSnapshot", [none(), none()]),
        Check::Lag { group, at_most } => (
            "Lag",
            [("group", group.written()), ("at_most", at_most.written())],
        ),
        Check::LagGrown { group, at_most } => (
            "LagGrown",
            [("group", group.written()), ("at_most", at_most.written())],
        ),
        Check::BytesIn { topic, at_least } => (
            "BytesIn",
            [("topic", topic.written()), ("at_least", at_least.written())],
        ),
        Check::Setting { name, is, nodes } => (
            "Setting",
            [
                ("name", name.written()),
                (
                    "is",
                    match nodes {
                        Some(nodes) => format!("{}, nodes: {}", is.written(), nodes.written()),
                        None => is.written(),
                    },
                ),
            ],
        ),
        Check::WritesOk { producer, at_most } => (
            "WritesOk",
            [
                ("producer", producer.written()),
                ("at_most", at_most.written()),
            ],
        ),
    }
}

impl Written for Through {
    fn written(&self) -> String {
        match self {
            Self::Tool { every, via } => {
                call("Tool", [("every", every.written()), ("via", optional(via))])
            }
            Self::Metric { scrape, delay } => call(
                "Metric",
                [("scrape", scrape.written()), ("delay", delay.written())],
            ),
            Self::Truth => "Truth".into(),
        }
    }
}

impl Written for Promise {
    fn written(&self) -> String {
        use PromiseKind as P;
        let name = self.kind.name();
        let whose = |field, subject: &dyn Written, limit: &dyn Written| {
            call(
                name,
                [(field, subject.written()), ("at_most", limit.written())],
            )
        };
        match &self.kind.value {
            P::WriteOutage(producer, longest) => whose("producer", producer, longest),
            P::ReadOutage(group, longest) => whose("group", group, longest),
            P::Lost(producer, most)
            | P::NotSent(producer, most)
            | P::Duplicated(producer, most)
            | P::Reordered(producer, most) => whose("producer", producer, most),
            P::Redelivered(group, most)
            | P::Skipped(group, most)
            | P::Lag(group, most)
            | P::Rebalances(group, most) => whose("group", group, most),
            P::Leaderless(topic, longest) | P::UnderMinIsr(topic, longest) => {
                whose("topic", topic, longest)
            }
            P::NoController(cluster, longest) => whose("cluster", cluster, longest),
            P::Window(longest) => call(name, [("at_most", longest.written())]),
            P::Completes => call(name, []),
            P::FullyReplicated(topic) => call(name, [("topic", topic.written())]),
            P::PreferredLeaders(topic, percent) => call(
                name,
                [("topic", topic.written()), ("at_least", percent.written())],
            ),
        }
    }
}
