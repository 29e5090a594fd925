//! A small scene: what a picture consists of, before anyone writes it in a format.
//!
//! Units are pixels of a 1200 pixels wide picture, whole numbers, y grows downwards.

use super::palette::Paint;

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scene {
    /// Width.
    pub(crate) width: i32,
    /// Height.
    pub(crate) height: i32,
    /// What it shows, in a sentence, for those who cannot see it.
    pub(crate) title: String,
    /// From back to front.
    pub(crate) items: Vec<Item>,
}

/// A part of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A filled rectangle.
    Rect(Rect),
    /// A straight line, horizontal or vertical.
    Line(Line),
    /// A filled shape.
    Shape(Vec<(i32, i32)>, Paint),
    /// Text on one line.
    Text(Text),
    /// Parts that belong together.
    Group(Group),
}

/// A rectangle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
    pub(crate) fill: Fill,
}

/// How a rectangle is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// One colour.
    Solid(Paint),
    /// Stripes of the second on the first.
    Striped(Paint, Paint),
    /// Paper with a frame.
    Hollow(Paint),
    /// Only a frame.
    Frame(Paint),
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) from: (i32, i32),
    pub(crate) to: (i32, i32),
    pub(crate) paint: Paint,
    pub(crate) dashed: bool,
}

/// Text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) x: i32,
    /// Where its letters stand.
    pub(crate) baseline: i32,
    pub(crate) size: i32,
    pub(crate) bold: bool,
    pub(crate) anchor: Anchor,
    pub(crate) paint: Paint,
    pub(crate) text: String,
}

/// Which end of a text its x is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Parts with a meaning. The files ignore all but the items; the page uses the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// Classes, ours.
    pub(crate) class: String,
    /// What it says when pointed at.
    pub(crate) title: String,
    /// Where it leads, within the page.
    pub(crate) href: Option<String>,
    /// `data-…` attributes: our names, anyone's values.
    pub(crate) data: Vec<(&'static str, String)>,
    /// From back to front.
    pub(crate) items: Vec<Item>,
}

impl Rect {
    pub(crate) fn item(x: i32, y: i32, width: i32, height: i32, fill: Fill) -> Item {
        Item::Rect(Rect {
            x,
            y,
            width,
            height,
            fill,
        })
    }
}

impl Line {
    pub(crate) fn vertical(x: i32, y: (i32, i32), paint: Paint, dashed: bool) -> Item {
        Item::Line(Line {
            from: (x, y.0),
            to: (x, y.1),
            paint,
            dashed,
        })
    }

    pub(crate) fn horizontal(x: (i32, i32), y: i32, paint: Paint) -> Item {
        Item::Line(Line {
            from: (x.0, y),
            to: (x.1, y),
            paint,
            dashed: false,
        })
    }
}

impl Text {
    /// Regular text that begins at `x`.
    pub(crate) fn new(
        x: i32,
        baseline: i32,
        size: i32,
        paint: Paint,
        text: impl Into<String>,
    ) -> Text {
        Text {
            x,
            baseline,
            size,
            bold: false,
            anchor: Anchor::Start,
            paint,
            text: text.into(),
        }
    }

    pub(crate) fn bold(self) -> Text {
        Text { bold: true, ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Text {
        Text { anchor, ..self }
    }

    pub(crate) fn item(self) -> Item {
        Item::Text(self)
    }
}
