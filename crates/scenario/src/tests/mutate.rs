//! Ways to damage a text, so that the readers can be shown everything that a slip, a merge or a cosmic ray makes of a file.

use proptest::prelude::*;
use proptest::sample::Index;

/// One damage.
#[derive(Clone, Debug)]
pub(super) enum Damage {
    /// Takes out so many bytes.
    Cut(Index, u8),
    /// Puts something in.
    Insert(Index, String),
    /// Repeats a piece somewhere else.
    Copy(Index, u8, Index),
    /// Changes a byte.
    Flip(Index, u8),
    /// Ends the file early.
    Truncate(Index),
}

pub(super) fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let piece = prop_oneof![
        "[(){}\\[\\],:;=\"'#!/*.\\\\-]{1,3}",
        "[a-zA-Z_]{1,8}",
        "[0-9.]{1,5}",
        Just("Some(".to_owned()),
        Just("r#\"".to_owned()),
        Just("b'".to_owned()),
        Just("\u{85}".to_owned()),
        Just("ä".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    let damage = prop_oneof![
        (any::<Index>(), 1u8..12).prop_map(|(at, length)| Damage::Cut(at, length)),
        (any::<Index>(), piece).prop_map(|(at, text)| Damage::Insert(at, text)),
        (any::<Index>(), 1u8..60, any::<Index>())
            .prop_map(|(from, length, to)| Damage::Copy(from, length, to)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        any::<Index>().prop_map(Damage::Truncate),
    ];
    prop::collection::vec(damage, 1..5)
}

/// The text after all of the damage.
pub(super) fn damaged(text: &str, damages: &[Damage]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for damage in damages {
        let place = |index: &Index| index.index(bytes.len() + 1);
        match damage {
            Damage::Cut(at, length) => {
                let at = place(at);
                let end = (at + usize::from(*length)).min(bytes.len());
                bytes.drain(at..end);
            }
            Damage::Insert(at, piece) => {
                let at = place(at);
                bytes.splice(at..at, piece.bytes());
            }
            Damage::Copy(from, length, to) => {
                let from = place(from);
                let to = place(to);
                let end = (from + usize::from(*length)).min(bytes.len());
                let piece = bytes[from..end].to_vec();
                bytes.splice(to..to, piece);
            }
            Damage::Flip(at, byte) => {
                let at = place(at);
                if let Some(old) = bytes.get_mut(at) {
                    *old = *byte;
                }
            }
            Damage::Truncate(at) => {
                let at = place(at);
                bytes.truncate(at);
            }
        }
    }
    bytes
}
