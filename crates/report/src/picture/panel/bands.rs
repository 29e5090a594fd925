//! The bands above the lanes: steps, faults, the causes of a close-up. No words run into each other.

use super::{FAULT_ROW, FAULT_ROWS, LEAST, Panel, SMALL, STEPS, span};
use crate::chart::{FaultMark, StepBand};
use crate::picture::font;
use crate::picture::palette::Paint;
use crate::picture::scene::{Anchor, Fill, Group, Item, Rect, Text};
use crate::text::clock_range;

impl Panel<'_> {
    pub(super) fn steps(&self, y: i32, items: &mut Vec<Item>) {
        for (index, step) in self.chart.steps.iter().enumerate() {
            let Some((from, to)) = self.scale.cells_of(step.when, LEAST) else {
                continue;
            };
            let (x, width) = (self.frame.x(from), (to - from) as i32);
            let ground = if step.number % 2 == 1 {
                Paint::StepOdd
            } else {
                Paint::StepEven
            };
            let mut parts = vec![Rect::item(x, y, width, STEPS, Fill::Solid(ground))];
            if !step.well {
                parts.push(Rect::item(x, y, width, STEPS, Fill::Frame(Paint::Bad)));
            }
            let paint = if step.well { Paint::Ink } else { Paint::Bad };
            let full = format!("{} {}", step.number, step.name);
            let words = step_words(step, &full, width - 10);
            // A step too short for its number has it behind itself, if nothing else is there.
            let next = self
                .chart
                .steps
                .get(index + 1)
                .map(|next| self.frame.x(self.scale.place(next.when.begin)));
            let room_behind = next.unwrap_or(self.frame.plot_end) - x - width >= 18;
            let (words_at, words) = match words.is_empty() && room_behind {
                true => (x + width + 3, step.number.to_string()),
                false => (x + 5, words),
            };
            parts.push(Text::new(words_at, y + 15, 12, paint, words).bold().item());
            let title = format!("{full}: {} ({})", step.text, clock_range(step.when));
            let mut group = span("step", &title, step.when, parts);
            group.data.push(("name", full));
            group.data.push(("number", step.number.to_string()));
            group.href = Some(format!("#step-{}", step.number));
            items.push(Item::Group(group));
        }
    }

    /// Marks and labels of faults; the result is the number of rows that the labels take.
    pub(super) fn faults(&self, y: i32, items: &mut Vec<Item>) -> i32 {
        let mut free = [self.frame.plot; FAULT_ROWS];
        let mut used = 1;
        for fault in &self.chart.faults {
            let Some((from, _)) = self.scale.cells_of(fault.when, 1) else {
                continue;
            };
            let x = self.frame.x(from);
            let text = format!("{} {}", fault.number, fault.text);
            let text = font::fit(&text, 300, SMALL, false);
            let width = font::width(&text, SMALL, false);
            // To the right of the mark, or to its left where the picture ends.
            let rightward = x + 9 + width <= self.frame.right;
            let (begin, end) = if rightward {
                (x - 6, x + 9 + width)
            } else {
                (x - 9 - width, x + 6)
            };
            let row = (0..FAULT_ROWS).find(|&row| free[row] <= begin);
            let at = y + row.unwrap_or(0) as i32 * FAULT_ROW;
            let mut parts = vec![Item::Shape(
                vec![(x - 5, at + 3), (x + 5, at + 3), (x, at + FAULT_ROW - 4)],
                Paint::Fault,
            )];
            if let Some(row) = row {
                used = used.max(row + 1);
                free[row] = end + 8;
                let (x, anchor) = if rightward {
                    (x + 8, Anchor::Start)
                } else {
                    (x - 8, Anchor::End)
                };
                parts.push(
                    Text::new(x, at + 12, SMALL, Paint::Fault, text)
                        .anchor(anchor)
                        .item(),
                );
            }
            items.push(fault_mark(fault, x, parts));
        }
        used as i32
    }

    pub(super) fn letters(&self, y: i32, items: &mut Vec<Item>) {
        items.push(self.label("causes", y + FAULT_ROW / 2, Paint::Ink));
        let mut free = self.frame.plot - 8;
        for letter in self.letters {
            let x = self.frame.x(self.scale.place(letter.at));
            let at = (x - 7).max(free);
            free = at + 15;
            items.push(Rect::item(at, y + 1, 14, 14, Fill::Solid(Paint::Ink)));
            let text = Text::new(
                at + 7,
                y + 12,
                SMALL,
                Paint::Paper,
                letter.letter.to_string(),
            );
            items.push(text.bold().anchor(Anchor::Middle).item());
        }
    }
}

fn step_words(step: &StepBand, full: &str, room: i32) -> String {
    if font::width(full, 12, true) <= room || room >= 60 {
        return font::fit(full, room, 12, true);
    }
    font::fit(&step.number.to_string(), room + 6, 12, true)
}

fn fault_mark(fault: &FaultMark, x: i32, items: Vec<Item>) -> Item {
    let title = format!("fault: {}, {}", fault.text, clock_range(fault.when));
    let data = vec![
        ("b", fault.when.begin.to_string()),
        ("x", x.to_string()),
        ("text", format!("{} {}", fault.number, fault.text)),
        ("number", fault.number.to_string()),
    ];
    Item::Group(Group {
        class: "moment fault".to_owned(),
        title,
        data,
        items,
        ..Group::default()
    })
}
