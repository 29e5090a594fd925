//! The kinds of mistakes, each with a stable name.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $name:literal $meaning:literal,)*) => {
        /// A kind of mistake. Its name is stable: other programs filter by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
            /// A rule of the rule book is broken: its stable name, such as `K001`.
            Rule(&'static str),
        }

        impl Code {
            /// Every kind of mistake in a file. The rule book has its own list.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// Its stable name: "unknown-field".
            pub fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)*
                    Code::Rule(id) => id,
                }
            }

            /// What it means, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Code::$variant => $meaning,)*
                    Code::Rule(_) => "A rule of the rule book is broken.",
                }
            }
        }
    };
}

codes! {
    Unreadable "unreadable-file" "A file cannot be read, is too large, or is no UTF-8 text.",
    PartCycle "part-cycle" "A file names itself as one of its own parts.",
    Syntax "syntax" "The text is not RON: a stray or missing character.",
    Unclosed "unclosed" "A bracket, a string or a comment is never closed, or is closed by the wrong sign.",
    BadLiteral "bad-literal" "A string, character or number is written in a way that RON does not have.",
    TooDeep "too-deep" "Brackets are nested deeper than anything meaningful.",
    UnknownField "unknown-field" "A field has a name that does not exist there.",
    UnknownName "unknown-variant" "A word is none of those that are possible there.",
    DuplicateField "duplicate-field" "A field or a key is given twice.",
    MissingField "missing-field" "A field that has no default is not given.",
    WrongType "wrong-type" "A value is of another kind than the one expected.",
    BadUnit "bad-unit" "A duration, size or rate is written in a way that cannot be read.",
    OutOfRange "out-of-range" "A number is too small or too large.",
    NotYet "not-rehearsed-yet" "Something that exists in Kafka operations and that this version does not rehearse.",
    UnknownReference "unknown-reference" "A name refers to something that the file does not declare.",
    BadName "bad-name" "A name that nothing can have.",
    DuplicateName "duplicate-name" "Two things that need different names have the same.",
    StepCycle "step-cycle" "Steps need each other in a circle.",
    BadAssignment "bad-assignment" "A replica assignment does not fit the topic or the cluster.",
    TooLarge "too-large" "The estate is larger than what can be rehearsed.",
    UnknownVersion "unknown-version" "A Kafka version that is not known here.",
    UnknownSetting "unknown-setting" "A setting that this version of Kafka does not have in this place.",
    BadSetting "bad-setting" "A setting has a value that Kafka would refuse.",
    Contradiction "contradiction" "Two parts of the file cannot both be meant.",
    CommandRefused "command-refused" "A command that the tools of this version of Kafka refuse.",
    CannotRun "cannot-be-rehearsed" "The file says something that is right in itself, and from which no world can be built.",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for name in names {
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{name}"
            );
        }
    }
}
