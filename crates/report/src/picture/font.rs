//! The bundled font: how wide text is, and what its letters look like.
//!
//! A font of the machine would give each machine its own picture. Widths are sums of the font's own integers, so that no
//! rounding of floating-point numbers decides where something is placed.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef};

static REGULAR_BYTES: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans-subset.ttf");
static BOLD_BYTES: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans-Bold-subset.ttf");

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::try_from_slice(REGULAR_BYTES).expect("the bundled font is a font"));
static BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::try_from_slice(BOLD_BYTES).expect("the bundled font is a font"));

/// The face of that weight.
pub(crate) fn face(bold: bool) -> &'static FontRef<'static> {
    if bold { &BOLD } else { &REGULAR }
}

/// Width of the text in pixels, rounded up.
pub(crate) fn width(text: &str, size: i32, bold: bool) -> i32 {
    let face = face(bold);
    let em = face.units_per_em().map_or(2_048, |units| units as u64);
    let units: u64 = text
        .chars()
        .map(|c| face.h_advance_unscaled(face.glyph_id(c)) as u64)
        .sum();
    (units * size.unsigned_abs() as u64)
        .div_ceil(em)
        .min(1 << 20) as i32
}

/// The text cut to at most `room` pixels, with "…" where something was cut; empty if not even that fits.
pub(crate) fn fit(text: &str, room: i32, size: i32, bold: bool) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let dots = width("…", size, bold);
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size, bold) + dots > room {
            kept.pop();
            break;
        }
    }
    let kept = kept.trim_end();
    if kept.is_empty() {
        String::new()
    } else {
        format!("{kept}…")
    }
}

/// The text cut in its middle, so that the end of a long name can still be read.
pub(crate) fn fit_middle(text: &str, room: i32, size: i32) -> String {
    if width(text, size, false) <= room {
        return text.to_owned();
    }
    let mut tail_from = text.len();
    for (index, _) in text.char_indices().rev() {
        if width(&text[index..], size, false) * 3 > room {
            break;
        }
        tail_from = index;
    }
    let tail = &text[tail_from..];
    let head = fit(
        &text[..tail_from],
        room - width(tail, size, false),
        size,
        false,
    );
    format!("{head}{tail}")
}

/// The text in at most `lines` lines of `room` pixels; the last one is cut if there is more.
pub(crate) fn wrap(text: &str, room: i32, size: i32, bold: bool, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let joined = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if line.is_empty() || width(&joined, size, bold) <= room {
            line = joined;
            continue;
        }
        if wrapped.len() + 1 == lines {
            let rest = words.fold(joined, |rest, word| format!("{rest} {word}"));
            wrapped.push(fit(&rest, room, size, bold));
            return wrapped;
        }
        wrapped.push(fit(&line, room, size, bold));
        line = word.to_owned();
    }
    wrapped.push(fit(&line, room, size, bold));
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_the_fonts_own() {
        assert_eq!(width("", 12, false), 0);
        // DejaVu Sans: "0" is 1303 of 2048 units wide.
        assert_eq!(width("00", 2_048, false), 2 * 1_303);
        assert!(width("mm", 12, true) > width("ii", 12, true));
    }

    #[test]
    fn cut_text_fits() {
        for room in 0..200 {
            let cut = fit("checkout → orders, a long label", room, 13, false);
            assert!(width(&cut, 13, false) <= room, "{cut:?} in {room}");
            assert!(room < 24 || !cut.is_empty());
            let cut = fit_middle("checkout → orders-with-a-long-name-17", room.max(60), 13);
            assert!(width(&cut, 13, false) <= room.max(60), "{cut:?} in {room}");
        }
    }

    #[test]
    fn wrapped_text_has_its_lines_and_no_more() {
        let lines = wrap("one two three four five six seven", 80, 13, false, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'));
        assert_eq!(wrap("short", 800, 13, false, 2), ["short"]);
    }
}
