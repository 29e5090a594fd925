//! The one module that talks to `plotters`: a scene as SVG and PNG files.
//!
//! Only its drawing back ends are used, with whole pixels. Its charts and axes are left alone, because an axis without
//! labels or without length never comes to an end there; ranges and marks are made in [`crate::scale`] instead. Letters
//! come from our own font by [`Lettering`], since the built-in drawing of text ignores the space before a letter.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use ab_glyph::{Font, PxScale, ScaleFont, point};
use plotters::backend::{BitMapBackend, SVGBackend};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{
    BackendColor, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontFamily,
    FontStyle,
};

use super::font;
use super::palette::Paint;
use super::scene::{Anchor, Fill, Item, Line, Rect, Scene, Text};
use crate::text::escape;

/// Pixels of a PNG for each unit of a scene.
const PNG_SCALE: i32 = 2;
/// No picture is higher; far more than the layout ever asks for, and far less than would exhaust memory.
const HIGHEST: i32 = 20_000;
/// The families that a viewer of the SVG should try. All are about as wide as the one that was measured with.
const FAMILY: &str = "DejaVu Sans, Verdana, Bitstream Vera Sans, Geneva, sans-serif";
/// A stripe and the gap after it.
const STRIPE: (i32, i32) = (3, 4);

/// A picture could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the picture could not be drawn: {0}")]
pub struct PictureError(String);

pub(super) fn svg(scene: &Scene) -> Result<String, PictureError> {
    let mut out = String::new();
    let size = size(scene, 1);
    let mut backend = SVGBackend::with_string(&mut out, size);
    draw(&mut backend, scene, 1)
        .and_then(|()| backend.present())
        .map_err(failed)?;
    drop(backend);
    // The back end writes no title; a picture without one says nothing to a screen reader.
    let title = format!("<title>{}</title>\n", escape::markup(&scene.title));
    let begin = out.find('>').map_or(0, |end| end + 1);
    out.insert_str(begin, &format!("\n{title}"));
    out.insert_str(4, " role=\"img\"");
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Ok(out)
}

pub(super) fn png(scene: &Scene) -> Result<Vec<u8>, PictureError> {
    let (width, height) = size(scene, PNG_SCALE);
    let mut pixels = vec![0xFF; width as usize * height as usize * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        draw(&mut backend, scene, PNG_SCALE)
            .and_then(|()| backend.present())
            .map_err(failed)?;
    }
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Best);
    encoder.set_filter(png::FilterType::NoFilter);
    // A drawing has few colours; by number it is a third of the size.
    if let Some((palette, numbers)) = by_number(&pixels) {
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(palette);
        pixels = numbers;
    } else {
        encoder.set_color(png::ColorType::Rgb);
    }
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels));
    written.map_err(|error| PictureError(error.to_string()))?;
    Ok(out)
}

/// The colours in the order in which they first appear, and each pixel as the number of its colour; `None` if there are
/// more than 256.
fn by_number(pixels: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut known: BTreeMap<&[u8], u8> = BTreeMap::new();
    let mut palette = Vec::new();
    let mut numbers = Vec::with_capacity(pixels.len() / 3);
    for pixel in pixels.chunks_exact(3) {
        let next = u8::try_from(known.len());
        let number = match known.get(pixel) {
            Some(&number) => number,
            None => {
                palette.extend_from_slice(pixel);
                *known.entry(pixel).or_insert(next.ok()?)
            }
        };
        numbers.push(number);
    }
    Some((palette, numbers))
}

fn size(scene: &Scene, scale: i32) -> (u32, u32) {
    let side = |length: i32| (length.clamp(1, HIGHEST) * scale).unsigned_abs();
    (side(scene.width), side(scene.height))
}

fn failed<E: Error + Send + Sync>(error: DrawingErrorKind<E>) -> PictureError {
    PictureError(error.to_string())
}

fn draw<B: DrawingBackend>(
    backend: &mut B,
    scene: &Scene,
    scale: i32,
) -> Result<(), DrawingErrorKind<B::ErrorType>> {
    let mut pen = Pen { backend, scale };
    let paper = Rect {
        x: 0,
        y: 0,
        width: scene.width,
        height: scene.height,
        fill: Fill::Solid(Paint::Paper),
    };
    pen.rect(&paper)?;
    pen.items(&scene.items)
}

struct Pen<'b, B> {
    backend: &'b mut B,
    scale: i32,
}

impl<B: DrawingBackend> Pen<'_, B> {
    fn items(&mut self, items: &[Item]) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        for item in items {
            match item {
                Item::Rect(rect) => self.rect(rect)?,
                Item::Line(line) => self.line(line)?,
                Item::Shape(points, paint) => {
                    let points = points
                        .iter()
                        .map(|&(x, y)| (x * self.scale, y * self.scale));
                    self.backend
                        .fill_polygon(points.collect::<Vec<_>>(), &color(*paint))?;
                }
                Item::Text(text) => self.text(text)?,
                Item::Group(group) => self.items(&group.items)?,
            }
        }
        Ok(())
    }

    fn rect(&mut self, rect: &Rect) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        let Rect {
            x,
            y,
            width,
            height,
            fill,
        } = *rect;
        match fill {
            Fill::Solid(paint) => self.block(x, y, width, height, paint),
            Fill::Striped(ground, stripe) => {
                self.block(x, y, width, height, ground)?;
                for at in (0..width).step_by((STRIPE.0 + STRIPE.1) as usize) {
                    self.block(x + at, y, STRIPE.0.min(width - at), height, stripe)?;
                }
                Ok(())
            }
            Fill::Hollow(paint) => {
                self.block(x, y, width, height, paint)?;
                self.block(x + 1, y + 1, width - 2, height - 2, Paint::Paper)
            }
            Fill::Frame(paint) => {
                self.block(x, y, width, 1, paint)?;
                self.block(x, y + height - 1, width, 1, paint)?;
                self.block(x, y, 1, height, paint)?;
                self.block(x + width - 1, y, 1, height, paint)
            }
        }
    }

    fn line(&mut self, line: &Line) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        let (x, y) = (line.from.0.min(line.to.0), line.from.1.min(line.to.1));
        let (width, height) = (
            (line.to.0 - line.from.0).abs(),
            (line.to.1 - line.from.1).abs(),
        );
        if !line.dashed {
            return self.block(x, y, width.max(1), height.max(1), line.paint);
        }
        let length = width.max(height);
        for at in (0..length).step_by(5) {
            let dash = 3.min(length - at);
            if width >= height {
                self.block(x + at, y, dash, 1, line.paint)?;
            } else {
                self.block(x, y + at, 1, dash, line.paint)?;
            }
        }
        Ok(())
    }

    /// A filled rectangle; nothing if it has no area.
    fn block(
        &mut self,
        x: i32,
        y: i32,
        width: i32,
        height: i32,
        paint: Paint,
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        if width <= 0 || height <= 0 {
            return Ok(());
        }
        let corner = |x: i32, y: i32| (x * self.scale, y * self.scale);
        // A bitmap's rectangle includes its last row and column, an SVG's ends before it.
        let (right, bottom) = corner(x + width, y + height);
        let inclusive = i32::from(self.scale > 1);
        self.backend.draw_rect(
            corner(x, y),
            (right - inclusive, bottom - inclusive),
            &color(paint),
            true,
        )
    }

    fn text(&mut self, text: &Text) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        if text.text.is_empty() {
            return Ok(());
        }
        let lettering = Lettering {
            size: text.size * self.scale,
            bold: text.bold,
            anchor: text.anchor,
            paint: text.paint,
        };
        let top = text.baseline * self.scale - lettering.ascent();
        self.backend
            .draw_text(&text.text, &lettering, (text.x * self.scale, top))
    }
}

fn color(paint: Paint) -> BackendColor {
    BackendColor {
        alpha: 1.0,
        rgb: paint.rgb(),
    }
}

/// Text in the bundled font.
struct Lettering {
    size: i32,
    bold: bool,
    anchor: Anchor,
    paint: Paint,
}

/// Letters cannot fail to be drawn; the trait wants an error all the same.
#[derive(Debug)]
struct NoLetters;

impl fmt::Display for NoLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no letters")
    }
}

impl Error for NoLetters {}

impl Lettering {
    /// From the top of a text, as the back ends understand it, to its baseline: 0.76 em, which is what the SVG back end writes.
    fn ascent(&self) -> i32 {
        (self.size * 76 + 50) / 100
    }
}

impl BackendStyle for Lettering {
    fn color(&self) -> BackendColor {
        color(self.paint)
    }
}

impl BackendTextStyle for Lettering {
    type FontError = NoLetters;

    fn color(&self) -> BackendColor {
        color(self.paint)
    }

    fn size(&self) -> f64 {
        // The SVG back end divides by this factor.
        f64::from(self.size) * 1.24
    }

    fn style(&self) -> FontStyle {
        if self.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        }
    }

    fn anchor(&self) -> Pos {
        let horizontal = match self.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        Pos::new(horizontal, VPos::Top)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(FAMILY)
    }

    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), NoLetters> {
        Ok(((0, 0), (font::width(text, self.size, self.bold), self.size)))
    }

    fn draw<E, DrawFunc: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        pos: (i32, i32),
        mut draw: DrawFunc,
    ) -> Result<Result<(), E>, NoLetters> {
        let face = font::face(self.bold);
        let em = face.units_per_em().unwrap_or(2_048.0);
        // A font's scale is its height, the size of a text is its em.
        let scaled = face.as_scaled(PxScale::from(
            self.size as f32 * face.height_unscaled() / em,
        ));
        let rgb = self.paint.rgb();
        let mut x = 0.0_f32;
        for c in text.chars() {
            let mut glyph = scaled.scaled_glyph(c);
            glyph.position = point(x, self.ascent() as f32);
            x += scaled.h_advance(glyph.id);
            let Some(outline) = scaled.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
            let mut result = Ok(());
            outline.draw(|column, row, coverage| {
                // Sixteen levels are enough for the eye, and keep the last bits of rounding out of the file.
                let level = (coverage.clamp(0.0, 1.0) * 16.0).round() / 16.0;
                if level > 0.0 && result.is_ok() {
                    let color = BackendColor {
                        alpha: f64::from(level),
                        rgb,
                    };
                    result = draw(
                        pos.0 + left + column as i32,
                        pos.1 + top + row as i32,
                        color,
                    );
                }
            });
            if result.is_err() {
                return Ok(result);
            }
        }
        Ok(Ok(()))
    }
}
