//! The way back as text: verdict, the line on the timeline, the table, what blocks, the undos.

use outcome::rollback::{Moment, Rollback};

use super::Style;
use super::page::{Ink, Page, padded};
use super::timeline::{self, WayRow};
use crate::rollback as words;
use crate::text::width::width;
use crate::text::{clean, plural};

/// Lines of a tool's answer that are shown.
const SAYS: usize = 6;
/// Moments named at most.
const SHOWN: usize = 4;
/// Costs told at most.
const COSTS: usize = 16;

/// The whole of it.
pub fn rollback(rollback: &Rollback, style: Style) -> String {
    let mut page = Page::new(style);
    verdict(&mut page, rollback);
    timeline::write_with_line(
        &mut page,
        &rollback.forward,
        &WayRow {
            stretches: words::stretches(rollback),
            line: words::line(rollback),
        },
    );
    table(&mut page, rollback);
    blocks(&mut page, rollback);
    costs(&mut page, rollback);
    undos(&mut page, rollback);
    page.blank();
    let seeds = format!(
        "model {}, scenario {}, {} from {}",
        rollback.forward.identity.model,
        rollback.forward.identity.scenario,
        plural(rollback.seeds, "seed"),
        rollback.first_seed
    );
    page.flow(&[], Ink::Dim, &seeds, 0);
    page.command(
        "Again: ",
        &format!(
            "dryroll rollback {} --seed {} --seeds {}",
            rollback.forward.file, rollback.first_seed, rollback.seeds
        ),
    );
    page.finish()
}

fn verdict(page: &mut Page, rollback: &Rollback) {
    let signs = page.signs();
    let (ink, sign) = if words::is_open_throughout(rollback) {
        (Ink::Good, signs.good)
    } else {
        (Ink::Bad, signs.bad)
    };
    let head = format!("{sign} {}  ", words::verdict(rollback));
    page.flow(
        &[(ink, &head)],
        Ink::Strong,
        &words::sentence(rollback),
        head.chars().count(),
    );
    let about = clean(&rollback.forward.about);
    page.flow(
        &[(Ink::Plain, "  ")],
        Ink::Dim,
        &format!("{}: {about}", rollback.forward.file),
        2,
    );
    if let Some(no_return) = &rollback.no_return {
        if !no_return.why.is_empty() {
            page.flow(&[(Ink::Plain, "  because ")], Ink::Plain, &no_return.why, 4);
        }
        if let Some(open) = no_return.open_again {
            let label = &rollback.moments[open].label;
            page.flow(
                &[(Ink::Plain, "  ")],
                Ink::Plain,
                &format!("there is a way back again from: {label}"),
                4,
            );
        }
    }
}

fn table(page: &mut Page, rollback: &Rollback) {
    page.heading("Turning back");
    let rows: Vec<[String; 7]> = rollback.moments.iter().map(words::row).collect();
    // On a narrow screen the first column gives way.
    let mut columns: Vec<usize> = (0..words::HEADS.len())
        .map(|at| {
            rows.iter()
                .map(|row| width(&page.text(&row[at])))
                .chain([width(words::HEADS[at])])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let fixed: usize = columns[1..].iter().sum::<usize>() + 2 * (columns.len() - 1) + 4;
    columns[0] = columns[0].min(page.width().saturating_sub(fixed).max(14));
    let ellipsis = page.signs().ellipsis;
    let line = |page: &Page, row: &[String; 7]| -> String {
        row.iter()
            .zip(&columns)
            .map(|(cell, &columns)| padded(&page.text(cell), columns, ellipsis))
            .collect::<Vec<_>>()
            .join("  ")
    };
    let heads = words::HEADS.map(str::to_owned);
    let head = line(page, &heads);
    page.line(&[(Ink::Dim, "    "), (Ink::Dim, &head)]);
    for (moment, row) in rollback.moments.iter().zip(&rows) {
        let (ink, sign) = sign(page, moment);
        let text = line(page, row);
        page.line(&[(ink, &format!("  {sign} ")), (Ink::Plain, &text)]);
    }
    page.flow(&[(Ink::Plain, "    ")], Ink::Dim, words::LEGEND, 4);
}

fn sign(page: &Page, moment: &Moment) -> (Ink, &'static str) {
    let signs = page.signs();
    if !words::is_open(moment) {
        (Ink::Bad, signs.bad)
    } else if moment.ways.iter().any(|way| way.restored < way.tried) {
        (Ink::Warn, signs.warn)
    } else {
        (Ink::Good, signs.good)
    }
}

/// Each obstacle once, with the moments at which it stands in the way.
fn blocks(page: &mut Page, rollback: &Rollback) {
    let told = words::obstacles(rollback);
    if told.is_empty() {
        return;
    }
    page.heading("What blocks the way back");
    for (block, labels) in told {
        let bad = page.signs().bad;
        let title = words::obstacle(block.kind, block.step.as_deref());
        page.flow(&[(Ink::Bad, &format!("  {bad} "))], Ink::Strong, &title, 4);
        page.flow(&[(Ink::Plain, "    ")], Ink::Plain, &block.why, 4);
        for says in block.says.iter().take(SAYS) {
            page.flow(&[(Ink::Dim, "    | ")], Ink::Dim, says, 6);
        }
        for rule in &block.rules {
            page.flow(
                &[(Ink::Plain, "    rule ")],
                Ink::Plain,
                &format!("{}: {}", rule.id, rule.title),
                6,
            );
        }
        let from = shortened(&labels);
        page.flow(&[(Ink::Dim, "    from: ")], Ink::Dim, &from, 6);
    }
}

fn shortened(labels: &[String]) -> String {
    let mut text = labels
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    if labels.len() > SHOWN {
        text.push_str(&format!("; and {} more", labels.len() - SHOWN));
    }
    text
}

/// What a way back cost although it led to the start, and where going forward again failed.
fn costs(page: &mut Page, rollback: &Rollback) {
    let lines = words::costs(rollback);
    if lines.is_empty() {
        return;
    }
    page.heading("What it costs");
    let hidden = lines.len().saturating_sub(COSTS);
    for line in lines.iter().take(COSTS) {
        page.flow(&[(Ink::Warn, "  ! ")], Ink::Plain, line, 4);
    }
    page.more(4, hidden, "line");
}

fn undos(page: &mut Page, rollback: &Rollback) {
    page.heading("Undos");
    for (at, step) in rollback.steps.iter().enumerate() {
        let (text, lacks) = words::undo(&step.undo);
        let (ink, sign) = if lacks {
            (Ink::Warn, page.signs().warn)
        } else {
            (Ink::Dim, page.signs().note)
        };
        let name = clean(&step.name);
        page.flow(
            &[
                (ink, &format!("  {sign} ")),
                (Ink::Plain, &format!("{} ", at + 1)),
            ],
            Ink::Plain,
            &format!("{name}: {text}"),
            6,
        );
    }
}
