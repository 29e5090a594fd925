//! What of an event goes into the trace.

use super::Murmur3;

/// Two words that tell an event from every other one that could happen instead.
///
/// An event of up to 16 bytes packs itself; a longer one folds its fields with [`Words`]. Everything that the handler
/// reads belongs in: what is left out can differ between two runs of equal trace.
///
/// ```
/// use engine::{Digest, Words};
///
/// #[derive(Clone, Copy)]
/// enum Event {
///     Heartbeat { broker: u32 },
///     Fetch { from: u32, to: u32, offset: u64, epoch: u32 },
/// }
///
/// impl Digest for Event {
///     fn digest(&self) -> [u64; 2] {
///         match *self {
///             Event::Heartbeat { broker } => [0, broker.into()],
///             Event::Fetch { from, to, offset, epoch } => {
///                 Words::of(1, u64::from(from) << 32 | u64::from(to)).and(offset, epoch.into()).digest()
///             }
///         }
///     }
/// }
/// # assert_ne!(Event::Heartbeat { broker: 1 }.digest(), Event::Heartbeat { broker: 2 }.digest());
/// # let fetch = |epoch| Event::Fetch { from: 1, to: 2, offset: 3, epoch }.digest();
/// # assert_ne!(fetch(4), fetch(5));
/// ```
pub trait Digest {
    /// The two words.
    fn digest(&self) -> [u64; 2];
}

impl Digest for u32 {
    fn digest(&self) -> [u64; 2] {
        [u64::from(*self), 0]
    }
}

impl Digest for u64 {
    fn digest(&self) -> [u64; 2] {
        [*self, 0]
    }
}

/// Folds any number of words into the two of a [`Digest`].
#[derive(Clone, Copy, Debug)]
pub struct Words(Murmur3);

impl Words {
    /// Begins with two words, of which one usually says which event it is.
    pub const fn of(first: u64, second: u64) -> Words {
        Words(Murmur3::new()).and(first, second)
    }

    /// Two words more.
    pub const fn and(mut self, first: u64, second: u64) -> Words {
        self.0.fold(first, second);
        self
    }

    /// The two words that stand for all of them.
    pub const fn digest(&self) -> [u64; 2] {
        self.0.words()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_and_its_place_count() {
        let digests = [
            Words::of(1, 2).digest(),
            Words::of(2, 1).digest(),
            Words::of(1, 2).and(0, 0).digest(),
            Words::of(1, 2).and(0, 1).digest(),
            Words::of(1, 2).and(1, 0).digest(),
        ];
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(digest), "{index}");
        }
    }
}
