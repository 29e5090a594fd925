//! Colours, by what they mean.
//!
//! The states have colours of Okabe and Ito's palette, which people with any kind of colour vision can tell apart; they
//! also differ in height and pattern (see [`super::panel`]), so that a greyscale print says the same.

/// What something is painted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// The background.
    Paper,
    /// Text.
    Ink,
    /// Text of less weight.
    Muted,
    /// Lines that only guide the eye.
    Grid,
    /// A verdict that holds.
    Good,
    /// A verdict that breaks, and marks of failure.
    Bad,
    /// Nothing works.
    Down,
    /// It works for some.
    Partly,
    /// The stripes of that.
    PartlyStripe,
    /// It works with less safety.
    Degraded,
    /// On purpose.
    Planned,
    /// A neutral mark.
    Info,
    /// A fault's mark.
    Fault,
    /// The time that a fault lasts, behind all lanes.
    FaultShade,
    /// Every other step.
    StepOdd,
    /// The steps between.
    StepEven,
    /// Folded time.
    Fold,
    /// The frame of a close-up.
    CloseUp,
}

impl Paint {
    /// Red, green, blue on light paper.
    pub(crate) fn rgb(self) -> (u8, u8, u8) {
        match self {
            Paint::Paper => (0xFF, 0xFF, 0xFF),
            Paint::Ink | Paint::CloseUp => (0x1B, 0x1F, 0x24),
            Paint::Muted => (0x57, 0x60, 0x6A),
            Paint::Grid => (0xD5, 0xDA, 0xE0),
            Paint::Good => (0x00, 0x74, 0x54),
            Paint::Bad => (0xB2, 0x2F, 0x00),
            Paint::Down => (0xC2, 0x41, 0x00),
            Paint::Partly => (0xFF, 0xD0, 0x70),
            Paint::PartlyStripe => (0xC9, 0x7B, 0x00),
            Paint::Degraded => (0x56, 0xB4, 0xE9),
            Paint::Planned => (0x00, 0x5F, 0x96),
            Paint::Info => (0x8A, 0x93, 0x9C),
            Paint::Fault => (0x8F, 0x2D, 0x6B),
            Paint::FaultShade => (0xF3, 0xE1, 0xEC),
            Paint::StepOdd => (0xE3, 0xE7, 0xEC),
            Paint::StepEven => (0xDA, 0xE0, 0xE6),
            Paint::Fold => (0xF7, 0xF7, 0xF2),
        }
    }

    /// Its class in the page's style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Paint::Paper => "paper",
            Paint::Ink => "ink",
            Paint::Muted => "muted",
            Paint::Grid => "grid",
            Paint::Good => "good",
            Paint::Bad => "bad",
            Paint::Down => "down",
            Paint::Partly => "partly",
            Paint::PartlyStripe => "partly-stripe",
            Paint::Degraded => "degraded",
            Paint::Planned => "planned",
            Paint::Info => "info",
            Paint::Fault => "fault",
            Paint::FaultShade => "fault-shade",
            Paint::StepOdd => "step-odd",
            Paint::StepEven => "step-even",
            Paint::Fold => "fold",
            Paint::CloseUp => "closeup",
        }
    }
}
