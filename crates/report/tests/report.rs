//! The outputs, held against sample outcomes and against any outcome at all.

mod samples;

mod files;
mod golden;
mod machine;
mod page;
mod pictures;
mod terminal;
