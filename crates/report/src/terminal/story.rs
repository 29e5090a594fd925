//! The story: notable events in the order of time.

use outcome::Outcome;

use super::page::{Ink, Page, padded};
use crate::text::clock;
use crate::text::width::width;

pub(super) fn write(page: &mut Page, outcome: &Outcome) {
    if outcome.story.is_empty() {
        return;
    }
    page.heading("Story");
    let most = page.width() / 4;
    let who = outcome
        .story
        .iter()
        .map(|line| width(&page.text(&line.who)))
        .max()
        .unwrap_or(0)
        .min(most);
    for line in &outcome.story {
        let at = page.text(&clock(line.at));
        let name = padded(&page.text(&line.who), who, page.signs().ellipsis);
        let head = format!("  {at:>10}  ");
        page.flow(
            &[(Ink::Dim, &head), (Ink::Strong, &name), (Ink::Plain, "  ")],
            Ink::Plain,
            &line.text,
            16 + who,
        );
    }
}
