//! The HTML page.

use proptest::prelude::*;
use report::{html, json};
use roxmltree::{Document, Node, ParsingOptions};

use crate::samples;

const SCRIPT: &str = include_str!("../../assets/report.js");
const STYLE: &str = include_str!("../../assets/report.css");

/// The page as XML. Its own script, which is no XML, is taken out first.
fn parsed<T>(page: &str, look: impl FnOnce(&Document) -> T) -> T {
    assert!(page.contains(SCRIPT));
    let page = page.replace(SCRIPT, "");
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    look(&Document::parse_with_options(&page, options).unwrap())
}

fn tag<'a>(node: &Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

/// What no text may bring about, whatever it holds.
fn assert_harmless(document: &Document) {
    let scripts: Vec<_> = document
        .descendants()
        .filter(|node| tag(node) == "script")
        .collect();
    assert_eq!(scripts.len(), 2, "the outcome and the page's own");
    for node in document.descendants().filter(Node::is_element) {
        assert!(
            !["iframe", "img", "object", "embed", "form", "base"].contains(&tag(&node)),
            "{}",
            tag(&node)
        );
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on"), "{}", attribute.name());
            assert!(attribute.name() != "src");
            if attribute.name() == "href" {
                assert!(attribute.value().starts_with('#'), "{}", attribute.value());
            }
        }
    }
}

#[test]
fn every_sample_is_well_formed_and_harmless() {
    for (_, outcome) in samples::all() {
        parsed(&html(&outcome), assert_harmless);
    }
}

#[test]
fn the_outcome_in_the_page_is_the_outcome() {
    for (name, outcome) in samples::all() {
        parsed(&html(&outcome), |document| {
            let script = document
                .descendants()
                .find(|node| node.attribute("id") == Some("outcome"))
                .unwrap();
            assert_eq!(
                json::read(script.text().unwrap()).unwrap(),
                outcome,
                "{name}"
            );
        });
    }
}

#[test]
fn every_link_leads_somewhere() {
    for (name, outcome) in samples::all() {
        parsed(&html(&outcome), |document| assert_links(document, name));
    }
}

/// Each id is there once, and each link leads to one.
fn assert_links(document: &Document, name: &str) {
    let ids: Vec<_> = document
        .descendants()
        .filter_map(|node| node.attribute("id"))
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "{name}: an id is there twice");
    for link in document
        .descendants()
        .filter_map(|node| node.attribute("href"))
    {
        assert!(
            ids.contains(&link.trim_start_matches('#')),
            "{name}: {link}"
        );
    }
}

#[test]
fn tables_and_regions_have_names() {
    parsed(&html(&samples::outage()), |document| {
        for table in document.descendants().filter(|node| tag(node) == "table") {
            assert_eq!(tag(&table.first_element_child().unwrap()), "caption");
        }
        for head in document.descendants().filter(|node| tag(node) == "th") {
            assert!(matches!(head.attribute("scope"), Some("col" | "row")));
        }
        for section in document.descendants().filter(|node| tag(node) == "section") {
            assert!(section.attribute("aria-labelledby").is_some());
        }
        for landmark in ["header", "nav", "main", "footer", "h1"] {
            assert_eq!(
                document
                    .descendants()
                    .filter(|node| tag(node) == landmark)
                    .count(),
                1,
                "{landmark}"
            );
        }
    });
}

#[test]
fn a_stretch_leads_to_its_finding_and_says_what_when_and_why() {
    parsed(&html(&samples::outage()), |document| {
        let bar = document
            .descendants()
            .find(|node| {
                node.attribute("data-text") == Some("3 of 24 partitions get no acknowledgement")
            })
            .unwrap();
        assert_eq!(
            bar.parent_element().unwrap().attribute("href"),
            Some("#finding-1")
        );
        let title = bar.first_element_child().unwrap();
        assert_eq!(
            title.text(),
            Some(
                "checkout → orders: 3 of 24 partitions get no acknowledgement (down), +6:12.4 to +6:20.3"
            )
        );
    });
}

#[test]
fn the_page_is_readable_without_its_script() {
    let page = html(&samples::outage());
    for wanted in [
        "checkout got no acknowledgement for 7.9 s",
        "broker 2, the leader of orders-7, was killed",
        "bin/kafka-server-stop.sh",
        "dryroll run six-brokers-kill.ron --seed 421",
        "broker.session.timeout.ms = 9000",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_outcome_gives_a_harmless_page(outcome in samples::random::outcome()) {
        let page = html(&outcome);
        prop_assert_eq!(&page, &html(&outcome));
        parsed(&page, |document| {
            assert_harmless(document);
            assert_links(document, "random");
        });
    }
}

/// The colours of a block of the style sheet, by name.
fn colors(block: &str) -> Vec<(&str, [f64; 3])> {
    let value =
        |hex: &str, at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
    block
        .split(';')
        .filter_map(|line| line.trim().split_once(": #"))
        .filter(|(_, hex)| hex.len() == 6)
        .map(|(name, hex)| (name.trim(), [value(hex, 0), value(hex, 2), value(hex, 4)]))
        .collect()
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let linear = |value: f64| {
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    let light = |[r, g, b]: [f64; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_stands_out_in_light_and_dark() {
    let blocks: Vec<&str> = STYLE.split("\n  color-scheme: ").skip(1).take(3).collect();
    assert_eq!(
        blocks.len(),
        3,
        "light, dark by the system, dark by the button"
    );
    assert_eq!(
        colors(blocks[1]),
        colors(blocks[2]),
        "both ways to the dark are the same"
    );
    for block in [blocks[0], blocks[1]] {
        let colors = colors(block);
        let color = |name: &str| {
            colors
                .iter()
                .find(|(other, _)| *other == name)
                .unwrap_or_else(|| panic!("{name}"))
                .1
        };
        for (text, ground) in [
            ("--ink", "--page"),
            ("--ink", "--card"),
            ("--muted", "--page"),
            ("--muted", "--card"),
            ("--link", "--page"),
            ("--good", "--page"),
            ("--good", "--card"),
            ("--bad", "--page"),
            ("--warn", "--page"),
            ("--fault", "--page"),
            ("--on-badge", "--good"),
            ("--on-badge", "--bad"),
            ("--in-down", "--down"),
            ("--in-light", "--partly"),
            ("--ink", "--step-odd"),
            ("--ink", "--step-even"),
            ("--bad", "--step-odd"),
            ("--bad", "--step-even"),
            ("--ink", "--fault-shade"),
        ] {
            let contrast = contrast(color(text), color(ground));
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
        }
    }
}
