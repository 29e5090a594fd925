//! A rule as a page for people: for a terminal, and in Markdown.

use crate::Rule;
use std::fmt::Write as _;

/// Lines are broken before they are longer than this, unless a single word is.
#[derive(Clone, Copy, Debug)]
pub struct Width(pub usize);

/// The whole rule as text.
pub fn text(rule: &Rule, width: Width) -> String {
    let mut page = String::new();
    let mut put = |text: &str| page.push_str(text);
    put(&wrapped(
        &format!("{}  {}", rule.id, rule.title),
        "",
        "      ",
        width,
    ));
    put(&format!(
        "      {}, versions: {}\n",
        rule.topic, rule.versions
    ));
    for (head, body) in [
        ("What happens", rule.what),
        ("Why", rule.why),
        ("Instead", rule.instead),
    ] {
        put(&format!("\n{head}\n"));
        put(&wrapped(body, "  ", "  ", width));
    }
    put("\nRehearse it\n");
    if let Some(path) = rule.bites {
        put(&format!("  bites:   dryroll run {path}\n"));
    }
    if let Some(path) = rule.spares {
        put(&format!("  spares:  dryroll run {path}\n"));
    }
    put("  yours:   dryroll check FILE\n");
    if !rule.explains.is_empty() {
        put("\nExplains in a run\n");
        put(&wrapped(&rule.explains.join(", "), "  ", "  ", width));
    }
    put("\nSources\n");
    for source in rule.sources {
        put(&wrapped(source, "  - ", "    ", width));
    }
    page
}

/// The whole rule in Markdown. Links lead from `docs/rules/`.
pub fn markdown(rule: &Rule) -> String {
    let mut page = String::new();
    let mut put = |text: String| page.push_str(&text);
    put(format!("# {}: {}\n\n", rule.id, rule.title));
    put(format!(
        "Topic: {}. Versions: {}.\n",
        rule.topic, rule.versions
    ));
    for (head, body) in [
        ("What happens", rule.what),
        ("Why", rule.why),
        ("Instead", rule.instead),
    ] {
        put(format!("\n## {head}\n\n{body}\n"));
    }
    put("\n## Rehearse it\n\n".to_owned());
    for (what, path) in [("It bites in", rule.bites), ("It does not in", rule.spares)] {
        if let Some(path) = path {
            put(format!("- {what} [{path}](../../{path})\n"));
        }
    }
    put(format!(
        "- `dryroll check FILE` looks for it in yours; `dryroll explain {}` prints this page\n",
        rule.id
    ));
    if !rule.explains.is_empty() {
        let links: Vec<String> = rule
            .explains
            .iter()
            .map(|code| format!("[`{code}`](../findings.md#{code})"))
            .collect();
        put(format!("\n## Explains in a run\n\n{}\n", links.join(", ")));
    }
    put("\n## Sources\n\n".to_owned());
    for source in rule.sources {
        put(format!("- {source}\n"));
    }
    page
}

/// All rules in one table, topic by topic, in Markdown.
pub fn index<'a>(rules: impl Iterator<Item = &'a Rule> + Clone) -> String {
    let mut page = String::from(
        "# The rule book\n\nEvery rule that a runbook can break. `dryroll rules` lists them, `dryroll explain K001` prints one, `dryroll check FILE` \
         looks for them in your files, and the findings of `dryroll run` name the rules that explain them. A test keeps these pages as \
         the program is.\n",
    );
    for topic in crate::Topic::ALL {
        let mut of_topic = rules.clone().filter(|rule| rule.topic == topic).peekable();
        if of_topic.peek().is_none() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## {}: {}\n\n| | | versions |\n|---|---|---|\n",
            capital(topic.name()),
            topic.about()
        );
        for rule in of_topic {
            let _ = writeln!(
                page,
                "| [{}]({}.md) | {} | {} |",
                rule.id, rule.id, rule.title, rule.versions
            );
        }
    }
    page
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The text broken into lines. The first begins with `first`, the others with `rest`.
pub fn wrapped(text: &str, first: &str, rest: &str, width: Width) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > width.0 {
            lines.push_str(&line);
            lines.push('\n');
            line = rest.to_owned();
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_fits_on_80_columns() {
        for rule in crate::book::rules() {
            for line in text(rule, Width(80)).lines() {
                let long_word = !line.trim().contains(' ');
                assert!(
                    line.chars().count() <= 80 || long_word,
                    "{}: {line}",
                    rule.id
                );
            }
        }
    }

    #[test]
    fn a_long_text_is_broken_between_words() {
        assert_eq!(
            wrapped("one two three", "- ", "  ", Width(9)),
            "- one two\n  three\n"
        );
    }
}
