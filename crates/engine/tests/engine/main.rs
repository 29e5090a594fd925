//! The engine's promises, held against a toy world that uses all of it.

mod bisecting;
mod causes;
mod determinism;
mod golden;
mod rules;
mod world;
