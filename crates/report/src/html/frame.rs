//! What the pages of results that need no script have in common: head, verdict, sections, foot.

use super::STYLE;
use super::build::Html;

/// What stands at the head and the foot of a page.
pub(super) struct Frame<'a> {
    /// In the window's title.
    pub(super) title: &'a str,
    /// Style beyond that of all pages.
    pub(super) style: &'a str,
    /// Is it good news? Decides the colour of the badge; its sign and its words say it too.
    pub(super) good: bool,
    /// The last line.
    pub(super) foot: &'a str,
}

/// The page.
pub(super) fn page(frame: &Frame<'_>, content: impl FnOnce(&mut Html)) -> String {
    let mut html = Html::default();
    html.element("head", &[], |html| {
        html.raw("<meta charset=\"utf-8\"/>\n");
        html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        html.raw("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        html.raw(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             base-uri 'none'; form-action 'none'\"/>\n",
        );
        html.leaf("title", &[], frame.title);
        html.raw(&format!("<style>\n{STYLE}{}</style>\n", frame.style));
    });
    let class = if frame.good { "holds" } else { "breaks" };
    html.element("body", &[("class", class)], |html| {
        let attributes = [("class", "skip"), ("href", "#main")];
        html.leaf("a", &attributes, "Skip to the content");
        content(html);
        html.element("footer", &[], |html| html.leaf("p", &[], frame.foot));
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n{}</html>\n",
        html.finish()
    )
}

/// The verdict: a sign and a word, and a sentence.
pub(super) fn verdict(html: &mut Html, sign: &str, word: &str, sentence: &str) {
    html.element("div", &[("class", "verdict")], |html| {
        html.element("p", &[("class", "badge")], |html| {
            html.leaf("span", &[("aria-hidden", "true")], sign);
            html.text(&format!(" {word}"));
        });
        html.leaf("h1", &[], sentence);
    });
}

/// A part of the page with a head.
pub(super) fn section(html: &mut Html, id: &str, head: &str, content: impl FnOnce(&mut Html)) {
    let heading = format!("{id}-head");
    let attributes = [("id", id), ("aria-labelledby", heading.as_str())];
    html.element("section", &attributes, |html| {
        html.leaf("h2", &[("id", &heading)], head);
        content(html);
    });
}
