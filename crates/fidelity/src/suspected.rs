//! Why a prediction may differ: known limits of the comparison and mechanisms that the model lacks, each with where it shows.
//!
//! The list is by mechanism, never by file: a new recording of the same kind gets the same explanation.

use crate::measure::{Quantity, Question};
use crate::table::{About, Fit};

/// What matters of a recording.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    /// Number of repeats.
    pub(crate) runs: usize,
}

/// A suspicion: a mechanism, and where it would show.
struct Suspicion {
    words: &'static str,
    shows: fn(&Traits, &About<'_>) -> bool,
}

const SUSPICIONS: &[Suspicion] = &[
    Suspicion {
        words: "KAFKA_STORAGE_ERROR, which a broker answers between the failed append and its end, is not modelled: the model's broker is gone at once",
        shows: |_, about| matches!(about, About::Verdict(Question::Sees(_, error), _) if error == "KAFKA_STORAGE_ERROR"),
    },
    Suspicion {
        words: "few repeats of something that is drawn: the observed median lies inside the predicted range",
        shows: |traits, about| matches!(about, About::Row(quantity, row) if row.fit == Fit::Spread && traits.runs < FEW && !matches!(quantity, Quantity::Stopped)),
    },
];

/// Fewer repeats than this have no median to speak of.
const FEW: usize = 5;

/// The suspected mechanism, or nothing.
pub(crate) fn suspected(traits: &Traits, about: &About<'_>) -> &'static str {
    SUSPICIONS.iter().find(|suspicion| (suspicion.shows)(traits, about)).map_or("", |suspicion| suspicion.words)
}
