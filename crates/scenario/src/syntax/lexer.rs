//! Text to tokens. Every byte belongs to exactly one token, comments and white space too.

use super::literal;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Blanks, tabs, line ends and the few other signs that RON takes for white space.
    Space,
    /// `// …` up to the end of the line.
    LineComment,
    /// `/* … */`, nested.
    BlockComment,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `#`
    Hash,
    /// `!`
    Bang,
    /// `=`
    Equals,
    /// A word: `Roll`, `to`, `true`, `r#raw-word`.
    Word,
    /// A number: `3`, `0x1F`, `-2.5e3`, `inf` is a word.
    Number,
    /// `"…"` or `r#"…"#`
    Text,
    /// `b"…"` or `br#"…"#`
    ByteText,
    /// `'a'`
    Char,
    /// `b'a'`
    Byte,
    /// Anything else.
    Stray,
}

impl TokenKind {
    /// Space or comment: nothing that the meaning depends on.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Space | Self::LineComment | Self::BlockComment)
    }

    /// A comment.
    pub fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::BlockComment)
    }
}

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Token {
    /// Its text.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.start as usize..self.end as usize]
    }
}

/// A token that is not what it set out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexError {
    /// First byte of what is wrong.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The token reaches to the end of the file because nothing closes it.
    pub unclosed: bool,
}

/// Cuts the text into tokens. The tokens add up to the text; what is wrong with single tokens is listed apart.
pub fn tokenize(text: &str) -> (Vec<Token>, Vec<LexError>) {
    let mut lexer = Lexer {
        text,
        at: 0,
        errors: Vec::new(),
    };
    let mut tokens = Vec::with_capacity(text.len() / 4);
    while lexer.at < text.len() {
        let start = lexer.at;
        let kind = lexer.token();
        tokens.push(Token {
            kind,
            start: start as u32,
            end: lexer.at as u32,
        });
    }
    (tokens, lexer.errors)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    errors: Vec<LexError>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&mut self, start: usize, end: usize, message: impl Into<String>) {
        self.errors.push(LexError {
            start: start as u32,
            end: end as u32,
            message: message.into(),
            unclosed: false,
        });
    }

    fn unclosed(&mut self, start: usize, end: usize, message: impl Into<String>) {
        self.error(start, end, message);
        if let Some(error) = self.errors.last_mut() {
            error.unclosed = true;
        }
    }

    /// Moves over what satisfies the condition.
    fn skip_while(&mut self, condition: impl Fn(char) -> bool) {
        let rest = self.rest();
        let length = rest.find(|c| !condition(c)).unwrap_or(rest.len());
        self.at += length;
    }

    fn token(&mut self) -> TokenKind {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or('\0');
        let single = match first {
            '(' => Some(TokenKind::OpenParen),
            ')' => Some(TokenKind::CloseParen),
            '[' => Some(TokenKind::OpenBracket),
            ']' => Some(TokenKind::CloseBracket),
            '{' => Some(TokenKind::OpenBrace),
            '}' => Some(TokenKind::CloseBrace),
            ',' => Some(TokenKind::Comma),
            ':' => Some(TokenKind::Colon),
            '#' => Some(TokenKind::Hash),
            '!' => Some(TokenKind::Bang),
            '=' => Some(TokenKind::Equals),
            _ => None,
        };
        if let Some(kind) = single {
            self.at += 1;
            return kind;
        }
        match first {
            c if is_space(c) => {
                self.skip_while(is_space);
                TokenKind::Space
            }
            '/' if rest.starts_with("//") => {
                self.skip_while(|c| c != '\n');
                TokenKind::LineComment
            }
            '/' if rest.starts_with("/*") => self.block_comment(),
            '"' => self.text_literal(0, TokenKind::Text),
            '\'' => self.char_literal(0, TokenKind::Char),
            'b' if rest.starts_with("b\"") => self.text_literal(1, TokenKind::ByteText),
            'b' if rest.starts_with("b'") => self.char_literal(1, TokenKind::Byte),
            'b' if rest.starts_with("br\"") || rest.starts_with("br#") => {
                self.raw_text(2, TokenKind::ByteText)
            }
            'r' if rest.starts_with("r\"")
                || rest.starts_with("r#\"")
                || rest.starts_with("r##") =>
            {
                self.raw_text(1, TokenKind::Text)
            }
            'r' if rest.starts_with("r#") => self.raw_word(),
            '0'..='9' | '+' | '-' | '.' => self.number(),
            c if is_word_start(c) => {
                let start = self.at;
                self.skip_while(is_word);
                self.only_ascii(start);
                TokenKind::Word
            }
            _ => self.stray(),
        }
    }

    fn stray(&mut self) -> TokenKind {
        let start = self.at;
        let first = self.rest().chars().next().unwrap_or('\0');
        if first == '\u{FEFF}' {
            self.at += first.len_utf8();
            self.error(
                start,
                self.at,
                "there is an invisible byte order mark (U+FEFF) here; save the file as UTF-8 without it",
            );
            return TokenKind::Stray;
        }
        // One token for a row of the same sign, so that a line of them is one mistake.
        self.skip_while(|c| c == first);
        TokenKind::Stray
    }

    fn block_comment(&mut self) -> TokenKind {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        let mut at = self.at;
        while at < bytes.len() {
            match bytes[at..] {
                [b'/', b'*', ..] => {
                    depth += 1;
                    at += 2;
                }
                [b'*', b'/', ..] => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        self.at = at;
                        return TokenKind::BlockComment;
                    }
                }
                _ => at += 1,
            }
        }
        self.at = bytes.len();
        self.unclosed(start, start + 2, "this comment is never closed with `*/`");
        TokenKind::BlockComment
    }

    fn text_literal(&mut self, prefix: usize, kind: TokenKind) -> TokenKind {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start + prefix + 1;
        let mut escapes = false;
        loop {
            match bytes.get(at) {
                None => {
                    self.at = bytes.len();
                    self.unclosed(
                        start,
                        self.end_of_line(start),
                        "this text is never closed with `\"`",
                    );
                    return kind;
                }
                Some(b'"') => break,
                Some(b'\\') => {
                    escapes = true;
                    at += 2;
                }
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        if escapes {
            let content = &self.text[start + prefix + 1..at];
            for problem in literal::escape_problems(content, kind == TokenKind::ByteText) {
                let begin = start + prefix + 1 + problem.start;
                let end = start + prefix + 1 + problem.end;
                self.error(begin, end, problem.message);
            }
        }
        kind
    }

    fn raw_text(&mut self, prefix: usize, kind: TokenKind) -> TokenKind {
        let start = self.at;
        let after = &self.text[start + prefix..];
        let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
        let open = start + prefix + hashes;
        if self.text.as_bytes().get(open) != Some(&b'"') {
            self.at = open;
            self.error(start, open, "after `r##` comes a text in quotes");
            return kind;
        }
        let mut closing = String::with_capacity(hashes + 1);
        closing.push('"');
        closing.extend(std::iter::repeat_n('#', hashes));
        match self.text[open + 1..].find(&closing) {
            Some(length) => self.at = open + 1 + length + closing.len(),
            None => {
                self.at = self.text.len();
                self.unclosed(
                    start,
                    self.end_of_line(start),
                    format!("this raw text is never closed with `{}`", shorten(&closing)),
                );
            }
        }
        kind
    }

    fn char_literal(&mut self, prefix: usize, kind: TokenKind) -> TokenKind {
        let start = self.at;
        let content = &self.text[start + prefix + 1..];
        // The closing quote is looked for nearby only: a single apostrophe must not swallow the file.
        let mut chars = content.char_indices();
        let mut end = None;
        match chars.next() {
            None | Some((_, '\'' | '\n' | '\r')) => {}
            Some((_, '\\')) => {
                chars.next();
                end = chars
                    .take(12)
                    .take_while(|(_, c)| *c != '\n')
                    .find(|(_, c)| *c == '\'')
                    .map(|(at, _)| at);
            }
            Some(_) => {
                if let Some((at, '\'')) = chars.next() {
                    end = Some(at);
                }
            }
        }
        let Some(length) = end else {
            self.at = start + prefix + 1;
            self.error(
                start,
                self.at,
                "a single quote begins one character; text is written in double quotes",
            );
            self.skip_while(|c| is_word(c) || matches!(c, '.' | '-' | '/'));
            if self.rest().starts_with('\'') {
                self.at += 1;
                if let Some(error) = self.errors.last_mut() {
                    error.end = self.at as u32;
                }
            }
            return kind;
        };
        self.at = start + prefix + 1 + length + 1;
        let inner = &content[..length];
        if let Err(message) = literal::character(inner, kind == TokenKind::Byte) {
            self.error(start, self.at, message);
        }
        kind
    }

    fn raw_word(&mut self) -> TokenKind {
        let start = self.at;
        self.at += 2;
        self.skip_while(|c| is_word(c) || matches!(c, '.' | '+' | '-'));
        if self.at == start + 2 {
            self.error(
                start,
                self.at,
                "after `r#` comes a word or a text in quotes",
            );
            return TokenKind::Stray;
        }
        self.only_ascii(start);
        TokenKind::Word
    }

    /// Every name of the language is ASCII, so that one that only looks the same is found out.
    fn only_ascii(&mut self, start: usize) {
        if !self.text[start..self.at].is_ascii() {
            self.error(
                start,
                self.at,
                "a name has only letters from a to z; other text is written in double quotes",
            );
        }
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        let mut previous = '\0';
        let mut digits = false;
        for (offset, c) in self.rest().char_indices() {
            let hexadecimal = self.text[start..]
                .trim_start_matches(['+', '-'])
                .starts_with("0x");
            let exponent = matches!(previous, 'e' | 'E') && !hexadecimal;
            let part_of_number = match c {
                '+' | '-' => offset == 0 || exponent,
                '.' => true,
                c => is_word(c),
            };
            if !part_of_number {
                break;
            }
            digits |= c.is_ascii_digit();
            previous = c;
            self.at = start + offset + c.len_utf8();
        }
        // `2000/s` and `10Gbit/s` are one mistake: a rate without quotes.
        if let Some(unit) = self.rest().strip_prefix('/')
            && unit.starts_with(char::is_alphanumeric)
        {
            self.at += 1;
            self.skip_while(is_word);
        }
        let text = &self.text[start..self.at];
        if !digits && !matches!(text, "+inf" | "-inf" | "+NaN" | "-NaN") {
            return TokenKind::Stray;
        }
        if let Err(message) = literal::check_number(text) {
            self.error(start, self.at, message);
        }
        TokenKind::Number
    }

    /// The end of the line that a byte is in.
    fn end_of_line(&self, from: usize) -> usize {
        self.text[from..]
            .find('\n')
            .map_or(self.text.len(), |length| from + length)
    }
}

/// RON's white space.
pub fn is_space(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t'
            | '\n'
            | '\r'
            | '\x0B'
            | '\x0C'
            | '\u{85}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'
            | '\u{2029}'
    )
}

fn is_word_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn shorten(text: &str) -> String {
    if text.len() <= 12 {
        text.to_owned()
    } else {
        format!("{}…", &text[..12])
    }
}
