//! Causal chains in words: from an effect back to what an operator or a fault did.

use engine::{Cause, CauseId, Causes, Span, Time};
use kafka::happening::Happening;
use kafka::ids::{NodeIx, PartitionIx, Slot};
use outcome::CauseLink;

use crate::acts::By;
use crate::play::Play;
use crate::words;

/// Chains are cut here; what is left out is told.
const LONGEST: usize = 14;
/// Links of one kind that are no further apart are one: brokers that apply the same metadata, partitions that shrink together.
/// *Assumed*: what a reader takes for one moment.
const AT_ONCE: Span = Span::millis(100);

/// The partition that a happening is about.
fn partition_of(what: Happening) -> Option<PartitionIx> {
    match what {
        Happening::Elected(partition, _)
        | Happening::ElectedUncleanly(partition, _)
        | Happening::Leaderless(partition)
        | Happening::FollowerStopped(partition, _)
        | Happening::IsrShrank(partition)
        | Happening::IsrGrew(partition)
        | Happening::BelowMinIsr(partition) => Some(partition),
        _ => None,
    }
}

/// Does an act on these nodes say all that this happening says?
fn says_the_same(what: Happening, nodes: &[NodeIx]) -> bool {
    match what {
        Happening::Killed(node)
        | Happening::StopAsked(node)
        | Happening::Started(node)
        | Happening::Resumed(node) => nodes.contains(&node),
        Happening::NetworkChanged => true,
        _ => false,
    }
}

impl Play {
    fn broker_of(&self, partition: PartitionIx, slot: Slot) -> String {
        let node = self.world.partition(partition).replicas[slot as usize].node;
        words::node(&self.estate, node)
    }

    fn name(&self, node: NodeIx) -> String {
        words::node(&self.estate, node)
    }

    fn producer(&self, producer: u32) -> &str {
        &self.estate.producers[producer as usize].name
    }

    /// One happening in words.
    pub(crate) fn happening(&self, what: Happening, at: Time) -> String {
        match what {
            Happening::Outside(number) => self.acts.get(number as usize).map_or_else(
                || "something from outside".to_owned(),
                |act| match act.by {
                    By::Step(_) => act.text.clone(),
                    By::Fault(_) => format!("fault: {}", act.text),
                },
            ),
            Happening::Killed(node) => format!("{} is gone: its process died", self.name(node)),
            Happening::StopAsked(node) => format!("{} is asked to stop (SIGTERM)", self.name(node)),
            Happening::Stopped(node) => format!("{} has ended", self.name(node)),
            Happening::StoppedWithoutLeave(node) => {
                format!(
                    "{} ends without leave: controlled shutdown took longer than 5 min",
                    self.name(node)
                )
            }
            Happening::Started(node) => format!("the process of {} is started", self.name(node)),
            Happening::Recovers(node) => format!(
                "{} recovers its logs after an unclean stop",
                self.name(node)
            ),
            Happening::Paused(node) => format!(
                "{} hangs: its connections stay open and nothing answers",
                self.name(node)
            ),
            Happening::Resumed(node) => format!("{} goes on", self.name(node)),
            Happening::DiskFull(node) => format!(
                "{} dies: its log directory takes no more writes",
                self.name(node)
            ),
            Happening::RegistrationRefused(node) if self.world.in_zookeeper_mode() => format!(
                "{} cannot create its znode: the one of its old session is still there (NodeExists)",
                self.name(node)
            ),
            Happening::RegistrationRefused(node) => {
                format!(
                    "{} may not register: the controller keeps its old session",
                    self.name(node)
                )
            }
            Happening::Unsupported(node, feature, level) => format!(
                "the controller does not register {}: {} supports {feature} {}, and {level} is finalized (UNSUPPORTED_VERSION)",
                self.name(node),
                self.version_at(node, at),
                kafka::features::Supported::by(self.version_at(node, at)).range(feature),
            ),
            Happening::Stumbles(node, fault) => format!(
                "{} cannot take a record of the metadata log and learns nothing from there on: {}",
                self.name(node),
                fault
                    .lines(self.version_at(node, at), false)
                    .pop()
                    .unwrap_or_default()
            ),
            Happening::Exited(node, reason) => format!(
                "the process of {} ends by itself with exit code 1: {}",
                self.name(node),
                self.words_of_exit(node, reason, at)
                    .pop()
                    .unwrap_or_default()
            ),
            Happening::SessionEnded(node, last) if self.world.in_zookeeper_mode() => format!(
                "ZooKeeper ends the session of {}, {} after it last heard of it",
                self.name(node),
                words::span(at.saturating_since(last))
            ),
            Happening::SessionEnded(node, last) => {
                let silent = at.saturating_since(last);
                format!(
                    "the session of {} ends, {} after its last heartbeat",
                    self.name(node),
                    words::span(silent)
                )
            }
            Happening::Fenced(node) if self.world.in_zookeeper_mode() => format!(
                "the controller finds {} gone and takes it out of every ISR",
                self.name(node)
            ),
            Happening::Unfenced(node) if self.world.in_zookeeper_mode() => {
                format!("the controller finds {} there", self.name(node))
            }
            Happening::Fenced(node) => format!("the controller fences {}", self.name(node)),
            Happening::Unfenced(node) => format!("the controller unfences {}", self.name(node)),
            Happening::ShutdownBegan(node) => format!(
                "the controller moves all leaders off {} and takes it out of every ISR",
                self.name(node)
            ),
            Happening::ShutdownGranted(node) => {
                format!("the controller lets {} go", self.name(node))
            }
            Happening::Elected(partition, slot) => {
                format!(
                    "{} becomes leader of {}",
                    self.broker_of(partition, slot),
                    self.world.partition_name(partition)
                )
            }
            Happening::ElectedUncleanly(partition, slot) => format!(
                "{} becomes leader of {} although it was not in sync (unclean election)",
                self.broker_of(partition, slot),
                self.world.partition_name(partition)
            ),
            Happening::Leaderless(partition) => {
                format!(
                    "{} has no leader: no live replica is in sync",
                    self.world.partition_name(partition)
                )
            }
            Happening::Balanced(n) => {
                format!(
                    "the controller puts {} back on preferred brokers",
                    words::count(u64::from(n), "leader")
                )
            }
            Happening::Applied(node) => format!("{} has applied the new metadata", self.name(node)),
            Happening::UnknownEpoch(follower, leader) => format!(
                "{} asked {} before that knew it leads (UNKNOWN_LEADER_EPOCH) and waits replica.fetch.backoff.ms",
                self.name(follower),
                self.name(leader)
            ),
            Happening::BacksOffAgain(follower, leader) => format!(
                "{} truncates what {} does not have and waits replica.fetch.backoff.ms once more (4.0 and later)",
                self.name(follower),
                self.name(leader)
            ),
            Happening::FetchFailed(follower, leader) => {
                format!(
                    "{} cannot reach {} and waits replica.fetch.backoff.ms",
                    self.name(follower),
                    self.name(leader)
                )
            }
            Happening::Parked(follower, leader) => format!(
                "the fetch of {} is parked at {} for up to replica.fetch.wait.max.ms and cannot take new partitions along",
                self.name(follower),
                self.name(leader)
            ),
            Happening::Fetches(follower, leader) => format!(
                "{} begins to fetch from {}",
                self.name(follower),
                self.name(leader)
            ),
            Happening::FallsBehind(follower, leader) => format!(
                "{} has much to fetch from {}",
                self.name(follower),
                self.name(leader)
            ),
            Happening::CaughtUp(follower, leader) => format!(
                "{} has caught up with {}",
                self.name(follower),
                self.name(leader)
            ),
            Happening::FollowerStopped(partition, slot) => {
                format!(
                    "{} stops following {}",
                    self.broker_of(partition, slot),
                    self.world.partition_name(partition)
                )
            }
            Happening::IsrShrank(partition) => format!(
                "the ISR of {} shrinks",
                self.world.partition_name(partition)
            ),
            Happening::IsrGrew(partition) => {
                format!("the ISR of {} grows", self.world.partition_name(partition))
            }
            Happening::BelowMinIsr(partition) => {
                format!(
                    "{} has fewer in-sync replicas than min.insync.replicas",
                    self.world.partition_name(partition)
                )
            }
            Happening::ConnectionLost(producer, node) => {
                format!(
                    "{} loses its connection to {}",
                    self.producer(producer),
                    self.name(node)
                )
            }
            Happening::TimedOut(producer, node) => {
                format!(
                    "a request of {} to {} runs into request.timeout.ms",
                    self.producer(producer),
                    self.name(node)
                )
            }
            Happening::Refreshed(producer) => {
                format!("{} learns of the new leaders", self.producer(producer))
            }
            Happening::NotLeader(producer, node) => {
                format!(
                    "{} is told by {} that it no longer leads (NOT_LEADER_OR_FOLLOWER)",
                    self.producer(producer),
                    self.name(node)
                )
            }
            Happening::KnowsNobody(producer) => {
                format!(
                    "{} knows only brokers that are gone",
                    self.producer(producer)
                )
            }
            Happening::ControllerLost(node) => {
                format!("{}, the active controller, is gone", self.name(node))
            }
            Happening::StandsForElection(node) => {
                format!("{} stands for election", self.name(node))
            }
            Happening::ControllerActive(node) => {
                format!("{} is the active controller", self.name(node))
            }
            Happening::QuorumLost => "the metadata quorum has no majority".to_owned(),
            Happening::NetworkChanged => "the network changes".to_owned(),
            Happening::Rebalances(group) => format!(
                "group {} rebalances",
                self.estate.groups[group as usize].name
            ),
            Happening::EnsembleLost => {
                "the ZooKeeper servers have no majority: no session ends, nothing can be written"
                    .to_owned()
            }
            Happening::EnsembleBack => "the ZooKeeper servers have a majority again".to_owned(),
            Happening::ControllerElected(node) => format!(
                "{} creates /controller and reads the state of every partition",
                self.name(node)
            ),
            Happening::RefusedToStart(node) => {
                format!(
                    "the process of {} ends its start by itself",
                    self.name(node)
                )
            }
            Happening::VersionUnknown(channel, from, to, version) => format!(
                "{} closes the connection of {}: it cannot read version {version} of {}",
                self.name(to),
                self.name(from),
                channel.name()
            ),
            Happening::MemberGone(group, member) => {
                format!(
                    "member {} of group {} is gone",
                    member + 1,
                    self.estate.groups[group as usize].name
                )
            }
            #[allow(unreachable_patterns)]
            other => format!("{other:?}"),
        }
    }

    /// The chain from this cause to the act of an operator or the fault at its root, told for one partition (`None`: for all): what
    /// only others went through is left out, and so is what the next link says again.
    pub(crate) fn chain(&self, cause: CauseId, about: Option<PartitionIx>) -> Vec<CauseLink> {
        let Some(causes) = self.world.causes() else {
            return Vec::new();
        };
        let mut kept: Vec<(Time, Happening)> = Vec::new();
        for (_, cause) in self.links(causes, cause) {
            let what = cause.kind;
            if let Happening::Outside(number) = what {
                let act = self.acts.get(number as usize);
                if let Some(&(at, last)) = kept.last()
                    && at == cause.at
                    && act.is_some_and(|act| says_the_same(last, &act.nodes))
                {
                    kept.pop();
                }
                kept.push((cause.at, what));
                // Whatever led people or misfortune to this act is another story.
                break;
            }
            let strange = partition_of(what)
                .is_some_and(|partition| about.is_some_and(|about| about != partition));
            let dull = matches!(what, Happening::FollowerStopped(..));
            let again = kept.last().is_some_and(|(at, last)| {
                std::mem::discriminant(last) == std::mem::discriminant(&what)
                    && (at.saturating_since(cause.at) < AT_ONCE
                        || *last == what
                        || matches!(
                            what,
                            Happening::RegistrationRefused(_) | Happening::StandsForElection(_)
                        ))
            });
            if !strange && !dull && !again {
                kept.push((cause.at, what));
            }
        }
        let mut links: Vec<CauseLink> = kept
            .into_iter()
            .map(|(at, what)| CauseLink {
                at: self.relative(at),
                text: self.happening(what, at),
            })
            .collect();
        if links.len() > LONGEST {
            let left_out = links.len() - LONGEST;
            let root = links.split_off(links.len() - 3);
            links.truncate(LONGEST - 4);
            let at = root[0].at;
            links.push(CauseLink {
                at,
                text: format!("… {} in between", words::count(left_out as u64 + 1, "step")),
            });
            links.extend(root);
        }
        links
    }

    /// The act at the root of a chain: the nearest one.
    pub(crate) fn root(&self, cause: CauseId) -> Option<usize> {
        let causes = self.world.causes()?;
        self.links(causes, cause)
            .into_iter()
            .find_map(|(_, cause)| match cause.kind {
                Happening::Outside(number) => Some(number as usize),
                _ => None,
            })
    }

    /// Is there such a happening on the chain?
    pub(crate) fn chain_has(&self, cause: CauseId, so: impl Fn(Happening) -> bool) -> bool {
        self.world.causes().is_some_and(|causes| {
            self.links(causes, cause)
                .iter()
                .any(|(_, cause)| so(cause.kind))
        })
    }

    /// The chain from this cause to its root. A request that ran out of time was sent, and a session that ended was kept, before
    /// anything went wrong: what silenced the broker since then is why.
    pub(crate) fn links<'a>(
        &'a self,
        causes: &'a Causes<Happening>,
        cause: CauseId,
    ) -> Vec<(CauseId, &'a Cause<Happening>)> {
        let mut links: Vec<(CauseId, &Cause<Happening>)> = causes.chain(cause).collect();
        let mut at = 0;
        while at < links.len() {
            let (node, since) = match links[at].1.kind {
                Happening::TimedOut(_, node) => (
                    node,
                    links.get(at + 1).map_or(Time::ZERO, |(_, cause)| cause.at),
                ),
                Happening::SessionEnded(node, _) => (node, Time::ZERO),
                _ => {
                    at += 1;
                    continue;
                }
            };
            let silenced = self
                .newest_cause_until(links[at].1.at, |what| match what {
                    Happening::Killed(who)
                    | Happening::Paused(who)
                    | Happening::Started(who)
                    | Happening::Resumed(who) => who == node,
                    Happening::NetworkChanged => true,
                    _ => false,
                })
                .filter(|&id| {
                    causes.get(id).is_some_and(|found| {
                        let back =
                            matches!(found.kind, Happening::Started(_) | Happening::Resumed(_));
                        !back && found.at > since
                    })
                });
            if let Some(id) = silenced
                && links[at + 1..].iter().all(|(known, _)| *known != id)
            {
                links.truncate(at + 1);
                links.extend(causes.chain(id));
            }
            at += 1;
        }
        links
    }
}
