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

/// The JSON schema of what [`write()`] writes, with a line break at the end.
pub fn schema() -> String {
    let mut schema = outcome::json_schema();
    schema.push('\n');
    schema
}
