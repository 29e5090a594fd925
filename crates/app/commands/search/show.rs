//! The result of a search for people: the verdict, the smallest stories first, and how far it looked.

use crate::screen::Screen;
use ::report::{number, search_words};
use outcome::search::{Ended, Search, Story};
use std::path::Path;

/// Stories that are shown; the rest is in the JSON.
const SHOWN: usize = 12;

/// Variants of a story that are shown.
const VARIANTS: usize = 3;

/// Prints it.
pub(crate) fn text(result: &Search, file: &Path, out: Option<&Path>, screen: &mut Screen) {
    let file = file.display();
    let verdict = match (result.failures(), result.healthy.holds) {
        _ if result.odds.is_some() => format!("ODDS  {file}"),
        (0, _) if result.statement.is_some() && result.ended == Ended::Complete => {
            format!("HOLDS  {file}")
        }
        (0, _) => format!("NOTHING FOUND  {file}"),
        (_, true) => format!("BREAKABLE  {file}"),
        (_, false) => format!("BREAKS WITHOUT ANY FAULT  {file}"),
    };
    screen.line(bold(&verdict, screen));
    screen.line(&result.about);
    screen.line("");
    screen.line(tally(result));
    if let Some(statement) = &result.statement {
        screen.line("");
        screen.line(&statement.text);
        let parts: Vec<String> = (1..)
            .zip(&statement.plans)
            .map(|(faults, plans)| {
                format!(
                    "{} of {} plans of {faults} played",
                    number(plans.played),
                    number(plans.all)
                )
            })
            .collect();
        screen.line(format_args!("({}.)", parts.join(", ")));
    }
    if let Some(odds) = &result.odds {
        screen.line("");
        screen.line(format_args!(
            "In {} of runs a promise is broken (95 % interval {} to {}; {} of {}), if",
            percent(odds.share_ppm),
            percent(odds.low_ppm),
            percent(odds.high_ppm),
            number(odds.failures),
            number(odds.runs),
        ));
        for rate in &odds.rates {
            screen.line(format_args!("  {rate}"));
        }
    }
    for (at, story) in result.stories.iter().take(SHOWN).enumerate() {
        screen.line("");
        tell(at + 1, story, out, &file.to_string(), screen);
    }
    if result.stories.len() > SHOWN {
        screen.line(format_args!(
            "\n{} more in the JSON",
            number((result.stories.len() - SHOWN) as u64)
        ));
    }
    for change in search_words::common(result) {
        screen.line("");
        screen.line(change);
    }
    screen.line("");
    let coverage = &result.coverage;
    if coverage.states > 0 {
        screen.line(format_args!(
        "Coverage: {} kinds of situations, {} seen only once; about {} of what comes next would be new",
        number(coverage.states),
        number(coverage.once),
        percent(coverage.unseen_ppm),
    ));
    }
    match out {
        Some(_) => {}
        None if result.stories.is_empty() => {}
        None => screen.line("Save the failures as scenarios: --out DIR"),
    }
}

/// One story: what goes wrong, what comes of it and why, how to prevent it, how to see it.
fn tell(number_: usize, story: &Story, out: Option<&Path>, file: &str, screen: &mut Screen) {
    screen.line(bold(
        &format!("{number_}. {}", search_words::happened(story)),
        screen,
    ));
    screen.line(format_args!("   Why:    {}", search_words::why(story)));
    screen.line(format_args!(
        "   Caught: {}",
        search_words::would_have_caught(story)
    ));
    for variant in search_words::variants(story).iter().take(VARIANTS) {
        screen.line(format_args!("   Also:   {variant}"));
    }
    if story.variants.len() > VARIANTS {
        screen.line(format_args!(
            "           and {} more in the JSON",
            story.variants.len() - VARIANTS
        ));
    }
    let again = match out {
        Some(folder) => format!(
            "dryroll replay {}",
            folder.join(format!("{}.ron", story.name)).display()
        ),
        None if story.faults.is_empty() => format!("dryroll run {file} --seed {}", story.seed),
        None => "with --out DIR".to_owned(),
    };
    screen.line(format_args!(
        "   Again:  {again}   ({} like it)",
        runs(story.runs)
    ));
}

fn tally(result: &Search) -> String {
    let mut parts = vec![format!(
        "{}, {} failing, {} events",
        runs(result.runs()),
        number(result.failures()),
        number(result.events())
    )];
    let arms: Vec<String> = result
        .arms
        .iter()
        .map(|arm| {
            format!(
                "{} {} of {}",
                arm.name,
                number(arm.failures),
                number(arm.runs)
            )
        })
        .collect();
    if result.arms.len() > 1 {
        parts.push(arms.join(", "));
    }
    match result.ended {
        Ended::Complete => {}
        Ended::FirstFailure => parts.push("ended at the first failure".to_owned()),
        Ended::OutOfTime => parts.push("ended when its time was up".to_owned()),
        Ended::Interrupted => parts.push("interrupted".to_owned()),
    }
    parts.join("; ")
}

fn runs(n: u64) -> String {
    match n {
        1 => "1 run".to_owned(),
        n => format!("{} runs", number(n)),
    }
}

/// Millionths as percent with a decimal.
fn percent(ppm: u64) -> String {
    format!("{}.{} %", ppm / 10_000, ppm / 1_000 % 10)
}

fn bold(text: &str, screen: &Screen) -> String {
    match screen.style().color {
        true => format!("\u{1b}[1m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}
