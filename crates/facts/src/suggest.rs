//! The names nearest to one that does not exist.

use std::fmt;

/// No such name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct UnknownName {
    /// Of what: "metadata version", "API", …
    pub kind: &'static str,
    /// What was asked.
    pub asked: String,
    /// The nearest names there are, the nearest first.
    pub nearest: Vec<String>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} `{}`", self.kind, self.asked)?;
        if !self.nearest.is_empty() {
            write!(f, "; the nearest: {}", self.nearest.join(", "))?;
        }
        Ok(())
    }
}

impl UnknownName {
    pub(crate) fn new<'a>(
        kind: &'static str,
        asked: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let nearest = nearest(asked, names)
            .into_iter()
            .map(str::to_owned)
            .collect();
        Self {
            kind,
            asked: asked.to_owned(),
            nearest,
        }
    }
}

/// At most three of `names` that a person who wrote `asked` may have meant, the best first.
///
/// ```
/// let names = ["min.insync.replicas", "max.message.bytes", "message.max.bytes"];
/// assert_eq!(facts::nearest("min.in.sync.replicas", names), ["min.insync.replicas"]);
/// assert_eq!(facts::nearest("max.bytes.message", names)[0], "max.message.bytes");
/// ```
pub fn nearest<'a>(asked: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    const SHOWN: usize = 3;
    let asked = asked.to_lowercase();
    let mut scored: Vec<(u32, &str)> = names
        .into_iter()
        .filter_map(|name| Some((score(&asked, &name.to_lowercase())?, name)))
        .collect();
    scored.sort_by(|(a, a_name), (b, b_name)| b.cmp(a).then(a_name.cmp(b_name)));
    scored.dedup_by_key(|(_, name)| *name);
    let best = scored.first().map_or(0, |(score, _)| *score);
    // What is far worse than the best one is no help beside it.
    const BESIDE: u32 = 120;
    scored
        .into_iter()
        .take_while(|(score, _)| score + BESIDE >= best)
        .take(SHOWN)
        .map(|(_, name)| name)
        .collect()
}

/// How alike two names are, in thousandths; `None` if they are not alike at all. The letters are nearly the same, or the words
/// between dots and dashes are, in another order or with some left out, or one is the beginning or the end of the other.
fn score(asked: &str, name: &str) -> Option<u32> {
    const ALIKE: u32 = 700;
    const PART: u32 = 750;
    const TELLING: usize = 4;
    let thousandths = |ratio: f64| (ratio * 1000.0) as u32;
    let letters = thousandths(strsim::normalized_damerau_levenshtein(asked, name));
    let words = |text: &str| -> Vec<String> {
        text.split(['.', '-', '_', ' '])
            .map(str::to_owned)
            .collect()
    };
    let (a, mut b) = (words(asked), words(name));
    let all = a.len() + b.len();
    let mut common = 0;
    for word in a {
        if let Some(at) = b.iter().position(|other| *other == word) {
            b.swap_remove(at);
            common += 1;
        }
    }
    let words = thousandths(2.0 * f64::from(common) / all as f64);
    let part = asked.len() >= TELLING && (name.starts_with(asked) || name.ends_with(asked));
    let part = if part { PART } else { 0 };
    Some(letters.max(words).max(part)).filter(|score| *score >= ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = [
        "acks",
        "linger.ms",
        "replica.lag.time.max.ms",
        "replica.fetch.wait.max.ms",
        "retention.ms",
    ];

    #[test]
    fn a_slip_of_the_finger_is_found() {
        assert_eq!(nearest("acsk", NAMES), ["acks"]);
        assert_eq!(nearest("linger.m", NAMES), ["linger.ms"]);
        assert_eq!(nearest("retension.ms", NAMES), ["retention.ms"]);
        assert_eq!(
            nearest("REPLICA.LAG.TIME.MAX.MS", NAMES),
            ["replica.lag.time.max.ms"]
        );
    }

    #[test]
    fn words_in_another_order_are_found() {
        assert_eq!(
            nearest("replica.lag.max.time.ms", NAMES),
            ["replica.lag.time.max.ms"]
        );
        assert_eq!(
            nearest("replica.lag.max.ms", NAMES)[0],
            "replica.lag.time.max.ms"
        );
        assert_eq!(nearest("replica.lag", NAMES), ["replica.lag.time.max.ms"]);
        assert_eq!(
            nearest("fetch.wait.max.ms", NAMES)[0],
            "replica.fetch.wait.max.ms"
        );
    }

    #[test]
    fn what_is_not_alike_is_not_suggested() {
        assert_eq!(nearest("compression", NAMES), Vec::<&str>::new());
        let error = UnknownName::new("setting", "compression", NAMES);
        assert_eq!(error.to_string(), "there is no setting `compression`");
    }
}
