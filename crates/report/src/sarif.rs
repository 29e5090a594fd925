//! SARIF 2.1.0, the format in which code scanning services take results of static checks.
//!
//! Source: OASIS, Static Analysis Results Interchange Format 2.1.0.

use serde_json::{Value, json};

/// The version of the format.
pub const VERSION: &str = "2.1.0";
/// Its schema.
pub const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A rule that a result can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name.
    pub id: String,
    /// It in one line.
    pub title: String,
    /// The whole of it as text.
    pub help: String,
    /// What it is about.
    pub tags: Vec<String>,
}

/// How bad a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It has to be mended.
    Error,
    /// It probably has.
    Warning,
}

/// A range of text. Lines and columns count from 1, columns in characters; the end is one past the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The file as it was given.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// One past the last column.
    pub end_column: usize,
}

/// One result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The rule, or kind of mistake, by its name.
    pub rule: String,
    /// How bad.
    pub level: Level,
    /// What is wrong, in sentences.
    pub message: String,
    /// Where.
    pub place: Region,
    /// Other places that belong to it, with what is to be seen there.
    pub related: Vec<(Region, String)>,
    /// What to put in place of which text, if an edit mends it: what it does, where, by what.
    pub fix: Option<(String, Region, String)>,
}

/// The document of one run of a tool. `rules` are those that results may name; a result whose rule is not among them names it all the same.
pub fn write(tool_version: &str, rules: &[Rule], found: &[Found]) -> String {
    let results: Vec<Value> = found.iter().map(|one| result(one, rules)).collect();
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": { "text": rule.title },
                "fullDescription": { "text": rule.title },
                "help": { "text": rule.help },
                "properties": { "tags": rule.tags },
            })
        })
        .collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [{
            "tool": { "driver": { "name": "dryroll", "semanticVersion": tool_version, "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn result(found: &Found, rules: &[Rule]) -> Value {
    let mut result = json!({
        "ruleId": found.rule,
        "level": match found.level {
            Level::Error => "error",
            Level::Warning => "warning",
        },
        "message": { "text": found.message },
        "locations": [{ "physicalLocation": location(&found.place) }],
    });
    if let Some(index) = rules.iter().position(|rule| rule.id == found.rule) {
        result["ruleIndex"] = json!(index);
    }
    if !found.related.is_empty() {
        let related: Vec<Value> = found
            .related
            .iter()
            .map(|(region, text)| {
                json!({ "physicalLocation": location(region), "message": { "text": text } })
            })
            .collect();
        result["relatedLocations"] = json!(related);
    }
    if let Some((text, region, by)) = &found.fix {
        result["fixes"] = json!([{
            "description": { "text": text },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(&region.file) },
                "replacements": [{ "deletedRegion": lines(region), "insertedContent": { "text": by } }],
            }],
        }]);
    }
    result
}

fn location(region: &Region) -> Value {
    json!({ "artifactLocation": { "uri": uri(&region.file) }, "region": lines(region) })
}

fn lines(region: &Region) -> Value {
    json!({
        "startLine": region.line,
        "startColumn": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    })
}

/// A path as a relative reference (RFC 3986): what is not allowed in one is written in hexadecimal.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region() -> Region {
        Region {
            file: "my files/a.ron".to_owned(),
            line: 3,
            column: 5,
            end_line: 3,
            end_column: 9,
        }
    }

    #[test]
    fn a_result_names_its_rule_its_place_and_its_fix() {
        let rule = Rule {
            id: "K001".to_owned(),
            title: "t".to_owned(),
            help: "h".to_owned(),
            tags: vec!["rolling".to_owned()],
        };
        let found = Found {
            rule: "K001".to_owned(),
            level: Level::Error,
            message: "m".to_owned(),
            place: region(),
            related: vec![(region(), "here too".to_owned())],
            fix: Some(("one at a time".to_owned(), region(), "1".to_owned())),
        };
        let text = write("0.1.0", &[rule], &[found]);
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let run = &document["runs"][0];
        let result = &run["results"][0];
        assert_eq!(document["version"], "2.1.0");
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "K001");
        assert_eq!(result["ruleIndex"], 0);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20files/a.ron");
        assert_eq!(place["region"]["startColumn"], 5);
        let change = &result["fixes"][0]["artifactChanges"][0];
        assert_eq!(change["replacements"][0]["insertedContent"]["text"], "1");
    }
}
