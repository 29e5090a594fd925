//! Texts of tools and logs without what differs from run to run.

/// A line without epochs, offsets and the noise of a log.
pub(crate) fn plain(line: &str) -> String {
    let mut text = line.trim().to_owned();
    if let Some((head, _)) = text.split_once("Epoch: ") {
        text = head.trim_end().to_owned();
    }
    for marker in [" from offset ", " in snapshot at offset ", " at offset "] {
        while let Some(at) = text.find(marker) {
            let digits = text[at + marker.len()..]
                .chars()
                .take_while(char::is_ascii_digit)
                .count();
            text.replace_range(at..at + marker.len() + digits, "");
        }
    }
    // "log record 0 in snapshot" is "log record" without its number.
    if let Some(at) = text.find("log record ") {
        let after = at + "log record ".len();
        let digits = text[after..]
            .chars()
            .take_while(char::is_ascii_digit)
            .count();
        if digits > 0 {
            text.replace_range(after - 1..after + digits, "");
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines that matter of what a tool printed.
pub(crate) fn lines(output: &str) -> Vec<String> {
    output
        .lines()
        .map(plain)
        .filter(|line| !line.is_empty() && line != "TIMEOUT")
        .collect()
}

/// Why an answer may differ, by what both sides say.
pub(crate) fn suspected(observed: &str, predicted: &str) -> &'static str {
    if observed.contains("Local controller 403") && predicted.contains("Broker 301") {
        return "which of two voters that are equally far leads next is a draw in Kafka (the order of their fetches); the model takes the lower id, and that one was upgraded already";
    }
    if observed.contains("running, not ready") && predicted == "ready" {
        return "the machine was overloaded (load 50 to 240): the process was not ready within the 90 s that were watched, and was later";
    }
    if observed.contains("kill -9") || observed.contains("did not end") {
        return "the machine was overloaded, or the broker had no controller to ask for leave: its stop took longer than the 60 s that were watched";
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn offsets_and_epochs_are_left_out() {
        assert_eq!(
            plain("Feature: kraft.version\tSupportedMinVersion: 0\tEpoch: 54"),
            "Feature: kraft.version SupportedMinVersion: 0"
        );
        assert_eq!(
            plain("Error loading metadata log record 0 in snapshot at offset 2"),
            "Error loading metadata log record"
        );
        assert_eq!(
            plain("Error loading metadata log record from offset 665"),
            "Error loading metadata log record"
        );
        assert_eq!(
            plain("Unable to apply FeatureLevelRecord record at offset 663 on standby controller"),
            "Unable to apply FeatureLevelRecord record on standby controller"
        );
    }
}
