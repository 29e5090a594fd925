//! Settings of nodes, topics and clients, and replicas, as the rule book and Kafka's documentation recommend them.

use scenario::Scenario;
use scenario::model::{Cluster, Settings};

use super::{Does, Drafts, Way};

const SHORT_SESSION: &str =
    "a broker that only paused or was cut off for longer than that is taken for dead too";
const LONG_SESSION: &str = "the leaders of a broker that dies are missed for as long";
const SHORT_LAG: &str = "a follower that is only slow leaves the ISR sooner";
const MORE_DATA: &str =
    "one more copy on disk and on the network; kafka-reassign-partitions.sh has to make it first";
const IMPATIENT: &str = "a broker that is only slow is asked again";
const NOT_SENT: &str = "records that cannot be sent wait longer in memory (buffer.memory) before the application hears of it";
const LONG_MEMBER: &str = "the partitions of a member that dies are read by nobody for as long";
const SHORT_MEMBER: &str = "a member that only pauses for longer than that loses its partitions";

/// Settings of every node in either mode.
const NODES: [(&str, &str); 6] = [
    ("unclean.leader.election.enable", "false"),
    ("controlled.shutdown.enable", "true"),
    ("controlled.shutdown.max.retries", "10"),
    ("num.recovery.threads.per.data.dir", "8"),
    ("auto.leader.rebalance.enable", "true"),
    ("leader.imbalance.check.interval.seconds", "30"),
];

pub(super) fn all(scenario: &Scenario, drafts: &mut Drafts) {
    let estate = &scenario.estate;
    for (name, cluster) in &estate.clusters {
        of_cluster(&name.value, cluster, drafts);
    }
    for name in estate.producers.keys() {
        let mut to = Setter {
            drafts,
            at: way(&["estate", "producers"], &name.value),
            whose: format!("for producer {}", name.value),
        };
        to.set("acks", "\"all\"", None);
        to.set("enable.idempotence", "true", None);
        to.set("max.in.flight.requests.per.connection", "1", None);
        to.set("delivery.timeout.ms", "600000", Some(NOT_SENT));
        to.set("request.timeout.ms", "5000", Some(IMPATIENT));
        to.set("request.timeout.ms", "2000", Some(IMPATIENT));
        to.set("metadata.max.age.ms", "10000", None);
        to.set("metadata.recovery.strategy", "\"rebootstrap\"", None);
    }
    for (name, group) in &estate.groups {
        let whose = format!("for group {}", name.value);
        let at = way(&["estate", "groups"], &name.value);
        let mut to = Setter {
            drafts,
            at: at.clone(),
            whose: whose.clone(),
        };
        to.set("session.timeout.ms", "90000", Some(LONG_MEMBER));
        to.set("session.timeout.ms", "10000", Some(SHORT_MEMBER));
        to.set("request.timeout.ms", "5000", Some(IMPATIENT));
        to.set(
            "partition.assignment.strategy",
            "\"org.apache.kafka.clients.consumer.CooperativeStickyAssignor\"",
            None,
        );
        if !group.static_members.value {
            drafts.add(
                "members that stay",
                at.clone(),
                Does::Field("static_members", "true".to_owned()),
                format!("set group.instance.id {whose}"),
            );
        }
        drafts.at_a_price(
            "more members",
            at,
            Does::Field("members", (group.members.value + 1).to_string()),
            format!("run one more member of group {}", name.value),
            "one more process",
        );
    }
}

fn of_cluster(name: &str, cluster: &Cluster, drafts: &mut Drafts) {
    let mut to = Setter {
        drafts,
        at: way(&["estate", "clusters"], name),
        whose: "on every node".to_owned(),
    };
    for (setting, value) in NODES {
        to.set(setting, value, None);
    }
    let (session, longer, shorter) = match cluster.zookeeper {
        None => ("broker.session.timeout.ms", "18000", ["6000", "3000"]),
        Some(_) => ("zookeeper.session.timeout.ms", "30000", ["9000", "6000"]),
    };
    to.set(session, longer, Some(LONG_SESSION));
    for value in shorter {
        to.set(session, value, Some(SHORT_SESSION));
    }
    to.set("replica.lag.time.max.ms", "10000", Some(SHORT_LAG));
    let brokers = cluster.broker_ids().len() as u32;
    for (topic, spread) in &cluster.topics {
        let mut at = way(&["estate", "clusters"], name);
        at.extend([Way::Field("topics"), Way::Key(topic.value.clone())]);
        let whose = format!("for topic {}", topic.value);
        let now = number(&spread.settings, "min.insync.replicas").unwrap_or(1);
        let setting = |name, value: &str| Does::Setting(name, value.to_owned());
        if spread.replicas.value > 2 && now < 2 {
            drafts.add(
                "a setting",
                at.clone(),
                setting("min.insync.replicas", "2"),
                format!("set min.insync.replicas = 2 {whose}"),
            );
        }
        drafts.add(
            "a setting",
            at.clone(),
            setting("unclean.leader.election.enable", "false"),
            format!("set unclean.leader.election.enable = false {whose}"),
        );
        let more = spread.replicas.value + 1;
        if more <= brokers && spread.assignment.is_none() {
            drafts.at_a_price(
                "more replicas",
                at,
                Does::Field("replicas", more.to_string()),
                format!(
                    "keep {more} replicas of topic {}, not {}",
                    topic.value,
                    more - 1
                ),
                MORE_DATA,
            );
        }
    }
}

fn number(settings: &Settings, name: &str) -> Option<u32> {
    let found = settings.iter().find(|(found, _)| found.value == name);
    found.and_then(|(_, value)| value.value.parse().ok())
}

fn way(fields: &[&'static str], key: &str) -> Vec<Way> {
    let mut way: Vec<Way> = fields.iter().map(|field| Way::Field(field)).collect();
    way.push(Way::Key(key.to_owned()));
    way
}

/// Sets a setting of what stands under this key.
struct Setter<'a> {
    drafts: &'a mut Drafts,
    at: Vec<Way>,
    whose: String,
}

impl Setter<'_> {
    fn set(&mut self, name: &'static str, value: &str, price: Option<&'static str>) {
        let does = Does::Setting(name, value.to_owned());
        let words = format!("set {name} = {} {}", value.trim_matches('"'), self.whose);
        let at = self.at.clone();
        match price {
            None => self.drafts.add("a setting", at, does, words),
            Some(price) => self.drafts.at_a_price("a setting", at, does, words, price),
        }
    }
}
