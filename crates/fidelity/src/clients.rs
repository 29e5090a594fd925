//! Recordings of old and new clients against one broker: each did one thing and wrote down how it ended.
//!
//! Nothing is replayed: what a client and a broker can say to each other follows from their versions ([`facts::misunderstanding`]).
//! The question of each probe is how it ended, and the answer is right or wrong.

use facts::Effect;

use crate::recording::{Recording, ToolCall};
use crate::table::{Compared, Verdict};

/// How a client's attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ending {
    /// It worked.
    Works,
    /// The application got this: the class without its package, and the message.
    Error(String),
    /// Nothing came and nothing was said.
    Silence,
}

impl Ending {
    fn words(&self) -> String {
        match self {
            Self::Works => "works".to_owned(),
            Self::Error(text) => text.clone(),
            Self::Silence => "nothing, and no error".to_owned(),
        }
    }
}

/// One attempt of a client.
#[derive(Debug)]
struct Probe<'a> {
    /// Version of its library.
    client: &'a str,
    /// What it did, as `facts` names it.
    task: &'a str,
    ending: Ending,
}

/// The recording is of this kind.
pub(crate) fn is_of_clients(recording: &Recording) -> bool {
    recording.clients.is_empty()
        && recording
            .runs
            .iter()
            .flat_map(|run| &run.cli)
            .any(|call| client_of(call).is_some())
}

/// The version in `[client 0.10.2.2] produce`.
fn client_of(call: &ToolCall) -> Option<&str> {
    let (client, _) = call.argv.strip_prefix("[client ")?.split_once(']')?;
    Some(client)
}

/// What a call of the harness shows. A call with a remark shows a mistake of the harness itself and says nothing.
fn probes(call: &ToolCall) -> Vec<Probe<'_>> {
    let Some(client) = client_of(call).filter(|_| call.note.is_none()) else {
        return Vec::new();
    };
    call.output
        .lines()
        .filter_map(|line| probe(client, line))
        .collect()
}

/// `OK produce 5 records`, `ERR admin describeConfigs java…: java…: message <- java…: message`, `ERR group nothing read in 20000 ms`.
fn probe<'a>(client: &'a str, line: &'a str) -> Option<Probe<'a>> {
    let (result, rest) = line.split_once(' ')?;
    let rest = rest.strip_prefix("admin ").unwrap_or(rest);
    let (task, said) = rest.split_once(' ').unwrap_or((rest, ""));
    let ending = match result {
        "OK" => Ending::Works,
        "ERR" if said.starts_with("nothing read") => Ending::Silence,
        "ERR" => {
            let last = said.rsplit(" <- ").next()?;
            let class = last.split(':').next()?;
            let bare = class.rsplit('.').next()?;
            Ending::Error(format!("{bare}{}", &last[class.len()..]))
        }
        _ => return None,
    };
    Some(Probe {
        client,
        task,
        ending,
    })
}

/// What the facts say of it; `None` if there are none on this client.
fn predicted(client: &str, broker: &str, task: &str) -> Option<Ending> {
    let (client, broker) = (facts::speaker(client).ok()?, facts::speaker(broker).ok()?);
    Some(match facts::misunderstanding(task, client, broker) {
        None => Ending::Works,
        Some(fails) if fails.effect == Effect::Error => Ending::Error(fails.seen.to_owned()),
        Some(_) => Ending::Silence,
    })
}

/// Holds every probe against what the facts say.
pub(crate) fn compare(file: &str, recording: &Recording) -> Compared {
    let calls = recording.runs.iter().flat_map(|run| &run.cli);
    let verdict = |probe: Probe<'_>| {
        let said = predicted(probe.client, &recording.kafka, probe.task)?;
        let agrees = said == probe.ending;
        let suspected = if agrees {
            String::new()
        } else {
            format!("the tables of versions say: {}", said.words())
        };
        Some(Verdict {
            question: format!(
                "client {}, {}: {}",
                probe.client,
                probe.task,
                probe.ending.words()
            ),
            observed: 1,
            of: 1,
            predicted_percent: if agrees { 100.0 } else { 0.0 },
            agrees,
            suspected,
        })
    };
    Compared {
        file: file.to_owned(),
        name: recording.name.clone(),
        kafka: recording.kafka.clone(),
        runs: recording.runs.len(),
        calm: recording.is_calm(),
        rows: Vec::new(),
        verdicts: calls.flat_map(probes).filter_map(verdict).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_probe_is_read() {
        let cut = "ERR produce java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.NetworkException: \
                   gone. <- org.apache.kafka.common.errors.NetworkException: gone.";
        let read = probe("0.10.2.2", cut).unwrap();
        assert_eq!(
            (read.task, read.ending),
            (
                "produce",
                Ending::Error("NetworkException: gone.".to_owned())
            )
        );
        let read = probe("0.10.2.2", "ERR group nothing read in 20000 ms").unwrap();
        assert_eq!((read.task, read.ending), ("group", Ending::Silence));
        let read = probe("4.1.2", "OK admin describeCluster 1").unwrap();
        assert_eq!((read.task, read.ending), ("describeCluster", Ending::Works));
        assert!(probe("4.1.2", "").is_none());
    }

    /// A prediction that could not be wrong would be none.
    #[test]
    fn another_ending_disagrees() {
        assert_eq!(
            predicted("0.10.2.2", "4.1.2", "group"),
            Some(Ending::Silence)
        );
        assert_eq!(predicted("0.11.0.3", "4.1.2", "group"), Some(Ending::Works));
        assert_ne!(
            predicted("0.10.2.2", "4.1.2", "produce"),
            predicted("0.10.2.2", "2.8.2", "produce")
        );
        assert_eq!(predicted("0.7", "4.1.2", "produce"), None);
    }
}
