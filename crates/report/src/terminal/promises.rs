//! The promises: what was promised, what was measured, where and when it was worst.

use outcome::{Outcome, PromiseResult};

use super::page::{Ink, Page, padded};
use crate::text::width::width;
use crate::words;

const NAME: &str = "promise";
const MEASURED: &str = "measured";
const LIMIT: &str = "promised";
/// So many promises that held are listed in the short form.
const HELD_SHOWN: usize = 8;

pub(super) fn write(page: &mut Page, outcome: &Outcome, verbose: bool) {
    if outcome.promises.is_empty() {
        return;
    }
    page.heading(&format!("Promises: {}", words::promise_count(outcome)));
    let broken: Vec<_> = outcome
        .promises
        .iter()
        .filter(|promise| !promise.holds)
        .collect();
    let held: Vec<_> = outcome
        .promises
        .iter()
        .filter(|promise| promise.holds)
        .collect();
    let shown = if verbose {
        held.len()
    } else {
        held.len().min(HELD_SHOWN)
    };
    let rows: Vec<Row> = broken
        .into_iter()
        .chain(held.iter().take(shown).copied())
        .map(|p| Row::new(page, p))
        .collect();
    let columns = Columns::of(&rows, page.width());
    columns.head(page);
    for row in &rows {
        row.write(page, &columns, verbose);
    }
    page.more(4, held.len() - shown, "that held");
}

struct Row {
    holds: bool,
    name: String,
    measured: String,
    limit: String,
    place: String,
    text: String,
}

impl Row {
    fn new(page: &Page, promise: &PromiseResult) -> Row {
        let (measured, limit) = words::measured_and_limit(promise);
        Row {
            holds: promise.holds,
            name: page.text(&words::promise_name(promise)),
            measured: page.text(&measured),
            limit: page.text(&limit),
            place: page.text(&words::place_and_time(promise)),
            text: page.text(&promise.text),
        }
    }

    fn write(&self, page: &mut Page, columns: &Columns, verbose: bool) {
        let ellipsis = page.signs().ellipsis;
        let (ink, sign) = if self.holds {
            (Ink::Good, page.signs().good)
        } else {
            (Ink::Bad, page.signs().bad)
        };
        let strong = if self.holds { Ink::Plain } else { Ink::Strong };
        let head = format!("  {sign} ");
        let name = padded(&self.name, columns.name, ellipsis);
        let measured = padded(&self.measured, columns.measured, ellipsis);
        let limit = padded(&self.limit, columns.limit, ellipsis);
        let used = width(&head) + columns.name + columns.measured + columns.limit + 6;
        let place_fits = used + width(&self.place) <= page.width();
        let place = if place_fits { self.place.as_str() } else { "" };
        page.line(&[
            (ink, &head),
            (strong, &name),
            (Ink::Plain, "  "),
            (strong, &measured),
            (Ink::Plain, "  "),
            (Ink::Dim, &limit),
            (Ink::Plain, "  "),
            (Ink::Dim, place),
        ]);
        if !place_fits && (verbose || !self.holds) {
            page.flow(
                &[(Ink::Plain, "    ")],
                Ink::Dim,
                &format!("worst: {}", self.place),
                6,
            );
        }
        if verbose {
            page.flow(&[(Ink::Plain, "    ")], Ink::Dim, &self.text, 6);
        }
    }
}

struct Columns {
    name: usize,
    measured: usize,
    limit: usize,
}

impl Columns {
    fn of(rows: &[Row], page: usize) -> Columns {
        let widest = |of: fn(&Row) -> &str, least: &str, most: usize| {
            rows.iter()
                .map(|row| width(of(row)))
                .max()
                .unwrap_or(0)
                .max(least.len())
                .min(most)
        };
        let measured = widest(|row| &row.measured, MEASURED, 18);
        let limit = widest(|row| &row.limit, LIMIT, 22);
        let name = widest(
            |row| &row.name,
            NAME,
            page.saturating_sub(4 + measured + limit + 4).max(8),
        );
        Columns {
            name,
            measured,
            limit,
        }
    }

    fn head(&self, page: &mut Page) {
        let cells = [
            padded(NAME, self.name, ""),
            padded(MEASURED, self.measured, ""),
            padded(LIMIT, self.limit, ""),
        ];
        page.line(&[(Ink::Dim, &format!("    {}  {}", cells.join("  "), "worst"))]);
    }
}
