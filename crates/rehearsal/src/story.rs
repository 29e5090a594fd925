//! The story: what happened, line by line, for reading along.

use kafka::Notice;
use outcome::StoryLine;

use crate::acts::By;
use crate::play::Play;
use crate::words;

/// Lines at most. A long run of a large cluster has more; its timeline tells the rest.
const LONGEST: usize = 2000;

impl Play {
    /// Notable events in the order of time.
    pub(crate) fn story(&self) -> Vec<StoryLine> {
        let mut lines: Vec<(engine::Time, u8, StoryLine)> = Vec::new();
        for act in &self.acts {
            let who = match act.by {
                By::Step(_) => "operator",
                By::Fault(_) => "fault",
            };
            lines.push((
                act.at,
                0,
                self.line(act.at, who.to_owned(), act.text.clone()),
            ));
        }
        for noticed in &self.notices {
            let node = |node: u32| words::node(&self.estate, node);
            let controller = || "controller".to_owned();
            let (who, text) = match noticed.what {
                Notice::ProcessStarted(_) | Notice::Outside(_) => continue,
                Notice::Recovering(_, true) => continue,
                Notice::Recovering(who, false) => (
                    node(who),
                    "recovers its logs after an unclean stop".to_owned(),
                ),
                Notice::PortOpen(who) => (node(who), "is up, its port is open".to_owned()),
                Notice::Stopped(who) => (node(who), "has ended".to_owned()),
                Notice::Killed(who) => (node(who), "is gone".to_owned()),
                Notice::Paused(who) => (node(who), "hangs".to_owned()),
                Notice::Resumed(who) => (node(who), "goes on".to_owned()),
                Notice::RegistrationRefused(who) => (
                    node(who),
                    "may not register: its old session is still open".to_owned(),
                ),
                Notice::Unsupported(who, feature, level) => (
                    controller(),
                    format!(
                        "does not register {}: it does not support {feature} {level}",
                        node(who)
                    ),
                ),
                Notice::Stumbles(who, fault) => (
                    node(who),
                    fault
                        .lines(self.version_at(who, noticed.at), false)
                        .join("; "),
                ),
                Notice::Exited(who, reason) => (
                    node(who),
                    format!(
                        "ends with exit code 1: {}",
                        self.words_of_exit(who, reason, noticed.at).join("; ")
                    ),
                ),
                Notice::Finalized => ("metadata".to_owned(), "new levels of features".to_owned()),
                Notice::Fenced(who) => (controller(), format!("fences {}", node(who))),
                Notice::Unfenced(who) => (controller(), format!("unfences {}", node(who))),
                Notice::ControllerLost(who) => {
                    (node(who), "is no longer the active controller".to_owned())
                }
                Notice::ControllerActive(who) => (node(who), "is the active controller".to_owned()),
                Notice::Committed {
                    leaders,
                    shrank,
                    grew,
                } => {
                    let mut parts = Vec::new();
                    if leaders > 0 {
                        parts.push(words::count(u64::from(leaders), "new leader"));
                    }
                    if shrank > 0 {
                        parts.push(format!(
                            "{} smaller",
                            words::count(u64::from(shrank), "ISR")
                        ));
                    }
                    if grew > 0 {
                        parts.push(format!("{} larger", words::count(u64::from(grew), "ISR")));
                    }
                    if parts.is_empty() {
                        continue;
                    }
                    ("metadata".to_owned(), words::list(&parts))
                }
                #[allow(unreachable_patterns)]
                _ => continue,
            };
            lines.push((noticed.at, 1, self.line(noticed.at, who, text)));
        }
        lines.sort_by_key(|(at, rank, _)| (*at, *rank));
        let left_out = lines.len().saturating_sub(LONGEST);
        let mut lines: Vec<StoryLine> = lines
            .into_iter()
            .take(LONGEST)
            .map(|(.., line)| line)
            .collect();
        if left_out > 0 {
            let at = lines.last().map_or(0, |line| line.at);
            lines.push(StoryLine {
                at,
                who: String::new(),
                text: format!("… {} more", words::count(left_out as u64, "line")),
            });
        }
        lines
    }

    fn line(&self, at: engine::Time, who: String, text: String) -> StoryLine {
        StoryLine {
            at: self.relative(at),
            who,
            text,
        }
    }
}
