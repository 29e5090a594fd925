//! Words that the language knows and this version does not rehearse. They get a message of their own, so that nobody looks
//! for a slip of the finger where there is none.

use crate::diagnostic::{Code, Diagnostic};
use crate::model::Span;

/// A word that is kept for later.
struct Reserved {
    /// What it is a kind of, as in the message: "an action".
    place: &'static str,
    word: &'static str,
    /// What it will do.
    meaning: &'static str,
    /// What to do today.
    today: &'static str,
}

const fn action(word: &'static str, meaning: &'static str, today: &'static str) -> Reserved {
    Reserved {
        place: "an action",
        word,
        meaning,
        today,
    }
}

const LEAVE_OUT: &str = "Leave the step out; it is left out of the rehearsal too.";

const WORDS: &[Reserved] = &[
    action(
        "Replace",
        "puts an empty node in the place of another",
        "A node that comes back with its data is `Stop` and `Start`.",
    ),
    action(
        "Reassign",
        "moves replicas with kafka-reassign-partitions.sh",
        LEAVE_OUT,
    ),
    action("Throttle", "limits replication traffic", LEAVE_OUT),
    action(
        "CreateMirror",
        "begins to mirror a topic into another cluster",
        LEAVE_OUT,
    ),
    action(
        "PromoteMirror",
        "makes a mirrored topic writable",
        LEAVE_OUT,
    ),
    action(
        "SwitchClients",
        "moves clients to another cluster in waves",
        LEAVE_OUT,
    ),
    action(
        "ResetOffsets",
        "moves a group's offsets with kafka-consumer-groups.sh",
        LEAVE_OUT,
    ),
    action(
        "Pause",
        "pauses applications",
        "A time of doing nothing is `Wait(\"5m\")`.",
    ),
    action(
        "RunRunbook",
        "runs another runbook as one step",
        "A runbook can live in a file of its own: `runbook: \"upgrade.ron\"`.",
    ),
];

const FIELDS: &[Reserved] = &[
    Reserved {
        place: "an estate",
        word: "links",
        meaning: "links between clusters",
        today: "Leave it out; one cluster is rehearsed by itself.",
    },
    Reserved {
        place: "an estate",
        word: "schema_registries",
        meaning: "schema registries",
        today: "Leave it out; clients are rehearsed without one.",
    },
    Reserved {
        place: "an estate",
        word: "connect",
        meaning: "Kafka Connect workers",
        today: "A connector is a producer or a group to the brokers: describe it as one.",
    },
    Reserved {
        place: "an estate",
        word: "streams",
        meaning: "Kafka Streams applications",
        today: "A Streams application is a group and a producer to the brokers: describe it as both.",
    },
];

/// The diagnostic for a reserved word in a place where one of several words is expected.
pub(super) fn word(place: &str, word: &str, span: Span) -> Option<Diagnostic> {
    diagnostic(WORDS, place, word, span)
}

/// The diagnostic for a reserved field.
pub(super) fn field(place: &str, word: &str, span: Span) -> Option<Diagnostic> {
    diagnostic(FIELDS, place, word, span)
}

fn diagnostic(table: &[Reserved], place: &str, word: &str, span: Span) -> Option<Diagnostic> {
    let reserved = table
        .iter()
        .find(|reserved| reserved.place == place && reserved.word == word)?;
    let kind = place.rsplit(' ').next().unwrap_or(place);
    let message = if kind == "action" {
        format!("`{word}` is a known action that this version does not rehearse yet.")
    } else {
        format!("`{word}` is a known part of {place} that this version does not rehearse yet.")
    };
    Some(
        Diagnostic::error(Code::NotYet, span, message)
            .labelled(reserved.meaning)
            .note(reserved.today),
    )
}
