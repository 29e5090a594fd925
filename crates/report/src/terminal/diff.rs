//! Two runbooks held against each other, as text.

use outcome::diff::{Change, Counterexample, Diff};

use super::Style;
use super::page::{Ink, Page};
use crate::diff as words;
use crate::text::{clean, plural};

/// What got worse, what got better, which runs to look at.
pub fn diff(diff: &Diff, style: Style) -> String {
    let mut page = Page::new(style);
    let (ink, sign) = if diff.worse {
        (Ink::Bad, page.signs().bad)
    } else {
        (Ink::Good, page.signs().good)
    };
    let head = format!("{sign} {}  ", words::verdict(diff));
    page.flow(
        &[(ink, &head)],
        Ink::Strong,
        &words::sentence(diff),
        head.chars().count(),
    );
    for (sign, side) in [("-", &diff.old), ("+", &diff.new)] {
        let text = format!("{}: {}", side.file, clean(&side.about));
        page.flow(&[(Ink::Dim, &format!("  {sign} "))], Ink::Dim, &text, 4);
    }
    promises(&mut page, diff);
    page.heading("Window");
    let text = format!(
        "{} before, {} after",
        words::window(&diff.old),
        words::window(&diff.new)
    );
    page.flow(&[(Ink::Plain, "  ")], Ink::Plain, &text, 4);
    examples(&mut page, "Breaks now", Ink::Bad, &diff.counterexamples);
    examples(&mut page, "Holds now", Ink::Good, &diff.fixed);
    let remarks = words::remarks(diff);
    if !remarks.is_empty() {
        page.heading("Accepted findings");
        for remark in remarks {
            page.flow(&[(Ink::Warn, "  ! ")], Ink::Plain, &remark, 4);
        }
    }
    page.blank();
    let run = format!(
        "model {}, {} from {}, {} of each: every seed as the file has it, and with a fault that it draws",
        diff.model,
        plural(diff.seeds, "seed"),
        diff.first_seed,
        plural(diff.runs, "run"),
    );
    page.flow(&[], Ink::Dim, &run, 0);
    page.command(
        "Again: ",
        &format!(
            "dryroll diff {} {} --seed {} --seeds {}",
            diff.old.file, diff.new.file, diff.first_seed, diff.seeds
        ),
    );
    page.finish()
}

fn promises(page: &mut Page, diff: &Diff) {
    page.heading("Promises");
    let mut shown = 0;
    for promise in words::rows(diff) {
        shown += 1;
        let signs = page.signs();
        let (ink, sign) = match promise.change {
            Change::Worse => (Ink::Bad, signs.bad),
            Change::Better => (Ink::Good, signs.good),
            Change::Same => (Ink::Dim, signs.note),
            Change::Added | Change::Removed => (Ink::Warn, signs.warn),
        };
        let head = format!("  {sign} {}: ", words::change(promise.change));
        page.flow(&[(ink, &head)], Ink::Plain, &promise.text, 4);
        for (word, kept) in [("before", &promise.old), ("after ", &promise.new)] {
            let text = words::kept(kept.as_ref(), diff.runs);
            page.flow(&[(Ink::Dim, &format!("      {word} "))], Ink::Dim, &text, 6);
        }
    }
    let same = diff.promises.len() - shown;
    if same > 0 {
        let text = format!("  {} as before", plural(same as u64, "promise"));
        page.line(&[(Ink::Dim, &text)]);
    }
}

fn examples(page: &mut Page, title: &str, ink: Ink, examples: &[Counterexample]) {
    if examples.is_empty() {
        return;
    }
    page.heading(&format!(
        "{title}: {}",
        plural(examples.len() as u64, "run")
    ));
    let sign = if ink == Ink::Bad {
        page.signs().bad
    } else {
        page.signs().good
    };
    for example in examples.iter().take(words::TOLD) {
        let title = if example.title.is_empty() {
            example.promises.join(", ")
        } else {
            example.title.clone()
        };
        page.flow(&[(ink, &format!("  {sign} "))], Ink::Plain, &title, 4);
        let accepted = example
            .accepted
            .map_or_else(String::new, |line| format!("; accepted in line {line}"));
        let text = format!(
            "{}; {}{accepted}",
            example.codes.join(", "),
            words::run(example)
        );
        page.flow(&[(Ink::Dim, "    ")], Ink::Dim, &text, 6);
    }
    page.more(4, examples.len().saturating_sub(words::TOLD), "run");
}
