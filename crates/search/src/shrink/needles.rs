//! Every needle is found, and shrunk to what its file says is the least.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::found::read_back;
use crate::island::Strategy;
use crate::plan::Plan;
use crate::shrink::{Case, Failure, shrink};
use crate::{Asking, play};

/// Searches of each needle, and runs of one at most: a dozen times what it takes.
const SEARCHES: u64 = 2;
const RUNS: u64 = 20_000;

/// Seeds of two searches have none in common.
const APART: u64 = 10_000_000;

/// A case may be larger than the least by a fifth.
const LARGER: (usize, usize) = (6, 5);

/// The size of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    faults: usize,
    brokers: usize,
    partitions: usize,
    steps: usize,
}

impl Size {
    fn of(case: &Case) -> Self {
        let clusters = case.scenario.estate.clusters.values();
        let topics = || {
            let clusters = case.scenario.estate.clusters.values();
            clusters.flat_map(|cluster| cluster.topics.values())
        };
        Self {
            faults: case.faults.len(),
            brokers: clusters.map(|cluster| cluster.broker_ids().len()).sum(),
            partitions: topics().map(|topic| topic.partitions.value as usize).sum(),
            steps: case.scenario.runbook.len(),
        }
    }

    /// "Known minimum: 3 faults, 3 brokers, 1 partition, 1 step." in the head of a file.
    fn known(text: &str) -> Self {
        let known = "// Known minimum: ";
        let line = text.lines().find_map(|line| line.strip_prefix(known));
        let line = line.unwrap_or_else(|| panic!("no minimum in\n{text}"));
        let number = |what: &str| {
            let part = line.trim_end_matches('.').split(", ");
            part.filter_map(|part| part.split_once(' '))
                .find(|(_, word)| word.trim_end_matches('s') == what)
                .and_then(|(number, _)| number.parse().ok())
                .unwrap_or_else(|| panic!("how many {what}s? {line}"))
        };
        Self {
            faults: number("fault"),
            brokers: number("broker"),
            partitions: number("partition"),
            steps: number("step"),
        }
    }

    /// Not larger than that by more than a fifth; nor smaller, else it was not the least.
    fn is_close_to(self, least: Self) -> bool {
        let close =
            |size: usize, least: usize| size >= least && size * LARGER.1 <= least * LARGER.0;
        close(self.faults, least.faults)
            && close(self.brokers, least.brokers)
            && close(self.partitions, least.partitions)
            && close(self.steps, least.steps)
    }
}

fn needles() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/needles");
    let entries = std::fs::read_dir(folder).expect("the needles are there");
    let mut all: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    all.sort();
    all
}

#[test]
fn every_needle_is_found_and_shrunk_to_its_known_minimum() {
    let all = needles();
    assert!(all.len() >= 6, "{all:?}");
    let mut wrong = Vec::new();
    for path in all {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let least = Size::known(&text);
        let scenario = scenario::read(&scenario::Disk, &path).scenario;
        let scenario = scenario.expect("it is right");
        let swarm = scenario.swarm.clone().expect("it says what to look with");
        let rehearsal = rehearsal::prepare(&scenario, "needle.ron").expect("it is right");
        for search in 0..SEARCHES {
            let asking = Asking {
                seed: search * APART,
                runs: Some(RUNS),
                strategy: Strategy::Mixed,
                faults: swarm.faults.expect("it says how many").value,
                kinds: swarm.kinds.iter().map(|kind| kind.value.into()).collect(),
                window: None,
                until_first: true,
                rates: Vec::new(),
                shard: (0, 1),
            };
            let stop = AtomicBool::new(false);
            let played = play(
                &rehearsal,
                &asking,
                BTreeMap::new(),
                &stop,
                &|| false,
                &|_| {},
            );
            let found = played
                .islands
                .values()
                .find_map(|island| island.kept.values().next());
            let found = found.unwrap_or_else(|| panic!("{}: not found", path.display()));
            let faults = read_back(&rehearsal, &found.faults).expect("it was written");
            let plan = Plan {
                seed: found.seed,
                faults,
            };
            let case = Case::of(&rehearsal, &plan);
            let outcome = plan.on(&rehearsal).run(plan.seed);
            let failure = Failure::all(&outcome).remove(0);
            let shrunk = shrink(&case, &failure, "needle.ron", &|_, _| {}).expect("it fails");
            let size = Size::of(&shrunk.case);
            if !size.is_close_to(least) {
                let text = scenario::canonical::text(&shrunk.case.whole());
                let name = path.display();
                wrong.push(format!("{name}: {size:?}, and {least:?} is known:\n{text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
