//! The results of a test for people: a line for each file, and why where it is not as it claims.

use super::run::Held;
use crate::files::Found;
use crate::load::Loaded;
use crate::screen::Screen;
use ::report::{number, replay_command};
use scenario::Code;

/// Prints a line for each file and a last one over all.
pub(crate) fn text(loaded: &[(Found, Loaded)], held: &[Option<Held>], screen: &mut Screen) {
    let signs = Signs::of(screen);
    for ((file, loaded), held) in loaded.iter().zip(held) {
        let path = file.path.display().to_string();
        match held {
            Some(held) if held.is_as_claimed() => {
                screen.line(format_args!(
                    "{} {path}  {}{}",
                    signs.good,
                    claim(held),
                    runs(held)
                ));
            }
            Some(held) => not_as_claimed(held, &signs, screen),
            None => {
                let what = "cannot be run; see the messages about it";
                screen.line(format_args!("{} {path}  {what}", signs.bad));
                if file.walked && is_likely_a_part(loaded) {
                    screen.line("    if it is a part of scenarios elsewhere, keep it in a folder of its own");
                }
            }
        }
    }
    let count = |of: fn(&Option<Held>) -> bool| held.iter().filter(|held| of(held)).count();
    let good = count(|held| held.as_ref().is_some_and(Held::is_as_claimed));
    let unusable = count(Option::is_none);
    let wrong = held.len() - good - unusable;
    let mut parts = vec![format!("{good} as claimed")];
    if wrong > 0 {
        parts.push(format!("{wrong} not as claimed"));
    }
    if unusable > 0 {
        parts.push(format!("{unusable} of no use"));
    }
    let runs: u64 = held.iter().flatten().map(|held| held.seeds).sum();
    screen.line(format_args!(
        "\n{}; {} runs",
        parts.join(", "),
        number(runs)
    ));
}

fn not_as_claimed(held: &Held, signs: &Signs, screen: &mut Screen) {
    screen.line(format_args!(
        "{} {}  {}{}",
        signs.bad,
        held.path,
        claim(held),
        runs(held)
    ));
    match &held.expectation {
        Some(expectation) => {
            for unmet in &expectation.unmet {
                screen.line(format_args!("    {unmet}"));
            }
        }
        None => {
            for promise in held
                .outcome
                .promises
                .iter()
                .filter(|promise| !promise.holds)
            {
                screen.line(format_args!("    broken: {}", promise.text));
            }
        }
    }
    screen.line(format_args!("    Again: {}", replay_command(&held.outcome)));
}

/// What the file claims, or that it claims nothing.
fn claim(held: &Held) -> String {
    match &held.expectation {
        Some(expectation) => expectation.text.clone(),
        None => "promises are to hold".to_owned(),
    }
}

/// With how many seeds, if it was more than one.
fn runs(held: &Held) -> String {
    match (held.seeds, held.failed) {
        (1, _) => String::new(),
        (seeds, 0) => format!("  ({} seeds)", number(seeds)),
        (seeds, failed) => format!("  ({} of {} seeds differ)", number(failed), number(seeds)),
    }
}

/// Was it perhaps never meant to be a scenario?
fn is_likely_a_part(loaded: &Loaded) -> bool {
    let missing = |code| {
        matches!(
            code,
            Code::MissingField | Code::UnknownField | Code::WrongType
        )
    };
    loaded
        .read
        .diagnostics
        .first()
        .is_some_and(|first| missing(first.code))
}

/// Good and bad, in words: a test is read in logs.
struct Signs {
    good: &'static str,
    bad: &'static str,
}

impl Signs {
    fn of(screen: &Screen) -> Self {
        match screen.style().color {
            true => Self {
                good: "\u{1b}[32mok \u{1b}[0m",
                bad: "\u{1b}[1;31mNOT\u{1b}[0m",
            },
            false => Self {
                good: "ok ",
                bad: "NOT",
            },
        }
    }
}
