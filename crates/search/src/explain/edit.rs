//! A change of a scenario file as a person would make it: a field set, a gate added, in the text itself, so that comments and layout stay.
//!
//! A change names its place by the names in the file (step, topic, producer), not by a position, so that it fits every file that
//! has them: the small one of a counterexample and the one that was searched.

use scenario::syntax::{Argument, Kind, Node, parse};

/// One step on the way from the file to a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The field with this name.
    Field(&'static str),
    /// The entry with this key.
    Key(String),
    /// The n-th item of a list, from 0.
    Item(usize),
    /// The step with this name.
    Step(String),
}

/// What is done there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// A field gets this value.
    Field(&'static str, String),
    /// A setting of Kafka gets this value.
    Setting(&'static str, String),
    /// The list that is this field gets one more item.
    Append(&'static str, String),
    /// One more item stands before this one in its list.
    Before(String),
    /// One more item stands behind this one in its list.
    Behind(String),
    /// In this list the second of these steps comes before the first, which it follows now.
    Swap(String, String),
}

/// A change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Where.
    pub(crate) place: Vec<Way>,
    /// What.
    pub(crate) does: Does,
    /// In words: "in step brokers, wait between the nodes until …".
    pub(crate) words: String,
    /// What kind of change it is, for counting: "a gate".
    pub(crate) kind: &'static str,
    /// What it costs, where that is more than some time.
    pub(crate) price: Option<&'static str>,
}

impl Edit {
    /// The text with this change, laid out as it was if it was laid out. `None`: there is no such place, or it says so already.
    pub(crate) fn on(&self, text: &str) -> Option<String> {
        let parsed = parse(text, 0);
        if !parsed.diagnostics.is_empty() {
            return None;
        }
        let mut node = parsed.root.as_ref()?;
        for way in &self.place {
            node = follow(node, way)?;
        }
        let (at, until, new) = match &self.does {
            Does::Field(name, value) => match field(node, name) {
                Some(old) => (old.span.start, old.span.end, value.clone()),
                None => insert(node, text, &format!("{name}: {value}"))?,
            },
            Does::Setting(key, value) => match field(node, "settings") {
                Some(settings) => match entry(settings, key) {
                    Some(old) => (old.span.start, old.span.end, value.clone()),
                    None => insert(settings, text, &format!("{key:?}: {value}"))?,
                },
                None => insert(node, text, &format!("settings: {{ {key:?}: {value} }}"))?,
            },
            Does::Append(name, item) => match field(node, name) {
                Some(list) => insert(list, text, item)?,
                None => insert(node, text, &format!("{name}: [{item}]"))?,
            },
            Does::Before(item) => (node.span.start, node.span.start, format!("{item}, ")),
            Does::Behind(item) => (node.span.end, node.span.end, format!(", {item}")),
            Does::Swap(first, second) => {
                let first = follow(node, &Way::Step(first.clone()))?.span;
                let second = follow(node, &Way::Step(second.clone()))?.span;
                let cut = |from: u32, to: u32| text.get(from as usize..to as usize);
                let swapped = [
                    cut(second.start, second.end)?,
                    cut(first.end, second.start)?,
                    cut(first.start, first.end)?,
                ];
                (first.start, second.end, swapped.concat())
            }
        };
        let (at, until) = (at as usize, until as usize);
        if text.get(at..until)? == new {
            return None;
        }
        let changed = format!("{}{new}{}", text.get(..at)?, text.get(until..)?);
        let was_laid_out = scenario::format::format(text, 0).is_ok_and(|laid_out| laid_out == text);
        match was_laid_out {
            true => scenario::format::format(&changed, 0).ok(),
            false => Some(changed),
        }
    }
}

fn follow<'a>(node: &'a Node, way: &Way) -> Option<&'a Node> {
    match way {
        Way::Field(name) => field(node, name),
        Way::Key(key) => entry(node, key),
        Way::Item(nth) => match &node.kind {
            Kind::List(items) => items.get(*nth),
            _ => None,
        },
        Way::Step(name) => match &node.kind {
            Kind::List(steps) => steps.iter().find(|step| {
                field(step, "step").is_some_and(
                    |value| matches!(&value.kind, Kind::Text(text) if **text == **name),
                )
            }),
            _ => None,
        },
    }
}

fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Kind::Group { arguments, .. } = &node.kind else {
        return None;
    };
    let named = |argument: &&Argument| {
        argument
            .name
            .as_ref()
            .is_some_and(|found| *found.text == *name)
    };
    Some(&arguments.iter().find(named)?.value)
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Kind::Map(entries) = &node.kind else {
        return None;
    };
    let named = |entry: &&scenario::syntax::Entry| matches!(&entry.key.kind, Kind::Text(text) if **text == *key);
    Some(&entries.iter().find(named)?.value)
}

/// Behind the last thing in brackets: from where to where, and what.
fn insert(node: &Node, text: &str, new: &str) -> Option<(u32, u32, String)> {
    let last = match &node.kind {
        Kind::List(items) => items.last().map(|item| item.span.end),
        Kind::Map(entries) => entries.last().map(|entry| entry.value.span.end),
        Kind::Group { arguments, .. } => arguments.last().map(|argument| argument.value.span.end),
        // `ElectLeaders` alone, or no brackets at all.
        _ => return None,
    };
    match last {
        Some(end) => Some((end, end, format!(", {new}"))),
        None => {
            let end = node.span.end.checked_sub(1)?;
            text.is_char_boundary(end as usize)
                .then(|| (end, end, new.to_owned()))
        }
    }
}

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The difference of two texts that differ in one place, as `patch` reads it.
pub(crate) fn unified(file: &str, old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = a.iter().zip(&b).take_while(same).count();
    let rest = (a.len() - head).min(b.len() - head);
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(rest)
        .take_while(same)
        .count();
    let from = head.saturating_sub(CONTEXT);
    let (a_end, b_end) = (a.len() - tail, b.len() - tail);
    let after = CONTEXT.min(tail);
    let mut out = format!(
        "--- {file}\n+++ {file}\n@@ -{},{} +{},{} @@\n",
        from + 1,
        a_end + after - from,
        from + 1,
        b_end + after - from
    );
    let mut say = |sign: char, lines: &[&str]| {
        for line in lines {
            out.push(sign);
            out.push_str(line);
            out.push('\n');
        }
    };
    say(' ', &a[from..head]);
    say('-', &a[head..a_end]);
    say('+', &b[head..b_end]);
    say(' ', &a[a_end..a_end + after]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"(
    about: "a roll", // why
    estate: (clusters: { "prod": (kafka: "3.9", brokers: 3, topics: { "orders": (partitions: 4) }) }),
    runbook: [
        // one at a time
        (step: "brokers", do: Roll(Brokers), between: [UnderReplicated(at_most: 0, for: "5s")]),
        (step: "leaders", do: ElectLeaders(Preferred)),
    ],
)
"#;

    fn edit(place: Vec<Way>, does: Does) -> Edit {
        Edit {
            place,
            does,
            words: String::new(),
            kind: "",
            price: None,
        }
    }

    fn step() -> Vec<Way> {
        vec![Way::Field("runbook"), Way::Step("brokers".into())]
    }

    #[test]
    fn a_gate_is_added_and_comments_stay() {
        let text = edit(step(), Does::Append("between", "AllBrokersUp".into())).on(FILE);
        let text = text.expect("there is such a step");
        assert!(text.contains("for: \"5s\"), AllBrokersUp]"), "{text}");
        assert!(text.contains("// one at a time") && text.contains("// why"));
        let text = edit(step(), Does::Append("after", "AllBrokersUp".into())).on(FILE);
        assert!(text.expect("there is").contains("after: [AllBrokersUp]"));
    }

    #[test]
    fn a_field_is_set_whether_it_was_there_or_not() {
        let mut gate = step();
        gate.extend([Way::Field("between"), Way::Item(0)]);
        let text = edit(gate, Does::Field("for", "\"30s\"".into())).on(FILE);
        let text = text.expect("there is such a gate");
        assert!(text.contains("for: \"30s\""), "{text}");
        let mut roll = step();
        roll.push(Way::Field("do"));
        let text = edit(roll, Does::Field("pause", "\"60s\"".into())).on(FILE);
        assert!(
            text.expect("there is")
                .contains("Roll(Brokers, pause: \"60s\")")
        );
    }

    #[test]
    fn a_step_comes_in_between_and_two_change_places() {
        let wait = "(step: \"rest\", do: Wait(\"1m\"))";
        let steps = |text: &str| -> Vec<String> {
            let names = text.split("step: \"").skip(1);
            names
                .map(|rest| rest.split('"').next().unwrap_or("").to_owned())
                .collect()
        };
        let text = edit(step(), Does::Behind(wait.into())).on(FILE);
        assert_eq!(
            steps(&text.expect("there is")),
            ["brokers", "rest", "leaders"]
        );
        let text = edit(step(), Does::Before(wait.into())).on(FILE);
        assert_eq!(
            steps(&text.expect("there is")),
            ["rest", "brokers", "leaders"]
        );
        let swap = Does::Swap("brokers".into(), "leaders".into());
        let text = edit(vec![Way::Field("runbook")], swap).on(FILE);
        let text = text.expect("there are both");
        assert_eq!(steps(&text), ["leaders", "brokers"]);
        assert!(scenario::syntax::parse(&text, 0).diagnostics.is_empty());
        let nobody = Does::Swap("brokers".into(), "soak".into());
        assert_eq!(edit(vec![Way::Field("runbook")], nobody).on(FILE), None);
    }

    #[test]
    fn what_is_not_there_or_is_so_already_is_no_change() {
        let nowhere = vec![Way::Field("runbook"), Way::Step("soak".into())];
        assert_eq!(
            edit(nowhere, Does::Append("after", "AllBrokersUp".into())).on(FILE),
            None
        );
        let mut gate = step();
        gate.extend([Way::Field("between"), Way::Item(0)]);
        assert_eq!(
            edit(gate, Does::Field("for", "\"5s\"".into())).on(FILE),
            None
        );
    }

    #[test]
    fn a_difference_is_one_that_patch_reads() {
        let new = FILE.replace("\"5s\"", "\"30s\"");
        let diff = unified("roll.ron", FILE, &new);
        assert!(
            diff.starts_with("--- roll.ron\n+++ roll.ron\n@@ -3,7 +3,7 @@\n"),
            "{diff}"
        );
        assert_eq!(diff.lines().filter(|line| line.starts_with('+')).count(), 2);
        assert_eq!(diff.lines().filter(|line| line.starts_with('-')).count(), 2);
    }
}
