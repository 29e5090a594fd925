//! The value of a default.

use std::fmt;

use serde::{Serialize, Serializer};

/// A default as Kafka declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// There is no value where none is set. What happens then is up to the code: `log.retention.ms` gives way to
    /// `log.retention.minutes`, `broker.rack` stays unknown.
    Null,
    /// There is no default: without a value the process does not start.
    Required,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number, as it is written.
    Decimal(&'static str),
    /// Text, or the name of a class.
    Text(String),
    /// A list.
    List(Vec<String>),
}

impl Value {
    /// What stands in a properties file to the same effect; `None` where nothing does.
    ///
    /// ```
    /// let default = |name| facts::of("3.9").unwrap().broker().default(name).unwrap().value().as_text();
    /// assert_eq!(default("listeners").as_deref(), Some("PLAINTEXT://:9092"));
    /// assert_eq!(default("ssl.enabled.protocols").as_deref(), Some("TLSv1.2,TLSv1.3"));
    /// assert_eq!(default("broker.rack"), None);
    /// ```
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Null | Self::Required => None,
            Self::Bool(value) => Some(value.to_string()),
            Self::Int(value) => Some(value.to_string()),
            Self::Decimal(value) => Some((*value).to_owned()),
            Self::Text(value) => Some(value.clone()),
            Self::List(items) => Some(items.join(",")),
        }
    }

    /// To an operator both are the same. Some settings became lists in 4.2, so that their default changed its form only:
    /// `PLAINTEXT://:9092` to a list of this one listener, and nothing to an empty list.
    pub fn means_the_same_as(&self, other: &Self) -> bool {
        let text = |value: &Self| match value {
            Self::Required => None,
            value => Some(value.as_text().unwrap_or_default()),
        };
        self == other || text(self).is_some_and(|one| Some(one) == text(other))
    }

    pub(super) fn parse(cell: &'static str) -> Option<Self> {
        match cell {
            "null" => return Some(Self::Null),
            "required" => return Some(Self::Required),
            "true" => return Some(Self::Bool(true)),
            "false" => return Some(Self::Bool(false)),
            _ => {}
        }
        match cell.as_bytes().first()? {
            b'"' => serde_json::from_str(cell).ok().map(Self::Text),
            b'[' => serde_json::from_str(cell).ok().map(Self::List),
            _ => match cell.parse() {
                Ok(number) => Some(Self::Int(number)),
                Err(_) => cell.parse::<f64>().is_ok().then_some(Self::Decimal(cell)),
            },
        }
    }
}

/// For people: `null`, `required` and `""` stand for what cannot be seen.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.as_text()) {
            (Self::Required, _) => f.write_str("required"),
            (_, None) => f.write_str("null"),
            (_, Some(text)) if text.is_empty() => f.write_str("\"\""),
            (_, Some(text)) => f.write_str(&text),
        }
    }
}

/// As JSON: numbers and lists as such; a default that must be given is an object, `{"required": true}`.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Required => serializer.collect_map([("required", true)]),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Decimal(value) => serializer.serialize_str(value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => items.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_by_their_first_letter() {
        for (cell, value, shown) in [
            ("null", Value::Null, "null"),
            ("required", Value::Required, "required"),
            ("\"required\"", Value::Text("required".into()), "required"),
            ("true", Value::Bool(true), "true"),
            ("-1", Value::Int(-1), "-1"),
            (
                "9223372036854775807",
                Value::Int(i64::MAX),
                "9223372036854775807",
            ),
            ("0.5", Value::Decimal("0.5"), "0.5"),
            (
                "1.7976931348623157e308",
                Value::Decimal("1.7976931348623157e308"),
                "1.7976931348623157e308",
            ),
            ("\"\"", Value::Text(String::new()), "\"\""),
            ("[]", Value::List(vec![]), "\"\""),
            (
                "[\"a\",\"b\"]",
                Value::List(vec!["a".into(), "b".into()]),
                "a,b",
            ),
        ] {
            assert_eq!(Value::parse(cell), Some(value.clone()), "{cell}");
            assert_eq!(value.to_string(), shown, "{cell}");
        }
        assert_eq!(Value::parse("nothing"), None);
    }

    #[test]
    fn a_default_that_changed_its_form_means_the_same() {
        let text = Value::Text("a".into());
        assert!(text.means_the_same_as(&Value::List(vec!["a".into()])));
        assert!(Value::Null.means_the_same_as(&Value::List(vec![])));
        assert!(!Value::Null.means_the_same_as(&Value::Required));
        assert!(!Value::Required.means_the_same_as(&Value::Text(String::new())));
        assert!(!Value::Int(0).means_the_same_as(&Value::Int(5)));
    }
}
