//! Settings as numbers: what a scenario gives, else the default of that version from `facts`.
//!
//! Only settings that the model looks at are here. Each reader names the setting as Kafka does, so a search for the name finds it.

use std::collections::BTreeMap;

use engine::Span;
use facts::{Class, KafkaVersion, Release};

/// Settings by name, as given.
pub type Given = BTreeMap<String, String>;

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} = {value}: {problem}")]
pub struct BadSetting {
    /// Its name.
    pub name: String,
    /// The value given.
    pub value: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Broker and controller settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// `broker.heartbeat.interval.ms`
    pub broker_heartbeat_interval: Span,
    /// `broker.session.timeout.ms`
    pub broker_session_timeout: Span,
    /// `replica.lag.time.max.ms`
    pub replica_lag_max: Span,
    /// `replica.fetch.wait.max.ms`
    pub replica_fetch_wait: Span,
    /// `replica.fetch.backoff.ms`
    pub replica_fetch_backoff: Span,
    /// `controlled.shutdown.enable`
    pub controlled_shutdown: bool,
    /// `auto.leader.rebalance.enable`
    pub auto_leader_rebalance: bool,
    /// `leader.imbalance.check.interval.seconds`
    pub leader_imbalance_check_interval: Span,
    /// `controller.quorum.append.linger.ms`
    pub append_linger: Span,
    /// `metadata.max.idle.interval.ms`
    pub metadata_max_idle: Span,
    /// `controller.quorum.fetch.timeout.ms`
    pub quorum_fetch_timeout: Span,
    /// `controller.quorum.election.timeout.ms`
    pub quorum_election_timeout: Span,
    /// `controller.quorum.election.backoff.max.ms`
    pub quorum_election_backoff_max: Span,
    /// `num.recovery.threads.per.data.dir`
    pub recovery_threads: u64,
    /// `initial.broker.registration.timeout.ms`
    pub initial_registration_timeout: Span,
    /// `metadata.log.max.snapshot.interval.ms` (3.4 and later); `None` where there is none or it is 0.
    pub snapshot_interval: Option<Span>,
    /// `metadata.log.max.record.bytes.between.snapshots`
    pub snapshot_bytes: u64,
    /// `follower.replication.throttled.rate`, where set.
    pub follower_throttle: Option<u64>,
    /// `leader.replication.throttled.rate`, where set.
    pub leader_throttle: Option<u64>,
    /// `min.insync.replicas`, for topics that do not set it.
    pub min_insync_replicas: u64,
    /// `unclean.leader.election.enable`, for topics that do not set it.
    pub unclean_leader_election: bool,
    /// `log.segment.bytes`, for topics that do not set it.
    pub log_segment_bytes: u64,
    /// `log.flush.offset.checkpoint.interval.ms`
    pub recovery_point_interval: Span,
    /// `offsets.topic.num.partitions`
    pub offsets_partitions: u64,
    /// `offsets.topic.replication.factor`
    pub offsets_replicas: u64,
    /// `offsets.commit.timeout.ms`
    pub offsets_commit_timeout: Span,
    /// `group.initial.rebalance.delay.ms`
    pub group_initial_delay: Span,
    /// `offset.metadata.max.bytes` and the like are not looked at; `default.replication.factor` is.
    pub default_replication_factor: u64,
    /// What only ZooKeeper mode looks at.
    pub zookeeper: crate::zookeeper::ZooKeeperConfig,
}

/// Topic settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicConfig {
    /// `min.insync.replicas`
    pub min_insync_replicas: u64,
    /// `unclean.leader.election.enable`
    pub unclean_leader_election: bool,
    /// `segment.bytes`
    pub segment_bytes: u64,
    /// `leader.replication.throttled.replicas` or its follower twin is set.
    pub throttled: bool,
}

/// Producer settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerConfig {
    /// `acks`: 0, 1 or -1 (all).
    pub acks: i8,
    /// `enable.idempotence`, as it takes effect.
    pub idempotent: bool,
    /// `max.in.flight.requests.per.connection`
    pub max_in_flight: u32,
    /// `retries`
    pub retries: u32,
    /// `linger.ms`
    pub linger: Span,
    /// `batch.size`
    pub batch_size: u64,
    /// `request.timeout.ms`
    pub request_timeout: Span,
    /// `delivery.timeout.ms`
    pub delivery_timeout: Span,
    /// `retry.backoff.ms`
    pub retry_backoff: Span,
    /// `retry.backoff.max.ms`
    pub retry_backoff_max: Span,
    /// `metadata.recovery.strategy` is `rebootstrap`.
    pub rebootstraps: bool,
    /// `metadata.recovery.rebootstrap.trigger.ms`
    pub rebootstrap_trigger: Option<Span>,
}

/// Consumer settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// `session.timeout.ms`
    pub session_timeout: Span,
    /// `heartbeat.interval.ms`
    pub heartbeat_interval: Span,
    /// `max.poll.interval.ms`
    pub max_poll_interval: Span,
    /// `enable.auto.commit`
    pub auto_commit: bool,
    /// `auto.commit.interval.ms`
    pub auto_commit_interval: Span,
    /// `auto.offset.reset` is `earliest`.
    pub reset_to_earliest: bool,
    /// `partition.assignment.strategy` begins with the cooperative assignor.
    pub cooperative: bool,
    /// `request.timeout.ms`
    pub request_timeout: Span,
    /// `retry.backoff.ms`
    pub retry_backoff: Span,
    /// `retry.backoff.max.ms`
    pub retry_backoff_max: Span,
    /// `default.api.timeout.ms`
    pub default_api_timeout: Span,
    /// `metadata.recovery.strategy` is `rebootstrap`.
    pub rebootstraps: bool,
}

/// Looks settings up: given, else the default of the release.
struct Reader<'a> {
    release: &'static Release,
    class: Class,
    given: &'a Given,
}

impl<'a> Reader<'a> {
    fn new(version: KafkaVersion, class: Class, given: &'a Given) -> Result<Self, BadSetting> {
        let release = facts::of(&version.to_string()).map_err(|unknown| BadSetting {
            name: "kafka".to_owned(),
            value: version.to_string(),
            problem: unknown.to_string(),
        })?;
        Ok(Self {
            release,
            class,
            given,
        })
    }

    fn bad(name: &str, value: &str, problem: &str) -> BadSetting {
        BadSetting {
            name: name.to_owned(),
            value: value.to_owned(),
            problem: problem.to_owned(),
        }
    }

    /// The text of a setting; `None` where neither the file nor the release has a value.
    fn text(&self, name: &str) -> Option<String> {
        if let Some(value) = self.given.get(name) {
            return Some(value.trim().to_owned());
        }
        self.release
            .settings(self.class)
            .default(name)
            .ok()?
            .value()
            .as_text()
    }

    fn number(&self, name: &str, otherwise: u64) -> Result<u64, BadSetting> {
        let Some(text) = self.text(name) else {
            return Ok(otherwise);
        };
        match text.parse::<i128>() {
            Ok(number) if number < 0 => Ok(u64::MAX),
            Ok(number) => Ok(u64::try_from(number).unwrap_or(u64::MAX)),
            Err(_) => Err(Self::bad(name, &text, "a whole number is expected")),
        }
    }

    fn ms(&self, name: &str, otherwise: u64) -> Result<Span, BadSetting> {
        Ok(Span::nanos(
            self.number(name, otherwise)?.saturating_mul(1_000_000),
        ))
    }

    fn at_least_ms(&self, name: &str, otherwise: u64, least: u64) -> Result<Span, BadSetting> {
        let span = self.ms(name, otherwise)?;
        if span < Span::millis(least) {
            let text = self.text(name).unwrap_or_default();
            return Err(Self::bad(
                name,
                &text,
                &format!("at least {least} is needed to rehearse with"),
            ));
        }
        Ok(span)
    }

    fn yes(&self, name: &str, otherwise: bool) -> Result<bool, BadSetting> {
        match self.text(name).as_deref() {
            None => Ok(otherwise),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(Self::bad(name, text, "true or false is expected")),
        }
    }
}

impl NodeConfig {
    /// The settings of a node of this version.
    ///
    /// # Errors
    /// A value that is not what the setting takes.
    pub fn read(version: KafkaVersion, given: &Given) -> Result<Self, BadSetting> {
        let read = Reader::new(version, Class::Broker, given)?;
        let rate = |name: &str| -> Result<Option<u64>, BadSetting> {
            if given.contains_key(name) {
                Ok(Some(read.number(name, u64::MAX)?))
            } else {
                Ok(None)
            }
        };
        Ok(Self {
            broker_heartbeat_interval: read.at_least_ms("broker.heartbeat.interval.ms", 2000, 1)?,
            broker_session_timeout: read.at_least_ms("broker.session.timeout.ms", 9000, 1)?,
            replica_lag_max: read.at_least_ms("replica.lag.time.max.ms", 30_000, 2)?,
            replica_fetch_wait: read.ms("replica.fetch.wait.max.ms", 500)?,
            replica_fetch_backoff: read.at_least_ms("replica.fetch.backoff.ms", 1000, 1)?,
            controlled_shutdown: read.yes("controlled.shutdown.enable", true)?,
            auto_leader_rebalance: read.yes("auto.leader.rebalance.enable", true)?,
            leader_imbalance_check_interval: Span::nanos(
                read.number("leader.imbalance.check.interval.seconds", 300)?
                    .clamp(1, 1 << 30)
                    * 1_000_000_000,
            ),
            append_linger: read.ms("controller.quorum.append.linger.ms", 25)?,
            metadata_max_idle: read.at_least_ms("metadata.max.idle.interval.ms", 500, 1)?,
            quorum_fetch_timeout: read.at_least_ms(
                "controller.quorum.fetch.timeout.ms",
                2000,
                1,
            )?,
            quorum_election_timeout: read.at_least_ms(
                "controller.quorum.election.timeout.ms",
                1000,
                1,
            )?,
            quorum_election_backoff_max: read.at_least_ms(
                "controller.quorum.election.backoff.max.ms",
                1000,
                1,
            )?,
            recovery_threads: read.number("num.recovery.threads.per.data.dir", 1)?.max(1),
            initial_registration_timeout: read
                .ms("initial.broker.registration.timeout.ms", 60_000)?,
            snapshot_interval: match read.text("metadata.log.max.snapshot.interval.ms") {
                Some(_) => Some(read.ms("metadata.log.max.snapshot.interval.ms", 3_600_000)?)
                    .filter(|every| every.as_nanos() > 0),
                None => None,
            },
            snapshot_bytes: read
                .number("metadata.log.max.record.bytes.between.snapshots", 20 << 20)?
                .max(1),
            follower_throttle: rate("follower.replication.throttled.rate")?,
            leader_throttle: rate("leader.replication.throttled.rate")?,
            min_insync_replicas: read.number("min.insync.replicas", 1)?,
            unclean_leader_election: read.yes("unclean.leader.election.enable", false)?,
            log_segment_bytes: read.number("log.segment.bytes", 1 << 30)?.max(1),
            recovery_point_interval: read.ms("log.flush.offset.checkpoint.interval.ms", 60_000)?,
            offsets_partitions: read
                .number("offsets.topic.num.partitions", 50)?
                .clamp(1, 10_000),
            offsets_replicas: read.number("offsets.topic.replication.factor", 3)?.max(1),
            offsets_commit_timeout: read.ms("offsets.commit.timeout.ms", 5000)?,
            group_initial_delay: read.ms("group.initial.rebalance.delay.ms", 3000)?,
            default_replication_factor: read.number("default.replication.factor", 1)?.max(1),
            zookeeper: crate::zookeeper::ZooKeeperConfig::read(
                version,
                |name| read.text(name),
                |name, otherwise| read.number(name, otherwise),
            )?,
        })
    }
}

impl TopicConfig {
    /// The settings of a topic on brokers with these settings (a topic that does not set one has the broker's).
    ///
    /// # Errors
    /// A value that is not what the setting takes.
    pub fn read(
        version: KafkaVersion,
        given: &Given,
        broker: &NodeConfig,
    ) -> Result<Self, BadSetting> {
        let read = Reader::new(version, Class::Topic, given)?;
        let number = |name: &str, otherwise: u64| {
            if given.contains_key(name) {
                read.number(name, otherwise)
            } else {
                Ok(otherwise)
            }
        };
        let yes = |name: &str, otherwise: bool| {
            if given.contains_key(name) {
                read.yes(name, otherwise)
            } else {
                Ok(otherwise)
            }
        };
        Ok(Self {
            min_insync_replicas: number("min.insync.replicas", broker.min_insync_replicas)?,
            unclean_leader_election: yes(
                "unclean.leader.election.enable",
                broker.unclean_leader_election,
            )?,
            segment_bytes: number("segment.bytes", broker.log_segment_bytes)?.max(1),
            throttled: given.contains_key("leader.replication.throttled.replicas")
                || given.contains_key("follower.replication.throttled.replicas"),
        })
    }
}

impl ProducerConfig {
    /// The settings of a producer with a client library of this version.
    ///
    /// # Errors
    /// A value that is not what the setting takes, or a combination that the client refuses.
    pub fn read(version: KafkaVersion, given: &Given) -> Result<Self, BadSetting> {
        let read = Reader::new(version, Class::Producer, given)?;
        let acks = match read.text("acks").as_deref() {
            None | Some("all" | "-1") => -1,
            Some("0") => 0,
            Some("1") => 1,
            Some(text) => return Err(Reader::bad("acks", text, "0, 1 or all is expected")),
        };
        let retries = read.number("retries", 2_147_483_647)?.min(2_147_483_647) as u32;
        let max_in_flight = read
            .number("max.in.flight.requests.per.connection", 5)?
            .clamp(1, 1000) as u32;
        let wanted = read.yes("enable.idempotence", false)?;
        let possible = acks == -1 && retries > 0 && max_in_flight <= 5;
        if wanted && !possible && given.contains_key("enable.idempotence") {
            return Err(Reader::bad(
                "enable.idempotence",
                "true",
                "the client refuses it with these settings: it needs acks=all, retries above 0 and at most 5 requests in flight",
            ));
        }
        // 3.0.0 and 3.1.0 did not switch idempotence on by default although their documentation said so (KAFKA-13598).
        let broken = (version.major, version.minor, version.patch) == (3, 0, 0)
            || (version.major, version.minor, version.patch) == (3, 1, 0);
        let idempotent =
            wanted && possible && (!broken || given.contains_key("enable.idempotence"));
        let delivery_timeout = read.at_least_ms("delivery.timeout.ms", 120_000, 1)?;
        let request_timeout = read.at_least_ms("request.timeout.ms", 30_000, 1)?;
        let linger = read.ms("linger.ms", 0)?;
        if given.contains_key("delivery.timeout.ms")
            && delivery_timeout < linger.saturating_add(request_timeout)
        {
            return Err(Reader::bad(
                "delivery.timeout.ms",
                &given["delivery.timeout.ms"],
                "the client refuses it: it must be at least linger.ms + request.timeout.ms",
            ));
        }
        Ok(Self {
            acks,
            idempotent,
            max_in_flight,
            retries,
            linger,
            batch_size: read.number("batch.size", 16_384)?.max(1),
            request_timeout,
            delivery_timeout,
            retry_backoff: read.at_least_ms("retry.backoff.ms", 100, 1)?,
            retry_backoff_max: read.at_least_ms("retry.backoff.max.ms", 1000, 1)?,
            rebootstraps: read
                .text("metadata.recovery.strategy")
                .is_some_and(|text| text.eq_ignore_ascii_case("rebootstrap")),
            rebootstrap_trigger: match read.text("metadata.recovery.rebootstrap.trigger.ms") {
                Some(_) => Some(read.ms("metadata.recovery.rebootstrap.trigger.ms", 300_000)?),
                None => None,
            },
        })
    }
}

impl ConsumerConfig {
    /// The settings of a consumer with a client library of this version.
    ///
    /// # Errors
    /// A value that is not what the setting takes.
    pub fn read(version: KafkaVersion, given: &Given) -> Result<Self, BadSetting> {
        let read = Reader::new(version, Class::Consumer, given)?;
        let strategy = read
            .text("partition.assignment.strategy")
            .unwrap_or_default();
        let first = strategy
            .trim_start_matches('[')
            .split(',')
            .next()
            .unwrap_or_default()
            .to_owned();
        Ok(Self {
            session_timeout: read.at_least_ms("session.timeout.ms", 45_000, 1)?,
            heartbeat_interval: read.at_least_ms("heartbeat.interval.ms", 3000, 1)?,
            max_poll_interval: read.at_least_ms("max.poll.interval.ms", 300_000, 1)?,
            auto_commit: read.yes("enable.auto.commit", true)?,
            auto_commit_interval: read.at_least_ms("auto.commit.interval.ms", 5000, 1)?,
            reset_to_earliest: read
                .text("auto.offset.reset")
                .is_some_and(|text| text == "earliest"),
            cooperative: first.contains("Cooperative"),
            request_timeout: read.at_least_ms("request.timeout.ms", 30_000, 1)?,
            retry_backoff: read.at_least_ms("retry.backoff.ms", 100, 1)?,
            retry_backoff_max: read.at_least_ms("retry.backoff.max.ms", 1000, 1)?,
            default_api_timeout: read.at_least_ms("default.api.timeout.ms", 60_000, 1)?,
            rebootstraps: read
                .text("metadata.recovery.strategy")
                .is_some_and(|text| text.eq_ignore_ascii_case("rebootstrap")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Given {
        pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn acks_1_switches_idempotence_off_silently() {
        let config =
            ProducerConfig::read(KafkaVersion::new(3, 9, 2), &given(&[("acks", "1")])).unwrap();
        assert_eq!((config.acks, config.idempotent), (1, false));
    }

    #[test]
    fn a_3_9_producer_is_idempotent_and_does_not_linger() {
        let config = ProducerConfig::read(KafkaVersion::new(3, 9, 2), &given(&[])).unwrap();
        assert_eq!(
            (config.acks, config.idempotent, config.linger),
            (-1, true, Span::ZERO)
        );
    }

    #[test]
    fn a_4_1_producer_lingers_and_rebootstraps() {
        let config = ProducerConfig::read(KafkaVersion::new(4, 1, 2), &given(&[])).unwrap();
        assert_eq!(
            (config.linger, config.rebootstraps),
            (Span::millis(5), true)
        );
    }

    #[test]
    fn a_topic_takes_min_insync_replicas_from_its_brokers() {
        let version = KafkaVersion::new(3, 9, 2);
        let broker = NodeConfig::read(version, &given(&[("min.insync.replicas", "2")])).unwrap();
        assert_eq!(
            TopicConfig::read(version, &given(&[]), &broker)
                .unwrap()
                .min_insync_replicas,
            2
        );
    }

    #[test]
    fn a_value_that_is_not_a_number_is_named() {
        let error = NodeConfig::read(
            KafkaVersion::new(3, 9, 2),
            &given(&[("replica.lag.time.max.ms", "soon")]),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "replica.lag.time.max.ms = soon: a whole number is expected"
        );
    }
}
