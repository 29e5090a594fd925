//! A scene as SVG inside of a page: classes instead of colours, titles, links, data for the page's script.

use std::fmt::Write as _;

use super::scene::{Anchor, Fill, Group, Item, Line, Rect, Scene, Text};
use crate::text::escape::markup;

/// The scene as an `<svg>` element. Its colours come from the page's style sheet.
pub(crate) fn svg(scene: &Scene, id: &str) -> String {
    let mut out = String::new();
    let (width, height) = (scene.width, scene.height);
    let _ = write!(
        out,
        "<svg id=\"{id}\" class=\"timeline\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-labelledby=\"{id}-title\" xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"{id}-title\">{}</title>\n\
         <defs><pattern id=\"{id}-stripes\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\">\
         <rect class=\"fill-partly\" width=\"7\" height=\"7\"/><rect class=\"fill-partly-stripe\" width=\"3\" height=\"7\"/>\
         </pattern></defs>\n",
        markup(&scene.title)
    );
    items(&mut out, &scene.items, id);
    out.push_str("</svg>\n");
    out
}

fn items(out: &mut String, scene: &[Item], id: &str) {
    for item in scene {
        match item {
            Item::Rect(rect) => write_rect(out, rect, id),
            Item::Line(line) => write_line(out, line),
            Item::Shape(points, paint) => {
                let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
                let _ = writeln!(
                    out,
                    "<polygon class=\"fill-{}\" points=\"{}\"/>",
                    paint.class(),
                    points.join(" ")
                );
            }
            Item::Text(text) => write_text(out, text),
            Item::Group(group) => write_group(out, group, id),
        }
    }
}

fn write_rect(out: &mut String, rect: &Rect, id: &str) {
    let Rect {
        x,
        y,
        width,
        height,
        fill,
    } = *rect;
    let style = match fill {
        Fill::Solid(paint) => format!("class=\"fill-{}\"", paint.class()),
        Fill::Striped(ground, _) => format!(
            "class=\"edge-{}\" fill=\"url(#{id}-stripes)\"",
            ground.class()
        ),
        Fill::Hollow(paint) => format!("class=\"hollow-{}\"", paint.class()),
        Fill::Frame(paint) => format!("class=\"frame-{}\"", paint.class()),
    };
    let _ = writeln!(
        out,
        "<rect {style} x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
    );
}

fn write_line(out: &mut String, line: &Line) {
    let dashed = if line.dashed {
        " stroke-dasharray=\"3 2\""
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "<line class=\"line-{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{dashed}/>",
        line.paint.class(),
        line.from.0,
        line.from.1,
        line.to.0,
        line.to.1
    );
}

fn write_text(out: &mut String, text: &Text) {
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let bold = if text.bold {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "<text class=\"fill-{}\" x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{bold}>{}</text>",
        text.paint.class(),
        text.x,
        text.baseline,
        text.size,
        markup(&text.text)
    );
}

fn write_group(out: &mut String, group: &Group, id: &str) {
    let data: String = group
        .data
        .iter()
        .map(|(name, value)| format!(" data-{name}=\"{}\"", markup(value)))
        .collect();
    if let Some(href) = &group.href {
        let _ = write!(out, "<a href=\"{}\" tabindex=\"-1\">", markup(href));
    }
    let _ = write!(out, "<g class=\"{}\"{data}>", group.class);
    if !group.title.is_empty() {
        let _ = write!(out, "<title>{}</title>", markup(&group.title));
    }
    out.push('\n');
    items(out, &group.items, id);
    out.push_str("</g>");
    if group.href.is_some() {
        out.push_str("</a>");
    }
    out.push('\n');
}
