//! Names of random streams.

/// The name of a random stream: the 64-bit FNV-1a hash of its path.
///
/// A path is text with parts between slashes. Written at once or part by part it is the same name, because each part
/// appends its bytes (after a slash) to what has been hashed before:
///
/// ```
/// use engine::Key;
///
/// const HEARTBEAT: Key = Key::of("broker").id(3).part("heartbeat-phase");
/// assert_eq!(HEARTBEAT, Key::of("broker/3/heartbeat-phase"));
/// assert_eq!(HEARTBEAT, "broker/3/heartbeat-phase".into());
/// ```
///
/// It takes about a nanosecond a byte, so a component had better keep its keys (8 bytes) or a common beginning. The odds
/// that two of a million paths share a hash are 3 in 10^8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

const FNV_OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

impl Key {
    /// The name spelled by `path`, one part or several.
    pub const fn of(path: &str) -> Key {
        Key(FNV_OFFSET_BASIS).text(path.as_bytes())
    }

    /// The path so far, a slash and `part`.
    #[must_use]
    pub const fn part(self, part: &str) -> Key {
        self.text(b"/").text(part.as_bytes())
    }

    /// The path so far, a slash and `id` in decimal.
    #[must_use]
    pub const fn id(self, id: u64) -> Key {
        let mut digits = [0; 20];
        let mut first = digits.len();
        let mut rest = id;
        loop {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.text(b"/").text(digits.split_at(first).1)
    }

    /// The hash of the path: the stream's number in the cipher.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    const fn text(self, bytes: &[u8]) -> Key {
        let mut hash = self.0;
        let mut index = 0;
        while index < bytes.len() {
            hash = (hash ^ bytes[index] as u64).wrapping_mul(FNV_PRIME);
            index += 1;
        }
        Key(hash)
    }
}

impl From<&str> for Key {
    fn from(path: &str) -> Key {
        Key::of(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// From the test suite of the hash's authors (<http://www.isthe.com/chongo/tech/comp/fnv/>).
    #[test]
    fn it_is_the_published_hash() {
        assert_eq!(Key::of("").as_u64(), 0xcbf2_9ce4_8422_2325);
        assert_eq!(Key::of("a").as_u64(), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Key::of("foobar").as_u64(), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_paths_of_a_large_estate_have_names_of_their_own() {
        let mut names = BTreeSet::new();
        let mut paths = 0;
        for broker in 0..200 {
            for purpose in [
                "heartbeat-phase",
                "fetch-phase",
                "metadata-lag",
                "start",
                "stop",
            ] {
                names.insert(Key::of("broker").id(broker).part(purpose));
                paths += 1;
            }
        }
        for topic in 0..1_000 {
            for partition in 0..100 {
                for purpose in ["phase", "linger"] {
                    names.insert(
                        Key::of("partition")
                            .part("orders")
                            .id(topic)
                            .id(partition)
                            .part(purpose),
                    );
                    paths += 1;
                }
            }
        }
        assert_eq!(names.len(), paths);
    }

    proptest! {
        #[test]
        fn part_by_part_or_at_once_it_is_the_same_name(
            first in "[a-z.-]{1,12}", id: u64, second in "[a-zé/-]{0,12}", small in 0..10_u64,
        ) {
            let parts = Key::of(&first).id(id).part(&second).id(small);
            prop_assert_eq!(parts, Key::of(&format!("{first}/{id}/{second}/{small}")));
        }
    }
}
