//! Where everything of a picture stands: verdict, legend, timeline, close-up.

use outcome::{Interval, Outcome, StretchState, Verdict};

use super::font;
use super::palette::Paint;
use super::panel::{FOLD, Frame, Letter, Panel, sample};
use super::scene::{Anchor, Fill, Item, Line, Rect, Scene, Text};
use crate::chart::{Chart, FaultMark, Flag, LaneLimits, cause_letters, close_up_window};
use crate::scale::{Piece, TimeScale};
use crate::text::{clean, clock, clock_range};
use crate::words;

const WIDTH: i32 = 1_200;
const MARGIN: i32 = 28;
const LIMITS: LaneLimits = LaneLimits {
    nodes: 16,
    others: 8,
    quiet: true,
};
const PAGE_LIMITS: LaneLimits = LaneLimits {
    nodes: 40,
    others: 20,
    quiet: true,
};

/// Half of a page.
const NARROW: i32 = 560;
const NARROW_LIMITS: LaneLimits = LaneLimits {
    nodes: 12,
    others: 6,
    quiet: true,
};

/// The picture for a file: everything that an operator needs, and nothing to click on.
pub(crate) fn picture(outcome: &Outcome) -> Scene {
    let mut items = Vec::new();
    let mut y = header(outcome, &mut items);
    let chart = Chart::new(outcome, LIMITS);
    let empty = chart.lanes.is_empty() && chart.steps.is_empty() && chart.faults.is_empty();
    if !empty {
        let (frame, scale) = axis(&chart);
        y = legend(&chart, &scale, y + 8, &mut items);
        y = overview(outcome, &chart, frame, &scale, y + 10, &mut items);
        y = close_up(outcome, y, &mut items);
    }
    for note in &chart.notes {
        y += 17;
        items.push(Text::new(MARGIN, y, 12, Paint::Muted, note.clone()).item());
    }
    Scene {
        width: WIDTH,
        height: y + 20,
        title: title(outcome),
        items,
    }
}

/// The timeline for a page: each bar with its words and its finding, and what a script needs to draw it anew.
pub(crate) struct PageTimeline {
    /// The picture.
    pub(crate) scene: Scene,
    /// Left and right end of its time axis.
    pub(crate) plot: (i32, i32),
    /// The pieces of its time axis.
    pub(crate) pieces: Vec<Piece>,
    /// What is not drawn.
    pub(crate) notes: Vec<String>,
    /// The faults that happened.
    pub(crate) faults: Vec<FaultMark>,
    /// The states that occur.
    pub(crate) states: Vec<StretchState>,
    /// The flags that occur.
    pub(crate) flags: Vec<Flag>,
    /// A stretch of time worth a closer look.
    pub(crate) close_up: Option<Interval>,
}

/// The timeline for a page; `None` if there is nothing to draw.
pub(crate) fn page_timeline(outcome: &Outcome) -> Option<PageTimeline> {
    timeline_within(outcome, WIDTH - 40, PAGE_LIMITS)
}

/// A timeline that stands beside another one.
pub(crate) fn narrow_timeline(outcome: &Outcome) -> Option<PageTimeline> {
    timeline_within(outcome, NARROW, NARROW_LIMITS)
}

fn timeline_within(outcome: &Outcome, width: i32, limits: LaneLimits) -> Option<PageTimeline> {
    let chart = Chart::new(outcome, limits);
    if chart.lanes.is_empty() && chart.steps.is_empty() && chart.faults.is_empty() {
        return None;
    }
    let frame = Frame::new(&chart, 0, width, true);
    let scale = TimeScale::new(chart.window, &chart.landmarks(), frame.cells(), FOLD);
    let panel = Panel {
        chart: &chart,
        scale: &scale,
        frame,
        close_up: None,
        letters: &[],
        steps: true,
    };
    let mut items = Vec::new();
    let bottom = panel.draw(2, &mut items);
    let scene = Scene {
        width,
        height: bottom + 4,
        title: title(outcome),
        items,
    };
    Some(PageTimeline {
        scene,
        plot: (frame.plot, frame.plot_end),
        pieces: scale.pieces().to_vec(),
        states: chart.states(),
        flags: chart.flags(),
        faults: chart.faults,
        notes: chart.notes,
        close_up: close_up_window(outcome).map(|(window, _)| window),
    })
}

fn title(outcome: &Outcome) -> String {
    format!(
        "{}: {}. Availability over time.",
        words::verdict(outcome.verdict),
        words::verdict_sentence(outcome)
    )
}

fn header(outcome: &Outcome, items: &mut Vec<Item>) -> i32 {
    let (paint, sign) = match outcome.verdict {
        Verdict::Holds => (Paint::Good, "✓"),
        Verdict::Breaks => (Paint::Bad, "✗"),
    };
    let badge = format!("{sign} {}", words::verdict(outcome.verdict));
    let badge_width = font::width(&badge, 20, true) + 28;
    items.push(Rect::item(MARGIN, 22, badge_width, 34, Fill::Solid(paint)));
    let middle = MARGIN + badge_width / 2;
    items.push(
        Text::new(middle, 46, 20, Paint::Paper, badge)
            .bold()
            .anchor(Anchor::Middle)
            .item(),
    );
    let left = MARGIN + badge_width + 16;
    let mut y = 45;
    for line in font::wrap(
        &clean(&words::verdict_sentence(outcome)),
        WIDTH - MARGIN - left,
        17,
        true,
        2,
    ) {
        items.push(Text::new(left, y, 17, Paint::Ink, line).bold().item());
        y += 23;
    }
    y = y.max(62) + 13;
    let about = clean(&outcome.about);
    if !about.is_empty() {
        for line in font::wrap(&about, WIDTH - 2 * MARGIN, 14, false, 2) {
            items.push(Text::new(MARGIN, y, 14, Paint::Ink, line).item());
            y += 19;
        }
    }
    let identity = &outcome.identity;
    let line = format!(
        "{} · seed {} · model {} · run {} · {}",
        clean(&outcome.file),
        identity.seed,
        clean(&identity.model),
        clean(&identity.id),
        clean(&words::replay_command(outcome)),
    );
    items.push(
        Text::new(
            MARGIN,
            y + 1,
            12,
            Paint::Muted,
            font::fit(&line, WIDTH - 2 * MARGIN, 12, false),
        )
        .item(),
    );
    y + 10
}

fn legend(chart: &Chart, scale: &TimeScale, y: i32, items: &mut Vec<Item>) -> i32 {
    let mut x = MARGIN;
    let mut word =
        |items: &mut Vec<Item>, sample: Option<Item>, room: i32, text: &str, paint: Paint| {
            items.extend(sample);
            items.push(Text::new(x + room, y + 12, 12, paint, text).item());
            x += room + font::width(text, 12, false) + 24;
            x
        };
    let mut next = MARGIN;
    for state in chart.states() {
        let sample = sample(state, next, y, 22);
        next = word(items, Some(sample), 28, words::state(state), Paint::Ink);
    }
    let well = Rect::item(next, y + 13, 22, 2, Fill::Solid(Paint::Grid));
    next = word(items, Some(well), 28, "all well", Paint::Ink);
    if !chart.faults.is_empty() {
        let mark = Item::Shape(
            vec![(next, y + 3), (next + 10, y + 3), (next + 5, y + 13)],
            Paint::Fault,
        );
        next = word(items, Some(mark), 15, "fault", Paint::Ink);
    }
    for flag in chart.flags() {
        let (sign, text) = match flag {
            Flag::FalseGreen => ("!", "gate was wrong"),
            Flag::Failed => ("✗", "gate failed"),
        };
        items.push(Rect::item(next, y, 14, 16, Fill::Hollow(Paint::Bad)));
        let sign = Text::new(next + 7, y + 13, 12, Paint::Bad, sign)
            .bold()
            .anchor(Anchor::Middle)
            .item();
        next = word(items, Some(sign), 20, text, Paint::Ink);
    }
    if scale.folds().next().is_some() {
        let ground = Rect::item(next, y, 22, 16, Fill::Solid(Paint::Fold));
        items.push(ground);
        items.push(Line::vertical(next, (y, y + 16), Paint::Muted, true));
        items.push(Line::vertical(next + 22, (y, y + 16), Paint::Muted, true));
        word(
            items,
            None,
            28,
            "≈ time without a change, folded",
            Paint::Ink,
        );
    }
    y + 18
}

/// The frame of a file's timeline, and its time axis.
fn axis(chart: &Chart) -> (Frame, TimeScale) {
    let frame = Frame::new(chart, MARGIN, WIDTH - MARGIN, false);
    let scale = TimeScale::new(chart.window, &chart.landmarks(), frame.cells(), FOLD);
    (frame, scale)
}

fn overview(
    outcome: &Outcome,
    chart: &Chart,
    frame: Frame,
    scale: &TimeScale,
    y: i32,
    items: &mut Vec<Item>,
) -> i32 {
    let close_up = close_up_window(outcome).map(|(window, _)| window);
    let panel = Panel {
        chart,
        scale,
        frame,
        close_up,
        letters: &[],
        steps: true,
    };
    panel.draw(y, items)
}

/// A closer look at the first broken promise, with its causes by letter, where the overview is too coarse for it.
fn close_up(outcome: &Outcome, y: i32, items: &mut Vec<Item>) -> i32 {
    let Some((window, finding)) = close_up_window(outcome) else {
        return y;
    };
    let chart = Chart::close_up(
        outcome,
        window,
        LaneLimits {
            nodes: 6,
            others: 5,
            quiet: false,
        },
    );
    let frame = Frame::new(&chart, MARGIN, WIDTH - MARGIN, false);
    let scale = TimeScale::new(window, &[], frame.cells(), FOLD);
    let mut causes: Vec<(Letter, &str)> = Vec::new();
    if let Some(finding) =
        finding.and_then(|index| outcome.findings.get(index).map(|finding| (index, finding)))
    {
        let letters = cause_letters(outcome, finding.0).unwrap_or_default();
        for (letter, cause) in letters.into_iter().zip(&finding.1.causes) {
            causes.extend(letter.map(|letter| {
                (
                    Letter {
                        at: cause.at,
                        letter,
                    },
                    cause.text.as_str(),
                )
            }));
        }
    }
    causes.sort_by_key(|(letter, _)| letter.letter);
    let letters: Vec<Letter> = causes.iter().map(|(letter, _)| *letter).collect();
    let heading = format!(
        "Close-up of the first broken promise, {}",
        clock_range(window)
    );
    items.push(Rect::item(
        MARGIN,
        y + 12,
        WIDTH - 2 * MARGIN,
        1,
        Fill::Solid(Paint::CloseUp),
    ));
    items.push(
        Text::new(MARGIN, y + 36, 15, Paint::Ink, heading)
            .bold()
            .item(),
    );
    let panel = Panel {
        chart: &chart,
        scale: &scale,
        frame,
        close_up: None,
        letters: &letters,
        steps: false,
    };
    let mut y = panel.draw(y + 48, items) + 4;
    const SHOWN: usize = 8;
    let times = causes
        .iter()
        .map(|(letter, _)| font::width(&clock(letter.at), 12, false))
        .max()
        .unwrap_or(0);
    let words = MARGIN + 24 + times + 14;
    for (letter, text) in causes.iter().take(SHOWN) {
        y += 18;
        items.push(Rect::item(MARGIN, y - 11, 14, 14, Fill::Solid(Paint::Ink)));
        let sign = Text::new(MARGIN + 7, y, 11, Paint::Paper, letter.letter.to_string());
        items.push(sign.bold().anchor(Anchor::Middle).item());
        items.push(Text::new(MARGIN + 24, y, 12, Paint::Muted, clock(letter.at)).item());
        let text = font::fit(&clean(text), WIDTH - MARGIN - words, 12, false);
        items.push(Text::new(words, y, 12, Paint::Ink, text).item());
    }
    if causes.len() > SHOWN {
        y += 18;
        let text = format!("and {} more", causes.len() - SHOWN);
        items.push(Text::new(words, y, 12, Paint::Muted, text).item());
    }
    y + 8
}
