//! A way as text for 80 columns.

use std::fmt;

use super::{Remark, UpgradePath};
use crate::present::Sheet;

const COLUMN: usize = 14;

impl fmt::Display for UpgradePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sheet = Sheet::default();
        sheet.heading(&format!("From {}", self.from));
        sheet.line(0, &format!("to {}", self.to));
        if self.mode_inferred && self.from.version.major == 3 {
            sheet.line(
                2,
                "the mode is a guess from the version; say --zookeeper or --kraft",
            );
        }
        if !self.back.is_empty() {
            sheet.heading("This is a way back");
            for remark in &self.back {
                show(&mut sheet, "", remark);
            }
            return f.write_str(&sheet.finish());
        }
        if self.stops.is_empty() {
            sheet.heading("There is nothing to do.");
        }
        for (at, stop) in self.stops.iter().enumerate() {
            sheet.heading(&format!("{}. {} to {}", at + 1, verb(stop.how), stop.to));
            if let Some(why) = &stop.why {
                show(&mut sheet, "why a stop", why);
            }
            for (label, remarks) in [
                ("before", &stop.before),
                ("on the way", &stop.watch),
                ("then", &stop.after),
                ("turn back", &stop.back),
                ("instead", &stop.instead),
            ] {
                for (at, remark) in remarks.iter().enumerate() {
                    show(&mut sheet, if at == 0 { label } else { "" }, remark);
                }
            }
            sheet.labelled(2, "documented", COLUMN, stop.source);
        }
        f.write_str(&sheet.finish())
    }
}

fn verb(how: &str) -> &'static str {
    match how {
        "migrate" => "Migrate",
        _ => "Roll",
    }
}

fn show(sheet: &mut Sheet, label: &str, remark: &Remark) {
    sheet.labelled(
        2,
        label,
        COLUMN,
        &format!("- {} [{}]", remark.text, remark.source),
    );
}
