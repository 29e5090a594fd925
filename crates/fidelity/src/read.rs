//! From a folder to recordings: what can be replayed, and why the rest cannot.

use std::path::Path;

use serde_json::Value;

use crate::operations::Script;
use crate::recording::Recording;

/// A folder that cannot be compared with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or one of its files cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// Which.
        path: String,
        /// What the system says.
        why: String,
    },
    /// A file is no JSON.
    #[error("{path} is not JSON: {why}")]
    Malformed {
        /// Which.
        path: String,
        /// Where and why.
        why: String,
    },
    /// There is no recording in the folder.
    #[error("there is no recording (*.json) in {path}")]
    Nothing {
        /// Which folder.
        path: String,
    },
    /// The scenario that was made of a recording is refused: a defect of this program.
    #[error("the scenario made of {file} is refused: {why}")]
    Scenario {
        /// Which file.
        file: String,
        /// What the reader says.
        why: String,
    },
}

/// A recording that is not replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotReplayed {
    /// Its file.
    pub file: String,
    /// Why not.
    pub why: String,
}

/// What a folder holds, sorted by file name.
#[derive(Debug, Default)]
pub struct Folder {
    /// Recordings that can be replayed, with the names of their files.
    pub recordings: Vec<(String, Recording)>,
    /// Recordings of versions and features: sequences of answers.
    pub(crate) sequences: Vec<(String, crate::versions::Sequence)>,
    /// The others.
    pub not_replayed: Vec<NotReplayed>,
}

/// Reads every `*.json` of a folder.
///
/// # Errors
/// A folder or file that cannot be read, a file that is not JSON, or no file at all.
pub fn read(folder: &Path) -> Result<Folder, Error> {
    let unreadable = |path: &Path, why: std::io::Error| Error::Unreadable {
        path: path.display().to_string(),
        why: why.to_string(),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|why| unreadable(folder, why))? {
        let path = entry.map_err(|why| unreadable(folder, why))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Error::Nothing {
            path: folder.display().to_string(),
        });
    }
    let mut found = Folder::default();
    for path in files {
        let file = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let bytes = std::fs::read(&path).map_err(|why| unreadable(&path, why))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|why| Error::Malformed {
            path: path.display().to_string(),
            why: why.to_string(),
        })?;
        if let Some(sequence) = crate::versions::sequence(&value) {
            match sequence {
                Ok(sequence) => found.sequences.push((file, sequence)),
                Err(why) => found.not_replayed.push(NotReplayed { file, why }),
            }
            continue;
        }
        match replayable(value) {
            Ok(recording) => found.recordings.push((file, recording)),
            Err(why) => found.not_replayed.push(NotReplayed { file, why }),
        }
    }
    Ok(found)
}

/// The recording, or why it cannot be replayed.
///
/// # Errors
/// One sentence for people.
pub fn replayable(value: Value) -> Result<Recording, String> {
    let Value::Object(fields) = &value else {
        return Err("it is no recording: an object is expected".to_owned());
    };
    if fields.contains_key("mirrormaker") || fields.contains_key("source_kafka") {
        return Err("two clusters are not modelled yet".to_owned());
    }
    // What clients can say to a broker follows from versions, in either mode.
    if let Ok(recording) = serde_json::from_value::<Recording>(value.clone())
        && crate::clients::is_of_clients(&recording)
    {
        return Ok(recording);
    }
    if !fields.contains_key("runs") || !fields.contains_key("clients") {
        return Err(
            "it is no recording of one cluster under load: `clients` and `runs` are expected"
                .to_owned(),
        );
    }
    let clients = fields.get("clients").and_then(Value::as_array);
    if clients.is_none_or(Vec::is_empty) {
        return Err("nothing is written in it".to_owned());
    }
    let recording: Recording = serde_json::from_value(value)
        .map_err(|why| format!("its header or runs are not as expected: {why}"))?;
    refusal(&recording).map_or(Ok(recording), Err)
}

fn refusal(recording: &Recording) -> Option<String> {
    if let Some(mode) = &recording.mode
        && mode != "kraft"
        && mode != "zk"
    {
        return Some(format!("mode `{mode}` is not modelled"));
    }
    if let Err(why) = facts::of(&recording.kafka) {
        return Some(why.to_string());
    }
    if recording.runs.is_empty() {
        return Some("it has no runs".to_owned());
    }
    if recording.producers().next().is_none() {
        return Some("nothing is written in it".to_owned());
    }
    if recording
        .producers()
        .any(|client| client.extra("txn").is_some() || client.setting("transactional.id").is_some())
    {
        return Some("transactions are not modelled yet".to_owned());
    }
    let directories = recording
        .overrides
        .iter()
        .flatten()
        .find(|(name, _)| *name == "log.dirs" || *name == "log.dir");
    if directories.is_some_and(|(_, value)| value.as_str().is_some_and(|value| value.contains(',')))
    {
        return Some("more than one log directory is not modelled yet".to_owned());
    }
    for (number, run) in recording.runs.iter().enumerate() {
        if let Err(why) = Script::of(recording, run) {
            return Some(format!("run {}: {why}", number + 1));
        }
    }
    None
}
