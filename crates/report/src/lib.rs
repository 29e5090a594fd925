//! From an outcome to something to look at: terminal text, JSON, SVG, PNG, HTML, JUnit, Markdown, annotations.
//!
//! Every function here is a pure function of an [`outcome::Outcome`]: equal outcomes give equal bytes, on every machine.
//! So a report can be drawn again at any time from a saved `outcome.json` ([`json::read`]). Only [`write_report`] and
//! [`write_file`] touch the disk.
//!
//! What is said is said once: `words` phrases verdicts, promises and limits, `text` formats times and numbers and
//! makes other people's text harmless, `chart` decides what a timeline shows and `scale` where a moment lies. The outputs
//! only arrange it.

mod chart;
pub mod diff;
pub mod found;
pub mod github;
mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod picture;
pub mod rollback;
pub mod sarif;
mod scale;
pub mod search_words;
pub mod terminal;
mod text;
mod words;
mod write;

pub use html::page as html;
pub use html::rollback as rollback_html;
pub use html::{More as BesideSearch, search_page as search_html};
pub use html::{diff_page as diff_html, gates_page as gates_html};
pub use junit::{Expectation, Tested};
pub use text::clock::{clock, clock_range};
pub use text::count::number;
pub use text::duration::duration;
pub use words::replay_command;
pub use write::{WriteError, write_file, write_report, write_rollback};
