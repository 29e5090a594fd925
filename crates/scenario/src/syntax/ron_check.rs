//! Is a text RON? The `ron` crate itself decides.

use super::parser::parse;
use super::tree::{Kind, Node};
use ron::Options;
use ron::extensions::Extensions;

/// The options under which every file is read: those of the documentation of this language.
pub(crate) fn options() -> Options {
    Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES)
}

/// Does the `ron` crate read this text, with `implicit_some` and `unwrap_variant_newtypes`?
pub fn is_ron(text: &str) -> bool {
    options().from_str::<ron::Value>(text).is_ok()
}

/// The text with every value named where one in the same parentheses is: `Roll(Brokers, to: "4.1.2")` becomes
/// `Roll(_0: Brokers, to: "4.1.2")`.
///
/// That is the one way in which this language is wider than RON; the result is RON for every text without a syntax error.
/// [`canonical`](mod@crate::canonical) gives RON with the real names of the fields.
pub fn plain(text: &str) -> String {
    let parsed = parse(text, 0);
    let mut insertions: Vec<(u32, usize)> = Vec::new();
    if let Some(root) = &parsed.root {
        collect(root, &mut insertions);
    }
    insertions.sort_unstable();
    let mut out = String::with_capacity(text.len() + 8 * insertions.len());
    let mut done = 0;
    for (at, position) in insertions {
        let at = at as usize;
        out.push_str(&text[done..at]);
        out.push_str(&format!("_{position}: "));
        done = at;
    }
    out.push_str(&text[done..]);
    out
}

fn collect(node: &Node, insertions: &mut Vec<(u32, usize)>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| collect(item, insertions)),
        Kind::Map(entries) => {
            for entry in entries {
                collect(&entry.key, insertions);
                collect(&entry.value, insertions);
            }
        }
        Kind::Group { arguments, .. } => {
            let mixed = arguments.iter().any(|argument| argument.name.is_some());
            for (position, argument) in arguments.iter().enumerate() {
                if mixed && argument.name.is_none() {
                    insertions.push((argument.value.span.start, position));
                }
                collect(&argument.value, insertions);
            }
        }
        _ => {}
    }
}
