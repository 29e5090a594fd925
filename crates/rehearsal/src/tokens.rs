//! Moments that a rehearsal asks the world to be woken at.

/// Why the world was asked to wake us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// The first step begins.
    Begin,
    /// The operator's wait with this number.
    Operator(u32),
    /// The operator looks at a gate that must stay green.
    During(u32),
    /// A metric is scraped.
    Scrape(u32),
    /// A fault begins: its number, and for which node where that is already known.
    FaultBegins(u32),
    /// A fault ends.
    FaultEnds(u32),
    /// A node in a crash loop dies, or is started again by its supervisor.
    CrashLoop(u32),
}

const KINDS: u64 = 8;

impl Token {
    pub(crate) fn pack(self) -> u64 {
        let (kind, data) = match self {
            Token::Begin => (0, 0),
            Token::Operator(n) => (1, n),
            Token::During(n) => (2, n),
            Token::Scrape(n) => (3, n),
            Token::FaultBegins(n) => (4, n),
            Token::FaultEnds(n) => (5, n),
            Token::CrashLoop(n) => (6, n),
        };
        u64::from(data) * KINDS + kind
    }

    pub(crate) fn unpack(word: u64) -> Self {
        let data = (word / KINDS) as u32;
        match word % KINDS {
            1 => Token::Operator(data),
            2 => Token::During(data),
            3 => Token::Scrape(data),
            4 => Token::FaultBegins(data),
            5 => Token::FaultEnds(data),
            6 => Token::CrashLoop(data),
            _ => Token::Begin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_survives_the_way_through_the_world() {
        for token in [
            Token::Begin,
            Token::Operator(u32::MAX),
            Token::During(1),
            Token::Scrape(2),
            Token::FaultBegins(3),
            Token::FaultEnds(4),
            Token::CrashLoop(5),
        ] {
            assert_eq!(Token::unpack(token.pack()), token);
        }
    }
}
