//! From a seed to streams, and from streams to words.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::chacha::{CipherKey, block};
use super::{Draw, Key};

const WORDS_PER_BLOCK: u64 = 8;

/// All random streams of one seed. 32 bytes, and nothing in it changes.
///
/// ```
/// use engine::{Draw, Key, Span, Streams};
///
/// let streams = Streams::new(42);
///
/// // Many draws at one place: a stream.
/// let mut plan = streams.of("fault-plan");
/// let victim = plan.below(6);
///
/// // A component keeps a counter; the stream itself is never stored.
/// let jitter = Key::of("broker").id(victim).part("metadata-lag");
/// let mut drawn = 0_u32;
/// let first = streams.resume(jitter, &mut drawn).span_below(Span::millis(50));
/// let second = streams.resume(jitter, &mut drawn).span_below(Span::millis(50));
/// assert_eq!(drawn, 2);
///
/// // The same words, however they are drawn.
/// let mut stream = streams.of(jitter);
/// assert_eq!([first, second], [stream.span_below(Span::millis(50)), stream.span_below(Span::millis(50))]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    cipher_key: CipherKey,
}

impl Streams {
    /// The streams of `seed`.
    pub const fn new(seed: u64) -> Streams {
        let mut cipher_key = [0; 8];
        let mut state = seed;
        let mut index = 0;
        while index < cipher_key.len() {
            let word = split_mix(&mut state);
            cipher_key[index] = word as u32;
            cipher_key[index + 1] = (word >> 32) as u32;
            index += 2;
        }
        Streams { cipher_key }
    }

    /// The stream with this name, from its beginning.
    pub fn of(&self, key: impl Into<Key>) -> Stream {
        let mut seed = [0; 32];
        for (bytes, word) in seed.chunks_exact_mut(4).zip(self.cipher_key) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut cipher = ChaCha8Rng::from_seed(seed);
        cipher.set_stream(key.into().as_u64());
        Stream { cipher }
    }

    /// Word `n` of a stream, counted from 0.
    #[inline]
    pub fn word(&self, key: Key, n: u64) -> u64 {
        self.block(key, n / WORDS_PER_BLOCK)[(n % WORDS_PER_BLOCK) as usize]
    }

    /// The stream with this name, where `drawn` words have been taken from it; each draw moves `drawn` on.
    #[inline]
    pub fn resume<'a>(&self, key: Key, drawn: &'a mut u32) -> Cursor<'a> {
        Cursor {
            streams: *self,
            key,
            drawn,
            block: None,
        }
    }

    #[inline]
    fn block(&self, key: Key, counter: u64) -> [u64; 8] {
        block(&self.cipher_key, key.as_u64(), counter)
    }
}

/// A stream to draw from in a row. It holds 304 bytes: a world that is to be cloned keeps a counter instead, for
/// [`Streams::resume`].
#[derive(Clone, Debug)]
pub struct Stream {
    cipher: ChaCha8Rng,
}

impl Draw for Stream {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.cipher.next_u64()
    }
}

/// A stream that continues where a counter says, and moves the counter. Made for the moment of drawing.
#[derive(Debug)]
pub struct Cursor<'a> {
    streams: Streams,
    key: Key,
    drawn: &'a mut u32,
    /// The block of the newest draw, for the case that one event draws several words.
    block: Option<[u64; 8]>,
}

impl Draw for Cursor<'_> {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        let n = u64::from(*self.drawn);
        *self.drawn = self
            .drawn
            .checked_add(1)
            .expect("fewer than 2^32 draws of one stream");
        let index = n % WORDS_PER_BLOCK;
        if index == 0 {
            self.block = None;
        }
        let block = self
            .block
            .get_or_insert_with(|| self.streams.block(self.key, n / WORDS_PER_BLOCK));
        block[index as usize]
    }
}

/// SplitMix64: well-mixed words from any seed, 0 included.
const fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The words that several libraries print for this seed, e.g. <https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64>.
    #[test]
    fn the_seed_is_spread_by_the_published_split_mix() {
        let mut state = 1_234_567;
        let words: [u64; 5] = std::array::from_fn(|_| split_mix(&mut state));
        assert_eq!(
            words,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    /// The values come from a second implementation, in Python.
    #[test]
    fn known_seeds_and_paths_have_known_words() {
        let mut stream = Streams::new(0).of("broker/3/heartbeat-phase");
        let words: [u64; 3] = std::array::from_fn(|_| stream.next_u64());
        assert_eq!(
            words,
            [
                0xe265_b276_4bb7_13ce,
                0xd129_a5ea_1261_6816,
                0x1105_564a_a022_cfd1
            ]
        );
        let key = Key::of("broker/3/heartbeat-phase");
        assert_eq!(Streams::new(1).word(key, 0), 0x8995_3b5e_b078_47ab);
        assert_eq!(
            Streams::new(u64::MAX).word(key, 1_000_000_007),
            0x71e3_972e_f340_3829
        );
    }

    #[test]
    fn a_counter_beyond_its_words_is_refused() {
        let mut drawn = u32::MAX;
        let result = std::panic::catch_unwind(move || {
            Streams::new(0).resume(Key::of("a"), &mut drawn).next_u64()
        });
        assert!(result.is_err());
    }

    proptest! {
        #[test]
        fn a_stream_a_cursor_and_a_single_word_agree(seed: u64, path in "[a-z/]{1,9}", pauses in proptest::collection::vec(0..20_u64, 1..20)) {
            let streams = Streams::new(seed);
            let key = Key::of(&path);
            let mut stream = streams.of(key);
            let mut drawn = 0;
            for draws in pauses {
                let mut cursor = streams.resume(key, &mut drawn);
                let from_cursor: Vec<u64> = (0..draws).map(|_| cursor.next_u64()).collect();
                let from_stream: Vec<u64> = (0..draws).map(|_| stream.next_u64()).collect();
                let first = u64::from(drawn) - draws;
                let one_by_one: Vec<u64> = (first..first + draws).map(|n| streams.word(key, n)).collect();
                prop_assert_eq!(&from_cursor, &from_stream);
                prop_assert_eq!(&from_cursor, &one_by_one);
            }
        }
    }
}
