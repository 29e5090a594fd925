//! The curves: events handled against the share of searches that have found the needle, one small picture a needle, on one scale.
//!
//! Axes are drawn by hand on whole pixels, as in the pictures of reports.

use std::collections::BTreeMap;

use plotters::backend::SVGBackend;
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{BackendColor, BackendTextStyle, DrawingBackend, FontFamily, FontStyle};

/// One search, or all uniform runs together.
struct Line {
    runs: u64,
    events: u64,
    failures: u64,
}

/// By strategy.
type Needle = BTreeMap<String, Vec<Line>>;

const COLUMNS: i32 = 3;
const CELL: (i32, i32) = (400, 250);
const PLOT: (i32, i32) = (336, 150);
const CORNER: (i32, i32) = (46, 56);
const HEAD: i32 = 74;

/// The scale: 10² to 10⁹ events.
const DECADES: std::ops::RangeInclusive<u32> = 2..=9;

/// A strategy: its name, in words, its colour, how thick its line is.
type Curve = (&'static str, &'static str, (u8, u8, u8), u32);

/// Colours that people who see fewer colours can tell apart (Okabe and Ito), and widths that all can.
const STRATEGIES: [Curve; 4] = [
    ("uniform", "uniform seeds", (120, 120, 120), 2),
    ("boundaries", "faults at boundaries", (230, 159, 0), 1),
    ("fork", "fork at new coverage", (0, 114, 178), 2),
    ("mixed", "mixed (the default)", (0, 130, 90), 4),
];

struct Style {
    size: u32,
    color: (u8, u8, u8),
    at: HPos,
    width: u32,
}

impl plotters_backend::BackendStyle for Style {
    fn color(&self) -> BackendColor {
        color(self.color)
    }
    fn stroke_width(&self) -> u32 {
        self.width
    }
}

impl BackendTextStyle for Style {
    type FontError = std::convert::Infallible;
    fn color(&self) -> BackendColor {
        color(self.color)
    }
    fn size(&self) -> f64 {
        f64::from(self.size)
    }
    fn style(&self) -> FontStyle {
        FontStyle::Normal
    }
    fn anchor(&self) -> Pos {
        Pos::new(self.at, VPos::Center)
    }
    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name("DejaVu Sans, Verdana, Geneva, sans-serif")
    }
    fn layout_box(&self, text: &str) -> Result<((i32, i32), (i32, i32)), Self::FontError> {
        Ok((
            (0, 0),
            (text.len() as i32 * self.size as i32 / 2, self.size as i32),
        ))
    }
    fn draw<E, F: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        _: &str,
        _: (i32, i32),
        _: F,
    ) -> Result<Result<(), E>, Self::FontError> {
        Ok(Ok(()))
    }
}

fn color(rgb: (u8, u8, u8)) -> BackendColor {
    BackendColor { alpha: 1.0, rgb }
}

const INK: (u8, u8, u8) = (30, 30, 30);
const PALE: (u8, u8, u8) = (222, 222, 222);

struct Paper<'a>(SVGBackend<'a>);

impl Paper<'_> {
    fn text(&mut self, text: &str, at: (i32, i32), size: u32, anchor: HPos, rgb: (u8, u8, u8)) {
        let style = Style {
            size,
            color: rgb,
            at: anchor,
            width: 1,
        };
        self.0
            .draw_text(text, &style, at)
            .expect("it is drawn into memory");
    }

    fn path(&mut self, path: Vec<(i32, i32)>, rgb: (u8, u8, u8), width: u32) {
        let style = Style {
            size: 0,
            color: rgb,
            at: HPos::Left,
            width,
        };
        self.0
            .draw_path(path, &style)
            .expect("it is drawn into memory");
    }
}

/// The picture of this table.
pub(crate) fn svg(csv: &str) -> String {
    let needles = read(csv);
    let rows = (needles.len() as i32 + COLUMNS - 1) / COLUMNS;
    let size = ((COLUMNS * CELL.0) as u32, (HEAD + rows * CELL.1) as u32);
    let mut out = String::new();
    {
        let mut paper = Paper(SVGBackend::with_string(&mut out, size));
        let white = color((255, 255, 255));
        paper
            .0
            .draw_rect((0, 0), (size.0 as i32, size.1 as i32), &white, true)
            .expect("memory");
        let title = "Share of searches that have found the planted failure, by events handled";
        paper.text(title, (CORNER.0, 24), 17, HPos::Left, INK);
        for (at, (_, words, rgb, width)) in STRATEGIES.iter().enumerate() {
            let x = CORNER.0 + at as i32 * 230;
            paper.path(vec![(x, 50), (x + 28, 50)], *rgb, *width);
            paper.text(words, (x + 36, 50), 13, HPos::Left, INK);
        }
        for (at, (name, needle)) in needles.iter().enumerate() {
            let at = at as i32;
            let corner = (
                at % COLUMNS * CELL.0 + CORNER.0,
                HEAD + at / COLUMNS * CELL.1 + CORNER.1,
            );
            one(&mut paper, corner, name, needle);
        }
        paper.0.present().expect("it is drawn into memory");
    }
    out
}

fn one(paper: &mut Paper<'_>, (x, y): (i32, i32), name: &str, needle: &Needle) {
    paper.text(&name.replace('-', " "), (x, y - 34), 14, HPos::Left, INK);
    let uniform = needle.get("uniform").and_then(|lines| lines.first());
    let said = match uniform {
        Some(all) if all.failures > 0 => format!(
            "uniform seeds: one run in {} ({} of {})",
            grouped(all.runs / all.failures),
            grouped(all.failures),
            grouped(all.runs)
        ),
        _ => "uniform seeds: none".to_owned(),
    };
    paper.text(&said, (x, y - 15), 11, HPos::Left, (90, 90, 90));
    for quarter in 0..=4 {
        let line = y + PLOT.1 - PLOT.1 * quarter / 4;
        paper.path(vec![(x, line), (x + PLOT.0, line)], PALE, 1);
        if quarter % 2 == 0 {
            paper.text(
                &format!("{} %", quarter * 25),
                (x - 6, line),
                10,
                HPos::Right,
                INK,
            );
        }
    }
    for decade in DECADES {
        let line = x + across(10_u64.pow(decade));
        paper.path(vec![(line, y), (line, y + PLOT.1)], PALE, 1);
        let label = match decade {
            0..=2 => "100",
            3 => "1 k",
            4 => "10 k",
            5 => "100 k",
            6 => "1 M",
            7 => "10 M",
            8 => "100 M",
            _ => "1 G",
        };
        paper.text(label, (line, y + PLOT.1 + 12), 10, HPos::Center, INK);
    }
    for (strategy, _, rgb, width) in STRATEGIES {
        let Some(lines) = needle.get(strategy) else {
            continue;
        };
        let path = match strategy {
            "uniform" => exponential(&lines[0]),
            _ => steps(lines),
        };
        let path = path
            .into_iter()
            .map(|(right, up)| (x + right, y + PLOT.1 - up))
            .collect();
        paper.path(path, rgb, width);
    }
}

/// How far to the right so many events are: the logarithm.
fn across(events: u64) -> i32 {
    let (low, high) = (f64::from(*DECADES.start()), f64::from(*DECADES.end()));
    let share = ((events.max(1) as f64).log10() - low) / (high - low);
    (share.clamp(0.0, 1.0) * f64::from(PLOT.0)).round() as i32
}

/// What is expected of uniform seeds: each of their runs is a draw of its own.
fn exponential(all: &Line) -> Vec<(i32, i32)> {
    if all.failures == 0 {
        return vec![(0, 0), (PLOT.0, 0)];
    }
    let mean = all.events as f64 / all.failures as f64;
    let (low, high) = (f64::from(*DECADES.start()), f64::from(*DECADES.end()));
    (0..=PLOT.0)
        .step_by(3)
        .map(|right| {
            let events = 10_f64.powf(low + (high - low) * f64::from(right) / f64::from(PLOT.0));
            let share = 1.0 - (-events / mean).exp();
            (right, (share * f64::from(PLOT.1)).round() as i32)
        })
        .collect()
}

/// What the searches came to, a step for each that found it.
fn steps(lines: &[Line]) -> Vec<(i32, i32)> {
    let mut found: Vec<u64> = lines
        .iter()
        .filter(|line| line.failures > 0)
        .map(|line| line.events)
        .collect();
    found.sort_unstable();
    let mut path = vec![(0, 0)];
    for (at, events) in found.iter().enumerate() {
        let right = across(*events);
        let up = |count: usize| (PLOT.1 as usize * count / lines.len()) as i32;
        path.push((right, up(at)));
        path.push((right, up(at + 1)));
    }
    let last = path[path.len() - 1].1;
    path.push((PLOT.0, last));
    path
}

fn read(csv: &str) -> Vec<(String, Needle)> {
    let mut needles: Vec<(String, Needle)> = Vec::new();
    for line in csv.lines().skip(1) {
        let words: Vec<&str> = line.split(',').collect();
        let number = |at: usize| {
            words
                .get(at)
                .and_then(|word| word.parse().ok())
                .unwrap_or(0)
        };
        let [name, strategy, ..] = words.as_slice() else {
            continue;
        };
        if needles.last().is_none_or(|(known, _)| known != name) {
            needles.push(((*name).to_owned(), Needle::new()));
        }
        let Some((_, needle)) = needles.last_mut() else {
            continue;
        };
        needle
            .entry((*strategy).to_owned())
            .or_default()
            .push(Line {
                runs: number(3),
                events: number(4),
                failures: number(5),
            });
    }
    needles
}

/// 12345 as "12,345".
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
