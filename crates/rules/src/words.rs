//! Words that many rules use.

use facts::KafkaVersion;
use scenario::model::NodeId;

/// Major and minor.
pub(crate) fn line(version: KafkaVersion) -> (u16, u16) {
    (version.major, version.minor)
}

/// "1 partition", "3 partitions".
pub(crate) fn count(n: u64, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// "1, 2 and 3".
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// "broker 1", "brokers 1, 2 and 3".
pub(crate) fn nodes(word: &str, ids: &[NodeId]) -> String {
    let ids_in_words: Vec<String> = ids.iter().map(NodeId::to_string).collect();
    format!(
        "{word}{} {}",
        if ids.len() == 1 { "" } else { "s" },
        list(&ids_in_words)
    )
}

/// "9 s", "1500 ms", "5 min": a time as people say it.
pub(crate) fn millis(ms: u64) -> String {
    match ms {
        0 => "0 s".to_owned(),
        _ if ms.is_multiple_of(60_000) => format!("{} min", ms / 60_000),
        _ if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        _ => format!("{ms} ms"),
    }
}

/// A length of time in nanoseconds as people say it.
pub(crate) fn nanos(ns: u64) -> String {
    millis(ns / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_read_like_text() {
        assert_eq!(nodes("broker", &[2]), "broker 2");
        assert_eq!(nodes("broker", &[1, 2, 3]), "brokers 1, 2 and 3");
        assert_eq!(count(1, "partition"), "1 partition");
        assert_eq!(millis(120_000), "2 min");
        assert_eq!(millis(1_500), "1500 ms");
    }
}
