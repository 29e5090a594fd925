//! From the tree to the typed model: every field by its table, every value by its kind.
//!
//! A value that cannot be read is reported and replaced by a stand-in, so that the rest of the file is read too; the places of
//! stand-ins are remembered in [`Broken`], and nothing further is said about them.

mod actions;
mod conditions;
mod context;
mod contract;
mod estate;
mod faults;
mod features;
mod fields;
mod parts;
mod reserved;
mod runbook;
mod selectors;
mod settings;
mod swarm;
mod values;
pub(crate) mod versions;

pub(crate) use context::{Broken, Lowered};

use crate::defaults;
use crate::loader::Loader;
use crate::model::{Scenario, Spanned};
use crate::syntax::Node;
use context::Lower;
use fields::{Field, Table};
use std::path::Path;

const SCENARIO: Table = Table {
    what: "a scenario",
    fields: &[
        Field::named("about"),
        Field::named("estate").like("( clusters: { … } )"),
        Field::named("runbook").also(&["steps"]),
        Field::named("faults").also(&["fault", "chaos"]),
        Field::named("swarm").like("( kinds: [Crash], faults: 2 )"),
        Field::named("contract").also(&["promises", "slo", "slos"]),
        Field::named("expect").also(&["expects", "expected"]),
        Field::named("settle").also(&["warmup", "warm_up"]),
        Field::named("tail").also(&["cooldown"]),
        Field::named("seed"),
        Field::named("seeds"),
    ],
};

/// Reads the file at `path` and everything it names as its parts.
pub(crate) fn lower(loader: &dyn Loader, path: &Path) -> Lowered {
    let mut lower = Lower::new(loader);
    let scenario = lower
        .file(path, |lower, root| lower.scenario(root))
        .flatten();
    lower.finish(scenario)
}

impl Lower<'_> {
    fn scenario(&mut self, root: &Node) -> Option<Scenario> {
        let mut fields = self.fields(root, &SCENARIO, None)?;
        let about = fields.optional(self, "about", Self::text);
        let estate = fields
            .required_with(self, "estate", Self::estate)
            .unwrap_or_else(|| {
                self.broken.estate = true;
                Default::default()
            });
        let runbook = fields.optional(self, "runbook", Self::runbook);
        let faults = fields.optional(self, "faults", Self::faults);
        let swarm = fields.optional(self, "swarm", Self::swarm);
        let contract = fields.optional(self, "contract", Self::contract);
        let expect = fields.optional(self, "expect", Self::expect);
        Some(Scenario {
            about: about.unwrap_or_else(|| fields.stand_in(String::new())),
            estate,
            runbook: runbook.unwrap_or_default(),
            faults: faults.unwrap_or_default(),
            swarm: swarm.flatten(),
            contract: contract.unwrap_or_default(),
            expect: expect.flatten(),
            settle: fields.or(self, "settle", &defaults::SETTLE, Self::duration),
            tail: fields.or(self, "tail", &defaults::TAIL, Self::duration),
            seed: fields.or(self, "seed", &defaults::SEED, Self::seed),
            seeds: fields.or(self, "seeds", &defaults::SEEDS, Self::seeds),
        })
    }

    fn seed(&mut self, node: &Node) -> Spanned<u64> {
        self.whole(node, "a seed", 0, u64::MAX)
    }

    fn seeds(&mut self, node: &Node) -> Spanned<u64> {
        self.whole(node, "a number of seeds", 1, 1_000_000)
    }
}
