//! The outcome as JSON: the form that is saved, and read again to redraw a report.

use outcome::{Outcome, SCHEMA_VERSION};

/// Why a saved outcome could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or not an outcome.
    #[error("this is not a saved outcome: {0}")]
    NotAnOutcome(#[from] serde_json::Error),
    /// Saved by another version.
    #[error(
        "this outcome has schema {found}, and this program reads schema {SCHEMA_VERSION}; run the rehearsal again"
    )]
    OtherSchema {
        /// The schema of the file.
        found: u32,
    },
}

/// Pretty-printed, fields in the order of the types, with a line break at the end.
pub fn write(outcome: &Outcome) -> String {
    let mut json = serde_json::to_string_pretty(outcome).expect("an outcome is plain data");
    json.push('\n');
    json
}

/// Any other result in the same form.
pub fn write_any(result: &impl serde::Serialize) -> String {
    let mut json = serde_json::to_string_pretty(result).expect("a result is plain data");
    json.push('\n');
    json
}

/// Reads what [`write()`] wrote.
pub fn read(json: &str) -> Result<Outcome, ReadError> {
    // The version first: of an outcome with other fields, only the version can be told.
    #[derive(serde::Deserialize)]
    struct Version {
        schema: u32,
    }
    let Version { schema: found } = serde_json::from_str(json)?;
    if found != SCHEMA_VERSION {
        return Err(ReadError::OtherSchema { found });
    }
    Ok(serde_json::from_str(json)?)
}

/// A result that is written as JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Document {
    /// Of one rehearsal.
    #[default]
    Outcome,
    /// Of a search.
    Search,
    /// Of the way back from every moment.
    Rollback,
    /// Of what gates are worth.
    Gates,
    /// Of two runbooks.
    Diff,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Outcome,
        Self::Search,
        Self::Rollback,
        Self::Gates,
        Self::Diff,
    ];

    /// As the commands and files are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Search => "search",
            Self::Rollback => "rollback",
            Self::Gates => "gates",
            Self::Diff => "diff",
        }
    }

    /// Its JSON schema, with a line break at the end.
    pub fn schema(self) -> String {
        let mut schema = match self {
            Self::Outcome => outcome::json_schema(),
            Self::Search => outcome::search::search_schema(),
            Self::Rollback => outcome::rollback::rollback_schema(),
            Self::Gates => outcome::gates::gates_schema(),
            Self::Diff => outcome::diff::diff_schema(),
        };
        schema.push('\n');
        schema
    }
}

/// The JSON schema of what [`write()`] writes, with a line break at the end.
pub fn schema() -> String {
    Document::Outcome.schema()
}
