//! Why a prediction may differ: known limits of the comparison and mechanisms that the model lacks, each with where it shows.
//!
//! The list is by mechanism, never by file: a new recording of the same kind gets the same explanation. The first that fits is told.

use crate::measure::{Quantity, Question};
use crate::observation::Deed;
use crate::table::{About, Fit, Row, Verdict};

/// What matters of a recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    /// Number of repeats.
    pub(crate) runs: usize,
    /// The metadata is in ZooKeeper.
    pub(crate) zookeeper: bool,
    /// Its sub-second numbers count.
    pub(crate) calm: bool,
    /// Replication is throttled.
    pub(crate) throttled: bool,
    /// A replica that is not in sync may be elected.
    pub(crate) unclean: bool,
}

/// A suspicion: a mechanism, and where it would show.
struct Suspicion {
    words: &'static str,
    shows: fn(&Traits, &About<'_>) -> bool,
}

/// The error classes that the rules below speak of.
fn sees(about: &About<'_>, name: &str) -> bool {
    matches!(about, About::Verdict(Question::Sees(_, error), _) if error == name)
}

/// The model has it more often than the recording.
fn too_often(about: &About<'_>) -> bool {
    matches!(about, About::Verdict(_, Verdict { observed, of, predicted_percent, .. }) if *predicted_percent > 100.0 * *observed as f64 / *of as f64)
}

/// The recording is slower than the model, or the other way round.
fn slower(row: &Row) -> bool {
    matches!((&row.observed, &row.predicted), (Some(real), Some(model)) if real.median > model.median)
}

const SUSPICIONS: &[Suspicion] = &[
    Suspicion {
        words: "in ZooKeeper mode it is the controller that says in the model that a broker is gone: where none is left, nobody does",
        shows: |traits, about| {
            traits.zookeeper
                && matches!(about, About::Row(Quantity::Fenced(_), row) if row.predicted.is_none())
        },
    },
    Suspicion {
        words: "a start is taken to register as late as its port opens in the recording; on a busy machine it registers seconds before, and leaders and clients go on from then",
        shows: |traits, about| {
            traits.zookeeper
                && matches!(about, About::Row(Quantity::Leaderless, row) if !slower(row))
        },
    },
    Suspicion {
        words: "brokers know that a leader is gone some milliseconds before they know the new one, on a busy machine hundreds: an admin client that looks every 35 ms sees it or not",
        shows: |traits, about| {
            traits.zookeeper && matches!(about, About::Verdict(Question::LeaderlessSeen, _))
        },
    },
    Suspicion {
        words: "closing sockets and logs took 0.4 s on the idle machine and up to 30 s on the busy one; a replay takes the shortest of each broker",
        shows: |traits, about| {
            traits.zookeeper && matches!(about, About::Row(Quantity::Stopped, _))
        },
    },
    Suspicion {
        words: "a record that fails while one attempt of it is on its way may be in the log: with few requests in flight at the end of the ISR, a matter of milliseconds",
        shows: |traits, about| {
            traits.zookeeper && matches!(about, About::Verdict(Question::Ghosts(_), _))
        },
    },
    Suspicion {
        words: "a question for metadata that waits behind a stalled request is answered milliseconds after that broker has applied the change; the model's new leaders begin together, after all of them are made, Kafka's one by one",
        shows: |_, about| sees(about, "NOT_LEADER_OR_FOLLOWER") && too_often(about),
    },
    Suspicion {
        words: "a client whose windows to all other brokers are full when metadata is due connects to the broker that has just gone, of which it still knows; the model's sender waits for the moment at which the broker can take a request, so that its windows are hardly ever full",
        shows: |_, about| sees(about, "connection refused"),
    },
    Suspicion {
        words: "the model answers within a millisecond or two, a busy machine within tens: fewer of its requests are in flight when the ISR falls below min ISR, and only such a one waits for its time-out",
        shows: |_, about| {
            sees(about, "REQUEST_TIMED_OUT")
                || sees(about, "NETWORK_EXCEPTION")
                || sees(about, "NOT_ENOUGH_REPLICAS")
        },
    },
    Suspicion {
        words: "after an unclean election the next sequence number of an idempotent producer is out of order; Kafka's client then bumps its epoch and goes on, the model's retries",
        shows: |traits, about| {
            traits.unclean
                && matches!(
                    about,
                    About::Verdict(Question::WritesWork(_), _)
                        | About::Row(
                            Quantity::LongestGap(_)
                                | Quantity::GapOfPartition(_)
                                | Quantity::LongestReadGap(_),
                            _
                        )
                )
        },
    },
    Suspicion {
        words: "a broker takes a millisecond or more from answering one request of a connection to reading the next; in the model none, so that nothing new overtakes what the old leader still refuses",
        shows: |_, about| {
            sees(about, "OUT_OF_ORDER_SEQUENCE_NUMBER")
                || matches!(
                    about,
                    About::Verdict(Question::Reordered(_) | Question::Duplicated(_), _)
                )
        },
    },
    Suspicion {
        words: "brokers apply a leader change tens of milliseconds apart, the more the busier the machine, and the new leader stops fetching before it leads; in the model they are 2 ms apart",
        shows: |_, about| {
            matches!(
                about,
                About::Verdict(Question::Lost(_), _) | About::Row(Quantity::Lost(_), _)
            )
        },
    },
    Suspicion {
        words: "the leader's throttle counts what in-sync followers take too, for all partitions that it leads at that moment; the model takes half of what it led at first",
        shows: |traits, about| {
            traits.throttled && matches!(about, About::Row(Quantity::InSync(_), _))
        },
    },
    Suspicion {
        words: "what the admin client sees depends on which brokers it knew when the last of them died (before 4.0 it learns of no others): it sees all of the time or its last moments",
        shows: |_, about| {
            matches!(
                about,
                About::Row(Quantity::Leaderless, _) | About::Verdict(Question::LeaderlessSeen, _)
            )
        },
    },
    Suspicion {
        words: "a draw with two outcomes, 2 s apart (the broker asks every 2 s whether it may go)",
        shows: |_, about| matches!(about, About::Row(Quantity::Stopped, _)),
    },
    Suspicion {
        words: "few repeats of something that is drawn: the observed median lies inside the predicted range",
        shows: |traits, about| matches!(about, About::Row(_, row) if row.fit == Fit::Spread && traits.runs < FEW),
    },
    Suspicion {
        words: "the follower's back-off of 1 s (unknown leader epoch) is met more often in the model: its leaders of one change begin together, after all of them are made, and its followers at once",
        shows: |_, about| matches!(about, About::Row(Quantity::LongestGap(_) | Quantity::GapOfPartition(_) | Quantity::GapOfRestart(_) | Quantity::LongestReadGap(_) | Quantity::PartitionsWithGap(_), row) if !slower(row)),
    },
    Suspicion {
        words: "a busy machine: threads wait for the processor, so that steps of milliseconds take hundreds; their sum is above a second here",
        shows: |traits, about| {
            !traits.calm
                && matches!(about, About::Row(quantity, row) if slower(row) && !matches!(quantity, Quantity::InSync(Deed::Start)))
        },
    },
];

/// Fewer repeats than this have no median to speak of.
const FEW: usize = 5;

/// The suspected mechanism, or nothing.
pub(crate) fn suspected(traits: &Traits, about: &About<'_>) -> &'static str {
    SUSPICIONS
        .iter()
        .find(|suspicion| (suspicion.shows)(traits, about))
        .map_or("", |suspicion| suspicion.words)
}
