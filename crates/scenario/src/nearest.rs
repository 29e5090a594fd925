//! "Did you mean …": the nearest of the names that would be right.

/// A longer word is not a slip of the finger.
const LONGEST_WORD: usize = 250;

/// More names are not compared: a suggestion must not take longer than reading the file.
const MOST_CANDIDATES: usize = 5_000;

/// The nearest name, if one is near enough to be worth saying.
///
/// Near enough is an edit distance of at most a third of the word's length, or equality but for upper and lower case,
/// hyphens and underscores. Ties go to the first candidate.
pub(crate) fn nearest<'a, S: AsRef<str> + ?Sized + 'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a S>,
) -> Option<&'a str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    let plain = fold(word);
    let most = match word.chars().count() {
        0..=2 => 0,
        length => (length / 3).min(4),
    };
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates.into_iter().take(MOST_CANDIDATES) {
        let candidate = candidate.as_ref();
        // A long word is compared only with words that could be near it at all.
        if candidate.len().abs_diff(word.len()) > 4 * (most + 1) {
            continue;
        }
        let folded = fold(candidate);
        let distance = if folded == plain {
            0
        } else {
            strsim::osa_distance(&plain, &folded)
        };
        if distance <= most && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| name)
}

/// "`a`, `b` or `c`". With more than `most` names the rest is counted.
pub(crate) fn one_of<S: AsRef<str>>(names: &[S], most: usize) -> String {
    sentence(names, most, "or")
}

/// "`a`, `b` and `c`". With more than `most` names the rest is counted.
pub(crate) fn all_of<S: AsRef<str>>(names: &[S], most: usize) -> String {
    sentence(names, most, "and")
}

fn sentence<S: AsRef<str>>(names: &[S], most: usize, joint: &str) -> String {
    let quoted: Vec<String> = names
        .iter()
        .take(most)
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    let left = names.len().saturating_sub(most);
    match (quoted.as_slice(), left) {
        ([], _) => String::from("nothing"),
        ([only], 0) => only.clone(),
        ([head @ .., last], 0) => format!("{} {joint} {last}", head.join(", ")),
        (all, left) => format!("{} and {left} more", all.join(", ")),
    }
}

fn fold(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '_' | '-' | '.' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let names = ["partitions", "replicas", "settings"];
        assert_eq!(nearest("partition", names), Some("partitions"));
        assert_eq!(nearest("Replicas", names), Some("replicas"));
        assert_eq!(nearest("setings", names), Some("settings"));
    }

    #[test]
    fn a_different_word_finds_none() {
        assert_eq!(nearest("zookeeper", ["partitions", "replicas"]), None);
    }

    #[test]
    fn case_hyphens_and_underscores_do_not_matter() {
        assert_eq!(
            nearest("under_replicated", ["UnderReplicated"]),
            Some("UnderReplicated")
        );
        assert_eq!(nearest("on-timeout", ["on_timeout"]), Some("on_timeout"));
    }

    #[test]
    fn lists_read_like_a_sentence() {
        assert_eq!(one_of(&["a"], 9), "`a`");
        assert_eq!(one_of(&["a", "b", "c"], 9), "`a`, `b` or `c`");
        assert_eq!(one_of(&["a", "b", "c"], 2), "`a`, `b` and 1 more");
    }
}
