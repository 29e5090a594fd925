//! One lane: its bars, the words in them, its marks, its sum.

use outcome::StretchState;

use super::{LANE, LANE_STEP, LEAST, Panel, SMALL, moment, span};
use crate::chart::{Bar, Flag, Lane, LaneKind};
use crate::picture::font;
use crate::picture::palette::Paint;
use crate::picture::scene::{Anchor, Fill, Group, Item, Rect, Text};
use crate::text::clock_range;
use crate::words;

impl Panel<'_> {
    pub(super) fn lane(&self, lane: &Lane, y: i32) -> Group {
        let top = y + (LANE_STEP - LANE) / 2;
        let mut items = vec![self.label(&lane.label, y + LANE_STEP / 2, Paint::Ink)];
        let (plot, width) = (self.frame.plot, self.frame.cells() as i32);
        if lane.kind != LaneKind::Gates {
            let thin = Rect::item(plot, top + LANE - 3, width, 2, Fill::Solid(Paint::Grid));
            let track = Group {
                class: "track".to_owned(),
                items: vec![thin],
                ..Group::default()
            };
            items.push(Item::Group(track));
        }
        let mut bars: Vec<Placed> = lane.bars.iter().filter_map(|bar| self.place(bar)).collect();
        if !self.frame.exact {
            bars = joined(bars);
        }
        // What is worse lies in front of what is better.
        bars.sort_by_key(|placed| std::cmp::Reverse(placed.bar.state));
        for placed in &bars {
            items.push(Item::Group(self.bar(lane, placed, top)));
        }
        for placed in &bars {
            items.extend(self.flag(placed, top));
        }
        if !lane.sum.is_empty() {
            let room = self.frame.right - self.frame.plot_end - 10;
            let down = lane.bars.iter().any(|bar| bar.state == StretchState::Down);
            let paint = if down { Paint::Bad } else { Paint::Muted };
            let sum = font::fit(&lane.sum, room, SMALL, false);
            let sum = Text::new(self.frame.plot_end + 10, top + 12, SMALL, paint, sum);
            let group = Group {
                class: "sum".to_owned(),
                items: vec![sum.item()],
                ..Group::default()
            };
            items.push(Item::Group(group));
        }
        let data = vec![("label", lane.label.clone()), ("y", y.to_string())];
        Group {
            class: "lane".to_owned(),
            data,
            items,
            ..Group::default()
        }
    }

    fn place<'b>(&self, bar: &'b Bar) -> Option<Placed<'b>> {
        let (from, to) = self.scale.cells_of(bar.when, LEAST)?;
        Some(Placed { bar, from, to })
    }

    fn bar(&self, lane: &Lane, placed: &Placed, top: i32) -> Group {
        let Placed { bar, from, to } = *placed;
        let (x, width) = (self.frame.x(from), (to - from) as i32);
        let (offset, height, fill) = look(bar.state);
        // A gate's lane has no ground to stand on, so its bars float in the middle.
        let offset = if lane.kind == LaneKind::Gates {
            (LANE - height) / 2
        } else {
            offset
        };
        let mut items = vec![Rect::item(x, top + offset, width, height, fill)];
        items.extend(self.words_in_bar(placed, top));
        let state = words::state(bar.state);
        let title = format!(
            "{}: {} ({state}), {}",
            lane.label,
            bar.text,
            clock_range(bar.when)
        );
        let title = if lane.kind == LaneKind::Gates {
            format!("gate: {}, {}", bar.text, clock_range(bar.when))
        } else {
            title
        };
        let class = match bar.state {
            StretchState::Down => "bar is-down",
            StretchState::Partly => "bar is-partly",
            StretchState::Degraded => "bar is-degraded",
            StretchState::Planned => "bar is-planned",
            StretchState::Info => "bar is-info",
        };
        let mut group = span(class, &title, bar.when, items);
        if self.frame.exact && bar.state != StretchState::Info {
            group.data.push(("text", bar.text.clone()));
            group.data.push(("base", (top + 12).to_string()));
        }
        group.href = bar.finding.map(|index| format!("#finding-{}", index + 1));
        group
    }

    /// The bar's own words, where they fit into it.
    fn words_in_bar(&self, placed: &Placed, top: i32) -> Option<Item> {
        let Placed { bar, from, to } = *placed;
        if bar.state == StretchState::Info {
            return None;
        }
        let width = (to - from) as i32;
        let needed = font::width(&bar.text, SMALL, false);
        if self.frame.exact || needed + 12 > width {
            return None;
        }
        let paint = if bar.state == StretchState::Down {
            Paint::Paper
        } else {
            Paint::Ink
        };
        let x = self.frame.x(from) + 6;
        let text = Text::new(x, top + 12, SMALL, paint, bar.text.clone()).item();
        if bar.state != StretchState::Partly {
            return Some(text);
        }
        // Letters on stripes cannot be read; they get a plate.
        let plate = Rect::item(
            x - 3,
            top + 1,
            needed + 6,
            LANE - 2,
            Fill::Solid(Paint::Partly),
        );
        Some(Item::Group(Group {
            items: vec![plate, text],
            ..Group::default()
        }))
    }

    fn flag(&self, placed: &Placed, top: i32) -> Option<Item> {
        let sign = match placed.bar.flag? {
            Flag::FalseGreen => "!",
            Flag::Failed => "✗",
        };
        let x = self.frame.x(placed.to);
        let plate = Rect::item(x - 7, top, 14, LANE, Fill::Hollow(Paint::Bad));
        let text = Text::new(x, top + 13, 12, Paint::Bad, sign)
            .bold()
            .anchor(Anchor::Middle)
            .item();
        Some(moment("flag", x, placed.bar.when.end, vec![plate, text]))
    }
}

/// A bar and its cells.
#[derive(Clone, Copy)]
struct Placed<'b> {
    bar: &'b Bar,
    from: u32,
    to: u32,
}

/// Bars of one state that touch are drawn as one; hundreds in one pixel would only make the file large.
fn joined(bars: Vec<Placed>) -> Vec<Placed> {
    let mut joined: Vec<Placed> = Vec::with_capacity(bars.len());
    for placed in bars {
        match joined.last_mut() {
            Some(last)
                if last.bar.state == placed.bar.state
                    && last.bar.flag.is_none()
                    && placed.bar.flag.is_none()
                    && placed.to - placed.from <= LEAST
                    && placed.from <= last.to =>
            {
                last.to = last.to.max(placed.to);
            }
            _ => joined.push(placed),
        }
    }
    joined
}

/// How a state looks: its offset from the top of the lane, its height, its fill.
fn look(state: StretchState) -> (i32, i32, Fill) {
    match state {
        StretchState::Down => (0, LANE, Fill::Solid(Paint::Down)),
        StretchState::Partly => (0, LANE, Fill::Striped(Paint::Partly, Paint::PartlyStripe)),
        StretchState::Degraded => (LANE / 2, LANE / 2, Fill::Solid(Paint::Degraded)),
        StretchState::Planned => (2, LANE - 2, Fill::Hollow(Paint::Planned)),
        StretchState::Info => (LANE - 4, 4, Fill::Solid(Paint::Info)),
    }
}

/// A sample of a state for a legend, as wide as asked.
pub(in crate::picture) fn sample(state: StretchState, x: i32, y: i32, width: i32) -> Item {
    let (offset, height, fill) = look(state);
    Rect::item(x, y + offset, width, height, fill)
}
