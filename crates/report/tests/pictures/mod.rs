//! SVG and PNG.

use outcome::Interval;
use proptest::prelude::*;
use report::picture::{png, svg};
use roxmltree::{Document, Node};

use crate::{golden, samples};

fn texts(document: &Document) -> Vec<String> {
    let nodes = document
        .descendants()
        .filter(|node| node.has_tag_name("text") || tag(node) == "text");
    nodes
        .map(|node| node.text().unwrap_or_default().trim().to_owned())
        .collect()
}

fn tag<'a>(node: &Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

/// The pixels of a PNG as red, green, blue.
fn pixels(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut decoder = png::Decoder::new(bytes);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut buffer = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut buffer).unwrap();
    buffer.truncate(info.buffer_size());
    (info.width, info.height, buffer)
}

#[test]
fn the_drawing_is_the_same_on_every_machine() {
    let outcome = samples::clean_roll();
    golden::check("clean-roll.svg", &svg(&outcome).unwrap());
    let path = golden::path("clean-roll.png");
    let drawn = png(&outcome).unwrap();
    if golden::updating() {
        std::fs::write(&path, &drawn).unwrap();
    }
    assert!(
        pixels(&drawn) == pixels(&std::fs::read(path).unwrap()),
        "other pixels than in the golden picture"
    );
}

#[test]
fn the_picture_says_what_an_operator_asks_first() {
    let drawn = svg(&samples::outage()).unwrap();
    let document = Document::parse(&drawn).unwrap();
    let texts = texts(&document);
    for wanted in [
        "✗ BREAKS",
        "2 brokers",
        "1 kill -9 of broker 2",
        "checkout → orders",
        "7.9 s down",
        "+10:00",
        "Close-up of the first broken promise, +6:09.4 to +6:21.8",
        "broker 2, the leader of orders-7, was killed",
    ] {
        assert!(
            texts.iter().any(|text| text == wanted),
            "{wanted:?} is not in {texts:?}"
        );
    }
    let title = document.root_element().first_element_child().unwrap();
    assert_eq!(tag(&title), "title");
    assert!(
        title
            .text()
            .unwrap()
            .starts_with("BREAKS: checkout got no acknowledgement")
    );
}

#[test]
fn hundreds_of_rows_are_limited_with_a_word_about_the_rest() {
    let drawn = svg(&samples::huge()).unwrap();
    let document = Document::parse(&drawn).unwrap();
    let texts = texts(&document);
    for wanted in [
        "45 more nodes",
        "93 more partition sets",
        "200 more partition sets: all well",
        "80 groups: all well",
    ] {
        assert!(
            texts.iter().any(|text| text == wanted),
            "{wanted:?} is not in {texts:?}"
        );
    }
    let height: u32 = document
        .root_element()
        .attribute("height")
        .unwrap()
        .parse()
        .unwrap();
    assert!(height < 1_600, "{height}");
    assert!(drawn.len() < 300_000, "{}", drawn.len());
}

#[test]
fn the_png_is_twice_the_svg_and_not_empty() {
    for (name, outcome) in samples::all() {
        let drawn = svg(&outcome).unwrap();
        let document = Document::parse(&drawn).unwrap();
        let side = |name| {
            document
                .root_element()
                .attribute(name)
                .unwrap()
                .parse::<u32>()
                .unwrap()
        };
        let (width, height, pixels) = pixels(&png(&outcome).unwrap());
        assert_eq!(
            (width, height),
            (2 * side("width"), 2 * side("height")),
            "{name}"
        );
        assert_eq!(width, 2_400);
        assert!(
            pixels.iter().any(|&value| value < 0x40),
            "{name}: nothing dark was drawn"
        );
    }
}

#[test]
fn names_cannot_break_out() {
    let drawn = svg(&samples::hostile()).unwrap();
    let document = Document::parse(&drawn).unwrap();
    for node in document.descendants().filter(Node::is_element) {
        assert!(
            ["svg", "title", "rect", "text", "polygon"].contains(&tag(&node)),
            "{}",
            tag(&node)
        );
        assert!(
            node.attributes()
                .all(|attribute| !attribute.name().starts_with("on"))
        );
    }
}

#[test]
fn strange_windows_are_drawn() {
    for (begin, end) in [
        (0, 0),
        (5, -5),
        (i64::MIN, i64::MAX),
        (i64::MAX, i64::MAX),
        (i64::MIN, i64::MIN),
        (0, i64::MAX),
    ] {
        let mut outcome = samples::outage();
        outcome.window = Interval { begin, end };
        let drawn = svg(&outcome).unwrap();
        assert!(
            drawn.len() < 400_000,
            "{begin} to {end}: {} bytes",
            drawn.len()
        );
        Document::parse(&drawn).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_outcome_is_well_formed_and_stays_in_its_frame(outcome in samples::random::outcome()) {
        let drawn = svg(&outcome).unwrap();
        prop_assert_eq!(&drawn, &svg(&outcome).unwrap());
        let document = Document::parse(&drawn).unwrap();
        let number = |node: &Node, name: &str| node.attribute(name).unwrap_or("0").parse::<i64>().unwrap();
        let height = number(&document.root_element(), "height");
        for node in document.descendants().filter(|node| tag(node) == "rect") {
            let (x, y) = (number(&node, "x"), number(&node, "y"));
            prop_assert!(x >= 0 && x + number(&node, "width") <= 1_200, "{:?}", node);
            prop_assert!(y >= 0 && y + number(&node, "height") <= height, "{:?}", node);
        }
    }
}
