//! Gates: what the operator looks at, and how.

use super::context::{Lower, spanned};
use super::fields::{Choice, Field, Fields, Table};
use crate::defaults;
use crate::model::{Check, Gate, Nanos, Nodes, Spanned, Through};
use crate::syntax::Node;

/// Fields that every gate has, behind its own.
const FOR: Field = Field::named("for").also(&["stable", "for_", "hold"]);
const WITHIN: Field = Field::named("within").also(&["timeout", "limit"]);
const THROUGH: Field = Field::named("through").also(&["via", "seen", "with"]);
const FORGOTTEN: Field = Field::named("forgotten").also(&["skip", "skipped"]);

const COUNTED: &[Field] = &[
    Field::first("at_most").also(&["max", "below"]),
    FOR,
    WITHIN,
    THROUGH,
    FORGOTTEN,
];
const OF_NODES: &[Field] = &[
    Field::first("nodes").also(&["node", "on"]),
    FOR,
    WITHIN,
    THROUGH,
    FORGOTTEN,
];
const PLAIN: &[Field] = &[FOR, WITHIN, THROUGH, FORGOTTEN];

const fn counted(what: &'static str) -> Table {
    Table {
        what,
        fields: COUNTED,
    }
}

const fn of_nodes(what: &'static str) -> Table {
    Table {
        what,
        fields: OF_NODES,
    }
}

const fn plain(what: &'static str) -> Table {
    Table {
        what,
        fields: PLAIN,
    }
}

static CHECK: Choice = Choice {
    what: "a gate",
    variants: &[
        counted("UnderReplicated"),
        counted("UnderMinIsr"),
        counted("AtMinIsr"),
        counted("Offline"),
        of_nodes("PortOpen"),
        of_nodes("ProcessUp"),
        of_nodes("NoLeaders"),
        plain("AllBrokersUp"),
        Table {
            what: "Finalized",
            fields: &[
                Field::first("at_least")
                    .also(&["level", "release", "metadata"])
                    .like("\"4.1\""),
                Field::named("feature"),
                FOR,
                WITHIN,
                THROUGH,
                FORGOTTEN,
            ],
        },
        Table {
            what: "Versions",
            fields: &[
                Field::first("version")
                    .also(&["kafka", "are"])
                    .like("\"4.1.2\""),
                Field::named("nodes").also(&["node", "on"]),
                FOR,
                WITHIN,
                THROUGH,
                FORGOTTEN,
            ],
        },
        plain("MetadataSnapshot"),
        plain("QuorumHealthy"),
        Table {
            what: "PreferredLeaders",
            fields: &[
                Field::first("at_least").also(&["min"]).like("95"),
                FOR,
                WITHIN,
                THROUGH,
                FORGOTTEN,
            ],
        },
        Table {
            what: "Lag",
            fields: &[
                Field::first("group").like("\"billing\", at_most: 1000"),
                Field::named("at_most").also(&["max", "below"]).like("1000"),
                FOR,
                WITHIN,
                THROUGH,
                FORGOTTEN,
            ],
        },
        Table {
            what: "LagGrown",
            fields: &[
                Field::first("group").like("\"billing\", at_most: 1000"),
                Field::named("at_most").also(&["max", "below"]).like("1000"),
                FOR,
                WITHIN,
                THROUGH,
                FORGOTTEN,
            ],
        },
        Table {
            what: "Setting",
            fields: &[
                Field::first("name").like("\"inter.broker.protocol.version\", is: \"3.5\""),
                Field::named("is")
                    .also(&["value", "equals"])
                    .like("\"3.5\""),
                Field::named("nodes").also(&["node", "on", "brokers"]),
                FOR,
                WITHIN,
                THROUGH,
                FORGOTTEN,
            ],
        },
        Table {
            what: "BytesIn",
            fields: &[
                Field::first("topic").like("\"orders\", at_least: \"1MB/s\""),
                Field::named("at_least")
                    .also(&["min", "above"])
                    .like("\"1MB/s\""),
                FOR,
                WITHIN,
                THROUGH,
                FORGOTTEN,
            ],
        },
        Table {
            what: "WritesOk",
            fields: &[
                Field::first("producer").like("\"checkout\""),
                Field::named("at_most").also(&["max", "below"]),
                FOR,
                WITHIN,
                THROUGH,
                FORGOTTEN,
            ],
        },
    ],
    others: &[
        ("URP", "UnderReplicated"),
        ("Urp", "UnderReplicated"),
        ("UnderReplicatedPartitions", "UnderReplicated"),
        ("NoUnderReplicated", "UnderReplicated"),
        ("FullyReplicated", "UnderReplicated"),
        ("OfflinePartitions", "Offline"),
        ("Port", "PortOpen"),
        ("Process", "ProcessUp"),
        ("BrokersUp", "AllBrokersUp"),
        ("FinalizedLevel", "Finalized"),
        ("FeatureLevel", "Finalized"),
        ("Version", "Versions"),
        ("Runs", "Versions"),
        ("Snapshot", "MetadataSnapshot"),
        ("ControllerHealthy", "QuorumHealthy"),
        ("Quorum", "QuorumHealthy"),
        ("ConsumerLag", "Lag"),
        ("WriteOk", "WritesOk"),
    ],
};

static HOW: Choice = Choice {
    what: "a way to see a condition",
    variants: &[
        Table {
            what: "Tool",
            fields: &[
                Field::named("every").also(&["interval"]),
                Field::named("via").also(&["broker", "bootstrap"]),
            ],
        },
        Table {
            what: "Metric",
            fields: &[
                Field::named("scrape").also(&["every", "interval"]),
                Field::named("delay"),
            ],
        },
        Table {
            what: "Truth",
            fields: &[],
        },
    ],
    others: &[
        ("Metrics", "Metric"),
        ("Prometheus", "Metric"),
        ("Cli", "Tool"),
        ("Command", "Tool"),
    ],
};

impl Lower<'_> {
    pub(super) fn gate(&mut self, node: &Node) -> Gate {
        let Some(mut chosen) = self.choose(node, &CHECK) else {
            return Gate {
                check: self.silent(node, Check::QuorumHealthy),
                for_: spanned(Nanos(0), node.span),
                within: None,
                through: spanned(defaults::THROUGH.value, node.span),
                forgotten: spanned(false, node.span),
            };
        };
        if let Some(place) = self.path.last_mut() {
            *place = format!("{}{place}", chosen.word).into();
        }
        let fields = &mut chosen.fields;
        let check = self.check(chosen.word, fields);
        Gate {
            check: spanned(check, node.span),
            for_: fields.or(self, "for", &defaults::GATE_FOR, Self::duration),
            within: fields.optional(self, "within", Self::positive_duration),
            through: fields.or(self, "through", &defaults::THROUGH, Self::through),
            forgotten: fields.or(self, "forgotten", &defaults::FORGOTTEN, Self::boolean),
        }
    }

    fn check(&mut self, word: &str, fields: &mut Fields<'_>) -> Check {
        match word {
            "UnderReplicated" => Check::UnderReplicated {
                at_most: self.partitions(fields),
            },
            "UnderMinIsr" => Check::UnderMinIsr {
                at_most: self.partitions(fields),
            },
            "AtMinIsr" => Check::AtMinIsr {
                at_most: self.partitions(fields),
            },
            "Offline" => Check::Offline {
                at_most: self.partitions(fields),
            },
            "PortOpen" => Check::PortOpen(self.gate_nodes(fields)),
            "ProcessUp" => Check::ProcessUp(self.gate_nodes(fields)),
            "NoLeaders" => Check::NoLeaders(self.gate_nodes(fields)),
            "AllBrokersUp" => Check::AllBrokersUp,
            "Finalized" => {
                let at_least = fields.required(self, "at_least", String::new(), Self::level_name);
                let feature = fields.optional(self, "feature", Self::text);
                Check::Finalized {
                    feature: feature.unwrap_or_else(|| {
                        spanned(defaults::FINALIZED_FEATURE.to_owned(), at_least.span)
                    }),
                    at_least,
                }
            }
            "Versions" => Check::Versions {
                version: fields.required(
                    self,
                    "version",
                    crate::model::VersionName(String::new()),
                    Self::version,
                ),
                nodes: self.gate_nodes(fields),
            },
            "MetadataSnapshot" => Check::MetadataSnapshot,
            "PreferredLeaders" => Check::PreferredLeaders {
                at_least: fields
                    .required(self, "at_least", 100, |lower, node| {
                        lower.percent(node, 0, 100)
                    })
                    .value,
            },
            "Lag" => Check::Lag {
                group: fields.required(self, "group", String::new(), Self::text),
                at_most: fields.required(self, "at_most", 0, Self::records).value,
            },
            "LagGrown" => Check::LagGrown {
                group: fields.required(self, "group", String::new(), Self::text),
                at_most: fields.required(self, "at_most", 0, Self::records).value,
            },
            "Setting" => Check::Setting {
                name: fields.required(self, "name", String::new(), Self::text),
                is: fields.required(self, "is", String::new(), Self::text),
                nodes: self.gate_nodes(fields),
            },
            "BytesIn" => Check::BytesIn {
                topic: fields.required(self, "topic", String::new(), Self::text),
                at_least: fields
                    .required(
                        self,
                        "at_least",
                        crate::model::BytesPerSecond(0),
                        Self::byte_rate,
                    )
                    .value,
            },
            "WritesOk" => Check::WritesOk {
                producer: fields.required(self, "producer", String::new(), Self::text),
                at_most: fields
                    .or(
                        self,
                        "at_most",
                        &defaults::WRITES_AT_MOST,
                        Self::positive_duration,
                    )
                    .value,
            },
            _ => Check::QuorumHealthy,
        }
    }

    fn partitions(&mut self, fields: &mut Fields<'_>) -> u32 {
        fields
            .or(
                self,
                "at_most",
                &defaults::PARTITIONS_AT_MOST,
                |lower, node| lower.count(node, "a number of partitions", 0, u32::MAX),
            )
            .value
    }

    /// A level as a number, or the name of a metadata version.
    fn level_name(&mut self, node: &Node) -> Spanned<String> {
        if matches!(node.kind, crate::syntax::Kind::Number(_)) {
            let level = self.count(node, "a level", 0, i16::MAX as u32);
            return spanned(level.value.to_string(), node.span);
        }
        self.text(node)
    }

    fn gate_nodes(&mut self, fields: &mut Fields<'_>) -> Option<Nodes> {
        fields
            .optional(self, "nodes", Self::nodes)
            .map(|nodes| nodes.value)
    }

    pub(super) fn records(&mut self, node: &Node) -> Spanned<u64> {
        self.whole(node, "a number of records", 0, u64::MAX)
    }

    fn through(&mut self, node: &Node) -> Spanned<Through> {
        let Some(mut chosen) = self.choose(node, &HOW) else {
            return self.silent(node, defaults::THROUGH.value);
        };
        let fields = &mut chosen.fields;
        let value = match chosen.word {
            "Metric" => Through::Metric {
                scrape: fields
                    .or(
                        self,
                        "scrape",
                        &defaults::METRIC_SCRAPE,
                        Self::positive_duration,
                    )
                    .value,
                delay: fields
                    .or(self, "delay", &defaults::METRIC_DELAY, Self::duration)
                    .value,
            },
            "Truth" => Through::Truth,
            _ => Through::Tool {
                every: fields
                    .or(
                        self,
                        "every",
                        &defaults::TOOL_EVERY,
                        Self::positive_duration,
                    )
                    .value,
                via: fields
                    .optional(self, "via", Self::node_id)
                    .map(|id| id.value),
            },
        };
        spanned(value, node.span)
    }
}
