//! Faults to plant in the naive model. If the comparison does not see one, it is blind there.

/// One deliberate mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// R10: the high watermark waits for the ISR only, not for an eligible follower that is in step outside of it.
    WaitsForIsrOnly,
    /// R6: no back-off after an unknown leader epoch: the next instant is tried.
    NoFetchBackoff,
    /// P6: a batch that the log holds already is appended again.
    NoDeduplication,
    /// R14: a follower leaves the ISR at the first check after it has stopped, however short ago it was caught up.
    ShrinkWithoutLag,
    /// P9: batches to be sent again are queued in the order of their failures instead of being pushed to the front.
    RetryOrderKept,
    /// P6: acks=all is accepted below min ISR.
    NoMinIsrCheck,
    /// P12: the delivery time-out counts from the first sending.
    DeliveryTimeoutFromSend,
    /// P11: NOT_LEADER_OR_FOLLOWER does not tell the new leader.
    NoLeaderHint,
    /// R5: an added partition fetches at the next instant, as if no fetch were parked.
    ParkedFetchIgnored,
    /// R11: the high watermark moves below min ISR in every version.
    NoFreezeBelowMinIsr,
    /// M3: nodes learn of a commit at once instead of with the next append.
    LearnsAtOnce,
    /// M4: becoming leader takes no time.
    LeadsAtOnce,
    /// R13: a follower joins as soon as it has reached the start of the epoch, without the high watermark.
    JoinsBelowHighWatermark,
    /// R12: a follower that its leader has seen fenced or shutting down may join all the same.
    JoinsWhileIneligible,
    /// P6: the broker handles all requests of a connection at once.
    NoMute,
    /// P7: acks=all waits are not told when the broker stops leading.
    SilentStepDown,
    /// R6: a follower keeps what its leader does not have.
    NoTruncation,
    /// M11: leave to go is given without waiting for the other brokers.
    HastyShutdown,
    /// M7: 4.0 and later fence at the instant, as before.
    FencesAtTheInstant,
    /// P11: a refused connection does not begin the metadata back-off anew.
    RefusalDelaysNothing,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Mistake; 20] = [
        Mistake::WaitsForIsrOnly,
        Mistake::NoFetchBackoff,
        Mistake::NoDeduplication,
        Mistake::ShrinkWithoutLag,
        Mistake::RetryOrderKept,
        Mistake::NoMinIsrCheck,
        Mistake::DeliveryTimeoutFromSend,
        Mistake::NoLeaderHint,
        Mistake::ParkedFetchIgnored,
        Mistake::NoFreezeBelowMinIsr,
        Mistake::LearnsAtOnce,
        Mistake::LeadsAtOnce,
        Mistake::JoinsBelowHighWatermark,
        Mistake::JoinsWhileIneligible,
        Mistake::NoMute,
        Mistake::SilentStepDown,
        Mistake::NoTruncation,
        Mistake::HastyShutdown,
        Mistake::FencesAtTheInstant,
        Mistake::RefusalDelaysNothing,
    ];
}
