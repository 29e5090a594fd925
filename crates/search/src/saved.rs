//! The islands of a search on disk: to go on with it, and to put shards together.

use std::collections::BTreeMap;

use outcome::search::{Asked, Ended, SEARCH_SCHEMA_VERSION};
use rehearsal::{MODEL, Rehearsal};
use serde::{Deserialize, Serialize};

use crate::island::{self, Island, Strategy};
use crate::odds::Rate;
use crate::palette::Kind;
use crate::{Asking, Played, rehearsal_scenario};

/// What is saved of a search, or of a shard of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// [`SEARCH_SCHEMA_VERSION`].
    pub schema: u32,
    /// Version of the model.
    pub model: String,
    /// Hash of the scenario.
    pub scenario: String,
    /// The name of its file.
    pub file: String,
    /// What was asked for.
    pub asked: Asked,
    /// Which shard of how many, from 1.
    pub shard: (u64, u64),
    /// Why it ended.
    pub ended: Ended,
    /// The islands.
    pub islands: Vec<Island>,
}

/// Why saved islands are of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Not what a search saves.
    NotSaved(String),
    /// Of another model.
    OtherModel(String),
    /// Of another scenario.
    OtherScenario,
    /// Asked for something else.
    AskedOtherwise,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotSaved(why) => write!(to, "it is not what a search saves: {why}"),
            Self::OtherModel(model) => {
                write!(
                    to,
                    "it was made by {model}, and this is {MODEL}; search again"
                )
            }
            Self::OtherScenario => write!(to, "it is a search of another scenario"),
            Self::AskedOtherwise => write!(
                to,
                "it was asked for something else (seed, runs, strategy, faults, kinds or the time in which they come)"
            ),
        }
    }
}

impl Saved {
    /// What was played of this search.
    pub fn of(rehearsal: &Rehearsal, asking: &Asking, played: &Played) -> Self {
        Self {
            schema: SEARCH_SCHEMA_VERSION,
            model: MODEL.to_owned(),
            scenario: rehearsal::identity_of(&rehearsal_scenario(rehearsal)),
            file: rehearsal.file().to_owned(),
            asked: asking.asked(),
            shard: (asking.shard.0 + 1, asking.shard.1),
            ended: played.ended,
            islands: played.islands.values().cloned().collect(),
        }
    }

    /// As JSON.
    pub fn json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("islands are plain data");
        json.push('\n');
        json
    }

    /// Reads what [`json`](Self::json) wrote.
    ///
    /// # Errors
    /// Why it is of no use.
    pub fn read(json: &str) -> Result<Self, Unfit> {
        let saved: Self =
            serde_json::from_str(json).map_err(|error| Unfit::NotSaved(error.to_string()))?;
        match saved.model == MODEL {
            true => Ok(saved),
            false => Err(Unfit::OtherModel(saved.model)),
        }
    }

    /// Are these islands of this search?
    ///
    /// # Errors
    /// Why not.
    pub fn fits(&self, rehearsal: &Rehearsal, asking: &Asking) -> Result<(), Unfit> {
        if self.scenario != rehearsal::identity_of(&rehearsal_scenario(rehearsal)) {
            return Err(Unfit::OtherScenario);
        }
        // A search by time may go on for another time, and one of so many runs for more.
        let same = Asked {
            runs: asking.runs,
            ..self.asked.clone()
        };
        let cut_alike = island::size(self.asked.runs) == asking.island();
        match same == asking.asked() && cut_alike {
            true => Ok(()),
            false => Err(Unfit::AskedOtherwise),
        }
    }

    /// The islands that are whole whatever the number of runs, by number.
    pub fn islands(&self) -> BTreeMap<u64, Island> {
        let size = island::size(self.asked.runs);
        let whole = |island: &&Island| {
            let runs: u64 = island.arms.values().map(|work| work.runs).sum();
            let found = self.asked.until_first && island.first.is_some();
            !island.plans.is_empty() || runs == size || found
        };
        let islands = self.islands.iter().filter(whole);
        islands
            .map(|island| (island.number, island.clone()))
            .collect()
    }
}

impl Asking {
    /// What was asked for, from how it stands in a result.
    ///
    /// # Errors
    /// It was not written by this program.
    pub fn of(asked: &Asked) -> Result<Self, Unfit> {
        let odd = |what: &str| Unfit::NotSaved(format!("unknown {what}"));
        let strategy = match asked.strategy.as_str() {
            "exhaustive" => Strategy::Exhaustive {
                faults: asked.faults,
                prune: true,
            },
            "odds" => Strategy::Odds,
            name => Strategy::named(name).ok_or_else(|| odd("strategy"))?,
        };
        let kinds = asked
            .kinds
            .iter()
            .map(|name| Kind::named(name).ok_or_else(|| odd("kind")));
        let rates = asked
            .rates
            .iter()
            .map(|rate| Rate::parse(rate).map_err(|_| odd("rate")));
        Ok(Self {
            seed: asked.seed,
            runs: asked.runs,
            strategy,
            faults: asked.faults,
            kinds: kinds.collect::<Result<_, _>>()?,
            window: asked.window,
            until_first: asked.until_first,
            rates: rates.collect::<Result<_, _>>()?,
            shard: (0, 1),
        })
    }
}

/// Shards put together: the islands of all, and why it ended. `missing`: numbers of islands that nobody played.
///
/// # Errors
/// Shards that do not belong together.
pub fn merge(shards: &[Saved]) -> Result<(Played, u64), Unfit> {
    let mut islands: BTreeMap<u64, Island> = BTreeMap::new();
    let mut ended = Ended::Complete;
    let Some(first) = shards.first() else {
        return Err(Unfit::NotSaved("there is no shard".to_owned()));
    };
    for shard in shards {
        if shard.scenario != first.scenario {
            return Err(Unfit::OtherScenario);
        }
        if shard.asked != first.asked {
            return Err(Unfit::AskedOtherwise);
        }
        if matches!(shard.ended, Ended::Interrupted | Ended::OutOfTime) {
            ended = shard.ended;
        }
        for island in &shard.islands {
            islands.insert(island.number, island.clone());
        }
    }
    let lowest = islands
        .values()
        .find(|island| island.first.is_some())
        .map(|island| island.number);
    if let (true, Some(lowest)) = (first.asked.until_first, lowest) {
        islands.retain(|&number, _| number <= lowest);
        ended = Ended::FirstFailure;
    }
    let last = islands.keys().next_back().map_or(0, |last| last + 1);
    let wanted = match (first.asked.runs, ended) {
        (Some(runs), Ended::Complete) if first.asked.strategy != "exhaustive" => {
            runs.div_ceil(island::size(Some(runs)))
        }
        _ => last,
    };
    let missing = wanted.saturating_sub(islands.len() as u64);
    if missing > 0 && ended == Ended::Complete {
        ended = Ended::Interrupted;
    }
    Ok((Played { islands, ended }, missing))
}
