//! The table of predicted against observed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::measure::{Measures, Quantity, Question, Unit, Verdicts};
use crate::read::NotReplayed;
use crate::statistics::{expected, median, quantile};

/// Version of the JSON form.
const FORMAT: u32 = 1;
/// A median may be off by this share of the observed one ...
const SHARE: f64 = 0.15;
/// ... or by this many seconds.
const SECONDS: f64 = 0.5;
/// The predicted range is between these quantiles.
const LOW: f64 = 0.01;
const HIGH: f64 = 0.99;
/// On a busy machine numbers below this are upper bounds.
const SUB_SECOND: f64 = 1.0;

/// Smallest, middle and largest of what was observed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observed {
    /// How many values.
    pub count: usize,
    /// The smallest.
    pub min: f64,
    /// The middle one.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

/// What the model predicts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Predicted {
    /// How many values, over all seeds.
    pub count: usize,
    /// The middle one.
    pub median: f64,
    /// Below this lies 1 %.
    pub low: f64,
    /// Below this lie 99 %.
    pub high: f64,
}

/// How a prediction fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// The medians are within 15 % or 0.5 s of each other (counts: the observed one lies in the predicted range).
    Close,
    /// The machine was busy, so that this sub-second number is an upper bound; the prediction is below it.
    Bound,
    /// The observed median lies in the predicted range, but further from the predicted median.
    Spread,
    /// Neither.
    Off,
}

/// One quantity of one recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What.
    pub quantity: String,
    /// Seconds or a count.
    pub unit: &'static str,
    /// What was observed. `None`: never.
    pub observed: Option<Observed>,
    /// What is predicted. `None`: never.
    pub predicted: Option<Predicted>,
    /// The observed median lies in the predicted range.
    pub inside: bool,
    /// The medians are within the limits.
    pub within: bool,
    /// Both taken together.
    pub fit: Fit,
    /// Why it may differ; empty if nobody knows or it does not.
    pub suspected: String,
}

/// One question about one recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// What.
    pub question: String,
    /// In how many repeats it was so.
    pub observed: usize,
    /// Of how many.
    pub of: usize,
    /// In how many percent of the seeds it is so.
    pub predicted_percent: f64,
    /// The observed number can be expected of the predicted share.
    pub agrees: bool,
    /// Why it may differ.
    pub suspected: String,
}

/// One recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Its file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Kafka's version.
    pub kafka: String,
    /// Number of repeats.
    pub runs: usize,
    /// Its sub-second numbers count.
    pub calm: bool,
    /// Numbers.
    pub rows: Vec<Row>,
    /// Answers.
    pub verdicts: Vec<Verdict>,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Seeds per recording.
    pub seeds: u32,
    /// Recordings that were replayed.
    pub recordings: Vec<Compared>,
    /// Recordings that were not, and why.
    pub not_replayed: Vec<NotReplayed>,
}

/// Why a row or verdict may differ: asked with the recording's traits and the words of the quantity.
pub(crate) type Suspect<'a> = dyn Fn(&About<'_>) -> &'static str + 'a;

/// What a suspicion is about.
pub(crate) enum About<'a> {
    /// A row.
    Row(&'a Quantity, &'a Row),
    /// A verdict.
    Verdict(&'a Question, &'a Verdict),
}

/// Compares what was observed in the repeats with what is predicted over seeds.
pub(crate) fn rows(
    observed: &[Measures],
    predicted: &[Measures],
    calm: bool,
    suspect: &Suspect<'_>,
) -> Vec<Row> {
    let quantities: BTreeSet<&Quantity> = observed
        .iter()
        .chain(predicted)
        .flat_map(Measures::keys)
        .collect();
    let pool = |runs: &[Measures], quantity: &Quantity| -> Vec<f64> {
        runs.iter()
            .filter_map(|run| run.get(quantity))
            .flatten()
            .copied()
            .collect()
    };
    let shows = |runs: &[Measures], quantity: &Quantity| {
        runs.iter().filter(|run| run.contains_key(quantity)).count()
    };
    let mut rows = Vec::new();
    for quantity in quantities {
        let (real, model) = (pool(observed, quantity), pool(predicted, quantity));
        // Not observed: news only if the model says that it mostly is to be seen.
        if real.is_empty()
            && (quantity.may_be_unseen()
                || shows(predicted, quantity) * 2 < predicted.len()
                || matches!(
                    quantity,
                    Quantity::LooksLeaderless(_)
                        | Quantity::LooksLed(..)
                        | Quantity::LooksInSync(_)
                        | Quantity::Lost(_)
                ))
        {
            continue;
        }
        // The model has no such thing yet.
        if model.is_empty() && matches!(quantity, Quantity::LongestReadGap(_)) {
            continue;
        }
        let unit = quantity.unit();
        let real = median(&real).map(|middle| Observed {
            count: real.len(),
            min: milli(real.iter().copied().fold(f64::INFINITY, f64::min)),
            median: milli(middle),
            max: milli(real.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        });
        let model = median(&model).map(|middle| Predicted {
            count: model.len(),
            median: milli(middle),
            low: milli(quantile(&model, LOW).unwrap_or(middle)),
            high: milli(quantile(&model, HIGH).unwrap_or(middle)),
        });
        let (inside, within) = match (&real, &model) {
            (Some(real), Some(model)) => {
                let inside = real.median >= model.low && real.median <= model.high;
                let within = match unit {
                    Unit::Seconds => {
                        (real.median - model.median).abs() <= SECONDS.max(SHARE * real.median)
                    }
                    Unit::Count => inside,
                };
                (inside, within)
            }
            _ => (false, false),
        };
        let bound = match (&real, &model) {
            (Some(real), Some(model)) => {
                !calm
                    && unit == Unit::Seconds
                    && real.median < SUB_SECOND
                    && model.median <= real.median
            }
            _ => false,
        };
        let fit = if within {
            Fit::Close
        } else if bound {
            Fit::Bound
        } else if inside {
            Fit::Spread
        } else {
            Fit::Off
        };
        let mut row = Row {
            quantity: quantity.words(),
            unit: if unit == Unit::Seconds { "s" } else { "" },
            observed: real,
            predicted: model,
            inside,
            within,
            fit,
            suspected: String::new(),
        };
        if matches!(fit, Fit::Off | Fit::Spread) {
            row.suspected = suspect(&About::Row(quantity, &row)).to_owned();
        }
        rows.push(row);
    }
    rows
}

/// Compares answers.
pub(crate) fn verdicts(
    observed: &[Verdicts],
    predicted: &[Verdicts],
    suspect: &Suspect<'_>,
) -> Vec<Verdict> {
    let questions: BTreeSet<&Question> = observed
        .iter()
        .chain(predicted)
        .flat_map(Verdicts::keys)
        .collect();
    let mut verdicts = Vec::new();
    for question in questions {
        // An error that nobody saw is an answer; another question that was not asked is none.
        let always = matches!(question, Question::Sees(..));
        let answers = |runs: &[Verdicts]| -> (usize, usize) {
            let answers: Vec<bool> = runs
                .iter()
                .filter_map(|run| run.get(question).copied().or(always.then_some(false)))
                .collect();
            (
                answers.iter().filter(|answer| **answer).count(),
                answers.len(),
            )
        };
        let ((yes, of), (model_yes, model_of)) = (answers(observed), answers(predicted));
        if of == 0 || model_of == 0 {
            continue;
        }
        let share = model_yes as f64 / model_of as f64;
        let mut verdict = Verdict {
            question: question.words(),
            observed: yes,
            of,
            predicted_percent: milli(share * 100.0),
            agrees: expected(yes, of, share),
            suspected: String::new(),
        };
        if !verdict.agrees {
            verdict.suspected = suspect(&About::Verdict(question, &verdict)).to_owned();
        }
        verdicts.push(verdict);
    }
    verdicts
}

/// Rounded to a thousandth, so that the last bits of a sum show nowhere.
fn milli(value: f64) -> f64 {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

impl Row {
    fn observed_words(&self) -> String {
        match &self.observed {
            None => "never".to_owned(),
            Some(seen) if seen.count == 1 => self.number(seen.median),
            Some(seen) => format!(
                "{} / {} / {}",
                self.number(seen.min),
                self.number(seen.median),
                self.number(seen.max)
            ),
        }
    }

    fn predicted_words(&self) -> String {
        match &self.predicted {
            None => "never".to_owned(),
            Some(model) => format!(
                "{} [{} – {}]",
                self.number(model.median),
                self.number(model.low),
                self.number(model.high)
            ),
        }
    }

    fn number(&self, value: f64) -> String {
        if self.unit == "s" {
            format!("{value:.2}")
        } else if value.fract() == 0.0 {
            format!("{value:.0}")
        } else {
            format!("{value:.1}")
        }
    }

    fn fit_words(&self) -> &'static str {
        match self.fit {
            Fit::Close if self.inside => "inside, close",
            Fit::Close => "close",
            Fit::Bound => "upper bound",
            Fit::Spread => "inside",
            Fit::Off => "OFF",
        }
    }
}

impl Verdict {
    fn observed_words(&self) -> String {
        format!("{} of {}", self.observed, self.of)
    }

    fn predicted_words(&self) -> String {
        format!("{:.0} %", self.predicted_percent)
    }
}

impl Table {
    /// Every verdict of every recording agrees.
    pub fn all_verdicts_agree(&self) -> bool {
        self.recordings
            .iter()
            .flat_map(|recording| &recording.verdicts)
            .all(|verdict| verdict.agrees)
    }

    /// What disagrees, as (recording, what, suspected mechanism): verdicts that differ, and quantities that are off.
    pub fn disagreements(&self) -> Vec<(&str, &str, &str)> {
        let mut list = Vec::new();
        for recording in &self.recordings {
            let off = recording
                .rows
                .iter()
                .filter(|row| row.fit == Fit::Off)
                .map(|row| (row.quantity.as_str(), row.suspected.as_str()));
            let differ = recording
                .verdicts
                .iter()
                .filter(|verdict| !verdict.agrees)
                .map(|verdict| (verdict.question.as_str(), verdict.suspected.as_str()));
            list.extend(
                off.chain(differ)
                    .map(|(what, why)| (recording.name.as_str(), what, why)),
            );
        }
        list
    }

    /// Rows in all, and how many are close, upper bounds, inside only, off.
    pub fn count(&self) -> [usize; 5] {
        let rows: Vec<&Row> = self
            .recordings
            .iter()
            .flat_map(|recording| &recording.rows)
            .collect();
        let of = |fit: Fit| rows.iter().filter(|row| row.fit == fit).count();
        [
            rows.len(),
            of(Fit::Close),
            of(Fit::Bound),
            of(Fit::Spread),
            of(Fit::Off),
        ]
    }

    fn summary(&self) -> String {
        let [all, close, bound, spread, off] = self.count();
        let verdicts: Vec<&Verdict> = self
            .recordings
            .iter()
            .flat_map(|recording| &recording.verdicts)
            .collect();
        let agree = verdicts.iter().filter(|verdict| verdict.agrees).count();
        let mut text = format!(
            "{} recordings, {} seeds each: {agree} of {} verdicts agree; of {all} quantities {close} have medians within 15 % or 0.5 s",
            self.recordings.len(),
            self.seeds,
            verdicts.len()
        );
        for (count, words) in [
            (bound, "are upper bounds (busy machine)"),
            (spread, "lie only inside the predicted range"),
            (off, "are off"),
        ] {
            if count > 0 {
                let _ = write!(text, ", {count} {words}");
            }
        }
        text.push('.');
        text
    }

    /// For a terminal of this width.
    pub fn text(&self, width: usize) -> String {
        // Observed, predicted and fit take what they need; the rest is the quantity's.
        const OBSERVED: usize = 21;
        const PREDICTED: usize = 23;
        const FIT: usize = 13;
        let quantity = width
            .saturating_sub(OBSERVED + PREDICTED + FIT + 8)
            .clamp(20, 48);
        let mut text = String::new();
        for recording in &self.recordings {
            let _ = writeln!(
                text,
                "{} · Kafka {} · {}{}",
                recording.name,
                recording.kafka,
                runs(recording.runs),
                if recording.calm {
                    ""
                } else {
                    " · busy machine"
                }
            );
            let _ = writeln!(
                text,
                "  {} {} predicted [1 – 99 %]",
                fill("", quantity),
                fill("observed", OBSERVED)
            );
            for row in &recording.rows {
                let line = format!(
                    "  {} {} {} {}",
                    fill(&row.quantity, quantity),
                    fill(&row.observed_words(), OBSERVED),
                    fill(&row.predicted_words(), PREDICTED),
                    row.fit_words()
                );
                let _ = writeln!(text, "{}", line.trim_end());
                if !row.suspected.is_empty() {
                    wrapped(&mut text, &row.suspected, width);
                }
            }
            let (agree, differ): (Vec<&Verdict>, Vec<&Verdict>) = recording
                .verdicts
                .iter()
                .partition(|verdict| verdict.agrees);
            let _ = writeln!(
                text,
                "  {} of {} verdicts agree",
                agree.len(),
                recording.verdicts.len()
            );
            for verdict in differ {
                let line = format!(
                    "  {} {} {} DIFFERS",
                    fill(&verdict.question, quantity),
                    fill(&verdict.observed_words(), OBSERVED),
                    fill(&verdict.predicted_words(), PREDICTED)
                );
                let _ = writeln!(text, "{}", line.trim_end());
                if !verdict.suspected.is_empty() {
                    wrapped(&mut text, &verdict.suspected, width);
                }
            }
            text.push('\n');
        }
        if !self.not_replayed.is_empty() {
            text.push_str("Not replayed:\n");
            for not in &self.not_replayed {
                let _ = writeln!(text, "  {}: {}", not.file, not.why);
            }
            text.push('\n');
        }
        let _ = writeln!(text, "{}", self.summary());
        text
    }

    /// As Markdown: one row a quantity.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        text.push_str("| recording | quantity | observed (s) | predicted median [1 – 99 %] | |\n|---|---|---|---|---|\n");
        for recording in &self.recordings {
            let mut name = recording.name.clone();
            for row in &recording.rows {
                let mut fit = row.fit_words().to_owned();
                if !row.suspected.is_empty() {
                    let _ = write!(fit, ": {}", row.suspected);
                }
                let cells = [
                    name.as_str(),
                    &row.quantity,
                    &row.observed_words(),
                    &row.predicted_words(),
                    &fit,
                ]
                .map(cell);
                let _ = writeln!(text, "| {} |", cells.join(" | "));
                name.clear();
            }
            let agree = recording
                .verdicts
                .iter()
                .filter(|verdict| verdict.agrees)
                .count();
            let lead = if name.is_empty() {
                " ".to_owned()
            } else {
                // No row above has named it.
                format!(" {} ", cell(&name))
            };
            let _ = writeln!(
                text,
                "|{lead}| verdicts | | | {agree} of {} agree |",
                recording.verdicts.len()
            );
            for verdict in recording.verdicts.iter().filter(|verdict| !verdict.agrees) {
                let mut fit = "**differs**".to_owned();
                if !verdict.suspected.is_empty() {
                    let _ = write!(fit, ": {}", verdict.suspected);
                }
                let cells = [
                    "",
                    &verdict.question,
                    &verdict.observed_words(),
                    &verdict.predicted_words(),
                    &fit,
                ]
                .map(cell);
                let _ = writeln!(text, "| {} |", cells.join(" | "));
            }
        }
        let _ = writeln!(text, "\n{}", self.summary());
        if !self.not_replayed.is_empty() {
            text.push_str("\nNot replayed:\n\n");
            for not in &self.not_replayed {
                let _ = writeln!(text, "- `{}`: {}", not.file, not.why);
            }
        }
        text
    }

    /// Everything, versioned.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Not<'a> {
            file: &'a str,
            why: &'a str,
        }
        #[derive(Serialize)]
        struct Whole<'a> {
            format: u32,
            seeds: u32,
            all_verdicts_agree: bool,
            recordings: &'a [Compared],
            not_replayed: Vec<Not<'a>>,
        }
        let whole = Whole {
            format: FORMAT,
            seeds: self.seeds,
            all_verdicts_agree: self.all_verdicts_agree(),
            recordings: &self.recordings,
            not_replayed: self
                .not_replayed
                .iter()
                .map(|not| Not {
                    file: &not.file,
                    why: &not.why,
                })
                .collect(),
        };
        let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn runs(count: usize) -> String {
    if count == 1 {
        "1 run".to_owned()
    } else {
        format!("{count} runs")
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Exactly this many characters: cut with an ellipsis, or filled with blanks.
fn fill(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count > width {
        let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
        cut.push('…');
        cut
    } else {
        format!("{text}{}", " ".repeat(width - count))
    }
}

fn wrapped(text: &mut String, content: &str, width: usize) {
    let mut line = String::from("     ");
    for word in content.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > width.max(40) {
            let _ = writeln!(text, "{line}");
            line = String::from("     ");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}
