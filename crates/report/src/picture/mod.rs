//! The availability timeline as a picture.
//!
//! `layout` places everything into a `scene`: rectangles, lines, text, groups with a class and a title. Two writers
//! know how to turn a scene into bytes: `plot`, the only module that talks to `plotters`, makes the SVG and PNG files;
//! `inline` makes the SVG of the HTML page, which needs classes, titles and colours that follow the page.

pub(crate) mod font;
pub(crate) mod inline;
pub(crate) mod layout;
pub(crate) mod palette;
mod panel;
mod plot;
pub(crate) mod scene;
pub(crate) mod way_back;

use outcome::Outcome;
use outcome::rollback::Rollback;

pub use plot::PictureError;

/// The timeline as an SVG file, 1200 units wide.
pub fn svg(outcome: &Outcome) -> Result<String, PictureError> {
    plot::svg(&layout::picture(outcome))
}

/// The timeline as a PNG file, 2400 pixels wide: twice the size of the [`svg`], for sharp screens.
pub fn png(outcome: &Outcome) -> Result<Vec<u8>, PictureError> {
    plot::png(&layout::picture(outcome))
}

/// The way back on the timeline as an SVG file.
pub fn rollback_svg(rollback: &Rollback) -> Result<String, PictureError> {
    plot::svg(&way_back::picture(rollback, true))
}

/// The same as a PNG file, twice the size.
pub fn rollback_png(rollback: &Rollback) -> Result<Vec<u8>, PictureError> {
    plot::png(&way_back::picture(rollback, true))
}
