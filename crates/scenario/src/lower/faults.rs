//! Faults: what goes wrong, where and when.

use super::context::{Lower, spanned};
use super::fields::{Choice, Field, Fields, Table, Words};
use crate::defaults;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Fault, FaultKind, Nanos, Nodes, Occurrence, Phase, Spanned, Target, VersionName, When,
};
use crate::syntax::{Kind, Node};

const FAULT: Table = Table {
    what: "a fault",
    fields: &[
        Field::named("fault")
            .also(&["kind", "what", "do", "inject"])
            .like("Kill(2)"),
        Field::named("at")
            .also(&["when", "after", "start"])
            .like("At(\"3m\")"),
        Field::named("lasts").also(&["for", "duration", "until"]),
    ],
};

const NODE: Field = Field::first("node")
    .also(&["nodes", "broker", "target", "on"])
    .like("2");

const fn hits(what: &'static str) -> Table {
    Table {
        what,
        fields: &[NODE],
    }
}

const SLOWS: &[Field] = &[
    NODE,
    Field::named("by").also(&["delay", "added"]).like("\"30s\""),
];

const fn slows(what: &'static str) -> Table {
    Table {
        what,
        fields: SLOWS,
    }
}

static KIND: Choice = Choice {
    what: "a fault",
    variants: &[
        hits("Kill"),
        hits("Hang"),
        hits("HostGone"),
        hits("GcPause"),
        hits("MoveController"),
        slows("SlowStart"),
        Table {
            what: "CrashLoop",
            fields: &[
                NODE,
                Field::named("times").also(&["count"]).like("3"),
                Field::named("after").also(&["delay"]).like("\"10s\""),
            ],
        },
        slows("LongRecovery"),
        Table {
            what: "DiskSlow",
            fields: &[
                NODE,
                Field::named("to_percent")
                    .also(&["percent", "to"])
                    .like("10"),
            ],
        },
        hits("DiskFull"),
        Table {
            what: "KillActiveController",
            fields: &[],
        },
        Table {
            what: "QuorumLoss",
            fields: &[],
        },
        Table {
            what: "Cut",
            fields: &[
                Field::first("from").also(&["nodes"]).like("Rack(\"a\")"),
                Field::named("to"),
                Field::named("clients"),
            ],
        },
        Table {
            what: "SlowLink",
            fields: &[
                Field::first("from")
                    .also(&["nodes"])
                    .like("Rack(\"a\"), by: \"20ms\""),
                Field::named("to"),
                Field::named("by")
                    .also(&["delay", "latency", "added"])
                    .like("\"20ms\""),
            ],
        },
        Table {
            what: "ForgottenWait",
            fields: &[Field::first("step").like("\"brokers\"")],
        },
        Table {
            what: "OperatorTooFast",
            fields: &[
                Field::first("step").like("\"brokers\", after: \"2s\""),
                Field::named("after").also(&["by"]).like("\"2s\""),
            ],
        },
        Table {
            what: "OperatorLate",
            fields: &[
                Field::first("step").like("\"brokers\", by: \"10m\""),
                Field::named("by").also(&["after"]).like("\"10m\""),
            ],
        },
        Table {
            what: "NodeFirst",
            fields: &[
                Field::first("step").like("\"brokers\", node: 3"),
                Field::named("node").also(&["broker"]).like("3"),
            ],
        },
        Table {
            what: "StepSkipped",
            fields: &[Field::first("step").like("\"brokers\"")],
        },
        Table {
            what: "StepTwice",
            fields: &[Field::first("step").like("\"brokers\"")],
        },
        Table {
            what: "StepEarly",
            fields: &[
                Field::first("step").like("\"finalize\", before: \"brokers\""),
                Field::named("before").like("\"brokers\""),
            ],
        },
        hits("SomebodyRestarts"),
        Table {
            what: "WrongBinary",
            fields: &[
                NODE,
                Field::named("version")
                    .also(&["kafka", "to"])
                    .like("\"3.9.2\""),
            ],
        },
        Table {
            what: "OldNodeReturns",
            fields: &[
                NODE,
                Field::named("version")
                    .also(&["kafka", "to"])
                    .like("\"3.9.2\""),
            ],
        },
        Table {
            what: "EarlyBump",
            fields: &[Field::first("release")
                .also(&["to", "version"])
                .like("\"4.1\"")],
        },
        Table {
            what: "WrongTool",
            fields: &[Field::first("version")
                .also(&["kafka", "tool"])
                .like("\"3.9.2\"")],
        },
        Table {
            what: "KillMember",
            fields: &[
                Field::first("group").like("\"billing\", member: 1"),
                Field::named("member").also(&["nth", "number"]).like("1"),
            ],
        },
    ],
    others: &[
        ("Crash", "Kill"),
        ("Freeze", "Hang"),
        ("Stop", "Hang"),
        ("PowerLoss", "HostGone"),
        ("HostDown", "HostGone"),
        ("Gc", "GcPause"),
        ("Partition", "Cut"),
        ("NetworkPartition", "Cut"),
        ("Latency", "SlowLink"),
        ("SlowNetwork", "SlowLink"),
        ("SlowDisk", "DiskSlow"),
        ("FullDisk", "DiskFull"),
        ("KillController", "KillActiveController"),
        ("DeleteController", "MoveController"),
        ("ControllerMoves", "MoveController"),
        ("EnsembleLoss", "QuorumLoss"),
        ("KillLeader", "Kill"),
        ("ForgottenGate", "ForgottenWait"),
        ("KillConsumer", "KillMember"),
        ("SkippedStep", "StepSkipped"),
        ("StepRepeated", "StepTwice"),
        ("OutOfOrder", "StepEarly"),
        ("SecondOperator", "SomebodyRestarts"),
        ("BumpTooEarly", "EarlyBump"),
        ("OldTool", "WrongTool"),
        ("OldBinary", "WrongBinary"),
    ],
};

static WHEN: Choice = Choice {
    what: "a moment",
    variants: &[
        Table {
            what: "At",
            fields: &[Field::first("after").also(&["time"]).like("\"3m\"")],
        },
        Table {
            what: "During",
            fields: &[
                Field::first("step").like("\"brokers\""),
                Field::named("nth").also(&["node", "n"]),
                Field::named("phase").also(&["while"]),
                Field::named("after").also(&["delay"]),
            ],
        },
        Table {
            what: "Nth",
            fields: &[
                Field::first("n")
                    .also(&["nth", "count"])
                    .like("3, IsrShrink"),
                Field::first("of").also(&["event"]).like("3, IsrShrink"),
                Field::named("node").also(&["broker"]),
                Field::named("after").also(&["delay"]),
            ],
        },
        Table {
            what: "Between",
            fields: &[
                Field::first("from")
                    .also(&["after", "start"])
                    .like("\"1m\", \"5m\""),
                Field::first("to")
                    .also(&["before", "end"])
                    .like("\"1m\", \"5m\""),
            ],
        },
    ],
    others: &[
        ("After", "At"),
        ("In", "At"),
        ("Step", "During"),
        ("Random", "Between"),
        ("Within", "Between"),
    ],
};

static PHASE: Words<Phase> = Words {
    what: "a phase of a node",
    words: &[
        ("Stopping", Phase::Stopping),
        ("Stopped", Phase::Stopped),
        ("Starting", Phase::Starting),
        ("Recovering", Phase::Recovering),
        ("PortOpen", Phase::PortOpen),
        ("Waiting", Phase::Waiting),
        ("Done", Phase::Done),
    ],
    others: &[
        ("Down", "Stopped"),
        ("Started", "PortOpen"),
        ("Up", "PortOpen"),
        ("Gates", "Waiting"),
        ("Ended", "Done"),
    ],
};

static OCCURRENCE: Words<Occurrence> = Words {
    what: "something that can be counted",
    words: &[
        ("Fenced", Occurrence::Fenced),
        ("Unfenced", Occurrence::Unfenced),
        ("LeaderChange", Occurrence::LeaderChange),
        ("IsrShrink", Occurrence::IsrShrink),
        ("IsrExpand", Occurrence::IsrExpand),
        ("ControllerActive", Occurrence::ControllerActive),
        ("Commit", Occurrence::Commit),
        ("ControllerLost", Occurrence::ControllerLost),
        ("Started", Occurrence::Started),
        ("Recovering", Occurrence::Recovering),
        ("PortOpen", Occurrence::PortOpen),
        ("Stopped", Occurrence::Stopped),
        ("Died", Occurrence::Died),
    ],
    others: &[
        ("Election", "LeaderChange"),
        ("Failover", "ControllerActive"),
        ("Killed", "Died"),
        ("Crashed", "Died"),
        ("Up", "PortOpen"),
    ],
};

impl Lower<'_> {
    pub(super) fn faults(&mut self, node: &Node) -> Vec<Fault> {
        let faults = self.part(node, |lower, node| lower.list(node, "faults", Self::fault));
        faults.unwrap_or_default().into_iter().flatten().collect()
    }

    fn fault(&mut self, node: &Node) -> Option<Fault> {
        if let Kind::Word(_) | Kind::Group { name: Some(_), .. } = &node.kind {
            // The fault itself, without its moment around it.
            let written = self.sources.text(node.span);
            let replacement = format!("(fault: {written}, at: At(\"1m\"))");
            let diagnostic =
                Diagnostic::error(Code::WrongType, node.span, "A fault needs its moment too.")
                    .labelled("when?")
                    .suggest("write both with their names", node.span, replacement);
            self.report(diagnostic);
            return None;
        }
        let mut fields = self.fields(node, &FAULT, None)?;
        let kind = fields.required(
            self,
            "fault",
            FaultKind::KillActiveController,
            Self::fault_kind,
        );
        let at = fields.required(self, "at", When::At(Nanos(0)), Self::moment);
        let lasts = fields.optional(self, "lasts", Self::positive_duration);
        if matches!(kind.value, FaultKind::GcPause(_)) && lasts.is_none() {
            self.report(
                Diagnostic::error(Code::MissingField, kind.span, "A garbage collection pause always ends: it needs `lasts`.")
                    .labelled("for how long?")
                    .note("Write for example `lasts: \"12s\"`; a process that never answers again is `Hang`."),
            );
        }
        Some(Fault { kind, at, lasts })
    }

    fn needed_version(&mut self, fields: &mut Fields<'_>) -> Spanned<VersionName> {
        fields.required(self, "version", VersionName(String::new()), Self::version)
    }

    fn fault_kind(&mut self, node: &Node) -> Spanned<FaultKind> {
        let Some(mut chosen) = self.choose(node, &KIND) else {
            return self.silent(node, FaultKind::KillActiveController);
        };
        let fields = &mut chosen.fields;
        let value = match chosen.word {
            "Kill" => FaultKind::Kill(self.hit(fields)),
            "Hang" => FaultKind::Hang(self.hit(fields)),
            "HostGone" => FaultKind::HostGone(self.hit(fields)),
            "GcPause" => FaultKind::GcPause(self.hit(fields)),
            "MoveController" => FaultKind::MoveController(self.hit(fields)),
            "DiskFull" => FaultKind::DiskFull(self.hit(fields)),
            "SlowStart" => FaultKind::SlowStart {
                node: self.hit(fields),
                by: self.needed_duration(fields, "by"),
            },
            "LongRecovery" => FaultKind::LongRecovery {
                node: self.hit(fields),
                by: self.needed_duration(fields, "by"),
            },
            "CrashLoop" => FaultKind::CrashLoop {
                node: self.hit(fields),
                times: fields
                    .required(self, "times", 1, |lower, node| {
                        lower.count(node, "a number of crashes", 1, 1_000)
                    })
                    .value,
                after: self.needed_duration(fields, "after"),
            },
            "DiskSlow" => FaultKind::DiskSlow {
                node: self.hit(fields),
                to_percent: fields
                    .required(self, "to_percent", 1, |lower, node| {
                        lower.percent(node, 1, 99)
                    })
                    .value,
            },
            "WrongBinary" => FaultKind::WrongBinary {
                node: self.hit(fields),
                version: self.needed_version(fields),
            },
            "OldNodeReturns" => FaultKind::OldNodeReturns {
                node: self.hit(fields),
                version: self.needed_version(fields),
            },
            "EarlyBump" => FaultKind::EarlyBump {
                release: fields.required(self, "release", String::new(), Self::text),
            },
            "WrongTool" => FaultKind::WrongTool {
                version: self.needed_version(fields),
            },
            "QuorumLoss" => FaultKind::QuorumLoss,
            "Cut" => FaultKind::Cut {
                from: self.side(fields),
                to: fields
                    .optional(self, "to", Self::nodes)
                    .map(|nodes| nodes.value),
                clients: fields
                    .or(self, "clients", &defaults::CUT_CLIENTS, Self::boolean)
                    .value,
            },
            "SlowLink" => FaultKind::SlowLink {
                from: self.side(fields),
                to: fields
                    .optional(self, "to", Self::nodes)
                    .map(|nodes| nodes.value),
                by: self.needed_duration(fields, "by"),
            },
            "ForgottenWait" => FaultKind::ForgottenWait {
                step: fields.required(self, "step", String::new(), Self::text),
            },
            "OperatorTooFast" => FaultKind::OperatorTooFast {
                step: fields.required(self, "step", String::new(), Self::text),
                after: fields
                    .required(self, "after", Nanos(0), Self::duration)
                    .value,
            },
            "OperatorLate" => FaultKind::OperatorLate {
                step: fields.required(self, "step", String::new(), Self::text),
                by: self.needed_duration(fields, "by"),
            },
            "NodeFirst" => FaultKind::NodeFirst {
                step: fields.required(self, "step", String::new(), Self::text),
                node: fields.required(self, "node", 0, Self::node_id),
            },
            "StepSkipped" => FaultKind::StepSkipped {
                step: fields.required(self, "step", String::new(), Self::text),
            },
            "StepTwice" => FaultKind::StepTwice {
                step: fields.required(self, "step", String::new(), Self::text),
            },
            "StepEarly" => FaultKind::StepEarly {
                step: fields.required(self, "step", String::new(), Self::text),
                before: fields.required(self, "before", String::new(), Self::text),
            },
            "SomebodyRestarts" => FaultKind::SomebodyRestarts(self.hit(fields)),
            "KillMember" => FaultKind::KillMember {
                group: fields.required(self, "group", String::new(), Self::text),
                member: fields
                    .required(self, "member", 1, |lower, node| {
                        lower.count(node, "a member's number", 1, u32::MAX)
                    })
                    .value,
            },
            _ => FaultKind::KillActiveController,
        };
        spanned(value, node.span)
    }

    fn hit(&mut self, fields: &mut Fields<'_>) -> Target {
        fields
            .required(self, "node", Target::Current, Self::target)
            .value
    }

    fn side(&mut self, fields: &mut Fields<'_>) -> Nodes {
        fields
            .required(self, "from", Nodes::Brokers, Self::nodes)
            .value
    }

    fn needed_duration(&mut self, fields: &mut Fields<'_>, name: &'static str) -> Nanos {
        fields
            .required(self, name, Nanos(1), Self::positive_duration)
            .value
    }

    fn moment(&mut self, node: &Node) -> Spanned<When> {
        let at_once = When::At(Nanos(0));
        if let Kind::Text(_) | Kind::Number(_) = node.kind {
            let after = self.duration(node);
            return spanned(When::At(after.value), node.span);
        }
        let Some(mut chosen) = self.choose(node, &WHEN) else {
            return self.silent(node, at_once);
        };
        let fields = &mut chosen.fields;
        let value = match chosen.word {
            "During" => When::During {
                step: fields.required(self, "step", String::new(), Self::text),
                nth: fields
                    .optional(self, "nth", |lower, node| {
                        lower.count(node, "a node's place in the order", 1, u32::MAX)
                    })
                    .map(|nth| nth.value),
                phase: fields
                    .or(self, "phase", &defaults::PHASE, |lower, node| {
                        lower.word(node, &PHASE)
                    })
                    .value,
                after: fields
                    .or(self, "after", &defaults::MOMENT_AFTER, Self::duration)
                    .value,
            },
            "Nth" => When::Nth {
                n: fields
                    .required(self, "n", 1, |lower, node| {
                        lower.count(node, "how many times", 1, u32::MAX)
                    })
                    .value,
                of: fields
                    .required(self, "of", Occurrence::Commit, |lower, node| {
                        lower.word(node, &OCCURRENCE)
                    })
                    .value,
                node: fields.optional(self, "node", Self::node_id),
                after: fields
                    .or(self, "after", &defaults::MOMENT_AFTER, Self::duration)
                    .value,
            },
            "Between" => {
                let from = fields.required(self, "from", Nanos(0), Self::duration);
                let to = fields.required(self, "to", Nanos(0), Self::duration);
                if to.value < from.value && self.broken.is_sound(&to) && self.broken.is_sound(&from)
                {
                    let diagnostic = Diagnostic::error(
                        Code::OutOfRange,
                        to.span,
                        "The end of this range lies before its beginning.",
                    )
                    .also(from.span, "the beginning");
                    return self.fail(node, at_once, diagnostic);
                }
                When::Between(from.value, to.value)
            }
            _ => When::At(
                fields
                    .required(self, "after", Nanos(0), Self::duration)
                    .value,
            ),
        };
        spanned(value, node.span)
    }
}
