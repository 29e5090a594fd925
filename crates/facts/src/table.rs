//! The grammar of the data files: one fact a line, columns between bars, histories between semicolons.
//!
//! ```text
//! # what starts with a hash is for readers
//! acks                                | 2.4.1 "1"; 3.0.2 "all" | string | "[all, -1, 0, 1]"
//! controlled.shutdown.max.retries     | 2.4.1 3; 4.0.2 gone    | int    |
//! ```
//!
//! A history says from where on something is so: `2.4.1 "1"; 3.0.2 "all"` is `"1"` in every release from 2.4.1 up to the one
//! before 3.0.2. Only changes are written, so that a new release that changes nothing changes no line. `gone` ends a history.
//! Inside double quotes bars, semicolons and spaces are plain text.
//!
//! The generator (`cargo xtask facts`) writes what this module reads.

use std::fmt;

/// Something in a data file that does not follow the grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct TableError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// One line of a table.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    line: usize,
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// The cell in this column, from 0, without the spaces around it.
    pub fn cell(&self, column: usize) -> &'a str {
        self.cells[column]
    }

    /// The cell, or `None` if it is empty.
    pub fn optional(&self, column: usize) -> Option<&'a str> {
        Some(self.cells[column]).filter(|cell| !cell.is_empty())
    }

    /// The cell as a history, each value read by `read`.
    pub fn history<K, T>(
        &self,
        column: usize,
        key: impl Fn(&'a str) -> Option<K>,
        read: impl Fn(&'a str) -> Option<T>,
    ) -> Result<Vec<(K, Option<T>)>, TableError> {
        let mut entries = Vec::new();
        for entry in split(self.cells[column], ';') {
            let (from, value) = entry
                .split_once(' ')
                .ok_or_else(|| self.error(format!("`{entry}` has no value")))?;
            let from = key(from)
                .ok_or_else(|| self.error(format!("`{from}` does not say from where on")))?;
            let value = match value.trim() {
                "gone" => None,
                value => Some(
                    read(value).ok_or_else(|| self.error(format!("`{value}` cannot be read")))?,
                ),
            };
            entries.push((from, value));
        }
        Ok(entries)
    }

    /// A cell in which a single value may stand alone: then it is so since `first`.
    pub fn history_since<K: Copy, T>(
        &self,
        column: usize,
        first: K,
        key: impl Fn(&'a str) -> Option<K>,
        read: impl Fn(&'a str) -> Option<T>,
    ) -> Result<Vec<(K, Option<T>)>, TableError> {
        let cell = self.cells[column];
        let starts_with_key = cell
            .split_once(' ')
            .is_some_and(|(from, _)| key(from).is_some());
        if cell.is_empty() || starts_with_key {
            return self.history(column, key, read);
        }
        let value = read(cell).ok_or_else(|| self.error(format!("`{cell}` cannot be read")))?;
        Ok(vec![(first, Some(value))])
    }

    /// An error that names this row's line.
    pub fn error(&self, what: impl Into<String>) -> TableError {
        TableError {
            line: self.line,
            what: what.into(),
        }
    }
}

/// Every row of a table that has this many columns.
pub fn rows(text: &str, columns: usize) -> Result<Vec<Row<'_>>, TableError> {
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        // An empty last cell stays a cell, so the split is not `split` below.
        let row = Row {
            line: index + 1,
            cells: cells(line),
        };
        if row.cells.len() != columns {
            return Err(row.error(format!(
                "{} columns where the table has {columns}",
                row.cells.len()
            )));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The entries of a list in a cell: `a; b` is two, nothing is none.
pub fn split(cell: &str, separator: char) -> Vec<&str> {
    if cell.is_empty() {
        Vec::new()
    } else {
        outside_quotes(cell, separator)
    }
}

fn cells(line: &str) -> Vec<&str> {
    outside_quotes(line, '|')
}

fn outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                parts.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// Rows on their way to a file: the columns are padded so that the bars stand below each other.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    head: String,
    rows: Vec<Vec<String>>,
}

impl Writer {
    /// A table that begins with these lines of comment, written without the hash.
    pub fn new(head: &str) -> Self {
        let head = head
            .lines()
            .map(|line| format!("# {line}").trim_end().to_owned() + "\n")
            .collect();
        Self {
            head,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Padding to the widest cell would make one odd row widen all the others.
        const WIDEST: usize = 42;
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.filter(|&width| width <= WIDEST).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        f.write_str(&self.head)?;
        for row in &self.rows {
            let padded: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, &width)| format!("{cell:width$}"))
                .collect();
            writeln!(f, "{}", padded.join(" | ").trim_end())?;
        }
        Ok(())
    }
}

/// A history as a cell: `2.4.1 "1"; 3.0.2 "all"`.
pub fn history_cell<K: fmt::Display, T: fmt::Display>(entries: &[(K, Option<T>)]) -> String {
    let entry = |(from, value): &(K, Option<T>)| match value {
        Some(value) => format!("{from} {value}"),
        None => format!("{from} gone"),
    };
    entries.iter().map(entry).collect::<Vec<_>>().join("; ")
}

/// Only the changes of a value that was looked at in each of `keys`: what a history writes down.
pub fn changes<K: Copy, T: PartialEq>(
    values: impl IntoIterator<Item = (K, Option<T>)>,
) -> Vec<(K, Option<T>)> {
    let mut entries: Vec<(K, Option<T>)> = Vec::new();
    for (key, value) in values {
        let before = entries.last().and_then(|(_, value)| value.as_ref());
        if before != value.as_ref() {
            entries.push((key, value));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<u32> {
        text.parse().ok()
    }

    #[test]
    fn bars_and_semicolons_inside_quotes_are_text() {
        let row = &rows("a | 1 \"x|y; \\\" z\"; 2 gone | ", 3).unwrap()[0];
        let history = row.history(1, number, Some).unwrap();
        assert_eq!(history, [(1, Some("\"x|y; \\\" z\"")), (2, None)]);
        assert_eq!(row.optional(2), None);
    }

    #[test]
    fn a_value_that_never_changed_stands_alone() {
        let row = &rows("a | int internal | 3 int; 4 gone |", 4).unwrap()[0];
        assert_eq!(
            row.history_since(1, 2, number, Some).unwrap(),
            [(2, Some("int internal"))]
        );
        assert_eq!(
            row.history_since(2, 2, number, Some).unwrap(),
            [(3, Some("int")), (4, None)]
        );
        assert_eq!(row.history_since(3, 2, number, Some).unwrap(), []);
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(
            rows("# head\n\na | b", 3).unwrap_err().to_string(),
            "line 3: 2 columns where the table has 3"
        );
        let row = &rows("# head\na | 1 x; two y", 2).unwrap()[0];
        assert_eq!(
            row.history(1, number, Some).unwrap_err().to_string(),
            "line 2: `two` does not say from where on"
        );
        assert_eq!(
            row.history(1, |k| Some(k.len()), number)
                .unwrap_err()
                .to_string(),
            "line 2: `x` cannot be read"
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let history = changes([
            (1, None),
            (2, Some("\"a;b\"")),
            (3, Some("\"a;b\"")),
            (4, None),
            (5, Some("c")),
        ]);
        assert_eq!(history, [(2, Some("\"a;b\"")), (4, None), (5, Some("c"))]);
        let mut writer = Writer::new("what it is\n\nsetting | default");
        writer.row(["long.name".into(), history_cell(&history)]);
        writer.row(["x".into(), String::new()]);
        let text = writer.to_string();
        assert_eq!(
            text,
            "# what it is\n#\n# setting | default\nlong.name | 2 \"a;b\"; 4 gone; 5 c\nx         |\n"
        );
        let rows = rows(&text, 2).unwrap();
        assert_eq!(rows[0].history(1, number, Some).unwrap(), history);
        assert_eq!(rows[1].cell(1), "");
    }
}
