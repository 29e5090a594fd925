//! Runs whose traces are written down. They hold for each build and platform; a change of one of them means that runs
//! of an earlier version can no longer be replayed, and belongs into the notes of the release.

use engine::Run;

use crate::world::{Options, World};

#[track_caller]
fn leaves(seed: u64, events: u64, value: u128) {
    let world: World = World::new(seed, Options::default()).run();
    let trace = world.trace();
    assert_eq!(
        (trace.events(), trace.value()),
        (events, value),
        "{:#034x}",
        trace.value()
    );
}

/// The values come from a second implementation of all that takes part, in Python: the world on `heapq`, the cipher,
/// the distributions (the logarithm with 60 decimal places) and the hash.
#[test]
fn known_seeds_leave_known_traces() {
    leaves(0, 32_857, 0x8a6e_f899_cd5c_12e3_c9cf_e3ae_162a_6507);
    leaves(1, 32_216, 0xd029_8f45_f72a_874e_cdec_8b73_3899_838e);
    leaves(u64::MAX, 33_751, 0xc309_b8d5_c59b_f622_3240_bd53_982b_c3e6);
}
