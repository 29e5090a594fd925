//! What each kind of finding advises, and where its rule comes from.

/// One kind of finding.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Stable short name, as scenarios name it in `because`.
    pub code: &'static str,
    /// What it is, in one sentence.
    pub what: &'static str,
    /// What to change, most helpful first.
    pub advice: &'static [&'static str],
    /// Where the rule and its numbers come from.
    pub sources: &'static [&'static str],
}

macro_rules! kinds {
    ($($code:literal: $what:literal, [$($advice:literal),* $(,)?], [$($source:literal),* $(,)?];)*) => {
        /// All kinds of findings, by code.
        pub const KINDS: &[Kind] = &[$(Kind { code: $code, what: $what, advice: &[$($advice),*], sources: &[$($source),*] }),*];
    };
}

kinds! {
    "acks-0": "Records sent with acks=0 are lost whenever a connection or a leader is.",
        ["set acks=all (and min.insync.replicas=2)"],
        ["Kafka documentation, producer setting acks"];
    "acks-1": "A record acknowledged by the leader alone is lost when another replica takes over before it was copied, even in a graceful roll.",
        ["set acks=all and min.insync.replicas=2 for what must not be lost"],
        ["Kafka documentation, producer setting acks", "observed: graceful rolls with acks=1 lose records (observed/README.md)"];
    "already-formatted": "Storage that is in use is not formatted again.",
        ["leave the step out: a running cluster has its levels in the metadata log, and kafka-features.sh changes them"],
        ["StorageTool, Formatter"];
    "below-min-isr": "A partition with fewer in-sync replicas than min.insync.replicas refuses acks=all writes, and most producers see silence (retries), not an error.",
        ["wait for zero under-replicated partitions before anything else is taken down", "alert on UnderMinIsrPartitionCount, not on producer errors"],
        ["Kafka documentation, min.insync.replicas", "ReplicaManager.appendRecords: NOT_ENOUGH_REPLICAS is retriable"];
    "blocked-by-neighbour": "A produce request waits for all its partitions, and a broker handles one request of a connection at a time: one stalled partition blocks those that share its leader.",
        ["look at the stalled partition, not at this one", "use producers of their own for topics that must not wait for others"],
        ["SocketServer mutes a connection while its request is handled", "DelayedProduce"];
    "client-knows-only-dead-brokers": "A producer that knows only brokers that are gone cannot find the living ones.",
        ["use clients of 4.0 or later, or set metadata.recovery.strategy=rebootstrap (3.8 and later)", "restart the client", "keep metadata.max.age.ms short during a roll"],
        ["KIP-899", "KIP-1102"];
    "client-too-old": "A client speaks versions of requests that the brokers of this release no longer read.",
        ["upgrade the client to 2.1 or later before the brokers (0.11 is enough for plain reading and writing)", "`dryroll facts client CLIENT BROKER` tells what works", "brokers from 3.7 on count requests in versions that will go: look before you roll"],
        ["KIP-896", "observed: Java clients of many versions with a 4.1.2 broker (clients-vs-broker-4.1.2)"];
    "closed-channel": "In ZooKeeper mode a broker sends each request in the version of its inter.broker.protocol.version; a receiver that cannot read it closes the connection, and the sender tries the same again and again.",
        ["pin first: set inter.broker.protocol.version to the oldest binary in every file before the first new binary starts; raise it by a second roll when no old binary is left",
         "to get out of it: set the old value on the brokers that are ahead and restart them one by one, or finish the roll of binaries at once"],
        ["Kafka documentation, upgrade: inter.broker.protocol.version", "SocketServer.Processor closes the connection: Closing socket for … because of error", "observed: upgrade-zk-2.8.2-to-3.5.1-forgotten-pin-*, zk-early-bump-*, zk-rollback-after-bump-* (observed/README.md)"];
    "command-refused": "A command of the runbook does not exist in the release whose tools are used.",
        ["type what the finding says instead", "look the tool up: `dryroll facts tools VERSION TOOL`", "`dryroll check` finds it before the night of the upgrade"],
        ["each tool's --help in each release (`dryroll facts tools`)", "each tool run with command lines that it does not have"];
    "config-invalid": "A process ends at its start when its properties file has a value that its version does not take.",
        ["take the value out, or change it to one that the new version takes, before the binary is replaced", "compare the settings of both versions first (dryroll facts diff)"],
        ["KafkaConfig; ConfigDef validators"];
    "config-refused": "A tool refused the change.",
        ["roll the brokers with the new setting instead: it is read only at start"],
        ["KIP-226 (dynamic broker configuration)"];
    "crash-loop": "A node that dies again and again after its start never gets its replicas in sync.",
        ["read its log before you start it again; a supervisor that restarts it hides the fault", "roll this node back before any other is taken down"],
        ["the run itself"];
    "dead-follower-in-isr": "acks=all waits for every in-sync replica, also for one whose broker is gone, until the broker is fenced.",
        ["stop brokers with SIGTERM: controlled shutdown takes them out of the ISR first", "a crash costs up to broker.session.timeout.ms for all partitions that have a replica there"],
        ["Kafka documentation, broker.session.timeout.ms", "Partition.maximalIsr"];
    "delivery-timeout": "Records that are not acknowledged within delivery.timeout.ms fail for good.",
        ["make delivery.timeout.ms longer than the longest outage that you accept", "shorten the outage: see the other findings"],
        ["Kafka documentation, delivery.timeout.ms", "KIP-91"];
    "disk-full": "A broker whose only log directory takes no more writes halts.",
        ["make room before you restart it; it dies again at its start otherwise", "alert on disk use; replicas of a roll catch up and need space"],
        ["LogDirFailureChannel; LogManager halts when no directory is left", "observed: disk full with one directory (observed/README.md)"];
    "downgrade-by-release": "downgrade --release-version sets every feature of the release, kraft.version too: on a static quorum that is no downgrade, and the whole call fails.",
        ["name what is to go down: DowngradeFeatures(metadata: …) and DowngradeFeatures(features: {…})"],
        ["FeatureCommandTest.testDowngradeWithReleaseVersion", "observed: features-4.1.2, features-4.4.0 (observed/README.md)"];
    "downgrade-refused": "metadata.version goes down only as far as no format of the metadata log changed on the way, and --unsafe changes nothing about that; kraft.version never goes down.",
        ["finalize later: until then rolling the binaries back is all there is to do", "soak the new binaries before kafka-features.sh upgrade", "see how far it goes down: dryroll facts metadata-version"],
        ["FeatureControlManager.updateMetadataVersion; KIP-778, KIP-1155", "observed: features-3.9.2 to features-4.4.0 (observed/README.md)"];
    "failed-but-in-log": "A record that failed for the application is in the log all the same: a retry by the application makes a duplicate.",
        ["do not resend after a TimeoutException without a key that readers can deduplicate by"],
        ["KIP-91: expiry does not recall what was sent"];
    "failover-wait": "Nobody leads the partitions of a dead broker until the controller ends its session.",
        ["stop brokers with SIGTERM and wait until they have moved their leaders", "the broker's session is the longest wait (broker.session.timeout.ms, 9 s; in ZooKeeper mode zookeeper.session.timeout.ms, 18 s); lower it with care"],
        ["Kafka documentation, broker.session.timeout.ms", "KIP-631"];
    "false-green": "A gate was green while going on was not safe.",
        ["gate on zero under-replicated partitions for some time, seen through the metadata of a broker that stays up"],
        ["the run itself: the controller's metadata at that moment"];
    "feature-needs-other": "A level of a feature needs a level of another one.",
        ["raise metadata.version first, or both with --release-version"],
        ["Feature.validateVersion; KIP-1022", "observed: features-4.1.2-at-3.3 (observed/README.md)"];
    "features-half-done": "Controllers before 4.0 make each change of a request by itself: some take effect although others are refused.",
        ["upgrade every controller and broker first, then type the command once", "look at kafka-features.sh describe before you go on"],
        ["QuorumController.updateFeatures before 4.0; KIP-1022", "observed: upgrade-kraft-3.9.2-to-4.1.2-wrong-orders (observed/README.md)"];
    "features-refused": "The controller refused a change of features.",
        ["read what it says; nothing was changed by what was refused"],
        ["FeatureControlManager.updateFeature"];
    "finalized-too-early": "A level is finalized only if every registered broker and controller supports it, those that are down included.",
        ["roll all controllers and all brokers first, then finalize", "gate the step on Versions(\"…\", nodes: All)", "unregister brokers that will not come back (kafka-cluster.sh unregister)"],
        ["FeatureControlManager.reasonNotSupported", "observed: upgrade-kraft-3.9.2-to-4.1.2-wrong-orders (observed/README.md)"];
    "follower-backoff": "A follower that asks its new leader before that knows it leads waits replica.fetch.backoff.ms (1 s), and acks=all waits with it.",
        ["expect about a second for some partitions at each leader change"],
        ["AbstractFetcherThread: UNKNOWN_LEADER_EPOCH delays the partition", "observed: 1 s stalls in graceful rolls (observed/README.md)"];
    "gate-timeout": "A gate or a start did not come in time and the runbook ended early.",
        ["look at the gate: was it right to wait? then give it more time", "find out what kept it red"],
        ["the run itself"];
    "hung-follower": "acks=all waits for every in-sync replica, also for one that hangs, until its session ends or it drops out of the ISR.",
        ["kill a hung broker (kill -9) rather than to wait for it", "alert on a broker without heartbeats"],
        ["Kafka documentation, broker.session.timeout.ms, replica.lag.time.max.ms"];
    "hung-leader": "A leader that hangs keeps its connections open: clients wait for request.timeout.ms, and the controller for the end of its session.",
        ["kill a hung broker (kill -9) rather than to wait for it", "lower request.timeout.ms of producers that cannot wait"],
        ["Kafka documentation, request.timeout.ms, broker.session.timeout.ms", "observed: hang of a broker (observed/README.md)"];
    "killed-while-leading": "A broker was killed while it led partitions: nobody leads them until its session ends. Electing preferred leaders moves leaders to their preferred broker, not away from one.",
        ["stop brokers with SIGTERM: controlled shutdown moves the leaders away first", "do not use an election of preferred leaders as a drain"],
        ["Kafka documentation, controlled.shutdown.enable, kafka-leader-election.sh", "observed: kill of a broker against its stop (observed/README.md)"];
    "kraft-version-ignored": "Before 4.1 kraft.version 1 on a static quorum is a record without meaning: the tool says upgraded, 3.9 even shows it, and nothing is converted.",
        ["do not take describe for a proof of a dynamic quorum; look for directory ids in kafka-metadata-quorum.sh describe --status", "convert on 4.1 or later"],
        ["KAFKA-18979; KIP-853", "observed: features-kraft-version-on-static-3.9.2-to-4.1.2 (observed/README.md)"];
    "lag": "A group fell behind.",
        ["add members, or make each faster; a pause is caught up only with spare capacity"],
        ["the run itself"];
    "leader-move": "Moving a leader takes the time until the new one, its followers and the clients have learned of it.",
        ["expect a few hundred milliseconds at each move; what takes longer has another cause: follow the chain", "raise what was promised if that is what a move costs here, or move leaders less often (one roll for several changes)"],
        ["observed: graceful stops (observed/README.md)"];
    "leaders-not-restored": "Partitions are not led by their preferred replica: the load is uneven.",
        ["run kafka-leader-election.sh --election-type preferred at the end of the roll", "or wait for auto.leader.rebalance.enable (looks every leader.imbalance.check.interval.seconds)"],
        ["Kafka documentation, auto.leader.rebalance.enable"];
    "leftover-topic-setting": "4.x checks all settings of a topic when one is altered: a topic that still has a setting which went with 4.0 cannot be altered until that is deleted.",
        ["before the upgrade: kafka-configs.sh --alter --entity-type topics --entity-name … --delete-config message.format.version"],
        ["ConfigurationControlManager; LogConfig.validateNames", "observed: leftovers-3.9.2-to-4.1.2-segment-2000000 (observed/README.md)"];
    "level-not-supported": "A node does not come up if its binary does not support a level that is finalized: a controller ends at once, a broker when initial.broker.registration.timeout.ms (60 s) is over.",
        ["start the node with the version that the features were finalized for", "roll back only before kafka-features.sh upgrade", "keep the old packages off the hosts once it is finalized"],
        ["ClusterControlManager.registerBroker; FeatureControlManager.replay; BrokerLifecycleManager", "observed: upgrade-kraft-3.9.2-to-4.1.2-wrong-orders (observed/README.md)"];
    "level-too-old": "4.x does not know metadata versions below 3.3-IV3: its controllers end at once on such a cluster, its brokers after 60 s.",
        ["raise metadata.version to 3.3-IV3 or later with the old binaries (kafka-features.sh upgrade --metadata …)", "then wait for a snapshot of the metadata on every node (gate MetadataSnapshot)"],
        ["MetadataVersion.MINIMUM_VERSION; FeaturesDelta.replay", "observed: upgrade-kraft-3.3.2-at-3.3-IV0-to-4.0.2 (observed/README.md)"];
    "long-recovery": "A broker that was not stopped cleanly reads back its unflushed segments before it serves anyone, and begins anew if it is interrupted.",
        ["stop brokers with SIGTERM and let them finish (TimeoutStopSec of the service)", "give the start as long as the recovery takes; do not restart it meanwhile", "raise num.recovery.threads.per.data.dir"],
        ["LogLoader, LogManager.loadLogs", "Kafka documentation, num.recovery.threads.per.data.dir"];
    "member-gone": "The partitions of a member that is gone are read by nobody until its session.timeout.ms is over.",
        ["close consumers on shutdown so that they leave the group", "lower session.timeout.ms (45 s since 3.0) with care"],
        ["Kafka documentation, session.timeout.ms", "KIP-735"];
    "min-isr-1": "With min.insync.replicas=1 a record is acknowledged by a leader that is alone in the ISR, and lost with it.",
        ["set min.insync.replicas=2 with three replicas"],
        ["Kafka documentation, min.insync.replicas"];
    "min-isr-above-replicas": "min.insync.replicas is larger than the number of replicas.",
        ["lower min.insync.replicas or add replicas: brokers count at most the replicas there are, so no replica may be missing"],
        ["Partition.effectiveMinIsr"];
    "network-cut": "A broker that its peers cannot reach goes on to answer its clients, and a leader among them can commit nothing: producers wait for request.timeout.ms before they look for the new leader. One that still reaches the controller stays leader, drops its followers from the ISR and is below min.insync.replicas then.",
        ["mend the network; until then a leader that only its followers cannot reach is not replaced: stop it with SIGTERM before replica.lag.time.max.ms is over, then others lead", "alert on UnderMinIsrPartitionCount and on brokers without heartbeats (FencedBrokerCount), not on processes", "lower request.timeout.ms of producers that cannot wait"],
        ["KIP-631 (fencing)", "Kafka documentation, replica.lag.time.max.ms", "Kafka documentation, request.timeout.ms"];
    "no-controller": "Without an active controller no leader changes, no broker joins and no ISR grows or shrinks.",
        ["never take down so many controllers that no majority is left; wait for all voters between two", "take the active controller last"],
        ["KIP-595, KIP-631"];
    "no-isr-wait": "A broker was taken down before the one before it was back in every ISR.",
        ["add `between: [UnderReplicated(at_most: 0, for: \"30s\")]` to the step"],
        ["Kafka documentation, rolling upgrade: restart one broker at a time", "observed: rolls that wait for the port only (observed/README.md)"];
    "no-leader": "No live replica is in sync, so the partition has no leader.",
        ["bring a member of the ISR back; unclean election loses records", "keep one more replica than you can lose at once"],
        ["Kafka documentation, unclean.leader.election.enable"];
    "no-spare-replica": "With as many replicas as min.insync.replicas every restart stops acks=all writes.",
        ["use one replica more than min.insync.replicas (3 and 2)"],
        ["Kafka documentation, min.insync.replicas"];
    "no-zookeeper": "Without a majority of ZooKeeper servers running partitions go on, but no session ends, no leader moves, no ISR changes, and no broker starts or stops cleanly.",
        ["never take down so many ZooKeeper servers that no majority is left", "do not restart brokers until the ensemble is back: they give up after zookeeper.connection.timeout.ms"],
        ["ZooKeeper documentation: a quorum is needed for writes and for the end of sessions", "KAFKA-9189"];
    "no-zookeeper-mode": "Kafka 4.0 and later has no ZooKeeper mode: the process ends at once, its data untouched.",
        ["start the old binary again", "migrate to KRaft with a 3.9 bridge release first, then upgrade to 4.x"],
        ["Kafka documentation, upgrade to 4.0", "observed: migrate-wrong-starts-3.9.2 (observed/README.md)"];
    "not-in-sync-at-end": "When the run ended, replicas were still out of sync.",
        ["wait for zero under-replicated partitions at the end of the runbook"],
        ["the run itself"];
    "not-registered": "A broker that cannot register for initial.broker.registration.timeout.ms (60 s) ends.",
        ["bring a controller back first, then start the brokers"],
        ["BrokerLifecycleManager"];
    "offset-reset": "Offsets that a group had committed or read are gone from the log, so it goes on elsewhere (auto.offset.reset).",
        ["do not lose records: acks=all, min.insync.replicas=2, no unclean election"],
        ["Kafka documentation, auto.offset.reset"];
    "old-level-in-log": "A node replays its metadata log from its newest snapshot on, so it meets levels again that are no longer finalized: one below 3.3-IV3 that was raised, or one that was lowered before a rollback. A binary that does not know it ends, until a newer snapshot is there.",
        ["after the change of features wait until every node has a newer *.checkpoint in __cluster_metadata-0 (gate MetadataSnapshot), up to metadata.log.max.snapshot.interval.ms (1 h)", "lower metadata.log.max.snapshot.interval.ms for the time of the change; 3.3 has it not: there only metadata.log.max.record.bytes.between.snapshots helps"],
        ["FeaturesDelta.replay; SnapshotGenerator", "observed: upgrade-kraft-*-at-3.3-IV0-*, features-4.1.2-lowered-to-4.0-then-4.0.2 (observed/README.md)"];
    "parked-fetch": "A follower's fetch parked at the new leader cannot take new partitions along until it is answered (replica.fetch.wait.max.ms, 500 ms).",
        ["expect up to half a second for some partitions at each leader change"],
        ["observed: 0.5 s stalls in graceful rolls (observed/README.md)", "AbstractFetcherThread, DelayedFetch"];
    "rebalance": "While a group rebalances eagerly nobody reads.",
        ["use the cooperative assignor, or static membership with a session time-out longer than a restart"],
        ["KIP-429", "KIP-345"];
    "rebalances": "The group rebalanced more often than promised.",
        ["use static membership (group.instance.id) and a session time-out longer than a restart"],
        ["KIP-345"];
    "refused-start": "A process read its settings, did not know a value and ended.",
        ["before an older binary starts, set inter.broker.protocol.version (and log.message.format.version) back to a value that it knows"],
        ["Kafka documentation, inter.broker.protocol.version", "observed: zk-early-bump-2.8.2-3.5.1, zk-rollback-after-bump-3.5.1-2.8.2 (observed/README.md)"];
    "reordered": "Several requests in flight without idempotence: a retry overtakes what was sent after it.",
        ["leave enable.idempotence=true, or set max.in.flight.requests.per.connection=1"],
        ["Kafka documentation, max.in.flight.requests.per.connection"];
    "replica-kept-out": "When the run ended, replicas were out of sync although nobody had left their brokers stopped: something keeps them out.",
        ["clear what keeps the replica out (the newest cause), then wait for zero under-replicated partitions", "take no other broker down before that"],
        ["the run itself"];
    "retry-without-idempotence": "A retry after a lost answer writes the record again.",
        ["leave enable.idempotence=true (the default since 3.0)"],
        ["KIP-98"];
    "segment-too-small": "Since 4.1 segment.bytes of a topic is at least 1 MiB: one topic with less keeps every broker that starts from coming up.",
        ["raise segment.bytes of such topics before the upgrade: kafka-configs.sh --alter --entity-type topics"],
        ["KAFKA-19080", "observed: leftovers-3.9.2-to-4.1.2 (observed/README.md)"];
    "session-kept": "4.0 and later keep the session of a broker that was just stopped: a quick restart may not register until it is over.",
        ["nothing is broken: it registers when broker.session.timeout.ms is over", "give the start more than 15 s before you call it failed"],
        ["KAFKA-17793", "observed: 4.1.2 quick restart (observed/README.md)"];
    "single-replica": "A partition with one replica is away whenever its broker is.",
        ["give every topic at least three replicas before the roll"],
        ["Kafka documentation, replication"];
    "slow-network": "acks=all waits for the next fetch of every in-sync follower, so a slower network between brokers slows every write; and a broker answers the requests of one connection one after another, so a partition that is new on it waits for those that are under way (up to max.in.flight.requests.per.connection).",
        ["expect one to two round trips between brokers for each request, and up to five requests before one's own", "mend the link before leaders are moved, or take the slow broker out of the roll", "larger batches (batch.size, linger.ms) need fewer requests"],
        ["DelayedProduce", "SocketServer mutes a connection while its request is handled"];
    "stale-registration": "A broker of 3.9 or later that registered with a controller before 3.9 left all features but metadata.version out of its registration, and it is not registered anew when the controllers are upgraded.",
        ["restart the brokers once more, then finalize", "roll the controllers first"],
        ["KAFKA-17011, KAFKA-17492; BrokerRegistrationRequest", "observed: upgrade-kraft-3.8.1-to-4.1.2-brokers-first-small (observed/README.md)"];
    "stopping-broker-in-isr": "Before 3.3 a broker in controlled shutdown can come back into an ISR, and acks=all waits for it until the controller misses its znode; if it was the controller itself, until it is back or replica.lag.time.max.ms is over.",
        ["take the broker that is the controller last", "expect up to replica.lag.time.max.ms and a half without acknowledgements, or until the broker is back"],
        ["KAFKA-13916, KIP-841 (3.3)", "observed: stop-broker-zk-2.8.2-variants (observed/README.md)"];
    "too-many-at-once": "Brokers that share partitions were taken down together.",
        ["roll one broker at a time, or one rack if every partition has at most one replica in a rack"],
        ["Kafka documentation, rolling upgrade"];
    "tool-too-old": "A tool knows the metadata versions and the options of its own version only; it refuses others without asking the cluster.",
        ["type the command on a host with the new version's tools"],
        ["FeatureCommand", "observed: features-3.9.2, features-4.0.2 (observed/README.md)"];
    "two-voter-quorum": "A quorum of two loses its majority with either controller.",
        ["use three controllers"],
        ["KIP-595"];
    "unclean-election": "A replica that was not in sync became leader: what it had not copied is lost, acknowledged or not.",
        ["leave unclean.leader.election.enable=false and bring a member of the ISR back"],
        ["Kafka documentation, unclean.leader.election.enable"];
    "uncommitted-offsets": "What was read and not committed is read again by the next owner of the partition.",
        ["commit more often, or make the processing idempotent"],
        ["Kafka documentation, enable.auto.commit"];
    "unflushed-host": "A host that is gone takes along what it had not written to disk.",
        ["spread the replicas over racks with power of their own"],
        ["Kafka documentation, log.flush.interval.messages: Kafka relies on replication"];
    "unwritable-end": "At the end of the run writes still did not work.",
        ["nothing in the runbook mends it: add a step that does"],
        ["the run itself"];
    "window-too-long": "The runbook takes longer than promised.",
        ["see which gates and starts took the time", "take more nodes at once where partitions do not share them (racks)"],
        ["the run itself"];
    "znode-exists": "A broker that starts while the session of its last process is still open finds its znode and ends.",
        ["after a kill wait zookeeper.session.timeout.ms and a tick before the start, or let a supervisor try again", "stop brokers with SIGTERM: the session is closed"],
        ["KafkaZkClient.CheckedEphemeral: NodeExistsException", "KAFKA-7165"];
}

/// The kind with this code.
pub fn kind(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn codes_are_sorted_and_unique_and_everything_has_advice_and_a_source() {
        assert!(KINDS.is_sorted_by(|a, b| a.code < b.code));
        for kind in KINDS {
            assert!(
                !kind.advice.is_empty() && !kind.sources.is_empty() && kind.what.ends_with('.'),
                "{}",
                kind.code
            );
        }
    }
}
