//! Random streams keyed by meaning.
//!
//! Each random quantity of a model has a stream of its own, named by a path such as `broker/3/heartbeat-phase`. Draw
//! `n` of a stream is a pure function of (seed, path, `n`): a component that is added, or draws more often, moves no
//! other one's draws, so two runs that differ in one thing can be compared.
//!
//! What is fixed for good, with golden values in the tests:
//!
//! * **cipher key**: the first four outputs of SplitMix64 on the seed, each as eight bytes, least first;
//! * **stream**: FNV-1a (64 bit) of the path's UTF-8 bytes, see [`Key`];
//! * **words**: ChaCha with 8 rounds, block counter and stream of 64 bits each; word `n` is the `n`-th eight bytes of
//!   the key stream, least first. The same words as `rand_chacha`'s after `set_stream`;
//! * **distributions**: those of [`Draw`], in integers only.
//!
//! There are three ways to draw, for the same words (times of `benches/engine.rs` on a Zen 5; an exponential draw takes
//! 6 ns more than its word, the others less than one):
//!
//! | | state | one draw | for |
//! |---|---|---|---|
//! | [`Streams::of`] | 304 bytes | 3 ns in a row, 5 ns in turn with a thousand others | many draws at one place: building a world, a plan |
//! | [`Streams::resume`] | a counter of 4 bytes, kept by the component | 33 ns, then half a nanosecond for each more of the same eight words | a world that is cloned often |
//! | [`Streams::word`] | none | 33 ns | a draw that has a number of its own |

mod chacha;
mod draw;
mod exponential;
mod key;
mod streams;

pub use draw::Draw;
pub use key::Key;
pub use streams::{Cursor, Stream, Streams};
