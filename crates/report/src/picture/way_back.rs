//! The way back as a picture: the availability timeline of the runbook, above it from where there is a way back, and through all of it
//! the line after which there is none.

use outcome::rollback::Rollback;

use super::font;
use super::palette::Paint;
use super::panel::{FOLD, Frame, Panel};
use super::scene::{Anchor, Fill, Item, Rect, Scene, Text};
use crate::chart::{Chart, LaneLimits};
use crate::rollback as words;
use crate::scale::TimeScale;
use crate::text::{clean, clock};

const WIDTH: i32 = 1_200;
const MARGIN: i32 = 28;
/// Height of the band that shows from where there is a way back.
const BAND: i32 = 20;
/// Width of the line.
const LINE: i32 = 3;
/// Narrower than this a stretch has no words in it.
const WORDS: i32 = 90;
const LIMITS: LaneLimits = LaneLimits {
    nodes: 16,
    others: 8,
    quiet: true,
};

/// The picture, with its verdict or, for a page that says it already, without.
pub(crate) fn picture(rollback: &Rollback, with_verdict: bool) -> Scene {
    let mut items = Vec::new();
    let mut y = if with_verdict {
        verdict(rollback, &mut items)
    } else {
        6
    };
    let chart = Chart::new(&rollback.forward, LIMITS);
    let frame = Frame::new(&chart, MARGIN, WIDTH - MARGIN, false);
    let stretches = words::stretches(rollback);
    let line = words::line(rollback);
    let mut landmarks = chart.landmarks();
    landmarks.extend(
        stretches
            .iter()
            .flat_map(|(when, _)| [when.begin, when.end])
            .chain(line),
    );
    landmarks.sort_unstable();
    landmarks.dedup();
    let scale = TimeScale::new(chart.window, &landmarks, frame.cells(), FOLD);
    let x = |cell: u32| frame.plot + cell as i32;
    if line.is_some() {
        // Room for the words above the line.
        y += 18;
    }
    let top = y;
    items.push(Text::new(MARGIN, y + 15, 13, Paint::Ink, "way back").item());
    for (when, open) in &stretches {
        let Some((from, to)) = scale.cells_of(*when, 2) else {
            continue;
        };
        let (left, width) = (x(from), (to - from) as i32);
        let (fill, text, paint) = if *open {
            (Fill::Hollow(Paint::Good), "← way back", Paint::Good)
        } else {
            (Fill::Solid(Paint::Bad), "✗ no way back", Paint::Paper)
        };
        items.push(Rect::item(left, y, width, BAND, fill));
        if width >= WORDS {
            let words = Text::new(left + width / 2, y + 14, 12, paint, text);
            items.push(words.bold().anchor(Anchor::Middle).item());
        }
    }
    let panel = Panel {
        chart: &chart,
        scale: &scale,
        frame,
        close_up: None,
        letters: &[],
        steps: true,
    };
    let bottom = panel.draw(y + BAND + 8, &mut items);
    if let Some(at) = line {
        let middle = x(scale.place(at));
        // The axis and its words lie below the lanes, those of folded time below them.
        let end = bottom
            - if scale.folds().next().is_some() {
                37
            } else {
                22
            };
        items.push(Rect::item(
            middle - LINE / 2,
            top - 4,
            LINE,
            end - top,
            Fill::Solid(Paint::Bad),
        ));
        let text = format!("point of no return, {}", clock(at));
        let half = font::width(&text, 12, true) / 2;
        let place = middle.clamp(MARGIN + half, WIDTH - MARGIN - half);
        let words = Text::new(place, top - 8, 12, Paint::Bad, text);
        items.push(words.bold().anchor(Anchor::Middle).item());
    }
    let mut y = bottom + 4;
    for note in &chart.notes {
        y += 17;
        items.push(Text::new(MARGIN, y, 12, Paint::Muted, note.clone()).item());
    }
    Scene {
        width: WIDTH,
        height: y + 16,
        title: format!(
            "{}: {}",
            words::verdict(rollback),
            words::sentence(rollback)
        ),
        items,
    }
}

fn verdict(rollback: &Rollback, items: &mut Vec<Item>) -> i32 {
    let (paint, sign) = if words::is_open_throughout(rollback) {
        (Paint::Good, "✓")
    } else {
        (Paint::Bad, "✗")
    };
    let badge = format!("{sign} {}", words::verdict(rollback));
    let width = font::width(&badge, 20, true) + 28;
    items.push(Rect::item(MARGIN, 22, width, 34, Fill::Solid(paint)));
    let middle = Text::new(MARGIN + width / 2, 46, 20, Paint::Paper, badge);
    items.push(middle.bold().anchor(Anchor::Middle).item());
    let left = MARGIN + width + 16;
    let mut y = 45;
    let sentence = words::sentence(rollback);
    for line in font::wrap(&clean(&sentence), WIDTH - MARGIN - left, 17, true, 2) {
        items.push(Text::new(left, y, 17, Paint::Ink, line).bold().item());
        y += 23;
    }
    y = y.max(62) + 13;
    let about = format!(
        "{} · {} · {} seeds from {}",
        clean(&rollback.forward.about),
        clean(&rollback.forward.file),
        rollback.seeds,
        rollback.first_seed
    );
    for line in font::wrap(&about, WIDTH - 2 * MARGIN, 13, false, 2) {
        items.push(Text::new(MARGIN, y, 13, Paint::Muted, line).item());
        y += 18;
    }
    y + 10
}
