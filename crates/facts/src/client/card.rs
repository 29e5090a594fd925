//! What a client of one release can do with brokers of another, for people and for programs.

use std::fmt;

use serde::Serialize;

use super::{Misunderstanding, Speech, UnknownSpeaker, misunderstanding, speaker, speaks};
use crate::catalog::catalog;
use crate::present::Sheet;

/// A client and a broker.
#[derive(Clone, Debug, Serialize)]
pub struct ClientCard {
    /// The name and version of this form.
    pub format: &'static str,
    /// The client's version, as it was asked for.
    pub client: String,
    /// The broker's version, as it was asked for.
    pub broker: String,
    /// The client asks brokers which versions they read.
    pub negotiates: bool,
    /// What it can do.
    pub tasks: Vec<TaskCard>,
    /// Kafka's developers test this pair and stand by it: clients from 2.1 on with brokers from 4.0 on, and the other way round.
    pub supported: bool,
}

/// Something that clients do.
#[derive(Clone, Debug, Serialize)]
pub struct TaskCard {
    /// Its name.
    pub task: &'static str,
    /// What it is in the client's words.
    pub what: &'static str,
    /// The client has it.
    pub in_client: bool,
    /// Why it fails; `None` where it works, or where the client does not have it.
    pub fails: Option<Misunderstanding>,
    /// Each request it takes, and what becomes of it.
    pub requests: Vec<(&'static str, Speech)>,
}

/// What a client of one release can do with brokers of another.
///
/// ```
/// let card = facts::client_with_broker("0.10.2", "4.1.2").unwrap();
/// assert!(card.to_string().contains("nothing is read"));
/// ```
pub fn client_with_broker(client: &str, broker: &str) -> Result<ClientCard, UnknownSpeaker> {
    let (one, other) = (speaker(client)?, speaker(broker)?);
    let tasks = catalog().client_tasks.iter().map(|task| {
        let in_client = task.since <= one.version;
        TaskCard {
            task: task.name,
            what: task.what,
            in_client,
            fails: misunderstanding(task.name, one, other).filter(|_| in_client),
            requests: task
                .apis
                .iter()
                .map(|api| (*api, speaks(api, one, other)))
                .collect(),
        }
    });
    // KIP-896: from 4.0 on clients before 2.1 and, for its own clients, brokers before 2.1 are out.
    let side = |version: crate::KafkaVersion| (version.major, version.minor) >= (2, 1);
    let new = one.version.major >= 4 || other.version.major >= 4;
    Ok(ClientCard {
        format: "dryroll-facts-client/1",
        client: client.to_owned(),
        broker: broker.to_owned(),
        negotiates: one.negotiates(),
        tasks: tasks.collect(),
        supported: !new || side(one.version) && side(other.version),
    })
}

/// For 80 columns.
impl fmt::Display for ClientCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const COLUMN: usize = 19;
        let mut sheet = Sheet::default();
        sheet.heading(&format!(
            "A client of Kafka {} with brokers of {}",
            self.client, self.broker
        ));
        sheet.line(
            2,
            if self.negotiates {
                "asks the broker which versions it reads, and takes the highest common one (KIP-97)"
            } else {
                "asks nothing and sends the latest versions it knows (before KIP-97)"
            },
        );
        if !self.supported {
            sheet.line(
                2,
                "not supported by Kafka: from 4.0 on both sides have to be 2.1 or later (KIP-896)",
            );
        }
        sheet.heading("What it can do");
        for task in &self.tasks {
            let text = match &task.fails {
                _ if !task.in_client => "not in this client".to_owned(),
                None => "works".to_owned(),
                Some(fails) => format!("fails: {}", why(fails, self)),
            };
            sheet.labelled(2, task.task, COLUMN, &text);
            if let Some(fails) = &task.fails {
                sheet.labelled(2, "", COLUMN, &format!("seen: {}", fails.seen));
                sheet.labelled(2, "", COLUMN, &format!("source: {}", fails.source));
            }
        }
        f.write_str(&sheet.finish())
    }
}

fn why(fails: &Misunderstanding, card: &ClientCard) -> String {
    let of = |version: &str| speaker(version).ok();
    let reads = of(&card.broker).and_then(|broker| broker.reads(fails.api));
    let reads = reads.map_or_else(
        || "does not have it".to_owned(),
        |reads| format!("reads {reads}"),
    );
    match fails.speech {
        Speech::ConnectionClosed(sent) => format!(
            "{} is sent in version {sent}, the broker {reads} and closes the connection",
            fails.api
        ),
        _ => {
            let knows = of(&card.client).and_then(|client| client.knows(fails.api));
            let knows = knows.map_or_else(|| "nothing".to_owned(), |knows| knows.to_string());
            format!(
                "of {} the client knows {knows}, the broker {reads}",
                fails.api
            )
        }
    }
}
