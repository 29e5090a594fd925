//! The estate: clusters with their nodes and topics, producers, groups.

use super::context::{Lower, spanned};
use super::fields::{Field, Fields, Table};
use crate::defaults::{self, Fallback};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Bytes, BytesPerSecond, Cluster, Controllers, Disk, Estate, Group, Node as BrokerNode, NodeIds,
    Producer, Rate, Span, Spanned, Topic, VersionName, ZooKeeper,
};
use crate::syntax::{Kind, Node};

const ESTATE: Table = Table {
    what: "an estate",
    fields: &[
        Field::named("clusters")
            .also(&["cluster"])
            .like("{ \"prod\": ( … ) }"),
        Field::named("producers").also(&["producer", "applications"]),
        Field::named("groups").also(&["group", "consumers", "consumer_groups"]),
    ],
};

const CLUSTER: Table = Table {
    what: "a cluster",
    fields: &[
        Field::named("kafka")
            .also(&["version", "kafka_version"])
            .like("\"3.9.2\""),
        Field::named("brokers").also(&["broker"]).like("3"),
        Field::named("controllers")
            .also(&["controller", "quorum", "voters"])
            .like("3"),
        Field::named("zookeeper")
            .also(&["zk", "ensemble", "zookeepers"])
            .like("3"),
        Field::named("racks").also(&["rack", "zones", "availability_zones"]),
        Field::named("disk").also(&["disks", "storage"]),
        Field::named("network").also(&["bandwidth", "nic"]),
        Field::named("latency"),
        Field::named("client_latency"),
        Field::named("process_start").also(&["start", "startup"]),
        Field::named("process_stop").also(&["stop", "shutdown"]),
        Field::named("recovery_rate"),
        Field::named("metadata_version").also(&["metadata", "formatted"]),
        Field::named("features").also(&["levels"]),
        Field::named("dynamic_quorum").also(&["dynamic"]),
        Field::named("settings").also(&["config", "configs", "properties"]),
        Field::named("nodes"),
        Field::named("topics").also(&["topic"]),
    ],
};

const ZOOKEEPER: Table = Table {
    what: "a ZooKeeper ensemble",
    fields: &[
        Field::named("servers").also(&["nodes", "size"]).like("3"),
        Field::named("controller").like("2"),
    ],
};

const DISK: Table = Table {
    what: "a disk",
    fields: &[
        Field::named("size").also(&["capacity"]),
        Field::named("write").also(&["write_rate"]),
        Field::named("read").also(&["read_rate"]),
        Field::named("dirs").also(&["log_dirs", "count"]),
    ],
};

const NODE: Table = Table {
    what: "a node",
    fields: &[
        Field::named("kafka").also(&["version"]),
        Field::named("rack").also(&["zone"]),
        Field::named("disk").also(&["disks", "storage"]),
        Field::named("process_start").also(&["start", "startup"]),
        Field::named("settings").also(&["config", "configs", "properties"]),
    ],
};

const TOPIC: Table = Table {
    what: "a topic",
    fields: &[
        Field::named("partitions").like("24"),
        Field::named("replicas")
            .also(&["replication_factor", "replication", "rf"])
            .like("3"),
        Field::named("assignment").also(&["replica_assignment"]),
        Field::named("data").also(&["size"]),
        Field::named("settings").also(&["config", "configs", "properties"]),
    ],
};

const PRODUCER: Table = Table {
    what: "a producer",
    fields: &[
        Field::named("to")
            .also(&["topic", "writes"])
            .like("\"orders\""),
        Field::named("cluster"),
        Field::named("rate")
            .also(&["records", "throughput"])
            .like("\"2000/s\""),
        Field::named("size").also(&["record_size", "message_size"]),
        Field::named("kafka").also(&["version", "client"]),
        Field::named("bootstrap").also(&["bootstrap_servers"]),
        Field::named("settings").also(&["config", "configs", "properties"]),
    ],
};

const GROUP: Table = Table {
    what: "a group",
    fields: &[
        Field::named("reads")
            .also(&["topics", "topic", "from", "subscribes"])
            .like("[\"orders\"]"),
        Field::named("cluster"),
        Field::named("members").also(&["consumers"]),
        Field::named("processing").also(&["rate"]),
        Field::named("static_members").also(&["static_membership", "static"]),
        Field::named("kafka").also(&["version", "client"]),
        Field::named("settings").also(&["config", "configs", "properties"]),
    ],
};

/// More members than this are a slip.
const MOST_MEMBERS: u32 = 100_000;

const NO_RATE: Rate = Rate {
    count: 1,
    per: 1_000_000_000,
};

/// What is taken where a disk says nothing: the defaults of the language, or on a single node the disk of its cluster.
struct DiskDefaults {
    size: Fallback<Bytes>,
    write: Fallback<BytesPerSecond>,
    read: Fallback<BytesPerSecond>,
    dirs: Fallback<u32>,
}

const DISK_DEFAULTS: DiskDefaults = DiskDefaults {
    size: defaults::DISK_SIZE,
    write: defaults::DISK_WRITE,
    read: defaults::DISK_READ,
    dirs: defaults::DISK_DIRS,
};

impl DiskDefaults {
    fn of(cluster: &Disk) -> Self {
        let why = defaults::DISK_OF_CLUSTER;
        Self {
            size: Fallback {
                value: cluster.size.value,
                why,
            },
            write: Fallback {
                value: cluster.write.value,
                why,
            },
            read: Fallback {
                value: cluster.read.value,
                why,
            },
            dirs: Fallback {
                value: cluster.dirs.value,
                why,
            },
        }
    }
}

impl Lower<'_> {
    pub(super) fn estate(&mut self, node: &Node) -> Estate {
        self.part(node, |lower, node| {
            let Some(mut fields) = lower.fields(node, &ESTATE, None) else {
                lower.lose_names(node.span);
                return None;
            };
            let clusters = fields.required_with(lower, "clusters", |lower, node| {
                let clusters =
                    lower.declarations(node, "clusters", Self::declared, |lower, name, node| {
                        lower
                            .part(node, |lower, node| lower.cluster(node, name.span))
                            .flatten()
                    });
                if matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) {
                    lower.report(
                        Diagnostic::error(
                            Code::MissingField,
                            node.span,
                            "There is no cluster in this estate.",
                        )
                        .labelled("expected at least one"),
                    );
                }
                clusters
            });
            if clusters.is_none() {
                lower.broken.estate = true;
            }
            let producers = fields.optional(lower, "producers", |lower, node| {
                lower.declarations(node, "producers", Self::declared, |lower, name, node| {
                    lower.producer(node, name.span)
                })
            });
            let groups = fields.optional(lower, "groups", |lower, node| {
                lower.declarations(node, "groups", Self::declared, |lower, name, node| {
                    lower.group(node, name.span)
                })
            });
            Some(Estate {
                clusters: clusters.unwrap_or_default(),
                producers: producers.unwrap_or_default(),
                groups: groups.unwrap_or_default(),
            })
        })
        .flatten()
        .unwrap_or_default()
    }

    /// A key in braces that gives something its name.
    fn declared(&mut self, node: &Node) -> Spanned<String> {
        match node.kind {
            Kind::Word(_) => self.key(node),
            _ => self.name(node),
        }
    }

    fn cluster(&mut self, node: &Node, head: Span) -> Option<Cluster> {
        let mut fields = self.fields(node, &CLUSTER, Some(head))?;
        let kafka = fields.required(self, "kafka", VersionName(String::new()), Self::version);
        let brokers = fields.required(self, "brokers", NodeIds::Count(1), |lower, node| {
            lower.node_ids(node, "brokers")
        });
        let zookeeper = fields.optional(self, "zookeeper", Self::zookeeper);
        let controllers = match &zookeeper {
            None => fields.required(
                self,
                "controllers",
                Controllers::Separate(NodeIds::Count(1)),
                Self::controllers,
            ),
            Some(zookeeper) => {
                if let Some(both) = fields.optional(self, "controllers", Self::controllers) {
                    self.report(
                        Diagnostic::error(
                            Code::WrongType,
                            zookeeper.servers.span,
                            "A cluster has controllers or a ZooKeeper ensemble, not both.",
                        )
                        .labelled("ZooKeeper mode")
                        .also(both.span, "KRaft mode"),
                    );
                }
                spanned(
                    Controllers::Separate(NodeIds::Count(0)),
                    zookeeper.servers.span,
                )
            }
        };
        let racks = fields.optional(self, "racks", |lower, node| {
            if !matches!(node.kind, Kind::List(_)) {
                lower.lose_names(node.span);
            }
            lower.list(node, "rack names", Self::text)
        });
        if racks.is_none() {
            self.note_default("racks", "[]".into(), defaults::RACKS);
        }
        let disk = self.disk_of(&mut fields);
        let network = fields.or(self, "network", &defaults::NETWORK, Self::byte_rate);
        let latency = fields.or(self, "latency", &defaults::LATENCY, Self::duration);
        let client_latency = fields.or(
            self,
            "client_latency",
            &defaults::CLIENT_LATENCY,
            Self::duration,
        );
        let process_start = fields.or(
            self,
            "process_start",
            &defaults::PROCESS_START,
            Self::duration,
        );
        let process_stop = fields.or(
            self,
            "process_stop",
            &defaults::PROCESS_STOP,
            Self::duration,
        );
        let recovery_rate = fields.optional(self, "recovery_rate", Self::byte_rate);
        let metadata_version = fields.optional(self, "metadata_version", Self::text);
        let features = fields.optional(self, "features", Self::levels);
        let dynamic_quorum = fields.or(
            self,
            "dynamic_quorum",
            &defaults::DYNAMIC_QUORUM,
            Self::boolean,
        );
        let settings = fields.optional(self, "settings", Self::settings);
        let nodes = fields.optional(self, "nodes", |lower, node| {
            lower.declarations(
                node,
                "nodes by their ids",
                Self::node_key,
                |lower, id, node| lower.broker_node(node, id.span, &disk),
            )
        });
        let topics = fields.optional(self, "topics", |lower, node| {
            lower.declarations(node, "topics", Self::topic_name, |lower, name, node| {
                lower.topic(node, name.span)
            })
        });
        Some(Cluster {
            kafka,
            brokers,
            controllers,
            zookeeper,
            racks: racks.unwrap_or_default(),
            disk,
            network,
            latency,
            client_latency,
            process_start,
            process_stop,
            recovery_rate,
            metadata_version,
            features: features.unwrap_or_default(),
            dynamic_quorum,
            settings: settings.unwrap_or_default(),
            nodes: nodes.unwrap_or_default(),
            topics: topics.unwrap_or_default(),
        })
    }

    fn node_key(&mut self, node: &Node) -> Spanned<u32> {
        self.node_id(node)
    }

    fn zookeeper(&mut self, node: &Node) -> ZooKeeper {
        if !matches!(node.kind, Kind::Group { name: None, .. }) {
            return ZooKeeper {
                servers: self.node_ids(node, "ZooKeeper servers"),
                controller: None,
            };
        }
        let nothing = ZooKeeper {
            servers: spanned(NodeIds::Count(1), node.span),
            controller: None,
        };
        let Some(mut fields) = self.fields(node, &ZOOKEEPER, None) else {
            return nothing;
        };
        ZooKeeper {
            servers: fields.required(self, "servers", NodeIds::Count(1), |lower, node| {
                lower.node_ids(node, "ZooKeeper servers")
            }),
            controller: fields.optional(self, "controller", Self::node_id),
        }
    }

    fn controllers(&mut self, node: &Node) -> Spanned<Controllers> {
        if let Kind::Group {
            name: Some(name),
            arguments,
        } = &node.kind
        {
            let (combined, known) = match &*name.text {
                "Combined" => (true, true),
                "Separate" => (false, true),
                _ => (false, false),
            };
            if known {
                return match arguments.as_slice() {
                    [only] if only.name.is_none() => {
                        let ids = self.node_ids(&only.value, "controllers");
                        let value = if combined {
                            Controllers::Combined(ids.value)
                        } else {
                            Controllers::Separate(ids.value)
                        };
                        if self.broken.spans.contains(&only.value.span) {
                            return self.silent(node, value);
                        }
                        spanned(value, node.span)
                    }
                    _ => {
                        let diagnostic = Diagnostic::error(
                            Code::WrongType,
                            node.span,
                            format!(
                                "`{}` takes one value: how many, or a list of ids.",
                                name.text
                            ),
                        )
                        .labelled(format!(
                            "expected `{}(3)` or `{}([1, 2, 3])`",
                            name.text, name.text
                        ));
                        self.fail(node, Controllers::Separate(NodeIds::Count(1)), diagnostic)
                    }
                };
            }
        }
        if matches!(node.kind, Kind::Number(_) | Kind::List(_) | Kind::Missing) {
            let ids = self.node_ids(node, "controllers");
            return spanned(Controllers::Separate(ids.value), ids.span);
        }
        let diagnostic = self
            .wrong_type(node, "controllers")
            .note("Write `3`, `[3001, 3002, 3003]`, `Combined(3)` or `Combined([1, 2, 3])`.");
        self.fail(node, Controllers::Separate(NodeIds::Count(1)), diagnostic)
    }

    /// The disk of a cluster: every field has a default, so that the whole has one too.
    fn disk_of(&mut self, fields: &mut Fields<'_>) -> Disk {
        let given = fields.optional(self, "disk", |lower, node| lower.disk(node, &DISK_DEFAULTS));
        match given.flatten() {
            Some(disk) => disk,
            None => self.inside("disk", |lower| {
                let mut nothing = lower.sort_arguments(&[], &DISK, fields.head);
                lower.disk_fields(&mut nothing, &DISK_DEFAULTS)
            }),
        }
    }

    fn disk(&mut self, node: &Node, defaults: &DiskDefaults) -> Option<Disk> {
        let mut fields = self.fields(node, &DISK, None)?;
        Some(self.disk_fields(&mut fields, defaults))
    }

    fn disk_fields(&mut self, fields: &mut Fields<'_>, defaults: &DiskDefaults) -> Disk {
        Disk {
            size: fields.or(self, "size", &defaults.size, Self::size),
            write: fields.or(self, "write", &defaults.write, Self::byte_rate),
            read: fields.or(self, "read", &defaults.read, Self::byte_rate),
            dirs: fields.or(self, "dirs", &defaults.dirs, |lower, node| {
                lower.count(node, "a number of log directories", 1, 100)
            }),
        }
    }

    fn broker_node(&mut self, node: &Node, head: Span, disk: &Disk) -> Option<BrokerNode> {
        let mut fields = self.fields(node, &NODE, Some(head))?;
        Some(BrokerNode {
            kafka: fields.optional(self, "kafka", Self::version),
            rack: fields.optional(self, "rack", Self::text),
            disk: fields
                .optional(self, "disk", |lower, node| {
                    lower.disk(node, &DiskDefaults::of(disk))
                })
                .flatten(),
            process_start: fields.optional(self, "process_start", Self::duration),
            settings: fields
                .optional(self, "settings", Self::settings)
                .unwrap_or_default(),
        })
    }

    /// Kafka's rule for names of topics.
    fn topic_name(&mut self, node: &Node) -> Spanned<String> {
        let name = self.declared(node);
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if self.broken.is_sound(&name)
            && (!name.chars().all(legal) || matches!(name.as_str(), "." | ".."))
        {
            self.report(
                Diagnostic::error(Code::BadName, node.span, "Kafka does not allow this name for a topic.")
                    .note("Names of topics have letters, digits, dots, underscores and hyphens, and are neither \".\" nor \"..\"."),
            );
            return self.silent(node, name.value);
        }
        name
    }

    fn topic(&mut self, node: &Node, head: Span) -> Option<Topic> {
        let mut fields = self.fields(node, &TOPIC, Some(head))?;
        let partitions = fields.required(self, "partitions", 1, |lower, node| {
            lower.count(node, "a number of partitions", 1, i32::MAX as u32)
        });
        let replicas = fields.required(self, "replicas", 1, |lower, node| {
            lower.count(node, "a replication factor", 1, i16::MAX as u32)
        });
        let assignment = fields.optional(self, "assignment", |lower, node| {
            lower.list(
                node,
                "rows like [1, 2, 3], one for each partition",
                |lower, row| lower.list(row, "node ids", Self::node_id),
            )
        });
        Some(Topic {
            partitions,
            replicas,
            assignment,
            data: fields.or(self, "data", &defaults::TOPIC_DATA, Self::size),
            settings: fields
                .optional(self, "settings", Self::settings)
                .unwrap_or_default(),
        })
    }

    fn producer(&mut self, node: &Node, head: Span) -> Option<Producer> {
        let mut fields = self.fields(node, &PRODUCER, Some(head))?;
        Some(Producer {
            to: fields.required(self, "to", String::new(), Self::text),
            cluster: fields.optional(self, "cluster", Self::text),
            rate: fields.required(self, "rate", NO_RATE, Self::rate),
            size: fields.or(self, "size", &defaults::RECORD_SIZE, Self::record_size),
            kafka: fields.optional(self, "kafka", Self::version),
            bootstrap: fields.optional(self, "bootstrap", Self::id_list),
            settings: fields
                .optional(self, "settings", Self::settings)
                .unwrap_or_default(),
        })
    }

    fn record_size(&mut self, node: &Node) -> Spanned<Bytes> {
        let size = self.size(node);
        if size.value.0 == 0 && self.broken.is_sound(&size) {
            let diagnostic = Diagnostic::error(
                Code::OutOfRange,
                node.span,
                "A record has at least one byte.",
            );
            return self.fail(node, Bytes(1), diagnostic);
        }
        size
    }

    fn group(&mut self, node: &Node, head: Span) -> Option<Group> {
        let mut fields = self.fields(node, &GROUP, Some(head))?;
        let reads = fields.required_with(self, "reads", |lower, node| {
            if matches!(&node.kind, Kind::List(items) if items.is_empty()) {
                lower.report(
                    Diagnostic::error(
                        Code::OutOfRange,
                        node.span,
                        "A group that reads nothing is left out of the file.",
                    )
                    .labelled("expected at least one topic"),
                );
            }
            lower.list(node, "topics", Self::text)
        });
        Some(Group {
            reads: reads.unwrap_or_default(),
            cluster: fields.optional(self, "cluster", Self::text),
            members: fields.or(self, "members", &defaults::MEMBERS, |lower, node| {
                lower.count(node, "a number of members", 1, MOST_MEMBERS)
            }),
            processing: fields.optional(self, "processing", Self::rate),
            static_members: fields.or(
                self,
                "static_members",
                &defaults::STATIC_MEMBERS,
                Self::boolean,
            ),
            kafka: fields.optional(self, "kafka", Self::version),
            settings: fields
                .optional(self, "settings", Self::settings)
                .unwrap_or_default(),
        })
    }
}
