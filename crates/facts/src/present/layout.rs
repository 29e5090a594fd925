//! Text for 80 columns.

use std::fmt::Write;

/// How wide a terminal is taken to be.
pub(super) const WIDTH: usize = 80;

/// Text in the making.
#[derive(Default)]
pub(crate) struct Sheet {
    text: String,
}

impl Sheet {
    /// A heading, with an empty line above it.
    pub(crate) fn heading(&mut self, heading: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(heading);
        self.text.push('\n');
    }

    /// A label and what it says, the text standing in a column of its own.
    pub(crate) fn labelled(&mut self, indent: usize, label: &str, column: usize, text: &str) {
        self.wrapped(
            &format!("{:indent$}{label:width$}", "", width = column - indent),
            column,
            text,
        );
    }

    /// A line that goes on four columns further in where it is too long.
    pub(crate) fn line(&mut self, indent: usize, text: &str) {
        self.wrapped(&" ".repeat(indent), indent + 4, text);
    }

    /// A label, and names with commas between them below it.
    pub(crate) fn names<'a>(
        &mut self,
        indent: usize,
        label: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) {
        let names: Vec<String> = names.into_iter().map(unbroken).collect();
        if names.is_empty() {
            return;
        }
        self.line(indent, label);
        self.wrapped(&" ".repeat(indent + 2), indent + 2, &names.join(", "));
    }

    fn wrapped(&mut self, start: &str, indent: usize, text: &str) {
        let mut line = start.to_owned();
        let mut empty = true;
        for word in text.split(' ').flat_map(pieces) {
            let fits = line.chars().count()
                + usize::from(!empty && !word.joined)
                + word.text.chars().count()
                <= WIDTH;
            if !empty && !fits {
                self.push(&line);
                line = " ".repeat(indent);
                empty = true;
            }
            if !empty && !word.joined {
                line.push(' ');
            }
            line.push_str(word.text);
            empty = false;
        }
        self.push(&line);
    }

    fn push(&mut self, line: &str) {
        writeln!(self.text, "{}", line.trim_end().replace(UNBROKEN, " ")).expect("text can grow");
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// A piece of text that stays on one line.
struct Piece<'a> {
    text: &'a str,
    /// No space before it.
    joined: bool,
}

/// A word that is wider than a line can be cut after its commas.
fn pieces(word: &str) -> Vec<Piece<'_>> {
    const LONG: usize = 40;
    if word.chars().count() <= LONG {
        return vec![Piece {
            text: word,
            joined: false,
        }];
    }
    let parts = word.split_inclusive(',').enumerate();
    parts
        .map(|(index, text)| Piece {
            text,
            joined: index > 0,
        })
        .collect()
}

/// A space at which no line ends.
const UNBROKEN: &str = "\u{a0}";

/// Text that stays on one line.
pub(super) fn unbroken(text: &str) -> String {
    text.replace(' ', UNBROKEN)
}

/// Java classes by their last name: the packages say little and are long.
pub(super) fn short(text: &str) -> String {
    let last = |name: &str| match name.strip_prefix("org.apache.kafka.") {
        Some(rest) => rest.rsplit('.').next().unwrap_or(rest).to_owned(),
        None => name.to_owned(),
    };
    text.split(',').map(last).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_goes_on_in_its_column() {
        let mut sheet = Sheet::default();
        sheet.heading("Kafka");
        sheet.labelled(2, "label", 10, &"word ".repeat(20));
        sheet.heading("More");
        sheet.line(2, &"x".repeat(90));
        let text = sheet.finish();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            format!("  label   {}", "word ".repeat(14).trim_end())
        );
        assert_eq!(
            lines[2],
            format!("          {}", "word ".repeat(6).trim_end())
        );
        assert_eq!(lines[3..5], ["", "More"]);
        assert_eq!(
            lines[5].trim(),
            "x".repeat(90),
            "what cannot be cut stays whole"
        );
    }

    #[test]
    fn what_belongs_together_stays_on_one_line() {
        let mut sheet = Sheet::default();
        sheet.names(0, "new", ["Fetch 0-17 → 4-18"; 6]);
        let text = sheet.finish();
        assert!(
            text.lines()
                .skip(1)
                .all(|line| line.starts_with("  Fetch 0-17 → 4-18")),
            "{text}"
        );
    }

    #[test]
    fn a_list_is_cut_after_a_comma() {
        let mut sheet = Sheet::default();
        sheet.line(2, &format!("{},{}", "a".repeat(60), "b".repeat(60)));
        assert_eq!(
            sheet.finish(),
            format!("  {},\n      {}\n", "a".repeat(60), "b".repeat(60))
        );
    }

    #[test]
    fn java_classes_lose_their_packages() {
        let assignors = "org.apache.kafka.clients.consumer.RangeAssignor,org.example.Own";
        assert_eq!(short(assignors), "RangeAssignor,org.example.Own");
    }
}
