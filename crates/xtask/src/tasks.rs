//! The tasks, one module each.

pub(crate) mod facts;
