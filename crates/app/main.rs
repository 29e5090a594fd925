//! dryroll.
fn main() {}
