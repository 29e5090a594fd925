//! Escaping, one function per language that text is put into.
//!
//! Each is total: whatever the text holds, the result is text to its reader, never markup. The text is
//! [cleaned](super::clean()) first where it stands on one line.

use super::clean;

/// For the text and the quoted attributes of HTML and XML.
pub(crate) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// JSON text that may stand inside of a `<script>`: still the same JSON, but no `<`, `>`, `&` and no line separator in
/// it, so that neither `</script>` nor `<!--` can occur.
pub(crate) fn json_in_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        match c {
            '<'
            | '>'
            | '&'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{7F}'..='\u{9F}'
            | '\u{FFFE}'
            | '\u{FFFF}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// For running text and table cells of GitHub's Markdown. Neither markup nor a mention of a person gets through.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let text = clean(text);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            // A colon can begin an emoji or make a link, but not before a digit or a blank.
            ':' if characters
                .peek()
                .is_some_and(|next| !next.is_ascii_digit() && *next != ' ') =>
            {
                out.push_str("&#58;")
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// For the message of a GitHub workflow command.
pub(crate) fn github_message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// For a property of a GitHub workflow command.
pub(crate) fn github_property(text: &str) -> String {
    github_message(&clean(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

/// A word for a POSIX shell, in quotes only where it needs them.
pub(crate) fn shell_word(word: &str) -> String {
    let word = clean(word);
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.into_owned();
    }
    let dashed = if word.starts_with('-') { "./" } else { "" };
    format!("{dashed}'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_cannot_be_left() {
        assert_eq!(
            markup("</text><script>alert('x')</script> & \"q\""),
            "&lt;/text&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;q&quot;"
        );
    }

    #[test]
    fn json_in_a_script_is_the_same_json() {
        let value = serde_json::json!({ "a</script><!--": "&\u{2028}\u{85}" });
        let escaped = json_in_script(&value.to_string());
        assert!(!escaped.contains(['<', '>', '&', '\u{2028}']));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&escaped).unwrap(),
            value
        );
    }

    #[test]
    fn markdown_keeps_cells_and_people_apart() {
        assert_eq!(
            markdown("a|b `c` @all #1 <b>"),
            "a\\|b \\`c\\` &#64;all &#35;1 &lt;b&gt;"
        );
        assert_eq!(
            markdown("at +6:12: see http://x"),
            "at +6:12: see http&#58;//x"
        );
    }

    #[test]
    fn workflow_commands_stay_on_their_line() {
        assert_eq!(github_message("50%\n::error::x"), "50%25%0A::error::x");
        assert_eq!(github_property("a,b:c\nd"), "a%2Cb%3Ac d");
    }

    #[test]
    fn shell_words() {
        assert_eq!(shell_word("prod-roll.ron"), "prod-roll.ron");
        assert_eq!(shell_word("it's mine.ron"), "'it'\\''s mine.ron'");
        assert_eq!(shell_word("$(reboot)"), "'$(reboot)'");
        assert_eq!(shell_word("-rf"), "./'-rf'");
        assert_eq!(shell_word(""), "''");
    }
}
