//! Recordings of versions: binaries that are exchanged, features that are raised and lowered, settings that are left over.
//!
//! They are sequences of operations and tool calls with their answers, mostly without load. The model goes through the same sequence, and
//! each answer is held against the recorded one: accepted or refused, exit code, every line of text. Node ids are the recorded ones where
//! the recording names them; epochs and offsets are left out on both sides. What partitions do is compared as far as it was watched.
//!
//! One sequence is one answer, not a distribution: each question is asked once.

mod drive;
mod file;
mod words;

use serde_json::Value;

use crate::read::Error;
use crate::table::{Compared, Verdict};

pub(crate) use file::Sequence;

/// The sequence in a recording, if it is one: a tool of a named version is called in it, or a process starts with another version.
pub(crate) fn sequence(value: &Value) -> Option<Result<Sequence, String>> {
    let runs = value.get("runs")?.as_array()?;
    let versions = runs.iter().any(|run| {
        let has = |list: &str, so: &dyn Fn(&Value) -> bool| {
            run.get(list)
                .and_then(Value::as_array)
                .is_some_and(|entries| entries.iter().any(so))
        };
        has("ops", &|op| {
            op.get("op").is_some_and(|name| name == "start") && op.get("version").is_some()
        }) || has("cli", &|call| {
            call.get("argv")
                .and_then(Value::as_str)
                .is_some_and(|argv| argv.contains("kafka-features"))
        })
    });
    let mode = value.get("mode").and_then(Value::as_str);
    if !versions || mode.is_some_and(|mode| mode != "kraft") {
        return None;
    }
    Some(
        serde_json::from_value(value.clone())
            .map_err(|why| format!("its header or runs are not as expected: {why}")),
    )
}

/// Goes through every run of a sequence and compares.
///
/// # Errors
/// A scenario that the reader refuses.
pub(crate) fn compare(file: &str, sequence: &Sequence) -> Result<Compared, Error> {
    let mut verdicts = Vec::new();
    for (number, run) in sequence.runs.iter().enumerate() {
        let answers = drive::answers(file, sequence, run)?;
        for answer in answers {
            let question = if sequence.runs.len() > 1 {
                format!("run {}, {}", number + 1, answer.question)
            } else {
                answer.question
            };
            verdicts.push(Verdict {
                question,
                observed: 1,
                of: 1,
                predicted_percent: if answer.agrees { 100.0 } else { 0.0 },
                agrees: answer.agrees,
                suspected: if answer.agrees {
                    String::new()
                } else {
                    words::suspected(&answer.observed, &answer.predicted).to_owned()
                },
            });
        }
    }
    Ok(Compared {
        file: file.to_owned(),
        name: sequence.name.clone(),
        kafka: sequence.kafka.clone(),
        runs: sequence.runs.len(),
        calm: false,
        rows: Vec::new(),
        verdicts,
    })
}

/// One question: what was recorded, and what the model answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    question: String,
    observed: String,
    predicted: String,
    agrees: bool,
}

impl Answer {
    fn new(question: String, observed: String, predicted: String) -> Self {
        let agrees = observed == predicted;
        let question = if agrees {
            format!("{question}: {observed}")
        } else {
            format!("{question}: {observed}; the model says: {predicted}")
        };
        Self {
            question,
            observed,
            predicted,
            agrees,
        }
    }
}
