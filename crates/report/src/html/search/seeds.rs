//! The file as it is, seed by seed: a box for each, empty where every promise held, with the number of broken promises where not.

use outcome::search::{Search, SeedOutcome};

use super::super::build::Html;
use crate::text::number;

pub(super) fn write(html: &mut Html, search: &Search) {
    let (Some(first), Some(last)) = (search.seeds.first(), search.seeds.last()) else {
        return;
    };
    let broken = search.seeds.iter().filter(|seed| !seed.broken.is_empty());
    let text = format!(
        "Without any fault but the file's own, seeds {} to {}: {} of {} break a promise. A box for each; a number says how many promises broke.",
        first.seed,
        last.seed,
        number(broken.count() as u64),
        number(search.seeds.len() as u64)
    );
    html.leaf("p", &[], &text);
    html.element("ol", &[("class", "seeds")], |html| {
        for seed in &search.seeds {
            one(html, search, seed);
        }
    });
}

fn one(html: &mut Html, search: &Search, seed: &SeedOutcome) {
    let said = match seed.broken.len() {
        0 => format!("seed {}: every promise held", seed.seed),
        _ => {
            let promises: Vec<&str> = seed
                .broken
                .iter()
                .filter_map(|&at| search.promises.get(at as usize))
                .map(String::as_str)
                .collect();
            format!("seed {} broke: {}", seed.seed, promises.join("; "))
        }
    };
    let class = if seed.broken.is_empty() {
        "held"
    } else {
        "broke"
    };
    html.element("li", &[("class", class), ("title", &said)], |html| {
        let sign = match seed.broken.len() {
            0 => "·".to_owned(),
            many => many.to_string(),
        };
        html.leaf("span", &[("aria-hidden", "true")], &sign);
        html.leaf("span", &[("class", "unseen")], &said);
    });
}
