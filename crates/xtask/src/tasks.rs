//! The tasks, one module each.

pub(crate) mod facts;
pub(crate) mod pages;
