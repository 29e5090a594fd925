//! A file of accepted findings that expire: what a team knows, has decided to live with for a while, and does not want to be stopped by.
//!
//! One line for each: the code of the finding, the promise that it breaks, `until` and the last day on which that is accepted, and
//! behind `#` why. Empty lines and lines that begin with `#` say nothing.
//!
//! ```text
//! # code          promise                          why
//! failover-wait   WriteOutage("checkout")          until 2026-12-31  # larger brokers come in December
//! ```

use std::fmt;

use outcome::diff::{Baseline, Counterexample, Entry, EntryState};
use rehearsal::findings::catalog;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// The day that this text names: "2026-12-31". `None`: there is no such day.
    pub fn parse(text: &str) -> Option<Day> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shape {
            return None;
        }
        let day = Day {
            year: text[..4].parse().ok()?,
            month: text[5..7].parse().ok()?,
            day: text[8..].parse().ok()?,
        };
        (1..=12)
            .contains(&day.month)
            .then_some(day)
            .filter(|day| (1..=day.days_of_month()).contains(&day.day))
    }

    /// The day so many days after 1970-01-01 (the civil calendar).
    pub fn since_1970(mut days: u64) -> Day {
        let mut day = Day {
            year: 1970,
            month: 1,
            day: 1,
        };
        while days >= day.days_of_year() && day.year < u16::MAX {
            days -= day.days_of_year();
            day.year += 1;
        }
        while days >= u64::from(day.days_of_month()) && day.month < 12 {
            days -= u64::from(day.days_of_month());
            day.month += 1;
        }
        day.day += days.min(30) as u8;
        day
    }

    fn leap(self) -> bool {
        self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400))
    }

    fn days_of_year(self) -> u64 {
        if self.leap() { 366 } else { 365 }
    }

    fn days_of_month(self) -> u8 {
        match self.month {
            2 if self.leap() => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A file of accepted findings, read.
#[derive(Clone, Debug)]
pub struct Accepted {
    file: String,
    today: Day,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    number: u32,
    code: String,
    promise: String,
    until: Day,
    why: String,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Which, from 1.
    pub line: u32,
    /// What is wrong with it, and what was expected.
    pub why: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// Reads a file of accepted findings. `today` is what its days are held against.
///
/// # Errors
/// The first line that is none.
pub fn read(text: &str, file: &str, today: Day) -> Result<Accepted, BadLine> {
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let number = at as u32 + 1;
        let (said, why) = line.split_once('#').unwrap_or((line, ""));
        if said.trim().is_empty() {
            continue;
        }
        lines.push(read_line(number, said, why)?);
    }
    Ok(Accepted {
        file: file.to_owned(),
        today,
        lines,
    })
}

fn read_line(number: u32, said: &str, why: &str) -> Result<Line, BadLine> {
    const SHAPE: &str = "expected: CODE PROMISE until YYYY-MM-DD  # why";
    let bad = |why: String| BadLine { line: number, why };
    let words: Vec<&str> = said.split_whitespace().collect();
    let [code, promise @ .., until, day] = words.as_slice() else {
        return Err(bad(format!("`{}` is too short; {SHAPE}", said.trim())));
    };
    if *until != "until" || promise.is_empty() {
        return Err(bad(format!("`{}` has no day; {SHAPE}", said.trim())));
    }
    let until = Day::parse(day)
        .ok_or_else(|| bad(format!("`{day}` is no day of the calendar; {SHAPE}")))?;
    Ok(Line {
        number,
        code: (*code).to_owned(),
        promise: promise.join(" "),
        until,
        why: why.trim().to_owned(),
    })
}

impl Line {
    /// It names a finding that there is, and a promise that can be made.
    fn is_known(&self) -> bool {
        let kind = self.promise.split('(').next().unwrap_or_default();
        catalog::kind(&self.code).is_some() && PROMISES.contains(&kind)
    }

    /// It is about this promise of a run that breaks for these reasons.
    fn covers(&self, promise: &str, codes: &[String]) -> bool {
        let same = self.promise == promise
            || promise
                .strip_prefix(&self.promise)
                .is_some_and(|rest| rest.starts_with('('));
        same && codes.contains(&self.code)
    }
}

/// What promises are called.
const PROMISES: [&str; 17] = [
    "WriteOutage",
    "ReadOutage",
    "Lost",
    "NotSent",
    "Duplicated",
    "Reordered",
    "Redelivered",
    "Skipped",
    "Lag",
    "Leaderless",
    "UnderMinIsr",
    "NoController",
    "Window",
    "Completes",
    "FullyReplicated",
    "PreferredLeaders",
    "Rebalances",
];

impl Accepted {
    /// Marks what is accepted: a run each of whose broken promises is covered by a line whose time is not over.
    pub(super) fn apply(&self, examples: &mut [Counterexample]) -> Baseline {
        let mut used = vec![false; self.lines.len()];
        let mut wanted = vec![false; self.lines.len()];
        for example in examples {
            let mut first = None;
            let mut all = true;
            for promise in &example.promises {
                let covers = |line: &&Line| line.covers(promise, &example.codes);
                let mut accepted = None;
                for (at, line) in self.lines.iter().enumerate() {
                    if covers(&line) {
                        wanted[at] = true;
                        if line.until >= self.today {
                            used[at] = true;
                            accepted.get_or_insert(line.number);
                        }
                    }
                }
                all &= accepted.is_some();
                first = first.or(accepted);
            }
            example.accepted = first.filter(|_| all);
        }
        let entries = self
            .lines
            .iter()
            .enumerate()
            .map(|(at, line)| Entry {
                line: line.number,
                code: line.code.clone(),
                promise: line.promise.clone(),
                until: line.until.to_string(),
                why: line.why.clone(),
                state: match (used[at], wanted[at]) {
                    _ if !line.is_known() => EntryState::Unknown,
                    (true, _) => EntryState::Used,
                    (false, true) => EntryState::Expired,
                    (false, false) => EntryState::Stale,
                },
            })
            .collect();
        Baseline {
            file: self.file.clone(),
            today: self.today.to_string(),
            entries,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenario::model::{Nanos, PromiseKind, Span, Spanned};

    #[test]
    fn every_kind_of_promise_can_be_accepted() {
        let who = || Spanned {
            value: String::new(),
            span: Span::default(),
        };
        let all = [
            PromiseKind::WriteOutage(who(), Nanos(0)),
            PromiseKind::ReadOutage(who(), Nanos(0)),
            PromiseKind::Lost(who(), 0),
            PromiseKind::NotSent(who(), 0),
            PromiseKind::Duplicated(who(), 0),
            PromiseKind::Reordered(who(), 0),
            PromiseKind::Redelivered(who(), 0),
            PromiseKind::Skipped(who(), 0),
            PromiseKind::Lag(who(), 0),
            PromiseKind::Leaderless(who(), Nanos(0)),
            PromiseKind::UnderMinIsr(who(), Nanos(0)),
            PromiseKind::NoController(who(), Nanos(0)),
            PromiseKind::Window(Nanos(0)),
            PromiseKind::Completes,
            PromiseKind::FullyReplicated(who()),
            PromiseKind::PreferredLeaders(who(), 0),
            PromiseKind::Rebalances(who(), 0),
        ];
        for kind in &all {
            assert!(PROMISES.contains(&kind.name()), "{}", kind.name());
        }
        assert_eq!(all.len(), PROMISES.len());
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn example(promise: &str, code: &str) -> Counterexample {
        Counterexample {
            seed: 1,
            fault: None,
            promises: vec![promise.to_owned()],
            codes: vec![code.to_owned()],
            title: String::new(),
            accepted: None,
        }
    }

    #[test]
    fn days_are_counted_as_the_calendar_counts_them() {
        for (days, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_454, "2026-01-01"),
            (20_818, "2026-12-31"),
        ] {
            assert_eq!(Day::since_1970(days), day(text));
        }
        assert!(day("2026-12-31") > day("2026-09-30"));
    }

    #[test]
    fn a_day_that_does_not_exist_is_none() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "26-01-01",
            "2026-1-1",
            "x",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_accepts_until_its_day_and_not_longer() {
        let text = "failover-wait WriteOutage(\"checkout\") until 2026-05-01 # known\n";
        for (today, accepted, state) in [
            ("2026-05-01", Some(1), EntryState::Used),
            ("2026-05-02", None, EntryState::Expired),
        ] {
            let mut examples = [example("WriteOutage(\"checkout\")", "failover-wait")];
            let read = read(text, "accepted", day(today)).expect("readable");
            let baseline = read.apply(&mut examples);
            assert_eq!(examples[0].accepted, accepted);
            assert_eq!(baseline.entries[0].state, state);
            assert_eq!(baseline.entries[0].why, "known");
        }
    }

    #[test]
    fn a_kind_alone_is_about_everyone_and_another_code_is_not_accepted() {
        let text = "# what we know\n\nfailover-wait WriteOutage until 2026-05-01\n";
        let read = read(text, "accepted", day("2026-01-01")).expect("readable");
        let mut examples = [
            example("WriteOutage(\"a\")", "failover-wait"),
            example("WriteOutage(\"a\")", "below-min-isr"),
            example("Lost(\"a\")", "failover-wait"),
        ];
        read.apply(&mut examples);
        let accepted: Vec<Option<u32>> = examples.iter().map(|one| one.accepted).collect();
        assert_eq!(accepted, [Some(3), None, None]);
    }

    #[test]
    fn lines_that_accept_nothing_are_told_with_their_numbers() {
        let text = "failover-wait Lost until 2026-05-01\nno-such-code Lost until 2026-05-01\n";
        let read = read(text, "accepted", day("2026-01-01")).expect("readable");
        let baseline = read.apply(&mut []);
        let states: Vec<(u32, EntryState)> = baseline
            .entries
            .iter()
            .map(|entry| (entry.line, entry.state))
            .collect();
        assert_eq!(states, [(1, EntryState::Stale), (2, EntryState::Unknown)]);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for text in [
            "failover-wait",
            "failover-wait Lost until",
            "failover-wait Lost until soon",
            "failover-wait until 2026-05-01",
        ] {
            let bad =
                read(&format!("# first\n{text}\n"), "accepted", day("2026-01-01")).expect_err(text);
            assert_eq!(bad.line, 2, "{text}");
        }
    }
}
