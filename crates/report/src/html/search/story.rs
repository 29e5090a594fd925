//! One failure: what happened, why, what would have caught it, when it became unavoidable, and its run beside the healthy one.

use outcome::Outcome;
use outcome::explained::{Caught, Explained};
use outcome::search::Story;

use super::super::build::Html;
use super::curve;
use crate::picture::{inline, layout};
use crate::search_words;
use crate::text::escape::markup;
use crate::text::{clock, number};

pub(super) fn write(html: &mut Html, nth: usize, story: &Story) {
    let id = format!("story-{nth}");
    html.element("article", &[("class", "story"), ("id", &id)], |html| {
        html.leaf(
            "h3",
            &[],
            &format!("{nth}. {}", search_words::happened(story)),
        );
        html.element("dl", &[], |html| {
            html.leaf("dt", &[], "Why");
            html.element("dd", &[], |html| {
                html.text(&story.what);
                if !story.causes.is_empty() {
                    html.element("ol", &[("class", "causes")], |html| {
                        for cause in &story.causes {
                            html.element("li", &[], |html| {
                                html.leaf("time", &[], &clock(cause.at));
                                html.text(&format!(" {}", cause.text));
                            });
                        }
                    });
                }
            });
            html.leaf("dt", &[], "What would have caught it");
            html.leaf("dd", &[], &search_words::would_have_caught(story));
            if let Some(also) = also_helps(story) {
                html.leaf("dt", &[], "Helps too");
                html.leaf("dd", &[], &also);
            }
            if !story.variants.is_empty() {
                html.leaf("dt", &[], "Also like this");
                html.element("dd", &[], |html| {
                    for (line, variant) in search_words::variants(story).iter().zip(&story.variants)
                    {
                        html.element("p", &[("class", "variant")], |html| {
                            html.text(line);
                            html.text(" ");
                            html.leaf("code", &[], &format!("{}.ron", variant.name));
                        });
                    }
                });
            }
            html.leaf("dt", &[], "Broken");
            html.element("dd", &[], |html| {
                for broken in &story.broken {
                    html.leaf("span", &[("class", "promise")], &broken.text);
                }
            });
            html.leaf("dt", &[], "Again");
            html.element("dd", &[], |html| {
                html.leaf("code", &[], &format!("dryroll replay {}.ron", story.name));
                html.text(&format!(" ({} runs failed like it)", number(story.runs)));
            });
        });
        if let Some(explained) = &story.explained {
            detail(html, &id, explained);
        }
    });
}

/// Other changes that catch it.
fn also_helps(story: &Story) -> Option<String> {
    let caught = story.explained.as_ref()?.caught.as_ref()?;
    (!caught.also.is_empty()).then(|| caught.also.join("; "))
}

fn detail(html: &mut Html, id: &str, explained: &Explained) {
    if let Some(caught) = &explained.caught
        && caught.change.is_some()
    {
        diff(html, caught);
    }
    if let Some(odds) = &explained.curve {
        curve::write(html, odds);
    }
    if let (Some(run), Some(healthy)) = (&explained.run, &explained.healthy) {
        html.element("div", &[("class", "pair")], |html| {
            timeline(html, &format!("{id}-fails"), "The failing run", run);
            timeline(
                html,
                &format!("{id}-holds"),
                "The same without the faults",
                healthy,
            );
        });
    }
}

fn diff(html: &mut Html, caught: &Caught) {
    html.element("details", &[("open", "")], |html| {
        html.leaf("summary", &[], "The change");
        html.raw("<div class=\"diff\"><code>");
        for line in caught.diff.lines() {
            let tag = match line.as_bytes().first() {
                Some(b'+') if !line.starts_with("+++") => "ins",
                Some(b'-') if !line.starts_with("---") => "del",
                _ => "span",
            };
            html.raw(&format!("<{tag}>{}</{tag}>\n", line_of(line)));
        }
        html.raw("</code></div>\n");
    });
}

/// A line with its sign and its blanks, which escaping trims.
fn line_of(line: &str) -> String {
    let text = line.trim_start_matches([' ', '+', '-']);
    let (sign, _) = line.split_at(line.len() - text.len());
    format!("{sign}{}", markup(text))
}

fn timeline(html: &mut Html, id: &str, head: &str, outcome: &Outcome) {
    html.element("div", &[], |html| {
        html.leaf("h4", &[], head);
        match layout::narrow_timeline(outcome) {
            Some(timeline) => {
                html.element("div", &[("class", "scroller")], |html| {
                    html.raw(&inline::svg(&timeline.scene, id));
                });
                for fault in &timeline.faults {
                    let text = format!(
                        "▼ {} {}: {}",
                        fault.number,
                        clock(fault.when.begin),
                        fault.text
                    );
                    html.leaf("p", &[("class", "note")], &text);
                }
            }
            None => html.leaf(
                "p",
                &[("class", "note")],
                "Nothing was out of the ordinary.",
            ),
        }
    });
}
